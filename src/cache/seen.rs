//! When representations last changed, as far as this process has seen.

use moka::sync::Cache;

use crate::model::time::Instant;

/// Of how many addresses it remembers the last state.
const MOST: u64 = 100_000;
/// For how many seconds after the one of its date a state must have stood before the date is told.
const SETTLED: i64 = 5;

/// The last states of representations. What one shows does not tell everything: something may have left it. So its date is
/// when it was first seen to be so, and moves whenever its tag does. Cloning shares it.
///
/// A date is to stand for one state. HTTP has no finer dates than seconds, so one is told only when its second is over
/// ([`told_from`]): what stands then is the last state of that second, and no other has been given the date. Another node may have seen
/// another state in the same second, since it learns of changes a moment later or its clock differs: what such a node can still show
/// is over some seconds later. So no date is ahead of the clock either, which RFC 9110 (8.8.2.1) forbids.
#[derive(Clone)]
pub struct Seen(Cache<String, (String, Instant)>);

impl Default for Seen {
    fn default() -> Self {
        Seen(Cache::new(MOST))
    }
}

impl Seen {
    /// Whether anything was seen at `address` yet.
    pub fn knows(&self, address: &str) -> bool {
        self.0.contains_key(address)
    }

    /// Since when what stands at `address` has had this tag. What was not seen before is of `first`: a date after everything that
    /// can have changed it, since this process does not know what another one, or the one before a restart, has shown.
    pub fn modified(&self, address: &str, tag: &str, first: Instant, now: Instant) -> Instant {
        let modified = match self.0.get(address) {
            Some((last, modified)) if last == tag => return modified,
            // The clock was set back behind a date that may have been told.
            Some((_, modified)) if second(now) < second(modified) => modified.plus_millis(1000),
            Some(_) => now,
            None => first.min(now),
        };
        self.0.insert(address.to_owned(), (tag.to_owned(), modified));
        modified
    }
}

/// From when on this date may be told of what changed then.
pub fn told_from(modified: Instant) -> Instant {
    Instant::from_millis((second(modified) + 1 + SETTLED) * 1000)
}

fn second(at: Instant) -> i64 {
    at.millis().div_euclid(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashMap;

    fn at(millis: i64) -> Instant {
        Instant::from_millis(millis)
    }

    #[test]
    fn the_date_moves_exactly_when_the_tag_does() {
        let seen = Seen::default();
        assert_eq!(seen.modified("/a", "1", at(9_000), at(9_000)), at(9_000));
        assert_eq!(seen.modified("/a", "1", at(10_000), at(10_000)), at(9_000));
        assert_eq!(seen.modified("/a", "2", at(11_100), at(11_100)), at(11_100));
        assert_eq!(seen.modified("/c", "2", at(3_000), at(11_100)), at(3_000));
        // Twice in one second: the first date was never told.
        assert_eq!(seen.modified("/a", "3", at(11_900), at(11_900)), at(11_900));
        assert_eq!(seen.modified("/b", "3", at(12_100), at(12_100)), at(12_100));
        // The clock was set back.
        assert_eq!(seen.modified("/a", "4", at(4_000), at(4_000)), at(12_900));
        assert_eq!(seen.modified("/a", "5", at(4_100), at(4_100)), at(13_900));
    }

    #[test]
    fn a_date_that_is_told_is_past_and_stands_for_one_state() {
        // Two nodes, one of which comes later and learns of each change up to a second later than the other.
        let nodes = [(Seen::default(), 0, 0), (Seen::default(), 900, 40_300)];
        let mut told: HashMap<i64, u32> = HashMap::new();
        let changes = [100, 500, 800, 20_000, 40_000, 40_400, 41_000, 41_900, 50_000, 50_600, 60_000, 71_000, 90_900];
        let mut history = vec![(0, 0_u32)];
        history.extend(changes.into_iter().zip(1..));
        for now in (0..120_000).step_by(100) {
            for (seen, late, from) in &nodes {
                if now < *from {
                    continue;
                }
                let (changed, shown) = *history.iter().rev().find(|(since, _)| *since <= (now - late).max(0)).unwrap();
                let modified = seen.modified("/a", &shown.to_string(), at(changed), at(now));
                if told_from(modified) <= at(now) {
                    let date = modified.millis() / 1000;
                    assert!(date <= now / 1000, "{date} at {now}");
                    assert_eq!(*told.entry(date).or_insert(shown), shown, "{date} at {now}");
                }
            }
        }
        assert!(told.len() > 6, "{told:?}");
    }
}
