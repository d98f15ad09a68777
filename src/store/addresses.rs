//! Addresses that articles had elsewhere, on both sides: see [`crate::model::address`] for their form.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::{article_addresses as aa, newsroom_addresses as na};
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::ArticleId;

/// Makes the address the article's own in the newsroom, for good. Says whether it is; it may be another's already.
pub async fn claim(tx: &mut Tx, address: &str, article: ArticleId) -> Result<bool> {
    let made = q!(
        tx.conn(),
        execute,
        diesel::insert_into(na::table)
            .values((na::address.eq(address), na::article_id.eq(article.0)))
            .on_conflict(na::address)
            .do_nothing()
    )?;
    if made == 1 {
        return Ok(true);
    }
    let owner: Option<i64> = q!(tx.conn(), first, na::table.find(address).select(na::article_id)).optional()?;
    Ok(owner == Some(article.0))
}

/// Every address that the newsroom knows of the article, in order.
pub async fn claimed(conn: &mut Conn, article: ArticleId) -> Result<Vec<String>> {
    Ok(q!(conn, load, na::table.filter(na::article_id.eq(article.0)).order(na::address).select(na::address))?)
}

/// Gives up the addresses that the newsroom knows of an article that was never public.
pub async fn forget_all(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(na::table.filter(na::article_id.eq(article.0))))?;
    Ok(())
}

/// Lets the public find an article by this address from now on.
pub async fn add(tx: &mut Tx, address: &str, article: ArticleId) -> Result<()> {
    let new = q!(
        tx.conn(),
        execute,
        diesel::insert_into(aa::table)
            .values((aa::address.eq(address), aa::article_id.eq(article.0)))
            .on_conflict(aa::address)
            .do_nothing()
    )?;
    if new > 0 {
        tx.leads(None, article);
    }
    Ok(())
}

/// The article that the public finds by this address.
pub async fn owner(conn: &mut Conn, address: &str) -> Result<Option<ArticleId>> {
    let id: Option<i64> = q!(conn, first, aa::table.find(address).select(aa::article_id)).optional()?;
    Ok(id.map(ArticleId))
}

/// Every address by which the public finds the article, in order.
pub async fn public(conn: &mut Conn, article: ArticleId) -> Result<Vec<String>> {
    Ok(q!(conn, load, aa::table.filter(aa::article_id.eq(article.0)).order(aa::address).select(aa::address))?)
}
