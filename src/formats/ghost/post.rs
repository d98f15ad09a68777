//! One post of an export, as a story.

use std::collections::HashSet;

use serde_json::Value;

use super::cards::Dropped;
use super::{Site, gated, lexical, mobiledoc, text};
use crate::error::{Code, Error, Result};
use crate::formats::html;
use crate::formats::item::{Item, headline_from, language};
use crate::formats::jsonl::{AuthorName, ImageName, Line, SectionFull, SectionName, Status, TopicName};
use crate::model::article::Image;
use crate::model::slug::is_slug;
use crate::model::time::{Dated, Instant, Precision};

/// What stands in newer exports for the address of the site.
const SITE: &str = "__GHOST_URL__";

/// What is said of posts that no page ever had.
const BY_MAIL: &str = "sent by mail only: kept as a draft";

/// The post as what is imported.
pub(super) fn item(post: &Value, number: u64, site: &Site, source: &[u8]) -> Item {
    let name = text(post, "title").or_else(|| text(post, "slug")).unwrap_or_default();
    let is_page = text(post, "type").as_deref() == Some("page")
        || matches!(post.get("page"), Some(Value::Bool(true)))
        || post.get("page").and_then(Value::as_i64) == Some(1);
    if is_page && !site.options.pages {
        return Item::passed(number, &name, "page (--pages imports them)");
    }
    let mut dropped = Dropped::default();
    match story(post, site, &mut dropped) {
        Ok(line) => Item::story(number, &name, line).with_notes(dropped.0),
        Err(error) => Item::fault(number, &name, &error, source),
    }
}

fn story(post: &Value, site: &Site, dropped: &mut Dropped) -> Result<Line> {
    let id = text(post, "id").unwrap_or_default();
    let meta = site.meta.get(&id);
    let status = status(post, meta, dropped);
    let published = moment(post, "published_at")?;
    if published.is_none() && status == Status::Usable {
        return Err(
            Error::new(Code::InvalidInput, "The post is published, but published_at says no date.").at("published")
        );
    }
    let uri = match (text(post, "uuid"), id.is_empty()) {
        (Some(uuid), _) => format!("urn:uuid:{uuid}"),
        (None, false) => format!("ghost:post:{id}"),
        (None, true) => return Err(Error::new(Code::InvalidInput, "The post has neither uuid nor id.").at("uri")),
    };
    let body = body(post, dropped).map(|body| at_site(&gated::without(body, dropped), site));
    let slug = text(post, "slug");
    let headline = text(post, "title").filter(|title| title != "(Untitled)").or_else(|| {
        dropped.note("headline made of the first words");
        headline_from(&html::parse(body.as_deref().unwrap_or_default()).body.plain_text())
    });
    let words = |value: String| html::parse(&value).body.plain_text().trim().to_owned();
    let image = text(post, "feature_image").or_else(|| text(post, "image")).map(|url| Image {
        url: at_site(&url, site),
        alt: meta.and_then(|meta| text(meta, "feature_image_alt")),
        caption: meta.and_then(|meta| text(meta, "feature_image_caption")).map(words),
        ..Image::default()
    });
    for field in ["codeinjection_head", "codeinjection_foot"] {
        if text(post, field).is_some() {
            dropped.note("code injection");
        }
    }
    let updated = moment(post, "updated_at")?.filter(|at| published.is_some_and(|published| *at > published));
    let mut line = Line {
        uri,
        status,
        language: text(post, "locale").or_else(|| site.language.clone()).and_then(|tag| language(&tag)),
        headline: headline.unwrap_or_else(|| "Untitled".to_owned()),
        published: published.map(|at| Dated { at, precision: Precision::Instant }.to_string()),
        updated: updated.map(|at| at.to_string()),
        description_text: text(post, "custom_excerpt"),
        body_html: body.filter(|body| !body.trim().is_empty()),
        image: image.map(ImageName::Full),
        canonical_url: text(post, "canonical_url").map(|url| at_site(&url, site)),
        ..Line::default()
    };
    if let Some(slug) = &slug {
        line.previous_urls.push(permalink(slug, published, site));
    }
    line.slug = slug;
    name_tags(&id, site, &mut line, dropped);
    name_authors(post, &id, site, &mut line);
    Ok(line)
}

fn status(post: &Value, meta: Option<&Value>, dropped: &mut Dropped) -> Status {
    // What was sent already has a status of its own; what is still to be sent is told by this alone.
    let by_mail_only = [Some(post), meta].into_iter().flatten().filter_map(|row| row.get("email_only")).any(is_set);
    let visibility = text(post, "visibility").unwrap_or_else(|| "public".to_owned());
    match text(post, "status").as_deref() {
        Some("scheduled") if by_mail_only => {
            dropped.note(BY_MAIL);
            Status::Draft
        }
        Some("published" | "scheduled") if visibility == "public" => Status::Usable,
        Some("published" | "scheduled") => {
            dropped.note(&format!("for {visibility} only, and there is no paywall here: kept as a draft"));
            Status::Draft
        }
        Some("sent") => {
            dropped.note(BY_MAIL);
            Status::Draft
        }
        _ => Status::Draft,
    }
}

/// A yes as databases write it: some have numbers for it.
fn is_set(value: &Value) -> bool {
    match value {
        Value::Bool(is) => *is,
        Value::Number(number) => number.as_i64() != Some(0),
        Value::String(word) => word == "1" || word == "true",
        _ => false,
    }
}

/// The body as HTML, whichever way the export has it.
fn body(post: &Value, dropped: &mut Dropped) -> Option<String> {
    if let Some(html) = text(post, "html") {
        return Some(html);
    }
    if let Some(source) = text(post, "lexical") {
        return lexical::html(&source, dropped);
    }
    if let Some(source) = text(post, "mobiledoc") {
        return mobiledoc::html(&source, dropped);
    }
    text(post, "plaintext").map(|plain| {
        let paragraphs = plain.split("\n\n").map(|part| format!("<p>{}</p>", html::escape(part)));
        paragraphs.collect()
    })
}

fn at_site(value: &str, site: &Site) -> String {
    if !value.contains(SITE) {
        return value.to_owned();
    }
    let address = site.options.site.as_deref().unwrap_or_default().trim_end_matches('/');
    value.replace(SITE, address)
}

/// Where the post stood.
fn permalink(slug: &str, published: Option<Instant>, site: &Site) -> String {
    let date = published.map(|at| at.date().format("%Y/%m/%d").to_string()).unwrap_or_default();
    let mut parts = date.split('/');
    let (year, month, day) =
        (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let path =
        site.permalinks.replace(":slug", slug).replace(":year", year).replace(":month", month).replace(":day", day);
    match site.options.site.as_deref() {
        Some(site) => format!("{}{path}", site.trim_end_matches('/')),
        None => path,
    }
}

fn name_tags(id: &str, site: &Site, line: &mut Line, dropped: &mut Dropped) {
    let mut known: HashSet<String> = HashSet::new();
    for tag in site.tags_of.get(id).into_iter().flatten().filter_map(|tag| site.tags.get(tag)) {
        let Some(name) = text(tag, "name") else { continue };
        if name.starts_with('#') || text(tag, "visibility").as_deref() == Some("internal") {
            dropped.note("internal tag");
            continue;
        }
        let description = text(tag, "description");
        if line.section.is_none() {
            let slug = text(tag, "slug").filter(|slug| is_slug(slug));
            line.section = Some(SectionName::Full(SectionFull { slug, name, description, parent: None }));
        } else if known.insert(name.clone()) {
            line.subjects.push(TopicName { name, description, ..TopicName::default() });
        }
    }
}

fn name_authors(post: &Value, id: &str, site: &Site, line: &mut Line) {
    let mut ids = site.authors_of.get(id).cloned().unwrap_or_default();
    if ids.is_empty() {
        ids.extend(text(post, "author_id"));
    }
    for user in ids.iter().filter_map(|id| site.users.get(id)) {
        let Some(name) = text(user, "name") else { continue };
        line.authors.push(AuthorName {
            name,
            bio: text(user, "bio"),
            url: text(user, "website"),
            image: text(user, "profile_image").map(|url| Image { url: at_site(&url, site), ..Image::default() }),
            ..AuthorName::default()
        });
    }
}

/// An instant; old exports have milliseconds.
fn moment(post: &Value, field: &str) -> Result<Option<Instant>> {
    if let Some(millis) = post.get(field).and_then(Value::as_i64) {
        return Ok(Some(Instant::from_millis(millis)));
    }
    text(post, field)
        .map(|text| {
            text.parse::<Dated>().map(|dated| dated.at).map_err(|e| {
                Error::new(Code::InvalidInput, format!("{field} {text:?}: {}", e.message())).at("published")
            })
        })
        .transpose()
}
