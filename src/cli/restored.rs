//! `masthead restored`: the database was put back from a backup.

use std::process::ExitCode;

use clap::Args;

use super::{Common, print};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::time::Clock;
use crate::store::{Options, changes, migrate};
use crate::telemetry;

/// Say that the database was put back from a backup. Its log of changes gets another name, so that nobody goes on in what was
/// told since the backup and is no more: cursors of before are refused, and indexes and what else follows the log begin anew.
#[derive(Debug, Args)]
pub struct Restored {}

impl Restored {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        // One that is not there would be made, and the one that was meant would keep its name.
        if migrate::run(&Options::from_settings(&settings.database), true).await?.applied.is_empty() {
            let says =
                "There is no database of Masthead here, so nothing was restored; name the one that was by --database.";
            return Err(Error::new(Code::NotFound, says));
        }
        let app = App::open(settings, Clock::system()).await?;
        let before = changes::head(&mut app.db.read().await?).await?;
        let name = app.db.renew_log_id().await?;
        print(&format!(
            "The log of changes has the name {name} from now on, and goes on after change {}; it was {}.\n\
             Cursors of before are refused (410), and each node builds its search index and its related news anew by itself.\n",
            before.seq, before.log_id
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
