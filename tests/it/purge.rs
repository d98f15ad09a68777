//! Caches in front: what they are told of an answer, and that they are told of each change, after it can be read.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use masthead::model::change::Tag;
use masthead::model::id::ArticleId;
use masthead::model::related::{Entry, List, Reason};
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use masthead::store::{changes, related};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

/// A call that a cache was made.
#[derive(Debug, Clone)]
struct Call {
    path: String,
    key: String,
    soft: bool,
    tags: BTreeSet<String>,
    body: Value,
}

/// A cache on loopback: what it was told, and with which status it answers.
#[derive(Clone)]
struct Cache {
    base: String,
    calls: Arc<Mutex<Vec<Call>>>,
    status: Arc<Mutex<u16>>,
}

type Memory = Data<(Arc<Mutex<Vec<Call>>>, Arc<Mutex<u16>>)>;

async fn take(req: HttpRequest, body: Bytes, memory: Memory) -> HttpResponse {
    let body: Value = serde_json::from_slice(&body).unwrap();
    let header = |name: &str| req.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let tags = body["surrogate_keys"].as_array().or(body["tags"].as_array()).unwrap();
    let tags = tags.iter().map(|tag| tag.as_str().unwrap().to_owned()).collect();
    let key = header("fastly-key") + &header("authorization");
    let soft = header("fastly-soft-purge") == "1";
    let status = *memory.1.lock().unwrap();
    memory.0.lock().unwrap().push(Call { path: req.path().to_owned(), key, soft, tags, body });
    HttpResponse::build(status.try_into().unwrap()).finish()
}

impl Cache {
    async fn start() -> Cache {
        let (calls, status) = (Arc::default(), Arc::new(Mutex::new(200)));
        let memory: Memory = Data::new((Arc::clone(&calls), status.clone()));
        let (tell, heard) = oneshot::channel();
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let server =
                    HttpServer::new(move || App::new().app_data(memory.clone()).default_service(web::to(take)));
                let server = server.workers(1).disable_signals().bind("127.0.0.1:0").unwrap();
                tell.send(server.addrs()[0]).unwrap();
                server.run().await.unwrap();
            });
        });
        Cache { base: format!("http://{}", heard.await.unwrap()), calls, status }
    }

    fn calls(&self, path: &str) -> Vec<Call> {
        self.calls.lock().unwrap().iter().filter(|call| call.path.starts_with(path)).cloned().collect()
    }

    fn forget(&self) {
        self.calls.lock().unwrap().clear();
    }

    /// Waits for a call of which this holds.
    async fn told(&self, path: &str, holds: impl Fn(&Call) -> bool) -> Call {
        for _ in 0..300 {
            if let Some(call) = self.calls(path).into_iter().find(&holds) {
                return call;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("the cache was not told: {:?}", self.calls(path));
    }
}

fn flags(cache: &Cache) -> Vec<(&'static str, String)> {
    vec![
        ("outbound.allow_private", "true".to_owned()),
        ("purge.fastly.url", cache.base.clone()),
        ("purge.fastly.service", "s1".to_owned()),
        ("purge.fastly.token", "fastly-token".to_owned()),
        ("purge.cloudflare.url", format!("{}/cf", cache.base)),
        ("purge.cloudflare.zone", "z1".to_owned()),
        ("purge.cloudflare.token", "cf-token".to_owned()),
        ("purge.webhook.url", format!("{}/hook", cache.base)),
    ]
}

async fn serve(t: &TestApp, flags: &[(&'static str, String)]) -> crate::harness::http::Server {
    let flags: Vec<(&str, &str)> = flags.iter().map(|(key, value)| (*key, value.as_str())).collect();
    t.serve_as(&flags).await
}

fn line(n: usize) -> Value {
    with(
        story(&format!("urn:t:{n}")),
        json!({ "slug": format!("s{n}"), "section": "Harbour", "subjects": ["Ferries"], "headline": format!("Story {n}") }),
    )
}

const PATHS: [&str; 3] = ["/service/s1/purge", "/cf/zones/z1/purge_cache", "/hook"];

both!(each_cache_is_told_of_each_change_by_the_tags_that_answers_carry, async |t| {
    t.import_all(&[line(1)]).await;
    let cache = Cache::start().await;
    let server = serve(t, &flags(&cache)).await;
    // What there was when they were first told of is in no cache.
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    cache.forget();
    let response = server.get("/v1/articles/s1").await;
    let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
    let keys: BTreeSet<String> = header("surrogate-key").split(' ').map(str::to_owned).collect();
    let id = t.id("urn:t:1").await;
    let article = Tag::Article(id).key();
    assert!(keys.contains(&article) && keys.contains("masthead"), "{keys:?}");
    assert_eq!(header("cache-tag").split(',').map(str::to_owned).collect::<BTreeSet<_>>(), keys);
    assert!(header("cache-control").contains("s-maxage=86400"), "{}", header("cache-control"));
    // The same once more, from what is kept.
    assert_eq!(
        server.get("/v1/articles/s1").await.headers().get("surrogate-key"),
        response.headers().get("surrogate-key")
    );
    t.import_all(&[with(line(1), json!({ "headline": "Another" }))]).await;
    for path in PATHS {
        let call = cache.told(path, |call| call.tags.contains(&article)).await;
        assert!(call.tags.contains("articles") && call.tags.contains("anything"), "{call:?}");
        assert_eq!(call.soft, path == PATHS[0]);
        let key = ["fastly-token", "Bearer cf-token", ""][PATHS.iter().position(|one| *one == path).unwrap()];
        assert_eq!(call.key, key);
    }
    assert_eq!(cache.calls("/hook")[0].body["hard"], false);
    // What is taken back goes at once.
    cache.forget();
    let withdrawn = withdraw::withdraw(&t.db, &Viewer::system(), id, "Wrong.").await.unwrap();
    for path in PATHS {
        let call = cache.told(path, |call| call.tags.contains(&article) && !call.soft).await;
        if path == "/hook" {
            assert_eq!((&call.body["hard"], &call.body["seq"]), (&json!(true), &json!(withdrawn.seq)));
        }
    }
});

both!(a_cache_that_fails_is_told_later_and_holds_up_no_other, async |t| {
    t.import_all(&[line(1)]).await;
    let (cache, failing) = (Cache::start().await, Cache::start().await);
    let mut flags = flags(&cache);
    for (key, value) in &mut flags {
        if *key == "purge.fastly.url" {
            value.clone_from(&failing.base);
        }
    }
    let server = serve(t, &flags).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    *failing.status.lock().unwrap() = 503;
    t.import_all(&[line(2)]).await;
    let article = Tag::Article(t.id("urn:t:2").await).key();
    failing.told("/service", |call| call.tags.contains(&article)).await;
    cache.told("/hook", |call| call.tags.contains(&article)).await;
    // Another node may go on where this one stood.
    t.import_all(&[line(3)]).await;
    failing.forget();
    *failing.status.lock().unwrap() = 200;
    failing.told("/service", |call| call.tags.contains(&article)).await;
    let third = Tag::Article(t.id("urn:t:3").await).key();
    failing.told("/service", |call| call.tags.contains(&third)).await;
    let metrics = server.get("/metrics").await.text().await.unwrap();
    assert!(metrics.contains("masthead_purges_total{target=\"purge-fastly\",outcome=\"failed\"}"), "{metrics}");
});

both!(more_lists_of_related_news_than_are_named_drop_everything_softly, async |t| {
    t.import_all(&[line(1)]).await;
    let cache = Cache::start().await;
    let server = serve(t, &flags(&cache)).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    let response = server.get("/v1/articles/s1").await;
    let keys: Vec<String> =
        response.headers()["surrogate-key"].to_str().unwrap().split(' ').map(str::to_owned).collect();
    cache.forget();
    let entry = Entry { article: ArticleId(1), score: 0.5, reasons: vec![Reason::Words] };
    let lists: Vec<(ArticleId, List)> =
        (1..=1_001).map(|id| (ArticleId(id), List { entries: vec![entry.clone()], duplicates: Vec::new() })).collect();
    let put = t.db.write(move |tx| {
        let lists = lists.clone();
        Box::pin(async move { related::put(tx, &lists).await })
    });
    assert_eq!(put.await.unwrap().value.len(), 1_001);
    for path in PATHS {
        let call = cache.told(path, |call| keys.iter().any(|key| call.tags.contains(key))).await;
        assert_eq!((call.tags, call.soft), (BTreeSet::from(["masthead".to_owned()]), path == PATHS[0]));
        assert!(path != "/hook" || call.body["hard"] == false, "{}", call.body);
    }
});

both!(other_settings_have_everything_asked_for_again, async |t| {
    t.import_all(&[line(1)]).await;
    let cache = Cache::start().await;
    let mut flags = flags(&cache);
    let control = async |server: &crate::harness::http::Server| {
        let response = server.get("/v1/articles/s1").await;
        response.headers()["cache-control"].to_str().unwrap().to_owned()
    };
    let before = serve(t, &flags).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    for _ in 0..2 {
        assert!(control(&before).await.contains("s-maxage=86400"));
    }
    // The same settings make the same answers.
    cache.forget();
    let same = serve(t, &flags).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(control(&same).await.contains("s-maxage=86400"));
    assert!(cache.calls("/").iter().all(|call| !call.tags.contains("masthead")), "{:?}", cache.calls("/"));
    flags.push(("site.name", "The Harbour Courier".to_owned()));
    let after = serve(t, &flags).await;
    for path in PATHS {
        let call = cache.told(path, |call| call.tags.contains("masthead")).await;
        assert_eq!(call.soft, path == PATHS[0]);
        assert!(path != "/hook" || call.body["hard"] == false, "{}", call.body);
    }
    // Who goes on by the settings of before would fill the cache with the old once more; what it has kept is told so too.
    assert!(control(&after).await.contains("s-maxage=86400"));
    for server in [&before, &same] {
        for _ in 0..2 {
            assert_eq!(control(server).await, "public, max-age=0, s-maxage=5");
        }
    }
    // It was told once.
    cache.forget();
    t.import_all(&[line(2)]).await;
    let article = Tag::Article(t.id("urn:t:2").await).key();
    for path in PATHS {
        cache.told(path, |call| call.tags.contains(&article)).await;
        assert!(cache.calls(path).iter().all(|call| !call.tags.contains("masthead")), "{:?}", cache.calls(path));
    }
});

both!(settings_take_over_one_after_the_other, async |t| {
    let head = async || changes::head(&mut t.db.read().await.unwrap()).await.unwrap();
    let take = async |shape: i64| changes::take_shape(&t.db, shape).await.unwrap();
    let before = head().await;
    assert_eq!((before.shape, before.shaped_at.millis()), (0, 0));
    // Nobody had said anything.
    assert!(!take(7).await);
    let first = head().await;
    assert_eq!((first.shape, first.shaped_at, first.seq), (7, t.now(), before.seq));
    assert_eq!((t.db.shape(), t.db.shaped_at()), (7, t.now()));
    t.clock.advance(10_000);
    // Who comes with the same changes nothing.
    assert!(!take(7).await);
    assert_eq!(head().await, first);
    // Of many who come at once one is the first.
    let others = futures::future::join_all((0..8).map(|_| take(8))).await;
    assert_eq!(others.into_iter().filter(|took| *took).count(), 1);
    let second = head().await;
    assert_eq!((second.shape, second.shaped_at), (8, t.now()));
    // Within a second, and with a clock that was set back.
    for (n, shape) in [(1, 9), (2, 7)] {
        assert!(take(shape).await);
        assert_eq!((head().await.shape, head().await.shaped_at), (shape, second.shaped_at.plus_millis(n * 1_000)));
        assert_eq!((t.db.shape(), t.db.shaped_at()), (shape, head().await.shaped_at));
        t.clock.advance(-60_000);
    }
});

both!(without_a_cache_that_is_told_answers_are_kept_for_seconds, async |t| {
    t.import_all(&[line(1)]).await;
    let server = t.serve_as(&[("cache.explain", "true")]).await;
    for path in ["/v1/articles/s1", "/feeds/latest.rss", "/graphql?query=%7BlatestNews%7Bslug%7D%7D"] {
        for _ in 0..2 {
            let response = server.get(path).await;
            let header = |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap());
            assert_eq!(header("cache-control"), "public, max-age=0, s-maxage=5", "{path}");
            assert!(header("surrogate-key").is_empty() && header("cache-tag").is_empty(), "{path}");
            assert!(header("masthead-depends").contains("article/"), "{path}: {}", header("masthead-depends"));
        }
    }
    let cache = Cache::start().await;
    let mut flags = flags(&cache);
    flags.push(("purge.dry_run", "true".to_owned()));
    let server = serve(t, &flags).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    t.import_all(&[line(2)]).await;
    tokio::time::sleep(Duration::from_millis(2_500)).await;
    assert!(cache.calls("/").is_empty());
    assert!(server.get("/v1/articles/s1").await.headers().contains_key("surrogate-key"));
});
