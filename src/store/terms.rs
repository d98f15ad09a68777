//! Authors, topics and sections as the newsroom knows them: one table, since matching by slug and alias is one rule.
//! The catalogue's copies are in `authors`, `topics` and `sections`.

use std::collections::HashMap;

use diesel::prelude::Queryable;
use diesel::sql_types::{BigInt, Text};
use diesel::{BoolExpressionMethods, ExpressionMethods, OptionalExtension, QueryDsl, TextExpressionMethods};
use serde::{Deserialize, Serialize};

use super::dialect::{ByText, GoingBy, TaxonomyLock, one_of};
use super::schema::{newsroom_term_aliases as ta, newsroom_terms as t};
use super::{Conn, Kind, Tx, failure, q};
use crate::error::{Error, Result};

/// Which noun a term is of. Slugs are unique within a noun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Noun {
    /// An author.
    Author,
    /// A topic of any kind.
    Topic,
    /// A section.
    Section,
}

impl Noun {
    /// The noun as a word.
    pub fn word(self) -> &'static str {
        self.as_str()
    }

    fn as_str(self) -> &'static str {
        match self {
            Noun::Author => "author",
            Noun::Topic => "topic",
            Noun::Section => "section",
        }
    }
}

/// A term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// The id, the same in the catalogue.
    pub id: i64,
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The kind of an author or a topic; empty for a section.
    pub kind: String,
    /// The broader topic or the section above.
    pub parent: Option<i64>,
    /// The rest, as JSON of the noun's `…About`.
    pub about: String,
    /// Public without an article that uses it.
    pub listed: bool,
    /// Only stories that are not public have named it so far.
    pub provisional: bool,
    /// Counts the writes; kept by the store.
    pub edit: i32,
    /// Into which it was merged; then it is only a name of that one.
    pub merged_into: Option<i64>,
}

/// What a story says of a term.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// Which noun the term is of.
    pub noun: Noun,
    /// The term.
    pub term: i64,
    /// The slug that it would have.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The kind, where the story says one.
    pub kind: Option<String>,
    /// The broader topic or the section above.
    pub parent: Option<i64>,
    /// The rest, as JSON of the noun's `…About`.
    pub about: String,
}

#[derive(Queryable)]
struct Row {
    id: i64,
    _noun: String,
    slug: String,
    name: String,
    kind: String,
    parent_id: Option<i64>,
    about: String,
    listed: bool,
    provisional: bool,
    edit: i32,
    merged_into: Option<i64>,
}

impl From<Row> for Term {
    fn from(row: Row) -> Term {
        Term {
            id: row.id,
            slug: row.slug,
            name: row.name,
            kind: row.kind,
            parent: row.parent_id,
            about: row.about,
            listed: row.listed,
            provisional: row.provisional,
            edit: row.edit,
            merged_into: row.merged_into,
        }
    }
}

/// The term with this id.
pub async fn by_id(conn: &mut Conn, id: i64) -> Result<Option<Term>> {
    let row: Option<Row> = q!(conn, first, t::table.find(id)).optional()?;
    Ok(row.map(Term::from))
}

/// The term with this id, if it is of the noun.
pub async fn of_noun(conn: &mut Conn, noun: Noun, id: i64) -> Result<Option<Term>> {
    let row: Option<Row> = q!(conn, first, t::table.find(id).filter(t::noun.eq(noun.as_str()))).optional()?;
    Ok(row.map(Term::from))
}

/// The terms with these ids, in no order.
pub async fn by_ids(conn: &mut Conn, ids: &[i64]) -> Result<Vec<Term>> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<Row> = q!(conn, load, t::table.filter(one_of(t::id, ids)))?;
    Ok(rows.into_iter().map(Term::from).collect())
}

/// The term with this slug, or to which this alias points; where it was merged, the one that it was merged into.
pub async fn find(conn: &mut Conn, noun: Noun, slug: &str) -> Result<Option<Term>> {
    let row: Option<Row> =
        q!(conn, first, t::table.filter(t::noun.eq(noun.as_str())).filter(t::slug.eq(slug))).optional()?;
    match row {
        Some(row) => now(conn, Term::from(row)).await,
        None => by_alias(conn, noun, slug).await,
    }
}

/// The terms that have one of these slugs themselves, in no order; those that were merged too.
pub async fn by_slugs(conn: &mut Conn, noun: Noun, slugs: &[String]) -> Result<Vec<Term>> {
    type Sql = <t::table as diesel::query_builder::AsQuery>::SqlType;
    let wanted = || ByText::<Sql>::new("l.*", "newsroom_terms", "slug", slugs).of_noun(noun.as_str());
    let rows: Vec<Row> = q!(conn, load, wanted())?;
    Ok(rows.into_iter().map(Term::from).collect())
}

/// The terms to which these aliases point, each with the alias, in no order; those that were merged too.
pub async fn by_aliases(conn: &mut Conn, noun: Noun, aliases: &[String]) -> Result<Vec<(String, Term)>> {
    type Sql = (Text, BigInt);
    let wanted = || ByText::<Sql>::new("l.alias, l.term_id", "newsroom_term_aliases", "alias", aliases);
    let pairs: Vec<(String, i64)> = q!(conn, load, wanted().of_noun(noun.as_str()))?;
    let ids: Vec<i64> = pairs.iter().map(|(_, id)| *id).collect();
    let found: HashMap<i64, Term> = by_ids(conn, &ids).await?.into_iter().map(|term| (term.id, term)).collect();
    Ok(pairs.into_iter().filter_map(|(alias, id)| Some((alias, found.get(&id)?.clone()))).collect())
}

/// The term that stands for this one now: itself, or the one that it was merged into.
pub async fn now(conn: &mut Conn, term: Term) -> Result<Option<Term>> {
    match term.merged_into {
        Some(into) => by_id(conn, into).await,
        None => Ok(Some(term)),
    }
}

/// What stands for each of these ids now; nothing for one that is no more.
pub async fn now_of(conn: &mut Conn, ids: &[i64]) -> Result<HashMap<i64, Term>> {
    let mut found: HashMap<i64, Term> = by_ids(conn, ids).await?.into_iter().map(|term| (term.id, term)).collect();
    let merged: Vec<i64> = found.values().filter_map(|term| term.merged_into).collect();
    if !merged.is_empty() {
        let into: HashMap<i64, Term> = by_ids(conn, &merged).await?.into_iter().map(|term| (term.id, term)).collect();
        found = found
            .into_iter()
            .filter_map(|(id, term)| match term.merged_into {
                Some(target) => Some((id, into.get(&target)?.clone())),
                None => Some((id, term)),
            })
            .collect();
    }
    Ok(found)
}

/// Keeps the taxonomy as it is until the end of the transaction: no editor changes, moves, merges or deletes a term meanwhile. For
/// who names terms, or stands on what they are, and first of all in the transaction: who waits for it holds nothing that others
/// wait for. What stories say of terms goes on, since they do this too.
///
/// # Errors
/// `UNAVAILABLE` when somebody changes it for too long; the transaction is run again before.
pub async fn keep_still(tx: &mut Tx) -> Result<()> {
    wait::<false>(tx).await
}

/// The same for who changes terms that are there: nobody else does, and nobody names any, until the end of the transaction.
///
/// # Errors
/// As [`keep_still`].
pub async fn keep_alone(tx: &mut Tx) -> Result<()> {
    wait::<true>(tx).await
}

async fn wait<const ALONE: bool>(tx: &mut Tx) -> Result<()> {
    let conn = tx.conn();
    match &mut conn.kind {
        Kind::Pg(pg) => {
            let locked = diesel_async::RunQueryDsl::execute(TaxonomyLock::<ALONE>, &mut ***pg).await;
            locked.map_err(failure::waited)?;
        }
        // SQLite has one writer.
        Kind::Lite(_) => return Ok(()),
    }
    conn.count_statement();
    Ok(())
}

/// The terms with these ids in their order, held until the end of the transaction: nobody edits, merges or deletes them
/// meanwhile ([`lock`]).
pub async fn hold(tx: &mut Tx, ids: &[i64]) -> Result<Vec<Term>> {
    let wanted = || t::table.filter(one_of(t::id, ids)).order(t::id);
    let conn = tx.conn();
    conn.count_statement();
    let rows: Vec<Row> = match &mut conn.kind {
        // The weakest lock that keeps editors out: what stories say of a term does not wait for it.
        Kind::Pg(pg) => diesel_async::RunQueryDsl::load(wanted().for_key_share(), &mut ***pg).await?,
        Kind::Lite(lite) => diesel::RunQueryDsl::load(wanted(), &mut **lite)?,
    };
    Ok(rows.into_iter().map(Term::from).collect())
}

/// A term that is [held](hold), as it is now and stays until the end of the transaction: what other stories say of it waits.
///
/// # Errors
/// `CONFLICT` when it is gone, which is no fault of the caller's; the transaction is then run again.
pub async fn freeze(tx: &mut Tx, term: &Term) -> Result<Term> {
    let wanted = t::table.filter(t::id.eq(term.id));
    let conn = tx.conn();
    let row: Option<Row> = match &mut conn.kind {
        Kind::Pg(pg) => diesel_async::RunQueryDsl::first(wanted.for_share(), &mut ***pg).await.optional()?,
        // SQLite has one writer: it is as it was.
        Kind::Lite(_) => return Ok(term.clone()),
    };
    conn.count_statement();
    row.map(Term::from).ok_or_else(|| has_changed(&term.slug))
}

/// A term as it is now, for one who is about to write it: others who are wait until the end of the transaction. Who only
/// names it does not.
///
/// # Errors
/// `CONFLICT` when it is gone or was merged, which is no fault of the caller's; the transaction is then run again.
pub async fn reserve(tx: &mut Tx, term: &Term) -> Result<Term> {
    let wanted = t::table.filter(t::id.eq(term.id)).filter(t::merged_into.is_null());
    let conn = tx.conn();
    let row: Option<Row> = match &mut conn.kind {
        Kind::Pg(pg) => diesel_async::RunQueryDsl::first(wanted.for_no_key_update(), &mut ***pg).await.optional()?,
        Kind::Lite(_) => return Ok(term.clone()),
    };
    conn.count_statement();
    row.map(Term::from).ok_or_else(|| has_changed(&term.slug))
}

/// Locks a term until the end of the transaction and reads it: its editors, and who publishes it, come one after the other.
pub async fn lock(tx: &mut Tx, noun: Noun, id: i64) -> Result<Option<Term>> {
    let wanted = t::table.filter(t::id.eq(id)).filter(t::noun.eq(noun.as_str()));
    let conn = tx.conn();
    conn.count_statement();
    // SQLite has one writer anyway.
    let row: Option<Row> = match &mut conn.kind {
        Kind::Pg(pg) => diesel_async::RunQueryDsl::first(wanted.for_update(), &mut ***pg).await.optional()?,
        Kind::Lite(lite) => diesel::RunQueryDsl::first(wanted, &mut **lite).optional()?,
    };
    Ok(row.map(Term::from))
}

/// The ids of those that were merged into this one, in order.
pub async fn merged(conn: &mut Conn, id: i64) -> Result<Vec<i64>> {
    Ok(q!(conn, load, t::table.filter(t::merged_into.eq(id)).order(t::id).select(t::id))?)
}

/// Those directly below this one.
pub async fn children(conn: &mut Conn, id: i64) -> Result<Vec<Term>> {
    let rows: Vec<Row> = q!(conn, load, t::table.filter(t::parent_id.eq(id)).order(t::id))?;
    Ok(rows.into_iter().map(Term::from).collect())
}

/// Which terms a list has.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Of this kind.
    pub kind: Option<String>,
    /// Directly below this one.
    pub parent: Option<i64>,
    /// Whose slug has a word that begins so.
    pub query: Option<String>,
    /// Also those that only stories that are not public have named.
    pub provisional: bool,
}

/// Terms by slug after `after`, at most `limit`; none that was merged.
pub async fn list(conn: &mut Conn, noun: Noun, wanted: &Wanted, after: &str, limit: i64) -> Result<Vec<Term>> {
    // One text a combination, so that each is planned for what it asks.
    macro_rules! asked {
        ($query:expr) => {{
            let mut query = $query.filter(t::noun.eq(noun.as_str())).filter(t::slug.gt(after));
            query = query.filter(t::merged_into.is_null());
            if let Some(kind) = &wanted.kind {
                query = query.filter(t::kind.eq(kind.as_str()));
            }
            if let Some(parent) = wanted.parent {
                query = query.filter(t::parent_id.eq(parent));
            }
            if let Some(words) = &wanted.query {
                query = query.filter(t::slug.like(format!("{words}%")).or(t::slug.like(format!("%-{words}%"))));
            }
            if !wanted.provisional {
                query = query.filter(t::provisional.eq(false));
            }
            query.order(t::slug).limit(limit)
        }};
    }
    conn.count_statement();
    let rows: Vec<Row> = match &mut conn.kind {
        Kind::Pg(c) => diesel_async::RunQueryDsl::load(asked!(t::table.into_boxed()), &mut ***c).await?,
        Kind::Lite(c) => diesel::RunQueryDsl::load(asked!(t::table.into_boxed()), &mut **c)?,
    };
    Ok(rows.into_iter().map(Term::from).collect())
}

/// Under which names beside its slug the newsroom finds a term, in order.
pub async fn aliases(conn: &mut Conn, id: i64) -> Result<Vec<String>> {
    Ok(q!(conn, load, ta::table.filter(ta::term_id.eq(id)).order(ta::alias).select(ta::alias))?)
}

/// The term to which this alias points: another slug, or `scheme:code` of a vocabulary.
pub async fn by_alias(conn: &mut Conn, noun: Noun, alias: &str) -> Result<Option<Term>> {
    let id: Option<i64> = q!(conn, first, ta::table.find((noun.as_str(), alias)).select(ta::term_id)).optional()?;
    match id {
        Some(id) => by_id(conn, id).await,
        None => Ok(None),
    }
}

/// A new term.
pub async fn insert(tx: &mut Tx, noun: Noun, term: &Term) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(t::table).values((
            t::id.eq(term.id),
            t::noun.eq(noun.as_str()),
            t::slug.eq(term.slug.as_str()),
            t::name.eq(term.name.as_str()),
            t::kind.eq(term.kind.as_str()),
            t::parent_id.eq(term.parent),
            t::about.eq(term.about.as_str()),
            t::listed.eq(term.listed),
            t::provisional.eq(term.provisional),
            t::edit.eq(1),
        ))
    )?;
    Ok(())
}

/// Writes a term that is there already, as its next version.
pub async fn update(tx: &mut Tx, term: &Term) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::update(t::table.find(term.id)).set((
            t::slug.eq(term.slug.as_str()),
            t::name.eq(term.name.as_str()),
            t::kind.eq(term.kind.as_str()),
            t::parent_id.eq(term.parent),
            t::about.eq(term.about.as_str()),
            t::listed.eq(term.listed),
            t::provisional.eq(term.provisional),
            t::edit.eq(t::edit + 1),
            t::merged_into.eq(term.merged_into),
        ))
    )?;
    Ok(())
}

/// Lets a term be found under an alias. The first to claim one keeps it; says whether it was this one.
pub async fn add_alias(tx: &mut Tx, noun: Noun, alias: &str, id: i64) -> Result<bool> {
    let new = q!(
        tx.conn(),
        execute,
        diesel::insert_into(ta::table)
            .values((ta::noun.eq(noun.as_str()), ta::alias.eq(alias), ta::term_id.eq(id)))
            .on_conflict((ta::noun, ta::alias))
            .do_nothing()
    )?;
    Ok(new == 1)
}

/// That a term is not what it was taken for any more, since others wrote it in the same moment: the transaction, or the part
/// of it that a savepoint has, is to be run again with what they wrote.
pub fn has_changed(slug: &str) -> Error {
    failure::same_moment(format!("the term {slug} has changed"))
}

/// Takes an alias away: it is a slug again.
pub async fn remove_alias(tx: &mut Tx, noun: Noun, alias: &str) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(ta::table.find((noun.as_str(), alias))))?;
    Ok(())
}

/// Lets everything that led to one term lead to another: aliases, terms below it, terms that were merged into it.
pub async fn lead_over(tx: &mut Tx, from: i64, into: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::update(ta::table.filter(ta::term_id.eq(from))).set(ta::term_id.eq(into)))?;
    let below = diesel::update(t::table.filter(t::parent_id.eq(from)));
    q!(tx.conn(), execute, below.set((t::parent_id.eq(into), t::edit.eq(t::edit + 1))))?;
    q!(tx.conn(), execute, diesel::update(t::table.filter(t::merged_into.eq(from))).set(t::merged_into.eq(into)))?;
    Ok(())
}

/// Deletes a term with its aliases and what was merged into it.
pub async fn delete(tx: &mut Tx, id: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(ta::table.filter(ta::term_id.eq(id))))?;
    q!(tx.conn(), execute, diesel::delete(t::table.filter(t::merged_into.eq(id))))?;
    q!(tx.conn(), execute, diesel::delete(t::table.find(id)))?;
    Ok(())
}

/// The terms that go by one of these names, given in lower case (of ASCII), in the order of their ids; those that were merged
/// too, and none that only stories that are not public have named.
pub async fn by_names(conn: &mut Conn, noun: Noun, names: &[String]) -> Result<Vec<Term>> {
    type Sql = <t::table as diesel::query_builder::AsQuery>::SqlType;
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = || GoingBy::<Sql>::new(noun.as_str(), names);
    let rows: Vec<Row> = q!(conn, load, wanted())?;
    let mut found: Vec<Term> = rows.into_iter().map(Term::from).collect();
    found.sort_by_key(|term| term.id);
    Ok(found)
}
