//! RSS 2.0 (<https://www.rssboard.org/rss-specification>), with the modules that readers know: content, Dublin Core, Media RSS, Atom's links.

use std::collections::BTreeSet;

use super::channel::{Channel, Item, scheme};
use crate::error::Result;
use crate::formats::xml_out::Out;
use crate::model::time::Instant;

/// The media type.
pub const MEDIA_TYPE: &str = "application/rss+xml; charset=utf-8";

/// The feed as RSS.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(channel: &Channel<'_>) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    let mut spaces = vec![
        ("version", "2.0"),
        ("xmlns:atom", "http://www.w3.org/2005/Atom"),
        ("xmlns:content", "http://purl.org/rss/1.0/modules/content/"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:dcterms", "http://purl.org/dc/terms/"),
        ("xmlns:media", "http://search.yahoo.com/mrss/"),
    ];
    if channel.is_archive {
        spaces.push(("xmlns:fh", "http://purl.org/syndication/history/1.0"));
    }
    out.open("rss", &spaces)?;
    out.open("channel", &[])?;
    out.text("title", &[], &channel.title)?;
    out.text("link", &[], channel.site.url.as_str())?;
    out.text("description", &[], &channel.description)?;
    out.text("language", &[], &channel.site.language)?;
    // What is empty and never was anything else has not changed at any time.
    if channel.updated.millis() > 0 {
        out.text("lastBuildDate", &[], &rfc822(channel.updated))?;
    }
    out.text("generator", &[], "Masthead")?;
    let mut links = vec![("self", Some(channel.address.as_str())), ("next", channel.next.as_deref())];
    links.push(("current", channel.is_archive.then_some(channel.feed.as_str())));
    links.push(("prev-archive", channel.archive.as_deref()));
    for (rel, href) in links {
        if let Some(href) = href {
            out.empty("atom:link", &[("rel", rel), ("type", "application/rss+xml"), ("href", href)])?;
        }
    }
    if let Some(hub) = &channel.hub {
        out.empty("atom:link", &[("rel", "hub"), ("href", hub)])?;
    }
    if channel.is_archive {
        out.empty("fh:archive", &[])?;
    }
    for story in channel.stories {
        item(&mut out, channel, &Item::new(channel, story), story)?;
    }
    out.close("channel")?;
    out.close("rss")?;
    Ok(out.finish())
}

fn item(out: &mut Out, channel: &Channel<'_>, item: &Item<'_>, story: &crate::model::story::Story) -> Result<()> {
    let card = &story.card;
    out.open("item", &[])?;
    out.text("title", &[], &card.headline)?;
    out.text("link", &[], &item.url())?;
    out.text("guid", &[("isPermaLink", "false")], &item.id())?;
    out.text("pubDate", &[], &rfc822(card.published_at))?;
    out.text("dcterms:modified", &[], &card.updated_at.to_string())?;
    for author in &story.authors {
        out.text("dc:creator", &[], &author.name)?;
    }
    // Two topics of one name differ in their slugs, which have no place here.
    let mut told = BTreeSet::new();
    for category in item.categories() {
        if told.insert((category.what, category.name)) {
            out.text("category", &[("domain", &scheme(channel.site, category.what))], category.name)?;
        }
    }
    out.text("description", &[], &item.summary())?;
    if channel.full_text {
        out.text("content:encoded", &[], &item.body())?;
    }
    item.picture(out)?;
    out.maybe("dc:source", &[], card.source.as_deref())?;
    out.maybe("dc:rights", &[], card.copyright_notice.as_deref())?;
    out.maybe("dcterms:license", &[], card.license.as_deref())?;
    out.close("item")
}

/// A date of RFC 822 with a year of four digits, as RSS has them.
fn rfc822(at: Instant) -> String {
    at.datetime().format("%a, %d %b %Y %H:%M:%S GMT").to_string()
}
