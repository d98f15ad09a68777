//! The keys that sign access tokens: Ed25519, in the store, changed by and by.
//!
//! A key is shown in the JWK set (RFC 7517, RFC 8037) before it signs, so that whoever keeps the set for a few minutes
//! knows it when the first token comes, and for as long as a token of it may be good.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant as Monotonic};

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::time::Instant;
use crate::store::identity_log::{self, Event};
use crate::store::signing_keys::{self, Row};
use crate::store::{Db, Tx};

/// How long a key is shown before it signs.
const SHOWN_BEFORE: i64 = 10 * 60_000;
/// How long it is shown after the last token of it has expired.
const SHOWN_AFTER: i64 = 5 * 60_000;

/// The keys as this process knows them. Cloning shares them.
#[derive(Clone, Default)]
pub(super) struct Keys(Arc<RwLock<Known>>, Arc<tokio::sync::Mutex<()>>);

#[derive(Default)]
struct Known {
    /// The key that signs last first.
    signers: Vec<Arc<Signer>>,
    verifiers: HashMap<String, Arc<DecodingKey>>,
    set: JwkSet,
    read: Option<Monotonic>,
}

/// A key that signs.
pub(super) struct Signer {
    pub kid: String,
    pub key: EncodingKey,
    signs_at: i64,
}

/// A set of public keys (RFC 7517, 5).
#[derive(Debug, Clone, Default, Serialize, utoipa::ToSchema)]
pub struct JwkSet {
    /// The keys.
    pub keys: Vec<Jwk>,
}

/// A public key (RFC 7517, 4; RFC 8037, 2).
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Jwk {
    /// `OKP`.
    #[schema(example = "OKP")]
    pub kty: &'static str,
    /// `Ed25519`.
    #[schema(example = "Ed25519")]
    pub crv: &'static str,
    /// The public key, base64url.
    pub x: String,
    /// Its name.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub usage: &'static str,
    /// `EdDSA`.
    #[schema(example = "EdDSA")]
    pub alg: &'static str,
}

impl Keys {
    /// Reads the keys from the store.
    pub(super) async fn load(&self, db: &Db) -> Result<()> {
        // One after the other, or what was read first could take the place of what was read last.
        let _turn = self.1.lock().await;
        let mut conn = db.read().await?;
        let rows = signing_keys::shown(&mut conn, db.clock().now()).await?;
        let mut known = Known { read: Some(Monotonic::now()), ..Known::default() };
        for row in rows {
            let der = STANDARD.decode(&row.private).map_err(Error::internal)?;
            known.signers.push(Arc::new(Signer {
                kid: row.kid.clone(),
                key: EncodingKey::from_ed_der(&der),
                signs_at: row.signs_at,
            }));
            let verifier = DecodingKey::from_ed_components(&row.public).map_err(Error::internal)?;
            known.verifiers.insert(row.kid.clone(), Arc::new(verifier));
            known.set.keys.push(Jwk {
                kty: "OKP",
                crv: "Ed25519",
                x: row.public,
                kid: row.kid,
                usage: "sig",
                alg: "EdDSA",
            });
        }
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = known;
        Ok(())
    }

    /// Whether they were read within the last second.
    pub(super) fn are_fresh(&self) -> bool {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        known.read.is_some_and(|read| read.elapsed() < Duration::from_secs(1))
    }

    /// The key that signs at `now`.
    pub(super) fn signer(&self, now: Instant) -> Option<Arc<Signer>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        // Where another node's clock is ahead none may sign yet by ours; then the one that will be the first does.
        known.signers.iter().find(|key| key.signs_at <= now.millis()).or(known.signers.last()).cloned()
    }

    /// The key with this name.
    pub(super) fn verifier(&self, kid: &str) -> Option<Arc<DecodingKey>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).verifiers.get(kid).cloned()
    }

    /// The public halves.
    pub(super) fn set(&self) -> JwkSet {
        self.0.read().unwrap_or_else(PoisonError::into_inner).set.clone()
    }
}

fn fresh(now: Instant, signs_at: i64) -> Result<Row> {
    let unspecified = |_| Error::internal("a key could not be made");
    let pair = Ed25519KeyPair::generate().map_err(unspecified)?;
    let private = pair.to_pkcs8v1().map_err(unspecified)?;
    let public = URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    // As RFC 7638 has it: the hash of the key, in one order and without spaces.
    let thumbprint = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{public}\"}}"),
    ));
    Ok(Row {
        kid: URL_SAFE_NO_PAD.encode(thumbprint),
        private: STANDARD.encode(private.as_ref()),
        public,
        created_at: now.millis(),
        signs_at,
        gone_at: None,
    })
}

/// Sees to it that there is a key, and that it is not too old. True when there is a new one. `at_once` makes the keys of
/// before void: for when one got out.
pub(super) async fn rotate(db: &Db, every: Duration, token: Duration, at_once: bool) -> Result<bool> {
    let (every, token) = (millis(every), millis(token));
    let written = db.write(move |tx| Box::pin(async move { rotated(tx, every, token, at_once).await })).await?;
    Ok(written.value)
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX / 4)
}

async fn rotated(tx: &mut Tx, every: i64, token: i64, at_once: bool) -> Result<bool> {
    let now = tx.now();
    let newest = signing_keys::shown(tx.conn(), now).await?.into_iter().next();
    if !at_once && newest.as_ref().is_some_and(|key| now.millis() < key.signs_at + every - SHOWN_BEFORE) {
        return Ok(false);
    }
    // The number first: its row stays locked, so that of two nodes one waits and then finds the other's key.
    identity_log::append(tx, &[Event::Keys]).await?;
    let again = signing_keys::shown(tx.conn(), now).await?.into_iter().next();
    if !at_once && again.as_ref().map(|key| &key.kid) != newest.as_ref().map(|key| &key.kid) {
        return Ok(false);
    }
    let signs_at = if at_once || again.is_none() { now.millis() } else { now.millis() + SHOWN_BEFORE };
    let gone = if at_once { now.millis() } else { signs_at + token + SHOWN_AFTER };
    signing_keys::retire(tx, Instant::from_millis(gone)).await?;
    signing_keys::insert(tx, &fresh(now, signs_at)?).await?;
    signing_keys::prune(tx).await?;
    Ok(true)
}
