//! Move: an article gets another address, and the old one leads to it for good.

use super::access::{self, Expected};
use super::history;
use crate::error::{Code, Error, Result};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::newsroom::EventKind;
use crate::model::policy::Action;
use crate::model::slug;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Written, articles};

/// Gives an article the slug `to`. Taking an earlier one of its own back is allowed; another article's never is.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the slug is or was another article's or the state does not allow it, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn move_slug(db: &Db, viewer: &Viewer, id: ArticleId, to: &str) -> Result<Written<Entry>> {
    move_as(db, viewer, id, Expected::Any, to).await
}

/// The same of the version that is expected.
///
/// # Errors
/// As [`move_slug`], and `PRECONDITION_FAILED`.
pub async fn move_as(db: &Db, viewer: &Viewer, id: ArticleId, expected: Expected, to: &str) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::MoveSlug)?;
    let to = slug::checked("slug", to)?;
    let by = *viewer;
    db.write(move |tx| {
        let to = to.clone();
        Box::pin(async move {
            let (mut entry, hand) = access::open(tx, &by, id, Action::MoveSlug, expected).await?;
            workflow::step(entry.standing(), Step::MoveSlug, hand)?;
            if entry.slug == to {
                return Ok(entry);
            }
            if !newsroom::claim(tx, &to, id).await? {
                let says =
                    format!("The slug {to} is or was another article's, so its address is taken; choose another.");
                return Err(Error::new(Code::Conflict, says).at("slug"));
            }
            let from = std::mem::replace(&mut entry.slug, to.clone());
            if entry.is_public() {
                articles::set_slug(tx, id, &to).await?;
                let touches = Touches { slugs: vec![from.clone(), to], ..Touches::default() };
                tx.note(Subject::Article(id), Deed::Moved, entry.version, touches);
            }
            newsroom::update(tx, &mut entry).await?;
            history::record(tx, &entry, EventKind::Moved, &by, &from).await?;
            Ok(entry)
        })
    })
    .await
}
