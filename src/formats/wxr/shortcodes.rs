//! Shortcodes: `[caption]`, `[gallery]` and `[embed]` are shown as WordPress shows them; those of plugins are left out
//! with a report, and what they enclose stays. Brackets that are no shortcode stay as they are.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::formats::html::{embed, escape};
use crate::model::article::Image;

/// What was left out, with how often.
#[derive(Debug, Default)]
pub(super) struct Dropped {
    /// In words.
    pub notes: BTreeMap<String, u64>,
    /// How many pictures the galleries have shown.
    pictures: usize,
}

impl Dropped {
    fn note(&mut self, name: &str) {
        *self.notes.entry(format!("shortcode {name}")).or_insert(0) += 1;
    }
}

/// The most pictures that all galleries of one text show: each `[gallery]` may be all pictures of the post once more.
const PICTURES_MOST: usize = 500;

/// Those that WordPress itself has; any other counts as one only with attributes or an end.
const KNOWN: &[&str] =
    &["caption", "wp_caption", "gallery", "embed", "audio", "video", "playlist", "code", "sourcecode"];

/// Those whose content is program text.
const PROGRAM_TEXT: &[&str] = &["code", "sourcecode"];

/// How many brackets of one text are looked at as shortcodes; those behind stay as they are.
const MOST: usize = 2_000;

/// The pictures that a gallery has.
pub(super) type Gallery<'a, 'i> = dyn Fn(Option<&str>) -> Vec<&'i Image> + 'a;

/// The text with its shortcodes replaced, and addresses that stand alone in a paragraph as what they show.
pub(super) fn replaced(text: &str, gallery: &Gallery<'_, '_>, dropped: &mut Dropped) -> String {
    alone(&codes(text, gallery, dropped, 0))
}

/// Where in a text the shortcodes of program text stand, whose lines are to be kept.
pub(super) fn program_text(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> = Vec::new();
    // Names whose end does not come any more.
    let mut endless: Vec<String> = Vec::new();
    let (mut at, mut left) = (0, MOST);
    while let Some(begin) = text[at..].find('[').map(|begin| at + begin).filter(|_| left > 0) {
        at = begin + 1;
        let is_shown = text[..begin].ends_with('[');
        let names_it = PROGRAM_TEXT.iter().any(|name| {
            text.as_bytes().get(at..at + name.len()).is_some_and(|word| word.eq_ignore_ascii_case(name.as_bytes()))
        });
        if is_shown || !names_it {
            continue;
        }
        left -= 1;
        let Some(code) = Code::read(&text[begin..]).filter(Code::is_program_text) else { continue };
        if endless.contains(&code.name) {
            continue;
        }
        let close = format!("[/{}]", code.name);
        match text[begin + code.length..].find(&close) {
            Some(length) => {
                at = begin + code.length + length + close.len();
                found.push(begin..at);
            }
            None => endless.push(code.name),
        }
    }
    found
}

fn codes(text: &str, gallery: &Gallery<'_, '_>, dropped: &mut Dropped, depth: usize) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let mut place = Place::default();
    let mut left = MOST;
    // Whether a `]]` may still come: where one was looked for in vain there is none for the brackets behind, either.
    let mut closes = true;
    while let Some(at) = rest.find('[').filter(|_| left > 0) {
        out.push_str(&rest[..at]);
        place.pass(&rest[..at]);
        rest = &rest[at..];
        // Written so that it is shown.
        if let Some(inner) = rest.strip_prefix("[[").filter(|_| closes) {
            if let Some(end) = inner.find("]]") {
                out.push_str(&rest[1..end + 3]);
                rest = &rest[end + 4..];
                continue;
            }
            closes = false;
        }
        let code = Code::read(rest).filter(|_| !place.in_pre && !place.in_tag);
        left -= usize::from(code.is_some());
        let Some(code) = code.filter(|code| code.is_known() || code.looks_like_one(rest)) else {
            out.push('[');
            rest = &rest[1..];
            continue;
        };
        let close = format!("[/{}]", code.name);
        let after = &rest[code.length..];
        let inner = after.find(&close).filter(|_| !code.ends_itself).map(|end| (&after[..end], end + close.len()));
        rest = match inner {
            Some((_, length)) => &after[length..],
            None => after,
        };
        let inner = inner.map(|(inner, _)| inner);
        match code.name.as_str() {
            "caption" | "wp_caption" => out.push_str(&caption(&code, inner.unwrap_or_default())),
            "gallery" => {
                let left = PICTURES_MOST.saturating_sub(dropped.pictures);
                // Where nothing more is shown, nothing is looked up.
                let pictures = if left > 0 { gallery(code.attribute("ids")) } else { Vec::new() };
                if left == 0 || pictures.len() > left {
                    dropped.note(&format!("gallery beyond {PICTURES_MOST} pictures"));
                } else if pictures.is_empty() {
                    dropped.note("gallery without its pictures");
                }
                for image in pictures.into_iter().take(left) {
                    dropped.pictures += 1;
                    out.push_str(&figure(image));
                }
            }
            "embed" => out.push_str(&shown(inner.unwrap_or_default().trim())),
            "audio" | "video" => {
                let source =
                    ["src", "mp4", "mp3", "m4a", "m4v", "webm", "ogg"].iter().find_map(|name| code.attribute(name));
                match source {
                    Some(source) => out.push_str(&shown(source)),
                    None => dropped.note(&code.name),
                }
            }
            name if PROGRAM_TEXT.contains(&name) => {
                out.push_str(&format!("<pre><code>{}</code></pre>", inner.unwrap_or_default().trim_matches('\n')));
            }
            _ => {
                dropped.note(&code.name);
                if let Some(inner) = inner.filter(|_| depth < 10) {
                    out.push_str(&codes(inner, gallery, dropped, depth + 1));
                }
            }
        }
    }
    out.push_str(rest);
    out
}

/// Where in the HTML a bracket stands: in an attribute or in program text it is none of ours.
#[derive(Default)]
struct Place {
    in_tag: bool,
    in_pre: bool,
}

impl Place {
    /// Goes past this text.
    fn pass(&mut self, text: &str) {
        if let Some(at) = text.rfind(['<', '>']) {
            let tail = &text[at..];
            self.in_tag = tail.starts_with('<') && tail[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/');
        }
        match (text.rfind("<pre"), text.rfind("</pre")) {
            (Some(begin), Some(end)) => self.in_pre = begin > end,
            (Some(_), None) => self.in_pre = true,
            (None, Some(_)) => self.in_pre = false,
            (None, None) => {}
        }
    }
}

/// The tag of a shortcode.
struct Code {
    name: String,
    attributes: Vec<(String, String)>,
    length: usize,
    ends_itself: bool,
}

impl Code {
    fn read(text: &str) -> Option<Code> {
        let inner = text.strip_prefix('[')?;
        let name: String = inner.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-')).collect();
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let mut quote = None;
        let end = inner.char_indices().take(2_000).find_map(|(at, c)| {
            match (quote, c) {
                (None, ']') => return Some(at),
                (None, '"' | '\'') => quote = Some(c),
                (Some(open), c) if open == c => quote = None,
                _ => {}
            }
            None
        })?;
        let head = &inner[name.len()..end];
        if !head.is_empty() && !head.starts_with(|c: char| c.is_whitespace() || c == '/') {
            return None;
        }
        let ends_itself = head.trim_end().ends_with('/');
        let attributes = attributes(head.trim_end().trim_end_matches('/'));
        Some(Code { name: name.to_ascii_lowercase(), attributes, length: end + 2, ends_itself })
    }

    fn is_program_text(&self) -> bool {
        PROGRAM_TEXT.contains(&self.name.as_str()) && !self.ends_itself
    }

    fn is_known(&self) -> bool {
        KNOWN.contains(&self.name.as_str())
    }

    /// Whether a name that WordPress does not have is a plugin's: `[sic]` is not.
    fn looks_like_one(&self, text: &str) -> bool {
        !self.attributes.is_empty() || self.ends_itself || text.contains(&format!("[/{}]", self.name))
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str()).filter(|v| !v.is_empty())
    }
}

/// `a="b" c='d' e=f`; words without a value are passed over.
fn attributes(head: &str) -> Vec<(String, String)> {
    let mut all = Vec::new();
    let mut rest = head.trim_start();
    while !rest.is_empty() {
        let key: String =
            rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | ':')).collect();
        let after = &rest[key.len()..];
        match after.strip_prefix('=') {
            Some(value) if !key.is_empty() => {
                let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
                let (value, tail) = match quote {
                    Some(quote) => {
                        let inner = &value[1..];
                        let end = inner.find(quote).unwrap_or(inner.len());
                        (&inner[..end], inner.get(end + 1..).unwrap_or_default())
                    }
                    None => value.split_at(value.find(char::is_whitespace).unwrap_or(value.len())),
                };
                all.push((key.to_ascii_lowercase(), value.to_owned()));
                rest = tail.trim_start();
            }
            _ => {
                let next =
                    rest.char_indices().skip(1).find(|(_, c)| c.is_whitespace()).map_or(rest.len(), |(at, _)| at);
                rest = rest[next..].trim_start();
            }
        }
    }
    all
}

/// `[caption]<img …> words[/caption]`, or the words in an attribute.
fn caption(code: &Code, inner: &str) -> String {
    let end = inner.find("<img").and_then(|at| Some(at + inner[at..].find('>')? + 1));
    let Some(mut end) = end else { return inner.to_owned() };
    // The picture may be a link.
    if let Some(closing) = inner[end..].trim_start().strip_prefix("</a>") {
        end = inner.len() - closing.len();
    }
    let words = inner[end..].trim();
    let words = if words.is_empty() { code.attribute("caption").unwrap_or_default() } else { words };
    format!("<figure>{}<figcaption>{words}</figcaption></figure>", &inner[..end])
}

fn figure(image: &Image) -> String {
    let alt = image.alt.as_deref().map(escape).unwrap_or_default();
    let caption = image.caption.as_deref().map(|words| format!("<figcaption>{}</figcaption>", escape(words)));
    format!("<figure><img src=\"{}\" alt=\"{alt}\">{}</figure>", escape(&image.url), caption.unwrap_or_default())
}

/// What an address shows: the embed of a provider that is known, else a link.
fn shown(address: &str) -> String {
    if address.is_empty() {
        return String::new();
    }
    let address = address.replace("&amp;", "&");
    match embed::recognise(&address) {
        Some(found) => format!("<iframe src=\"{}\"></iframe>", escape(&found.url)),
        None => format!("<p><a href=\"{0}\">{0}</a></p>", escape(&address)),
    }
}

/// An address that is a whole line is shown as what it leads to, where its provider is known; not in program text.
fn alone(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut place = Place::default();
    for line in text.split_inclusive('\n') {
        let in_pre = place.in_pre;
        place.pass(line);
        let inner = line.trim();
        let inner = inner.strip_prefix("<p>").unwrap_or(inner);
        let inner = inner.strip_suffix("</p>").unwrap_or(inner);
        // The break at its end is the line's own, which goes with it.
        let inner = ["<br>", "<br />", "<br/>"].iter().find_map(|tag| inner.strip_suffix(tag)).unwrap_or(inner);
        let address = inner.trim();
        let is_address = !in_pre
            && address.starts_with("http")
            && !address.contains(|c: char| c.is_whitespace() || matches!(c, '<' | '"'));
        match Some(address).filter(|_| is_address).map(|address| address.replace("&amp;", "&")) {
            Some(address) if embed::recognise(&address).is_some() => {
                out.push_str(&shown(&address));
                out.push('\n');
            }
            _ => out.push_str(line),
        }
    }
    out
}
