//! Topics, sections and authors as editors run them: make, rename, re-parent, merge, delete.
//!
//! A name that changes reaches every article that shows it: the article counts another version, and the log says so, since
//! whoever keeps a copy of the article has to fetch it anew. Old slugs lead to the new ones for good; so does what was merged.
//! What only drafts name is no business of who writes others' ([`access`]).

pub mod forms;
mod merge;
pub mod shown;
pub mod vocabulary;

use std::collections::HashSet;

use super::access::{self, Expected};
use super::once::{self, Key};
use super::terms::{Terms, is_name};
use crate::error::{Code, Error, Result};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::collection::{Collection, Rule};
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::policy::{self, Action};
use crate::model::section::DEPTH_MOST;
use crate::model::slug;
use crate::model::time::Instant;
use crate::model::topic::TopicKind;
use crate::model::viewer::Viewer;
use crate::model::workflow::Hand;
use crate::store::counts::{self, Count};
use crate::store::{
    Conn, Db, Tx, Written, articles, authors, collections, newsroom, sections, term_aliases, terms, topics,
};

pub use self::forms::Form;
pub use self::merge::merge;
pub use crate::store::terms::{Noun, Term, Wanted};

/// A term with what a person wants to know of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// The term.
    pub term: Term,
    /// The term above it.
    pub parent: Option<Term>,
    /// Slugs and codes under which it is found beside its slug, in order. For who has no right to others' articles those alone
    /// under which readers found it: others may have been named by a draft only, before an editor merged them into this one.
    pub aliases: Vec<String>,
    /// Whether it is in the catalogue.
    pub public: bool,
    /// How many published articles use it; a section's with those below it.
    pub articles: i64,
}

/// The term that a key names: its id, its slug or an earlier one.
async fn named(conn: &mut Conn, noun: Noun, key: &str) -> Result<Option<Term>> {
    match number(noun, key) {
        Some(id) => match terms::of_noun(conn, noun, id).await? {
            Some(term) => terms::now(conn, term).await,
            None => Ok(None),
        },
        None if is_name(key) => terms::find(conn, noun, key).await,
        None => Ok(None),
    }
}

/// The number of a noun's id, where the text is one.
pub fn number(noun: Noun, id: &str) -> Option<i64> {
    match noun {
        Noun::Author => id.parse::<AuthorId>().ok().map(|id| id.0),
        Noun::Topic => id.parse::<TopicId>().ok().map(|id| id.0),
        Noun::Section => id.parse::<SectionId>().ok().map(|id| id.0),
    }
}

/// The id of a noun as text.
pub fn id_text(noun: Noun, number: i64) -> String {
    match noun {
        Noun::Author => AuthorId(number).to_string(),
        Noun::Topic => TopicId(number).to_string(),
        Noun::Section => SectionId(number).to_string(),
    }
}

fn missing(noun: Noun, key: &str) -> Error {
    Error::new(Code::NotFound, format!("There is no {} {key:?} in the newsroom.", noun.word()))
}

fn conflict(field: &str, says: String) -> Error {
    Error::new(Code::Conflict, says).at(field)
}

/// The term within the transaction that writes it.
async fn written(tx: &mut Tx, noun: Noun, term: Term) -> Result<Look> {
    let count = count_of(noun, term.id);
    // Who edits terms is the desk.
    let mut look = look(tx.conn(), noun, term, Hand::Desk).await?;
    // Counts are written when the transaction ends.
    look.articles += tx.counted(&count);
    Ok(look)
}

fn count_of(noun: Noun, id: i64) -> Count {
    match noun {
        Noun::Author => Count::Author(AuthorId(id)),
        Noun::Topic => Count::Topic(TopicId(id)),
        Noun::Section => Count::Section(SectionId(id)),
    }
}

async fn look(conn: &mut Conn, noun: Noun, term: Term, hand: Hand) -> Result<Look> {
    let parent = match term.parent {
        Some(parent) => terms::by_id(conn, parent).await?,
        None => None,
    };
    let id = term.id;
    let public = is_public(conn, noun, id).await?;
    let aliases = aliases(conn, noun, &term, hand).await?;
    Ok(Look { parent, aliases, public, articles: counts::get(conn, &count_of(noun, id)).await?, term })
}

/// Under what a term is found beside its slug, as far as it is shown to whose hand this is.
async fn aliases(conn: &mut Conn, noun: Noun, term: &Term, hand: Hand) -> Result<Vec<String>> {
    let mut all = terms::aliases(conn, term.id).await?;
    if hand == Hand::Desk || all.is_empty() {
        return Ok(all);
    }
    let led = term_aliases::leading(conn, noun, &[term.id]).await?;
    let mut open: HashSet<String> = led.into_iter().map(|(alias, _)| alias).collect();
    open.extend(super::terms::codes(noun, &term.about));
    all.retain(|alias| open.contains(alias));
    Ok(all)
}

/// Whether a term may be found by this key by one who has no right to others' articles: not by what only drafts have named,
/// also where that was merged into the term since.
pub(super) async fn is_open(conn: &mut Conn, noun: Noun, key: &str, term: &Term) -> Result<bool> {
    if term.provisional {
        return Ok(false);
    }
    Ok(match number(noun, key) {
        Some(id) if id == term.id => true,
        Some(id) => terms::of_noun(conn, noun, id).await?.is_some_and(|merged| !merged.provisional),
        None if key == term.slug => true,
        None => aliases(conn, noun, term, Hand::Writer).await?.iter().any(|alias| alias == key),
    })
}

/// One term, by its id, its slug or an earlier one. Who has no right to others' articles finds it by what was public alone.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`] says.
pub async fn one(db: &Db, viewer: &Viewer, noun: Noun, key: &str) -> Result<Look> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    let hand = access::hand(viewer);
    let term = named(&mut conn, noun, key).await?.ok_or_else(|| missing(noun, key))?;
    if hand == Hand::Writer && !is_open(&mut conn, noun, key, &term).await? {
        return Err(missing(noun, key));
    }
    look(&mut conn, noun, term, hand).await
}

/// Terms by slug after `after`, at most `limit`. Who has no right to others' articles does not see what only drafts name.
///
/// # Errors
/// What [`policy::may`] says.
pub async fn list(
    db: &Db,
    viewer: &Viewer,
    noun: Noun,
    mut wanted: Wanted,
    after: &str,
    limit: i64,
) -> Result<Vec<Look>> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let hand = access::hand(viewer);
    wanted.provisional = hand == Hand::Desk;
    wanted.query = wanted.query.map(|query| slug::slugify(&query, "")).filter(|query| !query.is_empty());
    let mut conn = db.read().await?;
    let mut looks = Vec::new();
    for term in terms::list(&mut conn, noun, &wanted, after, limit).await? {
        looks.push(look(&mut conn, noun, term, hand).await?);
    }
    Ok(looks)
}

/// Makes a term. With the `key` of a request that came before, the term that it made, or what that was merged into since.
///
/// # Errors
/// `INVALID_INPUT` for an unfit text, a name that is missing or a parent that is not there, `INVALID_PARAMETER` for what is no
/// slug, `CONFLICT` when the slug is or was another's, `IDEMPOTENCY_KEY_REUSED`, and what [`policy::may`] says.
pub async fn create(db: &Db, viewer: &Viewer, form: Form, key: Option<Key>) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditTaxonomy)?;
    let wish = form.read()?;
    let noun = wish.noun;
    let Some(name) = wish.name.clone() else {
        let says = format!("A new {} needs a name.", noun.word());
        return Err(Error::new(Code::InvalidInput, says).at("name"));
    };
    let by = *viewer;
    db.write(move |tx| {
        let (wish, name, key) = (wish.clone(), name.clone(), key.clone());
        Box::pin(async move {
            // It changes no other, so what is to be above it need only stay.
            terms::keep_still(tx).await?;
            if let Some(made) = once::made(tx, &by, key.as_ref()).await? {
                let made = id_text(noun, made);
                let term = named(tx.conn(), noun, &made).await?;
                return written(tx, noun, term.ok_or_else(|| missing(noun, &made))?).await;
            }
            let given = wish.slug.is_some();
            let slug = wish.slug.clone().unwrap_or_else(|| slug::slugify(&name, noun.word()));
            let slug = if given {
                free(tx, noun, &slug, None).await?;
                slug
            } else {
                unused(tx, noun, &slug).await?
            };
            let kind = wish.kind.unwrap_or(match noun {
                Noun::Author => "staff",
                Noun::Topic => "subject",
                Noun::Section => "",
            });
            let mut term = Term {
                id: tx.next_id(),
                slug,
                name,
                kind: kind.to_owned(),
                parent: None,
                about: "{}".to_owned(),
                listed: false,
                provisional: false,
                edit: 1,
                merged_into: None,
            };
            wish.fill(&mut term)?;
            if let Some(Some(parent)) = &wish.parent {
                term.parent = Some(parent_of(tx, noun, None, parent).await?.id);
            }
            terms::insert(tx, noun, &term).await?;
            claim_codes(tx, noun, &term, &[]).await?;
            if term.listed {
                publish(tx, &mut Terms::default(), noun, term.id).await?;
            }
            once::keep(tx, &by, key.as_ref(), term.id).await?;
            written(tx, noun, term).await
        })
    })
    .await
}

/// Changes a term of the version that is expected. A name, slug or kind that changes reaches every article that shows it, and a
/// section that moves all that stand in it. Collections go on with the same articles.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `CONFLICT` when a collection's rule could not say any more what it takes, and as [`create`].
pub async fn change(db: &Db, viewer: &Viewer, id: i64, expected: Expected, form: Form) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditTaxonomy)?;
    let wish = form.read()?;
    let noun = wish.noun;
    db.write(move |tx| {
        let wish = wish.clone();
        Box::pin(async move {
            terms::keep_alone(tx).await?;
            let was = open(tx, noun, id, expected).await?;
            let mut term = was.clone();
            wish.fill(&mut term)?;
            if let Some(slug) = wish.slug.as_ref().filter(|slug| **slug != was.slug) {
                free(tx, noun, slug, Some(id)).await?;
                term.slug.clone_from(slug);
            }
            if let Some(parent) = &wish.parent {
                term.parent = match parent {
                    Some(key) => Some(parent_of(tx, noun, Some(id), key).await?.id),
                    None => None,
                };
            }
            // Who edits a term has settled what it is called.
            term.provisional = false;
            if term != was {
                save(tx, noun, &was, &term).await?;
            }
            let term = terms::of_noun(tx.conn(), noun, id).await?.ok_or_else(|| Error::internal("a term went away"))?;
            written(tx, noun, term).await
        })
    })
    .await
}

/// Deletes a term that nothing names: no published article, no draft, no earlier revision, no term below it, no collection's rule;
/// nor what was merged into it. Others are merged into another.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `CONFLICT` when something names it, and what [`policy::may`] says.
pub async fn delete(db: &Db, viewer: &Viewer, noun: Noun, id: i64, expected: Expected) -> Result<Written<()>> {
    policy::may(viewer, Action::EditTaxonomy)?;
    // All that was ever written is read before anybody has to wait for it, and under the lock what may have come since.
    let since = db.clock().now().plus_millis(-LATELY_MS);
    let stood = in_history(db, noun, id).await?;
    db.write(move |tx| {
        Box::pin(async move {
            terms::keep_alone(tx).await?;
            let term = open(tx, noun, id, expected).await?;
            let used = match noun {
                Noun::Author => articles::signed_by(tx.conn(), AuthorId(id)).await?.len(),
                Noun::Topic => articles::about(tx.conn(), TopicId(id)).await?.len(),
                Noun::Section => articles::standing_in(tx.conn(), SectionId(id)).await?.len(),
            };
            let below = terms::children(tx.conn(), id).await?.len();
            let names = names_of(tx.conn(), noun, id).await?;
            let drafts = newsroom::drafts_naming(tx.conn(), &names).await?;
            if used > 0 || below > 0 || drafts > 0 {
                let says = format!(
                    "The {} {} is named by {used} published articles and {drafts} drafts, and {below} lie below it. Merge it \
                     into another instead.",
                    noun.word(),
                    term.slug
                );
                return Err(Error::new(Code::Conflict, says));
            }
            if let Some(collection) = filling(tx, noun, &term.slug).await? {
                let says = format!(
                    "The {} {} is named by the rule of the collection {collection}, which it would leave without articles. Change \
                     the rule first, or merge the {} into another.",
                    noun.word(),
                    term.slug,
                    noun.word()
                );
                return Err(Error::new(Code::Conflict, says));
            }
            let stands = match stood {
                Some(_) => stood,
                None => newsroom::revised_naming(tx.conn(), &names, since).await?,
            };
            if let Some(article) = stands {
                let says = format!(
                    "The {} {} stands in the history of the article {article}, which would not tell any more what it said. Merge \
                     it into another, or leave it.",
                    noun.word(),
                    term.slug
                );
                return Err(Error::new(Code::Conflict, says));
            }
            if remove_copy(tx, noun, id).await? {
                tx.note(subject(noun, id), Deed::Removed, 0, Touches::default());
            }
            term_aliases::forget(tx, id).await?;
            terms::delete(tx, id).await?;
            if let Some(parent) = term.parent {
                Terms::default().retire(tx, &touching(noun, &[parent])).await?;
            }
            Ok(())
        })
    })
    .await
}

/// A write takes less, and clocks differ by less.
const LATELY_MS: i64 = 60 * 60 * 1_000;

/// The ids under which articles may name a term: its own, and those of what was merged into it.
async fn names_of(conn: &mut Conn, noun: Noun, id: i64) -> Result<Vec<String>> {
    let mut names = vec![id_text(noun, id)];
    names.extend(terms::merged(conn, id).await?.into_iter().map(|id| id_text(noun, id)));
    Ok(names)
}

/// An article of which some revision names the term.
async fn in_history(db: &Db, noun: Noun, id: i64) -> Result<Option<ArticleId>> {
    let mut conn = db.read().await?;
    if terms::of_noun(&mut conn, noun, id).await?.is_none() {
        return Ok(None);
    }
    let names = names_of(&mut conn, noun, id).await?;
    let read =
        conn.scan(move |conn| Box::pin(async move { newsroom::revised_naming(conn, &names, Instant::MIN).await }));
    read.await?.1
}

/// The slug of a collection whose rule names the term. Rules name terms by their slugs of now.
async fn filling(tx: &mut Tx, noun: Noun, slug: &str) -> Result<Option<String>> {
    let is = |named: &Option<String>| named.as_deref() == Some(slug);
    let names = |rule: &Rule| match (rule, noun) {
        (Rule::Trending { section, .. }, Noun::Section) => is(section),
        (Rule::Latest(filter), Noun::Section) => is(&filter.section),
        (Rule::Latest(filter), Noun::Author) => is(&filter.author),
        (Rule::Latest(filter), Noun::Topic) => is(&filter.topic) || is(&filter.place),
        _ => false,
    };
    let all = collections::all(tx.conn()).await?;
    Ok(all.into_iter().find(|collection| names(&collection.rule)).map(|collection| collection.slug))
}

/// The term, locked, at the version that is expected.
async fn open(tx: &mut Tx, noun: Noun, id: i64, expected: Expected) -> Result<Term> {
    let key = id_text(noun, id);
    let term = terms::lock(tx, noun, id).await?.ok_or_else(|| missing(noun, &key))?;
    if let Some(into) = term.merged_into {
        let says = format!("The {} {key} was merged into {}; change that one.", noun.word(), id_text(noun, into));
        return Err(Error::new(Code::NotFound, says));
    }
    if !expected.is(term.edit) {
        let says = format!(
            "The {} {key} has changed since it was read: it is at version {} now. Read it again, and send that version.",
            noun.word(),
            term.edit
        );
        return Err(Error::new(Code::PreconditionFailed, says).at("version"));
    }
    Ok(term)
}

/// Whether a slug may be this term's: an earlier one of its own may.
async fn free(tx: &mut Tx, noun: Noun, slug: &str, own: Option<i64>) -> Result<()> {
    match terms::find(tx.conn(), noun, slug).await? {
        Some(term) if Some(term.id) != own => {
            let says = format!(
                "The slug {slug} is or was that of the {} {}; choose another, or merge the two.",
                noun.word(),
                term.slug
            );
            Err(conflict("slug", says))
        }
        _ => Ok(()),
    }
}

/// The first of `slug`, `slug-2` … that is nobody's.
async fn unused(tx: &mut Tx, noun: Noun, wanted: &str) -> Result<String> {
    let (mut free, mut n) = (wanted.to_owned(), 1);
    while terms::find(tx.conn(), noun, &free).await?.is_some() {
        n += 1;
        free = slug::numbered(wanted, n);
    }
    Ok(free)
}

/// The term that is to be above this one.
async fn parent_of(tx: &mut Tx, noun: Noun, of: Option<i64>, key: &str) -> Result<Term> {
    let unfit = |says: String| Error::new(Code::InvalidInput, says).at("parent");
    let found = named(tx.conn(), noun, key).await?;
    let says = || unfit(format!("The newsroom knows no {} {key:?} that could be above.", noun.word()));
    let parent = found.ok_or_else(says)?;
    if let Some(id) = of
        && above(tx, &parent).await?.contains(&id)
    {
        return Err(unfit(format!("{} lies below this one, so it cannot be above it as well.", parent.slug)));
    }
    let height = match of {
        Some(id) => height(tx, id).await?,
        None => 1,
    };
    if above(tx, &parent).await?.len() + height > DEPTH_MOST {
        return Err(unfit(format!("The tree would be deeper than {DEPTH_MOST} levels.")));
    }
    Ok(parent)
}

/// The term and those above it, itself first.
async fn above(tx: &mut Tx, term: &Term) -> Result<Vec<i64>> {
    let mut chain = vec![term.id];
    let mut next = term.parent;
    while let Some(id) = next.filter(|id| !chain.contains(id)) {
        chain.push(id);
        next = terms::by_id(tx.conn(), id).await?.and_then(|term| term.parent);
    }
    Ok(chain)
}

/// How many levels a term has with those below it.
async fn height(tx: &mut Tx, id: i64) -> Result<usize> {
    let mut level = vec![id];
    let mut height = 0;
    while !level.is_empty() && height <= DEPTH_MOST {
        height += 1;
        let mut below = Vec::new();
        for id in level {
            below.extend(terms::children(tx.conn(), id).await?.into_iter().map(|term| term.id));
        }
        level = below;
    }
    Ok(height)
}

/// Lets a topic be found by its codes, and no longer by those that it has lost.
async fn claim_codes(tx: &mut Tx, noun: Noun, term: &Term, lost: &[String]) -> Result<()> {
    let codes = super::terms::codes(noun, &term.about);
    for code in lost.iter().filter(|code| !codes.contains(code)) {
        terms::remove_alias(tx, noun, code).await?;
    }
    for code in &codes {
        terms::add_alias(tx, noun, code, term.id).await?;
        let owner = terms::by_alias(tx.conn(), noun, code).await?;
        if let Some(other) = owner.filter(|owner| owner.id != term.id) {
            let says = format!("The code {code} is that of the {} {}; merge the two instead.", noun.word(), other.slug);
            return Err(conflict("externalIds", says));
        }
    }
    Ok(())
}

pub(super) fn subject(noun: Noun, id: i64) -> Subject {
    match noun {
        Noun::Author => Subject::Author(AuthorId(id)),
        Noun::Topic => Subject::Topic(TopicId(id)),
        Noun::Section => Subject::Section(SectionId(id)),
    }
}

/// What touches these terms.
fn touching(noun: Noun, ids: &[i64]) -> Touches {
    let mut touches = Touches::default();
    match noun {
        Noun::Author => touches.authors = ids.iter().copied().map(AuthorId).collect(),
        Noun::Topic => touches.topics = ids.iter().copied().map(TopicId).collect(),
        Noun::Section => touches.sections = ids.iter().copied().map(SectionId).collect(),
    }
    touches
}

/// Puts the term with those above it into the catalogue.
async fn publish(tx: &mut Tx, terms: &mut Terms, noun: Noun, id: i64) -> Result<()> {
    match noun {
        Noun::Author => terms.publish_author(tx, AuthorId(id)).await,
        Noun::Topic => terms.publish_topic(tx, TopicId(id)).await,
        Noun::Section => terms.publish_section(tx, Some(SectionId(id))).await.map(drop),
    }
}

async fn is_public(conn: &mut Conn, noun: Noun, id: i64) -> Result<bool> {
    Ok(match noun {
        Noun::Author => !authors::by_ids(conn, &[AuthorId(id)]).await?.is_empty(),
        Noun::Topic => !topics::by_ids(conn, &[TopicId(id)]).await?.is_empty(),
        Noun::Section => !sections::by_ids(conn, &[SectionId(id)]).await?.is_empty(),
    })
}

async fn remove_copy(tx: &mut Tx, noun: Noun, id: i64) -> Result<bool> {
    match noun {
        Noun::Author => authors::remove(tx, AuthorId(id)).await,
        Noun::Topic => topics::remove(tx, TopicId(id)).await,
        Noun::Section => sections::remove(tx, SectionId(id)).await,
    }
}

/// The published articles that show a term.
async fn showing(tx: &mut Tx, noun: Noun, id: i64) -> Result<Vec<ArticleId>> {
    match noun {
        Noun::Author => articles::signed_by(tx.conn(), AuthorId(id)).await,
        Noun::Topic => articles::about(tx.conn(), TopicId(id)).await,
        Noun::Section => articles::standing_in(tx.conn(), SectionId(id)).await,
    }
}

/// Says of these articles that they have changed.
async fn touch(tx: &mut Tx, ids: &[ArticleId], touches: &Touches) -> Result<()> {
    for (id, version) in articles::bump(tx, ids).await? {
        tx.note(Subject::Article(id), Deed::Updated, version, touches.clone());
    }
    Ok(())
}

/// Writes a term that has changed, its copy, and what follows from it.
async fn save(tx: &mut Tx, noun: Noun, was: &Term, term: &Term) -> Result<()> {
    let id = term.id;
    let public = is_public(tx.conn(), noun, id).await?;
    let mut known = Terms::default();
    let (mut old_chain, mut new_chain) = (Vec::new(), Vec::new());
    if was.parent != term.parent {
        old_chain = above(tx, was).await?;
        new_chain = above(tx, term).await?;
        if let Some(parent) = term.parent.filter(|_| public) {
            publish(tx, &mut known, noun, parent).await?;
        }
    }
    if was.slug != term.slug {
        terms::remove_alias(tx, noun, &term.slug).await?;
        terms::add_alias(tx, noun, &was.slug, id).await?;
        term_aliases::remove(tx, noun, &term.slug).await?;
        if public {
            term_aliases::add(tx, noun, &was.slug, id).await?;
        }
    }
    if (&was.slug, &was.kind) != (&term.slug, &term.kind) {
        rename_in_rules(tx, noun, &was.slug, term).await?;
    }
    claim_codes(tx, noun, term, &super::terms::codes(noun, &was.about)).await?;
    known.rewrite(tx, noun, term).await?;
    if term.listed && !public {
        publish(tx, &mut known, noun, id).await?;
    }
    let moved = noun == Noun::Section && was.parent != term.parent;
    if moved {
        let section = |ids: &[i64], without: &[i64]| -> Vec<SectionId> {
            ids.iter().filter(|id| !without.contains(id)).copied().map(SectionId).collect()
        };
        let (out, into) = (section(&old_chain, &new_chain), section(&new_chain, &old_chain));
        articles::relink_section(tx, SectionId(id), &out, &into).await?;
    }
    if moved || (&was.name, &was.slug, &was.kind) != (&term.name, &term.slug, &term.kind) {
        let all: Vec<i64> = [&[id], old_chain.as_slice(), new_chain.as_slice()].concat();
        let mut touches = Touches::default();
        touches.join(touching(noun, &all));
        let ids = showing(tx, noun, id).await?;
        touch(tx, &ids, &touches).await?;
    }
    // What is not used any more goes, from below.
    let mut idle: Vec<i64> = was.parent.filter(|parent| Some(*parent) != term.parent).into_iter().collect();
    idle.extend((was.listed && !term.listed).then_some(id));
    Terms::default().retire(tx, &touching(noun, &idle)).await
}

/// Lets collections whose rule names a term by the slug `from` go on naming it as what it is now.
///
/// # Errors
/// `CONFLICT` when it is no place any more and the rule asks for another topic beside it.
async fn rename_in_rules(tx: &mut Tx, noun: Noun, from: &str, to: &Term) -> Result<()> {
    for found in collections::all(tx.conn()).await? {
        if renamed(&found, noun, from, to)? == found.rule {
            continue;
        }
        let Some(mut collection) = collections::lock(tx, found.id).await? else { continue };
        collection.rule = renamed(&collection, noun, from, to)?;
        collection.version += 1;
        collections::update(tx, &collection).await?;
        super::collections::note(tx, &collection, Deed::Updated);
    }
    Ok(())
}

fn renamed(collection: &Collection, noun: Noun, from: &str, to: &Term) -> Result<Rule> {
    let swap = |slug: &mut Option<String>| {
        if slug.as_deref() == Some(from) {
            *slug = Some(to.slug.clone());
        }
    };
    let mut rule = collection.rule.clone();
    match (&mut rule, noun) {
        (Rule::Trending { section, .. }, Noun::Section) => swap(section),
        (Rule::Latest(filter), Noun::Section) => swap(&mut filter.section),
        (Rule::Latest(filter), Noun::Author) => swap(&mut filter.author),
        (Rule::Latest(filter), Noun::Topic) => {
            swap(&mut filter.topic);
            if filter.place.as_deref() == Some(from) && to.kind != TopicKind::Place.as_str() {
                // As a topic of any kind it has the same articles; as a place it would have none for good.
                if filter.topic.as_ref().is_some_and(|topic| *topic != to.slug) {
                    let says = format!(
                        "The rule of the collection {} takes what is from the place {from} and about another topic. What is no \
                         place stands in a rule as its topic, and it has one already: change the rule first.",
                        collection.slug
                    );
                    return Err(Error::new(Code::Conflict, says));
                }
                filter.place = None;
                filter.topic = Some(to.slug.clone());
            }
            swap(&mut filter.place);
        }
        _ => {}
    }
    Ok(rule)
}
