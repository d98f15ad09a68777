//! `[provider.NAME]`: where people have accounts already and may log in with them; `[outbound]`: how they are asked.

use serde::{Deserialize, Serialize};

use super::Secret;

/// `[provider.NAME]`: one provider. Keys that a provider does not have are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderSettings {
    /// What the button says.
    pub name: String,
    /// Who we are there; empty when the provider is off.
    pub client_id: String,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<Secret>,
    /// OpenID Connect: who signs the identities.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// Apple: the team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team_id: Option<String>,
    /// Apple: the key's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key_id: Option<String>,
    /// Apple: the key, in PEM.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key: Option<Secret>,
    /// Apple: the file that has the key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub private_key_file: Option<String>,
    /// What is asked for.
    pub scopes: Vec<String>,
    /// OAuth: where people are sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization_url: Option<String>,
    /// OAuth: where the code is exchanged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token_url: Option<String>,
    /// OAuth: what says who they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo_url: Option<String>,
    /// GitHub: what says which of their addresses are verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub emails_url: Option<String>,
    /// OpenID Connect: how the answer comes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response_mode: Option<ResponseMode>,
    /// Whether a verified address that it tells opens the account that has it already.
    pub trusts_email: bool,
}

/// How a provider answers (OAuth 2.0 Form Post Response Mode).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResponseMode {
    /// In the query of the address that it leads back to.
    Query,
    /// As a form that it has the browser send.
    FormPost,
}

/// What a provider speaks; its id says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderKind {
    /// X: OAuth 2.0 with PKCE, and a profile of its own.
    X,
    /// GitHub: the same, with another profile.
    GitHub,
    /// OpenID Connect as Google speaks it.
    Google,
    /// OpenID Connect as Apple speaks it.
    Apple,
    /// OpenID Connect.
    OpenId,
}

impl ProviderKind {
    /// What the provider with this id speaks.
    pub fn of(id: &str) -> ProviderKind {
        match id {
            "x" => ProviderKind::X,
            "github" => ProviderKind::GitHub,
            "google" => ProviderKind::Google,
            "apple" => ProviderKind::Apple,
            _ => ProviderKind::OpenId,
        }
    }
}

impl ProviderSettings {
    /// Whether one may log in there.
    pub fn is_on(&self) -> bool {
        !self.client_id.is_empty()
    }

    /// The client secret, if there is one.
    pub fn secret(&self) -> Option<&str> {
        self.client_secret.as_ref().map(Secret::reveal).filter(|secret| !secret.is_empty())
    }
}

/// Whether this can be the id of a provider: it stands in addresses and in the names of environment variables.
pub(super) fn is_id(text: &str) -> bool {
    text.len() <= 32 && crate::model::slug::is_slug(text)
}

/// `[outbound]`: requests that this server makes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutboundSettings {
    /// Whether they may go to private addresses, and without TLS.
    pub allow_private: bool,
}
