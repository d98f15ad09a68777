//! Authors in the catalogue.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, fold};
use super::dialect::one_of;
use super::schema::authors;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::author::{Author, AuthorKind};
use crate::model::id::AuthorId;

#[derive(Queryable)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    kind: String,
    about: String,
    _fold: String,
}

type SqlType = <authors::table as diesel::query_builder::AsQuery>::SqlType;

impl TryFrom<Row> for Author {
    type Error = Error;
    fn try_from(row: Row) -> Result<Author> {
        Ok(Author {
            id: AuthorId(row.id),
            slug: row.slug,
            name: row.name,
            kind: AuthorKind::parse(&row.kind).unwrap_or(AuthorKind::Staff),
            about: serde_json::from_str(&row.about).map_err(Error::internal)?,
        })
    }
}

/// The author under this slug.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Author>> {
    let row: Option<Row> = q!(conn, first, authors::table.filter(authors::slug.eq(slug))).optional()?;
    row.map(Author::try_from).transpose()
}

/// The authors with these ids, in no order; one that is gone is left out.
pub async fn by_ids(conn: &mut Conn, ids: &[AuthorId]) -> Result<Vec<Author>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = q!(conn, load, authors::table.filter(one_of(authors::id, &numbers)))?;
    rows.into_iter().map(Author::try_from).collect()
}

/// The authors of a list, in the direction of reading.
pub async fn list(conn: &mut Conn, wanted: &ByName) -> Result<Vec<Author>> {
    let rows: Vec<Row> = q!(conn, load, Listing::<SqlType>::new("authors", wanted))?;
    rows.into_iter().map(Author::try_from).collect()
}

/// Puts a copy of the term into the catalogue if there is none. Says whether it did.
pub async fn put(tx: &mut Tx, term: &Term) -> Result<bool> {
    let folded = fold(&term.name);
    let made = q!(
        tx.conn(),
        execute,
        diesel::insert_into(authors::table)
            .values((
                authors::id.eq(term.id),
                authors::slug.eq(term.slug.as_str()),
                authors::name.eq(term.name.as_str()),
                authors::kind.eq(term.kind.as_str()),
                authors::about.eq(term.about.as_str()),
                authors::fold.eq(folded.as_str()),
            ))
            .on_conflict(authors::id)
            .do_nothing()
    )?;
    Ok(made == 1)
}

/// Brings the catalogue's copy up to the term, if there is one. Says whether there is.
pub async fn refresh(tx: &mut Tx, term: &Term) -> Result<bool> {
    let folded = fold(&term.name);
    let changed = q!(
        tx.conn(),
        execute,
        diesel::update(authors::table.find(term.id)).set((
            authors::slug.eq(term.slug.as_str()),
            authors::name.eq(term.name.as_str()),
            authors::kind.eq(term.kind.as_str()),
            authors::about.eq(term.about.as_str()),
            authors::fold.eq(folded.as_str()),
        ))
    )?;
    Ok(changed == 1)
}

/// Takes it out of the catalogue. Says whether it was there.
pub async fn remove(tx: &mut Tx, id: AuthorId) -> Result<bool> {
    Ok(q!(tx.conn(), execute, diesel::delete(authors::table.find(id.0)))? == 1)
}
