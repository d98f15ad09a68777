//! Sessions of accounts.

use diesel::prelude::{Insertable, Queryable, Selectable};
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl, SelectableHelper};

use super::accounts::Row as AccountRow;
use super::schema::{accounts as a, sessions as s};
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::account::{Account, Mode, Session};
use crate::model::id::{AccountId, SessionId};
use crate::model::time::Instant;

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = s)]
struct Row {
    id: i64,
    account_id: i64,
    mode: String,
    handle: String,
    secret: String,
    remember: bool,
    device: String,
    place: String,
    created_at: i64,
    used_at: i64,
    expires_at: i64,
    ends_at: i64,
    ended_at: Option<i64>,
}

impl TryFrom<Row> for Session {
    type Error = Error;
    fn try_from(row: Row) -> Result<Session> {
        let at = Instant::from_millis;
        Ok(Session {
            id: SessionId(row.id),
            account: AccountId(row.account_id),
            mode: Mode::parse(&row.mode)
                .ok_or_else(|| Error::internal(format!("a session has the mode {:?}", row.mode)))?,
            remember: row.remember,
            device: row.device,
            created_at: at(row.created_at),
            used_at: at(row.used_at),
            expires_at: at(row.expires_at),
            ends_at: at(row.ends_at),
            ended_at: row.ended_at.map(at),
        })
    }
}

/// What a new session is made of.
#[derive(Debug, Clone)]
pub struct New {
    /// Whose it is.
    pub account: AccountId,
    /// How it is carried.
    pub mode: Mode,
    /// The hash of what finds it.
    pub handle: String,
    /// The hash of what proves it.
    pub secret: String,
    /// Whether "Remember me" was chosen.
    pub remember: bool,
    /// What the device says it is.
    pub device: String,
    /// A hash of the network that it begins from.
    pub place: String,
    /// When it ends unless it is used.
    pub expires_at: Instant,
    /// When it ends at the latest.
    pub ends_at: Instant,
}

/// A session with the hash of its secret, and its account.
#[derive(Debug)]
pub struct Found {
    /// The session.
    pub session: Session,
    /// The hash of what proves it.
    pub secret: String,
    /// Its account.
    pub account: Account,
}

/// Begins a session.
pub async fn insert(tx: &mut Tx, new: &New) -> Result<Session> {
    let now = tx.now().millis();
    let row = Row {
        id: tx.next_id(),
        account_id: new.account.0,
        mode: new.mode.as_str().to_owned(),
        handle: new.handle.clone(),
        secret: new.secret.clone(),
        remember: new.remember,
        device: new.device.clone(),
        place: new.place.clone(),
        created_at: now,
        used_at: now,
        expires_at: new.expires_at.millis(),
        ends_at: new.ends_at.millis(),
        ended_at: None,
    };
    q!(tx.conn(), execute, diesel::insert_into(s::table).values(&row))?;
    row.try_into()
}

fn found(row: Option<(Row, AccountRow)>) -> Result<Option<Found>> {
    row.map(|(row, account)| {
        let secret = row.secret.clone();
        Ok(Found { session: row.try_into()?, secret, account: account.try_into()? })
    })
    .transpose()
}

/// The session that this hash of a handle finds, with its account.
pub async fn by_handle(conn: &mut Conn, handle: &str) -> Result<Option<Found>> {
    let row: Option<(Row, AccountRow)> = q!(
        conn,
        first,
        s::table
            .inner_join(a::table.on(a::id.eq(s::account_id)))
            .filter(s::handle.eq(handle))
            .select((Row::as_select(), AccountRow::as_select()))
    )
    .optional()?;
    found(row)
}

/// The session with this id, with its account.
pub async fn by_id(conn: &mut Conn, id: SessionId) -> Result<Option<Found>> {
    let row: Option<(Row, AccountRow)> = q!(
        conn,
        first,
        s::table
            .inner_join(a::table.on(a::id.eq(s::account_id)))
            .filter(s::id.eq(id.0))
            .select((Row::as_select(), AccountRow::as_select()))
    )
    .optional()?;
    found(row)
}

/// The sessions of an account that go on at `now`, the one that was used last first.
pub async fn of_account(conn: &mut Conn, account: AccountId, now: Instant) -> Result<Vec<Session>> {
    let rows: Vec<Row> = q!(
        conn,
        load,
        s::table
            .filter(s::account_id.eq(account.0))
            .filter(s::ended_at.is_null())
            .filter(s::expires_at.gt(now.millis()))
            .order((s::used_at.desc(), s::id.desc()))
            .limit(1000)
            .select(Row::as_select())
    )?;
    rows.into_iter().map(Session::try_from).collect()
}

/// Whether the account ever had a session, still kept, that began from this network.
pub async fn knows_place(conn: &mut Conn, account: AccountId, place: &str) -> Result<bool> {
    let found: Option<i64> =
        q!(conn, first, s::table.filter(s::account_id.eq(account.0)).filter(s::place.eq(place)).select(s::id).limit(1))
            .optional()?;
    Ok(found.is_some())
}

/// Notes that a session was used, and until when it lasts now.
pub async fn touch(tx: &mut Tx, id: SessionId, expires_at: Instant) -> Result<()> {
    let now = tx.now().millis();
    let row = diesel::update(s::table.filter(s::id.eq(id.0)).filter(s::ended_at.is_null()));
    q!(tx.conn(), execute, row.set((s::used_at.eq(now), s::expires_at.eq(expires_at.millis()))))?;
    Ok(())
}

/// Puts a new secret in the place of this one; false when it is not there any more, as when two come at once.
pub async fn rotate(tx: &mut Tx, id: SessionId, from: &str, to: &str, expires_at: Instant) -> Result<bool> {
    let now = tx.now().millis();
    let row = diesel::update(s::table.filter(s::id.eq(id.0)).filter(s::secret.eq(from)).filter(s::ended_at.is_null()));
    let set = (s::secret.eq(to), s::used_at.eq(now), s::expires_at.eq(expires_at.millis()));
    Ok(q!(tx.conn(), execute, row.set(set))? == 1)
}

/// Ends a session; false when it had ended.
pub async fn end(tx: &mut Tx, id: SessionId) -> Result<bool> {
    let now = tx.now().millis();
    let row = diesel::update(s::table.filter(s::id.eq(id.0)).filter(s::ended_at.is_null()));
    Ok(q!(tx.conn(), execute, row.set(s::ended_at.eq(now)))? == 1)
}

/// Ends all sessions of an account, but for one if one is named; gives those that it ended.
pub async fn end_all(tx: &mut Tx, account: AccountId, but: Option<SessionId>) -> Result<Vec<SessionId>> {
    let (but, now) = (but.map_or(0, |id| id.0), tx.now().millis());
    let going: Vec<i64> = q!(
        tx.conn(),
        load,
        s::table
            .filter(s::account_id.eq(account.0))
            .filter(s::ended_at.is_null())
            .filter(s::expires_at.gt(now))
            .filter(s::id.ne(but))
            .select(s::id)
    )?;
    for id in &going {
        end(tx, SessionId(*id)).await?;
    }
    Ok(going.into_iter().map(SessionId).collect())
}

/// The sessions of an account that go on, but for those that were used last, as many as `keep`.
pub async fn beyond(tx: &mut Tx, account: AccountId, keep: i64) -> Result<Vec<SessionId>> {
    let now = tx.now().millis();
    let ids: Vec<i64> = q!(
        tx.conn(),
        load,
        s::table
            .filter(s::account_id.eq(account.0))
            .filter(s::ended_at.is_null())
            .filter(s::expires_at.gt(now))
            .order((s::used_at.desc(), s::id.desc()))
            .limit(1000)
            .offset(keep)
            .select(s::id)
    )?;
    Ok(ids.into_iter().map(SessionId).collect())
}

/// Forgets sessions that could not be used any more at this instant.
pub async fn prune(tx: &mut Tx, before: Instant) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(s::table.filter(s::expires_at.lt(before.millis()))))?;
    Ok(())
}
