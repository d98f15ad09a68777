//! History: revisions, what differs between them, who did what when, and what an article said at an instant.

use super::access::{self, Expected};
use super::manuscript::Manuscript;
use super::{correct, publish};
use crate::error::{Code, Error, Result};
use crate::model::article::Document;
use crate::model::difference::{BlockChange, changes};
use crate::model::id::{ArticleId, EventId};
use crate::model::newsroom::{Event, EventKind, Revision};
use crate::model::policy::Action;
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Conn, Db, Tx, Written, events, notes, terms};

/// Writes down that something happened to an entry; it is about the newest revision that the entry has.
pub(super) async fn record(tx: &mut Tx, entry: &Entry, kind: EventKind, by: &Viewer, detail: &str) -> Result<()> {
    let number = match entry.revision {
        Some(revision) => newsroom::number_of(tx.conn(), revision).await?,
        None => None,
    };
    events::add(tx, entry, kind, by.account(), number, detail).await
}

/// The revisions of an article before the one with the number `before`, the newest first, at most `limit`.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn revisions(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    before: Option<i32>,
    limit: i64,
) -> Result<Vec<Revision>> {
    let mut conn = seeing(db, viewer, id).await?.0;
    newsroom::revisions(&mut conn, id, before, limit).await
}

/// What one revision holds.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn revision(db: &Db, viewer: &Viewer, id: ArticleId, number: i32) -> Result<(Revision, Manuscript)> {
    let (mut conn, entry) = seeing(db, viewer, id).await?;
    let manuscript = numbered(&mut conn, viewer, &entry, number).await?;
    let revision = newsroom::revisions(&mut conn, id, Some(number.saturating_add(1)), 1).await?.pop();
    Ok((revision.ok_or_else(|| no_revision(id, number))?, manuscript))
}

/// What differs between two revisions.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// The one.
    pub from: Manuscript,
    /// The other.
    pub to: Manuscript,
    /// The names of the fields that differ, as [`Document::differing`](crate::model::article::Document::differing) has them.
    pub fields: Vec<&'static str>,
    /// The blocks of both bodies, in order: what stayed, what went, what came, what changed.
    pub blocks: Vec<BlockChange>,
}

impl Comparison {
    /// Of these two.
    pub fn of(from: Manuscript, to: Manuscript) -> Comparison {
        let fields = from.document.differing(&to.document);
        let blocks = changes(&from.document.body, &to.document.body);
        Comparison { from, to, fields, blocks }
    }
}

/// Compares two revisions by their numbers.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn compare(db: &Db, viewer: &Viewer, id: ArticleId, from: i32, to: i32) -> Result<Comparison> {
    let (mut conn, entry) = seeing(db, viewer, id).await?;
    let from = numbered(&mut conn, viewer, &entry, from).await?;
    let to = numbered(&mut conn, viewer, &entry, to).await?;
    Ok(Comparison::of(from, to))
}

/// Makes an earlier revision the newest one again, as another revision. Corrections that were published since stay. A note tells the
/// desk where it names what is no more.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `PRECONDITION_FAILED`, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn restore(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    number: i32,
) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            terms::keep_still(tx).await?;
            let (mut entry, hand) = access::open(tx, &by, id, Action::WriteArticles, expected).await?;
            let to = workflow::step(entry.standing(), Step::Save, hand)?;
            let found = newsroom::numbered(tx.conn(), id, number).await?;
            let (_, mut document) = found.ok_or_else(|| no_revision(id, number))?;
            if entry.is_public() {
                document.corrections = correct::public(tx, &entry).await?.corrections;
            } else if entry.version > 0 {
                // It was public, and may become so again: who read it then was told something that this text may lack.
                let newest = publish::newest(tx, &entry).await?;
                let lacking = newest.corrections.into_iter().filter(|one| !document.corrections.contains(one));
                let lacking: Vec<_> = lacking.collect();
                document.corrections.extend(lacking);
                document.corrections.sort_by_key(|one| one.published_at);
            }
            entry.state = to;
            newsroom::add_revision(tx, &mut entry, &document, &by.name(), Some(number)).await?;
            newsroom::update(tx, &mut entry).await?;
            record(tx, &entry, EventKind::Restored, &by, &number.to_string()).await?;
            tell_of_lost(tx, id, number, &document).await?;
            Ok(entry)
        })
    })
    .await
}

/// Tells the desk, by a note, of what a restored revision names and is no more: what history names is not deleted any more, but it
/// was once.
async fn tell_of_lost(tx: &mut Tx, id: ArticleId, number: i32, document: &Document) -> Result<()> {
    let there = terms::now_of(tx.conn(), &document.names()).await?;
    let is_lost = |id: &i64| !there.contains_key(id);
    let authors = document.authors.iter().map(|byline| byline.author.0).filter(is_lost).count();
    let topics = document.topics.iter().map(|topic| topic.0).filter(is_lost).count();
    let sections = document.section.iter().map(|section| section.0).filter(is_lost).count();
    let lost = [("authors", authors), ("topics", topics), ("sections", sections)];
    let lost: Vec<String> = lost.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} ({n})")).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let says = format!(
        "Revision {number} was restored without {}, which have been deleted since it was made. Name others before this is published.",
        lost.join(", ")
    );
    notes::add(tx, id, None, &says).await?;
    Ok(())
}

/// What happened to an article before the event `before`, the newest first, at most `limit`.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn events(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let mut conn = seeing(db, viewer, id).await?.0;
    events::list(&mut conn, id, before, limit).await
}

/// What readers found of an article at an instant.
#[derive(Debug, Clone)]
pub struct AsOf {
    /// What had happened last, after which they found it so.
    pub event: Event,
    /// What they read; nothing after it was taken back, and after a kill.
    pub manuscript: Option<Manuscript>,
}

/// What an article said at an instant; nothing when it was not public yet.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn as_of(db: &Db, viewer: &Viewer, id: ArticleId, at: Instant) -> Result<Option<AsOf>> {
    let (mut conn, entry) = seeing(db, viewer, id).await?;
    let Some(event) = events::public_at(&mut conn, id, at).await? else { return Ok(None) };
    let manuscript = match event.revision.filter(|_| !event.kind.takes_away()) {
        Some(number) => match newsroom::numbered(&mut conn, id, number).await? {
            Some((_, document)) => {
                Some(Manuscript::of(&mut conn, document, &entry.offers, access::hand(viewer)).await?)
            }
            None => None,
        },
        None => None,
    };
    Ok(Some(AsOf { event, manuscript }))
}

async fn seeing(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<(Conn, Entry)> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    let entry = access::see(&mut conn, viewer, id, Action::SeeNewsroom).await?;
    Ok((conn, entry))
}

fn no_revision(id: ArticleId, number: i32) -> Error {
    Error::new(Code::NotFound, format!("The article {id} has no revision {number}.")).at("revision")
}

async fn numbered(conn: &mut Conn, viewer: &Viewer, entry: &Entry, number: i32) -> Result<Manuscript> {
    let found = newsroom::numbered(conn, entry.id, number).await?;
    let (_, document) = found.ok_or_else(|| no_revision(entry.id, number))?;
    Manuscript::of(conn, document, &entry.offers, access::hand(viewer)).await
}
