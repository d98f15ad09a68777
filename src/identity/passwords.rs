//! Passwords: whether one is good enough, and what is kept of it.
//!
//! Argon2id with 19 MiB, two passes and one lane (OWASP Password Storage Cheat Sheet, first choice of the least). The
//! whole password counts, whatever its bytes: nothing is cut off. It is hashed in NFKC, so that a keyboard that composes
//! accents otherwise makes no difference (NIST SP 800-63B-4, 3.1.1.2).

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

use crate::config::AuthSettings;
use crate::error::{Code, Error, Result};

/// The most characters of a password; more is no better, and costs.
pub const MOST: usize = 256;
/// Memory in KiB, passes, lanes.
const COST: (u32, u32, u32) = (19 * 1024, 2, 1);
/// How many may wait for their turn for each core.
const WAITING: usize = 64;

/// Hashes passwords, a few at a time: each takes memory and a core for some tens of milliseconds.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    line: Arc<Semaphore>,
    /// The hash of a password that nobody knows: compared where there is no account, so that it takes as long.
    nobody: Arc<str>,
}

fn argon() -> Result<Argon2<'static>> {
    let params = Params::new(COST.0, COST.1, COST.2, None).map_err(|e| Error::internal(e.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn normal(password: &str) -> String {
    password.nfkc().collect()
}

fn hash_now(password: &str) -> Result<String> {
    let hash: std::result::Result<argon2::password_hash::phc::PasswordHash, _> =
        argon()?.hash_password(normal(password).as_bytes());
    Ok(hash.map_err(|e| Error::internal(e.to_string()))?.to_string())
}

impl Passwords {
    /// Ready to hash.
    ///
    /// # Errors
    /// `INTERNAL` when the system gives no randomness.
    pub fn new() -> Result<Passwords> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let nobody = hash_now(&super::secrets::fresh())?.into();
        Ok(Passwords {
            turns: Arc::new(Semaphore::new(cores)),
            line: Arc::new(Semaphore::new(cores * WAITING)),
            nobody,
        })
    }

    /// What is to be kept of a password: a PHC string.
    ///
    /// # Errors
    /// `UNAVAILABLE` when too many wait.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.run(move || hash_now(&password)).await
    }

    /// Whether this is the password that `kept` was made of. Without one it is never, and takes as long.
    ///
    /// # Errors
    /// `UNAVAILABLE` when too many wait.
    pub async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool> {
        // The length is no secret, and what is longer was never accepted.
        let password = if password.chars().count() <= MOST { password.to_owned() } else { String::new() };
        let known = kept.is_some() && !password.is_empty();
        let kept: Arc<str> = kept.map_or_else(|| self.nobody.clone(), Arc::from);
        self.run(move || {
            let hash = PasswordHash::new(&kept).map_err(|e| Error::internal(e.to_string()))?;
            Ok(argon()?.verify_password(normal(&password).as_bytes(), &hash).is_ok() && known)
        })
        .await
    }

    /// Whether a hash was made at another cost than one would be today.
    pub fn is_dated(kept: &str) -> bool {
        !kept.starts_with(&format!("$argon2id$v=19$m={},t={},p={}$", COST.0, COST.1, COST.2))
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
        let busy = || Error::new(Code::Unavailable, "Too many people are logging in just now; try again in a moment.");
        let _place = self.line.clone().try_acquire_owned().map_err(|_| busy())?;
        let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(Error::internal)?
    }
}

/// Whether a password may be chosen. `about` is what a stranger would try: the address, the name, the site.
///
/// # Errors
/// `WEAK_PASSWORD`, saying what to do.
pub fn check(settings: &AuthSettings, password: &str, about: &[&str]) -> Result<()> {
    let fault = |says: String| Err(Error::new(Code::WeakPassword, says).at("password"));
    let length = normal(password).chars().count();
    if length < settings.password_min {
        return fault(format!(
            "The password has {length} characters; choose {} at least. A few words in a row are easy to remember.",
            settings.password_min
        ));
    }
    if password.chars().count() > MOST {
        return fault(format!("The password has more than {MOST} characters; choose a shorter one."));
    }
    let words: Vec<String> = about
        .iter()
        .flat_map(|text| text.split(|c: char| !c.is_alphanumeric()).chain([*text]))
        .filter(|word| word.chars().count() > 2)
        .map(str::to_lowercase)
        .collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    // The estimate takes some words in a row for strong, though they are the first that a stranger tries.
    if without(password, &words) < settings.password_min / 2 {
        return fault(
            "The password is made of your name, your address or the name of the site; choose other words.".to_owned(),
        );
    }
    // Of a long password the beginning is strong enough or the whole is no stronger; the work grows with the length.
    let head: String = password.chars().take(72).collect();
    let entropy = zxcvbn::zxcvbn(&head, &words);
    if u8::from(entropy.score()) < settings.password_strength {
        let mut says = "The password is too easy to guess.".to_owned();
        if let Some(feedback) = entropy.feedback() {
            for hint in feedback
                .warning()
                .map(|w| w.to_string())
                .into_iter()
                .chain(feedback.suggestions().iter().map(|s| s.to_string()))
            {
                says.push(' ');
                says.push_str(&hint);
            }
        }
        return fault(says);
    }
    Ok(())
}

/// How many different characters a password has beside these words: what a repeated character adds is nothing.
fn without(password: &str, words: &[&str]) -> usize {
    let mut rest = password.to_lowercase();
    let mut longest_first = words.to_vec();
    longest_first.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in longest_first {
        rest = rest.replace(word, "");
    }
    rest.chars().filter(|c| c.is_alphanumeric()).collect::<std::collections::BTreeSet<_>>().len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    #[tokio::test]
    async fn the_whole_password_counts() {
        let passwords = Passwords::new().unwrap();
        let long = "correct horse battery staple ".repeat(4);
        for (password, other) in [
            (long.as_str(), &long[..72]),
            ("nul\0first", "nul"),
            ("nul\0first", "nul\0second"),
            ("Ａ wide letter", "B wide letter"),
        ] {
            let kept = passwords.hash(password).await.unwrap();
            assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !Passwords::is_dated(&kept), "{kept}");
            assert!(passwords.verify(password, Some(&kept)).await.unwrap());
            assert!(!passwords.verify(other, Some(&kept)).await.unwrap(), "{other:?}");
        }
        let kept = passwords.hash("e\u{301}clair au chocolat").await.unwrap();
        assert!(passwords.verify("\u{e9}clair au chocolat", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("anything", None).await.unwrap());
        assert!(!passwords.verify("", None).await.unwrap());
    }

    #[test]
    fn weak_ones_are_refused_with_a_hint() {
        let settings = Settings::load(&Sources::none()).unwrap().auth;
        let about = ["ada.lovelace@example.org", "Ada Lovelace", "The Ellory Courier"];
        for weak in ["short", "password12", "1234567890123", "adalovelace1", "ellorycourier", "aaaaaaaaaaaaaaaaaaaa"] {
            let error = check(&settings, weak, &about).unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::WeakPassword, Some("password")), "{weak}");
        }
        for good in [
            "tarn ferry lamp quietly",
            "x9#Lq2!vTb7z",
            "längst vergessene Wörter",
            &blake3::hash(b"long").to_hex().repeat(4),
        ] {
            check(&settings, good, &about).unwrap_or_else(|e| panic!("{good}: {e}"));
        }
        assert!(check(&settings, &blake3::hash(b"long").to_hex().repeat(5), &about).is_err());
    }
}
