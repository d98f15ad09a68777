//! The `masthead` program: parse the command line, run it, exit code.

use std::process::ExitCode;

use clap::Parser;
use masthead::cli::Cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

// Not `#[actix_web::main]`: its runtime has one thread, where the store needs to block.
#[tokio::main]
async fn main() -> ExitCode {
    // Any crate that makes a TLS connection finds this provider; the first one wins, and we are the first.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    masthead::cli::run(Cli::parse()).await
}
