//! A manuscript: a document with what its names stand for, as whoever writes sees it.

use std::collections::HashMap;

use super::publish::rendered;
use crate::error::{Error, Result};
use crate::model::article::{Document, Published, Standing, project};
use crate::model::author::{Author, AuthorKind};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::Section;
use crate::model::topic::{Topic, TopicKind};
use crate::store::Conn;
use crate::store::newsroom::Entry;
use crate::store::terms::{self, Offer, Term};

/// A document with the authors, topics and sections that it names.
#[derive(Debug, Clone)]
pub struct Manuscript {
    /// What was written.
    pub document: Document,
    /// Its section with those above it, itself first.
    pub sections: Vec<Section>,
    /// Its authors, in the order of the byline.
    pub authors: Vec<Author>,
    /// Its topics, in its order.
    pub topics: Vec<Topic>,
}

impl Manuscript {
    /// The document with its names. What it says itself of a term that is not public yet (`offers`) counts before what
    /// other stories that wait have said of the same.
    pub(super) async fn of(conn: &mut Conn, mut document: Document, offers: &[Offer]) -> Result<Manuscript> {
        let now = terms::now_of(conn, &document.names()).await?;
        document.settle(|id| now.get(&id).map(|term| term.id));
        let known: HashMap<i64, Term> = now.into_values().map(|term| (term.id, said(term, offers))).collect();
        let mut manuscript = Manuscript { document, sections: Vec::new(), authors: Vec::new(), topics: Vec::new() };
        for byline in &manuscript.document.authors {
            manuscript.authors.extend(known.get(&byline.author.0).map(author).transpose()?);
        }
        for id in &manuscript.document.topics {
            manuscript.topics.extend(known.get(&id.0).map(topic).transpose()?);
        }
        let mut next = manuscript.document.section.and_then(|id| known.get(&id.0).cloned());
        while let Some(term) = next.filter(|_| manuscript.sections.len() <= crate::model::section::DEPTH_MOST) {
            manuscript.sections.push(section(&term)?);
            next = match term.parent {
                Some(parent) => terms::by_id(conn, parent).await?,
                None => None,
            };
        }
        Ok(manuscript)
    }

    /// What readers would see if it were published now: the same projection as publishing makes.
    ///
    /// # Errors
    /// `INTERNAL` when the body cannot be rendered.
    pub fn projected(&self, entry: &Entry, now: crate::model::time::Instant) -> Result<Published> {
        let document = self.document.clone();
        let rendered = rendered(&document)?;
        let standing = Standing {
            id: entry.id,
            uri: &entry.uri,
            slug: &entry.slug,
            version: entry.version + 1,
            published_at: entry.published_at,
            now: entry.due_at.unwrap_or(now),
        };
        Ok(project(document, rendered, &standing))
    }
}

/// The term as this story has it.
fn said(mut term: Term, offers: &[Offer]) -> Term {
    if let Some(offer) = offers.iter().find(|offer| offer.term == term.id && term.provisional) {
        term.name.clone_from(&offer.name);
        term.about.clone_from(&offer.about);
        if let Some(kind) = &offer.kind {
            term.kind.clone_from(kind);
        }
    }
    term
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn author(term: &Term) -> Result<Author> {
    Ok(Author {
        id: AuthorId(term.id),
        slug: term.slug.clone(),
        name: term.name.clone(),
        kind: AuthorKind::parse(&term.kind).unwrap_or_default(),
        about: read(&term.about)?,
    })
}

fn topic(term: &Term) -> Result<Topic> {
    Ok(Topic {
        id: TopicId(term.id),
        slug: term.slug.clone(),
        name: term.name.clone(),
        kind: TopicKind::parse(&term.kind).unwrap_or(TopicKind::Entity),
        parent: term.parent.map(TopicId),
        about: read(&term.about)?,
    })
}

fn section(term: &Term) -> Result<Section> {
    Ok(Section {
        id: SectionId(term.id),
        slug: term.slug.clone(),
        name: term.name.clone(),
        parent: term.parent.map(SectionId),
        about: read(&term.about)?,
    })
}
