//! The processes that are measured: the program and the bare handler; and where the data is.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use masthead::model::time::Clock;
use masthead::store::{Db, Options, followers};
use tokio_postgres::NoTls;

/// A running server; it ends with its owner.
pub struct Served {
    child: Child,
    /// Address and port.
    pub host: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// The program on this database, without a rate limit and without a line of log for each request.
    pub fn masthead(database: &str, folder: &Path, cache: &str) -> Served {
        let mut command = masthead(database);
        command.env("MASTHEAD__CACHE__SIZE", cache);
        command.args(["serve", "--bind", "127.0.0.1:0"]).current_dir(folder);
        command
            .env("MASTHEAD__AUTH__ACCESS_TOKEN", "1h")
            .env("MASTHEAD__RATE_LIMIT__ENABLED", "false")
            .env("MASTHEAD__LOG__REQUESTS", "false");
        if let Some(room) = std::env::var_os("ENTITIES") {
            command.env("MASTHEAD__CACHE__ENTITIES", room);
        }
        Served::start(command)
    }

    /// The bare handler with these answers: this same program again.
    pub fn bare(answers: &Path) -> Served {
        let mut command = Command::new(std::env::current_exe().expect("a path"));
        command.env("MASTHEAD_BENCH_BARE", answers);
        Served::start(command)
    }

    fn start(mut command: Command) -> Served {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("it starts");
        let mut stderr = BufReader::new(child.stderr.take().expect("a stream"));
        let mut line = String::new();
        let host = loop {
            line.clear();
            assert!(stderr.read_line(&mut line).expect("text") > 0, "the server ended before it served");
            if let Some(at) = line.find("serves http://") {
                let address = &line[at + "serves http://".len()..];
                break address.split_whitespace().next().expect("an address").to_owned();
            }
        };
        // Somebody must read on, or the server would wait for room in the pipe.
        std::thread::spawn(move || std::io::copy(&mut stderr, &mut std::io::sink()));
        Served { child, host }
    }

    /// An access token of an account that is made for it. It lasts for an hour, so that no bench outlives it.
    pub async fn token(&self, database: &str) -> String {
        let mut command = masthead(database);
        command.args(["account", "create", "bench@example.org", "--role", "editor", "--password-stdin"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("the program starts");
        let password = "tarn ferry lamp quietly";
        std::io::Write::write_all(&mut child.stdin.take().expect("a stream"), password.as_bytes()).expect("it reads");
        // It may be there from a run before.
        child.wait().expect("it ends");
        let form = format!("{{\"email\":\"bench@example.org\",\"password\":\"{password}\"}}");
        let answer = super::client::ask(&self.host, &super::client::post(&self.host, "/v1/auth/log-in", &form)).await;
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("JSON");
        answer["accessToken"].as_str().expect("a token").to_owned()
    }

    /// What the process holds in memory now, and the most that it held.
    pub fn memory(&self) -> String {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let megabytes = |field: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(field))?;
            line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib / 1_024)
        };
        match (megabytes("VmRSS:"), megabytes("VmHWM:")) {
            (Some(now), Some(most)) => format!("{now} MB, {most} MB at the most"),
            _ => "not known on this system".to_owned(),
        }
    }
}

fn masthead(database: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_masthead"));
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("MASTHEAD__")) {
        command.env_remove(name);
    }
    command.args(["--database", database]);
    command
}

/// Imports the file, in a process of its own, as an operator would.
pub fn import(database: &str, file: &Path) {
    let mut command = masthead(database);
    command.args(["import", "jsonl"]).arg(file).stdin(Stdio::null());
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Holds the lease of who makes lists of related news, so that nobody makes them.
pub async fn keep_from_relating(database: &str) {
    let db = Db::open(&Options::new(database), Clock::system()).await.expect("the database is there");
    let day = 24 * 60 * 60 * 1_000;
    let taken = db.write(move |tx| Box::pin(followers::take(tx, "related", "bench", day))).await.expect("a lease");
    assert!(taken.value.is_some(), "somebody else makes them");
}

/// The file of a folder that names the database that belongs to it, once that is filled.
const FILLED: &str = "database";

/// Notes that the database of a folder is filled.
pub fn filled(folder: &Path, database: &str) {
    std::fs::write(folder.join(FILLED), database).expect("a file");
}

/// The database of this engine that belongs to a folder, and whether it was filled before; none where there is no server.
pub async fn database(engine: &str, folder: &Path) -> Option<(String, bool)> {
    let filled = std::fs::read_to_string(folder.join(FILLED)).unwrap_or_default();
    if engine == "sqlite" {
        let url = format!("sqlite://{}", folder.join("bench.db").display());
        let is_filled = filled == url;
        return Some((url, is_filled));
    }
    if !filled.is_empty() && tokio_postgres::connect(&filled, NoTls).await.is_ok() {
        return Some((filled, true));
    }
    let server = match std::env::var("MASTHEAD_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => url,
        _ => {
            let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres.sh");
            let output = Command::new("bash").arg(script).arg(std::process::id().to_string()).output().ok()?;
            let line = String::from_utf8_lossy(&output.stdout).into_owned();
            println!("(a throw-away PostgreSQL without fsync: imports on a real one take longer)");
            line.split_whitespace().next()?.to_owned()
        }
    };
    let (client, connection) = tokio_postgres::connect(&server, NoTls).await.expect("the server lets us in");
    tokio::spawn(connection);
    let name = format!("bench_{}", std::process::id());
    client.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let mut url = url::Url::parse(&server).expect("a URL");
    url.set_path(&name);
    Some((url.to_string(), false))
}
