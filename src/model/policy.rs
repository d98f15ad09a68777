//! Who may do what: one table, asked by every use case before it writes.

use super::viewer::{Role, Viewer};
use crate::error::{Code, Error, Result};

/// What can be done to the catalogue and the newsroom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read what is published.
    Read,
    /// Take articles over from a file.
    Import,
    /// Write the whole catalogue to a file.
    Export,
    /// Make a revision public.
    Publish,
    /// Publish a corrected version with a public note.
    Correct,
    /// Take an article back.
    Withdraw,
    /// Take an article back for legal reasons, with its earlier versions.
    Kill,
    /// Give an article another address.
    MoveSlug,
    /// Make, change and delete collections, and pin articles in them.
    EditCollections,
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 9] = [
        Action::Read,
        Action::Import,
        Action::Export,
        Action::Publish,
        Action::Correct,
        Action::Withdraw,
        Action::Kill,
        Action::MoveSlug,
        Action::EditCollections,
    ];

    /// The roles that may do it.
    pub fn roles(self) -> &'static [Role] {
        use Role::{Admin, Editor, System};
        match self {
            Action::Read => &Role::ALL,
            Action::Import | Action::Export => &[Admin, System],
            Action::Publish | Action::Correct | Action::Withdraw | Action::MoveSlug => &[Editor, Admin, System],
            Action::Kill | Action::EditCollections => &[Editor, Admin, System],
        }
    }
}

/// Nothing when the viewer may do it; else 401 for somebody unknown and 403 for somebody known.
pub fn may(viewer: &Viewer, action: Action) -> Result<()> {
    if action.roles().contains(&viewer.role()) {
        return Ok(());
    }
    Err(match viewer.role() {
        Role::Anonymous => {
            Error::new(Code::Unauthenticated, "Log in first: this needs an account with the right to it.")
        }
        _ => Error::new(Code::Forbidden, "Your role does not allow this; ask an administrator of the newsroom."),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table() {
        // Written out once more, so that a change of the table must be meant.
        let may_do = |role: Role| -> Vec<Action> {
            Action::ALL.into_iter().filter(|a| may(&Viewer::with_role(role), *a).is_ok()).collect()
        };
        use Action::*;
        assert_eq!(may_do(Role::Anonymous), [Read]);
        assert_eq!(may_do(Role::Reader), [Read]);
        assert_eq!(may_do(Role::Contributor), [Read]);
        assert_eq!(may_do(Role::Editor), [Read, Publish, Correct, Withdraw, Kill, MoveSlug, EditCollections]);
        assert_eq!(may_do(Role::Admin), Action::ALL);
        assert_eq!(may_do(Role::System), Action::ALL);
    }

    #[test]
    fn unknown_is_401_and_known_is_403() {
        let code = |role| may(&Viewer::with_role(role), Action::Publish).unwrap_err().code();
        assert_eq!(code(Role::Anonymous), Code::Unauthenticated);
        assert_eq!(code(Role::Reader), Code::Forbidden);
    }
}
