//! Numbers as text that sorts as they do: 13 digits of Crockford's base 32, in lower case.
//!
//! One number has one spelling, so it makes one cache key and one address: only the digits that are printed are read.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many digits every number has.
pub const DIGITS: usize = 13;

/// The digits as a class of a regular expression.
pub const DIGIT: &str = "[0-9a-hjkmnp-tv-z]";

/// The digits of a number.
pub fn encode(mut value: u64) -> String {
    let mut digits = ['0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = char::from(ALPHABET[(value & 31) as usize]);
        value >>= 5;
    }
    digits.iter().collect()
}

/// The number with these digits.
pub fn decode(digits: &str) -> Option<u64> {
    if digits.len() != DIGITS {
        return None;
    }
    digits.bytes().try_fold(0u64, |value, byte| {
        let digit = ALPHABET.iter().position(|known| *known == byte)?;
        value.checked_mul(32)?.checked_add(digit as u64)
    })
}
