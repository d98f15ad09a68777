//! What every test stands on: a database of its own on either engine, a clock that stands still, the application on a
//! random port, seeded randomness.

pub mod chance;
pub mod http;
pub mod postgres;
pub mod provider;
pub mod shared;
pub mod story;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use diesel::connection::SimpleConnection;
use diesel::{Connection, RunQueryDsl, SqliteConnection};
use masthead::app::App;
use masthead::catalogue::{Reader, article};
use masthead::config::{Engine, Settings, Sources};
use masthead::error::Result;
use masthead::formats::item::Item;
use masthead::model::article::Card;
use masthead::model::id::ArticleId;
use masthead::model::time::{Clock, Instant};
use masthead::model::viewer::Viewer;
use masthead::newsroom::import::{Importer, Report};
use masthead::store::{Db, Options, newsroom};
use serde_json::Value;

/// When the clock of every test stands at first.
pub const NOW: &str = "2026-03-01T12:00:00Z";

/// Makes a test for each engine: `both!(name, async |t| { … })` gives `name::sqlite` and `name::postgres`.
macro_rules! both {
    ($(#[$meta:meta])* $name:ident, $body:expr) => {
        mod $name {
            #[allow(unused_imports, reason = "not every test needs what stands above it")]
            use super::*;

            fn on(engine: masthead::config::Engine) {
                $crate::harness::run(engine, module_path!(), $body);
            }

            $(#[$meta])*
            #[test]
            fn sqlite() {
                on(masthead::config::Engine::Sqlite);
            }

            $(#[$meta])*
            #[test]
            fn postgres() {
                on(masthead::config::Engine::Postgres);
            }
        }
    };
}
pub(crate) use both;

/// Runs one test on one engine and takes its database away afterwards, also when it panicked.
pub fn run(engine: Engine, name: &str, body: impl AsyncFnOnce(&TestApp)) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let Some(home) = runtime.block_on(Home::new(engine, name)) else {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "{name}: no PostgreSQL here, and CI skips nothing");
        println!("SKIP {name}: no PostgreSQL here");
        return;
    };
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let test = TestApp::open(home.options()).await;
            body(&test).await;
        });
    }));
    runtime.block_on(home.remove());
    // A blocking task that a test left behind must not keep the process.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    if let Err(panic) = outcome {
        resume_unwind(panic);
    }
}

/// Where a database is, and how it goes away.
pub struct Home {
    engine: Engine,
    url: String,
    folder: tempfile::TempDir,
}

impl Home {
    /// A place for a database that is not there yet (a file) or is empty (on the server); none without a server.
    pub async fn new(engine: Engine, name: &str) -> Option<Home> {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let url = match engine {
            Engine::Sqlite => format!("sqlite://{}", folder.path().join("masthead.db").display()),
            Engine::Postgres => postgres::new_database(name).await?,
        };
        Some(Home { engine, url, folder })
    }

    /// How to open it.
    pub fn options(&self) -> Options {
        Options::new(&self.url)
    }

    /// A folder that goes away with it.
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Takes it away.
    pub async fn remove(self) {
        if self.engine == Engine::Postgres {
            postgres::drop_database(&self.url).await;
        }
    }
}

/// An application over a database of its own.
pub struct TestApp {
    /// The database, migrated and empty.
    pub db: Db,
    /// How it was opened.
    pub options: Options,
    /// The clock of its writes; it moves only by `advance`.
    pub clock: Clock,
    /// Where its search index is.
    search: tempfile::TempDir,
}

impl TestApp {
    async fn open(options: Options) -> TestApp {
        masthead::store::migrate::run(&options, false).await.expect("migrations");
        TestApp::over(options).await
    }

    /// An application over a database that has its schema.
    pub async fn over(options: Options) -> TestApp {
        let clock = Clock::fixed(NOW.parse().expect("an instant"));
        let db = Db::open(&options, clock.clone()).await.expect("the database opens");
        let search = tempfile::tempdir().expect("a temporary folder");
        TestApp { db, options, clock, search }
    }

    /// The engine.
    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    /// The settings of a server over this database: the defaults, and nothing from the environment.
    pub fn settings(&self) -> Settings {
        self.settings_with(&[])
    }

    /// The same with these over them.
    pub fn settings_with(&self, flags: &[(&str, &str)]) -> Settings {
        let sources = Sources::none()
            .flag("database.url", &self.options.url)
            .flag("search.data_dir", self.search.path().join("index").display().to_string())
            .flag("mail.folder", self.mail().display().to_string())
            .flag("rate_limit.enabled", "false")
            .flag("log.requests", "false");
        let sources = flags.iter().fold(sources, |sources, (key, value)| sources.flag(*key, *value));
        Settings::load(&sources).unwrap_or_else(|problems| panic!("{problems:?}"))
    }

    /// The folder that its mail is put into.
    pub fn mail(&self) -> std::path::PathBuf {
        self.search.path().join("mail")
    }

    /// The application itself.
    pub fn app(&self) -> App {
        App::with(self.settings(), self.db.clone())
    }

    /// One read operation.
    pub fn reader(&self) -> Reader {
        Reader::new(&self.db)
    }

    /// Imports lines as the program itself would, in one batch.
    pub async fn import(&self, lines: &[Value]) -> Report {
        self.import_bytes(lines.iter().map(|line| line.to_string().into_bytes()).collect()).await
    }

    /// Imports lines and insists that each went in.
    pub async fn import_all(&self, lines: &[Value]) -> Report {
        let report = self.import(lines).await;
        assert!(report.failed.is_empty(), "{:?}", report.failed.iter().map(|f| &f.reason).collect::<Vec<_>>());
        report
    }

    /// Imports lines as they stand in a file, in one batch.
    pub async fn import_bytes(&self, lines: Vec<Vec<u8>>) -> Report {
        self.try_import(lines, false).await.expect("the import runs")
    }

    /// The same, and what the database said.
    pub async fn try_import(&self, lines: Vec<Vec<u8>>, dry_run: bool) -> Result<Report> {
        let importer = Importer::new(&self.db, &Viewer::system(), "en", dry_run)?;
        let raw = (1..).zip(lines).map(|(number, bytes)| Item::json(number, bytes)).collect();
        let prepared = importer.prepare(raw).await?;
        importer.write(prepared).await
    }

    /// The newsroom's entry of a URI.
    pub async fn entry(&self, uri: &str) -> Option<newsroom::Entry> {
        let mut conn = self.db.read().await.expect("a connection");
        newsroom::by_uri(&mut conn, uri).await.expect("an entry")
    }

    /// The id of a URI that is in the newsroom.
    pub async fn id(&self, uri: &str) -> ArticleId {
        self.entry(uri).await.unwrap_or_else(|| panic!("{uri} is not in the newsroom")).id
    }

    /// The published article of a URI.
    pub async fn card(&self, uri: &str) -> Option<Arc<Card>> {
        article::by_uri(&self.reader(), uri).await.expect("a card")
    }

    /// Now, as writes are dated.
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// One text column of rows, past all of our own code: what really stands in the database. Name the column `v`
    /// and cast it to TEXT; NULL is the empty text.
    pub async fn texts(&self, sql: &str) -> Vec<String> {
        match self.engine() {
            Engine::Sqlite => {
                let mut conn = self.sqlite();
                let rows: Vec<Texts> =
                    diesel::sql_query(sql).load(&mut conn).unwrap_or_else(|e| panic!("{e} in {sql}"));
                rows.into_iter().map(|row| row.v.unwrap_or_default()).collect()
            }
            Engine::Postgres => postgres::texts(&self.options.url, sql).await,
        }
    }

    /// Runs statements past all of our own code.
    pub async fn execute(&self, sql: &str) {
        match self.engine() {
            Engine::Sqlite => self.sqlite().batch_execute(sql).unwrap_or_else(|e| panic!("{e} in {sql}")),
            Engine::Postgres => postgres::execute(&self.options.url, sql).await,
        }
    }

    /// The tables of the database, but those of the migration tool.
    pub async fn tables(&self) -> Vec<String> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT name AS v FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            Engine::Postgres => "SELECT tablename::text AS v FROM pg_tables WHERE schemaname = 'public'",
        };
        let mut tables = self.texts(sql).await;
        tables.retain(|table| !table.starts_with("__diesel"));
        tables.sort();
        tables
    }

    /// The columns of a table in their order: name, and whether it may be NULL.
    pub async fn columns(&self, table: &str) -> Vec<(String, bool)> {
        let sql = match self.engine() {
            // A key without NOT NULL may hold NULL in some tables of SQLite; those of ours are WITHOUT ROWID, where it may not.
            Engine::Sqlite => format!(
                "SELECT name || ':' || CASE WHEN \"notnull\" = 0 AND pk = 0 THEN 'null' ELSE 'set' END AS v \
                 FROM pragma_table_info('{table}') ORDER BY cid"
            ),
            Engine::Postgres => format!(
                "SELECT column_name || ':' || CASE is_nullable WHEN 'YES' THEN 'null' ELSE 'set' END AS v \
                 FROM information_schema.columns WHERE table_schema = 'public' AND table_name = '{table}' \
                 ORDER BY ordinal_position"
            ),
        };
        let rows = self.texts(&sql).await;
        rows.iter()
            .filter_map(|row| row.split_once(':'))
            .map(|(name, null)| (name.to_owned(), null == "null"))
            .collect()
    }

    fn sqlite(&self) -> SqliteConnection {
        let path = self.options.url.trim_start_matches("sqlite://");
        let mut conn = SqliteConnection::establish(path).expect("the file opens");
        conn.batch_execute("PRAGMA busy_timeout = 10000").expect("a pragma");
        conn
    }
}

#[derive(diesel::QueryableByName)]
struct Texts {
    #[diesel(sql_type = diesel::sql_types::Nullable<diesel::sql_types::Text>)]
    v: Option<String>,
}

/// Whether the long counts are asked for.
pub fn long() -> bool {
    std::env::var("MASTHEAD_LONG").is_ok_and(|value| value == "1")
}

/// One of two counts: the one for every run, or the one that `--long` asks for.
pub fn count(short: usize, at_length: usize) -> usize {
    if long() { at_length } else { short }
}
