//! WordPress's rule of classic text: an empty line parts paragraphs, a single line break is one.
//!
//! WordPress applies it when a page is shown, so exports have the text without it. What comes out is read by a parser that
//! ends a paragraph where a block begins, so only beginnings are written.

use std::ops::Range;

use super::shortcodes::program_text;

/// Elements that stand for themselves.
const BLOCKS: &[&str] = &[
    "address",
    "article",
    "aside",
    "blockquote",
    "center",
    "details",
    "div",
    "dl",
    "dd",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hgroup",
    "hr",
    "iframe",
    "legend",
    "li",
    "main",
    "map",
    "math",
    "menu",
    "nav",
    "object",
    "ol",
    "p",
    "pre",
    "script",
    "section",
    "style",
    "summary",
    "table",
    "tbody",
    "td",
    "textarea",
    "tfoot",
    "th",
    "thead",
    "tr",
    "ul",
    "video",
    "audio",
    "caption",
    "colgroup",
    "col",
    "select",
    "svg",
];
/// Elements whose text is text already.
const HOLDERS: &[&str] = &[
    "p",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "li",
    "dd",
    "dt",
    "td",
    "th",
    "figcaption",
    "legend",
    "summary",
    "caption",
];
/// Elements in which nothing is touched.
const VERBATIM: &[&str] =
    &["pre", "script", "style", "textarea", "svg", "math", "object", "iframe", "audio", "video", "select"];

/// The longest tag that is looked at as one.
const TAG_MOST: usize = 4_000;

/// Classic text as HTML.
pub(super) fn paragraphs(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 16);
    let mut state = State { begin: true, after_block: true };
    let mut rest = text;
    // Names of elements that begin and never end: they are looked for once.
    let mut endless: Vec<String> = Vec::new();
    let program_text = program_text(text);
    let mut program_text = program_text.iter().peekable();
    while !rest.is_empty() {
        let at = text.len() - rest.len();
        // One that began in an element in which nothing is touched, or in a tag, has gone by with it.
        while program_text.next_if(|range| range.start < at).is_some() {}
        let verbatim = program_text.peek().map(|range| range.start - at..range.end - at);
        let tag_at = rest[..verbatim.as_ref().map_or(rest.len(), |range| range.start)].find('<');
        match (tag_at, verbatim) {
            (None, Some(Range { start: 0, end })) => {
                end_line(&mut out);
                out.push_str(&rest[..end]);
                (state.begin, state.after_block) = (true, true);
                rest = &rest[end..];
            }
            (None, Some(Range { start, .. })) => {
                state.text(&mut out, &rest[..start], false);
                rest = &rest[start..];
            }
            (Some(0), _) => {
                if let Some(tail) = comment(rest) {
                    out.push_str(&rest[..rest.len() - tail.len()]);
                    rest = tail;
                    continue;
                }
                let Some((name, closes, end)) = tag(rest) else {
                    state.text(&mut out, "<", false);
                    rest = &rest[1..];
                    continue;
                };
                let verbatim = !closes && VERBATIM.contains(&name.as_str()) && !endless.contains(&name);
                let end = match verbatim.then(|| end_of(rest, &name)) {
                    Some(Some(whole)) => whole,
                    Some(None) => {
                        endless.push(name.clone());
                        end
                    }
                    None => end,
                };
                if BLOCKS.contains(&name.as_str()) {
                    end_line(&mut out);
                    out.push_str(&rest[..end]);
                    state.begin = closes || !HOLDERS.contains(&name.as_str());
                    state.after_block = true;
                } else {
                    if name != "br" {
                        state.open(&mut out);
                    }
                    out.push_str(&rest[..end]);
                    // A line break after one that is written out is the same one.
                    state.after_block = name == "br";
                }
                rest = &rest[end..];
            }
            (at, _) => {
                let end = at.unwrap_or(rest.len());
                state.text(&mut out, &rest[..end], end == rest.len());
                rest = &rest[end..];
            }
        }
    }
    trim_break(&mut out);
    out
}

struct State {
    /// A paragraph is to be begun before the next thing in a line.
    begin: bool,
    /// Line breaks that come now mean nothing.
    after_block: bool,
}

impl State {
    fn open(&mut self, out: &mut String) {
        if self.begin {
            end_line(out);
            out.push_str("<p>");
            self.begin = false;
        }
    }

    fn text(&mut self, out: &mut String, text: &str, last: bool) {
        let mut newlines = 0;
        let mut lines = text.split('\n').peekable();
        let mut first = true;
        while let Some(line) = lines.next() {
            if !first {
                newlines += 1;
            }
            first = false;
            if line.trim().is_empty() {
                if newlines == 0 && !line.is_empty() && !self.begin {
                    out.push_str(line);
                }
                if lines.peek().is_none() && !last {
                    // The line goes on with a tag.
                    self.broken(out, newlines);
                }
                continue;
            }
            self.broken(out, newlines);
            newlines = 0;
            self.open(out);
            out.push_str(line);
            self.after_block = false;
        }
    }

    /// What so many line breaks mean where they stand.
    fn broken(&mut self, out: &mut String, newlines: usize) {
        if newlines >= 2 {
            self.begin = true;
        } else if newlines == 1 && !self.after_block {
            out.push_str("<br>\n");
        } else if newlines == 1 {
            out.push('\n');
        }
    }
}

/// Takes a line break away that stands at the end of a paragraph.
fn trim_break(out: &mut String) {
    let kept = out.trim_end().len();
    if out[..kept].ends_with("<br>") {
        out.truncate(kept - "<br>".len());
    }
}

/// Ends the line before a paragraph or another block, so that an address that is a whole paragraph is found by its line.
fn end_line(out: &mut String) {
    trim_break(out);
    if !out.is_empty() && !out.ends_with('\n') {
        out.push('\n');
    }
}

/// What follows a comment that begins here.
fn comment(text: &str) -> Option<&str> {
    let inner = text.strip_prefix("<!--")?;
    Some(inner.find("-->").map_or("", |end| &inner[end + 3..]))
}

/// The name of the tag that begins here, whether it closes, and where it ends.
pub(super) fn tag(text: &str) -> Option<(String, bool, usize)> {
    let inner = text.strip_prefix('<')?;
    let closes = inner.starts_with('/');
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name: String = inner.chars().take_while(char::is_ascii_alphanumeric).collect();
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let mut quote = None;
    for (at, byte) in text.bytes().enumerate().take(TAG_MOST) {
        match (quote, byte) {
            (None, b'>') => return Some((name.to_ascii_lowercase(), closes, at + 1)),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), byte) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Where the element that begins here ends.
fn end_of(text: &str, name: &str) -> Option<usize> {
    let closes = |at: &usize| {
        let after = &text.as_bytes()[at + 2..];
        after.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name.as_bytes()))
    };
    let at = text.match_indices("</").map(|(at, _)| at).find(closes)?;
    Some(at + text[at..].find('>')? + 1)
}
