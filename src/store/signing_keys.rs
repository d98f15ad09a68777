//! Keys that sign access tokens.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{BoolExpressionMethods, ExpressionMethods, QueryDsl, SelectableHelper};

use super::schema::signing_keys as k;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::time::Instant;

/// A key. Its private half is a secret: it is not printed.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = k)]
pub struct Row {
    /// Its name.
    pub kid: String,
    /// PKCS #8, base64.
    pub private: String,
    /// The 32 bytes of the public half, base64url without padding (RFC 8037).
    pub public: String,
    /// Unix milliseconds.
    pub created_at: i64,
    /// From when on it signs, in Unix milliseconds.
    pub signs_at: i64,
    /// When it is shown no more, in Unix milliseconds.
    pub gone_at: Option<i64>,
}

impl std::fmt::Debug for Row {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Row").field("kid", &self.kid).field("signs_at", &self.signs_at).finish_non_exhaustive()
    }
}

/// The keys that are shown at `now`, the one that signs last first.
pub async fn shown(conn: &mut Conn, now: Instant) -> Result<Vec<Row>> {
    Ok(q!(
        conn,
        load,
        k::table
            .filter(k::gone_at.is_null().or(k::gone_at.gt(now.millis())))
            .order((k::signs_at.desc(), k::kid))
            .limit(100)
            .select(Row::as_select())
    )?)
}

/// Adds a key.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<()> {
    q!(tx.conn(), execute, diesel::insert_into(k::table).values(row))?;
    Ok(())
}

/// Says until when the keys that there are will be shown, where nothing earlier was said.
pub async fn retire(tx: &mut Tx, at: Instant) -> Result<()> {
    let rows = k::table.filter(k::gone_at.is_null().or(k::gone_at.gt(at.millis())));
    q!(tx.conn(), execute, diesel::update(rows).set(k::gone_at.eq(at.millis())))?;
    Ok(())
}

/// Forgets keys that nobody is shown any more.
pub async fn prune(tx: &mut Tx) -> Result<()> {
    let now = tx.now().millis();
    q!(tx.conn(), execute, diesel::delete(k::table.filter(k::gone_at.le(now))))?;
    Ok(())
}
