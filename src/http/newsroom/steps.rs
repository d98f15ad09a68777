//! What is done to an article as a whole: review, publication, correction, withdrawal.

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{ARTICLE, ID, IF_MATCH, WRITE, WRITE_PROBLEMS, after, article_of, expected, outcome};
use crate::app::App;
use crate::error::Result;
use crate::http::body;
use crate::http::credential;
use crate::http::endpoint::{Body, Endpoint, Method, Needs, Tag};
use crate::http::rate;
use crate::identity::Identity;
use crate::model::id::AccountId;
use crate::model::policy::Action;
use crate::model::time::Instant;
use crate::newsroom::changes::Changes;
use crate::newsroom::review::{self, Review};
use crate::newsroom::{correct, history, move_slug as moving, publish as publishing, withdraw as withdrawing, write};

/// A step of review.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReviewForm {
    /// A note to the desk; never public.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 10000, pattern = r"\S")]
    pub note: Option<String>,
}

/// When to publish.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScheduleForm {
    /// The instant, which is to come.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

/// How to publish.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PublishForm {
    /// The public note of a correction: what was wrong.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub correction: Option<String>,
}

/// A correction.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CorrectForm {
    /// The public note: what was wrong.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub note: String,
    /// What is put right of the public article; left out, the note alone is added.
    #[serde(default)]
    pub changes: Changes,
}

/// Why an article is taken back.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ReasonForm {
    /// The reason, which is public.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub reason: String,
}

/// Another slug.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MoveForm {
    /// The slug.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$")]
    pub slug: String,
}

/// Which revision to restore.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RestoreForm {
    /// Its number.
    #[schema(minimum = 1)]
    pub revision: i32,
}

/// Whom to give an article to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AssignForm {
    /// The id of the account; null for nobody.
    #[serde(deserialize_with = "or_null")]
    #[schema(value_type = Option<String>, required = true, pattern = "^acc_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub assignee: Option<AccountId>,
}

/// A member that must be sent, though it may be null: left out by mistake it would say what null says.
fn or_null<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> std::result::Result<Option<T>, D::Error> {
    Option::deserialize(d)
}

fn note_example() -> Value {
    json!({ "note": "The second source has confirmed it." })
}

fn schedule_example() -> Value {
    json!({ "at": "2030-01-31T06:00:00Z" })
}

fn publish_example() -> Value {
    json!({})
}

fn correct_example() -> Value {
    json!({ "note": "The bridge is 410 metres long, not 140.", "changes": { "summary": "The bridge is 410 metres long." } })
}

fn reason_example() -> Value {
    json!({ "reason": "The figures were taken from a draft that the council had already replaced." })
}

fn move_example() -> Value {
    json!({ "slug": "harbour-bridge-opens-at-last" })
}

fn restore_example() -> Value {
    json!({ "revision": 1 })
}

fn assign_example() -> Value {
    json!({ "assignee": "acc_0cf9b4z8r1c0g" })
}

const fn step(
    id: &'static str,
    path: &'static str,
    summary: &'static str,
    description: &'static str,
    needs: Needs,
    body: Option<Body>,
) -> Endpoint {
    Endpoint {
        id,
        method: Method::Post,
        path,
        tag: Tag::Newsroom,
        summary,
        description,
        cost: "10 points.",
        needs,
        parameters: &[ID, IF_MATCH],
        body,
        answer: ARTICLE,
        problems: WRITE_PROBLEMS,
    }
}

/// `POST /v1/newsroom/articles/{id}/submit`.
pub const SUBMIT: Endpoint = step(
    "submitArticle",
    "/v1/newsroom/articles/{id}/submit",
    "Hand an article to the desk",
    "The desk approves it, publishes it, or hands it back.",
    Needs::own(Action::WriteArticles),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`SUBMIT`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn submit(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = SUBMIT.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    SUBMIT.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::Submit, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/take-back`.
pub const TAKE_BACK: Endpoint = step(
    "takeBackArticle",
    "/v1/newsroom/articles/{id}/take-back",
    "Take a submission back",
    "It is a draft again.",
    Needs::own(Action::WriteArticles),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`TAKE_BACK`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn take_back(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = TAKE_BACK.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    TAKE_BACK.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::TakeBack, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/request-changes`.
pub const REQUEST_CHANGES: Endpoint = step(
    "requestArticleChanges",
    "/v1/newsroom/articles/{id}/request-changes",
    "Hand an article back for changes",
    "With a note that says what is to be changed.",
    Needs::right(Action::ReviewArticles),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`REQUEST_CHANGES`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn request_changes(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = REQUEST_CHANGES.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    REQUEST_CHANGES.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::RequestChanges, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/approve`.
pub const APPROVE: Endpoint = step(
    "approveArticle",
    "/v1/newsroom/articles/{id}/approve",
    "Approve an article",
    "It is fit to be published, and is not public yet.",
    Needs::right(Action::ReviewArticles),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`APPROVE`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn approve(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = APPROVE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    APPROVE.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::Approve, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/withhold`.
pub const WITHHOLD: Endpoint = step(
    "withholdArticle",
    "/v1/newsroom/articles/{id}/withhold",
    "Hold an article back",
    "It waits without an instant.",
    Needs::right(Action::ReviewArticles),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`WITHHOLD`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn withhold(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = WITHHOLD.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    WITHHOLD.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::Withhold, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/unschedule`.
pub const UNSCHEDULE: Endpoint = step(
    "unscheduleArticle",
    "/v1/newsroom/articles/{id}/unschedule",
    "Take an article off its schedule",
    "It is approved, and waits for nobody.",
    Needs::right(Action::Publish),
    Some(Body { schema: "ReviewForm", example: note_example }),
);

/// Handles [`UNSCHEDULE`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn unschedule(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = UNSCHEDULE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    UNSCHEDULE.needs.hold(&viewer)?;
    let form: ReviewForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::review(&app.db, &viewer, id, expected, Review::Unschedule, form.note.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/schedule`.
pub const SCHEDULE: Endpoint = step(
    "scheduleArticle",
    "/v1/newsroom/articles/{id}/schedule",
    "Publish at an instant",
    "Its newest revision becomes public at the second, and nothing of it before. One that is scheduled already gets another instant.",
    Needs::right(Action::Publish),
    Some(Body { schema: "ScheduleForm", example: schedule_example }),
);

/// Handles [`SCHEDULE`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn schedule(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = SCHEDULE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    SCHEDULE.needs.hold(&viewer)?;
    let form: ScheduleForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::schedule(&app.db, &viewer, id, expected, form.at).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/publish`.
pub const PUBLISH: Endpoint = step(
    "publishArticle",
    "/v1/newsroom/articles/{id}/publish",
    "Publish now",
    "The newest revision goes into the catalogue; with `correction` it replaces the public one under a public note. What is under embargo, or is not public and dated in the future, is scheduled for then; what is public is not dated ahead (`CONFLICT`). Read with `Masthead-Min-Seq` and the `Masthead-Seq` of the answer to see it on any node.",
    Needs::right(Action::Publish),
    Some(Body { schema: "PublishForm", example: publish_example }),
);

/// Handles [`PUBLISH`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn publish(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = PUBLISH.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    PUBLISH.needs.hold(&viewer)?;
    let form: PublishForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = publishing::publish_as(&app.db, &viewer, id, expected, form.correction.as_deref()).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/withdraw`.
pub const WITHDRAW: Endpoint = step(
    "withdrawArticle",
    "/v1/newsroom/articles/{id}/withdraw",
    "Withdraw an article",
    "Readers find 410 with the reason, at once, everywhere. The newsroom keeps its revisions, and it may be published again.",
    Needs::right(Action::Withdraw),
    Some(Body { schema: "ReasonForm", example: reason_example }),
);

/// Handles [`WITHDRAW`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn withdraw(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = WITHDRAW.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    WITHDRAW.needs.hold(&viewer)?;
    let form: ReasonForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = withdrawing::take(&app.db, &viewer, id, expected, &form.reason, false).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/kill`.
pub const KILL: Endpoint = step(
    "killArticle",
    "/v1/newsroom/articles/{id}/kill",
    "Kill an article",
    "For legal reasons, for good: as a withdrawal, and its revisions go into the audit store, which no door reads.",
    Needs::right(Action::Kill),
    Some(Body { schema: "ReasonForm", example: reason_example }),
);

/// Handles [`KILL`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn kill(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = KILL.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    KILL.needs.hold(&viewer)?;
    let form: ReasonForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = withdrawing::take(&app.db, &viewer, id, expected, &form.reason, true).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/move`.
pub const MOVE: Endpoint = step(
    "moveArticle",
    "/v1/newsroom/articles/{id}/move",
    "Give an article another slug",
    "The old address leads to the new one for good (308), and is never another article's.",
    Needs::right(Action::MoveSlug),
    Some(Body { schema: "MoveForm", example: move_example }),
);

/// Handles [`MOVE`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn move_slug(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    let query = MOVE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    MOVE.needs.hold(&viewer)?;
    let form: MoveForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = moving::move_as(&app.db, &viewer, id, expected, &form.slug).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/discard`.
pub const DISCARD: Endpoint = step(
    "discardDraft",
    "/v1/newsroom/articles/{id}/discard",
    "Give the draft beside a public article up",
    "The newest revision is again what readers see; the history keeps the draft.",
    Needs::own(Action::WriteArticles),
    None,
);

/// Handles [`DISCARD`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn discard(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = DISCARD.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    DISCARD.needs.hold(&viewer)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = write::discard(&app.db, &viewer, id, expected).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/restore`.
pub const RESTORE: Endpoint = step(
    "restoreRevision",
    "/v1/newsroom/articles/{id}/restore",
    "Restore a revision",
    "As another revision. Corrections that were published since stay.",
    Needs::own(Action::WriteArticles),
    Some(Body { schema: "RestoreForm", example: restore_example }),
);

/// Handles [`RESTORE`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn restore(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = RESTORE.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    RESTORE.needs.hold(&viewer)?;
    let form: RestoreForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = history::restore(&app.db, &viewer, id, expected, form.revision).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/assign`.
pub const ASSIGN: Endpoint = step(
    "assignArticle",
    "/v1/newsroom/articles/{id}/assign",
    "Give an article to somebody",
    "A contributor whom it is given to sees and writes it as their own. Null gives it to nobody.",
    Needs::right(Action::ReviewArticles),
    Some(Body { schema: "AssignForm", example: assign_example }),
);

/// Handles [`ASSIGN`].
///
/// # Errors
/// As the use case; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn assign(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = ASSIGN.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    ASSIGN.needs.hold(&viewer)?;
    let form: AssignForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let written = review::assign(&app.db, &viewer, id, expected, form.assignee).await?;
    after(&app, &viewer, &written).await
}

/// `POST /v1/newsroom/articles/{id}/correct`.
pub const CORRECT: Endpoint = step(
    "correctArticle",
    "/v1/newsroom/articles/{id}/correct",
    "Correct what is public",
    "Publishes the public article with these changes at once, under a public note that says what was wrong. A draft beside stays one, and is put right in what it had not changed itself; what it had is in `unmerged`, and it is handed back if it was on its way out.",
    Needs::right(Action::Correct),
    Some(Body { schema: "CorrectForm", example: correct_example }),
);

/// Handles [`CORRECT`].
///
/// # Errors
/// As [`correct::correct_with`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn correct(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = CORRECT.read(&req, app.settings.page)?;
    rate::charge(&req, WRITE)?;
    let viewer = credential::writing(&req, &identity).await?.0.viewer();
    CORRECT.needs.hold(&viewer)?;
    let form: CorrectForm = body::read(&req, &bytes)?;
    let (id, expected) = (article_of(query.text("id"))?, expected(&req)?);
    let site = &app.settings.site;
    let written = correct::correct_with(&app.db, &viewer, site, id, expected, form.changes, &form.note).await?;
    outcome(&req, &viewer, &written)
}
