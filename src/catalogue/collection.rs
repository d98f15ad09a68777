//! Collections as readers see them: what is pinned now, and what the rule puts between.
//!
//! What a collection is comes from memory (see [`Reader`]); its list costs one statement for the cards of its pins, where
//! it has some that count now, and those of its rule: one for what trends, one more where that does not suffice. Whatever
//! the statements find is published, so a pin of something else takes no place.

use std::sync::Arc;

use super::list::{self, Articles, Order, Paging, Wanted};
use super::{Reader, article, trending};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::collection::{Filter, Rule, TOP_NEWS, assemble, fill_size};
use crate::model::id::{ArticleId, CollectionId};

pub use crate::model::collection::Collection;

/// An article of a collection.
#[derive(Debug, Clone)]
pub struct Item {
    /// The article.
    pub card: Arc<Card>,
    /// Whether an editor put it there, rather than the rule.
    pub pinned: bool,
}

/// Every collection, in the order in which they were made.
pub async fn all(reader: &Reader) -> Result<Vec<Arc<Collection>>> {
    Ok(reader.collections().await?.to_vec())
}

/// The collection under this slug.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Arc<Collection>>> {
    Ok(reader.collections().await?.iter().find(|collection| collection.slug == slug).cloned())
}

/// The collection with this id.
pub async fn by_id(reader: &Reader, id: CollectionId) -> Result<Option<Arc<Collection>>> {
    Ok(reader.collections().await?.iter().find(|collection| collection.id == id).cloned())
}

/// The first articles of a collection.
pub async fn items(reader: &Reader, collection: &Collection, size: usize) -> Result<Vec<Item>> {
    // The clock decides, not the timer: it may come late.
    let now = reader.now();
    let edges = collection.pins.iter().flat_map(|pin| [pin.from, pin.until]).flatten().filter(|at| *at > now);
    if let Some(next) = edges.min() {
        reader.until(next);
    }
    let live: Vec<(i32, ArticleId)> = collection.live_pins(now).map(|pin| (pin.slot, pin.article)).collect();
    let mut pins = Vec::new();
    if !live.is_empty() {
        let ids: Vec<ArticleId> = live.iter().map(|(_, id)| *id).collect();
        let cards = article::cards(reader, &ids).await?;
        pins.extend(live.iter().zip(cards).filter_map(|((slot, _), card)| Some((*slot, card?))));
    }
    let slots: Vec<i32> = pins.iter().map(|(slot, _)| *slot).collect();
    let fill = fill(reader, &collection.rule, fill_size(size, &slots)).await?;
    let list = assemble(size, pins, fill, |card| card.id);
    Ok(list.into_iter().map(|(card, pinned)| Item { card, pinned }).collect())
}

/// Top News: the collection, or what its rule gives of one section; none where there is no such section.
pub async fn top_news(reader: &Reader, section: Option<&str>, size: usize) -> Result<Vec<Arc<Card>>> {
    let Some(collection) = by_id(reader, TOP_NEWS).await? else { return Ok(Vec::new()) };
    match section {
        Some(section) => fill(reader, &collection.rule.within(section), size).await,
        None => Ok(items(reader, &collection, size).await?.into_iter().map(|item| item.card).collect()),
    }
}

/// The first articles that a rule gives, each once.
async fn fill(reader: &Reader, rule: &Rule, size: usize) -> Result<Vec<Arc<Card>>> {
    match rule {
        Rule::None => Ok(Vec::new()),
        Rule::Latest(filter) => latest(reader, filter, size).await,
        Rule::Trending { window, section } => {
            let mut cards = trending::trending(reader, *window, section.as_deref(), size).await?;
            if cards.len() < size {
                // Never shorter than what there is.
                let filter = Filter { section: section.clone(), ..Filter::default() };
                let more = latest(reader, &filter, size).await?;
                let more: Vec<_> = more.into_iter().filter(|card| cards.iter().all(|one| one.id != card.id)).collect();
                cards.extend(more);
                cards.truncate(size);
            }
            Ok(cards)
        }
    }
}

async fn latest(reader: &Reader, filter: &Filter, size: usize) -> Result<Vec<Arc<Card>>> {
    if *filter == Filter::default() {
        // Siblings that ask for the latest share one statement.
        return list::latest(reader, size).await;
    }
    let Filter { section, topic, author, place, genre, language } = filter.clone();
    let wanted = Wanted { section, topic, author, place, genre, language, ..Wanted::default() };
    let list = Articles::find(reader, &wanted, Order::Newest).await?;
    Ok(list.page(reader, &Paging::first(size)).await?.items)
}
