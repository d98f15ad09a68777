//! Lists of published articles: any filter, any order, either direction, one statement.
//!
//! The statement starts at the index that serves a filter *and* the order (the link tables carry `published_at`), so
//! a page deep in a list costs what the first one costs. With several filters the narrowest kind drives and the
//! others are looked up per row; ordered by update, a filtered list is sorted. Those two are the priced ones.

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, HasSqlType, Text};

use super::articles::Row;
use super::counts::Count;
use super::schema::articles;
use super::{Conn, q};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::time::Instant;

/// Which articles. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// In this section or one below it.
    pub section: Option<SectionId>,
    /// About all of these.
    pub topics: Vec<TopicId>,
    /// By this author.
    pub author: Option<AuthorId>,
    /// Of this genre.
    pub genre: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// With this label of its own.
    pub label: Option<String>,
    /// Published at or after.
    pub published_from: Option<Instant>,
    /// Published before.
    pub published_before: Option<Instant>,
    /// Updated at or after.
    pub updated_from: Option<Instant>,
    /// Updated before.
    pub updated_before: Option<Instant>,
}

impl Filter {
    fn links(&self) -> usize {
        self.topics.len() + usize::from(self.section.is_some()) + usize::from(self.author.is_some())
    }

    fn words(&self) -> usize {
        [&self.genre, &self.language, &self.label].into_iter().flatten().count()
    }

    fn ranged(&self) -> bool {
        [self.published_from, self.published_before, self.updated_from, self.updated_before].iter().any(Option::is_some)
    }

    /// The count that is kept for exactly this filter, where one is.
    pub fn kept_count(&self) -> Option<Count> {
        let words = self.words();
        if self.ranged() || self.links() + words > 1 {
            return None;
        }
        if let Some(topic) = self.topics.first() {
            return Some(Count::Topic(*topic));
        }
        if let Some(section) = self.section {
            return Some(Count::Section(section));
        }
        if let Some(author) = self.author {
            return Some(Count::Author(author));
        }
        if let Some(genre) = &self.genre {
            return Some(Count::Genre(genre.clone()));
        }
        if let Some(language) = &self.language {
            return Some(Count::Language(language.clone()));
        }
        if let Some(label) = &self.label {
            return Some(Count::Label(label.clone()));
        }
        Some(Count::All)
    }

    /// Whether a page of it costs the same however deep: one filter at the most and in the order of publication, or
    /// no filter at all.
    pub fn is_flat(&self, order: Order) -> bool {
        let words = self.words();
        let updated = self.updated_from.is_some() || self.updated_before.is_some();
        let published = self.published_from.is_some() || self.published_before.is_some();
        match order {
            Order::Newest | Order::Oldest => self.links() + words <= 1 && !updated,
            Order::RecentlyUpdated => self.links() + words == 0 && !published,
        }
    }
}

/// In which order. Equal instants are ordered by id, so every order is total.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Order {
    /// Published last, first.
    #[default]
    Newest,
    /// Published first, first.
    Oldest,
    /// Updated last, first.
    RecentlyUpdated,
}

/// A stretch of a list: from a place on, in the order or against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stretch {
    /// The order of the list.
    pub order: Order,
    /// Only what comes after this (instant in milliseconds, id) in the direction of reading.
    pub from: Option<(i64, i64)>,
    /// Also the row at `from` itself.
    pub inclusive: bool,
    /// Read against the order: the rows come last first.
    pub backwards: bool,
    /// How many rows at the most.
    pub limit: i64,
}

/// The cards of a stretch, in the direction of reading.
pub async fn cards(conn: &mut Conn, filter: &Filter, stretch: &Stretch) -> Result<Vec<Card>> {
    let rows: Vec<Row> = q!(conn, load, Listing { source: Source::of(filter), stretch })?;
    rows.into_iter().map(Card::try_from).collect()
}

/// What stands in a stretch and where, in the direction of reading: the instants in milliseconds that the list is ordered
/// by, and the ids. For who has most of the cards.
pub async fn places(conn: &mut Conn, filter: &Filter, stretch: &Stretch) -> Result<Vec<(i64, ArticleId)>> {
    let places: Vec<(i64, i64)> = q!(conn, load, Places(Listing { source: Source::of(filter), stretch }))?;
    Ok(places.into_iter().map(|(at, id)| (at, ArticleId(id))).collect())
}

/// Counts what no kept count answers: a scan of what the driving index holds.
pub async fn count(conn: &mut Conn, filter: &Filter) -> Result<i64> {
    Ok(q!(conn, get_result, Total { source: Source::of(filter) })?)
}

struct Listing<'a> {
    source: Source,
    stretch: &'a Stretch,
}

/// The instants and ids of a listing, from the index alone where that has all that is asked for.
struct Places<'a>(Listing<'a>);

struct Total {
    source: Source,
}

// The text depends on what is set, so diesel keeps the statement by its text.
impl QueryId for Listing<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl QueryId for Places<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl QueryId for Total {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}
impl Query for Listing<'_> {
    type SqlType = <articles::table as diesel::query_builder::AsQuery>::SqlType;
}
impl Query for Places<'_> {
    type SqlType = (BigInt, BigInt);
}
impl Query for Total {
    type SqlType = BigInt;
}
impl<C> diesel::RunQueryDsl<C> for Listing<'_> {}
impl<C> diesel::RunQueryDsl<C> for Places<'_> {}
impl<C> diesel::RunQueryDsl<C> for Total {}

const COLUMNS: &str = "SELECT a.id, a.uri, a.slug, a.version, a.updated_at, a.headline, a.label, a.genre, a.summary, \
     a.section_id, a.authors, a.topics, a.image, a.language, a.published_at, a.published_precision, a.word_count, a.rest";

/// A link table with its key column.
type LinkTable = (&'static str, &'static str);

/// FROM and WHERE of a filter, with the values in the order in which they are bound.
struct Source {
    /// The link table that drives, and its key; without one the table of articles does.
    driver: Option<(LinkTable, i64)>,
    /// Other links that must be there.
    exists: Vec<(LinkTable, i64)>,
    /// Columns of `articles` that must be equal.
    words: Vec<(&'static str, String)>,
    /// Bounds on the instants.
    bounds: Vec<(Column, &'static str, i64)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Published,
    Updated,
}

impl Source {
    fn of(filter: &Filter) -> Source {
        // An author writes less than is written about a topic, and a topic is narrower than a section.
        let mut links: Vec<(LinkTable, i64)> = Vec::new();
        links.extend(filter.author.map(|id| (("article_authors", "author_id"), id.0)));
        links.extend(filter.topics.iter().rev().map(|id| (("article_topics", "topic_id"), id.0)));
        links.extend(filter.section.map(|id| (("article_sections", "section_id"), id.0)));
        let mut words = Vec::new();
        words.extend(filter.genre.clone().map(|word| ("a.genre", word)));
        words.extend(filter.language.clone().map(|tag| ("a.language", tag)));
        words.extend(filter.label.clone().map(|text| ("a.label", text)));
        let mut bounds = Vec::new();
        let mut bound = |column, operator, at: Option<Instant>| {
            bounds.extend(at.map(|at| (column, operator, at.millis())));
        };
        bound(Column::Published, " >= ", filter.published_from);
        bound(Column::Published, " < ", filter.published_before);
        bound(Column::Updated, " >= ", filter.updated_from);
        bound(Column::Updated, " < ", filter.updated_before);
        let mut links = links.into_iter();
        Source { driver: links.next(), exists: links.collect(), words, bounds }
    }

    /// The expression of a column, from the driving index where it has it.
    fn column(&self, column: Column) -> &'static str {
        match (column, &self.driver) {
            (Column::Published, Some(_)) => "d.published_at",
            (Column::Published, None) => "a.published_at",
            (Column::Updated, _) => "a.updated_at",
        }
    }

    fn id(&self) -> &'static str {
        if self.driver.is_some() { "d.article_id" } else { "a.id" }
    }

    fn needs_articles(&self) -> bool {
        !self.words.is_empty() || self.bounds.iter().any(|(column, _, _)| *column == Column::Updated)
    }

    fn push<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>, with_articles: bool) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
        i64: ToSql<BigInt, DB>,
        str: ToSql<Text, DB>,
    {
        match &self.driver {
            None => out.push_sql(" FROM articles a WHERE 1 = 1"),
            Some(((table, column), key)) => {
                out.push_sql(" FROM ");
                out.push_sql(table);
                // SQLite reads the left side of a CROSS JOIN first and so keeps the order of its index; PostgreSQL
                // plans it like any join, and sees the LIMIT.
                out.push_sql(if with_articles { " d CROSS JOIN articles a WHERE d." } else { " d WHERE d." });
                out.push_sql(column);
                out.push_sql(" = ");
                out.push_bind_param::<BigInt, i64>(key)?;
                if with_articles {
                    out.push_sql(" AND a.id = d.article_id");
                }
            }
        }
        for ((table, column), key) in &self.exists {
            out.push_sql(" AND EXISTS (SELECT 1 FROM ");
            out.push_sql(table);
            out.push_sql(" x WHERE x.article_id = ");
            out.push_sql(self.id());
            out.push_sql(" AND x.");
            out.push_sql(column);
            out.push_sql(" = ");
            out.push_bind_param::<BigInt, i64>(key)?;
            out.push_sql(")");
        }
        for (column, word) in &self.words {
            out.push_sql(" AND ");
            out.push_sql(column);
            out.push_sql(" = ");
            out.push_bind_param::<Text, str>(word)?;
        }
        for (column, operator, at) in &self.bounds {
            out.push_sql(" AND ");
            out.push_sql(self.column(*column));
            out.push_sql(operator);
            out.push_bind_param::<BigInt, i64>(at)?;
        }
        Ok(())
    }
}

impl Listing<'_> {
    /// What it is ordered by. The id comes from the table that the instant comes from, so that one index has both.
    fn key(&self) -> (&'static str, &'static str) {
        match self.stretch.order {
            Order::Newest | Order::Oldest => (self.source.column(Column::Published), self.source.id()),
            Order::RecentlyUpdated => ("a.updated_at", "a.id"),
        }
    }

    /// What comes behind the columns.
    fn push<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>, with_articles: bool) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
        i64: ToSql<BigInt, DB>,
        str: ToSql<Text, DB>,
    {
        let stretch = self.stretch;
        let descending = (stretch.order != Order::Oldest) != stretch.backwards;
        let (at, id) = self.key();
        self.source.push(out, with_articles)?;
        if let Some((key, number)) = &stretch.from {
            out.push_sql(" AND (");
            out.push_sql(at);
            out.push_sql(", ");
            out.push_sql(id);
            out.push_sql(match (descending, stretch.inclusive) {
                (true, false) => ") < (",
                (true, true) => ") <= (",
                (false, false) => ") > (",
                (false, true) => ") >= (",
            });
            out.push_bind_param::<BigInt, i64>(key)?;
            out.push_sql(", ");
            out.push_bind_param::<BigInt, i64>(number)?;
            out.push_sql(")");
        }
        let direction = if descending { " DESC" } else { " ASC" };
        out.push_sql(" ORDER BY ");
        out.push_sql(at);
        out.push_sql(direction);
        out.push_sql(", ");
        out.push_sql(id);
        out.push_sql(direction);
        out.push_sql(" LIMIT ");
        out.push_bind_param::<BigInt, i64>(&stretch.limit)?;
        Ok(())
    }
}

impl<DB> QueryFragment<DB> for Listing<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(COLUMNS);
        self.push(&mut out, true)
    }
}

impl<DB> QueryFragment<DB> for Places<'_>
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let Places(listing) = self;
        let (at, id) = listing.key();
        out.push_sql("SELECT ");
        out.push_sql(at);
        out.push_sql(", ");
        out.push_sql(id);
        listing.push(&mut out, listing.source.needs_articles() || listing.stretch.order == Order::RecentlyUpdated)
    }
}

impl<DB> QueryFragment<DB> for Total
where
    DB: Backend + HasSqlType<BigInt> + HasSqlType<Text>,
    i64: ToSql<BigInt, DB>,
    str: ToSql<Text, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql("SELECT COUNT(*)");
        self.source.push(&mut out, self.source.needs_articles())
    }
}
