//! The names of a document, which change from version to version.

use std::collections::VecDeque;

use serde_json::Value;

use crate::formats::jsonl::TopicName;

/// The IPTC's Media Topics, as their codes begin.
const MEDIA_TOPICS: &str = "http://cv.iptc.org/newscodes/mediatopic/";

/// Wikidata's things, as their addresses begin.
const WIKIDATA: &str = "http://www.wikidata.org/entity/";

/// The value under the first of these names that is there.
pub(super) fn of<'a>(document: &'a Value, names: &[&str]) -> Option<&'a Value> {
    names.iter().find_map(|name| document.get(*name))
}

/// The same as text, without what is empty.
pub(super) fn text(document: &Value, names: &[&str]) -> Option<String> {
    of(document, names).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Things that are a list in newer versions, and named ones in version 1.
pub(super) fn each<'a>(document: &'a Value, names: &[&str]) -> Vec<&'a Value> {
    match of(document, names) {
        Some(Value::Array(list)) => list.iter().collect(),
        Some(Value::Object(named)) => named.values().collect(),
        _ => Vec::new(),
    }
}

/// Texts of one kind, each with its media type: `headlines`, or `headline`, `headline_main` and its like in version 1.
pub(super) fn texts(document: &Value, list: &str, single: &str) -> Vec<(String, String)> {
    let mut all = VecDeque::new();
    for one in each(document, &[list]) {
        if let Some(value) = text(one, &["value"]) {
            let role = text(one, &["role"]).unwrap_or_default();
            if NOTICES.contains(&role.as_str()) {
                continue;
            }
            let kind = text(one, &["contentType", "contenttype"]).unwrap_or_else(|| kind_of(&role, &value).to_owned());
            // The main one comes first, whatever stands before it.
            if role == "main" { all.push_front((kind, value)) } else { all.push_back((kind, value)) }
        }
    }
    for (name, value) in document.as_object().into_iter().flatten() {
        let role = match name.strip_prefix(single) {
            Some("") => "",
            Some(rest) => rest.strip_prefix('_').unwrap_or("?"),
            None => "?",
        };
        if let Some(value) = value.as_str().filter(|value| role != "?" && !value.trim().is_empty()) {
            let text = (kind_of(role, value).to_owned(), value.to_owned());
            if role.is_empty() { all.push_front(text) } else { all.push_back(text) }
        }
    }
    all.into()
}

/// The texts of a list that have this role.
pub(super) fn in_role(document: &Value, list: &str, role: &str) -> Vec<String> {
    let all = each(document, &[list]).into_iter().filter(|one| text(one, &["role"]).as_deref() == Some(role));
    all.filter_map(|one| text(one, &["value"])).collect()
}

/// Roles of texts that this program writes for what the standard has no property for.
const NOTICES: [&str; 5] = ["label", "disclaimer", "correction", "reason", KILL];

/// The role of the description by which what was killed is told from what was withdrawn.
pub(super) const KILL: &str = "kill";

/// The media type of a text that states none and looks plain.
pub(super) const PERHAPS_PLAIN: &str = "text";

fn kind_of(role: &str, value: &str) -> &'static str {
    if role.contains("html") || (value.contains("<p") && value.contains("</p>")) { "text/html" } else { PERHAPS_PLAIN }
}

/// A topic with its code; `None` for one without a name.
pub(super) fn topic(value: &Value) -> Option<TopicName> {
    let name = text(value, &["name"]).or_else(|| text(value, &["literal"]))?;
    let (scheme, code) = match (text(value, &["scheme"]), text(value, &["code"]), text(value, &["uri"])) {
        (Some(scheme), Some(code), _) => (scheme, code),
        (_, _, Some(uri)) => match uri.rsplit_once(['/', '#']).or_else(|| uri.rsplit_once(':')) {
            Some((scheme, code)) if !scheme.is_empty() && !code.is_empty() => {
                let slash = if uri[scheme.len()..].starts_with('/') { "/" } else { "" };
                (format!("{scheme}{slash}"), code.to_owned())
            }
            _ => return Some(TopicName { name, ..TopicName::default() }),
        },
        _ => return Some(TopicName { name, ..TopicName::default() }),
    };
    if scheme.replacen("https:", "http:", 1) == WIKIDATA {
        return Some(TopicName { name, scheme: Some("wikidata".to_owned()), code: Some(code), ..TopicName::default() });
    }
    let is_media_topic =
        scheme.replacen("https:", "http:", 1).trim_end_matches('/') == MEDIA_TOPICS.trim_end_matches('/');
    let scheme = if is_media_topic { "medtop".to_owned() } else { scheme };
    Some(TopicName { name, scheme: Some(scheme), code: Some(code), ..TopicName::default() })
}
