//! Authors, topics and sections as the newsroom knows them: one table, since matching by slug and alias is one rule.
//! The catalogue's copies are in `authors`, `topics` and `sections`.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};
use serde::{Deserialize, Serialize};

use super::dialect::one_of;
use super::schema::{newsroom_term_aliases as ta, newsroom_terms as t};
use super::{Conn, Tx, q};
use crate::error::Result;

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

/// The term with this slug, or to which this alias points.
pub async fn find(conn: &mut Conn, noun: Noun, slug: &str) -> Result<Option<Term>> {
    let row: Option<Row> =
        q!(conn, first, t::table.filter(t::noun.eq(noun.as_str())).filter(t::slug.eq(slug))).optional()?;
    match row {
        Some(row) => Ok(Some(Term::from(row))),
        None => by_alias(conn, noun, slug).await,
    }
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
        ))
    )?;
    Ok(())
}

/// Writes a term that is there already.
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
        ))
    )?;
    Ok(())
}

/// Lets a term be found under an alias. The first to claim one keeps it.
pub async fn add_alias(tx: &mut Tx, noun: Noun, alias: &str, id: i64) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(ta::table)
            .values((ta::noun.eq(noun.as_str()), ta::alias.eq(alias), ta::term_id.eq(id)))
            .on_conflict((ta::noun, ta::alias))
            .do_nothing()
    )?;
    Ok(())
}
