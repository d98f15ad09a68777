//! What only members see of a post that is public as a whole: there is no paywall here, so it is left out.

use serde_json::Value;

use super::cards::Dropped;

/// What the comments begin with that stand around such a part in HTML.
const BEGIN: &str = "kg-gated-block:begin";
const END: &str = "kg-gated-block:end";

const NOTE: &str = "part for members only, and there is no paywall here";

/// The HTML without what only members see. A part that does not end goes on to the end, as what is for whom cannot be told
/// any more.
pub(super) fn without(html: String, dropped: &mut Dropped) -> String {
    if !html.contains(BEGIN) {
        return html;
    }
    let mut out = String::with_capacity(html.len());
    let mut rest = html.as_str();
    while let Some((from, says, to)) = comment(rest, BEGIN) {
        if is_for_everybody(says) {
            out.push_str(&rest[..to]);
            rest = &rest[to..];
            continue;
        }
        dropped.note(NOTE);
        out.push_str(&rest[..from]);
        rest = &rest[to..];
        rest = comment(rest, END).map_or("", |(_, _, to)| &rest[to..]);
    }
    out.push_str(rest);
    out
}

/// Ghost shows a part to whoever is no member only where it says so.
fn is_for_everybody(says: &str) -> bool {
    let mut words = says.split_whitespace().filter_map(|word| word.strip_prefix("nonMember:"));
    words.next().is_some_and(|value| value.trim_matches(['"', '\'']) == "true")
}

/// The next comment that begins with this word: where it begins, what it says after that, and where it is over.
fn comment<'a>(html: &'a str, word: &str) -> Option<(usize, &'a str, usize)> {
    let mut from = 0;
    while let Some(at) = html[from..].find("<!--").map(|at| from + at) {
        from = at + "<!--".len();
        if let Some(says) = html[from..].trim_start().strip_prefix(word) {
            let end = says.find("-->");
            let over = end.map_or(html.len(), |end| html.len() - says.len() + end + "-->".len());
            return Some((at, &says[..end.unwrap_or(says.len())], over));
        }
    }
    None
}

/// Whether only members see this card; notes it where that is so.
pub(super) fn is_gated(card: &Value, dropped: &mut Dropped) -> bool {
    let Some(visibility) = card.get("visibility") else { return false };
    let is_gated = match visibility.get("web") {
        Some(Value::Object(web)) => web.get("nonMember") != Some(&Value::Bool(true)),
        // Before, a card said whether pages show it at all.
        _ => visibility.get("showOnWeb") == Some(&Value::Bool(false)),
    };
    if is_gated {
        dropped.note(NOTE);
    }
    is_gated
}
