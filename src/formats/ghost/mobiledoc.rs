//! Mobiledoc 0.3, the body's form in Ghost 1 to 4, as HTML. <https://github.com/bustle/mobiledoc-kit/blob/master/MOBILEDOC.md>

use serde_json::Value;

use super::cards::{self, Dropped};
use crate::formats::html::escape;

/// The document as HTML; `None` for what is none.
pub(super) fn html(source: &str, dropped: &mut Dropped) -> Option<String> {
    let Ok(document) = serde_json::from_str::<Value>(source) else {
        dropped.note("body that is no mobiledoc");
        return None;
    };
    let mut out = String::new();
    for section in list(&document, "sections") {
        let Some(section) = section.as_array() else { continue };
        match section.first().and_then(Value::as_u64) {
            Some(1) => {
                let tag = element(section.get(1), "p");
                out.push_str(&format!("<{tag}>{}</{tag}>", inline(&document, section.get(2), dropped)));
            }
            Some(2) => {
                if let Some(url) = section.get(1).and_then(Value::as_str) {
                    out.push_str(&format!("<img src=\"{}\">", escape(url)));
                }
            }
            Some(3) => {
                let tag = element(section.get(1), "ul");
                out.push_str(&format!("<{tag}>"));
                for item in section.get(2).and_then(Value::as_array).into_iter().flatten() {
                    out.push_str(&format!("<li>{}</li>", inline(&document, Some(item), dropped)));
                }
                out.push_str(&format!("</{tag}>"));
            }
            Some(10) => {
                let card = section
                    .get(1)
                    .and_then(Value::as_u64)
                    .and_then(|at| list(&document, "cards").get(usize::try_from(at).ok()?));
                if let Some([Value::String(name), payload]) = card.and_then(Value::as_array).map(Vec::as_slice) {
                    out.push_str(&cards::html(name, payload, dropped));
                }
            }
            _ => dropped.note("section of mobiledoc that is not known"),
        }
    }
    Some(out)
}

fn list<'a>(document: &'a Value, field: &str) -> &'a [Value] {
    document.get(field).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// The name of an element, which goes into HTML: letters and digits only.
fn element<'a>(value: Option<&'a Value>, other: &'a str) -> &'a str {
    value
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric()))
        .unwrap_or(other)
}

fn inline(document: &Value, markers: Option<&Value>, dropped: &mut Dropped) -> String {
    let (markups, atoms) = (list(document, "markups"), list(document, "atoms"));
    let mut out = String::new();
    let mut open: Vec<&str> = Vec::new();
    for marker in markers.and_then(Value::as_array).into_iter().flatten() {
        let Some([kind, opened, closed, content]) = marker.as_array().map(Vec::as_slice) else { continue };
        for at in opened.as_array().into_iter().flatten().filter_map(Value::as_u64) {
            let Some(markup) = usize::try_from(at).ok().and_then(|at| markups.get(at)).and_then(Value::as_array) else {
                continue;
            };
            let tag = element(markup.first(), "span");
            out.push_str(&format!("<{tag}"));
            for pair in markup.get(1).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().chunks(2) {
                if let [Value::String(name), Value::String(value)] = pair
                    && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
                {
                    out.push_str(&format!(" {name}=\"{}\"", escape(value)));
                }
            }
            out.push('>');
            open.push(tag);
        }
        match (kind.as_u64(), content) {
            (Some(0), Value::String(words)) => out.push_str(&escape(words)),
            (Some(1), at) => {
                let atom = at.as_u64().and_then(|at| atoms.get(usize::try_from(at).ok()?)).and_then(Value::as_array);
                match atom.and_then(|atom| atom.first()).and_then(Value::as_str) {
                    Some("soft-return") => out.push_str("<br>"),
                    _ => dropped.note("atom of mobiledoc that is not known"),
                }
            }
            _ => {}
        }
        for _ in 0..closed.as_u64().unwrap_or_default().min(open.len() as u64) {
            if let Some(tag) = open.pop() {
                out.push_str(&format!("</{tag}>"));
            }
        }
    }
    while let Some(tag) = open.pop() {
        out.push_str(&format!("</{tag}>"));
    }
    out
}
