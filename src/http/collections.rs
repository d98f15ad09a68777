//! `/v1/collections`, `/v1/latest-news`, `/v1/top-news` and `/v1/trending`: ordered lists with a beginning and no further pages.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::assemble::{FIELDS_OF_LIST, INCLUDE_OF_LIST, Loaded, Selection, load};
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Default, Kind, Parameter, Query};
use super::view::{Article, ArticleStrip, Collection, CollectionList};
use super::{absence, rate, reply};
use crate::app::App;
use crate::catalogue::{Reader, collection, list, trending};
use crate::error::{Code, Result};
use crate::model::article::Card;
use crate::model::trend::Window;

/// How many articles a strip has when nothing is asked for.
const FEW: usize = 5;

const FIRST: Parameter =
    Parameter { name: "first", kind: Kind::Rows(Default::Few(FEW)), description: "How many.", example: "5" };

const SECTION: Parameter = Parameter {
    name: "section",
    kind: Kind::Slug,
    description: "Only what stands in this section or one below it.",
    example: "politics",
};

const STRIP: Answer = Answer {
    description: "The articles.",
    status: 200,
    content: &[(reply::JSON, Shape::Schema("ArticleStrip"))],
    example: None,
    headers: Headers::Content,
};

/// `GET /v1/latest-news`.
pub const LATEST: Endpoint = Endpoint {
    id: "listLatestNews",
    method: Method::Get,
    path: "/v1/latest-news",
    tag: Tag::Collections,
    summary: "What was published last, of everything",
    description: "Newest first. To go further back, page through `/v1/articles`.",
    cost: "5 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[FIRST, FIELDS_OF_LIST, INCLUDE_OF_LIST],
    body: None,
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/top-news`.
pub const TOP: Endpoint = Endpoint {
    id: "listTopNews",
    method: Method::Get,
    path: "/v1/top-news",
    tag: Tag::Collections,
    summary: "What matters most now",
    description: "The collection `top-news`, or what its rule gives of one section.",
    cost: "5 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[SECTION, FIRST, FIELDS_OF_LIST, INCLUDE_OF_LIST],
    body: None,
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/trending`.
pub const TRENDING: Endpoint = Endpoint {
    id: "listTrending",
    method: Method::Get,
    path: "/v1/trending",
    tag: Tag::Collections,
    summary: "What is read most now",
    description: "By views that fade: a view counts half after a quarter of the window (half an hour at least). Ranked anew every half minute; a window of which nothing was viewed is empty.",
    cost: "5 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            name: "window",
            kind: Kind::Choice(&["24h", "1h", "7d"]),
            description: "The views of how long count.",
            example: "24h",
        },
        SECTION,
        FIRST,
        FIELDS_OF_LIST,
        INCLUDE_OF_LIST,
    ],
    body: None,
    answer: STRIP,
    problems: &[],
};

/// `GET /v1/collections`.
pub const LIST: Endpoint = Endpoint {
    id: "listCollections",
    method: Method::Get,
    path: "/v1/collections",
    tag: Tag::Collections,
    summary: "Every collection",
    description: "In the order in which they were made, without their articles.",
    cost: "20 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The collections.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("CollectionList"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[],
};

/// `GET /v1/collections/{slug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getCollection",
    method: Method::Get,
    path: "/v1/collections/{slug}",
    tag: Tag::Collections,
    summary: "One collection with its first articles",
    description: "What its editors pinned stands where they put it; its rule fills the other places with what is not pinned. `pinned` tells which is which.",
    cost: "5 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter { name: "slug", kind: Kind::Name, description: "The slug of a collection.", example: "top-news" },
        FIRST,
        FIELDS_OF_LIST,
        INCLUDE_OF_LIST,
    ],
    body: None,
    answer: Answer {
        description: "The collection.",
        status: 200,
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
    let asked = Asked::read(&req, &app, &LATEST).await?;
    let cards = list::latest(&asked.reader, asked.size).await?;
    asked.strip(&req, cards).await
}

/// Handles [`TOP`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn top(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let asked = Asked::read(&req, &app, &TOP).await?;
    let cards = collection::top_news(&asked.reader, asked.query.text("section"), asked.size).await?;
    asked.strip(&req, cards).await
}

/// Handles [`TRENDING`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn trending(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let asked = Asked::read(&req, &app, &TRENDING).await?;
    let window = asked.query.choice("window").and_then(Window::parse).unwrap_or(Window::Day);
    let cards = trending::trending(&asked.reader, window, asked.query.text("section"), asked.size).await?;
    asked.strip(&req, cards).await
}

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 20)?;
    let reader = reply::reader(&req, &app).await?;
    let all = collection::all(&reader).await?;
    let data = all.iter().map(|collection| Collection::new(collection)).collect();
    reply::json(&req, &reader, &CollectionList { data }, None).await
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let asked = Asked::read(&req, &app, &ONE).await?;
    let slug = asked.query.text("slug").unwrap_or_default();
    let Some(found) = collection::by_slug(&asked.reader, slug).await? else {
        let says = format!("There is no collection {slug:?}. /v1/collections lists those that there are.");
        return Ok(absence::nothing(&req, &asked.reader, says));
    };
    let items = collection::items(&asked.reader, &found, asked.size).await?;
    let pinned = items.iter().filter(|item| item.pinned).map(|item| item.card.id).collect();
    let loaded = asked.load(items.into_iter().map(|item| item.card).collect()).await?;
    let articles = asked.views(&loaded);
    let shown = Collection { pinned: Some(pinned), articles: Some(articles), ..Collection::new(&found) };
    reply::json(&req, &asked.reader, &shown, None).await
}

/// A request for the first articles of something: read, weighed and paid.
struct Asked<'a> {
    app: &'a App,
    query: Query,
    size: usize,
    reader: Reader,
    selection: Selection,
}

impl<'a> Asked<'a> {
    async fn read(req: &HttpRequest, app: &'a App, endpoint: &Endpoint) -> Result<Asked<'a>> {
        let query = endpoint.read(req, app.settings.page)?;
        reply::negotiated(req, &[reply::JSON])?;
        let size = query.rows("first").unwrap_or(FEW).min(app.settings.page.max);
        rate::charge(req, u32::try_from(5 + size).unwrap_or(u32::MAX))?;
        let reader = reply::reader(req, app).await?;
        let selection = Selection::of_list(&query);
        Ok(Asked { app, query, size, reader, selection })
    }

    async fn load(&self, cards: Vec<Arc<Card>>) -> Result<Vec<Loaded>> {
        load(&self.reader, self.app, cards, &self.selection).await
    }

    fn views<'l>(&self, loaded: &'l [Loaded]) -> Vec<Article<'l>> {
        loaded.iter().map(|one| one.view(&self.app.settings.site, &self.selection)).collect()
    }

    /// The answer of an address that names what it shows.
    async fn strip(&self, req: &HttpRequest, cards: Vec<Arc<Card>>) -> Result<HttpResponse> {
        let loaded = self.load(cards).await?;
        reply::json(req, &self.reader, &ArticleStrip { data: self.views(&loaded) }, None).await
    }
}
