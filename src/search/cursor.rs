//! A place in a list of hits.
//!
//! Beside the last hit's place (score, instant, id) a cursor holds the statistics that the scores were computed with:
//! how many documents and tokens there were, and in how many documents each word stood. The next page is scored with
//! the same figures, so what is published meanwhile moves no other article, and no hit comes twice. A cursor is valid
//! for every query: it then is simply a place in the order of scores.

use std::collections::HashMap;
use std::hash::Hasher;

use rustc_hash::FxHasher;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::Field;
use tantivy::{Searcher, Term};

use crate::error::{Code, Error, Result};
use crate::model::base32;

/// What a cursor looks like, as a regular expression: every string that it matches is a cursor.
pub const PATTERN: &str = "^s([0-9a-f][0-9a-hjkmnp-tv-z]{12}){5,68}$";

/// The longest cursor, in characters.
pub const CURSOR_MOST: usize = 1 + 13 * (5 + FREQUENCIES_MOST);

/// How many words' frequencies a cursor holds.
const FREQUENCIES_MOST: usize = 63;

/// Where a hit stands: higher is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub score: f64,
    pub published: i64,
    pub id: u64,
}

impl Eq for Place {}

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.score.total_cmp(&other.score).then(self.published.cmp(&other.published)).then(self.id.cmp(&other.id))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

/// What BM25 needs to know of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Statistics {
    documents: u32,
    tokens: u64,
    /// By the hash of the term.
    frequencies: HashMap<u32, u32>,
}

fn hash(term: &Term) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(term.serialized_value_bytes());
    (hasher.finish() >> 32) as u32
}

impl Statistics {
    /// As the index has them now.
    pub fn now(searcher: &Searcher, field: Field, terms: &[Term]) -> Result<Statistics> {
        let provider: &dyn Bm25StatisticsProvider = searcher;
        let documents = provider.total_num_docs().map_err(Error::internal)?;
        let tokens = provider.total_num_tokens(field).map_err(Error::internal)?;
        let mut frequencies = HashMap::new();
        for term in terms {
            let n = provider.doc_freq(term).map_err(Error::internal)?;
            frequencies.insert(hash(term), u32::try_from(n).unwrap_or(u32::MAX));
        }
        Ok(Statistics { documents: u32::try_from(documents).unwrap_or(u32::MAX), tokens, frequencies })
    }
}

// What a stranger's cursor says is bounded to what BM25 can compute with.
impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, _field: Field) -> tantivy::Result<u64> {
        Ok(self.tokens.clamp(u64::from(self.documents).max(1), 1 << 50))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(u64::from(self.documents).max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let n = self.frequencies.get(&hash(term)).copied().unwrap_or(0);
        Ok(u64::from(n.min(self.documents)))
    }
}

/// A place and the statistics of its walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub(super) place: Place,
    pub(super) statistics: Statistics,
    /// The change up to which the index stood when the walk began. An article that changed later comes no more in this
    /// walk: it would have another score, and might come twice.
    pub(super) began: i64,
}

impl Cursor {
    /// As text.
    pub fn encode(&self) -> String {
        let statistics = &self.statistics;
        let mut numbers = vec![
            self.place.score.to_bits(),
            self.place.published.cast_unsigned(),
            self.place.id,
            self.began.cast_unsigned(),
            statistics.tokens.min((1 << 33) - 1) << 31 | u64::from(statistics.documents & 0x7FFF_FFFF),
        ];
        let mut frequencies: Vec<_> = statistics.frequencies.iter().collect();
        frequencies.sort_unstable();
        let pairs = frequencies.into_iter().take(FREQUENCIES_MOST);
        numbers.extend(pairs.map(|(hash, n)| u64::from(*hash) << 32 | u64::from(*n)));
        let digits = numbers.into_iter().map(base32::encode).collect::<String>();
        format!("s{digits}")
    }

    /// From text.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for what [`PATTERN`] does not match.
    pub fn decode(text: &str) -> Result<Cursor> {
        let fault = || {
            Error::new(
                Code::InvalidCursor,
                "This is no cursor of a search; use one as the API gave it, with the query that it came with.",
            )
        };
        let text = text.strip_prefix('s').filter(|t| t.is_ascii() && t.len() % 13 == 0).ok_or_else(fault)?;
        let number = |at: usize| text.get(13 * at..13 * (at + 1)).and_then(base32::decode);
        let count = text.len() / 13;
        if !(5..=5 + FREQUENCIES_MOST).contains(&count) {
            return Err(fault());
        }
        let numbers: Option<Vec<u64>> = (0..count).map(number).collect();
        let numbers = numbers.ok_or_else(fault)?;
        let score = f64::from_bits(numbers[0]);
        Ok(Cursor {
            place: Place {
                score: if score.is_nan() { 0.0 } else { score },
                published: numbers[1].cast_signed(),
                id: numbers[2],
            },
            began: numbers[3].cast_signed(),
            statistics: Statistics {
                documents: (numbers[4] & 0x7FFF_FFFF) as u32,
                tokens: numbers[4] >> 31,
                frequencies: numbers[5..].iter().map(|n| ((n >> 32) as u32, *n as u32)).collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_of_the_pattern_is_a_cursor(text in PATTERN.trim_start_matches('^').trim_end_matches('$')) {
            let cursor = Cursor::decode(&text).unwrap();
            prop_assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }

        #[test]
        fn nothing_else_is_one(text in ".{0,80}") {
            prop_assert!(Cursor::decode(&text).is_err());
        }
    }
}
