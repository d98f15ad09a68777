//! `/sitemaps`: what search engines are to look at.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::{feeds, freshness, rate};
use crate::app::App;
use crate::cache;
use crate::catalogue::Reader;
use crate::catalogue::answers;
use crate::catalogue::sitemap::{self, Month};
use crate::error::{Code, Result};
use crate::formats::article::absolute_image;
use crate::formats::sitemap::{self as write, File, NewsPage, Page};

/// How many addresses a file has at the most; the protocol allows 50,000, and ten times less for news.
const PAGES_MOST: i64 = 10_000;
const NEWS_MOST: i64 = 1_000;
/// What a file costs.
const PRICE: u32 = 10;
/// How many files of news are listed.
const NEWS_FILES: i64 = 20;

const ANSWER: Answer = Answer {
    description: "The file.",
    status: 200,
    content: &[("application/xml", Shape::Text)],
    example: None,
    headers: Headers::Content,
};

const PAGE: Parameter =
    Parameter { name: "page", kind: Kind::Count, description: "Which part of the file, from 1.", example: "1" };

/// `GET /sitemaps/index.xml`.
pub const INDEX: Endpoint = Endpoint {
    id: "getSitemapIndex",
    method: Method::Get,
    path: "/sitemaps/index.xml",
    tag: Tag::Feeds,
    summary: "The index of all sitemaps",
    description: "Let the site's robots.txt name it (`Sitemap: …`), which also allows it to be on another host than the site.",
    cost: "10 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: ANSWER,
    problems: &[],
};

/// `GET /sitemaps/news.xml`.
pub const NEWS: Endpoint = Endpoint {
    id: "getNewsSitemap",
    method: Method::Get,
    path: "/sitemaps/news.xml",
    tag: Tag::Feeds,
    summary: "The news of the last two days, as Google reads it",
    description: "1,000 articles a file; the index names the further ones. Articles that first stood elsewhere are left out, as in all \
                  sitemaps: search engines look for them there.",
    cost: "10 points.",
    needs: Needs::Nothing,
    parameters: &[PAGE],
    body: None,
    answer: ANSWER,
    problems: &[Code::NotFound],
};

/// `GET /sitemaps/articles/{month}.xml`.
pub const MONTH: Endpoint = Endpoint {
    id: "getSitemapOfMonth",
    method: Method::Get,
    path: "/sitemaps/articles/{month}.xml",
    tag: Tag::Feeds,
    summary: "The articles of a month",
    description: "With the instant of the last change, and the image.",
    cost: "10 points.",
    needs: Needs::Nothing,
    parameters: &[
        Parameter {
            name: "month",
            kind: Kind::Month,
            description: "The month of publication (UTC).",
            example: "2026-10",
        },
        PAGE,
    ],
    body: None,
    answer: ANSWER,
    problems: &[Code::NotFound],
};

/// Handles [`INDEX`].
///
/// # Errors
/// What the catalogue says.
pub async fn index(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    INDEX.read(&req, app.settings.page)?;
    kept(&req, &app, async |reader| {
        let site = &app.settings.site;
        let base = app.settings.auth.server(site);
        let mut files = Vec::new();
        for page in 1..=NEWS_FILES {
            let found = sitemap::news(reader, site, page, NEWS_MOST).await?;
            if found.is_empty() && page > 1 {
                break;
            }
            let modified = found.iter().map(|one| one.updated_at).max();
            files.push(File { url: numbered(format!("{base}/sitemaps/news.xml"), page), modified });
            if (found.len() as i64) < NEWS_MOST {
                break;
            }
        }
        for busy in sitemap::months(reader, site).await? {
            for page in 1..=busy.articles.div_euclid(PAGES_MOST) + i64::from(busy.articles % PAGES_MOST > 0) {
                let url = numbered(format!("{base}/sitemaps/articles/{}.xml", busy.month), page);
                files.push(File { url, modified: busy.modified });
            }
        }
        write::index(&files).map(file)
    })
    .await
}

/// Handles [`NEWS`]: 404 for a further file that is empty.
///
/// # Errors
/// What the catalogue says.
pub async fn news(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let page = NEWS.read(&req, app.settings.page)?.number("page").unwrap_or(1);
    kept(&req, &app, async |reader| {
        let site = &app.settings.site;
        let found = sitemap::news(reader, site, page.into(), NEWS_MOST).await?;
        if found.is_empty() && page > 1 {
            let says =
                format!("There are fewer than {page} files of news; /sitemaps/index.xml has those that there are.");
            return Ok(cache::Answer::nothing(says));
        }
        let pages: Vec<NewsPage> = found
            .iter()
            .map(|one| {
                let url = site.article_url(one.section.as_deref(), &one.slug);
                NewsPage { url, title: &one.headline, language: &one.language, published: one.published_at }
            })
            .collect();
        write::news(site, &pages).map(file)
    })
    .await
}

/// Handles [`MONTH`]: 404 for a month of which there is nothing to list.
///
/// # Errors
/// What the catalogue says.
pub async fn month(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = MONTH.read(&req, app.settings.page)?;
    let page = query.number("page").unwrap_or(1);
    let text = query.text("month").unwrap_or_default();
    kept(&req, &app, async |reader| {
        let nothing = || {
            let says = format!("There is no such sitemap of {text}; /sitemaps/index.xml has those that there are.");
            Ok(cache::Answer::nothing(says))
        };
        let Some(month) = Month::parse(text) else { return nothing() };
        let site = &app.settings.site;
        let found = sitemap::of_month(reader, site, month, page.into(), PAGES_MOST).await?;
        if found.is_empty() {
            return nothing();
        }
        let pages: Vec<Page> = found
            .iter()
            .map(|one| {
                let image = one.image.as_ref().map(|image| absolute_image(site, image).url);
                Page { url: site.article_url(one.section.as_deref(), &one.slug), modified: one.updated_at, image }
            })
            .collect();
        write::pages(&pages).map(file)
    })
    .await
}

fn file(bytes: Vec<u8>) -> cache::Answer {
    cache::Answer::of(bytes, write::MEDIA_TYPE)
}

fn numbered(address: String, page: i64) -> String {
    if page > 1 { format!("{address}?page={page}") } else { address }
}

/// The file, kept until an article changes or time ends it.
async fn kept(
    req: &HttpRequest,
    app: &App,
    make: impl AsyncFnOnce(&Reader) -> Result<cache::Answer>,
) -> Result<HttpResponse> {
    rate::charge(req, PRICE)?;
    let least = freshness::wait(req, app).await?;
    let key = req.uri().to_string();
    let (made, seq) = answers::get(app, &key, least, make).await?;
    feeds::send_kept(req, app, &made, seq)
}
