//! A manuscript: a document with what its names stand for, as whoever writes sees it.

use std::collections::HashMap;

use super::publish::rendered;
use super::taxonomy::id_text;
use super::terms::{kind_of, slug_of};
use crate::error::{Error, Result};
use crate::model::article::{Document, Published, Standing, project};
use crate::model::author::{Author, AuthorKind};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::Section;
use crate::model::topic::{Topic, TopicKind};
use crate::model::workflow::Hand;
use crate::store::Conn;
use crate::store::newsroom::Entry;
use crate::store::terms::{self, Noun, Offer, Term};

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
    /// other stories that wait have said of the same. `hand` is of whom it is shown to: a writer sees of such a term what this
    /// story says of it, and nothing by which to tell whether others name it too.
    pub(super) async fn of(
        conn: &mut Conn,
        mut document: Document,
        offers: &[Offer],
        hand: Hand,
    ) -> Result<Manuscript> {
        let now = terms::now_of(conn, &document.names()).await?;
        document.settle(|id| now.get(&id).map(|term| term.id));
        let known: HashMap<i64, Term> = now.into_values().map(|term| (term.id, said(term, offers, hand))).collect();
        let mut manuscript = Manuscript { document, sections: Vec::new(), authors: Vec::new(), topics: Vec::new() };
        let mut numbers = HashMap::new();
        let mut see = |noun, term: &Term| {
            let seen = veiled(noun, term, hand);
            numbers.insert(term.id, seen.id);
            seen
        };
        for byline in &manuscript.document.authors {
            let term = known.get(&byline.author.0).map(|term| see(Noun::Author, term));
            manuscript.authors.extend(term.as_ref().map(author).transpose()?);
        }
        for id in &manuscript.document.topics {
            let term = known.get(&id.0).map(|term| see(Noun::Topic, term));
            manuscript.topics.extend(term.as_ref().map(topic).transpose()?);
        }
        let mut next = manuscript.document.section.and_then(|id| known.get(&id.0).cloned());
        while let Some(term) = next.filter(|_| manuscript.sections.len() <= crate::model::section::DEPTH_MOST) {
            let term = see(Noun::Section, &term);
            manuscript.sections.push(section(&term)?);
            next = match term.parent {
                Some(parent) => terms::by_id(conn, parent).await?.map(|term| said(term, offers, hand)),
                None => None,
            };
        }
        manuscript.document.settle(|id| numbers.get(&id).copied());
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

/// The terms that a document names, by the ids and slugs under which they are shown.
pub(super) type Shown = HashMap<(Noun, String), i64>;

/// Under which ids and slugs a writer is shown what the document names. The desk sees true ones, which need no telling apart.
pub(super) async fn shown_as(conn: &mut Conn, document: &Document, offers: &[Offer], hand: Hand) -> Result<Shown> {
    let mut shown = Shown::new();
    if hand == Hand::Desk {
        return Ok(shown);
    }
    let now = terms::now_of(conn, &document.names()).await?;
    let authors = document.authors.iter().map(|byline| (Noun::Author, byline.author.0));
    let topics = document.topics.iter().map(|topic| (Noun::Topic, topic.0));
    let section = document.section.iter().map(|section| (Noun::Section, section.0));
    let named = authors.chain(topics).chain(section);
    let mut all: Vec<(Noun, &Term)> = named.filter_map(|(noun, id)| Some((noun, now.get(&id)?))).collect();
    // A veiled slug may be the true one of another term that the document names too: that one is meant then.
    all.sort_by_key(|(_, term)| term.provisional);
    for (noun, term) in all {
        let seen = veiled(noun, &said(term.clone(), offers, hand), hand);
        for key in [id_text(noun, seen.id), seen.slug] {
            shown.entry((noun, key)).or_insert(term.id);
        }
    }
    Ok(shown)
}

/// The term as this story has it.
fn said(mut term: Term, offers: &[Offer], hand: Hand) -> Term {
    if let Some(offer) = offers.iter().find(|offer| offer.term == term.id && term.provisional) {
        term.name.clone_from(&offer.name);
        term.about.clone_from(&offer.about);
        term.kind = kind_of(offer);
    } else if term.provisional && hand == Hand::Writer {
        // The desk put it there: its name is what they are to see of it.
        "{}".clone_into(&mut term.about);
    }
    term
}

/// The term as it is shown to whose hand this is. A writer sees one that only drafts name under a slug and an id that follow
/// from its name and kind: by the true ones they would learn that another's draft had named it before theirs did.
fn veiled(noun: Noun, term: &Term, hand: Hand) -> Term {
    if hand == Hand::Desk || !term.provisional {
        return term.clone();
    }
    let digest = blake3::hash(format!("{}\n{}\n{}", noun.word(), term.kind, term.name).as_bytes());
    let number = digest.as_bytes().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte));
    Term { id: number & i64::MAX, slug: slug_of(noun, &term.name), parent: None, ..term.clone() }
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
