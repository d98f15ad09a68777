//! The nouns of the house and their rules.
//!
//! What is here is pure: no input or output, no async, no SQL, no HTTP. A rule that two doors must agree on stands
//! here once. What is not here: how a noun is stored (`store`), shown (`formats`, the doors) or changed (`newsroom`).
//!
//! ```
//! use masthead::model::id::ArticleId;
//! let id = ArticleId(1);
//! assert_eq!(id.to_string().parse::<ArticleId>().unwrap(), id);
//! ```

pub mod account;
pub mod address;
pub mod article;
pub mod author;
pub mod base32;
pub mod body;
pub mod change;
pub mod collection;
pub mod cursor;
pub mod difference;
pub mod id;
pub mod language;
pub mod newsroom;
pub mod policy;
pub mod related;
pub mod section;
pub mod slug;
pub mod story;
pub mod text;
pub mod time;
pub mod topic;
pub mod trend;
pub mod viewer;
pub mod workflow;
