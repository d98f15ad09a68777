//! Masthead: a headless news content API.
//!
//! This file is the map: one line per room, and the rule of who may import whom. There is no code here.
//! `ARCHITECTURE.md` walks three requests through the rooms; `tests/it/rooms.rs` holds the `crate::` paths of
//! every file against the table there.
//!
//! | room | what it is | may import, besides `error`, `model`, `config`, `telemetry` |
//! |---|---|---|
//! | [`model`] | the nouns and their rules: pure, no I/O | nothing |
//! | [`config`] | settings with documented defaults | nothing |
//! | [`store`] | the only room that knows SQL | nothing |
//! | [`formats`] | bytes ↔ model, pure | nothing |
//! | [`search`] | the index of words: write, query, facets | nothing |
//! | [`cache`] | get or compute | nothing |
//! | [`outbound`] | what goes out: mail, guarded requests | nothing |
//! | [`identity`] | who is asking: accounts, log-in, sessions, tokens | store, outbound, app |
//! | [`catalogue`] | what is published | store, search, cache, app |
//! | [`newsroom`] | use cases that write | store, formats |
//! | [`syndication`] | what others carry on: feeds, and who is told of them | store, catalogue, cache, formats, outbound, app |
//! | [`followers`] | what follows the change log | store, catalogue, newsroom, syndication, search, identity, app |
//! | [`graphql`] | the GraphQL door | catalogue, newsroom, identity, formats, cache, app |
//! | [`http`] | the REST door, pages and operation | catalogue, newsroom, syndication, identity, formats, cache, graphql, followers, app |
//! | [`app`] | what is built once and passed down | config, store, search, cache |
//! | [`cli`] | one file per subcommand | anything |

pub mod app;
pub mod cache;
pub mod catalogue;
pub mod cli;
pub mod config;
pub mod error;
pub mod followers;
pub mod formats;
pub mod graphql;
pub mod http;
pub mod identity;
pub mod model;
pub mod newsroom;
pub mod outbound;
pub mod search;
pub mod store;
pub mod syndication;
pub mod telemetry;
