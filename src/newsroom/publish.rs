//! Publish: one revision goes into the catalogue, in one transaction.

use super::access::{self, Expected};
use super::terms::Terms;
use super::{correct, history};
use crate::error::{Code, Error, Result};
use crate::formats::html;
use crate::model::article::{Correction, Document, Published, RenderedBody, Standing, project};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::newsroom::EventKind;
use crate::model::policy::Action;
use crate::model::time::{Instant, Precision};
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Hand, State, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, Written, addresses, articles, events, may_retry, terms};

/// After how long what could not be published when it was due is tried again.
const RETRY_MS: i64 = 60_000;

/// Publishes the newest revision of an article. What is under embargo, or is not public and dated in the future, is scheduled
/// instead; what is public already as it is stays so.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it or what is public is dated ahead, and what [`policy::may`](crate::model::policy::may) says.
pub async fn publish(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Written<State>> {
    let written = publish_as(db, viewer, id, Expected::Any, None).await?;
    Ok(Written { value: written.value.state, seq: written.seq })
}

/// The same of the version that is expected. With a `correction` the newest revision replaces the public one under a
/// public note.
///
/// # Errors
/// As [`publish`]; `PRECONDITION_FAILED` when the article is at another version; `CONFLICT` for a correction of what is
/// not public, `INVALID_INPUT` for an unfit note.
pub async fn publish_as(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    expected: Expected,
    correction: Option<&str>,
) -> Result<Written<Entry>> {
    access::may_ever(viewer, Action::Publish)?;
    let note = correction.map(|note| correct::checked_note("correction", note)).transpose()?;
    let by = *viewer;
    db.write(move |tx| {
        let note = note.clone();
        Box::pin(async move {
            terms::keep_still(tx).await?;
            let (mut entry, hand) = access::open(tx, &by, id, Action::Publish, expected).await?;
            let to = workflow::step(entry.standing(), Step::Publish, hand)?;
            if to == entry.state && note.is_none() {
                return Ok(entry);
            }
            let mut document = newest(tx, &entry).await?;
            let mut deed = Deed::Published;
            let at = goes_out(&document, tx.now());
            not_ahead(tx, &entry, &document, at).await?;
            if let Some(note) = &note {
                workflow::step(entry.standing(), Step::Correct, hand)?;
                document.corrections.push(Correction { published_at: tx.now(), text: note.clone() });
                document.updated_at = Some(tx.now());
                newsroom::add_revision(tx, &mut entry, &document, &by.name(), None).await?;
                deed = Deed::Corrected;
            }
            let kind = put(tx, &mut Terms::default(), &mut entry, document, None, deed).await?;
            if kind == EventKind::Scheduled && note.is_some() {
                let says = "A correction is public at once, and this draft waits for its instant or its embargo; take that away, \
                            or correct the public text.";
                return Err(Error::new(Code::Conflict, says).at("correction"));
            }
            newsroom::update(tx, &mut entry).await?;
            let detail = match kind {
                EventKind::Scheduled => entry.due_at.map(|at| at.to_string()),
                _ => note,
            };
            history::record(tx, &entry, kind, &by, &detail.unwrap_or_default()).await?;
            Ok(entry)
        })
    })
    .await
}

/// What came of publishing what was due.
#[derive(Debug, Default)]
pub struct Due {
    /// How many articles were published.
    pub published: usize,
    /// Which could not be, and why. They are tried again in a minute and do not hold up the others.
    pub failed: Vec<(ArticleId, Error)>,
    /// When the next is due.
    pub next: Option<Instant>,
}

/// Publishes what is due now, at most `limit` articles.
///
/// # Errors
/// What the database says; then nothing was published and the next call tries again.
pub async fn publish_due(db: &Db, limit: i64) -> Result<Due> {
    // Looking costs one keyed read; only what is due takes the write lock.
    let next = {
        let mut conn = db.read().await?;
        newsroom::next_due(&mut conn).await?
    };
    if next.is_none_or(|at| at > db.clock().now()) {
        return Ok(Due { next, ..Due::default() });
    }
    let written = db
        .write(move |tx| {
            Box::pin(async move {
                terms::keep_still(tx).await?;
                let mut done = Due::default();
                let mut terms = Terms::default();
                let now = tx.now();
                for entry in newsroom::due(tx.conn(), now, limit).await? {
                    let mut result = put_part(tx, &mut terms, entry.id).await?;
                    if result.as_ref().is_err_and(may_retry) {
                        // Others wrote what it names in the same moment.
                        terms.forget();
                        result = put_part(tx, &mut terms, entry.id).await?;
                    }
                    match result {
                        Ok(published) => done.published += usize::from(published),
                        Err(error) if error.is_of_the_store() => return Err(error),
                        Err(error) => {
                            terms.forget();
                            done.failed.push((entry.id, error));
                            // Undone, it is locked no longer: who waited for it may have been first.
                            newsroom::put_off(tx, &entry, now.plus_millis(RETRY_MS)).await?;
                        }
                    }
                }
                done.next = newsroom::next_due(tx.conn()).await?;
                Ok(done)
            })
        })
        .await?;
    Ok(written.value)
}

/// The same by itself: what fails of it is undone.
async fn put_part(tx: &mut Tx, terms: &mut Terms, id: ArticleId) -> Result<Result<bool>> {
    let part = tx.savepoint().await?;
    let result = put_due(tx, terms, id).await;
    tx.settle(part, result).await
}

/// Publishes what is due; says whether it was. Another node may have done it, or an editor have thought better of it,
/// while this one waited for the lock.
async fn put_due(tx: &mut Tx, terms: &mut Terms, id: ArticleId) -> Result<bool> {
    let now = tx.now();
    let still = |entry: &Entry| entry.state == State::Scheduled && entry.due_at.is_some_and(|at| at <= now);
    let Some(mut entry) = newsroom::lock(tx, id).await?.filter(still) else { return Ok(false) };
    let mut document = newest(tx, &entry).await?;
    entry.due_at = scheduled_for(tx, &entry, &document).await?;
    if entry.is_public() && document.published_at.is_some_and(|dated| dated > goes_out(&document, now)) {
        // It was dated ahead once it was scheduled. It stays where it stands in the lists, and nobody trips over the date
        // later.
        let public = correct::public(tx, &entry).await?;
        (document.published_at, document.published_precision) = (public.published_at, public.published_precision);
        newsroom::add_revision(tx, &mut entry, &document, &Viewer::system().name(), None).await?;
    }
    let kind = put(tx, terms, &mut entry, document, None, Deed::Published).await?;
    newsroom::update(tx, &mut entry).await?;
    // That it waits on is told with the instant, as by an editor: without one it would be what an import left waiting.
    let until = entry.due_at.filter(|_| kind == EventKind::Scheduled);
    let detail = until.map(|at| at.to_string()).unwrap_or_default();
    history::record(tx, &entry, kind, &Viewer::system(), &detail).await?;
    Ok(kind != EventKind::Scheduled)
}

/// The instant for which an entry that is due was scheduled: it is dated with that, also where it was put off since.
async fn scheduled_for(tx: &mut Tx, entry: &Entry, document: &Document) -> Result<Option<Instant>> {
    let told = events::newest(tx.conn(), entry.id, EventKind::Scheduled).await?;
    let told = told.and_then(|event| event.detail.parse().ok());
    // An import says no instant: it is that of the document.
    let at = told.or_else(|| waits(document, entry.is_public(), Instant::EARLIEST));
    Ok(at.into_iter().chain(entry.due_at).min())
}

/// What the newest revision holds.
pub(super) async fn newest(tx: &mut Tx, entry: &Entry) -> Result<Document> {
    let missing = || Error::new(Code::Conflict, format!("The article {} has no revision to publish.", entry.id));
    let revision = entry.revision.ok_or_else(missing)?;
    Ok(newsroom::revision(tx.conn(), revision).await?.ok_or_else(missing)?.1)
}

/// The forms of a body that are rendered once.
pub(super) fn rendered(document: &Document) -> Result<RenderedBody> {
    Ok(RenderedBody {
        json: serde_json::to_string(&document.body).map_err(Error::internal)?,
        html: html::render(&document.body),
        word_count: document.body.word_count(),
    })
}

/// Until when a document has to wait: for the instant that it is dated with, unless something of it is public already,
/// and for the end of its embargo in any case.
pub(super) fn waits(document: &Document, public: bool, now: Instant) -> Option<Instant> {
    let dated = document.published_at.filter(|_| !public);
    dated.into_iter().chain(document.embargoed_until).filter(|at| *at > now).max()
}

/// When the text of what is public goes out: now, or at the end of its embargo.
pub(super) fn goes_out(document: &Document, now: Instant) -> Instant {
    document.embargoed_until.map_or(now, |until| until.max(now))
}

/// When an article that is not public was taken back, where that is the last that readers learnt of it.
pub(super) async fn taken_back(tx: &mut Tx, entry: &Entry) -> Result<Option<Instant>> {
    if entry.is_public() || entry.reason.is_none() {
        return Ok(None);
    }
    if let Some(stone) = articles::tombstone(tx.conn(), entry.id).await? {
        return Ok(Some(stone.at));
    }
    // What was never public has no grave.
    Ok(events::newest(tx.conn(), entry.id, EventKind::Withdrawn).await?.map(|event| event.at))
}

/// Holds that what is public is not dated after its new text goes out: it would stand on top of every list until then.
///
/// # Errors
/// `CONFLICT`, naming `publishedAt`.
pub(super) async fn not_ahead(tx: &mut Tx, entry: &Entry, document: &Document, at: Instant) -> Result<()> {
    let Some(dated) = document.published_at.filter(|dated| entry.is_public() && *dated > at) else { return Ok(()) };
    // Nobody has said it this time.
    if correct::public(tx, entry).await?.published_at == Some(dated) {
        return Ok(());
    }
    let says = format!(
        "The article is public already, so it cannot be dated {dated}, after its new text goes out. Take publishedAt back, or \
         schedule the text for then or later."
    );
    Err(Error::new(Code::Conflict, says).at("publishedAt"))
}

/// Puts a document into the catalogue as the entry's next version, or schedules it when it has to wait. The entry, whose
/// newest revision this is, is changed to match and must be written by the caller, who then records the event.
pub(super) async fn put(
    tx: &mut Tx,
    terms: &mut Terms,
    entry: &mut Entry,
    mut document: Document,
    rendered_before: Option<RenderedBody>,
    deed: Deed,
) -> Result<EventKind> {
    let was_public = entry.is_public();
    if let Some(until) = waits(&document, was_public, tx.now()) {
        entry.state = workflow::step(entry.standing(), Step::Schedule, Hand::Desk)?;
        entry.due_at = Some(until);
        return Ok(EventKind::Scheduled);
    }
    entry.state = workflow::step(entry.standing(), Step::Publish, Hand::Desk)?;
    entry.version += 1;
    if document.published_at.is_some_and(|at| at > tx.now()) {
        // Whatever says so, what is public stands in the lists where it stood.
        (document.published_at, document.published_precision) = (None, Precision::default());
    }
    for correction in &mut document.corrections {
        // Nobody has read it before.
        correction.published_at = correction.published_at.min(tx.now());
    }
    if entry.version > 1
        && let Some(stated) = document.updated_at
        && taken_back(tx, entry).await?.is_some_and(|gone| stated < gone)
    {
        // It is back, which is newer than that it went, whatever was said of it before: mirrors go by that.
        document.updated_at = None;
    }
    // What waited for an instant is dated with it, also when the timer is late.
    let now = entry.due_at.take().filter(|due| *due <= tx.now()).unwrap_or_else(|| tx.now());
    entry.reason = None;
    terms.believe_all(tx, std::mem::take(&mut entry.offers)).await?;
    terms.hold_names(tx, &document).await?;
    terms.settle(tx, &mut document).await?;
    let sections = terms.publish_section(tx, document.section).await?;
    for byline in &document.authors {
        terms.publish_author(tx, byline.author).await?;
    }
    for topic in &document.topics {
        terms.publish_topic(tx, *topic).await?;
    }
    let rendered = match rendered_before {
        Some(rendered) => rendered,
        None => rendered(&document)?,
    };
    if !was_public && entry.edit > 0 && !newsroom::claim(tx, &entry.slug, entry.id).await? {
        // Somebody else's article took the address while this one was written.
        entry.slug = newsroom::free_slug(tx.conn(), &entry.slug, entry.id).await?;
        newsroom::claim(tx, &entry.slug, entry.id).await?;
    }
    let standing = Standing {
        id: entry.id,
        uri: &entry.uri,
        slug: &entry.slug,
        version: entry.version,
        published_at: entry.published_at,
        now,
    };
    let published: Published = project(document, rendered, &standing);
    let touches = articles::publish(tx, &published, &sections).await?;
    if !was_public && entry.edit > 0 {
        // It waited or was away: its grave is none any more, and the names that it was given meanwhile lead to it.
        articles::unbury(tx, entry.id).await?;
        for slug in newsroom::slugs(tx.conn(), entry.id).await? {
            articles::add_slug(tx, &slug, entry.id).await?;
        }
        for address in addresses::claimed(tx.conn(), entry.id).await? {
            addresses::add(tx, &address, entry.id).await?;
        }
    }
    let gone = Touches {
        sections: touches.sections.iter().copied().filter(|s| !sections.contains(s)).collect(),
        topics: touches.topics.iter().copied().filter(|t| !published.card.topics.contains(t)).collect(),
        authors: touches
            .authors
            .iter()
            .copied()
            .filter(|a| !published.card.authors.iter().any(|b| b.author == *a))
            .collect(),
        ..Touches::default()
    };
    terms.retire(tx, &gone).await?;
    entry.public_revision = entry.revision;
    entry.published_at = Some(published.card.published_at);
    let (deed, kind) = match (deed, was_public) {
        (Deed::Corrected, _) => (Deed::Corrected, EventKind::Corrected),
        (_, true) => (Deed::Updated, EventKind::Updated),
        (_, false) => (Deed::Published, EventKind::Published),
    };
    tx.note(Subject::Article(entry.id), deed, entry.version, touches);
    Ok(kind)
}
