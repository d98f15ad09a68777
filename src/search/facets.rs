//! How many of the articles found stand in each section, are about each topic, and so on: exact counts.

use std::collections::HashMap;

use chrono::Datelike;
use rustc_hash::FxHashMap;
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocId, SegmentReader};

use crate::error::{Error, Result};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::time::Instant;

/// Counts, most first; equal ones by number or word, so that every node gives the same order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facets {
    /// By the section that an article stands in itself.
    pub sections: Vec<(SectionId, u64)>,
    /// By topic.
    pub topics: Vec<(TopicId, u64)>,
    /// By author.
    pub authors: Vec<(AuthorId, u64)>,
    /// By genre.
    pub genres: Vec<(String, u64)>,
    /// By year of publication, in UTC.
    pub years: Vec<(i32, u64)>,
}

/// Which counts are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Wanted {
    /// Sections.
    pub sections: bool,
    /// Topics.
    pub topics: bool,
    /// Authors.
    pub authors: bool,
    /// Genres.
    pub genres: bool,
    /// Years.
    pub years: bool,
}

impl Wanted {
    /// Whether any is.
    pub fn any(self) -> bool {
        self.sections || self.topics || self.authors || self.genres || self.years
    }
}

#[derive(Default)]
pub(super) struct Counter {
    sections: FxHashMap<u64, u64>,
    topics: FxHashMap<u64, u64>,
    authors: FxHashMap<u64, u64>,
    genres: HashMap<String, u64>,
    years: FxHashMap<i32, u64>,
}

/// The columns of one segment.
pub(super) struct Columns {
    sections: Option<Column<u64>>,
    topics: Option<Column<u64>>,
    authors: Option<Column<u64>>,
    genres: Option<(StrColumn, Vec<u64>)>,
    years: Option<Column<i64>>,
}

impl Columns {
    pub fn of(segment: &SegmentReader, wanted: Wanted) -> Result<Columns> {
        let fast = segment.fast_fields();
        let numbers = |name: &str, wanted: bool| wanted.then(|| fast.u64(name).map_err(Error::internal)).transpose();
        let genres = if wanted.genres { fast.str("genre").map_err(Error::internal)? } else { None };
        Ok(Columns {
            sections: numbers("section", wanted.sections)?,
            topics: numbers("topics", wanted.topics)?,
            authors: numbers("authors", wanted.authors)?,
            genres: genres.map(|column| {
                let n = column.num_terms();
                (column, vec![0; n])
            }),
            years: wanted.years.then(|| fast.i64("published").map_err(Error::internal)).transpose()?,
        })
    }
}

impl Counter {
    pub fn count(&mut self, columns: &mut Columns, doc: DocId) {
        let tally = |counts: &mut FxHashMap<u64, u64>, column: &Option<Column<u64>>| {
            column
                .iter()
                .flat_map(|column| column.values_for_doc(doc))
                .for_each(|n| *counts.entry(n).or_default() += 1);
        };
        tally(&mut self.sections, &columns.sections);
        tally(&mut self.topics, &columns.topics);
        tally(&mut self.authors, &columns.authors);
        if let Some((column, counts)) = &mut columns.genres {
            for ord in column.ords().values_for_doc(doc) {
                if let Some(count) = usize::try_from(ord).ok().and_then(|ord| counts.get_mut(ord)) {
                    *count += 1;
                }
            }
        }
        for at in columns.years.iter().flat_map(|column| column.values_for_doc(doc)) {
            *self.years.entry(Instant::from_millis(at).date().year()).or_default() += 1;
        }
    }

    /// Takes over what a segment counted by its own numbering of words.
    pub fn finish(&mut self, columns: Columns) -> Result<()> {
        let Some((column, counts)) = columns.genres else { return Ok(()) };
        for (ord, count) in (0..).zip(counts).filter(|(_, count)| *count > 0) {
            let mut word = String::new();
            column.ord_to_str(ord, &mut word).map_err(Error::internal)?;
            *self.genres.entry(word).or_default() += count;
        }
        Ok(())
    }

    /// The `most` first of each.
    pub fn facets(self, most: usize) -> Facets {
        fn top<K: Ord, T>(
            counts: impl Iterator<Item = (K, u64)>,
            most: usize,
            as_id: impl Fn(K) -> T,
        ) -> Vec<(T, u64)> {
            let mut all: Vec<(K, u64)> = counts.collect();
            all.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            all.truncate(most);
            all.into_iter().map(|(key, n)| (as_id(key), n)).collect()
        }
        let mut years = top(self.years.into_iter(), usize::MAX, |year| year);
        years.sort_by_key(|(year, _)| std::cmp::Reverse(*year));
        Facets {
            sections: top(self.sections.into_iter(), most, |n| SectionId(n.cast_signed())),
            topics: top(self.topics.into_iter(), most, |n| TopicId(n.cast_signed())),
            authors: top(self.authors.into_iter(), most, |n| AuthorId(n.cast_signed())),
            genres: top(self.genres.into_iter(), most, |word| word),
            years,
        }
    }
}
