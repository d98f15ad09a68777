//! Embargoes on what is public already, and dates that are to come.

use masthead::model::time::Instant;
use masthead::model::viewer::Viewer;
use masthead::model::workflow::State;
use masthead::newsroom::access::Expected;
use masthead::newsroom::{publish, review, write};
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

/// Publishes what is due: how many.
async fn due(t: &TestApp) -> usize {
    let due = publish::publish_due(&t.db, 10).await.unwrap();
    assert!(due.failed.is_empty(), "{:?}", due.failed);
    due.published
}

/// What readers see, and where the newest revision stands.
async fn stands(t: &TestApp) -> (String, i32, State) {
    let card = t.card("urn:t:1").await.expect("it is public");
    (card.headline.clone(), card.version, t.entry("urn:t:1").await.unwrap().state)
}

fn seen(headline: &str, version: i32, state: State) -> (String, i32, State) {
    (headline.to_owned(), version, state)
}

both!(an_embargo_on_what_is_public_holds_the_new_text_alone, async |t| {
    let line = with(story("urn:t:1"), json!({ "slug": "first", "headline": "One" }));
    t.import_all(std::slice::from_ref(&line)).await;
    let until = t.now().plus_millis(60_000);
    let fields =
        json!({ "slug": "canary", "headline": "Canary", "subjects": ["Canary subject"], "embargoedUntil": until });
    let waits = with(line, fields);
    let report = t.import_all(std::slice::from_ref(&waits)).await;
    assert_eq!((report.scheduled, report.lines()), (1, 1));
    assert_eq!(stands(t).await, seen("One", 1, State::Scheduled));
    assert_eq!(t.entry("urn:t:1").await.unwrap().due_at, Some(until));
    // Nothing of it is where readers are.
    for table in t.catalogue_tables().await {
        for (column, _) in t.columns(&table).await {
            for text in t.texts(&format!("SELECT CAST({column} AS TEXT) AS v FROM {table}")).await {
                assert!(!text.to_lowercase().contains("canary"), "{table}.{column}: {text}");
            }
        }
    }
    // Told once more, with a name or without, it waits on.
    assert_eq!(t.import_all(std::slice::from_ref(&waits)).await.unchanged, 1);
    let named = with(waits.clone(), json!({ "previousUrls": ["/old"] }));
    assert_eq!(t.import_all(&[named]).await.unchanged, 1);
    assert_eq!(stands(t).await, seen("One", 1, State::Scheduled));
    assert_eq!(t.texts("SELECT address AS v FROM article_addresses").await, ["/old"]);
    // A newer text under the same embargo takes its place, and goes out at its end.
    let newer = with(waits, json!({ "headline": "Two" }));
    assert_eq!(t.import_all(std::slice::from_ref(&newer)).await.scheduled, 1);
    t.clock.advance(59_999);
    assert_eq!(due(t).await, 0);
    t.clock.advance(1);
    assert_eq!(due(t).await, 1);
    assert_eq!(stands(t).await, seen("Two", 2, State::Published));
    // Its address moves when its source speaks of it again.
    assert_eq!(t.card("urn:t:1").await.unwrap().slug, "first");
    let open = with(newer, json!({ "embargoedUntil": null }));
    assert_eq!(t.import_all(&[open]).await.updated, 1);
    assert_eq!(t.card("urn:t:1").await.unwrap().slug, "canary");
    t.clock.advance(60_000);
    assert_eq!(due(t).await, 0);
    t.assert_whole().await;
});

both!(what_its_source_says_next_takes_the_place_of_a_text_under_embargo, async |t| {
    let line = with(story("urn:t:1"), json!({ "headline": "One" }));
    let until = t.now().plus_millis(60_000);
    let waits = with(line.clone(), json!({ "headline": "Two", "embargoedUntil": until }));
    let open = with(line.clone(), json!({ "headline": "Three" }));
    t.import_all(&[line, waits.clone(), open.clone()]).await;
    assert_eq!(stands(t).await, seen("Three", 2, State::Published));
    // Back to what is public: nothing waits any more.
    assert_eq!(t.import_all(std::slice::from_ref(&waits)).await.scheduled, 1);
    assert_eq!(t.import_all(&[open]).await.unchanged, 1);
    let entry = t.entry("urn:t:1").await.unwrap();
    assert_eq!((entry.state, entry.due_at, entry.headline.as_str()), (State::Published, None, "Three"));
    // Taken back, it does not go out either.
    let gone = with(waits.clone(), json!({ "status": "canceled", "statusReason": "Wrong." }));
    t.import_all(&[waits, gone]).await;
    t.clock.advance(60_000);
    assert_eq!(due(t).await, 0);
    assert!(t.card("urn:t:1").await.is_none());
    t.assert_whole().await;
});

both!(no_draft_of_the_newsroom_is_lost_to_a_text_under_embargo, async |t| {
    let line = with(story("urn:t:1"), json!({ "headline": "One" }));
    t.import_all(std::slice::from_ref(&line)).await;
    let (id, desk, site) = (t.id("urn:t:1").await, Viewer::system(), t.settings().site);
    let changes = serde_json::from_value(json!({ "headline": "Desk" })).unwrap();
    write::save(&t.db, &desk, &site, id, Expected::Any, changes).await.unwrap();
    let until = t.now().plus_millis(60_000);
    let waits = with(line.clone(), json!({ "description_text": "Later.", "embargoedUntil": until }));
    let refused = async |state: State| {
        let report = t.import(std::slice::from_ref(&waits)).await;
        assert_eq!((report.failed.len(), report.lines()), (1, 1), "{report:?}");
        assert!(report.failed[0].reason.contains("embargoedUntil"), "{}", report.failed[0].reason);
        let entry = t.entry("urn:t:1").await.unwrap();
        assert_eq!((entry.state, entry.headline.as_str()), (state, "Desk"));
    };
    refused(State::Draft).await;
    // Nor one that an editor has scheduled, whatever went beneath it meanwhile.
    review::schedule(&t.db, &desk, id, Expected::Any, until).await.unwrap();
    refused(State::Scheduled).await;
    for summary in ["New.", "Newer."] {
        assert_eq!(t.import_all(&[with(line.clone(), json!({ "description_text": summary }))]).await.updated, 1);
        let entry = t.entry("urn:t:1").await.unwrap();
        assert_eq!((entry.state, entry.due_at, entry.headline.as_str()), (State::Scheduled, Some(until), "Desk"));
    }
    refused(State::Scheduled).await;
    t.clock.advance(60_000);
    assert_eq!(due(t).await, 1);
    let card = t.card("urn:t:1").await.unwrap();
    assert_eq!((card.headline.as_str(), card.summary.as_str()), ("Desk", "Newer."));
});

both!(a_correction_is_never_to_come, async |t| {
    let told = |uri: &str, fields: Value| {
        let corrections = json!([
            { "published": "2026-02-02T00:00:00Z", "text": "It was seven." },
            { "published": "2027-01-01T00:00:00Z", "text": "It was eight." },
        ]);
        with(with(story(uri), json!({ "corrections": corrections })), fields)
    };
    let dates = async |uri: &str| -> Vec<Instant> {
        t.card(uri).await.unwrap().corrections.iter().map(|one| one.published_at).collect()
    };
    let report = t.import_all(&[told("urn:t:1", json!({}))]).await;
    let reported = |dropped: &std::collections::BTreeMap<String, u64>| -> u64 {
        dropped.iter().filter(|(what, _)| what.contains("correction that is to come")).map(|(_, n)| n).sum()
    };
    assert_eq!((report.created, reported(&report.dropped)), (1, 1), "{report:?}");
    let first: Instant = "2026-02-02T00:00:00Z".parse().unwrap();
    let when = t.now();
    assert_eq!(dates("urn:t:1").await, [first, when]);
    // Told once more later, it is the same note with the same date.
    t.clock.advance(60_000);
    let report = t.import_all(&[told("urn:t:1", json!({ "description_text": "New." }))]).await;
    assert_eq!(report.updated, 1);
    assert_eq!(dates("urn:t:1").await, [first, when]);
    assert_eq!(t.deeds_of("urn:t:1").await, ["published", "updated"]);
    // A text that waits is public with its corrections.
    let at = t.now().plus_millis(60_000);
    assert_eq!(t.import_all(&[told("urn:t:2", json!({ "published": at }))]).await.scheduled, 1);
    t.clock.advance(60_000);
    assert_eq!(due(t).await, 1);
    assert_eq!(dates("urn:t:2").await, [first, at]);
    // What stands in the store from before is not shown as to come.
    t.import_all(&[told("urn:t:3", json!({ "status": "withheld" }))]).await;
    let now = t.now();
    t.execute(&format!(
        "UPDATE newsroom_revisions SET document = REPLACE(document, '{now}', '2027-01-01T00:00:00.000Z')"
    ))
    .await;
    publish::publish(&t.db, &Viewer::system(), t.id("urn:t:3").await).await.unwrap();
    assert_eq!(dates("urn:t:3").await, [first, now]);
});

impl TestApp {
    /// What happened to an article in public, in order.
    async fn deeds_of(&self, uri: &str) -> Vec<&'static str> {
        let id = self.id(uri).await.0;
        let log = self.log().await.into_iter().filter(|(noun, number, _)| *noun == "article" && *number == id);
        log.map(|(.., deed)| deed.as_str()).collect()
    }
}
