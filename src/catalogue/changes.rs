//! The log as readers see it: what happened to what is public.

use std::sync::Arc;

use super::list::Wanted;
use super::{Reader, article, author, section, topic};
use crate::error::Result;
use crate::model::article::{Card, Genre};
use crate::model::change::{Change, Subject, Tag};
use crate::model::language;
use crate::model::time::Instant;
use crate::store::{Db, changes};

/// How many changes are read at a time.
const CHUNK: i64 = 500;

/// The number of the last change.
pub async fn head(db: &Db) -> Result<i64> {
    let mut conn = db.read().await?;
    let head = changes::head(&mut conn).await?;
    db.announce(head.seq);
    db.announce_derived(head.derived);
    Ok(head.seq)
}

/// The next changes after `seq`, oldest first.
pub async fn after(db: &Db, seq: i64) -> Result<Vec<Change>> {
    let mut conn = db.read().await?;
    changes::after(&mut conn, seq, CHUNK).await
}

/// The same, as this reader sees the log.
pub async fn seen_by(reader: &Reader, seq: i64) -> Result<Vec<Change>> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    changes::after(conn.get()?, seq, CHUNK).await
}

/// When the last change was that is seen after all that this reader has read; none in an empty log. Nothing that is shown
/// depends on it.
pub async fn last_at(reader: &Reader) -> Result<Option<Instant>> {
    changes::last_at(reader.conn([]).await?.get()?).await
}

/// Whether somebody who watches a list wants to know of a change.
#[derive(Debug, Clone)]
pub enum Watched {
    /// It does not touch the list.
    No,
    /// It does; with the article as it is now, if it is still public.
    Yes(Option<Arc<Card>>),
}

/// Holds a change of an article against a list: it counts when the article fits now or did before.
pub async fn watched(reader: &Reader, change: &Change, wanted: &Wanted) -> Result<Watched> {
    let Subject::Article(id) = change.subject else { return Ok(Watched::No) };
    let card = article::cards(reader, &[id]).await?.pop().flatten();
    let touches = &change.touches;
    // A move touches nothing but slugs; what the article is about stands in its card.
    let topics = || touches.topics.iter().chain(card.iter().flat_map(|c| &c.topics));
    for slug in wanted.topic.iter().chain(&wanted.place) {
        match topic::by_slug(reader, slug).await? {
            Some(topic) if topics().any(|id| *id == topic.id) => {}
            _ => return Ok(Watched::No),
        }
    }
    if let Some(slug) = &wanted.section {
        let Some(section) = section::by_slug(reader, slug).await? else { return Ok(Watched::No) };
        let stands = touches.sections.contains(&section.id) || stands_in(reader, card.as_deref(), section.id).await?;
        if !stands {
            return Ok(Watched::No);
        }
    }
    if let Some(slug) = &wanted.author {
        let Some(author) = author::by_slug(reader, slug).await? else { return Ok(Watched::No) };
        let signs = card.iter().flat_map(|c| &c.authors).any(|byline| byline.author == author.id);
        if !touches.authors.contains(&author.id) && !signs {
            return Ok(Watched::No);
        }
    }
    let word = |asked: &Option<String>, touched: &[String], now: Option<&str>| {
        asked.as_deref().is_none_or(|asked| touched.iter().any(|t| t == asked) || now == Some(asked))
    };
    let genre = wanted.genre.as_deref().map(|genre| Genre::new(genre).as_str().to_owned());
    let language = wanted.language.as_deref().map(language::settled);
    let fits = word(&genre, &touches.genres, card.as_deref().map(|c| c.genre.as_str()))
        && word(&language, &touches.languages, card.as_deref().map(|c| c.language.as_str()));
    Ok(if fits { Watched::Yes(card) } else { Watched::No })
}

async fn stands_in(reader: &Reader, card: Option<&Card>, wanted: crate::model::id::SectionId) -> Result<bool> {
    let mut next = card.and_then(|card| card.section);
    let mut steps = 0;
    while let Some(id) = next.filter(|_| steps < 16) {
        if id == wanted {
            return Ok(true);
        }
        steps += 1;
        next = section::by_ids(reader, &[id]).await?.pop().flatten().and_then(|section| section.parent);
    }
    Ok(false)
}
