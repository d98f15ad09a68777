//! What sitemaps list: published articles month by month.

use diesel::dsl::{count_star, max, min};
use diesel::{ExpressionMethods, QueryDsl};
use serde::Deserialize;

use super::schema::articles;
use super::{Conn, q};
use crate::error::{Error, Result};
use crate::model::article::Image;
use crate::model::id::SectionId;
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
    /// The section.
    pub section: Option<SectionId>,
    /// When it last changed.
    pub updated_at: Instant,
    /// Where it first stood, when that is said.
    pub canonical_url: Option<String>,
    /// The lead image.
    pub image: Option<Image>,
}

/// When the first and the last article were published; none where there is none.
pub async fn span(conn: &mut Conn) -> Result<Option<(Instant, Instant)>> {
    let ends = (min(articles::published_at), max(articles::published_at));
    let ends: (Option<i64>, Option<i64>) = q!(conn, first, articles::table.select(ends))?;
    Ok(ends.0.zip(ends.1).map(|(first, last)| (Instant::from_millis(first), Instant::from_millis(last))))
}

/// How many articles were published from `from` on and before `before`, and when one of them last changed.
pub async fn between(conn: &mut Conn, from: Instant, before: Instant) -> Result<(i64, Option<Instant>)> {
    let within = articles::table
        .filter(articles::published_at.ge(from.millis()))
        .filter(articles::published_at.lt(before.millis()));
    let (n, last): (i64, Option<i64>) = q!(conn, first, within.select((count_star(), max(articles::updated_at))))?;
    Ok((n, last.map(Instant::from_millis)))
}

/// These articles, newest first, from the `offset`-th on.
pub async fn listed(conn: &mut Conn, from: Instant, before: Instant, offset: i64, limit: i64) -> Result<Vec<Listed>> {
    let within = articles::table
        .filter(articles::published_at.ge(from.millis()))
        .filter(articles::published_at.lt(before.millis()))
        .order((articles::published_at.desc(), articles::id.desc()))
        .offset(offset)
        .limit(limit)
        .select((
            articles::slug,
            articles::headline,
            articles::language,
            articles::published_at,
            articles::section_id,
            articles::updated_at,
            articles::rest,
            articles::image,
        ));
    let rows: Vec<Row> = q!(conn, load, within)?;
    rows.into_iter().map(Listed::try_from).collect()
}

type Row = (String, String, String, i64, Option<i64>, i64, String, Option<String>);

/// What counts here of what is kept of an article beside its columns.
#[derive(Deserialize)]
struct Rest {
    #[serde(default)]
    canonical_url: Option<String>,
}

impl TryFrom<Row> for Listed {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        let (slug, headline, language, published_at, section, updated_at, rest, image) = row;
        let rest: Rest = serde_json::from_str(&rest).map_err(Error::internal)?;
        Ok(Listed {
            slug,
            headline,
            language,
            published_at: Instant::from_millis(published_at),
            section: section.map(SectionId),
            updated_at: Instant::from_millis(updated_at),
            canonical_url: rest.canonical_url,
            image: image.map(|image| serde_json::from_str(&image)).transpose().map_err(Error::internal)?,
        })
    }
}
