//! `POST /v1/articles/{idOrSlug}/views`: the beacon of a page that is being read.
//!
//! Made for `navigator.sendBeacon`, which sends any content type and reads no answer: the body is neither read nor
//! needed, and no preflight is asked for. It answers 204 whether or not there is such an article, for to know it would
//! cost a read and nobody listens; what no article can be called is 404.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::{address, rate};
use crate::error::{Code, Error, Result};
use crate::followers::Followers;

/// Handles the beacon.
///
/// # Errors
/// `NOT_FOUND` for what no article can be called, `RATE_LIMITED`.
pub async fn beacon(req: HttpRequest, key: Path<String>, followers: Data<Followers>) -> Result<HttpResponse> {
    rate::charge(&req, 1)?;
    let agent = req.headers().get(header::USER_AGENT).map_or(&b""[..], header::HeaderValue::as_bytes);
    let address = address::limit_key(address::client(&req)?.address);
    if followers.views().record(&key, address, &String::from_utf8_lossy(agent)).await? {
        return Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish());
    }
    Err(Error::new(Code::NotFound, "No article can be called so; use the id or the slug as the API gave it."))
}
