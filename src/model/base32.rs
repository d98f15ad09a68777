//! Numbers as text that sorts as they do: 13 digits of Crockford's base 32, in lower case.
//!
//! One number has one spelling, so it makes one cache key and one address: only the digits that are printed are read.

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// How many digits every number has.
pub const DIGITS: usize = 13;

/// The digits as a class of a regular expression.
pub const DIGIT: &str = "[0-9a-hjkmnp-tv-z]";

/// The digits of a number.
pub fn encode(value: u64) -> String {
    let mut text = String::with_capacity(DIGITS);
    push(&mut text, value);
    text
}

/// Puts the digits of a number at the end of a text: a list shows dozens of them.
pub fn push(text: &mut String, mut value: u64) {
    let mut digits = [b'0'; DIGITS];
    for digit in digits.iter_mut().rev() {
        *digit = ALPHABET[(value & 31) as usize];
        value >>= 5;
    }
    text.push_str(std::str::from_utf8(&digits).unwrap_or_default());
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
