//! Guessing, flooding and asking who has an account.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use masthead::identity::{Caller, Identity};
use masthead::model::viewer::{Role, Viewer};
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, account, link_token, log_in, mails, mails_at_least, token};
use crate::harness::chance::Chance;
use crate::harness::http::{Said, Server};
use crate::harness::{both, count};

/// As from another address, through a proxy that is trusted.
async fn log_in_from(server: &Server, address: &str, email: &str, password: &str) -> Said {
    let request = server.client.post(format!("{}/v1/auth/log-in", server.base)).header("x-forwarded-for", address);
    Said::of(request.json(&json!({ "email": email, "password": password })).send().await.unwrap()).await
}

const PROXY: (&str, &str) = ("server.trusted_proxies", "127.0.0.1");

both!(a_stranger_locks_themselves_out_and_not_the_owner, async |t| {
    account(t, "ada@example.org", Role::Editor).await;
    let server = t.serve_as(&[PROXY, ("auth.lock_for", "2s"), ("auth.failures_per_account", "12")]).await;
    let from = async |address: &str, password: &str| log_in_from(&server, address, "ada@example.org", password).await;
    assert_eq!(from("192.0.2.1", PASSWORD).await.status, 200, "the owner was here");
    for email in ["ada@example.org", "nobody@example.org"] {
        for n in 0..5 {
            let said = log_in_from(&server, "192.0.2.66", email, OTHER).await;
            assert_eq!((said.status, said.code()), (401, "INVALID_CREDENTIALS"), "{email} {n}");
        }
        // The same answer whether or not there is such an account; the right password does not help either.
        let said = log_in_from(&server, "192.0.2.66", email, PASSWORD).await;
        assert_eq!((said.status, said.code()), (429, "RATE_LIMITED"), "{email}");
        let wait: u64 = said.header("retry-after").parse().unwrap();
        assert!((1..=2).contains(&wait), "{wait}");
    }
    assert_eq!(from("192.0.2.1", PASSWORD).await.status, 200, "the owner is not locked out");
    assert_eq!(from("192.0.2.2", PASSWORD).await.status, 200, "nor from elsewhere");
    // What is no address is answered as one that is unknown.
    let said = log_in_from(&server, "192.0.2.7", "a\0b@example.org", OTHER).await;
    assert_eq!((said.status, said.code()), (401, "INVALID_CREDENTIALS"));
    // The lock opens by itself.
    tokio::time::sleep(Duration::from_millis(2_300)).await;
    assert_eq!(from("192.0.2.66", PASSWORD).await.status, 200);
    // Many addresses together: the account takes no strangers for a while, and its owner still gets in.
    for n in 0..12 {
        from(&format!("198.51.100.{n}"), OTHER).await;
    }
    assert_eq!(from("203.0.113.9", PASSWORD).await.status, 429);
    assert_eq!(from("192.0.2.1", PASSWORD).await.status, 200);
});

both!(aliases_and_batches_count_each, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let alias = |n: usize| {
        format!("a{n}: logIn(input: {{ email: \"ada@example.org\", password: \"guess {n}\" }}) {{ accessToken }} ")
    };
    let many: String = (0..100).map(alias).collect();
    let said = server.post("/graphql", json!({ "query": format!("mutation {{ {many} }}") })).await;
    assert_eq!(said.text("/errors/0/extensions/code"), "LIMIT_EXCEEDED");
    let ten: String = (0..10).map(alias).collect();
    let said = server.post("/graphql", json!({ "query": format!("mutation {{ {ten} }}") })).await;
    // logIn may not be null, so the first failure ends the operation; what it cost is counted all the same.
    assert_eq!(said.text("/errors/0/extensions/code"), "INVALID_CREDENTIALS");
    let one = json!({ "query": format!("mutation {{ {} }}", alias(0)) });
    let said = server.post("/graphql", json!([one, one, one, one, one, one])).await;
    let codes: Vec<&str> = said
        .body
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["errors"][0]["extensions"]["code"].as_str().unwrap())
        .collect();
    assert_eq!(
        codes,
        [
            "INVALID_CREDENTIALS",
            "INVALID_CREDENTIALS",
            "INVALID_CREDENTIALS",
            "INVALID_CREDENTIALS",
            "RATE_LIMITED",
            "RATE_LIMITED"
        ]
    );
    assert!(said.body[4]["errors"][0]["extensions"]["retryAfter"].as_i64().unwrap() > 0);
    assert_eq!(log_in(&server, "ada@example.org", PASSWORD).await.status, 429);
});

both!(what_is_asked_without_a_password_is_limited, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve_as(&[("auth.requests_per_address", "3"), ("auth.mails_per_account", "2")]).await;
    let asks: [(&str, Value); 4] = [
        ("/v1/auth/forgot-password", json!({ "email": "ada@example.org" })),
        ("/v1/auth/sign-up", json!({ "email": "ada@example.org", "name": "Ada", "password": PASSWORD })),
        ("/v1/auth/verify-email", json!({ "token": "none" })),
        ("/v1/auth/forgot-password", json!({ "email": "bo@example.org" })),
    ];
    for (path, body) in &asks[..3] {
        for _ in 0..3 {
            assert_ne!(server.post(path, body.clone()).await.status, 429, "{path}");
        }
        let said = server.post(path, body.clone()).await;
        assert_eq!((said.status, said.header("retry-after").is_empty()), (429, false), "{path}");
    }
    assert_eq!(server.post(asks[3].0, asks[3].1.clone()).await.status, 429, "whatever the address of mail");
    // Three resets were asked for, and two mails of a kind go to one address.
    mails_at_least(t, 4).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    let mails = mails(t);
    assert_eq!(mails.iter().filter(|mail| mail.contains("new password")).count(), 2, "{mails:?}");
});

/// A body for an address.
type Form = fn(&str) -> Value;

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    times[times.len() / 2].as_secs_f64()
}

both!(known_and_unknown_take_one_time_and_one_answer, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let raised = [
        ("auth.lock_after", "1000"),
        ("auth.failures_per_address", "100000"),
        ("auth.failures_per_account", "100000"),
        ("auth.requests_per_address", "100000"),
    ];
    let server = t.serve_as(&raised).await;
    let tries = count(20, 200);
    let asks: [(&str, Form); 3] = [
        ("/v1/auth/log-in", |email| json!({ "email": email, "password": OTHER })),
        ("/v1/auth/forgot-password", |email| json!({ "email": email })),
        ("/v1/auth/sign-up", |email| json!({ "email": email, "name": "Ada", "password": OTHER })),
    ];
    let mut chance = Chance::new();
    for (path, body) in asks {
        let mut rounds = 0;
        loop {
            let (known, unknown) = timed(&server, path, body, tries, &mut chance).await;
            println!("{path}: known {:.2} ms, unknown {:.2} ms, medians of {tries}", known * 1e3, unknown * 1e3);
            rounds += 1;
            // What tells a stranger something tells it each time; what else the machine does may lie on one side once.
            if (known - unknown).abs() < 0.1 * known.max(unknown) + 0.000_5 || !crate::harness::long() {
                break;
            }
            assert!(rounds < 3, "{path}: {known} {unknown}");
        }
    }
});

/// The median times of both, in seconds; that the answers are the same is held for each.
async fn timed(server: &Server, path: &str, body: Form, tries: usize, chance: &mut Chance) -> (f64, f64) {
    let emails = ["ada@example.org", "nobody@example.org"];
    let mut times = [Vec::new(), Vec::new()];
    let mut first = None;
    for n in 0..tries {
        // By turns in an order of chance, so that what else the machine does falls on both.
        let begins = chance.below(2);
        for i in [begins, 1 - begins] {
            let begun = Instant::now();
            let mut said = server.post(path, body(emails[i])).await;
            times[i].push(begun.elapsed());
            if let Some(members) = said.body.as_object_mut() {
                members.remove("requestId");
                members.remove("instance");
            }
            let headers: BTreeSet<String> = said.headers.keys().map(ToString::to_string).collect();
            let answer = (said.status, said.body.to_string(), headers);
            assert_eq!(*first.get_or_insert_with(|| answer.clone()), answer, "{path} {} {n}", emails[i]);
        }
    }
    let [known, unknown] = times.map(median);
    (known, unknown)
}

both!(a_reader_cannot_look_around, async |t| {
    let admin = account(t, "admin@example.org", Role::Admin).await;
    account(t, "eve@example.org", Role::Reader).await;
    let server = t.serve().await;
    let eve = token(&server, "eve@example.org").await;
    let there = server.ask("GET", &format!("/v1/accounts/{}", admin.id), Some(&eve), None).await;
    let nowhere = server.ask("GET", "/v1/accounts/acc_0000000000001", Some(&eve), None).await;
    assert_eq!((there.status, there.body["detail"].clone()), (nowhere.status, nowhere.body["detail"].clone()));
    assert_eq!(there.status, 403);
});

both!(who_comes_at_the_same_moment_finds_no_gap, async |t| {
    account(t, "admin@example.org", Role::Admin).await;
    let server = t.serve_as(&[("auth.failures_per_address", "1000")]).await;
    let boss = token(&server, "admin@example.org").await;
    let identity = Identity::open(&t.app()).await.unwrap();
    let (caller, system) = (Caller::operator(), Viewer::system());
    let rounds = count(3, 30);
    for n in 0..rounds {
        // Somebody changes the password while they are suspended: suspended they are, whoever was first.
        let email = format!("a{n}@example.org");
        let who = account(t, &email, Role::Editor).await;
        let held = token(&server, &email).await;
        let form = json!({ "currentPassword": PASSWORD, "password": OTHER });
        let path = format!("/v1/accounts/{}", who.id);
        let change = json!({ "suspended": true });
        let suspend = async {
            tokio::time::sleep(Duration::from_millis(10 * (n as u64 % 8))).await;
            server.ask("PATCH", &path, Some(&boss), Some(&change)).await
        };
        let (_, said) = tokio::join!(server.ask("POST", "/v1/me/password", Some(&held), Some(&form)), suspend);
        assert_eq!(said.status, 200, "{said:?}");
        let now = server.ask("GET", &path, Some(&boss), None).await;
        assert_eq!(now.text("/status"), "SUSPENDED");
        // Somebody logs in with the old password while its owner sets another: no session of theirs goes on.
        let email = format!("b{n}@example.org");
        let who = account(t, &email, Role::Reader).await;
        let link = identity.reset_link(&caller, &system, who.id).await.unwrap();
        let form = json!({ "token": link_token(&link), "password": OTHER });
        let tries = async {
            let mut tokens = Vec::new();
            for _ in 0..4 {
                let said = log_in(&server, &email, PASSWORD).await;
                tokens.extend(said.body["accessToken"].as_str().map(str::to_owned));
            }
            tokens
        };
        let (said, tokens) = tokio::join!(server.post("/v1/auth/reset-password", form), tries);
        assert_eq!(said.status, 204, "{said:?}");
        for token in tokens {
            assert_eq!(server.ask("GET", "/v1/me", Some(&token), None).await.status, 401, "round {n}");
        }
    }
    // Two administrators take the role from each other: one of them keeps it.
    let mut last = identity.account_by_email(&system, "admin@example.org").await.unwrap().id;
    for n in 0..rounds {
        let [x, y] = [format!("x{n}@example.org"), format!("y{n}@example.org")];
        let (x, y) = (account(t, &x, Role::Admin).await.id, account(t, &y, Role::Admin).await.id);
        identity.set_roles(&caller, &system, last, Role::Reader.into()).await.unwrap();
        let take = |id| identity.set_roles(&caller, &system, id, Role::Reader.into());
        let (one, other) = tokio::join!(take(x), take(y));
        assert!(one.is_ok() != other.is_ok(), "round {n}: {one:?}, {other:?}");
        last = if one.is_ok() { y } else { x };
    }
    println!("{rounds} rounds");
});
