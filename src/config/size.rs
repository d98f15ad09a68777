//! Sizes in bytes, written with a unit.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr};

/// The units that are understood, the larger first, so that printing takes the largest that divides.
const UNITS: [(&str, u64); 7] = [
    ("GiB", 1 << 30),
    ("GB", 1_000_000_000),
    ("MiB", 1 << 20),
    ("MB", 1_000_000),
    ("KiB", 1 << 10),
    ("kB", 1_000),
    ("B", 1),
];

/// A number of bytes, written `"512B"`, `"64KiB"` or `"1 MiB"` (powers of 1024) or `"1MB"` (powers of 1000).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ByteSize(pub u64);

impl ByteSize {
    /// The number of bytes, as a length in memory.
    pub fn bytes(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for ByteSize {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = UNITS.iter().filter(|(name, _)| name.contains('i') || *name == "B");
        match binary.into_iter().find(|(_, unit)| self.0 >= *unit && self.0.is_multiple_of(*unit)) {
            Some((name, unit)) => write!(f, "{}{name}", self.0 / unit),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl FromStr for ByteSize {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let digits = text.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let name = text.trim()[digits.len()..].trim();
        // Case does not matter: nobody means milli-bytes, and "1mib" has one reading.
        let unit =
            UNITS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name) || (name.is_empty() && *known == "B"));
        digits
            .trim()
            .parse::<u64>()
            .ok()
            .zip(unit)
            .and_then(|(number, (_, unit))| number.checked_mul(*unit))
            .map(ByteSize)
            .ok_or_else(|| {
                format!(
                    "{text:?} is not a size: write a whole number and a unit, such as \"512B\", \"64KiB\" or \"1MiB\""
                )
            })
    }
}

impl Serialize for ByteSize {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_and_printed() {
        for (text, bytes, printed) in [
            ("1MiB", 1 << 20, "1MiB"),
            ("64 KiB", 65_536, "64KiB"),
            ("1MB", 1_000_000, "1000000B"),
            ("1500", 1_500, "1500B"),
            ("0B", 0, "0B"),
            ("2gib", 2 << 30, "2GiB"),
        ] {
            let size: ByteSize = text.parse().unwrap();
            assert_eq!((size.0, size.to_string().as_str()), (bytes, printed), "{text}");
            assert_eq!(printed.parse::<ByteSize>().unwrap(), size);
        }
    }

    #[test]
    fn what_is_no_size_is_refused_with_a_mend() {
        for text in ["", "MiB", "1.5MiB", "-1B", "1XB", "99999999999GiB"] {
            assert!(text.parse::<ByteSize>().unwrap_err().contains("64KiB"), "{text}");
        }
    }
}
