//! What differs between two bodies, block by block, and one body of two that began with the same.

use std::ops::Range;

use similar::{Algorithm, DiffOp, capture_diff_slices};

use super::body::{Block, Body};

/// What became of a block. Numbers are places in the two bodies, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockChange {
    /// It stands in both.
    Kept {
        /// Its place in the first.
        from: usize,
        /// Its place in the second.
        to: usize,
    },
    /// It stands in the first only.
    Removed {
        /// Its place there.
        from: usize,
    },
    /// It stands in the second only.
    Added {
        /// Its place there.
        to: usize,
    },
    /// Another one stands in its place.
    Changed {
        /// Its place in the first.
        from: usize,
        /// The other's place in the second.
        to: usize,
    },
}

/// The changes that make the second body of the first, in order (Myers' algorithm over whole blocks).
///
/// ```
/// use masthead::model::body::{Block, Body, Style, TextBlock};
/// use masthead::model::difference::{BlockChange, changes};
/// let body = |texts: &[&str]| {
///     Body::new(texts.iter().map(|t| Block::Text(TextBlock::plain(Style::Normal, *t))).collect()).unwrap()
/// };
/// assert_eq!(
///     changes(&body(&["One.", "Two."]), &body(&["One.", "Three.", "Four."])),
///     [
///         BlockChange::Kept { from: 0, to: 0 },
///         BlockChange::Changed { from: 1, to: 1 },
///         BlockChange::Added { to: 2 },
///     ]
/// );
/// ```
pub fn changes(from: &Body, to: &Body) -> Vec<BlockChange> {
    let mut all = Vec::new();
    for op in steps(from, to) {
        match op {
            DiffOp::Equal { old_index, new_index, len } => {
                all.extend((0..len).map(|n| BlockChange::Kept { from: old_index + n, to: new_index + n }));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                all.extend((0..old_len).map(|n| BlockChange::Removed { from: old_index + n }));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                all.extend((0..new_len).map(|n| BlockChange::Added { to: new_index + n }));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                let both = old_len.min(new_len);
                all.extend((0..both).map(|n| BlockChange::Changed { from: old_index + n, to: new_index + n }));
                all.extend((both..old_len).map(|n| BlockChange::Removed { from: old_index + n }));
                all.extend((both..new_len).map(|n| BlockChange::Added { to: new_index + n }));
            }
        }
    }
    all
}

fn steps(from: &Body, to: &Body) -> Vec<DiffOp> {
    // Whole blocks are compared by what they say in full.
    let texts = |body: &Body| body.blocks().iter().map(|block: &Block| format!("{block:?}")).collect::<Vec<_>>();
    capture_diff_slices(Algorithm::Myers, &texts(from), &texts(to))
}

/// What stands in the place of some blocks: their places before, and the places of what is there now.
type Hunk = (Range<usize>, Range<usize>);

fn hunks(from: &Body, to: &Body) -> Vec<Hunk> {
    let steps = steps(from, to).into_iter().filter(|step| !matches!(step, DiffOp::Equal { .. }));
    steps.map(|step| (step.old_range(), step.new_range())).collect()
}

/// Whether two changes of the same blocks can both be made in either order with the same result: they touch no block in
/// common, and neither puts something in where the other ends.
fn apart(one: &Range<usize>, other: &Range<usize>) -> bool {
    let meet = one.is_empty() || other.is_empty();
    let before = |a: &Range<usize>, b: &Range<usize>| if meet { a.end < b.start } else { a.end <= b.start };
    before(one, other) || before(other, one)
}

/// The body that has what both have made of `base`: a merge of three, by whole blocks. `None` where both have changed the same
/// place, each in its own way.
///
/// ```
/// use masthead::model::body::{Block, Body, Style, TextBlock};
/// use masthead::model::difference::merged;
/// let body = |texts: &[&str]| {
///     Body::new(texts.iter().map(|t| Block::Text(TextBlock::plain(Style::Normal, *t))).collect()).unwrap()
/// };
/// let base = body(&["One.", "Two.", "Three."]);
/// let (one, other) = (body(&["One!", "Two.", "Three."]), body(&["One.", "Two.", "Three.", "Four."]));
/// assert_eq!(merged(&base, &one, &other), Some(body(&["One!", "Two.", "Three.", "Four."])));
/// assert_eq!(merged(&base, &one, &body(&["One?", "Two.", "Three."])), None);
/// ```
pub fn merged(base: &Body, one: &Body, other: &Body) -> Option<Body> {
    let (of_one, of_other) = (hunks(base, one), hunks(base, other));
    let said = |body: &Body, hunk: &Hunk| body.blocks()[hunk.1.clone()].to_vec();
    let mut all: Vec<(Range<usize>, Vec<Block>)> = Vec::new();
    for hunk in &of_one {
        all.push((hunk.0.clone(), said(one, hunk)));
    }
    for hunk in &of_other {
        let new = (hunk.0.clone(), said(other, hunk));
        // What both have done alike is done once.
        if all[..of_one.len()].contains(&new) {
            continue;
        }
        if !of_one.iter().all(|known| apart(&known.0, &new.0)) {
            return None;
        }
        all.push(new);
    }
    all.sort_by_key(|(range, _)| (range.start, range.end));
    let (mut blocks, mut at) = (Vec::new(), 0);
    for (range, new) in all {
        blocks.extend_from_slice(&base.blocks()[at..range.start]);
        blocks.extend(new);
        at = range.end;
    }
    blocks.extend_from_slice(&base.blocks()[at..]);
    // Two that fit alone can be too long together.
    Body::new(blocks).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::body::{Style, TextBlock};

    fn body(texts: &str) -> Body {
        let block = |text: char| Block::Text(TextBlock::plain(Style::Normal, text.to_string()));
        Body::new(texts.chars().map(block).collect()).unwrap()
    }

    #[test]
    fn a_merge_has_what_both_did_or_says_that_it_cannot() {
        let cases = [
            ("abc", "abc", "abc", Some("abc")),
            ("abc", "Abc", "abc", Some("Abc")),
            ("abc", "Abc", "abC", Some("AbC")),
            // Neighbours.
            ("abc", "Abc", "aBc", Some("ABc")),
            ("abc", "bc", "abx", Some("bx")),
            ("abc", "ab", "xabc", Some("xab")),
            // Both alike.
            ("abc", "aXc", "aXc", Some("aXc")),
            ("abc", "aXc", "aXcd", Some("aXcd")),
            ("", "a", "a", Some("a")),
            // The same place, each in its own way.
            ("abc", "aXc", "aYc", None),
            ("abc", "ac", "aYc", None),
            ("abc", "abcX", "abcY", None),
            ("abc", "abcX", "ab", None),
            ("", "a", "b", None),
            ("abcd", "XYcd", "aZcd", None),
        ];
        for (base, one, other, merge) in cases {
            for (one, other) in [(one, other), (other, one)] {
                let got = merged(&body(base), &body(one), &body(other));
                assert_eq!(got, merge.map(body), "{base}: {one}, {other}");
            }
        }
    }
}
