//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde::Serialize;
use utoipa::ToSchema;

use super::channel::{Channel, Item};
use crate::error::{Error, Result};
use crate::formats::article::{as_uri, byline};
use crate::formats::html;
use crate::model::story::Story;
use crate::model::time::Instant;

/// The media type.
pub const MEDIA_TYPE: &str = "application/feed+json; charset=utf-8";

/// A feed as JSON Feed 1.1 has it.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeed<'a> {
    /// The version of the format.
    #[schema(example = "https://jsonfeed.org/version/1.1")]
    pub version: &'static str,
    /// What the feed is called.
    pub title: &'a str,
    /// Where the publication is.
    pub home_page_url: &'a str,
    /// Where this document is.
    pub feed_url: &'a str,
    /// Where the next page is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_url: Option<&'a str>,
    /// What it is about.
    pub description: &'a str,
    /// The publication's language (BCP 47).
    pub language: &'a str,
    /// The publication.
    #[schema(max_items = 1)]
    pub authors: Vec<JsonFeedAuthor<'a>>,
    /// Who tells subscribers what is new.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1)]
    pub hubs: Vec<JsonFeedHub<'a>>,
    /// The articles.
    #[schema(max_items = 200)]
    pub items: Vec<JsonFeedItem<'a>>,
}

/// Who tells subscribers what is new.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeedHub<'a> {
    /// The protocol.
    #[serde(rename = "type")]
    #[schema(example = "WebSub")]
    pub protocol: &'static str,
    /// Where to subscribe.
    pub url: &'a str,
}

/// Who signs.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeedAuthor<'a> {
    /// The name.
    pub name: &'a str,
    /// Where there is more about them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// An article.
#[derive(Debug, Serialize, ToSchema)]
pub struct JsonFeedItem<'a> {
    /// Stable for good.
    pub id: String,
    /// Where readers find it.
    pub url: String,
    /// Where it first stood, when that is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_url: Option<String>,
    /// The headline.
    pub title: &'a str,
    /// The text, or the summary alone, with label, disclaimers and corrections.
    pub content_html: String,
    /// The summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub summary: Option<&'a str>,
    /// The lead image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub date_published: Instant,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub date_modified: Instant,
    /// Who signs it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub authors: Vec<JsonFeedAuthor<'a>>,
    /// The names of its topics.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 200)]
    pub tags: Vec<&'a str>,
    /// Its language (BCP 47).
    pub language: &'a str,
    /// What the format has no word for, by the names of the API.
    #[serde(rename = "_masthead")]
    pub masthead: JsonFeedNotices<'a>,
}

/// The extension of an item: notices and credits.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JsonFeedNotices<'a> {
    /// The version of the article.
    pub version: i32,
    /// The kicker, such as "Op-Ed".
    pub label: Option<&'a str>,
    /// The genre.
    pub genre: &'a str,
    /// The section's name.
    pub section: Option<&'a str>,
    /// The authors in one line.
    pub byline: String,
    /// What must stand with it.
    #[schema(max_items = 10000)]
    pub disclaimers: &'a [String],
    /// The corrections, oldest first.
    #[schema(max_items = 1000)]
    pub corrections: Vec<JsonFeedCorrection<'a>>,
    /// Where it comes from.
    pub source: Option<&'a str>,
    /// The licence.
    pub license: Option<&'a str>,
    /// The notice of copyright.
    pub copyright_notice: Option<&'a str>,
}

/// A correction.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JsonFeedCorrection<'a> {
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Instant,
    /// What it says.
    pub text: &'a str,
}

/// The feed as JSON Feed.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(channel: &Channel<'_>) -> Result<Vec<u8>> {
    let site = channel.site;
    let feed = JsonFeed {
        version: "https://jsonfeed.org/version/1.1",
        title: &channel.title,
        home_page_url: site.url.as_str(),
        feed_url: &channel.address,
        next_url: channel.next.as_deref(),
        description: &channel.description,
        language: &site.language,
        authors: vec![JsonFeedAuthor { name: &site.name, url: Some(site.url.to_string()) }],
        hubs: channel.hub.iter().map(|url| JsonFeedHub { protocol: "WebSub", url }).collect(),
        items: channel.stories.iter().map(|story| item(channel, story)).collect(),
    };
    serde_json::to_vec(&feed).map_err(Error::internal)
}

/// The text, or what there is in its place: the format wants something.
fn content(channel: &Channel<'_>, item: &Item<'_>, headline: &str) -> String {
    let body = if channel.full_text { item.body() } else { String::new() };
    [body, item.summary()]
        .into_iter()
        .find(|html| !html.trim().is_empty())
        .unwrap_or_else(|| format!("<p>{}</p>\n", html::escape(headline)))
}

fn item<'a>(channel: &Channel<'a>, story: &'a Story) -> JsonFeedItem<'a> {
    let (item, card) = (Item::new(channel, story), &story.card);
    JsonFeedItem {
        id: item.id(),
        url: item.url(),
        external_url: item.original(),
        title: &card.headline,
        content_html: content(channel, &item, &card.headline),
        summary: Some(card.summary.as_str()).filter(|summary| !summary.is_empty()),
        image: item.image().map(|image| image.url),
        date_published: card.published_at,
        date_modified: card.updated_at,
        authors: story
            .authors
            .iter()
            .map(|author| JsonFeedAuthor { name: &author.name, url: author.about.url.as_deref().map(as_uri) })
            .collect(),
        tags: story.topic_names(),
        language: &card.language,
        masthead: JsonFeedNotices {
            version: card.version,
            label: story.label.as_deref(),
            genre: card.genre.as_str(),
            section: story.section().map(|section| section.name.as_str()),
            byline: byline(&story.authors),
            disclaimers: &story.disclaimers,
            corrections: card
                .corrections
                .iter()
                .map(|one| JsonFeedCorrection { published_at: one.published_at, text: &one.text })
                .collect(),
            source: card.source.as_deref(),
            license: card.license.as_deref(),
            copyright_notice: card.copyright_notice.as_deref(),
        },
    }
}
