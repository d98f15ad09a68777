//! Look: one article of the newsroom, and lists of them.

use super::access;
use super::manuscript::Manuscript;
use super::write::newest;
use crate::error::Result;
use crate::model::id::ArticleId;
use crate::model::newsroom::Wanted;
use crate::model::policy::{self, Action};
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Step};
use crate::store::Db;
use crate::store::newsroom::{self, Entry, Place};

/// The article as the newsroom has it.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`] says.
pub async fn article(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Entry> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    access::see(&mut conn, viewer, id, Action::SeeNewsroom).await
}

/// The same with what its newest revision holds; that is none after a kill.
///
/// # Errors
/// As [`article`].
pub async fn with_text(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<(Entry, Option<Manuscript>)> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    let entry = access::see(&mut conn, viewer, id, Action::SeeNewsroom).await?;
    let manuscript = match entry.revision {
        Some(_) => Some(newest(&mut conn, &entry, access::hand(viewer)).await?),
        None => None,
    };
    Ok((entry, manuscript))
}

/// Articles of the newsroom that the viewer may see, what was touched last first, after `after`, at most `limit`.
///
/// # Errors
/// What [`policy::may`] says.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    mut wanted: Wanted,
    after: Option<Place>,
    limit: i64,
) -> Result<Vec<Entry>> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    if policy::may(viewer, Action::SeeNewsroom).is_err() {
        // Whoever has no right to others' articles sees their own.
        wanted.own = viewer.account();
    }
    let mut conn = db.read().await?;
    newsroom::list(&mut conn, &wanted, after, limit).await
}

/// What the viewer may do now with an article that they see: the buttons of an editor's page.
pub fn steps(viewer: &Viewer, entry: &Entry) -> Vec<Step> {
    let whose = policy::Whose::of(viewer, &[entry.owner, entry.assignee]);
    let mut steps = workflow::steps(entry.standing(), access::hand(viewer));
    steps.retain(|step| policy::may_to(viewer, step.action(), whose).is_ok());
    steps
}
