//! Sign-up, verification of addresses, invitations.
//!
//! Nobody learns here whether an address has an account: the answer is the same, and what differs is mailed to whoever
//! reads that address. An account comes into being when its address is verified, so none exists that nobody confirmed; the
//! mail says who wants it, since whoever follows its link opens an account whose password they may not have chosen.

use serde::{Deserialize, Serialize};

use super::events::{self, Kind};
use super::letters::Mail;
use super::limits::Asked;
use super::{Caller, Identity, passwords, secrets};
use crate::config::SignUp as Policy;
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Status, checked_name, is_email};
use crate::model::id::AccountId;
use crate::model::viewer::{Role, Roles};
use crate::store::{accounts, mail_queue, one_time};

/// What a link to verify an address is kept for.
pub(super) const SIGN_UP: &str = "sign_up";
/// What a link to change an address is kept for.
pub(super) const CHANGE_EMAIL: &str = "change_email";
/// What an invitation is kept for.
pub(super) const INVITATION: &str = "invitation";

/// What a sign-up form sends.
#[derive(Clone)]
pub struct SignUp {
    /// The address; with an invitation it may be left out.
    pub email: Option<String>,
    /// The display name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The token of an invitation.
    pub invitation: Option<String>,
}

/// What a sign-up came to.
#[derive(Debug)]
pub enum SignedUp {
    /// A mail is on its way; the account is made when its link is followed.
    Mailed,
    /// The account is there: the invitation had proved the address.
    Made(Account),
}

/// A sign-up that waits for its address to be verified.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Pending {
    pub email: String,
    pub name: String,
    pub password: String,
}

/// An invitation that was sent.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Invitation {
    pub email: String,
    pub roles: String,
    /// The administrator who sent it; none for the operator. When they may do so no more, it is void.
    #[serde(default)]
    pub by: Option<AccountId>,
}

/// An address that is to be changed.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct NewEmail {
    pub account: AccountId,
    pub email: String,
    /// The account's epoch when it was asked for: another password, other roles or a suspension make it void.
    pub epoch: i64,
}

/// An address of mail. Whether somebody reads it is found out by mail.
pub(super) fn checked_email(email: &str) -> Result<String> {
    if is_email(email) {
        return Ok(email.to_owned());
    }
    let says = "This is no address of mail; write it like ada@example.org.";
    Err(Error::new(Code::InvalidInput, says).at("email"))
}

pub(super) fn expired() -> Error {
    Error::new(Code::LinkExpired, "This link is unknown, was used, or is too old. Ask for a new one.").at("token")
}

impl Identity {
    /// What a stranger would try as a password of this account.
    pub(super) fn check_password(&self, password: &str, email: Option<&str>, name: &str) -> Result<()> {
        let about = [email.unwrap_or_default(), name, self.settings.site.name.as_str()];
        passwords::check(&self.settings.auth, password, &about)
    }

    /// Signs up.
    ///
    /// # Errors
    /// `SIGN_UP_CLOSED`; `INVALID_INPUT` and `WEAK_PASSWORD`, naming the field; `LINK_EXPIRED` for an invitation that is
    /// not good; `RATE_LIMITED`.
    pub async fn sign_up(&self, caller: &Caller, form: SignUp) -> Result<SignedUp> {
        self.limits.ask(Asked::SignUp, caller.address)?;
        let name = checked_name(&form.name)?;
        match (self.settings.auth.sign_up, &form.invitation) {
            (Policy::Closed, _) => {
                Err(Error::new(Code::SignUpClosed, "Accounts are made by an administrator here; ask one."))
            }
            (_, Some(invitation)) => {
                self.accept(caller, invitation.clone(), form.email.clone(), name, &form.password).await
            }
            (Policy::Invitation, None) => {
                Err(Error::new(Code::SignUpClosed, "Only who is invited can sign up here; ask an administrator."))
            }
            (Policy::Open, None) => {
                let Some(email) = &form.email else {
                    let says = "Without an invitation email is needed: the address to mail a link to.";
                    return Err(Error::new(Code::InvalidInput, says).at("email"));
                };
                let email = checked_email(email)?;
                self.check_password(&form.password, Some(&email), &name)?;
                let password = self.passwords.hash(&form.password).await?;
                let (mail, caller) = (Mail::SignUp(Pending { email, name, password }), caller.clone());
                self.write(move |tx| {
                    let (mail, caller) = (mail.clone(), caller.clone());
                    Box::pin(async move {
                        mail_queue::put(tx, mail.kind(), &mail).await?;
                        events::note(tx, Kind::SignUp, None, None, &caller, &[]).await?;
                        Ok(((), vec![]))
                    })
                })
                .await?;
                self.wake.notify_one();
                Ok(SignedUp::Mailed)
            }
        }
    }

    async fn accept(
        &self,
        caller: &Caller,
        token: String,
        email: Option<String>,
        name: String,
        password: &str,
    ) -> Result<SignedUp> {
        let hash = secrets::hash(&token);
        let mut conn = self.db.read().await?;
        let invitation: Option<Invitation> = one_time::look(&mut conn, &hash, INVITATION, self.now()).await?;
        drop(conn);
        let invitation = invitation.ok_or_else(|| expired().at("invitation"))?;
        let other = |email: &str| {
            crate::model::account::email_key(email) != crate::model::account::email_key(&invitation.email)
        };
        if email.as_deref().is_some_and(other) {
            let says = "The invitation is for another address; leave email out, or ask for an invitation to this one.";
            return Err(Error::new(Code::InvalidInput, says).at("email"));
        }
        self.check_password(password, Some(&invitation.email), &name)?;
        let password = self.passwords.hash(password).await?;
        let caller = caller.clone();
        let made = self.write(move |tx| {
            let (hash, name, password, caller) = (hash.clone(), name.clone(), password.clone(), caller.clone());
            Box::pin(async move {
                let Some(invitation) = one_time::take::<Invitation>(tx, &hash, INVITATION).await? else {
                    return Err(expired().at("invitation"));
                };
                if accounts::by_email(tx.conn(), &invitation.email).await?.is_some() {
                    return Err(Error::new(Code::Conflict, "This address has an account already; log in."));
                }
                if let Some(by) = invitation.by {
                    let inviter = accounts::by_id(tx.conn(), by).await?;
                    let may = |inviter: &Account| inviter.status == Status::Active && inviter.roles.has(Role::Admin);
                    if !inviter.is_some_and(|inviter| may(&inviter)) {
                        return Err(expired().at("invitation"));
                    }
                }
                let roles = Roles::parse(&invitation.roles);
                let new = accounts::New { email: Some(invitation.email), name, roles, password: Some(password) };
                let account = accounts::insert(tx, &new).await?;
                events::note(
                    tx,
                    Kind::AccountCreated,
                    Some(account.id),
                    None,
                    &caller,
                    &[("by", "invitation".to_owned())],
                )
                .await?;
                Ok((account, vec![]))
            })
        });
        Ok(SignedUp::Made(made.await?))
    }

    /// Takes the token of a link that verifies an address: makes the account, or changes its address.
    ///
    /// # Errors
    /// `LINK_EXPIRED`; `CONFLICT` when the address got an account in the meantime; `RATE_LIMITED`.
    pub async fn verify_email(&self, caller: &Caller, token: &str) -> Result<Account> {
        self.limits.ask(Asked::Verification, caller.address)?;
        let (hash, caller) = (secrets::hash(token), caller.clone());
        let verified = self
            .write(move |tx| {
                let (hash, caller) = (hash.clone(), caller.clone());
                Box::pin(async move {
                    let taken = || Error::new(Code::Conflict, "This address has an account already; log in.");
                    if let Some(pending) = one_time::take::<Pending>(tx, &hash, SIGN_UP).await? {
                        if accounts::by_email(tx.conn(), &pending.email).await?.is_some() {
                            return Err(taken());
                        }
                        let Pending { email, name, password } = pending;
                        let new = accounts::New {
                            email: Some(email),
                            name,
                            roles: Role::Reader.into(),
                            password: Some(password),
                        };
                        let account = accounts::insert(tx, &new).await?;
                        let detail = [("by", "sign-up".to_owned())];
                        events::note(tx, Kind::AccountCreated, Some(account.id), None, &caller, &detail).await?;
                        return Ok((account, vec![]));
                    }
                    let Some(change) = one_time::take::<NewEmail>(tx, &hash, CHANGE_EMAIL).await? else {
                        return Err(expired());
                    };
                    if accounts::by_email(tx.conn(), &change.email).await?.is_some() {
                        return Err(taken());
                    }
                    let before = accounts::lock(tx, change.account).await?.map(|found| found.account);
                    let good = |now: &Account| now.status == Status::Active && now.epoch == change.epoch;
                    let Some(before) = before.filter(good) else { return Err(expired()) };
                    accounts::set_email(tx, before.id, &change.email).await?;
                    // A link to reset the password that went to the old address is void.
                    one_time::forget(tx, super::recovery::RESET, &before.id.to_string()).await?;
                    if let Some(old) = before.email {
                        let notice = Mail::EmailChanged { to: old, name: before.name };
                        mail_queue::put(tx, notice.kind(), &notice).await?;
                    }
                    events::note(tx, Kind::EmailChanged, Some(before.id), None, &caller, &[]).await?;
                    let account = accounts::by_id(tx.conn(), before.id).await?.ok_or_else(expired)?;
                    Ok((account, vec![]))
                })
            })
            .await?;
        self.wake.notify_one();
        Ok(verified)
    }
}
