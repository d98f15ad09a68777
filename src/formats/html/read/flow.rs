//! Text becomes blocks.

use super::{Frame, Kind, Reader, Target};
use crate::model::body::*;
use std::mem::take;

impl Reader {
    pub(super) fn text(&mut self, text: &str) {
        if forbidden(text).is_some() {
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

    pub(super) fn push(&mut self, text: &str, frame: Frame) {
        let kept: String;
        let text = if forbidden(text).is_some() {
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
    pub(super) fn boundary(&mut self) {
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
    pub(super) fn context(&self) -> Option<(usize, &Kind)> {
        let decides = |kind: &Kind| matches!(kind, Kind::Heading(_) | Kind::Item { .. } | Kind::Quote { .. });
        self.frames.iter().enumerate().rev().map(|(i, frame)| (i, &frame.kind)).find(|(_, kind)| decides(kind))
    }

    /// Make a block of the text that has been read.
    pub(super) fn flush(&mut self) {
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

    pub(super) fn item(&self, at: usize, number: i64) -> ListItem {
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
    pub(super) fn count(&mut self, value: Option<i64>) -> i64 {
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
    pub(super) fn raise(&mut self, block: Block) {
        if self.is_captive() || self.table.is_some() {
            self.raised.push(block);
        } else {
            self.flush();
            self.blocks.push(block);
        }
    }

    /// Put raised blocks into the flow where that is possible again.
    pub(super) fn lower(&mut self) {
        if !self.raised.is_empty() && !self.is_captive() && self.table.is_none() {
            self.flush();
            self.blocks.append(&mut self.raised);
        }
    }

    pub(super) fn is_captive(&self) -> bool {
        !self.captures.is_empty() || self.pre.is_some()
    }

    pub(super) fn close_capture(&mut self, target: Target) {
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
    pub(super) fn attribute(&mut self, first: usize, source: Vec<Span>) {
        if is_blank(&source) {
            return;
        }
        let quoted = |block: &Block| matches!(block, Block::Text(text) if text.style == Style::Blockquote);
        let follows = self.blocks.len() > first && self.blocks.last().is_some_and(quoted);
        let style = if follows { Style::Attribution } else { Style::Normal };
        self.blocks.push(Block::Text(TextBlock { style, children: source, ..TextBlock::default() }));
    }

    pub(super) fn close_figure(&mut self, first: usize, caption: Vec<Span>, credit: Vec<Span>) {
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
}

fn end_line(children: &mut [Span]) {
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
