//! The load benchmark: the program on many generated articles, beside a bare handler that returns the same bytes.
//!
//! `cargo bench --bench load` (or `--profile quick`, without the minutes of link-time optimisation). It generates a
//! file of articles, imports it, serves it, and asks each reference operation over several connections, in turns with
//! the bare handler, so that both see the same machine. Settings, by environment:
//!
//! - `N`: articles (100,000); `SECONDS`: for each operation and side (5); `CONNECTIONS`: 8
//! - `ENGINES`: `sqlite,postgres`; PostgreSQL is that of `MASTHEAD_TEST_POSTGRES`, else a throw-away one without fsync
//! - `FOLDER`: where articles, databases and index are kept from run to run; default: a temporary folder
//! - `MODE`: `start,cold,hot,mixed`. Start: how long the program takes to its first answer. Cold: nothing is kept, and each request asks for another article. Hot: a few pages again
//!   and again, over GraphQL and REST, and their 304. Mixed: readers by Zipf's law while an editor publishes every second
//! - `ONLY`: only operations whose names have one of these in them, such as `page,search`
//! - `ENTITIES`: what `[cache] entities` is, such as `32MiB`; default: as the program has it
//! - `RELATED=off`: lists of related news are not made; of a million articles that takes hours
//! - `OPERATIONS`: a folder with other texts of the operations; default: the reference folder beside the repository,
//!   else `benches/operations`
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on must fail loudly"
)]

mod bare;
mod client;
mod generate;
mod mixed;
mod server;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use client::{Load, get, post};
use serde_json::{Value, json};
use server::Served;

/// Whether an operation is asked for, by its name.
fn is_wanted(name: &str) -> bool {
    let only: String = setting("ONLY", String::new());
    only.split(',').any(|only| name.contains(only))
}

/// Whether lists of related news are made.
fn is_related() -> bool {
    setting("RELATED", String::new()) != "off"
}

/// A setting from the environment.
fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

fn operation(name: &str) -> String {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let own = root.join("benches/operations");
    let folders =
        [std::env::var_os("OPERATIONS").map(PathBuf::from), Some(root.join("../shared/reference")), Some(own)];
    let read = |folder: PathBuf| std::fs::read_to_string(folder.join(format!("{name}.graphql"))).ok();
    folders.into_iter().flatten().find_map(read).unwrap_or_else(|| panic!("no operation {name}"))
}

/// The requests of an operation: the same text with what differs from request to request.
fn requests(host: &str, text: &str, variables: impl Iterator<Item = Value>) -> Vec<Vec<u8>> {
    let body = |variables| json!({ "query": text, "variables": variables }).to_string();
    variables.map(|variables| post(host, "/graphql", &body(variables))).collect()
}

fn main() {
    if let Some(folder) = std::env::var_os("MASTHEAD_BENCH_BARE") {
        return bare::serve(&PathBuf::from(folder));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    runtime.block_on(bench());
}

async fn bench() {
    let size: usize = setting("N", 100_000);
    let engines: String = setting("ENGINES", "sqlite,postgres".to_owned());
    let made = tempfile::tempdir().expect("a temporary folder");
    let folder = std::env::var_os("FOLDER").map_or_else(|| made.path().to_owned(), PathBuf::from);
    for engine in engines.split(',') {
        // Each has an index of its own.
        let folder = folder.join(format!("{engine}-{size}"));
        std::fs::create_dir_all(&folder).expect("the folder");
        let Some((database, filled)) = server::database(engine, &folder).await else {
            println!("\n== {engine}: SKIP, there is no server");
            continue;
        };
        println!("\n== {engine}");
        if !filled {
            fill(&database, &folder, size);
        }
        if !is_related() {
            server::keep_from_relating(&database).await;
        }
        let modes: String = setting("MODE", "start,cold,hot,mixed".to_owned());
        for mode in modes.split(',') {
            println!("\n-- {mode}");
            if mode == "start" {
                start(&database, &folder).await;
                continue;
            }
            let served = Served::masthead(&database, &folder, if mode == "cold" { "0B" } else { "64MiB" });
            indexed(&served).await;
            match mode {
                "hot" => hot(&served, &folder, size).await,
                "mixed" => mix(&served, &database, &folder, size).await,
                _ => measure(&served, &database, &folder, size).await,
            }
            println!("memory of the serving process: {}", served.memory());
        }
    }
}

/// Generates the articles, unless they are there, and imports them.
fn fill(database: &str, folder: &std::path::Path, size: usize) {
    let file = folder.join(format!("articles-{size}.jsonl"));
    if !file.exists() {
        let began = Instant::now();
        let bytes = generate::write(&file, size).expect("the articles are written");
        println!("generated {size} articles, {} MB, in {:.1} s", bytes >> 20, began.elapsed().as_secs_f64());
    }
    let began = Instant::now();
    server::import(database, &file);
    server::filled(folder, database);
    let seconds = began.elapsed().as_secs_f64();
    println!("import: {seconds:.1} s, {:.0} articles a second", size as f64 / seconds);
}

/// How long it takes from the start of the process to the first answer, over a database and an index that are there.
async fn start(database: &str, folder: &std::path::Path) {
    // The index is built by the first one.
    indexed(&Served::masthead(database, folder, "64MiB")).await;
    let page = operation("page");
    let mut taken = Vec::new();
    for _ in 0..7 {
        let began = Instant::now();
        let served = Served::masthead(database, folder, "64MiB");
        let request = requests(&served.host, &page, std::iter::once(json!({ "slug": generate::slug(1) })));
        let answer: Value = serde_json::from_slice(&client::ask(&served.host, &request[0]).await).expect("JSON");
        assert!(answer["data"]["article"].is_object(), "{answer}");
        taken.push(began.elapsed().as_secs_f64() * 1_000.0);
    }
    let (least, most) = taken.iter().fold((f64::MAX, 0.0_f64), |(least, most), one| (least.min(*one), most.max(*one)));
    let median = client::median(&mut taken);
    println!(
        "from the start to the first article page: {median:.0} ms ({least:.0} to {most:.0} in {} starts)",
        taken.len()
    );
}

/// Waits until the search index has everything.
async fn indexed(served: &Served) {
    let began = Instant::now();
    while !client::is_well(&served.host, &get(&served.host, "/v1/search")).await {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    println!("indexed in {:.1} s", began.elapsed().as_secs_f64());
    if !is_related() {
        return;
    }
    let began = Instant::now();
    let done = "masthead_follower_lag{follower=\"related\"} 0";
    while !String::from_utf8_lossy(&client::ask(&served.host, &get(&served.host, "/metrics")).await).contains(done) {
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    println!("related news made in {:.1} s", began.elapsed().as_secs_f64());
}

/// Each operation against the bare handler with the same bytes, in turns.
async fn against_bare(
    host: &str,
    folder: &std::path::Path,
    all: Vec<(&str, Vec<Vec<u8>>)>,
    seconds: f64,
    connections: usize,
) {
    let bare = answers(host, folder, &all).await;
    println!(
        "{:<14} {:>9} {:>9} {:>7}  {:<13}  {:>9} {:>9}   bytes",
        "operation", "requests/s", "bare/s", "ratio", "of the rounds", "p50", "p99"
    );
    for (name, requests) in all {
        let bytes = std::fs::metadata(folder.join("answers").join(name)).map_or(0, |m| m.len());
        let plain = vec![post(&bare.host, &format!("/{name}"), "{}")];
        let (mut ours, mut theirs) =
            (Load::new(host, requests, connections), Load::new(&bare.host, plain, connections));
        let rounds = 5;
        let slice = Duration::from_secs_f64(seconds / f64::from(rounds));
        // Caches fill first.
        ours.run(slice / 2).await;
        theirs.run(slice / 2).await;
        (ours.rates, ours.latencies, theirs.rates) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..rounds {
            ours.run(slice).await;
            theirs.run(slice).await;
        }
        let ratios = ours.rates.iter().zip(&theirs.rates).map(|(ours, theirs)| ours / theirs);
        let (least, most) = ratios.fold((f64::MAX, 0.0_f64), |(least, most), one| (least.min(one), most.max(one)));
        let (rate, bare_rate) = (client::median(&mut ours.rates), client::median(&mut theirs.rates));
        println!(
            "{name:<14} {rate:>10.0} {bare_rate:>9.0} {:>7.4}  {least:.4}-{most:.4}  {:>6.2} ms {:>6.2} ms   {bytes}",
            rate / bare_rate,
            ours.latency(0.5),
            ours.latency(0.99),
        );
    }
}

/// The bare handler with the answers to the first request of each.
async fn answers(host: &str, folder: &std::path::Path, all: &[(&str, Vec<Vec<u8>>)]) -> Served {
    let answers = folder.join("answers");
    std::fs::create_dir_all(&answers).expect("a folder");
    for (name, requests) in all {
        let answer = client::ask(host, &requests[0]).await;
        if !name.starts_with("feed") && !name.ends_with("304") {
            let value: Value = serde_json::from_slice(&answer).expect("JSON");
            assert!(value["errors"].is_null() && value.is_object(), "{name}: {value}");
        }
        std::fs::write(answers.join(name), answer).expect("an answer");
    }
    Served::bare(&answers)
}

/// A few pages again and again: what is kept is told.
async fn hot(served: &Served, folder: &std::path::Path, size: usize) {
    let host = served.host.as_str();
    let slugs = || (0..20).map(|n| json!({ "slug": generate::slug((n * 7_919) % size) }));
    let rest = |path: fn(&str) -> String| -> Vec<Vec<u8>> {
        (0..20).map(|n| get(host, &path(&generate::slug((n * 7_919) % size)))).collect()
    };
    let topic = |n: usize| json!({ "slug": generate::topic_slug(n), "first": 20 });
    const INCLUDED: &str = "authors,topics,section,image,related,moreAbout,moreFrom,latestNews,topNews";
    let page = rest(|slug| format!("/v1/articles/{slug}?include={INCLUDED}"));
    let search = json!({ "query": generate::word(1) });
    let held = async |path: &str| {
        let tag = client::tag(host, &get(host, path)).await;
        vec![client::get_held(host, path, &tag)]
    };
    let (one, feed) = (format!("/v1/articles/{}", generate::slug(0)), "/feeds/latest.rss");
    let all = vec![
        ("page", requests(host, &operation("page"), slugs())),
        ("page-rest", page),
        ("page-lite", requests(host, &operation("page-lite"), slugs())),
        ("front", requests(host, &operation("front"), std::iter::once(json!({ "first": 20 })))),
        ("front-rest", vec![get(host, "/v1/articles?first=20")]),
        ("topic", requests(host, &operation("topic"), (0..20).map(topic))),
        (
            "topic-rest",
            (0..20).map(|n| get(host, &format!("/v1/articles?topic={}&first=20", generate::topic_slug(n)))).collect(),
        ),
        ("search", requests(host, &operation("search"), std::iter::once(search))),
        ("search-rest", vec![get(host, &format!("/v1/search?q={}", generate::word(1)))]),
        ("viewer", requests(host, &operation("viewer"), std::iter::once(json!({})))),
        ("feed", vec![get(host, feed)]),
        ("article-304", held(&one).await),
        ("feed-304", held(feed).await),
    ];
    let all = all.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    against_bare(host, folder, all, setting("SECONDS", 5.0), setting("CONNECTIONS", 8)).await;
}

async fn mix(served: &Served, database: &str, folder: &std::path::Path, size: usize) {
    let page = operation("page");
    let first = requests(&served.host, &page, std::iter::once(json!({ "slug": generate::slug(0) })));
    let bare = answers(&served.host, folder, &[("page", first)]).await;
    let token = served.token(database).await;
    mixed::run(served, &bare, token, &page, size, setting("SECONDS", 5.0), setting("CONNECTIONS", 8)).await;
}

async fn measure(served: &Served, database: &str, folder: &std::path::Path, size: usize) {
    let seconds: f64 = setting("SECONDS", 5.0);
    let connections: usize = setting("CONNECTIONS", 8);
    let host = served.host.as_str();
    // Spread over the whole catalogue, in an order that no cache likes; 7,919 is prime, so none comes twice.
    let slugs = || (0..size.min(20_000)).map(|n| json!({ "slug": generate::slug((n * 7_919) % size) }));
    let topics = || (0..500).map(|n| json!({ "slug": generate::topic_slug(n), "first": 20 }));
    let words = |ranks: std::ops::Range<usize>| ranks.map(generate::word).collect::<Vec<_>>();
    let (common, rare) = (words(0..100), words(5_000..6_000));
    let after = cursors(host, 20, 200.min(size / 20 - 1)).await;
    let fronts = after.iter().map(|after| json!({ "first": 20, "after": after }));
    let phrase = [format!("\"{} {}\"", generate::word(0), generate::word(1))];
    let page = operation("page");
    let unrelated =
        page.lines().filter(|line| !line.trim_start().starts_with("related")).collect::<Vec<_>>().join("\n");
    let search = operation("search");
    let searched = |typed: &[String]| requests(host, &search, typed.iter().map(|typed| json!({ "query": typed })));
    let hits = "query ($query: String!) { search(query: $query) { edges { node { slug headline } } } }";
    let alone = requests(host, hits, common.iter().map(|typed| json!({ "query": typed })));
    let rest = |rest: &str| -> Vec<Vec<u8>> {
        let path = |typed: &String| get(host, &format!("/v1/search?q={typed}{rest}"));
        common.iter().map(path).collect()
    };
    let feed = get(host, "/feeds/latest.rss");
    let tag = client::tag(host, &feed).await;
    let all = [
        ("page", requests(host, &page, slugs())),
        // What related news costs the page.
        ("page-unrelated", requests(host, &unrelated, slugs())),
        ("page-lite", requests(host, &operation("page-lite"), slugs())),
        ("front", requests(host, &operation("front"), std::iter::once(json!({ "first": 20 })))),
        ("front-pages", requests(host, &operation("front"), fronts)),
        ("topic", requests(host, &operation("topic"), topics())),
        // The reference search has totalCount, snippets and facets.
        ("search-common", searched(&common)),
        ("search-rare", searched(&rare)),
        ("search-phrase", searched(&phrase)),
        ("search-hits", alone),
        ("rest-common", rest("")),
        ("rest-facets", rest("&include=facets")),
        ("rest-suggest", vec![get(host, "/v1/suggest?q=t")]),
        // Made for each request with MASTHEAD__CACHE__SIZE=0B.
        ("feed", vec![feed]),
        ("feed-304", vec![client::get_held(host, "/feeds/latest.rss", &tag)]),
    ];
    let all: Vec<_> = all.into_iter().filter(|(name, _)| is_wanted(name)).collect();
    against_bare(host, folder, all, seconds, connections).await;
    if is_related() && is_wanted("page-unrelated") {
        let (with, without) = (requests(host, &page, slugs()), requests(host, &unrelated, slugs()));
        in_turns(host, "page with related news", with, without, connections).await;
    }
    if is_related() && is_wanted("page-token") && !setting("MODE", String::new()).contains("mixed") {
        let plain = requests(host, &page, slugs());
        let token = served.token(database).await;
        let with = plain.iter().map(|request| client::with_token(request, &token)).collect();
        in_turns(host, "page with an access token", with, plain, connections).await;
    }
    if !is_wanted("depth") {
        return;
    }
    depth(host, "list", json!({}), 20, 5_000.min(size / 20 - 1)).await;
    let popular = json!({ "topic": generate::topic_slug(0) });
    depth(host, "popular topic", popular, 5, 5_000.min(size / 20)).await;
}

/// The cursors behind the first so many pages of the list of everything.
async fn cursors(host: &str, size: usize, pages: usize) -> Vec<Value> {
    let text =
        "query ($first: Int, $after: String) { articles(first: $first, after: $after) { pageInfo { endCursor } } }";
    let mut found = vec![Value::Null];
    for _ in 1..pages.max(1) {
        let variables = json!({ "first": size, "after": found.last() });
        let request = requests(host, text, std::iter::once(variables));
        let answer: Value = serde_json::from_slice(&client::ask(host, &request[0]).await).expect("JSON");
        found.push(answer["data"]["articles"]["pageInfo"]["endCursor"].clone());
    }
    found
}

/// What something costs: with it and without, in short turns, so that both see the same machine.
async fn in_turns(host: &str, name: &str, with: Vec<Vec<u8>>, without: Vec<Vec<u8>>, connections: usize) {
    for connections in [1, connections] {
        let (mut with, mut without) =
            (Load::new(host, with.clone(), connections), Load::new(host, without.clone(), connections));
        for _ in 0..30 {
            with.run(Duration::from_millis(150)).await;
            without.run(Duration::from_millis(150)).await;
        }
        let (a, b) = (with.latency(0.5), without.latency(0.5));
        let (fast, faster) = (client::median(&mut with.rates), client::median(&mut without.rates));
        println!(
            "{name}, {connections} connections: p50 {a:.3} ms, without {b:.3} ms, ratio {:.3}; {fast:.0} \
             and {faster:.0} requests/s, ratio {:.3}",
            a / b,
            faster / fast
        );
    }
}

/// What a page deep in a list costs, against the first one: one connection, in turns.
async fn depth(host: &str, name: &str, filter: Value, size: usize, page: usize) {
    let text = "query ($first: Int, $after: String, $filter: ArticleFilter) { articles(first: $first, after: $after, \
                filter: $filter) { pageInfo { endCursor hasNextPage } nodes { slug headline publishedAt } } }";
    let ask = |first: usize, after: Option<&str>| {
        let variables = json!({ "first": first, "after": after, "filter": filter });
        post(host, "/graphql", &json!({ "query": text, "variables": variables }).to_string())
    };
    // Walks there in large steps.
    let (mut left, mut cursor): (usize, Option<String>) = ((page - 1) * size, None);
    while left > 0 {
        let step = left.min(100);
        let answer: Value =
            serde_json::from_slice(&client::ask(host, &ask(step, cursor.as_deref())).await).expect("JSON");
        let info = &answer["data"]["articles"]["pageInfo"];
        assert_eq!(info["hasNextPage"], true, "the {name} is shorter than {page} pages of {size}: {answer}");
        cursor = info["endCursor"].as_str().map(str::to_owned);
        left -= step;
    }
    let (mut first, mut deep) =
        (Load::new(host, vec![ask(size, None)], 1), Load::new(host, vec![ask(size, cursor.as_deref())], 1));
    for _ in 0..10 {
        first.run(Duration::from_millis(200)).await;
        deep.run(Duration::from_millis(200)).await;
    }
    let (a, b) = (first.latency(0.5), deep.latency(0.5));
    println!("page {page} of the {name} ({size} a page): {b:.3} ms, page 1: {a:.3} ms, ratio {:.2}", b / a);
}
