//! Runs of words: what tells that two articles have the same text.
//!
//! A text is the set of its runs of eight words that follow each other (w-shingles: Broder, On the resemblance and
//! containment of documents, 1997). Of their hashes the 64 smallest are kept, a sample that any two articles draw alike,
//! so the share of one text that stands in another can be told from the samples alone.

use super::analysis;

/// How many words make a run.
const WORDS: usize = 8;
/// How many hashes are kept of an article.
const KEPT: usize = 64;
/// Runs that two samples must have in common before they count as alike: a quotation of nine words is no copy.
const SHARED_LEAST: usize = 3;

/// A sample of the runs of a text, in ascending order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Runs(Vec<u32>);

impl Runs {
    /// The sample of a text.
    pub fn of(text: &str) -> Runs {
        let words: Vec<u64> = analysis::words(text).iter().map(|word| hash(word.plain().as_bytes())).collect();
        let mut all: Vec<u32> = words.windows(WORDS).map(|run| (run.iter().fold(0, join) >> 32) as u32).collect();
        all.sort_unstable();
        all.dedup();
        all.truncate(KEPT);
        Runs(all)
    }

    /// From what an index keeps of it.
    pub(super) fn from_kept(mut kept: Vec<u32>) -> Runs {
        kept.sort_unstable();
        Runs(kept)
    }

    /// The hashes, in ascending order.
    pub fn hashes(&self) -> &[u32] {
        &self.0
    }

    /// About which share of the shorter of two texts stands in the other, from 0 to 1.
    pub fn containment(&self, other: &Runs) -> f64 {
        // Beyond the end of a full sample nothing is known of its text.
        let end = |runs: &Runs| if runs.0.len() < KEPT { u32::MAX } else { runs.0.last().copied().unwrap_or(u32::MAX) };
        let end = end(self).min(end(other));
        let known = |runs: &Runs| runs.0.partition_point(|hash| *hash <= end);
        let (mine, theirs) = (&self.0[..known(self)], &other.0[..known(other)]);
        let shared = mine.iter().filter(|hash| theirs.binary_search(hash).is_ok()).count();
        if shared < SHARED_LEAST && (shared == 0 || mine != theirs) {
            return 0.0;
        }
        shared as f64 / mine.len().min(theirs.len()) as f64
    }
}

/// FNV-1a: what is kept in an index must not change with a library.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// One more word, mixed so that every bit counts (the finaliser of SplitMix64).
fn join(hash: u64, word: &u64) -> u64 {
    let mut mixed = hash.rotate_left(7) ^ word;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(from: usize, to: usize) -> String {
        (from..to).map(|n| format!("word{n}")).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn copies_are_told_from_their_samples() {
        let whole = Runs::of(&text(0, 900));
        assert_eq!(whole.hashes().len(), KEPT);
        assert_eq!(whole.containment(&Runs::of(&text(0, 900).to_uppercase())), 1.0);
        // A shorter one that stands in it, an update with as much again, and one that shares half.
        assert!(whole.containment(&Runs::of(&text(100, 300))) > 0.9);
        assert!(whole.containment(&Runs::of(&text(0, 1_800))) > 0.9);
        let half = whole.containment(&Runs::of(&text(450, 1_350)));
        assert!((0.3..0.7).contains(&half), "{half}");
    }

    #[test]
    fn what_shares_little_is_no_copy() {
        let whole = Runs::of(&text(0, 900));
        assert_eq!(whole.containment(&Runs::of(&text(1_000, 1_900))), 0.0);
        let quoting = format!("{} {} {}", text(1_000, 1_030), text(0, 9), text(1_100, 1_130));
        assert_eq!(Runs::of(&text(0, 60)).containment(&Runs::of(&quoting)), 0.0);
        for text in ["", "one two three", "one two three four five six seven"] {
            assert_eq!(Runs::of(text).containment(&Runs::of(text)), 0.0, "too short to tell: {text}");
        }
        let short = "one two three four five six seven eight";
        assert_eq!(Runs::of(short).containment(&Runs::of(short)), 1.0);
    }
}
