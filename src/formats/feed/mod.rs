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
//!   with when it becomes public here. Where there is one that cannot be read, it is not known when the story may be shown, and it
//!   is kept as a draft; so is what `app:draft` says that it is one.
//! - **Relative addresses** are read against `xml:base`, else the entry's link, else the feed's.
//! - **What was taken back** (RFC 6721) is withdrawn here too, but where an entry of a later date has its id.
//! - **Settings, templates, pages and comments** in exports of Blogger are no articles and are passed over.
//! - **Pictures** of the entry are its lead image; sound and film are left out with a report.
//!
//! Nothing that a feed names is fetched.
//!
//! Written from one [`Channel`] by [`rss`], [`atom`] and [`mod@json`].

mod addresses;
pub mod atom;
mod channel;
mod date;
mod document;
mod entry;
pub mod json;
pub mod rss;

pub use channel::Channel;
pub(super) use entry::{is_html_all_the_same, is_uri};

use std::collections::{HashMap, HashSet};

use feed_rs::model::Feed;
use feed_rs::parser;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use self::document::Document;
use self::entry::Around;
use super::item::{Content, Item, Items, unreadable};
use super::xml;
use crate::error::{Error, Result};
use crate::model::time::Instant;

/// How much text may be read again and again, when each entry has to be read by itself.
const AGAIN_MOST: usize = 256 << 20;

/// Reads a feed.
///
/// # Errors
/// `INVALID_INPUT` for what is no feed, with the line where one is known.
pub fn read(bytes: &[u8]) -> Result<Items> {
    read_at(bytes, None)
}

/// Reads a feed that was fetched from an address: where nothing in it says what its relative addresses are relative to, that is.
///
/// # Errors
/// As [`read`].
pub fn read_at(bytes: &[u8], at: Option<&str>) -> Result<Items> {
    let text = xml::decoded(bytes)?;
    let text = text.trim_start_matches(['\u{FEFF}', ' ', '\t', '\r', '\n']);
    match text.chars().next() {
        Some('<') => read_xml(text, at),
        Some('{') => read_json(text, at),
        Some(_) => Err(unreadable("The file is no feed: it is neither XML nor JSON.")),
        None => Err(unreadable("The file is empty.")),
    }
}

fn parsed(text: &str) -> Result<Feed> {
    // Without an id of its own an entry gets none here: what the library would make of it changes with its versions.
    let parser = parser::Builder::new().id_generator(|_, _, _| String::new()).timestamp_parser(date::told).build();
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

fn read_xml(text: &str, at: Option<&str>) -> Result<Items> {
    let text = document::known(xml::plain(text));
    let document = Document::of(&text)?;
    let is_blogger = text.contains(entry::KIND);
    let mut all = Items::default();
    let whole = match parsed(&document.whole()) {
        Err(error) if document.entries.is_empty() => return Err(error),
        whole => whole.ok(),
    };
    match &whole {
        Some(feed) if feed.entries.len() == document.entries.len() => {
            let around = Around::of(feed, entry::shared_links(feed), at, is_blogger);
            for (number, (entry, place)) in (1..).zip(feed.entries.iter().zip(&document.entries)) {
                all.items.push(entry::item(&around, entry, &place.look, number, place.source(&text)));
            }
        }
        _ if !document.entries.is_empty() => one_by_one(&document, &text, at, is_blogger, &mut all)?,
        _ => {}
    }
    if !document.stones.is_empty() {
        let feed = whole.or_else(|| parsed(&document.head()).ok());
        take_back(feed.as_ref(), &document, &text, &mut all);
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

/// Adds what was taken back. Of that and an entry by the same name the later one counts, and where that is not known it is gone.
fn take_back(feed: Option<&Feed>, document: &Document<'_>, text: &str, all: &mut Items) {
    let mut told: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, item) in all.items.iter().enumerate() {
        if let Content::Story(line) = &item.content {
            told.entry(line.uri.clone()).or_default().push(at);
        }
    }
    for stone in &document.stones {
        let number = all.items.len() as u64 + 1;
        let (item, when) = entry::taken_back(feed, stone, number, stone.source(text));
        let places = match &item.content {
            Content::Story(line) => told.get(&line.uri).map(Vec::as_slice).unwrap_or_default(),
            _ => &[],
        };
        let newest = places.iter().filter_map(|at| all.items.get(*at).and_then(dated)).max();
        if when.zip(newest).is_some_and(|(when, newest)| newest > when) {
            all.items.push(Item::passed(number, &item.name, "taken back before what is there again"));
            continue;
        }
        for at in places {
            if let Some(entry) = all.items.get_mut(*at) {
                entry.content = Content::Passed("entry that was taken back".to_owned());
            }
        }
        all.items.push(item);
    }
}

/// When the story of an item was last changed, by its source.
fn dated(item: &Item) -> Option<Instant> {
    let Content::Story(line) = &item.content else { return None };
    let updated = line.updated().ok().flatten();
    updated.or_else(|| line.published().ok()).map(|dated| dated.at)
}

/// Reads each entry as if the feed had no other.
fn one_by_one(document: &Document<'_>, text: &str, at: Option<&str>, is_blogger: bool, all: &mut Items) -> Result<()> {
    if document.frame().saturating_mul(document.entries.len()) > AGAIN_MOST {
        return Err(unreadable("An entry of the feed cannot be read, and there are too many to look at each alone."));
    }
    for (number, place) in (1..).zip(&document.entries) {
        let source = place.source(text);
        all.items.push(match parsed(&document.alone(place)) {
            Ok(feed) => match feed.entries.first() {
                Some(entry) => {
                    let around = Around::of(&feed, HashSet::new(), at, is_blogger);
                    entry::item(&around, entry, &place.look, number, source)
                }
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

/// Gives a list at most this many entries. The library compares each author with all before.
fn shorten(value: &mut Value, field: &str, most: usize) {
    if let Some(Value::Array(list)) = value.get_mut(field) {
        list.truncate(most);
    }
}

fn read_json(text: &str, at: Option<&str>) -> Result<Items> {
    /// More authors than any story may have, so that one of that many is refused as before.
    const AUTHORS_MOST: usize = 1_000;
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
    shorten(&mut head, "authors", AUTHORS_MOST);
    let feed = parsed(&head.to_string())?;
    let around = Around::of(&feed, HashSet::new(), at, false);
    // Each item is read by itself, so with no more around it than has to be there.
    let mut alone = json!({ "version": "https://jsonfeed.org/version/1.1", "title": "" });
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
        shorten(&mut value, "authors", AUTHORS_MOST);
        alone["items"] = Value::Array(vec![value.clone()]);
        all.items.push(match parsed(&alone.to_string()) {
            Ok(one) => match one.entries.first() {
                Some(entry) => entry::json_item(&around, entry, &value, number, source.get().as_bytes()),
                None => Item::fault(number, "", &unreadable("The item cannot be read."), source.get().as_bytes()),
            },
            Err(error) => Item::fault(number, "", &error, source.get().as_bytes()),
        });
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
