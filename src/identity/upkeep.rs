//! What goes on by itself: hearing of revocations, sending mail, changing keys, forgetting what is over.

use std::time::Duration;

use super::{Identity, keys};
use crate::error::Result;
use crate::store::identity_log::{self, Event};
use crate::store::{one_time, security_events, sessions};

/// How long a session is remembered after its end: so long is an address known to its account.
const SESSIONS_KEPT: i64 = 90 * 86_400_000;
/// How long revocations stay in the log: longer than any access token, and than a node may be away without a restart.
const LOG_KEPT: i64 = 24 * 3_600_000;

impl Identity {
    /// Reads what was revoked by other processes since the last time.
    ///
    /// # Errors
    /// What the database says.
    pub async fn catch_up(&self) -> Result<()> {
        loop {
            let (since, asked) = (self.revoked.seq(), std::time::Instant::now());
            let mut conn = self.db.read().await?;
            // The head first: what comes after it is read the next time.
            let head = identity_log::head(&mut conn).await?;
            if head == since {
                self.revoked.heard(since, asked);
                return Ok(());
            }
            let events = identity_log::after(&mut conn, since).await?;
            drop(conn);
            let now = self.now();
            let last = events.last().map_or(head, |(seq, ..)| *seq);
            if events.iter().any(|(.., event)| *event == Event::Keys) {
                self.tokens.keys.load(&self.db).await?;
                self.good.invalidate_all();
            }
            self.revoked.note(now, self.forgotten(now), events.into_iter().map(|(.., event)| event));
            self.revoked.heard(last, asked);
            if last >= head {
                return Ok(());
            }
        }
    }

    /// Waits until there may be mail to send, or some time has passed.
    pub async fn mail_or(&self, pause: Duration) {
        let _ = tokio::time::timeout(pause, self.wake.notified()).await;
    }

    /// Where mail goes, in words.
    pub fn mail_way(&self) -> String {
        self.mailer.way()
    }

    /// Changes the key when it is time, and forgets what is over.
    ///
    /// # Errors
    /// What the database says.
    pub async fn tidy(&self) -> Result<()> {
        let auth = &self.settings.auth;
        if keys::rotate(&self.db, auth.key_rotation, auth.access_token, false).await? {
            tracing::info!("there is a new key for access tokens; it signs in ten minutes");
        }
        // Also where nothing changed: keys whose time is over go.
        self.tokens.keys.load(&self.db).await?;
        self.limits.tidy();
        let kept = super::millis(auth.events_kept);
        self.db
            .write(move |tx| {
                Box::pin(async move {
                    let now = tx.now();
                    one_time::prune(tx).await?;
                    sessions::prune(tx, now.plus_millis(-SESSIONS_KEPT)).await?;
                    identity_log::prune(tx, now.plus_millis(-LOG_KEPT)).await?;
                    security_events::prune(tx, now.plus_millis(-kept)).await
                })
            })
            .await?;
        Ok(())
    }
}
