//! Answers: JSON with an entity tag.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;

use super::conditional::{etag, not_modified};
use super::{freshness, kept};
use crate::app::App;
use crate::cache;
use crate::catalogue::Reader;
use crate::error::{Code, Error, Result};
use crate::newsroom::previews;

pub(super) const SEQ: HeaderName = HeaderName::from_static("masthead-seq");

/// The media type of answers.
pub const JSON: &str = "application/json";

/// Browsers ask again each time and mostly get a 304. Caches in front, which take the load of many readers, may show
/// an answer for a few seconds: a correction or a withdrawal is seen by all within that time.
pub(super) const CACHE_CONTROL: &str = "public, max-age=0, s-maxage=5";
/// How it begins, whatever caches in front may do.
pub(super) const PUBLIC: &str = "public, max-age=0";

/// Refuses a request whose `Accept` allows none of `offered`; else gives the one that it likes best (RFC 9110,
/// 12.5.1), the earlier of equals. A request without the header takes anything. An offer may name its version, as
/// `application/x;version=2.2`: a range that asks for another one does not fit it.
///
/// # Errors
/// `NOT_ACCEPTABLE`.
pub fn negotiated<'a>(req: &HttpRequest, offered: &[&'a str]) -> Result<&'a str> {
    let accepted = Accepted::of(req);
    if accepted.is_empty() {
        return offered.first().copied().ok_or_else(|| Error::internal("nothing to offer"));
    }
    let mut best: Option<(&str, f32)> = None;
    for offer in offered {
        let q = accepted.weight(offer).map_or(0.0, |weight| weight.q);
        if q > best.map_or(0.0, |(_, best)| best) {
            best = Some((offer, q));
        }
    }
    best.map(|(offer, _)| offer).ok_or_else(|| {
        let says = format!("This address answers with {}; let Accept allow it.", offered.join(" or "));
        Error::new(Code::NotAcceptable, says)
    })
}

/// What a request takes of media types (RFC 9110, 12.5.1).
pub(super) struct Accepted<'r>(Vec<Range<'r>>);

/// How much an offer is wanted, by the range that decides about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weight {
    q: f32,
    /// How much of the offer the range names.
    specific: u8,
    /// Where the range stands among all.
    place: usize,
}

impl Weight {
    /// Whether it is wanted more than another: of equals what is named, and then what is named first.
    pub(super) fn beats(self, other: Weight) -> bool {
        let by_place = other.place.cmp(&self.place);
        self.q.total_cmp(&other.q).then(self.specific.cmp(&other.specific)).then(by_place).is_gt()
    }
}

impl Accepted<'_> {
    pub(super) fn of(req: &HttpRequest) -> Accepted<'_> {
        let lines = req.headers().get_all(header::ACCEPT).filter_map(|value| value.to_str().ok());
        Accepted(lines.flat_map(|line| line.split(',')).filter_map(Range::of).collect())
    }

    /// Whether it names nothing, and so takes anything.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The weight of an offer, which may name its version; none for what no range fits, and for what is refused. The most
    /// specific range that fits decides, whatever wider ones say.
    pub(super) fn weight(&self, offer: &str) -> Option<Weight> {
        let (media, version) = match offer.split_once(";version=") {
            Some((media, version)) => (media, Some(version)),
            None => (offer, None),
        };
        let kind = media.split('/').next().unwrap_or_default();
        let fits = |range: &Range<'_>| match range.media {
            "*/*" => Some(0),
            wide if wide.strip_suffix("/*").is_some_and(|wide| wide.eq_ignore_ascii_case(kind)) => Some(1),
            named if named.eq_ignore_ascii_case(media) => match (range.version, version) {
                (Some(asked), Some(offered)) => is_version(asked, offered).then_some(3),
                // What has no versions has none to refuse.
                _ => Some(2),
            },
            _ => None,
        };
        let weights = self.0.iter().enumerate();
        let weights = weights.filter_map(|(place, range)| Some(Weight { q: range.q, specific: fits(range)?, place }));
        weights.max_by_key(|weight| weight.specific).filter(|weight| weight.q > 0.0)
    }
}

/// One range of an `Accept` header.
struct Range<'r> {
    media: &'r str,
    version: Option<&'r str>,
    q: f32,
}

impl Range<'_> {
    /// `None` for what is no range.
    fn of(text: &str) -> Option<Range<'_>> {
        let mut parts = text.split(';').map(str::trim);
        let media = parts.next().filter(|range| range.contains('/'))?;
        let mut range = Range { media, version: None, q: 1.0 };
        for (name, value) in parts.filter_map(|part| part.split_once('=')) {
            // Names of parameters have no case, and blanks around them are old habit.
            let (name, value) = (name.trim(), value.trim());
            if name.eq_ignore_ascii_case("q") {
                range.q = value.parse().unwrap_or(0.0);
            } else if name.eq_ignore_ascii_case("version") {
                range.version = Some(value.trim_matches('"'));
            }
        }
        Some(range)
    }
}

/// Whether this is the version that is asked for, in full or by its first number.
fn is_version(asked: &str, offered: &str) -> bool {
    asked == offered || offered.split('.').next() == Some(asked)
}

/// A reader for one request, as fresh as it asks for.
///
/// # Errors
/// As [`freshness::wait`].
pub async fn reader(req: &HttpRequest, app: &App) -> Result<Reader> {
    let least = freshness::wait(req, app).await?;
    Ok(Reader::of(app).at_least(least))
}

/// The header that shows a draft to who has the token of a preview.
pub const PREVIEW: HeaderName = HeaderName::from_static("masthead-preview");

/// The same, which sees the draft that the token of a preview shows, if the request has one.
///
/// # Errors
/// As [`freshness::wait`], and `INVALID_TOKEN` for a token that is not good.
pub async fn previewing_reader(req: &HttpRequest, app: &App) -> Result<Reader> {
    let reader = reader(req, app).await?;
    previewing(req, app, reader).await
}

/// The reader, which sees the draft that the token of a preview shows, if the request has one.
///
/// # Errors
/// `INVALID_TOKEN` for a token that is not good.
pub async fn previewing(req: &HttpRequest, app: &App, reader: Reader) -> Result<Reader> {
    let Some(token) = req.headers().get(PREVIEW) else { return Ok(reader) };
    let shown = previews::open(&app.db, token.to_str().unwrap_or_default()).await?;
    let (text, public) = (shown.manuscript, shown.entry.is_public());
    Ok(reader.previewing(shown.published, text.sections, text.authors, text.topics, public))
}

/// The answer with this body as JSON, labelled with what the reader has seen; 304 when the client holds it already.
///
/// # Errors
/// `INTERNAL` when the body cannot be written, which no test has met.
pub async fn json(
    req: &HttpRequest,
    reader: &Reader,
    body: &impl Serialize,
    link: Option<&str>,
) -> Result<HttpResponse> {
    if reader.is_preview() {
        return super::body::private(StatusCode::OK, body).map(private_of_one);
    }
    let bytes = serde_json::to_vec(body).map_err(Error::internal)?;
    let seq = reader.seq().await?;
    kept::depends(req, reader);
    let tag = cache::tag_of(&bytes);
    let mut response = if not_modified(req, &tag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().content_type(JSON).body(bytes)
    };
    let headers = response.headers_mut();
    if let Some(tag) = etag(&tag) {
        headers.insert(header::ETAG, tag);
    }
    label(headers, seq);
    if let Some(link) = link.and_then(|link| HeaderValue::from_str(link).ok()) {
        headers.insert(header::LINK, link);
    }
    Ok(response)
}

/// Says up to which change the answer is complete, and for how long it may be kept.
pub fn label(headers: &mut HeaderMap, seq: i64) {
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(CACHE_CONTROL));
    // A cache must not answer one who asks for the newest with something older.
    headers.insert(header::VARY, HeaderValue::from_static("Accept, Masthead-Min-Seq, Masthead-Preview"));
    headers.insert(SEQ, HeaderValue::from(seq));
}

/// The same answer, for whoever has the token alone.
fn private_of_one(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn accept_is_weighed() {
        let offered = ["text/html", "application/json"];
        for (accept, best) in [
            ("*/*", Some("text/html")),
            ("application/json", Some("application/json")),
            ("application/*;q=0.5, text/html;q=0.4", Some("application/json")),
            ("text/html;q=0, */*", Some("application/json")),
            ("Text/HTML", Some("text/html")),
            ("image/png", None),
            ("application/json;q=0", None),
            ("nonsense", Some("text/html")),
        ] {
            let req = TestRequest::get().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(negotiated(&req, &offered).ok(), best, "{accept}");
        }
        assert_eq!(negotiated(&TestRequest::get().to_http_request(), &offered).unwrap(), "text/html");
    }

    #[test]
    fn a_version_is_weighed_as_a_media_type_is() {
        let (json, new, old) = ("application/json", "application/x+json;version=3.1", "application/x+json;version=2.2");
        for (accept, best) in [
            ("application/x+json", Some(new)),
            ("application/x+json;version=2.2", Some(old)),
            ("application/x+json; Version=\"2\"", Some(old)),
            ("Application/X+JSON;VERSION=2;Q=0.5, application/json;q=0.4", Some(old)),
            ("application/x+json;version=2.2;q=0.1, application/x+json;version=3.1;q=0.9", Some(new)),
            ("application/x+json;version=2.2;q=0.9, application/x+json;version=3.1;q=0.1", Some(old)),
            // What there is not is not another version.
            ("application/x+json;version=9, application/json;q=0.5", Some(json)),
            ("application/x+json;version=9, application/x+json;q=0.5", Some(new)),
            ("application/x+json;version=9", None),
            // What is named is what its own range says.
            ("application/x+json;version=3.1;q=0, application/x+json", Some(old)),
            ("application/x+json;q=0, application/x+json;version=2.2", Some(old)),
            ("application/x+json;q=0, */*;q=0.1", Some(json)),
            ("application/json;version=7", Some(json)),
            ("*/*", Some(json)),
        ] {
            let req = TestRequest::get().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(negotiated(&req, &[json, new, old]).ok(), best, "{accept}");
        }
    }
}
