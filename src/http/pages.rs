//! The pages that a person sees in a browser: what runs here, the GraphQL explorer, the API reference, and the
//! drawings of the sample newsroom.
//!
//! Everything here is a pure function from what is shown to a [`Page`]: bytes, media type and the
//! Content-Security-Policy that the page was tried under. It is not the door: routes, methods, conditional requests,
//! compression and the choice between the explorer and a GraphQL answer at `/graphql` are the business of the
//! handlers. Nor does it read anything: the number of articles and the like are passed in.
//!
//! No page runs a script that is not named in its policy: our own inline scripts by the hash of their text, other
//! people's files by `'self'` or their exact address, with an `integrity` hash. No policy allows `unsafe-eval`.
//!
//! ```
//! use masthead::http::pages::{Landing, landing};
//! let page = landing(&Landing {
//!     site: "The Ellory Courier", version: "0.1.0", engine: "SQLite", articles: 48,
//!     example_slug: Some("who-pays-for-the-sea-wall"), explorer: true,
//! });
//! assert_eq!(page.content_type, "text/html; charset=utf-8");
//! assert!(page.csp.is_some_and(|csp| !csp.contains("unsafe")));
//! ```

mod explorer;
mod landing;
mod reference;
mod sample;
mod template;

use std::borrow::Cow;

pub use explorer::{EXPLORER_ASSETS, Explorer, Tab, explorer_asset, explorer_is_embedded, graphiql};
pub use landing::{Landing, landing};
pub use reference::{REFERENCE_PATH, swagger};
pub use sample::{SAMPLE_PATH, sample_image, sample_images};

/// The media type of the pages.
const HTML: &str = "text/html; charset=utf-8";

/// Ask again every time, but take a 304: a page says what runs now.
const FRESH: &str = "no-cache";

/// For files whose name says their version.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// For files that change with the binary only.
const DAY: &str = "public, max-age=86400";

/// What a handler sends: a body with the headers that belong to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The bytes of the answer.
    pub body: Cow<'static, [u8]>,
    /// The value of `Content-Type`.
    pub content_type: Cow<'static, str>,
    /// The value of `Content-Encoding`, where the bytes are compressed already.
    pub encoding: Option<&'static str>,
    /// The value of `Cache-Control`.
    pub cache_control: &'static str,
    /// The value of `Content-Security-Policy` (W3C CSP Level 3); `None` for what is not a document.
    pub csp: Option<String>,
}

impl Page {
    /// A document with its policy, not kept by caches.
    fn document(html: String, csp: String) -> Self {
        Page {
            body: Cow::Owned(html.into_bytes()),
            content_type: Cow::Borrowed(HTML),
            encoding: None,
            cache_control: FRESH,
            csp: Some(csp),
        }
    }

    /// A file that a document loads.
    fn file(body: &'static [u8], content_type: &'static str, cache_control: &'static str) -> Self {
        Page {
            body: Cow::Borrowed(body),
            content_type: Cow::Borrowed(content_type),
            encoding: None,
            cache_control,
            csp: None,
        }
    }
}

/// The media type of a file that we embed, by the end of its name.
fn media_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

#[cfg(test)]
mod tests {
    use super::*;

    /// Every document, with values that try to break out of it.
    fn documents() -> Vec<(&'static str, String, String)> {
        let nasty = "</script><script>alert(1)</script>\" onload=\"x' {{articles}} <!--";
        let pages = [
            (
                "landing",
                landing(&Landing {
                    site: nasty,
                    version: nasty,
                    engine: nasty,
                    articles: 1,
                    example_slug: Some(nasty),
                    explorer: true,
                }),
            ),
            (
                "explorer",
                graphiql(&Explorer {
                    site: nasty,
                    endpoint: nasty,
                    subscriptions: Some(nasty),
                    tabs: vec![Tab { query: nasty.into(), variables: serde_json::json!({ "slug": nasty }) }],
                }),
            ),
            ("reference", swagger("", nasty, nasty).unwrap()),
        ];
        pages
            .into_iter()
            .map(|(name, page)| (name, String::from_utf8(page.body.into_owned()).unwrap(), page.csp.unwrap()))
            .collect()
    }

    #[test]
    fn values_cannot_break_out_of_a_page() {
        for (name, html, _) in documents() {
            assert!(!html.contains("<script>alert"), "{name}: a script came through");
            assert!(!html.contains("<!--"), "{name}: a comment came through");
            let document = scraper::Html::parse_document(&html);
            let attributes = scraper::Selector::parse("[onload]").unwrap();
            assert_eq!(document.select(&attributes).count(), 0, "{name}: an attribute came through");
        }
    }

    #[test]
    fn no_place_of_a_template_stays_empty() {
        for (name, html, _) in documents() {
            // The nasty value carries one `{{articles}}` of its own, which must stay as it is.
            let rest = html.replace("{{articles}}", "");
            assert!(!rest.contains("{{"), "{name}: {}", &rest[rest.find("{{").unwrap()..][..40]);
        }
    }

    #[test]
    fn every_inline_script_and_style_is_named_in_the_policy() {
        for (name, html, csp) in documents() {
            assert!(!csp.contains("unsafe-eval"), "{name}");
            assert!(!csp.contains("script-src 'unsafe-inline'"), "{name}");
            assert!(csp.starts_with("default-src 'none'; "), "{name}: {csp}");
            assert!(csp.contains("frame-ancestors 'none'") && csp.contains("base-uri 'none'"), "{name}: {csp}");
            let document = scraper::Html::parse_document(&html);
            let all = |css: &str| -> Vec<_> {
                let found = scraper::Selector::parse(css).unwrap();
                document
                    .select(&found)
                    .map(|e| (e.attr("src").map(str::to_owned), e.text().collect::<String>()))
                    .collect()
            };
            for (src, text) in all("script:not([type='application/json'])") {
                if src.is_none() {
                    assert!(csp.contains(&template::hash_source(&text)), "{name}: an inline script is not in {csp}");
                }
            }
            for (_, text) in all("style") {
                let named =
                    csp.contains(&template::hash_source(&text)) || csp.contains("style-src 'self' 'unsafe-inline'");
                assert!(named, "{name}: an inline style is not in {csp}");
            }
            assert!(all("[onclick], [onload], [style]").is_empty(), "{name}: inline handlers or styles");
            assert_eq!(all("html[lang] head title").len(), 1, "{name}: language and title");
        }
    }
}
