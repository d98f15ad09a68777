//! `masthead serve`: the API.

use std::process::ExitCode;

use clap::Args;

use super::Common;
use crate::app::App;
use crate::config::Settings;
use crate::error::Result;
use crate::identity::Identity;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::{followers, http, telemetry};

/// Serve the API.
#[derive(Debug, Args)]
pub struct Serve {
    /// The address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<String>,
}

impl Serve {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let flags: Vec<(&str, String)> = self.bind.map(|bind| ("server.bind", bind)).into_iter().collect();
        let settings = common.settings(&flags)?;
        telemetry::init(&settings.log)?;
        serve(settings).await
    }
}

/// Opens the database and serves it until the process is told to stop.
pub(super) async fn serve(settings: Settings) -> Result<ExitCode> {
    telemetry::Metrics::install()?;
    let app = App::open(settings, Clock::system()).await?;
    // Before anybody is answered, and before the index is filled anew and what it had seen is forgotten.
    app.notice_restore().await?;
    app.take_over().await?;
    let identity = Identity::open(&app).await?;
    if identity.accounts(&Viewer::system(), None, 1).await?.is_empty() {
        tracing::info!("there are no accounts yet; `masthead account create EMAIL --role admin` makes the first");
    }
    let followers = followers::start_with(&app, Some(&identity));
    let (engine, site) = (app.db.engine(), app.settings.site.url.clone());
    http::server::run(app, identity, followers.clone(), move |address| {
        tracing::info!(%address, ?engine, %site, version = env!("CARGO_PKG_VERSION"), "serving");
        eprintln!("Masthead {} serves http://{address} ({engine:?})", env!("CARGO_PKG_VERSION"));
    })
    .await?;
    if let Err(error) = followers.views().flush().await {
        tracing::warn!(?error, "the views of the last second are lost");
    }
    followers.stop();
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}
