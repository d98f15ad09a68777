//! `/feeds`: RSS, Atom and JSON Feed of everything, of a section, a topic, a place, an author or a collection.
//!
//! Feed readers poll, and mostly in vain: an answer is kept until a change touches what it shows, so a poll of a feed that
//! has not changed reads nothing from the store.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::conditional::{etag, is_since, not_modified};
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{CursorOf, Kind, Parameter, Query};
use super::{absence, filters, freshness, kept, rate, reply};
use crate::app::App;
use crate::cache::{self, Made};
use crate::catalogue::answers;
use crate::catalogue::channel::{self, Of};
use crate::catalogue::list::{self, Paging};
use crate::catalogue::{collection, section};
use crate::error::{Code, Error, Result};
use crate::formats::opml;
use crate::model::time::Instant;
use crate::syndication::feed::{self, Feed, Format};

/// What a feed costs: it is mostly there already.
const PRICE: u32 = 2;

const FORMAT: Parameter = Parameter {
    name: "format",
    kind: Kind::Format(feed::SUFFIXES),
    description: "`rss` (RSS 2.0), `atom` (RFC 4287) or `json` (JSON Feed 1.1).",
    example: "rss",
};
const AFTER: Parameter = Parameter {
    name: "after",
    kind: Kind::Cursor(CursorOf::Articles),
    description: "A further page, as the document's own link to it has it.",
    example: "",
};
const ARCHIVE: Parameter = Parameter {
    name: "archive",
    kind: Kind::Day,
    description: "What was published on this day (UTC), as an archive (RFC 5005): `prev-archive` leads from one to the one before, \
                  so that a reader who was away gets what they missed.",
    example: "",
};

const ANSWER: Answer = Answer {
    description: "The feed.",
    status: 200,
    content: &[
        ("application/rss+xml", Shape::Text),
        ("application/atom+xml", Shape::Text),
        ("application/feed+json", Shape::Schema("JsonFeed")),
    ],
    example: None,
    headers: Headers::Content,
};

macro_rules! feed {
    ($endpoint:ident, $handler:ident, $id:literal, $path:literal, $summary:literal, $description:literal, [$($parameter:expr),*], $of:expr) => {
        #[doc = concat!("`GET ", $path, "`.")]
        pub const $endpoint: Endpoint = Endpoint {
            id: $id,
            method: Method::Get,
            path: $path,
            tag: Tag::Feeds,
            summary: $summary,
            description: $description,
            cost: "2 points.",
            needs: Needs::Nothing,
            parameters: &[$($parameter),*],
            body: None,
            answer: ANSWER,
            problems: &[Code::NotFound],
        };

        #[doc = concat!("Handles [`", stringify!($endpoint), "`].")]
        ///
        /// # Errors
        /// `NOT_FOUND` for a name that nothing published has or had of late, and what the parameters say.
        pub async fn $handler(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
            let query = $endpoint.read(&req, app.settings.page)?;
            let of: fn(String) -> Of = $of;
            serve(&req, &app, &query, of(query.text("slug").unwrap_or_default().to_owned())).await
        }
    };
}

const fn slug(description: &'static str, example: &'static str) -> Parameter {
    Parameter { name: "slug", kind: Kind::Name, description, example }
}

feed!(
    LATEST,
    latest,
    "getLatestFeed",
    "/feeds/latest.{format}",
    "The feed of everything",
    "The newest articles, newest first. Every item carries its label, disclaimers and corrections, also where the feed has the \
     summaries alone (`[feeds] full_text`). Its identity stays through corrections and new addresses; `updated` moves. The Atom \
     feed tells what was taken back in the last 30 days (RFC 6721).",
    [FORMAT, AFTER, ARCHIVE],
    |_| Of::Latest
);
feed!(
    SECTION,
    section,
    "getSectionFeed",
    "/feeds/sections/{slug}.{format}",
    "The feed of a section",
    "What stands in a section or below it, as in the feed of everything. When the last article was taken back it is empty for 30 \
     days, and its Atom feed tells so.",
    [slug("The slug of a section.", "politics"), FORMAT, AFTER, ARCHIVE],
    Of::Section
);
feed!(
    TOPIC,
    topic,
    "getTopicFeed",
    "/feeds/topics/{slug}.{format}",
    "The feed of a topic",
    "What is about a topic of any kind, as in the feed of everything. When the last article was taken back it is empty for 30 days, \
     and its Atom feed tells so.",
    [slug("The slug of a topic.", "coastal-defences"), FORMAT, AFTER, ARCHIVE],
    Of::Topic
);
feed!(
    PLACE,
    place,
    "getPlaceFeed",
    "/feeds/places/{slug}.{format}",
    "The feed of a place",
    "What is from a place, as in the feed of everything. When the last article was taken back it is empty for 30 days, and its Atom \
     feed tells so.",
    [slug("The slug of a place.", "port-ellory"), FORMAT, AFTER, ARCHIVE],
    Of::Place
);
feed!(
    AUTHOR,
    author,
    "getAuthorFeed",
    "/feeds/authors/{slug}.{format}",
    "The feed of an author",
    "What somebody signs, as in the feed of everything. When the last article was taken back it is empty for 30 days, and its Atom \
     feed tells so.",
    [slug("The slug of an author.", "hana-whitlock"), FORMAT, AFTER, ARCHIVE],
    Of::Author
);
feed!(
    LABEL,
    label,
    "getLabelFeed",
    "/feeds/labels/{slug}.{format}",
    "The feed of a label",
    "What carries a label such as Op-Ed, of its own or by a rule, as in the feed of everything. The slug is the label in small \
     letters, with dashes. The Atom feed tells of everything that was taken back, whatever label it had. A label that no rule gives \
     goes with its last article; when that was taken back its feed is empty for 30 days, and the Atom feed tells so.",
    [slug("The slug of a label.", "op-ed"), FORMAT, AFTER],
    Of::Label
);
feed!(
    COLLECTION,
    collection,
    "getCollectionFeed",
    "/feeds/collections/{slug}.{format}",
    "The feed of a collection",
    "A list that editors run, such as Top News, in its order. The Atom feed tells of everything that was taken back in the last 30 \
     days, whether it stood in the list or not.",
    [slug("The slug of a collection.", "top-news"), FORMAT],
    Of::Collection
);

/// `GET /feeds/search.{format}`.
pub const SEARCH: Endpoint = Endpoint {
    id: "getSearchFeed",
    method: Method::Get,
    path: "/feeds/search.{format}",
    tag: Tag::Feeds,
    summary: "The feed of a search",
    description: "What a search finds, newest first: words as `/v1/search` reads them, each of which must be there, and filters. One \
                  who keeps the address has a saved search. The Atom feed tells of everything that was taken back in the last 30 days, \
                  whether the search found it or not.",
    cost: "20 points.",
    needs: Needs::Nothing,
    parameters: &[
        FORMAT,
        Parameter {
            name: "q",
            kind: Kind::Search,
            description: "The words; everything when there are none.",
            example: "sea wall",
        },
        filters::SECTION,
        filters::TOPIC,
        filters::AUTHOR,
        filters::PLACE,
        filters::GENRE,
        filters::LANGUAGE,
    ],
    body: None,
    answer: ANSWER,
    problems: &[Code::NotFound],
};

/// Handles [`SEARCH`].
///
/// # Errors
/// What the parameters and the search say.
pub async fn search(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = SEARCH.read(&req, app.settings.page)?;
    rate::charge(&req, 18)?;
    let words = query.text("q").unwrap_or_default().to_owned();
    let of = Of::Search(words, Box::new(filters::wanted(&query)));
    serve(&req, &app, &query, of).await
}

/// `GET /feeds.opml`.
pub const OPML: Endpoint = Endpoint {
    id: "getFeedList",
    method: Method::Get,
    path: "/feeds.opml",
    tag: Tag::Feeds,
    summary: "The list of all feeds",
    description: "As OPML 2.0, which feed readers import: everything, sections, labels, collections, and the first thousand topics and authors \
                  by name.",
    cost: "20 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The list.",
        status: 200,
        content: &[("text/x-opml", Shape::Text)],
        example: None,
        headers: Headers::Content,
    },
    problems: &[],
};

/// How many topics and authors the list of feeds has.
const LISTED_MOST: usize = 1_000;

/// Handles [`OPML`].
///
/// # Errors
/// What the catalogue says.
pub async fn opml(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    OPML.read(&req, app.settings.page)?;
    rate::charge(&req, 20)?;
    let least = freshness::wait(&req, &app).await?;
    let (made, seq) = answers::get(&app, &OPML.path.to_owned(), least, async |reader| {
        let site = &app.settings.site;
        let base = app.settings.auth.server(site);
        let feed = |kind: &str, slug: &str, name: &str| opml::Feed {
            name: name.to_owned(),
            url: format!("{base}/feeds/{kind}/{slug}.rss"),
        };
        let first = Paging::first(LISTED_MOST);
        let topics = list::topics_by_name(reader, None, None, &first).await?.items;
        let authors = list::authors_by_name(reader, None, &first).await?.items;
        let (sections, collections) = (section::all(reader).await?, collection::all(reader).await?);
        let labels = channel::labels(reader, &app).await?;
        let latest = opml::Feed { name: site.name.clone(), url: format!("{base}/feeds/latest.rss") };
        let group = |name, feeds| opml::Group { name: Some(name), feeds };
        let groups = [
            opml::Group { name: None, feeds: vec![latest] },
            group("Sections", sections.iter().map(|one| feed("sections", &one.slug, &one.name)).collect()),
            group("Labels", labels.iter().map(|one| feed("labels", &one.slug, one.name())).collect()),
            group("Collections", collections.iter().map(|one| feed("collections", &one.slug, &one.name)).collect()),
            group("Topics", topics.iter().map(|one| feed("topics", &one.slug, &one.name)).collect()),
            group("Authors", authors.iter().map(|one| feed("authors", &one.slug, &one.name)).collect()),
        ];
        let bytes = opml::write(&site.name, site.url.as_str(), &groups)?;
        Ok(cache::Answer::of(bytes, opml::MEDIA_TYPE))
    })
    .await?;
    send_kept(&req, &app, &made, seq)
}

async fn serve(req: &HttpRequest, app: &App, query: &Query, of: Of) -> Result<HttpResponse> {
    rate::charge(req, PRICE)?;
    let least = freshness::wait(req, app).await?;
    let format = query.choice("format").and_then(Format::parse).unwrap_or(Format::Rss);
    // A search has its words in the address.
    let path = match of {
        Of::Search(..) => req.uri().path_and_query().map_or(req.path(), |all| all.as_str()),
        _ => req.path(),
    };
    let feed = Feed { of, format, path: path.to_owned() };
    let (after, day) = (query.text("after").map(str::to_owned), query.at("archive"));
    let (made, seq) = feed::answer(app, &feed, after, day, least).await?;
    send_kept(req, app, &made, seq)
}

/// Sends an answer that is kept, and says what it depends on.
pub(super) fn send_kept(req: &HttpRequest, app: &App, made: &Made<cache::Answer>, seq: i64) -> Result<HttpResponse> {
    if let Some(says) = made.value.says_nothing() {
        return Ok(absence::nothing_by(req, Some(made.on()), says));
    }
    if let Some(stone) = &made.value.gone {
        return Ok(absence::gone_by(req, Some(made.on()), stone));
    }
    let mut on = made.on().clone();
    // Without its date it is kept as long only as that is not told.
    let told = dated(app, &made.value).map(cache::told_from).filter(|told| *told > app.db.clock().now());
    on.until = on.until.into_iter().chain(told).min();
    kept::depends_on(req, on);
    send(req, app, &made.value, seq)
}

/// The date of an answer, which is to stand for one state (RFC 9110, 8.8.2 and 13.1.3). By other settings, or by another program, the
/// same feed is other bytes. So no date is of before these settings took over, and where others have, what this process answers has
/// none: they may give the same second to what they make of the same change.
fn dated(app: &App, answer: &cache::Answer) -> Option<Instant> {
    answer.modified.filter(|_| app.is_current()).map(|at| at.max(app.db.shaped_at()))
}

/// Sends an answer: 304 when the client holds it already.
pub(super) fn send(req: &HttpRequest, app: &App, answer: &cache::Answer, seq: i64) -> Result<HttpResponse> {
    if let Some(says) = answer.says_nothing() {
        return Ok(absence::nothing_by(req, None, says));
    }
    if let Some(stone) = &answer.gone {
        return Ok(absence::gone_by(req, None, stone));
    }
    let status = StatusCode::from_u16(answer.status).map_err(Error::internal)?;
    let modified = dated(app, answer).filter(|at| cache::told_from(*at) <= app.db.clock().now());
    let modified = modified.map(|at| at.datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let mut response =
        if status.is_success() && (not_modified(req, &answer.tag) || is_since(req.headers(), modified.as_deref())) {
            HttpResponse::NotModified().finish()
        } else if answer.body.is_empty() {
            HttpResponse::build(status).finish()
        } else {
            HttpResponse::build(status).content_type(answer.media_type).body(answer.body.clone())
        };
    let headers = response.headers_mut();
    if let Some(tag) = etag(&answer.tag).filter(|_| !answer.tag.is_empty()) {
        headers.insert(header::ETAG, tag);
    }
    if let Some(modified) = modified.and_then(|date| HeaderValue::from_str(&date).ok()) {
        headers.insert(header::LAST_MODIFIED, modified);
    }
    for (name, value) in &answer.headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(header::HeaderName::from_static(name), value);
        }
    }
    reply::label(headers, seq);
    Ok(response)
}
