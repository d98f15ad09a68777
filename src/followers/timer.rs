//! Does what is due: publishes articles, begins and ends pins.
//!
//! Several nodes may run it: each thing is done in a transaction that reads its state first, so whoever comes second
//! finds nothing due.

use std::sync::Arc;
use std::time::Duration;

use super::Position;
use crate::error::Result;
use crate::model::time::Instant;
use crate::newsroom::collections::turn_pins;
use crate::newsroom::publish::publish_due;
use crate::newsroom::upkeep;
use crate::store::Db;

/// The longest sleep: somebody else may have scheduled something.
const MOST: Duration = Duration::from_secs(1);
/// How often what is over is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);
/// How many articles one transaction publishes.
const BATCH: i64 = 100;

pub(super) async fn run(db: Db, position: Arc<Position>) {
    let mut tidied: Option<tokio::time::Instant> = None;
    loop {
        if tidied.is_none_or(|at| at.elapsed() >= TIDY_EVERY) {
            tidied = Some(tokio::time::Instant::now());
            if let Err(error) = upkeep::tidy(&db).await {
                tracing::warn!(?error, "what is over could not be forgotten; it will be tried again");
            }
        }
        // The one goes on when the other cannot.
        let (articles, pins) = (publish(&db).await, turn(&db).await);
        let next = match (articles, pins) {
            (Ok(articles), Ok(pins)) => {
                position.reached(*db.head().borrow());
                articles.into_iter().chain(pins).min()
            }
            (articles, pins) => {
                for error in [articles.err(), pins.err()].into_iter().flatten() {
                    tracing::warn!(?error, "what is due cannot be done; trying again");
                }
                None
            }
        };
        let wait = next.map(|at| at.millis() - db.clock().now().millis());
        let pause = wait.map_or(MOST, |ms| Duration::from_millis(ms.max(0).unsigned_abs())).min(MOST);
        tokio::time::sleep(pause).await;
    }
}

async fn publish(db: &Db) -> Result<Option<Instant>> {
    let due = publish_due(db, BATCH).await?;
    if due.published > 0 {
        tracing::info!(articles = due.published, "what was due is published");
    }
    for (article, error) in &due.failed {
        tracing::error!(%article, ?error, "an article is due and cannot be published; trying again in a minute");
    }
    Ok(due.next)
}

async fn turn(db: &Db) -> Result<Option<Instant>> {
    let turned = turn_pins(db).await?;
    if turned.collections > 0 {
        tracing::info!(collections = turned.collections, "pins have begun or ended");
    }
    Ok(turned.next)
}
