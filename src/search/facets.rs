//! How many of the articles found stand in each section, are about each topic, and so on: exact counts.
//!
//! A search of a common word counts a hundred thousand documents. So each segment has a [`Table`] in memory: the values
//! of a facet numbered from 0, and for each document the numbers of its values. Counting is then an addition in a
//! dense array; what the numbers mean is looked up once a segment. A table takes some fifty bytes a document.

use std::hash::Hash;

use chrono::Datelike;
use rustc_hash::FxHashMap;
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

    /// Whether all that the other wants are.
    pub fn covers(self, other: Wanted) -> bool {
        let pairs = [
            (self.sections, other.sections),
            (self.topics, other.topics),
            (self.authors, other.authors),
            (self.genres, other.genres),
            (self.years, other.years),
        ];
        pairs.into_iter().all(|(here, asked)| here || !asked)
    }
}

/// What the documents of one segment are counted by.
#[derive(Default)]
pub(super) struct Table {
    sections: Values<u64>,
    topics: Values<u64>,
    authors: Values<u64>,
    genres: Values<String>,
    years: Values<i32>,
}

/// One facet of a segment.
struct Values<K> {
    /// The values by number.
    keys: Vec<K>,
    /// The numbers of all documents, one after the other.
    numbers: Vec<u32>,
    /// Where those of each document begin; one more at the end.
    starts: Vec<u32>,
}

impl<K> Default for Values<K> {
    fn default() -> Self {
        Values { keys: Vec::new(), numbers: Vec::new(), starts: vec![0] }
    }
}

impl<K: Copy + Eq + Hash> Values<K> {
    fn of<I: Iterator<Item = K>>(documents: DocId, values: impl Fn(DocId) -> I) -> Values<K> {
        let mut all = Values::default();
        let mut numbers: FxHashMap<K, u32> = FxHashMap::default();
        for doc in 0..documents {
            for value in values(doc) {
                let next = all.keys.len() as u32;
                let number = *numbers.entry(value).or_insert(next);
                if number == next {
                    all.keys.push(value);
                }
                all.numbers.push(number);
            }
            all.starts.push(all.numbers.len() as u32);
        }
        all
    }
}

impl Table {
    /// Reads the columns of a segment.
    pub fn of(segment: &SegmentReader) -> Result<Table> {
        let fast = segment.fast_fields();
        let documents = segment.max_doc();
        let numbers = |name: &str| {
            let column = fast.u64(name).map_err(Error::internal)?;
            Ok::<_, Error>(Values::of(documents, |doc| column.values_for_doc(doc)))
        };
        let published = fast.i64("published").map_err(Error::internal)?;
        let year = |millis: i64| Instant::from_millis(millis).date().year();
        let genres = match fast.str("genre").map_err(Error::internal)? {
            None => Values::default(),
            Some(column) => {
                let Values { keys, numbers, starts } = Values::of(documents, |doc| column.ords().values_for_doc(doc));
                let word = |ord: u64| {
                    let mut word = String::new();
                    column.ord_to_str(ord, &mut word).map_err(Error::internal)?;
                    Ok::<_, Error>(word)
                };
                Values { keys: keys.into_iter().map(word).collect::<Result<_>>()?, numbers, starts }
            }
        };
        Ok(Table {
            sections: numbers("section")?,
            topics: numbers("topics")?,
            authors: numbers("authors")?,
            genres,
            years: Values::of(documents, |doc| published.values_for_doc(doc).map(year)),
        })
    }
}

/// Counts over all segments.
#[derive(Default)]
pub(super) struct Counter {
    sections: Sum<u64>,
    topics: Sum<u64>,
    authors: Sum<u64>,
    genres: Sum<String>,
    years: Sum<i32>,
}

/// Counts of one facet, each value once.
#[derive(Default)]
struct Sum<K>(Vec<(K, u64)>);

impl<K: Clone + Eq + Hash> Sum<K> {
    fn add(&mut self, facet: Option<Dense<'_, K>>) {
        let Some(facet) = facet else { return };
        if self.0.is_empty() {
            // Of an index that has come to rest this is all.
            self.0 = facet.counted().map(|(key, n)| (key.clone(), n)).collect();
            return;
        }
        let mut all: FxHashMap<K, u64> = std::mem::take(&mut self.0).into_iter().collect();
        for (key, n) in facet.counted() {
            match all.get_mut(key) {
                Some(sum) => *sum += n,
                None => drop(all.insert(key.clone(), n)),
            }
        }
        self.0 = all.into_iter().collect();
    }
}

impl<K: Ord> Sum<K> {
    /// The `most` first.
    fn top(self, most: usize) -> impl Iterator<Item = (K, u64)> {
        let Sum(mut all) = self;
        let order = |a: &(K, u64), b: &(K, u64)| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0));
        if all.len() > most {
            all.select_nth_unstable_by(most, order);
            all.truncate(most);
        }
        all.sort_unstable_by(order);
        all.into_iter()
    }
}

/// Counts over one segment.
pub(super) struct Tally<'t> {
    sections: Option<Dense<'t, u64>>,
    topics: Option<Dense<'t, u64>>,
    authors: Option<Dense<'t, u64>>,
    genres: Option<Dense<'t, String>>,
    years: Option<Dense<'t, i32>>,
}

struct Dense<'t, K> {
    values: &'t Values<K>,
    counts: Vec<u32>,
}

impl<'t, K> Dense<'t, K> {
    fn of(values: &'t Values<K>, wanted: bool) -> Option<Self> {
        wanted.then(|| Dense { values, counts: vec![0; values.keys.len()] })
    }

    fn count(&mut self, docs: &[DocId]) {
        for doc in docs {
            let Some([from, to]) = self.values.starts.get(*doc as usize..*doc as usize + 2) else { continue };
            for number in &self.values.numbers[*from as usize..*to as usize] {
                self.counts[*number as usize] += 1;
            }
        }
    }

    fn counted(self) -> impl Iterator<Item = (&'t K, u64)> {
        self.values.keys.iter().zip(self.counts).filter(|(_, n)| *n > 0).map(|(key, n)| (key, u64::from(n)))
    }
}

impl<'t> Tally<'t> {
    /// Nothing counted yet of what is wanted.
    pub fn new(table: &'t Table, wanted: Wanted) -> Tally<'t> {
        Tally {
            sections: Dense::of(&table.sections, wanted.sections),
            topics: Dense::of(&table.topics, wanted.topics),
            authors: Dense::of(&table.authors, wanted.authors),
            genres: Dense::of(&table.genres, wanted.genres),
            years: Dense::of(&table.years, wanted.years),
        }
    }

    /// Counts documents: one facet after the other, so that each runs over memory of its own.
    pub fn count(&mut self, docs: &[DocId]) {
        self.sections.iter_mut().for_each(|facet| facet.count(docs));
        self.topics.iter_mut().for_each(|facet| facet.count(docs));
        self.authors.iter_mut().for_each(|facet| facet.count(docs));
        self.genres.iter_mut().for_each(|facet| facet.count(docs));
        self.years.iter_mut().for_each(|facet| facet.count(docs));
    }
}

impl Counter {
    /// Takes over what was counted in a segment.
    pub fn add(&mut self, tally: Tally<'_>) {
        let Tally { sections, topics, authors, genres, years } = tally;
        self.sections.add(sections);
        self.topics.add(topics);
        self.authors.add(authors);
        self.genres.add(genres);
        self.years.add(years);
    }

    /// The `most` first of each.
    pub fn facets(self, most: usize) -> Facets {
        let mut years: Vec<(i32, u64)> = self.years.top(usize::MAX).collect();
        years.sort_by_key(|(year, _)| std::cmp::Reverse(*year));
        Facets {
            sections: self.sections.top(most).map(|(n, of)| (SectionId(n.cast_signed()), of)).collect(),
            topics: self.topics.top(most).map(|(n, of)| (TopicId(n.cast_signed()), of)).collect(),
            authors: self.authors.top(most).map(|(n, of)| (AuthorId(n.cast_signed()), of)).collect(),
            genres: self.genres.top(most).collect(),
            years,
        }
    }
}
