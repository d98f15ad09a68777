//! The article: what an editor writes ([`Document`]), what is published ([`Published`]), and how the one becomes
//! the other ([`project`]), used by publish and by preview alike.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::author::AuthorKind;
use super::body::Body;
use super::change::Touches;
use super::id::{ArticleId, AuthorId, SectionId, TopicId};
use super::time::{Instant, Precision};
use super::{difference, language, text};
use crate::error::{Code, Error, Result};

/// What a piece is, journalistically: a word of the IPTC genre vocabulary or of the publisher's own, as a slug.
/// `news` is the default; `opinion` and its like draw the disclaimers that the publisher configured.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Genre(String);

impl Genre {
    /// From any spelling (`Op-Ed`, `Press Release`): lower case, hyphens.
    pub fn new(word: &str) -> Self {
        Genre(super::slug::slugify(word, "news"))
    }

    /// The genre that a filter names, in any spelling; `None` for a text without a letter or a digit, which names none.
    pub fn asked(word: &str) -> Option<Genre> {
        Some(super::slug::slugify(word, "")).filter(|slug| !slug.is_empty()).map(Genre)
    }

    /// The word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Genre {
    fn default() -> Self {
        Genre("news".to_owned())
    }
}

impl fmt::Display for Genre {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An image by address.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Image {
    /// `http(s)` address, or a path that begins with `/` and is read against the site's address.
    pub url: String,
    /// What is to be seen, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alt: Option<String>,
    /// The line below the image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub height: Option<u32>,
}

/// A public note that says what was wrong and when it was put right.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Correction {
    /// When the correction was published.
    pub published_at: Instant,
    /// What was wrong, in a sentence or two.
    pub text: String,
}

/// An author's place in the byline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Byline {
    /// Who.
    pub author: AuthorId,
    /// As what (photographs, translation), where it is not simply the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
}

/// A publication that the article draws on (ninjs: `infosources`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InfoSource {
    /// Its name.
    pub name: String,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}

/// What one revision holds: everything that a person or an importer decides about an article. Equal documents are
/// equal revisions; ids, state and version are not in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Document {
    /// One line.
    pub headline: String,
    /// The kicker above it, such as "Op-Ed".
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What the piece is.
    #[serde(default)]
    pub genre: Genre,
    /// A sentence or two, plain text; may be empty.
    #[serde(default)]
    pub summary: String,
    /// The text.
    pub body: Body,
    /// Where it stands in the publication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionId>,
    /// The byline, in order.
    #[serde(default)]
    pub authors: Vec<Byline>,
    /// What it is about, in order.
    #[serde(default)]
    pub topics: Vec<TopicId>,
    /// The lead image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
    /// BCP 47 tag, in its customary case.
    #[serde(deserialize_with = "super::language::read")]
    pub language: String,
    /// When it was, or is to be, published; left open, it is when it first becomes public.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published_at: Option<Instant>,
    /// How exactly that is known.
    #[serde(default)]
    pub published_precision: Precision,
    /// Not to be public before (ninjs: `embargoedUntil`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<Instant>,
    /// When the source says that it was last updated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Instant>,
    /// The original's address, where the piece first stood elsewhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Who it comes from, where it is not the publication itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The licence, as an SPDX identifier or in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The notice that whoever shows the piece must show.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyright_notice: Option<String>,
    /// What it draws on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub info_sources: Vec<InfoSource>,
    /// Disclaimers of this piece, before those that rules add.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclaimers: Vec<String>,
    /// Corrections, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<Correction>,
    /// Articles that an editor wants beside it, by URI, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
}

impl Document {
    /// The most characters that a headline has.
    pub const HEADLINE_MOST: usize = 1_000;
    /// The most authors and the most topics of one article.
    pub const LINKS_MOST: usize = 200;
    /// The most articles that an editor puts beside one.
    pub const RELATED_MOST: usize = 20;
    /// The most publications that one draws on. Forms take fewer; an import brings what its source has.
    pub const INFO_SOURCES_MOST: usize = 1_000;
    /// The most disclaimers of its own; those of rules come on top.
    pub const DISCLAIMERS_MOST: usize = 100;
    /// The most corrections.
    pub const CORRECTIONS_MOST: usize = 1_000;

    /// Holds the document against the rules that need nothing but itself; the error names the field and the mend.
    pub fn check(&self) -> Result<()> {
        let fault = |field: &str, says: &str| Err(Error::new(Code::InvalidInput, format!("{field} {says}")).at(field));
        if text::is_blank(&self.headline) {
            return fault("headline", "is empty; every article needs one.");
        }
        if self.headline.chars().count() > Self::HEADLINE_MOST {
            return fault("headline", "is longer than 1,000 characters; put the rest into the summary or the body.");
        }
        if oxilangtag::LanguageTag::parse(self.language.as_str()).is_err() {
            return fault("language", "is no BCP 47 tag; write it like en, pt-BR or zh-Hant.");
        }
        if self.authors.len() > Self::LINKS_MOST {
            return fault("authors", "has more than 200 entries.");
        }
        if self.topics.len() > Self::LINKS_MOST {
            return fault("topics", "has more than 200 entries.");
        }
        if self.related.len() > Self::RELATED_MOST {
            return fault("related", "has more than 20 entries.");
        }
        if self.info_sources.len() > Self::INFO_SOURCES_MOST {
            return fault("infoSources", "has more than 1,000 entries.");
        }
        if self.disclaimers.len() > Self::DISCLAIMERS_MOST {
            return fault("disclaimers", "has more than 100 entries.");
        }
        if self.corrections.len() > Self::CORRECTIONS_MOST {
            return fault("corrections", "has more than 1,000 entries.");
        }
        Ok(())
    }
}

impl Document {
    /// The numbers of its authors, topics and section.
    pub fn names(&self) -> Vec<i64> {
        let authors = self.authors.iter().map(|byline| byline.author.0);
        authors.chain(self.topics.iter().map(|id| id.0)).chain(self.section.map(|id| id.0)).collect()
    }

    /// Puts what stands for its authors, topics and section now in their places, each once; `now` says of a number what that
    /// is, and nothing where it is no more.
    pub fn settle(&mut self, now: impl Fn(i64) -> Option<i64>) {
        let mut authors: Vec<Byline> = Vec::with_capacity(self.authors.len());
        for Byline { author, role } in std::mem::take(&mut self.authors) {
            if let Some(author) = now(author.0).map(AuthorId)
                && !authors.iter().any(|byline| byline.author == author)
            {
                authors.push(Byline { author, role });
            }
        }
        self.authors = authors;
        let mut topics: Vec<TopicId> = Vec::with_capacity(self.topics.len());
        for topic in self.topics.iter().filter_map(|id| now(id.0).map(TopicId)) {
            if !topics.contains(&topic) {
                topics.push(topic);
            }
        }
        self.topics = topics;
        self.section = self.section.and_then(|id| now(id.0).map(SectionId));
    }
}

macro_rules! fields {
    ($macro:ident) => {
        $macro!(
            headline,
            label,
            genre,
            summary,
            body,
            section,
            authors,
            topics,
            image,
            language,
            published_at,
            published_precision,
            embargoed_until,
            canonical_url,
            source,
            license,
            copyright_notice,
            info_sources,
            disclaimers,
            related
        )
    };
}

impl Document {
    /// Takes over what `after` has changed of `before`, but for what this document has changed itself: it began with
    /// `before`. Of bodies that is each block. Corrections and the instant of the update are always those of `after`. Gives the names
    /// of the fields that both have changed, each in its own way, as they stand in this type: they stay as they are here.
    pub fn rebase(&mut self, before: &Document, after: &Document) -> Vec<&'static str> {
        let mut unmerged = Vec::new();
        if let Some(body) = difference::merged(&before.body, &self.body, &after.body) {
            self.body = body;
        } else {
            unmerged.push("body");
        }
        macro_rules! take {
            ($($field:ident),*) => {
                $(if self.$field == before.$field {
                    self.$field.clone_from(&after.$field);
                } else if before.$field != after.$field
                    && self.$field != after.$field
                    // The one is told of already, the other is a part of the date.
                    && !matches!(stringify!($field), "body" | "published_precision")
                {
                    unmerged.push(stringify!($field));
                })*
            };
        }
        fields!(take);
        self.corrections.clone_from(&after.corrections);
        self.updated_at = after.updated_at;
        unmerged
    }

    /// The names of the fields in which the two differ, as they stand in this type.
    pub fn differing(&self, other: &Document) -> Vec<&'static str> {
        let mut names = Vec::new();
        macro_rules! compare {
            ($($field:ident),*) => {
                $(if self.$field != other.$field { names.push(stringify!($field)); })*
            };
        }
        fields!(compare);
        if self.corrections != other.corrections {
            names.push("corrections");
        }
        names
    }
}

/// An article as the catalogue holds it, without its body: enough for every list and every head of a page.
#[derive(Debug, Clone, PartialEq)]
pub struct Card {
    /// The id.
    pub id: ArticleId,
    /// The source's lasting name for it: unique, any URI.
    pub uri: String,
    /// The slug of its address now.
    pub slug: String,
    /// Counts publications: 1, 2, 3 …
    pub version: i32,
    /// When a reader sees it as last updated: never before `published_at`.
    pub updated_at: Instant,
    /// When the source or an editor said that it was updated, where they said so.
    pub stated_update: Option<Instant>,
    /// The source's headline, one line.
    pub headline: String,
    /// The kicker.
    pub label: Option<String>,
    /// What it is.
    pub genre: Genre,
    /// Plain text.
    pub summary: String,
    /// The section.
    pub section: Option<SectionId>,
    /// The byline, in order.
    pub authors: Vec<Byline>,
    /// The topics, in order.
    pub topics: Vec<TopicId>,
    /// The lead image. In a box: many have none, and articles are kept in memory.
    pub image: Option<Box<Image>>,
    /// BCP 47 tag.
    pub language: String,
    /// When it was published.
    pub published_at: Instant,
    /// How exactly that is known.
    pub published_precision: Precision,
    /// Set where the original stands elsewhere.
    pub canonical_url: Option<String>,
    /// Who it comes from.
    pub source: Option<String>,
    /// The licence.
    pub license: Option<String>,
    /// The notice.
    pub copyright_notice: Option<String>,
    /// What it draws on.
    pub info_sources: Vec<InfoSource>,
    /// Its own disclaimers; rules add theirs when it is shown (see [`disclaimers`]).
    pub own_disclaimers: Vec<String>,
    /// Corrections, oldest first.
    pub corrections: Vec<Correction>,
    /// Articles that an editor wants beside it, by URI, in order; not all of them need be published.
    pub related: Vec<String>,
    /// Words in the body, as Unicode segments them roughly: separated by white space.
    pub word_count: i32,
}

/// What publishing puts into the catalogue: the card and the body in the forms that readers ask for.
#[derive(Debug, Clone, PartialEq)]
pub struct Published {
    /// Everything but the body.
    pub card: Card,
    /// The body as Portable Text, in JSON.
    pub body_json: String,
    /// The same as HTML, without notices.
    pub body_html: String,
}

/// The forms of a body that are rendered once, when the article is published. Rendering is `formats`' work, which
/// `model` does not import; the caller hands the results in.
#[derive(Debug, Clone)]
pub struct RenderedBody {
    /// Portable Text as JSON.
    pub json: String,
    /// HTML without notices.
    pub html: String,
    /// Words in it.
    pub word_count: usize,
}

/// Where an article stands when it is projected.
#[derive(Debug, Clone)]
pub struct Standing<'a> {
    /// The id.
    pub id: ArticleId,
    /// The URI.
    pub uri: &'a str,
    /// The slug.
    pub slug: &'a str,
    /// Which publication this is: 1 for the first.
    pub version: i32,
    /// When it was published before, if it was.
    pub published_at: Option<Instant>,
    /// Now: when it becomes public, and when a new version is updated whose source does not say so.
    pub now: Instant,
}

/// What the catalogue shows of a document.
pub fn project(document: Document, rendered: RenderedBody, at: &Standing<'_>) -> Published {
    let stated = document.updated_at.or((at.version > 1).then_some(at.now));
    let corrected = document.corrections.iter().map(|c| c.published_at).max();
    let published_at = document.published_at.or(at.published_at).unwrap_or(at.now);
    // Nobody has seen what is to come: it would be the newest of all until then.
    let latest = published_at.max(at.now);
    let updated_at = [stated, corrected].into_iter().flatten().fold(published_at, Instant::max).min(latest);
    Published {
        card: Card {
            id: at.id,
            uri: at.uri.to_owned(),
            slug: at.slug.to_owned(),
            version: at.version,
            updated_at,
            stated_update: document.updated_at,
            headline: document.headline,
            label: document.label,
            genre: document.genre,
            summary: document.summary,
            section: document.section,
            authors: document.authors,
            topics: document.topics,
            image: document.image.map(Box::new),
            // Whoever made the document: lists compare texts.
            language: language::settled(&document.language),
            published_at,
            published_precision: document.published_precision,
            canonical_url: document.canonical_url,
            source: document.source,
            license: document.license,
            copyright_notice: document.copyright_notice,
            info_sources: document.info_sources,
            own_disclaimers: document.disclaimers,
            corrections: document.corrections,
            related: document.related,
            word_count: i32::try_from(rendered.word_count).unwrap_or(i32::MAX),
        },
        body_json: rendered.json,
        body_html: rendered.html,
    }
}

/// A publisher's rule for a label or a disclaimer: pieces of these genres by authors of these kinds carry this text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoticeRule {
    /// Genres that it holds for; empty means any.
    pub genres: Vec<Genre>,
    /// Kinds of author of whom one suffices; empty means any, also none.
    pub author_kinds: Vec<AuthorKind>,
    /// What is shown.
    pub text: String,
}

impl NoticeRule {
    fn fits(&self, genre: &Genre, authors: &[AuthorKind]) -> bool {
        let kind_fits = self.author_kinds.is_empty() || authors.iter().any(|kind| self.author_kinds.contains(kind));
        let genre_fits = self.genres.is_empty() || self.genres.contains(genre);
        genre_fits && kind_fits
    }

    /// Whether it takes the authors to say if it holds for a piece of this genre.
    pub fn asks_authors(&self, genre: &Genre) -> bool {
        !self.author_kinds.is_empty() && (self.genres.is_empty() || self.genres.contains(genre))
    }
}

/// The disclaimers that an article carries: its own first, then those of the rules that fit, none twice.
pub fn disclaimers(own: &[String], genre: &Genre, authors: &[AuthorKind], rules: &[NoticeRule]) -> Vec<String> {
    let mut all = own.to_vec();
    for rule in rules.iter().filter(|rule| rule.fits(genre, authors)) {
        if !all.contains(&rule.text) {
            all.push(rule.text.clone());
        }
    }
    all
}

/// The label that an article carries: its own, else that of the first rule that fits.
pub fn label<'a>(
    own: Option<&'a str>,
    genre: &Genre,
    authors: &[AuthorKind],
    rules: &'a [NoticeRule],
) -> Option<&'a str> {
    own.or_else(|| rules.iter().find(|rule| rule.fits(genre, authors)).map(|rule| rule.text.as_str()))
}

/// What remains of an article that was taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tombstone {
    /// The article.
    pub article: ArticleId,
    /// Its URI.
    pub uri: String,
    /// The last slug.
    pub slug: String,
    /// Withdrawn, or killed for legal reasons.
    pub killed: bool,
    /// The public reason.
    pub reason: String,
    /// When it went.
    pub at: Instant,
    /// Where it stood when it went or before, as far as that is known: sections, topics, authors and labels of its own.
    pub touches: Box<Touches>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule() -> NoticeRule {
        NoticeRule {
            genres: vec![Genre::new("Opinion")],
            author_kinds: vec![AuthorKind::Independent],
            text: "The views are the author's own.".into(),
        }
    }

    #[test]
    fn disclaimer_follows_from_genre_and_kind_of_author() {
        let shown = |genre: &str, kinds: &[AuthorKind]| disclaimers(&[], &Genre::new(genre), kinds, &[rule()]).len();
        assert_eq!(shown("opinion", &[AuthorKind::Staff, AuthorKind::Independent]), 1);
        assert_eq!(shown("opinion", &[AuthorKind::Staff]), 0);
        assert_eq!(shown("news", &[AuthorKind::Independent]), 0);
        assert_eq!(disclaimers(&[rule().text], &Genre::new("opinion"), &[AuthorKind::Independent], &[rule()]).len(), 1);
    }

    #[test]
    fn a_label_of_its_own_goes_before_those_of_rules() {
        let rules = [
            NoticeRule { text: "Op-Ed".into(), ..rule() },
            NoticeRule { author_kinds: vec![], text: "Opinion".into(), ..rule() },
        ];
        let shown = |own, genre: &str, kinds: &[AuthorKind]| {
            label(own, &Genre::new(genre), kinds, &rules).map(ToOwned::to_owned).unwrap_or_default()
        };
        assert_eq!(shown(Some("Essay"), "opinion", &[AuthorKind::Independent]), "Essay");
        assert_eq!(shown(None, "opinion", &[AuthorKind::Staff, AuthorKind::Independent]), "Op-Ed");
        assert_eq!(shown(None, "opinion", &[AuthorKind::Staff]), "Opinion");
        assert_eq!(shown(None, "news", &[AuthorKind::Independent]), "");
    }

    #[test]
    fn genre_has_one_spelling() {
        assert_eq!(Genre::new("Press Release").as_str(), "press-release");
        assert_eq!(Genre::new("").as_str(), "news");
    }
}
