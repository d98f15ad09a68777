//! JSON Feed 1.1 (<https://www.jsonfeed.org/version/1.1/>).

use serde_json::{Map, Value, json};

use super::channel::{Channel, Item};
use crate::error::{Error, Result};
use crate::formats::article::byline;
use crate::model::story::Story;

/// The media type.
pub const MEDIA_TYPE: &str = "application/feed+json; charset=utf-8";

/// The feed as JSON Feed. What it has no word for stands in `_masthead` of an item: label, genre, section, disclaimers,
/// corrections and credits, by the names of the API.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(channel: &Channel<'_>) -> Result<Vec<u8>> {
    let mut feed = json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": channel.title,
        "home_page_url": channel.site.url,
        "feed_url": channel.address,
        "description": channel.description,
        "language": channel.site.language,
        "authors": [{ "name": channel.site.name, "url": channel.site.url }],
        "items": channel.stories.iter().map(|story| item(channel, story)).collect::<Vec<_>>(),
    });
    if let Some(next) = &channel.next {
        feed["next_url"] = json!(next);
    }
    serde_json::to_vec(&feed).map_err(Error::internal)
}

fn item(channel: &Channel<'_>, story: &Story) -> Value {
    let (item, card) = (Item::new(channel, story), &story.card);
    let mut about = Map::new();
    let mut put = |name: &str, value: Value| {
        if !value.is_null() {
            about.insert(name.to_owned(), value);
        }
    };
    put("id", json!(item.id()));
    put("url", json!(item.url()));
    put("external_url", json!(item.original()));
    put("title", json!(card.headline));
    put("content_html", json!(if channel.full_text { item.body() } else { item.summary() }));
    put("summary", json!(Some(&card.summary).filter(|summary| !summary.is_empty())));
    put("image", json!(item.image().map(|image| image.url)));
    put("date_published", json!(card.published_at));
    put("date_modified", json!(card.updated_at));
    let authors: Vec<Value> = story
        .authors
        .iter()
        .map(|author| match &author.about.url {
            Some(url) => json!({ "name": author.name, "url": url }),
            None => json!({ "name": author.name }),
        })
        .collect();
    put("authors", if authors.is_empty() { Value::Null } else { json!(authors) });
    let tags: Vec<&str> = item.categories().iter().filter(|one| one.what == "topic").map(|one| one.name).collect();
    put("tags", if tags.is_empty() { Value::Null } else { json!(tags) });
    put("language", json!(card.language));
    put(
        "_masthead",
        json!({
            "about": "https://github.com/masthead-news/masthead#feeds",
            "version": card.version,
            "label": story.label,
            "genre": card.genre.as_str(),
            "section": story.section().map(|section| json!({ "slug": section.slug, "name": section.name })),
            "byline": byline(&story.authors),
            "disclaimers": story.disclaimers,
            "corrections": card.corrections.iter()
                .map(|one| json!({ "publishedAt": one.published_at, "text": one.text }))
                .collect::<Vec<_>>(),
            "source": card.source,
            "license": card.license,
            "copyrightNotice": card.copyright_notice,
        }),
    );
    Value::Object(about)
}
