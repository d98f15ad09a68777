//! Log-in at a provider: the whole dance, and everything that could go wrong on the way.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use masthead::identity::{Caller, Identity};
use masthead::model::viewer::{Role, Viewer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{PASSWORD, account, link_token, log_in_by_cookie, mails_at_least, token, with_cookie};
use crate::harness::http::{Said, Server};
use crate::harness::provider::{Provider, Spoilt};
use crate::harness::{TestApp, both};

const PAGE: &str = "https://www.example.org/log-in";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER.as_bytes()))
}

/// A browser: it keeps cookies.
struct Browser<'a> {
    server: &'a Server,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    fn new(server: &'a Server) -> Browser<'a> {
        Browser { server, cookies: BTreeMap::new() }
    }

    fn with(server: &'a Server, cookie: &str) -> Browser<'a> {
        let (name, value) = cookie.split_once('=').unwrap();
        Browser { server, cookies: BTreeMap::from([(name.to_owned(), value.to_owned())]) }
    }

    /// GET of an address of the server, whatever host it names.
    async fn get(&mut self, address: &str) -> Said {
        let path = path_of(address);
        let line: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = self.server.client.get(format!("{}{path}", self.server.base)).header("cookie", line.join("; "));
        let said = Said::of(request.send().await.unwrap()).await;
        for set in said.headers.get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if set.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        said
    }

    /// To the provider: gives where it sends the browser back to.
    async fn go_to_provider(&mut self, start: &str) -> String {
        let started = self.get(start).await;
        assert_eq!(started.status, 303, "{started:?}");
        let there = self.server.client.get(started.header("location")).send().await.unwrap();
        assert_eq!(there.status(), 302, "{there:?}");
        there.headers()["location"].to_str().unwrap().to_owned()
    }

    /// There and back: gives where the page is in the end.
    async fn dance(&mut self, start: &str) -> (String, Said) {
        let back = self.go_to_provider(start).await;
        let said = self.get(&back).await;
        (said.header("location").to_owned(), said)
    }
}

fn path_of(address: &str) -> String {
    if address.starts_with('/') {
        return address.to_owned();
    }
    let url = url::Url::parse(address).unwrap();
    format!("{}{}", url.path(), url.query().map(|query| format!("?{query}")).unwrap_or_default())
}

fn parameter(address: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(address).unwrap();
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

fn start(provider: &str, more: &str) -> String {
    let to = url::form_urlencoded::byte_serialize(PAGE.as_bytes()).collect::<String>();
    format!("/v1/auth/providers/{provider}/start?returnTo={to}{more}")
}

fn by_token(provider: &str) -> String {
    start(provider, &format!("&codeChallenge={}", challenge()))
}

fn by_cookie(provider: &str) -> String {
    start(provider, "&mode=COOKIE")
}

async fn served(t: &TestApp, provider: &Provider, more: &[(&str, &str)]) -> Server {
    let settings = provider.settings();
    let mut flags: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    flags.extend(more.iter().copied().chain([("auth.requests_per_address", "10000")]));
    t.serve_as(&flags).await
}

async fn exchange(server: &Server, code: &str, verifier: &str) -> Said {
    server.post("/v1/auth/exchange", json!({ "code": code, "codeVerifier": verifier })).await
}

/// Logs in by token and gives the answer of the exchange.
async fn logged_in(server: &Server, provider: &str) -> Said {
    let (page, _) = Browser::new(server).dance(&by_token(provider)).await;
    let code = parameter(&page, "code").unwrap_or_else(|| panic!("no code in {page}"));
    let said = exchange(server, &code, VERIFIER).await;
    assert_eq!(said.status, 200, "{said:?}");
    said
}

/// What comes of a log-in that comes to nothing.
async fn refused(server: &Server, provider: &str) -> String {
    let (page, said) = Browser::new(server).dance(&by_token(provider)).await;
    assert!(page.starts_with(PAGE) && said.status == 303, "{said:?}");
    assert!(!page.contains("more than is good") && !page.contains("code="), "{page}");
    parameter(&page, "error").unwrap_or_else(|| panic!("no error in {page}"))
}

async fn accounts(t: &TestApp) -> usize {
    t.texts("SELECT CAST(id AS TEXT) AS v FROM accounts").await.len()
}

async fn events(t: &TestApp) -> Vec<String> {
    t.texts("SELECT kind || ' ' || detail AS v FROM security_events ORDER BY id").await
}

both!(the_whole_dance_by_token, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    let list = server.ask("GET", "/v1/auth/providers", None, None).await;
    assert_eq!(list.body["data"][0]["id"], "acme", "{list:?}");
    assert_eq!((list.text("/data/1/name"), list.body["data"].as_array().unwrap().len()), ("X", 2));
    let said = server.graphql("{ loginProviders { id name url } }", Value::Null).await;
    assert_eq!(said["data"]["loginProviders"], list.body["data"]);
    for (id, email) in [("x", Value::Null), ("acme", json!("ada@example.org"))] {
        let mut browser = Browser::new(&server);
        let (page, said) = browser.dance(&by_token(id)).await;
        assert!(page.starts_with(&format!("{PAGE}?code=")), "{said:?}");
        assert_eq!((said.header("cache-control"), said.header("referrer-policy")), ("no-store", "no-referrer"));
        assert!(said.header("set-cookie").is_empty(), "there is no session in the browser");
        let code = parameter(&page, "code").unwrap();
        let grant = exchange(&server, &code, VERIFIER).await;
        assert_eq!((grant.status, grant.text("/account/name")), (200, "Ada at the Provider"), "{grant:?}");
        // A provider that is not trusted with addresses gives none: it is verified by mail first.
        assert_eq!((&grant.body["account"]["email"], grant.text("/session/mode")), (&Value::Null, "TOKEN"));
        assert_eq!(grant.body["account"]["roles"], json!(["READER"]));
        let access = grant.text("/accessToken");
        let me = server.ask("GET", "/v1/me", Some(access), None).await;
        assert_eq!(me.text("/account/id"), grant.text("/account/id"));
        if !email.is_null() {
            let link = link_token(&mails_at_least(t, 1).await[0]);
            assert_eq!(server.post("/v1/auth/verify-email", json!({ "token": link })).await.status, 204);
            let me = server.ask("GET", "/v1/me", Some(access), None).await;
            assert_eq!(me.body["account"]["email"], email);
        }
        let identities = server.ask("GET", "/v1/me/identities", Some(access), None).await;
        assert_eq!((identities.text("/data/0/provider"), identities.body["data"].as_array().unwrap().len()), (id, 1));
        // The code once; the same person again is the same account.
        let again = exchange(&server, &code, VERIFIER).await;
        assert_eq!((again.status, again.code()), (404, "LINK_EXPIRED"));
        assert_eq!(logged_in(&server, id).await.text("/account/id"), grant.text("/account/id"));
    }
    let events = events(t).await;
    assert!(
        events.iter().any(|event| event.starts_with("account_created") && event.contains("\"by\":\"x\"")),
        "{events:?}"
    );
    assert!(events.iter().any(|event| event.starts_with("log_in ") && event.contains("\"by\":\"acme\"")), "{events:?}");
    let kept = t.texts("SELECT hash || data AS v FROM one_time").await;
    assert!(kept.is_empty(), "{kept:?}");
});

both!(a_code_is_for_the_page_that_began, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    for wrong in ["", "short", "x", &challenge(), &VERIFIER.replace('d', "e")] {
        let (page, _) = Browser::new(&server).dance(&by_token("x")).await;
        let code = parameter(&page, "code").unwrap();
        let said = exchange(&server, &code, wrong).await;
        assert_eq!((said.status, said.code()), (404, "LINK_EXPIRED"), "{wrong}");
        assert_eq!(exchange(&server, &code, VERIFIER).await.status, 404, "it is used up");
    }
    let (page, _) = Browser::new(&server).dance(&by_token("x")).await;
    t.clock.advance(2 * 60_000 + 1);
    assert_eq!(exchange(&server, &parameter(&page, "code").unwrap(), VERIFIER).await.status, 404, "too late");
    for nonsense in [json!({ "code": { "$ne": "" }, "codeVerifier": VERIFIER }), json!({ "code": "x" })] {
        assert_eq!(server.post("/v1/auth/exchange", nonsense).await.status, 400);
    }
    // Over GraphQL.
    let (page, _) = Browser::new(&server).dance(&by_token("acme")).await;
    let query = "mutation ($code: String!, $verifier: String!) { exchangeProviderCode(code: $code, codeVerifier: $verifier) { accessToken account { email } } }";
    let variables = json!({ "code": parameter(&page, "code").unwrap(), "verifier": VERIFIER });
    let said = server.graphql(query, variables).await;
    assert!(said["data"]["exchangeProviderCode"]["accessToken"].is_string(), "{said}");
    // A challenge must be there by token, and not by cookie.
    for (query, at) in
        [("", "codeChallenge"), ("&codeChallenge=x", "codeChallenge"), ("&mode=COOKIE&codeChallenge=", "codeChallenge")]
    {
        let query = if query.ends_with('=') { format!("{query}{}", challenge()) } else { query.to_owned() };
        let said = server.ask("GET", &start("x", &query), None, None).await;
        assert_eq!((said.status, said.text("/parameter")), (422, at), "{query}");
    }
});

both!(the_whole_dance_by_cookie, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    for (remember, id) in [("true", "x"), ("false", "acme")] {
        let mut browser = Browser::new(&server);
        let (page, said) = browser.dance(&format!("{}&remember={remember}", by_cookie(id))).await;
        assert_eq!((page.as_str(), said.status), (PAGE, 303), "{said:?}");
        let set = said.header("set-cookie");
        assert!(set.starts_with("masthead=") && set.contains("HttpOnly") && set.contains("SameSite=Lax"), "{set}");
        assert_eq!(set.contains("Max-Age="), remember == "true", "{set}");
        let me = browser.get("/v1/me").await;
        assert_eq!((me.status, me.text("/session/mode")), (200, "COOKIE"));
        assert!(me.body["csrfToken"].is_string());
    }
});

both!(a_session_of_before_is_not_kept, async |t| {
    account(t, "eve@example.org", Role::Reader).await;
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    // Whoever could put a cookie into the browser is not in the session that begins.
    let (planted, _) = log_in_by_cookie(&server, "eve@example.org", false).await;
    let mut browser = Browser::with(&server, &planted);
    browser.dance(&by_cookie("x")).await;
    assert_ne!(format!("masthead={}", browser.cookies["masthead"]), planted);
    let me = browser.get("/v1/me").await;
    assert_eq!(me.text("/account/name"), "Ada at the Provider");
    assert_eq!(with_cookie(&server, "GET", "/v1/me", &planted, None, None).await.status, 401);
});

both!(a_state_is_of_one_log_in_in_one_browser, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    // Log-in CSRF: the link of somebody else's log-in.
    let mut eve = Browser::new(&server);
    let back = eve.go_to_provider(&by_cookie("acme")).await;
    let said = Browser::new(&server).get(&back).await;
    assert_eq!((said.status, said.code()), (403, "WRONG_BROWSER"), "{said:?}");
    assert!(said.header("set-cookie").is_empty());
    assert_eq!(eve.get(&back).await.code(), "LINK_EXPIRED", "used up, whoever came");
    // One who has a log-in of their own under way.
    let (mut ada, back) = (Browser::new(&server), eve.go_to_provider(&by_cookie("acme")).await);
    ada.go_to_provider(&by_cookie("acme")).await;
    assert_eq!(ada.get(&back).await.code(), "WRONG_BROWSER");
    // Twice.
    let mut ada = Browser::new(&server);
    let back = ada.go_to_provider(&by_cookie("acme")).await;
    assert_eq!(ada.get(&back).await.status, 303);
    let said = ada.get(&back).await;
    assert_eq!((said.status, said.code()), (404, "LINK_EXPIRED"));
    // Another state, none, two; another provider's callback; too late.
    for (from, to) in [("state=", "state=x"), ("state=", "sate="), ("state=", "state=x&state=")] {
        let back = ada.go_to_provider(&by_cookie("acme")).await.replace(from, to);
        assert!([400, 404].contains(&ada.get(&back).await.status), "{back}");
    }
    let back = ada.go_to_provider(&by_cookie("acme")).await.replace("/acme/", "/x/");
    assert_eq!(ada.get(&back).await.code(), "LINK_EXPIRED");
    assert_eq!(ada.get(&back.replace("/x/", "/nobody/")).await.status, 404);
    let back = ada.go_to_provider(&by_cookie("acme")).await;
    t.clock.advance(10 * 60_000 + 1);
    assert_eq!(ada.get(&back).await.code(), "LINK_EXPIRED");
    // Two tabs do not trip over each other.
    let mut ada = Browser::new(&server);
    let (one, two) = (ada.go_to_provider(&by_cookie("acme")).await, ada.go_to_provider(&by_cookie("x")).await);
    assert_eq!((ada.get(&one).await.status, ada.get(&two).await.status), (303, 303));
    // Another issuer's name on the answer (RFC 9207).
    let back = format!("{}&iss=https%3A%2F%2Fevil.example", ada.go_to_provider(&by_cookie("acme")).await);
    assert_eq!(parameter(ada.get(&back).await.header("location"), "error").as_deref(), Some("provider_failed"));
    let iss = url::form_urlencoded::byte_serialize(provider.base.as_bytes()).collect::<String>();
    let back = format!("{}&iss={iss}", ada.go_to_provider(&by_cookie("acme")).await);
    assert_eq!(ada.get(&back).await.header("location"), PAGE);
});

both!(an_identity_must_be_whole, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    for spoilt in Spoilt::ALL {
        provider.manner().spoilt = Some(spoilt);
        assert_eq!(refused(&server, "acme").await, "provider_failed", "{spoilt:?}");
    }
    assert_eq!(accounts(t).await, 0);
    // A key that came since the provider was asked is looked for, once it is a minute ago.
    provider.manner().spoilt = None;
    logged_in(&server, "acme").await;
    provider.manner().new_key = true;
    assert_eq!(refused(&server, "acme").await, "provider_failed");
    // A code that the provider does not know, or that was somebody else's.
    let mut browser = Browser::new(&server);
    let back = browser.go_to_provider(&by_token("x")).await.replace("code=", "code=x");
    assert_eq!(parameter(browser.get(&back).await.header("location"), "error").as_deref(), Some("provider_failed"));
    let (mut eve, mut ada) = (Browser::new(&server), Browser::new(&server));
    let (of_eve, of_ada) = (eve.go_to_provider(&by_token("x")).await, ada.go_to_provider(&by_token("x")).await);
    let injected = of_ada.replace(&parameter(&of_ada, "code").unwrap(), &parameter(&of_eve, "code").unwrap());
    assert_eq!(parameter(ada.get(&injected).await.header("location"), "error").as_deref(), Some("provider_failed"));
});

both!(an_address_opens_an_account_only_where_it_may, async |t| {
    let ada = account(t, "ada@example.org", Role::Editor).await;
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    // Verified, but the provider is not trusted with it: refused, and nothing is linked.
    assert_eq!(refused(&server, "acme").await, "link_required");
    provider.manner().email = Some("ADA@Example.org".to_owned());
    assert_eq!(refused(&server, "acme").await, "link_required");
    // Not verified: a new account without the address. Whatever a provider may write for false.
    for (n, verified) in [Some(json!(false)), Some(json!("false")), None].into_iter().enumerate() {
        provider.manner().subject = format!("stranger-{n}");
        provider.manner().email_verified = verified;
        let said = logged_in(&server, "acme").await;
        assert_ne!(said.text("/account/id"), ada.id.to_string());
        assert_eq!(
            (&said.body["account"]["email"], &said.body["account"]["roles"]),
            (&Value::Null, &json!(["READER"]))
        );
    }
    // Nor where the provider is trusted.
    let trusting = served(t, &provider, &[("provider.acme.trusts_email", "true")]).await;
    provider.manner().subject = "stranger".to_owned();
    let said = logged_in(&trusting, "acme").await;
    assert_ne!(said.text("/account/id"), ada.id.to_string());
    // Verified, and trusted: it is theirs, and they are told.
    provider.manner().subject = "ada".to_owned();
    provider.manner().email_verified = Some(json!("true"));
    let said = logged_in(&trusting, "acme").await;
    assert_eq!(said.text("/account/id"), ada.id.to_string());
    let mails = mails_at_least(t, 1).await;
    assert!(mails[0].contains("To: ada@example.org") && mails[0].contains("Acme"), "{}", mails[0]);
    assert!(events(t).await.iter().any(|event| event.starts_with("provider_linked")));
    // From then on by who they are, wherever the address goes.
    provider.manner().email = Some("elsewhere@example.org".to_owned());
    assert_eq!(logged_in(&server, "acme").await.text("/account/id"), ada.id.to_string());
});

both!(what_the_id_token_does_not_say_is_asked_for, async |t| {
    let provider = Provider::start(t).await;
    provider.manner().apart = true;
    provider.manner().name = Some("  Ada <b>  Lovelace\u{202E} ".to_owned());
    let server = served(t, &provider, &[("provider.acme.trusts_email", "true")]).await;
    let said = logged_in(&server, "acme").await;
    assert_eq!((said.text("/account/email"), said.text("/account/name")), ("ada@example.org", "Reader"));
    provider.manner().subject = "2".to_owned();
    provider.manner().name = Some(" Ada \n Lovelace".to_owned());
    provider.manner().email = None;
    let said = logged_in(&server, "acme").await;
    assert_eq!((said.text("/account/name"), &said.body["account"]["email"]), ("Ada Lovelace", &Value::Null));
});

both!(a_log_in_leads_back_to_the_list_only, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    let asked = provider.asked();
    for to in [
        "https://evil.example/",
        "//evil.example/log-in",
        "///evil.example/log-in",
        "/log-in",
        "\\\\evil.example",
        "https:evil.example",
        "https://www.example.org",
        "https://www.example.org/",
        "https://www.example.org/log-in/",
        "https://www.example.org/log-in?x=1",
        "https://www.example.org/log-in#x",
        "https://www.example.org/log-in/../x",
        "https://www.example.org./log-in",
        "https://www.example.org:443/log-in",
        "https://www.example.org.evil.example/log-in",
        "https://www.example.org@evil.example/log-in",
        "https://www.example.org:x@evil.example/log-in",
        "https://evil.example\\@www.example.org/log-in",
        "https://evil.example/https://www.example.org/log-in",
        "https://evil.example?https://www.example.org/log-in",
        "https://WWW.example.org/log-in",
        "https://www.example.org/LOG-IN",
        "http://www.example.org/log-in",
        "javascript:alert(1)//https://www.example.org/log-in",
        "org.example.news:/log-in/x",
        "org.example.news:log-in",
        "org.example.newsx:/log-in",
    ] {
        let encoded = url::form_urlencoded::byte_serialize(to.as_bytes()).collect::<String>();
        let path = format!("/v1/auth/providers/acme/start?returnTo={encoded}&codeChallenge={}", challenge());
        let said = server.ask("GET", &path, None, None).await;
        assert_eq!((said.status, said.text("/parameter")), (422, "returnTo"), "{to}");
        assert!(said.header("location").is_empty() && said.header("set-cookie").is_empty(), "{to}");
    }
    assert_eq!(provider.asked(), asked, "nobody was asked");
    // An app, by its own scheme.
    let start = format!("/v1/auth/providers/x/start?returnTo=org.example.news:/log-in&codeChallenge={}", challenge());
    let (page, said) = Browser::new(&server).dance(&start).await;
    assert!(page.starts_with("org.example.news:/log-in?code="), "{said:?}");
    // What is missing or unknown is named.
    for (path, at) in
        [("/v1/auth/providers/x/start", "returnTo"), ("/v1/auth/providers/x/start?redirect=x", "redirect")]
    {
        let said = server.ask("GET", path, None, None).await;
        assert_eq!((said.status, said.text("/parameter")), (400, at));
    }
    assert_eq!(server.ask("GET", &by_token("google"), None, None).await.status, 404, "it is not on");
});

both!(what_goes_wrong_there_is_told_without_details, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    for (error, shown) in [
        ("access_denied", "access_denied"),
        ("user_cancelled_authorize", "access_denied"),
        ("server_error", "provider_failed"),
        ("<script>", "provider_failed"),
    ] {
        provider.manner().error = Some(error);
        for id in ["x", "acme"] {
            assert_eq!(refused(&server, id).await, shown, "{error}");
        }
    }
    assert!(events(t).await.iter().any(|event| event.starts_with("log_in_refused") && event.contains("ACCESS_DENIED")));
    // Neither code nor error.
    provider.manner().error = None;
    let mut browser = Browser::new(&server);
    let back = browser.go_to_provider(&by_token("x")).await.replace("code=", "kode=");
    assert_eq!(parameter(browser.get(&back).await.header("location"), "error").as_deref(), Some("provider_failed"));
    // Nobody there: the browser is led back at once.
    let away = served(t, &provider, &[("provider.acme.issuer", "http://127.0.0.1:9")]).await;
    let said = Browser::new(&away).get(&by_token("acme")).await;
    assert_eq!(parameter(said.header("location"), "error").as_deref(), Some("provider_failed"), "{said:?}");
    // Into the house nothing is asked.
    let asked = provider.asked();
    let issuer = provider.base.replace("http://", "https://");
    let guarded = served(
        t,
        &provider,
        &[
            ("outbound.allow_private", "false"),
            ("provider.acme.issuer", &issuer),
            ("provider.x.client_id", ""),
            ("provider.x.authorization_url", "https://x.example/a"),
            ("provider.x.token_url", "https://x.example/b"),
            ("provider.x.userinfo_url", "https://x.example/c"),
        ],
    )
    .await;
    let said = Browser::new(&guarded).get(&by_token("acme")).await;
    assert_eq!(parameter(said.header("location"), "error").as_deref(), Some("provider_failed"), "{said:?}");
    assert_eq!(provider.asked(), asked);
});

both!(a_provider_that_hangs_holds_nobody, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    provider.manner().stuck = true;
    let begun = std::time::Instant::now();
    assert_eq!(refused(&server, "acme").await, "provider_failed");
    assert!(begun.elapsed() < std::time::Duration::from_secs(14), "{:?}", begun.elapsed());
});

both!(who_may_not_come_in_does_not, async |t| {
    let provider = Provider::start(t).await;
    let open = served(t, &provider, &[]).await;
    let ada = logged_in(&open, "acme").await.text("/account/id").to_owned();
    // Accounts are not made: who has one comes in all the same.
    for policy in ["closed", "invitation"] {
        let closed = served(t, &provider, &[("auth.sign_up", policy)]).await;
        assert_eq!(logged_in(&closed, "acme").await.text("/account/id"), ada);
        assert_eq!(refused(&closed, "x").await, "sign_up_closed");
    }
    assert_eq!(accounts(t).await, 1);
    // Suspended: neither then, nor between the code and its exchange.
    let (page, _) = Browser::new(&open).dance(&by_token("acme")).await;
    let identity = Identity::open(&t.app()).await.unwrap();
    identity.suspend(&Caller::operator(), &Viewer::system(), ada.parse().unwrap(), true).await.unwrap();
    let said = exchange(&open, &parameter(&page, "code").unwrap(), VERIFIER).await;
    assert_eq!((said.status, said.code()), (403, "ACCOUNT_SUSPENDED"));
    assert_eq!(refused(&open, "acme").await, "account_suspended");
    let (page, said) = Browser::new(&open).dance(&by_cookie("acme")).await;
    assert!(page.ends_with("error=account_suspended") && said.header("set-cookie").is_empty(), "{said:?}");
    // Too often.
    let few = served(t, &provider, &[]).await;
    drop(few);
    let settings = provider.settings();
    let mut flags: Vec<(&str, &str)> = settings.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    flags.push(("auth.requests_per_address", "3"));
    let few = t.serve_as(&flags).await;
    for n in 0..4 {
        let said = few.ask("GET", &by_token("x"), None, None).await;
        assert_eq!(said.status, if n < 3 { 303 } else { 429 }, "{n}");
    }
});

both!(a_form_comes_back_by_another_way, async |t| {
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[("provider.acme.response_mode", "form_post")]).await;
    let post = async |path: &str, media: &str, body: String| {
        let request = server.client.post(format!("{}{path}", server.base)).header("content-type", media).body(body);
        Said::of(request.send().await.unwrap()).await
    };
    let callback = "/v1/auth/providers/acme/callback";
    let form = "application/x-www-form-urlencoded";
    let sent = async |browser: &mut Browser<'_>| {
        let started = browser.get(&by_cookie("acme")).await;
        assert_eq!(parameter(started.header("location"), "response_mode").as_deref(), Some("form_post"));
        server.client.get(started.header("location")).send().await.unwrap().text().await.unwrap()
    };
    // The form carries no cookie; the browser comes back by GET and is known.
    let mut browser = Browser::new(&server);
    let body = sent(&mut browser).await;
    let said = post(callback, form, body.clone()).await;
    let on = said.header("location").to_owned();
    assert_eq!((said.status, said.header("set-cookie")), (303, ""), "{said:?}");
    assert!(!on.contains("code="), "the code stands in no address: {on}");
    assert_eq!(post(callback, form, body.clone()).await.code(), "LINK_EXPIRED", "once");
    let said = browser.get(&on).await;
    assert_eq!((said.header("location"), browser.get("/v1/me").await.status), (PAGE, 200), "{said:?}");
    // Another browser.
    let body = sent(&mut browser).await;
    let on = post(callback, form, body).await.header("location").to_owned();
    assert_eq!(Browser::new(&server).get(&on).await.code(), "WRONG_BROWSER");
    // What is no such form.
    let body = sent(&mut browser).await;
    assert_eq!(post(callback, "application/json", "{}".to_owned()).await.status, 415);
    assert_eq!(post("/v1/auth/providers/x/callback", form, body).await.code(), "LINK_EXPIRED", "another provider");
    assert_eq!(post(callback, form, "state=x&code=y".to_owned()).await.status, 404);
    for bad in ["", "state=a&state=b", "code=y"] {
        assert_eq!(post(callback, form, bad.to_owned()).await.status, 400, "{bad}");
    }
    assert_eq!(post(callback, form, format!("state=x&code={}", "y".repeat(5000))).await.status, 422);
});

both!(a_provider_is_linked_by_cookie, async |t| {
    let ada = account(t, "ada@example.org", Role::Reader).await;
    account(t, "eve@example.org", Role::Reader).await;
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    let (cookie, csrf) = log_in_by_cookie(&server, "ada@example.org", false).await;
    let form = json!({ "provider": "x", "returnTo": PAGE, "password": PASSWORD });
    let ask = async |cookie: &str, csrf: Option<&str>, form: &Value| {
        with_cookie(&server, "POST", "/v1/me/identities", cookie, csrf, Some(form.clone())).await
    };
    assert_eq!(ask(&cookie, None, &form).await.code(), "CSRF_TOKEN_REQUIRED");
    for (member, value, code) in [
        ("password", json!("wrong"), "INVALID_CREDENTIALS"),
        ("password", Value::Null, "INVALID_CREDENTIALS"),
        ("returnTo", json!("https://evil.example/"), "INVALID_INPUT"),
        ("codeChallenge", json!(challenge()), "INVALID_INPUT"),
        ("provider", json!("nobody"), "NOT_FOUND"),
    ] {
        let mut form = form.clone();
        form[member] = value;
        assert_eq!(ask(&cookie, Some(&csrf), &form).await.code(), code, "{member}");
    }
    // There and back.
    let url = ask(&cookie, Some(&csrf), &form).await.text("/url").to_owned();
    let mut browser = Browser::with(&server, &cookie);
    let (page, said) = browser.dance(&url).await;
    assert_eq!(page, format!("{PAGE}?linked=x"), "{said:?}");
    assert_eq!(browser.get(&url).await.code(), "LINK_EXPIRED", "a ticket is good once");
    let found = browser.get("/v1/me/identities").await;
    assert_eq!((found.text("/data/0/provider"), found.text("/data/0/name")), ("x", "Ada at the Provider"));
    assert_eq!(logged_in(&server, "x").await.text("/account/id"), ada.id.to_string());
    assert!(mails_at_least(t, 1).await[0].contains("You can log in"));
    // Eve's ticket in Ada's browser links nothing with Eve's account.
    provider.manner().subject = "ada-2".to_owned();
    let (of_eve, csrf_of_eve) = log_in_by_cookie(&server, "eve@example.org", false).await;
    let url = ask(&of_eve, Some(&csrf_of_eve), &form).await.text("/url").to_owned();
    let (page, _) = browser.dance(&url).await;
    assert_eq!(parameter(&page, "error").as_deref(), Some("unauthenticated"), "{page}");
    let url = ask(&of_eve, Some(&csrf_of_eve), &form).await.text("/url").to_owned();
    let (page, _) = Browser::new(&server).dance(&url).await;
    assert_eq!(parameter(&page, "error").as_deref(), Some("unauthenticated"), "{page}");
    // Who is somebody's already, and a second one of the same provider.
    provider.manner().subject = "sub-1".to_owned();
    let url = ask(&of_eve, Some(&csrf_of_eve), &form).await.text("/url").to_owned();
    let (page, _) = Browser::with(&server, &of_eve).dance(&url).await;
    assert_eq!(parameter(&page, "error").as_deref(), Some("conflict"), "{page}");
    provider.manner().subject = "ada-2".to_owned();
    let url = ask(&cookie, Some(&csrf), &form).await.text("/url").to_owned();
    let (page, _) = browser.dance(&url).await;
    assert_eq!(parameter(&page, "error").as_deref(), Some("conflict"), "{page}");
    assert_eq!(t.texts("SELECT subject AS v FROM identities").await, ["sub-1"]);
    // The session that began it must go on.
    let url = ask(&of_eve, Some(&csrf_of_eve), &form).await.text("/url").to_owned();
    let mut browser = Browser::with(&server, &of_eve);
    let back = browser.go_to_provider(&url).await;
    with_cookie(&server, "POST", "/v1/auth/log-out", &of_eve, Some(&csrf_of_eve), Some(json!({}))).await;
    let page = browser.get(&back).await.header("location").to_owned();
    assert_eq!(parameter(&page, "error").as_deref(), Some("unauthenticated"), "{page}");
});

both!(a_provider_is_linked_by_token_and_unlinked, async |t| {
    let ada = account(t, "ada@example.org", Role::Reader).await;
    account(t, "eve@example.org", Role::Reader).await;
    let provider = Provider::start(t).await;
    let server = served(t, &provider, &[]).await;
    let (of_ada, of_eve) = (token(&server, "ada@example.org").await, token(&server, "eve@example.org").await);
    let form = json!({ "provider": "acme", "returnTo": PAGE, "password": PASSWORD, "codeChallenge": challenge() });
    let begin =
        async || server.ask("POST", "/v1/me/identities", Some(&of_ada), Some(&form)).await.text("/url").to_owned();
    let confirm = async |id: &str, token: Option<&str>, code: &str, verifier: &str| {
        let form = json!({ "code": code, "codeVerifier": verifier });
        server.ask("POST", &format!("/v1/me/identities/{id}"), token, Some(&form)).await
    };
    let code = async || {
        let (page, said) = Browser::new(&server).dance(&begin().await).await;
        parameter(&page, "code").unwrap_or_else(|| panic!("{said:?}"))
    };
    // Nobody else, no other verifier, no other provider, and it is no log-in.
    assert_eq!(confirm("acme", Some(&of_eve), &code().await, VERIFIER).await.code(), "FORBIDDEN");
    assert_eq!(confirm("acme", None, &code().await, VERIFIER).await.status, 401);
    assert_eq!(confirm("acme", Some(&of_ada), &code().await, &challenge()).await.code(), "LINK_EXPIRED");
    assert_eq!(confirm("x", Some(&of_ada), &code().await, VERIFIER).await.code(), "LINK_EXPIRED");
    assert_eq!(exchange(&server, &code().await, VERIFIER).await.code(), "LINK_EXPIRED");
    let (page, _) = Browser::new(&server).dance(&by_token("x")).await;
    let of_log_in = parameter(&page, "code").unwrap();
    assert_eq!(confirm("x", Some(&of_ada), &of_log_in, VERIFIER).await.code(), "LINK_EXPIRED");
    let said = confirm("acme", Some(&of_ada), &code().await, VERIFIER).await;
    assert_eq!((said.status, said.text("/provider"), said.text("/email")), (200, "acme", "ada@example.org"));
    assert_eq!(logged_in(&server, "acme").await.text("/account/id"), ada.id.to_string());
    // Unlinked, and nobody is let in by it any more: the address alone does not.
    let remove =
        async |id: &str, token: &str| server.ask("DELETE", &format!("/v1/me/identities/{id}"), Some(token), None).await;
    assert_eq!(remove("acme", &of_eve).await.status, 404);
    assert_eq!(remove("acme", &of_ada).await.status, 204);
    assert_eq!(remove("acme", &of_ada).await.status, 404);
    assert_eq!(refused(&server, "acme").await, "link_required");
    assert!(events(t).await.iter().any(|event| event.starts_with("provider_unlinked")));
    // The last way in stays, unless there is another one.
    let stranger = logged_in(&server, "x").await;
    let of_stranger = stranger.text("/accessToken");
    let said = remove("x", of_stranger).await;
    assert_eq!((said.status, said.code()), (409, "CONFLICT"));
    provider.manner().email = None;
    let query = "mutation ($input: LinkProviderInput!) { linkProvider(input: $input) }";
    let input = json!({ "provider": "acme", "returnTo": PAGE, "codeChallenge": challenge() });
    let by = async |query: &str, variables: Value| {
        let body = json!({ "query": query, "variables": variables });
        server.ask("POST", "/graphql", Some(of_stranger), Some(&body)).await.body
    };
    let said = by(query, json!({ "input": input })).await;
    let url = said["data"]["linkProvider"].as_str().unwrap_or_else(|| panic!("{said}")).to_owned();
    let (page, _) = Browser::new(&server).dance(&url).await;
    let query = "mutation ($code: String!, $verifier: String!) { confirmProviderLink(code: $code, codeVerifier: $verifier) { provider } }";
    let said = by(query, json!({ "code": parameter(&page, "code"), "verifier": VERIFIER })).await;
    assert_eq!(said["data"]["confirmProviderLink"]["provider"], "acme", "{said}");
    let said = by("mutation { unlinkProvider(provider: \"x\") }", Value::Null).await;
    assert_eq!(said["data"]["unlinkProvider"], true, "{said}");
    let said = by("mutation { unlinkProvider(provider: \"acme\") }", Value::Null).await;
    assert_eq!(said["errors"][0]["extensions"]["code"], "CONFLICT", "{said}");
    // Who has no password proves it by a fresh log-in.
    t.clock.advance(11 * 60_000);
    let said =
        by("mutation ($input: LinkProviderInput!) { linkProvider(input: $input) }", json!({ "input": input })).await;
    assert_eq!(said["errors"][0]["extensions"]["code"], "INVALID_CREDENTIALS", "{said}");
});
