//! What Apple wants instead of a client secret: a JWT that we sign, good for a few minutes
//! ("Creating a client secret" in Apple's documentation of Sign in with Apple).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde::{Deserialize, Serialize};

use crate::config::{ProviderSettings, Secret};
use crate::error::{Code, Error, Result};
use crate::model::time::Instant;

/// How long a client secret is good, in seconds; Apple allows half a year.
const LIFE: i64 = 300;

/// The key that Apple gave out, and whose it is.
pub(super) struct Key {
    team: String,
    id: String,
    client: String,
    audience: String,
    key: EncodingKey,
}

#[derive(Serialize)]
struct Claims<'a> {
    iss: &'a str,
    iat: i64,
    exp: i64,
    aud: &'a str,
    sub: &'a str,
}

/// What Apple sends beside the answer, the first time only.
#[derive(Deserialize)]
struct User {
    name: Option<Name>,
}

#[derive(Deserialize)]
struct Name {
    #[serde(rename = "firstName")]
    first: Option<String>,
    #[serde(rename = "lastName")]
    last: Option<String>,
}

/// The bytes of a PKCS #8 key in PEM (RFC 7468, 10). In an environment variable its lines may end in `\n`, written out.
fn pkcs8(pem: &str) -> Option<Vec<u8>> {
    let text = pem.replace("\\n", "\n");
    let inner = text.split_once("-----BEGIN PRIVATE KEY-----")?.1.split_once("-----END PRIVATE KEY-----")?.0;
    let base64: String = inner.split_whitespace().collect();
    STANDARD.decode(base64).ok()
}

impl Key {
    /// The key of these settings.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when it cannot be read or is none.
    pub(super) fn read(settings: &ProviderSettings) -> Result<Key> {
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let file = text(&settings.private_key_file);
        let pem = if file.is_empty() {
            settings.private_key.as_ref().map(Secret::reveal).unwrap_or_default().to_owned()
        } else {
            std::fs::read_to_string(&file).map_err(|e| {
                Error::new(Code::Config, format!("provider.apple.private_key_file: {file} cannot be read: {e}."))
            })?
        };
        let unusable = || {
            let says = "The key of provider.apple is not one that Apple gives out: a file AuthKey_….p8 with \
                        -----BEGIN PRIVATE KEY-----.";
            Error::new(Code::Config, says)
        };
        let key = Key {
            team: text(&settings.team_id),
            id: text(&settings.key_id),
            client: settings.client_id.clone(),
            audience: text(&settings.issuer),
            key: EncodingKey::from_ec_der(&pkcs8(&pem).ok_or_else(unusable)?),
        };
        // A key that cannot sign is told at the start, and not to the first reader who logs in.
        key.secret(Instant::from_millis(0)).map_err(|_| unusable())?;
        Ok(key)
    }

    /// A client secret that is good from `now` on.
    pub(super) fn secret(&self, now: Instant) -> Result<String> {
        let iat = now.millis().div_euclid(1000);
        let claims = Claims { iss: &self.team, iat, exp: iat + LIFE, aud: &self.audience, sub: &self.client };
        let mut header = Header::new(Algorithm::ES256);
        header.kid = Some(self.id.clone());
        header.typ = None;
        jsonwebtoken::encode(&header, &claims, &self.key).map_err(Error::internal)
    }
}

/// The name in what Apple sends beside the answer. It comes through the browser and proves nothing.
pub(super) fn name(user: &str) -> Option<String> {
    let name = serde_json::from_str::<User>(user).ok()?.name?;
    let parts: Vec<String> = [name.first, name.last].into_iter().flatten().collect();
    Some(parts.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};
    use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
    use jsonwebtoken::{DecodingKey, Validation};

    fn settings(pem: &str) -> ProviderSettings {
        let sources = Sources::none()
            .flag("auth.return_to", "https://www.example.org/in")
            .flag("provider.apple.client_id", "org.example.news")
            .flag("provider.apple.team_id", "TEAM")
            .flag("provider.apple.key_id", "KEY")
            .flag("provider.apple.private_key", pem);
        Settings::load(&sources).unwrap().providers["apple"].clone()
    }

    #[test]
    fn the_client_secret_is_what_apple_checks() {
        let der = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
        let pem =
            format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der.as_ref()));
        let public = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap();
        // The point without the byte that says that it is not compressed.
        let point = &public.public_key().as_ref()[1..];
        let url = |bytes: &[u8]| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes);
        let key = DecodingKey::from_ec_components(&url(&point[..32]), &url(&point[32..])).unwrap();
        for written in [pem.clone(), pem.replace('\n', "\\n")] {
            let secret = Key::read(&settings(&written)).unwrap().secret(Instant::from_millis(1_000_000_000)).unwrap();
            let mut validation = Validation::new(Algorithm::ES256);
            validation.set_audience(&["https://appleid.apple.com"]);
            validation.validate_exp = false;
            let read = jsonwebtoken::decode::<serde_json::Value>(&secret, &key, &validation).unwrap();
            assert_eq!(read.header.kid.as_deref(), Some("KEY"));
            let claims = serde_json::json!({
                "iss": "TEAM", "iat": 1_000_000, "exp": 1_000_300, "aud": "https://appleid.apple.com", "sub": "org.example.news",
            });
            assert_eq!(read.claims, claims);
        }
        for bad in ["x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"] {
            assert_eq!(Key::read(&settings(bad)).err().map(|e| e.code()), Some(Code::Config), "{bad}");
        }
    }

    #[test]
    fn the_name_is_read_where_there_is_one() {
        assert_eq!(name(r#"{"name":{"firstName":"Ada","lastName":"Lovelace"},"email":"x"}"#).unwrap(), "Ada Lovelace");
        assert_eq!(name(r#"{"name":{"lastName":"Lovelace"}}"#).unwrap(), "Lovelace");
        for none in ["", "x", "{}", "[]", r#"{"name":"Ada"}"#] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
