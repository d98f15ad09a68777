//! What follows the change log, and the runner that keeps it going.
//!
//! A follower has a position in the log and is told to go on when the head moves; its lag is the distance. Today
//! there are seven: the *watch*, which notices what other processes wrote (a poll four times a second, so that a
//! running `serve` shows it within one), the *timer*, which publishes what is due, the *cache*, which lets
//! kept answers know what has changed, the *index*, which keeps this node's
//! search index, *related*, which keeps the lists of related news, on one node at a time, *websub*, which tells
//! subscribers of feeds what is new, and *purge*, which tells caches in front; beside them the *views*
//! are flushed and ranked, and what goes on around accounts by itself: revocations are heard, mail is sent, keys are
//! changed. What is not here: what a
//! follower does to the catalogue (`newsroom`).
//!
//! ```no_run
//! # fn example(app: &masthead::app::App) {
//! let followers = masthead::followers::start(app);
//! for (name, lag) in followers.lags() {
//!     println!("{name} is {lag} changes behind");
//! }
//! followers.stop();
//! # }
//! ```

mod cache;
mod identities;
mod index;
mod purge;
mod related;
mod timer;
mod views;
mod watch;
mod websub;

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;

use crate::app::App;
use crate::identity::Identity;
use crate::newsroom::views::Counter;
use crate::store::Db;
use crate::syndication::hub::Hub;
use crate::syndication::publisher::Publisher;
use crate::syndication::purge::Purger;

pub use index::fill;
pub use related::relate_all;

/// How long a follower may be silent before it counts as failing.
const SILENCE: Duration = Duration::from_secs(15);

/// Where one follower stands.
#[derive(Debug)]
pub(crate) struct Position {
    name: &'static str,
    seq: tokio::sync::watch::Sender<i64>,
    /// Milliseconds since the start at which it last went well.
    well: AtomicI64,
    started: Instant,
}

impl Position {
    fn new(name: &'static str) -> Arc<Position> {
        let (seq, well) = (tokio::sync::watch::channel(0).0, AtomicI64::new(0));
        Arc::new(Position { name, seq, well, started: Instant::now() })
    }

    fn reached(&self, seq: i64) {
        self.seq.send_if_modified(|reached| {
            let moves = seq > *reached;
            *reached = seq.max(*reached);
            moves
        });
        self.alive();
    }

    /// It goes well, but has not reached anything yet.
    fn alive(&self) {
        self.goes_on();
    }

    /// It has not reached what it wants, but is getting there.
    fn goes_on(&self) {
        let now = i64::try_from(self.started.elapsed().as_millis()).unwrap_or(i64::MAX);
        self.well.store(now, Ordering::Relaxed);
    }

    fn is_well(&self) -> bool {
        let well = Duration::from_millis(self.well.load(Ordering::Relaxed).unsigned_abs());
        self.started.elapsed().saturating_sub(well) < SILENCE
    }
}

/// The followers of this process.
#[derive(Clone)]
pub struct Followers {
    db: Db,
    views: Counter,
    hub: Option<Hub>,
    positions: Arc<Vec<Arc<Position>>>,
    tasks: Arc<Vec<JoinHandle<()>>>,
}

/// Starts the followers of the change log.
pub fn start(app: &App) -> Followers {
    start_with(app, None)
}

/// Starts the followers, and what goes on by itself around accounts.
pub fn start_with(app: &App, identity: Option<&Identity>) -> Followers {
    let db = &app.db;
    let [watch, timer, cache, index, related] = ["watch", "timer", "cache", "search", "related"].map(Position::new);
    let views = Counter::new(db);
    let mut tasks = vec![
        tokio::spawn(watch::run(db.clone(), watch.clone())),
        tokio::spawn(timer::run(db.clone(), timer.clone())),
        tokio::spawn(cache::run(app.clone(), cache.clone())),
        tokio::spawn(index::run(db.clone(), app.search.clone(), index.clone())),
        tokio::spawn(related::run(
            db.clone(),
            app.search.clone(),
            app.settings.related.clone(),
            index.seq.subscribe(),
            related.clone(),
        )),
        tokio::spawn(views::run(db.clone(), views.clone())),
    ];
    let mut positions = vec![watch, timer, cache, index, related];
    let (hub, publisher) = (Hub::new(app), Publisher::new(app));
    for error in [hub.as_ref().err(), publisher.as_ref().err()].into_iter().flatten() {
        tracing::error!(?error, "subscribers of feeds are not told what is new");
    }
    let hub = hub.ok().flatten();
    if let Some(hub) = &hub {
        let place = Position::new("websub");
        positions.push(place.clone());
        tasks.push(tokio::spawn(websub::tell(app.clone(), hub.clone(), place)));
    }
    if let Some(publisher) = publisher.ok().flatten() {
        let place = Position::new("websub");
        positions.push(place.clone());
        tasks.push(tokio::spawn(websub::publish(app.clone(), publisher, place)));
    }
    match Purger::all(&app.settings) {
        Ok(purgers) => {
            for purger in purgers {
                let place = Position::new(purger.name());
                positions.push(place.clone());
                tasks.push(tokio::spawn(purge::run(app.clone(), purger, place)));
            }
        }
        Err(error) => tracing::error!(?error, "caches in front are not told what has changed"),
    }
    if let Some(identity) = identity {
        tasks.push(tokio::spawn(identities::hear(identity.clone())));
        tasks.push(tokio::spawn(identities::mail(identity.clone())));
        tasks.push(tokio::spawn(identities::tidy(identity.clone())));
    }
    Followers { db: db.clone(), views, hub, positions: Arc::new(positions), tasks: Arc::new(tasks) }
}

impl Followers {
    /// How many changes each is behind the head.
    pub fn lags(&self) -> Vec<(&'static str, i64)> {
        let head = *self.db.head().borrow();
        self.positions.iter().map(|p| (p.name, (head - *p.seq.borrow()).max(0))).collect()
    }

    /// The names of those that have not gone well for a while.
    pub fn failing(&self) -> Vec<&'static str> {
        self.positions.iter().filter(|p| !p.is_well()).map(|p| p.name).collect()
    }

    /// Counts views; what it holds is flushed every second.
    pub fn views(&self) -> &Counter {
        &self.views
    }

    /// The hub that tells subscribers of feeds, where this server is one.
    pub fn hub(&self) -> Option<&Hub> {
        self.hub.as_ref()
    }

    /// Stops them. What they had not done they do after the next start.
    pub fn stop(&self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}
