//! schema.org as JSON-LD (<https://schema.org/NewsArticle>), as search engines read it.
//!
//! What the vocabulary has a word for stands under that word; a disclaimer has none, and is a named part of the page
//! (`hasPart`), as it stands in `articleBody` too, with the label and the corrections.

use serde_json::{Map, Value, json};

use super::article::{self as present, Notices};
use crate::config::SiteSettings;
use crate::error::{Error, Result};
use crate::model::author::{Author, AuthorKind};
use crate::model::story::Story;
use crate::model::topic::{Topic, TopicKind};

/// The media type.
pub const MEDIA_TYPE: &str = "application/ld+json; charset=utf-8";

/// The type of an article of this genre, below `NewsArticle`.
fn kind(genre: &str) -> &'static str {
    match genre {
        "opinion" | "op-ed" | "editorial" | "column" | "commentary" | "letter" | "letters" => "OpinionNewsArticle",
        "analysis" => "AnalysisNewsArticle",
        "review" | "reviews" => "ReviewNewsArticle",
        "background" | "backgrounder" | "explainer" => "BackgroundNewsArticle",
        "feature" | "report" | "reportage" | "investigation" | "interview" | "eyewitness" => "ReportageNewsArticle",
        _ => "NewsArticle",
    }
}

/// The article as JSON-LD, safe inside of a `script` element.
///
/// # Errors
/// `INTERNAL` when the stored body is none, or cannot be written.
pub fn write(site: &SiteSettings, story: &Story) -> Result<String> {
    serde_json::to_string(&value(site, story)?).map_err(Error::internal).map(|text| embeddable(&text))
}

/// No character that ends a `script` element, begins a comment in one, or is a line break in JavaScript; JSON stays what
/// it is, since these stand in strings alone (HTML, 4.12.1.3).
fn embeddable(json: &str) -> String {
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out
}

/// The same as a tree.
///
/// # Errors
/// `INTERNAL` when the stored body is none.
pub fn value(site: &SiteSettings, story: &Story) -> Result<Value> {
    let card = &story.card;
    let section = story.section();
    let canonical = present::canonical_url(site, card, section);
    let publisher = json!({
        "@type": "NewsMediaOrganization",
        "@id": site.absolute("/#publisher"),
        "name": site.name,
        "url": site.url,
        "logo": site.logo().map(|url| json!({ "@type": "ImageObject", "url": url })),
    });
    let publisher = without_nulls(publisher);
    let mut article = json!({
        "@context": "https://schema.org",
        "@type": kind(card.genre.as_str()),
        "@id": canonical,
        "mainEntityOfPage": { "@type": "WebPage", "@id": canonical },
        "url": present::url(site, card, section),
        "identifier": card.uri,
        "headline": card.headline,
        "description": Some(&card.summary).filter(|text| !text.is_empty()),
        "articleSection": section.map(|section| &section.name),
        "genre": genres(story),
        "inLanguage": card.language,
        "datePublished": card.published_at,
        "dateModified": card.updated_at,
        "author": authors(story, &publisher),
        "publisher": publisher,
        "isAccessibleForFree": true,
        "wordCount": card.word_count,
        "version": card.version,
        "copyrightNotice": card.copyright_notice,
        "license": card.license,
    });
    let notices =
        Notices { label: story.label.as_deref(), disclaimers: &story.disclaimers, corrections: &card.corrections };
    let body = present::body_text(&story.body_json, Some(&notices))?;
    let mut put = |name: &str, value: Value| article[name] = value;
    put("articleBody", json!(Some(body.trim()).filter(|body| !body.is_empty())));
    put("image", json!(image(site, story)));
    put("keywords", json!(some(story.topic_names())));
    put("about", json!(some(things(story, |kind| kind == TopicKind::Subject))));
    let named =
        |kind| matches!(kind, TopicKind::Person | TopicKind::Organisation | TopicKind::Event | TopicKind::Entity);
    put("mentions", json!(some(things(story, named))));
    put("contentLocation", json!(some(things(story, |kind| kind == TopicKind::Place))));
    put(
        "correction",
        json!(some(
            card.corrections
                .iter()
                .map(|one| json!({ "@type": "CorrectionComment", "text": one.text, "datePublished": one.published_at }))
                .collect()
        )),
    );
    put(
        "hasPart",
        json!(some(
            story
                .disclaimers
                .iter()
                .map(|text| json!({ "@type": "WebPageElement", "name": "Disclaimer", "text": text }))
                .collect()
        )),
    );
    put("sourceOrganization", json!(card.source.as_ref().map(|name| json!({ "@type": "Organization", "name": name }))));
    put(
        "citation",
        json!(some(
            card.info_sources
                .iter()
                .map(|one| without_nulls(
                    json!({ "@type": "CreativeWork", "name": one.name, "url": one.url.as_deref().map(present::as_uri) })
                ))
                .collect()
        )),
    );
    Ok(without_nulls(article))
}

/// The list, unless it is empty.
fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(members) = &mut value {
        members.retain(|_, value| !value.is_null());
    }
    value
}

/// The label and the genre.
fn genres(story: &Story) -> Vec<&str> {
    story.label.as_deref().into_iter().chain([story.card.genre.as_str()]).collect()
}

/// Who signs it; the publication for what nobody signs.
fn authors(story: &Story, publisher: &Value) -> Value {
    if story.authors.is_empty() {
        return json!([publisher]);
    }
    let author = |author: &Author| {
        let organisation = author.about.organisation.as_ref();
        without_nulls(json!({
            "@type": "Person",
            "name": author.name,
            "url": author.about.url.as_deref().map(present::as_uri),
            "jobTitle": story.role(author),
            "description": author.about.bio,
            "affiliation": organisation.map(|name| json!({ "@type": "Organization", "name": name })),
            "worksFor": (author.kind == AuthorKind::Staff).then(|| json!({ "@id": publisher["@id"] })),
        }))
    };
    story.authors.iter().map(|one| author(one)).collect()
}

fn image(site: &SiteSettings, story: &Story) -> Option<Vec<Value>> {
    let image = present::absolute_image(site, story.card.image.as_ref()?);
    Some(vec![without_nulls(json!({
        "@type": "ImageObject",
        "url": image.url,
        // In pixels; a distance is a text there.
        "width": image.width.map(|n| n.to_string()),
        "height": image.height.map(|n| n.to_string()),
        "caption": image.caption.or(image.alt),
        "creditText": image.credit,
    }))])
}

/// The topics whose kind fits, as things.
fn things(story: &Story, fits: impl Fn(TopicKind) -> bool) -> Vec<Value> {
    story.topics.iter().filter(|topic| fits(topic.kind)).map(|topic| thing(topic)).collect()
}

fn thing(topic: &Topic) -> Value {
    let mut members = Map::new();
    members.insert(
        "@type".into(),
        json!(match topic.kind {
            TopicKind::Person => "Person",
            TopicKind::Organisation => "Organization",
            TopicKind::Place => "Place",
            // An event of schema.org needs a date and a place, which are not known here.
            TopicKind::Subject | TopicKind::Event | TopicKind::Entity => "Thing",
        }),
    );
    members.insert("name".into(), json!(topic.name));
    let same: Vec<String> = topic.about.external_ids.iter().filter_map(|id| same_as(&id.scheme, &id.code)).collect();
    if !same.is_empty() {
        members.insert("sameAs".into(), json!(same));
    }
    Value::Object(members)
}

/// The address that stands for a code in a vocabulary, where the vocabulary has such.
pub(super) fn same_as(scheme: &str, code: &str) -> Option<String> {
    let uri = match scheme {
        "wikidata" => Some(format!("http://www.wikidata.org/entity/{code}")),
        "medtop" => Some(format!("http://cv.iptc.org/newscodes/mediatopic/{code}")),
        _ => {
            let joined =
                if scheme.ends_with(['/', '#', ':']) { format!("{scheme}{code}") } else { format!("{scheme}/{code}") };
            url::Url::parse(&joined).ok().filter(|url| matches!(url.scheme(), "http" | "https")).map(String::from)
        }
    };
    uri.as_deref().map(present::as_uri)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_a_script() {
        let hostile = json!({ "a": "</script><!-- & \u{2028} é" });
        let text = embeddable(&hostile.to_string());
        assert!(!text.contains(['<', '>', '&', '\u{2028}']), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), hostile);
    }

    #[test]
    fn codes_have_addresses() {
        assert_eq!(same_as("wikidata", "Q1").unwrap(), "http://www.wikidata.org/entity/Q1");
        assert_eq!(same_as("medtop", "20000065").unwrap(), "http://cv.iptc.org/newscodes/mediatopic/20000065");
        assert_eq!(same_as("https://example.org/ids/", "7").unwrap(), "https://example.org/ids/7");
        assert_eq!((same_as("iso", "DE"), same_as("javascript:", "alert(1)")), (None, None));
    }
}
