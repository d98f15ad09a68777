//! The public list of changes: what became public, changed or went away, for who keeps a copy.
//!
//! A row says what happened, and what stands there *now*: a copy that takes the rows in order and looks each thing up ends with
//! what is public, and an old row tells nothing that a later withdrawal or kill took away.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::{Reader, article, author, section, topic};
use crate::error::{Code, Error, Result};
use crate::model::article::{Card, Tombstone};
use crate::model::change::{Change, Subject, Tag};
use crate::model::cursor::LogPlace;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::section::Section;
use crate::store::{articles, changes};

/// What stands there now.
#[derive(Debug, Clone)]
pub enum Now {
    /// An article, with the section that its address names.
    Article(Arc<Card>, Option<Arc<Section>>),
    /// What remains of an article that was taken back.
    Gone(Tombstone),
    /// An author, topic, section or collection, by its slug.
    Slug(String),
    /// Nothing.
    Nothing,
}

/// One change, with what stands there now.
#[derive(Debug, Clone)]
pub struct Row {
    /// What happened.
    pub change: Change,
    /// What stands there now.
    pub now: Now,
}

/// A stretch of the list.
#[derive(Debug, Clone)]
pub struct Page {
    /// The changes, oldest first.
    pub rows: Vec<Row>,
    /// Where to go on.
    pub end: LogPlace,
    /// Whether there is more just now.
    pub more: bool,
    /// Where the log ends now.
    pub head: LogPlace,
}

/// What came of asking.
#[derive(Debug, Clone)]
pub enum Asked {
    /// A stretch.
    Page(Page),
    /// The place is none of this log any more: begin anew. Note this place first, then list everything, then go on from here.
    Expired(LogPlace),
}

/// The changes after a place, oldest first, at most `size`; from the beginning without one. `noun` restricts them to one noun.
///
/// # Errors
/// What the database says.
pub async fn after(reader: &Reader, place: Option<&LogPlace>, noun: Option<&str>, size: usize) -> Result<Asked> {
    // The log may be cut from below at any time, which is no change.
    reader.for_one();
    // A place that another process gave is beyond what this one knows, and none that is over.
    let head = reader.head().await?;
    let mut conn = reader.conn([Tag::Anything]).await?;
    let at = |seq: i64| LogPlace { log_id: head.log_id.clone(), seq };
    let since = place.map_or(0, |place| place.seq);
    let oldest = changes::oldest(conn.get()?).await?;
    let foreign = place.is_some_and(|place| place.log_id != head.log_id);
    // Rows before the oldest that is kept are missing; and where none is kept, all up to the head are.
    let missing = oldest.map_or(since < head.seq, |oldest| since < oldest - 1);
    if foreign || since > head.seq || missing {
        return Ok(Asked::Expired(at(head.seq)));
    }
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut found = match noun {
        Some(noun) => changes::after_of(conn.get()?, noun, since, limit).await?,
        None => changes::after(conn.get()?, since, limit).await?,
    };
    drop(conn);
    let more = found.len() > size;
    found.truncate(size);
    let last = found.last().map_or(since, |change| change.seq);
    // Without more, everything up to the head was looked at, whatever its noun.
    let end = at(if more { last } else { last.max(head.seq) });
    let rows = rows(reader, found).await?;
    Ok(Asked::Page(Page { rows, end, more, head: at(head.seq) }))
}

/// An error for a door that has no better way to say that a place is over.
pub fn expired(start: &LogPlace) -> Error {
    let says = format!(
        "The cursor is of another log, or older than what is kept. Begin anew: note {}, list everything, then go on from there.",
        start.encode()
    );
    Error::new(Code::CursorExpired, says).at("after")
}

fn each<T: Copy + Eq + std::hash::Hash>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(*id)).collect()
}

async fn rows(reader: &Reader, found: Vec<Change>) -> Result<Vec<Row>> {
    macro_rules! ids {
        ($variant:ident) => {
            each(found.iter().filter_map(|change| match change.subject {
                Subject::$variant(id) => Some(id),
                _ => None,
            }))
        };
    }
    let ids: Vec<ArticleId> = ids!(Article);
    let cards: HashMap<ArticleId, Arc<Card>> =
        article::cards(reader, &ids).await?.into_iter().flatten().map(|card| (card.id, card)).collect();
    let gone: Vec<ArticleId> = ids.iter().copied().filter(|id| !cards.contains_key(id)).collect();
    let stones: HashMap<ArticleId, Tombstone> = if gone.is_empty() {
        HashMap::new()
    } else {
        let mut conn = reader.conn(gone.iter().copied().map(Tag::Article)).await?;
        articles::tombstones(conn.get()?, &gone).await?.into_iter().map(|stone| (stone.article, stone)).collect()
    };
    let in_cards = cards.values().filter_map(|card| card.section);
    let mut sections: Vec<SectionId> = ids!(Section);
    sections = each(sections.into_iter().chain(in_cards));
    let sections: HashMap<SectionId, Arc<Section>> =
        section::by_ids(reader, &sections).await?.into_iter().flatten().map(|one| (one.id, one)).collect();
    let topics: Vec<TopicId> = ids!(Topic);
    let topics: HashMap<TopicId, String> =
        topic::by_ids(reader, &topics).await?.into_iter().flatten().map(|one| (one.id, one.slug.clone())).collect();
    let authors: Vec<AuthorId> = ids!(Author);
    let authors: HashMap<AuthorId, String> =
        author::by_ids(reader, &authors).await?.into_iter().flatten().map(|one| (one.id, one.slug.clone())).collect();
    let collections = reader.collections().await?;
    let slug = |slug: Option<&String>| slug.map_or(Now::Nothing, |slug| Now::Slug(slug.clone()));
    let now = |subject: Subject| match subject {
        Subject::Article(id) => match (cards.get(&id), stones.get(&id)) {
            (Some(card), _) => {
                let section = card.section.and_then(|section| sections.get(&section).cloned());
                Now::Article(card.clone(), section)
            }
            (None, Some(stone)) => Now::Gone(stone.clone()),
            (None, None) => Now::Nothing,
        },
        Subject::Author(id) => slug(authors.get(&id)),
        Subject::Topic(id) => slug(topics.get(&id)),
        Subject::Section(id) => slug(sections.get(&id).map(|section| &section.slug)),
        Subject::Collection(id) => slug(collections.iter().find(|one| one.id == id).map(|one| &one.slug)),
    };
    Ok(found.into_iter().map(|change| Row { now: now(change.subject), change }).collect())
}
