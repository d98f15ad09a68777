//! Running a query: the best or the newest hits, how many there are, and their facets.
//!
//! A score is the sum of its parts, always in the same order and in 64 bits, so it is the same on every page, whatever
//! was merged in between. The engine's own sums are not: their order follows the run.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::query::{EnableScoring, Scorer, Weight};
use tantivy::{DocId, DocSet, TERMINATED};

use super::compile::{Compiled, compile};
use super::cursor::{Cursor, Place, Statistics};
use super::facets::{Facets, Tally, Wanted};
use super::filter::Filter;
use super::index::{Index, Position, Seen};
use super::parse;
use super::segment::{Keys, Segment};
use crate::error::{Error, Result};
use crate::model::id::ArticleId;

/// A search.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// What the reader typed.
    pub text: String,
    /// Which articles count.
    pub filter: Filter,
    /// Newest first instead of best.
    pub newest: bool,
    /// Only what comes after this.
    pub after: Option<Cursor>,
    /// How many hits at the most.
    pub size: usize,
    /// Whether to count.
    pub total: bool,
    /// Which facets to count.
    pub facets: Wanted,
    /// How many values of each facet.
    pub facets_most: usize,
}

/// One hit.
#[derive(Debug, Clone, PartialEq)]
pub struct Hit {
    /// The article.
    pub id: ArticleId,
    /// Comparable within one walk.
    pub score: f64,
    /// Its place.
    pub cursor: Cursor,
}

/// What was found.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The hits, best first.
    pub hits: Vec<Hit>,
    /// Whether there are more after them.
    pub more: bool,
    /// How many match, when it was asked for; of the whole walk, not from the cursor on.
    pub total: Option<u64>,
    /// The facets that were asked for, of the whole walk.
    pub facets: Facets,
    /// How far the index had followed the log.
    pub position: Option<Position>,
}

impl Index {
    /// Searches. Takes from a tenth of a millisecond to some dozens: run it where blocking is allowed.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn search(&self, asked: &Asked) -> Result<Found> {
        let seen = self.seen();
        let query = parse::parse(&asked.text);
        let compiled = compile(&query, &asked.filter, !asked.newest, &self.fields, &seen);
        let statistics = match &asked.after {
            Some(cursor) => cursor.statistics.clone(),
            None => Statistics::now(&seen.searcher, self.fields.text, &compiled.terms)?,
        };
        let began = match &asked.after {
            Some(cursor) => cursor.began,
            None => seen.position.as_ref().map_or(i64::MAX, |position| position.seq),
        };
        let mut run = Run::new(asked, &compiled, &statistics, &seen, began)?;
        for segment in &seen.segments {
            run.segment(segment)?;
        }
        let (mut places, total, facets) = run.finish();
        let more = places.len() > asked.size;
        places.truncate(asked.size);
        let hit = |place: Place| Hit {
            id: ArticleId(place.id.cast_signed()),
            score: place.score,
            cursor: Cursor { place, statistics: statistics.clone(), began },
        };
        let hits = places.into_iter().map(hit).collect();
        Ok(Found { hits, more, total: asked.total.then_some(total), facets, position: seen.position.clone() })
    }
}

struct Run<'r> {
    asked: &'r Asked,
    matching: Box<dyn Weight>,
    excluded: Vec<Box<dyn Weight>>,
    scoring: Vec<Box<dyn Weight>>,
    /// What matches and what scores is one and the same.
    simple: bool,
    /// The best are found without reading all; what is counted is counted in a run of its own.
    pruned: bool,
    began: i64,
    heap: BinaryHeap<Reverse<Place>>,
    /// One more than are wanted, to know whether there are more.
    room: usize,
    total: u64,
    tally: Tally<'r>,
}

impl<'r> Run<'r> {
    fn new(asked: &'r Asked, compiled: &Compiled, statistics: &Statistics, seen: &'r Seen, began: i64) -> Result<Self> {
        let plain = EnableScoring::disabled_from_searcher(&seen.searcher);
        let scored = EnableScoring::enabled_from_statistics_provider(statistics, &seen.searcher);
        let matching = compiled.matching.weight(plain).map_err(Error::internal)?;
        let excluded: tantivy::Result<Vec<_>> = compiled.excluded.iter().map(|part| part.weight(plain)).collect();
        // Newest first needs no scores.
        let parts = if asked.newest { &[][..] } else { &compiled.scoring[..] };
        let scoring: tantivy::Result<Vec<_>> = parts.iter().map(|part| part.weight(scored)).collect();
        Ok(Run {
            asked,
            matching,
            excluded: excluded.map_err(Error::internal)?,
            scoring: scoring.map_err(Error::internal)?,
            simple: compiled.simple && !asked.newest,
            pruned: compiled.pruned && !asked.newest,
            began,
            heap: BinaryHeap::new(),
            room: asked.size + 1,
            total: 0,
            tally: Tally::new(&seen.values, asked.facets),
        })
    }

    fn segment(&mut self, segment: &Segment) -> Result<()> {
        let (reader, keys) = (&segment.reader, &segment.keys);
        let facets = self.asked.facets.any();
        if self.pruned {
            self.best(segment)?;
            if facets {
                self.counted(segment)?;
            } else if self.asked.total {
                self.total += u64::from(self.matching.count(reader).map_err(Error::internal)?);
            }
            return Ok(());
        }
        // Where the two are one, a phrase is looked for once.
        let (matching, scoring) = match (self.simple, self.scoring.as_slice()) {
            (true, [only]) => (only, &[][..]),
            (_, parts) => (&self.matching, parts),
        };
        let mut matching = matching.scorer(reader, 1.0).map_err(Error::internal)?;
        let scorers: tantivy::Result<Vec<_>> = scoring.iter().map(|part| part.scorer(reader, 1.0)).collect();
        let mut scorers = scorers.map_err(Error::internal)?;
        let excluded: tantivy::Result<Vec<_>> = self.excluded.iter().map(|part| part.scorer(reader, 1.0)).collect();
        let mut excluded = excluded.map_err(Error::internal)?;
        let alive = reader.alive_bitset();
        let mut doc = matching.doc();
        while doc != TERMINATED {
            let counts = alive.is_none_or(|alive| alive.is_alive(doc));
            if counts && !excluded.iter_mut().any(|scorer| stands_at(scorer.as_mut(), doc)) {
                self.total += 1;
                if facets {
                    self.tally.count(&segment.facets, &[doc]);
                }
                let score = match self.simple {
                    true => f64::from(matching.score()),
                    false => scorers.iter_mut().map(|scorer| part(scorer.as_mut(), doc)).sum(),
                };
                self.offer(keys, doc, score);
            }
            doc = matching.advance();
        }
        Ok(())
    }

    /// One part of a score, nothing else to match: the engine can leave out whole blocks that cannot come in.
    fn best(&mut self, segment: &Segment) -> Result<()> {
        let Some(part) = self.scoring.pop() else { return Ok(()) };
        let alive = segment.reader.alive_bitset();
        let threshold = self.threshold();
        let done = part.for_each_pruning(threshold, &segment.reader, &mut |doc, score| {
            if alive.is_none_or(|alive| alive.is_alive(doc)) {
                self.offer(&segment.keys, doc, f64::from(score));
            }
            self.threshold()
        });
        self.scoring.push(part);
        done.map_err(Error::internal)
    }

    /// Scores above this may come in. An equal score may, too: it goes by the instant then.
    fn threshold(&self) -> f32 {
        match self.heap.peek() {
            Some(Reverse(least)) if self.heap.len() == self.room => (least.score as f32).next_down(),
            _ => f32::MIN,
        }
    }

    fn counted(&mut self, segment: &Segment) -> Result<()> {
        let alive = segment.reader.alive_bitset();
        let (total, tally) = (&mut self.total, &mut self.tally);
        let mut living = Vec::new();
        let each = &mut |docs: &[DocId]| {
            let docs = match alive {
                None => docs,
                Some(alive) => {
                    living.clear();
                    living.extend(docs.iter().copied().filter(|doc| alive.is_alive(*doc)));
                    &living
                }
            };
            *total += docs.len() as u64;
            tally.count(&segment.facets, docs);
        };
        self.matching.for_each_no_score(&segment.reader, each).map_err(Error::internal)
    }

    fn offer(&mut self, keys: &Keys, doc: DocId, score: f64) {
        // Most are turned away by their score alone, before their other keys are read.
        if self.heap.len() == self.room && self.heap.peek().is_some_and(|least| score < least.0.score) {
            return;
        }
        let after = self.asked.after.as_ref();
        if after.is_some_and(|after| score > after.place.score && !self.asked.newest) {
            return;
        }
        let place = Place { score, published: keys.published(doc), id: keys.id(doc) };
        let shown = |after: &Cursor| {
            let last = Place { score: if self.asked.newest { score } else { after.place.score }, ..after.place };
            place >= last || keys.seq(doc) > self.began
        };
        if after.is_some_and(shown) {
            return;
        }
        self.heap.push(Reverse(place));
        if self.heap.len() > self.room {
            self.heap.pop();
        }
    }

    fn finish(self) -> (Vec<Place>, u64, Facets) {
        let places = self.heap.into_sorted_vec().into_iter().map(|Reverse(place)| place).collect();
        (places, self.total, self.tally.facets(self.asked.facets_most))
    }
}

/// Whether it has this document; to be asked for each in turn.
fn stands_at(scorer: &mut dyn Scorer, doc: DocId) -> bool {
    let at = if scorer.doc() < doc { scorer.seek(doc) } else { scorer.doc() };
    at == doc
}

fn part(scorer: &mut dyn Scorer, doc: DocId) -> f64 {
    if stands_at(scorer, doc) { f64::from(scorer.score()) } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{AuthorId, SectionId, TopicId};
    use crate::model::time::Instant;
    use crate::model::topic::TopicKind;
    use crate::search::document::Article;

    /// Where all score alike the newest comes first, wherever it stands among the hundreds of a segment: the engine keeps
    /// nothing by which it could leave out blocks of names and of single characters.
    #[test]
    fn the_newest_of_equal_scores_comes_first_in_every_field() {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        for id in 1..=400 {
            let published_at = Instant::from_millis(if id == 200 { 10_000 } else { id });
            let article = Article {
                id: ArticleId(id),
                language: "ja".to_owned(),
                headline: String::new(),
                summary: String::new(),
                body: "水 wall 東京".to_owned(),
                authors: vec![(AuthorId(1), "Ada Marsh".to_owned())],
                topics: vec![(TopicId(2), TopicKind::Subject, "Sea Wall".to_owned())],
                sections: vec![(SectionId(3), "City News".to_owned())],
                genre: "news".to_owned(),
                published_at,
                updated_at: published_at,
            };
            writer.put(&article, 0).unwrap();
        }
        writer.commit(&Position { log_id: "log".to_owned(), seq: 1 }).unwrap();
        for text in [
            "author:marsh",
            "author:mar*",
            "author:\"ada marsh\"",
            "topic:\"sea wa*\"",
            "section:city",
            "水",
            "東京",
            "wall",
            "wal*",
            "\"wall 東京\"",
        ] {
            for (total, newest) in [(false, false), (true, false), (false, true)] {
                let asked = Asked { text: text.to_owned(), size: 1, total, newest, ..Asked::default() };
                let found = index.search(&asked).unwrap();
                assert_eq!(found.hits[0].id, ArticleId(200), "{text}, counted: {total}, by time: {newest}");
                assert!(found.more && found.total.is_none_or(|n| n == 400), "{text}");
            }
        }
    }
}
