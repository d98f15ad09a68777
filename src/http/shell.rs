//! Everything that lies around the routes, put together once in the right order.
//!
//! Around all of them lie the kept answers, since a hit is to go through none of them. From the outside in, and why there:
//!
//! 1. request id: all others log under it;
//! 2. metrics and access log: they see the answer as the client does;
//! 3. security headers;
//! 4. problem documents: they take the place of errors of all that lies within, also of CORS and compression;
//! 5. CORS: errors carry its headers too, or a page could not read them;
//! 6. rate limit headers;
//! 7. limits of the request;
//! 8. HEAD and OPTIONS;
//! 9. what a read expects: it is held against the tag of the coding that is sent;
//! 10. entity tags by coding, compression, and the sparing of small bodies;
//! 11. who is asking.

use super::{
    access_log, address::Trusted, coding, conditional, cors, credential, kept, kept::Pages, limits, methods, metrics,
    problem, rate, rate::RateLimit, request_id, security,
};
use crate::{
    config::Settings,
    error::{Error, Result},
};
use actix_web::{
    App, HttpRequest,
    body::MessageBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    middleware::{Compress, from_fn},
    web,
};
use std::sync::Arc;

/// What the layers need. Made once for the process; clones share it.
#[derive(Clone)]
pub struct Shell {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The buckets of anonymous readers.
    pub rate: Arc<RateLimit>,
    /// The proxies that are believed.
    pub trusted: Arc<Trusted>,
    /// Answers that are kept whole, where they are.
    pub pages: Option<Pages>,
}

impl Shell {
    /// A shell by these settings.
    pub fn new(settings: impl Into<Arc<Settings>>) -> Self {
        let settings = settings.into();
        Shell {
            rate: Arc::new(RateLimit::new(&settings.rate_limit)),
            trusted: Arc::new(Trusted::new(&settings.server)),
            settings,
            pages: None,
        }
    }

    /// The same, which keeps the answers of this application.
    #[must_use]
    pub fn keeping(self, app: &crate::app::App) -> Self {
        Shell { pages: Some(Pages::new(app)), ..self }
    }

    /// The shell around the handler of `req`.
    ///
    /// # Errors
    /// `INTERNAL` if the app was not made by [`Shell::app`].
    pub fn of(req: &HttpRequest) -> Result<&Shell> {
        match req.app_data::<web::Data<Shell>>() {
            Some(shell) => Ok(shell),
            None => Err(Error::internal("the request was served by an app without its shell")),
        }
    }

    /// An app with all layers and no routes yet; make one for each worker.
    ///
    /// ```
    /// use actix_web::{HttpResponse, HttpServer, web};
    /// use masthead::{config::{Settings, Sources}, http::shell::Shell};
    ///
    /// let shell = Shell::new(Settings::load(&Sources::none()).expect("sound"));
    /// let server = shell.settings.server.clone();
    /// let http = HttpServer::new(move || shell.app().route("/healthz", web::get().to(HttpResponse::Ok)))
    ///     .client_request_timeout(server.header_timeout)
    ///     .keep_alive(server.keep_alive)
    ///     .max_connections(server.max_connections)
    ///     .shutdown_timeout(server.shutdown_timeout.as_secs());
    /// # let _ = http;
    /// ```
    pub fn app(
        &self,
    ) -> App<
        impl ServiceFactory<
            ServiceRequest,
            Config = (),
            Response = ServiceResponse<impl MessageBody + use<>>,
            Error = actix_web::Error,
            InitError = (),
        > + use<>,
    > {
        // Each wrap lies around those before it.
        App::new()
            .app_data(web::Data::new(self.clone()))
            .configure(|config| limits::extractors(&self.settings.server, config))
            .default_service(web::to(methods::no_route))
            .wrap(from_fn(credential::layer))
            .wrap(from_fn(coding::spare_small))
            .wrap(Compress::default())
            .wrap(from_fn(coding::tag_by_coding))
            .wrap(from_fn(conditional::layer))
            .wrap(from_fn(methods::layer))
            .wrap(from_fn(limits::layer))
            .wrap(from_fn(rate::layer))
            .wrap(from_fn(cors::for_all))
            .wrap(cors::layer(&self.settings.cors))
            .wrap(from_fn(problem::layer))
            .wrap(from_fn(security::layer))
            .wrap(from_fn(access_log::layer))
            .wrap(from_fn(metrics::layer))
            .wrap(from_fn(request_id::layer))
            .wrap(from_fn(kept::layer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::Sources, error::Code, http::conditional::etag};
    use actix_web::{
        HttpResponse,
        http::header,
        test::{self, TestRequest},
    };
    use serde_json::Value;

    async fn gone() -> Result<HttpResponse> {
        Err(Error::new(Code::Gone, "It has been withdrawn."))
    }

    async fn long() -> HttpResponse {
        HttpResponse::Ok().insert_header((header::ETAG, etag("l-1").unwrap())).body("news ".repeat(1000))
    }

    async fn late() -> HttpResponse {
        actix_web::rt::time::sleep(std::time::Duration::from_secs(5)).await;
        HttpResponse::Ok().finish()
    }

    async fn ask(req: TestRequest) -> ServiceResponse {
        let shell = Shell::new(Settings::load(&Sources::none().flag("server.request_timeout", "200ms")).unwrap());
        let app = shell
            .app()
            .route("/gone", web::get().to(gone))
            .service(web::resource("/long").route(web::get().to(long)))
            .route("/late", web::get().to(late));
        match test::try_call_service(&test::init_service(app).await, req.to_request()).await {
            Ok(response) => response.map_into_boxed_body(),
            // As the dispatcher would render it.
            Err(error) => ServiceResponse::new(TestRequest::get().to_http_request(), error.error_response()),
        }
    }

    fn value<'a>(res: &'a ServiceResponse, name: &str) -> &'a str {
        res.headers().get(name).map_or("", |value| value.to_str().unwrap())
    }

    #[actix_web::test]
    async fn every_answer_carries_what_the_layers_add() {
        for (path, status) in [("/gone", 410), ("/long", 200), ("/late", 408), ("/nowhere", 404), ("/long%00", 400)] {
            // No origin is named: a shared cache gives the answer to pages of any.
            let req = TestRequest::get()
                .uri(path)
                .insert_header((header::ACCEPT_ENCODING, "br"))
                .insert_header(("x-request-id", "id-1"));
            let res = ask(req).await;
            assert_eq!(res.status().as_u16(), status, "{path}");
            assert_eq!(value(&res, "x-request-id"), "id-1", "{path}");
            assert_eq!(value(&res, "x-content-type-options"), "nosniff", "{path}");
            assert_eq!(value(&res, "access-control-allow-origin"), "*", "{path}");
            assert!(value(&res, "access-control-expose-headers").to_ascii_lowercase().contains("etag"), "{path}");
            // What never came to the routes has no representation that could have been coded.
            let varies = usize::from(!matches!(status, 400 | 408));
            assert_eq!(value(&res, "vary").matches("ncoding").count(), varies, "{path}: {}", value(&res, "vary"));
            if status == 200 {
                assert_eq!((value(&res, "etag"), value(&res, "content-encoding")), ("\"l-1-br\"", "br"));
            } else {
                assert_eq!(
                    (value(&res, "content-type"), value(&res, "content-encoding")),
                    (problem::MEDIA_TYPE, ""),
                    "{path}"
                );
                let body: Value = serde_json::from_slice(&test::read_body(res).await).unwrap();
                assert_eq!((&body["status"], &body["requestId"]), (&status.into(), &"id-1".into()), "{path}: {body}");
            }
        }
    }

    #[actix_web::test]
    async fn a_read_that_expects_another_state_is_a_problem() {
        for (held, status) in [("\"l-1-br\"", 200), ("\"l-1\"", 200), ("\"l-2-br\"", 412)] {
            for method in [actix_web::http::Method::GET, actix_web::http::Method::HEAD] {
                let req = TestRequest::with_uri("/long").method(method).insert_header((header::IF_MATCH, held));
                let res = ask(req.insert_header((header::ACCEPT_ENCODING, "br"))).await;
                assert_eq!(res.status().as_u16(), status, "{held}");
                if status == 200 {
                    assert_eq!(value(&res, "etag"), "\"l-1-br\"");
                    continue;
                }
                assert_eq!((value(&res, "content-type"), value(&res, "etag")), (problem::MEDIA_TYPE, ""));
                let body: Value = serde_json::from_slice(&test::read_body(res).await).unwrap();
                assert_eq!((&body["code"], &body["parameter"]), (&"PRECONDITION_FAILED".into(), &"If-Match".into()));
            }
        }
    }

    #[actix_web::test]
    async fn refusals_of_foreign_layers_are_problems() {
        let preflight = TestRequest::with_uri("/long")
            .method(actix_web::http::Method::OPTIONS)
            .insert_header((header::ORIGIN, "https://a.example"))
            .insert_header((header::ACCESS_CONTROL_REQUEST_METHOD, "PURGE"));
        let coding = TestRequest::get().uri("/long").insert_header((header::ACCEPT_ENCODING, "identity;q=0, lzma"));
        let method = TestRequest::delete().uri("/long");
        for (req, status) in [(preflight, 400), (coding, 406), (method, 405)] {
            let res = ask(req).await;
            assert_eq!((res.status().as_u16(), value(&res, "content-type")), (status, problem::MEDIA_TYPE));
            let allow = value(&res, "allow").to_owned();
            let body: Value = serde_json::from_slice(&test::read_body(res).await).unwrap();
            assert_eq!(body["status"], status);
            assert_eq!(allow.is_empty(), status != 405, "{allow}");
        }
    }
}
