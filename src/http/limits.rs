//! Limits of one request: length of target, size of headers, size of body, time.
//!
//! What the HTTP parser refuses never comes here and is answered by it with an empty body: a request line or head of
//! more than 128 KiB or more than 96 headers (431), a target of 64 KiB or more and whatever is not HTTP (400). The
//! settings keep our limits below those of the parser, so that a client that is merely too talkative gets a problem
//! document.

use super::{answer::Answer, shell::Shell};
use crate::{
    config::ServerSettings,
    error::{Code, Error},
};
use actix_web::{
    HttpMessage, HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{Payload, ServiceRequest},
    error::{JsonPayloadError, PayloadError, UrlencodedError},
    http::header,
    middleware::Next,
    web,
};
use futures::StreamExt;

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(mut req: ServiceRequest, next: Next<B>) -> Answer<EitherBody<B>> {
    let server = &Shell::of(req.request())?.settings.server;
    let (request_timeout, body_limit) = (server.request_timeout, server.body_limit.bytes());
    if let Err(error) = check(req.request(), server) {
        return Ok(req.error_response(error).map_into_right_body());
    }
    // A body without a length is counted as it comes. (A WebSocket's frames are no body: they have no such header.)
    if req.headers().contains_key(header::TRANSFER_ENCODING) {
        let body = counted(req.take_payload(), body_limit);
        req.set_payload(body);
    }
    match actix_web::rt::time::timeout(request_timeout, next.call(req)).await {
        Ok(answer) => answer.map(|response| response.map_into_left_body()),
        Err(_) => Err(Error::new(
            Code::Timeout,
            format!(
                "The answer took longer than {} and was given up. Ask for less at once, or try again.",
                humantime::format_duration(request_timeout)
            ),
        )
        .into()),
    }
}

/// What can be known before the body.
fn check(req: &HttpRequest, server: &ServerSettings) -> Result<(), Error> {
    let target = req.uri().path_and_query().map_or("", |target| target.as_str());
    if target.len() > server.uri_limit.bytes() {
        return Err(Error::new(
            Code::UriTooLong,
            format!(
                "The path and query have {} bytes; at most {} are accepted. Send a long query in the body of a POST.",
                target.len(),
                server.uri_limit.bytes()
            ),
        ));
    }
    // No text of ours can hold NUL, and PostgreSQL would refuse it late and less clearly.
    if target.contains("%00") {
        return Err(Error::new(
            Code::BadRequest,
            "The address holds a NUL character (%00), which no text here can hold. Remove it.",
        ));
    }
    // Four bytes of each line are the colon, the space and the end of the line.
    let headers: usize = req.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers > server.header_limit.bytes() {
        return Err(Error::new(
            Code::HeadersTooLarge,
            format!(
                "The request headers have {headers} bytes; at most {} are accepted. Send fewer or smaller cookies and headers.",
                server.header_limit.bytes()
            ),
        ));
    }
    let length = req.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match length {
        Some(length) if length > server.body_limit.0 => Err(too_large(server.body_limit.bytes())),
        _ => Ok(()),
    }
}

fn too_large(limit: usize) -> Error {
    Error::new(
        Code::TooLarge,
        format!("The body has more than the {limit} bytes that are accepted. Send less at once."),
    )
}

/// The same body, failing with [`PayloadError::Overflow`] once it has given more than `limit` bytes.
fn counted(body: Payload, limit: usize) -> Payload {
    let mut left = limit;
    let counted = body.map(move |chunk| {
        let chunk = chunk?;
        left = left.checked_sub(chunk.len()).ok_or(PayloadError::Overflow)?;
        Ok(chunk)
    });
    Payload::Stream { payload: Box::pin(counted) }
}

/// Makes actix's own extractors keep the limits and speak our errors.
pub(super) fn extractors(server: &ServerSettings, config: &mut web::ServiceConfig) {
    let limit = server.body_limit.bytes();
    let parameter = |fault: String| Error::new(Code::InvalidParameter, fault);
    config
        .app_data(web::PayloadConfig::new(limit))
        .app_data(web::JsonConfig::default().limit(limit).error_handler(move |fault, _| json(&fault, limit).into()))
        .app_data(web::FormConfig::default().limit(limit).error_handler(move |fault, _| form(&fault, limit).into()))
        .app_data(web::QueryConfig::default().error_handler(move |fault, _| parameter(fault.to_string()).into()))
        .app_data(web::PathConfig::default().error_handler(move |fault, _| parameter(fault.to_string()).into()));
}

fn json(fault: &JsonPayloadError, limit: usize) -> Error {
    match fault {
        JsonPayloadError::ContentType => Error::new(
            Code::UnsupportedMedia,
            "The body is not declared as JSON. Send it with Content-Type: application/json.",
        ),
        JsonPayloadError::OverflowKnownLength { .. }
        | JsonPayloadError::Overflow { .. }
        | JsonPayloadError::Payload(PayloadError::Overflow) => too_large(limit),
        JsonPayloadError::Deserialize(fault) => {
            Error::new(Code::BadRequest, format!("The body is not the JSON that is expected: {fault}."))
        }
        other => Error::new(Code::BadRequest, format!("The body cannot be read: {other}.")),
    }
}

fn form(fault: &UrlencodedError, limit: usize) -> Error {
    match fault {
        UrlencodedError::ContentType => Error::new(
            Code::UnsupportedMedia,
            "The body is not declared as a form. Send it with Content-Type: application/x-www-form-urlencoded.",
        ),
        UrlencodedError::Overflow { .. } | UrlencodedError::Payload(PayloadError::Overflow) => too_large(limit),
        other => Error::new(Code::BadRequest, format!("The form cannot be read: {other}.")),
    }
}

#[cfg(test)]
mod tests {
    use crate::{config::Settings, config::Sources, http::shell::Shell};
    use actix_web::{
        App, HttpResponse, dev::ServiceResponse, http::header, middleware::from_fn, test, test::TestRequest, web,
    };
    use serde_json::{Value, json};
    use std::time::Duration;

    async fn slow() -> HttpResponse {
        actix_web::rt::time::sleep(Duration::from_secs(5)).await;
        HttpResponse::Ok().finish()
    }

    async fn ask(req: TestRequest) -> (u16, String) {
        let sources = Sources::none()
            .flag("server.uri_limit", "256B")
            .flag("server.header_limit", "1KiB")
            .flag("server.body_limit", "1KiB")
            .flag("server.request_timeout", "100ms");
        let shell = Shell::new(Settings::load(&sources).unwrap());
        let app = App::new()
            .app_data(web::Data::new(shell.clone()))
            .configure(|config| super::extractors(&shell.settings.server, config))
            .wrap(from_fn(super::layer))
            .wrap(from_fn(crate::http::problem::layer))
            .route("/slow", web::get().to(slow))
            .route("/json", web::post().to(|body: web::Json<Value>| async move { HttpResponse::Ok().json(body.0) }))
            .route(
                "/bytes",
                web::post().to(|body: web::Bytes| async move { HttpResponse::Ok().body(body.len().to_string()) }),
            )
            .default_service(web::to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        let res = match test::try_call_service(&app, req.to_request()).await {
            Ok(res) => res.map_into_boxed_body(),
            Err(error) => ServiceResponse::new(TestRequest::get().to_http_request(), error.error_response()),
        };
        let status = res.status().as_u16();
        let body = test::read_body(res).await;
        let code = serde_json::from_slice::<Value>(&body).ok().and_then(|body| Some(body["code"].as_str()?.to_owned()));
        (status, code.unwrap_or_default())
    }

    #[actix_web::test]
    async fn each_limit_has_its_answer() {
        let x = |n: usize| "x".repeat(n);
        for (name, req, status, code) in [
            ("target", TestRequest::get().uri(&format!("/{}", x(255))), 200, ""),
            ("target", TestRequest::get().uri(&format!("/{}", x(256))), 414, "URI_TOO_LONG"),
            ("path", TestRequest::get().uri("/a%00b"), 400, "BAD_REQUEST"),
            ("query", TestRequest::get().uri("/a?q=%00"), 400, "BAD_REQUEST"),
            ("headers", TestRequest::get().insert_header(("cookie", x(900))), 200, ""),
            ("headers", TestRequest::get().insert_header(("cookie", x(1100))), 431, "HEADERS_TOO_LARGE"),
            (
                "length",
                TestRequest::post().uri("/bytes").insert_header((header::CONTENT_LENGTH, 1025)),
                413,
                "PAYLOAD_TOO_LARGE",
            ),
            ("body", TestRequest::post().uri("/bytes").set_payload(x(1024)), 200, ""),
            (
                "body",
                TestRequest::post().uri("/bytes").insert_header(("transfer-encoding", "chunked")).set_payload(x(1025)),
                413,
                "PAYLOAD_TOO_LARGE",
            ),
            ("json", TestRequest::post().uri("/json").set_json(json!({"a": 1})), 200, ""),
            ("json", TestRequest::post().uri("/json").set_payload("{}"), 415, "UNSUPPORTED_MEDIA_TYPE"),
            (
                "json",
                TestRequest::post().uri("/json").insert_header(("content-type", "application/json")).set_payload("{"),
                400,
                "BAD_REQUEST",
            ),
            ("time", TestRequest::get().uri("/slow"), 408, "TIMEOUT"),
        ] {
            assert_eq!(ask(req).await, (status, code.to_owned()), "{name}");
        }
    }
}
