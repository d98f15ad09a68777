//! Articles as answers: which members a request selects, what must be read for them, and putting them together.
//!
//! However many articles an answer has, what belongs to them is read by kind: one statement for all authors, one for
//! all topics, one for all sections.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::value::RawValue;

use super::parameters::{Kind, Parameter, Query};
use super::view::{self, ArticleBody, Teaser};
use crate::app::App;
use crate::catalogue::article::{BodyWanted, Wants};
use crate::catalogue::related::{self, Block, Blocks, BlocksWanted};
use crate::catalogue::{Reader, article, author, collection, list, section, topic};
use crate::config::SiteSettings;
use crate::error::{Code, Error, Result};
use crate::formats::article as present;
use crate::model::article::{Card, NoticeRule};
use crate::model::author::Author;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::section::Section;
use crate::model::topic::Topic;

/// How many articles a block or strip inside of another article has.
const FEW: usize = 5;
/// The list of related news beside an article.
const RELATED: related::RelatedWanted = related::RelatedWanted { size: FEW, reasons: true };
/// How many blocks there are.
const BLOCKS: usize = 3;

fn few(which: Blocks) -> BlocksWanted {
    BlocksWanted { which, each: FEW, topics: BLOCKS }
}

macro_rules! fields {
    ($($field:ident $name:literal,)*) => {
        /// A member of an article that can be selected.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        enum Field { $($field,)* }

        impl Field {
            const ALL: &'static [Field] = &[$(Field::$field,)*];

            fn name(self) -> &'static str { match self { $(Field::$field => $name,)* } }
        }

        /// The names of all members, as `fields` takes them for one article.
        pub const FIELDS: &[&str] = &[$($name,)* "label", "disclaimers", "corrections", "source", "license", "copyrightNotice"];
    };
}

fields! {
    Id "id",
    Uri "uri",
    Slug "slug",
    Version "version",
    Headline "headline",
    Genre "genre",
    Summary "summary",
    Section "section",
    Authors "authors",
    Byline "byline",
    PublishedAt "publishedAt",
    PublishedPrecision "publishedPrecision",
    UpdatedAt "updatedAt",
    Language "language",
    CanonicalUrl "canonicalUrl",
    Url "url",
    Image "image",
    Body "body",
    Topics "topics",
    InfoSources "infoSources",
    WordCount "wordCount",
    Related "related",
    MoreAbout "moreAbout",
    MoreFrom "moreFrom",
    LatestNews "latestNews",
    TopNews "topNews",
}

/// The names of the members that `fields` takes for an article in a list.
pub const LIST_FIELDS: &[&str] = &[
    "id",
    "uri",
    "slug",
    "version",
    "headline",
    "genre",
    "summary",
    "section",
    "authors",
    "byline",
    "publishedAt",
    "publishedPrecision",
    "updatedAt",
    "language",
    "canonicalUrl",
    "url",
    "image",
    "topics",
    "infoSources",
    "wordCount",
    "label",
    "disclaimers",
    "corrections",
    "source",
    "license",
    "copyrightNotice",
];

/// What `include` takes for an article in a list.
pub const LIST_INCLUDES: &[&str] = &["authors", "topics", "section", "image"];
/// What `include` takes for one article.
pub const INCLUDES: &[&str] =
    &["authors", "topics", "section", "image", "related", "moreAbout", "moreFrom", "latestNews", "topNews"];
/// The renderings of a body.
const RENDERINGS: &[&str] = &["html", "markdown", "text", "portableText"];

/// `fields` of one article.
pub const FIELDS_OF_ONE: Parameter = Parameter {
    name: "fields",
    kind: Kind::Choices(FIELDS),
    description: "Only these members. The notices and credits (`label`, `disclaimers`, `corrections`, `source`, `license`, \
                  `copyrightNotice`) are always added, for whoever shows the article shows them too.",
    example: "headline,summary,publishedAt,body",
};
/// `include` of one article.
pub const INCLUDE_OF_ONE: Parameter = Parameter {
    name: "include",
    kind: Kind::Choices(INCLUDES),
    description: "Also these. `authors`, `topics` and `section` give each with everything that is known of it, instead of \
                  its name; `related`, `moreAbout`, `moreFrom`, `latestNews` and `topNews` give the five articles (of each \
                  of three topics) that stand beside it on a page; `image` is always there.",
    example: "authors,topics,section,image,related,moreAbout,moreFrom,latestNews,topNews",
};
/// `body` of one article.
pub const BODY: Parameter = Parameter {
    name: "body",
    kind: Kind::Choices(RENDERINGS),
    description: "The renderings of the body; HTML when nothing is asked for. Label, disclaimers and corrections stand in \
                  each of them as blocks of their own style.",
    example: "html",
};
/// `fields` of lists.
pub const FIELDS_OF_LIST: Parameter = Parameter {
    name: "fields",
    kind: Kind::Choices(LIST_FIELDS),
    description: "Only these members of each article. The notices and credits (`label`, `disclaimers`, `corrections`, \
                  `source`, `license`, `copyrightNotice`) are always added. Bodies come with single articles only.",
    example: "slug,headline,summary,publishedAt,image",
};
/// `include` of lists.
pub const INCLUDE_OF_LIST: Parameter = Parameter {
    name: "include",
    kind: Kind::Choices(LIST_INCLUDES),
    description: "`authors`, `topics` and `section` give each with everything that is known of it, instead of its name; \
                  `image` is always there.",
    example: "authors,section",
};

/// What a request selects of each article.
#[derive(Debug, Clone)]
pub struct Selection {
    fields: Vec<Field>,
    whole_authors: bool,
    whole_topics: bool,
    whole_section: bool,
    renderings: Vec<&'static str>,
}

impl Selection {
    /// Of one article: all but what stands beside it on a page, or what `fields` names; and what `include` names.
    pub fn of_one(query: &Query) -> Selection {
        let beside = [Field::Related, Field::MoreAbout, Field::MoreFrom, Field::LatestNews, Field::TopNews];
        Selection::read(query, |field| !beside.contains(&field))
    }

    /// Of an article in a list: what a card shows, or what `fields` names; and what `include` names.
    pub fn of_list(query: &Query) -> Selection {
        Selection::read(query, |field| LIST_FIELDS.contains(&field.name()))
    }

    fn read(query: &Query, usual: impl Fn(Field) -> bool) -> Selection {
        let asked = query.choices("fields");
        let included = query.choices("include").unwrap_or_default();
        let selected = |field: &Field| {
            included.contains(&field.name())
                || asked.map_or_else(|| usual(*field), |asked| asked.contains(&field.name()))
        };
        let mut fields: Vec<Field> = Field::ALL.iter().copied().filter(selected).collect();
        let renderings = query.choices("body");
        // Who names a rendering wants the body, whatever else.
        if renderings.is_some() && !fields.contains(&Field::Body) {
            fields.push(Field::Body);
        }
        Selection {
            fields,
            whole_authors: included.contains(&"authors"),
            whole_topics: included.contains(&"topics"),
            whole_section: included.contains(&"section"),
            renderings: renderings.unwrap_or(&["html"]).to_vec(),
        }
    }

    fn has(&self, field: Field) -> bool {
        self.fields.contains(&field)
    }

    /// What is read with the row of an article.
    pub fn of_the_article(&self) -> Wants {
        let bodies = if self.has(Field::Body) { BodyWanted::Whole } else { BodyWanted::Nothing };
        Wants { bodies, lists: self.has(Field::Related).then_some(FEW), ..Wants::default() }
    }

    /// Points for what stands beside each article.
    pub fn price(&self) -> u32 {
        let ranked = [Field::Related, Field::MoreAbout, Field::MoreFrom].iter().filter(|f| self.has(**f)).count();
        let listed = [Field::LatestNews, Field::TopNews].iter().filter(|f| self.has(**f)).count();
        let rendered = if self.has(Field::Body) { self.renderings.len() } else { 0 };
        u32::try_from(10 * ranked + 5 * (listed + rendered)).unwrap_or(u32::MAX)
    }
}

/// An article with everything that was read for it. [`Loaded::view`] borrows from it.
pub struct Loaded {
    card: Arc<Card>,
    authors: Vec<Arc<Author>>,
    topics: Vec<(Arc<Topic>, Option<Arc<Topic>>)>,
    section: Option<(Arc<Section>, Option<Arc<Section>>)>,
    label: Option<String>,
    disclaimers: Vec<String>,
    body: Option<ArticleBody>,
    beside: Beside,
}

/// What stands beside an article on its page.
#[derive(Default)]
struct Beside {
    related: Vec<related::Related>,
    more_about: Vec<Block>,
    more_from: Vec<Block>,
    latest: Vec<Arc<Card>>,
    top: Vec<Arc<Card>>,
    teasers: Teasers,
}

/// What teasers show beside what is on their cards.
#[derive(Default)]
pub struct Teasers {
    sections: Vec<Arc<Section>>,
    /// Those that rules give.
    labels: HashMap<ArticleId, String>,
}

impl Teasers {
    /// Of these cards: a statement for their sections, and one for their authors where a rule for labels asks for them.
    ///
    /// # Errors
    /// What the catalogue says.
    pub async fn of<'a>(reader: &Reader, app: &App, cards: impl Iterator<Item = &'a Arc<Card>>) -> Result<Teasers> {
        let cards: Vec<&Arc<Card>> = cards.collect();
        let mut ids: Vec<SectionId> = cards.iter().filter_map(|card| card.section).collect();
        ids.sort_unstable();
        ids.dedup();
        let sections = section::by_ids(reader, &ids).await?.into_iter().flatten().collect();
        let asking = |card: &Card| card.label.is_none() && asks_authors(&app.label_rules, card);
        let bylines = cards.iter().filter(|card| asking(card)).flat_map(|card| &card.authors);
        let authors: Vec<AuthorId> = bylines.map(|byline| byline.author).collect();
        if !authors.is_empty() {
            author::by_ids(reader, &authors).await?;
        }
        let mut labels = HashMap::new();
        for card in cards.into_iter().filter(|card| card.label.is_none()) {
            if let Some(label) = article::label(reader, card, &app.label_rules).await? {
                labels.insert(card.id, label);
            }
        }
        Ok(Teasers { sections, labels })
    }

    /// A card as a teaser.
    pub fn teaser<'a>(&'a self, site: &SiteSettings, card: &'a Card) -> Teaser<'a> {
        let section =
            card.section.and_then(|id| self.sections.iter().find(|section| section.id == id)).map(AsRef::as_ref);
        Teaser {
            id: card.id,
            slug: &card.slug,
            url: present::url(site, card, section),
            headline: &card.headline,
            label: card.label.as_deref().or_else(|| self.labels.get(&card.id).map(String::as_str)),
            genre: card.genre.as_str(),
            summary: &card.summary,
            published_at: card.published_at,
            published_precision: card.published_precision.into(),
            section: section.map(view::Section::short),
            image: card.image.as_ref().map(|image| view::Image::new(site, image)),
        }
    }
}

/// Reads what `selection` wants of these articles.
///
/// # Errors
/// What the catalogue says; `GONE` when a body was asked for and its article went away since its card was read.
pub async fn load(reader: &Reader, app: &App, cards: Vec<Arc<Card>>, selection: &Selection) -> Result<Vec<Loaded>> {
    prefetch(reader, app, &cards, selection).await?;
    let mut loaded = Vec::with_capacity(cards.len());
    for card in cards {
        loaded.push(load_one(reader, app, card, selection).await?);
    }
    Ok(loaded)
}

/// Reads by kind what the articles name, so that [`load_one`] finds it in the reader.
async fn prefetch(reader: &Reader, app: &App, cards: &[Arc<Card>], selection: &Selection) -> Result<()> {
    let asked = |card: &Card| {
        let label = card.label.is_none() && asks_authors(&app.label_rules, card);
        label || asks_authors(&app.disclaimer_rules, card)
    };
    if wants_authors(selection) || cards.iter().any(|card| asked(card)) {
        let ids: Vec<AuthorId> = cards.iter().flat_map(|card| card.authors.iter().map(|b| b.author)).collect();
        author::by_ids(reader, &ids).await?;
    }
    if selection.has(Field::Topics) {
        let ids: Vec<TopicId> = cards.iter().flat_map(|card| card.topics.iter().copied()).collect();
        let found = topic::by_ids(reader, &ids).await?;
        if selection.whole_topics {
            let parents: Vec<TopicId> = found.iter().flatten().filter_map(|topic| topic.parent).collect();
            topic::by_ids(reader, &parents).await?;
        }
    }
    if wants_section(selection) {
        let ids: Vec<SectionId> = cards.iter().filter_map(|card| card.section).collect();
        let found = section::by_ids(reader, &ids).await?;
        if selection.whole_section {
            let parents: Vec<SectionId> = found.iter().flatten().filter_map(|section| section.parent).collect();
            section::by_ids(reader, &parents).await?;
        }
    }
    Ok(())
}

fn asks_authors(rules: &[NoticeRule], card: &Card) -> bool {
    rules.iter().any(|rule| rule.asks_authors(&card.genre))
}

fn wants_authors(selection: &Selection) -> bool {
    selection.has(Field::Authors) || selection.has(Field::Byline)
}

fn wants_section(selection: &Selection) -> bool {
    selection.has(Field::Section) || selection.has(Field::Url) || selection.has(Field::CanonicalUrl)
}

async fn load_one(reader: &Reader, app: &App, card: Arc<Card>, selection: &Selection) -> Result<Loaded> {
    let authors = if wants_authors(selection) { article::authors(reader, &card).await? } else { Vec::new() };
    let mut topics = Vec::new();
    if selection.has(Field::Topics) {
        for found in article::topics(reader, &card).await? {
            let parent = match found.parent.filter(|_| selection.whole_topics) {
                Some(parent) => topic::by_ids(reader, &[parent]).await?.pop().flatten(),
                None => None,
            };
            topics.push((found, parent));
        }
    }
    let mut placed = None;
    if wants_section(selection)
        && let Some(found) = article::section_of(reader, &card).await?
    {
        let parent = match found.parent.filter(|_| selection.whole_section) {
            Some(parent) => section::by_ids(reader, &[parent]).await?.pop().flatten(),
            None => None,
        };
        placed = Some((found, parent));
    }
    let disclaimers = article::disclaimers(reader, &card, &app.disclaimer_rules).await?;
    let label = article::label(reader, &card, &app.label_rules).await?;
    let body = match selection.has(Field::Body) {
        true => Some(load_body(reader, &card, label.as_deref(), &disclaimers, &selection.renderings).await?),
        false => None,
    };
    let beside = load_beside(reader, app, &card, selection).await?;
    Ok(Loaded { card, authors, topics, section: placed, label, disclaimers, body, beside })
}

async fn load_body(
    reader: &Reader,
    card: &Card,
    label: Option<&str>,
    disclaimers: &[String],
    renderings: &[&str],
) -> Result<ArticleBody> {
    let stored = article::body(reader, card).await?.ok_or_else(|| {
        // The article went away since its card was read: then it is gone, not empty.
        Error::new(Code::Gone, "The article was withdrawn while it was being read.")
    })?;
    let notices = present::Notices { label, disclaimers, corrections: &card.corrections };
    let mut body = ArticleBody::default();
    for rendering in renderings {
        match *rendering {
            "html" => body.html = Some(present::body_html(&stored.html, Some(&notices))),
            "markdown" => body.markdown = Some(present::body_markdown(&stored.json, Some(&notices))?),
            "text" => body.text = Some(present::body_text(&stored.json, Some(&notices))?),
            _ => {
                let json = present::body_portable_text(&stored.json, Some(&notices))?;
                body.portable_text = Some(RawValue::from_string(json).map_err(Error::internal)?);
            }
        }
    }
    Ok(body)
}

async fn load_beside(reader: &Reader, app: &App, card: &Card, selection: &Selection) -> Result<Beside> {
    let mut beside = Beside::default();
    if selection.has(Field::Related) {
        beside.related = related::related(reader, app, card, RELATED).await?;
    }
    if selection.has(Field::MoreAbout) {
        beside.more_about = related::blocks(reader, card, few(Blocks::About)).await?;
    }
    if selection.has(Field::MoreFrom) {
        beside.more_from = related::blocks(reader, card, few(Blocks::From)).await?;
    }
    if selection.has(Field::LatestNews) {
        beside.latest = list::latest(reader, FEW).await?;
    }
    if selection.has(Field::TopNews) {
        beside.top = collection::top_news(reader, None, FEW).await?;
    }
    let blocks = beside.more_about.iter().chain(&beside.more_from).flat_map(|block| &block.cards);
    let cards =
        beside.related.iter().map(|related| &related.card).chain(blocks).chain(&beside.latest).chain(&beside.top);
    beside.teasers = Teasers::of(reader, app, cards).await?;
    Ok(beside)
}

impl Loaded {
    /// The article with the members of `selection`.
    pub fn view<'a>(&'a self, site: &SiteSettings, selection: &Selection) -> view::Article<'a> {
        let card = &*self.card;
        let section = self.section.as_ref().map(|(section, _)| &**section);
        let mut out = view::Article {
            label: self.label.as_deref(),
            disclaimers: self.disclaimers.iter().map(|text| view::Disclaimer { text }).collect(),
            corrections: card
                .corrections
                .iter()
                .map(|c| view::Correction { published_at: c.published_at, text: &c.text })
                .collect(),
            source: card.source.as_deref(),
            license: card.license.as_deref(),
            copyright_notice: card.copyright_notice.as_deref(),
            ..view::Article::default()
        };
        for field in &selection.fields {
            match field {
                Field::Id => out.id = Some(card.id),
                Field::Uri => out.uri = Some(&card.uri),
                Field::Slug => out.slug = Some(&card.slug),
                Field::Version => out.version = Some(card.version),
                Field::Headline => out.headline = Some(&card.headline),
                Field::Genre => out.genre = Some(card.genre.as_str()),
                Field::Summary => out.summary = Some(&card.summary),
                Field::Section => out.section = Some(self.section_view(selection)),
                Field::Authors => out.authors = Some(self.author_views(site, selection)),
                Field::Byline => out.byline = Some(present::byline(&self.authors)),
                Field::PublishedAt => out.published_at = Some(card.published_at),
                Field::PublishedPrecision => out.published_precision = Some(card.published_precision.into()),
                Field::UpdatedAt => out.updated_at = Some(card.updated_at),
                Field::Language => out.language = Some(&card.language),
                Field::CanonicalUrl => out.canonical_url = Some(present::canonical_url(site, card, section)),
                Field::Url => out.url = Some(present::url(site, card, section)),
                Field::Image => out.image = Some(card.image.as_ref().map(|image| view::Image::new(site, image))),
                Field::Body => out.body = self.body.as_ref(),
                Field::Topics => out.topics = Some(self.topic_views(selection)),
                Field::InfoSources => {
                    let shown = card.info_sources.iter();
                    let shown = shown.map(|s| view::InformationProvider { name: &s.name, url: s.url.as_deref() });
                    out.info_sources = Some(shown.collect());
                }
                Field::WordCount => out.word_count = Some(card.word_count),
                Field::Related => {
                    out.related = Some(related_views(&self.beside.related, &self.beside.teasers, site));
                }
                Field::MoreAbout => out.more_about = Some(self.blocks(&self.beside.more_about, site)),
                Field::MoreFrom => out.more_from = Some(self.blocks(&self.beside.more_from, site)),
                Field::LatestNews => out.latest_news = Some(self.teasers(&self.beside.latest, site)),
                Field::TopNews => out.top_news = Some(self.teasers(&self.beside.top, site)),
            }
        }
        out
    }

    fn author_views(&self, site: &SiteSettings, selection: &Selection) -> Vec<view::Author<'_>> {
        let shown = self.authors.iter();
        if selection.whole_authors {
            return shown.map(|author| view::Author::whole(site, author)).collect();
        }
        shown.map(|author| view::Author::short(author)).collect()
    }

    fn topic_views(&self, selection: &Selection) -> Vec<view::Topic<'_>> {
        let shown = self.topics.iter();
        if selection.whole_topics {
            return shown.map(|(topic, parent)| view::Topic::whole(topic, parent.as_deref())).collect();
        }
        shown.map(|(topic, _)| view::Topic::short(topic)).collect()
    }

    fn section_view(&self, selection: &Selection) -> Option<view::Section<'_>> {
        let (section, parent) = self.section.as_ref()?;
        Some(match selection.whole_section {
            true => view::Section::whole(section, parent.as_deref()),
            false => view::Section::short(section),
        })
    }

    fn teasers<'a>(&'a self, cards: &'a [Arc<Card>], site: &SiteSettings) -> Vec<Teaser<'a>> {
        cards.iter().map(|card| self.beside.teasers.teaser(site, card)).collect()
    }

    fn blocks<'a>(&'a self, blocks: &'a [Block], site: &SiteSettings) -> Vec<view::TopicBlock<'a>> {
        let shown = |block: &'a Block| view::TopicBlock {
            topic: view::Topic::short(&block.topic),
            articles: self.teasers(&block.cards, site),
        };
        blocks.iter().map(shown).collect()
    }
}

/// What to read next, with teasers.
pub fn related_views<'a>(
    found: &'a [related::Related],
    teasers: &'a Teasers,
    site: &SiteSettings,
) -> Vec<view::Related<'a>> {
    let shown = |related: &'a related::Related| view::Related {
        article: teasers.teaser(site, &related.card),
        score: related.score,
        reasons: related.reasons.iter().map(Into::into).collect(),
    };
    found.iter().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lists_take_is_what_single_articles_take_less_what_is_read_one_by_one() {
        let left_out = ["body", "related", "moreAbout", "moreFrom", "latestNews", "topNews"];
        let expected: Vec<&str> = FIELDS.iter().copied().filter(|name| !left_out.contains(name)).collect();
        assert_eq!(LIST_FIELDS, expected);
        assert!(INCLUDES.iter().all(|name| FIELDS.contains(name)));
    }
}
