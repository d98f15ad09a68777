//! The document of a feed before it is read: where its entries stand, and what of it is whole.
//!
//! Feeds break off in the middle. What stands before the break is well-formed once the open elements are closed, so the
//! entries up to there are saved.

use crate::error::Result;
use crate::formats::xml::{Elements, Node};

/// The beginning of an entry at the least deep place where it may stand.
const PARENTS: &[&str] = &["channel", "RDF", "rss", "feed"];

/// Where an entry stands.
pub(super) struct Place {
    from: usize,
    to: usize,
    /// Its first line.
    pub line: usize,
    /// What is open around it.
    open: Vec<String>,
}

impl Place {
    /// The text of it.
    pub(super) fn source<'a>(&self, text: &'a str) -> &'a [u8] {
        text.as_bytes().get(self.from..self.to).unwrap_or_default()
    }
}

/// A document that was looked through.
pub(super) struct Document<'a> {
    text: &'a str,
    /// Its entries, those that are whole.
    pub entries: Vec<Place>,
    /// Why it could not be read to its end.
    pub broken: Option<String>,
    /// Whether an entry had begun where it broke.
    pub begun: bool,
    /// What was open after the last whole entry; nothing where all is whole.
    open: Vec<String>,
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

impl<'a> Document<'a> {
    /// Looks a document through.
    ///
    /// # Errors
    /// What is wrong with it, when no entry comes before the fault.
    pub(super) fn of(text: &'a str) -> Result<Document<'a>> {
        let mut elements = Elements::new(text);
        let mut document = Document { text, entries: Vec::new(), broken: None, begun: false, open: Vec::new() };
        loop {
            let from = elements.position();
            let node = match elements.next() {
                Ok(node) => node,
                Err(error) => return document.broken_off(error),
            };
            let tag = match node {
                Node::Start(tag) => tag,
                Node::Over => break,
                Node::Text(_) | Node::End => continue,
            };
            let mut around = elements.open().to_vec();
            around.pop();
            let inner = around.last().map(|name| local(name));
            // A document may be one entry alone.
            let is_entry = match local(&tag.name) {
                "item" => inner.is_some_and(|inner| PARENTS.contains(&inner)),
                "entry" => inner.is_none_or(|inner| inner == "feed"),
                _ => false,
            };
            if !is_entry {
                continue;
            }
            let line = elements.line();
            if let Err(error) = elements.skip() {
                document.begun = true;
                return document.broken_off(error);
            }
            document.entries.push(Place { from, to: elements.position(), line, open: around });
        }
        Ok(document)
    }

    fn broken_off(mut self, error: crate::error::Error) -> Result<Document<'a>> {
        let Some(last) = self.entries.last() else { return Err(error) };
        self.open.clone_from(&last.open);
        self.broken = Some(error.message().to_owned());
        Ok(self)
    }

    /// How far it was read.
    pub(super) fn read_to(&self) -> usize {
        self.entries.last().map_or(0, |last| last.to)
    }

    /// The document as far as it is whole, closed.
    pub(super) fn whole(&self) -> String {
        if self.broken.is_none() {
            return self.text.to_owned();
        }
        format!("{}{}", self.text.get(..self.read_to()).unwrap_or_default(), closing(&self.open))
    }

    /// How long the document is around each entry.
    pub(super) fn frame(&self) -> usize {
        self.entries.first().map_or(0, |first| first.from)
    }

    /// A document with this entry only.
    pub(super) fn alone(&self, place: &Place) -> String {
        let head = self.text.get(..self.frame()).unwrap_or_default();
        // The first entry may stand elsewhere: RSS 1.0 has them beside the channel, and some have both.
        let head = match self.entries.first() {
            Some(first) if first.open.len() > place.open.len() => {
                format!("{head}{}", closing(&first.open[place.open.len()..]))
            }
            _ => head.to_owned(),
        };
        let entry = self.text.get(place.from..place.to).unwrap_or_default();
        format!("{head}{entry}{}", closing(&place.open))
    }
}

fn closing(open: &[String]) -> String {
    open.iter().rev().map(|name| format!("</{name}>")).collect()
}
