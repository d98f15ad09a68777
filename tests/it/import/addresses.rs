//! Old addresses: one article each, for good, and none of what is not public.

use serde_json::{Value, json};

use super::encoded;
use crate::harness::http::Said;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

async fn asked(server: &crate::harness::http::Server, url: &str) -> Said {
    server.ask("GET", &format!("/v1/redirects?url={}", encoded(url)), None, None).await
}

fn at(uri: &str, urls: &[&str], fields: Value) -> Value {
    with(with(story(uri), json!({ "previousUrls": urls })), fields)
}

async fn leads(t: &TestApp) {
    t.import_all(&[
        at(
            "urn:t:1",
            &["https://old.example/2020/caf%c3%a9/", "/only/path.html", "mailto:x@y.z"],
            json!({ "slug": "one" }),
        ),
        // What another has already stays the other's.
        at("urn:t:2", &["http://old.example/2020/caf%C3%A9", "https://old.example/two"], json!({ "slug": "two" })),
        at("urn:t:3", &["/withdrawn"], json!({ "status": "canceled", "statusReason": "Wrong." })),
        at("urn:t:4", &["/withheld"], json!({ "status": "withheld" })),
    ])
    .await;
    let server = t.serve_as(&[("site.url", "https://new.example")]).await;
    for (url, slug) in [
        ("https://old.example/2020/café", "one"),
        ("HTTP://OLD.EXAMPLE:80/2020/caf%C3%A9/#top", "one"),
        ("/only/path.html", "one"),
        ("https://new.example/only/path.html", "one"),
        ("//old.example/two", "two"),
    ] {
        let said = asked(&server, url).await;
        assert_eq!(
            (said.status, said.header("location")),
            (308, format!("/v1/articles/{slug}").as_str()),
            "{url}: {said:?}"
        );
        assert_eq!((said.text("/slug"), said.text("/url")), (slug, format!("https://new.example/{slug}").as_str()));
        let query = "query ($url: String!) { article(url: $url) { slug } }";
        let data = server.graphql(query, json!({ "url": url })).await;
        assert_eq!(data["data"]["article"]["slug"], slug, "{url}: {data}");
    }
    for url in ["/withheld", "https://old.example/none", "/2020/caf%C3%A9", "mailto:x@y.z", "javascript:1", "%", "/"] {
        let said = asked(&server, url).await;
        assert_eq!((said.status, said.code()), (404, "NOT_FOUND"), "{url}: {said:?}");
        let data = server.graphql("query ($url: String!) { article(url: $url) { slug } }", json!({ "url": url })).await;
        assert!(data["data"]["article"].is_null() && data.get("errors").is_none(), "{url}: {data}");
    }
    // What stands there now is told from what nobody knows.
    for (url, says) in [
        ("https://new.example/one", "/v1/articles/one"),
        ("/one/", "/v1/articles/one"),
        ("https://old.example/one", "No article"),
        ("/three", "No article"),
    ] {
        let said = asked(&server, url).await;
        assert_eq!((said.status, said.code()), (404, "NOT_FOUND"), "{url}: {said:?}");
        assert!(said.text("/detail").contains(says), "{url}: {said:?}");
    }
    let said = asked(&server, "/withdrawn").await;
    assert_eq!((said.status, said.code(), said.text("/reason")), (410, "GONE", "Wrong."));
    let data = server.graphql("{ article(url: \"/withdrawn\") { slug } }", json!({})).await;
    assert_eq!(data["errors"][0]["extensions"]["code"], "GONE");
    let both = server.graphql("{ article(url: \"/x\", slug: \"one\") { slug } }", json!({})).await;
    assert_eq!(both["errors"][0]["extensions"]["code"], "INVALID_PARAMETER", "{both}");
    for query in ["", "?url=", "?url=a&url=b"] {
        let said = server.ask("GET", &format!("/v1/redirects{query}"), None, None).await;
        assert_eq!(said.status, 400, "{query}");
    }

    // What was held back and is published now is found; what is withdrawn now is gone.
    t.import_all(&[
        at("urn:t:4", &["/withheld"], json!({})),
        at("urn:t:1", &[], json!({ "status": "canceled", "statusReason": "Old." })),
    ])
    .await;
    assert_eq!(asked(&server, "/withheld").await.status, 308);
    assert_eq!(asked(&server, "/only/path.html").await.status, 410);
    t.assert_whole().await;
}

both!(an_old_address_leads_to_its_article, async |t| leads(t).await);

both!(a_line_that_only_adds_an_address_is_no_new_version, async |t| {
    t.import_all(&[story("urn:t:1")]).await;
    let report = t.import_all(&[at("urn:t:1", &["/old"], json!({}))]).await;
    assert_eq!((report.unchanged, report.lines()), (1, 1));
    assert_eq!(t.card("urn:t:1").await.unwrap().version, 1);
    assert_eq!(t.texts("SELECT address AS v FROM article_addresses").await, ["/old"]);
});

/// A slug for each address under which an article is asked for, the same each time: the library makes it, then it is made in one
/// go, then it is kept.
async fn stands_at(server: &crate::harness::http::Server, url: &str) -> Value {
    let mut said = Vec::new();
    for _ in 0..3 {
        let query = "query ($url: String!) { article(url: $url) { slug } }";
        let answer = server.graphql(query, json!({ "url": url })).await;
        said.push(match answer["errors"][0]["extensions"]["code"].as_str() {
            Some(code) => json!(code),
            None => answer["data"]["article"]["slug"].clone(),
        });
    }
    said.dedup();
    assert_eq!(said.len(), 1, "{url}: {said:?}");
    said.remove(0)
}

both!(an_article_is_found_at_its_address_of_now, async |t| {
    let in_section =
        |uri: &str, section: &str, fields: Value| with(with(story(uri), json!({ "section": section })), fields);
    t.import_all(&[
        in_section("urn:t:1", "Politics", json!({ "slug": "one", "previousSlugs": ["first"] })),
        with(story("urn:t:2"), json!({ "slug": "two" })),
        in_section("urn:t:3", "Politics", json!({ "slug": "three" })),
        // It had an address that another one, taken back, could have had.
        in_section(
            "urn:t:4",
            "Politics",
            json!({ "slug": "four", "previousUrls": ["https://new.example/news/2020/three"] }),
        ),
    ])
    .await;
    let server = t.serve_as(&[("site.url", "https://new.example/news")]).await;
    let own = server.graphql("{ article(slug: \"one\") { url } }", json!({})).await;
    assert_eq!(own["data"]["article"]["url"], "https://new.example/news/politics/one");
    let well = [
        ("https://new.example/news/politics/one", "one"),
        ("HTTP://NEW.example:80/news/politics/one/#top", "one"),
        ("/news/politics/one", "one"),
        ("https://new.example/news/politics/first", "one"),
        ("/news/two/", "two"),
        ("/news/politics/three", "three"),
        ("/news/2020/three", "four"),
    ];
    for (url, slug) in well {
        assert_eq!(stands_at(&server, url).await, slug, "{url}");
    }
    for url in [
        "https://new.example/news/sport/one",
        "https://new.example/news/one",
        "https://new.example/politics/one",
        "https://other.example/news/politics/one",
        "/politics/one",
        "/news/politics/two",
        "/news/politics/none",
        "/news/politics/one?p=2",
        "/news/politics",
        "one",
    ] {
        assert_eq!(stands_at(&server, url).await, Value::Null, "{url}");
    }
    // One that it had here before it was renamed is an old one as any other is, also when the answer is kept.
    for _ in 0..2 {
        for url in ["https://new.example/news/politics/first", "/news/politics/first/"] {
            let said = asked(&server, url).await;
            assert_eq!((said.status, said.header("location")), (308, "/v1/articles/one"), "{url}: {said:?}");
            assert_eq!(
                (said.text("/slug"), said.text("/url")),
                ("one", "https://new.example/news/politics/one"),
                "{url}: {said:?}"
            );
        }
        assert_eq!(asked(&server, "/news/sport/first").await.status, 404);
        assert_eq!(asked(&server, "/news/politics/three").await.status, 404);
    }
    // What is taken back is told where it stood; whoever else had an address is still found there.
    t.import_all(&[in_section("urn:t:3", "Politics", json!({ "status": "canceled", "statusReason": "Wrong." }))]).await;
    assert_eq!(stands_at(&server, "/news/politics/three").await, "GONE");
    let said = asked(&server, "/news/politics/three").await;
    assert_eq!((said.status, said.code(), said.text("/reason")), (410, "GONE", "Wrong."));
    assert_eq!(asked(&server, "/news/2020/three").await.header("location"), "/v1/articles/four");
    assert_eq!(stands_at(&server, "/news/2020/three").await, "four");
    assert_eq!(stands_at(&server, "https://other.example/news/politics/three").await, Value::Null);
    // An article that goes to another section has another address.
    t.import_all(&[in_section("urn:t:1", "Sport", json!({ "slug": "one", "previousSlugs": ["first"] }))]).await;
    assert_eq!(stands_at(&server, "/news/politics/one").await, Value::Null);
    assert_eq!(stands_at(&server, "/news/sport/one").await, "one");
    // Nobody is led from an address of now to itself.
    assert_eq!(asked(&server, "/news/sport/one").await.status, 404);
});
