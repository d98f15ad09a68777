//! What may be used once: links in mails, invitations, the state of a log-in at a provider.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::one_time as o;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::time::Instant;

/// Keeps something to be used once until an instant, in the place of what was kept for this purpose and subject.
/// `hash` is of the secret that goes out.
pub async fn keep(
    tx: &mut Tx,
    hash: &str,
    purpose: &str,
    subject: &str,
    data: &impl serde::Serialize,
    until: Instant,
) -> Result<()> {
    forget(tx, purpose, subject).await?;
    let data = serde_json::to_string(data).map_err(Error::internal)?;
    let now = tx.now().millis();
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(o::table).values((
            o::hash.eq(hash),
            o::purpose.eq(purpose),
            o::subject.eq(subject),
            o::data.eq(data.as_str()),
            o::created_at.eq(now),
            o::expires_at.eq(until.millis()),
        ))
    )?;
    Ok(())
}

/// What is kept under this hash for this purpose, if it is still good; it stays.
pub async fn look<T: serde::de::DeserializeOwned>(
    conn: &mut Conn,
    hash: &str,
    purpose: &str,
    now: Instant,
) -> Result<Option<T>> {
    let data: Option<String> = q!(
        conn,
        first,
        o::table
            .filter(o::hash.eq(hash))
            .filter(o::purpose.eq(purpose))
            .filter(o::expires_at.gt(now.millis()))
            .select(o::data)
    )
    .optional()?;
    data.map(|data| serde_json::from_str(&data).map_err(Error::internal)).transpose()
}

/// Takes what is kept under this hash for this purpose, if it is still good. Of two who come at once one gets it.
pub async fn take<T: serde::de::DeserializeOwned>(tx: &mut Tx, hash: &str, purpose: &str) -> Result<Option<T>> {
    let now = tx.now();
    let Some(found) = look(tx.conn(), hash, purpose, now).await? else { return Ok(None) };
    let gone = q!(tx.conn(), execute, diesel::delete(o::table.filter(o::hash.eq(hash))))?;
    Ok((gone == 1).then_some(found))
}

/// Forgets what is kept for this purpose and subject.
pub async fn forget(tx: &mut Tx, purpose: &str, subject: &str) -> Result<()> {
    let rows = o::table.filter(o::purpose.eq(purpose)).filter(o::subject.eq(subject));
    q!(tx.conn(), execute, diesel::delete(rows))?;
    Ok(())
}

/// Forgets what is too old to be used.
pub async fn prune(tx: &mut Tx) -> Result<()> {
    let now = tx.now().millis();
    q!(tx.conn(), execute, diesel::delete(o::table.filter(o::expires_at.le(now))))?;
    Ok(())
}
