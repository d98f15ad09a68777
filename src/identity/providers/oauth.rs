//! Providers that speak OAuth 2.0 only: X and GitHub. They give no ID token; who somebody is says an address of theirs that
//! is asked with the access token, so there is no nonce either. PKCE and the state bind the answer to the log-in.

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, CsrfToken, EndpointNotSet, EndpointSet,
    PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse, TokenUrl,
};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::profile::Profile;
use super::{Begun, Provider};
use crate::config::ProviderKind;
use crate::error::{Error, Result};

type Client = BasicClient<EndpointSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

/// What X tells of a user (`GET /2/users/me`).
#[derive(Deserialize)]
struct OfX {
    data: XUser,
}

#[derive(Deserialize)]
struct XUser {
    id: String,
    name: Option<String>,
    username: Option<String>,
    /// Only with the scope `users.email`, and when asked for.
    confirmed_email: Option<String>,
}

/// What GitHub tells of a user (`GET /user`).
#[derive(Deserialize)]
struct GitHubUser {
    id: u64,
    login: String,
    name: Option<String>,
}

/// An address of a GitHub user (`GET /user/emails`).
#[derive(Deserialize)]
struct GitHubEmail {
    email: String,
    primary: bool,
    verified: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("{address} answered with status {status}")]
struct Refused {
    address: String,
    status: u16,
}

fn of_x(told: OfX) -> Option<Profile> {
    let user = told.data;
    let email = user.confirmed_email.as_deref();
    let name = user.name.filter(|name| !name.trim().is_empty()).or(user.username);
    Profile::new(&user.id, email, email.is_some(), name.as_deref())
}

fn of_github(user: GitHubUser, emails: &[GitHubEmail]) -> Option<Profile> {
    let primary = emails.iter().find(|email| email.primary);
    let (email, verified) = (primary.map(|p| p.email.as_str()), primary.is_some_and(|p| p.verified));
    let name = user.name.filter(|name| !name.trim().is_empty()).unwrap_or(user.login);
    Profile::new(&user.id.to_string(), email, verified, Some(&name))
}

impl Provider {
    fn oauth(&self, callback: &str) -> Result<Client> {
        let address = |address: &Option<String>| address.clone().unwrap_or_default();
        let authorization = AuthUrl::new(address(&self.settings.authorization_url)).map_err(|e| self.failed(e))?;
        let token = TokenUrl::new(address(&self.settings.token_url)).map_err(|e| self.failed(e))?;
        let client = BasicClient::new(ClientId::new(self.settings.client_id.clone()))
            .set_auth_uri(authorization)
            .set_token_uri(token)
            .set_redirect_uri(RedirectUrl::new(callback.to_owned()).map_err(Error::internal)?)
            .set_auth_type(match self.kind {
                ProviderKind::GitHub => AuthType::RequestBody,
                _ => AuthType::BasicAuth,
            });
        Ok(match self.settings.secret() {
            Some(secret) => client.set_client_secret(ClientSecret::new(secret.to_owned())),
            None => client,
        })
    }

    /// Where the browser is sent (RFC 6749, 4.1.1; RFC 7636, 4.3).
    pub(super) fn oauth_address(&self, callback: &str, state: &str, begun: &Begun) -> Result<String> {
        let verifier = PkceCodeVerifier::new(begun.verifier.clone());
        let state = state.to_owned();
        let client = self.oauth(callback)?;
        let request = client
            .authorize_url(|| CsrfToken::new(state))
            .add_scopes(self.settings.scopes.iter().cloned().map(Scope::new))
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        Ok(request.url().0.into())
    }

    /// Who came back: exchanges the code (RFC 6749, 4.1.3; RFC 7636, 4.5), and asks who the access token is of.
    pub(super) async fn oauth_profile(&self, callback: &str, begun: &Begun, code: &str) -> Result<Profile> {
        let response = self
            .oauth(callback)?
            .exchange_code(AuthorizationCode::new(code.to_owned()))
            .set_pkce_verifier(PkceCodeVerifier::new(begun.verifier.clone()))
            .request_async(&self.http())
            .await
            .map_err(|e| self.failed(e))?;
        let token = response.access_token().secret();
        let profile = match self.kind {
            ProviderKind::GitHub => {
                let user = self.told(&self.settings.userinfo_url, token).await?;
                // Needs a scope of its own; without it GitHub tells no address that could be relied upon.
                let asked = self.settings.scopes.iter().any(|scope| scope == "user:email" || scope == "user");
                let emails =
                    if asked { self.told(&self.settings.emails_url, token).await? } else { Vec::<GitHubEmail>::new() };
                of_github(user, &emails)
            }
            _ => of_x(self.told(&self.settings.userinfo_url, token).await?),
        };
        let profile = profile.ok_or_else(|| self.failed("the provider named nobody"))?;
        Ok(profile.spoken_for(self.kind, self.settings.trusts_email, None))
    }

    /// What an address of the provider tells whoever has this access token.
    async fn told<T: DeserializeOwned>(&self, address: &Option<String>, token: &str) -> Result<T> {
        let address = address.as_deref().unwrap_or_default();
        let answer = self.client.send(self.client.get(address, token)?).await.map_err(|e| self.failed(e))?;
        if !answer.status.is_success() {
            return Err(self.failed(Refused { address: address.to_owned(), status: answer.status.as_u16() }));
        }
        serde_json::from_slice(&answer.body).map_err(|e| self.failed(e))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn x_is_read() {
        let read = |text: &str| of_x(serde_json::from_str(text).unwrap());
        let ada = read(r#"{"data":{"id":"2244994945","name":"Ada Lovelace","username":"ada"},"includes":{}}"#).unwrap();
        assert_eq!(
            (ada.subject.as_str(), ada.shown_name(), ada.verified_email()),
            ("2244994945", "Ada Lovelace", None)
        );
        let ada =
            read(r#"{"data":{"id":"1","name":" ","username":"ada","confirmed_email":"ada@example.org"}}"#).unwrap();
        assert_eq!((ada.shown_name(), ada.verified_email()), ("ada", Some("ada@example.org")));
        assert!(read(r#"{"data":{"id":""}}"#).is_none());
        assert!(serde_json::from_str::<OfX>(r#"{"data":{"id":{"$ne":1}}}"#).is_err());
    }

    #[test]
    fn github_is_read() {
        let user = |text: &str| serde_json::from_str::<GitHubUser>(text).unwrap();
        let emails = |text: &str| serde_json::from_str::<Vec<GitHubEmail>>(text).unwrap();
        let some = emails(
            r#"[{"email":"a@example.org","primary":false,"verified":true},{"email":"b@example.org","primary":true,"verified":true}]"#,
        );
        let ada = of_github(user(r#"{"id":1,"login":"ada","name":null}"#), &some).unwrap();
        assert_eq!((ada.subject.as_str(), ada.shown_name(), ada.verified_email()), ("1", "ada", Some("b@example.org")));
        let unverified = emails(r#"[{"email":"b@example.org","primary":true,"verified":false}]"#);
        let ada = of_github(user(r#"{"id":1,"login":"ada","name":"Ada"}"#), &unverified).unwrap();
        assert_eq!((ada.shown_name(), ada.verified_email()), ("Ada", None));
    }
}
