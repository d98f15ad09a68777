//! `masthead reindex`: builds the search index of this node anew, and with it all lists of related news.

use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use super::Common;
use crate::app::App;
use crate::catalogue::{Reader, list};
use crate::error::{Code, Error, Result};
use crate::followers;
use crate::model::time::Clock;
use crate::search::blocking;
use crate::telemetry;

/// Build the search index of this node anew, beside the one in use, which serves on until the new one is whole; then
/// make the lists of related news of all articles.
#[derive(Debug, Args)]
pub struct Reindex {}

impl Reindex {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        // The index that says so is about to be another.
        app.notice_restore().await?;
        let total = list::total(&Reader::new(&app.db)).await?;
        let bar = ProgressBar::new(total.unsigned_abs());
        let style = "{bar:40} {pos}/{len} articles, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).map_err(Error::internal)?);
        let home = app.search.clone();
        let made = blocking(move || home.make()).await?.ok_or_else(|| {
            let shown = app.search.folder().display();
            let says = format!("Another process builds the search index in {shown} just now; wait until it is done.");
            Error::new(Code::Conflict, says)
        })?;
        let (index, related) = (made.index.clone(), made.index.clone());
        let writer = blocking(move || index.writer()).await?;
        let writer = writer.ok_or_else(|| Error::internal("a new generation of the search index is locked"))?;
        let told = bar.clone();
        let writer = followers::fill(&app.db, writer, &mut move |done| told.set_position(done as u64)).await?;
        bar.finish_and_clear();
        let (documents, home) = (made.index.documents(), app.search.clone());
        blocking(move || {
            // Whoever takes the index over wants to write it.
            writer.close()?;
            home.adopt(made)
        })
        .await?;
        eprintln!(
            "The search index in {} is new: {total} articles, {documents} entries.",
            app.search.folder().display()
        );
        bar.reset();
        bar.set_style(ProgressStyle::with_template(&style.replace("articles", "lists")).map_err(Error::internal)?);
        let told = bar.clone();
        let mut made = move |done| told.set_position(done as u64);
        let mine = followers::relate_all(&app.db, &related, &app.settings.related, &mut made).await?;
        bar.finish_and_clear();
        if mine {
            eprintln!("Related news is made anew for all articles.");
        } else {
            eprintln!("Another process makes related news just now; its log says how far it is.");
        }
        Ok(ExitCode::SUCCESS)
    }
}
