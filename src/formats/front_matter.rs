//! Markdown files with front matter, as static site generators keep stories: Hugo, Jekyll, Eleventy, Zola.
//!
//! Front matter is YAML between `---`, TOML between `+++`, or a JSON object. Names are taken in the spellings of those
//! programs. What the file name says (`2020-05-01-title.md`) counts where the front matter says nothing. The section is
//! `section`, or the first of the categories; the others, the topics and the tags are subjects. `aliases`,
//! `redirect_from`, `url` and `permalink` are addresses that lead to it. A field that is not known is counted and left out.
//! The lasting name is a `uri`, `guid` or `id` that is a URI, else the path of the file.
//!
//! What was not for everybody stays in the newsroom as a draft: `draft: true`, `published: false`, the folder `_drafts`, any
//! `status` but those of published pages, any `visibility` but `public`, a `password`, an `expiryDate` that is past or no date,
//! and what its program made no page of, or none that others lead to: `permalink: false` (Eleventy), `build` with a `render` that
//! is not `always`, `headless: true` (Hugo), `unlisted: true` (Docusaurus). The same counts where the `cascade` of an `_index.md`
//! above says it. A `publishDate` that is later than the `date` is an embargo.
//!
//! The text itself is read by [`super::markdown`].

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::feed::{is_html_all_the_same, is_uri};
use super::item::{Item, language, unreadable};
use super::jsonl::{AuthorName, ImageName, Line, SectionName, Status, TopicName};
use super::markdown;
use crate::error::{Code, Error, Result};
use crate::model::article::Image;
use crate::model::time::{Dated, Instant, Precision};

/// The most bytes of front matter; a page of it is far less.
const MOST: usize = 256 << 10;

/// Fields that mean nothing outside the program that made the site.
const OF_THE_SITE: &[&str] =
    &["layout", "type", "weight", "toc", "template", "menu", "comments", "math", "outputs", "url", "permalink"];

/// What `status` says of a page that everybody may read.
const PUBLISHED: &[&str] = &["publish", "published", "public"];

/// Fields by which a page is held back. An `_index.md` may set them for the pages below it.
const HOLDING: &[&str] = &[
    "draft",
    "private",
    "published",
    "status",
    "visibility",
    "password",
    "build",
    "_build",
    "headless",
    "unlisted",
    "publishdate",
    "expirydate",
    "unpublishdate",
];

/// What stands around the pages that are imported.
#[derive(Debug, Clone, Copy)]
pub struct Around<'a> {
    /// Where the site was.
    pub site: Option<&'a str>,
    /// What expired before it is a draft.
    pub now: Instant,
    /// Whether the page stands in a folder of drafts, further up than its path says.
    pub in_drafts: bool,
    /// What the pages above hold it back by, as [`cascade`] reads it.
    pub cascade: &'a Map<String, Value>,
}

/// Reads a file. `path` is its path within the folder that is imported, with `/`; `site` is where the site was; what expired
/// before `now` is a draft.
pub fn item(path: &str, bytes: &[u8], number: u64, site: Option<&str>, now: Instant) -> Item {
    item_in(path, bytes, number, &Around { site, now, in_drafts: false, cascade: &Map::new() })
}

/// What an `_index.md` holds the pages below it back by (Hugo's `cascade`); nothing where it cannot be read. Whom a group of it is
/// for is not looked at, so what holds some back holds all back, and what lets some go lets none.
pub fn cascade(bytes: &[u8]) -> Map<String, Value> {
    let mut all: Map<String, Value> = Map::new();
    let text = std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)).unwrap_or_default();
    let Ok(Some((mut fields, _))) = parted(text) else { return all };
    let groups = match fields.remove("cascade") {
        Some(Value::Array(groups)) => groups,
        Some(group) => vec![group],
        None => Vec::new(),
    };
    for group in groups {
        let Value::Object(group) = group else { continue };
        let is_of_some = group.keys().any(|key| matches!(key.to_lowercase().as_str(), "_target" | "target"));
        for (key, value) in group {
            let key = key.to_lowercase();
            let may_hold = all.get(&key).is_none_or(|known| opens(&key, known)) && !(is_of_some && opens(&key, &value));
            if HOLDING.contains(&key.as_str()) && may_hold {
                all.insert(key, value);
            }
        }
    }
    all
}

/// Whether this of a field lets a page be shown.
fn opens(field: &str, value: &Value) -> bool {
    let is_one_of = |words: &[&str]| text_of(value).is_some_and(|word| words.contains(&word.to_lowercase().as_str()));
    match field {
        "draft" | "private" | "unlisted" | "headless" => yes_or_no(value) == Some(false),
        // A date in some programs.
        "published" => yes_or_no(value) != Some(false),
        "status" => is_one_of(PUBLISHED),
        "visibility" => is_one_of(&["public"]),
        "build" | "_build" => {
            let render = value.get("render").and_then(text_of).map(|word| word.to_lowercase());
            !render.is_some_and(|word| matches!(word.as_str(), "never" | "link" | "false"))
        }
        _ => false,
    }
}

/// Reads a file as [`item`] does, with what stands around it.
pub fn item_in(path: &str, bytes: &[u8], number: u64, around: &Around<'_>) -> Item {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.starts_with("_index.") {
        return Item::passed(number, path, "page of a section, no story");
    }
    let text = match std::str::from_utf8(bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)) {
        Ok(text) => text,
        Err(_) => return Item::fault(number, path, &unreadable("The file is not in UTF-8; save it so."), bytes),
    };
    let (matter, body) = match parted(text) {
        Ok(Some(parts)) => parts,
        Ok(None) => return Item::passed(number, path, "without front matter"),
        Err(error) => return Item::fault(number, path, &error, bytes),
    };
    let mut notes = BTreeMap::new();
    match Page::of(matter, path, around).story(body, &mut notes) {
        Ok(line) => Item::story(number, path, line).with_notes(notes),
        Err(error) => Item::fault(number, path, &error, bytes),
    }
}

/// The front matter and the text behind it; nothing where there is none.
fn parted(text: &str) -> Result<Option<(Map<String, Value>, &str)>> {
    let first = text.lines().next().unwrap_or_default().trim_end();
    let (value, rest) = match first {
        "---" | "+++" => {
            let (matter, rest) = between(text, first)?;
            if matter.len() > MOST {
                return Err(unreadable(format!("The front matter has more than {MOST} bytes.")));
            }
            let value = if first == "---" { yaml(matter)? } else { toml(matter)? };
            (value, rest)
        }
        line if line.starts_with('{') && !line.starts_with("{{") && !line.starts_with("{%") => {
            let mut values = serde_json::Deserializer::from_str(text).into_iter::<Value>();
            let value = values.next().and_then(|value| value.ok());
            let rest = text.get(values.byte_offset()..).unwrap_or_default();
            match value {
                Some(value) => (value, rest),
                None => return Ok(None),
            }
        }
        _ => return Ok(None),
    };
    match value {
        // Names differ in capitals only from program to program.
        Value::Object(map) => {
            let map = map.into_iter().map(|(key, value)| (key.to_lowercase(), value)).collect();
            Ok(Some((map, rest)))
        }
        Value::Null => Ok(Some((Map::new(), rest))),
        _ => Err(unreadable("The front matter is no list of fields; write them as `name: value`.")),
    }
}

fn between<'a>(text: &'a str, fence: &str) -> Result<(&'a str, &'a str)> {
    let begin = text.find('\n').map_or(text.len(), |at| at + 1);
    let mut at = begin;
    for line in text[begin..].split_inclusive('\n') {
        let bare = line.trim_end();
        if bare == fence || (fence == "---" && bare == "...") {
            return Ok((&text[begin..at], &text[at + line.len()..]));
        }
        at += line.len();
    }
    Err(unreadable(format!(
        "The front matter begins with {fence} and does not end; write {fence} on a line of its own."
    )))
}

fn yaml(matter: &str) -> Result<Value> {
    let mut value =
        yaml_serde::from_str(matter).map_err(|e| unreadable(format!("The front matter is no YAML: {e}.")))?;
    merge(&mut value);
    Ok(value)
}

/// Takes what merge keys name (`<<: *base`) into the fields around them, which win: the reader knows aliases only.
fn merge(value: &mut Value) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(merge),
        Value::Object(map) => {
            map.values_mut().for_each(merge);
            let groups = match map.remove("<<") {
                Some(Value::Array(groups)) => groups,
                Some(group) => vec![group],
                None => return,
            };
            for group in groups {
                let Value::Object(group) = group else { continue };
                for (key, value) in group {
                    map.entry(key).or_insert(value);
                }
            }
        }
        _ => {}
    }
}

fn toml(matter: &str) -> Result<Value> {
    fn plain(value: toml::Value) -> Value {
        match value {
            toml::Value::String(text) => Value::String(text),
            toml::Value::Integer(number) => Value::from(number),
            toml::Value::Float(number) => Value::from(number),
            toml::Value::Boolean(is) => Value::Bool(is),
            toml::Value::Datetime(at) => Value::String(at.to_string()),
            toml::Value::Array(list) => Value::Array(list.into_iter().map(plain).collect()),
            toml::Value::Table(table) => {
                Value::Object(table.into_iter().map(|(key, value)| (key, plain(value))).collect())
            }
        }
    }
    let table: toml::Table = matter
        .parse()
        .map_err(|e: toml::de::Error| unreadable(format!("The front matter is no TOML: {}.", e.message())))?;
    Ok(plain(toml::Value::Table(table)))
}

/// A page while it is read: what is taken out of the fields is known.
struct Page<'a> {
    fields: Map<String, Value>,
    path: &'a str,
    site: Option<&'a str>,
    now: Instant,
    in_drafts: bool,
}

impl<'a> Page<'a> {
    fn of(mut fields: Map<String, Value>, path: &'a str, around: &Around<'a>) -> Page<'a> {
        // Zola keeps some of them a level deeper.
        for inner in ["taxonomies", "extra"] {
            if let Some(Value::Object(map)) = fields.remove(inner) {
                for (key, value) in map {
                    fields.entry(key.to_lowercase()).or_insert(value);
                }
            }
        }
        for (key, value) in around.cascade {
            fields.entry(key.clone()).or_insert_with(|| value.clone());
        }
        Page { fields, path, site: around.site, now: around.now, in_drafts: around.in_drafts }
    }

    /// The first of these fields that is there; the others are taken away with it.
    fn take(&mut self, names: &[&str]) -> Option<Value> {
        let mut found = None;
        for name in names {
            if let Some(value) = self.fields.remove(*name).filter(|value| !value.is_null()) {
                found.get_or_insert(value);
            }
        }
        found
    }

    fn text(&mut self, names: &[&str]) -> Option<String> {
        self.take(names).and_then(|value| text_of(&value))
    }

    fn texts(&mut self, names: &[&str]) -> Vec<String> {
        let mut all = Vec::new();
        for name in names {
            match self.fields.remove(*name) {
                Some(Value::Array(list)) => all.extend(list.iter().filter_map(text_of)),
                // One in a line of its own, or several with commas between.
                Some(value) => {
                    let text = text_of(&value).unwrap_or_default();
                    all.extend(text.split(',').map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()));
                }
                None => {}
            }
        }
        all
    }

    fn story(mut self, body: &str, notes: &mut BTreeMap<String, u64>) -> Result<Line> {
        let (date, stem) = self.named();
        let mut draft = self.draft(notes);
        let own_date = self.text(&["date"]);
        let release = self.text(&["publishdate", "pubdate", "published", "published_at"]);
        let created = self.text(&["created"]);
        let date_text = own_date.as_ref().or(release.as_ref()).or(created.as_ref());
        let published = date_text.map(|text| instant("date", text)).transpose()?.or(date);
        // Hugo shows a page from its publishDate on, whatever it is dated with.
        let embargo = match release.filter(|_| own_date.is_some()).map(|text| instant("publishDate", &text)) {
            Some(Ok(until)) => Some(until).filter(|until| published.is_some_and(|published| until.at > published.at)),
            // It is not known when it may be shown, so it is not.
            Some(Err(_)) => {
                *notes.entry("publishDate that is no date: kept as a draft".to_owned()).or_insert(0) += 1;
                draft = true;
                None
            }
            None => None,
        };
        if published.is_none() && !draft {
            let says = "The file has no date; write `date` into the front matter, or name it like 2020-05-01-title.md.";
            return Err(Error::new(Code::InvalidInput, says).at("published"));
        }
        let updated = self.text(&["lastmod", "last_modified_at", "updated", "updated_at", "modified", "date_modified"]);
        let updated = updated.as_deref().map(|text| instant("lastmod", text)).transpose()?;
        let updated = updated.filter(|at| published.is_some_and(|published| at.at > published.at));
        let title = self.text(&["title", "headline"]);
        let uri = self.named_uri().unwrap_or_else(|| self.uri());
        let mut line = Line {
            uri,
            status: if draft { Status::Draft } else { Status::Usable },
            published: published.map(|dated| dated.to_string()),
            embargoed_until: embargo.map(|dated| dated.to_string()),
            updated: updated.map(|dated| dated.at.to_string()),
            language: self.text(&["lang", "language", "locale"]).and_then(|tag| language(&tag)),
            description_text: self
                .text(&["summary", "description", "excerpt", "subtitle", "dek"])
                .map(|text| if has_blocks(&text) { in_words(&text) } else { plain(&text) }),
            canonical_url: self.text(&["canonical_url", "canonicalurl", "canonical"]),
            label: self.text(&["kicker", "label"]),
            genre: self.text(&["genre"]),
            license: self.text(&["license", "licence"]),
            copyrightnotice: self.text(&["copyright"]),
            source: self.text(&["source"]),
            body_markdown: Some(body.trim()).filter(|body| !body.is_empty()).map(str::to_owned),
            ..Line::default()
        };
        line.headline = title.map(|title| plain(&title)).unwrap_or_else(|| {
            *notes.entry("headline made of the file's name".to_owned()).or_insert(0) += 1;
            titled(&stem)
        });
        line.previous_urls = self.addresses();
        line.slug = self.text(&["slug"]).or(Some(stem)).filter(|slug| !slug.is_empty());
        line.authors = self.authors();
        line.image = self.image().map(ImageName::Full);
        self.topics(&mut line);
        for field in self.fields.keys().filter(|field| !OF_THE_SITE.contains(&field.as_str())) {
            *notes.entry(format!("field {field}")).or_insert(0) += 1;
        }
        Ok(line)
    }

    /// The date and the slug that the file's name says.
    fn named(&self) -> (Option<Dated>, String) {
        let mut parts = self.path.rsplit('/');
        let file = parts.next().unwrap_or_default();
        let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
        // A folder of its own, with the pictures beside the text.
        let stem = if stem == "index" { parts.next().unwrap_or(stem) } else { stem };
        let is_dated = stem.len() > 11 && stem.is_char_boundary(10) && stem.as_bytes()[10] == b'-';
        match stem.get(..10).filter(|_| is_dated).and_then(|day| day.parse::<Dated>().ok()) {
            Some(day) => (Some(day), stem[11..].to_owned()),
            None => (None, stem.to_owned()),
        }
    }

    /// The page's own lasting name. What is no URI, such as `id: overview`, may be the name of another page in another folder;
    /// it stays with the fields that are counted.
    fn named_uri(&mut self) -> Option<String> {
        let is_named = |name: &&str| self.fields.get(*name).and_then(text_of).is_some_and(|id| is_uri(&id));
        let name = ["uri", "guid", "id"].into_iter().find(is_named)?;
        self.text(&[name])
    }

    fn uri(&self) -> String {
        let path = self.path.rsplit_once('.').map_or(self.path, |(path, _)| path);
        let path = percent_encoding::utf8_percent_encode(path, PATH).to_string();
        match self.site {
            Some(site) => format!("{}/{path}", site.trim_end_matches('/')),
            None => format!("markdown:{path}"),
        }
    }

    /// Whether it was not for everybody, and says why where that is more than that it is no finished page.
    fn draft(&mut self, notes: &mut BTreeMap<String, u64>) -> bool {
        let mut kept = |why: &str| *notes.entry(format!("{why}: kept as a draft")).or_insert(0) += 1;
        // `published` is a date in some programs and a yes or no in others.
        let published = self.fields.get("published").and_then(yes_or_no);
        if published.is_some() {
            self.fields.remove("published");
        }
        let mut is = |name: &str| self.fields.remove(name).as_ref().and_then(yes_or_no) == Some(true);
        let mut draft = is("draft") | is("private") | (published == Some(false));
        // Its address is a secret.
        if is("unlisted") {
            draft = true;
            kept("unlisted");
        }
        if is("headless") {
            draft = true;
            kept("headless");
        }
        // Jekyll leaves this folder out.
        draft |= self.in_drafts || self.path.split('/').any(|folder| folder == "_drafts");
        // Eleventy writes no page then.
        let is_off = |value: &Value| yes_or_no(value.get("build").unwrap_or(value)) == Some(false);
        if self.fields.get("permalink").is_some_and(is_off) {
            self.fields.remove("permalink");
            draft = true;
            kept("permalink false");
        }
        // Hugo writes none either; `list: never` only keeps it out of the lists.
        for field in ["build", "_build"] {
            let render = self.fields.get(field).and_then(|build| build.get("render")).and_then(text_of);
            if render.is_some_and(|word| ["never", "link", "false"].contains(&word.to_lowercase().as_str())) {
                self.fields.remove(field);
                draft = true;
                kept("build without a page");
            }
        }
        for (field, open) in [("status", PUBLISHED), ("visibility", &["public"][..])] {
            for word in self.texts(&[field]) {
                let word = word.to_lowercase();
                if !open.contains(&word.as_str()) {
                    draft = true;
                    if word != "draft" {
                        kept(&format!("{field} {word:?}"));
                    }
                }
            }
        }
        let has_password = self.fields.remove("password").is_some_and(|value| match value {
            Value::Null | Value::Bool(false) => false,
            Value::String(word) => !word.trim().is_empty(),
            Value::Array(words) => !words.is_empty(),
            _ => true,
        });
        if has_password {
            draft = true;
            kept("password");
        }
        for field in ["expirydate", "unpublishdate"] {
            let until = match self.fields.get(field) {
                None | Some(Value::Null) => None,
                Some(Value::String(text)) if text.trim().is_empty() => None,
                Some(value) => Some(text_of(value).and_then(|text| instant(field, &text).ok())),
            };
            // It is not known whether it is over, so it is.
            if until == Some(None) {
                self.fields.remove(field);
                draft = true;
                kept(&format!("{} that is no date", if field == "expirydate" { "expiryDate" } else { field }));
            }
            let until = until.flatten();
            // Hugo writes the year 1 where it knows no date. One that is still to come has no place here, and is counted.
            if until.is_some_and(|until| until.at > Instant::MIN && until.at <= self.now) {
                self.fields.remove(field);
                draft = true;
                kept("expired");
            }
        }
        draft
    }

    fn addresses(&mut self) -> Vec<String> {
        // A pattern is no address.
        let own = self
            .text(&["url", "permalink"])
            .filter(|own| !own.starts_with(':') && !own.contains("/:") && own != "false");
        let mut all: Vec<String> = own.into_iter().collect();
        all.extend(self.texts(&["aliases", "alias", "redirect_from", "redirects"]));
        let site = self.site.map(|site| site.trim_end_matches('/'));
        all.into_iter()
            .map(|address| match site {
                Some(site) if !address.contains("://") => format!("{site}/{}", address.trim_start_matches('/')),
                _ => address,
            })
            .collect()
    }

    fn authors(&mut self) -> Vec<AuthorName> {
        let mut all: Vec<AuthorName> = Vec::new();
        for name in ["authors", "author", "byline"] {
            let values = match self.fields.remove(name) {
                Some(Value::Array(list)) => list,
                Some(value) => vec![value],
                None => continue,
            };
            for value in values {
                let part = |names: &[&str]| names.iter().find_map(|name| text_of(value.get(*name)?));
                let author = match &value {
                    Value::Object(_) => part(&["name", "title"]).map(|name| AuthorName {
                        name,
                        url: part(&["url", "website"]),
                        ..AuthorName::default()
                    }),
                    other => text_of(other).map(|name| AuthorName { name, ..AuthorName::default() }),
                };
                all.extend(author.filter(|author| !all.iter().any(|known| known.name == author.name)));
            }
        }
        all
    }

    fn image(&mut self) -> Option<Image> {
        let value = self.take(&[
            "image",
            "featured_image",
            "featuredimage",
            "feature_image",
            "cover",
            "cover_image",
            "coverimage",
            "hero",
            "hero_image",
            "thumbnail",
            "images",
            "banner",
            "header_image",
            "og_image",
        ])?;
        let value = match value {
            Value::Array(list) => list.into_iter().next()?,
            other => other,
        };
        let part = |names: &[&str]| names.iter().find_map(|name| text_of(value.get(*name)?));
        let alt = self.text(&["image_alt", "imagealt", "cover_alt", "alt"]);
        let caption = self.text(&["image_caption", "imagecaption", "cover_caption", "caption"]);
        let credit = self.text(&["image_credit", "imagecredit", "credit"]);
        Some(Image {
            url: text_of(&value).or_else(|| part(&["url", "src", "path", "image", "file"]))?,
            alt: part(&["alt"]).or(alt),
            caption: part(&["caption", "title"]).or(caption),
            credit: part(&["credit", "author"]).or(credit),
            ..Image::default()
        })
    }

    fn topics(&mut self, line: &mut Line) {
        let mut categories = self.texts(&["categories", "category"]);
        let section = self.text(&["section"]);
        let section = section.or_else(|| (!categories.is_empty()).then(|| categories.remove(0)));
        line.section = section.map(SectionName::Path);
        categories.extend(self.texts(&["topics", "topic", "tags", "tag", "keywords"]));
        for name in categories {
            if !line.subjects.iter().any(|known| known.name == name) {
                line.subjects.push(TopicName { name, ..TopicName::default() });
            }
        }
    }
}

/// What a path in a URI has to spell out.
const PATH: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'`')
    .add(b'{')
    .add(b'}');

/// One value as text; lists and groups of fields are none.
fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(is) => Some(is.to_string()),
        _ => None,
    }
}

/// What a field means that is a yes or a no, in the words that YAML once had for them too: Jekyll still reads these.
fn yes_or_no(value: &Value) -> Option<bool> {
    let word = text_of(value)?.to_lowercase();
    match word.as_str() {
        "true" | "yes" | "on" | "y" | "t" | "1" => Some(true),
        "false" | "no" | "off" | "n" | "f" | "0" => Some(false),
        _ => None,
    }
}

/// A title or a summary may have signs of Markdown in it, and HTML. Where it has none of that, `<select>` is a word.
fn plain(text: &str) -> String {
    /// Stands for `<`, which begins no tag then; what has it already is read as it stands.
    const LESS: char = '\u{F8FE}';
    if !text.contains('<') || text.contains(LESS) || is_html_all_the_same(text) {
        return in_words(text);
    }
    in_words(&text.replace('<', &LESS.to_string())).replace(LESS, "<")
}

/// Whether a summary is HTML of blocks.
fn has_blocks(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    text.starts_with("<p>")
        || ["</p>", "</div>", "</li>", "<br>", "<br/>", "<br />"].iter().any(|tag| text.contains(tag))
}

/// A text without the signs of Markdown and HTML.
fn in_words(text: &str) -> String {
    if !text.contains(['*', '_', '`', '[', '<', '&']) {
        return text.to_owned();
    }
    let plain = markdown::parse(text).body.plain_text().trim().to_owned();
    if plain.is_empty() { text.to_owned() } else { plain }
}

/// `sea-wall-price` as a headline.
fn titled(stem: &str) -> String {
    let words = stem.replace(['-', '_'], " ");
    let mut letters = words.trim().chars();
    letters.next().map_or_else(|| "Untitled".to_owned(), |first| first.to_uppercase().chain(letters).collect())
}

/// A date in the forms that these programs read.
fn instant(field: &str, text: &str) -> Result<Dated> {
    if let Ok(dated) = text.parse::<Dated>() {
        return Ok(dated);
    }
    for form in [
        "%Y-%m-%d %H:%M:%S%.f %z",
        "%Y-%m-%dT%H:%M:%S%.f%z",
        "%Y-%m-%d %H:%M %z",
        "%Y-%m-%dT%H:%M%z",
        "%Y-%m-%d %H:%M:%S%.f%z",
    ] {
        if let Ok(at) = chrono::DateTime::parse_from_str(text, form) {
            return Ok(Dated { at: Instant::from_millis(at.timestamp_millis()), precision: Precision::Instant });
        }
    }
    if let Ok(at) = chrono::NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M") {
        return Ok(Dated { at: Instant::from_millis(at.and_utc().timestamp_millis()), precision: Precision::Instant });
    }
    let says = format!("{field} {text:?} is no date; write it like 2020-05-01 or 2020-05-01T14:03:00+01:00.");
    Err(Error::new(Code::InvalidInput, says).at("published"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::item::Content;
    use serde_json::json;

    fn read(path: &str, text: &str) -> Item {
        item(path, text.as_bytes(), 1, None, now())
    }

    fn now() -> Instant {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn line(path: &str, text: &str) -> Line {
        match read(path, text).content {
            Content::Story(line) => *line,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn yaml_toml_and_json_say_the_same() {
        let yaml = "---\ntitle: Sea *wall*\ndate: 2020-05-01 10:00:00 +0200\nlastmod: 2020-05-02\nauthor: Ada Marsh\ncategories: [City, Economy]\ntags:\n  - Budget\n\
            description: Short.\naliases:\n  - /old/wall\nimage: {src: /a.jpg, alt: A wall}\nlang: en_GB\nlayout: post\nmood: calm\n---\n\n## Sub\n\nText.\n";
        let toml = "+++\ntitle = \"Sea *wall*\"\ndate = 2020-05-01T10:00:00+02:00\nlastmod = 2020-05-02\nauthors = [\"Ada Marsh\"]\ndescription = \"Short.\"\naliases = [\"/old/wall\"]\n\
            lang = \"en-GB\"\nmood = \"calm\"\n[taxonomies]\ncategories = [\"City\", \"Economy\"]\ntags = [\"Budget\"]\n[image]\nsrc = \"/a.jpg\"\nalt = \"A wall\"\n+++\n## Sub\n\nText.";
        let json = json!({ "title": "Sea *wall*", "Date": "2020-05-01T10:00:00+02:00", "updated": "2020-05-02", "author": { "name": "Ada Marsh" }, "category": "City, Economy",
            "tags": ["Budget"], "summary": "Short.", "redirect_from": "/old/wall", "image": [{ "url": "/a.jpg", "alt": "A wall" }], "lang": "en-GB", "mood": 1 }).to_string() + "\n\n## Sub\n\nText.\n";
        let first = line("news/sea-wall.md", yaml);
        assert_eq!(
            (first.uri.as_str(), first.headline.as_str(), first.slug.as_deref()),
            ("markdown:news/sea-wall", "Sea wall", Some("sea-wall"))
        );
        assert_eq!(
            (first.published.as_deref(), first.updated.as_deref()),
            (Some("2020-05-01T08:00:00.000Z"), Some("2020-05-02T00:00:00.000Z"))
        );
        assert_eq!((first.section.clone(), first.subjects.len()), (Some(SectionName::Path("City".into())), 2));
        assert_eq!(
            (first.previous_urls.as_slice(), first.language.as_deref()),
            (["/old/wall".to_owned()].as_slice(), Some("en-GB"))
        );
        assert_eq!(first.body_markdown.as_deref(), Some("## Sub\n\nText."));
        assert_eq!(line("news/sea-wall.md", toml), first);
        assert_eq!(line("news/sea-wall.md", &json), first);
        assert_eq!(read("news/sea-wall.md", yaml).notes.keys().collect::<Vec<_>>(), ["field mood"]);
    }

    #[test]
    fn the_files_name_counts_where_nothing_else_is_said() {
        let found = line("_posts/2020-05-01-sea-wall.md", "---\n---\nText.");
        assert_eq!(
            (found.published.as_deref(), found.slug.as_deref(), found.headline.as_str()),
            (Some("2020-05-01"), Some("sea-wall"), "Sea wall")
        );
        let bundle = line("posts/sea-wall/index.md", "---\ntitle: T\ndate: 2020-05-01\nslug: other\n---\n");
        assert_eq!((bundle.slug.as_deref(), bundle.uri.as_str()), (Some("other"), "markdown:posts/sea-wall/index"));
        let at = item(
            "a b.md",
            b"---\ntitle: T\ndate: 2020-05-01\npermalink: /x/y.html\n---\n",
            1,
            Some("https://old.example/"),
            now(),
        );
        let Content::Story(at) = at.content else { panic!("a story") };
        assert_eq!(
            (at.uri.as_str(), at.previous_urls.as_slice()),
            ("https://old.example/a%20b", ["https://old.example/x/y.html".to_owned()].as_slice())
        );
    }

    #[test]
    fn a_page_is_named_by_its_uri_or_by_its_path() {
        for (matter, uri) in [
            ("id: overview", "markdown:guides/start"),
            ("guid: 17", "markdown:guides/start"),
            ("uri: /guides/start", "markdown:guides/start"),
            ("id: urn:x:1", "urn:x:1"),
            ("id: tag:paper.example,2020:1", "tag:paper.example,2020:1"),
            ("guid: https://paper.example/?p=1\nid: overview", "https://paper.example/?p=1"),
            ("uri: start\nid: urn:x:1", "urn:x:1"),
        ] {
            let text = format!("---\ntitle: T\ndate: 2020-05-01\n{matter}\n---\n");
            assert_eq!(line("guides/start.md", &text).uri, uri, "{matter}");
        }
        let text = "---\ntitle: T\ndate: 2020-05-01\nid: overview\n---\n";
        assert_ne!(line("a/overview.md", text).uri, line("b/overview.md", text).uri);
        assert_eq!(read("a/overview.md", text).notes.keys().collect::<Vec<_>>(), ["field id"]);
    }

    #[test]
    fn drafts_are_drafts_however_they_are_written() {
        for matter in ["draft: true", "published: false", "status: draft", "private: true"] {
            let found = line("a.md", &format!("---\ntitle: T\n{matter}\n---\nx"));
            assert_eq!((found.status, found.published), (Status::Draft, None), "{matter}");
        }
        assert_eq!(line("a.md", "---\ntitle: T\npublished: 2020-05-01\ndraft: false\n---\n").status, Status::Usable);
    }

    #[test]
    fn what_was_not_for_everybody_is_not_for_everybody_here() {
        for (matter, note) in [
            ("status: private", "status \"private\": kept as a draft"),
            ("Status: Pending", "status \"pending\": kept as a draft"),
            ("status: hidden", "status \"hidden\": kept as a draft"),
            ("visibility: private", "visibility \"private\": kept as a draft"),
            ("visibility: [public, members]", "visibility \"members\": kept as a draft"),
            ("password: secret", "password: kept as a draft"),
            ("password: 1234", "password: kept as a draft"),
            ("expiryDate: 2001-01-01", "expired: kept as a draft"),
            ("unpublishdate: 2001-01-01T00:00:00Z", "expired: kept as a draft"),
            ("publishDate: soon", "publishDate that is no date: kept as a draft"),
        ] {
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            assert_eq!(line("a.md", &text).status, Status::Draft, "{matter}");
            assert_eq!(read("a.md", &text).notes.into_keys().collect::<Vec<_>>(), [note], "{matter}");
        }
        let toml = line("a.md", "+++\ntitle = \"T\"\ndate = 2000-05-01\nexpiryDate = 2001-01-01\n+++\nx");
        assert_eq!(toml.status, Status::Draft);
        for matter in ["draft: yes", "published: no", "published: \"false\"", "private: on", "draft: 1"] {
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            assert_eq!(line("a.md", &text).status, Status::Draft, "{matter}");
        }
        assert_eq!(line("_drafts/a.md", "---\ntitle: T\ndate: 2000-05-01\n---\nx").status, Status::Draft);
        for matter in [
            "status: Publish",
            "status: published",
            "status: PUBLIC",
            "status: \"\"",
            "visibility: Public",
            "password: \"\"",
            "password: false",
            "published: yes",
            "draft: no",
            "expiryDate: 0001-01-01T00:00:00Z",
            "expiryDate: 9998-01-01",
        ] {
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            assert_eq!(line("a.md", &text).status, Status::Usable, "{matter}");
        }
    }

    #[test]
    fn what_its_program_made_no_page_of_is_no_page_here() {
        for (matter, note) in [
            ("permalink: false", "permalink false: kept as a draft"),
            ("permalink: {build: false}", "permalink false: kept as a draft"),
            ("build: {render: never}", "build without a page: kept as a draft"),
            ("build:\n  list: always\n  render: link", "build without a page: kept as a draft"),
            ("_build: {render: false}", "build without a page: kept as a draft"),
            ("headless: true", "headless: kept as a draft"),
            ("unlisted: true", "unlisted: kept as a draft"),
            ("expiryDate: soon", "expiryDate that is no date: kept as a draft"),
            ("expiryDate: [2001-01-01]", "expiryDate that is no date: kept as a draft"),
            ("unpublishdate: 1st of May", "unpublishdate that is no date: kept as a draft"),
            ("base: &b {draft: true}\n<<: *b", "field base"),
            ("base: &b {draft: true}\n<<: [*b]", "field base"),
        ] {
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            assert_eq!(line("a.md", &text).status, Status::Draft, "{matter}");
            assert_eq!(read("a.md", &text).notes.into_keys().collect::<Vec<_>>(), [note], "{matter}");
        }
        for matter in [
            "permalink: /a/",
            "permalink: true",
            "build: {list: never}",
            "build: {render: always, list: never}",
            "headless: false",
            "unlisted: false",
            "expiryDate: \"\"",
            "base: &b {draft: true}\n<<: *b\ndraft: false",
        ] {
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            assert_eq!(line("a.md", &text).status, Status::Usable, "{matter}");
        }
    }

    #[test]
    fn pages_above_and_folders_above_hold_a_page_back() {
        let status = |index: &str, matter: &str, in_drafts: bool| {
            let cascade = cascade(index.as_bytes());
            let around = Around { site: None, now: now(), in_drafts, cascade: &cascade };
            let text = format!("---\ntitle: T\ndate: 2000-05-01\n{matter}\n---\nx");
            match item_in("a.md", text.as_bytes(), 1, &around).content {
                Content::Story(line) => line.status,
                other => panic!("{other:?}"),
            }
        };
        for index in [
            "---\ntitle: News\ncascade:\n  draft: true\n---\n",
            "---\ncascade: {build: {render: never}}\n---\n",
            "+++\n[[cascade]]\ndraft = false\n[[cascade]]\nDraft = true\n[cascade.target]\npath = \"/news/**\"\n+++\n",
            // What lets some go lets none: whom it is for is not looked at.
            "---\ncascade:\n- {draft: true}\n- {_target: {path: /a}, draft: false, status: published}\n---\n",
            "---\ncascade:\n- {published: false}\n- {_target: {path: /a}, published: true}\n---\n",
            "---\ncascade:\n- {_target: {path: /a}, status: published}\n- {status: draft}\n---\n",
            "---\ncascade:\n- {build: {render: always}}\n- {_target: {path: /a}, build: {render: never}}\n---\n",
        ] {
            assert_eq!(status(index, "mood: calm", false), Status::Draft, "{index}");
        }
        assert_eq!(status("---\ncascade: {draft: true}\n---\n", "draft: false", false), Status::Usable);
        for index in
            ["---\ndraft: true\n---\n", "---\ncascade: {banner: /a.png}\n---\n", "---\n[\n---\n", "", "\u{feff}"]
        {
            assert_eq!(status(index, "mood: calm", false), Status::Usable, "{index}");
        }
        assert_eq!(status("", "mood: calm", true), Status::Draft);
    }

    #[test]
    fn a_title_keeps_what_is_no_html() {
        for (title, shown) in [
            ("How <select> works", "How <select> works"),
            ("`<select>` and *it*", "<select> and it"),
            ("a < b & c", "a < b & c"),
            ("<select> at last", "<select> at last"),
            ("The <em>Sea</em> &amp; the *wall*", "The Sea & the wall"),
            ("Sea *wall*", "Sea wall"),
        ] {
            let matter = json!({ "title": title, "date": "2020-05-01", "summary": title }).to_string();
            let found = line("a.md", &format!("{matter}\n\nx"));
            assert_eq!((found.headline.as_str(), found.description_text.as_deref()), (shown, Some(shown)), "{title}");
        }
        let matter = json!({ "title": "T", "date": "2020-05-01", "summary": "<p>In <b>short</b>.</p>" }).to_string();
        assert_eq!(line("a.md", &format!("{matter}\n\nx")).description_text.as_deref(), Some("In short."));
    }

    #[test]
    fn what_expires_is_over_from_that_instant_on() {
        let text = "---\ntitle: T\ndate: 2000-05-01\nexpiryDate: 2026-03-01T12:00:00Z\n---\nx";
        for (late, status) in [(-1, Status::Usable), (0, Status::Draft)] {
            let Content::Story(line) = item("a.md", text.as_bytes(), 1, None, now().plus_millis(late)).content else {
                panic!("a story")
            };
            assert_eq!(line.status, status, "{late}");
        }
    }

    #[test]
    fn a_page_waits_for_its_publish_date() {
        let found = line("a.md", "---\ntitle: T\ndate: 2020-05-01\npublishDate: 9998-01-01T10:00:00+02:00\n---\nx");
        assert_eq!(
            (found.status, found.published.as_deref(), found.embargoed_until.as_deref()),
            (Status::Usable, Some("2020-05-01"), Some("9998-01-01T08:00:00.000Z"))
        );
        for matter in ["publishDate: 9998-01-01", "date: 9998-01-01\npublishDate: 2020-05-01"] {
            let found = line("a.md", &format!("---\ntitle: T\n{matter}\n---\nx"));
            assert_eq!(
                (found.published.as_deref(), found.embargoed_until.as_deref()),
                (Some("9998-01-01"), None),
                "{matter}"
            );
        }
    }

    #[test]
    fn what_is_broken_says_what_and_the_mend() {
        for (text, says) in [
            ("---\ntitle: x\n---\n", "has no date"),
            ("---\ntitle: x\ndate: yesterday\n---\n", "no date"),
            ("---\ntitle: [x\n---\n", "no YAML"),
            ("+++\ntitle = \n+++\n", "no TOML"),
            ("---\ntitle: x\n", "does not end"),
            ("---\n- a\n---\n", "no list of fields"),
        ] {
            let found = read("a.md", text);
            assert!(
                matches!(&found.content, Content::Fault { reason, .. } if reason.contains(says)),
                "{text}: {found:?}"
            );
        }
        let bomb = format!(
            "---\na: &a [x,x,x,x,x,x,x,x,x,x]\n{}---\n",
            (0..12)
                .map(|n| format!(
                    "b{n}: &b{n} [{}]\n",
                    vec![format!("*{}", if n == 0 { "a".into() } else { format!("b{}", n - 1) }); 10].join(",")
                ))
                .collect::<String>()
        );
        assert!(matches!(read("a.md", &bomb).content, Content::Fault { .. }));
        assert!(matches!(item("a.md", b"\xff\xfe", 1, None, now()).content, Content::Fault { .. }));
        for (path, text) in
            [("README.md", "# Read me"), ("news/_index.md", "---\ntitle: News\n---\n"), ("a.md", "{% raw %}")]
        {
            assert!(matches!(read(path, text).content, Content::Passed(_)), "{path}");
        }
    }
}
