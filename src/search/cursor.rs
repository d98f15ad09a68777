//! A place in a list of hits.
//!
//! Beside the last hit's place (score, instant, id) a cursor holds the statistics that the scores were computed with:
//! how many documents and tokens there were, and in how many documents each word stood. The next page is scored with
//! the same figures, so what is published meanwhile moves no other article, and no hit comes twice. A cursor is valid
//! for every query: it then is simply a place in the order of scores.

use std::collections::HashMap;
use std::hash::Hasher;

use rustc_hash::FxHasher;
use tantivy::query::Bm25StatisticsProvider;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{DocSet, Searcher, TERMINATED, Term};

use crate::error::{Code, Error, Result};
use crate::model::base32;

/// What a cursor looks like, as a regular expression: every string that it matches is a cursor.
pub const PATTERN: &str = "^s([0-9a-f][0-9a-hjkmnp-tv-z]{12}){5,68}$";

/// The longest cursor, in characters.
pub const CURSOR_MOST: usize = 1 + 13 * (5 + FREQUENCIES_MOST);

/// How many words' frequencies a cursor holds. A word has a form for each language of the index, so a long query may have
/// more.
const FREQUENCIES_MOST: usize = 63;

/// In how many documents a word may stand for those that are still there to be counted: it takes microseconds.
const COUNTED_MOST: u64 = 1_000;

/// Where a hit stands: higher is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    pub score: f64,
    pub published: i64,
    pub id: u64,
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

/// What BM25 needs to know of the whole.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Statistics {
    documents: u32,
    tokens: u64,
    /// By the hash of the term; at most [`FREQUENCIES_MOST`].
    frequencies: HashMap<u32, u32>,
}

fn hash(term: &Term) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(term.serialized_value_bytes());
    (hasher.finish() >> 32) as u32
}

/// In how many documents a term stands.
///
/// To the engine those that were deleted count until they are merged away. A cursor would then tell whoever asks that a word
/// stood in a text that was killed or corrected, so they are left out: a term that stands in nothing else is as one that never
/// was. What stands in more documents than are counted keeps the engine's figure: counting it would take longer than the
/// search, and tells nothing of a single text.
fn living(searcher: &Searcher, term: &Term) -> tantivy::Result<u64> {
    let mut found = Vec::new();
    let mut all = 0;
    for segment in searcher.segment_readers() {
        let index = segment.inverted_index(term.field())?;
        if let Some(list) = index.get_term_info(term)? {
            all += u64::from(list.doc_freq);
            found.push((segment, index, list));
        }
    }
    if all > COUNTED_MOST {
        return Ok(all);
    }
    let mut living = 0;
    for (segment, index, list) in found {
        let Some(alive) = segment.alive_bitset() else {
            living += u64::from(list.doc_freq);
            continue;
        };
        let mut postings = index.read_postings_from_terminfo(&list, IndexRecordOption::Basic)?;
        let mut doc = postings.doc();
        while doc != TERMINATED {
            living += u64::from(alive.is_alive(doc));
            doc = postings.advance();
        }
    }
    Ok(living)
}

impl Statistics {
    /// As the index has them now. What a cursor cannot hold is left out here, not when it is written: the first page has
    /// to be scored as those after it. Terms that stand nowhere score nothing and need no place; of the others those that
    /// come first in the query have one.
    pub fn now(searcher: &Searcher, field: Field, terms: &[Term]) -> Result<Statistics> {
        let provider: &dyn Bm25StatisticsProvider = searcher;
        let documents = provider.total_num_docs().map_err(Error::internal)?;
        let tokens = provider.total_num_tokens(field).map_err(Error::internal)?;
        let mut frequencies = HashMap::new();
        for term in terms {
            if frequencies.len() == FREQUENCIES_MOST {
                break;
            }
            let n = living(searcher, term).map_err(Error::internal)?;
            if n > 0 {
                frequencies.entry(hash(term)).or_insert(u32::try_from(n).unwrap_or(u32::MAX));
            }
        }
        Ok(Statistics { documents: u32::try_from(documents).unwrap_or(u32::MAX), tokens, frequencies })
    }

    /// The frequency of a term that has none here. Where there was no place for it, it counts as the others do in the
    /// mean: as one that stands nowhere it would count more than any of them.
    fn other(&self) -> u64 {
        if self.frequencies.len() < FREQUENCIES_MOST {
            return 0;
        }
        self.frequencies.values().map(|n| u64::from(*n)).sum::<u64>() / self.frequencies.len() as u64
    }
}

// What a stranger's cursor says is bounded to what BM25 can compute with.
impl Bm25StatisticsProvider for Statistics {
    fn total_num_tokens(&self, _field: Field) -> tantivy::Result<u64> {
        Ok(self.tokens.clamp(u64::from(self.documents).max(1), 1 << 50))
    }

    fn total_num_docs(&self) -> tantivy::Result<u64> {
        Ok(u64::from(self.documents).max(1))
    }

    fn doc_freq(&self, term: &Term) -> tantivy::Result<u64> {
        let n = self.frequencies.get(&hash(term)).map_or_else(|| self.other(), |n| u64::from(*n));
        Ok(n.min(u64::from(self.documents)))
    }
}

/// A place and the statistics of its walk.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor {
    pub(super) place: Place,
    pub(super) statistics: Statistics,
    /// The change up to which the index stood when the walk began. An article that changed later comes no more in this
    /// walk: it would have another score, and might come twice.
    pub(super) began: i64,
}

impl Cursor {
    /// As text.
    pub fn encode(&self) -> String {
        let statistics = &self.statistics;
        let mut numbers = vec![
            self.place.score.to_bits(),
            self.place.published.cast_unsigned(),
            self.place.id,
            self.began.cast_unsigned(),
            statistics.tokens.min((1 << 33) - 1) << 31 | u64::from(statistics.documents & 0x7FFF_FFFF),
        ];
        let mut frequencies: Vec<_> = statistics.frequencies.iter().collect();
        frequencies.sort_unstable();
        numbers.extend(frequencies.into_iter().map(|(hash, n)| u64::from(*hash) << 32 | u64::from(*n)));
        let digits = numbers.into_iter().map(base32::encode).collect::<String>();
        format!("s{digits}")
    }

    /// From text.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for what [`PATTERN`] does not match.
    pub fn decode(text: &str) -> Result<Cursor> {
        let fault = || {
            Error::new(
                Code::InvalidCursor,
                "This is no cursor of a search; use one as the API gave it, with the query that it came with.",
            )
        };
        let text = text.strip_prefix('s').filter(|t| t.is_ascii() && t.len() % 13 == 0).ok_or_else(fault)?;
        let number = |at: usize| text.get(13 * at..13 * (at + 1)).and_then(base32::decode);
        let count = text.len() / 13;
        if !(5..=5 + FREQUENCIES_MOST).contains(&count) {
            return Err(fault());
        }
        let numbers: Option<Vec<u64>> = (0..count).map(number).collect();
        let numbers = numbers.ok_or_else(fault)?;
        let score = f64::from_bits(numbers[0]);
        Ok(Cursor {
            place: Place {
                score: if score.is_nan() { 0.0 } else { score },
                published: numbers[1].cast_signed(),
                id: numbers[2],
            },
            began: numbers[3].cast_signed(),
            statistics: Statistics {
                documents: (numbers[4] & 0x7FFF_FFFF) as u32,
                tokens: numbers[4] >> 31,
                frequencies: numbers[5..].iter().map(|n| ((n >> 32) as u32, *n as u32)).collect(),
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::ArticleId;
    use crate::model::time::Instant;
    use crate::search::compile::compile;
    use crate::search::document::{Article, Named};
    use crate::search::filter::Filter;
    use crate::search::find::Asked;
    use crate::search::index::{Index, Position};
    use crate::search::parse::parse;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_text_of_the_pattern_is_a_cursor(text in PATTERN.trim_start_matches('^').trim_end_matches('$')) {
            let cursor = Cursor::decode(&text).unwrap();
            prop_assert_eq!(Cursor::decode(&cursor.encode()).unwrap(), cursor);
        }

        #[test]
        fn nothing_else_is_one(text in ".{0,80}") {
            prop_assert!(Cursor::decode(&text).is_err());
        }
    }

    fn article(id: i64, language: &str, body: &str) -> Article {
        Article {
            id: ArticleId(id),
            language: language.to_owned(),
            headline: String::new(),
            summary: String::new(),
            body: body.to_owned(),
            authors: Vec::new(),
            topics: Vec::new(),
            sections: Vec::new(),
            genre: "news".to_owned(),
            published_at: Instant::from_millis(1_000 * id),
            updated_at: Instant::from_millis(1_000 * id),
        }
    }

    #[test]
    fn a_cursor_tells_nothing_of_what_was_taken_back() {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        let position = |seq| Position { log_id: "log".to_owned(), seq };
        for id in 1..=40 {
            let more = ["killedword", "correctedword", "commonword"][usize::try_from(id - 1).unwrap().min(2)];
            writer.put(&article(id, "en", &format!("The harbour {more}")), 0).unwrap();
        }
        writer.commit(&position(1)).unwrap();
        writer.delete(Named::Article(ArticleId(1)));
        writer.put(&article(2, "en", "The harbour commonword"), 2).unwrap();
        writer.commit(&position(2)).unwrap();
        let frequencies = |text: &str| {
            let found = index.search(&Asked { text: text.to_owned(), size: 1, ..Asked::default() }).unwrap();
            let cursor = Cursor::decode(&found.hits[0].cursor.encode()).unwrap();
            let mut all: Vec<u32> = cursor.statistics.frequencies.into_values().collect();
            all.sort_unstable();
            all
        };
        for word in ["killedword", "correctedword"] {
            let key = Term::from_field_text(index.fields.text, word);
            assert_eq!(index.seen().searcher.doc_freq(&key).unwrap(), 1, "{word} is merged away, and nothing is tried");
            assert_eq!(frequencies(&format!("harbour OR {word}")), frequencies("harbour OR neverword"), "{word}");
        }
        // Of what is there, too, only the living count.
        assert_eq!(frequencies("harbour OR neverword"), [39]);
        assert_eq!(frequencies("harbour OR commonword"), [39, 39]);
    }

    #[test]
    fn a_long_query_in_many_languages_gives_every_hit_once() {
        let languages = ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "fi", "ru", "hu"];
        // Endings that the languages take off in different ways.
        let endings = ["ations", "heiten", "ements", "iones", "azioni", "idades", "ingen", "arna"];
        let words: Vec<String> =
            (0..32).map(|i| format!("w{}r{}", ["ab", "ek", "il", "om"][i / 8], endings[i % 8])).collect();
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        let articles = 120;
        for i in 0..articles {
            // Each word stands in most of them, more or less often, in texts of different lengths.
            let times = |word: usize| (i * 7 + word * 5) % 4 + usize::from(!word.is_multiple_of(3));
            let mut body: Vec<&str> = (0..32).flat_map(|w| vec![words[w].as_str(); times(w)]).collect();
            body.extend(vec!["filler"; i % 17]);
            let article = article(i as i64 + 1, languages[i % languages.len()], &body.join(" "));
            writer.put(&article, 0).unwrap();
        }
        writer.commit(&Position { log_id: "log".to_owned(), seq: 1 }).unwrap();
        let terms = compile(&parse(&words.join(" ")), &Filter::default(), true, &index.fields, &index.seen()).terms;
        let searcher = index.seen().searcher.clone();
        let met = terms.iter().filter(|term| searcher.doc_freq(term).unwrap() > 0).count();
        assert!(met > FREQUENCIES_MOST, "{met} forms, which a cursor could hold");
        let (mut met, mut after) = (Vec::new(), None);
        loop {
            let asked = Asked { text: words.join(" "), size: 25, total: true, after, ..Asked::default() };
            let found = index.search(&asked).unwrap();
            assert_eq!(found.total, Some(articles as u64));
            met.extend(found.hits.iter().map(|hit| hit.id.0));
            // As it goes to the client and comes back.
            after = found.hits.last().map(|hit| Cursor::decode(&hit.cursor.encode()).unwrap());
            if !found.more {
                break;
            }
        }
        met.sort_unstable();
        assert_eq!(met, (1..=articles as i64).collect::<Vec<_>>());
    }
}
