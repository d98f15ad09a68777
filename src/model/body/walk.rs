//! What a body says: its text, its words, its links.

use super::{Block, Body, Link, Span};

impl Body {
    /// The text without any form, for search, counting and comparing: blocks are separated by an empty line, lines of
    /// a table by `\n` and its cells by `\t`. Captions and titles of embeds are in it; alternative texts, credits and
    /// addresses are not. For people use `formats::text`.
    pub fn plain_text(&self) -> String {
        let mut out = String::new();
        for block in &self.0 {
            let before = out.len();
            if before > 0 {
                out.push_str("\n\n");
            }
            let start = out.len();
            match block {
                Block::Text(text) => push(&mut out, &text.children),
                Block::Image(image) => push(&mut out, &image.caption),
                Block::Embed(embed) => out.push_str(embed.title.as_deref().unwrap_or_default()),
                Block::Code(code) => out.push_str(&code.code),
                Block::Table(table) => {
                    push(&mut out, &table.caption);
                    for row in &table.rows {
                        if out.len() > start {
                            out.push('\n');
                        }
                        for (i, cell) in row.cells.iter().enumerate() {
                            if i > 0 {
                                out.push('\t');
                            }
                            push(&mut out, &cell.children);
                        }
                    }
                }
                Block::Divider => {}
            }
            if out.len() == start {
                out.truncate(before);
            }
        }
        out
    }

    /// Words of [`Body::plain_text`]: what stands between white space and has a letter or digit in it. Han and kana
    /// are written without spaces, so each of their characters counts as a word.
    pub fn word_count(&self) -> usize {
        let mut count = 0;
        for token in self.plain_text().split_whitespace() {
            let mut other = false;
            for c in token.chars() {
                if matches!(c, '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
                {
                    count += 1;
                } else if c.is_alphanumeric() {
                    other = true;
                }
            }
            count += usize::from(other);
        }
        count
    }

    /// The addresses that a reader can follow, in order: links in text, captions, credits and cells, and links around
    /// images. One address may come more than once.
    pub fn links(&self) -> impl Iterator<Item = &str> {
        self.0.iter().flat_map(|block| {
            let mut found: Vec<&str> = Vec::new();
            match block {
                Block::Text(text) => linked(&mut found, &text.children),
                Block::Image(image) => {
                    found.extend(image.href.as_deref());
                    linked(&mut found, &image.caption);
                    linked(&mut found, &image.credit);
                }
                Block::Table(table) => {
                    linked(&mut found, &table.caption);
                    for cell in table.rows.iter().flat_map(|row| &row.cells) {
                        linked(&mut found, &cell.children);
                    }
                }
                Block::Embed(_) | Block::Code(_) | Block::Divider => {}
            }
            found
        })
    }
}

fn push(out: &mut String, children: &[Span]) {
    for span in children {
        out.push_str(&span.text);
    }
}

/// One address for each run of spans with the same link, however many marks change within.
fn linked<'a>(found: &mut Vec<&'a str>, children: &'a [Span]) {
    let mut last: Option<&Link> = None;
    for span in children {
        if let Some(link) = &span.link
            && last != Some(link)
        {
            found.push(&link.href);
        }
        last = span.link.as_ref();
    }
}
