//! `POST /v1/articles/{idOrSlug}/views`: the beacon of a page that is being read.
//!
//! Made for `navigator.sendBeacon`, which sends any content type and reads no answer: the body is neither read nor
//! needed, and no preflight is asked for. It answers 204 whether or not there is such an article, for to know it would
//! cost a read and nobody listens; what no article can be called is 404.

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Tag};
use super::parameters::{Kind, Parameter};
use super::{address, rate};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::followers::Followers;

/// `POST /v1/articles/{idOrSlug}/views`.
pub const BEACON: Endpoint = Endpoint {
    id: "countView",
    method: Method::Post,
    path: "/v1/articles/{idOrSlug}/views",
    tag: Tag::Articles,
    summary: "Tell that an article is being read",
    description: "A beacon for pages: `navigator.sendBeacon(\"/v1/articles/…/views\")`. What trends is counted from it: once per visitor, article and hour, however often it is sent, and without storing who they are. A body of any media type may be sent and is not read. The answer does not tell whether there is such an article; views of one that is not published are not counted.",
    cost: "1 point.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "idOrSlug",
        kind: Kind::Key("art"),
        description: "The id of the article, or a slug that is or was its own.",
        example: "who-pays-for-the-sea-wall",
    }],
    body: None,
    answer: Answer {
        description: "It is noted. The answer has no body.",
        status: 204,
        content: &[],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::NotFound],
};

/// Handles [`BEACON`].
///
/// # Errors
/// `NOT_FOUND` for what no article can be called, `INVALID_PARAMETER`, `RATE_LIMITED`.
pub async fn beacon(req: HttpRequest, app: Data<App>, followers: Data<Followers>) -> Result<HttpResponse> {
    let query = BEACON.read(&req, app.settings.page)?;
    rate::charge(&req, 1)?;
    let key = query.text("idOrSlug").unwrap_or_default();
    let agent = req.headers().get(header::USER_AGENT).map_or(&b""[..], header::HeaderValue::as_bytes);
    let address = address::limit_key(address::client(&req)?.address);
    if followers.views().record(key, address, &String::from_utf8_lossy(agent)).await? {
        return Ok(HttpResponse::NoContent().insert_header((header::CACHE_CONTROL, "no-store")).finish());
    }
    Err(Error::new(Code::NotFound, "No article can be called so; use the id or the slug as the API gave it."))
}
