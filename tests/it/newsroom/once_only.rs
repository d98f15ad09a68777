//! Mutations as the specification of GraphQL has them: a field that is named twice is carried out once, nothing is before all
//! values are known to be good, and what comes after a write sees it.

use serde_json::{Value, json};

use super::desk::{ARTICLES, Desk, id_of, people, version_of};
use crate::harness::both;
use crate::harness::http::Said;

const STRICT: (&str, &str) = ("accept", "application/graphql-response+json");

async fn run(desk: &Desk<'_>, query: &str, variables: Value) -> Said {
    desk.ask("POST", "/graphql", None, json!({ "query": query, "variables": variables })).await
}

both!(a_mutation_that_is_named_twice_is_carried_out_once, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let forms = [
        "mutation { ...A ...B } fragment A on Mutation { CREATE { article { id } } } fragment B on Mutation { CREATE { seq article { version } } }",
        "mutation { ...F ...F } fragment F on Mutation { CREATE { seq article { id version } } }",
        "mutation { CREATE { article { id } } CREATE { seq article { version } } }",
        "mutation { ... { CREATE { article { id } } } ... on Mutation { CREATE { seq article { version } } } }",
        "mutation ($y: Boolean!) { ...A @include(if: $y) CREATE { seq article { version } } ... @skip(if: $y) { CREATE { userErrors { code } } } } \
         fragment A on Mutation { CREATE { article { id } } }",
        "mutation ($y: Boolean!) { CREATE @skip(if: $y) { userErrors { code } } ...A @include(if: $y) ... @include(if: $y) { CREATE { article { id } } } } \
         fragment A on Mutation { CREATE { seq article { version } } }",
    ];
    for (n, form) in forms.iter().enumerate() {
        let headline = format!("Written in form {n}");
        let create = format!("createArticle(input: {{ article: {{ headline: \"{headline}\" }} }})");
        let query = form.replace("CREATE", &create);
        let variables = if query.contains("$y") { json!({ "y": true }) } else { json!({}) };
        // New, and known.
        for times in 1..3 {
            let said = run(&ed, &query, variables.clone()).await;
            let made = &said.body["data"]["createArticle"];
            assert!(said.body["errors"].is_null(), "{query}: {:?}", said.body);
            assert!(made["article"]["id"].is_string() && made["seq"].is_i64(), "{query}: {:?}", said.body);
            assert_eq!(made["article"]["version"], 1, "{query}: {:?}", said.body);
            let all = ed
                .graphql(
                    "{ newsroomArticles(first: 50) { nodes { headline } edges { node { headline } } } }",
                    json!({}),
                )
                .await;
            let all = &all["newsroomArticles"];
            let (all, edges) = (all["nodes"].as_array().unwrap(), all["edges"].as_array().unwrap());
            assert!(all.iter().eq(edges.iter().map(|edge| &edge["node"])), "{all:?} {edges:?}");
            let written = all.iter().filter(|one| one["headline"] == headline.as_str()).count();
            assert_eq!(written, times, "{query}");
        }
    }
});

both!(nothing_is_carried_out_where_a_value_is_none_of_its_type, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = id_of(&ed.create(json!({ "headline": "Untouched" })).await);
    let note = "n: addNote(id: $i, text: \"Before the fault.\") { userErrors { code } }";
    let schedule = format!(
        "mutation ($i: ID!, $v: Int!, $at: DateTime!) {{ {note} scheduleArticle(id: $i, version: $v, at: $at) {{ seq }} }}"
    );
    let save = format!(
        "mutation ($i: ID!, $c: ArticleChanges!) {{ {note} saveArticle(id: $i, version: 1, changes: $c) {{ seq }} }}"
    );
    let literal = |field: &str| format!("mutation ($i: ID!) {{ {note} {field} {{ seq }} }}");
    let at = "2026-11-23T14:03:00Z";
    for (query, variables, says) in [
        (schedule.clone(), json!({ "v": 1, "at": "tomorrow" }), "$at"),
        (schedule.clone(), json!({ "v": 1, "at": 1 }), "$at"),
        (schedule.clone(), json!({ "v": 3_000_000_000_i64, "at": at }), "$v"),
        (schedule.clone(), json!({ "v": "1", "at": at }), "$v"),
        (schedule.clone(), json!({ "i": { "id": 1 }, "v": 1, "at": at }), "$i"),
        (save.clone(), json!({ "c": { "publishedAt": "tomorrow" } }), "publishedAt"),
        (save.clone(), json!({ "c": { "headline": 7 } }), "headline"),
        (save.clone(), json!({ "c": { "headlin": "x" } }), "headlin"),
        (save.clone(), json!({ "c": { "image": { "alt": "x" } } }), "url"),
        (save.clone(), json!({ "c": { "body": { "html": "x", "text": "y" } } }), "body"),
        (save.clone(), json!({ "c": { "topics": [{ "name": "a" }, { "name": 1 }] } }), "topics.1.name"),
        (save, json!({ "c": "x" }), "$c"),
        (literal("scheduleArticle(id: $i, version: 1, at: \"tomorrow\")"), json!({}), "at"),
        (literal("scheduleArticle(id: $i, version: 3000000000, at: \"2026-11-23T14:03:00Z\")"), json!({}), "version"),
        (literal("saveArticle(id: $i, version: 1, changes: { embargoedUntil: \"x\" })"), json!({}), "embargoedUntil"),
        (
            literal("saveArticle(id: $i, version: 1, changes: { body: { portableText: \"x\" } })"),
            json!({}),
            "portableText",
        ),
        (literal("saveArticle(id: $i, version: 1, changes: [])"), json!({}), "changes"),
    ] {
        let mut given = json!({ "i": id });
        given.as_object_mut().unwrap().extend(variables.as_object().unwrap().clone());
        let body = json!({ "query": query, "variables": given });
        // New, and known.
        for (accept, status) in [(STRICT, 400), (("accept", "application/json"), 200)] {
            let said = ed.ask_with("POST", "/graphql", None, body.clone(), &[accept]).await;
            assert_eq!(said.status, status, "{query}: {said:?}");
            assert!(said.body.get("data").is_none(), "{query}: {:?}", said.body);
            assert_eq!(said.text("/errors/0/extensions/code"), "GRAPHQL_VALIDATION_FAILED", "{query}");
            assert!(said.text("/errors/0/message").contains(says), "{query}: {:?}", said.body);
        }
    }
    let notes = ed.ask("GET", &format!("{ARTICLES}/{id}/notes"), None, Value::Null).await;
    assert_eq!(notes.body["data"], json!([]), "{notes:?}");
    assert_eq!(version_of(&ed.see(&id).await), 1);
    // What is of its type is carried out, in whichever way it may be sent.
    let good = json!({ "i": id, "c": { "headline": "Touched", "label": null, "topics": { "name": "One" }, "publishedAt": "2026-01-01T00:00:00Z" } });
    let save = "mutation ($i: ID!, $c: ArticleChanges!) { saveArticle(id: $i, version: 1, changes: $c) { seq userErrors { code } } }";
    let said = run(&ed, save, good).await;
    assert!(said.body["errors"].is_null() && said.body["data"]["saveArticle"]["seq"].is_i64(), "{:?}", said.body);
});

both!(what_follows_a_write_in_a_batch_sees_it, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let look = json!({ "query": "{ latestNews(first: 1) { headline } articles(first: 1) { totalCount nodes { headline } } }" });
    let mut before = String::new();
    for (n, headline) in ["First of all", "And another", "The last"].into_iter().enumerate() {
        let made = ed.create(json!({ "headline": headline, "body": { "text": "Some text." } })).await;
        let publish = json!({
            "query": "mutation ($i: ID!, $v: Int!) { publishArticle(id: $i, version: $v) { seq userErrors { message } } }",
            "variables": { "i": id_of(&made), "v": version_of(&made) },
        });
        let said = ed.ask("POST", "/graphql", None, json!([look, publish, look, look])).await;
        let all: Vec<&Value> = said.body.as_array().unwrap().iter().collect();
        let seq = all[1]["data"]["publishArticle"]["seq"].as_i64().unwrap_or_else(|| panic!("{said:?}"));
        assert_eq!(all[0]["data"]["articles"]["totalCount"], n, "{said:?}");
        if n > 0 {
            assert_eq!(all[0]["data"]["latestNews"][0]["headline"], before.as_str(), "{said:?}");
        }
        for after in &all[2..] {
            let data = &after["data"];
            assert_eq!(data["latestNews"][0]["headline"], headline, "{said:?}");
            assert_eq!(data["articles"]["nodes"][0]["headline"], headline, "{said:?}");
            assert_eq!(data["articles"]["totalCount"], n + 1, "{said:?}");
        }
        assert!(said.header("masthead-seq").parse::<i64>().unwrap() >= seq, "{said:?}");
        before = headline.to_owned();
        t.clock.advance(60_000);
    }
});
