//! Collections: ordered lists of articles. Those that are here are filled by rule; lists that editors run come with
//! the editors' doors.

use std::sync::Arc;

use super::{Reader, list, trending};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::id::CollectionId;

/// A collection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Collection {
    /// The id.
    pub id: CollectionId,
    /// The slug.
    pub slug: &'static str,
    /// The name.
    pub name: &'static str,
    /// What stands in it, and in which order.
    pub description: &'static str,
}

/// Every collection.
pub const ALL: [Collection; 2] = [
    Collection {
        id: CollectionId(1),
        slug: "top-news",
        name: "Top News",
        description: "What matters most now: what trends in the last 24 hours, then the latest.",
    },
    Collection {
        id: CollectionId(2),
        slug: "latest-news",
        name: "Latest News",
        description: "What was published last, newest first.",
    },
];

/// The collection under this slug.
pub fn by_slug(slug: &str) -> Option<Collection> {
    ALL.into_iter().find(|collection| collection.slug == slug)
}

/// The collection with this id.
pub fn by_id(id: CollectionId) -> Option<Collection> {
    ALL.into_iter().find(|collection| collection.id == id)
}

/// The first articles of a collection.
pub async fn items(reader: &Reader, collection: Collection, size: usize) -> Result<Vec<Arc<Card>>> {
    match collection.slug {
        "top-news" => trending::top(reader, None, size).await,
        _ => list::latest(reader, size).await,
    }
}

/// Top News.
pub async fn top_news(reader: &Reader, size: usize) -> Result<Vec<Arc<Card>>> {
    items(reader, ALL[0], size).await
}
