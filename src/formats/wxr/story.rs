//! One item of an export: as it stands, and as a story.

use std::collections::{BTreeMap, HashSet};

use chrono::NaiveDateTime;
use percent_encoding::percent_decode_str;

use super::index::Index;
use super::{Options, autop, members, shortcodes};
use crate::error::{Code, Error, Result};
use crate::formats::html;
use crate::formats::item::{Item, headline_from};
use crate::formats::jsonl::{AuthorName, ImageName, Line, SectionName, Status, TopicName};
use crate::formats::xml::{Elements, Node, Tag};
use crate::model::time::{Dated, Instant, Precision};

/// An item as it stands.
#[derive(Debug, Default)]
pub(super) struct Raw {
    pub title: String,
    pub link: String,
    pub guid: String,
    pub published: String,
    pub creator: String,
    pub content: String,
    pub excerpt: String,
    pub id: String,
    pub date: String,
    pub date_gmt: String,
    pub modified_gmt: String,
    pub slug: String,
    pub status: String,
    pub parent: String,
    pub kind: String,
    pub password: String,
    pub attachment_url: String,
    /// Domain, nicename and name.
    pub terms: Vec<(String, String, String)>,
    pub meta: Vec<(String, String)>,
    pub comments: u64,
}

impl Raw {
    /// Reads the item that has just begun.
    pub(super) fn read(elements: &mut Elements<'_>) -> Result<Raw> {
        let mut raw = Raw::default();
        let depth = elements.open().len();
        while elements.open().len() >= depth {
            match elements.next()? {
                Node::Start(tag) => raw.field(&tag, elements)?,
                Node::Over => break,
                Node::Text(_) | Node::End => {}
            }
        }
        Ok(raw)
    }

    fn field(&mut self, tag: &Tag, elements: &mut Elements<'_>) -> Result<()> {
        let field = match tag.name.as_str() {
            "title" => &mut self.title,
            "link" => &mut self.link,
            "guid" => &mut self.guid,
            "pubDate" => &mut self.published,
            "dc:creator" => &mut self.creator,
            "content:encoded" => &mut self.content,
            "excerpt:encoded" => &mut self.excerpt,
            "wp:post_id" => &mut self.id,
            "wp:post_date" => &mut self.date,
            "wp:post_date_gmt" => &mut self.date_gmt,
            "wp:post_modified_gmt" => &mut self.modified_gmt,
            "wp:post_name" => &mut self.slug,
            "wp:status" => &mut self.status,
            "wp:post_parent" => &mut self.parent,
            "wp:post_type" => &mut self.kind,
            "wp:post_password" => &mut self.password,
            "wp:attachment_url" => &mut self.attachment_url,
            "category" => {
                let of = |name| tag.attribute(name).unwrap_or_default().to_owned();
                let (domain, nicename) = (of("domain"), of("nicename"));
                let name = elements.text()?.trim().to_owned();
                // Version 1.0 says each twice, once without the nicename.
                if !nicename.is_empty() {
                    self.terms.push((domain, nicename, name));
                }
                return Ok(());
            }
            "wp:postmeta" => {
                let mut fields = elements.fields()?;
                let mut take = |name: &str| {
                    let at = fields.iter().position(|(key, _)| key == name)?;
                    Some(fields.swap_remove(at).1)
                };
                if let (Some(key), Some(value)) = (take("wp:meta_key"), take("wp:meta_value")) {
                    self.meta.push((key.trim().to_owned(), value));
                }
                return Ok(());
            }
            "wp:comment" => {
                self.comments += 1;
                return elements.skip();
            }
            _ => return elements.skip(),
        };
        let text = elements.text()?;
        // Where space means something it stays.
        *field = if matches!(tag.name.as_str(), "content:encoded" | "excerpt:encoded") {
            text
        } else {
            text.trim().to_owned()
        };
        Ok(())
    }

    /// The first value of a custom field.
    pub(super) fn meta(&self, key: &str) -> Option<&str> {
        self.meta.iter().find(|(name, _)| name == key).map(|(_, value)| value.trim()).filter(|value| !value.is_empty())
    }
}

/// Words of HTML, as a title or an excerpt has them, as one piece of plain text.
pub(super) fn plain(source: &str) -> String {
    if !source.contains(['<', '&']) {
        return source.trim().to_owned();
    }
    html::parse(source).body.plain_text().trim().to_owned()
}

/// The item as what is imported.
pub(super) fn item(raw: Raw, number: u64, index: &Index, options: &Options, source: &[u8]) -> Item {
    let name =
        [&raw.title, &raw.slug, &raw.link].into_iter().find(|text| !text.is_empty()).cloned().unwrap_or_default();
    let name = plain(&name);
    let why = match (raw.kind.as_str(), raw.status.as_str()) {
        (_, "trash") => Some("in the trash".to_owned()),
        (_, "auto-draft") => Some("an empty draft that WordPress made by itself".to_owned()),
        (kind, _) if options.types.iter().any(|wanted| wanted == kind) => None,
        ("attachment", _) => Some("attachment: a picture or file, no story".to_owned()),
        ("nav_menu_item", _) => Some("entry of a menu".to_owned()),
        ("revision", _) => Some("earlier revision".to_owned()),
        ("page", _) => Some("page (--pages imports them)".to_owned()),
        ("", _) => Some("of no type".to_owned()),
        (kind, _) => Some(format!("of type {kind:?} (--post-type imports it)")),
    };
    let comments = raw.comments;
    let mut item = match why {
        Some(why) => Item::passed(number, &name, why),
        None => match story(raw, index) {
            Ok((line, notes)) => Item::story(number, &name, line).with_notes(notes),
            Err(error) => Item::fault(number, &name, &error, source),
        },
    };
    item.note("comment", comments);
    item
}

fn story(raw: Raw, index: &Index) -> Result<(Line, BTreeMap<String, u64>)> {
    let mut notes: BTreeMap<String, u64> = BTreeMap::new();
    let mut note = |what: &str| *notes.entry(what.to_owned()).or_insert(0) += 1;
    let status = match raw.status.as_str() {
        "publish" | "future" if !raw.password.is_empty() => {
            note("password: kept as a draft");
            Status::Draft
        }
        "publish" | "future" => match members::gate(&raw) {
            Some(gate) => {
                note(gate);
                Status::Draft
            }
            None => Status::Usable,
        },
        "draft" | "pending" => Status::Draft,
        "private" => {
            note("private: kept as a draft");
            Status::Draft
        }
        other => {
            note(&format!("status {other:?}: kept as a draft"));
            Status::Draft
        }
    };
    let published = published(&raw, index.offset);
    if published.is_none() && status == Status::Usable {
        let says = "The item has no date that can be read; wp:post_date_gmt says when it was published.";
        return Err(Error::new(Code::InvalidInput, says).at("published"));
    }
    let mut dropped = shortcodes::Dropped::default();
    let body = body(&raw, index, &mut dropped);
    for (what, times) in dropped.notes {
        *notes.entry(what).or_insert(0) += times;
    }
    let mut note = |what: &str| *notes.entry(what.to_owned()).or_insert(0) += 1;
    let mut headline = plain(&raw.title);
    if headline.is_empty() {
        note("headline made of the first words");
        let text = html::parse(&body).body.plain_text();
        headline = headline_from(&text).unwrap_or_else(|| "Untitled".to_owned());
    }
    let image = raw.meta("_thumbnail_id").and_then(|id| {
        let found = index.images.get(id);
        if found.is_none() {
            note("lead image that is not in the file");
        }
        found.cloned()
    });
    let mut line = Line {
        uri: uri(&raw, index),
        slug: percent_decode_str(&raw.slug)
            .decode_utf8()
            .ok()
            .map(|slug| slug.into_owned())
            .filter(|slug| !slug.is_empty()),
        previous_slugs: raw
            .meta
            .iter()
            .filter(|(key, value)| key == "_wp_old_slug" && !value.trim().is_empty())
            .map(|(_, value)| value.trim().to_owned())
            .collect(),
        status,
        language: index.language.clone(),
        headline,
        published: published.map(|at| Dated { at, precision: Precision::Instant }.to_string()),
        description_text: Some(plain(&raw.excerpt)).filter(|text| !text.is_empty()),
        body_html: Some(body).filter(|body| !body.trim().is_empty()),
        image: image.map(ImageName::Full),
        canonical_url: raw.meta("_yoast_wpseo_canonical").map(str::to_owned),
        ..Line::default()
    };
    let modified = moment(&raw.modified_gmt).filter(|at| published.is_some_and(|published| *at > published));
    line.updated = modified.map(|at| at.to_string());
    for address in [&raw.link, &raw.guid] {
        if address.starts_with("http") && !line.previous_urls.contains(address) {
            line.previous_urls.push(address.clone());
        }
    }
    name_terms(&raw, index, &mut line, &mut note);
    Ok((line, notes))
}

/// The guid, which WordPress never changes; where it is none, or several have it, site and number.
fn uri(raw: &Raw, index: &Index) -> String {
    let guid = raw.guid.trim();
    let is_uri = guid.contains(':') && !guid.chars().any(char::is_whitespace);
    if is_uri && !index.shared_guids.contains(guid) {
        return guid.to_owned();
    }
    format!("{}/?p={}", index.base, raw.id)
}

fn name_terms(raw: &Raw, index: &Index, line: &mut Line, note: &mut impl FnMut(&str)) {
    let mut categories: Vec<(&str, &str)> = Vec::new();
    let mut subjects: Vec<TopicName> = Vec::new();
    let mut authors: Vec<AuthorName> = Vec::new();
    for (domain, nicename, name) in &raw.terms {
        match domain.as_str() {
            "category" if nicename == "uncategorized" => {}
            "category" => categories.push((nicename, name)),
            "tag" | "post_tag" => {
                let term = index.tags.get(nicename);
                let description = term.and_then(|term| term.description.clone());
                subjects.push(TopicName { name: plain(name), description, ..TopicName::default() });
            }
            // The plugin for several authors has them as terms.
            "author" => authors.push(AuthorName { name: plain(name), ..AuthorName::default() }),
            "post_format" | "nav_menu" => {}
            other => note(&format!("term of the taxonomy {other:?}")),
        }
    }
    let primary = raw.meta("_yoast_wpseo_primary_category").and_then(|id| index.category_ids.get(id));
    let first = primary.and_then(|id| categories.iter().position(|(nicename, _)| *nicename == id)).unwrap_or(0);
    if first < categories.len() {
        let (nicename, name) = categories.remove(first);
        line.section = Some(SectionName::Full(index.section(nicename, name)));
    }
    let others = categories.into_iter().map(|(nicename, name)| TopicName {
        name: plain(name),
        description: index.categories.get(nicename).and_then(|term| term.description.clone()),
        ..TopicName::default()
    });
    let mut known: HashSet<String> = HashSet::new();
    for topic in others.chain(subjects) {
        if topic.name.is_empty() {
            note("term without a name");
        } else if known.insert(topic.name.clone()) {
            line.subjects.push(topic);
        }
    }
    if authors.is_empty() && !raw.creator.is_empty() {
        let name = index.authors.get(&raw.creator).cloned().unwrap_or_else(|| raw.creator.clone());
        authors.push(AuthorName { name: plain(&name), ..AuthorName::default() });
    }
    line.authors = authors.into_iter().filter(|author| !author.name.is_empty()).collect();
}

/// The body as HTML, after WordPress's own rules.
fn body(raw: &Raw, index: &Index, dropped: &mut shortcodes::Dropped) -> String {
    let gallery = |ids: Option<&str>| -> Vec<&crate::model::article::Image> {
        let attached = index.attached.get(&raw.id).map(Vec::as_slice).unwrap_or_default();
        match ids {
            Some(ids) => ids.split(',').filter_map(|id| index.images.get(id.trim())).collect(),
            None => attached.iter().filter_map(|id| index.images.get(id)).collect(),
        }
    };
    let text = raw.content.replace("\r\n", "\n");
    // What was written in blocks is HTML already.
    let text = if text.contains("<!-- wp:") { text } else { autop::paragraphs(&text) };
    shortcodes::replaced(&text, &gallery, dropped)
}

/// When it was published: the date in UTC, else that of the feed, else the site's own date.
fn published(raw: &Raw, offset: i64) -> Option<Instant> {
    let in_feed = || {
        chrono::DateTime::parse_from_rfc2822(&raw.published).ok().map(|at| Instant::from_millis(at.timestamp_millis()))
    };
    let at_site = || moment(&raw.date).map(|at| at.plus_millis(-offset * 1_000));
    moment(&raw.date_gmt).or_else(in_feed).or_else(at_site).filter(|at| at.millis() > Instant::MIN.millis())
}

/// How far the site's clock is ahead of UTC, by what the item says of both, in seconds.
pub(super) fn offset(raw: &Raw) -> Option<i64> {
    let offset = (moment(&raw.date)?.millis() - moment(&raw.date_gmt)?.millis()) / 1_000;
    (offset.abs() <= 15 * 3_600 && offset % 900 == 0).then_some(offset)
}

/// `2020-05-01 10:00:00` as UTC; nothing for the zeros that WordPress writes where it knows nothing.
fn moment(text: &str) -> Option<Instant> {
    if text.starts_with("0000") {
        return None;
    }
    let at = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok()?;
    Some(Instant::from_millis(at.and_utc().timestamp_millis()))
}
