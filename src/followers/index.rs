//! Keeps this node's search index at the head of the log.
//!
//! Of the processes that share the index's folder one writes; the others look at what it commits. A batch of changes is
//! one commit, which carries the position: after a crash it goes on there. What is missing, of another log or from the
//! future is filled anew in place, since nobody may be shown it; what is broken, in a new generation beside it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt as _;

use super::Position as Place;
use crate::catalogue::{Reader, changes, indexing};
use crate::error::{Error, Result};
use crate::model::change::Subject;
use crate::model::id::ArticleId;
use crate::model::time::Instant;
use crate::search::{Home, Index, Named, Position, Writer, blocking};
use crate::store::Db;
use crate::telemetry;

/// How often is looked whether another process wrote, or left the writing to us, and whether the files are sound.
const EVERY: Duration = Duration::from_millis(200);

pub(super) async fn run(db: Db, home: Home, place: Arc<Place>) {
    let mut head = db.head();
    let mut writer = None;
    loop {
        head.borrow_and_update();
        // What the engine does with a broken file is not always an error, and this task must outlive it.
        let stepped = AssertUnwindSafe(step(&db, &home, &mut writer, &place)).catch_unwind().await;
        match stepped.unwrap_or_else(|_| Err(Error::internal("the search engine gave up"))) {
            Ok(seq) => place.reached(seq),
            Err(error) => {
                tracing::warn!(?error, "the search index cannot follow; trying again");
                if !error.is_of_the_store() {
                    home.doubt();
                }
                release(&mut writer).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        let _ = tokio::time::timeout(EVERY, head.changed()).await;
    }
}

/// Lets go of the right to write; the engine's threads end where waiting is allowed.
async fn release(writer: &mut Option<Writer>) {
    if let Some(writer) = writer.take() {
        let _ = tokio::task::spawn_blocking(move || drop(writer)).await;
    }
}

/// Follows to the head, or as far as another process has. Gives how far.
async fn step(db: &Db, home: &Home, writer: &mut Option<Writer>, place: &Place) -> Result<i64> {
    let Some(index) = sound(home, writer).await? else {
        return rebuild(db, home, place).await;
    };
    if writer.is_none() {
        let at = index.clone();
        *writer = blocking(move || {
            let writer = at.writer()?;
            // Somebody else may have written until now.
            at.reload()?;
            Ok(writer)
        })
        .await?;
    }
    let Some(mut mine) = writer.take() else {
        return Ok(index.position().map_or(0, |position| position.seq));
    };
    loop {
        let reader = Reader::new(db);
        let head = indexing::position(&reader).await?;
        let reached = index.position().filter(|at| at.log_id == head.log_id && at.seq <= head.seq);
        let Some(reached) = reached else {
            tracing::info!(entries = index.documents(), "the search index is built anew");
            mine = fill(db, mine, &mut |_| place.goes_on()).await?;
            continue;
        };
        if reached.seq == head.seq {
            *writer = Some(mine);
            return Ok(reached.seq);
        }
        let (followed, made) = follow(&reader, mine, reached).await?;
        let now = db.clock().now();
        telemetry::visible("search", made.into_iter().map(|at| now.since(at)));
        mine = followed;
        place.goes_on();
    }
}

/// The generation in use, unless it is broken.
async fn sound(home: &Home, writer: &mut Option<Writer>) -> Result<Option<Index>> {
    let at = home.clone();
    let (moved, index) = blocking(move || {
        let mut moved = at.follow()?;
        let mut index = Some(at.index()?);
        if !at.is_sound() {
            // One whose files are gone may have been replaced just now.
            moved |= at.follow()?;
            index = if at.is_sound() { Some(at.index()?) } else { None };
        }
        Ok((moved, index))
    })
    .await?;
    if moved || index.is_none() {
        release(writer).await;
    }
    Ok(index)
}

/// Builds a new generation in place of the broken one, unless another process does. Gives how far the index has
/// followed the log then.
async fn rebuild(db: &Db, home: &Home, place: &Place) -> Result<i64> {
    let at = home.clone();
    let Some(made) = blocking(move || at.make()).await? else { return Ok(0) };
    let index = made.index.clone();
    let writer = blocking(move || index.writer()).await?;
    let writer = writer.ok_or_else(|| Error::internal("a new generation of the search index is locked"))?;
    let writer = fill(db, writer, &mut |_| place.goes_on()).await?;
    let (at, seq) = (home.clone(), made.index.position().map_or(0, |position| position.seq));
    blocking(move || {
        writer.close()?;
        at.adopt(made)
    })
    .await?;
    tracing::info!("the search index is whole again");
    Ok(seq)
}

/// Brings one batch of changes into the index. Gives when they were made.
async fn follow(reader: &Reader, writer: Writer, reached: Position) -> Result<(Writer, Vec<Instant>)> {
    let batch = changes::seen_by(reader, reached.seq).await?;
    let last = batch.last().map_or(reached.seq, |change| change.seq);
    let mut put: BTreeMap<ArticleId, i64> = BTreeMap::new();
    let mut names: BTreeSet<(u8, i64)> = BTreeSet::new();
    let mut note = |subject: Subject| match subject {
        Subject::Topic(id) => names.insert((0, id.0)),
        Subject::Author(id) => names.insert((1, id.0)),
        _ => false,
    };
    for change in &batch {
        note(change.subject);
        change.touches.topics.iter().for_each(|id| {
            note(Subject::Topic(*id));
        });
        change.touches.authors.iter().for_each(|id| {
            note(Subject::Author(*id));
        });
        match change.subject {
            Subject::Article(id) => {
                put.insert(id, change.seq);
            }
            // An article in which another name stands has not changed itself: its own last change stays, or one that
            // changed during a walk would come in it again.
            other => {
                for id in indexing::showing(reader, other).await? {
                    if let Entry::Vacant(entry) = put.entry(id) {
                        entry.insert(writer.change_of(id)?);
                    }
                }
            }
        }
    }
    let ids: Vec<ArticleId> = put.keys().copied().collect();
    for chunk in ids.chunks(indexing::CHUNK) {
        chunk.iter().for_each(|id| writer.delete(Named::Article(*id)));
        for document in indexing::documents(reader, chunk).await? {
            writer.put(&document, put.get(&document.id).copied().unwrap_or(0))?;
        }
    }
    let subjects: Vec<Subject> = names
        .into_iter()
        .map(|(noun, id)| {
            if noun == 0 {
                Subject::Topic(crate::model::id::TopicId(id))
            } else {
                Subject::Author(crate::model::id::AuthorId(id))
            }
        })
        .collect();
    for subject in &subjects {
        match subject {
            Subject::Topic(id) => writer.delete(Named::Topic(*id)),
            Subject::Author(id) => writer.delete(Named::Author(*id)),
            _ => {}
        }
    }
    for chunk in subjects.chunks(indexing::CHUNK) {
        for name in indexing::named(reader, chunk).await? {
            writer.put_name(&name)?;
        }
    }
    let writer = commit(writer, Position { log_id: reached.log_id, seq: last }).await?;
    Ok((writer, batch.iter().map(|change| change.at).collect()))
}

/// Fills an index with everything that is published, in place of what it holds. What it holds is found until this is
/// done. Tells how many articles are in.
pub async fn fill(db: &Db, writer: Writer, told: &mut (dyn FnMut(usize) + Send)) -> Result<Writer> {
    let position = indexing::position(&Reader::new(db)).await?;
    writer.clear()?;
    let (mut after, mut done) = (ArticleId(i64::MIN), 0);
    loop {
        let reader = Reader::new(db);
        let ids = indexing::ids_after(&reader, after).await?;
        let Some(last) = ids.last() else { break };
        after = *last;
        let documents = indexing::documents(&reader, &ids).await?;
        done += documents.len();
        for document in &documents {
            writer.put(document, 0)?;
        }
        told(done);
    }
    for subjects in indexing::every_name(&Reader::new(db)).await?.chunks(indexing::CHUNK) {
        for name in indexing::named(&Reader::new(db), subjects).await? {
            writer.put_name(&name)?;
        }
    }
    commit(writer, position).await
}

async fn commit(mut writer: Writer, position: Position) -> Result<Writer> {
    blocking(move || {
        writer.commit(&position)?;
        Ok(writer)
    })
    .await
}
