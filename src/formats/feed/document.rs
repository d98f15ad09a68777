//! The document of a feed before it is read: where its entries stand, and what of it is whole.
//!
//! Feeds break off in the middle. What stands before the break is well-formed once the open elements are closed, so the
//! entries up to there are saved.

use crate::error::Result;
use crate::formats::xml::{Elements, Node};

/// The beginning of an entry at the least deep place where it may stand.
const PARENTS: &[&str] = &["channel", "RDF", "rss", "feed"];

/// The namespaces of RSS 0.90, which 1.0 took the place of.
const OLD: &[&str] = &["http://my.netscape.com/rdf/simple/0.9/", "http://channel.netscape.com/rdf/simple/0.9/"];
/// The namespace of RSS 1.0.
const RSS_1: &str = "http://purl.org/rss/1.0/";

/// The namespace of Atom 0.3, and what is written otherwise since Atom 1.0 (RFC 4287).
const ATOM_3: &str = "http://purl.org/atom/ns#";
const SINCE_ATOM_3: &[(&str, &str)] = &[
    (ATOM_3, "http://www.w3.org/2005/Atom"),
    ("<issued>", "<published>"),
    ("<issued ", "<published "),
    ("</issued>", "</published>"),
    ("<modified>", "<updated>"),
    ("<modified ", "<updated "),
    ("</modified>", "</updated>"),
    ("<copyright>", "<rights>"),
    ("<copyright ", "<rights "),
    ("</copyright>", "</rights>"),
    ("type=\"text/html\"", "type=\"html\""),
    ("type=\"text/plain\"", "type=\"text\""),
    ("type=\"application/xhtml+xml\"", "type=\"xhtml\""),
];

/// The same feed as one of the dialects that the library knows: Atom 0.3 is read as 1.0, RSS 0.90 as RSS 1.0, and `<rss>` without a version, or with
/// another than 0.91, 0.92 and 2.0, as 2.0.
pub(super) fn known(text: String) -> String {
    if text.contains(ATOM_3) {
        return SINCE_ATOM_3.iter().fold(text, |text, (old, new)| text.replace(old, new));
    }
    let Some(begin) =
        text.find("<rss").filter(|at| text[at + 4..].starts_with(|c: char| c.is_whitespace() || c == '>'))
    else {
        return OLD.iter().fold(text, |text, old| if text.contains(old) { text.replace(old, RSS_1) } else { text });
    };
    let end = text[begin..].find('>').map_or(text.len(), |at| begin + at);
    let tag = &text[begin..end];
    if ["0.91", "0.92", "2.0"]
        .iter()
        .any(|version| tag.contains(&format!("version=\"{version}\"")) || tag.contains(&format!("version='{version}'")))
    {
        return text;
    }
    let rest = tag.replacen("version", "was", 1);
    format!("{}<rss version=\"2.0\"{}{}", &text[..begin], &rest[4..], &text[end..])
}

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
