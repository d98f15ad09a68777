//! Correct: a newer version with a public note of what was wrong.

use super::publish::{find, newest, put};
use super::terms::Terms;
use crate::error::{Code, Error, Result};
use crate::model::article::{Correction, Document};
use crate::model::change::Deed;
use crate::model::id::{ArticleId, RevisionId};
use crate::model::policy::{self, Action};
use crate::model::text;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Step};
use crate::store::newsroom;
use crate::store::{Db, Written};

/// Publishes a corrected version. `corrected` is the article put right; without it only the note is added. `note`
/// is public and dated now. Gives the version.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the article is not published, `INVALID_INPUT` for an unfit note or document, and what
/// [`policy::may`] says.
pub async fn correct(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    corrected: Option<Document>,
    note: &str,
) -> Result<Written<i32>> {
    policy::may(viewer, Action::Correct)?;
    let note = text::checked("note", note.trim())?;
    if note.is_empty() || note.chars().count() > 2_000 {
        let says = "A correction needs a public note of 1 to 2,000 characters that says what was wrong.";
        return Err(Error::new(Code::InvalidInput, says).at("note"));
    }
    if let Some(document) = &corrected {
        document.check()?;
    }
    let by = *viewer;
    db.write(move |tx| {
        let (corrected, note) = (corrected.clone(), note.clone());
        Box::pin(async move {
            let mut entry = find(tx, id).await?;
            workflow::step(entry.state, Step::Correct)?;
            let before = newest(tx, &entry).await?;
            let mut document = corrected.unwrap_or_else(|| before.clone());
            // Corrections are never lost: whatever the new text says, the earlier notes stay.
            document.corrections = before.corrections;
            document.corrections.push(Correction { published_at: tx.now(), text: note });
            document.updated_at = Some(tx.now());
            let revision = RevisionId(tx.next_id());
            // Revisions are counted apart from versions: one that waits, or that was held back, has no version.
            let number = newsroom::last_number(tx.conn(), id).await? + 1;
            newsroom::add_revision(tx, revision, id, number, &document, &by.name()).await?;
            entry.revision = Some(revision);
            put(tx, &mut Terms::default(), &mut entry, document, None, Deed::Corrected).await?;
            newsroom::update(tx, &entry).await?;
            Ok(entry.version)
        })
    })
    .await
}
