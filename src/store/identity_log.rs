//! The log of what every node must know of identities at once. It is numbered as the changes of the catalogue are, and
//! apart from them: a log-out is no change that a mirror or a cache of articles must learn of.

use diesel::{ExpressionMethods, QueryDsl};

use super::schema::{identity_head as h, identity_log as l};
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::{AccountId, SessionId};
use crate::model::time::Instant;

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A session ended.
    Session(SessionId),
    /// Access tokens of an account that are of an earlier epoch died.
    Account(AccountId, i64),
    /// There are other keys.
    Keys,
}

/// Writes events; a transaction calls it as its last step, since the number's row stays locked.
pub async fn append(tx: &mut Tx, events: &[Event]) -> Result<()> {
    let Ok(n @ 1..) = i64::try_from(events.len()) else { return Ok(()) };
    let now = tx.now().millis();
    let last: i64 = q!(tx.conn(), get_result, diesel::update(h::table).set(h::seq.eq(h::seq + n)).returning(h::seq))?;
    for (seq, event) in (last - n + 1..).zip(events) {
        let (kind, subject, epoch) = match event {
            Event::Session(id) => ("session", id.0, 0),
            Event::Account(id, epoch) => ("account", id.0, *epoch),
            Event::Keys => ("keys", 0, 0),
        };
        let row = (l::seq.eq(seq), l::at.eq(now), l::kind.eq(kind), l::subject.eq(subject), l::epoch.eq(epoch));
        q!(tx.conn(), execute, diesel::insert_into(l::table).values(row))?;
    }
    Ok(())
}

/// Locks the log to the end of the transaction: of two who must see each other's work one waits.
pub async fn lock(tx: &mut Tx) -> Result<()> {
    q!(tx.conn(), execute, diesel::update(h::table).set(h::seq.eq(h::seq)))?;
    Ok(())
}

/// The number of the last event.
pub async fn head(conn: &mut Conn) -> Result<i64> {
    Ok(q!(conn, first, h::table.select(h::seq))?)
}

/// The events after a number, in order.
pub async fn after(conn: &mut Conn, seq: i64) -> Result<Vec<(i64, Instant, Event)>> {
    let rows: Vec<(i64, i64, String, i64, i64)> =
        q!(conn, load, l::table.filter(l::seq.gt(seq)).order(l::seq).limit(10_000))?;
    let event = |(seq, at, kind, subject, epoch): (i64, i64, String, i64, i64)| {
        let event = match kind.as_str() {
            "session" => Event::Session(SessionId(subject)),
            "account" => Event::Account(AccountId(subject), epoch),
            // What a later version writes means at least that something is to be looked at anew.
            _ => Event::Keys,
        };
        (seq, Instant::from_millis(at), event)
    };
    Ok(rows.into_iter().map(event).collect())
}

/// Forgets events before an instant.
pub async fn prune(tx: &mut Tx, before: Instant) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(l::table.filter(l::at.lt(before.millis()))))?;
    Ok(())
}
