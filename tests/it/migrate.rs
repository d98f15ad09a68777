//! Migrations: pairs, a dry run that writes nothing, starts that do not collide, a schema that is what the program
//! takes it to be.

use std::collections::BTreeMap;
use std::path::Path;

use masthead::app::App;
use masthead::config::Engine;
use masthead::error::Code;
use masthead::model::time::Clock;
use masthead::store::migrate;

use crate::harness::story::story;
use crate::harness::{Home, both, count};

fn names(engine: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine);
    let entries = std::fs::read_dir(folder).expect("a folder of migrations");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn migrations_come_in_pairs() {
    assert!(!names("sqlite").is_empty());
    assert_eq!(names("sqlite"), names("postgres"));
    for engine in ["sqlite", "postgres"] {
        for name in names(engine) {
            for file in ["up.sql", "down.sql"] {
                let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine).join(&name).join(file);
                let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                assert!(!text.trim().is_empty(), "{} is empty", path.display());
            }
        }
    }
}

both!(the_schema_is_what_the_program_takes_it_for, async |t| {
    let declared = declared_tables(include_str!("../../src/store/schema.rs"));
    assert_eq!(t.tables().await, declared.keys().cloned().collect::<Vec<_>>());
    for (table, columns) in declared {
        assert_eq!(t.columns(&table).await, columns, "{table}: src/store/schema.rs and the migrations differ");
    }
});

/// The `table!` declarations: columns in order, with whether they may be NULL.
fn declared_tables(source: &str) -> BTreeMap<String, Vec<(String, bool)>> {
    let mut tables = BTreeMap::new();
    for declaration in source.split("table! {").skip(1) {
        let (head, body) = declaration.split_once('{').expect("a table has a body");
        let name = head.split('(').next().expect("a name").trim().to_owned();
        let body = body.split('}').next().expect("the body ends");
        let columns = body.split(',').filter_map(|column| column.split_once("->"));
        let columns = columns.map(|(name, kind)| (name.trim().to_owned(), kind.contains("Nullable")));
        tables.insert(name, columns.collect());
    }
    assert!(tables.len() > 10, "{tables:?}");
    tables
}

both!(down_undoes_up, async |t| {
    let engine = if t.engine() == Engine::Sqlite { "sqlite" } else { "postgres" };
    let mut all = names(engine);
    all.reverse();
    for name in all {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(engine).join(name).join("down.sql");
        t.execute(&std::fs::read_to_string(path).expect("a down.sql")).await;
    }
    assert!(t.tables().await.is_empty(), "{:?}", t.tables().await);
});

both!(a_second_run_finds_nothing_to_do, async |t| {
    let report = migrate::run(&t.options, false).await.unwrap();
    assert_eq!((report.applied.len(), report.pending.len()), (names("sqlite").len(), 0));
});

both!(languages_of_an_older_program_get_their_case, async |t| {
    let written = ["EN-us", "en-US", "DE", "zh-HANT", "ZH-hant-tw", "ES-419", "ZH-YUE", "en-x-Desk", "de-ch-1901"];
    let lines: Vec<_> = (0..written.len()).map(|n| story(&format!("urn:t:{n}"))).collect();
    t.import_all(&lines).await;
    for (n, tag) in written.iter().enumerate() {
        t.execute(&format!("UPDATE articles SET language = '{tag}' WHERE uri = 'urn:t:{n}'")).await;
    }
    t.execute("DELETE FROM __diesel_schema_migrations WHERE version LIKE '%000017'").await;
    let report = masthead::store::migrate::run(&t.options, false).await.unwrap();
    assert_eq!(report.pending, ["2026-11-30-000017_language_case"]);
    let settled = ["en-US", "en-US", "de", "zh-Hant", "zh-Hant-TW", "es-419", "zh-yue", "en-x-desk", "de-CH-1901"];
    assert_eq!(t.texts("SELECT language AS v FROM articles ORDER BY uri").await, settled);
    let counted = t.texts("SELECT CAST(n AS TEXT) AS v FROM counts WHERE kind = 'language' AND key = 'en-US'").await;
    assert_eq!(counted, ["2"]);
    let server = t.serve().await;
    for (tag, found) in [("EN-US", 2), ("es-419", 1), ("zh-YUE", 1), ("de-ch-1901", 1)] {
        let list = crate::harness::http::Said::of(server.get(&format!("/v1/articles?language={tag}")).await).await;
        assert_eq!(list.body["data"].as_array().unwrap().len(), found, "{tag}: {list:?}");
    }
});

both!(a_newer_schema_is_refused_with_its_name, async |t| {
    t.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('29990101000000')").await;
    for dry in [true, false] {
        let error = migrate::run(&t.options, dry).await.unwrap_err();
        assert_eq!(error.code(), Code::Schema);
        let says = error.message();
        assert!(says.contains("29990101000000") && says.contains("newer Masthead"), "{says}");
    }
    let error = App::open(t.settings(), Clock::system()).await.err().expect("the program refuses to start");
    assert_eq!(error.code(), Code::Schema);
});

/// A database that nothing has touched yet.
fn on_an_empty_database(engine: Engine, name: &str, body: impl AsyncFnOnce(&Home)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap();
    runtime.block_on(async {
        let Some(home) = Home::new(engine, name).await else {
            println!("SKIP {name}: no PostgreSQL here");
            return;
        };
        body(&home).await;
        home.remove().await;
    });
}

async fn a_dry_run(home: &Home) {
    let report = migrate::run(&home.options(), true).await.unwrap();
    assert_eq!((report.applied.len(), report.pending.len()), (0, names("sqlite").len()));
    assert_eq!(std::fs::read_dir(home.folder()).unwrap().count(), 0, "a dry run made a file");
    // Nothing was noted as done either.
    let report = migrate::run(&home.options(), false).await.unwrap();
    assert_eq!(report.pending, names("sqlite"));
    assert_eq!(migrate::run(&home.options(), true).await.unwrap().pending.len(), 0);
}

async fn starts_at_once(home: &Home) {
    let starts = (0..count(8, 32)).map(|_| {
        let options = home.options();
        tokio::spawn(async move { migrate::run(&options, false).await })
    });
    let mut did = 0;
    for start in futures::future::join_all(starts).await {
        did += usize::from(!start.unwrap().unwrap().pending.is_empty());
    }
    assert_eq!(did, 1, "exactly one start ran the migrations");
}

#[test]
fn a_dry_run_writes_nothing_sqlite() {
    on_an_empty_database(Engine::Sqlite, "dry", a_dry_run);
}

#[test]
fn a_dry_run_writes_nothing_postgres() {
    on_an_empty_database(Engine::Postgres, "dry", a_dry_run);
}

#[test]
fn starts_at_once_do_not_collide_sqlite() {
    on_an_empty_database(Engine::Sqlite, "starts", starts_at_once);
}

#[test]
fn starts_at_once_do_not_collide_postgres() {
    on_an_empty_database(Engine::Postgres, "starts", starts_at_once);
}
