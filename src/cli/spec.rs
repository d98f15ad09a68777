//! `masthead spec`: the contracts, as they stand in `schema.graphql` and `openapi.yaml`.

use std::process::ExitCode;

use clap::Subcommand;

use super::print;
use crate::error::Result;
use crate::graphql;

/// Print a contract.
#[derive(Debug, Subcommand)]
pub enum Spec {
    /// The GraphQL schema in the schema definition language
    Graphql,
}

impl Spec {
    pub(super) fn run(self) -> Result<ExitCode> {
        print(&match self {
            Spec::Graphql => graphql::sdl(),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
