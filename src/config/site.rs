//! `[site]`, `[[label]]` and `[[disclaimer]]`: the publication.

use serde::{Deserialize, Serialize};
use url::Url;

/// `[site]`: who publishes, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiteSettings {
    /// The publication's name.
    pub name: String,
    /// Where readers find the publication; every public URL is made from it.
    pub url: Url,
    /// Whether this is a public site, for which a loopback `url` is refused.
    pub production: bool,
    /// The path of an article below `url`, with `{slug}` and perhaps `{section}`.
    pub article_path: String,
    /// The language of content that names none (BCP 47).
    #[serde(deserialize_with = "crate::model::language::read")]
    pub language: String,
    /// One sentence about the publication; may be empty.
    pub description: String,
    /// The publication's logo: an address, or a path below `url`; may be empty.
    pub logo: String,
}

impl SiteSettings {
    /// The public URL of `path`, which begins with a slash, below the site's URL (which may have a path of its own).
    ///
    /// ```
    /// # use masthead::config::{Settings, Sources};
    /// let sources = Sources::none().flag("site.url", "https://example.org/news/");
    /// let site = Settings::load(&sources).expect("sound").site;
    /// assert_eq!(site.absolute("/feeds/latest.rss"), "https://example.org/news/feeds/latest.rss");
    /// ```
    pub fn absolute(&self, path: &str) -> String {
        format!("{}{path}", self.url.as_str().trim_end_matches('/'))
    }

    /// Where the logo is, if there is one.
    pub fn logo(&self) -> Option<String> {
        match self.logo.as_str() {
            "" => None,
            path if path.starts_with('/') => Some(self.absolute(path)),
            address => Some(address.to_owned()),
        }
    }

    /// The canonical URL of an article; without a section the part of the path that names it is left out.
    ///
    /// Slugs are `[a-z0-9-]`, so nothing needs escaping.
    pub fn article_url(&self, section: Option<&str>, slug: &str) -> String {
        let path = match section {
            Some(section) => self.article_path.replace("{section}", section),
            None => self.article_path.replace("{section}/", "").replace("{section}", ""),
        };
        self.absolute(&path.replace("{slug}", slug))
    }

    /// What stands in the place of the slug in the path of an article, where the template tells it. The other way is for the
    /// caller to try: who has the slug has the article, and so its address.
    pub fn slug_in<'a>(&self, path: &'a str) -> Option<&'a str> {
        let (before, after) = self.article_path.split_once("{slug}")?;
        let rest = path.trim_end_matches('/').strip_suffix(after.trim_end_matches('/'))?;
        let begins = before.rsplit('/').next().unwrap_or_default();
        rest.rsplit('/').next()?.strip_prefix(begins)
    }
}

/// `[[label]]` and `[[disclaimer]]`: words that must stand with some articles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoticeSettings {
    /// The genres that it applies to; empty for all.
    #[serde(default)]
    pub genres: Vec<String>,
    /// The kinds of author that it applies to; empty for all.
    #[serde(default)]
    pub author_kinds: Vec<String>,
    /// The words.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use crate::config::{Settings, Sources};

    #[test]
    fn article_urls_follow_the_template() {
        let site = Settings::load(&Sources::none().flag("site.url", "https://example.org")).unwrap().site;
        assert_eq!(site.article_url(Some("politics"), "a-b"), "https://example.org/politics/a-b");
        assert_eq!(site.article_url(None, "a-b"), "https://example.org/a-b");
    }

    #[test]
    fn a_slug_is_read_from_a_path() {
        for (template, path, slug) in [
            ("/{section}/{slug}", "/politics/a-b", Some("a-b")),
            ("/{section}/{slug}", "/a-b/", Some("a-b")),
            ("/news/{slug}.html", "/news/a-b.html", Some("a-b")),
            ("/news/{slug}.html", "/news/a-b", None),
            ("/story-{slug}", "/story-a-b", Some("a-b")),
            ("/story-{slug}", "/a-b", None),
        ] {
            let sources = Sources::none().flag("site.article_path", template);
            assert_eq!(Settings::load(&sources).unwrap().site.slug_in(path), slug, "{template} {path}");
        }
    }

    #[test]
    fn the_language_has_its_customary_case() {
        let site = Settings::load(&Sources::none().flag("site.language", "ZH-hant-tw")).unwrap().site;
        assert_eq!(site.language, "zh-Hant-TW");
    }
}
