//! The document of a feed, made once for all who ask until a change touches what it shows.

use std::sync::Arc;

use crate::app::App;
use crate::cache::{self, Made};
use crate::catalogue::channel::{self, Found, Of, Part};
use crate::catalogue::{answers, changes};
use crate::error::Result;
use crate::formats::feed::{Channel, atom, json, rss};
use crate::model::time::Instant;

/// The dialects, as addresses end with them.
pub const SUFFIXES: &[&str] = &["rss", "atom", "json"];

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// RSS 2.0.
    Rss,
    /// Atom (RFC 4287).
    Atom,
    /// JSON Feed 1.1.
    Json,
}

impl Format {
    /// Every one.
    pub const ALL: [Format; 3] = [Format::Rss, Format::Atom, Format::Json];

    /// As addresses end with it.
    pub fn suffix(self) -> &'static str {
        match self {
            Format::Rss => "rss",
            Format::Atom => "atom",
            Format::Json => "json",
        }
    }

    /// From the end of an address.
    pub fn parse(suffix: &str) -> Option<Format> {
        Format::ALL.into_iter().find(|format| format.suffix() == suffix)
    }
}

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// Of what.
    pub of: Of,
    /// In which dialect.
    pub format: Format,
    /// Where it is on this server; that of a search with its query.
    pub path: String,
}

impl Feed {
    /// A feed that has no query: of anything but a search.
    pub fn new(of: Of, format: Format) -> Option<Feed> {
        let (folder, slug) = match &of {
            Of::Latest => ("/feeds", "latest"),
            Of::Section(slug) => ("/feeds/sections", slug.as_str()),
            Of::Topic(slug) => ("/feeds/topics", slug.as_str()),
            Of::Place(slug) => ("/feeds/places", slug.as_str()),
            Of::Author(slug) => ("/feeds/authors", slug.as_str()),
            Of::Label(slug) => ("/feeds/labels", slug.as_str()),
            Of::Collection(slug) => ("/feeds/collections", slug.as_str()),
            Of::Search(..) => return None,
        };
        let path = format!("{folder}/{slug}.{}", format.suffix());
        Some(Feed { of, format, path })
    }

    /// The feed that has this path on this server, whether anything stands in it or not.
    pub fn parse(path: &str) -> Option<Feed> {
        let (folder, file) = path.strip_prefix("/feeds")?.rsplit_once('/')?;
        let (slug, suffix) = file.rsplit_once('.')?;
        let of: fn(String) -> Of = match folder {
            "" if slug == "latest" => |_| Of::Latest,
            "/sections" => Of::Section,
            "/topics" => Of::Topic,
            "/places" => Of::Place,
            "/authors" => Of::Author,
            "/labels" => Of::Label,
            "/collections" => Of::Collection,
            _ => return None,
        };
        Feed::new(of(slug.to_owned()), Format::parse(suffix)?).filter(|feed| feed.path == path)
    }

    /// Where clients find it.
    pub fn address(&self, app: &App) -> String {
        format!("{}{}", app.settings.auth.server(&app.settings.site), self.path)
    }
}

/// The answer that is a feed or a part of it: what comes after a place, or the archive of the day that begins at an
/// instant. With the change up to which it is known to stand, which is at least `least`.
///
/// # Errors
/// What the catalogue says. A name that nothing published has is no error: the answer says that there is nothing.
pub async fn answer(
    app: &App,
    feed: &Feed,
    after: Option<String>,
    day: Option<Instant>,
    least: i64,
) -> Result<(Arc<Made<cache::Answer>>, i64)> {
    let part = Part { size: app.settings.feeds.items, after, day, gone: feed.format == Format::Atom };
    let key = address(app, &feed.path, &part);
    answers::get(app, &key, least, async |reader| {
        let found = match channel::find(reader, app, &feed.of, &part).await? {
            Found::Here(found) => *found,
            Found::Moved(slug) => return Ok(moved(feed, &slug, &part)),
            Found::Nothing => {
                let says = "There is no feed here: nothing published has this name. /v1/sections, /v1/topics, /v1/authors and \
                            /v1/collections list the names that there are.";
                return Ok(cache::Answer::nothing(says.to_owned()));
            }
        };
        let shown = shown(&found, app, feed, &part);
        let (bytes, media_type) = match feed.format {
            Format::Atom => (atom::write(&shown)?, atom::MEDIA_TYPE),
            Format::Json => (json::write(&shown)?, json::MEDIA_TYPE),
            Format::Rss => (rss::write(&shown)?, rss::MEDIA_TYPE),
        };
        let mut answer = cache::Answer::of(bytes, media_type);
        let now = app.db.clock().now();
        let first = match &feed.of {
            // Pins come and go by the clock.
            Of::Collection(_) => None,
            _ if app.seen.knows(&key) => None,
            _ => changes::last_at(reader).await?,
        };
        answer.modified = Some(app.seen.modified(&key, &answer.tag, first.unwrap_or(now), now));
        answer.headers.push(("link", links(&shown)));
        Ok(answer)
    })
    .await
}

/// The document with this part of a feed.
fn address(app: &App, path: &str, part: &Part) -> String {
    format!("{}{}", app.settings.auth.server(&app.settings.site), of_part(path, part))
}

fn of_part(path: &str, part: &Part) -> String {
    let mut address = path.to_owned();
    let day = part.day.map(|day| format!("archive={}", day.date()));
    let after = part.after.as_ref().map(|after| format!("after={after}"));
    for (part, mark) in day.into_iter().chain(after).zip(['?', '&']) {
        address.push(mark);
        address.push_str(&part);
    }
    address
}

fn links(channel: &Channel<'_>) -> String {
    let links = [("self", Some(&channel.address)), ("next", channel.next.as_ref()), ("hub", channel.hub.as_ref())];
    let links = links.into_iter().filter_map(|(rel, href)| Some(format!("<{}>; rel=\"{rel}\"", href?)));
    links.collect::<Vec<_>>().join(", ")
}

fn shown<'a>(found: &'a channel::Channel, app: &'a App, feed: &Feed, part: &Part) -> Channel<'a> {
    let (settings, site) = (&app.settings, &app.settings.site);
    let title = match &found.name {
        Some(name) => format!("{name} – {}", site.name),
        None => site.name.clone(),
    };
    let description = match (&found.description, site.description.is_empty()) {
        (Some(description), _) => description.clone(),
        (None, false) => site.description.clone(),
        (None, true) => title.clone(),
    };
    let own = |day, after| address(app, &feed.path, &Part { size: 0, after, day, gone: false });
    let first = part.day.is_none() && part.after.is_none();
    // What a search finds moves with the index, of which the log tells nothing; and the past is not told of.
    let told = first && !matches!(feed.of, Of::Search(..));
    Channel {
        site,
        title,
        description,
        address: own(part.day, part.after.clone()),
        feed: own(None, None),
        hub: settings.websub.address(&settings.auth.server(site)).filter(|_| told),
        next: found.next.as_ref().map(|after| own(None, Some(after.clone()))),
        is_archive: part.day.is_some(),
        archive: found.archive.as_ref().map(|(day, after)| own(Some(*day), after.clone())),
        updated: found.updated(),
        stories: &found.stories,
        gone: &found.gone,
        full_text: settings.feeds.full_text,
    }
}

/// The feed has another address: its section, topic or author has another slug.
fn moved(feed: &Feed, slug: &str, part: &Part) -> cache::Answer {
    let folder = feed.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let path = format!("{folder}/{slug}.{}", feed.format.suffix());
    cache::Answer::moved(of_part(&path, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_of_one_feed_and_back() {
        for path in [
            "/feeds/latest.rss",
            "/feeds/sections/politics.atom",
            "/feeds/topics/sea-wall.json",
            "/feeds/places/port-ellory.rss",
            "/feeds/authors/ada.rss",
            "/feeds/labels/op-ed.rss",
            "/feeds/collections/top-news.json",
        ] {
            assert_eq!(Feed::parse(path).map(|feed| feed.path).as_deref(), Some(path));
        }
        for path in ["", "/", "/feeds", "/feeds/latest", "/feeds/latest.xml", "/feeds/else.rss", "/feeds/search.rss"] {
            assert_eq!(Feed::parse(path), None, "{path}");
        }
        assert_eq!(Feed::parse("/feeds/topics/a/b.rss"), None);
        assert_eq!(Feed::parse("feeds/topics/a.rss"), None);
    }
}
