//! `masthead eval`: how good are search and related news on a publisher's own articles? Weights are tuned with it.

mod bm25;
mod measures;
mod related;
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
    /// Related news: does an article's list have what belongs beside it?
    Related(related::Related),
}

impl Eval {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        match self {
            Eval::Search(search) => search.run(common).await,
            Eval::Related(related) => related.run(common).await,
        }
    }
}
