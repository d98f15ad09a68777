//! What goes into the index, and how it is cut into words.

use std::sync::Arc;

use tantivy::TantivyDocument;
use tantivy::schema::Field;
use tantivy::tokenizer::{PreTokenizedString, Token};

use super::analysis;
use super::names::placed;
use super::runs::Runs;
use super::schema::Fields;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::time::Instant;
use crate::model::topic::TopicKind;

/// How often the words of each part count, against once in the body. Measured: see ARCHITECTURE.md.
const HEADLINE: usize = 4;
const SUMMARY: usize = 2;
/// Between two parts, so that no phrase reaches from one into the other.
const GAP: usize = 100;

/// A published article as the index takes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Article {
    /// The article.
    pub id: ArticleId,
    /// BCP 47; decides on the stemmer.
    pub language: String,
    /// The headline; empty to leave it out.
    pub headline: String,
    /// The summary.
    pub summary: String,
    /// The body as plain text.
    pub body: String,
    /// The authors with their names.
    pub authors: Vec<(AuthorId, String)>,
    /// The topics with their kinds and names.
    pub topics: Vec<(TopicId, TopicKind, String)>,
    /// Its section, then those above it, with their names.
    pub sections: Vec<(SectionId, String)>,
    /// The genre.
    pub genre: String,
    /// When it was published.
    pub published_at: Instant,
    /// When it was updated.
    pub updated_at: Instant,
}

/// A topic or an author, for suggestions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Which.
    pub of: Named,
    /// The name.
    pub name: String,
    /// In how many articles.
    pub articles: u64,
}

/// What has a name that is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Named {
    /// An article, by its headline.
    Article(ArticleId),
    /// A topic.
    Topic(TopicId),
    /// An author.
    Author(AuthorId),
}

impl Named {
    /// How the kind stands in the index, and the number.
    pub(super) fn parts(self) -> (u64, u64) {
        match self {
            Named::Article(id) => (0, id.0.cast_unsigned()),
            Named::Topic(id) => (1, id.0.cast_unsigned()),
            Named::Author(id) => (2, id.0.cast_unsigned()),
        }
    }

    /// From what stands in the index.
    pub(super) fn of(kind: u64, number: u64) -> Option<Named> {
        let number = number.cast_signed();
        Some(match kind {
            0 => Named::Article(ArticleId(number)),
            1 => Named::Topic(TopicId(number)),
            2 => Named::Author(AuthorId(number)),
            _ => return None,
        })
    }
}

impl Article {
    /// Its texts, each with how often it counts: each name is one of its own.
    pub(super) fn parts(&self) -> impl Iterator<Item = (&str, usize)> {
        let texts = [(self.headline.as_str(), HEADLINE), (self.summary.as_str(), SUMMARY), (self.body.as_str(), 1)];
        let authors = self.authors.iter().map(|(_, name)| (name.as_str(), 1));
        let topics = self.topics.iter().map(|(_, _, name)| (name.as_str(), 1));
        texts.into_iter().chain(authors).chain(topics)
    }

    /// The document, put here by the change `seq`.
    pub(super) fn document(&self, fields: &Fields, met: &mut analysis::Met, seq: i64) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_i64(fields.seq, seq);
        let (kind, id) = Named::Article(self.id).parts();
        document.add_u64(fields.id, id);
        document.add_u64(fields.kind, kind);
        let stemmer = analysis::stemmer(&self.language);
        let mut text = Tokens::default();
        let mut plain = Vec::new();
        for (part, times) in self.parts() {
            let words = analysis::words(part);
            let forms: Vec<Arc<[String]>> = words.iter().map(|word| met.forms(word, stemmer)).collect();
            for word in &words {
                plain.extend(plain_forms(word));
            }
            for _ in 0..times {
                forms.iter().for_each(|forms| text.add(forms));
                text.position += GAP;
            }
        }
        document.add_pre_tokenized_text(fields.text, text.finish());
        document.add_pre_tokenized_text(fields.plain, set(plain));
        document.add_pre_tokenized_text(fields.name, set(plain_words(&self.headline)));
        let authors = self.authors.iter().map(|(_, name)| plain_words(name));
        document.add_pre_tokenized_text(fields.author_words, placed(authors));
        let topics = self.topics.iter().map(|(_, _, name)| plain_words(name));
        document.add_pre_tokenized_text(fields.topic_words, placed(topics));
        let sections = self.sections.iter().map(|(_, name)| plain_words(name));
        document.add_pre_tokenized_text(fields.section_words, placed(sections));

        let mut numbers =
            |field: Field, ids: Vec<i64>| ids.into_iter().for_each(|id| document.add_u64(field, id.cast_unsigned()));
        numbers(fields.sections, self.sections.iter().map(|(id, _)| id.0).collect());
        numbers(fields.section, self.sections.iter().take(1).map(|(id, _)| id.0).collect());
        numbers(fields.topics, self.topics.iter().map(|(id, _, _)| id.0).collect());
        let events = self.topics.iter().filter(|(_, kind, _)| *kind == TopicKind::Event);
        numbers(fields.events, events.map(|(id, _, _)| id.0).collect());
        let runs = Runs::of(&self.body);
        numbers(fields.runs, runs.hashes().iter().map(|hash| i64::from(*hash)).collect());
        numbers(fields.authors, self.authors.iter().map(|(id, _)| id.0).collect());
        document.add_text(fields.genre, &self.genre);
        document.add_text(fields.language, &self.language);
        document.add_i64(fields.published, self.published_at.millis());
        document.add_i64(fields.updated, self.updated_at.millis());
        document
    }
}

impl Name {
    /// The document.
    pub(super) fn document(&self, fields: &Fields) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        let (kind, id) = self.of.parts();
        document.add_u64(fields.id, id);
        document.add_u64(fields.kind, kind);
        document.add_pre_tokenized_text(fields.name, set(plain_words(&self.name)));
        document.add_u64(fields.weight, self.articles);
        document
    }
}

#[derive(Default)]
struct Tokens {
    tokens: Vec<Token>,
    position: usize,
}

impl Tokens {
    fn add(&mut self, forms: &[String]) {
        for form in forms {
            self.tokens.push(Token { text: form.clone(), position: self.position, ..Token::default() });
        }
        self.position += 1;
    }

    fn finish(self) -> PreTokenizedString {
        PreTokenizedString { text: String::new(), tokens: self.tokens }
    }
}

/// The word as it stands; of a pair of characters its first alone, too, for who asks for one character.
fn plain_forms(word: &analysis::Word) -> Vec<String> {
    let plain = word.plain();
    let mut forms = Vec::new();
    if word.unspaced {
        let mut characters = plain.chars();
        forms.extend(characters.next().map(String::from));
        forms.extend(characters.next().map(String::from));
    }
    forms.push(plain);
    forms
}

fn plain_words(text: &str) -> Vec<String> {
    analysis::words(text).iter().flat_map(plain_forms).collect()
}

fn set(mut words: Vec<String>) -> PreTokenizedString {
    words.sort_unstable();
    words.dedup();
    let tokens = words.into_iter().enumerate().map(|(position, text)| Token { text, position, ..Token::default() });
    PreTokenizedString { text: String::new(), tokens: tokens.collect() }
}
