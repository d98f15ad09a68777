//! Addresses that a story had elsewhere, in the one form in which they are compared.
//!
//! An article that moves in from another system keeps its old permalinks: whoever follows one is led to it. The same
//! page is linked in many spellings, so what tells nothing apart is taken away: scheme, user, standard port, fragment,
//! the slash at the end, and percent-encoding that need not be (RFC 3986, 6.2.2). What is left is `host/path?query`, or
//! `/path?query` where the source named no host.
//!
//! ```
//! use masthead::model::address::normalised;
//! let address = normalised("HTTP://News.example:80/2020/05/caf%c3%a9/#top");
//! assert_eq!(address.as_deref(), Some("news.example/2020/05/caf%C3%A9"));
//! assert_eq!(normalised("/old/story.html").as_deref(), Some("/old/story.html"));
//! ```

use url::Url;

/// The most bytes of an address: an entry of an index holds no more on PostgreSQL.
pub const MOST: usize = 2_000;

/// What a relative address is read against; it is taken off again.
const NOWHERE: &str = "http://nowhere.invalid/";

/// The address in its one form. `None` for what names no page of its own: another scheme than http(s), the front page of
/// a site, more than [`MOST`] bytes, no address at all.
pub fn normalised(text: &str) -> Option<String> {
    let text = text.trim();
    if text.is_empty() || text.len() > MOST * 2 || text.chars().any(char::is_control) {
        return None;
    }
    let base = Url::parse(NOWHERE).ok()?;
    let url = base.join(text).ok()?;
    if !matches!(url.scheme(), "http" | "https") {
        return None;
    }
    let host = url.host_str()?;
    let mut out = String::with_capacity(text.len());
    if host != base.host_str()? {
        // A dot at the end of a name is the same name.
        out.push_str(Some(host.trim_end_matches('.')).filter(|host| !host.is_empty()).unwrap_or(host));
        if let Some(port) = url.port() {
            out.push_str(&format!(":{port}"));
        }
    }
    let path = plainly_encoded(url.path());
    let path = path.trim_end_matches('/');
    let query = url.query().filter(|query| !query.is_empty()).map(plainly_encoded);
    if path.is_empty() && query.is_none() {
        return None;
    }
    if path.is_empty() && out.is_empty() {
        // A path alone always begins with the slash by which it is told from a host.
        out.push('/');
    }
    out.push_str(path);
    if let Some(query) = query {
        out.push('?');
        out.push_str(&query);
    }
    (out.len() <= MOST).then_some(out)
}

/// The forms under which an address may be kept, the likeliest first: itself; for one with a host the path alone; for a
/// path alone the same under `site`, the address that the publication has now.
pub fn candidates(text: &str, site: Option<&str>) -> Vec<String> {
    let Some(first) = normalised(text) else { return Vec::new() };
    let other = if first.starts_with('/') {
        site.and_then(|site| Url::parse(site).ok()).and_then(|site| normalised(site.join(text.trim()).ok()?.as_str()))
    } else {
        first.find(['/', '?']).map(|at| first[at..].to_owned()).and_then(|path| normalised(&path))
    };
    let mut all = vec![first];
    all.extend(other.filter(|other| *other != all[0]));
    all
}

/// The address as one that can be followed and read back: with a scheme where it has a host.
pub fn spelled(address: &str) -> String {
    if address.starts_with('/') { address.to_owned() } else { format!("https://{address}") }
}

/// Decodes what RFC 3986 calls unreserved and writes the rest of the escapes in capitals.
fn plainly_encoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                let value = u8::try_from(high * 16 + low).unwrap_or_default();
                if value.is_ascii_alphanumeric() || matches!(value, b'-' | b'.' | b'_' | b'~') {
                    out.push(char::from(value));
                } else {
                    out.push_str(&format!("%{value:02X}"));
                }
                at += 3;
            }
            // What the parser of addresses gives is ASCII.
            (byte, ..) => {
                out.push(char::from(byte));
                at += 1;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_one_page_are_one() {
        for (text, form) in [
            ("https://a.example/x/", Some("a.example/x")),
            ("http://user:pw@A.Example.:80/x?#y", Some("a.example/x")),
            ("https://a.example:8443/%7Ex", Some("a.example:8443/~x")),
            ("//a.example/x", Some("a.example/x")),
            ("https://a.example/?p=12", Some("a.example?p=12")),
            ("https://a.example/a/../b", Some("a.example/b")),
            ("https://bücher.example/é?q=é", Some("xn--bcher-kva.example/%C3%A9?q=%C3%A9")),
            ("/2020/x/", Some("/2020/x")),
            ("2020/x.html", Some("/2020/x.html")),
            ("?p=1", Some("/?p=1")),
            ("https://a.example/", None),
            ("/", None),
            ("#x", None),
            ("mailto:a@b.c", None),
            ("urn:x:1", None),
            ("", None),
        ] {
            assert_eq!(normalised(text).as_deref(), form, "{text}");
        }
    }

    #[test]
    fn a_page_is_looked_for_with_and_without_its_host() {
        assert_eq!(candidates("https://a.example/x", None), ["a.example/x", "/x"]);
        assert_eq!(candidates("https://a.example/?p=1", None), ["a.example?p=1", "/?p=1"]);
        assert_eq!(candidates("/x", Some("https://b.example")), ["/x", "b.example/x"]);
        assert_eq!(candidates("/x", None), ["/x"]);
        assert!(candidates("javascript:1", Some("https://b.example")).is_empty());
    }

    proptest! {
        #[test]
        fn what_is_spelled_out_is_the_same_address(text in "(https?://[a-z.é]{1,9}(:[0-9]{1,4})?)?/?[a-zA-Z0-9%/?=&é._~ -]{0,30}") {
            if let Some(address) = normalised(&text) {
                prop_assert_eq!(normalised(&spelled(&address)), Some(address));
            }
        }
    }
}
