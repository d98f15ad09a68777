//! Publishes what is due.
//!
//! Several nodes may run it: an article is published in a transaction that reads its state first, so whoever comes
//! second finds nothing due.

use std::sync::Arc;
use std::time::Duration;

use super::Position;
use crate::newsroom::publish::publish_due;
use crate::store::Db;

/// The longest sleep: somebody else may have scheduled something.
const MOST: Duration = Duration::from_secs(1);
/// How many articles one transaction publishes.
const BATCH: i64 = 100;

pub(super) async fn run(db: Db, position: Arc<Position>) {
    loop {
        let pause = match publish_due(&db, BATCH).await {
            Ok(due) => {
                position.reached(*db.head().borrow());
                if due.published > 0 {
                    tracing::info!(articles = due.published, "what was due is published");
                }
                for (article, error) in &due.failed {
                    tracing::error!(%article, ?error, "an article is due and cannot be published; trying again in a minute");
                }
                let wait = due.next.map(|at| at.millis() - db.clock().now().millis());
                wait.map_or(MOST, |ms| Duration::from_millis(ms.max(0).unsigned_abs())).min(MOST)
            }
            Err(error) => {
                tracing::warn!(?error, "what is due cannot be published; trying again");
                MOST
            }
        };
        tokio::time::sleep(pause).await;
    }
}
