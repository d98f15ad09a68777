//! Tells subscribers of feeds what is new, or tells another hub to.
//!
//! One node at a time does it, under a lease that it holds while there is work. The hub of our own needs no place in the
//! log: what a subscriber has is held against what the feed is now. Another hub is told change by change.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use super::Position as Place;
use crate::app::App;
use crate::catalogue::{answers, changes};
use crate::error::Result;
use crate::store::followers::{self, DONE, Standing};
use crate::store::websub::{self, Request};
use crate::store::{Db, changes as log};
use crate::syndication::hub::{Hub, Outcome, State};
use crate::syndication::publisher::Publisher;
use crate::telemetry::names;

/// Of whom the lease is.
const HUB: &str = "websub";
const PUBLISHER: &str = "websub-publisher";
/// How long a lease lasts that its holder does not renew. Longer than any one request, so that nobody is told twice.
pub(super) const LEASE_MS: i64 = 30_000;
/// How often is looked whether somebody asked another node for something, or is due again.
const EVERY: Duration = Duration::from_secs(1);
/// How long several changes are waited for, to tell of them at once.
const GATHER: Duration = Duration::from_millis(250);
/// How often feeds are looked at that time alone may have moved.
const TIME_MOVES: Duration = Duration::from_secs(30);
/// How many requests to subscribers are on their way at once.
const AT_ONCE: usize = 64;
/// How many who ask are looked at at once.
const ASKING_MOST: i64 = 100;
/// How long a change is old when another hub is told of it: by then every node shows it.
const READABLE: Duration = Duration::from_secs(1);
/// The longest pause after the other hub could not be told.
const PAUSE_MOST: Duration = Duration::from_secs(300);
/// How often ended subscriptions are forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(600);

/// The hub of our own.
pub(super) async fn tell(app: App, hub: Hub, place: Arc<Place>) {
    let mut head = app.db.head();
    let mut teller = Teller::new(&app, &hub);
    loop {
        head.borrow_and_update();
        match teller.step().await {
            Ok(()) => place.reached(teller.seen),
            Err(error) => {
                tracing::warn!(?error, "subscribers of feeds cannot be told; trying again");
                tokio::time::sleep(EVERY).await;
            }
        }
        let busy = !teller.tasks.is_empty();
        tokio::select! {
            _ = head.changed() => tokio::time::sleep(GATHER).await,
            () = hub.asked() => {}
            Some(done) = teller.tasks.join_next(), if busy => teller.done(done),
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

type Done = std::result::Result<(String, Result<Outcome>), tokio::task::JoinError>;

struct Teller {
    app: App,
    hub: Hub,
    holder: String,
    holds: bool,
    /// What is on its way, by the keys of subscriptions and requests.
    tasks: JoinSet<(String, Result<Outcome>)>,
    under_way: HashSet<String>,
    /// How the feeds were that are subscribed to; none for what is not there.
    states: HashMap<String, Option<State>>,
    /// Up to which change all was looked at.
    seen: i64,
    looked: Option<Instant>,
    tidied: Instant,
}

impl Teller {
    fn new(app: &App, hub: &Hub) -> Teller {
        Teller {
            app: app.clone(),
            hub: hub.clone(),
            holder: format!("{:032x}", rand::random::<u128>()),
            holds: false,
            tasks: JoinSet::new(),
            under_way: HashSet::new(),
            states: HashMap::new(),
            seen: 0,
            looked: None,
            tidied: Instant::now(),
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Ok((key, result)) => {
                self.under_way.remove(&key);
                if let Err(error) = result {
                    tracing::warn!(?error, "a subscriber of a feed could not be dealt with; trying again");
                }
            }
            // Which one it was is not known: whatever is under way is looked at anew.
            Err(error) => {
                tracing::error!(?error, "a task of the hub ended by itself");
                self.under_way.clear();
            }
        }
        // There may be more to tell by now.
        self.looked = None;
    }

    async fn step(&mut self) -> Result<()> {
        while let Some(done) = self.tasks.try_join_next() {
            self.done(done);
        }
        let head = *self.app.db.head().borrow();
        let asking = self.asking().await?;
        let telling = if self.is_time(head) { self.telling().await? } else { Vec::new() };
        if asking.is_empty() && telling.is_empty() {
            if self.tasks.is_empty() {
                self.seen = head;
                return self.release().await;
            }
            return self.take().await.map(drop);
        }
        if !self.take().await? {
            // Another node does it, and this one looks again in a while.
            (self.seen, self.looked) = (head, None);
            return Ok(());
        }
        for request in asking {
            let key = format!("? {}", request.key);
            if self.has_room(&key) {
                let hub = self.hub.clone();
                self.tasks.spawn(async move { (key, hub.verify(request).await) });
            }
        }
        let mut left = false;
        for key in telling {
            if self.has_room(&key) {
                let hub = self.hub.clone();
                self.tasks.spawn(async move {
                    let outcome = hub.deliver(&key).await;
                    (key, outcome)
                });
            } else {
                left = true;
            }
        }
        if !left {
            self.seen = head;
        }
        Ok(())
    }

    /// Takes a place among what is under way, if there is one.
    fn has_room(&mut self, key: &str) -> bool {
        self.tasks.len() < AT_ONCE && self.under_way.insert(key.to_owned())
    }

    fn is_time(&self, head: i64) -> bool {
        head != self.seen || self.looked.is_none_or(|at| at.elapsed() > TIME_MOVES)
    }

    async fn asking(&self) -> Result<Vec<Request>> {
        let mut conn = self.app.db.read().await?;
        let due = websub::due(&mut conn, self.app.db.clock().now(), ASKING_MOST).await?;
        Ok(due.into_iter().filter(|request| !self.under_way.contains(&format!("? {}", request.key))).collect())
    }

    /// Whose feed is not what they have.
    async fn telling(&mut self) -> Result<Vec<String>> {
        let now = self.app.db.clock().now();
        let mut conn = self.app.db.read().await?;
        let all = websub::subscriptions(&mut conn, now).await?;
        drop(conn);
        metrics::gauge!(names::WEBSUB_SUBSCRIPTIONS).set(f64::from(u32::try_from(all.len()).unwrap_or(u32::MAX)));
        if self.tidied.elapsed() > TIDY_EVERY {
            self.tidied = Instant::now();
            self.app.db.write(|tx| Box::pin(async move { websub::tidy(tx).await })).await?;
        }
        if !all.is_empty() {
            answers::catch_up(&self.app).await?;
        }
        let topics: HashSet<&str> = all.iter().map(|one| one.topic.as_str()).collect();
        self.states.retain(|topic, _| topics.contains(topic.as_str()));
        let mut telling = Vec::new();
        for one in &all {
            let known = self.states.get(&one.topic).and_then(Option::as_ref).filter(|state| state.stands(&self.app));
            let tag = match known {
                Some(state) => Some(state.tag.clone()),
                None => {
                    let state = match self.hub.content(&one.topic).await {
                        Ok(content) => content.map(|content| content.state()),
                        // The others are told all the same.
                        Err(error) => {
                            tracing::warn!(?error, topic = one.topic, "a feed cannot be made for its subscribers");
                            continue;
                        }
                    };
                    let tag = state.as_ref().map(|state| state.tag.clone());
                    self.states.insert(one.topic.clone(), state);
                    tag
                }
            };
            let is_new = tag.as_deref() != Some(&one.delivered);
            // Who failed and has what the feed is again is behind with nothing, which is only to be noted.
            let due = if is_new { one.due_at <= now.millis() } else { one.failing_since.is_some() };
            if due && !self.under_way.contains(&one.key) {
                telling.push(one.key.clone());
            }
        }
        // Who is due later is looked at later.
        let later = all.iter().any(|one| one.due_at > now.millis());
        self.looked = (!later).then(Instant::now);
        Ok(telling)
    }

    async fn take(&mut self) -> Result<bool> {
        self.holds = take(&self.app.db, HUB, &self.holder).await?.is_some();
        Ok(self.holds)
    }

    async fn release(&mut self) -> Result<()> {
        if std::mem::take(&mut self.holds) {
            release(&self.app.db, HUB, &self.holder).await?;
        }
        Ok(())
    }
}

pub(super) async fn take(db: &Db, name: &'static str, holder: &str) -> Result<Option<Standing>> {
    let holder = holder.to_owned();
    let taken = db.write(move |tx| {
        let holder = holder.clone();
        Box::pin(async move { followers::take(tx, name, &holder, LEASE_MS).await })
    });
    Ok(taken.await?.value)
}

pub(super) async fn release(db: &Db, name: &'static str, holder: &str) -> Result<()> {
    let holder = holder.to_owned();
    let released = db.write(move |tx| {
        let holder = holder.clone();
        Box::pin(async move { followers::release(tx, name, &holder).await })
    });
    released.await.map(drop)
}

/// Another hub.
pub(super) async fn publish(app: App, publisher: Publisher, place: Arc<Place>) {
    let mut head = app.db.head();
    let holder = format!("{:032x}", rand::random::<u128>());
    let mut pause = EVERY;
    loop {
        head.borrow_and_update();
        match follow(&app, &publisher, &holder, &place).await {
            Ok(true) => {
                pause = EVERY;
                continue;
            }
            Ok(false) => pause = EVERY,
            Err(error) => {
                tracing::warn!(?error, hub = publisher.hub(), "the hub cannot be told what has changed; trying again");
                place.alive();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MOST);
            }
        }
        let _ = tokio::time::timeout(EVERY, head.changed()).await;
    }
}

/// Tells of the next changes. Whether there were any.
async fn follow(app: &App, publisher: &Publisher, holder: &str, place: &Place) -> Result<bool> {
    let mut conn = app.db.read().await?;
    let head = log::head(&mut conn).await?;
    let known = followers::standing(&mut conn, PUBLISHER).await?;
    drop(conn);
    place.alive();
    let is_done =
        |known: &Standing| known.log_id == head.log_id && known.settings == publisher.hub() && known.seq == head.seq;
    if known.as_ref().is_some_and(is_done) {
        place.reached(head.seq);
        return Ok(false);
    }
    tokio::time::sleep(READABLE).await;
    let Some(mut standing) = take(&app.db, PUBLISHER, holder).await? else { return Ok(false) };
    let is_ours = standing.log_id == head.log_id && standing.settings == publisher.hub() && standing.seq <= head.seq;
    if is_ours {
        let some = changes::after(&app.db, standing.seq).await?;
        // What came since it was waited for is told of next time.
        let some: Vec<_> = some.into_iter().filter(|change| change.seq <= head.seq).collect();
        standing.seq = some.last().map_or(head.seq, |change| change.seq);
        if !some.is_empty() {
            publisher.publish(&publisher.touched(&some).await?).await?;
        }
    } else {
        // Whoever takes feeds from a hub that is told for the first time reads them whole.
        standing = Standing { log_id: head.log_id, seq: head.seq, settings: publisher.hub().to_owned(), ..standing };
    }
    standing.fill_after = DONE;
    let kept = standing.clone();
    app.db
        .write(move |tx| {
            let kept = kept.clone();
            Box::pin(async move { followers::advance(tx, PUBLISHER, &kept, LEASE_MS).await })
        })
        .await?;
    place.reached(standing.seq);
    release(&app.db, PUBLISHER, holder).await?;
    Ok(true)
}
