//! "Forgot password?": a link by mail, good once and for half an hour.
//!
//! What is asked is queued whether or not there is such an account, in one insert of one shape; who it is for is looked
//! up when the mail is sent. So answer and time are the same, and the link's secret stands nowhere but in the mail.

use serde::{Deserialize, Serialize};

use super::accounts::forget_links;
use super::events::{self, Kind};
use super::letters::Mail;
use super::limits::{self, Asked};
use super::sign_up::{checked_email, expired};
use super::{Caller, Identity, secrets};
use crate::error::Result;
use crate::model::account::Status;
use crate::model::id::AccountId;
use crate::store::identity_log::Event;
use crate::store::{accounts, mail_queue, one_time, sessions};

/// What a link to reset a password is kept for.
pub(super) const RESET: &str = "reset_password";

/// Whose password a link resets.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Reset {
    pub account: AccountId,
}

impl Identity {
    /// Has a link mailed to whoever has an account with this address.
    ///
    /// # Errors
    /// `INVALID_INPUT` for what is no address; `RATE_LIMITED`.
    pub async fn forgot_password(&self, caller: &Caller, email: &str) -> Result<()> {
        self.limits.ask(Asked::Reset, caller.address)?;
        let (mail, caller) = (Mail::Reset { email: checked_email(email)? }, caller.clone());
        self.write(move |tx| {
            let (mail, caller) = (mail.clone(), caller.clone());
            Box::pin(async move {
                mail_queue::put(tx, mail.kind(), &mail).await?;
                events::note(tx, Kind::ResetAsked, None, None, &caller, &[]).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Sets another password by the token of such a link. All sessions end, and the owner is told by mail.
    ///
    /// # Errors
    /// `LINK_EXPIRED`; `WEAK_PASSWORD`, which leaves the link good; `RATE_LIMITED`.
    pub async fn reset_password(&self, caller: &Caller, token: &str, password: &str) -> Result<()> {
        self.limits.ask(Asked::Reset, caller.address)?;
        let hash = secrets::hash(token);
        let mut conn = self.db.read().await?;
        let reset: Reset = one_time::look(&mut conn, &hash, RESET, self.now()).await?.ok_or_else(expired)?;
        let account =
            accounts::by_id(&mut conn, reset.account).await?.filter(|account| account.status == Status::Active);
        let account = account.ok_or_else(expired)?;
        drop(conn);
        self.check_password(password, account.email.as_deref(), &account.name)?;
        let password = self.passwords.hash(password).await?;
        let (who, from) = (account.clone(), caller.clone());
        self.write(move |tx| {
            let (hash, password, account, caller) = (hash.clone(), password.clone(), who.clone(), from.clone());
            Box::pin(async move {
                let now = accounts::lock(tx, account.id).await?.map(|found| found.account);
                if !now.is_some_and(|now| now.status == Status::Active)
                    || one_time::take::<Reset>(tx, &hash, RESET).await?.is_none()
                {
                    return Err(expired());
                }
                let epoch = accounts::set_password(tx, account.id, &password).await?;
                let ended = sessions::end_all(tx, account.id, None).await?;
                // Whoever had the password may have asked for another address; and other links are void.
                forget_links(tx, account.id).await?;
                events::note(tx, Kind::ResetDone, Some(account.id), None, &caller, &[]).await?;
                if let Some(to) = account.email {
                    let notice = Mail::PasswordChanged { to, name: account.name };
                    mail_queue::put(tx, notice.kind(), &notice).await?;
                }
                let ended = ended.into_iter().map(Event::Session);
                Ok(((), ended.chain([Event::Account(account.id, epoch)]).collect()))
            })
        })
        .await?;
        self.limits.forgive(limits::key(account.email.as_deref().unwrap_or_default()), caller.address);
        self.wake.notify_one();
        Ok(())
    }
}
