//! Access tokens: JWT (RFC 7519) in the profile of RFC 9068, signed with EdDSA.
//!
//! A token says who and until when; it is good only while neither its session nor its account's epoch was revoked
//! ([`super::revoked`]). One algorithm is known, and the key is chosen among ours by its name: what the header of a
//! token claims beyond that counts for nothing.

use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::keys::Keys;
use crate::error::{Code, Error, Result};
use crate::model::account::{Known, Mode};
use crate::model::id::{AccountId, SessionId};
use crate::model::time::Instant;
use crate::model::viewer::Roles;

/// How far another machine's clock may be ahead, in seconds.
const LEEWAY: i64 = 5;
/// The longest token that is looked at.
const LONGEST: usize = 4096;

/// Signs and reads access tokens.
#[derive(Clone)]
pub(super) struct Tokens {
    pub keys: Keys,
    issuer: String,
    audience: String,
}

#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: AccountId,
    sid: SessionId,
    roles: Vec<String>,
    /// The account's epoch.
    ver: i64,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: String,
}

pub(super) fn invalid(says: &str) -> Error {
    Error::new(Code::InvalidToken, format!("The access token {says}. Refresh it, or log in again."))
}

impl Tokens {
    pub(super) fn new(keys: Keys, issuer: String, audience: String) -> Tokens {
        Tokens { keys, issuer, audience }
    }

    /// A token for a session, good from `now` until `until`.
    pub(super) fn sign(
        &self,
        account: AccountId,
        session: SessionId,
        roles: Roles,
        epoch: i64,
        now: Instant,
        until: Instant,
    ) -> Result<String> {
        let signer = self.keys.signer(now).ok_or_else(|| Error::internal("there is no key that signs"))?;
        let iat = now.millis().div_euclid(1000);
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: self.audience.clone(),
            sub: account,
            sid: session,
            roles: roles.iter().map(|role| role.as_str().to_owned()).collect(),
            ver: epoch,
            iat,
            nbf: iat,
            exp: until.millis().div_euclid(1000),
            jti: super::secrets::fresh(),
        };
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(signer.kid.clone());
        header.typ = Some("at+jwt".to_owned());
        jsonwebtoken::encode(&header, &claims, &signer.key).map_err(Error::internal)
    }

    /// The name of the key that a token claims to be signed with.
    pub(super) fn kid(token: &str) -> Option<String> {
        if token.len() > LONGEST {
            return None;
        }
        jsonwebtoken::decode_header(token).ok()?.kid
    }

    /// Who a token says it is of, if it is ours and its time is now.
    ///
    /// # Errors
    /// `INVALID_TOKEN`.
    pub(super) fn read(&self, token: &str, now: Instant) -> Result<Known> {
        if token.len() > LONGEST {
            return Err(invalid("is none of this server"));
        }
        let kid = Tokens::kid(token).ok_or_else(|| invalid("is none of this server"))?;
        let key = self.keys.verifier(&kid).ok_or_else(|| invalid("is signed with a key that is not known here"))?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_issuer(&[&self.issuer]);
        validation.set_audience(&[&self.audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub", "nbf"]);
        // By the clock of the house, below.
        validation.validate_exp = false;
        validation.validate_nbf = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &key, &validation)
            .map_err(|_| invalid("is none of this server, or was changed"))?
            .claims;
        let seconds = now.millis().div_euclid(1000);
        if claims.exp <= seconds {
            return Err(invalid("has expired"));
        }
        if claims.iat.max(claims.nbf) > seconds + LEEWAY {
            return Err(invalid("is not good yet"));
        }
        Ok(Known {
            account: claims.sub,
            session: claims.sid,
            roles: Roles::parse(&claims.roles.join(" ")),
            epoch: claims.ver,
            until: Instant::from_millis(claims.exp.saturating_mul(1000)),
            mode: Mode::Token,
        })
    }
}
