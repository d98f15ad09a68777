//! What was revoked lately, as this process has heard of it.
//!
//! The log of identities (`store::identity_log`) is read four times a second; the node that revokes knows at once. A
//! node that has not heard for a second does not trust what it knows: then each credential is held against the store.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Monotonic};

use crate::model::account::Known;
use crate::model::id::{AccountId, SessionId};
use crate::model::time::Instant;
use crate::store::identity_log::Event;

/// How old what was heard may be.
const DEAF: Duration = Duration::from_secs(1);

/// What was revoked. Cloning shares it.
#[derive(Clone, Default)]
pub(super) struct Revoked(Arc<RwLock<Heard>>);

#[derive(Default)]
struct Heard {
    seq: i64,
    at: Option<Monotonic>,
    sessions: HashMap<SessionId, Instant>,
    accounts: HashMap<AccountId, (i64, Instant)>,
}

impl Revoked {
    /// The number up to which events were heard.
    pub(super) fn seq(&self) -> i64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).seq
    }

    /// Notes events; what is older than `forget` is forgotten, since nothing that could still be good is so old.
    pub(super) fn note(&self, now: Instant, forget: Instant, events: impl IntoIterator<Item = Event>) {
        let mut heard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for event in events {
            match event {
                Event::Session(id) => drop(heard.sessions.insert(id, now)),
                Event::Account(id, epoch) => {
                    let entry = heard.accounts.entry(id).or_insert((epoch, now));
                    *entry = (entry.0.max(epoch), now);
                }
                Event::Keys => {}
            }
        }
        heard.sessions.retain(|_, at| *at > forget);
        heard.accounts.retain(|_, (_, at)| *at > forget);
    }

    /// Notes that everything up to this number was heard, as it stood when it was asked for.
    pub(super) fn heard(&self, seq: i64, asked: Monotonic) {
        let mut heard = self.0.write().unwrap_or_else(PoisonError::into_inner);
        heard.seq = heard.seq.max(seq);
        heard.at = heard.at.max(Some(asked));
    }

    /// Whether a credential was revoked; `None` when that cannot be told without the store.
    pub(super) fn has(&self, known: &Known) -> Option<bool> {
        let heard = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let revoked = heard.sessions.contains_key(&known.session)
            || heard.accounts.get(&known.account).is_some_and(|(epoch, _)| known.epoch < *epoch);
        if revoked {
            return Some(true);
        }
        heard.at.filter(|at| at.elapsed() < DEAF).map(|_| false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::account::Mode;
    use crate::model::viewer::Roles;

    #[test]
    fn what_was_heard_counts_and_silence_does_not() {
        let at = Instant::from_millis;
        let known = |session, epoch| Known {
            account: AccountId(1),
            session: SessionId(session),
            roles: Roles::default(),
            epoch,
            until: at(0),
            mode: Mode::Token,
        };
        let revoked = Revoked::default();
        assert_eq!(revoked.has(&known(1, 1)), None, "nothing was heard yet");
        revoked.heard(3, Monotonic::now());
        assert_eq!(revoked.has(&known(1, 1)), Some(false));
        revoked.note(at(10), at(0), [Event::Session(SessionId(2)), Event::Account(AccountId(1), 4)]);
        assert_eq!(revoked.has(&known(2, 9)), Some(true));
        assert_eq!((revoked.has(&known(1, 3)), revoked.has(&known(1, 4))), (Some(true), Some(false)));
        // Of two who tell the same account the later epoch counts, in whatever order they come.
        revoked.note(at(11), at(0), [Event::Account(AccountId(1), 3)]);
        assert_eq!(revoked.has(&known(1, 3)), Some(true));
        revoked.note(at(20), at(15), []);
        assert_eq!((revoked.has(&known(2, 9)), revoked.seq()), (Some(false), 3));
    }
}
