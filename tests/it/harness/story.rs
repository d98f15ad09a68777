//! Stories as neutral lines: short to write in a test, complete enough to be published.

use serde_json::{Value, json};

/// A line that can be published: named after its URI, dated before the test's now.
pub fn story(uri: &str) -> Value {
    json!({
        "uri": uri,
        "type": "text",
        "language": "en",
        "headline": format!("Story {uri}"),
        "published": "2026-02-01T08:00:00Z",
        "description_text": format!("What {uri} is about."),
        "body_text": format!("The first paragraph of {uri}.\n\nThe second one."),
    })
}

/// The same with other fields: each of `fields` takes the place of its namesake; null takes the field away.
pub fn with(mut line: Value, fields: Value) -> Value {
    let map = line.as_object_mut().expect("a line is an object");
    for (key, value) in fields.as_object().expect("fields are an object") {
        match value {
            Value::Null => map.remove(key),
            value => map.insert(key.clone(), value.clone()),
        };
    }
    line
}
