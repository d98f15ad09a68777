//! One entry of a feed, as a story.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Utc};
use feed_rs::model::{Category, Entry, Feed, FeedType, Link, Person, Text};
use serde_json::Value;
use url::Url;

use super::addresses::{self, resolved};
use super::date;
use super::document::{Look, Stone};
use crate::error::{Code, Error};
use crate::formats::html;
use crate::formats::item::{Item, headline_from, language};
use crate::formats::jsonl::{AuthorName, ImageName, Line, Status, TopicName};
use crate::model::article::Image;
use crate::model::body::address;
use crate::model::time::{Dated, Instant, Precision};

/// The scheme of categories by which Blogger says what an entry is.
pub(super) const KIND: &str = "http://schemas.google.com/g/2005#kind";

/// The most authors, and the most topics, that are looked for in one entry. The store takes fewer, and says so of one more.
const NAMES_MOST: usize = 1_000;

/// The most characters of a reason for which something was taken back.
const REASON_MOST: usize = 2_000;

/// The feed that an entry stands in.
pub(super) struct Around<'a> {
    feed: &'a Feed,
    /// Links that name no entry.
    shared: HashSet<String>,
    /// What the addresses of the feed are relative to.
    home: Option<Url>,
    /// Whether it is an export of Blogger, where what answers to something is a comment.
    is_blogger: bool,
}

impl<'a> Around<'a> {
    /// The feed. `at` is where it was fetched.
    pub(super) fn of(feed: &'a Feed, shared: HashSet<String>, at: Option<&str>, is_blogger: bool) -> Around<'a> {
        let own = |link: &Link| link.rel.as_deref().is_none_or(|rel| matches!(rel, "alternate" | "self"));
        let home = link_of(&feed.links).and_then(addresses::page);
        let home = home.or_else(|| feed.links.iter().filter(|link| own(link)).find_map(|l| addresses::page(&l.href)));
        Around { feed, shared, home: home.or_else(|| addresses::page(at?)), is_blogger }
    }
}

/// What the entry is in a place of no article's, in words; nothing for an article.
fn of_the_site(around: &Around<'_>, entry: &Entry, look: &Look) -> Option<&'static str> {
    let kind = entry.categories.iter().find(|category| category.scheme.as_deref() == Some(KIND));
    let kind = kind.and_then(|category| category.term.split_once("/kind#")).map(|(_, kind)| kind);
    match kind.or(look.kind.as_deref()) {
        Some("post") => None,
        Some("comment") => Some("comment"),
        Some("page") => Some("page"),
        Some("settings") => Some("settings of the site"),
        Some("template") => Some("template of the site"),
        Some(_) => Some("entry of Blogger that is no post"),
        None => (around.is_blogger && look.is_reply).then_some("comment"),
    }
}

/// What was taken back, as what is imported, with when that was.
pub(super) fn taken_back(feed: Option<&Feed>, stone: &Stone, number: u64, source: &[u8]) -> (Item, Option<Instant>) {
    let uri = match (is_uri(&stone.id), feed) {
        (true, _) => stone.id.clone(),
        (false, Some(feed)) if !stone.id.is_empty() => made_uri(feed, stone.id.as_bytes()),
        _ => {
            let says = format!("Line {}: what was taken back is not named; `ref` is the id of an entry.", stone.line);
            return (Item::fault(number, "", &Error::new(Code::InvalidInput, says), source), None);
        }
    };
    let when = stone.when.as_deref().and_then(date::read).as_ref().and_then(instant);
    let reason = if stone.is_html { plain(&stone.reason) } else { stone.reason.trim().to_owned() };
    let reason: String = reason.chars().take(REASON_MOST).collect();
    let line = Line {
        uri: uri.clone(),
        status: Status::Canceled,
        status_reason: Some(reason.trim().to_owned()).filter(|reason| !reason.is_empty()),
        // What the source made before that is no news afterwards, and what it makes later is.
        version_created: when.map(|at| at.to_string()),
        ..Line::default()
    };
    let mut item = Item::story(number, &uri, line);
    if when.is_none() && stone.when.is_some() {
        item.note("date of what was taken back that cannot be read", 1);
    }
    (item, when)
}

/// Links that several entries without an id have: they name none of them.
pub(super) fn shared_links(feed: &Feed) -> HashSet<String> {
    let mut seen = HashSet::new();
    let links =
        feed.entries.iter().filter(|entry| entry.id.trim().is_empty()).filter_map(|entry| link_of(&entry.links));
    links.filter(|link| !seen.insert(*link)).map(str::to_owned).collect()
}

/// The entry as what is imported.
pub(super) fn item(around: &Around<'_>, entry: &Entry, look: &Look, number: u64, source: &[u8]) -> Item {
    if let Some(why) = of_the_site(around, entry, look) {
        let title = entry.title.as_ref().map(|title| said(around.feed, title)).unwrap_or_default();
        return Item::passed(number, if title.is_empty() { &entry.id } else { &title }, why);
    }
    let mut item = Item::story(number, "", Line::default());
    let (line, _) = story(around, entry, look, source, &mut item);
    item.named(&line.headline).with_story(line)
}

/// An item of a JSON Feed, with what the library leaves out.
pub(super) fn json_item(around: &Around<'_>, entry: &Entry, value: &Value, number: u64, source: &[u8]) -> Item {
    let mut item = Item::story(number, "", Line::default());
    let (mut line, base) = story(around, entry, &Look::default(), source, &mut item);
    let text = |field: &str| value.get(field).and_then(Value::as_str).map(str::to_owned);
    if line.image.is_none() {
        let image = text("image").or_else(|| text("banner_image"));
        line.image = image.map(|image| ImageName::Url(resolved(base.as_ref(), &image).into_owned()));
    }
    line.language = text("language").and_then(|tag| language(&tag)).or(line.language);
    item.named(&line.headline).with_story(line)
}

/// The story, and what its addresses were read against.
fn story(around: &Around<'_>, entry: &Entry, look: &Look, source: &[u8], item: &mut Item) -> (Line, Option<Url>) {
    let (feed, home) = (around.feed, around.home.as_ref());
    let based = addresses::base(home, look.bases.iter().map(String::as_str));
    let own_link = link_of(&entry.links);
    let link = own_link.map(|link| resolved(based.as_ref().or(home), link).into_owned());
    // RFC 4287, 2; without a base of its own an entry is read where it stands.
    let base = based.or_else(|| link.as_deref().and_then(addresses::page)).or_else(|| home.cloned());
    let (body, summary) = texts(entry, item);
    let of_text = if entry.content.is_some() { &look.content_base } else { &look.summary_base };
    let of_text = addresses::base(base.as_ref(), of_text.as_deref()).or_else(|| base.clone());
    let body = body.map(|body| match &of_text {
        Some(base) => addresses::with_absolute(&body, base),
        None => body,
    });
    let summary = summary.map(|summary| plain(&summary)).filter(|summary| !summary.is_empty());
    let title = entry.title.as_ref().map(|title| said(feed, title)).filter(|title| !title.is_empty());
    let headline = title.unwrap_or_else(|| {
        item.note("headline made of the first words", 1);
        let text = plain(body.as_deref().unwrap_or_default());
        headline_from(&text).or_else(|| headline_from(summary.as_deref()?)).unwrap_or_else(|| "Untitled".to_owned())
    });
    let is_unread = |at: Option<&DateTime<Utc>>| at == Some(&date::UNREADABLE);
    let updated = entry.updated.as_ref().and_then(instant);
    // It is not known when it may be shown, so it is not.
    let is_held = is_unread(entry.published.as_ref().filter(|at| at.year() > 1).or(entry.updated.as_ref()));
    let published = if is_held { None } else { entry.published.as_ref().and_then(instant).or(updated) };
    // When this version was made, which RSS does not say: an older one does not bring back what was taken back since.
    let made = updated.filter(|_| matches!(feed.feed_type, FeedType::Atom | FeedType::JSON));
    let updated = updated.filter(|at| published.is_some_and(|published| *at > published));
    if is_held {
        item.note("date that cannot be read: kept as a draft", 1);
    } else if is_unread(entry.updated.as_ref()) {
        item.note("date of the last update that cannot be read", 1);
    }
    let is_meant = look.is_draft || look.status.as_deref().is_some_and(|status| status != "live");
    let is_draft = is_held || is_meant;
    let rights = entry.rights.as_ref().or(feed.rights.as_ref()).map(|rights| said(feed, rights));
    let mut line = Line {
        // By the link as it stands, as ever, so that it stays the same story.
        uri: uri(feed, entry, own_link.filter(|link| !around.shared.contains(*link)), source),
        status: if is_draft { Status::Draft } else { Status::Usable },
        language: entry.language.as_deref().or(feed.language.as_deref()).and_then(language),
        headline,
        published: published.map(|at| Dated { at, precision: Precision::Instant }.to_string()),
        dates_version: entry.published.as_ref().and_then(instant).is_none(),
        undated: is_held && !is_meant,
        updated: updated.map(|at| at.to_string()),
        version_created: made.filter(|_| updated.is_none()).map(|at| at.to_string()),
        description_text: summary,
        body_html: body.filter(|body| !body.trim().is_empty()),
        image: image(entry, item)
            .map(|image| ImageName::Full(Image { url: resolved(base.as_ref(), &image.url).into_owned(), ..image })),
        canonical_url: link.filter(|link| address::absolute(link).is_ok()),
        source: feed.title.as_ref().map(|title| said(feed, title)).filter(|title| !title.is_empty()),
        copyrightnotice: rights.filter(|rights| !rights.is_empty()),
        ..Line::default()
    };
    line.previous_urls.extend(line.canonical_url.clone());
    let authors = if entry.authors.is_empty() { &feed.authors } else { &entry.authors };
    let mut known = HashSet::new();
    let authors = authors.iter().filter_map(|person| author(person, item));
    line.authors = authors.filter(|author| known.insert(author.name.clone())).take(NAMES_MOST).collect();
    // Reading a name costs something, so what stands there once more is not read again.
    let (mut seen, mut known) = (HashSet::new(), HashSet::new());
    let categories = entry.categories.iter().filter(|category| category.scheme.as_deref() != Some(KIND));
    line.subjects = categories
        .filter(|category| seen.insert((&category.term, &category.label)))
        .map(topic)
        .filter(|topic| !topic.name.is_empty() && known.insert(topic.name.clone()))
        .take(NAMES_MOST)
        .collect();
    (line, base)
}

/// The instant, but for one of the year 1: programs write it of pages without a date. What cannot be read is none.
fn instant(at: &DateTime<Utc>) -> Option<Instant> {
    (at.year() > 1 && *at != date::UNREADABLE).then(|| Instant::from_millis(at.timestamp_millis()))
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
    made_uri(feed, if id.is_empty() { source } else { id.as_bytes() })
}

/// A name made of the feed's address, and of what the feed calls the entry or has of it.
fn made_uri(feed: &Feed, of: &[u8]) -> String {
    let home = link_of(&feed.links).map(str::to_owned).filter(|_| !feed.links.is_empty());
    let home =
        home.or_else(|| Some(feed.id.clone()).filter(|id| !id.is_empty())).or_else(|| feed.title.as_ref().map(words));
    let mut digest = blake3::Hasher::new();
    digest.update(home.unwrap_or_default().as_bytes());
    digest.update(b"\n");
    digest.update(of);
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
