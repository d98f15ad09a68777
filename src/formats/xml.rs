//! XML from strangers: decoded, bounded, and never resolved.
//!
//! Entities that a document declares are not read at all: one that declares some is refused, since what it means cannot
//! be known without them and reading them is how files and memory are stolen. Nothing outside the document is ever
//! looked at. A fault names its line.

use std::borrow::Cow;

use encoding_rs::Encoding;
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use scraper::Html;

use super::html;
use super::item::unreadable;
use crate::error::Result;

/// How deep elements may stand in each other.
const DEPTH_MOST: usize = 200;
/// Where a declaration must stand to be seen.
const DECLARATION_WITHIN: usize = 1_024;

/// The document as text: by its byte order mark, by the encoding that it declares, or as UTF-8.
///
/// # Errors
/// `INVALID_INPUT` for bytes that are not of the encoding, with the line.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>> {
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, mark)) => (encoding, &bytes[mark..]),
        None => (declared(bytes)?, bytes),
    };
    if let Some(text) = encoding.decode_without_bom_handling_and_without_replacement(bytes) {
        return Ok(text);
    }
    let good = std::str::from_utf8(bytes).err().map_or(0, |e| e.valid_up_to());
    let line =
        if encoding == encoding_rs::UTF_8 { format!(" at line {}", line_of(&bytes[..good])) } else { String::new() };
    Err(unreadable(format!(
        "The file is not in {}{line}; write its real encoding into the XML declaration, or save it as UTF-8.",
        encoding.name()
    )))
}

fn declared(bytes: &[u8]) -> Result<&'static Encoding> {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(DECLARATION_WITHIN)]);
    let label = head.find("<?xml").and_then(|at| {
        let declaration = head[at..].split("?>").next()?;
        let rest = declaration[declaration.find("encoding")? + 8..].trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
        rest[1..].split(quote).next()
    });
    let Some(label) = label else { return Ok(encoding_rs::UTF_8) };
    let encoding = Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        unreadable(format!("The file says that its encoding is {label:?}, which is not known; save it as UTF-8."))
    })?;
    // A declaration that can be read byte by byte is not in UTF-16, whatever it says: programs write it of a text that they
    // have in memory so, and save it otherwise.
    Ok(if [encoding_rs::UTF_16LE, encoding_rs::UTF_16BE].contains(&encoding) { encoding_rs::UTF_8 } else { encoding })
}

/// The line in which what comes after these bytes stands, from 1.
pub(super) fn line_of(before: &[u8]) -> usize {
    before.iter().filter(|byte| **byte == b'\n').count() + 1
}

/// A part of a document.
#[derive(Debug)]
pub(super) enum Node {
    /// An element begins; one without content begins and ends.
    Start(Tag),
    /// The innermost element ends.
    End,
    /// Text, with references resolved.
    Text(String),
    /// The document ends.
    Over,
}

/// The beginning of an element.
#[derive(Debug)]
pub(super) struct Tag {
    /// Its name with the prefix, as it stands.
    pub name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    fn of(start: &BytesStart<'_>) -> Tag {
        let name = start.name().as_ref().to_owned();
        let attributes = start
            .attributes()
            .with_checks(false)
            .flatten()
            .map(|a| (a.key.as_ref().to_owned(), with_references(&a.value)))
            .collect();
        Tag { name, attributes }
    }

    /// An attribute's value.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Walks a document.
pub(super) struct Elements<'a> {
    text: &'a str,
    reader: Reader<&'a [u8]>,
    open: Vec<String>,
    counted: (usize, usize),
}

impl<'a> Elements<'a> {
    pub(super) fn new(text: &'a str) -> Elements<'a> {
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.allow_dangling_amp = true;
        config.trim_markup_names_in_closing_tags = true;
        Elements { text, reader, open: Vec::new(), counted: (0, 1) }
    }

    /// How many bytes were read.
    pub(super) fn position(&self) -> usize {
        usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len())
    }

    /// The elements that are open, outermost first.
    pub(super) fn open(&self) -> &[String] {
        &self.open
    }

    /// The line of where it is, from 1.
    pub(super) fn line(&mut self) -> usize {
        let (from, lines) = self.counted;
        let to = self.position();
        if to < from {
            return lines;
        }
        let lines = lines + line_of(&self.text.as_bytes()[from..to]) - 1;
        self.counted = (to, lines);
        lines
    }

    /// The next part.
    ///
    /// # Errors
    /// `INVALID_INPUT` with the line, for what is no XML, too deep, or declares entities.
    pub(super) fn next(&mut self) -> Result<Node> {
        loop {
            let before = self.position();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => {
                    let at =
                        usize::try_from(self.reader.error_position()).unwrap_or(before).clamp(before, self.text.len());
                    let line = line_of(&self.text.as_bytes()[..at]);
                    return Err(unreadable(format!("The file is no XML at line {line}: {error}.")));
                }
            };
            match event {
                Event::Start(start) => {
                    if self.open.len() == DEPTH_MOST {
                        let line = self.line();
                        let says = format!("Line {line}: more than {DEPTH_MOST} elements stand in each other.");
                        return Err(unreadable(says));
                    }
                    let tag = Tag::of(&start);
                    self.open.push(tag.name.clone());
                    return Ok(Node::Start(tag));
                }
                Event::End(_) => {
                    self.open.pop();
                    return Ok(Node::End);
                }
                Event::Text(text) => return Ok(Node::Text(text.xml10_content().into_owned())),
                Event::CData(text) => return Ok(Node::Text(text.xml10_content().into_owned())),
                Event::GeneralRef(reference) => {
                    return Ok(Node::Text(with_references(&format!("&{};", &*reference))));
                }
                Event::DocType(declaration) => {
                    if declaration.contains("<!ENTITY") {
                        let line = self.line();
                        let says = format!(
                            "Line {line}: the document declares entities, which are never resolved; write out what they \
                             stand for and take the declarations away."
                        );
                        return Err(unreadable(says));
                    }
                }
                Event::Eof => {
                    if let Some(name) = self.open.last() {
                        let says = format!(
                            "The file ends at line {} within <{name}>; it was cut off.",
                            line_of(self.text.as_bytes())
                        );
                        return Err(unreadable(says));
                    }
                    return Ok(Node::Over);
                }
                Event::Empty(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
            }
        }
    }

    /// The text of the element that has just begun, with that of the elements in it, up to its end.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub(super) fn text(&mut self) -> Result<String> {
        let depth = self.open.len();
        let mut all = String::new();
        while self.open.len() >= depth {
            match self.next()? {
                Node::Text(text) => all.push_str(&text),
                Node::Over => break,
                Node::Start(_) | Node::End => {}
            }
        }
        Ok(all)
    }

    /// Passes over the element that has just begun.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub(super) fn skip(&mut self) -> Result<()> {
        let depth = self.open.len();
        while self.open.len() >= depth {
            if let Node::Over = self.next()? {
                break;
            }
        }
        Ok(())
    }

    /// The texts of the children of the element that has just begun, by name, up to its end.
    ///
    /// # Errors
    /// As [`Elements::next`].
    pub(super) fn fields(&mut self) -> Result<Vec<(String, String)>> {
        let depth = self.open.len();
        let mut fields = Vec::new();
        while self.open.len() >= depth {
            match self.next()? {
                Node::Start(tag) => fields.push((tag.name, self.text()?)),
                Node::Over => break,
                Node::Text(_) | Node::End => {}
            }
        }
        Ok(fields)
    }
}

/// Text with its references resolved as HTML has them, so that `&nbsp;` is one too. What is none stays as it stands.
pub(super) fn with_references(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.as_bytes().iter().take(40).position(|byte| *byte == b';');
        match end.and_then(|end| Some((end, reference(&rest[1..end])?))) {
            Some((end, meant)) => {
                out.push_str(&meant);
                rest = &rest[end + 1..];
            }
            None => {
                out.push('&');
                rest = &rest[1..];
            }
        }
    }
    out.push_str(rest);
    out
}

/// What a reference stands for, without its signs.
fn reference(name: &str) -> Option<String> {
    let known = match name {
        "amp" => "&",
        "lt" => "<",
        "gt" => ">",
        "quot" => "\"",
        "apos" => "'",
        "nbsp" => "\u{A0}",
        _ => {
            if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'#') || name.is_empty() {
                return None;
            }
            if let Some(meant) = name.strip_prefix('#').and_then(numbered) {
                return Some(meant.to_string());
            }
            let written = format!("&{name};");
            // The parser of HTML knows the two thousand others. Of its tree, since what is made of that has no white space at
            // its ends, and some stand for nothing else.
            let meant: String = Html::parse_fragment(&written).root_element().text().collect();
            return (meant != written && !meant.is_empty() && meant.chars().all(is_of_xml)).then_some(meant);
        }
    };
    Some(known.to_owned())
}

/// The character that has this number, in figures or behind an `x` in hexadecimal ones. Those of 128 to 159 are controls that
/// nobody means: HTML takes them as Windows had them.
fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    char::from_u32(code.ok()?).filter(|c| is_of_xml(*c) && !('\u{80}'..='\u{9F}').contains(c))
}

/// Whether a document may have it (XML 1.0, 2.2).
fn is_of_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

/// The same document without its declarations of encoding, and with every reference one that XML knows: for readers that
/// would stumble over them. What is within CDATA and comments stays.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 64);
    let mut rest = text;
    while let Some(at) = rest.find(['<', '&']) {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let kept = [("<![CDATA[", "]]>"), ("<!--", "-->")].into_iter().find(|(begin, _)| rest.starts_with(begin));
        if let Some((_, end)) = kept {
            let to = rest.find(end).map_or(rest.len(), |at| at + end.len());
            out.push_str(&rest[..to]);
            rest = &rest[to..];
        } else if rest.starts_with("<?xml ") {
            rest = rest.find("?>").map_or("", |at| &rest[at + 2..]);
        } else if rest.starts_with('<') {
            out.push('<');
            rest = &rest[1..];
        } else {
            let end = rest.as_bytes().iter().take(40).position(|byte| *byte == b';');
            let name = end.map(|end| &rest[1..end]);
            match name {
                Some("amp" | "lt" | "gt" | "quot" | "apos") => {
                    out.push('&');
                    rest = &rest[1..];
                }
                Some(name) => match reference(name) {
                    Some(meant) => {
                        out.push_str(&html::escape(&meant));
                        rest = &rest[name.len() + 2..];
                    }
                    None => {
                        out.push_str("&amp;");
                        rest = &rest[1..];
                    }
                },
                None => {
                    out.push_str("&amp;");
                    rest = &rest[1..];
                }
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(text: &str) -> Result<String> {
        let mut elements = Elements::new(text);
        let mut all = String::new();
        loop {
            match elements.next()? {
                Node::Start(tag) => all.push_str(&format!("<{}>", tag.name)),
                Node::End => all.push_str("</>"),
                Node::Text(text) => all.push_str(&text),
                Node::Over => return Ok(all),
            }
        }
    }

    #[test]
    fn references_are_what_they_stand_for_and_nothing_else_is() {
        assert_eq!(
            walked("<a>x &amp;&nbsp;&#233;&mdash;&foo; & y<b/></a>").unwrap(),
            "<a>x &\u{A0}é—&foo; & y<b></></>"
        );
        assert_eq!(
            plain("<?xml version=\"1.0\"?><a>&nbsp;&amp;&x; a&b<![CDATA[&]]></a>"),
            "<a>\u{A0}&amp;&amp;x; a&amp;b<![CDATA[&]]></a>"
        );
    }

    #[test]
    fn references_to_white_space_are_white_space() {
        for (written, meant) in [
            ("&#160;", "\u{A0}"),
            ("&#xA0;", "\u{A0}"),
            ("&#10;", "\n"),
            ("&#13;", "\r"),
            ("&#32;", " "),
            ("&#9;", "\t"),
            ("&#8201;", "\u{2009}"),
            ("&#8239;", "\u{202F}"),
            ("&ensp;", "\u{2002}"),
            ("&thinsp;", "\u{2009}"),
            ("&NewLine;", "\n"),
            ("&zwj;", "\u{200D}"),
            // As Windows had it; and what is no character stays as it stands.
            ("&#150;", "–"),
            ("&#8;", "&#8;"),
            ("&#xFFFE;", "&#xFFFE;"),
            ("&#99999999999;", "\u{FFFD}"),
            ("&#x1F600;", "\u{1F600}"),
            ("&#;", "&#;"),
        ] {
            assert_eq!(walked(&format!("<a>x{written}y</a>")).unwrap(), format!("<a>x{meant}y</>"), "{written}");
            assert_eq!(walked(&format!("<a>{written}</a>")).unwrap(), format!("<a>{meant}</>"), "{written}");
        }
        assert_eq!(plain("<a b=\"x&#32;y\">&#xA0;&ensp;&#38;</a>"), "<a b=\"x y\">\u{A0}\u{2002}&amp;</a>");
    }

    #[test]
    fn faults_name_their_line() {
        for (text, says) in [
            ("<a>\n<b>\n</a>", "line 3"),
            ("<a>\n\n", "ends at line 3 within <a>"),
            ("<!DOCTYPE a [<!ENTITY b \"c\">]>\n<a>&b;</a>", "declares entities"),
        ] {
            let error = walked(text).unwrap_err();
            assert!(error.message().contains(says), "{}", error.message());
        }
        assert!(walked(&"<a>".repeat(100_000)).unwrap_err().message().contains("stand in each other"));
    }

    #[test]
    fn encodings_are_read_as_they_are_declared() {
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><a>\xe9</a>";
        assert!(decoded(latin).unwrap().ends_with("<a>é</a>"));
        assert_eq!(decoded(b"\xff\xfe<\0a\0/\0>\0").unwrap(), "<a/>");
        for label in ["utf-16", "UTF-16LE", "utf-16be"] {
            let text = format!("<?xml version=\"1.0\" encoding=\"{label}\"?><a>é</a>");
            assert_eq!(decoded(text.as_bytes()).unwrap(), text.as_str());
        }
        assert!(
            decoded(b"<?xml encoding=\"utf-16\"?>\n<a>\xff</a>").unwrap_err().message().contains("UTF-8 at line 2")
        );
        assert!(decoded(b"<a>\n\xff</a>").unwrap_err().message().contains("line 2"));
        assert!(decoded(b"<?xml encoding=\"x-none\"?>").unwrap_err().message().contains("x-none"));
    }
}
