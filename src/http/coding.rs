//! Content codings done right around actix's `Compress`: one strong entity tag for each coding, and `Vary`.
//!
//! `Compress` leaves the tag of the plain bytes on compressed ones, which a strong tag must not be, and leaves `Vary`
//! off what it did not compress, so that a cache would give plain bytes to everybody. The outer layer mends both. The
//! inner layer keeps small bodies plain, since they do not get smaller, but for who takes nothing plain.

use super::{
    answer::{Answer, edit_headers},
    conditional::{CODINGS, held, without_coding},
};
use actix_web::{
    body::{BodySize, MessageBody},
    dev::ServiceRequest,
    http::{
        StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
};

/// Bodies below this many bytes are sent plain: they fit into one packet either way.
const WORTH_COMPRESSING: u64 = 1024;

const IDENTITY: HeaderValue = HeaderValue::from_static("identity");

/// The layer outside of `Compress`.
pub(super) async fn tag_by_coding<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    edit_headers(next.call(req).await, |headers| {
        // Put there by the layer below, and no coding that may be named (RFC 9110, 8.4.1).
        if headers.get(header::CONTENT_ENCODING) == Some(&IDENTITY) {
            headers.remove(header::CONTENT_ENCODING);
        }
        vary_by_coding(headers);
        let coding = headers.get(header::CONTENT_ENCODING).and_then(|value| value.to_str().ok());
        if let Some(coding) = coding.filter(|coding| CODINGS.contains(coding))
            && let Some(tag) = strong_tag(headers)
            && let Ok(value) = HeaderValue::from_str(&format!("\"{tag}-{coding}\""))
        {
            headers.insert(header::ETAG, value);
        }
    })
    .map(|mut response| {
        // A 304 has no body to code. It must carry the tag that the 200 would have; the client named the one it holds.
        if response.status() == StatusCode::NOT_MODIFIED {
            let tag = strong_tag(response.headers())
                .and_then(|base| held(response.request().headers(), without_coding(base)));
            if let Some(value) = tag.and_then(|tag| HeaderValue::from_str(&format!("\"{tag}\"")).ok()) {
                response.headers_mut().insert(header::ETAG, value);
            }
        }
        response
    })
}

/// The opaque part of the answer's tag, if it has one and it is strong. A weak tag may stand for all codings.
fn strong_tag(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::ETAG)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')
}

/// Says once that the answer depends on `Accept-Encoding`.
fn vary_by_coding(headers: &mut HeaderMap) {
    let mut names: Vec<&str> = Vec::with_capacity(8);
    for line in headers.get_all(header::VARY).filter_map(|value| value.to_str().ok()) {
        for name in line.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            if !names.iter().any(|known| known.eq_ignore_ascii_case(name)) {
                names.push(name);
            }
        }
    }
    if !names.iter().any(|name| *name == "*" || name.eq_ignore_ascii_case("accept-encoding")) {
        names.push("Accept-Encoding");
    }
    let names = HeaderValue::from_str(&names.join(", "));
    if let Ok(value) = names {
        headers.insert(header::VARY, value);
    }
}

/// The layer inside of `Compress`, which passes over what already has a coding.
pub(super) async fn spare_small<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let mut response = next.call(req).await?;
    let small = matches!(response.response().body().size(), BodySize::Sized(size) if size < WORTH_COMPRESSING);
    if small
        && !response.headers().contains_key(header::CONTENT_ENCODING)
        && !refuses_plain(response.request().headers())
    {
        response.headers_mut().insert(header::CONTENT_ENCODING, IDENTITY);
    }
    Ok(response)
}

/// Whether plain bytes are not acceptable (RFC 9110, 12.5.3): `identity` is refused by its name, or by `*` where it has no entry of
/// its own.
pub(super) fn refuses_plain(headers: &HeaderMap) -> bool {
    let lines = headers.get_all(header::ACCEPT_ENCODING).filter_map(|value| value.to_str().ok());
    let mut all_others = false;
    for entry in lines.flat_map(|line| line.split(',')) {
        let mut parts = entry.split(';').map(str::trim);
        let coding = parts.next().unwrap_or_default();
        let weight =
            parts.filter_map(|part| part.split_once('=')).find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        let refused = weight.is_some_and(|(_, q)| q.trim().parse::<f32>().is_ok_and(|q| q <= 0.0));
        if coding.eq_ignore_ascii_case("identity") {
            return refused;
        }
        all_others |= coding == "*" && refused;
    }
    all_others
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::conditional::{etag, not_modified};
    use actix_web::{
        App, HttpRequest, HttpResponse,
        dev::ServiceResponse,
        middleware::{Compress, from_fn},
        test::{self, TestRequest},
        web,
    };

    async fn text(req: HttpRequest, length: web::Path<usize>) -> HttpResponse {
        let mut response = if not_modified(&req, "t-1") { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response.insert_header((header::ETAG, etag("t-1").unwrap())).insert_header((header::VARY, "Accept"));
        if not_modified(&req, "t-1") { response.finish() } else { response.body("x".repeat(*length)) }
    }

    async fn ask(path: &str, accept: &str, held: Option<&str>) -> ServiceResponse {
        let app = App::new()
            .wrap(from_fn(spare_small))
            .wrap(Compress::default())
            .wrap(from_fn(tag_by_coding))
            .route("/{length}", web::get().to(text));
        let mut req = TestRequest::get().uri(path);
        if !accept.is_empty() {
            req = req.insert_header((header::ACCEPT_ENCODING, accept));
        }
        if let Some(held) = held {
            req = req.insert_header((header::IF_NONE_MATCH, held));
        }
        test::call_service(&test::init_service(app).await, req.to_request()).await.map_into_boxed_body()
    }

    fn value<'a>(res: &'a ServiceResponse, name: &header::HeaderName) -> Option<&'a str> {
        res.headers().get(name).map(|value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn each_coding_has_a_tag_of_its_own() {
        for (accept, coding, tag) in [
            ("", None, "\"t-1\""),
            ("identity", None, "\"t-1\""),
            ("gzip", Some("gzip"), "\"t-1-gzip\""),
            ("br", Some("br"), "\"t-1-br\""),
            ("zstd", Some("zstd"), "\"t-1-zstd\""),
        ] {
            let res = ask("/5000", accept, None).await;
            assert_eq!(
                (value(&res, &header::CONTENT_ENCODING), value(&res, &header::ETAG)),
                (coding, Some(tag)),
                "{accept}"
            );
            let vary = value(&res, &header::VARY).unwrap().to_ascii_lowercase();
            assert_eq!(
                (vary.matches("accept-encoding").count(), res.headers().get_all(header::VARY).count()),
                (1, 1),
                "{vary}"
            );
            assert!(vary.contains("accept,"), "{vary}");
            let length = test::read_body(res).await.len();
            assert_eq!(length < 1000, coding.is_some(), "{accept}: {length}");
        }
    }

    #[actix_web::test]
    async fn small_bodies_stay_plain() {
        let res = ask("/100", "gzip, br", None).await;
        assert_eq!((value(&res, &header::CONTENT_ENCODING), value(&res, &header::ETAG)), (None, Some("\"t-1\"")));
        assert!(value(&res, &header::VARY).unwrap().contains("Accept-Encoding"));
        assert_eq!(test::read_body(res).await.len(), 100);
    }

    #[actix_web::test]
    async fn who_takes_nothing_plain_is_given_nothing_plain() {
        for (accept, coding) in [
            ("gzip, identity;q=0", Some("gzip")),
            ("br;q=1, *;q=0", Some("br")),
            ("*; q=0.0, zstd", Some("zstd")),
            ("Identity; Q=0, gzip", Some("gzip")),
            // What is named is not meant by the rest.
            ("gzip, *;q=0, identity", None),
            ("gzip, identity;q=0.1", None),
            ("gzip, *;q=0.5", None),
            ("", None),
        ] {
            let res = ask("/100", accept, None).await;
            let tag = coding.map_or("\"t-1\"".to_owned(), |coding| format!("\"t-1-{coding}\""));
            assert_eq!(
                (value(&res, &header::CONTENT_ENCODING), value(&res, &header::ETAG)),
                (coding, Some(tag.as_str())),
                "{accept}"
            );
        }
    }

    #[actix_web::test]
    async fn a_304_carries_the_tag_that_the_client_holds() {
        for (held, tag) in [
            ("\"t-1-gzip\"", "\"t-1-gzip\""),
            ("W/\"t-1\"", "\"t-1\""),
            ("*", "\"t-1\""),
            ("\"o\", \"t-1-br\"", "\"t-1-br\""),
        ] {
            let res = ask("/5000", "br", Some(held)).await;
            assert_eq!((res.status().as_u16(), value(&res, &header::ETAG)), (304, Some(tag)), "{held}");
            assert!(value(&res, &header::VARY).unwrap().contains("Accept-Encoding"));
        }
        assert_eq!(ask("/5000", "br", Some("\"t-2-br\"")).await.status().as_u16(), 200);
    }
}
