//! `masthead killed`: reads the audit store, where the texts of killed articles are.

use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::{Common, print};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::id::ArticleId;
use crate::model::time::Clock;
use crate::store::newsroom;
use crate::telemetry;

/// Print the revisions of a killed article from the audit store, one JSON object a line. Nothing else reads it.
#[derive(Debug, Args)]
pub struct Killed {
    /// The id of the article, as the log of changes, its tombstone and its history give it
    #[arg(value_name = "ID")]
    pub id: String,
}

impl Killed {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let id: ArticleId = self.id.parse()?;
        let app = App::open(settings, Clock::system()).await?;
        let mut conn = app.db.read().await?;
        let kept = newsroom::killed_revisions(&mut conn, id).await?;
        if kept.is_empty() {
            let says = format!("The audit store has nothing of {id}: it was not killed, or had no text.");
            return Err(Error::new(Code::NotFound, says));
        }
        for (number, made_by, made_at, document) in kept {
            let document: Value = serde_json::from_str(&document).map_err(Error::internal)?;
            let line = json!({ "revision": number, "madeBy": made_by, "madeAt": made_at, "document": document });
            print(&format!("{line}\n"))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
