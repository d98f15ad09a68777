//! Nothing that is not public is ever seen: canaries in everything that is not, and a crawl of everything that can be asked.

use masthead::cli::audit::{Report, audit};
use masthead::model::viewer::Role;
use masthead::newsroom::{collections, correct, withdraw};
use serde_json::{Value, json};

use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};
use crate::identity::{account, token};
use crate::newsroom::mark;

/// A story that says its mark wherever a story says something.
fn marked(uri: &str, n: usize) -> Value {
    let m = mark(n);
    with(
        story(uri),
        json!({
            "slug": format!("story-{m}"), "headline": format!("Headline {m}"), "description_text": m, "label": m, "body_text": m,
            "section": { "name": format!("Section {m}"), "description": m },
            "authors": [{ "name": format!("Author {m}"), "bio": m }, "Ada Marsh"],
            "subjects": [{ "name": format!("Topic {m}"), "description": m }, "Rail"], "places": [format!("Place {m}"), "Harbour"],
            "source": m, "disclaimers": [m], "corrections": [{ "published": "2026-02-03T00:00:00Z", "text": m }],
            "image": { "url": format!("https://media.example.org/{m}.jpg"), "alt": m, "caption": m },
            "previousSlugs": [format!("before-{m}")],
        }),
    )
}

async fn write(server: &Server, token: &str, method: &str, path: &str, version: Option<i64>, body: Value) -> Said {
    let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
    let mut request = server.client.request(method, format!("{}{path}", server.base)).bearer_auth(token).json(&body);
    if let Some(version) = version {
        request = request.header("if-match", format!("\"{version}\""));
    }
    let said = Said::of(request.send().await.unwrap()).await;
    assert!(said.status < 300, "{path}: {said:?}");
    said
}

/// Fills the newsroom: something public, and canaries in all that is not.
async fn canaries(t: &TestApp, server: &Server) {
    let plain = |n: usize| {
        with(
            story(&format!("urn:t:{n}")),
            json!({ "subjects": ["Rail"], "places": ["Harbour"], "authors": ["Ada Marsh"], "section": "news" }),
        )
    };
    t.import_all(&(1..6).map(plain).collect::<Vec<_>>()).await;
    // Held back, to come, taken back, killed; one beside which others stand.
    t.import_all(&[
        with(marked("urn:c:1", 1001), json!({ "status": "withheld" })),
        with(marked("urn:c:2", 1002), json!({ "published": "2031-01-01T00:00:00Z" })),
        marked("urn:c:3", 1003),
        marked("urn:c:4", 1004),
    ])
    .await;
    let system = masthead::model::viewer::Viewer::system();
    withdraw::withdraw(&t.db, &system, t.id("urn:c:3").await, "Withdrawn.").await.unwrap();
    withdraw::kill(&t.db, &system, t.id("urn:c:4").await, "Killed.").await.unwrap();
    t.import_all(&[with(plain(1), json!({ "related": ["urn:c:1"], "headline": "Again" }))]).await;
    correct::correct(&t.db, &system, t.id("urn:t:2").await, None, "A name was wrong.").await.unwrap();
    // What is not public is pinned, and waits.
    let top = collections::article(&t.db, &system, &t.id("urn:c:1").await.to_string()).await.unwrap();
    let all = t.texts("SELECT CAST(id AS TEXT) AS v FROM collections WHERE slug = 'top-news'").await;
    let pin = masthead::model::collection::Pin { article: top.id, slot: 1, from: None, until: None };
    collections::pin(
        &t.db,
        &system,
        masthead::model::id::CollectionId(all[0].parse().unwrap()),
        masthead::newsroom::access::Expected::Any,
        pin,
    )
    .await
    .unwrap();
    // What people write: drafts of all states, beside public ones too, with notes, autosaves, previews.
    let writer = token(server, "cleo@x.org").await;
    let editor = token(server, "ed@x.org").await;
    let form = |n: usize| {
        let m = mark(n);
        json!({
            "headline": format!("Draft {m}"), "summary": m, "label": m, "body": { "html": format!("<h2>{m}</h2><p>{m}</p>") },
            "authors": [{ "name": format!("Writer {m}") }], "topics": [{ "name": format!("Subject {m}") }, { "name": "Rail" }],
            "source": m, "disclaimers": [m],
        })
    };
    let articles = "/v1/newsroom/articles";
    for (n, step) in
        [(1010, ""), (1011, "submit"), (1012, "approve"), (1013, "schedule"), (1014, "embargo"), (1015, "discard")]
            .into_iter()
    {
        let mut article = form(n);
        if step == "embargo" {
            article["embargoedUntil"] = json!("2031-01-01T00:00:00Z");
        }
        let made = write(server, &writer, "POST", articles, None, json!({ "article": article })).await;
        let path = format!("{articles}/{}", made.text("/id"));
        write(
            server,
            &writer,
            "POST",
            &format!("{path}/notes"),
            None,
            json!({ "text": format!("Note {}", mark(n + 100)) }),
        )
        .await;
        let autosave = json!({ "version": 1, "changes": form(n + 200) });
        write(server, &writer, "PUT", &format!("{path}/autosave"), None, autosave).await;
        write(server, &writer, "POST", &format!("{path}/previews"), None, json!({})).await;
        match step {
            "submit" => drop(
                write(server, &writer, "POST", &format!("{path}/submit"), Some(1), json!({ "note": mark(n + 300) }))
                    .await,
            ),
            "approve" => drop(write(server, &editor, "POST", &format!("{path}/approve"), Some(1), json!({})).await),
            "schedule" => {
                let at = json!({ "at": "2031-01-01T00:00:00Z" });
                write(server, &editor, "POST", &format!("{path}/schedule"), Some(1), at).await;
            }
            "embargo" => drop(write(server, &editor, "POST", &format!("{path}/publish"), Some(1), json!({})).await),
            _ => {}
        }
    }
    for (uri, n, discard) in [("urn:t:3", 1020, false), ("urn:t:4", 1021, true)] {
        let path = format!("{articles}/{}", t.id(uri).await);
        let beside = write(server, &editor, "PATCH", &path, Some(1), form(n)).await;
        if discard {
            let version = beside.body["version"].as_i64();
            write(server, &editor, "POST", &format!("{path}/discard"), version, Value::Null).await;
        }
    }
}

async fn run(t: &TestApp, server: &Server) -> Report {
    let mut tokens = vec![("anonymous".to_owned(), None)];
    for (who, email) in [("reader", "rita@x.org"), ("contributor", "dora@x.org")] {
        tokens.push((who.to_owned(), Some(token(server, email).await)));
    }
    audit(&t.db, &server.base, &tokens).await.unwrap()
}

async fn people(t: &TestApp) {
    for (email, role) in [
        ("cleo@x.org", Role::Contributor),
        ("dora@x.org", Role::Contributor),
        ("ed@x.org", Role::Editor),
        ("rita@x.org", Role::Reader),
    ] {
        account(t, email, role).await;
    }
}

both!(nothing_that_is_not_public_is_ever_seen, async |t| {
    people(t).await;
    let server = t.serve_as(&[("graphql.max_complexity", "1000000"), ("auth.requests_per_address", "100000")]).await;
    canaries(t, &server).await;
    let report = run(t, &server).await;
    println!(
        "{} requests to {} routes and {} fields, {} secrets",
        report.requests, report.routes, report.fields, report.secrets
    );
    assert!(report.leaks.is_empty(), "{:#?}", report.leaks);
    assert!(report.unasked.is_empty(), "not asked: {:?}", report.unasked);
    assert!(report.secrets > 80 && report.routes > 25 && report.fields > 150, "{report:?}");
});

both!(a_check_that_is_broken_is_named, async |t| {
    people(t).await;
    let server = t.serve_as(&[("graphql.max_complexity", "1000000"), ("auth.requests_per_address", "100000")]).await;
    canaries(t, &server).await;
    // As if publishing had taken a name and a summary from what waits.
    t.execute(&format!("UPDATE topics SET name = 'Topic {}' WHERE slug = 'rail'", mark(1001))).await;
    t.execute(&format!("UPDATE articles SET summary = 'About {}' WHERE uri = 'urn:t:5'", mark(1010))).await;
    let report = audit(&t.db, &server.base, &[("anonymous".to_owned(), None)]).await.unwrap();
    assert!(!report.is_clean());
    for place in [
        "GET /v1/topics",
        "GET /v1/topics/{idOrSlug}",
        "GET /v1/articles",
        "GraphQL topics",
        "GraphQL articles",
        "GraphQL latestNews",
    ] {
        let leak = report.leaks.iter().find(|leak| leak.place == place);
        let leak = leak.unwrap_or_else(|| panic!("{place} is not named: {:#?}", report.leaks));
        assert!([mark(1001), mark(1010)].iter().any(|mark| leak.seen.contains(mark)), "{leak:?}");
        assert!(leak.from.starts_with("newsroom_"), "{leak:?}");
    }
});
