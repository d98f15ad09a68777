//! What may be asked over GraphQL, and what is said of what may not.

use std::time::Duration;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::documents::over_socket;
use crate::harness::both;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};

/// How long an answer may take before it counts as none: what is refused at once is there in a moment, and what is not
/// would take hours.
const PATIENCE: Duration = Duration::from_secs(60);

async fn post(server: &Server, body: Value) -> Said {
    tokio::time::timeout(PATIENCE, server.post("/graphql", body)).await.expect("an answer")
}

async fn get(server: &Server, parameters: &[(&str, &str)], accept: &str) -> Said {
    let url = url::Url::parse_with_params(&format!("{}/graphql", server.base), parameters).unwrap();
    let sent = server.client.get(url).header("accept", accept).send();
    Said::of(tokio::time::timeout(PATIENCE, sent).await.expect("an answer").unwrap()).await
}

const JSON: &str = "application/json";
const STRICT: &str = "application/graphql-response+json";

/// A document whose fragments spread the next one so many times.
fn spreading(levels: usize, times: usize) -> String {
    let level = |n: usize| format!(" fragment F{n} on Article {{ {} }}", format!("...F{} ", n + 1).repeat(times));
    let all: String = (0..levels).map(level).collect();
    format!("{{ latestNews(first: 1) {{ ...F0 }} }}{all} fragment F{levels} on Article {{ slug }}")
}

both!(what_would_take_too_much_is_refused_before_it_does, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let deep = |levels: usize| format!("{{ a(b: {}{}) }}", "[".repeat(levels), "]".repeat(levels));
    let named = |query: &str| {
        let hash: String = Sha256::digest(query.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        json!({ "query": query, "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } } })
    };
    let bombs = [spreading(60, 2), spreading(9, 9), "{ ...F } fragment F on Query { ...F ...F }".to_owned()];
    for query in bombs.iter().chain([&deep(30_000)]) {
        for body in [json!({ "query": query }), named(query)] {
            let said = post(&server, body).await;
            let code = said.text("/errors/0/extensions/code");
            assert!(["LIMIT_EXCEEDED", "GRAPHQL_VALIDATION_FAILED"].contains(&code), "{:?}", said.body);
            assert!(said.body.get("data").is_none(), "{:?}", said.body);
        }
    }
    let mutation = format!("mutation {}", deep(1_500));
    let said = get(&server, &[("query", &mutation)], JSON).await;
    assert_eq!(said.text("/errors/0/extensions/code"), "LIMIT_EXCEEDED");
    let said = tokio::time::timeout(PATIENCE, over_socket(&server, named(&deep(20_000)))).await.expect("an answer");
    assert_eq!(said["payload"][0]["extensions"]["code"], "LIMIT_EXCEEDED", "{said}");
    // What spreads much and comes to little runs.
    let said = post(&server, json!({ "query": spreading(6, 2) })).await;
    assert_eq!(said.text("/data/latestNews/0/slug"), "s1");
});

both!(variables_count_as_the_specification_says, async |t| {
    t.import_all(
        &(1..4).map(|n| with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}") }))).collect::<Vec<_>>(),
    )
    .await;
    let server = t.serve().await;
    // Whole, and then put together from what is kept: the third time of what is known.
    let ask = async |query: &str, variables: Value| {
        let mut all = Vec::new();
        for n in 0..3 {
            // Another page each time, or the kept one would answer.
            let query = format!("{query}{}", " ".repeat(n));
            all.push(post(&server, json!({ "query": query, "variables": variables })).await.body);
        }
        assert!(all.iter().all(|body| *body == all[0]), "{query}: {all:?}");
        all.remove(0)
    };
    let query = "query ($s: Boolean = true) { a: latestNews(first: 1) @skip(if: $s) { slug } b: latestNews(first: 1) @include(if: $s) { slug } }";
    let said = ask(query, json!({})).await;
    assert!(said["data"].get("a").is_none() && said["data"]["b"].is_array(), "{said}");
    let said = ask(query, json!({ "s": false })).await;
    assert!(said["data"].get("b").is_none() && said["data"]["a"].is_array(), "{said}");
    let inside = "query ($s: Boolean! = true) { latestNews(first: 1) { slug headline @skip(if: $s) } }";
    assert!(ask(inside, json!({})).await["data"]["latestNews"][0].get("headline").is_none());
    // The default of the argument.
    for query in [
        "query ($x: Int) { latestNews(first: $x) { slug } }",
        "query ($x: ArticleOrder) { articles(orderBy: $x) { nodes { slug } } }",
        "query ($x: String) { articles(filter: { section: $x }) { nodes { slug } } }",
        "query ($x: Int) { article(slug: \"s1\") { related(first: $x) { article { slug } } } }",
    ] {
        let said = ask(query, json!({})).await;
        assert!(said["errors"].is_null(), "{query}: {said}");
        assert_ne!(said["data"], Value::Null, "{query}");
    }
    let notices = "query ($n: Notices! = INLINE) { article(slug: \"s1\") { body(notices: $n) { html } } }";
    assert!(ask(notices, json!({})).await["data"]["article"]["body"]["html"].is_string());
    let separate = ask("{ article(slug: \"s1\") { body(notices: \"SEPARATE\") { html } } }", json!({})).await;
    // No text stands for a word of an enumeration, so nothing is let through by it.
    assert_eq!(separate["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    let separate = "query ($n: Notices!) { article(slug: \"s1\") { body(notices: $n) { html } } }";
    let separate = ask(separate, json!({ "n": "SEPARATE" })).await;
    assert_eq!(separate["errors"][0]["extensions"]["code"], "NOTICE_REQUIRED");
    // What must have a value is a fault of the request: it did not run.
    let query = "query Page($slug: String!) { article(slug: $slug) { slug } }";
    assert_eq!(ask(query, json!({ "slug": "s1" })).await["data"]["article"]["slug"], "s1");
    for variables in ["{}", "{\"slug\":null}"] {
        let said = get(&server, &[("query", query), ("variables", variables)], STRICT).await;
        assert_eq!((said.status, said.text("/errors/0/extensions/code")), (400, "GRAPHQL_VALIDATION_FAILED"));
        assert!(said.body.get("data").is_none() && said.text("/errors/0/message").contains("$slug"), "{:?}", said.body);
    }
});

both!(what_the_specification_forbids_is_not_run, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "authors": ["Ann Marsh"] }))]).await;
    let server = t.serve().await;
    let merged = "fragment F on Query { trending(window: \"DAY\") { slug } }";
    for (query, says) in [
        ("{ articles(orderBy: \"NEWEST\") { totalCount } }", "orderBy"),
        ("{ articles(filter: { topic: \"a\", section: \"x\", section: \"y\" }) { totalCount } }", "section"),
        ("{ articles(first: 1) { nodes { topics(kind: \"PLACE\") { slug } } } }", "kind"),
        (
            "query ($k: TopicKind = \"PLACE\") { articles(first: 1) { nodes { topics(kind: $k) { slug } } } }",
            "TopicKind",
        ),
        (
            &format!(
                "{{ ...F ...G }} fragment G on Query {{ articles(orderBy: \"NEWEST\") {{ totalCount }} }} {merged}"
            ),
            "orderBy",
        ),
        (
            &format!(
                "{{ ...G ...F }} {merged} fragment G on Query {{ articles(orderBy: \"NEWEST\") {{ totalCount }} }}"
            ),
            "window",
        ),
        ("query ($a: [Nope] = [\"x\"]) { __typename }", "Nope"),
        ("query ($a: [Nope!]!) { __typename }", "Nope"),
        ("{ article(slug: \"s1\") { x: headline ... on Article { x: summary } } }", "headline and summary"),
        ("{ article(slug: \"s1\") { x: headline ...F } } fragment F on Article { x: summary }", "headline and summary"),
        (
            "{ a: article(slug: \"s1\") { headline } ... { a: article(slug: \"s2\") { headline } } }",
            "different arguments",
        ),
        ("{ latestNews { authors { x: name } authors { x: slug } } }", "name and slug"),
        (
            "{ article(slug: \"s1\") { authors { x: name } ...F } } fragment F on Article { ... on Node { x: id } authors { x: slug } }",
            "name and slug",
        ),
        ("{ node(id: \"art_1\") { x: id ... on Article { x: headline } } }", "id and headline"),
        ("{ suggest(query: \"a\") { ... on Topic { x: articleCount } ... on Article { x: headline } } }", "two forms"),
        (
            "{ suggest(query: \"a\") { ... on Topic { x: articles(first: 1) { nodes { slug } } } ... on Article { x: topics { slug } } } }",
            "two forms",
        ),
        (
            "{ suggest(query: \"a\") { ... on Topic { x: parent { y: slug } } ... on Article { x: section { y: articleCount } } } }",
            "two forms",
        ),
        ("query ($n: String) { latestNews(first: $n) { slug } }", "$n"),
        ("query ($i: ID!) { ...F } fragment F on Query { article(slug: $i) { id } }", "$i"),
        ("query ($a: Boolean) { latestNews { slug @include(if: $a) } }", "$a"),
        ("query ($s: [String]) { articles(filter: { section: $s }) { totalCount } }", "$s"),
        ("query ($n: String = \"INLINE\") { article(slug: \"s1\") { body(notices: $n) { html } } }", "$n"),
        ("subscription { a: articleChanged { seq } b: articleChanged { seq } }", "a, b"),
        (
            "subscription { ...F } fragment F on Subscription { articleChanged { seq } ... { b: articleChanged { seq } } }",
            "b",
        ),
        ("subscription { a: articleChanged @skip(if: true) { seq } }", "none"),
        ("subscription ($s: Boolean = true) { articleChanged { seq } articleChanged @skip(if: $s) { kind } }", "twice"),
        ("subscription { __typename }", "__typename"),
        // Also where a variable without a value would be left out.
        ("query ($s: String) { latestNews(first: 1, section: $s) { slug } }", "section"),
        (
            "query ($s: String) { ...F } fragment F on Query { articles(filter: { sectoin: $s }) { totalCount } }",
            "sectoin",
        ),
        ("mutation ($s: String) { createArticle(input: { article: { headlin: $s } }) { seq } }", "headlin"),
        ("query ($a: Int, $a: Int) { latestNews(first: $a) { slug } }", "$a"),
        ("query ($a: Int) { latestNews(first: $a, first: $a) { slug } }", "first"),
        ("{ latestNews(first: 3000000000) { slug } }", "first"),
        ("{ articles(filter: { publishedFrom: \"soon\" }) { totalCount } }", "publishedFrom"),
        ("query ($d: DateTime = \"soon\") { articles(filter: { publishedFrom: $d }) { totalCount } }", "DateTime"),
        // What stands at `__typename` counts.
        ("{ latestNews(first: 1) { __typename @include(if: $f) id } }", "$f"),
        ("{ latestNews(first: 1) { __typename @nope(x: 1) id } }", "nope"),
        ("{ latestNews(first: 1) { ...F } } fragment F on Article { __typename @include(if: \"no\") id }", "if"),
        ("query ($f: String!) { latestNews(first: 1) { __typename @include(if: $f) id } }", "$f"),
        ("{ latestNews(first: 1) { __typename(a: 1) id } }", "__typename"),
        ("{ latestNews(first: 1) { __typename { b } id } }", "__typename"),
        // So does what is left out of root fields that are named twice.
        (
            "query ($c: Boolean = false) { latestNews(first: 1) { slug } latestNews(first: 1) { id } topNews @include(if: $c) { nope } }",
            "nope",
        ),
        ("query ($c: Int) { latestNews(first: 1) { slug } latestNews(first: 1) { id } }", "$c"),
        ("{ latestNews(first: 1) { slug } latestNews(first: 1) { id } } fragment F on Query { topNews { slug } }", "F"),
    ] {
        for _ in 0..2 {
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.text("/errors/0/extensions/code"), "GRAPHQL_VALIDATION_FAILED", "{query}: {:?}", said.body);
            assert!(said.text("/errors/0/message").contains(says), "{query}: {:?}", said.body);
            assert!(said.body.get("data").is_none(), "{query}: {:?}", said.body);
        }
    }
    // And what it allows is.
    for query in [
        "query ($k: TopicKind = PLACE, $s: String) { articles(first: 1, orderBy: NEWEST, filter: { section: $s }) { nodes { topics(kind: $k) { slug } } } }",
        "{ article(slug: \"s1\") { headline ...F ... on Article { headline authors { name } } } } fragment F on Article { headline authors { slug } }",
        "{ a: articles(filter: { section: \"x\", genre: \"news\" }) { totalCount } ... { a: articles(filter: { genre: \"news\", section: \"x\" }) { totalCount } } }",
        "query ($n: Int, $i: ID, $a: Boolean = true, $s: String!) { latestNews(first: $n) { slug @include(if: $a) } article(slug: $s) { id } author(id: $i) { slug } }",
        "query A($x: Int!) { latestNews(first: $x) { slug } } query B { topNews(first: 1) { slug } }",
        "{ suggest(query: \"st\") { ... on Topic { x: parent { y: slug } } ... on Article { x: section { y: name } } } }",
        "{ suggest(query: \"st\") { ... on Topic { x: name } ... on Article { x: headline } ... on Author { x: slug } __typename } }",
        "{ __schema { queryType { name } queryType { kind } } __type(name: \"Article\") { name ... on __Type { kind } } }",
    ] {
        let name = query.contains("query B").then_some("B");
        for _ in 0..2 {
            let asked = json!({ "query": query, "operationName": name, "variables": { "s": "s1", "i": "aut_1" } });
            let said = post(&server, asked).await;
            assert!(said.body["errors"].is_null(), "{query}: {:?}", said.body);
        }
    }
    let query = "{ article(slug: \"s1\") { authors { name } ...F } } fragment F on Article { authors { slug } }";
    let said = post(&server, json!({ "query": query })).await;
    assert_eq!(said.body["data"]["article"]["authors"], json!([{ "name": "Ann Marsh", "slug": "ann-marsh" }]));
});

both!(no_member_by_an_odd_name_passes_for_two, async |t| {
    let in_town = |n: usize| {
        with(
            story(&format!("urn:t:{n}")),
            json!({ "section": "town", "subjects": ["Ferries"], "slug": format!("s{n}") }),
        )
    };
    t.import_all(&[in_town(1), with(story("urn:t:2"), json!({ "section": "sea" }))]).await;
    let server = t.serve().await;
    let query = "query ($f: ArticleFilter) { articles(filter: $f) { totalCount } }";
    let honest = json!({ "query": query, "variables": { "f": { "section": "town", "topic": "ferries" } } });
    let odd = json!({ "query": query, "variables": { "f": { "section: \"town\", topic": "ferries" } } });
    for n in 3..6 {
        for _ in 0..3 {
            let said = post(&server, honest.clone()).await;
            assert_eq!(said.body["data"]["articles"]["totalCount"], n - 2, "{:?}", said.body);
        }
        // What was kept goes, and the odd one asks first.
        t.import_all(&[in_town(n)]).await;
        let said = post(&server, odd.clone()).await;
        assert_eq!(said.text("/errors/0/extensions/code"), "GRAPHQL_VALIDATION_FAILED", "{:?}", said.body);
    }
});

both!(what_there_is_not_is_refused_in_a_moment, async |t| {
    let server = t.serve().await;
    let mut set = "x".to_owned();
    for _ in 0..30 {
        set = format!("x {{ {set} ... on Article {{ x {{ x }} }} ... on Section {{ x {{ x }} }} }}");
    }
    let began = std::time::Instant::now();
    let said = post(&server, json!({ "query": format!("{{ {set} }}") })).await;
    assert!(!said.body["errors"].is_null() && began.elapsed().as_secs() < 10, "{:?} {:?}", began.elapsed(), said.body);
});

both!(a_part_is_asked_for_what_it_must_have, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let query = "query ($c: Boolean!) { article(slug: \"s1\") { slug headline @include(if: $c) } }";
    for variables in [json!({ "c": true }), json!({}), json!({ "c": null }), json!({ "c": true }), json!({})] {
        let said = post(&server, json!({ "query": query, "variables": variables })).await;
        let well = variables["c"] == true;
        assert_eq!(said.body["errors"].is_null(), well, "{variables}: {:?}", said.body);
        assert_eq!(said.body["data"]["article"]["headline"].is_string(), well, "{variables}: {:?}", said.body);
    }
    // Of several operations only the one that is asked for is held against the rule of notices, with its own values.
    let all = "label disclaimers { text } corrections { text }";
    let two = format!(
        "query A($n: Notices!) {{ article(slug: \"s1\") {{ {all} body(notices: $n) {{ html }} }} }} \
         query B($n: Notices!) {{ article(slug: \"s1\") {{ body(notices: $n) {{ html }} }} }}"
    );
    for _ in 0..2 {
        for (name, notices, well) in
            [("A", "SEPARATE", true), ("B", "SEPARATE", false), ("B", "INLINE", true), ("A", "INLINE", true)]
        {
            let asked = json!({ "query": two, "operationName": name, "variables": { "n": notices } });
            let said = post(&server, asked).await;
            assert_eq!(said.body["errors"].is_null(), well, "{name} {notices}: {:?}", said.body);
        }
    }
    // One that is given to a `@oneOf` field is never null.
    let query =
        "mutation ($h: String) { createArticle(input: { article: { headline: \"T\", body: { html: $h } } }) { seq } }";
    let said = post(&server, json!({ "query": query, "variables": { "h": "<p>T</p>" } })).await;
    assert!(said.text("/errors/0/message").contains("$h"), "{:?}", said.body);
});

both!(root_fields_that_are_named_twice_are_one, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" })), with(story("urn:t:2"), json!({ "slug": "s2" }))])
        .await;
    let server = t.serve().await;
    let once = post(&server, json!({ "query": "{ article(slug: \"s1\") { slug headline } }" })).await;
    for query in [
        "{ article(slug: \"s1\") { slug } article(slug: \"s1\") { headline } }",
        "{ ...F ...F } fragment F on Query { article(slug: \"s1\") { slug headline } }",
        "{ ...F ... on Query { article(slug: \"s1\") { headline } } } fragment F on Query { article(slug: \"s1\") { slug } }",
        "query ($c: Boolean! = true) { ...F @include(if: $c) article(slug: \"s1\") { headline } } \
         fragment F on Query { article(slug: \"s1\") { slug } }",
    ] {
        for _ in 0..3 {
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.body, once.body, "{query}");
        }
    }
    // What is at fault is told once.
    for query in ["{ author { name } author { slug } }", "{ ...F ...F } fragment F on Query { author { name } }"] {
        for _ in 0..2 {
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.body["errors"].as_array().map(Vec::len), Some(1), "{query}: {:?}", said.body);
        }
    }
    // Conditions say what there is.
    let query = "query ($c: Boolean!) { a: article(slug: \"s1\") @include(if: $c) { slug } ...F @skip(if: $c) \
        ... { a: article(slug: \"s1\") @include(if: $c) { headline } } } fragment F on Query { b: article(slug: \"s2\") { slug } }";
    for _ in 0..2 {
        let said = post(&server, json!({ "query": query, "variables": { "c": true } })).await;
        assert!(said.body["data"]["a"]["slug"] == "s1" && said.body["data"]["a"]["headline"].is_string(), "{said:?}");
        assert!(said.body["errors"].is_null() && said.body["data"].get("b").is_none(), "{said:?}");
        let said = post(&server, json!({ "query": query, "variables": { "c": false } })).await;
        assert_eq!((&said.body["errors"], &said.body["data"]), (&Value::Null, &json!({ "b": { "slug": "s2" } })));
    }
});

both!(a_condition_at_typename_is_one_of_any_field, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let query = "query ($f: Boolean!) { article(slug: \"s1\") { __typename @include(if: $f) t: __typename @skip(if: $f) slug ...F } } \
        fragment F on Node { u: __typename @include(if: $f) }";
    for _ in 0..3 {
        let said = post(&server, json!({ "query": query, "variables": { "f": true } })).await;
        let shown = json!({ "__typename": "Article", "slug": "s1", "u": "Article" });
        assert_eq!((&said.body["errors"], &said.body["data"]["article"]), (&Value::Null, &shown));
        let said = post(&server, json!({ "query": query, "variables": { "f": false } })).await;
        assert_eq!(said.body["data"]["article"], json!({ "t": "Article", "slug": "s1" }), "{:?}", said.body);
    }
    // Of what may be several things, too.
    let id = t.id("urn:t:1").await.to_string();
    let query =
        "query ($f: Boolean!, $i: ID!) { node(id: $i) { __typename @include(if: $f) } __typename @skip(if: $f) }";
    let said = post(&server, json!({ "query": query, "variables": { "f": true, "i": id } })).await;
    assert_eq!(said.body["data"], json!({ "node": { "__typename": "Article" } }), "{:?}", said.body);
});

both!(a_value_of_another_type_is_a_fault_of_the_request, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    for (query, good, bad) in [
        (
            "query ($x: Int) { latestNews(first: $x) { slug } }",
            json!(1),
            vec![json!("1"), json!(1.5), json!(3_000_000_000_u64)],
        ),
        (
            "query ($x: DateTime) { articles(filter: { publishedFrom: $x }) { totalCount } }",
            json!("2026-01-01T00:00:00Z"),
            vec![json!("soon"), json!(1), json!([])],
        ),
        (
            "query ($x: ArticleOrder) { articles(orderBy: $x) { totalCount } }",
            json!("NEWEST"),
            vec![json!("NEW"), json!(1)],
        ),
        (
            "query ($x: ArticleFilter) { articles(filter: $x) { totalCount } }",
            json!({ "section": null }),
            vec![
                json!({ "sectoin": "x" }),
                json!({ "section": 1 }),
                json!({ "publishedFrom": "soon" }),
                json!("x"),
                json!([1]),
            ],
        ),
        ("query ($x: [ID!]!) { nodes(ids: $x) { id } }", json!(["art_1"]), vec![json!([true]), json!([null])]),
    ] {
        for n in 0..3 {
            // Another page each time, or the kept one would answer.
            let query = format!("{query}{}", " ".repeat(n));
            let said = post(&server, json!({ "query": query, "variables": { "x": good } })).await;
            assert!(said.body["errors"].is_null(), "{query}: {:?}", said.body);
            for value in &bad {
                let variables = json!({ "x": value }).to_string();
                let said = get(&server, &[("query", &query), ("variables", &variables)], STRICT).await;
                assert_eq!(
                    (said.status, said.text("/errors/0/extensions/code")),
                    (400, "GRAPHQL_VALIDATION_FAILED"),
                    "{query} {value}"
                );
                assert!(said.body.get("data").is_none(), "{query} {value}: {:?}", said.body);
                assert!(said.text("/errors/0/message").contains("$x"), "{query} {value}: {:?}", said.body);
                assert_eq!(said.text("/errors/0/extensions/parameter"), "x");
            }
        }
    }
});

both!(notices_stand_beside_a_body_however_that_is_written, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    const ALL: &str = "label disclaimers { text } corrections { text }";
    const BODY: &str = "body(notices: SEPARATE) { html }";
    let article = |asked: &str| format!("article(slug: \"s1\") {{ {asked} }}");
    for (query, allowed) in [
        (
            format!(
                "{{ {} }} fragment H on Article {{ {ALL} }} fragment B on Article {{ {BODY} }}",
                article("...H ...B")
            ),
            true,
        ),
        (format!("{{ {} }} fragment B on Article {{ {BODY} }}", article(&format!("{ALL} ...B"))), true),
        (format!("{{ {} {} }}", article(ALL), article(BODY)), true),
        (
            format!(
                "{{ {} }} fragment H on Node {{ ... on Article {{ {ALL} }} }}",
                article(&format!("...H @include(if: true) ...H {BODY}"))
            ),
            true,
        ),
        (format!("{{ {} b: {} }}", article(ALL), article(BODY)), false),
        (
            format!(
                "query ($c: Boolean = true) {{ {} }} fragment H on Article {{ {ALL} }}",
                article(&format!("...H @include(if: $c) {BODY}"))
            ),
            false,
        ),
        (
            format!(
                "query ($c: Boolean = true) {{ {} }}",
                article(&format!("... @include(if: $c) {{ {ALL} {BODY} }}"))
            ),
            true,
        ),
        (format!("query ($n: Notices) {{ {} }}", article("body(notices: $n) { html }")), true),
        (format!("query ($n: Notices = SEPARATE) {{ {} }}", article("body(notices: $n) { html }")), false),
        (
            format!("query ($n: Notices = SEPARATE) {{ {} {} }}", article("body(notices: $n) { html }"), article(ALL)),
            true,
        ),
    ] {
        for n in 0..3 {
            let query = format!("{query}{}", " ".repeat(n));
            let said = post(&server, json!({ "query": query })).await;
            if allowed {
                assert!(said.body["errors"].is_null(), "{query}: {:?}", said.body);
                assert!(said.body["data"]["article"]["body"]["html"].is_string(), "{query}: {:?}", said.body);
            } else {
                assert_eq!(said.text("/errors/0/extensions/code"), "NOTICE_REQUIRED", "{query}: {:?}", said.body);
            }
        }
    }
    // What a variable says is held each time, also of a document that is known.
    let query = format!("query ($n: Notices) {{ {} }}", article("body(notices: $n) { html }"));
    for (value, allowed) in [("INLINE", true), ("SEPARATE", false), ("INLINE", true), ("SEPARATE", false)] {
        let said = post(&server, json!({ "query": query, "variables": { "n": value } })).await;
        assert_eq!(said.body["errors"].is_null(), allowed, "{value}: {:?}", said.body);
    }
});

both!(white_space_may_stand_in_types, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    for (query, variables) in [
        ("query ($n:Int !) { latestNews(first: $n) { slug } }", json!({ "n": 1 })),
        ("query ($n: Int # how many\n ! = 1) { latestNews(first: $n) { slug } }", json!({})),
        (
            "query ($i:[ID! ]!, $n: Int,! = 1) { latestNews(first: $n) { slug } nodes(ids: $i) { id } }",
            json!({ "i": ["art_1"] }),
        ),
    ] {
        // As a whole, in parts, in one go.
        for _ in 0..3 {
            let said = post(&server, json!({ "query": query, "variables": variables })).await;
            assert_eq!(said.body["data"]["latestNews"][0]["slug"], "s1", "{query}: {:?}", said.body);
        }
    }
    let said = post(
        &server,
        json!({ "query": "query ($n: Int !) { latestNews(first: $n) { nope } }", "variables": { "n": 1 } }),
    )
    .await;
    assert_eq!(said.body["errors"][0]["locations"], json!([{ "line": 1, "column": 45 }]), "{:?}", said.body);
});

both!(strings_in_documents_are_read_as_the_specification_has_them, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "headline": "A \u{1F600} face" }))]).await;
    let server = t.serve().await;
    for query in [
        r#"{ article(slug: "\u{73}1") { headline } }"#,
        r#"{ article(slug: "\u{0000000073}\u0031") { headline } }"#,
        r#"{ ...F } fragment F on Query { article(slug: "\u{73}1") { headline } }"#,
        r#"query ($s: String = "\u{73}1") { article(slug: $s) { headline } }"#,
    ] {
        // As a whole, in parts, in one go.
        for _ in 0..3 {
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.text("/data/article/headline"), "A \u{1F600} face", "{query}");
        }
    }
    // However a character is written, also one that the library prints as another; its parts say what the whole says.
    server.settled().await;
    for words in [r"\uD83D\uDE00", r"\u{1F600}", "\u{1F600}", r"\u{1f600}\u{7F}\u{85}"] {
        let query = format!("{{ article(slug: \"s1\") {{ headline }} search(query: \"{words}\") {{ totalCount }} }}");
        let first = post(&server, json!({ "query": query })).await;
        assert!(
            first.body["errors"].is_null() && first.body["data"]["search"]["totalCount"].is_i64(),
            "{query}: {first:?}"
        );
        for _ in 0..2 {
            assert_eq!(post(&server, json!({ "query": query })).await.body, first.body, "{query}");
        }
    }
    // A block string keeps no backslash of its escape; places are told as they were sent.
    let asked = "{ article(slug: \"\"\"\n  \\\"\"\" s1\n\"\"\") { nope } }";
    let said = post(&server, json!({ "query": asked })).await;
    assert_eq!(said.body["errors"][0]["locations"], json!([{ "line": 3, "column": 8 }]), "{:?}", said.body);
    for (query, at) in [
        (r#"{ article(slug: "x\uD83D") { slug } }"#, 19),
        (r#"{ article(slug: "\uDE00\uD83D") { slug } }"#, 18),
        (r#"{ article(slug: "\u{D83D}") { slug } }"#, 18),
        (r#"{ article(slug: "\u{110000}") { slug } }"#, 18),
        (r#"{ article(slug: "\u{}") { slug } ...F } fragment F on Query { __typename }"#, 18),
    ] {
        for _ in 0..2 {
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.text("/errors/0/extensions/code"), "GRAPHQL_PARSE_FAILED", "{query}: {:?}", said.body);
            assert_eq!(said.body["errors"][0]["locations"], json!([{ "line": 1, "column": at }]), "{query}");
            assert!(said.text("/errors/0/message").contains("which is no character"), "{query}: {:?}", said.body);
        }
    }
    // What an escape stands in is held to the limits and the rules as anything else is.
    let escaped = |query: String| {
        query.replacen("latestNews(first: 1)", "search(query: \"\\u{61}\")", 1).replacen(
            "{ ...F0 }",
            "{ nodes { ...F0 } }",
            1,
        )
    };
    let said = post(&server, json!({ "query": escaped(spreading(60, 2)) })).await;
    assert_eq!(said.text("/errors/0/extensions/code"), "LIMIT_EXCEEDED", "{:?}", said.body);
    let said = post(&server, json!({ "query": r#"{ articles(orderBy: "\u{4E}EWEST") { totalCount } }"# })).await;
    assert!(said.text("/errors/0/message").contains("orderBy"), "{:?}", said.body);
});

both!(a_subscription_may_be_written_in_parts, async |t| {
    let server = t.serve().await;
    let query =
        "subscription { ...F articleChanged { kind } } fragment F on Subscription { ... { articleChanged { seq } } }";
    let mut told = std::pin::pin!(over_socket(&server, json!({ "query": query })));
    let mut n = 0;
    // From now on, so what was written before it began is not told.
    let said = loop {
        tokio::select! {
            said = &mut told => break said,
            () = tokio::time::sleep(Duration::from_millis(200)) => {
                n += 1;
                assert!(n < 100, "nothing was told");
                t.import_all(&[story(&format!("urn:t:{n}"))]).await;
            }
        }
    };
    let change = &said["payload"]["data"]["articleChanged"];
    assert!(change["seq"].is_number() && change["kind"].is_string(), "{said}");
});

/// What a subscription asks for that needs most: everything that an article has beside itself.
const WIDE: &str = "subscription { articleChanged { seq kind article { slug headline section { slug } topics { slug name } \
    authors { slug } corrections { text } body { html } latest: topics { articles(first: 2) { nodes { slug } } } } } }";

both!(an_event_tells_what_is_there_now, async |t| {
    let server = t.serve().await;
    let mut told = crate::documents::subscribed(&server, WIDE).await;
    let line = with(
        story("urn:t:1"),
        json!({ "slug": "s1", "section": "Old part", "subjects": ["Old topic"], "authors": ["Ann Old"], "body_text": "The old body." }),
    );
    t.import_all(std::slice::from_ref(&line)).await;
    let first = told.next().await;
    assert!(first["article"]["body"]["html"].to_string().contains("old body"), "{first}");
    // Everything of it is another now, in the same subscription.
    let new = json!({ "section": "New part", "subjects": ["New topic"], "authors": ["Bea New"], "body_text": "The new body.", "headline": "Anew" });
    t.import_all(&[with(line.clone(), new)]).await;
    let next = told.next().await;
    let article = &next["article"];
    assert!(article["body"]["html"].to_string().contains("new body"), "{next}");
    assert_eq!((&article["section"]["slug"], &article["topics"][0]["name"]), (&json!("new-part"), &json!("New topic")));
    assert_eq!(article["authors"], json!([{ "slug": "bea-new" }]), "{next}");
    // And a correction is told with the corrected text.
    let note = json!([{ "published": "2026-01-31T10:00:00Z", "text": "It was wrong." }]);
    let right = json!({ "body_text": "The right body.", "corrections": note, "section": "New part" });
    t.import_all(&[with(line, right)]).await;
    let last = told.next().await;
    assert_eq!(last["kind"], "CORRECTED", "{last}");
    assert!(last["article"]["body"]["html"].to_string().contains("right body"), "{last}");
});

both!(who_mirrors_a_list_learns_of_the_last_article_that_leaves_it, async |t| {
    let server = t.serve().await;
    let subscribed = async |filter: &str| {
        let query = format!(
            "subscription {{ articleChanged(filter: {{ {filter} }}) {{ kind articleId article {{ slug }} }} }}"
        );
        crate::documents::subscribed(&server, &query).await
    };
    let mut lists = Vec::new();
    for filter in [
        "topic: \"only-topic\"",
        "section: \"only-part\"",
        "author: \"ann-only\"",
        "place: \"only-place\"",
        "topic: \"only-topic\", section: \"only-part\", author: \"ann-only\", place: \"only-place\"",
    ] {
        lists.push((filter, subscribed(filter).await));
    }
    // As in lists, a topic that is no place is none.
    let mut no_place = subscribed("place: \"only-topic\"").await;
    let line = |uri: &str, headline: &str| {
        let only = json!({
            "slug": uri.replace(':', "-"), "headline": headline, "section": "Only part", "subjects": ["Only topic"], "places": ["Only place"],
            "authors": ["Ann Only"],
        });
        with(story(uri), only)
    };
    let other = json!({
        "section": "Other part", "subjects": ["Other topic"], "places": ["Other place"], "authors": ["Bea Other"],
    });
    let system = masthead::model::viewer::Viewer::system();
    for (step, kind, is_there) in [
        ("publish", "PUBLISHED", true),
        // The only article of all four leaves them, comes back, and is taken back.
        ("leave", "UPDATED", true),
        ("return", "UPDATED", true),
        ("withdraw", "WITHDRAWN", false),
        ("publish another", "PUBLISHED", true),
        ("kill", "KILLED", false),
    ] {
        match step {
            "publish" => drop(t.import_all(&[line("urn:t:1", "One")]).await),
            "leave" => drop(t.import_all(&[with(line("urn:t:1", "Two"), other.clone())]).await),
            "return" => drop(t.import_all(&[line("urn:t:1", "Three")]).await),
            "publish another" => drop(t.import_all(&[line("urn:t:2", "Four")]).await),
            "withdraw" => {
                let id = t.id("urn:t:1").await;
                masthead::newsroom::withdraw::withdraw(&t.db, &system, id, "Wrong.").await.unwrap();
            }
            _ => {
                let id = t.id("urn:t:2").await;
                masthead::newsroom::withdraw::kill(&t.db, &system, id, "By order of a court.").await.unwrap();
            }
        }
        for (filter, told) in &mut lists {
            let change = told.next().await;
            assert_eq!(
                (&change["kind"], change["article"].is_object()),
                (&json!(kind), is_there),
                "{step}, {filter}: {change}"
            );
        }
    }
    let nothing = tokio::time::timeout(Duration::from_millis(300), no_place.next()).await;
    assert!(nothing.is_err(), "a topic that is no place was told of: {nothing:?}");
});

both!(a_default_that_nobody_sent_keeps_to_a_small_limit, async |t| {
    let line = |n: usize| {
        let fields = json!({ "slug": format!("s{n}"), "subjects": ["Ferries"], "places": ["Harbour"] });
        with(story(&format!("urn:t:{n}")), fields)
    };
    t.import_all(&(0..6).map(line).collect::<Vec<_>>()).await;
    let server = t.serve_as(&[("page.max", "2"), ("page.default", "2"), ("feeds.items", "2")]).await;
    server.settled().await;
    let fields = [
        ("latestNews", "", "{ slug }"),
        ("topNews", "", "{ slug }"),
        ("trending", "", "{ slug }"),
        ("search", "query: \"\"", "{ nodes { slug } }"),
        ("suggest", "query: \"s\"", "{ __typename }"),
        ("changes", "", "{ changes { seq } }"),
        ("collection.articles", "", "{ slug }"),
        ("collection.pinned", "", "{ slug }"),
        ("article.related", "", "{ score }"),
        ("article.moreAbout", "", "{ articles { slug } }"),
        ("article.moreFrom", "", "{ articles { slug } }"),
    ];
    for (field, arguments, below) in fields {
        let asking = |more: &str, variables: &str| {
            let given = [arguments, more].join(" ");
            let given = if given.trim().is_empty() { String::new() } else { format!("({given})") };
            let inner = match field.split_once('.') {
                None => format!("{field}{given} {below}"),
                Some(("article", inner)) => format!("article(slug: \"s1\") {{ {inner}{given} {below} }}"),
                Some((_, inner)) => format!("collection(slug: \"top-news\") {{ {inner}{given} {below} }}"),
            };
            format!("query {variables} {{ {inner} }}")
        };
        // By the library, then what is made in one go, then what is kept.
        for _ in 0..3 {
            for query in [asking("", ""), asking("first: $n", "($n: Int)"), asking("first: 2", "")] {
                let said = post(&server, json!({ "query": query })).await;
                assert!(said.body["errors"].is_null(), "{query}: {said:?}");
            }
            let query = asking("first: 3", "");
            let said = post(&server, json!({ "query": query })).await;
            assert_eq!(said.text("/errors/0/extensions/code"), "LIMIT_EXCEEDED", "{query}: {said:?}");
        }
    }
    let said =
        post(&server, json!({ "query": "{ latestNews { slug } search(query: \"\") { nodes { slug } } }" })).await;
    for rows in [&said.body["data"]["latestNews"], &said.body["data"]["search"]["nodes"]] {
        assert_eq!(rows.as_array().map(Vec::len), Some(2), "{said:?}");
    }
});

both!(a_batch_is_over_the_limit_only_as_a_whole, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t
        .serve_as(&[
            ("rate_limit.enabled", "true"),
            ("rate_limit.exempt_loopback", "false"),
            ("rate_limit.burst", "300"),
            ("rate_limit.points_per_minute", "60"),
            ("graphql.max_complexity", "300"),
        ])
        .await;
    let dear = json!({ "query": "{ articles(first: 100) { nodes { slug } } }" });
    let cheap = json!({ "query": "{ latestNews(first: 1) { slug } }" });
    let said = post(&server, json!([dear, dear, cheap])).await;
    assert_eq!(said.status, 200, "{said:?}");
    assert_eq!(said.body[0]["data"]["articles"]["nodes"][0]["slug"], "s1", "{said:?}");
    assert_eq!(said.text("/1/errors/0/extensions/code"), "RATE_LIMITED");
    assert_eq!(said.body[2]["data"]["latestNews"][0]["slug"], "s1", "{said:?}");
    for body in [json!([dear, dear]), json!([dear]), dear.clone()] {
        let said = post(&server, body).await;
        assert_eq!(said.status, 429, "{said:?}");
        assert!(said.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds > 0), "{said:?}");
    }
});

both!(many_subscribers_take_no_connection_from_readers, async |t| {
    let line = |n: usize| {
        with(
            story("urn:t:1"),
            json!({ "slug": "s1", "headline": format!("Headline {n}"), "subjects": ["Ferries"], "authors": ["Ann"], "section": "Harbour" }),
        )
    };
    t.import_all(&[line(0)]).await;
    let server = t.serve_as(&[("database.max_connections", "2"), ("cache.size", "0B"), ("cache.entities", "0B")]).await;
    let mut all = Vec::new();
    for _ in 0..24 {
        all.push(crate::documents::subscribed(&server, WIDE).await);
    }
    for n in 1..4 {
        t.import_all(&[line(n)]).await;
        // Nobody takes what comes to them yet, and who waits too long for a connection is told 503.
        let said = post(&server, json!({ "query": "{ article(slug: \"s1\") { headline topics { name } } }" })).await;
        assert_eq!(said.text("/data/article/headline"), format!("Headline {n}"));
    }
    for told in &mut all {
        let mut newest = Value::Null;
        while newest["article"]["headline"] != "Headline 3" {
            newest = told.next().await;
            assert!(newest["article"]["topics"][0]["name"] == "Ferries", "{newest}");
        }
    }
});

both!(each_fault_has_a_code_and_a_place, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let one = "query A { latestNews(first: 1) { slug } }";
    let two = format!("{one} query B {{ topNews {{ slug }} }}");
    let dated = "query ($d: DateTime) { articles(filter: { publishedFrom: $d }) { totalCount } }";
    let faults = [
        json!({ "query": two }),
        json!({ "query": two, "operationName": "C" }),
        json!({ "query": "{ latestNews { slug } }", "operationName": "" }),
        json!({ "query": "{ articles(filter: { publishedFrom: \"soon\" }) { totalCount } }" }),
        json!({ "query": dated, "variables": { "d": "soon" } }),
        json!({ "query": "{ articles(filter: []) { totalCount } }" }),
        json!({ "query": "subscription { articleChanges { seq } }" }),
    ];
    for body in faults {
        let said = post(&server, body.clone()).await;
        assert!(!said.text("/errors/0/extensions/code").is_empty(), "{body}: {:?}", said.body);
        for place in said.body["errors"].as_array().unwrap().iter().filter_map(|error| error["locations"].as_array()) {
            assert!(place.iter().all(|at| at["line"].as_u64() > Some(0)), "{body}: {:?}", said.body);
        }
    }
    // A document that is known is asked for by its own name, and by no other.
    for _ in 0..3 {
        let said = post(&server, json!({ "query": one, "operationName": "A" })).await;
        assert_eq!(said.text("/data/latestNews/0/slug"), "s1");
        let other = post(&server, json!({ "query": one, "operationName": "B" })).await;
        assert!(other.text("/errors/0/message").contains("\"B\""), "{:?}", other.body);
    }
    // Of several that are sent at once each has its answer.
    let missed = json!({ "extensions": { "persistedQuery": { "version": 1, "sha256Hash": "00".repeat(32) } } });
    let said = post(&server, json!([{ "query": one }, missed, 7, { "query": one }])).await;
    let all = said.body.as_array().unwrap_or_else(|| panic!("{:?}", said.body));
    assert_eq!((said.status, all.len()), (200, 4));
    assert!([0, 3].iter().all(|n| all[*n]["data"]["latestNews"][0]["slug"] == "s1"), "{all:?}");
    assert_eq!(all[1]["errors"][0]["extensions"]["code"], "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(all[2]["errors"][0]["extensions"]["code"], "BAD_REQUEST");
});

both!(what_an_address_names_twice_is_refused_and_an_empty_name_is_none, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let (query, other) = ("{ latestNews { slug } }", "{ topNews { slug } }");
    for (name, one, two) in [
        ("query", query, other),
        ("documentId", "one", "two"),
        ("operationName", "A", "B"),
        ("operationName", "", "A"),
        ("variables", "{}", "{}"),
        ("extensions", "{}", ""),
    ] {
        let mut parameters = vec![(name, one), (name, two)];
        if !["query", "documentId"].contains(&name) {
            parameters.push(("query", query));
        }
        let said = get(&server, &parameters, JSON).await;
        assert_eq!((said.status, said.text("/errors/0/extensions/code")), (400, "BAD_REQUEST"), "{name}: {said:?}");
        assert!(said.text("/errors/0/message").starts_with(name), "{name}: {said:?}");
    }
    let named = "query A { latestNews { slug } }";
    for accept in [JSON, STRICT] {
        for parameters in [
            &[("query", named), ("operationName", "")][..],
            &[("query", query), ("operationName", ""), ("variables", ""), ("extensions", "")],
        ] {
            let said = get(&server, parameters, accept).await;
            assert_eq!((said.status, said.text("/data/latestNews/0/slug")), (200, "s1"), "{parameters:?}");
        }
    }
    // Which of several is meant must be said.
    let two = format!("{named} query B {{ topNews {{ slug }} }}");
    let said = get(&server, &[("query", two.as_str()), ("operationName", "")], STRICT).await;
    assert_eq!(said.status, 400, "{said:?}");
});

both!(an_operation_of_a_batch_tells_no_other_ones_cost, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let sound = json!({ "query": "{ latestNews(first: 1) { slug } }" });
    let (unknown, broken) = (json!({ "query": "{ nothing }" }), json!({ "query": "{" }));
    let said = post(&server, json!([sound, unknown, broken, sound])).await;
    let cost = |n: usize| &said.body[n]["extensions"]["cost"];
    assert!(cost(0)["complexity"].as_u64() > Some(0) && cost(0)["depth"].as_u64() > Some(0), "{said:?}");
    assert_eq!((cost(1), cost(2), cost(3)), (&Value::Null, &Value::Null, cost(0)), "{said:?}");
});

both!(what_only_some_may_see_is_kept_for_nobody, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let id = t.id("urn:t:1").await.to_string().replacen("art_", "nws_", 1);
    let query = format!("{{ node(id: \"{id}\") {{ id }} latestNews {{ slug }} }}");
    for n in ["1", "2", "3", "4"] {
        let said = get(&server, &[("query", &query), ("x", n)], JSON).await;
        assert_eq!((said.status, said.header("cache-control")), (200, "no-store"), "asked {n} times");
        assert_eq!(said.body["data"]["node"], Value::Null);
    }
});
