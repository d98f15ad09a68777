//! `/v1/collections`, `/v1/latest-news` and `/v1/top-news`: ordered lists with a beginning and no further pages.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::assemble::{FIELDS_OF_LIST, INCLUDE_OF_LIST, Selection, load};
use super::endpoint::{Answer, Endpoint, Headers, Shape, Tag};
use super::parameters::{Default, Kind, Parameter};
use super::view::{ArticleStrip, Collection, CollectionList};
use super::{rate, reply};
use crate::app::App;
use crate::catalogue::{collection, trending};
use crate::error::{Code, Error, Result};
use crate::model::trend::Window;

/// How many articles a strip has when nothing is asked for.
const FEW: usize = 5;

const FIRST: Parameter =
    Parameter { name: "first", kind: Kind::Rows(Default::Few(FEW)), description: "How many.", example: "5" };

const STRIP: Answer = Answer {
    description: "The articles.",
    content: &[(reply::JSON, Shape::Schema("ArticleStrip"))],
    example: None,
    headers: Headers::Content,
};

/// `GET /v1/latest-news`.
pub const LATEST: Endpoint = Endpoint {
    id: "listLatestNews",
    path: "/v1/latest-news",
    tag: Tag::Collections,
    summary: "What was published last, of everything",
    description: "The collection `latest-news`, newest first. To go further back, page through `/v1/articles`.",
    cost: "5 points and one for each row.",
    parameters: &[FIRST, FIELDS_OF_LIST, INCLUDE_OF_LIST],
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/top-news`.
pub const TOP: Endpoint = Endpoint {
    id: "listTopNews",
    path: "/v1/top-news",
    tag: Tag::Collections,
    summary: "What matters most now",
    description: "The collection `top-news`.",
    cost: "5 points and one for each row.",
    parameters: &[FIRST, FIELDS_OF_LIST, INCLUDE_OF_LIST],
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/trending`.
pub const TRENDING: Endpoint = Endpoint {
    id: "listTrending",
    path: "/v1/trending",
    tag: Tag::Collections,
    summary: "What is read most now",
    description: "By views that fade: a view counts half after a quarter of the window (half an hour at least). Ranked anew every half minute; a window of which nothing was viewed is empty.",
    cost: "5 points and one for each row.",
    parameters: &[
        Parameter {
            name: "window",
            kind: Kind::Choice(&["24h", "1h", "7d"]),
            description: "The views of how long count.",
            example: "24h",
        },
        Parameter {
            name: "section",
            kind: Kind::Slug,
            description: "Only what stands in this section or one below it.",
            example: "politics",
        },
        FIRST,
        FIELDS_OF_LIST,
        INCLUDE_OF_LIST,
    ],
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/collections`.
pub const LIST: Endpoint = Endpoint {
    id: "listCollections",
    path: "/v1/collections",
    tag: Tag::Collections,
    summary: "Every collection",
    description: "Without their articles.",
    cost: "1 point.",
    parameters: &[],
    answer: Answer {
        description: "The collections.",
        content: &[(reply::JSON, Shape::Schema("CollectionList"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[],
};

/// `GET /v1/collections/{slug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getCollection",
    path: "/v1/collections/{slug}",
    tag: Tag::Collections,
    summary: "One collection with its first articles",
    description: "In the order that its editors or its rule gave them.",
    cost: "5 points and one for each row.",
    parameters: &[
        Parameter { name: "slug", kind: Kind::Name, description: "The slug of a collection.", example: "top-news" },
        FIRST,
        FIELDS_OF_LIST,
        INCLUDE_OF_LIST,
    ],
    answer: Answer {
        description: "The collection.",
        content: &[(reply::JSON, Shape::Schema("Collection"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[Code::NotFound],
};

/// Handles [`LATEST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn latest(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    strip(&req, &app, &LATEST, "latest-news").await
}

/// Handles [`TOP`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn top(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    strip(&req, &app, &TOP, "top-news").await
}

/// Handles [`TRENDING`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn trending(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = TRENDING.read(&req, settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let size = query.rows("first").unwrap_or(FEW).min(settings.page.max);
    rate::charge(&req, u32::try_from(5 + size).unwrap_or(u32::MAX))?;
    let reader = reply::reader(&req, &app).await?;
    let window = query.choice("window").and_then(Window::parse).unwrap_or(Window::Day);
    let cards = trending::trending(&reader, window, query.text("section"), size).await?;
    let selection = Selection::of_list(&query);
    let loaded = load(&reader, &app, cards, &selection).await?;
    let data = loaded.iter().map(|one| one.view(&settings.site, &selection)).collect();
    reply::json(&req, &reader, &ArticleStrip { data }, None).await
}

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 1)?;
    let reader = reply::reader(&req, &app).await?;
    let data = collection::ALL.into_iter().map(|collection| Collection::new(collection, None)).collect();
    reply::json(&req, &reader, &CollectionList { data }, None).await
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    answer(&req, &app, &ONE, None).await
}

async fn strip(req: &HttpRequest, app: &App, endpoint: &Endpoint, slug: &str) -> Result<HttpResponse> {
    answer(req, app, endpoint, Some(slug)).await
}

/// A collection, or only its articles when the address itself names it.
async fn answer(req: &HttpRequest, app: &App, endpoint: &Endpoint, named: Option<&str>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = endpoint.read(req, settings.page)?;
    reply::negotiated(req, &[reply::JSON])?;
    let slug = named.or(query.text("slug")).unwrap_or_default();
    let Some(found) = collection::by_slug(slug) else {
        let says = format!("There is no collection {slug:?}. /v1/collections lists those that there are.");
        return Err(Error::new(Code::NotFound, says));
    };
    let size = query.rows("first").unwrap_or(FEW).min(settings.page.max);
    rate::charge(req, u32::try_from(5 + size).unwrap_or(u32::MAX))?;
    let reader = reply::reader(req, app).await?;
    let cards = collection::items(&reader, found, size).await?;
    let selection = Selection::of_list(&query);
    let loaded = load(&reader, app, cards, &selection).await?;
    let articles = loaded.iter().map(|one| one.view(&settings.site, &selection)).collect();
    match named {
        Some(_) => reply::json(req, &reader, &ArticleStrip { data: articles }, None).await,
        None => reply::json(req, &reader, &Collection::new(found, Some(articles)), None).await,
    }
}
