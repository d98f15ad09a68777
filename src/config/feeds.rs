//! `[feeds]`: what feed readers get.

use serde::{Deserialize, Serialize};

/// `[feeds]`: RSS, Atom and JSON Feed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedSettings {
    /// How many articles a feed has.
    pub items: usize,
    /// Whether it has their whole text, or the summary alone.
    pub full_text: bool,
}
