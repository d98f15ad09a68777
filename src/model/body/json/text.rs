//! The words of a body that is kept as JSON, without the body being made.

use std::borrow::Cow;

use serde::Deserialize;

use crate::model::body::walk::Text;

/// Of a block, what words can stand in. A caption that has marks stands beside itself without them.
#[derive(Deserialize)]
struct BlockIn<'a> {
    #[serde(rename = "_type")]
    kind: &'a str,
    #[serde(borrow, default)]
    children: Vec<SpanIn<'a>>,
    #[serde(borrow, default)]
    caption: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    title: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    code: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    rows: Vec<RowIn<'a>>,
}

#[derive(Deserialize)]
struct SpanIn<'a> {
    #[serde(borrow)]
    text: Cow<'a, str>,
}

#[derive(Deserialize)]
struct RowIn<'a> {
    #[serde(borrow)]
    cells: Vec<CellIn<'a>>,
}

#[derive(Deserialize)]
struct CellIn<'a> {
    #[serde(borrow)]
    children: Vec<SpanIn<'a>>,
}

/// What [`Body::plain_text`](crate::model::body::Body::plain_text) says of a body that was written by this program, and so
/// is tidy: reading it as one takes several times as long. `None` for what is no such thing.
pub(in crate::model::body) fn text(json: &str) -> Option<String> {
    fn texts<'a>(children: &'a [SpanIn<'_>]) -> impl Iterator<Item = &'a str> {
        children.iter().map(|span| &*span.text)
    }
    let blocks: Vec<BlockIn<'_>> = serde_json::from_str(json).ok()?;
    let mut out = Text::default();
    for block in &blocks {
        out.begin();
        match block.kind {
            "block" => out.say(texts(&block.children)),
            "image" => out.say(block.caption.as_deref()),
            "embed" => out.say(block.title.as_deref()),
            "code" => out.say(block.code.as_deref()),
            "table" => {
                out.say(block.caption.as_deref());
                for row in &block.rows {
                    out.row(row.cells.iter().map(|cell| texts(&cell.children)));
                }
            }
            "divider" => {}
            _ => return None,
        }
    }
    Some(out.end())
}
