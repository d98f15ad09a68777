//! Authors in the catalogue.

use std::sync::Arc;

use super::Reader;
use crate::error::Result;
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::id::AuthorId;
use crate::store::terms::Noun;
use crate::store::{authors, term_aliases};

/// The authors with these ids, in their order; `None` for one that is gone.
pub async fn by_ids(reader: &Reader, ids: &[AuthorId]) -> Result<Vec<Option<Arc<Author>>>> {
    let fetch = async |ids: Vec<AuthorId>| {
        let shelf = reader.shelf(|entities| &entities.authors).await?;
        reader
            .shelved(shelf, ids, Tag::Author, async |conn, ids| {
                let found = authors::by_ids(conn, &ids).await?;
                Ok(found.into_iter().map(|author| (author.id, Arc::new(author))).collect())
            })
            .await
    };
    reader.authors.load(ids, fetch).await
}

/// The author under this slug, or under one that it had before.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Arc<Author>>> {
    let fetch = async |slugs: Vec<String>| {
        let mut found = Vec::new();
        for slug in slugs {
            let mut conn = reader.conn([]).await?;
            let mut author = authors::by_slug(conn.get()?, &slug).await?;
            if author.is_none() {
                // Whichever comes next may have this slug, or one that it had before.
                reader.depends([Tag::Authors]);
            }
            if author.is_none()
                && let Some(id) = term_aliases::owner(conn.get()?, Noun::Author, &slug).await?
            {
                author = authors::by_ids(conn.get()?, &[AuthorId(id)]).await?.pop();
            }
            drop(conn);
            if let Some(author) = author {
                let author = Arc::new(author);
                reader.depends([Tag::Author(author.id)]);
                reader.authors.remember(author.id, author.clone());
                found.push((slug, author));
            }
        }
        Ok(found)
    };
    Ok(reader.author_slugs.load(&[slug.to_owned()], fetch).await?.pop().flatten())
}

/// The author with this id, or the one that it was merged into.
pub async fn by_id(reader: &Reader, id: AuthorId) -> Result<Option<Arc<Author>>> {
    if let Some(found) = by_ids(reader, &[id]).await?.pop().flatten() {
        return Ok(Some(found));
    }
    // What was merged away leads on by its slug and by its id, which is shaped like no slug.
    by_slug(reader, &id.to_string()).await
}

/// The author that a key names: its id, its slug, or one that it had before or that was merged into it.
pub async fn by_key(reader: &Reader, key: &str) -> Result<Option<Arc<Author>>> {
    match key.parse() {
        Ok(id) => by_id(reader, id).await,
        Err(_) => by_slug(reader, key).await,
    }
}
