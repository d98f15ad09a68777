//! Providers that speak OpenID Connect: Core 1.0 (3.1, the code flow) and Discovery 1.0. The `openidconnect` crate reads
//! and verifies; what may be accepted is said here.

use std::sync::Arc;
use std::time::{Duration, Instant as Monotonic};

use chrono::{DateTime, Utc};
use openidconnect::core::{
    CoreAuthDisplay, CoreAuthPrompt, CoreAuthenticationFlow, CoreClientAuthMethod, CoreErrorResponseType,
    CoreGenderClaim, CoreJsonWebKey, CoreJweContentEncryptionAlgorithm, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseMode, CoreRevocableToken, CoreRevocationErrorResponse, CoreTokenIntrospectionResponse, CoreTokenType,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AuthType, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EmptyExtraTokenFields, EndpointMaybeSet, EndpointNotSet, EndpointSet, IdTokenClaims, IdTokenFields,
    IssuerUrl, LocalizedClaim, Nonce, OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    SignatureVerificationError, StandardErrorResponse, StandardTokenResponse, TokenResponse, UserInfoClaims,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::profile::Profile;
use super::{Begun, Provider, apple, callback::Answer};
use crate::config::{ProviderKind, ResponseMode};
use crate::error::{Error, Result};
use crate::model::time::Instant;

/// How long what a provider says of itself is believed.
const KEPT: Duration = Duration::from_secs(3600);
/// How soon it is asked again when it signs with a key that it did not show before.
const AGAIN: Duration = Duration::from_secs(60);
/// The algorithms that an identity may be signed with: those with a public key. `none` proves nothing, and a secret that
/// both sides have is no signature of the provider.
const SIGNED_WITH: [CoreJwsSigningAlgorithm; 9] = [
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha384,
    CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha512,
    CoreJwsSigningAlgorithm::RsaSsaPssSha256,
    CoreJwsSigningAlgorithm::RsaSsaPssSha384,
    CoreJwsSigningAlgorithm::RsaSsaPssSha512,
    CoreJwsSigningAlgorithm::EcdsaP256Sha256,
    CoreJwsSigningAlgorithm::EcdsaP384Sha384,
    CoreJwsSigningAlgorithm::EdDsa,
];

/// Claims beside those of the standard.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Extra {
    /// Google Workspace: the domain.
    hd: Option<String>,
}

impl AdditionalClaims for Extra {}

type Fields = IdTokenFields<
    Extra,
    EmptyExtraTokenFields,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJwsSigningAlgorithm,
>;
type Claims = IdTokenClaims<Extra, CoreGenderClaim>;
type Client = openidconnect::Client<
    Extra,
    CoreAuthDisplay,
    CoreGenderClaim,
    CoreJweContentEncryptionAlgorithm,
    CoreJsonWebKey,
    CoreAuthPrompt,
    StandardErrorResponse<CoreErrorResponseType>,
    StandardTokenResponse<Fields, CoreTokenType>,
    CoreTokenIntrospectionResponse,
    CoreRevocableToken,
    CoreRevocationErrorResponse,
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// What a provider says of itself, and since when that is known.
#[derive(Default)]
pub(super) struct Discovered(Mutex<Option<(Monotonic, Arc<CoreProviderMetadata>)>>);

/// Why a provider cannot be used as it is set.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error("the token endpoint gave no ID token")]
    NoIdToken,
    #[error("the access token is not the one that the ID token is of")]
    OtherAccessToken,
    #[error("the answer names another issuer")]
    OtherIssuer,
    #[error("the subject is none that can be kept")]
    Subject,
}

/// What a claim says, in whatever language there is.
fn said<T: std::ops::Deref<Target = String>>(claim: Option<&LocalizedClaim<T>>) -> Option<String> {
    claim?.iter().next().map(|(_, text)| text.to_string())
}

/// What somebody is called: of the claims about names, the one that is most of a name.
macro_rules! name_of {
    ($claims:expr) => {{
        let claims = $claims;
        let whole = || {
            let parts: Vec<String> =
                [said(claims.given_name()), said(claims.family_name())].into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join(" "))
        };
        said(claims.name())
            .or_else(whole)
            .or_else(|| claims.preferred_username().map(|name| name.as_str().to_owned()))
            .or_else(|| said(claims.nickname()))
    }};
}

impl Provider {
    /// What the provider says of itself; younger than `age` if it must be.
    async fn metadata(&self, age: Duration) -> Result<Arc<CoreProviderMetadata>> {
        let mut known = self.discovered.0.lock().await;
        if let Some((at, metadata)) = known.as_ref()
            && at.elapsed() < age
        {
            return Ok(metadata.clone());
        }
        let issuer = self.settings.issuer.clone().unwrap_or_default();
        let issuer = IssuerUrl::new(issuer).map_err(|e| self.failed(e))?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.http()).await;
        let metadata = Arc::new(found.map_err(|e| self.failed(e))?);
        *known = Some((Monotonic::now(), metadata.clone()));
        Ok(metadata)
    }

    fn openid(&self, metadata: &CoreProviderMetadata, callback: &str, now: Instant) -> Result<Client> {
        let secret = match &self.key {
            Some(key) => Some(key.secret(now)?),
            None => self.settings.secret().map(ToOwned::to_owned),
        };
        let id = ClientId::new(self.settings.client_id.clone());
        // Core, 9: client_secret_basic, where the provider does not say otherwise.
        let methods = metadata.token_endpoint_auth_methods_supported();
        let in_body = methods.is_some_and(|methods| {
            !methods.contains(&CoreClientAuthMethod::ClientSecretBasic)
                && methods.contains(&CoreClientAuthMethod::ClientSecretPost)
        });
        let redirect = RedirectUrl::new(callback.to_owned()).map_err(Error::internal)?;
        Ok(Client::from_provider_metadata(metadata.clone(), id, secret.map(ClientSecret::new))
            .set_redirect_uri(redirect)
            .set_auth_type(if in_body { AuthType::RequestBody } else { AuthType::BasicAuth }))
    }

    /// Where the browser is sent (Core, 3.1.2.1).
    pub(super) async fn openid_address(
        &self,
        callback: &str,
        state: &str,
        begun: &Begun,
        now: Instant,
    ) -> Result<String> {
        let metadata = self.metadata(KEPT).await?;
        let client = self.openid(&metadata, callback, now)?;
        let verifier = PkceCodeVerifier::new(begun.verifier.clone());
        let (state, nonce) = (state.to_owned(), begun.nonce.clone());
        let mut request = client
            .authorize_url(CoreAuthenticationFlow::AuthorizationCode, || CsrfToken::new(state), || Nonce::new(nonce))
            .add_scopes(self.settings.scopes.iter().filter(|scope| *scope != "openid").cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if self.settings.response_mode == Some(ResponseMode::FormPost) {
            request = request.add_extra_param("response_mode", CoreResponseMode::FormPost.as_ref());
        }
        Ok(request.url().0.into())
    }

    /// Who came back (Core, 3.1.3): exchanges the code, verifies the identity, and asks for what it does not say.
    pub(super) async fn openid_profile(
        &self,
        callback: &str,
        begun: &Begun,
        code: &str,
        answer: &Answer,
        now: Instant,
    ) -> Result<Profile> {
        let metadata = self.metadata(KEPT).await?;
        // RFC 9207: where it is named, it must be the one.
        if answer.iss.as_ref().is_some_and(|iss| iss != metadata.issuer().as_str()) {
            return Err(self.failed(Fault::OtherIssuer));
        }
        let (client, http) = (self.openid(&metadata, callback, now)?, self.http());
        let response = client
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .map_err(|e| self.failed(e))?
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
            .request_async(&http)
            .await
            .map_err(|e| self.failed(e))?;
        let nonce = Nonce::new(begun.nonce.clone());
        let claims = match self.claims(&client, &metadata, &response, &nonce, now) {
            // It may have begun to sign with another key since it was asked.
            Err(ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey)) => {
                let metadata = self.metadata(AGAIN).await?;
                self.claims(&self.openid(&metadata, callback, now)?, &metadata, &response, &nonce, now)
            }
            other => other,
        };
        let claims = claims.map_err(|e| self.failed(e))?;
        let mut email = claims.email().map(|email| email.as_str().to_owned());
        let mut verified = claims.email_verified();
        let mut name = name_of!(&claims);
        let domain = claims.additional_claims().hd.clone();
        // Many tell in the ID token only who it is (Core, 5.4).
        if (email.is_none() || name.is_none())
            && let Ok(request) = client.user_info(response.access_token().clone(), Some(claims.subject().clone()))
        {
            let told: UserInfoClaims<Extra, CoreGenderClaim> =
                request.request_async(&http).await.map_err(|e| self.failed(e))?;
            if email.is_none() {
                email = told.email().map(|email| email.as_str().to_owned());
                verified = told.email_verified();
            }
            name = name.or_else(|| name_of!(&told));
        }
        if self.kind == ProviderKind::Apple {
            name = name.or_else(|| answer.user.as_deref().and_then(apple::name));
        }
        let verified = verified.unwrap_or(false);
        let profile = Profile::new(claims.subject(), email.as_deref(), verified, name.as_deref());
        let profile = profile.ok_or_else(|| self.failed(Fault::Subject))?;
        Ok(profile.spoken_for(self.kind, self.settings.trusts_email, domain.as_deref()))
    }

    /// The claims of the ID token, if it is good (Core, 3.1.3.7): of this issuer, for us, signed, in its time, of this
    /// log-in, and of this access token.
    fn claims(
        &self,
        client: &Client,
        metadata: &CoreProviderMetadata,
        response: &StandardTokenResponse<Fields, CoreTokenType>,
        nonce: &Nonce,
        now: Instant,
    ) -> std::result::Result<Claims, ClaimsVerificationError> {
        let other = |fault: Fault| ClaimsVerificationError::Other(fault.to_string());
        let signature = ClaimsVerificationError::SignatureVerification;
        let offered = metadata.id_token_signing_alg_values_supported();
        let clock = DateTime::<Utc>::from_timestamp_millis(now.millis()).unwrap_or_else(Utc::now);
        let verifier = client
            .id_token_verifier()
            .set_allowed_algs(SIGNED_WITH.into_iter().filter(|alg| offered.contains(alg)))
            .set_time_fn(move || clock);
        let token = response.id_token().ok_or_else(|| other(Fault::NoIdToken))?;
        let claims = token.claims(&verifier, nonce)?;
        // Optional in this flow (Core, 3.1.3.6), and not defined for every algorithm.
        if let Some(expected) = claims.access_token_hash() {
            let (alg, key) = (token.signing_alg(), token.signing_key(&verifier));
            let (alg, key) = (alg.map_err(signature)?, key.map_err(signature)?);
            let made = AccessTokenHash::from_token(response.access_token(), alg, key);
            if made.is_ok_and(|made| made != *expected) {
                return Err(other(Fault::OtherAccessToken));
            }
        }
        Ok(claims.clone())
    }
}
