//! Who a provider says somebody is.

use serde::{Deserialize, Serialize};

use crate::config::ProviderKind;
use crate::model::account::{NAME_MOST, checked_name};
use crate::outbound::mail::is_address;

/// The longest subject that is kept; OpenID Connect Core, 2, allows 255.
const SUBJECT_MOST: usize = 255;
/// What stands where a provider tells no name that can be shown.
const SOMEBODY: &str = "Reader";

/// Somebody at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Profile {
    /// The provider's own id of them, which never becomes somebody else's.
    pub subject: String,
    /// Their address, if the provider told one.
    pub email: Option<String>,
    /// Whether the provider has seen that the address is theirs.
    pub email_verified: bool,
    /// Whether the provider is the one who gives out the address.
    pub speaks_for_email: bool,
    /// Their name, fit to be shown.
    pub name: Option<String>,
}

impl Profile {
    /// Somebody, of what a provider told. None without a subject that can be kept.
    pub(super) fn new(subject: &str, email: Option<&str>, verified: bool, name: Option<&str>) -> Option<Profile> {
        if subject.is_empty() || subject.len() > SUBJECT_MOST || subject.chars().any(char::is_control) {
            return None;
        }
        let email = email.map(str::trim).filter(|email| is_address(email)).map(ToOwned::to_owned);
        Some(Profile {
            subject: subject.to_owned(),
            email_verified: verified && email.is_some(),
            email,
            speaks_for_email: false,
            name: name.and_then(cleaned),
        })
    }

    /// The same, with whether the provider speaks for the address. `domain` is the Google Workspace domain (`hd`).
    ///
    /// Google verifies addresses of others too, but once, and is no authority on whose they are today; it is on its own
    /// and on those of its Workspace customers.
    pub(super) fn spoken_for(mut self, kind: ProviderKind, trusts_email: bool, domain: Option<&str>) -> Profile {
        let host = self.email.as_deref().and_then(|email| email.rsplit_once('@')).map(|(_, host)| host.to_lowercase());
        let authority = match kind {
            ProviderKind::Google => {
                domain.is_some_and(|domain| !domain.is_empty())
                    || matches!(host.as_deref(), Some("gmail.com" | "googlemail.com"))
            }
            _ => true,
        };
        self.speaks_for_email = trusts_email && self.email_verified && authority;
        self
    }

    /// Their address, if it is verified.
    pub(super) fn verified_email(&self) -> Option<&str> {
        self.email.as_deref().filter(|_| self.email_verified)
    }

    /// What a new account of theirs is called.
    pub(super) fn shown_name(&self) -> &str {
        self.name.as_deref().unwrap_or(SOMEBODY)
    }
}

/// A name that a provider told, made fit to be shown.
fn cleaned(name: &str) -> Option<String> {
    let kept: String = crate::model::text::one_line(name).0.chars().filter(|c| !matches!(c, '<' | '>')).collect();
    let short: String = kept.trim().chars().take(NAME_MOST).collect();
    checked_name(&short).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(email: &str, verified: bool) -> Profile {
        Profile::new("1", Some(email), verified, None).unwrap()
    }

    #[test]
    fn what_a_provider_tells_is_cleaned() {
        let told = |name: &str| Profile::new("1", None, false, Some(name)).unwrap().shown_name().to_owned();
        assert_eq!(told("  Ada   Lovelace\n"), "Ada Lovelace");
        assert_eq!(told("Ada <3"), "Ada 3");
        assert_eq!(told(&"x".repeat(200)).len(), NAME_MOST);
        for none in ["", "  ", "<b>Ada</b>", "win at https://x.example", "\u{202E}adA"] {
            assert_eq!(told(none), SOMEBODY, "{none:?}");
        }
        let long = "x".repeat(256);
        for bad in ["", "a\nb", long.as_str()] {
            assert!(Profile::new(bad, None, false, None).is_none(), "{bad:?}");
        }
        let odd = Profile::new("1", Some("not an address"), true, None).unwrap();
        assert_eq!((odd.email.clone(), odd.verified_email()), (None, None));
    }

    #[test]
    fn only_who_gives_an_address_out_speaks_for_it() {
        use ProviderKind::{Apple, GitHub, Google, OpenId};
        let cases = [
            (Google, true, "ada@gmail.com", true, None, true),
            (Google, true, "ada@GMail.com", true, None, true),
            (Google, true, "ada@example.org", true, Some("example.org"), true),
            (Google, true, "ada@example.org", true, None, false),
            (Google, true, "ada@example.org", true, Some(""), false),
            (Google, true, "ada@gmail.com.evil.example", true, None, false),
            (Google, true, "ada@gmail.com", false, None, false),
            (Google, false, "ada@gmail.com", true, None, false),
            (Apple, true, "ada@example.org", true, None, true),
            (OpenId, false, "ada@example.org", true, None, false),
            (OpenId, true, "ada@example.org", true, None, true),
            (OpenId, true, "ada@example.org", false, None, false),
            (GitHub, false, "ada@example.org", true, None, false),
        ];
        for (kind, trusted, email, verified, domain, speaks) in cases {
            let profile = profile(email, verified).spoken_for(kind, trusted, domain);
            assert_eq!(profile.speaks_for_email, speaks, "{kind:?} {email} {verified} {domain:?}");
        }
    }
}
