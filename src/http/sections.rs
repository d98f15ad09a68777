//! `/v1/sections`: where articles stand.

use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::authors::counts;
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::view::{self, SectionList};
use super::{absence, rate, reply};
use crate::app::App;
use crate::catalogue::list::{self, CountKind};
use crate::catalogue::section;
use crate::error::{Code, Result};
use crate::model::section::Section;

/// `GET /v1/sections`.
pub const LIST: Endpoint = Endpoint {
    id: "listSections",
    method: Method::Get,
    path: "/v1/sections",
    tag: Tag::Sections,
    summary: "Every section, by name",
    description: "All in one answer; `parent` says how they form a tree.",
    cost: "20 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The sections.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("SectionList"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[],
};

/// `GET /v1/sections/{idOrSlug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getSection",
    method: Method::Get,
    path: "/v1/sections/{idOrSlug}",
    tag: Tag::Sections,
    summary: "One section",
    description: "Its articles, with those of the sections below it, are `/v1/articles?section={slug}`.",
    cost: "2 points.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "idOrSlug",
        kind: Kind::Key("sec"),
        description: "The id of a section, or the slug.",
        example: "politics",
    }],
    body: None,
    answer: Answer {
        description: "The section.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("Section"))],
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
    LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 20)?;
    let reader = reply::reader(&req, &app).await?;
    let all = section::all(&reader).await?;
    let counts = counts(&reader, CountKind::Section, all.iter().map(|section| section.id.0)).await?;
    let shown = |(section, n): (&'_ Arc<Section>, i64)| -> (Arc<Section>, Option<Arc<Section>>, i64) {
        let parent = section.parent.and_then(|id| all.iter().find(|other| other.id == id));
        (section.clone(), parent.cloned(), n)
    };
    let rows: Vec<_> = all.iter().zip(counts).map(shown).collect();
    let data = rows.iter().map(|(section, parent, n)| whole(section, parent.as_deref(), *n)).collect();
    reply::json(&req, &reader, &SectionList { data }, None).await
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 2)?;
    let reader = reply::reader(&req, &app).await?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let found = section::by_key(&reader, key).await?;
    let Some(found) = found else {
        let says = format!("There is no section {key:?}. /v1/sections lists those that there are.");
        return Ok(absence::nothing(&req, &reader, says));
    };
    if key != found.slug && key != found.id.to_string() {
        return Ok(absence::moved(&req, &reader, &found.slug));
    }
    let parent = match found.parent {
        Some(id) => section::by_ids(&reader, &[id]).await?.pop().flatten(),
        None => None,
    };
    let n = list::count_of(&reader, CountKind::Section, found.id.0).await?;
    reply::json(&req, &reader, &whole(&found, parent.as_deref(), n), None).await
}

fn whole<'a>(section: &'a Section, parent: Option<&'a Section>, articles: i64) -> view::Section<'a> {
    view::Section { article_count: Some(articles), ..view::Section::whole(section, parent) }
}
