//! Every route on one screen.

use actix_web::web::{self, ServiceConfig};

use super::graphql;

/// Adds the routes.
pub fn configure(config: &mut ServiceConfig) {
    config
        .service(web::resource("/graphql").route(web::get().to(graphql::get)).route(web::post().to(graphql::post)))
        .service(web::resource("/graphql/ws").route(web::get().to(graphql::socket::open)));
}
