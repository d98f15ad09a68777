//! Publish: one revision goes into the catalogue, in one transaction.

use super::terms::Terms;
use crate::error::{Code, Error, Result};
use crate::formats::html;
use crate::model::article::{Document, Published, RenderedBody, Standing, project};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::ArticleId;
use crate::model::policy::{self, Action};
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, State, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, Written, articles};

/// After how long what could not be published when it was due is tried again.
const RETRY_MS: i64 = 60_000;

/// Publishes the newest revision of an article. What is dated in the future is scheduled instead.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the state does not allow it, and what [`policy::may`] says.
pub async fn publish(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Written<State>> {
    policy::may(viewer, Action::Publish)?;
    db.write(move |tx| {
        Box::pin(async move {
            let entry = find(tx, id).await?;
            put_newest(tx, &mut Terms::default(), entry).await
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
                let mut done = Due::default();
                let mut terms = Terms::default();
                let now = tx.now();
                for entry in newsroom::due(tx.conn(), now, limit).await? {
                    let part = tx.savepoint().await?;
                    let result = put_newest(tx, &mut terms, entry.clone()).await;
                    match tx.settle(part, result).await? {
                        Ok(_) => done.published += 1,
                        Err(error) if error.is_of_the_store() => return Err(error),
                        Err(error) => {
                            terms.forget();
                            done.failed.push((entry.id, error));
                            let due_at = Some(now.plus_millis(RETRY_MS));
                            newsroom::update(tx, &Entry { due_at, ..entry }).await?;
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

async fn put_newest(tx: &mut Tx, terms: &mut Terms, mut entry: Entry) -> Result<State> {
    let document = newest(tx, &entry).await?;
    put(tx, terms, &mut entry, document, None, Deed::Published).await?;
    newsroom::update(tx, &entry).await?;
    Ok(entry.state)
}

/// The entry, or `NOT_FOUND`.
pub(super) async fn find(tx: &mut Tx, id: ArticleId) -> Result<Entry> {
    newsroom::by_id(tx.conn(), id)
        .await?
        .ok_or_else(|| Error::new(Code::NotFound, format!("There is no article {id} in the newsroom.")))
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

/// Whether a document is scheduled rather than published: its instant is to come. What is public already stays so.
pub(super) fn waits(document: &Document, state: State, now: Instant) -> bool {
    document.published_at > now && state != State::Published
}

/// Puts a document into the catalogue as the entry's next version, or schedules it when its instant is to come. The
/// entry is changed to match and must be written by the caller.
pub(super) async fn put(
    tx: &mut Tx,
    terms: &mut Terms,
    entry: &mut Entry,
    document: Document,
    rendered_before: Option<RenderedBody>,
    deed: Deed,
) -> Result<()> {
    if waits(&document, entry.state, tx.now()) {
        entry.state = workflow::step(entry.state, Step::Schedule)?;
        entry.due_at = Some(document.published_at);
        return Ok(());
    }
    let was = entry.state;
    entry.state = workflow::step(entry.state, Step::Publish)?;
    entry.version += 1;
    entry.due_at = None;
    entry.reason = None;
    terms.believe_all(tx, std::mem::take(&mut entry.offers)).await?;
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
    let standing = Standing { id: entry.id, uri: &entry.uri, slug: &entry.slug, version: entry.version, now: tx.now() };
    let published: Published = project(document, rendered, &standing);
    let touches = articles::publish(tx, &published, &sections).await?;
    articles::add_slug(tx, &entry.slug, entry.id).await?;
    if !matches!(was, State::Draft | State::Published) {
        // It waited or was away: its grave is none any more, and the names that it was given meanwhile lead to it.
        articles::unbury(tx, entry.id).await?;
        for slug in newsroom::slugs(tx.conn(), entry.id).await? {
            articles::add_slug(tx, &slug, entry.id).await?;
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
    let deed = if deed == Deed::Published && was == State::Published { Deed::Updated } else { deed };
    tx.note(Subject::Article(entry.id), deed, entry.version, touches);
    Ok(())
}
