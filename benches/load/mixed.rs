//! Readers by Zipf's law while an editor publishes every second.

use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde_json::{Value, json};

use super::client::{self, Load, get, post, with_token};
use super::generate::{self, Zipf};
use super::server::Served;

/// How many articles have readers.
const READ: usize = 2_000;

/// The pages of the articles, as often as they are read.
pub fn requests(host: &str, operation: &str, size: usize) -> Vec<Vec<u8>> {
    let (zipf, mut rng) = (Zipf::new(READ.min(size)), StdRng::seed_from_u64(2_026));
    let slugs = (0..20_000).map(|_| json!({ "slug": generate::slug(zipf.draw(&mut rng)) }));
    super::requests(host, operation, slugs)
}

/// Publishes an article each second until it is dropped, and notes how long after its publication each was in a kept
/// answer, in milliseconds.
pub struct Editor {
    task: tokio::task::JoinHandle<()>,
    seen: std::sync::Arc<std::sync::Mutex<Vec<f64>>>,
}

impl Drop for Editor {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Editor {
    /// One who works on this server.
    pub fn start(served: &Served, token: String) -> Editor {
        let (host, seen) = (served.host.clone(), std::sync::Arc::<std::sync::Mutex<Vec<f64>>>::default());
        let notes = seen.clone();
        let task = tokio::spawn(async move {
            for n in 0_usize.. {
                let began = Instant::now();
                let took = publish(&host, &token, n).await;
                notes.lock().expect("nobody panicked").push(took);
                tokio::time::sleep(Duration::from_secs(1).saturating_sub(began.elapsed())).await;
            }
        });
        Editor { task, seen }
    }

    /// How many were published, and the latency below which this part of them was seen.
    pub fn seen(&self, part: f64) -> (usize, f64) {
        let mut seen = self.seen.lock().expect("nobody panicked").clone();
        seen.sort_by(f64::total_cmp);
        let at = ((seen.len() as f64 * part) as usize).min(seen.len().saturating_sub(1));
        (seen.len(), seen.get(at).copied().unwrap_or(f64::NAN))
    }
}

async fn publish(host: &str, token: &str, n: usize) -> f64 {
    let headline = format!("Published while others read, number {n}");
    let form = json!({ "article": {
        "headline": headline, "summary": "The council decides.",
        "body": { "markdown": "The council decides.\n\nMore at eleven." },
        "topics": [{ "name": format!("Topic {}", n % 50) }],
    } });
    let created = post(host, "/v1/newsroom/articles", &form.to_string());
    let created = client::ask(host, &with_token(&created, token)).await;
    let created: Value = serde_json::from_slice(&created).expect("JSON");
    let (id, version) = (created["id"].as_str().expect("an id"), &created["version"]);
    let request = post(host, &format!("/v1/newsroom/articles/{id}/publish"), "{}");
    let request = String::from_utf8_lossy(&with_token(&request, token)).into_owned();
    let request = request.replacen("\r\n", &format!("\r\nIf-Match: \"{version}\"\r\n"), 1).into_bytes();
    client::ask(host, &request).await;
    let done = Instant::now();
    let latest = get(host, "/v1/latest-news?first=5");
    loop {
        let answer = client::ask(host, &latest).await;
        if String::from_utf8_lossy(&answer).contains(&headline) {
            return done.elapsed().as_secs_f64() * 1_000.0;
        }
        assert!(done.elapsed() < Duration::from_secs(5), "what was published is not seen");
    }
}

/// The bound under which this part of what was published was shown, by the program's own account.
fn shown(metrics: &str, within: &str, part: f64) -> Option<String> {
    let head = format!("masthead_visible_seconds_bucket{{in=\"{within}\",le=\"");
    let buckets = metrics.lines().filter_map(|line| line.strip_prefix(&head)?.split_once("\"} "));
    let buckets: Vec<(&str, f64)> = buckets.filter_map(|(bound, n)| Some((bound, n.parse().ok()?))).collect();
    let all = buckets.last()?.1;
    buckets.iter().find(|(_, n)| *n >= all * part).map(|(bound, _)| (*bound).to_owned())
}

/// Runs the readers and the bare handler in turns, the editor beside the readers alone.
pub async fn run(
    served: &Served,
    bare: &Served,
    token: String,
    operation: &str,
    size: usize,
    seconds: f64,
    connections: usize,
) {
    let plain = vec![post(&bare.host, "/page", "{}")];
    let mut ours = Load::new(&served.host, requests(&served.host, operation, size), connections);
    let mut theirs = Load::new(&bare.host, plain, connections);
    ours.run(Duration::from_secs(3)).await;
    theirs.run(Duration::from_secs(1)).await;
    (ours.rates, ours.latencies, theirs.rates) = (Vec::new(), Vec::new(), Vec::new());
    let mut published = (0, 0.0_f64);
    for _ in 0..5 {
        let editor = Editor::start(served, token.clone());
        ours.run(Duration::from_secs_f64((seconds / 5.0).max(3.0))).await;
        let (n, p99) = editor.seen(0.99);
        published = (published.0 + n, published.1.max(p99));
        drop(editor);
        theirs.run(Duration::from_secs(1)).await;
    }
    let (rate, bare_rate) = (client::median(&mut ours.rates), client::median(&mut theirs.rates));
    println!(
        "mixed: {rate:.0} pages/s of {READ} articles by Zipf, bare {bare_rate:.0}, ratio {:.4}; p50 {:.2} ms, p99 {:.2} ms; {} published \
         meanwhile, seen after {:.1} ms at the latest",
        rate / bare_rate,
        ours.latency(0.5),
        ours.latency(0.99),
        published.0,
        published.1,
    );
    let metrics = client::ask(&served.host, &get(&served.host, "/metrics")).await;
    let metrics = String::from_utf8_lossy(&metrics);
    for within in ["store", "search", "related"] {
        if let (Some(half), Some(most)) = (shown(&metrics, within, 0.5), shown(&metrics, within, 0.99)) {
            println!("shown within {half} s by {within} (half of them), {most} s (99 of 100)");
        }
    }
}
