//! What stands in sitemaps: every article by the month of its publication, and the news of two days.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{Datelike, Months, NaiveDate};

use super::{Reader, section};
use crate::error::{Error, Result};
use crate::model::change::Tag;
use crate::model::id::SectionId;
use crate::model::section::Section;
use crate::model::time::Instant;
use crate::store::sitemaps;

pub use crate::store::sitemaps::Listed;

/// How long an article is news, in milliseconds.
pub const NEWS_FOR: i64 = 2 * 24 * 60 * 60 * 1000;

/// A month, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Month(NaiveDate);

/// A month in which articles were published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Busy {
    /// The month.
    pub month: Month,
    /// How many articles.
    pub articles: i64,
    /// When one of them last changed.
    pub modified: Option<Instant>,
}

impl Month {
    /// From `2026-10`.
    pub fn parse(text: &str) -> Option<Month> {
        NaiveDate::parse_from_str(&format!("{text}-01"), "%Y-%m-%d").ok().map(Month)
    }

    fn of(at: Instant) -> Month {
        Month(at.date().with_day(1).unwrap_or_default())
    }

    fn next(self) -> Option<Month> {
        self.0.checked_add_months(Months::new(1)).map(Month)
    }

    fn begins(self) -> Instant {
        Instant::from_millis(self.0.and_time(chrono::NaiveTime::MIN).and_utc().timestamp_millis())
    }

    /// When it begins, and when the next one does.
    fn span(self) -> (Instant, Instant) {
        (self.begins(), self.next().map_or(Instant::from_millis(i64::MAX), Month::begins))
    }
}

impl std::fmt::Display for Month {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.format("%Y-%m"))
    }
}

/// The months in which something was published, newest first.
pub async fn months(reader: &Reader) -> Result<Vec<Busy>> {
    reader
        .scan([Tag::Articles], |conn| {
            Box::pin(async move {
                let Some((first, last)) = sitemaps::span(conn).await? else { return Ok(Vec::new()) };
                let (mut busy, mut next) = (Vec::new(), Some(Month::of(first)));
                while let Some(month) = next.filter(|month| month.begins() <= last) {
                    let (from, before) = month.span();
                    let (articles, modified) = sitemaps::between(conn, from, before).await?;
                    if articles > 0 {
                        busy.push(Busy { month, articles, modified });
                    }
                    next = month.next();
                }
                busy.reverse();
                Ok::<_, Error>(busy)
            })
        })
        .await
}

/// Articles with their sections.
#[derive(Debug)]
pub struct Found {
    /// The articles, newest first.
    pub listed: Vec<Listed>,
    sections: HashMap<SectionId, Arc<Section>>,
}

impl Found {
    /// The section of one.
    pub fn section(&self, one: &Listed) -> Option<&Section> {
        one.section.and_then(|id| self.sections.get(&id)).map(Arc::as_ref)
    }
}

/// The articles of a month, of its `page`-th part of so many, from 1.
pub async fn of_month(reader: &Reader, month: Month, page: i64, size: i64) -> Result<Found> {
    let (from, before) = month.span();
    between(reader, from, before, page, size).await
}

/// The news of the last two days, of its `page`-th part of so many, from 1.
pub async fn news(reader: &Reader, page: i64, size: i64) -> Result<Found> {
    let now = reader.now();
    let found = between(reader, now.plus_millis(-NEWS_FOR), now.plus_millis(1), page, size).await?;
    if let Some(oldest) = found.listed.iter().map(|one| one.published_at).min() {
        reader.until(oldest.plus_millis(NEWS_FOR));
    }
    Ok(found)
}

async fn between(reader: &Reader, from: Instant, before: Instant, page: i64, size: i64) -> Result<Found> {
    let offset = page.saturating_sub(1).saturating_mul(size);
    let listed = reader
        .scan([Tag::Articles], move |conn| {
            Box::pin(async move { sitemaps::listed(conn, from, before, offset, size).await })
        })
        .await?;
    let mut ids: Vec<SectionId> = listed.iter().filter_map(|one| one.section).collect();
    ids.sort_unstable();
    ids.dedup();
    let sections = section::by_ids(reader, &ids).await?.into_iter().flatten();
    let sections = sections.map(|section| (section.id, section)).collect();
    Ok(Found { listed, sections })
}
