//! The body of an article: Portable Text with the rules that make it safe and canonical.
//!
//! A [`Body`] is a list of [`Block`]s. Its JSON form is Portable Text (<https://www.portabletext.org/specification/>),
//! so existing renderers read it as it is. In memory it is plainer than the JSON: keys and `markDefs` exist only
//! outside. They are made from positions when the body is written, so equal bodies have equal bytes, and a mark that
//! refers to nothing cannot be held.
//!
//! Every body in the house has passed [`Body::new`] (JSON passes it too), so whoever renders one may rely on it:
//!
//! - addresses are `http`, `https`, `mailto`, `tel` or relative (see [`address`]); text has no character that XML 1.0
//!   forbids; sizes and levels are within the limits named here;
//! - it is *canonical*: white space is what a browser would show (runs are one space, `\n` is a line break, edges are
//!   trimmed), neighbouring spans with equal marks are one, empty blocks are gone, text is NFC. A body that is written
//!   as HTML and read again is therefore equal.
//!
//! Beyond the standard's own properties there are a few that other renderers ignore: `cite` on block quotes, `start`
//! on numbered items, `publishedAt` on corrections, `href` on images.
//!
//! ```
//! use masthead::model::body::{Block, Body, Style, TextBlock};
//! let body = Body::new(vec![Block::Text(TextBlock::plain(Style::Normal, "Rain  is expected."))]).unwrap();
//! assert_eq!(body.plain_text(), "Rain is expected.");
//! assert_eq!(body.word_count(), 3);
//! ```

pub mod address;
mod check;
mod json;
mod marks;
mod notices;
mod numbering;
mod tidy;
mod walk;

pub use check::{forbidden, is_forbidden};
pub use marks::{Link, Marks, Span, plain};
pub use notices::Correction;
pub use numbering::Numbering;
pub use tidy::is_blank;

use crate::error::Result;

/// Blocks that one body may hold.
pub const MAX_BLOCKS: usize = 10_000;
/// Bytes of text that one body may hold, all blocks together.
pub const MAX_TEXT: usize = 2 * 1024 * 1024;
/// The deepest level of a list item; the outermost is 1.
pub const MAX_LEVEL: u8 = 10;
/// Cells that one row of a table may hold.
pub const MAX_COLUMNS: usize = 100;
/// The greatest number of a list item: nine digits, as CommonMark allows.
pub const MAX_NUMBER: u32 = 999_999_999;

/// The body of an article: checked and canonical Portable Text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Body(Vec<Block>);

/// One block of a [`Body`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A paragraph, subhead, quote, list item or notice.
    Text(TextBlock),
    /// A picture.
    Image(Image),
    /// Something that lives at another provider, by its address.
    Embed(Embed),
    /// A table.
    Table(Table),
    /// Program text, or text whose white space matters.
    Code(Code),
    /// A break between parts.
    Divider,
}

/// A block of text (`_type: "block"`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextBlock {
    /// What the text is.
    pub style: Style,
    /// Set when the block is an item of a list. Styles other than normal and blockquote have none.
    pub list: Option<ListItem>,
    /// Where the quote is from (HTML `cite`): an `http(s)` or relative address, on block quotes only.
    pub cite: Option<String>,
    /// When the correction was published, as RFC 3339; on corrections only.
    pub published_at: Option<String>,
    /// The text in spans of equal marks.
    pub children: Vec<Span>,
}

/// The style of a block of text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Style {
    /// A paragraph.
    #[default]
    Normal,
    /// A subhead of the first order. The headline is the page's `h1`, so a body has none.
    H2,
    /// A subhead of the second order.
    H3,
    /// A subhead of the third order.
    H4,
    /// A subhead of the fourth order.
    H5,
    /// A subhead of the fifth order.
    H6,
    /// A block quote; neighbouring ones with the same `cite` are one quote.
    Blockquote,
    /// The source of the quote directly above, without a leading dash.
    Attribution,
    /// Notice: the label, such as "Op-Ed". Only [`Body::with_notices`] makes it.
    Label,
    /// Notice: a disclaimer. Only [`Body::with_notices`] makes it.
    Disclaimer,
    /// Notice: a correction. Only [`Body::with_notices`] makes it.
    Correction,
}

impl Style {
    /// Every style with its name in Portable Text.
    pub const ALL: &'static [(Style, &'static str)] = &[
        (Style::Normal, "normal"),
        (Style::H2, "h2"),
        (Style::H3, "h3"),
        (Style::H4, "h4"),
        (Style::H5, "h5"),
        (Style::H6, "h6"),
        (Style::Blockquote, "blockquote"),
        (Style::Attribution, "attribution"),
        (Style::Label, "label"),
        (Style::Disclaimer, "disclaimer"),
        (Style::Correction, "correction"),
    ];

    /// The name in Portable Text.
    pub fn name(self) -> &'static str {
        Style::ALL.iter().find(|(style, _)| *style == self).map_or("normal", |(_, name)| name)
    }

    /// Whether it is a subhead.
    pub fn is_heading(self) -> bool {
        matches!(self, Style::H2 | Style::H3 | Style::H4 | Style::H5 | Style::H6)
    }

    /// Whether it is a notice, which is never stored in a body.
    pub fn is_notice(self) -> bool {
        matches!(self, Style::Label | Style::Disclaimer | Style::Correction)
    }
}

/// A text block's place in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListItem {
    /// Bulleted or numbered.
    pub kind: ListKind,
    /// 1 for the outermost list, at most [`MAX_LEVEL`].
    pub level: u8,
    /// The number of this item where it is not the one that follows from the items before; see [`Numbering`].
    pub start: Option<u32>,
}

/// The kind of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Bullets.
    Bullet,
    /// Numbers.
    Number,
}

/// A picture by its address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// `http(s)` or relative.
    pub url: String,
    /// What the picture shows, for who cannot see it; empty when it only decorates.
    pub alt: String,
    /// The caption, which may carry links.
    pub caption: Vec<Span>,
    /// Who made or owns it.
    pub credit: Vec<Span>,
    /// Width in pixels.
    pub width: Option<u32>,
    /// Height in pixels.
    pub height: Option<u32>,
    /// Where a click on it leads.
    pub href: Option<String>,
}

/// Something shown by another provider. There is no script or frame of theirs in it, only the address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Embed {
    /// Who shows it: lower case, such as `youtube`.
    pub provider: String,
    /// The address that a person would open: absolute `http(s)`.
    pub url: String,
    /// What it is, in words.
    pub title: Option<String>,
}

/// A table. Every row has the same number of cells.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The caption, which may carry links.
    pub caption: Vec<Span>,
    /// The rows, from the top.
    pub rows: Vec<Row>,
}

/// A row of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Row {
    /// Whether all its cells head their columns.
    pub header: bool,
    /// The cells, in order.
    pub cells: Vec<Cell>,
}

/// A cell of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    /// Whether it heads its row; never set in a header row.
    pub header: bool,
    /// The text.
    pub children: Vec<Span>,
}

/// Program text.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Code {
    /// The language's short name, such as `rust`.
    pub language: Option<String>,
    /// The text as it stands, without a newline at its end.
    pub code: String,
}

impl TextBlock {
    /// A block of `style` with one span of unmarked text.
    pub fn plain(style: Style, text: impl Into<String>) -> TextBlock {
        TextBlock { style, children: vec![Span::plain(text)], ..TextBlock::default() }
    }
}

impl Body {
    /// Check the blocks and bring them into canonical form.
    ///
    /// Fails with `INVALID_INPUT` on the first rule that is broken, naming the place (`body[3].children[0].text`) and
    /// the mend. Notice styles are refused: notices belong to the article and are added when it is rendered.
    pub fn new(blocks: Vec<Block>) -> Result<Body> {
        check::blocks(&blocks)?;
        Ok(Body(tidy::blocks(blocks)))
    }

    /// As [`Body::new`], for readers that must not fail: blocks that break a rule are left out. Returns how many were.
    pub fn keep_valid(mut blocks: Vec<Block>) -> (Body, usize) {
        let before = blocks.len();
        check::retain_valid(&mut blocks);
        let left_out = before - blocks.len();
        (Body(tidy::blocks(blocks)), left_out)
    }

    /// Read Portable Text. Properties that are not known here are dropped (exports of other systems carry their own);
    /// unknown types, styles and marks are refused, for with them content would be lost.
    ///
    /// Fails with `INVALID_INPUT`, naming the place and the mend.
    pub fn from_json(text: &str) -> Result<Body> {
        json::read(text)
    }

    /// [`Body::plain_text`] of a body as this program wrote it, sooner than by [`Body::from_json`]; `None` for anything else.
    pub fn text_of_written(json: &str) -> Option<String> {
        json::text(json)
    }

    /// The blocks, from the top.
    pub fn blocks(&self) -> &[Block] {
        &self.0
    }

    /// The blocks, to be changed and checked again by [`Body::new`].
    pub fn into_blocks(self) -> Vec<Block> {
        self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests;
