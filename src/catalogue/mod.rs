//! What is published: single things, lists, counts, what is related.
//!
//! Everything here reads catalogue tables only, so there is no draft here that could leak. The two doors ask the same
//! functions, and show what they give; neither decides what is to be seen. What is not here: writing (`newsroom`), how
//! an answer looks (`formats`, the doors).
//!
//! A [`Reader`] is one read operation: one connection, labelled with a head of the log from before its first row, and
//! loaders that make one statement of what siblings ask for.
//!
//! ```no_run
//! # async fn example(db: &masthead::store::Db) -> masthead::error::Result<()> {
//! use masthead::catalogue::{Reader, article};
//! let reader = Reader::new(db);
//! if let Some(article::Found::Here(card)) = article::by_slug(&reader, "harbour-bridge-opens").await? {
//!     println!("{} by {} authors", card.headline, article::authors(&reader, &card).await?.len());
//! }
//! # Ok(()) }
//! ```

pub mod answers;
pub mod article;
pub mod author;
pub mod changes;
pub mod channel;
pub mod collection;
pub mod export;
pub mod feed;
pub mod indexing;
pub mod list;
mod loader;
mod preview;
mod reader;
pub mod related;
pub mod relating;
pub mod search;
pub mod section;
pub mod sitemap;
pub mod story;
pub mod topic;
pub mod trending;

pub use reader::Reader;
