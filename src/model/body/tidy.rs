//! The canonical form: equal content has equal blocks.

use super::*;
use std::mem::take;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};

/// Bring checked blocks into canonical form.
pub(super) fn blocks(blocks: Vec<Block>) -> Vec<Block> {
    let mut out: Vec<Block> = Vec::with_capacity(blocks.len());
    for mut block in blocks {
        match &mut block {
            Block::Text(text) => {
                text.children = spans(take(&mut text.children));
                text.published_at = None;
                if text.style == Style::Attribution {
                    undash(&mut text.children);
                    if !matches!(out.last(), Some(Block::Text(above)) if above.style == Style::Blockquote) {
                        text.style = Style::Normal;
                    }
                }
                if is_blank(&text.children) {
                    continue;
                }
            }
            Block::Image(image) => {
                image.alt = line(&image.alt);
                image.caption = spans_or_none(take(&mut image.caption));
                image.credit = spans_or_none(take(&mut image.credit));
            }
            Block::Embed(embed) => {
                embed.title = embed.title.take().and_then(title);
            }
            Block::Table(table) => {
                table.caption = spans_or_none(take(&mut table.caption));
                let columns = table.rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
                for cell in table.rows.iter_mut().flat_map(|row| &mut row.cells) {
                    cell.children = spans_or_none(take(&mut cell.children));
                }
                // Rows without text are what is left of pictures set in tables, or stand for a header that is not there.
                table.rows.retain(|row| row.cells.iter().any(|cell| !cell.children.is_empty()));
                for row in &mut table.rows {
                    row.cells.resize_with(columns, Cell::default);
                    // A row whose cells are all headers is a header row, and says so once.
                    row.header |= row.cells.iter().all(|cell| cell.header);
                    if row.header {
                        row.cells.iter_mut().for_each(|cell| cell.header = false);
                    }
                }
                if table.rows.is_empty() {
                    if table.caption.is_empty() {
                        continue;
                    }
                    let children = take(&mut table.caption);
                    block = Block::Text(TextBlock { children, ..TextBlock::default() });
                }
            }
            Block::Code(code) => {
                if code.code.contains('\r') {
                    code.code = code.code.replace("\r\n", "\n").replace('\r', "\n");
                }
                compose(&mut code.code);
                let end = code.code.trim_end_matches('\n').len();
                code.code.truncate(end);
                if code.code.trim().is_empty() {
                    continue;
                }
            }
            Block::Divider => {}
        }
        out.push(block);
    }
    numbers(&mut out);
    out
}

/// Take away the numbers that follow from the items before.
fn numbers(blocks: &mut [Block]) {
    if !blocks.iter().any(|b| matches!(b, Block::Text(text) if text.list.is_some_and(|item| item.start.is_some()))) {
        return;
    }
    let mut numbering = Numbering::default();
    let implied: Vec<Option<u32>> = blocks.iter().map(|block| numbering.implied(block)).collect();
    for (block, implied) in blocks.iter_mut().zip(implied) {
        if let Block::Text(TextBlock { list: Some(item), .. }) = block
            && (item.start == implied || item.kind == ListKind::Bullet)
        {
            item.start = None;
        }
    }
}

/// Spans in canonical form. White space between two words bears the marks that both have, so no mark begins or ends
/// with white space.
pub(super) fn spans(children: Vec<Span>) -> Vec<Span> {
    let mut out: Vec<Span> = Vec::with_capacity(children.len());
    let mut gap = false;
    let mut breaks = 0usize;
    for mut span in children {
        if let Some(link) = &mut span.link {
            link.title = link.title.take().and_then(title);
        }
        let mut rest = span.text.as_str();
        while !rest.is_empty() {
            let word = regular(rest);
            if word > 0 {
                if gap && !out.is_empty() {
                    let between = if breaks == 0 { " " } else { &"\n\n"[..breaks.min(2)] };
                    let (marks, link) = match out.last() {
                        Some(last) if last.link == span.link => (last.marks.both(span.marks), span.link.clone()),
                        Some(last) => (last.marks.both(span.marks), None),
                        None => (Marks::NONE, None),
                    };
                    append(&mut out, between, marks, &link);
                }
                (gap, breaks) = (false, 0);
                append(&mut out, &rest[..word], span.marks, &span.link);
                rest = &rest[word..];
            }
            let space = rest.find(|c| !is_space(c)).unwrap_or(rest.len());
            if space > 0 {
                gap = true;
                breaks += rest[..space].bytes().filter(|b| *b == b'\n').count();
                rest = &rest[space..];
            }
        }
    }
    out.iter_mut().for_each(|span| compose(&mut span.text));
    out
}

/// The length of the text before the first white space that may not stay as it is: all but single blanks between words.
fn regular(text: &str) -> usize {
    let bytes = text.as_bytes();
    let space = |b: u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    let single = |i: usize| bytes[i] == b' ' && i > 0 && bytes.get(i + 1).is_some_and(|next| !space(*next));
    (0..bytes.len()).find(|i| space(bytes[*i]) && !single(*i)).unwrap_or(bytes.len())
}

fn append(out: &mut Vec<Span>, text: &str, marks: Marks, link: &Option<Link>) {
    match out.last_mut() {
        Some(last) if last.marks == marks && last.link == *link => last.text.push_str(text),
        _ => out.push(Span { text: text.to_owned(), marks, link: link.clone() }),
    }
}

fn spans_or_none(children: Vec<Span>) -> Vec<Span> {
    let children = spans(children);
    if is_blank(&children) { Vec::new() } else { children }
}

/// What HTML collapses. A no-break space is text.
fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r')
}

/// Whether there is nothing to be seen in the spans: only white space and characters without width.
pub fn is_blank(children: &[Span]) -> bool {
    children.iter().all(|span| span.text.chars().all(|c| c.is_whitespace() || matches!(c, '\u{200B}' | '\u{FEFF}')))
}

/// One line of text with single spaces.
fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split(is_space).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    compose(&mut out);
    out
}

/// A title that says something, in one line.
fn title(text: String) -> Option<String> {
    Some(line(&text)).filter(|text| !text.trim().is_empty())
}

/// Unicode normalisation form C.
fn compose(text: &mut String) {
    if !text.is_ascii() && is_nfc_quick(text.chars()) != IsNormalized::Yes {
        *text = text.nfc().collect();
    }
}

/// The source of a quote is stored without the dash that many write before it; renderers set their own.
fn undash(children: &mut Vec<Span>) {
    while let Some(first) = children.first_mut() {
        let rest = first.text.trim_start_matches(|c: char| c.is_whitespace() || is_dash(c));
        if rest.is_empty() {
            children.remove(0);
            continue;
        }
        if rest.len() < first.text.len() {
            first.text = rest.to_owned();
        }
        return;
    }
}

/// Hyphen, and the dashes from U+2010 to U+2015.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}')
}
