//! The rules of `[provider.NAME]`.

use url::Url;

use super::Findings;
use crate::config::problem::nearest;
use crate::config::provider::is_id;
use crate::config::{ProviderKind, ProviderSettings, ReturnTo, Secret, Settings};

/// Every rule that the providers break.
pub(super) fn check(settings: &Settings, findings: &mut Findings) {
    for (id, provider) in &settings.providers {
        let at = format!("provider.{id}");
        if !is_id(id) {
            let fault = format!("{id:?} is not a name for a provider");
            findings.add(&at, fault, "Use up to 32 lower-case letters, digits and single hyphens");
        }
        if provider.is_on() {
            one(id, &at, provider, settings, findings);
        }
    }
    let on = settings.providers.values().any(ProviderSettings::is_on);
    if on && settings.auth.return_to.is_empty() {
        findings.add(
            "auth.return_to",
            "one can log in at a provider, but a log-in may lead back nowhere",
            "List the page of your frontend that goes on after the log-in",
        );
    }
    for (index, address) in settings.auth.return_to.iter().enumerate() {
        if settings.site.production && ReturnTo::is_open_to_eavesdroppers(address) {
            let fault = format!("log-ins would lead to {} unprotected, but site.production is true", address.as_str());
            findings.add(&format!("auth.return_to.{index}"), fault, "Serve it over https, and write that address");
        }
    }
}

fn one(id: &str, at: &str, provider: &ProviderSettings, settings: &Settings, findings: &mut Findings) {
    if provider.name.trim().is_empty() {
        findings.add(&format!("{at}.name"), "the button would say nothing", "Write the provider's name");
    }
    for (index, scope) in provider.scopes.iter().enumerate() {
        // RFC 6749, 3.3.
        if scope.is_empty() || !scope.bytes().all(|b| matches!(b, 0x21 | 0x23..=0x5B | 0x5D..=0x7E)) {
            let key = format!("{at}.scopes.{index}");
            findings.add(&key, format!("{scope:?} is not a scope"), "Write one word an item, such as \"email\"");
        }
    }
    let private = settings.outbound.allow_private;
    for (key, address) in [
        ("issuer", &provider.issuer),
        ("authorization_url", &provider.authorization_url),
        ("token_url", &provider.token_url),
        ("userinfo_url", &provider.userinfo_url),
        ("emails_url", &provider.emails_url),
    ] {
        let Some(address) = address else { continue };
        let fits = Url::parse(address).is_ok_and(|url| {
            let scheme = url.scheme() == "https" || private && url.scheme() == "http";
            let bare = key != "issuer" || url.query().is_none();
            scheme && url.has_host() && url.username().is_empty() && url.fragment().is_none() && bare
        });
        if fits {
            continue;
        }
        let mut mend = "Write https://…, as the provider's documentation has it".to_owned();
        if key == "issuer"
            && address.is_empty()
            && let Some(near) = nearest(id, ["x", "google", "github", "apple"].into_iter().filter(|known| *known != id))
        {
            mend.push_str(&format!(", or did you mean provider.{near}?"));
        }
        findings.add(&format!("{at}.{key}"), format!("{address:?} is not an address of a provider"), mend);
    }
    let needs = |findings: &mut Findings, key: &str| {
        let fault = format!("{at}.client_id is set, and this is empty");
        findings.add(&format!("{at}.{key}"), fault, "Write what the provider gave you");
    };
    match ProviderKind::of(id) {
        ProviderKind::GitHub | ProviderKind::Google if provider.secret().is_none() => needs(findings, "client_secret"),
        ProviderKind::Apple => {
            let is_empty = |text: &Option<String>| text.as_deref().unwrap_or_default().is_empty();
            for (key, text) in [("team_id", &provider.team_id), ("key_id", &provider.key_id)] {
                if is_empty(text) {
                    needs(findings, key);
                }
            }
            let key = provider.private_key.as_ref().is_some_and(|key| !Secret::is_empty(key));
            match (key, !is_empty(&provider.private_key_file)) {
                (false, false) => needs(findings, "private_key"),
                (true, true) => {
                    findings.add(&format!("{at}.private_key"), "there is a key here and a file with one", "Remove one")
                }
                _ => {}
            }
        }
        _ => {}
    }
}
