//! `POST /websub`: the hub of our feeds (W3C WebSub).

use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::json;
use utoipa::ToSchema;

use super::body::{self, unkept};
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Tag};
use super::rate;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::followers::Followers;
use crate::syndication::hub::Form;

/// What it costs: a request of ours to an address that somebody names.
const PRICE: u32 = 50;

/// What a subscriber asks for. Other members are ignored, as the specification wants it.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes a form, of which nothing is refused that is not known")]
pub struct SubscriptionForm {
    /// `subscribe` or `unsubscribe`.
    #[serde(rename = "hub.mode")]
    #[schema(pattern = "^(subscribe|unsubscribe)$", max_length = 11)]
    pub mode: String,
    /// The address of a feed, as its link `self` has it.
    #[serde(rename = "hub.topic")]
    #[schema(max_length = 2000)]
    pub topic: String,
    /// Where the subscriber is told; https.
    #[serde(rename = "hub.callback")]
    #[schema(max_length = 2000)]
    pub callback: String,
    /// By which deliveries are signed, with `X-Hub-Signature: sha256=…`.
    #[serde(rename = "hub.secret")]
    #[schema(max_length = 199)]
    pub secret: Option<String>,
    /// For how many seconds: five minutes to thirty days; ten days when nothing is said.
    #[serde(rename = "hub.lease_seconds")]
    #[schema(max_length = 10, pattern = "^[0-9]*$")]
    pub lease_seconds: Option<String>,
}

/// `POST /websub`.
pub const ASK: Endpoint = Endpoint {
    id: "subscribeToFeed",
    method: Method::Post,
    path: "/websub",
    tag: Tag::Feeds,
    summary: "Subscribe to a feed",
    description: "The hub that feeds name by `rel=\"hub\"` (W3C WebSub). The callback is asked first whether it meant it: GET with \
                  `hub.challenge`, which it answers with. From then on it gets the whole feed by POST at once, and again \
                  whenever the feed changes, until the lease ends; a delivery that is not answered with 2xx is tried again for \
                  three days, and 410 ends the subscription.",
    cost: "50 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body {
        schema: "SubscriptionForm",
        example: || {
            json!({
                "hub.mode": "subscribe",
                "hub.topic": "https://api.example.org/feeds/latest.atom",
                "hub.callback": "https://reader.example.net/told?of=7",
                "hub.secret": "a long random text",
            })
        },
    }),
    answer: Answer {
        description: "It is taken; the callback is asked now.",
        status: 202,
        content: &[],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::InvalidInput, Code::Forbidden, Code::NotFound],
};

/// Handles [`ASK`].
///
/// # Errors
/// What the form and the hub say; `NOT_FOUND` when this server is no hub.
pub async fn ask(req: HttpRequest, bytes: Bytes, app: Data<App>, followers: Data<Followers>) -> Result<HttpResponse> {
    ASK.read(&req, app.settings.page)?;
    rate::charge(&req, PRICE)?;
    body::is_form(&req)?;
    let Some(hub) = followers.hub() else {
        let says = "This server is no hub. Feeds name theirs by rel=\"hub\", where there is one.";
        return Err(Error::new(Code::NotFound, says));
    };
    hub.ask(&Form::read(&bytes)?).await?;
    Ok(unkept(HttpResponse::Accepted().finish()))
}
