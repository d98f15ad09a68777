//! The integration tests: one binary, modules named as the rooms of `src`, each test on both engines.
//!
//! A test is an async closure given to [`both!`], which makes one test per engine of it, each with a database of its
//! own, a clock that stands still and no state that others see:
//!
//! ```ignore
//! both!(a_story_can_be_read, async |t| {
//!     t.import(&[story("urn:t:1")]).await;
//!     assert!(t.card("urn:t:1").await.is_some());
//! });
//! ```
//!
//! Settings, by environment:
//!
//! - `MASTHEAD_TEST_POSTGRES`: a server to make databases on; without it `tests/postgres.sh` starts one;
//! - `MASTHEAD_SEED`: the seed of the random tests, as a failure printed it;
//! - `MASTHEAD_LONG=1`: the long counts;
//! - `MASTHEAD_SHARED`: the folder with real data and judges; without it `../shared`, and where that is not there the
//!   tests that need it say so and use what the repository has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on must fail loudly")]

mod harness;

mod asked;
mod audit;
mod changes;
mod cli;
mod collections;
mod compiled;
mod contract;
mod derived;
mod documents;
mod doors;
mod feed;
mod feeds;
mod formats;
mod identity;
mod import;
mod kept;
mod lists;
mod migrate;
mod newsroom;
mod plans;
mod purge;
mod related;
mod replicas;
mod rooms;
mod search;
mod statements;
mod views;
mod websub;
