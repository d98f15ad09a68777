//! The log as readers see it: what happened to what is public.

use std::sync::Arc;

use super::list::Wanted;
use super::{Reader, article, author, section, topic};
use crate::error::Result;
use crate::model::article::{Card, Genre};
use crate::model::change::{Change, Subject, Tag};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::language;
use crate::model::time::Instant;
use crate::model::topic::TopicKind;
use crate::store::terms::{self, Noun};
use crate::store::{Db, changes, term_aliases};

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
    for (slug, place) in [(&wanted.topic, false), (&wanted.place, true)] {
        let Some(slug) = slug else { continue };
        match topic_of(reader, slug, place).await? {
            Some(topic) if topics().any(|id| *id == topic) => {}
            _ => return Ok(Watched::No),
        }
    }
    if let Some(slug) = &wanted.section {
        let Some(section) = section_of(reader, slug).await? else { return Ok(Watched::No) };
        let stands = touches.sections.contains(&section) || stands_in(reader, card.as_deref(), section).await?;
        if !stands {
            return Ok(Watched::No);
        }
    }
    if let Some(slug) = &wanted.author {
        let Some(author) = author_of(reader, slug).await? else { return Ok(Watched::No) };
        let signs = card.iter().flat_map(|c| &c.authors).any(|byline| byline.author == author);
        if !touches.authors.contains(&author) && !signs {
            return Ok(Watched::No);
        }
    }
    let word = |asked: &Option<String>, touched: &[String], now: Option<&str>| {
        asked.as_deref().is_none_or(|asked| touched.iter().any(|t| t == asked) || now == Some(asked))
    };
    let genre = match wanted.genre.as_deref().map(Genre::asked) {
        Some(None) => return Ok(Watched::No),
        genre => genre.flatten().map(|genre| genre.as_str().to_owned()),
    };
    let language = wanted.language.as_deref().map(language::settled);
    let fits = word(&genre, &touches.genres, card.as_deref().map(|c| c.genre.as_str()))
        && word(&language, &touches.languages, card.as_deref().map(|c| c.language.as_str()));
    Ok(if fits { Watched::Yes(card) } else { Watched::No })
}

/// What was public under this slug and has left the catalogue with its last article. The change that takes that article
/// away is one of its list too, and is looked at when the name has gone already.
async fn former(reader: &Reader, noun: Noun, slug: &str) -> Result<Option<i64>> {
    term_aliases::former(reader.conn([]).await?.get()?, noun, slug).await
}

/// The topic under this slug, now or until its last article went; with `place`, only if it is one.
async fn topic_of(reader: &Reader, slug: &str, place: bool) -> Result<Option<TopicId>> {
    if let Some(topic) = topic::by_slug(reader, slug).await? {
        return Ok(Some(topic.id).filter(|_| !place || topic.kind == TopicKind::Place));
    }
    let Some(id) = former(reader, Noun::Topic, slug).await? else { return Ok(None) };
    if place {
        let mut conn = reader.conn([]).await?;
        let term = terms::by_id(conn.get()?, id).await?;
        if term.is_none_or(|term| term.kind != TopicKind::Place.as_str()) {
            return Ok(None);
        }
    }
    Ok(Some(TopicId(id)))
}

/// The section under this slug, now or until its last article went.
async fn section_of(reader: &Reader, slug: &str) -> Result<Option<SectionId>> {
    match section::by_slug(reader, slug).await? {
        Some(section) => Ok(Some(section.id)),
        None => Ok(former(reader, Noun::Section, slug).await?.map(SectionId)),
    }
}

/// The author under this slug, now or until the last article went.
async fn author_of(reader: &Reader, slug: &str) -> Result<Option<AuthorId>> {
    match author::by_slug(reader, slug).await? {
        Some(author) => Ok(Some(author.id)),
        None => Ok(former(reader, Noun::Author, slug).await?.map(AuthorId)),
    }
}

async fn stands_in(reader: &Reader, card: Option<&Card>, wanted: SectionId) -> Result<bool> {
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
