//! The numbers of list items.

use super::{Block, ListKind, Style, TextBlock};

/// Walks over the blocks of a body and says the number of each numbered item.
///
/// Items belong to one list while nothing but items of it, or of lists nested in it, stand between them. A list opened
/// by a deeper item only to hold it counts an empty item of its own, as HTML does.
#[derive(Debug, Default)]
pub struct Numbering<'a> {
    open: Vec<(ListKind, u32)>,
    quote: Option<(bool, Option<&'a str>)>,
}

impl<'a> Numbering<'a> {
    /// Step over `block`; the number that it would bear if it did not say one itself, for an item of a numbered list.
    pub fn implied(&mut self, block: &'a Block) -> Option<u32> {
        let (Block::Text(text), Some(item)) = (block, block_list(block)) else {
            self.open.clear();
            return None;
        };
        let group = quote_group(text);
        if self.quote.replace(group) != Some(group) {
            self.open.clear();
        }
        let level = usize::from(item.level.max(1));
        self.open.truncate(level);
        if self.open.len() == level && self.open[level - 1].0 != item.kind {
            self.open.pop();
        }
        let implied = if self.open.len() == level {
            self.open[level - 1].1.saturating_add(1)
        } else {
            self.open.resize(level, (item.kind, 1));
            1
        };
        self.open[level - 1].1 = item.start.unwrap_or(implied);
        (item.kind == ListKind::Number).then_some(implied)
    }

    /// Step over `block`; the number that it bears, for an item of a numbered list.
    pub fn number(&mut self, block: &'a Block) -> Option<u32> {
        let implied = self.implied(block)?;
        Some(block_list(block).and_then(|item| item.start).unwrap_or(implied))
    }
}

fn block_list(block: &Block) -> Option<super::ListItem> {
    match block {
        Block::Text(text) => text.list,
        _ => None,
    }
}

/// Items in and outside of a quote, or in quotes of different sources, are not of one list.
fn quote_group(text: &TextBlock) -> (bool, Option<&str>) {
    (text.style == Style::Blockquote, text.cite.as_deref())
}
