//! Who asks: what of a request's credential the resolvers need, and what they give back for its answer.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::Context;

use super::Asked;
use crate::error::{Code, Error, Result};
use crate::identity::{Caller, Grant, Identity};
use crate::model::account::{Account, Known, Mode, Session};

/// What an answer is to do with the session's cookie.
#[derive(Clone)]
pub enum CookieChange {
    /// Set it.
    Set(String, Box<Session>),
    /// Take it away.
    Remove,
}

/// Who asks, for one request.
pub struct Asker {
    /// The room of accounts.
    pub identity: Arc<Identity>,
    /// Who it is, if the credential was good.
    pub known: Option<Arc<Known>>,
    /// Where the request comes from.
    pub caller: Caller,
    /// The session's cookie.
    pub cookie: Option<String>,
    /// Whether the token that belongs to the cookie came beside it.
    pub not_forged: bool,
    /// Whether the page that asks may be given a cookie.
    pub own_origin: bool,
    change: Mutex<Option<CookieChange>>,
    personal: AtomicBool,
}

impl Asker {
    /// Somebody in a request that carried this.
    pub fn new(identity: Arc<Identity>, known: Option<Arc<Known>>, caller: Caller) -> Asker {
        Asker {
            identity,
            known,
            caller,
            cookie: None,
            not_forged: false,
            own_origin: false,
            change: Mutex::default(),
            personal: AtomicBool::new(false),
        }
    }

    /// Whether the answer is for this reader only, so that no cache may keep it.
    pub fn is_personal(&self) -> bool {
        self.personal.load(Ordering::Relaxed)
    }

    /// Whether nobody is known, nor carries anything by which they could be.
    pub fn is_stranger(&self) -> bool {
        self.known.is_none() && self.cookie.is_none()
    }

    /// Notes that the answer is for this reader only; also the answer that there is nobody.
    pub(super) fn personal(&self) {
        self.personal.store(true, Ordering::Relaxed);
    }

    /// What is to be done with the cookie.
    pub fn cookie_change(&self) -> Option<CookieChange> {
        self.change.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget_cookie(&self) {
        if self.cookie.is_some() {
            *self.change.lock().unwrap_or_else(PoisonError::into_inner) = Some(CookieChange::Remove);
        }
    }

    pub(super) fn keep_cookie(&self, grant: &Grant) {
        if let Some(cookie) = &grant.cookie {
            let set = CookieChange::Set(cookie.clone(), Box::new(grant.session.clone()));
            *self.change.lock().unwrap_or_else(PoisonError::into_inner) = Some(set);
        }
    }

    /// Who reads something of an account, held against the store.
    pub(super) async fn reading(&self) -> Result<(Arc<Known>, Account, Session)> {
        self.personal();
        let known = self.known.clone();
        let known = known.ok_or_else(|| Error::new(Code::Unauthenticated, "Log in first: this needs an account."))?;
        let (account, session) = self.identity.confirm(&known).await?;
        Ok((known, account, session))
    }

    /// The same of who changes something.
    pub(super) async fn writing(&self) -> Result<(Arc<Known>, Account, Session)> {
        let found = self.reading().await?;
        self.forged_is_refused()?;
        Ok(found)
    }

    pub(super) fn forged_is_refused(&self) -> Result<()> {
        let by_cookie = self.known.as_ref().is_some_and(|known| known.mode == Mode::Cookie);
        if !by_cookie || self.not_forged {
            return Ok(());
        }
        let says = "A session by cookie needs the header X-CSRF-Token for a mutation: the csrfToken of the log-in, or of viewer.";
        Err(Error::new(Code::CsrfRequired, says))
    }
}

/// Who asks.
pub(super) fn asker<'a>(ctx: &'a Context<'_>) -> Result<&'a Asker> {
    let asked = ctx.data_unchecked::<Asked>();
    asked.asker.as_deref().ok_or_else(|| Error::internal("an operation about accounts was asked where there are none"))
}
