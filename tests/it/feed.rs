//! The public list of changes: whoever follows it ends with what is public, wherever they were cut off.

use std::collections::BTreeMap;

use masthead::model::viewer::Viewer;
use masthead::newsroom::{correct, move_slug, publish, withdraw};
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

/// A copy of what is public, and how far it has come.
#[derive(Default)]
struct Mirror {
    articles: BTreeMap<String, Value>,
    cursor: Option<String>,
    graves: usize,
}

async fn page(server: &Server, first: usize, after: Option<&str>) -> Said {
    let after = after.map(|after| format!("&after={after}")).unwrap_or_default();
    Said::of(server.get(&format!("/v1/changes?first={first}{after}")).await).await
}

impl Mirror {
    /// Takes some pages; stops where `most` articles were fetched, as one that is cut off.
    async fn follow(&mut self, server: &Server, chance: &mut Chance, most: usize) {
        let mut fetched = 0;
        loop {
            let said = page(server, 1 + chance.below(30), self.cursor.as_deref()).await;
            assert_eq!(said.status, 200, "{said:?}");
            for change in said.body["data"].as_array().unwrap().iter().filter(|change| change["type"] == "ARTICLE") {
                if fetched == most {
                    // The page is not done: its cursor is not kept.
                    return;
                }
                fetched += 1;
                let id = change["id"].as_str().unwrap();
                let read = Said::of(server.get(&format!("/v1/articles/{id}")).await).await;
                match read.status {
                    200 => {
                        assert_eq!(change["slug"], read.body["slug"], "{change}");
                        assert_eq!(change["canonicalUrl"], read.body["canonicalUrl"], "{change}");
                        self.articles.insert(id.to_owned(), read.body);
                    }
                    410 => {
                        assert_eq!(change["gone"]["reason"], read.body["reason"], "{change}");
                        assert_eq!(change["gone"]["killed"], read.body["killed"], "{change}");
                        assert!(change["slug"].is_null() && change["canonicalUrl"].is_null(), "{change}");
                        self.graves += 1;
                        self.articles.remove(id);
                    }
                    status => panic!("{id}: {status}"),
                }
            }
            self.cursor = Some(said.text("/endCursor").to_owned());
            if said.body["hasNextPage"] == false {
                assert_eq!(said.header("link"), "");
                return;
            }
            assert!(said.header("link").contains("rel=\"next\""), "{said:?}");
        }
    }
}

async fn everything(server: &Server) -> BTreeMap<String, Value> {
    let mut all = BTreeMap::new();
    let mut after = String::new();
    loop {
        let said = Said::of(server.get(&format!("/v1/articles?first=100{after}")).await).await;
        for row in said.body["data"].as_array().unwrap() {
            let id = row["id"].as_str().unwrap();
            all.insert(id.to_owned(), Said::of(server.get(&format!("/v1/articles/{id}")).await).await.body);
        }
        if said.body["pageInfo"]["hasNextPage"] == false {
            return all;
        }
        after = format!("&after={}", said.text("/pageInfo/endCursor"));
    }
}

async fn something_happens(t: &TestApp, chance: &mut Chance, n: usize) {
    let uri = format!("urn:t:{}", chance.below(12));
    let (db, system) = (&t.db, Viewer::system());
    let entry = t.entry(&uri).await;
    match (chance.below(8), entry) {
        (0..=2, _) | (_, None) => {
            let line = with(
                story(&uri),
                json!({ "headline": format!("Headline {n}"), "subjects": [format!("Subject {}", n % 4)], "section": format!("part-{}", n % 3) }),
            );
            t.import(&[line]).await;
        }
        (3, Some(entry)) => drop(correct::correct(db, &system, entry.id, None, &format!("Note {n}.")).await),
        (4, Some(entry)) => drop(move_slug::move_slug(db, &system, entry.id, &format!("slug-{n}")).await),
        (5, Some(entry)) => drop(withdraw::withdraw(db, &system, entry.id, &format!("Reason {n}.")).await),
        (6, Some(entry)) => drop(publish::publish(db, &system, entry.id).await),
        (_, Some(entry)) => {
            if chance.percent(25) {
                drop(withdraw::kill(db, &system, entry.id, "By order of a court.").await);
            }
        }
    }
}

both!(a_mirror_that_follows_ends_with_what_is_public, async |t| {
    let server = t.serve().await;
    let mut chance = Chance::new();
    let mut mirror = Mirror::default();
    for n in 0..count(120, 1_500) {
        something_happens(t, &mut chance, n).await;
        if chance.percent(20) {
            let most = chance.below(20);
            mirror.follow(&server, &mut chance, most).await;
        }
        if chance.percent(4) {
            mirror.follow(&server, &mut chance, usize::MAX).await;
            assert_eq!(mirror.articles, everything(&server).await);
        }
    }
    mirror.follow(&server, &mut chance, usize::MAX).await;
    assert_eq!(mirror.articles, everything(&server).await);
    assert!(mirror.graves > 0 && !mirror.articles.is_empty());
    println!("{} articles, {} graves seen", mirror.articles.len(), mirror.graves);
});

both!(a_cursor_that_is_over_says_where_to_begin_anew, async |t| {
    t.import_all(&[story("urn:t:1"), story("urn:t:2")]).await;
    let server = t.serve().await;
    let first = page(&server, 1, None).await;
    assert_eq!((first.status, first.header("cache-control")), (200, "public, max-age=0, s-maxage=5"));
    let again = server.client.get(format!("{}/v1/changes?first=1", server.base));
    assert_eq!(again.header("if-none-match", first.header("etag")).send().await.unwrap().status(), 304);
    let (cursor, head) = (first.text("/endCursor").to_owned(), first.text("/head").to_owned());
    assert_eq!(page(&server, 10, Some(&head)).await.body["data"], json!([]));
    // Of one type: without any, the cursor goes on all the same.
    let none = Said::of(server.get("/v1/changes?type=collection").await).await;
    assert!(none.body["data"].as_array().unwrap().iter().all(|change| change["type"] == "COLLECTION"));
    assert_eq!(none.text("/endCursor"), head);
    // Made up.
    let mut made_up = cursor.clone();
    made_up.replace_range(53..54, if cursor.ends_with('0') { "1" } else { "0" });
    let refused = page(&server, 1, Some(&made_up)).await;
    assert_eq!((refused.status, refused.code()), (404, "NOT_FOUND"));
    let graphql = "query ($a: String) { changes(first: 1, after: $a, type: ARTICLE) { changes { type kind article { slug } gone { reason } } head } }";
    let said = server.graphql(graphql, json!({})).await;
    assert_eq!(said["data"]["changes"]["changes"][0]["kind"], "PUBLISHED", "{said}");
    // What is older than what is kept.
    t.execute("DELETE FROM changes WHERE seq <= (SELECT MIN(seq) FROM changes) + 1").await;
    for after in [Some(cursor.as_str()), None] {
        let gone = page(&server, 1, after).await;
        assert_eq!((gone.status, gone.code(), gone.text("/start")), (410, "CURSOR_EXPIRED", head.as_str()), "{gone:?}");
    }
    assert_eq!(page(&server, 10, Some(&head)).await.status, 200);
    // Of another log, as after a backup is restored.
    t.db.renew_log_id().await.unwrap();
    let gone = page(&server, 10, Some(&head)).await;
    assert_eq!((gone.status, gone.code()), (410, "CURSOR_EXPIRED"));
    assert_ne!(gone.text("/start"), head);
    assert_eq!(page(&server, 10, Some(gone.text("/start"))).await.status, 200);
    let said = server.graphql(graphql, json!({ "a": head })).await;
    assert_eq!(said["errors"][0]["extensions"]["code"], "CURSOR_EXPIRED", "{said}");
});
