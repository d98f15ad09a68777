//! Who may do what: one table, asked by every use case before it writes.

use super::id::AccountId;
use super::viewer::{Role, Viewer};
use crate::error::{Code, Error, Result};

/// What can be done to the catalogue, the newsroom and accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    /// Read what is published.
    Read,
    /// Take articles over from a file.
    Import,
    /// Write the whole catalogue to a file.
    Export,
    /// See articles on the newsroom side, with their revisions, notes and history.
    SeeNewsroom,
    /// Write an article: make it, save it, submit it, give a draft up.
    WriteArticles,
    /// Approve an article, hand it back, hold it, give it to somebody.
    ReviewArticles,
    /// Give out a link by which a draft can be read.
    PreviewArticles,
    /// Make a revision public, now or at an instant.
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
    /// Make, change, merge and delete topics, sections and authors.
    EditTaxonomy,
    /// See an account, its sessions and its providers.
    SeeAccount,
    /// Change an account's name, address, password and providers.
    ChangeAccount,
    /// End sessions of an account.
    EndSessions,
    /// Delete an account; what it wrote stays under its name.
    DeleteAccount,
    /// List, make and invite accounts, give them roles, suspend them.
    ManageAccounts,
    /// Read the log of security events.
    ReadSecurityEvents,
}

/// Whose the subject of an action is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Whose {
    /// The caller's own.
    Own,
    /// Somebody else's, or nobody's in particular.
    Others,
}

impl Whose {
    /// Whose something is to the viewer that belongs to these accounts.
    pub fn of(viewer: &Viewer, accounts: &[Option<AccountId>]) -> Whose {
        match viewer.account() {
            Some(account) if accounts.contains(&Some(account)) => Whose::Own,
            _ => Whose::Others,
        }
    }

    /// Whose this account is to the viewer.
    pub fn account(viewer: &Viewer, account: AccountId) -> Whose {
        if viewer.account() == Some(account) { Whose::Own } else { Whose::Others }
    }
}

impl Action {
    /// Every action.
    pub const ALL: [Action; 20] = [
        Action::Read,
        Action::Import,
        Action::Export,
        Action::SeeNewsroom,
        Action::WriteArticles,
        Action::ReviewArticles,
        Action::PreviewArticles,
        Action::Publish,
        Action::Correct,
        Action::Withdraw,
        Action::Kill,
        Action::MoveSlug,
        Action::EditCollections,
        Action::EditTaxonomy,
        Action::SeeAccount,
        Action::ChangeAccount,
        Action::EndSessions,
        Action::DeleteAccount,
        Action::ManageAccounts,
        Action::ReadSecurityEvents,
    ];

    /// The roles that may do it.
    pub fn roles(self, whose: Whose) -> &'static [Role] {
        use Role::{Admin, Contributor, Editor, Reader, System};
        const WITH_ACCOUNT: &[Role] = &[Reader, Contributor, Editor, Admin, System];
        match self {
            Action::Read => &Role::ALL,
            Action::Import | Action::Export => &[Admin, System],
            Action::SeeNewsroom | Action::WriteArticles | Action::PreviewArticles => match whose {
                Whose::Own => &[Contributor, Editor, Admin, System],
                Whose::Others => &[Editor, Admin, System],
            },
            Action::ReviewArticles => &[Editor, Admin, System],
            Action::Publish | Action::Correct | Action::Withdraw | Action::MoveSlug => &[Editor, Admin, System],
            Action::Kill | Action::EditCollections | Action::EditTaxonomy => &[Editor, Admin, System],
            Action::SeeAccount | Action::ChangeAccount | Action::EndSessions | Action::DeleteAccount => match whose {
                Whose::Own => WITH_ACCOUNT,
                Whose::Others => &[Admin, System],
            },
            Action::ManageAccounts | Action::ReadSecurityEvents => &[Admin, System],
        }
    }

    /// In words, as the table in the documentation has it.
    pub fn words(self) -> &'static str {
        match self {
            Action::Read => "Read what is published",
            Action::Import => "Import articles",
            Action::Export => "Export everything",
            Action::SeeNewsroom => "See drafts, revisions, notes and history",
            Action::WriteArticles => "Write, save and submit articles",
            Action::ReviewArticles => "Approve, hand back, hold and assign articles",
            Action::PreviewArticles => "Give out previews of drafts",
            Action::Publish => "Publish or schedule an article",
            Action::Correct => "Correct an article",
            Action::Withdraw => "Withdraw an article",
            Action::Kill => "Kill an article",
            Action::MoveSlug => "Move an article to another slug",
            Action::EditCollections => "Edit collections",
            Action::EditTaxonomy => "Edit topics, sections and authors",
            Action::SeeAccount => "See an account, its sessions and its providers",
            Action::ChangeAccount => "Change an account's name, address, password and providers",
            Action::EndSessions => "End sessions of an account",
            Action::DeleteAccount => "Delete an account",
            Action::ManageAccounts => "List, make, invite and suspend accounts, give roles",
            Action::ReadSecurityEvents => "Read the log of security events",
        }
    }
}

/// The table as Markdown, as the documentation shows it.
///
/// ```
/// let table = masthead::model::policy::table();
/// assert!(table.contains("| Kill an article |  |  |  | yes | yes |"));
/// ```
pub fn table() -> String {
    let roles = [Role::Anonymous, Role::Reader, Role::Contributor, Role::Editor, Role::Admin];
    let mut table =
        String::from("| | anonymous | reader | contributor | editor | admin |\n|---|---|---|---|---|---|\n");
    for action in Action::ALL {
        table.push_str("| ");
        table.push_str(action.words());
        for role in roles {
            let (own, others) = (action.roles(Whose::Own).contains(&role), action.roles(Whose::Others).contains(&role));
            table.push_str(match (own, others) {
                (true, true) => " | yes",
                (true, false) => " | own",
                _ => " | ",
            });
        }
        table.push_str(" |\n");
    }
    table
}

/// Nothing when the viewer may do it; else 401 for somebody unknown and 403 for somebody known.
pub fn may(viewer: &Viewer, action: Action) -> Result<()> {
    may_to(viewer, action, Whose::Others)
}

/// The same of something that may be the viewer's own.
pub fn may_to(viewer: &Viewer, action: Action, whose: Whose) -> Result<()> {
    if viewer.roles().iter().any(|role| action.roles(whose).contains(&role)) {
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
        let may_do = |role: Role, whose| -> Vec<Action> {
            Action::ALL.into_iter().filter(|a| may_to(&Viewer::with_role(role), *a, whose).is_ok()).collect()
        };
        use Action::*;
        let own = [SeeAccount, ChangeAccount, EndSessions, DeleteAccount];
        let write = [SeeNewsroom, WriteArticles, PreviewArticles];
        let edit = [
            Read,
            SeeNewsroom,
            WriteArticles,
            ReviewArticles,
            PreviewArticles,
            Publish,
            Correct,
            Withdraw,
            Kill,
            MoveSlug,
            EditCollections,
            EditTaxonomy,
        ];
        for (role, others, of_own) in [
            (Role::Anonymous, vec![Read], vec![Read]),
            (Role::Reader, vec![Read], [&[Read][..], &own].concat()),
            (Role::Contributor, vec![Read], [&[Read][..], &write, &own].concat()),
            (Role::Editor, edit.to_vec(), [&edit[..], &own].concat()),
            (Role::Admin, Action::ALL.to_vec(), Action::ALL.to_vec()),
            (Role::System, Action::ALL.to_vec(), Action::ALL.to_vec()),
        ] {
            assert_eq!(may_do(role, Whose::Others), others, "{role:?}");
            assert_eq!(may_do(role, Whose::Own), of_own, "{role:?}");
        }
    }

    #[test]
    fn unknown_is_401_and_known_is_403() {
        let code = |role| may(&Viewer::with_role(role), Action::Publish).unwrap_err().code();
        assert_eq!(code(Role::Anonymous), Code::Unauthenticated);
        assert_eq!(code(Role::Reader), Code::Forbidden);
    }
}
