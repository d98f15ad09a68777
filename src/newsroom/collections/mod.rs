//! Collections: make, change and delete them, pin articles in them; and the timer's part, pins that begin or end.
//!
//! Writers of one collection come one after the other, and each appends a change. A pin may be of an article that is not
//! published: it waits there, and shows when the article does.

pub mod forms;
pub mod shown;

use std::collections::BTreeMap;

use self::forms::{CollectionChanges, CollectionForm, PinForm, RuleForm};
use super::access::Expected;
use super::once::{self, Key};
use crate::error::{Code, Error, Result};
use crate::model::article::Genre;
use crate::model::change::{Deed, Subject, Touches};
use crate::model::collection::{Collection, Filter, Pin, Rule, checked_pins};
use crate::model::id::{ArticleId, CollectionId};
use crate::model::policy::{self, Action};
use crate::model::time::Instant;
use crate::model::topic::TopicKind;
use crate::model::viewer::Viewer;
use crate::model::workflow::State;
use crate::model::{language, slug, text};
use crate::store::newsroom::{self, Entry};
use crate::store::terms::{self, Noun};
use crate::store::{Conn, Db, Tx, Written, collections};

/// The most collections that there are: every node keeps all of them in memory.
const MOST: i64 = 1_000;
/// The most characters of a name.
const NAME_MOST: usize = 200;
/// The most characters of a description.
const DESCRIPTION_MOST: usize = 2_000;
/// The most characters of a genre or a language.
const WORD_MOST: usize = 63;

/// A collection with the newsroom's entries of what is pinned in it.
#[derive(Debug, Clone)]
pub struct Look {
    /// The collection.
    pub collection: Collection,
    /// What is pinned.
    pub pinned: BTreeMap<ArticleId, Entry>,
}

/// What a new collection is made of.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// The slug, which it keeps for good.
    pub slug: String,
    /// The name.
    pub name: String,
    /// What stands in it; may be empty.
    pub description: String,
    /// What fills it.
    pub rule: Rule,
}

/// What is to be changed of a collection; what is left out stays.
#[derive(Debug, Clone, Default)]
pub struct Change {
    /// The name.
    pub name: Option<String>,
    /// What stands in it.
    pub description: Option<String>,
    /// What fills it.
    pub rule: Option<Rule>,
}

impl New {
    /// Of a form.
    ///
    /// # Errors
    /// As [`RuleForm::read`](forms::RuleForm::read).
    pub fn read(form: CollectionForm) -> Result<New> {
        let rule = form.rule.map(RuleForm::read).transpose()?.unwrap_or_default();
        Ok(New { slug: form.slug, name: form.name, description: form.description.unwrap_or_default(), rule })
    }
}

impl Change {
    /// Of a form.
    ///
    /// # Errors
    /// As [`RuleForm::read`](forms::RuleForm::read).
    pub fn read(form: CollectionChanges) -> Result<Change> {
        let description = form.description.map(Option::unwrap_or_default);
        Ok(Change { name: form.name, description, rule: form.rule.map(RuleForm::read).transpose()? })
    }
}

/// The pins of a whole arrangement: where a form names no slot, its place in the list counts.
pub fn arranged(forms: Vec<PinForm>) -> Vec<Pin> {
    let pin = |(place, form): (i32, PinForm)| Pin {
        article: form.article,
        slot: form.slot.unwrap_or(place),
        from: form.from,
        until: form.until,
    };
    (1..).zip(forms).map(pin).collect()
}

/// Makes a collection. With the `key` of a request that came before, the one that it made.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED`,
/// `INVALID_PARAMETER` for what is no slug, `INVALID_INPUT` for an unfit name, description or rule, `CONFLICT` when the
/// slug is taken or there are too many, and what [`policy::may`] says.
pub async fn create(db: &Db, viewer: &Viewer, new: New, key: Option<Key>) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    let slug = slug::checked("slug", &new.slug)?;
    let (name, description) = (checked_name(&new.name)?, checked_description(&new.description)?);
    let (rule, by) = (new.rule, *viewer);
    db.write(move |tx| {
        let (slug, name, description, rule) = (slug.clone(), name.clone(), description.clone(), rule.clone());
        let key = key.clone();
        Box::pin(async move {
            // What the rule names keeps its slug until the rule is there to be seen.
            terms::keep_still(tx).await?;
            if let Some(made) = once::made(tx, &by, key.as_ref()).await? {
                let made = find(tx, CollectionId(made), Expected::Any).await?;
                return look(tx.conn(), made).await;
            }
            if collections::has_slug(tx.conn(), &slug).await? {
                let says = format!("There is a collection {slug} already; change that one, or choose another slug.");
                return Err(Error::new(Code::Conflict, says).at("slug"));
            }
            if collections::count(tx.conn()).await? >= MOST {
                let says = format!("There are {MOST} collections, and there can be no more; delete one first.");
                return Err(Error::new(Code::Conflict, says));
            }
            let id = CollectionId(tx.next_id());
            let rule = checked_rule(tx, rule).await?;
            let collection = Collection { id, slug, name, description, rule, version: 1, pins: Vec::new() };
            collections::insert(tx, &collection).await?;
            note(tx, &collection, Deed::Published);
            once::keep(tx, &by, key.as_ref(), id.0).await?;
            look(tx.conn(), collection).await
        })
    })
    .await
}

/// Changes the name, the description or the rule of a collection.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `INVALID_INPUT` for an unfit name, description or rule, and what [`policy::may`] says.
pub async fn change(
    db: &Db,
    viewer: &Viewer,
    id: CollectionId,
    expected: Expected,
    change: Change,
) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    let name = change.name.as_deref().map(checked_name).transpose()?;
    let description = change.description.as_deref().map(checked_description).transpose()?;
    let rule = change.rule;
    db.write(move |tx| {
        let (name, description, rule) = (name.clone(), description.clone(), rule.clone());
        Box::pin(async move {
            if rule.is_some() {
                terms::keep_still(tx).await?;
            }
            let was = find(tx, id, expected).await?;
            let mut collection = was.clone();
            collection.name = name.unwrap_or(collection.name);
            collection.description = description.unwrap_or(collection.description);
            if let Some(rule) = rule {
                collection.rule = checked_rule(tx, rule).await?;
            }
            save(tx, &was, collection).await
        })
    })
    .await
}

/// Deletes a collection with its pins. Its articles stay as they are.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `CONFLICT` for the two that always exist, and what [`policy::may`] says.
pub async fn delete(db: &Db, viewer: &Viewer, id: CollectionId, expected: Expected) -> Result<Written<()>> {
    policy::may(viewer, Action::EditCollections)?;
    db.write(move |tx| {
        Box::pin(async move {
            let mut collection = find(tx, id, expected).await?;
            if collection.is_default() {
                let says =
                    format!("The collection {} always exists; change its rule or its pins instead.", collection.slug);
                return Err(Error::new(Code::Conflict, says));
            }
            collections::delete(tx, id).await?;
            collection.version += 1;
            note(tx, &collection, Deed::Removed);
            Ok(())
        })
    })
    .await
}

/// Pins an article to a place. One that is pinned in the collection already is moved.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `CONFLICT` when the place is taken at that time or the article was killed, what
/// [`checked_pins`] and [`policy::may`] say.
pub async fn pin(db: &Db, viewer: &Viewer, id: CollectionId, expected: Expected, pin: Pin) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    db.write(move |tx| {
        Box::pin(async move {
            let was = find(tx, id, expected).await?;
            let now = tx.now();
            let mut pins: Vec<Pin> =
                was.pins.iter().filter(|one| one.article != pin.article && !one.is_over(now)).copied().collect();
            pins.push(pin);
            put_pins(tx, was, pins).await
        })
    })
    .await
}

/// Takes the pin of an article away.
///
/// # Errors
/// `PRECONDITION_FAILED`, `NOT_FOUND` for the collection or the pin, and what [`policy::may`] says.
pub async fn unpin(
    db: &Db,
    viewer: &Viewer,
    id: CollectionId,
    expected: Expected,
    article: ArticleId,
) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    db.write(move |tx| {
        Box::pin(async move {
            let was = find(tx, id, expected).await?;
            let mut collection = was.clone();
            collection.pins.retain(|pin| pin.article != article);
            if collection.pins.len() == was.pins.len() {
                let says = format!("The article {article} is not pinned in {}.", was.slug);
                return Err(Error::new(Code::NotFound, says).at("article"));
            }
            save(tx, &was, collection).await
        })
    })
    .await
}

/// Puts these pins in the place of all that a collection has.
///
/// # Errors
/// As [`pin`].
pub async fn set_pins(
    db: &Db,
    viewer: &Viewer,
    id: CollectionId,
    expected: Expected,
    pins: Vec<Pin>,
) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    db.write(move |tx| {
        let pins = pins.clone();
        Box::pin(async move {
            let was = find(tx, id, expected).await?;
            put_pins(tx, was, pins).await
        })
    })
    .await
}

/// The newsroom's entry of an article, published or not, by its id or by a slug that is or was its own.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`] says.
pub async fn article(db: &Db, viewer: &Viewer, key: &str) -> Result<Entry> {
    policy::may(viewer, Action::EditCollections)?;
    let mut conn = db.read().await?;
    let id = match key.parse::<ArticleId>() {
        Ok(id) => Some(id),
        Err(_) => newsroom::slug_owner(&mut conn, key).await?,
    };
    let entry = match id {
        Some(id) => newsroom::by_id(&mut conn, id).await?,
        None => None,
    };
    let says = || format!("There is no article {key:?} in the newsroom; name it by its slug or its id.");
    entry.ok_or_else(|| Error::new(Code::NotFound, says()).at("article"))
}

/// Every collection with its pins, in the order in which they were made.
///
/// # Errors
/// What [`policy::may`] says.
pub async fn list(db: &Db, viewer: &Viewer) -> Result<Vec<Look>> {
    policy::may(viewer, Action::EditCollections)?;
    let mut conn = db.read().await?;
    let mut looks = Vec::new();
    for collection in collections::all(&mut conn).await? {
        looks.push(look(&mut conn, collection).await?);
    }
    Ok(looks)
}

/// One collection with its pins.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`] says.
pub async fn one(db: &Db, viewer: &Viewer, id: CollectionId) -> Result<Look> {
    policy::may(viewer, Action::EditCollections)?;
    let mut conn = db.read().await?;
    let found = collections::by_id(&mut conn, id).await?.ok_or_else(|| missing(id))?;
    look(&mut conn, found).await
}

/// What came of pins that were due.
#[derive(Debug, Default)]
pub struct Turned {
    /// In how many collections a pin began or ended.
    pub collections: usize,
    /// When the next is due.
    pub next: Option<Instant>,
}

/// Takes the pins away that have ended, marks those that have begun, and appends a change for each collection: whoever
/// follows the log learns that its list is another. Several nodes may run it; whoever comes second finds nothing due.
///
/// # Errors
/// What the database says; then nothing was done and the next call tries again.
pub async fn turn_pins(db: &Db) -> Result<Turned> {
    // Looking costs one keyed read; only what is due takes the write lock.
    let next = {
        let mut conn = db.read().await?;
        collections::next_due(&mut conn).await?
    };
    if next.is_none_or(|at| at > db.clock().now()) {
        return Ok(Turned { collections: 0, next });
    }
    let written = db
        .write(|tx| {
            Box::pin(async move {
                let mut done = Turned::default();
                let now = tx.now();
                for id in collections::due(tx.conn(), now).await? {
                    let Some(mut collection) = collections::lock(tx, id).await? else { continue };
                    // Another node may have been here while this one waited for the lock.
                    if !collections::due(tx.conn(), now).await?.contains(&id) {
                        continue;
                    }
                    collection.pins.retain(|pin| !pin.is_over(now));
                    collection.version += 1;
                    collections::update(tx, &collection).await?;
                    note(tx, &collection, Deed::Updated);
                    done.collections += 1;
                }
                done.next = collections::next_due(tx.conn()).await?;
                Ok(done)
            })
        })
        .await?;
    Ok(written.value)
}

/// The collection, locked, or `NOT_FOUND`.
async fn find(tx: &mut Tx, id: CollectionId, expected: Expected) -> Result<Collection> {
    let found = collections::lock(tx, id).await?.ok_or_else(|| missing(id))?;
    if !expected.is(found.version) {
        let says = format!(
            "The collection {} has changed since it was read: it is at version {} now. Read it again, and send that version.",
            found.slug, found.version
        );
        return Err(Error::new(Code::PreconditionFailed, says).at("version"));
    }
    Ok(found)
}

fn missing(id: CollectionId) -> Error {
    Error::new(Code::NotFound, format!("There is no collection {id}; it may have been deleted."))
}

async fn look(conn: &mut Conn, collection: Collection) -> Result<Look> {
    let mut pinned = BTreeMap::new();
    for pin in &collection.pins {
        if let Some(entry) = newsroom::by_id(conn, pin.article).await? {
            pinned.insert(pin.article, entry);
        }
    }
    Ok(Look { collection, pinned })
}

/// Writes what has changed, if anything has.
async fn save(tx: &mut Tx, was: &Collection, mut collection: Collection) -> Result<Look> {
    if collection != *was {
        collection.version += 1;
        collections::update(tx, &collection).await?;
        note(tx, &collection, Deed::Updated);
    }
    look(tx.conn(), collection).await
}

async fn put_pins(tx: &mut Tx, was: Collection, pins: Vec<Pin>) -> Result<Look> {
    let pins = checked_pins(pins, tx.now())?;
    for pin in pins.iter().filter(|pin| was.pins.iter().all(|known| known.article != pin.article)) {
        let article = pin.article;
        // Held, it is not deleted before the pin is there to be seen.
        let unfit = match newsroom::hold(tx, article).await? {
            None => Error::new(Code::NotFound, format!("There is no article {article} in the newsroom.")),
            Some(entry) if entry.state == State::Killed => {
                let says = format!("The article {article} was killed and can never be shown again; pin another.");
                Error::new(Code::Conflict, says)
            }
            Some(_) => continue,
        };
        return Err(unfit.at("article"));
    }
    let collection = Collection { pins, ..was.clone() };
    save(tx, &was, collection).await
}

/// The collections in which an article is pinned, locked. Before the article is: who pins goes in this order too.
pub(super) async fn pinning(tx: &mut Tx, article: ArticleId) -> Result<Vec<Collection>> {
    let mut all = Vec::new();
    for id in collections::pinning(tx.conn(), article).await? {
        all.extend(collections::lock(tx, id).await?);
    }
    Ok(all)
}

/// Takes the pins of an article that is [reserved](newsroom::reserve) out of `all` collections that [have one](pinning).
///
/// # Errors
/// `CONFLICT` when it was pinned elsewhere before it was reserved; the transaction is then run again.
pub(super) async fn unpin_from(tx: &mut Tx, article: ArticleId, all: Vec<Collection>) -> Result<()> {
    let now = collections::pinning(tx.conn(), article).await?;
    if now.iter().any(|id| all.iter().all(|known| known.id != *id)) {
        return Err(collections::has_changed(article));
    }
    for was in all {
        let mut collection = was.clone();
        collection.pins.retain(|pin| pin.article != article);
        save(tx, &was, collection).await?;
    }
    Ok(())
}

pub(super) fn note(tx: &mut Tx, collection: &Collection, deed: Deed) {
    let touches = Touches { slugs: vec![collection.slug.clone()], ..Touches::default() };
    tx.note(Subject::Collection(collection.id), deed, collection.version, touches);
}

fn unfit(field: &str, says: impl Into<String>) -> Error {
    Error::new(Code::InvalidInput, says).at(field)
}

fn checked_name(name: &str) -> Result<String> {
    let (line, _) = text::one_line(&text::checked("name", name)?);
    if text::is_blank(&line) || line.chars().count() > NAME_MOST {
        let says =
            format!("A collection needs a name of 1 to {NAME_MOST} characters, of which one at least can be seen.");
        return Err(unfit("name", says));
    }
    Ok(line)
}

fn checked_description(description: &str) -> Result<String> {
    let description = text::checked("description", description.trim())?;
    if description.chars().count() > DESCRIPTION_MOST {
        return Err(unfit("description", format!("A description has {DESCRIPTION_MOST} characters at the most.")));
    }
    Ok(description)
}

/// The rule with names that the newsroom knows: a slip of the pen would fill a list with nothing for ever.
async fn checked_rule(tx: &mut Tx, rule: Rule) -> Result<Rule> {
    Ok(match rule {
        Rule::None => Rule::None,
        Rule::Trending { window, section } => {
            Rule::Trending { window, section: known(tx, "section", Noun::Section, section, None).await? }
        }
        Rule::Latest(filter) => Rule::Latest(Filter {
            section: known(tx, "section", Noun::Section, filter.section, None).await?,
            topic: known(tx, "topic", Noun::Topic, filter.topic, None).await?,
            author: known(tx, "author", Noun::Author, filter.author, None).await?,
            place: known(tx, "place", Noun::Topic, filter.place, Some(TopicKind::Place)).await?,
            genre: word("genre", filter.genre)?.map(|genre| Genre::new(&genre).as_str().to_owned()),
            language: word("language", filter.language)?.map(|tag| checked_tag(&tag)).transpose()?,
        }),
    })
}

/// The slug of now of a term that is named by its slug or an alias.
async fn known(
    tx: &mut Tx,
    field: &str,
    noun: Noun,
    slug: Option<String>,
    kind: Option<TopicKind>,
) -> Result<Option<String>> {
    let Some(slug) = slug else { return Ok(None) };
    let slug = text::checked(field, &slug)?;
    let found = terms::find(tx.conn(), noun, &slug).await?;
    match found.filter(|term| kind.is_none_or(|kind| term.kind == kind.as_str())) {
        Some(term) => Ok(Some(term.slug)),
        None => {
            let says =
                format!("The newsroom knows no {field} {slug:?}; name one by the slug that its stories have given it.");
            Err(unfit(field, says))
        }
    }
}

/// The tag in its customary case: what is none would fill a list with nothing for ever, too.
fn checked_tag(tag: &str) -> Result<String> {
    let says = || unfit("language", format!("{tag:?} is no BCP 47 tag; write it like en, pt-BR or zh-Hant."));
    language::canonical(tag).ok_or_else(says)
}

fn word(field: &str, word: Option<String>) -> Result<Option<String>> {
    let Some(word) = word else { return Ok(None) };
    let word = text::checked(field, word.trim())?;
    if word.is_empty() || word.chars().count() > WORD_MOST {
        return Err(unfit(field, format!("A {field} has 1 to {WORD_MOST} characters.")));
    }
    Ok(Some(word))
}
