//! Which addresses a body may carry.
//!
//! Browsers repair addresses before they read the scheme: they strip tabs and newlines anywhere and blanks at the ends,
//! and read `\` as `/` (WHATWG URL standard). So `java\tscript:` runs and `/\host` leaves the site. Here nothing is
//! repaired: whatever a browser would strip or turn is refused, and then the scheme is what it seems to be.

use std::borrow::Cow;
use url::Url;

/// Bytes that one address may hold.
pub const MAX_ADDRESS: usize = 4096;

/// Check the address of a link: `http`, `https`, `mailto`, `tel`, or relative without a host.
///
/// The error says what is wrong, as the end of a sentence that begins with the address.
pub fn link(address: &str) -> Result<(), &'static str> {
    match scheme(address)? {
        None => Ok(()),
        Some("mailto" | "tel") => Ok(()),
        Some("http" | "https") => host(address),
        Some(_) => Err("has a scheme that is not allowed; use http, https, mailto, tel or a relative address"),
    }
}

/// Check the address of a picture or of a quote's source: `http`, `https` or relative without a host.
pub fn resource(address: &str) -> Result<(), &'static str> {
    match scheme(address)? {
        None => Ok(()),
        Some("http" | "https") => host(address),
        Some(_) => Err("has a scheme that is not allowed; use http, https or a relative address"),
    }
}

/// Check the address of an embed: `http` or `https`, never relative.
pub fn absolute(address: &str) -> Result<(), &'static str> {
    match scheme(address)? {
        Some("http" | "https") => host(address),
        _ => Err("is not an absolute http or https address"),
    }
}

/// The address as a tolerant reader understands it: blanks at the ends go, blanks inside and backslashes are
/// percent-encoded, control characters go, and `//host` is read as `https://host`. What comes out must still be checked.
pub fn repair(address: &str) -> Cow<'_, str> {
    let trimmed = address.trim_matches(|c: char| c <= ' ' || c == '\u{7F}');
    let host_only = trimmed.starts_with("//");
    if !host_only && !trimmed.contains(|c: char| c <= ' ' || c == '\\' || is_control(c)) {
        return Cow::Borrowed(trimmed);
    }
    let mut out = String::with_capacity(trimmed.len() + 8);
    if host_only {
        out.push_str("https:");
    }
    for c in trimmed.chars() {
        match c {
            ' ' => out.push_str("%20"),
            '\\' => out.push_str("%5C"),
            c if is_control(c) => {}
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{FFFE}' | '\u{FFFF}')
}

/// The scheme in lower case where it is one of those known here (any other comes back as it stands), `None` for a
/// relative address.
fn scheme(address: &str) -> Result<Option<&str>, &'static str> {
    if address.is_empty() {
        return Err("is empty; give an address or leave the link out");
    }
    if address.len() > MAX_ADDRESS {
        return Err("is longer than 4096 bytes; shorten it");
    }
    if address.contains(|c: char| c == ' ' || is_control(c)) {
        return Err("has a blank or control character in it; percent-encode it");
    }
    if address.contains('\\') {
        return Err("has a backslash in it, which browsers read as a slash; write %5C");
    }
    let end = address.find(['/', '?', '#']).unwrap_or(address.len());
    match address[..end].find(':') {
        None if address.starts_with("//") => Err("names a host without a scheme; begin with https://"),
        // An entity that was escaped twice; who decodes once too often would get another address.
        None if address.starts_with('&') => Err("begins with &; decode the entity or begin with ./"),
        None => Ok(None),
        Some(colon) => {
            let name = &address[..colon];
            for known in ["http", "https", "mailto", "tel"] {
                if name.eq_ignore_ascii_case(known) {
                    return Ok(Some(known));
                }
            }
            Ok(Some(name))
        }
    }
}

fn host(address: &str) -> Result<(), &'static str> {
    let rest = address.split_once(':').map_or("", |(_, rest)| rest);
    if !rest.starts_with("//") || rest[2..].starts_with('/') {
        return Err("has no host; write it as https://host/path");
    }
    match Url::parse(address) {
        Ok(url) if url.host_str().is_some_and(|host| !host.is_empty()) => Ok(()),
        _ => Err("is not a valid http address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_addresses_pass() {
        for good in [
            "https://example.org/a?b=c#d",
            "HTTP://EXAMPLE.ORG",
            "http://example.org:8080/",
            "mailto:a@example.org",
            "tel:+49123",
            "/a/b",
            "a/b.html",
            "../x",
            "#note-1",
            "?page=2",
            "a/b:c",
            "https://example.org/ü",
            "https://bücher.example/",
        ] {
            assert_eq!(link(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn whatever_could_run_or_leave_the_site_unseen_is_refused() {
        for bad in [
            "javascript:alert(1)",
            "JaVaScRiPt:alert(1)",
            "java\tscript:alert(1)",
            "java\nscript:alert(1)",
            " javascript:alert(1)",
            "\u{1}javascript:alert(1)",
            "javascript\u{0}:alert(1)",
            "vbscript:x",
            "data:text/html,x",
            "file:///etc/passwd",
            "//evil.example/x",
            "/\\evil.example",
            "\\\\evil.example",
            "/\t/evil.example",
            "http:evil",
            "http:///evil",
            "https://",
            "http://[::1",
            "&#106;avascript:x",
            "1a:b",
            "",
        ] {
            assert!(link(bad).is_err(), "{bad:?}");
            assert!(resource(bad).is_err(), "{bad:?}");
        }
        assert!(resource("mailto:a@b").is_err());
        assert!(absolute("/a").is_err());
        assert!(link(&format!("/{}", "a".repeat(MAX_ADDRESS))).is_err());
    }

    #[test]
    fn repairing_never_makes_a_scheme_that_was_not_checked() {
        assert_eq!(repair(" https://a/b c "), "https://a/b%20c");
        assert_eq!(repair("//a/b"), "https://a/b");
        assert!(link(&repair("java\tscript:alert(1)")).is_err());
        assert_eq!(repair("/\\evil"), "/%5Cevil");
        assert_eq!(repair("\t//evil/"), "https://evil/");
        // A control character between two slashes vanishes, and what is left names a host: refused by the check.
        assert!(link(&repair("/\t/evil")).is_err());
    }
}
