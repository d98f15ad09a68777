//! The page at `/`: what runs here, and the way to everything else. No script, one style named by its hash.

use std::sync::LazyLock;

use super::Page;
use super::template::{escape, fill, hash_source, percent};

const TEMPLATE: &str = include_str!("../../../assets/pages/landing.html");
const STYLE: &str = include_str!("../../../assets/pages/landing.css");

static CSP: LazyLock<String> = LazyLock::new(|| {
    format!(
        "default-src 'none'; style-src {}; img-src 'self' data:; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'",
        hash_source(STYLE)
    )
});

/// What the landing page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landing<'a> {
    /// The site's name, as configured.
    pub site: &'a str,
    /// The version of this program.
    pub version: &'a str,
    /// The database engine in a reader's words, such as `SQLite` or `PostgreSQL`.
    pub engine: &'a str,
    /// How many articles are published.
    pub articles: u64,
    /// The slug of an article for the examples; `None` on an empty catalogue, which is then told how to fill it.
    pub example_slug: Option<&'a str>,
    /// Whether the GraphQL explorer is switched on.
    pub explorer: bool,
}

/// The page that says what runs here and links to all of it.
pub fn landing(info: &Landing<'_>) -> Page {
    let articles = match info.articles {
        1 => "1 article".to_owned(),
        n => format!("{} articles", grouped(n)),
    };
    let explorer = if info.explorer {
        "<li><a href=\"/graphql\">GraphQL explorer</a><span>Write a query, see the answer, read the schema.</span></li>"
    } else {
        ""
    };
    let html = fill(
        TEMPLATE,
        &[
            ("site", &escape(info.site)),
            ("version", &escape(info.version)),
            ("engine", &escape(info.engine)),
            ("articles", &articles),
            ("explorer", explorer),
            ("example", &example(info)),
            ("style", STYLE),
        ],
    );
    Page::document(html, CSP.clone())
}

/// The part with things to try: an article's page as JSON, and the same by GraphQL.
fn example(info: &Landing<'_>) -> String {
    let Some(slug) = info.example_slug else {
        return "<p>Nothing is published yet. Stop the server and run <code>masthead import jsonl FILE…</code>, or start \
                <code>masthead demo</code> for a sample newsroom.</p>"
            .to_owned();
    };
    let query = format!(
        "{{\n  article(slug: {}) {{\n    headline\n    label\n    authors {{ name kind }}\n    publishedAt\n    related(first: 3) {{ article {{ headline }} }}\n  }}\n}}",
        serde_json::Value::from(slug)
    );
    let get = format!("/graphql?query={}", percent(&query));
    let action = if info.explorer { "Run it in the explorer" } else { "Run it" };
    let page = format!("/v1/articles/{}", percent(slug));
    let full = format!("{page}?include=authors,topics,section,image,related,moreAbout,moreFrom,latestNews,topNews");
    format!(
        "<pre tabindex=\"0\"><code>{}</code></pre>\n<p class=\"go\"><a class=\"button\" href=\"{}\">{action}</a>\n\
         <a href=\"{}\">The same article over REST</a> · <a href=\"{}\">with its whole page</a></p>",
        escape(&query),
        escape(&get),
        escape(&page),
        escape(&full)
    )
}

/// The number in groups of three, as a reader writes it: `6,551`.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn html(articles: u64, example_slug: Option<&str>) -> String {
        let page = landing(&Landing {
            site: "Site",
            version: "0.1.0",
            engine: "SQLite",
            articles,
            example_slug,
            explorer: example_slug.is_some(),
        });
        String::from_utf8(page.body.into_owned()).unwrap()
    }

    #[test]
    fn the_page_says_how_many_articles_there_are() {
        assert!(html(1, None).contains(">1 article<"));
        assert!(html(6_551, None).contains(">6,551 articles<"));
        assert!(html(0, None).contains(">0 articles<") && html(0, None).contains("masthead import jsonl"));
    }

    #[test]
    fn the_page_links_to_all_that_runs_here() {
        let html = html(48, Some("a-slug"));
        for path in [
            "/graphql",
            "/docs",
            "/openapi.json",
            "/openapi.yaml",
            "/v1/articles",
            "/v1/sections",
            "/v1/topics",
            "/v1/authors",
            "/v1/latest-news",
            "/v1/top-news",
            "/healthz",
            "/readyz",
            "/metrics",
            "/v1/articles/a-slug",
        ] {
            assert!(html.contains(&format!("href=\"{path}\"")), "{path} is not linked");
        }
        assert!(!html.contains("<script"));
    }
}
