//! One id for each request: in its answer, in its log lines, and in problem documents.

use super::answer::{Answer, edit_headers};
use actix_web::{
    HttpMessage, HttpRequest,
    body::MessageBody,
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue},
    middleware::Next,
};
use std::{fmt, rc::Rc};
use tracing::Instrument;

/// The header in which the id comes in and goes out.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id that is taken from a client.
const MAX_LENGTH: usize = 128;

/// The id of a request: visible ASCII, at most 128 characters. Cheap to clone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestId(Rc<str>);

impl RequestId {
    /// A new random id: a version 4 UUID (RFC 9562).
    pub fn random() -> Self {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let bits = (rand::random::<u128>() & !(0xf << 76) & !(0b11 << 62)) | (0x4 << 76) | (0b10 << 62);
        // Each answer has one, also those that cost nothing else.
        let mut text = [b'-'; 36];
        let places = (0..36).filter(|place| ![8, 13, 18, 23].contains(place));
        for (nibble, place) in (0..32).rev().zip(places) {
            text[place] = DIGITS[(bits >> (4 * nibble)) as usize & 0xf];
        }
        RequestId(String::from_utf8_lossy(&text).into())
    }

    /// The client's own id, if it sent exactly one and it is sane.
    ///
    /// A proxy in front may have made it, so keeping it joins both logs. It is no more than a name: nothing trusts it.
    fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut values = headers.get_all(X_REQUEST_ID);
        let (Some(value), None) = (values.next(), values.next()) else { return None };
        let bytes = value.as_bytes();
        let sane = (1..=MAX_LENGTH).contains(&bytes.len()) && bytes.iter().all(u8::is_ascii_graphic);
        value.to_str().ok().filter(|_| sane).map(|text| RequestId(text.into()))
    }

    /// The client's own id, or a random one.
    pub(super) fn for_headers(headers: &HeaderMap) -> Self {
        RequestId::from_headers(headers).unwrap_or_else(RequestId::random)
    }

    /// As a header. An id is visible ASCII, so it is one; were it not, the answer would go without.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(self.as_str()).ok()
    }

    /// The id that the layer gave to this request; None outside the shell.
    pub fn of(request: &HttpRequest) -> Option<Self> {
        request.extensions().get::<RequestId>().cloned()
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it has the form of a UUID, as ours have.
    pub fn is_uuid(&self) -> bool {
        let hyphens = [8, 13, 18, 23];
        self.0.len() == 36
            && self
                .0
                .bytes()
                .enumerate()
                .all(|(i, b)| if hyphens.contains(&i) { b == b'-' } else { b.is_ascii_hexdigit() })
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The layer: finds or makes the id, opens the request's span, and answers with the id.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let id = RequestId::for_headers(req.headers());
    req.extensions_mut().insert(id.clone());
    let span = tracing::info_span!("request", id = id.as_str());
    let answer = next.call(req).instrument(span).await;
    let value = id.value();
    edit_headers(answer, move |headers| {
        if let Some(value) = &value {
            headers.insert(X_REQUEST_ID, value.clone());
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpResponse, middleware::from_fn, test, web};

    #[actix_web::test]
    async fn sane_ids_are_kept_and_others_replaced() {
        let echo = |req: HttpRequest| async move { HttpResponse::Ok().body(RequestId::of(&req).unwrap().to_string()) };
        let app = test::init_service(App::new().wrap(from_fn(layer)).route("/", web::get().to(echo))).await;
        let long = "x".repeat(129);
        for (sent, kept) in [
            ("abc-1!", true),
            ("", false),
            ("two words", false),
            ("ünï", false),
            (long.as_str(), false),
            (&long[..128], true),
        ] {
            let req = test::TestRequest::get()
                .uri("/")
                .insert_header((X_REQUEST_ID, HeaderValue::from_bytes(sent.as_bytes()).unwrap()));
            let res = test::call_service(&app, req.to_request()).await;
            let out = res.headers().get(X_REQUEST_ID).unwrap().to_str().unwrap().to_owned();
            assert_eq!(out == sent, kept, "{sent}");
            assert_eq!(test::read_body(res).await, out);
        }
        let twice = test::TestRequest::get().append_header((X_REQUEST_ID, "a")).append_header((X_REQUEST_ID, "b"));
        let res = test::call_service(&app, twice.to_request()).await;
        assert_eq!(res.headers().get(X_REQUEST_ID).unwrap().len(), 36);
    }

    #[::core::prelude::v1::test]
    fn random_ids_are_version_4_uuids() {
        let ids: std::collections::HashSet<_> = (0..100).map(|_| RequestId::random().to_string()).collect();
        assert_eq!(ids.len(), 100);
        for id in ids {
            assert!(
                RequestId(id.as_str().into()).is_uuid() && &id[14..15] == "4" && "89ab".contains(&id[19..20]),
                "{id}"
            );
        }
    }
}
