//! Keeps this node's search index at the head of the log.
//!
//! Of the processes that share the index's folder one writes; the others look at what it commits. A batch of changes is
//! one commit, which carries the position: after a crash it goes on there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use super::Position as Place;
use crate::catalogue::{Reader, changes, indexing};
use crate::error::{Error, Result};
use crate::model::change::Subject;
use crate::model::id::ArticleId;
use crate::search::{Home, Named, Position, Writer};
use crate::store::Db;

/// How often is looked whether another process wrote, or left the writing to us.
const EVERY: Duration = Duration::from_millis(200);

pub(super) async fn run(db: Db, home: Home, place: Arc<Place>) {
    let mut head = db.head();
    let mut writer = None;
    loop {
        head.borrow_and_update();
        match step(&db, &home, &mut writer).await {
            Ok(seq) => place.reached(seq),
            Err(error) => {
                tracing::warn!(?error, "the search index cannot follow; trying again");
                writer = None;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        let _ = tokio::time::timeout(EVERY, head.changed()).await;
    }
}

/// Follows to the head, or as far as another process has. Gives how far.
async fn step(db: &Db, home: &Home, writer: &mut Option<Writer>) -> Result<i64> {
    let at = home.clone();
    if blocking(move || at.follow()).await? {
        *writer = None;
    }
    let at = home.clone();
    let index = blocking(move || at.index()).await?;
    if writer.is_none() {
        let at = index.clone();
        *writer = blocking(move || at.writer()).await?;
        if writer.is_some() {
            // Somebody else may have written until now.
            index.reload()?;
        }
    }
    let Some(mut mine) = writer.take() else {
        index.reload()?;
        return Ok(index.position().map_or(0, |position| position.seq));
    };
    loop {
        let reader = Reader::new(db);
        let head = indexing::position(&reader).await?;
        let reached = index.position().filter(|at| at.log_id == head.log_id && at.seq <= head.seq);
        let Some(reached) = reached else {
            tracing::info!(articles = index.documents(), "the search index is built anew");
            mine = fill(db, mine, &mut |_| {}).await?;
            continue;
        };
        if reached.seq == head.seq {
            *writer = Some(mine);
            return Ok(reached.seq);
        }
        mine = follow(&reader, mine, reached).await?;
    }
}

/// Brings one batch of changes into the index.
async fn follow(reader: &Reader, writer: Writer, reached: Position) -> Result<Writer> {
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
            // An article in which another name stands has not changed itself.
            other => {
                for id in indexing::showing(reader, other).await? {
                    put.entry(id).or_insert(0);
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
    commit(writer, Position { log_id: reached.log_id, seq: last }).await
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

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
