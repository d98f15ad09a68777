//! Use cases that write: import, publish, correct, withdraw, move a slug, run collections.
//!
//! Each decides whether the viewer may ([`policy`](crate::model::policy)) and whether the state allows it
//! ([`workflow`](crate::model::workflow)) before it writes, and is one transaction that ends in the change sequence.
//! What is not here: reading for readers (`catalogue`), and how a door asks or answers.
//!
//! ```no_run
//! # async fn example(db: &masthead::store::Db, id: masthead::model::id::ArticleId) -> masthead::error::Result<()> {
//! use masthead::model::viewer::Viewer;
//! let written = masthead::newsroom::withdraw::withdraw(db, &Viewer::system(), id, "Withdrawn: the source was wrong.").await?;
//! println!("readers that are at {} see it gone", written.seq);
//! # Ok(()) }
//! ```

pub mod access;
pub mod changes;
pub mod collections;
pub mod correct;
pub mod history;
pub mod import;
mod intake;
pub mod look;
pub mod manuscript;
pub mod move_slug;
pub mod once;
pub mod previews;
pub mod publish;
pub mod review;
pub mod shown;
pub mod taxonomy;
mod terms;
pub mod upkeep;
pub mod views;
pub mod withdraw;
pub mod write;

pub use crate::store::Written;
pub use crate::store::newsroom::{Entry, Place};
