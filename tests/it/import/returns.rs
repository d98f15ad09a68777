//! What was taken back stays so, whatever older versions of it come in; its source may put it out again.

use masthead::formats::ninjs::read;
use masthead::model::viewer::Viewer;
use masthead::model::workflow::State;
use masthead::newsroom::import::Report;
use masthead::newsroom::{publish, withdraw};
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both};

/// A version of one story, made at this hour of the 2nd of February.
fn made(hour: &str, fields: Value) -> Value {
    let document = json!({
        "standard": { "name": "ninjs", "version": "3.1" }, "uri": "urn:n:1", "type": "text", "language": "en",
        "firstCreated": "2026-02-02T07:00:00Z", "versionCreated": format!("2026-02-02T{hour}:00Z"),
        "headlines": [{ "value": format!("Made at {hour}") }], "bodies": [{ "contentType": "text/plain", "value": "Text." }],
    });
    with(document, fields)
}

fn canceled(hour: &str) -> Value {
    made(hour, json!({ "pubStatus": "canceled", "headlines": null, "bodies": null, "firstCreated": null }))
}

impl TestApp {
    async fn import_ninjs(&self, documents: &[Value]) -> Report {
        let report = self.import_items(read(json!(documents).to_string().as_bytes()).unwrap().items).await;
        assert!(report.failed.is_empty(), "{:?}", report.failed.iter().map(|f| &f.reason).collect::<Vec<_>>());
        report
    }

    /// The headline of the story, if it is public.
    async fn shown(&self) -> Option<String> {
        self.card("urn:n:1").await.map(|card| card.headline.clone())
    }
}

/// Holds that nothing came of this many lines, and that the report says what to do.
fn assert_kept(report: &Report, lines: u64) {
    assert_eq!((report.unchanged, report.lines()), (lines, lines), "{report:?}");
    let told = report.dropped.iter().filter(|(what, _)| what.contains("publish it in the newsroom"));
    assert_eq!(told.map(|(_, n)| n).sum::<u64>(), lines, "{report:?}");
}

both!(an_older_version_brings_nothing_back, async |t| {
    let (first, second) = (made("08:00", json!({})), made("09:00", json!({})));
    t.import_ninjs(&[first.clone(), second.clone()]).await;
    let id = t.id("urn:n:1").await;
    withdraw::withdraw(&t.db, &Viewer::system(), id, "It was wrong.").await.unwrap();
    assert_kept(&t.import_ninjs(std::slice::from_ref(&first)).await, 1);
    // What was imported last is known again.
    assert_eq!(t.import_ninjs(&[second]).await.unchanged, 1);
    // Whatever it is a version of: the text, that it waits, that it is held back.
    for fields in [
        json!({ "embargoedUntil": "2026-03-02T00:00:00Z" }),
        json!({ "pubStatus": "withheld" }),
        json!({ "title": "Another" }),
    ] {
        assert_kept(&t.import_ninjs(&[made("10:00", fields)]).await, 1);
    }
    // As neutral lines the same.
    for fields in [
        json!({ "updated": "2026-02-03T10:00:00Z" }),
        json!({ "updated": "2026-02-28" }),
        json!({ "versionCreated": "2026-02-28" }),
        json!({ "status": "draft", "updated": "2026-02-28" }),
    ] {
        assert_kept(&t.import_all(&[with(story("urn:n:1"), fields)]).await, 1);
    }
    let entry = t.entry("urn:n:1").await.unwrap();
    assert_eq!(
        (t.shown().await, entry.state, entry.reason.as_deref()),
        (None, State::Withdrawn, Some("It was wrong."))
    );
    // A newer one is another word of its source.
    t.clock.advance(60_000);
    let newer = made("11:00", json!({ "versionCreated": t.now() }));
    assert_eq!(t.import_ninjs(&[newer]).await.updated, 1);
    assert_eq!(t.shown().await.as_deref(), Some("Made at 11:00"));
    t.assert_whole().await;
});

both!(a_day_alone_or_no_date_is_no_older_version, async |t| {
    for (n, fields) in [json!({ "updated": "2026-03-01" }), json!({})].into_iter().enumerate() {
        let uri = format!("urn:t:{n}");
        t.import_all(&[with(story(&uri), json!({ "headline": "Before" }))]).await;
        withdraw::withdraw(&t.db, &Viewer::system(), t.id(&uri).await, "It was wrong.").await.unwrap();
        assert_eq!(t.import_all(&[with(story(&uri), fields)]).await.updated, 1, "{uri}");
    }
});

both!(a_source_is_measured_by_its_own_dates, async |t| {
    // An archive: put out, taken back and put out again before any of it was known here.
    let archive = [made("08:00", json!({})), canceled("09:00"), made("10:00", json!({}))];
    let report = t.import_ninjs(&archive).await;
    assert_eq!((report.created, report.withdrawn, report.updated), (1, 1, 1), "{report:?}");
    assert_eq!(t.shown().await.as_deref(), Some("Made at 10:00"));
    t.import_ninjs(&archive).await;
    assert_eq!(t.shown().await.as_deref(), Some("Made at 10:00"));
    // Taken back once more: of the archive nothing is news.
    t.clock.advance(60_000);
    assert_eq!(t.import_ninjs(&[canceled("11:00")]).await.withdrawn, 1);
    assert_eq!(t.import_ninjs(&archive).await.unchanged, 3);
    assert_eq!(t.import_ninjs(&archive).await.unchanged, 3);
    assert_eq!(t.shown().await, None);
    // Held back in between, and put out again.
    assert_eq!(t.import_ninjs(&[made("12:00", json!({ "pubStatus": "withheld" }))]).await.withheld, 1);
    assert_kept(&t.import_ninjs(&[made("11:30", json!({}))]).await, 1);
    assert_eq!(t.import_ninjs(&[made("13:00", json!({}))]).await.updated, 1);
    assert_eq!(t.shown().await.as_deref(), Some("Made at 13:00"));
    // What somebody here takes back is measured by when that was.
    t.clock.advance(60_000);
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:n:1").await, "It was wrong.").await.unwrap();
    assert_kept(&t.import_ninjs(&[made("14:00", json!({}))]).await, 1);
    t.assert_whole().await;
});

both!(a_file_that_has_a_story_several_times_changes_nothing_the_second_time, async |t| {
    let line = |uri: &str, fields: Value| with(story(uri), fields);
    let other = story("urn:t:9");
    for (n, (first, second)) in [
        (json!({ "status": "draft" }), json!({})),
        (json!({ "headline": "One" }), json!({ "headline": "Two" })),
        (json!({ "status": "canceled", "statusReason": "It was wrong." }), json!({ "headline": "Three" })),
        (json!({}), json!({ "status": "canceled", "statusReason": "It was wrong." })),
        (json!({ "headline": "One" }), json!({ "headline": "Two", "embargoedUntil": "2030-01-01T00:00:00Z" })),
    ]
    .into_iter()
    .enumerate()
    {
        let uri = format!("urn:t:{n}");
        let file = [line(&uri, first), other.clone(), line(&uri, second)];
        t.import_all(&file).await;
        let (before, card) = (t.entry(&uri).await.unwrap(), t.card(&uri).await);
        t.clock.advance(60_000);
        let again = t.import_all(&file).await;
        assert_eq!((again.unchanged, again.lines()), (3, 3), "{n}: {again:?}");
        let (after, same) = (t.entry(&uri).await.unwrap(), t.card(&uri).await);
        assert_eq!(
            (after.state, after.version, after.revision),
            (before.state, before.version, before.revision),
            "{n}"
        );
        assert_eq!(same.map(|card| card.updated_at), card.map(|card| card.updated_at), "{n}");
        if n == 4 {
            // The text under embargo gives way to what is public already.
            continue;
        }
        // One of its lines alone is another word of its source.
        let alone = t.import_all(&file[..1]).await;
        assert_eq!((alone.unchanged, alone.lines()), (0, 1), "{n}: {alone:?}");
    }
    t.assert_whole().await;
});

both!(a_source_that_lets_go_of_what_it_held_back_need_not_date_it_anew, async |t| {
    let line = with(story("urn:t:1"), json!({ "updated": "2026-02-05T10:00:00Z" }));
    for (status, field) in [("withheld", "withheld"), ("canceled", "withdrawn")] {
        t.import_all(std::slice::from_ref(&line)).await;
        assert!(t.card("urn:t:1").await.is_some(), "{status}");
        let report = t.import_all(&[with(line.clone(), json!({ "status": status }))]).await;
        assert_eq!(report.withheld + report.withdrawn, 1, "{field}");
        assert!(t.card("urn:t:1").await.is_none(), "{status}");
        t.clock.advance(60_000);
    }
    assert_eq!(t.import_all(&[line]).await.updated, 1);
});

both!(what_a_source_does_not_date_counts_in_the_order_in_which_it_comes, async |t| {
    let line = with(story("urn:t:1"), json!({ "updated": "2026-02-02T10:00:00Z" }));
    t.import_all(std::slice::from_ref(&line)).await;
    t.import_all(&[json!({ "uri": "urn:t:1", "status": "canceled", "statusReason": "It was wrong." })]).await;
    assert!(t.card("urn:t:1").await.is_none());
    t.clock.advance(60_000);
    assert_eq!(t.import_all(std::slice::from_ref(&line)).await.updated, 1);
    assert!(t.card("urn:t:1").await.is_some());
    // What the newsroom takes back afterwards, it does not bring back.
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:1").await, "Once more.").await.unwrap();
    assert_kept(&t.import_all(&[with(line, json!({ "headline": "Another" }))]).await, 1);
});

both!(what_returns_is_newer_than_that_it_went, async |t| {
    let line = with(story("urn:n:1"), json!({ "slug": "wall", "updated": "2026-02-05T10:00:00Z" }));
    t.import_all(&[line]).await;
    let server = t.serve().await;
    let other = Home::new(t.engine(), "other").await.expect("the first database was there too");
    masthead::store::migrate::run(&other.options(), false).await.unwrap();
    let mirror = TestApp::over(other.options()).await;
    let told = async || server.ask("GET", "/v1/articles/wall.ninjs", None, None).await.body;
    let before = told().await;
    assert_eq!(mirror.import_ninjs(std::slice::from_ref(&before)).await.created, 1);
    let id = t.id("urn:n:1").await;
    withdraw::withdraw(&t.db, &Viewer::system(), id, "It was wrong.").await.unwrap();
    assert_eq!(mirror.import_ninjs(&[told().await]).await.withdrawn, 1);
    assert_kept(&mirror.import_ninjs(&[before]).await, 1);
    t.clock.advance(60_000);
    publish::publish(&t.db, &Viewer::system(), id).await.unwrap();
    let card = t.card("urn:n:1").await.unwrap();
    assert_eq!((card.updated_at, card.stated_update), (t.now(), None));
    // The mirror learns of it long after.
    mirror.clock.advance(3_600_000);
    assert_eq!(mirror.import_ninjs(&[told().await]).await.updated, 1);
    assert!(mirror.shown().await.is_some());
    mirror.assert_whole().await;
    drop(mirror);
    other.remove().await;
});
