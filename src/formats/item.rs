//! What the importers make of a file: items, each accounted for by its number and its name.
//!
//! An item is a story, something that is no story and is passed over with the reason, or a fault that costs this item
//! and no other. Nothing is counted that is not an item, and what is left out of a story is counted in its notes.

use std::collections::BTreeMap;

use super::jsonl::Line;
use crate::error::{Code, Error};

/// The most bytes of an item's source that are kept to show it.
const EXCERPT: usize = 2_000;

/// One item of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Its number: of the line in JSON lines, of the item in other formats; from 1.
    pub number: u64,
    /// What a person knows it by: its address, its headline, its file. Empty where it has nothing of the kind.
    pub name: String,
    /// What was read.
    pub content: Content,
    /// What was left out of it, in words, with how often.
    pub notes: BTreeMap<String, u64>,
}

/// What was read of an item.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// A neutral line as JSON, not looked at yet.
    Json(Vec<u8>),
    /// A story.
    Story(Box<Line>),
    /// Nothing that is imported, and why not: a few words that are the same for all of its kind.
    Passed(String),
    /// What cannot be read.
    Fault {
        /// Why, and the mend.
        reason: String,
        /// Its source, or how that begins.
        source: Vec<u8>,
        /// Whether that is all of it, and can be imported by itself once it is mended.
        whole: bool,
    },
}

impl Item {
    /// A line of JSON lines.
    pub fn json(number: u64, bytes: Vec<u8>) -> Item {
        Item { number, name: String::new(), content: Content::Json(bytes), notes: BTreeMap::new() }
    }

    /// A story.
    pub fn story(number: u64, name: &str, line: Line) -> Item {
        Item::new(number, name, Content::Story(Box::new(line)))
    }

    /// Something that is no story.
    pub fn passed(number: u64, name: &str, why: impl Into<String>) -> Item {
        Item::new(number, name, Content::Passed(why.into()))
    }

    /// Something that cannot be read.
    pub fn fault(number: u64, name: &str, error: &Error, source: &[u8]) -> Item {
        let source = source[..source.len().min(EXCERPT)].to_vec();
        Item::new(number, name, Content::Fault { reason: error.message().to_owned(), source, whole: false })
    }

    /// A document that cannot be read, of a format whose documents stand by themselves: it is kept whole, to be mended and
    /// imported again.
    pub fn fault_of_document(number: u64, name: &str, error: &Error, source: &[u8]) -> Item {
        let (reason, source) = (error.message().to_owned(), source.to_vec());
        Item::new(number, name, Content::Fault { reason, source, whole: true })
    }

    fn new(number: u64, name: &str, content: Content) -> Item {
        Item { number, name: short(name), content, notes: BTreeMap::new() }
    }

    /// How much text it is, roughly, in bytes.
    pub fn size(&self) -> usize {
        match &self.content {
            Content::Json(bytes) | Content::Fault { source: bytes, .. } => bytes.len(),
            Content::Story(line) => {
                let texts = [&line.body_html, &line.body_markdown, &line.body_text, &line.description_text];
                texts.into_iter().flatten().map(String::len).sum::<usize>() + line.headline.len()
            }
            Content::Passed(_) => 0,
        }
    }

    /// The same, known by this name.
    pub(super) fn named(mut self, name: &str) -> Item {
        self.name = short(name);
        self
    }

    /// The same as this story, with the notes that it has.
    pub(super) fn with_story(mut self, line: Line) -> Item {
        self.content = Content::Story(Box::new(line));
        self
    }

    /// Notes that this was left out of it.
    pub fn note(&mut self, what: &str, times: u64) {
        if times > 0 {
            *self.notes.entry(what.to_owned()).or_insert(0) += times;
        }
    }

    /// The same with these notes.
    pub fn with_notes(mut self, notes: BTreeMap<String, u64>) -> Item {
        for (what, times) in notes {
            self.note(&what, times);
        }
        self
    }
}

/// A name in one line, not too long for a report.
fn short(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(200).collect()
}

/// What a file as a whole gave.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Items {
    /// Its items, in order.
    pub items: Vec<Item>,
    /// What is to be said of the file: sentences.
    pub notes: Vec<String>,
}

/// An error of a file that cannot be read at all.
pub(super) fn unreadable(says: impl Into<String>) -> Error {
    Error::new(Code::InvalidInput, says)
}

/// A language tag as BCP 47 has it (`en_US` is written too); nothing for what is none, such as `English`.
pub(super) fn language(tag: &str) -> Option<String> {
    let tag = tag.trim().replace('_', "-");
    let first = tag.split('-').next().unwrap_or_default().len();
    // A word of five letters and more fits the grammar, and no language has such a code.
    ((2..=3).contains(&first) && oxilangtag::LanguageTag::parse(tag.as_str()).is_ok()).then_some(tag)
}

/// A headline for a story that has none: how its text begins, at most some twelve words.
pub(super) fn headline_from(plain: &str) -> Option<String> {
    const MOST: usize = 80;
    let line = plain.split_whitespace().take(13).collect::<Vec<_>>().join(" ");
    let words = line.split(' ').count();
    if line.is_empty() {
        return None;
    }
    let cut: String = line.chars().take(MOST).collect();
    let whole = words <= 12 && cut.len() == line.len() && plain.split_whitespace().count() <= 12;
    let cut = match cut.rfind(' ') {
        Some(at) if !whole && at > 0 => &cut[..at],
        _ => &cut,
    };
    Some(if whole { cut.to_owned() } else { format!("{}…", cut.trim_end_matches([',', ';', ':', '-', '–'])) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_is_cut_between_words() {
        assert_eq!(headline_from(" Short  text. ").as_deref(), Some("Short text."));
        let long = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen";
        assert_eq!(
            headline_from(long).as_deref(),
            Some("one two three four five six seven eight nine ten eleven twelve…")
        );
        assert_eq!(headline_from(&"x".repeat(100)).map(|h| h.chars().count()), Some(81));
        assert_eq!(headline_from(" \n"), None);
    }
}
