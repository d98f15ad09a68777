//! The shapes around accounts: what is sent and what is answered.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::identity::Grant;
use crate::identity::SecurityEvent as Event;
use crate::model::account::{self, Mode, Status};
use crate::model::id::{AccountId, EventId, SessionId};
use crate::model::time::Instant;
use crate::model::viewer::{Role, Roles};

/// What an account may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountRole {
    /// Reads.
    Reader,
    /// Writes, and submits what they wrote.
    Contributor,
    /// Edits and publishes.
    Editor,
    /// Configures.
    Admin,
}

impl AccountRole {
    /// The roles of a set.
    pub fn of(roles: Roles) -> Vec<AccountRole> {
        roles
            .iter()
            .filter_map(|role| match role {
                Role::Reader => Some(AccountRole::Reader),
                Role::Contributor => Some(AccountRole::Contributor),
                Role::Editor => Some(AccountRole::Editor),
                Role::Admin => Some(AccountRole::Admin),
                Role::Anonymous | Role::System => None,
            })
            .collect()
    }

    /// A set of roles.
    pub fn set(roles: &[AccountRole]) -> Roles {
        let role = |role: &AccountRole| match role {
            AccountRole::Reader => Role::Reader,
            AccountRole::Contributor => Role::Contributor,
            AccountRole::Editor => Role::Editor,
            AccountRole::Admin => Role::Admin,
        };
        roles.iter().map(role).collect()
    }
}

/// Whether an account can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AccountStatus {
    /// It can.
    Active,
    /// An administrator has stopped it.
    Suspended,
    /// It is gone; what it wrote stays.
    Deleted,
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The global id.
    #[schema(value_type = String, pattern = "^acc_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "acc_0cf9b4z8r1c0g")]
    pub id: AccountId,
    /// The display name.
    #[schema(max_length = 100, example = "Ada Lovelace")]
    pub name: String,
    /// The address of mail, verified; null where a provider told none, and after deletion.
    #[schema(required = true, max_length = 254, example = "ada@example.org")]
    pub email: Option<String>,
    /// What it may.
    #[schema(max_items = 4)]
    pub roles: Vec<AccountRole>,
    /// Whether it can be used.
    pub status: AccountStatus,
    /// Whether it has a password; else it logs in by a provider.
    pub has_password: bool,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was changed last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
}

impl From<account::Account> for Account {
    fn from(account: account::Account) -> Account {
        Account {
            id: account.id,
            name: account.name,
            email: account.email,
            roles: AccountRole::of(account.roles),
            status: match account.status {
                Status::Active => AccountStatus::Active,
                Status::Suspended => AccountStatus::Suspended,
                Status::Deleted => AccountStatus::Deleted,
            },
            has_password: account.has_password,
            created_at: account.created_at,
            updated_at: account.updated_at,
        }
    }
}

/// Accounts, in the order in which they were made.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountList {
    /// The accounts.
    pub data: Vec<Account>,
    /// The id to send as `after` for the next ones; null at the end.
    #[schema(required = true, max_length = 17)]
    pub after: Option<String>,
}

/// How a session is carried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SessionMode {
    /// By a cookie: browsers on the same site.
    Cookie,
    /// By an access token and a refresh token: apps, other sites, backends.
    #[default]
    Token,
}

impl From<SessionMode> for Mode {
    fn from(mode: SessionMode) -> Mode {
        match mode {
            SessionMode::Cookie => Mode::Cookie,
            SessionMode::Token => Mode::Token,
        }
    }
}

/// A session: one log-in on one device.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The global id.
    #[schema(value_type = String, pattern = "^ses_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "ses_0cf9b4z8r1c0g")]
    pub id: SessionId,
    /// How it is carried.
    pub mode: SessionMode,
    /// Whether "Remember me" was chosen.
    pub remember: bool,
    /// What the device said it is (`User-Agent`).
    #[schema(max_length = 200, example = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")]
    pub device: String,
    /// Whether it is the one of this request.
    pub current: bool,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was used last, to a few minutes.
    #[schema(value_type = String, format = DateTime)]
    pub used_at: Instant,
    /// When it ends unless it is used before.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
}

impl Session {
    /// A session, seen from another.
    pub fn of(session: account::Session, current: SessionId) -> Session {
        Session {
            id: session.id,
            mode: match session.mode {
                Mode::Cookie => SessionMode::Cookie,
                Mode::Token => SessionMode::Token,
            },
            remember: session.remember,
            device: session.device,
            current: session.id == current,
            created_at: session.created_at,
            used_at: session.used_at,
            expires_at: session.expires_at,
        }
    }
}

/// The sessions of an account that go on, the one that was used last first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionList {
    /// The sessions.
    pub data: Vec<Session>,
}

/// What a log-in gives.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionGrant {
    /// Whose session it is.
    pub account: Account,
    /// The session.
    pub session: Session,
    /// In mode TOKEN: what to send as `Authorization: Bearer …`; a JWT (RFC 9068).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 4096)]
    pub access_token: Option<String>,
    /// In mode TOKEN: always `Bearer`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 6, example = "Bearer")]
    pub token_type: Option<&'static str>,
    /// In mode TOKEN: in how many seconds the access token expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0, maximum = 3600, example = 900)]
    pub expires_in: Option<i64>,
    /// In mode TOKEN: what gives the next access token, once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 100)]
    pub refresh_token: Option<String>,
    /// In mode COOKIE: what to send as `X-CSRF-Token` with whatever changes something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub csrf_token: Option<String>,
}

impl SessionGrant {
    /// A grant as it is shown, at `now`.
    pub fn of(grant: Grant, now: Instant) -> SessionGrant {
        let is_token = grant.access_token.is_some();
        let current = grant.session.id;
        SessionGrant {
            expires_in: is_token.then(|| (grant.access_until.millis() - now.millis()).max(0) / 1000),
            token_type: is_token.then_some("Bearer"),
            access_token: grant.access_token,
            refresh_token: grant.refresh_token,
            csrf_token: grant.csrf_token,
            account: grant.account.into(),
            session: Session::of(grant.session, current),
        }
    }
}

/// The account of who asks.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// The account.
    pub account: Account,
    /// The session of this request.
    pub session: Session,
    /// In mode COOKIE: what to send as `X-CSRF-Token` with whatever changes something.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, max_length = 64)]
    pub csrf_token: Option<String>,
}

/// What a log-in box sends.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogInForm {
    /// The address.
    #[schema(max_length = 254, example = "ada@example.org")]
    pub email: String,
    /// The password.
    #[schema(max_length = 256, example = "tarn ferry lamp quietly")]
    pub password: String,
    /// "Remember me": without it the session ends after 12 hours at the most, and a browser forgets it when it is closed;
    /// with it after 30 days without use, and 180 days at the most. (As shipped.)
    #[serde(default)]
    #[schema(default = false)]
    pub remember: bool,
    /// How the session is to be carried.
    #[serde(default)]
    pub mode: SessionMode,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RefreshForm {
    /// The refresh token that was given last.
    #[schema(max_length = 100)]
    pub refresh_token: String,
}

/// What a log-out may send.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LogOutForm {
    /// The refresh token of the session that is to end; without it the session of the request ends.
    #[serde(default)]
    #[schema(nullable = true, max_length = 100)]
    pub refresh_token: Option<String>,
}

/// What a sign-up form sends.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SignUpForm {
    /// The address; with an invitation it may be left out.
    #[serde(default)]
    #[schema(nullable = true, max_length = 254, example = "ada@example.org")]
    pub email: Option<String>,
    /// The display name.
    #[schema(min_length = 1, max_length = 100, example = "Ada Lovelace")]
    pub name: String,
    /// The password.
    #[schema(min_length = 10, max_length = 256, example = "tarn ferry lamp quietly")]
    pub password: String,
    /// The token of an invitation.
    #[serde(default)]
    #[schema(nullable = true, max_length = 100)]
    pub invitation: Option<String>,
}

/// What a sign-up came to.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignUpAnswer {
    /// `VERIFY_EMAIL`: a mail is on its way, and the account is made when its link is followed. `CREATED`: the account is
    /// there, since an invitation had proved the address.
    pub status: SignUpStatus,
}

/// What a sign-up came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SignUpStatus {
    /// A mail is on its way.
    VerifyEmail,
    /// The account is there.
    Created,
}

/// The token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenForm {
    /// The token that the link has.
    #[schema(max_length = 100)]
    pub token: String,
}

/// An address of mail.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EmailForm {
    /// The address.
    #[schema(max_length = 254, example = "ada@example.org")]
    pub email: String,
}

/// A new password, with the token of a link.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ResetForm {
    /// The token that the link has.
    #[schema(max_length = 100)]
    pub token: String,
    /// The new password.
    #[schema(min_length = 10, max_length = 256, example = "tarn ferry lamp quietly")]
    pub password: String,
}

/// What of an account is to be changed.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProfileForm {
    /// The display name.
    #[schema(min_length = 1, max_length = 100, example = "Ada Lovelace")]
    pub name: String,
}

/// A new password, with the one of now.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PasswordForm {
    /// The password of now; left out by who has none.
    #[serde(default)]
    #[schema(nullable = true, max_length = 256)]
    pub current_password: Option<String>,
    /// The new password.
    #[schema(min_length = 10, max_length = 256, example = "tarn ferry lamp quietly")]
    pub password: String,
}

/// A new address, with the password.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeEmailForm {
    /// The new address.
    #[schema(max_length = 254, example = "ada@example.org")]
    pub email: String,
    /// The password; left out by who has none.
    #[serde(default)]
    #[schema(nullable = true, max_length = 256)]
    pub password: Option<String>,
}

/// The password, for what cannot be undone.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ProofForm {
    /// The password; left out by who has none.
    #[serde(default)]
    #[schema(nullable = true, max_length = 256)]
    pub password: Option<String>,
}

/// An account that an administrator makes.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountForm {
    /// The address.
    #[schema(max_length = 254, example = "ada@example.org")]
    pub email: String,
    /// The display name.
    #[schema(min_length = 1, max_length = 100, example = "Ada Lovelace")]
    pub name: String,
    /// What it may.
    #[schema(min_items = 1, max_items = 4)]
    pub roles: Vec<AccountRole>,
    /// The password; without one its owner chooses it by "Forgot password?".
    #[serde(default)]
    #[schema(min_length = 10, nullable = true, max_length = 256)]
    pub password: Option<String>,
}

/// What an administrator changes of an account; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AccountChange {
    /// The display name.
    #[serde(default)]
    #[schema(nullable = true, min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// What it may.
    #[serde(default)]
    #[schema(nullable = true, min_items = 1, max_items = 4)]
    pub roles: Option<Vec<AccountRole>>,
    /// Whether it is suspended.
    #[serde(default)]
    #[schema(nullable = true)]
    pub suspended: Option<bool>,
}

/// An invitation.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InvitationForm {
    /// The address to invite.
    #[schema(max_length = 254, example = "ada@example.org")]
    pub email: String,
    /// What the account will be able to do.
    #[schema(min_items = 1, max_items = 4)]
    pub roles: Vec<AccountRole>,
}

/// One event of the security log.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SecurityEvent {
    /// The global id.
    #[schema(value_type = String, pattern = "^evt_[0-7][0-9a-hjkmnp-tv-z]{12}$")]
    pub id: EventId,
    /// When it was.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What happened: `log_in`, `log_in_failed`, `password_reset`, `roles_changed`, …
    #[schema(max_length = 60, example = "log_in")]
    pub kind: String,
    /// The account that it happened to, where it is known.
    #[schema(value_type = Option<String>, required = true)]
    pub account: Option<AccountId>,
    /// The account that did it, where that is another one.
    #[schema(value_type = Option<String>, required = true)]
    pub actor: Option<AccountId>,
    /// The address that it came from; of IPv6 the network.
    #[schema(required = true, max_length = 60, example = "192.0.2.7")]
    pub address: Option<String>,
    /// More, by kind.
    #[schema(value_type = Object)]
    pub detail: serde_json::Value,
}

impl From<Event> for SecurityEvent {
    fn from(event: Event) -> SecurityEvent {
        SecurityEvent {
            id: event.id,
            at: event.at,
            kind: event.kind,
            account: event.account,
            actor: event.actor,
            address: event.address,
            detail: serde_json::from_str(&event.detail).unwrap_or_default(),
        }
    }
}

/// Events of the security log, the newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct SecurityEventList {
    /// The events.
    pub data: Vec<SecurityEvent>,
    /// The id to send as `before` for older ones; null at the end.
    #[schema(required = true, max_length = 17)]
    pub before: Option<String>,
}
