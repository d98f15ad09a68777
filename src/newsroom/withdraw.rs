//! Withdraw and kill: an article leaves the catalogue at once and a tombstone stays.

use super::publish::find;
use super::terms::Terms;
use crate::error::{Code, Error, Result};
use crate::model::article::Tombstone;
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::policy::{self, Action};
use crate::model::text;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, State, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, Written, articles};

/// The most characters of a public reason.
const REASON_MOST: usize = 2_000;

/// Takes an article back. `reason` is public. The newsroom keeps its revisions.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `INVALID_INPUT` for an unfit reason, and what
/// [`policy::may`] says.
pub async fn withdraw(db: &Db, viewer: &Viewer, id: ArticleId, reason: &str) -> Result<Written<()>> {
    policy::may(viewer, Action::Withdraw)?;
    take(db, id, reason, false).await
}

/// Takes an article back for legal reasons, for good: its revisions are erased too. `reason` is public.
///
/// # Errors
/// As [`withdraw`].
pub async fn kill(db: &Db, viewer: &Viewer, id: ArticleId, reason: &str) -> Result<Written<()>> {
    policy::may(viewer, Action::Kill)?;
    take(db, id, reason, true).await
}

async fn take(db: &Db, id: ArticleId, reason: &str, killed: bool) -> Result<Written<()>> {
    let reason = checked_reason(reason)?;
    db.write(move |tx| {
        let reason = reason.clone();
        Box::pin(async move {
            let mut entry = find(tx, id).await?;
            bury(tx, &mut Terms::default(), &mut entry, &reason, killed).await?;
            newsroom::update(tx, &entry).await
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
/// match and must be written by the caller.
pub(super) async fn bury(tx: &mut Tx, terms: &mut Terms, entry: &mut Entry, reason: &str, killed: bool) -> Result<()> {
    let was = entry.state;
    entry.state = workflow::step(entry.state, if killed { Step::Kill } else { Step::Withdraw })?;
    entry.reason = Some(reason.to_owned());
    entry.due_at = None;
    if killed {
        // The entry forgets the revision before the revision goes.
        entry.revision = None;
        entry.offers = Vec::new();
        newsroom::erase_revisions(tx, entry.id).await?;
    }
    let (touches, slug) = if was == State::Published {
        let touches = articles::remove(tx, entry.id).await?.unwrap_or_default();
        // The address that readers know: an import may have given the entry another one that nobody has seen.
        let slug = touches.slugs.first().cloned().unwrap_or_else(|| entry.slug.clone());
        (touches, slug)
    } else {
        // What was never public has no public grave: a tombstone would tell that it existed. What is gone already
        // gets a newer one in the place of the older one.
        let Some(before) = articles::tombstone(tx.conn(), entry.id).await? else { return Ok(()) };
        (Touches::default(), before.slug)
    };
    let stone =
        Tombstone { article: entry.id, uri: entry.uri.clone(), slug, killed, reason: reason.to_owned(), at: tx.now() };
    articles::bury(tx, &stone).await?;
    terms.retire(tx, &touches).await?;
    let deed = if killed { Deed::Killed } else { Deed::Withdrawn };
    tx.note(Subject::Article(entry.id), deed, entry.version, touches);
    Ok(())
}
