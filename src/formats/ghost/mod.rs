//! The JSON export of Ghost, versions 1 to 5.
//!
//! - **Posts** are stories; pages are passed over unless the caller asks for them.
//! - **Status**: `published` is public, `scheduled` waits for its date, drafts stay in the newsroom. So do posts for members,
//!   since there is no paywall here, and those that were or are to be sent by mail only.
//! - **Tags**: the primary one, which is the first public one, is the section; the others are subjects. Internal tags
//!   (`#…`) are left out with a report.
//! - **The body** is the HTML that Ghost made of it; where there is none it is made of `lexical` or `mobiledoc` here. What only
//!   members see of it is left out with a report.
//! - **Addresses**: `/{slug}/`, as Ghost has them unless it is set up otherwise, lead to the story. An export does not say
//!   under which address the site was; the caller may.

mod cards;
mod gated;
mod lexical;
mod mobiledoc;
mod post;

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use super::item::{Item, Items, unreadable};
use crate::error::Result;

/// How an export is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Whether pages become stories too.
    pub pages: bool,
    /// Where the site was, for addresses that the export leaves open.
    pub site: Option<String>,
}

#[derive(Deserialize)]
struct Whole<'a> {
    #[serde(borrow, default)]
    db: Vec<Database<'a>>,
    #[serde(borrow, default)]
    data: Option<Tables<'a>>,
}

#[derive(Deserialize)]
struct Database<'a> {
    #[serde(borrow, default)]
    data: Option<Tables<'a>>,
}

#[derive(Deserialize)]
struct Tables<'a> {
    #[serde(borrow, default)]
    posts: Vec<&'a RawValue>,
    #[serde(default)]
    tags: Vec<Value>,
    #[serde(default)]
    posts_tags: Vec<Value>,
    #[serde(default)]
    users: Vec<Value>,
    #[serde(default)]
    posts_authors: Vec<Value>,
    #[serde(default)]
    posts_meta: Vec<Value>,
    #[serde(default)]
    settings: Vec<Value>,
}

/// What posts refer to. Ids are numbers in old exports and text in newer ones: as text they are the same.
struct Site {
    tags: HashMap<String, Value>,
    users: HashMap<String, Value>,
    meta: HashMap<String, Value>,
    /// Tags and authors of a post, in order.
    tags_of: HashMap<String, Vec<String>>,
    authors_of: HashMap<String, Vec<String>>,
    permalinks: String,
    language: Option<String>,
    options: Options,
}

/// Reads an export.
///
/// # Errors
/// `INVALID_INPUT`, with the line, for what is no JSON, and for what is no export of Ghost.
pub fn read(bytes: &[u8], options: &Options) -> Result<Items> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let whole: Whole<'_> =
        serde_json::from_slice(bytes).map_err(|e| unreadable(format!("The file is no export of Ghost: {e}.")))?;
    let tables: Vec<Tables<'_>> = whole.db.into_iter().filter_map(|db| db.data).chain(whole.data).collect();
    if tables.is_empty() {
        return Err(unreadable("The file is no export of Ghost: it has no db with data in it."));
    }
    let mut all = Items::default();
    for tables in tables {
        let Tables { posts, tags, posts_tags, users, posts_authors, posts_meta, settings } = tables;
        let setting = |key: &str| {
            let found = settings.iter().find(|setting| text(setting, "key").as_deref() == Some(key));
            found.and_then(|setting| text(setting, "value"))
        };
        let site = Site {
            tags: by("id", tags),
            users: by("id", users),
            meta: by("post_id", posts_meta),
            tags_of: linked(&posts_tags, "tag_id"),
            authors_of: linked(&posts_authors, "author_id"),
            permalinks: setting("permalinks")
                .filter(|form| form.contains(":slug"))
                .unwrap_or_else(|| "/:slug/".to_owned()),
            language: setting("lang").or_else(|| setting("locale")).or_else(|| setting("default_locale")),
            options: options.clone(),
        };
        for post in posts {
            let number = all.items.len() as u64 + 1;
            all.items.push(match serde_json::from_str(post.get()) {
                Ok(value) => post::item(&value, number, &site, post.get().as_bytes()),
                Err(e) => {
                    Item::fault(number, "", &unreadable(format!("The post is no JSON: {e}.")), post.get().as_bytes())
                }
            });
        }
    }
    Ok(all)
}

/// A field as text; a number is its digits, and empty text is nothing.
fn text(value: &Value, field: &str) -> Option<String> {
    match value.get(field)? {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

fn by(field: &str, rows: Vec<Value>) -> HashMap<String, Value> {
    rows.into_iter().filter_map(|row| Some((text(&row, field)?, row))).collect()
}

/// The ids that posts are linked with, in the order that the links say.
fn linked(links: &[Value], field: &str) -> HashMap<String, Vec<String>> {
    let mut sorted: Vec<(i64, &Value)> =
        links.iter().map(|link| (link.get("sort_order").and_then(Value::as_i64).unwrap_or_default(), link)).collect();
    sorted.sort_by_key(|(order, _)| *order);
    let mut all: HashMap<String, Vec<String>> = HashMap::new();
    for (_, link) in sorted {
        if let (Some(post), Some(other)) = (text(link, "post_id"), text(link, field)) {
            all.entry(post).or_default().push(other);
        }
    }
    all
}

#[cfg(test)]
mod tests;
