//! Words of one name.
//!
//! An article has several topics, authors and sections. In the fields of their words each name has a place of its own, at
//! which all of its words stand: words that share a place are of one name.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::postings::{Postings, TermInfo};
use tantivy::query::{BitSetDocSet, Bm25Weight, ConstScorer, EnableScoring, Explanation, Query, Scorer, Weight};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::tokenizer::{PreTokenizedString, Token};
use tantivy::{BitSet, DocId, DocSet, Score, SegmentReader, TERMINATED, TantivyError, Term};

use super::analysis::Word;

/// Names as they go into the index, each as its words.
pub(super) fn placed(names: impl Iterator<Item = Vec<String>>) -> PreTokenizedString {
    let mut tokens = Vec::new();
    for (position, mut words) in names.enumerate() {
        words.sort_unstable();
        words.dedup();
        tokens.extend(words.into_iter().map(|text| Token { text, position, ..Token::default() }));
    }
    PreTokenizedString { text: String::new(), tokens }
}

/// Documents that have a name with all these words, in any order.
#[derive(Debug, Clone)]
pub(super) struct OneName {
    field: Field,
    words: Vec<Term>,
    /// How one more word begins.
    begins: Option<String>,
}

impl OneName {
    /// Of the last word only the beginning counts when it is `begun`.
    pub fn of(field: Field, words: &[Word], begun: bool) -> OneName {
        let (last, whole) = match words.split_last() {
            Some((last, whole)) if begun => (Some(last), whole),
            _ => (None, words),
        };
        OneName {
            field,
            words: whole.iter().map(|word| Term::from_field_text(field, &word.plain())).collect(),
            begins: last.map(Word::plain),
        }
    }

    /// The names of a segment that have all the words: their documents and their places there, in order.
    fn names(&self, reader: &SegmentReader) -> tantivy::Result<Vec<(DocId, u32)>> {
        let index = reader.inverted_index(self.field)?;
        // Where each word stands: one list, or one for each word that begins so.
        let mut words: Vec<Vec<TermInfo>> = Vec::new();
        for term in &self.words {
            words.push(index.get_term_info(term)?.into_iter().collect());
        }
        if let Some(begins) = &self.begins {
            let mut begun = Vec::new();
            let mut stream = index.terms().range().ge(begins.as_bytes()).into_stream()?;
            while stream.advance() && stream.key().starts_with(begins.as_bytes()) {
                begun.push(stream.value().clone());
            }
            words.push(begun);
        }
        // From the rarest on, of which all names are read; of the others, those that are left by then.
        words.sort_by_key(|lists| lists.iter().map(|list| u64::from(list.doc_freq)).sum::<u64>());
        let mut words = words.into_iter();
        let (mut names, mut places) = (Vec::new(), Vec::new());
        for list in words.next().unwrap_or_default() {
            let mut postings = index.read_postings_from_terminfo(&list, IndexRecordOption::WithFreqsAndPositions)?;
            let mut doc = postings.doc();
            while doc != TERMINATED {
                postings.positions(&mut places);
                names.extend(places.iter().map(|place| (doc, *place)));
                doc = postings.advance();
            }
        }
        names.sort_unstable();
        names.dedup();
        for lists in words {
            let mut has = vec![false; names.len()];
            for list in lists {
                let mut postings =
                    index.read_postings_from_terminfo(&list, IndexRecordOption::WithFreqsAndPositions)?;
                mark(&mut postings, &names, &mut has);
            }
            let mut has = has.into_iter();
            names.retain(|_| has.next() == Some(true));
        }
        Ok(names)
    }
}

/// Marks those of the names that have a word: both go on to where the other one is.
fn mark(postings: &mut impl Postings, names: &[(DocId, u32)], has: &mut [bool]) {
    let mut places = Vec::new();
    let mut at = 0;
    let mut doc = postings.doc();
    while doc != TERMINATED {
        at += names[at..].partition_point(|(other, _)| *other < doc);
        let Some((next, _)) = names.get(at) else { return };
        if *next > doc {
            doc = postings.seek(*next);
            continue;
        }
        postings.positions(&mut places);
        while let Some((_, place)) = names.get(at).filter(|(other, _)| *other == doc) {
            has[at] |= places.contains(place);
            at += 1;
        }
        doc = postings.advance();
    }
}

impl Query for OneName {
    fn weight(&self, scoring: EnableScoring<'_>) -> tantivy::Result<Box<dyn Weight>> {
        let score = match scoring {
            // As the words would score one by one: once in a field that keeps no lengths.
            EnableScoring::Enabled { statistics_provider, .. } if !self.words.is_empty() => {
                Bm25Weight::for_terms(statistics_provider, &self.words)?.score(FieldNormReader::fieldnorm_to_id(1), 1)
            }
            _ => 1.0,
        };
        Ok(Box::new(OneNameWeight { query: self.clone(), score }))
    }
}

struct OneNameWeight {
    query: OneName,
    score: Score,
}

impl Weight for OneNameWeight {
    fn scorer(&self, reader: &SegmentReader, boost: Score) -> tantivy::Result<Box<dyn Scorer>> {
        let mut docs = BitSet::with_max_value(reader.max_doc());
        for (doc, _) in self.query.names(reader)? {
            docs.insert(doc);
        }
        Ok(Box::new(ConstScorer::new(BitSetDocSet::from(docs), boost * self.score)))
    }

    fn explain(&self, reader: &SegmentReader, doc: DocId) -> tantivy::Result<Explanation> {
        if self.query.names(reader)?.iter().any(|(other, _)| *other == doc) {
            return Ok(Explanation::new("words of one name", self.score));
        }
        Err(TantivyError::InvalidArgument(format!("document {doc} has no such name")))
    }
}

#[cfg(test)]
mod tests {
    use crate::model::id::{ArticleId, AuthorId, TopicId};
    use crate::model::time::Instant;
    use crate::model::topic::TopicKind;
    use crate::search::{Article, Asked, Index, Position, Wanted};

    const NAMES: [&str; 6] =
        ["Red Harbour", "Red Lighthouse", "Harbour Union", "Red Harbour Union", "The Harbour", "Union of Lighthouses"];

    fn article(n: usize, names: &[&str]) -> Article {
        let all = || (1..).zip(names.iter().map(|name| (*name).to_owned()));
        Article {
            id: ArticleId(n as i64 + 1),
            language: "en".to_owned(),
            headline: String::new(),
            summary: String::new(),
            body: "a body".to_owned(),
            authors: all().map(|(id, name)| (AuthorId(id), name)).collect(),
            topics: all().map(|(id, name)| (TopicId(id), TopicKind::Subject, name)).collect(),
            sections: Vec::new(),
            genre: "news".to_owned(),
            published_at: Instant::from_millis(n as i64),
            updated_at: Instant::from_millis(n as i64),
        }
    }

    /// The names of each article: every choice of them, twice.
    fn choices() -> Vec<Vec<&'static str>> {
        let of = |n: usize| NAMES.into_iter().enumerate().filter(move |(bit, _)| (n >> bit) & 1 == 1);
        (0..128).map(|n| of(n % 64).map(|(_, name)| name).collect()).collect()
    }

    fn filled() -> Index {
        let index = Index::in_memory().unwrap();
        let mut writer = index.writer().unwrap().unwrap();
        for (n, names) in choices().iter().enumerate() {
            writer.put(&article(n, names), 0).unwrap();
            if n == 100 {
                writer.commit(&Position { log_id: "log".to_owned(), seq: 1 }).unwrap();
            }
        }
        writer.commit(&Position { log_id: "log".to_owned(), seq: 2 }).unwrap();
        index
    }

    fn found(index: &Index, text: &str) -> Vec<i64> {
        let facets = Wanted { genres: true, ..Wanted::default() };
        let asked =
            Asked { text: text.to_owned(), size: 1_000, total: true, facets, facets_most: 9, ..Asked::default() };
        let found = index.search(&asked).unwrap();
        assert_eq!(found.total, Some(found.hits.len() as u64), "{text}");
        assert_eq!(found.facets.genres.iter().map(|(_, n)| n).sum::<u64>(), found.hits.len() as u64, "{text}");
        let mut ids: Vec<i64> = found.hits.iter().map(|hit| hit.id.0).collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn one_name_has_all_the_words() {
        let (index, choices) = (filled(), choices());
        let whole = ["red", "red harbour", "harbour red", "union lighthouses", "red union", "the union", "red absent"];
        let begun = ["re*", "harbour uni*", "red li*", "union har*", "union re*", "red harbour un*", "red absent*"];
        for words in whole.into_iter().chain(begun) {
            let has = |name: &str| {
                let name = name.to_lowercase();
                words.split(' ').all(|word| match word.strip_suffix('*') {
                    Some(start) => name.split(' ').any(|other| other.starts_with(start)),
                    None => name.split(' ').any(|other| other == word),
                })
            };
            let (with, without): (Vec<usize>, Vec<usize>) =
                (0..choices.len()).partition(|n| choices[*n].iter().any(|name| has(name)));
            let ids = |all: Vec<usize>| all.into_iter().map(|n| n as i64 + 1).collect::<Vec<i64>>();
            let (with, without) = (ids(with), ids(without));
            for field in ["topic", "author"] {
                assert_eq!(found(&index, &format!("{field}:\"{words}\"")), with, "{field}: {words}");
                assert_eq!(found(&index, &format!("-{field}:\"{words}\"")), without, "not {field}: {words}");
                assert_eq!(found(&index, &format!("body {field}:\"{words}\"")), with, "body {field}: {words}");
            }
        }
    }

    #[test]
    fn no_phrase_reaches_from_one_name_into_another() {
        let (index, choices) = (filled(), choices());
        for (phrase, name) in
            [("harbour union", "Harbour Union"), ("lighthouse harbour", "none"), ("union the", "none")]
        {
            let has = |n: &usize| choices[*n].iter().any(|other| other.contains(name));
            let expected: Vec<i64> = (0..choices.len()).filter(has).map(|n| n as i64 + 1).collect();
            assert_eq!(found(&index, &format!("\"{phrase}\"")), expected, "{phrase}");
        }
    }
}
