//! Access tokens: what is forged, late or revoked is refused.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use masthead::identity::{Caller, Identity};
use masthead::model::viewer::{Role, Viewer};
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, account, log_in, token};
use crate::harness::both;
use crate::harness::http::Server;

fn part(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

fn read(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

async fn status(server: &Server, token: &str) -> (u16, String) {
    let said = server.ask("GET", "/v1/me", Some(token), None).await;
    (said.status, said.code().to_owned())
}

/// HMAC-SHA-256 of a token's first two parts.
fn hs256(signed: &str, key: &[u8]) -> String {
    let key = aws_lc_rs::hmac::Key::new(aws_lc_rs::hmac::HMAC_SHA256, key);
    URL_SAFE_NO_PAD.encode(aws_lc_rs::hmac::sign(&key, signed.as_bytes()))
}

both!(forged_tokens_are_refused_everywhere, async |t| {
    account(t, "ada@example.org", Role::Admin).await;
    let server = t.serve().await;
    let good = token(&server, "ada@example.org").await;
    assert_eq!(status(&server, &good).await.0, 200);
    let parts: Vec<&str> = good.split('.').collect();
    let (header, claims) = (read(parts[0]), read(parts[1]));
    let kid = header["kid"].as_str().unwrap();
    let keys = server.get("/.well-known/jwks.json").await.json::<Value>().await.unwrap();
    let public = keys["keys"][0]["x"].as_str().unwrap().to_owned();
    let with = |member: &str, value: Value| {
        let mut claims = claims.clone();
        claims[member] = value;
        claims
    };
    let own = Ed25519KeyPair::generate().unwrap();
    let signed = |header: &Value, claims: &Value| {
        let text = format!("{}.{}", part(header), part(claims));
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(own.sign(text.as_bytes()).as_ref()))
    };
    let with_hmac = |header: &Value, key: &[u8]| {
        let text = format!("{}.{}", part(header), parts[1]);
        format!("{text}.{}", hs256(&text, key))
    };
    let raw = URL_SAFE_NO_PAD.decode(&public).unwrap();
    let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "x": URL_SAFE_NO_PAD.encode(own.public_key().as_ref()) });
    let hs = json!({ "alg": "HS256", "typ": "at+jwt", "kid": kid });
    let forged = [
        ("alg none", format!("{}.{}.", part(&json!({ "alg": "none", "kid": kid })), parts[1])),
        ("alg nOnE", format!("{}.{}.", part(&json!({ "alg": "nOnE", "kid": kid })), parts[1])),
        ("no signature", format!("{}.{}.", parts[0], parts[1])),
        ("HS256 by the public key", with_hmac(&hs, &raw)),
        ("HS256 by its base64url", with_hmac(&hs, public.as_bytes())),
        ("own key under their name", signed(&json!({ "alg": "EdDSA", "kid": kid }), &claims)),
        ("own key under another name", signed(&json!({ "alg": "EdDSA", "kid": "own" }), &claims)),
        ("own key as jwk", signed(&json!({ "alg": "EdDSA", "kid": kid, "jwk": jwk }), &claims)),
        ("no kid", signed(&json!({ "alg": "EdDSA" }), &claims)),
        ("a kid of a path", signed(&json!({ "alg": "EdDSA", "kid": "../../dev/null" }), &claims)),
        ("other claims", format!("{}.{}.{}", parts[0], part(&with("sub", json!("acc_0000000000001"))), parts[2])),
        ("nonsense", "abc".to_owned()),
        ("two parts", format!("{}.{}", parts[0], parts[1])),
        ("very long", format!("{}.{}", "a".repeat(20_000), parts[1])),
    ];
    for (name, token) in &forged {
        assert_eq!(status(&server, token).await, (401, "INVALID_TOKEN".into()), "{name}");
        // Also where anybody may read: whoever sends a token wants to be known.
        let said = server.ask("GET", "/v1/articles", Some(token), None).await;
        assert_eq!((said.status, said.header("www-authenticate").is_empty()), (401, false), "{name}");
        let body = json!({ "query": "{ viewer { account { id } } }" });
        let said = server.ask("POST", "/graphql", Some(token), Some(&body)).await;
        assert_eq!((said.status, said.text("/errors/0/extensions/code")), (401, "INVALID_TOKEN"), "{name}");
    }
    assert_eq!(status(&server, &good).await.0, 200);
});

both!(tokens_of_other_houses_and_other_times_are_refused, async |t| {
    let ada = account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    // Signed with the true key, by servers that are configured otherwise.
    for (flag, value) in [("auth.audience", "https://other.example"), ("site.url", "https://other.example")] {
        let settings = t.settings_with(&[(flag, value)]);
        let other = Identity::open(&masthead::app::App::with(settings, t.db.clone())).await.unwrap();
        let ask = masthead::identity::LogIn {
            email: "ada@example.org".into(),
            password: PASSWORD.into(),
            remember: false,
            mode: masthead::model::account::Mode::Token,
        };
        let grant = other.log_in(&Caller::operator(), ask).await.unwrap();
        assert_eq!(grant.account.id, ada.id);
        let foreign = grant.access_token.unwrap();
        assert_eq!(status(&server, &foreign).await, (401, "INVALID_TOKEN".into()), "{flag}");
    }
    // Late.
    let good = token(&server, "ada@example.org").await;
    t.clock.advance(899_000);
    assert_eq!(status(&server, &good).await.0, 200);
    t.clock.advance(2_000);
    assert_eq!(status(&server, &good).await, (401, "INVALID_TOKEN".into()));
    // From the future: the clock stood ahead when it was signed.
    t.clock.advance(3_600_000);
    let ahead = token(&server, "ada@example.org").await;
    t.clock.advance(-3_600_000);
    let fresh = t.serve().await;
    assert_eq!(status(&fresh, &ahead).await, (401, "INVALID_TOKEN".into()));
});

both!(roles_suspension_and_password_kill_tokens_at_once, async |t| {
    let admin = account(t, "admin@example.org", Role::Admin).await;
    let ada = account(t, "ada@example.org", Role::Editor).await;
    let (server, other) = (t.serve().await, t.serve().await);
    let boss = token(&server, "admin@example.org").await;
    let path = format!("/v1/accounts/{}", ada.id);
    let articles = |server: &Server, token: &str| {
        let (server, token) = (Server { base: server.base.clone(), client: server.client.clone() }, token.to_owned());
        async move { server.ask("GET", "/v1/articles", Some(&token), None).await.status }
    };
    // Everything that kills, and whether the session goes on by refreshing.
    for (change, lives) in [
        (json!({ "roles": ["CONTRIBUTOR"] }), true),
        (json!({ "roles": ["EDITOR", "CONTRIBUTOR"] }), true),
        (json!({ "suspended": true }), false),
    ] {
        let held = log_in(&server, "ada@example.org", PASSWORD).await;
        let token = held.text("/accessToken");
        for node in [&server, &other] {
            assert_eq!(articles(node, token).await, 200);
        }
        let said = server.ask("PATCH", &path, Some(&boss), Some(&change)).await;
        assert_eq!(said.status, 200, "{said:?}");
        // With the next request here; elsewhere within a second, and at once where the store is asked.
        assert_eq!(articles(&server, token).await, 401, "{change}");
        assert_eq!(status(&other, token).await.0, 401, "{change}");
        let begun = std::time::Instant::now();
        while articles(&other, token).await == 200 {
            assert!(begun.elapsed().as_millis() < 1_000, "{change}: another node still takes the token");
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let refreshed = server.post("/v1/auth/refresh", json!({ "refreshToken": held.text("/refreshToken") })).await;
        assert_eq!(refreshed.status, if lives { 200 } else { 401 }, "{change}: {refreshed:?}");
    }
    let said = log_in(&server, "ada@example.org", PASSWORD).await;
    assert_eq!((said.status, said.code()), (403, "ACCOUNT_SUSPENDED"));
    let said = log_in(&server, "ada@example.org", OTHER).await;
    assert_eq!((said.status, said.code()), (401, "INVALID_CREDENTIALS"), "only who knows the password learns it");
    let said = server.ask("PATCH", &path, Some(&boss), Some(&json!({ "suspended": false }))).await;
    assert_eq!(said.text("/status"), "ACTIVE");
    // The password: other sessions end, this one goes on with another token.
    let (one, two) =
        (log_in(&server, "ada@example.org", PASSWORD).await, log_in(&server, "ada@example.org", PASSWORD).await);
    let form = json!({ "currentPassword": PASSWORD, "password": OTHER });
    let said = server.ask("POST", "/v1/me/password", Some(one.text("/accessToken")), Some(&form)).await;
    assert_eq!(said.status, 204, "{said:?}");
    for held in [&one, &two] {
        assert_eq!(articles(&server, held.text("/accessToken")).await, 401);
    }
    for (held, status) in [(&one, 200), (&two, 401)] {
        let said = server.post("/v1/auth/refresh", json!({ "refreshToken": held.text("/refreshToken") })).await;
        assert_eq!(said.status, status);
    }
    // The last administrator stays one.
    let path = format!("/v1/accounts/{}", admin.id);
    for change in [json!({ "roles": ["EDITOR"] }), json!({ "suspended": true })] {
        let said = server.ask("PATCH", &path, Some(&boss), Some(&change)).await;
        assert_eq!((said.status, said.code()), (409, "CONFLICT"), "{change}");
    }
});

both!(keys_are_changed_and_old_tokens_live_on, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve_as(&[("auth.key_rotation", "1h")]).await;
    let app = masthead::app::App::with(t.settings_with(&[("auth.key_rotation", "1h")]), t.db.clone());
    let identity = Identity::open(&app).await.unwrap();
    let kid = |token: &str| read(token.split('.').next().unwrap())["kid"].as_str().unwrap().to_owned();
    let shown = async || {
        server.get("/.well-known/jwks.json").await.json::<Value>().await.unwrap()["keys"].as_array().unwrap().len()
    };
    let first = token(&server, "ada@example.org").await;
    t.clock.advance(51 * 60_000);
    identity.tidy().await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!(shown().await, 2, "the new key is shown before it signs");
    let second = token(&server, "ada@example.org").await;
    assert_eq!(kid(&first), kid(&second));
    t.clock.advance(10 * 60_000);
    let third = token(&server, "ada@example.org").await;
    assert_ne!(kid(&second), kid(&third));
    assert_eq!((status(&server, &second).await.0, status(&server, &third).await.0), (200, 200));
    // At once, for when a key got out.
    identity.change_keys(&Caller::operator(), &Viewer::system()).await.unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(700)).await;
    assert_eq!((status(&server, &third).await.0, shown().await), (401, 1));
    assert_eq!(status(&server, &token(&server, "ada@example.org").await).await.0, 200);
});
