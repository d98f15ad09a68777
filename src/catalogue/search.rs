//! Search: the index says which, the catalogue what. A hit that the catalogue does not have any more is not shown.

use std::slice;
use std::sync::Arc;
use std::time::Duration;

use super::list::Wanted;
use super::{Reader, article, author, indexing, section, topic};
use crate::error::{Code, Error, Result};
use crate::model::article::{Card, Genre};
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::language;
use crate::model::section::Section;
use crate::model::topic::{Topic, TopicKind};
use crate::search::{Asked, Facets as Counted, Filter, Found, Home, Index, Marker, Named};

pub use crate::search::{CURSOR_MOST, Cursor, PATTERN, Snippet, Wanted as FacetsWanted};

/// How long a search waits for the index to have what the reader has. In the midst of a bulk import it does not.
const PATIENCE: Duration = Duration::from_millis(400);
/// How often a page is filled up again when the catalogue has lost hits since.
const ROUNDS: usize = 4;
/// How many values a facet has at the most.
pub const FACETS_MOST: usize = 20;

/// How long a search waits for the index to have a change that was asked for by its number.
const PATIENCE_ASKED: Duration = Duration::from_secs(2);

/// A search whose names have been looked up.
#[derive(Clone)]
pub struct Search {
    home: Home,
    index: Index,
    marker: Arc<Marker>,
    asked: Asked,
}

/// What is to be counted beside a page of hits: in the same run over the index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counting {
    /// How many are found in all.
    pub total: bool,
    /// Facets.
    pub facets: FacetsWanted,
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
    /// What was counted beside them.
    pub counts: Counts,
}

/// What was counted of everything that is found.
#[derive(Debug, Clone, Default)]
pub struct Counts {
    /// How many are found; 0 when it was not asked for.
    pub total: u64,
    facets: Counted,
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

/// The index, when it has followed the log as far as this reader sees, or nearly; certainly as far as was asked for.
pub(super) async fn fresh(reader: &Reader, home: &Home) -> Result<Index> {
    reader.depends([Tag::Anything]);
    let wanted = indexing::position(reader).await?;
    let began = tokio::time::Instant::now();
    loop {
        let index = home.ready();
        // Of another log, or from its future: it knows things that are not, and is about to be built anew. It may well
        // be ahead of this reader, but not of the log.
        let at = index.as_ref().and_then(Index::position).filter(|at| at.log_id == wanted.log_id);
        let at = at.filter(|at| at.seq <= wanted.seq.max(reader.newest()));
        match (index, at) {
            (Some(index), Some(at)) if at.seq >= wanted.seq => return Ok(index),
            // One that follows may be a moment behind, when nobody asks for more.
            (Some(index), Some(at)) if began.elapsed() >= PATIENCE && at.seq >= reader.least() => {
                reader.for_one();
                return Ok(index);
            }
            (Some(_), Some(_)) if began.elapsed() >= PATIENCE_ASKED => {
                let says = format!("Change {} is not in the search index yet; try again in a moment.", reader.least());
                return Err(Error::new(Code::Unavailable, says));
            }
            (_, None) if began.elapsed() >= PATIENCE => {
                let says = "The search index is being built; try again in a moment.";
                return Err(Error::new(Code::Unavailable, says));
            }
            _ => tokio::time::sleep(Duration::from_millis(3)).await,
        }
    }
}

/// Asks the index where blocking is allowed. When it cannot answer, its files are looked at, and it is built anew if
/// they are broken.
async fn ask<T: Send + 'static>(home: &Home, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    match tokio::task::spawn_blocking(work).await.map_err(Error::internal).flatten() {
        Ok(answer) => Ok(answer),
        Err(error) => {
            home.doubt();
            let says = "The search index could not be read and is being looked at; try again in a moment.";
            Err(Error::new(Code::Unavailable, says).because(error))
        }
    }
}

impl Search {
    /// Looks the names up.
    ///
    /// # Errors
    /// `UNAVAILABLE` while the index is built, or when it does not come to what the reader asks for in time.
    pub async fn find(reader: &Reader, home: &Home, text: &str, wanted: &Wanted, newest: bool) -> Result<Search> {
        let genre = wanted.genre.as_deref().map(Genre::asked);
        let mut filter = Filter {
            nothing: genre == Some(None),
            genre: genre.flatten().map(|genre| genre.as_str().to_owned()),
            language: wanted.language.as_deref().map(language::settled),
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
        let index = fresh(reader, home).await?;
        let marker = Arc::new(index.marker(text));
        let asked = Asked { text: text.to_owned(), filter, newest, facets_most: FACETS_MOST, ..Asked::default() };
        Ok(Search { home: home.clone(), index, marker, asked })
    }

    async fn run(&self, asked: Asked) -> Result<Found> {
        let index = self.index.clone();
        ask(&self.home, move || index.search(&asked)).await
    }

    /// A page of hits, and what is counted beside it.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for a cursor that is not of a search.
    pub async fn page(&self, reader: &Reader, size: usize, after: Option<&str>, counting: Counting) -> Result<Page> {
        let mut after = after.map(Cursor::decode).transpose()?;
        let mut page = Page { hits: Vec::new(), more: true, counts: Counts::default() };
        for round in 0..ROUNDS {
            let mut asked = Asked { after: after.clone(), size: size - page.hits.len(), ..self.asked.clone() };
            if round == 0 {
                (asked.total, asked.facets) = (counting.total, counting.facets);
            }
            let found = self.run(asked).await?;
            if round == 0 {
                page.counts = Counts { total: found.total.unwrap_or(0), facets: found.facets };
            }
            let ids: Vec<_> = found.hits.iter().map(|hit| hit.id).collect();
            let cards = article::cards(reader, &ids).await?;
            after = found.hits.last().map(|hit| hit.cursor.clone()).or(after);
            let there = found
                .hits
                .into_iter()
                .zip(cards)
                .filter_map(|(hit, card)| Some(Hit { card: card?, score: hit.score, cursor: hit.cursor.encode() }));
            page.hits.extend(there);
            page.more = found.more;
            if page.hits.len() >= size || !page.more {
                break;
            }
        }
        Ok(page)
    }

    /// Counts alone.
    pub async fn counts(&self, counting: Counting) -> Result<Counts> {
        let found = self.run(Asked { total: counting.total, facets: counting.facets, ..self.asked.clone() }).await?;
        Ok(Counts { total: found.total.unwrap_or(0), facets: found.facets })
    }

    /// The piece of an article that shows best why it was found; `None` when it went away meanwhile.
    pub async fn snippet(&self, reader: &Reader, card: &Arc<Card>) -> Result<Option<Snippet>> {
        let Some(text) = article::texts(reader, slice::from_ref(card)).await?.pop().flatten() else { return Ok(None) };
        let text = [card.summary.as_str(), &text].join("\n");
        Ok(Some(self.marker.snippet(text.trim(), &card.language)))
    }
}

impl Counts {
    /// The facets with what they count by; what is gone from the catalogue is left out.
    pub async fn facets(&self, reader: &Reader) -> Result<Facets> {
        let Counted { sections, topics, authors, genres, years } = self.facets.clone();
        let ids: Vec<_> = sections.iter().map(|(id, _)| *id).collect();
        let sections = with(section::by_ids(reader, &ids).await?, sections);
        let ids: Vec<_> = topics.iter().map(|(id, _)| *id).collect();
        let topics = with(topic::by_ids(reader, &ids).await?, topics);
        let ids: Vec<_> = authors.iter().map(|(id, _)| *id).collect();
        let authors = with(author::by_ids(reader, &ids).await?, authors);
        Ok(Facets { sections, topics, authors, genres, years })
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
    let found = ask(home, move || index.suggest(&typed, 2 * size)).await?;
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
