//! What the tests of several formats share: any body, and the real data where it is present.

use crate::model::body::*;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::io::Read;
use std::path::PathBuf;

/// Pieces that mean something in one of the formats, and some that do not.
const PIECES: &[&str] = &[
    "a",
    "B7",
    "word",
    " ",
    "  ",
    "\n",
    "\t",
    "*",
    "**",
    "_",
    "__",
    "`",
    "``",
    "[",
    "]",
    "(",
    ")",
    "<",
    ">",
    "&",
    "&amp;",
    "&#38;",
    "#",
    "# ",
    "-",
    "- ",
    "+ ",
    "1.",
    "1. ",
    "2) ",
    "=",
    "===",
    "~",
    "~~",
    "|",
    "!",
    "\\",
    "{",
    "}",
    "{{",
    "}}",
    "{%",
    "%}",
    "{{< img >}}",
    "{#x}",
    "—",
    "— ",
    "\u{A0}",
    "é",
    "e\u{301}",
    "\"",
    "'",
    ":",
    "http://x.y",
    "<b>",
    "</p>",
    "<!--",
    "-->",
    "$",
    "^",
    "[^1]",
    "日本",
    "\u{200B}",
    "😀",
    "[x]",
    "---",
    "***",
    "@",
    "a@b.c",
    "<https://x.y>",
    "]]>",
    "\u{3000}",
    ".",
    ",",
    "?",
    "%20",
    "\u{2028}",
    "0",
    "9",
];

pub(crate) fn any_text() -> impl Strategy<Value = String> {
    vec(proptest::sample::select(PIECES), 1..8).prop_map(|pieces| pieces.concat())
}

fn any_link() -> impl Strategy<Value = Link> {
    let href = proptest::sample::select(vec![
        "https://example.org/",
        "/a/b",
        "#x",
        "mailto:a@b.c",
        "a(b)c",
        "/a_b*c",
        "?q=[x]&amp=1",
        "/{{x}}",
        "/<b>\"'",
        "a)b(",
        "/%20",
    ]);
    (href, option::weighted(0.2, any_text())).prop_map(|(href, title)| Link { href: href.into(), title })
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let marks = vec(proptest::sample::select(Marks::ALL), 0..3)
        .prop_map(|marks| marks.iter().fold(Marks::NONE, |all, (mark, _)| all.with(*mark)));
    let span = (any_text(), prop_oneof![2 => Just(Marks::NONE), 3 => marks], option::weighted(0.3, any_link()));
    vec(span.prop_map(|(text, marks, link)| Span { text, marks, link }), 1..5)
}

fn any_block() -> impl Strategy<Value = Vec<Block>> {
    let text = |style| any_spans().prop_map(move |children| TextBlock { style, children, ..TextBlock::default() });
    let heading =
        proptest::sample::select(vec![Style::H2, Style::H3, Style::H4, Style::H5, Style::H6]).prop_flat_map(text);
    let cite =
        option::weighted(0.4, proptest::sample::select(vec!["https://example.org/q".to_owned(), "/q?a&b".to_owned()]));
    let place = (any::<bool>(), 1u8..5, option::weighted(0.2, 0u32..12)).prop_map(|(number, level, start)| ListItem {
        kind: if number { ListKind::Number } else { ListKind::Bullet },
        level,
        start: start.filter(|_| number),
    });
    let quote = (text(Style::Blockquote), cite, option::weighted(0.3, place.clone()));
    let quote = quote.prop_map(|(text, cite, list)| TextBlock { cite, list, ..text });
    let sourced = (quote, option::weighted(0.5, text(Style::Attribution)))
        .prop_map(|(quote, source)| [Some(quote), source].into_iter().flatten().map(Block::Text).collect());
    let items = vec(
        (text(Style::Normal), place).prop_map(|(text, list)| Block::Text(TextBlock { list: Some(list), ..text })),
        1..5,
    );
    let side = || option::of(1u32..2000);
    let spans_or_none = || prop_oneof![Just(Vec::new()), any_spans()];
    let image = (any_text(), spans_or_none(), spans_or_none(), side(), side(), option::weighted(0.3, any_link()));
    let image = image.prop_map(|(alt, caption, credit, width, height, link)| {
        // A picture of one pixel counts readers and is not read.
        let height = height.filter(|height| (width, *height) != (Some(1), 1));
        Block::Image(Image {
            url: "https://example.org/a.png?x=1&y".into(),
            alt,
            caption,
            credit,
            width,
            height,
            href: link.map(|l| l.href),
        })
    });
    let embed = option::of(any_text()).prop_map(|title| {
        Block::Embed(Embed { provider: "some-one".into(), url: "https://x.example/?a=1&b".into(), title })
    });
    let cell =
        (proptest::bool::weighted(0.2), spans_or_none()).prop_map(|(header, children)| Cell { header, children });
    let row = (proptest::bool::weighted(0.3), vec(cell, 1..4)).prop_map(|(header, cells)| Row { header, cells });
    let table = (spans_or_none(), vec(row, 1..4)).prop_map(|(caption, rows)| Block::Table(Table { caption, rows }));
    let code = (option::of(Just("rust".to_owned())), vec(any_text(), 1..4))
        .prop_map(|(language, lines)| Block::Code(Code { language, code: lines.join("\n") }));
    prop_oneof![
        4 => text(Style::Normal).prop_map(|text| vec![Block::Text(text)]),
        2 => heading.prop_map(|text| vec![Block::Text(text)]),
        3 => sourced,
        3 => items,
        1 => image.prop_map(|block| vec![block]),
        1 => embed.prop_map(|block| vec![block]),
        1 => table.prop_map(|block| vec![block]),
        1 => code.prop_map(|block| vec![block]),
        1 => Just(vec![Block::Divider]),
    ]
}

/// Any body.
pub(crate) fn any_body() -> impl Strategy<Value = Body> {
    vec(any_block(), 0..6).prop_map(|blocks| Body::new(blocks.concat()).expect("the strategy makes valid blocks"))
}

/// A file of the shared data, unpacked, where it is present.
pub(crate) fn shared(path: &str) -> Option<String> {
    let root = std::env::var_os("MASTHEAD_SHARED").map(PathBuf::from);
    let root = root.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../shared"));
    let bytes = std::fs::read(root.join("data").join(path)).ok()?;
    if !path.ends_with(".gz") {
        return Some(String::from_utf8_lossy(&bytes).into_owned());
    }
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(&bytes[..]).read_to_string(&mut text).expect(path);
    Some(text)
}

/// The lines of a shared file of JSON lines.
pub(crate) fn shared_lines(path: &str) -> Vec<serde_json::Value> {
    let text = shared(path).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).expect(path)).collect()
}
