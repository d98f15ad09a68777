//! Collections and their pins.
//!
//! There are few, and every page shows one, so a process keeps them in memory ([`current`]). It never shows old ones: the
//! head of the log, by which every read is labelled, says which change of a collection was the last one.

use std::sync::{Arc, Mutex, PoisonError};

use diesel::prelude::{AsChangeset, Insertable, Queryable};
use diesel::{ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl};

use super::changes::Head;
use super::schema::{collection_pins as cp, collections as c};
use super::{Conn, Tx, failure, q};
use crate::error::{Error, Result};
use crate::model::collection::{Collection, Pin};
use crate::model::id::{ArticleId, CollectionId};
use crate::model::time::Instant;

/// Every collection.
pub type All = Arc<[Arc<Collection>]>;

/// The collections as a process knows them: of which log, after which change.
#[derive(Default)]
pub(super) struct Kept(Mutex<Option<(String, i64, All)>>);

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = c)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    description: String,
    rule: String,
    version: i32,
}

impl Row {
    fn of(collection: &Collection) -> Result<Row> {
        Ok(Row {
            id: collection.id.0,
            slug: collection.slug.clone(),
            name: collection.name.clone(),
            description: collection.description.clone(),
            rule: serde_json::to_string(&collection.rule).map_err(Error::internal)?,
            version: collection.version,
        })
    }
}

impl TryFrom<Row> for Collection {
    type Error = Error;
    fn try_from(row: Row) -> Result<Collection> {
        Ok(Collection {
            id: CollectionId(row.id),
            slug: row.slug,
            name: row.name,
            description: row.description,
            rule: serde_json::from_str(&row.rule).map_err(Error::internal)?,
            version: row.version,
            pins: Vec::new(),
        })
    }
}

#[derive(Queryable, Insertable)]
#[diesel(table_name = cp)]
struct PinRow {
    collection_id: i64,
    article_id: i64,
    slot: i32,
    starts_at: Option<i64>,
    ends_at: Option<i64>,
    due_at: Option<i64>,
}

impl From<PinRow> for Pin {
    fn from(row: PinRow) -> Pin {
        let at = |ms: Option<i64>| ms.map(Instant::from_millis);
        Pin { article: ArticleId(row.article_id), slot: row.slot, from: at(row.starts_at), until: at(row.ends_at) }
    }
}

/// The rows of a join, each collection once, with its pins in their order.
fn joined(rows: Vec<(Row, Option<PinRow>)>) -> Result<Vec<Collection>> {
    let mut all: Vec<Collection> = Vec::new();
    for (row, pin) in rows {
        if all.last().is_none_or(|last| last.id.0 != row.id) {
            all.push(Collection::try_from(row)?);
        }
        if let Some(last) = all.last_mut() {
            last.pins.extend(pin.map(Pin::from));
        }
    }
    for collection in &mut all {
        collection.pins.sort_by_key(|pin| (pin.slot, pin.from, pin.article));
    }
    Ok(all)
}

/// Every collection, in the order in which they were made: one statement.
pub async fn all(conn: &mut Conn) -> Result<Vec<Collection>> {
    joined(q!(
        conn,
        load,
        c::table
            .left_join(cp::table.on(cp::collection_id.eq(c::id)))
            .order(c::id)
            .select((c::all_columns, cp::all_columns.nullable()))
    )?)
}

/// The collection with this id.
pub async fn by_id(conn: &mut Conn, id: CollectionId) -> Result<Option<Collection>> {
    let rows = q!(
        conn,
        load,
        c::table
            .left_join(cp::table.on(cp::collection_id.eq(c::id)))
            .filter(c::id.eq(id.0))
            .select((c::all_columns, cp::all_columns.nullable()))
    )?;
    Ok(joined(rows)?.pop())
}

/// Every collection as of `head`, which this connection has read: no statement unless one has changed since the process
/// last asked.
pub async fn current(conn: &mut Conn, head: &Head) -> Result<All> {
    let shared = conn.shared.clone();
    let kept = || shared.collections.0.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((log_id, seq, all)) = &*kept()
        && (log_id, *seq) == (&head.log_id, head.collections_seq)
    {
        return Ok(all.clone());
    }
    // What is read now may be newer than the head, never older, so it may be kept under the head's number.
    let all: All = all(conn).await?.into_iter().map(Arc::new).collect();
    *kept() = Some((head.log_id.clone(), head.collections_seq, all.clone()));
    Ok(all)
}

/// Whether a slug is some collection's.
pub async fn has_slug(conn: &mut Conn, slug: &str) -> Result<bool> {
    let id: Option<i64> = q!(conn, first, c::table.filter(c::slug.eq(slug)).select(c::id)).optional()?;
    Ok(id.is_some())
}

/// How many there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(q!(conn, get_result, c::table.count())?)
}

/// Locks a collection until the end of the transaction and reads it: writers of one collection come one after the other.
pub async fn lock(tx: &mut Tx, id: CollectionId) -> Result<Option<Collection>> {
    // PostgreSQL locks what it writes; SQLite has one writer anyway.
    q!(tx.conn(), execute, diesel::update(c::table.find(id.0)).set(c::version.eq(c::version)))?;
    by_id(tx.conn(), id).await
}

/// Writes a new collection.
pub async fn insert(tx: &mut Tx, collection: &Collection) -> Result<()> {
    let row = Row::of(collection)?;
    q!(tx.conn(), execute, diesel::insert_into(c::table).values(&row))?;
    put_pins(tx, collection).await
}

/// Writes a collection that is there and locked, with its pins.
pub async fn update(tx: &mut Tx, collection: &Collection) -> Result<()> {
    let row = Row::of(collection)?;
    q!(tx.conn(), execute, diesel::update(c::table.find(row.id)).set(&row))?;
    q!(tx.conn(), execute, diesel::delete(cp::table.filter(cp::collection_id.eq(row.id))))?;
    put_pins(tx, collection).await
}

async fn put_pins(tx: &mut Tx, collection: &Collection) -> Result<()> {
    let now = tx.now();
    for pin in &collection.pins {
        let row = PinRow {
            collection_id: collection.id.0,
            article_id: pin.article.0,
            slot: pin.slot,
            starts_at: pin.from.map(Instant::millis),
            ends_at: pin.until.map(Instant::millis),
            due_at: pin.due(now).map(Instant::millis),
        };
        q!(tx.conn(), execute, diesel::insert_into(cp::table).values(&row))?;
    }
    Ok(())
}

/// In which collections an article is pinned, in the order of their ids.
pub async fn pinning(conn: &mut Conn, article: ArticleId) -> Result<Vec<CollectionId>> {
    let pinned = cp::table.filter(cp::article_id.eq(article.0)).order(cp::collection_id);
    let ids: Vec<i64> = q!(conn, load, pinned.select(cp::collection_id))?;
    Ok(ids.into_iter().map(CollectionId).collect())
}

/// That an article was pinned since it was looked at: the transaction is to be run again with what is there now.
pub fn has_changed(article: ArticleId) -> Error {
    failure::same_moment(format!("the article {article} was pinned"))
}

/// Takes a collection away.
pub async fn delete(tx: &mut Tx, id: CollectionId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(cp::table.filter(cp::collection_id.eq(id.0))))?;
    q!(tx.conn(), execute, diesel::delete(c::table.find(id.0)))?;
    Ok(())
}

/// The collections of which a pin begins or ends at `now` or before, in the order of their ids.
pub async fn due(conn: &mut Conn, now: Instant) -> Result<Vec<CollectionId>> {
    let query = cp::table.filter(cp::due_at.le(now.millis())).select(cp::collection_id).distinct();
    let ids: Vec<i64> = q!(conn, load, query.order(cp::collection_id))?;
    Ok(ids.into_iter().map(CollectionId).collect())
}

/// The next instant at which a pin begins or ends.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>> {
    let at: Option<Option<i64>> =
        q!(conn, first, cp::table.filter(cp::due_at.is_not_null()).order(cp::due_at).select(cp::due_at)).optional()?;
    Ok(at.flatten().map(Instant::from_millis))
}
