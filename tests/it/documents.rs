//! Documents that are named instead of sent, over HTTP and WebSocket.

use futures::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

use crate::harness::both;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};

const TEXT: &str = "query ($slug: String!) { article(slug: $slug) { headline } latestNews(first: 2) { slug } }";

fn hash(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn named(text: Option<&str>, hash: &str) -> Value {
    let mut body = json!({
        "variables": { "slug": "s1" },
        "extensions": { "persistedQuery": { "version": 1, "sha256Hash": hash } },
    });
    if let Some(text) = text {
        body["query"] = json!(text);
    }
    body
}

async fn get(server: &Server, name: &str, value: &str, headers: &[(&str, &str)]) -> Said {
    let variables = json!({ "slug": "s1" }).to_string();
    let url =
        url::Url::parse_with_params(&format!("{}/graphql", server.base), [(name, value), ("variables", &variables)]);
    let mut request = server.client.get(url.unwrap());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Said::of(request.send().await.unwrap()).await
}

type Socket = tokio_tungstenite::WebSocketStream<tokio_tungstenite::MaybeTlsStream<tokio::net::TcpStream>>;

/// A WebSocket on which an operation was asked for.
async fn asking(server: &Server, payload: Value) -> Socket {
    let mut request = format!("{}/graphql/ws", server.base.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    for message in [json!({ "type": "connection_init" }), json!({ "type": "subscribe", "id": "1", "payload": payload })]
    {
        socket.send(message.to_string().into()).await.unwrap();
    }
    socket
}

/// A subscription that runs.
pub struct Subscribed(Socket);

impl Subscribed {
    /// What is told next of its only field.
    pub async fn next(&mut self) -> Value {
        let told = async {
            while let Some(Ok(message)) = self.0.next().await {
                let said: Value = serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
                if said["id"] == "1" {
                    assert_eq!(said["type"], "next", "{said}");
                    assert!(said["payload"]["errors"].is_null(), "{said}");
                    let data = said["payload"]["data"].as_object().unwrap_or_else(|| panic!("{said}"));
                    return data.values().next().unwrap().clone();
                }
            }
            panic!("the connection ended");
        };
        tokio::time::timeout(std::time::Duration::from_secs(30), told).await.expect("an event")
    }
}

/// Subscribes, and comes back when what is published from now on is told.
pub async fn subscribed(server: &Server, query: &str) -> Subscribed {
    let socket = asking(server, json!({ "query": query })).await;
    // It begins at the head of the log once it runs, of which nothing tells.
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    Subscribed(socket)
}

/// What a WebSocket says to an operation.
pub async fn over_socket(server: &Server, payload: Value) -> Value {
    let mut socket = asking(server, payload).await;
    while let Some(Ok(message)) = socket.next().await {
        let said: Value = serde_json::from_str(message.to_text().unwrap_or_default()).unwrap_or_default();
        if said["id"] == "1" {
            return said;
        }
    }
    panic!("the connection ended");
}

both!(a_client_sends_a_text_once_and_its_hash_from_then_on, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "headline": "One" }))]).await;
    let server = t.serve().await;
    let hash = hash(TEXT);
    // Clients of before look for the words in an answer of 200.
    let missed = server.post("/graphql", named(None, &hash)).await;
    assert_eq!((missed.status, missed.text("/errors/0/message")), (200, "PersistedQueryNotFound"));
    assert_eq!(missed.text("/errors/0/extensions/code"), "PERSISTED_QUERY_NOT_FOUND");
    assert_eq!(missed.header("cache-control"), "no-store");
    let first = server.post("/graphql", named(Some(TEXT), &hash)).await;
    assert_eq!(first.text("/data/article/headline"), "One");
    for _ in 0..2 {
        let again = server.post("/graphql", named(None, &hash)).await;
        assert_eq!((again.status, &again.body), (200, &first.body));
    }
    // By GET, which caches in front can keep.
    let extensions = json!({ "persistedQuery": { "version": 1, "sha256Hash": hash } }).to_string();
    let got = get(&server, "extensions", &extensions, &[]).await;
    assert_eq!((got.status, &got.body), (200, &first.body));
    let tag = got.header("etag").to_owned();
    assert_eq!(get(&server, "extensions", &extensions, &[("if-none-match", &tag)]).await.status, 304);
    let by_id = get(&server, "documentId", &format!("sha256:{hash}"), &[]).await;
    assert_eq!((by_id.status, &by_id.body), (200, &first.body));
    // The new answer is seen under the same name.
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "headline": "Two" }))]).await;
    assert_eq!(get(&server, "extensions", &extensions, &[]).await.text("/data/article/headline"), "Two");
    let wrong = server.post("/graphql", named(Some("{ latestNews { slug } }"), &hash)).await;
    assert_eq!((wrong.status, wrong.text("/errors/0/extensions/code")), (400, "BAD_REQUEST"));
    let socket = over_socket(&server, named(None, &hash)).await;
    assert_eq!(socket["payload"]["data"]["article"]["headline"], "Two", "{socket}");
});

both!(only_trusted_documents_run_where_the_publisher_says_so, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "headline": "One" }))]).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("documents.json");
    std::fs::write(&path, json!({ "page": TEXT }).to_string()).unwrap();
    let flags = [("graphql.documents", path.to_str().unwrap()), ("graphql.only_documents", "true")];
    let server = t.serve_as(&flags).await;
    // Whole the first time, and put together from its parts the second.
    for _ in 0..3 {
        let said = get(&server, "documentId", "page", &[("cache-control", "no-cache")]).await;
        assert_eq!((said.status, said.text("/data/article/headline")), (200, "One"));
        let said = server.post("/graphql", json!({ "query": TEXT, "variables": { "slug": "s1" } })).await;
        assert_eq!((said.status, said.text("/data/article/headline")), (200, "One"));
        let said = over_socket(&server, json!({ "documentId": "page", "variables": { "slug": "s1" } })).await;
        assert_eq!(said["payload"]["data"]["article"]["headline"], "One", "{said}");
    }
    let said = over_socket(&server, json!({ "documentId": "else" })).await;
    assert_eq!(
        (&said["type"], &said["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("PERSISTED_QUERY_NOT_FOUND"))
    );
    let accept = [("accept", "application/graphql-response+json")];
    let other = get(&server, "query", "{ latestNews { slug } }", &accept).await;
    assert_eq!(other.text("/errors/0/extensions/code"), "DOCUMENT_NOT_TRUSTED");
    assert!(other.status >= 400 && other.body.get("data").is_none(), "{:?}", other.body);
    let unknown = get(&server, "documentId", "else", &accept).await;
    assert_eq!((unknown.status, unknown.text("/errors/0/extensions/code")), (404, "PERSISTED_QUERY_NOT_FOUND"));
    // Nothing is learnt from clients.
    let text = "{ topNews { slug } }";
    let sent = server.post("/graphql", named(Some(text), &hash(text))).await;
    assert_eq!(sent.text("/errors/0/extensions/code"), "DOCUMENT_NOT_TRUSTED");
    let socket = over_socket(&server, json!({ "query": "{ topNews { slug } }" })).await;
    assert!(socket.to_string().contains("DOCUMENT_NOT_TRUSTED"), "{socket}");
});
