//! From names to terms: authors, topics and sections are matched by slug and alias, or made.
//!
//! What a story says of a term counts once the story is public. Until then it is an [`Offer`] that waits with the
//! story, and a term that only waiting stories have named is *provisional*: the first public story decides what it is
//! called. So neither a name nor a biography of an unpublished story can come out through a term that others share.

mod copies;
mod names;
mod offers;

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

pub(super) use self::names::{aliases as codes, slug_of};
use self::names::{name_of, own_slug, print, title_of};
pub(super) use self::offers::{joined, kind_of};
use crate::error::{Code, Error, Result};
use crate::formats::jsonl::{AuthorName, Line, SectionFull, SectionName, TopicName};
use crate::model::author::{AuthorAbout, AuthorKind};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::{DEPTH_MOST, SectionAbout};
use crate::model::slug;
use crate::model::text;
use crate::model::topic::{TopicAbout, TopicKind};
use crate::store::terms::{Noun, Offer, Term};
use crate::store::{Tx, terms};

/// Whether something could be found under it: it is not empty, and PostgreSQL takes it.
pub(in crate::newsroom) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(text::is_xml_char)
}

/// Matches names within one transaction and remembers what it found. After a savepoint is undone it must forget
/// ([`Terms::forget`]), since it may remember what is no longer there.
#[derive(Default)]
pub(super) struct Terms {
    found: HashMap<(Noun, String), Term>,
    /// Names under which there is nothing.
    absent: HashSet<(Noun, String)>,
    /// The terms that go by a name, each with what stands for it now; none for a name that nothing goes by.
    going_by: HashMap<(Noun, String), Vec<(Term, Term)>>,
    /// What was made in this transaction, and nobody else sees.
    made: HashSet<i64>,
    held: HashMap<i64, Option<Term>>,
    chains: HashMap<i64, Vec<Term>>,
    public: HashSet<i64>,
    waits: bool,
    humble: bool,
    offers: Vec<Offer>,
}

impl Terms {
    pub(super) fn forget(&mut self) {
        *self = Terms::default();
    }

    /// Begins with another story. What one that `waits` says of its terms is kept for [`Terms::offers`] instead of
    /// being believed.
    pub(super) fn begin(&mut self, waits: bool) {
        self.waits = waits;
        self.humble = false;
        self.offers.clear();
    }

    /// The same with a story that somebody writes here, who may name an author and not say of one that is known what kind
    /// they are.
    pub(super) fn begin_written(&mut self, waits: bool) {
        self.begin(waits);
        self.humble = true;
    }

    /// Looks up at once what a batch of lines will ask for one by one: the terms that go by the names of it. What is not
    /// looked up here is looked for when it comes up.
    pub(super) async fn meet(&mut self, tx: &mut Tx, lines: impl Iterator<Item = &Line>) -> Result<()> {
        let mut names: BTreeMap<Noun, BTreeSet<String>> = BTreeMap::new();
        let mut bare: BTreeSet<(Noun, String, String)> = BTreeSet::new();
        for line in lines {
            bare.extend(names::bare_names(line));
            for (noun, name) in names::of_line(line).into_iter().filter(|(_, name)| is_name(name)) {
                names.entry(noun).or_default().insert(name);
            }
        }
        for (noun, mut names) in names {
            let by_slug = terms::by_slugs(tx.conn(), noun, &Vec::from_iter(names.clone())).await?;
            let by_slug = Vec::from_iter(by_slug.into_iter().map(|term| (term.slug.clone(), term)));
            for (slug, _) in &by_slug {
                names.remove(slug);
            }
            // A slug of one's own goes before what is an alias.
            let by_alias = terms::by_aliases(tx.conn(), noun, &Vec::from_iter(names.clone())).await?;
            for (alias, _) in &by_alias {
                names.remove(alias);
            }
            self.absent.extend(names.into_iter().map(|name| (noun, name)));
            let mut ids = Vec::new();
            // What was merged is followed when it comes up.
            for (name, term) in by_slug.into_iter().chain(by_alias).filter(|(_, term)| term.merged_into.is_none()) {
                ids.push(term.id);
                self.found.insert((noun, name), term);
            }
            // Most names are those of the terms that their slugs have found.
            let is_met = |slug: &String, name: &String| {
                let met = self.found.get(&(noun, slug.clone()));
                met.is_some_and(|term| names::goes_by(noun, term, name))
            };
            let unmet = bare.iter().filter(|(of, slug, name)| *of == noun && !is_met(slug, name));
            let unmet: BTreeSet<String> = unmet.map(|(_, _, name)| names::key_of(name)).collect();
            ids.extend(self.meet_names(tx, noun, Vec::from_iter(unmet)).await?);
            self.hold_all(tx, noun, &ids).await?;
        }
        Ok(())
    }

    /// Looks up what goes by these names, by a statement, and one more if something was merged. Gives what stands for it now.
    async fn meet_names(&mut self, tx: &mut Tx, noun: Noun, keys: Vec<String>) -> Result<Vec<i64>> {
        let mut found = terms::by_names(tx.conn(), noun, &keys).await?;
        // What still goes by a name goes before what went by it until it was merged.
        found.sort_by_key(|term| term.merged_into.is_some());
        let merged: Vec<i64> = found.iter().filter_map(|term| term.merged_into).collect();
        let into = terms::by_ids(tx.conn(), &merged).await?;
        let into: HashMap<i64, Term> = into.into_iter().map(|term| (term.id, term)).collect();
        // Also those that nothing goes by, which need no looking up any more.
        self.going_by.extend(keys.into_iter().map(|key| ((noun, key), Vec::new())));
        let mut ids = Vec::new();
        for term in found {
            let now = match term.merged_into {
                Some(target) => into.get(&target).cloned(),
                None => Some(term.clone()),
            };
            if let Some(now) = now {
                ids.push(now.id);
                self.going_by.entry((noun, names::key_of(&term.name))).or_default().push((term, now));
            }
        }
        Ok(ids)
    }

    /// The terms that go by this name, whatever their slugs, the best first, each with what stands for it now. What only stories
    /// that are not public have named is not among them: it is found by its slug alone, since it is not settled what it is called.
    async fn going_by(&mut self, tx: &mut Tx, noun: Noun, name: &str) -> Result<Vec<(Term, Term)>> {
        let key = (noun, names::key_of(name));
        if !self.going_by.contains_key(&key) {
            self.meet_names(tx, noun, vec![key.1.clone()]).await?;
        }
        Ok(self.going_by.get(&key).cloned().unwrap_or_default())
    }

    /// What the term was called before does not count any more, and what it is called now does.
    fn goes_by_now(&mut self, noun: Noun, term: &Term) {
        for known in self.going_by.values_mut() {
            known.retain(|(was, _)| was.id != term.id);
            for (_, now) in known.iter_mut().filter(|(_, now)| now.id == term.id) {
                *now = term.clone();
            }
        }
        if !term.provisional
            && let Some(known) = self.going_by.get_mut(&(noun, names::key_of(&term.name)))
        {
            known.push((term.clone(), term.clone()));
        }
    }

    /// What the story that waits says of its terms.
    pub(super) fn offers(&mut self) -> Vec<Offer> {
        std::mem::take(&mut self.offers)
    }

    /// The author of this name, made if need be.
    pub(super) async fn author(&mut self, tx: &mut Tx, wanted: &AuthorName) -> Result<AuthorId> {
        let name = name_of("authors", &wanted.name, self.humble)?;
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
            found = self.alias(tx, Noun::Author, &names::code_alias(code)).await?;
        }
        if found.is_none() {
            // The same name with another code is another person.
            let fits = |term: &Term| {
                let known: AuthorAbout = serde_json::from_str(&term.about).unwrap_or_default();
                known.code.is_none() || about.code.is_none() || known.code == about.code
            };
            found = self.find(tx, Noun::Author, &slug).await?.filter(fits);
            let is_it = found.as_ref().is_some_and(|term| names::goes_by(Noun::Author, term, &name));
            // Two of one name are told apart by their slugs: who gives one means no other.
            if !is_it && !wanted.slug.as_deref().is_some_and(slug::is_slug) {
                let mut named = self.going_by(tx, Noun::Author, &name).await?.into_iter();
                found = named.find(|(was, _)| fits(was)).map(|(_, now)| now).or(found);
            }
        }
        let kind = kind.map(|kind| kind.as_str().to_owned());
        let offer = Offer { noun: Noun::Author, term: 0, slug, name, kind, parent: None, about: print(&about)? };
        Ok(AuthorId(self.hear(tx, found, offer).await?))
    }

    /// The topic of this name, made if need be. A topic of which nothing better than `entity` was known takes the
    /// better kind; one of another kind with the same name is another topic.
    pub(super) async fn topic(&mut self, tx: &mut Tx, kind: TopicKind, wanted: &TopicName) -> Result<TopicId> {
        Ok(TopicId(self.topic_at(tx, kind, wanted, 0).await?))
    }

    async fn topic_at(&mut self, tx: &mut Tx, kind: TopicKind, wanted: &TopicName, depth: usize) -> Result<i64> {
        // As the form calls the field, or the line.
        let field = if self.humble { "topics" } else { "subjects" };
        if depth > DEPTH_MOST {
            return Err(Error::new(Code::InvalidInput, "A topic has more than eight broader ones above it.").at(field));
        }
        let name = name_of(field, &wanted.name, self.humble)?;
        let external = wanted.external_ids();
        let mut slug = own_slug(wanted.slug.as_deref(), &name, "topic");
        let fits = |term: &Term| {
            let known: TopicAbout = serde_json::from_str(&term.about).unwrap_or_default();
            let same_kind =
                [kind.as_str(), TopicKind::Entity.as_str()].contains(&term.kind.as_str()) || kind == TopicKind::Entity;
            let other_code =
                external.iter().any(|e| known.external_ids.iter().any(|k| k.scheme == e.scheme && k.code != e.code));
            same_kind && !other_code
        };
        let mut found = None;
        for external in &external {
            if found.is_none() {
                found = self.alias(tx, Noun::Topic, &names::external_alias(external)).await?;
            }
        }
        if found.is_none() {
            found = self.find(tx, Noun::Topic, wanted.slug.as_deref().unwrap_or_default()).await?;
        }
        // The plain slug may be another kind's; then ours has the kind behind it.
        let by_kind = names::with_kind(&slug, kind);
        let mut taken = false;
        if found.is_none() {
            let there = self.find(tx, Noun::Topic, &slug).await?;
            taken = there.is_some();
            let by_slug = there.filter(fits);
            let is_it = by_slug.as_ref().is_some_and(|term| names::goes_by(Noun::Topic, term, &name));
            // Two of one name are told apart by their slugs: who gives one means no other.
            if !is_it && !wanted.slug.as_deref().is_some_and(slug::is_slug) {
                let named = self.going_by(tx, Noun::Topic, &name).await?;
                let fitting = named.into_iter().filter(|(was, _)| fits(was));
                found = fitting.min_by_key(|(was, _)| was.kind != kind.as_str()).map(|(_, now)| now);
            }
            found = found.or(by_slug);
        }
        if found.is_none() {
            found = self.find(tx, Noun::Topic, &by_kind).await?.filter(fits);
        }
        let parent = match &wanted.parent {
            Some(parent) => Some(Box::pin(self.topic_at(tx, kind, parent, depth + 1)).await?),
            None => None,
        };
        // As it was seen above, or made since by what lies above it. Whoever made it in this very moment may have meant the same
        // topic: then the slug is in the way when it is written, and all of it is run again with what they made.
        if found.is_none() && (taken || self.found.contains_key(&(Noun::Topic, slug.clone()))) {
            slug = by_kind;
        }
        let description = wanted.description.as_deref().map(|t| text::cleaned(t).0).filter(|t| !t.is_empty());
        let about = print(&TopicAbout { description, external_ids: external })?;
        let kind = Some(kind.as_str().to_owned());
        self.hear(tx, found, Offer { noun: Noun::Topic, term: 0, slug, name, kind, parent, about }).await
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
        let name = name_of("section", &wanted.name, self.humble)?;
        let slug = own_slug(wanted.slug.as_deref(), &name, "section");
        let description = wanted.description.as_deref().map(|t| text::cleaned(t).0).filter(|t| !t.is_empty());
        let mut found = self.find(tx, Noun::Section, &slug).await?;
        // A path may be one of slugs.
        let is_it =
            found.as_ref().is_some_and(|term| slug::is_slug(&name) || names::goes_by(Noun::Section, term, &name));
        if !is_it && !wanted.slug.as_deref().is_some_and(slug::is_slug) {
            let named = self.going_by(tx, Noun::Section, &name).await?.into_iter();
            found = named.min_by_key(|(_, now)| now.parent != parent).map(|(_, now)| now).or(found);
        }
        // A path of slugs names a section that has no better name yet.
        let name = if wanted.slug.is_none() && slug::is_slug(&name) { title_of(&name) } else { name };
        let about = print(&SectionAbout { description })?;
        self.hear(tx, found, Offer { noun: Noun::Section, term: 0, slug, name, kind: None, parent, about }).await
    }

    async fn find(&mut self, tx: &mut Tx, noun: Noun, slug: &str) -> Result<Option<Term>> {
        if !is_name(slug) {
            return Ok(None);
        }
        let key = (noun, slug.to_owned());
        if let Some(term) = self.found.get(&key) {
            return Ok(Some(term.clone()));
        }
        if self.absent.contains(&key) {
            return Ok(None);
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
        if self.absent.contains(&key) {
            return Ok(None);
        }
        let found = terms::by_alias(tx.conn(), noun, alias).await?;
        if let Some(term) = &found {
            self.found.insert(key, term.clone());
        }
        Ok(found)
    }

    /// A term has another name since now.
    fn named(&mut self, noun: Noun, name: &str, term: &Term) {
        let key = (noun, name.to_owned());
        self.absent.remove(&key);
        self.found.insert(key, term.clone());
    }

    async fn make(&mut self, tx: &mut Tx, offer: &Offer) -> Result<Term> {
        let mut free = offer.slug.clone();
        let mut n = 1;
        while self.find(tx, offer.noun, &free).await?.is_some() {
            n += 1;
            free = slug::numbered(&offer.slug, n);
        }
        let term = Term {
            id: tx.next_id(),
            slug: free,
            name: offer.name.clone(),
            kind: offers::kind_of(offer),
            parent: offer.parent,
            about: offer.about.clone(),
            listed: false,
            provisional: self.waits,
            edit: 1,
            merged_into: None,
        };
        terms::insert(tx, offer.noun, &term).await?;
        for alias in names::aliases(offer.noun, &term.about) {
            // None of them led anywhere when they were looked for.
            if !terms::add_alias(tx, offer.noun, &alias, term.id).await? {
                return Err(terms::has_changed(&alias));
            }
            self.named(offer.noun, &alias, &term);
        }
        self.named(offer.noun, &term.slug, &term);
        self.goes_by_now(offer.noun, &term);
        self.held.insert(term.id, Some(term.clone()));
        self.made.insert(term.id);
        Ok(term)
    }
}
