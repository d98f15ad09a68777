//! Atom (RFC 4287), with pages and archives (RFC 5005) and what was taken back (RFC 6721).

use super::channel::{Channel, Item, scheme};
use crate::error::Result;
use crate::formats::article::{as_uri, uri};
use crate::formats::xml_out::Out;
use crate::model::story::Story;

/// The media type.
pub const MEDIA_TYPE: &str = "application/atom+xml; charset=utf-8";

/// The feed as Atom.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(channel: &Channel<'_>) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    let mut spaces = vec![
        ("xmlns", "http://www.w3.org/2005/Atom"),
        ("xmlns:dc", "http://purl.org/dc/elements/1.1/"),
        ("xmlns:media", "http://search.yahoo.com/mrss/"),
        ("xml:lang", channel.site.language.as_str()),
    ];
    if channel.is_archive {
        spaces.push(("xmlns:fh", "http://purl.org/syndication/history/1.0"));
    }
    if !channel.gone.is_empty() {
        spaces.push(("xmlns:at", "http://purl.org/atompub/tombstones/1.0"));
    }
    out.open("feed", &spaces)?;
    out.text("id", &[], &channel.feed)?;
    out.text("title", &[], &channel.title)?;
    out.text("subtitle", &[], &channel.description)?;
    out.text("updated", &[], &channel.updated.to_string())?;
    out.text("generator", &[("version", env!("CARGO_PKG_VERSION"))], "Masthead")?;
    out.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", channel.site.url.as_str())])?;
    let links = [
        ("self", Some(channel.address.as_str())),
        ("next", channel.next.as_deref()),
        ("first", (!channel.is_archive && channel.address != channel.feed).then_some(channel.feed.as_str())),
        ("current", channel.is_archive.then_some(channel.feed.as_str())),
        ("prev-archive", channel.archive.as_deref()),
    ];
    for (rel, href) in links {
        if let Some(href) = href {
            out.empty("link", &[("rel", rel), ("type", "application/atom+xml"), ("href", href)])?;
        }
    }
    if let Some(hub) = &channel.hub {
        out.empty("link", &[("rel", "hub"), ("href", hub)])?;
    }
    if channel.is_archive {
        out.empty("fh:archive", &[])?;
    }
    // Whoever signs no name of their own is signed by the publication.
    out.open("author", &[])?;
    out.text("name", &[], &channel.site.name)?;
    out.close("author")?;
    for stone in channel.gone {
        let (reference, when) = (uri(&stone.uri, &stone.article.to_string()), stone.at.to_string());
        out.open("at:deleted-entry", &[("ref", &reference), ("when", &when)])?;
        out.text("at:comment", &[], &stone.reason)?;
        out.close("at:deleted-entry")?;
    }
    for story in channel.stories {
        entry(&mut out, channel, &Item::new(channel, story), story)?;
    }
    out.close("feed")?;
    Ok(out.finish())
}

fn entry(out: &mut Out, channel: &Channel<'_>, item: &Item<'_>, story: &Story) -> Result<()> {
    let card = &story.card;
    out.open("entry", &[("xml:lang", &card.language)])?;
    out.text("id", &[], &item.id())?;
    out.text("title", &[("type", "text")], &card.headline)?;
    out.empty("link", &[("rel", "alternate"), ("type", "text/html"), ("href", &item.url())])?;
    if let Some(original) = item.original() {
        out.empty("link", &[("rel", "canonical"), ("href", &original)])?;
    }
    if let Some(license) = card.license.as_deref().filter(|text| url::Url::parse(text).is_ok()) {
        out.empty("link", &[("rel", "license"), ("href", &as_uri(license))])?;
    }
    out.text("published", &[], &card.published_at.to_string())?;
    out.text("updated", &[], &card.updated_at.to_string())?;
    for author in &story.authors {
        out.open("author", &[])?;
        out.text("name", &[], &author.name)?;
        out.maybe("uri", &[], author.about.url.as_deref().map(as_uri).as_deref())?;
        out.close("author")?;
    }
    for category in item.categories() {
        let scheme = scheme(channel.site, category.what);
        out.empty("category", &[("term", category.term), ("scheme", &scheme), ("label", category.name)])?;
    }
    let summary = item.summary();
    if !summary.is_empty() {
        out.text("summary", &[("type", "html")], &summary)?;
    }
    if channel.full_text {
        out.text("content", &[("type", "html")], &item.body())?;
    }
    item.picture(out)?;
    out.maybe("dc:source", &[], card.source.as_deref())?;
    let rights: Vec<&str> = [&card.copyright_notice, &card.license].into_iter().flatten().map(String::as_str).collect();
    if !rights.is_empty() {
        out.text("rights", &[], &rights.join(" · "))?;
    }
    out.close("entry")
}
