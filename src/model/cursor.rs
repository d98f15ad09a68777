//! Cursors of keyset-paginated lists: opaque outside, a place in an order inside.
//!
//! A cursor names a place, not a row, so it stays good when the row at that place goes away. A place among articles has
//! the keys of every order, so a caller who changes the order goes on from the same place in the other one. Every text
//! that fits the pattern is a place; nothing else is one.

use super::base32::{DIGIT, DIGITS, decode, encode, push};
use super::time::Instant;
use crate::error::{Code, Error, Result};

/// A place in a list of articles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When what is there was published.
    pub published_at: Instant,
    /// When it was updated.
    pub updated_at: Instant,
    /// Its id.
    pub id: i64,
}

/// A place in a list by name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamePlace {
    /// The name as it is ordered by: `[a-z0-9 ]`.
    pub fold: String,
    /// The id of what is there.
    pub id: i64,
}

const NUMBERS: [usize; 3] = [1, 1 + DIGITS, 1 + 2 * DIGITS];
const FOLD_MOST: usize = 120;

impl Place {
    /// The longest, in characters.
    pub const MOST: usize = 1 + 3 * DIGITS;

    /// Every place as a regular expression.
    pub fn pattern() -> String {
        let number = format!("[0-9a-f]{DIGIT}{{12}}");
        format!("^t{number}{number}{number}$")
    }

    /// The text form.
    pub fn encode(&self) -> String {
        let mut text = String::with_capacity(Self::MOST);
        text.push('t');
        for number in [self.published_at.millis(), self.updated_at.millis(), self.id] {
            push(&mut text, shifted(number));
        }
        text
    }

    /// From the text form.
    ///
    /// # Errors
    /// `INVALID_CURSOR`.
    pub fn decode(text: &str) -> Result<Place> {
        let numbers = || {
            (text.len() == Self::MOST && text.starts_with('t')).then_some(())?;
            let [a, b, c] = NUMBERS.map(|at| text.get(at..at + DIGITS).and_then(decode).map(unshifted));
            Some(Place { published_at: Instant::from_millis(a?), updated_at: Instant::from_millis(b?), id: c? })
        };
        numbers().ok_or_else(fault)
    }
}

impl NamePlace {
    /// The longest, in characters.
    pub const MOST: usize = 2 + DIGITS + FOLD_MOST;

    /// Every place as a regular expression.
    pub fn pattern() -> String {
        format!("^n[0-9a-f]{DIGIT}{{12}}-[a-z0-9-]{{0,{FOLD_MOST}}}$")
    }

    /// The text form.
    pub fn encode(&self) -> String {
        format!("n{}-{}", encode(shifted(self.id)), self.fold.replace(' ', "-"))
    }

    /// From the text form.
    ///
    /// # Errors
    /// `INVALID_CURSOR`.
    pub fn decode(text: &str) -> Result<NamePlace> {
        let is_folded = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let parts = || {
            let (digits, fold) = text.strip_prefix('n')?.split_once('-')?;
            let id = unshifted(decode(digits)?);
            (fold.len() <= FOLD_MOST && fold.bytes().all(is_folded))
                .then(|| NamePlace { fold: fold.replace('-', " "), id })
        };
        parts().ok_or_else(fault)
    }
}

/// A place in the change sequence: after this number of this log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogPlace {
    /// The log's random name: 32 hexadecimal digits.
    pub log_id: String,
    /// The number.
    pub seq: i64,
}

/// Digits of a log's name, and of what tells a cursor that was issued from one that was made up.
const LOG_DIGITS: usize = 32;
const CHECK_DIGITS: usize = 8;

impl LogPlace {
    /// The longest, in characters.
    pub const MOST: usize = 1 + LOG_DIGITS + DIGITS + CHECK_DIGITS;

    /// Every place as a regular expression.
    pub fn pattern() -> String {
        format!("^c[0-9a-f]{{{LOG_DIGITS}}}[0-7]{DIGIT}{{12}}[0-9a-f]{{{CHECK_DIGITS}}}$")
    }

    /// The text form.
    pub fn encode(&self) -> String {
        let place = format!("c{}{}", self.log_id, encode(self.seq.cast_unsigned()));
        let check = check(&place);
        place + &check
    }

    /// From the text form.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for what has not its form, `NOT_FOUND` for one that was never issued.
    pub fn decode(text: &str) -> Result<LogPlace> {
        let parts = || {
            let (place, last) = text.split_at_checked(Self::MOST - CHECK_DIGITS)?;
            let (log_id, digits) = place.strip_prefix('c')?.split_at_checked(LOG_DIGITS)?;
            let hex = |text: &str| text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
            let seq = i64::try_from(decode(digits)?).ok()?;
            let fits = hex(log_id) && hex(last) && last.len() == CHECK_DIGITS;
            fits.then(|| (LogPlace { log_id: log_id.to_owned(), seq }, last == check(place)))
        };
        match parts() {
            Some((place, true)) => Ok(place),
            Some((_, false)) => Err(Error::new(
                Code::NotFound,
                "This cursor was never issued; begin without one, and hand endCursor back unchanged.",
            )),
            None => Err(fault()),
        }
    }
}

/// Not a signature: whoever makes a cursor up deceives nobody but themselves.
fn check(place: &str) -> String {
    blake3::hash(place.as_bytes()).to_hex().chars().take(CHECK_DIGITS).collect()
}

/// Numbers below zero before the others, all above it.
fn shifted(number: i64) -> u64 {
    number.cast_unsigned() ^ (1 << 63)
}

fn unshifted(number: u64) -> i64 {
    (number ^ (1 << 63)).cast_signed()
}

fn fault() -> Error {
    Error::new(
        Code::InvalidCursor,
        "This is no cursor of this list; start again without it, and hand startCursor or endCursor back unchanged.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(published: i64, updated: i64, id: i64) -> Place {
        Place { published_at: Instant::from_millis(published), updated_at: Instant::from_millis(updated), id }
    }

    proptest! {
        #[test]
        fn places_round_trip(a in any::<i32>(), b in any::<i32>(), id in any::<i64>()) {
            let (a, b) = (i64::from(a) * 1_000, i64::from(b) * 1_000);
            let text = place(a, b, id).encode();
            prop_assert_eq!(Place::decode(&text).unwrap(), place(a, b, id));
            prop_assert!(text.len() <= Place::MOST);
        }

        #[test]
        fn names_round_trip(fold in "[a-z0-9]{0,9}( [a-z0-9]{1,9}){0,3}", id in any::<i64>()) {
            let place = NamePlace { fold, id };
            prop_assert_eq!(NamePlace::decode(&place.encode()).unwrap(), place);
        }

        #[test]
        fn whatever_fits_the_pattern_is_a_place(
            time in "t([0-9a-f][0-9a-hjkmnp-tv-z]{12}){3}",
            name in "n[0-9a-f][0-9a-hjkmnp-tv-z]{12}-[a-z0-9-]{0,120}",
        ) {
            // Instants have their bounds; beyond them is the place at the bound.
            let place = Place::decode(&time).unwrap();
            prop_assert_eq!(Place::decode(&place.encode()).unwrap(), place);
            prop_assert_eq!(NamePlace::decode(&name).unwrap().encode(), name);
        }

        #[test]
        fn nothing_else_is_one(text in "\\PC{0,60}|[tn][0-9a-z-]{0,60}") {
            for (pattern, is_place) in
                [(Place::pattern(), Place::decode(&text).is_ok()), (NamePlace::pattern(), NamePlace::decode(&text).is_ok())]
            {
                prop_assert_eq!(regex::Regex::new(&pattern).unwrap().is_match(&text), is_place, "{}", text);
            }
        }
    }

    #[test]
    fn faults_have_their_code() {
        for text in ["", "t", "bjox", "t8", "n0000000000000", "tü"] {
            assert_eq!(Place::decode(text).unwrap_err().code(), Code::InvalidCursor);
            assert_eq!(NamePlace::decode(text).unwrap_err().code(), Code::InvalidCursor);
        }
    }
}
