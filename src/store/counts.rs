//! Counts of published articles, kept in the transaction that publishes or withdraws, so that a list's total costs
//! one keyed read.

use std::collections::BTreeMap;

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::dialect::MoveCounts;
use super::schema::counts::dsl;
use super::{Conn, Kind, q};
use crate::error::Result;
use crate::model::id::{AuthorId, SectionId, TopicId};

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Count {
    /// All articles.
    All,
    /// Those of a section, with the sections below it.
    Section(SectionId),
    /// Those about a topic.
    Topic(TopicId),
    /// Those of an author.
    Author(AuthorId),
    /// Those of a genre.
    Genre(String),
    /// Those in a language.
    Language(String),
    /// Those that carry a label of their own, by its text.
    Label(String),
}

impl Count {
    /// The term that it is of, where it is of one.
    pub(super) fn of_term(&self) -> Option<(CountKind, i64)> {
        match self {
            Count::Section(id) => Some((CountKind::Section, id.0)),
            Count::Topic(id) => Some((CountKind::Topic, id.0)),
            Count::Author(id) => Some((CountKind::Author, id.0)),
            _ => None,
        }
    }

    fn key(&self) -> (&'static str, String) {
        match self {
            Count::All => ("all", String::new()),
            Count::Section(id) => ("section", id.0.to_string()),
            Count::Topic(id) => ("topic", id.0.to_string()),
            Count::Author(id) => ("author", id.0.to_string()),
            Count::Genre(word) => ("genre", word.clone()),
            Count::Language(tag) => ("language", tag.clone()),
            Count::Label(text) => ("label", text.clone()),
        }
    }
}

/// How many there are.
pub async fn get(conn: &mut Conn, count: &Count) -> Result<i64> {
    let (kind, key) = count.key();
    let n: Option<i64> = q!(conn, first, dsl::counts.find((kind, key.as_str())).select(dsl::n)).optional()?;
    Ok(n.unwrap_or(0))
}

/// How many there are of each.
pub async fn get_many(conn: &mut Conn, kind: CountKind, ids: &[i64]) -> Result<Vec<(i64, i64)>> {
    let keys: Vec<String> = ids.iter().map(ToString::to_string).collect();
    let rows: Vec<(String, i64)> = q!(
        conn,
        load,
        dsl::counts.filter(dsl::kind.eq(kind.as_str())).filter(dsl::key.eq_any(&keys)).select((dsl::key, dsl::n))
    )?;
    Ok(rows.into_iter().filter_map(|(key, n)| Some((key.parse().ok()?, n))).collect())
}

/// The labels that articles have of their own, by text, at most `limit`.
pub async fn labels(conn: &mut Conn, limit: i64) -> Result<Vec<String>> {
    let some = dsl::counts.filter(dsl::kind.eq("label")).filter(dsl::n.gt(0)).order(dsl::key).limit(limit);
    Ok(q!(conn, load, some.select(dsl::key))?)
}

/// A kind of count whose key is an id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CountKind {
    /// Per section.
    Section,
    /// Per topic.
    Topic,
    /// Per author.
    Author,
}

impl CountKind {
    fn as_str(self) -> &'static str {
        match self {
            CountKind::Section => "section",
            CountKind::Topic => "topic",
            CountKind::Author => "author",
        }
    }
}

/// Moves counts, in their order: whoever moves several locks them one after the other.
pub(super) async fn add_all(conn: &mut Conn, counts: &BTreeMap<Count, i64>) -> Result<()> {
    let moved = || counts.iter().filter(|(_, by)| **by != 0).map(|(count, by)| (count.key(), *by));
    if moved().next().is_none() {
        return Ok(());
    }
    conn.count_statement();
    match &mut conn.kind {
        Kind::Pg(pg) => {
            let all = MoveCounts::new(moved().map(|((kind, key), by)| (kind, key, by)));
            diesel_async::RunQueryDsl::execute(all, &mut ***pg).await?;
        }
        Kind::Lite(lite) => {
            for ((kind, key), by) in moved() {
                let row = (dsl::kind.eq(kind), dsl::key.eq(key.as_str()), dsl::n.eq(by));
                let insert = diesel::insert_into(dsl::counts).values(row).on_conflict((dsl::kind, dsl::key));
                diesel::RunQueryDsl::execute(insert.do_update().set(dsl::n.eq(dsl::n + by)), &mut **lite)?;
            }
        }
    }
    // Words that somebody wrote for one piece: they go with it.
    for (kind, key) in counts.iter().filter(|(c, by)| **by < 0 && matches!(c, Count::Label(_))).map(|(c, _)| c.key()) {
        let none = dsl::counts.filter(dsl::kind.eq(kind)).filter(dsl::key.eq(key.as_str())).filter(dsl::n.le(0));
        q!(conn, execute, diesel::delete(none))?;
    }
    Ok(())
}
