//! Cross-origin reads (the CORS protocol of the Fetch standard), by configuration, with `actix-cors`.

use super::{
    answer::{Answer, edit_headers},
    rate,
    request_id::X_REQUEST_ID,
    shell::Shell,
};
use crate::config::CorsSettings;
use actix_cors::Cors;
use actix_web::body::MessageBody;
use actix_web::dev::ServiceRequest;
use actix_web::http::Method;
use actix_web::http::header::{self, HeaderValue};
use actix_web::middleware::Next;

/// Response headers that a page's script may read beside those that are always readable.
const EXPOSED: [header::HeaderName; 11] = [
    header::ALLOW,
    header::CONTENT_LANGUAGE,
    header::DATE,
    header::ETAG,
    header::LINK,
    header::LOCATION,
    header::RETRY_AFTER,
    rate::RATE_LIMIT,
    rate::RATE_LIMIT_POLICY,
    X_REQUEST_ID,
    header::HeaderName::from_static("masthead-seq"),
];

/// The layer for these settings.
///
/// With every origin allowed the answer says `*` and does not vary by origin, so that a shared cache keeps one copy. Where
/// origins are listed each answer varies by origin, also one to a request that names none, and a page of an origin that is not
/// listed is answered without being allowed, so that its browser keeps the answer from it.
pub(super) fn layer(settings: &CorsSettings) -> Cors {
    let mut cors = Cors::default()
        .allowed_methods(settings.methods.iter().filter_map(|method| Method::from_bytes(method.as_bytes()).ok()))
        .expose_headers(EXPOSED)
        .max_age(usize::try_from(settings.max_age.as_secs()).ok())
        .block_on_origin_mismatch(false);
    cors = if settings.any_origin() {
        cors.allow_any_origin().send_wildcard().disable_vary_header()
    } else {
        settings.origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
    };
    cors = if settings.headers.iter().any(|name| name == "*") {
        cors.allow_any_header()
    } else {
        cors.allowed_headers(settings.headers.iter())
    };
    if settings.credentials { cors.supports_credentials() } else { cors }
}

/// The layer within that one: where every origin may read, each answer says so. Left to itself that one says it to who names an
/// origin only, and a shared cache would give what it kept of another request to a page, whose browser keeps it from the page.
/// Preflight requests do not come so far.
pub(super) async fn for_all<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let any_origin = Shell::of(req.request())?.settings.cors.any_origin();
    let answer = next.call(req).await;
    if !any_origin {
        return answer;
    }
    edit_headers(answer, |headers| {
        headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    })
}

#[cfg(test)]
mod tests {
    use crate::config::{Settings, Sources};
    use crate::http::shell::Shell;
    use actix_web::{
        App, HttpResponse,
        dev::ServiceResponse,
        http::header::{self, HeaderName},
        middleware::from_fn,
        test::{self, TestRequest},
        web,
    };

    async fn ask(sources: Sources, req: TestRequest) -> ServiceResponse {
        let shell = Shell::new(Settings::load(&sources).unwrap());
        let app = App::new()
            .app_data(web::Data::new(shell.clone()))
            .wrap(from_fn(super::for_all))
            .wrap(super::layer(&shell.settings.cors))
            .route("/", web::get().to(HttpResponse::Ok));
        test::call_service(&test::init_service(app).await, req.to_request()).await.map_into_boxed_body()
    }

    fn value<'a>(res: &'a ServiceResponse, name: &HeaderName) -> Option<&'a str> {
        res.headers().get(name).map(|value| value.to_str().unwrap())
    }

    fn preflight(origin: &str) -> TestRequest {
        TestRequest::with_uri("/")
            .method(actix_web::http::Method::OPTIONS)
            .insert_header((header::ORIGIN, origin))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "POST"))
            .insert_header((header::ACCESS_CONTROL_REQUEST_HEADERS, "x-anything, content-type"))
    }

    #[actix_web::test]
    async fn by_default_all_may_read_and_nobody_sends_cookies() {
        // Also without an origin: a shared cache gives that answer to a page.
        for origin in [Some("https://a.example"), Some("null"), None] {
            let req = TestRequest::get();
            let req = if let Some(origin) = origin { req.insert_header((header::ORIGIN, origin)) } else { req };
            let res = ask(Sources::none(), req).await;
            assert_eq!(value(&res, &header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("*"));
            assert_eq!(value(&res, &header::ACCESS_CONTROL_ALLOW_CREDENTIALS), None);
            assert_eq!(value(&res, &header::VARY), None);
            let exposed = value(&res, &header::ACCESS_CONTROL_EXPOSE_HEADERS).unwrap().to_ascii_lowercase();
            assert!(
                ["etag", "link", "ratelimit", "retry-after", "x-request-id", "masthead-seq"]
                    .iter()
                    .all(|h| exposed.contains(h)),
                "{exposed}"
            );
        }
        let res = ask(Sources::none(), preflight("https://a.example")).await;
        assert_eq!((res.status().as_u16(), value(&res, &header::ACCESS_CONTROL_MAX_AGE)), (200, Some("3600")));
        assert!(value(&res, &header::ACCESS_CONTROL_ALLOW_HEADERS).unwrap().contains("x-anything"));
    }

    #[actix_web::test]
    async fn listed_origins_only() {
        let sources = || Sources::none().flag("cors.origins", "https://a.example").flag("cors.credentials", "true");
        let res = ask(sources(), TestRequest::get().insert_header((header::ORIGIN, "https://a.example"))).await;
        assert_eq!(value(&res, &header::ACCESS_CONTROL_ALLOW_ORIGIN), Some("https://a.example"));
        assert_eq!(value(&res, &header::ACCESS_CONTROL_ALLOW_CREDENTIALS), Some("true"));
        assert!(value(&res, &header::VARY).unwrap().to_ascii_lowercase().contains("origin"));
        let res = ask(sources(), TestRequest::get().insert_header((header::ORIGIN, "https://evil.example"))).await;
        assert_eq!((res.status().as_u16(), value(&res, &header::ACCESS_CONTROL_ALLOW_ORIGIN)), (200, None));
        let res = ask(sources(), TestRequest::get()).await;
        assert_eq!((res.status().as_u16(), value(&res, &header::ACCESS_CONTROL_ALLOW_ORIGIN)), (200, None));
        assert!(value(&res, &header::VARY).unwrap().to_ascii_lowercase().contains("origin"));
        let res = ask(sources(), preflight("https://evil.example")).await;
        assert_eq!((res.status().as_u16(), value(&res, &header::ACCESS_CONTROL_ALLOW_ORIGIN)), (400, None));
    }
}
