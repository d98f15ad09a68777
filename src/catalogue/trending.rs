//! What trends: kept rows, one statement a read.
//!
//! A view is no change of the catalogue, so `Masthead-Seq` does not move with it: a ranking is up to half a minute old
//! beside everything else. What is no longer published drops out in the statement that reads the ranking.

use std::sync::Arc;

use super::{Reader, section};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::change::Tag;
use crate::model::trend::Window;
use crate::store::views;

/// The first articles of a window, of everything or of one section with those below it; none where there is no such
/// section.
pub async fn trending(reader: &Reader, window: Window, slug: Option<&str>, size: usize) -> Result<Vec<Arc<Card>>> {
    let id = match slug {
        None => None,
        Some(slug) => match section::by_slug(reader, slug).await? {
            Some(section) => Some(section.id),
            None => return Ok(Vec::new()),
        },
    };
    let limit = i64::try_from(size).unwrap_or(i64::MAX);
    let mut conn = reader.conn([Tag::Trending]).await?;
    let (cards, simply) = views::ranked(conn.get()?, window.hours(), id, limit).await?;
    drop(conn);
    if !simply {
        // One that was passed over may be published again.
        reader.depends([Tag::Articles]);
    }
    reader.depends(cards.iter().map(|card| Tag::Article(card.id)));
    Ok(cards.into_iter().map(Arc::new).collect())
}
