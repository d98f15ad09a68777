//! `/v1/authors`: those who sign articles.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::paging::{AFTER_NAME, BEFORE_NAME, FIRST, LAST, asked, links, page_info};
use super::parameters::{Kind, Parameter};
use super::view::{self, AuthorList};
use super::{absence, rate, reply};
use crate::app::App;
use crate::catalogue::list::{self, CountKind, Named};
use crate::catalogue::{Reader, author};
use crate::config::SiteSettings;
use crate::error::{Code, Result};
use crate::model::author::Author;

/// `GET /v1/authors`.
pub const LIST: Endpoint = Endpoint {
    id: "listAuthors",
    method: Method::Get,
    path: "/v1/authors",
    tag: Tag::Authors,
    summary: "Authors by name, page by page",
    description: "Those who sign at least one published article. Names are ordered as they are transliterated to a-z.",
    cost: "5 points and one for each row; 50 more with `query`.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            name: "query",
            kind: Kind::Words,
            description: "Only those whose name has a word that begins so, whatever the accents and capitals.",
            example: "whit",
        },
        FIRST,
        AFTER_NAME,
        LAST,
        BEFORE_NAME,
    ],
    body: None,
    answer: Answer {
        description: "A page of the list.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("AuthorList"))],
        example: None,
        headers: Headers::List,
    },
    problems: &[],
};

/// `GET /v1/authors/{idOrSlug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getAuthor",
    method: Method::Get,
    path: "/v1/authors/{idOrSlug}",
    tag: Tag::Authors,
    summary: "One author",
    description: "Their articles are `/v1/articles?author={slug}`.",
    cost: "2 points.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "idOrSlug",
        kind: Kind::Key("aut"),
        description: "The id of an author, or the slug.",
        example: "hana-whitlock",
    }],
    body: None,
    answer: Answer {
        description: "The author.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("Author"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[Code::NotFound],
};

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = LIST.read(&req, settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let asked = asked(&query, settings.page);
    let words = query.text("query");
    rate::charge(&req, list_price(asked.rows(), words.is_some()))?;
    let reader = reply::reader(&req, &app).await?;
    let rows = list::authors_by_name(&reader, words, &asked).await?;
    let has_rows = async |paging| Ok(!list::authors_by_name(&reader, words, &paging).await?.items.is_empty());
    let page_info = page_info(&asked, &rows, |author: &Arc<Author>| author.cursor(), has_rows).await?;
    let link = links(req.path(), &query, &asked, &page_info);
    let counts = counts(&reader, CountKind::Author, rows.items.iter().map(|author| author.id.0)).await?;
    let data = rows.items.iter().zip(counts).map(|(author, n)| whole(&settings.site, author, n)).collect();
    reply::json(&req, &reader, &AuthorList { data, page_info }, Some(&link)).await
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = ONE.read(&req, settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 2)?;
    let reader = reply::reader(&req, &app).await?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let found = author::by_key(&reader, key).await?;
    let Some(found) = found else {
        let says = format!("There is no author {key:?}. /v1/authors lists those that there are.");
        return Ok(absence::nothing(&req, &reader, says));
    };
    if key != found.slug && key != found.id.to_string() {
        return Ok(absence::moved(&req, &reader, &found.slug));
    }
    let n = list::count_of(&reader, CountKind::Author, found.id.0).await?;
    reply::json(&req, &reader, &whole(&settings.site, &found, n), None).await
}

fn whole<'a>(site: &SiteSettings, author: &'a Author, articles: i64) -> view::Author<'a> {
    view::Author { article_count: Some(articles), ..view::Author::whole(site, author) }
}

/// What a page of a list by name costs. A query looks at every name.
pub(super) fn list_price(rows: usize, query: bool) -> u32 {
    u32::try_from(5 + rows).unwrap_or(u32::MAX).saturating_add(if query { 50 } else { 0 })
}

/// How many articles each has: one statement for all.
pub(super) async fn counts(reader: &Reader, kind: CountKind, ids: impl Iterator<Item = i64>) -> Result<Vec<i64>> {
    futures::future::try_join_all(ids.map(|id| list::count_of(reader, kind, id))).await
}
