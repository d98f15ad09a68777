//! Sessions: remembered and not, by cookie and by token; log-out; reuse; forgery.

use masthead::model::viewer::Role;
use serde_json::json;

use super::{PASSWORD, account, cookie_of, log_in, log_in_by_cookie, token, with_cookie};
use crate::harness::both;
use crate::harness::http::Said;

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

both!(a_refresh_token_is_good_once, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let refresh = async |token: &str| server.post("/v1/auth/refresh", json!({ "refreshToken": token })).await;
    let first = log_in(&server, "ada@example.org", PASSWORD).await;
    let second = refresh(first.text("/refreshToken")).await;
    assert_eq!((second.status, second.text("/session/id")), (200, first.text("/session/id")));
    assert_ne!(second.text("/refreshToken"), first.text("/refreshToken"));
    let third = refresh(second.text("/refreshToken")).await;
    assert_eq!(third.status, 200);
    // The stolen one comes: the whole family is out, access tokens as well.
    let reused = refresh(first.text("/refreshToken")).await;
    assert_eq!((reused.status, reused.code()), (401, "INVALID_TOKEN"));
    assert_eq!(refresh(third.text("/refreshToken")).await.status, 401);
    let said = server.ask("GET", "/v1/articles", Some(third.text("/accessToken")), None).await;
    assert_eq!(said.status, 401);
    // Two at once: one of them gets the next.
    let held = log_in(&server, "ada@example.org", PASSWORD).await;
    let (one, two) = tokio::join!(refresh(held.text("/refreshToken")), refresh(held.text("/refreshToken")));
    assert_eq!([one.status, two.status].iter().filter(|status| **status == 200).count(), 1);
    for nonsense in ["", "abc", "a.b", &format!("{}x", held.text("/refreshToken")), &"a".repeat(5000)] {
        assert_eq!(refresh(nonsense).await.status, 401, "{nonsense}");
    }
});

both!(a_session_lasts_as_remember_me_says, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let form = |remember: bool, mode: &str| json!({ "email": "ada@example.org", "password": PASSWORD, "remember": remember, "mode": mode });
    // Without: a cookie that the browser forgets, and twelve hours at the most, however much it is used.
    let said = server.post("/v1/auth/log-in", form(false, "COOKIE")).await;
    let (cookie, attributes) = cookie_of(&said);
    assert!(!attributes.contains("Max-Age") && !attributes.contains("Expires"), "{attributes}");
    assert!(attributes.contains("HttpOnly") && attributes.contains("SameSite=Lax"), "{attributes}");
    let me = async |cookie: &str| with_cookie(&server, "GET", "/v1/me", cookie, None, None).await.status;
    for _ in 0..11 {
        t.clock.advance(HOUR);
        assert_eq!(me(&cookie).await, 200);
    }
    t.clock.advance(HOUR);
    assert_eq!(me(&cookie).await, 401);
    // By token likewise.
    let held = server.post("/v1/auth/log-in", form(false, "TOKEN")).await;
    t.clock.advance(11 * HOUR);
    let held = server.post("/v1/auth/refresh", json!({ "refreshToken": held.text("/refreshToken") })).await;
    assert_eq!(held.status, 200);
    t.clock.advance(50 * 60_000);
    let last = server.post("/v1/auth/refresh", json!({ "refreshToken": held.text("/refreshToken") })).await;
    assert!(last.body["expiresIn"].as_i64().unwrap() <= 600, "no token outlives its session: {last:?}");
    t.clock.advance(10 * 60_000);
    let late = server.post("/v1/auth/refresh", json!({ "refreshToken": last.text("/refreshToken") })).await;
    assert_eq!(late.status, 401);
    // With: thirty days that slide, and 180 at the most.
    let said = server.post("/v1/auth/log-in", form(true, "COOKIE")).await;
    let (cookie, attributes) = cookie_of(&said);
    assert!(attributes.contains(&format!("Max-Age={}", 180 * 24 * 3600)), "{attributes}");
    let idle = cookie_of(&server.post("/v1/auth/log-in", form(true, "COOKIE")).await).0;
    for _ in 0..6 {
        t.clock.advance(29 * DAY);
        assert_eq!(me(&cookie).await, 200);
    }
    assert_eq!(me(&idle).await, 401, "one that is not used ends after thirty days");
    t.clock.advance(7 * DAY);
    assert_eq!(me(&cookie).await, 401);
});

both!(a_cookie_alone_changes_nothing, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let (cookie, csrf) = log_in_by_cookie(&server, "ada@example.org", false).await;
    let me = with_cookie(&server, "GET", "/v1/me", &cookie, None, None).await;
    assert_eq!((me.status, me.text("/csrfToken"), me.header("cache-control")), (200, csrf.as_str(), "no-store"));
    let other = log_in_by_cookie(&server, "ada@example.org", false).await;
    let name = || Some(json!({ "name": "Eve" }));
    for csrf in [None, Some("nonsense"), Some(other.1.as_str()), Some("")] {
        let said = with_cookie(&server, "PATCH", "/v1/me", &cookie, csrf, name()).await;
        assert_eq!((said.status, said.code()), (403, "CSRF_TOKEN_REQUIRED"), "{csrf:?}");
        let said = with_cookie(&server, "POST", "/v1/auth/log-out", &cookie, csrf, None).await;
        assert_eq!(said.status, 403, "{csrf:?}");
        let mutation = json!({ "query": "mutation { updateProfile(name: \"Eve\") { name } }" });
        let said = with_cookie(&server, "POST", "/graphql", &cookie, csrf, Some(mutation)).await;
        assert_eq!(said.text("/errors/0/extensions/code"), "CSRF_TOKEN_REQUIRED", "{csrf:?}");
    }
    let said = with_cookie(&server, "PATCH", "/v1/me", &cookie, Some(&csrf), name()).await;
    assert_eq!((said.status, said.text("/name")), (200, "Eve"));
    let mutation = json!({ "query": "mutation { updateProfile(name: \"Ada\") { name } }" });
    let said = with_cookie(&server, "POST", "/graphql", &cookie, Some(&csrf), Some(mutation)).await;
    assert_eq!(said.text("/data/updateProfile/name"), "Ada");
    // Reading by GraphQL needs none, and no cache keeps what is personal, whoever asks.
    let query = json!({ "query": "{ viewer { account { name } csrfToken } }" });
    let said = with_cookie(&server, "POST", "/graphql", &cookie, None, Some(query)).await;
    assert_eq!((said.text("/data/viewer/account/name"), said.text("/data/viewer/csrfToken")), ("Ada", csrf.as_str()));
    for cookie in [cookie.as_str(), "masthead=none"] {
        let said =
            with_cookie(&server, "GET", "/graphql?query=%7Bviewer%7Baccount%7Bid%7D%7D%7D", cookie, None, None).await;
        assert_eq!((said.status, said.header("cache-control"), said.header("etag")), (200, "no-store", ""), "{cookie}");
    }
    // A stranger's page cannot log a reader into an account of its own.
    let form = json!({ "email": "ada@example.org", "password": PASSWORD, "mode": "COOKIE" });
    let foreign =
        server.client.post(format!("{}/v1/auth/log-in", server.base)).header("origin", "https://evil.example");
    assert_eq!(foreign.json(&form).send().await.unwrap().status(), 403);
    let query =
        json!({ "query": "mutation($i: LogInInput!) { logIn(input: $i) { csrfToken } }", "variables": { "i": form } });
    let foreign = server.client.post(format!("{}/graphql", server.base)).header("origin", "https://evil.example");
    let said = Said::of(foreign.json(&query).send().await.unwrap()).await;
    assert_eq!((said.text("/errors/0/extensions/code"), said.header("set-cookie")), ("FORBIDDEN", ""));
    // A form of another site has no JSON.
    let form = server.client.post(format!("{}/v1/auth/log-in", server.base)).header("content-type", "text/plain");
    assert_eq!(form.body("{}").send().await.unwrap().status(), 415);
});

both!(a_session_is_new_at_each_log_in, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    account(t, "eve@example.org", Role::Reader).await;
    let server = t.serve().await;
    // What an attacker plants in the browser is not taken up.
    let (planted, _) = log_in_by_cookie(&server, "eve@example.org", false).await;
    let form = json!({ "email": "ada@example.org", "password": PASSWORD, "mode": "COOKIE" });
    let said = with_cookie(&server, "POST", "/v1/auth/log-in", &planted, None, Some(form)).await;
    let (fresh, _) = cookie_of(&said);
    assert_ne!(planted, fresh);
    let whose = async |cookie: &str| {
        with_cookie(&server, "GET", "/v1/me", cookie, None, None).await.text("/account/email").to_owned()
    };
    assert_eq!((whose(&planted).await, whose(&fresh).await), ("eve@example.org".into(), "ada@example.org".into()));
    // An invented cookie makes a stranger, and reading goes on.
    let invented = format!("masthead={}.{}", "A".repeat(43), "B".repeat(43));
    assert_eq!(with_cookie(&server, "GET", "/v1/articles", &invented, None, None).await.status, 200);
    assert_eq!(with_cookie(&server, "GET", "/v1/me", &invented, None, None).await.code(), "UNAUTHENTICATED");
    // A refresh token is no cookie, and a cookie no refresh token.
    let held = log_in(&server, "ada@example.org", PASSWORD).await;
    let as_cookie = format!("masthead={}", held.text("/refreshToken"));
    assert_eq!(with_cookie(&server, "GET", "/v1/me", &as_cookie, None, None).await.status, 401);
    let value = fresh.split_once('=').unwrap().1;
    assert_eq!(server.post("/v1/auth/refresh", json!({ "refreshToken": value })).await.status, 401);
    assert_eq!(whose(&fresh).await, "ada@example.org");
});

both!(log_out_ends_what_it_says, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    account(t, "eve@example.org", Role::Reader).await;
    let server = t.serve().await;
    let alive = async |token: &str| server.ask("GET", "/v1/articles", Some(token), None).await.status == 200;
    let [one, two, three] = [
        token(&server, "ada@example.org").await,
        token(&server, "ada@example.org").await,
        token(&server, "ada@example.org").await,
    ];
    assert_eq!(server.ask("POST", "/v1/auth/log-out", Some(&one), None).await.status, 204);
    assert!(!alive(&one).await && alive(&two).await);
    // The list, and one of it.
    let list = server.ask("GET", "/v1/me/sessions", Some(&two), None).await;
    let sessions = list.body["data"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 2);
    let current: Vec<bool> = sessions.iter().map(|session| session["current"].as_bool().unwrap()).collect();
    assert_eq!(current.iter().filter(|current| **current).count(), 1);
    let third = sessions.iter().find(|session| session["current"] == false).unwrap()["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/me/sessions/{third}");
    let eve = token(&server, "eve@example.org").await;
    assert_eq!(server.ask("DELETE", &path, Some(&eve), None).await.status, 404, "nobody ends what is another's");
    assert_eq!(server.ask("DELETE", &path, None, None).await.status, 401);
    assert!(alive(&three).await);
    assert_eq!(server.ask("DELETE", &path, Some(&two), None).await.status, 204);
    assert!(!alive(&three).await);
    assert_eq!(server.ask("DELETE", &path, Some(&two), None).await.status, 404);
    // By refresh token, with an access token that has expired; and everywhere, over GraphQL.
    let held = log_in(&server, "ada@example.org", PASSWORD).await;
    t.clock.advance(20 * 60_000);
    let body = json!({ "refreshToken": held.text("/refreshToken") });
    assert_eq!(server.post("/v1/auth/log-out", body.clone()).await.status, 204);
    assert_eq!(server.post("/v1/auth/refresh", body.clone()).await.status, 401);
    assert_eq!(server.post("/v1/auth/log-out", body).await.status, 204, "again is no fault");
    let [four, five] = [token(&server, "ada@example.org").await, token(&server, "ada@example.org").await];
    let (cookie, csrf) = log_in_by_cookie(&server, "ada@example.org", true).await;
    let mutation = json!({ "query": "mutation { logOutEverywhere }" });
    let said = with_cookie(&server, "POST", "/graphql", &cookie, Some(&csrf), Some(mutation)).await;
    assert!(said.body["data"]["logOutEverywhere"].as_i64().unwrap() >= 3, "{said:?}");
    assert!(said.header("set-cookie").contains("Max-Age=0"), "{said:?}");
    assert!(!alive(&four).await && !alive(&five).await);
    assert_eq!(with_cookie(&server, "GET", "/v1/me", &cookie, None, None).await.status, 401);
    assert!(alive(&token(&server, "eve@example.org").await).await);
});
