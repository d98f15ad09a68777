//! Sign-up, verification, forgotten passwords, change of address, invitation, deletion.

use masthead::identity::{Caller, Identity};
use masthead::model::viewer::{Role, Viewer};
use serde_json::{Value, json};

use super::{
    OTHER, PASSWORD, account, link_token, log_in, log_in_by_cookie, mails, mails_at_least, token, with_cookie,
};
use crate::harness::both;

fn form(email: &str) -> Value {
    json!({ "email": email, "name": "Ada Lovelace", "password": PASSWORD })
}

both!(an_account_is_made_when_its_address_is_verified, async |t| {
    let server = t.serve().await;
    let said = server.post("/v1/auth/sign-up", form("Ada@Example.org")).await;
    assert_eq!((said.status, said.text("/status")), (202, "VERIFY_EMAIL"));
    assert_eq!(log_in(&server, "ada@example.org", PASSWORD).await.status, 401, "not before");
    let mail = mails_at_least(t, 1).await.pop().unwrap();
    assert!(
        mail.contains("To: Ada@Example.org") && mail.contains("http://127.0.0.1:8080/verify-email?token="),
        "{mail}"
    );
    let body = json!({ "token": link_token(&mail) });
    assert_eq!(server.post("/v1/auth/verify-email", body.clone()).await.status, 204);
    let again = server.post("/v1/auth/verify-email", body).await;
    assert_eq!((again.status, again.code()), (404, "LINK_EXPIRED"));
    let said = log_in(&server, "ADA@example.org", PASSWORD).await;
    assert_eq!((said.status, &said.body["account"]["roles"]), (200, &json!(["READER"])));
    // Somebody signs up with it again: the answer is the same, the password is not, and the owner is told.
    let again = json!({ "email": "ada@example.org", "name": "Eve", "password": OTHER });
    let said = server.post("/v1/auth/sign-up", again).await;
    assert_eq!((said.status, said.text("/status")), (202, "VERIFY_EMAIL"));
    let mail = mails_at_least(t, 2).await.pop().unwrap();
    assert!(mail.contains("has one already") && !mail.contains("token=") && !mail.contains("Eve"), "{mail}");
    assert_eq!(log_in(&server, "ada@example.org", OTHER).await.status, 401);
    // Nobody makes another's link void by signing up with their address; late ones are not good.
    for name in ["one", "two"] {
        let body = json!({ "email": "bo@example.org", "name": name, "password": PASSWORD });
        assert_eq!(server.post("/v1/auth/sign-up", body).await.status, 202);
        mails_at_least(t, if name == "one" { 3 } else { 4 }).await;
    }
    let all = mails(t);
    let mut links: Vec<String> =
        all.iter().filter(|mail| mail.contains("To: bo@")).map(|mail| link_token(mail)).collect();
    links.sort_by_key(|link| all.iter().position(|mail| mail.contains(link.as_str())));
    let statuses = [
        server.post("/v1/auth/verify-email", json!({ "token": links[0] })).await.status,
        server.post("/v1/auth/verify-email", json!({ "token": links[1] })).await.status,
    ];
    assert_eq!(statuses, [204, 409]);
    server.post("/v1/auth/sign-up", form("late@example.org")).await;
    let mail = mails_at_least(t, 5).await.into_iter().find(|mail| mail.contains("To: late@")).unwrap();
    t.clock.advance(25 * 3_600_000);
    assert_eq!(server.post("/v1/auth/verify-email", json!({ "token": link_token(&mail) })).await.status, 404);
});

both!(bad_forms_are_named, async |t| {
    let server = t.serve().await;
    for (change, status, code, parameter) in [
        (json!({ "email": "no address" }), 422, "INVALID_INPUT", "email"),
        (json!({ "email": "a@example.org\r\nBcc: b@example.org" }), 422, "INVALID_INPUT", "email"),
        (json!({ "email": null }), 422, "INVALID_INPUT", "email"),
        (json!({ "name": "" }), 422, "INVALID_INPUT", "name"),
        (json!({ "name": "\u{200b}" }), 422, "INVALID_INPUT", "name"),
        (json!({ "name": "click https://evil.example" }), 422, "INVALID_INPUT", "name"),
        (json!({ "password": "short" }), 403, "WEAK_PASSWORD", "password"),
        (json!({ "password": "password1234" }), 403, "WEAK_PASSWORD", "password"),
        (json!({ "password": "adalovelace!" }), 403, "WEAK_PASSWORD", "password"),
        (json!({ "password": { "$gt": "" } }), 400, "INVALID_PARAMETER", "password"),
        (json!({ "roles": ["ADMIN"] }), 400, "INVALID_PARAMETER", "roles"),
        (json!({ "password": "x ".repeat(700) }), 403, "WEAK_PASSWORD", "password"),
    ] {
        let mut body = form("ada@example.org");
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        let said = server.post("/v1/auth/sign-up", body).await;
        assert_eq!(
            (said.status, said.code(), said.body["parameter"].as_str()),
            (status, code, Some(parameter)),
            "{change}"
        );
    }
    assert!(mails(t).is_empty());
    // Long passwords and such with NUL count as a whole.
    for password in [blake3::hash(b"long").to_hex().repeat(2), "tarn ferry\0lamp quietly".to_owned()] {
        let identity = Identity::open(&t.app()).await.unwrap();
        let email = format!("a{}@example.org", password.len());
        let new = masthead::identity::NewAccount {
            email: email.clone(),
            name: "A".into(),
            roles: Role::Reader.into(),
            password: Some(password.clone()),
        };
        identity.create_account(&Caller::operator(), &Viewer::system(), new).await.unwrap();
        assert_eq!(log_in(&server, &email, &password).await.status, 200);
        let cut = if password.contains('\0') { password.split('\0').next().unwrap() } else { &password[..72] };
        assert_eq!(log_in(&server, &email, cut).await.status, 401);
    }
});

both!(a_forgotten_password_is_reset_once_and_in_time, async |t| {
    account(t, "ada@example.org", Role::Editor).await;
    let server = t.serve().await;
    let held = log_in(&server, "ada@example.org", PASSWORD).await;
    let (cookie, _) = log_in_by_cookie(&server, "ada@example.org", true).await;
    let forgot = async |email: &str| server.post("/v1/auth/forgot-password", json!({ "email": email })).await;
    let reset = async |token: &str, password: &str| {
        server.post("/v1/auth/reset-password", json!({ "token": token, "password": password })).await
    };
    let (known, unknown) = (forgot("Ada@example.org").await, forgot("nobody@example.org").await);
    assert_eq!((known.status, &known.body), (unknown.status, &unknown.body));
    let first = link_token(&mails_at_least(t, 1).await[0]);
    forgot("ada@example.org").await;
    let all = mails_at_least(t, 2).await;
    let second = all.iter().map(|mail| link_token(mail)).find(|link| *link != first).unwrap();
    assert!(all.iter().all(|mail| mail.contains("To: ada@example.org")), "nothing goes to who has no account");
    // Superseded, none, weak (which leaves it good), right, twice.
    assert_eq!(reset(&first, OTHER).await.code(), "LINK_EXPIRED");
    assert_eq!(reset("none", OTHER).await.code(), "LINK_EXPIRED");
    for object in
        [json!({ "token": { "$ne": null }, "password": OTHER }), json!({ "token": [second], "password": OTHER })]
    {
        assert_eq!(server.post("/v1/auth/reset-password", object).await.status, 400);
    }
    assert_eq!(reset(&second, "short").await.code(), "WEAK_PASSWORD");
    assert_eq!(reset(&second, OTHER).await.status, 204);
    assert_eq!(reset(&second, PASSWORD).await.code(), "LINK_EXPIRED");
    // All sessions ended, the password is the new one, the owner was told.
    assert_eq!(server.ask("GET", "/v1/articles", Some(held.text("/accessToken")), None).await.status, 401);
    assert_eq!(
        server.post("/v1/auth/refresh", json!({ "refreshToken": held.text("/refreshToken") })).await.status,
        401
    );
    assert_eq!(with_cookie(&server, "GET", "/v1/me", &cookie, None, None).await.status, 401);
    assert_eq!(
        (
            log_in(&server, "ada@example.org", PASSWORD).await.status,
            log_in(&server, "ada@example.org", OTHER).await.status
        ),
        (401, 200)
    );
    let told = mails_at_least(t, 3).await;
    assert!(told.iter().any(|mail| mail.contains("Your password for") && mail.contains("was changed")), "{told:?}");
    // Late.
    forgot("ada@example.org").await;
    let all = mails_at_least(t, 4).await;
    let late = all
        .iter()
        .filter(|mail| mail.contains("token="))
        .map(|mail| link_token(mail))
        .find(|link| *link != first && *link != second)
        .unwrap();
    t.clock.advance(31 * 60_000);
    assert_eq!(reset(&late, PASSWORD).await.code(), "LINK_EXPIRED");
    // A link by the operator; the secret stands in no row.
    let identity = Identity::open(&t.app()).await.unwrap();
    let who = identity.account_by_email(&Viewer::system(), "ada@example.org").await.unwrap();
    let link = identity.reset_link(&Caller::operator(), &Viewer::system(), who.id).await.unwrap();
    let secret = link_token(&link);
    for (table, columns) in [
        ("one_time", "hash || data"),
        ("mail_queue", "data"),
        ("security_events", "detail"),
        ("sessions", "handle || secret"),
    ] {
        let rows = t.texts(&format!("SELECT {columns} AS v FROM {table}")).await;
        assert!(rows.iter().all(|row| !row.contains(&secret) && !row.contains(PASSWORD)), "{table}: {rows:?}");
    }
    assert_eq!(reset(&secret, PASSWORD).await.status, 204);
});

both!(an_address_changes_when_the_new_one_is_verified, async |t| {
    account(t, "ada@example.org", Role::Contributor).await;
    account(t, "bo@example.org", Role::Reader).await;
    let server = t.serve().await;
    let ada = token(&server, "ada@example.org").await;
    let change = async |email: &str, password: &str| {
        server.ask("POST", "/v1/me/email", Some(&ada), Some(&json!({ "email": email, "password": password }))).await
    };
    assert_eq!(change("new@example.org", OTHER).await.code(), "INVALID_CREDENTIALS");
    assert_eq!(change("new@example.org", PASSWORD).await.status, 202);
    let all = mails_at_least(t, 2).await;
    let mail = all.iter().find(|mail| mail.contains("To: new@example.org")).unwrap().clone();
    assert!(all.iter().any(|mail| mail.contains("To: ada@example.org") && mail.contains("choose a new password")));
    let me = server.ask("GET", "/v1/me", Some(&ada), None).await;
    assert_eq!(me.text("/account/email"), "ada@example.org", "not before");
    assert_eq!(server.post("/v1/auth/verify-email", json!({ "token": link_token(&mail) })).await.status, 204);
    let me = server.ask("GET", "/v1/me", Some(&ada), None).await;
    assert_eq!(me.text("/account/email"), "new@example.org");
    let told = mails_at_least(t, 3).await;
    assert!(
        told.iter().any(|mail| mail.contains("no longer used") && mail.contains("To: ada@example.org")),
        "{told:?}"
    );
    // One that is taken: the same answer, and only its owner learns.
    assert_eq!(change("bo@example.org", PASSWORD).await.status, 202);
    let all = mails_at_least(t, 5).await;
    let mail = all.iter().find(|mail| mail.contains("To: bo@example.org")).unwrap();
    assert!(!mail.contains("token="), "{mail}");
    // Another password makes the link void that somebody else may have asked for.
    assert_eq!(change("third@example.org", PASSWORD).await.status, 202);
    let all = mails_at_least(t, 7).await;
    let link = link_token(all.iter().find(|mail| mail.contains("To: third@example.org")).unwrap());
    let form = json!({ "currentPassword": PASSWORD, "password": OTHER });
    assert_eq!(server.ask("POST", "/v1/me/password", Some(&ada), Some(&form)).await.status, 204);
    assert_eq!(server.post("/v1/auth/verify-email", json!({ "token": link })).await.code(), "LINK_EXPIRED");
});

both!(who_is_invited_has_their_roles, async |t| {
    account(t, "admin@example.org", Role::Admin).await;
    let server = t.serve_as(&[("auth.sign_up", "invitation")]).await;
    let boss = token(&server, "admin@example.org").await;
    assert_eq!(server.post("/v1/auth/sign-up", form("ada@example.org")).await.code(), "SIGN_UP_CLOSED");
    let invitation = json!({ "email": "ada@example.org", "roles": ["EDITOR"] });
    assert_eq!(server.ask("POST", "/v1/invitations", Some(&boss), Some(&invitation)).await.status, 202);
    let invited = link_token(&mails_at_least(t, 1).await[0]);
    let with = |change: Value| {
        let mut body =
            json!({ "email": "ada@example.org", "name": "Ada", "password": PASSWORD, "invitation": invited });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        body
    };
    assert_eq!(server.post("/v1/auth/sign-up", with(json!({ "email": "eve@example.org" }))).await.status, 422);
    assert_eq!(server.post("/v1/auth/sign-up", with(json!({ "invitation": "none" }))).await.code(), "LINK_EXPIRED");
    // The invitation says for which address it is.
    let mut bare = with(json!({}));
    bare.as_object_mut().unwrap().remove("email");
    let said = server.post("/v1/auth/sign-up", bare).await;
    assert_eq!((said.status, said.text("/status")), (202, "CREATED"));
    assert_eq!(server.post("/v1/auth/sign-up", with(json!({}))).await.code(), "LINK_EXPIRED");
    let said = log_in(&server, "ada@example.org", PASSWORD).await;
    assert_eq!(said.body["account"]["roles"], json!(["EDITOR"]));
    let again = server.ask("POST", "/v1/invitations", Some(&boss), Some(&invitation)).await;
    assert_eq!(again.code(), "CONFLICT");
    // What an administrator sent who is one no more is void.
    account(t, "second@example.org", Role::Admin).await;
    let second = token(&server, "second@example.org").await;
    let other = json!({ "email": "eve@example.org", "roles": ["ADMIN"] });
    assert_eq!(server.ask("POST", "/v1/invitations", Some(&second), Some(&other)).await.status, 202);
    let link = link_token(mails_at_least(t, 2).await.iter().find(|mail| mail.contains("To: eve@")).unwrap());
    let identity = Identity::open(&t.app()).await.unwrap();
    let who = identity.account_by_email(&Viewer::system(), "second@example.org").await.unwrap();
    identity.set_roles(&Caller::operator(), &Viewer::system(), who.id, Role::Editor.into()).await.unwrap();
    let said = server.post("/v1/auth/sign-up", with(json!({ "email": "eve@example.org", "invitation": link }))).await;
    assert_eq!(said.code(), "LINK_EXPIRED");
    let closed = t.serve_as(&[("auth.sign_up", "closed")]).await;
    assert_eq!(closed.post("/v1/auth/sign-up", form("bo@example.org")).await.code(), "SIGN_UP_CLOSED");
    // Nor is an invitation sent that nobody could follow.
    let boss = token(&closed, "admin@example.org").await;
    let queued =
        async || t.texts("SELECT CAST(count(*) AS TEXT) AS v FROM security_events WHERE kind = 'invited'").await;
    let invited = queued().await;
    let said = closed
        .ask("POST", "/v1/invitations", Some(&boss), Some(&json!({ "email": "bo@example.org", "roles": ["READER"] })))
        .await;
    assert_eq!(said.code(), "SIGN_UP_CLOSED");
    assert_eq!(queued().await, invited);
});

both!(an_account_is_changed_as_a_whole_or_not_at_all, async |t| {
    let admin = account(t, "admin@example.org", Role::Admin).await;
    let ada = account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let boss = token(&server, "admin@example.org").await;
    let logged = async || t.texts("SELECT CAST(count(*) AS TEXT) AS v FROM security_events").await;
    let (path, own) = (format!("/v1/accounts/{}", ada.id), format!("/v1/accounts/{}", admin.id));
    let events = logged().await;
    for (path, form, refused) in [
        (&path, json!({ "name": "After", "roles": [] }), (422, "INVALID_INPUT", "roles")),
        (&path, json!({ "name": "\u{200b}", "roles": ["EDITOR"], "suspended": true }), (422, "INVALID_INPUT", "name")),
        // The last administrator stays one, under their name.
        (&own, json!({ "name": "After", "roles": ["EDITOR"] }), (409, "CONFLICT", "")),
        (&own, json!({ "name": "After", "roles": ["ADMIN", "EDITOR"], "suspended": true }), (409, "CONFLICT", "")),
    ] {
        let before = server.ask("GET", path, Some(&boss), None).await;
        let said = server.ask("PATCH", path, Some(&boss), Some(&form)).await;
        let parameter = said.body["parameter"].as_str().unwrap_or_default();
        assert_eq!((said.status, said.code(), parameter), refused, "{form}");
        assert_eq!(server.ask("GET", path, Some(&boss), None).await.body, before.body, "{form}");
    }
    assert_eq!(logged().await, events, "nothing of it stands in the log");
    let form = json!({ "name": "After", "roles": ["EDITOR"], "suspended": true });
    let said = server.ask("PATCH", &path, Some(&boss), Some(&form)).await;
    assert_eq!((said.status, said.text("/name"), said.text("/status")), (200, "After", "SUSPENDED"), "{said:?}");
    assert_eq!(said.body["roles"], json!(["EDITOR"]));
    let kinds = t.texts("SELECT kind AS v FROM security_events ORDER BY id DESC LIMIT 3").await;
    assert_eq!(kinds, ["account_suspended", "roles_changed", "name_changed"]);
    let said = server.ask("PATCH", &path, Some(&boss), Some(&json!({ "suspended": false }))).await;
    assert_eq!((said.text("/status"), said.text("/name")), ("ACTIVE", "After"));
    // An account that is not there has no sessions to end, at either door.
    let nobody = "acc_0000000000001";
    let end = format!("/v1/accounts/{nobody}/log-out-everywhere");
    assert_eq!(server.ask("POST", &end, Some(&boss), None).await.code(), "NOT_FOUND");
    let end = json!({ "query": format!("mutation {{ endSessionsOfAccount(id: \"{nobody}\") }}") });
    let said = server.ask("POST", "/graphql", Some(&boss), Some(&end)).await;
    assert_eq!(said.body["errors"][0]["extensions"]["code"], "NOT_FOUND", "{said:?}");
});

both!(a_deleted_account_leaves_its_name_where_it_wrote, async |t| {
    account(t, "admin@example.org", Role::Admin).await;
    let (writer, reader) = (
        account(t, "writer@example.org", Role::Contributor).await,
        account(t, "reader@example.org", Role::Reader).await,
    );
    let server = t.serve().await;
    let boss = token(&server, "admin@example.org").await;
    for (one, email, name) in
        [(&writer, "writer@example.org", "writer"), (&reader, "reader@example.org", "Deleted account")]
    {
        let held = token(&server, email).await;
        let wrong = server.ask("POST", "/v1/me/deletion", Some(&held), Some(&json!({ "password": OTHER }))).await;
        assert_eq!(wrong.code(), "INVALID_CREDENTIALS");
        assert_eq!(
            server.ask("POST", "/v1/me/deletion", Some(&held), Some(&json!({}))).await.code(),
            "INVALID_CREDENTIALS"
        );
        let said = server.ask("POST", "/v1/me/deletion", Some(&held), Some(&json!({ "password": PASSWORD }))).await;
        assert_eq!(said.status, 204);
        assert_eq!(server.ask("GET", "/v1/articles", Some(&held), None).await.status, 401);
        assert_eq!(log_in(&server, email, PASSWORD).await.code(), "INVALID_CREDENTIALS");
        let shown = server.ask("GET", &format!("/v1/accounts/{}", one.id), Some(&boss), None).await;
        assert_eq!((shown.text("/name"), shown.text("/status"), &shown.body["email"]), (name, "DELETED", &Value::Null));
    }
    // Once more is no second deletion: the name stays.
    let path = format!("/v1/accounts/{}", writer.id);
    assert_eq!(server.ask("DELETE", &path, Some(&boss), None).await.status, 404);
    assert_eq!(server.ask("GET", &path, Some(&boss), None).await.text("/name"), "writer");
    // The last administrator cannot go; the address of who went is free again.
    let said = server.ask("POST", "/v1/me/deletion", Some(&boss), Some(&json!({ "password": PASSWORD }))).await;
    assert_eq!(said.code(), "CONFLICT");
    account(t, "writer@example.org", Role::Reader).await;
    assert_eq!(log_in(&server, "writer@example.org", PASSWORD).await.status, 200);
});

both!(what_happened_stands_in_the_log, async |t| {
    let admin = account(t, "admin@example.org", Role::Admin).await;
    let ada = account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    log_in(&server, "ada@example.org", OTHER).await;
    let boss = token(&server, "admin@example.org").await;
    server.ask("PATCH", &format!("/v1/accounts/{}", ada.id), Some(&boss), Some(&json!({ "roles": ["EDITOR"] }))).await;
    server.post("/v1/auth/forgot-password", json!({ "email": "ada@example.org" })).await;
    let said = server.ask("GET", "/v1/security-events?first=100", Some(&boss), None).await;
    let kinds: Vec<&str> =
        said.body["data"].as_array().unwrap().iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(
        kinds,
        ["password_reset_asked", "roles_changed", "log_in", "log_in_failed", "account_created", "account_created"]
    );
    let roles = &said.body["data"][1];
    assert_eq!((&roles["account"], &roles["actor"]), (&json!(ada.id.to_string()), &json!(admin.id.to_string())));
    assert_eq!((roles["detail"]["to"].as_str(), roles["address"].as_str()), (Some("editor"), Some("127.0.0.1")));
    assert!(!said.body.to_string().contains("example.org"), "no address of mail stands in it");
    // In pages, of one account, and over GraphQL.
    let first = server.ask("GET", "/v1/security-events?first=2", Some(&boss), None).await;
    let path = format!("/v1/security-events?first=2&before={}", first.text("/before"));
    let second = server.ask("GET", &path, Some(&boss), None).await;
    assert_eq!(second.text("/data/0/kind"), "log_in");
    let one = server.ask("GET", &format!("/v1/security-events?account={}", ada.id), Some(&boss), None).await;
    assert_eq!(one.body["data"].as_array().unwrap().len(), 3);
    let query = json!({ "query": "{ securityEvents(first: 1) { nodes { kind } pageInfo { hasNextPage } } }" });
    let said = server.ask("POST", "/graphql", Some(&boss), Some(&query)).await;
    assert_eq!(
        (
            said.text("/data/securityEvents/nodes/0/kind"),
            &said.body["data"]["securityEvents"]["pageInfo"]["hasNextPage"]
        ),
        ("password_reset_asked", &json!(true))
    );
});

both!(a_node_is_seen_by_who_may, async |t| {
    account(t, "admin@example.org", Role::Admin).await;
    let ada = account(t, "ada@example.org", Role::Reader).await;
    account(t, "eve@example.org", Role::Reader).await;
    let server = t.serve().await;
    let mut tokens = Vec::new();
    for email in ["admin@example.org", "ada@example.org", "eve@example.org"] {
        tokens.push(token(&server, email).await);
    }
    let said = server.ask("GET", "/v1/security-events?first=1", Some(&tokens[0]), None).await;
    let event = said.text("/data/0/id").to_owned();
    let query = "query($a: ID!, $e: ID!) { a: node(id: $a) { ... on Account { email } } e: node(id: $e) { id } }";
    let body = json!({ "query": query, "variables": { "a": ada.id, "e": event } });
    for (token, account, log) in [
        (Some(&tokens[0]), json!({ "email": "ada@example.org" }), json!({ "id": event })),
        (Some(&tokens[1]), json!({ "email": "ada@example.org" }), Value::Null),
        (Some(&tokens[2]), Value::Null, Value::Null),
        (None, Value::Null, Value::Null),
    ] {
        let said = server.ask("POST", "/graphql", token.map(String::as_str), Some(&body)).await;
        assert_eq!((&said.body["data"]["a"], &said.body["data"]["e"]), (&account, &log), "{said:?}");
        assert!(said.body["errors"].is_null(), "{said:?}");
    }
});
