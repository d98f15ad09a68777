//! Texts as JSON strings (RFC 8259, 7), the same bytes as `serde_json` writes.
//!
//! `serde_json` looks at one byte after the other. The text of an article is thousands of them, hardly any of which needs
//! escaping, so here a block without any is found by a comparison that the compiler makes of vectors, and is copied.

/// How many bytes are looked at together.
const BLOCK: usize = 32;

/// Writes the text as a string.
pub(super) fn write(json: &mut Vec<u8>, text: &str) {
    json.reserve(text.len() + 2);
    json.push(b'"');
    let (blocks, rest) = text.as_bytes().as_chunks::<BLOCK>();
    for block in blocks {
        // Without an early end, or it would be one byte after the other again.
        let found = block.iter().fold(false, |found, byte| found | needs_escaping(*byte));
        part(json, block, found);
    }
    // Most texts are shorter than a block or two, so what is left of them is much of them.
    let (words, last) = rest.as_chunks::<WORD>();
    let found = words.iter().fold(false, |found, word| found | has_to_escape(u64::from_ne_bytes(*word)))
        | last.iter().fold(false, |found, byte| found | needs_escaping(*byte));
    part(json, rest, found);
    json.push(b'"');
}

/// Writes a part of a text, of which it is known whether anything in it has to be escaped.
fn part(json: &mut Vec<u8>, bytes: &[u8], escapes: bool) {
    if escapes {
        bytes.iter().for_each(|byte| escaped(json, *byte));
    } else {
        json.extend_from_slice(bytes);
    }
}

/// How many bytes are one number.
const WORD: usize = size_of::<u64>();
/// A one in each of the bytes.
const EACH: u64 = u64::MAX / 255;

/// Whether one of the eight bytes needs escaping: the highest bit of a difference tells which was less, as long as that of the
/// byte itself is not set (S. E. Anderson, Bit Twiddling Hacks, "Determine if a word has a byte less than n").
fn has_to_escape(word: u64) -> bool {
    let less = |word: u64, than: u64| word.wrapping_sub(EACH * than) & !word & (EACH << 7);
    let is = |byte: u8| less(word ^ (EACH * u64::from(byte)), 1);
    (less(word, 0x20) | is(b'"') | is(b'\\')) != 0
}

/// No byte of a longer character does, so a block may end within one.
fn needs_escaping(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

fn escaped(json: &mut Vec<u8>, byte: u8) {
    let letter = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        0x08 => b'b',
        0x0c => b'f',
        0..0x20 => {
            let digit = |nibble: u8| b"0123456789abcdef"[usize::from(nibble)];
            json.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(byte >> 4), digit(byte & 0xf)]);
            return;
        }
        _ => {
            json.push(byte);
            return;
        }
    };
    json.extend_from_slice(&[b'\\', letter]);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<u8> {
        let mut json = b"[".to_vec();
        write(&mut json, text);
        json.split_off(1)
    }

    #[test]
    fn every_character_is_written_as_the_library_writes_it_wherever_it_stands() {
        let characters = (0..0x300_u32).chain([0x2028, 0xfffd, 0x1f600]).filter_map(char::from_u32);
        for character in characters {
            for before in [0, 1, 6, WORD - 1, WORD, WORD + 1, BLOCK - 1, BLOCK, BLOCK + 3] {
                let text = format!("{}{character}{}", "a".repeat(before), "é".repeat(BLOCK));
                assert_eq!(written(&text), serde_json::to_vec(&text).unwrap(), "{character:?} after {before}");
            }
        }
        for text in ["", "\"", "<p class=\"x\">\\</p>\n\n", &"\n".repeat(100), &"\u{1}é\"".repeat(50)] {
            assert_eq!(written(text), serde_json::to_vec(text).unwrap(), "{text:?}");
        }
    }
}
