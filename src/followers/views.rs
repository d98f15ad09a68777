//! Flushes the views that wait, and ranks what trends.

use std::time::Duration;

use crate::newsroom::views::{self, Counter};
use crate::store::Db;

/// How often what waits is written: what a crash can lose at the most.
const FLUSH_EVERY: Duration = Duration::from_secs(1);
/// Every how many flushes it is asked whether it is time to rank.
const FLUSHES: u32 = 10;

pub(super) async fn run(db: Db, counter: Counter) {
    let mut turn = 0;
    loop {
        tokio::time::sleep(FLUSH_EVERY).await;
        if let Err(error) = counter.flush().await {
            tracing::warn!(?error, "views cannot be written; trying again");
        }
        turn = (turn + 1) % FLUSHES;
        if turn == 0
            && let Err(error) = views::rank(&db).await
        {
            tracing::warn!(?error, "what trends cannot be ranked; trying again");
        }
    }
}
