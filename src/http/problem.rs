//! Errors as problem documents (RFC 9457), whoever made them.
//!
//! A handler returns [`crate::error::Error`]; actix and its middleware answer with empty or plain bodies of their own,
//! for an unknown path, a wrong method, a body that cannot be read. The layer here makes one form of all of them, and
//! writes the cause of a failure to the log, once.

use super::{answer::Answer, request_id::RequestId};
use crate::error::{Code, Error};
use actix_web::{
    HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
};
use serde::Serialize;
use std::fmt::Write as _;

/// The media type of a problem document.
pub const MEDIA_TYPE: &str = "application/problem+json";

/// Where the types of problems are described: below it stands one page for each [`slug()`].
pub const TYPE_PREFIX: &str = "/problems/";

/// A problem document (RFC 9457, 3), with the members `code`, `retryable`, `parameter` and `requestId` of ours.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Problem {
    /// Identifies the kind of problem: a URI reference to its description.
    #[serde(rename = "type")]
    #[schema(example = "/problems/not-found")]
    pub kind: String,
    /// What kind of problem it is, in a sentence that is the same each time.
    pub title: &'static str,
    /// The HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// What is wrong this time, and what to do about it.
    pub detail: String,
    /// Identifies this occurrence: `urn:uuid:` and the request id, if that is a UUID.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instance: Option<String>,
    /// The kind of problem as a name that programs compare.
    #[schema(example = "NOT_FOUND")]
    pub code: &'static str,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    /// The parameter or field at fault, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// The id under which the log has the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// The value of `Retry-After`.
    #[serde(skip)]
    #[schema(ignore)]
    pub retry_after: Option<u64>,
}

/// The name of a code in the address of its description: `NOT_FOUND` gives `not-found`.
pub fn slug(code: Code) -> String {
    code.name().to_ascii_lowercase().replace('_', "-")
}

impl Problem {
    /// The problem that `error` is, in the answer to the request with the id `request`.
    pub fn new(error: &Error, request: Option<&RequestId>) -> Self {
        let code = error.code();
        Problem {
            kind: format!("{TYPE_PREFIX}{}", slug(code)),
            title: code.meaning(),
            status: code.status(),
            detail: error.message().to_owned(),
            instance: None,
            code: code.name(),
            retryable: code.retry(),
            parameter: error.parameter().map(ToOwned::to_owned),
            request_id: None,
            retry_after: error.retry_after(),
        }
        .named(request)
    }

    fn named(mut self, request: Option<&RequestId>) -> Self {
        self.name(request);
        self
    }

    /// Names the request that it is told to.
    pub(super) fn name(&mut self, request: Option<&RequestId>) {
        self.instance = request.filter(|id| id.is_uuid()).map(|id| format!("urn:uuid:{id}"));
        self.request_id = request.map(ToString::to_string);
    }

    /// The body of the answer.
    fn body(&self) -> BoxBody {
        // Texts and numbers always serialise; if they did not, the status would have to say it all.
        BoxBody::new(serde_json::to_vec(self).unwrap_or_default())
    }

    /// The answer.
    pub fn response(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::with_body(status, self.body());
        prepare_headers(status, response.headers_mut());
        self.say_when(response.headers_mut());
        response
    }

    /// Says when to come back, where that is known.
    fn say_when(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
    }
}

/// Gives headers of any answer those that a problem document needs, and takes those that speak of another body.
fn prepare_headers(status: StatusCode, headers: &mut HeaderMap) {
    for name in [
        header::CONTENT_ENCODING,
        header::CONTENT_LENGTH,
        header::ETAG,
        header::LAST_MODIFIED,
        header::TRANSFER_ENCODING,
    ] {
        headers.remove(name);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(MEDIA_TYPE));
    if status == StatusCode::SERVICE_UNAVAILABLE && !headers.contains_key(header::RETRY_AFTER) {
        // What is missing (a connection, a database, a change) mostly comes within moments.
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    if status == StatusCode::UNAUTHORIZED && !headers.contains_key(header::WWW_AUTHENTICATE) {
        // RFC 9110, 15.5.2: a 401 says how to authenticate.
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"masthead\""));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        // Without a word of ours a cache may keep a 404, a 405 or a 414 for as long as it likes (RFC 9110, 15.1).
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code().status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The problem without the request's id, which the layer adds.
    fn error_response(&self) -> HttpResponse {
        Problem::new(self, None).response()
    }
}

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<EitherBody<B>> {
    let id = RequestId::of(req.request());
    match next.call(req).await {
        Ok(response) => Ok(in_one_form(response, id.as_ref())),
        Err(mut error) => {
            // The request is gone, so actix renders this error at the very end; what we want to say goes with it.
            let problem = match error.as_error::<Error>() {
                Some(ours) => {
                    log(ours);
                    Problem::new(ours, id.as_ref())
                }
                None => {
                    let foreign = foreign(error.as_response_error().status_code(), &error.to_string(), None);
                    log(&foreign);
                    Problem::new(&foreign, id.as_ref())
                }
            };
            error.add_response_mapper(move |mut response| {
                prepare_headers(response.status(), response.headers_mut());
                problem.say_when(response.headers_mut());
                response.set_body(problem.body())
            });
            Err(error)
        }
    }
}

/// The same answer, or a problem document in its place if it is an error that has no body worth keeping.
fn in_one_form<B: MessageBody>(answer: ServiceResponse<B>, id: Option<&RequestId>) -> ServiceResponse<EitherBody<B>> {
    let status = answer.status();
    if !status.is_client_error() && !status.is_server_error() {
        return answer.map_into_left_body();
    }
    if let Some(ours) = answer.response().error().and_then(|error| error.as_error::<Error>()) {
        log(ours);
        let problem = Problem::new(ours, id);
        return replace_body(answer, &problem);
    }
    let plain =
        answer.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !plain {
        return answer.map_into_left_body();
    }
    let said = answer.response().error().map(ToString::to_string);
    let (request, response) = answer.into_parts();
    let allowed = response.headers().get(header::ALLOW).and_then(|value| value.to_str().ok()).map(ToOwned::to_owned);
    let (response, body) = response.into_parts();
    let text = match (said, body.try_into_bytes()) {
        (Some(said), _) => said,
        (None, Ok(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        (None, Err(_)) => String::new(),
    };
    let error = foreign(status, &text, allowed.as_deref());
    log(&error);
    let problem = Problem { status: status.as_u16(), ..Problem::new(&error, id) };
    replace_body(ServiceResponse::new(request, response.set_body(())), &problem).map_body(|_, body| match body {
        EitherBody::Right { body } => EitherBody::right(body),
        EitherBody::Left { .. } => EitherBody::right(BoxBody::new(())),
    })
}

fn replace_body<B: MessageBody>(answer: ServiceResponse<B>, problem: &Problem) -> ServiceResponse<EitherBody<B>> {
    let mut answer = answer.map_body(|_, _| EitherBody::right(problem.body()));
    prepare_headers(answer.status(), answer.headers_mut());
    problem.say_when(answer.headers_mut());
    answer
}

/// An error that actix or a layer of another crate has made, as one of ours.
fn foreign(status: StatusCode, text: &str, allowed: Option<&str>) -> Error {
    let by_status = || Code::ALL.iter().copied().find(|code| code.status() == status.as_u16());
    let code = match status {
        StatusCode::INTERNAL_SERVER_ERROR => Code::Internal,
        status if status.is_server_error() => by_status().unwrap_or(Code::Internal),
        _ => by_status().unwrap_or(Code::BadRequest),
    };
    match code {
        Code::NotFound => {
            Error::new(code, "There is nothing at this address. Check the path; the start page links to what there is.")
        }
        Code::MethodNotAllowed => Error::new(
            code,
            match allowed {
                Some(allowed) => format!("This address does not know the method. Use one of: {allowed}."),
                None => "This address does not know the method.".into(),
            },
        ),
        Code::NotAcceptable => {
            Error::new(code, "None of the media types or codings asked for can be given. Loosen the Accept headers.")
        }
        Code::TooLarge => Error::new(code, "The body is larger than the server accepts. Send less at once."),
        // What another crate says about a failure of ours is for the log.
        Code::Internal => Error::internal(if text.is_empty() { status.to_string() } else { text.to_owned() }),
        _ if text.is_empty() || status.is_server_error() => Error::new(code, code.meaning()),
        _ => Error::new(code, text),
    }
}

/// Writes a failure of ours to the log, with all its causes. What the caller did wrong is in the access log.
fn log(error: &Error) {
    if error.code().status() < 500 {
        return;
    }
    let mut causes = String::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let _ = write!(causes, "{}{inner}", if causes.is_empty() { "" } else { ": " });
        cause = inner.source();
    }
    tracing::error!(code = error.code().name(), told = error.message(), causes, "A request failed.");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request_id;
    use actix_web::{App, middleware::from_fn, test, web};
    use serde_json::{Value, json};

    async fn conflict() -> Result<HttpResponse, Error> {
        Err(Error::new(Code::InvalidParameter, "first is too large. Ask for at most 100.").at("first"))
    }

    async fn failure() -> Result<HttpResponse, Error> {
        Err(Error::internal("the disk is on fire"))
    }

    async fn ask(req: test::TestRequest) -> (StatusCode, HeaderMap, Value) {
        let app = App::new()
            .wrap(from_fn(layer))
            .wrap(from_fn(request_id::layer))
            .service(web::resource("/conflict").route(web::get().to(conflict)).route(web::put().to(conflict)))
            .route("/failure", web::get().to(failure))
            .route("/teapot", web::get().to(|| async { HttpResponse::ImATeapot().body("short and stout") }))
            .route("/io", web::get().to(|| async { Err::<HttpResponse, _>(std::io::Error::other("secret path")) }))
            .route("/own", web::get().to(|| async { HttpResponse::BadRequest().json(json!({"own": true})) }))
            .route("/query", web::get().to(|_: web::Query<std::collections::HashMap<String, u8>>| async { "" }));
        let app = test::init_service(app).await;
        let res = test::call_service(&app, req.insert_header(("x-request-id", "id-1")).to_request()).await;
        let (status, headers) = (res.status(), res.headers().clone());
        (status, headers, serde_json::from_slice(&test::read_body(res).await).unwrap())
    }

    #[actix_web::test]
    async fn our_errors_are_problems() {
        let (status, headers, body) = ask(test::TestRequest::get().uri("/conflict")).await;
        assert_eq!((status.as_u16(), headers.get(header::CONTENT_TYPE).unwrap().to_str().unwrap()), (400, MEDIA_TYPE));
        assert_eq!(headers.get(header::CACHE_CONTROL).unwrap(), "no-store");
        assert_eq!(
            body,
            json!({"type": "/problems/invalid-parameter", "title": Code::InvalidParameter.meaning(), "status": 400,
                "detail": "first is too large. Ask for at most 100.", "code": "INVALID_PARAMETER", "retryable": false,
                "parameter": "first", "requestId": "id-1"})
        );
    }

    #[actix_web::test]
    async fn causes_stay_inside() {
        for path in ["/failure", "/io"] {
            let (status, _, body) = ask(test::TestRequest::get().uri(path)).await;
            assert_eq!((status.as_u16(), &body["code"]), (500, &json!("INTERNAL")));
            assert!(!body.to_string().contains("fire") && !body.to_string().contains("secret"), "{body}");
        }
    }

    #[actix_web::test]
    async fn errors_of_actix_are_problems_too() {
        let (status, headers, body) = ask(test::TestRequest::post().uri("/conflict")).await;
        assert_eq!((status.as_u16(), &body["code"]), (405, &json!("METHOD_NOT_ALLOWED")));
        let allow = headers.get(header::ALLOW).unwrap().to_str().unwrap();
        assert!(
            allow.contains("GET") && allow.contains("PUT") && body["detail"].as_str().unwrap().contains(allow),
            "{allow}"
        );

        let (status, _, body) = ask(test::TestRequest::get().uri("/nowhere")).await;
        assert_eq!((status.as_u16(), &body["code"]), (404, &json!("NOT_FOUND")));

        let (status, _, body) = ask(test::TestRequest::get().uri("/query?x=999")).await;
        assert_eq!((status.as_u16(), &body["code"]), (400, &json!("BAD_REQUEST")));
        assert!(
            body["detail"].as_str().unwrap().contains("999") || body["detail"].as_str().unwrap().contains("number"),
            "{body}"
        );

        let (status, _, body) = ask(test::TestRequest::get().uri("/teapot")).await;
        assert_eq!((status.as_u16(), &body["status"], &body["detail"]), (418, &json!(418), &json!("short and stout")));
    }

    #[actix_web::test]
    async fn an_error_with_a_body_of_its_own_keeps_it() {
        let (status, _, body) = ask(test::TestRequest::get().uri("/own")).await;
        assert_eq!((status.as_u16(), body), (400, json!({"own": true})));
    }

    #[::core::prelude::v1::test]
    fn a_uuid_makes_the_instance() {
        let id = RequestId::random();
        let problem = Problem::new(&Error::new(Code::Gone, "It has been withdrawn."), Some(&id));
        assert_eq!(problem.instance, Some(format!("urn:uuid:{id}")));
    }
}
