//! A body as Markdown.

use super::inline::{Place, destination, escaped, longest_run, spans};
use crate::formats::html::{render_block, render_inline};
use crate::model::body::{Block, Body, Image, ListItem, ListKind, Marks, Numbering, Style, Table, TextBlock};

/// The body as CommonMark with tables and strikethrough; what they cannot say is HTML. Reading it gives the same body.
/// Notices come out as strong and emphasised paragraphs.
pub fn render(body: &Body) -> String {
    let mut page = Page::default();
    for block in body.blocks() {
        page.block(block);
    }
    page.leave_quote();
    if !page.out.is_empty() {
        page.out.push('\n');
    }
    page.out
}

/// What was written last, which decides what must stand between.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
enum Last {
    #[default]
    Nothing,
    Item,
    Other,
}

#[derive(Default)]
struct Page<'a> {
    out: String,
    last: Last,
    /// The open quote with its source. With one it is an HTML element, without it has `>` before its lines.
    quote: Option<Option<&'a str>>,
    /// Whether nothing of the open quote has been written.
    fresh: bool,
    /// The lists that the item belongs to, with the number of their last item.
    lists: Vec<(ListKind, u32)>,
    /// The width of the marker of each list that is open in the text.
    widths: Vec<usize>,
    numbering: Numbering<'a>,
}

impl<'a> Page<'a> {
    fn block(&mut self, block: &'a Block) {
        let number = self.numbering.number(block);
        let Block::Text(text) = block else {
            self.leave_quote();
            self.leave_lists();
            let chunk = match block {
                Block::Image(image) if is_plain(image) => picture(image),
                Block::Table(table) if is_pipe_table(table) => pipe_table(table),
                Block::Code(code) => {
                    let fence = "`".repeat(longest_run(&code.code, '`').max(2) + 1);
                    format!("{fence}{}\n{}\n{fence}", code.language.as_deref().unwrap_or_default(), code.code)
                }
                Block::Divider => "---".to_owned(),
                _ => in_html_block(&render_block(block)),
            };
            return self.chunk(&chunk);
        };
        self.text(text, number);
    }

    fn text(&mut self, text: &'a TextBlock, number: Option<u32>) {
        if text.style == Style::Attribution {
            self.leave_lists();
            match self.quote {
                Some(Some(_)) => {
                    self.chunk(&in_html_block(&format!("<footer>{}</footer>", render_inline(&text.children))))
                }
                _ => self.chunk(&format!("— {}", spans(&text.children, Place::Paragraph))),
            }
            return self.leave_quote();
        }
        let quote = (text.style == Style::Blockquote).then_some(text.cite.as_deref());
        if self.quote != quote {
            self.leave_quote();
            self.leave_lists();
            if let Some(Some(_)) = quote {
                let empty = TextBlock { children: Vec::new(), list: None, ..text.clone() };
                let html = render_block(&Block::Text(empty));
                self.chunk(&in_html_block(html.lines().next().unwrap_or_default()));
            }
            self.quote = quote;
            self.fresh = true;
        }
        let place = if quote.is_some() { Place::Quote } else { Place::Paragraph };
        if let Some(item) = text.list {
            return self.item(item, number.unwrap_or(0), &spans(&text.children, place));
        }
        self.leave_lists();
        let chunk = match text.style {
            Style::Label => format!("**{}**", spans(&text.children, Place::Paragraph)),
            Style::Disclaimer => format!("_{}_", spans(&text.children, Place::Paragraph)),
            Style::Correction => {
                let day = text.published_at.as_deref().unwrap_or_default();
                let day = escaped(day.split_once('T').map_or(day, |(day, _)| day));
                format!("_{day}: {}_", spans(&text.children, Place::Paragraph))
            }
            Style::H2 | Style::H3 | Style::H4 | Style::H5 | Style::H6 => {
                let order = Style::ALL.iter().position(|(style, _)| *style == text.style).unwrap_or(1) + 1;
                format!("{} {}", "#".repeat(order), spans(&text.children, Place::Heading))
            }
            _ => spans(&text.children, place),
        };
        self.chunk(&chunk);
    }

    fn item(&mut self, item: ListItem, number: u32, text: &str) {
        let level = usize::from(item.level);
        self.lists.truncate(level);
        let turns = self.lists.len() == level && self.lists[level - 1].0 != item.kind;
        if turns {
            self.lists.pop();
        }
        let goes_on = self.lists.len() == level;
        let follows = goes_on && (item.kind == ListKind::Bullet || number == self.lists[level - 1].1.saturating_add(1));
        if goes_on && !follows {
            // Markdown has no way to change the number within a list; a comment parts two lists.
            self.widths.clear();
            self.chunk("<!-- -->");
        }
        self.widths.truncate(self.lists.len().min(level - 1));
        self.lists.resize(level, (item.kind, 1));
        self.lists[level - 1].1 = number;
        // A number other than 1 cannot begin a list right below text.
        let begins_late = !follows && item.kind == ListKind::Number && number != 1;
        let tight = self.last == Last::Item && !begins_late && !turns;
        let mut chunk = String::new();
        while self.widths.len() < level {
            let at = self.widths.len();
            let marker = match self.lists[at] {
                (ListKind::Bullet, _) => "- ".to_owned(),
                (ListKind::Number, number) => format!("{number}. "),
            };
            if chunk.is_empty() {
                chunk.push_str(&" ".repeat(self.widths.iter().sum()));
            }
            chunk.push_str(&marker);
            self.widths.push(marker.len());
        }
        let indent = " ".repeat(self.widths.iter().sum());
        chunk.push_str(&text.replace('\n', &format!("\n{indent}")));
        if tight {
            self.lines(&chunk);
        } else {
            self.chunk(&chunk);
        }
        self.last = Last::Item;
    }

    fn leave_lists(&mut self) {
        self.lists.clear();
        self.widths.clear();
    }

    fn leave_quote(&mut self) {
        match self.quote {
            Some(Some(_)) => {
                self.leave_lists();
                self.chunk("</blockquote>");
            }
            Some(None) => self.leave_lists(),
            None => {}
        }
        self.quote = None;
    }

    /// A block of lines after an empty line.
    fn chunk(&mut self, chunk: &str) {
        if self.last != Last::Nothing {
            // The empty line belongs to a quote only between blocks of it.
            self.out.push_str(if self.quoted() && !self.fresh { "\n>" } else { "\n" });
        }
        self.lines(chunk);
        self.last = Last::Other;
    }

    fn lines(&mut self, chunk: &str) {
        for line in chunk.split('\n') {
            if !self.out.is_empty() {
                self.out.push('\n');
            }
            if self.quoted() {
                self.out.push_str(if line.is_empty() { ">" } else { "> " });
            }
            self.out.push_str(line);
        }
        self.fresh = false;
    }

    fn quoted(&self) -> bool {
        self.quote == Some(None)
    }
}

fn is_plain(image: &Image) -> bool {
    image.caption.is_empty() && image.credit.is_empty() && image.width.is_none() && image.height.is_none()
}

fn picture(image: &Image) -> String {
    let mut out = format!("![{}](", escaped(&image.alt));
    destination(&mut out, &image.url);
    out.push(')');
    if let Some(href) = &image.href {
        out.insert(0, '[');
        out.push_str("](");
        destination(&mut out, href);
        out.push(')');
    }
    out
}

/// Whether a table with pipes can say it: one header row at the top and nothing else of note.
fn is_pipe_table(table: &Table) -> bool {
    let mut cells = table.rows.iter().flat_map(|row| &row.cells);
    table.caption.is_empty()
        && table.rows.iter().enumerate().all(|(i, row)| row.header == (i == 0))
        && cells.all(|cell| {
            !cell.header
                && cell.children.iter().all(|span| !span.text.contains(['|', '\\']) && !span.marks.has(Marks::CODE))
        })
}

fn pipe_table(table: &Table) -> String {
    let mut lines = Vec::with_capacity(table.rows.len() + 1);
    for (i, row) in table.rows.iter().enumerate() {
        let cells: Vec<String> = row.cells.iter().map(|cell| spans(&cell.children, Place::Cell)).collect();
        lines.push(format!("| {} |", cells.join(" | ")));
        if i == 0 {
            lines.push(format!("|{}", " --- |".repeat(row.cells.len())));
        }
    }
    lines.join("\n")
}

/// HTML as a block of its own: nothing in it is read as Markdown, but template codes would be.
fn in_html_block(html: &str) -> String {
    html.trim_end().replace('{', "&#123;")
}
