//! Batching within one read: what siblings ask for becomes one statement.
//!
//! async-graphql's own data loader waits a millisecond on a timer and runs each batch on a task of its own, which is
//! more than a keyed read on SQLite takes. Here a caller notes its keys, and one of those who wait fetches for all, as
//! soon as nobody who shares the read can go on without a fetch: not when it comes to its turn, since siblings that
//! find some of theirs already loaded run ahead of the others, and each would make a statement of its own. So the
//! number of statements depends on the shape of what is asked, not on how many rows there are or how fast they came.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{MutexGuard, Notify, OnceCell};

use crate::cache::Hasher;
use crate::error::Result;
use crate::store::Conn;
use crate::store::changes::Head;

/// What the loaders of one read share: its connection, and whose turn it is to fetch.
#[derive(Default)]
pub(super) struct Turn {
    /// The connection; none before the first statement.
    pub(super) conn: tokio::sync::Mutex<Option<Conn>>,
    /// What it sees at least; none before somebody asks.
    pub(super) head: OnceCell<Arc<Head>>,
    fetching: tokio::sync::Mutex<()>,
    /// Grows whenever somebody notes a key, in whichever loader.
    noted: AtomicU64,
    /// Keys that wait, by the rank of their loader.
    waiting: [AtomicU64; RANKS],
    /// Wakes all who wait, whenever a fetch has ended.
    ended: Notify,
    /// Whether whoever asks is the only one.
    alone: bool,
}

impl Turn {
    /// Of one who asks for one thing after another.
    pub(super) fn alone() -> Turn {
        Turn { alone: true, ..Turn::default() }
    }

    /// Waits until all others wait too: no statement runs, and nobody has noted anything since they were let go first.
    async fn quiet(&self) {
        loop {
            drop(self.conn.lock().await);
            let seen = self.noted.load(Ordering::Relaxed);
            tokio::task::yield_now().await;
            if self.noted.load(Ordering::Relaxed) == seen && self.conn.try_lock().is_ok() {
                return;
            }
        }
    }
}

/// Being the one who fetches. It ends when it is dropped, also when its owner is: whoever waits goes on then.
struct Fetching<'a> {
    turn: &'a Turn,
    guard: Option<MutexGuard<'a, ()>>,
}

impl Drop for Fetching<'_> {
    fn drop(&mut self) {
        self.guard.take();
        self.turn.ended.notify_waiters();
    }
}

/// Values by key, each fetched at most once. `None` is remembered too: what is not there is not asked for twice.
pub(super) struct Loader<K, V> {
    state: Mutex<State<K, V>>,
    turn: Arc<Turn>,
    /// Where what it loads lies on most ways: those with a lower rank go first, so that the later steps of several ways
    /// are one statement.
    rank: usize,
}

/// Ranks of loaders: what is asked of an article, articles, what is asked of those.
const RANKS: usize = 3;
/// How often a loader lets lower ranks go first. Bounded: who waits may have gone away and left a key behind.
const DEFERRALS: u32 = 4;

struct State<K, V> {
    waiting: Vec<K>,
    done: HashMap<K, Option<V>, Hasher>,
}

impl<K: Eq + Hash, V: Clone> State<K, V> {
    /// The values of all keys, when all were looked for.
    fn values(&self, keys: &[K]) -> Option<Vec<Option<V>>> {
        keys.iter().map(|key| self.done.get(key).cloned()).collect()
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Loader<K, V> {
    /// A loader that takes turns with all others of `turn`.
    pub(super) fn new(turn: &Arc<Turn>) -> Self {
        let state = State { waiting: Vec::new(), done: HashMap::default() };
        Loader { state: Mutex::new(state), turn: turn.clone(), rank: 0 }
    }

    /// The same, with a rank below [`RANKS`].
    pub(super) fn ranked(turn: &Arc<Turn>, rank: usize) -> Self {
        Loader { rank: rank.min(RANKS - 1), ..Loader::new(turn) }
    }

    /// The values of `keys`, in their order; `None` for what is not there.
    ///
    /// What waits stands in a box: every field of an article is resolved in a future that has room for the largest of
    /// them all, and is moved several times before it runs.
    pub(super) async fn load<F>(&self, keys: &[K], fetch: impl FnOnce(Vec<K>) -> F) -> Result<Vec<Option<V>>>
    where
        F: Future<Output = Result<Vec<(K, V)>>>,
    {
        let known = self.lock().values(keys);
        match known {
            Some(values) => Ok(values),
            None if self.turn.alone => self.at_once(keys, fetch).await,
            None => Box::pin(self.wait(keys, fetch)).await,
        }
    }

    /// For the only one who asks: there is nobody to wait for.
    async fn at_once<F>(&self, keys: &[K], fetch: impl FnOnce(Vec<K>) -> F) -> Result<Vec<Option<V>>>
    where
        F: Future<Output = Result<Vec<(K, V)>>>,
    {
        let mut wanted: Vec<K> = Vec::with_capacity(keys.len());
        {
            let state = self.lock();
            for key in keys {
                if !state.done.contains_key(key) && !wanted.contains(key) {
                    wanted.push(key.clone());
                }
            }
        }
        let fetched = Box::pin(fetch(wanted.clone())).await?;
        self.brought(wanted, fetched);
        let state = self.lock();
        Ok(keys.iter().map(|key| state.done.get(key).cloned().flatten()).collect())
    }

    async fn wait<F>(&self, keys: &[K], fetch: impl FnOnce(Vec<K>) -> F) -> Result<Vec<Option<V>>>
    where
        F: Future<Output = Result<Vec<(K, V)>>>,
    {
        let mut deferrals = 0;
        loop {
            let ended = self.turn.ended.notified();
            tokio::pin!(ended);
            // From here on no end of a fetch is missed.
            ended.as_mut().enable();
            // Noted anew each time round: whoever took the keys may have failed, or gone away.
            if let Some(values) = self.note(keys) {
                return Ok(values);
            }
            let Ok(guard) = self.turn.fetching.try_lock() else {
                ended.await;
                continue;
            };
            let fetching = Fetching { turn: &self.turn, guard: Some(guard) };
            if !self.turn.alone {
                self.turn.quiet().await;
            }
            let lower = &self.turn.waiting[..self.rank];
            if deferrals < DEFERRALS && lower.iter().any(|n| n.load(Ordering::Relaxed) > 0) {
                deferrals += 1;
                drop(fetching);
                tokio::task::yield_now().await;
                continue;
            }
            let wanted = std::mem::take(&mut self.lock().waiting);
            self.turn.waiting[self.rank].fetch_sub(wanted.len() as u64, Ordering::Relaxed);
            let fetched = fetch(wanted.clone()).await?;
            self.brought(wanted, fetched);
            let state = self.lock();
            let values = keys.iter().map(|key| state.done.get(key).cloned().flatten()).collect();
            drop(state);
            drop(fetching);
            return Ok(values);
        }
    }

    /// The value of a key, where that was looked for and is there.
    pub(super) fn known(&self, key: &K) -> Option<V> {
        self.lock().done.get(key).cloned().flatten()
    }

    /// Whether this was looked for.
    pub(super) fn knows(&self, key: &K) -> bool {
        self.lock().done.contains_key(key)
    }

    /// Remembers a value that was read on another way.
    pub(super) fn remember(&self, key: K, value: V) {
        self.lock().done.insert(key, Some(value));
    }

    /// For a fetch of another loader that can bring the values of these keys along: whether they are what this one waits
    /// for. Then they are taken, and [`Loader::brought`] must follow; if it does not, they are noted anew.
    pub(super) fn take(&self, keys: &[K]) -> bool {
        let mut state = self.lock();
        let same = state.waiting.len() == keys.len() && keys.iter().all(|key| state.waiting.contains(key));
        if same {
            state.waiting.clear();
            self.turn.waiting[self.rank].fetch_sub(keys.len() as u64, Ordering::Relaxed);
        }
        same
    }

    /// What was fetched for keys that were taken.
    pub(super) fn brought(&self, keys: Vec<K>, values: Vec<(K, V)>) {
        let mut state = self.lock();
        state.done.reserve(keys.len());
        for key in keys {
            state.done.entry(key).or_insert(None);
        }
        for (key, value) in values {
            state.done.insert(key, Some(value));
        }
    }

    /// Notes what is not there yet; gives the values when all are.
    fn note(&self, keys: &[K]) -> Option<Vec<Option<V>>> {
        let mut state = self.lock();
        if let Some(values) = state.values(keys) {
            return Some(values);
        }
        for key in keys {
            if !state.done.contains_key(key) && !state.waiting.contains(key) {
                state.waiting.push(key.clone());
                self.turn.noted.fetch_add(1, Ordering::Relaxed);
                self.turn.waiting[self.rank].fetch_add(1, Ordering::Relaxed);
            }
        }
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State<K, V>> {
        // A panic elsewhere cannot leave the maps half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn siblings_make_one_batch_and_nothing_is_fetched_twice() {
        let (loader, batches) = (Loader::<u32, u32>::new(&Arc::default()), AtomicU32::new(0));
        let get = async |key: u32| {
            loader
                .load(&[key], |keys| {
                    batches.fetch_add(1, Ordering::SeqCst);
                    async move { Ok(keys.into_iter().filter(|k| k % 2 == 0).map(|k| (k, k * 10)).collect()) }
                })
                .await
                .unwrap()[0]
        };
        let (a, b, c) = futures::join!(get(2), get(4), get(5));
        assert_eq!((a, b, c), (Some(20), Some(40), None));
        assert_eq!((get(5).await, get(2).await), (None, Some(20)));
        assert_eq!(batches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn after_a_failure_the_next_one_asks_again() {
        let loader = Loader::<u32, u32>::new(&Arc::default());
        let failed = loader.load(&[1], |_| async { Err(Error::new(Code::Database, "gone")) }).await;
        assert!(failed.is_err());
        let value =
            loader.load(&[1], |keys| async move { Ok(keys.into_iter().map(|k| (k, k)).collect()) }).await.unwrap();
        assert_eq!(value, [Some(1)]);
    }

    #[tokio::test]
    async fn siblings_that_run_ahead_wait_for_the_others() {
        // Two steps, as of related news: the second sibling finds its first step already loaded.
        let turn = Arc::default();
        let (first, second) = (Loader::<u32, u32>::new(&turn), Loader::<u32, u32>::new(&turn));
        let batches = AtomicU32::new(0);
        let fetch = |keys: Vec<u32>| {
            batches.fetch_add(1, Ordering::SeqCst);
            async move {
                tokio::time::sleep(std::time::Duration::from_millis(1)).await;
                Ok(keys.into_iter().map(|k| (k, k)).collect())
            }
        };
        first.remember(1, 1);
        let both = async |key: u32| {
            let key = first.load(&[key], fetch).await.unwrap()[0].unwrap();
            second.load(&[key + 10], fetch).await.unwrap()[0]
        };
        assert_eq!(futures::future::join_all((0..100).map(both)).await.len(), 100);
        // One for the first step of the ninety-nine, one for the second of all; the order of the two is free, so the
        // one who ran ahead may have asked for the second step alone.
        assert!(batches.load(Ordering::SeqCst) <= 3, "{}", batches.load(Ordering::SeqCst));
    }

    #[tokio::test]
    async fn whoever_goes_away_while_fetching_keeps_nobody_waiting() {
        let loader = Loader::<u32, u32>::new(&Arc::default());
        let stuck = loader.load(&[1], |_| async {
            futures::future::pending::<()>().await;
            Ok(Vec::new())
        });
        let stuck = tokio::time::timeout(std::time::Duration::from_millis(20), stuck);
        let waiting = loader.load(&[1], |keys| async move { Ok(keys.into_iter().map(|k| (k, k)).collect()) });
        let (gone, value) = futures::join!(stuck, waiting);
        assert!(gone.is_err());
        assert_eq!(value.unwrap(), [Some(1)]);
    }
}
