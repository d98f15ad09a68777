//! The shapes of answers: the nouns as JSON, with the names that GraphQL has for them.
//!
//! A member that a request did not ask for is absent; one that is asked for and has no value is null. They borrow from
//! what the catalogue gave. Whoever makes them decides what is in; nothing is read here.

pub mod account;
pub mod provider;

use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::paging::PageInfo;
use crate::catalogue::collection;
use crate::catalogue::related::{self, ReasonKind};
use crate::config::SiteSettings;
use crate::formats::article as present;
use crate::model::author::{self, AuthorKind};
use crate::model::collection::Rule;
use crate::model::id::{ArticleId, AuthorId, CollectionId, SectionId, TopicId};
use crate::model::time::{Instant, Precision};
use crate::model::topic::{self, TopicKind};
use crate::model::{article, section};

/// A published article. `label`, `disclaimers`, `corrections`, `source`, `license` and `copyrightNotice` are always
/// there: whoever shows the article shows them too.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Article<'a> {
    /// The global id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, required = false, pattern = "^art_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "art_0cf9b4z8r1c0g")]
    pub id: Option<ArticleId>,
    /// The source's lasting name for it: a URI that stays through corrections and moves.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub uri: Option<&'a str>,
    /// The slug of its address now.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "sea-wall-price-410-million")]
    pub slug: Option<&'a str>,
    /// Counts its publications: 1, 2, 3 …
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 1)]
    pub version: Option<i32>,
    /// The headline: one line of plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 1000)]
    pub headline: Option<&'a str>,
    /// The kicker above the headline, such as "Op-Ed".
    #[schema(required = true, example = "Op-Ed")]
    pub label: Option<&'a str>,
    /// What the piece is: `news`, `opinion`, `analysis`, `interview`, `review`, … or the publisher's own word.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "news")]
    pub genre: Option<&'a str>,
    /// A sentence or two of plain text; may be empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub summary: Option<&'a str>,
    /// The section that it stands in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<Option<Section<'a>>>,
    /// Who signs it, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 200)]
    pub authors: Option<Vec<Author<'a>>>,
    /// The names of the authors in one line: "A, B and C". Empty where nobody signs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub byline: Option<String>,
    /// When it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    pub published_at: Option<Instant>,
    /// How exactly that is known; of some pieces the source knows only the day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = DatePrecision, required = false)]
    pub published_precision: Option<DatePrecision>,
    /// When it was last updated or corrected; the same as `publishedAt` when never.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, format = DateTime, required = false)]
    pub updated_at: Option<Instant>,
    /// The language, by BCP 47.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "en")]
    pub language: Option<&'a str>,
    /// The address that search engines shall keep: the original's, where the piece first stood elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub canonical_url: Option<String>,
    /// Where the publication's own site shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub url: Option<String>,
    /// The lead image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Option<Image>>,
    /// The text, in the renderings that `body` names, with label, disclaimers and corrections as blocks in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = ArticleBody, required = false)]
    pub body: Option<&'a ArticleBody>,
    /// The disclaimers that whoever shows the article must show: its own, and those of the publisher's rules.
    pub disclaimers: Vec<Disclaimer<'a>>,
    /// What was put right after publication, oldest first.
    pub corrections: Vec<Correction<'a>>,
    /// What it is about, in the editors' order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 200)]
    pub topics: Option<Vec<Topic<'a>>>,
    /// The latest others about its first topics of every kind but place: one block for each topic, no article twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 3)]
    pub more_about: Option<Vec<TopicBlock<'a>>>,
    /// The latest others from its first places: one block for each place, no article twice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 3)]
    pub more_from: Option<Vec<TopicBlock<'a>>>,
    /// What to read next, nearest first, each with its reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 5)]
    pub related: Option<Vec<Related<'a>>>,
    /// What was published last of everything, for the page around the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 5)]
    pub latest_news: Option<Vec<Teaser<'a>>>,
    /// The first of Top News, for the page around the article.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 5)]
    pub top_news: Option<Vec<Teaser<'a>>>,
    /// Who it comes from, where it is not the publication itself.
    #[schema(required = true)]
    pub source: Option<&'a str>,
    /// The licence, as an SPDX identifier or in words.
    #[schema(required = true)]
    pub license: Option<&'a str>,
    /// The notice that whoever shows the article must show.
    #[schema(required = true)]
    pub copyright_notice: Option<&'a str>,
    /// The publications that it draws on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub info_sources: Option<Vec<InformationProvider<'a>>>,
    /// How many words the body has.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub word_count: Option<i32>,
}

/// How exactly an instant is known.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DatePrecision {
    /// To the second or better.
    Instant,
    /// Only the day.
    Day,
}

impl From<Precision> for DatePrecision {
    fn from(precision: Precision) -> Self {
        match precision {
            Precision::Instant => DatePrecision::Instant,
            Precision::Day => DatePrecision::Day,
        }
    }
}

/// The text of an article, in the renderings that were asked for. All say the same.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleBody {
    /// Semantic HTML without script or inline style.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 67_108_864)]
    pub html: Option<String>,
    /// Plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 67_108_864)]
    pub text: Option<String>,
    /// CommonMark.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 67_108_864)]
    pub markdown: Option<String>,
    /// Portable Text (<https://www.portabletext.org/specification/>).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<PortableTextBlock>, required = false)]
    pub portable_text: Option<Box<RawValue>>,
}

/// A block of Portable Text. Its other members depend on its type, as the specification says; renderers for it exist
/// in most languages.
#[derive(Debug, ToSchema)]
#[allow(dead_code, reason = "it describes what is stored ready-made; it is never built")]
pub struct PortableTextBlock {
    /// What it is: `block`, `image`, `embed`, `table`, `code`, `divider`.
    #[schema(example = "block")]
    pub _type: String,
    /// Names it within the body.
    pub _key: String,
}

/// An image.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Image {
    /// Where it is.
    pub url: String,
    /// What is to be seen, for those who do not see it.
    #[schema(required = true)]
    pub alt: Option<String>,
    /// The line below it.
    #[schema(required = true)]
    pub caption: Option<String>,
    /// Who made it. Whoever shows the image shows it too.
    #[schema(required = true)]
    pub credit: Option<String>,
    /// Width in pixels.
    #[schema(required = true, minimum = 1)]
    pub width: Option<i32>,
    /// Height in pixels.
    #[schema(required = true, minimum = 1)]
    pub height: Option<i32>,
}

impl Image {
    /// The image with an absolute address.
    pub fn new(site: &SiteSettings, image: &article::Image) -> Self {
        let article::Image { url, alt, caption, credit, width, height } = present::absolute_image(site, image);
        let pixels = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
        Image { url, alt, caption, credit, width: pixels(width), height: pixels(height) }
    }
}

/// A sentence that whoever shows the article must show.
#[derive(Debug, Serialize, ToSchema)]
pub struct Disclaimer<'a> {
    /// The sentence.
    pub text: &'a str,
}

/// A public note of what was put right.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Correction<'a> {
    /// When it was put right.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Instant,
    /// What was wrong.
    pub text: &'a str,
}

/// A publication that an article draws on.
#[derive(Debug, Serialize, ToSchema)]
pub struct InformationProvider<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where it can be read.
    #[schema(required = true)]
    pub url: Option<&'a str>,
}

/// An article beside another, or in a strip: enough for a link with a picture.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Teaser<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^art_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: ArticleId,
    /// The slug of its address now.
    pub slug: &'a str,
    /// Where the publication's own site shows it.
    pub url: String,
    /// The headline.
    pub headline: &'a str,
    /// The kicker above the headline. Whoever shows the headline shows it too.
    #[schema(required = true)]
    pub label: Option<&'a str>,
    /// What the piece is.
    pub genre: &'a str,
    /// A sentence or two of plain text; may be empty.
    pub summary: &'a str,
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Instant,
    /// How exactly that is known.
    pub published_precision: DatePrecision,
    /// The section that it stands in.
    #[schema(required = true)]
    pub section: Option<Section<'a>>,
    /// The lead image.
    #[schema(required = true)]
    pub image: Option<Image>,
}

/// An article to read next.
#[derive(Debug, Serialize, ToSchema)]
pub struct Related<'a> {
    /// The article.
    pub article: Teaser<'a>,
    /// How near it is; comparable within one list only.
    pub score: f64,
    /// Why, the strongest reason first.
    pub reasons: Vec<RelatedReason<'a>>,
}

/// A reason in words that a reader understands.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelatedReason<'a> {
    /// What sort of reason.
    pub kind: RelatedReasonKind,
    /// The words.
    pub text: &'a str,
}

/// What sort of reason makes two articles related.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum RelatedReasonKind {
    /// An editor put the one beside the other.
    EditorsPick,
    /// Both are about a topic.
    SharedTopic,
    /// Both are from a place.
    SamePlace,
    /// Their words are alike.
    SimilarText,
    /// It is simply the latest.
    Latest,
}

impl<'a> From<&'a related::Reason> for RelatedReason<'a> {
    fn from(reason: &'a related::Reason) -> Self {
        let kind = match reason.kind {
            ReasonKind::SharedTopic => RelatedReasonKind::SharedTopic,
            ReasonKind::SamePlace => RelatedReasonKind::SamePlace,
            ReasonKind::EditorsPick => RelatedReasonKind::EditorsPick,
            ReasonKind::SimilarText => RelatedReasonKind::SimilarText,
            ReasonKind::Latest => RelatedReasonKind::Latest,
        };
        RelatedReason { kind, text: &reason.text }
    }
}

/// The latest others about one topic.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicBlock<'a> {
    /// The topic.
    pub topic: Topic<'a>,
    /// The articles, newest first.
    pub articles: Vec<Teaser<'a>>,
}

/// An author. In other answers only `id`, `slug`, `name` and `kind`, unless `include=authors` asks for the rest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Author<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^aut_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: AuthorId,
    /// The slug.
    pub slug: &'a str,
    /// The name as it stands in a byline.
    pub name: &'a str,
    /// How they stand to the publication.
    pub kind: AuthorKindView,
    /// A sentence or two, plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<Option<&'a str>>,
    /// Whom they work for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<Option<&'a str>>,
    /// A page of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<Option<&'a str>>,
    /// A portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Option<Image>>,
    /// How many published articles they sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub article_count: Option<i64>,
}

/// How an author stands to the publication.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = AuthorKind)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AuthorKindView {
    /// Employed by the publication.
    Staff,
    /// Writes for it regularly without being employed.
    Contributor,
    /// Speaks for themselves.
    Independent,
}

impl From<AuthorKind> for AuthorKindView {
    fn from(kind: AuthorKind) -> Self {
        match kind {
            AuthorKind::Staff => AuthorKindView::Staff,
            AuthorKind::Contributor => AuthorKindView::Contributor,
            AuthorKind::Independent => AuthorKindView::Independent,
        }
    }
}

impl<'a> Author<'a> {
    /// Only who it is.
    pub fn short(author: &'a author::Author) -> Self {
        Author {
            id: author.id,
            slug: &author.slug,
            name: &author.name,
            kind: author.kind.into(),
            bio: None,
            organisation: None,
            url: None,
            image: None,
            article_count: None,
        }
    }

    /// Everything that the author itself says.
    pub fn whole(site: &SiteSettings, author: &'a author::Author) -> Self {
        let about = &author.about;
        Author {
            bio: Some(about.bio.as_deref()),
            organisation: Some(about.organisation.as_deref()),
            url: Some(about.url.as_deref()),
            image: Some(about.image.as_ref().map(|image| Image::new(site, image))),
            ..Author::short(author)
        }
    }
}

/// A topic. In other answers only `id`, `slug`, `name` and `kind`, unless `include=topics` asks for the rest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Topic<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^top_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: TopicId,
    /// The slug, unique over all kinds.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
    /// What kind of thing it is.
    pub kind: TopicKindView,
    /// A sentence or two, plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<&'a str>>,
    /// The broader topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<TopicParent<'a>>>,
    /// What other vocabularies call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub external_ids: Option<Vec<ExternalId<'a>>>,
    /// How many published articles are about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub article_count: Option<i64>,
}

/// The broader topic of a topic.
#[derive(Debug, Serialize, ToSchema)]
pub struct TopicParent<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^top_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: TopicId,
    /// The slug.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
    /// What kind of thing it is.
    pub kind: TopicKindView,
}

/// A concept's code in another vocabulary.
#[derive(Debug, Serialize, ToSchema)]
pub struct ExternalId<'a> {
    /// The vocabulary, such as `medtop` or `wikidata`.
    pub scheme: &'a str,
    /// The code in it.
    pub code: &'a str,
}

/// What kind of thing a topic is.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = TopicKind)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TopicKindView {
    /// A subject, such as those of the IPTC Media Topics.
    Subject,
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A place.
    Place,
    /// An event.
    Event,
    /// Something named, of which nothing better is known.
    Entity,
}

impl From<TopicKind> for TopicKindView {
    fn from(kind: TopicKind) -> Self {
        match kind {
            TopicKind::Subject => TopicKindView::Subject,
            TopicKind::Person => TopicKindView::Person,
            TopicKind::Organisation => TopicKindView::Organisation,
            TopicKind::Place => TopicKindView::Place,
            TopicKind::Event => TopicKindView::Event,
            TopicKind::Entity => TopicKindView::Entity,
        }
    }
}

impl<'a> Topic<'a> {
    /// Only what it is.
    pub fn short(topic: &'a topic::Topic) -> Self {
        Topic {
            id: topic.id,
            slug: &topic.slug,
            name: &topic.name,
            kind: topic.kind.into(),
            description: None,
            parent: None,
            external_ids: None,
            article_count: None,
        }
    }

    /// Everything that the topic itself says, with the broader one.
    pub fn whole(topic: &'a topic::Topic, parent: Option<&'a topic::Topic>) -> Self {
        let above = |t: &'a topic::Topic| TopicParent { id: t.id, slug: &t.slug, name: &t.name, kind: t.kind.into() };
        let code = |e: &'a topic::ExternalId| ExternalId { scheme: &e.scheme, code: &e.code };
        Topic {
            description: Some(topic.about.description.as_deref()),
            parent: Some(parent.map(above)),
            external_ids: Some(topic.about.external_ids.iter().map(code).collect()),
            ..Topic::short(topic)
        }
    }
}

/// A section. In other answers only `id`, `slug` and `name`, unless `include=section` asks for the rest.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Section<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^sec_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: SectionId,
    /// The slug, unique over the tree.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
    /// A sentence or two, plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<Option<&'a str>>,
    /// The section that it is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Option<SectionParent<'a>>>,
    /// How many published articles stand in it and in the sections below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub article_count: Option<i64>,
}

/// The section that a section is part of.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionParent<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^sec_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: SectionId,
    /// The slug.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
}

impl<'a> Section<'a> {
    /// Only which it is.
    pub fn short(section: &'a section::Section) -> Self {
        Section {
            id: section.id,
            slug: &section.slug,
            name: &section.name,
            description: None,
            parent: None,
            article_count: None,
        }
    }

    /// Everything that the section itself says, with the one that it is part of.
    pub fn whole(section: &'a section::Section, parent: Option<&'a section::Section>) -> Self {
        let above = |s: &'a section::Section| SectionParent { id: s.id, slug: &s.slug, name: &s.name };
        Section {
            description: Some(section.about.description.as_deref()),
            parent: Some(parent.map(above)),
            ..Section::short(section)
        }
    }
}

/// A collection.
#[derive(Debug, Serialize, ToSchema)]
pub struct Collection<'a> {
    /// The global id.
    #[schema(value_type = String, pattern = "^col_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: CollectionId,
    /// The slug.
    pub slug: &'a str,
    /// The name.
    pub name: &'a str,
    /// What stands in it, and in which order; may be empty.
    pub description: &'a str,
    /// What fills the places that nobody has pinned anything to.
    pub rule: CollectionRule,
    /// The ids of those of `articles` that editors pinned; the others are what the rule gave. Absent where they are.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100, value_type = Option<Vec<String>>)]
    pub pinned: Option<Vec<ArticleId>>,
    /// Its first articles, in its order; absent in the list of collections.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_items = 100)]
    pub articles: Option<Vec<Article<'a>>>,
}

impl<'a> Collection<'a> {
    /// A collection without its articles.
    pub fn new(collection: &'a collection::Collection) -> Self {
        let collection::Collection { id, slug, name, description, rule, .. } = collection;
        Collection { id: *id, slug, name, description, rule: rule.into(), pinned: None, articles: None }
    }
}

/// What fills a collection.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum CollectionRule {
    /// Nothing: it is what its editors pinned.
    None,
    /// What trends, then the latest.
    Trending,
    /// The latest.
    Latest,
}

impl From<&Rule> for CollectionRule {
    fn from(rule: &Rule) -> CollectionRule {
        match rule {
            Rule::None => CollectionRule::None,
            Rule::Trending { .. } => CollectionRule::Trending,
            Rule::Latest(_) => CollectionRule::Latest,
        }
    }
}

/// A page of a list of articles.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleList<'a> {
    /// The articles, in the order of the list.
    #[schema(max_items = 100)]
    pub data: Vec<Article<'a>>,
    /// How many articles the whole list has.
    #[schema(minimum = 0)]
    pub total_count: i64,
    /// Where the page lies in the list.
    pub page_info: PageInfo,
}

/// The first articles of something that has no further pages.
#[derive(Debug, Serialize, ToSchema)]
pub struct ArticleStrip<'a> {
    /// The articles, in order.
    #[schema(max_items = 100)]
    pub data: Vec<Article<'a>>,
}

/// What to read next.
#[derive(Debug, Serialize, ToSchema)]
pub struct RelatedList<'a> {
    /// The articles, nearest first, each with its reasons.
    #[schema(max_items = 100)]
    pub data: Vec<Related<'a>>,
    /// Articles with nearly the same text: the same story published once more, or another version of it.
    #[schema(max_items = 120)]
    pub duplicates: Vec<Teaser<'a>>,
}

/// Where an old address leads.
#[derive(Debug, Serialize, ToSchema)]
pub struct Redirect<'a> {
    /// The article's global id.
    #[schema(value_type = String, pattern = "^art_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "art_0cf9b4z8r1c0g")]
    pub id: ArticleId,
    /// The slug of its address now.
    #[schema(example = "sea-wall-price-410-million")]
    pub slug: &'a str,
    /// Where the publication's own site shows it.
    pub url: &'a str,
}

/// A page of the list of authors.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AuthorList<'a> {
    /// The authors, by name.
    #[schema(max_items = 100)]
    pub data: Vec<Author<'a>>,
    /// Where the page lies in the list.
    pub page_info: PageInfo,
}

/// A page of a list of topics.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TopicList<'a> {
    /// The topics, by name.
    #[schema(max_items = 100)]
    pub data: Vec<Topic<'a>>,
    /// Where the page lies in the list.
    pub page_info: PageInfo,
}

/// Every section.
#[derive(Debug, Serialize, ToSchema)]
pub struct SectionList<'a> {
    /// The sections, by name.
    #[schema(max_items = 10_000)]
    pub data: Vec<Section<'a>>,
}

/// Every collection.
#[derive(Debug, Serialize, ToSchema)]
pub struct CollectionList<'a> {
    /// The collections.
    #[schema(max_items = 1_000)]
    pub data: Vec<Collection<'a>>,
}

/// A page of what a search found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SearchList<'a> {
    /// The hits, in order.
    #[schema(max_items = 100)]
    pub data: Vec<SearchHit<'a>>,
    /// How many articles are found in all.
    #[schema(minimum = 0)]
    pub total_count: i64,
    /// Where the page lies. Hits are walked forwards.
    pub page_info: PageInfo,
    /// Counts of everything that is found, when `include=facets` asks for them.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facets: Option<SearchFacets<'a>>,
}

/// An article that was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchHit<'a> {
    /// The article.
    pub article: Article<'a>,
    /// How well it fits; comparable within one search. 0 when the order is not by it.
    pub score: f64,
    /// The piece that shows best why it was found, as safe HTML: the words stand in `<mark>`, everything else is escaped.
    pub snippet: String,
    /// The same as plain text.
    pub highlight: Highlight,
}

/// A piece of plain text with marked words.
#[derive(Debug, Serialize, ToSchema)]
pub struct Highlight {
    /// The piece.
    pub text: String,
    /// The marked words.
    #[schema(max_items = 400)]
    pub marks: Vec<Mark>,
}

/// Where a marked word stands, in UTF-16 code units.
#[derive(Debug, Serialize, ToSchema)]
pub struct Mark {
    /// Where it begins.
    #[schema(minimum = 0)]
    pub start: i32,
    /// Where it ends.
    #[schema(minimum = 0)]
    pub end: i32,
}

/// Exact counts, the most frequent values first, at most 20 of each.
#[derive(Debug, Serialize, ToSchema)]
pub struct SearchFacets<'a> {
    /// By the section that an article stands in itself.
    #[schema(max_items = 20)]
    pub sections: Vec<FacetCount<'a>>,
    /// By topic.
    #[schema(max_items = 20)]
    pub topics: Vec<FacetCount<'a>>,
    /// By author.
    #[schema(max_items = 20)]
    pub authors: Vec<FacetCount<'a>>,
    /// By genre; the slug and the name are the genre.
    #[schema(max_items = 20)]
    pub genres: Vec<FacetCount<'a>>,
    /// By year of publication in UTC, newest first.
    #[schema(max_items = 1000)]
    pub years: Vec<FacetCount<'a>>,
}

/// How many of the articles that were found have a value.
#[derive(Debug, Serialize, ToSchema)]
pub struct FacetCount<'a> {
    /// The value as the filters take it.
    #[schema(value_type = String)]
    pub slug: std::borrow::Cow<'a, str>,
    /// Its name.
    #[schema(value_type = String)]
    pub name: std::borrow::Cow<'a, str>,
    /// How many.
    #[schema(minimum = 0)]
    pub count: i64,
}

/// What begins as the reader types.
#[derive(Debug, Serialize, ToSchema)]
pub struct SuggestionList<'a> {
    /// The suggestions: names before headlines, what more articles are about first.
    #[schema(max_items = 100)]
    pub data: Vec<Suggestion<'a>>,
}

/// One suggestion.
#[derive(Debug, Serialize, ToSchema)]
pub struct Suggestion<'a> {
    /// What it is: `ARTICLE`, `AUTHOR`, or the kind of a topic, such as `SUBJECT`, `PERSON` or `PLACE`.
    #[schema(example = "PLACE")]
    pub kind: &'static str,
    /// The slug, to go on to `/v1/articles`, `/v1/authors` or `/v1/topics`.
    pub slug: &'a str,
    /// The name or the headline.
    pub text: &'a str,
}
