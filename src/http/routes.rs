//! Every route on one screen.

use actix_web::Resource;
use actix_web::web::{self, ServiceConfig};

use super::endpoint::Endpoint;
use super::newsroom::{past, steps, terms};
use super::{
    accounts, addresses, articles, auth, authors, browser, changes, collections, feeds, formats, graphql, me, newsroom,
    operation, problems, providers, search, sections, sitemaps, topics, views, websub,
};

macro_rules! contract {
    ($($endpoint:path => $handler:path,)*) => {
        /// The endpoints of the contract: what `openapi.yaml` describes.
        pub const CONTRACT: &[&Endpoint] = &[$(&$endpoint,)*];

        fn contract(config: &mut ServiceConfig) {
            // One resource for a path, with all its methods: the first one with a path answers 405 for the others.
            let mut resources: Vec<(&str, Resource)> = Vec::new();
            $({
                let route = $endpoint.method.route().to($handler);
                let place = resources.iter().position(|(path, _)| *path == $endpoint.path);
                let resource = match place {
                    Some(place) => resources.remove(place).1,
                    None => web::resource($endpoint.path),
                };
                resources.push(($endpoint.path, resource.route(route)));
            })*
            for (_, resource) in resources {
                config.service(resource);
            }
        }
    };
}

contract! {
    // /v1/articles, /v1/articles/{idOrSlug}.{format}, /v1/articles/{idOrSlug}, /v1/articles/{idOrSlug}/related
    articles::LIST => articles::list,
    formats::ONE => formats::one,
    articles::ONE => articles::one,
    articles::RELATED => articles::related,
    // /v1/redirects
    addresses::GET => addresses::get,
    // POST /v1/articles/{idOrSlug}/views
    views::BEACON => views::beacon,
    // /v1/latest-news, /v1/top-news, /v1/trending, /v1/collections, /v1/collections/{slug}
    collections::LATEST => collections::latest,
    collections::TOP => collections::top,
    collections::TRENDING => collections::trending,
    collections::LIST => collections::list,
    collections::ONE => collections::one,
    // /feeds/latest.{format}, /feeds/sections/{slug}.{format}, …, /feeds/search.{format}, /feeds.opml
    feeds::LATEST => feeds::latest,
    feeds::SECTION => feeds::section,
    feeds::TOPIC => feeds::topic,
    feeds::PLACE => feeds::place,
    feeds::AUTHOR => feeds::author,
    feeds::LABEL => feeds::label,
    feeds::COLLECTION => feeds::collection,
    feeds::SEARCH => feeds::search,
    feeds::OPML => feeds::opml,
    // POST /websub
    websub::ASK => websub::ask,
    // /sitemaps/index.xml, /sitemaps/news.xml, /sitemaps/articles/{month}.xml
    sitemaps::INDEX => sitemaps::index,
    sitemaps::NEWS => sitemaps::news,
    sitemaps::MONTH => sitemaps::month,
    // /v1/changes
    changes::LIST => changes::list,
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
    // /v1/auth/…, /.well-known/jwks.json
    auth::LOG_IN => auth::log_in,
    auth::REFRESH => auth::refresh,
    auth::LOG_OUT => auth::log_out,
    auth::LOG_OUT_EVERYWHERE => auth::log_out_everywhere,
    auth::SIGN_UP => auth::sign_up,
    auth::VERIFY_EMAIL => auth::verify_email,
    auth::FORGOT_PASSWORD => auth::forgot_password,
    auth::RESET_PASSWORD => auth::reset_password,
    auth::KEYS => auth::keys,
    // /v1/auth/providers, /v1/auth/providers/{provider}/start, /v1/auth/providers/{provider}/callback, /v1/auth/exchange
    providers::LIST => providers::list,
    providers::START => providers::start,
    providers::CALLBACK => providers::callback,
    providers::POSTED => providers::posted,
    providers::EXCHANGE => providers::exchange,
    // /v1/me, /v1/me/password, /v1/me/email, /v1/me/deletion, /v1/me/sessions, /v1/me/sessions/{id}
    me::GET => me::get,
    me::CHANGE => me::change,
    me::PASSWORD => me::password,
    me::EMAIL => me::email,
    me::DELETE => me::delete,
    me::SESSIONS => me::sessions,
    me::END_SESSION => me::end_session,
    // /v1/me/identities, /v1/me/identities/{provider}
    providers::IDENTITIES => providers::identities,
    providers::LINK => providers::link,
    providers::CONFIRM => providers::confirm,
    providers::UNLINK => providers::unlink,
    // /v1/accounts, /v1/accounts/{id}, /v1/accounts/{id}/log-out-everywhere, /v1/invitations, /v1/security-events
    accounts::LIST => accounts::list,
    accounts::CREATE => accounts::create,
    accounts::ONE => accounts::one,
    accounts::CHANGE => accounts::change,
    accounts::DELETE => accounts::delete,
    accounts::END_SESSIONS => accounts::end_sessions,
    accounts::INVITE => accounts::invite,
    accounts::EVENTS => accounts::events,
    // /v1/newsroom/collections, /v1/newsroom/collections/{id}, /v1/newsroom/collections/{id}/pins, …/pins/{article}
    newsroom::collections::LIST => newsroom::collections::list,
    newsroom::collections::CREATE => newsroom::collections::create,
    newsroom::collections::ONE => newsroom::collections::one,
    newsroom::collections::CHANGE => newsroom::collections::change,
    newsroom::collections::DELETE => newsroom::collections::delete,
    newsroom::collections::ARRANGE => newsroom::collections::arrange,
    newsroom::collections::PIN => newsroom::collections::pin,
    newsroom::collections::UNPIN => newsroom::collections::unpin,
    // /v1/newsroom/topics, /v1/newsroom/topics/{id}, /v1/newsroom/topics/{id}/merge
    terms::topics::LIST => terms::topics::list,
    terms::topics::CREATE => terms::topics::create,
    terms::topics::ONE => terms::topics::one,
    terms::topics::CHANGE => terms::topics::change,
    terms::topics::MERGE => terms::topics::merge,
    terms::topics::DELETE => terms::topics::delete,
    // /v1/newsroom/sections, /v1/newsroom/sections/{id}, /v1/newsroom/sections/{id}/merge
    terms::sections::LIST => terms::sections::list,
    terms::sections::CREATE => terms::sections::create,
    terms::sections::ONE => terms::sections::one,
    terms::sections::CHANGE => terms::sections::change,
    terms::sections::MERGE => terms::sections::merge,
    terms::sections::DELETE => terms::sections::delete,
    // /v1/newsroom/authors, /v1/newsroom/authors/{id}, /v1/newsroom/authors/{id}/merge
    terms::authors::LIST => terms::authors::list,
    terms::authors::CREATE => terms::authors::create,
    terms::authors::ONE => terms::authors::one,
    terms::authors::CHANGE => terms::authors::change,
    terms::authors::MERGE => terms::authors::merge,
    terms::authors::DELETE => terms::authors::delete,
    // /v1/newsroom/articles, /v1/newsroom/articles/{id}, /v1/newsroom/articles/{id}/…
    newsroom::LIST => newsroom::list,
    newsroom::CREATE => newsroom::create,
    newsroom::ONE => newsroom::one,
    newsroom::SAVE => newsroom::save,
    newsroom::DELETE => newsroom::delete,
    newsroom::AUTOSAVE => newsroom::autosave,
    newsroom::AUTOSAVE_GET => newsroom::autosave_get,
    newsroom::AUTOSAVE_FORGET => newsroom::autosave_forget,
    steps::SUBMIT => steps::submit,
    steps::TAKE_BACK => steps::take_back,
    steps::REQUEST_CHANGES => steps::request_changes,
    steps::APPROVE => steps::approve,
    steps::WITHHOLD => steps::withhold,
    steps::UNSCHEDULE => steps::unschedule,
    steps::SCHEDULE => steps::schedule,
    steps::PUBLISH => steps::publish,
    steps::WITHDRAW => steps::withdraw,
    steps::KILL => steps::kill,
    steps::MOVE => steps::move_slug,
    steps::DISCARD => steps::discard,
    steps::RESTORE => steps::restore,
    steps::ASSIGN => steps::assign,
    steps::CORRECT => steps::correct,
    past::REVISIONS => past::revisions,
    past::REVISION => past::revision,
    past::COMPARE => past::compare,
    past::EVENTS => past::events,
    past::AS_OF => past::as_of,
    past::NOTES => past::notes,
    past::NOTE => past::note,
    past::PREVIEWS => past::previews,
    past::PREVIEW => past::preview,
    past::REVOKE => past::revoke,
    // /problems, /problems/{slug}
    problems::LIST => problems::list,
    problems::ONE => problems::one,
}

/// Adds the routes. HEAD and OPTIONS are the shell's.
pub fn configure(config: &mut ServiceConfig) {
    let get = web::get;
    // GraphQL, which has a contract of its own: schema.graphql. First, since resources are tried one after the other.
    config.service(web::resource("/graphql").route(get().to(graphql::get)).route(web::post().to(graphql::post)));
    contract(config);
    config
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
