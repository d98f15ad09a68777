//! The API reference: Swagger UI (from the `utoipa-swagger-ui` crate, which carries the files) in a page of ours.
//!
//! The crate's own page is not used: it has no policy, calls itself "Swagger UI" and starts from a generated script.
//! Ours starts from an inline script that the policy names by its hash and that reads its settings from a JSON block.

use std::sync::{Arc, LazyLock};

use super::template::{escape, fill, hash_source, script_json};
use super::{DAY, Page, media_type};

/// Where the reference is served; its files are below it.
pub const REFERENCE_PATH: &str = "/docs";

const TEMPLATE: &str = include_str!("../../../assets/pages/reference.html");
const STYLE: &str = include_str!("../../../assets/pages/reference.css");
const SCRIPT: &str = include_str!("../../../assets/pages/reference.js");

/// What the page loads; the crate carries more (source builds, OAuth redirect, its own page) that nobody asks for.
const FILES: [&str; 2] = ["swagger-ui.css", "swagger-ui-bundle.js"];

// Tried in Chromium with operations opened and executed: Swagger UI sets its styles through the object model, which a
// policy does not touch, and survives without the `Function(…)` calls of the old polyfills in its bundle. So neither
// `unsafe-inline` nor `unsafe-eval` is needed.
static CSP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; script-src 'self' {}; style-src 'self' {}; img-src 'self' data:; \
         font-src data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        hash_source(SCRIPT),
        hash_source(STYLE)
    )
});

/// The reference of the API that `spec` (a path, such as `/openapi.json`) describes.
///
/// `path` is what follows [`REFERENCE_PATH`], without a slash: empty for the page, else the name of a file that it
/// loads; `None` where there is no such file.
pub fn swagger(path: &str, site: &str, spec: &str) -> Option<Page> {
    if path.is_empty() {
        // No `validator_url`: the default sends every visitor's description to a validator on the internet.
        let settings = serde_json::json!({ "url": spec, "validatorUrl": "none" });
        let html = fill(
            TEMPLATE,
            &[
                ("site", &escape(site)),
                ("style", STYLE),
                ("script", SCRIPT),
                ("spec", &escape(spec)),
                ("base", REFERENCE_PATH),
                ("settings", &script_json(&settings)),
            ],
        );
        return Some(Page::document(html, CSP.clone()));
    }
    let name = FILES.into_iter().find(|name| *name == path)?;
    let file = utoipa_swagger_ui::serve(name, Arc::new(utoipa_swagger_ui::Config::from(spec.to_owned()))).ok()??;
    Some(Page {
        body: file.bytes.into_owned().into(),
        content_type: media_type(name).into(),
        encoding: file.gzpipped.then_some("gzip"),
        cache_control: DAY,
        csp: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_loads_only_files_that_are_there() {
        let page = swagger("", "Site", "/openapi.json").unwrap();
        let html = String::from_utf8(page.body.into_owned()).unwrap();
        for name in FILES {
            assert!(html.contains(&format!("\"{REFERENCE_PATH}/{name}\"")), "{name} is not in the page");
            assert!(swagger(name, "Site", "/openapi.json").unwrap().body.len() > 10_000);
        }
        assert_eq!(html.matches(&format!("\"{REFERENCE_PATH}/")).count(), FILES.len());
        assert_eq!(swagger("index.html", "Site", "/openapi.json"), None);
        assert_eq!(swagger("../Cargo.toml", "Site", "/openapi.json"), None);
    }
}
