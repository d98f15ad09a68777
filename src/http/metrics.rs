//! Counts and times requests by the pattern of their route.

use super::answer::{Answer, status};
use crate::telemetry::names;
use actix_web::{HttpMessage, body::MessageBody, dev::ServiceRequest, http::Method, middleware::Next};
use std::{fmt, rc::Rc, time::Instant};

/// The pattern of the route that a request meets, such as `/v1/articles/{id}`, or `none`. Cheap to clone.
///
/// Patterns are few, while paths are without number: a metric by path would grow with every probe of a scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoutePattern(Rc<str>);

impl RoutePattern {
    /// The pattern for `req`, found once and kept with the request.
    pub(super) fn of(req: &ServiceRequest) -> Self {
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
        metrics::gauge!(names::HTTP_IN_FLIGHT).increment(1.0);
        InFlight
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        metrics::gauge!(names::HTTP_IN_FLIGHT).decrement(1.0);
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

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let _in_flight = InFlight::begin();
    let (route, method, begun) = (RoutePattern::of(&req), method_name(req.method()), Instant::now());
    let answer = next.call(req).await;
    let route = route.to_string();
    metrics::histogram!(names::HTTP_DURATION, "route" => route.clone()).record(begun.elapsed());
    let status = status(&answer).as_u16().to_string();
    metrics::counter!(names::HTTP_REQUESTS, "route" => route, "method" => method, "status" => status).increment(1);
    answer
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
