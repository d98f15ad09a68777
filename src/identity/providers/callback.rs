//! What a log-in at a provider comes to when the browser is back.

use serde::{Deserialize, Serialize};

use super::super::events::{self, Kind};
use super::super::limits::Asked;
use super::super::sessions::Grant;
use super::super::{Caller, Identity, secrets};
use super::profile::Profile;
use super::{Begun, Plan, Provider, STATE, with_parameters};
use crate::config::ProviderKind;
use crate::error::{Code, Error, Result};
use crate::model::account::{Known, Mode};
use crate::model::id::AccountId;
use crate::store::one_time;

/// The longest code, and the most else, of an answer.
const MOST: usize = 4096;

/// What a provider answers by way of the browser (RFC 6749, 4.1.2).
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Answer {
    /// The state that we gave.
    pub state: String,
    /// The code, if all went well.
    pub code: Option<String>,
    /// What went wrong, if something did.
    pub error: Option<String>,
    /// Who answers (RFC 9207), where it is told.
    pub iss: Option<String>,
    /// What Apple tells of a new user.
    pub user: Option<String>,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").field("error", &self.error).field("iss", &self.iss).finish_non_exhaustive()
    }
}

/// Where the browser goes from the callback.
#[derive(Debug)]
pub struct Returned {
    /// The frontend's page, with `code`, `linked` or `error` put behind it.
    pub location: String,
    /// In cookie mode: the session that has begun.
    pub grant: Option<Grant>,
    /// What went wrong; for the log and not for the page, which gets the code only.
    pub error: Option<Error>,
}

/// What a log-in came to.
enum Outcome {
    Session(Box<Grant>),
    Code(String),
    Linked,
}

pub(super) fn expired() -> Error {
    let says = "This log-in is unknown, was finished, or began too long ago. Go back to the page and begin again.";
    Error::new(Code::LinkExpired, says)
}

/// Where a log-in leads back to that came to nothing: the code of the error, which says nothing of the provider.
pub(super) fn refusal(plan: &Plan, error: &Error) -> Result<String> {
    match error.code() {
        // Something that the operator may have to mend.
        Code::ProviderFailed | Code::Internal => tracing::warn!(?error, "a log-in at a provider came to nothing"),
        _ => tracing::info!(?error, "a log-in at a provider came to nothing"),
    }
    with_parameters(&plan.return_to, &[("error", &error.code().name().to_ascii_lowercase())])
}

impl Identity {
    /// Keeps what a provider had the browser send as a form (OAuth 2.0 Form Post Response Mode), and gives the address at
    /// which the browser comes back by itself: a form that another site sends carries no cookie of ours.
    ///
    /// # Errors
    /// `LINK_EXPIRED` when the state is not good; `INVALID_INPUT` for what is too long; `RATE_LIMITED`.
    pub async fn posted_by_provider(&self, caller: &Caller, provider: &str, answer: Answer) -> Result<String> {
        let provider = self.providers.get(provider)?;
        check(&answer)?;
        let hash = secrets::hash(&answer.state);
        let state = answer.state.clone();
        let id = provider.id.clone();
        let kept = self
            .write(move |tx| {
                let (hash, answer, id) = (hash.clone(), answer.clone(), id.clone());
                Box::pin(async move {
                    let now = tx.now();
                    let begun: Option<Begun> = one_time::look(tx.conn(), &hash, STATE, now).await?;
                    let Some(begun) = begun.filter(|begun| begun.provider == id && begun.form.is_none()) else {
                        return Ok((false, vec![]));
                    };
                    let until = crate::model::time::Instant::from_millis(begun.until);
                    let begun = Begun { form: Some(answer), ..begun };
                    one_time::keep(tx, &hash, STATE, &hash, &begun, until).await?;
                    Ok((true, vec![]))
                })
            })
            .await?;
        if !kept {
            self.limits.ask(Asked::Provider, caller.address)?;
            return Err(expired());
        }
        with_parameters(&self.provider_address(&provider.id, "callback"), &[("state", &state)])
    }

    /// Takes in a browser that comes back from a provider. `binding` is what its cookie has, `session` who is logged in in
    /// it by a cookie. Whatever went wrong once it is known where the browser came from is told there.
    ///
    /// # Errors
    /// `LINK_EXPIRED` when the state is not good; `WRONG_BROWSER` when it is of another one; `INVALID_INPUT` for what is
    /// too long; `RATE_LIMITED`.
    pub async fn callback(
        &self,
        caller: &Caller,
        provider: &str,
        answer: Answer,
        binding: Option<&str>,
        session: Option<&Known>,
    ) -> Result<Returned> {
        let provider = self.providers.get(provider)?;
        check(&answer)?;
        let hash = secrets::hash(&answer.state);
        // In a transaction of its own: whatever comes of it, the state is used up.
        let taken: Option<Begun> = self
            .write(move |tx| {
                let hash = hash.clone();
                Box::pin(async move { Ok((one_time::take(tx, &hash, STATE).await?, vec![])) })
            })
            .await?;
        let Some(begun) = taken.filter(|begun| begun.provider == provider.id) else {
            self.limits.ask(Asked::Provider, caller.address)?;
            return Err(expired());
        };
        if !binding.is_some_and(|binding| secrets::same(&begun.binding, &secrets::hash(binding))) {
            let says = "This log-in was begun in another browser, or the browser keeps no cookies. Go back to the page and begin again.";
            return Err(Error::new(Code::WrongBrowser, says));
        }
        let answer = match begun.form.clone() {
            Some(form) => form,
            None => answer,
        };
        let plan = begun.plan.clone();
        let outcome = self.come_back(caller, provider, begun, answer, session).await;
        Ok(match outcome {
            Ok(Outcome::Session(grant)) => Returned { location: plan.return_to, grant: Some(*grant), error: None },
            Ok(Outcome::Code(code)) => {
                let location = with_parameters(&plan.return_to, &[("code", &code)])?;
                Returned { location, grant: None, error: None }
            }
            Ok(Outcome::Linked) => {
                let location = with_parameters(&plan.return_to, &[("linked", &provider.id)])?;
                Returned { location, grant: None, error: None }
            }
            Err(error) => {
                self.note_refusal(caller, provider, &plan, &error).await?;
                Returned { location: refusal(&plan, &error)?, grant: None, error: Some(error) }
            }
        })
    }

    async fn come_back(
        &self,
        caller: &Caller,
        provider: &Provider,
        begun: Begun,
        answer: Answer,
        session: Option<&Known>,
    ) -> Result<Outcome> {
        let name = &provider.settings.name;
        let code = match (&answer.error, &answer.code) {
            // What else the provider says of it is for nobody's eyes but the log's.
            (Some(error), _) if error == "access_denied" || error == "user_cancelled_authorize" => {
                let says = format!("The log-in was stopped at {name}; begin again, or log in otherwise.");
                return Err(Error::new(Code::AccessDenied, says));
            }
            (Some(error), _) => return Err(provider.failed(format!("it answered {error:?}"))),
            (None, None) => return Err(provider.failed("it answered with neither code nor error")),
            (None, Some(code)) => code,
        };
        let profile = self.profile(provider, &begun, code, &answer).await?;
        match (&begun.plan.link, begun.plan.mode) {
            (Some(link), Mode::Cookie) => {
                let same = |known: &&Known| known.account == link.account && known.session == link.session;
                let Some(known) = session.filter(same) else {
                    let says =
                        "You are not logged in here any more as the one who wanted the link. Log in, and begin again.";
                    return Err(Error::new(Code::Unauthenticated, says));
                };
                self.link_profile(caller, known, &provider.id, profile).await?;
                Ok(Outcome::Linked)
            }
            (Some(link), Mode::Token) => {
                self.keep_link(link.clone(), &provider.id, profile, &begun.plan).await.map(Outcome::Code)
            }
            (None, mode) => {
                let account = self.arrive(caller, provider, profile).await?;
                match mode {
                    Mode::Cookie => {
                        let grant = self.admit(caller, account, mode, begun.plan.remember, &provider.id).await?;
                        // Whoever was logged in in this browser is so no more.
                        if let Some(before) = session {
                            self.log_out(caller, before).await?;
                        }
                        Ok(Outcome::Session(Box::new(grant)))
                    }
                    Mode::Token => self.keep_code(account.id, &provider.id, &begun.plan).await.map(Outcome::Code),
                }
            }
        }
    }

    async fn profile(&self, provider: &Provider, begun: &Begun, code: &str, answer: &Answer) -> Result<Profile> {
        let callback = self.provider_address(&provider.id, "callback");
        let asked = async {
            match provider.kind {
                ProviderKind::X | ProviderKind::GitHub => provider.oauth_profile(&callback, begun, code).await,
                _ => provider.openid_profile(&callback, begun, code, answer, self.now()).await,
            }
        };
        provider.in_time(asked).await
    }

    async fn note_refusal(&self, caller: &Caller, provider: &Provider, plan: &Plan, error: &Error) -> Result<()> {
        let account: Option<AccountId> = plan.link.as_ref().map(|link| link.account);
        let (caller, by, code) = (caller.clone(), provider.id.clone(), error.code().name().to_owned());
        self.write(move |tx| {
            let (caller, detail) = (caller.clone(), [("by", by.clone()), ("code", code.clone())]);
            Box::pin(async move {
                events::note(tx, Kind::LogInRefused, account, None, &caller, &detail).await?;
                Ok(((), vec![]))
            })
        })
        .await
    }
}

fn check(answer: &Answer) -> Result<()> {
    let parts = [&answer.code, &answer.error, &answer.iss, &answer.user].into_iter().flatten().chain([&answer.state]);
    for part in parts {
        if part.len() > MOST {
            return Err(Error::new(Code::InvalidInput, "The answer of the provider is too long."));
        }
    }
    Ok(())
}
