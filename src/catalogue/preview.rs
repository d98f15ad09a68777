//! A preview: one article as a draft of it has it, in the eyes of one reader who may see it.
//!
//! The draft comes from the newsroom, ready projected; the catalogue has no way to it. Lists, searches and blocks of other
//! articles never show it: it stands only where this one article is asked for, by its id or slug.

use std::sync::Arc;

use super::Reader;
use super::article::StoredBody;
use crate::model::article::{Card, Published};
use crate::model::author::Author;
use crate::model::id::ArticleId;
use crate::model::section::Section;
use crate::model::topic::Topic;

/// The article that is previewed.
#[derive(Debug)]
pub(super) struct Preview {
    pub(super) card: Arc<Card>,
    body: Arc<StoredBody>,
    /// Whether something of it is in the catalogue.
    pub(super) public: bool,
}

impl Reader {
    /// The same, for one who may see this draft with its section (those above it behind it), authors and topics. `public` says
    /// whether something of the article is in the catalogue.
    #[must_use]
    pub fn previewing(
        mut self,
        published: Published,
        sections: Vec<Section>,
        authors: Vec<Author>,
        topics: Vec<Topic>,
        public: bool,
    ) -> Reader {
        let card = Arc::new(published.card);
        let body = Arc::new(StoredBody { json: published.body_json, html: published.body_html });
        for section in sections {
            self.sections.remember(section.id, Arc::new(section));
        }
        for author in authors {
            self.authors.remember(author.id, Arc::new(author));
        }
        for topic in topics {
            self.topics.remember(topic.id, Arc::new(topic));
        }
        self.preview = Some(Preview { card, body, public });
        self
    }

    /// Whether it shows a draft, so that no cache may keep what it gives.
    pub fn is_preview(&self) -> bool {
        self.preview.is_some()
    }

    /// The draft, where the article with this id is the one that is previewed.
    pub(super) fn preview_of(&self, id: ArticleId) -> Option<Arc<Card>> {
        self.preview.as_ref().filter(|preview| preview.card.id == id).map(|preview| preview.card.clone())
    }

    /// The body of the draft, for the card of the draft itself: the same article in a list is what the catalogue has.
    pub(super) fn preview_body(&self, card: &Card) -> Option<Arc<StoredBody>> {
        let preview = self.preview.as_ref()?;
        std::ptr::eq(Arc::as_ptr(&preview.card), card).then(|| preview.body.clone())
    }

    /// The draft, where it has or wants this slug.
    pub(super) fn preview_at(&self, slug: &str) -> Option<Arc<Card>> {
        self.preview.as_ref().filter(|preview| preview.card.slug == slug).map(|preview| preview.card.clone())
    }

    /// Whether nothing but the draft is known of this article: nothing is kept of it anywhere.
    pub(super) fn is_draft_alone(&self, id: ArticleId) -> bool {
        self.preview.as_ref().is_some_and(|preview| preview.card.id == id && !preview.public)
    }
}
