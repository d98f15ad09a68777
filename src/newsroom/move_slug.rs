//! Move: an article gets another address, and the old one leads to it for good.

use super::publish::find;
use crate::error::{Code, Error, Result};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::policy::{self, Action};
use crate::model::slug;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, State, Step};
use crate::store::newsroom;
use crate::store::{Db, Written, articles};

/// Gives an article the slug `to`. Taking an earlier one of its own back is allowed; another article's never is.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the slug is or was another article's or the state does not allow it, and what
/// [`policy::may`] says.
pub async fn move_slug(db: &Db, viewer: &Viewer, id: ArticleId, to: &str) -> Result<Written<()>> {
    policy::may(viewer, Action::MoveSlug)?;
    let to = slug::checked("slug", to)?;
    db.write(move |tx| {
        let to = to.clone();
        Box::pin(async move {
            let mut entry = find(tx, id).await?;
            workflow::step(entry.state, Step::MoveSlug)?;
            if entry.slug == to {
                return Ok(());
            }
            if !newsroom::claim(tx, &to, id).await? {
                let says =
                    format!("The slug {to} is or was another article's, so its address is taken; choose another.");
                return Err(Error::new(Code::Conflict, says).at("slug"));
            }
            let from = std::mem::replace(&mut entry.slug, to.clone());
            if entry.state == State::Published {
                articles::set_slug(tx, id, &to).await?;
                let touches = Touches { slugs: vec![from, to], ..Touches::default() };
                tx.note(Subject::Article(id), Deed::Moved, entry.version, touches);
            }
            newsroom::update(tx, &entry).await
        })
    })
    .await
}
