//! What is not finished at its source is not public here, however it comes and goes.

use masthead::model::viewer::Viewer;
use masthead::model::workflow::State;
use serde_json::json;

use crate::harness::both;
use crate::harness::story::{story, with};

both!(a_draft_is_the_newsrooms_alone, async |t| {
    let draft = with(
        story("urn:t:1"),
        json!({ "status": "draft", "published": null, "headline": "canary", "previousUrls": ["/canary"],
        "authors": ["Canary Author"], "subjects": ["Canary subject"] }),
    );
    let before = t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await;
    let report = t.import_all(std::slice::from_ref(&draft)).await;
    assert_eq!((report.drafts, report.lines()), (1, 1));
    let entry = t.entry("urn:t:1").await.unwrap();
    assert_eq!((entry.state, entry.version, entry.is_public()), (State::Draft, 0, false));
    assert_eq!(t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await, before);
    for table in t.tables().await.into_iter().filter(|table| !table.starts_with("newsroom_")) {
        for (column, _) in t.columns(&table).await {
            for text in t.texts(&format!("SELECT CAST({column} AS TEXT) AS v FROM {table}")).await {
                assert!(!text.to_lowercase().contains("canary"), "{table}.{column}: {text}");
            }
        }
    }
    assert_eq!(t.import_all(std::slice::from_ref(&draft)).await.unchanged, 1);
    let changed = with(draft.clone(), json!({ "headline": "canary two" }));
    assert_eq!(t.import_all(std::slice::from_ref(&changed)).await.drafts, 1);
    assert_eq!(t.texts("SELECT CAST(COUNT(*) AS TEXT) AS v FROM newsroom_revisions").await, ["2"]);

    // Its source publishes it: the addresses that it claimed as a draft lead to it.
    let published = with(changed.clone(), json!({ "status": "usable", "published": "2026-02-01" }));
    assert_eq!(t.import_all(&[published]).await.updated, 1);
    assert_eq!(t.texts("SELECT address AS v FROM article_addresses").await, ["/canary"]);
    t.assert_whole().await;

    // And thinks better of it.
    let report = t.import_all(&[changed]).await;
    assert_eq!((report.drafts, report.lines()), (1, 1));
    assert!(t.card("urn:t:1").await.is_none());
    t.assert_whole().await;
});

both!(a_draft_takes_no_slug_before_it_is_public, async |t| {
    let draft = |uri: &str| with(story(uri), json!({ "status": "draft", "slug": "wall", "headline": "Wall" }));
    assert_eq!(t.import_all(&[draft("urn:t:1"), draft("urn:t:2")]).await.drafts, 2);
    assert!(t.texts("SELECT slug AS v FROM newsroom_slugs").await.is_empty());
    for uri in ["urn:t:2", "urn:t:1"] {
        let id = t.id(uri).await;
        masthead::newsroom::publish::publish(&t.db, &Viewer::system(), id).await.unwrap();
    }
    assert_eq!(t.card("urn:t:2").await.unwrap().slug, "wall");
    assert_eq!(t.card("urn:t:1").await.unwrap().slug, "wall-2");
    t.assert_whole().await;
});

both!(a_draft_of_what_waits_stops_it, async |t| {
    let waiting = with(story("urn:t:1"), json!({ "published": "2026-03-01T13:00:00Z" }));
    assert_eq!(t.import_all(std::slice::from_ref(&waiting)).await.scheduled, 1);
    assert_eq!(t.import_all(&[with(waiting, json!({ "status": "draft" }))]).await.drafts, 1);
    t.clock.advance(2 * 3_600_000);
    let due = masthead::newsroom::publish::publish_due(&t.db, 10).await.unwrap();
    assert_eq!(due.published, 0);
    assert!(t.card("urn:t:1").await.is_none());
});

both!(an_embargo_is_kept, async |t| {
    let line = with(story("urn:t:1"), json!({ "embargoedUntil": "2026-03-01T13:00:00Z" }));
    assert_eq!(t.import_all(std::slice::from_ref(&line)).await.scheduled, 1);
    assert_eq!(t.import_all(&[line]).await.unchanged, 1);
    assert!(t.card("urn:t:1").await.is_none());
    t.clock.advance(3_600_000);
    assert_eq!(masthead::newsroom::publish::publish_due(&t.db, 10).await.unwrap().published, 1);
    assert!(t.card("urn:t:1").await.is_some());
});
