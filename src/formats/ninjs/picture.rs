//! The lead image of a document: a picture that is associated with it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::names::{each, of, text, texts};
use crate::formats::html;
use crate::model::article::Image;

/// Wider than this is for print.
const WIDEST: u64 = 2_000;

/// The first picture; what else is associated is noted.
pub(super) fn lead(document: &Value, notes: &mut BTreeMap<String, u64>) -> Option<Image> {
    let mut found = None;
    for one in each(document, &["associations"]) {
        let kind = text(one, &["type"]).unwrap_or_else(|| "item of no type".to_owned());
        let image = matches!(kind.as_str(), "picture" | "graphic").then(|| image(one)).flatten();
        match image {
            Some(image) if found.is_none() => found = Some(image),
            _ => *notes.entry(format!("associated {kind}")).or_insert(0) += 1,
        }
    }
    found
}

fn image(picture: &Value) -> Option<Image> {
    let width = |rendition: &&Value| rendition.get("width").and_then(Value::as_u64).unwrap_or_default();
    let is_shown = |rendition: &&Value| {
        let kind = text(rendition, &["contentType", "contenttype", "mimetype"]);
        text(rendition, &["href"]).is_some() && kind.is_none_or(|kind| kind.starts_with("image/"))
    };
    let renditions: Vec<&Value> = each(picture, &["renditions"]).into_iter().filter(is_shown).collect();
    let fitting = renditions.iter().copied().filter(|rendition| width(rendition) <= WIDEST).max_by_key(width);
    let best = fitting.or_else(|| renditions.iter().copied().min_by_key(width))?;
    let side = |name: &str| best.get(name).and_then(Value::as_u64).and_then(|side| u32::try_from(side).ok());
    let words = |(kind, value): (String, String)| {
        if kind.contains("html") { html::parse(&value).body.plain_text().trim().to_owned() } else { value }
    };
    let caption = texts(picture, "descriptions", "description").into_iter().next().map(words);
    let credit = text(picture, &["by", "byline"]).or_else(|| text(picture, &["copyrightHolder", "copyrightholder"]));
    let alt =
        of(picture, &["headlines"]).and_then(|_| texts(picture, "headlines", "headline").into_iter().next()).map(words);
    Some(Image {
        url: text(best, &["href"])?,
        alt: alt.or_else(|| text(picture, &["headline", "title"])),
        caption,
        credit,
        width: side("width"),
        height: side("height"),
    })
}
