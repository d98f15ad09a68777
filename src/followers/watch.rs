//! Notices what other processes wrote.

use std::sync::Arc;
use std::time::Duration;

use super::Position;
use crate::catalogue::changes;
use crate::store::Db;

/// How often the head is looked at. A keyed read of one row, so often is cheap.
const EVERY: Duration = Duration::from_millis(250);

pub(super) async fn run(db: Db, position: Arc<Position>) {
    let mut ticks = tokio::time::interval(EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        match changes::head(&db).await {
            // Reading the head tells it to all who wait.
            Ok(seq) => position.reached(seq),
            Err(error) => tracing::warn!(?error, "the head of the log cannot be read"),
        }
    }
}
