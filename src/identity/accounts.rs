//! What an account's owner changes: name, address, password; and the end of it.

use super::administration::living;
use super::events::{self, Kind};
use super::letters::Mail;
use super::sign_up::{CHANGE_EMAIL, checked_email};
use super::{Caller, Identity, recovery};
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Known, Status, checked_name};
use crate::model::id::AccountId;
use crate::model::policy::{self, Action, Whose};
use crate::model::viewer::{Role, Viewer};
use crate::store::identity_log::{self, Event};
use crate::store::{Tx, accounts, identities, mail_queue, one_time, sessions};

/// What stays of a reader who deletes their account. Whoever wrote keeps their name beside what they wrote.
const NOBODY: &str = "Deleted account";
/// How fresh a log-in must be to stand in the place of a password, where there is none.
const FRESH: i64 = 10 * 60_000;

pub(super) fn no_account() -> Error {
    Error::new(Code::NotFound, "There is no such account.")
}

impl Identity {
    /// An account.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; `NOT_FOUND`.
    pub async fn account(&self, viewer: &Viewer, id: AccountId) -> Result<Account> {
        policy::may_to(viewer, Action::SeeAccount, Whose::account(viewer, id))?;
        let mut conn = self.db.read().await?;
        accounts::by_id(&mut conn, id).await?.ok_or_else(no_account)
    }

    /// Gives an account another name.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; `INVALID_INPUT`, `NOT_FOUND`.
    pub async fn rename(&self, caller: &Caller, viewer: &Viewer, id: AccountId, name: &str) -> Result<Account> {
        policy::may_to(viewer, Action::ChangeAccount, Whose::account(viewer, id))?;
        let (name, caller, actor) = (checked_name(name)?, caller.clone(), viewer.account());
        self.write(move |tx| {
            let (name, caller) = (name.clone(), caller.clone());
            Box::pin(async move {
                living(tx, id).await?;
                accounts::set_name(tx, id, &name).await?;
                events::note(tx, Kind::NameChanged, Some(id), actor, &caller, &[]).await?;
                Ok((accounts::by_id(tx.conn(), id).await?.ok_or_else(no_account)?, vec![]))
            })
        })
        .await
    }

    /// The account of the caller, who has just proved again that it is theirs: by the password, or, where there is none,
    /// by a log-in of the last minutes.
    pub(super) async fn proved(&self, caller: &Caller, known: &Known, password: Option<&str>) -> Result<Account> {
        let (account, session) = self.confirm(known).await?;
        policy::may_to(&known.viewer(), Action::ChangeAccount, Whose::Own)?;
        match password {
            Some(password) => self.prove_again(caller, &account, password).await?,
            None if account.has_password => {
                return Err(
                    Error::new(Code::InvalidCredentials, "The password of now is needed for this.").at("password")
                );
            }
            None if self.now().millis() - session.created_at.millis() > FRESH => {
                let says = "This needs a log-in of the last ten minutes; log in again at your provider.";
                return Err(Error::new(Code::InvalidCredentials, says));
            }
            None => {}
        }
        Ok(account)
    }

    /// Sets another password. All other sessions end, access tokens that are out die, and the owner is told by mail.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS` when `current` is not the password; `WEAK_PASSWORD`; `RATE_LIMITED`.
    pub async fn change_password(
        &self,
        caller: &Caller,
        known: &Known,
        current: Option<&str>,
        new: &str,
    ) -> Result<()> {
        let account = self.proved(caller, known, current).await?;
        self.check_password(new, account.email.as_deref(), &account.name)?;
        let (password, caller, session) = (self.passwords.hash(new).await?, caller.clone(), known.session);
        self.write(move |tx| {
            let (password, caller, account) = (password.clone(), caller.clone(), account.clone());
            Box::pin(async move {
                // Whoever suspended, deleted or reset the account while the password was being checked has the last word.
                let now = accounts::lock(tx, account.id).await?.map(|found| found.account);
                let same = |now: &Account| now.status == Status::Active && now.epoch == account.epoch;
                if !now.is_some_and(|now| same(&now)) {
                    let says = "The account was changed just now. Log in again.";
                    return Err(Error::new(Code::InvalidToken, says));
                }
                // The epoch moves, so that a token that was stolen dies though its session goes on.
                let epoch = accounts::set_password(tx, account.id, &password).await?;
                let ended = sessions::end_all(tx, account.id, Some(session)).await?;
                forget_links(tx, account.id).await?;
                events::note(tx, Kind::PasswordChanged, Some(account.id), None, &caller, &[]).await?;
                if let Some(to) = account.email {
                    let notice = Mail::PasswordChanged { to, name: account.name };
                    mail_queue::put(tx, notice.kind(), &notice).await?;
                }
                let ended = ended.into_iter().map(Event::Session);
                Ok(((), ended.chain([Event::Account(account.id, epoch)]).collect()))
            })
        })
        .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Has a link mailed to another address, which becomes the account's when it is followed.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS` when this is not the password; `INVALID_INPUT`; `RATE_LIMITED`.
    pub async fn change_email(
        &self,
        caller: &Caller,
        known: &Known,
        password: Option<&str>,
        email: &str,
    ) -> Result<()> {
        let email = checked_email(email)?;
        let account = self.proved(caller, known, password).await?;
        // The bound of mails is by whom they go to, and here that is anybody.
        self.limits.may_change_email(account.id)?;
        let (id, epoch) = (account.id, account.epoch);
        let (mail, caller) = (Mail::ChangeEmail { account: id, email, epoch }, caller.clone());
        self.write(move |tx| {
            let (mail, caller, account) = (mail.clone(), caller.clone(), account.clone());
            Box::pin(async move {
                mail_queue::put(tx, mail.kind(), &mail).await?;
                // Who reads the address of now can still stop it, by another password.
                if let Some(to) = account.email {
                    let notice = Mail::EmailChanging { to, name: account.name };
                    mail_queue::put(tx, notice.kind(), &notice).await?;
                }
                events::note(tx, Kind::EmailChangeAsked, Some(account.id), None, &caller, &[]).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Deletes the account of the caller.
    ///
    /// # Errors
    /// `INVALID_CREDENTIALS` when this is not the password; `CONFLICT` for the last administrator.
    pub async fn delete_own(&self, caller: &Caller, known: &Known, password: Option<&str>) -> Result<()> {
        let account = self.proved(caller, known, password).await?;
        self.delete_account(caller, &known.viewer(), account.id).await
    }

    /// Deletes somebody's account, for administrators. One's own goes by the way that asks for the password
    /// ([`Identity::delete_own`]).
    ///
    /// # Errors
    /// As [`Identity::delete_account`]; `FORBIDDEN` for whoever manages no accounts, of their own too.
    pub async fn remove_account(&self, caller: &Caller, viewer: &Viewer, id: AccountId) -> Result<()> {
        policy::may(viewer, Action::ManageAccounts)?;
        self.delete_account(caller, viewer, id).await
    }

    /// Deletes an account: its address, its password, its sessions and its links go. What it wrote stays, under its name.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; `NOT_FOUND`; `CONFLICT` for the last administrator.
    pub async fn delete_account(&self, caller: &Caller, viewer: &Viewer, id: AccountId) -> Result<()> {
        policy::may_to(viewer, Action::DeleteAccount, Whose::account(viewer, id))?;
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                identity_log::lock(tx).await?;
                let account = living(tx, id).await?;
                super::administration::keep_an_administrator(tx, &account).await?;
                let writes = account.roles.iter().any(|role| role != Role::Reader);
                let epoch = accounts::erase(tx, id, if writes { &account.name } else { NOBODY }).await?;
                let ended = sessions::end_all(tx, id, None).await?;
                identities::unlink_all(tx, id).await?;
                forget_links(tx, id).await?;
                events::note(tx, Kind::Deleted, Some(id), actor, &caller, &[]).await?;
                Ok(((), ended.into_iter().map(Event::Session).chain([Event::Account(id, epoch)]).collect()))
            })
        })
        .await
    }
}

/// Forgets the links in mails to an account.
pub(super) async fn forget_links(tx: &mut Tx, id: AccountId) -> Result<()> {
    for purpose in [recovery::RESET, CHANGE_EMAIL] {
        one_time::forget(tx, purpose, &id.to_string()).await?;
    }
    Ok(())
}
