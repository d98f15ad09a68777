//! The whole catalogue, in the order of the URIs, piece by piece.

use std::sync::Arc;

use super::{Reader, article, section, topic};
use crate::error::Result;
use crate::model::article::{Card, Tombstone};
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::section::Section;
use crate::model::topic::Topic;
use crate::store::addresses;
use crate::store::articles::{self, StoredBody};

/// How many rows are read at a time.
const CHUNK: i64 = 200;

/// A published article with everything that it names.
#[derive(Debug, Clone)]
pub struct Whole {
    /// Everything but the body.
    pub card: Card,
    /// The body.
    pub body: Arc<StoredBody>,
    /// Its authors, in order.
    pub authors: Vec<Arc<Author>>,
    /// Its topics, in order, each with the broader ones behind it.
    pub topics: Vec<Vec<Arc<Topic>>>,
    /// Its section with those above it behind it.
    pub section: Vec<Arc<Section>>,
    /// Slugs that lead to it beside its own.
    pub aliases: Vec<String>,
    /// Addresses that it had elsewhere.
    pub addresses: Vec<String>,
}

/// One entry of an export.
#[derive(Debug, Clone)]
pub enum Entry {
    /// A published article.
    Here(Box<Whole>),
    /// One that was taken back, with the slugs that lead to it beside its last, and the addresses that it had elsewhere.
    Gone(Tombstone, Vec<String>, Vec<String>),
}

impl Entry {
    fn uri(&self) -> &str {
        match self {
            Entry::Here(whole) => &whole.card.uri,
            Entry::Gone(stone, ..) => &stone.uri,
        }
    }
}

/// The entries whose URI comes after `after`, sorted by URI, and the URI to go on from; `None` at the end.
pub async fn after(reader: &Reader, after: &str) -> Result<(Vec<Entry>, Option<String>)> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    let cards = articles::by_uri_after(conn.get()?, after, CHUNK).await?;
    let stones = articles::tombstones_by_uri(conn.get()?, after, CHUNK).await?;
    drop(conn);
    // Either list may end before the other; what lies beyond the nearer end is left for the next call.
    let full = i64::try_from(cards.len()).unwrap_or(0) == CHUNK || i64::try_from(stones.len()).unwrap_or(0) == CHUNK;
    let ends = [
        cards.last().filter(|_| cards.len() as i64 == CHUNK).map(|c| c.uri.clone()),
        stones.last().filter(|_| stones.len() as i64 == CHUNK).map(|s| s.uri.clone()),
    ];
    let end = ends.into_iter().flatten().min();
    let mut entries = Vec::new();
    for card in cards.into_iter().filter(|c| end.as_ref().is_none_or(|end| c.uri <= *end)) {
        if let Some(whole) = whole(reader, card).await? {
            entries.push(Entry::Here(Box::new(whole)));
        }
    }
    for stone in stones.into_iter().filter(|s| end.as_ref().is_none_or(|end| s.uri <= *end)) {
        let aliases = aliases(reader, stone.article, &stone.slug).await?;
        let addresses = addresses_of(reader, stone.article).await?;
        entries.push(Entry::Gone(stone, aliases, addresses));
    }
    entries.sort_by(|a, b| a.uri().cmp(b.uri()));
    Ok((entries, end.filter(|_| full)))
}

async fn whole(reader: &Reader, card: Card) -> Result<Option<Whole>> {
    // One that goes away while it is read drops out.
    let Some(body) = article::body(reader, &card).await? else { return Ok(None) };
    let authors = article::authors(reader, &card).await?;
    let mut topics = Vec::new();
    for first in article::topics(reader, &card).await? {
        let mut chain = vec![first];
        while let Some(parent) = chain.last().and_then(|t| t.parent).filter(|_| chain.len() < 16) {
            let Some(parent) = topic::by_ids(reader, &[parent]).await?.pop().flatten() else { break };
            chain.push(parent);
        }
        topics.push(chain);
    }
    let mut sections = Vec::new();
    let mut next = card.section;
    while let Some(id) = next.filter(|_| sections.len() < 16) {
        let Some(found) = section::by_ids(reader, &[id]).await?.pop().flatten() else { break };
        next = found.parent;
        sections.push(found);
    }
    let aliases = aliases(reader, card.id, &card.slug).await?;
    let addresses = addresses_of(reader, card.id).await?;
    Ok(Some(Whole { card, body, authors, topics, section: sections, aliases, addresses }))
}

async fn addresses_of(reader: &Reader, id: crate::model::id::ArticleId) -> Result<Vec<String>> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    addresses::public(conn.get()?, id).await
}

async fn aliases(reader: &Reader, id: crate::model::id::ArticleId, slug: &str) -> Result<Vec<String>> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    let mut all = articles::slugs(conn.get()?, id).await?;
    all.retain(|alias| alias != slug);
    Ok(all)
}
