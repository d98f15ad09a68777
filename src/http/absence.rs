//! What is not there: an address that moved, an article that was taken back, a name that nothing published has.
//!
//! Such an answer depends on what it did not find as any other depends on what it found, and says so: it is kept like others
//! and made anew once the thing appears (`kept`), and caches in front may keep it for as long (`front`).

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};
use serde::Serialize;

use super::problem::{MEDIA_TYPE, Problem};
use super::request_id::RequestId;
use super::{kept, reply};
use crate::cache::{Depends, FOR_ONE};
use crate::catalogue::Reader;
use crate::error::{Code, Error};
use crate::model::article::Tombstone;
use crate::model::time::Instant;

/// Which part of an address is the slug, between slashes: `/v1/articles/{idOrSlug}`, and all others that can move alike.
const SLUG: usize = 3;

/// The problem document of an article that was taken back: a [`Problem`] with what readers may know of it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GoneProblem {
    /// The problem.
    #[serde(flatten)]
    pub problem: Problem,
    /// The public reason.
    #[schema(example = "The figures were taken from a draft that the council had already replaced.")]
    pub reason: String,
    /// When it was taken back.
    #[schema(value_type = String, format = DateTime)]
    pub withdrawn_at: Instant,
    /// Whether it was taken back for legal reasons: then delete every copy that you hold.
    pub killed: bool,
}

/// A document that is the same for all who ask, but that it names the request.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub(super) enum Told {
    /// There is nothing.
    Nothing(Problem),
    /// It is gone.
    Gone(GoneProblem),
}

impl Told {
    fn nothing(says: String) -> Told {
        Told::Nothing(Problem::new(&Error::new(Code::NotFound, says), None))
    }

    fn gone(stone: &Tombstone) -> Told {
        let says = if stone.killed {
            format!("The article was removed for legal reasons; delete every copy. {}", stone.reason)
        } else {
            format!("The article was withdrawn. {}", stone.reason)
        };
        let problem = Problem::new(&Error::new(Code::Gone, says), None);
        Told::Gone(GoneProblem { problem, reason: stone.reason.clone(), withdrawn_at: stone.at, killed: stone.killed })
    }

    /// Its bytes for the request with this id.
    pub(super) fn to(&self, id: Option<&RequestId>) -> Vec<u8> {
        let mut told = self.clone();
        let (Told::Nothing(problem) | Told::Gone(GoneProblem { problem, .. })) = &mut told;
        problem.name(id);
        // Texts, numbers and instants always serialise; if they did not, the status would have to say it all.
        serde_json::to_vec(&told).unwrap_or_default()
    }
}

/// 404: nothing published is called so.
pub(super) fn nothing(req: &HttpRequest, reader: &Reader, says: String) -> HttpResponse {
    nothing_by(req, reader.depended().ok().as_ref(), says)
}

/// The same, where it is known otherwise what that depends on; without, it is nobody else's.
pub(super) fn nothing_by(req: &HttpRequest, on: Option<&Depends>, says: String) -> HttpResponse {
    told(req, StatusCode::NOT_FOUND, Told::nothing(says), on)
}

/// 410 with the reason.
pub(super) fn gone(req: &HttpRequest, reader: &Reader, stone: &Tombstone) -> HttpResponse {
    gone_by(req, reader.depended().ok().as_ref(), stone)
}

/// The same, where it is known otherwise what that depends on; without, it is nobody else's.
pub(super) fn gone_by(req: &HttpRequest, on: Option<&Depends>, stone: &Tombstone) -> HttpResponse {
    // It may come back: a withdrawal can be undone, so nobody keeps this for long.
    told(req, StatusCode::GONE, Told::gone(stone), on)
}

fn told(req: &HttpRequest, status: StatusCode, told: Told, on: Option<&Depends>) -> HttpResponse {
    let mut response = HttpResponse::build(status).content_type(MEDIA_TYPE).body(told.to(RequestId::of(req).as_ref()));
    label(req, &mut response, on);
    req.extensions_mut().insert(told);
    response
}

/// 308 to the same address with another slug in its place, the query kept (RFC 9110, 15.4.9).
pub(super) fn moved(req: &HttpRequest, reader: &Reader, to: &str) -> HttpResponse {
    let mut response = HttpResponse::PermanentRedirect();
    if let Ok(location) = HeaderValue::from_str(&location(req, to)) {
        response.insert_header((header::LOCATION, location));
    }
    let mut response = response.finish();
    label(req, &mut response, reader.depended().ok().as_ref());
    response
}

/// Where that leads.
pub(super) fn location(req: &HttpRequest, to: &str) -> String {
    // By its place: the slug may be called like a part of the route, and may have come percent-encoded.
    let mut path: Vec<&str> = req.path().split('/').collect();
    if let Some(part) = path.get_mut(SLUG) {
        *part = to;
    }
    let query = req.query_string();
    if query.is_empty() { path.join("/") } else { format!("{}?{query}", path.join("/")) }
}

/// Says what the answer depends on, and for how long it may be kept.
fn label(req: &HttpRequest, response: &mut HttpResponse, on: Option<&Depends>) {
    let Some(on) = on.filter(|on| on.until != FOR_ONE) else {
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        return;
    };
    reply::label(response.headers_mut(), on.label.seq);
    kept::depends_on(req, on.clone());
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;
    use serde_json::{Value, json};

    #[test]
    fn what_has_moved_keeps_its_query_and_leads_elsewhere_however_it_was_written() {
        for (asked, leads) in [
            ("/v1/articles/old/related?first=3", "/v1/articles/new/related?first=3"),
            ("/v1/articles/%6Fld", "/v1/articles/new"),
            ("/v1/articles/%6f%6c%64/related", "/v1/articles/new/related"),
            ("/v1/articles/articles", "/v1/articles/new"),
            ("/v1/articles/related/related", "/v1/articles/new/related"),
        ] {
            let req = TestRequest::with_uri(asked).to_http_request();
            assert_eq!(location(&req, "new"), leads, "{asked}");
        }
    }

    #[test]
    fn a_document_names_the_request_that_it_is_for_and_no_other() {
        let told = Told::nothing("There is no article \"x\".".into());
        let of = |id: Option<&RequestId>| serde_json::from_slice::<Value>(&told.to(id)).unwrap();
        let id = RequestId::random();
        let named = of(Some(&id));
        assert_eq!((&named["requestId"], &named["instance"]), (&json!(id.as_str()), &json!(format!("urn:uuid:{id}"))));
        assert_eq!((&named["code"], &named["detail"]), (&json!("NOT_FOUND"), &json!("There is no article \"x\".")));
        let without = of(None);
        assert!(without.get("requestId").is_none() && without.get("instance").is_none(), "{without}");
    }

    #[test]
    fn what_is_one_readers_alone_is_kept_by_nobody() {
        let req = TestRequest::get().to_http_request();
        let response = nothing_by(&req, None, "Nothing.".into());
        assert_eq!(response.headers().get(header::CACHE_CONTROL).unwrap(), "private, no-store");
        assert!(req.extensions().get::<Depends>().is_none());
        let on = Depends { tags: Vec::new(), label: crate::cache::Label::default(), until: None };
        let response = nothing_by(&req, Some(&on), "Nothing.".into());
        assert_eq!(response.headers().get(header::CACHE_CONTROL).unwrap(), reply::CACHE_CONTROL);
        assert_eq!(req.extensions().get::<Depends>(), Some(&on));
    }
}
