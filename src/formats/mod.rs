//! Bytes to model and back, by pure functions.
//!
//! A format that is both read and written lives in one place and reads what it writes. Reading never fails on content:
//! what cannot be taken over is left out and reported as [`Dropped`], so an import can tell its owner. What is not
//! here: files, sockets and databases (`store`, `outbound`), and the rules of the nouns (`model`).
//!
//! ```
//! use masthead::formats::{html, markdown};
//! let parsed = markdown::parse("A *short* story.<script>alert(1)</script>");
//! assert_eq!(html::render(&parsed.body), "<p>A <em>short</em> story.</p>\n");
//! assert_eq!(parsed.dropped[0].what, "script");
//! ```

pub mod article;
pub mod feed;
pub mod front_matter;
pub mod ghost;
pub mod html;
mod inline;
pub mod item;
pub mod json_ld;
pub mod jsonl;
pub mod markdown;
pub mod newsml_g2;
pub mod ninjs;
pub mod nitf;
pub mod opml;
pub mod sitemap;
pub mod skos;
pub mod text;
pub mod wxr;
mod xml;
mod xml_out;

use crate::model::body::{Block, Body};
use std::collections::BTreeMap;

/// What came of reading a body.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parsed {
    /// The body.
    pub body: Body,
    /// What was left out, by name, in alphabetical order.
    pub dropped: Vec<Dropped>,
}

/// One kind of thing that was left out of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    /// What it was: an element (`script`), an attribute (`onclick attribute`), an address (`unsafe address in href`),
    /// a template code (`template code legacy-img`).
    pub what: String,
    /// How many of it.
    pub count: usize,
    /// What it said, where that means something to a person: an address, a caption. At most [`MAX_TEXTS`] of them,
    /// each cut to 300 characters.
    pub texts: Vec<String>,
}

/// Texts that one [`Dropped`] keeps.
pub const MAX_TEXTS: usize = 100;

/// Names that one report keeps apart.
const MAX_NAMES: usize = 200;

/// The report while it is being written.
#[derive(Debug, Default)]
struct Report(BTreeMap<String, (usize, Vec<String>)>);

impl Report {
    fn add(&mut self, what: impl Into<String>, text: &str) {
        let what = what.into();
        // Names come from the input, so their number is bounded.
        let known = self.0.len() < MAX_NAMES || self.0.contains_key(&what);
        let (count, texts) = self.0.entry(if known { what } else { String::from("more of other names") }).or_default();
        *count += 1;
        let text = text.trim();
        if !text.is_empty() && texts.len() < MAX_TEXTS {
            texts.push(text.chars().filter(|c| !c.is_control()).take(300).collect());
        }
    }

    fn add_times(&mut self, what: &str, count: usize) {
        if count > 0 {
            self.0.entry(what.to_owned()).or_default().0 += count;
        }
    }

    fn finish(mut self, blocks: Vec<Block>) -> Parsed {
        let (body, over) = Body::keep_valid(blocks);
        self.add_times("block over the limits of a body", over);
        let dropped = self.0.into_iter().map(|(what, (count, texts))| Dropped { what, count, texts });
        Parsed { body, dropped: dropped.collect() }
    }
}

#[cfg(test)]
mod corpus;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
