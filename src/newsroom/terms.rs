//! From names to terms: authors, topics and sections are matched by slug and alias, or made.

use std::collections::HashMap;

use crate::error::{Code, Error, Result};
use crate::formats::jsonl::{AuthorName, SectionFull, SectionName, TopicName};
use crate::model::author::{AuthorAbout, AuthorKind};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::{DEPTH_MOST, SectionAbout};
use crate::model::slug::{self, slugify};
use crate::model::text;
use crate::model::topic::{ExternalId, TopicAbout, TopicKind};
use crate::store::terms::{Noun, Term};
use crate::store::{Tx, authors, counts, sections, terms, topics};

/// The longest name of an author, topic or section, in characters.
const NAME_MOST: usize = 300;

/// Matches names within one transaction and remembers what it found. After a savepoint is undone it must forget
/// ([`Terms::forget`]), since it may remember what is no longer there.
#[derive(Default)]
pub(super) struct Terms {
    found: HashMap<(Noun, String), Term>,
    chains: HashMap<i64, Vec<Term>>,
    public: std::collections::HashSet<i64>,
}

impl Terms {
    pub(super) fn forget(&mut self) {
        *self = Terms::default();
    }

    /// The author of this name, made if need be.
    pub(super) async fn author(&mut self, tx: &mut Tx, wanted: &AuthorName) -> Result<AuthorId> {
        let name = name_of("authors", &wanted.name)?;
        let kind = wanted.kind.as_deref().map(|word| {
            AuthorKind::parse(word).ok_or_else(|| {
                let says =
                    format!("The kind of author {word:?} is not known; write staff, contributor or independent.");
                Error::new(Code::InvalidInput, says).at("authors")
            })
        });
        let kind = kind.transpose()?;
        let line = |field: &Option<String>| field.as_deref().map(|t| text::cleaned(t).0).filter(|t| !t.is_empty());
        let about = AuthorAbout {
            bio: line(&wanted.bio),
            organisation: line(&wanted.organisation),
            url: line(&wanted.url).filter(|u| crate::model::body::address::absolute(u).is_ok()),
            image: wanted.image.clone(),
            code: line(&wanted.code),
        };
        let slug = own_slug(wanted.slug.as_deref(), &name, "author");
        let mut found = self.find(tx, Noun::Author, wanted.slug.as_deref().unwrap_or_default()).await?;
        if found.is_none()
            && let Some(code) = &about.code
        {
            found = self.alias(tx, Noun::Author, &format!("code:{code}")).await?;
        }
        if found.is_none() {
            // The same name with another code is another person.
            found = self.find(tx, Noun::Author, &slug).await?.filter(|term| {
                let known: AuthorAbout = serde_json::from_str(&term.about).unwrap_or_default();
                known.code.is_none() || about.code.is_none() || known.code == about.code
            });
        }
        let Some(mut term) = found else {
            let aliases: Vec<String> = about.code.iter().map(|code| format!("code:{code}")).collect();
            let kind = kind.unwrap_or_default().as_str();
            return Ok(AuthorId(
                self.make(tx, Noun::Author, slug, name, kind, None, print(&about)?, &aliases).await?.id,
            ));
        };
        let known: AuthorAbout = serde_json::from_str(&term.about).map_err(Error::internal)?;
        let joined = AuthorAbout {
            bio: known.bio.clone().or(about.bio),
            organisation: known.organisation.clone().or(about.organisation),
            url: known.url.clone().or(about.url),
            image: known.image.clone().or(about.image),
            code: known.code.clone().or(about.code.clone()),
        };
        let kind = kind.map_or_else(|| term.kind.clone(), |k| k.as_str().to_owned());
        if joined != known || kind != term.kind {
            if known.code.is_none()
                && let Some(code) = &about.code
            {
                terms::add_alias(tx, Noun::Author, &format!("code:{code}"), term.id).await?;
            }
            term.about = print(&joined)?;
            term.kind = kind;
            self.rewrite(tx, Noun::Author, &term).await?;
        }
        Ok(AuthorId(term.id))
    }

    /// The topic of this name, made if need be. A topic of which nothing better than `entity` was known takes the
    /// better kind; one of another kind with the same name is another topic.
    pub(super) async fn topic(&mut self, tx: &mut Tx, kind: TopicKind, wanted: &TopicName) -> Result<TopicId> {
        Ok(TopicId(self.topic_at(tx, kind, wanted, 0).await?))
    }

    async fn topic_at(&mut self, tx: &mut Tx, kind: TopicKind, wanted: &TopicName, depth: usize) -> Result<i64> {
        if depth > DEPTH_MOST {
            return Err(
                Error::new(Code::InvalidInput, "A topic has more than eight broader ones above it.").at("subjects")
            );
        }
        let name = name_of("subjects", &wanted.name)?;
        let external = match (&wanted.scheme, &wanted.code) {
            (Some(scheme), Some(code)) => {
                Some(ExternalId { scheme: text::one_line(scheme).0, code: text::one_line(code).0 })
            }
            _ => None,
        };
        let about = TopicAbout {
            description: wanted.description.as_deref().map(|t| text::cleaned(t).0).filter(|t| !t.is_empty()),
            external_ids: external.iter().cloned().collect(),
        };
        let slug = own_slug(wanted.slug.as_deref(), &name, "topic");
        let fits = |term: &Term| {
            let known: TopicAbout = serde_json::from_str(&term.about).unwrap_or_default();
            let same_kind =
                [kind.as_str(), TopicKind::Entity.as_str()].contains(&term.kind.as_str()) || kind == TopicKind::Entity;
            let other_code = external
                .as_ref()
                .is_some_and(|e| known.external_ids.iter().any(|k| k.scheme == e.scheme && k.code != e.code));
            same_kind && !other_code
        };
        let mut found = None;
        if let Some(external) = &external {
            found = self.alias(tx, Noun::Topic, &external_alias(external)).await?;
        }
        if found.is_none() {
            found = self.find(tx, Noun::Topic, wanted.slug.as_deref().unwrap_or_default()).await?;
        }
        // The plain slug may be another kind's; then ours has the kind behind it.
        let by_kind = slugify(&format!("{slug}-{}", kind.as_str()), &slug);
        for candidate in [&slug, &by_kind] {
            if found.is_none() {
                found = self.find(tx, Noun::Topic, candidate).await?.filter(fits);
            }
        }
        let parent = match &wanted.parent {
            Some(parent) => Some(Box::pin(self.topic_at(tx, kind, parent, depth + 1)).await?),
            None => None,
        };
        let Some(mut term) = found else {
            let taken = self.find(tx, Noun::Topic, &slug).await?.is_some();
            let slug = if taken { by_kind } else { slug };
            let aliases: Vec<String> = external.iter().map(external_alias).collect();
            return Ok(self
                .make(tx, Noun::Topic, slug, name, kind.as_str(), parent, print(&about)?, &aliases)
                .await?
                .id);
        };
        let known: TopicAbout = serde_json::from_str(&term.about).map_err(Error::internal)?;
        let mut joined = TopicAbout { description: known.description.clone().or(about.description), ..known.clone() };
        if let Some(external) = external.filter(|e| !known.external_ids.contains(e)) {
            terms::add_alias(tx, Noun::Topic, &external_alias(&external), term.id).await?;
            joined.external_ids.push(external);
        }
        let better = term.kind == TopicKind::Entity.as_str() && kind != TopicKind::Entity;
        // Never above itself: a source that turns a hierarchy round does not make a circle of ours.
        let parent = match (term.parent, parent) {
            (None, Some(parent)) if !self.is_above(tx, term.id, parent).await? => Some(parent),
            (had, _) => had,
        };
        if joined != known || better || parent != term.parent {
            term.about = print(&joined)?;
            if better {
                term.kind = kind.as_str().to_owned();
            }
            term.parent = parent;
            self.rewrite(tx, Noun::Topic, &term).await?;
        }
        Ok(term.id)
    }

    async fn is_above(&mut self, tx: &mut Tx, this: i64, mut of: i64) -> Result<bool> {
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

    /// The section of this name, made if need be with those above it.
    pub(super) async fn section(&mut self, tx: &mut Tx, wanted: &SectionName) -> Result<SectionId> {
        let full = match wanted {
            SectionName::Full(full) => full.clone(),
            SectionName::Path(path) => {
                let mut above: Option<Box<SectionFull>> = None;
                for part in path.split('/').map(str::trim).filter(|part| !part.is_empty()) {
                    above = Some(Box::new(SectionFull { name: part.to_owned(), parent: above, ..Default::default() }));
                }
                let full = above.ok_or_else(|| {
                    Error::new(Code::InvalidInput, "section is empty; leave it out, or name one.").at("section")
                })?;
                *full
            }
        };
        let mut chain: Vec<&SectionFull> = Vec::new();
        let mut next = Some(&full);
        while let Some(section) = next {
            chain.push(section);
            next = section.parent.as_deref();
        }
        if chain.len() > DEPTH_MOST {
            return Err(Error::new(Code::InvalidInput, "section lies deeper than eight levels.").at("section"));
        }
        let mut parent = None;
        for section in chain.into_iter().rev() {
            parent = Some(self.section_below(tx, section, parent).await?);
        }
        parent.map(SectionId).ok_or_else(|| Error::internal("a section without a chain"))
    }

    async fn section_below(&mut self, tx: &mut Tx, wanted: &SectionFull, parent: Option<i64>) -> Result<i64> {
        let name = name_of("section", &wanted.name)?;
        let slug = own_slug(wanted.slug.as_deref(), &name, "section");
        let description = wanted.description.as_deref().map(|t| text::cleaned(t).0).filter(|t| !t.is_empty());
        match self.find(tx, Noun::Section, &slug).await? {
            Some(mut term) => {
                let known: SectionAbout = serde_json::from_str(&term.about).map_err(Error::internal)?;
                if known.description.is_none() && description.is_some() {
                    term.about = print(&SectionAbout { description })?;
                    self.rewrite(tx, Noun::Section, &term).await?;
                }
                Ok(term.id)
            }
            None => {
                // A path of slugs names a section that has no better name yet.
                let name = if wanted.slug.is_none() && slug::is_slug(&name) { title_of(&name) } else { name };
                let about = print(&SectionAbout { description })?;
                Ok(self.make(tx, Noun::Section, slug, name, "", parent, about, &[]).await?.id)
            }
        }
    }

    /// A term with those above it, itself first.
    async fn chain(&mut self, tx: &mut Tx, id: i64) -> Result<Vec<Term>> {
        if let Some(chain) = self.chains.get(&id) {
            return Ok(chain.clone());
        }
        let mut chain = Vec::new();
        let mut next = Some(id);
        while let Some(id) = next.filter(|_| chain.len() <= DEPTH_MOST * 2) {
            let Some(term) = terms::by_id(tx.conn(), id).await? else { break };
            next = term.parent;
            chain.push(term);
        }
        self.chains.insert(id, chain.clone());
        Ok(chain)
    }

    /// Puts the section with those above it into the catalogue; gives their ids, the section first.
    pub(super) async fn publish_section(&mut self, tx: &mut Tx, id: Option<SectionId>) -> Result<Vec<SectionId>> {
        let Some(id) = id else { return Ok(Vec::new()) };
        let chain = self.chain(tx, id.0).await?;
        for term in chain.iter().rev() {
            if self.public.insert(term.id) && sections::put(tx, term).await? {
                tx.note(Subject::Section(SectionId(term.id)), Deed::Published, 0, Touches::default());
            }
        }
        Ok(chain.iter().map(|term| SectionId(term.id)).collect())
    }

    /// Puts the author into the catalogue.
    pub(super) async fn publish_author(&mut self, tx: &mut Tx, id: AuthorId) -> Result<()> {
        if self.public.insert(id.0)
            && let Some(term) = terms::by_id(tx.conn(), id.0).await?
            && authors::put(tx, &term).await?
        {
            tx.note(Subject::Author(id), Deed::Published, 0, Touches::default());
        }
        Ok(())
    }

    /// Puts the topic with the broader ones into the catalogue.
    pub(super) async fn publish_topic(&mut self, tx: &mut Tx, id: TopicId) -> Result<()> {
        if self.public.contains(&id.0) {
            return Ok(());
        }
        for term in self.chain(tx, id.0).await?.iter().rev() {
            if self.public.insert(term.id) && topics::put(tx, term).await? {
                tx.note(Subject::Topic(TopicId(term.id)), Deed::Published, 0, Touches::default());
            }
        }
        Ok(())
    }

    async fn find(&mut self, tx: &mut Tx, noun: Noun, slug: &str) -> Result<Option<Term>> {
        if slug.is_empty() {
            return Ok(None);
        }
        let key = (noun, slug.to_owned());
        if let Some(term) = self.found.get(&key) {
            return Ok(Some(term.clone()));
        }
        let found = terms::find(tx.conn(), noun, slug).await?;
        if let Some(term) = &found {
            self.found.insert(key, term.clone());
        }
        Ok(found)
    }

    async fn alias(&mut self, tx: &mut Tx, noun: Noun, alias: &str) -> Result<Option<Term>> {
        let key = (noun, alias.to_owned());
        if let Some(term) = self.found.get(&key) {
            return Ok(Some(term.clone()));
        }
        let found = terms::by_alias(tx.conn(), noun, alias).await?;
        if let Some(term) = &found {
            self.found.insert(key, term.clone());
        }
        Ok(found)
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of a term; a struct for one call would say them twice")]
    async fn make(
        &mut self,
        tx: &mut Tx,
        noun: Noun,
        slug: String,
        name: String,
        kind: &str,
        parent: Option<i64>,
        about: String,
        aliases: &[String],
    ) -> Result<Term> {
        let mut free = slug.clone();
        let mut n = 1;
        while terms::find(tx.conn(), noun, &free).await?.is_some() {
            n += 1;
            free = slug::numbered(&slug, n);
        }
        let term = Term { id: tx.next_id(), slug: free, name, kind: kind.to_owned(), parent, about, listed: false };
        terms::insert(tx, noun, &term).await?;
        for alias in aliases {
            terms::add_alias(tx, noun, alias, term.id).await?;
            self.found.insert((noun, alias.clone()), term.clone());
        }
        self.found.insert((noun, term.slug.clone()), term.clone());
        Ok(term)
    }

    /// Writes a term that has changed, and its copy in the catalogue if there is one.
    async fn rewrite(&mut self, tx: &mut Tx, noun: Noun, term: &Term) -> Result<()> {
        terms::update(tx, term).await?;
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
        self.chains.clear();
        for known in self.found.values_mut().filter(|known| known.id == term.id) {
            *known = term.clone();
        }
        Ok(())
    }

    /// Takes out of the catalogue what no article uses any more, unless it is listed for its own sake.
    pub(super) async fn retire(&mut self, tx: &mut Tx, touched: &Touches) -> Result<()> {
        for id in &touched.authors {
            if self.is_unused(tx, id.0, counts::Count::Author(*id)).await? && authors::remove(tx, *id).await? {
                self.public.remove(&id.0);
                tx.note(Subject::Author(*id), Deed::Removed, 0, Touches::default());
            }
        }
        for id in &touched.topics {
            let chain = self.chain(tx, id.0).await?;
            for id in chain.iter().map(|term| TopicId(term.id)) {
                if !self.is_unused(tx, id.0, counts::Count::Topic(id)).await?
                    || topics::has_children(tx.conn(), id).await?
                {
                    break;
                }
                if topics::remove(tx, id).await? {
                    self.public.remove(&id.0);
                    tx.note(Subject::Topic(id), Deed::Removed, 0, Touches::default());
                }
            }
        }
        for id in &touched.sections {
            // From below: a section goes only after those that are part of it.
            let chain = self.chain(tx, id.0).await?;
            for id in chain.iter().map(|term| SectionId(term.id)) {
                let unused = self.is_unused(tx, id.0, counts::Count::Section(id)).await?;
                if !unused || sections::has_children(tx.conn(), id).await? {
                    break;
                }
                if sections::remove(tx, id).await? {
                    self.public.remove(&id.0);
                    tx.note(Subject::Section(id), Deed::Removed, 0, Touches::default());
                }
            }
        }
        Ok(())
    }

    async fn is_unused(&self, tx: &mut Tx, id: i64, count: counts::Count) -> Result<bool> {
        if counts::get(tx.conn(), &count).await? + tx.counted(&count) > 0 {
            return Ok(false);
        }
        Ok(terms::by_id(tx.conn(), id).await?.is_some_and(|term| !term.listed))
    }
}

fn print<T: serde::Serialize>(about: &T) -> Result<String> {
    serde_json::to_string(about).map_err(Error::internal)
}

fn external_alias(id: &ExternalId) -> String {
    format!("{}:{}", id.scheme, id.code)
}

fn name_of(field: &str, name: &str) -> Result<String> {
    let (name, _) = text::one_line(name);
    if name.is_empty() {
        return Err(Error::new(Code::InvalidInput, format!("{field} has an entry without a name.")).at(field));
    }
    if name.chars().count() > NAME_MOST {
        let says = format!("{field} has a name of more than {NAME_MOST} characters.");
        return Err(Error::new(Code::InvalidInput, says).at(field));
    }
    Ok(name)
}

/// The slug that the line gives, or one made of the name. A name without a letter that can be transliterated gets
/// one made of its digest, so that two such names stay two things.
fn own_slug(given: Option<&str>, name: &str, noun: &str) -> String {
    if let Some(given) = given.filter(|given| slug::is_slug(given)) {
        return given.to_owned();
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    slugify(name, &format!("{noun}-{}", &digest[..8]))
}

/// `local-elections` as a name: `Local elections`.
fn title_of(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_letters_keeps_its_own_slug() {
        assert_eq!(own_slug(None, "Jane Doe", "author"), "jane-doe");
        let (a, b) = (own_slug(None, "???", "author"), own_slug(None, "!!!", "author"));
        assert!(slug::is_slug(&a) && slug::is_slug(&b) && a != b);
        assert_eq!(own_slug(Some("given"), "Name", "author"), "given");
        assert_eq!(title_of("local-elections"), "Local elections");
    }
}
