//! What is derived from the catalogue and kept beside it: lists of related news, and the ranking of what trends.
//!
//! None of it is a change of the log, so it has a number of its own, `log_head.derived_seq`. A transaction that makes
//! something anew notes it, and the number is drawn as the last step before the commit: the lock of the row orders the
//! commits, as it does for the log. The rows are written first and stamped afterwards, so the lock is held for two
//! statements and not for as many as there are rows, since whoever publishes waits for it; and what is stamped this
//! transaction has locked already, so nobody waits crosswise.
//!
//! Unlike in the log a row is not kept once it is made anew: it has the newer number then. So a number may be found on no
//! row; the rows after a number are nevertheless all that was made since.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::dialect::one_of;
use super::schema::{log_head, related, trending_state};
use super::{Conn, q};
use crate::error::Result;
use crate::model::change::Tag;
use crate::model::id::ArticleId;

/// What was made anew and waits for its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Derived {
    /// The list of related news of an article.
    Related(ArticleId),
    /// The ranking of what trends.
    Trending,
}

/// Draws the next number.
async fn next(conn: &mut Conn) -> Result<i64> {
    let next = log_head::derived_seq.eq(log_head::derived_seq + 1);
    Ok(q!(conn, get_result, diesel::update(log_head::table).set(next).returning(log_head::derived_seq))?)
}

/// Gives one number to all that was made anew, if anything was. Called once, as the last step of a transaction.
pub(super) async fn number(conn: &mut Conn, made: &[Derived]) -> Result<Option<i64>> {
    if made.is_empty() {
        return Ok(None);
    }
    let number = next(conn).await?;
    let article = |one: &Derived| if let Derived::Related(id) = one { Some(id.0) } else { None };
    let articles: Vec<i64> = made.iter().filter_map(article).collect();
    if !articles.is_empty() {
        let lists = related::table.filter(one_of(related::article_id, &articles));
        q!(conn, execute, diesel::update(lists).set(related::made.eq(number)))?;
    }
    if made.contains(&Derived::Trending) {
        q!(conn, execute, diesel::update(trending_state::table).set(trending_state::made.eq(number)))?;
    }
    Ok(Some(number))
}

/// What was made after `derived`, with the number of each, in the order of the numbers. `None` when that is more than
/// `limit`: a part would end within a number, since one is given to many.
///
/// It is all up to every head that this connection has read before; beyond that it may have one thing and lack another.
pub async fn after(conn: &mut Conn, derived: i64, limit: usize) -> Result<Option<Vec<(Tag, i64)>>> {
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let lists: Vec<(i64, i64)> = q!(
        conn,
        load,
        related::table
            .filter(related::made.gt(derived))
            .order((related::made, related::article_id))
            .limit(most)
            .select((related::article_id, related::made))
    )?;
    let ranked: Option<i64> =
        q!(conn, first, trending_state::table.filter(trending_state::made.gt(derived)).select(trending_state::made))
            .optional()?;
    let mut all: Vec<(Tag, i64)> = lists.into_iter().map(|(id, made)| (Tag::Related(ArticleId(id)), made)).collect();
    if let Some(made) = ranked {
        all.insert(all.partition_point(|(_, other)| *other <= made), (Tag::Trending, made));
    }
    Ok((all.len() <= limit).then_some(all))
}
