//! `masthead import mediatopics`: a controlled vocabulary as a tree of topics.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::super::Common;
use super::source;
use crate::app::App;
use crate::error::{Error, Result};
use crate::formats::skos;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::newsroom::taxonomy::vocabulary::{Options, import};
use crate::telemetry;

/// The IPTC Media Topics.
#[derive(Debug, Args)]
pub struct MediaTopics {
    /// The JSON file of the vocabulary, plain or gzip; an https address is fetched
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// The language of the names, where the file has several [default: its only one, or English]
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Show all topics to readers at once, and not only those that an article is about
    #[arg(long)]
    pub listed: bool,
    /// Take what is retired too
    #[arg(long)]
    pub retired: bool,
    /// Try everything and keep nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl MediaTopics {
    pub(super) async fn run(&self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        source::check(&self.file)?;
        let app = App::open(settings, Clock::system()).await?;
        let bytes = source::bytes(&self.file, &app.settings.outbound).await?;
        let name = self.file.display();
        let vocabulary = skos::read(&bytes, self.language.as_deref())
            .map_err(|error| Error::new(error.code(), format!("{name}: {}", error.message())))?;
        let notes = vocabulary.notes.clone();
        let options = Options { listed: self.listed, retired: self.retired, dry_run: self.dry_run };
        let report = import(&app.db, &Viewer::system(), vocabulary, options).await?.value;
        for note in notes {
            eprintln!("{name}: {note}");
        }
        let trial = if self.dry_run { " (nothing was kept)" } else { "" };
        eprintln!(
            "{name}: {} topics created, {} updated, {} unchanged, {} retired passed over{trial}",
            report.created, report.updated, report.unchanged, report.retired
        );
        Ok(ExitCode::SUCCESS)
    }
}
