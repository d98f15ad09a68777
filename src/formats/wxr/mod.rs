//! WXR, the export of WordPress: RSS with WordPress's own elements, versions 1.0 to 1.2.
//!
//! The document is walked twice: once for what stories refer to (authors, categories, pictures) and to find out whether
//! it is whole, and once item by item. What becomes of each:
//!
//! - **Posts** are stories. Pages and other types are passed over, unless the caller asks for them.
//! - **Status**: `publish` is public, `future` waits for its date; drafts, what is pending, private or behind a password
//!   stay in the newsroom; the trash is passed over. So do posts that are for members, as a whole or in part (see `members`):
//!   there is no paywall here.
//! - **Categories**: the first, or the one that Yoast calls primary, is the section, with those above it; the others are
//!   subjects, as tags are. `Uncategorized` is none.
//! - **The body** is HTML after WordPress's own rules: an empty line parts paragraphs in classic text, shortcodes of
//!   pictures become pictures. Pictures of the media library are found by their ids.
//! - **Addresses**: the permalink and the guid lead to the story; so does a slug that it had before.
//! - Comments are counted as left out; attachments are used as pictures and are no stories.
//!
//! Element names are taken with the prefixes that WordPress writes.

mod autop;
mod index;
mod members;
mod shortcodes;
mod story;

use super::item::{Item, unreadable};
use super::xml::{Elements, Node};
use crate::error::Result;
use index::Index;

/// Which items become stories.
#[derive(Debug, Clone)]
pub struct Options {
    /// Post types, as `wp:post_type` has them.
    pub types: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Options { types: vec!["post".to_owned()] }
    }
}

/// An export, ready to be read item by item.
pub struct Export<'a> {
    elements: Elements<'a>,
    text: &'a str,
    index: Index,
    options: Options,
    number: u64,
    /// What is to be said of the file.
    pub notes: Vec<String>,
}

/// Decodes the bytes of an export, for [`Export::open`].
///
/// # Errors
/// `INVALID_INPUT` for what is not in its encoding.
pub fn decoded(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>> {
    super::xml::decoded(bytes)
}

impl<'a> Export<'a> {
    /// Looks the whole document through.
    ///
    /// # Errors
    /// `INVALID_INPUT`, with the line, for what is no XML, and for what is no export of WordPress.
    pub fn open(text: &'a str, options: Options) -> Result<Export<'a>> {
        let (index, notes) = Index::of(text)?;
        Ok(Export { elements: Elements::new(text), text, index, options, number: 0, notes })
    }

    /// The next item; none at the end.
    ///
    /// # Errors
    /// None that [`Export::open`] would not have found.
    pub fn item(&mut self) -> Result<Option<Item>> {
        loop {
            let before = self.elements.position();
            match self.elements.next()? {
                Node::Start(tag) if tag.name == "item" && self.elements.open().len() == 3 => {
                    self.number += 1;
                    let raw = story::Raw::read(&mut self.elements)?;
                    let source = self.text.as_bytes().get(before..self.elements.position()).unwrap_or_default();
                    return Ok(Some(story::item(raw, self.number, &self.index, &self.options, source)));
                }
                Node::Over => return Ok(None),
                Node::Start(_) | Node::End | Node::Text(_) => {}
            }
        }
    }
}

impl Iterator for Export<'_> {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        self.item().transpose()
    }
}

/// The error for a document that is something else.
fn not_an_export(says: &str) -> crate::error::Error {
    unreadable(format!("The file is no export of WordPress: {says}."))
}

#[cfg(test)]
mod tests;
