//! Tells caches in front what has changed.
//!
//! One node at a time tells each of them, under a lease, by a place in the log and in what is derived. The place moves when a
//! cache has taken what it was told, so nothing is lost when it fails, and one that fails holds up no other. Beside the place
//! stands by which settings answers were made: where those are others now, every answer is another and no change says so.

use std::sync::Arc;
use std::time::Duration;

use super::{Position as Place, websub};
use crate::app::App;
use crate::catalogue::changes;
use crate::error::Result;
use crate::store::followers::{self, Standing};
use crate::store::{changes as log, derived};
use crate::syndication::purge::{Purge, Purger};

/// How often is looked without being told.
const EVERY: Duration = Duration::from_secs(1);
/// How old a change is when a cache is told of it: by then every node shows what is new, and none fills it with the old.
const READABLE: Duration = Duration::from_secs(1);
/// The longest pause after a cache could not be told.
const PAUSE_MOST: Duration = Duration::from_secs(60);
/// How many lists of related news are named; for more everything is dropped.
const DERIVED_MOST: usize = 1_000;

pub(super) async fn run(app: App, purger: Purger, place: Arc<Place>) {
    let (mut head, mut derived) = (app.db.head(), app.db.derived());
    let holder = format!("{:032x}", rand::random::<u128>());
    let mut pause = EVERY;
    loop {
        head.borrow_and_update();
        derived.borrow_and_update();
        match follow(&app, &purger, &holder, &place).await {
            Ok(true) => {
                pause = EVERY;
                continue;
            }
            Ok(false) => pause = EVERY,
            Err(error) => {
                tracing::warn!(?error, cache = purger.name(), "a cache cannot be told what has changed; trying again");
                place.alive();
                tokio::time::sleep(pause).await;
                pause = (pause * 2).min(PAUSE_MOST);
            }
        }
        let moved = async {
            tokio::select! {
                moved = head.changed() => moved,
                moved = derived.changed() => moved,
            }
        };
        let _ = tokio::time::timeout(EVERY, moved).await;
    }
}

/// Tells of what is next. Whether there was anything.
async fn follow(app: &App, purger: &Purger, holder: &str, place: &Place) -> Result<bool> {
    let mut conn = app.db.read().await?;
    let head = log::head(&mut conn).await?;
    let known = followers::standing(&mut conn, purger.name()).await?;
    drop(conn);
    place.alive();
    let is_done = |known: &Standing| {
        known.log_id == head.log_id && known.seq == head.seq && told_of(known) == (head.derived, Some(head.shape))
    };
    if known.as_ref().is_some_and(is_done) {
        place.reached(head.seq);
        return Ok(false);
    }
    tokio::time::sleep(READABLE).await;
    let Some(mut standing) = websub::take(&app.db, purger.name(), holder).await? else { return Ok(false) };
    let is_of_this = standing.log_id == head.log_id && standing.seq <= head.seq;
    let (derived_before, shape) = told_of(&standing);
    let (mut to, purge) = if is_of_this {
        let some = changes::after(&app.db, standing.seq).await?;
        // What came since it was waited for is told of next time.
        let some: Vec<_> = some.into_iter().filter(|change| change.seq <= head.seq).collect();
        let mut conn = app.db.read().await?;
        let made = derived::after(&mut conn, derived_before, DERIVED_MOST).await?;
        let purge = match made {
            Some(made) => Purge::of(&some, &made.into_iter().map(|(tag, _)| tag).collect::<Vec<_>>()),
            // The tag of all lists stands only on answers that have not the room to name theirs.
            None => Purge::of(&some, &[]).and_everything(),
        };
        // A cache may go on showing the old answers while it asks for the new ones: nothing was taken back.
        let purge = if shape == Some(head.shape) { purge } else { purge.and_everything() };
        (some.last().map_or(head.seq, |change| change.seq), purge)
    } else if standing.log_id.is_empty() {
        // Told for the first time: no cache has anything that carries tags.
        (head.seq, Purge::default())
    } else {
        (head.seq, Purge::everything())
    };
    purger.purge(&purge, to).await?;
    to = to.min(head.seq);
    let told = format!("{} {}", head.derived, head.shape);
    standing = Standing { log_id: head.log_id, seq: to, settings: told, ..standing };
    standing.fill_after = followers::DONE;
    let kept = standing.clone();
    let name = purger.name();
    app.db
        .write(move |tx| {
            let kept = kept.clone();
            Box::pin(async move { followers::advance(tx, name, &kept, websub::LEASE_MS).await })
        })
        .await?;
    place.reached(standing.seq);
    websub::release(&app.db, name, holder).await?;
    Ok(true)
}

/// The number of what is derived that it was told of last, and by which settings and which program answers were made then, where
/// that was noted.
fn told_of(standing: &Standing) -> (i64, Option<i64>) {
    let mut numbers = standing.settings.split(' ').map(|number| number.parse().ok());
    let (derived, shape) = (numbers.next().flatten(), numbers.next().flatten());
    (derived.unwrap_or(0), shape)
}
