//! `/v1/changes`: what became public, changed or went away.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use utoipa::ToSchema;

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{CursorOf, Default, Kind, Parameter};
use super::problem::{MEDIA_TYPE, Problem};
use super::request_id::RequestId;
use super::{rate, reply};
use crate::app::App;
use crate::catalogue::feed::{self, Asked, Now, Page, Row};
use crate::config::SiteSettings;
use crate::error::{Code, Error, Result};
use crate::formats::article::canonical_url;
use crate::model::change::Subject;
use crate::model::cursor::LogPlace;
use crate::model::time::Instant;

const TYPES: &[&str] = &["article", "author", "topic", "section", "collection"];

/// A change, with what stands there now.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CatalogueChange {
    /// Its number: gap-free over all types, in the order of the commits.
    #[schema(minimum = 1, format = "int64")]
    pub seq: i64,
    /// When it was.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What it is about: `ARTICLE`, `AUTHOR`, `TOPIC`, `SECTION` or `COLLECTION`.
    #[serde(rename = "type")]
    #[schema(example = "ARTICLE")]
    pub noun: String,
    /// The id.
    pub id: String,
    /// What happened: `PUBLISHED`, `UPDATED`, `CORRECTED`, `MOVED`, `WITHDRAWN`, `KILLED` or `REMOVED`.
    #[schema(example = "CORRECTED")]
    pub kind: String,
    /// The version of an article or a collection afterwards; 0 for others.
    pub version: i32,
    /// The slug that it has now; null when it is gone.
    #[schema(required = true)]
    pub slug: Option<String>,
    /// The canonical address of an article now; null for others, and when it is gone.
    #[schema(required = true)]
    pub canonical_url: Option<String>,
    /// Set where an article is gone now, whatever this change was: delete your copy.
    #[schema(required = true)]
    pub gone: Option<Gone>,
}

/// What remains of an article that was taken back.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Gone {
    /// The public reason.
    pub reason: String,
    /// When it was taken back.
    #[schema(value_type = String, format = DateTime)]
    pub withdrawn_at: Instant,
    /// Whether it was taken back for legal reasons: then delete every copy.
    pub killed: bool,
}

/// Changes, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChangeList {
    /// The changes.
    #[schema(max_items = 100)]
    pub data: Vec<CatalogueChange>,
    /// What to send as `after` for those that follow, now or later.
    #[schema(max_length = 54)]
    pub end_cursor: String,
    /// Whether there are more just now.
    pub has_next_page: bool,
    /// Where the log ends now: note it before you list everything, and follow from it afterwards.
    #[schema(max_length = 54)]
    pub head: String,
}

/// The problem document of a cursor that is over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ExpiredProblem {
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// Where to begin anew: note it, list everything, then follow from it.
    #[schema(max_length = 54)]
    pub start: String,
}

/// What a change is about, in capitals, and its id.
pub(super) fn subject(subject: Subject) -> (String, String) {
    let id = match subject {
        Subject::Article(id) => id.to_string(),
        Subject::Author(id) => id.to_string(),
        Subject::Topic(id) => id.to_string(),
        Subject::Section(id) => id.to_string(),
        Subject::Collection(id) => id.to_string(),
    };
    (subject.noun().to_ascii_uppercase(), id)
}

fn view(row: &Row, site: &SiteSettings) -> CatalogueChange {
    let change = &row.change;
    let (noun, id) = subject(change.subject);
    let (slug, canonical, gone) = match &row.now {
        Now::Article(card, section) => {
            (Some(card.slug.clone()), Some(canonical_url(site, card, section.as_deref())), None)
        }
        Now::Slug(slug) => (Some(slug.clone()), None, None),
        Now::Gone(stone) => {
            (None, None, Some(Gone { reason: stone.reason.clone(), withdrawn_at: stone.at, killed: stone.killed }))
        }
        Now::Nothing => (None, None, None),
    };
    CatalogueChange {
        seq: change.seq,
        at: change.at,
        noun,
        id,
        kind: change.deed.as_str().to_ascii_uppercase(),
        version: change.version,
        slug,
        canonical_url: canonical,
        gone,
    }
}

/// `GET /v1/changes`.
pub const LIST: Endpoint = Endpoint {
    id: "listChanges",
    method: Method::Get,
    path: "/v1/changes",
    tag: Tag::Changes,
    summary: "What became public, changed or went away",
    description: "Oldest first. Each row says what happened, and what stands there now: whoever takes the rows in order and looks each \
                  thing up ends with what is public.\n\nTo begin a copy: note `head`, list everything, then follow from `head`. A cursor that is \
                  of another log (a backup was restored) or older than what is kept answers 410 with `start`: begin anew from there.",
    cost: "5 points and one for each row.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            name: "type",
            kind: Kind::Option(TYPES),
            description: "Only changes of these.",
            example: "article",
        },
        Parameter {
            name: "first",
            kind: Kind::Rows(Default::Page),
            description: "How many at the most.",
            example: "20",
        },
        Parameter {
            name: "after",
            kind: Kind::Cursor(CursorOf::Changes),
            description: "Those after this place; from the beginning when it is left out.",
            example: "",
        },
    ],
    body: None,
    answer: Answer {
        description: "The changes.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("ChangeList"))],
        example: None,
        headers: Headers::List,
    },
    problems: &[Code::NotFound, Code::CursorExpired],
};

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = LIST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    rate::charge(&req, u32::try_from(5 + size).unwrap_or(u32::MAX))?;
    let place = query.text("after").map(LogPlace::decode).transpose()?;
    let noun = query.choice("type");
    let reader = reply::reader(&req, &app).await?;
    let page = match feed::after(&reader, place.as_ref(), noun, size).await? {
        Asked::Page(page) => page,
        Asked::Expired(start) => return expired(&req, &start),
    };
    let Page { rows, end, more, head } = page;
    let data = rows.iter().map(|row| view(row, &app.settings.site)).collect();
    let (end_cursor, head) = (end.encode(), head.encode());
    let link = more.then(|| {
        let mut next = url::form_urlencoded::Serializer::new(String::new());
        if let Some(noun) = noun {
            next.append_pair("type", noun);
        }
        next.append_pair("first", &size.to_string()).append_pair("after", &end_cursor);
        format!("<{}?{}>; rel=\"next\"", req.path(), next.finish())
    });
    let body = ChangeList { data, end_cursor: end_cursor.clone(), has_next_page: more, head };
    reply::json(&req, &reader, &body, link.as_deref()).await
}

/// 410 with where to begin anew.
fn expired(req: &HttpRequest, start: &LogPlace) -> Result<HttpResponse> {
    let problem = Problem::new(&feed::expired(start), RequestId::of(req).as_ref());
    let bytes = serde_json::to_vec(&ExpiredProblem { problem, start: start.encode() }).map_err(Error::internal)?;
    let mut response = HttpResponse::build(StatusCode::GONE).content_type(MEDIA_TYPE).body(bytes);
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    Ok(response)
}
