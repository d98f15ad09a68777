//! `[graphql]` and `[page]`: what one query may ask for.

use super::{ByteSize, duration};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// `[graphql]`: the GraphQL door and its limits, all checked before execution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphqlSettings {
    /// Whether clients may ask for the schema.
    pub introspection: bool,
    /// Whether browsers get the explorer.
    pub graphiql: bool,
    /// How deep selections may be nested.
    pub max_depth: usize,
    /// What one operation may cost, in points.
    pub max_complexity: usize,
    /// Fields with an alias in one document.
    pub max_aliases: usize,
    /// Tokens in one document, and selections when each fragment is written out wherever it is spread.
    pub max_tokens: usize,
    /// How much of the documents that clients have sent with their hash may be kept.
    pub persisted: ByteSize,
    /// The file of trusted documents; empty for none.
    pub documents: String,
    /// Whether nothing but those may run.
    pub only_documents: bool,
    /// Operations in one batch.
    pub max_batch: usize,
    /// Open WebSocket connections of this process.
    pub ws_max_connections: usize,
    /// Open WebSocket connections of one client address.
    pub ws_max_per_address: usize,
    /// Running subscriptions on one connection.
    pub ws_max_subscriptions: usize,
    /// How long a client may take to send `connection_init`.
    #[serde(with = "duration")]
    pub ws_init_timeout: Duration,
    /// How often the server pings.
    #[serde(with = "duration")]
    pub ws_ping_interval: Duration,
    /// The largest message.
    pub ws_message_limit: ByteSize,
}

/// `[page]`: items on one page of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageSettings {
    /// When nothing is asked for.
    pub default: usize,
    /// At most.
    pub max: usize,
}
