//! Durations written as `"10s"` or `"1m 30s"`, for `#[serde(with = "…")]`.

use serde::{Deserialize, Deserializer, Serializer, de};
use std::time::Duration;

/// Writes a duration in the form that [`deserialize`] reads.
pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_duration(*duration))
}

/// Reads a duration with a unit; a bare number is refused, since nobody can see whether it means seconds.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let text = String::deserialize(deserializer)?;
    humantime::parse_duration(&text).map_err(|_| {
        de::Error::custom(format!(
            "{text:?} is not a duration: write a number and a unit, such as \"250ms\", \"10s\" or \"1m 30s\""
        ))
    })
}
