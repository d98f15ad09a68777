//! What the audit holds answers against: every text of the newsroom side, and which of it is public.
//!
//! The tables are found in the database's own catalogue, so that one that is added later is covered by itself.

use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};

use super::{Conn, Engine, q};
use crate::error::Result;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    t: String,
    #[diesel(sql_type = Text)]
    c: String,
}

#[derive(QueryableByName)]
struct Value {
    #[diesel(sql_type = Text)]
    v: String,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// Every text that stands on the newsroom side and in the audit store, with its table and column. `each` is called for
/// each; nothing is kept.
///
/// # Errors
/// What the database says.
pub async fn texts(conn: &mut Conn, mut each: impl FnMut(&str, &str)) -> Result<()> {
    let columns = match conn.engine() {
        Engine::Sqlite => {
            "SELECT m.name AS t, p.name AS c FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table' \
             AND p.type = 'TEXT' AND (m.name LIKE 'newsroom\\_%' ESCAPE '\\' OR m.name LIKE 'killed\\_%' ESCAPE '\\') ORDER BY 1, 2"
        }
        Engine::Postgres => {
            "SELECT table_name::text AS t, column_name::text AS c FROM information_schema.columns \
             WHERE table_schema = current_schema() AND data_type = 'text' \
             AND (table_name LIKE 'newsroom\\_%' OR table_name LIKE 'killed\\_%') ORDER BY 1, 2"
        }
    };
    let columns: Vec<Column> = q!(conn, load, diesel::sql_query(columns))?;
    for Column { t, c } in columns {
        let values: Vec<Value> = q!(
            conn,
            load,
            diesel::sql_query(format!("SELECT \"{c}\" AS v FROM \"{t}\" WHERE \"{c}\" IS NOT NULL AND \"{c}\" <> ''"))
        )?;
        let place = format!("{t}.{c}");
        values.iter().for_each(|value| each(&place, &value.v));
    }
    Ok(())
}

/// Every text that readers may see, by what the newsroom decided and not by what stands in the catalogue: the public
/// revisions, the terms that are settled, slugs and graves of what was public, and collections.
///
/// # Errors
/// What the database says.
pub async fn public_texts(conn: &mut Conn, mut each: impl FnMut(&str)) -> Result<()> {
    for query in [
        "SELECT r.document AS v FROM newsroom_revisions r JOIN newsroom_articles a ON a.public_revision_id = r.id",
        "SELECT uri AS v FROM newsroom_articles WHERE public_revision_id IS NOT NULL",
        "SELECT slug AS v FROM newsroom_articles WHERE public_revision_id IS NOT NULL",
        "SELECT name || ' ' || slug || ' ' || about AS v FROM newsroom_terms WHERE NOT provisional",
        "SELECT slug AS v FROM article_slugs",
        "SELECT uri || ' ' || slug || ' ' || reason AS v FROM tombstones",
        "SELECT slug || ' ' || name || ' ' || description AS v FROM collections",
        "SELECT name AS v FROM accounts",
    ] {
        let values: Vec<Value> = q!(conn, load, diesel::sql_query(query))?;
        values.iter().for_each(|value| each(&value.v));
    }
    Ok(())
}

/// Keys of what is not public: ids of articles, and of terms of each noun.
#[derive(Debug, Clone, Default)]
pub struct Keys {
    /// Articles.
    pub articles: Vec<i64>,
    /// Authors.
    pub authors: Vec<i64>,
    /// Topics.
    pub topics: Vec<i64>,
    /// Sections.
    pub sections: Vec<i64>,
    /// Slugs of all of them.
    pub slugs: Vec<String>,
}

/// The keys of what is not public, at most `limit` of each kind, the newest first.
///
/// # Errors
/// What the database says.
pub async fn secret_keys(conn: &mut Conn, limit: i64) -> Result<Keys> {
    let mut keys = Keys {
        articles: numbers(
            conn,
            &format!(
                "SELECT a.id AS n FROM newsroom_articles a LEFT JOIN tombstones t ON t.article_id = a.id \
                 WHERE a.public_revision_id IS NULL AND t.article_id IS NULL ORDER BY a.id DESC LIMIT {limit}"
            ),
        )
        .await?,
        ..Keys::default()
    };
    let of = |noun: &str| {
        format!(
            "SELECT id AS n FROM newsroom_terms WHERE provisional AND noun = '{noun}' ORDER BY id DESC LIMIT {limit}"
        )
    };
    keys.authors = numbers(conn, &of("author")).await?;
    keys.topics = numbers(conn, &of("topic")).await?;
    keys.sections = numbers(conn, &of("section")).await?;
    for query in [
        format!(
            "SELECT a.slug AS v FROM newsroom_articles a LEFT JOIN article_slugs s ON s.slug = a.slug \
             WHERE a.public_revision_id IS NULL AND s.slug IS NULL ORDER BY a.id DESC LIMIT {limit}"
        ),
        format!("SELECT slug AS v FROM newsroom_terms WHERE provisional ORDER BY id DESC LIMIT {limit}"),
    ] {
        let values: Vec<Value> = q!(conn, load, diesel::sql_query(query.as_str()))?;
        keys.slugs.extend(values.into_iter().map(|value| value.v));
    }
    Ok(keys)
}

/// The keys of what is public, or was and has a grave; slugs are left out, since [`public_texts`] has them.
///
/// # Errors
/// What the database says.
pub async fn public_keys(conn: &mut Conn) -> Result<Keys> {
    let of = |noun: &str| format!("SELECT id AS n FROM newsroom_terms WHERE NOT provisional AND noun = '{noun}'");
    Ok(Keys {
        articles: numbers(
            conn,
            "SELECT id AS n FROM newsroom_articles WHERE public_revision_id IS NOT NULL UNION SELECT article_id FROM tombstones",
        )
        .await?,
        authors: numbers(conn, &of("author")).await?,
        topics: numbers(conn, &of("topic")).await?,
        sections: numbers(conn, &of("section")).await?,
        slugs: Vec::new(),
    })
}

async fn numbers(conn: &mut Conn, query: &str) -> Result<Vec<i64>> {
    let found: Vec<Number> = q!(conn, load, diesel::sql_query(query))?;
    Ok(found.into_iter().map(|number| number.n).collect())
}
