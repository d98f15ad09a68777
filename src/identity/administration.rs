//! What administrators do with accounts: make, invite, give roles, suspend.

use super::accounts::{forget_links, no_account};
use super::events::{self, Kind};
use super::letters::Mail;
use super::sign_up::{Invitation, checked_email};
use super::{Caller, Identity, keys, recovery, secrets};
use crate::config::SignUp as Policy;
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Status, checked_name};
use crate::model::id::AccountId;
use crate::model::policy::{self, Action};
use crate::model::viewer::{Role, Roles, Viewer};
use crate::store::identity_log::{self, Event};
use crate::store::{Tx, accounts, mail_queue, one_time, sessions};

/// An account that an administrator makes.
#[derive(Clone)]
pub struct NewAccount {
    /// Its address.
    pub email: String,
    /// Its name.
    pub name: String,
    /// Its roles.
    pub roles: Roles,
    /// Its password; none for one that its owner sets by a link.
    pub password: Option<String>,
}

/// What an administrator changes of an account; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct AccountEdit {
    /// The display name.
    pub name: Option<String>,
    /// All roles that it is to have.
    pub roles: Option<Roles>,
    /// Whether it is suspended.
    pub suspended: Option<bool>,
}

/// Roles of an account: one at least.
fn checked_roles(roles: Roles) -> Result<Roles> {
    if roles.is_empty() || roles.has(Role::Anonymous) || roles.has(Role::System) {
        let words = Role::OF_ACCOUNTS.map(Role::as_str).join(", ");
        return Err(
            Error::new(Code::InvalidInput, format!("An account has one role at least, of {words}.")).at("roles")
        );
    }
    Ok(roles)
}

/// Refuses to take the last administrator away: nobody could make another through the doors. The log is locked before,
/// so that of two administrators who take each other away one sees what the other did.
pub(super) async fn keep_an_administrator(tx: &mut Tx, account: &Account) -> Result<()> {
    let is = |account: &Account| account.roles.has(Role::Admin) && account.status == Status::Active;
    if !is(account) {
        return Ok(());
    }
    let mut after = None;
    loop {
        let some = accounts::list(tx.conn(), after, 500).await?;
        if some.iter().any(|other| other.id != account.id && is(other)) {
            return Ok(());
        }
        match some.last() {
            Some(last) => after = Some(last.id),
            None => break,
        }
    }
    Err(Error::new(Code::Conflict, "This is the last administrator; make another one first."))
}

impl Identity {
    /// Accounts in the order in which they were made, after this one.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators.
    pub async fn accounts(&self, viewer: &Viewer, after: Option<AccountId>, limit: i64) -> Result<Vec<Account>> {
        policy::may(viewer, Action::ManageAccounts)?;
        let mut conn = self.db.read().await?;
        accounts::list(&mut conn, after, limit).await
    }

    /// The account with this address.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `NOT_FOUND`.
    pub async fn account_by_email(&self, viewer: &Viewer, email: &str) -> Result<Account> {
        policy::may(viewer, Action::ManageAccounts)?;
        let mut conn = self.db.read().await?;
        accounts::by_email(&mut conn, email).await?.map(|found| found.account).ok_or_else(no_account)
    }

    /// Makes an account. Its address counts as verified: the administrator answers for it.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `CONFLICT` when the address has an account; `INVALID_INPUT`, `WEAK_PASSWORD`.
    pub async fn create_account(&self, caller: &Caller, viewer: &Viewer, new: NewAccount) -> Result<Account> {
        policy::may(viewer, Action::ManageAccounts)?;
        let (email, name, roles) = (checked_email(&new.email)?, checked_name(&new.name)?, checked_roles(new.roles)?);
        let password = match &new.password {
            Some(password) => {
                self.check_password(password, Some(&email), &name)?;
                Some(self.passwords.hash(password).await?)
            }
            None => None,
        };
        let new = accounts::New { email: Some(email), name, roles, password };
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let (new, caller) = (new.clone(), caller.clone());
            Box::pin(async move {
                if accounts::by_email(tx.conn(), new.email.as_deref().unwrap_or_default()).await?.is_some() {
                    return Err(Error::new(Code::Conflict, "This address has an account already.").at("email"));
                }
                let account = accounts::insert(tx, &new).await?;
                let detail = [("by", "administrator".to_owned()), ("roles", account.roles.to_string())];
                events::note(tx, Kind::AccountCreated, Some(account.id), actor, &caller, &detail).await?;
                Ok((account, vec![]))
            })
        })
        .await
    }

    /// Invites somebody by mail, with the roles that their account will have.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `CONFLICT` when the address has an account; `SIGN_UP_CLOSED` where nobody could
    /// follow the invitation; `INVALID_INPUT`.
    pub async fn invite(&self, caller: &Caller, viewer: &Viewer, email: &str, roles: Roles) -> Result<()> {
        policy::may(viewer, Action::ManageAccounts)?;
        let (email, roles) = (checked_email(email)?, checked_roles(roles)?);
        if self.settings.auth.sign_up == Policy::Closed {
            let says = "Nobody can sign up here, not even who is invited. Make the account yourself, or set auth.sign_up to \
                        \"invitation\".";
            return Err(Error::new(Code::SignUpClosed, says));
        }
        let by = viewer.account();
        let mail = Mail::Invite(Invitation { email: email.clone(), roles: roles.to_string(), by });
        let (caller, actor, email, roles) = (caller.clone(), viewer.account(), email.to_owned(), roles.to_string());
        self.write(move |tx| {
            let (mail, caller, email, roles) = (mail.clone(), caller.clone(), email.clone(), roles.clone());
            Box::pin(async move {
                if accounts::by_email(tx.conn(), &email).await?.is_some() {
                    return Err(Error::new(
                        Code::Conflict,
                        "This address has an account already; give it roles instead.",
                    )
                    .at("email"));
                }
                mail_queue::put(tx, mail.kind(), &mail).await?;
                events::note(tx, Kind::Invited, None, actor, &caller, &[("roles", roles)]).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        self.wake.notify_one();
        Ok(())
    }

    /// Gives an account other roles. Its access tokens die; its sessions go on with the new roles.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `NOT_FOUND`; `CONFLICT` for the last administrator; `INVALID_INPUT`.
    pub async fn set_roles(&self, caller: &Caller, viewer: &Viewer, id: AccountId, roles: Roles) -> Result<Account> {
        self.edit_account(caller, viewer, id, AccountEdit { roles: Some(roles), ..AccountEdit::default() }).await
    }

    /// Suspends an account, or restores it. Its sessions end.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `NOT_FOUND`; `CONFLICT` for the last administrator.
    pub async fn suspend(&self, caller: &Caller, viewer: &Viewer, id: AccountId, suspended: bool) -> Result<Account> {
        let edit = AccountEdit { suspended: Some(suspended), ..AccountEdit::default() };
        self.edit_account(caller, viewer, id, edit).await
    }

    /// Changes name, roles and suspension of an account at once: all that is asked for, or nothing. With other roles its access
    /// tokens die, and its sessions go on; suspended, its sessions end.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `NOT_FOUND`; `CONFLICT` for the last administrator; `INVALID_INPUT`.
    pub async fn edit_account(
        &self,
        caller: &Caller,
        viewer: &Viewer,
        id: AccountId,
        edit: AccountEdit,
    ) -> Result<Account> {
        policy::may(viewer, Action::ManageAccounts)?;
        let name = edit.name.as_deref().map(checked_name).transpose()?;
        let roles = edit.roles.map(checked_roles).transpose()?;
        let suspended = edit.suspended;
        if name.is_none() && roles.is_none() && suspended.is_none() {
            return self.account(viewer, id).await;
        }
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let (name, caller) = (name.clone(), caller.clone());
            Box::pin(async move {
                identity_log::lock(tx).await?;
                let account = living(tx, id).await?;
                let roles = roles.filter(|roles| *roles != account.roles);
                let status = suspended.map(|suspended| if suspended { Status::Suspended } else { Status::Active });
                let status = status.filter(|status| *status != account.status);
                if roles.is_some_and(|roles| !roles.has(Role::Admin)) || status == Some(Status::Suspended) {
                    keep_an_administrator(tx, &account).await?;
                }
                let mut out = Vec::new();
                if let Some(name) = &name {
                    accounts::set_name(tx, id, name).await?;
                    events::note(tx, Kind::NameChanged, Some(id), actor, &caller, &[]).await?;
                }
                if let Some(roles) = roles {
                    out.push(Event::Account(id, accounts::set_roles(tx, id, roles).await?));
                    let detail = [("from", account.roles.to_string()), ("to", roles.to_string())];
                    events::note(tx, Kind::RolesChanged, Some(id), actor, &caller, &detail).await?;
                }
                if let Some(status) = status {
                    // Before the sessions end: a log-in that comes between waits for this, and then sees it.
                    let epoch = accounts::set_status(tx, id, status).await?;
                    let mut kind = Kind::Restored;
                    if status == Status::Suspended {
                        kind = Kind::Suspended;
                        forget_links(tx, id).await?;
                        out.extend(sessions::end_all(tx, id, None).await?.into_iter().map(Event::Session));
                    }
                    events::note(tx, kind, Some(id), actor, &caller, &[]).await?;
                    out.push(Event::Account(id, epoch));
                }
                Ok((living(tx, id).await?, out))
            })
        })
        .await
    }

    /// A link by which the owner of an account sets a password, for the operator to hand over.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; `NOT_FOUND`.
    pub async fn reset_link(&self, caller: &Caller, viewer: &Viewer, id: AccountId) -> Result<String> {
        policy::may(viewer, Action::ManageAccounts)?;
        let token = secrets::fresh();
        let (hash, life) = (secrets::hash(&token), super::millis(self.settings.auth.reset_link));
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let (hash, caller) = (hash.clone(), caller.clone());
            Box::pin(async move {
                let account = living(tx, id).await?;
                let until = tx.now().plus_millis(life);
                one_time::keep(
                    tx,
                    &hash,
                    recovery::RESET,
                    &id.to_string(),
                    &recovery::Reset { account: account.id },
                    until,
                )
                .await?;
                events::note(tx, Kind::ResetAsked, Some(id), actor, &caller, &[("by", "administrator".to_owned())])
                    .await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        Ok(self.settings.auth.page(&self.settings.auth.reset_page, &self.settings.site, &token))
    }

    /// Makes another key that signs access tokens, at once, and the ones of before void: for when one got out.
    ///
    /// # Errors
    /// `FORBIDDEN` for all but administrators; what the database says.
    pub async fn change_keys(&self, caller: &Caller, viewer: &Viewer) -> Result<()> {
        policy::may(viewer, Action::ManageAccounts)?;
        let auth = &self.settings.auth;
        keys::rotate(&self.db, auth.key_rotation, auth.access_token, true).await?;
        self.tokens.keys.load(&self.db).await?;
        self.good.invalidate_all();
        let (caller, actor) = (caller.clone(), viewer.account());
        self.write(move |tx| {
            let caller = caller.clone();
            Box::pin(async move {
                events::note(tx, Kind::KeysChanged, None, actor, &caller, &[]).await?;
                Ok(((), vec![]))
            })
        })
        .await
    }
}

/// An account that is not deleted.
pub(super) async fn living(tx: &mut Tx, id: AccountId) -> Result<Account> {
    let account = accounts::by_id(tx.conn(), id).await?;
    account.filter(|account| account.status != Status::Deleted).ok_or_else(no_account)
}
