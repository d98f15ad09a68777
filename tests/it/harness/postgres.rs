//! PostgreSQL for tests: a server that is there, or a throw-away one; a database for each test.

use std::fs::File;
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

/// The server's URL, with a database on it in which databases can be made. `None` without server binaries.
pub fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<String>> = OnceLock::new();
    let find = || match std::env::var("MASTHEAD_TEST_POSTGRES") {
        Ok(url) if !url.is_empty() => Some(url),
        _ => shared_server(),
    };
    SERVER.get_or_init(find).as_deref()
}

/// The throw-away server of this user: the one that another test process started, or a new one. Test runners that make
/// a process of every test would else start one each.
fn shared_server() -> Option<String> {
    let user = std::env::var("USER").unwrap_or_else(|_| "test".to_owned());
    let pointer = std::env::temp_dir().join(format!("masthead-postgres-{user}"));
    let lock = File::create(pointer.with_extension("lock")).expect("a lock file");
    lock.lock().expect("the lock");
    if let Some(url) = std::fs::read_to_string(&pointer).ok().and_then(|line| join(&line)) {
        return Some(url);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres.sh");
    let output = Command::new("bash")
        .arg(script)
        .arg(std::process::id().to_string())
        // The next test's process must find it.
        .env("MASTHEAD_TEST_POSTGRES_LINGER", "10")
        .stdin(Stdio::null())
        .output()
        .expect("bash runs");
    if output.status.code() == Some(3) {
        return None;
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    std::fs::write(&pointer, &line).expect("the pointer");
    line.split(' ').next().map(str::to_owned)
}

/// Becomes a user of the server that `URL FOLDER` points to, if it still runs.
fn join(line: &str) -> Option<String> {
    let (url, folder) = line.trim().split_once(' ')?;
    File::create(PathBuf::from(folder).join("users").join(std::process::id().to_string())).ok()?;
    let address = url.split('@').nth(1)?.split('/').next()?;
    TcpStream::connect_timeout(&address.parse().ok()?, Duration::from_secs(2)).ok()?;
    Some(url.to_owned())
}

/// A server that follows the one of the tests, for one test. It stops when it is dropped.
pub struct Replica {
    server: String,
    folder: PathBuf,
}

impl Replica {
    /// Starts one.
    pub fn start() -> Replica {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/postgres.sh");
        let id = std::process::id().to_string();
        let primary = server().expect("a server to follow");
        let output = Command::new("bash").arg(script).args([&id, primary]).stdin(Stdio::null()).output();
        let output = output.expect("bash runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let line = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let (server, folder) = line.split_once(' ').expect("a URL and a folder");
        Replica { server: server.to_owned(), folder: PathBuf::from(folder) }
    }

    /// The URL of the copy of a database.
    pub fn of(&self, url: &str) -> String {
        with_name(&self.server, url.rsplit('/').next().expect("a name"))
    }

    /// Runs a statement on it that changes nothing of the data.
    pub async fn run(&self, sql: &str) {
        execute(&self.server, sql).await;
    }
}

impl Drop for Replica {
    fn drop(&mut self) {
        // Without users it goes by itself.
        let _ = std::fs::remove_file(self.folder.join("users").join(std::process::id().to_string()));
    }
}

/// A new, empty database for the test of this name: its URL.
pub async fn new_database(test: &str) -> Option<String> {
    static MADE: AtomicU32 = AtomicU32::new(0);
    let server = server()?;
    let tail: String = test.rsplit("::").next().unwrap_or_default().chars().take(30).collect();
    let name = format!("t{}_{}_{tail}", std::process::id(), MADE.fetch_add(1, Ordering::Relaxed));
    execute(server, &format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    Some(with_name(server, &name))
}

/// Takes a test's database away, whoever is still connected to it.
pub async fn drop_database(url: &str) {
    let name = url.rsplit('/').next().expect("a name");
    if let Some(server) = server() {
        execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
    }
}

fn with_name(server: &str, name: &str) -> String {
    let mut url = url::Url::parse(server).expect("MASTHEAD_TEST_POSTGRES is a URL");
    url.set_path(name);
    url.to_string()
}

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap_or_else(|e| panic!("{url}: {e:?}"));
    tokio::spawn(connection);
    client
}

/// The first column of a query's rows, as text.
pub async fn texts(url: &str, sql: &str) -> Vec<String> {
    let messages = connect(url).await.simple_query(sql).await.unwrap_or_else(|e| panic!("{e:?} in {sql}"));
    let text = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => Some(row.get(0).unwrap_or_default().to_owned()),
        _ => None,
    };
    messages.iter().filter_map(text).collect()
}

/// Runs statements.
pub async fn execute(url: &str, sql: &str) {
    connect(url).await.batch_execute(sql).await.unwrap_or_else(|e| panic!("{e:?} in {sql}"));
}

/// Has rows locked, beside the test, until a condition holds: those of a query without its `SELECT`. When this is done they are
/// locked.
pub async fn lock_until(url: &str, rows: &str, condition: &str) -> tokio::task::JoinHandle<()> {
    let sql = format!(
        "DO $$ BEGIN PERFORM {rows} FOR UPDATE; FOR n IN 1..3000 LOOP PERFORM pg_stat_clear_snapshot(); \
         EXIT WHEN {condition}; PERFORM pg_sleep(0.01); END LOOP; END $$"
    );
    let at = url.to_owned();
    let locked = tokio::spawn(async move { execute(&at, &sql).await });
    let sleeps = "SELECT pid::text AS v FROM pg_stat_activity \
                  WHERE datname = current_database() AND wait_event = 'PgSleep'";
    while texts(url, sleeps).await.is_empty() {
        assert!(!locked.is_finished(), "it is locked no longer: {condition}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    locked
}

/// How many wait for a lock in the database that one is connected to, for a statement.
pub const WAITING: &str =
    "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";

/// The plan of a statement with parameters, whatever they are.
pub async fn generic_plan(url: &str, statement: &str) -> String {
    let client = connect(url).await;
    client.batch_execute("SET plan_cache_mode = force_generic_plan").await.expect("a setting");
    client
        .batch_execute(&format!("PREPARE it AS {statement}"))
        .await
        .unwrap_or_else(|e| panic!("{e:?} in {statement}"));
    let kinds = "SELECT array_length(parameter_types, 1)::text FROM pg_prepared_statements WHERE name = 'it'";
    let parameters: usize = match &client.simple_query(kinds).await.expect("a count")[..] {
        [.., SimpleQueryMessage::Row(row), _] => row.get(0).and_then(|n| n.parse().ok()).unwrap_or(0),
        _ => 0,
    };
    let nulls = vec!["NULL"; parameters].join(", ");
    let explain =
        if parameters == 0 { "EXPLAIN EXECUTE it".to_owned() } else { format!("EXPLAIN EXECUTE it({nulls})") };
    let rows = client.simple_query(&explain).await.unwrap_or_else(|e| panic!("{e:?} in {explain}"));
    let line = |message: &SimpleQueryMessage| match message {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    };
    rows.iter().filter_map(line).collect::<Vec<_>>().join("\n")
}
