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
            Config::Check => match Settings::load(&common.sources(&[])) {
                Ok(settings) => {
                    Documents::open(&settings.graphql)?;
                    print("The configuration is sound.\n")?;
                }
                Err(problems) => {
                    for problem in &problems {
                        eprintln!("{problem}");
                    }
                    eprintln!("{} problems.", problems.len());
                    return Ok(ExitCode::from(2));
                }
            },
            Config::Show => print(&common.settings(&[])?.to_toml()?)?,
            Config::Default => print(DEFAULT_TOML)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}
