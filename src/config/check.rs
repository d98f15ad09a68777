//! What each setting may be, and what may not stand beside what: the rules that a type cannot say.

mod provider;

use super::{Engine, NoticeSettings, Settings};
use crate::model::author::AuthorKind;
use oxilangtag::LanguageTag;
use std::{fmt::Display, time::Duration};
use tracing_subscriber::EnvFilter;
use url::{Host, Url};

/// One broken rule. Where the value came from is added by the loader.
pub(super) struct Finding {
    pub key: String,
    pub fault: String,
    pub mend: String,
}

/// Gathers findings.
#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, key: &str, fault: impl Into<String>, mend: impl Into<String>) {
        self.0.push(Finding { key: key.into(), fault: fault.into(), mend: mend.into() });
    }

    /// `value` must lie between `least` and `most`, both allowed.
    fn range<T: PartialOrd + Display>(&mut self, key: &str, value: T, least: T, most: T) {
        if value < least || value > most {
            self.add(key, format!("{value} is out of range"), format!("Choose from {least} to {most}"));
        }
    }

    /// `value` must lie between `least` and an hour.
    fn duration(&mut self, key: &str, value: Duration, least: Duration) {
        self.span(key, value, least, Duration::from_secs(3600));
    }

    /// `value` must lie between `least` and `most`.
    fn span(&mut self, key: &str, value: Duration, least: Duration, most: Duration) {
        let show = humantime::format_duration;
        if value < least || value > most {
            let mend = format!("Choose from {} to {}", show(least), show(most));
            self.add(key, format!("{} is out of range", show(value)), mend);
        }
    }
}

/// Every rule that `settings` break.
pub(super) fn check(settings: &Settings) -> Vec<Finding> {
    let mut findings = Findings::default();
    site(settings, &mut findings);
    server(settings, &mut findings);
    cors(settings, &mut findings);
    database(settings, &mut findings);
    related(settings, &mut findings);
    queries(settings, &mut findings);
    if !(1..=settings.page.max).contains(&settings.feeds.items) {
        findings.add(
            "feeds.items",
            format!("a feed with {} articles is not possible", settings.feeds.items),
            format!("Write 1 to {}, which is page.max", settings.page.max),
        );
    }
    websub(settings, &mut findings);
    purge(settings, &mut findings);
    auth(settings, &mut findings);
    mail(settings, &mut findings);
    provider::check(settings, &mut findings);
    if let Err(fault) = EnvFilter::try_new(&settings.log.filter) {
        findings.add(
            "log.filter",
            format!("{:?} is not a filter: {fault}", settings.log.filter),
            "Write a level such as \"info\", or directives such as \"info,masthead::store=debug\"",
        );
    }
    notices("label", &settings.labels, &mut findings);
    notices("disclaimer", &settings.disclaimers, &mut findings);
    findings.0
}

fn notices(key: &str, rules: &[NoticeSettings], findings: &mut Findings) {
    for (index, rule) in rules.iter().enumerate() {
        if rule.text.trim().is_empty() {
            findings.add(&format!("{key}.{index}.text"), "it is empty", format!("Write it, or remove the {key}"));
        }
        for kind in rule.author_kinds.iter().filter(|kind| AuthorKind::parse(kind).is_none()) {
            findings.add(
                &format!("{key}.{index}.author_kinds"),
                format!("{kind:?} is no kind of author"),
                "Write staff, contributor or independent",
            );
        }
    }
}

fn related(settings: &Settings, findings: &mut Findings) {
    let related = &settings.related;
    findings.range("related.topics", related.topics, 0.0, 100.0);
    findings.range("related.place", related.place, 0.0, 100.0);
    findings.range("related.same_subject", related.same_subject, 0.0, 100.0);
    findings.range("related.half_life_days", related.half_life_days, 0.01, 100_000.0);
    findings.range("related.floor", related.floor, 0.0, 1.0);
    findings.range("related.neighbours", related.neighbours, 0, 20);
    findings.range("related.expansion", related.expansion, 0.0, 10.0);
    findings.range("related.per_author", related.per_author, 1, 100);
    findings.range("related.per_story", related.per_story, 1, 100);
    findings.range("related.near_duplicate", related.near_duplicate, 0.1, 1.0);
    findings.range("related.kept", related.kept, 1, 100);
}

fn auth(settings: &Settings, findings: &mut Findings) {
    let auth = &settings.auth;
    let (second, minute, hour) = (Duration::from_secs(1), Duration::from_secs(60), Duration::from_secs(3600));
    let day = 24 * hour;
    let server = Url::parse(&auth.server(&settings.site));
    match &server {
        Ok(url) if !auth.url.is_empty() && (!matches!(url.scheme(), "http" | "https") || url.path() != "/") => {
            findings.add("auth.url", format!("{:?} is not the address of a server", auth.url), "Write https://HOST");
        }
        Ok(url) if settings.site.production && url.scheme() != "https" && !is_loopback(url) => {
            let key = if auth.url.is_empty() { "site.url" } else { "auth.url" };
            let fault = format!("passwords and tokens would travel to {url} unprotected, but site.production is true");
            findings.add(key, fault, "Serve it over https, and write that address");
        }
        Ok(_) => {}
        Err(_) => findings.add(
            "auth.url",
            format!("{:?} is not an address", auth.url),
            "Write https://HOST, or leave it empty",
        ),
    }
    findings.span("auth.access_token", auth.access_token, second, hour);
    findings.span("auth.session", auth.session, second, 7 * day);
    findings.span("auth.remembered", auth.remembered, second, 400 * day);
    findings.span("auth.remembered_most", auth.remembered_most, auth.remembered.min(400 * day), 400 * day);
    findings.span("auth.key_rotation", auth.key_rotation, hour, 400 * day);
    findings.span("auth.reset_link", auth.reset_link, second, day);
    findings.span("auth.verify_link", auth.verify_link, second, 30 * day);
    findings.span("auth.invitation", auth.invitation, second, 90 * day);
    findings.span("auth.lock_for", auth.lock_for, second, day);
    findings.span("auth.events_kept", auth.events_kept, minute, 4000 * day);
    findings.range("auth.password_min", auth.password_min, 8, 64);
    findings.range("auth.password_strength", auth.password_strength, 0, 4);
    findings.range("auth.lock_after", auth.lock_after, 1, 1_000);
    findings.range("auth.failures_per_address", auth.failures_per_address, 1, 1_000_000);
    findings.range("auth.failures_per_account", auth.failures_per_account, 1, 1_000_000);
    findings.range("auth.requests_per_address", auth.requests_per_address, 1, 1_000_000);
    findings.range("auth.mails_per_account", auth.mails_per_account, 1, 1_000);
    for (key, page) in [
        ("auth.reset_page", &auth.reset_page),
        ("auth.verify_page", &auth.verify_page),
        ("auth.invitation_page", &auth.invitation_page),
    ] {
        let whole = auth.page(page, &settings.site, "x");
        let fits = Url::parse(&whole).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        if !page.contains("{token}") || !fits || page.starts_with("//") {
            findings.add(
                key,
                format!("{page:?} is not the address of a page for a token"),
                "Write a path below site.url, or https://…, with {token} in it",
            );
        }
    }
}

fn mail(settings: &Settings, findings: &mut Findings) {
    let mail = &settings.mail;
    if !mail.smtp.is_empty() {
        let fits =
            Url::parse(mail.smtp.reveal()).is_ok_and(|url| matches!(url.scheme(), "smtp" | "smtps") && url.has_host());
        if !fits {
            findings.add(
                "mail.smtp",
                "this is no SMTP server",
                "Write smtps://USER@HOST or smtp://USER@HOST:587?tls=required",
            );
        }
    }
    let user = Url::parse(mail.smtp.reveal()).is_ok_and(|url| !url.username().is_empty());
    if !mail.password.is_empty() && !user {
        findings.add(
            "mail.password",
            "there is a password, but no user and server to which it belongs",
            "Write them in mail.smtp, as in smtps://USER@HOST, or remove the password",
        );
    }
    if !mail.from.is_empty() && mail.from.parse::<lettre::message::Mailbox>().is_err() {
        findings.add(
            "mail.from",
            format!("{:?} is no sender", mail.from),
            "Write it as in \"The Example <accounts@example.org>\"",
        );
    }
}

fn websub(settings: &Settings, findings: &mut Findings) {
    let websub = &settings.websub;
    findings.range("websub.subscriptions", websub.subscriptions, 0, 1_000_000);
    if let Some(hub) = websub.other() {
        let private = settings.outbound.allow_private;
        let fits = |at: &Url| at.has_host() && (at.scheme() == "https" || private && at.scheme() == "http");
        if !Url::parse(hub).is_ok_and(|at| fits(&at)) {
            findings.add(
                "websub.hub",
                format!("{hub:?} is no address of a hub"),
                "Write \"own\", \"none\" or an address such as \"https://hub.example.org/\"",
            );
        }
    }
}

fn purge(settings: &Settings, findings: &mut Findings) {
    let (purge, private) = (&settings.purge, settings.outbound.allow_private);
    let fits = |at: &str| {
        let at = Url::parse(at);
        at.is_ok_and(|at| at.has_host() && (at.scheme() == "https" || private && at.scheme() == "http"))
    };
    let on = [
        ("purge.fastly", !purge.fastly.service.is_empty(), &purge.fastly.url, Some(&purge.fastly.token)),
        ("purge.cloudflare", !purge.cloudflare.zone.is_empty(), &purge.cloudflare.url, Some(&purge.cloudflare.token)),
        ("purge.webhook", !purge.webhook.url.is_empty(), &purge.webhook.url, None),
    ];
    for (section, _, url, token) in on.into_iter().filter(|(_, on, ..)| *on) {
        if !fits(url) {
            findings.add(
                &format!("{section}.url"),
                format!("{url:?} is no address that can be told"),
                "Write https://HOST, perhaps with a path",
            );
        }
        if token.is_some_and(|token| token.reveal().is_empty()) {
            findings.add(
                &format!("{section}.token"),
                "it is empty, and nothing is purged without it",
                "Write the token",
            );
        }
    }
    for (key, id) in
        [("purge.fastly.service", &purge.fastly.service), ("purge.cloudflare.zone", &purge.cloudflare.zone)]
    {
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_') {
            findings.add(
                key,
                "it is no id: it has other characters than letters and digits",
                "Copy it from the provider",
            );
        }
    }
}

fn site(settings: &Settings, findings: &mut Findings) {
    let site = &settings.site;
    if site.name.trim().is_empty() {
        findings.add("site.name", "the name is empty", "Write the publication's name");
    }
    if !matches!(site.url.scheme(), "http" | "https") || site.url.query().is_some() || site.url.fragment().is_some() {
        findings.add(
            "site.url",
            format!("{} is not the address of a site", site.url),
            "Write https://HOST, perhaps with a path, without query and fragment",
        );
    } else if site.production && is_loopback(&site.url) {
        findings.add(
            "site.url",
            format!("{} is on this machine, where no reader can come, but site.production is true", site.url),
            "Write the public address of the site",
        );
    }
    let path = &site.article_path;
    let rest = path.replacen("{slug}", "", 1).replacen("{section}", "", 1);
    let fits = path.starts_with('/')
        && path.contains("{slug}")
        && !rest.contains(['{', '}', '?', '#'])
        && !rest.contains(char::is_whitespace);
    if !fits {
        findings.add(
            "site.article_path",
            format!("{path:?} is not a path for articles"),
            "Begin with a slash, and use {slug} once and perhaps {section}, such as \"/{section}/{slug}\"",
        );
    }
    if let Err(fault) = LanguageTag::parse(site.language.as_str()) {
        findings.add(
            "site.language",
            format!("{:?} is not a language: {fault}", site.language),
            "Write a BCP 47 tag, such as \"en\" or \"pt-BR\"",
        );
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Ipv6(address)) => address.is_loopback() || address.is_unspecified(),
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        None => true,
    }
}

fn server(settings: &Settings, findings: &mut Findings) {
    let server = &settings.server;
    findings.range("server.workers", server.workers, 0, 1024);
    findings.range("server.max_connections", server.max_connections, 1, 1_000_000);
    findings.range("server.body_limit", server.body_limit, super::ByteSize(1 << 10), super::ByteSize(1 << 30));
    // The parser's own limits are 128 KiB for the whole head and 64 KiB for the target, and its refusals are bare.
    findings.range("server.header_limit", server.header_limit, super::ByteSize(1 << 10), super::ByteSize(64 << 10));
    findings.range("server.uri_limit", server.uri_limit, super::ByteSize(256), super::ByteSize(60 << 10));
    let moment = Duration::from_millis(100);
    findings.duration("server.header_timeout", server.header_timeout, moment);
    findings.duration("server.request_timeout", server.request_timeout, moment);
    findings.duration("server.keep_alive", server.keep_alive, Duration::ZERO);
    findings.duration("server.shutdown_timeout", server.shutdown_timeout, Duration::ZERO);
}

fn cors(settings: &Settings, findings: &mut Findings) {
    let cors = &settings.cors;
    for (index, origin) in cors.origins.iter().enumerate().filter(|(_, origin)| *origin != "*") {
        let origin_is_one = Url::parse(origin).is_ok_and(|url| url.origin().ascii_serialization() == *origin);
        if !origin_is_one {
            findings.add(
                &format!("cors.origins.{index}"),
                format!("{origin:?} is not an origin"),
                "Write scheme, host and perhaps port in lower case and no more, such as \"https://www.example.org\"",
            );
        }
    }
    if cors.credentials && cors.any_origin() {
        findings.add(
            "cors.credentials",
            "cookies may not be sent by pages of any origin, but cors.origins has \"*\"",
            "List the origins, or say credentials = false",
        );
    }
    for (index, method) in cors.methods.iter().enumerate() {
        if actix_web::http::Method::from_bytes(method.as_bytes()).is_err() || method.to_ascii_uppercase() != *method {
            findings.add(
                &format!("cors.methods.{index}"),
                format!("{method:?} is not a method"),
                "Write it in capitals, such as \"GET\"",
            );
        }
    }
    for (index, name) in cors.headers.iter().enumerate().filter(|(_, name)| *name != "*") {
        if actix_web::http::header::HeaderName::from_bytes(name.as_bytes()).is_err() {
            findings.add(
                &format!("cors.headers.{index}"),
                format!("{name:?} is not the name of a header"),
                "Write it as in \"Content-Type\"",
            );
        }
    }
    findings.duration("cors.max_age", cors.max_age, Duration::ZERO);
}

fn database(settings: &Settings, findings: &mut Findings) {
    let database = &settings.database;
    if !database.password.is_empty() && database.url.engine() == Engine::Sqlite {
        findings.add(
            "database.password",
            "there is a password, but SQLite knows none",
            "Remove it, or name a PostgreSQL server in database.url",
        );
    }
    if !database.password.is_empty() && database.url.has_password() {
        findings.add("database.password", "there is a password here and another in database.url", "Remove one of them");
    }
    if database.url.engine() == Engine::Sqlite && !database.replicas.is_empty() {
        findings.add(
            "database.replicas",
            "SQLite has no replicas",
            "Remove them, or name the PostgreSQL server that they follow in database.url",
        );
    }
    for (index, url) in database.replicas.iter().enumerate() {
        let at = format!("database.replicas.{index}");
        if url.engine() == Engine::Sqlite {
            findings.add(&at, "a replica is a PostgreSQL server", "Write it as postgres://USER@HOST:PORT/NAME");
        }
        if url.reveal() == database.url.reveal() {
            findings.add(&at, "this is the server of database.url itself", "Remove it: all reads go there anyway");
        }
    }
    findings.range("database.readers", database.readers, 1, 256);
    findings.range("database.max_connections", database.max_connections, 1, 10_000);
    let moment = Duration::from_millis(10);
    findings.duration("database.acquire_timeout", database.acquire_timeout, moment);
    findings.duration("database.busy_timeout", database.busy_timeout, moment);
    findings.duration("database.statement_timeout", database.statement_timeout, moment);
}

fn queries(settings: &Settings, findings: &mut Findings) {
    let graphql = &settings.graphql;
    findings.range("graphql.max_depth", graphql.max_depth, 1, 1_000);
    if graphql.only_documents && graphql.documents.is_empty() {
        findings.add(
            "graphql.only_documents",
            "nothing could run, since there is no file of documents",
            "Name the file in graphql.documents",
        );
    }
    findings.range("graphql.max_complexity", graphql.max_complexity, 1, 100_000_000);
    findings.range("graphql.max_aliases", graphql.max_aliases, 0, 100_000);
    findings.range("graphql.max_tokens", graphql.max_tokens, 1, 1_000_000);
    findings.range("graphql.max_batch", graphql.max_batch, 1, 1_000);
    findings.range("graphql.ws_max_connections", graphql.ws_max_connections, 0, 1_000_000);
    findings.range("graphql.ws_max_per_address", graphql.ws_max_per_address, 0, 1_000_000);
    findings.range("graphql.ws_max_subscriptions", graphql.ws_max_subscriptions, 1, 10_000);
    let moment = Duration::from_millis(100);
    findings.duration("graphql.ws_init_timeout", graphql.ws_init_timeout, moment);
    findings.duration("graphql.ws_ping_interval", graphql.ws_ping_interval, moment);
    findings.range(
        "graphql.ws_message_limit",
        graphql.ws_message_limit,
        super::ByteSize(1 << 10),
        super::ByteSize(16 << 20),
    );
    findings.range("page.max", settings.page.max, 1, 1_000);
    findings.range("page.default", settings.page.default, 1, settings.page.max.max(1));
    let rate = &settings.rate_limit;
    findings.range("rate_limit.points_per_minute", rate.points_per_minute, 1, 1_000_000_000);
    findings.range("rate_limit.burst", rate.burst, 1, 1_000_000_000);
    if rate.enabled && (rate.burst as usize) < graphql.max_complexity {
        findings.add(
            "rate_limit.burst",
            format!(
                "{} points can never pay for an operation of graphql.max_complexity = {}",
                rate.burst, graphql.max_complexity
            ),
            "Raise the burst, or lower graphql.max_complexity",
        );
    }
}
