//! The HTTP door: REST under `/v1`, pages, operation, and the shell of layers around all routes.
//!
//! Thin: a handler reads its parameters, asks `catalogue` and shows what it gets. What is not here: what is to be
//! seen (`catalogue`), who may do what (`newsroom`, `identity`).
//!
//! ```
//! use masthead::http::conditional;
//! let request = actix_web::test::TestRequest::get().insert_header(("if-none-match", "W/\"a-gzip\"")).to_http_request();
//! assert!(conditional::not_modified(&request, "a"));
//! ```

mod access_log;
pub mod address;
mod answer;
mod coding;
pub mod conditional;
mod cors;
pub mod freshness;
pub mod graphql;
mod limits;
pub mod methods;
mod metrics;
pub mod pages;
pub mod problem;
pub mod rate;
pub mod request_id;
pub mod routes;
mod security;
pub mod server;
pub mod shell;
