//! Topics in the catalogue.

use std::sync::Arc;

use super::Reader;
use crate::error::Result;
use crate::model::id::TopicId;
use crate::model::topic::Topic;
use crate::store::topics;

/// The topics with these ids, in their order; `None` for one that is gone.
pub async fn by_ids(reader: &Reader, ids: &[TopicId]) -> Result<Vec<Option<Arc<Topic>>>> {
    let fetch = async |ids: Vec<TopicId>| {
        let mut conn = reader.conn().await?;
        let found = topics::by_ids(conn.get()?, &ids).await?;
        Ok(found.into_iter().map(|topic| (topic.id, Arc::new(topic))).collect())
    };
    reader.topics.load(ids, fetch).await
}

/// The topic under this slug.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Arc<Topic>>> {
    let fetch = async |slugs: Vec<String>| {
        let mut found = Vec::new();
        for slug in slugs {
            let mut conn = reader.conn().await?;
            let topic = topics::by_slug(conn.get()?, &slug).await?;
            drop(conn);
            if let Some(topic) = topic {
                let topic = Arc::new(topic);
                reader.topics.remember(topic.id, topic.clone());
                found.push((slug, topic));
            }
        }
        Ok(found)
    };
    Ok(reader.topic_slugs.load(&[slug.to_owned()], fetch).await?.pop().flatten())
}
