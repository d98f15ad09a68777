//! WebSub: whoever subscribes to a feed is told of every change of it, once it can be read, and nobody else is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::hmac;
use masthead::model::viewer::Viewer;
use masthead::newsroom::access::Expected;
use masthead::newsroom::taxonomy::{self, Form, Noun};
use masthead::newsroom::withdraw;
use masthead::store::websub;
use serde_json::json;
use tokio::sync::oneshot;

use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

/// A delivery, or a question back.
#[derive(Debug, Clone)]
struct Told {
    path: String,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Bytes,
}

/// How it answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Manner {
    Well,
    /// Another challenge than the one that it was given.
    Wrong,
    Status(u16),
}

/// A subscriber on loopback, or a hub.
struct Subscriber {
    base: String,
    told: Arc<Mutex<Vec<Told>>>,
    manner: Arc<Mutex<Manner>>,
}

type Memory = Data<(Arc<Mutex<Vec<Told>>>, Arc<Mutex<Manner>>)>;

async fn take(req: HttpRequest, body: Bytes, memory: Memory) -> HttpResponse {
    let query = url::form_urlencoded::parse(req.query_string().as_bytes()).into_owned().collect();
    let headers =
        req.headers().iter().map(|(k, v)| (k.to_string(), String::from_utf8_lossy(v.as_bytes()).into_owned()));
    let told = Told { path: req.path().to_owned(), query, headers: headers.collect(), body };
    let manner = *memory.1.lock().unwrap();
    let challenge = told.query.get("hub.challenge").cloned();
    memory.0.lock().unwrap().push(told);
    match (manner, challenge) {
        (Manner::Well, Some(challenge)) => HttpResponse::Ok().body(challenge),
        (Manner::Wrong, Some(_)) => HttpResponse::Ok().body("something else"),
        (Manner::Status(status), _) => HttpResponse::build(status.try_into().unwrap()).finish(),
        _ => HttpResponse::NoContent().finish(),
    }
}

impl Subscriber {
    async fn start() -> Subscriber {
        let (told, manner) = (Arc::default(), Arc::new(Mutex::new(Manner::Well)));
        let memory: Memory = Data::new((Arc::clone(&told), manner.clone()));
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
        Subscriber { base: format!("http://{}", heard.await.unwrap()), told, manner }
    }

    fn be(&self, manner: Manner) {
        *self.manner.lock().unwrap() = manner;
    }

    fn all(&self) -> Vec<Told> {
        self.told.lock().unwrap().clone()
    }

    /// The deliveries to a path.
    fn deliveries(&self, path: &str) -> Vec<Told> {
        self.all().into_iter().filter(|told| told.path == path && !told.query.contains_key("hub.mode")).collect()
    }

    /// Waits until this many were delivered to a path.
    async fn wait(&self, path: &str, n: usize) -> Told {
        until(&format!("{n} deliveries to {path}"), async || self.deliveries(path).len() >= n).await;
        self.deliveries(path).remove(n - 1)
    }
}

async fn until(what: &str, mut is: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !is().await {
        assert!(begun.elapsed() < Duration::from_secs(30), "{what}: it does not come");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Long enough for something to come that should not.
async fn a_while() {
    tokio::time::sleep(Duration::from_millis(2_500)).await;
}

async fn ask(server: &Server, form: &[(&str, &str)]) -> Said {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = server.client.post(format!("{}/websub", server.base)).body(body);
    Said::of(request.header("content-type", "application/x-www-form-urlencoded").send().await.unwrap()).await
}

const LATEST: &str = "http://127.0.0.1:8080/feeds/latest.atom";
const FERRIES: &str = "http://127.0.0.1:8080/feeds/topics/ferries.rss";
const SECRET: &str = "s3cret";

async fn subscribe(server: &Server, topic: &str, callback: &str) {
    let form = [("hub.mode", "subscribe"), ("hub.topic", topic), ("hub.callback", callback), ("hub.secret", SECRET)];
    let said = ask(server, &form).await;
    assert_eq!(said.status, 202, "{said:?}");
}

async fn subscriptions(t: &TestApp) -> usize {
    websub::subscriptions(&mut t.db.read().await.unwrap(), t.now()).await.unwrap().len()
}

/// Waits until the hub has noted that the only subscriber could not be told, so many times in a row. Until then a clock
/// that moves on takes the next try with it.
async fn failed(t: &TestApp, times: i32) {
    until(&format!("{times} failures"), async || {
        let all = websub::subscriptions(&mut t.db.read().await.unwrap(), t.now()).await.unwrap();
        all.iter().map(|one| one.tries).collect::<Vec<_>>() == [times]
    })
    .await;
}

async fn publish(t: &TestApp, n: usize, topics: &[&str]) {
    let fields = json!({ "headline": format!("Story {n}"), "subjects": topics, "published": "2026-01-31T08:00:00Z" });
    t.import_all(&[with(story(&format!("urn:t:{n}")), fields)]).await;
}

fn text(told: &Told) -> String {
    String::from_utf8(told.body.to_vec()).unwrap()
}

both!(a_subscriber_is_told_what_the_feed_is, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let server = t.serve_as(&[("outbound.allow_private", "true")]).await;
    let reader = Subscriber::start().await;
    // The feed names the hub, in every dialect and in the header.
    for (path, must) in [
        ("/feeds/latest.rss", "<atom:link rel=\"hub\" href=\"http://127.0.0.1:8080/websub\"/>"),
        ("/feeds/latest.atom", "<link rel=\"hub\" href=\"http://127.0.0.1:8080/websub\"/>"),
        ("/feeds/latest.json", "\"hubs\":[{\"type\":\"WebSub\",\"url\":\"http://127.0.0.1:8080/websub\"}]"),
    ] {
        let answer = server.get(path).await;
        let link = answer.headers()["link"].to_str().unwrap().to_owned();
        assert!(link.contains("<http://127.0.0.1:8080/websub>; rel=\"hub\""), "{link}");
        let body = answer.text().await.unwrap();
        assert!(body.contains(must), "{path}: {body}");
    }
    subscribe(&server, LATEST, &format!("{}/all?mine=1", reader.base)).await;
    subscribe(&server, FERRIES, &format!("{}/ferries", reader.base)).await;
    let first = reader.wait("/all", 1).await;
    reader.wait("/ferries", 1).await;
    // They were asked back, with what they had in their query.
    let question =
        reader.all().into_iter().find(|told| told.query.contains_key("hub.challenge") && told.path == "/all");
    let query = question.unwrap().query;
    assert_eq!(
        ["mine", "hub.mode", "hub.topic", "hub.lease_seconds"].map(|name| query[name].as_str()),
        ["1", "subscribe", LATEST, "864000"]
    );
    // What is told is the feed, signed.
    assert_eq!(first.headers["content-type"], "application/atom+xml; charset=utf-8");
    assert_eq!(first.headers["link"], format!("<http://127.0.0.1:8080/websub>; rel=\"hub\", <{LATEST}>; rel=\"self\""));
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    let signed =
        data_encoding::HEXLOWER.decode(first.headers["x-hub-signature"].strip_prefix("sha256=").unwrap().as_bytes());
    hmac::verify(&key, &first.body, &signed.unwrap()).unwrap();
    assert_eq!(text(&first), server.get("/feeds/latest.atom").await.text().await.unwrap());
    assert_eq!(first.query, BTreeMap::from([("mine".to_owned(), "1".to_owned())]));
    // A story about something else: the one hears of it, the other does not.
    publish(t, 1, &["Schools"]).await;
    assert!(text(&reader.wait("/all", 2).await).contains("<id>urn:t:1</id>"));
    a_while().await;
    assert_eq!((reader.deliveries("/all").len(), reader.deliveries("/ferries").len()), (2, 1));
    // A kill reaches both.
    publish(t, 2, &["Ferries"]).await;
    assert!(text(&reader.wait("/ferries", 2).await).contains("urn:t:2"));
    reader.wait("/all", 3).await;
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:2").await, "Wrong.").await.unwrap();
    assert!(!text(&reader.wait("/ferries", 3).await).contains("urn:t:2"));
    assert!(text(&reader.wait("/all", 4).await).contains("<at:deleted-entry ref=\"urn:t:2\""));
    // Who leaves hears no more, once they have said that they meant it.
    let callback = format!("{}/all?mine=1", reader.base);
    ask(&server, &[("hub.mode", "unsubscribe"), ("hub.topic", LATEST), ("hub.callback", &callback)]).await;
    until("they left", async || subscriptions(t).await == 1).await;
    publish(t, 3, &["Ferries"]).await;
    reader.wait("/ferries", 4).await;
    assert_eq!(reader.deliveries("/all").len(), 4);
    // A feed of which nothing is left stays, and says so by being empty, as long as Atom tells of what it had.
    for uri in ["urn:t:0", "urn:t:3"] {
        withdraw::withdraw(&t.db, &Viewer::system(), t.id(uri).await, "Wrong.").await.unwrap();
    }
    until("the feed is empty", async || {
        reader.deliveries("/ferries").pop().is_some_and(|last| !text(&last).contains("<item>"))
    })
    .await;
    assert_eq!(subscriptions(t).await, 1);
    // Later it is gone: they are told that there will be nothing more.
    let day = 24 * 60 * 60 * 1000;
    t.db.clock().advance(5 * day);
    let form = [("hub.mode", "subscribe"), ("hub.topic", FERRIES), ("hub.lease_seconds", "2592000")];
    let callback = format!("{}/ferries", reader.base);
    let form: Vec<_> = form.into_iter().chain([("hub.callback", callback.as_str()), ("hub.secret", SECRET)]).collect();
    let told = reader.all().len();
    assert_eq!(ask(&server, &form).await.status, 202);
    until("they are asked back", async || reader.all().len() > told).await;
    a_while().await;
    t.db.clock().advance(26 * day);
    publish(t, 4, &["Schools"]).await;
    until("the feed is gone", async || subscriptions(t).await == 0).await;
    let last = reader.all().pop().unwrap();
    assert_eq!(last.query["hub.mode"], "denied");
});

both!(nothing_is_lost_by_who_cannot_be_reached, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let server = t.serve_as(&[("outbound.allow_private", "true")]).await;
    let reader = Subscriber::start().await;
    subscribe(&server, LATEST, &format!("{}/all", reader.base)).await;
    reader.wait("/all", 1).await;
    reader.be(Manner::Status(503));
    publish(t, 1, &[]).await;
    reader.wait("/all", 2).await;
    failed(t, 1).await;
    // Not again before it is time; then what is there by then.
    publish(t, 2, &[]).await;
    a_while().await;
    assert_eq!(reader.deliveries("/all").len(), 2);
    reader.be(Manner::Well);
    t.db.clock().advance(6_000);
    let told = text(&reader.wait("/all", 3).await);
    assert!(told.contains("urn:t:1") && told.contains("urn:t:2"));
    // Who says that they are gone is told no more; so is who fails for three days.
    reader.be(Manner::Status(410));
    publish(t, 3, &[]).await;
    until("they are gone", async || subscriptions(t).await == 0).await;
    reader.be(Manner::Well);
    let n = reader.deliveries("/all").len();
    subscribe(&server, LATEST, &format!("{}/all", reader.base)).await;
    reader.wait("/all", n + 1).await;
    reader.be(Manner::Status(500));
    publish(t, 4, &[]).await;
    for day in 0..4 {
        failed(t, day + 1).await;
        t.db.clock().advance(24 * 60 * 60 * 1000);
        reader.wait("/all", n + 3 + usize::try_from(day).unwrap()).await;
    }
    until("they have failed for too long", async || subscriptions(t).await == 0).await;
});

both!(who_has_what_the_feed_is_again_is_behind_with_nothing, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let server = t.serve_as(&[("outbound.allow_private", "true")]).await;
    let reader = Subscriber::start().await;
    subscribe(&server, FERRIES, &format!("{}/ferries", reader.base)).await;
    reader.wait("/ferries", 1).await;
    reader.be(Manner::Status(503));
    publish(t, 1, &["Ferries"]).await;
    reader.wait("/ferries", 2).await;
    failed(t, 1).await;
    // The story is about something else after all.
    publish(t, 1, &["Schools"]).await;
    t.db.clock().advance(6_000);
    failed(t, 0).await;
    assert_eq!(reader.deliveries("/ferries").len(), 2);
});

both!(two_nodes_tell_once_and_what_is_asked_for_is_kept, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let reader = Subscriber::start().await;
    let callback = format!("{}/all", reader.base);
    let settings = [("outbound.allow_private", "true")];
    {
        let (one, _other) = (t.serve_as(&settings).await, t.serve_as(&settings).await);
        subscribe(&one, LATEST, &callback).await;
        reader.wait("/all", 1).await;
        for n in 1..6 {
            publish(t, n, &[]).await;
            assert!(text(&reader.wait("/all", n + 1).await).contains(&format!("urn:t:{n}")));
        }
        a_while().await;
        assert_eq!(reader.deliveries("/all").len(), 6);
    }
    // What somebody asked for while nobody ran is kept in the store, and so is what was not told.
    let keep = |mode: &'static str, key: &'static str, callback: String| {
        t.db.write(move |tx| {
            let callback = callback.clone();
            Box::pin(async move {
                let asked =
                    websub::Asked { key, mode, topic: LATEST, callback: &callback, secret: None, lease_seconds: 600 };
                websub::ask(tx, &asked).await
            })
        })
    };
    keep("subscribe", "k", format!("{}/late", reader.base)).await.unwrap();
    reader.wait("/late", 1).await;
    // A subscription ends with its lease.
    t.db.clock().advance(601_000);
    publish(t, 9, &[]).await;
    reader.wait("/all", 7).await;
    assert_eq!(reader.deliveries("/late").len(), 1);
});

both!(who_did_not_mean_it_or_asks_for_nothing_is_not_subscribed, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let server = t.serve_as(&[("outbound.allow_private", "true"), ("websub.subscriptions", "1")]).await;
    let reader = Subscriber::start().await;
    let callback = format!("{}/all", reader.base);
    for manner in [Manner::Wrong, Manner::Status(404)] {
        reader.be(manner);
        let n = reader.all().len();
        subscribe(&server, LATEST, &callback).await;
        until("they are asked", async || reader.all().len() > n).await;
    }
    until("nobody waits", async || websub::counts(&mut t.db.read().await.unwrap()).await.unwrap() == (0, 0)).await;
    let far = "http://127.0.0.1:8080/feeds/topics/none.rss";
    let long = "x".repeat(200);
    for (mode, topic, callback, secret, lease, status, at) in [
        ("subscribe", far, callback.as_str(), "", "", 404, ""),
        ("subscribe", "http://elsewhere.example/feeds/latest.rss", &callback, "", "", 400, "hub.topic"),
        ("subscribe", "http://127.0.0.1:8080/feeds/search.rss?q=a", &callback, "", "", 400, "hub.topic"),
        ("subscribe", "http://127.0.0.1:8080/feeds/latest.rss?after=t", &callback, "", "", 400, "hub.topic"),
        ("subscribe", "", &callback, "", "", 400, "hub.topic"),
        ("subscribe", LATEST, "", "", "", 400, "hub.callback"),
        ("subscribe", LATEST, "http://a:b@127.0.0.1/", "", "", 400, "hub.callback"),
        ("subscribe", LATEST, "http://127.0.0.1/#a", "", "", 400, "hub.callback"),
        ("subscribe", LATEST, "ftp://127.0.0.1/", "", "", 422, "hub.callback"),
        ("subscribe", LATEST, &callback, &long, "", 400, "hub.secret"),
        ("subscribe", LATEST, &callback, "", "soon", 400, "hub.lease_seconds"),
        ("publish", LATEST, &callback, "", "", 400, "hub.mode"),
        ("", LATEST, &callback, "", "", 400, "hub.mode"),
    ] {
        let form = [
            ("hub.mode", mode),
            ("hub.topic", topic),
            ("hub.callback", callback),
            ("hub.secret", secret),
            ("hub.lease_seconds", lease),
        ];
        let said = ask(&server, &form).await;
        assert_eq!(said.status, status, "{form:?}: {said:?}");
        assert!(at.is_empty() || said.body.to_string().contains(at), "{form:?}: {said:?}");
    }
    let json = server.post("/websub", json!({ "hub.mode": "subscribe" })).await;
    assert_eq!(json.status, 415);
    // Requests go to no private address unless the settings say so, and there is room for so many.
    let guarded = t.serve().await;
    let form = [("hub.mode", "subscribe"), ("hub.topic", LATEST), ("hub.callback", "https://127.0.0.1/told")];
    let said = ask(&guarded, &form).await;
    assert_eq!((said.status, said.code()), (403, "FORBIDDEN"), "{said:?}");
    reader.be(Manner::Well);
    subscribe(&server, LATEST, &callback).await;
    reader.wait("/all", 1).await;
    let other = format!("{}/other", reader.base);
    let form = [("hub.mode", "subscribe"), ("hub.topic", LATEST), ("hub.callback", other.as_str())];
    assert_eq!(ask(&server, &form).await.status, 503);
    subscribe(&server, LATEST, &callback).await;
    // A server that is no hub says so, and its feeds name none.
    let none = t.serve_as(&[("websub.hub", "none")]).await;
    assert_eq!(ask(&none, &form).await.status, 404);
    assert!(!none.get("/feeds/latest.atom").await.text().await.unwrap().contains("rel=\"hub\""));
});

both!(another_hub_is_told_which_feeds_have_changed, async |t| {
    publish(t, 0, &["Ferries"]).await;
    let hub = Subscriber::start().await;
    let address = format!("{}/hub", hub.base);
    let settings = [("outbound.allow_private", "true"), ("websub.hub", address.as_str())];
    let (server, _other) = (t.serve_as(&settings).await, t.serve_as(&settings).await);
    let feed = server.get("/feeds/latest.atom").await.text().await.unwrap();
    assert!(feed.contains(&format!("<link rel=\"hub\" href=\"{address}\"/>")), "{feed}");
    // What was there before is told to nobody; wait until the log is followed.
    until("it follows", async || {
        let head = masthead::catalogue::changes::head(&t.db).await.unwrap();
        t.texts("SELECT CAST(seq AS TEXT) AS v FROM followers WHERE name = 'websub-publisher'").await
            == [head.to_string()]
    })
    .await;
    hub.be(Manner::Status(500));
    let fields = json!({
        "headline": "One", "subjects": ["Ferries"], "places": ["Port Ellory"], "section": { "name": "Harbour" },
        "authors": [{ "name": "Ada Marsh" }], "label": "Op-Ed", "published": "2026-01-31T08:00:00Z",
    });
    t.import_all(&[with(story("urn:t:1"), fields)]).await;
    until("it is told", async || !hub.all().is_empty()).await;
    hub.be(Manner::Well);
    let n = hub.all().len();
    until("it is told again", async || hub.all().len() > n).await;
    let named = |told: &Told| -> BTreeSet<String> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(&told.body).into_owned().collect();
        assert!(pairs.contains(&("hub.mode".to_owned(), "publish".to_owned())), "{pairs:?}");
        pairs.into_iter().filter(|(name, _)| name == "hub.url").map(|(_, value)| value).collect()
    };
    let all = named(&hub.all().pop().unwrap());
    for path in [
        "latest",
        "topics/ferries",
        "topics/port-ellory",
        "places/port-ellory",
        "sections/harbour",
        "authors/ada-marsh",
        "labels/op-ed",
        "collections/top-news",
    ] {
        for format in ["rss", "atom", "json"] {
            assert!(all.contains(&format!("http://127.0.0.1:8080/feeds/{path}.{format}")), "{path}.{format}: {all:?}");
        }
    }
    a_while().await;
    let n = hub.all().len();
    publish(t, 2, &["Schools"]).await;
    until("it is told", async || hub.all().len() > n).await;
    let some = named(&hub.all().pop().unwrap());
    assert!(some.contains("http://127.0.0.1:8080/feeds/topics/schools.rss") && !some.contains(FERRIES), "{some:?}");
    // Its last article goes, and the topic with it: there is something to tell of that, where it was subscribed to.
    a_while().await;
    let n = hub.all().len();
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:2").await, "No.").await.unwrap();
    until("it is told", async || hub.all().len() > n).await;
    let gone = named(&hub.all().pop().unwrap());
    for format in ["rss", "atom", "json"] {
        let address = format!("http://127.0.0.1:8080/feeds/topics/schools.{format}");
        assert!(gone.contains(&address), "{address}: {gone:?}");
    }
    assert!(!gone.contains(FERRIES) && !gone.iter().any(|address| address.contains("/places/")), "{gone:?}");
    // Who came by an old name is told on, too; a place has two feeds.
    for (from, to) in [("ferries", "boats"), ("port-ellory", "ellory")] {
        a_while().await;
        let n = hub.all().len();
        let look = taxonomy::one(&t.db, &Viewer::system(), Noun::Topic, from).await.unwrap();
        let form = Form::Topic(serde_json::from_value(json!({ "slug": to })).unwrap());
        taxonomy::change(&t.db, &Viewer::system(), look.term.id, Expected::Any, form).await.unwrap();
        until("it is told", async || hub.all().len() > n).await;
        let told = named(&hub.all().pop().unwrap());
        for slug in [from, to] {
            assert!(told.contains(&format!("http://127.0.0.1:8080/feeds/topics/{slug}.rss")), "{slug}: {told:?}");
            let place = format!("http://127.0.0.1:8080/feeds/places/{slug}.rss");
            assert_eq!(told.contains(&place), from == "port-ellory", "{slug}: {told:?}");
        }
    }
});
