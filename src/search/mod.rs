//! The search index: an embedded inverted index (tantivy), one on each node, built by following the change log.
//!
//! It knows words, numbers and instants of what is published, and gives ids; what is shown of a hit comes from the
//! catalogue, so what is gone from there is never shown. It can be thrown away at any time. What is not here: following
//! the log (`followers`), looking things up (`catalogue`).
//!
//! ```
//! use masthead::search::{Asked, Index};
//! # fn example() -> masthead::error::Result<()> {
//! let index = Index::in_memory()?;
//! let found = index.search(&Asked { text: "sea wall".to_owned(), size: 10, ..Asked::default() })?;
//! assert!(found.hits.is_empty());
//! # Ok(())
//! # }
//! # example().unwrap();
//! ```

mod analysis;
mod compile;
mod cursor;
mod document;
mod facets;
mod files;
mod filter;
mod find;
mod home;
mod index;
mod names;
mod parse;
mod profile;
mod runs;
mod schema;
mod segment;
mod similar;
mod snippet;
mod suggest;

pub use analysis::stems;
pub use cursor::{CURSOR_MOST, Cursor, PATTERN};
pub use document::{Article, Name, Named};
pub use facets::{Facets, Wanted};
pub use filter::Filter;
pub use find::{Asked, Found, Hit};
pub use home::{Home, Making};
pub use index::{Index, Position, Writer};
pub use profile::{Frequencies, Profile};
pub use runs::Runs;
pub use similar::Alike;
pub use snippet::{Marker, Snippet};

use crate::error::{Error, Result};

/// Runs what the index takes its time for where blocking is allowed.
///
/// # Errors
/// What the work says; `INTERNAL` when it panicked.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(Error::internal)?
}
