//! Tests of loading: precedence, unknown keys, many problems at once, secrets.

use super::*;
use std::path::Path;

fn problems(sources: &Sources) -> Vec<Problem> {
    load(sources).expect_err("these settings are not sound")
}

fn file(directory: &Path, text: &str) -> Sources {
    std::fs::write(directory.join("masthead.toml"), text).unwrap();
    Sources::none().directory(directory)
}

/// Every key of a tree, dotted; items of lists of tables count as the list.
fn keys(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Dict(_, dict) => dict.iter().for_each(|(name, value)| keys(value, &format!("{at}.{name}"), into)),
        Value::Array(_, items) if matches!(items.first(), Some(Value::Dict(..))) => keys(&items[0], at, into),
        _ => into.push(at.to_owned()),
    }
}

#[test]
fn the_defaults_are_sound_and_name_every_key() {
    let settings = load(&Sources::none()).unwrap();
    let (mut written, mut defaults) = (Vec::new(), Vec::new());
    keys(&Value::serialize(&settings).unwrap(), "", &mut written);
    keys(&toml::from_str::<Dict>(DEFAULT_TOML).unwrap().into(), "", &mut defaults);
    assert_eq!(written, defaults);
    assert!(written.len() > 50, "{written:?}");
}

#[test]
fn every_default_has_a_comment() {
    let lines: Vec<&str> = DEFAULT_TOML.lines().collect();
    // Pairs that share one comment.
    let shared = [
        "ws_max_per_address",
        "max",
        "author_kinds",
        "text",
        "genres",
        "client_secret",
        "token_url",
        "userinfo_url",
        "emails_url",
        "key_id",
        "private_key",
        "private_key_file",
    ];
    for (number, line) in lines.iter().enumerate().filter(|(_, line)| line.contains(" = ") && !line.starts_with('#')) {
        let key = line.split(" = ").next().unwrap();
        assert!(lines[number - 1].starts_with('#') || shared.contains(&key), "{key} has no comment");
    }
}

#[test]
fn the_later_source_wins() {
    let directory = tempfile::tempdir().unwrap();
    let text = "[page]\nmax = 50\ndefault = 10\n[server]\nworkers = 3\ntrusted_proxies = [\"10.0.0.0/8\", \"::1\"]\n";
    let sources = file(directory.path(), text)
        .env("MASTHEAD__PAGE__MAX", "60")
        .env("MASTHEAD__SERVER__WORKERS", "4")
        .env("MASTHEAD__SITE__NAME", "1984")
        .env("MASTHEAD__CORS__ORIGINS", "https://a.example, https://b.example")
        .env("MASTHEAD_OTHER", "x")
        .flag("server.workers", "5");
    let settings = load(&sources).unwrap();
    assert_eq!((settings.page.default, settings.page.max, settings.server.workers), (10, 60, 5));
    assert_eq!(settings.site.name, "1984");
    assert_eq!(settings.cors.origins, ["https://a.example", "https://b.example"]);
    assert_eq!(settings.server.trusted_proxies[1].0.to_string(), "::1/128");
}

#[test]
fn unknown_keys_are_named_with_place_and_neighbour() {
    let directory = tempfile::tempdir().unwrap();
    let sources = file(directory.path(), "[server]\nworkers = 1\nbnid = \"x\"\n\n[sites]\nname = \"x\"\n")
        .env("MASTHEAD__PAGE__MAXX", "7")
        .env("MASTHEAD__SITE__BIND", "7")
        .flag("log.colour", "red");
    let found = problems(&sources);
    let shown: Vec<String> = found.iter().map(ToString::to_string).collect();
    let expect = |key: &str, parts: &[&str]| {
        let problem =
            found.iter().find(|p| p.key == key).unwrap_or_else(|| panic!("{key} not in {shown:?}")).to_string();
        assert!(parts.iter().all(|part| problem.contains(part)), "{problem}");
    };
    expect("server.bnid", &["masthead.toml, line 3", "server.bind"]);
    expect("sites", &["masthead.toml, line 5", "Did you mean site?"]);
    expect("page.maxx", &["environment variable MASTHEAD__PAGE__MAXX", "page.max"]);
    expect("site.bind", &["MASTHEAD__SITE__BIND", "server.bind"]);
    expect("log.colour", &["command line", "Known here: client_address, filter"]);
    assert_eq!(found.len(), 5, "{shown:#?}");
}

#[test]
fn every_problem_is_listed_at_once() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"
        [server]
        bind = "localhost:8080"
        body_limit = "much"
        request_timeout = 30
        forwarded_header = "x-real-ip"
        trusted_proxies = ["10.0.0.0/8", "nowhere", "neither"]
        workers = -1
        [cors]
        credentials = true
        origins = ["*", "www.example.org"]
        [database]
        tls = "perhaps"
        [page]
        default = 200
        [rate_limit]
        burst = 10
        [log]
        filter = "a=b=c"
        [[disclaimer]]
        text = ""
        genre = "x"
        [[disclaimer]]
        genres = "opinion"
        text = "So."
        [[label]]
        genre = "opinion"
        text = "Op-Ed"
        [[label]]
        genres = []
    "#;
    let found = problems(
        &file(directory.path(), text)
            .env("MASTHEAD__SITE__PRODUCTION", "true")
            .env("MASTHEAD__GRAPHQL__MAX_DEPTH", "deep"),
    );
    let mut keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    keys.sort_unstable();
    let expected = [
        "cors.credentials",
        "cors.origins.1",
        "database.tls",
        "disclaimer.0.genre",
        "disclaimer.0.text",
        "disclaimer.1.genres",
        "graphql.max_depth",
        "label.0.genre",
        "label.1",
        "log.filter",
        "page.default",
        "rate_limit.burst",
        "server.bind",
        "server.body_limit",
        "server.forwarded_header",
        "server.request_timeout",
        "server.trusted_proxies.1",
        "server.trusted_proxies.2",
        "server.workers",
        "site.url",
    ];
    assert_eq!(keys, expected);
    assert!(found.iter().all(|p| !p.fault.is_empty() && !p.mend.is_empty() && !p.source.is_empty()), "{found:#?}");
    let bind = found.iter().find(|problem| problem.key == "server.bind").unwrap();
    assert!(bind.source.ends_with("line 3") && bind.mend.contains("127.0.0.1:8080"), "{bind}");
    let error = crate::config::into_error(&found);
    assert_eq!(error.message().lines().count(), expected.len() + 1);
}

#[test]
fn what_stands_in_a_list_is_placed_where_the_list_was_set() {
    let directory = tempfile::tempdir().unwrap();
    let lines = ["[server]", "trusted_proxies = [", r#"  "10.0.0.0/8","#, r#"  "10.0.0.0/33","#, "]"];
    let text = format!("{}\n\n[[label]]\ntext = \"Op-Ed\"\ngenre = \"opinion\"\n", lines.join("\n"));
    let sources = file(directory.path(), &text)
        .env("MASTHEAD__CORS__ORIGINS", "nowhere,https://a.example")
        .flag("auth.return_to", "https://www.example.org/in,example.org");
    let found = problems(&sources);
    for (key, source) in [
        ("server.trusted_proxies.1", "masthead.toml, line 4"),
        ("label.0.genre", "masthead.toml, line 9"),
        ("cors.origins.0", "environment variable MASTHEAD__CORS__ORIGINS"),
        ("auth.return_to.1", "command line, auth.return_to"),
    ] {
        let problem = found.iter().find(|problem| problem.key == key);
        assert!(problem.is_some_and(|problem| problem.source.ends_with(source)), "{key}: {found:#?}");
    }
}

#[test]
fn a_password_of_no_server_is_a_problem() {
    let password = Sources::none().env("MASTHEAD__MAIL__PASSWORD", "s3cr3t");
    for sources in [password.clone(), password.clone().env("MASTHEAD__MAIL__SMTP", "smtps://mail.example.org")] {
        let found = problems(&sources);
        assert_eq!(found.iter().map(|p| p.key.as_str()).collect::<Vec<_>>(), ["mail.password"], "{found:?}");
    }
    load(&password.env("MASTHEAD__MAIL__SMTP", "smtps://ann@mail.example.org")).unwrap();
}

#[test]
fn a_file_that_is_none_is_a_problem_beside_the_others() {
    let directory = tempfile::tempdir().unwrap();
    let found = problems(&file(directory.path(), "[page]\nmax = \n").flag("page.max", "x"));
    assert_eq!(found.len(), 2);
    assert!(found.iter().any(|p| p.fault.contains("line 2 is not TOML")), "{found:?}");
    let found = problems(&Sources::none().file(directory.path().join("absent.toml")));
    assert!(found[0].to_string().contains("absent.toml"), "{}", found[0]);
}

#[test]
fn secrets_stand_in_no_output_and_no_problem() {
    let base =
        Sources::none().flag("database.url", "postgres://ann@db/news").env("MASTHEAD__DATABASE__PASSWORD", "s3cr3t");
    let settings = load(&base).unwrap();
    assert_eq!(settings.database.password.reveal(), "s3cr3t");
    for shown in [format!("{settings:?}"), settings.to_toml().unwrap(), serde_json::to_string(&settings).unwrap()] {
        assert!(!shown.contains("s3cr3t") && shown.contains("***"), "{shown}");
    }
    let directory = tempfile::tempdir().unwrap();
    for text in [
        "[database]\npassword = 77777",
        "[database]\nurl = 77777",
        "[database]\nurl = \"db://u:77777@h\"",
        "[database]\nurl = [\"77777\"]",
        "[provider.x]\nclient_secret = 77777",
        "[provider.acme]\nclient_secret = 77777",
        "[provider.apple]\nprivate_key = 77777",
    ] {
        let found = problems(&file(directory.path(), text));
        assert!(!into_text(&found).contains("77777"), "{}", into_text(&found));
    }
}

fn into_text(found: &[Problem]) -> String {
    crate::config::into_error(found).message().to_owned()
}

#[test]
fn printed_settings_can_be_read_again() {
    let directory = tempfile::tempdir().unwrap();
    let settings = load(&Sources::none()).unwrap();
    let again = load(&file(directory.path(), &settings.to_toml().unwrap())).unwrap();
    assert_eq!(settings.to_toml().unwrap(), again.to_toml().unwrap());
}

#[test]
fn providers_are_on_when_they_have_a_client() {
    let base = Sources::none().env("MASTHEAD__AUTH__RETURN_TO", "https://www.example.org/log-in, org.example:/in");
    let settings = load(&Sources::none()).unwrap();
    assert!(settings.providers.values().all(|provider| !provider.is_on()));
    let sources = base
        .clone()
        .env("MASTHEAD__PROVIDER__X__CLIENT_ID", "1")
        .env("MASTHEAD__PROVIDER__ACME__CLIENT_ID", "2")
        .env("MASTHEAD__PROVIDER__ACME__CLIENT_SECRET", "77777")
        .env("MASTHEAD__PROVIDER__ACME__ISSUER", "https://id.acme.example")
        .env("MASTHEAD__PROVIDER__ACME__SCOPES", "email,news")
        .env("MASTHEAD__PROVIDER__ACME__TRUSTS_EMAIL", "true");
    let settings = load(&sources).unwrap();
    let on: Vec<&str> = settings.providers.iter().filter(|(_, p)| p.is_on()).map(|(id, _)| id.as_str()).collect();
    assert_eq!(on, ["acme", "x"]);
    let acme = &settings.providers["acme"];
    assert_eq!((acme.name.as_str(), acme.client_id.as_str(), acme.trusts_email), ("acme", "2", true));
    assert_eq!((acme.scopes.as_slice(), acme.secret()), (&["email".to_owned(), "news".to_owned()][..], Some("77777")));
    assert_eq!(settings.providers["x"].client_id, "1", "a number is a text where a text is meant");
    assert!(!settings.to_toml().unwrap().contains("77777"));
    assert_eq!(settings.auth.return_to[1].as_str(), "org.example:/in");
}

#[test]
fn faults_of_providers_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let text = r#"
        [site]
        production = true
        url = "https://www.example.org"
        [auth]
        return_to = ["https://www.example.org/in", "http://www.example.org/in", "example.org"]
        [provider.x]
        client_id = "1"
        token_url = "http://x.example/token"
        issuer = "https://x.example"
        [provider.gogle]
        client_id = "1"
        [provider.acme]
        client_id = "1"
        isuer = "https://acme.example"
        issuer = "https://acme.example?x"
        scopes = "email"
        [provider.github]
        client_id = "1"
        [provider.apple]
        client_id = "1"
        key_id = "1"
        [provider."Acme Corp"]
        name = ""
    "#;
    let found = problems(&file(directory.path(), text));
    let mut keys: Vec<&str> = found.iter().map(|problem| problem.key.as_str()).collect();
    keys.sort_unstable();
    let expected = [
        "auth.return_to.1",
        "auth.return_to.2",
        "provider.Acme Corp",
        "provider.acme.issuer",
        "provider.acme.isuer",
        "provider.acme.scopes",
        "provider.apple.private_key",
        "provider.apple.team_id",
        "provider.github.client_secret",
        "provider.gogle.issuer",
        "provider.x.issuer",
        "provider.x.token_url",
    ];
    assert_eq!(keys, expected, "{found:#?}");
    assert!(into_text(&found).contains("did you mean provider.google?"), "{}", into_text(&found));
    let none = problems(&Sources::none().flag("provider.x.client_id", "1"));
    assert_eq!((none.len(), none[0].key.as_str()), (1, "auth.return_to"));
}
