//! Who is asking: accounts, log-in, sessions, tokens.
//!
//! This room turns a credential into a [`Known`] (whose [`Known::viewer`] the use cases of other rooms ask for), and has
//! the use cases of accounts themselves. Each asks [`crate::model::policy`] before it writes. What is not here: cookies
//! and headers (`http`), and what mail looks like on its way (`outbound`).
//!
//! ```no_run
//! # async fn example(identity: &masthead::identity::Identity) -> masthead::error::Result<()> {
//! use masthead::identity::{Caller, LogIn};
//! use masthead::model::account::Mode;
//! let caller = Caller { address: [192, 0, 2, 1].into(), device: "curl/8".to_owned() };
//! let ask = LogIn { email: "ada@example.org".into(), password: "…".into(), remember: true, mode: Mode::Token };
//! let grant = identity.log_in(&caller, ask).await?;
//! let known = identity.by_token(&grant.access_token.unwrap_or_default()).await?;
//! assert_eq!(known.account, grant.account.id);
//! # Ok(()) }
//! ```

mod accounts;
mod administration;
mod events;
mod keys;
mod letters;
mod limits;
mod log_in;
pub mod passwords;
mod providers;
mod recovery;
mod revoked;
mod secrets;
mod sessions;
mod sign_up;
mod tokens;
mod upkeep;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use moka::sync::Cache;

use crate::app::App;
use crate::config::Settings;
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Known, Session};
use crate::model::time::Instant;
use crate::outbound::mail::Mailer;
use crate::store::identity_log::{self, Event};
use crate::store::{Db, Tx};

pub use crate::store::identities::Identity as LinkedIdentity;
pub use crate::store::security_events::Event as SecurityEvent;
pub use administration::{AccountEdit, NewAccount};
pub use keys::{Jwk, JwkSet};
pub use log_in::LogIn;
pub use providers::{Answer, LoginProvider, Returned, Start, Started};
pub use sessions::Grant;
pub use sign_up::{SignUp, SignedUp};

/// Credentials that are remembered as good.
const REMEMBERED: u64 = 100_000;

/// Where a request comes from: for limits, the list of sessions and the log of events.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The address, as limits count it.
    pub address: IpAddr,
    /// What the device says it is.
    pub device: String,
}

impl Caller {
    /// The operator at the command line.
    pub fn operator() -> Caller {
        Caller { address: IpAddr::from([127, 0, 0, 1]), device: "command line".to_owned() }
    }
}

/// The room's state. Cloning shares it.
#[derive(Clone)]
pub struct Identity {
    db: Db,
    settings: Arc<Settings>,
    passwords: passwords::Passwords,
    tokens: tokens::Tokens,
    revoked: revoked::Revoked,
    /// Credentials that were found good, by their hash.
    good: Cache<[u8; 32], Arc<Known>>,
    limits: limits::Limits,
    providers: providers::Providers,
    mailer: Mailer,
    wake: Arc<tokio::sync::Notify>,
}

impl Identity {
    /// Opens the room: makes the first key where there is none, and reads what was revoked lately.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when mail cannot be sent so, or a provider not be asked so; what the database says.
    pub async fn open(app: &App) -> Result<Identity> {
        let settings = app.settings.clone();
        let (auth, site) = (&settings.auth, &settings.site);
        let keys = keys::Keys::default();
        let identity = Identity {
            passwords: passwords::Passwords::new()?,
            tokens: tokens::Tokens::new(keys, auth.server(site), auth.audience(site)),
            revoked: revoked::Revoked::default(),
            good: Cache::builder().max_capacity(REMEMBERED).time_to_live(auth.access_token).build(),
            limits: limits::Limits::new(auth),
            providers: providers::Providers::new(&settings)?,
            mailer: Mailer::new(&settings)?,
            wake: Arc::default(),
            db: app.db.clone(),
            settings,
        };
        keys::rotate(&identity.db, identity.settings.auth.key_rotation, identity.settings.auth.access_token, false)
            .await?;
        identity.tokens.keys.load(&identity.db).await?;
        identity.catch_up().await?;
        Ok(identity)
    }

    fn now(&self) -> Instant {
        self.db.clock().now()
    }

    /// The public keys that access tokens are signed with.
    pub fn jwk_set(&self) -> JwkSet {
        self.tokens.keys.set()
    }

    /// Who may sign up here, how long passwords are: what a page needs to know before it draws its boxes.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Who an access token is of.
    ///
    /// # Errors
    /// `INVALID_TOKEN`; what the database says when it must be asked.
    pub async fn by_token(&self, token: &str) -> Result<Arc<Known>> {
        let key = *blake3::hash(token.as_bytes()).as_bytes();
        let now = self.now();
        let known = match self.good.get(&key).filter(|known| known.until > now) {
            Some(known) => known,
            None => {
                let known = match self.tokens.read(token, now) {
                    Err(_) if self.is_of_unknown_key(token) => {
                        // Another node may have changed the keys a moment ago.
                        self.tokens.keys.load(&self.db).await?;
                        self.tokens.read(token, now)?
                    }
                    other => other?,
                };
                let known = Arc::new(known);
                self.good.insert(key, known.clone());
                known
            }
        };
        match self.revoked.has(&known) {
            Some(false) => Ok(known),
            Some(true) => Err(tokens::invalid("was revoked")),
            None => {
                self.confirm(&known).await?;
                Ok(known)
            }
        }
    }

    fn is_of_unknown_key(&self, token: &str) -> bool {
        let ours = |kid: &str| kid.len() == 43 && self.tokens.keys.verifier(kid).is_none();
        // At most once a second: anybody can invent a name.
        tokens::Tokens::kid(token).is_some_and(|kid| ours(&kid)) && !self.tokens.keys.are_fresh()
    }

    /// Holds a credential that was found good against the store: what writes, and what shows an account, must not go by
    /// what is remembered.
    ///
    /// # Errors
    /// `INVALID_TOKEN` when the session or the account is not good any more; what the database says.
    pub async fn confirm(&self, known: &Known) -> Result<(Account, Session)> {
        let mut conn = self.db.read().await?;
        let found = crate::store::sessions::by_id(&mut conn, known.session).await?;
        let found = found.filter(|found| found.account.id == known.account && found.account.epoch == known.epoch);
        match found.filter(|found| sessions::is_good(&found.session, &found.account, self.now())) {
            Some(found) => Ok((found.account, found.session)),
            None => {
                Err(Error::new(Code::InvalidToken, "The session has ended, or the account has changed. Log in again."))
            }
        }
    }

    /// Writes what is to be done and what every node must hear of it, in one transaction; afterwards this node knows.
    async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: for<'t> Fn(&'t mut Tx) -> futures::future::BoxFuture<'t, Result<(T, Vec<Event>)>> + Send + Sync + 'static,
    {
        let work = Arc::new(work);
        let written = self
            .db
            .write(move |tx| {
                let work = work.clone();
                Box::pin(async move {
                    let (value, events) = work(tx).await?;
                    identity_log::append(tx, &events).await?;
                    Ok((value, events))
                })
            })
            .await?;
        let (value, events) = written.value;
        if !events.is_empty() {
            let now = self.now();
            self.revoked.note(now, self.forgotten(now), events);
        }
        Ok(value)
    }

    /// What was revoked before this instant need not be known any more.
    fn forgotten(&self, now: Instant) -> Instant {
        let token = self.settings.auth.access_token + Duration::from_secs(300);
        now.plus_millis(-i64::try_from(token.as_millis()).unwrap_or(i64::MAX / 4))
    }
}

/// A duration in milliseconds.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}
