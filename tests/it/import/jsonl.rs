//! Neutral lines: what a mirror gets of them, and how much one line may have.

use masthead::model::time::Instant;
use serde_json::{Value, json};

use crate::cli::masthead;
use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both};

fn export(home: &std::path::Path, database: &str) -> Vec<Vec<u8>> {
    let output = masthead(home, database, &["export", "jsonl"]).output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    lines.map(<[u8]>::to_vec).collect()
}

both!(a_mirror_learns_when_a_story_was_updated, async |t| {
    let uris = ["urn:t:1", "urn:t:2", "urn:t:3", "urn:t:4"];
    let corrected = json!({ "corrections": [{ "published": "2026-02-03T10:00:00Z", "text": "It was seven." }] });
    let stated = json!({ "updated": "2026-02-02T10:00:00Z" });
    let early = json!({ "updated": "2026-01-01T10:00:00Z" });
    let lines =
        [story(uris[0]), with(story(uris[1]), corrected), with(story(uris[2]), stated), with(story(uris[3]), early)];
    t.import_all(&lines).await;
    // A new version of which its source does not say when it was made.
    t.clock.advance(60_000);
    t.import_all(&[with(lines[0].clone(), json!({ "headline": "Another" }))]).await;
    let folder = tempfile::tempdir().unwrap();
    let first = export(folder.path(), &t.options.url);
    let told: Vec<Value> = first.iter().map(|line| serde_json::from_slice(line).unwrap()).collect();
    let now = t.now().to_string();
    let updates = [now.as_str(), "2026-02-03T10:00:00.000Z", "2026-02-02T10:00:00.000Z", "2026-01-01T10:00:00.000Z"];
    for (line, updated) in told.iter().zip(updates) {
        assert_eq!(line["updated"], updated, "{line}");
    }
    let other = Home::new(t.engine(), "other").await.expect("the first database was there too");
    masthead::store::migrate::run(&other.options(), false).await.unwrap();
    let mirror = TestApp::over(other.options()).await;
    mirror.clock.advance(3_600_000);
    assert_eq!(mirror.import_bytes(first.clone()).await.created, 4);
    for uri in uris {
        let dates = async |app: &TestApp| -> [Instant; 2] {
            let card = app.card(uri).await.unwrap();
            [card.published_at, card.updated_at]
        };
        assert_eq!(dates(&mirror).await, dates(t).await, "{uri}");
    }
    assert_eq!(export(folder.path(), &other.options().url), first);
    drop(mirror);
    other.remove().await;
});

both!(the_lists_of_an_article_have_their_bounds, async |t| {
    let named = |name: &str, n: usize| -> Vec<String> { (0..n).map(|n| format!("{name} {n}")).collect() };
    let sources =
        |n: usize| -> Vec<Value> { named("Source", n).into_iter().map(|name| json!({ "name": name })).collect() };
    let corrections = |n: usize| -> Vec<Value> {
        named("Note", n).into_iter().map(|text| json!({ "published": "2026-02-02", "text": text })).collect()
    };
    let most = json!({ "authors": named("Author", 150), "disclaimers": named("Disclaimer", 100), "infosources": sources(1_000) });
    t.import_all(&[with(story("urn:t:1"), most)]).await;
    let bad = [
        (json!({ "disclaimers": named("Disclaimer", 101) }), "disclaimers"),
        (json!({ "infosources": sources(1_001) }), "infoSources"),
        (json!({ "corrections": corrections(1_001) }), "corrections"),
        (json!({ "authors": named("Author", 201) }), "authors"),
        (json!({ "authors": named("Author", 40_000) }), "authors"),
        (json!({ "subjects": named("Subject", 20_000), "people": named("Person", 20_000) }), "topics"),
        (json!({ "related": named("urn:x:", 40_000) }), "related"),
        (json!({ "section": "a/".repeat(500_000) }), "section"),
    ];
    let lines: Vec<Value> = bad.iter().map(|(fields, _)| with(story("urn:t:2"), fields.clone())).collect();
    let begun = std::time::Instant::now();
    let report = t.import(&lines).await;
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
    assert_eq!((report.failed.len(), report.lines()), (bad.len(), bad.len() as u64), "{:?}", report.dropped);
    for (failure, (_, field)) in report.failed.iter().zip(&bad) {
        assert!(failure.reason.starts_with(field), "{field}: {}", failure.reason);
    }
    // What is taken back is, whatever it names.
    let gone = json!({ "status": "canceled", "statusReason": "Wrong.", "authors": named("Author", 2_000) });
    assert_eq!(t.import_all(&[with(story("urn:t:1"), gone)]).await.withdrawn, 1);
    t.assert_whole().await;
});

both!(a_topic_keeps_some_codes_of_many, async |t| {
    let codes: Vec<Value> = (0..20_000).map(|n| json!({ "scheme": "s", "code": n.to_string() })).collect();
    let subject = json!({ "name": "Port", "sameAs": codes });
    let begun = std::time::Instant::now();
    let report = t.import_all(&[with(story("urn:t:1"), json!({ "subjects": [subject] }))]).await;
    assert!(begun.elapsed().as_secs() < 20, "{:?}", begun.elapsed());
    assert_eq!((report.created, report.dropped["code of a topic beyond 50"]), (1, 19_950));
    let about: Value = serde_json::from_str(&t.texts("SELECT about AS v FROM topics").await[0]).unwrap();
    assert_eq!(about["external_ids"].as_array().map(Vec::len), Some(50));
});
