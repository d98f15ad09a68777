//! Writing: one transaction that ends in the change sequence.

use std::collections::{BTreeMap, HashSet};

use diesel::connection::{SimpleConnection as _, TransactionManager as _};
use diesel::{Connection, ExpressionMethods, SqliteConnection};
use diesel_async::{AsyncConnection, AsyncPgConnection, TransactionManager as _};
use futures::future::BoxFuture;

use super::derived::{self, Derived};
use super::{Conn, Db, Engine, Kind, articles, changes, counts, failure, q};
use crate::error::Result;
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::time::Instant;

type LiteTransactions = <SqliteConnection as Connection>::TransactionManager;
type PgTransactions = <AsyncPgConnection as AsyncConnection>::TransactionManager;

/// How often a transaction is run again that another one got in the way of.
const TRIES: u32 = 8;

/// A transaction that is being written.
pub struct Tx {
    conn: Conn,
    now: Instant,
    changes: Vec<NewChange>,
    counts: Vec<(counts::Count, i64)>,
    leads: Vec<Lead>,
    derived: Vec<Derived>,
    looks: Vec<(counts::Count, bool)>,
}

/// What leads to an article since this transaction: a slug, or an address that it had elsewhere.
struct Lead {
    to: ArticleId,
    slug: Option<String>,
}

/// Where a part of the work began.
#[derive(Debug)]
#[must_use = "a savepoint that is not settled leaves the transaction open"]
pub struct Savepoint {
    changes: usize,
    counts: usize,
    leads: usize,
    derived: usize,
    looks: usize,
}

/// A change that waits for its number.
#[derive(Debug, Clone)]
pub(super) struct NewChange {
    pub subject: Subject,
    pub deed: Deed,
    pub version: i32,
    pub touches: Touches,
}

/// What a write gives back.
#[derive(Debug, Clone, Copy)]
pub struct Written<T> {
    /// What the closure gave.
    pub value: T,
    /// The number of the last change, or of the head when nothing changed. A read that is at least as fresh as this
    /// sees what was written.
    pub seq: i64,
}

impl Tx {
    /// The connection, for the functions of the nouns.
    pub fn conn(&mut self) -> &mut Conn {
        &mut self.conn
    }

    /// The instant that everything in this transaction is dated by.
    pub fn now(&self) -> Instant {
        self.now
    }

    /// A new id.
    pub fn next_id(&self) -> i64 {
        self.conn.shared.ids.next(self.now)
    }

    /// Notes a change; it gets its number when the transaction ends.
    pub fn note(&mut self, subject: Subject, deed: Deed, version: i32, touches: Touches) {
        self.changes.push(NewChange { subject, deed, version, touches });
    }

    /// Notes that a slug, or an address elsewhere, leads to an article that it did not lead to before. Whoever was told that
    /// nothing is there must learn of it by a change: the last one of the transaction says it too, and an article that has
    /// no change of its own gets one.
    pub(super) fn leads(&mut self, slug: Option<&str>, to: ArticleId) {
        self.leads.push(Lead { to, slug: slug.map(ToOwned::to_owned) });
    }

    /// Notes that something derived was made anew; it gets its number when the transaction ends.
    pub(super) fn derived(&mut self, what: Derived) {
        self.derived.push(what);
    }

    /// Notes that a count moves; all are written when the transaction ends, in one order, so that two writers do
    /// not wait for each other crosswise.
    pub fn count(&mut self, count: counts::Count, by: i64) {
        self.counts.push((count, by));
    }

    /// By how much this transaction has moved a count so far.
    pub fn counted(&self, count: &counts::Count) -> i64 {
        self.counts.iter().filter(|(c, _)| c == count).map(|(_, n)| n).sum()
    }

    /// Notes whether a term was seen to have articles left, by their count. Others may take some away at the same time, whom
    /// nobody sees until they have committed; so it is looked at again when the transaction ends.
    pub fn looked(&mut self, count: counts::Count, left: bool) {
        self.looks.push((count, left));
    }

    /// Begins a part of the work whose failure undoes that part alone. [`Tx::settle`] must end it.
    pub async fn savepoint(&mut self) -> Result<Savepoint> {
        let (changes, counts) = (self.changes.len(), self.counts.len());
        let (leads, derived, looks) = (self.leads.len(), self.derived.len(), self.looks.len());
        self.begin().await?;
        Ok(Savepoint { changes, counts, leads, derived, looks })
    }

    /// Ends the part: keeps it when `result` is good, else undoes it. Gives `result` back.
    ///
    /// # Errors
    /// What the database says of the savepoint; then the whole transaction is lost.
    pub async fn settle<T>(&mut self, part: Savepoint, result: Result<T>) -> Result<Result<T>> {
        if result.is_ok() {
            self.commit().await?;
        } else {
            self.changes.truncate(part.changes);
            self.counts.truncate(part.counts);
            self.leads.truncate(part.leads);
            self.derived.truncate(part.derived);
            self.looks.truncate(part.looks);
            self.rollback().await?;
        }
        Ok(result)
    }

    async fn begin(&mut self) -> Result<()> {
        match &mut self.conn.kind {
            Kind::Pg(c) => PgTransactions::begin_transaction(&mut ***c).await?,
            Kind::Lite(c) => LiteTransactions::begin_transaction(&mut **c)?,
        }
        Ok(())
    }

    async fn commit(&mut self) -> Result<()> {
        match &mut self.conn.kind {
            Kind::Pg(c) => PgTransactions::commit_transaction(&mut ***c).await?,
            Kind::Lite(c) => LiteTransactions::commit_transaction(&mut **c)?,
        }
        Ok(())
    }

    async fn rollback(&mut self) -> Result<()> {
        match &mut self.conn.kind {
            Kind::Pg(c) => PgTransactions::rollback_transaction(&mut ***c).await?,
            Kind::Lite(c) => LiteTransactions::rollback_transaction(&mut **c)?,
        }
        Ok(())
    }

    /// Holds what was [seen](Tx::looked) of terms from which articles were taken away against the counts, which are locked by
    /// now and so are those of all who came first.
    ///
    /// # Errors
    /// `CONFLICT` when the last article went though some were seen to be left; the transaction is then run again, and the
    /// term is taken out of the catalogue.
    async fn look_again(&mut self, sums: &BTreeMap<counts::Count, i64>) -> Result<()> {
        // SQLite has one writer: it has seen all.
        if self.conn.engine() == Engine::Sqlite {
            return Ok(());
        }
        // Of several looks the last one counts.
        let looks: BTreeMap<counts::Count, bool> = std::mem::take(&mut self.looks).into_iter().collect();
        let mut ids: BTreeMap<counts::CountKind, Vec<i64>> = BTreeMap::new();
        for (count, _) in looks.iter().filter(|(count, left)| **left && sums.get(count).is_some_and(|by| *by < 0)) {
            if let Some((kind, id)) = count.of_term() {
                ids.entry(kind).or_default().push(id);
            }
        }
        for (kind, ids) in ids {
            if let Some((id, _)) = counts::get_many(&mut self.conn, kind, &ids).await?.iter().find(|(_, n)| *n <= 0) {
                return Err(failure::same_moment(format!("others took articles of {id} away in the same moment")));
            }
        }
        Ok(())
    }

    /// Counts, then numbers, then rows of the log: the last steps before the commit. Gives the last number of the log, and
    /// that of what is derived if one was drawn.
    async fn finish(&mut self) -> Result<(i64, Option<i64>)> {
        let mut sums: BTreeMap<counts::Count, i64> = BTreeMap::new();
        for (count, by) in std::mem::take(&mut self.counts) {
            *sums.entry(count).or_default() += by;
        }
        counts::add_all(&mut self.conn, &sums).await?;
        self.look_again(&sums).await?;
        let mut noted = std::mem::take(&mut self.changes);
        let leads = std::mem::take(&mut self.leads);
        let mut changed: HashSet<Subject> = noted.iter().map(|change| change.subject).collect();
        for lead in &leads {
            let subject = Subject::Article(lead.to);
            if changed.insert(subject) {
                let version = articles::version(&mut self.conn, lead.to).await?;
                noted.push(NewChange { subject, deed: Deed::Moved, version, touches: Touches::default() });
            }
        }
        if let Some(last) = noted.last_mut() {
            let slugs = leads.into_iter().filter_map(|lead| lead.slug).collect();
            last.touches.join(Touches { slugs, ..Touches::default() });
        }
        let seq = changes::append(&mut self.conn, self.now, noted).await?;
        let derived = std::mem::take(&mut self.derived);
        Ok((seq, derived::number(&mut self.conn, &derived).await?))
    }
}

/// Undoes what was left open on a connection of SQLite, as by work that panicked or a commit that failed: there is one for
/// writing, and nobody could begin on it any more.
pub(super) fn undo(conn: &mut SqliteConnection) {
    if !LiteTransactions::is_broken_transaction_manager(conn) {
        return;
    }
    // The whole of it, whatever its savepoints. SQLite may have done so by itself.
    if let Err(error) = conn.batch_execute("ROLLBACK") {
        tracing::warn!(%error, "a transaction that was left open could not be undone");
    }
    *LiteTransactions::transaction_manager_status_mut(conn) = Default::default();
}

impl Db {
    /// Runs `work` as one transaction. When another transaction got in its way it is run again, so it must not do
    /// anything but read and write the database. It runs on a task of its own: a caller who goes away does not
    /// leave it half done.
    ///
    /// # Errors
    /// What `work` says; `UNAVAILABLE` when others got in the way again and again; what the database says.
    pub async fn write<T, F>(&self, work: F) -> Result<Written<T>>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let db = self.clone();
        let task = async move {
            let mut tries = 0;
            loop {
                tries += 1;
                match db.write_once(&work).await {
                    Err(error) if tries < TRIES && failure::may_retry(&error) => {
                        let pause = 2u64.pow(tries) + u64::from(rand::random::<u8>() % 16);
                        tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                    }
                    other => return other,
                }
            }
        };
        let result = match self.engine() {
            Engine::Postgres => tokio::spawn(task).await,
            // SQLite blocks while it writes; that must not hold up the other requests of this thread.
            Engine::Sqlite => {
                let runtime = tokio::runtime::Handle::current();
                tokio::task::spawn_blocking(move || runtime.block_on(task)).await
            }
        }
        .map_err(crate::error::Error::internal)?;
        let (written, derived) = result?;
        self.announce(written.seq);
        if let Some(derived) = derived {
            self.announce_derived(derived);
        }
        Ok(written)
    }

    async fn write_once<T, F>(&self, work: &F) -> Result<(Written<T>, Option<i64>)>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> BoxFuture<'t, Result<T>> + Send + Sync + 'static,
    {
        let conn = self.writer().await?;
        let now = self.shared.clock.now();
        let (changes, counts, looks) = (Vec::new(), Vec::new(), Vec::new());
        let mut tx = Tx { conn, now, changes, counts, leads: Vec::new(), derived: Vec::new(), looks };
        if let Kind::Lite(lite) = &mut tx.conn.kind {
            // IMMEDIATE takes the write lock now, where waiting is possible, and not at the first write, where a
            // reader's snapshot would make it fail.
            diesel::connection::AnsiTransactionManager::begin_transaction_sql(&mut **lite, "BEGIN IMMEDIATE")?;
        } else {
            tx.begin().await?;
        }
        let outcome = async {
            let value = work(&mut tx).await?;
            let (seq, derived) = tx.finish().await?;
            Ok((Written { value, seq }, derived))
        }
        .await;
        match outcome {
            Ok(written) => {
                tx.commit().await?;
                Ok(written)
            }
            Err(error) => {
                // The error that matters is the first one; when rolling back fails too, the connection is broken and
                // the pool drops it.
                if let Err(second) = tx.rollback().await {
                    tracing::warn!(error = ?second, "rolling back failed");
                }
                Err(error)
            }
        }
    }

    /// Renews the `log_id`, as after restoring a backup: every cursor and index made before is void.
    pub async fn renew_log_id(&self) -> Result<String> {
        use super::schema::log_head::dsl;
        let fresh = format!("{:032x}", rand::random::<u128>());
        let id = fresh.clone();
        self.write(move |tx| {
            let id = id.clone();
            Box::pin(async move {
                q!(tx.conn(), execute, diesel::update(dsl::log_head).set(dsl::log_id.eq(id)))?;
                Ok(())
            })
        })
        .await?;
        // This process knows it from here on.
        changes::head(&mut self.read().await?).await?;
        Ok(fresh)
    }
}
