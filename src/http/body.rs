//! Bodies of requests, read strictly, and answers that are for one reader only.

mod shape;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::{HttpRequest, HttpResponse};
use serde::de::DeserializeOwned;
use serde::{Deserialize as _, Serialize};

use self::shape::Shape;
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
    let shape = Shape::deserialize(&mut json)
        .map_err(|fault| Error::new(Code::BadRequest, format!("The body is no JSON: {fault}.")))?;
    json.end().map_err(|e| Error::new(Code::BadRequest, format!("The body has something behind its JSON: {e}.")))?;
    serde_path_to_error::deserialize(shape).map_err(|fault| {
        let path = fault.path().to_string();
        let inner = fault.into_inner();
        let at = member(&inner.to_string()).unwrap_or(if path == "." { String::new() } else { path });
        let says = format!("The body does not fit: {}. See /docs for what it takes.", text::misfit(&inner));
        let error = Error::new(Code::InvalidParameter, says);
        if at.is_empty() { error } else { error.at(at) }
    })
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
        assert!(fault("[]").message().contains("an array, expected an object"), "{}", fault("[]"));
        let req = TestRequest::post().insert_header((header::CONTENT_TYPE, "text/plain")).to_http_request();
        assert_eq!(read::<Form>(&req, b"{}").unwrap_err().code(), Code::UnsupportedMedia);
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Piece {
        headline: Option<String>,
        text: Option<Source>,
        names: Vec<Name>,
        image: Option<Name>,
        blocks: Vec<serde_json::Value>,
        width: Option<u32>,
        weight: Option<f64>,
    }

    #[derive(Debug, Default, PartialEq, serde::Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Name {
        name: Option<String>,
    }

    #[derive(Debug, PartialEq, serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    enum Source {
        Html(String),
        Markdown(String),
    }

    fn piece(json: &str) -> Result<Piece> {
        let req = TestRequest::post().insert_header((header::CONTENT_TYPE, JSON)).to_http_request();
        read(&req, json.as_bytes())
    }

    #[test]
    fn an_array_is_no_object_wherever_it_stands() {
        for (json, at) in [
            ("[]", None),
            (r#"["A headline"]"#, None),
            (r#"{"image": []}"#, Some("image")),
            (r#"{"image": ["x"]}"#, Some("image")),
            (r#"{"names": [[]]}"#, Some("names[0]")),
            (r#"{"names": [{"name": "x"}, ["y"]]}"#, Some("names[1]")),
        ] {
            let error = piece(json).unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::InvalidParameter, at), "{json}");
            assert!(error.message().contains("an array, expected an object"), "{json}: {error}");
        }
    }

    #[test]
    fn exactly_one_form_is_wanted_and_what_is_sent_is_json_all_the_same() {
        for (json, says) in [
            (r#"{"text": {}}"#, "an object without members, where exactly one of html, markdown is wanted"),
            (
                r#"{"text": {"html": "x", "markdown": "y"}}"#,
                "of 2 members, where exactly one of html, markdown is wanted",
            ),
            (r#"{"text": {"html": "x", "html": "y"}}"#, "of 2 members, where exactly one of html, markdown is wanted"),
            (r#"{"text": {"rtf": "x"}}"#, "unknown variant `rtf`, expected `html` or `markdown`"),
            (r#"{"text": []}"#, "an array, expected a string or an object"),
        ] {
            let error = piece(json).unwrap_err();
            assert_eq!(error.code(), Code::InvalidParameter, "{json}");
            assert!(
                error.message().contains(says) && error.parameter().unwrap().starts_with("text"),
                "{json}: {error}"
            );
        }
        let error = piece(r#"{"headline": "a", "headline": "b"}"#).unwrap_err();
        assert!(error.message().contains("duplicate field `headline`"), "{error}");
    }

    #[test]
    fn what_fits_is_read_as_it_was_sent() {
        let read = piece(
            r#"{"headline": null, "text": {"html": "<p>\u00e4"}, "names": [{}, {"name": "Ada"}], "image": {},
                "blocks": [[], {"a": [1, -2, 2.5, true, null]}, "x"], "width": 7, "weight": 3}"#,
        )
        .unwrap();
        let named = |name: Option<&str>| Name { name: name.map(str::to_owned) };
        let expected = Piece {
            headline: None,
            text: Some(Source::Html("<p>ä".into())),
            names: vec![named(None), named(Some("Ada"))],
            image: Some(named(None)),
            blocks: vec![serde_json::json!([]), serde_json::json!({"a": [1, -2, 2.5, true, null]}), "x".into()],
            width: Some(7),
            weight: Some(3.0),
        };
        assert_eq!(read, expected);
        for (json, at) in
            [(r#"{"width": -1}"#, "width"), (r#"{"width": 1.5}"#, "width"), (r#"{"weight": "3"}"#, "weight")]
        {
            let error = piece(json).unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::InvalidParameter, Some(at)), "{json}");
        }
        let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
        assert_eq!(piece(&deep).unwrap_err().code(), Code::BadRequest);
    }
}
