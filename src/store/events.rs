//! What happened to an article: who did what when.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::newsroom::Entry;
use super::schema::newsroom_events as e;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::id::{AccountId, ArticleId, EventId};
use crate::model::newsroom::{Event, EventKind};
use crate::model::time::Instant;

type Row = (i64, i64, String, Option<i64>, Option<i32>, i32, String, String);

fn event((id, at, kind, by, revision, version, slug, detail): Row) -> Result<Event> {
    let kind = EventKind::parse(&kind)
        .ok_or_else(|| Error::internal(format!("the event {kind:?} is not known to this program")))?;
    let (id, at, by) = (EventId(id), Instant::from_millis(at), by.map(AccountId));
    Ok(Event { id, at, kind, by, revision, version, slug, detail })
}

/// The row of an event of an entry as it is now.
macro_rules! row {
    ($id:expr, $entry:expr, $now:expr, $kind:expr, $by:expr, $revision:expr, $detail:expr) => {{
        use $crate::store::schema::newsroom_events as e;
        diesel::insert_into(e::table).values((
            e::id.eq($id),
            e::article_id.eq($entry.id.0),
            e::at.eq($now),
            e::kind.eq($kind.as_str()),
            e::account_id.eq($by.map(|a| a.0)),
            e::revision.eq($revision),
            e::version.eq($entry.version),
            e::slug.eq($entry.slug.as_str()),
            e::detail.eq($detail),
        ))
    }};
}
pub(super) use row;

/// Writes an event of an entry as it is now. `revision` is the number of the revision that it is about.
pub async fn add(
    tx: &mut Tx,
    entry: &Entry,
    kind: EventKind,
    by: Option<AccountId>,
    revision: Option<i32>,
    detail: &str,
) -> Result<()> {
    let (id, now) = (tx.next_id(), tx.now().millis());
    q!(tx.conn(), execute, row!(id, entry, now, kind, by, revision, detail))?;
    Ok(())
}

const COLUMNS: (e::id, e::at, e::kind, e::account_id, e::revision, e::version, e::slug, e::detail) =
    (e::id, e::at, e::kind, e::account_id, e::revision, e::version, e::slug, e::detail);

/// The events of an article before `before`, the newest first, at most `limit`.
pub async fn list(conn: &mut Conn, article: ArticleId, before: Option<EventId>, limit: i64) -> Result<Vec<Event>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let wanted = e::table.filter(e::article_id.eq(article.0)).filter(e::id.lt(before));
    let rows: Vec<Row> = q!(conn, load, wanted.order(e::id.desc()).limit(limit).select(COLUMNS))?;
    rows.into_iter().map(event).collect()
}

/// The newest event of this kind of an article.
pub async fn newest(conn: &mut Conn, article: ArticleId, kind: EventKind) -> Result<Option<Event>> {
    let wanted = e::table.filter(e::article_id.eq(article.0)).filter(e::kind.eq(kind.as_str()));
    let row: Option<Row> = q!(conn, first, wanted.order(e::id.desc()).select(COLUMNS)).optional()?;
    row.map(event).transpose()
}

/// The last event until `at`, that instant included, after which readers found something else of the article.
pub async fn public_at(conn: &mut Conn, article: ArticleId, at: Instant) -> Result<Option<Event>> {
    let kinds = EventKind::PUBLIC.map(EventKind::as_str);
    let wanted = e::table
        .filter(e::article_id.eq(article.0))
        .filter(e::at.le(at.millis()))
        .filter(e::kind.eq_any(kinds))
        .order(e::id.desc())
        .select(COLUMNS);
    let row: Option<Row> = q!(conn, first, wanted.clone()).optional()?;
    row.map(event).transpose()
}

/// Forgets all events of an article.
pub async fn forget_all(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(e::table.filter(e::article_id.eq(article.0))))?;
    Ok(())
}
