//! What stories say of terms, and when it is believed.

use super::Terms;
use super::names::{aliases, key_of, print};
use crate::error::{Error, Result};
use crate::model::author::{AuthorAbout, AuthorKind};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::{DEPTH_MOST, SectionAbout};
use crate::model::topic::{TopicAbout, TopicKind};
use crate::store::terms::{Noun, Offer, Term};
use crate::store::{Tx, authors, sections, terms, topics};

/// The kind that a new term has by this offer.
pub(in crate::newsroom) fn kind_of(offer: &Offer) -> String {
    match (&offer.kind, offer.noun) {
        (Some(kind), _) => kind.clone(),
        (None, Noun::Author) => AuthorKind::default().as_str().to_owned(),
        (None, Noun::Topic) => TopicKind::Entity.as_str().to_owned(),
        (None, Noun::Section) => String::new(),
    }
}

impl Terms {
    /// Takes what a story says of a term, which is made if it was not found; gives its id.
    pub(super) async fn hear(&mut self, tx: &mut Tx, found: Option<Term>, mut offer: Offer) -> Result<i64> {
        let (term, is_new) = match found {
            Some(term) => {
                if self.waits && term.provisional {
                    // As many ids as for one that is made: by those around it, whoever writes would learn that it was there.
                    tx.next_id();
                }
                (term, false)
            }
            None => (self.make(tx, &offer).await?, true),
        };
        let id = term.id;
        offer.term = id;
        if self.humble && !is_new && !term.provisional {
            offer.kind = None;
        }
        if self.waits {
            if !self.offers.contains(&offer) {
                self.offers.push(offer);
            }
        } else if !is_new && better(tx, &term, &offer).await? != term {
            let now = terms::reserve(tx, &term).await?;
            // What others have said of it since it was matched may make it something else than what the story names.
            if (&now.about, &now.kind, now.provisional) != (&term.about, &term.kind, term.provisional) {
                return Err(terms::has_changed(&term.slug));
            }
            self.believe(tx, now, offer).await?;
        }
        Ok(id)
    }

    /// Believes what a story said while it waited: it is public now.
    pub(in crate::newsroom) async fn believe_all(&mut self, tx: &mut Tx, offers: Vec<Offer>) -> Result<()> {
        for offer in offers {
            let Some(term) = terms::by_id(tx.conn(), offer.term).await? else { continue };
            let Some(term) = terms::now(tx.conn(), term).await? else { continue };
            if better(tx, &term, &offer).await? != term {
                let term = terms::reserve(tx, &term).await?;
                self.believe(tx, term, offer).await?;
            }
        }
        Ok(())
    }

    /// Adds what was said of a term that is [reserved](terms::reserve).
    async fn believe(&mut self, tx: &mut Tx, term: Term, offer: Offer) -> Result<()> {
        let better = better(tx, &term, &offer).await?;
        let known = aliases(offer.noun, &term.about);
        for alias in aliases(offer.noun, &better.about).iter().filter(|alias| !known.contains(alias)) {
            // It may be another's; but not if nothing was there when it was looked for.
            let was_absent = self.absent.remove(&(offer.noun, alias.clone()));
            if !terms::add_alias(tx, offer.noun, alias, term.id).await? && was_absent {
                return Err(terms::has_changed(alias));
            }
        }
        if better == term {
            self.is_now(offer.noun, &term);
            return Ok(());
        }
        self.rewrite(tx, offer.noun, &better).await
    }

    /// Forgets what a term was before.
    fn is_now(&mut self, noun: Noun, term: &Term) {
        self.chains.clear();
        self.goes_by_now(noun, term);
        self.held.remove(&term.id);
        self.found.retain(|(_, name), known| known.id != term.id || *name == term.slug);
        for known in self.found.values_mut().filter(|known| known.id == term.id) {
            *known = term.clone();
        }
    }

    /// Writes a term that has changed, and its copy in the catalogue if there is one.
    pub(in crate::newsroom) async fn rewrite(&mut self, tx: &mut Tx, noun: Noun, term: &Term) -> Result<()> {
        terms::update(tx, term).await?;
        self.absent.remove(&(noun, term.slug.clone()));
        self.is_now(noun, term);
        if let (Noun::Topic, Some(parent)) = (noun, term.parent) {
            // The copy's broader topic must be there too, once the topic itself is.
            if topics::by_ids(tx.conn(), &[TopicId(term.id)]).await?.len() == 1 {
                self.publish_topic(tx, TopicId(parent)).await?;
            }
        }
        let (refreshed, subject) = match noun {
            Noun::Author => (authors::refresh(tx, term).await?, Subject::Author(AuthorId(term.id))),
            Noun::Topic => (topics::refresh(tx, term).await?, Subject::Topic(TopicId(term.id))),
            Noun::Section => (sections::refresh(tx, term).await?, Subject::Section(SectionId(term.id))),
        };
        if refreshed {
            tx.note(subject, Deed::Updated, 0, Touches::default());
        }
        Ok(())
    }

    /// The term as it may be shown. One that is provisional still was put on a public article by its id, by somebody
    /// who saw its name: that is public now, and what waiting stories say of it is not.
    pub(super) async fn shown(&mut self, tx: &mut Tx, term: &Term) -> Result<Term> {
        if !term.provisional {
            return Ok(term.clone());
        }
        let shown = Term { provisional: false, parent: None, about: "{}".to_owned(), ..term.clone() };
        terms::update(tx, &shown).await?;
        self.chains.clear();
        self.held.remove(&term.id);
        self.found.retain(|_, known| known.id != term.id);
        // Its name counts from now on.
        self.going_by.retain(|(_, key), _| *key != key_of(&term.name));
        Ok(shown)
    }
}

/// What is known of a term, filled up with what else is said of it.
pub(in crate::newsroom) fn joined(noun: Noun, known: &str, said: &str) -> Result<String> {
    fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
        serde_json::from_str(json).map_err(Error::internal)
    }
    match noun {
        Noun::Author => print(&read::<AuthorAbout>(known)?.joined(read(said)?)),
        Noun::Topic => print(&read::<TopicAbout>(known)?.joined(read(said)?)),
        Noun::Section => print(&read::<SectionAbout>(known)?.joined(read(said)?)),
    }
}

/// A term with what an offer adds to it.
async fn better(tx: &mut Tx, term: &Term, offer: &Offer) -> Result<Term> {
    let mut better = term.clone();
    if term.provisional {
        if offer.slug != term.slug && terms::find(tx.conn(), offer.noun, &offer.slug).await?.is_none() {
            better.slug.clone_from(&offer.slug);
        }
        better.kind = kind_of(offer);
        better.name.clone_from(&offer.name);
        better.about.clone_from(&offer.about);
        better.parent = None;
        better.provisional = false;
    } else {
        let kind = || offer.kind.clone().unwrap_or_else(|| term.kind.clone());
        match offer.noun {
            Noun::Author => better.kind = kind(),
            Noun::Topic if term.kind == TopicKind::Entity.as_str() => better.kind = kind(),
            Noun::Topic | Noun::Section => {}
        }
        better.about = joined(offer.noun, &term.about, &offer.about)?;
    }
    // A section stays where it is. Nothing is ever above itself: a source that turns a hierarchy round does not
    // make a circle of ours.
    if (term.provisional || offer.noun == Noun::Topic)
        && better.parent.is_none()
        && let Some(parent) = offer.parent
        && !is_above(tx, term.id, parent).await?
    {
        better.parent = Some(parent);
    }
    Ok(better)
}

async fn is_above(tx: &mut Tx, this: i64, mut of: i64) -> Result<bool> {
    for _ in 0..=DEPTH_MOST {
        if of == this {
            return Ok(true);
        }
        match terms::by_id(tx.conn(), of).await?.and_then(|term| term.parent) {
            Some(parent) => of = parent,
            None => return Ok(false),
        }
    }
    Ok(true)
}
