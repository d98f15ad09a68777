//! Filling a template and naming a script in a policy. Three small rules instead of a template engine: our pages have
//! a dozen places between them.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

/// The template with each `{{name}}` replaced by its value, in one pass, so that a value that looks like a place is
/// not filled again. Values are put in as they are: escape text with [`escape`] first. An unknown place stays, where a
/// test finds it.
pub(super) fn fill(template: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(template.len() + 1024);
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        out.push_str(before);
        let filled = after.split_once("}}").and_then(|(name, tail)| {
            let value = values.iter().find(|(n, _)| *n == name)?.1;
            Some((value, tail))
        });
        match filled {
            Some((value, tail)) => {
                out.push_str(value);
                rest = tail;
            }
            None => {
                out.push_str("{{");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

/// The text, safe in HTML text and in quoted attributes.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The value as JSON that may stand in a `<script type="application/json">`: no `<` that could end the element or
/// open a comment (HTML Standard, "Restrictions for contents of script elements").
pub(super) fn script_json(value: &serde_json::Value) -> String {
    value.to_string().replace('<', "\\u003c")
}

/// The text in a query string or a path segment (RFC 3986: everything but unreserved characters as `%XX`).
pub(super) fn percent(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte as char),
            // Writing to a String cannot fail.
            _ => _ = write!(out, "%{byte:02X}"),
        }
    }
    out
}

/// The source expression that names an inline script or style by its text: `'sha256-…'` (CSP Level 3, 2.3.1).
pub(super) fn hash_source(text: &str) -> String {
    format!("'sha256-{}'", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_looks_like_a_place_is_not_filled_again() {
        assert_eq!(fill("{{a}}-{{b}}-{{c}}", &[("a", "{{b}}"), ("b", "2")]), "{{b}}-2-{{c}}");
        assert_eq!(fill("open {{ and {{a}", &[("a", "1")]), "open {{ and {{a}");
    }

    #[test]
    fn the_hash_is_the_one_of_the_specification() {
        // The example of CSP Level 3, section 8.3 ("Usage of 'unsafe-hashes'" keeps the same notation).
        assert_eq!(hash_source("doSubmit()"), "'sha256-jzgBGA4UWFFmpOBq0JpdsySukE1FrEN5bUpoK8Z29fY='");
    }

    #[test]
    fn text_and_addresses_are_escaped() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
        assert_eq!(percent("{ a(b: \"é\") }"), "%7B%20a%28b%3A%20%22%C3%A9%22%29%20%7D");
        assert_eq!(script_json(&serde_json::json!("</script>")), "\"\\u003c/script>\"");
    }
}
