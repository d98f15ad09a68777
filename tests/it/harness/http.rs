//! The application over HTTP: the real shell of layers on a random port, and a client for it.

use actix_web::web::ServiceConfig;
use actix_web::{HttpServer, dev::ServerHandle};
use masthead::http::shell::Shell;

use super::TestApp;

/// A server of a test; it stops when the test ends.
pub struct Server {
    /// Its address, without a slash at the end.
    pub base: String,
    /// A client that follows no redirects: a test wants to see them.
    pub client: reqwest::Client,
    handle: ServerHandle,
}

impl TestApp {
    /// Serves `routes` through the shell.
    pub async fn serve(&self, routes: impl Fn(&mut ServiceConfig) + Clone + Send + 'static) -> Server {
        let shell = Shell::new(self.settings());
        let factory = move || shell.app().configure(routes.clone());
        let http = HttpServer::new(factory).workers(1).disable_signals().bind(("127.0.0.1", 0)).expect("a free port");
        let base = format!("http://{}", http.addrs()[0]);
        let server = http.run();
        let handle = server.handle();
        tokio::spawn(server);
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Server { base, client, handle }
    }
}

impl Server {
    /// GET of a path.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap_or_else(|e| panic!("{path}: {e}"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // The future need not be awaited: the message is sent by the call.
        drop(self.handle.stop(false));
    }
}
