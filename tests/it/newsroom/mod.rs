//! The use cases that write: what each does to the catalogue, who may, what stays for good, and that what is not
//! public is nowhere in the catalogue.

mod crash;
mod desk;
mod drafts;
mod histories;
mod named;
mod once_only;
mod public;
pub mod taxonomy;

use masthead::catalogue::article::{self, Found};
use masthead::error::Code;
use masthead::model::change::Deed;
use masthead::model::id::ArticleId;
use masthead::model::time::Instant;
use masthead::model::viewer::{Role, Viewer};
use masthead::model::workflow::State;
use masthead::newsroom::access::Expected;
use masthead::newsroom::review::{self, Review};
use masthead::newsroom::{correct, move_slug, publish, withdraw};
use masthead::store::{changes, newsroom};
pub use public::mark;
use serde_json::json;

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

fn system() -> Viewer {
    Viewer::system()
}

impl TestApp {
    /// What stands at a slug.
    pub async fn at(&self, slug: &str) -> Option<Found> {
        article::by_slug(&self.reader(), slug).await.unwrap()
    }

    /// What happened, in order: subject's noun and number, and the deed.
    pub async fn log(&self) -> Vec<(&'static str, i64, Deed)> {
        let mut conn = self.db.read().await.unwrap();
        let all = changes::after(&mut conn, 0, 100_000).await.unwrap();
        all.into_iter().map(|c| (c.subject.noun(), c.subject.number(), c.deed)).collect()
    }

    /// What happened to articles, in order.
    async fn deeds(&self) -> Vec<Deed> {
        self.log().await.into_iter().filter(|(noun, ..)| *noun == "article").map(|(.., deed)| deed).collect()
    }
}

/// Publishes what is due: how many articles, and when the next is.
async fn due(t: &TestApp) -> (usize, Option<Instant>) {
    let due = publish::publish_due(&t.db, 10).await.unwrap();
    assert!(due.failed.is_empty(), "{:?}", due.failed);
    (due.published, due.next)
}

/// One published article under the slug `first`.
async fn published(t: &TestApp) -> ArticleId {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first" }))]).await;
    t.id("urn:t:1").await
}

both!(who_may_not_changes_nothing, async |t| {
    let id = published(t).await;
    let (log, entry) = (t.log().await, t.entry("urn:t:1").await);
    for role in Role::ALL {
        let viewer = Viewer::with_role(role);
        let code = match role {
            Role::Anonymous => Code::Unauthenticated,
            Role::Reader | Role::Contributor => Code::Forbidden,
            Role::Editor | Role::Admin | Role::System => continue,
        };
        let codes = [
            publish::publish(&t.db, &viewer, id).await.unwrap_err().code(),
            withdraw::withdraw(&t.db, &viewer, id, "A reason.").await.unwrap_err().code(),
            withdraw::kill(&t.db, &viewer, id, "A reason.").await.unwrap_err().code(),
            correct::correct(&t.db, &viewer, id, None, "A note.").await.unwrap_err().code(),
            move_slug::move_slug(&t.db, &viewer, id, "second").await.unwrap_err().code(),
        ];
        assert_eq!(codes, [code; 5], "{role:?}");
    }
    let import = masthead::newsroom::import::Importer::new(&t.db, &Viewer::with_role(Role::Editor), "en", false);
    assert_eq!(import.err().unwrap().code(), Code::Forbidden);
    assert_eq!((t.log().await, t.entry("urn:t:1").await), (log, entry));
});

both!(what_is_not_there_cannot_be_changed, async |t| {
    let id = ArticleId(12_345);
    let codes = [
        publish::publish(&t.db, &system(), id).await.unwrap_err().code(),
        withdraw::withdraw(&t.db, &system(), id, "A reason.").await.unwrap_err().code(),
        withdraw::kill(&t.db, &system(), id, "A reason.").await.unwrap_err().code(),
        correct::correct(&t.db, &system(), id, None, "A note.").await.unwrap_err().code(),
        move_slug::move_slug(&t.db, &system(), id, "second").await.unwrap_err().code(),
    ];
    assert_eq!(codes, [Code::NotFound; 5]);
    assert!(t.log().await.is_empty());
});

both!(withdrawn_leaves_a_tombstone_and_can_return, async |t| {
    let id = published(t).await;
    let before = t.card("urn:t:1").await.unwrap();
    t.clock.advance(60_000);
    withdraw::withdraw(&t.db, &system(), id, "  The source was wrong.  ").await.unwrap();
    assert!(t.card("urn:t:1").await.is_none());
    let Some(Found::Gone(stone)) = t.at("first").await else { panic!("no tombstone") };
    assert_eq!((stone.article, stone.killed, stone.reason.as_str()), (id, false, "The source was wrong."));
    assert_eq!((stone.uri.as_str(), stone.slug.as_str(), stone.at), ("urn:t:1", "first", t.now()));
    // Twice is a conflict, and says so.
    let again = withdraw::withdraw(&t.db, &system(), id, "Again.").await.unwrap_err();
    assert_eq!((again.code(), again.message()), (Code::Conflict, "An article that is withdrawn cannot be withdrawn."));

    assert_eq!(publish::publish(&t.db, &system(), id).await.unwrap().value, State::Published);
    let Some(Found::Here(card)) = t.at("first").await else { panic!("it did not return") };
    assert_eq!((card.id, card.version), (id, before.version + 1));
    assert_eq!(t.texts("SELECT uri AS v FROM tombstones").await, Vec::<String>::new());
    assert_eq!(t.deeds().await, [Deed::Published, Deed::Withdrawn, Deed::Published]);
});

both!(reasons_and_notes_must_be_fit_to_print, async |t| {
    let id = published(t).await;
    for text in ["", "  \n ", "a\u{0}b", &"x".repeat(2_001)] {
        let at = format!("{:?}", &text[..text.len().min(10)]);
        let errors = [
            withdraw::withdraw(&t.db, &system(), id, text).await.unwrap_err(),
            withdraw::kill(&t.db, &system(), id, text).await.unwrap_err(),
            correct::correct(&t.db, &system(), id, None, text).await.unwrap_err(),
        ];
        for (error, field) in errors.iter().zip(["reason", "reason", "note"]) {
            assert!(matches!(error.code(), Code::InvalidInput | Code::InvalidParameter), "{at}: {error:?}");
            assert_eq!(error.parameter(), Some(field), "{at}: {error:?}");
        }
    }
    assert_eq!(t.deeds().await, [Deed::Published]);
});

both!(killed_is_for_good_and_erases_what_was_written, async |t| {
    let line = with(story("urn:t:1"), json!({ "slug": "first", "body_text": "A libel." }));
    t.import_all(std::slice::from_ref(&line)).await;
    let id = t.id("urn:t:1").await;
    correct::correct(&t.db, &system(), id, None, "A name was wrong.").await.unwrap();
    withdraw::kill(&t.db, &system(), id, "Removed by order of a court.").await.unwrap();
    let Some(Found::Gone(stone)) = t.at("first").await else { panic!("no tombstone") };
    assert!(stone.killed);
    let mut kept = 0;
    for table in t.tables().await {
        for (column, _) in t.columns(&table).await {
            let rows = t.texts(&format!("SELECT CAST({column} AS TEXT) AS v FROM {table}")).await;
            let found = rows.iter().filter(|text| text.contains("libel")).count();
            if table == "killed_revisions" {
                // The audit store, which nothing but the operator's command line reads.
                kept += found;
            } else {
                assert_eq!(found, 0, "{table}.{column} still has the text");
            }
        }
    }
    assert_eq!(kept, 2, "the audit store has both revisions");
    let codes = [
        publish::publish(&t.db, &system(), id).await.unwrap_err().code(),
        withdraw::withdraw(&t.db, &system(), id, "A reason.").await.unwrap_err().code(),
        withdraw::kill(&t.db, &system(), id, "A reason.").await.unwrap_err().code(),
        correct::correct(&t.db, &system(), id, None, "A note.").await.unwrap_err().code(),
        move_slug::move_slug(&t.db, &system(), id, "second").await.unwrap_err().code(),
    ];
    assert_eq!(codes, [Code::Conflict; 5]);
    let report = t.import(&[with(line, json!({ "headline": "Once more" }))]).await;
    assert_eq!((report.failed.len(), report.lines()), (1, 1));
    assert!(report.failed[0].reason.contains("killed"), "{}", report.failed[0].reason);
    assert!(t.card("urn:t:1").await.is_none());
    assert_eq!(t.deeds().await, [Deed::Published, Deed::Corrected, Deed::Killed]);
});

both!(a_correction_is_a_new_version_with_a_public_note, async |t| {
    let id = published(t).await;
    let first = t.card("urn:t:1").await.unwrap();
    t.clock.advance(3_600_000);
    let mut conn = t.db.read().await.unwrap();
    let revision = t.entry("urn:t:1").await.unwrap().revision.unwrap();
    let (_, mut document) = newsroom::revision(&mut conn, revision).await.unwrap().unwrap();
    drop(conn);
    document.headline = "The right headline".to_owned();
    let written =
        correct::correct(&t.db, &system(), id, Some(document.clone()), "The headline was wrong.").await.unwrap();
    assert_eq!(written.value, 2);
    let card = t.card("urn:t:1").await.unwrap();
    assert_eq!((card.headline.as_str(), card.version), ("The right headline", 2));
    assert_eq!((card.published_at, card.updated_at), (first.published_at, t.now()));
    assert_eq!((card.corrections.len(), card.corrections[0].published_at), (1, t.now()));

    // A text that knows nothing of the earlier note cannot lose it, nor can an import.
    document.corrections.clear();
    correct::correct(&t.db, &system(), id, Some(document), "And a date was wrong.").await.unwrap();
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first", "headline": "From the source again" }))]).await;
    let card = t.card("urn:t:1").await.unwrap();
    let notes: Vec<&str> = card.corrections.iter().map(|c| c.text.as_str()).collect();
    assert_eq!(notes, ["The headline was wrong.", "And a date was wrong."]);
    assert_eq!((card.headline.as_str(), card.version), ("From the source again", 4));
    assert_eq!(t.deeds().await, [Deed::Published, Deed::Corrected, Deed::Corrected, Deed::Updated]);
});

both!(every_old_address_leads_to_the_last_one, async |t| {
    let id = published(t).await;
    for to in ["second", "third", "first", "fourth"] {
        move_slug::move_slug(&t.db, &system(), id, to).await.unwrap();
    }
    for old in ["first", "second", "third"] {
        let Some(Found::Moved(card)) = t.at(old).await else { panic!("{old} leads nowhere") };
        assert_eq!(card.slug, "fourth");
    }
    assert!(matches!(t.at("fourth").await, Some(Found::Here(_))));
    assert!(t.at("fifth").await.is_none());
    assert_eq!(t.deeds().await, [Deed::Published, Deed::Moved, Deed::Moved, Deed::Moved, Deed::Moved]);
    // To where it is already is no move.
    move_slug::move_slug(&t.db, &system(), id, "fourth").await.unwrap();
    assert_eq!(t.deeds().await.len(), 5);
    for unfit in ["Fourth", "a b", "", "-a", "a--b", "a/b"] {
        let error = move_slug::move_slug(&t.db, &system(), id, unfit).await.unwrap_err();
        assert_eq!(error.parameter(), Some("slug"), "{unfit:?}");
    }
});

both!(a_slug_is_never_given_to_another_article, async |t| {
    let first = published(t).await;
    move_slug::move_slug(&t.db, &system(), first, "elsewhere").await.unwrap();
    // Neither the left one, nor that of a withdrawn or a killed article.
    for end in 0..3 {
        match end {
            1 => drop(withdraw::withdraw(&t.db, &system(), first, "A reason.").await.unwrap()),
            2 => drop(withdraw::kill(&t.db, &system(), first, "A reason.").await.unwrap()),
            _ => {}
        }
        let uri = format!("urn:t:other:{end}");
        t.import_all(&[with(story(&uri), json!({ "slug": "first" }))]).await;
        let card = t.card(&uri).await.unwrap();
        assert_eq!(card.slug, format!("first-{}", end + 2));
        for taken in ["first", "elsewhere"] {
            let error = move_slug::move_slug(&t.db, &system(), card.id, taken).await.unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::Conflict, Some("slug")), "{taken} after {end}");
        }
    }
    assert!(matches!(t.at("first").await, Some(Found::Gone(_))));
});

both!(what_is_dated_later_waits_for_its_instant, async |t| {
    let at = t.now().plus_millis(60_000);
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "later", "published": at, "previousSlugs": ["old"] }))])
        .await;
    let id = t.id("urn:t:1").await;
    assert_eq!(t.entry("urn:t:1").await.unwrap().state, State::Scheduled);
    assert_eq!(publish::publish(&t.db, &system(), id).await.unwrap().value, State::Scheduled);
    assert_eq!(due(t).await, (0, Some(at)));
    assert!(t.at("later").await.is_none() && t.at("old").await.is_none() && t.log().await.is_empty());
    t.clock.advance(60_000);
    assert_eq!(due(t).await, (1, None));
    assert!(matches!(t.at("later").await, Some(Found::Here(_))));
    // The names that the source had for it lead to it as they would have at once.
    assert!(matches!(t.at("old").await, Some(Found::Moved(_))));
    assert_eq!(due(t).await, (0, None));
});

both!(what_the_source_canceled_can_be_told_here_afterwards, async |t| {
    // Canceled before it was ever here: the address says so. Then the source changes its mind.
    let line = with(story("urn:t:1"), json!({ "slug": "first", "status": "canceled", "statusReason": "Not yet." }));
    t.import_all(&[line]).await;
    assert!(matches!(t.at("first").await, Some(Found::Gone(_))));
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first" }))]).await;
    assert!(matches!(t.at("first").await, Some(Found::Here(_))));
    assert_eq!(
        t.texts("SELECT uri AS v FROM tombstones").await,
        Vec::<String>::new(),
        "it is here, so it has no grave"
    );
});

both!(a_grave_tells_the_last_that_happened, async |t| {
    let id = published(t).await;
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "first", "status": "withheld" }))]).await;
    assert!(matches!(t.at("first").await, Some(Found::Gone(stone)) if !stone.killed));
    withdraw::kill(&t.db, &system(), id, "Removed by order of a court.").await.unwrap();
    let Some(Found::Gone(stone)) = t.at("first").await else { panic!("no tombstone") };
    assert_eq!((stone.killed, stone.reason.as_str()), (true, "Removed by order of a court."));
    assert_eq!(t.deeds().await, [Deed::Published, Deed::Withdrawn, Deed::Killed]);
});

both!(what_was_never_public_has_no_grave, async |t| {
    for (n, end) in ["withdraw", "kill", "withdraw and kill", "cancel twice"].into_iter().enumerate() {
        let (uri, slug) = (format!("urn:t:{n}"), format!("secret-{n}"));
        let line = with(story(&uri), json!({ "slug": slug, "status": "withheld" }));
        t.import_all(std::slice::from_ref(&line)).await;
        let id = t.id(&uri).await;
        match end {
            "withdraw" => drop(withdraw::withdraw(&t.db, &system(), id, "A reason.").await.unwrap()),
            "kill" => drop(withdraw::kill(&t.db, &system(), id, "A reason.").await.unwrap()),
            "withdraw and kill" => {
                withdraw::withdraw(&t.db, &system(), id, "A reason.").await.unwrap();
                withdraw::kill(&t.db, &system(), id, "Another reason.").await.unwrap();
            }
            _ => {
                for reason in ["One.", "Two."] {
                    t.import_all(&[with(line.clone(), json!({ "status": "canceled", "statusReason": reason }))]).await;
                }
            }
        }
        assert!(t.at(&slug).await.is_none(), "{end}: the address tells that it existed");
        assert_eq!(t.texts("SELECT slug AS v FROM tombstones").await, Vec::<String>::new(), "{end}");
        assert!(t.log().await.is_empty(), "{end}: {:?}", t.log().await);
    }
});

both!(a_correction_after_a_revision_that_never_was_public, async |t| {
    // Two revisions and one version: the third revision is not the second.
    for headline in ["Held back", "Held back again"] {
        t.import_all(&[with(story("urn:t:1"), json!({ "headline": headline, "status": "withheld" }))]).await;
    }
    let id = t.id("urn:t:1").await;
    publish::publish(&t.db, &system(), id).await.unwrap();
    assert_eq!(correct::correct(&t.db, &system(), id, None, "A name was wrong.").await.unwrap().value, 2);
});

both!(a_section_goes_with_the_last_of_its_branch, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "section": "world/europe/alps" }))]).await;
    t.import_all(&[with(story("urn:t:2"), json!({ "section": "world/asia" }))]).await;
    let sections = async || t.texts("SELECT slug AS v FROM sections ORDER BY slug").await;
    assert_eq!(sections().await, ["alps", "asia", "europe", "world"]);
    withdraw::withdraw(&t.db, &system(), t.id("urn:t:1").await, "A reason.").await.unwrap();
    assert_eq!(sections().await, ["asia", "world"]);
    withdraw::withdraw(&t.db, &system(), t.id("urn:t:2").await, "A reason.").await.unwrap();
    assert!(sections().await.is_empty());
    t.assert_whole().await;
});

both!(what_was_scheduled_and_is_held_back_does_not_go_out_by_the_clock, async |t| {
    let at = t.now().plus_millis(60_000);
    let line = with(story("urn:t:1"), json!({ "slug": "later", "published": at }));
    t.import_all(std::slice::from_ref(&line)).await;
    t.import_all(&[with(line, json!({ "status": "withheld" }))]).await;
    t.clock.advance(120_000);
    assert_eq!(due(t).await, (0, None));
    assert_eq!(t.entry("urn:t:1").await.unwrap().state, State::Withheld);
    assert!(t.at("later").await.is_none());
});

both!(what_waits_for_its_instant_no_longer_is_not_put_off, async |t| {
    let at = t.now().plus_millis(1_000);
    t.import_all(&[with(story("urn:t:1"), json!({ "published": at }))]).await;
    let read = t.entry("urn:t:1").await.unwrap();
    t.clock.advance(1_000);
    let (later, desk) = (t.now().plus_millis(60_000), Viewer::system());
    let put_off = async || {
        let read = read.clone();
        let written = t.db.write(move |tx| {
            let read = read.clone();
            Box::pin(async move { newsroom::put_off(tx, &read, later).await })
        });
        written.await.unwrap();
        t.entry("urn:t:1").await.unwrap()
    };
    // An editor has thought better of it, while the timer had let go of it.
    review::review(&t.db, &desk, read.id, Expected::Any, Review::Unschedule, None).await.unwrap();
    let now = put_off().await;
    assert_eq!((now.state, now.due_at), (State::Approved, None));
    // Or it waits for another instant.
    let other = t.now().plus_millis(5_000);
    review::schedule(&t.db, &desk, read.id, Expected::Any, other).await.unwrap();
    assert_eq!(put_off().await.due_at, Some(other));
    // What stands in the store from before is not due for good.
    review::review(&t.db, &desk, read.id, Expected::Any, Review::Unschedule, None).await.unwrap();
    t.execute("UPDATE newsroom_articles SET due_at = 1").await;
    assert_eq!(due(t).await, (0, None));
});

both!(what_was_put_off_is_dated_with_the_instant_that_it_was_scheduled_for, async |t| {
    let (at, desk) = (t.now().plus_millis(1_000), Viewer::system());
    let draft = |uri: &str, fields| with(with(story(uri), json!({ "published": null, "status": "draft" })), fields);
    t.import_all(&[draft("urn:t:1", json!({})), draft("urn:t:2", json!({ "embargoedUntil": at }))]).await;
    review::schedule(&t.db, &desk, t.id("urn:t:1").await, Expected::Any, at).await.unwrap();
    // Published, it waits for the end of its embargo.
    publish::publish(&t.db, &desk, t.id("urn:t:2").await).await.unwrap();
    t.execute("UPDATE newsroom_revisions SET document = '{' || document").await;
    t.clock.advance(2_000);
    assert_eq!(publish::publish_due(&t.db, 10).await.unwrap().failed.len(), 2);
    t.execute("UPDATE newsroom_revisions SET document = SUBSTR(document, 2)").await;
    t.clock.advance(60_000);
    assert_eq!(due(t).await, (2, None));
    for uri in ["urn:t:1", "urn:t:2"] {
        assert_eq!(t.card(uri).await.unwrap().published_at, at, "{uri}");
    }
});

both!(what_is_dated_ahead_once_it_is_scheduled_stays_where_it_stood, async |t| {
    let id = published(t).await;
    let dated = t.card("urn:t:1").await.unwrap().published_at;
    let (at, desk, site) = (t.now().plus_millis(1_000), system(), t.settings().site);
    let save = async |fields: serde_json::Value| {
        let changes = serde_json::from_value(fields).unwrap();
        masthead::newsroom::write::save(&t.db, &desk, &site, id, Expected::Any, changes).await.unwrap();
    };
    save(json!({ "headline": "Two" })).await;
    review::schedule(&t.db, &desk, id, Expected::Any, at).await.unwrap();
    let ahead = at.plus_millis(86_400_000);
    save(json!({ "publishedAt": ahead })).await;
    assert_eq!(t.entry("urn:t:1").await.unwrap().state, State::Scheduled);
    t.clock.advance(1_000);
    assert_eq!(due(t).await, (1, None));
    let card = t.card("urn:t:1").await.unwrap();
    assert_eq!((card.headline.as_str(), card.published_at), ("Two", dated));
    // What is written down of it is what is public, so that the date is refused where somebody says it again.
    let entry = t.entry("urn:t:1").await.unwrap();
    assert_eq!(entry.revision, entry.public_revision);
    let mut conn = t.db.read().await.unwrap();
    let (_, document) = newsroom::revision(&mut conn, entry.revision.unwrap()).await.unwrap().unwrap();
    drop(conn);
    assert_eq!(document.published_at, Some(dated));
    save(json!({ "publishedAt": ahead })).await;
    let refused = publish::publish(&t.db, &desk, id).await.unwrap_err();
    assert_eq!((refused.code(), refused.parameter()), (Code::Conflict, Some("publishedAt")));
});

both!(one_that_cannot_be_published_does_not_hold_up_the_others, async |t| {
    let at = t.now().plus_millis(1_000);
    let lines: Vec<_> = (1..=5).map(|n| with(story(&format!("urn:t:{n}")), json!({ "published": at }))).collect();
    t.import_all(&lines).await;
    // A revision that cannot be read any more, whatever became of it.
    t.execute(
        "UPDATE newsroom_revisions SET document = '{' \
         WHERE article_id IN (SELECT id FROM newsroom_articles WHERE uri = 'urn:t:2')",
    )
    .await;
    t.clock.advance(1_000);
    let due = publish::publish_due(&t.db, 10).await.unwrap();
    let failed: Vec<ArticleId> = due.failed.iter().map(|(id, _)| *id).collect();
    assert_eq!((due.published, failed), (4, vec![t.id("urn:t:2").await]));
    assert_eq!(due.next, Some(t.now().plus_millis(60_000)));
    assert_eq!(t.entry("urn:t:2").await.unwrap().state, State::Scheduled);
    t.assert_whole().await;
    // It waits for its next turn, and goes out when it has been mended.
    assert_eq!(publish::publish_due(&t.db, 10).await.unwrap().published, 0);
    t.execute(
        "UPDATE newsroom_revisions SET document = (SELECT MIN(document) FROM newsroom_revisions WHERE document <> '{') \
         WHERE document = '{'",
    )
    .await;
    t.clock.advance(60_000);
    assert_eq!(publish::publish_due(&t.db, 10).await.unwrap().published, 1);
    t.assert_whole().await;
});
