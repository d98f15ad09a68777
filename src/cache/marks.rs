//! When what was last touched: the memory by which a kept answer is known to be valid.
//!
//! An answer carries the tags of what it was made from and a label, the head of the log before its first row. It is
//! valid while no change after the label has one of its tags. So nothing is ever purged: a change only moves marks.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::model::change::{Change, Tag};

/// From how many marks on they are forgotten; then all that is older counts as touched.
const MARKS_MOST: usize = 500_000;

/// The last change of each tag, up to some change. Bounded in memory.
#[derive(Debug, Default)]
pub struct Marks(RwLock<State>);

#[derive(Debug, Default)]
struct State {
    /// Which log the numbers are of.
    log_id: String,
    /// The change up to which the marks are complete.
    upto: i64,
    /// What is labelled before this is not valid, whatever its tags.
    floor: i64,
    last: HashMap<Tag, i64>,
}

impl Marks {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Whoever panicked had not begun to write: each write is one assignment after the other, none of which can.
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The change up to which the marks are complete; 0 before they have begun.
    pub fn upto(&self) -> i64 {
        self.read().upto
    }

    /// Whether the numbers are of this log.
    pub fn is_of(&self, log_id: &str) -> bool {
        self.read().log_id == log_id
    }

    /// Begins anew at `seq` of a log: whatever was made before is no longer valid.
    pub fn begin(&self, log_id: &str, seq: i64) {
        let mut state = self.write();
        // Two may begin at once; the later place holds.
        if state.log_id == log_id && state.upto >= seq {
            return;
        }
        *state = State { log_id: log_id.to_owned(), upto: seq, floor: seq, last: HashMap::new() };
    }

    /// Takes in the changes after those that are known. Those that are known already do nothing; a gap makes everything
    /// older invalid.
    pub fn take(&self, changes: &[Change]) {
        let Some(first) = changes.first() else { return };
        let mut state = self.write();
        if first.seq > state.upto + 1 {
            state.last.clear();
            state.floor = first.seq - 1;
        }
        for change in changes.iter().filter(|change| change.seq > state.upto).collect::<Vec<_>>() {
            for tag in change.tags() {
                state.last.insert(tag, change.seq);
            }
            state.upto = change.seq;
        }
        if state.last.len() > MARKS_MOST {
            state.last.clear();
            state.floor = state.upto;
        }
    }

    /// Whether what was made at `label` of the log and depends on `tags` still stands, as far as [`Marks::upto`].
    pub fn stands(&self, label: i64, tags: &[Tag]) -> bool {
        let state = self.read();
        label >= state.floor && tags.iter().all(|tag| state.last.get(tag).is_none_or(|last| *last <= label))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::{Deed, Subject, Touches};
    use crate::model::id::{ArticleId, SectionId, TopicId};
    use crate::model::time::Instant;

    fn change(seq: i64, article: i64, section: i64) -> Change {
        let touches = Touches { sections: vec![SectionId(section)], ..Touches::default() };
        let subject = Subject::Article(ArticleId(article));
        Change { seq, at: Instant::from_millis(0), subject, deed: Deed::Updated, version: 1, touches }
    }

    #[test]
    fn what_no_later_change_touches_stands() {
        let marks = Marks::default();
        marks.begin("a", 10);
        let (one, two) = ([Tag::InSection(SectionId(1))], [Tag::InSection(SectionId(2)), Tag::About(TopicId(1))]);
        assert!(!marks.stands(9, &one) && marks.stands(10, &one));
        marks.take(&[change(11, 5, 1), change(12, 6, 3)]);
        assert_eq!(marks.upto(), 12);
        assert!(!marks.stands(10, &one) && marks.stands(11, &one) && marks.stands(10, &two));
        assert!(!marks.stands(11, &[Tag::Articles]) && marks.stands(12, &[Tag::Articles]));
        // Once more, and late: nothing moves back.
        marks.take(&[change(11, 5, 2)]);
        assert!(marks.stands(10, &two) && marks.upto() == 12);
        marks.begin("a", 5);
        assert_eq!(marks.upto(), 12);
    }

    #[test]
    fn a_gap_and_another_log_make_everything_older_invalid() {
        let marks = Marks::default();
        marks.begin("a", 10);
        let other = [Tag::InSection(SectionId(2))];
        marks.take(&[change(13, 5, 1)]);
        assert!(!marks.stands(10, &other) && !marks.stands(11, &other) && marks.stands(12, &other));
        marks.begin("b", 3);
        assert!(marks.upto() == 3 && !marks.stands(2, &other) && marks.stands(3, &other));
        assert!(marks.is_of("b") && !marks.is_of("a"));
    }
}
