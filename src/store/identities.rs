//! Who an account is at providers.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};

use super::schema::identities as i;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::AccountId;
use crate::model::time::Instant;

/// Who somebody is at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's id in the settings.
    pub provider: String,
    /// The provider's own id of them.
    pub subject: String,
    /// The account that they have here.
    pub account: AccountId,
    /// The address that the provider told, if it did.
    pub email: Option<String>,
    /// The name that the provider told, if it did.
    pub name: Option<String>,
    /// When it was linked.
    pub created_at: Instant,
    /// When it logged in last.
    pub used_at: Instant,
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = i)]
struct Row {
    provider: String,
    subject: String,
    account_id: i64,
    email: Option<String>,
    name: Option<String>,
    created_at: i64,
    used_at: i64,
}

impl From<Row> for Identity {
    fn from(row: Row) -> Identity {
        Identity {
            provider: row.provider,
            subject: row.subject,
            account: AccountId(row.account_id),
            email: row.email,
            name: row.name,
            created_at: Instant::from_millis(row.created_at),
            used_at: Instant::from_millis(row.used_at),
        }
    }
}

/// Whoever this is at the provider, if they have an account here.
pub async fn find(conn: &mut Conn, provider: &str, subject: &str) -> Result<Option<Identity>> {
    let row: Option<Row> = q!(
        conn,
        first,
        i::table.filter(i::provider.eq(provider)).filter(i::subject.eq(subject)).select(Row::as_select())
    )
    .optional()?;
    Ok(row.map(Identity::from))
}

/// Who an account is at providers, in the order of the links.
pub async fn of_account(conn: &mut Conn, account: AccountId) -> Result<Vec<Identity>> {
    let rows: Vec<Row> = q!(
        conn,
        load,
        i::table
            .filter(i::account_id.eq(account.0))
            .order((i::created_at, i::provider))
            .limit(1000)
            .select(Row::as_select())
    )?;
    Ok(rows.into_iter().map(Identity::from).collect())
}

/// Links an account with who it is at a provider.
pub async fn link(
    tx: &mut Tx,
    account: AccountId,
    provider: &str,
    subject: &str,
    email: Option<&str>,
    name: Option<&str>,
) -> Result<()> {
    let now = tx.now().millis();
    let row = Row {
        provider: provider.to_owned(),
        subject: subject.to_owned(),
        account_id: account.0,
        email: email.map(ToOwned::to_owned),
        name: name.map(ToOwned::to_owned),
        created_at: now,
        used_at: now,
    };
    q!(tx.conn(), execute, diesel::insert_into(i::table).values(&row))?;
    Ok(())
}

/// Notes that it logged in.
pub async fn touch(tx: &mut Tx, provider: &str, subject: &str) -> Result<()> {
    let now = tx.now().millis();
    let row = diesel::update(i::table.filter(i::provider.eq(provider)).filter(i::subject.eq(subject)));
    q!(tx.conn(), execute, row.set(i::used_at.eq(now)))?;
    Ok(())
}

/// Takes a link away; false when there was none.
pub async fn unlink(tx: &mut Tx, account: AccountId, provider: &str) -> Result<bool> {
    let rows = i::table.filter(i::account_id.eq(account.0)).filter(i::provider.eq(provider));
    Ok(q!(tx.conn(), execute, diesel::delete(rows))? > 0)
}

/// Takes all links of an account away.
pub async fn unlink_all(tx: &mut Tx, account: AccountId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(i::table.filter(i::account_id.eq(account.0))))?;
    Ok(())
}
