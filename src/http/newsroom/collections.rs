//! `/v1/newsroom/collections`: the lists that editors run.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{IF_MATCH, ONCE, READ, READ_PROBLEMS, WRITE, WRITE_PROBLEMS, expected, labelled, numbered, once};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::auth::DONE;
use crate::http::body::{self, private};
use crate::http::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use crate::http::parameters::{Kind, Parameter, Query};
use crate::http::reply::{self, JSON};
use crate::http::{credential, rate};
use crate::identity::Identity;
use crate::model::collection::Pin;
use crate::model::id::CollectionId;
use crate::model::policy::Action;
use crate::newsroom::Written;
use crate::newsroom::collections::forms::{CollectionChanges, CollectionForm, PinForm};
use crate::newsroom::collections::shown::NewsroomCollection;
use crate::newsroom::collections::{self, Change, Look, New};

/// Every collection.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomCollectionList {
    /// In the order in which they were made.
    #[schema(max_items = 1000)]
    pub data: Vec<NewsroomCollection>,
}

/// All pins of a collection.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ArrangementForm {
    /// In the place of all that there are; an empty array takes every pin away.
    #[schema(max_items = 100)]
    pub pins: Vec<PinForm>,
}

const ID: Parameter = Parameter {
    name: "id",
    kind: Kind::Id("col"),
    description: "The id of the collection.",
    example: "col_0000000000001",
};

const ARTICLE: Parameter = Parameter {
    name: "article",
    kind: Kind::Id("art"),
    description: "The id of the article.",
    example: "art_0cf9b4z8r1c0g",
};

const COLLECTION: Answer = Answer {
    description: "The collection as it is now.",
    status: 200,
    content: &[(JSON, Shape::Schema("NewsroomCollection"))],
    example: None,
    headers: Headers::Version,
};

fn new_example() -> Value {
    json!({ "slug": "editors-choice", "name": "Editors' choice", "rule": { "by": "LATEST", "section": "politics" } })
}

fn change_example() -> Value {
    json!({ "description": "What the desk wants read today.", "rule": { "by": "TRENDING", "window": "24h" } })
}

fn pin_example() -> Value {
    json!({ "article": "art_0cf9b4z8r1c0g", "slot": 1, "until": "2031-01-05T06:00:00Z" })
}

fn pins_example() -> Value {
    json!({ "pins": [{ "article": "art_0cf9b4z8r1c0g" }, { "article": "art_0cf9b4z8r1c10", "slot": 3 }] })
}

fn answer(status: StatusCode, written: &Written<Look>) -> Result<HttpResponse> {
    let shown = NewsroomCollection::of(&written.value);
    Ok(labelled(private(status, &shown)?, Some(shown.version), written.seq))
}

fn id_of(query: &Query) -> Result<CollectionId> {
    query.text("id").unwrap_or_default().parse()
}

/// `GET /v1/newsroom/collections`.
pub const LIST: Endpoint = Endpoint {
    id: "listNewsroomCollections",
    method: Method::Get,
    path: "/v1/newsroom/collections",
    tag: Tag::Collections,
    summary: "Every collection with its rule and pins",
    description: "Also pins of what is not published, not due yet, or over.",
    cost: "5 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The collections.",
        content: &[(JSON, Shape::Schema("NewsroomCollectionList"))],
        headers: Headers::Unkept,
        ..COLLECTION
    },
    problems: &[Code::Unauthenticated, Code::Forbidden],
};

/// Handles [`LIST`].
///
/// # Errors
/// As [`collections::list`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn list(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    let data = collections::list(&app.db, &viewer).await?.iter().map(NewsroomCollection::of).collect();
    private(StatusCode::OK, &NewsroomCollectionList { data })
}

/// `GET /v1/newsroom/collections/{id}`.
pub const ONE: Endpoint = Endpoint {
    id: "getNewsroomCollection",
    method: Method::Get,
    path: "/v1/newsroom/collections/{id}",
    tag: Tag::Collections,
    summary: "One collection with its rule and pins",
    description: "Also pins of what is not published, not due yet, or over.",
    cost: "5 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID],
    body: None,
    answer: COLLECTION,
    problems: READ_PROBLEMS,
};

/// Handles [`ONE`].
///
/// # Errors
/// As [`collections::one`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn one(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    // Before the read: what it sees is at least as new as its label.
    let seq = *app.db.head().borrow();
    let value = collections::one(&app.db, &viewer, id_of(&query)?).await?;
    answer(StatusCode::OK, &Written { value, seq })
}

/// `POST /v1/newsroom/collections`.
pub const CREATE: Endpoint = Endpoint {
    id: "createCollection",
    method: Method::Post,
    path: "/v1/newsroom/collections",
    tag: Tag::Collections,
    summary: "Make a collection",
    description: "It is public at once. Its rule fills the places that nothing is pinned to.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ONCE],
    body: Some(Body { schema: "CollectionForm", example: new_example }),
    answer: Answer { status: 201, description: "The collection.", ..COLLECTION },
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::Conflict, Code::InvalidInput, Code::UnsupportedMedia],
};

/// Handles [`CREATE`].
///
/// # Errors
/// As [`collections::create`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn create(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    CREATE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    CREATE.needs.hold(&viewer)?;
    let form: CollectionForm = body::read(&req, &bytes)?;
    let key = once(&req, &form)?;
    let written = collections::create(&app.db, &viewer, New::read(form)?, key).await?;
    answer(StatusCode::CREATED, &written)
}

/// `PATCH /v1/newsroom/collections/{id}`.
pub const CHANGE: Endpoint = Endpoint {
    id: "changeCollection",
    method: Method::Patch,
    path: "/v1/newsroom/collections/{id}",
    tag: Tag::Collections,
    summary: "Change a collection's name, description or rule",
    description: "What is left out stays. The slug is for good.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID, IF_MATCH],
    body: Some(Body { schema: "CollectionChanges", example: change_example }),
    answer: COLLECTION,
    problems: WRITE_PROBLEMS,
};

/// Handles [`CHANGE`].
///
/// # Errors
/// As [`collections::change`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn change(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = CHANGE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    CHANGE.needs.hold(&viewer)?;
    let form: CollectionChanges = body::read(&req, &bytes)?;
    let (id, expected) = (id_of(&query)?, expected(&req)?);
    answer(StatusCode::OK, &collections::change(&app.db, &viewer, id, expected, Change::read(form)?).await?)
}

/// `DELETE /v1/newsroom/collections/{id}`.
pub const DELETE: Endpoint = Endpoint {
    id: "deleteCollection",
    method: Method::Delete,
    path: "/v1/newsroom/collections/{id}",
    tag: Tag::Collections,
    summary: "Delete a collection",
    description: "Its pins go with it, its articles stay. `top-news` and `latest-news` always exist.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID, IF_MATCH],
    body: None,
    answer: DONE,
    problems: WRITE_PROBLEMS,
};

/// Handles [`DELETE`].
///
/// # Errors
/// As [`collections::delete`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn delete(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = DELETE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    DELETE.needs.hold(&viewer)?;
    let written = collections::delete(&app.db, &viewer, id_of(&query)?, expected(&req)?).await?;
    Ok(numbered(&written, body::nothing()))
}

/// `PUT /v1/newsroom/collections/{id}/pins`.
pub const ARRANGE: Endpoint = Endpoint {
    id: "arrangeCollection",
    method: Method::Put,
    path: "/v1/newsroom/collections/{id}/pins",
    tag: Tag::Collections,
    summary: "Put these pins in the place of all",
    description: "In the order of the array, unless a pin names its slot. An article may be pinned before it is published, and shows when \
                  it is.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID, IF_MATCH],
    body: Some(Body { schema: "ArrangementForm", example: pins_example }),
    answer: COLLECTION,
    problems: WRITE_PROBLEMS,
};

/// Handles [`ARRANGE`].
///
/// # Errors
/// As [`collections::set_pins`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn arrange(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = ARRANGE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    ARRANGE.needs.hold(&viewer)?;
    let form: ArrangementForm = body::read(&req, &bytes)?;
    let (id, expected) = (id_of(&query)?, expected(&req)?);
    let pins = collections::arranged(form.pins);
    answer(StatusCode::OK, &collections::set_pins(&app.db, &viewer, id, expected, pins).await?)
}

/// `POST /v1/newsroom/collections/{id}/pins`.
pub const PIN: Endpoint = Endpoint {
    id: "pinArticle",
    method: Method::Post,
    path: "/v1/newsroom/collections/{id}/pins",
    tag: Tag::Collections,
    summary: "Pin an article to a place",
    description: "One that is pinned in the collection already is moved. An article may be pinned before it is published.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID, IF_MATCH],
    body: Some(Body { schema: "PinForm", example: pin_example }),
    answer: COLLECTION,
    problems: WRITE_PROBLEMS,
};

/// Handles [`PIN`].
///
/// # Errors
/// As [`collections::pin`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn pin(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = PIN.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    PIN.needs.hold(&viewer)?;
    let PinForm { article, slot, from, until } = body::read(&req, &bytes)?;
    let (id, expected) = (id_of(&query)?, expected(&req)?);
    let pin = Pin { article, slot: slot.unwrap_or(1), from, until };
    answer(StatusCode::OK, &collections::pin(&app.db, &viewer, id, expected, pin).await?)
}

/// `DELETE /v1/newsroom/collections/{id}/pins/{article}`.
pub const UNPIN: Endpoint = Endpoint {
    id: "unpinArticle",
    method: Method::Delete,
    path: "/v1/newsroom/collections/{id}/pins/{article}",
    tag: Tag::Collections,
    summary: "Take the pin of an article away",
    description: "The article stays as it is.",
    cost: "10 points.",
    needs: Needs::right(Action::EditCollections),
    parameters: &[ID, ARTICLE, IF_MATCH],
    body: None,
    answer: COLLECTION,
    problems: WRITE_PROBLEMS,
};

/// Handles [`UNPIN`].
///
/// # Errors
/// As [`collections::unpin`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn unpin(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = UNPIN.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    UNPIN.needs.hold(&viewer)?;
    let article = query.text("article").unwrap_or_default().parse().map_err(|error: Error| error.at("article"))?;
    let (id, expected) = (id_of(&query)?, expected(&req)?);
    answer(StatusCode::OK, &collections::unpin(&app.db, &viewer, id, expected, article).await?)
}
