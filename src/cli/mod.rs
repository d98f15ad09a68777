//! The command line: one file per subcommand.
//!
//! What is not here: anything that a door does too; a subcommand calls the same use cases.
//!
//! ```
//! use clap::Parser;
//! let cli = masthead::cli::Cli::try_parse_from(["masthead", "serve", "--bind", "127.0.0.1:0"]).unwrap();
//! assert!(matches!(cli.command, masthead::cli::Command::Serve(_)));
//! ```

mod account;
pub mod audit;
mod cache;
mod collection;
mod config;
mod demo;
mod eval;
mod export;
mod import;
mod killed;
mod migrate;
mod reindex;
mod restored;
mod serve;
mod spec;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Settings, Sources, into_error};
use crate::error::{Error, Result};

/// A headless news content API: articles, authors, topics and related news over GraphQL and REST.
#[derive(Debug, Parser)]
#[command(name = "masthead", version, about, long_about = None, propagate_version = true)]
pub struct Cli {
    /// What stands before or behind the subcommand.
    #[command(flatten)]
    pub common: Common,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every subcommand.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The database: sqlite://PATH or postgres://USER@HOST:PORT/NAME
    #[arg(long, global = true, value_name = "URL")]
    pub database: Option<String>,
    /// The configuration file [default: masthead.toml in the working directory, if there is one]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// What to log: a level (error, warn, info, debug, trace) or directives
    #[arg(long, global = true, value_name = "FILTER")]
    pub log: Option<String>,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API
    Serve(serve::Serve),
    /// Set up a sample newsroom in masthead-demo.db and serve it: the quickest way to look around
    Demo(demo::Demo),
    /// Import articles from files
    #[command(subcommand)]
    Import(import::Import),
    /// Export the catalogue to standard output
    #[command(subcommand)]
    Export(export::Export),
    /// Run collections, such as Top News: what fills them, and what is pinned where
    #[command(subcommand)]
    Collection(collection::Collection),
    /// Make, list and change accounts
    Account(account::Account),
    /// Look for what must not be seen in everything that a server can be asked
    Audit(audit::Audit),
    /// Read the texts of a killed article from the audit store
    Killed(killed::Killed),
    /// Bring the database's schema up to this program
    Migrate(migrate::Migrate),
    /// Say that the database was put back from a backup, so that nobody goes on in a log that is no more
    Restored(restored::Restored),
    /// Measure search on labelled articles
    #[command(subcommand)]
    Eval(eval::Eval),
    /// Build the search index anew
    Reindex(reindex::Reindex),
    /// Print the contracts: the GraphQL schema and the OpenAPI description
    #[command(subcommand)]
    Spec(spec::Spec),
    /// Look into how answers are kept
    #[command(subcommand)]
    Cache(cache::Cache),
    /// Look at the configuration
    #[command(subcommand)]
    Config(config::Config),
}

impl Common {
    fn sources(&self, flags: &[(&str, String)]) -> Sources {
        let mut sources = Sources::process();
        if let Some(file) = &self.config {
            sources = sources.file(file);
        }
        if let Some(url) = &self.database {
            sources = sources.flag("database.url", url.as_str());
        }
        if let Some(filter) = &self.log {
            sources = sources.flag("log.filter", filter.as_str());
        }
        for (key, value) in flags {
            sources = sources.flag(*key, value.as_str());
        }
        sources
    }

    /// The settings, with these flags over everything else.
    fn settings(&self, flags: &[(&str, String)]) -> Result<Settings> {
        Settings::load(&self.sources(flags)).map_err(|problems| into_error(&problems))
    }
}

/// Runs a command line; gives the exit code: 0 when all went well, 1 when not, 2 when the command line or the
/// configuration cannot be used.
pub async fn run(cli: Cli) -> ExitCode {
    let done = match cli.command {
        Command::Serve(serve) => serve.run(&cli.common).await,
        Command::Demo(demo) => demo.run(&cli.common).await,
        Command::Eval(eval) => eval.run(&cli.common).await,
        Command::Reindex(reindex) => reindex.run(&cli.common).await,
        Command::Import(import) => import.run(&cli.common).await,
        Command::Export(export) => export.run(&cli.common).await,
        Command::Collection(collection) => collection.run(&cli.common).await,
        Command::Account(account) => account.run(&cli.common).await,
        Command::Audit(audit) => audit.run(&cli.common).await,
        Command::Killed(killed) => killed.run(&cli.common).await,
        Command::Migrate(migrate) => migrate.run(&cli.common).await,
        Command::Restored(restored) => restored.run(&cli.common).await,
        Command::Cache(cache) => cache.run(&cli.common).await,
        Command::Spec(spec) => spec.run(),
        Command::Config(config) => config.run(&cli.common),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            eprintln!("masthead: {}", error.message());
            if let Some(cause) = error.cause() {
                tracing::debug!(%cause, "caused by");
            }
            ExitCode::from(if error.code() == crate::error::Code::Config { 2 } else { 1 })
        }
    }
}

/// Writes to standard output; a reader that went away (as `head` does) is no error.
fn print(text: &str) -> Result<()> {
    use std::io::Write as _;
    match std::io::stdout().lock().write_all(text.as_bytes()) {
        Err(e) if e.kind() != std::io::ErrorKind::BrokenPipe => Err(unwritable(e)),
        _ => Ok(()),
    }
}

fn unwritable(e: std::io::Error) -> Error {
    let says = format!("Standard output cannot be written: {e}. Check the disk or the program behind the pipe.");
    Error::new(crate::error::Code::Io, says).because(e)
}
