//! Requests to other servers, guarded.
//!
//! An address that a setting or another server names must not lead into the house: metadata services, databases and
//! admin pages listen on private addresses. So each address is checked when it is known for sure, after the name was
//! resolved and before the connection is made; a name that is public when it is looked at and private when it is used
//! gains nothing. Redirects are not followed, answers are cut off at a size, and nothing takes longer than ten seconds.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{HeaderMap, LOCATION};
use reqwest::{Method, Request, RequestBuilder, StatusCode};
use url::{Host, Url};

use crate::config::OutboundSettings;
use crate::error::{Code, Error, Result};

/// How long one request may take, with its answer.
pub const TIMEOUT: Duration = Duration::from_secs(10);
/// How long a file may take that is fetched.
const FETCH_TIMEOUT: Duration = Duration::from_secs(60);
/// How often an address that is fetched may lead on to another.
const REDIRECTS: usize = 5;
/// The largest answer.
const LARGEST: usize = 1 << 20;

/// Makes requests. Cloning shares its connections.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    allow_private: bool,
}

/// An answer, whole.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Vec<u8>,
}

/// Resolves names to public addresses only.
struct Resolver {
    allow_private: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("{0} has no address that requests may go to; outbound.allow_private would allow private ones")]
struct Refused(String);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow_private = self.allow_private;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| allow_private || is_public(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Refused(name.as_str().to_owned()).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// Whether a request failed because its name has no address that requests may go to.
fn is_refused(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if error.is::<Refused>() {
            return true;
        }
        cause = error.source();
    }
    false
}

impl Client {
    /// A client of these settings.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the system has no certificates to trust.
    pub fn new(settings: &OutboundSettings) -> Result<Client> {
        let allow_private = settings.allow_private;
        let http = reqwest::Client::builder()
            .dns_resolver(Resolver { allow_private })
            // A proxy would resolve names itself.
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .https_only(!allow_private)
            .timeout(TIMEOUT)
            .connect_timeout(TIMEOUT / 2)
            .user_agent(concat!("Masthead/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(|e| Error::new(Code::Config, "No TLS for requests to other servers; see the log.").because(e))?;
        Ok(Client { http, allow_private })
    }

    /// Makes a request and reads the whole answer, whatever its status.
    ///
    /// # Errors
    /// `UNAVAILABLE` when the server cannot be reached, takes too long or answers too much; `FORBIDDEN` for an address that
    /// requests may not go to.
    pub async fn send(&self, request: Request) -> Result<Answer> {
        self.send_within(request, LARGEST).await
    }

    async fn send_within(&self, request: Request, largest: usize) -> Result<Answer> {
        let host = request.url().host_str().unwrap_or_default().to_owned();
        self.holds_by_number(request.url())?;
        let failed = |e: reqwest::Error| {
            if is_refused(&e) {
                let says = format!(
                    "{host} has no public address, and requests go to no other; outbound.allow_private allows them."
                );
                return Error::new(Code::Unavailable, says).because(e.without_url());
            }
            let what = if e.is_timeout() { "did not answer in time" } else { "cannot be reached" };
            Error::new(Code::Unavailable, format!("{host} {what}; try again in a moment.")).because(e.without_url())
        };
        let mut answer = self.http.execute(request).await.map_err(failed)?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > largest {
                let says = format!("{host} answered more than {largest} bytes.");
                return Err(Error::new(Code::Unavailable, says));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, headers, body })
    }

    /// Fetches what stands at an address, at most `largest` bytes, and follows up to five redirects; each address
    /// is guarded as the first one.
    ///
    /// # Errors
    /// `INVALID_INPUT` for what is no address that requests may go to, `UNAVAILABLE` and `FORBIDDEN` as [`Client::send`], and
    /// `UNAVAILABLE` for any answer but 200.
    pub async fn fetch(&self, address: &str, largest: usize) -> Result<Vec<u8>> {
        let mut at = Url::parse(address)
            .map_err(|e| Error::new(Code::InvalidInput, format!("{address} is no address: {e}.")))?;
        for _ in 0..=REDIRECTS {
            self.holds(&at)?;
            let request = self.http.get(at.clone()).timeout(FETCH_TIMEOUT).build();
            let request =
                request.map_err(|e| Error::new(Code::InvalidInput, format!("{at} is no address.")).because(e))?;
            let answer = self.send_within(request, largest).await?;
            if answer.status == StatusCode::OK {
                return Ok(answer.body);
            }
            let next = answer.headers.get(LOCATION).filter(|_| answer.status.is_redirection());
            let next = next.and_then(|next| at.join(next.to_str().ok()?).ok());
            at = next.ok_or_else(|| {
                Error::new(Code::Unavailable, format!("{at} answered {} instead of a file.", answer.status.as_u16()))
            })?;
        }
        Err(Error::new(Code::Unavailable, format!("{address} leads on more than {REDIRECTS} times.")))
    }

    /// Holds an address against what requests may go to, as far as it tells itself; a name is held when it is resolved.
    ///
    /// # Errors
    /// `INVALID_INPUT` for what is no address on the web, or goes without TLS; `FORBIDDEN` for a private address.
    pub fn holds(&self, at: &Url) -> Result<()> {
        if at.scheme() != "https" && !(self.allow_private && at.scheme() == "http") {
            let says =
                format!("{at} is no https address, and requests go to no other; outbound.allow_private allows them.");
            return Err(Error::new(Code::InvalidInput, says));
        }
        self.holds_by_number(at)
    }

    /// The resolver never sees an address that is written as such.
    fn holds_by_number(&self, at: &Url) -> Result<()> {
        let literal: Option<IpAddr> = match at.host() {
            Some(Host::Ipv4(address)) => Some(address.into()),
            Some(Host::Ipv6(address)) => Some(address.into()),
            _ => None,
        };
        match literal {
            Some(address) if !self.allow_private && !is_public(address) => {
                let host = at.host_str().unwrap_or_default();
                Err(Error::new(Code::Forbidden, format!("Requests may not go to {host}."))
                    .because("outbound.allow_private is false"))
            }
            _ => Ok(()),
        }
    }

    /// Starts to build a request to an address. Whatever it says, it is guarded when it is sent.
    pub fn request(&self, method: Method, at: Url) -> RequestBuilder {
        self.http.request(method, at)
    }

    /// Starts to build a GET request.
    ///
    /// # Errors
    /// `CONFIG_INVALID` for what is no address.
    pub fn get(&self, address: &str, bearer: &str) -> Result<Request> {
        let built =
            self.http.get(address).bearer_auth(bearer).header(reqwest::header::ACCEPT, "application/json").build();
        built.map_err(|e| Error::new(Code::Config, format!("{address} is no address.")).because(e))
    }
}

/// Whether an address belongs to the Internet at large: not to a private or local network, nor to a special purpose
/// (IANA IPv4 and IPv6 Special-Purpose Address Registries).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    !(a == 0
        || a >= 224
        || address.is_loopback()
        || address.is_private()
        || address.is_link_local()
        || address.is_documentation()
        || (a == 100 && b & 0xC0 == 64)
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && b & 0xFE == 18))
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return is_public_v4(inner);
    }
    match address.segments() {
        // NAT64 (RFC 6052): the IPv4 address stands in it, and that is where it leads.
        [0x64, 0xFF9B, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        // Protocol assignments and Teredo; 6to4; documentation.
        [0x2001, b, ..] if b < 0x200 || b == 0xDB8 => false,
        [0x2002, ..] => false,
        [0x3FFF, b, ..] if b < 0x1000 => false,
        // All that is given out as global unicast.
        [a, ..] => a & 0xE000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    #[test]
    fn addresses_of_the_house_are_known() {
        for public in
            ["8.8.8.8", "192.1.1.1", "100.128.0.1", "172.32.0.1", "2a00:1450::1", "64:ff9b::808:808", "::ffff:8.8.8.8"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.168.0.1",
            "198.18.0.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    /// A server on loopback that gives the same answer to everybody.
    async fn server(answer: Vec<u8>) -> SocketAddr {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    let _ = stream.read(&mut head).await;
                    let _ = stream.write_all(&answer).await;
                });
            }
        });
        address
    }

    fn client(allow_private: bool) -> Client {
        Client::new(&OutboundSettings { allow_private }).unwrap()
    }

    #[tokio::test]
    async fn private_addresses_are_refused_by_number_and_by_name() {
        let address = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
        let (guarded, open) = (client(false), client(true));
        for host in ["127.0.0.1", "localhost"] {
            let url = format!("http://{host}:{}/", address.port());
            assert_eq!(open.send(open.get(&url, "x").unwrap()).await.unwrap().body, b"hi", "{host}");
        }
        for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0x7f.1", "2130706433", "0"] {
            let url = format!("https://{host}:{}/", address.port());
            let error = guarded.send(guarded.get(&url, "x").unwrap()).await.unwrap_err();
            let code = if host == "localhost" { Code::Unavailable } else { Code::Forbidden };
            assert_eq!(error.code(), code, "{host}: {error:?}");
        }
        let refused = guarded.send(guarded.get(&format!("https://localhost:{}/", address.port()), "x").unwrap()).await;
        assert!(refused.unwrap_err().message().contains("no public address"));
        let plain = guarded.send(guarded.get("http://192.0.2.1.example/", "x").unwrap()).await;
        assert!(plain.is_err(), "without TLS nothing goes out");
    }

    #[tokio::test]
    async fn what_is_fetched_is_guarded_at_each_step() {
        let file = server(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi".to_vec()).await;
        let leads = |to: String| {
            server(format!("HTTP/1.1 302 Found\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n").into_bytes())
        };
        let once = leads(format!("http://{file}/feed.xml")).await;
        let (guarded, open) = (client(false), client(true));
        assert_eq!(open.fetch(&format!("http://{once}/"), 10).await.unwrap(), b"hi");
        assert!(open.fetch(&format!("http://{file}/"), 1).await.unwrap_err().message().contains("more than 1 bytes"));
        let round = leads("/again".to_owned()).await;
        assert!(open.fetch(&format!("http://{round}/"), 10).await.unwrap_err().message().contains("more than 5 times"));
        let elsewhere = leads("file:///etc/passwd".to_owned()).await;
        assert!(
            open.fetch(&format!("http://{elsewhere}/"), 10).await.unwrap_err().message().contains("no https address")
        );
        let missing = server(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n".to_vec()).await;
        assert!(open.fetch(&format!("http://{missing}/"), 10).await.unwrap_err().message().contains("answered 404"));
        for (address, says) in [
            (format!("https://127.0.0.1:{}/", file.port()), "may not go"),
            (format!("https://localhost:{}/", file.port()), "no public address"),
            (format!("http://{file}/"), "no https address"),
            ("nowhere".to_owned(), "no address"),
        ] {
            let error = guarded.fetch(&address, 10).await.unwrap_err();
            assert!(error.message().contains(says), "{address}: {}", error.message());
        }
    }

    #[tokio::test]
    async fn answers_are_bounded_and_redirects_not_followed() {
        let client = client(true);
        let large = [b"HTTP/1.1 200 OK\r\n\r\n".as_slice(), &vec![b'x'; LARGEST + 1]].concat();
        let url = format!("http://{}/", server(large).await);
        assert_eq!(client.send(client.get(&url, "x").unwrap()).await.unwrap_err().code(), Code::Unavailable);
        let moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n".to_vec();
        let url = format!("http://{}/", server(moved).await);
        assert_eq!(client.send(client.get(&url, "x").unwrap()).await.unwrap().status, StatusCode::FOUND);
    }
}
