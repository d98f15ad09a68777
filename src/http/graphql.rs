//! GraphQL over HTTP, by the specification of that name (working draft): GET and POST, `application/json` and
//! `application/graphql-response+json`, batches; and GraphiQL for a browser that comes without a query.

mod frames;
pub mod socket;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::{Request, Response, Variables};
use serde_json::{Map, Value};

use super::rate::Payer;
use super::reply::{Accepted, Weight};
use super::{conditional, credential, kept, pages, rate, reply};
use crate::app::App;
use crate::cache;
use crate::catalogue::Reader;
use crate::error::{Code, Error, Result};
use crate::graphql::asker::{Asker, CookieChange};
use crate::graphql::documents::Documents;
use crate::graphql::roots::Roots;
use crate::graphql::{self, limits};
use crate::graphql::{Asked, Schema};
use crate::identity::Identity;

/// The media type of the specification: its status says whether the operation ran.
const RESPONSE: &str = "application/graphql-response+json; charset=utf-8";
/// The media type of before: 200 whatever the answer says.
const JSON: &str = "application/json; charset=utf-8";

/// What the client wants to read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Wants {
    Response,
    Json,
    Page,
}

/// Chooses by `Accept` (RFC 9110, 12.5.1); `None` when nothing that we have will do. Without a preference it is
/// `application/json`, which every client reads.
fn wants(req: &HttpRequest, page: bool) -> Option<Wants> {
    let accepted = Accepted::of(req);
    // One that names nothing is as none.
    if accepted.is_empty() {
        return Some(Wants::Json);
    }
    // What one range names alike goes by this order.
    let offered = [
        ("application/json", Wants::Json),
        ("application/graphql-response+json", Wants::Response),
        ("text/html", Wants::Page),
        ("application/xhtml+xml", Wants::Page),
    ];
    let mut best: Option<(Weight, Wants)> = None;
    for (media, wants) in offered.into_iter().filter(|(_, wants)| page || *wants != Wants::Page) {
        let Some(weight) = accepted.weight(media) else { continue };
        if best.is_none_or(|(had, _)| weight.beats(had)) {
            best = Some((weight, wants));
        }
    }
    best.map(|(_, wants)| wants)
}

fn unacceptable() -> Error {
    let says = "GraphQL answers are application/graphql-response+json or application/json; name one of them in Accept.";
    Error::new(Code::NotAcceptable, says)
}

/// An answer that says why the request is not one of GraphQL.
fn refused(wants: Wants, error: &Error) -> HttpResponse {
    let body = serde_json::json!({
        "errors": [{
            "message": error.message(),
            "extensions": { "code": error.code().name(), "retryable": error.code().retry() },
        }],
    });
    let status = match (error.code(), wants) {
        // Clients of before take another status for a failure of the network, and do not send the text.
        (Code::PersistedQueryNotFound | Code::PersistedQueryNotSupported, Wants::Json) => StatusCode::OK,
        (code, _) => StatusCode::from_u16(code.status()).unwrap_or(StatusCode::BAD_REQUEST),
    };
    let content_type = if wants == Wants::Response { RESPONSE } else { JSON };
    HttpResponse::build(status)
        .insert_header((header::CONTENT_TYPE, content_type))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body.to_string())
}

/// `GET /graphql`: an operation in the query string, or the explorer for a browser that brings none.
///
/// # Errors
/// `NOT_ACCEPTABLE`, `METHOD_NOT_ALLOWED` for a mutation; faults of the operation stand in the answer.
pub async fn get(
    req: HttpRequest,
    app: web::Data<App>,
    identity: web::Data<Identity>,
    schema: web::Data<Schema>,
    roots: web::Data<Roots>,
    documents: web::Data<Documents>,
) -> Result<HttpResponse> {
    let wanted = wants(&req, true).ok_or_else(unacceptable)?;
    let parameters = url::form_urlencoded::parse(req.query_string().as_bytes());
    let mut asked: Map<String, Value> = Map::new();
    for (name, value) in parameters {
        // As REST has it: whichever was taken, the other would be passed over without a word.
        if asked.contains_key(&*name) {
            let says = format!("{name} stands in the address more than once; send it once.");
            return Ok(refused(wanted, &Error::new(Code::BadRequest, says)));
        }
        let value = match name.as_ref() {
            // An address cannot say null, so these are left out where they are empty.
            "operationName" | "variables" | "extensions" if value.is_empty() => Value::Null,
            "query" | "operationName" | "documentId" => Value::String(value.into_owned()),
            "variables" | "extensions" => match serde_json::from_str(&value) {
                Ok(value) => value,
                Err(e) => {
                    let says = format!("{name} is no JSON: {e}. Write a JSON object, percent-encoded.");
                    return Ok(refused(wanted, &Error::new(Code::BadRequest, says)));
                }
            },
            _ => continue,
        };
        asked.insert(name.into_owned(), value);
    }
    if wanted == Wants::Page {
        // Also with a query: the explorer reads it from its own address.
        return explorer(&app).await;
    }
    let request = request_of(&documents, Value::Object(asked));
    // A GET must be safe (RFC 9110, 9.2.1).
    if request.as_ref().is_ok_and(|request| writes(&app, request)) {
        let mut response = refused(
            wanted,
            &Error::new(Code::MethodNotAllowed, "A mutation changes things and so cannot be sent by GET; use POST."),
        );
        response.headers_mut().insert(header::ALLOW, header::HeaderValue::from_static("POST"));
        return Ok(response);
    }
    answer(&req, &app, &identity, (&schema, &roots), wanted, vec![request], false).await
}

/// `POST /graphql`: an operation, or a batch of them, as JSON.
///
/// # Errors
/// `NOT_ACCEPTABLE`, `UNSUPPORTED_MEDIA_TYPE`; faults of the operation stand in the answer.
pub async fn post(
    req: HttpRequest,
    body: web::Bytes,
    app: web::Data<App>,
    identity: web::Data<Identity>,
    schema: web::Data<Schema>,
    roots: web::Data<Roots>,
    documents: web::Data<Documents>,
) -> Result<HttpResponse> {
    let wanted = wants(&req, false).ok_or_else(unacceptable)?;
    let media = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case("application/json") {
        let says = "A GraphQL request is sent as application/json: { \"query\": …, \"variables\": … }.";
        return Ok(refused(wanted, &Error::new(Code::UnsupportedMedia, says)));
    }
    let parsed: Value = match serde_json::from_slice(&body) {
        Ok(parsed) => parsed,
        Err(e) => {
            return Ok(refused(wanted, &Error::new(Code::BadRequest, format!("The body is no JSON: {e}."))));
        }
    };
    let (items, batch) = match parsed {
        Value::Array(items) => (items, true),
        one => (vec![one], false),
    };
    let most = app.settings.graphql.max_batch;
    if batch && (items.is_empty() || items.len() > most) {
        let says =
            format!("The batch has {} operations; it must have at least 1 and has {most} at the most.", items.len());
        return Ok(refused(wanted, &Error::new(Code::LimitExceeded, says)));
    }
    let requests: Vec<Result<Request>> = items.into_iter().map(|item| request_of(&documents, item)).collect();
    answer(&req, &app, &identity, (&schema, &roots), wanted, requests, batch).await
}

/// The request that a JSON object makes; the error names the member that is not what it must be.
fn request_of(documents: &Documents, value: Value) -> Result<Request> {
    let fault = |says: &str| Err(Error::new(Code::BadRequest, says.to_owned()));
    let Value::Object(mut members) = value else {
        return fault("A GraphQL request is a JSON object with the member query.");
    };
    let query = match members.remove("query") {
        Some(Value::String(query)) => query,
        Some(Value::Null) | None => String::new(),
        Some(_) => return fault("query is no string; it is the GraphQL document."),
    };
    let id = match members.remove("documentId") {
        Some(Value::String(id)) => Some(id),
        Some(Value::Null) | None => None,
        Some(_) => return fault("documentId is no string."),
    };
    let mut request = Request::new(query);
    match members.remove("operationName") {
        Some(Value::String(name)) => request = request.operation_name(name),
        Some(Value::Null) | None => {}
        Some(_) => return fault("operationName is no string."),
    }
    match members.remove("variables") {
        Some(object @ Value::Object(_)) => request = request.variables(Variables::from_json(object)),
        Some(Value::Null) | None => {}
        Some(_) => return fault("variables is no object; it has a member for each variable."),
    }
    match members.remove("extensions") {
        Some(Value::Object(extensions)) => {
            if let Some(seq) = extensions.get(MIN_SEQ) {
                let Some(seq) = seq.as_i64().filter(|seq| *seq >= 0) else {
                    return fault("extensions.minSeq is no number of a change; send what seq or Masthead-Seq gave.");
                };
                request.extensions.insert(MIN_SEQ.to_owned(), seq.into());
            }
            for (name, value) in extensions {
                if name != MIN_SEQ
                    && let Ok(value) = async_graphql::Value::from_json(value)
                {
                    request.extensions.insert(name, value);
                }
            }
        }
        Some(Value::Null) | None => {}
        Some(_) => return fault("extensions is no object."),
    }
    documents.resolve(&mut request, id.as_deref())?;
    if request.query.is_empty() {
        return fault("query is missing; it is the GraphQL document, a string.");
    }
    Ok(request)
}

fn is_mutation(request: &Request, tokens: usize) -> bool {
    use async_graphql::parser::types::OperationType;
    // What is no document that can run changes nothing; the fault is said when it is run.
    let Ok(document) = limits::parse(&request.query, tokens) else { return false };
    document
        .operations
        .iter()
        .filter(|(name, _)| request.operation_name.as_deref().is_none_or(|asked| name.is_none_or(|name| name == asked)))
        .any(|(_, operation)| operation.node.ty == OperationType::Mutation)
}

/// The member of `extensions` that asks to see at least this number of the change sequence.
const MIN_SEQ: &str = "minSeq";

fn min_seq(request: &Request) -> Option<i64> {
    match request.extensions.get(MIN_SEQ) {
        Some(async_graphql::Value::Number(seq)) => seq.as_i64(),
        _ => None,
    }
}

/// Who asks, from the credential of the request.
///
/// # Errors
/// `INVALID_TOKEN`; what the database says.
async fn asker(req: &HttpRequest, app: &App, identity: &web::Data<Identity>) -> Result<Asker> {
    let known = credential::resolve(req, identity).await?;
    let not_forged = known.as_ref().is_none_or(|known| credential::not_forged(req, identity, known).is_ok());
    let mut asker = Asker::new(identity.clone().into_inner(), known, credential::caller(req)?);
    asker.cookie = credential::cookie(req, &app.settings);
    asker.not_forged = not_forged;
    asker.own_origin = credential::own_origin(req, &app.settings).is_ok();
    Ok(asker)
}

async fn answer(
    req: &HttpRequest,
    app: &App,
    identity: &web::Data<Identity>,
    (schema, roots): (&Schema, &Roots),
    wanted: Wants,
    requests: Vec<Result<Request>>,
    batch: bool,
) -> Result<HttpResponse> {
    if let [Err(error)] = requests.as_slice()
        && !batch
    {
        return Ok(refused(wanted, error));
    }
    let asker = match asker(req, app, identity).await {
        Ok(asker) => Arc::new(asker),
        Err(error) => {
            let mut response = refused(wanted, &error);
            if error.code().status() == 401 {
                let challenge = header::HeaderValue::from_static("Bearer realm=\"masthead\", error=\"invalid_token\"");
                response.headers_mut().insert(header::WWW_AUTHENTICATE, challenge);
            }
            return Ok(response);
        }
    };
    let payer = Payer::of(req)?.map(Arc::new);
    let least = requests.iter().flatten().filter_map(min_seq).max().unwrap_or(0);
    let least = super::freshness::wait_for(req, app, least).await?;
    if let [Ok(request)] = requests.as_slice()
        && !batch
        && !req.headers().contains_key(reply::PREVIEW)
        && let Some(joined) = roots.answer(app, schema, &asker, request, least).await
    {
        let points = u32::try_from(joined.complexity).unwrap_or(u32::MAX);
        // What cannot be paid is refused below, where it is told as GraphQL tells it.
        if payer.as_ref().is_none_or(|payer| payer.charge(points).is_ok()) {
            if let Some(payer) = payer {
                payer.settle(req);
            }
            rate::note(req, points);
            kept::depends_on(req, joined.on);
            let run = Run { status: StatusCode::OK, bytes: joined.body, seq: Some(joined.seq), preview: false };
            return Ok(run.answer(req, app, wanted, &asker));
        }
    }
    let mut asked = Asked::anonymous(app).by(asker.clone());
    let points = Arc::new(AtomicU32::new(0));
    let (pays, counts) = (payer.clone(), points.clone());
    asked = asked.paying(Arc::new(move |cost| {
        counts.fetch_add(cost, Ordering::Relaxed);
        pays.as_ref().map_or(Ok(()), |payer| payer.charge(cost))
    }));
    match reply::previewing(req, app, Reader::of(app).at_least(least)).await {
        Ok(reader) => asked = asked.reading(reader),
        Err(error) => return Ok(refused(wanted, &error)),
    }
    let document = match requests.as_slice() {
        [Ok(request)] if !batch => Some(request.query.clone()),
        _ => None,
    };
    // One reader for all operations of a batch, which share what they load; but what was read before a write is stale after it.
    let (mut seq, mut wrote) = (None, false);
    let mut responses = Vec::with_capacity(requests.len());
    for request in requests {
        let writes = batch && request.as_ref().is_ok_and(|request| writes(app, request));
        if !responses.is_empty() && (wrote || writes) {
            seq = seq.max(seen_by(&asked));
            match anew(req, app, least).await {
                Ok(reader) => asked = asked.reading(reader),
                Err(error) => {
                    // The next one tries again.
                    wrote = true;
                    responses.push(graphql::refusal(error));
                    continue;
                }
            }
        }
        wrote = writes;
        responses.push(match request {
            Ok(request) => asked.run(schema, request).await,
            // Each has an answer in its place, or a client could not tell which one to send again.
            Err(error) => graphql::refusal(error),
        });
    }
    let reader = asked.reader();
    if let Some(payer) = payer {
        payer.settle(req);
    }
    rate::note(req, points.load(Ordering::Relaxed));
    if asked.only_reads() && responses.iter().all(|response| response.errors.is_empty()) {
        // Also what read nothing was true at some number.
        reader.seq().await?;
        kept::depends(req, &reader);
        if let Some(document) = document {
            roots.learn(&document);
        }
    }
    let bytes = match (batch, responses.as_slice()) {
        (false, [response]) => serde_json::to_vec(&Shown::of(response)),
        _ => serde_json::to_vec(&responses.iter().map(Shown::of).collect::<Vec<_>>()),
    }
    .map_err(Error::internal)?;
    let run = Run {
        status: status_of(wanted, &responses),
        bytes,
        seq: seq.max(seen_by(&asked)),
        preview: reader.is_preview(),
    };
    Ok(run.answer(req, app, wanted, &asker))
}

/// Whether the operation may write.
fn writes(app: &App, request: &Request) -> bool {
    // Most documents are told from mutations without being parsed.
    request.query.contains("mutation") && is_mutation(request, app.settings.graphql.max_tokens)
}

/// The number that what was read so far is labelled with, where anything was.
fn seen_by(asked: &Asked) -> Option<i64> {
    asked.reader().label().map(|head| head.seq)
}

/// A reader of things as they are now, for what comes after a write.
///
/// # Errors
/// `UNAVAILABLE` where what was written has not come here in time; `INVALID_TOKEN` for a preview that is not good any more.
async fn anew(req: &HttpRequest, app: &App, least: i64) -> Result<Reader> {
    let newest = *app.db.head().borrow();
    let least = super::freshness::reach(app, least.max(newest)).await?;
    reply::previewing(req, app, Reader::of(app).at_least(least)).await
}

/// What came of the operations of a request.
struct Run {
    status: StatusCode,
    bytes: Vec<u8>,
    /// Up to which change it is complete, where it read anything.
    seq: Option<i64>,
    preview: bool,
}

impl Run {
    fn answer(self, req: &HttpRequest, app: &App, wanted: Wants, asker: &Asker) -> HttpResponse {
        let Run { status, bytes, seq, preview } = self;
        let mut builder = HttpResponse::build(status);
        builder.insert_header((header::CONTENT_TYPE, if wanted == Wants::Response { RESPONSE } else { JSON }));
        builder.insert_header((header::VARY, "Accept, Masthead-Min-Seq, Masthead-Preview"));
        if let Some(seq) = seq {
            builder.insert_header((reply::SEQ, header::HeaderValue::from(seq)));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            builder.insert_header((header::RETRY_AFTER, "2"));
        }
        let cookie = asker.cookie_change().and_then(|change| match change {
            CookieChange::Set(value, session) => credential::set_cookie(&app.settings, Some((&value, &session))),
            CookieChange::Remove => credential::set_cookie(&app.settings, None),
        });
        if let Some(cookie) = cookie {
            builder.insert_header((header::SET_COOKIE, cookie));
        }
        let public = !asker.is_personal() && !preview;
        if *req.method() == actix_web::http::Method::GET && status == StatusCode::OK && public {
            let base = cache::tag_of(&bytes);
            builder.insert_header((header::CACHE_CONTROL, reply::CACHE_CONTROL));
            if let Some(tag) = conditional::etag(&base) {
                builder.insert_header((header::ETAG, tag));
            }
            if conditional::not_modified(req, &base) {
                return builder.status(StatusCode::NOT_MODIFIED).finish();
            }
        } else {
            builder.insert_header((header::CACHE_CONTROL, if preview { "private, no-store" } else { "no-store" }));
        }
        builder.body(bytes)
    }
}

/// Whether the operation ran: then it has data, or its errors have paths.
fn ran(response: &Response) -> bool {
    response.errors.is_empty()
        || response.data != async_graphql::Value::Null
        || response.errors.iter().any(|error| !error.path.is_empty())
}

/// An answer as it is sent: what did not run has no `data` (GraphQL specification, 7.1), and errors come first, where
/// a person sees them.
#[derive(serde::Serialize)]
struct Shown<'a> {
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [async_graphql::ServerError],
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a async_graphql::Value>,
    #[serde(skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    extensions: &'a std::collections::BTreeMap<String, async_graphql::Value>,
}

impl<'a> Shown<'a> {
    fn of(response: &'a Response) -> Self {
        Shown {
            errors: &response.errors,
            data: ran(response).then_some(&response.data),
            extensions: &response.extensions,
        }
    }
}

/// The status that the answer deserves. By the older media type it is 200 for whatever was a GraphQL request; by the
/// newer one 400 for a request that did not run. A limit on the rate is 429 by either, and an answer that has nothing in
/// it because something is not there yet is 503: the same request may be answered in a moment. Of a batch that is so only
/// where it is so of each operation: who sends it again would run the others twice.
fn status_of(wanted: Wants, responses: &[Response]) -> StatusCode {
    // The last of them was refused too, so the headers of its charge say when to come back.
    if responses.iter().all(|response| graphql::code_of(response) == Some(Code::RateLimited) && !ran(response)) {
        return StatusCode::TOO_MANY_REQUESTS;
    }
    let nothing = |response: &Response| response.data == async_graphql::Value::Null;
    if responses.iter().all(|response| graphql::code_of(response) == Some(Code::Unavailable) && nothing(response)) {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    match responses {
        [response] if wanted == Wants::Response && !ran(response) => StatusCode::BAD_REQUEST,
        _ => StatusCode::OK,
    }
}

async fn explorer(app: &App) -> Result<HttpResponse> {
    if !app.settings.graphql.graphiql {
        let says = "The explorer is switched off here ([graphql] graphiql); send a query.";
        return Err(Error::new(Code::NotFound, says));
    }
    let reader = crate::catalogue::Reader::of(app);
    let (slug, topic) = match crate::catalogue::list::example(&reader).await? {
        Some(card) => (card.slug.clone(), card.topics.first().copied()),
        None => (String::new(), None),
    };
    let topic = match topic {
        Some(id) => crate::catalogue::topic::by_ids(&reader, &[id]).await?.pop().flatten(),
        None => None,
    };
    let topic = topic.map_or_else(String::new, |topic| topic.slug.clone());
    let page = pages::graphiql(&pages::Explorer::new(&app.settings.site.name, &slug, &topic));
    Ok(page_response(page))
}

/// A page as it is sent.
fn page_response(page: pages::Page) -> HttpResponse {
    let mut builder = HttpResponse::Ok();
    builder
        .insert_header((header::CONTENT_TYPE, page.content_type.as_ref()))
        .insert_header((header::CACHE_CONTROL, page.cache_control))
        .insert_header((header::VARY, "Accept"));
    if let Some(csp) = page.csp {
        builder.insert_header((header::CONTENT_SECURITY_POLICY, csp));
    }
    builder.body(page.body.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Settings, Sources};
    use actix_web::test::TestRequest;

    #[test]
    fn accept_chooses_the_media_type() {
        for (accept, page, expected) in [
            ("application/graphql-response+json", false, Some(Wants::Response)),
            ("application/json", false, Some(Wants::Json)),
            ("*/*", false, Some(Wants::Json)),
            (
                "application/graphql-response+json; charset=utf-8, application/json; charset=utf-8",
                false,
                Some(Wants::Response),
            ),
            ("application/json;q=0.5, application/graphql-response+json", false, Some(Wants::Response)),
            ("text/html,application/xhtml+xml,*/*;q=0.8", true, Some(Wants::Page)),
            ("text/html,*/*;q=0.8", false, Some(Wants::Json)),
            ("text/plain", false, None),
            ("application/json;q=0", false, None),
            // The most specific range decides about each type, wherever it stands.
            ("application/json;q=0, */*", false, Some(Wants::Response)),
            ("*/*, application/json;q=0", true, Some(Wants::Response)),
            ("application/*;q=0.5, application/json;q=0.1", false, Some(Wants::Response)),
            ("application/graphql-response+json;q=0.1, */*;q=0.5", false, Some(Wants::Json)),
            ("application/json;q=0, application/graphql-response+json;q=0, */*", false, None),
            ("*/*, application/graphql-response+json", false, Some(Wants::Response)),
            ("application/json, application/graphql-response+json", false, Some(Wants::Json)),
            ("application/*", true, Some(Wants::Json)),
            ("text/*", true, Some(Wants::Page)),
            ("text/*", false, None),
            ("", false, Some(Wants::Json)),
            (" ", true, Some(Wants::Json)),
        ] {
            let req = TestRequest::get().insert_header((header::ACCEPT, accept)).to_http_request();
            assert_eq!(wants(&req, page), expected, "{accept}");
        }
        assert_eq!(wants(&TestRequest::get().to_http_request(), true), Some(Wants::Json));
    }

    #[test]
    fn a_request_names_its_faults() {
        let documents = Documents::open(&Settings::load(&Sources::none()).unwrap().graphql).unwrap();
        let says = |json: Value| request_of(&documents, json).unwrap_err().message().to_owned();
        assert!(says(serde_json::json!([])).contains("object"));
        assert!(says(serde_json::json!({})).contains("query is missing"));
        assert!(says(serde_json::json!({"query": 1})).contains("query is no string"));
        assert!(says(serde_json::json!({"query": "{a}", "variables": "x"})).contains("variables"));
        assert!(says(serde_json::json!({"query": "{a}", "operationName": 1})).contains("operationName"));
        assert!(says(serde_json::json!({"query": "{a}", "extensions": 1})).contains("extensions"));
    }
}
