//! Role by operation: every route of the contract and every mutation of the schema, by construction.

use std::collections::BTreeSet;

use masthead::graphql::mutation::MUTATIONS;
use masthead::http::endpoint::{Method, Needs};
use masthead::http::routes::CONTRACT;
use masthead::model::policy;
use masthead::model::viewer::Role;
use serde_json::{Value, json};

use super::{OTHER, PASSWORD, account, token};
use crate::harness::both;
use crate::harness::story::story;

#[test]
fn every_mutation_has_a_row() {
    let sdl = masthead::graphql::sdl();
    let body = sdl.split("\ntype Mutation {").nth(1).unwrap().split("\n}").next().unwrap();
    let mut docs = false;
    let mut fields = BTreeSet::new();
    for line in body.lines().map(str::trim_start) {
        if line.starts_with("\"\"\"") {
            docs = !docs;
        } else if !docs && let Some(end) = line.find(['(', ':']) {
            fields.insert(line[..end].to_owned());
        }
    }
    // Arguments stand on lines of their own where they have descriptions; what takes none of ours is no field.
    let known: BTreeSet<String> = MUTATIONS.iter().copied().flatten().map(|(name, _)| (*name).to_owned()).collect();
    let missing: Vec<_> = known.difference(&fields).collect();
    assert!(missing.is_empty(), "rows without a mutation: {missing:?}");
    let root = introspected();
    assert_eq!(known, root, "mutations without a row, or rows without a mutation");
}

/// The fields of the mutation root, as the schema itself says.
fn introspected() -> BTreeSet<String> {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let schema = async_graphql::Schema::build(
        masthead::graphql::Query::default(),
        masthead::graphql::Mutation::default(),
        masthead::graphql::Subscription::new(1),
    )
    .finish();
    let query = "{ __schema { mutationType { fields { name } } } }";
    let data = runtime.block_on(schema.execute(query)).data.into_json().unwrap();
    let fields = data["__schema"]["mutationType"]["fields"].as_array().unwrap();
    fields.iter().map(|field| field["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn the_table_stands_in_the_documentation() {
    let readme = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md")).unwrap();
    for table in [policy::table(), masthead::model::workflow::table()] {
        assert!(readme.contains(&table), "README.md is to have this table:\n{table}");
    }
}

/// A body that is read, so that what decides is the permission.
fn body(schema: &str) -> Value {
    match schema {
        "LogInForm" => json!({ "email": "nobody@example.org", "password": "x" }),
        "RefreshForm" => json!({ "refreshToken": "x" }),
        "SignUpForm" => json!({ "email": "new@example.org", "name": "New", "password": PASSWORD }),
        "TokenForm" => json!({ "token": "x" }),
        "EmailForm" => json!({ "email": "nobody@example.org" }),
        "ResetForm" => json!({ "token": "x", "password": PASSWORD }),
        "ProfileForm" => json!({ "name": "New" }),
        "PasswordForm" => json!({ "currentPassword": "x", "password": OTHER }),
        "ChangeEmailForm" => json!({ "email": "new@example.org", "password": "x" }),
        "ProofForm" => json!({ "password": "x" }),
        "AccountForm" => json!({ "email": "made@example.org", "name": "Made", "roles": ["READER"] }),
        "AccountChange" | "LogOutForm" => json!({}),
        "InvitationForm" => json!({ "email": "invited@example.org", "roles": ["READER"] }),
        "LinkForm" => json!({ "provider": "x", "returnTo": "https://www.example.org/" }),
        "ExchangeForm" => json!({ "code": "x", "codeVerifier": "x" }),
        "NewArticleForm" => json!({ "article": { "headline": "New" } }),
        "Changes" => json!({ "headline": "New" }),
        "AutosaveForm" => json!({ "version": 1, "changes": {} }),
        "ReviewForm" | "PublishForm" | "PreviewForm" => json!({}),
        "ScheduleForm" => json!({ "at": "2030-01-01T00:00:00Z" }),
        "CorrectForm" => json!({ "note": "A name was wrong." }),
        "ReasonForm" => json!({ "reason": "The source was wrong." }),
        "MoveForm" => json!({ "slug": "elsewhere" }),
        "RestoreForm" => json!({ "revision": 1 }),
        "AssignForm" => json!({ "assignee": null }),
        "NoteForm" => json!({ "text": "A note." }),
        "TopicForm" | "SectionForm" | "AuthorForm" => json!({ "name": "New" }),
        "MergeForm" => json!({ "into": "elsewhere" }),
        "CollectionForm" => json!({ "slug": "new", "name": "New" }),
        "CollectionChanges" => json!({ "name": "New" }),
        "ArrangementForm" => json!({ "pins": [] }),
        "PinForm" => json!({ "article": "art_0000000000001" }),
        // Not as the form that it is to be.
        "ProviderAnswer" | "SubscriptionForm" => json!({ "state": "x" }),
        other => panic!("the body {other} is not known to this test; add it"),
    }
}

both!(every_route_asks_the_table, async |t| {
    t.import_all(&[story("urn:t:1")]).await;
    for role in Role::OF_ACCOUNTS {
        account(t, &format!("{}@example.org", role.as_str()), role).await;
    }
    let victim = account(t, "victim@example.org", Role::Reader).await.id.to_string();
    let server = t.serve_as(&[("auth.lock_after", "1000"), ("auth.failures_per_address", "1000")]).await;
    let mut asked = 0;
    for endpoint in CONTRACT {
        for role in [Role::Anonymous].into_iter().chain(Role::OF_ACCOUNTS) {
            // A session for each: some endpoints end it.
            let token = match role {
                Role::Anonymous => None,
                role => Some(token(&server, &format!("{}@example.org", role.as_str())).await),
            };
            let path = endpoint
                .path
                .replace("/sessions/{id}", "/sessions/ses_0000000000001")
                .replace("/newsroom/articles/{id}", "/newsroom/articles/art_0000000000001")
                .replace("/newsroom/topics/{id}", "/newsroom/topics/top_0000000000001")
                .replace("/newsroom/sections/{id}", "/newsroom/sections/sec_0000000000001")
                .replace("/newsroom/authors/{id}", "/newsroom/authors/aut_0000000000001")
                .replace("/newsroom/collections/{id}", "/newsroom/collections/col_0000000000009")
                .replace("{article}", "art_0000000000001")
                .replace("{number}", "1")
                .replace("{preview}", "pre_0000000000001")
                .replace("/compare", "/compare?from=1&to=2")
                .replace("/redirects", "/redirects?url=/nothing-here")
                .replace("/as-of", "/as-of?at=2026-01-01T00:00:00Z")
                .replace("{id}", if endpoint.method == Method::Delete { "acc_0000000000001" } else { &victim })
                .replace("{provider}", "x")
                .replace("{idOrSlug}", "nothing-here")
                .replace("{slug}", "top-news");
            let sent = endpoint.body.as_ref().map(|of| body(of.schema));
            let said = server.ask(&endpoint.method.name().to_uppercase(), &path, token.as_deref(), sent.as_ref()).await;
            let refused = match said.code() {
                "UNAUTHENTICATED" => Some(401),
                "FORBIDDEN" => Some(403),
                _ => None,
            };
            let expected = match (endpoint.needs.allow(role), role) {
                (true, _) => None,
                (false, Role::Anonymous) => Some(401),
                (false, _) => Some(403),
            };
            assert_eq!(refused, expected, "{} {path} as {role:?}: {said:?}", endpoint.method.name());
            assert!(refused.is_none_or(|status| said.status == status), "{path}: {said:?}");
            assert!(said.status < 500, "{path}: {said:?}");
            asked += 1;
        }
    }
    println!("{asked} requests, {} routes", CONTRACT.len());
    assert!(CONTRACT.iter().any(|endpoint| matches!(endpoint.needs, Needs::Right(..))));
});

/// The id of an article that is not there.
const ARTICLE: &str = "art_0000000000001";

/// A collection that is not there, as an argument.
const LIST: &str = "id: \"col_0000000000009\", version: 1";

/// How a mutation of a term that is not there is asked for.
fn term(name: &str, id: &str) -> String {
    let more = match name {
        name if name.starts_with("change") => ", changes: { name: \"New\" }",
        name if name.starts_with("merge") => ", into: \"elsewhere\"",
        _ => "",
    };
    format!("(id: \"{id}\", version: 1{more}) {{ userErrors {{ code }} }}")
}

/// How a mutation is asked for; null where there is none of the name.
fn mutation(name: &str, victim: &str) -> String {
    let arguments = match name {
        "changeEmail" => "(email: \"new@example.org\", password: \"x\")".to_owned(),
        "changePassword" => format!("(currentPassword: \"x\", password: \"{}\")", OTHER),
        "createAccount" => {
            "(input: { email: \"made@example.org\", name: \"Made\", roles: [READER] }) { id }".to_owned()
        }
        "deleteAccount" => "(password: \"x\")".to_owned(),
        "endSessionsOfAccount" => format!("(id: \"{victim}\")"),
        "removeAccount" => "(id: \"acc_0000000000001\")".to_owned(),
        "confirmProviderLink" => "(code: \"x\", codeVerifier: \"x\") { provider }".to_owned(),
        "exchangeProviderCode" => "(code: \"x\", codeVerifier: \"x\") { accessToken }".to_owned(),
        "linkProvider" => "(input: { provider: \"x\", returnTo: \"x\" })".to_owned(),
        "unlinkProvider" => "(provider: \"x\")".to_owned(),
        "forgotPassword" => "(email: \"nobody@example.org\")".to_owned(),
        "inviteAccount" => "(email: \"invited@example.org\", roles: [READER])".to_owned(),
        "logIn" => "(input: { email: \"nobody@example.org\", password: \"x\" }) { accessToken }".to_owned(),
        "logOut" | "logOutEverywhere" => String::new(),
        "refreshSession" => "(refreshToken: \"x\") { accessToken }".to_owned(),
        "resetPassword" => format!("(token: \"x\", password: \"{}\")", OTHER),
        "restoreAccount" | "suspendAccount" => format!("(id: \"{victim}\") {{ id }}"),
        "revokeSession" => "(id: \"ses_0000000000001\")".to_owned(),
        "setRoles" => format!("(id: \"{victim}\", roles: [READER]) {{ id }}"),
        "signUp" => format!("(input: {{ email: \"n@example.org\", name: \"N\", password: \"{}\" }})", PASSWORD),
        "updateProfile" => "(name: \"New\") { id }".to_owned(),
        "verifyEmail" => "(token: \"x\")".to_owned(),
        "createArticle" => "(input: { article: { headline: \"New\" } }) { article { id } }".to_owned(),
        "saveArticle" | "autosaveArticle" => {
            format!("(id: \"{ARTICLE}\", version: 1, changes: {{ headline: \"New\" }}) {{ userErrors {{ code }} }}")
        }
        "forgetAutosave" => format!("(id: \"{ARTICLE}\") {{ done }}"),
        "submitArticle"
        | "takeBackArticle"
        | "requestArticleChanges"
        | "approveArticle"
        | "withholdArticle"
        | "unscheduleArticle"
        | "publishArticle"
        | "discardDraft"
        | "deleteDraft"
        | "assignArticle" => format!("(id: \"{ARTICLE}\", version: 1) {{ userErrors {{ code }} }}"),
        "scheduleArticle" => {
            format!("(id: \"{ARTICLE}\", version: 1, at: \"2030-01-01T00:00:00Z\") {{ userErrors {{ code }} }}")
        }
        "correctArticle" => format!("(id: \"{ARTICLE}\", version: 1, note: \"A note.\") {{ userErrors {{ code }} }}"),
        "withdrawArticle" | "killArticle" => {
            format!("(id: \"{ARTICLE}\", version: 1, reason: \"A reason.\") {{ userErrors {{ code }} }}")
        }
        "moveArticle" => format!("(id: \"{ARTICLE}\", version: 1, slug: \"elsewhere\") {{ userErrors {{ code }} }}"),
        "restoreRevision" => format!("(id: \"{ARTICLE}\", version: 1, revision: 1) {{ userErrors {{ code }} }}"),
        "addNote" => format!("(id: \"{ARTICLE}\", text: \"A note.\") {{ userErrors {{ code }} }}"),
        "createPreview" => format!("(id: \"{ARTICLE}\") {{ userErrors {{ code }} }}"),
        "revokePreview" => format!("(id: \"{ARTICLE}\", preview: \"pre_0000000000001\") {{ userErrors {{ code }} }}"),
        "createTopic" | "createSection" | "createAuthor" => {
            "(input: { name: \"New\" }) { userErrors { code } }".to_owned()
        }
        "changeTopic" | "mergeTopic" | "deleteTopic" => term(name, "top_0000000000001"),
        "changeSection" | "mergeSection" | "deleteSection" => term(name, "sec_0000000000001"),
        "changeAuthor" | "mergeAuthor" | "deleteAuthor" => term(name, "aut_0000000000001"),
        "createCollection" => "(input: { slug: \"new\", name: \"New\" }) { userErrors { code } }".to_owned(),
        "changeCollection" => format!("({LIST}, changes: {{ name: \"New\" }}) {{ userErrors {{ code }} }}"),
        "deleteCollection" => format!("({LIST}) {{ userErrors {{ code }} }}"),
        "arrangeCollection" => format!("({LIST}, pins: []) {{ userErrors {{ code }} }}"),
        "pinArticle" => format!("({LIST}, pin: {{ articleId: \"{ARTICLE}\" }}) {{ userErrors {{ code }} }}"),
        "unpinArticle" => format!("({LIST}, article: \"{ARTICLE}\") {{ userErrors {{ code }} }}"),
        other => panic!("the mutation {other} is not known to this test; add it"),
    };
    format!("mutation {{ {name}{arguments} }}")
}

both!(every_mutation_asks_the_table, async |t| {
    for role in Role::OF_ACCOUNTS {
        account(t, &format!("{}@example.org", role.as_str()), role).await;
    }
    let victim = account(t, "victim@example.org", Role::Reader).await.id.to_string();
    let server = t.serve_as(&[("auth.lock_after", "1000"), ("auth.failures_per_address", "1000")]).await;
    for (name, needs) in MUTATIONS.iter().copied().flatten() {
        let needs = needs.map_or(Needs::Nothing, |(action, whose)| Needs::Right(action, whose));
        for role in [Role::Anonymous].into_iter().chain(Role::OF_ACCOUNTS) {
            let token = match role {
                Role::Anonymous => None,
                role => Some(token(&server, &format!("{}@example.org", role.as_str())).await),
            };
            let query = json!({ "query": mutation(name, &victim) });
            let said = server.ask("POST", "/graphql", token.as_deref(), Some(&query)).await;
            let code = said.body["errors"][0]["extensions"]["code"].as_str().unwrap_or_default();
            assert_ne!(code, "GRAPHQL_VALIDATION_FAILED", "{name}: {said:?}");
            let refused = matches!(code, "UNAUTHENTICATED" | "FORBIDDEN").then_some(code);
            let expected = match (needs.allow(role), role) {
                (true, _) => None,
                (false, Role::Anonymous) => Some("UNAUTHENTICATED"),
                (false, _) => Some("FORBIDDEN"),
            };
            assert_eq!(refused, expected, "{name} as {role:?}: {said:?}");
        }
    }
    // The queries that are not for all.
    for (query, needs) in [
        ("{ accounts { nodes { id } } }", Needs::right(policy::Action::ManageAccounts)),
        ("{ securityEvents { edges { cursor } } }", Needs::right(policy::Action::ReadSecurityEvents)),
        ("{ newsroomArticles { edges { cursor } } }", Needs::own(policy::Action::SeeNewsroom)),
        ("{ newsroomArticle(id: \"art_0000000000001\") { id } }", Needs::own(policy::Action::SeeNewsroom)),
        ("{ newsroomTerms(type: TOPIC) { edges { cursor } } }", Needs::own(policy::Action::SeeNewsroom)),
        ("{ newsroomTerm(type: TOPIC, key: \"nothing-here\") { id } }", Needs::own(policy::Action::SeeNewsroom)),
        ("{ newsroomCollections { id } }", Needs::right(policy::Action::EditCollections)),
        ("{ viewer { account { id } } }", Needs::Nothing),
    ] {
        for role in [Role::Anonymous].into_iter().chain(Role::OF_ACCOUNTS) {
            let token = match role {
                Role::Anonymous => None,
                role => Some(token(&server, &format!("{}@example.org", role.as_str())).await),
            };
            let said = server.ask("POST", "/graphql", token.as_deref(), Some(&json!({ "query": query }))).await;
            assert_eq!(said.body["errors"].is_null(), needs.allow(role), "{query} as {role:?}: {said:?}");
        }
    }
});
