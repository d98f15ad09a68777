//! The application over HTTP: the real shell of layers on a random port, and a client for it.

use masthead::app::App;
use masthead::config::Settings;
use masthead::identity::Identity;
use masthead::{followers, http};
use serde_json::Value;
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
        self.serve_as(&[]).await
    }

    /// The same with these settings over the others.
    pub async fn serve_as(&self, flags: &[(&str, &str)]) -> Server {
        self.serve_set(self.settings_with(flags)).await
    }

    /// The same with settings of one's own.
    pub async fn serve_set(&self, mut settings: Settings) -> Server {
        settings.server.bind = "127.0.0.1:0".parse().expect("an address");
        settings.server.workers = 1;
        let app = App::with(settings, self.db.clone());
        app.take_over().await.expect("the database says whose settings count");
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

    /// Waits until what follows the log and is shown (search, related news) has come to its head.
    pub async fn settled(&self) {
        let mut behind = Vec::new();
        for _ in 0..600 {
            let text = self.get("/metrics").await.text().await.expect("text");
            let lags = text.lines().filter(|line| line.starts_with("masthead_follower_lag{"));
            let shown = lags.filter(|line| line.contains("\"search\"") || line.contains("\"related\""));
            let (well, late): (Vec<&str>, Vec<&str>) = shown.partition(|line| line.ends_with(" 0"));
            if well.len() == 2 {
                return;
            }
            behind = late.into_iter().map(str::to_owned).collect();
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("what follows the log does not come to its head: {behind:?}");
    }

    /// A request with a method, a path, perhaps an access token, and perhaps a body.
    pub async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<&Value>) -> Said {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        Said::of(request.send().await.unwrap_or_else(|e| panic!("{path}: {e}"))).await
    }

    /// POST of a body to a path.
    pub async fn post(&self, path: &str, body: Value) -> Said {
        self.ask("POST", path, None, Some(&body)).await
    }

    /// The answer of a GraphQL operation.
    pub async fn graphql(&self, query: &str, variables: serde_json::Value) -> serde_json::Value {
        let body = serde_json::json!({ "query": query, "variables": variables });
        let answer = self.client.post(format!("{}/graphql", self.base)).json(&body).send().await.expect("an answer");
        answer.json().await.expect("JSON")
    }
}

/// An answer, read.
#[derive(Debug)]
pub struct Said {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body as JSON; null where it has none.
    pub body: Value,
}

impl Said {
    /// Reads an answer.
    pub async fn of(response: reqwest::Response) -> Said {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a body");
        Said { status, headers, body: serde_json::from_slice(&bytes).unwrap_or_default() }
    }

    /// A text of the body.
    pub fn text(&self, member: &str) -> &str {
        self.body.pointer(member).and_then(Value::as_str).unwrap_or_else(|| panic!("{member} is no text in {:?}", self))
    }

    /// The code of a problem.
    pub fn code(&self) -> &str {
        self.body["code"].as_str().unwrap_or_default()
    }

    /// A header; empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }
}
