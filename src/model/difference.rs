//! What differs between two bodies, block by block.

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
    // Whole blocks are compared by what they say in full.
    let texts = |body: &Body| body.blocks().iter().map(|block: &Block| format!("{block:?}")).collect::<Vec<_>>();
    let mut all = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &texts(from), &texts(to)) {
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
