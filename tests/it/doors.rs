//! The two doors over HTTP: they show the same, and neither shows what is not public.
//!
//! What each door does with parameters, codings and conditions is tested beside it; here is what they must agree on.

use std::collections::BTreeSet;

use masthead::model::viewer::Viewer;
use masthead::newsroom::{move_slug, withdraw};
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

fn full(n: usize) -> Value {
    with(
        story(&format!("urn:t:{n}")),
        json!({
            "slug": format!("story-{n}"), "label": "Op-Ed", "genre": "opinion", "updated": "2026-02-02T10:00:00Z",
            "published": format!("2026-01-{:02}T08:00:00Z", n + 1),
            "section": { "name": "Elections", "parent": { "name": "Politics" } },
            "authors": [{ "name": "Ada Marsh", "kind": "independent" }, { "name": "Ben Oyelaran", "role": "photographs" }],
            "subjects": ["Budget", format!("Subject {}", n % 3)], "places": ["Harbour"], "people": ["Chris Vale"],
            "image": { "url": "https://example.org/a.png", "alt": "A bridge", "caption": "The bridge", "width": 3, "height": 2 },
            "disclaimers": ["Sponsored by nobody."], "corrections": [{ "published": "2026-02-03", "text": "A name was wrong." }],
            "copyrightnotice": "(c) The Courier", "canonical_url": "https://example.org/original",
        }),
    )
}

/// The fields that both doors give an article, in one text each.
const FIELDS: &str = "id slug headline label genre summary publishedAt updatedAt language canonicalUrl \
     image { url alt caption credit width height } disclaimers { text } corrections { publishedAt text } \
     authors { slug name kind } topics { slug name kind } section { slug name }";

/// Holds what GraphQL gave against what REST gave: every field of the former is in the latter and equal.
fn assert_within(graphql: &Value, rest: &Value, at: &str) {
    match (graphql, rest) {
        (Value::Object(fields), Value::Object(others)) => {
            for (name, value) in fields {
                // REST leaves out what is null.
                let other = others.get(name).unwrap_or(&Value::Null);
                assert_within(value, other, &format!("{at}.{name}"));
            }
        }
        (Value::Array(items), Value::Array(others)) => {
            assert_eq!(items.len(), others.len(), "{at}");
            items.iter().zip(others).for_each(|(item, other)| assert_within(item, other, at));
        }
        _ => {
            // GraphQL shouts its enumerations.
            let equal =
                graphql == rest || graphql.as_str().zip(rest.as_str()).is_some_and(|(a, b)| a.eq_ignore_ascii_case(b));
            assert!(equal, "{at}: GraphQL says {graphql}, REST says {rest}");
        }
    }
}

both!(the_doors_show_the_same_article, async |t| {
    t.import_all(&(0..6).map(full).collect::<Vec<_>>()).await;
    let server = t.serve().await;
    for n in 0..6 {
        let query = format!("query ($slug: String!) {{ article(slug: $slug) {{ {FIELDS} }} }}");
        let graphql = server.graphql(&query, json!({ "slug": format!("story-{n}") })).await;
        let article = &graphql["data"]["article"];
        assert!(article.is_object(), "{graphql}");
        let path = format!("/v1/articles/story-{n}?include=authors,topics,section,image");
        let answer = server.get(&path).await;
        assert_eq!(answer.status(), 200, "{path}");
        let rest: Value = answer.json().await.unwrap();
        assert_within(article, rest.get("data").unwrap_or(&rest), &path);
        // By its id as well.
        let id = article["id"].as_str().unwrap();
        assert_eq!(server.get(&format!("/v1/articles/{id}")).await.status(), 200);
    }
});

both!(the_doors_agree_on_what_is_moved_gone_and_never_was, async |t| {
    t.import_all(&(0..3).map(full).collect::<Vec<_>>()).await;
    let system = Viewer::system();
    move_slug::move_slug(&t.db, &system, t.id("urn:t:0").await, "moved").await.unwrap();
    withdraw::withdraw(&t.db, &system, t.id("urn:t:1").await, "The source was wrong.").await.unwrap();
    withdraw::kill(&t.db, &system, t.id("urn:t:2").await, "By order of a court.").await.unwrap();
    let server = t.serve().await;
    let ask = async |slug: &str| {
        server.graphql("query ($slug: String!) { article(slug: $slug) { slug } }", json!({ "slug": slug })).await
    };
    let moved = server.get("/v1/articles/story-0").await;
    assert_eq!(moved.status(), 308);
    assert!(moved.headers()["location"].to_str().unwrap().ends_with("/v1/articles/moved"));
    // However it was written: else it would lead to itself.
    for (written, leads) in [
        ("%73tory-0", "/v1/articles/moved"),
        ("stor%79%2D0/related?first=2", "/v1/articles/moved/related?first=2"),
        ("%73tory-0.jsonld", "/v1/articles/moved.jsonld"),
    ] {
        let moved = server.get(&format!("/v1/articles/{written}")).await;
        assert_eq!((moved.status().as_u16(), moved.headers()["location"].to_str().unwrap()), (308, leads), "{written}");
    }
    assert_eq!(ask("story-0").await["data"]["article"]["slug"], "moved");
    for (slug, reason) in [("story-1", "The source was wrong."), ("story-2", "By order of a court.")] {
        let gone = server.get(&format!("/v1/articles/{slug}")).await;
        assert_eq!(
            (gone.status().as_u16(), gone.headers()["content-type"].to_str().unwrap()),
            (410, "application/problem+json")
        );
        let problem: Value = gone.json().await.unwrap();
        assert!(problem["code"] == "GONE" && problem.to_string().contains(reason), "{problem}");
        let graphql = ask(slug).await;
        assert_eq!(
            (&graphql["data"]["article"], &graphql["errors"][0]["extensions"]["code"]),
            (&Value::Null, &json!("GONE"))
        );
        assert!(graphql.to_string().contains(reason), "{graphql}");
    }
    assert_eq!(server.get("/v1/articles/nothing").await.status(), 404);
    assert_eq!(ask("nothing").await["data"]["article"], Value::Null);
});

both!(the_doors_list_alike_and_each_takes_the_others_cursors, async |t| {
    t.import_all(&(0..9).map(full).collect::<Vec<_>>()).await;
    let server = t.serve().await;
    let query = "query ($first: Int, $after: String) { articles(first: $first, after: $after, \
                 filter: { section: \"politics\", place: \"harbour\" }) { pageInfo { endCursor } nodes { slug } } }";
    let mut after = Value::Null;
    let mut seen = Vec::new();
    for page in 0..3 {
        let graphql = server.graphql(query, json!({ "first": 3, "after": after })).await;
        let slugs = |rows: &Value| -> Vec<String> {
            let rows = rows.as_array().unwrap_or_else(|| panic!("{rows}"));
            rows.iter().map(|row| row["slug"].as_str().unwrap().to_owned()).collect()
        };
        let nodes = slugs(&graphql["data"]["articles"]["nodes"]);
        let cursor = after.as_str().map(|cursor| format!("&after={cursor}")).unwrap_or_default();
        let answer = server.get(&format!("/v1/articles?section=politics&place=harbour&first=3{cursor}")).await;
        assert_eq!(answer.status(), 200);
        let linked = answer.headers().get("link").is_some_and(|link| link.to_str().unwrap().contains("rel=\"next\""));
        assert_eq!(linked, page < 2, "page {page}");
        let rest: Value = answer.json().await.unwrap();
        let rows = ["items", "data", "articles"].iter().find_map(|name| rest.get(*name)).unwrap_or(&rest);
        assert_eq!(slugs(rows), nodes);
        seen.extend(nodes);
        after = graphql["data"]["articles"]["pageInfo"]["endCursor"].clone();
    }
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 9, "{seen:?}");
});

both!(the_doors_take_the_same_genres_and_words_to_look_for, async |t| {
    t.import_all(&(0..6).map(full).collect::<Vec<_>>()).await;
    let server = t.serve().await;
    server.settled().await;
    let query = "query ($genre: String!) { articles(first: 1, filter: { genre: $genre }) { totalCount }
                 search(query: \"\", first: 1, filter: { genre: $genre }) { totalCount } }";
    for (genre, n) in [("opinion", 6), ("Opinion", 6), ("OPINION", 6), ("news", 0), ("News", 0), ("!!", 0)] {
        for _ in 0..2 {
            let data = server.graphql(query, json!({ "genre": genre })).await;
            for list in ["articles", "search"] {
                assert_eq!(data["data"][list]["totalCount"], n, "{list} {genre}: {data}");
                let said = server.ask("GET", &format!("/v1/{list}?first=1&genre={genre}"), None, None).await;
                assert_eq!((said.status, &said.body["totalCount"]), (200, &json!(n)), "{list} {genre}: {said:?}");
            }
        }
    }
    let long = "x".repeat(300);
    for list in ["topics", "authors"] {
        for words in ["", long.as_str(), "two\nlines"] {
            let path = format!("/v1/{list}?query={}", words.replace('\n', "%0A"));
            let said = server.ask("GET", &path, None, None).await;
            assert_eq!((said.status, said.code(), said.text("/parameter")), (400, "INVALID_PARAMETER", "query"));
            let query = format!("query ($words: String) {{ {list}(query: $words) {{ nodes {{ slug }} }} }}");
            let data = server.graphql(&query, json!({ "words": words })).await;
            let error = &data["errors"][0];
            assert_eq!(error["extensions"]["code"], "INVALID_PARAMETER", "{list} {words:?}: {data}");
            assert_eq!(error["extensions"]["parameter"], "query", "{list} {words:?}: {data}");
            assert_eq!(error["message"], said.body["detail"], "{list} {words:?}: {data}");
        }
    }
    // No cursor leads on from a list of ids.
    let ids: Vec<String> = (0..101).map(|n| format!("art_{n:013}")).collect();
    let data = server.graphql("query ($ids: [ID!]!) { nodes(ids: $ids) { id } }", json!({ "ids": ids })).await;
    assert_eq!(data["errors"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{data}");
    let says = data["errors"][0]["message"].as_str().unwrap();
    assert!(says.contains("send at most 100 ids") && !says.contains("cursors"), "{says}");
});

/// Every address that a reader could try, against a secret.
async fn nothing_secret_comes_out(t: &TestApp) {
    let secret = "zqsecretq";
    let held = |n: usize, fields: Value| {
        let names = json!({
            "slug": format!("{secret}-{n}"), "headline": format!("{secret} {n}"), "body_text": secret,
            "section": { "name": format!("{secret} section"), "parent": { "name": "Politics" } },
            "authors": [format!("{secret} author")], "subjects": [format!("{secret} subject"), "Budget"],
            "places": [format!("{secret} place")], "people": ["Chris Vale"], "genre": secret, "language": "en-x-zqsecrt",
        });
        with(with(full(n), json!({ "uri": format!("urn:{secret}:{n}") })), names)
            .as_object()
            .map_or(Value::Null, |line| with(Value::Object(line.clone()), fields))
    };
    t.import_all(&(0..3).map(full).collect::<Vec<_>>()).await;
    t.import_all(&[
        held(10, json!({ "status": "withheld" })),
        held(11, json!({ "published": "2030-01-01T00:00:00Z" })),
    ])
    .await;
    let id = t.id(&format!("urn:{secret}:10")).await;
    let server = t.serve().await;
    let slugs = ["", "-10", "-11", "-author", "-subject", "-place", "-section"].map(|tail| format!("{secret}{tail}"));
    let mut paths: Vec<String> = [
        "/v1/articles",
        "/v1/articles?first=100&include=authors,topics,section",
        "/v1/latest-news",
        "/v1/top-news",
        "/v1/authors",
        "/v1/topics",
        "/v1/topics?kind=place",
        "/v1/sections",
        "/v1/collections",
        "/v1/collections/top-news",
        "/v1/articles/story-0?include=authors,topics,section,image,related,moreAbout,moreFrom,latestNews,topNews",
        "/v1/articles/story-0/related",
        "/metrics",
        "/readyz",
        "/",
    ]
    .map(str::to_owned)
    .to_vec();
    for (filter, slug) in ["section", "topic", "author", "place", "genre"].into_iter().zip(slugs.iter().cycle()) {
        paths.push(format!("/v1/articles?{filter}={slug}"));
    }
    for path in paths {
        let text = server.get(&path).await.text().await.unwrap();
        // A filter may be repeated in a link to the page itself; no row may have it.
        let rows = text.replace(path.as_str(), "");
        assert!(!rows.contains(secret) || path.contains(secret), "{path}: {text}");
    }
    for what in ["articles", "authors", "topics", "sections"] {
        for slug in slugs.iter().map(String::as_str).chain([id.to_string().as_str()]) {
            assert_eq!(server.get(&format!("/v1/{what}/{slug}")).await.status(), 404, "/v1/{what}/{slug}");
        }
    }
    let query = "query ($slug: String!, $id: ID!) { a: article(slug: $slug) { slug } b: article(id: $id) { slug } node(id: $id) { id } \
                 author(slug: $slug) { slug } topic(slug: $slug) { slug } section(slug: $slug) { slug } \
                 articles(filter: { topic: $slug }) { totalCount nodes { slug } } authors { nodes { name } } \
                 topics { nodes { name } } sections { name } }";
    for slug in &slugs {
        let answer = server.graphql(query, json!({ "slug": slug, "id": id.to_string() })).await;
        assert!(answer["data"].is_object(), "{answer}");
        assert!(!answer["data"].to_string().contains(secret), "{answer}");
        assert_eq!(answer["data"]["articles"]["totalCount"], 0, "{answer}");
    }
}

both!(neither_door_shows_what_is_not_public, async |t| nothing_secret_comes_out(t).await);

both!(the_schema_does_not_tell_more_than_a_server_can_write, async |t| {
    let server = t.serve().await;
    let round =
        |times: usize| (0..times).fold("name".to_owned(), |of, _| format!("interfaces {{ possibleTypes {{ {of} }} }}"));
    let said =
        server.post("/graphql", json!({ "query": format!("{{ __schema {{ types {{ {} }} }} }}", round(2)) })).await;
    assert_eq!(said.text("/errors/0/extensions/code"), "LIMIT_EXCEEDED");
    let said =
        server.post("/graphql", json!({ "query": format!("{{ __schema {{ types {{ {} }} }} }}", round(1)) })).await;
    assert!(said.body["errors"].is_null() && said.body["data"]["__schema"]["types"].is_array(), "{said:?}");
});
