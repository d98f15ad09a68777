//! Views: one visitor counts once, two nodes agree, what is withdrawn never trends.

use std::net::IpAddr;

use masthead::catalogue::collection::top_news;
use masthead::catalogue::trending::trending;
use masthead::model::trend::Window;
use masthead::model::viewer::Viewer;
use masthead::newsroom::publish::publish;
use masthead::newsroom::views::{Counter, rank};
use masthead::newsroom::withdraw::withdraw;
use masthead::store::Db;
use serde_json::{Value, json};

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

fn address(n: u32) -> IpAddr {
    IpAddr::from(std::net::Ipv4Addr::from(0x0a00_0000 + n))
}

async fn views(t: &TestApp) -> Vec<String> {
    t.texts("SELECT CAST(n AS TEXT) AS v FROM views ORDER BY hour, article_id").await
}

async fn stories(t: &TestApp) {
    let one = |slug: &str, section: &str| {
        with(
            story(&format!("urn:t:{slug}")),
            json!({ "slug": slug, "section": { "name": section, "parent": { "name": "News" } } }),
        )
    };
    t.import_all(&[one("alpha", "Politics"), one("beta", "Sport"), one("gamma", "Sport")]).await;
}

async fn slugs(t: &TestApp, window: Window, section: Option<&str>) -> Vec<String> {
    let cards = trending(&t.reader(), window, section, 10).await.unwrap();
    cards.iter().map(|card| card.slug.clone()).collect()
}

both!(one_visitor_counts_once_an_hour_at_any_node, async |t| {
    stories(t).await;
    let id = t.id("urn:t:alpha").await.to_string();
    let other = Counter::new(&Db::open(&t.options, t.clock.clone()).await.unwrap());
    let counter = Counter::new(&t.db);
    for n in 0..10_000 {
        let name = if n % 2 == 0 { "alpha" } else { &id };
        assert!(counter.record(name, address(1), "browser").await.unwrap());
    }
    assert!(counter.waiting() <= 2);
    other.record("alpha", address(1), "browser").await.unwrap();
    assert_eq!((counter.flush().await.unwrap(), other.flush().await.unwrap()), (1, 0));
    other.record("alpha", address(2), "browser").await.unwrap();
    assert_eq!(other.flush().await.unwrap(), 1);
    assert_eq!(views(t).await, ["2"]);
    // The next hour is another window, the next day has another salt.
    t.clock.advance(3_600_000);
    counter.record("alpha", address(1), "browser").await.unwrap();
    assert_eq!(counter.flush().await.unwrap(), 1);
    t.clock.advance(86_400_000);
    counter.record("alpha", address(1), "browser").await.unwrap();
    assert_eq!(counter.flush().await.unwrap(), 1);
    assert_eq!(t.texts("SELECT salt AS v FROM view_salts").await.len(), 2);
    assert!(rank(&t.db).await.unwrap());
    assert_eq!(t.texts("SELECT salt AS v FROM view_salts").await.len(), 1);
    assert_eq!(t.texts("SELECT CAST(mark AS TEXT) AS v FROM view_marks").await.len(), 1);
    assert_eq!(views(t).await, ["2", "1", "1"]);
});

both!(what_trends_is_ranked_by_section_and_never_withdrawn, async |t| {
    stories(t).await;
    let counter = Counter::new(&t.db);
    for (slug, times) in [("alpha", 1), ("beta", 3), ("gamma", 2), ("nowhere", 9)] {
        for n in 0..times {
            counter.record(slug, address(n), "browser").await.unwrap();
        }
    }
    assert!(!counter.record("../../etc", address(1), "").await.unwrap());
    assert!(!counter.record(&"a".repeat(5_000), address(1), "").await.unwrap());
    assert_eq!(counter.flush().await.unwrap(), 6);
    assert!(rank(&t.db).await.unwrap());
    assert!(!rank(&t.db).await.unwrap(), "once in half a minute, whichever node");
    for window in Window::ALL {
        assert_eq!(slugs(t, window, None).await, ["beta", "gamma", "alpha"]);
        assert_eq!(slugs(t, window, Some("sport")).await, ["beta", "gamma"]);
        assert_eq!(slugs(t, window, Some("news")).await, ["beta", "gamma", "alpha"]);
        assert!(slugs(t, window, Some("nowhere")).await.is_empty());
    }
    withdraw(&t.db, &Viewer::system(), t.id("urn:t:beta").await, "Withdrawn: a test.").await.unwrap();
    assert_eq!(slugs(t, Window::Day, None).await, ["gamma", "alpha"]);
    assert_eq!(top_news(&t.reader(), None, 10).await.unwrap().len(), 2);
    t.clock.advance(2 * 3_600_000);
    assert!(rank(&t.db).await.unwrap());
    assert!(slugs(t, Window::Hour, None).await.is_empty());
    assert_eq!(slugs(t, Window::Day, None).await, ["gamma", "alpha"]);
});

both!(what_was_passed_over_in_a_ranking_is_shown_when_it_is_published_again, async |t| {
    stories(t).await;
    let counter = Counter::new(&t.db);
    for (slug, times) in [("alpha", 1), ("beta", 3), ("gamma", 2)] {
        for n in 0..times {
            counter.record(slug, address(n), "browser").await.unwrap();
        }
    }
    counter.flush().await.unwrap();
    assert!(rank(&t.db).await.unwrap());
    let server = t.serve().await;
    let shown = async |first: usize| {
        let list: Value = server.get(&format!("/v1/trending?first={first}")).await.json().await.unwrap();
        let slugs = list["data"].as_array().unwrap().iter().map(|article| article["slug"].as_str().unwrap().to_owned());
        slugs.collect::<Vec<_>>()
    };
    for passed in ["alpha", "beta", "gamma"] {
        let id = t.id(&format!("urn:t:{passed}")).await;
        withdraw(&t.db, &Viewer::system(), id, "Withdrawn: a test.").await.unwrap();
        let rest: Vec<_> = ["beta", "gamma", "alpha"].into_iter().filter(|slug| *slug != passed).collect();
        for first in 1..=4 {
            assert_eq!(shown(first).await, rest[..first.min(2)], "the first {first} without {passed}");
        }
        publish(&t.db, &Viewer::system(), id).await.unwrap();
        for first in 1..=4 {
            assert_eq!(
                shown(first).await,
                ["beta", "gamma", "alpha"][..first.min(3)],
                "the first {first} after {passed}"
            );
        }
    }
});

both!(the_beacon_over_http, async |t| {
    stories(t).await;
    let server = t.serve().await;
    for (key, status) in [("alpha", 204), ("nowhere", 204), ("NO%20SLUG", 404)] {
        let url = format!("{}/v1/articles/{key}/views", server.base);
        let sent = server.client.post(url).header("content-type", "text/plain").body("{}").send().await.unwrap();
        assert_eq!(sent.status().as_u16(), status, "{key}");
    }
    assert_eq!(server.get("/v1/trending?window=7d&section=sport").await.status(), 200);
    let query = "{ trending(window: WEEK, section: \"sport\") { slug } topNews(section: \"sport\") { slug } }";
    let answer = server.graphql(query, json!({})).await;
    assert_eq!(answer["data"]["topNews"].as_array().map(Vec::len), Some(2), "{answer}");
    for _ in 0..50 {
        if views(t).await == ["1"] {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("the view was not flushed");
});
