//! `[purge]`: caches in front that are told what has changed.

use serde::{Deserialize, Serialize};

use super::Secret;

/// `[purge]`: caches in front of this server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PurgeSettings {
    /// Whether what would be sent goes to the log instead.
    pub dry_run: bool,
    /// Fastly.
    pub fastly: FastlySettings,
    /// Cloudflare.
    pub cloudflare: CloudflareSettings,
    /// Whoever takes a list of tags.
    pub webhook: WebhookSettings,
}

/// `[purge.fastly]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FastlySettings {
    /// Where its API is.
    pub url: String,
    /// The id of the service; empty when it is off.
    pub service: String,
    /// The token of its API.
    pub token: Secret,
}

/// `[purge.cloudflare]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloudflareSettings {
    /// Where its API is.
    pub url: String,
    /// The id of the zone; empty when it is off.
    pub zone: String,
    /// The token of its API.
    pub token: Secret,
}

/// `[purge.webhook]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebhookSettings {
    /// Where the tags are sent; empty when it is off.
    pub url: String,
    /// What is sent along as a bearer token; may be empty.
    pub token: Secret,
}

impl PurgeSettings {
    /// Whether answers name their tags in `Surrogate-Key`, as Fastly reads them.
    pub fn by_surrogate_key(&self) -> bool {
        !self.fastly.service.is_empty() || !self.webhook.url.is_empty()
    }

    /// Whether answers name their tags in `Cache-Tag`, as Cloudflare reads them.
    pub fn by_cache_tag(&self) -> bool {
        !self.cloudflare.zone.is_empty()
    }

    /// Whether any cache is told.
    pub fn is_on(&self) -> bool {
        self.by_surrogate_key() || self.by_cache_tag()
    }
}
