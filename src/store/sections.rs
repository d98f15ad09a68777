//! Sections in the catalogue.

use diesel::prelude::{AsChangeset, Insertable, Queryable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, copies, fold};
use super::dialect::one_of;
use super::schema::sections;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::id::SectionId;
use crate::model::section::Section;

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = sections, treat_none_as_null = true)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    parent_id: Option<i64>,
    about: String,
    fold: String,
}

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

impl From<&Term> for Row {
    fn from(term: &Term) -> Row {
        Row {
            id: term.id,
            slug: term.slug.clone(),
            name: term.name.clone(),
            parent_id: term.parent,
            about: term.about.clone(),
            fold: fold(&term.name),
        }
    }
}

copies!(sections, Section, SectionId);

/// Whether the catalogue has one below this one.
pub async fn has_children(conn: &mut Conn, id: SectionId) -> Result<bool> {
    let n: i64 = q!(conn, get_result, sections::table.filter(sections::parent_id.eq(id.0)).count())?;
    Ok(n > 0)
}

/// Every section: there are few.
pub async fn all(conn: &mut Conn) -> Result<Vec<Section>> {
    list(conn, &ByName::default()).await
}
