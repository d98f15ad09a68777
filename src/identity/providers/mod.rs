//! Log-in at a provider: X, Google, GitHub, Apple, and whoever speaks OpenID Connect.
//!
//! The authorization code flow of OAuth 2.0 (RFC 6749, 4.1) with PKCE (RFC 7636) as RFC 9700 wants it. [`start`] sends
//! the browser to the provider; [`callback`] takes it in when it comes back; in token mode the frontend then takes
//! the tokens by [`exchange`]. Who the provider says it is becomes one of our accounts in [`arrive`]; [`link`] is for
//! those who have one already.
//!
//! What keeps strangers out:
//!
//! - the state is random, kept as a hash, good once and for ten minutes, and belongs to the browser that started, by a
//!   cookie: nobody can be logged in to somebody else's account by a link (RFC 6749, 10.12);
//! - each provider has a callback of its own, and the state says which, so none can pass a code off as another's
//!   (RFC 9700, 4.4);
//! - a log-in leads back to addresses of the list `auth.return_to` only ([`crate::config::ReturnTo`]);
//! - in token mode the code that the frontend gets is bound to a verifier that only it has, as PKCE does it;
//! - an account is opened by who somebody is at the provider, not by their address: by that only where the provider is
//!   trusted with it, and never by one that was not verified.

mod apple;
mod arrive;
mod callback;
mod exchange;
mod link;
mod oauth;
mod openid;
mod pkce;
mod profile;
mod start;

use std::collections::BTreeMap;
use std::sync::Arc;

use futures::future::BoxFuture;
use openidconnect::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};

use super::Identity;
use crate::config::{ProviderKind, ProviderSettings, Settings};
use crate::error::{Code, Error, Result};
use crate::model::account::Mode;
use crate::model::id::{AccountId, SessionId};
use crate::outbound::client::{self, Client};

pub use callback::{Answer, Returned};
pub use start::{Start, Started};

/// What the state of a log-in is kept for.
const STATE: &str = "provider_state";
/// How long.
const STATE_LIFE: i64 = 10 * 60_000;

/// A provider, as a log-in box needs it for a button.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginProvider {
    /// Its id.
    pub id: String,
    /// What the button says.
    pub name: String,
    /// Where the button leads, with `returnTo` and the like put behind it.
    pub url: String,
}

/// The providers that one may log in at. Cloning shares what is known of them.
#[derive(Clone)]
pub(super) struct Providers(Arc<BTreeMap<String, Provider>>);

/// A provider that is on.
pub(super) struct Provider {
    id: String,
    settings: ProviderSettings,
    kind: ProviderKind,
    client: Client,
    /// OpenID Connect: what it says of itself.
    discovered: openid::Discovered,
    /// Apple: what client secrets are signed with.
    key: Option<apple::Key>,
}

/// A log-in that has begun, while its state is out.
#[derive(Clone, Serialize, Deserialize)]
struct Begun {
    provider: String,
    /// When the state is void.
    until: i64,
    /// The hash of what the browser's cookie has.
    binding: String,
    /// The verifier whose challenge the provider has.
    verifier: String,
    nonce: String,
    plan: Plan,
    /// What the provider had the browser send as a form.
    form: Option<Answer>,
}

/// What a log-in is to come to.
#[derive(Clone, Serialize, Deserialize)]
struct Plan {
    return_to: String,
    mode: Mode,
    remember: bool,
    /// In token mode: the frontend's challenge.
    challenge: Option<String>,
    link: Option<Link>,
}

/// Who wants an account at a provider linked with theirs.
#[derive(Clone, Serialize, Deserialize)]
struct Link {
    account: AccountId,
    session: SessionId,
}

impl Providers {
    /// The providers of these settings.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when a key cannot be read.
    pub(super) fn new(settings: &Settings) -> Result<Providers> {
        let mut providers = BTreeMap::new();
        let mut client = None;
        for (id, settings_of) in settings.providers.iter().filter(|(_, provider)| provider.is_on()) {
            let client = match &client {
                None => client.insert(Client::new(&settings.outbound)?),
                Some(client) => client,
            };
            let kind = ProviderKind::of(id);
            let key = if kind == ProviderKind::Apple { Some(apple::Key::read(settings_of)?) } else { None };
            let provider = Provider {
                id: id.clone(),
                settings: settings_of.clone(),
                kind,
                client: client.clone(),
                discovered: openid::Discovered::default(),
                key,
            };
            providers.insert(id.clone(), provider);
        }
        Ok(Providers(Arc::new(providers)))
    }

    /// The provider with this id.
    fn get(&self, id: &str) -> Result<&Provider> {
        self.0.get(id).ok_or_else(|| {
            let says = "One cannot log in at this provider here; list the providers to see at which ones.";
            Error::new(Code::NotFound, says).at("provider")
        })
    }

    /// Whether one may log in there.
    fn has(&self, id: &str) -> bool {
        self.0.contains_key(id)
    }
}

impl Provider {
    /// What the crates of the protocols make their requests with.
    fn http(&self) -> impl Fn(HttpRequest) -> BoxFuture<'static, Result<HttpResponse>> + Send + Sync + use<> {
        let client = self.client.clone();
        move |request| {
            let client = client.clone();
            Box::pin(async move {
                let answer = client.send(request.try_into().map_err(Error::internal)?).await?;
                let mut response = HttpResponse::new(answer.body);
                *response.status_mut() = answer.status;
                *response.headers_mut() = answer.headers;
                Ok(response)
            })
        }
    }

    /// The failure of the provider, told without what it said.
    fn failed(&self, cause: impl Into<crate::error::Cause>) -> Error {
        let says =
            format!("{} did not answer as it should; try again in a moment, or log in otherwise.", self.settings.name);
        Error::new(Code::ProviderFailed, says).because(cause)
    }

    /// Bounds everything that the provider is asked for one step, so that a slow one does not keep a reader waiting.
    async fn in_time<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match tokio::time::timeout(client::TIMEOUT, work).await {
            Ok(done) => done,
            Err(late) => Err(self.failed(late)),
        }
    }
}

impl Identity {
    /// The providers that one may log in at, in the order of their ids.
    pub fn login_providers(&self) -> Vec<LoginProvider> {
        let of = |provider: &Provider| LoginProvider {
            id: provider.id.clone(),
            name: provider.settings.name.clone(),
            url: self.provider_address(&provider.id, "start"),
        };
        self.providers.0.values().map(of).collect()
    }

    /// Nothing where one may log in at this provider.
    ///
    /// # Errors
    /// `NOT_FOUND`.
    pub fn is_provider(&self, id: &str) -> Result<()> {
        self.providers.get(id).map(drop)
    }

    /// The address of one of our endpoints of a provider.
    fn provider_address(&self, id: &str, endpoint: &str) -> String {
        format!("{}/v1/auth/providers/{id}/{endpoint}", self.settings.auth.server(&self.settings.site))
    }
}

/// An address of the list with parameters put behind it.
fn with_parameters(address: &str, parameters: &[(&str, &str)]) -> Result<String> {
    let mut url = url::Url::parse(address).map_err(Error::internal)?;
    url.query_pairs_mut().extend_pairs(parameters);
    Ok(url.into())
}
