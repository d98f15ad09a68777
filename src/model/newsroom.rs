//! What hangs on an article on the newsroom side: revisions, autosaves, notes, previews, and who did what when.

use super::id::{AccountId, ArticleId, EventId, NoteId, PreviewId, RevisionId};
use super::time::Instant;
use super::workflow::State;

/// One revision of an article, without its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Revision {
    /// The id.
    pub id: RevisionId,
    /// Counts the article's revisions: 1, 2, 3 …
    pub number: i32,
    /// The account that made it, or the role of who has none.
    pub made_by: String,
    /// When it was made.
    pub made_at: Instant,
    /// The number of the revision that it restored, where it did.
    pub restored_from: Option<i32>,
}

/// What somebody was typing when it was last sent; no revision yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Autosave {
    /// The version of the article that it began with.
    pub version: i32,
    /// What was sent, as JSON: the fields that it changes.
    pub form: String,
    /// When it came.
    pub saved_at: Instant,
}

/// A note to the desk; never public.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// The id.
    pub id: NoteId,
    /// Who wrote it; none for the program itself.
    pub by: Option<AccountId>,
    /// Plain text.
    pub text: String,
    /// When it was written.
    pub at: Instant,
}

/// A preview that was given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The id.
    pub id: PreviewId,
    /// The article.
    pub article: ArticleId,
    /// The number of the only revision that it shows; none for whatever is the newest.
    pub revision: Option<i32>,
    /// Who gave it out.
    pub by: Option<AccountId>,
    /// When.
    pub made_at: Instant,
    /// Until when it is good.
    pub expires_at: Instant,
    /// When it was revoked, if it was.
    pub revoked_at: Option<Instant>,
}

/// What happened to an article.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EventKind {
    /// It was made.
    Created,
    /// Another revision was saved.
    Saved,
    /// An earlier revision was restored.
    Restored,
    /// It was handed to the desk.
    Submitted,
    /// It was taken back from the desk.
    TakenBack,
    /// It was handed back to be revised.
    ChangesRequested,
    /// It was found fit to be published.
    Approved,
    /// It was given an instant.
    Scheduled,
    /// It no longer waits for its instant.
    Unscheduled,
    /// It was held back.
    Withheld,
    /// It became public, or public again.
    Published,
    /// A newer version took the place of the public one.
    Updated,
    /// The same, with a public correction.
    Corrected,
    /// It got another slug.
    Moved,
    /// The draft beside what is public was given up.
    Discarded,
    /// It was taken back.
    Withdrawn,
    /// It was taken back for legal reasons.
    Killed,
    /// It was given to somebody, or to nobody.
    Assigned,
}

impl EventKind {
    /// Every kind.
    pub const ALL: [EventKind; 18] = [
        EventKind::Created,
        EventKind::Saved,
        EventKind::Restored,
        EventKind::Submitted,
        EventKind::TakenBack,
        EventKind::ChangesRequested,
        EventKind::Approved,
        EventKind::Scheduled,
        EventKind::Unscheduled,
        EventKind::Withheld,
        EventKind::Published,
        EventKind::Updated,
        EventKind::Corrected,
        EventKind::Moved,
        EventKind::Discarded,
        EventKind::Withdrawn,
        EventKind::Killed,
        EventKind::Assigned,
    ];

    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            EventKind::Created => "created",
            EventKind::Saved => "saved",
            EventKind::Restored => "restored",
            EventKind::Submitted => "submitted",
            EventKind::TakenBack => "taken_back",
            EventKind::ChangesRequested => "changes_requested",
            EventKind::Approved => "approved",
            EventKind::Scheduled => "scheduled",
            EventKind::Unscheduled => "unscheduled",
            EventKind::Withheld => "withheld",
            EventKind::Published => "published",
            EventKind::Updated => "updated",
            EventKind::Corrected => "corrected",
            EventKind::Moved => "moved",
            EventKind::Discarded => "discarded",
            EventKind::Withdrawn => "withdrawn",
            EventKind::Killed => "killed",
            EventKind::Assigned => "assigned",
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The kinds after which readers find another text at the article's address, or none: what was public at an instant
    /// follows from the last of them.
    pub const PUBLIC: [EventKind; 5] =
        [EventKind::Published, EventKind::Updated, EventKind::Corrected, EventKind::Withdrawn, EventKind::Killed];

    /// Whether readers find nothing of the article afterwards.
    pub fn takes_away(self) -> bool {
        matches!(self, EventKind::Withdrawn | EventKind::Killed)
    }
}

/// One thing that happened to an article.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The id, which grows with time.
    pub id: EventId,
    /// When.
    pub at: Instant,
    /// What.
    pub kind: EventKind,
    /// Who; none for the program itself.
    pub by: Option<AccountId>,
    /// The number of the revision that it is about.
    pub revision: Option<i32>,
    /// The public version afterwards; 0 before the first.
    pub version: i32,
    /// The slug afterwards.
    pub slug: String,
    /// More in words: a reason, a note of correction, an instant, an account. May be empty.
    pub detail: String,
}

/// Which articles of the newsroom are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those that this account made.
    pub owner: Option<AccountId>,
    /// Only those given to this account.
    pub assignee: Option<AccountId>,
    /// Only those that this account made or was given: what a contributor sees.
    pub own: Option<AccountId>,
    /// Only those of which something is public, or of which nothing is.
    pub public: Option<bool>,
}
