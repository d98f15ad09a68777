//! Upkeep: what is over is forgotten.

use super::once::KEPT_MS;
use crate::error::Result;
use crate::store::{Db, idempotency, previews};

/// How long a preview is remembered after it was over, in milliseconds.
const PREVIEWS_MS: i64 = 7 * 24 * 60 * 60 * 1_000;

/// Forgets idempotency keys and previews that are over. Each node may do it.
///
/// # Errors
/// What the database says; the next call tries again.
pub async fn tidy(db: &Db) -> Result<()> {
    db.write(|tx| {
        Box::pin(async move {
            let (keys, gone) = (tx.now().plus_millis(-KEPT_MS), tx.now().plus_millis(-PREVIEWS_MS));
            idempotency::prune(tx, keys).await?;
            previews::prune(tx, gone).await
        })
    })
    .await?;
    Ok(())
}
