//! Mail that waits to be sent. It is queued in the transaction of what it tells of, so none is lost.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::mail_queue as m;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::time::Instant;

/// A mail that waits.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Its number.
    pub id: i64,
    /// What it is to say, as JSON; without the secret of its link.
    pub data: String,
    /// When it was queued.
    pub at: Instant,
    /// How often it was tried.
    pub tries: i32,
    due_at: i64,
}

/// Queues a mail. `kind` is for whoever looks at the table.
pub async fn put(tx: &mut Tx, kind: &str, data: &impl serde::Serialize) -> Result<()> {
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    let (id, now) = (tx.next_id(), tx.now().millis());
    let row =
        (m::id.eq(id), m::kind.eq(kind), m::data.eq(data.as_str()), m::at.eq(now), m::due_at.eq(now), m::tries.eq(0));
    q!(tx.conn(), execute, diesel::insert_into(m::table).values(row))?;
    Ok(())
}

/// The mail that is due first, if one is at `now`.
pub async fn due(conn: &mut Conn, now: Instant) -> Result<Option<Waiting>> {
    let row: Option<(i64, String, i64, i32, i64)> = q!(
        conn,
        first,
        m::table.filter(m::due_at.le(now.millis())).order((m::due_at, m::id)).select((
            m::id,
            m::data,
            m::at,
            m::tries,
            m::due_at
        ))
    )
    .optional()?;
    Ok(row.map(|(id, data, at, tries, due_at)| Waiting { id, data, at: Instant::from_millis(at), tries, due_at }))
}

/// Takes a mail to send it: nobody else will before `again_at`. False when somebody else has taken it.
pub async fn claim(tx: &mut Tx, mail: &Waiting, again_at: Instant) -> Result<bool> {
    let row = diesel::update(m::table.filter(m::id.eq(mail.id)).filter(m::due_at.eq(mail.due_at)));
    Ok(q!(tx.conn(), execute, row.set((m::due_at.eq(again_at.millis()), m::tries.eq(m::tries + 1))))? == 1)
}

/// Forgets a mail that was sent, or never can be.
pub async fn done(tx: &mut Tx, id: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(m::table.filter(m::id.eq(id))))?;
    Ok(())
}

/// How many mails wait.
pub async fn waiting(conn: &mut Conn) -> Result<i64> {
    Ok(q!(conn, get_result, m::table.count())?)
}
