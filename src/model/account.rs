//! Accounts and their sessions.

use super::id::{AccountId, SessionId};
use super::text;
use super::time::Instant;
use super::viewer::{Roles, Viewer};
use crate::error::{Code, Error, Result};
use serde::{Deserialize, Serialize};

/// The most characters of a name.
pub const NAME_MOST: usize = 100;
/// The most characters of an address (RFC 5321, 4.5.3.1.3, less the angle brackets).
pub const EMAIL_MOST: usize = 254;
/// The most characters that are kept of what a device says it is.
pub const DEVICE_MOST: usize = 200;

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// It can.
    Active,
    /// An administrator has stopped it; it can be restored.
    Suspended,
    /// It is gone for good; what it wrote stays.
    Deleted,
}

impl Status {
    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Active => "active",
            Status::Suspended => "suspended",
            Status::Deleted => "deleted",
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Status> {
        [Status::Active, Status::Suspended, Status::Deleted].into_iter().find(|status| status.as_str() == text)
    }
}

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The id.
    pub id: AccountId,
    /// The address as it was typed; none where a provider told none, and after deletion. It was verified before it
    /// came here.
    pub email: Option<String>,
    /// The display name.
    pub name: String,
    /// What it may.
    pub roles: Roles,
    /// Whether it can be used.
    pub status: Status,
    /// Whether it has a password.
    pub has_password: bool,
    /// Grows when access tokens that are out must die.
    pub epoch: i64,
    /// When it was made.
    pub created_at: Instant,
    /// When it was changed last.
    pub updated_at: Instant,
    /// Grows with each change.
    pub version: i32,
}

/// How a session is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// By a cookie: for browsers on the same site.
    Cookie,
    /// By an access token and a refresh token: for apps, other sites and backends.
    Token,
}

impl Mode {
    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Cookie => "cookie",
            Mode::Token => "token",
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Mode> {
        [Mode::Cookie, Mode::Token].into_iter().find(|mode| mode.as_str() == text)
    }
}

/// A session: one log-in on one device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The id.
    pub id: SessionId,
    /// Whose it is.
    pub account: AccountId,
    /// How it is carried.
    pub mode: Mode,
    /// Whether "Remember me" was chosen.
    pub remember: bool,
    /// What the device said it is (`User-Agent`), shortened.
    pub device: String,
    /// When it began.
    pub created_at: Instant,
    /// When it was used last, to a few minutes.
    pub used_at: Instant,
    /// When it ends unless it is used before.
    pub expires_at: Instant,
    /// When it ends at the latest.
    pub ends_at: Instant,
    /// When it ended, if it has.
    pub ended_at: Option<Instant>,
}

/// Somebody whose credential was found good.
#[derive(Debug, Clone)]
pub struct Known {
    /// The account.
    pub account: AccountId,
    /// The session.
    pub session: SessionId,
    /// What the account may.
    pub roles: Roles,
    /// The account's epoch when the credential was made.
    pub epoch: i64,
    /// When the credential ends.
    pub until: Instant,
    /// How it was carried.
    pub mode: Mode,
}

impl Known {
    /// As the caller of a use case.
    pub fn viewer(&self) -> Viewer {
        Viewer::of(self.account, self.session, self.roles)
    }
}

/// An address as it is compared: in NFKC and lower case. Local parts may differ by case in theory (RFC 5321, 2.4); no
/// provider of note lets them, and two accounts that differ only so would be a trap.
pub fn email_key(email: &str) -> String {
    use unicode_normalization::UnicodeNormalization;
    email.trim().nfkc().collect::<String>().to_lowercase()
}

/// A display name that is fit to be shown.
///
/// # Errors
/// `INVALID_INPUT` for none, for one that is too long, and for one that looks like an address on the web, which spam
/// puts there to have it mailed.
pub fn checked_name(name: &str) -> Result<String> {
    let fault = |says: String| Err(Error::new(Code::InvalidInput, says).at("name"));
    let (line, dropped) = text::one_line(name);
    if dropped > 0
        || line.chars().any(|c| c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'))
    {
        return fault("name has characters that cannot be shown; leave them out.".to_owned());
    }
    let length = line.chars().count();
    if length == 0 || length > NAME_MOST {
        return fault(format!("name has {length} characters; it must have 1 to {NAME_MOST}."));
    }
    if line.contains("://") || line.contains(['<', '>']) {
        return fault("name looks like a link; write a person's name.".to_owned());
    }
    Ok(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case_and_width() {
        assert_eq!(email_key(" Ada@Example.ORG "), "ada@example.org");
        assert_eq!(email_key("ＡＤＡ@example.org"), "ada@example.org");
    }

    #[test]
    fn names_are_people() {
        assert_eq!(checked_name("  Ada   Lovelace ").unwrap(), "Ada Lovelace");
        for bad in ["", "  ", "a\0b", "win at https://x.example", "<b>", "\u{202E}adA", &"x".repeat(101)] {
            assert_eq!(checked_name(bad).unwrap_err().code(), Code::InvalidInput, "{bad:?}");
        }
    }
}
