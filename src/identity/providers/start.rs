//! How a log-in at a provider begins.

use serde::{Deserialize, Serialize};

use super::super::limits::Asked;
use super::super::{Caller, Identity, secrets};
use super::{Begun, Link, Plan, Provider, STATE, STATE_LIFE, pkce, with_parameters};
use crate::config::ProviderKind;
use crate::error::{Code, Error, Result};
use crate::model::account::{Known, Mode};
use crate::store::one_time;

/// What a ticket to link an account is kept for, and how long.
const TICKET: &str = "provider_ticket";
const TICKET_LIFE: i64 = 5 * 60_000;

/// What a log-in box asks for.
#[derive(Debug, Clone)]
pub struct Start {
    /// Where the browser shall come back to: an address of `auth.return_to`.
    pub return_to: String,
    /// How the session is to be carried.
    pub mode: Mode,
    /// "Remember me".
    pub remember: bool,
    /// In token mode: the frontend's challenge by SHA-256 (RFC 7636, 4.2).
    pub code_challenge: Option<String>,
}

/// A log-in that has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Where to send the browser.
    pub location: String,
    /// What its cookie must have when it comes back.
    pub binding: String,
}

/// A ticket to link an account.
#[derive(Clone, Serialize, Deserialize)]
struct Ticket {
    provider: String,
    plan: Plan,
}

/// Whether a browser's cookie can be one of ours.
fn is_binding(text: &str) -> bool {
    text.len() == 43 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

impl Identity {
    /// Begins a log-in. `binding` is what the browser's cookie has of another log-in that is under way, so that two tabs
    /// do not trip over each other. A provider that cannot be reached leads back at once, with an error.
    ///
    /// # Errors
    /// `NOT_FOUND` for a provider that is not on; `INVALID_INPUT`, naming `returnTo` or `codeChallenge`; `RATE_LIMITED`.
    pub async fn start_at_provider(
        &self,
        caller: &Caller,
        provider: &str,
        ask: &Start,
        binding: Option<&str>,
    ) -> Result<Started> {
        self.limits.ask(Asked::Provider, caller.address)?;
        let provider = self.providers.get(provider)?;
        let plan = self.plan(ask, None)?;
        self.set_out(provider, plan, binding).await
    }

    /// Gives the address at which the caller's browser begins to link an account at a provider with theirs. It is good
    /// once, for five minutes. Like a change of password it needs the password, or a fresh log-in where there is none.
    ///
    /// # Errors
    /// `NOT_FOUND` for a provider that is not on; `INVALID_INPUT`, naming `returnTo` or `codeChallenge`; `INVALID_CREDENTIALS`;
    /// `RATE_LIMITED`.
    pub async fn start_link(
        &self,
        caller: &Caller,
        known: &Known,
        provider: &str,
        ask: &Start,
        password: Option<&str>,
    ) -> Result<String> {
        self.limits.ask(Asked::Provider, caller.address)?;
        let provider = self.providers.get(provider)?;
        // How it ends is how the caller is logged in now.
        let ask = Start { mode: known.mode, ..ask.clone() };
        let link = Link { account: known.account, session: known.session };
        let plan = self.plan(&ask, Some(link))?;
        self.proved(caller, known, password).await?;
        let token = secrets::fresh();
        let (hash, subject) = (secrets::hash(&token), known.session.to_string());
        let ticket = Ticket { provider: provider.id.clone(), plan };
        self.write(move |tx| {
            let (hash, subject, ticket) = (hash.clone(), subject.clone(), ticket.clone());
            Box::pin(async move {
                let until = tx.now().plus_millis(TICKET_LIFE);
                one_time::keep(tx, &hash, TICKET, &subject, &ticket, until).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        with_parameters(&self.provider_address(&provider.id, "start"), &[("ticket", &token)])
    }

    /// Begins what a ticket of [`Identity::start_link`] is for.
    ///
    /// # Errors
    /// `LINK_EXPIRED`; `NOT_FOUND` for a provider that is not on; `RATE_LIMITED`.
    pub async fn start_with_ticket(
        &self,
        caller: &Caller,
        provider: &str,
        ticket: &str,
        binding: Option<&str>,
    ) -> Result<Started> {
        self.limits.ask(Asked::Provider, caller.address)?;
        let provider = self.providers.get(provider)?;
        let hash = secrets::hash(ticket);
        let taken: Option<Ticket> = self
            .write(move |tx| {
                let hash = hash.clone();
                Box::pin(async move { Ok((one_time::take(tx, &hash, TICKET).await?, vec![])) })
            })
            .await?;
        let ticket = taken.filter(|ticket| ticket.provider == provider.id);
        let ticket = ticket.ok_or_else(|| super::callback::expired().at("ticket"))?;
        self.set_out(provider, ticket.plan, binding).await
    }

    /// What a log-in is to come to, if that is allowed.
    fn plan(&self, ask: &Start, link: Option<Link>) -> Result<Plan> {
        if !self.settings.auth.return_to.iter().any(|entry| entry.allows(&ask.return_to)) {
            let says = "A log-in may not lead back there; auth.return_to lists the addresses that it may, to the last character.";
            return Err(Error::new(Code::InvalidInput, says).at("returnTo"));
        }
        let challenge = match (ask.mode, &ask.code_challenge) {
            (Mode::Token, Some(challenge)) if pkce::is_challenge(challenge) => Some(challenge.clone()),
            (Mode::Cookie, None) => None,
            (Mode::Cookie, Some(_)) => {
                let says = "In cookie mode there is no code to exchange; leave codeChallenge out.";
                return Err(Error::new(Code::InvalidInput, says).at("codeChallenge"));
            }
            (Mode::Token, _) => {
                let says = "In token mode codeChallenge is needed: the SHA-256 of a secret of 43 to 128 characters, in base64url without padding.";
                return Err(Error::new(Code::InvalidInput, says).at("codeChallenge"));
            }
        };
        Ok(Plan { return_to: ask.return_to.clone(), mode: ask.mode, remember: ask.remember, challenge, link })
    }

    async fn set_out(&self, provider: &Provider, plan: Plan, binding: Option<&str>) -> Result<Started> {
        let binding = binding.filter(|binding| is_binding(binding)).map_or_else(secrets::fresh, ToOwned::to_owned);
        let state = secrets::fresh();
        let now = self.now();
        let until = now.plus_millis(STATE_LIFE);
        let begun = Begun {
            provider: provider.id.clone(),
            until: until.millis(),
            binding: secrets::hash(&binding),
            verifier: secrets::fresh(),
            nonce: secrets::fresh(),
            plan,
            form: None,
        };
        let callback = self.provider_address(&provider.id, "callback");
        let location = match provider.kind {
            ProviderKind::X | ProviderKind::GitHub => provider.oauth_address(&callback, &state, &begun),
            _ => provider.in_time(provider.openid_address(&callback, &state, &begun, now)).await,
        };
        let location = match location {
            Ok(location) => location,
            Err(error) => return Ok(Started { location: super::callback::refusal(&begun.plan, &error)?, binding }),
        };
        let hash = secrets::hash(&state);
        self.write(move |tx| {
            let (hash, begun) = (hash.clone(), begun.clone());
            Box::pin(async move {
                one_time::keep(tx, &hash, STATE, &hash, &begun, until).await?;
                Ok(((), vec![]))
            })
        })
        .await?;
        Ok(Started { location, binding })
    }
}
