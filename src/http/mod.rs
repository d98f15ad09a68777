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

mod absence;
mod access_log;
mod accounts;
pub mod address;
mod addresses;
mod answer;
mod articles;
mod assemble;
mod auth;
mod authors;
mod body;
mod browser;
mod changes;
mod coding;
mod collections;
pub mod conditional;
mod cors;
pub mod credential;
pub mod endpoint;
mod feeds;
mod filters;
mod formats;
pub mod freshness;
mod front;
pub mod graphql;
#[cfg(test)]
mod instructions;
pub mod kept;
mod limits;
mod me;
pub mod methods;
mod metrics;
mod newsroom;
pub mod openapi;
mod operation;
pub mod pages;
mod paging;
pub mod parameters;
pub mod problem;
mod problems;
mod providers;
pub mod rate;
mod reply;
pub mod request_id;
pub mod routes;
mod search;
mod sections;
mod security;
pub mod server;
pub mod shell;
mod sitemaps;
mod topics;
mod view;
mod views;
mod websub;
