//! `/v1/redirects`: where an address leads now that an article had elsewhere.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::view::Redirect;
use super::{absence, rate, reply};
use crate::app::App;
use crate::catalogue::article::{self, Found};
use crate::error::{Code, Result};
use crate::formats::article as present;
use crate::model::address;

/// `GET /v1/redirects`.
pub const GET: Endpoint = Endpoint {
    id: "getRedirect",
    method: Method::Get,
    path: "/v1/redirects",
    tag: Tag::Articles,
    summary: "Where an old address leads",
    description: "An article that came from another system keeps the addresses that it had there, and one whose slug was \
                  changed those that it had here. 308 to the article, with its slug and its address of now in the body; \
                  410 where it was withdrawn or removed. Scheme, fragment, a slash at the end and needless \
                  percent-encoding do not count; an address that was known without its host is found by its path.",
    cost: "2 points.",
    needs: Needs::Nothing,
    parameters: &[Parameter {
        name: "url",
        kind: Kind::Needed(address::MOST),
        description: "The address, or its path.",
        example: "https://courier.example/2020/05/sea-wall",
    }],
    body: None,
    answer: Answer {
        description: "The article is there.",
        status: 308,
        content: &[(reply::JSON, Shape::Schema("Redirect"))],
        example: Some(example),
        headers: Headers::Moved,
    },
    problems: &[Code::NotFound, Code::Gone],
};

/// Handles [`GET`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn get(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = GET.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    rate::charge(&req, 2)?;
    let reader = reply::reader(&req, &app).await?;
    let (asked, site) = (query.text("url").unwrap_or_default(), &app.settings.site);
    let known = article::by_address(&reader, asked, site.url.as_str()).await?;
    let own = match &known {
        Some(Found::Here(_) | Found::Moved(_)) => None,
        _ => article::own_address(&reader, asked, site).await?,
    };
    let card = match (known, own) {
        // What has moved here is there still, whoever was known to have had the address elsewhere.
        (Some(Found::Here(card) | Found::Moved(card)), _) | (_, Some(Found::Moved(card))) => card,
        (Some(Found::Gone(stone)), _) | (None, Some(Found::Gone(stone))) => {
            return Ok(absence::gone(&req, &reader, &stone));
        }
        // It is not led to: a page that asks where to lead who found nothing there would lead them in a circle.
        (None, Some(Found::Here(card))) => {
            let says = format!(
                "This is the address of an article that is there now, not an old one: ask for it as /v1/articles/{}.",
                card.slug
            );
            return Ok(absence::nothing(&req, &reader, says));
        }
        (None, None) => {
            let says = format!("No article is known here that had the address {asked:?} before.");
            return Ok(absence::nothing(&req, &reader, says));
        }
    };
    let section = article::section_of(&reader, &card).await?;
    let url = present::url(site, &card, section.as_deref());
    let body = Redirect { id: card.id, slug: &card.slug, url: &url };
    let mut response = reply::json(&req, &reader, &body, None).await?;
    if response.status() == actix_web::http::StatusCode::OK {
        *response.status_mut() = actix_web::http::StatusCode::PERMANENT_REDIRECT;
    }
    if let Ok(location) = HeaderValue::from_str(&format!("/v1/articles/{}", card.slug)) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    Ok(response)
}

fn example() -> Value {
    json!({
        "id": "art_0cf9b4z8r1c0g",
        "slug": "sea-wall-price-410-million",
        "url": "https://courier.example/politics/sea-wall-price-410-million",
    })
}
