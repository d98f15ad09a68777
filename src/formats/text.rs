//! Plain text, read and written.
//!
//! Reading: an empty line parts paragraphs, a single newline is a line break. Nothing in the text is a sign.
//! Writing is for people (mail, terminals, assistants); for search and counting there is [`Body::plain_text`].
//!
//! ```
//! use masthead::formats::{html, text};
//! let body = text::parse("One,\ntwo.\n\nThree *stars*.");
//! assert_eq!(html::render(&body), "<p>One,<br>two.</p>\n<p>Three *stars*.</p>\n");
//! assert_eq!(text::render(&body), "One,\ntwo.\n\nThree *stars*.\n");
//! ```

use crate::model::body::*;

/// Read plain text. Never fails; characters that text may not have are left out.
pub fn parse(plain: &str) -> Body {
    let text = plain.replace("\r\n", "\n").replace('\r', "\n");
    let mut blocks: Vec<Block> = Vec::new();
    let mut paragraph = String::new();
    for line in text.split('\n').chain([""]) {
        if !line.trim().is_empty() {
            if !paragraph.is_empty() {
                paragraph.push('\n');
            }
            paragraph.extend(line.chars().filter(|c| !is_forbidden(*c)));
        } else if !paragraph.is_empty() {
            blocks.push(Block::Text(TextBlock::plain(Style::Normal, std::mem::take(&mut paragraph))));
        }
    }
    Body::keep_valid(blocks).0
}

/// What becomes of links.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Links {
    /// Only their words stay.
    #[default]
    Words,
    /// The address follows in angle brackets, unless it is the words.
    Addresses,
}

/// The body as plain text without the addresses of links; see [`render_with`].
pub fn render(body: &Body) -> String {
    render_with(body, Links::Words)
}

/// The body as plain text. Quotes have `> ` before their lines and `— ` before their source, items `- ` or their
/// number, rows of a table have tabs between cells, program text is indented by four, a picture is its caption (or its
/// alternative text) and credit in brackets, an embed its title and address.
pub fn render_with(body: &Body, links: Links) -> String {
    let mut out = String::new();
    let mut numbering = Numbering::default();
    let mut last: Option<&TextBlock> = None;
    for block in body.blocks() {
        let number = numbering.number(block);
        let text = if let Block::Text(text) = block { Some(text) } else { None };
        let quoted = |text: &TextBlock| matches!(text.style, Style::Blockquote | Style::Attribution);
        let chunk = match block {
            Block::Text(text) => paragraph(text, number, links),
            Block::Image(image) => picture(image, links),
            Block::Embed(embed) => match &embed.title {
                Some(title) => format!("{title} <{}>", embed.url),
                None => embed.url.clone(),
            },
            Block::Table(table) => rows(table, links),
            Block::Code(code) => code.code.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n"),
            Block::Divider => "* * *".to_owned(),
        };
        if chunk.is_empty() {
            continue;
        }
        if !out.is_empty() {
            let items = last.is_some_and(|last| last.list.is_some()) && text.is_some_and(|text| text.list.is_some());
            let one_quote = last.is_some_and(quoted) && text.is_some_and(quoted);
            out.push_str(match (items, one_quote && last.is_some_and(|last| last.style == Style::Blockquote)) {
                (true, _) => "\n",
                (false, true) => "\n>\n",
                (false, false) => "\n\n",
            });
        }
        out.push_str(&chunk);
        last = text;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn paragraph(text: &TextBlock, number: Option<u32>, links: Links) -> String {
    let mut first = String::new();
    if matches!(text.style, Style::Blockquote | Style::Attribution) {
        first.push_str("> ");
    }
    let mut rest = first.clone();
    if let Some(item) = text.list {
        let marker = match number {
            Some(number) => format!("{number}. "),
            None => "- ".to_owned(),
        };
        let indent = "  ".repeat(usize::from(item.level.saturating_sub(1)));
        rest.push_str(&indent);
        rest.push_str(&" ".repeat(marker.len()));
        first.push_str(&indent);
        first.push_str(&marker);
    }
    match (text.style, &text.published_at) {
        (Style::Attribution, _) => first.push_str("— "),
        (Style::Correction, Some(instant)) => {
            first.push_str(instant.split_once('T').map_or(instant.as_str(), |(day, _)| day));
            first.push_str(": ");
        }
        _ => {}
    }
    first + &words(&text.children, links).replace('\n', &format!("\n{rest}"))
}

fn picture(image: &Image, links: Links) -> String {
    let caption = if image.caption.is_empty() { image.alt.clone() } else { words(&image.caption, links) };
    match (caption.is_empty(), image.credit.is_empty()) {
        (true, true) => String::new(),
        (false, true) => format!("[{caption}]"),
        (true, false) => format!("[{}]", words(&image.credit, links)),
        (false, false) => format!("[{caption} ({})]", words(&image.credit, links)),
    }
}

fn rows(table: &Table, links: Links) -> String {
    let cell = |cell: &Cell| words(&cell.children, links).replace('\n', " ");
    let row = |row: &Row| row.cells.iter().map(cell).collect::<Vec<_>>().join("\t");
    let caption = (!table.caption.is_empty()).then(|| words(&table.caption, links));
    caption.into_iter().chain(table.rows.iter().map(row)).collect::<Vec<_>>().join("\n")
}

fn words(children: &[Span], links: Links) -> String {
    let mut out = String::new();
    let mut from = 0;
    for (i, span) in children.iter().enumerate() {
        out.push_str(&span.text);
        let ends = children.get(i + 1).is_none_or(|next| next.link != span.link);
        if let Some(link) = span.link.as_ref().filter(|_| ends && links == Links::Addresses)
            && out[from..] != link.href
        {
            out.push_str(&format!(" <{}>", link.href));
        }
        if ends {
            from = out.len();
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::{html, tests::any_text};
    use proptest::prelude::*;

    #[test]
    fn paragraphs_and_line_breaks_are_read() {
        let body = parse("\r\n a\r\nb \n \t\n\n<b>&amp;\u{0}\n");
        assert_eq!(html::render(&body), "<p>a<br>b</p>\n<p>&lt;b&gt;&amp;amp;</p>\n");
        assert!(parse(" \n\n").is_empty());
    }

    #[test]
    fn every_kind_of_block_can_be_read_by_people() {
        let body = html::parse(
            "<h2>Head</h2><p>See <a href=https://a.example/>here</a> or <a href=https://b.example/>https://b.example/</a>.</p>\
             <blockquote><p>One.<p>Two.<footer>Ann</footer></blockquote><ol><li>a<ul><li>b<br>c</ul><li>d</ol>\
             <figure><img src=/i.png alt=A><figcaption>Cap <small>By B</small></figcaption></figure><img src=/j.png alt=J>\
             <table><tr><th>x<th>y<tr><td>1<td>2</table><pre>if\n  so</pre><hr><iframe src=https://youtu.be/abc title=T></iframe>",
        )
        .body;
        let expected = "Head\n\nSee here or https://b.example/.\n\n> One.\n>\n> Two.\n>\n> — Ann\n\n1. a\n  - b\n    c\n2. d\n\n\
            [Cap (By B)]\n\n[J]\n\nx\ty\n1\t2\n\n    if\n      so\n\n* * *\n\nT <https://www.youtube.com/watch?v=abc>\n";
        assert_eq!(render(&body), expected);
        let with = render_with(&body, Links::Addresses);
        assert!(with.contains("See here <https://a.example/> or https://b.example/.\n"), "{with}");
    }

    proptest! {
        #[test]
        fn what_is_written_of_paragraphs_is_read_back_equal(paragraphs in proptest::collection::vec(any_text(), 0..5)) {
            let body = parse(&paragraphs.join("\n\n"));
            prop_assert_eq!(parse(&render(&body)), body);
        }
    }
}
