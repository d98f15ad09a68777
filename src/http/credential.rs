//! From what a request carries to who sent it: a bearer token (RFC 6750) or a session cookie (RFC 6265bis).
//!
//! A bearer token that is not good is refused wherever it is sent: whoever sends one wants to be known. A cookie that is
//! not good makes a stranger: browsers send it with everything. A cookie alone changes nothing: what is done for a
//! session needs a token beside it (`X-CSRF-Token`), which no page of another site can read.

use std::sync::Arc;

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, web};

use super::address;
use super::answer::Answer;
use crate::config::{SameSite, Settings};
use crate::error::{Code, Error, Result};
use crate::identity::{Caller, Grant, Identity};
use crate::model::account::{Account, Known, Mode, Session};

/// The header with the token against forged requests.
pub const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// The layer: finds out who sent a request to the contract's endpoints, and leaves it with the request.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<EitherBody<B>> {
    if req.path().starts_with("/v1/")
        && let Some(identity) = req.app_data::<web::Data<Identity>>().cloned()
        && let Err(error) = resolve(req.request(), &identity).await
    {
        return Ok(req.error_response(error).map_into_right_body());
    }
    next.call(req).await.map(|response| response.map_into_left_body())
}

/// Who sent the request; it is kept with it, so that asking again costs nothing.
///
/// # Errors
/// `INVALID_TOKEN` for a bearer token that is not good; what the database says.
pub async fn resolve(req: &HttpRequest, identity: &Identity) -> Result<Option<Arc<Known>>> {
    let found = match bearer(req.headers()) {
        Some(token) => Some(identity.by_token(token?).await?),
        None => match cookie(req, identity.settings()) {
            Some(cookie) => identity.by_cookie(&cookie).await?,
            None => None,
        },
    };
    if let Some(known) = &found {
        req.extensions_mut().insert(known.clone());
    }
    Ok(found)
}

/// Who sent the request, as the layer found out.
pub fn known(req: &HttpRequest) -> Option<Arc<Known>> {
    req.extensions().get::<Arc<Known>>().cloned()
}

/// The token of an `Authorization: Bearer` header. Another scheme is none of ours: a proxy in front may use it.
fn bearer(headers: &HeaderMap) -> Option<Result<&str>> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    let token = token.trim();
    scheme.eq_ignore_ascii_case("bearer").then(|| match token {
        "" => Err(Error::new(
            Code::InvalidToken,
            "The Authorization header has no token; write Bearer and the access token.",
        )),
        token => Ok(token),
    })
}

/// The name of the session's cookie. With the prefix a browser takes it from this host only, over TLS (RFC 6265bis, 4.1.3.2).
fn cookie_name(settings: &Settings) -> &'static str {
    if is_secure(settings) { "__Host-masthead" } else { "masthead" }
}

fn is_secure(settings: &Settings) -> bool {
    settings.auth.server(&settings.site).starts_with("https://")
}

/// The session cookie of a request.
pub fn cookie(req: &HttpRequest, settings: &Settings) -> Option<String> {
    named_cookie(req, cookie_name(settings))
}

/// A cookie of a request.
pub fn named_cookie(req: &HttpRequest, name: &str) -> Option<String> {
    let lines = req.headers().get_all(header::COOKIE).filter_map(|line| line.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(known, _)| *known == name).map(|(_, value)| value.to_owned())
}

/// A header that sets the session's cookie, or takes it away. With "Remember me" the browser keeps it for as long as the
/// session may last at all; the server ends it earlier when it is not used. Without, the browser forgets it when it is
/// closed.
pub fn set_cookie(settings: &Settings, value: Option<(&str, &Session)>) -> Option<HeaderValue> {
    let site = match settings.auth.same_site {
        SameSite::Lax => "Lax",
        SameSite::Strict => "Strict",
    };
    let secure = if is_secure(settings) { "; Secure" } else { "" };
    let name = cookie_name(settings);
    let age = match value {
        Some((_, session)) if session.remember => {
            format!("; Max-Age={}", (session.ends_at.millis() - session.created_at.millis()) / 1000)
        }
        Some(_) => String::new(),
        None => "; Max-Age=0".to_owned(),
    };
    let value = value.map_or("", |(value, _)| value);
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite={site}{secure}{age}")).ok()
}

/// The cookie of a grant in cookie mode.
pub fn granted_cookie(settings: &Settings, grant: &Grant) -> Option<HeaderValue> {
    grant.cookie.as_deref().and_then(|cookie| set_cookie(settings, Some((cookie, &grant.session))))
}

/// The name of the cookie that binds a log-in at a provider to the browser.
fn log_in_cookie_name(settings: &Settings) -> &'static str {
    if is_secure(settings) { "__Host-masthead-log-in" } else { "masthead-log-in" }
}

/// What binds a log-in at a provider to the browser, if one is under way.
pub fn log_in_cookie(req: &HttpRequest, settings: &Settings) -> Option<String> {
    named_cookie(req, log_in_cookie_name(settings))
}

/// A header that binds a log-in at a provider to the browser, for as long as its state is good. Lax whatever the session's
/// cookie is: the browser comes back from another site.
pub fn set_log_in_cookie(settings: &Settings, value: &str) -> Option<HeaderValue> {
    let (name, secure) = (log_in_cookie_name(settings), if is_secure(settings) { "; Secure" } else { "" });
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}; Max-Age=600")).ok()
}

/// Where the request comes from.
///
/// # Errors
/// `INTERNAL` outside the shell.
pub fn caller(req: &HttpRequest) -> Result<Caller> {
    let device = req.headers().get(header::USER_AGENT).map(|value| String::from_utf8_lossy(value.as_bytes()));
    Ok(Caller {
        address: address::limit_key(address::client(req)?.address),
        device: device.unwrap_or_default().into_owned(),
    })
}

/// Refuses a cookie session to a page of a foreign origin, which could otherwise log a reader into the account of its
/// own choice ("login CSRF").
///
/// # Errors
/// `FORBIDDEN`.
pub fn own_origin(req: &HttpRequest, settings: &Settings) -> Result<()> {
    let Some(origin) = req.headers().get(header::ORIGIN) else { return Ok(()) };
    let origin = origin.to_str().unwrap_or_default();
    let of = |url: &str| url::Url::parse(url).map(|url| url.origin().ascii_serialization()).unwrap_or_default();
    let cors = &settings.cors;
    let own =
        [of(&settings.auth.server(&settings.site)), of(settings.site.url.as_str())].iter().any(|own| own == origin);
    let listed = cors.credentials && cors.origins.iter().any(|listed| listed == origin);
    if own || listed {
        return Ok(());
    }
    let says = "Pages of this origin may not log in with a cookie. Use mode TOKEN, or have the operator list the origin in [cors] origins with credentials = true.";
    Err(Error::new(Code::Forbidden, says))
}

/// Whether the request carries the token that belongs to its cookie; without a session by cookie it needs none.
///
/// # Errors
/// `CSRF_TOKEN_REQUIRED`.
pub fn not_forged(req: &HttpRequest, identity: &Identity, known: &Known) -> Result<()> {
    if known.mode != Mode::Cookie {
        return Ok(());
    }
    let cookie = cookie(req, identity.settings()).unwrap_or_default();
    let token = req.headers().get(CSRF_TOKEN).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if identity.is_csrf_token(&cookie, token) {
        return Ok(());
    }
    let says =
        "A session by cookie needs the header X-CSRF-Token for this: the csrfToken of the log-in, or of GET /v1/me.";
    Err(Error::new(Code::CsrfRequired, says))
}

/// Who reads something of an account, held against the store.
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`; what the database says.
pub async fn reading(req: &HttpRequest, identity: &Identity) -> Result<(Arc<Known>, Account, Session)> {
    let known = known(req).ok_or_else(|| Error::new(Code::Unauthenticated, "Log in first: this needs an account."))?;
    let (account, session) = identity.confirm(&known).await?;
    Ok((known, account, session))
}

/// The same of who changes something.
///
/// # Errors
/// As [`reading`], and `CSRF_TOKEN_REQUIRED`.
pub async fn writing(req: &HttpRequest, identity: &Identity) -> Result<(Arc<Known>, Account, Session)> {
    let found = reading(req, identity).await?;
    not_forged(req, identity, &found.0)?;
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;
    use crate::model::id::{AccountId, SessionId};
    use crate::model::time::Instant;
    use actix_web::test::TestRequest;

    fn session(remember: bool) -> Session {
        let at = Instant::from_millis;
        Session {
            id: SessionId(1),
            account: AccountId(1),
            mode: Mode::Cookie,
            remember,
            device: String::new(),
            created_at: at(0),
            used_at: at(0),
            expires_at: at(1_000_000),
            ends_at: at(5_000_000),
            ended_at: None,
        }
    }

    #[test]
    fn cookies_are_as_the_site_needs_them() {
        let set = |url: &str, remember| {
            let settings = Settings::load(&Sources::none().flag("site.url", url)).unwrap();
            set_cookie(&settings, Some(("v", &session(remember)))).unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(
            set("https://a.example", true),
            "__Host-masthead=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=5000"
        );
        assert_eq!(set("https://a.example", false), "__Host-masthead=v; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(set("http://127.0.0.1:8080", false), "masthead=v; Path=/; HttpOnly; SameSite=Lax");
    }

    #[test]
    fn credentials_are_read_from_headers() {
        let req =
            |value: &str| TestRequest::get().insert_header((header::AUTHORIZATION, value.to_owned())).to_http_request();
        for (value, token) in [("Bearer abc", Some("abc")), ("bearer  abc ", Some("abc")), ("Basic abc", None)] {
            let req = req(value);
            assert_eq!(bearer(req.headers()).map(|token| token.unwrap()), token, "{value}");
        }
        assert!(bearer(req("Bearer").headers()).unwrap().is_err());
        let settings = Settings::load(&Sources::none()).unwrap();
        let req = TestRequest::get().insert_header((header::COOKIE, "a=b; masthead=x.y; c=d")).to_http_request();
        assert_eq!(cookie(&req, &settings).as_deref(), Some("x.y"));
    }

    #[test]
    fn only_own_and_listed_origins_log_in_by_cookie() {
        let sources = Sources::none()
            .flag("site.url", "https://www.a.example/news")
            .flag("auth.url", "https://api.a.example")
            .flag("cors.origins", "https://app.a.example")
            .flag("cors.credentials", "true");
        let settings = Settings::load(&sources).unwrap();
        for (origin, allowed) in [
            ("https://www.a.example", true),
            ("https://api.a.example", true),
            ("https://app.a.example", true),
            ("https://evil.example", false),
            ("https://www.a.example.evil.example", false),
            ("null", false),
        ] {
            let req = TestRequest::post().insert_header((header::ORIGIN, origin)).to_http_request();
            assert_eq!(own_origin(&req, &settings).is_ok(), allowed, "{origin}");
        }
        assert!(own_origin(&TestRequest::post().to_http_request(), &settings).is_ok());
    }
}
