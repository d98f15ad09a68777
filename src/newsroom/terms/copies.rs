//! The catalogue's copies of terms: there while a published article uses them.

use std::collections::{BTreeSet, HashMap};

use super::Terms;
use crate::error::Result;
use crate::model::article::Document;
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::DEPTH_MOST;
use crate::store::terms::{Noun, Term};
use crate::store::{Tx, authors, counts, sections, term_aliases, terms, topics};

impl Terms {
    /// A term that stays as it is until the end of the transaction.
    async fn held(&mut self, tx: &mut Tx, id: i64) -> Result<Option<Term>> {
        if let Some(term) = self.held.get(&id) {
            return Ok(term.clone());
        }
        let term = terms::hold(tx, &[id]).await?.pop();
        self.held.insert(id, term.clone());
        Ok(term)
    }

    /// Holds several terms and sees which of them are in the catalogue, by a statement each.
    pub(super) async fn hold_all(&mut self, tx: &mut Tx, noun: Noun, ids: &[i64]) -> Result<()> {
        let new: BTreeSet<i64> = ids.iter().copied().filter(|id| !self.held.contains_key(id)).collect();
        if new.is_empty() {
            return Ok(());
        }
        let new = Vec::from_iter(new);
        for term in terms::hold(tx, &new).await? {
            self.held.insert(term.id, Some(term));
        }
        // After they are held: then none of them leaves the catalogue any more.
        let there = match noun {
            Noun::Author => authors::there(tx.conn(), &new).await?,
            Noun::Topic => topics::there(tx.conn(), &new).await?,
            Noun::Section => sections::there(tx.conn(), &new).await?,
        };
        self.public.extend(there);
        Ok(())
    }

    /// Holds all that a document which is about to be public names.
    pub(in crate::newsroom) async fn hold_names(&mut self, tx: &mut Tx, document: &Document) -> Result<()> {
        let authors: Vec<i64> = document.authors.iter().map(|byline| byline.author.0).collect();
        let topics: Vec<i64> = document.topics.iter().map(|topic| topic.0).collect();
        self.hold_all(tx, Noun::Author, &authors).await?;
        self.hold_all(tx, Noun::Topic, &topics).await?;
        self.hold_all(tx, Noun::Section, document.section.map(|section| section.0).as_slice()).await
    }

    /// What stands for a term now: itself, or what it was merged into; nothing when it is no more.
    async fn now(&mut self, tx: &mut Tx, id: i64) -> Result<Option<i64>> {
        if self.public.contains(&id) {
            return Ok(Some(id));
        }
        match self.held(tx, id).await? {
            Some(Term { merged_into: Some(into), .. }) => Ok(self.held(tx, into).await?.map(|term| term.id)),
            term => Ok(term.map(|term| term.id)),
        }
    }

    /// Brings the names of a document that is about to be public up to what they stand for now.
    pub(in crate::newsroom) async fn settle(&mut self, tx: &mut Tx, document: &mut Document) -> Result<()> {
        let mut now = HashMap::new();
        for id in document.names() {
            if let Some(stands) = self.now(tx, id).await? {
                now.insert(id, stands);
            }
        }
        document.settle(|id| now.get(&id).copied());
        Ok(())
    }

    /// A term with those above it, itself first.
    async fn chain(&mut self, tx: &mut Tx, id: i64) -> Result<Vec<Term>> {
        if let Some(chain) = self.chains.get(&id) {
            return Ok(chain.clone());
        }
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|_| chain.len() <= DEPTH_MOST * 2) {
            let Some(term) = self.held(tx, id).await? else { break };
            next = above(&term);
            chain.push(term);
        }
        self.chains.insert(id, chain.clone());
        Ok(chain)
    }

    async fn put(&mut self, tx: &mut Tx, noun: Noun, term: &Term) -> Result<bool> {
        // Who says something of it in the same moment does not see the copy that is being made.
        let is_made = self.made.contains(&term.id);
        let frozen = if is_made { term.clone() } else { terms::freeze(tx, term).await? };
        if (frozen.parent, frozen.provisional) != (term.parent, term.provisional) {
            // What is above it is to be there first.
            return Err(terms::has_changed(&term.slug));
        }
        let term = self.shown(tx, &frozen).await?;
        let new = match noun {
            Noun::Author => authors::put(tx, &term).await?,
            Noun::Topic => topics::put(tx, &term).await?,
            Noun::Section => sections::put(tx, &term).await?,
        };
        if new && !is_made {
            term_aliases::restore(tx, noun, term.id, &term.slug).await?;
        }
        Ok(new)
    }

    /// Puts the section with those above it into the catalogue; gives their ids, the section first.
    pub(in crate::newsroom) async fn publish_section(
        &mut self,
        tx: &mut Tx,
        id: Option<SectionId>,
    ) -> Result<Vec<SectionId>> {
        let Some(id) = id else { return Ok(Vec::new()) };
        let chain = self.chain(tx, id.0).await?;
        for term in chain.iter().rev() {
            if self.public.insert(term.id) && self.put(tx, Noun::Section, term).await? {
                tx.note(Subject::Section(SectionId(term.id)), Deed::Published, 0, Touches::default());
            }
        }
        Ok(chain.iter().map(|term| SectionId(term.id)).collect())
    }

    /// Puts the author into the catalogue.
    pub(in crate::newsroom) async fn publish_author(&mut self, tx: &mut Tx, id: AuthorId) -> Result<()> {
        if self.public.insert(id.0)
            && let Some(term) = self.held(tx, id.0).await?
            && self.put(tx, Noun::Author, &term).await?
        {
            tx.note(Subject::Author(id), Deed::Published, 0, Touches::default());
        }
        Ok(())
    }

    /// Puts the topic with the broader ones into the catalogue.
    pub(in crate::newsroom) async fn publish_topic(&mut self, tx: &mut Tx, id: TopicId) -> Result<()> {
        if self.public.contains(&id.0) {
            return Ok(());
        }
        for term in self.chain(tx, id.0).await?.iter().rev() {
            if self.public.insert(term.id) && self.put(tx, Noun::Topic, term).await? {
                tx.note(Subject::Topic(TopicId(term.id)), Deed::Published, 0, Touches::default());
            }
        }
        Ok(())
    }

    /// Takes out of the catalogue what no article uses any more, unless it is listed for its own sake.
    pub(in crate::newsroom) async fn retire(&mut self, tx: &mut Tx, touched: &Touches) -> Result<()> {
        for id in &touched.authors {
            let unused = self.unused(tx, Noun::Author, id.0, counts::Count::Author(*id)).await?;
            if unused.is_some() && authors::remove(tx, *id).await? {
                self.remember(tx, Noun::Author, id.0).await?;
                tx.note(Subject::Author(*id), Deed::Removed, 0, Touches::default());
            }
        }
        // From below: a topic or a section goes only after those that are part of it.
        for id in &touched.topics {
            let mut next = Some(*id);
            while let Some(id) = next.take() {
                let Some(term) = self.unused(tx, Noun::Topic, id.0, counts::Count::Topic(id)).await? else { break };
                if topics::has_children(tx.conn(), id).await? {
                    break;
                }
                if topics::remove(tx, id).await? {
                    self.remember(tx, Noun::Topic, id.0).await?;
                    tx.note(Subject::Topic(id), Deed::Removed, 0, Touches::default());
                }
                next = above(&term).map(TopicId);
            }
        }
        for id in &touched.sections {
            let mut next = Some(*id);
            while let Some(id) = next.take() {
                let Some(term) = self.unused(tx, Noun::Section, id.0, counts::Count::Section(id)).await? else { break };
                if sections::has_children(tx.conn(), id).await? {
                    break;
                }
                next = above(&term).map(SectionId);
                if sections::remove(tx, id).await? {
                    self.remember(tx, Noun::Section, id.0).await?;
                    tx.note(Subject::Section(id), Deed::Removed, 0, Touches::default());
                }
            }
        }
        Ok(())
    }

    /// Keeps under which slug a term that leaves the catalogue was public: it may come back under another.
    async fn remember(&mut self, tx: &mut Tx, noun: Noun, id: i64) -> Result<()> {
        self.public.remove(&id);
        self.made.remove(&id);
        if let Some(term) = self.held(tx, id).await? {
            term_aliases::withdraw(tx, noun, id, Some(&term.slug)).await?;
        }
        Ok(())
    }

    /// The term if no article uses it any more and it is not listed for its own sake, locked until the end of the transaction.
    async fn unused(&self, tx: &mut Tx, noun: Noun, id: i64, count: counts::Count) -> Result<Option<Term>> {
        // Others may be taking articles away at the same time; rarely so many.
        if counts::get(tx.conn(), &count).await? + tx.counted(&count) > MANY {
            tx.looked(count, true);
            return Ok(None);
        }
        // Who is about to use it holds it, and who takes it away locks it, and both count before they let go.
        let Some(term) = terms::lock(tx, noun, id).await? else { return Ok(None) };
        let left = counts::get(tx.conn(), &count).await? + tx.counted(&count);
        tx.looked(count, left > 0);
        Ok(Some(term).filter(|term| left <= 0 && !term.listed))
    }
}

/// How many articles a term has left that is not locked for a look, since others who name it would wait. Where all of them go
/// at the same time nevertheless, the transaction that is last sees it when it ends ([`Tx::looked`]), and is run again.
const MANY: i64 = 64;

/// What is to be in the catalogue before a term is.
fn above(term: &Term) -> Option<i64> {
    term.parent.filter(|_| !term.provisional)
}
