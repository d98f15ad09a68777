//! HEAD and OPTIONS for every route, and `Allow` that names them.
//!
//! A route is written for GET; HEAD is the same without the body (RFC 9110, 9.3.2), and OPTIONS tells the methods
//! (9.3.7). Doing both here keeps them off every route. The preflight requests of CORS never come this far.

use super::answer::Answer;
use actix_web::{
    HttpRequest, HttpResponse,
    body::{EitherBody, MessageBody},
    dev::ServiceRequest,
    http::{
        Method, StatusCode,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web,
};
use std::collections::HashMap;

/// What some route or other knows: so `OPTIONS *` is told, which asks about no route but about the server (RFC 9110, 9.3.7).
const ALL: &str = "DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT";

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(
    mut req: ServiceRequest,
    next: Next<B>,
) -> Answer<EitherBody<B, ()>> {
    let asked = req.method().clone();
    if asked == Method::OPTIONS && req.path() == "*" {
        let response = HttpResponse::NoContent().insert_header((header::ALLOW, ALL)).finish();
        return Ok(req.into_response(response).map_body(|_, _| EitherBody::right(())));
    }
    if asked == Method::HEAD {
        // The codec has noted that this is a HEAD and sends no body, with the length that it would have had.
        req.head_mut().method = Method::GET;
    }
    let mut response = next.call(req).await?;
    if response.status() != StatusCode::METHOD_NOT_ALLOWED {
        return Ok(response.map_into_left_body());
    }
    let complete = complete_allow(response.headers_mut());
    if complete && asked == Method::OPTIONS {
        *response.response_mut().status_mut() = StatusCode::NO_CONTENT;
        response.headers_mut().remove(header::CONTENT_TYPE);
        return Ok(response.map_body(|_, _| EitherBody::right(())));
    }
    Ok(response.map_into_left_body())
}

/// Adds HEAD and OPTIONS to `Allow`; false if there is no such header.
fn complete_allow(headers: &mut HeaderMap) -> bool {
    let lines = headers.get_all(header::ALLOW).filter_map(|value| value.to_str().ok());
    let mut methods: Vec<&str> =
        lines.flat_map(|line| line.split(',')).map(str::trim).filter(|m| !m.is_empty()).collect();
    if methods.is_empty() {
        return false;
    }
    if methods.contains(&"GET") {
        methods.push("HEAD");
    }
    methods.push("OPTIONS");
    methods.sort_unstable();
    methods.dedup();
    if let Ok(value) = HeaderValue::from_str(&methods.join(", ")) {
        headers.insert(header::ALLOW, value);
    }
    true
}

/// The methods of paths whose routes keep them to themselves.
///
/// `web::resource(path).route(…).route(…)` answers a wrong method with 405 and `Allow` by itself: prefer it. A route
/// that was added with `App::route` or an attribute macro refuses the request as a whole, and actix would answer 404.
/// For those, give the app this table: `app.app_data(web::Data::new(methods))`. The patterns are as actix has them.
///
/// ```
/// use masthead::http::methods::Methods;
/// let methods: Methods = [("/v1/articles/{id}", "GET"), ("/graphql", "GET"), ("/graphql", "POST")].into_iter().collect();
/// assert_eq!(methods.of("/graphql"), Some("GET, POST"));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Methods(HashMap<String, String>);

impl Methods {
    /// The methods of the routes with this pattern, as `Allow` has them.
    pub fn of(&self, pattern: &str) -> Option<&str> {
        self.0.get(pattern).map(String::as_str)
    }
}

impl<P: Into<String>, M: AsRef<str>> FromIterator<(P, M)> for Methods {
    fn from_iter<I: IntoIterator<Item = (P, M)>>(routes: I) -> Self {
        let mut table: HashMap<String, String> = HashMap::new();
        for (pattern, method) in routes {
            let methods = table.entry(pattern.into()).or_default();
            let separator = if methods.is_empty() { "" } else { ", " };
            methods.push_str(separator);
            methods.push_str(method.as_ref());
        }
        Methods(table)
    }
}

/// Answers what no route has taken: 405 if the path is in the table of [`Methods`], else 404.
pub(super) async fn no_route(req: HttpRequest) -> HttpResponse {
    let table = req.app_data::<web::Data<Methods>>();
    match table.zip(req.match_pattern()).and_then(|(table, pattern)| Some(table.of(&pattern)?.to_owned())) {
        Some(allow) => HttpResponse::MethodNotAllowed().insert_header((header::ALLOW, allow)).finish(),
        None => HttpResponse::NotFound().finish(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{
        App,
        middleware::from_fn,
        test::{self, TestRequest},
    };

    async fn ask(method: Method, path: &str) -> (u16, String) {
        let scope = web::scope("/scope").service(
            web::resource("/both").route(web::get().to(HttpResponse::Ok)).route(web::put().to(HttpResponse::Ok)),
        );
        let methods: Methods =
            [("/one", "GET"), ("/two", "GET"), ("/two", "POST"), ("/scope/one/{id}", "DELETE")].into_iter().collect();
        let app = App::new()
            .app_data(web::Data::new(methods))
            .default_service(web::to(no_route))
            .wrap(from_fn(layer))
            .route("/one", web::get().to(HttpResponse::Ok))
            .route("/two", web::get().to(HttpResponse::Ok))
            .route("/two", web::post().to(HttpResponse::Ok))
            .service(scope.route("/one/{id}", web::delete().to(HttpResponse::Ok)));
        let req = TestRequest::with_uri(path).method(method).to_request();
        let res = test::call_service(&test::init_service(app).await, req).await;
        let allow = res.headers().get(header::ALLOW).map_or("", |value| value.to_str().unwrap());
        (res.status().as_u16(), allow.to_owned())
    }

    #[actix_web::test]
    async fn every_route_knows_head_and_options() {
        for (method, path, status, allow) in [
            (Method::GET, "/one", 200, ""),
            (Method::HEAD, "/one", 200, ""),
            (Method::POST, "/one", 405, "GET, HEAD, OPTIONS"),
            (Method::OPTIONS, "/one", 204, "GET, HEAD, OPTIONS"),
            (Method::POST, "/two", 200, ""),
            (Method::PUT, "/two", 405, "GET, HEAD, OPTIONS, POST"),
            (Method::HEAD, "/scope/both", 200, ""),
            (Method::DELETE, "/scope/both", 405, "GET, HEAD, OPTIONS, PUT"),
            (Method::OPTIONS, "/scope/one/7", 204, "DELETE, OPTIONS"),
            (Method::HEAD, "/scope/one/7", 405, "DELETE, OPTIONS"),
            (Method::GET, "/nowhere", 404, ""),
            (Method::OPTIONS, "/nowhere", 404, ""),
            (Method::GET, "/scope/nowhere", 404, ""),
            (Method::OPTIONS, "*", 204, ALL),
            (Method::GET, "*", 404, ""),
        ] {
            assert_eq!(ask(method.clone(), path).await, (status, allow.to_owned()), "{method} {path}");
        }
    }
}
