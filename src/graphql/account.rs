//! Accounts and sessions.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};

use super::asker::asker;
use super::connection::PageInfo;
use super::errors::Shown;
use super::provider::ProviderIdentity;
use super::query::Node;
use super::scalars::DateTime;
use crate::error::{Code, Error, Result};
use crate::identity::{Grant, SecurityEvent as Event};
use crate::model::account::{self, Known, Mode, Status};
use crate::model::id::{AccountId, EventId, SessionId};
use crate::model::viewer::{self, Roles};

/// What an account may.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Reads.
    Reader,
    /// Writes, and submits what they wrote.
    Contributor,
    /// Edits and publishes.
    Editor,
    /// Configures.
    Admin,
}

impl Role {
    fn of(roles: Roles) -> Vec<Role> {
        roles
            .iter()
            .filter_map(|role| match role {
                viewer::Role::Reader => Some(Role::Reader),
                viewer::Role::Contributor => Some(Role::Contributor),
                viewer::Role::Editor => Some(Role::Editor),
                viewer::Role::Admin => Some(Role::Admin),
                viewer::Role::Anonymous | viewer::Role::System => None,
            })
            .collect()
    }

    /// A set of roles.
    pub(super) fn set(roles: &[Role]) -> Roles {
        let role = |role: &Role| match role {
            Role::Reader => viewer::Role::Reader,
            Role::Contributor => viewer::Role::Contributor,
            Role::Editor => viewer::Role::Editor,
            Role::Admin => viewer::Role::Admin,
        };
        roles.iter().map(role).collect()
    }
}

/// Whether an account can be used.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Status")]
pub enum AccountStatus {
    /// It can.
    Active,
    /// An administrator has stopped it.
    Suspended,
    /// It is gone; what it wrote stays.
    Deleted,
}

/// How a session is carried.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
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

/// An account.
pub struct Account(pub account::Account);

/// An account.
#[Object]
impl Account {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The display name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// The address of mail, verified; null where a provider told none, and after deletion.
    async fn email(&self) -> Option<&str> {
        self.0.email.as_deref()
    }

    /// What it may.
    async fn roles(&self) -> Vec<Role> {
        Role::of(self.0.roles)
    }

    /// Whether it can be used.
    async fn status(&self) -> AccountStatus {
        self.0.status.into()
    }

    /// Whether it has a password; else it logs in by a provider.
    async fn has_password(&self) -> bool {
        self.0.has_password
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.0.created_at)
    }

    /// When it was changed last.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// Who it is at providers, in the order of the links.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn identities(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ProviderIdentity>> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.reading().await.shown()?;
        let found = asker.identity.identities(&known.viewer(), self.0.id).await.shown()?;
        Ok(found.into_iter().map(ProviderIdentity).collect())
    }

    /// Where it is logged in, the session that was used last first.
    #[graphql(complexity = "1 + 10 * child_complexity")]
    async fn sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Session>> {
        let asker = asker(ctx).shown()?;
        let (known, ..) = asker.reading().await.shown()?;
        let sessions = asker.identity.sessions(&known.viewer(), self.0.id).await.shown()?;
        Ok(sessions.into_iter().map(|session| Session::of(session, &known)).collect())
    }
}

/// A session: one log-in on one device.
pub struct Session {
    session: account::Session,
    current: bool,
}

impl Session {
    pub(super) fn of(session: account::Session, known: &Known) -> Session {
        Session { current: session.id == known.session, session }
    }
}

/// A session: one log-in on one device.
#[Object]
impl Session {
    /// The global id.
    async fn id(&self) -> ID {
        ID(self.session.id.to_string())
    }

    /// How it is carried.
    async fn mode(&self) -> SessionMode {
        match self.session.mode {
            Mode::Cookie => SessionMode::Cookie,
            Mode::Token => SessionMode::Token,
        }
    }

    /// Whether "Remember me" was chosen.
    async fn remember(&self) -> bool {
        self.session.remember
    }

    /// What the device said it is (`User-Agent`).
    async fn device(&self) -> &str {
        &self.session.device
    }

    /// Whether it is the one of this request.
    async fn current(&self) -> bool {
        self.current
    }

    /// When it began.
    async fn created_at(&self) -> DateTime {
        DateTime(self.session.created_at)
    }

    /// When it was used last, to a few minutes.
    async fn used_at(&self) -> DateTime {
        DateTime(self.session.used_at)
    }

    /// When it ends unless it is used before.
    async fn expires_at(&self) -> DateTime {
        DateTime(self.session.expires_at)
    }
}

/// Who is asking.
#[derive(SimpleObject)]
#[graphql(name = "Viewer")]
pub struct ViewerObject {
    /// The account.
    account: Account,
    /// The session of this request.
    session: Session,
    /// With a session by cookie: what to send as `X-CSRF-Token` with every mutation. Null with an access token.
    csrf_token: Option<String>,
}

/// Who is asking; none for a stranger.
pub(super) async fn viewer(ctx: &Context<'_>) -> Result<Option<ViewerObject>> {
    let Ok(asker) = asker(ctx) else { return Ok(None) };
    asker.personal();
    let Some(known) = &asker.known else { return Ok(None) };
    let confirmed = asker.identity.confirm(known).await;
    let (account, session) = match confirmed {
        Ok(found) => found,
        // A cookie that is not good makes a stranger, here as everywhere.
        Err(error) if error.code() == Code::InvalidToken && known.mode == Mode::Cookie => return Ok(None),
        Err(error) => return Err(error),
    };
    let csrf_token = match known.mode {
        Mode::Cookie => asker.cookie.as_deref().and_then(|cookie| asker.identity.csrf_token(cookie)),
        Mode::Token => None,
    };
    Ok(Some(ViewerObject { account: Account(account), session: Session::of(session, known), csrf_token }))
}

/// What a log-in gives.
#[derive(SimpleObject)]
pub struct SessionPayload {
    /// Whose session it is.
    account: Account,
    /// The session.
    session: Session,
    /// In mode TOKEN: what to send as `Authorization: Bearer …`; a JWT (RFC 9068).
    access_token: Option<String>,
    /// In mode TOKEN: when the access token expires.
    access_token_expires_at: Option<DateTime>,
    /// In mode TOKEN: what gives the next access token, once.
    refresh_token: Option<String>,
    /// In mode COOKIE: what to send as `X-CSRF-Token` with every mutation.
    csrf_token: Option<String>,
}

impl From<Grant> for SessionPayload {
    fn from(grant: Grant) -> SessionPayload {
        SessionPayload {
            access_token_expires_at: grant.access_token.is_some().then_some(DateTime(grant.access_until)),
            access_token: grant.access_token,
            refresh_token: grant.refresh_token,
            csrf_token: grant.csrf_token,
            account: Account(grant.account),
            session: Session { session: grant.session, current: true },
        }
    }
}

/// What a log-in box sends.
#[derive(InputObject)]
pub struct LogInInput {
    /// The address.
    pub email: String,
    /// The password.
    pub password: String,
    /// "Remember me": without it the session ends after 12 hours at the most, and a browser forgets it when it is closed;
    /// with it after 30 days without use, and 180 days at the most. (As shipped.)
    #[graphql(default)]
    pub remember: bool,
    /// How the session is to be carried.
    #[graphql(default_with = "SessionMode::Token")]
    pub mode: SessionMode,
}

/// What a sign-up form sends.
#[derive(InputObject)]
pub struct SignUpInput {
    /// The address; with an invitation it may be left out.
    pub email: Option<String>,
    /// The display name.
    pub name: String,
    /// The password.
    pub password: String,
    /// The token of an invitation.
    pub invitation: Option<String>,
}

/// What a sign-up came to.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SignUpStatus {
    /// A mail is on its way; the account is made when its link is followed.
    VerifyEmail,
    /// The account is there: an invitation had proved the address.
    Created,
}

/// An account that an administrator makes.
#[derive(InputObject)]
pub struct CreateAccountInput {
    /// The address.
    pub email: String,
    /// The display name.
    pub name: String,
    /// What it may.
    pub roles: Vec<Role>,
    /// The password; without one its owner chooses it by "Forgot password?".
    pub password: Option<String>,
}

/// An account in a list.
#[derive(SimpleObject)]
pub struct AccountEdge {
    /// The place of the account, to go on from.
    cursor: String,
    /// The account.
    node: Account,
}

/// A page of accounts.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct AccountConnection {
    /// The accounts with their cursors.
    edges: Vec<AccountEdge>,
    /// Where the page lies in the list, which is walked forwards.
    page_info: PageInfo,
}

#[ComplexObject]
impl AccountConnection {
    /// The accounts without their cursors.
    async fn nodes(&self) -> Vec<Account> {
        self.edges.iter().map(|edge| Account(edge.node.0.clone())).collect()
    }
}

/// A page of accounts.
pub(super) async fn accounts(ctx: &Context<'_>, size: usize, after: Option<String>) -> Result<AccountConnection> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.reading().await?;
    let place = |text: &String| text.parse::<AccountId>().map_err(|_| no_cursor("after"));
    let place = after.as_ref().map(place).transpose()?;
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut rows = asker.identity.accounts(&known.viewer(), place, limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let edges: Vec<AccountEdge> =
        rows.into_iter().map(|row| AccountEdge { cursor: row.id.to_string(), node: Account(row) }).collect();
    let edge = |edge: Option<&AccountEdge>| edge.map(|edge| edge.cursor.clone());
    let page_info = PageInfo::of_hits(edge(edges.first()), edge(edges.last()), after.is_none(), more);
    Ok(AccountConnection { edges, page_info })
}

fn no_cursor(name: &str) -> Error {
    Error::new(Code::InvalidCursor, "This is no cursor of this list; use one as pageInfo gave it.").at(name)
}

/// One event of the security log.
pub struct SecurityEvent(Event);

/// One event of the security log.
#[Object]
impl SecurityEvent {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// When it was.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What happened: `log_in`, `log_in_failed`, `password_reset`, `roles_changed`, …
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The id of the account that it happened to, where it is known.
    async fn account_id(&self) -> Option<ID> {
        self.0.account.map(|id| ID(id.to_string()))
    }

    /// The id of the account that did it, where that is another one.
    async fn actor_id(&self) -> Option<ID> {
        self.0.actor.map(|id| ID(id.to_string()))
    }

    /// The address that it came from; of IPv6 the network.
    async fn address(&self) -> Option<&str> {
        self.0.address.as_deref()
    }

    /// More, as a JSON object, by kind.
    async fn detail(&self) -> &str {
        &self.0.detail
    }
}

/// An event in the log.
#[derive(SimpleObject)]
pub struct SecurityEventEdge {
    /// The place of the event, to go on from.
    cursor: String,
    /// The event.
    node: SecurityEvent,
}

/// A page of the security log, the newest event first.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct SecurityEventConnection {
    /// The events with their cursors.
    edges: Vec<SecurityEventEdge>,
    /// Where the page lies in the list, which is walked forwards.
    page_info: PageInfo,
}

#[ComplexObject]
impl SecurityEventConnection {
    /// The events without their cursors.
    async fn nodes(&self) -> Vec<&SecurityEvent> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

/// A page of the security log.
pub(super) async fn events(
    ctx: &Context<'_>,
    account: Option<ID>,
    size: usize,
    after: Option<String>,
) -> Result<SecurityEventConnection> {
    let asker = asker(ctx)?;
    let (known, ..) = asker.reading().await?;
    let place = after.as_deref().map(|text| text.parse().map_err(|_| no_cursor("after"))).transpose()?;
    let account = account.map(|id| account_id(&id)).transpose()?;
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut rows = asker.identity.events(&known.viewer(), account, place, limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let edges: Vec<SecurityEventEdge> = rows
        .into_iter()
        .map(|row| SecurityEventEdge { cursor: row.id.to_string(), node: SecurityEvent(row) })
        .collect();
    let edge = |edge: Option<&SecurityEventEdge>| edge.map(|edge| edge.cursor.clone());
    let page_info = PageInfo::of_hits(edge(edges.first()), edge(edges.last()), after.is_none(), more);
    Ok(SecurityEventConnection { edges, page_info })
}

/// The account or the event with this global id; none for who may not see it, as where there is none.
pub(super) async fn node(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let (account, event) = (id.parse::<AccountId>(), id.parse::<EventId>());
    let Some(asker) = asker(ctx).ok().filter(|_| account.is_ok() || event.is_ok()) else { return Ok(None) };
    asker.personal();
    if asker.known.is_none() {
        return Ok(None);
    }
    let (known, ..) = asker.reading().await?;
    let viewer = known.viewer();
    let found: Result<Option<Node>> = async {
        if let Ok(id) = account {
            return Ok(Some(Node::Account(Account(asker.identity.account(&viewer, id).await?))));
        }
        let Ok(id) = event else { return Ok(None) };
        let next = EventId(id.0.saturating_add(1));
        let found = asker.identity.events(&viewer, None, Some(next), 1).await?.pop();
        Ok(found.filter(|found| found.id == id).map(|found| Node::SecurityEvent(SecurityEvent(found))))
    }
    .await;
    match found {
        Err(error) if matches!(error.code(), Code::Forbidden | Code::NotFound) => Ok(None),
        other => other,
    }
}

/// The id of an account.
pub(super) fn account_id(id: &ID) -> Result<AccountId> {
    id.parse().map_err(|error: Error| error.at("id"))
}

/// The id of a session.
pub(super) fn session_id(id: &ID) -> Result<SessionId> {
    id.parse().map_err(|error: Error| error.at("id"))
}
