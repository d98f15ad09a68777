//! Portable Text as a body: structure first, then the rules.

use crate::error::{Code as ErrorCode, Error, Result};
use crate::model::body::check::{forbidden, refuse};
use crate::model::body::*;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Body, D::Error> {
        let blocks = Vec::<BlockIn>::deserialize(deserializer)?;
        build(blocks).map_err(|error| D::Error::custom(error.message()))
    }
}

/// See [`Body::from_json`].
pub(in crate::model::body) fn read(text: &str) -> Result<Body> {
    build(match serde_json::from_str(text) {
        Ok(blocks) => blocks,
        Err(error) => return Err(locate(text, error)),
    })
}

/// Say where in the structure the fault is. Reading once more costs something, so only texts with faults pay it.
fn locate(text: &str, error: serde_json::Error) -> Error {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let path = match serde_path_to_error::deserialize::<_, Vec<BlockIn>>(&mut deserializer) {
        Err(error) => error.path().to_string(),
        Ok(_) => String::from("."),
    };
    let place = if path == "." { String::from("body") } else { format!("body{path}") };
    let what = format!("{place}: cannot be read as Portable Text ({error}); a body is a JSON array of blocks.");
    Error::new(ErrorCode::InvalidInput, what).at(place)
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
