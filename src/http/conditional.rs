//! Entity tags, `If-None-Match` and `If-Match` (RFC 9110, 8.8.3, 13.1.2 and 13.1.1).
//!
//! A handler knows the *base* of a tag, which names the state of what it would send. One representation can go out in
//! several content codings, and each is other bytes, so each has a strong tag of its own: `"base"`, `"base-gzip"`,
//! `"base-br"`, `"base-zstd"`. The layer in `coding` adds the suffix; the comparison here disregards it, since a client
//! that holds any coding of the same state need not fetch another.

use actix_web::{
    HttpRequest,
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
};

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
    use actix_web::test::TestRequest;

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

    #[test]
    fn a_base_with_a_quote_makes_no_tag() {
        assert_eq!(etag("a-1").unwrap(), "\"a-1\"");
        assert!(etag("a\"b").is_none() && etag("a b").is_none());
    }
}
