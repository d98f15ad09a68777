//! Sessions: how one begins, goes on and ends.
//!
//! In cookie mode the browser holds one secret for as long as the session lasts, so that several tabs do not trip over
//! each other. In token mode the refresh token changes at each use: one that comes a second time was stolen, or its
//! successor was, and the session ends.

use std::sync::Arc;

use super::events::{self, Kind};
use super::secrets::{self, Pair};
use super::{Caller, Identity, millis};
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, DEVICE_MOST, Known, Mode, Session, Status};
use crate::model::id::{AccountId, SessionId};
use crate::model::policy::{self, Action, Whose};
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::store::identity_log::Event;
use crate::store::{Tx, sessions};

/// How often the last use of a session is written.
const TOUCHED_EVERY: i64 = 5 * 60_000;
/// How many sessions of one account go on at the most; the one that was not used for longest ends for a new one.
const SESSIONS_MOST: i64 = 100;
/// How long a cookie that was found good is believed without asking the store; a revocation is heard all the same.
const COOKIE_KEPT: i64 = 60_000;

/// What a log-in gives. What it holds is shown once and kept as hashes.
pub struct Grant {
    /// Whose session it is.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// In token mode: the access token.
    pub access_token: Option<String>,
    /// When that expires.
    pub access_until: Instant,
    /// In token mode: what gives the next access token, once.
    pub refresh_token: Option<String>,
    /// In cookie mode: the value of the cookie.
    pub cookie: Option<String>,
    /// In cookie mode: what a page must send with whatever changes something.
    pub csrf_token: Option<String>,
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Grant")
            .field("account", &self.account.id)
            .field("session", &self.session.id)
            .finish_non_exhaustive()
    }
}

/// Whether a session of this account goes on at `now`.
pub(super) fn is_good(session: &Session, account: &Account, now: Instant) -> bool {
    session.ended_at.is_none() && session.expires_at > now && account.status == Status::Active
}

/// A session that is to begin.
#[derive(Debug, Clone)]
pub(super) struct Beginning {
    pub mode: Mode,
    pub remember: bool,
    pub device: String,
    pub place: String,
}

impl Beginning {
    pub(super) fn new(caller: &Caller, mode: Mode, remember: bool) -> Beginning {
        let device = crate::model::text::cleaned(&caller.device).0.chars().take(DEVICE_MOST).collect();
        Beginning { mode, remember, device, place: place(caller) }
    }
}

/// The network of a caller as it is kept: enough to know it again.
pub(super) fn place(caller: &Caller) -> String {
    secrets::hash(&caller.address.to_string())
}

impl Identity {
    /// Until when a session lasts that is used now.
    fn lasts(&self, remember: bool, now: Instant, ends_at: Instant) -> Instant {
        if remember { now.plus_millis(millis(self.settings.auth.remembered)).min(ends_at) } else { ends_at }
    }

    /// Begins a session in a transaction; gives also what ended for it.
    pub(super) async fn begin(
        &self,
        tx: &mut Tx,
        account: &Account,
        how: &Beginning,
    ) -> Result<(Session, String, Vec<Event>)> {
        let (now, auth) = (tx.now(), &self.settings.auth);
        let ends_at = now.plus_millis(millis(if how.remember { auth.remembered_most } else { auth.session }));
        let pair = Pair::fresh();
        let new = sessions::New {
            account: account.id,
            mode: how.mode,
            handle: secrets::hash(&pair.handle),
            secret: secrets::hash(&pair.secret),
            remember: how.remember,
            device: how.device.clone(),
            place: how.place.clone(),
            expires_at: self.lasts(how.remember, now, ends_at),
            ends_at,
        };
        let session = sessions::insert(tx, &new).await?;
        let mut ended = Vec::new();
        for id in sessions::beyond(tx, account.id, SESSIONS_MOST).await? {
            sessions::end(tx, id).await?;
            ended.push(Event::Session(id));
        }
        Ok((session, pair.text(), ended))
    }

    /// What is given out for a session, with what the device holds of it.
    pub(super) fn grant(&self, account: Account, session: Session, held: String) -> Result<Grant> {
        let now = self.now();
        let until = now.plus_millis(millis(self.settings.auth.access_token)).min(session.expires_at);
        Ok(match session.mode {
            Mode::Token => Grant {
                access_token: Some(self.tokens.sign(
                    account.id,
                    session.id,
                    account.roles,
                    account.epoch,
                    now,
                    until,
                )?),
                refresh_token: Some(held),
                access_until: until,
                cookie: None,
                csrf_token: None,
                account,
                session,
            },
            Mode::Cookie => Grant {
                access_token: None,
                refresh_token: None,
                access_until: session.expires_at,
                csrf_token: Pair::parse(&held).map(|pair| secrets::csrf(&pair.secret)),
                cookie: Some(held),
                account,
                session,
            },
        })
    }

    /// Who a cookie is of; none for one that is not good any more: who only reads is then a stranger.
    ///
    /// # Errors
    /// What the database says.
    pub async fn by_cookie(&self, cookie: &str) -> Result<Option<Arc<Known>>> {
        let Some(pair) = Pair::parse(cookie) else { return Ok(None) };
        let key = *blake3::hash(cookie.as_bytes()).as_bytes();
        let now = self.now();
        if let Some(known) = self.good.get(&key).filter(|known| known.until > now)
            && self.revoked.has(&known) == Some(false)
        {
            return Ok(Some(known));
        }
        let mut conn = self.db.read().await?;
        let found = sessions::by_handle(&mut conn, &secrets::hash(&pair.handle)).await?;
        drop(conn);
        let found = found
            .filter(|found| {
                found.session.mode == Mode::Cookie && secrets::same(&found.secret, &secrets::hash(&pair.secret))
            })
            .filter(|found| is_good(&found.session, &found.account, now));
        let Some(found) = found else {
            self.good.invalidate(&key);
            return Ok(None);
        };
        let (account, session) = (found.account, found.session);
        if now.millis() - session.used_at.millis() > TOUCHED_EVERY {
            // A reader is not to be turned away because this cannot be written just now.
            if let Err(error) = self.touch(session.id, self.lasts(session.remember, now, session.ends_at)).await {
                tracing::warn!(?error, "the use of a session was not noted");
            }
        }
        let known = Arc::new(Known {
            account: account.id,
            session: session.id,
            roles: account.roles,
            epoch: account.epoch,
            until: now.plus_millis(COOKIE_KEPT).min(session.expires_at),
            mode: Mode::Cookie,
        });
        self.good.insert(key, known.clone());
        Ok(Some(known))
    }

    async fn touch(&self, session: SessionId, until: Instant) -> Result<()> {
        self.db.write(move |tx| Box::pin(async move { sessions::touch(tx, session, until).await })).await?;
        Ok(())
    }

    /// The token that a page must send beside this cookie.
    pub fn csrf_token(&self, cookie: &str) -> Option<String> {
        Pair::parse(cookie).map(|pair| secrets::csrf(&pair.secret))
    }

    /// Whether `token` is the one that belongs to this cookie.
    pub fn is_csrf_token(&self, cookie: &str, token: &str) -> bool {
        self.csrf_token(cookie).is_some_and(|right| secrets::same(&right, token))
    }

    /// Gives the next tokens for a refresh token, which is then used up.
    ///
    /// # Errors
    /// `INVALID_TOKEN` for one that is none, was used (then the session ends), or whose session has ended.
    pub async fn refresh(&self, caller: &Caller, token: &str) -> Result<Grant> {
        let refused =
            || Error::new(Code::InvalidToken, "The refresh token is not good, or not any more. Log in again.");
        let Some(pair) = Pair::parse(token) else { return Err(refused()) };
        let (handle, old) = (secrets::hash(&pair.handle), secrets::hash(&pair.secret));
        let mut conn = self.db.read().await?;
        let found = sessions::by_handle(&mut conn, &handle).await?.filter(|found| found.session.mode == Mode::Token);
        drop(conn);
        let Some(found) = found else { return Err(refused()) };
        let (account, mut session) = (found.account, found.session);
        let now = self.now();
        if !is_good(&session, &account, now) {
            return Err(refused());
        }
        if secrets::same(&found.secret, &old) {
            let next = pair.next();
            let (id, hash) = (session.id, secrets::hash(&next.secret));
            let until = self.lasts(session.remember, now, session.ends_at);
            let rotated = self
                .write(move |tx| {
                    let (old, hash) = (old.clone(), hash.clone());
                    Box::pin(async move { Ok((sessions::rotate(tx, id, &old, &hash, until).await?, vec![])) })
                })
                .await?;
            if rotated {
                (session.used_at, session.expires_at) = (now, until);
                return self.grant(account, session, next.text());
            }
        }
        // Used before, by whomever: nobody knows who is the thief, so both are out.
        let (id, account, caller) = (session.id, account.id, caller.clone());
        self.write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                sessions::end(tx, id).await?;
                events::note(
                    tx,
                    Kind::RefreshTokenReused,
                    Some(account),
                    None,
                    &caller,
                    &[("session", id.to_string())],
                )
                .await?;
                Ok(((), vec![Event::Session(id)]))
            })
        })
        .await?;
        tracing::warn!(session = %id, "a refresh token was used twice; its session has ended");
        Err(refused())
    }

    /// The session of a refresh token, to end it: a log-out needs no access token that is still good.
    ///
    /// # Errors
    /// What the database says.
    pub async fn log_out_by_refresh_token(&self, caller: &Caller, token: &str) -> Result<()> {
        let Some(pair) = Pair::parse(token) else { return Ok(()) };
        let mut conn = self.db.read().await?;
        let found = sessions::by_handle(&mut conn, &secrets::hash(&pair.handle)).await?;
        drop(conn);
        match found {
            Some(found) => self.end(caller, found.account.id, found.session.id, Kind::LogOut, None).await.map(drop),
            None => Ok(()),
        }
    }

    /// Ends the session of the caller.
    ///
    /// # Errors
    /// What the database says.
    pub async fn log_out(&self, caller: &Caller, known: &Known) -> Result<()> {
        self.end(caller, known.account, known.session, Kind::LogOut, None).await.map(drop)
    }

    /// Ends all sessions of an account; gives how many.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; what the database says.
    pub async fn log_out_everywhere(&self, caller: &Caller, viewer: &Viewer, account: AccountId) -> Result<usize> {
        policy::may_to(viewer, Action::EndSessions, Whose::account(viewer, account))?;
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                let ended = sessions::end_all(tx, account, None).await?;
                let n = ended.len();
                events::note(tx, Kind::LogOutEverywhere, Some(account), actor, &caller, &[("sessions", n.to_string())])
                    .await?;
                Ok((n, ended.into_iter().map(Event::Session).collect()))
            })
        })
        .await
    }

    /// The sessions of an account that go on, the one that was used last first.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; what the database says.
    pub async fn sessions(&self, viewer: &Viewer, account: AccountId) -> Result<Vec<Session>> {
        policy::may_to(viewer, Action::SeeAccount, Whose::account(viewer, account))?;
        let mut conn = self.db.read().await?;
        sessions::of_account(&mut conn, account, self.now()).await
    }

    /// Ends one session; false when there was none that went on.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it is somebody else's and the caller no administrator; what the database says.
    pub async fn revoke_session(&self, caller: &Caller, viewer: &Viewer, id: SessionId) -> Result<bool> {
        let mut conn = self.db.read().await?;
        let found = crate::store::sessions::by_id(&mut conn, id).await?;
        drop(conn);
        let none = || Error::new(Code::NotFound, "You have no such session; list them to see which there are.");
        // Who may not see it learns as much as of one that is not there; strangers are told to log in.
        policy::may_to(viewer, Action::EndSessions, Whose::Own)?;
        let account = found.map(|found| found.account.id).ok_or_else(none)?;
        policy::may_to(viewer, Action::EndSessions, Whose::account(viewer, account)).map_err(|_| none())?;
        self.end(caller, account, id, Kind::SessionRevoked, viewer.account()).await
    }

    async fn end(
        &self,
        caller: &Caller,
        account: AccountId,
        id: SessionId,
        kind: Kind,
        actor: Option<AccountId>,
    ) -> Result<bool> {
        let caller = caller.clone();
        self.write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                if !sessions::end(tx, id).await? {
                    return Ok((false, vec![]));
                }
                events::note(tx, kind, Some(account), actor, &caller, &[("session", id.to_string())]).await?;
                Ok((true, vec![Event::Session(id)]))
            })
        })
        .await
    }
}
