//! Counts and times requests by the pattern of their route.

use super::answer::{Answer, status};
use crate::telemetry::names;
use actix_web::{
    HttpMessage, HttpRequest,
    body::MessageBody,
    dev::ServiceRequest,
    http::{Method, StatusCode},
    middleware::Next,
};
use std::{
    cell::RefCell,
    collections::HashMap,
    fmt,
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

/// The pattern of the route that a request meets, such as `/v1/articles/{id}`, or `none`. Cheap to clone.
///
/// Patterns are few, while paths are without number: a metric by path would grow with every probe of a scanner.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoutePattern(Arc<str>);

impl RoutePattern {
    /// The pattern for `req`, found once and kept with the request.
    pub(super) fn of(req: &HttpRequest) -> Self {
        if let Some(known) = req.extensions().get::<RoutePattern>() {
            return known.clone();
        }
        let found = RoutePattern(req.match_pattern().as_deref().unwrap_or("none").into());
        req.extensions_mut().insert(found.clone());
        found
    }
}

impl fmt::Display for RoutePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Counts a request as in flight for as long as it lives, also when the client hangs up and its future is dropped.
struct InFlight;

impl InFlight {
    fn begin() -> Self {
        IN_FLIGHT.with(|gauge| gauge.increment(1.0));
        InFlight
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        IN_FLIGHT.with(|gauge| gauge.decrement(1.0));
    }
}

/// Method names that are counted by name; a client can invent others.
fn method_name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Where the requests of one route that end alike are counted: to be had once and kept, where there are many.
pub(super) struct Counted {
    requests: metrics::Counter,
    duration: metrics::Histogram,
}

impl Counted {
    /// The requests of this route and method that end with this status.
    pub(super) fn of(route: &RoutePattern, method: &Method, status: StatusCode) -> Counted {
        Counted::new(route, method_name(method), status)
    }

    fn new(route: &RoutePattern, method: &'static str, status: StatusCode) -> Counted {
        let (route, status) = (route.to_string(), status.as_u16().to_string());
        Counted {
            duration: metrics::histogram!(names::HTTP_DURATION, "route" => route.clone()),
            requests: metrics::counter!(names::HTTP_REQUESTS, "route" => route, "method" => method, "status" => status),
        }
    }

    /// Counts one that took so long.
    pub(super) fn record(&self, took: Duration) {
        self.duration.record(took);
        self.requests.increment(1);
    }
}

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let _in_flight = InFlight::begin();
    let (route, method, begun) = (RoutePattern::of(req.request()), method_name(req.method()), Instant::now());
    let answer = next.call(req).await;
    counted(route, method, status(&answer)).record(begun.elapsed());
    answer
}

/// What requests are counted by: route, method and status.
type Ending = (RoutePattern, &'static str, StatusCode);

thread_local! {
    /// Where each worker counts what it is at.
    static IN_FLIGHT: metrics::Gauge = metrics::gauge!(names::HTTP_IN_FLIGHT);
    /// Where each worker counts. Routes, methods and statuses are few; looking the place up by its labels makes several
    /// strings for each request.
    static COUNTED: RefCell<HashMap<Ending, Rc<Counted>>> = RefCell::default();
}

fn counted(route: RoutePattern, method: &'static str, status: StatusCode) -> Rc<Counted> {
    COUNTED.with_borrow_mut(|known| {
        let place = known.entry((route, method, status));
        place.or_insert_with_key(|(route, method, status)| Rc::new(Counted::new(route, method, *status))).clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::Metrics;
    use actix_web::{App, HttpResponse, middleware::from_fn, test, web};

    #[actix_web::test]
    async fn requests_are_counted_by_pattern() {
        let metrics = Metrics::install().unwrap();
        let app = App::new()
            .wrap(from_fn(layer))
            .service(web::scope("/metrics-test").route("/{id}", web::get().to(HttpResponse::Ok)));
        let app = test::init_service(app).await;
        for path in ["/metrics-test/1", "/metrics-test/2", "/metrics-test/1/2/3"] {
            test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
        }
        let text = metrics.render();
        let counted = "masthead_http_requests_total{route=\"/metrics-test/{id}\",method=\"GET\",status=\"200\"} 2";
        assert!(text.contains(counted), "{text}");
        assert!(text.contains("route=\"none\",method=\"GET\",status=\"404\""), "{text}");
        assert!(!text.contains("/metrics-test/1"), "{text}");
    }
}
