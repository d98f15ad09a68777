//! What was of an article: revisions, differences, events, what it said at an instant; notes, and previews of it.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{ARTICLE, FIRST, ID, ONCE, READ, READ_PROBLEMS, WRITE, article_of, numbered, once};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::http::auth::DONE;
use crate::http::body::{self, private};
use crate::http::credential;
use crate::http::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use crate::http::parameters::{Kind, Parameter, Query};
use crate::http::rate;
use crate::http::reply::{self, JSON};
use crate::identity::Identity;
use crate::model::id::PreviewId;
use crate::model::policy::Action;
use crate::model::time::Instant;
use crate::newsroom::shown::{
    ArticleAsOf, ArticleEvent, ArticleNote, ArticlePreview, ArticleRevision, Differences, Draft,
};
use crate::newsroom::{history, previews as giving, review};

/// Revisions, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct RevisionList {
    /// The revisions.
    #[schema(max_items = 100)]
    pub data: Vec<ArticleRevision>,
    /// What to send as `before` for earlier ones; null at the end.
    #[schema(required = true)]
    pub before: Option<i32>,
}

/// Events, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventList {
    /// The events.
    #[schema(max_items = 100)]
    pub data: Vec<ArticleEvent>,
    /// What to send as `before` for earlier ones; null at the end.
    #[schema(required = true, max_length = 17)]
    pub before: Option<String>,
}

/// Notes, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct NoteList {
    /// The notes.
    #[schema(max_items = 100)]
    pub data: Vec<ArticleNote>,
    /// What to send as `before` for earlier ones; null at the end.
    #[schema(required = true, max_length = 17)]
    pub before: Option<String>,
}

/// A note.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NoteForm {
    /// Plain text; never public.
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub text: String,
}

/// A preview to give out.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PreviewForm {
    /// The number of the only revision that it shows; whatever is the newest when it is left out.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub revision: Option<i32>,
    /// For how many seconds it is good; a day when it is left out.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 2592000, example = 3600)]
    pub seconds: Option<i32>,
}

/// Previews that are good.
#[derive(Debug, Serialize, ToSchema)]
pub struct PreviewList {
    /// The previews that are good, the newest first.
    #[schema(max_items = 10000)]
    pub data: Vec<ArticlePreview>,
}

fn note_example() -> Value {
    json!({ "text": "Ask the council for the figures of May." })
}

fn preview_example() -> Value {
    json!({ "seconds": 3600 })
}

const NUMBER: Parameter =
    Parameter { name: "number", kind: Kind::Place, description: "The number of the revision.", example: "1" };

const AT: Parameter =
    Parameter { name: "at", kind: Kind::When, description: "The instant.", example: "2026-11-26T14:03:00Z" };

const PREVIEW_ID: Parameter = Parameter {
    name: "preview",
    kind: Kind::Id("pre"),
    description: "The id of the preview.",
    example: "pre_0cf9b4z8r1c0g",
};

const fn side(name: &'static str, example: &'static str) -> Parameter {
    Parameter { name, kind: Kind::Number, description: "The number of the revision.", example }
}

const fn before(kind: Kind, example: &'static str) -> Parameter {
    Parameter { name: "before", kind, description: "Those before this one.", example }
}

/// One more than a page, to see whether there are more, and the page.
fn sizes(query: &Query, app: &App) -> (usize, i64) {
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    (size, i64::try_from(size + 1).unwrap_or(i64::MAX))
}

/// `GET /v1/newsroom/articles/{id}/revisions`.
pub const REVISIONS: Endpoint = Endpoint {
    id: "listRevisions",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/revisions",
    tag: Tag::Newsroom,
    summary: "The revisions of an article",
    description: "The newest first, without their texts. Every save is one.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, FIRST, before(Kind::Count, "2")],
    body: None,
    answer: Answer {
        description: "The revisions.",
        content: &[(JSON, Shape::Schema("RevisionList"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`REVISIONS`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn revisions(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = REVISIONS.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    REVISIONS.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let (size, limit) = sizes(&query, &app);
    let mut rows = history::revisions(&app.db, &viewer, id, query.number("before"), limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let before = rows.last().filter(|_| more).map(|last| last.number);
    private(StatusCode::OK, &RevisionList { data: rows.iter().map(ArticleRevision::of).collect(), before })
}

/// `GET /v1/newsroom/articles/{id}/revisions/{number}`.
pub const REVISION: Endpoint = Endpoint {
    id: "getRevision",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/revisions/{number}",
    tag: Tag::Newsroom,
    summary: "One revision",
    description: "With its text.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, NUMBER],
    body: None,
    answer: Answer {
        description: "The revision.",
        content: &[(JSON, Shape::Schema("ArticleRevision"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`REVISION`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn revision(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = REVISION.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    REVISION.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let number = query.number("number").unwrap_or_default();
    let (revision, manuscript) = history::revision(&app.db, &viewer, id, number).await?;
    let mut shown = ArticleRevision::of(&revision);
    shown.draft = Some(Draft::of(&manuscript)?);
    private(StatusCode::OK, &shown)
}

/// `GET /v1/newsroom/articles/{id}/compare`.
pub const COMPARE: Endpoint = Endpoint {
    id: "compareRevisions",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/compare",
    tag: Tag::Newsroom,
    summary: "What differs between two revisions",
    description: "Field by field, and block by block.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, side("from", "1"), side("to", "2")],
    body: None,
    answer: Answer {
        description: "The differences.",
        content: &[(JSON, Shape::Schema("Differences"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`COMPARE`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn compare(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = COMPARE.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    COMPARE.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let (from, to) = (query.number("from").unwrap_or_default(), query.number("to").unwrap_or_default());
    let comparison = history::compare(&app.db, &viewer, id, from, to).await?;
    private(StatusCode::OK, &Differences::of(&comparison)?)
}

/// `GET /v1/newsroom/articles/{id}/events`.
pub const EVENTS: Endpoint = Endpoint {
    id: "listArticleEvents",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/events",
    tag: Tag::Newsroom,
    summary: "Who did what when",
    description: "The newest first.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, FIRST, before(Kind::Of("evt"), "evt_0cf9b4z8r1c0g")],
    body: None,
    answer: Answer {
        description: "The events.",
        content: &[(JSON, Shape::Schema("EventList"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`EVENTS`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn events(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = EVENTS.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    EVENTS.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let (size, limit) = sizes(&query, &app);
    let before = query.text("before").map(str::parse).transpose()?;
    let mut rows = history::events(&app.db, &viewer, id, before, limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let before = rows.last().filter(|_| more).map(|last| last.id.to_string());
    private(StatusCode::OK, &EventList { data: rows.iter().map(ArticleEvent::of).collect(), before })
}

/// `GET /v1/newsroom/articles/{id}/as-of`.
pub const AS_OF: Endpoint = Endpoint {
    id: "getArticleAsOf",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/as-of",
    tag: Tag::Newsroom,
    summary: "What readers found at an instant",
    description: "404 where it was not public yet.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, AT],
    body: None,
    answer: Answer {
        description: "What they found.",
        content: &[(JSON, Shape::Schema("ArticleAsOf"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`AS_OF`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn as_of(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = AS_OF.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    AS_OF.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let at = query.at("at").unwrap_or(Instant::MIN);
    match history::as_of(&app.db, &viewer, id, at).await? {
        Some(found) => private(StatusCode::OK, &ArticleAsOf::of(&found)?),
        None => Err(Error::new(Code::NotFound, format!("Nothing of the article {id} was public at {at}."))),
    }
}

/// `GET /v1/newsroom/articles/{id}/notes`.
pub const NOTES: Endpoint = Endpoint {
    id: "listNotes",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/notes",
    tag: Tag::Newsroom,
    summary: "The notes to the desk",
    description: "The newest first. They are never public.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, FIRST, before(Kind::Of("not"), "not_0cf9b4z8r1c0g")],
    body: None,
    answer: Answer {
        description: "The notes.",
        content: &[(JSON, Shape::Schema("NoteList"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`NOTES`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn notes(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = NOTES.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    NOTES.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let (size, limit) = sizes(&query, &app);
    let before = query.text("before").map(str::parse).transpose()?;
    let mut rows = review::notes(&app.db, &viewer, id, before, limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let before = rows.last().filter(|_| more).map(|last| last.id.to_string());
    private(StatusCode::OK, &NoteList { data: rows.iter().map(ArticleNote::of).collect(), before })
}

/// `POST /v1/newsroom/articles/{id}/notes`.
pub const NOTE: Endpoint = Endpoint {
    id: "addNote",
    method: Method::Post,
    path: "/v1/newsroom/articles/{id}/notes",
    tag: Tag::Newsroom,
    summary: "Leave a note to the desk",
    description: "Whoever sees the article in the newsroom sees it.",
    cost: "10 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID, ONCE],
    body: Some(Body { schema: "NoteForm", example: note_example }),
    answer: Answer {
        description: "The note.",
        content: &[(JSON, Shape::Schema("ArticleNote"))],
        headers: Headers::Unkept,
        status: 201,
        ..ARTICLE
    },
    problems: &[
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::InvalidInput,
        Code::UnsupportedMedia,
    ],
};

/// Handles [`NOTE`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn note(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = NOTE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    NOTE.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let form: NoteForm = body::read(&req, &bytes)?;
    let written = review::note(&app.db, &viewer, id, &form.text, once(&req, &form)?).await?;
    Ok(numbered(&written, private(StatusCode::CREATED, &ArticleNote::of(&written.value))?))
}

/// `GET /v1/newsroom/articles/{id}/previews`.
pub const PREVIEWS: Endpoint = Endpoint {
    id: "listPreviews",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}/previews",
    tag: Tag::Newsroom,
    summary: "The previews that are good",
    description: "The newest first; their tokens are not known any more.",
    cost: "5 points.",
    needs: Needs::own(Action::PreviewArticles),
    parameters: &[ID],
    body: None,
    answer: Answer {
        description: "The previews.",
        content: &[(JSON, Shape::Schema("PreviewList"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: READ_PROBLEMS,
};

/// Handles [`PREVIEWS`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn previews(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = PREVIEWS.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    PREVIEWS.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let rows = giving::list(&app.db, &viewer, id).await?;
    private(StatusCode::OK, &PreviewList { data: rows.iter().map(ArticlePreview::of).collect() })
}

/// `POST /v1/newsroom/articles/{id}/previews`.
pub const PREVIEW: Endpoint = Endpoint {
    id: "createPreview",
    method: Method::Post,
    path: "/v1/newsroom/articles/{id}/previews",
    tag: Tag::Newsroom,
    summary: "Give a preview out",
    description: "A frontend that sends the token as `Masthead-Preview` reads this article as if its draft were published, at `GET /v1/articles/{slug}` and over GraphQL, and everything else as everybody does. It is good no longer than the right of who gives it: not after the end of their account, role or assignment. The answers are kept by no cache.",
    cost: "10 points.",
    needs: Needs::own(Action::PreviewArticles),
    parameters: &[ID],
    body: Some(Body { schema: "PreviewForm", example: preview_example }),
    answer: Answer {
        description: "The preview with its token, which is shown this once.",
        content: &[(JSON, Shape::Schema("ArticlePreview"))],
        headers: Headers::Unkept,
        status: 201,
        ..ARTICLE
    },
    problems: &[
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::InvalidInput,
        Code::UnsupportedMedia,
    ],
};

/// Handles [`PREVIEW`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn preview(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = PREVIEW.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    PREVIEW.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let form: PreviewForm = body::read(&req, &bytes)?;
    let written = giving::give(&app.db, &viewer, id, form.revision, form.seconds.map(i64::from)).await?;
    let mut shown = ArticlePreview::of(&written.value.preview);
    shown.token = Some(written.value.token.clone());
    Ok(numbered(&written, private(StatusCode::CREATED, &shown)?))
}

/// `DELETE /v1/newsroom/articles/{id}/previews/{preview}`.
pub const REVOKE: Endpoint = Endpoint {
    id: "revokePreview",
    method: Method::Delete,
    path: "/v1/newsroom/articles/{id}/previews/{preview}",
    tag: Tag::Newsroom,
    summary: "Revoke a preview",
    description: "It is good for nothing from now on. 204 also where it was revoked already.",
    cost: "10 points.",
    needs: Needs::own(Action::PreviewArticles),
    parameters: &[ID, PREVIEW_ID],
    body: None,
    answer: DONE,
    problems: READ_PROBLEMS,
};

/// Handles [`REVOKE`].
///
/// # Errors
/// As the use case; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn revoke(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = REVOKE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    REVOKE.needs.hold(&viewer)?;
    let id = article_of(query.text("id"))?;
    let preview: PreviewId = query.text("preview").unwrap_or_default().parse()?;
    let written = giving::revoke(&app.db, &viewer, id, preview).await?;
    Ok(numbered(&written, body::nothing()))
}
