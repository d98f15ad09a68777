//! Mutations of accounts, sessions and providers.

use async_graphql::{Context, ID, Object};

use super::account::{
    Account, CreateAccountInput, LogInInput, Role, SessionPayload, SignUpInput, SignUpStatus, account_id, session_id,
};
use super::asker::asker;
use super::errors::Shown;
use super::mutation::Needs;
use super::provider::{self, LinkProviderInput, ProviderIdentity};
use crate::error::{Code, Error, Result};
use crate::identity::{LogIn, NewAccount, SignUp, SignedUp};
use crate::model::account::Mode;
use crate::model::policy::{self, Action, Whose};

/// What each of them needs.
pub(super) const NEEDS: &[(&str, Needs)] = &[
    ("changeEmail", Some((Action::ChangeAccount, Whose::Own))),
    ("changePassword", Some((Action::ChangeAccount, Whose::Own))),
    ("confirmProviderLink", Some((Action::ChangeAccount, Whose::Own))),
    ("createAccount", Some((Action::ManageAccounts, Whose::Others))),
    ("deleteAccount", Some((Action::DeleteAccount, Whose::Own))),
    ("endSessionsOfAccount", Some((Action::EndSessions, Whose::Others))),
    ("exchangeProviderCode", None),
    ("forgotPassword", None),
    ("inviteAccount", Some((Action::ManageAccounts, Whose::Others))),
    ("linkProvider", Some((Action::ChangeAccount, Whose::Own))),
    ("logIn", None),
    ("logOut", None),
    ("logOutEverywhere", Some((Action::EndSessions, Whose::Own))),
    ("refreshSession", None),
    ("removeAccount", Some((Action::ManageAccounts, Whose::Others))),
    ("resetPassword", None),
    ("restoreAccount", Some((Action::ManageAccounts, Whose::Others))),
    ("revokeSession", Some((Action::EndSessions, Whose::Own))),
    ("setRoles", Some((Action::ManageAccounts, Whose::Others))),
    ("signUp", None),
    ("suspendAccount", Some((Action::ManageAccounts, Whose::Others))),
    ("unlinkProvider", Some((Action::ChangeAccount, Whose::Own))),
    ("updateProfile", Some((Action::ChangeAccount, Whose::Own))),
    ("verifyEmail", None),
];

/// Mutations of accounts, sessions and providers.
#[derive(Default)]
pub struct AccountMutation;

#[Object]
impl AccountMutation {
    /// Log in with address and password. An unknown address and a wrong password are one answer. After some failures the
    /// account is locked for the address that they came from, and for nobody else, for some minutes.
    #[graphql(complexity = "100 + child_complexity")]
    async fn log_in(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the log-in box holds.")] input: LogInInput,
    ) -> async_graphql::Result<SessionPayload> {
        let done: Result<SessionPayload> = async {
            let asker = asker(ctx)?;
            let mode: Mode = input.mode.into();
            if mode == Mode::Cookie && !asker.own_origin {
                let says = "Pages of this origin may not log in with a cookie. Use mode TOKEN, or have the operator list the origin in [cors] origins with credentials = true.";
                return Err(Error::new(Code::Forbidden, says));
            }
            let ask = LogIn { email: input.email, password: input.password, remember: input.remember, mode };
            let grant = asker.identity.log_in(&asker.caller, ask).await?;
            asker.keep_cookie(&grant);
            Ok(grant.into())
        }
        .await;
        done.shown()
    }

    /// Get the next tokens for a refresh token, which is then used up. One that comes a second time ends the session.
    #[graphql(complexity = "5 + child_complexity")]
    async fn refresh_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token that was given last.")] refresh_token: String,
    ) -> async_graphql::Result<SessionPayload> {
        let asker = asker(ctx).shown()?;
        Ok(asker.identity.refresh(&asker.caller, &refresh_token).await.shown()?.into())
    }

    /// Log out: ends the session of the request, or of the refresh token that is sent. True also where there was none.
    #[graphql(complexity = "5")]
    async fn log_out(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The refresh token of the session that is to end.")] refresh_token: Option<String>,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        if let Some(token) = refresh_token {
            asker.identity.log_out_by_refresh_token(&asker.caller, &token).await.shown()?;
        } else if let Some(known) = &asker.known {
            asker.forged_is_refused().shown()?;
            asker.identity.log_out(&asker.caller, known).await.shown()?;
            asker.forget_cookie();
        }
        Ok(true)
    }

    /// End all sessions of the caller's account, this one too; gives how many.
    #[graphql(complexity = "5")]
    async fn log_out_everywhere(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        let asker = asker(ctx).shown()?;
        let (known, account, _) = asker.writing().await.shown()?;
        let ended = asker.identity.log_out_everywhere(&asker.caller, &known.viewer(), account.id).await.shown()?;
        asker.forget_cookie();
        Ok(i32::try_from(ended).unwrap_or(i32::MAX))
    }

    /// End one session of the caller's account; false when it had ended.
    #[graphql(complexity = "5")]
    async fn revoke_session(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the session.")] id: ID,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        let id = session_id(&id).shown()?;
        asker.identity.revoke_session(&asker.caller, &known.viewer(), id).await.shown()
    }

    /// Sign up. The answer is the same whether or not the address has an account.
    #[graphql(complexity = "100")]
    async fn sign_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the form holds.")] input: SignUpInput,
    ) -> async_graphql::Result<SignUpStatus> {
        let asker = asker(ctx).shown()?;
        let form =
            SignUp { email: input.email, name: input.name, password: input.password, invitation: input.invitation };
        Ok(match asker.identity.sign_up(&asker.caller, form).await.shown()? {
            SignedUp::Mailed => SignUpStatus::VerifyEmail,
            SignedUp::Made(_) => SignUpStatus::Created,
        })
    }

    /// Verify an address by the token of a mailed link: makes the account that signed up, or gives an account its new
    /// address. It does not log in.
    #[graphql(complexity = "5")]
    async fn verify_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token that the link has.")] token: String,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        asker.identity.verify_email(&asker.caller, &token).await.shown()?;
        Ok(true)
    }

    /// Have a link to reset the password mailed. The answer is the same whether or not the address has an account.
    #[graphql(complexity = "100")]
    async fn forgot_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address.")] email: String,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        asker.identity.forgot_password(&asker.caller, &email).await.shown()?;
        Ok(true)
    }

    /// Set another password by the token of a mailed link. All sessions end.
    #[graphql(complexity = "100")]
    async fn reset_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The token that the link has.")] token: String,
        #[graphql(desc = "The new password.")] password: String,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        asker.identity.reset_password(&asker.caller, &token, &password).await.shown()?;
        Ok(true)
    }

    /// Set another password. All other sessions end, and access tokens that are out die: refresh afterwards.
    #[graphql(complexity = "100")]
    async fn change_password(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password of now; left out by who has none.")] current_password: Option<String>,
        #[graphql(desc = "The new password.")] password: String,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        let current = current_password.as_deref();
        asker.identity.change_password(&asker.caller, &known, current, &password).await.shown()?;
        Ok(true)
    }

    /// Ask for another address: a link is mailed there, and the address changes when it is followed.
    #[graphql(complexity = "100")]
    async fn change_email(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The new address.")] email: String,
        #[graphql(desc = "The password; left out by who has none.")] password: Option<String>,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        asker.identity.change_email(&asker.caller, &known, password.as_deref(), &email).await.shown()?;
        Ok(true)
    }

    /// Change the display name of the caller's account.
    #[graphql(complexity = "5 + child_complexity")]
    async fn update_profile(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The display name.")] name: String,
    ) -> async_graphql::Result<Account> {
        let asker = asker(ctx).shown()?;
        let (known, account, _) = asker.writing().await.shown()?;
        Ok(Account(asker.identity.rename(&asker.caller, &known.viewer(), account.id, &name).await.shown()?))
    }

    /// Delete the caller's account. It cannot be undone; what the account wrote stays under its name.
    #[graphql(complexity = "100")]
    async fn delete_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The password; left out by who has none.")] password: Option<String>,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        asker.identity.delete_own(&asker.caller, &known, password.as_deref()).await.shown()?;
        asker.forget_cookie();
        Ok(true)
    }

    /// Get the tokens of a log-in at a provider, for the `code` that came back to the page. A code is good once, for two
    /// minutes; a verifier that does not fit uses it up.
    #[graphql(complexity = "5 + child_complexity")]
    async fn exchange_provider_code(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] code: String,
        #[graphql(desc = "The verifier whose challenge the log-in began with.")] code_verifier: String,
    ) -> async_graphql::Result<SessionPayload> {
        provider::exchange(ctx, &code, &code_verifier).await.shown()
    }

    /// Begin to link a provider with the caller's account; gives the address to send the browser to, which is good once, for
    /// five minutes. It comes back to `returnTo`: with a session by cookie it is done then, and `linked` is in the query;
    /// with an access token `code` is, which `confirmProviderLink` takes; else `error`.
    #[graphql(complexity = "100")]
    async fn link_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which provider, and where to come back to.")] input: LinkProviderInput,
    ) -> async_graphql::Result<String> {
        provider::link(ctx, input).await.shown()
    }

    /// End linking a provider, for the `code` that came back to the page.
    #[graphql(complexity = "5 + child_complexity")]
    async fn confirm_provider_link(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The code.")] code: String,
        #[graphql(desc = "The verifier whose challenge the link began with.")] code_verifier: String,
    ) -> async_graphql::Result<ProviderIdentity> {
        provider::confirm(ctx, &code, &code_verifier).await.shown()
    }

    /// Remove the link with a provider. The last way to log in cannot be removed.
    #[graphql(complexity = "5")]
    async fn unlink_provider(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The provider's id.")] provider: ID,
    ) -> async_graphql::Result<bool> {
        provider::unlink(ctx, &provider).await.shown()
    }

    /// Make an account, for administrators, who answer for its address.
    #[graphql(complexity = "100 + child_complexity")]
    async fn create_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the account is to be.")] input: CreateAccountInput,
    ) -> async_graphql::Result<Account> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        let roles = Role::set(&input.roles);
        let new = NewAccount { email: input.email, name: input.name, roles, password: input.password };
        Ok(Account(asker.identity.create_account(&asker.caller, &known.viewer(), new).await.shown()?))
    }

    /// Invite somebody by mail, for administrators.
    #[graphql(complexity = "5")]
    async fn invite_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The address to invite.")] email: String,
        #[graphql(desc = "What the account will be able to do.")] roles: Vec<Role>,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        asker.identity.invite(&asker.caller, &known.viewer(), &email, Role::set(&roles)).await.shown()?;
        Ok(true)
    }

    /// Give an account other roles, for administrators. Its access tokens die, and its sessions go on.
    #[graphql(complexity = "5 + child_complexity")]
    async fn set_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the account.")] id: ID,
        #[graphql(desc = "All roles that it is to have.")] roles: Vec<Role>,
    ) -> async_graphql::Result<Account> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        policy::may(&known.viewer(), Action::ManageAccounts).shown()?;
        let id = account_id(&id).shown()?;
        let roles = Role::set(&roles);
        Ok(Account(asker.identity.set_roles(&asker.caller, &known.viewer(), id, roles).await.shown()?))
    }

    /// Suspend an account, for administrators. Its sessions end.
    #[graphql(complexity = "5 + child_complexity")]
    async fn suspend_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the account.")] id: ID,
    ) -> async_graphql::Result<Account> {
        suspended(ctx, id, true).await.shown()
    }

    /// Restore an account that was suspended, for administrators.
    #[graphql(complexity = "5 + child_complexity")]
    async fn restore_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the account.")] id: ID,
    ) -> async_graphql::Result<Account> {
        suspended(ctx, id, false).await.shown()
    }

    /// End all sessions of an account, for administrators; gives how many.
    #[graphql(complexity = "5")]
    async fn end_sessions_of_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the account.")] id: ID,
    ) -> async_graphql::Result<i32> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        policy::may(&known.viewer(), Action::EndSessions).shown()?;
        // An account that is not there has no sessions either; but who asks has mistaken the id.
        let id = asker.identity.account(&known.viewer(), account_id(&id).shown()?).await.shown()?.id;
        let ended = asker.identity.log_out_everywhere(&asker.caller, &known.viewer(), id).await.shown()?;
        Ok(i32::try_from(ended).unwrap_or(i32::MAX))
    }

    /// Delete somebody's account, for administrators. It cannot be undone; what the account wrote stays under its name.
    #[graphql(complexity = "5")]
    async fn remove_account(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the account.")] id: ID,
    ) -> async_graphql::Result<bool> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.writing().await.shown()?;
        let id = account_id(&id).shown()?;
        asker.identity.remove_account(&asker.caller, &known.viewer(), id).await.shown()?;
        Ok(true)
    }
}

async fn suspended(ctx: &Context<'_>, id: ID, suspended: bool) -> Result<Account> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.writing().await?;
    policy::may(&known.viewer(), Action::ManageAccounts)?;
    let id = account_id(&id)?;
    Ok(Account(asker.identity.suspend(&asker.caller, &known.viewer(), id, suspended).await?))
}
