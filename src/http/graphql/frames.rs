//! Frames of a WebSocket, held to a length before they are there (RFC 6455, 5.2).
//!
//! The library looks at how long a frame is when it has all of it, so a client could have it keep any number of bytes. Here the
//! first bytes of each frame are read as they pass.

use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use futures::StreamExt;

/// The same bytes, up to the first frame that says it is longer than this: then a fault.
pub(super) fn bounded(payload: Payload, most: u64) -> Payload {
    let mut frames = Frames::default();
    let checked = payload.map(move |bytes| {
        let bytes = bytes?;
        if frames.fit(&bytes, most) { Ok(bytes) } else { Err(PayloadError::Overflow) }
    });
    Payload::Stream { payload: checked.boxed_local() }
}

/// Where in its frames a stream of bytes stands.
#[derive(Debug, Default)]
struct Frames {
    /// The first bytes of a frame, until they say how long it is.
    head: Vec<u8>,
    /// How many bytes of what it carries are to come.
    left: u64,
}

impl Frames {
    /// Whether all frames that begin in these bytes, which come next, are no longer than this.
    fn fit(&mut self, mut bytes: &[u8], most: u64) -> bool {
        while !bytes.is_empty() {
            if self.left > 0 {
                let here = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
                bytes = &bytes[here..];
                self.left -= here as u64;
                continue;
            }
            self.head.push(bytes[0]);
            bytes = &bytes[1..];
            if let Some(length) = length(&self.head) {
                if length > most {
                    return false;
                }
                self.head.clear();
                self.left = length;
            }
        }
        true
    }
}

/// How long what a frame carries is, by all that stands before it; `None` before all of that is there.
fn length(head: &[u8]) -> Option<u64> {
    let second = *head.get(1)?;
    let (short, mask) = (second & 0x7F, if second & 0x80 == 0 { 0 } else { 4 });
    let long = match short {
        126 => 2,
        127 => 8,
        _ => 0,
    };
    if head.len() < 2 + long + mask {
        return None;
    }
    let number = head[2..2 + long].iter().fold(0, |number, byte| number << 8 | u64::from(*byte));
    Some(if long == 0 { u64::from(short) } else { number })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A masked frame that says it has so many bytes, and has these.
    fn frame(length: u64, has: usize) -> Vec<u8> {
        let mut bytes = vec![0x81];
        match length {
            0..126 => bytes.push(0x80 | u8::try_from(length).unwrap()),
            126..65_536 => {
                bytes.push(0x80 | 126);
                bytes.extend_from_slice(&u16::try_from(length).unwrap().to_be_bytes());
            }
            _ => {
                bytes.push(0x80 | 127);
                bytes.extend_from_slice(&length.to_be_bytes());
            }
        }
        bytes.extend_from_slice(&[1, 2, 3, 4]);
        // As if each byte began the longest frame.
        bytes.extend(std::iter::repeat_n(0xFF, has));
        bytes
    }

    fn whole(length: u64) -> Vec<u8> {
        frame(length, usize::try_from(length).unwrap())
    }

    #[test]
    fn a_frame_that_is_too_long_is_known_by_its_first_bytes() {
        let well = [whole(0), whole(5), whole(125), whole(126), whole(1_000), whole(0), whole(70_000)].concat();
        for (bytes, most, fits) in [
            (well.clone(), 70_000, true),
            (well.clone(), 69_999, false),
            ([well.clone(), frame(70_001, 0)].concat(), 70_000, false),
            (frame(126, 3), 125, false),
            (frame(u64::MAX, 0), 70_000, false),
            (frame(u64::MAX, 0)[..9].to_vec(), 70_000, true),
        ] {
            for step in [1, 2, 3, 7, 4_096, bytes.len()] {
                let mut frames = Frames::default();
                assert_eq!(bytes.chunks(step).all(|bytes| frames.fit(bytes, most)), fits, "{most} in steps of {step}");
            }
        }
    }
}
