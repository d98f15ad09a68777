//! Scalars of ours.

use async_graphql::{InputValueError, InputValueResult, Name, Scalar, ScalarType, Value};

use crate::model::time::Instant;

/// An instant by RFC 3339, in UTC with milliseconds: `2026-11-23T14:03:00.000Z`. As input any offset is read.
pub struct DateTime(pub Instant);

/// An instant by RFC 3339, in UTC with milliseconds: `2026-11-23T14:03:00.000Z`. As input any offset is read.
#[Scalar(name = "DateTime", specified_by_url = "https://scalars.graphql.org/andimarek/date-time.html")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        match &value {
            Value::String(text) => text.parse().map(DateTime).map_err(|e| InputValueError::custom(e.to_string())),
            _ => Err(InputValueError::expected_type(value)),
        }
    }

    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// Portable Text: an array of blocks by the published JSON specification.
pub struct PortableText(pub String);

/// Portable Text: an array of blocks by the JSON specification of portabletext.org, as its renderers read it.
#[Scalar(name = "PortableText", specified_by_url = "https://github.com/portabletext/portabletext")]
impl ScalarType for PortableText {
    fn parse(value: Value) -> InputValueResult<Self> {
        Ok(PortableText(value.to_string()))
    }

    /// What is stored is JSON already and passes through as it is.
    fn to_value(&self) -> Value {
        let raw = (Name::new(async_graphql_value::RAW_VALUE_TOKEN), Value::String(self.0.clone()));
        Value::Object([raw].into_iter().collect())
    }
}
