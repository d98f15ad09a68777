//! Cursors of keyset-paginated lists: opaque outside, an order and a place in it inside.
//!
//! A cursor names a place, not a row, so it stays good when the row at that place goes away.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::error::{Code, Error, Result};

/// A place in a list that is ordered by (key, id).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// Which order the list has; a cursor of another order is refused.
    pub order: char,
    /// The first key: milliseconds, or a name.
    pub key: Key,
    /// The second key.
    pub id: i64,
}

/// The first key of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// An instant in milliseconds.
    Number(i64),
    /// A name.
    Text(String),
}

impl Cursor {
    /// A place in an order by instants.
    pub fn number(order: char, key: i64, id: i64) -> Self {
        Cursor { order, key: Key::Number(key), id }
    }

    /// A place in an order by names.
    pub fn text(order: char, key: &str, id: i64) -> Self {
        Cursor { order, key: Key::Text(key.to_owned()), id }
    }

    /// The opaque form: URL-safe base 64 without padding.
    pub fn encode(&self) -> String {
        let key = match &self.key {
            Key::Number(n) => n.to_string(),
            Key::Text(t) => t.clone(),
        };
        URL_SAFE_NO_PAD.encode(format!("{}:{}:{}", self.order, self.id, key))
    }

    /// Reads a cursor of an order by instants: key and id.
    pub fn decode_number(order: char, text: &str) -> Result<(i64, i64)> {
        let (id, key) = Self::decode(order, text)?;
        Ok((key.parse().map_err(|_| fault())?, id))
    }

    /// Reads a cursor of an order by names: key and id.
    pub fn decode_text(order: char, text: &str) -> Result<(String, i64)> {
        let (id, key) = Self::decode(order, text)?;
        Ok((key, id))
    }

    fn decode(order: char, text: &str) -> Result<(i64, String)> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| fault())?;
        let plain = String::from_utf8(bytes).map_err(|_| fault())?;
        let rest = plain.strip_prefix(order).and_then(|r| r.strip_prefix(':')).ok_or_else(fault)?;
        let (id, key) = rest.split_once(':').ok_or_else(fault)?;
        super::text::checked("cursor", key).map_err(|_| fault())?;
        Ok((id.parse().map_err(|_| fault())?, key.to_owned()))
    }
}

fn fault() -> Error {
    Error::new(
        Code::InvalidCursor,
        "This cursor was not issued by this list in this order; start again without it, and hand cursors back unchanged.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_round_trip(key in any::<i64>(), id in any::<i64>()) {
            prop_assert_eq!(Cursor::decode_number('n', &Cursor::number('n', key, id).encode()).unwrap(), (key, id));
        }

        #[test]
        fn names_round_trip(key in "[a-zé: ]{0,40}", id in any::<i64>()) {
            prop_assert_eq!(Cursor::decode_text('a', &Cursor::text('a', &key, id).encode()).unwrap(), (key, id));
        }

        #[test]
        fn nonsense_is_refused_without_panic(text in "\\PC{0,60}") {
            let _ = Cursor::decode_number('n', &text);
            let _ = Cursor::decode_text('n', &text);
        }
    }

    #[test]
    fn a_cursor_of_another_order_is_refused() {
        let cursor = Cursor::number('u', 1, 2).encode();
        assert_eq!(Cursor::decode_number('n', &cursor).unwrap_err().code(), Code::InvalidCursor);
    }
}
