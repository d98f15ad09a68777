//! Views by article and hour, the marks of who was counted, and what trends.
//!
//! A view is no change of the catalogue: nothing here is written to the log. A ranking that shows others than the one
//! before gets a number of what is derived.

use std::collections::BTreeMap;

use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};

use super::articles::Row;
use super::derived::Derived;
use super::dialect::one_of;
use super::schema::{articles, sections, trending, trending_state, view_marks, view_salts, views};
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::id::{ArticleId, SectionId};

/// The views of an article of one hour: what the windows are ranked from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The article.
    pub article: ArticleId,
    /// The section that it stands in.
    pub section: Option<SectionId>,
    /// Hours since 1970.
    pub hour: i64,
    /// How many.
    pub n: i64,
}

/// The salt of a day that is kept already.
pub async fn salt(conn: &mut Conn, day: i64) -> Result<Option<String>> {
    Ok(q!(conn, first, view_salts::table.find(day).select(view_salts::salt)).optional()?)
}

/// Offers a salt for a day; whoever came first is heeded. Gives the one that counts.
pub async fn offer_salt(conn: &mut Conn, day: i64, salt: &str) -> Result<String> {
    q!(
        conn,
        execute,
        diesel::insert_into(view_salts::table)
            .values((view_salts::day.eq(day), view_salts::salt.eq(salt)))
            .on_conflict_do_nothing()
    )?;
    Ok(q!(conn, first, view_salts::table.find(day).select(view_salts::salt))?)
}

/// Which of these articles are published.
pub async fn published(conn: &mut Conn, ids: &[i64]) -> Result<Vec<i64>> {
    Ok(q!(conn, load, articles::table.filter(one_of(articles::id, ids)).select(articles::id))?)
}

/// Notes that a mark was counted; false when it had been.
pub async fn mark(conn: &mut Conn, hour: i64, article: ArticleId, mark: i64) -> Result<bool> {
    let rows = q!(
        conn,
        execute,
        diesel::insert_into(view_marks::table)
            .values((view_marks::hour.eq(hour), view_marks::article_id.eq(article.0), view_marks::mark.eq(mark)))
            .on_conflict_do_nothing()
    )?;
    Ok(rows > 0)
}

/// Adds views to an article's hour.
pub async fn add(conn: &mut Conn, hour: i64, article: ArticleId, n: i64) -> Result<()> {
    q!(
        conn,
        execute,
        diesel::insert_into(views::table)
            .values((views::hour.eq(hour), views::article_id.eq(article.0), views::n.eq(n)))
            .on_conflict((views::hour, views::article_id))
            .do_update()
            .set(views::n.eq(views::n + n))
    )?;
    Ok(())
}

/// Forgets marks before one hour, views before another, salts before a day.
pub async fn prune(conn: &mut Conn, marks_before: i64, views_before: i64, salts_before: i64) -> Result<()> {
    q!(conn, execute, diesel::delete(view_marks::table.filter(view_marks::hour.lt(marks_before))))?;
    q!(conn, execute, diesel::delete(views::table.filter(views::hour.lt(views_before))))?;
    q!(conn, execute, diesel::delete(view_salts::table.filter(view_salts::day.lt(salts_before))))?;
    Ok(())
}

/// Takes the turn to rank when the last one was at `before` or earlier; false when another has it. The row stays
/// locked to the end of the transaction.
pub async fn take_turn(tx: &mut Tx, before: i64) -> Result<bool> {
    let now = tx.now().millis();
    let rows = q!(
        tx.conn(),
        execute,
        diesel::update(trending_state::table.filter(trending_state::id.eq(1)).filter(trending_state::at.le(before)))
            .set(trending_state::at.eq(now))
    )?;
    Ok(rows > 0)
}

/// The views of published articles from this hour on.
pub async fn since(conn: &mut Conn, hour: i64) -> Result<Vec<Seen>> {
    let rows: Vec<(i64, Option<i64>, i64, i64)> = q!(
        conn,
        load,
        views::table
            .inner_join(articles::table.on(articles::id.eq(views::article_id)))
            .filter(views::hour.ge(hour))
            .select((views::article_id, articles::section_id, views::hour, views::n))
    )?;
    let seen = |(article, section, hour, n): (i64, Option<i64>, i64, i64)| Seen {
        article: ArticleId(article),
        section: section.map(SectionId),
        hour,
        n,
    };
    Ok(rows.into_iter().map(seen).collect())
}

/// The parent of each section that has one.
pub async fn parents(conn: &mut Conn) -> Result<BTreeMap<SectionId, SectionId>> {
    let rows: Vec<(i64, Option<i64>)> = q!(conn, load, sections::table.select((sections::id, sections::parent_id)))?;
    Ok(rows.into_iter().filter_map(|(id, parent)| Some((SectionId(id), SectionId(parent?)))).collect())
}

/// A ranking: articles with their scores, in order, by window in hours and section. No section is everything.
pub type Ranking = BTreeMap<(i64, Option<SectionId>), Vec<(ArticleId, i64)>>;

/// The ranking as it is kept.
async fn ranking(conn: &mut Conn) -> Result<Ranking> {
    let rows: Vec<(i64, i64, i64, i64)> = q!(
        conn,
        load,
        trending::table.order((trending::span, trending::section_id, trending::place)).select((
            trending::span,
            trending::section_id,
            trending::article_id,
            trending::score
        ))
    )?;
    let mut kept = Ranking::new();
    for (span, section, article, score) in rows {
        let section = (section != 0).then_some(SectionId(section));
        kept.entry((span, section)).or_default().push((ArticleId(article), score));
    }
    Ok(kept)
}

/// Keeps a ranking in place of the one before. Says whether other articles stand in it, or in another order: only then it
/// gets a number of what is derived. Scores are shown nowhere and fade by the hour, so they are kept and end no answer.
/// The caller has the turn to rank, so nobody else writes meanwhile.
pub async fn rank(tx: &mut Tx, lists: &Ranking) -> Result<bool> {
    let kept = ranking(tx.conn()).await?;
    if kept == *lists {
        return Ok(false);
    }
    q!(tx.conn(), execute, diesel::delete(trending::table))?;
    for ((span, section), list) in lists {
        for (place, (article, score)) in (1_i64..).zip(list) {
            q!(
                tx.conn(),
                execute,
                diesel::insert_into(trending::table).values((
                    trending::span.eq(span),
                    trending::section_id.eq(section.map_or(0, |id| id.0)),
                    trending::place.eq(place),
                    trending::article_id.eq(article.0),
                    trending::score.eq(score),
                ))
            )?;
        }
    }
    let shows_other = !same_order(&kept, lists);
    if shows_other {
        tx.derived(Derived::Trending);
    }
    Ok(shows_other)
}

fn same_order(one: &Ranking, other: &Ranking) -> bool {
    let articles = |list: &Vec<(ArticleId, i64)>| list.iter().map(|(article, _)| *article).collect::<Vec<_>>();
    one.keys().eq(other.keys()) && one.values().map(articles).eq(other.values().map(articles))
}

/// The first articles of a ranking that are published, in order, and whether they are simply its first `limit`: else some
/// were passed over that are not published now, or there are no more.
pub async fn ranked(conn: &mut Conn, span: i64, section: Option<SectionId>, limit: i64) -> Result<(Vec<Card>, bool)> {
    let rows: Vec<(i64, Row)> = q!(
        conn,
        load,
        trending::table
            .inner_join(articles::table.on(articles::id.eq(trending::article_id)))
            .filter(trending::span.eq(span))
            .filter(trending::section_id.eq(section.map_or(0, |id| id.0)))
            .order(trending::place)
            .limit(limit)
            .select((trending::place, articles::all_columns))
    )?;
    let simply = (1..=limit).eq(rows.iter().map(|(place, _)| *place));
    Ok((rows.into_iter().map(|(_, row)| Card::try_from(row)).collect::<Result<_>>()?, simply))
}
