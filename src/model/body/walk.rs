//! What a body says: its text, its words, its links.

use super::{Block, Body, Link, Span};

impl Body {
    /// The text without any form, for search, counting and comparing: blocks are separated by an empty line, lines of
    /// a table by `\n` and its cells by `\t`. Captions and titles of embeds are in it; alternative texts, credits and
    /// addresses are not. For people use `formats::text`.
    pub fn plain_text(&self) -> String {
        fn texts(children: &[Span]) -> impl Iterator<Item = &str> {
            children.iter().map(|span| span.text.as_str())
        }
        let mut out = Text::default();
        for block in &self.0 {
            out.begin();
            match block {
                Block::Text(text) => out.say(texts(&text.children)),
                Block::Image(image) => out.say(texts(&image.caption)),
                Block::Embed(embed) => out.say(embed.title.as_deref()),
                Block::Code(code) => out.say([code.code.as_str()]),
                Block::Table(table) => {
                    out.say(texts(&table.caption));
                    for row in &table.rows {
                        out.row(row.cells.iter().map(|cell| texts(&cell.children)));
                    }
                }
                Block::Divider => {}
            }
        }
        out.end()
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

/// [`Body::plain_text`] as it is put together.
#[derive(Default)]
pub(super) struct Text {
    out: String,
    /// Where the block begins, without what stands between it and the one before; and with that.
    before: usize,
    start: usize,
}

impl Text {
    /// Begins a block, which leaves nothing behind if it says nothing.
    pub(super) fn begin(&mut self) {
        self.cut();
        self.before = self.out.len();
        if self.before > 0 {
            self.out.push_str("\n\n");
        }
        self.start = self.out.len();
    }

    /// Pieces, one right behind the other.
    pub(super) fn say<'a>(&mut self, pieces: impl IntoIterator<Item = &'a str>) {
        pieces.into_iter().for_each(|piece| self.out.push_str(piece));
    }

    /// A row of a table, by the pieces of its cells.
    pub(super) fn row<'a, C: IntoIterator<Item = &'a str>>(&mut self, cells: impl Iterator<Item = C>) {
        if self.out.len() > self.start {
            self.out.push('\n');
        }
        for (i, cell) in cells.enumerate() {
            if i > 0 {
                self.out.push('\t');
            }
            self.say(cell);
        }
    }

    /// The text.
    pub(super) fn end(mut self) -> String {
        self.cut();
        self.out
    }

    fn cut(&mut self) {
        if self.out.len() == self.start {
            self.out.truncate(self.before);
        }
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
