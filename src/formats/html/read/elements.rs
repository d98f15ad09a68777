//! What each element is.

use super::names::*;
use super::{Frame, Kind, Reader, Target};
use crate::formats::html::embed::recognise;
use crate::formats::html::table::{CellTag, Grid};
use crate::model::body::*;
use ego_tree::NodeRef;
use scraper::Node;
use scraper::node::Element;
use std::rc::Rc;

impl Reader {
    /// Begin an element; `None` leaves it out with all that is in it.
    pub(super) fn open(&mut self, node: NodeRef<'_, Node>, element: &Element) -> Option<Frame> {
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
            "noscript" if self.is_shown_beside(node) => {}
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
    pub(super) fn open_captive(&mut self, mut frame: Frame, name: &str) -> Frame {
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
    pub(super) fn open_block(
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
                self.table = Some(Grid::after(self.spanned));
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

    pub(super) fn close(&mut self) {
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
                    self.spanned = grid.spanned();
                    match grid.finish() {
                        Some(table) => self.raise(Block::Table(table)),
                        None => self.report.add_times("block over the limits of a body", 1),
                    }
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

    pub(super) fn address(
        &mut self,
        raw: &str,
        place: &str,
        rule: fn(&str) -> Result<(), &'static str>,
    ) -> Option<String> {
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

    pub(super) fn link(&mut self, element: &Element) -> Option<Link> {
        let href = self.address(element.attr("href")?, "href", address::link)?;
        let title = element.attr("title").map(|title| title.chars().filter(|c| !is_forbidden(*c)).collect());
        Some(Link { href, title })
    }

    pub(super) fn image(&mut self, element: &Element, frame: &Frame) {
        let side = |name| element.attr(name).and_then(|n| n.trim().trim_end_matches("px").parse().ok());
        let side = |name| side(name).filter(|side| (1..=100_000).contains(side));
        let (width, height) = (side("width"), side("height"));
        let alt: String = element.attr("alt").unwrap_or_default().chars().filter(|c| !is_forbidden(*c)).collect();
        if (width, height) == (Some(1), Some(1)) {
            return self.report.add("tracking pixel", element.attr("src").unwrap_or_default());
        }
        let Some(url) = picture(element) else {
            let raw: String = element.attr("src").unwrap_or_default().chars().take(100).collect();
            return self.report.add("img without a usable address", &format!("{raw} {alt}"));
        };
        let href = frame.link.as_ref().map(|link| link.href.clone());
        self.raise(Block::Image(Image { url, alt, width, height, href, ..Image::default() }));
    }

    /// Whether a `noscript` has nothing but the picture that stands before or after it: pages that load pictures late
    /// have each a second time, for browsers without scripts.
    fn is_shown_beside(&self, noscript: NodeRef<'_, Node>) -> bool {
        // The picture and what wraps it are few, and those that stand in each other are looked through each.
        if noscript.descendants().nth(16).is_some() {
            return false;
        }
        let mut inside =
            noscript.descendants().filter_map(|node| node.value().as_element()).filter(|e| e.name() == "img");
        let (Some(only), None) = (inside.next().and_then(picture), inside.next()) else { return false };
        if !words(noscript, 1).is_empty() {
            return false;
        }
        let before = match self.is_captive() || self.table.is_some() {
            true => self.raised.last(),
            false => self.blocks.last().filter(|_| is_blank(&self.inline)),
        };
        if matches!(before, Some(Block::Image(image)) if image.url == only) {
            return true;
        }
        let is_space = |node: &NodeRef<'_, Node>| node.value().as_text().is_some_and(|text| text.trim().is_empty());
        let next = noscript.next_siblings().find(|node| !is_space(node));
        let next = next.and_then(|next| next.value().as_element()).filter(|next| next.name() == "img");
        next.and_then(picture).is_some_and(|next| next == only)
    }

    pub(super) fn frame(&mut self, element: &Element) {
        let raw = ["src", "data-src", "data-lazy-src"].iter().filter_map(|name| element.attr(name));
        let Some(mut embed) = raw.clone().find_map(recognise) else {
            return self.report.add("iframe", raw.clone().next().unwrap_or_default());
        };
        embed.title = element.attr("title").map(|title| title.chars().filter(|c| !is_forbidden(*c)).collect());
        self.raise(Block::Embed(embed));
    }

    pub(super) fn media(&mut self, node: NodeRef<'_, Node>, element: &Element, name: &str) {
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
    pub(super) fn cite(&self, node: NodeRef<'_, Node>) -> Option<Target> {
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
