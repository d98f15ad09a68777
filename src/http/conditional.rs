//! Entity tags and dates, and the conditions of requests that name them (RFC 9110, 8.8.3 and 13.1).
//!
//! A handler knows the *base* of a tag, which names the state of what it would send. One representation can go out in
//! several content codings, and each is other bytes, so each has a strong tag of its own: `"base"`, `"base-gzip"`,
//! `"base-br"`, `"base-zstd"`. The layer in `coding` adds the suffix; the comparison here disregards it, since a client
//! that holds any coding of the same state need not fetch another.
//!
//! `If-None-Match` and `If-Modified-Since` are held where an answer is made, which then need not be sent. `If-Match` of a write is
//! read by the handler, since it says what is to be changed. What is left is a read that is to fail where the state is not the one
//! that was expected: the layer here holds the answer against it.

use actix_web::{
    HttpRequest,
    body::{EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue, HttpDate},
    },
    middleware::Next,
};

use super::answer::Answer;
use crate::error::{Code, Error, Result};

/// The codings that `coding` answers with.
pub(super) const CODINGS: [&str; 4] = ["gzip", "br", "zstd", "deflate"];

/// The header value for a tag with this base. A base that cannot stand in a tag gives none.
pub fn etag(base: &str) -> Option<HeaderValue> {
    let fits = base.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"');
    HeaderValue::from_str(&format!("\"{base}\"")).ok().filter(|_| fits)
}

/// Whether a GET or HEAD may be answered 304, because the client holds the state that `base` names.
pub fn not_modified(req: &HttpRequest, base: &str) -> bool {
    matches!(*req.method(), Method::GET | Method::HEAD) && held(req.headers(), base).is_some()
}

/// The opaque part of the tag in `If-None-Match` that agrees with `base`; the base itself for `*`.
pub(super) fn held(headers: &HeaderMap, base: &str) -> Option<String> {
    let lines = headers.get_all(header::IF_NONE_MATCH).filter_map(|value| value.to_str().ok());
    for line in lines {
        if line.trim() == "*" {
            return Some(base.to_owned());
        }
        if let Some(tag) = tags(line).find(|tag| *tag == base || without_coding(tag) == base) {
            return Some(tag.to_owned());
        }
    }
    None
}

/// Whether the client holds what was sent with this date (RFC 9110, 13.1.3). Only that very date counts: what left a list
/// can make it older than it was, and then "not since" is not "the same". A tag, where one was sent, decides alone.
pub(super) fn is_since(headers: &HeaderMap, modified: Option<&str>) -> bool {
    !headers.contains_key(header::IF_NONE_MATCH)
        && headers
            .get(header::IF_MODIFIED_SINCE)
            .and_then(|held| held.to_str().ok())
            .is_some_and(|held| Some(held) == modified)
}

/// The base of the strong tag of an answer, whatever its coding.
pub(super) fn base(headers: &HeaderMap) -> Option<&str> {
    let tag = headers.get(header::ETAG)?.to_str().ok()?.strip_prefix('"')?.strip_suffix('"')?;
    Some(without_coding(tag))
}

/// Puts the tag that the client holds on its 304: that of the answer in another coding is as good. An empty one leaves
/// what stands there.
pub(super) fn confirm(headers: &mut HeaderMap, held: &str) {
    if let Some(tag) = etag(held).filter(|_| !held.is_empty()) {
        headers.insert(header::ETAG, tag);
    }
}

/// The layer, outside of that which gives each coding its tag. A HEAD is a GET here.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<EitherBody<B>> {
    let response = next.call(req).await?;
    let asked = response.request();
    // What is refused or elsewhere anyway has no conditions (13.2.1). A 304 stands for the 200, and this goes before (13.2.2).
    let is_read = *asked.method() == Method::GET
        && (response.status().is_success() || response.status() == StatusCode::NOT_MODIFIED);
    if is_read
        && expects(asked.headers())
        && let Err(error) = hold(asked.headers(), response.headers())
    {
        let (request, _) = response.into_parts();
        return Ok(ServiceResponse::from_err(error, request).map_into_right_body());
    }
    Ok(response.map_into_left_body())
}

/// Whether a request says which state it expects.
pub(super) fn expects(headers: &HeaderMap) -> bool {
    headers.contains_key(header::IF_MATCH) || headers.contains_key(header::IF_UNMODIFIED_SINCE)
}

/// Holds the headers of an answer against `If-Match` of its request (RFC 9110, 13.1.1), or without that against
/// `If-Unmodified-Since` (13.1.4).
///
/// # Errors
/// `PRECONDITION_FAILED`, naming the header.
fn hold(asked: &HeaderMap, answer: &HeaderMap) -> Result<()> {
    let failed = |name: &str| {
        let says = format!("What is here now is not what {name} expects; ask without it for that.");
        Err(Error::new(Code::PreconditionFailed, says).at(name))
    };
    let mut lines = asked.get_all(header::IF_MATCH).peekable();
    if lines.peek().is_some() {
        let base = base(answer);
        // A tag of another coding names a representation that there is just as well.
        let names = |line: &str| {
            line.trim() == "*"
                || strong_tags(line).is_ok_and(|tags| tags.into_iter().any(|tag| Some(without_coding(tag)) == base))
        };
        return if lines.any(|line| line.to_str().is_ok_and(names)) { Ok(()) } else { failed("If-Match") };
    }
    let date = |value: &HeaderValue| value.to_str().ok()?.parse::<HttpDate>().ok();
    let expected = asked.get(header::IF_UNMODIFIED_SINCE).and_then(date);
    // What is no date counts for nothing, and what has none has no such condition.
    match (answer.get(header::LAST_MODIFIED).and_then(date), expected) {
        (Some(modified), Some(expected)) if modified > expected => failed("If-Unmodified-Since"),
        _ => Ok(()),
    }
}

/// The opaque parts of the tags of a list; weak ones as well, since the comparison is the weak one. Stops at the
/// first fault. A tag may hold a comma, so the list is not split at commas.
fn tags(line: &str) -> impl Iterator<Item = &str> {
    let mut rest = line;
    std::iter::from_fn(move || {
        let start = rest.trim_start_matches([' ', '\t', ',']);
        let quoted = start.strip_prefix("W/").unwrap_or(start).strip_prefix('"')?;
        let (tag, after) = quoted.split_once('"')?;
        rest = after;
        Some(tag)
    })
}

/// Why a line of `If-Match` matches nothing, whatever there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unmatched {
    /// It is no list of tags.
    Form,
    /// All of its tags are weak.
    Weak,
}

/// The opaque parts of the strong tags of a list: `If-Match` compares strongly (RFC 9110, 13.1.1), so weak ones count for nothing.
///
/// # Errors
/// What is wrong with the list.
pub(super) fn strong_tags(line: &str) -> Result<Vec<&str>, Unmatched> {
    let (mut strong, mut weak) = (Vec::new(), false);
    let mut rest = line.trim_start_matches([' ', '\t', ',']);
    while !rest.is_empty() {
        let tagged = rest.strip_prefix("W/");
        let (tag, after) = tagged
            .unwrap_or(rest)
            .strip_prefix('"')
            .and_then(|quoted| quoted.split_once('"'))
            .ok_or(Unmatched::Form)?;
        let after = after.trim_start_matches([' ', '\t']);
        if !after.is_empty() && !after.starts_with(',') {
            return Err(Unmatched::Form);
        }
        match tagged {
            Some(_) => weak = true,
            None => strong.push(tag),
        }
        rest = after.trim_start_matches([' ', '\t', ',']);
    }
    match (strong.is_empty(), weak) {
        (true, true) => Err(Unmatched::Weak),
        (true, false) => Err(Unmatched::Form),
        (false, _) => Ok(strong),
    }
}

/// The tag without the suffix that names its coding.
pub(super) fn without_coding(tag: &str) -> &str {
    match tag.rsplit_once('-') {
        Some((base, coding)) if CODINGS.contains(&coding) => base,
        _ => tag,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{
        App, HttpResponse,
        middleware::from_fn,
        test::{self, TestRequest},
        web,
    };

    #[test]
    fn tags_compare_weakly_and_without_coding() {
        for (sent, expected) in [
            (r#""abc-7""#, true),
            (r#"W/"abc-7""#, true),
            (r#""abc-7-gzip""#, true),
            (r#"W/"abc-7-br""#, true),
            (r#""x", "abc-7-zstd" , "y""#, true),
            (r#""a,b","abc-7""#, true),
            ("*", true),
            (r#""abc-8""#, false),
            (r#""abc""#, false),
            (r#""abc-7-lzma""#, false),
            ("abc-7", false),
            (r#""abc-7"#, false),
            ("", false),
        ] {
            let req = TestRequest::get().insert_header((header::IF_NONE_MATCH, sent)).to_http_request();
            assert_eq!(not_modified(&req, "abc-7"), expected, "{sent}");
        }
        assert!(!not_modified(&TestRequest::get().to_http_request(), "abc-7"));
        let post = TestRequest::post().insert_header((header::IF_NONE_MATCH, "*")).to_http_request();
        assert!(!not_modified(&post, "abc-7"));
    }

    #[actix_web::test]
    async fn a_read_fails_where_the_state_is_not_the_one_that_it_expects() {
        const DATE: &str = "Sun, 01 Mar 2026 12:00:00 GMT";
        let dated = || async {
            HttpResponse::Ok()
                .insert_header((header::ETAG, "\"a-7-gzip\""))
                .insert_header((header::LAST_MODIFIED, DATE))
                .body("news")
        };
        let unchanged = || async { HttpResponse::NotModified().insert_header((header::ETAG, "\"a-7\"")).finish() };
        let app = App::new()
            .wrap(from_fn(layer))
            .service(web::resource("/dated").route(web::get().to(dated)).route(web::put().to(dated)))
            .route("/bare", web::get().to(HttpResponse::Ok))
            .route("/unchanged", web::get().to(unchanged))
            .route("/gone", web::get().to(HttpResponse::Gone));
        let app = test::init_service(app).await;
        let (matches, since) = (header::IF_MATCH, header::IF_UNMODIFIED_SINCE);
        let (before, after) = ("Sun, 01 Mar 2026 11:59:59 GMT", "Sunday, 01-Mar-26 12:00:01 GMT");
        for (method, path, conditions, status) in [
            (Method::GET, "/dated", &[(&matches, "\"a-7-gzip\"")][..], 200),
            (Method::GET, "/dated", &[(&matches, "\"a-7\"")], 200),
            (Method::GET, "/dated", &[(&matches, "\"x\", \"a-7-br\"")], 200),
            (Method::GET, "/dated", &[(&matches, "\"x\""), (&matches, "\"a-7\"")], 200),
            (Method::GET, "/dated", &[(&matches, "*")], 200),
            (Method::GET, "/dated", &[(&matches, "\"a-8\"")], 412),
            (Method::GET, "/dated", &[(&matches, "W/\"a-7\"")], 412),
            (Method::GET, "/dated", &[(&matches, "a-7")], 412),
            (Method::GET, "/dated", &[(&since, DATE)], 200),
            (Method::GET, "/dated", &[(&since, after)], 200),
            (Method::GET, "/dated", &[(&since, before)], 412),
            (Method::GET, "/dated", &[(&since, "yesterday")], 200),
            // A tag decides alone.
            (Method::GET, "/dated", &[(&since, before), (&matches, "*")], 200),
            (Method::GET, "/bare", &[(&since, before)], 200),
            (Method::GET, "/bare", &[(&matches, "\"a-7\"")], 412),
            (Method::GET, "/bare", &[(&matches, "*")], 200),
            (Method::GET, "/unchanged", &[(&matches, "\"a-7\"")], 304),
            (Method::GET, "/unchanged", &[(&matches, "\"a-8\"")], 412),
            (Method::GET, "/gone", &[(&matches, "\"a-8\"")], 410),
            // A write reads it by itself.
            (Method::PUT, "/dated", &[(&matches, "\"a-8\"")], 200),
        ] {
            let mut req = TestRequest::with_uri(path).method(method.clone());
            for (name, value) in conditions {
                req = req.append_header(((*name).clone(), *value));
            }
            let res = test::call_service(&app, req.to_request()).await;
            assert_eq!(res.status().as_u16(), status, "{method} {path} {conditions:?}");
            let code = res.response().error().and_then(|error| error.as_error::<Error>()).map(Error::code);
            assert_eq!(code, (status == 412).then_some(Code::PreconditionFailed), "{conditions:?}");
        }
    }

    #[test]
    fn a_base_with_a_quote_makes_no_tag() {
        assert_eq!(etag("a-1").unwrap(), "\"a-1\"");
        assert!(etag("a\"b").is_none() && etag("a b").is_none());
    }
}
