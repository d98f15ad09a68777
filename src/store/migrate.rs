//! Migrations: pairs with the same name for either engine, compiled in, run at start and by `masthead migrate`.
//!
//! Two processes that start at once do not collide: the second waits for a lock that the first holds (an advisory lock
//! on PostgreSQL, the write lock on SQLite) and then finds nothing left to do.

use diesel::SqliteConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::connect::{self, Options, Target};
use super::schema::articles;
use crate::error::{Cause, Code, Error, Result};
use crate::model::language;

const SQLITE: EmbeddedMigrations = embed_migrations!("migrations/sqlite");
const POSTGRES: EmbeddedMigrations = embed_migrations!("migrations/postgres");

/// Any number that no other program is likely to lock by.
const ADVISORY_LOCK: i64 = 0x6d61_7374_6865_6164;

/// The migration before which the tags of languages get their case.
const LANGUAGES: &str = "_language_case";

/// Puts the tags of what is published into the case that the program gives them. Doing it twice changes nothing.
macro_rules! settle_languages {
    ($conn:expr) => {{
        use diesel::{ExpressionMethods, QueryDsl, RunQueryDsl};
        let written: Vec<String> = articles::table.select(articles::language).distinct().load($conn)?;
        for tag in written {
            let settled = language::settled(&tag);
            if settled != tag {
                let those = articles::table.filter(articles::language.eq(tag));
                diesel::update(those).set(articles::language.eq(settled)).execute($conn)?;
            }
        }
        Ok(())
    }};
}

/// What a run did, or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Migrations that were there before.
    pub applied: Vec<String>,
    /// Migrations that this run applied, or would.
    pub pending: Vec<String>,
}

/// Brings the schema of the database up to this program. With `dry`, only says what would run.
///
/// # Errors
/// `SCHEMA_MISMATCH` when the database was migrated by a newer program; else what the database says.
pub async fn run(options: &Options, dry: bool) -> Result<Report> {
    match options.target()? {
        Target::Lite(path) => {
            let options = options.clone();
            tokio::task::spawn_blocking(move || {
                if dry && !path.exists() {
                    // A dry run leaves nothing behind, not even an empty file.
                    return Ok(Report { applied: Vec::new(), pending: names(&SQLITE)? });
                }
                let mut conn = connect::lite(&path, &options)?;
                lite(&mut conn, dry)
            })
            .await
            .map_err(Error::internal)?
        }
        Target::Pg(mut server) => {
            // No statement timeout: a migration of a large table takes as long as it takes.
            server.statement_timeout = std::time::Duration::ZERO;
            let mut conn = server.connect().await?;
            if !dry {
                conn.batch_execute(&format!("SELECT pg_advisory_lock({ADVISORY_LOCK})")).await?;
            }
            let work = tokio::task::spawn_blocking(move || {
                let mut conn = AsyncConnectionWrapper::<AsyncPgConnection>::from(conn);
                harness(&mut conn, POSTGRES, dry, |conn| settle_languages!(conn))
            });
            // The lock goes with the connection.
            work.await.map_err(Error::internal)?
        }
    }
}

fn lite(conn: &mut SqliteConnection, dry: bool) -> Result<Report> {
    if dry {
        return harness(conn, SQLITE, true, |_| Ok(()));
    }
    conn.exclusive_transaction(|conn| harness(conn, SQLITE, false, |conn| settle_languages!(conn)))
}

fn names(source: &EmbeddedMigrations) -> Result<Vec<String>> {
    let list: Vec<Box<dyn Migration<diesel::sqlite::Sqlite>>> = source.migrations().map_err(fault)?;
    let mut names: Vec<String> = list.iter().map(|m| m.name().to_string()).collect();
    names.sort();
    Ok(names)
}

fn harness<DB, C>(
    conn: &mut C,
    source: EmbeddedMigrations,
    dry: bool,
    settle: impl Fn(&mut C) -> Result<()>,
) -> Result<Report>
where
    DB: diesel::backend::Backend,
    C: MigrationHarness<DB>,
    EmbeddedMigrations: MigrationSource<DB>,
{
    let known = source.migrations().map_err(fault)?;
    let applied: Vec<String> = {
        let mut versions: Vec<String> =
            conn.applied_migrations().map_err(fault)?.iter().map(ToString::to_string).collect();
        versions.sort();
        versions
    };
    let newer = applied.iter().find(|v| !known.iter().any(|m| m.name().version().to_string() == **v));
    if let Some(version) = newer {
        return Err(Error::new(
            Code::Schema,
            format!(
                "The database was migrated by a newer Masthead (it has the migration {version}, which this one, \
                 {}, does not know). Start that version, or restore a backup from before.",
                env!("CARGO_PKG_VERSION")
            ),
        ));
    }
    let pending = conn.pending_migrations(source).map_err(fault)?;
    let names = pending.iter().map(|m| m.name().to_string()).collect();
    if !dry {
        for migration in &pending {
            if migration.name().to_string().ends_with(LANGUAGES) {
                settle(conn)?;
            }
            conn.run_migration(migration.as_ref()).map_err(fault)?;
        }
    }
    Ok(Report { applied, pending: names })
}

fn fault(cause: Cause) -> Error {
    Error::new(Code::Schema, format!("A migration failed: {cause}. The database is as it was before it."))
        .because(cause)
}
