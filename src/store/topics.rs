//! Topics in the catalogue.

use diesel::prelude::{AsChangeset, Insertable, Queryable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, copies, fold};
use super::dialect::one_of;
use super::schema::topics;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::id::TopicId;
use crate::model::topic::{Topic, TopicKind};

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = topics, treat_none_as_null = true)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    kind: String,
    parent_id: Option<i64>,
    about: String,
    fold: String,
}

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

impl From<&Term> for Row {
    fn from(term: &Term) -> Row {
        Row {
            id: term.id,
            slug: term.slug.clone(),
            name: term.name.clone(),
            kind: term.kind.clone(),
            parent_id: term.parent,
            about: term.about.clone(),
            fold: fold(&term.name),
        }
    }
}

copies!(topics, Topic, TopicId);

/// Whether the catalogue has one below this one.
pub async fn has_children(conn: &mut Conn, id: TopicId) -> Result<bool> {
    let n: i64 = q!(conn, get_result, topics::table.filter(topics::parent_id.eq(id.0)).count())?;
    Ok(n > 0)
}
