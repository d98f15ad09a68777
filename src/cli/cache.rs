//! `masthead cache`: what kept answers depend on.

use std::process::ExitCode;

use clap::Subcommand;

use super::{Common, audit, print};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::time::Clock;
use crate::telemetry;

/// Look into how answers are kept.
#[derive(Debug, Subcommand)]
pub enum Cache {
    /// Tell what an answer depends on: a change with one of these tags, and the end of its time, drop it
    Explain {
        /// The path and query of a GET, or a GraphQL document
        #[arg(value_name = "PATH|QUERY")]
        asked: String,
        /// The variables of the document, as JSON
        #[arg(long, value_name = "JSON", default_value = "{}")]
        variables: String,
    },
}

impl Cache {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let Cache::Explain { asked, variables } = self;
        let mut settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        // A server of its own over the same data, since one that serves tells nobody.
        settings.cache.explain = true;
        settings.rate_limit.enabled = false;
        settings.log.requests = false;
        // It tells nobody what has changed.
        settings.websub.hub = "none".to_owned();
        settings.purge.fastly.service.clear();
        settings.purge.cloudflare.zone.clear();
        settings.purge.webhook.url.clear();
        settings.server.bind = ([127, 0, 0, 1], 0).into();
        let app = App::open(settings, Clock::system()).await?;
        let base = audit::serve(&app).await?;
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().map_err(Error::internal)?;
        let request = if asked.starts_with('/') {
            client.get(format!("{base}{asked}"))
        } else {
            let variables: serde_json::Value = serde_json::from_str(&variables).map_err(|e| {
                Error::new(Code::InvalidInput, format!("--variables is no JSON: {e}. Write an object."))
            })?;
            client.post(format!("{base}/graphql")).json(&serde_json::json!({ "query": asked, "variables": variables }))
        };
        let answer = request.send().await.map_err(Error::internal)?;
        let status = answer.status();
        let header = |name: &str| answer.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let Some(depends) = header("masthead-depends") else {
            let says = format!("The answer ({status}) is kept nowhere: it is no public read, or has a fault.");
            return Err(Error::new(Code::Conflict, says));
        };
        print(&format!("{status}, complete up to change {}\n", header("masthead-seq").unwrap_or_default()))?;
        if let Some(control) = header("cache-control") {
            print(&format!("Cache-Control: {control}\n"))?;
        }
        print("dropped by a change that touches one of:\n")?;
        for tag in depends.split(' ') {
            match tag.strip_prefix("until/") {
                Some(at) => print(&format!("and at {at} by itself\n"))?,
                None => print(&format!("  {tag}\n"))?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
