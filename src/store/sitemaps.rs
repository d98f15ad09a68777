//! What sitemaps list: published articles month by month, but for those that first stood elsewhere.

use diesel::dsl::{count_star, max, min};
use diesel::sql_types::{Nullable, Text};
use diesel::{
    BoolExpressionMethods, ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl, define_sql_function,
};

use super::dialect::CanonicalUrl;
use super::schema::{articles, sections};
use super::{Conn, q};
use crate::config::SiteSettings;
use crate::error::{Error, Result};
use crate::model::article::Image;
use crate::model::time::Instant;

/// An article as a sitemap lists it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The slug.
    pub slug: String,
    /// The headline.
    pub headline: String,
    /// The language.
    pub language: String,
    /// When it was published.
    pub published_at: Instant,
    /// The slug of its section.
    pub section: Option<String>,
    /// When it last changed.
    pub updated_at: Instant,
    /// The lead image.
    pub image: Option<Image>,
}

/// When the first and the last article were published; none where there is none.
pub async fn span(conn: &mut Conn) -> Result<Option<(Instant, Instant)>> {
    let ends = (min(articles::published_at), max(articles::published_at));
    let ends: (Option<i64>, Option<i64>) = q!(conn, first, articles::table.select(ends))?;
    Ok(ends.0.zip(ends.1).map(|(first, last)| (Instant::from_millis(first), Instant::from_millis(last))))
}

/// How many articles that first stood here were published from `from` on and before `before`, and when one of them last
/// changed. Those without another address are counted from their index alone.
pub async fn between(
    conn: &mut Conn,
    site: &SiteSettings,
    from: Instant,
    before: Instant,
) -> Result<(i64, Option<Instant>)> {
    let told = (count_star(), max(articles::updated_at));
    let within = articles::published_at.ge(from.millis()).and(articles::published_at.lt(before.millis()));
    let plain = articles::table.filter(within).filter(CanonicalUrl.is_null()).select(told);
    let named = articles::table
        .left_join(sections::table.on(articles::section_id.eq(sections::id.nullable())))
        .filter(within)
        .filter(CanonicalUrl.is_not_null())
        .filter(CanonicalUrl.eq(own_address(site)))
        .select(told);
    let (plain, plain_changed): (i64, Option<i64>) = q!(conn, first, plain)?;
    let (named, named_changed): (i64, Option<i64>) = q!(conn, first, named.clone())?;
    Ok((plain + named, plain_changed.max(named_changed).map(Instant::from_millis)))
}

/// The articles of these that first stood here, newest first, from the `offset`-th on.
pub async fn listed(
    conn: &mut Conn,
    site: &SiteSettings,
    from: Instant,
    before: Instant,
    offset: i64,
    limit: i64,
) -> Result<Vec<Listed>> {
    let within = articles::table
        .left_join(sections::table.on(articles::section_id.eq(sections::id.nullable())))
        .filter(articles::published_at.ge(from.millis()))
        .filter(articles::published_at.lt(before.millis()))
        .filter(CanonicalUrl.is_null().or(CanonicalUrl.eq(own_address(site))))
        .order((articles::published_at.desc(), articles::id.desc()))
        .offset(offset)
        .limit(limit)
        .select((
            articles::slug,
            articles::headline,
            articles::language,
            articles::published_at,
            sections::slug.nullable(),
            articles::updated_at,
            articles::image,
        ));
    let rows: Vec<Row> = q!(conn, load, within.clone())?;
    rows.into_iter().map(Listed::try_from).collect()
}

define_sql_function! {
    /// The text with each `from` made `to`; both engines have it under this name.
    fn replace(text: Text, from: Text, to: Text) -> Text;
}
define_sql_function! {
    /// The same of a text that may be missing.
    #[sql_name = "replace"]
    fn replace_maybe(text: Text, from: Text, to: Nullable<Text>) -> Nullable<Text>;
}
define_sql_function! {
    /// The first that is there.
    fn coalesce(first: Nullable<Text>, other: Text) -> Text;
}

/// Where the site shows an article: [`SiteSettings::article_url`] in SQL. An article that names this address as the one
/// where it first stood stands there.
#[diesel::dsl::auto_type(no_type_alias)]
fn own_address(site: &SiteSettings) -> _ {
    let with_section: String = site.article_url(Some("{section}"), "{slug}");
    let without: String = site.article_url(None, "{slug}");
    let path = coalesce(replace_maybe(with_section, "{section}", sections::slug.nullable()), without);
    replace(path, "{slug}", articles::slug).nullable()
}

type Row = (String, String, String, i64, Option<String>, i64, Option<String>);

impl TryFrom<Row> for Listed {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let (slug, headline, language, published_at, section, updated_at, image) = row;
        Ok(Listed {
            slug,
            headline,
            language,
            published_at: Instant::from_millis(published_at),
            section,
            updated_at: Instant::from_millis(updated_at),
            image: image.map(|image| serde_json::from_str(&image)).transpose().map_err(Error::internal)?,
        })
    }
}
