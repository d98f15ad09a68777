//! OPML 2.0 (<http://opml.org/spec2.opml>): the list of all feeds, as feed readers take it in.

use super::xml_out::Out;
use crate::error::Result;

/// The media type.
pub const MEDIA_TYPE: &str = "text/x-opml; charset=utf-8";

/// A feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feed {
    /// What it is called.
    pub name: String,
    /// Where it is.
    pub url: String,
}

/// Feeds under one heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The heading; none for what stands above all.
    pub name: Option<&'static str>,
    /// The feeds.
    pub feeds: Vec<Feed>,
}

/// The document.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn write(title: &str, home: &str, groups: &[Group]) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    out.open("opml", &[("version", "2.0")])?;
    out.open("head", &[])?;
    out.text("title", &[], title)?;
    out.close("head")?;
    out.open("body", &[])?;
    for group in groups.iter().filter(|group| !group.feeds.is_empty()) {
        if let Some(name) = group.name {
            out.open("outline", &[("text", name), ("title", name)])?;
        }
        for Feed { name, url } in &group.feeds {
            let about = [("type", "rss"), ("text", name), ("title", name), ("xmlUrl", url), ("htmlUrl", home)];
            out.empty("outline", &about.map(|(key, value)| (key, value as &str)))?;
        }
        if group.name.is_some() {
            out.close("outline")?;
        }
    }
    out.close("body")?;
    out.close("opml")?;
    Ok(out.finish())
}
