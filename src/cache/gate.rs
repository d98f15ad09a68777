//! One at a time by key, where what is computed cannot be handed from one to the other.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::Hasher;

/// How it stands with who went first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum First {
    /// Under way.
    Busy,
    /// Done: look whether it left what you want.
    Done,
    /// It left nothing that is for others too.
    Alone,
}

/// Bundles those who want the same thing at the same moment: the first computes it and leaves it where the others find it.
/// Cloning shares it.
#[derive(Debug)]
pub struct Gate<K: Hash + Eq + Clone>(Arc<Mutex<HashMap<K, watch::Receiver<First>, Hasher>>>);

impl<K: Hash + Eq + Clone> Clone for Gate<K> {
    fn clone(&self) -> Self {
        Gate(self.0.clone())
    }
}

impl<K: Hash + Eq + Clone> Default for Gate<K> {
    fn default() -> Self {
        Gate(Arc::default())
    }
}

/// What one who comes to a gate is.
#[derive(Debug)]
pub enum Entered<K: Hash + Eq + Clone> {
    /// The first: computes it. The others wait until the pass is dropped.
    First(Pass<K>),
    /// Another was first, and is done.
    Done,
    /// Another was first, and what it computed is for it alone: whoever wants the like computes it without waiting.
    Alone,
}

/// Being the first. It ends when it is dropped, also when its owner is.
#[derive(Debug)]
pub struct Pass<K: Hash + Eq + Clone> {
    gate: Gate<K>,
    key: K,
    tell: watch::Sender<First>,
    alone: bool,
}

impl<K: Hash + Eq + Clone> Gate<K> {
    fn under_way(&self) -> std::sync::MutexGuard<'_, HashMap<K, watch::Receiver<First>, Hasher>> {
        // Nothing that is done under the lock can panic.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters, or gives what tells when who went first is done.
    fn first(&self, key: &K) -> std::result::Result<Pass<K>, watch::Receiver<First>> {
        let mut under_way = self.under_way();
        if let Some(first) = under_way.get(key) {
            return Err(first.clone());
        }
        let (tell, first) = watch::channel(First::Busy);
        under_way.insert(key.clone(), first);
        Ok(Pass { gate: self.clone(), key: key.clone(), tell, alone: false })
    }

    /// Enters, unless another went first: for one who has something else to do meanwhile.
    pub fn try_enter(&self, key: &K) -> Option<Pass<K>> {
        self.first(key).ok()
    }

    /// Enters, or waits until who went first is done.
    pub async fn enter(&self, key: &K) -> Entered<K> {
        let mut first = match self.first(key) {
            Ok(pass) => return Entered::First(pass),
            Err(first) => first,
        };
        match first.wait_for(|first| *first != First::Busy).await.map(|first| *first) {
            Ok(First::Alone) => Entered::Alone,
            _ => Entered::Done,
        }
    }
}

impl<K: Hash + Eq + Clone> Pass<K> {
    /// What was computed is for nobody else.
    pub fn alone(&mut self) {
        self.alone = true;
    }
}

impl<K: Hash + Eq + Clone> Drop for Pass<K> {
    fn drop(&mut self) {
        self.gate.under_way().remove(&self.key);
        let _ = self.tell.send(if self.alone { First::Alone } else { First::Done });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn the_first_computes_and_the_others_find_it() {
        let (gate, made, found) = (Gate::<u32>::default(), AtomicU32::new(0), AtomicU32::new(0));
        let ask = async |alone: bool| match gate.enter(&1).await {
            Entered::First(mut pass) => {
                tokio::task::yield_now().await;
                made.fetch_add(1, Ordering::Relaxed);
                if alone {
                    pass.alone();
                }
                "first"
            }
            Entered::Done => {
                found.fetch_add(1, Ordering::Relaxed);
                "done"
            }
            Entered::Alone => "alone",
        };
        futures::future::join_all((0..50).map(|_| ask(false))).await;
        assert_eq!((made.load(Ordering::Relaxed), found.load(Ordering::Relaxed)), (1, 49));
        let all = futures::future::join_all((0..3).map(|_| ask(true))).await;
        assert_eq!(all, ["first", "alone", "alone"]);
        assert_eq!(ask(false).await, "first");
    }

    #[tokio::test]
    async fn one_who_goes_away_keeps_nobody_waiting() {
        let gate = Gate::<u32>::default();
        let Entered::First(pass) = gate.enter(&1).await else { panic!("nobody else is here") };
        let waiting = gate.enter(&1);
        let (entered, ()) = futures::join!(waiting, async { drop(pass) });
        assert!(matches!(entered, Entered::Done));
    }
}
