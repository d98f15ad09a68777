//! `masthead migrate`: the schema.

use std::process::ExitCode;

use clap::Args;

use super::{Common, print};
use crate::error::Result;
use crate::store::{Options, migrate};
use crate::telemetry;

/// Bring the database's schema up to this program.
#[derive(Debug, Args)]
pub struct Migrate {
    /// Only say what would run
    #[arg(long)]
    pub dry_run: bool,
}

impl Migrate {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let report = migrate::run(&Options::from_settings(&settings.database), self.dry_run).await?;
        let done = if self.dry_run { "would run" } else { "ran" };
        for name in &report.pending {
            print(&format!("{done} {name}\n"))?;
        }
        print(&match (report.pending.len(), self.dry_run) {
            (0, _) => format!("The schema is up to date ({} migrations).\n", report.applied.len()),
            (n, true) => format!("{n} migrations are pending; nothing was changed.\n"),
            (n, false) => format!("{n} migrations ran; the schema is up to date.\n"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
