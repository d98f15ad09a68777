//! `/v1/articles`: lists by any filter, single articles with everything on their page, and what to read next.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::assemble::{
    BODY, FIELDS_OF_LIST, FIELDS_OF_ONE, INCLUDE_OF_LIST, INCLUDE_OF_ONE, Selection, Teasers, load, related_views,
};
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::formats::{self, Format};
use super::paging::{AFTER, BEFORE, FIRST, LAST, asked, links, page_info};
use super::parameters::{Default, Kind, Parameter, Query};
use super::view::{ArticleList, RelatedList};
use super::{absence, filters, rate, reply};
use crate::app::App;
use crate::catalogue::article::{self, Found, Wants};
use crate::catalogue::list::{self, Articles, Order, Wanted};
use crate::catalogue::{Reader, related};
use crate::error::{Code, Result};
use crate::model::article::Card;
use crate::model::cursor::Place;
use crate::model::time::Instant;

/// The orders of lists of articles.
const ORDERS: &[&str] = &["newest", "oldest", "recently-updated"];

/// `GET /v1/articles`.
pub const LIST: Endpoint = Endpoint {
    id: "listArticles",
    method: Method::Get,
    path: "/v1/articles",
    tag: Tag::Articles,
    summary: "Articles by any filter, page by page",
    description: "All filters that are given must hold; a name that nothing published has gives an empty list. A page costs \
                  the same however deep it lies with at most one of `section`, `topic`, `author`, `place`, `genre` and \
                  `language` in the order of publication, or with none of them ordered by update; other combinations are \
                  sorted or counted for each request, and cost more points. By `Accept: application/ninjs+json; version=3.1` (or \
                  2.2) the page is an array of whole ninjs documents, as `masthead import ninjs` reads it; `Link` leads on, and \
                  `fields` and `include` say nothing.",
    cost: "5 points and one for each row, five as ninjs; four times that for combinations of filters and for ranges.",
    needs: Needs::Nothing,
    parameters: &[
        filters::SECTION,
        filters::TOPIC,
        filters::AUTHOR,
        filters::PLACE,
        filters::GENRE,
        filters::LANGUAGE,
        filters::PUBLISHED_FROM,
        filters::PUBLISHED_BEFORE,
        filters::UPDATED_FROM,
        filters::UPDATED_BEFORE,
        Parameter {
            name: "order",
            kind: Kind::Choice(ORDERS),
            description: "The order. Equal instants are ordered by id, so every order is total.",
            example: "newest",
        },
        FIRST,
        AFTER,
        LAST,
        BEFORE,
        FIELDS_OF_LIST,
        INCLUDE_OF_LIST,
    ],
    body: None,
    answer: Answer {
        description: "A page of the list.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("ArticleList")), (formats::NINJS, Shape::Objects)],
        example: Some(example_list),
        headers: Headers::List,
    },
    problems: &[],
};

/// `GET /v1/articles/{idOrSlug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getArticle",
    method: Method::Get,
    path: "/v1/articles/{idOrSlug}",
    tag: Tag::Articles,
    summary: "One article, with everything on its page",
    description: "By id or by slug. A slug that the article had before answers 308 with the address of now; an article that \
                  was withdrawn or removed answers 410 with the public reason.",
    cost: "5 points, 5 for each rendering of the body, 10 for each of `related`, `moreAbout` and `moreFrom`, 5 for each of \
           `latestNews` and `topNews`.",
    needs: Needs::Nothing,
    parameters: &[KEY, FIELDS_OF_ONE, INCLUDE_OF_ONE, BODY],
    body: None,
    answer: Answer {
        description: "The article.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("Article"))],
        example: Some(example),
        headers: Headers::Content,
    },
    problems: &[Code::NotFound, Code::Gone],
};

/// `GET /v1/articles/{idOrSlug}/related`.
pub const RELATED: Endpoint = Endpoint {
    id: "listRelatedArticles",
    method: Method::Get,
    path: "/v1/articles/{idOrSlug}/related",
    tag: Tag::Articles,
    summary: "What to read after an article",
    description: "Nearest first, never the article itself, each with its reasons. Where too little is near, the latest news \
                  fill up. Articles with nearly the same text stand apart, in `duplicates`.",
    cost: "15 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[
        KEY,
        Parameter { name: "first", kind: Kind::Rows(Default::Few(5)), description: "How many.", example: "5" },
    ],
    body: None,
    answer: Answer {
        description: "The articles.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("RelatedList"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[Code::NotFound, Code::Gone],
};

pub(super) const KEY: Parameter = Parameter {
    name: "idOrSlug",
    kind: Kind::Key("art"),
    description: "The id of an article, or its slug, or a slug that it had before.",
    example: "sea-wall-price-410-million",
};

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let page = app.settings.page;
    let query = LIST.read(&req, page)?;
    let format = Format::accepted(reply::negotiated(&req, formats::LISTED)?);
    let asked = asked(&query, page);
    let wanted = filters::wanted(&query);
    let order = match query.choice("order") {
        Some("oldest") => Order::Oldest,
        Some("recently-updated") => Order::RecentlyUpdated,
        _ => Order::Newest,
    };
    // Whole articles are more than cards.
    let bodies = if format.is_some() { asked.rows() * 4 } else { 0 };
    rate::charge(&req, price(&wanted, order, asked.rows() + bodies))?;
    let reader = reply::reader(&req, &app).await?;
    let list = Articles::find(&reader, &wanted, order).await?;
    let rows = list.page(&reader, &asked).await?;
    let total_count = list.total(&reader).await?;
    let cursor = |card: &Arc<Card>| list::cursor(card);
    let has_rows = async |paging| Ok(!list.page(&reader, &paging).await?.items.is_empty());
    let page_info = page_info(&asked, &rows, cursor, has_rows).await?;
    let link = links(req.path(), &query, &asked, &page_info);
    if let Some(format) = format {
        return formats::list(&req, &app, &reader, rows.items, format, link).await;
    }
    let selection = Selection::of_list(&query);
    let loaded = load(&reader, &app, rows.items, &selection).await?;
    let data = loaded.iter().map(|one| one.view(&app.settings.site, &selection)).collect();
    reply::json(&req, &reader, &ArticleList { data, total_count, page_info }, Some(&link)).await
}

/// What a page costs: see [`LIST`].
fn price(wanted: &Wanted, order: Order, rows: usize) -> u32 {
    let names = [&wanted.section, &wanted.topic, &wanted.author, &wanted.place, &wanted.genre, &wanted.language];
    let names = names.iter().filter(|name| name.is_some()).count();
    let ranges = [wanted.published_from, wanted.published_before, wanted.updated_from, wanted.updated_before];
    let kept = names == 0 || (names == 1 && order != Order::RecentlyUpdated);
    let flat = kept && ranges.iter().all(Option::is_none);
    u32::try_from(5 + rows).unwrap_or(u32::MAX).saturating_mul(if flat { 1 } else { 4 })
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    let format = Format::accepted(reply::negotiated(&req, formats::OFFERED)?);
    let selection = Selection::of_one(&query);
    if let Some(format) = format {
        // What its JSON is made by says nothing to another format.
        let query = Query::read(&req, &[KEY], app.settings.page)?;
        let key = query.text("idOrSlug").unwrap_or_default();
        return formats::serve(&req, &app, key, format, "").await;
    }
    rate::charge(&req, 5_u32.saturating_add(selection.price()))?;
    let reader = reply::previewing_reader(&req, &app).await?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let card = match find(&req, &reader, key, selection.of_the_article()).await? {
        Ok(card) => card,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let loaded = load(&reader, &app, vec![card], &selection).await?;
    let view = loaded.first().map(|one| one.view(&app.settings.site, &selection));
    reply::json(&req, &reader, &view, None).await
}

/// Handles [`RELATED`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn related(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = RELATED.read(&req, settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let size = query.rows("first").unwrap_or(5).min(settings.page.max);
    rate::charge(&req, u32::try_from(15 + size).unwrap_or(u32::MAX))?;
    let reader = reply::previewing_reader(&req, &app).await?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let card = match find(&req, &reader, key, Wants::default()).await? {
        Ok(card) => card,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let wanted = related::RelatedWanted { size, reasons: true };
    let found = related::related(&reader, &app, &card, wanted).await?;
    let copies = related::duplicates(&reader, &app, &card).await?;
    let shown = found.iter().map(|one| &one.card).chain(&copies);
    let teasers = Teasers::of(&reader, &app, shown).await?;
    let data = related_views(&found, &teasers, &settings.site);
    let duplicates = copies.iter().map(|card| teasers.teaser(&settings.site, card)).collect();
    reply::json(&req, &reader, &RelatedList { data, duplicates }, None).await
}

/// The article under an id or a slug, or the answer in its place: 308 where it has another address now, 410 where it
/// was taken back, 404 where there is none. What will be asked of it is read with it.
async fn find(req: &HttpRequest, reader: &Reader, key: &str, wants: Wants) -> Result<Result<Arc<Card>, HttpResponse>> {
    let found = match key.parse() {
        Ok(id) => article::by_id(reader, id).await?,
        Err(_) => article::page(reader, key, wants).await?,
    };
    match found {
        Some(Found::Here(card)) => Ok(Ok(card)),
        Some(Found::Moved(card)) => Ok(Err(absence::moved(req, reader, &card.slug))),
        Some(Found::Gone(stone)) => Ok(Err(absence::gone(req, reader, &stone))),
        None => {
            let says =
                format!("There is no article {key:?}. Lists and searches give the slugs and ids that there are.");
            Ok(Err(absence::nothing(req, reader, says)))
        }
    }
}

fn example() -> Value {
    let mut article = example_card();
    article["body"] =
        json!({ "html": "<p>Owners of 3,100 properties along the quays would pay a quarter of the cost.</p>\n" });
    article
}

pub(super) fn example_card() -> Value {
    json!({
        "id": "art_0cf9b4z8r1c0g",
        "uri": "tag:ellory-courier.example,2026:sea-wall-price-410-million",
        "slug": "sea-wall-price-410-million",
        "version": 1,
        "headline": "City puts a price on the sea wall: 410 million crowns",
        "label": null,
        "genre": "news",
        "summary": "The treasurer’s long-awaited figures show who would pay.",
        "section": { "id": "sec_0cf9b4z8r1c01", "slug": "politics", "name": "Politics" },
        "authors": [{ "id": "aut_0cf9b4z8r1c02", "slug": "hana-whitlock", "name": "Hana Whitlock", "kind": "STAFF" }],
        "byline": "Hana Whitlock",
        "publishedAt": "2026-10-27T16:05:00.000Z",
        "publishedPrecision": "INSTANT",
        "updatedAt": "2026-10-27T18:40:00.000Z",
        "language": "en",
        "canonicalUrl": "https://courier.example/politics/sea-wall-price-410-million",
        "url": "https://courier.example/politics/sea-wall-price-410-million",
        "image": {
            "url": "https://courier.example/sample/seawall.png",
            "alt": "A wall of grey blocks along a quay",
            "caption": null,
            "credit": "The Ellory Courier",
            "width": 1200,
            "height": 800,
        },
        "disclaimers": [],
        "corrections": [],
        "topics": [{ "id": "top_0cf9b4z8r1c03", "slug": "coastal-defences", "name": "Coastal defences", "kind": "SUBJECT" }],
        "source": null,
        "license": null,
        "copyrightNotice": null,
        "infoSources": [],
        "wordCount": 412,
    })
}

fn example_cursor() -> String {
    let (published_at, updated_at) = (Instant::from_millis(1_793_117_100_000), Instant::from_millis(1_793_126_400_000));
    Place { published_at, updated_at, id: 3_760_512_817_356_801 }.encode()
}

fn example_list() -> Value {
    json!({
        "data": [example_card()],
        "totalCount": 1,
        "pageInfo": {
            "hasNextPage": false,
            "hasPreviousPage": false,
            "startCursor": example_cursor(),
            "endCursor": example_cursor(),
        },
    })
}

#[cfg(test)]
mod tests;
