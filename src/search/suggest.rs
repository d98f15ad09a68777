//! Type-ahead: what begins as a reader types.

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
        let mut names: Vec<(i64, Named)> = Vec::new();
        let mut articles: Vec<(i64, Named)> = Vec::new();
        for segment in seen.searcher.segment_readers() {
            let fast = segment.fast_fields();
            let (kind, id) = (fast.u64("kind").map_err(Error::internal)?, fast.u64("id").map_err(Error::internal)?);
            let published = fast.i64("published").map_err(Error::internal)?;
            let heavy = fast.u64("weight").map_err(Error::internal)?;
            let alive = segment.alive_bitset();
            let mut take = |docs: &[DocId]| {
                for doc in docs.iter().filter(|doc| alive.is_none_or(|alive| alive.is_alive(**doc))) {
                    let named = Named::of(kind.first(*doc).unwrap_or(0), id.first(*doc).unwrap_or(0));
                    match named {
                        Some(Named::Article(_)) => articles.extend(published.first(*doc).zip(named)),
                        Some(_) => names.extend(heavy.first(*doc).map(u64::cast_signed).zip(named)),
                        None => {}
                    }
                }
            };
            weight.for_each_no_score(segment, &mut take).map_err(Error::internal)?;
        }
        let first = |mut list: Vec<(i64, Named)>| {
            list.sort_by_key(|(key, named)| std::cmp::Reverse((*key, named.parts())));
            list.truncate(size);
            list.into_iter().map(|(_, named)| named)
        };
        Ok(first(names).chain(first(articles)).collect())
    }
}
