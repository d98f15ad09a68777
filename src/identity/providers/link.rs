//! Links between an account and who its owner is at providers.

use super::super::accounts::no_account;
use super::super::events::{self, Kind};
use super::super::{Caller, Identity};
use super::arrive::tie;
use super::profile::Profile;
use crate::error::{Code, Error, Result};
use crate::model::account::Known;
use crate::model::id::AccountId;
use crate::model::policy::{self, Action, Whose};
use crate::model::viewer::Viewer;
use crate::store::identities::Identity as Linked;
use crate::store::{accounts, identities};

impl Identity {
    /// Who an account is at providers, in the order of the links.
    ///
    /// # Errors
    /// `FORBIDDEN` for somebody else's, unless an administrator asks; what the database says.
    pub async fn identities(&self, viewer: &Viewer, account: AccountId) -> Result<Vec<Linked>> {
        policy::may_to(viewer, Action::SeeAccount, Whose::account(viewer, account))?;
        let mut conn = self.db.read().await?;
        identities::of_account(&mut conn, account).await
    }

    /// Links the caller's account with who they proved to be.
    pub(super) async fn link_profile(
        &self,
        caller: &Caller,
        known: &Known,
        provider: &str,
        profile: Profile,
    ) -> Result<Linked> {
        policy::may_to(&known.viewer(), Action::ChangeAccount, Whose::Own)?;
        self.confirm(known).await?;
        let name = self.providers.get(provider)?.settings.name.clone();
        let (id, caller, who) = (provider.to_owned(), caller.clone(), known.account);
        let linked = self
            .write(move |tx| {
                let (id, name, profile, caller) = (id.clone(), name.clone(), profile.clone(), caller.clone());
                Box::pin(async move {
                    if let Some(found) = identities::find(tx.conn(), &id, &profile.subject).await? {
                        if found.account == who {
                            return Ok((found, vec![]));
                        }
                        let says = format!(
                            "You log in to another account here with {name}. Log in to that one and remove the link there first."
                        );
                        return Err(Error::new(Code::Conflict, says));
                    }
                    let others = identities::of_account(tx.conn(), who).await?;
                    if others.iter().any(|other| other.provider == id) {
                        let says = format!(
                            "Your account is linked with somebody else at {name} already. Remove that link first."
                        );
                        return Err(Error::new(Code::Conflict, says));
                    }
                    let account = accounts::by_id(tx.conn(), who).await?.ok_or_else(no_account)?;
                    tie(tx, &caller, &account, &id, &name, &profile).await?;
                    let found = identities::find(tx.conn(), &id, &profile.subject).await?;
                    Ok((found.ok_or_else(no_account)?, vec![]))
                })
            })
            .await?;
        self.wake.notify_one();
        Ok(linked)
    }

    /// Takes the link with a provider away from the caller's account.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none; `CONFLICT` when it is the only way to log in.
    pub async fn unlink(&self, caller: &Caller, known: &Known, provider: &str) -> Result<()> {
        policy::may_to(&known.viewer(), Action::ChangeAccount, Whose::Own)?;
        self.confirm(known).await?;
        let (identity, id, caller, who) = (self.clone(), provider.to_owned(), caller.clone(), known.account);
        self.write(move |tx| {
            let (identity, id, caller) = (identity.clone(), id.clone(), caller.clone());
            Box::pin(async move {
                // First, so that of two who take the last two links away one sees the other.
                accounts::touch(tx, who).await?;
                let account = accounts::by_id(tx.conn(), who).await?.ok_or_else(no_account)?;
                let links = identities::of_account(tx.conn(), who).await?;
                // A provider that is not on any more lets nobody in.
                let another = links.iter().any(|link| link.provider != id && identity.providers.has(&link.provider));
                if links.iter().all(|link| link.provider != id) {
                    let says = "Your account is not linked with this provider; list the links to see which there are.";
                    return Err(Error::new(Code::NotFound, says).at("provider"));
                }
                // A password is of no use without an address to write beside it.
                let by_password = account.has_password && account.email.is_some();
                if !by_password && !another {
                    let says = "This is the only way to log in to your account. Set a password, or link another provider, first.";
                    return Err(Error::new(Code::Conflict, says));
                }
                identities::unlink(tx, who, &id).await?;
                let detail = [("provider", id)];
                events::note(tx, Kind::ProviderUnlinked, Some(who), None, &caller, &detail).await?;
                Ok(((), vec![]))
            })
        })
        .await
    }
}
