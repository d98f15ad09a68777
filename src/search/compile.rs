//! From what a reader asks to what the engine does: which documents match, and what gives them their score.

use std::ops::Bound;

use tantivy::Term as Key;
use tantivy::query::{
    BooleanQuery, DisjunctionMaxQuery, EmptyQuery, Occur, PhraseQuery, Query as Engine, RangeQuery, TermQuery,
};
use tantivy::schema::{Field, IndexRecordOption};

use super::analysis::Word;
use super::filter::Filter;
use super::index::Seen;
use super::names::OneName;
use super::parse::{Clause, FieldName, Query, Term};
use super::schema::Fields;

/// A query, ready to run.
pub(super) struct Compiled {
    /// Which documents match, unless they are `excluded`. Its scores mean nothing.
    pub matching: Box<dyn Engine>,
    /// Which do not. Left out by us: the engine's own exclusion asks a phrase for documents that it has passed
    /// already, which phrases do not allow.
    pub excluded: Vec<Box<dyn Engine>>,
    /// What adds to a document's score, in this order.
    pub scoring: Vec<Box<dyn Engine>>,
    /// The terms whose frequencies BM25 needs.
    pub terms: Vec<Key>,
    /// Whether `matching` is nothing but the one part of `scoring`.
    pub simple: bool,
    /// Whether that is a word of the text, which the engine finds the best of without reading all of them. Of other fields
    /// it keeps nothing to tell them by, and would leave out what belongs there.
    pub pruned: bool,
}

/// How many of `n` clauses that may miss must be there. Of long queries, such as a headline that is looked for, some may.
fn required(n: usize) -> usize {
    match n {
        0..=2 => n,
        3..=4 => n - 1,
        n => n * 2 / 3,
    }
}

/// How many phrases are looked for where the words of one have several forms.
const READINGS_MOST: usize = 4;

/// Compiles a query. Where it is not `loose` nothing may miss: what has few of the words is ranked down by their scores, and
/// there is no such thing in other orders.
pub(super) fn compile(query: &Query, filter: &Filter, loose: bool, fields: &Fields, seen: &Seen) -> Compiled {
    let mut compiler = Compiler { fields, seen, terms: Vec::new() };
    let mut clauses: Vec<(Occur, Box<dyn Engine>)> = Vec::new();
    let mut scoring: Vec<Box<dyn Engine>> = Vec::new();
    let mut excluded: Vec<Box<dyn Engine>> = Vec::new();
    let mut optional = 0;
    for Clause { not, any, may_miss } in &query.clauses {
        let parts: Vec<Box<dyn Engine>> = any.iter().map(|term| compiler.term(term, *not)).collect();
        if *not {
            excluded.extend(parts);
            continue;
        }
        // Alternatives add to the score each for itself, and of several words each word: the engine's sum of many depends
        // on the run.
        for (term, part) in any.iter().zip(&parts) {
            match term {
                Term::All(terms) => scoring.extend(terms.iter().map(|term| compiler.term(term, *not))),
                _ => scoring.push(part.box_clone()),
            }
        }
        let may_miss = loose && *may_miss;
        optional += usize::from(may_miss);
        clauses.push((if may_miss { Occur::Should } else { Occur::Must }, either(parts)));
    }
    let filters = filter.queries(fields);
    let simple = clauses.len() == 1 && scoring.len() == 1 && filters.is_empty() && excluded.is_empty();
    let is_word = |clause: &Clause| clause.any.iter().all(|term| matches!(term, Term::Word(word) if !is_alone(word)));
    let pruned = simple && query.clauses.iter().all(is_word);
    let positive = !clauses.is_empty();
    clauses.extend(filters.into_iter().map(|query| (Occur::Must, query)));
    if !positive {
        clauses.push((Occur::Must, is_article(fields)));
    }
    let matching: Box<dyn Engine> = if simple {
        scoring[0].box_clone()
    } else if required(optional) == optional {
        // What must be there is looked for from the rarest on; of what may be there, everything is read.
        let must = |occur| if occur == Occur::Should { Occur::Must } else { occur };
        Box::new(BooleanQuery::new(clauses.into_iter().map(|(occur, part)| (must(occur), part)).collect()))
    } else {
        Box::new(BooleanQuery::with_minimum_required_clauses(clauses, required(optional)))
    };
    Compiled { matching, excluded, scoring, terms: compiler.terms, simple, pruned }
}

pub(super) fn is_article(fields: &Fields) -> Box<dyn Engine> {
    number(fields.kind, 0)
}

pub(super) fn number(field: Field, value: u64) -> Box<dyn Engine> {
    Box::new(TermQuery::new(Key::from_field_u64(field, value), IndexRecordOption::Basic))
}

/// Documents that have, in this field of whole words, all these words; of the last, only its beginning.
pub(super) fn beginnings(field: Field, words: &[Word]) -> Box<dyn Engine> {
    let Some((last, whole)) = words.split_last() else { return Box::new(EmptyQuery) };
    let mut all: Vec<Box<dyn Engine>> = whole.iter().map(|word| plain(field, word)).collect();
    all.push(prefix(field, &last.plain()));
    Box::new(BooleanQuery::intersection(all))
}

/// Whether it is one character of a script without spaces, which stands in no pair.
fn is_alone(word: &Word) -> bool {
    word.unspaced && word.plain().chars().count() == 1
}

fn plain(field: Field, word: &Word) -> Box<dyn Engine> {
    Box::new(TermQuery::new(Key::from_field_text(field, &word.plain()), IndexRecordOption::Basic))
}

fn prefix(field: Field, start: &str) -> Box<dyn Engine> {
    let lower = Bound::Included(Key::from_field_text(field, start));
    // The first text that does not begin so: the last character goes up by one.
    let mut end: Vec<char> = start.chars().collect();
    let upper = loop {
        match end.pop() {
            None => break Bound::Unbounded,
            Some(last) => {
                if let Some(next) = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32) {
                    end.push(next);
                    break Bound::Excluded(Key::from_field_text(field, &end.into_iter().collect::<String>()));
                }
            }
        }
    };
    Box::new(RangeQuery::new(lower, upper))
}

fn either(mut parts: Vec<Box<dyn Engine>>) -> Box<dyn Engine> {
    if parts.len() == 1 { parts.remove(0) } else { Box::new(BooleanQuery::union(parts)) }
}

struct Compiler<'c> {
    fields: &'c Fields,
    seen: &'c Seen,
    terms: Vec<Key>,
}

impl Compiler<'_> {
    fn term(&mut self, term: &Term, not: bool) -> Box<dyn Engine> {
        match term {
            Term::Word(word) if is_alone(word) => plain(self.fields.plain, word),
            // Who excludes a word means it as it is written, not what has the same stem.
            Term::Word(word) if not => plain(self.fields.plain, word),
            Term::Word(word) => self.word(word),
            Term::Phrase(words) => self.phrase(words),
            Term::Prefix(word) => prefix(self.fields.plain, &word.plain()),
            Term::Field { name, words, begun } => {
                let field = match name {
                    FieldName::Author => self.fields.author_words,
                    FieldName::Topic => self.fields.topic_words,
                    FieldName::Section => self.fields.section_words,
                };
                match words.as_slice() {
                    [only] if *begun => prefix(field, &only.plain()),
                    [only] => plain(field, only),
                    words => Box::new(OneName::of(field, words, *begun)),
                }
            }
            Term::All(terms) => {
                Box::new(BooleanQuery::intersection(terms.iter().map(|term| self.term(term, not)).collect()))
            }
        }
    }

    fn key(&mut self, form: &str) -> Key {
        let key = Key::from_field_text(self.fields.text, form);
        if !self.terms.contains(&key) {
            self.terms.push(key.clone());
        }
        key
    }

    /// The word in the form that each of the index's languages gives it; the best counts.
    fn word(&mut self, word: &Word) -> Box<dyn Engine> {
        let mut forms: Vec<String> = Vec::new();
        for stemmer in &self.seen.stemmers {
            for form in word.forms(*stemmer) {
                if !forms.contains(&form) {
                    forms.push(form);
                }
            }
        }
        let mut parts: Vec<Box<dyn Engine>> = Vec::new();
        for form in &forms {
            parts.push(Box::new(TermQuery::new(self.key(form), IndexRecordOption::WithFreqs)));
        }
        match parts.len() {
            0 => Box::new(EmptyQuery),
            1 => parts.remove(0),
            _ => Box::new(DisjunctionMaxQuery::new(parts)),
        }
    }

    /// The words one after the other, each in the forms that one of the index's languages gives it: a reader may type
    /// accents where a text has none.
    fn phrase(&mut self, words: &[Word]) -> Box<dyn Engine> {
        let mut all: Vec<Vec<String>> = Vec::new();
        for stemmer in &self.seen.stemmers {
            let forms: Vec<Vec<String>> = words.iter().map(|word| word.forms(*stemmer)).collect();
            for reading in readings(&forms) {
                if !all.contains(&reading) {
                    all.push(reading);
                }
            }
        }
        let mut parts: Vec<Box<dyn Engine>> = Vec::new();
        for reading in &all {
            let keys = reading.iter().map(|form| self.key(form)).collect();
            parts.push(Box::new(PhraseQuery::new(keys)));
        }
        match parts.len() {
            0 => Box::new(EmptyQuery),
            1 => parts.remove(0),
            _ => Box::new(DisjunctionMaxQuery::new(parts)),
        }
    }
}

/// What a phrase may look like, of the forms of its words: each form of one with each of the others where that makes few, or
/// else all in their first forms, with regard to accents, and all in their last ones, without.
fn readings(forms: &[Vec<String>]) -> Vec<Vec<String>> {
    if forms.iter().fold(1_usize, |all, of| all.saturating_mul(of.len())) > READINGS_MOST {
        let first: Vec<String> = forms.iter().filter_map(|of| of.first().cloned()).collect();
        let last: Vec<String> = forms.iter().filter_map(|of| of.last().cloned()).collect();
        return vec![first, last];
    }
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for of in forms {
        let longer = |begun: &Vec<String>| {
            let begun = begun.clone();
            of.iter().map(move |form| begun.iter().chain([form]).cloned().collect::<Vec<String>>())
        };
        all = all.iter().flat_map(longer).collect();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_phrase_is_read_in_every_form_of_its_words() {
        let shown = |forms: &[&[&str]]| {
            let forms: Vec<Vec<String>> =
                forms.iter().map(|of| of.iter().map(|form| (*form).to_owned()).collect()).collect();
            readings(&forms).iter().map(|reading| reading.join(" ")).collect::<Vec<_>>()
        };
        assert_eq!(shown(&[&["a"], &["b"]]), ["a b"]);
        assert_eq!(shown(&[&["a", "A"], &["b"], &["c", "C"]]), ["a b c", "a b C", "A b c", "A b C"]);
        assert_eq!(shown(&[&["a", "A"], &["b", "B"], &["c", "C"]]), ["a b c", "A B C"]);
    }
}
