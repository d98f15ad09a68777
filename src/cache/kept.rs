//! Answers that are kept for as long as they are true.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time;

use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{Lifecycle, OptionsBuilder, Weighter};

use super::{Entered, Gate, Hasher, Label, Marks};
use crate::error::Result;
use crate::model::change::Tag;
use crate::model::time::Instant;
use crate::telemetry;

/// What is kept of an entry beside its value and its key, in bytes, roughly.
const OVERHEAD: usize = 256;
/// How much room each of the parts has at the least, in bytes, into which what is kept is cut so that many may ask at once:
/// what is larger is not kept.
const PART_LEAST: u64 = 4 << 20;
/// The most parts.
const PARTS_MOST: usize = 64;
/// How large an entry is, about, in bytes; by this the engine makes room for what it remembers of what it has let go.
const USUAL: u64 = 2 << 10;

/// Of how many hits one says how old what it found is: noting the age of each would cost a part of what it saves.
const AGED: u64 = 64;

/// The end of what is true for the one request that it was made for: it is never kept, and never given to who waited.
pub const FOR_ONE: Option<Instant> = Some(Instant::EARLIEST);

/// What an answer depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Depends {
    /// What it was made from, what was not there included.
    pub tags: Vec<Tag>,
    /// The head of the log, and of what is derived, before its first row was read.
    pub label: Label,
    /// When it ends to be true without any change, where time alone moves it; [`FOR_ONE`] for what is nobody else's.
    pub until: Option<Instant>,
}

impl Depends {
    /// What an answer depends on that is put together from others, all of which were seen to stand when the marks were
    /// complete up to `upto`; `None` without any, or where they are of two logs.
    ///
    /// A part that stands up to there is as good as one that was made there. By its own label the whole would not stand:
    /// other parts bring tags that were touched since.
    pub fn joined<'a>(parts: impl IntoIterator<Item = &'a Depends>, upto: Label) -> Option<Depends> {
        let mut all: Option<Depends> = None;
        for part in parts {
            let label = part.label.raised(upto);
            let Some(all) = &mut all else {
                all = Some(Depends { label, ..part.clone() });
                continue;
            };
            if label.log != all.label.log {
                return None;
            }
            all.tags.extend(part.tags.iter().cloned());
            all.until = all.until.into_iter().chain(part.until).min();
            all.label.seq = all.label.seq.min(label.seq);
            all.label.derived = all.label.derived.min(label.derived);
        }
        let mut all = all?;
        all.tags.sort_unstable();
        all.tags.dedup();
        Some(all)
    }
}

/// A value with what it depends on.
#[derive(Debug)]
pub struct Made<V> {
    /// The value.
    pub value: V,
    on: Depends,
    /// Its size in bytes, for the bound.
    size: usize,
    made: time::Instant,
    /// The state of the marks by which it was last found to stand.
    found: AtomicU64,
}

impl<V> Made<V> {
    /// A value of so many bytes.
    pub fn new(value: V, on: Depends, size: usize) -> Made<V> {
        Made { value, on, size, made: time::Instant::now(), found: AtomicU64::new(u64::MAX) }
    }

    /// What it depends on.
    pub fn on(&self) -> &Depends {
        &self.on
    }
}

/// What an entry takes of the room: of the key, by this, and of the value.
#[derive(Clone)]
struct Weigh<K>(fn(&K) -> usize);

impl<K, V> Weighter<K, Arc<Made<V>>> for Weigh<K> {
    fn weight(&self, key: &K, made: &Arc<Made<V>>) -> u64 {
        let tags = made.on.tags.len() * size_of::<Tag>();
        (made.size + tags + self.0(key) + OVERHEAD) as u64
    }
}

type Engine<K, V> = Cache<K, Arc<Made<V>>, Weigh<K>, Hasher, Evictions<K, Arc<Made<V>>>>;

/// Counts what had to go for lack of room.
struct Evictions<K, V>(Arc<Counts>, DefaultLifecycle<K, V>);

// By hand, since neither key nor value need be one that can be cloned.
impl<K, V> Clone for Evictions<K, V> {
    fn clone(&self) -> Self {
        Evictions(self.0.clone(), self.1.clone())
    }
}

impl<K, V> Lifecycle<K, V> for Evictions<K, V> {
    type RequestState = <DefaultLifecycle<K, V> as Lifecycle<K, V>>::RequestState;

    // Unlike `on_evict`, not of what is replaced.
    fn before_evict(&self, _: &mut Self::RequestState, _: &K, _: &mut V) {
        self.0.evicted.fetch_add(1, Ordering::Relaxed);
    }

    fn on_evict(&self, state: &mut Self::RequestState, key: K, value: V) {
        self.1.on_evict(state, key, value);
    }
}

/// Kept values, bounded in bytes. Cloning shares them.
pub struct Kept<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> {
    answers: Arc<Engine<K, V>>,
    gate: Gate<K>,
    marks: Arc<Marks>,
    counts: Arc<Counts>,
    /// Under which metrics have it; empty for those of which nobody is told how old they are.
    name: &'static str,
    /// Where nothing may be kept, nothing is.
    keeps: bool,
}

// By hand, since a value need not be one that can be cloned.
impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Clone for Kept<K, V> {
    fn clone(&self) -> Self {
        let Kept { answers, gate, marks, counts, name, keeps } = self;
        let (answers, gate, marks, counts) = (answers.clone(), gate.clone(), marks.clone(), counts.clone());
        Kept { answers, gate, marks, counts, name, keeps: *keeps }
    }
}

#[derive(Debug, Default)]
struct Counts {
    hits: AtomicU64,
    misses: AtomicU64,
    stale: AtomicU64,
    evicted: AtomicU64,
}

/// How the cache does, since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeptStatus {
    /// Answers that were there.
    pub hits: u64,
    /// Answers that were not, those that no longer stood included.
    pub misses: u64,
    /// Answers that no longer stood.
    pub stale: u64,
    /// Answers that had to go for lack of room.
    pub evicted: u64,
    /// Answers that are kept now, roughly.
    pub entries: u64,
    /// Their bytes, roughly.
    pub bytes: u64,
}

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Kept<K, V> {
    /// At most `most` bytes; `weigh` is what a key takes.
    pub fn new(most: u64, weigh: fn(&K) -> usize) -> Kept<K, V> {
        let parts = usize::try_from(most / PART_LEAST).unwrap_or(usize::MAX).clamp(1, PARTS_MOST);
        let entries = usize::try_from(most / USUAL).unwrap_or(usize::MAX).max(1);
        // A part is the largest power of two, or what is cut would be smaller than its least.
        let parts = 1 << parts.ilog2();
        let options = OptionsBuilder::new()
            .shards(parts)
            .estimated_items_capacity(entries)
            .weight_capacity(most)
            .build()
            .unwrap_or_else(|_| unreachable!("all that has no default is set"));
        let counts: Arc<Counts> = Arc::default();
        let evictions = Evictions(counts.clone(), DefaultLifecycle::default());
        let answers = Cache::with_options(options, Weigh(weigh), Hasher::default(), evictions);
        let (answers, gate) = (Arc::new(answers), Gate::default());
        Kept { answers, gate, marks: Arc::default(), counts, name: "", keeps: most > 0 }
    }

    /// Whether it keeps anything at all.
    pub fn keeps(&self) -> bool {
        self.keeps
    }

    /// The same, under a name by which metrics say how old what is found in it is.
    #[must_use]
    pub fn named(self, name: &'static str) -> Self {
        Kept { name, ..self }
    }

    /// The same, by the marks that others go by.
    #[must_use]
    pub fn beside<L: Hash + Eq + Clone + Send + Sync + 'static, W: Send + Sync + 'static>(
        self,
        others: &Kept<L, W>,
    ) -> Self {
        Kept { marks: others.marks.clone(), ..self }
    }

    /// The kept value if it stands, for one who has looked before and was counted then.
    pub fn again<Q>(&self, key: &Q, now: Instant) -> Option<Arc<Made<V>>>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if !self.keeps {
            return None;
        }
        self.answers.get(key).filter(|made| self.stands(made, now))
    }

    /// The kept value if it stands.
    pub fn peek<Q>(&self, key: &Q, now: Instant) -> Option<Arc<Made<V>>>
    where
        K: std::borrow::Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        let made = if self.keeps { self.answers.get(key) } else { None };
        match made {
            Some(made) if self.stands(&made, now) => {
                let hits = self.counts.hits.fetch_add(1, Ordering::Relaxed);
                if hits.is_multiple_of(AGED) && !self.name.is_empty() {
                    telemetry::aged(self.name, made.made.elapsed());
                }
                return Some(made);
            }
            Some(_) => self.counts.stale.fetch_add(1, Ordering::Relaxed),
            None => 0,
        };
        self.counts.misses.fetch_add(1, Ordering::Relaxed);
        None
    }

    /// Keeps a value in the place of whatever was kept under the key, and gives it.
    pub fn keep(&self, key: K, made: Made<V>) -> Arc<Made<V>> {
        let made = Arc::new(made);
        if self.keeps && made.on.until != FOR_ONE {
            self.answers.insert(key, made.clone());
        }
        made
    }

    /// What the log says; whoever asks brings it up to the head before.
    pub fn marks(&self) -> &Marks {
        &self.marks
    }

    fn stands(&self, made: &Made<V>, now: Instant) -> bool {
        if made.on.until.is_some_and(|until| now >= until) {
            return false;
        }
        // Nothing has moved since it was last looked at: mostly so.
        let state = self.marks.state();
        if made.found.load(Ordering::Relaxed) == state {
            return true;
        }
        let stands = self.marks.stands(made.on.label, &made.on.tags);
        if stands {
            made.found.store(state, Ordering::Relaxed);
        }
        stands
    }

    /// The kept value if it stands, else the one that `make` gives. Many who ask for one key at once make it once, where
    /// anything is kept.
    ///
    /// # Errors
    /// What `make` says; nothing is kept then, and the next who waited makes it again.
    pub async fn get(
        &self,
        key: &K,
        now: Instant,
        make: impl AsyncFnOnce() -> Result<Made<V>>,
    ) -> Result<Arc<Made<V>>> {
        if let Some(made) = self.peek(key, now) {
            return Ok(made);
        }
        let mut pass = None;
        while self.keeps && pass.is_none() {
            match self.gate.enter(key).await {
                Entered::First(first) => pass = Some(first),
                Entered::Done => {}
                Entered::Alone => break,
            }
            // Who was first may have been done between the look and the gate.
            if let Some(made) = self.again(key, now) {
                return Ok(made);
            }
        }
        // In a box: what computes it is large, and moved several times on the way.
        let made = Box::pin(make()).await?;
        if let (Some(pass), FOR_ONE) = (&mut pass, made.on.until) {
            pass.alone();
        }
        Ok(self.keep(key.clone(), made))
    }

    /// How it does.
    pub fn status(&self) -> KeptStatus {
        let of = |n: &AtomicU64| n.load(Ordering::Relaxed);
        let Counts { hits, misses, stale, evicted } = &*self.counts;
        let (entries, bytes) = (self.answers.len() as u64, self.answers.weight());
        let (hits, misses, stale, evicted) = (of(hits), of(misses), of(stale), of(evicted));
        KeptStatus { hits, misses, stale, evicted, entries, bytes }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{Code, Error};
    use crate::model::change::{Change, Deed, Subject, Touches};
    use crate::model::id::ArticleId;
    use std::sync::atomic::AtomicU32;

    fn kept() -> Kept<String, u32> {
        let kept = Kept::new(1 << 20, String::len);
        kept.marks().begin(Label::new("log", 5, 0));
        kept
    }

    fn made(value: u32, label: i64, until: Option<i64>) -> Made<u32> {
        let (label, until) = (Label::new("log", label, 0), until.map(Instant::from_millis));
        Made::new(value, Depends { tags: vec![Tag::Article(ArticleId(1))], label, until }, 4)
    }

    fn change(seq: i64, article: i64) -> Change {
        let subject = Subject::Article(ArticleId(article));
        let at = Instant::from_millis(0);
        Change { seq, at, subject, deed: Deed::Updated, version: 2, touches: Touches::default() }
    }

    #[tokio::test]
    async fn what_stands_is_kept_and_what_a_change_or_time_ends_is_made_anew() {
        let kept = kept();
        let (key, now) = (String::from("/a"), Instant::from_millis(0));
        let ask = async |n: u32, label: i64, until: Option<i64>, now: Instant| {
            kept.get(&key, now, async || Ok(made(n, label, until))).await.unwrap().value
        };
        assert_eq!((ask(1, 5, None, now).await, ask(2, 5, None, now).await), (1, 1));
        kept.marks().take(&[change(6, 2)]);
        assert_eq!(ask(3, 6, None, now).await, 1);
        kept.marks().take(&[change(7, 1)]);
        // Begun before the change, done after it: given to who asked, and not kept.
        assert_eq!((ask(4, 6, None, now).await, ask(5, 7, Some(100), now).await), (4, 5));
        assert_eq!(
            (ask(6, 7, None, Instant::from_millis(99)).await, ask(7, 7, None, Instant::from_millis(100)).await),
            (5, 7)
        );
        // What is for one alone takes the place of nothing.
        let for_one = |n| {
            let made = made(n, 7, None);
            Made { on: Depends { until: FOR_ONE, ..made.on.clone() }, ..made }
        };
        let one = kept.get(&key, now, async || Ok(for_one(8))).await.unwrap();
        assert_eq!((one.value, ask(9, 7, None, now).await), (7, 7));
        let other = String::from("/b");
        for n in [8, 9] {
            let one = kept.get(&other, now, async || Ok(for_one(n))).await.unwrap();
            assert_eq!(one.value, n);
        }
        let status = kept.status();
        assert_eq!((status.hits, status.misses, status.stale), (5, 6, 3));
    }

    #[test]
    fn what_goes_for_lack_of_room_is_counted_and_what_is_replaced_is_not() {
        let kept: Kept<String, u32> = Kept::new(16 << 10, String::len);
        kept.marks().begin(Label::new("log", 5, 0));
        let keep = |n: u32| drop(kept.keep(n.to_string(), Made { size: 1 << 10, ..made(n, 5, None) }));
        (0..3).chain(0..3).for_each(keep);
        assert_eq!((kept.status().evicted, kept.status().entries), (0, 3));
        (0..100).for_each(keep);
        let status = kept.status();
        assert!(status.bytes <= 16 << 10, "{status:?}");
        assert_eq!(status.evicted + status.entries, 100, "{status:?}");
    }

    #[tokio::test]
    async fn without_room_nothing_is_kept() {
        let kept: Kept<String, u32> = Kept::new(0, String::len);
        kept.marks().begin(Label::new("log", 5, 0));
        for n in 1..5 {
            let one = kept.get(&String::from("/a"), Instant::from_millis(0), async || Ok(made(n, 5, None))).await;
            assert_eq!(one.unwrap().value, n);
        }
        assert_eq!(kept.status().hits, 0);
    }

    #[tokio::test]
    async fn many_who_ask_make_it_once_and_a_failure_is_not_kept() {
        let kept = kept();
        let calls = AtomicU32::new(0);
        let ask = async |fails: bool| {
            let make = async || {
                calls.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                if fails { Err(Error::new(Code::Unavailable, "not yet")) } else { Ok(made(7, 5, None)) }
            };
            kept.get(&String::from("/a"), Instant::from_millis(0), make).await.map(|made| made.value)
        };
        assert_eq!(ask(true).await.unwrap_err().code(), Code::Unavailable);
        let all = futures::future::join_all((0..50).map(|_| ask(false))).await;
        assert!(all.into_iter().all(|one| one.unwrap() == 7));
        assert_eq!(calls.load(Ordering::SeqCst), 2);
    }
}
