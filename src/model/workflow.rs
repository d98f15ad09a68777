//! The states of an article on the newsroom side and the steps between them, as one table.
//!
//! A state is of the newest revision. Whether something of the article is public is another matter: a published article
//! may have a newer draft beside it, which goes through the same states until it is published or discarded.

use super::policy::Action;
use crate::error::{Code, Error, Result};

/// Where the newest revision of an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Being written; never public.
    Draft,
    /// Handed to the desk.
    Submitted,
    /// Handed back to be revised.
    ChangesRequested,
    /// Fit to be published.
    Approved,
    /// Waits for its instant; not public before.
    Scheduled,
    /// Held back, without an instant.
    Withheld,
    /// In the catalogue.
    Published,
    /// Taken back.
    Withdrawn,
    /// Taken back for legal reasons; it never returns.
    Killed,
}

use State::{Approved, ChangesRequested, Draft, Killed, Published, Scheduled, Submitted, Withdrawn, Withheld};

impl State {
    /// Every state.
    pub const ALL: [State; 9] =
        [Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published, Withdrawn, Killed];

    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Draft => "draft",
            Submitted => "submitted",
            ChangesRequested => "changes_requested",
            Approved => "approved",
            Scheduled => "scheduled",
            Withheld => "withheld",
            Published => "published",
            Withdrawn => "withdrawn",
            Killed => "killed",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            ChangesRequested => "to be revised",
            Draft => "a draft",
            other => other.as_str(),
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A step that a use case takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Step {
    /// Another revision.
    Save,
    /// To the desk.
    Submit,
    /// Back from the desk, by who submitted it.
    TakeBack,
    /// Back to whoever writes it, with a note.
    RequestChanges,
    /// Fit to be published.
    Approve,
    /// To wait for an instant.
    Schedule,
    /// No longer to wait for it.
    Unschedule,
    /// To wait without an instant.
    Withhold,
    /// Into the catalogue, for the first time or with a newer version.
    Publish,
    /// A newer version with a public note.
    Correct,
    /// Another address.
    MoveSlug,
    /// The draft beside what is public is given up.
    Discard,
    /// What was never public is removed.
    Delete,
    /// Out of the catalogue.
    Withdraw,
    /// Out of the catalogue, for good.
    Kill,
}

impl Step {
    /// Every step.
    pub const ALL: [Step; 15] = [
        Step::Save,
        Step::Submit,
        Step::TakeBack,
        Step::RequestChanges,
        Step::Approve,
        Step::Schedule,
        Step::Unschedule,
        Step::Withhold,
        Step::Publish,
        Step::Correct,
        Step::MoveSlug,
        Step::Discard,
        Step::Delete,
        Step::Withdraw,
        Step::Kill,
    ];

    /// As the doors have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Step::Save => "save",
            Step::Submit => "submit",
            Step::TakeBack => "take_back",
            Step::RequestChanges => "request_changes",
            Step::Approve => "approve",
            Step::Schedule => "schedule",
            Step::Unschedule => "unschedule",
            Step::Withhold => "withhold",
            Step::Publish => "publish",
            Step::Correct => "correct",
            Step::MoveSlug => "move_slug",
            Step::Discard => "discard",
            Step::Delete => "delete",
            Step::Withdraw => "withdraw",
            Step::Kill => "kill",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Step::Save => "be changed",
            Step::Submit => "be submitted",
            Step::TakeBack => "be taken back from the desk",
            Step::RequestChanges => "be handed back for changes",
            Step::Approve => "be approved",
            Step::Schedule => "be scheduled",
            Step::Unschedule => "be unscheduled",
            Step::Withhold => "be withheld",
            Step::Publish => "be published",
            Step::Correct => "be corrected",
            Step::MoveSlug => "get another slug",
            Step::Discard => "lose its draft",
            Step::Delete => "be deleted",
            Step::Withdraw => "be withdrawn",
            Step::Kill => "be killed",
        }
    }

    /// The right that it needs.
    pub fn action(self) -> Action {
        match self {
            Step::Save | Step::Submit | Step::TakeBack | Step::Discard | Step::Delete => Action::WriteArticles,
            Step::RequestChanges | Step::Approve | Step::Withhold => Action::ReviewArticles,
            Step::Schedule | Step::Unschedule | Step::Publish => Action::Publish,
            Step::Correct => Action::Correct,
            Step::MoveSlug => Action::MoveSlug,
            Step::Withdraw => Action::Withdraw,
            Step::Kill => Action::Kill,
        }
    }
}

/// Whether something of the article must be public for a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Public {
    /// It does not matter.
    Either,
    /// It must be.
    Yes,
    /// Nothing may be, nor ever have been.
    Never,
}

/// Who takes a step: one who writes the piece, or the desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hand {
    /// Whose piece it is, and who has no right to others'.
    Writer,
    /// Who may edit everybody's.
    Desk,
}

/// One row: from these states, by these hands, to that state.
struct Row {
    step: Step,
    from: &'static [State],
    /// Whether who writes it may, too; the desk always may.
    writer: bool,
    public: Public,
    /// The state afterwards; none where it stays.
    to: Option<State>,
}

const fn row(step: Step, from: &'static [State], writer: bool, public: Public, to: Option<State>) -> Row {
    Row { step, from, writer, public, to }
}

/// The table. The first row that fits counts.
const TABLE: &[Row] = &[
    row(Step::Save, &[Draft, ChangesRequested], true, Public::Either, None),
    row(Step::Save, &[Submitted, Approved, Scheduled, Withheld], false, Public::Either, None),
    row(Step::Save, &[Published], true, Public::Either, Some(Draft)),
    row(Step::Save, &[Withdrawn], false, Public::Either, Some(Draft)),
    row(Step::Submit, &[Draft, ChangesRequested], true, Public::Either, Some(Submitted)),
    row(Step::TakeBack, &[Submitted], true, Public::Either, Some(Draft)),
    row(Step::RequestChanges, &[Submitted, Approved], false, Public::Either, Some(ChangesRequested)),
    row(Step::Approve, &[Draft, Submitted, ChangesRequested], false, Public::Either, Some(Approved)),
    row(
        Step::Schedule,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Withdrawn],
        false,
        Public::Either,
        Some(Scheduled),
    ),
    row(Step::Unschedule, &[Scheduled], false, Public::Either, Some(Approved)),
    row(
        Step::Withhold,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Withdrawn],
        false,
        Public::Either,
        Some(Withheld),
    ),
    row(
        Step::Publish,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published, Withdrawn],
        false,
        Public::Either,
        Some(Published),
    ),
    row(
        Step::Correct,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published],
        false,
        Public::Yes,
        None,
    ),
    row(
        Step::MoveSlug,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published],
        false,
        Public::Either,
        None,
    ),
    row(Step::Discard, &[Draft, ChangesRequested], true, Public::Yes, Some(Published)),
    row(Step::Discard, &[Submitted, Approved, Scheduled, Withheld], false, Public::Yes, Some(Published)),
    row(Step::Delete, &[Draft, ChangesRequested], true, Public::Never, None),
    row(Step::Delete, &[Submitted, Approved, Scheduled, Withheld], false, Public::Never, None),
    // A public article stays public while a newer version waits; it has to be withdrawn to leave the catalogue.
    row(
        Step::Withdraw,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published],
        false,
        Public::Either,
        Some(Withdrawn),
    ),
    row(
        Step::Kill,
        &[Draft, Submitted, ChangesRequested, Approved, Scheduled, Withheld, Published, Withdrawn],
        false,
        Public::Either,
        Some(Killed),
    ),
];

/// Where an article stands before a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The state of its newest revision.
    pub state: State,
    /// Whether something of it is in the catalogue.
    pub public: bool,
    /// Whether something of it ever was, or a grave tells of it.
    pub known: bool,
}

/// The state after the step, or a conflict that says why not.
///
/// # Errors
/// `CONFLICT`.
pub fn step(from: Standing, step: Step, hand: Hand) -> Result<State> {
    let fits = |row: &&Row| {
        let public = match row.public {
            Public::Either => true,
            Public::Yes => from.public,
            Public::Never => !from.public && !from.known,
        };
        row.step == step && row.from.contains(&from.state) && public && (row.writer || hand == Hand::Desk)
    };
    if let Some(row) = TABLE.iter().find(fits) {
        return Ok(row.to.unwrap_or(from.state));
    }
    let why = match (step, from.public, from.state) {
        (Step::Discard | Step::Correct, false, _) => "; nothing of it is public",
        (Step::Discard, true, Published) => "; it has no draft beside what is public",
        (Step::Delete, _, Withdrawn) => {
            "; nobody but the newsroom sees its text, so leave it there, or kill it if the text must go"
        }
        (Step::Delete, true, _) => "; it is public, so withdraw it instead",
        (Step::Delete, false, Draft | Submitted | ChangesRequested | Approved | Scheduled | Withheld) if from.known => {
            "; it was public or withdrawn before, so withdraw it instead"
        }
        (Step::Save | Step::Submit | Step::Discard | Step::Delete, _, Submitted) if hand == Hand::Writer => {
            "; take it back from the desk first"
        }
        (_, _, Killed) => ", nor anything else",
        _ => "",
    };
    let says = format!("An article that is {} cannot {}{why}.", from.state.words(), step.words());
    Err(Error::new(Code::Conflict, says))
}

/// The steps that the table allows, in its order: what an editor's page offers as buttons.
pub fn steps(from: Standing, hand: Hand) -> Vec<Step> {
    Step::ALL.into_iter().filter(|one| step(from, *one, hand).is_ok()).collect()
}

/// The table as Markdown, as the documentation shows it: what each step makes of each state. A star marks what whoever
/// writes the piece may do too.
///
/// ```
/// assert!(masthead::model::workflow::table().contains("| submit | submitted* |"));
/// ```
pub fn table() -> String {
    let mut table = String::from("| |");
    for state in State::ALL {
        table.push_str(&format!(" {} |", state.as_str().replace('_', " ")));
    }
    table.push_str("\n|---|");
    table.push_str(&"---|".repeat(State::ALL.len()));
    table.push('\n');
    for one in Step::ALL {
        table.push_str(&format!("| {} |", one.as_str().replace('_', " ")));
        for state in State::ALL {
            let row = TABLE.iter().find(|row| row.step == one && row.from.contains(&state));
            let cell = row.map_or(String::new(), |row| {
                let to = row.to.map_or("stays", State::as_str).replace('_', " ");
                let condition = match row.public {
                    Public::Either => "",
                    Public::Yes => " if public",
                    Public::Never => " if never public",
                };
                let to = if one == Step::Delete { "gone".to_owned() } else { to };
                format!(" {to}{}{condition}", if row.writer { "*" } else { "" })
            });
            table.push_str(&format!("{cell} |"));
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> impl Iterator<Item = Standing> {
        State::ALL.into_iter().flat_map(|state| {
            [(false, false), (false, true), (true, true)].map(|(public, known)| Standing { state, public, known })
        })
    }

    #[test]
    fn killed_is_the_end() {
        let killed = |from: &Standing| from.state == Killed;
        assert!(all().filter(killed).all(|from| Step::ALL.into_iter().all(|s| step(from, s, Hand::Desk).is_err())));
    }

    #[test]
    fn only_publishing_and_giving_a_draft_up_end_in_published() {
        for from in all().filter(|from| from.state != Published) {
            for by in Step::ALL {
                if step(from, by, Hand::Desk).ok() == Some(Published) {
                    assert!(by == Step::Publish || (by == Step::Discard && from.public), "{from:?} {by:?}");
                }
            }
        }
    }

    #[test]
    fn who_writes_may_what_the_desk_may_and_never_more() {
        for from in all() {
            for by in Step::ALL {
                if let Ok(to) = step(from, by, Hand::Writer) {
                    assert_eq!(step(from, by, Hand::Desk).ok(), Some(to));
                    assert!(!matches!(to, Approved | Scheduled | Withdrawn | Killed), "{from:?} {by:?}");
                    assert!(to != Published || (by == Step::Discard && from.public), "{from:?} {by:?}");
                }
            }
        }
    }

    #[test]
    fn the_way_of_a_piece() {
        let mut at = Standing { state: Draft, public: false, known: false };
        for (by, hand, to) in [
            (Step::Save, Hand::Writer, Draft),
            (Step::Submit, Hand::Writer, Submitted),
            (Step::RequestChanges, Hand::Desk, ChangesRequested),
            (Step::Save, Hand::Writer, ChangesRequested),
            (Step::Submit, Hand::Writer, Submitted),
            (Step::Approve, Hand::Desk, Approved),
            (Step::Schedule, Hand::Desk, Scheduled),
            (Step::Publish, Hand::Desk, Published),
        ] {
            assert_eq!(step(at, by, hand).unwrap(), to);
            at.state = to;
        }
        assert!(step(at, Step::Submit, Hand::Desk).is_err());
        at = Standing { state: Published, public: true, known: true };
        assert_eq!(step(at, Step::Save, Hand::Writer).unwrap(), Draft);
        at.state = Draft;
        assert_eq!(steps(at, Hand::Writer), [Step::Save, Step::Submit, Step::Discard]);
        assert!(step(at, Step::Delete, Hand::Desk).unwrap_err().message().contains("withdraw it"));
    }

    #[test]
    fn what_cannot_be_deleted_is_told_what_is_true_of_it() {
        let says = |state, public| {
            let refused = step(Standing { state, public, known: true }, Step::Delete, Hand::Desk).unwrap_err();
            refused.message().to_owned()
        };
        assert!(says(Published, true).contains("is public, so withdraw it"), "{}", says(Published, true));
        assert!(says(Draft, false).contains("before, so withdraw it"), "{}", says(Draft, false));
        // It was withdrawn, perhaps before anybody had seen it.
        assert!(says(Withdrawn, false).contains("leave it") && !says(Withdrawn, false).contains("public"));
        assert!(says(Killed, false).contains("nor anything else"), "{}", says(Killed, false));
    }
}
