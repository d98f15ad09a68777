//! The application over HTTP: the real shell of layers on a random port, and a client for it.

use masthead::app::App;
use masthead::identity::Identity;
use masthead::{followers, http};
use tokio::sync::oneshot;

use super::TestApp;

/// A server of a test; it stops when the test ends.
pub struct Server {
    /// Its address, without a slash at the end.
    pub base: String,
    /// A client that follows no redirects: a test wants to see them.
    pub client: reqwest::Client,
}

impl TestApp {
    /// Serves this application as the program would, with its followers.
    pub async fn serve(&self) -> Server {
        let mut settings = self.settings();
        settings.server.bind = "127.0.0.1:0".parse().expect("an address");
        settings.server.workers = 1;
        let app = App::with(settings, self.db.clone());
        let identity = Identity::open(&app).await.expect("the room of accounts opens");
        let (tell, told) = oneshot::channel();
        // A thread of its own: it ends with the process, as a test's process does.
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
            runtime.expect("a runtime").block_on(async {
                let followers = followers::start_with(&app, Some(&identity));
                let ready = |address| tell.send(address).expect("somebody waits");
                http::server::run(app, identity, followers, ready).await.expect("it serves");
            });
        });
        let address = told.await.expect("the server is ready");
        let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().expect("a client");
        Server { base: format!("http://{address}"), client }
    }
}

impl Server {
    /// GET of a path.
    pub async fn get(&self, path: &str) -> reqwest::Response {
        self.client.get(format!("{}{path}", self.base)).send().await.unwrap_or_else(|e| panic!("{path}: {e}"))
    }

    /// The answer of a GraphQL operation.
    pub async fn graphql(&self, query: &str, variables: serde_json::Value) -> serde_json::Value {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let answer = self.client.post(format!("{}/graphql", self.base)).json(&body).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}
