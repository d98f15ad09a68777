//! Who is asking over a WebSocket, and what is no message there.

use futures::{SinkExt as _, StreamExt as _};
use masthead::model::viewer::Role;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use super::{account, log_in_by_cookie, token};
use crate::documents::over_socket;
use crate::harness::both;
use crate::harness::http::Server;
use crate::harness::story::story;

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

/// Sends this, and gives what the server says before it closes, and how it does.
async fn said(server: &Server, sent: Vec<Message>) -> (Vec<String>, u16, Utf8Bytes) {
    let mut request = format!("{}/graphql/ws", server.base.replacen("http", "ws", 1)).into_client_request().unwrap();
    request.headers_mut().insert("sec-websocket-protocol", "graphql-transport-ws".parse().unwrap());
    let (mut socket, _) = tokio_tungstenite::connect_async(request).await.unwrap();
    for message in sent {
        socket.send(message).await.unwrap();
    }
    let mut heard = Vec::new();
    loop {
        match socket.next().await.expect("an answer").unwrap() {
            Message::Text(text) => heard.push(text.to_string()),
            Message::Close(Some(CloseFrame { code, reason })) => return (heard, code.into(), reason),
            _ => {}
        }
    }
}

both!(what_is_no_message_ends_the_connection_with_the_code_for_it, async |t| {
    let server = t.serve_as(&[("graphql.ws_message_limit", "2KiB")]).await;
    let text = |message: Value| Message::text(message.to_string());
    for of in ["connection_init", "ping", "pong"] {
        for payload in [json!("x"), json!(["x"]), json!(1), json!(false)] {
            let (heard, code, reason) =
                said(&server, vec![text(json!({ "type": of, "payload": payload.clone() }))]).await;
            assert_eq!((heard, code), (Vec::new(), 4400), "{of} {payload}");
            assert!(reason.contains(&format!("the payload of {of} is no object")), "{reason}");
        }
    }
    // Nothing, null and an object are well; what came before is answered.
    let well = ["ping", "pong", "connection_init"].iter().flat_map(|of| {
        [json!({ "type": of }), json!({ "type": of, "payload": null }), json!({ "type": of, "payload": { "a": 1 } })]
    });
    let mut sent: Vec<Message> = well.take(7).map(text).collect();
    sent.push(text(json!({ "type": "nonsense" })));
    let (heard, code, _) = said(&server, sent).await;
    let pong = json!({ "type": "pong" }).to_string();
    let with = json!({ "type": "pong", "payload": { "a": 1 } }).to_string();
    let ack = json!({ "type": "connection_ack" }).to_string();
    assert_eq!((heard, code), (vec![pong.clone(), pong, with, ack], 4400));
    // RFC 6455: 8.1 and 7.4.1.
    let frame = |bytes: Vec<u8>, of: Data, last: bool| Message::Frame(Frame::message(bytes, OpCode::Data(of), last));
    for (sent, expected) in [
        (vec![frame(b"\xff\xfe".to_vec(), Data::Text, true)], 1007),
        (vec![frame(b"{\xc3".to_vec(), Data::Text, false), frame(b"}".to_vec(), Data::Continue, true)], 1007),
        (vec![frame(vec![b' '; 3_000], Data::Text, true)], 1009),
        (vec![frame(vec![b' '; 1_500], Data::Text, false), frame(vec![b' '; 1_500], Data::Continue, true)], 1009),
        (vec![frame(b"{}".to_vec(), Data::Reserved(3), true)], 1002),
        (vec![frame(b"{}".to_vec(), Data::Continue, true)], 1002),
        (vec![frame(b"{}".to_vec(), Data::Binary, true)], 4400),
        (vec![frame(b"{".to_vec(), Data::Text, true)], 4400),
    ] {
        assert_eq!(said(&server, sent.clone()).await.1, expected, "{sent:?}");
    }
    // A character may stand in two frames.
    let halves = vec![
        frame(b"{\"type\":\"ping\",\"payload\":{\"a\":\"\xc3".to_vec(), Data::Text, false),
        frame(b"\xa9\"}}".to_vec(), Data::Continue, true),
        text(json!({ "type": "nonsense" })),
    ];
    let (heard, ..) = said(&server, halves).await;
    assert_eq!(heard, [json!({ "type": "pong", "payload": { "a": "\u{e9}" } }).to_string()]);
});

both!(an_operation_over_a_socket_sees_at_least_what_it_asks_for, async |t| {
    t.import_all(&[story("urn:t:1")]).await;
    let server = t.serve().await;
    let ask = |seq: i64| json!({ "query": "{ latestNews { id } }", "extensions": { "minSeq": seq } });
    let there = over_socket(&server, ask(1)).await;
    assert_eq!(there["payload"]["data"]["latestNews"].as_array().map(Vec::len), Some(1), "{there}");
    let to_come = over_socket(&server, ask(1_000_000)).await;
    assert_eq!(
        (&to_come["type"], &to_come["payload"][0]["extensions"]["code"]),
        (&json!("error"), &json!("UNAVAILABLE"))
    );
});
