//! `masthead spec`: the contracts, as they stand in `schema.graphql` and `openapi.yaml`.

use std::process::ExitCode;

use clap::Subcommand;

use super::print;
use crate::error::Result;
use crate::{graphql, http};

/// Print a contract.
#[derive(Debug, Subcommand)]
pub enum Spec {
    /// The GraphQL schema in the schema definition language
    Graphql,
    /// The OpenAPI 3.1 description of the REST API, as YAML
    Openapi,
}

impl Spec {
    pub(super) fn run(self) -> Result<ExitCode> {
        print(&match self {
            Spec::Graphql => graphql::sdl(),
            Spec::Openapi => http::openapi::yaml()?,
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
