//! Sections in the catalogue.

use std::sync::Arc;

use super::Reader;
use crate::error::Result;
use crate::model::change::Tag;
use crate::model::id::SectionId;
use crate::model::section::Section;
use crate::store::terms::Noun;
use crate::store::{sections, term_aliases};

/// The sections with these ids, in their order; `None` for one that is gone.
pub async fn by_ids(reader: &Reader, ids: &[SectionId]) -> Result<Vec<Option<Arc<Section>>>> {
    let fetch = async |ids: Vec<SectionId>| {
        let shelf = reader.shelf(|entities| &entities.sections).await?;
        reader
            .shelved(shelf, ids, Tag::Section, async |conn, ids| {
                let found = sections::by_ids(conn, &ids).await?;
                Ok(found.into_iter().map(|section| (section.id, Arc::new(section))).collect())
            })
            .await
    };
    reader.sections.load(ids, fetch).await
}

/// The section under this slug, or under one that it had before.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Arc<Section>>> {
    let fetch = async |slugs: Vec<String>| {
        let mut found = Vec::new();
        for slug in slugs {
            let mut conn = reader.conn([]).await?;
            let mut section = sections::by_slug(conn.get()?, &slug).await?;
            if section.is_none() {
                // Whichever comes next may have this slug, or one that it had before.
                reader.depends([Tag::Sections]);
            }
            if section.is_none()
                && let Some(id) = term_aliases::owner(conn.get()?, Noun::Section, &slug).await?
            {
                section = sections::by_ids(conn.get()?, &[SectionId(id)]).await?.pop();
            }
            drop(conn);
            if let Some(section) = section {
                let section = Arc::new(section);
                reader.depends([Tag::Section(section.id)]);
                reader.sections.remember(section.id, section.clone());
                found.push((slug, section));
            }
        }
        Ok(found)
    };
    Ok(reader.section_slugs.load(&[slug.to_owned()], fetch).await?.pop().flatten())
}

/// The section with this id, or the one that it was merged into.
pub async fn by_id(reader: &Reader, id: SectionId) -> Result<Option<Arc<Section>>> {
    if let Some(found) = by_ids(reader, &[id]).await?.pop().flatten() {
        return Ok(Some(found));
    }
    // What was merged away leads on by its slug and by its id, which is shaped like no slug.
    by_slug(reader, &id.to_string()).await
}

/// The section that a key names: its id, its slug, or one that it had before or that was merged into it.
pub async fn by_key(reader: &Reader, key: &str) -> Result<Option<Arc<Section>>> {
    match key.parse() {
        Ok(id) => by_id(reader, id).await,
        Err(_) => by_slug(reader, key).await,
    }
}

/// Every section, by name.
pub async fn all(reader: &Reader) -> Result<Vec<Arc<Section>>> {
    let mut conn = reader.conn([Tag::Sections]).await?;
    let found = sections::all(conn.get()?).await?;
    drop(conn);
    let found: Vec<Arc<Section>> = found.into_iter().map(Arc::new).collect();
    for section in &found {
        reader.sections.remember(section.id, section.clone());
    }
    Ok(found)
}
