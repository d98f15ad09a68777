//! When what was last touched: the memory by which a kept answer is known to be valid.
//!
//! An answer carries the tags of what it was made from and a label, a head of the log from before its first row. It is
//! valid while no change after the label has one of its tags. So nothing is ever purged: a change only moves marks.
//!
//! What is derived from the catalogue (lists of related news, what trends) is no change of the log and has numbers of its
//! own, so there are two lines of marks; a tag is of one of them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use super::Hasher;
use crate::model::change::{Change, Tag, log_hash};

/// From how many marks of a line on they are forgotten; then all that is older counts as touched.
const MARKS_MOST: usize = 500_000;

/// How much something has seen: the log up to a number, and what is derived up to a number of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Label {
    /// Which log the numbers are of: a hash of its name. After a backup was restored they begin lower, and an answer of
    /// before would else pass for one that has seen everything.
    pub log: u64,
    /// The last change of the log.
    pub seq: i64,
    /// The last number of what is derived.
    pub derived: i64,
}

impl Label {
    /// The label of what has seen this much of the log of this name.
    pub fn new(log_id: &str, seq: i64, derived: i64) -> Label {
        Label { log: log_hash(log_id), seq, derived }
    }

    /// What has seen this much and is known to stand as far as `upto`, as if it had seen that.
    #[must_use]
    pub fn raised(self, upto: Label) -> Label {
        if upto.log != self.log {
            return self;
        }
        Label { log: self.log, seq: self.seq.max(upto.seq), derived: self.derived.max(upto.derived) }
    }
}

/// The last change of each tag, up to some change. Bounded in memory.
#[derive(Debug, Default)]
pub struct Marks {
    known: RwLock<State>,
    /// Grows whenever something is known that was not known before.
    state: AtomicU64,
    upto: Upto,
}

/// How far the marks are complete, to be read without the lock.
#[derive(Debug, Default)]
struct Upto {
    log: AtomicU64,
    seq: AtomicI64,
    derived: AtomicI64,
}

#[derive(Debug, Default)]
struct State {
    /// Which log the numbers are of.
    log: u64,
    /// By changes of the log.
    changes: Line,
    /// By what was derived.
    derived: Line,
}

/// The marks of one sequence of numbers.
#[derive(Debug, Default)]
struct Line {
    /// The number up to which the marks are complete.
    upto: i64,
    /// What is labelled before this is not valid, whatever its tags.
    floor: i64,
    last: HashMap<Tag, i64, Hasher>,
}

impl Line {
    /// Begins anew at a number, unless it has come that far. Two may begin at once; the later place holds.
    fn begin(&mut self, at: i64) {
        if at > self.upto {
            *self = Line { upto: at, floor: at, last: HashMap::default() };
        }
    }

    fn mark(&mut self, tag: Tag, number: i64) {
        let last = self.last.entry(tag).or_insert(number);
        *last = number.max(*last);
    }

    fn bound(&mut self) {
        if self.last.len() > MARKS_MOST {
            self.last.clear();
            self.floor = self.upto;
        }
    }

    fn stands(&self, label: i64, tag: &Tag) -> bool {
        self.last.get(tag).is_none_or(|last| *last <= label)
    }
}

impl Marks {
    fn read(&self) -> RwLockReadGuard<'_, State> {
        // Whoever panicked had not begun to write: each write is one assignment after the other, none of which can.
        self.known.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, what: impl FnOnce(&mut State)) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        what(&mut known);
        // Before the numbers: whoever reads that the marks are complete up to one must find no older state.
        self.state.fetch_add(1, Ordering::Release);
        self.upto.log.store(known.log, Ordering::Release);
        self.upto.derived.store(known.derived.upto, Ordering::Release);
        self.upto.seq.store(known.changes.upto, Ordering::Release);
    }

    /// The state of what is known: another one whenever something was learnt. What stood by one, stands by it.
    pub fn state(&self) -> u64 {
        self.state.load(Ordering::Acquire)
    }

    /// How far the marks are complete; the default before they have begun.
    pub fn upto(&self) -> Label {
        let Upto { log, seq, derived } = &self.upto;
        let (seq, derived) = (seq.load(Ordering::Acquire), derived.load(Ordering::Acquire));
        Label { log: log.load(Ordering::Acquire), seq, derived }
    }

    /// Begins anew: whatever has seen less is no longer valid, nor is what was made of another log. Within one log a line
    /// of marks that has come that far goes on.
    pub fn begin(&self, at: Label) {
        self.learn(|state| {
            if state.log != at.log {
                *state = State { log: at.log, ..State::default() };
            }
            state.changes.begin(at.seq);
            state.derived.begin(at.derived);
        });
    }

    /// Takes in the changes after those that are known; gives how many of them, the last ones, were not known. Those that
    /// are known already do nothing; a gap makes everything older invalid.
    pub fn take(&self, changes: &[Change]) -> usize {
        let Some(first) = changes.first() else { return 0 };
        let mut new = 0;
        self.learn(|state| {
            let line = &mut state.changes;
            if first.seq > line.upto + 1 {
                line.last.clear();
                line.floor = first.seq - 1;
            }
            for change in changes.iter().filter(|change| change.seq > line.upto).collect::<Vec<_>>() {
                for tag in change.tags() {
                    line.mark(tag, change.seq);
                }
                line.upto = change.seq;
                new += 1;
            }
            line.bound();
        });
        new
    }

    /// Takes in what was derived after what is known: all of it up to `upto`, perhaps some beyond, which comes again. The
    /// numbers have gaps, since what is made anew has the newer one.
    pub fn take_derived(&self, made: &[(Tag, i64)], upto: i64) {
        self.learn(|state| {
            let line = &mut state.derived;
            for (tag, number) in made {
                line.mark(tag.clone(), *number);
            }
            line.upto = line.upto.max(upto);
            line.bound();
        });
    }

    /// Whether what was made at `label` and depends on `tags` still stands, as far as [`Marks::upto`].
    pub fn stands(&self, label: Label, tags: &[Tag]) -> bool {
        let State { log, changes, derived } = &*self.read();
        let stands = |tag: &Tag| {
            if !tag.is_derived() {
                return changes.stands(label.seq, tag);
            }
            // The floor is here and not below: what shows nothing derived does not end with it.
            label.derived >= derived.floor && derived.stands(label.derived, tag)
        };
        label.log == *log && label.seq >= changes.floor && tags.iter().all(stands)
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

    fn at(seq: i64) -> Label {
        Label::new("a", seq, 0)
    }

    fn derived(derived: i64) -> Label {
        Label::new("a", 10, derived)
    }

    fn related(article: i64) -> Tag {
        Tag::Related(ArticleId(article))
    }

    #[test]
    fn what_no_later_change_touches_stands() {
        let marks = Marks::default();
        marks.begin(at(10));
        let (one, two) = ([Tag::InSection(SectionId(1))], [Tag::InSection(SectionId(2)), Tag::About(TopicId(1))]);
        assert!(!marks.stands(at(9), &one) && marks.stands(at(10), &one));
        marks.take(&[change(11, 5, 1), change(12, 6, 3)]);
        assert_eq!(marks.upto(), at(12));
        assert!(!marks.stands(at(10), &one) && marks.stands(at(11), &one) && marks.stands(at(10), &two));
        assert!(!marks.stands(at(11), &[Tag::Articles]) && marks.stands(at(12), &[Tag::Articles]));
        // Once more, and late: nothing moves back.
        marks.take(&[change(11, 5, 2)]);
        assert!(marks.stands(at(10), &two) && marks.upto() == at(12));
        marks.begin(at(5));
        assert_eq!(marks.upto(), at(12));
    }

    #[test]
    fn a_gap_makes_everything_older_invalid() {
        let marks = Marks::default();
        marks.begin(at(10));
        let other = [Tag::InSection(SectionId(2))];
        marks.take(&[change(13, 5, 1)]);
        assert!(!marks.stands(at(10), &other) && !marks.stands(at(11), &other) && marks.stands(at(12), &other));
    }

    #[test]
    fn what_was_made_of_another_log_is_invalid_whatever_its_numbers() {
        let marks = Marks::default();
        marks.begin(Label::new("a", 10, 10));
        let tags = [Tag::InSection(SectionId(2)), related(1)];
        assert!(marks.stands(Label::new("a", 10, 10), &tags) && marks.stands(Label::new("a", 11, 10), &[]));
        // A backup was restored: the numbers begin lower.
        let restored = Label::new("b", 3, 2);
        marks.begin(restored);
        assert_eq!(marks.upto(), restored);
        for (seq, derived) in [(2, 2), (3, 2), (10, 10), (50, 50)] {
            assert!(!marks.stands(Label::new("a", seq, derived), &tags), "{seq} {derived}");
            assert!(!marks.stands(Label::new("a", seq, derived), &[]), "{seq} {derived}");
        }
        assert!(marks.stands(restored, &tags) && !marks.stands(Label::new("b", 2, 2), &tags));
        assert!(!marks.stands(Label::new("b", 3, 1), &tags));
    }

    #[test]
    fn what_is_derived_has_numbers_of_its_own() {
        let marks = Marks::default();
        marks.begin(derived(5));
        let (one, two, plain) = ([related(1)], [related(2), Tag::Trending], [Tag::Article(ArticleId(1))]);
        // The floor of what is derived is nothing to what does not show it.
        assert!(!marks.stands(derived(4), &one) && marks.stands(derived(5), &one) && marks.stands(derived(4), &plain));
        marks.take_derived(&[(related(1), 7), (related(3), 7)], 8);
        assert_eq!(marks.upto(), derived(8));
        assert!(!marks.stands(derived(6), &one) && marks.stands(derived(7), &one) && marks.stands(derived(5), &two));
        // A change of the article is none of its list, and the other way round.
        marks.take(&[change(11, 2, 1)]);
        assert!(marks.stands(derived(5), &two) && marks.stands(derived(5), &plain));
        marks.take_derived(&[(Tag::Trending, 9)], 9);
        assert!(!marks.stands(derived(8), &two) && marks.stands(derived(9), &two));
        // Late, and beyond what is complete: nothing moves back, and what is beyond counts already.
        marks.take_derived(&[(related(1), 6)], 6);
        assert!(!marks.stands(derived(6), &one) && marks.upto().derived == 9);
        marks.take_derived(&[(related(1), 12)], 9);
        assert!(!marks.stands(derived(9), &one) && marks.upto().derived == 9);
    }

    #[test]
    fn each_line_begins_anew_where_it_is_behind() {
        let marks = Marks::default();
        marks.begin(Label::new("a", 10, 5));
        marks.take(&[change(11, 5, 1)]);
        // Too much was derived to be told one by one; the log goes on.
        marks.begin(Label::new("a", 10, 20));
        assert_eq!(marks.upto(), Label::new("a", 11, 20));
        let (label, section) = (Label::new("a", 10, 5), |n| [Tag::InSection(SectionId(n))]);
        assert!(marks.stands(label, &section(2)) && !marks.stands(label, &section(1)));
        assert!(!marks.stands(label, &[related(1)]) && marks.stands(Label::new("a", 10, 20), &[related(1)]));
    }
}
