//! The program itself, as a process: import that is killed and goes on, exports that are equal, a server that shows
//! what another process writes, faults that are named.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use masthead::config::Engine;
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::story::{story, with};
use crate::harness::{Home, TestApp, both, count, shared};
use crate::search::same;

/// The program with nothing of the developer's environment that it would listen to.
pub fn masthead(home: &Path, database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
    command.current_dir(home).args(arguments).args(["--database", database]).stdin(Stdio::null());
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MASTHEAD__")) {
        command.env_remove(name);
    }
    command
}

/// How a command ended and what it said on either stream.
fn run(mut command: Command) -> (ExitStatus, Vec<u8>, String) {
    let output = command.output().expect("the program starts");
    (output.status, output.stdout, String::from_utf8_lossy(&output.stderr).into_owned())
}

fn export(home: &Path, database: &str) -> Vec<u8> {
    let (status, lines, says) = run(masthead(home, database, &["export", "jsonl"]));
    assert!(status.success(), "{says}");
    lines
}

fn import(home: &Path, database: &str, files: &[&str]) -> String {
    let arguments: Vec<&str> = ["import", "jsonl"].into_iter().chain(files.iter().copied()).collect();
    let (status, _, says) = run(masthead(home, database, &arguments));
    assert!(status.success(), "{says}");
    says
}

fn write(path: &Path, lines: &[Value]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    std::fs::write(path, text).expect("a file of lines");
}

/// A child that ends with its owner: the test kills only what it started.
pub struct Started(pub Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn many(n: usize) -> Vec<Value> {
    let one = |n: usize| {
        with(
            story(&format!("urn:t:{n:05}")),
            json!({
                "subjects": [format!("Subject {}", n % 30)], "authors": [format!("Author {}", n % 9)],
                "section": format!("news/part-{}", n % 4), "places": ["Harbour"],
                // Every hundredth has been taken back, so that graves are in it too.
                "status": if n % 100 == 99 { "canceled" } else { "usable" }, "headline": format!("Headline {}", n / 3),
            }),
        )
    };
    (0..n).map(one).collect()
}

/// Imports are killed at random points; what is imported in the end is what one clean run gives.
async fn killed_imports(t: &TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let size = count(1_200, 10_000);
    write(&home.join("stories.jsonl"), &many(size));
    let clean = Home::new(t.engine(), "clean").await.expect("the first database was there too");
    let began = Instant::now();
    import(home, &clean.options().url, &["stories.jsonl"]);
    let whole = began.elapsed();
    let expected = export(home, &clean.options().url);
    clean.remove().await;
    assert_eq!(expected.iter().filter(|b| **b == b'\n').count(), size);

    let mut chance = Chance::new();
    let database = &t.options.url;
    let (mut kills, mut found) = (0, Vec::new());
    let rounds = count(4, 40);
    for _ in 0..rounds {
        let mut command = masthead(home, database, &["import", "jsonl", "stories.jsonl"]);
        let mut child = Started(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        // Each goes on where the last one was killed, so none is given more than a part of the time of a whole one.
        let until = whole.mul_f64(0.35 * chance.below(1_000) as f64 / 1_000.0);
        std::thread::sleep(until);
        // On Unix this is SIGKILL.
        kills += usize::from(child.0.try_wait().unwrap().is_none());
        child.0.kill().unwrap();
        child.0.wait().unwrap();
        found.push(t.texts("SELECT CAST(COUNT(*) AS TEXT) AS v FROM articles").await.remove(0));
        t.assert_whole().await;
    }
    let says = import(home, database, &["stories.jsonl"]);
    println!("{:?}: {kills} kills; articles after each: {}", t.engine(), found.join(" "));
    assert!(kills * 2 > rounds, "few kills came before the end of an import: {kills} of {rounds}");
    assert!(export(home, database) == expected, "the exports differ; the last import said {says}");
    let again = import(home, database, &["stories.jsonl"]);
    assert!(again.contains("0 created, 0 updated"), "{again}");
    t.assert_whole().await;
}

both!(an_import_that_is_killed_again_and_again_ends_as_a_clean_one, async |t| killed_imports(t).await);

/// A server on a random port and its address.
fn serve(home: &Path, database: &str) -> (Started, String) {
    listening(masthead(home, database, &["serve", "--bind", "127.0.0.1:0", "--log", "error"]))
}

/// The same with a command of one's own.
pub fn listening(mut command: Command) -> (Started, String) {
    let mut child = Started(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
    let mut stderr = BufReader::new(child.0.stderr.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "the server ended before it served");
        if let Some(at) = line.find("http://") {
            break line[at..].split_whitespace().next().unwrap().to_owned();
        }
    };
    // Somebody must read on, or the server would wait for room in the pipe.
    std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
    (child, address)
}

/// What stands in the catalogue: in all, with a certain headline, in a section.
async fn published(t: &TestApp) -> [i64; 3] {
    let count = async |rest: &str| {
        let sql = format!("SELECT CAST(COUNT(*) AS TEXT) AS v FROM articles {rest}");
        t.texts(&sql).await.remove(0).parse().unwrap()
    };
    let seven = count("WHERE headline = 'Headline 7'").await;
    let section = count("JOIN sections ON sections.id = section_id WHERE sections.slug = 'part-2'").await;
    [count("").await, seven, section]
}

/// The same as a server finds it, once its index has come to this change.
async fn found(address: &str, seq: i64) -> [i64; 3] {
    let client = reqwest::Client::new();
    let began = Instant::now();
    let mut all = [-1; 3];
    for (n, query) in ["", "&q=%22Headline+7%22", "&section=part-2"].into_iter().enumerate() {
        while all[n] == -1 {
            let request = client.get(format!("{address}/v1/search?first=1{query}"));
            let answer = request.header("Masthead-Min-Seq", seq.to_string()).send().await.unwrap();
            match answer.status().as_u16() {
                200 => all[n] = answer.json::<Value>().await.unwrap()["totalCount"].as_i64().unwrap(),
                // As long as there is no index of this log yet.
                status => assert_eq!(status, 503),
            }
            assert!(began.elapsed().as_secs() < 60, "the index does not come to change {seq}");
        }
    }
    all
}

pub async fn head(t: &TestApp) -> i64 {
    t.texts("SELECT CAST(seq AS TEXT) AS v FROM log_head").await.remove(0).parse().unwrap()
}

both!(a_server_that_is_killed_while_it_indexes_agrees_with_the_catalogue_afterwards, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let database = &t.options.url;
    let index = home.join("index").display().to_string();
    let start = || {
        let arguments = ["serve", "--bind", "127.0.0.1:0", "--log", "error"];
        let mut command = masthead(home, database, &arguments);
        command.env("MASTHEAD__SEARCH__DATA_DIR", &index);
        listening(command)
    };
    let mut chance = Chance::new();
    let size = count(900, 3_000);
    let mut lines = many(size);
    let rounds = count(3, 30);
    let mut at_work = 0;
    for round in 0..rounds {
        // Some change, some are taken back, some come back.
        for _ in 0..size / 2 {
            let n = chance.below(size);
            let status = if chance.percent(20) { "canceled" } else { "usable" };
            lines[n] =
                with(lines[n].clone(), json!({ "status": status, "headline": format!("Headline {}", round + n % 20) }));
        }
        write(&home.join("stories.jsonl"), &lines);
        let (mut server, address) = start();
        // Whatever the kill before left, it agrees after the start.
        let before = head(t).await;
        assert_eq!(found(&address, before).await, published(t).await, "after {round} kills");
        let mut importing = masthead(home, database, &["import", "jsonl", "stories.jsonl"]);
        let mut importing = Started(importing.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        // The import commits many times; the kill comes at a random point between the first time and the last.
        while head(t).await == before && importing.0.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        tokio::time::sleep(Duration::from_millis(chance.below(size / 3) as u64)).await;
        // Right after a commit, which is not in the index yet, however much quicker that is than the import.
        let now = head(t).await;
        while head(t).await == now && importing.0.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        // On Unix this is SIGKILL.
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        let killed_at = head(t).await;
        let killed = masthead::search::Home::new(&index).index().unwrap();
        assert!(killed.is_whole());
        // It was in the midst of indexing when changes are missing in what it leaves.
        let position = killed.position().expect("it was filled once");
        assert!(position.seq <= killed_at);
        at_work += usize::from(position.seq < killed_at);
        importing.0.wait().unwrap();
    }
    assert!(at_work * 2 > rounds, "few kills came while there was something to index: {at_work} of {rounds}");
    let (mut server, address) = start();
    let expected = published(t).await;
    assert_eq!(found(&address, head(t).await).await, expected);
    // Built anew beside the one in use, it has the same; the server goes over to it, and answers all the time.
    let before = std::fs::read_to_string(home.join("index/current")).unwrap();
    let mut command = masthead(home, database, &["reindex"]);
    command.env("MASTHEAD__SEARCH__DATA_DIR", &index);
    let mut reindexing = Started(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let mut meanwhile = 0;
    let ended = loop {
        assert_eq!(found(&address, 0).await, expected);
        meanwhile += 1;
        if let Some(status) = reindexing.0.try_wait().unwrap() {
            break status;
        }
    };
    assert!(ended.success(), "{ended}");
    assert_ne!(std::fs::read_to_string(home.join("index/current")).unwrap(), before);
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(600) {
        assert_eq!(found(&address, 0).await, expected);
    }
    // And what is written now goes into the new one.
    write(&home.join("one.jsonl"), &[with(story("urn:t:one"), json!({ "headline": "Headline 7" }))]);
    import(home, database, &["one.jsonl"]);
    assert_eq!(found(&address, head(t).await).await, published(t).await);
    server.0.kill().unwrap();
    server.0.wait().unwrap();
    let index = masthead::search::Home::new(&index).index().unwrap();
    let words = [
        "headline",
        "\"headline 7\"",
        "subject",
        "author:author",
        "section:news",
        "paragraph second",
        "head* -12",
        "h",
    ];
    let articles = same::as_built_from_nothing(t, &index, &words).await;
    println!(
        "{:?}: {rounds} kills, {at_work} while it indexed; {articles} articles are as built from nothing; {meanwhile} \
         answers while another was built",
        t.engine()
    );
});

/// The name of the log.
async fn log(t: &TestApp) -> String {
    t.texts("SELECT log_id AS v FROM log_head").await.remove(0)
}

// Whether somebody says that a backup was put back, or a node sees it by its index: the numbers that are given anew are not taken
// for those that were told before.
both!(who_followed_a_log_further_than_a_backup_has_it_begins_anew, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let (home, database) = (folder.path(), &t.options.url);
    let index = home.join("index").display().to_string();
    let start = || {
        let mut command = masthead(home, database, &["serve", "--bind", "127.0.0.1:0", "--log", "error"]);
        command.env("MASTHEAD__SEARCH__DATA_DIR", &index);
        listening(command)
    };
    let client = reqwest::Client::new();
    let changes = async |address: &str, after: &str| {
        let answer = client.get(format!("{address}/v1/changes?first=1{after}")).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let bring = |name: &str, n: usize| {
        let lines: Vec<Value> = (0..n).map(|n| story(&format!("urn:t:{name}-{n}"))).collect();
        write(&home.join("new.jsonl"), &lines);
        import(home, database, &["new.jsonl"]);
    };
    for said in [true, false] {
        let (mut server, address) = start();
        bring(&format!("kept-{said}"), 2);
        let kept = head(t).await;
        bring(&format!("lost-{said}"), 3);
        let lost = head(t).await;
        found(&address, lost).await;
        let cursor = changes(&address, "").await.1["head"].as_str().unwrap().to_owned();
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        // As the backup has it, as far as the log goes.
        t.execute(&format!("DELETE FROM changes WHERE seq > {kept}")).await;
        t.execute(&format!("UPDATE log_head SET seq = {kept}")).await;
        let before = log(t).await;
        if said {
            let (status, shown, says) = run(masthead(home, database, &["restored"]));
            assert!(status.success(), "{says}");
            let (shown, name) = (String::from_utf8(shown).unwrap(), log(t).await);
            assert!(name != before && shown.contains(&name) && shown.contains(&before), "{shown}");
        }
        let named = log(t).await;
        let (mut server, address) = start();
        assert_eq!(log(t).await == named, said, "it is seen where nobody said it, and done once");
        bring(&format!("new-{said}"), 6);
        let now = head(t).await;
        assert!(now > lost, "{now} {lost}");
        assert_eq!(found(&address, now).await, published(t).await);
        let (status, says) = changes(&address, &format!("&after={cursor}")).await;
        assert_eq!((status, says["code"].as_str()), (410, Some("CURSOR_EXPIRED")), "{says}");
        let begin = says["start"].as_str().unwrap();
        assert_eq!(changes(&address, &format!("&after={begin}")).await.0, 200);
        server.0.kill().unwrap();
        server.0.wait().unwrap();
        let named = log(t).await;
        let _server = start();
        assert_eq!(log(t).await, named, "nothing was put back since");
    }
});

both!(a_running_server_shows_within_a_second_what_another_process_imports, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (_server, address) = serve(home, &t.options.url);
    let client = reqwest::Client::new();
    let graphql = async |query: &str| {
        let query = json!({ "query": query });
        let answer = client.post(format!("{address}/graphql")).json(&query).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["data"].take()
    };
    let ask = async || graphql("{ articles { totalCount nodes { headline } } }").await["articles"].take();
    let search =
        async || graphql("{ search(query: \"edition\") { totalCount nodes { headline } } }").await["search"].take();
    assert_eq!(ask().await["totalCount"], 0);
    let mut slowest = Duration::ZERO;
    for n in 1..=3 {
        let headline = format!("Edition {n}");
        write(&home.join("new.jsonl"), &[with(story("urn:t:1"), json!({ "headline": headline }))]);
        import(home, &t.options.url, &["new.jsonl"]);
        let began = Instant::now();
        while ask().await["nodes"][0]["headline"] != headline.as_str() {
            assert!(began.elapsed() < Duration::from_secs(1), "after a second the server still shows {}", ask().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        while search().await["nodes"][0]["headline"] != headline.as_str() {
            assert!(began.elapsed() < Duration::from_secs(1), "after a second a search still finds {}", search().await);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        slowest = slowest.max(began.elapsed());
    }
    // And what is withdrawn is not found.
    write(&home.join("new.jsonl"), &[with(story("urn:t:1"), json!({ "status": "canceled" }))]);
    import(home, &t.options.url, &["new.jsonl"]);
    let began = Instant::now();
    while search().await["totalCount"] != 0 {
        assert!(began.elapsed() < Duration::from_secs(1), "after a second a search still finds {}", search().await);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    slowest = slowest.max(began.elapsed());
    println!("{:?}: shown, found and gone after {slowest:?} at the latest", t.engine());
});

// A subscriber of a running server hears of it too.
both!(a_running_server_tells_its_subscribers_what_another_process_imports, async |t| {
    use futures::{SinkExt as _, StreamExt as _};
    use tokio_tungstenite::tungstenite::{Message, client::IntoClientRequest as _};
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let (_server, address) = serve(home, &t.options.url);
    let mut request = format!("{}/graphql/ws", address.replace("http", "ws")).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let subscribe = json!({ "id": "1", "type": "subscribe", "payload": {
        "query": "subscription { articleChanged { __typename article { headline } } }" } });
    for message in [json!({ "type": "connection_init" }), subscribe] {
        socket.send(Message::text(message.to_string())).await.unwrap();
    }
    // The server has no way to say that a subscription has begun; changes from now on are heard for certain.
    tokio::time::sleep(Duration::from_millis(500)).await;
    write(&home.join("new.jsonl"), &[with(story("urn:t:1"), json!({ "headline": "Heard of" }))]);
    import(home, &t.options.url, &["new.jsonl"]);
    let heard = async {
        loop {
            let message = socket.next().await.expect("the socket is open").unwrap();
            if message.to_text().unwrap_or_default().contains("Heard of") {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(1), heard).await.expect("the subscriber hears of it within a second");
});

/// What goes out of one database and into another comes out again as it was, whichever engine holds it.
fn exports_are_equal(home: &Path, postgres: Option<&Home>, files: &[&str]) {
    let url = |name: &str| format!("sqlite://{}", home.join(name).display());
    let first = url("first.db");
    println!("{}", import(home, &first, files));
    let lines = export(home, &first);
    let uris: Vec<String> = lines
        .split(|b| *b == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice::<Value>(line).unwrap()["uri"].as_str().unwrap().to_owned())
        .collect();
    assert!(uris.is_sorted(), "an export is sorted by uri");
    std::fs::write(home.join("export.jsonl"), &lines).unwrap();
    let second = url("second.db");
    import(home, &second, &["export.jsonl"]);
    assert!(export(home, &second) == lines, "export, import and export differ");
    if let Some(postgres) = postgres {
        import(home, &postgres.options().url, files);
        assert!(export(home, &postgres.options().url) == lines, "the engines' exports differ");
    }
    println!("{} lines are equal from either engine, and after another import", uris.len());
}

fn with_postgres(name: &str, body: impl FnOnce(Option<&Home>)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let home = runtime.block_on(Home::new(Engine::Postgres, name));
    if home.is_none() {
        println!("SKIP {name}: no PostgreSQL here");
    }
    body(home.as_ref());
    if let Some(home) = home {
        runtime.block_on(home.remove());
    }
}

#[test]
fn exports_of_the_sample_newsroom_are_equal() {
    let folder = tempfile::tempdir().unwrap();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/newsroom.jsonl");
    with_postgres("sample", |postgres| exports_are_equal(folder.path(), postgres, &[sample]));
}

#[test]
fn an_export_as_ninjs_is_an_import_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/assets/sample/newsroom.jsonl");
    let url = |name: &str| format!("sqlite://{}", home.join(name).display());
    import(home, &url("first.db"), &[sample]);
    let published = |lines: &[u8]| -> Vec<(String, String, Value)> {
        let lines = lines.split(|b| *b == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice::<Value>(line).unwrap());
        let told = |line: Value| {
            let word = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
            (word("uri"), word("headline"), line["label"].clone())
        };
        lines.filter(|line| line["status"] != "canceled").map(told).collect()
    };
    let expected = published(&export(home, &url("first.db")));
    assert!(expected.len() > 20);
    for version in ["3.1", "2.2"] {
        let (status, lines, says) = run(masthead(home, &url("first.db"), &["export", "ninjs", "--standard", version]));
        assert!(status.success(), "{says}");
        std::fs::write(home.join("export.ninjs"), &lines).unwrap();
        let second = url(&format!("second-{version}.db"));
        let (status, _, says) = run(masthead(home, &second, &["import", "ninjs", "export.ninjs"]));
        assert!(status.success(), "{version}: {says}");
        assert!(published(&export(home, &second)) == expected, "{version}: {says}");
    }
}

#[test]
fn exports_of_the_real_stories_are_equal_and_account_for_every_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Vec::new();
    for name in ["18f", "wikinews_2020", "digitalgov", "current_events_2025"] {
        let Some(mut lines) = shared::lines(&format!("data/news/{name}.jsonl.gz")) else { return };
        let all = lines.len();
        // The long file is short news of one kind: a part of it is enough for every run.
        lines.truncate(count(1_500, usize::MAX));
        std::fs::write(folder.path().join(format!("{name}.jsonl")), lines.join(&b'\n')).unwrap();
        println!("{name}: {} of {all} lines", lines.len());
        files.push((format!("{name}.jsonl"), lines.len()));
    }
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    let dry = format!("sqlite://{}", folder.path().join("dry.db").display());
    let says = import(folder.path(), &dry, &[&["--dry-run"][..], &names[..]].concat());
    for (name, lines) in &files {
        assert!(
            says.contains(&format!("{name}: {lines} lines: {lines} created, 0 updated, 0 unchanged, 0 failed")),
            "{says}"
        );
    }
    with_postgres("real", |postgres| exports_are_equal(folder.path(), postgres, &names));
}

both!(a_file_with_broken_lines_imports_the_good_ones_and_keeps_the_bad, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let good = story("urn:t:1").to_string();
    let bad = ["{", "[]", "{\"uri\":\"urn:t:x\"}", "\u{0}\u{1}", "null", "{\"uri\":\"urn:t:y\",\"headline\":7}"];
    let text = format!("{}\n{good}\n\n{}\n{}\n", bad[..3].join("\n"), bad[3..].join("\n"), story("urn:t:2"));
    std::fs::write(home.join("mixed.jsonl"), text).unwrap();
    let (_, _, says) = run(masthead(home, &t.options.url, &["import", "jsonl", "mixed.jsonl"]));
    assert!(says.contains("8 lines: 2 created, 0 updated, 0 unchanged, 6 failed"), "{says}");
    for number in [1, 2, 3, 6, 7, 8] {
        assert!(says.contains(&format!("line {number}: ")), "{number}: {says}");
    }
    let kept = std::fs::read_to_string(home.join("mixed.rejected.jsonl")).unwrap();
    assert_eq!(kept.lines().collect::<Vec<_>>(), bad);
    assert!(t.card("urn:t:1").await.is_some() && t.card("urn:t:2").await.is_some());
});

#[test]
fn faults_are_named_with_their_place_and_mend() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let fails = |database: &str, arguments: &[&str], words: &[&str]| {
        let (status, _, says) = run(masthead(home, database, arguments));
        assert!(!status.success(), "{arguments:?} on {database}");
        for word in words {
            assert!(says.contains(word), "{arguments:?} on {database} does not say {word:?}: {says}");
        }
        assert!(!says.contains("panicked"), "{says}");
    };
    fails("mysql://root@localhost/news", &["migrate"], &["mysql", "sqlite://", "postgres://"]);
    fails("postgres://nobody@127.0.0.1:1/news", &["migrate"], &["PostgreSQL cannot be reached", "Check"]);
    fails("sqlite:///no/such/folder/a.db", &["migrate"], &["/no/such/folder", "does not exist"]);
    std::fs::write(home.join("text.db"), "This is no database, but it is long enough to look like one. ".repeat(20))
        .unwrap();
    fails("sqlite://text.db", &["migrate"], &["text.db", "not an SQLite database"]);
    fails("sqlite://a.db", &["import", "jsonl", "nothing.jsonl"], &["nothing.jsonl"]);
    std::fs::write(home.join("a.jsonl"), b"PK\x03\x04").unwrap();
    fails("sqlite://a.db", &["import", "jsonl", "a.jsonl"], &["a.jsonl", "zip"]);
    fails("sqlite://none.db", &["restored"], &["nothing was restored", "--database"]);
    assert!(!home.join("none.db").exists());
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    fails("sqlite://a.db", &["serve", "--bind", &address], &[&address, "in use", "--bind"]);
    fails("sqlite://a.db", &["serve", "--bind", "here"], &["server.bind", "127.0.0.1:8080"]);
}

/// An evaluation, which keeps nothing anywhere: its code, what it printed and what it said.
fn evaluate(home: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let (status, shown, says) = run(masthead(home, "sqlite://unused.db", &[&["eval"], arguments].concat()));
    (status.code(), String::from_utf8(shown).unwrap(), says)
}

#[test]
fn an_evaluation_names_what_it_cannot_read_and_measures_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let text = format!("{}\n{{\n{{\"uri\":\"urn:t:x\"}}\n{}\n", story("urn:t:1"), story("urn:t:2"));
    std::fs::write(home.join("mixed.jsonl"), text).unwrap();
    for what in ["search", "related"] {
        let (code, shown, says) = evaluate(home, &[what, "mixed.jsonl"]);
        assert_eq!(code, Some(1), "{what}: {says}");
        for word in ["mixed.jsonl", "line 2: ", "line 3: ", "2 lines are no articles"] {
            assert!(says.contains(word), "{what} does not say {word:?}: {says}");
        }
        assert!(shown.is_empty(), "{what}: {shown}");
    }
    write(&home.join("stories.jsonl"), &[story("urn:t:1"), story("urn:t:2")]);
    write(&home.join("queries.jsonl"), &[json!({ "query": "story", "relevant": ["urn:t:1", "urn:t:none"] })]);
    let (code, shown, says) = evaluate(home, &["search", "stories.jsonl", "--queries", "queries.jsonl"]);
    assert_eq!(code, Some(2), "{says}");
    assert!(says.contains("urn:t:none") && shown.is_empty(), "{shown}{says}");
}

#[test]
fn what_a_query_names_twice_is_to_be_found_once() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let about = |uri: &str, thing: &str| with(story(uri), json!({ "headline": format!("The {thing}") }));
    write(&home.join("stories.jsonl"), &[about("urn:t:1", "harbour"), about("urn:t:2", "budget")]);
    let query = json!({ "query": "harbour", "relevant": ["urn:t:1", "urn:t:1"] });
    write(&home.join("queries.jsonl"), &[query]);
    let (code, shown, says) = evaluate(home, &["search", "stories.jsonl", "--queries", "queries.jsonl"]);
    assert_eq!(code, Some(0), "{says}");
    let (_, measured) = shown.split_once("labelled queries (1 queries)").unwrap_or_else(|| panic!("{shown}"));
    let search = measured.lines().find(|line| line.trim_start().starts_with("search")).unwrap_or_default();
    assert!(search.contains("nDCG@10 1.000  R@20 1.000  P@5 0.200  MRR@10 1.000"), "{shown}");
}

#[test]
fn every_problem_of_the_configuration_is_listed_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let text = "[graphql]\ndocuments = \"nowhere.json\"\n\n[log]\nfilter = \"a=b=c\"\n";
    std::fs::write(home.join("masthead.toml"), text).unwrap();
    let (status, _, says) = run(masthead(home, "sqlite://a.db", &["config", "check", "--log", "info"]));
    assert_eq!(status.code(), Some(2), "{says}");
    assert!(says.contains("nowhere.json") && says.contains("1 problem."), "{says}");
    let (status, _, says) = run(masthead(home, "sqlite://nowhere/b.db", &["config", "check"]));
    assert_eq!(status.code(), Some(2), "{says}");
    for problem in ["nowhere.json", "log.filter", "masthead.toml, line 5", "2 problems."] {
        assert!(says.contains(problem), "{problem} is not in {says}");
    }
}

/// Writing to a disk that is full is said, and what was there stays.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    write(&home.join("a.jsonl"), &[story("urn:t:1")]);
    let database = format!("sqlite://{}", home.join("a.db").display());
    import(home, &database, &["a.jsonl"]);
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
    let mut child =
        masthead(home, &database, &["export", "jsonl"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    let mut says = String::new();
    child.stderr.take().unwrap().read_to_string(&mut says).unwrap();
    assert!(!child.wait().unwrap().success());
    assert!(says.contains("cannot be written") && !says.contains("panicked"), "{says}");
}

// Accounts, for the operator; a running server hears of what another process does to them.
both!(accounts_are_run_from_the_command_line, async |t| {
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path();
    let account = |arguments: &[&str]| {
        let (status, shown, says) = run(masthead(home, &t.options.url, &[&["account"], arguments].concat()));
        (status.code().unwrap(), String::from_utf8(shown).unwrap(), says)
    };
    let (code, shown, says) = account(&["list"]);
    assert!(code == 0 && shown.is_empty() && says.contains("There are no accounts"), "{says}");
    let (code, shown, says) = account(&["create", "ada@example.org", "--role", "admin", "--name", "Ada Lovelace"]);
    assert!(code == 0 && shown.contains("ada@example.org") && says.contains("30m"), "{says}");
    let link = shown.lines().last().unwrap();
    assert!(link.starts_with("http://127.0.0.1:8080/reset-password?token="), "{shown}");
    // The link sets the password, at a server that runs.
    let (_server, address) = serve(home, &t.options.url);
    let client = reqwest::Client::new();
    let form = json!({ "token": link.split("token=").nth(1).unwrap(), "password": "tarn ferry lamp quietly" });
    let said = client.post(format!("{address}/v1/auth/reset-password")).json(&form).send().await.unwrap();
    assert_eq!(said.status(), 204);
    let form = json!({ "email": "ada@example.org", "password": "tarn ferry lamp quietly" });
    let said = client.post(format!("{address}/v1/auth/log-in")).json(&form).send().await.unwrap();
    let said: Value = said.json().await.unwrap();
    let (account_of, token) = (said["account"].clone(), said["accessToken"].as_str().unwrap().to_owned());
    assert_eq!((&account_of["name"], &account_of["roles"]), (&json!("Ada Lovelace"), &json!(["ADMIN"])));
    let alive =
        async || client.get(format!("{address}/v1/articles")).bearer_auth(&token).send().await.unwrap().status() == 200;
    assert!(alive().await);
    // Faults say what to do.
    for (arguments, says) in [
        (&["create", "ada@example.org"][..], "has an account already"),
        (&["create", "nobody"], "no address of mail"),
        (&["role", "ada@example.org", "chief"], "there are reader, contributor, editor, admin"),
        (&["role", "ada@example.org", "reader"], "last administrator"),
        (&["suspend", "nobody@example.org"], "no such account"),
    ] {
        let (code, _, said) = account(arguments);
        assert!(code == 1 && said.contains(says), "{arguments:?}: {said}");
    }
    let mut create =
        masthead(home, &t.options.url, &["account", "create", "bo@example.org", "--role", "admin", "--password-stdin"]);
    let mut child = create.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"tarn ferry lamp quietly\n").unwrap();
    assert!(child.wait().unwrap().success());
    let (_, shown, _) = account(&["role", "bo@example.org", "editor,contributor"]);
    assert!(shown.contains("contributor editor"), "{shown}");
    account(&["role", "bo@example.org", "admin"]);
    let (code, shown, says) = account(&["suspend", "ada@example.org"]);
    assert!(code == 0 && shown.contains("suspended"), "{says}");
    let began = Instant::now();
    while alive().await {
        assert!(
            began.elapsed() < Duration::from_secs(1),
            "after a second the token of a suspended account is still taken"
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let (_, shown, _) = account(&["suspend", "ada@example.org", "--restore"]);
    assert!(!shown.contains("suspended"), "{shown}");
    assert_eq!(account(&["delete", "ada@example.org"]).0, 0);
    assert_eq!(account(&["rotate-keys"]).0, 0);
    let (_, shown, _) = account(&["list"]);
    assert!(shown.lines().count() == 2 && shown.contains("deleted"), "{shown}");
});
