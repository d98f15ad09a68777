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
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::{Pools, tls};
use crate::config::{DatabaseSettings, Engine, Tls};
use crate::error::{Code, Error, Result};

/// How to open a database.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://PATH` or `postgres://…`, with the password: never print it.
    pub url: String,
    /// The addresses of PostgreSQL replicas, with their passwords.
    pub replicas: Vec<String>,
    /// Connections for reading on SQLite; all connections on PostgreSQL.
    pub connections: usize,
    /// How long to wait for a free connection.
    pub acquire_timeout: Duration,
    /// How long SQLite waits for another process's write.
    pub busy_timeout: Duration,
    /// How long one statement may take on PostgreSQL.
    pub statement_timeout: Duration,
    /// Whether a connection to PostgreSQL is encrypted.
    pub tls: Tls,
    /// A PEM file with the authorities that `Tls::Verify` trusts; default: the platform's.
    pub tls_root: Option<PathBuf>,
}

impl Options {
    /// The defaults for a URL.
    pub fn new(url: impl Into<String>) -> Self {
        Options {
            url: url.into(),
            replicas: Vec::new(),
            connections: 4,
            acquire_timeout: Duration::from_secs(5),
            busy_timeout: Duration::from_secs(10),
            statement_timeout: Duration::from_secs(30),
            tls: Tls::Prefer,
            tls_root: None,
        }
    }

    /// As the settings say.
    pub fn from_settings(settings: &DatabaseSettings) -> Self {
        Options {
            url: settings.connect_url(),
            replicas: settings.replica_urls(),
            connections: match settings.url.engine() {
                Engine::Sqlite => settings.readers,
                Engine::Postgres => settings.max_connections,
            },
            acquire_timeout: settings.acquire_timeout,
            busy_timeout: settings.busy_timeout,
            statement_timeout: settings.statement_timeout,
            tls: settings.tls,
            tls_root: (!settings.tls_root.is_empty()).then(|| PathBuf::from(&settings.tls_root)),
        }
    }

    pub(super) fn target(&self) -> Result<Target> {
        self.target_of(&self.url)
    }

    fn target_of(&self, url: &str) -> Result<Target> {
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
            let (url, tls) = self.encryption(url)?;
            let mut config = tokio_postgres::Config::from_str(&url).map_err(|e| {
                Error::new(
                    Code::Config,
                    format!("The database URL cannot be read ({e}); write postgres://USER:PASSWORD@HOST:5432/NAME."),
                )
            })?;
            if config.get_tcp_user_timeout().is_none() {
                config.tcp_user_timeout(SILENT);
            }
            config.ssl_mode(match tls.mode {
                Tls::Disable => SslMode::Disable,
                Tls::Prefer => SslMode::Prefer,
                Tls::Require | Tls::Verify => SslMode::Require,
            });
            return Ok(Target::Pg(Server { config: Arc::new(config), tls, statement_timeout: self.statement_timeout }));
        }
        let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
        Err(Error::new(
            Code::Config,
            format!("The database scheme {scheme:?} is not known; write sqlite://PATH or postgres://USER@HOST/NAME."),
        ))
    }
}

/// After how long a connection is given up whose other end does not even say that it has received something, as where
/// its machine was switched off; the system would try for a quarter of an hour (`TCP_USER_TIMEOUT`, RFC 5482).
const SILENT: Duration = Duration::from_secs(10);

/// How a connection is encrypted.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Encryption {
    mode: Tls,
    /// A PEM file with the authorities that count instead of the platform's.
    root: Option<PathBuf>,
}

impl Options {
    /// What libpq's parameters of the URL, `sslmode` and `sslrootcert`, say about encryption, or else the settings; and
    /// the URL without them, since the driver knows fewer modes than libpq. The URL is split and not parsed: what the
    /// driver reads, percent signs and all, stays as it was written.
    fn encryption(&self, url: &str) -> Result<(String, Encryption)> {
        let mut tls = Encryption { mode: self.tls, root: self.tls_root.clone() };
        let Some((address, query)) = url.split_once('?') else { return Ok((url.to_owned(), tls)) };
        let mut rest: Vec<&str> = Vec::new();
        for parameter in query.split('&') {
            match parameter.split_once('=') {
                Some(("sslmode", word)) => tls.mode = Tls::of_libpq(word).ok_or_else(|| unknown_mode(word))?,
                Some(("sslrootcert", "system")) => (tls.mode, tls.root) = (Tls::Verify, None),
                Some(("sslrootcert", file)) => {
                    let file = percent_encoding::percent_decode_str(file).decode_utf8_lossy().into_owned();
                    tls.root = Some(PathBuf::from(file));
                }
                _ => rest.push(parameter),
            }
        }
        let url = if rest.is_empty() { address.to_owned() } else { format!("{address}?{}", rest.join("&")) };
        Ok((url, tls))
    }
}

fn unknown_mode(word: &str) -> Error {
    let says = format!(
        "The database URL has sslmode={word}, which is not known; write disable, prefer, require, verify-ca or verify-full."
    );
    Error::new(Code::Config, says)
}

pub(super) enum Target {
    Lite(PathBuf),
    Pg(Server),
}

/// A PostgreSQL server, and how connections to it are made.
#[derive(Clone)]
pub(super) struct Server {
    config: Arc<tokio_postgres::Config>,
    tls: Encryption,
    /// How long one statement may take; zero for no limit.
    pub(super) statement_timeout: Duration,
}

/// The pools of the database, with one connection tried, so that a wrong address is said at once.
pub(super) async fn open(options: &Options) -> Result<(Engine, Pools)> {
    match options.target()? {
        Target::Lite(path) => {
            let options = options.clone();
            let pools =
                tokio::task::spawn_blocking(move || open_lite(&path, &options)).await.map_err(Error::internal)??;
            Ok((Engine::Sqlite, pools))
        }
        Target::Pg(server) => Ok((Engine::Postgres, open_pg(server, options).await?)),
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
         PRAGMA temp_store = MEMORY;
         PRAGMA journal_size_limit = 67108864;",
        options.busy_timeout.as_millis()
    );
    // Of two that change a new file to WAL at once one is told that it is locked without the timeout being waited for.
    let began = std::time::Instant::now();
    loop {
        match conn.batch_execute(&setup) {
            Ok(()) => return Ok(conn),
            Err(e) if e.to_string().contains("locked") && began.elapsed() < options.busy_timeout => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(e) => return Err(fault(e.to_string())),
        }
    }
}

async fn open_pg(server: Server, options: &Options) -> Result<Pools> {
    // One connection outside the pool first: its error says what is wrong, where the pool's would only say that it is.
    server.connect().await?;
    Ok(Pools::Pg(pool(server, options)?))
}

/// The pools of the replicas, by host and port. None is tried: one that is away now may come.
pub(super) fn replicas(options: &Options) -> Result<Vec<(String, pg::Pool<AsyncPgConnection>)>> {
    let open = |url: &String| match options.target_of(url)? {
        Target::Pg(server) => {
            let name = server.name();
            Ok((name, pool(server, options)?))
        }
        Target::Lite(_) => Err(Error::new(
            Code::Config,
            "A replica is an SQLite file; database.replicas takes PostgreSQL servers that follow the one of database.url.",
        )),
    };
    options.replicas.iter().map(open).collect()
}

fn pool(server: Server, options: &Options) -> Result<pg::Pool<AsyncPgConnection>> {
    let mut manager = ManagerConfig::default();
    // `Verified` would ask the server once per checkout.
    manager.recycling_method = RecyclingMethod::Fast;
    manager.custom_setup = Box::new(move |_| {
        let server = server.clone();
        async move { server.connect().await.map_err(|e| diesel::ConnectionError::BadConnection(format!("{e:?}"))) }
            .boxed()
    });
    let manager = AsyncDieselConnectionManager::new_with_config("", manager);
    pg::Pool::builder(manager).max_size(options.connections).build().map_err(Error::internal)
}

impl Server {
    /// Its host and port, as far as they were written.
    fn name(&self) -> String {
        use tokio_postgres::config::Host;
        let host = match self.config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        format!("{host}:{}", self.config.get_ports().first().copied().unwrap_or(5432))
    }

    pub(super) async fn connect(&self) -> Result<AsyncPgConnection> {
        let refused = |e: tokio_postgres::Error| {
            let cause = std::error::Error::source(&e).map_or_else(|| e.to_string(), ToString::to_string);
            let says = format!(
                "PostgreSQL cannot be reached: {cause}. Check [database] url, and that the server runs and lets you in."
            );
            Error::new(Code::Database, says).because(e)
        };
        let made = if self.tls.mode == Tls::Disable {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(refused)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        } else {
            let tls = MakeRustlsConnect::new(tls::client(self.tls.mode == Tls::Verify, self.tls.root.as_deref())?);
            let (client, connection) = self.config.connect(tls).await.map_err(refused)?;
            AsyncPgConnection::try_from_client_and_connection(client, connection).await
        };
        let mut conn =
            made.map_err(|e| Error::new(Code::Database, "PostgreSQL does not answer as expected.").because(e))?;
        // A generic plan spares planning each execution anew: five page queries went from 646 to 289 µs.
        let setup = format!(
            "SET plan_cache_mode = force_generic_plan; SET application_name = 'masthead';
             SET statement_timeout = {}; SET timezone = 'UTC'",
            self.statement_timeout.as_millis()
        );
        conn.batch_execute(&setup).await?;
        Ok(conn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_says_how_to_encrypt_as_libpq_reads_it() {
        let read = |url: &str| Options::new(url).encryption(url).map(|(url, tls)| (url, tls.mode, tls.root));
        let root = || Some(PathBuf::from("/ca of ours.pem"));
        let cases = [
            ("postgres://u@h/d", "postgres://u@h/d", Tls::Prefer, None),
            ("postgres://u@h/d?sslmode=disable", "postgres://u@h/d", Tls::Disable, None),
            (
                "postgres://u@h/d?sslmode=require&connect_timeout=3",
                "postgres://u@h/d?connect_timeout=3",
                Tls::Require,
                None,
            ),
            (
                "postgres://u@h/d?sslmode=verify-full&sslrootcert=/ca%20of%20ours.pem",
                "postgres://u@h/d",
                Tls::Verify,
                root(),
            ),
            ("postgres://u@h/d?sslmode=verify-ca", "postgres://u@h/d", Tls::Verify, None),
            ("postgres://u@h/d?sslrootcert=system", "postgres://u@h/d", Tls::Verify, None),
            ("postgres://u:p%3Fw@h/d?sslmode=prefer", "postgres://u:p%3Fw@h/d", Tls::Prefer, None),
        ];
        for (url, rest, mode, root) in cases {
            assert_eq!(read(url).unwrap(), (rest.to_owned(), mode, root), "{url}");
        }
        assert!(read("postgres://u@h/d?sslmode=maybe").unwrap_err().to_string().contains("verify-full"));
    }
}
