//! Answers that are kept whole, as they went out: a hit goes through none of the layers within.
//!
//! Kept is what strangers are told, who send no credential: an answer to a GET, or to a GraphQL query by POST, whose
//! handler has said what it depends on ([`depends`]). The key is everything of a request that such an answer can differ by,
//! compared whole; the value are the bytes in the coding that they were sent in, with their entity tag. It stands while
//! no change touches what it depends on (`cache`), so it is never older than what this process has been told of.
//!
//! What every answer needs and a kept one cannot hold is done here for a hit: the request's id, the points that it costs,
//! the number up to which it is complete, counting, the log. So 404 and 410 are kept too (`absence`), but their documents name
//! the request, so they are kept in parts and put together for each.
//!
//! What many ask for at once is made once: the others wait for the first.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::body::{EitherBody, MessageBody, to_bytes};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::header::{self, HeaderMap, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use bytes::{Bytes, BytesMut};
use futures::{Stream, StreamExt as _};

use super::absence::Told;
use super::answer::Answer;
use super::metrics::{Counted, RoutePattern};
use super::request_id::{RequestId, X_REQUEST_ID};
use super::shell::Shell;
use super::{access_log, coding, conditional, freshness, front, problem, rate, reply};
use crate::app::App;
use crate::cache::{Depends, Entered, FOR_ONE, Gate, Kept, KeptStatus, Made};
use crate::catalogue::{Reader, answers};
use crate::error::Error;

const GRAPHQL: &str = "/graphql";
/// The longest key that is kept: target, headers that count, and body.
const KEY_MOST: usize = 32 << 10;
/// The longest answer that is kept.
const BODY_MOST: usize = 4 << 20;
/// How long one waits for another who asks for the same.
const PATIENCE: Duration = Duration::from_secs(5);

type BoxedPayload = Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>>;

/// What of a request an answer can differ by.
type Key = Box<[u8]>;

/// The answers that are kept whole. Cloning shares them.
#[derive(Clone)]
pub struct Pages {
    kept: Kept<Key, Page>,
    gate: Gate<Key>,
}

/// An answer as it went out.
struct Page {
    /// Its headers, without those that each answer has anew.
    headers: HeaderMap,
    /// Those of its 304.
    unchanged: HeaderMap,
    status: StatusCode,
    body: Bytes,
    /// What stands in the place of the body where that names the request.
    told: Option<Told>,
    /// The base of its entity tag, where it has one.
    tag: Option<String>,
    modified: Option<HeaderValue>,
    /// What it costs, in points.
    cost: u32,
    route: RoutePattern,
    counted: Counted,
    counted_unchanged: Counted,
}

impl Pages {
    /// None yet, in at most so many bytes; they stand by the marks of the application's other answers.
    pub fn new(app: &App) -> Pages {
        let most = app.settings.cache.size.0 / 2;
        Pages {
            kept: Kept::new(most, |key: &Key| key.len()).beside(&app.answers).named("pages"),
            gate: Gate::default(),
        }
    }

    /// How it does.
    pub fn status(&self) -> KeptStatus {
        self.kept.status()
    }

    /// The answer that is kept under this key and stands, with the change up to which it does. Who looks again for the
    /// same request is not counted again.
    async fn find(&self, app: &App, key: &[u8], least: i64, again: bool) -> Option<(Arc<Made<Page>>, i64)> {
        // What cannot be held against the log is not known to stand.
        let upto = answers::keep_up(app, least).await.ok()?.seq;
        if least > upto {
            return None;
        }
        let now = app.db.clock().now();
        let made = if again { self.kept.again(key, now) } else { self.kept.peek(key, now) }?;
        let seq = upto.max(made.on().label.seq);
        Some((made, seq))
    }
}

/// Leaves with a request what the answer to it depends on: all that this reader has read. Without it nothing is kept.
pub fn depends(req: &HttpRequest, reader: &Reader) {
    if let Ok(depends) = reader.depended() {
        req.extensions_mut().insert(depends);
    }
}

/// The same, where it is known otherwise.
pub fn depends_on(req: &HttpRequest, on: Depends) {
    req.extensions_mut().insert(on);
}

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Answer<EitherBody<B, Bytes>> {
    let begun = Instant::now();
    let Some(shell) = req.app_data::<web::Data<Shell>>().cloned() else {
        return Err(Error::internal("the request was served by an app without its shell").into());
    };
    let app = req.app_data::<web::Data<App>>().cloned();
    let Some(app) = app else { return next.call(req).await.map(ServiceResponse::map_into_left_body) };
    // Where nothing is kept nobody waits for another who asks the same.
    let pages = shell.pages.as_ref().filter(|pages| pages.kept.keeps());
    let (Some(pages), Some(least)) = (pages, least_of(&req)) else {
        return passed(req, &next, &shell, &app).await.map(|(response, _)| response.map_into_left_body());
    };
    let Some(key) = key(&mut req, &shell).await else {
        return passed(req, &next, &shell, &app).await.map(|(response, _)| response.map_into_left_body());
    };
    let mut pass = None;
    let mut boxed: Option<Key> = None;
    loop {
        if let Some((made, seq)) = pages.find(&app, &key, least, boxed.is_some()).await {
            return match hit(&req, &shell, &app, &made, seq, begun) {
                Some(response) => Ok(req.into_response(response).map_into_right_body()),
                // It cannot be paid, which those within say better.
                None => next.call(req).await.map(ServiceResponse::map_into_left_body),
            };
        }
        if pass.is_some() {
            break;
        }
        let key = boxed.get_or_insert_with(|| key.as_slice().into());
        match actix_web::rt::time::timeout(PATIENCE, pages.gate.enter(key)).await {
            // Once more: who was first may have been done between the look and the gate.
            Ok(Entered::First(first)) => pass = Some(first),
            Ok(Entered::Done) => {}
            Ok(Entered::Alone) | Err(_) => break,
        }
    }
    // A client that holds an answer already is answered from the whole one, which is what is kept.
    let asked = Conditions::take(&mut req);
    let (response, depends) = passed(req, &next, &shell, &app).await?;
    let told = response.request().extensions_mut().remove::<Told>();
    let fits = match response.status() {
        StatusCode::OK | StatusCode::PERMANENT_REDIRECT => told.is_none(),
        // In a format that does not name the request, or as a document of which it is known how to name another; that one is put
        // together plain, which is not for everybody.
        StatusCode::NOT_FOUND | StatusCode::GONE => match told {
            Some(_) => !coding::refuses_plain(response.request().headers()),
            None => !is_problem(response.headers()),
        },
        _ => false,
    };
    let depends = depends.filter(|depends| fits && depends.until != FOR_ONE);
    let (Some(depends), false) = (depends, response.headers().contains_key(header::SET_COOKIE)) else {
        if let Some(pass) = &mut pass {
            pass.alone();
        }
        return Ok(asked.answer(response.map_into_left_body()));
    };
    let (request, response) = response.into_parts();
    let (response, body) = response.into_parts();
    let body = to_bytes(body).await.map_err(|e| Error::internal(e.into().to_string()))?;
    if body.len() <= BODY_MOST {
        let page = Page::of(&request, response.status(), response.headers(), &body, told);
        let size = page.size();
        pages.kept.keep(boxed.unwrap_or_else(|| key.into()), Made::new(page, depends, size));
    }
    let response = ServiceResponse::new(request, response.set_body(body));
    Ok(asked.answer(response.map_into_right_body()))
}

/// What the layers within answer, with what it depends on, which it says to caches in front.
async fn passed<B: MessageBody + 'static>(
    req: ServiceRequest,
    next: &Next<B>,
    shell: &Shell,
    app: &App,
) -> Result<(ServiceResponse<B>, Option<Depends>), actix_web::Error> {
    let mut response = next.call(req).await?;
    let depends = response.request().extensions_mut().remove::<Depends>();
    if let Some(depends) = &depends {
        let is_told = front::is_told(app);
        front::tell(response.headers_mut(), depends, &shell.settings, is_told, app.db.clock().now());
    }
    Ok((response, depends))
}

fn is_problem(headers: &HeaderMap) -> bool {
    headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(problem::MEDIA_TYPE.as_bytes()))
}

/// Whether an answer to this request may be kept, or be a kept one: the number of the change that it must be complete up
/// to. `None` for who sends a credential, for everything that is no read, and for a read that is to fail where the answer is not
/// the one that was expected ([`conditional::layer`]): nobody asks so twice.
fn least_of(req: &ServiceRequest) -> Option<i64> {
    let (headers, path) = (req.headers(), req.path());
    let reads = match *req.method() {
        Method::GET => path == GRAPHQL || ["/v1/", "/feeds", "/sitemaps/"].iter().any(|start| path.starts_with(start)),
        Method::POST => path == GRAPHQL,
        _ => false,
    };
    // Other cookies than ours are none of our business: pages of the same site may have set them.
    let is_ours = |line: &HeaderValue| line.as_bytes().windows(8).any(|part| part == b"masthead");
    let known = headers.contains_key(header::AUTHORIZATION)
        || headers.contains_key(reply::PREVIEW)
        || headers.get_all(header::COOKIE).any(is_ours);
    if !reads || known || conditional::expects(headers) {
        return None;
    }
    let mut asked = headers.get_all(freshness::MIN_SEQ_NAME);
    match (asked.next(), asked.next()) {
        (None, _) => Some(0),
        (Some(value), None) => value.to_str().ok()?.parse().ok().filter(|least| *least >= 0),
        // What is no number, or more than one, is for those within to refuse.
        (Some(_), Some(_)) => None,
    }
}

/// Everything of a request that a kept answer can differ by; `None` where it is too long.
async fn key(req: &mut ServiceRequest, shell: &Shell) -> Option<Vec<u8>> {
    let posted = match *req.method() {
        Method::POST => Some(body(req, shell).await?),
        _ => None,
    };
    let target = req.uri().path_and_query().map_or("", |target| target.as_str());
    let mut key = Vec::with_capacity(target.len() + 128 + posted.as_ref().map_or(0, Bytes::len));
    // No header and no target has the end of a line in it.
    let mut line = |part: &[u8]| {
        key.extend_from_slice(part);
        key.push(b'\n');
    };
    line(if posted.is_some() { b"POST" } else { b"GET" });
    line(target.as_bytes());
    let names = [
        Some(header::ACCEPT),
        Some(header::ACCEPT_ENCODING),
        // Where all origins may read, all are told the same.
        (!shell.settings.cors.any_origin()).then_some(header::ORIGIN),
        posted.is_some().then_some(header::CONTENT_TYPE),
        // The same bytes say something else in another coding, or nothing.
        posted.is_some().then_some(header::CONTENT_ENCODING),
    ];
    for name in names.into_iter().flatten() {
        for value in req.headers().get_all(name) {
            line(value.as_bytes());
        }
        line(b"");
    }
    if let Some(posted) = posted {
        key.extend_from_slice(&posted);
    }
    (key.len() <= KEY_MOST).then_some(key)
}

/// The body of a request, which goes on having it. `None` where it is long, has no length, or does not come.
async fn body(req: &mut ServiceRequest, shell: &Shell) -> Option<Bytes> {
    let length = req.headers().get(header::CONTENT_LENGTH)?.to_str().ok()?.parse::<usize>().ok()?;
    if length > KEY_MOST {
        return None;
    }
    let mut payload = req.take_payload();
    let mut read = BytesMut::with_capacity(length);
    let whole = async {
        while let Some(chunk) = payload.next().await {
            read.extend_from_slice(&chunk?);
        }
        Ok::<_, PayloadError>(())
    };
    let came = actix_web::rt::time::timeout(shell.settings.server.request_timeout, whole).await;
    let read = read.freeze();
    // What came is read again within, and what is wrong with it is said there.
    let first = futures::stream::iter((!read.is_empty()).then(|| Ok(read.clone())));
    let (payload, whole): (BoxedPayload, bool) = match came {
        Ok(Ok(())) => (Box::pin(first), true),
        Ok(Err(error)) => (Box::pin(first.chain(futures::stream::iter([Err(error)]))), false),
        Err(_) => (Box::pin(first.chain(payload)), false),
    };
    req.set_payload(Payload::Stream { payload });
    whole.then_some(read)
}

impl Page {
    fn of(req: &HttpRequest, status: StatusCode, headers: &HeaderMap, body: &Bytes, told: Option<Told>) -> Page {
        let mut headers = headers.clone();
        if told.is_some() {
            // It is sent as it is: what names its request is coded for nobody else.
            headers.remove(header::CONTENT_ENCODING);
        }
        for name in [X_REQUEST_ID, rate::RATE_LIMIT, rate::RATE_LIMIT_POLICY, reply::SEQ, header::DATE] {
            headers.remove(name);
        }
        let mut unchanged = headers.clone();
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            unchanged.remove(name);
        }
        let route = RoutePattern::of(req);
        let method = req.method();
        Page {
            tag: conditional::base(&headers).map(ToOwned::to_owned),
            modified: headers.get(header::LAST_MODIFIED).cloned(),
            headers,
            unchanged,
            status,
            body: if told.is_some() { Bytes::new() } else { body.clone() },
            told,
            cost: rate::cost(req),
            counted: Counted::of(&route, method, status),
            counted_unchanged: Counted::of(&route, method, StatusCode::NOT_MODIFIED),
            route,
        }
    }

    /// What it takes, in bytes, roughly.
    fn size(&self) -> usize {
        let lines = |headers: &HeaderMap| headers.iter().map(|(_, value)| value.len() + 64).sum::<usize>();
        // A document in parts takes more than its bytes: each text of it stands for itself.
        let told = self.told.as_ref().map_or(0, |told| told.to(None).len() * 2);
        self.body.len() + told + lines(&self.headers) + lines(&self.unchanged) + size_of::<Page>()
    }
}

/// A kept answer for this request; `None` when it cannot be paid.
fn hit(
    req: &ServiceRequest,
    shell: &Shell,
    app: &App,
    made: &Made<Page>,
    seq: i64,
    begun: Instant,
) -> Option<HttpResponse<Bytes>> {
    let page = &made.value;
    rate::charge(req.request(), page.cost).ok()?;
    let id = RequestId::for_headers(req.headers());
    let held = page
        .tag
        .as_deref()
        // Other answers than 200 have no conditions (RFC 9110, 13.2.1).
        .filter(|_| page.status == StatusCode::OK)
        .and_then(|base| conditional::held(req.headers(), base))
        .or_else(|| page.is_since(req.headers()).then(String::new));
    let (mut response, counted) = match &held {
        None => {
            let body = page.told.as_ref().map_or_else(|| page.body.clone(), |told| told.to(Some(&id)).into());
            let mut response = HttpResponse::with_body(page.status, body);
            *response.headers_mut() = page.headers.clone();
            (response, &page.counted)
        }
        Some(held) => {
            let mut response = HttpResponse::with_body(StatusCode::NOT_MODIFIED, Bytes::new());
            *response.headers_mut() = page.unchanged.clone();
            conditional::confirm(response.headers_mut(), held);
            (response, &page.counted_unchanged)
        }
    };
    let headers = response.headers_mut();
    headers.insert(reply::SEQ, HeaderValue::from(seq));
    if made.on().until.is_some() || !app.is_current() {
        // There is less of its time left than when it was made.
        front::bound(headers, made.on().until, front::is_told(app), app.db.clock().now());
    }
    rate::tell(req.request(), headers);
    if let Some(id) = id.value() {
        headers.insert(X_REQUEST_ID, id);
    }
    counted.record(begun.elapsed());
    let log = &shell.settings.log;
    if log.requests {
        let status = response.status();
        let span = tracing::info_span!("request", id = id.as_str());
        let bytes = response.body().len() as u64;
        let asked = access_log::Asked::of(req.request(), log).ok()?;
        span.in_scope(|| asked.answered(&page.route, status, begun.elapsed(), Some(bytes)));
    }
    Some(response)
}

impl Page {
    fn is_since(&self, headers: &HeaderMap) -> bool {
        conditional::is_since(headers, self.modified.as_ref().and_then(|date| date.to_str().ok()))
    }
}

/// The conditions of a request (RFC 9110, 13.1), taken off it.
struct Conditions(HeaderMap);

impl Conditions {
    fn take(req: &mut ServiceRequest) -> Conditions {
        let mut taken = HeaderMap::new();
        if *req.method() == Method::GET {
            for name in [header::IF_NONE_MATCH, header::IF_MODIFIED_SINCE] {
                for value in req.headers_mut().remove(&name).collect::<Vec<_>>() {
                    taken.append(name.clone(), value);
                }
            }
        }
        Conditions(taken)
    }

    /// The same answer, or 304 where the client holds it already.
    fn answer<B>(self, mut response: ServiceResponse<EitherBody<B, Bytes>>) -> ServiceResponse<EitherBody<B, Bytes>> {
        if self.0.is_empty() || response.status() != StatusCode::OK {
            return response;
        }
        let headers = response.headers();
        let held = conditional::base(headers).and_then(|base| conditional::held(&self.0, base));
        let modified = headers.get(header::LAST_MODIFIED).and_then(|date| date.to_str().ok());
        let Some(held) = held.or_else(|| conditional::is_since(&self.0, modified).then(String::new)) else {
            return response;
        };
        *response.response_mut().status_mut() = StatusCode::NOT_MODIFIED;
        let headers = response.headers_mut();
        for name in [header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            headers.remove(name);
        }
        conditional::confirm(headers, &held);
        response.map_body(|_, _| EitherBody::right(Bytes::new()))
    }
}
