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

/// Which addresses of mail are taken, as a pattern: those that a browser's box for them takes (HTML, 4.10.5.1.5).
pub const EMAIL_PATTERN: &str = "^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\
                                 (\\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$";

/// Whether an address fits [`EMAIL_PATTERN`] and is not too long.
pub fn is_email(email: &str) -> bool {
    let Some((local, host)) = email.split_once('@') else { return false };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let fits = |b: u8| b.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&b);
    email.len() <= EMAIL_MOST && !local.is_empty() && local.bytes().all(fits) && host.split('.').all(label)
}

/// Which display names are taken, as a pattern. What links and markup need has no place in one: spam puts them there to
/// have them mailed. Neither has what XML 1.0 forbids, or what turns the direction of the text around it. One character at least can be
/// seen; of those that cannot, the pattern leaves out what lies beyond U+FFFF, which not every reader of patterns takes.
pub const NAME_PATTERN: &str = "^[^\\u0000-\\u001F\\u007F-\\u009F<>:/\\u202A-\\u202E\\u2066-\\u2069\\uFFFE\\uFFFF]*[^\\u0000-\\u0020\\u007F-\\u00A0\\u00AD<>:/\\u034F\\u061C\\u115F\\u1160\\u1680\\u17B4\\u17B5\\u180B-\\u180F\\u2000-\\u200F\\u2028-\\u202F\\u205F-\\u206F\\u2800\\u3000\\u3164\\uFE00-\\uFE0F\\uFEFF\\uFFA0\\uFFF0-\\uFFFB\\uFFFE\\uFFFF][^\\u0000-\\u001F\\u007F-\\u009F<>:/\\u202A-\\u202E\\u2066-\\u2069\\uFFFE\\uFFFF]*$";

/// Whether a character may stand in a name.
fn is_name_char(c: char) -> bool {
    let bad = matches!(c, '<' | '>' | ':' | '/' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    !bad && !c.is_control() && text::is_xml_char(c)
}

/// A display name that is fit to be shown: one that fits [`NAME_PATTERN`], with single spaces.
///
/// # Errors
/// `INVALID_INPUT` for none, for one that is too long, and for one with characters that no name has.
pub fn checked_name(name: &str) -> Result<String> {
    let fault = |says: String| Err(Error::new(Code::InvalidInput, says).at("name"));
    let length = name.chars().count();
    if length > NAME_MOST {
        return fault(format!("name has {length} characters; it must have {NAME_MOST} at the most."));
    }
    if let Some(c) = name.chars().find(|c| !is_name_char(*c)) {
        let c = c.escape_default();
        return fault(format!("name has the character {c}, which no name has; write a person's name."));
    }
    let (line, _) = text::one_line(name);
    if line.is_empty() {
        return fault("name is empty; write one.".to_owned());
    }
    if text::is_blank(&line) {
        return fault("name has no character that can be seen; write one.".to_owned());
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
    fn addresses_are_those_of_browsers() {
        let pattern = regex::Regex::new(EMAIL_PATTERN).unwrap();
        let long = format!("{}@example.org", "x".repeat(242));
        for (email, is) in [
            ("ada@example.org", true),
            ("a.b+c'd@sub.example-1.org", true),
            ("ada@localhost", true),
            (long.as_str(), true),
            ("", false),
            ("ada", false),
            ("@example.org", false),
            ("ada@", false),
            ("a b@example.org", false),
            ("ada@-example.org", false),
            ("ada@example..org", false),
            ("ada@example.org\r\nBcc: eve@example.org", false),
            ("ada@b@c", false),
            ("\u{e4}da@example.org", false),
        ] {
            assert_eq!((is_email(email), pattern.is_match(email)), (is, is), "{email}");
        }
        assert!(!is_email(&format!("x{long}")));
    }

    #[test]
    fn the_pattern_of_names_says_what_is_taken() {
        let pattern = regex::Regex::new(NAME_PATTERN).unwrap();
        for name in [
            "Ada",
            " Ada ",
            "\u{e9}",
            "\u{3000}",
            "\u{a0}",
            "a\u{85}",
            "a<b",
            "",
            "\t",
            "a\tb",
            "x\u{fffe}",
            "O'Neil-Smith Jr.",
            "数",
            "\u{200b}",
            "\u{200b}a",
            "\u{ad}\u{34f}\u{feff}",
            "\u{3164} \u{2800}",
            "\u{fe0f}\u{180e}\u{2060}\u{115f}",
        ] {
            assert_eq!(pattern.is_match(name), checked_name(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn names_are_people() {
        assert_eq!(checked_name("  Ada   Lovelace ").unwrap(), "Ada Lovelace");
        for bad in [
            "",
            "  ",
            "\u{200B}",
            "\u{E0020}",
            "a\0b",
            "win at https://x.example",
            "<b>",
            "\u{202E}adA",
            &"x".repeat(101),
        ] {
            assert_eq!(checked_name(bad).unwrap_err().code(), Code::InvalidInput, "{bad:?}");
        }
    }
}
