//! Who is asking over a WebSocket.

use futures::{SinkExt as _, StreamExt as _};
use masthead::model::viewer::Role;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{account, log_in_by_cookie, token};
use crate::harness::both;
use crate::harness::http::Server;

/// Connects with this payload and asks for the viewer; gives the answer's payload, or how the server closed.
async fn viewer(server: &Server, cookie: Option<&str>, payload: Value) -> Result<Value, u16> {
    let mut request = format!("{}/graphql/ws", server.base.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    if let Some(cookie) = cookie {
        request.headers_mut().insert("cookie", cookie.parse().unwrap());
    }
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    let mut send = json!({ "type": "connection_init", "payload": payload });
    loop {
        socket.send(Message::text(send.to_string())).await.unwrap();
        let message = loop {
            match socket.next().await.expect("an answer").unwrap() {
                Message::Text(text) => break serde_json::from_str::<Value>(&text).unwrap(),
                Message::Close(Some(CloseFrame { code, .. })) => return Err(code.into()),
                _ => {}
            }
        };
        match message["type"].as_str().unwrap() {
            "connection_ack" => {
                send = json!({ "id": "1", "type": "subscribe", "payload": { "query": "{ viewer { account { email } } }" } });
            }
            "next" => return Ok(message["payload"].clone()),
            other => panic!("{other}: {message}"),
        }
    }
}

both!(an_address_has_so_many_connections, async |t| {
    let server = t.serve_as(&[("graphql.ws_max_per_address", "2"), ("rate_limit.exempt_loopback", "false")]).await;
    let open = async || {
        let url = format!("{}/graphql/ws", server.base.replacen("http", "ws", 1));
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    let (first, _second) = (open().await.unwrap(), open().await.unwrap());
    match open().await {
        Err(tokio_tungstenite::tungstenite::Error::Http(response)) => assert_eq!(response.status(), 429),
        other => panic!("{other:?}"),
    }
    // A place that was given back is free again.
    let (mut socket, _) = first;
    socket.close(None).await.unwrap();
    let mut again = open().await;
    for _ in 0..100 {
        if again.is_ok() {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        again = open().await;
    }
    panic!("{again:?}");
});

both!(the_first_message_says_who_asks, async |t| {
    account(t, "ada@example.org", Role::Reader).await;
    let server = t.serve().await;
    let good = token(&server, "ada@example.org").await;
    let email = |answer: Result<Value, u16>| answer.unwrap()["data"]["viewer"]["account"]["email"].clone();
    assert_eq!(email(viewer(&server, None, Value::Null).await), Value::Null);
    let payload = json!({ "authorization": format!("Bearer {good}") });
    assert_eq!(email(viewer(&server, None, payload.clone()).await), "ada@example.org");
    assert_eq!(viewer(&server, None, json!({ "Authorization": "Bearer nonsense" })).await.unwrap_err(), 4403);
    // A page of another site opens a connection with the cookie, but has no token beside it.
    let (cookie, csrf) = log_in_by_cookie(&server, "ada@example.org", false).await;
    assert_eq!(email(viewer(&server, Some(&cookie), Value::Null).await), Value::Null);
    assert_eq!(viewer(&server, Some(&cookie), json!({ "csrfToken": "nonsense" })).await.unwrap_err(), 4403);
    assert_eq!(email(viewer(&server, Some(&cookie), json!({ "csrfToken": csrf })).await), "ada@example.org");
    // What is revoked is so here, too.
    server.ask("POST", "/v1/auth/log-out-everywhere", Some(&good), None).await;
    assert_eq!(viewer(&server, None, payload).await.unwrap_err(), 4403);
});
