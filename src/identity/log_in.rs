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
        let (account, proof) = self.prove(caller, &ask.email, &ask.password).await?;
        self.admit_with(caller, account, ask.mode, ask.remember, "password", Some(proof)).await
    }

    /// The account of an address and its password, and the hash that the password fits.
    async fn prove(&self, caller: &Caller, email: &str, password: &str) -> Result<(Account, String)> {
        let key = limits::key(email);
        let strained = self.limits.try_password(key, caller.address)?;
        let tried = self.try_password(caller, email, password, strained).await;
        let found = match tried {
            Ok(found) => found,
            // Nobody was told whether the password is right, so it was no try.
            Err(error) => {
                self.limits.returned(key, caller.address, strained);
                return Err(error);
            }
        };
        let (account, kept, right) = match found {
            Some((found, right)) => (Some(found.account), found.password, right),
            None => (None, None, false),
        };
        let (Some(account), Some(kept), true) = (account.clone(), kept, right) else {
            self.note_failure(caller, account.map(|account| account.id), email).await?;
            return Err(Error::new(
                Code::InvalidCredentials,
                "The address and the password do not fit each other. Check both, or reset the password.",
            ));
        };
        self.limits.succeeded(key, caller.address);
        if Passwords::is_dated(&kept) {
            let new = self.rehash(account.id, kept, password).await?;
            return Ok((account, new));
        }
        Ok((account, kept))
    }

    async fn try_password(
        &self,
        caller: &Caller,
        email: &str,
        password: &str,
        strained: bool,
    ) -> Result<Option<(accounts::WithPassword, bool)>> {
        let mut conn = self.db.read().await?;
        let found = accounts::by_email(&mut conn, email).await?;
        if strained {
            // Asked for whoever it is, so that it takes as long.
            let account = found.as_ref().map_or(AccountId(0), |found| found.account.id);
            if !sessions::knows_place(&mut conn, account, &place(caller)).await? {
                return Err(self.limits.under_attack());
            }
        }
        drop(conn);
        let kept = found.as_ref().and_then(|found| found.password.as_deref());
        let right = self.passwords.verify(password, kept).await?;
        Ok(found.map(|found| (found, right)))
    }

    /// Checks the password of an account that is logged in already, with the same limits.
    pub(super) async fn prove_again(&self, caller: &Caller, account: &Account, password: &str) -> Result<()> {
        let name = account.email.clone().unwrap_or_else(|| account.id.to_string());
        let key = limits::key(&name);
        let strained = self.limits.try_password(key, caller.address)?;
        let checked = async {
            let mut conn = self.db.read().await?;
            let kept = accounts::by_id_with_password(&mut conn, account.id).await?.and_then(|found| found.password);
            drop(conn);
            self.passwords.verify(password, kept.as_deref()).await
        };
        match checked.await {
            Ok(true) => {
                self.limits.succeeded(key, caller.address);
                Ok(())
            }
            Ok(false) => {
                self.note_failure(caller, Some(account.id), &name).await?;
                Err(Error::new(Code::InvalidCredentials, "This is not the password of the account.").at("password"))
            }
            Err(error) => {
                self.limits.returned(key, caller.address, strained);
                Err(error)
            }
        }
    }

    /// The event of a failure; written whether or not there is such an account, so that it takes as long.
    async fn note_failure(&self, caller: &Caller, account: Option<AccountId>, email: &str) -> Result<()> {
        // So that an administrator can tell many tries on one account from one try on many, without keeping addresses.
        let tried = blake3::hash(crate::model::account::email_key(email).as_bytes()).to_hex()[..16].to_owned();
        let locked = self.limits.is_locked(limits::key(email), caller.address);
        let caller = caller.clone();
        self.write(move |tx| {
            let (caller, tried) = (caller.clone(), tried.clone());
            Box::pin(async move {
                let detail = [("tried", tried)];
                events::note(tx, Kind::LogInFailed, account, None, &caller, &detail).await?;
                if locked {
                    events::note(tx, Kind::LockedOut, account, None, &caller, &detail).await?;
                }
                Ok(((), vec![]))
            })
        })
        .await
    }

    /// Keeps the same password by a hash of today's cost; gives it.
    async fn rehash(&self, account: AccountId, old: String, password: &str) -> Result<String> {
        let new = self.passwords.hash(password).await?;
        let kept = new.clone();
        self.write(move |tx| {
            let (old, new) = (old.clone(), new.clone());
            Box::pin(async move {
                accounts::rehash(tx, account, &old, &new).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        Ok(kept)
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
        self.admit_with(caller, account, mode, remember, by, None).await
    }

    /// The same, where `proof` is the hash that a password was found to fit: it must still be the account's.
    async fn admit_with(
        &self,
        caller: &Caller,
        account: Account,
        mode: Mode,
        remember: bool,
        by: &str,
        proof: Option<String>,
    ) -> Result<Grant> {
        let how = Beginning::new(caller, mode, remember);
        let (identity, caller, who, by) = (self.clone(), caller.clone(), account.id, by.to_owned());
        let begun = self
            .write(move |tx| {
                let (identity, caller, how, by) = (identity.clone(), caller.clone(), how.clone(), by.clone());
                let proof = proof.clone();
                Box::pin(async move {
                    // As it is now, and stays until the session is there: a suspension, or another password, that came
                    // between counts, and one that comes later ends the session.
                    let found = accounts::lock(tx, who).await?;
                    let found = found.filter(|found| found.account.status == Status::Active);
                    let Some(found) = found else {
                        events::note(tx, Kind::LogInRefused, Some(who), None, &caller, &[("by", by)]).await?;
                        return Ok((None, vec![]));
                    };
                    if proof.is_some() && found.password != proof {
                        let says = "The password was changed just now. Log in with the new one.";
                        return Err(Error::new(Code::InvalidCredentials, says));
                    }
                    let account = found.account;
                    let (session, held, ended) = identity.begin(tx, &account, &how).await?;
                    let detail = [
                        ("by", by),
                        ("session", session.id.to_string()),
                        ("device", session.device.clone()),
                        ("remember", session.remember.to_string()),
                    ];
                    events::note(tx, Kind::LogIn, Some(who), None, &caller, &detail).await?;
                    Ok((Some((account, session, held)), ended))
                })
            })
            .await?;
        match begun {
            Some((account, session, held)) => self.grant(account, session, held),
            None => Err(suspended()),
        }
    }
}
