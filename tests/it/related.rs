//! Related news: what belongs together finds together, by reasons that hold, and nothing that is not public.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use masthead::app::App;
use masthead::catalogue::article::{BodyWanted, Wants, page};
use masthead::catalogue::related::{
    Blocks, BlocksWanted, ReasonKind, Related, RelatedWanted, blocks, duplicates, related,
};
use masthead::catalogue::{collection, relating};
use masthead::config::Engine;
use masthead::followers;
use masthead::model::article::Card;
use masthead::model::id::ArticleId;
use masthead::model::related::{self as why, Entry, List};
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use masthead::store::{Db, related as kept};
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::postgres::{WAITING, lock_until};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count, run};

/// A story of a few sentences about a thing in a town.
pub fn about(uri: &str, thing: &str, town: &str, day: u32) -> Value {
    let fields = json!({
        "headline": format!("{thing} in {town}: report {uri}"),
        "description_text": "",
        "body_text": format!("The {thing} keeps the people of {town} busy. Number {uri} says what the {thing} costs."),
        "subjects": [thing],
        "places": [town],
        "published": format!("2026-02-{day:02}T08:00:00Z"),
    });
    with(story(uri), fields)
}

/// Stories that belong together by two and three, and others that belong to none.
pub fn newsroom() -> Vec<Value> {
    let mut all = Vec::new();
    for (n, (thing, town)) in [
        ("lighthouse", "Ostford"),
        ("lighthouse", "Ostford"),
        ("lighthouse", "Brake"),
        ("tramway", "Ostford"),
        ("tramway", "Brake"),
    ]
    .into_iter()
    .enumerate()
    {
        all.push(about(&format!("urn:r:{n}"), thing, town, 1 + n as u32));
    }
    all.extend((0..8).map(|n| about(&format!("urn:other:{n}"), &format!("matter{n}"), &format!("Town{n}"), 10)));
    all
}

async fn of(t: &TestApp, app: &App, uri: &str, size: usize) -> Vec<Related> {
    let wanted = RelatedWanted { size, reasons: true };
    related(&t.reader(), app, &t.card(uri).await.unwrap(), wanted).await.unwrap()
}

fn uris(found: &[Related]) -> Vec<&str> {
    found.iter().filter(|r| r.reasons[0].kind != ReasonKind::Latest).map(|r| r.card.uri.as_str()).collect()
}

/// Everything that is shown, also the latest news that fill a list up.
fn shown(found: &[Related]) -> Vec<&str> {
    found.iter().map(|r| r.card.uri.as_str()).collect()
}

/// Keeps a list in place of the one that there is.
async fn keep(t: &TestApp, id: ArticleId, list: List) {
    let lists = vec![(id, list)];
    t.db.write(move |tx| {
        let lists = lists.clone();
        Box::pin(async move { kept::put(tx, &lists).await })
    })
    .await
    .unwrap();
}

/// Waits until the lists have followed the log and all of them are made.
pub async fn settled(db: &Db) {
    let began = Instant::now();
    loop {
        let mut conn = db.read().await.unwrap();
        let head = masthead::store::changes::head(&mut conn).await.unwrap();
        let standing = masthead::store::followers::standing(&mut conn, "related").await.unwrap();
        drop(conn);
        if standing.is_some_and(|s| s.log_id == head.log_id && s.seq == head.seq && s.fill_after == i64::MAX) {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(30), "the lists do not follow the log");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

both!(what_belongs_together_is_found_with_reasons_that_a_reader_understands, async |t| {
    let app = t.app();
    let mut lines = newsroom();
    // An editor knows better.
    lines[3] = with(lines[3].clone(), json!({ "related": ["urn:other:5", "urn:nobody", "urn:r:3"] }));
    t.import_all(&lines).await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    let found = of(t, &app, "urn:r:0", 3).await;
    assert_eq!(uris(&found)[0], "urn:r:1", "{found:?}");
    assert!(found.windows(2).all(|two| two[0].score >= two[1].score));
    let reasons: BTreeSet<&str> = found[0].reasons.iter().map(|r| r.text.as_str()).collect();
    assert!(reasons.contains("Both about lighthouse") && reasons.contains("Same place: Ostford"), "{reasons:?}");
    let found = of(t, &app, "urn:r:3", 2).await;
    assert_eq!(found[0].card.uri, "urn:other:5");
    assert_eq!(
        (found[0].reasons[0].kind, found[0].reasons[0].text.as_str()),
        (ReasonKind::EditorsPick, "Editors\u{2019} pick")
    );
    assert_eq!(found[1].card.uri, "urn:r:4", "{found:?}");
    // What an editor linked before it was there comes in when it comes.
    t.import_all(&[about("urn:nobody", "orchard", "Elsewhere", 20)]).await;
    settled(&t.db).await;
    let found = of(t, &app, "urn:r:3", 2).await;
    assert_eq!(shown(&found), ["urn:other:5", "urn:nobody"]);
    // Another subject: the old reason is none any more, at once.
    t.import_all(&[with(lines[1].clone(), json!({ "subjects": ["gardening"] }))]).await;
    for one in of(t, &app, "urn:r:0", 5).await {
        let about = one.reasons.iter().any(|r| r.text == "Both about lighthouse");
        assert!(one.card.uri != "urn:r:1" || !about, "{one:?}");
    }
    followers.stop();
});

both!(a_new_article_enters_its_neighbours_lists_and_a_withdrawn_one_leaves_at_once, async |t| {
    let app = t.app();
    t.import_all(&newsroom()).await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    t.import_all(&[about("urn:r:new", "lighthouse", "Ostford", 2)]).await;
    settled(&t.db).await;
    for neighbour in ["urn:r:0", "urn:r:1"] {
        assert!(uris(&of(t, &app, neighbour, 3).await).contains(&"urn:r:new"), "{neighbour}");
    }
    let id = t.id("urn:r:new").await;
    withdraw::withdraw(&t.db, &Viewer::system(), id, "A reason.").await.unwrap();
    for neighbour in ["urn:r:0", "urn:r:1"] {
        assert!(!uris(&of(t, &app, neighbour, 20).await).contains(&"urn:r:new"), "{neighbour}");
    }
    settled(&t.db).await;
    let kept = t.texts("SELECT list AS v FROM related").await;
    assert!(kept.iter().all(|list| !list.contains(&id.0.to_string())), "a list still has it");
    followers.stop();
});

/// How far the lists have followed the log.
async fn followed(db: &Db) -> i64 {
    let standing = masthead::store::followers::standing(&mut db.read().await.unwrap(), "related").await.unwrap();
    standing.map_or(0, |standing| standing.seq)
}

// SQLite reads the head and the changes from one state of the database.
#[test]
fn what_comes_after_the_head_was_read_waits_for_the_index() {
    run(Engine::Postgres, module_path!(), async |t| {
        let app = t.app();
        t.import_all(&newsroom()).await;
        // The index has what the test puts into it.
        let writer = app.search.index().unwrap().writer().unwrap().unwrap();
        let writer = followers::fill(&t.db, writer, &mut |_| {}).await.unwrap();
        let followers = followers::start(&app);
        settled(&t.db).await;
        t.import_all(&[about("urn:r:one", "tramway", "Ostford", 6)]).await;
        let one = followed(&t.db).await;
        let head = masthead::store::changes::head(&mut t.db.read().await.unwrap()).await.unwrap().seq;
        assert!(one < head);
        // It stands where it has looked at the head and at the index until another article comes.
        let another = format!("EXISTS (SELECT 1 FROM changes WHERE seq > {head})");
        let locked = lock_until(&t.options.url, "1 FROM followers WHERE name = 'related'", &another).await;
        let writer = followers::fill(&t.db, writer, &mut |_| {}).await.unwrap();
        let waiting = format!("SELECT {WAITING}::text AS v");
        while t.texts(&waiting).await == ["0"] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        t.import_all(&[about("urn:r:two", "lighthouse", "Ostford", 7)]).await;
        locked.await.unwrap();
        while followed(&t.db).await == one {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        assert_eq!(followed(&t.db).await, head);
        drop(followers::fill(&t.db, writer, &mut |_| {}).await.unwrap());
        settled(&t.db).await;
        for neighbour in ["urn:r:0", "urn:r:1"] {
            assert!(uris(&of(t, &app, neighbour, 3).await).contains(&"urn:r:two"), "{neighbour}");
        }
        followers.stop();
    });
}

both!(an_article_without_a_list_gets_one_when_it_is_read, async |t| {
    let app = t.app();
    t.import_all(&newsroom()).await;
    let index = app.search.index().unwrap();
    let writer = index.writer().unwrap().unwrap();
    drop(followers::fill(&t.db, writer, &mut |_| {}).await.unwrap());
    index.reload().unwrap();
    assert!(t.texts("SELECT list AS v FROM related").await.is_empty());
    let (one, other) = futures::join!(of(t, &app, "urn:r:0", 3), of(t, &app, "urn:r:0", 3));
    assert_eq!(uris(&one)[0], "urn:r:1");
    assert_eq!(uris(&one), uris(&other));
    let began = Instant::now();
    while t.texts("SELECT list AS v FROM related").await.len() != 1 {
        assert!(began.elapsed() < Duration::from_secs(10), "it is not kept");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    // All at once, as after a bulk import; and a second process at it at the same time does no harm.
    let (mut told, settings) = (0, &app.settings.related);
    assert!(followers::relate_all(&t.db, &index, settings, &mut |n| told = n).await.unwrap());
    assert_eq!((told, t.texts("SELECT list AS v FROM related").await.len()), (13, 13));
});

both!(near_duplicates_are_shown_once, async |t| {
    let app = t.app();
    let text: Vec<String> = (0..60).map(|n| format!("sentence {n} of the long report on the harbour basin")).collect();
    let long = |from: usize, more: &str| format!("{}. {more}", text[from..].join(". "));
    let line = |n: usize, body: String| {
        with(
            story(&format!("urn:d:{n}")),
            json!({ "headline": format!("Harbour basin {n}"), "body_text": body, "description_text": "" }),
        )
    };
    let mut lines = vec![
        line(0, long(0, "First edition.")),
        line(1, long(0, "Second edition, with a correction at its end.")),
        line(2, long(5, "Shortened.")),
        line(3, "The basin of the harbour is dredged again, says the master of the harbour of the basin.".into()),
    ];
    lines.extend(newsroom());
    t.import_all(&lines).await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    let found = of(t, &app, "urn:d:0", 20).await;
    let found = uris(&found);
    assert!(found.contains(&"urn:d:3") && !found.contains(&"urn:d:1") && !found.contains(&"urn:d:2"), "{found:?}");
    let card = t.card("urn:d:0").await.unwrap();
    let copies: BTreeSet<String> =
        duplicates(&t.reader(), &app, &card).await.unwrap().iter().map(|card| card.uri.clone()).collect();
    assert_eq!(copies, BTreeSet::from(["urn:d:1".to_owned(), "urn:d:2".to_owned()]));
    // Beside a third article the three are one.
    let found = of(t, &app, "urn:d:3", 20).await;
    // Also among the latest news behind them.
    assert_eq!(shown(&found).iter().filter(|uri| uri.starts_with("urn:d:")).count(), 1, "{:?}", shown(&found));
    followers.stop();
});

both!(what_has_hardly_a_word_in_common_is_no_similar_story, async |t| {
    let app = t.app();
    let line = |uri: &str, headline: &str, words: Vec<String>| {
        let body = format!("The {}.", words.join(" "));
        with(story(uri), json!({ "headline": headline, "description_text": "", "body_text": body }))
    };
    let words = |of: &str| (0..38).map(|n| format!("{of}{n}")).collect::<Vec<_>>();
    // Nobody takes the same words in another order for the same text.
    let backwards = words("alder").into_iter().rev().collect();
    t.import_all(&[
        line("urn:w:far", "Birches", words("birch")),
        line("urn:w:near", "Alders once more", backwards),
        line("urn:w:read", "Alders", words("alder")),
    ])
    .await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    let found = of(t, &app, "urn:w:read", 5).await;
    let told: Vec<(&str, ReasonKind)> = found.iter().map(|r| (r.card.uri.as_str(), r.reasons[0].kind)).collect();
    assert_eq!(told, [("urn:w:near", ReasonKind::SimilarText), ("urn:w:far", ReasonKind::Latest)], "{found:?}");
    followers.stop();
});

both!(what_has_no_reason_left_makes_room_for_those_behind_it, async |t| {
    let app = t.app();
    let lines = newsroom();
    t.import_all(&lines).await;
    let (card, other) = (t.card("urn:r:0").await.unwrap(), t.card("urn:r:2").await.unwrap());
    let lighthouse = *card.topics.iter().find(|id| other.topics.contains(id)).unwrap();
    let mut entries = Vec::new();
    for (uri, reason) in [
        ("urn:r:1", why::Reason::Topic(lighthouse)),
        // Nobody links to it.
        ("urn:r:3", why::Reason::EditorsPick),
        ("urn:r:2", why::Reason::Topic(lighthouse)),
        ("urn:other:0", why::Reason::Words),
    ] {
        entries.push(Entry { article: t.id(uri).await, score: 0.5, reasons: vec![reason] });
    }
    keep(t, card.id, List { entries, duplicates: Vec::new() }).await;
    t.import_all(&[with(lines[1].clone(), json!({ "subjects": ["gardening"] }))]).await;
    for reasons in [true, false] {
        let begun = t.reader();
        let wants = Wants { bodies: BodyWanted::Html, lists: Some(2), ..Wants::default() };
        assert!(page(&begun, &card.slug, wants).await.unwrap().is_some());
        for reader in [t.reader(), begun] {
            let found = related(&reader, &app, &card, RelatedWanted { size: 2, reasons }).await.unwrap();
            assert_eq!(shown(&found), ["urn:r:2", "urn:other:0"]);
            let told: Vec<&str> = found.iter().flat_map(|one| &one.reasons).map(|r| r.text.as_str()).collect();
            let right = ["Both about lighthouse", "A similar story"];
            assert_eq!(told, right[..if reasons { 2 } else { 0 }]);
        }
    }
});

both!(the_latest_news_fill_a_list_up_with_nothing_that_is_shown_already, async |t| {
    let app = t.app();
    // The newest first.
    let uris = ["urn:l:copy", "urn:l:back", "urn:l:one", "urn:l:other", "urn:l:last", "urn:l:listed", "urn:l:read"];
    let line =
        |(n, uri): (usize, &&str)| with(story(uri), json!({ "published": format!("2026-02-{:02}T08:00:00Z", 20 - n) }));
    t.import_all(&uris.iter().enumerate().map(line).collect::<Vec<_>>()).await;
    let mut ids: BTreeMap<&str, ArticleId> = BTreeMap::new();
    for uri in uris {
        ids.insert(uri, t.id(uri).await);
    }
    for (uri, listed, copies) in [
        ("urn:l:read", vec!["urn:l:listed"], vec![]),
        ("urn:l:listed", vec![], vec!["urn:l:copy"]),
        // That it is the same once more is known of one side alone.
        ("urn:l:back", vec![], vec!["urn:l:listed"]),
        ("urn:l:one", vec![], vec!["urn:l:other"]),
    ] {
        let entry = |uri: &&str| Entry { article: ids[*uri], score: 0.5, reasons: vec![why::Reason::Words] };
        let duplicates = copies.iter().map(|uri: &&str| ids[*uri]).collect();
        keep(t, ids[uri], List { entries: listed.iter().map(entry).collect(), duplicates }).await;
    }
    let right = ["urn:l:listed", "urn:l:one", "urn:l:last"];
    for size in [1, 2, 3, 5] {
        let found = of(t, &app, "urn:l:read", size).await;
        assert_eq!(shown(&found), right[..size.min(right.len())]);
    }
});

both!(a_page_that_reads_the_start_of_a_list_shows_what_stands_in_all_of_it, async |t| {
    let app = t.app();
    // More entries than a page asks for have room in the start that is read of the list.
    let lines: Vec<Value> =
        (0..24).map(|n| about(&format!("urn:long:{n}"), "lighthouse", "Ostford", 1 + n % 20)).collect();
    t.import_all(&lines).await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    followers.stop();
    // From here on nobody makes lists: they name what has gone.
    let hour = 60 * 60 * 1_000;
    let taken = async || {
        let take = t.db.write(move |tx| Box::pin(masthead::store::followers::take(tx, "related", "nobody", hour)));
        take.await.unwrap().value.is_some()
    };
    let began = Instant::now();
    while !taken().await {
        assert!(began.elapsed() < Duration::from_secs(30), "somebody still makes lists");
        tokio::time::sleep(Duration::from_millis(50)).await;
        // Who was stopped in the middle of a turn leaves the lease to its end.
        t.clock.advance(1_000);
    }
    let card = t.card("urn:long:0").await.unwrap();
    let server = t.serve().await;
    let lists = t.texts("SELECT list AS v FROM related").await;
    assert!(lists.iter().any(|list| list.len() > 1_500), "no list is longer than its start");
    // The first time the library answers, and then what is made in one go.
    for _ in 0..3 {
        for body in ["html", "html portableText"] {
            for size in [1_usize, 3, 8, 23, 30] {
                let query = format!(
                    "query ($slug: String!) {{ article(slug: $slug) {{ body {{ {body} }} related(first: {size}) \
                     {{ article {{ slug }} score reasons {{ text }} }} }} }}"
                );
                let answer = server.graphql(&query, json!({ "slug": card.slug })).await;
                let found = of(t, &app, "urn:long:0", size).await;
                let right: Vec<Value> = found
                    .iter()
                    .map(|one| {
                        let reasons: Vec<Value> = one.reasons.iter().map(|r| json!({ "text": r.text })).collect();
                        json!({ "article": { "slug": one.card.slug }, "score": one.score, "reasons": reasons })
                    })
                    .collect();
                assert_eq!(answer["data"]["article"]["related"], json!(right), "{size}: {answer}");
            }
        }
        // What goes leaves room for those behind it, also beyond the start.
        let gone = of(t, &app, "urn:long:0", 2).await;
        for one in gone {
            withdraw::withdraw(&t.db, &Viewer::system(), one.card.id, "A reason.").await.unwrap();
        }
    }
});

both!(a_list_that_is_made_anew_behind_its_start_shows_nothing_twice, async |t| {
    let app = t.app();
    let lines: Vec<Value> =
        (0..24).map(|n| about(&format!("urn:long:{n}"), "lighthouse", "Ostford", 1 + n % 20)).collect();
    t.import_all(&lines).await;
    let card = t.card("urn:long:0").await.unwrap();
    let mut ids = Vec::new();
    for n in 1..24 {
        ids.push(t.id(&format!("urn:long:{n}")).await);
    }
    let put = async |order: Vec<ArticleId>| {
        let entry = |article| Entry { article, score: 0.5, reasons: vec![why::Reason::Words; 3] };
        keep(t, card.id, List { entries: order.into_iter().map(entry).collect(), duplicates: Vec::new() }).await;
    };
    put(ids.clone()).await;
    let reader = t.reader();
    let wants = Wants { bodies: BodyWanted::Html, lists: Some(3), ..Wants::default() };
    assert!(page(&reader, &card.slug, wants).await.unwrap().is_some());
    // Between the page and what stands beside it the first one goes, and the two behind it move to where one goes on.
    withdraw::withdraw(&t.db, &Viewer::system(), ids[0], "A reason.").await.unwrap();
    put([&ids[3..6], &ids[1..3], &ids[6..]].concat()).await;
    let found = related(&reader, &app, &card, RelatedWanted { size: 3, reasons: true }).await.unwrap();
    let shown: Vec<ArticleId> = found.iter().map(|one| one.card.id).collect();
    assert_eq!(shown.iter().collect::<HashSet<_>>().len(), 3, "{shown:?} of {ids:?}");
    // On SQLite this reader may stand before all that; who comes later does not.
    assert!(of(t, &app, "urn:long:0", 3).await.iter().all(|one| one.card.id != ids[0]));
});

const THINGS: [&str; 4] = ["lighthouse", "tramway", "orchard", "budget"];
const TOWNS: [&str; 3] = ["Ostford", "Brake", "Elsewhere"];

/// Everything that a reader is shown beside an article is public, is not the article, and comes once in its list.
async fn nothing_leaks(t: &TestApp, app: &App, public: &BTreeMap<String, u32>) {
    for uri in public.keys() {
        let card = t.card(uri).await.unwrap();
        let reader = t.reader();
        let near = related(&reader, app, &card, RelatedWanted { size: 20, reasons: true }).await.unwrap();
        let mut lists: Vec<(&str, Vec<Arc<Card>>)> = vec![("related", near.iter().map(|r| r.card.clone()).collect())];
        assert!(near.iter().all(|r| !r.reasons.is_empty()));
        lists.push(("duplicates", duplicates(&reader, app, &card).await.unwrap()));
        for which in [Blocks::About, Blocks::From] {
            let found = blocks(&reader, &card, BlocksWanted { which, each: 5, topics: 3 }).await.unwrap();
            lists.push(("more", found.into_iter().flat_map(|block| block.cards).collect()));
        }
        for (name, list) in lists {
            let ids: HashSet<_> = list.iter().map(|card| card.id).collect();
            assert_eq!(ids.len(), list.len(), "{name} of {uri} has one twice");
            for one in list {
                assert!(public.contains_key(&one.uri), "{name} of {uri} shows {}", one.uri);
                assert!(one.uri != *uri, "{name} of {uri} shows itself");
            }
        }
    }
    for card in collection::top_news(&t.reader(), None, 20).await.unwrap() {
        assert!(public.contains_key(&card.uri), "top news shows {}", card.uri);
    }
}

both!(any_history_shows_only_what_is_public, async |t| {
    let mut chance = Chance::new();
    let app = t.app();
    let followers = followers::start(&app);
    let mut public: BTreeMap<String, u32> = BTreeMap::new();
    let rounds = count(6, 60);
    for round in 0..rounds {
        for _ in 0..1 + chance.below(6) {
            let uri = format!("urn:h:{}", chance.below(16));
            if public.contains_key(&uri) && chance.below(3) == 0 {
                withdraw::withdraw(&t.db, &Viewer::system(), t.id(&uri).await, "A reason.").await.unwrap();
                public.remove(&uri);
            } else {
                let day = 1 + chance.below(27) as u32;
                let (thing, town) = (*chance.pick(&THINGS), *chance.pick(&TOWNS));
                t.import_all(&[about(&uri, thing, town, day)]).await;
                public.insert(uri, day);
            }
        }
        // While the followers are behind, and when they are not.
        nothing_leaks(t, &app, &public).await;
        if round % 2 == 1 {
            settled(&t.db).await;
            nothing_leaks(t, &app, &public).await;
        }
    }
    settled(&t.db).await;
    followers.stop();
    // What was kept step by step is what is made from nothing, but for how rare words were on the way.
    let relating = relating::Relating::new(app.search.index().unwrap(), &app.settings.related);
    for uri in public.keys() {
        let made = relating.list(&t.reader(), t.id(uri).await).await.unwrap().unwrap();
        assert!(!made.entries.iter().any(|entry| made.duplicates.contains(&entry.article)));
    }
    println!("{rounds} rounds, {} articles at the end", public.len());
});

both!(two_nodes_on_one_database_agree, async |t| {
    let (one, other) = (t.serve().await, TestApp::over(t.options.clone()).await);
    let second = other.serve().await;
    t.import_all(&newsroom()).await;
    settled(&t.db).await;
    let query = "{ articles(first: 20) { nodes { slug related(first: 10) { article { slug } reasons { kind text } } } } topNews { slug } }";
    let answers = (one.graphql(query, json!({})).await, second.graphql(query, json!({})).await);
    assert!(answers.0["errors"].is_null(), "{}", answers.0);
    assert_eq!(answers.0["data"], answers.1["data"]);
    let slug = answers.0["data"]["articles"]["nodes"][0]["slug"].as_str().unwrap().to_owned();
    let path = format!("/v1/articles/{slug}/related?first=3");
    let (a, b): (Value, Value) =
        (one.get(&path).await.json().await.unwrap(), second.get(&path).await.json().await.unwrap());
    assert_eq!(a, b);
    assert!(a["data"][0]["reasons"][0]["text"].is_string() && a["duplicates"].is_array(), "{a}");
});
