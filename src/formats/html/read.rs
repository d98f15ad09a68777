//! HTML read into a body.
//!
//! The tree is walked once, without recursion. Each open element has a [`Frame`] that says what its text becomes;
//! [`names`] is the allow-list, [`elements`] what single elements are, [`flow`] how text becomes blocks.

mod elements;
mod flow;
mod names;

use super::table::{CellTag, Grid};
use super::tree;
use crate::formats::{Parsed, Report};
use crate::model::body::*;
use ego_tree::iter::Edge;
use scraper::Node;
use std::rc::Rc;

/// Read a fragment or a document.
///
/// Never fails, whatever the input: text is kept unless it belongs to something that is not content (script, style,
/// forms' controls, hidden elements); what is left out is reported. `h1` becomes `h2`. Notices of our own pages come
/// back as plain text.
pub fn parse(html: &str) -> Parsed {
    let (tree, too_deep) = tree::parse(html);
    let mut reader = Reader::default();
    reader.report.add_times("tag nested too deeply", too_deep);
    let mut skipped = None;
    for edge in tree.tree.root().traverse() {
        match edge {
            Edge::Open(_) if skipped.is_some() => {}
            Edge::Open(node) => match node.value() {
                Node::Text(text) => reader.text(text),
                Node::Element(element) => match reader.open(node, element) {
                    Some(frame) => reader.frames.push(frame),
                    None => skipped = Some(node.id()),
                },
                _ => {}
            },
            Edge::Close(node) if skipped == Some(node.id()) => skipped = None,
            Edge::Close(node) if skipped.is_none() && node.value().is_element() => reader.close(),
            Edge::Close(_) => {}
        }
    }
    reader.flush();
    reader.lower();
    reader.report.finish(reader.blocks)
}

/// An open element.
#[derive(Debug, Clone, Default)]
struct Frame {
    /// The marks of text here, those of the elements around included.
    marks: Marks,
    /// The link around.
    link: Option<Rc<Link>>,
    /// Whether text before and after stands in blocks of its own.
    boundary: bool,
    kind: Kind,
}

#[derive(Debug, Clone, Default)]
enum Kind {
    #[default]
    Plain,
    /// Closed by a quotation mark.
    Quotation,
    Heading(Style),
    /// With the index of its first block, and what its source is said to be.
    Quote {
        cite: Option<String>,
        first: usize,
        source: Vec<Span>,
    },
    List {
        kind: ListKind,
        next: i64,
        step: i64,
    },
    /// `used` when its text has become an item; what follows is a paragraph.
    Item {
        number: i64,
        used: bool,
    },
    Figure {
        first: usize,
        caption: Vec<Span>,
        credit: Vec<Span>,
    },
    /// Text goes into a buffer instead of a block.
    Capture(Target),
    Pre,
    /// Lines are kept, in a place that holds only text.
    Lines,
    Table,
    Head,
    Row,
}

#[derive(Debug, Clone, Copy)]
enum Target {
    Caption,
    Credit,
    Source,
    TableCaption,
    Cell(CellTag),
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    /// Text of the block that is being read.
    inline: Vec<Span>,
    frames: Vec<Frame>,
    captures: Vec<Vec<Span>>,
    /// Blocks met where only text can stand; they follow after it.
    raised: Vec<Block>,
    pre: Option<Code>,
    lines: usize,
    table: Option<Grid>,
    /// Cells that others span in the tables that were read.
    spanned: usize,
    report: Report,
}
impl Reader {
    /// A frame for what comes next, with the marks around.
    fn inherit(&self) -> Frame {
        let (marks, link) = self.frames.last().map(|frame| (frame.marks, frame.link.clone())).unwrap_or_default();
        Frame { marks, link, ..Frame::default() }
    }

    /// A frame with a boundary before and after it.
    fn block(&mut self, mut frame: Frame) -> Frame {
        self.boundary();
        frame.boundary = true;
        frame
    }

    /// A frame that ends the block before it even in an item.
    fn flushed(&mut self, frame: Frame, kind: Kind) -> Frame {
        self.flush();
        Frame { kind, ..frame }
    }

    fn figure(&mut self, frame: Frame) -> Frame {
        self.flush();
        let kind = Kind::Figure { first: self.blocks.len(), caption: Vec::new(), credit: Vec::new() };
        Frame { kind, ..frame }
    }

    fn capture(&mut self, frame: Frame, target: Target) -> Frame {
        if self.captures.is_empty() {
            self.flush();
        }
        self.captures.push(Vec::new());
        Frame { kind: Kind::Capture(target), ..frame }
    }

    fn capture_or_mark(&mut self, mut frame: Frame, target: Option<Target>, mark: Marks) -> Frame {
        match target {
            Some(target) if self.pre.is_none() => self.capture(frame, target),
            _ => {
                // The name in a quote's source is not set off by slanting it.
                if !matches!(self.target(), Some(Target::Source)) {
                    frame.marks = frame.marks.with(mark);
                }
                frame
            }
        }
    }

    fn head(&mut self, head: bool) -> Kind {
        match &mut self.table {
            Some(grid) => {
                grid.head = head;
                Kind::Head
            }
            None => Kind::Plain,
        }
    }

    /// Where captured text goes.
    fn target(&self) -> Option<Target> {
        self.frames
            .iter()
            .rev()
            .find_map(|frame| if let Kind::Capture(target) = frame.kind { Some(target) } else { None })
    }

    fn in_figure(&self) -> bool {
        matches!(self.target(), None | Some(Target::Caption))
            && self.frames.iter().any(|frame| matches!(frame.kind, Kind::Figure { .. }))
    }

    /// Whether the innermost of quote and figure is a quote.
    fn in_quote(&self) -> bool {
        let inner = self.frames.iter().rev().find(|f| matches!(f.kind, Kind::Quote { .. } | Kind::Figure { .. }));
        inner.is_some_and(|frame| matches!(frame.kind, Kind::Quote { .. }))
    }
}
