//! `[server]`, `[cors]`, `[rate_limit]` and `[log]`: the HTTP server.

use super::{ByteSize, duration};
use ipnet::IpNet;
use serde::{Deserialize, Deserializer, Serialize, de};
use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

/// `[server]`: where to listen, and the limits of one request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Where to listen.
    pub bind: SocketAddr,
    /// Threads that answer; 0 for one a core.
    pub workers: usize,
    /// Connections that one worker holds open.
    pub max_connections: usize,
    /// The largest request body.
    pub body_limit: ByteSize,
    /// The largest sum of header names and values.
    pub header_limit: ByteSize,
    /// The longest request target.
    pub uri_limit: ByteSize,
    /// From the opening of a connection to the end of a request's head.
    #[serde(with = "duration")]
    pub header_timeout: Duration,
    /// From the end of a request's head to the head of the answer.
    #[serde(with = "duration")]
    pub request_timeout: Duration,
    /// How long an idle connection is kept.
    #[serde(with = "duration")]
    pub keep_alive: Duration,
    /// How long a shutdown waits for what has begun.
    #[serde(with = "duration")]
    pub shutdown_timeout: Duration,
    /// The proxies whose word about the client's address counts.
    pub trusted_proxies: Vec<Network>,
    /// The header in which they say it.
    pub forwarded_header: ForwardedHeader,
}

/// A block of addresses, written as a CIDR block or as a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Network(pub IpNet);

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let net = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        net.map(Network).ok_or_else(|| {
            de::Error::custom(format!(
                "{text:?} is not a network: write an address or a CIDR block, such as \"10.0.0.0/8\" or \"fd00::/8\""
            ))
        })
    }
}

/// The header in which the trusted proxies write the client's address.
///
/// There is one and not both, because a proxy that writes one passes the other through as the client sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`, by custom.
    XForwardedFor,
    /// `Forwarded`, RFC 7239.
    Forwarded,
}

/// `[cors]`: which pages of other origins may read answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorsSettings {
    /// The origins; `*` for all.
    pub origins: Vec<String>,
    /// The methods that they may use.
    pub methods: Vec<String>,
    /// The request headers that they may send; `*` for all.
    pub headers: Vec<String>,
    /// How long a browser may remember a preflight answer.
    #[serde(with = "duration")]
    pub max_age: Duration,
    /// Whether they may send cookies.
    pub credentials: bool,
}

impl CorsSettings {
    /// Whether every origin may read.
    pub fn any_origin(&self) -> bool {
        self.origins.iter().any(|origin| origin == "*")
    }
}

/// `[rate_limit]`: what anonymous readers may ask for, by cost and address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimitSettings {
    /// Whether there is a limit.
    pub enabled: bool,
    /// Points given back each minute.
    pub points_per_minute: u32,
    /// Points at most.
    pub burst: u32,
    /// Whether requests from this machine are free.
    pub exempt_loopback: bool,
}

/// `[log]`: what is logged, and how.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// The form of a line.
    pub format: LogFormat,
    /// A level, or directives as `tracing_subscriber::EnvFilter` reads them.
    pub filter: String,
    /// Whether each answered request is logged.
    pub requests: bool,
    /// Whether that line shows the client's address.
    pub client_address: bool,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// Human on a terminal, else JSON.
    Auto,
    /// For reading.
    Human,
    /// One JSON object a line.
    Json,
}
