//! The shapes around log-in at providers: what is sent and what is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::{self, LinkedIdentity};
use crate::model::time::Instant;

/// A provider that one may log in at.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginProvider {
    /// Its id.
    #[schema(max_length = 32, example = "x")]
    pub id: String,
    /// What the button says.
    #[schema(max_length = 100, example = "X")]
    pub name: String,
    /// Where the button leads, with the parameters of `startAtProvider` put behind it.
    #[schema(format = "uri", max_length = 2000, example = "https://api.example.org/v1/auth/providers/x/start")]
    pub url: String,
}

impl From<identity::LoginProvider> for LoginProvider {
    fn from(provider: identity::LoginProvider) -> LoginProvider {
        LoginProvider { id: provider.id, name: provider.name, url: provider.url }
    }
}

/// The providers that one may log in at, in the order of their ids.
#[derive(Debug, Serialize, ToSchema)]
pub struct LoginProviderList {
    /// The providers.
    pub data: Vec<LoginProvider>,
}

/// Who an account is at a provider.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProviderIdentity {
    /// The provider's id.
    #[schema(max_length = 32, example = "x")]
    pub provider: String,
    /// The address that the provider told, if it did.
    #[schema(required = true, max_length = 254)]
    pub email: Option<String>,
    /// The name that the provider told, if it did.
    #[schema(required = true, max_length = 100, example = "Ada Lovelace")]
    pub name: Option<String>,
    /// When it was linked.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it logged in last.
    #[schema(value_type = String, format = DateTime)]
    pub used_at: Instant,
}

impl From<LinkedIdentity> for ProviderIdentity {
    fn from(identity: LinkedIdentity) -> ProviderIdentity {
        ProviderIdentity {
            provider: identity.provider,
            email: identity.email,
            name: identity.name,
            created_at: identity.created_at,
            used_at: identity.used_at,
        }
    }
}

/// Who an account is at providers, in the order of the links.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProviderIdentityList {
    /// The identities.
    pub data: Vec<ProviderIdentity>,
}

/// What a page sends to link a provider.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LinkForm {
    /// The provider's id.
    #[schema(max_length = 32, example = "x")]
    pub provider: String,
    /// Where the browser shall come back to: an address of the operator's list.
    #[schema(max_length = 2000, example = "https://www.example.org/account")]
    pub return_to: String,
    /// With an access token: the challenge by SHA-256 (RFC 7636, 4.2) of a verifier that the page keeps.
    #[serde(default)]
    #[schema(nullable = true, min_length = 43, max_length = 43)]
    pub code_challenge: Option<String>,
    /// The password; left out by who has none.
    #[serde(default)]
    #[schema(nullable = true, max_length = 1024)]
    pub password: Option<String>,
}

/// Where the browser begins to link a provider.
#[derive(Debug, Serialize, ToSchema)]
pub struct LinkAnswer {
    /// The address to send the browser to. It is good once, for five minutes.
    #[schema(format = "uri", max_length = 2000)]
    pub url: String,
}

/// What a page sends for the `code` that it got.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExchangeForm {
    /// The code.
    #[schema(max_length = 100)]
    pub code: String,
    /// The verifier (RFC 7636, 4.1) that `codeChallenge` was made of.
    #[schema(min_length = 43, max_length = 128)]
    pub code_verifier: String,
}

/// What a provider has the browser send. Other members are ignored (RFC 6749, 4.1.2).
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes a form, of which nothing is refused that is not known")]
pub struct ProviderAnswer {
    /// The state.
    #[schema(max_length = 4096)]
    pub state: String,
    /// The code, if all went well.
    #[schema(nullable = true, max_length = 4096)]
    pub code: Option<String>,
    /// What went wrong, if something did.
    #[schema(nullable = true, max_length = 4096)]
    pub error: Option<String>,
    /// Who answers (RFC 9207).
    #[schema(nullable = true, max_length = 4096)]
    pub iss: Option<String>,
    /// What Apple tells of a new user.
    #[schema(nullable = true, max_length = 4096)]
    pub user: Option<String>,
}
