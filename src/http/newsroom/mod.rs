//! `/v1/newsroom/articles`: writing. What is done to an article as a whole is in `steps`, what was in `past`.

pub mod collections;
pub mod past;
pub mod steps;
pub mod terms;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::auth::DONE;
use super::body::{self, private, unkept};
use super::conditional::{self, Unmatched, etag};
use super::credential;
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{CursorOf, Default, Kind, Parameter};
use super::problem::{MEDIA_TYPE, Problem};
use super::rate;
use super::reply::{self, JSON};
use super::request_id::RequestId;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::identity::Identity;
use crate::model::cursor;
use crate::model::id::ArticleId;
use crate::model::newsroom::Wanted;
use crate::model::policy::Action;
use crate::model::viewer::Viewer;
use crate::newsroom::access::Expected;
use crate::newsroom::changes::Changes;
use crate::newsroom::once::Key;
use crate::newsroom::shown::{ArticleAutosave, Differences, Draft, NewsroomArticle, state};
use crate::newsroom::write::{self, New, Outcome, Saved};
use crate::newsroom::{Entry, Place, Written, look};

/// What reading costs, in points.
pub(super) const READ: u32 = 5;
/// What writing costs, in points.
pub(super) const WRITE: u32 = 10;
const SEQ: HeaderName = HeaderName::from_static("masthead-seq");
const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The article, in the path.
pub(super) const ID: Parameter = Parameter {
    name: "id",
    kind: Kind::Id("art"),
    description: "The id of the article.",
    example: "art_0cf9b4z8r1c0g",
};

/// How many rows.
pub(super) const FIRST: Parameter =
    Parameter { name: "first", kind: Kind::Rows(Default::Page), description: "How many at the most.", example: "20" };

/// The version that a write changes.
pub(super) const IF_MATCH: Parameter = Parameter {
    name: "If-Match",
    kind: Kind::Version,
    description: "The version that is to be changed: the `ETag` that the article was read with, or `*` for whichever it is.",
    example: "\"1\"",
};

/// A key for retries.
pub(super) const ONCE: Parameter = Parameter {
    name: IDEMPOTENCY_KEY,
    kind: Kind::Once,
    description: "A key of your own for this request, such as a UUID. When the same request comes again within a day, as over a bad \
                  network, it finds what the first one made, and makes nothing more.",
    example: "8e03978e-40d5-43e8-bc93-6894a57f9324",
};

/// An answer with an article.
pub(super) const ARTICLE: Answer = Answer {
    description: "The article as it is now.",
    status: 200,
    content: &[(JSON, Shape::Schema("NewsroomArticle"))],
    example: None,
    headers: Headers::Version,
};

/// What can go wrong with a write to an article that is there.
pub(super) const WRITE_PROBLEMS: &[Code] = &[
    Code::Unauthenticated,
    Code::Forbidden,
    Code::NotFound,
    Code::Conflict,
    Code::InvalidInput,
    Code::PreconditionFailed,
    Code::PreconditionRequired,
    Code::UnsupportedMedia,
];

/// What can go wrong with a read.
pub(super) const READ_PROBLEMS: &[Code] = &[Code::Unauthenticated, Code::Forbidden, Code::NotFound];

/// The version that `If-Match` names.
///
/// # Errors
/// `PRECONDITION_REQUIRED` (RFC 6585, 3) without one; `INVALID_PARAMETER` for what is in no form that can match: nothing has
/// changed then, and 412 would send whoever asks to merge.
pub(super) fn expected(req: &HttpRequest) -> Result<Expected> {
    let unfit = |says: &str| Error::new(Code::InvalidParameter, says).at("If-Match");
    let form = || {
        unfit(
            "If-Match is no entity tag; write the version in double quotes, as the ETag has it, such as \"2\", or * for whichever it is.",
        )
    };
    let lines = req.headers().get_all(header::IF_MATCH).map(HeaderValue::to_str);
    let lines = lines.collect::<std::result::Result<Vec<_>, _>>().map_err(|_| form())?;
    if lines.is_empty() {
        let says =
            "Say in If-Match which version you change: the ETag that you read it with, or * for whichever it is.";
        return Err(Error::new(Code::PreconditionRequired, says).at("If-Match"));
    }
    let line = lines.join(", ");
    if line.trim() == "*" {
        return Ok(Expected::Any);
    }
    let tags = conditional::strong_tags(&line).map_err(|fault| match fault {
        Unmatched::Form => form(),
        Unmatched::Weak => unfit(
            "If-Match compares strongly (RFC 9110, 13.1.1), so a weak tag (W/) never matches; send the ETag without W/, such as \"2\".",
        ),
    })?;
    // A tag that is none of ours is no version that an article is at.
    let version = |tag: &str| {
        let tag = conditional::without_coding(tag);
        tag.parse::<i32>().ok().filter(|version| version.to_string() == tag)
    };
    let mut versions: Vec<i32> = tags.into_iter().filter_map(version).collect();
    versions.sort_unstable();
    versions.dedup();
    match versions.as_slice() {
        [] => Ok(Expected::Version(0)),
        [one] => Ok(Expected::Version(*one)),
        _ => Err(unfit("If-Match names several versions; send the one that you changed, such as \"2\".")),
    }
}

/// The key of a request that makes something, if it came with one.
///
/// # Errors
/// `INVALID_PARAMETER`.
pub(super) fn once(req: &HttpRequest, form: &impl Serialize) -> Result<Option<Key>> {
    let Some(key) = req.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let operation = format!("{} {}", req.method(), req.path());
    Key::new(key.to_str().unwrap_or_default(), &operation, form).map(Some)
}

/// The article that the path names.
pub(super) fn article_of(text: Option<&str>) -> Result<ArticleId> {
    text.unwrap_or_default().parse()
}

fn labelled(mut response: HttpResponse, version: Option<i32>, seq: i64) -> HttpResponse {
    let headers = response.headers_mut();
    if let Some(tag) = version.and_then(|version| etag(&version.to_string())) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(SEQ, HeaderValue::from(seq));
    response
}

/// An article with its version as entity tag, and the number of the change.
pub(super) fn answer(status: StatusCode, article: &NewsroomArticle, seq: i64) -> Result<HttpResponse> {
    Ok(labelled(private(status, article)?, Some(article.version), seq))
}

/// What was written, without an article.
pub(super) fn numbered<T>(written: &Written<T>, response: HttpResponse) -> HttpResponse {
    labelled(response, None, written.seq)
}

/// An article after a step.
pub(super) async fn after(app: &App, viewer: &Viewer, written: &Written<Entry>) -> Result<HttpResponse> {
    let (entry, manuscript) = look::with_text(&app.db, viewer, written.value.id).await?;
    let article = NewsroomArticle::of(viewer, &entry).with(manuscript.as_ref())?;
    answer(StatusCode::OK, &article, written.seq)
}

fn shown(viewer: &Viewer, saved: &Saved) -> Result<NewsroomArticle> {
    let shown = NewsroomArticle::of(viewer, &saved.entry).with(Some(&saved.manuscript))?;
    Ok(shown.without(&saved.dropped).unmerged(&saved.unmerged))
}

/// What came of saving: the article, or 412 with what is to be merged.
pub(super) fn outcome(req: &HttpRequest, viewer: &Viewer, written: &Written<Outcome>) -> Result<HttpResponse> {
    let conflict = match &written.value {
        Outcome::Saved(saved) => return answer(StatusCode::OK, &shown(viewer, saved)?, written.seq),
        Outcome::Conflict(conflict) => conflict,
    };
    let says = format!(
        "The article has changed since it was read: it is at version {} now. Merge the two, and send that version.",
        conflict.entry.edit
    );
    let error = Error::new(Code::PreconditionFailed, says).at("If-Match");
    let body = ConflictProblem {
        problem: Problem::new(&error, RequestId::of(req).as_ref()),
        current: Some(NewsroomArticle::of(viewer, &conflict.entry).with(Some(&conflict.comparison.from))?),
        yours: Some(Draft::of(&conflict.comparison.to)?),
        base: conflict.base.as_ref().map(Draft::of).transpose()?,
        differences: Some(Differences::of(&conflict.comparison)?),
    };
    let bytes = serde_json::to_vec(&body).map_err(Error::internal)?;
    let response = HttpResponse::build(StatusCode::PRECONDITION_FAILED).content_type(MEDIA_TYPE).body(bytes);
    Ok(labelled(unkept(response), Some(conflict.entry.edit), written.seq))
}

/// The problem document of a write to another version than that of now. Where a text was to be saved it has both, and what
/// they began with: an editor's page shows them side by side, and nothing is lost.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConflictProblem {
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// The article as it is now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub current: Option<NewsroomArticle>,
    /// What was to be saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub yours: Option<Draft>,
    /// What both began with, where it is still known.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub base: Option<Draft>,
    /// What makes yours of the current one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub differences: Option<Differences>,
}

/// Articles of the newsroom.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomArticleList {
    /// The articles, what was touched last first.
    #[schema(max_items = 100)]
    pub data: Vec<NewsroomArticle>,
    /// What to send as `after` for the next ones; null at the end.
    #[schema(required = true, max_length = 40)]
    pub after: Option<String>,
}

/// `GET /v1/newsroom/articles`.
pub const LIST: Endpoint = Endpoint {
    id: "listNewsroomArticles",
    method: Method::Get,
    path: "/v1/newsroom/articles",
    tag: Tag::Newsroom,
    summary: "Articles of the newsroom",
    description: "Drafts and all others, what was touched last first. A contributor sees their own and those given to them.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[
        Parameter {
            name: "state",
            kind: Kind::Option(&[
                "DRAFT",
                "SUBMITTED",
                "CHANGES_REQUESTED",
                "APPROVED",
                "SCHEDULED",
                "WITHHELD",
                "PUBLISHED",
                "WITHDRAWN",
                "KILLED",
            ]),
            description: "Those whose newest revision stands so.",
            example: "SUBMITTED",
        },
        Parameter {
            name: "public",
            kind: Kind::Option(&["true", "false"]),
            description: "Those of which readers see something, or nothing.",
            example: "false",
        },
        Parameter {
            name: "owner",
            kind: Kind::Of("acc"),
            description: "Those that this account made.",
            example: "acc_0cf9b4z8r1c0g",
        },
        Parameter {
            name: "assignee",
            kind: Kind::Of("acc"),
            description: "Those given to this account.",
            example: "acc_0cf9b4z8r1c0g",
        },
        FIRST,
        Parameter {
            name: "after",
            kind: Kind::Cursor(CursorOf::Articles),
            description: "Those after this place.",
            example: "",
        },
    ],
    body: None,
    answer: Answer {
        description: "The articles, without their texts.",
        content: &[(JSON, Shape::Schema("NewsroomArticleList"))],
        headers: Headers::Unkept,
        ..ARTICLE
    },
    problems: &[Code::Unauthenticated, Code::Forbidden],
};

/// Handles [`LIST`].
///
/// # Errors
/// As [`look::list`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn list(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    let wanted = Wanted {
        state: query.choice("state").map(state).transpose()?,
        owner: query.text("owner").map(str::parse).transpose()?,
        assignee: query.text("assignee").map(str::parse).transpose()?,
        own: None,
        public: query.choice("public").map(|word| word == "true"),
    };
    let after = query.text("after").map(cursor::Place::decode).transpose()?;
    let after = after.map(|place| Place { updated_at: place.updated_at, id: ArticleId(place.id) });
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut entries = look::list(&app.db, &viewer, wanted, after, limit).await?;
    let more = entries.len() > size;
    entries.truncate(size);
    let after = entries.last().filter(|_| more).map(place);
    let data = entries.iter().map(|entry| NewsroomArticle::of(&viewer, entry)).collect();
    private(StatusCode::OK, &NewsroomArticleList { data, after })
}

fn place(entry: &Entry) -> String {
    cursor::Place { published_at: entry.updated_at, updated_at: entry.updated_at, id: entry.id.0 }.encode()
}

/// A new article.
#[derive(Debug, Clone, std::default::Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewArticleForm {
    /// The slug that it is to have, if it is free when it is published; made of the headline when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "harbour-bridge-opens")]
    pub slug: Option<String>,
    /// The lasting name for it, for editors who bring one along; made when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 2000, pattern = r"^\S+$")]
    pub uri: Option<String>,
    /// What stands in it. The headline must be there.
    pub article: Changes,
}

/// `POST /v1/newsroom/articles`.
pub const CREATE: Endpoint = Endpoint {
    id: "createArticle",
    method: Method::Post,
    path: "/v1/newsroom/articles",
    tag: Tag::Newsroom,
    summary: "Write a new article",
    description: "It is a draft of the caller's own. `dropped` says what the allow-list left out of the body.",
    cost: "10 points.",
    needs: Needs::own(Action::WriteArticles),
    parameters: &[ONCE],
    body: Some(Body { schema: "NewArticleForm", example: new_example }),
    answer: Answer { status: 201, description: "The draft.", ..ARTICLE },
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::Conflict, Code::InvalidInput, Code::UnsupportedMedia],
};

fn new_example() -> Value {
    json!({ "article": {
        "headline": "Harbour bridge opens after three years",
        "summary": "The first cars crossed on Monday.",
        "body": { "markdown": "The first cars crossed **on Monday**.\n\n## What comes next\n\nThe old ferry stops in May." },
        "authors": [{ "name": "Ada Marsh" }],
        "topics": [{ "name": "Transport" }, { "name": "Harbour", "kind": "PLACE" }],
    } })
}

/// Handles [`CREATE`].
///
/// # Errors
/// As [`write::create`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn create(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    CREATE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    CREATE.needs.hold(&viewer)?;
    let form: NewArticleForm = body::read(&req, &bytes)?;
    let key = once(&req, &form)?;
    let new = New { changes: form.article, slug: form.slug, uri: form.uri };
    let written = write::create(&app.db, &viewer, &app.settings.site, new, key).await?;
    answer(StatusCode::CREATED, &shown(&viewer, &written.value)?, written.seq)
}

/// `GET /v1/newsroom/articles/{id}`.
pub const ONE: Endpoint = Endpoint {
    id: "getNewsroomArticle",
    method: Method::Get,
    path: "/v1/newsroom/articles/{id}",
    tag: Tag::Newsroom,
    summary: "One article of the newsroom",
    description: "As its newest revision has it, which need not be what readers see.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID],
    body: None,
    answer: ARTICLE,
    problems: READ_PROBLEMS,
};

/// Handles [`ONE`].
///
/// # Errors
/// As [`look::with_text`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn one(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    // Before the read: what it sees is at least as new as its label.
    let seq = *app.db.head().borrow();
    let (entry, manuscript) = look::with_text(&app.db, &viewer, article_of(query.text("id"))?).await?;
    answer(StatusCode::OK, &NewsroomArticle::of(&viewer, &entry).with(manuscript.as_ref())?, seq)
}

/// `PATCH /v1/newsroom/articles/{id}`.
pub const SAVE: Endpoint = Endpoint {
    id: "saveArticle",
    method: Method::Patch,
    path: "/v1/newsroom/articles/{id}",
    tag: Tag::Newsroom,
    summary: "Save another revision",
    description: "What is left out stays, null empties a field. A public article stays as it is, and has a draft beside. When somebody else \
                  has saved since, nothing is saved, and 412 has both texts and their differences.",
    cost: "10 points.",
    needs: Needs::own(Action::WriteArticles),
    parameters: &[ID, IF_MATCH],
    body: Some(Body { schema: "Changes", example: changes_example }),
    answer: ARTICLE,
    problems: WRITE_PROBLEMS,
};

fn changes_example() -> Value {
    json!({ "headline": "Harbour bridge opens, at last", "label": null })
}

/// Handles [`SAVE`].
///
/// # Errors
/// As [`write::save`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn save(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = SAVE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    SAVE.needs.hold(&viewer)?;
    let changes: Changes = body::read(&req, &bytes)?;
    let expected = expected(&req)?;
    let id = article_of(query.text("id"))?;
    let written = write::save(&app.db, &viewer, &app.settings.site, id, expected, changes).await?;
    outcome(&req, &viewer, &written)
}

/// `DELETE /v1/newsroom/articles/{id}`.
pub const DELETE: Endpoint = Endpoint {
    id: "deleteDraft",
    method: Method::Delete,
    path: "/v1/newsroom/articles/{id}",
    tag: Tag::Newsroom,
    summary: "Delete an article that was never public",
    description: "Its revisions and notes go with it. What was public is withdrawn instead.",
    cost: "10 points.",
    needs: Needs::own(Action::WriteArticles),
    parameters: &[ID, IF_MATCH],
    body: None,
    answer: DONE,
    problems: WRITE_PROBLEMS,
};

/// Handles [`DELETE`].
///
/// # Errors
/// As [`write::delete`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn delete(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = DELETE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    DELETE.needs.hold(&viewer)?;
    let written = write::delete(&app.db, &viewer, article_of(query.text("id"))?, expected(&req)?).await?;
    Ok(numbered(&written, body::nothing()))
}

/// What is being typed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AutosaveForm {
    /// The version of the article that it began with.
    #[schema(minimum = 1)]
    pub version: i32,
    /// What has been changed since then, all of it.
    pub changes: Changes,
}

const AUTOSAVE_PATH: &str = "/v1/newsroom/articles/{id}/autosave";

const AUTOSAVED: Answer = Answer {
    description: "What is kept.",
    content: &[(JSON, Shape::Schema("ArticleAutosave"))],
    headers: Headers::Unkept,
    ..ARTICLE
};

/// `PUT /v1/newsroom/articles/{id}/autosave`.
pub const AUTOSAVE: Endpoint = Endpoint {
    id: "autosaveArticle",
    method: Method::Put,
    path: AUTOSAVE_PATH,
    tag: Tag::Newsroom,
    summary: "Keep what is being typed",
    description: "In the place of what the caller sent before. It is no revision, changes nothing for anybody else, and is forgotten \
                  when the caller saves.",
    cost: "10 points.",
    needs: Needs::own(Action::WriteArticles),
    parameters: &[ID],
    body: Some(Body { schema: "AutosaveForm", example: autosave_example }),
    answer: AUTOSAVED,
    problems: &[
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::InvalidInput,
        Code::UnsupportedMedia,
    ],
};

fn autosave_example() -> Value {
    json!({ "version": 1, "changes": { "headline": "Harbour bri" } })
}

/// Handles [`AUTOSAVE`].
///
/// # Errors
/// As [`write::autosave`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn autosave(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = AUTOSAVE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    AUTOSAVE.needs.hold(&viewer)?;
    let form: AutosaveForm = body::read(&req, &bytes)?;
    let id = article_of(query.text("id"))?;
    let written = write::autosave(&app.db, &viewer, id, form.version, form.changes).await?;
    private(StatusCode::OK, &ArticleAutosave::of(&written.value)?)
}

/// `GET /v1/newsroom/articles/{id}/autosave`.
pub const AUTOSAVE_GET: Endpoint = Endpoint {
    id: "getAutosave",
    method: Method::Get,
    path: AUTOSAVE_PATH,
    tag: Tag::Newsroom,
    summary: "What the caller was typing",
    description: "404 where nothing is kept.",
    cost: "5 points.",
    needs: Needs::own(Action::SeeNewsroom),
    parameters: &[ID],
    body: None,
    answer: AUTOSAVED,
    problems: READ_PROBLEMS,
};

/// Handles [`AUTOSAVE_GET`].
///
/// # Errors
/// As [`write::autosaved`]; `NOT_FOUND`, `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn autosave_get(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = AUTOSAVE_GET.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, READ)?;
    let viewer = credential::reading(&req, &identity).await?.0.viewer();
    match write::autosaved(&app.db, &viewer, article_of(query.text("id"))?).await? {
        Some(autosave) => private(StatusCode::OK, &ArticleAutosave::of(&autosave)?),
        None => Err(Error::new(Code::NotFound, "Nothing that you were typing is kept.")),
    }
}

/// `DELETE /v1/newsroom/articles/{id}/autosave`.
pub const AUTOSAVE_FORGET: Endpoint = Endpoint {
    id: "forgetAutosave",
    method: Method::Delete,
    path: AUTOSAVE_PATH,
    tag: Tag::Newsroom,
    summary: "Forget what the caller was typing",
    description: "204 also where nothing was kept.",
    cost: "10 points.",
    needs: Needs::own(Action::WriteArticles),
    parameters: &[ID],
    body: None,
    answer: DONE,
    problems: READ_PROBLEMS,
};

/// Handles [`AUTOSAVE_FORGET`].
///
/// # Errors
/// As [`write::forget_autosave`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn autosave_forget(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = AUTOSAVE_FORGET.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    let written = write::forget_autosave(&app.db, &viewer, article_of(query.text("id"))?).await?;
    Ok(numbered(&written, body::nothing()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn if_match_names_a_version_or_says_what_is_wrong_with_its_form() {
        let read = |lines: &[&'static str]| {
            let request =
                lines.iter().fold(TestRequest::patch(), |request, line| request.append_header(("if-match", *line)));
            expected(&request.to_http_request()).map_err(|error| (error.code(), error.message().to_owned()))
        };
        for (lines, version) in [
            (&["\"2\""][..], Expected::Version(2)),
            (&["\"2-gzip\""], Expected::Version(2)),
            (&["\"2\", \"2-br\""], Expected::Version(2)),
            (&["W/\"3\", \"2\""], Expected::Version(2)),
            (&["\"of another, server\",\"2\""], Expected::Version(2)),
            (&["\"a\"", "\"2\""], Expected::Version(2)),
            (&[" * "], Expected::Any),
            // Tags, and of no version of ours.
            (&["\"abc\""], Expected::Version(0)),
            (&["\"02\""], Expected::Version(0)),
            (&["\"\""], Expected::Version(0)),
        ] {
            assert_eq!(read(lines), Ok(version), "{lines:?}");
        }
        for (lines, says) in [
            (&["2"][..], "double quotes"),
            (&["\"2"], "double quotes"),
            (&["\"2\" \"3\""], "double quotes"),
            (&[""], "double quotes"),
            (&["*, \"2\""], "double quotes"),
            (&["W/\"2\""], "strongly"),
            (&["w/\"2\""], "double quotes"),
            (&["\"1\", \"2\""], "several versions"),
        ] {
            let (code, message) = read(lines).unwrap_err();
            assert_eq!(code, Code::InvalidParameter, "{lines:?}");
            assert!(message.contains(says) && message.contains("\"2\""), "{lines:?}: {message}");
        }
        assert_eq!(read(&[]).unwrap_err().0, Code::PreconditionRequired);
    }
}
