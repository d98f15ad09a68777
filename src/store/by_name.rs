//! Lists of authors, topics and sections, ordered by name.
//!
//! The order is that of `fold`, the name transliterated to `[a-z0-9 ]`, so both engines order alike; equal ones go by
//! id. A query matches the beginning of any word of the folded name.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

use crate::model::slug;

/// Which, and from where.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ByName {
    /// Only of this kind (topics, authors).
    pub kind: Option<String>,
    /// Only those whose name has a word that begins so.
    pub query: Option<String>,
    /// Only what comes after this (fold, id) in the direction of reading.
    pub from: Option<(String, i64)>,
    /// Read against the order.
    pub backwards: bool,
    /// How many rows at the most; 0 for all.
    pub limit: i64,
}

/// A name as it is ordered and searched by: `[a-z0-9 ]`, at most 120 characters.
pub fn fold(name: &str) -> String {
    slug::slugify(name, "").replace('-', " ")
}

/// The statements that the catalogue's copies of authors, topics and sections share: `$table` holds `Row`s, which are
/// read as `$Noun` and made of a `Term`.
macro_rules! copies {
    ($table:ident, $Noun:ident, $Id:ident) => {
        type SqlType = <$table::table as diesel::query_builder::AsQuery>::SqlType;

        /// The one under this slug.
        pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<$Noun>> {
            let row: Option<Row> = q!(conn, first, $table::table.filter($table::slug.eq(slug))).optional()?;
            row.map($Noun::try_from).transpose()
        }

        /// Those with these ids, in no order; one that is gone is left out.
        pub async fn by_ids(conn: &mut Conn, ids: &[$Id]) -> Result<Vec<$Noun>> {
            let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
            let rows: Vec<Row> = q!(conn, load, $table::table.filter(one_of($table::id, &numbers)))?;
            rows.into_iter().map($Noun::try_from).collect()
        }

        /// Which of these the catalogue has.
        pub async fn there(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
            Ok(q!(conn, load, $table::table.filter(one_of($table::id, ids)).select($table::id))?)
        }

        /// Those of a list, in the direction of reading.
        pub async fn list(conn: &mut Conn, wanted: &ByName) -> Result<Vec<$Noun>> {
            let rows: Vec<Row> = q!(conn, load, Listing::<SqlType>::new(stringify!($table), wanted))?;
            rows.into_iter().map($Noun::try_from).collect()
        }

        /// Puts a copy of the term into the catalogue if there is none. Says whether it did.
        pub async fn put(tx: &mut Tx, term: &Term) -> Result<bool> {
            let row = Row::from(term);
            let insert = diesel::insert_into($table::table).values(&row).on_conflict($table::id).do_nothing();
            Ok(q!(tx.conn(), execute, insert)? == 1)
        }

        /// Brings the catalogue's copy up to the term, if there is one. Says whether there is.
        pub async fn refresh(tx: &mut Tx, term: &Term) -> Result<bool> {
            let row = Row::from(term);
            Ok(q!(tx.conn(), execute, diesel::update($table::table.find(term.id)).set(&row))? == 1)
        }

        /// Takes it out of the catalogue. Says whether it was there.
        pub async fn remove(tx: &mut Tx, id: $Id) -> Result<bool> {
            Ok(q!(tx.conn(), execute, diesel::delete($table::table.find(id.0)))? == 1)
        }
    };
}
pub(super) use copies;

/// The statement, giving rows of the SQL type `T` of the table.
pub(super) struct Listing<T> {
    table: &'static str,
    kind: Option<String>,
    patterns: Option<(String, String)>,
    from: Option<(String, i64)>,
    backwards: bool,
    limit: i64,
    rows: PhantomData<T>,
}

impl<T> Listing<T> {
    pub(super) fn new(table: &'static str, wanted: &ByName) -> Self {
        let patterns = wanted.query.as_deref().map(|query| {
            let folded = fold(query);
            (format!("{folded}%"), format!("% {folded}%"))
        });
        Listing {
            table,
            kind: wanted.kind.clone(),
            patterns,
            from: wanted.from.clone(),
            backwards: wanted.backwards,
            limit: if wanted.limit == 0 { i64::MAX } else { wanted.limit },
            rows: PhantomData,
        }
    }
}

impl<T> QueryId for Listing<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> Query for Listing<T> {
    type SqlType = T;
}

impl<T, C> diesel::RunQueryDsl<C> for Listing<T> {}

impl<T, DB> QueryFragment<DB> for Listing<T>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT * FROM ");
        out.push_sql(self.table);
        out.push_sql(" WHERE 1 = 1");
        if let Some(kind) = &self.kind {
            out.push_sql(" AND kind = ");
            out.push_bind_param::<Text, str>(kind)?;
        }
        if let Some((start, word)) = &self.patterns {
            out.push_sql(" AND (fold LIKE ");
            out.push_bind_param::<Text, str>(start)?;
            out.push_sql(" OR fold LIKE ");
            out.push_bind_param::<Text, str>(word)?;
            out.push_sql(")");
        }
        if let Some((name, id)) = &self.from {
            out.push_sql(if self.backwards { " AND (fold, id) < (" } else { " AND (fold, id) > (" });
            out.push_bind_param::<Text, str>(name)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, i64>(id)?;
            out.push_sql(")");
        }
        out.push_sql(if self.backwards { " ORDER BY fold DESC, id DESC" } else { " ORDER BY fold, id" });
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&self.limit)?;
        Ok(())
    }
}
