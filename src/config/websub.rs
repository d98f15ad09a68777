//! `[websub]`: who is told when a feed changes.

use serde::{Deserialize, Serialize};

/// `[websub]`: subscribers of feeds (W3C WebSub).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WebsubSettings {
    /// `own`, `none`, or the address of another hub.
    pub hub: String,
    /// How many subscriptions this server keeps at the most.
    pub subscriptions: i64,
}

impl WebsubSettings {
    /// Whether this server is the hub.
    pub fn is_own(&self) -> bool {
        self.hub == "own"
    }

    /// Another hub, which is told what has changed.
    pub fn other(&self) -> Option<&str> {
        (!self.is_own() && self.hub != "none").then_some(self.hub.as_str())
    }

    /// The hub that feeds name; `server` is where clients reach this one.
    pub fn address(&self, server: &str) -> Option<String> {
        if self.is_own() { Some(format!("{server}/websub")) } else { self.other().map(str::to_owned) }
    }
}
