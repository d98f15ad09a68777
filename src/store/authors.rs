//! Authors in the catalogue.

use diesel::prelude::{AsChangeset, Insertable, Queryable};
use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::by_name::{ByName, Listing, copies, fold};
use super::dialect::one_of;
use super::schema::authors;
use super::terms::Term;
use super::{Conn, Tx, q};
use crate::error::{Error, Result};
use crate::model::author::{Author, AuthorKind};
use crate::model::id::AuthorId;

#[derive(Queryable, Insertable, AsChangeset)]
#[diesel(table_name = authors, treat_none_as_null = true)]
struct Row {
    id: i64,
    slug: String,
    name: String,
    kind: String,
    about: String,
    fold: String,
}

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

impl From<&Term> for Row {
    fn from(term: &Term) -> Row {
        Row {
            id: term.id,
            slug: term.slug.clone(),
            name: term.name.clone(),
            kind: term.kind.clone(),
            about: term.about.clone(),
            fold: fold(&term.name),
        }
    }
}

copies!(authors, Author, AuthorId);
