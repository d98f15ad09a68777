//! `masthead config`: the configuration.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Common, print};
use crate::config::{DEFAULT_TOML, Settings};
use crate::error::Result;
use crate::graphql::documents::Documents;

/// Look at the configuration.
#[derive(Debug, Subcommand)]
pub enum Config {
    /// List every problem of the configuration at once
    Check,
    /// Print the settings in force, with secrets masked
    Show,
    /// Print the defaults with their comments: a file to begin with
    Default,
}

impl Config {
    pub(super) fn run(self, common: &Common) -> Result<ExitCode> {
        match self {
            Config::Check => {
                let (settings, problems) = Settings::examine(&common.sources(&[]));
                let mut found: Vec<String> = problems.iter().map(ToString::to_string).collect();
                // What the file of documents holds is no setting, and as much in the way of a start.
                if let Some(Err(error)) = settings.map(|settings| Documents::open(&settings.graphql)) {
                    found.push(error.message().to_owned());
                }
                if found.is_empty() {
                    print("The configuration is sound.\n")?;
                } else {
                    found.iter().for_each(|problem| eprintln!("{problem}"));
                    eprintln!("{} problem{}.", found.len(), if found.len() == 1 { "" } else { "s" });
                    return Ok(ExitCode::from(2));
                }
            }
            Config::Show => print(&common.settings(&[])?.to_toml()?)?,
            Config::Default => print(DEFAULT_TOML)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
