//! Every route on one screen.

use actix_web::web::{self, ServiceConfig};

use super::endpoint::Endpoint;
use super::{articles, authors, browser, collections, graphql, operation, problems, search, sections, topics, views};

macro_rules! contract {
    ($($endpoint:path => $handler:path,)*) => {
        /// The endpoints of the contract: what `openapi.yaml` describes.
        pub const CONTRACT: &[&Endpoint] = &[$(&$endpoint,)*];

        fn contract(config: &mut ServiceConfig) {
            $(config.service(web::resource($endpoint.path).route($endpoint.method.route().to($handler)));)*
        }
    };
}

contract! {
    // /v1/articles, /v1/articles/{idOrSlug}, /v1/articles/{idOrSlug}/related
    articles::LIST => articles::list,
    articles::ONE => articles::one,
    articles::RELATED => articles::related,
    // POST /v1/articles/{idOrSlug}/views
    views::BEACON => views::beacon,
    // /v1/latest-news, /v1/top-news, /v1/trending, /v1/collections, /v1/collections/{slug}
    collections::LATEST => collections::latest,
    collections::TOP => collections::top,
    collections::TRENDING => collections::trending,
    collections::LIST => collections::list,
    collections::ONE => collections::one,
    // /v1/search, /v1/suggest
    search::LIST => search::list,
    search::SUGGEST => search::suggest,
    // /v1/authors, /v1/authors/{idOrSlug}
    authors::LIST => authors::list,
    authors::ONE => authors::one,
    // /v1/topics, /v1/topics/{idOrSlug}
    topics::LIST => topics::list,
    topics::ONE => topics::one,
    // /v1/sections, /v1/sections/{idOrSlug}
    sections::LIST => sections::list,
    sections::ONE => sections::one,
    // /problems, /problems/{slug}
    problems::LIST => problems::list,
    problems::ONE => problems::one,
}

/// Adds the routes. HEAD and OPTIONS are the shell's.
pub fn configure(config: &mut ServiceConfig) {
    let get = web::get;
    contract(config);
    config
        // GraphQL, which has a contract of its own: schema.graphql.
        .service(web::resource("/graphql").route(get().to(graphql::get)).route(web::post().to(graphql::post)))
        .service(web::resource("/graphql/ws").route(get().to(graphql::socket::open)))
        // Pages and their files.
        .service(web::resource("/").route(get().to(browser::landing)))
        .service(web::resource("/docs").route(get().to(browser::reference)))
        .service(web::resource("/docs/{file}").route(get().to(browser::reference_file)))
        .service(web::resource("/openapi.json").route(get().to(browser::openapi_json)))
        .service(web::resource("/openapi.yaml").route(get().to(browser::openapi_yaml)))
        .service(web::resource("/assets/graphiql/{file}").route(get().to(browser::explorer_file)))
        .service(web::resource("/sample/{file}").route(get().to(browser::sample_image)))
        // Operation.
        .service(web::resource("/healthz").route(get().to(operation::health)))
        .service(web::resource("/readyz").route(get().to(operation::ready)))
        .service(web::resource("/metrics").route(get().to(operation::metrics)));
}
