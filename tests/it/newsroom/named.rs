//! By what topics, authors and sections are named: names whatever the slug, ids and slugs as they were shown, and what is no name.

use masthead::model::viewer::Viewer;
use masthead::newsroom::taxonomy::forms::TopicForm;
use masthead::newsroom::taxonomy::{self, Form};
use serde_json::{Value, json};

use super::desk::{ARTICLES, Desk, id_of, people, version_of};
use crate::harness::http::Said;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

const TOPICS: &str = "/v1/newsroom/topics";
const SECTIONS: &str = "/v1/newsroom/sections";
const AUTHORS: &str = "/v1/newsroom/authors";

async fn made(desk: &Desk<'_>, of: &str, form: Value) -> Said {
    let said = desk.ask("POST", of, None, form).await;
    assert_eq!(said.status, 201, "{said:?}");
    said
}

/// What is refused, where, and how.
fn refused(said: &Said) -> (u16, &str, &str) {
    (said.status, said.code(), said.body["parameter"].as_str().unwrap_or_default())
}

/// The slugs of all terms of a noun.
async fn slugs(t: &TestApp, noun: &str) -> Vec<String> {
    t.texts(&format!(
        "SELECT slug AS v FROM newsroom_terms WHERE noun = '{noun}' AND merged_into IS NULL ORDER BY slug"
    ))
    .await
}

both!(a_term_is_found_by_its_name_whatever_its_slug, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, ed) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "ed@x.org").await);
    made(&ed, TOPICS, json!({ "name": "Local elections", "slug": "elections" })).await;
    made(&ed, AUTHORS, json!({ "name": "Ada Marsh", "slug": "marsh" })).await;
    made(&ed, SECTIONS, json!({ "name": "Town hall", "slug": "town" })).await;
    // The name of a topic changes and its slug stays.
    let harbours = made(&ed, TOPICS, json!({ "name": "Harbours" })).await;
    let path = format!("{TOPICS}/{}", id_of(&harbours));
    let renamed = ed.ask("PATCH", &path, Some(version_of(&harbours)), json!({ "name": "Havens" })).await;
    assert_eq!(renamed.text("/slug"), "harbours");
    // Some are merged away; what names them means the one that is left.
    for (name, slug) in [("Port affairs", "ports"), ("Quays and locks", "quays")] {
        let gone = made(&ed, TOPICS, json!({ "name": name, "slug": slug })).await;
        let path = format!("{TOPICS}/{}/merge", id_of(&gone));
        let said = ed.ask("POST", &path, Some(version_of(&gone)), json!({ "into": "harbours" })).await;
        assert_eq!(said.status, 200, "{said:?}");
    }
    let topics = ["Local elections", "LOCAL elections", "Havens", "Harbours", "Port affairs", "Quays and locks"];
    let article = json!({
        "headline": "Names", "authors": [{ "name": "Ada Marsh" }],
        "topics": topics.map(|name| json!({ "name": name })),
    });
    for desk in [&cleo, &ed] {
        let said = desk.create(article.clone()).await;
        let shown: Vec<&str> = said.body["draft"]["topics"]
            .as_array()
            .unwrap()
            .iter()
            .map(|topic| topic["slug"].as_str().unwrap())
            .collect();
        assert_eq!(shown, ["elections", "harbours"], "{said:?}");
        assert_eq!(said.text("/draft/authors/0/slug"), "marsh");
    }
    // Imports too, by a batch and in the lines of one.
    let line = |n: u32, fields: Value| with(story(&format!("urn:t:{n}")), fields);
    t.import_all(&[
        line(1, json!({ "subjects": topics, "authors": ["Ada Marsh"], "section": "Town hall" })),
        line(2, json!({ "subjects": [{ "name": "Tides", "slug": "sea-levels" }] })),
        line(3, json!({ "subjects": ["Tides"], "section": "news/Town hall" })),
    ])
    .await;
    assert_eq!(slugs(t, "topic").await, ["elections", "harbours", "sea-levels"]);
    assert_eq!(slugs(t, "author").await, ["marsh"]);
    assert_eq!(slugs(t, "section").await, ["news", "town"]);
    crate::newsroom::taxonomy::whole(t).await;
});

both!(what_is_told_apart_stays_so, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    // Another kind, a slug of one's own, another code: another thing of the same name.
    made(&ed, TOPICS, json!({ "name": "Mercury", "slug": "planet" })).await;
    made(&ed, AUTHORS, json!({ "name": "Jo Bell", "slug": "bell" })).await;
    t.import_all(&[
        with(story("urn:t:1"), json!({ "people": ["Mercury"] })),
        with(story("urn:t:2"), json!({ "subjects": [{ "name": "Mercury", "slug": "metal" }] })),
        with(story("urn:t:3"), json!({ "authors": [{ "name": "Jo Bell", "slug": "jo-bell-2" }] })),
        with(story("urn:t:4"), json!({ "subjects": ["Mercury"], "authors": ["Jo Bell"] })),
    ])
    .await;
    assert_eq!(slugs(t, "topic").await, ["mercury", "metal", "planet"]);
    assert_eq!(slugs(t, "author").await, ["bell", "jo-bell-2"]);
    let kinds = t.texts("SELECT slug || ' ' || kind AS v FROM newsroom_terms WHERE noun = 'topic' ORDER BY slug").await;
    assert_eq!(kinds, ["mercury person", "metal subject", "planet subject"]);
    let named = t.card("urn:t:4").await.unwrap();
    let first = t
        .texts("SELECT CAST(id AS TEXT) AS v FROM newsroom_terms WHERE slug IN ('planet', 'bell') ORDER BY slug")
        .await;
    let named = [named.authors[0].author.0.to_string(), named.topics[0].0.to_string()];
    assert_eq!(first, named);
    // A live one goes before one that was merged away, and an exact name before a slug.
    let gone = made(&ed, TOPICS, json!({ "name": "Moles", "slug": "moles" })).await;
    let path = format!("{TOPICS}/{}/merge", id_of(&gone));
    assert_eq!(ed.ask("POST", &path, Some(version_of(&gone)), json!({ "into": "metal" })).await.status, 200);
    assert_eq!(made(&ed, TOPICS, json!({ "name": "Moles" })).await.text("/slug"), "moles-2");
    let said = ed.create(json!({ "headline": "x", "topics": [{ "name": "Moles" }, { "name": "Metal" }] })).await;
    assert_eq!(said.text("/draft/topics/0/slug"), "moles-2");
    assert_eq!(said.text("/draft/topics/1/slug"), "metal");
});

both!(what_a_draft_calls_its_topic_tells_others_nothing, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, dora, ed) = (
        Desk::of(&server, "cleo@x.org").await,
        Desk::of(&server, "dora@x.org").await,
        Desk::of(&server, "ed@x.org").await,
    );
    cleo.create(json!({ "headline": "Secret", "topics": [{ "name": "Quiet plan", "slug": "plan-nine" }] })).await;
    let other = dora.create(json!({ "headline": "Other", "topics": [{ "name": "Quiet plan" }] })).await;
    assert_eq!(other.text("/draft/topics/0/slug"), "quiet-plan");
    ed.step(&id_of(&other), "publish", json!({})).await;
    assert_eq!(dora.see(&id_of(&other)).await.text("/draft/topics/0/slug"), "quiet-plan");
});

both!(names_of_a_batch_are_looked_up_together, async |t| {
    let system = Viewer::system();
    for n in 0..40 {
        let slug = (n >= 20).then(|| format!("own-{n}"));
        let form = TopicForm { name: Some(format!("Topic {n}")), slug, ..TopicForm::default() };
        taxonomy::create(&t.db, &system, Form::Topic(form), None).await.unwrap();
    }
    let batch = async |from: u32| {
        let line = |n: u32| with(story(&format!("urn:t:{n}")), json!({ "subjects": [format!("Topic {n}")] }));
        let lines: Vec<Value> = (from..from + 20).map(line).collect();
        let before = t.db.statements();
        t.import_all(&lines).await;
        t.db.statements() - before
    };
    let (by_slug, by_name) = (batch(0).await, batch(20).await);
    assert!(by_name <= by_slug + 1, "{by_name} statements, and {by_slug} where slugs are enough");
    assert_eq!(slugs(t, "topic").await.len(), 40);
});

both!(who_writes_may_send_back_what_they_were_shown, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, dora, ed) = (
        Desk::of(&server, "cleo@x.org").await,
        Desk::of(&server, "dora@x.org").await,
        Desk::of(&server, "ed@x.org").await,
    );
    // A subject of this name is settled; the draft's own place of the same name is shown under its slug.
    made(&ed, TOPICS, json!({ "name": "Quay works" })).await;
    let said = cleo
        .create(json!({
            "headline": "Quays", "authors": [{ "name": "Cleo Vant" }],
            "topics": [{ "name": "Quay works", "kind": "PLACE" }, { "name": "Dredging" }],
        }))
        .await;
    let id = id_of(&said);
    let topics = said.body["draft"]["topics"].clone();
    let authors = said.body["draft"]["authors"].clone();
    assert_eq!((topics[0]["slug"].as_str(), topics[0]["kind"].as_str()), (Some("quay-works"), Some("PLACE")));
    let path = format!("{ARTICLES}/{id}");
    let save = async |key: &str, headline: &str| {
        let by = |all: &Value| -> Value {
            all.as_array().unwrap().iter().map(|one| json!({ key: one[key] })).collect::<Vec<_>>().into()
        };
        let version = version_of(&cleo.see(&id).await);
        let changes = json!({ "headline": headline, "topics": by(&topics), "authors": by(&authors) });
        cleo.ask("PATCH", &path, Some(version), changes).await
    };
    for (key, headline) in [("id", "By ids"), ("slug", "By slugs")] {
        let said = save(key, headline).await;
        assert_eq!(said.status, 200, "{key}: {said:?}");
        assert_eq!((&said.body["draft"]["topics"], &said.body["draft"]["authors"]), (&topics, &authors), "{key}");
    }
    // So is what the desk put there, which another's draft names too.
    let theirs = dora.create(json!({ "headline": "Theirs", "topics": [{ "name": "Silt" }] })).await;
    let silt = ed.see(&id_of(&theirs)).await.body["draft"]["topics"][0]["id"].clone();
    let version = version_of(&ed.see(&id).await);
    let said = ed.ask("PATCH", &path, Some(version), json!({ "topics": [{ "id": silt }] })).await;
    assert_eq!(said.status, 200, "{said:?}");
    let shown = cleo.see(&id).await.body["draft"]["topics"].clone();
    assert_ne!(shown[0]["id"], silt, "its true id tells that others name it");
    let version = version_of(&cleo.see(&id).await);
    let changes = json!({ "summary": "More.", "topics": [{ "id": shown[0]["id"] }] });
    let said = cleo.ask("PATCH", &path, Some(version), changes.clone()).await;
    assert_eq!((said.status, &said.body["draft"]["topics"]), (200, &shown), "{said:?}");
    assert_eq!(ed.see(&id).await.body["draft"]["topics"][0]["id"], silt, "it is the same one still");
    // What the article does not name is not known by it.
    let own = dora.create(json!({ "headline": "Own" })).await;
    let path = format!("{ARTICLES}/{}", id_of(&own));
    let said = dora.ask("PATCH", &path, Some(version_of(&own)), changes).await;
    assert_eq!(refused(&said), (422, "INVALID_INPUT", "topics"));
});

both!(a_key_that_no_store_takes_is_refused_by_its_field, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let draft = ed.create(json!({ "headline": "x" })).await;
    t.import_all(&[story("urn:t:1")]).await;
    let public = t.id("urn:t:1").await.to_string();
    for (field, changes) in [
        ("section", json!({ "section": "\u{0}" })),
        ("authors", json!({ "authors": [{ "slug": "\u{0}" }] })),
        ("authors", json!({ "authors": [{ "id": "aut_\u{0}" }] })),
        ("topics", json!({ "topics": [{ "id": "\u{0}" }] })),
        ("topics", json!({ "topics": [{ "slug": "a\u{0}b" }] })),
    ] {
        let mut article = changes.clone();
        article["headline"] = json!("c");
        let said = ed.ask("POST", ARTICLES, None, json!({ "article": article })).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", field), "{changes}");
        let path = format!("{ARTICLES}/{}", id_of(&draft));
        let said = ed.ask("PATCH", &path, Some(version_of(&draft)), changes.clone()).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", field), "{changes}");
        let version = version_of(&ed.see(&public).await);
        let body = json!({ "note": "Wrong.", "changes": changes });
        let said = ed.ask("POST", &format!("{ARTICLES}/{public}/correct"), Some(version), body).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", field), "{changes}");
    }
    for of in [TOPICS, SECTIONS, AUTHORS] {
        let term = made(&ed, of, json!({ "name": "One" })).await;
        let path = format!("{of}/{}", id_of(&term));
        let said = ed.ask("POST", &format!("{path}/merge"), Some(1), json!({ "into": "\u{0}" })).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", "into"), "{of}");
        if of != AUTHORS {
            let said = ed.ask("PATCH", &path, Some(1), json!({ "parent": "\u{0}" })).await;
            assert_eq!(refused(&said), (422, "INVALID_INPUT", "parent"), "{of}");
        }
    }
    let topic = t.texts("SELECT CAST(id AS TEXT) AS v FROM newsroom_terms WHERE noun = 'topic' AND slug = 'one'").await;
    let topic = masthead::model::id::TopicId(topic[0].parse().unwrap()).to_string();
    let merge = "mutation ($id: ID!, $into: String!) { mergeTopic(id: $id, version: 1, into: $into) { userErrors { code field } } }";
    let said = ed.graphql(merge, json!({ "id": topic, "into": "\u{0}" })).await;
    assert_eq!(said["mergeTopic"]["userErrors"], json!([{ "code": "INVALID_INPUT", "field": "into" }]));
    for (query, field) in [
        ("query ($key: String!) { newsroomTerm(type: TOPIC, key: $key) { id } }", "key"),
        ("query ($key: String!) { newsroomTerms(type: TOPIC, filter: { kind: $key }) { edges { cursor } } }", "kind"),
    ] {
        let body = json!({ "query": query, "variables": { "key": "\u{0}" } });
        let said = ed.ask("POST", "/graphql", None, body).await;
        let error = &said.body["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["parameter"]), (&json!("INVALID_PARAMETER"), &json!(field)), "{said:?}");
    }
});

both!(a_kind_that_there_is_not_is_no_empty_list, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    made(&ed, TOPICS, json!({ "name": "Harbour", "kind": "PLACE" })).await;
    let query = "query ($of: TermType!, $kind: String!) { newsroomTerms(type: $of, filter: { kind: $kind }) { nodes { slug } } }";
    for (of, kind) in [("TOPIC", "nope"), ("AUTHOR", "PLACE"), ("SECTION", "PLACE"), ("TOPIC", "")] {
        let body = json!({ "query": query, "variables": { "of": of, "kind": kind } });
        let said = ed.ask("POST", "/graphql", None, body).await;
        let error = &said.body["errors"][0]["extensions"];
        assert_eq!((&error["code"], &error["parameter"]), (&json!("INVALID_PARAMETER"), &json!("kind")), "{said:?}");
    }
    for (of, kind, found) in [("TOPIC", "PLACE", 1), ("TOPIC", "PERSON", 0), ("AUTHOR", "STAFF", 0)] {
        let said = ed.graphql(query, json!({ "of": of, "kind": kind })).await;
        assert_eq!(said["newsroomTerms"]["nodes"].as_array().unwrap().len(), found, "{of} {kind}");
    }
});

both!(a_refusal_names_the_field_of_the_form, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let long = "x".repeat(301);
    for (field, changes) in [
        ("topics", json!({ "topics": [{ "name": "" }] })),
        ("topics", json!({ "topics": [{ "name": long }] })),
        ("authors", json!({ "authors": [{ "name": " " }] })),
        ("authors", json!({ "authors": [{ "name": long }] })),
        // What nobody can see is no name.
        ("topics", json!({ "topics": [{ "name": "\u{200b}" }] })),
        ("authors", json!({ "authors": [{ "name": "\u{202e}" }] })),
    ] {
        let mut article = changes.clone();
        article["headline"] = json!("c");
        let said = ed.ask("POST", ARTICLES, None, json!({ "article": article })).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", field), "{changes}");
    }
    for (of, form) in [
        (TOPICS, json!({ "name": "\u{200b}" })),
        (SECTIONS, json!({ "name": "\u{2060} \u{ad}" })),
        (AUTHORS, json!({ "name": "\u{202e}" })),
        ("/v1/newsroom/collections", json!({ "slug": "c", "name": "\u{200b}", "rule": { "by": "LATEST" } })),
    ] {
        let said = ed.ask("POST", of, None, form.clone()).await;
        assert_eq!(refused(&said), (422, "INVALID_INPUT", "name"), "{of}");
        let mut fit = form;
        fit["name"] = json!("A\u{200b}b");
        made(&ed, of, fit).await;
    }
    let id = id_of(&ed.create(json!({ "headline": "c" })).await);
    let said = ed.ask("POST", &format!("{ARTICLES}/{id}/notes"), None, json!({ "text": "" })).await;
    assert_eq!(refused(&said), (422, "INVALID_INPUT", "text"));
    let note = "mutation ($id: ID!) { addNote(id: $id, text: \" \") { userErrors { code field } } }";
    let said = ed.graphql(note, json!({ "id": id })).await;
    assert_eq!(said["addNote"]["userErrors"], json!([{ "code": "INVALID_INPUT", "field": "text" }]));
    let said = ed.ask("POST", &format!("{ARTICLES}/{id}/submit"), Some(1), json!({ "note": "" })).await;
    assert_eq!(refused(&said), (422, "INVALID_INPUT", "note"));
});
