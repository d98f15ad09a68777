//! `/v1/articles/{idOrSlug}.{format}`: one article as other systems read it: JSON-LD for search engines, ninjs for agencies.
//!
//! The same by `Accept` at the article's own address; a suffix wins over it.

use std::sync::Arc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::articles::KEY;
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter, Query};
use super::{absence, feeds, freshness, kept, rate, reply};
use crate::app::App;
use crate::cache;
use crate::catalogue::answers;
use crate::catalogue::article::{self, BodyWanted, Found, Wants};
use crate::catalogue::{Reader, story};
use crate::error::{Code, Error, Result};
use crate::formats::ninjs::write::{self as ninjs, Version};
use crate::formats::{json_ld, newsml_g2, nitf};
use crate::model::article::Card;

/// The media type of JSON-LD, as `Accept` names it.
pub const LD: &str = "application/ld+json";
/// The media type of ninjs, as `Accept` names it.
pub const NINJS: &str = "application/ninjs+json";

/// The media type of NewsML-G2, as `Accept` names it.
pub const NEWSML: &str = "application/vnd.iptc.g2.newsitem+xml";
/// The media type of NITF, as `Accept` names it.
pub const NITF: &str = "application/nitf+xml";
/// Each version of ninjs, as `Accept` chooses among them.
const NINJS_3_1: &str = "application/ninjs+json;version=3.1";
const NINJS_2_2: &str = "application/ninjs+json;version=2.2";
/// What an article's own address answers with, what it likes best first.
pub const OFFERED: &[&str] = &[reply::JSON, LD, NINJS_3_1, NINJS_2_2, NEWSML, NITF];
/// What a list of articles answers with.
pub const LISTED: &[&str] = &[reply::JSON, NINJS_3_1, NINJS_2_2];

const PRICE: u32 = 5;

const FORMAT: Parameter = Parameter {
    name: "format",
    kind: Kind::Format(&["jsonld", "ninjs", "newsml", "nitf"]),
    description: "`jsonld`, `ninjs`, `newsml` (NewsML-G2) or `nitf`.",
    example: "jsonld",
};

/// `GET /v1/articles/{idOrSlug}.{format}`.
pub const ONE: Endpoint = Endpoint {
    id: "getArticleInFormat",
    method: Method::Get,
    path: "/v1/articles/{idOrSlug}.{format}",
    tag: Tag::Articles,
    summary: "One article as JSON-LD, ninjs, NewsML-G2 or NITF",
    description: "`jsonld`: schema.org, safe to be put into a `script` element. `ninjs`: the IPTC's news in JSON, in version 3.1 or, \
                  with `version`, 2.2; the label is a headline, disclaimers and corrections are descriptions of that role, and all \
                  stand in the bodies; one that was taken back is a document with the status `canceled` (410). The same by `Accept` \
                  at the article's own address, which then takes none of the parameters of its JSON: `application/ld+json`, `application/ninjs+json; version=2.2`. `newsml`: a NewsML-G2 item with the text as NITF and \
                  HTML; `nitf`: that text alone.",
    cost: "5 points.",
    needs: Needs::Nothing,
    parameters: &[
        KEY,
        FORMAT,
        Parameter {
            name: "version",
            kind: Kind::Choice(&["3.1", "2.2"]),
            description: "The version of ninjs; other formats take none.",
            example: "3.1",
        },
    ],
    body: None,
    answer: Answer {
        description: "The article.",
        status: 200,
        content: &[(LD, Shape::Object), (NINJS, Shape::Object), (NEWSML, Shape::Text), (NITF, Shape::Text)],
        example: None,
        headers: Headers::Content,
    },
    problems: &[Code::NotFound, Code::Gone],
};

/// A format of one article.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON-LD.
    JsonLd,
    /// ninjs.
    Ninjs(Version),
    /// NewsML-G2.
    NewsMl,
    /// NITF.
    Nitf,
}

impl Format {
    /// What was chosen of [`OFFERED`]; `None` for our own JSON.
    pub fn accepted(offer: &str) -> Option<Format> {
        match offer {
            LD => Some(Format::JsonLd),
            NINJS_3_1 => Some(Format::Ninjs(Version::V3_1)),
            NINJS_2_2 => Some(Format::Ninjs(Version::V2_2)),
            NEWSML => Some(Format::NewsMl),
            NITF => Some(Format::Nitf),
            _ => None,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Format::JsonLd => "jsonld",
            Format::Ninjs(Version::V3_1) => "ninjs 3.1",
            Format::Ninjs(Version::V2_2) => "ninjs 2.2",
            Format::NewsMl => "newsml",
            Format::Nitf => "nitf",
        }
    }
}

/// Handles [`ONE`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn one(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    let suffix = query.choice("format").unwrap_or("jsonld");
    if suffix != "ninjs" {
        // The others have no versions to choose from.
        Query::read(&req, &[KEY, FORMAT], app.settings.page)?;
    }
    let version = match query.choice("version") {
        Some("2.2") => Version::V2_2,
        _ => Version::V3_1,
    };
    let format = match suffix {
        "ninjs" => Format::Ninjs(version),
        "newsml" => Format::NewsMl,
        "nitf" => Format::Nitf,
        _ => Format::JsonLd,
    };
    serve(&req, &app, query.text("idOrSlug").unwrap_or_default(), format, suffix).await
}

/// The article under this key in this format. `suffix` is what stands behind the key in the address, if anything.
///
/// # Errors
/// What the catalogue says.
pub async fn serve(req: &HttpRequest, app: &App, key: &str, format: Format, suffix: &str) -> Result<HttpResponse> {
    rate::charge(req, PRICE)?;
    if req.headers().contains_key(reply::PREVIEW) {
        let reader = reply::previewing_reader(req, app).await?;
        let answer = make(app, &reader, key, format).await?;
        let mut response = leading(req, feeds::send(req, app, &answer, reader.seq().await?)?, suffix);
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        response.headers_mut().remove(header::ETAG);
        return Ok(response);
    }
    let least = freshness::wait(req, app).await?;
    let address = format!("/v1/articles/{key} as {}", format.name());
    let (made, seq) = answers::get(app, &address, least, async |reader| make(app, reader, key, format).await).await?;
    Ok(leading(req, feeds::send_kept(req, app, &made, seq)?, suffix))
}

/// The same answer, which leads to the address of this request with another slug if it leads anywhere. What is kept names the
/// slug alone: who asks by `Accept` is given it too, and who asks with other parameters.
fn leading(req: &HttpRequest, mut response: HttpResponse, suffix: &str) -> HttpResponse {
    let slug = response.headers().get(header::LOCATION).and_then(|slug| slug.to_str().ok());
    let named = slug.map(|slug| if suffix.is_empty() { slug.to_owned() } else { format!("{slug}.{suffix}") });
    if let Some(location) = named.and_then(|named| HeaderValue::from_str(&absence::location(req, &named)).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The document, or the slug that the article has now.
async fn make(app: &App, reader: &Reader, key: &str, format: Format) -> Result<cache::Answer> {
    let found = match key.parse() {
        Ok(id) => article::by_id(reader, id).await?,
        Err(_) => article::page(reader, key, Wants { bodies: BodyWanted::Whole, ..Wants::default() }).await?,
    };
    let card = match found {
        Some(Found::Here(card)) => card,
        Some(Found::Moved(card)) => return Ok(cache::Answer::moved(card.slug.clone())),
        Some(Found::Gone(stone)) => {
            let (body, media_type) = match format {
                Format::Ninjs(version) => {
                    let body = serde_json::to_vec(&ninjs::canceled(&stone, version)).map_err(Error::internal)?;
                    (body, version.media_type())
                }
                Format::NewsMl => (newsml_g2::canceled(&app.settings.site, &stone)?, newsml_g2::MEDIA_TYPE),
                // They have no words for it, so it is said as at any other address.
                Format::JsonLd | Format::Nitf => return Ok(cache::Answer::gone(stone)),
            };
            return Ok(answer(StatusCode::GONE, body, media_type));
        }
        None => {
            let says =
                format!("There is no article {key:?}. Lists and searches give the slugs and ids that there are.");
            return Ok(cache::Answer::nothing(says));
        }
    };
    // One that goes away meanwhile is not there.
    let Some(story) = story::assemble(reader, app, vec![card]).await?.pop() else {
        return Err(Error::new(Code::NotFound, format!("The article {key:?} has just gone.")));
    };
    let site = &app.settings.site;
    Ok(match format {
        Format::JsonLd => answer(StatusCode::OK, json_ld::write(site, &story)?.into_bytes(), json_ld::MEDIA_TYPE),
        Format::Ninjs(version) => {
            let document = ninjs::story(site, &story, version)?;
            answer(StatusCode::OK, serde_json::to_vec(&document).map_err(Error::internal)?, version.media_type())
        }
        Format::NewsMl => answer(StatusCode::OK, newsml_g2::write(site, &story)?, newsml_g2::MEDIA_TYPE),
        Format::Nitf => answer(StatusCode::OK, nitf::write(site, &story)?, nitf::MEDIA_TYPE),
    })
}

/// These articles as an array of documents. What else a list is asked for by `Accept` is not there.
///
/// # Errors
/// What the catalogue says; `NOT_ACCEPTABLE` for a format that has single articles only.
pub async fn list(
    req: &HttpRequest,
    app: &App,
    reader: &Reader,
    cards: Vec<Arc<Card>>,
    format: Format,
    link: String,
) -> Result<HttpResponse> {
    let Format::Ninjs(version) = format else {
        return Err(Error::new(
            Code::NotAcceptable,
            "Lists come as JSON and as ninjs; single articles in more formats.",
        ));
    };
    let site = &app.settings.site;
    let stories = story::assemble(reader, app, cards).await?;
    let documents: Vec<_> = stories.iter().map(|story| ninjs::story(site, story, version)).collect::<Result<_>>()?;
    let mut answer = cache::Answer::of(serde_json::to_vec(&documents).map_err(Error::internal)?, version.media_type());
    answer.headers.push(("link", link));
    let response = feeds::send(req, app, &answer, reader.seq().await?);
    kept::depends(req, reader);
    response
}

fn answer(status: StatusCode, body: Vec<u8>, media_type: &'static str) -> cache::Answer {
    cache::Answer { status: status.as_u16(), ..cache::Answer::of(body, media_type) }
}
