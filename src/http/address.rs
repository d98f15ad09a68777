//! Whose request it is, as far as addresses tell.
//!
//! Anybody can write `X-Forwarded-For`. So the headers count only as far as trusted proxies have written them: the
//! walk begins at the peer of the connection and goes from the right of the header to the left for as long as the
//! speaker is trusted; the first address that is not a trusted proxy's is the client.

use super::shell::Shell;
use crate::{
    config::{ForwardedHeader, ServerSettings},
    error::Result,
};
use actix_web::{
    HttpRequest,
    http::header::{FORWARDED, HeaderMap, HeaderName, X_FORWARDED_FOR},
};
use ipnet::{IpNet, Ipv6Net};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// Which proxies are believed, and in which header they write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trusted {
    proxies: Vec<IpNet>,
    header: ForwardedHeader,
}

impl Trusted {
    /// As the operator has set it.
    pub fn new(server: &ServerSettings) -> Self {
        Trusted {
            proxies: server.trusted_proxies.iter().map(|network| network.0).collect(),
            header: server.forwarded_header,
        }
    }

    fn has(&self, address: IpAddr) -> bool {
        self.proxies.iter().any(|network| network.contains(&address))
    }

    fn header_name(&self) -> HeaderName {
        match self.header {
            ForwardedHeader::XForwardedFor => X_FORWARDED_FOR,
            ForwardedHeader::Forwarded => FORWARDED,
        }
    }
}

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Client {
    /// The client's address, or the nearest to it that is known for certain. An IPv4 address mapped into IPv6 is
    /// given as IPv4. Unspecified (0.0.0.0) when the connection has none, as over a Unix socket.
    pub address: IpAddr,
    /// Whether the request came without any forwarding header. If it has one and the peer is not a trusted proxy, an
    /// unknown proxy may stand between, and `address` may be that proxy's.
    pub direct: bool,
}

impl Client {
    /// Whether a program on this machine sent the request itself. Where a proxy that is not trusted runs on this
    /// machine, all the world comes from loopback: such requests carry a forwarding header and are not local.
    pub fn is_local(&self) -> bool {
        self.direct && self.address.is_loopback()
    }
}

/// Where `req` comes from, by the settings of the shell.
///
/// # Errors
/// `INTERNAL` outside the shell.
pub fn client(req: &HttpRequest) -> Result<Client> {
    Ok(find(req.peer_addr().map(|peer| peer.ip()), req.headers(), &Shell::of(req)?.trusted))
}

/// The address of the client of `req`, as `trusted` lets it be known.
pub fn client_address(req: &HttpRequest, trusted: &Trusted) -> IpAddr {
    find(req.peer_addr().map(|peer| peer.ip()), req.headers(), trusted).address
}

/// The address that limits are counted by: an IPv4 address, or the /64 of an IPv6 address, since one customer holds
/// at least a /64 and can send each request from another address of it.
pub fn limit_key(address: IpAddr) -> IpAddr {
    network(address, 32, 64)
}

/// The first bits of an address, by its family.
pub(super) fn network(address: IpAddr, v4: u8, v6: u8) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpNet::new(address.into(), v4).map_or(address.into(), |net| net.network()),
        IpAddr::V6(address) => Ipv6Net::new(address, v6).map_or(address, |net| net.network()).into(),
    }
}

fn find(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &Trusted) -> Client {
    let direct = !headers.contains_key(X_FORWARDED_FOR) && !headers.contains_key(FORWARDED);
    let mut address = peer.unwrap_or(Ipv4Addr::UNSPECIFIED.into()).to_canonical();
    // A list may be spread over several lines, which count as one, in order (RFC 9110, 5.3).
    // Whatever a client wrote into it, what the proxies have appended to it counts.
    let lines: Vec<_> =
        headers.get_all(trusted.header_name()).map(|value| String::from_utf8_lossy(value.as_bytes())).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        if !trusted.has(address) {
            break;
        }
        let written = match trusted.header {
            ForwardedHeader::XForwardedFor => parse_node(hop.trim()),
            ForwardedHeader::Forwarded => forwarded_for(hop).and_then(parse_node),
        };
        // "unknown", an obfuscated name or nonsense: what stands further to the left was said by nobody we know.
        let Some(written) = written else { break };
        address = written.to_canonical();
    }
    Client { address, direct }
}

/// The `for` parameter of one element of a `Forwarded` header (RFC 7239, 4), without its quotes.
fn forwarded_for(element: &str) -> Option<&str> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| value.trim().trim_matches('"'))
    })
}

/// The address of a node (RFC 7239, 6): `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]`, `[2001:db8::1]:80`, and, as some
/// proxies write it, `2001:db8::1`.
fn parse_node(node: &str) -> Option<IpAddr> {
    let bare = node.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(node);
    bare.parse::<IpAddr>().ok().or_else(|| node.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn trusted(header: ForwardedHeader) -> Trusted {
        let proxies = ["10.0.0.0/8", "2001:db8:ffff::/48"];
        Trusted { proxies: proxies.map(|net| net.parse().unwrap()).to_vec(), header }
    }

    fn seen(peer: &str, header: ForwardedHeader, lines: &[(&str, &str)]) -> String {
        let mut req = TestRequest::get().peer_addr(SocketAddr::new(peer.parse().unwrap(), 4711));
        for (name, value) in lines {
            req = req.append_header((*name, *value));
        }
        client_address(&req.to_http_request(), &trusted(header)).to_string()
    }

    #[test]
    fn x_forwarded_for_counts_as_far_as_it_is_trusted() {
        const XFF: &str = "x-forwarded-for";
        for (peer, lines, expected) in [
            ("192.0.2.9", &[][..], "192.0.2.9"),
            // A client that writes the header itself.
            ("192.0.2.9", &[(XFF, "1.1.1.1")], "192.0.2.9"),
            ("10.0.0.1", &[(XFF, "192.0.2.1")], "192.0.2.1"),
            // The proxy appends to what the client had invented.
            ("10.0.0.1", &[(XFF, "127.0.0.1, 192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[(XFF, "10.9.9.9, 192.0.2.1")], "192.0.2.1"),
            ("10.0.0.1", &[(XFF, "1.1.1.1"), (XFF, "192.0.2.1")], "192.0.2.1"),
            // Two trusted proxies in a row.
            ("10.0.0.1", &[(XFF, "1.1.1.1, 192.0.2.1, 10.0.0.2")], "192.0.2.1"),
            ("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
            ("10.0.0.1", &[(XFF, "1.1.1.1, nonsense, 10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(XFF, "")], "10.0.0.1"),
            ("10.0.0.1", &[(XFF, "192.0.2.1:80")], "192.0.2.1"),
            ("10.0.0.1", &[(XFF, "[2001:db8::1]:80")], "2001:db8::1"),
            ("10.0.0.1", &[(XFF, "::ffff:192.0.2.1")], "192.0.2.1"),
            ("::ffff:10.0.0.1", &[(XFF, "192.0.2.1")], "192.0.2.1"),
            ("2001:db8:ffff::1", &[(XFF, "2001:db8::1")], "2001:db8::1"),
            // The other header is not the one that the proxy writes.
            ("10.0.0.1", &[("forwarded", "for=1.1.1.1")], "10.0.0.1"),
        ] {
            assert_eq!(seen(peer, ForwardedHeader::XForwardedFor, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn forwarded_counts_as_far_as_it_is_trusted() {
        const F: &str = "forwarded";
        for (peer, lines, expected) in [
            ("192.0.2.9", &[(F, "for=1.1.1.1")][..], "192.0.2.9"),
            ("10.0.0.1", &[(F, "for=192.0.2.1;proto=https;by=10.0.0.1")], "192.0.2.1"),
            ("10.0.0.1", &[(F, "proto=https; For=\"[2001:db8::1]:4711\"")], "2001:db8::1"),
            ("10.0.0.1", &[(F, "for=1.1.1.1, for=192.0.2.1, for=10.0.0.2")], "192.0.2.1"),
            ("10.0.0.1", &[(F, "for=1.1.1.1, for=unknown")], "10.0.0.1"),
            ("10.0.0.1", &[(F, "for=1.1.1.1, for=_hidden, for=10.0.0.2")], "10.0.0.2"),
            ("10.0.0.1", &[(F, "by=10.0.0.1")], "10.0.0.1"),
            ("10.0.0.1", &[("x-forwarded-for", "1.1.1.1")], "10.0.0.1"),
        ] {
            assert_eq!(seen(peer, ForwardedHeader::Forwarded, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn a_forwarded_request_is_never_local() {
        let nobody = Trusted { proxies: Vec::new(), header: ForwardedHeader::XForwardedFor };
        let local = |headers: &HeaderMap| find(Some(Ipv4Addr::LOCALHOST.into()), headers, &nobody).is_local();
        let mut headers = HeaderMap::new();
        assert!(local(&headers));
        headers.insert(X_FORWARDED_FOR, "192.0.2.1".parse().unwrap());
        assert!(!local(&headers));
    }

    #[test]
    fn limits_count_by_64_bits_of_ipv6() {
        let key = |text: &str| limit_key(text.parse().unwrap()).to_string();
        assert_eq!(key("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
        assert_eq!(key("::ffff:192.0.2.7"), "192.0.2.7");
    }
}
