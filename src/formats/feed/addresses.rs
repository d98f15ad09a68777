//! Relative addresses of feeds, made absolute: at home they lead to where the feed is from, here they would lead to this site.

use std::borrow::Cow;

use url::Url;

use crate::formats::{html, xml};

/// Attributes with addresses that a body is made of.
const ATTRIBUTES: &[&str] =
    &["href", "src", "cite", "poster", "data-src", "data-lazy-src", "data-original", "data-href"];

/// An address that others can be read against.
pub(super) fn page(address: &str) -> Option<Url> {
    Url::parse(address.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host())
}

/// The innermost `xml:base` of these, outermost first; each is read against the one around it, the first against `home`.
pub(super) fn base<'a>(home: Option<&Url>, bases: impl IntoIterator<Item = &'a str>) -> Option<Url> {
    bases.into_iter().fold(None, |around: Option<Url>, base| {
        let joined = match around.as_ref().or(home) {
            Some(around) => around.join(base.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https")),
            None => page(base),
        };
        joined.or(around)
    })
}

/// The address, read against the base where it is relative. What only names a place on its own page stays.
pub(super) fn resolved<'a>(base: Option<&Url>, address: &'a str) -> Cow<'a, str> {
    let bare = address.trim();
    let is_relative =
        !bare.is_empty() && !bare.starts_with('#') && Url::parse(bare) == Err(url::ParseError::RelativeUrlWithoutBase);
    match base.filter(|_| is_relative).map(|base| base.join(bare)) {
        Some(Ok(joined)) => joined.to_string().into(),
        _ => address.into(),
    }
}

/// HTML whose relative addresses are read against the base.
pub(super) fn with_absolute(text: &str, base: &Url) -> String {
    let bytes = text.as_bytes();
    let is_space = |byte: &u8| byte.is_ascii_whitespace();
    let after = |from: usize, is_end: &dyn Fn(&u8) -> bool| {
        from + bytes[from..].iter().position(is_end).unwrap_or(bytes.len() - from)
    };
    let (mut out, mut copied, mut at) = (String::with_capacity(text.len() + 64), 0, 0);
    while let Some(found) = text[at..].find('<') {
        at += found;
        if text[at..].starts_with("<!--") {
            at = text[at..].find("-->").map_or(text.len(), |end| at + end + 3);
            continue;
        }
        at += 1;
        if !bytes.get(at).is_some_and(u8::is_ascii_alphabetic) {
            continue;
        }
        at = after(at, &|byte: &u8| is_space(byte) || matches!(byte, b'/' | b'>'));
        loop {
            at = after(at, &|byte: &u8| !is_space(byte) && *byte != b'/');
            match bytes.get(at) {
                None => break,
                Some(b'>') => {
                    at += 1;
                    break;
                }
                Some(_) => {}
            }
            // A sign of equality at the beginning belongs to the name; the tag ends all the same.
            let named = at;
            at = after(at + 1, &|byte: &u8| is_space(byte) || matches!(byte, b'/' | b'>' | b'='));
            let Some(name) = text.get(named..at) else { break };
            let sign = after(at, &|byte: &u8| !is_space(byte));
            if bytes.get(sign) != Some(&b'=') {
                continue;
            }
            let begin = after(sign + 1, &|byte: &u8| !is_space(byte));
            let (value, end) = match bytes.get(begin) {
                Some(quote @ (b'"' | b'\'')) => {
                    let end = after(begin + 1, &|byte: &u8| byte == quote);
                    (begin + 1..end, (end + 1).min(bytes.len()))
                }
                _ => {
                    let end = after(begin, &|byte: &u8| is_space(byte) || *byte == b'>');
                    (begin..end, end)
                }
            };
            at = end;
            if !ATTRIBUTES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                continue;
            }
            let written = xml::with_references(&text[value]);
            let meant = resolved(Some(base), &written);
            if meant != written.as_str() {
                out.push_str(&text[copied..begin]);
                out.push('"');
                out.push_str(&html::escape(&meant));
                out.push('"');
                copied = end;
            }
        }
    }
    out.push_str(&text[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_addresses_of_html_are_made_absolute() {
        let base = page("https://s.example/a/b").unwrap();
        for (written, made) in [
            ("<a href=\"c\">x</a>", "<a href=\"https://s.example/a/c\">x</a>"),
            ("<IMG alt='>' SRC = '/img/x.png'/>", "<IMG alt='>' SRC = \"https://s.example/img/x.png\"/>"),
            ("<a href=?a=1&amp;b=2>x</a>", "<a href=\"https://s.example/a/b?a=1&amp;b=2\">x</a>"),
            ("<a href=\"c?a=1&b='2\">x</a>", "<a href=\"https://s.example/a/c?a=1&amp;b=%272\">x</a>"),
            ("<img data-src=\"//img.example/x\">", "<img data-src=\"https://img.example/x\">"),
        ] {
            assert_eq!(with_absolute(written, &base), made, "{written}");
        }
        for same in [
            "<a href=\"https://o.example/\" title=\"c\">x</a> <a href=\"#n\">1</a> <a href=\"mailto:a@b.example\">m</a>",
            "a < b href=\"c\" <!-- <a href=\"c\"> --> &lt;a href=\"c\"&gt;",
            "<a href=\"\">x</a><a =>é</a><a href",
            "<a é=1 href='",
        ] {
            assert_eq!(with_absolute(same, &base), same, "{same}");
        }
        // Long and broken.
        for text in ["<a ".repeat(300_000), "<a b=\"".repeat(300_000), "<!--".repeat(300_000)] {
            with_absolute(&text, &base);
        }
    }

    #[test]
    fn bases_are_read_against_each_other() {
        let home = page("https://s.example/feed/");
        let of = |home: Option<&Url>, bases: &[&str]| base(home, bases.iter().copied()).map(|url| url.to_string());
        assert_eq!(of(home.as_ref(), &[]), None);
        assert_eq!(of(home.as_ref(), &["/x/", "y/"]).as_deref(), Some("https://s.example/x/y/"));
        assert_eq!(of(None, &["y/", "https://o.example/", "z"]).as_deref(), Some("https://o.example/z"));
        assert_eq!(of(None, &["urn:x:1"]), None);
    }
}
