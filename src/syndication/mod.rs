//! What others take from us and carry on: feeds, and who is told of them.
//!
//! [`feed`] makes the document of a feed once for all who ask, [`hub`] is the hub of W3C WebSub that tells subscribers of
//! it, and [`publisher`] tells another hub; [`purge`] tells caches in front what has changed. What is not here: what stands in a feed (`catalogue::channel`), how its
//! dialects are written (`formats::feed`), and when somebody is told (`followers`).
//!
//! ```
//! use masthead::catalogue::channel::Of;
//! use masthead::syndication::feed::{Feed, Format};
//! let feed = Feed::parse("/feeds/topics/ferries.atom").expect("it is a feed");
//! assert_eq!(feed.of, Of::Topic("ferries".to_owned()));
//! assert_eq!(feed.format, Format::Atom);
//! assert!(Feed::parse("/v1/articles").is_none());
//! ```

pub mod feed;
pub mod hub;
pub mod publisher;
pub mod purge;
