//! The newsroom as people work in it, over both doors.

use masthead::identity::{Caller, Identity};
use masthead::model::id::{ArticleId, RevisionId};
use masthead::model::time::Instant;
use masthead::model::viewer::{Role, Viewer};
use masthead::newsroom::publish;
use serde_json::{Value, json};

use crate::harness::both;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::identity::{account, token};

pub(super) const ARTICLES: &str = "/v1/newsroom/articles";

/// Somebody at work, over REST.
pub(super) struct Desk<'a> {
    server: &'a Server,
    token: String,
}

impl Desk<'_> {
    pub(super) async fn of<'a>(server: &'a Server, email: &str) -> Desk<'a> {
        Desk { server, token: token(server, email).await }
    }

    pub(super) async fn ask(&self, method: &str, path: &str, version: Option<i64>, body: Value) -> Said {
        self.ask_with(method, path, version, body, &[]).await
    }

    pub(super) async fn ask_with(
        &self,
        method: &str,
        path: &str,
        version: Option<i64>,
        body: Value,
        headers: &[(&str, &str)],
    ) -> Said {
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.server.client.request(method, format!("{}{path}", self.server.base));
        request = request.bearer_auth(&self.token);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !body.is_null() {
            request = request.json(&body);
        }
        Said::of(request.send().await.unwrap()).await
    }

    pub(super) async fn create(&self, article: Value) -> Said {
        let said = self.ask("POST", ARTICLES, None, json!({ "article": article })).await;
        assert_eq!(said.status, 201, "{said:?}");
        said
    }

    pub(super) async fn see(&self, id: &str) -> Said {
        self.ask("GET", &format!("{ARTICLES}/{id}"), None, Value::Null).await
    }

    /// A step on the version of now.
    pub(super) async fn step(&self, id: &str, step: &str, body: Value) -> Said {
        let version = self.see(id).await.body["version"].as_i64().unwrap();
        let said = self.ask("POST", &format!("{ARTICLES}/{id}/{step}"), Some(version), body).await;
        assert_eq!(said.status, 200, "{step}: {said:?}");
        said
    }

    pub(super) async fn graphql(&self, query: &str, variables: Value) -> Value {
        let body = json!({ "query": query, "variables": variables });
        let said = self.ask("POST", "/graphql", None, body).await;
        assert!(said.body["errors"].is_null(), "{said:?}");
        said.body["data"].clone()
    }
}

pub(super) fn id_of(said: &Said) -> String {
    said.text("/id").to_owned()
}

pub(super) fn version_of(said: &Said) -> i64 {
    let version = said.body["version"].as_i64().unwrap();
    // A coding of the same version has a tag of its own.
    let tag = said.header("etag").trim_matches('"').split('-').next().unwrap_or_default().to_owned();
    assert_eq!(tag, version.to_string(), "{said:?}");
    version
}

pub(super) async fn people(t: &crate::harness::TestApp) {
    for (email, role) in
        [("cleo@x.org", Role::Contributor), ("dora@x.org", Role::Contributor), ("ed@x.org", Role::Editor)]
    {
        account(t, email, role).await;
    }
}

both!(a_piece_goes_its_way_from_draft_to_withdrawal, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, ed) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "ed@x.org").await);
    let body = json!({ "markdown": "The first cars crossed **on Monday**.\n\n## Next\n\n> A quote.\n\n- One\n- Two" });
    let made = cleo
        .create(json!({
            "headline": "Harbour bridge opens", "body": body, "authors": [{ "name": "Cleo Vant" }],
            "topics": [{ "name": "Harbour", "kind": "PLACE" }, { "name": "Secret Merger" }],
        }))
        .await;
    let id = id_of(&made);
    assert_eq!(
        (made.text("/state"), made.text("/slug"), &made.body["public"]),
        ("DRAFT", "harbour-bridge-opens", &json!(false))
    );
    assert!(made.text("/draft/bodyHtml").contains("<h2>Next</h2>"), "{made:?}");
    assert_eq!(server.get("/v1/articles/harbour-bridge-opens").await.status(), 404);
    assert_eq!(server.get("/v1/topics/secret-merger").await.status(), 404);
    // Review.
    assert_eq!(cleo.step(&id, "submit", json!({ "note": "Ready." })).await.text("/state"), "SUBMITTED");
    let refused = cleo.ask("POST", &format!("{ARTICLES}/{id}/publish"), Some(2), json!({})).await;
    assert_eq!((refused.status, refused.code()), (403, "FORBIDDEN"));
    let refused = cleo.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(2), json!({ "summary": "x" })).await;
    assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "what the desk has is not the writer's to change");
    assert_eq!(
        ed.step(&id, "request-changes", json!({ "note": "Which cars?" })).await.text("/state"),
        "CHANGES_REQUESTED"
    );
    let version = version_of(&cleo.see(&id).await);
    let saved =
        cleo.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(version), json!({ "summary": "All of them." })).await;
    assert_eq!((saved.status, saved.text("/draft/summary")), (200, "All of them."));
    cleo.step(&id, "submit", json!({})).await;
    assert_eq!(ed.step(&id, "approve", json!({})).await.text("/state"), "APPROVED");
    // Public, and at once for who asks for the number.
    let published = ed.step(&id, "publish", json!({})).await;
    assert_eq!((published.text("/state"), &published.body["publicVersion"]), ("PUBLISHED", &json!(1)));
    let seq = published.header("masthead-seq").to_owned();
    let read =
        server.client.get(format!("{}/v1/articles/harbour-bridge-opens", server.base)).header("masthead-min-seq", &seq);
    let read = Said::of(read.send().await.unwrap()).await;
    assert_eq!((read.status, read.text("/summary"), read.text("/byline")), (200, "All of them.", "Cleo Vant"));
    assert_eq!(read.text("/publishedAt"), t.now().to_string(), "it is dated with when it became public");
    assert_eq!(server.get("/v1/topics/secret-merger").await.status(), 200);
    // A draft beside.
    let version = version_of(&published);
    let beside = cleo
        .ask("PATCH", &format!("{ARTICLES}/{id}"), Some(version), json!({ "headline": "Harbour bridge opens at last" }))
        .await;
    assert_eq!((beside.status, beside.text("/state"), &beside.body["public"]), (200, "DRAFT", &json!(true)));
    let read = Said::of(server.get("/v1/articles/harbour-bridge-opens").await).await;
    assert_eq!(read.text("/headline"), "Harbour bridge opens");
    // A correction of what is public reaches the draft beside.
    t.clock.advance(60_000);
    let corrected =
        ed.step(&id, "correct", json!({ "note": "It was Tuesday.", "changes": { "summary": "Nearly all." } })).await;
    assert_eq!((corrected.text("/state"), corrected.text("/draft/summary")), ("DRAFT", "Nearly all."));
    assert_eq!(corrected.text("/draft/headline"), "Harbour bridge opens at last");
    let read = Said::of(server.get("/v1/articles/harbour-bridge-opens").await).await;
    assert_eq!((read.text("/summary"), read.text("/corrections/0/text")), ("Nearly all.", "It was Tuesday."));
    assert_eq!(read.text("/headline"), "Harbour bridge opens");
    assert_eq!(read.text("/updatedAt"), t.now().to_string());
    ed.step(&id, "publish", json!({})).await;
    let read = Said::of(server.get("/v1/articles/harbour-bridge-opens").await).await;
    assert_eq!(
        (read.text("/headline"), read.text("/corrections/0/text")),
        ("Harbour bridge opens at last", "It was Tuesday.")
    );
    // What did it say then?
    let then = t.now().plus_millis(-60_000);
    let as_of = ed.ask("GET", &format!("{ARTICLES}/{id}/as-of?at={then}"), None, Value::Null).await;
    assert_eq!(
        (as_of.status, as_of.text("/draft/summary"), as_of.text("/event/kind")),
        (200, "All of them.", "PUBLISHED")
    );
    let before = ed.ask("GET", &format!("{ARTICLES}/{id}/as-of?at=2001-01-01T00:00:00Z"), None, Value::Null).await;
    assert_eq!(before.status, 404);
    // Another address, and away.
    ed.step(&id, "move", json!({ "slug": "bridge-opens" })).await;
    assert_eq!(server.get("/v1/articles/harbour-bridge-opens").await.status(), 308);
    ed.step(&id, "withdraw", json!({ "reason": "The figures were wrong." })).await;
    let gone = Said::of(server.get("/v1/articles/bridge-opens").await).await;
    assert_eq!((gone.status, gone.text("/reason")), (410, "The figures were wrong."));
    // Who did what when.
    let events = ed.ask("GET", &format!("{ARTICLES}/{id}/events?first=100"), None, Value::Null).await;
    let kinds: Vec<&str> =
        events.body["data"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        [
            "WITHDRAWN",
            "MOVED",
            "UPDATED",
            "CORRECTED",
            "SAVED",
            "PUBLISHED",
            "APPROVED",
            "SUBMITTED",
            "SAVED",
            "CHANGES_REQUESTED",
            "SUBMITTED",
            "CREATED"
        ]
    );
    let notes = cleo.ask("GET", &format!("{ARTICLES}/{id}/notes"), None, Value::Null).await;
    let texts: Vec<&str> = notes.body["data"].as_array().unwrap().iter().map(|n| n["text"].as_str().unwrap()).collect();
    assert_eq!(texts, ["Which cars?", "Ready."]);
    t.assert_whole().await;
});

both!(what_is_no_object_and_what_has_no_one_form_is_refused_by_name, async |t| {
    let server = t.serve().await;
    account(t, "editor@example.org", Role::Editor).await;
    let desk = Desk::of(&server, "editor@example.org").await;
    let article = |body: Value| json!({ "article": { "headline": "A headline", "body": body } });
    for (sent, says) in [
        (json!(["slugx", null, { "headline": "By place" }]), "an array, expected an object"),
        (json!({ "article": [] }), "an array, expected an object"),
        (json!({ "article": ["A headline"] }), "an array, expected an object"),
        (json!({ "article": { "headline": "A headline", "topics": [["x"]] } }), "an array, expected an object"),
        (article(json!({})), "exactly one of portableText, html, markdown, text is wanted"),
        (
            article(json!({ "html": "<p>x", "text": "y" })),
            "exactly one of portableText, html, markdown, text is wanted",
        ),
    ] {
        let said = desk.ask("POST", ARTICLES, None, sent.clone()).await;
        assert_eq!((said.status, said.code()), (400, "INVALID_PARAMETER"), "{sent}: {said:?}");
        assert!(said.text("/detail").contains(says), "{sent}: {said:?}");
    }
    assert_eq!(desk.ask("GET", ARTICLES, None, Value::Null).await.body["data"], json!([]));
});

both!(a_headline_that_nobody_can_see_is_none, async |t| {
    let server = t.serve().await;
    account(t, "editor@example.org", Role::Editor).await;
    let desk = Desk::of(&server, "editor@example.org").await;
    for headline in
        ["", "  ", "\u{200B}", "\u{200B}\u{FEFF} \u{2060}\u{AD}", "\u{3164}\u{115F}", "\u{2800}\u{202E}\u{FE0F}"]
    {
        let said = desk.ask("POST", ARTICLES, None, json!({ "article": { "headline": headline } })).await;
        assert_eq!((said.status, said.text("/parameter")), (422, "headline"), "{headline:?}: {said:?}");
    }
    let said = desk.ask("POST", ARTICLES, None, json!({ "article": { "headline": null } })).await;
    assert_eq!((said.status, said.text("/parameter")), (422, "headline"), "{said:?}");
    assert_eq!(desk.ask("GET", ARTICLES, None, Value::Null).await.body["data"], json!([]));
    for headline in ["x\u{200B}", "👩‍👩‍👧", "日本語", "क्‍ष"] {
        assert_eq!(desk.create(json!({ "headline": headline })).await.text("/headline"), headline);
    }
    // Null empties a field, and this one cannot be empty; what is left out stays.
    let id = id_of(&desk.create(json!({ "headline": "Otters", "summary": "Seen." })).await);
    let said = desk.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(1), json!({ "headline": null })).await;
    assert_eq!((said.status, said.text("/parameter")), (422, "headline"), "{said:?}");
    let said = desk.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(1), json!({ "summary": null })).await;
    assert_eq!((said.text("/draft/headline"), said.text("/draft/summary")), ("Otters", ""), "{said:?}");
});

both!(refusals_say_what_is_at_fault, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = id_of(&ed.create(json!({ "headline": "Otters", "language": "EN-gb" })).await);
    assert_eq!(ed.see(&id).await.text("/draft/language"), "en-GB");
    let published = ed.step(&id, "publish", json!({})).await;
    let version = version_of(&published);
    // Nothing has changed: the form of the header is at fault.
    for tag in [version.to_string(), format!("W/\"{version}\"")] {
        let (path, body) = (format!("{ARTICLES}/{id}"), json!({ "summary": "Seen." }));
        let said = ed.ask_with("PATCH", &path, None, body, &[("if-match", tag.as_str())]).await;
        assert_eq!(
            (said.status, said.code(), said.text("/parameter")),
            (400, "INVALID_PARAMETER", "If-Match"),
            "{tag}: {said:?}"
        );
    }
    // A correction is public at once.
    let later = json!({ "note": "n", "changes": { "embargoedUntil": t.now().plus_millis(60_000) } });
    let said = ed.ask("POST", &format!("{ARTICLES}/{id}/correct"), Some(version), later).await;
    assert_eq!((said.status, said.text("/parameter")), (409, "embargoedUntil"), "{said:?}");
    assert!(said.text("/detail").contains("public at once"), "{said:?}");
    // The note of a correction has another name beside a publication.
    let saved = ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(version), json!({ "summary": "Seen." })).await;
    let path = format!("{ARTICLES}/{id}/publish");
    let said = ed.ask("POST", &path, Some(version_of(&saved)), json!({ "correction": "" })).await;
    assert_eq!((said.status, said.text("/parameter")), (422, "correction"), "{said:?}");
    // What was withdrawn before anybody saw it was not public.
    let id = id_of(&ed.create(json!({ "headline": "Herons" })).await);
    let withdrawn = ed.step(&id, "withdraw", json!({ "reason": "Wrong." })).await;
    let said = ed.ask("DELETE", &format!("{ARTICLES}/{id}"), Some(version_of(&withdrawn)), Value::Null).await;
    assert_eq!(said.status, 409, "{said:?}");
    assert!(!said.text("/detail").contains("was public") && said.text("/detail").contains("leave it"), "{said:?}");
});

both!(two_who_write_at_once_lose_nothing, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, ed) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "ed@x.org").await);
    let text = |third: &str| json!({ "text": format!("One.\n\nTwo.\n\n{third}") });
    let made = cleo.create(json!({ "headline": "Ferries", "body": text("Three.") })).await;
    let (id, begun) = (id_of(&made), version_of(&made));
    let path = format!("{ARTICLES}/{id}");
    let missing = cleo.ask("PATCH", &path, None, json!({ "headline": "x" })).await;
    assert_eq!((missing.status, missing.code()), (428, "PRECONDITION_REQUIRED"));
    let first = cleo.ask("PATCH", &path, Some(begun), json!({ "body": text("Three and a half.") })).await;
    assert_eq!(first.status, 200, "{first:?}");
    let second =
        ed.ask("PATCH", &path, Some(begun), json!({ "headline": "Ferries stop", "body": text("Drei.") })).await;
    assert_eq!((second.status, second.code()), (412, "PRECONDITION_FAILED"));
    // Both texts, what they began with, and what differs.
    assert!(second.text("/current/draft/bodyHtml").contains("Three and a half."));
    assert!(second.text("/yours/bodyHtml").contains("Drei.") && second.text("/yours/headline") == "Ferries stop");
    assert!(second.text("/base/bodyHtml").contains("<p>Three.</p>"));
    let fields: Vec<&str> =
        second.body["differences"]["fields"].as_array().unwrap().iter().map(|f| f["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["headline"]);
    let kinds: Vec<&str> =
        second.body["differences"]["body"].as_array().unwrap().iter().map(|b| b["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["KEPT", "KEPT", "CHANGED"]);
    // The editor merges: their headline, the other's text.
    let now = second.body["current"]["version"].as_i64().unwrap();
    let merged = ed.ask("PATCH", &path, Some(now), json!({ "headline": "Ferries stop" })).await;
    assert_eq!((merged.status, merged.text("/draft/headline")), (200, "Ferries stop"));
    assert!(merged.text("/draft/bodyHtml").contains("Three and a half."));
    // Over GraphQL the same.
    let save = "mutation ($id: ID!, $v: Int!) { saveArticle(id: $id, version: $v, changes: { summary: \"S\" }) { \
        article { version } conflict { current { version } yours { summary } base { headline } differences { fields { field before after } } } \
        userErrors { code field } } }";
    let data = ed.graphql(save, json!({ "id": id, "v": begun })).await;
    assert_eq!(data["saveArticle"]["userErrors"], json!([{ "code": "PRECONDITION_FAILED", "field": "version" }]));
    assert_eq!(data["saveArticle"]["conflict"]["yours"]["summary"], "S");
    assert_eq!(data["saveArticle"]["conflict"]["base"]["headline"], "Ferries");
    // What equals what is there is no revision.
    let same = ed.ask("PATCH", &path, Some(version_of(&merged)), json!({ "headline": "Ferries stop" })).await;
    assert_eq!(version_of(&same), version_of(&merged));
    // The history has every text; what is restored is another revision.
    let compare = ed.ask("GET", &format!("{path}/compare?from=1&to=3"), None, Value::Null).await;
    assert_eq!(compare.text("/fields/0/before"), "Ferries");
    let restored = ed.step(&id, "restore", json!({ "revision": 1 })).await;
    assert_eq!(restored.text("/draft/headline"), "Ferries");
    let revisions = ed.ask("GET", &format!("{path}/revisions"), None, Value::Null).await;
    let numbers: Vec<i64> =
        revisions.body["data"].as_array().unwrap().iter().map(|r| r["number"].as_i64().unwrap()).collect();
    assert_eq!(numbers, [4, 3, 2, 1]);
    assert_eq!(revisions.body["data"][0]["restoredFrom"], 1);
    // What is typed is no revision, and nobody else's.
    let form = json!({ "version": 1, "changes": { "headline": "Ferr", "body": { "html": "<p>half" } } });
    assert_eq!(cleo.ask("PUT", &format!("{path}/autosave"), None, form.clone()).await.status, 200);
    let kept = cleo.ask("GET", &format!("{path}/autosave"), None, Value::Null).await;
    assert_eq!(kept.body["changes"], form["changes"]);
    assert_eq!(ed.ask("GET", &format!("{path}/autosave"), None, Value::Null).await.status, 404);
    let now = version_of(&cleo.see(&id).await);
    cleo.ask("PATCH", &path, Some(now), json!({ "headline": "Ferries end" })).await;
    assert_eq!(cleo.ask("GET", &format!("{path}/autosave"), None, Value::Null).await.status, 404);
});

both!(what_was_put_right_stays_so_whatever_is_restored, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, ed) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "ed@x.org").await);
    let id = id_of(&cleo.create(json!({ "headline": "Bridge opens", "summary": "On Monday." })).await);
    for step in ["submit", "approve", "publish"] {
        let by = if step == "submit" { &cleo } else { &ed };
        assert_eq!(by.step(&id, step, json!({})).await.status, 200, "{step}");
    }
    t.clock.advance(60_000);
    ed.step(&id, "correct", json!({ "note": "It was Tuesday.", "changes": { "summary": "On Tuesday." } })).await;
    t.clock.advance(60_000);
    ed.step(&id, "withdraw", json!({ "reason": "Looked at again." })).await;
    let restored = ed.step(&id, "restore", json!({ "revision": 1 })).await;
    assert_eq!((restored.status, restored.text("/draft/summary")), (200, "On Monday."));
    let published = ed.step(&id, "publish", json!({})).await;
    assert_eq!(published.status, 200, "{published:?}");
    let read = Said::of(server.get("/v1/articles/bridge-opens").await).await;
    assert_eq!((read.text("/summary"), read.text("/corrections/0/text")), ("On Monday.", "It was Tuesday."));
    assert_eq!(read.body["corrections"].as_array().unwrap().len(), 1);
    // A correction does not wait for an embargo, or nobody would be told that it is one.
    let draft = json!({ "summary": "On Wednesday.", "embargoedUntil": t.now().plus_millis(3_600_000) });
    let saved = ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(version_of(&published)), draft).await;
    let version = Some(version_of(&saved));
    let path = format!("{ARTICLES}/{id}/publish");
    let refused = ed.ask("POST", &path, version, json!({ "correction": "It was Wednesday." })).await;
    assert_eq!((refused.status, refused.code()), (409, "CONFLICT"), "{refused:?}");
    let read = Said::of(server.get("/v1/articles/bridge-opens").await).await;
    assert_eq!((read.text("/summary"), read.body["corrections"].as_array().unwrap().len()), ("On Monday.", 1));
});

both!(what_a_client_leaves_out_stays_as_it_is, async |t| {
    people(t).await;
    let server = t.serve().await;
    let cleo = Desk::of(&server, "cleo@x.org").await;
    let made = cleo.create(json!({ "headline": "Ferries", "label": "Op-Ed", "summary": "Before" })).await;
    let id = id_of(&made);
    // One document for whatever a form has: of its variables some have no value.
    let save = "mutation ($id: ID!, $v: Int!, $label: String, $summary: String, $headline: String) { \
        saveArticle(id: $id, version: $v, changes: { label: $label, summary: $summary, headline: $headline }) { \
        article { version } userErrors { code } } }";
    let saved = cleo.graphql(save, json!({ "id": id, "v": version_of(&made), "summary": "After" })).await;
    assert_eq!(saved["saveArticle"]["userErrors"], json!([]), "{saved}");
    let seen = cleo.see(&id).await;
    let of = |said: &Said, member: &str| said.body["draft"][member].clone();
    assert_eq!((of(&seen, "label"), of(&seen, "summary")), (json!("Op-Ed"), json!("After")));
    assert_eq!(of(&seen, "headline"), "Ferries");
    // Null takes it away.
    let saved = cleo.graphql(save, json!({ "id": id, "v": version_of(&seen), "label": null })).await;
    assert_eq!(saved["saveArticle"]["userErrors"], json!([]), "{saved}");
    let seen = cleo.see(&id).await;
    assert_eq!((of(&seen, "label"), of(&seen, "summary")), (Value::Null, json!("After")));
});

both!(a_contributor_does_not_learn_of_what_others_write, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, dora, ed) = (
        Desk::of(&server, "cleo@x.org").await,
        Desk::of(&server, "dora@x.org").await,
        Desk::of(&server, "ed@x.org").await,
    );
    let made = cleo.create(json!({ "headline": "Secret merger", "topics": [{ "name": "Project Falcon" }] })).await;
    let (id, nothing) = (id_of(&made), "art_0000000000001");
    for (method, tail, body) in [
        ("GET", "", Value::Null),
        ("PATCH", "", json!({ "headline": "x" })),
        ("DELETE", "", Value::Null),
        ("GET", "/revisions", Value::Null),
        ("GET", "/revisions/1", Value::Null),
        ("GET", "/compare?from=1&to=1", Value::Null),
        ("GET", "/events", Value::Null),
        ("GET", "/as-of?at=2026-01-01T00:00:00Z", Value::Null),
        ("GET", "/notes", Value::Null),
        ("POST", "/notes", json!({ "text": "x" })),
        ("GET", "/autosave", Value::Null),
        ("PUT", "/autosave", json!({ "version": 1, "changes": {} })),
        ("GET", "/previews", Value::Null),
        ("POST", "/previews", json!({})),
        ("POST", "/submit", json!({})),
        ("POST", "/take-back", json!({})),
        ("POST", "/discard", Value::Null),
        ("POST", "/restore", json!({ "revision": 1 })),
        ("POST", "/publish", json!({})),
        ("POST", "/approve", json!({})),
        ("POST", "/withdraw", json!({ "reason": "x" })),
        ("POST", "/kill", json!({ "reason": "x" })),
    ] {
        // Word for word what is said of an article that is not there.
        let of = async |id: &str| {
            let said = dora.ask(method, &format!("{ARTICLES}/{id}{tail}"), Some(1), body.clone()).await;
            (said.status, said.code().to_owned(), said.body["detail"].to_string().replace(id, "ID"))
        };
        let theirs = of(&id).await;
        assert_eq!(theirs, of(nothing).await, "{method} {tail}");
        assert!(matches!(theirs.0, 403 | 404), "{method} {tail}: {theirs:?}");
    }
    let list = dora.ask("GET", ARTICLES, None, Value::Null).await;
    assert_eq!(list.body["data"], json!([]));
    let query = "query ($id: ID!) { newsroomArticle(id: $id) { id } newsroomArticles { edges { cursor } } }";
    assert_eq!(
        dora.graphql(query, json!({ "id": id })).await,
        json!({ "newsroomArticle": null, "newsroomArticles": { "edges": [] } })
    );
    // Nor by the slug or the name of what it names, nor by the address that it wants.
    let by_slug = dora
        .ask(
            "POST",
            ARTICLES,
            None,
            json!({ "article": { "headline": "x", "topics": [{ "slug": "project-falcon" }] } }),
        )
        .await;
    let unknown = dora
        .ask("POST", ARTICLES, None, json!({ "article": { "headline": "x", "topics": [{ "slug": "project-eagle" }] } }))
        .await;
    assert_eq!((by_slug.status, by_slug.code()), (unknown.status, unknown.code()), "{by_slug:?}");
    let same = dora.create(json!({ "headline": "Secret merger", "topics": [{ "name": "project falcon" }] })).await;
    assert_eq!(same.text("/slug"), "secret-merger");
    assert_eq!(same.text("/draft/topics/0/name"), "project falcon", "named as they named it");
    // Until it is given to them.
    let dora_id = dora.ask("GET", "/v1/me", None, Value::Null).await.text("/account/id").to_owned();
    ed.step(&id, "assign", json!({ "assignee": dora_id })).await;
    assert_eq!(dora.see(&id).await.status, 200);
    assert_eq!(dora.ask("GET", ARTICLES, None, Value::Null).await.body["data"].as_array().unwrap().len(), 2);
    // The first that is published has the address.
    ed.step(&id, "publish", json!({})).await;
    let second = ed.step(&id_of(&same), "publish", json!({})).await;
    assert_eq!(second.text("/slug"), "secret-merger-2");
});

both!(a_contributor_does_not_learn_of_what_others_name, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, dora, ed) = (
        Desk::of(&server, "cleo@x.org").await,
        Desk::of(&server, "dora@x.org").await,
        Desk::of(&server, "ed@x.org").await,
    );
    let form = |headline: &str, name: &str, kind: &str, author: Value| {
        let topics = json!([{ "name": name, "kind": kind }]);
        json!({ "headline": headline, "topics": topics, "authors": [author] })
    };
    let zoe = json!({ "name": "Zoe Quill", "kind": "INDEPENDENT" });
    let made = cleo.create(form("Theirs", "Qq X", "PERSON", zoe)).await;
    // The same name, the same name of another kind, and names that nobody has used.
    let same = dora.create(form("Same", "Qq X", "PERSON", json!({ "name": "Zoe Quill" }))).await;
    let other = dora.create(form("Other", "Qq X", "SUBJECT", json!({ "name": "zoe quill" }))).await;
    let fresh = dora.create(form("Fresh", "Qq Y", "SUBJECT", json!({ "name": "Yan Quill" }))).await;
    // Whoever names it first sees what whoever names it next sees.
    assert_eq!(same.body["draft"]["topics"], made.body["draft"]["topics"]);
    let seen = |said: &Said, of: &str| {
        let term = &said.body["draft"][of][0];
        (term["slug"].clone(), term["kind"].clone())
    };
    assert_eq!(seen(&other, "topics"), (json!("qq-x"), json!("SUBJECT")));
    assert_eq!(seen(&fresh, "topics"), (json!("qq-y"), json!("SUBJECT")));
    assert_eq!(seen(&same, "authors"), (json!("zoe-quill"), seen(&fresh, "authors").1), "no kind of another's draft");
    // Nor do ids tell, those beside included: as many are drawn for what is known as for what is not.
    let drawn = async |said: &Said| {
        let path = format!("{ARTICLES}/{}/revisions", id_of(said));
        let revision = dora.ask("GET", &path, None, Value::Null).await.text("/data/0/id").to_owned();
        revision.parse::<RevisionId>().unwrap().0 - id_of(said).parse::<ArticleId>().unwrap().0
    };
    assert_eq!((drawn(&same).await, drawn(&other).await), (drawn(&fresh).await, drawn(&fresh).await));
    let theirs = ed.see(&id_of(&made)).await;
    let ours = ed.see(&id_of(&same)).await;
    assert_eq!(ours.body["draft"]["topics"], theirs.body["draft"]["topics"], "the desk sees what it is");
    for said in [&made, &same, &other, &fresh] {
        let real = ed.see(&id_of(said)).await;
        for of in ["topics", "authors"] {
            assert_ne!(said.body["draft"][of][0]["id"], real.body["draft"][of][0]["id"], "{said:?}");
        }
    }
    assert_eq!(seen(&ed.see(&id_of(&other)).await, "topics").0, "qq-x-subject");
    // The same over GraphQL, in revisions, and in a preview.
    let query = "query ($id: ID!) { newsroomArticle(id: $id) { draft { topics { id slug } } revision(number: 1) { draft { topics { id slug } } } } }";
    let data = dora.graphql(query, json!({ "id": id_of(&other) })).await["newsroomArticle"].clone();
    let shown = json!([{ "id": other.body["draft"]["topics"][0]["id"], "slug": "qq-x" }]);
    assert_eq!(data, json!({ "draft": { "topics": shown }, "revision": { "draft": { "topics": shown } } }));
    let path = format!("{ARTICLES}/{}/previews", id_of(&other));
    let token = dora.ask("POST", &path, None, json!({ "seconds": 600 })).await.text("/token").to_owned();
    let query = json!({ "query": "{ article(slug: \"other\") { topics { id slug } } }" });
    let request = server.client.post(format!("{}/graphql", server.base)).json(&query);
    let preview = Said::of(request.header("masthead-preview", token).send().await.unwrap()).await;
    assert_eq!(preview.body["data"]["article"]["topics"], shown, "{preview:?}");
    // What is public is what it is to everybody.
    ed.step(&id_of(&made), "publish", json!({})).await;
    let (theirs, ours) = (ed.see(&id_of(&same)).await, dora.see(&id_of(&same)).await);
    assert_eq!(ours.body["draft"]["topics"], theirs.body["draft"]["topics"]);
    assert_eq!(ours.body["draft"]["authors"], theirs.body["draft"]["authors"]);
});

both!(what_is_scheduled_is_there_at_its_instant_and_not_before, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let made = ed.create(json!({ "headline": "At noon", "embargoedUntil": t.now().plus_millis(30_000) })).await;
    let id = id_of(&made);
    let at = t.now().plus_millis(60_000);
    let early = t.now().plus_millis(10_000);
    let refused = ed.ask("POST", &format!("{ARTICLES}/{id}/schedule"), Some(1), json!({ "at": early })).await;
    assert_eq!((refused.status, refused.body["parameter"].as_str()), (422, Some("at")), "before the embargo ends");
    assert_eq!(ed.step(&id, "schedule", json!({ "at": at })).await.text("/dueAt"), at.to_string());
    assert_eq!(server.get("/v1/articles/at-noon").await.status(), 404);
    t.clock.advance(59_999);
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    assert_eq!(server.get("/v1/articles/at-noon").await.status(), 404);
    t.clock.advance(1);
    let mut read = server.get("/v1/articles/at-noon").await;
    for _ in 0..50 {
        if read.status() == 200 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        read = server.get("/v1/articles/at-noon").await;
    }
    assert_eq!(Said::of(read).await.text("/publishedAt"), at.to_string());
    // Under embargo, "publish" waits for its end; a public article gets its update then too.
    let end = t.now().plus_millis(20_000);
    let now = version_of(&ed.see(&id).await);
    ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(now), json!({ "headline": "At one", "embargoedUntil": end }))
        .await;
    let waits = ed.step(&id, "publish", json!({})).await;
    assert_eq!(
        (waits.text("/state"), waits.text("/dueAt"), &waits.body["public"]),
        ("SCHEDULED", end.to_string().as_str(), &json!(true))
    );
    let read = Said::of(server.get("/v1/articles/at-noon").await).await;
    assert_eq!(read.text("/headline"), "At noon");
    assert_eq!(ed.step(&id, "unschedule", json!({})).await.text("/state"), "APPROVED");
});

both!(a_retry_makes_one_article, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, ed) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "ed@x.org").await);
    let form = json!({ "article": { "headline": "Once" } });
    let key = [("idempotency-key", "8e03978e-40d5-43e8-bc93-6894a57f9324")];
    let tries = (0..8).map(|_| cleo.ask_with("POST", ARTICLES, None, form.clone(), &key));
    let said = futures::future::join_all(tries).await;
    assert!(said.iter().all(|s| s.status == 201 && s.text("/id") == said[0].text("/id")), "{said:?}");
    let other = cleo.ask_with("POST", ARTICLES, None, json!({ "article": { "headline": "Twice" } }), &key).await;
    assert_eq!((other.status, other.code()), (422, "IDEMPOTENCY_KEY_REUSED"));
    // Another's key is another key.
    let theirs = ed.ask_with("POST", ARTICLES, None, form.clone(), &key).await;
    assert_ne!(theirs.text("/id"), said[0].text("/id"));
    let path = format!("{ARTICLES}/{}/notes", said[0].text("/id"));
    for _ in 0..2 {
        let note = cleo.ask_with("POST", &path, None, json!({ "text": "A note." }), &[("idempotency-key", "n")]).await;
        assert_eq!(note.status, 201, "{note:?}");
    }
    assert_eq!(cleo.ask("GET", &path, None, Value::Null).await.body["data"].as_array().unwrap().len(), 1);
    // A day later it is a new one.
    t.clock.advance(25 * 60 * 60 * 1_000);
    let cleo = Desk::of(&server, "cleo@x.org").await;
    let later = cleo.ask_with("POST", ARTICLES, None, form, &key).await;
    assert_ne!(later.text("/id"), said[0].text("/id"));
});

both!(a_preview_shows_one_draft_to_who_has_its_token, async |t| {
    people(t).await;
    t.import_all(&[story("urn:t:1")]).await;
    let server = t.serve().await;
    let cleo = Desk::of(&server, "cleo@x.org").await;
    let made = cleo
        .create(json!({
            "headline": "Falcon lands", "authors": [{ "name": "Cleo Vant" }], "body": { "text": "A first text." },
            "topics": [{ "name": "Project Falcon" }],
        }))
        .await;
    let id = id_of(&made);
    let path = format!("{ARTICLES}/{id}/previews");
    let newest = cleo.ask("POST", &path, None, json!({ "seconds": 600 })).await;
    let first = cleo.ask("POST", &path, None, json!({ "revision": 1 })).await;
    assert_eq!((newest.status, first.status), (201, 201), "{newest:?}");
    let now = version_of(&cleo.see(&id).await);
    cleo.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(now), json!({ "headline": "Falcon has landed" })).await;
    let query = "{ article(slug: \"falcon-lands\") { headline byline body { html } topics { name } moreAbout { topic { name } } disclaimers { text } related { article { headline } } } \
        latestNews { headline } }";
    let ask = async |token: &str| {
        let request = server.client.post(format!("{}/graphql", server.base)).json(&json!({ "query": query }));
        Said::of(request.header("masthead-preview", token).send().await.unwrap()).await
    };
    for (token, headline) in [(newest.text("/token"), "Falcon has landed"), (first.text("/token"), "Falcon lands")] {
        let said = ask(token).await;
        let article = &said.body["data"]["article"];
        assert_eq!((&article["headline"], &article["byline"]), (&json!(headline), &json!("Cleo Vant")), "{said:?}");
        assert_eq!(article["topics"], json!([{ "name": "Project Falcon" }]));
        assert_eq!(said.header("cache-control"), "private, no-store");
        // Lists are those of everybody.
        assert!(!said.body["data"]["latestNews"].to_string().contains("Falcon"), "{said:?}");
    }
    // By its id, however that is asked for.
    let by_graphql = async |query: String, token: &str| {
        let request = server.client.post(format!("{}/graphql", server.base)).json(&json!({ "query": query }));
        Said::of(request.header("masthead-preview", token).send().await.unwrap()).await
    };
    let found = by_graphql("{ article(slug: \"falcon-lands\") { id } }".to_owned(), newest.text("/token")).await;
    let of = found.text("/data/article/id").to_owned();
    let shown = "{ ... on Article { headline body { text } } }";
    let query = format!(
        "{{ article(id: \"{of}\") {{ headline body {{ text }} }} node(id: \"{of}\") {shown} nodes(ids: [\"{of}\"]) {shown} }}"
    );
    for (token, headline) in [(newest.text("/token"), "Falcon has landed"), (first.text("/token"), "Falcon lands")] {
        let said = by_graphql(query.clone(), token).await;
        let data = &said.body["data"];
        assert_eq!(data["article"]["headline"], headline, "{data}");
        assert_eq!((&data["node"], &data["nodes"]), (&data["article"], &json!([data["article"]])), "{data}");
    }
    let unseen = server.graphql(&format!("{{ node(id: \"{of}\") {shown} }}"), Value::Null).await;
    assert_eq!(unseen["data"]["node"], Value::Null, "{unseen}");
    let rest = server.client.get(format!("{}/v1/articles/falcon-lands", server.base));
    let rest = Said::of(rest.header("masthead-preview", newest.text("/token")).send().await.unwrap()).await;
    assert_eq!(
        (rest.status, rest.text("/headline"), rest.header("cache-control")),
        (200, "Falcon has landed", "private, no-store")
    );
    assert_eq!(rest.header("etag"), "");
    let list =
        server.client.get(format!("{}/v1/articles", server.base)).header("masthead-preview", newest.text("/token"));
    assert!(!list.send().await.unwrap().text().await.unwrap().contains("Falcon"));
    // Without it, forged, revoked or over, there is nothing.
    assert_eq!(server.get("/v1/articles/falcon-lands").await.status(), 404);
    let forged = format!("{}x", newest.text("/token"));
    assert_eq!(ask(&forged).await.status, 401);
    let revoked = cleo.ask("DELETE", &format!("{path}/{}", first.text("/id")), None, Value::Null).await;
    assert_eq!(revoked.status, 204, "{revoked:?}");
    assert_eq!(ask(first.text("/token")).await.status, 401);
    let left = cleo.ask("GET", &path, None, Value::Null).await;
    assert_eq!(left.body["data"].as_array().unwrap().len(), 1);
    assert!(left.body["data"][0]["token"].is_null());
    t.clock.advance(601_000);
    assert_eq!(ask(newest.text("/token")).await.status, 401);
});

both!(a_preview_is_good_no_longer_than_the_right_of_who_gave_it, async |t| {
    people(t).await;
    let server = t.serve().await;
    let (cleo, dora) = (Desk::of(&server, "cleo@x.org").await, Desk::of(&server, "dora@x.org").await);
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = id_of(&cleo.create(json!({ "headline": "Kestrel nests" })).await);
    let who = async |email: &str| {
        let identity = Identity::open(&t.app()).await.unwrap();
        identity.account_by_email(&Viewer::system(), email).await.unwrap().id
    };
    let (dora_id, cleo_id) = (who("dora@x.org").await, who("cleo@x.org").await);
    let path = format!("{ARTICLES}/{id}");
    let assigned = ed.step(&id, "assign", json!({ "assignee": dora_id.to_string() })).await;
    assert_eq!(assigned.status, 200, "{assigned:?}");
    let give = async |desk: &Desk<'_>| desk.ask("POST", &format!("{path}/previews"), None, json!({})).await;
    let (by_dora, by_cleo, by_ed) = (give(&dora).await, give(&cleo).await, give(&ed).await);
    let read = async |preview: &Said| {
        let request = server.client.get(format!("{}/v1/articles/kestrel-nests", server.base));
        request.header("masthead-preview", preview.text("/token")).send().await.unwrap().status().as_u16()
    };
    assert_eq!((read(&by_dora).await, read(&by_cleo).await, read(&by_ed).await), (200, 200, 200));
    // No longer theirs to see.
    // Left out it says nothing, and takes nothing away.
    let version = ed.see(&id).await.body["version"].as_i64();
    let said = ed.ask("POST", &format!("{ARTICLES}/{id}/assign"), version, json!({})).await;
    assert_eq!((said.status, said.code(), said.text("/parameter")), (400, "INVALID_PARAMETER", "assignee"), "{said:?}");
    assert_eq!(ed.see(&id).await.body["version"].as_i64(), version);
    ed.step(&id, "assign", json!({ "assignee": Value::Null })).await;
    assert_eq!((read(&by_dora).await, read(&by_cleo).await, read(&by_ed).await), (401, 200, 200));
    // The account is stopped.
    let identity = Identity::open(&t.app()).await.unwrap();
    identity.suspend(&Caller::operator(), &Viewer::system(), cleo_id, true).await.unwrap();
    assert_eq!((read(&by_cleo).await, read(&by_ed).await), (401, 200));
    identity.suspend(&Caller::operator(), &Viewer::system(), cleo_id, false).await.unwrap();
    assert_eq!(read(&by_cleo).await, 200);
});

both!(what_is_public_is_not_dated_ahead, async |t| {
    people(t).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = id_of(&ed.create(json!({ "headline": "Otters back" })).await);
    let first = ed.step(&id, "publish", json!({})).await;
    assert_eq!(first.status, 200, "{first:?}");
    let dated = Said::of(server.get("/v1/articles/otters-back").await).await.text("/publishedAt").to_owned();
    let ahead = t.now().plus_millis(3 * 365 * 86_400_000);
    let now = version_of(&ed.see(&id).await);
    let saved = ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(now), json!({ "publishedAt": ahead })).await;
    assert_eq!(saved.status, 200, "{saved:?}");
    let refused = ed.ask("POST", &format!("{ARTICLES}/{id}/publish"), Some(version_of(&saved)), json!({})).await;
    assert_eq!((refused.code(), refused.body["parameter"].as_str()), ("CONFLICT", Some("publishedAt")));
    assert_eq!(Said::of(server.get("/v1/articles/otters-back").await).await.text("/publishedAt"), dated);
    // Nor by a correction, nor for an instant before; for the instant itself it is.
    let note = json!({ "note": "Wrong.", "changes": { "publishedAt": ahead } });
    let version = version_of(&ed.see(&id).await);
    let refused = ed.ask("POST", &format!("{ARTICLES}/{id}/correct"), Some(version), note).await;
    assert_eq!((refused.code(), refused.body["parameter"].as_str()), ("CONFLICT", Some("publishedAt")), "{refused:?}");
    let schedule = async |at: Instant| {
        let version = version_of(&ed.see(&id).await);
        ed.ask("POST", &format!("{ARTICLES}/{id}/schedule"), Some(version), json!({ "at": at })).await
    };
    assert_eq!(schedule(ahead.plus_millis(-1)).await.code(), "CONFLICT");
    assert_eq!(schedule(ahead).await.text("/state"), "SCHEDULED");
    // A source that dates what is public ahead changes the text, not the place in the lists.
    let line = with(story("urn:t:1"), json!({ "slug": "tern", "published": "2026-01-02T10:00:00Z" }));
    t.import_all(std::slice::from_ref(&line)).await;
    t.import_all(&[with(line, json!({ "headline": "Terns", "published": ahead }))]).await;
    let read = Said::of(server.get("/v1/articles/tern").await).await;
    assert_eq!((read.text("/headline"), read.text("/publishedAt")), ("Terns", "2026-01-02T10:00:00.000Z"));
    // It is nowhere in what was written down, so nobody trips over it later.
    let tern = t.id("urn:t:1").await.to_string();
    assert_eq!(ed.see(&tern).await.text("/draft/publishedAt"), "2026-01-02T10:00:00.000Z");
    ed.step(&tern, "correct", json!({ "note": "They are gulls." })).await;
    // Nor is an update to come.
    t.import_all(&[with(story("urn:t:2"), json!({ "slug": "gull", "updated": ahead }))]).await;
    let updated = Said::of(server.get("/v1/articles/gull").await).await.text("/updatedAt").to_owned();
    assert!(updated <= t.now().to_string(), "{updated}");
});

both!(a_preview_of_a_public_article_leaves_lists_as_they_are, async |t| {
    people(t).await;
    t.import_all(&[with(
        story("urn:t:1"),
        json!({ "slug": "first", "headline": "Harbour opens", "body_text": "Pelicans were seen." }),
    )])
    .await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = t.id("urn:t:1").await.to_string();
    let now = version_of(&ed.see(&id).await);
    let draft = json!({ "headline": "Harbour shuts", "body": { "text": "Herons were seen at the harbour." } });
    ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(now), draft).await;
    let preview = ed.ask("POST", &format!("{ARTICLES}/{id}/previews"), None, json!({})).await;
    let query = "{ article(slug: \"first\") { headline body { text } } latestNews { headline body { text } } \
        articles { nodes { headline body { text } } } search(query: \"harbour\") { edges { snippet } } }";
    let request = server.client.post(format!("{}/graphql", server.base)).json(&json!({ "query": query }));
    let said = Said::of(request.header("masthead-preview", preview.text("/token")).send().await.unwrap()).await;
    let data = &said.body["data"];
    assert!(data["article"]["body"]["text"].to_string().contains("Herons"), "{said:?}");
    assert_eq!(data["article"]["headline"], "Harbour shuts");
    assert!(data["latestNews"].to_string().contains("Pelicans"), "{said:?}");
    assert!(data["search"].to_string().contains("Pelicans"), "{said:?}");
    for list in ["latestNews", "articles", "search"] {
        assert!(!data[list].to_string().contains("Herons") && !data[list].to_string().contains("shuts"), "{said:?}");
    }
});

both!(no_draft_takes_a_correction_back_unseen, async |t| {
    people(t).await;
    let line =
        with(story("urn:t:1"), json!({ "slug": "first", "headline": "One", "body_text": "Alpha.\n\nBeta.\n\nGamma." }));
    t.import_all(std::slice::from_ref(&line)).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = t.id("urn:t:1").await.to_string();
    let at = format!("{ARTICLES}/{id}");
    let text = |said: &Said| said.body["draft"]["bodyHtml"].as_str().unwrap_or_default().replace('\n', "");
    let public = async || {
        let asked = "{ article(slug: \"first\") { body { html } corrections { text } } }";
        server.graphql(asked, json!({})).await["data"]["article"].clone()
    };
    let html = async || public().await["body"]["html"].as_str().unwrap_or_default().to_owned();
    let body = |text: &str| json!({ "body": { "text": text } });
    // Other blocks of the body: both stand in the draft, which waits on.
    let now = version_of(&ed.see(&id).await);
    let draft = ed.ask("PATCH", &at, Some(now), body("Alpha.\n\nBeta.\n\nGamma, and more.")).await;
    assert_eq!(draft.status, 200, "{draft:?}");
    let due = t.now().plus_millis(600_000).to_string();
    assert_eq!(ed.step(&id, "schedule", json!({ "at": due })).await.text("/state"), "SCHEDULED");
    let note = json!({ "note": "It was Alpha two.", "changes": body("Alpha two.\n\nBeta.\n\nGamma.") });
    let corrected = ed.step(&id, "correct", note).await;
    assert_eq!((corrected.text("/state"), &corrected.body["unmerged"]), ("SCHEDULED", &Value::Null), "{corrected:?}");
    assert_eq!(text(&corrected), "<p>Alpha two.</p><p>Beta.</p><p>Gamma, and more.</p>");
    assert!(html().await.contains("<p>Alpha two.</p>\n<p>Beta.</p>\n<p>Gamma.</p>"));
    // The same block: the draft does not go out by itself any more, and the desk knows why.
    let note = json!({ "note": "It was Delta.", "changes": body("Alpha two.\n\nBeta.\n\nDelta.") });
    let corrected = ed.step(&id, "correct", note).await;
    assert_eq!((corrected.text("/state"), &corrected.body["unmerged"]), ("CHANGES_REQUESTED", &json!(["body"])));
    assert_eq!((&corrected.body["dueAt"], text(&corrected).contains("Gamma, and more.")), (&Value::Null, true));
    let notes = ed.ask("GET", &format!("{at}/notes"), None, Value::Null).await.body.to_string();
    assert!(notes.contains("Version 3 changes body"), "{notes}");
    t.clock.advance(700_000);
    publish::publish_due(&t.db, 10).await.unwrap();
    assert!(html().await.contains("<p>Delta.</p>"));
    // Over GraphQL the same is told.
    let now = version_of(&corrected);
    let ask = "mutation($id: ID!, $v: Int!) { correctArticle(id: $id, version: $v, note: \"Again.\", \
               changes: { body: { text: \"Epsilon.\" } }) { unmerged article { state } userErrors { message } } }";
    let said = ed.graphql(ask, json!({ "id": id, "v": now })).await;
    assert_eq!(said["correctArticle"]["unmerged"], json!(["body"]), "{said:?}");
    // Whoever takes it over may send it out.
    let now = version_of(&ed.see(&id).await);
    ed.ask("PATCH", &at, Some(now), body("Epsilon.\n\nAnd more.")).await;
    assert_eq!(ed.step(&id, "publish", json!({})).await.text("/state"), "PUBLISHED");
    assert!(html().await.contains("<p>Epsilon.</p>\n<p>And more.</p>"));
    assert_eq!(public().await["corrections"].as_array().map(Vec::len), Some(3));
});

both!(an_import_leaves_what_editors_write_beside, async |t| {
    people(t).await;
    let line = with(story("urn:t:1"), json!({ "slug": "first", "headline": "One", "description_text": "Old." }));
    t.import_all(std::slice::from_ref(&line)).await;
    let server = t.serve().await;
    let ed = Desk::of(&server, "ed@x.org").await;
    let id = t.id("urn:t:1").await.to_string();
    let now = version_of(&ed.see(&id).await);
    ed.ask("PATCH", &format!("{ARTICLES}/{id}"), Some(now), json!({ "headline": "Two" })).await;
    t.import_all(&[with(line, json!({ "description_text": "New." }))]).await;
    let read = Said::of(server.get("/v1/articles/first").await).await;
    assert_eq!((read.text("/headline"), read.text("/summary")), ("One", "New."));
    let beside = ed.see(&id).await;
    assert_eq!(
        (beside.text("/state"), beside.text("/draft/headline"), beside.text("/draft/summary")),
        ("DRAFT", "Two", "New.")
    );
    assert_eq!(ed.step(&id, "discard", Value::Null).await.text("/draft/headline"), "One");
    let gone = ed.ask("DELETE", &format!("{ARTICLES}/{id}"), Some(version_of(&ed.see(&id).await)), Value::Null).await;
    assert_eq!((gone.status, gone.code()), (409, "CONFLICT"), "what was public is withdrawn, not deleted");
    let draft = ed.create(json!({ "headline": "Never" })).await;
    let gone = ed.ask("DELETE", &format!("{ARTICLES}/{}", id_of(&draft)), Some(1), Value::Null).await;
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(ed.see(&id_of(&draft)).await.status, 404);
});
