//! Type-ahead: what begins as a reader types.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::DocId;
use tantivy::query::EnableScoring;

use super::analysis;
use super::compile::beginnings;
use super::document::Named;
use super::index::Index;
use crate::error::{Error, Result};
use crate::model::text::cleaned;

impl Index {
    /// What has all these words in its headline or name, the last of them perhaps only begun: topics and authors with
    /// the most articles first, then articles, newest first; at most `size` of each of the two groups.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn suggest(&self, text: &str, size: usize) -> Result<Vec<Named>> {
        let seen = self.seen();
        let mut words = analysis::words(&cleaned(&text.chars().take(200).collect::<String>()).0);
        words.truncate(8);
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let query = beginnings(self.fields.name, &words);
        let weight = query.weight(EnableScoring::disabled_from_searcher(&seen.searcher)).map_err(Error::internal)?;
        let (mut names, mut articles) = (First::of(size), First::of(size));
        for segment in &seen.segments {
            let fast = segment.reader.fast_fields();
            let kind = fast.u64("kind").map_err(Error::internal)?;
            let heavy = fast.u64("weight").map_err(Error::internal)?;
            let alive = segment.reader.alive_bitset();
            let mut take = |docs: &[DocId]| {
                for doc in docs.iter().filter(|doc| alive.is_none_or(|alive| alive.is_alive(**doc))) {
                    let kind = kind.first(*doc).unwrap_or(0);
                    if kind == ARTICLE {
                        articles.offer(segment.keys.published(*doc), || (kind, segment.keys.id(*doc)));
                    } else {
                        let weight = heavy.first(*doc).unwrap_or(0).cast_signed();
                        names.offer(weight, || (kind, segment.keys.id(*doc)));
                    }
                }
            };
            weight.for_each_no_score(&segment.reader, &mut take).map_err(Error::internal)?;
        }
        Ok(names.sorted().chain(articles.sorted()).filter_map(|(kind, id)| Named::of(kind, id)).collect())
    }
}

/// How an article's kind stands in the index.
const ARTICLE: u64 = 0;

/// The first few of many, by a key and then by kind and number: one letter is the beginning of most.
struct First {
    heap: BinaryHeap<Reverse<(i64, (u64, u64))>>,
    size: usize,
}

impl First {
    fn of(size: usize) -> First {
        First { heap: BinaryHeap::new(), size }
    }

    fn offer(&mut self, key: i64, named: impl FnOnce() -> (u64, u64)) {
        if self.heap.len() >= self.size && self.heap.peek().is_none_or(|Reverse(least)| key < least.0) {
            return;
        }
        self.heap.push(Reverse((key, named())));
        if self.heap.len() > self.size {
            self.heap.pop();
        }
    }

    fn sorted(self) -> impl Iterator<Item = (u64, u64)> {
        self.heap.into_sorted_vec().into_iter().map(|Reverse((_, named))| named)
    }
}
