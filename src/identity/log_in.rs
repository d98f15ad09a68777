//! Log-in by password.

use super::events::{self, Kind};
use super::passwords::Passwords;
use super::sessions::{Beginning, Grant, place};
use super::{Caller, Identity, limits};
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Mode, Status};
use crate::model::id::AccountId;
use crate::store::{accounts, sessions};

/// What a log-in box sends.
#[derive(Clone)]
pub struct LogIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// "Remember me".
    pub remember: bool,
    /// How the session is to be carried.
    pub mode: Mode,
}

impl std::fmt::Debug for LogIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LogIn").field("remember", &self.remember).field("mode", &self.mode).finish_non_exhaustive()
    }
}

pub(super) fn suspended() -> Error {
    Error::new(Code::Suspended, "This account is suspended; ask an administrator of the newsroom.")
}

impl Identity {
    /// Logs in. An unknown address, a wrong password and a deleted account are one answer, and take one time.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS`; `ACCOUNT_SUSPENDED` for who knows the password; `RATE_LIMITED` after too many failures.
    pub async fn log_in(&self, caller: &Caller, ask: LogIn) -> Result<Grant> {
        let found = self.prove(caller, &ask.email, &ask.password).await?;
        self.admit(caller, found, ask.mode, ask.remember, "password").await
    }

    /// The account of an address and its password.
    async fn prove(&self, caller: &Caller, email: &str, password: &str) -> Result<Account> {
        let key = limits::key(email);
        let strained = self.limits.try_password(key, caller.address)?;
        let mut conn = self.db.read().await?;
        let found = accounts::by_email(&mut conn, email).await?;
        if strained {
            let known = match &found {
                Some(found) => sessions::knows_place(&mut conn, found.account.id, &place(caller)).await?,
                None => false,
            };
            if !known {
                return Err(self.limits.under_attack());
            }
        }
        drop(conn);
        let kept = found.as_ref().and_then(|found| found.password.as_deref());
        let right = self.passwords.verify(password, kept).await?;
        let Some(found) = found.filter(|_| right) else {
            let account = None::<AccountId>;
            self.note_failure(caller, account, email).await?;
            return Err(Error::new(
                Code::InvalidCredentials,
                "The address and the password do not fit each other. Check both, or reset the password.",
            ));
        };
        self.limits.succeeded(key, caller.address);
        if let Some(old) = found.password.filter(|kept| Passwords::is_dated(kept)) {
            self.rehash(found.account.id, old, password).await?;
        }
        Ok(found.account)
    }

    /// Checks the password of an account that is logged in already, with the same limits.
    pub(super) async fn prove_again(&self, caller: &Caller, account: &Account, password: &str) -> Result<()> {
        let key = limits::key(account.email.as_deref().unwrap_or_default());
        let mut conn = self.db.read().await?;
        let kept = accounts::by_id_with_password(&mut conn, account.id).await?.and_then(|found| found.password);
        drop(conn);
        self.limits.try_password(key, caller.address)?;
        if self.passwords.verify(password, kept.as_deref()).await? {
            self.limits.succeeded(key, caller.address);
            return Ok(());
        }
        self.note_failure(caller, Some(account.id), "").await?;
        Err(Error::new(Code::InvalidCredentials, "This is not the password of the account.").at("password"))
    }

    /// The event of a failure; written whether or not there is such an account, so that it takes as long.
    async fn note_failure(&self, caller: &Caller, account: Option<AccountId>, email: &str) -> Result<()> {
        // So that an administrator can tell many tries on one account from one try on many, without keeping addresses.
        let tried = blake3::hash(crate::model::account::email_key(email).as_bytes()).to_hex()[..16].to_owned();
        let caller = caller.clone();
        self.write(move |tx| {
            let (caller, tried) = (caller.clone(), tried.clone());
            Box::pin(async move {
                events::note(tx, Kind::LogInFailed, account, None, &caller, &[("tried", tried)]).await?;
                Ok(((), vec![]))
            })
        })
        .await
    }

    async fn rehash(&self, account: AccountId, old: String, password: &str) -> Result<()> {
        let new = self.passwords.hash(password).await?;
        self.write(move |tx| {
            let (old, new) = (old.clone(), new.clone());
            Box::pin(async move {
                accounts::rehash(tx, account, &old, &new).await?;
                Ok(((), vec![]))
            })
        })
        .await
    }

    /// Begins a session for somebody who has proved who they are.
    pub(super) async fn admit(
        &self,
        caller: &Caller,
        account: Account,
        mode: Mode,
        remember: bool,
        by: &str,
    ) -> Result<Grant> {
        let how = Beginning::new(caller, mode, remember);
        let (identity, caller, who, by) = (self.clone(), caller.clone(), account.id, by.to_owned());
        let begun = self
            .write(move |tx| {
                let (identity, caller, how, by) = (identity.clone(), caller.clone(), how.clone(), by.clone());
                Box::pin(async move {
                    // As it is now, in this transaction: a suspension that came between counts.
                    let account = accounts::by_id(tx.conn(), who).await?;
                    let Some(account) = account.filter(|account| account.status == Status::Active) else {
                        events::note(tx, Kind::LogInRefused, Some(who), None, &caller, &[("by", by)]).await?;
                        return Ok((None, vec![]));
                    };
                    let (session, held) = identity.begin(tx, &account, &how).await?;
                    let detail = [
                        ("by", by),
                        ("session", session.id.to_string()),
                        ("device", session.device.clone()),
                        ("remember", session.remember.to_string()),
                    ];
                    events::note(tx, Kind::LogIn, Some(who), None, &caller, &detail).await?;
                    Ok((Some((account, session, held)), vec![]))
                })
            })
            .await?;
        match begun {
            Some((account, session, held)) => self.grant(account, session, held),
            None => Err(suspended()),
        }
    }
}
