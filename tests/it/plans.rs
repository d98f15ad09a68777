//! The plans of lists on PostgreSQL: with generic plans and skewed topics, every list of flat cost is read from an
//! index in its order. The statements are those that the program sends, as the server saw them.

use masthead::app::App;
use masthead::catalogue::list::{self, Articles, Order, Paging, Wanted};
use masthead::catalogue::{Reader, answers};
use masthead::config::Engine;
use masthead::store::{Db, Options};
use serde_json::json;

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count, postgres};

/// Stories of which every second one is about one topic and every fiftieth about another.
async fn populate(t: &TestApp, size: usize) {
    for from in (0..size).step_by(500) {
        let lines: Vec<_> = (from..(from + 500).min(size))
            .map(|n| {
                let topic = if n % 2 == 0 { "Common".to_owned() } else { format!("Rare {}", n % 50) };
                with(
                    story(&format!("urn:t:{n}")),
                    json!({
                        "subjects": [topic], "authors": [format!("Author {}", n % 7)], "section": "news/local",
                        "published": t.now().plus_millis(-(n as i64) * 1_000), "genre": if n % 3 == 0 { "opinion" } else { "news" },
                    }),
                )
            })
            .collect();
        t.import_all(&lines).await;
    }
    t.execute("ANALYZE").await;
}

/// What the server planned while `work` ran: its log of plans, taken by `auto_explain` into the client's notices,
/// is not ours to read; so the statements are taken from `pg_prepared_statements` of a connection of our own and
/// explained there, with the generic plan that the program asks for.
///
/// `kept` reads as one does who keeps articles in memory: their places alone.
async fn plan(t: &TestApp, wanted: &Wanted, order: Order, from_end: bool, kept: bool) -> String {
    // One connection, so that what is prepared on it can be seen from it: through a function, since the program has no
    // door for SQL.
    let options = Options { connections: 1, ..t.options.clone() };
    let db = Db::open(&options, t.clock.clone()).await.unwrap();
    let app = App::with(t.settings(), db.clone());
    answers::keep_up(&app, 0).await.unwrap();
    let reader = if kept { Reader::of(&app) } else { Reader::new(&db) };
    let articles = Articles::find(&reader, wanted, order).await.unwrap();
    let first = articles.page(&reader, &Paging { from_end, ..Paging::first(20) }).await.unwrap();
    let edge = if from_end { first.items.first() } else { first.items.last() };
    let cursor = Some(list::cursor(edge.expect("a first page")));
    let (after, before) = if from_end { (None, cursor) } else { (cursor, None) };
    articles.page(&reader, &Paging { size: 20, after, before, from_end, tail: None }).await.unwrap();
    drop(reader);
    if kept {
        // The last statement so far read the articles of the second page, which were not kept; those of the first are now.
        let reader = Reader::of(&app);
        let at = if from_end { first.items.len() - 3 } else { 2 };
        let cursor = first.items.get(at).map(|card| list::cursor(card));
        let (after, before) = if from_end { (None, cursor) } else { (cursor, None) };
        articles.page(&reader, &Paging { size: 3, after, before, from_end, tail: None }).await.unwrap();
    }
    // The last statement of the connection is the page's, and pg_stat_activity keeps its text while it idles.
    let sql = "SELECT query AS v FROM pg_stat_activity WHERE application_name = 'masthead' AND datname = current_database() \
               ORDER BY query_start DESC LIMIT 1";
    let query = t.texts(sql).await.pop().expect("the statement is in pg_stat_activity");
    assert!(query.contains("LIMIT"), "{query}");
    assert_eq!(
        query.contains("headline"),
        !kept,
        "the rows are read where articles are not kept, and only there: {query}"
    );
    postgres::generic_plan(&t.options.url, &query).await
}

both!(lists_are_read_from_an_index_in_their_order, async |t| {
    if t.engine() == Engine::Sqlite {
        // SQLite has no statistics here and takes the index that serves the filter and the order; see the next test.
        return;
    }
    populate(t, count(3_000, 20_000)).await;
    let some = |text: &str| Some(text.to_owned());
    let by_section = Wanted { section: some("local"), ..Wanted::default() };
    let common = Wanted { topic: some("common"), ..Wanted::default() };
    let rare = Wanted { topic: some("rare-7"), ..Wanted::default() };
    let by_author = Wanted { author: some("author-3"), ..Wanted::default() };
    let by_genre = Wanted { genre: some("opinion"), ..Wanted::default() };
    for wanted in [Wanted::default(), by_section, common, rare, by_author, by_genre] {
        for order in [Order::Newest, Order::Oldest] {
            for from_end in [false, true] {
                for kept in [false, true] {
                    let plan = plan(t, &wanted, order, from_end, kept).await;
                    assert_flat(&plan, &format!("{wanted:?} {order:?} {from_end} {kept}"));
                }
            }
        }
    }
    for kept in [false, true] {
        assert_flat(&plan(t, &Wanted::default(), Order::RecentlyUpdated, false, kept).await, "recently updated");
    }
});

fn assert_flat(plan: &str, of: &str) {
    assert!(plan.contains("Index"), "{of}:\n{plan}");
    for costly in ["Sort", "Seq Scan", "Hash Join", "Bitmap"] {
        assert!(!plan.contains(costly), "{of} is not read in its order from an index:\n{plan}");
    }
}

both!(a_deep_page_reads_no_more_than_the_first, async |t| {
    populate(t, count(3_000, 20_000)).await;
    let common = Wanted { topic: Some("common".to_owned()), ..Wanted::default() };
    for wanted in [Wanted::default(), common] {
        let reader = t.reader();
        let articles = Articles::find(&reader, &wanted, Order::Newest).await.unwrap();
        let all = articles.page(&reader, &Paging::first(100_000)).await.unwrap();
        let deep = Some(list::cursor(&all.items[all.items.len() - 30]));
        let mut best = [std::time::Duration::MAX; 2];
        for _ in 0..30 {
            for (at, after) in [None, deep.clone()].into_iter().enumerate() {
                let reader = t.reader();
                let began = std::time::Instant::now();
                let page = articles.page(&reader, &Paging { after, ..Paging::first(20) }).await.unwrap();
                best[at] = best[at].min(began.elapsed());
                assert_eq!(page.items.len(), 20);
            }
        }
        println!("{:?} {wanted:?}: first page {:?}, last page {:?}", t.engine(), best[0], best[1]);
        // The benchmark measures the ratio; here a list that is read through from its beginning shows.
        assert!(best[1] < best[0] * 3, "the last page costs {:?}, the first {:?}", best[1], best[0]);
    }
});
