//! Markdown (CommonMark with tables and strikethrough), read and written.
//!
//! Reading goes through HTML, so there is one allow-list: template codes of static site generators are resolved first
//! (`codes`), pulldown-cmark makes HTML of the rest, and `html::parse` decides what stays. Writing gives Markdown
//! that reads back to the same body; what Markdown has no signs for (captions, embeds, tables with row heads,
//! underline, a quote's `cite`) is written as the same HTML that `html::render` writes.
//!
//! Beyond CommonMark: in a block quote a last paragraph or line that begins with a dash (`> — Name, role`) is the
//! source of the quote; `## Title {#id}` loses the braces; footnotes become `[n]` in place and a paragraph `[n] …`.
//!
//! ```
//! use masthead::formats::{html, markdown};
//! let parsed = markdown::parse("> Enough.\n>\n> — Ann, *minister*");
//! let expected = "<blockquote>\n<p>Enough.</p>\n<footer>Ann, <em>minister</em></footer>\n</blockquote>\n";
//! assert_eq!(html::render(&parsed.body), expected);
//! assert_eq!(markdown::render(&parsed.body), "> Enough.\n>\n> — Ann, _minister_\n");
//! ```

mod arguments;
mod code;
mod codes;
mod inline;
mod render;

pub use super::{Dropped, Parsed};
pub use render::render;

use super::{Report, html};
use codes::{CLOSE, OPEN, Pieces};
use pulldown_cmark::{CowStr, Event, LinkType, Options, Parser, Tag, TagEnd};
use std::borrow::Cow;
use std::ops::Range;

/// The extensions in use.
fn options() -> Options {
    Options::ENABLE_TABLES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_HEADING_ATTRIBUTES
}

/// Read Markdown. Never fails; what is left out is reported, as in `html::parse`, and template codes by name.
pub fn parse(markdown: &str) -> Parsed {
    let mut report = Report::default();
    let (text, pieces) = codes::resolve(markdown, &mut report);
    let parsed = html::parse(&to_html(&text, &pieces));
    for dropped in parsed.dropped {
        let (count, texts) = report.0.entry(dropped.what).or_default();
        *count += dropped.count;
        texts.extend(dropped.texts);
    }
    report.finish(parsed.body.into_blocks())
}

type Located<'a> = (Event<'a>, Range<usize>);

fn to_html(text: &str, pieces: &Pieces) -> String {
    let mut events: Vec<Located<'_>> = Vec::new();
    for event in Parser::new_ext(text, options()).into_offset_iter() {
        if matches!(event.0, Event::End(TagEnd::TableRow)) {
            shorten_row(&mut events);
        }
        events.push(event);
    }
    if text.contains('>') {
        attribute_quotes(text, &mut events);
    }
    let mut out = String::with_capacity(text.len() + text.len() / 4);
    pulldown_cmark::html::push_html(&mut out, Rewrite::new(pieces).all(events).into_iter());
    out
}

/// Takes the empty cells at the end of a row away. pulldown-cmark fills rows up to the width of the head, so two bytes can
/// be a hundred cells; a body's table is filled up when it is known what that makes.
fn shorten_row(events: &mut Vec<Located<'_>>) {
    while let [.., (Event::Start(Tag::TableCell), _), (Event::End(TagEnd::TableCell), _)] = events.as_slice() {
        events.truncate(events.len() - 2);
    }
}

/// Makes the events say what `html::parse` understands.
///
/// Links and pictures are written here, because pulldown-cmark's writer percent-encodes what their addresses may hold.
struct Rewrite<'p, 'a> {
    pieces: &'p Pieces,
    out: Vec<Event<'a>>,
    /// The label of a footnote whose first paragraph is to come.
    footnote: Option<CowStr<'a>>,
    /// Open pictures: address and alternative text, which comes as events.
    pictures: Vec<(CowStr<'a>, String)>,
}

impl<'p, 'a> Rewrite<'p, 'a> {
    fn new(pieces: &'p Pieces) -> Self {
        Rewrite { pieces, out: Vec::new(), footnote: None, pictures: Vec::new() }
    }

    fn all(mut self, events: Vec<Located<'a>>) -> Vec<Event<'a>> {
        self.out.reserve(events.len() + 16);
        for (event, _) in events {
            if self.pictures.is_empty() {
                self.event(event);
            } else {
                self.in_picture(event);
            }
        }
        self.out
    }

    fn html(&mut self, html: String) {
        self.out.push(Event::InlineHtml(html.into()));
    }

    fn event(&mut self, event: Event<'a>) {
        match event {
            Event::Text(text) if text.contains(OPEN) => self.pieces.split(&text, &mut self.out),
            Event::Html(html) if html.contains(OPEN) => self.out.push(Event::Html(self.pieces.fill(&html).into())),
            Event::InlineHtml(html) if html.contains(OPEN) => self.html(self.pieces.fill(&html)),
            Event::Start(Tag::Link { link_type, dest_url, title, .. }) => {
                let scheme = if link_type == LinkType::Email { "mailto:" } else { "" };
                let title =
                    if title.is_empty() { String::new() } else { format!(" title=\"{}\"", html::escape(&bare(title))) };
                self.html(format!("<a href=\"{scheme}{}\"{title}>", html::escape(&bare(dest_url))));
            }
            Event::End(TagEnd::Link) => self.html("</a>".to_owned()),
            Event::Start(Tag::Image { dest_url, .. }) => self.pictures.push((bare(dest_url), String::new())),
            Event::FootnoteReference(label) => self.html(format!("<sup>[{}]</sup>", html::escape(&label))),
            Event::Start(Tag::FootnoteDefinition(label)) => self.footnote = Some(label),
            Event::End(TagEnd::FootnoteDefinition) => self.footnote = None,
            Event::Start(Tag::Paragraph) => {
                self.out.push(Event::Start(Tag::Paragraph));
                let label = self.footnote.take().map(|label| Event::Text(format!("[{label}] ").into()));
                self.out.extend(label);
            }
            other => self.out.push(other),
        }
    }

    /// The words of the description are the alternative text; a picture in it adds its own.
    fn in_picture(&mut self, event: Event<'a>) {
        match event {
            Event::Start(Tag::Image { dest_url, .. }) => self.pictures.push((bare(dest_url), String::new())),
            Event::End(TagEnd::Image) => {
                let Some((address, alt)) = self.pictures.pop() else { return };
                match self.pictures.last_mut() {
                    Some((_, outer)) => outer.push_str(&alt),
                    None => {
                        self.html(format!("<img src=\"{}\" alt=\"{}\">", html::escape(&address), html::escape(&alt)))
                    }
                }
            }
            Event::Text(text) | Event::Code(text) => {
                if let Some((_, alt)) = self.pictures.last_mut() {
                    alt.push_str(&bare(text));
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some((_, alt)) = self.pictures.last_mut() {
                    alt.push(' ');
                }
            }
            _ => {}
        }
    }
}

/// An address or title without places of pieces, which mean nothing there.
fn bare(text: CowStr<'_>) -> CowStr<'_> {
    if !text.contains(OPEN) {
        return text;
    }
    let mut out = String::new();
    for (i, part) in text.split(OPEN).enumerate() {
        out.push_str(if i == 0 { part } else { part.split_once(CLOSE).map_or(part, |(_, rest)| rest) });
    }
    out.into()
}

/// Make sources of last paragraphs, or last lines, of block quotes that begin with a dash.
fn attribute_quotes(text: &str, events: &mut [Located<'_>]) {
    for end in 2..events.len() {
        if !matches!(events[end].0, Event::End(TagEnd::BlockQuote(_)))
            || !matches!(events[end - 1].0, Event::End(TagEnd::Paragraph))
        {
            continue;
        }
        let Some(start) = events[..end].iter().rposition(|(event, _)| matches!(event, Event::Start(Tag::Paragraph)))
        else {
            continue;
        };
        let only = start > 0 && matches!(events[start - 1].0, Event::Start(Tag::BlockQuote(_)));
        let first = start + 1;
        if !only && begins_with_dash(text, &events[first]) {
            events[start].0 = Event::Html(CowStr::Borrowed("<footer>"));
            events[end - 1].0 = Event::Html(CowStr::Borrowed("</footer>\n"));
            continue;
        }
        let is_break = |event: &Event<'_>| matches!(event, Event::SoftBreak | Event::HardBreak);
        let Some(at) = events[first..end].iter().rposition(|(event, _)| is_break(event)).map(|at| first + at) else {
            continue;
        };
        // A line of the quote itself may begin with a dash; a source follows on a finished sentence.
        let finished = match &events[at - 1].0 {
            Event::Text(before) => {
                before.trim_end().ends_with(['.', '!', '?', '…', '"', '”', '’', '\'', '»', '“', ')'])
            }
            _ => false,
        };
        let depth = events[first..at].iter().fold(0i32, |depth, (event, _)| match event {
            Event::Start(_) => depth + 1,
            Event::End(_) => depth - 1,
            _ => depth,
        });
        if finished && depth == 0 && begins_with_dash(text, &events[at + 1]) {
            events[at].0 = Event::Html(CowStr::Borrowed("</p>\n<footer>"));
            events[end - 1].0 = Event::Html(CowStr::Borrowed("</footer>\n"));
        }
    }
}

/// Whether text begins with a dash that is written as such, neither as an entity nor after a backslash.
fn begins_with_dash(text: &str, (event, range): &Located<'_>) -> bool {
    let (before, source) = text.split_at_checked(range.start).unwrap_or_default();
    matches!(event, Event::Text(_))
        && !before.ends_with('\\')
        && (source.starts_with(inline::DASHES) || source.starts_with("--"))
}

/// The HTML of a line of Markdown, for attributes of template codes.
fn inline_html(markdown: &str) -> String {
    let paragraph = |event: &Event<'_>| matches!(event, Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph));
    let mut out = String::new();
    let text: Cow<'_, str> = if markdown.contains(OPEN) { markdown.replace(OPEN, "").into() } else { markdown.into() };
    pulldown_cmark::html::push_html(&mut out, Parser::new_ext(&text, options()).filter(|event| !paragraph(event)));
    out.trim().to_owned()
}

/// What marks a place in that text.
#[cfg(test)]
pub(super) const PLACE: char = OPEN;

/// The text after template codes were resolved, with places where HTML comes in; for tests that count for themselves.
#[cfg(test)]
pub(super) fn resolved(markdown: &str) -> (String, usize) {
    let (text, pieces) = codes::resolve(markdown, &mut Report::default());
    (text.into_owned(), pieces.len())
}

#[cfg(test)]
mod tests;
