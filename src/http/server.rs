//! The server: binds, serves, and ends what it has begun before it stops.

use std::time::Duration;

use actix_web::{HttpServer, web};

use super::browser::Description;
use super::routes;
use super::shell::Shell;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::followers::Followers;
use crate::graphql::documents::Documents;
use crate::graphql::{self, roots::Roots};
use crate::identity::Identity;
use crate::telemetry::Metrics;

/// How often the counting is tidied.
const UPKEEP: Duration = Duration::from_secs(5);

/// Serves until the process is told to stop (SIGINT, SIGTERM); then finishes what has begun. `ready` is called with
/// the address once connections are accepted.
///
/// # Errors
/// `IO` when the address cannot be bound.
pub async fn run(
    app: App,
    identity: Identity,
    followers: Followers,
    ready: impl FnOnce(std::net::SocketAddr),
) -> Result<()> {
    let shell = Shell::new(app.settings.clone()).keeping(&app);
    let settings = app.settings.server.clone();
    let documents = Documents::open(&app.settings.graphql)?;
    let schema = graphql::schema(&app, &documents);
    let roots = Roots::new(&app);
    let description = Description::new(app.settings.page)?;
    let metrics = Metrics::install()?;
    let upkeep = tokio::spawn(async move {
        // Observations wait in a buffer until somebody reads them; in a process that nobody asks, that is us.
        loop {
            tokio::time::sleep(UPKEEP).await;
            metrics.upkeep();
        }
    });
    let server = HttpServer::new(move || {
        shell
            .app()
            .app_data(web::Data::new(app.clone()))
            .app_data(web::Data::new(identity.clone()))
            .app_data(web::Data::new(schema.clone()))
            .app_data(web::Data::new(roots.clone()))
            .app_data(web::Data::new(documents.clone()))
            .app_data(web::Data::new(followers.clone()))
            .app_data(web::Data::new(description.clone()))
            .configure(routes::configure)
    })
    .client_request_timeout(settings.header_timeout)
    .keep_alive(settings.keep_alive)
    .max_connections(settings.max_connections)
    .shutdown_timeout(settings.shutdown_timeout.as_secs())
    // By itself the server drops what it has begun on SIGINT.
    .shutdown_signal(told_to_stop());
    let server = if settings.workers > 0 { server.workers(settings.workers) } else { server };
    let bind = settings.bind;
    let server = server.bind(bind).map_err(|e| {
        let says = match e.kind() {
            std::io::ErrorKind::AddrInUse => {
                format!("The address {bind} is in use: another program, perhaps another Masthead, listens there. Stop it, or choose another with --bind.")
            }
            std::io::ErrorKind::PermissionDenied => {
                format!("This user may not listen on {bind}; choose a port above 1023 with --bind.")
            }
            _ => format!("{bind} cannot be listened on: {e}. Choose another address with --bind."),
        };
        Error::new(Code::Io, says).because(e)
    })?;
    if let Some(address) = server.addrs().first() {
        ready(*address);
    }
    let ended = server.run().await.map_err(Error::internal);
    upkeep.abort();
    ended
}

/// Waits for SIGINT or SIGTERM.
async fn told_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    let terminated = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            // Without a handler the signal ends the process, as by default.
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = std::future::pending::<Option<()>>();
    tokio::select! {
        _ = interrupted => {}
        _ = terminated => {}
    }
}
