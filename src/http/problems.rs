//! `/problems`: what the `type` of a problem document leads to, for programs and for people.

use std::fmt::Write as _;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::problem::{TYPE_PREFIX, slug};
use super::{rate, reply};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::formats::html::escape;

/// For people.
const HTML: &str = "text/html";
/// The table changes with the program only.
const CACHE_CONTROL: &str = "public, max-age=3600";

/// `GET /problems`.
pub const LIST: Endpoint = Endpoint {
    id: "listProblemTypes",
    method: Method::Get,
    path: "/problems",
    tag: Tag::Problems,
    summary: "Every kind of problem",
    description: "The table of all codes, as JSON or as a page.",
    cost: "1 point.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The kinds of problems.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("ProblemTypeList")), (HTML, Shape::Text)],
        example: None,
        headers: Headers::Fixed,
    },
    problems: &[],
};

/// `GET /problems/{slug}`.
pub const ONE: Endpoint = Endpoint {
    id: "getProblemType",
    method: Method::Get,
    path: "/problems/{slug}",
    tag: Tag::Problems,
    summary: "One kind of problem",
    description: "What the `type` of a problem document (RFC 9457) leads to, as JSON or as a page.",
    cost: "1 point.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "slug",
        kind: Kind::Name,
        description: "The code in lower case with hyphens.",
        example: "not-found",
    }],
    body: None,
    answer: Answer {
        description: "The kind of problem.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("ProblemType")), (HTML, Shape::Text)],
        example: None,
        headers: Headers::Fixed,
    },
    problems: &[Code::NotFound],
};

/// A kind of problem.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemType {
    /// The `type` of such problem documents.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not-found")]
    pub kind: String,
    /// The `code` of such problem documents, and of such errors in GraphQL.
    #[schema(example = "NOT_FOUND")]
    pub code: &'static str,
    /// What it means.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

/// Every kind of problem.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemTypeList {
    /// The kinds, in the order of the program's table.
    pub data: Vec<ProblemType>,
}

impl From<Code> for ProblemType {
    fn from(code: Code) -> Self {
        ProblemType {
            kind: format!("{TYPE_PREFIX}{}", slug(code)),
            code: code.name(),
            title: code.meaning(),
            status: code.status(),
            retryable: code.retry(),
        }
    }
}

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    LIST.read(&req, app.settings.page)?;
    rate::charge(&req, 1)?;
    let data: Vec<ProblemType> = Code::ALL.iter().copied().map(Into::into).collect();
    let rows = data.iter().fold(String::new(), |mut rows, one| {
        let _ = writeln!(
            rows,
            "<tr><td><a href=\"{}\"><code>{}</code></a></td><td>{}</td><td>{}</td></tr>",
            escape(&one.kind),
            escape(one.code),
            one.status,
            escape(one.title)
        );
        rows
    });
    let table = format!(
        "<table>\n<thead><tr><th>Code</th><th>Status</th><th>Meaning</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
    );
    answer(&req, "Problems", &table, &ProblemTypeList { data })
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters say; `NOT_FOUND` for a kind that there is not.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    rate::charge(&req, 1)?;
    let name = query.text("slug").unwrap_or_default();
    let Some(code) = Code::ALL.iter().copied().find(|code| slug(*code) == name) else {
        let says = format!("There is no kind of problem {name:?}. /problems lists those that there are.");
        return Err(Error::new(Code::NotFound, says));
    };
    let retry = if code.retry() {
        "The same request may succeed later: wait as long as <code>Retry-After</code> says, then try again."
    } else {
        "The same request will not succeed later: change it first. The <code>detail</code> of the answer says how."
    };
    let text = format!(
        "<p>{}</p>\n<p>Status {}. {retry}</p>\n<p><a href=\"/problems\">All problems</a></p>\n",
        escape(code.meaning()),
        code.status()
    );
    answer(&req, code.name(), &text, &ProblemType::from(code))
}

fn answer(req: &HttpRequest, title: &str, text: &str, value: &impl Serialize) -> Result<HttpResponse> {
    let mut response = HttpResponse::Ok();
    response.insert_header((header::CACHE_CONTROL, CACHE_CONTROL)).insert_header((header::VARY, "Accept"));
    if reply::negotiated(req, &[reply::JSON, HTML])? == reply::JSON {
        let bytes = serde_json::to_vec(value).map_err(Error::internal)?;
        return Ok(response.content_type(reply::JSON).body(bytes));
    }
    let title = escape(title);
    Ok(response.content_type("text/html; charset=utf-8").body(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\"></head>\n<body>\n<h1>{title}</h1>\n{text}</body>\n</html>\n"
    )))
}
