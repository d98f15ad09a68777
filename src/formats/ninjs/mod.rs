//! ninjs, the IPTC's news in JSON, versions 1, 2 and 3. <https://iptc.org/std/ninjs/>
//!
//! A file has one document, an array of them, or one of either a line. A document is held against the schema of the version
//! that it states, or of the newest that it fits; what is none fails with the place and the reason. Texts are stories, what is
//! of another type is passed over.
//!
//! - **Status**: `usable`, `withheld` and `canceled` are what they are here; under an embargo a story waits. What is canceled needs
//!   no text: it takes the story of its uri back, for good where a document that was written here says so.
//! - **Version**: `versionCreated` says when it was made. One from before a withdrawal does not undo it.
//! - **Authors**: those that stand among the sources in the role `author`, else the names of the byline.
//! - **Body**: HTML where there is some, else plain text.
//! - **Topics** keep their codes: those of the IPTC's Media Topics under the scheme `medtop`.
//! - **Picture**: the first picture that is associated, in its largest rendition of up to 2,000 pixels.
//! - A version that is dated later than the first is the update. Where a document says only when its version was made, a story
//!   that is known keeps its date.
//!
//! A document is written from an assembled story ([`mod@write`]). One that was written here is known by its alternative
//! identifiers, and says more by them: see there.

mod names;
mod picture;
mod schema;
mod story;
pub mod write;

pub use schema::check;

use serde_json::Value;
use serde_json::value::RawValue;

use super::item::{Item, Items, unreadable};
use crate::error::Result;

/// Reads a file of ninjs.
///
/// # Errors
/// `INVALID_INPUT`, with the line, for what is no JSON at all.
pub fn read(bytes: &[u8]) -> Result<Items> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut all = Items::default();
    for (number, source) in (1..).zip(documents(bytes)?) {
        all.items.push(match serde_json::from_slice::<Value>(source) {
            Ok(document) => item(&document, number, source),
            Err(e) => {
                Item::fault_of_document(number, "", &unreadable(format!("The document is no JSON: {e}.")), source)
            }
        });
    }
    Ok(all)
}

fn item(document: &Value, number: u64, source: &[u8]) -> Item {
    let name = document.get("uri").and_then(Value::as_str).unwrap_or_default();
    if let Err(error) = schema::check(document) {
        return Item::fault_of_document(number, name, &error, source);
    }
    story::item(document, number, name, source)
}

/// The documents of a file, each as it stands.
fn documents(bytes: &[u8]) -> Result<Vec<&[u8]>> {
    let whole = match each(bytes) {
        Ok(all) => return Ok(all),
        Err(error) => error,
    };
    let lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()).collect();
    // Lines that are documents, or arrays of them, as what was rejected may be. A document over several lines has none but
    // fragments, and an array over several lines begins with one.
    let is_sound = |line: &&[u8], begins: &[u8]| {
        line.trim_ascii_start().first().is_some_and(|byte| begins.contains(byte))
            && serde_json::from_slice::<&RawValue>(line).is_ok()
    };
    let is_array = |line: &&&[u8]| line.trim_ascii_start().first() == Some(&b'[');
    let are_lines = match lines.first().filter(is_array) {
        Some(first) => is_sound(first, b"["),
        None => lines.iter().any(|line| is_sound(line, b"{[")),
    };
    if lines.len() < 2 || !are_lines {
        return Err(unreadable(format!("The file is no JSON: {whole}.")));
    }
    // A line that is broken is a document that is.
    Ok(lines.into_iter().flat_map(|line| each(line).unwrap_or_else(|_| vec![line])).collect())
}

/// The documents of a value: those of an array, or itself.
fn each(bytes: &[u8]) -> std::result::Result<Vec<&[u8]>, serde_json::Error> {
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let all: Vec<&RawValue> = serde_json::from_slice(bytes)?;
        return Ok(all.into_iter().map(|one| one.get().as_bytes()).collect());
    }
    let whole: &RawValue = serde_json::from_slice(bytes)?;
    Ok(vec![whole.get().as_bytes()])
}

#[cfg(test)]
mod tests;
