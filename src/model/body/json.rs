//! Portable Text as JSON, both ways.
//!
//! Keys are made from positions: `b3` the fourth block, `b3s0` its first span, `b3m0` its first link, `b3r1c0` a cell;
//! notices are counted apart (`n0`), so a body has the same keys with and without them.

use super::check::{forbidden, refuse};
use super::*;
use crate::error::{Code as ErrorCode, Error};
use serde::de::Error as _;
use serde::ser::SerializeSeq;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

// ---------------------------------------------------------------------------------------------------- writing

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

// ---------------------------------------------------------------------------------------------------- reading

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
        let blocks = Vec::<BlockIn>::deserialize(deserializer)?;
        build(blocks).map_err(|error| D::Error::custom(error.message()))
    }
}

/// See [`Body::from_json`].
pub(super) fn read(text: &str) -> Result<Body> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let mut read = || -> Result<Vec<BlockIn>, (String, serde_json::Error)> {
        let blocks = serde_path_to_error::deserialize(&mut deserializer)
            .map_err(|error| (error.path().to_string(), error.into_inner()))?;
        deserializer.end().map_err(|error| (String::from("."), error))?;
        Ok(blocks)
    };
    build(read().map_err(|(path, error)| {
        let place = if path == "." { String::from("body") } else { format!("body{path}") };
        let what = format!("cannot be read as Portable Text ({error}); a body is a JSON array of blocks");
        Error::new(ErrorCode::InvalidInput, format!("{place}: {what}.")).at(place)
    })?)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BlockIn {
    #[serde(rename = "_type")]
    kind: String,
    style: Option<String>,
    list_item: Option<String>,
    level: Option<u32>,
    start: Option<u32>,
    cite: Option<String>,
    children: Option<Vec<SpanIn>>,
    mark_defs: Option<Vec<LinkIn>>,
    url: Option<String>,
    alt: Option<String>,
    caption: Option<String>,
    rich_caption: Option<InlineIn>,
    credit: Option<String>,
    rich_credit: Option<InlineIn>,
    width: Option<u32>,
    height: Option<u32>,
    href: Option<String>,
    provider: Option<String>,
    title: Option<String>,
    rows: Option<Vec<RowIn>>,
    language: Option<String>,
    code: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct InlineIn {
    children: Vec<SpanIn>,
    mark_defs: Option<Vec<LinkIn>>,
}

#[derive(Deserialize)]
struct SpanIn {
    #[serde(rename = "_type")]
    kind: Option<String>,
    text: Option<String>,
    marks: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct LinkIn {
    #[serde(rename = "_type")]
    kind: String,
    #[serde(rename = "_key")]
    key: String,
    href: Option<String>,
    title: Option<String>,
}

#[derive(Deserialize)]
struct RowIn {
    #[serde(default)]
    header: bool,
    cells: Vec<CellIn>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CellIn {
    #[serde(default)]
    header: bool,
    children: Vec<SpanIn>,
    mark_defs: Option<Vec<LinkIn>>,
}

fn build(blocks: Vec<BlockIn>) -> Result<Body> {
    let blocks = blocks.into_iter().enumerate().map(|(i, block)| block.build(&format!("body[{i}]")));
    Body::new(blocks.collect::<Result<_>>()?)
}

impl BlockIn {
    fn build(self, place: &str) -> Result<Block> {
        Ok(match self.kind.as_str() {
            "block" => Block::Text(self.text(place)?),
            "image" => Block::Image(Image {
                url: need(self.url, place, "url")?,
                alt: self.alt.unwrap_or_default(),
                caption: caption(self.caption, self.rich_caption, &format!("{place}.richCaption"))?,
                credit: caption(self.credit, self.rich_credit, &format!("{place}.richCredit"))?,
                width: self.width,
                height: self.height,
                href: self.href,
            }),
            "embed" => Block::Embed(Embed {
                provider: need(self.provider, place, "provider")?,
                url: need(self.url, place, "url")?,
                title: self.title,
            }),
            "table" => Block::Table(Table {
                caption: caption(self.caption, self.rich_caption, &format!("{place}.richCaption"))?,
                rows: rows(need(self.rows, place, "rows")?, place)?,
            }),
            "code" => Block::Code(Code { language: self.language, code: need(self.code, place, "code")? }),
            "divider" => Block::Divider,
            other => {
                let what = format!("{other:?} is no kind of block; use block, image, embed, table, code or divider");
                return Err(refuse(&format!("{place}._type"), what));
            }
        })
    }

    fn text(self, place: &str) -> Result<TextBlock> {
        let name = self.style.as_deref().unwrap_or("normal");
        let style = Style::ALL.iter().find(|(_, n)| *n == name).map(|(style, _)| *style);
        let style = match style {
            Some(style) => style,
            None if name == "h1" => Style::H2,
            None => {
                let what = format!("{name:?} is not known; use normal, h2 to h6, blockquote or attribution");
                return Err(refuse(&format!("{place}.style"), what));
            }
        };
        let list = match self.list_item.as_deref() {
            None => None,
            Some(name @ ("bullet" | "number")) => Some(ListItem {
                kind: if name == "bullet" { ListKind::Bullet } else { ListKind::Number },
                level: u8::try_from(self.level.unwrap_or(1)).unwrap_or(u8::MAX),
                start: self.start,
            }),
            Some(other) => {
                let what = format!("{other:?} is no kind of list; use bullet or number");
                return Err(refuse(&format!("{place}.listItem"), what));
            }
        };
        let children = need(self.children, place, "children")?;
        let children = inline(children, self.mark_defs.unwrap_or_default(), place)?;
        Ok(TextBlock { style, list, cite: self.cite, published_at: None, children })
    }
}

fn rows(rows: Vec<RowIn>, place: &str) -> Result<Vec<Row>> {
    let row = |(r, row): (usize, RowIn)| {
        let cell = |(c, cell): (usize, CellIn)| {
            let place = format!("{place}.rows[{r}].cells[{c}]");
            let children = inline(cell.children, cell.mark_defs.unwrap_or_default(), &place)?;
            Ok(Cell { header: cell.header, children })
        };
        Ok(Row { header: row.header, cells: row.cells.into_iter().enumerate().map(cell).collect::<Result<_>>()? })
    };
    rows.into_iter().enumerate().map(row).collect()
}

fn caption(plain: Option<String>, rich: Option<InlineIn>, place: &str) -> Result<Vec<Span>> {
    match rich {
        Some(rich) => inline(rich.children, rich.mark_defs.unwrap_or_default(), place),
        None => Ok(plain.map(Span::plain).into_iter().collect()),
    }
}

/// Resolve the marks of spans.
fn inline(children: Vec<SpanIn>, defs: Vec<LinkIn>, place: &str) -> Result<Vec<Span>> {
    for (d, def) in defs.iter().enumerate() {
        if def.kind != "link" || def.href.is_none() {
            let what = format!("is a {:?}; the only annotation is link, with an href", def.kind);
            return Err(refuse(&format!("{place}.markDefs[{d}]"), what));
        }
    }
    let span = |(s, span): (usize, SpanIn)| {
        let at = |name: &str| format!("{place}.children[{s}].{name}");
        if span.kind.as_deref().is_some_and(|kind| kind != "span") {
            return Err(refuse(&at("_type"), "is not span; other objects must be blocks of their own"));
        }
        let mut out = Span::plain(need(span.text, &format!("{place}.children[{s}]"), "text")?);
        for (m, mark) in span.marks.unwrap_or_default().iter().enumerate() {
            if let Some(decorator) = Marks::named(mark) {
                out.marks = out.marks.with(decorator);
            } else if let Some(def) = defs.iter().find(|def| def.key == *mark) {
                if out.link.is_some() {
                    return Err(refuse(&at(&format!("marks[{m}]")), "is a second link on the same text; keep one"));
                }
                out.link = Some(Link { href: def.href.clone().unwrap_or_default(), title: def.title.clone() });
            } else {
                let names: Vec<_> = Marks::ALL.iter().map(|(_, name)| *name).collect();
                let mark: String =
                    mark.chars().filter(|c| forbidden(c.encode_utf8(&mut [0; 4])).is_none()).take(40).collect();
                let what = format!("{mark:?} is neither a key of markDefs nor one of {}", names.join(", "));
                return Err(refuse(&at(&format!("marks[{m}]")), what));
            }
        }
        Ok(out)
    };
    children.into_iter().enumerate().map(span).collect()
}

fn need<T>(value: Option<T>, place: &str, name: &str) -> Result<T> {
    value.ok_or_else(|| refuse(&format!("{place}.{name}"), "is missing; add it"))
}
