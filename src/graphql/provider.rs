//! Providers that one may log in at, and links with them.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::account::SessionPayload;
use super::asker::asker;
use super::scalars::DateTime;
use crate::error::Result;
use crate::identity::{self, LinkedIdentity, Start};

/// A provider that one may log in at.
#[derive(SimpleObject)]
pub struct LoginProvider {
    /// Its id.
    id: ID,
    /// What the button says.
    name: String,
    /// Where the button leads, with `returnTo`, `mode`, `remember` and `codeChallenge` put behind it, as the REST door
    /// describes them (`startAtProvider`).
    url: String,
}

impl From<identity::LoginProvider> for LoginProvider {
    fn from(provider: identity::LoginProvider) -> LoginProvider {
        LoginProvider { id: ID(provider.id), name: provider.name, url: provider.url }
    }
}

/// The providers that one may log in at; none where there are no accounts.
pub(super) fn login_providers(ctx: &Context<'_>) -> Vec<LoginProvider> {
    let Ok(asker) = asker(ctx) else { return Vec::new() };
    asker.identity.login_providers().into_iter().map(Into::into).collect()
}

/// Who an account is at a provider.
pub struct ProviderIdentity(pub LinkedIdentity);

/// Who an account is at a provider.
#[Object]
impl ProviderIdentity {
    /// Names the link: the provider's id, and its own id of them.
    async fn id(&self) -> ID {
        ID(format!("{}:{}", self.0.provider, self.0.subject))
    }

    /// The provider's id.
    async fn provider(&self) -> ID {
        ID(self.0.provider.clone())
    }

    /// The address that the provider told, if it did.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// The name that the provider told, if it did.
    async fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// When it was linked.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it logged in last.
    async fn used_at(&self) -> DateTime {
        DateTime(self.0.used_at)
    }
}

/// What a page sends to link a provider.
#[derive(InputObject)]
pub struct LinkProviderInput {
    /// The provider's id.
    pub provider: ID,
    /// Where the browser shall come back to: an address of the operator's list.
    pub return_to: String,
    /// With an access token: the challenge by SHA-256 (RFC 7636, 4.2) of a verifier that the page keeps.
    pub code_challenge: Option<String>,
    /// The password; left out by who has none.
    pub password: Option<String>,
}

/// Begins to link a provider; gives where to send the browser.
pub(super) async fn link(ctx: &Context<'_>, input: LinkProviderInput) -> Result<String> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.writing().await?;
    let ask =
        Start { return_to: input.return_to, mode: known.mode, remember: false, code_challenge: input.code_challenge };
    let password = input.password.as_deref();
    asker.identity.start_link(&asker.caller, &known, &input.provider, &ask, password).await
}

/// Ends linking a provider.
pub(super) async fn confirm(ctx: &Context<'_>, code: &str, verifier: &str) -> Result<ProviderIdentity> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.writing().await?;
    Ok(ProviderIdentity(asker.identity.confirm_link(&asker.caller, &known, None, code, verifier).await?))
}

/// Removes the link with a provider.
pub(super) async fn unlink(ctx: &Context<'_>, provider: &str) -> Result<bool> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.writing().await?;
    asker.identity.unlink(&asker.caller, &known, provider).await?;
    Ok(true)
}

/// Gives the tokens of a log-in at a provider.
pub(super) async fn exchange(ctx: &Context<'_>, code: &str, verifier: &str) -> Result<SessionPayload> {
    let asker = asker(ctx)?;
    asker.personal();
    Ok(asker.identity.exchange(&asker.caller, code, verifier).await?.into())
}
