//! An article as a document: ninjs 3.1 and 2.2.
//!
//! The standard has no property for labels, disclaimers and corrections. They stand as headlines and descriptions with a
//! role of their own, and inside of the bodies, so that whoever reads only these does not lose them. So does why something was
//! taken back, and that it was for good.
//!
//! Among the alternative identifiers are the article's id, its address and its canonical one, and, where only the day of its
//! publication is known, that day (`publishedOn`): the standard has instants. Names that cannot be told from the byline, such
//! as one with a comma in it, stand among the sources too, in the role `author`.

use serde_json::{Value, json};

use super::names::KILL;
use super::story::is_told_by;
use crate::config::SiteSettings;
use crate::error::Result;
use crate::formats::article::{self as present, Notices};
use crate::formats::json_ld::same_as;
use crate::model::article::{Image, Tombstone};
use crate::model::story::Story;
use crate::model::time::{Dated, Precision};
use crate::model::topic::{Topic, TopicKind};

/// A version of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 3.1.
    V3_1,
    /// 2.2.
    V2_2,
}

impl Version {
    /// Both, the newest first.
    pub const ALL: [Version; 2] = [Version::V3_1, Version::V2_2];

    /// As it is written.
    pub fn name(self) -> &'static str {
        match self {
            Version::V3_1 => "3.1",
            Version::V2_2 => "2.2",
        }
    }

    /// The media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Version::V3_1 => "application/ninjs+json; version=3.1",
            Version::V2_2 => "application/ninjs+json; version=2.2",
        }
    }

    /// The document with the names of this version: the older one knows no capitals, and says nothing of how what goes with
    /// an article belongs to it.
    fn spelt(self, document: Value) -> Value {
        match (self, document) {
            (Version::V2_2, Value::Object(members)) => {
                let spelt = members.into_iter().map(|(name, value)| match name.as_str() {
                    "associations" => (name, Version::without_rel(self.spelt(value))),
                    _ => (name.to_ascii_lowercase(), self.spelt(value)),
                });
                Value::Object(spelt.collect())
            }
            (Version::V2_2, Value::Array(list)) => list.into_iter().map(|one| self.spelt(one)).collect(),
            (_, document) => document,
        }
    }

    fn without_rel(mut list: Value) -> Value {
        for one in list.as_array_mut().into_iter().flatten().filter_map(Value::as_object_mut) {
            one.remove("rel");
        }
        list
    }

    fn standard(self) -> Value {
        let name = self.name();
        json!({
            "name": "ninjs",
            "version": name,
            "schema": format!("http://www.iptc.org/std/ninjs/ninjs-schema_{name}.json"),
        })
    }
}

/// The article as a document.
///
/// # Errors
/// `INTERNAL` when the stored body is none.
pub fn story(site: &SiteSettings, story: &Story, version: Version) -> Result<Value> {
    let card = &story.card;
    let notices =
        Notices { label: story.label.as_deref(), disclaimers: &story.disclaimers, corrections: &card.corrections };
    let address = present::url(site, card, story.section());
    let html = present::absolute_body(site, &address, &present::body_html(&story.body_html, Some(&notices)));
    let text = present::body_text(&story.body_json, Some(&notices))?;
    let mut headlines = vec![json!({ "role": "main", "contentType": "text/plain", "value": card.headline })];
    headlines
        .extend(notices.label.map(|label| json!({ "role": "label", "contentType": "text/plain", "value": label })));
    let role = |role: &str, value: &str| json!({ "role": role, "contentType": "text/plain", "value": value });
    let mut descriptions = Vec::new();
    descriptions.extend(Some(card.summary.as_str()).filter(|text| !text.is_empty()).map(|text| role("summary", text)));
    descriptions.extend(notices.disclaimers.iter().map(|text| role("disclaimer", text)));
    descriptions.extend(notices.corrections.iter().map(|one| role("correction", &one.text)));
    let mut document = json!({
        "standard": version.standard(),
        "uri": present::uri(&card.uri, &card.id.to_string()),
        "type": "text",
        "representationType": "full",
        "version": card.version.to_string(),
        "firstCreated": card.published_at,
        "versionCreated": card.updated_at,
        "contentCreated": card.published_at,
        "pubStatus": "usable",
        "language": card.language,
        "title": card.headline,
        "slugline": card.slug,
        "headlines": headlines,
        "bodies": [
            { "role": "main", "contentType": "text/html", "charCount": html.chars().count(), "wordCount": card.word_count, "value": html },
            { "role": "main", "contentType": "text/plain", "charCount": text.chars().count(), "wordCount": card.word_count, "value": text },
        ],
        "genres": [{ "name": card.genre.as_str() }],
        "altIds": alternatives(site, story),
    });
    let mut put = |name: &str, value: Value| {
        let empty = match &value {
            Value::Null => true,
            Value::Array(list) => list.is_empty(),
            Value::String(text) => text.is_empty(),
            _ => false,
        };
        if !empty {
            document[name] = value;
        }
    };
    put("descriptions", json!(descriptions));
    let by = present::byline(&story.authors);
    put("by", json!(by));
    put("copyrightHolder", json!(card.source));
    put("copyrightNotice", json!(card.copyright_notice));
    put("usageTerms", json!(card.license));
    put("subjects", json!(subjects(story)));
    put("people", json!(of(story, TopicKind::Person)));
    put("organisations", json!(of(story, TopicKind::Organisation)));
    put("places", json!(of(story, TopicKind::Place)));
    put("events", json!(of(story, TopicKind::Event)));
    put("objects", json!(of(story, TopicKind::Entity)));
    let sources = card
        .info_sources
        .iter()
        .map(|one| with_uri(json!({ "name": one.name }), one.url.as_deref().map(present::as_uri)));
    let mut sources: Vec<Value> = sources.collect();
    if !is_told_by(&by, story.authors.iter().map(|author| author.name.as_str())) {
        sources.extend(story.authors.iter().map(|author| json!({ "name": author.name, "role": "author" })));
    }
    put("infoSources", json!(sources));
    let image = card.image.as_ref().map(|image| present::absolute_image(site, image));
    put("associations", json!(image.iter().filter_map(picture).collect::<Vec<_>>()));
    Ok(version.spelt(document))
}

/// What readers of the standard alone are told of what was killed.
const KILLED: &str = "Killed for legal reasons: it does not return, and no copy of it may be shown.";

/// What was taken back, as a document. Withdrawn and killed are both `canceled`, the one status that the standard has for
/// them; of what was killed a description in the role `kill` says so.
pub fn canceled(stone: &Tombstone, version: Version) -> Value {
    let role = |role: &str, value: &str| json!({ "role": role, "contentType": "text/plain", "value": value });
    let mut descriptions = vec![role("reason", &stone.reason)];
    descriptions.extend(stone.killed.then(|| role(KILL, KILLED)));
    version.spelt(json!({
        "standard": version.standard(),
        "uri": present::uri(&stone.uri, &stone.article.to_string()),
        "type": "text",
        "representationType": "partial",
        "versionCreated": stone.at,
        "pubStatus": "canceled",
        "slugline": stone.slug,
        "descriptions": descriptions,
        "altIds": [{ "role": "id", "value": stone.article.to_string() }],
    }))
}

/// By what else it is known.
fn alternatives(site: &SiteSettings, story: &Story) -> Value {
    let (card, section) = (&story.card, story.section());
    let mut all = vec![
        json!({ "role": "id", "value": card.id.to_string() }),
        json!({ "role": "url", "value": present::url(site, card, section) }),
        json!({ "role": "canonical", "value": present::canonical_url(site, card, section) }),
    ];
    if card.published_precision == Precision::Day {
        let day = Dated { at: card.published_at, precision: Precision::Day };
        all.push(json!({ "role": "publishedOn", "value": day.to_string() }));
    }
    Value::Array(all)
}

/// The section and the subjects.
fn subjects(story: &Story) -> Vec<Value> {
    let section = story.section().map(|section| json!({ "name": section.name, "rel": "section" }));
    section.into_iter().chain(of(story, TopicKind::Subject)).collect()
}

fn of(story: &Story, kind: TopicKind) -> Vec<Value> {
    story.topics_of(kind).map(thing).collect()
}

fn thing(topic: &Topic) -> Value {
    let ids = &topic.about.external_ids;
    // One address can stand: that of the standard's own vocabulary, where there is one.
    let best = ids.iter().find(|id| id.scheme == "medtop").or(ids.first());
    with_uri(json!({ "name": topic.name }), best.and_then(|id| same_as(&id.scheme, &id.code)))
}

fn with_uri(mut value: Value, uri: Option<String>) -> Value {
    if let Some(uri) = uri {
        value["uri"] = json!(uri);
    }
    value
}

/// The lead image as a picture that goes with the article.
fn picture(image: &Image) -> Option<Value> {
    // Whatever is no address of its own cannot be fetched by who reads this.
    url::Url::parse(&image.url).ok()?;
    let mut rendition = json!({ "name": "main", "href": image.url });
    if let Some(width) = image.width {
        rendition["width"] = json!(width);
    }
    if let Some(height) = image.height {
        rendition["height"] = json!(height);
    }
    let mut picture = json!({
        "name": "lead",
        "rel": "featureimage",
        "uri": image.url,
        "type": "picture",
        "renditions": [rendition],
    });
    let role = |role: &str, value: &str| json!({ "role": role, "contentType": "text/plain", "value": value });
    if let Some(alt) = &image.alt {
        picture["headlines"] = json!([role("alt", alt)]);
    }
    if let Some(caption) = &image.caption {
        picture["descriptions"] = json!([role("caption", caption)]);
    }
    if let Some(credit) = &image.credit {
        picture["by"] = json!(credit);
    }
    Some(picture)
}
