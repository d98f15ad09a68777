//! `masthead eval`: how good are search and related news on a publisher's own articles? Weights are tuned with it.

mod measures;
mod search;
mod tf_idf;

use std::process::ExitCode;

use clap::Subcommand;

use super::Common;
use crate::error::Result;

/// What to measure.
#[derive(Debug, Subcommand)]
pub enum Eval {
    /// Search: does it find what it is asked for?
    Search(search::Search),
}

impl Eval {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        match self {
            Eval::Search(search) => search.run(common).await,
        }
    }
}
