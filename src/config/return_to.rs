//! Where a log-in at a provider may lead back to: a list that is held against the whole address.
//!
//! Nothing is parsed, unescaped or normalised when an address is compared: what one parser reads otherwise than another
//! is how such lists are got round (RFC 9700, 4.1.3, wants the comparison of simple strings for this reason).

use serde::{Deserialize, Serialize};
use url::{Host, Url};

/// The longest address.
const MOST: usize = 2000;
/// What stands for a port.
const ANY_PORT: &str = ":*/";

/// One entry of the list.
///
/// ```
/// use masthead::config::ReturnTo;
/// let page = ReturnTo::try_from("https://www.example.org/log-in".to_owned()).expect("this is a page");
/// assert!(page.allows("https://www.example.org/log-in"));
/// assert!(!page.allows("https://www.example.org/log-in/") && !page.allows("https://www.example.org/log-in?x"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReturnTo(String);

impl ReturnTo {
    /// Whether this very address is meant.
    pub fn allows(&self, address: &str) -> bool {
        match self.0.split_once(ANY_PORT) {
            Some((host, path)) => address
                .strip_prefix(host)
                .and_then(|rest| rest.strip_prefix(':'))
                .and_then(|rest| rest.split_once('/'))
                .is_some_and(|(port, rest)| is_port(port) && rest == path),
            None => self.0 == address,
        }
    }

    /// The address as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether what is sent there can be read on the way: plain HTTP to another machine.
    pub(super) fn is_open_to_eavesdroppers(&self) -> bool {
        self.0.starts_with("http://") && !is_loopback(&self.0.replacen(ANY_PORT, "/", 1))
    }
}

fn is_port(text: &str) -> bool {
    !text.starts_with('0') && text.bytes().all(|b| b.is_ascii_digit()) && text.parse::<u16>().is_ok()
}

fn is_loopback(address: &str) -> bool {
    match Url::parse(address).ok().as_ref().and_then(Url::host) {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

impl TryFrom<String> for ReturnTo {
    type Error = String;

    fn try_from(text: String) -> Result<ReturnTo, String> {
        let fault = |says: &str| Err(format!("{text:?} is no address to return to: {says}"));
        let sample = match text.split_once(ANY_PORT) {
            None => text.clone(),
            // By the number only: a name can be made to lead elsewhere (RFC 8252, 8.3).
            Some(("http://127.0.0.1" | "http://[::1]", path)) => {
                text.replacen(&format!("{ANY_PORT}{path}"), &format!("/{path}"), 1)
            }
            Some(_) => return fault("only http://127.0.0.1:*/… and http://[::1]:*/… may have any port"),
        };
        if sample.contains('*') {
            return fault("no part of it but such a port can be left open");
        }
        if text.len() > MOST {
            return fault("it is too long");
        }
        let Ok(url) = Url::parse(&sample) else { return fault("it is not a whole address") };
        if url.fragment().is_some() || !url.username().is_empty() || url.password().is_some() {
            return fault("it must have no user and no #fragment");
        }
        match url.scheme() {
            "http" | "https" if !url.has_host() => return fault("it has no host"),
            "http" | "https" => {}
            scheme if !scheme.contains('.') => {
                return fault("the scheme of an app must have a dot, such as org.example.news");
            }
            _ => {}
        }
        if url.as_str() != sample {
            return fault(&format!("write it as browsers do, {:?}", url.as_str()));
        }
        Ok(ReturnTo(text))
    }
}

impl From<ReturnTo> for String {
    fn from(address: ReturnTo) -> String {
        address.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(text: &str) -> ReturnTo {
        ReturnTo::try_from(text.to_owned()).unwrap()
    }

    #[test]
    fn the_whole_address_counts() {
        let page = entry("https://www.example.org/log-in?from=box");
        assert!(page.allows("https://www.example.org/log-in?from=box"));
        for other in [
            "",
            "/log-in",
            "//www.example.org/log-in?from=box",
            "https://www.example.org/log-in",
            "https://www.example.org/log-in?from=box&x=1",
            "https://www.example.org/log-in?from=box#x",
            "https://www.example.org/log-in/../?from=box",
            "https://www.example.org./log-in?from=box",
            "https://www.example.org:443/log-in?from=box",
            "https://www.example.org@evil.example/log-in?from=box",
            "https://evil.example@www.example.org/log-in?from=box",
            "https:\\\\www.example.org\\log-in?from=box",
            "https://www.example.org\\@evil.example/log-in?from=box",
            "https://WWW.example.org/log-in?from=box",
            "HTTPS://www.example.org/log-in?from=box",
            "http://www.example.org/log-in?from=box",
            "https://www.example.org.evil.example/log-in?from=box",
            " https://www.example.org/log-in?from=box",
            "https://www.example.org/log-in?from=box\n",
            "https://www.example.org/log%2Din?from=box",
        ] {
            assert!(!page.allows(other), "{other:?}");
        }
    }

    #[test]
    fn a_program_on_the_machine_has_any_port() {
        for host in ["http://127.0.0.1", "http://[::1]"] {
            let loopback = entry(&format!("{host}:*/log-in"));
            for port in ["1", "80", "51004", "65535"] {
                assert!(loopback.allows(&format!("{host}:{port}/log-in")), "{port}");
            }
            for port in ["", "0", "080", "65536", "x", "80@evil.example", "80:80", "+80", "*", "8 0"] {
                assert!(!loopback.allows(&format!("{host}:{port}/log-in")), "{port}");
            }
            assert!(!loopback.allows(&format!("{host}/log-in")) && !loopback.allows(&format!("{host}:80/log-in/x")));
            assert!(
                !loopback.allows("http://127.0.0.2:80/log-in") && !loopback.allows("http://evil.example:80/log-in")
            );
        }
    }

    #[test]
    fn what_could_lead_astray_is_no_entry() {
        for good in
            ["https://example.org/", "http://localhost:3000/x", "org.example.news:/log-in", "org.example.news://x/y"]
        {
            assert!(entry(good).allows(good));
        }
        for bad in [
            "",
            "/log-in",
            "example.org",
            "https://",
            "https://example.org",
            "https://Example.org/",
            "https://example.org:443/",
            "https://u@example.org/",
            "https://u:p@example.org/",
            "https://example.org/#x",
            "https://example.org/a/../b",
            "https:\\\\example.org\\",
            "javascript:alert(1)",
            "data:text/html,x",
            "news:/log-in",
            "http://*.example.org/",
            "http://example.org:*/x",
            "http://localhost:*/x",
            "https://127.0.0.1:*/x",
            &format!("https://example.org/{}", "x".repeat(2000)),
        ] {
            assert!(ReturnTo::try_from(bad.to_owned()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn plain_http_is_told_from_the_rest() {
        assert!(entry("http://www.example.org/x").is_open_to_eavesdroppers());
        for safe in
            ["https://www.example.org/x", "http://127.0.0.1:*/x", "http://localhost:3000/x", "org.example.news:/x"]
        {
            assert!(!entry(safe).is_open_to_eavesdroppers(), "{safe}");
        }
    }
}
