//! No change breaks the contracts of the last release, which stand in `tests/released`.
//!
//! What may be taken away is what the last release had marked as deprecated. A release copies `schema.graphql` and
//! `openapi.yaml` there; until the first one they hold what was there when this check was written.

mod graphql;
mod openapi;

use std::path::Path;

fn read(file: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Holds the comparison itself against changes of which each must be found, or must not.
fn assert_finds(from: &str, to: &str, text: &str, breaks: Option<&str>, compare: impl Fn(&str, &str) -> Vec<String>) {
    assert!(text.contains(from), "{from:?} is not in the text");
    let found = compare(text, &text.replacen(from, to, 1));
    match breaks {
        Some(says) => assert!(found.iter().any(|f| f.contains(says)), "{from:?} -> {to:?} gives {found:?}"),
        None => assert!(found.is_empty(), "{from:?} -> {to:?} gives {found:?}"),
    }
}
