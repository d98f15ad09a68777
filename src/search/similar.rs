//! Which articles belong beside an article: by words, topics, time and subject, in one pass over the postings.
//!
//! ```text
//! score(a, b) = (words(a, b) + topics · topics(a, b)) · (floor + (1 − floor) · 2^(−days(a, b) / half_life)) · (1 + subject)
//! words(a, b) = Σ over words t of  w(a, t) · tf(b, t) · idf(t) / √length(b)      and 1 for b = a
//! ```
//!
//! `topics` has the same form over topics; `subject` counts when both have a subject or the section in common. The
//! square root of the length stands for the length of a vector, which would change with every article that comes.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use tantivy::columnar::Column;
use tantivy::postings::Postings;
use tantivy::schema::IndexRecordOption;
use tantivy::{DocId, DocSet, TERMINATED, Term};

use super::index::Index;
use super::profile::{Profile, rarity, saturated};
use super::runs::Runs;
use super::segment::{Keys, Segment, Traits};
use crate::config::RelatedSettings;
use crate::error::{Error, Result};
use crate::model::id::{ArticleId, AuthorId, TopicId};

const DAY: f64 = 86_400_000.0;
/// What stands in more than one of so many articles tells little, and has the longest postings.
const COMMON: u64 = 10;
/// Below so many articles no topic is common, and a word as it were among so many: of thirty stories six may well be about
/// the harbour, and that `the` stands in all of them makes no two alike.
const FEW: u64 = 200;
/// How many of the documents with the best sums are looked at first: after them few others can come in.
const FIRST: usize = 1_000;
/// Term frequencies above this count like it: the weight grows no more there.
const TIMES_MOST: usize = 64;

/// An article that is like another.
#[derive(Debug, Clone, PartialEq)]
pub struct Alike {
    /// The article.
    pub id: ArticleId,
    /// How near it is: about 1 for a copy of today.
    pub score: f64,
    /// The part that its words have in it, from 0 to 1.
    pub words: f64,
    /// Its authors.
    pub authors: Vec<AuthorId>,
    /// Its topics.
    pub topics: Vec<TopicId>,
    /// Its topics of kind event.
    pub events: Vec<TopicId>,
    /// A sample of its text.
    pub runs: Runs,
}

/// Whether a word that stands in `df` of `all` articles tells little.
fn is_common(all: u64, df: u64) -> bool {
    df * COMMON > all.max(FEW)
}

#[derive(PartialEq)]
struct Place {
    score: f32,
    published: i64,
    id: u64,
    words: f32,
    segment: usize,
    doc: DocId,
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

impl Index {
    /// The articles that are most like a profile, nearest first, never the article itself; at most `size`. Takes some
    /// milliseconds: run it where blocking is allowed.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn alike(&self, profile: &Profile, settings: &RelatedSettings, size: usize) -> Result<Vec<Alike>> {
        let seen = self.seen();
        let all = self.articles(&seen)?;
        // An article without words or topics has those of its neighbours; they count as if it had one, which is rare.
        let or_rare = |own: f64| if own > 0.0 { own } else { rarity(all, 1) };
        let (own_words, own_topics) = (or_rare(profile.own.0), or_rare(profile.own.1));
        let mut words = Vec::new();
        for (form, weight) in &profile.terms {
            let term = Term::from_field_text(self.fields.text, form);
            let df = self.frequency(&seen, &term)?;
            if df > 0 && !is_common(all, df) {
                let idf = rarity(all, df) / own_words;
                let gains: Vec<f32> = (0..=TIMES_MOST as u32).map(|n| (weight * idf * saturated(n)) as f32).collect();
                words.push((term, gains));
            }
        }
        let mut topics = Vec::new();
        for (id, weight) in &profile.topics {
            let term = Term::from_field_u64(self.fields.topics, id.0.cast_unsigned());
            let df = self.frequency(&seen, &term)?;
            if df > 0 && (df * COMMON <= all || all < FEW) {
                let idf = rarity(all, df) / own_topics;
                topics.push((term, (weight * idf * settings.topics) as f32));
            }
        }
        let mut pass = Pass { profile, settings, size, heap: BinaryHeap::new() };
        for (number, segment) in seen.segments.iter().enumerate() {
            pass.segment(self, number, segment, &words, &topics)?;
        }
        let places = pass.heap.into_sorted_vec();
        Ok(places.into_iter().map(|Reverse(place)| alike(&seen.segments[place.segment].traits, &place)).collect())
    }
}

impl Index {
    /// These articles as [`Index::alike`] gives them, with a score of 0, in no order; one that is not in the index is
    /// left out.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn look(&self, ids: &[ArticleId]) -> Result<Vec<Alike>> {
        let seen = self.seen();
        let mut found = Vec::new();
        for (number, segment) in seen.segments.iter().enumerate() {
            let inverted = segment.reader.inverted_index(self.fields.id).map_err(Error::internal)?;
            for id in ids {
                let term = Term::from_field_u64(self.fields.id, id.0.cast_unsigned());
                let postings = inverted.read_postings(&term, IndexRecordOption::Basic).map_err(Error::internal)?;
                let Some(mut postings) = postings else { continue };
                while postings.doc() != TERMINATED {
                    let doc = postings.doc();
                    if segment.reader.alive_bitset().is_none_or(|alive| alive.is_alive(doc)) {
                        let id = id.0.cast_unsigned();
                        let place = Place { score: 0.0, published: 0, id, words: 0.0, segment: number, doc };
                        found.push(alike(&segment.traits, &place));
                    }
                    postings.advance();
                }
            }
        }
        Ok(found)
    }
}

fn alike(traits: &Traits, place: &Place) -> Alike {
    let numbers = |column: &Column<u64>| column.values_for_doc(place.doc).collect::<Vec<u64>>();
    let topics = |column| numbers(column).into_iter().map(|n| TopicId(n.cast_signed())).collect();
    Alike {
        id: ArticleId(place.id.cast_signed()),
        score: f64::from(place.score),
        words: f64::from(place.words),
        authors: numbers(&traits.authors).into_iter().map(|n| AuthorId(n.cast_signed())).collect(),
        topics: topics(&traits.topics),
        events: topics(&traits.events),
        runs: Runs::from_kept(numbers(&traits.runs).into_iter().filter_map(|n| u32::try_from(n).ok()).collect()),
    }
}

struct Pass<'p> {
    profile: &'p Profile,
    settings: &'p RelatedSettings,
    size: usize,
    heap: BinaryHeap<Reverse<Place>>,
}

impl Pass<'_> {
    fn segment(
        &mut self,
        index: &Index,
        number: usize,
        segment: &Segment,
        words: &[(Term, Vec<f32>)],
        topics: &[(Term, f32)],
    ) -> Result<()> {
        let reader = &segment.reader;
        let most = usize::try_from(reader.max_doc()).map_err(Error::internal)?;
        // Sums by document, in the order of the words, so that the same text gives the same sum everywhere.
        let mut by_words = vec![0_f32; most];
        let mut by_topics = vec![0_f32; if topics.is_empty() { 0 } else { most }];
        let mut touched: Vec<DocId> = Vec::new();
        let inverted = reader.inverted_index(index.fields.text).map_err(Error::internal)?;
        for (term, gains) in words {
            let found = inverted.read_postings(term, IndexRecordOption::WithFreqs).map_err(Error::internal)?;
            let Some(mut postings) = found else { continue };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let times = (postings.term_freq() as usize).min(TIMES_MOST);
                let sum = &mut by_words[doc as usize];
                if *sum == 0.0 {
                    touched.push(doc);
                }
                *sum += gains[times];
                doc = postings.advance();
            }
        }
        let inverted = reader.inverted_index(index.fields.topics).map_err(Error::internal)?;
        for (term, gain) in topics {
            let found = inverted.read_postings(term, IndexRecordOption::Basic).map_err(Error::internal)?;
            let Some(mut postings) = found else { continue };
            let mut doc = postings.doc();
            while doc != TERMINATED {
                let at = doc as usize;
                if by_words[at] == 0.0 && by_topics[at] == 0.0 {
                    touched.push(doc);
                }
                by_topics[at] += gain;
                doc = postings.advance();
            }
        }
        let columns = Columns::of(segment, self.profile);
        let norms = reader.get_fieldnorms_reader(index.fields.text).map_err(Error::internal)?;
        let roots: Vec<f32> = (0..=u8::MAX)
            .map(|id| (tantivy::fieldnorm::FieldNormReader::id_to_fieldnorm(id).max(1) as f32).sqrt().recip())
            .collect();
        let alive = reader.alive_bitset();
        let sums = |doc: DocId| {
            let words = by_words[doc as usize] * roots[usize::from(norms.fieldnorm_id(doc))];
            (words, by_topics.get(doc as usize).copied().unwrap_or(0.0))
        };
        let mut found: Vec<(f32, DocId)> = touched
            .into_iter()
            .filter(|doc| alive.is_none_or(|alive| alive.is_alive(*doc)))
            .map(|doc| {
                let (words, topics) = sums(doc);
                (words + topics, doc)
            })
            .collect();
        let by_sum = |a: &(f32, DocId), b: &(f32, DocId)| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1));
        if found.len() > FIRST {
            found.select_nth_unstable_by(FIRST, by_sum);
        }
        // The bar is soon high.
        let first = found.len().min(FIRST);
        found[..first].sort_unstable_by(by_sum);
        for (sum, doc) in found {
            if self.comes_late(sum) {
                continue;
            }
            let (words, topics) = sums(doc);
            self.offer(&columns, number, doc, words, topics);
        }
        Ok(())
    }

    fn offer(&mut self, columns: &Columns<'_>, segment: usize, doc: DocId, words: f32, mut topics: f32) {
        let settings = self.settings;
        if topics > 0.0 {
            let n = columns.traits.topics.values_for_doc(doc).count().max(1);
            topics /= (n as f32).sqrt();
            if self.comes_late(words + topics) {
                return;
            }
        }
        let id = columns.keys.id(doc);
        if id == self.profile.id.0.cast_unsigned() || !columns.same_language(doc) {
            return;
        }
        let published = columns.keys.published(doc);
        let days = (published - self.profile.published_at.millis()).unsigned_abs() as f64 / DAY;
        let near = settings.floor + (1.0 - settings.floor) * (-days / settings.half_life_days).exp2();
        let mut score = (words + topics) * near as f32;
        if self.comes_late(score) {
            return;
        }
        let own = columns.traits.section.first(doc);
        let same_section = own.is_some() && own == self.profile.section.map(|id| id.0.cast_unsigned());
        let same_subject = || {
            columns.traits.topics.values_for_doc(doc).any(|n| self.profile.subjects.contains(&TopicId(n.cast_signed())))
        };
        if same_section || same_subject() {
            score *= self.bonus();
        }
        if score <= 0.0 {
            return;
        }
        self.heap.push(Reverse(Place { score, published, id, words, segment, doc }));
        if self.heap.len() > self.size {
            self.heap.pop();
        }
    }

    fn bonus(&self) -> f32 {
        1.0 + self.settings.same_subject as f32
    }

    /// Whether what has this score before its bonus comes after all that there is room for.
    fn comes_late(&self, score: f32) -> bool {
        let least = if self.heap.len() < self.size { 0.0 } else { self.heap.peek().map_or(0.0, |Reverse(p)| p.score) };
        score * self.bonus() < least
    }
}

/// The columns of a segment, and which of its languages the article's is.
struct Columns<'s> {
    keys: &'s Keys,
    traits: &'s Traits,
    languages: Vec<u64>,
}

impl<'s> Columns<'s> {
    fn of(segment: &'s Segment, profile: &Profile) -> Columns<'s> {
        // `en` and `en-GB` are one language.
        let primary = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        let wanted = primary(&profile.language);
        let same = (0..).zip(&segment.traits.tags).filter(|(_, tag)| primary(tag) == wanted).map(|(ord, _)| ord);
        Columns { keys: &segment.keys, traits: &segment.traits, languages: same.collect() }
    }

    fn same_language(&self, doc: DocId) -> bool {
        let Some(column) = &self.traits.language else { return true };
        column.first(doc).is_some_and(|ord| self.languages.contains(&ord))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};
    use crate::model::time::Instant;
    use crate::search::{Article, Frequencies, Position};

    fn article(id: i64, body: String) -> Article {
        Article {
            id: ArticleId(id),
            language: "en".to_owned(),
            headline: String::new(),
            summary: String::new(),
            body,
            authors: Vec::new(),
            topics: Vec::new(),
            sections: Vec::new(),
            genre: "news".to_owned(),
            published_at: Instant::from_millis(0),
            updated_at: Instant::from_millis(0),
        }
    }

    #[test]
    fn what_stands_in_every_story_of_a_small_newsroom_makes_no_two_alike() {
        let settings = Settings::load(&Sources::none()).unwrap().related;
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        // Two by two they have a word that no other has.
        let all: Vec<Article> =
            (0..30).map(|n| article(n + 1, format!("the mast{n} of the sail{} and the rope{n}", n / 2))).collect();
        for article in &all {
            writer.put(article, 0).unwrap();
        }
        writer.commit(&Position { log_id: "log".to_owned(), seq: 1 }).unwrap();
        let mut frequencies = Frequencies::default();
        for (one, other) in [(0, 1), (1, 0), (28, 29)] {
            let profile = index.profile(&all[one], &settings, &mut frequencies).unwrap();
            let found: Vec<ArticleId> =
                index.alike(&profile, &settings, 10).unwrap().into_iter().map(|one| one.id).collect();
            assert_eq!(found, [all[other].id]);
        }
    }

    #[test]
    fn a_word_becomes_common_with_no_leap() {
        // Of a few articles it may be in all.
        assert!(!is_common(12, 12) && !is_common(199, 20) && !is_common(200, 20) && !is_common(5_000, 500));
        assert!(is_common(21, 21) && is_common(199, 21) && is_common(200, 21) && is_common(5_000, 501));
    }
}
