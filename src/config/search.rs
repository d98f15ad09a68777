//! `[search]`: the search index.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::{DatabaseSettings, Engine};

/// `[search]`: where this node keeps its index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchSettings {
    /// The folder; empty for one beside the database's file, or named after the database.
    pub data_dir: String,
}

impl SearchSettings {
    /// The folder of the index of this database.
    pub fn folder(&self, database: &DatabaseSettings) -> PathBuf {
        if !self.data_dir.is_empty() {
            return PathBuf::from(&self.data_dir);
        }
        match (database.url.engine(), database.url.sqlite_path()) {
            (Engine::Sqlite, Some(path)) => PathBuf::from(format!("{path}.search")),
            _ => PathBuf::from(format!("{}.search", database.url.name().unwrap_or("masthead"))),
        }
    }
}
