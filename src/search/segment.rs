//! A segment of the index with what every search needs of it at hand: opening its columns anew for each search would
//! take longer than finding a rare word.

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::{DocId, SegmentReader};

use super::facets::{Numberings, Table};
use crate::error::{Error, Result};

/// A segment, ready to be searched.
pub(super) struct Segment {
    pub reader: SegmentReader,
    pub keys: Keys,
    pub traits: Traits,
    pub facets: Arc<Table>,
}

/// The columns that tell what articles have in common.
pub(super) struct Traits {
    pub section: Column<u64>,
    pub topics: Column<u64>,
    pub events: Column<u64>,
    pub authors: Column<u64>,
    pub runs: Column<u64>,
    /// The language of each document, by its place among `tags`.
    pub language: Option<Column<u64>>,
    /// BCP 47.
    pub tags: Vec<String>,
}

/// The columns of a segment that decide between equal scores.
pub(super) struct Keys {
    published: Column<i64>,
    id: Column<u64>,
    seq: Column<i64>,
}

impl Segment {
    /// Opens the columns. The table of facets is taken over from an earlier look at the same segment: documents are
    /// deleted from a segment, but keep their numbers.
    pub fn of(reader: &SegmentReader, earlier: &[Segment], numberings: &mut Numberings) -> Result<Segment> {
        let known = earlier.iter().find(|segment| segment.reader.segment_id() == reader.segment_id());
        let facets = match known {
            Some(segment) => segment.facets.clone(),
            None => Arc::new(Table::of(reader, numberings)?),
        };
        let fast = reader.fast_fields();
        let keys = Keys {
            published: fast.i64("published").map_err(Error::internal)?,
            id: fast.u64("id").map_err(Error::internal)?,
            seq: fast.i64("seq").map_err(Error::internal)?,
        };
        Ok(Segment { reader: reader.clone(), keys, traits: Traits::of(reader)?, facets })
    }
}

impl Traits {
    fn of(reader: &SegmentReader) -> Result<Traits> {
        let fast = reader.fast_fields();
        let numbers = |name: &str| fast.u64(name).map_err(Error::internal);
        let language = fast.str("language").map_err(Error::internal)?;
        let mut tags = Vec::new();
        for ord in 0..language.as_ref().map_or(0, |column| column.num_terms() as u64) {
            let mut tag = String::new();
            language
                .iter()
                .try_for_each(|column| column.ord_to_str(ord, &mut tag).map(drop))
                .map_err(Error::internal)?;
            tags.push(tag);
        }
        Ok(Traits {
            section: numbers("section")?,
            topics: numbers("topics")?,
            events: numbers("events")?,
            authors: numbers("authors")?,
            runs: numbers("runs")?,
            language: language.map(|column| column.ords().clone()),
            tags,
        })
    }
}

impl Keys {
    pub fn published(&self, doc: DocId) -> i64 {
        self.published.first(doc).unwrap_or(0)
    }

    pub fn id(&self, doc: DocId) -> u64 {
        self.id.first(doc).unwrap_or(0)
    }

    /// The change that put the document here.
    pub fn seq(&self, doc: DocId) -> i64 {
        self.seq.first(doc).unwrap_or(0)
    }
}
