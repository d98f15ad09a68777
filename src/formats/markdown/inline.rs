//! Spans as Markdown.

use crate::formats::html;
use crate::formats::inline::{Mark, Step, walk};
use crate::model::body::{Link, Marks, Span};

/// Dashes that introduce the source of a quote.
pub(super) const DASHES: [char; 3] = ['—', '–', '―'];

/// Where spans stand, which decides what must be escaped and how lines break.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Place {
    Paragraph,
    /// A paragraph of a quote: a dash at the beginning of a line would make a source of it.
    Quote,
    /// One line, where a `#` at the end would be taken away.
    Heading,
    /// One line.
    Cell,
}

/// Spans as Markdown. Lines are separated by `\n` and carry no indent.
pub(super) fn spans(children: &[Span], place: Place) -> String {
    let mut out = String::new();
    let mut ends: Vec<&'static str> = Vec::new();
    let mut line_start = 0;
    walk(children, |step| match step {
        Step::Open { mark: Mark::Link(_), .. } => {
            if out.ends_with('!') {
                // It would make a picture of the link.
                out.insert(out.len() - 1, '\\');
            }
            out.push('[');
        }
        Step::Close(Mark::Link(link)) => close_link(&mut out, link),
        Step::Open { mark: Mark::Decorator(Marks::CODE), .. } | Step::Close(Mark::Decorator(Marks::CODE)) => {}
        Step::Open { mark: Mark::Decorator(mark), from, to } => {
            let (open, close) = signs(&out, children, mark, from, to);
            out.push_str(open);
            ends.push(close);
        }
        Step::Close(Mark::Decorator(_)) => out.push_str(ends.pop().unwrap_or_default()),
        Step::Text { span } => {
            for (i, line) in span.text.split('\n').enumerate() {
                if i > 0 && matches!(place, Place::Paragraph | Place::Quote) {
                    out.push_str("\\\n");
                    line_start = out.len();
                } else if i > 0 {
                    out.push_str("<br>");
                }
                if !span.marks.has(Marks::CODE) {
                    text(&mut out, line_start, line, place);
                } else if !line.is_empty() {
                    code(&mut out, line, span.link.is_some());
                }
            }
        }
    });
    out
}

/// Plain text, escaped.
pub(super) fn escaped(words: &str) -> String {
    let mut out = String::with_capacity(words.len());
    text(&mut out, 0, words, Place::Heading);
    out
}

fn close_link(out: &mut String, link: &Link) {
    out.push_str("](");
    destination(out, &link.href);
    if let Some(title) = &link.title {
        out.push_str(" \"");
        for c in title.chars() {
            if matches!(c, '"' | '\\' | '&' | '{' | '`' | '<' | '|') {
                out.push('\\');
            }
            out.push(c);
        }
        out.push('"');
    }
    out.push(')');
}

/// An address in parentheses, with what would end it or be read in it escaped.
pub(super) fn destination(out: &mut String, address: &str) {
    for c in address.chars() {
        if matches!(c, '(' | ')' | '<' | '>' | '[' | ']' | '{' | '}' | '&' | '*' | '`' | '"' | '\'' | '|' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
}

/// What a character is for CommonMark's rules of flanking. What differs between versions of the rules is `Other`.
#[derive(PartialEq)]
enum Class {
    Space,
    Punctuation,
    Word,
    Other,
}

fn class(c: Option<char>) -> Class {
    match c {
        None => Class::Space,
        Some(c) if c.is_whitespace() => Class::Space,
        Some(c) if c.is_ascii_punctuation() => Class::Punctuation,
        Some(c) if c.is_alphanumeric() => Class::Word,
        Some(_) => Class::Other,
    }
}

/// The signs that open and close a decorator: Markdown's where they are sure to be understood, else HTML's.
fn signs(out: &str, children: &[Span], mark: Marks, from: usize, to: usize) -> (&'static str, &'static str) {
    let sign = match mark {
        Marks::STRONG => "**",
        Marks::EM => "_",
        Marks::STRIKE => "~~",
        Marks::UNDERLINE => return ("<u>", "</u>"),
        Marks::SUB => return ("<sub>", "</sub>"),
        _ => return ("<sup>", "</sup>"),
    };
    let (inner, last) = (&children[from], &children[to - 1]);
    let next = children.get(to);
    let (first_char, last_char) = (inner.text.chars().next(), last.text.chars().next_back());
    let next_char = next.and_then(|span| span.text.chars().next());
    let alone = |span: &Span| span.marks == mark && span.link.is_none();
    let sure = |outside: Class, inside: Option<char>, span: &Span| match (outside, class(inside)) {
        (_, Class::Space) => false,
        (Class::Space | Class::Punctuation, _) => true,
        (_, Class::Word) => sign != "_" && alone(span),
        _ => false,
    };
    // A piece of program text right after would be taken together with `_`, and a digit or letter after `~~` not.
    if sure(class(out.chars().next_back()), first_char, inner) && sure(class(next_char), last_char, last) {
        return (sign, sign);
    }
    match mark {
        Marks::STRONG => ("<strong>", "</strong>"),
        Marks::EM => ("<em>", "</em>"),
        _ => ("<s>", "</s>"),
    }
}

/// Append escaped text to a line that begins at `line_start`.
fn text(out: &mut String, line_start: usize, text: &str, place: Place) {
    let mut previous: Option<char> = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let line = &out[line_start..];
        let next = chars.peek().copied();
        let escape = match c {
            '\\' | '`' | '*' | '[' | ']' | '<' | '{' | '~' | '|' => true,
            // Inside of a word it is no sign.
            '_' => !(previous.is_some_and(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric)),
            '&' => next.is_none_or(|next| next == '#' || next.is_ascii_alphanumeric()),
            '#' => line.is_empty() || place == Place::Heading,
            '>' | '-' | '+' | '=' | ':' => line.is_empty(),
            '.' | ')' => !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()),
            _ => false,
        };
        match c {
            _ if place == Place::Quote && line.is_empty() && DASHES.contains(&c) => {
                out.push_str(&format!("&#{};", u32::from(c)));
            }
            // At the end of a heading braces hold attributes, escaped or not.
            '{' if place == Place::Heading => out.push_str("&#123;"),
            _ if escape => out.extend(['\\', c]),
            _ => out.push(c),
        }
        previous = Some(c);
    }
}

fn code(out: &mut String, text: &str, linked: bool) {
    let fence = "`".repeat(longest_run(text, '`') + 1);
    let padded = text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']);
    let pad = if padded { " " } else { "" };
    // A backtick before would make the fence longer, a code of nothing but blanks is not stripped, and brackets in the
    // words of a link can be read as a definition of a reference, which comes before code.
    if out.ends_with('`') || linked && text.contains(['[', ']']) || text.trim_matches(' ').is_empty() {
        return out.push_str(&format!("<code>{}</code>", in_markdown(&html::escape(text))));
    }
    out.push_str(&format!("{fence}{pad}{text}{pad}{fence}"));
}

/// The longest run of a character.
pub(super) fn longest_run(text: &str, sign: char) -> usize {
    text.split(|c| c != sign).map(str::len).max().unwrap_or(0)
}

/// HTML that can stand among Markdown: signs that would be read are written as entities.
pub(super) fn in_markdown(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    for c in html.chars() {
        match c {
            '{' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '|' | '!' => out.push_str(&format!("&#{};", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}
