//! A provider of log-ins on loopback: one face is OpenID Connect, the other has the shape of X. Whoever comes is let through
//! at once as whoever the test says; what it signs can be spoilt in every way that matters.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use actix_web::web::{self, Data, Form, Query};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::oneshot;

use super::TestApp;

/// Who we are at the provider.
pub const CLIENT: &str = "masthead-at-test";
/// What proves it.
pub const SECRET: &str = "a secret/with: characters+that need care";

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoilt {
    Nonce,
    NoNonce,
    Issuer,
    Audience,
    Signature,
    UnknownKey,
    Unsigned,
    SecretAsKey,
    Expired,
    OtherAccessToken,
    Missing,
}

impl Spoilt {
    pub const ALL: [Spoilt; 11] = [
        Spoilt::Nonce,
        Spoilt::NoNonce,
        Spoilt::Issuer,
        Spoilt::Audience,
        Spoilt::Signature,
        Spoilt::UnknownKey,
        Spoilt::Unsigned,
        Spoilt::SecretAsKey,
        Spoilt::Expired,
        Spoilt::OtherAccessToken,
        Spoilt::Missing,
    ];
}

/// Who comes, and how the provider behaves.
#[derive(Debug, Clone)]
pub struct Manner {
    pub subject: String,
    pub name: Option<String>,
    pub email: Option<String>,
    pub email_verified: Option<Value>,
    /// What is wrong with the next ID tokens.
    pub spoilt: Option<Spoilt>,
    /// What it answers instead of a code.
    pub error: Option<&'static str>,
    /// Whether the claims about the person stand at the userinfo endpoint only.
    pub apart: bool,
    /// Whether the token endpoint answers at all.
    pub stuck: bool,
    /// Whether the key changes with the next ID token.
    pub new_key: bool,
}

/// An answer that is out.
struct Out {
    challenge: String,
    nonce: Option<String>,
    callback: String,
    who: Manner,
}

struct Signer {
    kid: String,
    key: EncodingKey,
    public: Value,
}

fn signer(kid: &str) -> Signer {
    let der = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap().to_pkcs8v1().unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, der.as_ref()).unwrap();
    let point = pair.public_key().as_ref();
    let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let (x, y) = (part(&point[1..33]), part(&point[33..]));
    Signer {
        kid: kid.to_owned(),
        key: EncodingKey::from_ec_der(der.as_ref()),
        public: json!({ "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid, "x": x, "y": y }),
    }
}

struct State {
    base: String,
    now: i64,
    manner: Mutex<Manner>,
    codes: Mutex<HashMap<String, Out>>,
    tokens: Mutex<HashMap<String, Manner>>,
    signers: Mutex<Vec<Signer>>,
    asked: Mutex<usize>,
}

/// A provider of a test.
#[derive(Clone)]
pub struct Provider {
    /// Its address, which is its issuer.
    pub base: String,
    state: Arc<State>,
}

fn fresh() -> String {
    format!("{:032x}", rand::random::<u128>())
}

impl Provider {
    /// Starts one; it ends with the process.
    pub async fn start(t: &TestApp) -> Provider {
        let (tell, told) = oneshot::channel();
        let now = t.now().millis() / 1000;
        std::thread::spawn(move || {
            actix_web::rt::System::new().block_on(async move {
                let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
                let base = format!("http://{}", listener.local_addr().unwrap());
                let state = Arc::new(State {
                    base,
                    now,
                    manner: Mutex::new(Manner {
                        subject: "sub-1".to_owned(),
                        name: Some("Ada at the Provider".to_owned()),
                        email: Some("ada@example.org".to_owned()),
                        email_verified: Some(true.into()),
                        spoilt: None,
                        error: None,
                        apart: false,
                        stuck: false,
                        new_key: false,
                    }),
                    codes: Mutex::default(),
                    tokens: Mutex::default(),
                    signers: Mutex::new(vec![signer("one")]),
                    asked: Mutex::default(),
                });
                let data = Data::from(state.clone());
                let server = HttpServer::new(move || {
                    App::new()
                        .app_data(data.clone())
                        .route("/.well-known/openid-configuration", web::get().to(discovery))
                        .route("/jwks", web::get().to(jwks))
                        .route("/authorize", web::get().to(authorize))
                        .route("/token", web::post().to(token))
                        .route("/me", web::get().to(userinfo))
                        .route("/2/users/me", web::get().to(x_user))
                });
                let server = server.workers(1).listen(listener).unwrap();
                let _ = tell.send(state);
                server.run().await.unwrap();
            });
        });
        let state = told.await.unwrap();
        Provider { base: state.base.clone(), state }
    }

    /// Who comes, and how it behaves, to be changed.
    pub fn manner(&self) -> MutexGuard<'_, Manner> {
        self.state.manner.lock().unwrap()
    }

    /// How often it was asked for something by the server, not by the browser.
    pub fn asked(&self) -> usize {
        *self.state.asked.lock().unwrap()
    }

    /// Settings for it as the provider `acme` (OpenID Connect) and as `x`.
    pub fn settings(&self) -> Vec<(String, String)> {
        let base = &self.base;
        let pairs = [
            ("outbound.allow_private", "true".to_owned()),
            ("auth.return_to", "https://www.example.org/log-in,org.example.news:/log-in".to_owned()),
            ("provider.acme.name", "Acme".to_owned()),
            ("provider.acme.issuer", base.clone()),
            ("provider.acme.client_id", CLIENT.to_owned()),
            ("provider.acme.client_secret", SECRET.to_owned()),
            ("provider.x.client_id", CLIENT.to_owned()),
            ("provider.x.client_secret", SECRET.to_owned()),
            ("provider.x.authorization_url", format!("{base}/authorize")),
            ("provider.x.token_url", format!("{base}/token")),
            ("provider.x.userinfo_url", format!("{base}/2/users/me")),
        ];
        pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
    }
}

fn count(state: &State) {
    *state.asked.lock().unwrap() += 1;
}

async fn discovery(state: Data<State>) -> HttpResponse {
    count(&state);
    let base = &state.base;
    HttpResponse::Ok().json(json!({
        "issuer": base,
        "authorization_endpoint": format!("{base}/authorize"),
        "token_endpoint": format!("{base}/token"),
        "userinfo_endpoint": format!("{base}/me"),
        "jwks_uri": format!("{base}/jwks"),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "subject_types_supported": ["public"],
        // It offers what must not be taken.
        "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
    }))
}

async fn jwks(state: Data<State>) -> HttpResponse {
    count(&state);
    let keys: Vec<Value> = state.signers.lock().unwrap().iter().map(|signer| signer.public.clone()).collect();
    HttpResponse::Ok().json(json!({ "keys": keys }))
}

/// Lets everybody through (RFC 6749, 4.1.1). By form it gives the pairs as they are, for the test to send them.
async fn authorize(state: Data<State>, query: Query<HashMap<String, String>>) -> HttpResponse {
    let of = |name: &str| query.get(name).cloned();
    assert_eq!((of("response_type").as_deref(), of("client_id").as_deref()), (Some("code"), Some(CLIENT)));
    assert_eq!(of("code_challenge_method").as_deref(), Some("S256"));
    let (callback, given) = (of("redirect_uri").unwrap(), of("state").unwrap());
    let who = state.manner.lock().unwrap().clone();
    let mut pairs = vec![("state", given)];
    match who.error {
        Some(error) => {
            pairs.push(("error", error.to_owned()));
            pairs.push(("error_description", "the provider says more than is good".to_owned()));
        }
        None => {
            let code = fresh();
            let out =
                Out { challenge: of("code_challenge").unwrap(), nonce: of("nonce"), callback: callback.clone(), who };
            state.codes.lock().unwrap().insert(code.clone(), out);
            pairs.push(("code", code));
            pairs.push(("session_state", "to be ignored".to_owned()));
        }
    }
    if of("response_mode").as_deref() == Some("form_post") {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
        return HttpResponse::Ok().content_type("application/x-www-form-urlencoded").body(body);
    }
    let mut url = url::Url::parse(&callback).unwrap();
    url.query_pairs_mut().extend_pairs(&pairs);
    HttpResponse::Found().insert_header(("location", url.as_str())).finish()
}

fn refused(error: &str) -> HttpResponse {
    HttpResponse::BadRequest()
        .json(json!({ "error": error, "error_description": "the provider says more than is good" }))
}

/// Gives tokens for a code (RFC 6749, 4.1.3; RFC 7636, 4.6), to the client and with the verifier only.
async fn token(state: Data<State>, req: HttpRequest, form: Form<HashMap<String, String>>) -> HttpResponse {
    count(&state);
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", encode(CLIENT), encode(SECRET)));
    let sent = req.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    if sent != Some(format!("Basic {basic}")) {
        return refused("invalid_client");
    }
    let of = |name: &str| form.get(name).cloned().unwrap_or_default();
    let Some(out) = state.codes.lock().unwrap().remove(&of("code")) else { return refused("invalid_grant") };
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(of("code_verifier").as_bytes()));
    if of("grant_type") != "authorization_code" || of("redirect_uri") != out.callback || challenge != out.challenge {
        return refused("invalid_grant");
    }
    if out.who.stuck {
        actix_web::rt::time::sleep(Duration::from_secs(60)).await;
    }
    let access = fresh();
    state.tokens.lock().unwrap().insert(access.clone(), out.who.clone());
    let mut answer =
        json!({ "access_token": access, "token_type": "bearer", "expires_in": 7200, "scope": "users.read" });
    if let Some(nonce) = &out.nonce
        && out.who.spoilt != Some(Spoilt::Missing)
    {
        answer["id_token"] = id_token(&state, &out.who, nonce, &access).into();
    }
    HttpResponse::Ok().json(answer)
}

fn id_token(state: &State, who: &Manner, nonce: &str, access: &str) -> String {
    let spoilt = who.spoilt;
    let hash = |text: &str| URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16]);
    let mut claims = json!({
        "iss": state.base, "aud": CLIENT, "sub": who.subject, "iat": state.now, "exp": state.now + 3600,
        "nonce": nonce, "at_hash": hash(access),
    });
    if !who.apart {
        claims["name"] = json!(who.name);
        claims["email"] = json!(who.email);
        claims["email_verified"] = json!(who.email_verified);
    }
    let claims_of = claims.as_object_mut().unwrap();
    claims_of.retain(|_, value| !value.is_null());
    match spoilt {
        Some(Spoilt::Nonce) => claims["nonce"] = "another".into(),
        Some(Spoilt::NoNonce) => drop(claims_of.remove("nonce")),
        Some(Spoilt::Issuer) => claims["iss"] = "https://evil.example".into(),
        Some(Spoilt::Audience) => claims["aud"] = "somebody-else".into(),
        Some(Spoilt::Expired) => claims["exp"] = (state.now - 10).into(),
        Some(Spoilt::OtherAccessToken) => claims["at_hash"] = hash("another").into(),
        _ => {}
    }
    let mut signers = state.signers.lock().unwrap();
    if who.new_key {
        signers.push(signer("two"));
    }
    let known = signers.last().unwrap();
    let mut header = Header::new(Algorithm::ES256);
    header.kid = Some(known.kid.clone());
    let encode = |header: &Header, key: &EncodingKey| jsonwebtoken::encode(header, &claims, key).unwrap();
    match spoilt {
        Some(Spoilt::Signature) => encode(&header, &signer("one").key),
        Some(Spoilt::UnknownKey) => {
            header.kid = Some("nobody".to_owned());
            encode(&header, &signer("nobody").key)
        }
        Some(Spoilt::SecretAsKey) => {
            encode(&Header::new(Algorithm::HS256), &EncodingKey::from_secret(SECRET.as_bytes()))
        }
        Some(Spoilt::Unsigned) => {
            let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
            format!("{}.{}.", part(&json!({ "alg": "none", "typ": "JWT" })), part(&claims))
        }
        _ => encode(&header, &known.key),
    }
}

/// Whose the access token of a request is.
fn bearer(state: &State, req: &HttpRequest) -> Option<Manner> {
    let token = req.headers().get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")?;
    state.tokens.lock().unwrap().get(token).cloned()
}

async fn userinfo(state: Data<State>, req: HttpRequest) -> HttpResponse {
    count(&state);
    let Some(who) = bearer(&state, &req) else { return HttpResponse::Unauthorized().finish() };
    let mut claims =
        json!({ "sub": who.subject, "name": who.name, "email": who.email, "email_verified": who.email_verified });
    claims.as_object_mut().unwrap().retain(|_, value| !value.is_null());
    HttpResponse::Ok().json(claims)
}

async fn x_user(state: Data<State>, req: HttpRequest) -> HttpResponse {
    count(&state);
    let Some(who) = bearer(&state, &req) else { return HttpResponse::Unauthorized().finish() };
    HttpResponse::Ok().json(json!({ "data": { "id": who.subject, "name": who.name, "username": "ada" } }))
}
