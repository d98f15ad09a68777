//! Creating requests that are sent again: a retry over a bad network finds what the first one made.
//!
//! The header is that of the IETF draft "The Idempotency-Key HTTP Header Field". A key is the account's own, and is kept for a
//! day; a key that comes again with another request is refused.

use serde::Serialize;

use crate::error::{Code, Error, Result};
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::store::Tx;
use crate::store::idempotency::{self, Kept};

/// How long a key is kept, in milliseconds.
pub const KEPT_MS: i64 = 24 * 60 * 60 * 1_000;
/// The most characters of a key.
pub const KEY_MOST: usize = 255;

/// The key of a request, with a digest of what it asks.
#[derive(Debug, Clone)]
pub struct Key {
    key: String,
    request: String,
}

impl Key {
    /// A key that came with a request for `operation` with this `form`.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for what is no key.
    pub fn new(key: &str, operation: &str, form: &impl Serialize) -> Result<Key> {
        // The draft has it as a quoted string; clients send it bare as well.
        let key = key.trim();
        let key = key.strip_prefix('"').and_then(|key| key.strip_suffix('"')).unwrap_or(key);
        if key.is_empty() || key.len() > KEY_MOST || !key.bytes().all(|b| b.is_ascii_graphic()) {
            let says = "An idempotency key has 1 to 255 visible ASCII characters; a UUID is good.";
            return Err(Error::new(Code::InvalidParameter, says).at("Idempotency-Key"));
        }
        let form = serde_json::to_vec(form).map_err(Error::internal)?;
        let mut hasher = blake3::Hasher::new();
        hasher.update(operation.as_bytes()).update(&[0]).update(&form);
        Ok(Key { key: key.to_owned(), request: hasher.finalize().to_hex().to_string() })
    }
}

fn since(tx: &Tx) -> Instant {
    tx.now().plus_millis(-KEPT_MS)
}

/// The number of what the request made when it came before; none when it is new.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED`.
pub(super) async fn made(tx: &mut Tx, viewer: &Viewer, key: Option<&Key>) -> Result<Option<i64>> {
    let (Some(key), Some(account)) = (key, viewer.account()) else { return Ok(None) };
    let since = since(tx);
    let Some(kept) = idempotency::get(tx.conn(), account, &key.key, since).await? else { return Ok(None) };
    if kept.request != key.request {
        let says = "This idempotency key came before with another request; a new request needs a new key.";
        return Err(Error::new(Code::KeyReused, says).at("Idempotency-Key"));
    }
    Ok(Some(kept.made))
}

/// Keeps what a request made.
pub(super) async fn keep(tx: &mut Tx, viewer: &Viewer, key: Option<&Key>, made: i64) -> Result<()> {
    let (Some(key), Some(account)) = (key, viewer.account()) else { return Ok(()) };
    let since = since(tx);
    let kept = Kept { request: key.request.clone(), made };
    idempotency::put(tx, account, &key.key, &kept, since).await
}
