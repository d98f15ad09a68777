//! A body as HTML.

use crate::formats::inline::{Mark, Step, walk};
use crate::model::body::{
    Block, Body, Embed, Image, ListItem, ListKind, Marks, Numbering, Span, Style, Table, TextBlock,
};
use std::fmt::Write;

/// The body as semantic HTML5: no style, no script, no frame of others, everything escaped. One block a line.
///
/// Embeds are links in `figure.embed`, for a page's own script to enhance (`data-provider` says whose). Notices are
/// `p.label`, `aside.disclaimer` and `aside.correction` with role `note`.
pub fn render(body: &Body) -> String {
    render_blocks(body.blocks())
}

/// One block by itself; for formats that carry HTML inside.
pub(in crate::formats) fn render_block(block: &Block) -> String {
    render_blocks(std::slice::from_ref(block))
}

/// Spans by themselves; for formats that carry HTML inside.
pub(in crate::formats) fn render_inline(children: &[Span]) -> String {
    let mut out = String::new();
    spans(&mut out, children);
    out
}

/// Text escaped for HTML and XML, as content and in double-quoted attributes.
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    push(&mut out, text);
    out
}

fn render_blocks(blocks: &[Block]) -> String {
    let mut out = String::with_capacity(blocks.len() * 160);
    let mut page = Page { out: &mut out, quote: None, lists: Vec::new(), numbering: Numbering::default() };
    for block in blocks {
        page.block(block);
    }
    page.close_quote();
    out
}

struct Page<'a, 'o> {
    out: &'o mut String,
    /// The open quote, with its source.
    quote: Option<Option<&'a str>>,
    /// The open lists, each with an open item.
    lists: Vec<ListKind>,
    numbering: Numbering<'a>,
}

impl<'a> Page<'a, '_> {
    fn block(&mut self, block: &'a Block) {
        let implied = self.numbering.implied(block);
        if let Block::Text(text) = block {
            return self.text(text, implied);
        }
        self.close_quote();
        match block {
            Block::Text(_) => {}
            Block::Image(one) => image(self.out, one),
            Block::Embed(one) => embed(self.out, one),
            Block::Table(one) => table(self.out, one),
            Block::Code(code) => {
                self.out.push_str("<pre><code");
                if let Some(language) = &code.language {
                    attribute(self.out, "class", &format!("language-{language}"));
                }
                self.out.push('>');
                push(self.out, &code.code);
                self.out.push_str("</code></pre>");
            }
            Block::Divider => self.out.push_str("<hr>"),
        }
        self.out.push('\n');
    }

    fn text(&mut self, text: &'a TextBlock, implied: Option<u32>) {
        let quoted = (text.style == Style::Blockquote).then_some(text.cite.as_deref());
        if text.style == Style::Attribution && self.quote.is_some() {
            self.close_lists();
            self.element("footer", "", &text.children);
            return self.close_quote();
        }
        if self.quote != quoted {
            self.close_quote();
        }
        if self.quote.is_none()
            && let Some(cite) = quoted
        {
            self.close_lists();
            self.out.push_str("<blockquote");
            if let Some(cite) = cite {
                attribute(self.out, "cite", cite);
            }
            self.out.push_str(">\n");
            self.quote = quoted;
        }
        if let Some(item) = text.list {
            return self.item(item, implied, &text.children);
        }
        self.close_lists();
        match text.style {
            Style::Normal | Style::Blockquote => self.element("p", "", &text.children),
            Style::Attribution => self.element("p", r#" class="attribution""#, &text.children),
            Style::Label => self.element("p", r#" class="label""#, &text.children),
            Style::Disclaimer => self.element("aside", r#" class="disclaimer" role="note""#, &text.children),
            Style::Correction => {
                self.out.push_str(r#"<aside class="correction" role="note">"#);
                if let Some(instant) = &text.published_at {
                    self.out.push_str("<time");
                    attribute(self.out, "datetime", instant);
                    self.out.push('>');
                    // The day for people; the instant is in the attribute.
                    push(self.out, instant.split_once('T').map_or(instant.as_str(), |(day, _)| day));
                    self.out.push_str("</time> ");
                }
                spans(self.out, &text.children);
                self.out.push_str("</aside>\n");
            }
            heading => self.element(heading.name(), "", &text.children),
        }
    }

    fn element(&mut self, name: &str, attributes: &str, children: &[Span]) {
        let _ = write!(self.out, "<{name}{attributes}>");
        spans(self.out, children);
        let _ = writeln!(self.out, "</{name}>");
    }

    fn item(&mut self, item: ListItem, implied: Option<u32>, children: &[Span]) {
        let level = usize::from(item.level);
        while self.lists.len() > level {
            self.close_list();
        }
        if self.lists.len() == level && self.lists.last() != Some(&item.kind) {
            self.close_list();
        }
        let number = item.start.filter(|start| Some(*start) != implied);
        if self.lists.len() == level {
            self.out.push_str("</li>\n<li");
            if let Some(number) = number {
                attribute(self.out, "value", &number.to_string());
            }
            self.out.push('>');
        }
        while self.lists.len() < level {
            self.lists.push(item.kind);
            self.out.push_str(if item.kind == ListKind::Number { "<ol" } else { "<ul" });
            if let Some(number) = number.filter(|_| self.lists.len() == level) {
                attribute(self.out, "start", &number.to_string());
            }
            self.out.push_str("><li>");
        }
        spans(self.out, children);
    }

    fn close_list(&mut self) {
        if let Some(kind) = self.lists.pop() {
            self.out.push_str(if kind == ListKind::Number { "</li></ol>" } else { "</li></ul>" });
        }
    }

    fn close_lists(&mut self) {
        if !self.lists.is_empty() {
            while !self.lists.is_empty() {
                self.close_list();
            }
            self.out.push('\n');
        }
    }

    fn close_quote(&mut self) {
        self.close_lists();
        if self.quote.take().is_some() {
            self.out.push_str("</blockquote>\n");
        }
    }
}

fn image(out: &mut String, image: &Image) {
    out.push_str("<figure>");
    if let Some(href) = &image.href {
        out.push_str("<a");
        attribute(out, "href", href);
        out.push('>');
    }
    out.push_str("<img");
    attribute(out, "src", &image.url);
    attribute(out, "alt", &image.alt);
    for (name, side) in [("width", image.width), ("height", image.height)] {
        if let Some(side) = side {
            attribute(out, name, &side.to_string());
        }
    }
    out.push('>');
    if image.href.is_some() {
        out.push_str("</a>");
    }
    if !image.caption.is_empty() || !image.credit.is_empty() {
        out.push_str("<figcaption>");
        spans(out, &image.caption);
        if !image.credit.is_empty() {
            out.push_str(if image.caption.is_empty() { "" } else { " " });
            out.push_str(r#"<small class="credit">"#);
            spans(out, &image.credit);
            out.push_str("</small>");
        }
        out.push_str("</figcaption>");
    }
    out.push_str("</figure>");
}

fn embed(out: &mut String, embed: &Embed) {
    out.push_str(r#"<figure class="embed""#);
    attribute(out, "data-provider", &embed.provider);
    out.push_str("><a");
    attribute(out, "href", &embed.url);
    out.push('>');
    push(out, embed.title.as_deref().unwrap_or(&embed.url));
    out.push_str("</a></figure>");
}

fn table(out: &mut String, table: &Table) {
    out.push_str("<table>");
    if !table.caption.is_empty() {
        out.push_str("<caption>");
        spans(out, &table.caption);
        out.push_str("</caption>");
    }
    let head = table.rows.iter().take_while(|row| row.header).count();
    for (part, rows) in [("thead", &table.rows[..head]), ("tbody", &table.rows[head..])] {
        if rows.is_empty() {
            continue;
        }
        let _ = write!(out, "\n<{part}>");
        for row in rows {
            out.push_str("\n<tr>");
            for cell in &row.cells {
                let (tag, scope) = match (row.header, cell.header) {
                    (true, _) => ("th", r#" scope="col""#),
                    (false, true) => ("th", r#" scope="row""#),
                    (false, false) => ("td", ""),
                };
                let _ = write!(out, "<{tag}{scope}>");
                spans(out, &cell.children);
                let _ = write!(out, "</{tag}>");
            }
            out.push_str("</tr>");
        }
        let _ = write!(out, "\n</{part}>");
    }
    out.push_str("\n</table>");
}

fn spans(out: &mut String, children: &[Span]) {
    walk(children, |step| match step {
        Step::Open { mark: Mark::Link(link), .. } => {
            out.push_str("<a");
            attribute(out, "href", &link.href);
            if let Some(title) = &link.title {
                attribute(out, "title", title);
            }
            out.push('>');
        }
        Step::Close(Mark::Link(_)) => out.push_str("</a>"),
        Step::Open { mark: Mark::Decorator(mark), .. } => {
            let _ = write!(out, "<{}>", tag(mark));
        }
        Step::Close(Mark::Decorator(mark)) => {
            let _ = write!(out, "</{}>", tag(mark));
        }
        Step::Text { span } => {
            for (i, line) in span.text.split('\n').enumerate() {
                if i > 0 {
                    out.push_str("<br>");
                }
                push(out, line);
            }
        }
    });
}

/// The element of one decorator.
fn tag(mark: Marks) -> &'static str {
    match mark {
        Marks::STRONG => "strong",
        Marks::EM => "em",
        Marks::UNDERLINE => "u",
        Marks::STRIKE => "s",
        Marks::SUB => "sub",
        Marks::SUP => "sup",
        _ => "code",
    }
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    push(out, value);
    out.push('"');
}

/// Quotation marks need no escape in content, but `escape` serves both places and a few bytes are cheap in attributes.
fn push(out: &mut String, text: &str) {
    let mut from = 0;
    for (i, byte) in text.bytes().enumerate() {
        let entity = match byte {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => continue,
        };
        out.push_str(&text[from..i]);
        out.push_str(entity);
        from = i + 1;
    }
    out.push_str(&text[from..]);
}
