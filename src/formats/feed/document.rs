//! The document of a feed before it is read: where its entries stand, and what of it is whole.
//!
//! Feeds break off in the middle. What stands before the break is well-formed once the open elements are closed, so the
//! entries up to there are saved. And what the library leaves out of an entry: that it is a draft, what its relative
//! addresses are read against, and what was taken back.

use crate::error::Result;
use crate::formats::xml::{Elements, Node, Tag};

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
    /// What the library leaves out of it.
    pub look: Look,
    /// What is open around it.
    open: Vec<String>,
}

/// What an entry says that the library leaves out.
#[derive(Debug, Default)]
pub(super) struct Look {
    /// It is not for the public yet (RFC 5023, 13.1.1).
    pub is_draft: bool,
    /// It answers to something else (RFC 4685).
    pub is_reply: bool,
    /// What Blogger says that it is, in exports of today.
    pub kind: Option<String>,
    /// Whether Blogger shows it.
    pub status: Option<String>,
    /// `xml:base` around its texts, outermost first.
    pub bases: Vec<String>,
    /// That of its content.
    pub content_base: Option<String>,
    /// That of its summary.
    pub summary_base: Option<String>,
}

impl Look {
    /// Looks through the entry that has just begun, up to its end.
    fn through(&mut self, elements: &mut Elements<'_>) -> Result<()> {
        let depth = elements.open().len();
        while elements.open().len() >= depth {
            let tag = match elements.next()? {
                Node::Start(tag) => tag,
                Node::Over => break,
                Node::Text(_) | Node::End => continue,
            };
            if elements.open().len() != depth + 1 {
                continue;
            }
            let base = tag.attribute("xml:base").map(str::to_owned);
            match local(&tag.name) {
                "control" => {
                    let says = |(name, text): &(String, String)| {
                        local(name) == "draft" && text.trim().eq_ignore_ascii_case("yes")
                    };
                    self.is_draft |= elements.fields()?.iter().any(says);
                }
                "in-reply-to" => self.is_reply = true,
                "content" | "encoded" => self.content_base = base.or(self.content_base.take()),
                "summary" | "description" => self.summary_base = base.or(self.summary_base.take()),
                "type" if tag.name == "blogger:type" => self.kind = Some(elements.text()?.trim().to_lowercase()),
                "status" if tag.name == "blogger:status" => {
                    self.status = Some(elements.text()?.trim().to_lowercase());
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// What was taken back (RFC 6721).
pub(super) struct Stone {
    from: usize,
    to: usize,
    /// Its first line.
    pub line: usize,
    /// The id of the entry that there was.
    pub id: String,
    /// When.
    pub when: Option<String>,
    /// Why, as it stands.
    pub reason: String,
    /// Whether that is HTML.
    pub is_html: bool,
}

impl Stone {
    /// The one that has just begun, up to its end.
    fn read(tag: &Tag, from: usize, elements: &mut Elements<'_>) -> Result<Stone> {
        let attribute = |name: &str| tag.attribute(name).map(|value| value.trim().to_owned());
        let mut stone = Stone {
            from,
            to: from,
            line: elements.line(),
            id: attribute("ref").unwrap_or_default(),
            when: attribute("when"),
            reason: String::new(),
            is_html: false,
        };
        let depth = elements.open().len();
        while elements.open().len() >= depth {
            match elements.next()? {
                Node::Start(tag) if local(&tag.name) == "comment" && elements.open().len() == depth + 1 => {
                    stone.is_html = tag.attribute("type").is_some_and(|kind| kind.contains("html"));
                    stone.reason = elements.text()?;
                }
                Node::Over => break,
                Node::Start(_) | Node::Text(_) | Node::End => {}
            }
        }
        stone.to = elements.position();
        Ok(stone)
    }

    /// The text of it.
    pub(super) fn source<'a>(&self, text: &'a str) -> &'a [u8] {
        text.as_bytes().get(self.from..self.to).unwrap_or_default()
    }
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
    /// What was taken back of those that it had.
    pub stones: Vec<Stone>,
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
        let mut document =
            Document { text, entries: Vec::new(), stones: Vec::new(), broken: None, begun: false, open: Vec::new() };
        // What is open has `xml:base`, and how deep it stands.
        let mut bases: Vec<(usize, String)> = Vec::new();
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
            bases.retain(|(depth, _)| *depth < elements.open().len());
            if let Some(base) = tag.attribute("xml:base") {
                bases.push((elements.open().len(), base.to_owned()));
            }
            let inner = around.last().map(|name| local(name));
            // A document may be one entry alone.
            let is_entry = match local(&tag.name) {
                "item" => inner.is_some_and(|inner| PARENTS.contains(&inner)),
                "entry" => inner.is_none_or(|inner| inner == "feed"),
                _ => false,
            };
            if local(&tag.name) == "deleted-entry" && inner == Some("feed") {
                match Stone::read(&tag, from, &mut elements) {
                    Ok(stone) => document.stones.push(stone),
                    Err(error) => return document.broken_off(error),
                }
                continue;
            }
            if !is_entry {
                continue;
            }
            let line = elements.line();
            let bases = bases.iter().map(|(_, base)| base.clone()).collect();
            let mut look = Look { bases, ..Look::default() };
            if let Err(error) = look.through(&mut elements) {
                document.begun = true;
                return document.broken_off(error);
            }
            document.entries.push(Place { from, to: elements.position(), line, look, open: around });
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

    /// The document without its entries.
    pub(super) fn head(&self) -> String {
        match self.entries.first() {
            Some(first) => format!("{}{}", self.text.get(..first.from).unwrap_or_default(), closing(&first.open)),
            None => self.whole(),
        }
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
