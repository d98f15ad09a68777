//! Feeds: RSS 0.9x, 1.0 and 2.0, Atom, JSON Feed.
//!
//! Read with `feed-rs`, which knows the dialects; what it would stumble over is mended before it sees it (see
//! `document`), and one entry that it cannot read costs itself alone.
//!
//! - **The body** is the full text where a feed has one (`content:encoded`, `content`), else what stands as summary.
//! - **The uri** is the entry's id; where that is no URI, or there is none, it is made of the feed's address and the id, the
//!   link or the words.
//! - **The link** is the canonical address, since an entry of a feed stood there first, and leads to the story.
//! - **A date** that is missing, or of the year 1, is that of the last update; where there is none either, the story is dated
//!   with when it becomes public here.
//! - **Pictures** of the entry are its lead image; sound and film are left out with a report.
//!
//! Nothing that a feed names is fetched.
//!
//! Written from one [`Channel`] by [`rss`], [`atom`] and [`json`].

pub mod atom;
mod channel;
mod document;
mod entry;
pub mod json;
pub mod rss;

pub use channel::Channel;
pub(super) use entry::{is_html_all_the_same, is_uri};

use std::collections::HashSet;

use feed_rs::model::Feed;
use feed_rs::parser;
use serde_json::Value;
use serde_json::value::RawValue;

use self::document::Document;
use super::item::{Item, Items, unreadable};
use super::xml;
use crate::error::{Error, Result};

/// How much text may be read again and again, when each entry has to be read by itself.
const AGAIN_MOST: usize = 256 << 20;

/// Reads a feed.
///
/// # Errors
/// `INVALID_INPUT` for what is no feed, with the line where one is known.
pub fn read(bytes: &[u8]) -> Result<Items> {
    let text = xml::decoded(bytes)?;
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    match text.chars().next() {
        Some('<') => read_xml(text),
        Some('{') => read_json(text),
        Some(_) => Err(unreadable("The file is no feed: it is neither XML nor JSON.")),
        None => Err(unreadable("The file is empty.")),
    }
}

fn parsed(text: &str) -> Result<Feed> {
    // Without an id of its own an entry gets none here: what the library would make of it changes with its versions.
    let parser = parser::Builder::new().id_generator(|_, _, _| String::new()).build();
    parser.parse(text.as_bytes()).map_err(|e| fault(&e))
}

fn fault(error: &parser::ParseFeedError) -> Error {
    use parser::{ParseErrorKind, ParseFeedError};
    let says = match error {
        ParseFeedError::ParseError(ParseErrorKind::NoFeedRoot) => {
            "The file is no feed that is known: RSS, Atom and JSON Feed 1 are.".to_owned()
        }
        other => format!("The feed cannot be read: {other}."),
    };
    unreadable(says)
}

fn read_xml(text: &str) -> Result<Items> {
    let text = document::known(xml::plain(text));
    let document = Document::of(&text)?;
    let mut all = Items::default();
    match parsed(&document.whole()) {
        Ok(feed) if feed.entries.len() == document.entries.len() => {
            let shared = entry::shared_links(&feed);
            for (number, (entry, place)) in (1..).zip(feed.entries.iter().zip(&document.entries)) {
                all.items.push(entry::item(&feed, entry, &shared, number, place.source(&text)));
            }
        }
        Ok(_) | Err(_) if !document.entries.is_empty() => one_by_one(&document, &text, &mut all)?,
        Ok(_) => {}
        Err(error) => return Err(error),
    }
    if let Some(broken) = &document.broken {
        all.notes.push(format!("{broken} What came before was read."));
        let number = all.items.len() as u64 + 1;
        let source = text.as_bytes().get(document.read_to()..).unwrap_or_default();
        // Where something begins that was never finished, it is an item too.
        if document.begun {
            all.items.push(Item::fault(number, "", &unreadable(broken.clone()), source));
        }
    }
    Ok(all)
}

/// Reads each entry as if the feed had no other.
fn one_by_one(document: &Document<'_>, text: &str, all: &mut Items) -> Result<()> {
    if document.frame().saturating_mul(document.entries.len()) > AGAIN_MOST {
        return Err(unreadable("An entry of the feed cannot be read, and there are too many to look at each alone."));
    }
    for (number, place) in (1..).zip(&document.entries) {
        let source = place.source(text);
        all.items.push(match parsed(&document.alone(place)) {
            Ok(feed) => match feed.entries.first() {
                Some(entry) => entry::item(&feed, entry, &HashSet::new(), number, source),
                None => Item::fault(
                    number,
                    "",
                    &unreadable(format!(
                        "Line {}: the entry lacks what its format asks for, such as a title or a link.",
                        place.line
                    )),
                    source,
                ),
            },
            Err(error) => {
                let says = format!("Line {}: {}", place.line, error.message());
                Item::fault(number, "", &unreadable(says), source)
            }
        });
    }
    Ok(())
}

fn read_json(text: &str) -> Result<Items> {
    #[derive(serde::Deserialize)]
    struct Entries<'a> {
        #[serde(borrow, default)]
        items: Vec<&'a RawValue>,
    }
    let no_json = |e: serde_json::Error| unreadable(format!("The file is no JSON Feed: {e}."));
    let entries: Entries<'_> = serde_json::from_str(text).map_err(no_json)?;
    let mut head: Value = serde_json::from_str(text).map_err(no_json)?;
    let mut all = Items::default();
    head["items"] = Value::Array(Vec::new());
    let feed = parsed(&head.to_string())?;
    for (number, source) in (1..).zip(entries.items) {
        let mut value: Value = match serde_json::from_str(source.get()) {
            Ok(value) => value,
            Err(e) => {
                all.items.push(Item::fault(number, "", &no_json(e), source.get().as_bytes()));
                continue;
            }
        };
        // An id that is no text shall be read as one (JSON Feed 1.1), and the library refuses it.
        if let Some(id) = value.get_mut("id").filter(|id| id.is_number() || id.is_boolean()) {
            *id = Value::String(id.to_string());
        }
        head["items"] = Value::Array(vec![value.clone()]);
        all.items.push(match parsed(&head.to_string()) {
            Ok(one) => match one.entries.first() {
                Some(entry) => entry::json_item(&feed, entry, &value, number, source.get().as_bytes()),
                None => Item::fault(number, "", &unreadable("The item cannot be read."), source.get().as_bytes()),
            },
            Err(error) => Item::fault(number, "", &error, source.get().as_bytes()),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
