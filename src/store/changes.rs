//! The change sequence: append, head, read.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use diesel::prelude::Insertable;
use diesel::{ExpressionMethods, QueryDsl};
use diesel_async::AsyncPgConnection;

use super::schema::{changes, log_head};
use super::write::NewChange;
use super::{Conn, Db, Kind, q};
use crate::error::{Error, Result};
use crate::model::change::{Change, Deed, Subject, Touches, log_hash};
use crate::model::id::ArticleId;
use crate::model::time::Instant;

/// Where the log ends, and which log it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The last number given; 0 in an empty database.
    pub seq: i64,
    /// The log's random name, renewed when a backup is restored.
    pub log_id: String,
    /// The number of the last change of a collection.
    pub collections_seq: i64,
    /// The last number of what is derived: lists of related news, and what trends (`store::derived`).
    pub derived: i64,
    /// By which settings and which program answers are made, as a number that tells them apart; 0 where nobody has said so.
    pub shape: i64,
    /// Since when they are.
    pub shaped_at: Instant,
}

impl Head {
    /// Whether whoever saw this one has seen all that lies before the other.
    pub fn has_seen(&self, other: &Head) -> bool {
        self.log_id == other.log_id && self.seq >= other.seq && self.derived >= other.derived
    }

    /// Of one log the later head has the greater place: the row only ever moves on.
    fn place(&self) -> (i64, i64, Instant) {
        (self.seq, self.derived, self.shaped_at)
    }
}

/// The head as this connection sees it. A read that takes it before its first row may be labelled with it.
pub async fn head(conn: &mut Conn) -> Result<Head> {
    let head = head_there(conn).await?;
    // First what replicas are held against: nobody is to label with this head what one read that has not come as far.
    conn.shared.saw(log_hash(&head.log_id), head.seq, head.derived);
    conn.shared.known.note(&head);
    Ok(head)
}

/// The same of a connection that may see an older state than others, or another log: nothing is noted of it.
pub async fn head_there(conn: &mut Conn) -> Result<Head> {
    let columns = (
        log_head::seq,
        log_head::log_id,
        log_head::collections_seq,
        log_head::derived_seq,
        log_head::shape,
        log_head::shaped_at,
    );
    let (seq, log_id, collections_seq, derived, shape, shaped_at): (i64, String, i64, i64, i64, i64) =
        q!(conn, first, log_head::table.select(columns))?;
    Ok(Head { seq, log_id, collections_seq, derived, shape, shaped_at: Instant::from_millis(shaped_at) })
}

/// How long a head is taken for the newest one that was read. A server looks at it four times a second
/// (`followers::watch`), so this ends only where nobody looks.
const KNOWN_FOR: Duration = Duration::from_secs(1);

/// The newest head that this process has read.
///
/// Numbers are in the order of the commits. So whatever is read of the primary after a head was seen there sees all that
/// lies before it, and may be labelled with it: no read needs to take a head of its own.
#[derive(Default)]
pub(super) struct Known {
    head: RwLock<Option<(Arc<Head>, std::time::Instant)>>,
    /// What it says of the shape of answers: each answer asks, so it can be read without the lock.
    shape: AtomicI64,
    shaped_at: AtomicI64,
}

impl Known {
    fn note(&self, head: &Head) {
        let mut known = self.head.write().unwrap_or_else(PoisonError::into_inner);
        let now = std::time::Instant::now();
        match &mut *known {
            Some((had, at)) if **had == *head => *at = now,
            // Two may read it at once, and the one who read the older one be the later here.
            Some((had, _)) if had.log_id == head.log_id && had.place() > head.place() => {}
            known => {
                // Whoever finds the shape finds since when it is that, or later.
                self.shaped_at.store(head.shaped_at.millis(), Ordering::Relaxed);
                self.shape.store(head.shape, Ordering::Release);
                *known = Some((Arc::new(head.clone()), now));
            }
        }
    }

    /// The head, if it was looked at lately.
    pub(super) fn get(&self) -> Option<Arc<Head>> {
        let known = self.head.read().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|(_, at)| at.elapsed() < KNOWN_FOR).map(|(head, _)| head.clone())
    }

    /// The shape of answers that the newest head named, however long ago that was.
    pub(super) fn shape(&self) -> i64 {
        self.shape.load(Ordering::Acquire)
    }

    /// Since when answers have it.
    pub(super) fn shaped_at(&self) -> Instant {
        Instant::from_millis(self.shaped_at.load(Ordering::Relaxed))
    }
}

type Row = (i64, i64, String, i64, String, i32, String);

fn change((seq, at, noun, subject, deed, version, touches): Row) -> Result<Change> {
    let unknown = || Error::internal(format!("the change {seq} is of a kind that this program does not know"));
    Ok(Change {
        seq,
        at: Instant::from_millis(at),
        subject: Subject::parse(&noun, subject).ok_or_else(unknown)?,
        deed: Deed::parse(&deed).ok_or_else(unknown)?,
        version,
        touches: serde_json::from_str(&touches).map_err(Error::internal)?,
    })
}

/// The changes after `seq`, oldest first, at most `limit`.
pub async fn after(conn: &mut Conn, seq: i64, limit: i64) -> Result<Vec<Change>> {
    let rows: Vec<Row> = q!(conn, load, changes::table.filter(changes::seq.gt(seq)).order(changes::seq).limit(limit))?;
    rows.into_iter().map(change).collect()
}

/// The same of one noun.
pub async fn after_of(conn: &mut Conn, noun: &str, seq: i64, limit: i64) -> Result<Vec<Change>> {
    let wanted = changes::table.filter(changes::seq.gt(seq)).filter(changes::noun.eq(noun));
    let rows: Vec<Row> = q!(conn, load, wanted.order(changes::seq).limit(limit))?;
    rows.into_iter().map(change).collect()
}

/// All that an article has touched since it was first public, as far as the log goes back: also what it stands in no more.
pub async fn touched_by(conn: &mut Conn, id: ArticleId) -> Result<Touches> {
    // Most versions of an article touch the same, so what is read does not grow with them.
    let rows: Vec<String> = q!(
        conn,
        load,
        changes::table
            .filter(changes::subject.eq(id.0))
            .filter(changes::noun.eq(Subject::Article(id).noun()))
            .select(changes::touches)
            .distinct()
    )?;
    let mut all = Touches::default();
    for row in rows {
        all.join(serde_json::from_str(&row).map_err(Error::internal)?);
    }
    Ok(all)
}

/// When the last change was; none in an empty log.
pub async fn last_at(conn: &mut Conn) -> Result<Option<Instant>> {
    use diesel::OptionalExtension as _;
    let at: Option<i64> = q!(conn, first, changes::table.order(changes::seq.desc()).select(changes::at)).optional()?;
    Ok(at.map(Instant::from_millis))
}

/// The number of the oldest change that is kept; none in an empty log.
pub async fn oldest(conn: &mut Conn) -> Result<Option<i64>> {
    use diesel::OptionalExtension as _;
    Ok(q!(conn, first, changes::table.order(changes::seq).select(changes::seq)).optional()?)
}

/// Gives the log another name where it has this one and ends before a change of it that somebody has seen: the database is
/// older than it was, so a backup was put back. Of several who find that at once one does it, and the others find another name.
/// Gives the head after that, if it was done here.
pub async fn renew_if_older(db: &Db, log_id: &str, seen: i64) -> Result<Option<Head>> {
    let before = head(&mut db.read().await?).await?;
    if before.log_id != log_id || before.seq >= seen {
        return Ok(None);
    }
    let (old, fresh) = (log_id.to_owned(), format!("{:032x}", rand::random::<u128>()));
    let written = db.write(move |tx| {
        let (old, fresh) = (old.clone(), fresh.clone());
        Box::pin(async move {
            // As it is when the row is locked.
            let older = log_head::table.filter(log_head::log_id.eq(old)).filter(log_head::seq.lt(seen));
            let rows = q!(tx.conn(), execute, diesel::update(older).set(log_head::log_id.eq(fresh)))?;
            Ok(rows > 0)
        })
    });
    let renewed = written.await?.value;
    // This process knows it from here on.
    let now = head(&mut db.read().await?).await?;
    Ok(renewed.then_some(now))
}

/// Says that answers are of this shape from now on, unless they are already. Gives whether they were of another before.
///
/// It is a change of no article, so it draws no number. What one shape is dated with lies before the second in which the next one
/// begins, also where two begin within one or a clock was set back: dates over HTTP are no finer.
pub async fn take_shape(db: &Db, shape: i64) -> Result<bool> {
    let before = head(&mut db.read().await?).await?;
    if before.shape == shape {
        return Ok(false);
    }
    let written = db.write(move |tx| {
        Box::pin(async move {
            let now = tx.now().millis();
            // As it is when the row is locked: of several who start at once one does it.
            let older = log_head::table.filter(log_head::shape.ne(shape)).filter(log_head::shaped_at.le(now - SECOND));
            let at_once = (log_head::shape.eq(shape), log_head::shaped_at.eq(now));
            let mut rows = q!(tx.conn(), execute, diesel::update(older).set(at_once))?;
            if rows == 0 {
                let another = log_head::table.filter(log_head::shape.ne(shape));
                let later = (log_head::shape.eq(shape), log_head::shaped_at.eq(log_head::shaped_at + SECOND));
                rows = q!(tx.conn(), execute, diesel::update(another).set(later))?;
            }
            Ok(rows > 0)
        })
    });
    let taken = written.await?.value;
    // This process knows it from here on.
    head(&mut db.read().await?).await?;
    Ok(taken && before.shape != 0)
}

/// A second, in milliseconds.
const SECOND: i64 = 1_000;

/// Draws the numbers and writes the rows. Called once, as the last step of a transaction: the row lock of the
/// UPDATE holds until the commit, and so the numbers are in commit order. Gives the last number.
pub(super) async fn append(conn: &mut Conn, now: Instant, noted: Vec<NewChange>) -> Result<i64> {
    if noted.is_empty() {
        return Ok(head(conn).await?.seq);
    }
    let n = i64::try_from(noted.len()).map_err(Error::internal)?;
    let next = log_head::seq.eq(log_head::seq + n);
    let last: i64 = if noted.iter().any(|change| matches!(change.subject, Subject::Collection(_))) {
        let collections = log_head::collections_seq.eq(log_head::seq + n);
        let moved = (next, collections);
        q!(conn, get_result, diesel::update(log_head::table).set(moved).returning(log_head::seq))?
    } else {
        q!(conn, get_result, diesel::update(log_head::table).set(next).returning(log_head::seq))?
    };
    let rows = (last - n + 1..).zip(noted).map(|(seq, change)| row(seq, now, &change)).collect::<Result<Vec<_>>>()?;
    conn.count_statement();
    match &mut conn.kind {
        // A round trip for all, since the head is locked meanwhile; a few have a text that is kept prepared.
        Kind::Pg(pg) if rows.len() > BATCH_LEAST => {
            for chunk in rows.chunks(BATCH_MOST) {
                let insert = diesel::insert_into(changes::table).values(chunk);
                diesel_async::RunQueryDsl::execute(insert, &mut ***pg).await?;
            }
        }
        Kind::Pg(pg) => {
            let mut pg: &AsyncPgConnection = pg;
            let insert =
                |row| diesel_async::RunQueryDsl::execute(diesel::insert_into(changes::table).values(row), &mut pg);
            let sent: Vec<_> = rows.iter().map(insert).collect();
            futures::future::join_all(sent).await.into_iter().collect::<diesel::QueryResult<Vec<_>>>()?;
        }
        Kind::Lite(lite) => {
            for row in &rows {
                diesel::RunQueryDsl::execute(diesel::insert_into(changes::table).values(row), &mut **lite)?;
            }
        }
    }
    Ok(last)
}

/// From how many rows on they are sent together.
const BATCH_LEAST: usize = 16;
/// How many rows are sent together: seven parameters each, of the 65,535 that a statement may have.
const BATCH_MOST: usize = 4_000;

fn row(seq: i64, now: Instant, change: &NewChange) -> Result<NewRow> {
    Ok(NewRow {
        seq,
        at: now.millis(),
        noun: change.subject.noun(),
        subject: change.subject.number(),
        deed: change.deed.as_str(),
        version: change.version,
        touches: serde_json::to_string(&change.touches).map_err(Error::internal)?,
    })
}

#[derive(Insertable)]
#[diesel(table_name = changes)]
struct NewRow {
    seq: i64,
    at: i64,
    noun: &'static str,
    subject: i64,
    deed: &'static str,
    version: i32,
    touches: String,
}
