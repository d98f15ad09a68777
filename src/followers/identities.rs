//! What goes on around accounts by itself.

use std::time::Duration;

use crate::identity::Identity;

/// How often revocations of other processes are asked for: a token that is revoked elsewhere dies within a second.
const HEAR_EVERY: Duration = Duration::from_millis(250);
/// How long mail of another process waits at the most.
const MAIL_EVERY: Duration = Duration::from_secs(2);
/// How often what is over is forgotten.
const TIDY_EVERY: Duration = Duration::from_secs(60);

/// Hears what other processes revoke.
pub(super) async fn hear(identity: Identity) {
    let mut failing = false;
    loop {
        match identity.catch_up().await {
            Ok(()) => failing = false,
            Err(error) if !failing => {
                failing = true;
                tracing::warn!(
                    ?error,
                    "revocations cannot be heard; each credential is held against the store until they can"
                );
            }
            Err(_) => {}
        }
        tokio::time::sleep(HEAR_EVERY).await;
    }
}

/// Sends mail.
pub(super) async fn mail(identity: Identity) {
    tracing::info!(way = identity.mail_way(), "mail is sent");
    loop {
        if let Err(error) = identity.send_mail().await {
            tracing::warn!(?error, "mail cannot be sent just now");
            tokio::time::sleep(MAIL_EVERY).await;
        }
        identity.mail_or(MAIL_EVERY).await;
    }
}

/// Changes keys when it is time, and forgets what is over.
pub(super) async fn tidy(identity: Identity) {
    loop {
        if let Err(error) = identity.tidy().await {
            tracing::warn!(?error, "what is over could not be forgotten; it will be tried again");
        }
        tokio::time::sleep(TIDY_EVERY).await;
    }
}
