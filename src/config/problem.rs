//! What is wrong with a setting.

use crate::error::{Code, Error};
use std::fmt;

/// One thing that is wrong with the settings: where it stands, what it is, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key, with dots, such as `server.bind`; empty when a whole file is at fault.
    pub key: String,
    /// Where the value came from, such as `masthead.toml, line 4` or `environment variable MASTHEAD__SERVER__BIND`.
    pub source: String,
    /// What is wrong, without secrets.
    pub fault: String,
    /// What to do.
    pub mend: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        write!(f, "{} ({}).", self.fault.trim_end_matches('.'), self.source)?;
        if !self.mend.is_empty() {
            write!(f, " {}.", self.mend.trim_end_matches('.'))?;
        }
        Ok(())
    }
}

/// All `problems` as one `CONFIG_INVALID` error, one problem a line.
pub fn into_error(problems: &[Problem]) -> Error {
    let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
    let count = if lines.len() == 1 { "one problem".to_owned() } else { format!("{} problems", lines.len()) };
    Error::new(Code::Config, format!("The configuration has {count}:\n{}", lines.join("\n")))
}

/// The candidate that `name` most likely meant, if one is near enough to be worth naming.
pub(super) fn nearest<'a>(name: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
