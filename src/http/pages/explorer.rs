//! The GraphQL explorer: GraphiQL with the queries of this site ready in its tabs.
//!
//! Its files are npm packages that `assets/graphiql/fetch.sh` fetches. A build that found them carries them and the
//! page works without the internet; one that did not links the same versions from a CDN. Either way each file must
//! match the hash of `assets/graphiql/pins.txt`, or the browser refuses it.

use std::sync::LazyLock;

use serde_json::{Value, json};

use super::template::{escape, fill, hash_source, script_json};
use super::{EXPLORER_FILES, IMMUTABLE, Page, media_type};

/// Where the explorer's files are served when they are embedded.
pub const EXPLORER_ASSETS: &str = "/assets/graphiql";

const TEMPLATE: &str = include_str!("../../../assets/pages/explorer.html");
const STYLE: &str = include_str!("../../../assets/pages/explorer.css");
const SCRIPT: &str = include_str!("../../../assets/pages/explorer.js");
const PINS: &str = include_str!("../../../assets/graphiql/pins.txt");
const QUERIES: &str = include_str!("../../../assets/pages/explorer.graphql");
const CDN: &str = "https://cdn.jsdelivr.net/npm";

/// One tab of the explorer.
#[derive(Debug, Clone, PartialEq)]
pub struct Tab {
    /// A GraphQL document.
    pub query: String,
    /// Its variables: an object, or null for none.
    pub variables: Value,
}

/// What the explorer shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Explorer<'a> {
    /// The site's name.
    pub site: &'a str,
    /// The path that queries are posted to, such as `/graphql`.
    pub endpoint: &'a str,
    /// The path of the WebSocket for subscriptions (graphql-transport-ws), such as `/graphql/ws`.
    pub subscriptions: Option<&'a str>,
    /// The tabs that a first visitor finds; GraphiQL remembers later changes in the browser.
    pub tabs: Vec<Tab>,
}

impl<'a> Explorer<'a> {
    /// The explorer at `/graphql` with a tab each for the article page, the front page, a topic's page and, where
    /// subscriptions are served, what is published from now on. `article` and `topic` are slugs to start with.
    pub fn new(site: &'a str, article: &str, topic: &str) -> Self {
        let variables = [json!({ "slug": article }), json!({ "first": 10 }), json!({ "slug": topic }), Value::Null];
        // A line that starts with `#%` parts the documents of the file.
        let tabs = QUERIES.split("#%\n").zip(variables);
        let tabs = tabs.map(|(query, variables)| Tab { query: query.trim().into(), variables }).collect();
        Explorer { site, endpoint: "/graphql", subscriptions: Some("/graphql/ws"), tabs }
    }
}

/// One pinned file: where the page gets it from, and the hash that it must have.
struct Asset {
    url: String,
    integrity: &'static str,
}

/// The pinned files in the order in which they are loaded.
static ASSETS: LazyLock<Vec<Asset>> = LazyLock::new(|| {
    let pins = PINS.lines().filter(|line| !line.starts_with('#'));
    pins.filter_map(|line| {
        let fields: Vec<&'static str> = line.split_whitespace().collect();
        let [package, version, _, file, integrity] = fields[..] else { return None };
        let url = if explorer_is_embedded() {
            format!("{EXPLORER_ASSETS}/{package}-{version}.min.{}", file.rsplit('.').next()?)
        } else {
            format!("{CDN}/{package}@{version}/{file}")
        };
        Some(Asset { url, integrity })
    })
    .collect()
});

/// The elements that load the files.
static TAGS: LazyLock<String> = LazyLock::new(|| {
    let tag = |asset: &Asset| {
        let (url, integrity) = (&asset.url, asset.integrity);
        if url.ends_with(".css") {
            format!("<link rel=\"stylesheet\" href=\"{url}\" integrity=\"{integrity}\" crossorigin=\"anonymous\">\n")
        } else {
            format!("<script src=\"{url}\" integrity=\"{integrity}\" crossorigin=\"anonymous\" defer></script>\n")
        }
    };
    ASSETS.iter().map(tag).collect()
});

// Styles must be free: a dialog of GraphiQL that opens writes a `<style>` element with the width of the scroll bar in
// it, which no hash can foresee. (Everything else of it, the editor too, works under hashes.) Styles colour; they do
// not run.
static CSP: LazyLock<String> = LazyLock::new(|| {
    let of = |end: &str| -> String {
        let foreign = ASSETS.iter().filter(|a| a.url.starts_with("https:") && a.url.ends_with(end));
        foreign.map(|a| format!(" {}", a.url)).collect()
    };
    format!(
        "default-src 'none'; script-src 'self' {}{}; style-src 'self' 'unsafe-inline'{}; img-src 'self' data:; \
         font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_source(SCRIPT),
        of(".js"),
        of(".css")
    )
});

/// Whether this binary carries the explorer's files; else the page needs the internet.
pub fn explorer_is_embedded() -> bool {
    !EXPLORER_FILES.is_empty()
}

/// The explorer's page.
pub fn graphiql(explorer: &Explorer<'_>) -> Page {
    let tabs: Vec<Value> = explorer
        .tabs
        .iter()
        .map(|tab| {
            let variables = if tab.variables.is_null() { String::new() } else { format!("{:#}", tab.variables) };
            json!({ "query": tab.query, "variables": variables })
        })
        .collect();
    let settings = json!({ "endpoint": explorer.endpoint, "subscriptions": explorer.subscriptions, "tabs": tabs });
    let html = fill(
        TEMPLATE,
        &[
            ("site", &escape(explorer.site)),
            ("style", STYLE),
            ("assets", &TAGS),
            ("settings", &script_json(&settings)),
            ("script", SCRIPT),
        ],
    );
    Page::document(html, CSP.clone())
}

/// An embedded file of the explorer, such as `graphiql-4.1.2.min.js`; `None` where there is none.
pub fn explorer_asset(name: &str) -> Option<Page> {
    let at = EXPLORER_FILES.binary_search_by(|(n, _)| (*n).cmp(name)).ok()?;
    Some(Page::file(EXPLORER_FILES[at].1, media_type(name), IMMUTABLE))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;
    use sha2::Digest as _;

    #[test]
    fn every_pinned_file_is_loaded_with_its_hash() {
        assert_eq!(ASSETS.len(), 4);
        let page = graphiql(&Explorer::new("Site", "a", "b"));
        let html = String::from_utf8(page.body.into_owned()).unwrap();
        for asset in ASSETS.iter() {
            assert!(html.contains(&format!("\"{}\" integrity=\"{}\"", asset.url, asset.integrity)));
            assert!(asset.integrity.starts_with("sha384-"));
            if explorer_is_embedded() {
                let name = asset.url.rsplit('/').next().unwrap();
                let hash = sha2::Sha384::digest(&explorer_asset(name).unwrap().body);
                let hash = base64::engine::general_purpose::STANDARD.encode(hash);
                assert_eq!(asset.integrity, format!("sha384-{hash}"), "{name}: run assets/graphiql/fetch.sh again");
            } else {
                assert!(page.csp.as_ref().unwrap().contains(&asset.url), "{} is not in the policy", asset.url);
            }
        }
        assert_eq!(explorer_asset("pins.txt"), None);
    }

    #[test]
    fn every_tab_is_one_named_operation_with_the_variables_that_it_declares() {
        let explorer = Explorer::new("Site", "the-article", "the-topic");
        assert_eq!(explorer.tabs.len(), 4);
        for tab in &explorer.tabs {
            let document = async_graphql::parser::parse_query(&tab.query).unwrap();
            let operations: Vec<_> = document.operations.iter().collect();
            let [(Some(_), operation)] = operations[..] else { panic!("one named operation, not: {}", tab.query) };
            for (name, _) in tab.variables.as_object().into_iter().flatten() {
                assert!(
                    operation.node.variable_definitions.iter().any(|v| v.node.name.node == name.as_str()),
                    "{name}"
                );
            }
        }
    }
}
