//! What is derived has numbers of its own: they name what has become another, exactly, to every process.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

use masthead::app::App;
use masthead::cache::Answer;
use masthead::catalogue::{answers, changes};
use masthead::followers;
use masthead::model::change::Tag;
use masthead::model::id::ArticleId;
use masthead::model::related::{Entry, List, Reason};
use masthead::model::viewer::Viewer;
use masthead::newsroom::views::{Counter, rank};
use masthead::newsroom::withdraw::withdraw;
use masthead::store::changes::{Head, head};
use masthead::store::{Db, derived, related};
use serde_json::json;

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};
use crate::related::{about, newsroom, settled};

async fn head_of(db: &Db) -> Head {
    head(&mut db.read().await.unwrap()).await.unwrap()
}

async fn after(db: &Db, number: i64, limit: usize) -> Option<Vec<(Tag, i64)>> {
    derived::after(&mut db.read().await.unwrap(), number, limit).await.unwrap()
}

/// The lists as they stand in the store, by article.
async fn lists(t: &TestApp) -> BTreeMap<i64, String> {
    let rows = t.texts("SELECT CAST(article_id AS TEXT) || ' ' || list AS v FROM related").await;
    let split = |row: &String| row.split_once(' ').map(|(id, list)| (id.parse().unwrap(), list.to_owned()));
    rows.iter().filter_map(split).collect()
}

/// A list of one.
fn list(of: i64) -> List {
    let entry = Entry { article: ArticleId(of), score: 0.5, reasons: vec![Reason::Words] };
    List { entries: vec![entry], duplicates: Vec::new() }
}

async fn put(db: &Db, ids: &[i64], of: i64) -> Vec<ArticleId> {
    let lists: Vec<(ArticleId, List)> = ids.iter().map(|id| (ArticleId(*id), list(of))).collect();
    let written = db.write(move |tx| {
        let lists = lists.clone();
        Box::pin(async move { related::put(tx, &lists).await })
    });
    written.await.unwrap().value
}

async fn offer(db: &Db, id: i64, of: i64) -> bool {
    let offered = db.write(move |tx| Box::pin(async move { related::offer(tx, ArticleId(id), &list(of)).await }));
    offered.await.unwrap().value
}

both!(the_number_names_exactly_the_articles_whose_list_is_another_one, async |t| {
    let app = t.app();
    t.import_all(&newsroom()).await;
    // Not a word of it stands in another.
    let apart = json!({
        "headline": "Zyqqa vlorp", "description_text": "", "body_text": "Mendu krasti ombelk.",
        "subjects": ["Quillnet"], "places": ["Farhaven"], "authors": ["Nobody Else"],
    });
    t.import_all(&[with(story("urn:apart"), apart)]).await;
    let followers = followers::start(&app);
    settled(&t.db).await;
    let (before, number) = (lists(t).await, head_of(&t.db).await.derived);
    assert!(number > 0 && after(&t.db, number, 100).await.unwrap().is_empty());
    t.import_all(&[about("urn:r:new", "lighthouse", "Ostford", 2)]).await;
    settled(&t.db).await;
    let changed = |now: &BTreeMap<i64, String>, before: &BTreeMap<i64, String>| -> BTreeSet<i64> {
        now.iter().filter(|(id, list)| before.get(id) != Some(list)).map(|(id, _)| *id).collect()
    };
    let told = |made: &[(Tag, i64)]| -> BTreeSet<i64> {
        let lists = made.iter().filter_map(|(tag, _)| if let Tag::Related(id) = tag { Some(id.0) } else { None });
        lists.collect()
    };
    let now = lists(t).await;
    let made = after(&t.db, number, 100).await.unwrap();
    assert_eq!(told(&made), changed(&now, &before), "{made:?}");
    for uri in ["urn:r:0", "urn:r:1", "urn:r:new"] {
        assert!(told(&made).contains(&t.id(uri).await.0), "{uri}");
    }
    assert!(!told(&made).contains(&t.id("urn:apart").await.0), "{made:?}");
    // One that goes needs no number for its own list; those that it stood in are others.
    let (before, number, gone) = (now, head_of(&t.db).await.derived, t.id("urn:r:new").await);
    withdraw(&t.db, &Viewer::system(), gone, "A reason.").await.unwrap();
    settled(&t.db).await;
    let (now, made) = (lists(t).await, after(&t.db, number, 100).await.unwrap());
    assert_eq!(told(&made), changed(&now, &before), "{made:?}");
    assert!(!now.contains_key(&gone.0) && !made.is_empty());
    // Made anew and the same: nothing is written. How rare words are may have moved before, so once to settle it.
    followers.stop();
    tokio::time::sleep(Duration::from_millis(100)).await;
    t.execute("UPDATE followers SET until = 0").await;
    let index = app.search.index().unwrap();
    let mut numbers = Vec::new();
    for _ in 0..2 {
        assert!(followers::relate_all(&t.db, &index, &app.settings.related, &mut |_| {}).await.unwrap());
        numbers.push((head_of(&t.db).await, lists(t).await));
    }
    assert_eq!(numbers[0], numbers[1]);
});

both!(one_transaction_has_one_number_and_no_limit_splits_it, async |t| {
    let ids: Vec<i64> = (1..=5).collect();
    assert_eq!(put(&t.db, &ids, 90).await.len(), 5);
    assert!(put(&t.db, &ids, 90).await.is_empty(), "the same once more");
    assert_eq!(put(&t.db, &[4, 5, 6], 91).await, [4, 5, 6].map(ArticleId));
    assert!(!offer(&t.db, 6, 92).await && offer(&t.db, 7, 92).await);
    let related = |id: i64| Tag::Related(ArticleId(id));
    let all = [(1, 1), (2, 1), (3, 1), (4, 2), (5, 2), (6, 2), (7, 3)].map(|(id, number)| (related(id), number));
    assert_eq!(after(&t.db, 0, 7).await.unwrap(), all);
    assert_eq!(after(&t.db, 1, 4).await.unwrap(), all[3..]);
    // More than are wanted: nothing rather than a part.
    assert_eq!((after(&t.db, 0, 6).await, after(&t.db, 1, 3).await), (None, None));
    assert_eq!((head_of(&t.db).await.derived, t.db.newest_derived()), (3, 3));
    // What is undone draws nothing, and a change of the log beside it has its own number.
    let undone = t.db.write(|tx| {
        Box::pin(async move {
            let part = tx.savepoint().await?;
            let put = related::put(tx, &[(ArticleId(1), list(95))]).await;
            let failed = put.and_then(|_| Err::<(), _>(masthead::error::Error::internal("on purpose")));
            tx.settle(part, failed).await.map(|failed| failed.is_err())
        })
    });
    assert!(undone.await.unwrap().value);
    t.import_all(&[story("urn:t:1")]).await;
    let now = head_of(&t.db).await;
    assert_eq!((now.derived, now.seq > 0), (3, true));
});

both!(a_ranking_draws_a_number_when_others_stand_in_it, async |t| {
    let one = |slug: &str| with(story(&format!("urn:t:{slug}")), json!({ "slug": slug, "section": "Sport" }));
    t.import_all(&["alpha", "beta"].map(one)).await;
    let (counter, minute) = (Counter::new(&t.db), 60_000);
    let see = async |slug: &str, from: u32, times: u32| {
        for n in from..from + times {
            let address = IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + n));
            counter.record(slug, address, "browser").await.unwrap();
        }
        counter.flush().await.unwrap();
        t.clock.advance(minute);
        assert!(rank(&t.db).await.unwrap());
        let number = head_of(&t.db).await.derived;
        assert_eq!(t.db.newest_derived(), number);
        number
    };
    let scores =
        async || t.texts("SELECT CAST(score AS TEXT) AS v FROM trending ORDER BY span, section_id, place").await;
    assert_eq!(see("alpha", 0, 0).await, 0, "nothing trends, as before");
    assert_eq!(see("alpha", 0, 3).await, 1);
    assert_eq!(see("alpha", 0, 0).await, 1, "the same");
    let before = scores().await;
    assert_eq!(see("alpha", 10, 2).await, 1, "more views, and nobody sees a difference");
    assert_ne!(scores().await, before);
    assert_eq!(see("beta", 0, 2).await, 2, "another came in");
    assert_eq!(after(&t.db, 1, 10).await.unwrap(), [(Tag::Trending, 2)]);
    assert_eq!(see("beta", 20, 9).await, 3, "another order");
    // Beside lists, in the order of the numbers.
    put(&t.db, &[8], 90).await;
    assert_eq!(after(&t.db, 0, 10).await.unwrap(), [(Tag::Trending, 3), (Tag::Related(ArticleId(8)), 4)]);
    assert_eq!(after(&t.db, 0, 1).await, None);
});

both!(whoever_follows_misses_nothing_while_two_write, async |t| {
    let other = Db::open(&t.options, t.clock.clone()).await.unwrap();
    let each = i64::try_from(count(40, 400)).unwrap();
    let write = async |db: &Db, from: i64| {
        for n in 0..each {
            // Each its own, and some that both make anew again and again.
            put(db, &[from + n, 1 + n % 3], from + n).await;
        }
    };
    let follow = async {
        let (mut upto, mut seen, began) = (0, HashMap::new(), Instant::now());
        while upto < 2 * each {
            let mut conn = t.db.read().await.unwrap();
            let head = head(&mut conn).await.unwrap();
            seen.extend(derived::after(&mut conn, upto, 10_000).await.unwrap().unwrap());
            upto = head.derived;
            drop(conn);
            assert!(began.elapsed() < Duration::from_secs(60), "{upto}");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        seen
    };
    let ((), (), seen) = futures::join!(write(&t.db, 1_000), write(&other, 1_000_000), follow);
    let all = after(&t.db, 0, 10_000).await.unwrap();
    assert_eq!(seen, all.iter().cloned().collect());
    assert_eq!(all.len(), usize::try_from(2 * each + 3).unwrap());
    assert_eq!(all, after(&other, 0, 10_000).await.unwrap());
    // Each has drawn a number of its own.
    let own: BTreeSet<i64> = all.iter().map(|(_, number)| *number).collect();
    assert_eq!(own, (1..=2 * each).collect());
    // Each knows of what the other wrote once it looks.
    for db in [&t.db, &other] {
        changes::head(db).await.unwrap();
        assert_eq!(db.newest_derived(), 2 * each);
    }
});

/// The answer that is kept under a name, or that `body` if none is. It depends on one tag.
async fn ask(app: &App, tag: &Tag, body: &str) -> String {
    let make = async |reader: &masthead::catalogue::Reader| {
        reader.depends([tag.clone()]);
        Ok(Answer::of(body.as_bytes().to_vec(), "text/plain"))
    };
    let (made, _) = answers::get(app, &format!("{tag:?}"), 0, make).await.unwrap();
    String::from_utf8(made.value.body.to_vec()).unwrap()
}

both!(a_kept_answer_ends_with_the_list_that_it_shows, async |t| {
    let (one, other) = (t.app(), TestApp::over(t.options.clone()).await.app());
    let (first, second) = (Tag::Related(ArticleId(1)), Tag::Related(ArticleId(2)));
    put(&t.db, &[1, 2], 90).await;
    for app in [&one, &other] {
        for tag in [&first, &second, &Tag::Trending] {
            assert_eq!(ask(app, tag, "a").await, "a");
            assert_eq!(ask(app, tag, "b").await, "a", "{tag:?} stands");
        }
    }
    put(&one.db, &[1], 91).await;
    assert_eq!((ask(&one, &first, "c").await.as_str(), ask(&one, &second, "c").await.as_str()), ("c", "a"));
    // The other process has not heard of it; as soon as it has, it is as strict.
    assert_eq!(ask(&other, &first, "c").await, "a");
    changes::head(&other.db).await.unwrap();
    assert_eq!((ask(&other, &first, "d").await.as_str(), ask(&other, &second, "d").await.as_str()), ("d", "a"));
    // A change of the log is nothing to it.
    t.import_all(&[story("urn:t:1")]).await;
    assert_eq!(ask(&one, &second, "e").await, "a");
    assert_eq!(ask(&one, &Tag::Trending, "e").await, "a");
});

both!(a_restored_backup_ends_every_kept_answer, async |t| {
    let app = t.app();
    let tags = [Tag::Related(ArticleId(1)), Tag::Trending, Tag::Articles];
    t.import_all(&[story("urn:t:1"), story("urn:t:2")]).await;
    for of in [90, 91, 92] {
        put(&t.db, &[1], of).await;
    }
    for tag in &tags {
        assert_eq!((ask(&app, tag, "a").await, ask(&app, tag, "b").await), ("a".to_owned(), "a".to_owned()));
    }
    // As it was a while ago, under another name.
    t.execute("UPDATE log_head SET seq = 1, derived_seq = 1; DELETE FROM changes WHERE seq > 1").await;
    t.db.renew_log_id().await.unwrap();
    answers::catch_up(&app).await.unwrap();
    for tag in &tags {
        assert_eq!(ask(&app, tag, "c").await, "c", "{tag:?}");
        assert_eq!(ask(&app, tag, "d").await, "c", "{tag:?}");
    }
});
