//! PostgreSQL replicas, which take public reads off the primary.
//!
//! A replica is asked only while it has come as far as this process knows the log: a read there takes the head
//! first, and where that is older the read goes to the primary. So no reader sees less for there being
//! replicas, whatever they lag, and a writer sees on them what it wrote. A replica that is behind, or cannot be reached,
//! rests for a while, so that it costs next to nothing then. What one cannot answer in the middle of a read, since it goes
//! away or its log must go on over what is being read, is asked of the primary: that sees no less.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use diesel::result::Error as Diesel;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::{PoolableConnection as _, deadpool as pg};

use super::changes::{self, Head};
use super::{Conn, Db, Kind, PoolStatus, failure, pg_status};
use crate::error::{Error, Result};
use crate::model::change::log_hash;

/// How long one rests that was behind. A replica is mostly milliseconds behind.
const BEHIND: Duration = Duration::from_millis(20);
/// How long one rests that could not be reached; twice as long each further time.
const AWAY: Duration = Duration::from_secs(1);
/// The longest rest.
const AWAY_MOST: Duration = Duration::from_secs(30);
/// How long a connection of a replica is waited for, and its head, who could have those of the primary.
const WAIT: Duration = Duration::from_millis(500);

/// The replicas of a database, asked in turn.
#[derive(Default)]
pub(super) struct Replicas {
    all: Vec<Replica>,
    next: AtomicUsize,
}

/// One of them.
struct Replica {
    /// Its host and port.
    name: String,
    pool: pg::Pool<AsyncPgConnection>,
    began: Instant,
    /// Milliseconds after `began` up to which it is not asked.
    rests_until: AtomicU64,
    /// How often in a row it could not be reached.
    failed: AtomicU64,
    /// Whether it was said that it cannot be used.
    told: AtomicBool,
    counts: Counts,
}

#[derive(Default)]
struct Counts {
    reads: AtomicU64,
    behind: AtomicU64,
    failed: AtomicU64,
}

/// Of which replica a connection is, and whose.
pub(crate) struct OfReplica {
    number: usize,
    db: Db,
}

/// Puts a connection of the primary in the place of one of a replica that could not answer. False where the replica did
/// answer, or the primary cannot be had: the error stands then.
pub(super) async fn leave(conn: &mut Conn, error: &Diesel) -> bool {
    if !failure::may_be_asked_elsewhere(error) {
        return false;
    }
    let Some(of) = &conn.of_replica else { return false };
    let replica = &of.db.shared.replicas.all[of.number];
    let gone = match &mut conn.kind {
        Kind::Pg(pg) => pg.is_broken(),
        Kind::Lite(_) => false,
    };
    if gone {
        replica.is_away(error);
    } else {
        // One statement only, as where the log had to go on over what it read: the next one may be well.
        replica.counts.failed.fetch_add(1, Ordering::Relaxed);
    }
    match of.db.read().await {
        Ok(mut primary) => {
            std::mem::swap(&mut conn.kind, &mut primary.kind);
            conn.of_replica = None;
            true
        }
        Err(error) => {
            tracing::warn!(replica = replica.name, ?error, "the replica failed, and the primary cannot be had");
            false
        }
    }
}

/// How a replica does, for metrics.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplicaStatus {
    /// Its host and port.
    pub name: String,
    /// Its pool.
    pub pool: PoolStatus,
    /// Reads that it has begun to answer.
    pub reads: u64,
    /// Reads that went elsewhere, since it had not come as far as was known.
    pub behind: u64,
    /// Reads that went elsewhere, since it could not be used.
    pub failed: u64,
}

impl Replicas {
    pub(super) fn new(all: Vec<(String, pg::Pool<AsyncPgConnection>)>) -> Replicas {
        let replica = |(name, pool)| Replica {
            name,
            pool,
            began: Instant::now(),
            rests_until: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            told: AtomicBool::new(false),
            counts: Counts::default(),
        };
        Replicas { all: all.into_iter().map(replica).collect(), next: AtomicUsize::new(0) }
    }

    /// A connection of a replica that has seen all that this process knows of, and its head. None where there is none.
    pub(super) async fn read(&self, db: &Db) -> Option<(Conn, Head)> {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        for turn in 0..self.all.len() {
            let number = first.wrapping_add(turn) % self.all.len();
            let replica = &self.all[number];
            if replica.rests() {
                continue;
            }
            match replica.read(db, number).await {
                Ok(Some(read)) => {
                    replica.is_well();
                    return Some(read);
                }
                Ok(None) => replica.is_behind(),
                Err(error) => replica.is_away(&error),
            }
        }
        None
    }

    pub(super) fn status(&self) -> Vec<ReplicaStatus> {
        let of = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let status = |replica: &Replica| ReplicaStatus {
            name: replica.name.clone(),
            pool: pg_status(&replica.pool),
            reads: of(&replica.counts.reads),
            behind: of(&replica.counts.behind),
            failed: of(&replica.counts.failed),
        };
        self.all.iter().map(status).collect()
    }
}

impl Replica {
    /// A connection and the head there, unless it is older than what this process knows, or of another log.
    async fn read(&self, db: &Db, number: usize) -> Result<Option<(Conn, Head)>> {
        let wait = db.shared.acquire_timeout.min(WAIT);
        let away = |_| Error::internal("no connection to the replica became free in time");
        let pooled = tokio::time::timeout(wait, self.pool.get()).await.map_err(away)?.map_err(Error::internal)?;
        let mut conn = db.conn(Kind::Pg(Box::new(pooled)));
        // What the process knows now, and not what it may know when the answer is here: more would not be wrong.
        let (log, seq, derived) = (db.log(), db.newest(), db.newest_derived());
        let head = tokio::time::timeout(wait, changes::head_there(&mut conn)).await;
        let head = head.map_err(|_| Error::internal("the replica did not tell its head in time"))??;
        let fresh = log == log_hash(&head.log_id) && head.seq >= seq && head.derived >= derived;
        // From here on: one that cannot even tell its head has not begun to answer.
        conn.of_replica = Some(Box::new(OfReplica { number, db: db.clone() }));
        Ok(fresh.then_some((conn, head)))
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn rests(&self) -> bool {
        self.now() < self.rests_until.load(Ordering::Relaxed)
    }

    fn rest(&self, time: Duration) {
        let until = self.now() + u64::try_from(time.as_millis()).unwrap_or(u64::MAX / 2);
        self.rests_until.store(until, Ordering::Relaxed);
    }

    fn is_well(&self) {
        self.counts.reads.fetch_add(1, Ordering::Relaxed);
        self.failed.store(0, Ordering::Relaxed);
        if self.told.load(Ordering::Relaxed) && self.told.swap(false, Ordering::Relaxed) {
            tracing::info!(replica = self.name, "the replica answers again");
        }
    }

    fn is_behind(&self) {
        self.counts.behind.fetch_add(1, Ordering::Relaxed);
        self.rest(BEHIND);
    }

    fn is_away(&self, error: &dyn std::fmt::Debug) {
        self.counts.failed.fetch_add(1, Ordering::Relaxed);
        if self.rests() {
            // Many were under way there, and one has said it.
            return;
        }
        let times = self.failed.fetch_add(1, Ordering::Relaxed).min(10);
        self.rest(AWAY_MOST.min(AWAY * (1 << times)));
        if !self.told.swap(true, Ordering::Relaxed) {
            tracing::warn!(replica = self.name, ?error, "the replica cannot be used; reads go to the primary");
        }
    }
}
