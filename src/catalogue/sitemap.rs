//! What stands in sitemaps: every article by the month of its publication, and the news of two days. What first stood
//! elsewhere is left out: search engines look for it there.

use chrono::{Datelike, Months, NaiveDate};

use super::Reader;
use crate::config::SiteSettings;
use crate::error::{Error, Result};
use crate::model::change::Tag;
use crate::model::time::Instant;
use crate::store::sitemaps;

pub use crate::store::sitemaps::Listed;

/// What sitemaps show: addresses, which name sections.
const SHOWN: [Tag; 2] = [Tag::Articles, Tag::Sections];

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

/// The months of which a sitemap has something, newest first.
pub async fn months(reader: &Reader, site: &SiteSettings) -> Result<Vec<Busy>> {
    let site = site.clone();
    reader
        .scan(SHOWN, move |conn| {
            Box::pin(async move {
                let Some((first, last)) = sitemaps::span(conn).await? else { return Ok(Vec::new()) };
                let (mut busy, mut next) = (Vec::new(), Some(Month::of(first)));
                while let Some(month) = next.filter(|month| month.begins() <= last) {
                    let (from, before) = month.span();
                    let (articles, modified) = sitemaps::between(conn, &site, from, before).await?;
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

/// The articles of a month, newest first, of its `page`-th part of so many, from 1.
pub async fn of_month(reader: &Reader, site: &SiteSettings, month: Month, page: i64, size: i64) -> Result<Vec<Listed>> {
    let (from, before) = month.span();
    between(reader, site, from, before, page, size).await
}

/// The news of the last two days, newest first, of its `page`-th part of so many, from 1.
pub async fn news(reader: &Reader, site: &SiteSettings, page: i64, size: i64) -> Result<Vec<Listed>> {
    let now = reader.now();
    let found = between(reader, site, now.plus_millis(-NEWS_FOR), now.plus_millis(1), page, size).await?;
    if let Some(oldest) = found.iter().map(|one| one.published_at).min() {
        reader.until(oldest.plus_millis(NEWS_FOR));
    }
    Ok(found)
}

async fn between(
    reader: &Reader,
    site: &SiteSettings,
    from: Instant,
    before: Instant,
    page: i64,
    size: i64,
) -> Result<Vec<Listed>> {
    let (site, offset) = (site.clone(), page.saturating_sub(1).saturating_mul(size));
    reader
        .scan(SHOWN, move |conn| {
            Box::pin(async move { sitemaps::listed(conn, &site, from, before, offset, size).await })
        })
        .await
}
