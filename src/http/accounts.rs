//! `/v1/accounts`, `/v1/invitations` and `/v1/security-events`: for administrators.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::auth::DONE;
use super::body::{self, private};
use super::credential::{self, caller};
use super::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::{Default, Kind, Parameter};
use super::rate;
use super::reply::JSON;
use super::view::account::{
    Account, AccountChange, AccountForm, AccountList, AccountRole, InvitationForm, SecurityEvent, SecurityEventList,
};
use crate::app::App;
use crate::error::{Code, Result};
use crate::identity::{AccountEdit, Identity, NewAccount};
use crate::model::id::AccountId;
use crate::model::policy::{self, Action};

const COST: u32 = 5;
const COST_IN_WORDS: &str = "5 points.";

const FIRST: Parameter =
    Parameter { name: "first", kind: Kind::Rows(Default::Page), description: "How many at the most.", example: "20" };

const ID: Parameter = Parameter {
    name: "id",
    kind: Kind::Id("acc"),
    description: "The id of the account.",
    example: "acc_0cf9b4z8r1c0g",
};

const ACCOUNT: Answer = Answer {
    description: "The account.",
    status: 200,
    content: &[(JSON, Shape::Schema("Account"))],
    example: None,
    headers: Headers::Unkept,
};

/// `GET /v1/accounts`.
pub const LIST: Endpoint = Endpoint {
    id: "listAccounts",
    method: Method::Get,
    path: "/v1/accounts",
    tag: Tag::Accounts,
    summary: "All accounts",
    description: "In the order in which they were made.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::ManageAccounts),
    parameters: &[
        FIRST,
        Parameter {
            name: "after",
            kind: Kind::Of("acc"),
            description: "Those made after this one.",
            example: "acc_0cf9b4z8r1c0g",
        },
    ],
    body: None,
    answer: Answer { description: "The accounts.", content: &[(JSON, Shape::Schema("AccountList"))], ..ACCOUNT },
    problems: &[Code::Unauthenticated, Code::Forbidden],
};

/// Handles [`LIST`].
///
/// # Errors
/// `UNAUTHENTICATED`, `INVALID_TOKEN`, `FORBIDDEN`.
pub async fn list(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = LIST.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::reading(&req, &identity).await?;
    let after = query.text("after").map(str::parse::<AccountId>).transpose()?;
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    let mut accounts = identity.accounts(&known.viewer(), after, i64::try_from(size + 1).unwrap_or(i64::MAX)).await?;
    let more = accounts.len() > size;
    accounts.truncate(size);
    let after = accounts.last().filter(|_| more).map(|last| last.id.to_string());
    private(StatusCode::OK, &AccountList { data: accounts.into_iter().map(Account::from).collect(), after })
}

/// `POST /v1/accounts`.
pub const CREATE: Endpoint = Endpoint {
    id: "createAccount",
    method: Method::Post,
    path: "/v1/accounts",
    tag: Tag::Accounts,
    summary: "Make an account",
    description: "The administrator answers for the address. Without a password its owner chooses one by \"Forgot password?\".",
    cost: "20 points.",
    needs: Needs::right(Action::ManageAccounts),
    parameters: &[],
    body: Some(Body { schema: "AccountForm", example: account_example }),
    answer: Answer { status: 201, ..ACCOUNT },
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::Conflict, Code::InvalidInput, Code::UnsupportedMedia],
};

fn account_example() -> Value {
    json!({ "email": "ada@example.org", "name": "Ada Lovelace", "roles": ["EDITOR"] })
}

/// Handles [`CREATE`].
///
/// # Errors
/// As [`Identity::create_account`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn create(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    CREATE.read(&req, app.settings.page)?;
    rate::charge(&req, 20)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    policy::may(&known.viewer(), Action::ManageAccounts)?;
    let form: AccountForm = body::read(&req, &bytes)?;
    let roles = AccountRole::set(&form.roles);
    let new = NewAccount { email: form.email, name: form.name, roles, password: form.password };
    let account = identity.create_account(&caller(&req)?, &known.viewer(), new).await?;
    private(StatusCode::CREATED, &Account::from(account))
}

/// `GET /v1/accounts/{id}`.
pub const ONE: Endpoint = Endpoint {
    id: "getAccount",
    method: Method::Get,
    path: "/v1/accounts/{id}",
    tag: Tag::Accounts,
    summary: "One account",
    description: "Whoever is no administrator sees their own only.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::SeeAccount),
    parameters: &[ID],
    body: None,
    answer: ACCOUNT,
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::NotFound],
};

/// Handles [`ONE`].
///
/// # Errors
/// As [`Identity::account`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn one(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = ONE.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::reading(&req, &identity).await?;
    let id: AccountId = query.text("id").unwrap_or_default().parse()?;
    private(StatusCode::OK, &Account::from(identity.account(&known.viewer(), id).await?))
}

/// `PATCH /v1/accounts/{id}`.
pub const CHANGE: Endpoint = Endpoint {
    id: "updateAccount",
    method: Method::Patch,
    path: "/v1/accounts/{id}",
    tag: Tag::Accounts,
    summary: "Change name, roles or suspension of an account",
    description: "What is left out stays. With other roles its access tokens die, and its sessions go on; suspended, its sessions end. The last administrator stays one.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::ManageAccounts),
    parameters: &[ID],
    body: Some(Body { schema: "AccountChange", example: change_example }),
    answer: Answer { description: "The account as it is now.", ..ACCOUNT },
    problems: &[
        Code::Unauthenticated,
        Code::Forbidden,
        Code::NotFound,
        Code::Conflict,
        Code::InvalidInput,
        Code::UnsupportedMedia,
    ],
};

fn change_example() -> Value {
    json!({ "roles": ["CONTRIBUTOR", "EDITOR"] })
}

/// Handles [`CHANGE`].
///
/// # Errors
/// As [`Identity::edit_account`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn change(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = CHANGE.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let (viewer, caller) = (known.viewer(), caller(&req)?);
    policy::may(&viewer, Action::ManageAccounts)?;
    let form: AccountChange = body::read(&req, &bytes)?;
    let id: AccountId = query.text("id").unwrap_or_default().parse()?;
    let roles = form.roles.map(|roles| AccountRole::set(&roles));
    let edit = AccountEdit { name: form.name, roles, suspended: form.suspended };
    private(StatusCode::OK, &Account::from(identity.edit_account(&caller, &viewer, id, edit).await?))
}

/// `DELETE /v1/accounts/{id}`.
pub const DELETE: Endpoint = Endpoint {
    id: "deleteAccount",
    method: Method::Delete,
    path: "/v1/accounts/{id}",
    tag: Tag::Accounts,
    summary: "Delete an account",
    description: "Cannot be undone. Address, password, sessions and providers go; what the account wrote stays under its name. One's own account is deleted at `/v1/me/deletion`.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::ManageAccounts),
    parameters: &[ID],
    body: None,
    answer: DONE,
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::NotFound, Code::Conflict],
};

/// Handles [`DELETE`].
///
/// # Errors
/// As [`Identity::remove_account`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn delete(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = DELETE.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let id: AccountId = query.text("id").unwrap_or_default().parse()?;
    identity.remove_account(&caller(&req)?, &known.viewer(), id).await?;
    Ok(body::nothing())
}

/// `POST /v1/accounts/{id}/log-out-everywhere`.
pub const END_SESSIONS: Endpoint = Endpoint {
    id: "endSessionsOfAccount",
    method: Method::Post,
    path: "/v1/accounts/{id}/log-out-everywhere",
    tag: Tag::Accounts,
    summary: "End all sessions of an account",
    description: "Access tokens that are out die at once.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::EndSessions),
    parameters: &[ID],
    body: None,
    answer: DONE,
    problems: &[Code::Unauthenticated, Code::Forbidden, Code::NotFound],
};

/// Handles [`END_SESSIONS`].
///
/// # Errors
/// As [`Identity::log_out_everywhere`]; `NOT_FOUND`; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn end_sessions(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = END_SESSIONS.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    let id: AccountId = query.text("id").unwrap_or_default().parse()?;
    let account = identity.account(&known.viewer(), id).await?;
    identity.log_out_everywhere(&caller(&req)?, &known.viewer(), account.id).await?;
    Ok(body::nothing())
}

/// `POST /v1/invitations`.
pub const INVITE: Endpoint = Endpoint {
    id: "inviteAccount",
    method: Method::Post,
    path: "/v1/invitations",
    tag: Tag::Accounts,
    summary: "Invite somebody by mail",
    description: "The link in the mail leads to the page that the operator has set, which signs up with it. Where nobody can sign up (`auth.sign_up = \"closed\"`) no mail is sent: `SIGN_UP_CLOSED`.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::ManageAccounts),
    parameters: &[],
    body: Some(Body { schema: "InvitationForm", example: invitation_example }),
    answer: Answer { description: "It is accepted. The answer has no body.", status: 202, ..DONE },
    problems: &[
        Code::Unauthenticated,
        Code::Forbidden,
        Code::SignUpClosed,
        Code::Conflict,
        Code::InvalidInput,
        Code::UnsupportedMedia,
    ],
};

fn invitation_example() -> Value {
    json!({ "email": "ada@example.org", "roles": ["CONTRIBUTOR"] })
}

/// Handles [`INVITE`].
///
/// # Errors
/// As [`Identity::invite`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
pub async fn invite(req: HttpRequest, bytes: Bytes, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    INVITE.read(&req, app.settings.page)?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::writing(&req, &identity).await?;
    policy::may(&known.viewer(), Action::ManageAccounts)?;
    let form: InvitationForm = body::read(&req, &bytes)?;
    identity.invite(&caller(&req)?, &known.viewer(), &form.email, AccountRole::set(&form.roles)).await?;
    Ok(body::unkept(HttpResponse::Accepted().finish()))
}

/// `GET /v1/security-events`.
pub const EVENTS: Endpoint = Endpoint {
    id: "listSecurityEvents",
    method: Method::Get,
    path: "/v1/security-events",
    tag: Tag::Accounts,
    summary: "The log of security events",
    description: "Who logged in and who failed, what was changed and by whom; the newest first. Kept for 180 days as shipped.",
    cost: COST_IN_WORDS,
    needs: Needs::right(Action::ReadSecurityEvents),
    parameters: &[
        FIRST,
        Parameter {
            name: "before",
            kind: Kind::Of("evt"),
            description: "Those before this one.",
            example: "evt_0cf9b4z8r1c0g",
        },
        Parameter {
            name: "account",
            kind: Kind::Of("acc"),
            description: "Those of this account.",
            example: "acc_0cf9b4z8r1c0g",
        },
    ],
    body: None,
    answer: Answer { description: "The events.", content: &[(JSON, Shape::Schema("SecurityEventList"))], ..ACCOUNT },
    problems: &[Code::Unauthenticated, Code::Forbidden],
};

/// Handles [`EVENTS`].
///
/// # Errors
/// As [`Identity::events`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
pub async fn events(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
    let query = EVENTS.read(&req, app.settings.page)?;
    super::reply::negotiated(&req, &[JSON])?;
    rate::charge(&req, COST)?;
    let (known, ..) = credential::reading(&req, &identity).await?;
    let before = query.text("before").map(str::parse).transpose()?;
    let account = query.text("account").map(str::parse).transpose()?;
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut events = identity.events(&known.viewer(), account, before, limit).await?;
    let more = events.len() > size;
    events.truncate(size);
    let before = events.last().filter(|_| more).map(|last| last.id.to_string());
    private(StatusCode::OK, &SecurityEventList { data: events.into_iter().map(SecurityEvent::from).collect(), before })
}
