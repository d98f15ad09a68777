//! Identifiers: 64 bits made by us, typed, and `art_0h3k…` outside.
//!
//! An id is 42 bits of Unix milliseconds and 21 bits of a counter, so ids sort by the time they were made and fit a
//! signed 64-bit column on both engines. Outside they are a prefix that names the noun and 13 digits of Crockford's
//! base 32 in lower case; an underscore stands between, so that a slug (`[a-z0-9-]`) is never shaped like an id.

use std::fmt;
use std::str::FromStr;
use std::sync::atomic::{AtomicI64, Ordering};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::base32;
use super::time::Instant;
use crate::error::{Code, Error};

const COUNTER_BITS: u32 = 21;

/// The least number that an id has which was made at this instant or later.
pub fn first_at(at: Instant) -> i64 {
    at.millis().saturating_mul(1 << COUNTER_BITS)
}

fn decode(prefix: &str, text: &str) -> Option<i64> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    i64::try_from(base32::decode(digits)?).ok()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub i64);

        impl $name {
            /// What stands before the underscore in the text form.
            pub const PREFIX: &'static str = $prefix;
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}_{}", $prefix, base32::encode(self.0.cast_unsigned()))
            }
        }

        impl FromStr for $name {
            type Err = Error;
            fn from_str(text: &str) -> Result<Self, Error> {
                decode($prefix, text).map($name).ok_or_else(|| Error::new(
                    Code::InvalidParameter,
                    concat!("This is no id of the form ", $prefix, "_ and 13 digits of base 32; use an id as the API gave it."),
                ))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.collect_str(self) }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(d)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    /// An article, the same on the newsroom side and in the catalogue.
    ArticleId "art";
    /// An author.
    AuthorId "aut";
    /// A topic of any kind.
    TopicId "top";
    /// A section.
    SectionId "sec";
    /// A collection.
    CollectionId "col";
    /// One revision of an article.
    RevisionId "rev";
    /// An account.
    AccountId "acc";
    /// A session of an account.
    SessionId "ses";
    /// An event of the audit log, or of an article's history.
    EventId "evt";
    /// An article as the newsroom has it: the same number as the article's own, under a name of its own.
    NewsroomId "nws";
    /// The topic of a `TopicId` as the newsroom has it: another thing than what readers see, under a global id of its own.
    NewsroomTopicId "ntp";
    /// The section of a `SectionId` as the newsroom has it.
    NewsroomSectionId "nsc";
    /// The author of an `AuthorId` as the newsroom has it.
    NewsroomAuthorId "nau";
    /// The collection of a `CollectionId` as its editors see it.
    NewsroomCollectionId "ncl";
    /// A note to the desk.
    NoteId "not";
    /// A preview that was given out.
    PreviewId "pre";
}

/// Makes ids: monotone within the process, and unlikely to meet another process's (21 bits start at random each
/// millisecond that is new). A meeting shows as a unique violation and the write is tried again.
#[derive(Debug)]
pub struct IdMaker {
    last: AtomicI64,
}

impl Default for IdMaker {
    fn default() -> Self {
        IdMaker { last: AtomicI64::new(0) }
    }
}

impl IdMaker {
    /// The next id at `now`. Greater than every id that this maker gave before, also when the clock steps back.
    pub fn next(&self, now: Instant) -> i64 {
        // Half of the counter is left free above the random start, so that a burst within one millisecond seldom
        // runs into the next one.
        let fresh = (now.millis() << COUNTER_BITS) | i64::from(rand::random::<u32>() & ((1 << (COUNTER_BITS - 1)) - 1));
        let mut last = self.last.load(Ordering::Relaxed);
        loop {
            let next = if fresh >> COUNTER_BITS > last >> COUNTER_BITS { fresh } else { last + 1 };
            match self.last.compare_exchange_weak(last, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return next,
                Err(seen) => last = seen,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn text_form_round_trips_and_sorts_like_the_number(a in 0..i64::MAX, b in 0..i64::MAX) {
            let (x, y) = (ArticleId(a), ArticleId(b));
            prop_assert_eq!(x.to_string().parse::<ArticleId>().unwrap(), x);
            prop_assert_eq!(x.to_string().cmp(&y.to_string()), a.cmp(&b));
        }

        #[test]
        fn nonsense_is_refused(text in ".{0,30}") {
            if let Ok(id) = text.parse::<TopicId>() {
                prop_assert_eq!(id.to_string(), text);
            }
        }
    }

    #[test]
    fn an_id_of_another_noun_is_refused() {
        assert!(ArticleId(7).to_string().parse::<AuthorId>().is_err());
    }

    #[test]
    fn ids_are_monotone_also_when_the_clock_steps_back() {
        let maker = IdMaker::default();
        let mut last = 0;
        for t in [5_000, 5_000, 5_001, 4_000, 5_001, 9_000] {
            for _ in 0..1_000 {
                let id = maker.next(Instant::from_millis(t));
                assert!(id > last);
                last = id;
            }
        }
    }
}
