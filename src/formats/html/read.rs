//! HTML read into a body: the allow-list.

use super::embed::recognise;
use super::table::{CellTag, Grid};
use super::tree;
use crate::formats::{Parsed, Report};
use crate::model::body::*;
use ego_tree::NodeRef;
use ego_tree::iter::Edge;
use scraper::Node;
use scraper::node::Element;
use std::mem::take;
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
    report: Report,
}

impl Reader {
    /// Begin an element; `None` leaves it out with all that is in it.
    fn open(&mut self, node: NodeRef<'_, Node>, element: &Element) -> Option<Frame> {
        let name = element.name();
        for (attribute, _) in element.attrs().filter(|(attribute, _)| attribute.starts_with("on")) {
            let shown: String = attribute.chars().take(40).collect();
            self.report.add(format!("{shown} attribute"), "");
        }
        if is_foreign(name) {
            self.report.add(name, &words(node, 300));
            return None;
        }
        if is_hidden(element) {
            self.report.add("hidden element", &words(node, 300));
            return None;
        }
        let mut frame = self.inherit();
        match name {
            "br" => self.push("\n", frame),
            "img" | "image" => self.image(element, &frame),
            "iframe" => self.frame(element),
            "video" | "audio" => self.media(node, element, name),
            "a" => {
                frame.link = self.link(element).map(Rc::new).or(frame.link);
                return Some(frame);
            }
            "q" => {
                self.push("“", frame.clone());
                return Some(Frame { kind: Kind::Quotation, ..frame });
            }
            "form" => {
                self.report.add("form", "");
                return Some(self.block(frame));
            }
            "cite" => {
                let target = self.cite(node);
                return Some(self.capture_or_mark(frame, target, Marks::EM));
            }
            "small" => {
                let target = matches!(self.target(), Some(Target::Caption)).then_some(Target::Credit);
                return Some(self.capture_or_mark(frame, target, Marks::NONE));
            }
            _ if decorator(name) != Marks::NONE => {
                frame.marks = frame.marks.with(decorator(name));
                return Some(frame);
            }
            _ if has_class(element, "credit") && self.in_figure() => {
                return Some(self.capture_or_mark(frame, Some(Target::Credit), Marks::NONE));
            }
            _ if self.is_captive() => return Some(self.open_captive(frame, name)),
            _ => return self.open_block(node, element, name, frame),
        }
        None
    }

    /// Begin an element where only text can stand.
    fn open_captive(&mut self, mut frame: Frame, name: &str) -> Frame {
        match name {
            "pre" | "listing" if self.pre.is_none() => {
                frame.marks = frame.marks.with(Marks::CODE);
                frame.kind = Kind::Lines;
                self.lines += 1;
                self.block(frame)
            }
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "dt" | "summary" => {
                frame.marks = frame.marks.with(Marks::STRONG);
                self.block(frame)
            }
            _ if is_block(name) => self.block(frame),
            _ => frame,
        }
    }

    /// Begin an element in the flow of blocks.
    fn open_block(
        &mut self,
        node: NodeRef<'_, Node>,
        element: &Element,
        name: &str,
        mut frame: Frame,
    ) -> Option<Frame> {
        if let Some(embed) = known_embed(node, element) {
            self.raise(Block::Embed(embed));
            return None;
        }
        match name {
            "h1" | "h2" => return Some(self.flushed(frame, Kind::Heading(Style::H2))),
            "h3" => return Some(self.flushed(frame, Kind::Heading(Style::H3))),
            "h4" => return Some(self.flushed(frame, Kind::Heading(Style::H4))),
            "h5" => return Some(self.flushed(frame, Kind::Heading(Style::H5))),
            "h6" => return Some(self.flushed(frame, Kind::Heading(Style::H6))),
            "blockquote" => {
                let cite = element.attr("cite").and_then(|cite| self.address(cite, "cite", address::resource));
                self.flush();
                return Some(self.flushed(frame, Kind::Quote { cite, first: self.blocks.len(), source: Vec::new() }));
            }
            "footer" | "figcaption" if self.in_quote() => return Some(self.capture(frame, Target::Source)),
            "figcaption" if self.in_figure() => return Some(self.capture(frame, Target::Caption)),
            "p" if has_class(element, "wp-caption-text") && self.in_figure() => {
                return Some(self.capture(frame, Target::Caption));
            }
            "ul" | "ol" | "menu" | "dir" => {
                let (next, step) = counting(node, element);
                let kind = if name == "ol" { ListKind::Number } else { ListKind::Bullet };
                return Some(self.flushed(frame, Kind::List { kind, next, step }));
            }
            "li" => {
                let number = self.count(element.attr("value").and_then(|value| value.trim().parse().ok()));
                return Some(self.flushed(frame, Kind::Item { number, used: false }));
            }
            "pre" | "listing" | "xmp" | "plaintext" => {
                self.flush();
                self.pre = Some(Code { language: language(node, element), code: String::new() });
                frame.kind = Kind::Pre;
            }
            "table" if !is_layout(node) => {
                self.flush();
                self.table = Some(Grid::default());
                frame.kind = Kind::Table;
            }
            "caption" if self.table.is_some() => return Some(self.capture(frame, Target::TableCaption)),
            "thead" => frame.kind = self.head(true),
            "tr" => {
                if let Some(grid) = &mut self.table {
                    grid.open_row();
                    frame.kind = Kind::Row;
                }
            }
            "td" | "th" if self.table.is_some() => {
                let count = |name: &str| element.attr(name).and_then(|n| n.trim().parse().ok()).unwrap_or(1u32);
                let (columns, rows) = (count("colspan").min(100), count("rowspan").min(1000));
                let heads_row = matches!(element.attr("scope"), Some("row" | "rowgroup"));
                let tag = CellTag { header: name == "th", heads_row, columns, rows };
                return Some(self.capture(frame, Target::Cell(tag)));
            }
            "hr" => {
                self.raise(Block::Divider);
                return None;
            }
            "dt" | "summary" => {
                frame.marks = frame.marks.with(Marks::STRONG);
                return Some(self.block(frame));
            }
            "figure" => return Some(self.figure(frame)),
            "div" if has_class(element, "wp-caption") => return Some(self.figure(frame)),
            _ if is_block(name) => return Some(self.block(frame)),
            _ => {}
        }
        Some(frame)
    }

    fn close(&mut self) {
        let Some(frame) = self.frames.pop() else { return };
        match frame.kind {
            Kind::Plain | Kind::Head | Kind::Row | Kind::Lines => {}
            Kind::Quotation => self.push("”", Frame { kind: Kind::Plain, ..frame.clone() }),
            Kind::Heading(_) | Kind::Item { .. } => {
                // The frame decides what its text becomes, so it is put back while that happens.
                self.frames.push(frame);
                self.flush();
                self.frames.pop();
                return;
            }
            Kind::List { .. } => self.flush(),
            Kind::Quote { first, ref source, .. } => {
                let source = source.clone();
                self.frames.push(frame);
                self.flush();
                self.frames.pop();
                self.attribute(first, source);
                return;
            }
            Kind::Figure { first, caption, credit } => {
                self.flush();
                self.close_figure(first, caption, credit);
                return;
            }
            Kind::Capture(target) => self.close_capture(target),
            Kind::Pre => {
                if let Some(code) = self.pre.take() {
                    self.raise(Block::Code(code));
                    self.lower();
                }
                return;
            }
            Kind::Table => {
                if let Some(grid) = self.table.take() {
                    self.raise(Block::Table(grid.finish()));
                    self.lower();
                }
                return;
            }
        }
        match frame.kind {
            Kind::Head => drop(self.head(false)),
            Kind::Row => self.table.iter_mut().for_each(Grid::close_row),
            Kind::Lines => self.lines = self.lines.saturating_sub(1),
            _ => {}
        }
        if frame.boundary {
            self.boundary();
        }
    }

    // ------------------------------------------------------------------------------------------- text and blocks

    fn text(&mut self, text: &str) {
        if text.contains(is_forbidden) {
            self.report.add_times("control character", text.chars().filter(|c| is_forbidden(*c)).count());
        }
        let frame = self.inherit();
        if self.pre.is_some() || self.lines > 0 {
            return self.push(text, frame);
        }
        // Outside of `pre` a newline is a blank; here `\n` stands for `br`.
        if text.contains(['\n', '\r']) {
            self.push(&text.replace(['\n', '\r'], " "), frame);
        } else {
            self.push(text, frame);
        }
    }

    fn push(&mut self, text: &str, frame: Frame) {
        let kept: String;
        let text = if text.contains(is_forbidden) {
            kept = text.chars().filter(|c| !is_forbidden(*c)).collect();
            &kept
        } else {
            text
        };
        if let Some(code) = &mut self.pre {
            return code.code.push_str(text);
        }
        // Between rows and cells there is no place for text; the tree builder has moved all but blanks before the table.
        if self.table.is_some() && self.captures.is_empty() {
            return;
        }
        let into = self.captures.last_mut().unwrap_or(&mut self.inline);
        match into.last_mut() {
            Some(last) if last.marks == frame.marks && last.link.as_ref() == frame.link.as_deref() => {
                last.text.push_str(text)
            }
            _ => into.push(Span {
                text: text.to_owned(),
                marks: frame.marks,
                link: frame.link.map(|link| (*link).clone()),
            }),
        }
    }

    /// End what stands before and begin anew: a block in the flow, a line elsewhere.
    fn boundary(&mut self) {
        if let Some(code) = &mut self.pre {
            if !code.code.is_empty() && !code.code.ends_with('\n') {
                code.code.push('\n');
            }
        } else if let Some(capture) = self.captures.last_mut() {
            end_line(capture);
        } else if matches!(self.context(), Some((_, Kind::Item { used: false, .. }))) {
            // Portable Text has one block for an item, so its paragraphs become lines.
            end_line(&mut self.inline);
        } else {
            self.flush();
        }
    }

    /// The innermost element that decides what a block of text is.
    fn context(&self) -> Option<(usize, &Kind)> {
        let decides = |kind: &Kind| matches!(kind, Kind::Heading(_) | Kind::Item { .. } | Kind::Quote { .. });
        self.frames.iter().enumerate().rev().map(|(i, frame)| (i, &frame.kind)).find(|(_, kind)| decides(kind))
    }

    /// Make a block of the text that has been read.
    fn flush(&mut self) {
        if self.is_captive() {
            return;
        }
        let children = take(&mut self.inline);
        if is_blank(&children) {
            return;
        }
        let mut text = TextBlock { children, ..TextBlock::default() };
        let context = self.context().map(|(i, kind)| (i, kind.clone()));
        if let Some((_, Kind::Heading(style))) = context {
            text.style = style;
        } else {
            if let Some(cite) = self.frames.iter().rev().find_map(|frame| match &frame.kind {
                Kind::Quote { cite, .. } => Some(cite.clone()),
                _ => None,
            }) {
                (text.style, text.cite) = (Style::Blockquote, cite);
            }
            if let Some((i, Kind::Item { number, used: false })) = context {
                text.list = Some(self.item(i, number));
                if let Kind::Item { used, .. } = &mut self.frames[i].kind {
                    *used = true;
                }
            }
        }
        self.blocks.push(Block::Text(text));
    }

    fn item(&self, at: usize, number: i64) -> ListItem {
        let lists = || {
            self.frames[..at]
                .iter()
                .filter_map(|f| if let Kind::List { kind, .. } = f.kind { Some(kind) } else { None })
        };
        let level = lists().count().clamp(1, MAX_LEVEL.into()) as u8;
        let kind = lists().next_back().unwrap_or(ListKind::Bullet);
        let start = u32::try_from(number).ok().filter(|number| kind == ListKind::Number && *number <= MAX_NUMBER);
        ListItem { kind, level, start }
    }

    /// Number the next item of the innermost list.
    fn count(&mut self, value: Option<i64>) -> i64 {
        for frame in self.frames.iter_mut().rev() {
            if let Kind::List { next, step, .. } = &mut frame.kind {
                let number = value.unwrap_or(*next);
                *next = number.saturating_add(*step);
                return number;
            }
        }
        1
    }

    /// Add a block that is not text: here, or after the text that it stands in.
    fn raise(&mut self, block: Block) {
        if self.is_captive() || self.table.is_some() {
            self.raised.push(block);
        } else {
            self.flush();
            self.blocks.push(block);
        }
    }

    /// Put raised blocks into the flow where that is possible again.
    fn lower(&mut self) {
        if !self.raised.is_empty() && !self.is_captive() && self.table.is_none() {
            self.flush();
            self.blocks.append(&mut self.raised);
        }
    }

    fn is_captive(&self) -> bool {
        !self.captures.is_empty() || self.pre.is_some()
    }

    // ------------------------------------------------------------------------------------------------- frames

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

    fn close_capture(&mut self, target: Target) {
        let mut text = self.captures.pop().unwrap_or_default();
        if let Target::Cell(tag) = target {
            if let Some(grid) = &mut self.table {
                grid.cell(tag, text);
            }
            return;
        }
        if is_blank(&text) {
            return self.lower();
        }
        if let Target::TableCaption = target {
            if let Some(grid) = &mut self.table {
                grid.caption(text);
            }
            return;
        }
        let place = self.frames.iter_mut().rev().find_map(|frame| match (&mut frame.kind, target) {
            (Kind::Figure { caption, .. }, Target::Caption) => Some(caption),
            (Kind::Figure { credit, .. }, Target::Credit) => Some(credit),
            (Kind::Quote { source, .. }, Target::Source) => Some(source),
            _ => None,
        });
        if let Some(place) = place {
            end_line(place);
            place.append(&mut text);
        }
        self.lower();
    }

    /// Say the source of the quote that stands from block `first` on.
    fn attribute(&mut self, first: usize, source: Vec<Span>) {
        if is_blank(&source) {
            return;
        }
        let quoted = |block: &Block| matches!(block, Block::Text(text) if text.style == Style::Blockquote);
        let follows = self.blocks.len() > first && self.blocks.last().is_some_and(quoted);
        let style = if follows { Style::Attribution } else { Style::Normal };
        self.blocks.push(Block::Text(TextBlock { style, children: source, ..TextBlock::default() }));
    }

    fn close_figure(&mut self, first: usize, caption: Vec<Span>, credit: Vec<Span>) {
        let inside = self.blocks.get_mut(first..).unwrap_or_default();
        let at = inside.iter().rposition(|block| matches!(block, Block::Image(_) | Block::Embed(_) | Block::Table(_)));
        let mut left: Vec<Span> = Vec::new();
        match at.map(|at| &mut inside[at]) {
            Some(Block::Image(image)) => (image.caption, image.credit) = (caption, credit),
            Some(Block::Embed(embed)) if embed.title.is_none() && is_blank(&credit) => {
                embed.title = Some(plain(&caption));
                // A title is plain, so links of the caption stand below.
                if caption.iter().any(|span| span.link.is_some()) {
                    (embed.title, left) = (None, caption);
                }
            }
            Some(Block::Table(table)) if is_blank(&table.caption) && is_blank(&credit) => table.caption = caption,
            Some(_) => left = joined(caption, credit),
            None => return self.attribute(first, joined(caption, credit)),
        }
        if !is_blank(&left) {
            self.blocks.push(Block::Text(TextBlock { children: left, ..TextBlock::default() }));
        }
    }

    // ----------------------------------------------------------------------------------------------- elements

    fn address(&mut self, raw: &str, place: &str, rule: fn(&str) -> Result<(), &'static str>) -> Option<String> {
        let repaired = address::repair(raw);
        match rule(&repaired) {
            Ok(()) => Some(repaired.into_owned()),
            Err(_) if repaired.is_empty() => None,
            Err(_) => {
                self.report.add(format!("unsafe or broken address in {place}"), raw);
                None
            }
        }
    }

    fn link(&mut self, element: &Element) -> Option<Link> {
        let href = self.address(element.attr("href")?, "href", address::link)?;
        let title = element.attr("title").map(|title| title.chars().filter(|c| !is_forbidden(*c)).collect());
        Some(Link { href, title })
    }

    fn image(&mut self, element: &Element, frame: &Frame) {
        let side = |name| element.attr(name).and_then(|n| n.trim().trim_end_matches("px").parse().ok());
        let side = |name| side(name).filter(|side| (1..=100_000).contains(side));
        let (width, height) = (side("width"), side("height"));
        let alt: String = element.attr("alt").unwrap_or_default().chars().filter(|c| !is_forbidden(*c)).collect();
        if (width, height) == (Some(1), Some(1)) {
            return self.report.add("tracking pixel", element.attr("src").unwrap_or_default());
        }
        // Pages that load pictures late keep the true address beside a placeholder.
        let source = ["data-src", "data-lazy-src", "data-original", "src"];
        let raw = source
            .iter()
            .filter_map(|name| element.attr(name))
            .find(|raw| address::resource(&address::repair(raw)).is_ok());
        let Some(url) = raw.map(|raw| address::repair(raw).into_owned()) else {
            let raw: String = element.attr("src").unwrap_or_default().chars().take(100).collect();
            return self.report.add("img without a usable address", &format!("{raw} {alt}"));
        };
        let href = frame.link.as_ref().map(|link| link.href.clone());
        self.raise(Block::Image(Image { url, alt, width, height, href, ..Image::default() }));
    }

    fn frame(&mut self, element: &Element) {
        let raw = ["src", "data-src", "data-lazy-src"].iter().filter_map(|name| element.attr(name));
        let Some(mut embed) = raw.clone().find_map(recognise) else {
            return self.report.add("iframe", raw.clone().next().unwrap_or_default());
        };
        embed.title = element.attr("title").map(|title| title.chars().filter(|c| !is_forbidden(*c)).collect());
        self.raise(Block::Embed(embed));
    }

    fn media(&mut self, node: NodeRef<'_, Node>, element: &Element, name: &str) {
        let sources = node.descendants().filter_map(|node| node.value().as_element()?.attr("src"));
        let mut raw = element.attr("src").into_iter().chain(sources).map(address::repair);
        match raw.find(|raw| address::absolute(raw).is_ok()) {
            Some(url) => {
                let title = element.attr("title").or(element.attr("aria-label")).map(str::to_owned);
                self.raise(Block::Embed(Embed { provider: name.to_owned(), url: url.into_owned(), title }));
            }
            None => self.report.add(name, &words(node, 300)),
        }
    }

    /// Whether a `cite` says the source of a quote or the credit of a picture; elsewhere it is the title of a work.
    fn cite(&self, node: NodeRef<'_, Node>) -> Option<Target> {
        match self.target() {
            Some(Target::Caption) => return Some(Target::Credit),
            Some(_) => return None,
            None if !self.in_quote() => return None,
            None => {}
        }
        // The source stands last, alone or at the end of a paragraph.
        let last = |node: NodeRef<'_, Node>| {
            node.next_siblings().all(|next| match next.value() {
                Node::Text(text) => text.trim().is_empty(),
                Node::Element(element) => matches!(element.name(), "br" | "footer"),
                _ => true,
            })
        };
        let parent = node.parent()?;
        let name = parent.value().as_element()?.name();
        (last(node) && (name == "blockquote" || matches!(name, "p" | "div") && last(parent))).then_some(Target::Source)
    }
}

fn end_line(children: &mut Vec<Span>) {
    match children.last_mut() {
        Some(last) if last.text.trim_end_matches(' ').ends_with('\n') => {}
        Some(last) => last.text.push('\n'),
        None => {}
    }
}

fn joined(mut caption: Vec<Span>, credit: Vec<Span>) -> Vec<Span> {
    end_line(&mut caption);
    caption.extend(credit);
    caption
}

/// The marks that an element stands for.
fn decorator(name: &str) -> Marks {
    match name {
        "strong" | "b" => Marks::STRONG,
        "em" | "i" | "dfn" | "var" => Marks::EM,
        "u" | "ins" => Marks::UNDERLINE,
        "s" | "del" | "strike" => Marks::STRIKE,
        "sub" => Marks::SUB,
        "sup" => Marks::SUP,
        "code" | "kbd" | "samp" | "tt" => Marks::CODE,
        _ => Marks::NONE,
    }
}

/// Elements that are no content, with all that is in them.
fn is_foreign(name: &str) -> bool {
    matches!(
        name,
        "script"
            | "style"
            | "template"
            | "svg"
            | "math"
            | "object"
            | "embed"
            | "applet"
            | "canvas"
            | "map"
            | "frameset"
            | "frame"
            | "noframes"
            | "noembed"
            | "head"
            | "title"
            | "meta"
            | "link"
            | "base"
            | "bgsound"
            | "input"
            | "button"
            | "select"
            | "textarea"
            | "datalist"
            | "option"
            | "optgroup"
            | "meter"
            | "progress"
            | "portal"
    )
}

/// Elements that make a block of the text in them.
fn is_block(name: &str) -> bool {
    matches!(
        name,
        "p" | "div"
            | "section"
            | "article"
            | "main"
            | "aside"
            | "header"
            | "footer"
            | "nav"
            | "address"
            | "center"
            | "details"
            | "summary"
            | "dialog"
            | "dl"
            | "dt"
            | "dd"
            | "fieldset"
            | "legend"
            | "figure"
            | "figcaption"
            | "hgroup"
            | "search"
            | "blockquote"
            | "ul"
            | "ol"
            | "menu"
            | "dir"
            | "li"
            | "table"
            | "caption"
            | "tr"
            | "td"
            | "th"
            | "hr"
            | "pre"
            | "listing"
            | "xmp"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "marquee"
    )
}

fn is_hidden(element: &Element) -> bool {
    element.attr("hidden").is_some()
        || element.attr("style").is_some_and(|style| {
            let plain: String = style.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_ascii_lowercase();
            plain.contains("display:none") || plain.contains("visibility:hidden")
        })
}

fn has_class(element: &Element, class: &str) -> bool {
    element.classes().any(|one| one.eq_ignore_ascii_case(class))
}

/// The text in an element, in one line, to about `limit` bytes; for reports and titles.
fn words(node: NodeRef<'_, Node>, limit: usize) -> String {
    let mut out = String::new();
    for text in node.descendants().filter_map(|node| node.value().as_text()) {
        for word in text.split_ascii_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.extend(word.chars().filter(|c| !is_forbidden(*c)));
        }
        if out.len() > limit {
            break;
        }
    }
    out
}

/// A table with one cell that holds blocks is a frame around them, not a table.
fn is_layout(node: NodeRef<'_, Node>) -> bool {
    let mut cells = 0;
    let mut blocks = false;
    for name in node.descendants().skip(1).filter_map(|node| node.value().as_element().map(Element::name)) {
        cells += usize::from(matches!(name, "td" | "th"));
        if cells > 1 || name == "caption" {
            return false;
        }
        blocks |= cells == 1 && is_block(name) && !matches!(name, "td" | "th" | "tr");
    }
    blocks
}

/// First number and step of a list.
fn counting(node: NodeRef<'_, Node>, element: &Element) -> (i64, i64) {
    let start = element.attr("start").and_then(|start| start.trim().parse::<i64>().ok());
    if element.attr("reversed").is_none() {
        return (start.unwrap_or(1), 1);
    }
    let items =
        node.children().filter(|child| child.value().as_element().is_some_and(|element| element.name() == "li"));
    (start.unwrap_or_else(|| items.count() as i64), -1)
}

/// The language of program text, from a class as highlighters write it.
fn language(node: NodeRef<'_, Node>, element: &Element) -> Option<String> {
    let inner = node.children().filter_map(|child| child.value().as_element()).find(|child| child.name() == "code");
    let classes = inner.into_iter().chain([element]).flat_map(|element| element.classes());
    let name = classes.filter_map(|class| class.strip_prefix("language-").or(class.strip_prefix("lang-"))).next()?;
    let fits = |c: char| c.is_ascii_alphanumeric() || "-+#._".contains(c);
    ((1..=40).contains(&name.len()) && name.chars().all(fits)).then(|| name.to_owned())
}

/// What embedding scripts would turn into something of a provider's: our own `figure.embed`, and the usual quotes.
fn known_embed(node: NodeRef<'_, Node>, element: &Element) -> Option<Embed> {
    let links =
        || node.descendants().filter_map(|node| node.value().as_element().filter(|e| e.name() == "a")?.attr("href"));
    let quoted =
        ["twitter-tweet", "twitter-video", "instagram-media", "tiktok-embed", "fb-post", "fb-video", "bluesky-embed"];
    if quoted.iter().any(|class| has_class(element, class)) {
        let attributes =
            ["data-instgrm-permalink", "data-href", "cite"].into_iter().filter_map(|name| element.attr(name));
        let mut found: Vec<Embed> = attributes.filter_map(recognise).collect();
        // The post's own link is the last; those before it are in its text.
        found.extend(links().filter_map(recognise).last());
        let mut embed = found.into_iter().next()?;
        embed.title = Some(words(node, 2_000));
        return Some(embed);
    }
    if element.name() != "figure" || !has_class(element, "embed") {
        return None;
    }
    let mut inside = node.descendants().skip(1).filter_map(|node| node.value().as_element());
    let link = inside.next().filter(|link| link.name() == "a" && inside.next().is_none())?;
    let url = address::repair(link.attr("href")?).into_owned();
    address::absolute(&url).ok()?;
    let said = words(node, usize::MAX);
    let title = Some(said).filter(|title| *title != url);
    let provider = element.attr("data-provider").map(str::to_owned).filter(|provider| {
        let fits = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=40).contains(&provider.len()) && provider.bytes().all(fits)
    });
    let provider = provider.or_else(|| recognise(&url).map(|embed| embed.provider))?;
    Some(Embed { provider, url, title })
}
