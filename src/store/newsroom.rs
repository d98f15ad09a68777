//! The newsroom side of an article: its state, its revisions and the slugs that are its own.

use diesel::prelude::Queryable;
use diesel::sql_types::Text;
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, OptionalExtension, QueryDsl,
};

use super::dialect::{ByText, mentions};
use super::schema::{killed_revisions as kr, newsroom_articles as na, newsroom_revisions as nr, newsroom_slugs as ns};
use super::terms::Offer;
use super::{Conn, Engine, Kind, Tx, addresses, autosaves, events, failure, notes, previews, q, together};
use crate::error::{Code, Error, Result};
use crate::model::article::Document;
use crate::model::id::{AccountId, ArticleId, RevisionId, first_at};
use crate::model::newsroom::{EventKind, Revision, Wanted};
use crate::model::slug;
use crate::model::time::Instant;
use crate::model::workflow::{Standing, State};

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
    /// Counts every write to the entry; 0 before it is inserted. What `If-Match` compares.
    pub edit: i32,
    /// The revision that readers see; none where nothing of it is public.
    pub public_revision: Option<RevisionId>,
    /// When it first became public.
    pub published_at: Option<Instant>,
    /// The account that made it.
    pub owner: Option<AccountId>,
    /// The account whose work it is.
    pub assignee: Option<AccountId>,
    /// The headline of the newest revision.
    pub headline: String,
    /// When it was made; set by [`insert`].
    pub created_at: Instant,
    /// When it was last written; set by [`insert`] and [`update`].
    pub updated_at: Instant,
}

impl Entry {
    /// A new entry, not yet inserted: a draft.
    pub fn new(id: ArticleId, uri: String, slug: String) -> Entry {
        Entry {
            id,
            uri,
            slug,
            state: State::Draft,
            version: 0,
            revision: None,
            hash: String::new(),
            due_at: None,
            reason: None,
            offers: Vec::new(),
            edit: 0,
            public_revision: None,
            published_at: None,
            owner: None,
            assignee: None,
            headline: String::new(),
            created_at: Instant::MIN,
            updated_at: Instant::MIN,
        }
    }

    /// Whether something of it is in the catalogue.
    pub fn is_public(&self) -> bool {
        self.public_revision.is_some()
    }

    /// Where it stands, for the workflow.
    pub fn standing(&self) -> Standing {
        let known = self.version > 0 || matches!(self.state, State::Withdrawn | State::Killed) || self.reason.is_some();
        Standing { state: self.state, public: self.is_public(), known }
    }
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
    created_at: i64,
    updated_at: i64,
    edit: i32,
    public_revision_id: Option<i64>,
    published_at: Option<i64>,
    owner_id: Option<i64>,
    assignee_id: Option<i64>,
    headline: String,
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
            offers: read_offers(row.offers)?,
            edit: row.edit,
            public_revision: row.public_revision_id.map(RevisionId),
            published_at: row.published_at.map(Instant::from_millis),
            owner: row.owner_id.map(AccountId),
            assignee: row.assignee_id.map(AccountId),
            headline: row.headline,
            created_at: Instant::from_millis(row.created_at),
            updated_at: Instant::from_millis(row.updated_at),
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
    let due = na::table.filter(na::due_at.le(now.millis())).filter(na::state.eq(State::Scheduled.as_str()));
    let rows: Vec<Row> = q!(conn, load, due.order((na::due_at, na::id)).limit(limit))?;
    rows.into_iter().map(Entry::try_from).collect()
}

/// The next instant at which something is due.
pub async fn next_due(conn: &mut Conn) -> Result<Option<Instant>> {
    let waits = na::table.filter(na::due_at.is_not_null()).filter(na::state.eq(State::Scheduled.as_str()));
    let at: Option<Option<i64>> = q!(conn, first, waits.order(na::due_at).select(na::due_at)).optional()?;
    Ok(at.flatten().map(Instant::from_millis))
}

/// Locks an entry until the end of the transaction and reads it: writers of one article come one after the other.
pub async fn lock(tx: &mut Tx, id: ArticleId) -> Result<Option<Entry>> {
    // PostgreSQL locks what it writes; SQLite has one writer anyway.
    if tx.conn().engine() == Engine::Postgres {
        q!(tx.conn(), execute, diesel::update(na::table.find(id.0)).set(na::edit.eq(na::edit)))?;
    }
    by_id(tx.conn(), id).await
}

/// Reads an entry and keeps it from being deleted until the end of the transaction. Who writes it is not kept waiting.
pub async fn hold(tx: &mut Tx, id: ArticleId) -> Result<Option<Entry>> {
    let wanted = na::table.filter(na::id.eq(id.0));
    let conn = tx.conn();
    conn.count_statement();
    let row: Option<Row> = match &mut conn.kind {
        Kind::Pg(pg) => diesel_async::RunQueryDsl::first(wanted.for_key_share(), &mut ***pg).await.optional()?,
        // SQLite has one writer.
        Kind::Lite(lite) => diesel::RunQueryDsl::first(wanted, &mut **lite).optional()?,
    };
    row.map(Entry::try_from).transpose()
}

/// Waits for all who [hold] an entry, and keeps others from doing so until the end of the transaction: it is about to be deleted.
pub async fn reserve(tx: &mut Tx, id: ArticleId) -> Result<()> {
    let wanted = na::table.filter(na::id.eq(id.0)).select(na::id);
    let conn = tx.conn();
    match &mut conn.kind {
        Kind::Pg(pg) => {
            let _: Option<i64> = diesel_async::RunQueryDsl::first(wanted.for_update(), &mut ***pg).await.optional()?;
        }
        Kind::Lite(_) => return Ok(()),
    }
    conn.count_statement();
    Ok(())
}

fn read_offers(json: Option<String>) -> Result<Vec<Offer>> {
    json.map_or(Ok(Vec::new()), |json| serde_json::from_str(&json).map_err(Error::internal))
}

fn printed(offers: &[Offer]) -> Result<Option<String>> {
    let json = (!offers.is_empty()).then(|| serde_json::to_string(offers));
    json.transpose().map_err(Error::internal)
}

/// The row of a new entry.
macro_rules! new_entry {
    ($entry:expr, $offers:expr) => {
        diesel::insert_into(na::table).values((
            na::id.eq($entry.id.0),
            na::uri.eq($entry.uri.as_str()),
            na::slug.eq($entry.slug.as_str()),
            na::state.eq($entry.state.as_str()),
            na::version.eq($entry.version),
            na::revision_id.eq($entry.revision.map(|r| r.0)),
            na::hash.eq($entry.hash.as_str()),
            na::due_at.eq($entry.due_at.map(Instant::millis)),
            na::reason.eq($entry.reason.as_deref()),
            na::offers.eq($offers.as_deref()),
            na::created_at.eq($entry.created_at.millis()),
            na::updated_at.eq($entry.updated_at.millis()),
            na::edit.eq($entry.edit),
            na::public_revision_id.eq($entry.public_revision.map(|r| r.0)),
            na::published_at.eq($entry.published_at.map(Instant::millis)),
            na::owner_id.eq($entry.owner.map(|a| a.0)),
            na::assignee_id.eq($entry.assignee.map(|a| a.0)),
            na::headline.eq($entry.headline.as_str()),
        ))
    };
}

/// The row of a revision.
macro_rules! new_revision {
    ($id:expr, $article:expr, $number:expr, $json:expr, $made_by:expr, $now:expr, $edit:expr, $from:expr) => {
        diesel::insert_into(nr::table).values((
            nr::id.eq($id.0),
            nr::article_id.eq($article.0),
            nr::number.eq($number),
            nr::document.eq($json),
            nr::made_by.eq($made_by),
            nr::made_at.eq($now),
            nr::edit.eq($edit),
            nr::restored_from.eq($from),
        ))
    };
}

/// That a slug is an article's own, unless it is another's.
macro_rules! claimed {
    ($slug:expr, $article:expr) => {
        diesel::insert_into(ns::table)
            .values((ns::slug.eq($slug), ns::article_id.eq($article.0)))
            .on_conflict(ns::slug)
            .do_nothing()
    };
}

fn begun(tx: &Tx, entry: &mut Entry) -> Result<Option<String>> {
    entry.edit = 1;
    entry.created_at = tx.now();
    entry.updated_at = tx.now();
    printed(&entry.offers)
}

/// A new entry without text.
pub async fn insert(tx: &mut Tx, entry: &mut Entry) -> Result<()> {
    let offers = begun(tx, entry)?;
    q!(tx.conn(), execute, new_entry!(entry, offers))?;
    Ok(())
}

/// A new entry with its first revision, which `entry` has the id of, and the event that it begins with. When it `claims`
/// its slug, that is its own for good.
///
/// # Errors
/// `CONFLICT` when somebody else has claimed the slug in the same moment; the transaction is then run again.
pub async fn begin(
    tx: &mut Tx,
    entry: &mut Entry,
    document: &Document,
    made_by: &str,
    (kind, by): (EventKind, Option<AccountId>),
    claims: bool,
) -> Result<()> {
    let offers = begun(tx, entry)?;
    let json = serde_json::to_string(document).map_err(Error::internal)?;
    let (event, now) = (tx.next_id(), tx.now().millis());
    let id = revision_of_entry(entry)?;
    let written: Vec<usize> = if claims {
        together!(
            tx.conn(),
            new_entry!(entry, offers),
            new_revision!(id, entry.id, 1, json.as_str(), made_by, now, entry.edit, None::<i32>),
            events::row!(event, entry, now, kind, by, Some(1), ""),
            claimed!(entry.slug.as_str(), entry.id),
        )?
    } else {
        together!(
            tx.conn(),
            new_entry!(entry, offers),
            new_revision!(id, entry.id, 1, json.as_str(), made_by, now, entry.edit, None::<i32>),
            events::row!(event, entry, now, kind, by, Some(1), ""),
        )?
    };
    if claims && written.last() == Some(&0) && slug_owner(tx.conn(), &entry.slug).await? != Some(entry.id) {
        return Err(failure::same_moment(format!("the slug {} is another article's by now", entry.slug)));
    }
    Ok(())
}

/// Writes an entry that is there already, which is another edit of it.
pub async fn update(tx: &mut Tx, entry: &mut Entry) -> Result<()> {
    entry.edit += 1;
    entry.updated_at = tx.now();
    let offers = printed(&entry.offers)?;
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
            na::updated_at.eq(entry.updated_at.millis()),
            na::edit.eq(entry.edit),
            na::public_revision_id.eq(entry.public_revision.map(|r| r.0)),
            na::published_at.eq(entry.published_at.map(Instant::millis)),
            na::owner_id.eq(entry.owner.map(|a| a.0)),
            na::assignee_id.eq(entry.assignee.map(|a| a.0)),
            na::headline.eq(entry.headline.as_str()),
        ))
    )?;
    Ok(())
}

/// Puts off what is due, which is no edit: nobody who has the article open need know. What no longer waits for the instant
/// that `entry` has stays as it is: an editor may have written it since.
pub async fn put_off(tx: &mut Tx, entry: &Entry, until: Instant) -> Result<()> {
    let still = na::table
        .filter(na::id.eq(entry.id.0))
        .filter(na::state.eq(State::Scheduled.as_str()))
        .filter(na::due_at.eq(entry.due_at.map(Instant::millis)));
    q!(tx.conn(), execute, diesel::update(still).set(na::due_at.eq(until.millis())))?;
    Ok(())
}

/// Takes an entry away that was never public, with all that hangs on it.
pub async fn delete(tx: &mut Tx, id: ArticleId) -> Result<()> {
    autosaves::forget_all(tx, id).await?;
    notes::forget_all(tx, id).await?;
    events::forget_all(tx, id).await?;
    previews::forget_all(tx, id).await?;
    erase_revisions(tx, id).await?;
    q!(tx.conn(), execute, diesel::delete(ns::table.filter(ns::article_id.eq(id.0))))?;
    addresses::forget_all(tx, id).await?;
    q!(tx.conn(), execute, diesel::delete(na::table.find(id.0)))?;
    Ok(())
}

/// A place in a list of entries: after this one, in the order of what was touched last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When it was written.
    pub updated_at: Instant,
    /// Its id.
    pub id: ArticleId,
}

/// Entries that are wanted, what was touched last first, after `after`, at most `limit`.
pub async fn list(conn: &mut Conn, wanted: &Wanted, after: Option<Place>, limit: i64) -> Result<Vec<Entry>> {
    // One text a combination, so that each is planned for what it asks.
    macro_rules! asked {
        ($query:expr) => {{
            let mut query = $query;
            if let Some(state) = wanted.state {
                query = query.filter(na::state.eq(state.as_str()));
            }
            if let Some(owner) = wanted.owner {
                query = query.filter(na::owner_id.eq(owner.0));
            }
            if let Some(assignee) = wanted.assignee {
                query = query.filter(na::assignee_id.eq(assignee.0));
            }
            if let Some(own) = wanted.own {
                query = query.filter(na::owner_id.eq(own.0).or(na::assignee_id.eq(own.0)));
            }
            match wanted.public {
                Some(true) => query = query.filter(na::public_revision_id.is_not_null()),
                Some(false) => query = query.filter(na::public_revision_id.is_null()),
                None => {}
            }
            if let Some(after) = after {
                let at = after.updated_at.millis();
                query = query.filter(na::updated_at.lt(at).or(na::updated_at.eq(at).and(na::id.lt(after.id.0))));
            }
            query.order((na::updated_at.desc(), na::id.desc())).limit(limit)
        }};
    }
    conn.count_statement();
    let rows: Vec<Row> = match &mut conn.kind {
        Kind::Pg(c) => diesel_async::RunQueryDsl::load(asked!(na::table.into_boxed()), &mut ***c).await?,
        Kind::Lite(c) => diesel::RunQueryDsl::load(asked!(na::table.into_boxed()), &mut **c)?,
    };
    rows.into_iter().map(Entry::try_from).collect()
}

/// Keeps a document as the next revision of an entry that is there, and gives its number. The entry is changed to match
/// and must be written by the caller.
pub async fn add_revision(
    tx: &mut Tx,
    entry: &mut Entry,
    document: &Document,
    made_by: &str,
    restored_from: Option<i32>,
) -> Result<i32> {
    let number = last_number(tx.conn(), entry.id).await? + 1;
    entry.revision = Some(RevisionId(tx.next_id()));
    entry.headline = document.headline.clone();
    // The entry is about to be written once more.
    write_revision(tx, entry, number, entry.edit + 1, document, made_by, restored_from).await?;
    Ok(number)
}

fn revision_of_entry(entry: &Entry) -> Result<RevisionId> {
    entry.revision.ok_or_else(|| Error::internal("a revision without an id"))
}

async fn write_revision(
    tx: &mut Tx,
    entry: &Entry,
    number: i32,
    edit: i32,
    document: &Document,
    made_by: &str,
    restored_from: Option<i32>,
) -> Result<()> {
    let id = revision_of_entry(entry)?;
    let json = serde_json::to_string(document).map_err(Error::internal)?;
    let now = tx.now().millis();
    let row = || new_revision!(id, entry.id, number, json.as_str(), made_by, now, edit, restored_from);
    q!(tx.conn(), execute, row())?;
    Ok(())
}

/// What a revision holds, and its number.
pub async fn revision(conn: &mut Conn, id: RevisionId) -> Result<Option<(i32, Document)>> {
    let row: Option<(i32, String)> =
        q!(conn, first, nr::table.find(id.0).select((nr::number, nr::document))).optional()?;
    let Some((number, json)) = row else { return Ok(None) };
    Ok(Some((number, serde_json::from_str(&json).map_err(Error::internal)?)))
}

/// What the revision with this number holds, and its id.
pub async fn numbered(conn: &mut Conn, article: ArticleId, number: i32) -> Result<Option<(RevisionId, Document)>> {
    let wanted = nr::table.filter(nr::article_id.eq(article.0)).filter(nr::number.eq(number));
    let row: Option<(i64, String)> = q!(conn, first, wanted.select((nr::id, nr::document))).optional()?;
    let Some((id, json)) = row else { return Ok(None) };
    Ok(Some((RevisionId(id), serde_json::from_str(&json).map_err(Error::internal)?)))
}

/// The newest revision as it was at this edit of the entry: its number and what it holds.
pub async fn at_edit(conn: &mut Conn, article: ArticleId, edit: i32) -> Result<Option<(i32, Document)>> {
    let wanted = nr::table.filter(nr::article_id.eq(article.0)).filter(nr::edit.le(edit)).order(nr::number.desc());
    let row: Option<(i32, String)> = q!(conn, first, wanted.select((nr::number, nr::document))).optional()?;
    let Some((number, json)) = row else { return Ok(None) };
    Ok(Some((number, serde_json::from_str(&json).map_err(Error::internal)?)))
}

type RevisionRow = (i64, i32, String, i64, Option<i32>);

fn revision_of((id, number, made_by, made_at, restored_from): RevisionRow) -> Revision {
    Revision { id: RevisionId(id), number, made_by, made_at: Instant::from_millis(made_at), restored_from }
}

/// The revisions of an article before `before`, the newest first, at most `limit`.
pub async fn revisions(conn: &mut Conn, article: ArticleId, before: Option<i32>, limit: i64) -> Result<Vec<Revision>> {
    let wanted = nr::table.filter(nr::article_id.eq(article.0)).filter(nr::number.lt(before.unwrap_or(i32::MAX)));
    let columns = (nr::id, nr::number, nr::made_by, nr::made_at, nr::restored_from);
    let rows: Vec<RevisionRow> = q!(conn, load, wanted.order(nr::number.desc()).limit(limit).select(columns))?;
    Ok(rows.into_iter().map(revision_of).collect())
}

/// The number of a revision.
pub async fn number_of(conn: &mut Conn, id: RevisionId) -> Result<Option<i32>> {
    Ok(q!(conn, first, nr::table.find(id.0).select(nr::number)).optional()?)
}

/// Removes the text of all revisions of an article: what a kill leaves is its state and its reason.
pub async fn erase_revisions(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(nr::table.filter(nr::article_id.eq(article.0))))?;
    Ok(())
}

/// Moves the revisions of an article into the audit store, where nothing but the operator's command line finds them.
pub async fn bury_revisions(tx: &mut Tx, article: ArticleId) -> Result<()> {
    let now = tx.now().millis();
    type Whole = (i64, i32, String, String, i64);
    let rows: Vec<Whole> = q!(
        tx.conn(),
        load,
        nr::table.filter(nr::article_id.eq(article.0)).order(nr::number).select((
            nr::id,
            nr::number,
            nr::document,
            nr::made_by,
            nr::made_at
        ))
    )?;
    for (id, number, document, made_by, made_at) in rows {
        q!(
            tx.conn(),
            execute,
            diesel::insert_into(kr::table).values((
                kr::id.eq(id),
                kr::article_id.eq(article.0),
                kr::number.eq(number),
                kr::document.eq(document.as_str()),
                kr::made_by.eq(made_by.as_str()),
                kr::made_at.eq(made_at),
                kr::killed_at.eq(now),
            ))
        )?;
    }
    erase_revisions(tx, article).await
}

/// The revisions of a killed article in the audit store: number, who made it, when, and the document as JSON.
pub async fn killed_revisions(conn: &mut Conn, article: ArticleId) -> Result<Vec<(i32, String, Instant, String)>> {
    let rows: Vec<(i32, String, i64, String)> = q!(
        conn,
        load,
        kr::table.filter(kr::article_id.eq(article.0)).order(kr::number).select((
            kr::number,
            kr::made_by,
            kr::made_at,
            kr::document
        ))
    )?;
    Ok(rows.into_iter().map(|(number, by, at, json)| (number, by, Instant::from_millis(at), json)).collect())
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
    if q!(tx.conn(), execute, claimed!(slug, article))? == 1 {
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
    Ok(q!(conn, load, ByText::<(Text, Text)>::new("l.uri, l.hash", "newsroom_articles", "uri", uris))?)
}

/// Those of these slugs and aliases that are somebody's already.
pub async fn taken(conn: &mut Conn, slugs: &[String]) -> Result<Vec<String>> {
    Ok(q!(conn, load, ByText::<Text>::new("l.slug", "newsroom_slugs", "slug", slugs))?)
}

/// The number of the article's newest revision; 0 when it has none.
pub async fn last_number(conn: &mut Conn, article: ArticleId) -> Result<i32> {
    let n: Option<i32> =
        q!(conn, get_result, nr::table.filter(nr::article_id.eq(article.0)).select(diesel::dsl::max(nr::number)))?;
    Ok(n.unwrap_or(0))
}

/// How terms stand in the JSON of a document, by their ids.
fn quoted(ids: &[String]) -> Vec<String> {
    ids.iter().map(|id| format!("\"{id}\"")).collect()
}

/// How many articles have a newest revision that is not what readers see and names one of these ids.
pub async fn drafts_naming(conn: &mut Conn, ids: &[String]) -> Result<i64> {
    let named = quoted(ids);
    Ok(q!(
        conn,
        get_result,
        na::table
            .inner_join(nr::table.on(na::revision_id.eq(nr::id.nullable())))
            .filter(na::public_revision_id.is_null().or(na::public_revision_id.ne(na::revision_id)))
            .filter(mentions(nr::document, &named))
            .count()
    )?)
}

/// How many revisions one statement reads the text of: fewer than a statement has time for.
const REVISIONS_AT_ONCE: i64 = 20_000;

/// An article of which a revision that was made at `since` or later names one of these ids. It reads the text of all of them.
pub async fn revised_naming(conn: &mut Conn, ids: &[String], since: Instant) -> Result<Option<ArticleId>> {
    let named = quoted(ids);
    // Ids begin with the instant, so of what was made lately nothing else is read.
    let mut after = if since > Instant::MIN { first_at(since) - 1 } else { i64::MIN };
    loop {
        let part = nr::table.filter(nr::id.gt(after)).order(nr::id).offset(REVISIONS_AT_ONCE - 1);
        let upto: Option<i64> =
            if since > Instant::MIN { None } else { q!(conn, first, part.select(nr::id)).optional()? };
        let id: Option<i64> = q!(
            conn,
            first,
            nr::table
                .filter(nr::id.gt(after).and(nr::id.le(upto.unwrap_or(i64::MAX))))
                .filter(nr::made_at.ge(since.millis()))
                .filter(mentions(nr::document, &named))
                .select(nr::article_id)
        )
        .optional()?;
        let Some(upto) = upto.filter(|_| id.is_none()) else { return Ok(id.map(ArticleId)) };
        after = upto;
    }
}
