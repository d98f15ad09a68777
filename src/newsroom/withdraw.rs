//! Withdraw and kill: an article leaves the catalogue at once and a tombstone stays.

use super::access::{self, Expected};
use super::history;
use super::terms::Terms;
use crate::error::{Code, Error, Result};
use crate::model::article::Tombstone;
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::newsroom::EventKind;
use crate::model::policy::Action;
use crate::model::text;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Hand, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, Written, articles, autosaves, changes, previews, terms};

/// The most characters of a public reason.
const REASON_MOST: usize = 2_000;

/// Takes an article back. `reason` is public. The newsroom keeps its revisions.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `INVALID_INPUT` for an unfit reason, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn withdraw(db: &Db, viewer: &Viewer, id: ArticleId, reason: &str) -> Result<Written<Entry>> {
    take(db, viewer, id, Expected::Any, reason, false).await
}

/// Takes an article back for legal reasons, for good: its revisions go into the audit store. `reason` is public.
///
/// # Errors
/// As [`withdraw`].
pub async fn kill(db: &Db, viewer: &Viewer, id: ArticleId, reason: &str) -> Result<Written<Entry>> {
    take(db, viewer, id, Expected::Any, reason, true).await
}

/// Either of them, of the version that is expected.
///
/// # Errors
/// As [`withdraw`], and `PRECONDITION_FAILED`.
pub async fn take(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    reason: &str,
    killed: bool,
) -> Result<Written<Entry>> {
    let action = if killed { Action::Kill } else { Action::Withdraw };
    access::may_ever(viewer, action)?;
    let reason = checked_reason(reason)?;
    let by = *viewer;
    db.write(move |tx| {
        let reason = reason.clone();
        Box::pin(async move {
            let (mut entry, _) = access::open(tx, &by, id, action, expected).await?;
            let kind = bury(tx, &mut Terms::default(), &mut entry, &reason, killed).await?;
            newsroom::update(tx, &mut entry).await?;
            history::record(tx, &entry, kind, &by, &reason).await?;
            Ok(entry)
        })
    })
    .await
}

/// The reason in NFC, or an error that says what it lacks.
pub(super) fn checked_reason(reason: &str) -> Result<String> {
    let reason = text::checked("reason", reason.trim())?;
    if reason.is_empty() || reason.chars().count() > REASON_MOST {
        let says =
            "A withdrawal needs a public reason of 1 to 2,000 characters; readers see it in the article's place.";
        return Err(Error::new(Code::InvalidInput, says).at("reason"));
    }
    Ok(reason)
}

/// Takes the entry's article out of the catalogue, if it is there, and leaves a tombstone. The entry is changed to
/// match and must be written by the caller, who then records the event.
pub(super) async fn bury(
    tx: &mut Tx,
    terms: &mut Terms,
    entry: &mut Entry,
    reason: &str,
    killed: bool,
) -> Result<EventKind> {
    let step = if killed { Step::Kill } else { Step::Withdraw };
    entry.state = workflow::step(entry.standing(), step, Hand::Desk)?;
    let was_public = entry.is_public();
    entry.public_revision = None;
    entry.reason = Some(reason.to_owned());
    entry.due_at = None;
    let (deed, kind) = match killed {
        true => (Deed::Killed, EventKind::Killed),
        false => (Deed::Withdrawn, EventKind::Withdrawn),
    };
    if killed {
        // The entry forgets the revision before the revision goes.
        entry.revision = None;
        entry.offers = Vec::new();
        entry.headline = String::new();
        newsroom::bury_revisions(tx, entry.id).await?;
        autosaves::forget_all(tx, entry.id).await?;
        previews::forget_all(tx, entry.id).await?;
    }
    let (mut touches, slug) = if was_public {
        let touches = articles::remove(tx, entry.id).await?.unwrap_or_default();
        // The address that readers know: an import may have given the entry another one that nobody has seen.
        let slug = touches.slugs.first().cloned().unwrap_or_else(|| entry.slug.clone());
        (touches, slug)
    } else {
        // What was never public has no public grave: a tombstone would tell that it existed. What is gone already
        // gets a newer one in the place of the older one.
        let Some(before) = articles::tombstone(tx.conn(), entry.id).await? else { return Ok(kind) };
        // Feeds of what it stood in tell of the newer one, whose instant and reason are others.
        (*before.touches, before.slug)
    };
    let stood = stood(tx, entry.id, &touches).await?;
    let (uri, reason, at) = (entry.uri.clone(), reason.to_owned(), tx.now());
    let stone = Tombstone { article: entry.id, uri, slug, killed, reason, at, touches: Box::new(stood.clone()) };
    articles::bury(tx, &stone).await?;
    if was_public {
        terms.retire(tx, &touches).await?;
    }
    // Answers of what it left long ago tell of it from now on.
    touches.join(stood);
    tx.note(Subject::Article(entry.id), deed, entry.version, touches);
    Ok(kind)
}

/// In which lists an article ever stood, and what those were merged into since: who follows the feed of one that it left
/// before it went has its old text still.
async fn stood(tx: &mut Tx, id: ArticleId, last: &Touches) -> Result<Touches> {
    let mut stood = changes::touched_by(tx.conn(), id).await?.lists();
    stood.join(last.clone().lists());
    let now = terms::now_of(tx.conn(), &stood.terms()).await?;
    stood.add_merged(|id| now.get(&id).map(|term| term.id));
    Ok(stood)
}
