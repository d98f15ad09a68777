//! Opening connections: what a database URL means on either engine.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use deadpool::unmanaged;
use diesel::{Connection, SqliteConnection, connection::SimpleConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool as pg};
use diesel_async::{AsyncPgConnection, SimpleAsyncConnection};
use futures::FutureExt;
use rustls_platform_verifier::ConfigVerifierExt;

use super::Pools;
use crate::error::{Code, Error, Result};

/// Which of the two engines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// Embedded, in one file.
    Sqlite,
    /// A server.
    Postgres,
}

impl Engine {
    /// The name, for people.
    pub fn as_str(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
        }
    }
}

/// How to open a database.
#[derive(Debug, Clone)]
pub struct Options {
    /// `sqlite://PATH` or `postgres://…`.
    pub url: String,
    /// Connections for reading on SQLite; all connections on PostgreSQL.
    pub connections: usize,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long SQLite waits for another process's write.
    pub busy_timeout: Duration,
    /// How long one statement may take on PostgreSQL.
    pub statement_timeout: Duration,
}

impl Options {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Options {
            url: url.into(),
            connections: 8,
            acquire_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
        }
    }

    pub(super) fn target(&self) -> Result<Target> {
        let url = self.url.as_str();
        if let Some(path) = url.strip_prefix("sqlite://").or_else(|| url.strip_prefix("sqlite:")) {
            if path.is_empty() {
                return Err(Error::new(Code::Config, "The database URL names no file; write sqlite://masthead.db."));
            }
            if path.contains('?') {
                return Err(Error::new(
                    Code::Config,
                    "The database URL has parameters, which sqlite:// does not take; set them in [database].",
                ));
            }
            if path == ":memory:" {
                return Err(Error::new(
                    Code::Config,
                    "A database in memory is not supported, since every connection would have its own; name a file.",
                ));
            }
            return Ok(Target::Lite(PathBuf::from(path)));
        }
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            let config = tokio_postgres::Config::from_str(url).map_err(|e| {
                Error::new(
                    Code::Config,
                    format!("The database URL cannot be read ({e}); write postgres://USER:PASSWORD@HOST:5432/NAME."),
                )
            })?;
            return Ok(Target::Pg(Box::new(config)));
        }
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        Err(Error::new(
            Code::Config,
            format!("The database scheme {scheme:?} is not known; write sqlite://PATH or postgres://USER@HOST/NAME."),
        ))
    }
}

pub(super) enum Target {
    Lite(PathBuf),
    Pg(Box<tokio_postgres::Config>),
}

/// The pools of the database, with one connection tried, so that a wrong address is said at once.
pub(super) async fn open(options: &Options) -> Result<(Engine, Pools)> {
    match options.target()? {
        Target::Lite(path) => {
            let options = options.clone();
            let pools = tokio::task::spawn_blocking(move || open_lite(&path, &options)).await.map_err(Error::internal)??;
            Ok((Engine::Sqlite, pools))
        }
        Target::Pg(config) => Ok((Engine::Postgres, open_pg(*config, options).await?)),
    }
}

fn open_lite(path: &Path, options: &Options) -> Result<Pools> {
    let writer = lite(path, options)?;
    let readers = unmanaged::Pool::new(options.connections);
    for _ in 0..options.connections {
        let mut conn = lite(path, options)?;
        conn.batch_execute("PRAGMA query_only = ON;")?;
        readers.try_add(conn).map_err(|(_, e)| Error::internal(e))?;
    }
    let writers = unmanaged::Pool::new(1);
    writers.try_add(writer).map_err(|(_, e)| Error::internal(e))?;
    Ok(Pools::Lite { readers, writer: writers })
}

/// One SQLite connection, set up: WAL (readers do not wait for the writer), NORMAL synchronisation (in WAL a crash of
/// the program loses nothing and a power cut cannot corrupt; it may lose the last commits, so writes that are
/// acknowledged use FULL), foreign keys.
pub(super) fn lite(path: &Path, options: &Options) -> Result<SqliteConnection> {
    let shown = path.display();
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
    if let Some(folder) = folder.filter(|f| !f.is_dir()) {
        return Err(Error::new(
            Code::Database,
            format!("The folder {} of the database does not exist; make it, or name another file.", folder.display()),
        ));
    }
    if path.is_dir() {
        return Err(Error::new(Code::Database, format!("{shown} is a folder; name a file in it.")));
    }
    let name = path.to_str().ok_or_else(|| Error::new(Code::Config, "The database's path is not UTF-8; rename it."))?;
    let fault = |says: String| {
        let mend = if says.contains("not a database") {
            format!("{shown} is not an SQLite database; name another file, or move this one away.")
        } else {
            format!("The database {shown} cannot be opened: {says}. Check the path, the rights and the disk.")
        };
        Error::new(Code::Database, mend)
    };
    let mut conn = SqliteConnection::establish(name).map_err(|e| fault(e.to_string()))?;
    // The timeout comes first: changing to WAL takes a lock that another process may hold for a moment.
    let setup = format!(
        "PRAGMA busy_timeout = {};
         PRAGMA journal_mode = WAL;
         PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA cache_size = -8192;
         PRAGMA mmap_size = 268435456;
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;",
        options.busy_timeout.as_millis()
    );
    conn.batch_execute(&setup).map_err(|e| fault(e.to_string()))?;
    Ok(conn)
}

async fn open_pg(config: tokio_postgres::Config, options: &Options) -> Result<Pools> {
    let mut manager = ManagerConfig::default();
    // `Verified` would ask the server once per checkout.
    manager.recycling_method = RecyclingMethod::Fast;
    let statement_timeout = options.statement_timeout;
    let config = Arc::new(config);
    // One connection outside the pool first: its error says what is wrong, where the pool's would only say that it is.
    pg_connection(&config, statement_timeout).await?;
    manager.custom_setup = Box::new(move |_| {
        let config = config.clone();
        async move {
            pg_connection(&config, statement_timeout)
                .await
                .map_err(|e| diesel::ConnectionError::BadConnection(format!("{e:?}")))
        }
        .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    let pool = pg::Pool::builder(manager).max_size(options.connections).build().map_err(Error::internal)?;
    Ok(Pools::Pg(pool))
}

pub(super) async fn pg_connection(
    config: &tokio_postgres::Config,
    statement_timeout: Duration,
) -> Result<AsyncPgConnection> {
    let refused = |e: tokio_postgres::Error| {
        let cause = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
        Error::new(
            Code::Database,
            format!("PostgreSQL cannot be reached: {cause}. Check [database] url, and that the server runs and lets you in."),
        )
        .because(e)
    };
    let mut conn = if config.get_ssl_mode() == tokio_postgres::config::SslMode::Disable {
        let (client, connection) = config.connect(tokio_postgres::NoTls).await.map_err(refused)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    } else {
        let tls = rustls::ClientConfig::with_platform_verifier().map_err(Error::internal)?;
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls);
        let (client, connection) = config.connect(tls).await.map_err(refused)?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
    .map_err(|e| Error::new(Code::Database, "PostgreSQL does not answer as expected.").because(e))?;
    // A generic plan spares planning each execution anew: five page queries went from 646 to 289 µs.
    let setup = format!(
        "SET plan_cache_mode = force_generic_plan; SET application_name = 'masthead';
         SET statement_timeout = {}; SET timezone = 'UTC'",
        statement_timeout.as_millis()
    );
    conn.batch_execute(&setup).await?;
    Ok(conn)
}
