//! How many of the articles found stand in each section, are about each topic, and so on: exact counts.
//!
//! A search of a common word counts a hundred thousand documents. So the values of a facet are numbered from 0, once for the
//! whole index ([`Numberings`]), and each segment has a [`Table`] in memory: for each document the numbers of its values.
//! Counting is then an addition in a dense array, over all segments; what the numbers mean is looked up at the end, for
//! those that were met. A table takes some fifty bytes a document.

use std::hash::Hash;
use std::sync::Arc;

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

/// The values of a facet by their numbers.
struct Numbering<K> {
    values: Arc<Vec<K>>,
    numbers: FxHashMap<K, u32>,
}

impl<K> Default for Numbering<K> {
    fn default() -> Self {
        Numbering { values: Arc::default(), numbers: FxHashMap::default() }
    }
}

impl<K: Clone + Eq + Hash> Numbering<K> {
    fn number(&mut self, value: K) -> u32 {
        if let Some(number) = self.numbers.get(&value) {
            return *number;
        }
        let next = self.values.len() as u32;
        // What is shown to searches is a copy of its own, made once for all that one look at the index finds new.
        Arc::make_mut(&mut self.values).push(value.clone());
        self.numbers.insert(value, next);
        next
    }
}

/// The numbers of all values, given as they are first met and never again: one that stands in no segment any more
/// costs a few bytes, and four more in each count, until the index is opened anew.
#[derive(Default)]
pub(super) struct Numberings {
    sections: Numbering<u64>,
    topics: Numbering<u64>,
    authors: Numbering<u64>,
    genres: Numbering<String>,
    years: Numbering<i32>,
}

impl Numberings {
    /// The values that have a number by now.
    pub fn values(&self) -> Values {
        Values {
            sections: self.sections.values.clone(),
            topics: self.topics.values.clone(),
            authors: self.authors.values.clone(),
            genres: self.genres.values.clone(),
            years: self.years.values.clone(),
        }
    }
}

/// The values of each facet, by number.
#[derive(Default)]
pub(super) struct Values {
    sections: Arc<Vec<u64>>,
    topics: Arc<Vec<u64>>,
    authors: Arc<Vec<u64>>,
    genres: Arc<Vec<String>>,
    years: Arc<Vec<i32>>,
}

/// What the documents of one segment are counted by.
pub(super) struct Table {
    sections: Numbers,
    topics: Numbers,
    authors: Numbers,
    genres: Numbers,
    years: Numbers,
}

/// One facet of a segment.
struct Numbers {
    /// The numbers of all documents' values, one after the other.
    all: Vec<u32>,
    /// Where those of each document begin; one more at the end.
    starts: Vec<u32>,
}

impl Numbers {
    fn of<K, I: Iterator<Item = K>>(
        documents: DocId,
        values: impl Fn(DocId) -> I,
        mut number: impl FnMut(K) -> u32,
    ) -> Numbers {
        let mut numbers = Numbers { all: Vec::new(), starts: vec![0] };
        for doc in 0..documents {
            numbers.all.extend(values(doc).map(&mut number));
            numbers.starts.push(numbers.all.len() as u32);
        }
        numbers
    }
}

impl Table {
    /// Reads the columns of a segment.
    pub fn of(segment: &SegmentReader, to: &mut Numberings) -> Result<Table> {
        let fast = segment.fast_fields();
        let documents = segment.max_doc();
        let numbers = |name: &str, to: &mut Numbering<u64>| {
            let column = fast.u64(name).map_err(Error::internal)?;
            Ok::<_, Error>(Numbers::of(documents, |doc| column.values_for_doc(doc), |value| to.number(value)))
        };
        let published = fast.i64("published").map_err(Error::internal)?;
        let year = |millis: i64| Instant::from_millis(millis).date().year();
        let genres = match fast.str("genre").map_err(Error::internal)? {
            None => Numbers::of(documents, |_| std::iter::empty(), |never: u32| never),
            Some(column) => {
                let mut words = Vec::new();
                for ord in 0..column.num_terms() as u64 {
                    let mut word = String::new();
                    column.ord_to_str(ord, &mut word).map_err(Error::internal)?;
                    words.push(to.genres.number(word));
                }
                Numbers::of(documents, |doc| column.ords().values_for_doc(doc), |ord| words[ord as usize])
            }
        };
        Ok(Table {
            sections: numbers("section", &mut to.sections)?,
            topics: numbers("topics", &mut to.topics)?,
            authors: numbers("authors", &mut to.authors)?,
            genres,
            years: Numbers::of(documents, |doc| published.values_for_doc(doc).map(year), |year| to.years.number(year)),
        })
    }
}

/// Counts over the segments of an index.
pub(super) struct Tally<'v> {
    sections: Option<Count<'v, u64>>,
    topics: Option<Count<'v, u64>>,
    authors: Option<Count<'v, u64>>,
    genres: Option<Count<'v, String>>,
    years: Option<Count<'v, i32>>,
}

/// Counts of one facet.
struct Count<'v, K> {
    values: &'v [K],
    counts: Vec<u32>,
    /// Which are not 0: mostly few of all that there are.
    met: Vec<u32>,
}

impl<'v, K: Clone + Ord> Count<'v, K> {
    fn of(values: &'v [K], wanted: bool) -> Option<Self> {
        wanted.then(|| Count { values, counts: vec![0; values.len()], met: Vec::new() })
    }

    fn count(&mut self, numbers: &Numbers, docs: &[DocId]) {
        for doc in docs {
            let Some([from, to]) = numbers.starts.get(*doc as usize..*doc as usize + 2) else { continue };
            for number in &numbers.all[*from as usize..*to as usize] {
                let count = &mut self.counts[*number as usize];
                if *count == 0 {
                    self.met.push(*number);
                }
                *count += 1;
            }
        }
    }

    /// The `most` first.
    fn top(self, most: usize) -> impl Iterator<Item = (K, u64)> {
        let Count { values, counts, mut met } = self;
        let key = |number: &u32| (std::cmp::Reverse(counts[*number as usize]), &values[*number as usize]);
        if met.len() > most {
            met.select_nth_unstable_by(most, |a, b| key(a).cmp(&key(b)));
            met.truncate(most);
        }
        met.sort_unstable_by(|a, b| key(a).cmp(&key(b)));
        met.into_iter().map(move |number| (values[number as usize].clone(), u64::from(counts[number as usize])))
    }
}

impl<'v> Tally<'v> {
    /// Nothing counted yet of what is wanted.
    pub fn new(values: &'v Values, wanted: Wanted) -> Tally<'v> {
        Tally {
            sections: Count::of(&values.sections, wanted.sections),
            topics: Count::of(&values.topics, wanted.topics),
            authors: Count::of(&values.authors, wanted.authors),
            genres: Count::of(&values.genres, wanted.genres),
            years: Count::of(&values.years, wanted.years),
        }
    }

    /// Counts documents of a segment: one facet after the other, so that each runs over memory of its own.
    pub fn count(&mut self, table: &Table, docs: &[DocId]) {
        self.sections.iter_mut().for_each(|facet| facet.count(&table.sections, docs));
        self.topics.iter_mut().for_each(|facet| facet.count(&table.topics, docs));
        self.authors.iter_mut().for_each(|facet| facet.count(&table.authors, docs));
        self.genres.iter_mut().for_each(|facet| facet.count(&table.genres, docs));
        self.years.iter_mut().for_each(|facet| facet.count(&table.years, docs));
    }

    /// The `most` first of each.
    pub fn facets(self, most: usize) -> Facets {
        fn top<K: Clone + Ord, T>(count: Option<Count<'_, K>>, most: usize, of: impl Fn(K) -> T) -> Vec<(T, u64)> {
            count.map_or_else(Vec::new, |count| count.top(most).map(|(value, n)| (of(value), n)).collect())
        }
        let mut years = top(self.years, usize::MAX, |year| year);
        years.sort_by_key(|(year, _)| std::cmp::Reverse(*year));
        Facets {
            sections: top(self.sections, most, |id| SectionId(id.cast_signed())),
            topics: top(self.topics, most, |id| TopicId(id.cast_signed())),
            authors: top(self.authors, most, |id| AuthorId(id.cast_signed())),
            genres: top(self.genres, most, |genre| genre),
            years,
        }
    }
}
