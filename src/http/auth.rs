//! `/v1/auth/…` and the public keys: signing up, logging in and out, forgotten passwords.

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::body::{self, private};
use super::credential::{self, caller, granted_cookie, own_origin, set_cookie};
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::rate;
use super::reply::JSON;
use super::view::account::{
    EmailForm, LogInForm, LogOutForm, RefreshForm, ResetForm, SessionGrant, SignUpAnswer, SignUpForm, SignUpStatus,
    TokenForm,
};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::identity::{Grant, Identity, LogIn, SignUp, SignedUp};
use crate::model::account::Mode;
use crate::model::policy::Action;

/// The most characters of a refresh token.
const TOKEN_MOST: usize = 100;
/// What a request about a password costs.
const DEAR: u32 = 20;
const DEAR_IN_WORDS: &str = "20 points.";

const GRANT: Answer = Answer {
    description: "The session. In mode COOKIE the answer sets its cookie.",
    status: 200,
    content: &[(JSON, Shape::Schema("SessionGrant"))],
    example: None,
    headers: Headers::Cookie,
};

/// An answer without a body.
pub(super) const DONE: Answer = Answer {
    description: "It is done. The answer has no body.",
    status: 204,
    content: &[],
    example: None,
    headers: Headers::Unkept,
};

/// `POST /v1/auth/log-in`.
pub const LOG_IN: Endpoint = Endpoint {
    id: "logIn",
    method: Method::Post,
    path: "/v1/auth/log-in",
    tag: Tag::Authentication,
    summary: "Log in with address and password",
    description: "An unknown address and a wrong password are one answer. After some failures the account is locked for the address that the failures came from, and for nobody else, for some minutes. In mode COOKIE the page must be of this server's, the site's or a listed origin.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "LogInForm", example: log_in_example }),
    answer: GRANT,
    problems: &[Code::InvalidCredentials, Code::Suspended, Code::UnsupportedMedia],
};

fn log_in_example() -> Value {
    json!({ "email": "ada@example.org", "password": "tarn ferry lamp quietly", "remember": true, "mode": "TOKEN" })
}

/// The answer of a grant.
pub(super) fn granted(app: &App, grant: Grant) -> Result<HttpResponse> {
    let cookie = granted_cookie(&app.settings, &grant);
    let mut response = private(StatusCode::OK, &SessionGrant::of(grant, app.db.clock().now()))?;
    if let Some(cookie) = cookie {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// Handles [`LOG_IN`].
///
/// # Errors
/// As [`Identity::log_in`]; `FORBIDDEN` for mode COOKIE from a foreign origin.
pub async fn log_in(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LOG_IN.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let form: LogInForm = body::read(&req, &bytes)?;
    let mode: Mode = form.mode.into();
    if mode == Mode::Cookie {
        own_origin(&req, &app.settings)?;
    }
    let ask = LogIn { email: form.email, password: form.password, remember: form.remember, mode };
    granted(&app, identity.log_in(&caller(&req)?, ask).await?)
}

/// `POST /v1/auth/refresh`.
pub const REFRESH: Endpoint = Endpoint {
    id: "refreshSession",
    method: Method::Post,
    path: "/v1/auth/refresh",
    tag: Tag::Authentication,
    summary: "Get the next tokens for a refresh token",
    description: "A refresh token is good once; the answer has the next one. One that comes a second time was stolen, or its successor was: then the session ends, and both holders must log in again.",
    cost: "5 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "RefreshForm", example: refresh_example }),
    answer: GRANT,
    problems: &[Code::InvalidToken, Code::UnsupportedMedia],
};

fn refresh_example() -> Value {
    json!({ "refreshToken": "b5Zp0PSXwDkVJWnK0cN7oQd3hRz9y2mTfL1uGxE8sIA.q3VtYh7cB1nM5kXwR9dJzP0eLgU4aSoF6iT8yK2vHrE" })
}

/// Handles [`REFRESH`].
///
/// # Errors
/// As [`Identity::refresh`].
pub async fn refresh(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    REFRESH.read(&req, app.settings.page)?;
    rate::charge(&req, 5)?;
    let form: RefreshForm = body::read(&req, &bytes)?;
    granted(&app, identity.refresh(&caller(&req)?, &form.refresh_token).await?)
}

/// `POST /v1/auth/log-out`.
pub const LOG_OUT: Endpoint = Endpoint {
    id: "logOut",
    method: Method::Post,
    path: "/v1/auth/log-out",
    tag: Tag::Authentication,
    summary: "Log out",
    description: "Ends the session of the request, or of the refresh token that is sent. Its access tokens die at once. The answer is the same where there is no session any more, and it takes the cookie away.",
    cost: "5 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "LogOutForm", example: empty }),
    answer: Answer { headers: Headers::Cookie, ..DONE },
    problems: &[Code::InvalidToken, Code::CsrfRequired, Code::UnsupportedMedia],
};

fn empty() -> Value {
    json!({})
}

/// Handles [`LOG_OUT`].
///
/// # Errors
/// `CSRF_TOKEN_REQUIRED`; what the database says.
pub async fn log_out(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LOG_OUT.read(&req, app.settings.page)?;
    rate::charge(&req, 5)?;
    let form: LogOutForm = if bytes.is_empty() { LogOutForm::default() } else { body::read(&req, &bytes)? };
    let caller = caller(&req)?;
    if let Some(token) = form.refresh_token {
        if token.len() > TOKEN_MOST {
            let says = format!("refreshToken has more than {TOKEN_MOST} characters; send it as it was given.");
            return Err(Error::new(Code::InvalidParameter, says).at("refreshToken"));
        }
        identity.log_out_by_refresh_token(&caller, &token).await?;
    } else if let Some(known) = credential::known(&req) {
        credential::not_forged(&req, &identity, &known)?;
        identity.log_out(&caller, &known).await?;
    }
    let mut response = body::nothing();
    if let Some(gone) = set_cookie(&app.settings, None).filter(|_| credential::cookie(&req, &app.settings).is_some()) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}

/// `POST /v1/auth/log-out-everywhere`.
pub const LOG_OUT_EVERYWHERE: Endpoint = Endpoint {
    id: "logOutEverywhere",
    method: Method::Post,
    path: "/v1/auth/log-out-everywhere",
    tag: Tag::Authentication,
    summary: "End all sessions of the caller's account",
    description: "This one too. Access tokens that are out die at once.",
    cost: "5 points.",
    needs: Needs::own(Action::EndSessions),
    parameters: &[],
    body: None,
    answer: Answer { headers: Headers::Cookie, ..DONE },
    problems: &[Code::Unauthenticated, Code::CsrfRequired],
};

/// Handles [`LOG_OUT_EVERYWHERE`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn log_out_everywhere(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    LOG_OUT_EVERYWHERE.read(&req, app.settings.page)?;
    rate::charge(&req, 5)?;
    let (known, account, _) = credential::writing(&req, &identity).await?;
    identity.log_out_everywhere(&caller(&req)?, &known.viewer(), account.id).await?;
    let mut response = body::nothing();
    if let Some(gone) = set_cookie(&app.settings, None).filter(|_| known.mode == Mode::Cookie) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}

/// `POST /v1/auth/sign-up`.
pub const SIGN_UP: Endpoint = Endpoint {
    id: "signUp",
    method: Method::Post,
    path: "/v1/auth/sign-up",
    tag: Tag::Authentication,
    summary: "Sign up",
    description: "A link is mailed to the address; the account is made when it is followed. The answer is the same whether or not the address has an account. With an invitation the account is made at once. A password must be long and hard to guess; there are no rules about its characters.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "SignUpForm", example: sign_up_example }),
    answer: Answer {
        description: "It is accepted; `status` says how it goes on.",
        status: 202,
        content: &[(JSON, Shape::Schema("SignUpAnswer"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::SignUpClosed, Code::InvalidInput, Code::LinkExpired, Code::Conflict, Code::UnsupportedMedia],
};

fn sign_up_example() -> Value {
    json!({ "email": "ada@example.org", "name": "Ada Lovelace", "password": "tarn ferry lamp quietly" })
}

/// Handles [`SIGN_UP`].
///
/// # Errors
/// As [`Identity::sign_up`].
pub async fn sign_up(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    SIGN_UP.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let form: SignUpForm = body::read(&req, &bytes)?;
    let form = SignUp { email: form.email, name: form.name, password: form.password, invitation: form.invitation };
    let status = match identity.sign_up(&caller(&req)?, form).await? {
        SignedUp::Mailed => SignUpStatus::VerifyEmail,
        SignedUp::Made(_) => SignUpStatus::Created,
    };
    private(StatusCode::ACCEPTED, &SignUpAnswer { status })
}

/// `POST /v1/auth/verify-email`.
pub const VERIFY_EMAIL: Endpoint = Endpoint {
    id: "verifyEmail",
    method: Method::Post,
    path: "/v1/auth/verify-email",
    tag: Tag::Authentication,
    summary: "Verify an address by the token of a mailed link",
    description: "Makes the account that signed up, or gives an account its new address. It does not log in.",
    cost: "5 points.",
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "TokenForm", example: token_example }),
    answer: DONE,
    problems: &[Code::LinkExpired, Code::Conflict, Code::UnsupportedMedia],
};

fn token_example() -> Value {
    json!({ "token": "b5Zp0PSXwDkVJWnK0cN7oQd3hRz9y2mTfL1uGxE8sIA" })
}

/// Handles [`VERIFY_EMAIL`].
///
/// # Errors
/// As [`Identity::verify_email`].
pub async fn verify_email(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    VERIFY_EMAIL.read(&req, app.settings.page)?;
    rate::charge(&req, 5)?;
    let form: TokenForm = body::read(&req, &bytes)?;
    identity.verify_email(&caller(&req)?, &form.token).await?;
    Ok(body::nothing())
}

/// `POST /v1/auth/forgot-password`.
pub const FORGOT_PASSWORD: Endpoint = Endpoint {
    id: "forgotPassword",
    method: Method::Post,
    path: "/v1/auth/forgot-password",
    tag: Tag::Authentication,
    summary: "Have a link to reset the password mailed",
    description: "The answer is the same whether or not the address has an account. The link leads to the page that the operator has set; it is good once, for half an hour as shipped, and only the newest one is.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "EmailForm", example: email_example }),
    answer: Answer { description: "It is accepted. The answer has no body.", status: 202, ..DONE },
    problems: &[Code::InvalidInput, Code::UnsupportedMedia],
};

fn email_example() -> Value {
    json!({ "email": "ada@example.org" })
}

/// Handles [`FORGOT_PASSWORD`].
///
/// # Errors
/// As [`Identity::forgot_password`].
pub async fn forgot_password(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    FORGOT_PASSWORD.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let form: EmailForm = body::read(&req, &bytes)?;
    identity.forgot_password(&caller(&req)?, &form.email).await?;
    Ok(body::unkept(HttpResponse::Accepted().finish()))
}

/// `POST /v1/auth/reset-password`.
pub const RESET_PASSWORD: Endpoint = Endpoint {
    id: "resetPassword",
    method: Method::Post,
    path: "/v1/auth/reset-password",
    tag: Tag::Authentication,
    summary: "Set another password by the token of a mailed link",
    description: "All sessions of the account end, and its owner is told by mail. A password that is refused leaves the link good.",
    cost: DEAR_IN_WORDS,
    needs: Needs::Nothing,
    parameters: &[],
    body: Some(Body { schema: "ResetForm", example: reset_example }),
    answer: DONE,
    problems: &[Code::LinkExpired, Code::WeakPassword, Code::UnsupportedMedia],
};

fn reset_example() -> Value {
    json!({ "token": "b5Zp0PSXwDkVJWnK0cN7oQd3hRz9y2mTfL1uGxE8sIA", "password": "tarn ferry lamp quietly" })
}

/// Handles [`RESET_PASSWORD`].
///
/// # Errors
/// As [`Identity::reset_password`].
pub async fn reset_password(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    RESET_PASSWORD.read(&req, app.settings.page)?;
    rate::charge(&req, DEAR)?;
    let form: ResetForm = body::read(&req, &bytes)?;
    identity.reset_password(&caller(&req)?, &form.token, &form.password).await?;
    Ok(body::nothing())
}

/// `GET /.well-known/jwks.json`.
pub const KEYS: Endpoint = Endpoint {
    id: "getKeys",
    method: Method::Get,
    path: "/.well-known/jwks.json",
    tag: Tag::Authentication,
    summary: "The public keys that access tokens are signed with",
    description: "A JWK set (RFC 7517). A new key stands here for some minutes before it signs. A backend that takes access tokens checks `iss`, `aud` and `exp` beside the signature; that a session was ended it learns from `GET /v1/me` only.",
    cost: "1 point.",
    needs: Needs::Nothing,
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The keys.",
        status: 200,
        content: &[(JSON, Shape::Schema("JwkSet"))],
        example: None,
        headers: Headers::Fixed,
    },
    problems: &[],
};

/// Handles [`KEYS`].
///
/// # Errors
/// `INVALID_PARAMETER`, `RATE_LIMITED`.
pub async fn keys(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    KEYS.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON, "application/jwk-set+json"])?;
    rate::charge(&req, 1)?;
    let set = identity.jwk_set();
    if set.keys.is_empty() {
        return Err(Error::internal("there is no key"));
    }
    Ok(HttpResponse::Ok().insert_header((header::CACHE_CONTROL, "public, max-age=300")).json(set))
}
