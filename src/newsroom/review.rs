//! Review: submit, take back, hand back, approve, schedule, hold, assign, and notes to the desk.

use super::access::{self, Expected};
use super::history;
use super::once::{self, Key};
use super::publish::{newest, not_ahead, waits};
use crate::error::{Code, Error, Result};
use crate::model::account::{Account, Status};
use crate::model::id::{AccountId, ArticleId, NoteId};
use crate::model::newsroom::{EventKind, Note};
use crate::model::policy::Action;
use crate::model::text;
use crate::model::time::Instant;
use crate::model::viewer::{Role, Viewer};
use crate::model::workflow::{self, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, Written, accounts, notes};

/// The most characters of a note.
const NOTE_MOST: usize = 10_000;

/// The steps of review: those that change nothing but where an article stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Review {
    /// To the desk.
    Submit,
    /// Back from the desk, by who submitted it.
    TakeBack,
    /// Back to whoever writes it.
    RequestChanges,
    /// Fit to be published.
    Approve,
    /// No longer waiting for its instant.
    Unschedule,
    /// To wait without an instant.
    Withhold,
}

impl Review {
    /// The step of the workflow.
    pub fn step(self) -> Step {
        match self {
            Review::Submit => Step::Submit,
            Review::TakeBack => Step::TakeBack,
            Review::RequestChanges => Step::RequestChanges,
            Review::Approve => Step::Approve,
            Review::Unschedule => Step::Unschedule,
            Review::Withhold => Step::Withhold,
        }
    }

    fn kind(self) -> EventKind {
        match self {
            Review::Submit => EventKind::Submitted,
            Review::TakeBack => EventKind::TakenBack,
            Review::RequestChanges => EventKind::ChangesRequested,
            Review::Approve => EventKind::Approved,
            Review::Unschedule => EventKind::Unscheduled,
            Review::Withhold => EventKind::Withheld,
        }
    }
}

/// Takes a step of review, with a note to the desk where there is one to leave.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `PRECONDITION_FAILED`, `INVALID_INPUT` for an unfit note, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn review(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    review: Review,
    note: Option<&str>,
) -> Result<Written<Entry>> {
    let action = review.step().action();
    access::may_ever(viewer, action)?;
    let note = note.map(|note| checked_note("note", note)).transpose()?;
    let by = *viewer;
    db.write(move |tx| {
        let note = note.clone();
        Box::pin(async move {
            let (mut entry, hand) = access::open(tx, &by, id, action, expected).await?;
            entry.state = workflow::step(entry.standing(), review.step(), hand)?;
            entry.due_at = None;
            if let Some(note) = &note {
                notes::add(tx, id, by.account(), note).await?;
            }
            newsroom::update(tx, &mut entry).await?;
            history::record(tx, &entry, review.kind(), &by, "").await?;
            Ok(entry)
        })
    })
    .await
}

/// The note in NFC, or an error at the field that it came in.
fn checked_note(field: &str, note: &str) -> Result<String> {
    let note = text::checked(field, note.trim())?;
    if note.is_empty() || note.chars().count() > NOTE_MOST {
        return Err(Error::new(Code::InvalidInput, "A note has 1 to 10,000 characters.").at(field));
    }
    Ok(note)
}

/// Has the newest revision become public at an instant, and not before. One that is scheduled already gets another instant.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `PRECONDITION_FAILED`, `INVALID_INPUT` for an instant that is over or
/// before the end of the embargo, and what [`policy::may`](crate::model::policy::may) says.
pub async fn schedule(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    at: Instant,
) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::Publish)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            let (mut entry, hand) = access::open(tx, &by, id, Action::Publish, expected).await?;
            entry.state = workflow::step(entry.standing(), Step::Schedule, hand)?;
            if at <= tx.now() {
                let says = "The instant to publish at is over; give one to come, or publish now.";
                return Err(Error::new(Code::InvalidInput, says).at("at"));
            }
            let document = newest(tx, &entry).await?;
            if let Some(until) = waits(&document, entry.is_public(), tx.now()).filter(|until| *until > at) {
                let says = format!(
                    "The article is under embargo, or dated, until {until}; schedule it for then or later, or change that first."
                );
                return Err(Error::new(Code::InvalidInput, says).at("at"));
            }
            not_ahead(tx, &entry, &document, at).await?;
            entry.due_at = Some(at);
            newsroom::update(tx, &mut entry).await?;
            history::record(tx, &entry, EventKind::Scheduled, &by, &at.to_string()).await?;
            Ok(entry)
        })
    })
    .await
}

/// Gives an article to an account that writes, or to nobody.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `INVALID_INPUT` for an account that is not there or may not write, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn assign(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    to: Option<AccountId>,
) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::ReviewArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            let (mut entry, _) = access::open(tx, &by, id, Action::ReviewArticles, expected).await?;
            if let Some(to) = to {
                writer(tx, to).await?;
            }
            if entry.assignee == to {
                return Ok(entry);
            }
            entry.assignee = to;
            newsroom::update(tx, &mut entry).await?;
            let detail = to.map_or(String::new(), |to| to.to_string());
            history::record(tx, &entry, EventKind::Assigned, &by, &detail).await?;
            Ok(entry)
        })
    })
    .await
}

async fn writer(tx: &mut Tx, id: AccountId) -> Result<Account> {
    let account = accounts::by_id(tx.conn(), id).await?.filter(|account| account.status == Status::Active);
    let writes =
        |account: &Account| [Role::Contributor, Role::Editor, Role::Admin].iter().any(|role| account.roles.has(*role));
    account.filter(writes).ok_or_else(|| {
        let says = format!("There is no account {id} that may write; choose a contributor or an editor.");
        Error::new(Code::InvalidInput, says).at("assignee")
    })
}

/// Leaves a note to the desk.
///
/// # Errors
/// `NOT_FOUND`, `INVALID_INPUT` for an unfit note, `IDEMPOTENCY_KEY_REUSED`, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn note(db: &Db, viewer: &Viewer, id: ArticleId, text: &str, key: Option<Key>) -> Result<Written<Note>> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let text = checked_note("text", text)?;
    let by = *viewer;
    db.write(move |tx| {
        let (text, key) = (text.clone(), key.clone());
        Box::pin(async move {
            access::open_any(tx, &by, id, Action::SeeNewsroom).await?;
            if let Some(made) = once::made(tx, &by, key.as_ref()).await? {
                let note = notes::by_id(tx.conn(), id, NoteId(made)).await?;
                return note.ok_or_else(|| Error::new(Code::NotFound, "The note is gone."));
            }
            let note = notes::add(tx, id, by.account(), &text).await?;
            once::keep(tx, &by, key.as_ref(), note.id.0).await?;
            Ok(note)
        })
    })
    .await
}

/// The notes of an article before `before`, the newest first, at most `limit`.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn notes(db: &Db, viewer: &Viewer, id: ArticleId, before: Option<NoteId>, limit: i64) -> Result<Vec<Note>> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    access::see(&mut conn, viewer, id, Action::SeeNewsroom).await?;
    notes::list(&mut conn, id, before, limit).await
}
