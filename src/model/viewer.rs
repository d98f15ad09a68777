//! Who is asking.

/// What a caller is, as far as permissions go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
}

/// The caller of a use case. `identity` makes one of a credential; the command line is [`Viewer::system`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    role: Role,
}

impl Viewer {
    /// A caller without a credential.
    pub fn anonymous() -> Self {
        Viewer { role: Role::Anonymous }
    }

    /// The program itself.
    pub fn system() -> Self {
        Viewer { role: Role::System }
    }

    /// A caller with this role.
    pub fn with_role(role: Role) -> Self {
        Viewer { role }
    }

    /// The role.
    pub fn role(&self) -> Role {
        self.role
    }

    /// As it is written beside a revision.
    pub fn name(&self) -> &'static str {
        match self.role {
            Role::Anonymous => "anonymous",
            Role::Reader => "reader",
            Role::Contributor => "contributor",
            Role::Editor => "editor",
            Role::Admin => "admin",
            Role::System => "system",
        }
    }
}
