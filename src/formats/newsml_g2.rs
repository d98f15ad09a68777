//! NewsML-G2 2.35 (<https://iptc.org/std/NewsML-G2/>): a news item with its text as NITF and as HTML.
//!
//! As in ninjs, label, disclaimers and corrections stand as headlines and descriptions with a role, whose scheme the item
//! declares itself, and inside of the texts.

use super::article::{self as present, Notices};
use super::json_ld::same_as;
use super::nitf;
use super::xml_out::Out;
use crate::config::SiteSettings;
use crate::error::Result;
use crate::model::article::Tombstone;
use crate::model::story::Story;
use crate::model::topic::{Topic, TopicKind};

/// The media type.
pub const MEDIA_TYPE: &str = "application/vnd.iptc.g2.newsitem+xml; charset=utf-8";

const SPACE: &str = "http://iptc.org/std/nar/2006-10-01/";
/// The IPTC's catalogue of its vocabularies.
const CATALOG: &str = "http://www.iptc.org/std/catalog/catalog.IPTC-G2-Standards_40.xml";

fn begin(out: &mut Out, uri: &str, version: &str, language: &str) -> Result<()> {
    out.open(
        "newsItem",
        &[
            ("xmlns", SPACE),
            ("guid", uri),
            ("version", version),
            ("standard", "NewsML-G2"),
            ("standardversion", "2.35"),
            ("conformance", "power"),
            ("xml:lang", language),
        ],
    )
}

/// The article as a news item.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(site: &SiteSettings, story: &Story) -> Result<Vec<u8>> {
    let card = &story.card;
    let mut out = Out::document()?;
    let version = card.version.max(1).to_string();
    begin(&mut out, &present::uri(&card.uri, &card.id.to_string()), &version, &card.language)?;
    out.empty("catalogRef", &[("href", CATALOG)])?;
    out.open("catalog", &[])?;
    out.empty("scheme", &[("alias", "role"), ("uri", &site.absolute("/#role/"))])?;
    out.close("catalog")?;
    if card.source.is_some() || card.copyright_notice.is_some() || card.license.is_some() {
        out.open("rightsInfo", &[])?;
        if let Some(holder) = &card.source {
            out.open("copyrightHolder", &[("literal", holder)])?;
            out.text("name", &[], holder)?;
            out.close("copyrightHolder")?;
        }
        out.maybe("copyrightNotice", &[], card.copyright_notice.as_deref())?;
        out.maybe("usageTerms", &[], card.license.as_deref())?;
        out.close("rightsInfo")?;
    }
    out.open("itemMeta", &[])?;
    out.empty("itemClass", &[("qcode", "ninat:text")])?;
    provider(&mut out, site)?;
    out.text("versionCreated", &[], &card.updated_at.to_string())?;
    out.text("firstCreated", &[], &card.published_at.to_string())?;
    out.empty("pubStatus", &[("qcode", "stat:usable")])?;
    out.text("title", &[], &card.headline)?;
    let url = present::canonical_url(site, card, story.section());
    out.empty("link", &[("rel", "irel:seeAlso"), ("href", &url)])?;
    out.close("itemMeta")?;
    meta(&mut out, story)?;
    out.open("contentSet", &[])?;
    out.open("inlineXML", &[("contenttype", "application/nitf+xml")])?;
    nitf::document(&mut out, site, story)?;
    out.close("inlineXML")?;
    let notices = notices(story);
    let address = present::url(site, card, story.section());
    let html = present::absolute_body(site, &address, &present::body_html(&story.body_html, Some(&notices)));
    out.text("inlineData", &[("contenttype", "text/html")], &html)?;
    out.close("contentSet")?;
    out.close("newsItem")?;
    Ok(out.finish())
}

/// What was taken back, as a news item without content: withdrawn and killed are both `canceled`.
///
/// # Errors
/// As [`write()`].
pub fn canceled(site: &SiteSettings, stone: &Tombstone) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    begin(&mut out, &present::uri(&stone.uri, &stone.article.to_string()), "1", &site.language)?;
    out.empty("catalogRef", &[("href", CATALOG)])?;
    out.open("itemMeta", &[])?;
    out.empty("itemClass", &[("qcode", "ninat:text")])?;
    provider(&mut out, site)?;
    out.text("versionCreated", &[], &stone.at.to_string())?;
    out.empty("pubStatus", &[("qcode", "stat:canceled")])?;
    out.text("edNote", &[], &stone.reason)?;
    out.close("itemMeta")?;
    out.close("newsItem")?;
    Ok(out.finish())
}

fn notices(story: &Story) -> Notices<'_> {
    Notices { label: story.label.as_deref(), disclaimers: &story.disclaimers, corrections: &story.card.corrections }
}

fn provider(out: &mut Out, site: &SiteSettings) -> Result<()> {
    out.open("provider", &[("uri", site.url.as_str())])?;
    out.text("name", &[], &site.name)?;
    out.close("provider")
}

fn meta(out: &mut Out, story: &Story) -> Result<()> {
    let card = &story.card;
    out.open("contentMeta", &[])?;
    out.text("contentCreated", &[], &card.published_at.to_string())?;
    out.text("contentModified", &[], &card.updated_at.to_string())?;
    for place in story.topics_of(TopicKind::Place) {
        named(out, "located", place, &[])?;
    }
    for source in &card.info_sources {
        let uri = source.url.as_deref().map(present::as_uri);
        let key = if uri.is_some() { "uri" } else { "literal" };
        out.open("infoSource", &[(key, uri.as_deref().unwrap_or(&source.name))])?;
        out.text("name", &[], &source.name)?;
        out.close("infoSource")?;
    }
    for author in &story.authors {
        out.open("creator", &[("literal", &author.slug)])?;
        out.text("name", &[], &author.name)?;
        out.close("creator")?;
    }
    out.empty("language", &[("tag", &card.language)])?;
    out.open("genre", &[("literal", card.genre.as_str())])?;
    out.text("name", &[], card.genre.as_str())?;
    out.close("genre")?;
    if let Some(section) = story.section() {
        out.open("subject", &[("literal", &section.slug), ("type", "cpnat:abstract"), ("why", "why:direct")])?;
        out.text("name", &[], &section.name)?;
        out.close("subject")?;
    }
    for topic in &story.topics {
        let kind = match topic.kind {
            TopicKind::Subject => "cpnat:abstract",
            TopicKind::Person => "cpnat:person",
            TopicKind::Organisation => "cpnat:organisation",
            TopicKind::Place => "cpnat:geoArea",
            TopicKind::Event => "cpnat:event",
            TopicKind::Entity => "cpnat:object",
        };
        named(out, "subject", topic, &[("type", kind)])?;
    }
    out.text("slugline", &[], &card.slug)?;
    out.text("headline", &[], &card.headline)?;
    out.maybe("headline", &[("role", "role:label")], story.label.as_deref())?;
    let byline = present::byline(&story.authors);
    out.maybe("by", &[], Some(byline.as_str()).filter(|by| !by.is_empty()))?;
    out.maybe("description", &[("role", "drol:summary")], Some(card.summary.as_str()).filter(|text| !text.is_empty()))?;
    for text in &story.disclaimers {
        out.text("description", &[("role", "role:disclaimer")], text)?;
    }
    for correction in &card.corrections {
        out.text("description", &[("role", "role:correction")], &correction.text)?;
    }
    out.close("contentMeta")
}

/// A topic with the best code that it has.
fn named(out: &mut Out, element: &str, topic: &Topic, more: &[(&str, &str)]) -> Result<()> {
    let ids = &topic.about.external_ids;
    // A qualified code has no white space in it (QCodeType of the schema); an address has it encoded.
    let is_code = |code: &str| !code.is_empty() && !code.contains(char::is_whitespace);
    let media_topic =
        ids.iter().find(|id| id.scheme == "medtop" && is_code(&id.code)).map(|id| format!("medtop:{}", id.code));
    let uri = ids.iter().find_map(|id| same_as(&id.scheme, &id.code));
    let mut about = match (&media_topic, &uri) {
        (Some(code), _) => vec![("qcode", code.as_str())],
        (None, Some(uri)) => vec![("uri", uri.as_str())],
        (None, None) => vec![("literal", topic.slug.as_str())],
    };
    about.extend(more);
    out.open(element, &about)?;
    out.text("name", &[], &topic.name)?;
    out.close(element)
}
