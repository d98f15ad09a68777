//! ninjs: documents of the standard's own test suite are told apart, and texts become stories.

use masthead::formats::feed;
use masthead::formats::item::{Content, Item};
use masthead::formats::ninjs::read;
use masthead::model::time::{Instant, Precision};
use masthead::model::viewer::Viewer;
use masthead::model::workflow::State;
use masthead::newsroom::move_slug::move_slug;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use super::assert_sums;
use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both, shared};

both!(documents_are_imported_whole, async |t| {
    let text = |n: usize, fields: Value| {
        let mut document = json!({ "uri": format!("urn:n:{n}"), "type": "text", "standard": { "name": "ninjs", "version": "3.0" },
            "versionCreated": "2026-02-01T10:00:00Z", "language": "en", "headlines": [{ "role": "main", "value": format!("Story {n}") }],
            "bodies": [{ "contentType": "text/html", "value": "<h2>Sub</h2><p>Text.</p><blockquote>Said.</blockquote><ul><li>a</li></ul><img src=\"https://x.example/a.jpg\" alt=\"A\">" }],
            "subjects": [{ "name": "politics", "uri": "http://cv.iptc.org/newscodes/mediatopic/11000000" }] });
        fields.as_object().unwrap().iter().for_each(|(key, value)| document[key] = value.clone());
        document
    };
    let documents = json!([
        text(1, json!({})),
        text(2, json!({ "pubStatus": "withheld" })),
        text(3, json!({ "pubStatus": "canceled" })),
        text(4, json!({ "embargoedUntil": "2026-03-02T00:00:00Z" })),
        text(5, json!({ "type": "picture" })),
        text(6, json!({ "pubStatus": "cancelled" })),
    ]);
    let items = || read(documents.to_string().as_bytes()).unwrap().items;
    let report = t.import_items(items()).await;
    assert_eq!((report.created, report.withheld, report.withdrawn, report.scheduled, report.lines()), (1, 1, 1, 1, 6));
    assert_eq!((report.passed.values().sum::<u64>(), report.failed.len()), (1, 1));
    assert!(report.failed[0].reason.contains("/pubStatus"), "{}", report.failed[0].reason);
    let blocks = t.blocks().await;
    let kinds: Vec<(&str, usize)> = blocks.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
    assert_eq!(kinds, [("blockquote", 1), ("h2", 1), ("image", 1), ("list", 1), ("normal", 1)]);
    let about = t.texts("SELECT about AS v FROM topics").await;
    assert!(about[0].contains("medtop") && about[0].contains("11000000"), "{about:?}");
    let again = t.import_items(items()).await;
    assert_eq!((again.unchanged, again.failed.len()), (4, 1));
    t.assert_whole().await;
});

/// A version of one story that says no more than when it was made, as ninjs and as an entry of Atom.
fn versions(at: &str, headline: &str) -> [Vec<Item>; 2] {
    let document = json!({ "standard": { "name": "ninjs", "version": "3.1" }, "uri": "urn:v:0", "type": "text", "language": "en",
        "versionCreated": at, "headlines": [{ "value": headline }], "bodies": [{ "contentType": "text/plain", "value": "Text." }] });
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"><id>urn:f</id><title>F</title><updated>{at}</updated><entry><id>urn:v:1</id>\
         <title>{headline}</title><updated>{at}</updated><content type=\"html\">Text.</content></entry></feed>"
    );
    [read(document.to_string().as_bytes()).unwrap().items, feed::read(atom.as_bytes()).unwrap().items]
}

both!(a_later_version_leaves_a_story_where_it_stands, async |t| {
    let [older, first, second] = ["2026-01-02T10:00:00Z", "2026-01-05T10:00:00Z", "2026-01-15T10:00:00Z"];
    let import = async |at: &str, headline: &str| {
        for (n, items) in versions(at, headline).into_iter().enumerate() {
            let report = t.import_items(items).await;
            assert_eq!((report.created + report.updated, report.lines()), (1, 1), "{n} {at}: {report:?}");
        }
    };
    let dates = async |published: &str, updated: &str| {
        for uri in ["urn:v:0", "urn:v:1"] {
            let card = t.card(uri).await.unwrap();
            let expected: [Instant; 2] = [published, updated].map(|at| at.parse().unwrap());
            assert_eq!([card.published_at, card.updated_at], expected, "{uri}");
        }
    };
    import(first, "One").await;
    dates(first, first).await;
    import(second, "Two").await;
    dates(first, second).await;
    for items in versions(second, "Two") {
        assert_eq!(t.import_items(items).await.unchanged, 1);
    }
    // What was taken back and comes again stands there, too.
    for uri in ["urn:v:0", "urn:v:1"] {
        withdraw::withdraw(&t.db, &Viewer::system(), t.id(uri).await, "It was wrong.").await.unwrap();
    }
    t.clock.advance(60_000);
    let now = t.now().to_string();
    import(&now, "Three").await;
    dates(first, &now).await;
    // One that is older than all that is known says better since when there is the story.
    import(older, "Zero").await;
    assert_eq!(t.card("urn:v:0").await.unwrap().published_at, older.parse::<Instant>().unwrap());
    t.assert_whole().await;
});

both!(what_is_written_here_is_known_again, async |t| {
    let fields = json!({
        "slug": "the-wall", "published": "2026-02-01", "authors": ["Reuters, Berlin", "Ada Marsh"],
        "infosources": [{ "name": "The Gazette", "url": "https://gazette.example/1" }],
        "canonical_url": "https://elsewhere.example/wall", "subjects": [{ "scheme": "medtop", "code": "20000065", "name": "Port" }],
    });
    // The name of the other is no URI, so that formats name it by its id.
    t.import_all(&[with(story("urn:t:1"), fields), story("17")]).await;
    let server = t.serve().await;
    let before = t.texts("SELECT uri || ' ' || slug AS v FROM newsroom_articles ORDER BY uri").await;
    for version in ["3.1", "2.2"] {
        for slug in ["the-wall", "story-17"] {
            let said = server.ask("GET", &format!("/v1/articles/{slug}.ninjs?version={version}"), None, None).await;
            masthead::formats::ninjs::check(&said.body).unwrap();
            let items = read(said.body.to_string().as_bytes()).unwrap().items;
            let report = t.import_items(items).await;
            assert_eq!((report.unchanged, report.lines()), (1, 1), "{slug} {version}: {report:?}");
        }
    }
    let after = t.texts("SELECT uri || ' ' || slug AS v FROM newsroom_articles ORDER BY uri").await;
    assert_eq!(after, before);
    let card = t.card("urn:t:1").await.unwrap();
    assert_eq!((card.version, card.published_precision, card.authors.len()), (1, Precision::Day, 2));
    // Elsewhere it stands at the same address, and moves when it moves here.
    let other = Home::new(t.engine(), "other").await.expect("the first database was there too");
    masthead::store::migrate::run(&other.options(), false).await.unwrap();
    let mirror = TestApp::over(other.options()).await;
    for slug in ["the-wall", "the-sea-wall"] {
        let said = server.ask("GET", &format!("/v1/articles/{slug}.ninjs"), None, None).await;
        let report = mirror.import_items(read(said.body.to_string().as_bytes()).unwrap().items).await;
        assert_eq!((report.created + report.updated, report.lines()), (1, 1), "{slug}: {report:?}");
        assert_eq!(mirror.card("urn:t:1").await.unwrap().slug, slug);
        move_slug(&t.db, &Viewer::system(), card.id, "the-sea-wall").await.unwrap();
    }
    mirror.assert_whole().await;
    drop(mirror);
    other.remove().await;
});

both!(what_was_killed_is_killed_where_it_is_mirrored, async |t| {
    let uris = ["urn:t:1", "urn:t:2", "urn:t:3"];
    t.import_all(&uris.map(|uri| with(story(uri), json!({ "slug": uri.replace(':', "-") })))).await;
    let server = t.serve().await;
    let other = Home::new(t.engine(), "other").await.expect("the first database was there too");
    masthead::store::migrate::run(&other.options(), false).await.unwrap();
    let mirror = TestApp::over(other.options()).await;
    let import = async |uri: &str, version: &str| {
        let path = format!("/v1/articles/{}.ninjs?version={version}", uri.replace(':', "-"));
        let said = server.ask("GET", &path, None, None).await;
        masthead::formats::ninjs::check(&said.body).unwrap();
        mirror.import_items(read(said.body.to_string().as_bytes()).unwrap().items).await
    };
    // One that it never had, and two that it has, one of them taken back already.
    assert_eq!((import(uris[0], "3.1").await.created, import(uris[1], "2.2").await.created), (1, 1));
    let one = t.id(uris[1]).await;
    withdraw::withdraw(&t.db, &Viewer::system(), one, "It was wrong.").await.unwrap();
    assert_eq!(import(uris[1], "2.2").await.withdrawn, 1);
    assert_eq!(mirror.entry(uris[1]).await.unwrap().state, State::Withdrawn);
    for (uri, version) in [(uris[0], "3.1"), (uris[1], "2.2"), (uris[2], "3.1")] {
        withdraw::kill(&t.db, &Viewer::system(), t.id(uri).await, "By order of a court.").await.unwrap();
        let report = import(uri, version).await;
        assert_eq!((report.withdrawn, report.lines()), (1, 1), "{uri}: {report:?}");
        let entry = mirror.entry(uri).await.unwrap();
        assert_eq!((entry.state, entry.reason.as_deref()), (State::Killed, Some("By order of a court.")), "{uri}");
        assert_eq!(import(uri, version).await.unchanged, 1, "{uri}");
    }
    assert_eq!(mirror.texts("SELECT uri AS v FROM tombstones WHERE killed ORDER BY uri").await, uris);
    mirror.assert_whole().await;
    drop(mirror);
    other.remove().await;
});

/// Whether the importer takes the file for ninjs, and if not, why.
fn is_ninjs(bytes: &[u8]) -> Result<(), String> {
    let found = read(bytes).map_err(|e| e.message().to_owned())?;
    for item in found.items {
        if let Content::Fault { reason, .. } = item.content {
            return Err(reason);
        }
    }
    Ok(())
}

#[test]
fn the_test_suite_of_the_standard_is_told_apart() {
    // Documents of 1.0 that later versions of 1 allow, and that do not say which they are of; and one of 3 that says nothing and
    // is a sound document of 2.
    let not_told = [
        "1.0/should_fail/014_type_component.json",
        "1.0/should_fail/016_infosource.json",
        "3.0/should_fail/006_bad_urgency.json",
    ];
    let (mut passed, mut failed) = (0, 0);
    for version in ["1.0", "2.0", "2.1", "2.2", "3.0", "3.1"] {
        for (kind, good) in [("should_pass", true), ("should_fail", false)] {
            for name in shared::names(&format!("data/iptc/ninjs/test_suite/{version}/{kind}")) {
                let path = format!("{version}/{kind}/{name}");
                let bytes = shared::file(&format!("data/iptc/ninjs/test_suite/{path}")).unwrap();
                let found = is_ninjs(&bytes);
                if not_told.contains(&path.as_str()) {
                    assert!(found.is_ok(), "{path} is told now: take it off the list");
                    continue;
                }
                assert_eq!(found.is_ok(), good, "{path}: {found:?}");
                assert!(found.as_ref().err().is_none_or(|says| says.len() > 20), "{path}: {found:?}");
                if good { passed += 1 } else { failed += 1 }
            }
        }
    }
    println!("{passed} documents pass, {failed} fail");
    assert!(passed == 0 || (passed, failed) == (109, 29), "{passed} {failed}");
}

both!(the_examples_of_the_standard_are_accounted_for, async |t| {
    // By their `type`, or by whether they have text: texts go in, events and media are passed over.
    // One file has fourteen events with names that no schema knows.
    let (mut texts, mut others, mut failed) = (0, 0, 0);
    for name in shared::names("data/iptc/ninjs/examples-3.0") {
        let bytes = shared::file(&format!("data/iptc/ninjs/examples-3.0/{name}")).unwrap();
        let report = t.import_items(read(&bytes).unwrap().items).await;
        let whole: Value = serde_json::from_slice(&bytes).unwrap();
        let documents = whole.as_array().cloned().unwrap_or_else(|| vec![whole]);
        let is_text = |document: &&Value| match document["type"].as_str() {
            Some(kind) => kind == "text",
            None => {
                document.get("eventDetails").is_none()
                    && document.get("renditions").is_none()
                    && document.get("bodies").is_some()
            }
        };
        let expected = documents.iter().filter(is_text).count() as u64;
        let wrong =
            documents.iter().filter(|one| one.pointer("/eventDetails/dates/estimatedStartDate").is_some()).count()
                as u64;
        let passed = documents.len() as u64 - expected - wrong;
        assert_sums(&report, &name, [expected, 0, 0, passed, wrong]);
        (texts, others, failed) = (texts + expected, others + passed, failed + wrong);
    }
    println!("{:?}: {texts} texts, {others} others, {failed} failed", t.engine());
    if texts > 0 {
        assert_eq!((texts, others, failed), (6, 12, 14));
    }
    t.assert_whole().await;
});
