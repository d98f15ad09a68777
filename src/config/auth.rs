//! `[auth]` and `[mail]`: accounts, log-in and what is mailed about it.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{DatabaseSettings, Engine, ReturnTo, Secret, SiteSettings, duration};

/// `[auth]`: accounts and log-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AuthSettings {
    /// Who may sign up.
    pub sign_up: SignUp,
    /// Where clients reach this server; empty for the site's URL.
    pub url: String,
    /// Whom access tokens are for (`aud`); empty for the server's URL.
    pub audience: String,
    /// How long an access token is good.
    #[serde(with = "duration")]
    pub access_token: Duration,
    /// How long a session lasts at the most without "Remember me".
    #[serde(with = "duration")]
    pub session: Duration,
    /// How long a session lasts with "Remember me" when it is not used.
    #[serde(with = "duration")]
    pub remembered: Duration,
    /// How long it lasts at the most.
    #[serde(with = "duration")]
    pub remembered_most: Duration,
    /// How often the key that signs access tokens is changed.
    #[serde(with = "duration")]
    pub key_rotation: Duration,
    /// What a cookie says of requests from other sites.
    pub same_site: SameSite,
    /// The fewest characters of a password.
    pub password_min: usize,
    /// The least strength of a password, from 0 to 4.
    pub password_strength: u8,
    /// How long a link to reset a password is good.
    #[serde(with = "duration")]
    pub reset_link: Duration,
    /// How long a link to verify an address is good.
    #[serde(with = "duration")]
    pub verify_link: Duration,
    /// How long an invitation is good.
    #[serde(with = "duration")]
    pub invitation: Duration,
    /// The frontend's page to which a mail leads who forgot the password.
    pub reset_page: String,
    /// The frontend's page to which a mail leads who must verify an address.
    pub verify_page: String,
    /// The frontend's page to which an invitation leads.
    pub invitation_page: String,
    /// Where a log-in at a provider may lead back to.
    pub return_to: Vec<ReturnTo>,
    /// How many log-ins to one account may fail from one address before it is locked for that address.
    pub lock_after: u32,
    /// How long.
    #[serde(with = "duration")]
    pub lock_for: Duration,
    /// How many log-ins may fail from one address, to whatever accounts, within `lock_for`.
    pub failures_per_address: u32,
    /// How many log-ins to one account may fail within `lock_for` from addresses that it never used.
    pub failures_per_account: u32,
    /// How many sign-ups, resets and verifications one address may ask for in an hour, of each.
    pub requests_per_address: u32,
    /// How many mails of a kind one account may be sent in an hour.
    pub mails_per_account: u32,
    /// How long security events are kept.
    #[serde(with = "duration")]
    pub events_kept: Duration,
}

/// Who may sign up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SignUp {
    /// Everybody.
    Open,
    /// Whoever was invited.
    Invitation,
    /// Nobody; accounts are made by an administrator.
    Closed,
}

/// `SameSite` of a cookie (RFC 6265bis, 5.6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SameSite {
    /// Sent when a link leads here from another site.
    Lax,
    /// Never sent from other sites.
    Strict,
}

impl AuthSettings {
    /// Where clients reach this server, without a slash at the end.
    pub fn server(&self, site: &SiteSettings) -> String {
        let url = if self.url.is_empty() { site.url.as_str() } else { &self.url };
        url.trim_end_matches('/').to_owned()
    }

    /// Whom access tokens are for.
    pub fn audience(&self, site: &SiteSettings) -> String {
        if self.audience.is_empty() { self.server(site) } else { self.audience.clone() }
    }

    /// The address of a page with a token in it.
    pub fn page(&self, page: &str, site: &SiteSettings, token: &str) -> String {
        let page = page.replace("{token}", token);
        if page.starts_with('/') { site.absolute(&page) } else { page }
    }
}

/// `[mail]`: how mail is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MailSettings {
    /// The SMTP server as a URL; empty for none.
    pub smtp: Secret,
    /// The password, when it shall not stand in `smtp`.
    pub password: Secret,
    /// Who it is from.
    pub from: String,
    /// Where mail is put without an SMTP server; empty for beside the database.
    pub folder: String,
}

impl MailSettings {
    /// The folder for mail that is not sent.
    pub fn folder(&self, database: &DatabaseSettings) -> PathBuf {
        if !self.folder.is_empty() {
            return PathBuf::from(&self.folder);
        }
        match (database.url.engine(), database.url.sqlite_path()) {
            (Engine::Sqlite, Some(path)) => PathBuf::from(format!("{path}.mail")),
            _ => PathBuf::from(format!("{}.mail", database.url.name().unwrap_or("masthead"))),
        }
    }
}
