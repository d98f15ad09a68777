//! Topics in the catalogue.

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, fold};
use super::dialect::one_of;
use super::schema::topics;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::id::TopicId;
use crate::model::topic::{Topic, TopicKind};

#[derive(Queryable)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    kind: String,
    parent_id: Option<i64>,
    about: String,
    _fold: String,
}

type SqlType = <topics::table as diesel::query_builder::AsQuery>::SqlType;

impl TryFrom<Row> for Topic {
    type Error = Error;
    fn try_from(row: Row) -> Result<Topic> {
        Ok(Topic {
            id: TopicId(row.id),
            slug: row.slug,
            name: row.name,
            kind: TopicKind::parse(&row.kind).unwrap_or(TopicKind::Entity),
            parent: row.parent_id.map(TopicId),
            about: serde_json::from_str(&row.about).map_err(Error::internal)?,
        })
    }
}

/// The topic under this slug.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Topic>> {
    let row: Option<Row> = q!(conn, first, topics::table.filter(topics::slug.eq(slug))).optional()?;
    row.map(Topic::try_from).transpose()
}

/// The topics with these ids, in no order; one that is gone is left out.
pub async fn by_ids(conn: &mut Conn, ids: &[TopicId]) -> Result<Vec<Topic>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = q!(conn, load, topics::table.filter(one_of(topics::id, &numbers)))?;
    rows.into_iter().map(Topic::try_from).collect()
}

/// The topics of a list, in the direction of reading.
pub async fn list(conn: &mut Conn, wanted: &ByName) -> Result<Vec<Topic>> {
    let rows: Vec<Row> = q!(conn, load, Listing::<SqlType>::new("topics", wanted))?;
    rows.into_iter().map(Topic::try_from).collect()
}

/// Puts a copy of the term into the catalogue if there is none. Says whether it did.
pub async fn put(tx: &mut Tx, term: &Term) -> Result<bool> {
    let folded = fold(&term.name);
    let made = q!(
        tx.conn(),
        execute,
        diesel::insert_into(topics::table)
            .values((
                topics::id.eq(term.id),
                topics::slug.eq(term.slug.as_str()),
                topics::name.eq(term.name.as_str()),
                topics::kind.eq(term.kind.as_str()),
                topics::parent_id.eq(term.parent),
                topics::about.eq(term.about.as_str()),
                topics::fold.eq(folded.as_str()),
            ))
            .on_conflict(topics::id)
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
        diesel::update(topics::table.find(term.id)).set((
            topics::slug.eq(term.slug.as_str()),
            topics::name.eq(term.name.as_str()),
            topics::kind.eq(term.kind.as_str()),
            topics::parent_id.eq(term.parent),
            topics::about.eq(term.about.as_str()),
            topics::fold.eq(folded.as_str()),
        ))
    )?;
    Ok(changed == 1)
}

/// Takes it out of the catalogue. Says whether it was there.
pub async fn remove(tx: &mut Tx, id: TopicId) -> Result<bool> {
    Ok(q!(tx.conn(), execute, diesel::delete(topics::table.find(id.0)))? == 1)
}

/// Whether the catalogue has one below this one.
pub async fn has_children(conn: &mut Conn, id: TopicId) -> Result<bool> {
    let n: i64 = q!(conn, get_result, topics::table.filter(topics::parent_id.eq(id.0)).count())?;
    Ok(n > 0)
}
