//! Get or compute: what several ask for at once is computed once.
//!
//! [`Flights`] bundles callers who ask for the same thing at the same moment, and remembers the answer for a short
//! while. [`Kept`] keeps answers for as long as no later change touches what they were made from, which its [`Marks`] say:
//! nothing is purged, and nothing is stale. What is not here: what an answer depends on (`catalogue`), and who brings
//! the marks up to the head of the log (`catalogue`, `followers`).
//!
//! ```
//! # async fn example() -> masthead::error::Result<()> {
//! use std::time::Duration;
//! use masthead::cache::Flights;
//! let flights: Flights<u32, String> = Flights::new(1_000, Duration::from_secs(5));
//! let answer = flights.get(7, async { Ok("computed once".to_owned()) }).await?;
//! # let _ = answer; Ok(()) }
//! ```

mod entities;
mod gate;
mod kept;
mod marks;
mod seen;

pub use entities::{Entities, Newest, PageKey, Shelf};
pub use gate::{Entered, Gate, Pass};
pub use kept::{Depends, FOR_ONE, Kept, KeptStatus, Made};
pub use marks::{Label, Marks};
pub use seen::{Seen, told_from};

use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

/// How keys of what is kept are hashed: seeded anew by each process, and several times as fast as the standard library's.
/// Keys are compared whole, so two of one hash cost time and nothing else.
pub type Hasher = foldhash::fast::RandomState;

use moka::future::Cache;

use crate::error::{Error, Result};
use crate::model::article::Tombstone;

/// An answer of a door, ready to be sent.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The bytes, in no coding.
    pub body: bytes::Bytes,
    /// What they are.
    pub media_type: &'static str,
    /// The base of its entity tag.
    pub tag: String,
    /// When it was first seen to be so, where it says so; the date is told later ([`told_from`]).
    pub modified: Option<crate::model::time::Instant>,
    /// Headers of its own.
    pub headers: Vec<(&'static str, String)>,
    /// What it was about and was taken back, where the door says that in its own words.
    pub gone: Option<Arc<Tombstone>>,
}

impl Answer {
    /// 200 with these bytes and no headers of its own.
    pub fn of(bytes: Vec<u8>, media_type: &'static str) -> Answer {
        let tag = tag_of(&bytes);
        Answer { status: 200, body: bytes.into(), media_type, tag, modified: None, headers: Vec::new(), gone: None }
    }

    /// Leads elsewhere, for good.
    pub fn moved(location: String) -> Answer {
        let (body, headers) = (bytes::Bytes::new(), vec![("location", location)]);
        Answer { status: 308, body, media_type: "", tag: String::new(), modified: None, headers, gone: None }
    }

    /// There is nothing, which the door says in these words.
    pub fn nothing(says: String) -> Answer {
        let (body, headers) = (says.into_bytes().into(), Vec::new());
        Answer { status: 404, body, media_type: "", tag: String::new(), modified: None, headers, gone: None }
    }

    /// It was taken back, which the door says.
    pub fn gone(stone: Tombstone) -> Answer {
        let (body, headers) = (bytes::Bytes::new(), Vec::new());
        let gone = Some(Arc::new(stone));
        Answer { status: 410, body, media_type: "", tag: String::new(), modified: None, headers, gone }
    }

    /// What it takes, in bytes, roughly.
    pub fn size(&self) -> usize {
        let headers = self.headers.iter().map(|(_, value)| value.len()).sum::<usize>();
        self.body.len() + headers + self.gone.as_ref().map_or(0, |stone| size_of::<Tombstone>() + stone.reason.len())
    }

    /// The words, where there is nothing.
    pub fn says_nothing(&self) -> Option<String> {
        (self.status == 404).then(|| String::from_utf8_lossy(&self.body).into_owned())
    }
}

/// The base of the entity tag of a representation.
pub fn tag_of(bytes: &[u8]) -> String {
    let tag = blake3::hash(bytes).to_hex();
    // Half of the hash is enough to tell the states of one address apart.
    tag.get(..32).unwrap_or_default().to_owned()
}

/// Answers by the canonical form of what was asked.
pub type Answers = Kept<String, Answer>;

/// Answers that are on their way, or came a moment ago. Cloning shares them.
#[derive(Clone)]
pub struct Flights<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> {
    answers: Cache<K, V>,
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Flights<K, V> {
    /// At most `most` answers, each remembered for `long`.
    pub fn new(most: u64, long: Duration) -> Flights<K, V> {
        Flights { answers: Cache::builder().max_capacity(most).time_to_live(long).build() }
    }

    /// The answer: a remembered one, the one that somebody else is computing, or what `compute` gives.
    ///
    /// # Errors
    /// What `compute` says, to all who waited for it; the next who asks computes again.
    pub async fn get(&self, key: K, compute: impl Future<Output = Result<V>>) -> Result<V> {
        self.answers.try_get_with(key, compute).await.map_err(|error: Arc<Error>| error.again())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[tokio::test]
    async fn what_many_ask_for_is_computed_once_and_a_failure_is_not_kept() {
        let flights: Flights<u32, u32> = Flights::new(10, Duration::from_secs(60));
        let computed = AtomicU32::new(0);
        let computed = &computed;
        let ask = |fails: bool| {
            flights.get(1, async move {
                computed.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                if fails { Err(Error::new(Code::Unavailable, "not yet")) } else { Ok(7) }
            })
        };
        let (one, other) = futures::join!(ask(true), ask(true));
        assert_eq!((one.unwrap_err().code(), other.unwrap_err().code()), (Code::Unavailable, Code::Unavailable));
        assert_eq!(computed.load(Ordering::SeqCst), 1);
        let answers = futures::join!(ask(false), ask(false), ask(false));
        assert_eq!((answers.0.unwrap(), answers.1.unwrap(), answers.2.unwrap()), (7, 7, 7));
        assert_eq!(computed.load(Ordering::SeqCst), 2);
    }
}
