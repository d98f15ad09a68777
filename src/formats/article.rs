//! What every door and every format shows alike of an article: addresses, byline, and bodies that carry their notices.
//!
//! Here are the small rules by which a card becomes something to show, so that two doors cannot disagree. What is not
//! here: which articles there are (`catalogue`), and the shape of an answer (the doors).
//!
//! ```
//! use masthead::formats::article::{Notices, body_html};
//! let notices = Notices { label: Some("Op-Ed"), ..Notices::default() };
//! assert_eq!(body_html("<p>Text.</p>\n", Some(&notices)), "<p class=\"label\">Op-Ed</p>\n<p>Text.</p>\n");
//! assert_eq!(body_html("<p>Text.</p>\n", None), "<p>Text.</p>\n");
//! ```

use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

use super::{html, markdown, text};
use crate::config::SiteSettings;
use crate::error::{Error, Result};
use crate::model::article::{Card, Correction, Image};
use crate::model::author::Author;
use crate::model::body::{self, Body};
use crate::model::section::Section;
use crate::model::time::Instant;

/// The names of the authors in one line: `A`, `A and B`, `A, B and C`. Empty for a piece that nobody signs.
pub fn byline(authors: &[Arc<Author>]) -> String {
    let mut line = String::new();
    for (i, author) in authors.iter().enumerate() {
        if i > 0 {
            line.push_str(if i + 1 == authors.len() { " and " } else { ", " });
        }
        line.push_str(&author.name);
    }
    line
}

/// Where the publication's own site shows the article.
pub fn url(site: &SiteSettings, card: &Card, section: Option<&Section>) -> String {
    site.article_url(section.map(|section| section.slug.as_str()), &card.slug)
}

/// The address that search engines shall keep (RFC 6596): the original's, where the piece first stood elsewhere, else
/// the site's own.
pub fn canonical_url(site: &SiteSettings, card: &Card, section: Option<&Section>) -> String {
    card.canonical_url.as_deref().map_or_else(|| url(site, card, section), as_uri)
}

/// The identity of an article for other systems, stable for good: its URI where that is one (RFC 3986), else one of its
/// id.
pub fn uri(uri: &str, id: &str) -> String {
    if is_uri(uri) { uri.to_owned() } else { format!("urn:masthead:{id}") }
}

/// The image with an absolute address: a path is read against the site's.
pub fn absolute_image(site: &SiteSettings, image: &Image) -> Image {
    Image { url: image_url(site, image).into_owned(), ..image.clone() }
}

/// Its address alone.
pub fn image_url<'a>(site: &SiteSettings, image: &'a Image) -> Cow<'a, str> {
    let url = image.url.as_str();
    if url.starts_with("//") {
        // A network path takes the site's scheme (RFC 3986, 4.2).
        as_uri(&format!("{}:{url}", site.url.scheme())).into()
    } else if url.starts_with('/') {
        as_uri(&site.absolute(url)).into()
    } else if url.bytes().all(is_plain) {
        url.into()
    } else {
        as_uri(url).into()
    }
}

/// An address in the characters that a URI may have (RFC 3986, 2): what people type and browsers mend, such as spaces, angle
/// brackets and letters of other scripts, is percent-encoded, since strict readers refuse it. One that is a URI stays as it is.
pub fn as_uri(address: &str) -> String {
    if address.bytes().all(is_plain) || strays(address).is_empty() {
        return address.to_owned();
    }
    // A name of a host in other letters has a spelling of its own.
    let mended = url::Url::parse(address).map_or_else(|_| address.to_owned(), String::from);
    let strays = strays(&mended);
    let mut uri = String::with_capacity(mended.len() + 2 * strays.len());
    for (at, byte) in mended.bytes().enumerate() {
        if strays.binary_search(&at).is_ok() {
            uri.push_str(&format!("%{byte:02X}"));
        } else {
            uri.push(char::from(byte));
        }
    }
    uri
}

/// Whether it is a URI (RFC 3986, 3). What a scheme, a host and a port may be is the parser's to say; it passes over
/// characters that stand where they may not.
fn is_uri(text: &str) -> bool {
    url::Url::parse(text).is_ok() && strays(text).is_empty()
}

/// Where the bytes are, in order, that must be percent-encoded where they stand in an address (RFC 3986, 2 and 3): those that
/// a URI has nowhere, a percent sign that encodes nothing, brackets that are not those of a host, and delimiters that come
/// a second time.
fn strays(address: &str) -> Vec<usize> {
    let bytes = address.as_bytes();
    let authority = authority(address);
    let user = address[authority.clone()].rfind('@').map(|at| authority.start + at);
    let host = user.map_or(authority.start, |at| at + 1);
    let brackets =
        address[host..authority.end].find(']').filter(|_| bytes.get(host) == Some(&b'[')).map(|at| host + at);
    let fragment = address.find('#');
    let is_stray = |at: usize| match bytes[at] {
        b'%' => !is_encoded(&bytes[at..]),
        b'[' => brackets.is_none() || at != host,
        b']' => brackets != Some(at),
        b'#' => fragment != Some(at),
        b'@' => authority.contains(&at) && user != Some(at),
        byte => !is_plain(byte),
    };
    (0..bytes.len()).filter(|at| is_stray(*at)).collect()
}

/// Whether it may stand anywhere in an address, as often as it likes.
fn is_plain(byte: u8) -> bool {
    const PLAIN: [bool; 256] = {
        let (mut plain, others) = ([false; 256], b"-._~:/?!$&'()*+,;=");
        let mut at = 0;
        while at < 256 {
            plain[at] = (at as u8).is_ascii_alphanumeric();
            at += 1;
        }
        let mut at = 0;
        while at < others.len() {
            plain[others[at] as usize] = true;
            at += 1;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}

/// Where the user, the host and the port stand in an address; an empty stretch where it has none (RFC 3986, 3.2).
fn authority(address: &str) -> Range<usize> {
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
    };
    match address.split_once("//") {
        Some((before, rest)) if before.is_empty() || before.strip_suffix(':').is_some_and(is_scheme) => {
            let begin = before.len() + 2;
            begin..begin + rest.find(['/', '?', '#']).unwrap_or(rest.len())
        }
        _ => 0..0,
    }
}

fn is_encoded(bytes: &[u8]) -> bool {
    matches!(bytes, [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// A rendered body for who reads it elsewhere: what it leads to and shows has absolute addresses. `article` is where the
/// site shows it: what is relative is read against that.
pub fn absolute_body(site: &SiteSettings, article: &str, html: &str) -> String {
    let mut out = String::with_capacity(html.len() + 64);
    let mut rest = html;
    // The renderer escapes quotes in texts, so this begins an attribute wherever it stands, and the next quote ends it.
    while let Some(at) = rest.find("=\"") {
        let (before, after) = rest.split_at(at + 2);
        out.push_str(before);
        let value = &after[..after.find('"').unwrap_or(after.len())];
        if [" href", " src", " cite", " poster"].iter().any(|name| before[..at].ends_with(name)) {
            out.push_str(&absolute_address(site, article, value));
        } else {
            out.push_str(value);
        }
        rest = &after[value.len()..];
    }
    out.push_str(rest);
    out
}

/// An address as it stands in HTML, made absolute.
fn absolute_address<'a>(site: &SiteSettings, article: &str, value: &'a str) -> Cow<'a, str> {
    if value.starts_with("//") {
        return format!("{}:{value}", site.url.scheme()).into();
    }
    // The site may live under a path, which the addresses within it do not name.
    if value.starts_with('/') {
        return site.absolute(value).into();
    }
    let Ok(address) = quick_xml::escape::unescape(value) else { return value.into() };
    // What has a scheme stays as it is written, mail addresses and what no parser understands included.
    let is_relative = url::Url::parse(&address) == Err(url::ParseError::RelativeUrlWithoutBase);
    let joined = is_relative.then(|| url::Url::parse(article).and_then(|article| article.join(&address)));
    match joined {
        Some(Ok(joined)) if !value.is_empty() => html::escape(joined.as_str()).into(),
        _ => value.into(),
    }
}

/// The notices of one article: what must be read with its body.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Notices<'a> {
    /// The kicker.
    pub label: Option<&'a str>,
    /// The disclaimers, those of the publisher's rules included.
    pub disclaimers: &'a [String],
    /// The corrections, oldest first.
    pub corrections: &'a [Correction],
}

impl Notices<'_> {
    /// The body with these notices as blocks of their own, for rendering.
    fn around(&self, body: &Body) -> Body {
        let disclaimers: Vec<&str> = self.disclaimers.iter().map(String::as_str).collect();
        let instants: Vec<String> = self.corrections.iter().map(|c| c.published_at.to_string()).collect();
        let corrections: Vec<body::Correction<'_>> = self
            .corrections
            .iter()
            .zip(&instants)
            .map(|(correction, at)| body::Correction { published_at: at, text: &correction.text })
            .collect();
        body.with_notices(self.label, &disclaimers, &corrections)
    }
}

/// A body as HTML from the HTML that was stored when it was published (without notices), with `notices` around it, or
/// without when they are shown beside it (`None`).
///
/// The same as rendering the body with its notices, but nothing is parsed: blocks of notices begin and end on their
/// own, whatever stands beside them.
pub fn body_html(stored: &str, notices: Option<&Notices<'_>>) -> String {
    let Some(notices) = notices else { return stored.to_owned() };
    let nothing = Body::default();
    let mut out = html::render(&Notices { corrections: &[], ..*notices }.around(&nothing));
    out.push_str(stored);
    out.push_str(&html::render(&Notices { label: None, disclaimers: &[], ..*notices }.around(&nothing)));
    out
}

/// The other way round: the body of what [`body_html`] made with this label, these disclaimers and corrections of these
/// words, and when each correction was published, as far as that stands there. What is not there is not taken away.
pub fn without_notices(
    html: &str,
    label: Option<&str>,
    disclaimers: &[String],
    corrections: &[String],
) -> (String, Vec<Option<Instant>>) {
    let nothing = Body::default();
    let before = html::render(&Notices { label, disclaimers, corrections: &[] }.around(&nothing));
    let mut rest = html.trim_start();
    rest = rest.strip_prefix(before.as_str()).or_else(|| rest.strip_prefix(before.trim_end())).unwrap_or(rest);
    let mut instants = vec![None; corrections.len()];
    for (text, instant) in corrections.iter().zip(&mut instants).rev() {
        let Some(at) = rest.rfind("<aside class=\"correction\"") else { break };
        let (before, aside) = rest.split_at(at);
        // A rendered text has other white space than the one that it was made of.
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>().join(" ");
        if words(&html::parse(aside).body.plain_text()).contains(&words(text)) {
            let date = aside.split("datetime=\"").nth(1).and_then(|rest| rest.split('"').next());
            *instant = date.and_then(|date| date.parse().ok());
            rest = before;
        }
    }
    (rest.to_owned(), instants)
}

/// A body as Markdown from the Portable Text that was stored, with or without notices as in [`body_html`].
///
/// # Errors
/// `INTERNAL` when what is stored is no Portable Text.
pub fn body_markdown(stored: &str, notices: Option<&Notices<'_>>) -> Result<String> {
    Ok(markdown::render(&assembled(stored, notices)?))
}

/// A body as plain text from the Portable Text that was stored, with or without notices as in [`body_html`].
///
/// # Errors
/// `INTERNAL` when what is stored is no Portable Text.
pub fn body_text(stored: &str, notices: Option<&Notices<'_>>) -> Result<String> {
    Ok(text::render(&assembled(stored, notices)?))
}

/// A body as Portable Text (JSON), with or without notices as in [`body_html`].
///
/// # Errors
/// `INTERNAL` when what is stored is no Portable Text.
pub fn body_portable_text(stored: &str, notices: Option<&Notices<'_>>) -> Result<String> {
    match notices {
        None => Ok(stored.to_owned()),
        Some(_) => serde_json::to_string(&assembled(stored, notices)?).map_err(Error::internal),
    }
}

fn assembled(stored: &str, notices: Option<&Notices<'_>>) -> Result<Body> {
    let body = Body::from_json(stored).map_err(Error::internal)?;
    Ok(match notices {
        Some(notices) => notices.around(&body),
        None => body,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};
    use crate::model::author::{AuthorAbout, AuthorKind};
    use crate::model::id::AuthorId;

    #[test]
    fn what_browsers_mend_is_a_uri_for_strict_readers() {
        for (address, uri) in [
            ("https://img.example/4.jpg?a=1&b=2#c", "https://img.example/4.jpg?a=1&b=2#c"),
            ("https://img.example/4.jpg?a=1&b=<2>", "https://img.example/4.jpg?a=1&b=%3C2%3E"),
            ("https://img.example/a b|c[1]^\"{x}.png", "https://img.example/a%20b%7Cc%5B1%5D%5E%22%7Bx%7D.png"),
            ("https://img.example/50%.png?q=%zz%41", "https://img.example/50%25.png?q=%25zz%41"),
            ("https://bücher.example/Größe.png", "https://xn--bcher-kva.example/Gr%C3%B6%C3%9Fe.png"),
            ("https://[2001:db8::1]:8443/ü", "https://[2001:db8::1]:8443/%C3%BC"),
            ("https://img.example", "https://img.example"),
            ("https://img.example/a#b#c", "https://img.example/a#b%23c"),
            ("https://img.example/[a]?b[]=1#[c]", "https://img.example/%5Ba%5D?b%5B%5D=1#%5Bc%5D"),
            ("https://[2001:db8::1]/[a]", "https://[2001:db8::1]/%5Ba%5D"),
            ("https://img.example?a=[1]", "https://img.example/?a=%5B1%5D"),
            ("https://a@b@img.example/", "https://a%40b@img.example/"),
            ("https://a{b}.example/", "https://a%7Bb%7D.example/"),
            ("a/[b]?c#d#e", "a/%5Bb%5D?c#d%23e"),
        ] {
            assert_eq!(as_uri(address), uri, "{address}");
            assert_eq!(as_uri(uri), uri);
        }
    }

    #[test]
    fn an_identity_is_a_uri_or_one_of_the_id() {
        for told in [
            "https://a.example/b?c=d#e",
            "http://[::1]:8080/",
            "http://u:p@a.example/@b",
            "urn:x:1",
            "tag:news.example,2026:1",
            "mailto:a@b.example",
            "http://a.example/%41",
        ] {
            assert_eq!(uri(told, "art_1"), told);
        }
        for none in [
            "http://a/%",
            "http://a/%4",
            "http://a/%zz",
            "http://a/[b]",
            "http://a/?b[]=c",
            "http://a/#[b]",
            "urn:x:[1]",
            "http://a/#b#c",
            "urn:x:1#2#3",
            "http://a@b@c/",
            "http://[a]@b/",
            "http://a{b}/",
            "http://a/ b",
            "http://a/\u{e9}",
            "http://[::1",
            "a/b",
            "17",
            "",
        ] {
            assert_eq!(uri(none, "art_1"), "urn:masthead:art_1", "{none}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_an_address_becomes_a_uri(address in "(https?://|x://|urn:|//|)[a-z@:%#/?\\[\\]{}<é \"1.]{0,24}") {
            let mended = as_uri(&address);
            proptest::prop_assert!(strays(&mended).is_empty(), "{} became {}", address, mended);
            proptest::prop_assert_eq!(as_uri(&mended), mended.clone());
            if url::Url::parse(&address).is_ok() {
                proptest::prop_assert!(is_uri(&mended), "{} became {}", address, mended);
            }
        }
    }

    fn author(name: &str) -> Arc<Author> {
        Arc::new(Author {
            id: AuthorId(1),
            slug: "a".into(),
            name: name.into(),
            kind: AuthorKind::Staff,
            about: AuthorAbout::default(),
        })
    }

    #[test]
    fn bylines_read_as_english() {
        let (a, b, c) = (author("Ann"), author("Bo"), author("Cy"));
        assert_eq!(byline(&[]), "");
        assert_eq!(byline(std::slice::from_ref(&a)), "Ann");
        assert_eq!(byline(&[a.clone(), b.clone()]), "Ann and Bo");
        assert_eq!(byline(&[a, b, c]), "Ann, Bo and Cy");
    }

    #[test]
    fn paths_of_images_are_read_against_the_site() {
        let site = Settings::load(&Sources::none().flag("site.url", "https://example.org/news")).unwrap().site;
        for (given, absolute) in [
            ("/sample/a.png", "https://example.org/news/sample/a.png"),
            ("//cdn.example/a.png", "https://cdn.example/a.png"),
            ("https://cdn.example/a.png", "https://cdn.example/a.png"),
        ] {
            let image = Image { url: given.into(), ..Image::default() };
            assert_eq!(absolute_image(&site, &image).url, absolute);
        }
    }

    #[test]
    fn bodies_that_go_elsewhere_lead_back_by_absolute_addresses() {
        let site = Settings::load(&Sources::none().flag("site.url", "https://example.org/news/")).unwrap().site;
        let body = html::render(&html::parse("<p><a href='/a?b=\"/c'>=\"/x</a> <a href='https://o.example/'>o</a></p><img src='//cdn.example/i.png' alt='/j'>").body);
        let told = absolute_body(&site, "https://example.org/news/city/a", &body);
        assert!(
            told.contains("href=\"https://example.org/news/a?b=") && told.contains("src=\"https://cdn.example/i.png\""),
            "{told}"
        );
        assert!(told.contains("alt=\"/j\"") && told.contains("href=\"https://o.example/\""), "{told}");
    }

    #[test]
    fn what_is_relative_in_a_body_is_read_against_the_article() {
        let site = Settings::load(&Sources::none().flag("site.url", "https://example.org/news/")).unwrap().site;
        let article = "https://example.org/news/city/a";
        for (written, told) in [
            ("#x", "https://example.org/news/city/a#x"),
            ("b/c", "https://example.org/news/city/b/c"),
            ("../x", "https://example.org/news/x"),
            ("?q=1&r=\"2\"", "https://example.org/news/city/a?q=1&amp;r=%222%22"),
            ("b/c:d", "https://example.org/news/city/b/c:d"),
            ("/b", "https://example.org/news/b"),
            ("mailto:a@b.example", "mailto:a@b.example"),
            ("tel:+49123", "tel:+49123"),
            ("HTTP://o.example", "HTTP://o.example"),
        ] {
            let source = format!("<p><a href='{written}'>a=\"b\"</a></p>");
            let body = html::render(&html::parse(&source).body);
            let made = absolute_body(&site, article, &body);
            assert!(made.contains(&format!("<a href=\"{told}\">")), "{written}: {made}");
        }
        let body = html::render(
            &html::parse("<blockquote cite='q'><p>Q</p></blockquote><p><img src='i.png' alt='i.png'></p>").body,
        );
        let made = absolute_body(&site, article, &body);
        assert!(made.contains("cite=\"https://example.org/news/city/q\""), "{made}");
        assert!(
            made.contains("src=\"https://example.org/news/city/i.png\"") && made.contains("alt=\"i.png\""),
            "{made}"
        );
    }

    #[test]
    fn stored_html_with_notices_around_is_the_rendered_body_with_notices() {
        let disclaimers = ["Mine <only>.".to_owned(), "Two.".to_owned()];
        let corrections = [Correction { published_at: Instant::from_millis(0), text: "It was *seven*.".into() }];
        let notices = Notices { label: Some("Op-Ed"), disclaimers: &disclaimers, corrections: &corrections };
        for source in
            ["<p>One.</p>", "<ul><li>a<li>b</ul>", "<blockquote><p>Q</p><footer>Ann</footer></blockquote>", ""]
        {
            let body = html::parse(source).body;
            let json = serde_json::to_string(&body).unwrap();
            let inline = body_html(&html::render(&body), Some(&notices));
            assert_eq!(inline, html::render(&notices.around(&body)), "{source}");
            assert!(
                inline.contains("Mine &lt;only&gt;.")
                    && inline.contains("<time datetime=\"1970-01-01T00:00:00.000Z\">")
            );
            let words = [corrections[0].text.clone()];
            let (bare, instants) = without_notices(&inline, Some("Op-Ed"), &disclaimers, &words);
            assert_eq!((bare, instants), (html::render(&body), vec![Some(Instant::from_millis(0))]), "{source}");
            for told in [
                body_text(&json, Some(&notices)).unwrap(),
                body_markdown(&json, Some(&notices)).unwrap(),
                body_portable_text(&json, Some(&notices)).unwrap(),
            ] {
                assert!(told.contains("Op-Ed") && told.contains("seven") && told.contains("Two."), "{told}");
            }
            assert_eq!(body_portable_text(&json, None).unwrap(), json);
        }
    }
}
