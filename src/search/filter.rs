//! Which articles count: the filters of a search.

use std::ops::Bound;

use tantivy::Term as Key;
use tantivy::query::{EmptyQuery, Query as Engine, RangeQuery, TermQuery};
use tantivy::schema::{Field, IndexRecordOption};

use super::compile::number;
use super::schema::Fields;
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::time::Instant;

/// Filters; all that are given must fit.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Filter {
    /// Nothing fits: a filter names what is not there.
    pub nothing: bool,
    /// In this section or one below it.
    pub section: Option<SectionId>,
    /// About all of these topics; places are topics.
    pub topics: Vec<TopicId>,
    /// By this author.
    pub author: Option<AuthorId>,
    /// Of this genre.
    pub genre: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// Published at or after, and before.
    pub published: (Option<Instant>, Option<Instant>),
    /// Updated at or after, and before.
    pub updated: (Option<Instant>, Option<Instant>),
}

impl Filter {
    pub(super) fn queries(&self, fields: &Fields) -> Vec<Box<dyn Engine>> {
        let mut all: Vec<Box<dyn Engine>> = Vec::new();
        if self.nothing {
            all.push(Box::new(EmptyQuery));
        }
        all.extend(self.section.map(|id| number(fields.sections, id.0.cast_unsigned())));
        all.extend(self.topics.iter().map(|id| number(fields.topics, id.0.cast_unsigned())));
        all.extend(self.author.map(|id| number(fields.authors, id.0.cast_unsigned())));
        let word = |field: Field, word: &String| -> Box<dyn Engine> {
            Box::new(TermQuery::new(Key::from_field_text(field, word), IndexRecordOption::Basic))
        };
        all.extend(self.genre.as_ref().map(|genre| word(fields.genre, genre)));
        all.extend(self.language.as_ref().map(|language| word(fields.language, language)));
        all.extend(range(fields.published, self.published));
        all.extend(range(fields.updated, self.updated));
        all
    }
}

fn range(field: Field, (from, before): (Option<Instant>, Option<Instant>)) -> Option<Box<dyn Engine>> {
    let key = |at: Instant| Key::from_field_i64(field, at.millis());
    let lower = from.map_or(Bound::Unbounded, |at| Bound::Included(key(at)));
    let upper = before.map_or(Bound::Unbounded, |at| Bound::Excluded(key(at)));
    (from.is_some() || before.is_some()).then(|| Box::new(RangeQuery::new(lower, upper)) as Box<dyn Engine>)
}
