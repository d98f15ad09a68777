//! GraphQL over WebSocket: the protocol `graphql-transport-ws`.
//!
//! The protocol is spoken here rather than by async-graphql's own transport, which closes with other codes than the
//! specification wants (1002 and 1011 for 4400, 4401 and 4403; none for 4408 and 4409) and whose keep-alive closes
//! silent clients in mid-stream.

use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use actix_web::http::header;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use actix_ws::{AggregatedMessage, AggregatedMessageStream, CloseCode, CloseReason, ProtocolError, Session};
use async_graphql::{Request, Response};
use futures::StreamExt;
use futures::stream::{AbortHandle, Abortable};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::app::App;
use crate::catalogue::Reader;
use crate::error::{Code, Error, Result};
use crate::graphql::asker::Asker;
use crate::graphql::documents::Documents;
use crate::graphql::{Asked, Schema};
use crate::http::rate::Payer;
use crate::http::{address, credential, freshness};
use crate::identity::{Caller, Identity};
use crate::model::account::Known;
use crate::telemetry::names;

const PROTOCOL: &str = "graphql-transport-ws";

/// Connections that are open, all together.
static OPEN: AtomicUsize = AtomicUsize::new(0);
/// Connections that are open from each address that limits are counted by.
static OPEN_FROM: LazyLock<Mutex<HashMap<IpAddr, usize>>> = LazyLock::new(Mutex::default);

/// How many connections are open now.
pub fn connections() -> usize {
    OPEN.load(Ordering::SeqCst)
}

/// `GET /graphql/ws`: opens a connection.
///
/// # Errors
/// `BAD_REQUEST` without the subprotocol, `FORBIDDEN` from an origin that the settings do not name, `UNAVAILABLE`
/// when there are too many connections, `RATE_LIMITED` when there are too many from one address.
pub async fn open(
    req: HttpRequest,
    body: web::Payload,
    app: web::Data<App>,
    identity: web::Data<Identity>,
    schema: web::Data<Schema>,
    documents: web::Data<Documents>,
) -> Result<HttpResponse> {
    let offered = req.headers().get_all(header::SEC_WEBSOCKET_PROTOCOL).filter_map(|value| value.to_str().ok());
    if !offered.flat_map(|line| line.split(',')).any(|protocol| protocol.trim() == PROTOCOL) {
        let says = format!("Open the WebSocket with the subprotocol {PROTOCOL}; no other is spoken here.");
        return Err(Error::new(Code::BadRequest, says));
    }
    // A browser lets any page open a WebSocket; what CORS does for requests must be done here.
    if let Some(origin) = req.headers().get(header::ORIGIN) {
        let cors = &app.settings.cors;
        let known = cors.any_origin() || cors.origins.iter().any(|allowed| origin.as_bytes() == allowed.as_bytes());
        if !known && !is_same_origin(&req, origin) {
            return Err(Error::new(Code::Forbidden, "Pages of this origin may not connect; add it to [cors] origins."));
        }
    }
    let client = address::client(&req)?;
    let from = address::limit_key(client.address);
    // As for the limit on the rate: a program on this machine may stand for many.
    let exempt = app.settings.rate_limit.exempt_loopback && client.is_local();
    let most = &app.settings.graphql;
    let slot = Slot::take(most.ws_max_connections, (!exempt).then_some((from, most.ws_max_per_address)))?;
    let payer = Payer::of(&req)?.map(Arc::new);
    let limit = app.settings.graphql.ws_message_limit;
    let mut bounded = super::frames::bounded(body.into_inner(), limit.0);
    let body = web::Payload::from_request(&req, &mut bounded).await.map_err(|e| Error::internal(e.to_string()))?;
    let (response, session, stream) = actix_ws::handle_with_protocols(&req, body, &[PROTOCOL])
        .map_err(|e| Error::new(Code::BadRequest, format!("This is no WebSocket handshake: {e}.")))?;
    let limit = limit.bytes();
    let stream = stream.max_frame_size(limit).aggregate_continuations().max_continuation_size(limit);
    let caller = credential::caller(&req)?;
    let cookie = credential::cookie(&req, &app.settings);
    let carried = Mutex::default();
    let connection =
        Connection { app, identity, caller, cookie, carried, schema, documents, payer, session, _slot: slot };
    actix_web::rt::spawn(connection.serve(stream));
    Ok(response)
}

fn is_same_origin(req: &HttpRequest, origin: &header::HeaderValue) -> bool {
    let host = req.headers().get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let origin = origin.to_str().unwrap_or_default();
    origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
}

/// A place among the open connections; it is free again when this is dropped.
struct Slot {
    /// The address that it counts for too.
    from: Option<IpAddr>,
}

impl Slot {
    /// One of so many, and of so many of an address.
    fn take(most: usize, of_address: Option<(IpAddr, usize)>) -> Result<Slot> {
        let open = OPEN.fetch_add(1, Ordering::SeqCst) + 1;
        let slot = Slot { from: of_address.map(|(from, _)| from) };
        slot.show();
        if let Some((from, most)) = of_address
            && count(from) > most
        {
            let says = format!(
                "Your address has {most} WebSocket connections open, which is the limit; close one, or run more operations on each."
            );
            return Err(Error::new(Code::RateLimited, says));
        }
        if open > most {
            return Err(Error::new(Code::Unavailable, "Too many WebSocket connections are open; try again later."));
        }
        Ok(slot)
    }

    #[allow(clippy::cast_precision_loss, clippy::unused_self, reason = "a gauge is a float, and shows the slots")]
    fn show(&self) {
        metrics::gauge!(names::WS_CONNECTIONS).set(OPEN.load(Ordering::SeqCst) as f64);
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::SeqCst);
        if let Some(from) = self.from {
            let mut all = OPEN_FROM.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(open) = all.get_mut(&from) {
                *open -= 1;
                if *open == 0 {
                    all.remove(&from);
                }
            }
        }
        self.show();
    }
}

/// Counts one more of an address; gives how many it has.
fn count(from: IpAddr) -> usize {
    let mut all = OPEN_FROM.lock().unwrap_or_else(PoisonError::into_inner);
    let open = all.entry(from).or_default();
    *open += 1;
    *open
}

/// What a client sends.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum ClientMessage {
    ConnectionInit {
        /// What says who connects: `authorization` with a bearer token; or `csrfToken`, with which the cookie of the
        /// handshake counts. A page of another site can open a connection with a reader's cookie, but has no such token.
        #[serde(default)]
        payload: Option<Value>,
    },
    Ping {
        #[serde(default)]
        payload: Option<Value>,
    },
    Pong {
        #[serde(default)]
        payload: Option<Value>,
    },
    Subscribe {
        id: String,
        payload: Value,
    },
    Complete {
        id: String,
    },
}

/// What an operation has to tell the connection.
struct Event {
    id: String,
    /// Which run of that id it was: a client may use one again, while the former run has something to tell still.
    run: u64,
    /// What came; none when that was all.
    response: Option<Box<Response>>,
}

/// The operations of a connection that run.
#[derive(Default)]
struct Running {
    by_id: HashMap<String, (u64, Abort)>,
    begun: u64,
}

impl Running {
    fn begin(&mut self, id: &str, abort: AbortHandle) -> u64 {
        self.begun += 1;
        self.by_id.insert(id.to_owned(), (self.begun, Abort(abort)));
        self.begun
    }

    fn is(&self, id: &str, run: u64) -> bool {
        self.by_id.get(id).is_some_and(|(known, _)| *known == run)
    }
}

/// Ends an operation when nobody is to hear of it any more.
struct Abort(AbortHandle);

impl Drop for Abort {
    fn drop(&mut self) {
        self.0.abort();
    }
}

struct Connection {
    app: web::Data<App>,
    identity: web::Data<Identity>,
    caller: Caller,
    cookie: Option<String>,
    carried: Mutex<Option<Carried>>,
    schema: web::Data<Schema>,
    documents: web::Data<Documents>,
    payer: Option<Arc<Payer>>,
    session: Session,
    _slot: Slot,
}

/// Why a connection ends: the close code and the words of the protocol.
type Close = (u16, String);

impl Connection {
    async fn serve(self, mut inbound: AggregatedMessageStream) {
        let settings = self.app.settings.graphql.clone();
        let mut session = self.session.clone();
        // Bounded, so that a client that reads slowly slows the operations down and not the memory up.
        let (events, mut arrived) = mpsc::channel::<Event>(16);
        let mut running = Running::default();
        let mut acknowledged = false;
        let init_deadline = tokio::time::sleep(settings.ws_init_timeout);
        tokio::pin!(init_deadline);
        let mut pings = tokio::time::interval(settings.ws_ping_interval.max(Duration::from_millis(100)));
        pings.reset();
        let mut unanswered = 0u32;
        let close: Close = loop {
            tokio::select! {
                () = &mut init_deadline, if !acknowledged => {
                    break (4408, "Connection initialisation timeout".to_owned());
                }
                _ = pings.tick() => {
                    unanswered += 1;
                    // Whoever has not answered two pings is not there any more.
                    if unanswered > 2 || session.ping(b"").await.is_err() {
                        break (1001, "The client does not answer pings".to_owned());
                    }
                }
                Some(event) = arrived.recv() => {
                    if let Err(close) = tell(&mut session, &mut running, event).await {
                        break close;
                    }
                }
                message = inbound.recv() => {
                    unanswered = 0;
                    match message {
                        Some(Ok(AggregatedMessage::Text(text))) => {
                            let handled = self
                                .hear(&text, &mut session, &mut running, &mut acknowledged, &events, settings.ws_max_subscriptions)
                                .await;
                            if let Err(close) = handled {
                                break close;
                            }
                        }
                        Some(Ok(AggregatedMessage::Ping(bytes))) => {
                            if session.pong(&bytes).await.is_err() {
                                break (1001, String::new());
                            }
                        }
                        Some(Ok(AggregatedMessage::Pong(_))) => {}
                        Some(Ok(AggregatedMessage::Binary(_))) => {
                            break (4400, "Invalid message: text frames only".to_owned());
                        }
                        Some(Ok(AggregatedMessage::Close(_))) | None => break (1000, String::new()),
                        Some(Err(fault)) => break broken(&fault),
                    }
                }
            }
        };
        drop(running);
        let (code, description) = close;
        let description = (!description.is_empty()).then_some(description);
        let _ = session.close(Some(CloseReason { code: CloseCode::from(code), description })).await;
    }

    async fn hear(
        &self,
        text: &str,
        session: &mut Session,
        running: &mut Running,
        acknowledged: &mut bool,
        events: &mpsc::Sender<Event>,
        most: usize,
    ) -> std::result::Result<(), Close> {
        let invalid = |e: serde_json::Error| (4400, reason(&format!("Invalid message: {e}")));
        match serde_json::from_str(text).map_err(invalid)? {
            ClientMessage::ConnectionInit { .. } if *acknowledged => {
                Err((4429, "Too many initialisation requests".to_owned()))
            }
            ClientMessage::ConnectionInit { payload } => {
                is_object("connection_init", payload.as_ref())?;
                if let Err(error) = self.admit(payload.as_ref()).await {
                    return Err((4403, reason(&format!("Forbidden: {}", error.message()))));
                }
                *acknowledged = true;
                send(session, &json!({ "type": "connection_ack" })).await
            }
            ClientMessage::Ping { payload } => {
                is_object("ping", payload.as_ref())?;
                let pong = match payload {
                    Some(payload) => json!({ "type": "pong", "payload": payload }),
                    None => json!({ "type": "pong" }),
                };
                send(session, &pong).await
            }
            // It says nothing more than that somebody is there.
            ClientMessage::Pong { payload } => is_object("pong", payload.as_ref()),
            ClientMessage::Subscribe { .. } if !*acknowledged => Err((4401, "Unauthorized".to_owned())),
            ClientMessage::Subscribe { id, .. } if running.by_id.contains_key(&id) => {
                Err((4409, reason(&format!("Subscriber for {id} already exists"))))
            }
            ClientMessage::Subscribe { id, .. } if running.by_id.len() >= most => {
                let says =
                    format!("This connection has {most} operations running, which is the limit; complete one first.");
                let error = json!({ "message": says, "extensions": { "code": Code::LimitExceeded.name() } });
                send(session, &json!({ "id": id, "type": "error", "payload": [error] })).await
            }
            ClientMessage::Subscribe { id, payload } => {
                // What is no request at all is no message of the protocol; what is one and cannot run is told of its own.
                if !payload.is_object() {
                    return Err((4400, "Invalid message: payload is no object".to_owned()));
                }
                Request::deserialize(&payload).map_err(invalid)?;
                let request = match super::request_of(&self.documents, payload) {
                    Ok(request) => request,
                    Err(error) => {
                        let refused = crate::graphql::refusal(error);
                        return send(session, &json!({ "id": id, "type": "error", "payload": refused.errors })).await;
                    }
                };
                let (abort, registration) = AbortHandle::new_pair();
                let number = running.begin(&id, abort);
                let run = self.clone_for_run();
                let events = events.clone();
                actix_web::rt::spawn(async move {
                    let _ = Abortable::new(run.operation((id, number), request, events), registration).await;
                });
                Ok(())
            }
            ClientMessage::Complete { id } => {
                running.by_id.remove(&id);
                Ok(())
            }
        }
    }

    /// Keeps what says who connects, if it is good.
    async fn admit(&self, payload: Option<&Value>) -> Result<()> {
        let member = |names: [&str; 2]| names.iter().find_map(|name| payload?.get(name)?.as_str());
        let carried = if let Some(value) = member(["authorization", "Authorization"]) {
            let token =
                value.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("bearer ")).map(|_| value[7..].trim());
            Carried::Token(token.unwrap_or(value).to_owned())
        } else if let (Some(token), Some(cookie)) = (member(["csrfToken", "x-csrf-token"]), &self.cookie) {
            if !self.identity.is_csrf_token(cookie, token) {
                return Err(Error::new(Code::CsrfRequired, "this csrfToken does not belong to the cookie."));
            }
            Carried::Cookie(cookie.clone())
        } else {
            return Ok(());
        };
        carried.known(&self.identity).await?;
        *self.carried.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(carried);
        Ok(())
    }

    fn clone_for_run(&self) -> Run {
        Run {
            app: self.app.clone(),
            identity: self.identity.clone(),
            caller: self.caller.clone(),
            carried: self.carried.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone(),
            schema: self.schema.clone(),
            payer: self.payer.clone(),
        }
    }
}

/// What says who connects.
#[derive(Clone)]
enum Carried {
    Token(String),
    Cookie(String),
}

impl Carried {
    /// Who it is, asked anew for each operation: a session may have ended since.
    async fn known(&self, identity: &Identity) -> Result<Option<Arc<Known>>> {
        match self {
            Carried::Token(token) => identity.by_token(token).await.map(Some),
            Carried::Cookie(cookie) => identity.by_cookie(cookie).await,
        }
    }
}

struct Run {
    app: web::Data<App>,
    identity: web::Data<Identity>,
    caller: Caller,
    carried: Option<Carried>,
    schema: web::Data<Schema>,
    payer: Option<Arc<Payer>>,
}

impl Run {
    async fn operation(self, (id, run): (String, u64), request: Request, events: mpsc::Sender<Event>) {
        let known = match &self.carried {
            Some(carried) => carried.known(&self.identity).await,
            None => Ok(None),
        };
        let known = match known {
            Ok(known) => known,
            Err(error) => {
                let _ = events.send(Event { id, run, response: Some(Box::new(crate::graphql::refusal(error))) }).await;
                return;
            }
        };
        let mut asker = Asker::new(self.identity.into_inner(), known, self.caller);
        asker.not_forged = true;
        let least = match freshness::reach(&self.app, super::min_seq(&request).unwrap_or(0)).await {
            Ok(least) => least,
            Err(error) => {
                let _ = events.send(Event { id, run, response: Some(Box::new(crate::graphql::refusal(error))) }).await;
                return;
            }
        };
        let reader = Reader::of(&self.app).at_least(least);
        let mut asked = Asked::anonymous(&self.app).reading(reader).by(Arc::new(asker));
        if let Some(payer) = self.payer {
            asked = asked.paying(Arc::new(move |cost| payer.charge(cost)));
        }
        let mut responses = asked.stream(&self.schema, request);
        while let Some(response) = responses.next().await {
            let event = Event { id: id.clone(), run, response: Some(Box::new(response)) };
            if events.send(event).await.is_err() {
                return;
            }
        }
        let _ = events.send(Event { id, run, response: None }).await;
    }
}

async fn tell(session: &mut Session, running: &mut Running, event: Event) -> std::result::Result<(), Close> {
    let Event { id, run, response } = event;
    // What was completed by the client meanwhile is not told any more.
    if !running.is(&id, run) {
        return Ok(());
    }
    let Some(response) = response else {
        running.by_id.remove(&id);
        return send(session, &json!({ "id": id, "type": "complete" })).await;
    };
    if !super::ran(&response) {
        // An operation that did not run is answered once, and is over.
        running.by_id.remove(&id);
        return send(session, &json!({ "id": id, "type": "error", "payload": response.errors })).await;
    }
    send(session, &Next { id: &id, kind: "next", payload: &response }).await
}

/// A result; not a JSON value, so that what is JSON already passes through.
#[derive(serde::Serialize)]
struct Next<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: &'a Response,
}

async fn send(session: &mut Session, message: &impl serde::Serialize) -> std::result::Result<(), Close> {
    let text = serde_json::to_string(message).map_err(|_| (1011, "Internal server error".to_owned()))?;
    session.text(text).await.map_err(|_| (1001, String::new()))
}

/// Holds that what a message of the connection itself brings along is an object; null is as nothing.
fn is_object(of: &str, payload: Option<&Value>) -> std::result::Result<(), Close> {
    if payload.is_none_or(Value::is_object) {
        return Ok(());
    }
    let says = format!("Invalid message: the payload of {of} is no object; send one, or leave it out");
    Err((4400, reason(&says)))
}

/// How a connection ends on which something came that is no message (RFC 6455, 7.4.1).
fn broken(fault: &ProtocolError) -> Close {
    let (code, says) = match fault {
        // A text that is not UTF-8 (8.1), for which the library has no fault of its own.
        ProtocolError::Io(fault) if fault.kind() == io::ErrorKind::InvalidData => (1007, "A text is to be UTF-8"),
        // A frame that is too large; a message of several that is, or a connection that broke.
        ProtocolError::Overflow | ProtocolError::Io(_) => (1009, "The message is too large or broken"),
        _ => (1002, "The frame is none of RFC 6455"),
    };
    (code, says.to_owned())
}

/// A reason for closing is 123 bytes at the most (RFC 6455, 5.5).
fn reason(text: &str) -> String {
    let mut end = text.len().min(120);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
