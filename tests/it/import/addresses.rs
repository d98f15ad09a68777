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
