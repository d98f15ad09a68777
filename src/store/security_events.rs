//! What happened around accounts, for those who must look into it.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, QueryDsl, SelectableHelper};

use super::schema::security_events as e;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::{AccountId, EventId};
use crate::model::time::Instant;

/// One event.
#[derive(Debug, Clone)]
pub struct Event {
    /// Its id, which grows with time.
    pub id: EventId,
    /// When it was.
    pub at: Instant,
    /// What happened, as a word.
    pub kind: String,
    /// The account that it happened to, where it is known.
    pub account: Option<AccountId>,
    /// The account that did it, where that is another one.
    pub actor: Option<AccountId>,
    /// The address that it came from, as limits count it.
    pub address: Option<String>,
    /// More, as JSON.
    pub detail: String,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = e)]
struct Row {
    id: i64,
    at: i64,
    kind: String,
    account_id: Option<i64>,
    actor_id: Option<i64>,
    address: Option<String>,
    detail: String,
}

impl From<Row> for Event {
    fn from(row: Row) -> Event {
        Event {
            id: EventId(row.id),
            at: Instant::from_millis(row.at),
            kind: row.kind,
            account: row.account_id.map(AccountId),
            actor: row.actor_id.map(AccountId),
            address: row.address,
            detail: row.detail,
        }
    }
}

/// Writes an event.
pub async fn insert(
    tx: &mut Tx,
    kind: &str,
    account: Option<AccountId>,
    actor: Option<AccountId>,
    address: Option<String>,
    detail: String,
) -> Result<()> {
    let row = Row {
        id: tx.next_id(),
        at: tx.now().millis(),
        kind: kind.to_owned(),
        account_id: account.map(|id| id.0),
        actor_id: actor.map(|id| id.0),
        address,
        detail,
    };
    q!(tx.conn(), execute, diesel::insert_into(e::table).values(&row))?;
    Ok(())
}

/// Events, the newest first, before this one, of one account or of all.
pub async fn list(
    conn: &mut Conn,
    account: Option<AccountId>,
    before: Option<EventId>,
    limit: i64,
) -> Result<Vec<Event>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let rows: Vec<Row> = match account {
        Some(account) => q!(
            conn,
            load,
            e::table
                .filter(e::account_id.eq(account.0))
                .filter(e::id.lt(before))
                .order(e::id.desc())
                .limit(limit)
                .select(Row::as_select())
        )?,
        None => {
            q!(conn, load, e::table.filter(e::id.lt(before)).order(e::id.desc()).limit(limit).select(Row::as_select()))?
        }
    };
    Ok(rows.into_iter().map(Event::from).collect())
}

/// Forgets events before an instant.
pub async fn prune(tx: &mut Tx, before: Instant) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(e::table.filter(e::at.lt(before.millis()))))?;
    Ok(())
}
