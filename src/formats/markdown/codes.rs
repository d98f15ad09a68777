//! Template codes in Markdown: Hugo shortcodes, Liquid and Nunjucks tags and outputs.
//!
//! Archives of news sites carry them, and without the site's templates nothing runs them. Each becomes what it would
//! show: content codes keep the text between them, picture codes become pictures, codes of providers become embeds,
//! codes for addresses become addresses. What is left is dropped and reported by name with what it said.
//!
//! A code that shows something becomes a *place* in the text, two characters that no text may have with a number
//! between, so that the Markdown around it is read undisturbed; the HTML for it is put in afterwards. Codes inside of
//! fenced code and code spans are examples and stay as they are.

use super::arguments::Arguments;
use super::code::{Code, read};
use super::{Report, inline_html, options};
use crate::formats::html::embed::recognise;
use crate::formats::html::{escape, render_block};
use crate::model::body::{Block, Embed, address, is_forbidden};
use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag};
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

/// Begins a place. Text has no such character: it is not for interchange, and removed when it comes.
pub(super) const OPEN: char = '\u{FDD0}';
/// Ends a place.
pub(super) const CLOSE: char = '\u{FDD1}';

/// The HTML for each place.
#[derive(Debug, Default)]
pub(super) struct Pieces(Vec<String>);

impl Pieces {
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Text with places as events.
    pub fn split<'a>(&self, text: &str, into: &mut Vec<Event<'a>>) {
        self.each(text, |piece, is_html| {
            into.push(if is_html {
                Event::InlineHtml(piece.to_owned().into())
            } else {
                Event::Text(piece.to_owned().into())
            });
        });
    }

    /// HTML with the pieces in their places.
    pub fn fill(&self, html: &str) -> String {
        let mut out = String::with_capacity(html.len());
        self.each(html, |piece, _| out.push_str(piece));
        out
    }

    fn each(&self, text: &str, mut give: impl FnMut(&str, bool)) {
        let mut parts = text.split(OPEN);
        parts.next().filter(|part| !part.is_empty()).into_iter().for_each(|part| give(part, false));
        for part in parts {
            let place = part
                .split_once(CLOSE)
                .and_then(|(number, rest)| Some((self.0.get(number.parse::<usize>().ok()?)?, rest)));
            let (piece, rest) = place.map_or((None, part), |(piece, rest)| (Some(piece), rest));
            piece.into_iter().for_each(|piece| give(piece, true));
            if !rest.is_empty() {
                give(rest, false);
            }
        }
    }
}

/// Resolve the codes of a text.
pub(super) fn resolve<'a>(markdown: &'a str, report: &mut Report) -> (Cow<'a, str>, Pieces) {
    let text: Cow<'a, str> =
        if markdown.contains([OPEN, CLOSE]) { markdown.replace([OPEN, CLOSE], "").into() } else { markdown.into() };
    if !text.contains("{{") && !text.contains("{%") {
        return (text, Pieces::default());
    }
    let mut resolver = Resolver {
        out: String::with_capacity(text.len()),
        pieces: Pieces::default(),
        report,
        ends: ends(&text),
        endless: HashSet::new(),
        broken: 0,
        later: Vec::new(),
    };
    resolver.run(&text, &examples(&text));
    (resolver.out.into(), resolver.pieces)
}

/// Where fenced code and code spans are.
fn examples(text: &str) -> Vec<Range<usize>> {
    let is_example =
        |event: &Event<'_>| matches!(event, Event::Code(_) | Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(_))));
    let events = Parser::new_ext(text, options()).into_offset_iter();
    events.filter(|(event, _)| is_example(event)).map(|(_, range)| range).collect()
}

/// The names of codes that have an end somewhere.
fn ends(text: &str) -> HashSet<String> {
    let mut names = HashSet::new();
    for (i, _) in text.match_indices('{') {
        let rest = &text[i..];
        let inner = ["{{<", "{{%", "{%"]
            .iter()
            .find_map(|open| rest.strip_prefix(open))
            .map(|rest| rest.trim_start_matches([' ', '-']));
        let name = inner.and_then(|inner| inner.strip_prefix('/').or(inner.strip_prefix("end")));
        names.extend(name.map(|name| {
            let name = name.trim_start();
            plain_name(&name[..name.find(|c: char| !(c.is_alphanumeric() || "-_./".contains(c))).unwrap_or(name.len())])
        }));
    }
    names
}

/// Names are written with hyphens, underscores and in any case.
pub(super) fn plain_name(name: &str) -> String {
    name.to_ascii_lowercase().replace('_', "-")
}

struct Resolver<'r> {
    out: String,
    pieces: Pieces,
    report: &'r mut Report,
    ends: HashSet<String>,
    /// The names of codes that have no end from here on.
    endless: HashSet<String>,
    /// Codes without an end of their own that were tried.
    broken: usize,
    /// What comes at the end of open codes, by name.
    later: Vec<(String, String)>,
}

/// Codes without an end that are tried before the rest is taken as text.
const MOST_BROKEN: usize = 1_000;

impl Resolver<'_> {
    fn run(&mut self, text: &str, examples: &[Range<usize>]) {
        let mut at = 0;
        let mut examples = examples.iter().peekable();
        while let Some(found) = next(text, at).filter(|_| self.broken < MOST_BROKEN) {
            while examples.next_if(|example| example.end <= found).is_some() {}
            if let Some(example) = examples.peek().filter(|example| example.contains(&found)) {
                self.out.push_str(&text[at..example.end]);
                at = example.end;
                continue;
            }
            self.out.push_str(&text[at..found]);
            let escaped = text[..found].bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1;
            match if escaped { None } else { read(&text[found..]) } {
                Some((code, length)) => at = found + length + self.code(code, &text[found + length..]),
                None => {
                    self.broken += usize::from(!escaped);
                    self.out.push('{');
                    at = found + 1;
                }
            }
        }
        self.out.push_str(&text[at..]);
    }

    /// Resolve one code; returns how much of the text after it belongs to it.
    fn code(&mut self, code: Code<'_>, after: &str) -> usize {
        match code {
            Code::Quoted(text) => self.place(escape(&text)),
            Code::End { name } => {
                let name = plain_name(name);
                if let Some(at) = self.later.iter().rposition(|(open, _)| *open == name) {
                    let (_, html) = self.later.remove(at);
                    self.place(html);
                }
            }
            Code::Output { parts } => self.output(&parts),
            Code::Named { name, arguments } => return self.named(&plain_name(name), &Arguments(arguments), after),
        }
        0
    }

    fn named(&mut self, name: &str, arguments: &Arguments, after: &str) -> usize {
        match name {
            "ref" | "relref" | "link" | "tmp" | "url" | "post-url" | "absurl" | "relurl" => {
                let path = page(arguments.first().unwrap_or_default());
                self.out.push_str(&path);
            }
            "raw" | "verbatim" => {
                let (inner, length) = self.until(after, name);
                self.out.push_str(inner);
                return length;
            }
            "comment" => {
                let (inner, length) = self.until(after, name);
                self.report.add("template comment", inner);
                return length;
            }
            "highlight" | "code" if arguments.first().is_some() && self.ends.contains(name) => {
                let (inner, length) = self.until(after, name);
                let language = arguments.first().unwrap_or_default();
                self.place(format!(
                    "<pre class=\"language-{}\">\n{}</pre>",
                    escape(language),
                    escape(inner.trim_start_matches('\n'))
                ));
                return length;
            }
            _ if self.in_address() => self.address_from(name, arguments),
            _ if arguments.is_quote(name) => {
                let cite = |names| arguments.get(names).map(inline_html).filter(|cite| !cite.is_empty());
                let source = cite(&["cite", "author", "source", "attribution"])
                    .map(|s| format!("<footer>{s}</footer>"))
                    .unwrap_or_default();
                match arguments.get(&["text", "quote"]) {
                    Some(text) => self.place(format!("<blockquote><p>{}</p>{source}</blockquote>", inline_html(text))),
                    None if self.ends.contains(name) => {
                        self.place("<blockquote>".to_owned());
                        self.later(name, format!("{source}</blockquote>"));
                    }
                    None => self.drop(name, arguments),
                }
            }
            _ if arguments.is_image(name) => match arguments.image() {
                Some(html) => self.place(html),
                None => self.drop(name, arguments),
            },
            _ => self.other(name, arguments),
        }
        0
    }

    /// The text up to the end of code `name`, and the length with the end; nothing where there is no end.
    fn until<'a>(&mut self, text: &'a str, name: &str) -> (&'a str, usize) {
        if !self.ends.contains(name) || self.endless.contains(name) {
            return ("", 0);
        }
        let mut at = 0;
        // Inside nothing but the end is a code, so no code may hide it, and none is read but what begins as the end does.
        while let Some(found) = next(text, at).filter(|_| self.broken < MOST_BROKEN) {
            at = found + 1;
            if !may_end(&text[found..], name) {
                continue;
            }
            match read(&text[found..]) {
                Some((Code::End { name: end }, length)) if plain_name(end) == name => {
                    return (&text[..found], found + length);
                }
                _ => self.broken += 1,
            }
        }
        self.endless.insert(name.to_owned());
        ("", 0)
    }

    /// Keep HTML for the end of an open code. Who opens a thousand and closes none gets it at once.
    fn later(&mut self, name: &str, html: String) {
        if self.later.len() < 1_000 { self.later.push((name.to_owned(), html)) } else { self.place(html) }
    }

    fn other(&mut self, name: &str, arguments: &Arguments) {
        if let Some(embed) = arguments.embed(name) {
            return self.place(render_block(&Block::Embed(embed)).trim_end().to_owned());
        }
        let label = arguments.get(&["text", "label", "button-text"]).map(inline_html);
        let target =
            arguments.get(&["href", "button-url", "url", "link", "src"]).filter(|target| address::link(target).is_ok());
        // A code for a page or file that only the site's own templates could find keeps its words.
        let target = target.filter(|target| target.starts_with('/') || address::absolute(target).is_ok());
        let anchor = |words: &str| match target {
            Some(target) => format!("<a href=\"{}\">{words}</a>", escape(target)),
            None => words.to_owned(),
        };
        if !self.ends.contains(name) {
            return match label {
                Some(label) => self.place(anchor(&label)),
                None => self.drop(name, arguments),
            };
        }
        // A content code: its text follows, under its title.
        if let Some(title) =
            arguments.get(&["title", "summary", "heading"]).map(inline_html).filter(|title| !title.is_empty())
        {
            self.place(format!("<p><strong>{}</strong></p>", anchor(&title)));
        }
        if let Some(intro) = arguments.get(&["intro"]) {
            self.place(format!("<p>{}</p>", inline_html(intro)));
        }
        if let Some(label) = label {
            self.later(name, format!("<p>{}</p>", anchor(&label)));
        }
    }

    fn output(&mut self, parts: &[&str]) {
        let value = parts.first().copied().unwrap_or_default();
        let filters: Vec<(String, &str)> = parts[1..]
            .iter()
            .map(|filter| {
                filter.split_once(':').map_or((plain_name(filter), ""), |(name, rest)| (plain_name(name.trim()), rest))
            })
            .collect();
        let literal = value.strip_prefix(['"', '\'']).and_then(|value| value.strip_suffix(['"', '\'']));
        let has = |names: &[&str]| filters.iter().any(|(filter, _)| names.contains(&filter.as_str()));
        match literal {
            // Where the site lies; addresses that begin with it are then relative to its root.
            None if matches!(value, "site.baseurl" | "site.url" | "baseurl" | "base_url" | "pathPrefix") => {}
            Some(path) if has(&["url", "relative-url", "absolute-url", "ref", "relref", "asset-url"]) => {
                self.out.push_str(&encoded(path))
            }
            Some(url) if has(&["embed"]) && recognise(url).is_some() => {
                let title =
                    filters.iter().find(|(name, _)| name == "embed").map(|(_, rest)| super::code::arguments(rest));
                let title = title.and_then(|arguments| arguments.into_iter().next()).map(|argument| argument.value);
                if let Some(embed) = recognise(url) {
                    self.place(render_block(&Block::Embed(Embed { title, ..embed })).trim_end().to_owned());
                }
            }
            // Codes of people's pages and plain words show words.
            Some(words) if !self.in_address() && filters.iter().all(|(filter, _)| shows_words(filter)) => {
                self.place(escape(words))
            }
            _ => self.report.add("template output", &parts.join(" | ")),
        }
    }

    /// In an address only an address can stand.
    fn address_from(&mut self, name: &str, arguments: &Arguments) {
        match arguments.source() {
            Some(source) => self.out.push_str(&encoded(source)),
            None => self.drop(name, arguments),
        }
    }

    /// Whether what comes now stands in the address of a link or picture.
    fn in_address(&self) -> bool {
        let out = self.out.as_str();
        out.ends_with("](")
            || out.ends_with("](<")
            || out.ends_with("=\"")
            || out.ends_with("='")
            || out.ends_with("]: ")
    }

    fn place(&mut self, html: String) {
        // A page that is all codes is no article; past this point they only cost.
        if self.in_address() || self.pieces.0.len() >= 20_000 {
            return self.report.add("template code in an address", "");
        }
        self.out.push(OPEN);
        self.out.push_str(&self.pieces.0.len().to_string());
        self.out.push(CLOSE);
        self.pieces.0.push(html.chars().filter(|c| !is_forbidden(*c)).collect());
    }

    fn drop(&mut self, name: &str, arguments: &Arguments) {
        let words: Vec<&str> =
            arguments.0.iter().map(|argument| argument.value.as_str()).filter(|value| !value.is_empty()).collect();
        let name: String = name.chars().take(40).collect();
        self.report.add(format!("template code {name}"), &words.join(" · "));
    }
}

/// The next place where a code may begin.
fn next(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..)?;
    rest.match_indices('{').map(|(i, _)| from + i).find(|i| matches!(text.as_bytes().get(i + 1), Some(b'{' | b'%')))
}

/// Whether a code that begins here may be the end of `name`; to be told without looking for where it ends.
fn may_end(text: &str, name: &str) -> bool {
    let inner = ["{{<", "{{%", "{%"].iter().find_map(|open| text.strip_prefix(open));
    let Some(inner) = inner.map(|inner| inner.trim_start().trim_start_matches('-').trim_start()) else { return false };
    let end = inner.strip_prefix('/').map(str::trim_start).or(inner.strip_prefix("end"));
    let bytes = end.and_then(|end| end.as_bytes().get(..name.len()));
    // As `plain_name` has it.
    let plain = |b: &u8| if *b == b'_' { b'-' } else { b.to_ascii_lowercase() };
    bytes.is_some_and(|bytes| bytes.iter().map(plain).eq(name.bytes()))
}

/// Filters that leave words words.
fn shows_words(filter: &str) -> bool {
    filter.ends_with("-link")
        || matches!(
            filter,
            "escape"
                | "upcase"
                | "downcase"
                | "capitalize"
                | "strip"
                | "markdownify"
                | "safe"
                | "t"
                | "i18n"
                | "smartify"
                | "default"
        )
}

/// The path of a page from the path of its source.
fn page(source: &str) -> String {
    let (path, fragment) = source.split_once('#').map_or((source, None), |(path, fragment)| (path, Some(fragment)));
    let path = path.strip_suffix("_index.md").or(path.strip_suffix(".md")).unwrap_or(path);
    match fragment {
        Some(fragment) => encoded(&format!("{path}#{fragment}")),
        None => encoded(path),
    }
}

/// What would end an address in Markdown or an attribute is percent-encoded.
fn encoded(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for c in path.trim().chars() {
        match c {
            ' ' | '(' | ')' | '<' | '>' | '"' | '\'' | '\\' | '`' | '{' | '}' => {
                out.push_str(&format!("%{:02X}", u32::from(c)))
            }
            c if c.is_control() || is_forbidden(c) => {}
            c => out.push(c),
        }
    }
    out
}
