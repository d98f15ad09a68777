//! The only room that knows SQL.
//!
//! One query text serves SQLite (embedded, the default) and PostgreSQL, chosen by the scheme of the database's URL.
//! Reads check a connection out with [`Db::read`] and hand it to the functions of a noun's file; a write is one
//! closure given to [`Db::write`], which is one transaction: it draws the numbers of its changes as its last step
//! and, when it has committed, tells everybody who waits for the head of the log.
//!
//! What is not here: permission, workflow and what an article looks like. The functions take and give values of
//! `model`.
//!
//! ```no_run
//! # async fn example(db: &masthead::store::Db) -> masthead::error::Result<()> {
//! let mut conn = db.read().await?;
//! let head = masthead::store::changes::head(&mut conn).await?;
//! # let _ = head; Ok(()) }
//! ```

pub mod accounts;
pub mod addresses;
pub mod articles;
pub mod audit;
pub mod authors;
pub mod autosaves;
pub mod by_name;
pub mod changes;
pub mod collections;
mod connect;
pub mod counts;
pub mod derived;
mod dialect;
pub mod events;
mod failure;
pub mod followers;
pub mod idempotency;
pub mod identities;
pub mod identity_log;
pub mod lists;
pub mod mail_queue;
pub mod migrate;
pub mod newsroom;
pub mod notes;
pub mod one_time;
pub mod previews;
pub mod related;
mod replicas;
mod schema;
pub mod sections;
pub mod security_events;
pub mod sessions;
pub mod signing_keys;
pub mod sitemaps;
pub mod term_aliases;
pub mod terms;
mod tls;
pub mod topics;
pub mod views;
pub mod websub;
mod write;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::unmanaged;
use diesel::SqliteConnection;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool as pg;
use futures::future::BoxFuture;
use tokio::sync::watch;

use crate::error::{Code, Error, Result};
use crate::model::change::log_hash;
use crate::model::id::IdMaker;
use crate::model::time::{Clock, Instant};
use changes::Head;
use replicas::{OfReplica, Replicas};

pub use crate::config::Engine;
pub use connect::Options;
pub use failure::may_retry;
pub use replicas::ReplicaStatus;
pub use write::{Tx, Written};

/// Runs one query on whichever engine the connection is of: `q!(conn, first, query)` expands to the same query on
/// either arm, type-checked for both. The methods are those of diesel's `RunQueryDsl`. A read that a replica cannot
/// answer is asked of the primary, so its query must be one that can be made twice.
macro_rules! q {
    (@once $conn:ident, $method:ident, $query:expr) => {{
        $conn.count_statement();
        match &mut $conn.kind {
            $crate::store::Kind::Pg(c) => diesel_async::RunQueryDsl::$method($query, &mut ***c).await,
            $crate::store::Kind::Lite(c) => diesel::RunQueryDsl::$method($query, &mut **c),
        }
    }};
    // Writes are never a replica's.
    ($conn:expr, execute, $query:expr) => {{
        let conn: &mut $crate::store::Conn = $conn;
        q!(@once conn, execute, $query)
    }};
    ($conn:expr, $method:ident, $query:expr) => {{
        let conn: &mut $crate::store::Conn = $conn;
        loop {
            match q!(@once conn, $method, $query) {
                Err(error) if conn.of_replica.is_some() && conn.leave_replica(&error).await => {}
                done => break done,
            }
        }
    }};
}
pub(crate) use q;

/// Runs several writes, in their order, and gives how many rows each wrote. PostgreSQL is sent all of them before it has
/// answered the first (pipelining), so they cost one round trip; none may need to know what another did.
macro_rules! together {
    ($conn:expr, $($query:expr),+ $(,)?) => {{
        let conn: &mut $crate::store::Conn = $conn;
        $(
            let _ = stringify!($query);
            conn.count_statement();
        )+
        match &mut conn.kind {
            $crate::store::Kind::Pg(c) => {
                let mut pg: &diesel_async::AsyncPgConnection = c;
                let sent = [$(diesel_async::RunQueryDsl::execute($query, &mut pg)),+];
                // Where one fails those behind it fail for that alone: the first error is the one that counts.
                futures::future::join_all(sent).await.into_iter().collect()
            }
            // A block whose `?` ends no more than itself.
            $crate::store::Kind::Lite(c) => async { Ok(vec![$(diesel::RunQueryDsl::execute($query, &mut **c)?),+]) }.await,
        }
        .map_err(|error: diesel::result::Error| $crate::error::Error::from(error))
    }};
}
pub(crate) use together;

/// A database: the pools, and what every write needs.
#[derive(Clone)]
pub struct Db {
    shared: Arc<Shared>,
}

enum Pools {
    Pg(pg::Pool<AsyncPgConnection>),
    Lite { readers: unmanaged::Pool<SqliteConnection>, writer: unmanaged::Pool<SqliteConnection> },
}

struct Shared {
    pools: Pools,
    clock: Clock,
    ids: IdMaker,
    statements: AtomicU64,
    head: watch::Sender<i64>,
    derived: watch::Sender<i64>,
    /// The log that the numbers are of.
    log: AtomicU64,
    known: changes::Known,
    acquire_timeout: Duration,
    scheme: Engine,
    collections: collections::Kept,
    replicas: Replicas,
}

impl Shared {
    /// Notes a head that was read, and tells those who wait. When it is of another log, as after a restored backup, its
    /// numbers may be lower.
    fn saw(&self, log: u64, seq: i64, derived: i64) {
        if self.log.swap(log, Ordering::Relaxed) != log {
            self.head.send_replace(seq);
            self.derived.send_replace(derived);
        } else {
            self.head.send_if_modified(|head| raise(head, seq));
            self.derived.send_if_modified(|known| raise(known, derived));
        }
    }
}

/// A connection out of the pool; it goes back when it is dropped.
pub struct Conn {
    pub(crate) kind: Kind,
    shared: Arc<Shared>,
    statements: u32,
    /// A read transaction is open on it.
    snapshot: bool,
    /// The replica that it is of, and where to go when that fails.
    pub(crate) of_replica: Option<Box<OfReplica>>,
}

impl Drop for Conn {
    fn drop(&mut self) {
        if let (true, Kind::Lite(conn)) = (self.snapshot, &mut self.kind)
            && let Err(error) = dialect::end_snapshot(conn)
        {
            tracing::error!(%error, "a read transaction could not be ended");
        }
        // PostgreSQL's pool closes what comes back so, which undoes it.
        if let Kind::Lite(conn) = &mut self.kind {
            write::undo(conn);
        }
    }
}

pub(crate) enum Kind {
    // Boxed: the connection of the embedded engine is a fifth of its size, and every reader holds one or the other.
    Pg(Box<pg::Object<AsyncPgConnection>>),
    Lite(unmanaged::Object<SqliteConnection>),
}

impl Conn {
    pub(crate) fn count_statement(&mut self) {
        self.statements += 1;
        self.shared.statements.fetch_add(1, Ordering::Relaxed);
    }

    /// Goes on at the primary where a replica could not answer; says whether there is anything to ask again.
    #[cold]
    pub(crate) fn leave_replica<'a>(&'a mut self, error: &'a diesel::result::Error) -> BoxFuture<'a, bool> {
        Box::pin(replicas::leave(self, error))
    }

    /// From here on all reads on it see one state of the database, on SQLite: they are the faster for it, since each
    /// would lock and unlock the file by itself otherwise. On PostgreSQL that would cost two round trips, so each read sees
    /// the newest: what is gone by a later one drops out of the answer.
    ///
    /// # Errors
    /// What the database says.
    pub fn hold(&mut self) -> Result<()> {
        if let (false, Kind::Lite(lite)) = (self.snapshot, &mut self.kind) {
            dialect::begin_snapshot(lite)?;
            self.snapshot = true;
        }
        Ok(())
    }

    /// How many statements have run on it since it was checked out.
    pub fn statements(&self) -> u32 {
        self.statements
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.shared.scheme
    }

    /// Runs work that may take long (a scan, a count). On SQLite it moves to a thread where blocking is allowed;
    /// keyed reads, at 10 to 30 µs, are cheaper where they are.
    pub async fn scan<T: Send + 'static>(
        self,
        work: impl for<'c> FnOnce(&'c mut Conn) -> BoxFuture<'c, T> + Send + 'static,
    ) -> Result<(Conn, T)> {
        let mut conn = self;
        if matches!(conn.kind, Kind::Pg(_)) {
            let value = work(&mut conn).await;
            return Ok((conn, value));
        }
        tokio::task::spawn_blocking(move || {
            let value = futures::executor::block_on(work(&mut conn));
            (conn, value)
        })
        .await
        .map_err(Error::internal)
    }
}

/// Where a read may be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadFrom {
    /// Where writes go too, and with the head that is seen there.
    Primary,
    /// By a replica, where there is one that has seen enough; labelled with a head that is known to be seen.
    Replica,
}

/// How the pool stands, for metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolStatus {
    /// Connections there may be.
    pub most: usize,
    /// Connections that are there.
    pub size: usize,
    /// Connections that nobody uses.
    pub idle: usize,
    /// Who waits for one.
    pub waiting: usize,
}

impl Db {
    /// Opens the database of `options` without touching its schema; see [`migrate`] for that.
    ///
    /// # Errors
    /// `CONFIG_INVALID` for a URL that is none of ours, `DATABASE_UNAVAILABLE` when it cannot be reached.
    pub async fn open(options: &Options, clock: Clock) -> Result<Db> {
        let (scheme, pools) = connect::open(options).await?;
        let replicas = Replicas::new(connect::replicas(options)?);
        let ((head, _), (derived, _)) = (watch::channel(0), watch::channel(0));
        let shared = Shared {
            pools,
            clock,
            ids: IdMaker::default(),
            statements: AtomicU64::new(0),
            head,
            derived,
            log: AtomicU64::new(0),
            known: changes::Known::default(),
            acquire_timeout: options.acquire_timeout,
            scheme,
            collections: collections::Kept::default(),
            replicas,
        };
        Ok(Db { shared: Arc::new(shared) })
    }

    /// A connection for reading. Waits for one as long as the settings say, then `UNAVAILABLE`.
    pub async fn read(&self) -> Result<Conn> {
        let kind = match &self.shared.pools {
            Pools::Pg(pool) => Kind::Pg(Box::new(self.in_time(pool.get()).await?.map_err(failure::pool)?)),
            Pools::Lite { readers, .. } => match readers.try_get() {
                Ok(object) => Kind::Lite(object),
                Err(_) => Kind::Lite(self.in_time(readers.get()).await?.map_err(Error::internal)?),
            },
        };
        Ok(self.conn(kind))
    }

    /// The newest head, as this process knows it, if it has looked lately: whatever is read from now on sees all up to
    /// there. None right after a write, since what else that head says is not known then.
    pub fn known(&self) -> Option<Arc<Head>> {
        let head = self.shared.known.get()?;
        let newest = head.seq >= self.newest() && head.derived >= self.newest_derived();
        (newest && log_hash(&head.log_id) == self.log()).then_some(head)
    }

    /// By which settings and which program answers are to be made, as far as this process knows ([`changes::take_shape`]); 0
    /// where nobody has said so.
    pub fn shape(&self) -> i64 {
        self.shared.known.shape()
    }

    /// Since when they are; long ago where nobody has said so.
    pub fn shaped_at(&self) -> Instant {
        self.shared.known.shaped_at()
    }

    /// A connection for several reads that belong together, and a head from before the first of them: what is read may be
    /// newer than that, never older. Who reads more than once [holds](Conn::hold) it.
    ///
    /// Where a replica may answer, one does that has seen all that this process knows of. Else the head is the one that is
    /// [known](Db::known), or where that does not do, the one that this connection sees.
    pub async fn snapshot(&self, from: ReadFrom) -> Result<(Conn, Arc<Head>)> {
        let mut known = None;
        if from == ReadFrom::Replica {
            if let Some((conn, head)) = self.shared.replicas.read(self).await {
                return Ok((conn, Arc::new(head)));
            }
            // Before the first row.
            known = self.known();
        }
        let mut conn = self.read().await?;
        let head = match known {
            Some(known) => known,
            None => {
                conn.hold()?;
                Arc::new(changes::head(&mut conn).await?)
            }
        };
        Ok((conn, head))
    }

    async fn writer(&self) -> Result<Conn> {
        let kind = match &self.shared.pools {
            Pools::Pg(pool) => Kind::Pg(Box::new(self.in_time(pool.get()).await?.map_err(failure::pool)?)),
            // Writers queue here rather than in SQLite's busy handler, which sleeps and is not fair.
            Pools::Lite { writer, .. } => Kind::Lite(writer.get().await.map_err(Error::internal)?),
        };
        Ok(self.conn(kind))
    }

    fn conn(&self, kind: Kind) -> Conn {
        Conn { kind, shared: self.shared.clone(), statements: 0, snapshot: false, of_replica: None }
    }

    async fn in_time<F: Future>(&self, get: F) -> Result<F::Output> {
        tokio::time::timeout(self.shared.acquire_timeout, get).await.map_err(|_| {
            Error::new(
                Code::Unavailable,
                "No database connection became free in time; try again, or raise [database] max_connections.",
            )
        })
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.shared.scheme
    }

    /// The clock that writes are dated by.
    pub fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    /// The head of the log as this process knows it; receivers wake when it moves.
    pub fn head(&self) -> watch::Receiver<i64> {
        self.shared.head.subscribe()
    }

    /// The log, as this process knows it, by its [hash](crate::model::change::log_hash); 0 before it has read anything.
    pub fn log(&self) -> u64 {
        self.shared.log.load(Ordering::Relaxed)
    }

    /// The head of the log as this process knows it.
    pub fn newest(&self) -> i64 {
        *self.shared.head.borrow()
    }

    /// Tells those who wait that the log has reached `seq`. Never moves back.
    pub fn announce(&self, seq: i64) {
        self.shared.head.send_if_modified(|head| raise(head, seq));
    }

    /// The last number of what is derived, as this process knows it; receivers wake when it moves.
    pub fn derived(&self) -> watch::Receiver<i64> {
        self.shared.derived.subscribe()
    }

    /// The last number of what is derived, as this process knows it.
    pub fn newest_derived(&self) -> i64 {
        *self.shared.derived.borrow()
    }

    /// Tells those who wait that what is derived has reached this number. Never moves back.
    pub fn announce_derived(&self, derived: i64) {
        self.shared.derived.send_if_modified(|known| raise(known, derived));
    }

    /// Statements that this process has run since it began.
    pub fn statements(&self) -> u64 {
        self.shared.statements.load(Ordering::Relaxed)
    }

    /// How the replicas do.
    pub fn replicas(&self) -> Vec<ReplicaStatus> {
        self.shared.replicas.status()
    }

    /// How the pool of readers stands.
    pub fn pool_status(&self) -> PoolStatus {
        match &self.shared.pools {
            Pools::Pg(pool) => pg_status(pool),
            Pools::Lite { readers, .. } => {
                let s = readers.status();
                PoolStatus { most: s.max_size, size: s.size, idle: s.available, waiting: s.waiting }
            }
        }
    }
}

fn pg_status(pool: &pg::Pool<AsyncPgConnection>) -> PoolStatus {
    let s = pool.status();
    PoolStatus { most: s.max_size, size: s.size, idle: s.available, waiting: s.waiting }
}

/// Raises what is known to `to`; says whether it moved.
fn raise(known: &mut i64, to: i64) -> bool {
    let moves = to > *known;
    if moves {
        *known = to;
    }
    moves
}
