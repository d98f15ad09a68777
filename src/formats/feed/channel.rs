//! What a feed says, in whatever dialect: the dialects only arrange it.

use crate::config::SiteSettings;
use crate::error::Result;
use crate::formats::article::{self as present, Notices};
use crate::formats::html;
use crate::formats::xml_out::Out;
use crate::model::article::{Image, Tombstone};
use crate::model::story::Story;
use crate::model::time::Instant;

/// A feed, or a page of one.
#[derive(Debug, Clone)]
pub struct Channel<'a> {
    /// The publication.
    pub site: &'a SiteSettings,
    /// What it is called.
    pub title: String,
    /// What it is about, in a sentence.
    pub description: String,
    /// Where this document is.
    pub address: String,
    /// Where the feed begins: the same, but for a further page and for an archive.
    pub feed: String,
    /// The hub that tells subscribers of it (W3C WebSub).
    pub hub: Option<String>,
    /// Where the next page is, with what is older.
    pub next: Option<String>,
    /// Whether this document is an archive: a stretch of the past, which changes no more but for corrections (RFC 5005).
    pub is_archive: bool,
    /// Where the archive is that comes before.
    pub archive: Option<String>,
    /// When what it says last changed.
    pub updated: Instant,
    /// Its articles, in order.
    pub stories: &'a [Story],
    /// What was taken back of what it had.
    pub gone: &'a [Tombstone],
    /// Whether it has the whole text, or the summary alone.
    pub full_text: bool,
}

/// The word by which a feed's category says what kind of word it is: an address of the publication's own.
pub(super) fn scheme(site: &SiteSettings, what: &str) -> String {
    site.absolute(&format!("/#{what}"))
}

/// A category of an article.
pub(super) struct Category<'a> {
    /// `label`, `genre`, `section` or `topic`.
    pub what: &'static str,
    /// The slug, or the word itself.
    pub term: &'a str,
    /// The name.
    pub name: &'a str,
}

/// An article as a feed shows it.
pub(super) struct Item<'a> {
    story: &'a Story,
    site: &'a SiteSettings,
}

impl<'a> Item<'a> {
    pub(super) fn new(channel: &Channel<'a>, story: &'a Story) -> Item<'a> {
        Item { story, site: channel.site }
    }

    /// Stable for good, whatever is corrected or renamed.
    pub(super) fn id(&self) -> String {
        present::uri(&self.story.card.uri, &self.story.card.id.to_string())
    }

    /// Where readers find it.
    pub(super) fn url(&self) -> String {
        present::url(self.site, &self.story.card, self.story.section())
    }

    /// Where it first stood, when that is elsewhere.
    pub(super) fn original(&self) -> Option<String> {
        self.story.card.canonical_url.as_deref().map(present::as_uri)
    }

    /// Its notices.
    pub(super) fn notices(&self) -> Notices<'a> {
        let story = self.story;
        Notices { label: story.label.as_deref(), disclaimers: &story.disclaimers, corrections: &story.card.corrections }
    }

    /// The summary as HTML, with its notices.
    pub(super) fn summary(&self) -> String {
        let summary = &self.story.card.summary;
        let paragraph = if summary.is_empty() { String::new() } else { format!("<p>{}</p>\n", html::escape(summary)) };
        present::body_html(&paragraph, Some(&self.notices()))
    }

    /// The body as HTML, with its notices.
    pub(super) fn body(&self) -> String {
        let html = present::body_html(&self.story.body_html, Some(&self.notices()));
        present::absolute_body(self.site, &self.url(), &html)
    }

    /// Its lead image, with an absolute address.
    pub(super) fn image(&self) -> Option<Image> {
        self.story.card.image.as_ref().map(|image| present::absolute_image(self.site, image))
    }

    /// Its lead image in the words of Media RSS (<https://www.rssboard.org/media-rss>), which RSS and Atom share.
    pub(super) fn picture(&self, out: &mut Out) -> Result<()> {
        let Some(image) = self.image() else { return Ok(()) };
        let (width, height) = (image.width.map(|n| n.to_string()), image.height.map(|n| n.to_string()));
        let mut about = vec![("url", image.url.as_str()), ("medium", "image")];
        about.extend(width.as_deref().map(|n| ("width", n)));
        about.extend(height.as_deref().map(|n| ("height", n)));
        out.open("media:content", &about)?;
        out.maybe("media:description", &[("type", "plain")], image.caption.as_deref().or(image.alt.as_deref()))?;
        out.maybe("media:credit", &[], image.credit.as_deref())?;
        out.close("media:content")
    }

    /// Label, genre, section and topics.
    pub(super) fn categories(&self) -> Vec<Category<'a>> {
        let story = self.story;
        let label = story.label.iter().map(|label| Category { what: "label", term: label, name: label });
        let genre = story.card.genre.as_str();
        let genre = std::iter::once(Category { what: "genre", term: genre, name: genre });
        let sections = story.sections.iter().take(1);
        let sections = sections.map(|one| Category { what: "section", term: &one.slug, name: &one.name });
        let topics = story.topics.iter().map(|one| Category { what: "topic", term: &one.slug, name: &one.name });
        label.chain(genre).chain(sections).chain(topics).collect()
    }
}
