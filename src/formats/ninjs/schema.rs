//! Whether a document is ninjs, by the IPTC's own schemas.

use std::sync::LazyLock;

use jsonschema::{Retrieve, Uri, Validator};
use serde_json::{Value, json};

use crate::error::{Code, Error, Result};

/// The newest schema of each major version; each accepts what is valid in the earlier ones of it.
static SCHEMAS: LazyLock<Vec<Schema>> = LazyLock::new(|| {
    [
        (3, include_str!("../../../assets/ninjs/ninjs-schema_3.1.json")),
        (2, include_str!("../../../assets/ninjs/ninjs-schema_2.2.json")),
        (1, include_str!("../../../assets/ninjs/ninjs-schema_1.6.json")),
    ]
    .into_iter()
    .filter_map(|(major, text)| Schema::new(major, text))
    .collect()
});

struct Schema {
    major: u32,
    validator: Validator,
    /// Names of what stands at the top of a document.
    names: Vec<String>,
}

impl Schema {
    fn new(major: u32, text: &str) -> Option<Schema> {
        let schema: Value = serde_json::from_str(text).ok()?;
        // Version 1 lets a date be anything: its schemas say formats, and its tests that they do not count.
        // An identifier need be no URI to name a story for good, and in the standard's own tests it often is none.
        let options = jsonschema::options().with_retriever(Elsewhere).should_validate_formats(major > 1);
        let validator = options.with_format("uri", |_: &str| true).build(&schema).ok()?;
        let root = schema.pointer("/$defs/ninjsType").unwrap_or(&schema);
        let names = root.get("properties").and_then(Value::as_object)?.keys().cloned().collect();
        Some(Schema { major, validator, names })
    }

    /// How many of the document's names are its own.
    fn knows(&self, document: &Value) -> usize {
        let keys = document.as_object().into_iter().flat_map(|object| object.keys());
        keys.filter(|key| self.names.contains(key)).count()
    }
}

/// The one schema that those of the IPTC refer to: GeoJSON (RFC 7946, 1.4). Nothing is fetched.
struct Elsewhere;

impl Retrieve for Elsewhere {
    fn retrieve(&self, uri: &Uri<String>) -> std::result::Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        if uri.as_str().trim_end_matches('#') != "https://geojson.org/schema/GeoJSON.json" {
            return Err(format!("{uri} is not known").into());
        }
        Ok(json!({
            "type": "object",
            "required": ["type"],
            "properties": { "type": { "enum": [
                "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
                "Feature", "FeatureCollection",
            ] } },
        }))
    }
}

/// Holds a document against the schema of the major version that it states; one that states none must fit some version.
///
/// # Errors
/// `INVALID_INPUT` that names the place and the reason.
pub fn check(document: &Value) -> Result<()> {
    let stated = stated(document);
    let mut schemas: Vec<&Schema> =
        SCHEMAS.iter().filter(|schema| stated.is_none_or(|major| major == schema.major)).collect();
    if schemas.iter().any(|schema| schema.validator.is_valid(document)) {
        return Ok(());
    }
    if let Some(major) = stated.filter(|_| schemas.is_empty()) {
        let says = format!("The document says that it is ninjs {major}, which is not known; 1, 2 and 3 are.");
        return Err(Error::new(Code::InvalidInput, says).at("standard"));
    }
    // The first of equals is the newest.
    schemas.sort_by_key(|schema| std::cmp::Reverse(schema.knows(document)));
    let fault = schemas.first().and_then(|schema| {
        let error = schema.validator.iter_errors(document).next()?;
        let place = error.instance_path().to_string();
        let place = if place.is_empty() { String::new() } else { format!(" at {place}") };
        let what: String = error.to_string().chars().take(300).collect();
        Some(format!("The document is no ninjs {}{place}: {what}.", schema.major))
    });
    Err(Error::new(Code::InvalidInput, fault.unwrap_or_else(|| "The document is no ninjs.".to_owned())))
}

/// The major version that the document states.
fn stated(document: &Value) -> Option<u32> {
    let standard = document.get("standard").or_else(|| document.get("$standard"))?;
    standard.get("version")?.as_str()?.split('.').next()?.parse().ok()
}
