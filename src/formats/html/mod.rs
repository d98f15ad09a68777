//! HTML: read through an allow-list, written without style or script.
//!
//! Reading is html5ever's tree (the algorithm of browsers), walked without recursion. What the tables of `read` do
//! not name is unwrapped, keeping its text, or dropped and reported; nothing of the input reaches the output but text,
//! checked addresses and a few checked numbers and names. Writing is the inverse: `parse(&render(&body))` gives the
//! same body, notices apart, which come out as aside blocks and are never read back as notices.
//!
//! ```
//! use masthead::formats::html;
//! let parsed = html::parse("<h1>Weather</h1>Rain<br>and <b onclick=x>wind</b>.");
//! assert_eq!(html::render(&parsed.body), "<h2>Weather</h2>\n<p>Rain<br>and <strong>wind</strong>.</p>\n");
//! assert_eq!(parsed.dropped[0].what, "onclick attribute");
//! ```

pub mod embed;
mod feed;
mod read;
mod render;
mod table;
pub(super) mod tree;

pub use super::{Dropped, Parsed};
pub use read::parse;
pub use render::{escape, render};
pub(super) use render::{render_block, render_inline};

#[cfg(test)]
mod tests;
