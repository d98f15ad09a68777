//! Instants, their precision, and the clock.
//!
//! An instant is UTC milliseconds since 1970. The two engines disagree on fractions of a second in their own
//! types, so the store keeps the integer; outside it is RFC 3339 with milliseconds and `Z`.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Timelike, Utc};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::error::{Code, Error};

/// An instant: UTC milliseconds since 1970-01-01. Printed as RFC 3339 with milliseconds and `Z`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// Before every other.
    pub const EARLIEST: Instant = Instant(i64::MIN);

    /// 0001-01-01T00:00:00Z, the earliest that is accepted: RFC 3339 has no earlier year with four digits but 0000.
    pub const MIN: Instant = Instant(-62_135_596_800_000);
    /// 9999-12-31T23:59:59.999Z, the latest that RFC 3339 can print.
    pub const MAX: Instant = Instant(253_402_300_799_999);

    /// From milliseconds since 1970, held to what RFC 3339 can print.
    pub fn from_millis(millis: i64) -> Self {
        Instant(millis.clamp(Self::MIN.0, Self::MAX.0))
    }

    /// Milliseconds since 1970.
    pub fn millis(self) -> i64 {
        self.0
    }

    /// How long it is after an earlier instant; nothing where that is later.
    pub fn since(self, earlier: Instant) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same as a `chrono` value.
    pub fn datetime(self) -> DateTime<Utc> {
        // The constructor holds the value to years 1 to 9999, which chrono can always express.
        Utc.timestamp_millis_opt(self.0).single().unwrap_or_default()
    }

    /// This much later (or earlier, when negative), in milliseconds.
    pub fn plus_millis(self, millis: i64) -> Self {
        Instant::from_millis(self.0.saturating_add(millis))
    }

    /// The date in UTC.
    pub fn date(self) -> NaiveDate {
        self.datetime().date_naive()
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(std::str::from_utf8(&self.text()).unwrap_or_default())
    }
}

impl Instant {
    /// As RFC 3339 prints it, in ASCII. An answer shows dozens of instants, and digits are quicker than a format.
    pub fn text(self) -> [u8; 24] {
        // Of an instant with a zone each part would have the zone added to it first.
        let at = self.datetime().naive_utc();
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let (year, millis) = (at.year().unsigned_abs(), at.and_utc().timestamp_subsec_millis());
        let pairs = [
            (0, year / 100),
            (2, year % 100),
            (5, at.month()),
            (8, at.day()),
            (11, at.hour()),
            (14, at.minute()),
            (17, at.second()),
            (20, millis / 10),
        ];
        for (place, number) in pairs {
            text[place] = digit(number / 10);
            text[place + 1] = digit(number);
        }
        text[22] = digit(millis);
        text
    }
}

/// The last digit of a number.
fn digit(number: u32) -> u8 {
    b'0' + (number % 10) as u8
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Instant {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || {
            Error::new(
                Code::InvalidParameter,
                "This is no instant of RFC 3339; write it like 2026-11-23T14:03:00Z or 2026-11-23T15:03:00+01:00.",
            )
        };
        let parsed = DateTime::parse_from_rfc3339(text).map_err(|_| fault())?.timestamp_millis();
        if !(Self::MIN.0..=Self::MAX.0).contains(&parsed) {
            return Err(fault());
        }
        Ok(Instant(parsed))
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// How exactly the source knew an instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Precision {
    /// To the second or better.
    #[default]
    Instant,
    /// Only the day; the instant is midnight UTC of that day.
    Day,
}

impl Precision {
    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Precision::Instant => "instant",
            Precision::Day => "day",
        }
    }

    /// From what stands in the store; an unknown word counts as exact.
    pub fn parse(text: &str) -> Self {
        if text == "day" { Precision::Day } else { Precision::Instant }
    }
}

/// An instant with the precision that its source had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Dated {
    /// The instant; midnight UTC when only the day is known.
    pub at: Instant,
    /// How exactly it is known.
    pub precision: Precision,
}

impl FromStr for Dated {
    type Err = Error;
    /// Reads RFC 3339, a date alone (`2026-11-23`), or a date and time without a zone, which counts as UTC.
    fn from_str(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
            let at = date.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis();
            if (Instant::MIN.0..=Instant::MAX.0).contains(&at) {
                return Ok(Dated { at: Instant(at), precision: Precision::Day });
            }
        }
        for form in ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"] {
            if let Ok(local) = chrono::NaiveDateTime::parse_from_str(text, form) {
                let at = local.and_utc().timestamp_millis();
                if (Instant::MIN.0..=Instant::MAX.0).contains(&at) {
                    return Ok(Dated { at: Instant(at), precision: Precision::Instant });
                }
            }
        }
        // RFC 3339 allows a space for the T; the parser takes either.
        let at = text.parse().map_err(|_| {
            Error::new(
                Code::InvalidInput,
                "This is no date in a form that is read here: RFC 3339, or ISO 8601's extended form of a calendar date; write it like \
                 2026-11-23 or 2026-11-23T14:03:00+01:00.",
            )
        })?;
        Ok(Dated { at, precision: Precision::Instant })
    }
}

impl fmt::Display for Dated {
    /// A date alone where only the day is known, RFC 3339 otherwise.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.precision {
            Precision::Day => write!(f, "{}", self.at.date()),
            Precision::Instant => self.at.fmt(f),
        }
    }
}

/// What time it is: the system's, or one that a test moves by hand. Cloning shares it.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    fake: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Clock { fake: None }
    }

    /// A clock that stands still at `at` until it is moved.
    pub fn fixed(at: Instant) -> Self {
        Clock { fake: Some(Arc::new(AtomicI64::new(at.0))) }
    }

    /// Now.
    pub fn now(&self) -> Instant {
        match &self.fake {
            Some(at) => Instant(at.load(Ordering::SeqCst)),
            None => Instant::from_millis(Utc::now().timestamp_millis()),
        }
    }

    /// Moves a fixed clock; the system's stays as it is.
    pub fn advance(&self, millis: i64) {
        if let Some(at) = &self.fake {
            at.fetch_add(millis, Ordering::SeqCst);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_milliseconds_and_z() {
        let at: Instant = "2016-03-10T11:27:57-04:00".parse().unwrap();
        assert_eq!(at.to_string(), "2016-03-10T15:27:57.000Z");
        assert_eq!(at.to_string().parse::<Instant>().unwrap(), at);
    }

    #[test]
    fn a_date_alone_keeps_its_precision() {
        let day: Dated = "2025-01-01".parse().unwrap();
        assert_eq!((day.precision, day.to_string().as_str()), (Precision::Day, "2025-01-01"));
        let exact: Dated = "2025-01-01T00:00:00Z".parse().unwrap();
        assert_eq!((exact.precision, exact.to_string().as_str()), (Precision::Instant, "2025-01-01T00:00:00.000Z"));
        assert!("2025-13-01".parse::<Dated>().is_err());
        assert!("yesterday".parse::<Dated>().is_err());
        assert!("+12025-01-01".parse::<Dated>().is_err());
    }

    #[test]
    fn extremes_print() {
        assert_eq!(Instant::from_millis(i64::MAX).to_string(), "9999-12-31T23:59:59.999Z");
        assert_eq!(Instant::from_millis(i64::MIN).to_string(), "0001-01-01T00:00:00.000Z");
    }
}
