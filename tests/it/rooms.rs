//! Who imports whom: the `crate::` paths of every file in `src`, held against the table of rooms.
//!
//! Comments and text in quotes do not count. `super::` is followed as far up as it goes, so that the way round the
//! table is seen too.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What every room may import.
const ALWAYS: [&str; 4] = ["error", "model", "config", "telemetry"];

/// The rooms, and what each may import besides. When a flow needs an arrow that is not here, change this table and
/// the maps in `src/lib.rs` and ARCHITECTURE.md with a reason; do not go round it.
const TABLE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("model", &[]),
    ("config", &[]),
    ("telemetry", &[]),
    ("store", &[]),
    ("formats", &[]),
    ("search", &[]),
    ("cache", &[]),
    // `app` for the lists of related news that readers wait for.
    ("catalogue", &["store", "search", "cache", "app"]),
    ("newsroom", &["store", "formats"]),
    ("outbound", &[]),
    ("identity", &["store", "outbound", "app"]),
    // `cache` for the document of a feed, which readers and subscribers share.
    ("syndication", &["store", "catalogue", "cache", "formats", "outbound", "app"]),
    // `identity` for what goes on there by itself: hearing of revocations, sending mail.
    ("followers", &["store", "catalogue", "newsroom", "syndication", "search", "identity", "app"]),
    ("graphql", &["catalogue", "newsroom", "identity", "formats", "cache", "app"]),
    // `followers` for /readyz, /metrics, the beacon and the hub only.
    ("http", &["catalogue", "newsroom", "syndication", "identity", "formats", "cache", "graphql", "followers", "app"]),
    ("app", &["store", "search", "cache"]),
    (
        "cli",
        &[
            "store",
            "formats",
            "search",
            "catalogue",
            "newsroom",
            "syndication",
            "identity",
            "followers",
            "graphql",
            "http",
            "app",
            "outbound",
        ],
    ),
];

/// `error`, `model` and `config` are what the others stand on, so they must stand on less.
const NARROWER: &[(&str, &[&str])] = &[
    ("error", &["model"]),
    ("model", &["error"]),
    ("config", &["error", "model"]),
    ("telemetry", &["error", "config"]),
];

fn allowed(room: &str) -> Option<BTreeSet<&'static str>> {
    let (_, more) = TABLE.iter().find(|(name, _)| *name == room)?;
    let always = NARROWER.iter().find(|(name, _)| *name == room).map_or(&ALWAYS[..], |(_, narrow)| narrow);
    Some(always.iter().chain(*more).copied().collect())
}

/// The source without comments and without what stands in quotes. Good enough for code that rustfmt has been over:
/// it knows nested comments, raw strings and character literals.
fn code_of(source: &str) -> String {
    let bytes = source.as_bytes();
    let mut code = String::with_capacity(source.len());
    let mut at = 0;
    while at < bytes.len() {
        let rest = &source[at..];
        if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if rest.starts_with("/*") {
            let (mut depth, mut end) = (0, 0);
            while end < rest.len() {
                let tail = &rest.as_bytes()[end..];
                if tail.starts_with(b"/*") {
                    depth += 1;
                    end += 2;
                } else if tail.starts_with(b"*/") {
                    depth -= 1;
                    end += 2;
                    if depth == 0 {
                        break;
                    }
                } else {
                    end += 1;
                }
            }
            at += end;
        } else if let Some(hashes) = raw_string(rest, code.chars().next_back()) {
            let open = rest.find('"').unwrap_or(0) + 1;
            let close = format!("\"{}", "#".repeat(hashes));
            at += open + rest[open..].find(&close).map_or(rest.len() - open, |end| end + close.len());
        } else if rest.starts_with('"') {
            let mut end = 1;
            while end < rest.len() && rest.as_bytes()[end] != b'"' {
                end += if rest.as_bytes()[end] == b'\\' { 2 } else { 1 };
            }
            at += (end + 1).min(rest.len());
        } else if rest.starts_with("'\\") || rest.chars().nth(2) == Some('\'') && rest.starts_with('\'') {
            // A character; a lifetime has no quote two places on.
            let from = if rest.starts_with("'\\") { 3 } else { 1 + rest[1..].chars().next().map_or(1, char::len_utf8) };
            at += rest[from..].find('\'').map_or(rest.len(), |end| from + end + 1);
        } else {
            let c = rest.chars().next().unwrap_or(' ');
            code.push(c);
            at += c.len_utf8();
        }
    }
    code
}

/// How many `#` a raw string that begins here has.
fn raw_string(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    let tail = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = tail.bytes().take_while(|b| *b == b'#').count();
    tail[hashes..].starts_with('"').then_some(hashes)
}

/// The rooms that a file at this depth below `src` names: what follows `crate::`, or `super::` often enough to come
/// out of the room. With `crate::{a, b::c}` each of the group.
fn rooms_named(source: &str, depth: usize) -> BTreeSet<String> {
    let code: String = code_of(source).split_whitespace().collect::<Vec<_>>().join(" ").replace(" :: ", "::");
    let mut named = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if !code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_') {
            named.extend(heads(&code[at + "crate::".len()..]));
        }
    }
    let chain = "super::".repeat(depth);
    for (at, _) in code.match_indices(&chain) {
        // Inner modules lie deeper than their file, so what is found here may be no room; only names of rooms count.
        let known = |head: &String| TABLE.iter().any(|(room, _)| room == head);
        named.extend(heads(&code[at + chain.len()..]).into_iter().filter(known));
    }
    named
}

/// The first names of a path, or of each path of a group in braces.
fn heads(path: &str) -> Vec<String> {
    let name =
        |text: &str| -> String { text.trim_start().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect() };
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let (mut depth, mut found, mut start) = (0usize, Vec::new(), 0);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(name(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(name(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
}

/// The room of a file below `src`, and how many `super` lead out of it.
fn room_of(path: &Path) -> (String, usize) {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let depth = parts.len() - usize::from(parts.len() > 1 && parts.last().is_some_and(|last| last == "mod"));
    (parts[0].clone(), depth)
}

/// What a file of this room imports and may not.
fn forbidden(room: &str, depth: usize, source: &str) -> Vec<String> {
    let allowed = allowed(room).unwrap_or_else(|| panic!("the room {room} is not in the table"));
    let named = rooms_named(source, depth).into_iter();
    named.filter(|other| other != room && !allowed.contains(other.as_str())).collect()
}

#[test]
fn every_import_is_in_the_table() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut all = Vec::new();
    files(&src, &mut all);
    assert!(all.len() > 50, "only {} files were found", all.len());
    let mut faults = Vec::new();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in all {
        let source = std::fs::read_to_string(&path).expect("a source");
        let below = path.strip_prefix(&src).expect("below src");
        let (room, depth) = room_of(below);
        if ["lib", "main"].contains(&room.as_str()) {
            continue;
        }
        arrows.entry(room.clone()).or_default().extend(rooms_named(&source, depth));
        let found = forbidden(&room, depth, &source);
        faults.extend(found.iter().map(|other| format!("{} imports {other}", below.display())));
    }
    for (room, others) in &mut arrows {
        others.remove(room);
        println!("{room}: {}", others.iter().cloned().collect::<Vec<_>>().join(", "));
    }
    assert!(faults.is_empty(), "not in the table of rooms:\n{}", faults.join("\n"));
    // The scanner sees arrows at all: this one is there for good.
    assert!(arrows["newsroom"].contains("store"));
}

#[test]
fn the_map_in_lib_says_the_same() {
    let map = include_str!("../../src/lib.rs");
    let mut rows = 0;
    for line in map.lines().filter_map(|line| line.strip_prefix("//! | [`")) {
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        let room = cells[0].trim_end_matches("`]");
        let says: BTreeSet<&str> = cells[2].split([',', ' ']).map(str::trim).filter(|word| !word.is_empty()).collect();
        if room == "cli" {
            assert_eq!(cells[2], "anything");
            continue;
        }
        let table =
            TABLE.iter().find(|(name, _)| *name == room).unwrap_or_else(|| panic!("{room} is not in the table")).1;
        // config and the like need no mention: everybody may import them.
        let says: BTreeSet<&str> =
            says.into_iter().filter(|word| *word != "nothing" && !ALWAYS.contains(word)).collect();
        assert_eq!(says, table.iter().copied().collect(), "{room}: lib.rs and the table of this test differ");
        rows += 1;
    }
    assert!(rows >= 8, "the map of lib.rs has another shape than this test reads: {rows} rows");
}

#[test]
fn the_scanner_finds_what_is_forbidden() {
    let cases: &[(&str, &str, &[&str])] = &[
        ("graphql/topic.rs", "use crate::store::Db;", &["store"]),
        ("graphql/topic.rs", "use crate::{\n    catalogue::{self, Reader},\n    store::{Db, topics},\n};", &["store"]),
        ("http/mod.rs", "fn f() { let x = crate :: store :: topics::by_slug(); }", &["store"]),
        ("http/mod.rs", "use super::store::Db;", &["store"]),
        ("http/rate/tests.rs", "use super::super::super::store::Db;", &["store"]),
        ("http/rate/tests.rs", "use super::super::store::Db;", &[]),
        ("store/topics.rs", "use crate::formats::html; use crate::newsroom::publish;", &["formats", "newsroom"]),
        ("model/article.rs", "use crate::config::Settings;", &["config"]),
        ("catalogue/mod.rs", "// use crate::newsroom::x;\n/* crate::http */ use crate::store::Db;", &[]),
        ("catalogue/mod.rs", "let s = \"crate::newsroom\"; let c = '\"'; let r = r#\"crate::http\"#;", &[]),
        ("catalogue/mod.rs", "let c = '\"'; use crate::newsroom::x; let d = '\\'';", &["newsroom"]),
        ("catalogue/mod.rs", "fn f<'a>(x: &'a str) -> &'a str { crate::http::x(x) }", &["http"]),
        ("store/mod.rs", "macro_rules! q { () => { $crate::store::Conn } }", &[]),
        ("newsroom/mod.rs", "let crates = mycrate::http::x;", &[]),
    ];
    for (path, source, expected) in cases {
        let (room, depth) = room_of(Path::new(path));
        assert_eq!(forbidden(&room, depth, source), *expected, "{path}: {source}");
    }
}
