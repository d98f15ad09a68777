//! WordPress: every item of an export is accounted for, and bodies arrive with all that they have.

use masthead::formats::item::Item;
use masthead::formats::wxr::{Export, Options, decoded};
use masthead::newsroom::import::Report;

use super::{assert_sums, encoded};
use crate::harness::{TestApp, both, shared};

const EXPORT: &str = include_str!("../../fixtures/import/wordpress.xml");

fn items(bytes: &[u8], options: Options) -> Vec<Item> {
    let text = decoded(bytes).unwrap();
    Export::open(&text, options).unwrap().map(|item| item.unwrap()).collect()
}

both!(an_export_is_imported_whole, async |t| {
    let report = t.import_items(items(EXPORT.as_bytes(), Options::default())).await;
    // Two posts, of which one waits; a draft, one behind a password; a page, a picture, an entry of a menu, one in the trash;
    // one without a date.
    assert_sums(&report, "fixture", [1, 2, 1, 4, 1]);
    assert_eq!(report.failed[0].name, "No date");
    assert!(report.failed[0].reason.contains("wp:post_date_gmt"));
    assert_eq!(report.dropped["comment"], 2);
    assert_eq!(report.dropped["shortcode poll"], 1);
    let blocks = t.blocks().await;
    let kinds: Vec<(&str, usize)> = blocks.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(kinds, [("blockquote", 1), ("h2", 1), ("image", 2), ("list", 3), ("normal", 3)]);
    let card = t.card("https://old.example/?p=10").await.unwrap();
    assert_eq!((card.headline.as_str(), card.slug.as_str()), ("The sea wall & its price", "sea-wall"));
    assert_eq!(card.image.as_ref().unwrap().alt.as_deref(), Some("A wall"));
    assert_eq!(t.texts("SELECT slug AS v FROM sections ORDER BY slug").await, ["city", "politics"]);
    assert_eq!(t.texts("SELECT name AS v FROM authors").await, ["Ada Marsh"]);
    // What is not public is nowhere in the catalogue, its addresses included.
    let addresses = t.texts("SELECT address AS v FROM article_addresses ORDER BY address").await;
    assert_eq!(addresses, ["old.example/2020/05/sea-wall", "old.example?p=10"]);
    assert_eq!(t.texts("SELECT address AS v FROM newsroom_addresses").await.len(), 8);
    for table in t.tables().await.into_iter().filter(|table| !table.starts_with("newsroom_")) {
        for (column, _) in t.columns(&table).await {
            for text in t.texts(&format!("SELECT CAST({column} AS TEXT) AS v FROM {table}")).await {
                assert!(!text.to_lowercase().contains("canary"), "{table}.{column}: {text}");
            }
        }
    }
    t.assert_whole().await;
    let again = t.import_items(items(EXPORT.as_bytes(), Options::default())).await;
    assert_eq!((again.unchanged, again.created + again.updated + again.drafts, again.failed.len()), (4, 0, 1));
    // With pages there is one more.
    let pages = Options { types: vec!["post".to_owned(), "page".to_owned()] };
    let with_pages = t.import_items(items(EXPORT.as_bytes(), pages)).await;
    assert_eq!((with_pages.created, with_pages.unchanged), (1, 4));
});

both!(old_permalinks_lead_to_the_stories, async |t| {
    t.import_items(items(EXPORT.as_bytes(), Options::default())).await;
    let server = t.serve().await;
    for url in
        ["https://old.example/2020/05/sea-wall/", "http://old.example/2020/05/sea-wall", "https://old.example/?p=10"]
    {
        let said = server.ask("GET", &format!("/v1/redirects?url={}", encoded(url)), None, None).await;
        assert_eq!((said.status, said.header("location")), (308, "/v1/articles/sea-wall"), "{url}: {said:?}");
        let said = server
            .graphql("query ($url: String!) { article(url: $url) { slug } }", serde_json::json!({ "url": url }))
            .await;
        assert_eq!(said["data"]["article"]["slug"], "sea-wall", "{url}");
    }
    for url in ["https://old.example/?p=11", "https://old.example/2030/canary-scheduled/", "https://old.example/none"] {
        let said = server.ask("GET", &format!("/v1/redirects?url={}", encoded(url)), None, None).await;
        assert_eq!(said.status, 404, "{url}: {said:?}");
    }
});

async fn import_shared(t: &TestApp, file: &str) -> Option<Report> {
    let bytes = shared::file(&format!("data/wxr/{file}"))?;
    let first = t.import_items(items(&bytes, Options::default())).await;
    let second = t.import_items(items(&bytes, Options::default())).await;
    let kept = first.created + first.drafts + first.scheduled;
    assert_eq!(
        (second.unchanged, second.passed.clone(), second.failed.len()),
        (kept, first.passed.clone(), first.failed.len()),
        "{file}"
    );
    t.assert_whole().await;
    Some(first)
}

// Counted with another parser: posts by status, and everything else.
both!(the_theme_unit_test_is_accounted_for, async |t| {
    let Some(report) = import_shared(t, "theme-unit-test-data.xml").await else { return };
    assert_sums(&report, "theme", [55, 2, 1, 128, 0]);
    assert_eq!(report.passed.values().copied().collect::<Vec<_>>(), [37, 70, 21], "{:?}", report.passed);
    assert_eq!((report.dropped["comment"], report.dropped["password: kept as a draft"]), (33, 1));
    let blocks = t.blocks().await;
    for kind in ["h2", "h3", "blockquote", "list", "image", "code", "embed", "table", "divider"] {
        assert!(blocks.contains_key(kind), "no {kind} in {blocks:?}");
    }
});

both!(the_exports_in_small_are_accounted_for, async |t| {
    for (file, sums) in [
        ("valid-wxr-1.0.xml", [3, 0, 0, 3, 0]),
        ("valid-wxr-1.1.xml", [1, 0, 0, 1, 0]),
        ("wxr-simple.xml", [1, 0, 0, 0, 0]),
        ("wxr-utf-8-challenges.xml", [1, 0, 0, 0, 0]),
        ("slashes.xml", [1, 0, 0, 0, 0]),
        ("post-content-blank-lines.xml", [1, 0, 0, 0, 0]),
        ("missing-version-tag.xml", [0; 5]),
        ("term-formats.xml", [0; 5]),
    ] {
        let Some(bytes) = shared::file(&format!("data/wxr/{file}")) else { return };
        // Each into a database of its own would take longer; what they share is told apart by the file.
        let mut own = items(&bytes, Options::default());
        for item in &mut own {
            if let masthead::formats::item::Content::Story(line) = &mut item.content {
                line.uri = format!("{file}:{}", line.uri);
            }
        }
        assert_sums(&t.import_items(own).await, file, sums);
    }
    let Some(bytes) = shared::file("data/wxr/malformed.xml") else { return };
    let text = decoded(&bytes).unwrap();
    let error = Export::open(&text, Options::default()).err().unwrap();
    assert!(error.message().contains("line 90"), "{}", error.message());
    let bytes = shared::file("data/wxr/missing-version-tag.xml").unwrap();
    let text = decoded(&bytes).unwrap();
    assert!(Export::open(&text, Options::default()).unwrap().notes[0].contains("no version"));
});

both!(a_real_news_site_is_accounted_for, async |t| {
    let Some(report) = import_shared(t, "posts.xml").await else { return };
    assert_sums(&report, "posts", [97, 0, 0, 0, 0]);
    assert_eq!(report.dropped["comment"], 5);
    let blocks = t.blocks().await;
    for kind in ["h2", "h3", "blockquote", "list", "image"] {
        assert!(blocks.get(kind).is_some_and(|n| *n >= 5), "{kind}: {blocks:?}");
    }
    assert_eq!(t.texts("SELECT CAST(COUNT(DISTINCT article_id) AS TEXT) AS v FROM article_addresses").await, ["97"]);
    println!("{:?}: {blocks:?}; left out {:?}", t.engine(), report.dropped);
});
