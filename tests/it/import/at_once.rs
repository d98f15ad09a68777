//! Several at work at the same time on what they share: the terms that their stories name.

use futures::future::{join, join_all};
use masthead::config::Engine;
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use crate::harness::postgres::{WAITING, lock_until};
use crate::harness::story::{story, with};
use crate::harness::{both, count, run};

both!(what_several_say_of_a_term_at_once_is_all_kept, async |t| {
    for round in 0..count(25, 300) {
        let name = format!("Topic {round}");
        let told = |n: usize| {
            let subject = json!({ "name": name, "scheme": format!("scheme-{n}"), "code": format!("{round}") });
            with(story(&format!("urn:t:{round}:{n}")), json!({ "subjects": [subject] }))
        };
        t.import_all(&[with(story(&format!("urn:t:{round}")), json!({ "subjects": [name] }))]).await;
        if round % 2 == 1 {
            // The term is known then, and not public: the first of them makes it so.
            let id = t.id(&format!("urn:t:{round}")).await;
            withdraw::withdraw(&t.db, &Viewer::system(), id, "Wrong.").await.unwrap();
        }
        let lines = [told(1), told(2), told(3), told(4)];
        join_all(lines.iter().map(|line| t.import_all(std::slice::from_ref(line)))).await;
        for table in ["newsroom_terms", "topics"] {
            let about = t.texts(&format!("SELECT about AS v FROM {table} WHERE slug = 'topic-{round}'")).await;
            let about: Value = serde_json::from_str(&about[0]).unwrap();
            let codes = about["external_ids"].as_array().map_or(0, Vec::len);
            assert_eq!(codes, 4, "round {round}, {table}: {about}");
        }
    }
});

both!(a_term_that_one_takes_up_while_another_lets_go_of_it_stays, async |t| {
    let names = |round: usize| {
        json!({
            "subjects": [format!("Topic {round}")],
            "authors": [{ "name": format!("Author {round}") }],
            "section": format!("news/section-{round}"),
        })
    };
    for round in 0..count(40, 500) {
        let (old, new) = (format!("urn:t:{round}:old"), format!("urn:t:{round}:new"));
        t.import_all(&[with(story(&old), names(round))]).await;
        let id = t.id(&old).await;
        let line = [with(story(&new), names(round))];
        let viewer = Viewer::system();
        let (gone, _) = join(withdraw::withdraw(&t.db, &viewer, id, "Wrong."), t.import_all(&line)).await;
        gone.unwrap();
        for (links, column, copies) in [
            ("article_topics", "topic_id", "topics"),
            ("article_authors", "author_id", "authors"),
            ("article_sections", "section_id", "sections"),
        ] {
            let sql = format!(
                "SELECT CAST({column} AS TEXT) AS v FROM {links} WHERE {column} NOT IN (SELECT id FROM {copies})"
            );
            assert_eq!(t.texts(&sql).await, [""; 0], "round {round}: {links} without {copies}");
        }
    }
});

both!(the_last_two_stories_of_a_term_take_it_with_them_though_they_go_at_once, async |t| {
    for round in 0..count(25, 300) {
        let uris = [1, 2].map(|n| format!("urn:t:{round}:{n}"));
        let names = json!({ "subjects": [{ "name": format!("Topic {round}"), "parent": { "name": "Above" } }],
            "authors": [{ "name": "Ada Marsh" }], "section": "news/harbour" });
        t.import_all(&uris.each_ref().map(|uri| with(story(uri), names.clone()))).await;
        let ids = join_all(uris.iter().map(|uri| t.id(uri))).await;
        let viewer = Viewer::system();
        let gone = join_all(ids.into_iter().map(|id| withdraw::withdraw(&t.db, &viewer, id, "Wrong."))).await;
        gone.into_iter().for_each(|gone| drop(gone.unwrap()));
        for copies in ["topics", "authors", "sections"] {
            let left = t.texts(&format!("SELECT slug AS v FROM {copies}")).await;
            assert_eq!(left, [""; 0], "round {round}: {copies}");
        }
    }
});

// SQLite has one writer.
#[test]
fn who_take_many_stories_of_a_term_away_at_once_take_it_too() {
    run(Engine::Postgres, module_path!(), async |t| {
        // To each alone more are left than a term is locked for.
        let ways = [&[66, 66][..], &[33, 33, 33], &[66, 1]];
        for (round, takes) in ways.into_iter().take(count(1, 3)).enumerate() {
            let (mut all, mut parts) = (0_u64, Vec::new());
            for n in takes {
                parts.push((all..all + n).map(|n| format!("urn:t:{round}:{n}")).collect::<Vec<_>>());
                all += n;
            }
            let names = json!({ "subjects": [{ "name": "Ferries", "parent": { "name": "Above" } }],
                "authors": [{ "name": "Ada Marsh" }], "section": "news/harbour" });
            let lines: Vec<Value> = parts.iter().flatten().map(|uri| with(story(uri), names.clone())).collect();
            t.import_all(&lines).await;
            // All have done their work before the first of them writes the counts.
            let met = format!("{WAITING} >= {}", takes.len());
            let locked = lock_until(&t.options.url, "1 FROM counts WHERE kind = 'all'", &met).await;
            let gone = json!({ "status": "canceled" });
            let lines = parts.iter().map(|part| part.iter().map(|uri| with(story(uri), gone.clone())).collect());
            let lines: Vec<Vec<Value>> = lines.collect();
            let reports = join_all(lines.iter().map(|lines| t.import_all(lines))).await;
            locked.await.unwrap();
            assert_eq!(reports.iter().map(|report| report.withdrawn).sum::<u64>(), all);
            for copies in ["topics", "authors", "sections"] {
                let left = t.texts(&format!("SELECT slug AS v FROM {copies}")).await;
                assert_eq!(left, [""; 0], "{takes:?}: {copies}");
            }
        }
    });
}

both!(two_who_name_one_code_at_once_name_one_term, async |t| {
    for round in 0..count(25, 300) {
        let line = |n: usize, name: &str| {
            let code = format!("code-{round}");
            let fields = json!({
                "authors": [{ "name": format!("{name} {round}"), "code": code }],
                "subjects": [{ "name": format!("{name} {round}"), "scheme": "wd", "code": code }],
            });
            with(story(&format!("urn:t:{round}:{n}")), fields)
        };
        let (one, other) = ([line(1, "Quentin Public")], [line(2, "Q. Public")]);
        join(t.import_all(&one), t.import_all(&other)).await;
        for copies in ["topics", "authors"] {
            let n = t.texts(&format!("SELECT CAST(COUNT(*) AS TEXT) AS v FROM {copies}")).await;
            assert_eq!(n, [(round + 1).to_string()], "round {round}: {copies}");
        }
    }
});

both!(what_an_earlier_line_of_the_batch_has_taken_is_seen_by_a_later_one, async |t| {
    // A draft's slug is nobody's until it is public: then it is its own, before the batch's next line wants it.
    let draft = json!({ "slug": "wall", "status": "draft" });
    t.import_all(&[with(story("urn:t:1"), draft)]).await;
    let line = |uri: &str, headline: &str| with(story(uri), json!({ "headline": headline }));
    let report = t.import_all(&[line("urn:t:1", "Another headline"), line("urn:t:2", "Wall")]).await;
    assert_eq!((report.updated, report.created), (1, 1));
    let slugs = [t.card("urn:t:1").await.unwrap().slug.clone(), t.card("urn:t:2").await.unwrap().slug.clone()];
    assert_eq!(slugs, ["wall", "wall-2"]);
});

both!(names_that_no_database_takes_cost_one_line_at_the_most, async |t| {
    let odd = "a\u{0}b";
    let lines = [
        with(story("urn:t:1"), json!({ "section": { "name": "News", "slug": odd } })),
        with(story("urn:t:2"), json!({ "authors": [{ "name": "Ada", "slug": odd, "code": odd }] })),
        with(story("urn:t:3"), json!({ "subjects": [{ "name": odd, "slug": odd, "scheme": odd, "code": odd }] })),
        with(story("urn:t:4"), json!({ "status": "canceled", "subjects": [{ "name": odd, "slug": odd }] })),
        with(story("urn:t:\u{0}"), json!({})),
        with(story("urn:t:5"), json!({ "slug": odd, "previousSlugs": [odd], "previousUrls": [odd] })),
        story("urn:t:6"),
    ];
    let report = t.import(&lines).await;
    assert_eq!((report.lines(), report.failed.len()), (7, 1), "{:?}", report.failed);
    assert!(t.card("urn:t:6").await.is_some());
});
