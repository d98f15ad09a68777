//! A server that is killed while people write: what was acknowledged is there afterwards, and nothing is half there.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use masthead::model::viewer::Role;
use serde_json::{Value, json};

use crate::cli::{Started, head, listening, masthead};
use crate::harness::chance::Chance;
use crate::harness::{TestApp, both, count};
use crate::identity::{PASSWORD, account};

/// What a writer was told of an article, and what they sent last.
#[derive(Clone, Debug, Default)]
struct Known {
    id: String,
    /// The version, and whether readers see it, as the last answer had it.
    version: i64,
    public: bool,
    /// It was scheduled, and that was acknowledged.
    scheduled: bool,
    /// Its own topic was merged, and that was acknowledged.
    merged: bool,
    /// A request was under way when the server died.
    open: bool,
}

type All = Arc<Mutex<BTreeMap<String, Known>>>;

struct Writer {
    client: reqwest::Client,
    base: String,
    token: String,
    all: All,
    sent: Arc<AtomicUsize>,
}

impl Writer {
    /// Sends; nothing when the server is gone.
    async fn ask(&self, method: &str, path: &str, version: Option<i64>, body: &Value, key: &str) -> Option<Value> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let mut request =
            self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        if let Some(version) = version {
            request = request.header("if-match", format!("\"{version}\""));
        }
        if !key.is_empty() {
            request = request.header("idempotency-key", key);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.ok()?;
        assert!(matches!(status, 200 | 201), "{path}: {status} {body}");
        Some(body)
    }

    fn note(&self, key: &str, known: &Known) {
        self.all.lock().unwrap().insert(key.to_owned(), known.clone());
    }

    /// Writes until the server is gone.
    async fn write(&self, mut chance: Chance, round: usize, who: usize) {
        for n in 0.. {
            let key = format!("k-{round}-{who}-{n}");
            let mut known = Known { open: true, ..Known::default() };
            self.note(&key, &known);
            let form = form(&key);
            let Some(made) = self.ask("POST", "/v1/newsroom/articles", None, &form, &key).await else { return };
            known.id = made["id"].as_str().unwrap().to_owned();
            known.version = made["version"].as_i64().unwrap();
            for _ in 0..4 {
                known.open = true;
                self.note(&key, &known);
                if !known.merged && chance.below(3) == 0 {
                    match self.merge(&key).await {
                        Some(merged) => known.merged = merged,
                        None => return,
                    }
                    known.open = false;
                    self.note(&key, &known);
                    continue;
                }
                let path = format!("/v1/newsroom/articles/{}", known.id);
                let soon = chrono_now_plus(chance.below(300) as i64 + 50);
                let (method, tail, body) = match chance.below(4) {
                    0 => ("PATCH", "", json!({ "summary": format!("S {n}") })),
                    1 if !known.public => ("POST", "/schedule", json!({ "at": soon })),
                    2 if known.public => ("POST", "/correct", json!({ "note": "A name was wrong." })),
                    _ => ("POST", "/publish", json!({})),
                };
                // What is due meanwhile is another version: whichever it is at.
                let version = self.now(&path).await;
                let Some(version) = version else { return };
                let sent = self.ask_any(method, &format!("{path}{tail}"), version, &body).await;
                let Some((status, said)) = sent else { return };
                if status == 200 {
                    known.version = said["version"].as_i64().unwrap();
                    known.public = said["public"].as_bool().unwrap();
                    known.scheduled = said["state"] == "SCHEDULED";
                }
                known.open = false;
                self.note(&key, &known);
            }
        }
    }

    /// Merges the article's own topic into one that many share.
    async fn merge(&self, key: &str) -> Option<bool> {
        let topic = self.own_topic(key).await?;
        let Some(topic) = topic else { return Some(true) };
        let path = format!("/v1/newsroom/topics/{}/merge", topic["id"].as_str().unwrap());
        let body = json!({ "into": format!("topic-{}", shared(key)) });
        let (status, _) = self.ask_any("POST", &path, topic["version"].as_i64().unwrap(), &body).await?;
        Some(status == 200)
    }

    /// The article's own topic, while there is one.
    async fn own_topic(&self, key: &str) -> Option<Option<Value>> {
        let path = format!("{}/v1/newsroom/topics?query=own-{key}&first=100", self.base);
        let answer = self.client.get(path).bearer_auth(&self.token).send().await.ok()?;
        let found: Value = answer.json().await.ok()?;
        let slug = format!("own-{key}");
        Some(found["data"].as_array().unwrap().iter().find(|topic| topic["slug"] == slug.as_str()).cloned())
    }

    async fn now(&self, path: &str) -> Option<i64> {
        let answer = self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.ok()?;
        answer.json::<Value>().await.ok()?["version"].as_i64()
    }

    /// Sends; a conflict with the timer is no fault.
    async fn ask_any(&self, method: &str, path: &str, version: i64, body: &Value) -> Option<(u16, Value)> {
        self.sent.fetch_add(1, Ordering::Relaxed);
        let method = reqwest::Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.client.request(method, format!("{}{path}", self.base)).bearer_auth(&self.token).json(body);
        let answer = request.header("if-match", format!("\"{version}\"")).send().await.ok()?;
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.ok()?;
        assert!(matches!(status, 200 | 409 | 412 | 422), "{path}: {status} {body}");
        Some((status, body))
    }
}

/// The number of the topic that a piece shares with others.
fn shared(key: &str) -> usize {
    key.rsplit('-').next().unwrap().parse::<usize>().unwrap() % 5
}

fn form(key: &str) -> Value {
    let topics = [format!("Topic {}", shared(key)), format!("Own {key}")].map(|name| json!({ "name": name }));
    json!({ "article": { "headline": format!("Piece {key}"), "topics": topics } })
}

/// An instant to come, by the clock of the wall.
fn chrono_now_plus(millis: i64) -> String {
    masthead::model::time::Clock::system().now().plus_millis(millis).to_string()
}

async fn log_in(client: &reqwest::Client, base: &str) -> String {
    let form = json!({ "email": "ed@x.org", "password": PASSWORD });
    let answer = client.post(format!("{base}/v1/auth/log-in")).json(&form).send().await.unwrap();
    answer.json::<Value>().await.unwrap()["accessToken"].as_str().unwrap().to_owned()
}

both!(a_server_that_is_killed_while_people_write_loses_nothing, async |t: &TestApp| {
    account(t, "ed@x.org", Role::Editor).await;
    let folder = tempfile::tempdir().unwrap();
    let (home, database) = (folder.path(), &t.options.url);
    let start = || {
        let mut command = masthead(home, database, &["serve", "--bind", "127.0.0.1:0", "--log", "error"]);
        command.env("MASTHEAD__SEARCH__DATA_DIR", home.join("index").display().to_string());
        command.env("MASTHEAD__RATE_LIMIT__ENABLED", "false");
        command.env("MASTHEAD__AUTH__REQUESTS_PER_ADDRESS", "100000");
        listening(command)
    };
    let mut chance = Chance::new();
    let client = reqwest::Client::new();
    let (all, sent) = (All::default(), Arc::<AtomicUsize>::default());
    let rounds = count(4, 100);
    for round in 0..rounds {
        let (mut server, base): (Started, String) = start();
        let token = log_in(&client, &base).await;
        let mut writers = Vec::new();
        for who in 0..4 {
            let writer = Writer {
                client: client.clone(),
                base: base.clone(),
                token: token.clone(),
                all: all.clone(),
                sent: sent.clone(),
            };
            let chance = Chance::seeded(chance.seed + (round * 4 + who) as u64);
            writers.push(tokio::spawn(async move { writer.write(chance, round, who).await }));
        }
        tokio::time::sleep(Duration::from_millis(100 + chance.below(500) as u64)).await;
        // On Unix this is SIGKILL.
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        for writer in writers {
            writer.await.unwrap();
        }
        // Nothing is half there: rows, links, counts and log agree.
        t.assert_whole().await;
        crate::newsroom::taxonomy::whole(t).await;
    }
    let under_way = all.lock().unwrap().values().filter(|known| known.open).count();
    assert!(under_way * 2 > rounds, "few kills came while somebody wrote: {under_way} of {rounds}");
    let (mut server, base) = start();
    let token = log_in(&client, &base).await;
    let writer = Writer { client: client.clone(), base: base.clone(), token, all: all.clone(), sent: sent.clone() };
    // What was due while the server was dead becomes public now.
    let began = Instant::now();
    while !t.texts("SELECT CAST(id AS TEXT) AS v FROM newsroom_articles WHERE due_at IS NOT NULL").await.is_empty() {
        assert!(began.elapsed().as_secs() < 30, "what is due is not published");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let known = all.lock().unwrap().clone();
    let (mut acknowledged, mut merges) = (0, 0);
    for (key, one) in &known {
        // A retry finds what the first try made, if it did, and makes it otherwise.
        let made = writer.ask("POST", "/v1/newsroom/articles", None, &form(key), key).await.unwrap();
        if one.id.is_empty() {
            continue;
        }
        acknowledged += 1;
        assert_eq!(made["id"], one.id.as_str(), "{key}: {one:?}");
        assert!(made["version"].as_i64().unwrap() >= one.version, "{key}: {one:?} {made}");
        assert!(!one.public || made["public"] == true, "{key}: {one:?} {made}");
        assert!(!one.scheduled || made["public"] == true, "{key}: {one:?} {made}");
        if one.merged {
            merges += 1;
            assert!(writer.own_topic(key).await.unwrap().is_none(), "{key}: {one:?}");
            let topics = made["draft"]["topics"].as_array().unwrap();
            assert_eq!(topics.len(), 1, "{key}: what was merged is one: {made}");
        }
        let read = client.get(format!("{base}/v1/articles/{}", one.id)).send().await.unwrap();
        assert_eq!(read.status() == 200, made["public"] == true, "{key}: {one:?}");
    }
    let headlines = t.texts("SELECT headline AS v FROM newsroom_articles").await;
    assert_eq!(headlines.len(), known.len(), "each was made once");
    // Followers have come as far as the log.
    let (began, seq) = (Instant::now(), head(t).await);
    let public = t.texts("SELECT CAST(id AS TEXT) AS v FROM articles").await.len();
    loop {
        let request = client.get(format!("{base}/v1/search?first=1")).header("masthead-min-seq", seq.to_string());
        let answer = request.send().await.unwrap();
        if answer.status() == 200 {
            assert_eq!(answer.json::<Value>().await.unwrap()["totalCount"], public);
            break;
        }
        assert!(began.elapsed().as_secs() < 60, "the index does not come to change {seq}");
    }
    println!(
        "{rounds} kills, {under_way} requests under way, {} sent, {acknowledged} articles and {merges} merges acknowledged, {public} public",
        sent.load(Ordering::Relaxed)
    );
    server.0.kill().unwrap();
    server.0.wait().unwrap();
});
