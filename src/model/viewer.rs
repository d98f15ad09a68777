//! Who is asking.

use super::id::{AccountId, SessionId};

/// What a caller is, as far as permissions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// Nobody that we know.
    Anonymous,
    /// Someone with an account.
    Reader,
    /// Writes, and submits what they wrote.
    Contributor,
    /// Edits and publishes.
    Editor,
    /// Configures.
    Admin,
    /// The program itself: import, followers, timers.
    System,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 6] =
        [Role::Anonymous, Role::Reader, Role::Contributor, Role::Editor, Role::Admin, Role::System];

    /// The roles that an account may have.
    pub const OF_ACCOUNTS: [Role; 4] = [Role::Reader, Role::Contributor, Role::Editor, Role::Admin];

    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Anonymous => "anonymous",
            Role::Reader => "reader",
            Role::Contributor => "contributor",
            Role::Editor => "editor",
            Role::Admin => "admin",
            Role::System => "system",
        }
    }

    /// The role of an account that is written so.
    pub fn of_account(word: &str) -> Option<Role> {
        Role::OF_ACCOUNTS.into_iter().find(|role| role.as_str() == word)
    }
}

/// A set of roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Roles(u8);

impl Roles {
    /// Whether the role is one of them.
    pub fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, from the one that may least to the one that may most.
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// The role that may most; anonymous when there is none.
    pub fn highest(self) -> Role {
        self.iter().last().unwrap_or(Role::Anonymous)
    }

    /// Roles of accounts, written with spaces between; what is none is left out.
    pub fn parse(words: &str) -> Roles {
        words.split_whitespace().filter_map(Role::of_account).collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Roles(roles.into_iter().fold(0, |set, role| set | 1 << role as u8))
    }
}

impl From<Role> for Roles {
    fn from(role: Role) -> Self {
        Roles::from_iter([role])
    }
}

impl std::fmt::Display for Roles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.iter().map(Role::as_str).collect::<Vec<_>>().join(" "))
    }
}

/// The caller of a use case. `identity` makes one of a credential; the command line is [`Viewer::system`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Viewer {
    roles: Roles,
    account: Option<AccountId>,
    session: Option<SessionId>,
}

impl Viewer {
    /// A caller without a credential.
    pub fn anonymous() -> Self {
        Viewer::with_role(Role::Anonymous)
    }

    /// The program itself.
    pub fn system() -> Self {
        Viewer::with_role(Role::System)
    }

    /// A caller with this role.
    pub fn with_role(role: Role) -> Self {
        Viewer { roles: role.into(), account: None, session: None }
    }

    /// Somebody with an account, in one of its sessions.
    pub fn of(account: AccountId, session: SessionId, roles: Roles) -> Self {
        Viewer { roles, account: Some(account), session: Some(session) }
    }

    /// Somebody with an account who is not here: what they gave out is good for as long as they may themselves.
    pub fn absent(account: AccountId, roles: Roles) -> Self {
        Viewer { roles, account: Some(account), session: None }
    }

    /// The roles. Whoever has an account is a reader at least.
    pub fn roles(&self) -> Roles {
        self.roles
    }

    /// The role that may most.
    pub fn role(&self) -> Role {
        self.roles.highest()
    }

    /// The account.
    pub fn account(&self) -> Option<AccountId> {
        self.account
    }

    /// The session.
    pub fn session(&self) -> Option<SessionId> {
        self.session
    }

    /// As it is written beside a revision: the account, or the role of who has none.
    pub fn name(&self) -> String {
        match self.account {
            Some(account) => account.to_string(),
            None => self.role().as_str().to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_a_set() {
        let roles = Roles::parse("editor reader system nonsense editor");
        assert_eq!((roles.to_string().as_str(), roles.highest()), ("reader editor", Role::Editor));
        assert!(!roles.has(Role::System) && !roles.has(Role::Admin));
        assert_eq!((Roles::parse("").highest(), Roles::parse("").is_empty()), (Role::Anonymous, true));
    }
}
