//! Sections in the catalogue.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, fold};
use super::dialect::one_of;
use super::schema::sections;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::id::SectionId;
use crate::model::section::Section;

#[derive(Queryable)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    parent_id: Option<i64>,
    about: String,
    _fold: String,
}

type SqlType = <sections::table as diesel::query_builder::AsQuery>::SqlType;

impl TryFrom<Row> for Section {
    type Error = Error;
    fn try_from(row: Row) -> Result<Section> {
        Ok(Section {
            id: SectionId(row.id),
            slug: row.slug,
            name: row.name,
            parent: row.parent_id.map(SectionId),
            about: serde_json::from_str(&row.about).map_err(Error::internal)?,
        })
    }
}

/// The section under this slug.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Section>> {
    let row: Option<Row> = q!(conn, first, sections::table.filter(sections::slug.eq(slug))).optional()?;
    row.map(Section::try_from).transpose()
}

/// The sections with these ids, in no order; one that is gone is left out.
pub async fn by_ids(conn: &mut Conn, ids: &[SectionId]) -> Result<Vec<Section>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = q!(conn, load, sections::table.filter(one_of(sections::id, &numbers)))?;
    rows.into_iter().map(Section::try_from).collect()
}

/// The sections of a list, in the direction of reading.
pub async fn list(conn: &mut Conn, wanted: &ByName) -> Result<Vec<Section>> {
    let rows: Vec<Row> = q!(conn, load, Listing::<SqlType>::new("sections", wanted))?;
    rows.into_iter().map(Section::try_from).collect()
}

/// Puts a copy of the term into the catalogue if there is none. Says whether it did.
pub async fn put(tx: &mut Tx, term: &Term) -> Result<bool> {
    let folded = fold(&term.name);
    let made = q!(
        tx.conn(),
        execute,
        diesel::insert_into(sections::table)
            .values((
                sections::id.eq(term.id),
                sections::slug.eq(term.slug.as_str()),
                sections::name.eq(term.name.as_str()),
                sections::parent_id.eq(term.parent),
                sections::about.eq(term.about.as_str()),
                sections::fold.eq(folded.as_str()),
            ))
            .on_conflict(sections::id)
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
        diesel::update(sections::table.find(term.id)).set((
            sections::slug.eq(term.slug.as_str()),
            sections::name.eq(term.name.as_str()),
            sections::parent_id.eq(term.parent),
            sections::about.eq(term.about.as_str()),
            sections::fold.eq(folded.as_str()),
        ))
    )?;
    Ok(changed == 1)
}

/// Takes it out of the catalogue. Says whether it was there.
pub async fn remove(tx: &mut Tx, id: SectionId) -> Result<bool> {
    Ok(q!(tx.conn(), execute, diesel::delete(sections::table.find(id.0)))? == 1)
}

/// Whether the catalogue has one below this one.
pub async fn has_children(conn: &mut Conn, id: SectionId) -> Result<bool> {
    let n: i64 = q!(conn, get_result, sections::table.filter(sections::parent_id.eq(id.0)).count())?;
    Ok(n > 0)
}

/// Every section: there are few.
pub async fn all(conn: &mut Conn) -> Result<Vec<Section>> {
    list(conn, &ByName::default()).await
}
