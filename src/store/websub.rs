//! WebSub: who wants to be told of a feed, and who asked for it and is not verified yet.

use diesel::prelude::{Queryable, Selectable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl, SelectableHelper};

use super::schema::{websub_requests as r, websub_subscriptions as s};
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::time::Instant;

/// Somebody asks to be told of a feed, or to be told no more.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = r)]
pub struct Request {
    /// Of topic and callback.
    pub key: String,
    /// Drawn anew with each.
    pub id: i64,
    /// `subscribe` or `unsubscribe`.
    pub mode: String,
    /// The address of the feed, as it was sent.
    pub topic: String,
    /// Where to tell.
    pub callback: String,
    /// By which deliveries are signed.
    pub secret: Option<String>,
    /// For how long.
    pub lease_seconds: i64,
    /// How often the callback was asked.
    pub tries: i32,
    due_at: i64,
}

/// What is asked for.
#[derive(Debug, Clone)]
pub struct Asked<'a> {
    /// Of topic and callback.
    pub key: &'a str,
    /// `subscribe` or `unsubscribe`.
    pub mode: &'a str,
    /// The address of the feed.
    pub topic: &'a str,
    /// Where to tell.
    pub callback: &'a str,
    /// By which deliveries are signed.
    pub secret: Option<&'a str>,
    /// For how long.
    pub lease_seconds: i64,
}

/// Somebody who is told of a feed.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = s)]
pub struct Subscription {
    /// Of topic and callback.
    pub key: String,
    /// The address of the feed, as it was sent.
    pub topic: String,
    /// Where to tell.
    pub callback: String,
    /// By which deliveries are signed.
    pub secret: Option<String>,
    /// When it ends, in milliseconds.
    pub expires_at: i64,
    /// The entity tag of what the subscriber has.
    pub delivered: String,
    /// How often in a row a delivery failed.
    pub tries: i32,
    /// Since when, in milliseconds.
    pub failing_since: Option<i64>,
    /// Not before, in milliseconds.
    pub due_at: i64,
}

/// Keeps what is asked for, in the place of what was asked for the same before.
pub async fn ask(tx: &mut Tx, asked: &Asked<'_>) -> Result<()> {
    let (id, now) = (tx.next_id(), tx.now().millis());
    q!(tx.conn(), execute, diesel::delete(r::table.find(asked.key)))?;
    let row = (
        r::key.eq(asked.key),
        r::id.eq(id),
        r::mode.eq(asked.mode),
        r::topic.eq(asked.topic),
        r::callback.eq(asked.callback),
        r::secret.eq(asked.secret),
        r::lease_seconds.eq(asked.lease_seconds),
        r::tries.eq(0),
        r::due_at.eq(now),
    );
    q!(tx.conn(), execute, diesel::insert_into(r::table).values(row))?;
    Ok(())
}

/// What is asked for and due at `now`, oldest first.
pub async fn due(conn: &mut Conn, now: Instant, most: i64) -> Result<Vec<Request>> {
    let due = r::table.filter(r::due_at.le(now.millis())).order((r::due_at, r::key)).limit(most);
    Ok(q!(conn, load, due.select(Request::as_select()))?)
}

/// Asks again later, unless something else is asked for meanwhile.
pub async fn postpone(tx: &mut Tx, request: &Request, due_at: Instant) -> Result<()> {
    let row = diesel::update(r::table.filter(r::key.eq(&request.key)).filter(r::id.eq(request.id)));
    q!(tx.conn(), execute, row.set((r::due_at.eq(due_at.millis()), r::tries.eq(r::tries + 1))))?;
    Ok(())
}

/// Forgets what was asked for. False when something else is asked for meanwhile.
pub async fn settle(tx: &mut Tx, request: &Request) -> Result<bool> {
    let row = diesel::delete(r::table.filter(r::key.eq(&request.key)).filter(r::id.eq(request.id)));
    Ok(q!(tx.conn(), execute, row)? == 1)
}

/// Subscribes, or renews. Who is new has nothing yet, so that what changed before they were verified reaches them too.
pub async fn subscribe(tx: &mut Tx, request: &Request, expires_at: Instant) -> Result<()> {
    let renewed = (s::secret.eq(request.secret.as_deref()), s::expires_at.eq(expires_at.millis()));
    let known = q!(tx.conn(), execute, diesel::update(s::table.find(&request.key)).set(renewed))?;
    if known == 0 {
        let now = tx.now().millis();
        let row = (
            s::key.eq(&request.key),
            s::topic.eq(&request.topic),
            s::callback.eq(&request.callback),
            s::secret.eq(request.secret.as_deref()),
            s::expires_at.eq(expires_at.millis()),
            s::delivered.eq(""),
            s::tries.eq(0),
            s::due_at.eq(now),
        );
        q!(tx.conn(), execute, diesel::insert_into(s::table).values(row))?;
    }
    Ok(())
}

/// Ends a subscription.
pub async fn unsubscribe(tx: &mut Tx, key: &str) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(s::table.find(key)))?;
    Ok(())
}

/// All subscriptions that have not ended at `now`.
pub async fn subscriptions(conn: &mut Conn, now: Instant) -> Result<Vec<Subscription>> {
    let live = s::table.filter(s::expires_at.gt(now.millis())).order(s::key);
    Ok(q!(conn, load, live.select(Subscription::as_select()))?)
}

/// A subscription.
pub async fn subscription(conn: &mut Conn, key: &str) -> Result<Option<Subscription>> {
    Ok(q!(conn, first, s::table.find(key).select(Subscription::as_select())).optional()?)
}

/// How many subscriptions there are, and how many are asked for.
pub async fn counts(conn: &mut Conn) -> Result<(i64, i64)> {
    let subscriptions: i64 = q!(conn, get_result, s::table.count())?;
    let requests: i64 = q!(conn, get_result, r::table.count())?;
    Ok((subscriptions, requests))
}

/// The subscriber has what carries this tag.
pub async fn delivered(tx: &mut Tx, key: &str, tag: &str) -> Result<()> {
    let now = tx.now().millis();
    let set = (s::delivered.eq(tag), s::tries.eq(0), s::failing_since.eq(None::<i64>), s::due_at.eq(now));
    q!(tx.conn(), execute, diesel::update(s::table.find(key)).set(set))?;
    Ok(())
}

/// A delivery failed; the next comes at `due_at`.
pub async fn failed(tx: &mut Tx, subscription: &Subscription, due_at: Instant) -> Result<()> {
    let since = subscription.failing_since.unwrap_or(tx.now().millis());
    let set = (s::tries.eq(s::tries + 1), s::failing_since.eq(Some(since)), s::due_at.eq(due_at.millis()));
    q!(tx.conn(), execute, diesel::update(s::table.find(&subscription.key)).set(set))?;
    Ok(())
}

/// Forgets the subscriptions that have ended.
pub async fn tidy(tx: &mut Tx) -> Result<usize> {
    let now = tx.now().millis();
    Ok(q!(tx.conn(), execute, diesel::delete(s::table.filter(s::expires_at.le(now))))?)
}
