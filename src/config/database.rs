//! `[database]`: where the data is.

use super::{Secret, duration, secret::MASK};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use std::{fmt, str::FromStr, time::Duration};
use url::Url;

/// `[database]`: the database and its pools.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseSettings {
    /// The address; its scheme chooses the engine.
    pub url: DatabaseUrl,
    /// The password, when it does not stand in `url`.
    pub password: Secret,
    /// PostgreSQL: the addresses of replicas, which answer public reads.
    pub replicas: Vec<DatabaseUrl>,
    /// SQLite: connections that read.
    pub readers: usize,
    /// PostgreSQL: connections in the pool.
    pub max_connections: usize,
    /// How long a request waits for a connection.
    #[serde(with = "duration")]
    pub acquire_timeout: Duration,
    /// SQLite: how long a statement waits for a lock.
    #[serde(with = "duration")]
    pub busy_timeout: Duration,
    /// PostgreSQL: how long one statement may run.
    #[serde(with = "duration")]
    pub statement_timeout: Duration,
    /// PostgreSQL: whether the connection is encrypted.
    pub tls: Tls,
    /// PostgreSQL: a PEM file with the authorities that `verify` trusts; empty for the platform's.
    pub tls_root: String,
}

impl DatabaseSettings {
    /// The address to connect to, password and all. For the driver only: never print it.
    pub fn connect_url(&self) -> String {
        self.with_password(&self.url)
    }

    /// The addresses of the replicas to connect to; `password` is theirs too where none stands in them. Never print them.
    pub fn replica_urls(&self) -> Vec<String> {
        let of = |url: &DatabaseUrl| {
            if url.has_password() { url.reveal().to_owned() } else { self.with_password(url) }
        };
        self.replicas.iter().map(of).collect()
    }

    fn with_password(&self, url: &DatabaseUrl) -> String {
        let plain = url.reveal();
        let with_password = || {
            let mut url = Url::parse(plain).ok()?;
            url.set_password(Some(self.password.reveal())).ok()?;
            Some(url.into())
        };
        if self.password.is_empty() { None } else { with_password() }.unwrap_or_else(|| plain.to_owned())
    }
}

/// Whether a connection to PostgreSQL is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Tls {
    /// Never.
    Disable,
    /// If the server offers it.
    Prefer,
    /// Always, whatever the certificate.
    Require,
    /// Always, and the certificate must be valid for the host.
    Verify,
}

impl Tls {
    /// What libpq's `sslmode` says. `allow` prefers encryption here, and `verify-ca` looks at the host's name too: each
    /// is the next stricter mode.
    pub fn of_libpq(word: &str) -> Option<Tls> {
        Some(match word {
            "disable" => Tls::Disable,
            "allow" | "prefer" => Tls::Prefer,
            "require" => Tls::Require,
            "verify-ca" | "verify-full" => Tls::Verify,
            _ => return None,
        })
    }
}

/// Which database speaks behind a [`DatabaseUrl`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// SQLite, embedded.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// The address of a database. Prints with any password masked.
#[derive(Clone, PartialEq, Eq)]
pub struct DatabaseUrl {
    text: String,
    engine: Engine,
}

impl DatabaseUrl {
    /// The engine that the scheme names.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// The address as it was written, password and all. For the driver only: never print it.
    pub fn reveal(&self) -> &str {
        &self.text
    }

    /// SQLite: the path of the file, or `:memory:`. None for PostgreSQL.
    pub fn sqlite_path(&self) -> Option<&str> {
        let rest = self.text.split_once(':').map(|(_, rest)| rest)?;
        (self.engine == Engine::Sqlite).then(|| rest.strip_prefix("//").unwrap_or(rest))
    }

    /// PostgreSQL: the name of the database, if it is a plain one.
    pub fn name(&self) -> Option<&str> {
        let rest = self.text.split_once("://")?.1.split('?').next()?;
        let name = rest.split_once('/')?.1;
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        (self.engine == Engine::Postgres && plain).then_some(name)
    }

    /// Whether a password stands in the address.
    pub fn has_password(&self) -> bool {
        self.engine == Engine::Postgres && self.to_string() != self.text
    }
}

impl FromStr for DatabaseUrl {
    type Err = String;

    // The text may hold a password, so no error repeats more of it than the scheme.
    fn from_str(text: &str) -> Result<Self, String> {
        const MEND: &str = "write sqlite://PATH or postgres://USER@HOST:PORT/NAME";
        let (scheme, rest) = text.split_once(':').ok_or_else(|| format!("the database URL has no scheme: {MEND}"))?;
        let engine = match scheme {
            "sqlite" if rest.trim_start_matches('/').is_empty() => {
                return Err(format!("the database URL names no file: {MEND}"));
            }
            "sqlite" => Engine::Sqlite,
            "postgres" | "postgresql" => Engine::Postgres,
            // A scheme is short and has few letters; anything else may be half a secret.
            s if s.len() <= 20 && s.chars().all(|c| c.is_ascii_alphanumeric()) => {
                return Err(format!("the database scheme {s:?} is unknown: {MEND}"));
            }
            _ => return Err(format!("the database URL has no scheme that is known: {MEND}")),
        };
        if engine == Engine::Postgres {
            let url = Url::parse(text).map_err(|fault| format!("the database URL cannot be read ({fault}): {MEND}"))?;
            if url.host_str().is_none_or(str::is_empty) && !url.query_pairs().any(|(key, _)| key == "host") {
                return Err(format!("the database URL names no host: {MEND}"));
            }
        }
        Ok(DatabaseUrl { text: text.to_owned(), engine })
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(mut url) = (self.engine == Engine::Postgres).then(|| Url::parse(&self.text).ok()).flatten() else {
            return f.write_str(&self.text);
        };
        if url.password().is_some() {
            // Fails only for addresses without a host, and those have no password.
            let _ = url.set_password(Some(MASK));
        }
        if url.query_pairs().any(|(key, _)| key.contains("password")) {
            let pairs: Vec<_> = url.query_pairs().into_owned().collect();
            let masked = pairs.iter().map(|(key, value)| (key, if key.contains("password") { MASK } else { value }));
            url.query_pairs_mut().clear().extend_pairs(masked);
        }
        f.write_str(url.as_str())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

impl Serialize for DatabaseUrl {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for DatabaseUrl {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    #[test]
    fn passwords_are_masked_and_the_rest_is_not() {
        for (text, shown) in [
            ("postgres://ann:s3cr3t@db:5432/news", "postgres://ann:***@db:5432/news"),
            ("postgres://ann@db/news?password=s3cr3t&x=1", "postgres://ann@db/news?password=***&x=1"),
            ("postgres://ann@db/news", "postgres://ann@db/news"),
            ("sqlite://masthead.db", "sqlite://masthead.db"),
        ] {
            let url: DatabaseUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert_eq!(url.reveal(), text);
            assert!(!format!("{url:?}").contains("s3cr3t"));
            assert_eq!(url.has_password(), text.contains("s3cr3t"));
        }
    }

    #[test]
    fn schemes_choose_the_engine_and_unknown_ones_are_named() {
        assert_eq!("sqlite:///var/x.db".parse::<DatabaseUrl>().unwrap().sqlite_path(), Some("/var/x.db"));
        assert_eq!("sqlite::memory:".parse::<DatabaseUrl>().unwrap().sqlite_path(), Some(":memory:"));
        assert_eq!("sqlite://x.db".parse::<DatabaseUrl>().unwrap().sqlite_path(), Some("x.db"));
        assert_eq!("postgresql://h/n".parse::<DatabaseUrl>().unwrap().engine(), Engine::Postgres);
        assert!("mysql://root:s3cr3t@h/n".parse::<DatabaseUrl>().unwrap_err().contains("\"mysql\""));
        for text in ["masthead.db", "", "sqlite://", "postgres://", "postgres://u:s3cr3t@h:99999/n", "s3cr3t!!:x"] {
            let fault = text.parse::<DatabaseUrl>().unwrap_err();
            assert!(fault.contains("postgres://USER@HOST") && !fault.contains("s3cr3t"), "{fault}");
        }
    }

    #[test]
    fn the_password_of_its_own_goes_into_the_address() {
        let sources = Sources::none().flag("database.url", "postgres://ann@db/news").flag("database.password", "p@ss");
        let database = Settings::load(&sources).unwrap().database;
        assert_eq!(database.connect_url(), "postgres://ann:p%40ss@db/news");
        assert!(!format!("{database:?}").contains("p@ss"));
    }
}
