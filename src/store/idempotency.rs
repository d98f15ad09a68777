//! Creating requests that came with an `Idempotency-Key`: a retry finds what the first one made.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::idempotency_keys as k;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::AccountId;
use crate::model::time::Instant;

/// What came under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// A digest of the request.
    pub request: String,
    /// The number of what it made.
    pub made: i64,
}

/// What this account sent under the key since `since`.
pub async fn get(conn: &mut Conn, account: AccountId, key: &str, since: Instant) -> Result<Option<Kept>> {
    let wanted = k::table.find((account.0, key)).filter(k::at.ge(since.millis()));
    let row: Option<(String, i64)> = q!(conn, first, wanted.select((k::request, k::made))).optional()?;
    Ok(row.map(|(request, made)| Kept { request, made }))
}

/// Keeps what a request made, in the place of a key that is over. When another request made something under the key in
/// the same moment, the transaction fails and is run again, and then finds it.
pub async fn put(tx: &mut Tx, account: AccountId, key: &str, kept: &Kept, since: Instant) -> Result<()> {
    let now = tx.now().millis();
    q!(
        tx.conn(),
        execute,
        diesel::delete(
            k::table.filter(k::account_id.eq(account.0)).filter(k::key.eq(key)).filter(k::at.lt(since.millis()))
        )
    )?;
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(k::table).values((
            k::account_id.eq(account.0),
            k::key.eq(key),
            k::request.eq(kept.request.as_str()),
            k::made.eq(kept.made),
            k::at.eq(now),
        ))
    )?;
    Ok(())
}

/// Forgets what came before `before`.
pub async fn prune(tx: &mut Tx, before: Instant) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(k::table.filter(k::at.lt(before.millis()))))?;
    Ok(())
}
