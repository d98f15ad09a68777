//! Write: make an article, save another revision of it, keep what is being typed, give a draft up.

use std::sync::Arc;

use super::access::{self, Expected};
use super::changes::{Changes, Read, With, blank};
use super::history::{self, Comparison};
use super::manuscript::Manuscript;
use super::once::{self, Key};
use super::terms::Terms;
use crate::config::SiteSettings;
use crate::error::{Code, Error, Result};
use crate::formats::Dropped;
use crate::model::article::Document;
use crate::model::id::{ArticleId, RevisionId};
use crate::model::newsroom::{Autosave, EventKind};
use crate::model::policy::Action;
use crate::model::slug::{self, slugify};
use crate::model::text;
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Hand, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Conn, Db, Tx, Written, autosaves, terms};

/// The most bytes of what is being typed.
const AUTOSAVE_MOST: usize = 4 << 20;

/// What a new article is made of.
#[derive(Debug, Clone, Default)]
pub struct New {
    /// What stands in it.
    pub changes: Changes,
    /// The slug that it is to have, if it is free when it is published; made of the headline when it is left out.
    pub slug: Option<String>,
    /// The lasting name for it, for who brings one along; made when it is left out.
    pub uri: Option<String>,
}

/// An article as it is after a write.
#[derive(Debug, Clone)]
pub struct Saved {
    /// The article.
    pub entry: Entry,
    /// Its newest revision.
    pub manuscript: Manuscript,
    /// What the allow-list left out of the body that was sent.
    pub dropped: Vec<Dropped>,
    /// After a correction: the fields, as [`Document`] names them, that a draft beside has changed in its own way, so that the
    /// correction is not in it.
    pub unmerged: Vec<&'static str>,
}

/// Somebody else has written meanwhile.
#[derive(Debug, Clone)]
pub struct Conflict {
    /// The article as it is now.
    pub entry: Entry,
    /// What both began with, where it is still known.
    pub base: Option<Manuscript>,
    /// From the article as it is now to what was to be saved.
    pub comparison: Comparison,
}

/// What came of saving.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// It is saved.
    Saved(Box<Saved>),
    /// It is not: here is what to merge.
    Conflict(Box<Conflict>),
}

/// Makes an article: a draft of the viewer's own.
///
/// # Errors
/// `INVALID_INPUT` and `INVALID_PARAMETER` for what does not fit, `CONFLICT` for a URI that is taken,
/// `IDEMPOTENCY_KEY_REUSED`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn create(
    db: &Db,
    viewer: &Viewer,
    site: &SiteSettings,
    new: New,
    key: Option<Key>,
) -> Result<Written<Saved>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let slug = new.slug.as_deref().map(|slug| slug::checked("slug", slug)).transpose()?;
    let uri = new.uri.as_deref().map(checked_uri).transpose()?;
    let hand = access::hand(viewer);
    if uri.is_some() && hand == Hand::Writer {
        // Whether another draft has it is nobody's business.
        let says = "Only editors bring a URI along; leave it out, and one is made.";
        return Err(Error::new(Code::InvalidInput, says).at("uri"));
    }
    let read = Arc::new(new.changes.read()?);
    let (by, site) = (*viewer, site.clone());
    db.write(move |tx| {
        let (slug, uri, read, site, key) = (slug.clone(), uri.clone(), read.clone(), site.clone(), key.clone());
        Box::pin(async move {
            terms::keep_still(tx).await?;
            if let Some(made) = once::made(tx, &by, key.as_ref()).await? {
                let entry = access::see(tx.conn(), &by, ArticleId(made), Action::SeeNewsroom).await?;
                return saved(tx.conn(), entry, hand, read.dropped.clone()).await;
            }
            let id = ArticleId(tx.next_id());
            let with = With { hand, public: false, language: &site.language };
            let mut offers = Vec::new();
            let document = read.apply(tx, &mut Terms::default(), blank(&site.language), &mut offers, &with).await?;
            if let Some(uri) = &uri
                && newsroom::by_uri(tx.conn(), uri).await?.is_some()
            {
                return Err(Error::new(Code::Conflict, format!("The URI {uri} is another article's.")).at("uri"));
            }
            let uri = uri.unwrap_or_else(|| tag_uri(&site, tx.now(), id));
            // The slug is claimed when the article becomes public: until then others need not know that it is wanted.
            let slug = slug.unwrap_or_else(|| slugify(&document.headline, &format!("article-{}", id.0 % 1_000_000)));
            let mut entry = Entry::new(id, uri, slug);
            entry.owner = by.account();
            entry.offers = offers;
            entry.revision = Some(RevisionId(tx.next_id()));
            entry.headline.clone_from(&document.headline);
            let event = (EventKind::Created, by.account());
            newsroom::begin(tx, &mut entry, &document, &by.name(), event, false).await?;
            once::keep(tx, &by, key.as_ref(), id.0).await?;
            let manuscript = Manuscript::of(tx.conn(), document, &entry.offers, hand).await?;
            Ok(Saved { entry, manuscript, dropped: read.dropped.clone(), unmerged: Vec::new() })
        })
    })
    .await
}

fn checked_uri(uri: &str) -> Result<String> {
    let uri = text::checked("uri", uri)?;
    if uri.is_empty() || uri.len() > 2_000 || uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let says = "uri has 1 to 2,000 characters, and no white space.";
        return Err(Error::new(Code::InvalidInput, says).at("uri"));
    }
    Ok(uri)
}

/// A URI that nobody else makes: `tag:` with the site's host and the year (RFC 4151).
fn tag_uri(site: &SiteSettings, now: Instant, id: ArticleId) -> String {
    let host = site.url.host_str().unwrap_or("localhost");
    format!("tag:{host},{}:{id}", now.date().format("%Y"))
}

async fn saved(conn: &mut Conn, entry: Entry, hand: Hand, dropped: Vec<Dropped>) -> Result<Saved> {
    let manuscript = newest(conn, &entry, hand).await?;
    Ok(Saved { entry, manuscript, dropped, unmerged: Vec::new() })
}

/// What the newest revision holds, with its names as they are shown to whose hand this is.
pub(super) async fn newest(conn: &mut Conn, entry: &Entry, hand: Hand) -> Result<Manuscript> {
    let missing = || Error::new(Code::Conflict, format!("The article {} has no text any more.", entry.id));
    let revision = entry.revision.ok_or_else(missing)?;
    let (_, document) = newsroom::revision(conn, revision).await?.ok_or_else(missing)?;
    Manuscript::of(conn, document, &entry.offers, hand).await
}

/// Saves another revision of the article's newest one. What is equal to it is none. What the viewer was typing is
/// forgotten.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, `INVALID_INPUT` and `INVALID_PARAMETER` for what does not fit, and
/// what [`policy::may`](crate::model::policy::may) says.
pub async fn save(
    db: &Db,
    viewer: &Viewer,
    site: &SiteSettings,
    id: ArticleId,
    expected: Expected,
    changes: Changes,
) -> Result<Written<Outcome>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let read = Arc::new(changes.read()?);
    let (by, language) = (*viewer, site.language.clone());
    db.write(move |tx| {
        let (read, language) = (read.clone(), language.clone());
        Box::pin(async move {
            terms::keep_still(tx).await?;
            let (mut entry, hand) = access::open_any(tx, &by, id, Action::WriteArticles).await?;
            let to = workflow::step(entry.standing(), Step::Save, hand)?;
            let with = With { hand, public: false, language: &language };
            if !expected.is(entry.edit) {
                return conflict(tx, entry, expected, &read, &with).await;
            }
            let before = super::publish::newest(tx, &entry).await?;
            let mut offers = std::mem::take(&mut entry.offers);
            let document = read.apply(tx, &mut Terms::default(), before.clone(), &mut offers, &with).await?;
            entry.offers = offers;
            if let Some(account) = by.account() {
                autosaves::forget(tx, id, account).await?;
            }
            // What is equal is no revision; what the store says of the last update is no change of anybody's.
            if before.differing(&document).is_empty() {
                return Ok(Outcome::Saved(Box::new(saved(tx.conn(), entry, hand, read.dropped.clone()).await?)));
            }
            entry.state = to;
            newsroom::add_revision(tx, &mut entry, &document, &by.name(), None).await?;
            newsroom::update(tx, &mut entry).await?;
            history::record(tx, &entry, EventKind::Saved, &by, "").await?;
            let manuscript = Manuscript::of(tx.conn(), document, &entry.offers, hand).await?;
            let dropped = read.dropped.clone();
            Ok(Outcome::Saved(Box::new(Saved { entry, manuscript, dropped, unmerged: Vec::new() })))
        })
    })
    .await
}

/// What is to be merged: nothing is kept of it, not even the names of terms that it would have made.
pub(super) async fn conflict(
    tx: &mut Tx,
    entry: Entry,
    expected: Expected,
    read: &Read,
    with: &With<'_>,
) -> Result<Outcome> {
    let part = tx.savepoint().await?;
    let made = made_of(tx, entry, expected, read, with).await;
    // Undone whatever it is.
    let undone = tx.settle(part, Err::<(), _>(Error::new(Code::PreconditionFailed, "Nothing is kept."))).await?;
    drop(undone);
    made.map(|conflict| Outcome::Conflict(Box::new(conflict)))
}

async fn made_of(tx: &mut Tx, entry: Entry, expected: Expected, read: &Read, with: &With<'_>) -> Result<Conflict> {
    let current = newest(tx.conn(), &entry, with.hand).await?;
    let base = match expected {
        Expected::Version(edit) if edit < entry.edit => newsroom::at_edit(tx.conn(), entry.id, edit).await?,
        _ => None,
    };
    let begun: Document = base.as_ref().map_or_else(|| current.document.clone(), |(_, document)| document.clone());
    let mut offers = entry.offers.clone();
    let document = read.apply(tx, &mut Terms::default(), begun, &mut offers, with).await?;
    let yours = Manuscript::of(tx.conn(), document, &offers, with.hand).await?;
    let base = match base {
        Some((_, document)) => Some(Manuscript::of(tx.conn(), document, &entry.offers, with.hand).await?),
        None => None,
    };
    Ok(Conflict { entry, base, comparison: Comparison::of(current, yours) })
}

/// Keeps what the viewer is typing, in the place of what they sent before. It is no revision, changes nothing for anybody
/// else, and is not held against what others write; `version` is the version of the article that it began with.
///
/// # Errors
/// As [`save`].
pub async fn autosave(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    version: i32,
    changes: Changes,
) -> Result<Written<Autosave>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let form = serde_json::to_string(&changes).map_err(Error::internal)?;
    if form.len() > AUTOSAVE_MOST {
        return Err(Error::new(Code::InvalidInput, "What is kept while it is typed has 4 MiB at the most."));
    }
    // What is half typed is kept as it is, also what saving would refuse; but it must be text that the store can hold.
    text::checked("changes", &form)?;
    let by = *viewer;
    db.write(move |tx| {
        let form = form.clone();
        Box::pin(async move {
            let (entry, hand) = access::open_any(tx, &by, id, Action::WriteArticles).await?;
            workflow::step(entry.standing(), Step::Save, hand)?;
            let account = by.account().ok_or_else(|| {
                Error::new(Code::Forbidden, "What is being typed is kept for accounts only; save it instead.")
            })?;
            let autosave = Autosave { version, form, saved_at: tx.now() };
            autosaves::put(tx, id, account, &autosave).await?;
            Ok(autosave)
        })
    })
    .await
}

/// What the viewer was typing.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn autosaved(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Option<Autosave>> {
    access::may_ever(viewer, Action::SeeNewsroom)?;
    let mut conn = db.read().await?;
    access::see(&mut conn, viewer, id, Action::SeeNewsroom).await?;
    match viewer.account() {
        Some(account) => autosaves::get(&mut conn, id, account).await,
        None => Ok(None),
    }
}

/// Forgets what the viewer was typing; says whether there was anything.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`](crate::model::policy::may) says.
pub async fn forget_autosave(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Written<bool>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            access::open_any(tx, &by, id, Action::WriteArticles).await?;
            match by.account() {
                Some(account) => autosaves::forget(tx, id, account).await,
                None => Ok(false),
            }
        })
    })
    .await
}

/// Gives the draft beside a public article up: its newest revision is again what readers see. The revisions stay in the
/// history.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when there is none or the state does not allow it, `PRECONDITION_FAILED`, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn discard(db: &Db, viewer: &Viewer, id: ArticleId, expected: Expected) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            let (mut entry, hand) = access::open(tx, &by, id, Action::WriteArticles, expected).await?;
            entry.state = workflow::step(entry.standing(), Step::Discard, hand)?;
            history::record(tx, &entry, EventKind::Discarded, &by, "").await?;
            let public = super::correct::public(tx, &entry).await?;
            entry.revision = entry.public_revision;
            entry.headline = public.headline;
            entry.due_at = None;
            entry.offers = Vec::new();
            autosaves::forget_all(tx, id).await?;
            newsroom::update(tx, &mut entry).await?;
            Ok(entry)
        })
    })
    .await
}

/// Removes an article that was never public, with all its revisions, notes and pins.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when something of it was public or the state does not allow it, `PRECONDITION_FAILED`, and what
/// [`policy::may`](crate::model::policy::may) says.
pub async fn delete(db: &Db, viewer: &Viewer, id: ArticleId, expected: Expected) -> Result<Written<()>> {
    access::may_ever(viewer, Action::WriteArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            // Before a collection is locked for it: whoever may not holds nobody up.
            access::see(tx.conn(), &by, id, Action::WriteArticles).await?;
            let pinning = super::collections::pinning(tx, id).await?;
            let (entry, hand) = access::open(tx, &by, id, Action::WriteArticles, expected).await?;
            workflow::step(entry.standing(), Step::Delete, hand)?;
            newsroom::reserve(tx, id).await?;
            super::collections::unpin_from(tx, id, pinning).await?;
            newsroom::delete(tx, id).await
        })
    })
    .await
}
