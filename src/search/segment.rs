//! A segment of the index with what every search needs of it at hand: opening its columns anew for each search would
//! take longer than finding a rare word.

use std::sync::Arc;

use tantivy::columnar::Column;
use tantivy::{DocId, SegmentReader};

use super::facets::Table;
use crate::error::{Error, Result};

/// A segment, ready to be searched.
pub(super) struct Segment {
    pub reader: SegmentReader,
    pub keys: Keys,
    pub facets: Arc<Table>,
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
    pub fn of(reader: &SegmentReader, earlier: &[Segment]) -> Result<Segment> {
        let known = earlier.iter().find(|segment| segment.reader.segment_id() == reader.segment_id());
        let facets = match known {
            Some(segment) => segment.facets.clone(),
            None => Arc::new(Table::of(reader)?),
        };
        let fast = reader.fast_fields();
        let keys = Keys {
            published: fast.i64("published").map_err(Error::internal)?,
            id: fast.u64("id").map_err(Error::internal)?,
            seq: fast.i64("seq").map_err(Error::internal)?,
        };
        Ok(Segment { reader: reader.clone(), keys, facets })
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
