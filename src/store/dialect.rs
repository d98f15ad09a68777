//! All SQL that differs between the engines, and the fragments that diesel has no words for.
//!
//! Each fragment is a type with a static query id, so that the prepared statement is kept; diesel's own `eq_any` on
//! SQLite and every raw literal would be prepared anew each time (20 to 50 µs).

use std::marker::PhantomData;

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::result::QueryResult;
use diesel::serialize::ToSql;
use diesel::sql_types::{Array, BigInt, Binary, Bool, HasSqlType, Integer, Nullable, Text};
use diesel::sqlite::{Sqlite, SqliteConnection};

use super::schema::{articles, related};

/// A statement without parameters or rows that is kept prepared; diesel's own transactions prepare theirs each time.
struct Plain<const BEGINS: bool>;

impl<const BEGINS: bool> QueryId for Plain<BEGINS> {
    type QueryId = Plain<BEGINS>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const BEGINS: bool> QueryFragment<Sqlite> for Plain<BEGINS> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql(if BEGINS { "BEGIN" } else { "COMMIT" });
        Ok(())
    }
}

impl<const BEGINS: bool> diesel::RunQueryDsl<SqliteConnection> for Plain<BEGINS> {}

/// Begins a read transaction: until its end every read sees what the first one saw.
pub(super) fn begin_snapshot(conn: &mut SqliteConnection) -> QueryResult<()> {
    Plain::<true>.execute(conn).map(drop)
}

/// Ends a read transaction.
pub(super) fn end_snapshot(conn: &mut SqliteConnection) -> QueryResult<()> {
    Plain::<false>.execute(conn).map(drop)
}

/// `column IN (ids)` with one bind whatever their number: an array on PostgreSQL, a JSON array on SQLite.
#[derive(Debug, Clone)]
pub(super) struct OneOf<C> {
    column: C,
    ids: IdList,
}

impl<C: QueryId> QueryId for OneOf<C> {
    type QueryId = OneOf<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C, GroupBy> ValidGrouping<GroupBy> for OneOf<C> {
    type IsAggregate = is_aggregate::No;
}

/// `column IN (ids)`.
pub(super) fn one_of<C>(column: C, ids: &[i64]) -> OneOf<C> {
    OneOf { column, ids: IdList::new(ids) }
}

impl<C: Expression<SqlType = BigInt>> Expression for OneOf<C> {
    type SqlType = Bool;
}
impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for OneOf<C> where OneOf<C>: Expression {}
impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for OneOf<C> where OneOf<C>: AppearsOnTable<QS> {}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" = ANY(");
        out.push_bind_param::<Array<BigInt>, _>(&self.ids.list)?;
        out.push_sql(")");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for OneOf<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.ids.json)?;
        out.push_sql("))");
        Ok(())
    }
}

/// What a query fragment of ours needs to know of the engine that it is built for.
pub(super) trait Dialect: Backend {
    /// Reads the ids of a bound list as rows of one column `value`.
    fn push_ids<'b>(out: &mut AstPass<'_, 'b, Self>, ids: &'b IdList) -> QueryResult<()>;
}

/// Where an article first stood elsewhere, as it is said; NULL for most. Written as the indexes have it that leave such
/// articles out.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct CanonicalUrl;

impl Expression for CanonicalUrl {
    type SqlType = Nullable<Text>;
}
impl<QS> AppearsOnTable<QS> for CanonicalUrl where articles::rest: AppearsOnTable<QS> {}
impl<QS> SelectableExpression<QS> for CanonicalUrl where articles::rest: SelectableExpression<QS> {}

impl<GroupBy> ValidGrouping<GroupBy> for CanonicalUrl {
    type IsAggregate = is_aggregate::No;
}

impl QueryFragment<Pg> for CanonicalUrl {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("(articles.rest::json ->> 'canonical_url')");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for CanonicalUrl {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("json_extract(articles.rest, '$.canonical_url')");
        Ok(())
    }
}

/// So many bytes of the list of related news, from its start. Counted in characters PostgreSQL would unpack all of it and
/// look at each, and SQLite at each before the end.
#[derive(Debug, Clone, Copy, QueryId)]
pub(super) struct ListStart {
    most: i32,
}

/// So many bytes of the list of related news, from its start.
pub(super) fn list_start(most: i32) -> ListStart {
    ListStart { most }
}

impl Expression for ListStart {
    type SqlType = Nullable<Binary>;
}
impl<QS> AppearsOnTable<QS> for ListStart where related::list: AppearsOnTable<QS> {}
// Also of a row that a join need not find: it is nothing then.
impl<QS> SelectableExpression<QS> for ListStart where ListStart: AppearsOnTable<QS> {}

impl<GroupBy> ValidGrouping<GroupBy> for ListStart {
    type IsAggregate = is_aggregate::No;
}

impl QueryFragment<Pg> for ListStart {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("substr(convert_to(related.list, 'UTF8'), 1, ");
        out.push_bind_param::<Integer, _>(&self.most)?;
        out.push_sql(")");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for ListStart {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("substr(CAST(related.list AS BLOB), 1, ");
        out.push_bind_param::<Integer, _>(&self.most)?;
        out.push_sql(")");
        Ok(())
    }
}

/// A list of ids as either engine wants it bound.
#[derive(Debug, Clone)]
pub(super) struct IdList {
    list: Vec<i64>,
    json: String,
}

impl IdList {
    pub(super) fn new(ids: &[i64]) -> Self {
        IdList { list: ids.to_vec(), json: serde_json::Value::from(ids).to_string() }
    }
}

impl Dialect for Pg {
    fn push_ids<'b>(out: &mut AstPass<'_, 'b, Self>, ids: &'b IdList) -> QueryResult<()> {
        out.push_sql("unnest(");
        out.push_bind_param::<Array<BigInt>, _>(&ids.list)?;
        out.push_sql(") AS ids(value)");
        Ok(())
    }
}

impl Dialect for Sqlite {
    fn push_ids<'b>(out: &mut AstPass<'_, 'b, Self>, ids: &'b IdList) -> QueryResult<()> {
        out.push_sql("json_each(");
        out.push_bind_param::<Text, _>(&ids.json)?;
        out.push_sql(") AS ids");
        Ok(())
    }
}

/// Texts as either engine wants them bound.
#[derive(Debug, Clone)]
struct TextList {
    list: Vec<String>,
    json: String,
}

impl TextList {
    fn new(texts: &[String]) -> Self {
        TextList { list: texts.to_vec(), json: serde_json::Value::from(texts).to_string() }
    }
}

/// Whether one of several texts stands in `column`, with one bind whatever their number.
#[derive(Debug, Clone)]
pub(super) struct Mentions<C> {
    column: C,
    texts: TextList,
}

impl<C: QueryId> QueryId for Mentions<C> {
    type QueryId = Mentions<C::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = C::HAS_STATIC_QUERY_ID;
}

impl<C, GroupBy> ValidGrouping<GroupBy> for Mentions<C> {
    type IsAggregate = is_aggregate::No;
}

/// Whether one of `texts` stands in `column`, as it is written.
pub(super) fn mentions<C>(column: C, texts: &[String]) -> Mentions<C> {
    Mentions { column, texts: TextList::new(texts) }
}

impl<C: Expression<SqlType = Text>> Expression for Mentions<C> {
    type SqlType = Bool;
}
impl<C: AppearsOnTable<QS>, QS> AppearsOnTable<QS> for Mentions<C> where Mentions<C>: Expression {}
impl<C: SelectableExpression<QS>, QS> SelectableExpression<QS> for Mentions<C> where Mentions<C>: AppearsOnTable<QS> {}

impl<C: QueryFragment<Pg>> QueryFragment<Pg> for Mentions<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("EXISTS (SELECT 1 FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.texts.list)?;
        out.push_sql(") AS texts(value) WHERE strpos(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(", texts.value) > 0)");
        Ok(())
    }
}

impl<C: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Mentions<C> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("EXISTS (SELECT 1 FROM json_each(");
        out.push_bind_param::<Text, _>(&self.texts.json)?;
        out.push_sql(") AS texts WHERE instr(");
        self.column.walk_ast(out.reborrow())?;
        out.push_sql(", texts.value) > 0)");
        Ok(())
    }
}

/// The lock of the taxonomy, kept until the end of the transaction; PostgreSQL alone. Either one is `ALONE`, who changes it, or
/// there are any number who want it to stay as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct TaxonomyLock<const ALONE: bool>;

impl<const ALONE: bool> QueryId for TaxonomyLock<ALONE> {
    type QueryId = TaxonomyLock<ALONE>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const ALONE: bool, Conn> diesel::RunQueryDsl<Conn> for TaxonomyLock<ALONE> {}

impl<const ALONE: bool> QueryFragment<Pg> for TaxonomyLock<ALONE> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        // The number is nobody else's in this database; migrations have another.
        out.push_sql(if ALONE {
            "SELECT pg_advisory_xact_lock(7220714163025911)"
        } else {
            "SELECT pg_advisory_xact_lock_shared(7220714163025911)"
        });
        Ok(())
    }
}

/// Rows of the SQL type `T` whose `column` is one of several texts. Each is looked up in the index by itself, whatever is
/// known of the size of the table: a plan for `= ANY` that was made while it was small reads all of it for as long as the
/// connection keeps it.
#[derive(Debug, Clone)]
pub(super) struct ByText<T> {
    select: &'static str,
    table: &'static str,
    column: &'static str,
    noun: Option<&'static str>,
    texts: TextList,
    rows: PhantomData<T>,
}

impl<T> ByText<T> {
    /// `select` is what is read of `table`, which is called `l`. There is one row for a text at the most.
    pub(super) fn new(select: &'static str, table: &'static str, column: &'static str, texts: &[String]) -> Self {
        ByText { select, table, column, noun: None, texts: TextList::new(texts), rows: PhantomData }
    }

    /// Those alone whose column `noun` says this.
    pub(super) fn of_noun(self, noun: &'static str) -> Self {
        ByText { noun: Some(noun), ..self }
    }

    fn begin<'b, DB: Backend>(&'b self, out: &mut AstPass<'_, 'b, DB>) {
        for part in ["SELECT ", self.select, " FROM "] {
            out.push_sql(part);
        }
    }

    fn table_where<'b, DB: Backend>(&'b self, out: &mut AstPass<'_, 'b, DB>) {
        for part in [self.table, " AS l WHERE ", self.column] {
            out.push_sql(part);
        }
    }

    fn and_noun<'b, DB>(&'b self, out: &mut AstPass<'_, 'b, DB>) -> QueryResult<()>
    where
        DB: Backend + HasSqlType<Text>,
        str: ToSql<Text, DB>,
    {
        if let Some(noun) = self.noun {
            out.push_sql(" AND noun = ");
            out.push_bind_param::<Text, str>(noun)?;
        }
        Ok(())
    }
}

// The text says of which table.
impl<T> QueryId for ByText<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> diesel::query_builder::Query for ByText<T> {
    type SqlType = T;
}

impl<T, Conn> diesel::RunQueryDsl<Conn> for ByText<T> {}

impl<T> QueryFragment<Pg> for ByText<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        self.begin(&mut out);
        out.push_sql("unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.texts.list)?;
        out.push_sql(") AS texts(value) CROSS JOIN LATERAL (SELECT * FROM ");
        self.table_where(&mut out);
        out.push_sql(" = texts.value");
        self.and_noun(&mut out)?;
        out.push_sql(" LIMIT 1) l");
        Ok(())
    }
}

impl<T> QueryFragment<Sqlite> for ByText<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        self.begin(&mut out);
        self.table_where(&mut out);
        out.push_sql(" IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.texts.json)?;
        out.push_sql("))");
        self.and_noun(&mut out)
    }
}

/// What an article is linked with.
#[derive(Debug, Clone, Copy)]
pub(super) enum Linked {
    /// Its sections.
    Sections,
    /// Its authors.
    Authors,
    /// Its topics.
    Topics,
}

/// Links an article with several of one kind, by one statement however many there are.
#[derive(Debug, Clone)]
pub(super) struct Links {
    with: Linked,
    ids: IdList,
    published_at: i64,
    article: i64,
}

impl Links {
    pub(super) fn new(with: Linked, ids: &[i64], published_at: i64, article: i64) -> Self {
        Links { with, ids: IdList::new(ids), published_at, article }
    }
}

// The text says of which table.
impl QueryId for Links {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Conn> diesel::RunQueryDsl<Conn> for Links {}

impl<DB> QueryFragment<DB> for Links
where
    DB: Dialect + HasSqlType<BigInt>,
    i64: ToSql<BigInt, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        out.push_sql(match self.with {
            Linked::Sections => "INSERT INTO article_sections (section_id, published_at, article_id)",
            Linked::Authors => "INSERT INTO article_authors (author_id, published_at, article_id)",
            Linked::Topics => "INSERT INTO article_topics (topic_id, published_at, article_id)",
        });
        out.push_sql(" SELECT value, ");
        out.push_bind_param::<BigInt, _>(&self.published_at)?;
        out.push_sql(", ");
        out.push_bind_param::<BigInt, _>(&self.article)?;
        out.push_sql(" FROM ");
        DB::push_ids(&mut out, &self.ids)
    }
}

/// Moves counts, by one statement however many there are; PostgreSQL alone.
#[derive(Debug, Clone)]
pub(super) struct MoveCounts {
    kinds: Vec<&'static str>,
    keys: Vec<String>,
    by: Vec<i64>,
}

impl MoveCounts {
    /// Of kind, key and by how much. They are locked in this order.
    pub(super) fn new(counts: impl Iterator<Item = (&'static str, String, i64)>) -> Self {
        let mut all = MoveCounts { kinds: Vec::new(), keys: Vec::new(), by: Vec::new() };
        for (kind, key, by) in counts {
            all.kinds.push(kind);
            all.keys.push(key);
            all.by.push(by);
        }
        all
    }
}

impl QueryId for MoveCounts {
    type QueryId = MoveCounts;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<Conn> diesel::RunQueryDsl<Conn> for MoveCounts {}

impl QueryFragment<Pg> for MoveCounts {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("INSERT INTO counts (kind, key, n) SELECT * FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.kinds)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Text>, _>(&self.keys)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<BigInt>, _>(&self.by)?;
        out.push_sql(") ON CONFLICT (kind, key) DO UPDATE SET n = counts.n + excluded.n");
        Ok(())
    }
}

/// The newest few articles of each of several topics: rows of (topic, article), newest first within a topic. One
/// statement however many topics there are, and it reads only what it gives.
#[derive(Debug, Clone)]
pub(super) struct LatestPerTopic {
    topics: IdList,
    each: i64,
    /// The topics one by one, filled up with nobody's id to a power of two, so that few statements serve all.
    arms: Option<Vec<i64>>,
}

/// For how many topics the statement has an arm each: an article's, or those of a few articles.
const ARMS_MOST: usize = 64;

impl LatestPerTopic {
    pub(super) fn new(topics: &[i64], each: i64) -> Self {
        let arms = (1..=ARMS_MOST).contains(&topics.len()).then(|| {
            let mut arms = topics.to_vec();
            arms.resize(topics.len().next_power_of_two(), 0);
            arms
        });
        LatestPerTopic { topics: IdList::new(topics), each, arms }
    }
}

// The text depends on how many topics there are.
impl QueryId for LatestPerTopic {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl diesel::query_builder::Query for LatestPerTopic {
    type SqlType = (BigInt, BigInt, BigInt);
}

impl<Conn> diesel::RunQueryDsl<Conn> for LatestPerTopic {}

impl QueryFragment<Pg> for LatestPerTopic {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT ids.value, l.article_id, l.published_at FROM ");
        Pg::push_ids(&mut out, &self.topics)?;
        out.push_sql(
            " CROSS JOIN LATERAL (SELECT x.article_id, x.published_at FROM article_topics x WHERE x.topic_id = ids.value \
             ORDER BY x.published_at DESC, x.article_id DESC LIMIT ",
        );
        out.push_bind_param::<BigInt, _>(&self.each)?;
        out.push_sql(") l ORDER BY 1, 3 DESC, 2 DESC");
        Ok(())
    }
}

impl QueryFragment<Sqlite> for LatestPerTopic {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // SQLite has no LATERAL: one arm for each topic, up to a few, which reads nothing but the index.
        if let Some(arms) = &self.arms {
            for (n, topic) in arms.iter().enumerate() {
                if n > 0 {
                    out.push_sql(" UNION ALL ");
                }
                out.push_sql(
                    "SELECT * FROM (SELECT topic_id, article_id, published_at FROM article_topics WHERE topic_id = ",
                );
                out.push_bind_param::<BigInt, _>(topic)?;
                out.push_sql(" ORDER BY published_at DESC, article_id DESC LIMIT ");
                out.push_bind_param::<BigInt, _>(&self.each)?;
                out.push_sql(")");
            }
            return Ok(());
        }
        // For many, an aggregate over a correlated subquery reads the same rows.
        out.push_sql("SELECT ids.value, json_extract(l.value, '$[1]'), json_extract(l.value, '$[0]') FROM ");
        Sqlite::push_ids(&mut out, &self.topics)?;
        out.push_sql(
            " CROSS JOIN json_each((SELECT json_group_array(json_array(x.published_at, x.article_id)) FROM \
             (SELECT published_at, article_id FROM article_topics WHERE topic_id = ids.value \
             ORDER BY published_at DESC, article_id DESC LIMIT ",
        );
        out.push_bind_param::<BigInt, _>(&self.each)?;
        out.push_sql(") x)) AS l ORDER BY 1, 3 DESC, 2 DESC");
        Ok(())
    }
}

/// Terms of a noun, of the SQL type `T`, that go by one of several names, given in lower case; only the letters of ASCII are
/// compared without case, as both engines can by an index. Of each name the oldest few. Those that only stories that are not
/// public have named are left out, unless somebody has merged them into another.
#[derive(Debug, Clone)]
pub(super) struct GoingBy<T> {
    noun: &'static str,
    names: TextList,
    rows: PhantomData<T>,
}

impl<T> GoingBy<T> {
    pub(super) fn new(noun: &'static str, names: &[String]) -> Self {
        GoingBy { noun, names: TextList::new(names), rows: PhantomData }
    }
}

impl<T> QueryId for GoingBy<T> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<T> diesel::query_builder::Query for GoingBy<T> {
    type SqlType = T;
}

impl<T, Conn> diesel::RunQueryDsl<Conn> for GoingBy<T> {}

impl<T> QueryFragment<Pg> for GoingBy<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        out.push_sql("SELECT l.* FROM unnest(");
        out.push_bind_param::<Array<Text>, _>(&self.names.list)?;
        out.push_sql(") AS texts(value) CROSS JOIN LATERAL (SELECT * FROM newsroom_terms AS t WHERE t.noun = ");
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(" AND lower(substr(t.name COLLATE \"C\", 1, 300)) = texts.value");
        out.push_sql(" AND (NOT t.provisional OR t.merged_into IS NOT NULL) ORDER BY t.id LIMIT 20) l");
        Ok(())
    }
}

impl<T> QueryFragment<Sqlite> for GoingBy<T> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        out.push_sql("SELECT l.* FROM newsroom_terms AS l WHERE l.noun = ");
        out.push_bind_param::<Text, str>(self.noun)?;
        out.push_sql(" AND lower(substr(l.name, 1, 300)) IN (SELECT value FROM json_each(");
        out.push_bind_param::<Text, _>(&self.names.json)?;
        out.push_sql(")) AND (NOT l.provisional OR l.merged_into IS NOT NULL)");
        Ok(())
    }
}
