//! Whose account it is that somebody has who comes from a provider.

use super::super::events::{self, Kind};
use super::super::letters::Mail;
use super::super::log_in::suspended;
use super::super::{Caller, Identity};
use super::Provider;
use super::profile::Profile;
use crate::config::SignUp;
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Status};
use crate::model::viewer::Role;
use crate::store::{Tx, accounts, identities, mail_queue};

impl Identity {
    /// The account of somebody who has proved at a provider who they are: the one that is linked; else the one with their
    /// address, where the provider speaks for it; else a new one, where everybody may sign up.
    ///
    /// # Errors
    /// `LINK_REQUIRED` when their address has an account and the provider does not speak for it; `ACCOUNT_SUSPENDED`;
    /// `SIGN_UP_CLOSED`.
    pub(super) async fn arrive(&self, caller: &Caller, provider: &Provider, profile: Profile) -> Result<Account> {
        let open = self.settings.auth.sign_up == SignUp::Open;
        let (id, name) = (provider.id.clone(), provider.settings.name.clone());
        let caller = caller.clone();
        let account = self
            .write(move |tx| {
                let (id, name, profile, caller) = (id.clone(), name.clone(), profile.clone(), caller.clone());
                Box::pin(async move {
                    if let Some(found) = identities::find(tx.conn(), &id, &profile.subject).await? {
                        identities::touch(tx, &id, &profile.subject).await?;
                        let account = accounts::by_id(tx.conn(), found.account).await?;
                        return Ok((account.ok_or_else(suspended)?, vec![]));
                    }
                    let known = match profile.verified_email() {
                        Some(email) => accounts::by_email(tx.conn(), email).await?.map(|found| found.account),
                        None => None,
                    };
                    let account = match known {
                        Some(account) if profile.speaks_for_email => {
                            if account.status != Status::Active {
                                return Err(suspended());
                            }
                            tie(tx, &caller, &account, &id, &name, &profile).await?;
                            account
                        }
                        Some(_) => return Err(link_required(&name)),
                        None if open => new(tx, &caller, &id, &profile).await?,
                        None => {
                            let says = "There is no account for you here, and accounts are not made in this way; ask an administrator.";
                            return Err(Error::new(Code::SignUpClosed, says));
                        }
                    };
                    Ok((account, vec![]))
                })
            })
            .await?;
        self.wake.notify_one();
        if account.status == Status::Active { Ok(account) } else { Err(suspended()) }
    }
}

fn link_required(provider: &str) -> Error {
    let says = format!(
        "Your address has an account here that is not linked with {provider}. Log in with your password, and link {provider} there."
    );
    Error::new(Code::LinkRequired, says)
}

/// Links an account that is there with somebody at a provider, and tells the owner.
pub(super) async fn tie(
    tx: &mut Tx,
    caller: &Caller,
    account: &Account,
    provider: &str,
    provider_name: &str,
    profile: &Profile,
) -> Result<()> {
    let (email, name) = (profile.email.as_deref(), profile.name.as_deref());
    identities::link(tx, account.id, provider, &profile.subject, email, name).await?;
    let detail = [("provider", provider.to_owned())];
    events::note(tx, Kind::ProviderLinked, Some(account.id), None, caller, &detail).await?;
    if let Some(to) = &account.email {
        let (to, name, provider) = (to.clone(), account.name.clone(), provider_name.to_owned());
        let notice = Mail::ProviderLinked { to, name, provider };
        mail_queue::put(tx, notice.kind(), &notice).await?;
    }
    Ok(())
}

/// Makes an account. An address becomes its own only where the provider is trusted with it: with one that somebody else
/// may own, the owner could later be led to take the account for theirs. From another provider it becomes the account's
/// when a link that is mailed there is followed.
async fn new(tx: &mut Tx, caller: &Caller, provider: &str, profile: &Profile) -> Result<Account> {
    let new = accounts::New {
        email: profile.verified_email().filter(|_| profile.speaks_for_email).map(ToOwned::to_owned),
        name: profile.shown_name().to_owned(),
        roles: Role::Reader.into(),
        password: None,
    };
    let account = accounts::insert(tx, &new).await?;
    let (email, name) = (profile.email.as_deref(), profile.name.as_deref());
    identities::link(tx, account.id, provider, &profile.subject, email, name).await?;
    if account.email.is_none()
        && let Some(email) = profile.verified_email()
    {
        let mail = Mail::ChangeEmail { account: account.id, email: email.to_owned(), epoch: account.epoch };
        mail_queue::put(tx, mail.kind(), &mail).await?;
    }
    let detail = [("by", provider.to_owned())];
    events::note(tx, Kind::AccountCreated, Some(account.id), None, caller, &detail).await?;
    Ok(account)
}
