//! The code that a frontend gets in token mode, and what it gets for it.
//!
//! The browser's address may be seen by others than the page: it stands in histories and logs. So there is no token in it,
//! but a code that is good once, for two minutes, and only for whoever has the verifier of the challenge that the log-in
//! began with, as between OAuth's clients and servers (RFC 7636).

use serde::{Deserialize, Serialize};

use super::super::limits::Asked;
use super::super::log_in::suspended;
use super::super::sessions::Grant;
use super::super::{Caller, Identity, secrets};
use super::profile::Profile;
use super::{Link, Plan, pkce};
use crate::error::{Code, Error, Result};
use crate::model::account::{Known, Mode};
use crate::model::id::AccountId;
use crate::store::identities::Identity as Linked;
use crate::store::{accounts, one_time};

/// What a code is kept for that ends a log-in.
const CODE: &str = "provider_code";
/// What a code is kept for that ends a link.
const LINK: &str = "provider_link";
/// How long.
const LIFE: i64 = 2 * 60_000;

/// A log-in that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
struct Admission {
    account: AccountId,
    provider: String,
    remember: bool,
    challenge: String,
}

/// A link that waits for its code.
#[derive(Clone, Serialize, Deserialize)]
struct Wish {
    link: Link,
    provider: String,
    profile: Profile,
    challenge: String,
}

fn expired() -> Error {
    let says = "The code is unknown, was used, or is too old. Begin the log-in again.";
    Error::new(Code::LinkExpired, says).at("code")
}

fn check(challenge: &str, verifier: &str) -> Result<()> {
    if pkce::fits(challenge, verifier) {
        return Ok(());
    }
    let says =
        "The verifier is not the one that the challenge was made of; the code is used up. Begin the log-in again.";
    Err(Error::new(Code::LinkExpired, says).at("codeVerifier"))
}

impl Identity {
    /// Keeps something for whoever has the code that this gives.
    async fn keep_for_code<T>(&self, purpose: &'static str, data: T) -> Result<String>
    where
        T: Serialize + Clone + Send + Sync + 'static,
    {
        let code = secrets::fresh();
        let hash = secrets::hash(&code);
        self.write(move |tx| {
            let (hash, data) = (hash.clone(), data.clone());
            Box::pin(async move {
                let until = tx.now().plus_millis(LIFE);
                one_time::keep(tx, &hash, purpose, &hash, &data, until).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        Ok(code)
    }

    /// What is kept for a code, once: whatever comes of it, the code is used up.
    async fn take_for_code<T>(&self, caller: &Caller, purpose: &'static str, code: &str) -> Result<T>
    where
        T: serde::de::DeserializeOwned + Send + 'static,
    {
        let hash = secrets::hash(code);
        let taken = self
            .write(move |tx| {
                let hash = hash.clone();
                Box::pin(async move { Ok((one_time::take::<T>(tx, &hash, purpose).await?, vec![])) })
            })
            .await?;
        if taken.is_none() {
            self.limits.ask(Asked::Provider, caller.address)?;
        }
        taken.ok_or_else(expired)
    }

    pub(super) async fn keep_code(&self, account: AccountId, provider: &str, plan: &Plan) -> Result<String> {
        let challenge = plan.challenge.clone().ok_or_else(|| Error::internal("a log-in has no challenge"))?;
        let admission = Admission { account, provider: provider.to_owned(), remember: plan.remember, challenge };
        self.keep_for_code(CODE, admission).await
    }

    pub(super) async fn keep_link(&self, link: Link, provider: &str, profile: Profile, plan: &Plan) -> Result<String> {
        let challenge = plan.challenge.clone().ok_or_else(|| Error::internal("a log-in has no challenge"))?;
        self.keep_for_code(LINK, Wish { link, provider: provider.to_owned(), profile, challenge }).await
    }

    /// Ends a log-in at a provider in token mode: gives the tokens for the code that the page got.
    ///
    /// # Errors
    /// `LINK_EXPIRED` for a code that is not good, or a verifier that does not fit; `ACCOUNT_SUSPENDED`; `RATE_LIMITED`.
    pub async fn exchange(&self, caller: &Caller, code: &str, verifier: &str) -> Result<Grant> {
        let admission: Admission = self.take_for_code(caller, CODE, code).await?;
        check(&admission.challenge, verifier)?;
        let mut conn = self.db.read().await?;
        let account = accounts::by_id(&mut conn, admission.account).await?.ok_or_else(suspended)?;
        drop(conn);
        self.admit(caller, account, Mode::Token, admission.remember, &admission.provider).await
    }

    /// Ends a link in token mode. The caller must be the one who began it: nobody's account at a provider is linked with
    /// somebody else's by a link that they are made to follow. `provider` is the one that is meant, where one is named.
    ///
    /// # Errors
    /// `LINK_EXPIRED` for a code that is not good, or a verifier that does not fit; `FORBIDDEN` for another account's;
    /// `CONFLICT` as [`Identity::start_link`] has it.
    pub async fn confirm_link(
        &self,
        caller: &Caller,
        known: &Known,
        provider: Option<&str>,
        code: &str,
        verifier: &str,
    ) -> Result<Linked> {
        let wish: Wish = self.take_for_code(caller, LINK, code).await?;
        if provider.is_some_and(|provider| provider != wish.provider) {
            return Err(expired());
        }
        check(&wish.challenge, verifier)?;
        if wish.link.account != known.account {
            let says = "Another account began this link. Log in to that one, and begin again.";
            return Err(Error::new(Code::Forbidden, says));
        }
        self.link_profile(caller, known, &wish.provider, wish.profile).await
    }
}
