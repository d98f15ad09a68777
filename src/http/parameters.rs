//! Parameters of REST requests: declared once, read strictly and described in OpenAPI from the same declaration.
//!
//! An unknown, repeated or mistyped parameter is refused and named, with the nearest known one and what is allowed:
//! a filter that is silently ignored shows a reader too much and looks like a wrong answer.

use std::collections::HashMap;

use actix_web::HttpRequest;
use serde_json::{Value as Json, json};

use crate::catalogue::list::{WORDS_MOST, checked_words};
use crate::catalogue::search;
use crate::config::PageSettings;
use crate::error::{Code, Error, Result};
use crate::model::cursor::{LogPlace, NamePlace, Place};
use crate::model::language;
use crate::model::slug::{self, is_slug};
use crate::model::text;
use crate::model::time::Instant;
use crate::newsroom::once::KEY_MOST;

/// One parameter of an endpoint.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    /// Its name, as it stands in the path's pattern or in the query.
    pub name: &'static str,
    /// What it may hold.
    pub kind: Kind,
    /// What it does.
    pub description: &'static str,
    /// A value that works with the sample newsroom.
    pub example: &'static str,
}

/// What a parameter may hold.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// A slug or an id with this prefix, in the path.
    Key(&'static str),
    /// A slug, in the path.
    Name,
    /// An id with this prefix, in the path.
    Id(&'static str),
    /// An id with this prefix, in the query.
    Of(&'static str),
    /// A slug.
    Slug,
    /// A genre, in any spelling.
    Genre,
    /// A language tag (BCP 47).
    Language,
    /// An instant (RFC 3339).
    Instant,
    /// A place in a list, as `pageInfo` gave it.
    Cursor(CursorOf),
    /// A number of rows, from 1 to `[page] max`.
    Rows(Default),
    /// One of these words, or nothing.
    Option(&'static [&'static str]),
    /// One of these words, the first when nothing is asked for.
    Choice(&'static [&'static str]),
    /// Some of these words, each once, separated by commas.
    Choices(&'static [&'static str]),
    /// Words to look for among names.
    Words,
    /// What a reader typed to search for: any text, none too.
    Search,
    /// One line of text, of so many bytes at the most.
    Text(usize),
    /// The same, and it must be there.
    Needed(usize),
    /// An instant (RFC 3339), and it must be there.
    When,
    /// One of these words, in the path: what stands behind the last dot.
    Format(&'static [&'static str]),
    /// A day (UTC), as 2026-10-27.
    Day,
    /// A month (UTC), as 2026-10, in the path.
    Month,
    /// A number that counts from 1, in the path.
    Place,
    /// The same in the query, and it must be there.
    Number,
    /// The same, and it may be left out.
    Count,
    /// The version that a write changes, in `If-Match` (RFC 9110, 13.1.1); it must be there.
    Version,
    /// A key under which a retry finds what the first request made, in `Idempotency-Key`.
    Once,
}

/// In which lists a cursor names a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CursorOf {
    /// Lists of articles.
    Articles,
    /// Lists by name.
    Names,
    /// Searches.
    Hits,
    /// The list of changes.
    Changes,
}

/// How many rows there are when nothing is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Default {
    /// As `[page] default` says.
    Page,
    /// So many.
    Few(usize),
    /// It depends on what else is asked for.
    None,
}

/// The most characters of a search; what is looked at of it is bounded besides.
const SEARCH_MOST: usize = 2_000;
/// The most characters of a language tag; RFC 5646 (4.4.1) asks for 35 at least.
const LANGUAGE_MOST: usize = 63;

const SLUG_PATTERN: &str = "^[a-z0-9]+(-[a-z0-9]+)*$";
const LANGUAGE_PATTERN: &str = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
/// What XML 1.0 forbids, and line breaks, which no name has.
const WORDS_PATTERN: &str = "^[^\\x00-\\x1F\\uFFFE\\uFFFF]+$";

impl Parameter {
    /// Whether it stands in the path.
    pub fn in_path(&self) -> bool {
        matches!(self.kind, Kind::Key(_) | Kind::Name | Kind::Id(_) | Kind::Format(_) | Kind::Month | Kind::Place)
    }

    /// Whether it is a header, which the handler reads.
    pub fn in_header(&self) -> bool {
        matches!(self.kind, Kind::Version | Kind::Once)
    }

    fn is_needed(&self) -> bool {
        matches!(self.kind, Kind::Needed(_) | Kind::When | Kind::Number)
    }

    /// Its description in OpenAPI.
    pub fn describe(&self, page: PageSettings) -> Json {
        let place = match (self.in_path(), self.in_header()) {
            (true, _) => "path",
            (_, true) => "header",
            _ => "query",
        };
        let mut description = json!({
            "name": self.name,
            "in": place,
            "description": self.description,
            "required": self.in_path() || self.is_needed() || matches!(self.kind, Kind::Version),
            "schema": self.schema(page),
        });
        if let Kind::Choices(_) = self.kind {
            description["style"] = json!("form");
            description["explode"] = json!(false);
            description["example"] = self.example.split(',').collect();
        } else if let Kind::Rows(_) | Kind::Place | Kind::Number | Kind::Count = self.kind {
            description["example"] = json!(self.example.parse::<i64>().unwrap_or(1));
        } else if !self.example.is_empty() {
            description["example"] = json!(self.example);
        }
        description
    }

    fn schema(&self, page: PageSettings) -> Json {
        let text = |pattern: &str, most: usize| json!({ "type": "string", "pattern": pattern, "minLength": 1, "maxLength": most });
        match self.kind {
            Kind::Key(prefix) => {
                let slug = &SLUG_PATTERN[1..SLUG_PATTERN.len() - 1];
                text(&format!("^({prefix}_[0-7][0-9a-hjkmnp-tv-z]{{12}}|{slug})$"), slug::MOST)
            }
            Kind::Id(prefix) | Kind::Of(prefix) => {
                text(&format!("^{prefix}_[0-7][0-9a-hjkmnp-tv-z]{{12}}$"), prefix.len() + 14)
            }
            Kind::Name | Kind::Slug => text(SLUG_PATTERN, slug::MOST),
            // A spelling that no genre has finds nothing, and is no fault.
            Kind::Genre => json!({ "type": "string", "minLength": 1, "maxLength": slug::MOST }),
            Kind::Language => text(LANGUAGE_PATTERN, LANGUAGE_MOST),
            Kind::Cursor(CursorOf::Articles) => text(&Place::pattern(), Place::MOST),
            Kind::Cursor(CursorOf::Names) => text(&NamePlace::pattern(), NamePlace::MOST),
            Kind::Cursor(CursorOf::Changes) => text(&LogPlace::pattern(), LogPlace::MOST),
            Kind::Cursor(CursorOf::Hits) => text(search::PATTERN, search::CURSOR_MOST),
            Kind::Words => text(WORDS_PATTERN, WORDS_MOST),
            Kind::Search => json!({ "type": "string", "maxLength": SEARCH_MOST }),
            Kind::Text(most) | Kind::Needed(most) => text(WORDS_PATTERN, most),
            Kind::Place | Kind::Number | Kind::Count => {
                json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": i32::MAX })
            }
            Kind::Version => text("^(\\*|\"[1-9][0-9]{0,9}(-[a-z]+)?\")$", 20),
            Kind::Once => text("^[!-~]+$", KEY_MOST),
            Kind::Instant | Kind::When => json!({ "type": "string", "format": "date-time", "maxLength": 64 }),
            Kind::Rows(default) => {
                let mut schema = json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": page.max });
                match default {
                    Default::Page => schema["default"] = json!(page.default),
                    Default::Few(n) => schema["default"] = json!(n.min(page.max)),
                    Default::None => {}
                }
                schema
            }
            Kind::Option(words) | Kind::Format(words) => json!({ "type": "string", "enum": words }),
            Kind::Month => text("^[0-9]{4}-(0[1-9]|1[0-2])$", 7),
            Kind::Day => json!({ "type": "string", "format": "date", "minLength": 10, "maxLength": 10 }),
            Kind::Choice(words) => json!({ "type": "string", "enum": words, "default": words.first() }),
            Kind::Choices(words) => json!({
                "type": "array",
                "items": { "type": "string", "enum": words },
                "minItems": 1,
                "maxItems": words.len(),
                "uniqueItems": true,
            }),
        }
    }

    /// Reads a value.
    fn read(&self, text: &str, page: PageSettings) -> Result<Value> {
        let fault =
            |says: String| Err(Error::new(Code::InvalidParameter, format!("{} {says}", self.name)).at(self.name));
        let length = text.chars().count();
        match self.kind {
            Kind::Key(_)
            | Kind::Name
            | Kind::Id(_)
            | Kind::Format(_)
            | Kind::Month
            | Kind::Place
            | Kind::Version
            | Kind::Once => Ok(Value::Text(text.to_owned())),
            Kind::Day => match format!("{text}T00:00:00Z").parse::<Instant>() {
                Ok(at) if text.len() == 10 => Ok(Value::At(at)),
                _ => fault("is no day; write it like 2026-10-27.".into()),
            },
            Kind::Number | Kind::Count => match text.parse::<i32>().ok().filter(|n| *n > 0) {
                Some(_) => Ok(Value::Text(text.to_owned())),
                None => fault("is no number; send 1 or more.".into()),
            },
            Kind::Of(prefix) if !is_id(prefix, text) => {
                fault(format!("is no id of the form {prefix}_ and 13 digits of base 32; use one as the API gave it."))
            }
            Kind::Of(_) => Ok(Value::Text(text.to_owned())),
            Kind::Slug => Ok(Value::Text(slug::checked(self.name, text)?)),
            Kind::Language if !is_language(text) => fault("is no language tag (BCP 47); write it like en, pt-BR or zh-Hant.".into()),
            Kind::Language => Ok(Value::Text(text.to_owned())),
            Kind::Cursor(of) => {
                match of {
                    CursorOf::Articles => Place::decode(text).map(drop),
                    CursorOf::Names => NamePlace::decode(text).map(drop),
                    CursorOf::Changes => LogPlace::decode(text).map(drop),
                    CursorOf::Hits => search::Cursor::decode(text).map(drop),
                }
                .map_err(|error| error.at(self.name))?;
                Ok(Value::Text(text.to_owned()))
            }
            Kind::Words => Ok(Value::Text(checked_words(self.name, text)?)),
            Kind::Genre if text.is_empty() || length > slug::MOST => {
                fault(format!("has {length} characters; send 1 to {}.", slug::MOST))
            }
            Kind::Genre => Ok(Value::Text(text.to_owned())),
            Kind::Search if length > SEARCH_MOST => {
                fault(format!("has {length} characters; send {SEARCH_MOST} at the most."))
            }
            Kind::Text(most) | Kind::Needed(most)
                if text.is_empty() || text.len() > most || text.contains(['\t', '\n', '\r']) =>
            {
                fault(format!("has {} bytes; send one line of 1 to {most}.", text.len()))
            }
            Kind::Text(_) | Kind::Needed(_) => Ok(Value::Text(text.to_owned())),
            // Whatever a reader types, or a page sends on: an empty box is no fault.
            Kind::Search => Ok(Value::Text(text.to_owned())),
            Kind::Instant | Kind::When => match text.parse::<Instant>() {
                Ok(at) => Ok(Value::At(at)),
                Err(_) => fault(
                    "is no instant of RFC 3339; write it like 2026-11-23T14:03:00Z. In an address, the + of an offset is written %2B.".into(),
                ),
            },
            Kind::Rows(_) => {
                let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
                match text.parse::<usize>().ok().filter(|rows| digits && *rows > 0) {
                    None => fault(format!("is no number of rows; send 1 to {}.", page.max)),
                    Some(rows) if rows > page.max => {
                        let says = format!(
                            "{} is {rows}, but a page has {} rows at the most; follow the cursors for more.",
                            self.name, page.max
                        );
                        Err(Error::new(Code::LimitExceeded, says).at(self.name))
                    }
                    Some(rows) => Ok(Value::Rows(rows)),
                }
            }
            Kind::Option(words) | Kind::Choice(words) => Ok(Value::Choice(self.choose(text, words)?)),
            Kind::Choices(words) => {
                let mut chosen = Vec::new();
                for word in text.split(',') {
                    let word = self.choose(word, words)?;
                    if chosen.contains(&word) {
                        return fault(format!("names {word} twice; once is enough."));
                    }
                    chosen.push(word);
                }
                Ok(Value::Choices(chosen))
            }
        }
    }

    fn choose(&self, word: &str, words: &'static [&'static str]) -> Result<&'static str> {
        if let Some(known) = words.iter().find(|known| **known == word) {
            return Ok(known);
        }
        let (name, shown) = (self.name, shortened(word));
        let says = match nearest(word, words.iter().copied()) {
            Some(near) => {
                format!("{name} does not know {shown:?}; did you mean {near}? It takes: {}.", words.join(", "))
            }
            None => format!("{name} does not know {shown:?}. It takes: {}.", words.join(", ")),
        };
        Err(Error::new(Code::InvalidParameter, says).at(name))
    }
}

fn is_language(text: &str) -> bool {
    text.len() <= LANGUAGE_MOST && language::canonical(text).is_some()
}

/// The known word that `word` most likely meant.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Of a long word only the beginning is compared: the work grows with the square of the length.
    let word: String = word.chars().take(64).collect();
    known
        .map(|known| (strsim::jaro_winkler(&word, known), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}

/// As much of what was sent as belongs into a message.
fn shortened(text: &str) -> String {
    text::excerpt(text, 60)
}

#[derive(Debug, Clone, PartialEq)]
enum Value {
    Text(String),
    At(Instant),
    Rows(usize),
    Choice(&'static str),
    Choices(Vec<&'static str>),
}

/// The parameters of one request, read.
#[derive(Debug)]
pub struct Query {
    values: HashMap<&'static str, Value>,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads path and query of `req` against `known`.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` or `LIMIT_EXCEEDED`, naming the parameter; `NOT_FOUND` when the key in the path can be
    /// nobody's.
    pub fn read(req: &HttpRequest, known: &[Parameter], page: PageSettings) -> Result<Query> {
        let mut values = HashMap::new();
        for parameter in known.iter().filter(|parameter| parameter.in_path()) {
            let text = req.match_info().get(parameter.name).unwrap_or_default();
            if let Kind::Format(words) = parameter.kind {
                let Some(word) = words.iter().find(|word| **word == text) else {
                    let says = format!("There is no .{} here; there is .{}.", shortened(text), words.join(", ."));
                    return Err(Error::new(Code::NotFound, says).at(parameter.name));
                };
                values.insert(parameter.name, Value::Choice(word));
                continue;
            }
            if !possible_key(parameter.kind, text) {
                let says =
                    format!("There is nothing here: the {} in the address {}.", parameter.name, no_key(parameter.kind));
                return Err(Error::new(Code::NotFound, says).at(parameter.name));
            }
            values.insert(parameter.name, Value::Text(text.to_owned()));
        }
        let pairs = pairs(req.query_string(), known)?;
        for (name, text) in &pairs {
            let Some(parameter) = known.iter().find(|p| !p.in_path() && !p.in_header() && p.name == name) else {
                return Err(unknown(name, known));
            };
            if values.insert(parameter.name, parameter.read(text, page)?).is_some() {
                let says = format!("{name} stands in the address more than once; send it once.");
                return Err(Error::new(Code::InvalidParameter, says).at(parameter.name));
            }
        }
        let missing = known.iter().find(|p| p.is_needed() && !values.contains_key(p.name));
        if let Some(missing) = missing {
            let says = format!("{} is needed: {}", missing.name, missing.description);
            return Err(Error::new(Code::InvalidParameter, says).at(missing.name));
        }
        Ok(Query { values, pairs })
    }

    /// The names and values that were sent, decoded, in their order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The text of a parameter.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The number of a parameter that counts from 1.
    pub fn number(&self, name: &str) -> Option<i32> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// The instant of a parameter.
    pub fn at(&self, name: &str) -> Option<Instant> {
        match self.values.get(name) {
            Some(Value::At(at)) => Some(*at),
            _ => None,
        }
    }

    /// The number of rows of a parameter.
    pub fn rows(&self, name: &str) -> Option<usize> {
        match self.values.get(name) {
            Some(Value::Rows(rows)) => Some(*rows),
            _ => None,
        }
    }

    /// The word of a parameter.
    pub fn choice(&self, name: &str) -> Option<&'static str> {
        match self.values.get(name) {
            Some(Value::Choice(word)) => Some(word),
            _ => None,
        }
    }

    /// The words of a parameter; `None` when it was not sent.
    pub fn choices(&self, name: &str) -> Option<&[&'static str]> {
        match self.values.get(name) {
            Some(Value::Choices(words)) => Some(words),
            _ => None,
        }
    }
}

fn possible_key(kind: Kind, text: &str) -> bool {
    match kind {
        Kind::Key(prefix) if text.contains('_') => is_id(prefix, text),
        Kind::Id(prefix) => is_id(prefix, text),
        Kind::Month => text.len() == 7 && format!("{text}-01T00:00:00Z").parse::<Instant>().is_ok(),
        Kind::Place => text.parse::<i32>().is_ok_and(|n| n > 0),
        _ => is_slug(text),
    }
}

/// What is wrong with a key in the path that can be nobody's.
fn no_key(kind: Kind) -> String {
    const SLUG: &str = "slug (lower-case letters, digits and single hyphens)";
    let id = |prefix: &str| format!("{prefix}_ and 13 digits of base 32");
    match kind {
        Kind::Key(prefix) => format!("is neither a {SLUG} nor an id ({})", id(prefix)),
        Kind::Id(prefix) => format!(
            "is no id ({}); take it as REST gives it: slugs are not known here, and ids that GraphQL gives may begin otherwise",
            id(prefix)
        ),
        Kind::Month => "is no month; write it like 2026-10".to_owned(),
        Kind::Place => "is no number; they count from 1".to_owned(),
        _ => format!("is no {SLUG}"),
    }
}

fn is_id(prefix: &str, text: &str) -> bool {
    text.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')).is_some_and(|digits| {
        digits.len() == 13
            && digits.starts_with(|c: char| ('0'..='7').contains(&c))
            && digits.bytes().all(|b| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(&b)))
    })
}

fn unknown(name: &str, known: &[Parameter]) -> Error {
    let names: Vec<&str> = known.iter().filter(|p| !p.in_path() && !p.in_header()).map(|p| p.name).collect();
    let shown = shortened(name);
    let says = match (nearest(name, names.iter().copied()), names.is_empty()) {
        (_, true) => format!("This address takes no parameter {shown:?}, nor any other; leave it out."),
        (Some(near), _) => {
            format!("There is no parameter {shown:?} here; did you mean {near}? There are: {}.", names.join(", "))
        }
        (None, _) => format!("There is no parameter {shown:?} here. There are: {}.", names.join(", ")),
    };
    Error::new(Code::InvalidParameter, says).at(shown)
}

/// The pairs of a query, decoded. Strict: what is no UTF-8 or no escape is refused rather than replaced, for a
/// replaced character makes another question of it.
fn pairs(query: &str, known: &[Parameter]) -> Result<Vec<(String, String)>> {
    query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let what = "The name of a parameter";
            let name = printable(what, decoded(what, name)?)?;
            let what = format!("The parameter {}", shortened(&name));
            let value = decoded(&what, value)?;
            // What a reader types may be anything.
            let any = known.iter().any(|parameter| parameter.name == name && matches!(parameter.kind, Kind::Search));
            Ok((name, if any { value } else { printable(&what, value)? }))
        })
        .collect()
}

fn decoded(what: &str, text: &str) -> Result<String> {
    let fault = |says: &str| Error::new(Code::InvalidParameter, format!("{what} {says}"));
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => {
                let digit = |b: Option<u8>| b.and_then(|b| char::from(b).to_digit(16));
                match (digit(rest.next()), digit(rest.next())) {
                    (Some(high), Some(low)) => u8::try_from(high * 16 + low).unwrap_or(b'%'),
                    _ => return Err(fault("has a % that begins no escape; write a percent sign as %25.")),
                }
            }
            byte => byte,
        });
    }
    String::from_utf8(bytes).map_err(|_| fault("is not UTF-8; send text as UTF-8, percent-encoded."))
}

fn printable(what: &str, text: String) -> Result<String> {
    match text.chars().find(|c| !text::is_xml_char(*c)) {
        Some(c) => {
            let says =
                format!("{what} has the character U+{:04X}, which no text here has; leave it out.", u32::from(c));
            Err(Error::new(Code::InvalidParameter, says))
        }
        None => Ok(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const PAGE: PageSettings = PageSettings { default: 20, max: 100 };
    const KNOWN: &[Parameter] = &[
        parameter("key", Kind::Key("art")),
        parameter("section", Kind::Slug),
        parameter("first", Kind::Rows(Default::Page)),
        parameter("after", Kind::Cursor(CursorOf::Articles)),
        parameter("publishedFrom", Kind::Instant),
        parameter("order", Kind::Choice(&["newest", "oldest"])),
        parameter("fields", Kind::Choices(&["headline", "summary"])),
        parameter("query", Kind::Words),
        parameter("language", Kind::Language),
    ];

    const fn parameter(name: &'static str, kind: Kind) -> Parameter {
        Parameter { name, kind, description: "", example: "" }
    }

    fn read(key: &'static str, query: &str) -> Result<Query> {
        let req = TestRequest::with_uri(&format!("/x?{query}")).param("key", key).to_http_request();
        Query::read(&req, KNOWN, PAGE)
    }

    #[test]
    fn what_is_sound_is_read() {
        let query = read(
            "a-b",
            "section=x-1&first=100&publishedFrom=2026-11-23T15%3A03%3A00%2B01:00&order=oldest&fields=summary,headline&query=z%C3%BCrich+see",
        )
        .unwrap();
        assert_eq!(
            (query.text("key"), query.text("section"), query.rows("first")),
            (Some("a-b"), Some("x-1"), Some(100))
        );
        assert_eq!(query.at("publishedFrom").unwrap().to_string(), "2026-11-23T14:03:00.000Z");
        assert_eq!(
            (query.choice("order"), query.choices("fields")),
            (Some("oldest"), Some(&["summary", "headline"][..]))
        );
        assert_eq!(query.text("query"), Some("zürich see"));
        assert!(read("art_0123456789abc", "").is_ok());
    }

    #[test]
    fn faults_are_named_with_their_mend() {
        for (query, parameter, says) in [
            ("sektion=a", "sektion", "did you mean section?"),
            ("zzz=1", "zzz", "There are: section, first"),
            ("section=a&section=a", "section", "more than once"),
            ("section=A", "section", "slug"),
            ("section=", "section", "slug"),
            ("first=0", "first", "1 to 100"),
            ("first=101", "first", "100 rows at the most"),
            ("first=1e1", "first", "number of rows"),
            ("first=-1", "first", "number of rows"),
            ("first=%2B1", "first", "number of rows"),
            ("after=a.b", "after", "cursor"),
            ("publishedFrom=2026-11-23", "publishedFrom", "RFC 3339"),
            ("publishedFrom=2026-11-23T15:03:00+01:00", "publishedFrom", "%2B"),
            ("order=newst", "order", "did you mean newest?"),
            ("fields=headline,headline", "fields", "twice"),
            ("fields=headline,", "fields", "does not know \"\""),
            ("fields=bodi", "fields", "It takes: headline, summary"),
            ("query=", "query", "1 to 100"),
            ("language=x", "language", "BCP 47"),
        ] {
            let error = read("a", query).unwrap_err();
            assert_eq!(error.parameter(), Some(parameter), "{query}");
            assert!(error.message().contains(says), "{query}: {}", error.message());
            assert_eq!(error.code().status(), 400);
        }
        for query in ["query=%00", "query=%ff", "query=%zz", "query=%1", "%ff=1", "query=%EF%BF%BE"] {
            assert_eq!(read("a", query).unwrap_err().code(), Code::InvalidParameter, "{query}");
        }
    }

    #[test]
    fn keys_that_can_be_nobodys_are_not_found() {
        for key in ["A", "a_b", "aut_0123456789abc", "art_8123456789abc", "art_0123456789abi", "a--b", "", "a b"] {
            assert_eq!(read(key, "").unwrap_err().code(), Code::NotFound, "{key}");
        }
    }

    #[test]
    fn a_key_that_can_be_nobodys_is_told_what_a_key_is() {
        for (kind, key, says) in [
            (
                Kind::Key("top"),
                "ntp_0123456789abc",
                "neither a slug (lower-case letters, digits and single hyphens) nor an id (top_",
            ),
            (Kind::Id("top"), "ports-m", "is no id (top_"),
            (Kind::Id("top"), "ntp_0123456789abc", "GraphQL"),
            (Kind::Month, "2026-13", "is no month; write it like 2026-10"),
            (Kind::Place, "0", "count from 1"),
            (Kind::Name, "A b", "is no slug"),
        ] {
            let req = TestRequest::with_uri("/x").param("key", key).to_http_request();
            let error = Query::read(&req, &[parameter("key", kind)], PAGE).unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::NotFound, Some("key")), "{key}");
            assert!(error.message().contains(says), "{key}: {}", error.message());
        }
    }
}
