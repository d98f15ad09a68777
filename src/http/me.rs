//! `/v1/me`: the caller's own account. Everything here asks the store, whatever is remembered.

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::auth::DONE;
use super::body::{self, private};
use super::credential::{self, caller, set_cookie};
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Kind, Parameter};
use super::rate;
use super::reply::JSON;
use super::view::account::{Account, ChangeEmailForm, Me, PasswordForm, ProfileForm, ProofForm, Session, SessionList};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::identity::Identity;
use crate::model::account::Mode;
use crate::model::id::SessionId;
use crate::model::policy::Action;

const COST: u32 = 5;
const COST_IN_WORDS: &str = "5 points.";

/// `GET /v1/me`.
pub const GET: Endpoint = Endpoint {
    id: "getMe",
    method: Method::Get,
    path: "/v1/me",
    tag: Tag::Me,
    summary: "Who is asking",
    description: "The account and the session of the request, and in mode COOKIE the token that changes need.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::SeeAccount),
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The account.",
        status: 200,
        content: &[(JSON, Shape::Schema("Me"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated],
};

/// Handles [`GET`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn get(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    GET.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, account, session) = credential::reading(&req, &identity).await?;
    let csrf_token = match known.mode {
        Mode::Cookie => credential::cookie(&req, &app.settings).and_then(|cookie| identity.csrf_token(&cookie)),
        Mode::Token => None,
    };
    let session = Session::of(session, known.session);
    private(StatusCode::OK, &Me { account: account.into(), session, csrf_token })
}

/// `PATCH /v1/me`.
pub const CHANGE: Endpoint = Endpoint {
    id: "updateMe",
    method: Method::Patch,
    path: "/v1/me",
    tag: Tag::Me,
    summary: "Change the display name",
    description: "Address and password have addresses of their own, since they need a proof.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[],
    body: Some(Body { schema: "ProfileForm", example: profile_example }),
    answer: Answer {
        description: "The account as it is now.",
        status: 200,
        content: &[(JSON, Shape::Schema("Account"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::InvalidInput, Code::UnsupportedMedia],
};

fn profile_example() -> Value {
    json!({ "name": "Ada Lovelace" })
}

/// Handles [`CHANGE`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`, `INVALID_INPUT`.
pub async fn change(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    CHANGE.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, account, _) = credential::writing(&req, &identity).await?;
    let form: ProfileForm = body::read(&req, &bytes)?;
    let account = identity.rename(&caller(&req)?, &known.viewer(), account.id, &form.name).await?;
    private(StatusCode::OK, &Account::from(account))
}

/// `POST /v1/me/password`.
pub const PASSWORD: Endpoint = Endpoint {
    id: "changePassword",
    method: Method::Post,
    path: "/v1/me/password",
    tag: Tag::Me,
    summary: "Set another password",
    description: "Needs the password of now. All other sessions end, and access tokens that are out die: refresh afterwards. The owner is told by mail.",
    cost: "20 points.",
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[],
    body: Some(Body { schema: "PasswordForm", example: password_example }),
    answer: DONE,
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::WeakPassword, Code::UnsupportedMedia],
};

fn password_example() -> Value {
    json!({ "currentPassword": "tarn ferry lamp quietly", "password": "quiet lamps on the old quay" })
}

/// Handles [`PASSWORD`].
///
/// # Errors
/// As [`Identity::change_password`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn password(
    req: HttpRequest,
    bytes: Bytes,
    app: Data<App>,
    identity: Data<Identity>,
) -> Result<HttpResponse> {
    PASSWORD.read(&req, app.settings.page)?;
    rate::charge(&req, 20)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let form: PasswordForm = body::read(&req, &bytes)?;
    let current = form.current_password.as_deref();
    identity.change_password(&caller(&req)?, &known, current, &form.password).await?;
    Ok(body::nothing())
}

/// `POST /v1/me/email`.
pub const EMAIL: Endpoint = Endpoint {
    id: "changeEmail",
    method: Method::Post,
    path: "/v1/me/email",
    tag: Tag::Me,
    summary: "Ask for another address",
    description: "Needs the password. A link is mailed to the new address; when it is followed (`verifyEmail`) the address changes, and the old one is told. The answer is the same whether or not the new address has an account.",
    cost: "20 points.",
    needs: Needs::own(Action::ChangeAccount),
    parameters: &[],
    body: Some(Body { schema: "ChangeEmailForm", example: email_example }),
    answer: Answer { description: "It is accepted. The answer has no body.", status: 202, ..DONE },
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::InvalidInput, Code::UnsupportedMedia],
};

fn email_example() -> Value {
    json!({ "email": "ada@example.com", "password": "tarn ferry lamp quietly" })
}

/// Handles [`EMAIL`].
///
/// # Errors
/// As [`Identity::change_email`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn email(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    EMAIL.read(&req, app.settings.page)?;
    rate::charge(&req, 20)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let form: ChangeEmailForm = body::read(&req, &bytes)?;
    identity.change_email(&caller(&req)?, &known, form.password.as_deref(), &form.email).await?;
    Ok(body::unkept(HttpResponse::Accepted().finish()))
}

/// `POST /v1/me/deletion`.
pub const DELETE: Endpoint = Endpoint {
    id: "deleteMe",
    method: Method::Post,
    path: "/v1/me/deletion",
    tag: Tag::Me,
    summary: "Delete the account",
    description: "Needs the password, and cannot be undone. Address, password, sessions and providers go; what the account wrote stays under its name.",
    cost: "20 points.",
    needs: Needs::own(Action::DeleteAccount),
    parameters: &[],
    body: Some(Body { schema: "ProofForm", example: proof_example }),
    answer: Answer { headers: Headers::Cookie, ..DONE },
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::Conflict, Code::UnsupportedMedia],
};

fn proof_example() -> Value {
    json!({ "password": "tarn ferry lamp quietly" })
}

/// Handles [`DELETE`].
///
/// # Errors
/// As [`Identity::delete_own`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn delete(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    DELETE.read(&req, app.settings.page)?;
    rate::charge(&req, 20)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let form: ProofForm = body::read(&req, &bytes)?;
    identity.delete_own(&caller(&req)?, &known, form.password.as_deref()).await?;
    let mut response = body::nothing();
    if let Some(gone) = set_cookie(&app.settings, None).filter(|_| known.mode == Mode::Cookie) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    Ok(response)
}

/// `GET /v1/me/sessions`.
pub const SESSIONS: Endpoint = Endpoint {
    id: "listMySessions",
    method: Method::Get,
    path: "/v1/me/sessions",
    tag: Tag::Me,
    summary: "Where the account is logged in",
    description: "The sessions that go on, with device and last use.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::SeeAccount),
    parameters: &[],
    body: None,
    answer: Answer {
        description: "The sessions, the one that was used last first.",
        status: 200,
        content: &[(JSON, Shape::Schema("SessionList"))],
        example: None,
        headers: Headers::Unkept,
    },
    problems: &[Code::Unauthenticated],
};

/// Handles [`SESSIONS`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn sessions(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    SESSIONS.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, account, _) = credential::reading(&req, &identity).await?;
    let sessions = identity.sessions(&known.viewer(), account.id).await?;
    let data = sessions.into_iter().map(|session| Session::of(session, known.session)).collect();
    private(StatusCode::OK, &SessionList { data })
}

/// `DELETE /v1/me/sessions/{id}`.
pub const END_SESSION: Endpoint = Endpoint {
    id: "endMySession",
    method: Method::Delete,
    path: "/v1/me/sessions/{id}",
    tag: Tag::Me,
    summary: "End one session",
    description: "Log a device out. Its access tokens die at once.",
    cost: COST_IN_WORDS,
    needs: Needs::own(Action::EndSessions),
    parameters: &[Parameter {
        name: "id",
        kind: Kind::Id("ses"),
        description: "The id of the session, from the list of them.",
        example: "ses_0cf9b4z8r1c0g",
    }],
    body: None,
    answer: DONE,
    problems: &[Code::Unauthenticated, Code::CsrfRequired, Code::NotFound],
};

/// Handles [`END_SESSION`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`; `NOT_FOUND` for a session that is none of the account's.
pub async fn end_session(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = END_SESSION.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let id: SessionId = query.text("id").unwrap_or_default().parse()?;
    if !identity.revoke_session(&caller(&req)?, &known.viewer(), id).await? {
        return Err(Error::new(Code::NotFound, "This session has ended already."));
    }
    Ok(body::nothing())
}
