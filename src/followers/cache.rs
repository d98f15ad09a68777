//! Brings what is known of kept answers up to the head of the log, so that readers do not have to.

use std::sync::Arc;
use std::time::Duration;

use super::Position;
use crate::app::App;
use crate::catalogue::answers;

/// How often it looks without being told: a backup may have been restored beneath.
const EVERY: Duration = Duration::from_secs(2);

pub(super) async fn run(app: App, position: Arc<Position>) {
    let (mut head, mut derived) = (app.db.head(), app.db.derived());
    let mut was_current = true;
    loop {
        match answers::catch_up(&app).await {
            Ok(()) => position.reached(app.answers.marks().upto().seq),
            Err(error) => tracing::warn!(?error, "the log cannot be read for the cache"),
        }
        let is_current = app.is_current();
        if was_current && !is_current {
            tracing::warn!(
                "a process with other settings, or of another program, has begun to answer over this database: until this one is started \
                 anew, caches in front may keep what it answers for seconds only, and its feeds have no dates"
            );
        }
        was_current = is_current;
        let moved = async {
            tokio::select! {
                moved = head.changed() => moved,
                moved = derived.changed() => moved,
            }
        };
        let _ = tokio::time::timeout(EVERY, moved).await;
    }
}
