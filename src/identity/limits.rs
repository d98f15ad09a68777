//! How often somebody may try.
//!
//! Failed log-ins are counted in three ways, each for the time that a lock lasts from the first failure on: by account
//! *and* address, which locks that address out of that account; by address; and by account from all addresses that it was
//! never logged in from. So nobody can lock somebody else out of their account from where they log in, and a thousand
//! addresses together do not guess faster than one. What is asked for without a password is counted by address and hour.
//! Each process counts for itself.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};
use moka::sync::Cache;

use crate::config::AuthSettings;
use crate::error::{Code, Error, Result};
use crate::model::id::AccountId;

/// Counters that are remembered; the ones that were used least go first.
const MOST: u64 = 200_000;

/// What is asked for without a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Asked {
    SignUp,
    Reset,
    Verification,
    Provider,
}

/// A failure count, and since when.
struct Count {
    n: AtomicU32,
    since: Instant,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Both([u8; 16], IpAddr),
    Address(IpAddr),
    Account([u8; 16]),
}

/// Counts. Cloning shares the counters.
#[derive(Clone)]
pub(super) struct Limits {
    failures: Cache<Key, Arc<Count>>,
    requests: Arc<DefaultKeyedRateLimiter<(Asked, IpAddr)>>,
    mails: Arc<DefaultKeyedRateLimiter<(&'static str, [u8; 16])>>,
    lock_for: Duration,
    lock_after: u32,
    per_address: u32,
    per_account: u32,
}

/// An address of mail as a key: half of a hash, so that the counters hold nothing personal.
pub(super) fn key(email: &str) -> [u8; 16] {
    let hash = blake3::hash(crate::model::account::email_key(email).as_bytes());
    let mut key = [0; 16];
    key.copy_from_slice(&hash.as_bytes()[..16]);
    key
}

fn hourly(n: u32) -> Quota {
    let n = NonZeroU32::new(n).unwrap_or(NonZeroU32::MIN);
    Quota::with_period(Duration::from_secs(3600) / n.get()).unwrap_or(Quota::per_hour(n)).allow_burst(n)
}

fn too_often(wait: Duration, what: &str) -> Error {
    let seconds = wait.as_secs().max(1);
    let says = format!("{what} Try again in {}.", humantime::format_duration(Duration::from_secs(seconds)));
    Error::new(Code::RateLimited, says).after(seconds)
}

impl Limits {
    pub(super) fn new(settings: &AuthSettings) -> Limits {
        Limits {
            failures: Cache::builder().max_capacity(MOST).time_to_live(settings.lock_for).build(),
            requests: Arc::new(RateLimiter::keyed(hourly(settings.requests_per_address))),
            mails: Arc::new(RateLimiter::keyed(hourly(settings.mails_per_account))),
            lock_for: settings.lock_for,
            lock_after: settings.lock_after,
            per_address: settings.failures_per_address,
            per_account: settings.failures_per_account,
        }
    }

    fn exceeded(&self, key: Key, most: u32) -> Option<Duration> {
        let count = self.failures.get(&key)?;
        let over = count.n.load(Ordering::Relaxed) >= most;
        over.then(|| self.lock_for.saturating_sub(count.since.elapsed()))
    }

    fn count(&self, key: Key) {
        let fresh = || Arc::new(Count { n: AtomicU32::new(0), since: Instant::now() });
        self.failures.get_with(key, fresh).n.fetch_add(1, Ordering::Relaxed);
    }

    /// Whether a password may be tried now, and counts the try as failed until [`Limits::succeeded`] says otherwise: so
    /// many tries at once count as many. True when it may only be from an address that the account knows.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(super) fn try_password(&self, account: [u8; 16], address: IpAddr) -> Result<bool> {
        let (both, from) = (Key::Both(account, address), Key::Address(address));
        if let Some(wait) = self.exceeded(both, self.lock_after) {
            return Err(too_often(wait, "Too many log-ins to this account failed from your address."));
        }
        if let Some(wait) = self.exceeded(from, self.per_address) {
            return Err(too_often(wait, "Too many log-ins failed from your address."));
        }
        let strained = self.exceeded(Key::Account(account), self.per_account).is_some();
        self.count(both);
        self.count(from);
        if !strained {
            self.count(Key::Account(account));
        }
        Ok(strained)
    }

    /// The refusal of somebody unknown while an account is under attack.
    pub(super) fn under_attack(&self) -> Error {
        too_often(
            self.lock_for,
            "Too many log-ins to this account failed. Use a device from which you logged in before, or reset the password.",
        )
    }

    /// The password was right: the try was none, and what failed before is forgiven to this address.
    pub(super) fn succeeded(&self, account: [u8; 16], address: IpAddr) {
        self.failures.invalidate(&Key::Both(account, address));
        for key in [Key::Address(address), Key::Account(account)] {
            if let Some(count) = self.failures.get(&key) {
                let _ = count.n.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n.saturating_sub(1)));
            }
        }
    }

    /// The try came to nothing for a reason of ours: it was none. One that was `strained` did not count for the account.
    pub(super) fn returned(&self, account: [u8; 16], address: IpAddr, strained: bool) {
        let of_account = (!strained).then_some(Key::Account(account));
        for key in [Key::Both(account, address), Key::Address(address)].into_iter().chain(of_account) {
            if let Some(count) = self.failures.get(&key) {
                let _ = count.n.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| Some(n.saturating_sub(1)));
            }
        }
    }

    /// Whether the account is locked for this address.
    pub(super) fn is_locked(&self, account: [u8; 16], address: IpAddr) -> bool {
        self.exceeded(Key::Both(account, address), self.lock_after).is_some()
    }

    /// The password is another now: all locks of the account open.
    pub(super) fn forgive(&self, account: [u8; 16], address: IpAddr) {
        self.failures.invalidate(&Key::Both(account, address));
        self.failures.invalidate(&Key::Account(account));
    }

    /// Counts something that is asked for without a password.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(super) fn ask(&self, what: Asked, address: IpAddr) -> Result<()> {
        self.requests.check_key(&(what, address)).map_err(|until| {
            too_often(
                until.wait_time_from(DefaultClock::default().now()),
                "This was asked for too often from your address.",
            )
        })
    }

    /// Counts that an account asks for another address, which is mailed to.
    ///
    /// # Errors
    /// `RATE_LIMITED`.
    pub(super) fn may_change_email(&self, account: AccountId) -> Result<()> {
        self.mails.check_key(&("changes-of-address", key(&account.to_string()))).map_err(|until| {
            let wait = until.wait_time_from(DefaultClock::default().now());
            too_often(wait, "This account has asked for another address too often.")
        })
    }

    /// Whether one more mail of a kind may go to this address.
    pub(super) fn may_mail(&self, kind: &'static str, email: &str) -> bool {
        self.mails.check_key(&(kind, key(email))).is_ok()
    }

    /// Forgets counters that are full again.
    pub(super) fn tidy(&self) {
        self.requests.retain_recent();
        self.mails.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};

    fn limits() -> Limits {
        let sources = Sources::none()
            .flag("auth.lock_after", "3")
            .flag("auth.failures_per_address", "5")
            .flag("auth.failures_per_account", "8")
            .flag("auth.requests_per_address", "2")
            .flag("auth.mails_per_account", "1");
        Limits::new(&Settings::load(&sources).unwrap().auth)
    }

    fn from(n: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, n])
    }

    #[test]
    fn an_address_locks_itself_out_and_nobody_else() {
        let limits = limits();
        let ada = key("ada@example.org");
        for _ in 0..3 {
            limits.try_password(ada, from(1)).unwrap();
        }
        let refused = limits.try_password(ada, from(1)).unwrap_err();
        assert_eq!((refused.code(), refused.retry_after().is_some()), (Code::RateLimited, true));
        assert!(!limits.try_password(ada, from(2)).unwrap(), "from elsewhere it is open");
        // The address itself after five failures, whatever the account.
        limits.try_password(key("b@example.org"), from(1)).unwrap();
        limits.try_password(key("c@example.org"), from(1)).unwrap();
        assert!(limits.try_password(key("d@example.org"), from(1)).is_err());
    }

    #[test]
    fn success_is_no_failure() {
        let limits = limits();
        let ada = key("Ada@Example.org");
        for _ in 0..50 {
            limits.try_password(ada, from(1)).unwrap();
            limits.succeeded(key("ada@example.org"), from(1));
        }
    }

    #[test]
    fn what_fails_for_a_reason_of_ours_is_no_failure() {
        let limits = limits();
        let ada = key("ada@example.org");
        for _ in 0..50 {
            limits.try_password(ada, from(1)).unwrap();
            limits.returned(ada, from(1), false);
        }
        assert!(!limits.is_locked(ada, from(1)));
        for _ in 0..3 {
            limits.try_password(ada, from(1)).unwrap();
        }
        assert!(limits.is_locked(ada, from(1)) && !limits.is_locked(ada, from(2)));
    }

    #[test]
    fn who_is_refused_while_an_account_is_strained_opens_it_for_nobody() {
        let limits = limits();
        let ada = key("ada@example.org");
        for n in 0..8 {
            assert!(!limits.try_password(ada, from(n)).unwrap());
        }
        for n in 8..40 {
            assert!(limits.try_password(ada, from(n)).unwrap(), "try {n}");
            limits.returned(ada, from(n), true);
        }
    }

    #[test]
    fn many_addresses_strain_the_account() {
        let limits = limits();
        let ada = key("ada@example.org");
        for n in 0..8 {
            assert!(!limits.try_password(ada, from(n)).unwrap());
        }
        assert!(limits.try_password(ada, from(9)).unwrap(), "only who is known may go on");
        limits.forgive(ada, from(9));
        assert!(!limits.try_password(ada, from(9)).unwrap());
    }

    #[test]
    fn requests_and_mails_are_counted() {
        let limits = limits();
        assert!(limits.ask(Asked::Reset, from(1)).is_ok() && limits.ask(Asked::Reset, from(1)).is_ok());
        assert_eq!(limits.ask(Asked::Reset, from(1)).unwrap_err().code(), Code::RateLimited);
        assert!(limits.ask(Asked::SignUp, from(1)).is_ok() && limits.ask(Asked::Reset, from(2)).is_ok());
        assert!(limits.may_mail("reset", "a@b.example") && !limits.may_mail("reset", "A@b.example"));
    }
}
