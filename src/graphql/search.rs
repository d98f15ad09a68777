//! Search and suggestions.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Enum, Lookahead, Object, SimpleObject, Union};

use tokio::sync::OnceCell;

use super::Asked;
use super::article::Article;
use super::author::Author;
use super::connection::PageInfo;
use super::errors::Shown;
use super::section::Section;
use super::topic::Topic;
use crate::catalogue::search::{self as catalogue, Counting, FACETS_MOST, FacetsWanted, Search};
use crate::error::Result;
use crate::model::article::Card;

/// The order of what is found.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum SearchOrder {
    /// What fits best comes first. Of three and more words some may miss.
    #[default]
    Best,
    /// What was published last comes first. Every word must be there.
    Newest,
}

/// An article that was found.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SearchEdge {
    /// The place of the hit, to go on from.
    cursor: String,
    /// How well it fits; comparable within one search. 0 when the order is not by it.
    score: f64,
    /// The article.
    node: Article,
    #[graphql(skip)]
    search: Arc<Search>,
    #[graphql(skip)]
    card: Arc<Card>,
    /// Made once for the fields that show it.
    #[graphql(skip)]
    piece: OnceCell<Option<catalogue::Snippet>>,
}

#[ComplexObject]
impl SearchEdge {
    /// The piece of the article that shows best why it was found, as safe HTML: the words that were looked for stand in
    /// `<mark>`, everything else is escaped.
    #[graphql(complexity = 2)]
    async fn snippet(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(self.piece(ctx).await.shown()?.map(|snippet| snippet.html).unwrap_or_default())
    }

    /// The same as plain text, and where the words stand in it.
    #[graphql(complexity = 2)]
    async fn highlight(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<SnippetBody>> {
        let body = |piece: catalogue::Snippet| SnippetBody { marks: marks(&piece), text: piece.text };
        Ok(self.piece(ctx).await.shown()?.map(body))
    }
}

impl SearchEdge {
    async fn piece(&self, ctx: &Context<'_>) -> Result<Option<catalogue::Snippet>> {
        let reader = &ctx.data_unchecked::<Asked>().reader();
        let made = self.piece.get_or_try_init(|| self.search.snippet(reader, &self.card)).await?;
        Ok(made.clone())
    }
}

/// The marked words of a piece.
pub(super) fn marks(piece: &catalogue::Snippet) -> Vec<Vec<i32>> {
    let whole = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    piece.marks.iter().map(|(start, end)| vec![whole(*start), whole(*end)]).collect()
}

/// A count as it is shown.
pub(super) fn shown_count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// A piece of plain text with marked words.
#[derive(SimpleObject)]
pub struct SnippetBody {
    /// The piece.
    text: String,
    /// The marked words, each as where it begins and where it ends in UTF-16 code units, as JavaScript, Kotlin and Swift
    /// count.
    marks: Vec<Vec<i32>>,
}

/// A page of what was found.
pub struct SearchConnection {
    search: Arc<Search>,
    page: catalogue::Page,
    counting: Counting,
    first_page: bool,
}

/// Where a page of hits lies.
pub(super) fn page_info(page: &catalogue::Page, is_first: bool) -> PageInfo {
    let cursor = |hit: Option<&catalogue::Hit>| hit.map(|hit| hit.cursor.clone());
    PageInfo::of_hits(cursor(page.hits.first()), cursor(page.hits.last()), is_first, page.more)
}

/// The facets that are asked for below this field.
fn wanted(facets: Lookahead<'_>) -> FacetsWanted {
    let asked = |field: &str| facets.field(field).exists();
    FacetsWanted {
        sections: asked("sections"),
        topics: asked("topics"),
        authors: asked("authors"),
        genres: asked("genres"),
        years: asked("years"),
    }
}

/// A page of what was found. The whole walk is scored with the figures of its first page, so no hit comes twice.
#[Object]
impl SearchConnection {
    /// The hits with their cursors.
    async fn edges(&self) -> Vec<SearchEdge> {
        let edge = |hit: &catalogue::Hit| SearchEdge {
            cursor: hit.cursor.clone(),
            score: hit.score,
            node: Article(hit.card.clone()),
            search: self.search.clone(),
            card: hit.card.clone(),
            piece: OnceCell::new(),
        };
        self.page.hits.iter().map(edge).collect()
    }

    /// The articles without their cursors.
    async fn nodes(&self) -> Vec<Article> {
        self.page.hits.iter().map(|hit| Article(hit.card.clone())).collect()
    }

    /// Where the page lies.
    async fn page_info(&self) -> PageInfo {
        page_info(&self.page, self.first_page)
    }

    /// How many articles are found in all.
    #[graphql(complexity = 5)]
    async fn total_count(&self) -> async_graphql::Result<i64> {
        let counting = Counting { total: true, ..Counting::default() };
        let counted = if self.counting.total { None } else { Some(self.search.counts(counting).await.shown()?) };
        Ok(shown_count(counted.as_ref().unwrap_or(&self.page.counts).total))
    }

    /// Counts of everything that is found, of all pages: exact, the most frequent values first, at most 20 of each.
    #[graphql(complexity = "20 + child_complexity")]
    async fn facets(&self, ctx: &Context<'_>) -> async_graphql::Result<SearchFacets> {
        let facets = wanted(ctx.look_ahead());
        let reader = &ctx.data_unchecked::<Asked>().reader();
        let counted = match self.counting.facets.covers(facets) {
            true => None,
            false => Some(self.search.counts(Counting { facets, ..Counting::default() }).await.shown()?),
        };
        let found = counted.as_ref().unwrap_or(&self.page.counts).facets(reader).await.shown()?;
        let count = shown_count;
        Ok(SearchFacets {
            sections: found
                .sections
                .into_iter()
                .map(|(s, n)| SectionCount { section: Section(s), count: count(n) })
                .collect(),
            topics: found.topics.into_iter().map(|(t, n)| TopicCount { topic: Topic(t), count: count(n) }).collect(),
            authors: found
                .authors
                .into_iter()
                .map(|(a, n)| AuthorCount { author: Author(a), count: count(n) })
                .collect(),
            genres: found.genres.into_iter().map(|(genre, n)| GenreCount { genre, count: count(n) }).collect(),
            years: found.years.into_iter().map(|(year, n)| YearCount { year, count: count(n) }).collect(),
        })
    }
}

/// What a value of a facet may show of itself without being priced for each value: about all fields that it has.
const PLAIN: usize = 10;

/// What a facet costs: what is listed below its values, once for each that there may be.
///
/// What the values show of themselves is priced once, though there may be twenty of them: it is read for all of them
/// together, and a search prices whatever stands below it once for each hit, though all hits have the same facets.
fn facet_cost(each: usize) -> usize {
    FACETS_MOST.saturating_mul(each.saturating_sub(PLAIN)).saturating_add(each).saturating_add(1)
}

/// How many of the articles that were found stand where, are about what, are by whom.
#[derive(SimpleObject)]
pub struct SearchFacets {
    /// By the section that an article stands in itself.
    #[graphql(complexity = "facet_cost(child_complexity)")]
    sections: Vec<SectionCount>,
    /// By topic.
    #[graphql(complexity = "facet_cost(child_complexity)")]
    topics: Vec<TopicCount>,
    /// By author.
    #[graphql(complexity = "facet_cost(child_complexity)")]
    authors: Vec<AuthorCount>,
    /// By genre.
    genres: Vec<GenreCount>,
    /// By year of publication, newest first.
    years: Vec<YearCount>,
}

/// Articles in a section.
#[derive(SimpleObject)]
pub struct SectionCount {
    /// The section.
    section: Section,
    /// How many.
    count: i64,
}

/// Articles about a topic.
#[derive(SimpleObject)]
pub struct TopicCount {
    /// The topic.
    topic: Topic,
    /// How many.
    count: i64,
}

/// Articles by an author.
#[derive(SimpleObject)]
pub struct AuthorCount {
    /// The author.
    author: Author,
    /// How many.
    count: i64,
}

/// Articles of a genre.
#[derive(SimpleObject)]
pub struct GenreCount {
    /// The genre.
    genre: String,
    /// How many.
    count: i64,
}

/// Articles of a year.
#[derive(SimpleObject)]
pub struct YearCount {
    /// The year, in UTC.
    year: i32,
    /// How many.
    count: i64,
}

/// What begins as the reader types.
#[derive(Union)]
pub enum Suggestion {
    /// A topic of any kind, such as a place or a person.
    Topic(Topic),
    /// An author.
    Author(Author),
    /// An article, by its headline.
    Article(Article),
}

impl From<catalogue::Suggestion> for Suggestion {
    fn from(found: catalogue::Suggestion) -> Self {
        match found {
            catalogue::Suggestion::Topic(topic) => Suggestion::Topic(Topic(topic)),
            catalogue::Suggestion::Author(author) => Suggestion::Author(Author(author)),
            catalogue::Suggestion::Article(card) => Suggestion::Article(Article(card)),
        }
    }
}

/// A page of what is found, with the counts that are asked for beside it: one run over the index gives all.
pub(super) async fn page(
    ctx: &Context<'_>,
    search: Search,
    size: usize,
    after: Option<&str>,
) -> Result<SearchConnection> {
    let below = ctx.look_ahead();
    let counting = Counting { total: below.field("totalCount").exists(), facets: wanted(below.field("facets")) };
    let page = search.page(&ctx.data_unchecked::<Asked>().reader(), size, after, counting).await?;
    Ok(SearchConnection { search: Arc::new(search), page, counting, first_page: after.is_none() })
}
