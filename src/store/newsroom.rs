//! The newsroom side of an article: its state, its revisions and the slugs that are its own.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::{newsroom_articles as na, newsroom_revisions as nr, newsroom_slugs as ns};
use super::terms::Offer;
use super::{Conn, Tx, q};
use crate::error::{Code, Error, Result};
use crate::model::article::Document;
use crate::model::id::{ArticleId, RevisionId};
use crate::model::slug;
use crate::model::time::Instant;
use crate::model::workflow::State;

/// An article as the newsroom has it, without its text.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The id, the same in the catalogue.
    pub id: ArticleId,
    /// The source's lasting name for it.
    pub uri: String,
    /// The slug that it has or will have.
    pub slug: String,
    /// Where it stands.
    pub state: State,
    /// How often it was published; 0 when never.
    pub version: i32,
    /// The newest revision.
    pub revision: Option<RevisionId>,
    /// A digest of what was last imported, so that a second import changes nothing.
    pub hash: String,
    /// When it is to be published.
    pub due_at: Option<Instant>,
    /// Why it was taken back.
    pub reason: Option<String>,
    /// What it says of its authors, topics and sections while it waits.
    pub offers: Vec<Offer>,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    uri: String,
    slug: String,
    state: String,
    version: i32,
    revision_id: Option<i64>,
    hash: String,
    due_at: Option<i64>,
    reason: Option<String>,
    offers: Option<String>,
    _created_at: i64,
    _updated_at: i64,
}

impl TryFrom<Row> for Entry {
    type Error = Error;
    fn try_from(row: Row) -> Result<Entry> {
        let state = State::parse(&row.state)
            .ok_or_else(|| Error::internal(format!("the state {:?} is not known to this program", row.state)))?;
        Ok(Entry {
            id: ArticleId(row.id),
            uri: row.uri,
            slug: row.slug,
            state,
            version: row.version,
            revision: row.revision_id.map(RevisionId),
            hash: row.hash,
            due_at: row.due_at.map(Instant::from_millis),
            reason: row.reason,
            offers: row.offers.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json).map_err(Error::internal))?,
        })
    }
}

/// The entry with this URI.
pub async fn by_uri(conn: &mut Conn, uri: &str) -> Result<Option<Entry>> {
    let row: Option<Row> = q!(conn, first, na::table.filter(na::uri.eq(uri))).optional()?;
    row.map(Entry::try_from).transpose()
}

/// The entry with this id.
pub async fn by_id(conn: &mut Conn, id: ArticleId) -> Result<Option<Entry>> {
    let row: Option<Row> = q!(conn, first, na::table.find(id.0)).optional()?;
    row.map(Entry::try_from).transpose()
}

/// The entries that are due at `now`, at most `limit`, the longest due first.
pub async fn due(conn: &mut Conn, now: Instant, limit: i64) -> Result<Vec<Entry>> {
    let rows: Vec<Row> =
        q!(conn, load, na::table.filter(na::due_at.le(now.millis())).order((na::due_at, na::id)).limit(limit))?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// The next instant at which something is due.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>> {
    let at: Option<Option<i64>> =
        q!(conn, first, na::table.filter(na::due_at.is_not_null()).order(na::due_at).select(na::due_at)).optional()?;
    Ok(at.flatten().map(Instant::from_millis))
}

fn printed(offers: &[Offer]) -> Result<Option<String>> {
    let json = (!offers.is_empty()).then(|| serde_json::to_string(offers));
    json.transpose().map_err(Error::internal)
}

/// A new entry.
pub async fn insert(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let (now, offers) = (tx.now().millis(), printed(&entry.offers)?);
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(na::table).values((
            na::id.eq(entry.id.0),
            na::uri.eq(entry.uri.as_str()),
            na::slug.eq(entry.slug.as_str()),
            na::state.eq(entry.state.as_str()),
            na::version.eq(entry.version),
            na::revision_id.eq(entry.revision.map(|r| r.0)),
            na::hash.eq(entry.hash.as_str()),
            na::due_at.eq(entry.due_at.map(Instant::millis)),
            na::reason.eq(entry.reason.as_deref()),
            na::offers.eq(offers.as_deref()),
            na::created_at.eq(now),
            na::updated_at.eq(now),
        ))
    )?;
    Ok(())
}

/// Writes an entry that is there already.
pub async fn update(tx: &mut Tx, entry: &Entry) -> Result<()> {
    let (now, offers) = (tx.now().millis(), printed(&entry.offers)?);
    q!(
        tx.conn(),
        execute,
        diesel::update(na::table.find(entry.id.0)).set((
            na::slug.eq(entry.slug.as_str()),
            na::state.eq(entry.state.as_str()),
            na::version.eq(entry.version),
            na::revision_id.eq(entry.revision.map(|r| r.0)),
            na::hash.eq(entry.hash.as_str()),
            na::due_at.eq(entry.due_at.map(Instant::millis)),
            na::reason.eq(entry.reason.as_deref()),
            na::offers.eq(offers.as_deref()),
            na::updated_at.eq(now),
        ))
    )?;
    Ok(())
}

/// Keeps a document as the article's next revision.
pub async fn add_revision(
    tx: &mut Tx,
    id: RevisionId,
    article: ArticleId,
    number: i32,
    document: &Document,
    made_by: &str,
) -> Result<()> {
    let json = serde_json::to_string(document).map_err(Error::internal)?;
    let now = tx.now().millis();
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(nr::table).values((
            nr::id.eq(id.0),
            nr::article_id.eq(article.0),
            nr::number.eq(number),
            nr::document.eq(json.as_str()),
            nr::made_by.eq(made_by),
            nr::made_at.eq(now),
        ))
    )?;
    Ok(())
}

/// What a revision holds, and its number.
pub async fn revision(conn: &mut Conn, id: RevisionId) -> Result<Option<(i32, Document)>> {
    let row: Option<(i32, String)> =
        q!(conn, first, nr::table.find(id.0).select((nr::number, nr::document))).optional()?;
    let Some((number, json)) = row else { return Ok(None) };
    Ok(Some((number, serde_json::from_str(&json).map_err(Error::internal)?)))
}

/// Removes the text of all revisions of an article: what a kill leaves is its state and its reason.
pub async fn erase_revisions(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(nr::table.filter(nr::article_id.eq(article.0))))?;
    Ok(())
}

/// Whose the slug is.
pub async fn slug_owner(conn: &mut Conn, slug: &str) -> Result<Option<ArticleId>> {
    let id: Option<i64> = q!(conn, first, ns::table.find(slug).select(ns::article_id)).optional()?;
    Ok(id.map(ArticleId))
}

/// The wanted slug, or the same with the first number behind it that gives one which is free or the article's own.
/// It is not claimed yet; see [`claim`].
pub async fn free_slug(conn: &mut Conn, wanted: &str, article: ArticleId) -> Result<String> {
    if is_free(conn, wanted, article).await? {
        return Ok(wanted.to_owned());
    }
    // Numbers are given in turn, so what is free lies above what is taken: leap to find some, then close in.
    let (mut taken, mut free) = (1u32, 2u32);
    while !is_free(conn, &slug::numbered(wanted, free), article).await? {
        taken = free;
        free = free.checked_mul(2).filter(|n| *n < 1 << 30).ok_or_else(|| {
            Error::new(Code::Conflict, format!("Too many articles have the slug {wanted}; choose another.")).at("slug")
        })?;
    }
    while free - taken > 1 {
        let middle = taken + (free - taken) / 2;
        if is_free(conn, &slug::numbered(wanted, middle), article).await? {
            free = middle;
        } else {
            taken = middle;
        }
    }
    Ok(slug::numbered(wanted, free))
}

async fn is_free(conn: &mut Conn, slug: &str, article: ArticleId) -> Result<bool> {
    Ok(slug_owner(conn, slug).await?.is_none_or(|owner| owner == article))
}

/// Makes the slug or alias the article's own, for good. Says whether it is; it may be another's already.
pub async fn claim(tx: &mut Tx, slug: &str, article: ArticleId) -> Result<bool> {
    let made = q!(
        tx.conn(),
        execute,
        diesel::insert_into(ns::table)
            .values((ns::slug.eq(slug), ns::article_id.eq(article.0)))
            .on_conflict(ns::slug)
            .do_nothing()
    )?;
    if made == 1 {
        return Ok(true);
    }
    Ok(slug_owner(tx.conn(), slug).await? == Some(article))
}

/// Every slug and alias of the article.
pub async fn slugs(conn: &mut Conn, article: ArticleId) -> Result<Vec<String>> {
    Ok(q!(conn, load, ns::table.filter(ns::article_id.eq(article.0)).order(ns::slug).select(ns::slug))?)
}

/// The digests of what was last imported under these URIs.
pub async fn hashes(conn: &mut Conn, uris: &[String]) -> Result<Vec<(String, String)>> {
    Ok(q!(conn, load, na::table.filter(na::uri.eq_any(uris)).select((na::uri, na::hash)))?)
}

/// The number of the article's newest revision; 0 when it has none.
pub async fn last_number(conn: &mut Conn, article: ArticleId) -> Result<i32> {
    let n: Option<i32> =
        q!(conn, get_result, nr::table.filter(nr::article_id.eq(article.0)).select(diesel::dsl::max(nr::number)))?;
    Ok(n.unwrap_or(0))
}
