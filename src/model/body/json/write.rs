//! A body as Portable Text.

use crate::model::body::*;
use serde::ser::SerializeSeq;
use serde::{Serialize, Serializer};

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut seq = serializer.serialize_seq(Some(self.0.len()))?;
        let (mut blocks, mut notices) = (0, 0);
        for block in &self.0 {
            let notice = matches!(block, Block::Text(text) if text.style.is_notice());
            let (letter, count) = if notice { ('n', &mut notices) } else { ('b', &mut blocks) };
            seq.serialize_element(&BlockOut::new(block, format!("{letter}{count}")))?;
            *count += 1;
        }
        seq.end()
    }
}

#[derive(Default, Serialize)]
#[serde(rename_all = "camelCase")]
struct BlockOut<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "_key")]
    key: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    style: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    list_item: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cite: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    published_at: Option<&'a str>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    inline: Option<InlineOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    alt: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    caption: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rich_caption: Option<InlineOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    credit: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rich_credit: Option<InlineOut<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    href: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<RowOut<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct InlineOut<'a> {
    mark_defs: Vec<LinkOut<'a>>,
    children: Vec<SpanOut<'a>>,
}

#[derive(Serialize)]
struct SpanOut<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "_key")]
    key: String,
    text: &'a str,
    marks: Vec<MarkOut>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum MarkOut {
    Decorator(&'static str),
    Link(String),
}

#[derive(Serialize)]
struct LinkOut<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "_key")]
    key: String,
    href: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<&'a str>,
}

#[derive(Serialize)]
struct RowOut<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "_key")]
    key: String,
    header: bool,
    cells: Vec<CellOut<'a>>,
}

#[derive(Serialize)]
struct CellOut<'a> {
    #[serde(rename = "_type")]
    kind: &'static str,
    #[serde(rename = "_key")]
    key: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    header: bool,
    #[serde(flatten)]
    inline: InlineOut<'a>,
}

impl<'a> BlockOut<'a> {
    fn new(block: &'a Block, key: String) -> BlockOut<'a> {
        match block {
            Block::Text(text) => BlockOut {
                kind: "block",
                style: Some(text.style.name()),
                list_item: text.list.map(|item| list_name(item.kind)),
                level: text.list.map(|item| item.level),
                start: text.list.and_then(|item| item.start),
                cite: text.cite.as_deref(),
                published_at: text.published_at.as_deref(),
                inline: Some(InlineOut::new(&text.children, &key)),
                key,
                ..BlockOut::default()
            },
            Block::Image(image) => BlockOut {
                kind: "image",
                url: Some(&image.url),
                alt: Some(&image.alt),
                caption: words(&image.caption),
                rich_caption: rich(&image.caption, &key, 'c'),
                credit: words(&image.credit),
                rich_credit: rich(&image.credit, &key, 'd'),
                width: image.width,
                height: image.height,
                href: image.href.as_deref(),
                key,
                ..BlockOut::default()
            },
            Block::Embed(embed) => BlockOut {
                kind: "embed",
                key,
                provider: Some(&embed.provider),
                url: Some(&embed.url),
                title: embed.title.as_deref(),
                ..BlockOut::default()
            },
            Block::Table(table) => BlockOut {
                kind: "table",
                caption: words(&table.caption),
                rich_caption: rich(&table.caption, &key, 'c'),
                rows: Some(
                    table.rows.iter().enumerate().map(|(r, row)| RowOut::new(row, format!("{key}r{r}"))).collect(),
                ),
                key,
                ..BlockOut::default()
            },
            Block::Code(code) => BlockOut {
                kind: "code",
                key,
                language: code.language.as_deref(),
                code: Some(&code.code),
                ..BlockOut::default()
            },
            Block::Divider => BlockOut { kind: "divider", key, ..BlockOut::default() },
        }
    }
}

impl<'a> RowOut<'a> {
    fn new(row: &'a Row, key: String) -> RowOut<'a> {
        let cell = |(c, cell): (usize, &'a Cell)| {
            let key = format!("{key}c{c}");
            CellOut { kind: "cell", header: cell.header, inline: InlineOut::new(&cell.children, &key), key }
        };
        RowOut { kind: "row", header: row.header, cells: row.cells.iter().enumerate().map(cell).collect(), key }
    }
}

impl<'a> InlineOut<'a> {
    fn new(children: &'a [Span], key: &str) -> InlineOut<'a> {
        let mut mark_defs: Vec<LinkOut<'a>> = Vec::new();
        let mut out = Vec::with_capacity(children.len());
        let mut last: Option<&Link> = None;
        for (s, span) in children.iter().enumerate() {
            let mut marks: Vec<MarkOut> = span.marks.each().map(|(_, name)| MarkOut::Decorator(name)).collect();
            if let Some(link) = &span.link {
                if last != Some(link) {
                    let key = format!("{key}m{}", mark_defs.len());
                    mark_defs.push(LinkOut { kind: "link", key, href: &link.href, title: link.title.as_deref() });
                }
                marks.extend(mark_defs.last().map(|def| MarkOut::Link(def.key.clone())));
            }
            last = span.link.as_ref();
            out.push(SpanOut { kind: "span", key: format!("{key}s{s}"), text: &span.text, marks });
        }
        // The specification wants at least one child, so empty text is one empty span.
        if out.is_empty() {
            out.push(SpanOut { kind: "span", key: format!("{key}s0"), text: "", marks: Vec::new() });
        }
        InlineOut { mark_defs, children: out }
    }
}

fn words(children: &[Span]) -> Option<String> {
    (!children.is_empty()).then(|| plain(children))
}

/// A caption is a plain string for every renderer; where it has links or other marks it is written in full beside it.
fn rich<'a>(children: &'a [Span], key: &str, letter: char) -> Option<InlineOut<'a>> {
    let marked = children.iter().any(|span| span.link.is_some() || !span.marks.is_none());
    marked.then(|| InlineOut::new(children, &format!("{key}{letter}")))
}

fn list_name(kind: ListKind) -> &'static str {
    match kind {
        ListKind::Bullet => "bullet",
        ListKind::Number => "number",
    }
}
