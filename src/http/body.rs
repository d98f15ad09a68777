//! Bodies of requests, read strictly, and answers that are for one reader only.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::reply::JSON;
use crate::error::{Code, Error, Result};
use crate::model::text;

/// The media type of forms.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// Refuses a body that is no form.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`.
pub fn is_form(req: &HttpRequest) -> Result<()> {
    let media = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(FORM) {
        return Ok(());
    }
    let says = format!("The body is to be a form; send it with Content-Type: {FORM}.");
    Err(Error::new(Code::UnsupportedMedia, says))
}

/// The body of a request as JSON. A member that is unknown, missing or of the wrong type is named.
///
/// # Errors
/// `UNSUPPORTED_MEDIA_TYPE`, `BAD_REQUEST` for what is no JSON, `INVALID_PARAMETER` for a member at fault.
pub fn read<T: DeserializeOwned>(req: &HttpRequest, bytes: &[u8]) -> Result<T> {
    let media = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    if !media.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON) {
        return Err(Error::new(
            Code::UnsupportedMedia,
            "The body is to be JSON; send it with Content-Type: application/json.",
        ));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|fault| {
        let path = fault.path().to_string();
        let inner = fault.into_inner();
        if inner.is_data() {
            let at = member(&inner.to_string()).unwrap_or(if path == "." { String::new() } else { path });
            let says = format!("The body does not fit: {}. See /docs for what it takes.", text::misfit(&inner));
            let error = Error::new(Code::InvalidParameter, says);
            return if at.is_empty() { error } else { error.at(at) };
        }
        Error::new(Code::BadRequest, format!("The body is no JSON: {inner}."))
    })?;
    json.end().map_err(|e| Error::new(Code::BadRequest, format!("The body has something behind its JSON: {e}.")))?;
    Ok(value)
}

/// The member that serde says is missing or unknown.
fn member(says: &str) -> Option<String> {
    let rest = says.strip_prefix("missing field `").or_else(|| says.strip_prefix("unknown field `"))?;
    rest.split('`').next().map(|name| text::excerpt(name, 60))
}

/// An answer for one reader: no cache keeps it.
///
/// # Errors
/// `INTERNAL` when the body cannot be written.
pub fn private(status: StatusCode, body: &impl Serialize) -> Result<HttpResponse> {
    let bytes = serde_json::to_vec(body).map_err(Error::internal)?;
    Ok(unkept(HttpResponse::build(status).content_type(JSON).body(bytes)))
}

/// 204 for one reader.
pub fn nothing() -> HttpResponse {
    unkept(HttpResponse::NoContent().finish())
}

/// The same answer, kept by no cache.
pub fn unkept(mut response: HttpResponse) -> HttpResponse {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[derive(Debug, serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Form {
        #[allow(dead_code, reason = "read for its faults only")]
        password: String,
        #[allow(dead_code, reason = "read for its faults only")]
        #[serde(default)]
        remember: bool,
    }

    #[test]
    fn faults_are_named_and_values_are_not_shown() {
        let req = TestRequest::post()
            .insert_header((header::CONTENT_TYPE, "application/json; charset=utf-8"))
            .to_http_request();
        let fault = |body: &str| read::<Form>(&req, body.as_bytes()).unwrap_err();
        for (body, code, at) in [
            (r#"{"password": {"$ne": ""}}"#, Code::InvalidParameter, Some("password")),
            (r#"{"password": "x", "remember": "hunter2"}"#, Code::InvalidParameter, Some("remember")),
            (r#"{"remember": true}"#, Code::InvalidParameter, Some("password")),
            (r#"{"password": "x", "admin": true}"#, Code::InvalidParameter, Some("admin")),
            ("[]", Code::InvalidParameter, Some("password")),
            ("{", Code::BadRequest, None),
            ("", Code::BadRequest, None),
            (r#"{"password": "x"} x"#, Code::BadRequest, None),
        ] {
            let error = fault(body);
            assert_eq!(error.code(), code, "{body}: {error}");
            assert!(at.is_none() || body == "[]" || error.parameter() == at, "{body}: {:?}", error.parameter());
            assert!(!error.message().contains("hunter2"), "{error}");
        }
        let req = TestRequest::post().insert_header((header::CONTENT_TYPE, "text/plain")).to_http_request();
        assert_eq!(read::<Form>(&req, b"{}").unwrap_err().code(), Code::UnsupportedMedia);
    }
}
