//! What a person sees in a browser: the start page, the API reference, the explorer's files and the sample's pictures;
//! and the description of the API that the reference is drawn from. [`pages`] makes them; they are sent here.

use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use super::conditional::{etag, not_modified};
use super::pages::{self, Page};
use super::{openapi, reply};
use crate::app::App;
use crate::catalogue::{Reader, list};
use crate::config::{Engine, PageSettings};
use crate::error::{Code, Error, Result};

/// The description of the API, printed once.
#[derive(Clone)]
pub struct Description {
    json: Bytes,
    yaml: Bytes,
}

impl Description {
    /// The description with these sizes of pages.
    ///
    /// # Errors
    /// `INTERNAL` when it cannot be printed, which a test rules out.
    pub fn new(page: PageSettings) -> Result<Description> {
        let document = openapi::document(page)?;
        Ok(Description { json: openapi::to_json(&document)?.into(), yaml: openapi::to_yaml(&document)?.into() })
    }
}

/// `GET /`: what runs here, with links to all of it.
///
/// # Errors
/// What the catalogue says.
pub async fn landing(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let reader = Reader::of(&app);
    let example = list::example(&reader).await?;
    let page = pages::landing(&pages::Landing {
        site: &app.settings.site.name,
        version: env!("CARGO_PKG_VERSION"),
        engine: match app.db.engine() {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        },
        articles: u64::try_from(list::total(&reader).await?).unwrap_or(0),
        example_slug: example.as_deref().map(|card| card.slug.as_str()),
        explorer: app.settings.graphql.graphiql,
    });
    Ok(shown(&req, page))
}

/// `GET /docs`: the API reference.
///
/// # Errors
/// `NOT_FOUND` if this binary carries no reference.
pub async fn reference(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    found(&req, pages::swagger("", &app.settings.site.name, "/openapi.json"))
}

/// `GET /docs/{file}`: a file that the reference loads.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn reference_file(req: HttpRequest, app: Data<App>, file: Path<String>) -> Result<HttpResponse> {
    // An empty name is the page itself, which has one address.
    let page = (!file.is_empty()).then(|| pages::swagger(&file, &app.settings.site.name, "/openapi.json")).flatten();
    found(&req, page)
}

/// `GET /assets/graphiql/{file}`: a file that the explorer loads.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn explorer_file(req: HttpRequest, file: Path<String>) -> Result<HttpResponse> {
    found(&req, pages::explorer_asset(&file))
}

/// `GET /sample/{file}`: a picture of the sample newsroom.
///
/// # Errors
/// `NOT_FOUND`.
pub async fn sample_image(req: HttpRequest, file: Path<String>) -> Result<HttpResponse> {
    found(&req, pages::sample_image(&file))
}

/// `GET /openapi.json`.
pub async fn openapi_json(req: HttpRequest, description: Data<Description>) -> HttpResponse {
    described(&req, &description.json, reply::JSON)
}

/// `GET /openapi.yaml`.
pub async fn openapi_yaml(req: HttpRequest, description: Data<Description>) -> HttpResponse {
    // RFC 9512.
    described(&req, &description.yaml, "application/yaml")
}

fn described(req: &HttpRequest, bytes: &Bytes, content_type: &'static str) -> HttpResponse {
    send(req, bytes.clone(), content_type, "no-cache")
}

fn found(req: &HttpRequest, page: Option<Page>) -> Result<HttpResponse> {
    let nothing = || Error::new(Code::NotFound, "There is no such file here. The start page links to what there is.");
    page.map(|page| shown(req, page)).ok_or_else(nothing)
}

fn shown(req: &HttpRequest, page: Page) -> HttpResponse {
    let mut response = send(req, Bytes::from(page.body.into_owned()), &page.content_type, page.cache_control);
    let headers = response.headers_mut();
    if let Some(coding) = page.encoding {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static(coding));
    }
    if let Some(policy) = page.csp.and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// The bytes with an entity tag, or 304.
fn send(req: &HttpRequest, bytes: Bytes, content_type: &str, cache_control: &'static str) -> HttpResponse {
    let tag = blake3::hash(&bytes).to_hex();
    let tag = tag.get(..32).unwrap_or_default();
    let mut response = if not_modified(req, tag) {
        HttpResponse::NotModified().finish()
    } else {
        HttpResponse::Ok().content_type(content_type).body(bytes)
    };
    let headers = response.headers_mut();
    if let Some(tag) = etag(tag) {
        headers.insert(header::ETAG, tag);
    }
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache_control));
    response
}
