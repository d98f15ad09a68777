//! The index: opening, reading, writing.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, RwLock};

use frostem::Stemmer;
use serde::{Deserialize, Serialize};
use tantivy::directory::MmapDirectory;
use tantivy::indexer::{LogMergePolicy, NoMergePolicy};
use tantivy::schema::IndexRecordOption;
use tantivy::{DocSet, IndexReader, IndexWriter, ReloadPolicy, Searcher, TERMINATED, TantivyError, Term};

use super::analysis;
use super::document::{Article, Name, Named};
use super::facets::{Numberings, Values};
use super::files::Files;
use super::schema::{self, Fields};
use super::segment::Segment;
use crate::error::{Code, Error, Result};
use crate::model::id::ArticleId;

/// Memory for documents that are not yet on the disk. tantivy asks for 15 MB a thread at least.
const HEAP: usize = 32 << 20;

/// How far an index has followed the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which log.
    pub log_id: String,
    /// The last change that is in it.
    pub seq: i64,
}

#[derive(Serialize, Deserialize)]
struct Payload {
    version: u32,
    #[serde(flatten)]
    position: Position,
}

/// What the engine's own file says of an index, as far as it is ours.
#[derive(Deserialize)]
struct Metas {
    payload: Option<String>,
}

/// An index that can be searched. Cloning shares it.
#[derive(Clone)]
pub struct Index {
    inner: tantivy::Index,
    reader: IndexReader,
    pub(super) fields: Fields,
    seen: Arc<RwLock<Arc<Seen>>>,
    numberings: Arc<Mutex<Numberings>>,
    /// Where it is, unless in memory.
    folder: Option<Arc<PathBuf>>,
    files: Files,
}

/// What one state of the index holds.
pub(super) struct Seen {
    pub searcher: Searcher,
    pub segments: Vec<Segment>,
    /// What facets count, by number.
    pub values: Values,
    pub position: Option<Position>,
    /// The stemmers of the languages in it; `None` for languages without one.
    pub stemmers: Vec<Option<Stemmer>>,
}

impl Index {
    /// An index in memory, for measuring and tests.
    ///
    /// # Errors
    /// None that is expected.
    pub fn in_memory() -> Result<Index> {
        let (schema, fields) = schema::schema();
        Index::with(tantivy::Index::create_in_ram(schema), fields, None)
    }

    /// The index in this folder, which must be there; made anew when it is empty. `None` when what is there is of
    /// another version or is broken, and must be built anew.
    ///
    /// # Errors
    /// When the folder cannot be read or written.
    pub fn open(folder: &Path) -> Result<Option<Index>> {
        let (schema, fields) = schema::schema();
        let fault = |e: &dyn std::fmt::Display| {
            let shown = folder.display();
            Error::new(
                Code::Config,
                format!(
                    "The search index in {shown} cannot be opened: {e}. Check [search] data_dir, its rights and the disk."
                ),
            )
        };
        let directory = MmapDirectory::open(folder).map_err(|e| fault(&e))?;
        let broken = |cause: &dyn std::fmt::Debug| {
            tracing::warn!(folder = %folder.display(), ?cause, "the search index is broken or of another version");
        };
        let opened = guarded(|| {
            let index = tantivy::Index::open_or_create(directory, schema)?;
            let damaged = index.validate_checksum()?;
            Ok((index, damaged))
        });
        let index = match opened {
            Ok((index, damaged)) if damaged.is_empty() => index,
            Ok((_, damaged)) => {
                broken(&damaged);
                return Ok(None);
            }
            Err(TantivyError::IoError(e)) => return Err(fault(&e)),
            Err(e) => {
                broken(&e);
                return Ok(None);
            }
        };
        match guarded(|| Ok(Index::with(index, fields, Some(folder)))) {
            Ok(Ok(index)) => Ok(Some(index)),
            Ok(Err(e)) => {
                broken(&e);
                Ok(None)
            }
            Err(e) => {
                broken(&e);
                Ok(None)
            }
        }
    }

    /// How far the index in this folder has followed the log, of whichever version it is. Its other files are not looked at.
    pub(super) fn position_in(folder: &Path) -> Option<Position> {
        let text = std::fs::read_to_string(folder.join("meta.json")).ok()?;
        let metas: Metas = serde_json::from_str(&text).ok()?;
        let payload: Payload = serde_json::from_str(&metas.payload?).ok()?;
        Some(payload.position)
    }

    fn with(inner: tantivy::Index, fields: Fields, folder: Option<&Path>) -> Result<Index> {
        let builder = inner.reader_builder().reload_policy(ReloadPolicy::Manual);
        let reader: IndexReader = builder.try_into().map_err(Error::internal)?;
        let mut numberings = Numberings::default();
        let seen = Arc::new(RwLock::new(Arc::new(see(&inner, &reader, &fields, &[], &mut numberings)?)));
        let numberings = Arc::new(Mutex::new(numberings));
        let folder = folder.map(|folder| Arc::new(folder.to_owned()));
        let index = Index { inner, reader, fields, seen, numberings, folder, files: Files::default() };
        // As they are now is how they were written.
        index.is_untouched();
        Ok(index)
    }

    /// Whether its files are as they were written, as far as their lengths and dates tell: takes microseconds. A file
    /// of the engine never changes once it is there, so one that did is not to be trusted.
    pub fn is_untouched(&self) -> bool {
        let Some(folder) = &self.folder else { return true };
        let Ok(metas) = self.inner.load_metas() else { return false };
        let changed = self.files.changed(folder, metas.list_segment_files());
        // The engine may have merged segments and taken their files away meanwhile.
        changed.is_empty()
            || self.inner.load_metas().is_ok_and(|metas| metas.list_segment_files().is_disjoint(&changed))
    }

    /// Whether every byte of its files is as it was written: reads all of them.
    pub fn is_whole(&self) -> bool {
        let is_whole = || self.inner.validate_checksum().map(|damaged| damaged.is_empty());
        guarded(is_whole).unwrap_or(false) && self.is_untouched()
    }

    /// How far it has followed the log, as far as it was last looked at; `None` when nothing was ever written, or by a
    /// program with another version.
    pub fn position(&self) -> Option<Position> {
        self.seen().position.clone()
    }

    /// Looks at what was written since, by this process or another.
    ///
    /// # Errors
    /// When a file of the index is gone or broken.
    pub fn reload(&self) -> Result<()> {
        // What the index says of its position is read before its documents: they may be newer, never older.
        let position = position(&self.inner)?;
        self.reader.reload().map_err(Error::internal)?;
        let mut seen = {
            let mut numberings = self.numberings.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            see(&self.inner, &self.reader, &self.fields, &self.seen().segments, &mut numberings)?
        };
        seen.position = position;
        let mut slot = self.seen.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        *slot = Arc::new(seen);
        Ok(())
    }

    /// How many documents there are, of any kind.
    pub fn documents(&self) -> u64 {
        self.seen().searcher.num_docs()
    }

    pub(super) fn seen(&self) -> Arc<Seen> {
        self.seen.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// The right to write; `None` while somebody else has it.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn writer(&self) -> Result<Option<Writer>> {
        match self.inner.writer_with_num_threads(1, HEAP) {
            Ok(writer) => {
                let mut policy = LogMergePolicy::default();
                // Deleted documents still count in the statistics of BM25 until they are merged away.
                policy.set_del_docs_ratio_before_merge(0.2);
                writer.set_merge_policy(Box::new(policy));
                Ok(Some(Writer { writer, index: self.clone(), met: Mutex::default() }))
            }
            Err(TantivyError::LockFailure(..)) => Ok(None),
            Err(e) => Err(Error::internal(e)),
        }
    }
}

/// What the engine does with a broken file is not always an error.
fn guarded<T>(work: impl FnOnce() -> tantivy::Result<T>) -> tantivy::Result<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|_| Err(TantivyError::InternalError("the engine gave up on what a file says".to_owned())))
}

fn position(index: &tantivy::Index) -> Result<Option<Position>> {
    let metas = index.load_metas().map_err(Error::internal)?;
    let payload = metas.payload.and_then(|text| serde_json::from_str::<Payload>(&text).ok());
    Ok(payload.filter(|payload| payload.version == schema::VERSION).map(|payload| payload.position))
}

fn see(
    index: &tantivy::Index,
    reader: &IndexReader,
    fields: &Fields,
    earlier: &[Segment],
    numberings: &mut Numberings,
) -> Result<Seen> {
    let position = position(index)?;
    let searcher = reader.searcher();
    let segments = searcher.segment_readers().iter();
    let segments = segments.map(|segment| Segment::of(segment, earlier, numberings)).collect::<Result<_>>()?;
    let mut stemmers: Vec<Option<Stemmer>> = Vec::new();
    for segment in searcher.segment_readers() {
        let languages = segment.inverted_index(fields.language).map_err(Error::internal)?;
        let mut stream = languages.terms().stream().map_err(Error::internal)?;
        while stream.advance() {
            let stemmer = std::str::from_utf8(stream.key()).ok().and_then(analysis::stemmer);
            let name = |s: &Option<Stemmer>| s.map(|s| s.algorithm());
            if !stemmers.iter().any(|known| name(known) == name(&stemmer)) {
                stemmers.push(stemmer);
            }
        }
    }
    // The order decides on nothing that is shown, but the same state shall give the same query.
    stemmers.sort_by_key(|stemmer| stemmer.map(|s| s.algorithm().name()));
    Ok(Seen { searcher, segments, values: numberings.values(), position, stemmers })
}

/// The right to write an index. Nobody else has it while this lives.
pub struct Writer {
    writer: IndexWriter,
    index: Index,
    met: Mutex<analysis::Met>,
}

impl Writer {
    /// Puts an article, in place of what was there of it; `seq` is the change that it came with, 0 for none.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn put(&self, article: &Article, seq: i64) -> Result<()> {
        self.delete(Named::Article(article.id));
        let mut met = self.met.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.writer.add_document(article.document(&self.index.fields, &mut met, seq)).map_err(Error::internal)?;
        Ok(())
    }

    /// The change that an article came with when it was last put, as of the last commit; 0 for none.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn change_of(&self, id: ArticleId) -> Result<i64> {
        let seen = self.index.seen();
        let (_, number) = Named::Article(id).parts();
        let term = Term::from_field_u64(self.index.fields.id, number);
        for segment in &seen.segments {
            let terms = segment.reader.inverted_index(self.index.fields.id).map_err(Error::internal)?;
            let found = terms.read_postings(&term, IndexRecordOption::Basic).map_err(Error::internal)?;
            let Some(mut found) = found else { continue };
            let alive = segment.reader.alive_bitset();
            while found.doc() != TERMINATED {
                if alive.is_none_or(|alive| alive.is_alive(found.doc())) {
                    return Ok(segment.keys.seq(found.doc()));
                }
                found.advance();
            }
        }
        Ok(0)
    }

    /// Puts a name, in place of what was there of it.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn put_name(&self, name: &Name) -> Result<()> {
        self.delete(name.of);
        self.writer.add_document(name.document(&self.index.fields)).map_err(Error::internal)?;
        Ok(())
    }

    /// Takes out what there is of it. Numbers of articles, topics and authors are made by one counter, so none is two.
    pub fn delete(&self, what: Named) {
        let (_, id) = what.parts();
        self.writer.delete_term(Term::from_field_u64(self.index.fields.id, id));
    }

    /// Takes out everything.
    ///
    /// # Errors
    /// When the disk fails.
    pub fn clear(&self) -> Result<()> {
        self.writer.delete_all_documents().map_err(Error::internal)?;
        Ok(())
    }

    /// Makes what was written lasting and visible, as far as this position. Takes some milliseconds.
    ///
    /// # Errors
    /// When the disk is full; what was written since the last commit is then gone.
    pub fn commit(&mut self, position: &Position) -> Result<()> {
        let payload = Payload { version: schema::VERSION, position: position.clone() };
        let text = serde_json::to_string(&payload).map_err(Error::internal)?;
        // A plain commit would erase the payload.
        let mut prepared = self.writer.prepare_commit().map_err(Error::internal)?;
        prepared.set_payload(&text);
        prepared.commit().map_err(Error::internal)?;
        self.index.reload()
    }

    /// Merges everything into one segment without what was deleted, and waits for it.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn merge(&mut self, position: &Position) -> Result<()> {
        self.commit(position)?;
        // No new merges of the engine's own; one that is under way may take segments from under ours: then again.
        self.writer.set_merge_policy(Box::new(NoMergePolicy));
        for _ in 0..100 {
            let segments = self.index.inner.searchable_segment_metas().map_err(Error::internal)?;
            // One alone is merged too while deleted documents still count in its statistics.
            if segments.len() < 2 && !segments.iter().any(|segment| segment.has_deletes()) {
                break;
            }
            // The files of a segment stay for as long as somebody holds what describes it: nobody does while it is merged.
            let ids: Vec<_> = segments.into_iter().map(|segment| segment.id()).collect();
            match self.writer.merge(&ids).wait() {
                Ok(_) => break,
                Err(TantivyError::InvalidArgument(_)) => std::thread::sleep(std::time::Duration::from_millis(50)),
                Err(e) => return Err(Error::internal(e)),
            }
        }
        self.index.reload()
    }

    /// Ends, after the merges that are under way.
    ///
    /// # Errors
    /// When the disk is full.
    pub fn close(self) -> Result<()> {
        self.writer.wait_merging_threads().map_err(Error::internal)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::time::Instant;

    #[test]
    fn the_change_of_an_article_is_known_until_it_is_gone() {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        let article = |id: i64, headline: &str| Article {
            id: ArticleId(id),
            language: "en".to_owned(),
            headline: headline.to_owned(),
            summary: String::new(),
            body: String::new(),
            authors: Vec::new(),
            topics: Vec::new(),
            sections: Vec::new(),
            genre: "news".to_owned(),
            published_at: Instant::from_millis(0),
            updated_at: Instant::from_millis(0),
        };
        let position = |seq| Position { log_id: "log".to_owned(), seq };
        writer.put(&article(1, "one"), 7).unwrap();
        writer.put(&article(2, "two"), 0).unwrap();
        writer.commit(&position(7)).unwrap();
        let changes = |writer: &Writer| [1, 2, 3].map(|id| writer.change_of(ArticleId(id)).unwrap());
        assert_eq!(changes(&writer), [7, 0, 0]);
        // Put again in another segment, as the document that holds.
        writer.put(&article(1, "another"), 9).unwrap();
        assert_eq!(changes(&writer), [7, 0, 0]);
        writer.commit(&position(9)).unwrap();
        assert_eq!(changes(&writer), [9, 0, 0]);
        writer.delete(Named::Article(ArticleId(1)));
        writer.commit(&position(10)).unwrap();
        assert_eq!(changes(&writer), [0, 0, 0]);
    }
}
