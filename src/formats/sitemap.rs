//! Sitemaps (<https://www.sitemaps.org/protocol.html>), with images, and Google's for news.

use super::xml_out::Out;
use crate::config::SiteSettings;
use crate::error::Result;
use crate::model::time::Instant;

/// The media type.
pub const MEDIA_TYPE: &str = "application/xml; charset=utf-8";

const SITEMAP: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
const IMAGE: &str = "http://www.google.com/schemas/sitemap-image/1.1";
const NEWS: &str = "http://www.google.com/schemas/sitemap-news/0.9";

/// A page of an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its address.
    pub url: String,
    /// When it last changed.
    pub modified: Instant,
    /// The address of its image.
    pub image: Option<String>,
}

/// An article that is news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewsPage<'a> {
    /// Its address.
    pub url: String,
    /// The headline.
    pub title: &'a str,
    /// The language (BCP 47).
    pub language: &'a str,
    /// When it was published.
    pub published: Instant,
}

/// A file of the index, and when what it lists last changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its address.
    pub url: String,
    /// When.
    pub modified: Option<Instant>,
}

/// The index of all files.
///
/// # Errors
/// `INTERNAL` when it cannot be written, which no test has met.
pub fn index(files: &[File]) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    out.open("sitemapindex", &[("xmlns", SITEMAP)])?;
    for file in files {
        out.open("sitemap", &[])?;
        out.text("loc", &[], &file.url)?;
        out.maybe("lastmod", &[], file.modified.map(|at| at.to_string()).as_deref())?;
        out.close("sitemap")?;
    }
    out.close("sitemapindex")?;
    Ok(out.finish())
}

/// A file of pages.
///
/// # Errors
/// As [`index`].
pub fn pages(pages: &[Page]) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    out.open("urlset", &[("xmlns", SITEMAP), ("xmlns:image", IMAGE)])?;
    for page in pages {
        out.open("url", &[])?;
        out.text("loc", &[], &page.url)?;
        out.text("lastmod", &[], &page.modified.to_string())?;
        if let Some(image) = &page.image {
            out.open("image:image", &[])?;
            out.text("image:loc", &[], image)?;
            out.close("image:image")?;
        }
        out.close("url")?;
    }
    out.close("urlset")?;
    Ok(out.finish())
}

/// A file of news (<https://developers.google.com/search/docs/crawling-indexing/sitemaps/news-sitemap>).
///
/// # Errors
/// As [`index`].
pub fn news(site: &SiteSettings, pages: &[NewsPage<'_>]) -> Result<Vec<u8>> {
    let mut out = Out::document()?;
    out.open("urlset", &[("xmlns", SITEMAP), ("xmlns:news", NEWS)])?;
    for page in pages {
        out.open("url", &[])?;
        out.text("loc", &[], &page.url)?;
        out.open("news:news", &[])?;
        out.open("news:publication", &[])?;
        out.text("news:name", &[], &site.name)?;
        out.text("news:language", &[], &language(page.language, &site.language))?;
        out.close("news:publication")?;
        out.text("news:publication_date", &[], &page.published.to_string())?;
        out.text("news:title", &[], page.title)?;
        out.close("news:news")?;
        out.close("url")?;
    }
    out.close("urlset")?;
    Ok(out.finish())
}

/// The language as the protocol has it: ISO 639, but Chinese with its script's country. An article whose language is not
/// known, or has no code of its own there, is taken to be in that of the site.
fn language(tag: &str, site: &str) -> String {
    let tag = tag.to_ascii_lowercase();
    let is_code = |code: &&str| {
        matches!(code.len(), 2 | 3)
            && code.bytes().all(|b| b.is_ascii_lowercase())
            && !matches!(*code, "und" | "mis" | "mul" | "zxx")
    };
    match tag.split('-').next().filter(is_code) {
        Some("zh") if tag.contains("hant") || tag.contains("-tw") || tag.contains("-hk") || tag.contains("-mo") => {
            "zh-tw".into()
        }
        Some("zh") => "zh-cn".into(),
        Some(primary) => primary.to_owned(),
        None if tag.eq_ignore_ascii_case(site) => tag,
        None => language(site, site),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_are_as_the_protocol_has_them() {
        for (tag, told) in [
            ("en-GB", "en"),
            ("de", "de"),
            ("gsw-CH", "gsw"),
            ("zh", "zh-cn"),
            ("zh-Hant-HK", "zh-tw"),
            ("zh-TW", "zh-tw"),
            ("und", "pt"),
            ("und-Latn", "pt"),
            ("mul", "pt"),
            ("x-dialect", "pt"),
            ("i-klingon", "pt"),
            ("", "pt"),
        ] {
            assert_eq!(language(tag, "pt-BR"), told, "{tag}");
        }
        assert_eq!(language("und", "zh-Hans"), "zh-cn");
        assert_eq!(language("und", "und"), "und");
        assert_eq!(language("mul", "und"), "und");
    }
}
