//! `/v1/auth/providers/…`, `/v1/auth/exchange` and `/v1/me/identities`: log-in at a provider, and links with one.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::auth::{DONE, granted};
use super::body::{self, private};
use super::credential::{self, caller, granted_cookie};
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::rate;
use super::reply::JSON;
use super::view::provider::{
    ExchangeForm, LinkAnswer, LinkForm, LoginProviderList, ProviderIdentity, ProviderIdentityList,
};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::identity::{self, Identity, Start};
use crate::model::account::Mode;
use crate::model::policy::Action;

const COST: u32 = 5;
const COST_IN_WORDS: &str = "5 points.";
/// What a step costs for which a provider is asked.
const DEAR: u32 = 20;
const DEAR_IN_WORDS: &str = "20 points.";

const PROVIDER: Parameter = Parameter {
    name: "provider",
    kind: Kind::Name,
    description: "The provider's id, from the list of them.",
    example: "x",
};

/// An answer that sends the browser on.
const ON: Answer =
    Answer { description: "Go on there.", status: 303, content: &[], example: None, headers: Headers::Redirect };

/// `GET /v1/auth/providers`.
pub const LIST: Endpoint = Endpoint {
    id: "listLoginProviders",
    method: Method::Get,
    path: "/v1/auth/providers",
    tag: Tag::Authentication,
    summary: "The providers that one may log in at",
    description: "For the buttons of a log-in box.",
    cost: "1 point.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The providers, in the order of their ids.",
        status: 200,
        content: &[(JSON, Shape::Schema("LoginProviderList"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[],
};

/// Handles [`LIST`].
///
/// # Errors
/// `RATE_LIMITED`.
pub async fn list(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LIST.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, 1)?;
    let data = identity.login_providers().into_iter().map(Into::into).collect();
    private(StatusCode::OK, &LoginProviderList { data })
}

/// `GET /v1/auth/providers/{provider}/start`.
pub const START: Endpoint = Endpoint {
    id: "startAtProvider",
    method: Method::Get,
    path: "/v1/auth/providers/{provider}/start",
    tag: Tag::Authentication,
    summary: "Begin a log-in at a provider",
    description: "For the browser to be sent to, not for scripts. It comes back to `returnTo`: in mode COOKIE with the session's cookie; in mode TOKEN with `code` in the query, which `exchangeProviderCode` takes; when nothing came of it with `error`, the code of a problem in lower case, such as `access_denied` (stopped at the provider), `link_required` (the address has an account that is not linked: log in there and link it), `sign_up_closed`, `account_suspended` or `provider_failed`.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[
        PROVIDER,
        Parameter {
            name: "returnTo",
            kind: Kind::Text(2000),
            description: "Where to come back to: an address of the operator's list (`auth.return_to`), to the last character. Needed unless there is a ticket.",
            example: "https://www.example.org/log-in",
        },
        Parameter {
            name: "mode",
            kind: Kind::Choice(&["TOKEN", "COOKIE"]),
            description: "How the session is to be carried.",
            example: "TOKEN",
        },
        Parameter {
            name: "remember",
            kind: Kind::Choice(&["false", "true"]),
            description: "\"Remember me\".",
            example: "true",
        },
        Parameter {
            name: "codeChallenge",
            kind: Kind::Text(43),
            description: "In mode TOKEN: the SHA-256 in base64url without padding (RFC 7636, 4.2) of a verifier that the page keeps.",
            example: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        },
        Parameter {
            name: "ticket",
            kind: Kind::Text(100),
            description: "What `linkProvider` put into its address; then there is nothing else.",
            example: "",
        },
    ],
    body: None,
    answer: ON,
    problems: &[Code::NotFound, Code::InvalidInput, Code::LinkExpired],
};

/// Handles [`START`].
///
/// # Errors
/// As [`Identity::start_at_provider`] and [`Identity::start_with_ticket`].
pub async fn start(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = START.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let provider = query.text("provider").unwrap_or_default();
    identity.is_provider(provider)?;
    let (caller, binding) = (caller(&req)?, credential::log_in_cookie(&req, &app.settings));
    let started = match query.text("ticket") {
        Some(ticket) => identity.start_with_ticket(&caller, provider, ticket, binding.as_deref()).await?,
        None => {
            let missing = || Error::new(Code::InvalidParameter, "returnTo is needed.").at("returnTo");
            let ask = Start {
                return_to: query.text("returnTo").ok_or_else(missing)?.to_owned(),
                mode: if query.choice("mode") == Some("COOKIE") { Mode::Cookie } else { Mode::Token },
                remember: query.choice("remember") == Some("true"),
                code_challenge: query.text("codeChallenge").map(ToOwned::to_owned),
            };
            identity.start_at_provider(&caller, provider, &ask, binding.as_deref()).await?
        }
    };
    let mut response = on(&started.location)?;
    if let Some(cookie) = credential::set_log_in_cookie(&app.settings, &started.binding) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// 303 (RFC 9110, 15.4.4): whatever came, the browser goes on with GET.
fn on(location: &str) -> Result<HttpResponse> {
    let location = HeaderValue::from_str(location).map_err(Error::internal)?;
    let mut response = HttpResponse::SeeOther();
    // What stands in the address of the callback is nobody else's business.
    response.insert_header((header::LOCATION, location)).insert_header((header::REFERRER_POLICY, "no-referrer"));
    Ok(body::unkept(response.finish()))
}

/// `GET /v1/auth/providers/{provider}/callback`.
pub const CALLBACK: Endpoint = Endpoint {
    id: "returnFromProvider",
    method: Method::Get,
    path: "/v1/auth/providers/{provider}/callback",
    tag: Tag::Authentication,
    summary: "Where a provider sends the browser back to",
    description: "To be registered at the provider. Other parameters are ignored (RFC 6749, 4.1.2). A state that is unknown, used or older than ten minutes is refused, and so is one of another browser.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[
        PROVIDER,
        Parameter {
            name: "state",
            kind: Kind::Needed(4096),
            description: "The state that we gave.",
            example: "b5Zp0PSX",
        },
        Parameter { name: "code", kind: Kind::Text(4096), description: "The provider's code.", example: "" },
        Parameter { name: "error", kind: Kind::Text(4096), description: "What went wrong there.", example: "" },
        Parameter { name: "iss", kind: Kind::Text(4096), description: "Who answers (RFC 9207).", example: "" },
    ],
    body: None,
    answer: ON,
    problems: &[Code::NotFound, Code::InvalidInput, Code::LinkExpired, Code::WrongBrowser],
};

/// Handles [`CALLBACK`].
///
/// # Errors
/// As [`Identity::callback`].
pub async fn callback(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    rate::charge(&req, DEAR)?;
    let answer = answer(req.query_string().as_bytes())?;
    let binding = credential::log_in_cookie(&req, &app.settings);
    let known = credential::known(&req).filter(|known| known.mode == Mode::Cookie);
    let provider = req.match_info().get("provider").unwrap_or_default();
    let returned = identity.callback(&caller(&req)?, provider, answer, binding.as_deref(), known.as_deref()).await?;
    let mut response = on(&returned.location)?;
    if let Some(cookie) = returned.grant.as_ref().and_then(|grant| granted_cookie(&app.settings, grant)) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// `POST /v1/auth/providers/{provider}/callback`.
pub const POSTED: Endpoint = Endpoint {
    id: "returnFromProviderByForm",
    method: Method::Post,
    path: "/v1/auth/providers/{provider}/callback",
    tag: Tag::Authentication,
    summary: "Where a provider has the browser send a form to",
    description: "The same by OAuth 2.0 Form Post Response Mode, as Apple does it. A form of another site carries no cookie of ours, so the browser is sent on to the same address by GET, where it is known again.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[PROVIDER],
    body: Some(Body { schema: "ProviderAnswer", example: posted_example }),
    answer: ON,
    problems: &[Code::NotFound, Code::InvalidInput, Code::LinkExpired],
};

fn posted_example() -> Value {
    json!({ "state": "b5Zp0PSXwDkVJWnK0cN7oQd3hRz9y2mTfL1uGxE8sIA", "code": "c4f2a9" })
}

/// Handles [`POSTED`].
///
/// # Errors
/// As [`Identity::posted_by_provider`]; `UNSUPPORTED_MEDIA_TYPE`.
pub async fn posted(req: HttpRequest, bytes: Bytes, identity: Data<Identity>) -> Result<HttpResponse> {
    rate::charge(&req, DEAR)?;
    body::is_form(&req)?;
    let provider = req.match_info().get("provider").unwrap_or_default();
    on(&identity.posted_by_provider(&caller(&req)?, provider, answer(&bytes)?).await?)
}

/// What a provider answers. What is not known is ignored, and nothing may come twice (RFC 6749, 3.1).
fn answer(pairs: &[u8]) -> Result<identity::Answer> {
    let mut answer = identity::Answer::default();
    let mut state = None;
    for (name, value) in url::form_urlencoded::parse(pairs) {
        let place = match name.as_ref() {
            "state" => &mut state,
            "code" => &mut answer.code,
            "error" => &mut answer.error,
            "iss" => &mut answer.iss,
            "user" => &mut answer.user,
            _ => continue,
        };
        if place.replace(value.into_owned()).is_some() {
            return Err(Error::new(Code::InvalidParameter, format!("{name} came more than once.")).at(name));
        }
    }
    answer.state = state.ok_or_else(|| Error::new(Code::InvalidParameter, "state is needed.").at("state"))?;
    Ok(answer)
}

/// `POST /v1/auth/exchange`.
pub const EXCHANGE: Endpoint = Endpoint {
    id: "exchangeProviderCode",
    method: Method::Post,
    path: "/v1/auth/exchange",
    tag: Tag::Authentication,
    summary: "Get the tokens of a log-in at a provider",
    description: "For the `code` that came back, with the verifier whose challenge the log-in began with. A code is good once, for two minutes; a verifier that does not fit uses it up.",
    cost: COST_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "ExchangeForm", example: exchange_example }),
    answer: Answer {
        description: "The session.",
        status: 200,
        content: &[(JSON, Shape::Schema("SessionGrant"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::LinkExpired, Code::Suspended],
};

fn exchange_example() -> Value {
    json!({
        "code": "b5Zp0PSXwDkVJWnK0cN7oQd3hRz9y2mTfL1uGxE8sIA",
        "codeVerifier": "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    })
}

/// Handles [`EXCHANGE`].
///
/// # Errors
/// As [`Identity::exchange`].
pub async fn exchange(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    EXCHANGE.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let form: ExchangeForm = body::read(&req, &bytes)?;
    granted(&app, identity.exchange(&caller(&req)?, &form.code, &form.code_verifier).await?)
}

/// `GET /v1/me/identities`.
pub const IDENTITIES: Endpoint = Endpoint {
    id: "listMyIdentities",
    method: Method::Get,
    path: "/v1/me/identities",
    tag: Tag::Me,
    summary: "Who the caller is at providers",
    description: "The providers that the account is linked with.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::SeeAccount),
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The identities, in the order of the links.",
        status: 200,
        content: &[(JSON, Shape::Schema("ProviderIdentityList"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated],
};

/// Handles [`IDENTITIES`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn identities(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    IDENTITIES.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, account, _) = credential::reading(&req, &identity).await?;
    let found = identity.identities(&known.viewer(), account.id).await?;
    private(StatusCode::OK, &ProviderIdentityList { data: found.into_iter().map(Into::into).collect() })
}

/// `POST /v1/me/identities`.
pub const LINK: Endpoint = Endpoint {
    id: "linkProvider",
    method: Method::Post,
    path: "/v1/me/identities",
    tag: Tag::Me,
    summary: "Begin to link a provider",
    description: "Needs the password, or a log-in of the last ten minutes where there is none. The browser is then sent to the address of the answer, and comes back to `returnTo`: with a session by cookie it is done then, and `linked` is in the query; with an access token `code` is, which `confirmProviderLink` takes; else `error`. The owner is told by mail.",
    cost: DEAR_IN_WORDS,
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[],
    body: Some(Body { schema: "LinkForm", example: link_example }),
    answer: Answer {
        description: "Where to send the browser.",
        status: 200,
        content: &[(JSON, Shape::Schema("LinkAnswer"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::NotFound, Code::InvalidInput],
};

fn link_example() -> Value {
    json!({
        "provider": "x",
        "returnTo": "https://www.example.org/account",
        "codeChallenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
        "password": "tarn ferry lamp quietly",
    })
}

/// Handles [`LINK`].
///
/// # Errors
/// As [`Identity::start_link`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn link(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LINK.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let form: LinkForm = body::read(&req, &bytes)?;
    let ask =
        Start { return_to: form.return_to, mode: known.mode, remember: false, code_challenge: form.code_challenge };
    let password = form.password.as_deref();
    let url = identity.start_link(&caller(&req)?, &known, &form.provider, &ask, password).await?;
    private(StatusCode::OK, &LinkAnswer { url })
}

/// `POST /v1/me/identities/{provider}`.
pub const CONFIRM: Endpoint = Endpoint {
    id: "confirmProviderLink",
    method: Method::Post,
    path: "/v1/me/identities/{provider}",
    tag: Tag::Me,
    summary: "End linking a provider",
    description: "For the `code` that came back, with the verifier whose challenge the link began with, by the account that began it.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[PROVIDER],
    body: Some(Body { schema: "ExchangeForm", example: exchange_example }),
    answer: Answer {
        description: "Who the account is at the provider.",
        status: 200,
        content: &[(JSON, Shape::Schema("ProviderIdentity"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::LinkExpired, Code::NotFound, Code::Conflict],
};

/// Handles [`CONFIRM`].
///
/// # Errors
/// As [`Identity::confirm_link`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn confirm(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = CONFIRM.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let form: ExchangeForm = body::read(&req, &bytes)?;
    let provider = query.text("provider").unwrap_or_default();
    let linked = identity.confirm_link(&caller(&req)?, &known, Some(provider), &form.code, &form.code_verifier).await?;
    private(StatusCode::OK, &ProviderIdentity::from(linked))
}

/// `DELETE /v1/me/identities/{provider}`.
pub const UNLINK: Endpoint = Endpoint {
    id: "unlinkProvider",
    method: Method::Delete,
    path: "/v1/me/identities/{provider}",
    tag: Tag::Me,
    summary: "Remove the link with a provider",
    description: "The last way to log in cannot be removed.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[PROVIDER],
    body: None,
    answer: DONE,
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::NotFound, Code::Conflict],
};

/// Handles [`UNLINK`].
///
/// # Errors
/// As [`Identity::unlink`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn unlink(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = UNLINK.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    identity.unlink(&caller(&req)?, &known, query.text("provider").unwrap_or_default()).await?;
    Ok(body::nothing())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_providers_are_read() {
        let read = answer(b"state=a%2Bb&code=c+d&scope=x&authuser=0&iss=https%3A%2F%2Fid.example").unwrap();
        assert_eq!((read.state.as_str(), read.code.as_deref()), ("a+b", Some("c d")));
        assert_eq!((read.iss.as_deref(), read.error), (Some("https://id.example"), None));
        for (bad, at) in [("code=x", "state"), ("state=a&state=b", "state"), ("state=a&code=b&code=b", "code")] {
            let error = answer(bad.as_bytes()).unwrap_err();
            assert_eq!((error.code(), error.parameter()), (Code::InvalidParameter, Some(at)), "{bad}");
        }
    }
}
