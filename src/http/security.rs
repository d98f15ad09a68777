//! Headers that keep browsers from doing foolish things with an answer.

use super::answer::{Answer, edit_headers};
use actix_web::{
    body::MessageBody,
    dev::ServiceRequest,
    http::header::{self, HeaderName, HeaderValue},
    middleware::Next,
};

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Header and value, set where the handler has not set the header itself. A page sets its own content policy.
const DEFAULTS: [(HeaderName, HeaderValue); 5] = [
    // The type that we say is the type that it is.
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Data is not a document: if it is shown as one, it loads nothing and stands in no frame.
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("strict-origin-when-cross-origin")),
    // What is public may be read by any page; CORS says which pages may read it from a script.
    (CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("cross-origin")),
];

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    edit_headers(next.call(req).await, |headers| {
        for (name, value) in DEFAULTS {
            if !headers.contains_key(&name) {
                headers.insert(name, value);
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::{App, HttpResponse, middleware::from_fn, test, web};

    #[actix_web::test]
    async fn defaults_are_set_and_a_page_keeps_its_own_policy() {
        let page = || async {
            HttpResponse::Ok().insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'self'")).finish()
        };
        let app = App::new()
            .wrap(from_fn(layer))
            .route("/page", web::get().to(page))
            .route("/data", web::get().to(HttpResponse::Ok));
        let app = test::init_service(app).await;
        for (path, policy) in [("/page", "default-src 'self'"), ("/data", "default-src 'none'; frame-ancestors 'none'")]
        {
            let res = test::call_service(&app, test::TestRequest::get().uri(path).to_request()).await;
            assert_eq!(res.headers().get(header::CONTENT_SECURITY_POLICY).unwrap(), policy);
            assert_eq!(res.headers().get(header::X_CONTENT_TYPE_OPTIONS).unwrap(), "nosniff");
        }
    }
}
