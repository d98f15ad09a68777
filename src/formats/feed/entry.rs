//! One entry of a feed, as a story.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Utc};
use feed_rs::model::{Category, Entry, Feed, FeedType, Link, Person, Text};
use serde_json::Value;

use crate::formats::html;
use crate::formats::item::{Item, headline_from, language};
use crate::formats::jsonl::{AuthorName, ImageName, Line, TopicName};
use crate::model::article::Image;
use crate::model::body::address;
use crate::model::time::{Dated, Instant, Precision};

/// Links that several entries without an id have: they name none of them.
pub(super) fn shared_links(feed: &Feed) -> HashSet<String> {
    let mut seen = HashSet::new();
    let links =
        feed.entries.iter().filter(|entry| entry.id.trim().is_empty()).filter_map(|entry| link_of(&entry.links));
    links.filter(|link| !seen.insert(*link)).map(str::to_owned).collect()
}

/// The entry as what is imported. `shared` are links that name no entry.
pub(super) fn item(feed: &Feed, entry: &Entry, shared: &HashSet<String>, number: u64, source: &[u8]) -> Item {
    let mut item = Item::story(number, "", Line::default());
    let line = story(feed, entry, shared, source, &mut item);
    item.named(&line.headline).with_story(line)
}

/// An item of a JSON Feed, with what the library leaves out.
pub(super) fn json_item(feed: &Feed, entry: &Entry, value: &Value, number: u64, source: &[u8]) -> Item {
    let mut item = Item::story(number, "", Line::default());
    let mut line = story(feed, entry, &HashSet::new(), source, &mut item);
    let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    if line.image.is_none() {
        line.image = text("image").or_else(|| text("banner_image")).map(ImageName::Url);
    }
    line.language = text("language").and_then(|tag| language(&tag)).or(line.language);
    item.named(&line.headline).with_story(line)
}

fn story(feed: &Feed, entry: &Entry, shared: &HashSet<String>, source: &[u8], item: &mut Item) -> Line {
    let link = link_of(&entry.links);
    let (body, summary) = texts(entry, item);
    let summary = summary.map(|summary| plain(&summary)).filter(|summary| !summary.is_empty());
    let title = entry.title.as_ref().map(|title| said(feed, title)).filter(|title| !title.is_empty());
    let headline = title.unwrap_or_else(|| {
        item.note("headline made of the first words", 1);
        let text = plain(body.as_deref().unwrap_or_default());
        headline_from(&text).or_else(|| headline_from(summary.as_deref()?)).unwrap_or_else(|| "Untitled".to_owned())
    });
    let updated = entry.updated.as_ref().and_then(instant);
    let published = entry.published.as_ref().and_then(instant).or(updated);
    let updated = updated.filter(|at| published.is_some_and(|published| *at > published));
    let rights = entry.rights.as_ref().or(feed.rights.as_ref()).map(|rights| said(feed, rights));
    let mut line = Line {
        uri: uri(feed, entry, link.filter(|link| !shared.contains(*link)), source),
        language: entry.language.as_deref().or(feed.language.as_deref()).and_then(language),
        headline,
        published: published.map(|at| Dated { at, precision: Precision::Instant }.to_string()),
        dates_version: entry.published.as_ref().and_then(instant).is_none(),
        updated: updated.map(|at| at.to_string()),
        description_text: summary,
        body_html: body.filter(|body| !body.trim().is_empty()),
        image: image(entry, item).map(ImageName::Full),
        canonical_url: link.filter(|link| address::absolute(link).is_ok()).map(str::to_owned),
        source: feed.title.as_ref().map(|title| said(feed, title)).filter(|title| !title.is_empty()),
        copyrightnotice: rights.filter(|rights| !rights.is_empty()),
        ..Line::default()
    };
    line.previous_urls.extend(line.canonical_url.clone());
    let authors = if entry.authors.is_empty() { &feed.authors } else { &entry.authors };
    line.authors = authors.iter().filter_map(|person| author(person, item)).fold(Vec::new(), |mut known, author| {
        if !known.iter().any(|other: &AuthorName| other.name == author.name) {
            known.push(author);
        }
        known
    });
    for category in &entry.categories {
        let topic = topic(category);
        if !topic.name.is_empty() && !line.subjects.iter().any(|known| known.name == topic.name) {
            line.subjects.push(topic);
        }
    }
    line
}

/// The instant, but for one of the year 1: programs write it of pages without a date.
fn instant(at: &DateTime<Utc>) -> Option<Instant> {
    (at.year() > 1).then(|| Instant::from_millis(at.timestamp_millis()))
}

/// The address of the page that the entry is about.
fn link_of(links: &[Link]) -> Option<&str> {
    let is_page = |link: &&Link| {
        link.target.is_none()
            && link.rel.as_deref().is_none_or(|rel| rel == "alternate")
            && link.media_type.as_deref().is_none_or(|kind| kind.contains("html"))
    };
    links.iter().find(is_page).map(|link| link.href.trim()).filter(|href| !href.is_empty())
}

/// The body, and the summary beside it, as HTML.
fn texts(entry: &Entry, item: &mut Item) -> (Option<String>, Option<String>) {
    let summary = entry.summary.as_ref().map(as_html).filter(|summary| !summary.trim().is_empty());
    let Some(content) = &entry.content else { return (summary, None) };
    match (&content.body, content.content_type.essence().to_string().as_str()) {
        (Some(body), "text/plain") => (Some(paragraphs(body)), summary),
        (Some(body), kind) if kind.contains("html") || kind.ends_with("/xml") => (Some(body.clone()), summary),
        (Some(_), kind) => {
            item.note(&format!("content of type {kind}"), 1);
            (summary, None)
        }
        (None, _) => {
            if content.src.is_some() {
                item.note("content that stands elsewhere", 1);
            }
            (summary, None)
        }
    }
}

fn paragraphs(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    text.split("\n\n").map(|part| format!("<p>{}</p>", html::escape(part.trim()).replace('\n', "<br>"))).collect()
}

/// Feeds write HTML where they say text, so a text is plain only where it says so and has nothing of HTML.
fn as_html(text: &Text) -> String {
    let is_plain = text.content_type.essence().to_string() == "text/plain";
    if is_plain && !(text.content.contains("</") || text.content.contains("/>")) {
        return paragraphs(&text.content);
    }
    text.content.clone()
}

fn plain(source: &str) -> String {
    html::parse(source).body.plain_text().trim().to_owned()
}

/// Words of a title, or of rights, as this feed says them. Atom (RFC 4287, 3.1.1.1) and JSON Feed (1.1) tell plain text from
/// HTML, and in a plain one `<select>` is a word; but many feeds write HTML there all the same. In RSS all may be HTML.
fn said(feed: &Feed, text: &Text) -> String {
    let says_plain = matches!(feed.feed_type, FeedType::Atom | FeedType::JSON)
        && text.content_type.essence().to_string() == "text/plain";
    if says_plain && !is_html_all_the_same(&text.content) {
        return text.content.trim().to_owned();
    }
    words(text)
}

/// Elements that stand in titles.
const INLINE: &[&str] = &[
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "mark", "q", "s",
    "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var",
];

/// Whether a text that says that it is plain is HTML: it has an inline element with its end, and no tag of any other, or
/// references and no tags.
pub(in crate::formats) fn is_html_all_the_same(text: &str) -> bool {
    let (mut begun, mut ended, mut has_tags) = (0_u64, false, false);
    for part in text.split('<').skip(1) {
        let (is_end, part) = part.strip_prefix('/').map_or((false, part), |part| (true, part));
        let name = &part[..part.bytes().take_while(u8::is_ascii_alphanumeric).count()];
        if name.is_empty() && !part.starts_with(['!', '?']) {
            continue;
        }
        has_tags = true;
        if ["br", "wbr"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
            continue;
        }
        match INLINE.iter().position(|known| name.eq_ignore_ascii_case(known)).filter(|_| part.contains('>')) {
            Some(at) if is_end => ended |= begun & (1 << at) != 0,
            Some(at) => begun |= 1 << at,
            None => return false,
        }
    }
    let is_reference = |rest: &str| {
        let name = rest.split(';').next().unwrap_or_default();
        name.len() < rest.len() && !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'#')
    };
    if has_tags { ended } else { text.split('&').skip(1).any(is_reference) }
}

/// Words of a text that may be HTML.
fn words(text: &Text) -> String {
    if text.content.contains(['<', '&']) { plain(&text.content) } else { text.content.trim().to_owned() }
}

/// Whether a name is an absolute URI, as far as names of entries go: what has no scheme is a name within its source only.
pub(in crate::formats) fn is_uri(id: &str) -> bool {
    let scheme = id.split(':').next().unwrap_or_default();
    id.contains(':')
        && !id.chars().any(|c| c.is_whitespace() || c.is_control())
        && scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
}

/// A lasting name for the entry.
fn uri(feed: &Feed, entry: &Entry, link: Option<&str>, source: &[u8]) -> String {
    let id = entry.id.trim();
    if is_uri(id) {
        return id.to_owned();
    }
    if id.is_empty()
        && let Some(link) = link.filter(|link| address::absolute(link).is_ok())
    {
        return link.to_owned();
    }
    let home = link_of(&feed.links).map(str::to_owned).filter(|_| !feed.links.is_empty());
    let home =
        home.or_else(|| Some(feed.id.clone()).filter(|id| !id.is_empty())).or_else(|| feed.title.as_ref().map(words));
    let mut digest = blake3::Hasher::new();
    digest.update(home.unwrap_or_default().as_bytes());
    digest.update(b"\n");
    digest.update(if id.is_empty() { source } else { id.as_bytes() });
    format!("urn:feed:{}", &digest.finalize().to_hex()[..32])
}

fn author(person: &Person, item: &mut Item) -> Option<AuthorName> {
    let name = person.name.as_deref().map(str::trim).filter(|name| !name.is_empty() && !name.contains('@'));
    let Some(name) = name else {
        // A mail address is nobody's name, and not for everybody to see.
        item.note("author of whom only a mail address is known", 1);
        return None;
    };
    let url = person.uri.clone().filter(|uri| address::absolute(uri).is_ok());
    Some(AuthorName { name: name.to_owned(), url, ..AuthorName::default() })
}

fn topic(category: &Category) -> TopicName {
    let name = category.label.as_deref().filter(|label| !label.trim().is_empty()).unwrap_or(&category.term);
    let scheme = category.scheme.clone().filter(|scheme| !scheme.trim().is_empty());
    let code = scheme.is_some().then(|| category.term.clone()).filter(|term| !term.trim().is_empty());
    TopicName { name: plain(name), scheme: scheme.filter(|_| code.is_some()), code, ..TopicName::default() }
}

/// The first picture of the entry.
fn image(entry: &Entry, item: &mut Item) -> Option<Image> {
    let mut found: Option<Image> = None;
    for media in &entry.media {
        let some = |text: &Option<Text>| text.as_ref().map(words).filter(|words| !words.is_empty());
        let credit =
            media.credits.first().map(|credit| credit.entity.clone()).filter(|credit| !credit.trim().is_empty());
        for content in &media.content {
            let kind = content.content_type.as_ref().map(ToString::to_string).unwrap_or_default();
            let Some(url) = &content.url else { continue };
            if kind.starts_with("image/")
                || (kind.is_empty() && media.thumbnails.is_empty() && looks_like_picture(url.path()))
            {
                found.get_or_insert_with(|| Image {
                    url: url.to_string(),
                    alt: some(&media.title),
                    caption: some(&media.description),
                    credit: credit.clone(),
                    width: content.width,
                    height: content.height,
                });
            } else {
                let what = kind.split('/').next().filter(|what| !what.is_empty()).unwrap_or("unknown");
                item.note(&format!("enclosure ({what})"), 1);
            }
        }
        for thumbnail in &media.thumbnails {
            found.get_or_insert_with(|| Image {
                url: thumbnail.image.uri.clone(),
                credit: credit.clone(),
                width: thumbnail.image.width,
                height: thumbnail.image.height,
                ..Image::default()
            });
        }
    }
    for link in &entry.links {
        let kind = link.media_type.as_deref().unwrap_or_default();
        if link.rel.as_deref() == Some("enclosure")
            || (link.rel.is_none() && !kind.is_empty() && !kind.contains("html"))
        {
            if kind.starts_with("image/") {
                found.get_or_insert_with(|| Image { url: link.href.clone(), ..Image::default() });
            } else {
                item.note(
                    &format!(
                        "enclosure ({})",
                        kind.split('/').next().filter(|kind| !kind.is_empty()).unwrap_or("unknown")
                    ),
                    1,
                );
            }
        }
    }
    found
}

fn looks_like_picture(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif"].iter().any(|ending| path.ends_with(ending))
}
