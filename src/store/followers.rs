//! Followers of which one node runs at a time: a lease with an end and a fencing number, and a position in the log.

use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::followers::dsl;
use super::{Conn, Tx, q};
use crate::error::{Code, Error, Result};

/// Where a follower stands, as its holder knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// Which log.
    pub log_id: String,
    /// The last change that was followed.
    pub seq: i64,
    /// What it keeps of articles behind this id is to be made anew, in the order of the ids; [`DONE`] when nothing is.
    pub fill_after: i64,
    /// The settings that it last worked with.
    pub settings: String,
    /// Counts the holders: who has an older number may not write any more.
    pub fence: i64,
}

/// Behind every id.
pub const DONE: i64 = i64::MAX;

/// Takes the lease of a follower, or keeps it, until `for_ms` from now. `None` while another has it.
pub async fn take(tx: &mut Tx, name: &str, holder: &str, for_ms: i64) -> Result<Option<Standing>> {
    let now = tx.now().millis();
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(dsl::followers)
            .values((
                dsl::name.eq(name),
                dsl::log_id.eq(""),
                dsl::seq.eq(0_i64),
                dsl::fill_after.eq(i64::MIN),
                dsl::settings.eq(""),
                dsl::holder.eq(""),
                dsl::fence.eq(0_i64),
                dsl::until.eq(0_i64),
            ))
            .on_conflict_do_nothing()
    )?;
    let mine = q!(
        tx.conn(),
        execute,
        diesel::update(dsl::followers.filter(dsl::name.eq(name)).filter(dsl::holder.eq(holder)))
            .set(dsl::until.eq(now + for_ms))
    )?;
    if mine == 0 {
        let free = dsl::holder.ne(holder).and(dsl::until.lt(now));
        let taken = q!(
            tx.conn(),
            execute,
            diesel::update(dsl::followers.filter(dsl::name.eq(name)).filter(free)).set((
                dsl::holder.eq(holder),
                dsl::until.eq(now + for_ms),
                dsl::fence.eq(dsl::fence + 1)
            ))
        )?;
        if taken == 0 {
            return Ok(None);
        }
    }
    standing(tx.conn(), name).await
}

/// Gives a lease back, so that another need not wait for its end.
pub async fn release(tx: &mut Tx, name: &str, holder: &str) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::update(dsl::followers.filter(dsl::name.eq(name)).filter(dsl::holder.eq(holder))).set(dsl::until.eq(0))
    )?;
    Ok(())
}

/// Writes where a follower stands, in the transaction of what it did, and keeps its lease until `for_ms` from now.
///
/// # Errors
/// `CONFLICT` when another has taken the lease meanwhile; the transaction must then be given up.
pub async fn advance(tx: &mut Tx, name: &str, to: &Standing, for_ms: i64) -> Result<()> {
    let until = tx.now().millis() + for_ms;
    let rows = q!(
        tx.conn(),
        execute,
        diesel::update(dsl::followers.filter(dsl::name.eq(name)).filter(dsl::fence.eq(to.fence))).set((
            dsl::log_id.eq(to.log_id.as_str()),
            dsl::seq.eq(to.seq),
            dsl::fill_after.eq(to.fill_after),
            dsl::settings.eq(to.settings.as_str()),
            dsl::until.eq(until),
        ))
    )?;
    if rows == 0 {
        return Err(Error::new(Code::Conflict, format!("Another node has taken the follower {name} over.")));
    }
    Ok(())
}

/// Where a follower stands, whoever runs it; `None` when nobody ever did.
pub async fn standing(conn: &mut Conn, name: &str) -> Result<Option<Standing>> {
    type Row = (String, i64, i64, String, i64);
    let row: Option<Row> = q!(
        conn,
        first,
        dsl::followers.find(name).select((dsl::log_id, dsl::seq, dsl::fill_after, dsl::settings, dsl::fence))
    )
    .optional()?;
    let standing = |(log_id, seq, fill_after, settings, fence)| Standing { log_id, seq, fill_after, settings, fence };
    Ok(row.map(standing))
}
