//! Accounts.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};

use super::schema::accounts as a;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::account::{Account, EMAIL_MOST, Status, email_key};
use crate::model::id::AccountId;
use crate::model::time::Instant;
use crate::model::viewer::Roles;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = a)]
pub(super) struct Row {
    id: i64,
    email: Option<String>,
    email_key: Option<String>,
    name: String,
    roles: String,
    password: Option<String>,
    status: String,
    epoch: i64,
    created_at: i64,
    updated_at: i64,
    version: i32,
}

impl TryFrom<Row> for Account {
    type Error = Error;
    fn try_from(row: Row) -> Result<Account> {
        let status = Status::parse(&row.status)
            .ok_or_else(|| Error::internal(format!("an account has the status {:?}", row.status)))?;
        Ok(Account {
            id: AccountId(row.id),
            email: row.email,
            name: row.name,
            roles: Roles::parse(&row.roles),
            status,
            has_password: row.password.is_some(),
            epoch: row.epoch,
            created_at: Instant::from_millis(row.created_at),
            updated_at: Instant::from_millis(row.updated_at),
            version: row.version,
        })
    }
}

/// An account with what proves its password: a PHC string, if it has one.
#[derive(Debug)]
pub struct WithPassword {
    /// The account.
    pub account: Account,
    /// The hash.
    pub password: Option<String>,
}

fn with_password(row: Option<Row>) -> Result<Option<WithPassword>> {
    row.map(|row| {
        let password = row.password.clone();
        Ok(WithPassword { account: row.try_into()?, password })
    })
    .transpose()
}

/// The account with this id.
pub async fn by_id(conn: &mut Conn, id: AccountId) -> Result<Option<Account>> {
    Ok(by_id_with_password(conn, id).await?.map(|found| found.account))
}

/// The same, with the hash of its password.
pub async fn by_id_with_password(conn: &mut Conn, id: AccountId) -> Result<Option<WithPassword>> {
    let row: Option<Row> = q!(conn, first, a::table.filter(a::id.eq(id.0)).select(Row::as_select())).optional()?;
    with_password(row)
}

/// The account with this address, however its letters are written.
pub async fn by_email(conn: &mut Conn, email: &str) -> Result<Option<WithPassword>> {
    // No account has such an address, and one of the engines refuses a text with NUL.
    if email.len() > EMAIL_MOST || email.contains('\0') {
        return Ok(None);
    }
    let key = email_key(email);
    let row: Option<Row> =
        q!(conn, first, a::table.filter(a::email_key.eq(key.as_str())).select(Row::as_select())).optional()?;
    with_password(row)
}

/// Accounts in the order in which they were made, after this one.
pub async fn list(conn: &mut Conn, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>> {
    let after = after.map_or(i64::MIN, |id| id.0);
    let rows: Vec<Row> =
        q!(conn, load, a::table.filter(a::id.gt(after)).order(a::id).limit(limit).select(Row::as_select()))?;
    rows.into_iter().map(Account::try_from).collect()
}

/// How many accounts there are.
pub async fn count(conn: &mut Conn) -> Result<i64> {
    Ok(q!(conn, get_result, a::table.count())?)
}

/// What a new account is made of.
#[derive(Debug, Clone)]
pub struct New {
    /// Its address, verified.
    pub email: Option<String>,
    /// Its name.
    pub name: String,
    /// Its roles.
    pub roles: Roles,
    /// The hash of its password, if it has one.
    pub password: Option<String>,
}

/// Makes an account. Whether the address is free was asked in the same transaction.
pub async fn insert(tx: &mut Tx, new: &New) -> Result<Account> {
    let now = tx.now().millis();
    let row = Row {
        id: tx.next_id(),
        email_key: new.email.as_deref().map(email_key),
        email: new.email.clone(),
        name: new.name.clone(),
        roles: new.roles.to_string(),
        password: new.password.clone(),
        status: Status::Active.as_str().to_owned(),
        epoch: 1,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    q!(tx.conn(), execute, diesel::insert_into(a::table).values(&row))?;
    row.try_into()
}

macro_rules! change {
    ($tx:expr, $id:expr, $($set:expr),+) => {{
        let now = $tx.now().millis();
        let row = diesel::update(a::table.filter(a::id.eq($id.0)));
        q!($tx.conn(), execute, row.set(($($set,)+ a::updated_at.eq(now), a::version.eq(a::version + 1))))?;
        Ok(())
    }};
}

/// The account as it is now, and locked to the end of the transaction: whoever else changes it or begins a session in it
/// waits, and then sees what was done here.
pub async fn lock(tx: &mut Tx, id: AccountId) -> Result<Option<WithPassword>> {
    // The only writer of the embedded engine has the lock already; the other one takes it by this.
    let row = diesel::update(a::table.filter(a::id.eq(id.0)));
    q!(tx.conn(), execute, row.set(a::version.eq(a::version)))?;
    by_id_with_password(tx.conn(), id).await
}

/// Notes that what belongs to it changes, so that whoever else changes that waits and then sees it.
pub async fn touch(tx: &mut Tx, id: AccountId) -> Result<()> {
    let now = tx.now().millis();
    let row = diesel::update(a::table.filter(a::id.eq(id.0)));
    q!(tx.conn(), execute, row.set((a::updated_at.eq(now), a::version.eq(a::version + 1))))?;
    Ok(())
}

/// Gives it another name.
pub async fn set_name(tx: &mut Tx, id: AccountId, name: &str) -> Result<()> {
    change!(tx, id, a::name.eq(name))
}

/// Gives it another address, which was verified.
pub async fn set_email(tx: &mut Tx, id: AccountId, email: &str) -> Result<()> {
    let key = email_key(email);
    change!(tx, id, a::email.eq(email), a::email_key.eq(key.as_str()))
}

/// Gives it another password; access tokens that are out die. Gives the epoch that those of now have.
pub async fn set_password(tx: &mut Tx, id: AccountId, hash: &str) -> Result<i64> {
    let set: Result<()> = change!(tx, id, a::password.eq(hash), a::epoch.eq(a::epoch + 1));
    set?;
    epoch(tx.conn(), id).await
}

/// Stores the same password by another hash; the account has not changed.
pub async fn rehash(tx: &mut Tx, id: AccountId, from: &str, to: &str) -> Result<()> {
    let row = diesel::update(a::table.filter(a::id.eq(id.0)).filter(a::password.eq(from)));
    q!(tx.conn(), execute, row.set(a::password.eq(to)))?;
    Ok(())
}

/// Gives it other roles; access tokens that are out die. Gives the epoch that those of now have.
pub async fn set_roles(tx: &mut Tx, id: AccountId, roles: Roles) -> Result<i64> {
    let set: Result<()> = change!(tx, id, a::roles.eq(roles.to_string()), a::epoch.eq(a::epoch + 1));
    set?;
    epoch(tx.conn(), id).await
}

/// Suspends or restores it; access tokens that are out die. Gives the epoch that those of now have.
pub async fn set_status(tx: &mut Tx, id: AccountId, status: Status) -> Result<i64> {
    let set: Result<()> = change!(tx, id, a::status.eq(status.as_str()), a::epoch.eq(a::epoch + 1));
    set?;
    epoch(tx.conn(), id).await
}

/// Takes away what is personal and what could log in. `name` is what stays beside what it wrote.
pub async fn erase(tx: &mut Tx, id: AccountId, name: &str) -> Result<i64> {
    let nothing = None::<String>;
    let set: Result<()> = change!(
        tx,
        id,
        a::email.eq(nothing.clone()),
        a::email_key.eq(nothing.clone()),
        a::password.eq(nothing),
        a::name.eq(name),
        a::roles.eq(""),
        a::status.eq(Status::Deleted.as_str()),
        a::epoch.eq(a::epoch + 1)
    );
    set?;
    epoch(tx.conn(), id).await
}

async fn epoch(conn: &mut Conn, id: AccountId) -> Result<i64> {
    Ok(q!(conn, first, a::table.filter(a::id.eq(id.0)).select(a::epoch))?)
}
