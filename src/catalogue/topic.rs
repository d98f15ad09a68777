//! Topics in the catalogue.

use std::sync::Arc;

use super::Reader;
use crate::error::Result;
use crate::model::change::Tag;
use crate::model::id::TopicId;
use crate::model::topic::Topic;
use crate::store::terms::Noun;
use crate::store::{term_aliases, topics};

/// The topics with these ids, in their order; `None` for one that is gone.
pub async fn by_ids(reader: &Reader, ids: &[TopicId]) -> Result<Vec<Option<Arc<Topic>>>> {
    let fetch = async |ids: Vec<TopicId>| {
        let shelf = reader.shelf(|entities| &entities.topics).await?;
        reader
            .shelved(shelf, ids, Tag::Topic, async |conn, ids| {
                let found = topics::by_ids(conn, &ids).await?;
                Ok(found.into_iter().map(|topic| (topic.id, Arc::new(topic))).collect())
            })
            .await
    };
    reader.topics.load(ids, fetch).await
}

/// The topic under this slug, or under one that it had before.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Arc<Topic>>> {
    let fetch = async |slugs: Vec<String>| {
        let mut found = Vec::new();
        for slug in slugs {
            let mut conn = reader.conn([]).await?;
            let mut topic = topics::by_slug(conn.get()?, &slug).await?;
            if topic.is_none() {
                // Whichever comes next may have this slug, or one that it had before.
                reader.depends([Tag::Topics]);
            }
            if topic.is_none()
                && let Some(id) = term_aliases::owner(conn.get()?, Noun::Topic, &slug).await?
            {
                topic = topics::by_ids(conn.get()?, &[TopicId(id)]).await?.pop();
            }
            drop(conn);
            if let Some(topic) = topic {
                let topic = Arc::new(topic);
                reader.depends([Tag::Topic(topic.id)]);
                reader.topics.remember(topic.id, topic.clone());
                found.push((slug, topic));
            }
        }
        Ok(found)
    };
    Ok(reader.topic_slugs.load(&[slug.to_owned()], fetch).await?.pop().flatten())
}

/// The topic with this id, or the one that it was merged into.
pub async fn by_id(reader: &Reader, id: TopicId) -> Result<Option<Arc<Topic>>> {
    if let Some(found) = by_ids(reader, &[id]).await?.pop().flatten() {
        return Ok(Some(found));
    }
    // What was merged away leads on by its slug and by its id, which is shaped like no slug.
    by_slug(reader, &id.to_string()).await
}

/// The topic that a key names: its id, its slug, or one that it had before or that was merged into it.
pub async fn by_key(reader: &Reader, key: &str) -> Result<Option<Arc<Topic>>> {
    match key.parse() {
        Ok(id) => by_id(reader, id).await,
        Err(_) => by_slug(reader, key).await,
    }
}
