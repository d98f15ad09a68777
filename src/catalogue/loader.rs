//! Batching within one read: what siblings ask for becomes one statement.
//!
//! async-graphql's own data loader waits a millisecond on a timer and runs each batch on a task of its own, which is
//! more than a keyed read on SQLite takes. Here a caller notes its keys, lets the others of the same task go
//! first (one yield), and the first to come back fetches for all.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};

use crate::error::Result;

/// Values by key, each fetched at most once. `None` is remembered too: what is not there is not asked for twice.
pub(super) struct Loader<K, V> {
    state: Mutex<State<K, V>>,
    turn: tokio::sync::Mutex<()>,
}

struct State<K, V> {
    waiting: Vec<K>,
    done: HashMap<K, Option<V>>,
}

impl<K, V> Default for Loader<K, V> {
    fn default() -> Self {
        let state = State { waiting: Vec::new(), done: HashMap::new() };
        Loader { state: Mutex::new(state), turn: tokio::sync::Mutex::new(()) }
    }
}

impl<K: Clone + Eq + Hash, V: Clone> Loader<K, V> {
    /// The values of `keys`, in their order; `None` for what is not there.
    pub(super) async fn load<F>(&self, keys: &[K], fetch: impl FnOnce(Vec<K>) -> F) -> Result<Vec<Option<V>>>
    where
        F: Future<Output = Result<Vec<(K, V)>>>,
    {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        if let Some(values) = self.note(keys) {
            return Ok(values);
        }
        tokio::task::yield_now().await;
        let _turn = self.turn.lock().await;
        let wanted = std::mem::take(&mut self.lock().waiting);
        if !wanted.is_empty() {
            let fetched = match fetch(wanted.clone()).await {
                Ok(fetched) => fetched,
                Err(error) => {
                    // Whoever else waits for these keys must ask for them.
                    self.lock().waiting.extend(wanted);
                    return Err(error);
                }
            };
            let mut state = self.lock();
            for key in wanted {
                state.done.entry(key).or_insert(None);
            }
            for (key, value) in fetched {
                state.done.insert(key, Some(value));
            }
        }
        let state = self.lock();
        Ok(keys.iter().map(|key| state.done.get(key).cloned().flatten()).collect())
    }

    /// Remembers a value that was read on another way.
    pub(super) fn remember(&self, key: K, value: V) {
        self.lock().done.insert(key, Some(value));
    }

    /// Notes what is not there yet; gives the values when all are.
    fn note(&self, keys: &[K]) -> Option<Vec<Option<V>>> {
        let mut state = self.lock();
        let missing: Vec<K> = keys.iter().filter(|key| !state.done.contains_key(*key)).cloned().collect();
        if missing.is_empty() {
            return Some(keys.iter().map(|key| state.done.get(key).cloned().flatten()).collect());
        }
        for key in missing {
            if !state.waiting.contains(&key) {
                state.waiting.push(key);
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
        let (loader, batches) = (Loader::<u32, u32>::default(), AtomicU32::new(0));
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
        let loader = Loader::<u32, u32>::default();
        let failed = loader.load(&[1], |_| async { Err(Error::new(Code::Database, "gone")) }).await;
        assert!(failed.is_err());
        let value =
            loader.load(&[1], |keys| async move { Ok(keys.into_iter().map(|k| (k, k)).collect()) }).await.unwrap();
        assert_eq!(value, [Some(1)]);
    }
}
