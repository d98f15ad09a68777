//! Lexical, the body's form since Ghost 5, as HTML.

use serde_json::Value;

use super::cards::{self, Dropped};
use super::text;
use crate::formats::html::escape;

/// The marks of text, as bits of `format`.
const MARKS: [(u64, &str); 8] =
    [(1, "b"), (2, "i"), (4, "s"), (8, "u"), (16, "code"), (32, "sub"), (64, "sup"), (128, "mark")];

/// The document as HTML; `None` for what is none.
pub(super) fn html(source: &str, dropped: &mut Dropped) -> Option<String> {
    let document: Option<Value> = serde_json::from_str(source).ok();
    let Some(root) = document.as_ref().and_then(|document| document.get("root")) else {
        dropped.note("body that is no lexical document");
        return None;
    };
    let mut out = String::new();
    children(root, &mut out, dropped);
    Some(out)
}

// As deep as the JSON was, which its parser bounds.
fn children(node: &Value, out: &mut String, dropped: &mut Dropped) {
    for child in node.get("children").and_then(Value::as_array).into_iter().flatten() {
        one(child, out, dropped);
    }
}

fn within(tag: &str, node: &Value, out: &mut String, dropped: &mut Dropped) {
    out.push_str(&format!("<{tag}>"));
    children(node, out, dropped);
    out.push_str(&format!("</{tag}>"));
}

fn one(node: &Value, out: &mut String, dropped: &mut Dropped) {
    let kind = text(node, "type").unwrap_or_default();
    let kind = kind.strip_prefix("extended-").unwrap_or(&kind);
    match kind {
        "paragraph" => within("p", node, out, dropped),
        "heading" => {
            let tag = text(node, "tag").filter(|tag| matches!(tag.as_str(), "h1" | "h2" | "h3" | "h4" | "h5" | "h6"));
            within(tag.as_deref().unwrap_or("h2"), node, out, dropped);
        }
        "quote" => within("blockquote", node, out, dropped),
        "aside" => within("aside", node, out, dropped),
        "list" => {
            let ordered =
                text(node, "listType").as_deref() == Some("number") || text(node, "tag").as_deref() == Some("ol");
            within(if ordered { "ol" } else { "ul" }, node, out, dropped);
        }
        "listitem" => within("li", node, out, dropped),
        "link" | "autolink" | "at-link" => {
            out.push_str(&format!("<a href=\"{}\">", escape(&text(node, "url").unwrap_or_default())));
            children(node, out, dropped);
            out.push_str("</a>");
        }
        "linebreak" => out.push_str("<br>"),
        "tab" => out.push('\t'),
        "text" => {
            let format = node.get("format").and_then(Value::as_u64).unwrap_or_default();
            let marks: Vec<&str> = MARKS.iter().filter(|(bit, _)| format & bit != 0).map(|(_, tag)| *tag).collect();
            marks.iter().for_each(|tag| out.push_str(&format!("<{tag}>")));
            out.push_str(&escape(&text(node, "text").unwrap_or_default()));
            marks.iter().rev().for_each(|tag| out.push_str(&format!("</{tag}>")));
        }
        _ => out.push_str(&cards::html(kind, node, dropped)),
    }
}
