//! Who may do what to one article, and whether it is still what they think it is.
//!
//! A contributor has no right to others' articles and learns nothing of them: what they may not see is not there.

use crate::error::{Code, Error, Result};
use crate::model::id::ArticleId;
use crate::model::policy::{self, Action, Whose};
use crate::model::viewer::Viewer;
use crate::model::workflow::Hand;
use crate::store::newsroom::{self, Entry};
use crate::store::{Conn, Tx};

/// Which version of an article a write expects to change (RFC 9110, 13.1.1: `If-Match`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// This one; when it is another, somebody else has written meanwhile.
    Version(i32),
    /// Whichever it is.
    Any,
}

impl Expected {
    /// Whether this version is the one.
    pub fn is(self, version: i32) -> bool {
        match self {
            Expected::Version(expected) => expected == version,
            Expected::Any => true,
        }
    }
}

/// Refuses whoever may not do it to any article, before anything is looked up: the answer tells nothing of what is there.
///
/// # Errors
/// As [`policy::may`].
pub(super) fn may_ever(viewer: &Viewer, action: Action) -> Result<()> {
    policy::may_to(viewer, action, Whose::Own)
}

/// With which hand the viewer takes steps: who may write everybody's articles is the desk.
pub fn hand(viewer: &Viewer) -> Hand {
    if policy::may(viewer, Action::WriteArticles).is_ok() { Hand::Desk } else { Hand::Writer }
}

fn missing(id: ArticleId) -> Error {
    Error::new(Code::NotFound, format!("There is no article {id} in the newsroom."))
}

fn held(entry: Option<Entry>, viewer: &Viewer, id: ArticleId, action: Action) -> Result<Entry> {
    let entry = entry.ok_or_else(|| missing(id))?;
    let whose = Whose::of(viewer, &[entry.owner, entry.assignee]);
    match policy::may_to(viewer, action, whose) {
        Ok(()) => Ok(entry),
        // Theirs to see, but not to do.
        Err(refused) if policy::may_to(viewer, Action::SeeNewsroom, whose).is_ok() => Err(refused),
        Err(_) => Err(missing(id)),
    }
}

/// The article, if the viewer may do this to it.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may_to`] says.
pub(super) async fn see(conn: &mut Conn, viewer: &Viewer, id: ArticleId, action: Action) -> Result<Entry> {
    held(newsroom::by_id(conn, id).await?, viewer, id, action)
}

/// The article, locked, if the viewer may do this to it and it is at the version that they expect.
///
/// # Errors
/// As [`see`], and `PRECONDITION_FAILED`.
pub(super) async fn open(
    tx: &mut Tx,
    viewer: &Viewer,
    id: ArticleId,
    action: Action,
    expected: Expected,
) -> Result<(Entry, Hand)> {
    let (entry, hand) = open_any(tx, viewer, id, action).await?;
    if !expected.is(entry.edit) {
        let says = format!(
            "The article {id} has changed since it was read: it is at version {} now. Read it again, and send that version.",
            entry.edit
        );
        return Err(Error::new(Code::PreconditionFailed, says).at("version"));
    }
    Ok((entry, hand))
}

/// The same, whichever version it is at.
///
/// # Errors
/// As [`see`].
pub(super) async fn open_any(tx: &mut Tx, viewer: &Viewer, id: ArticleId, action: Action) -> Result<(Entry, Hand)> {
    let entry = held(newsroom::lock(tx, id).await?, viewer, id, action)?;
    Ok((entry, hand(viewer)))
}
