//! Ghost: every post of an export is accounted for.

use masthead::formats::ghost::{Options, read};
use serde_json::{Value, json};

use super::{assert_sums, encoded};
use crate::harness::{both, shared};

fn export() -> Value {
    let post = |n: usize, fields: Value| {
        let mut post = json!({
            "id": format!("p{n}"), "uuid": format!("00000000-0000-4000-8000-{n:012}"), "title": format!("Post {n}"), "slug": format!("post-{n}"),
            "type": "post", "status": "published", "visibility": "public", "published_at": "2020-05-01T10:00:00.000Z",
            "html": "<h2>Sub</h2><p>Text.</p><blockquote>Said.</blockquote><ul><li>a</li></ul><figure><img src=\"/a.jpg\" alt=\"A\"></figure>",
        });
        fields.as_object().unwrap().iter().for_each(|(key, value)| post[key] = value.clone());
        post
    };
    json!({ "db": [{ "meta": { "version": "5.0.0" }, "data": {
        "posts": [
            post(1, json!({})),
            post(2, json!({ "visibility": "paid", "title": "canary paid" })),
            post(3, json!({ "status": "draft", "published_at": null, "title": "canary draft" })),
            post(4, json!({ "status": "scheduled", "published_at": "2031-01-01T00:00:00.000Z", "title": "canary scheduled" })),
            post(5, json!({ "type": "page" })),
            post(6, json!({ "published_at": "soon" })),
        ],
        "tags": [{ "id": "t1", "name": "City", "slug": "city" }, { "id": "t2", "name": "#internal", "slug": "hash-internal" }],
        "posts_tags": [{ "post_id": "p1", "tag_id": "t1", "sort_order": 0 }, { "post_id": "p1", "tag_id": "t2", "sort_order": 1 }],
        "users": [{ "id": "u1", "name": "Ada Marsh" }], "posts_authors": [{ "post_id": "p1", "author_id": "u1", "sort_order": 0 }],
    } }] })
}

both!(a_ghost_export_is_imported_whole, async |t| {
    let bytes = export().to_string().into_bytes();
    let options = Options { site: Some("https://old.example".to_owned()), ..Options::default() };
    let items = || read(&bytes, &options).unwrap().items;
    let report = t.import_items(items()).await;
    assert_sums(&report, "fixture", [1, 2, 1, 1, 1]);
    assert_eq!(report.dropped["internal tag"], 1);
    let blocks = t.blocks().await;
    let kinds: Vec<(&str, usize)> = blocks.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(kinds, [("blockquote", 1), ("h2", 1), ("image", 1), ("list", 1), ("normal", 1)]);
    let again = t.import_items(items()).await;
    assert_eq!((again.unchanged, again.failed.len()), (4, 1));
    let server = t.serve().await;
    for (url, status) in [
        ("https://old.example/post-1/", 308),
        ("https://old.example/post-2/", 404),
        ("https://old.example/post-3/", 404),
    ] {
        assert_eq!(
            server.ask("GET", &format!("/v1/redirects?url={}", encoded(url)), None, None).await.status,
            status,
            "{url}"
        );
    }
    for text in t.texts("SELECT headline AS v FROM articles").await {
        assert!(!text.contains("canary"), "{text}");
    }
    t.assert_whole().await;
});

both!(the_theme_unit_test_of_ghost_is_accounted_for, async |t| {
    let Some(bytes) = shared::file("data/ghost/ghost-theme-unit-test.json") else { return };
    let items = || read(&bytes, &Options::default()).unwrap().items;
    let report = t.import_items(items()).await;
    // Nineteen posts, all published, public and with HTML.
    assert_sums(&report, "ghost", [19, 0, 0, 0, 0]);
    let blocks = t.blocks().await;
    for kind in ["h2", "blockquote", "list", "image", "embed", "code"] {
        assert!(blocks.contains_key(kind), "no {kind} in {blocks:?}");
    }
    let again = t.import_items(items()).await;
    assert_eq!((again.unchanged, again.lines()), (19, 19));
    println!("{:?}: {blocks:?}; left out {:?}", t.engine(), report.dropped);
    t.assert_whole().await;
});

// What the export has as HTML it has as mobiledoc, too: both give the same kinds of blocks.
both!(mobiledoc_gives_what_its_html_gives, async |t| {
    let Some(bytes) = shared::file("data/ghost/ghost-theme-unit-test.json") else { return };
    t.import_items(read(&bytes, &Options::default()).unwrap().items).await;
    let of_html = t.blocks().await;
    let mut whole: Value = serde_json::from_slice(&bytes).unwrap();
    for post in whole["db"][0]["data"]["posts"].as_array_mut().unwrap() {
        post["html"] = Value::Null;
    }
    let report = t.import_items(read(whole.to_string().as_bytes(), &Options::default()).unwrap().items).await;
    assert_eq!((report.failed.len(), report.lines()), (0, 19));
    let of_mobiledoc = t.blocks().await;
    for (kind, n) in &of_html {
        let other = of_mobiledoc.get(kind).copied().unwrap_or_default();
        assert!(
            other * 10 >= n * 9 && other * 9 <= n * 10,
            "{kind}: {n} of HTML, {other} of mobiledoc\n{of_html:?}\n{of_mobiledoc:?}"
        );
    }
});
