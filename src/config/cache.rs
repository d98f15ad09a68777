//! `[cache]`: answers that are kept in memory.

use serde::{Deserialize, Serialize};

use super::ByteSize;

/// `[cache]`: how much is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheSettings {
    /// What the kept answers may take.
    pub size: ByteSize,
    /// What is kept of what answers are made of may take.
    pub entities: ByteSize,
    /// Whether answers say what they depend on.
    pub explain: bool,
}
