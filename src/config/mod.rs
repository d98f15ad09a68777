//! Settings: what an operator may change, with documented defaults.
//!
//! `default.toml` beside this file is the reference: every key with its meaning and default, compiled in. Over it come
//! a file, environment variables and flags. Unknown keys are errors, every problem is listed at once with its place,
//! and secrets print as `***`.
//!
//! What is not here: a global. [`Settings`] is a value that is loaded once and passed down. Nor does this room open
//! anything that the settings name: whether the database answers is for `store` to find out.
//!
//! ```
//! use masthead::config::{Settings, Sources};
//! let sources = Sources::none().flag("server.bind", "127.0.0.1:9000");
//! let settings = Settings::load(&sources).expect("these settings are sound");
//! assert_eq!(settings.server.bind.port(), 9000);
//! assert_eq!(settings.page.max, 100);
//!
//! let problems = Settings::load(&Sources::none().flag("server.bint", "x")).expect_err("no such key");
//! assert!(problems[0].to_string().contains("server.bind"));
//! ```

mod auth;
mod cache;
mod check;
mod database;
mod duration;
mod feeds;
mod graphql;
mod load;
mod problem;
mod provider;
mod purge;
mod related;
mod return_to;
mod search;
mod secret;
mod server;
mod site;
mod size;
mod sources;
mod websub;

pub use auth::{AuthSettings, MailSettings, SameSite, SignUp};
pub use cache::CacheSettings;
pub use database::{DatabaseSettings, DatabaseUrl, Engine, Tls};
pub use feeds::FeedSettings;
pub use graphql::{GraphqlSettings, PageSettings};
pub use problem::{Problem, into_error};
pub use provider::{OutboundSettings, ProviderKind, ProviderSettings, ResponseMode};
pub use purge::{CloudflareSettings, FastlySettings, PurgeSettings, WebhookSettings};
pub use related::RelatedSettings;
pub use return_to::ReturnTo;
pub use search::SearchSettings;
pub use secret::Secret;
pub use server::{CorsSettings, ForwardedHeader, LogFormat, LogSettings, Network, RateLimitSettings, ServerSettings};
pub use site::{NoticeSettings, SiteSettings};
pub use size::ByteSize;
pub use sources::Sources;
pub use websub::WebsubSettings;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The defaults with their comments, as `masthead config default` prints them and as a file may begin.
pub const DEFAULT_TOML: &str = include_str!("default.toml");

/// Everything an operator may change, section by section as in `default.toml`.
///
/// Serialising masks secrets, so a printed value may be shown to anybody.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The publication.
    pub site: SiteSettings,
    /// The HTTP server and its limits.
    pub server: ServerSettings,
    /// Which pages of other origins may read answers.
    pub cors: CorsSettings,
    /// The database and its pools.
    pub database: DatabaseSettings,
    /// The search index.
    pub search: SearchSettings,
    /// The weights of related news.
    pub related: RelatedSettings,
    /// Answers that are kept in memory.
    pub cache: CacheSettings,
    /// Caches in front that are told what has changed.
    pub purge: PurgeSettings,
    /// What feed readers get.
    pub feeds: FeedSettings,
    /// Who is told when a feed changes.
    pub websub: WebsubSettings,
    /// The GraphQL door and its limits.
    pub graphql: GraphqlSettings,
    /// Sizes of pages of lists.
    pub page: PageSettings,
    /// The limit on what anonymous readers may ask for.
    pub rate_limit: RateLimitSettings,
    /// Accounts and log-in.
    pub auth: AuthSettings,
    /// How mail is sent.
    pub mail: MailSettings,
    /// The providers that one may log in at, by their ids.
    #[serde(rename = "provider")]
    pub providers: BTreeMap<String, ProviderSettings>,
    /// Requests that this server makes.
    pub outbound: OutboundSettings,
    /// Logs.
    pub log: LogSettings,
    /// Labels of articles that have none of their own.
    #[serde(rename = "label")]
    pub labels: Vec<NoticeSettings>,
    /// Sentences that must stand with articles.
    #[serde(rename = "disclaimer")]
    pub disclaimers: Vec<NoticeSettings>,
}

impl Settings {
    /// The settings that `sources` give over the defaults.
    ///
    /// # Errors
    /// Every problem at once, in the order of `default.toml`: unknown keys, wrong types, values out of range and
    /// settings that contradict each other. [`into_error`] makes one [`crate::error::Error`] of them.
    pub fn load(sources: &Sources) -> Result<Settings, Vec<Problem>> {
        load::load(sources)
    }

    /// The same for who wants to look on: every problem, and the settings as far as they can be read, with defaults in the place
    /// of what cannot.
    pub fn examine(sources: &Sources) -> (Option<Settings>, Vec<Problem>) {
        load::examine(sources)
    }

    /// The settings as TOML, secrets masked.
    ///
    /// # Errors
    /// `INTERNAL` if they cannot be written as TOML, which a test rules out.
    pub fn to_toml(&self) -> crate::error::Result<String> {
        toml::to_string_pretty(self).map_err(crate::error::Error::internal)
    }
}
