//! Search: the index says which, the catalogue what. A hit that the catalogue does not have any more is not shown.

use std::sync::Arc;
use std::time::Duration;

use super::list::Wanted;
use super::{Reader, article, author, indexing, section, topic};
use crate::error::{Code, Error, Result};
use crate::model::article::{Card, Genre};
use crate::model::author::Author;
use crate::model::section::Section;
use crate::model::topic::{Topic, TopicKind};
use crate::search::{Asked, Facets as Counted, Filter, Home, Index, Named};

pub use crate::search::{CURSOR_MOST, Cursor, PATTERN, Snippet, Wanted as FacetsWanted};

/// How long a search waits for the index to have what the reader has. In the midst of a bulk import it does not.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often a page is filled up again when the catalogue has lost hits since.
const ROUNDS: usize = 4;
/// How many values a facet has at the most.
const FACETS_MOST: usize = 20;

/// A search whose names have been looked up.
#[derive(Clone)]
pub struct Search {
    index: Index,
    text: String,
    filter: Filter,
    newest: bool,
}

/// One hit.
#[derive(Debug, Clone)]
pub struct Hit {
    /// The article.
    pub card: Arc<Card>,
    /// How well it fits; comparable within one walk.
    pub score: f64,
    /// Its place.
    pub cursor: String,
}

/// A page of hits.
#[derive(Debug, Clone)]
pub struct Page {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether more follow.
    pub more: bool,
}

/// Exact counts of what was found, most first.
#[derive(Debug, Clone, Default)]
pub struct Facets {
    /// By section.
    pub sections: Vec<(Arc<Section>, u64)>,
    /// By topic.
    pub topics: Vec<(Arc<Topic>, u64)>,
    /// By author.
    pub authors: Vec<(Arc<Author>, u64)>,
    /// By genre.
    pub genres: Vec<(String, u64)>,
    /// By year of publication, newest first.
    pub years: Vec<(i32, u64)>,
}

/// The index, when it has followed the log as far as this reader sees.
pub(super) async fn fresh(reader: &Reader, home: &Home) -> Result<Index> {
    let wanted = indexing::position(reader).await?;
    let until = tokio::time::Instant::now() + PATIENCE;
    loop {
        let index = home.index()?;
        let reached = index.position().is_some_and(|at| at.log_id == wanted.log_id && at.seq >= wanted.seq);
        if reached {
            return Ok(index);
        }
        if tokio::time::Instant::now() >= until {
            // One that follows may be a moment behind; one that was never filled from this log knows nothing.
            let follows = index.position().is_some_and(|at| at.log_id == wanted.log_id);
            let building = || Error::new(Code::Unavailable, "The search index is being built; try again in a moment.");
            return if follows { Ok(index) } else { Err(building()) };
        }
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}

impl Search {
    /// Looks the names up.
    pub async fn find(reader: &Reader, home: &Home, text: &str, wanted: &Wanted, newest: bool) -> Result<Search> {
        let mut filter = Filter {
            genre: wanted.genre.as_deref().map(|genre| Genre::new(genre).as_str().to_owned()),
            language: wanted.language.clone(),
            published: (wanted.published_from, wanted.published_before),
            updated: (wanted.updated_from, wanted.updated_before),
            ..Filter::default()
        };
        if let Some(slug) = &wanted.section {
            filter.section = section::by_slug(reader, slug).await?.map(|section| section.id);
            filter.nothing |= filter.section.is_none();
        }
        for (slug, place) in [(&wanted.topic, false), (&wanted.place, true)] {
            let Some(slug) = slug else { continue };
            let topic = topic::by_slug(reader, slug).await?.filter(|t| !place || t.kind == TopicKind::Place);
            filter.nothing |= topic.is_none();
            filter.topics.extend(topic.map(|topic| topic.id));
        }
        if let Some(slug) = &wanted.author {
            filter.author = author::by_slug(reader, slug).await?.map(|author| author.id);
            filter.nothing |= filter.author.is_none();
        }
        Ok(Search { index: fresh(reader, home).await?, text: text.to_owned(), filter, newest })
    }

    fn asked(&self) -> Asked {
        Asked { text: self.text.clone(), filter: self.filter.clone(), newest: self.newest, ..Asked::default() }
    }

    /// A page of hits.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for a cursor that is not of a search.
    pub async fn page(&self, reader: &Reader, size: usize, after: Option<&str>) -> Result<Page> {
        let mut after = after.map(Cursor::decode).transpose()?;
        let mut hits: Vec<Hit> = Vec::new();
        let mut more = true;
        for _ in 0..ROUNDS {
            let asked = Asked { after: after.clone(), size: size - hits.len(), ..self.asked() };
            let index = self.index.clone();
            let found = blocking(move || index.search(&asked)).await?;
            let ids: Vec<_> = found.hits.iter().map(|hit| hit.id).collect();
            let cards = article::cards(reader, &ids).await?;
            after = found.hits.last().map(|hit| hit.cursor.clone()).or(after);
            let there = found
                .hits
                .into_iter()
                .zip(cards)
                .filter_map(|(hit, card)| Some(Hit { card: card?, score: hit.score, cursor: hit.cursor.encode() }));
            hits.extend(there);
            more = found.more;
            if hits.len() >= size || !more {
                break;
            }
        }
        Ok(Page { hits, more })
    }

    /// How many articles are found in all.
    pub async fn total(&self) -> Result<u64> {
        let (index, asked) = (self.index.clone(), Asked { total: true, ..self.asked() });
        Ok(blocking(move || index.search(&asked)).await?.total.unwrap_or(0))
    }

    /// Counts of what is found in all; only those that are wanted.
    pub async fn facets(&self, reader: &Reader, wanted: FacetsWanted) -> Result<Facets> {
        let asked = Asked { facets: wanted, facets_most: FACETS_MOST, ..self.asked() };
        let index = self.index.clone();
        let Counted { sections, topics, authors, genres, years } = blocking(move || index.search(&asked)).await?.facets;
        let ids: Vec<_> = sections.iter().map(|(id, _)| *id).collect();
        let sections = with(section::by_ids(reader, &ids).await?, sections);
        let ids: Vec<_> = topics.iter().map(|(id, _)| *id).collect();
        let topics = with(topic::by_ids(reader, &ids).await?, topics);
        let ids: Vec<_> = authors.iter().map(|(id, _)| *id).collect();
        let authors = with(author::by_ids(reader, &ids).await?, authors);
        Ok(Facets { sections, topics, authors, genres, years })
    }

    /// The piece of an article that shows best why it was found; `None` when it went away meanwhile.
    pub async fn snippet(&self, reader: &Reader, card: &Card) -> Result<Option<Snippet>> {
        let Some(body) = article::body(reader, card.id).await? else { return Ok(None) };
        let text = [card.summary.as_str(), &indexing::plain(&body.json)].join("\n");
        Ok(Some(self.index.marker(&self.text).snippet(text.trim(), &card.language)))
    }
}

fn with<T, I>(found: Vec<Option<Arc<T>>>, counts: Vec<(I, u64)>) -> Vec<(Arc<T>, u64)> {
    found.into_iter().zip(counts).filter_map(|(found, (_, n))| Some((found?, n))).collect()
}

/// Something that begins as the reader types.
#[derive(Debug, Clone)]
pub enum Suggestion {
    /// A topic, place, person …
    Topic(Arc<Topic>),
    /// An author.
    Author(Arc<Author>),
    /// An article, by its headline.
    Article(Arc<Card>),
}

/// What begins as the reader types: topics and authors before articles, at most `size` in all, articles among them
/// when there are any.
pub async fn suggest(reader: &Reader, home: &Home, text: &str, size: usize) -> Result<Vec<Suggestion>> {
    let index = fresh(reader, home).await?;
    let typed = text.to_owned();
    // Some may be gone from the catalogue.
    let found = blocking(move || index.suggest(&typed, 2 * size)).await?;
    let topics: Vec<_> = found.iter().filter_map(|n| if let Named::Topic(id) = n { Some(*id) } else { None }).collect();
    let authors: Vec<_> =
        found.iter().filter_map(|n| if let Named::Author(id) = n { Some(*id) } else { None }).collect();
    let articles: Vec<_> =
        found.iter().filter_map(|n| if let Named::Article(id) = n { Some(*id) } else { None }).collect();
    let mut topics = topic::by_ids(reader, &topics).await?.into_iter();
    let mut authors = author::by_ids(reader, &authors).await?.into_iter();
    let mut names = Vec::new();
    for named in &found {
        match named {
            Named::Topic(_) => names.extend(topics.next().flatten().map(Suggestion::Topic)),
            Named::Author(_) => names.extend(authors.next().flatten().map(Suggestion::Author)),
            Named::Article(_) => {}
        }
    }
    let articles: Vec<_> =
        article::cards(reader, &articles).await?.into_iter().flatten().map(Suggestion::Article).collect();
    // Half of each, or more of one when there is less of the other.
    names.truncate(size.saturating_sub(articles.len().min(size / 2)));
    let left = size - names.len();
    Ok(names.into_iter().chain(articles.into_iter().take(left)).collect())
}
