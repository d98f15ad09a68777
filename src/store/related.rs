//! Related news as it is kept, and the links that editors set.

use std::collections::HashMap;

use diesel::{ExpressionMethods, JoinOnDsl, NullableExpressionMethods, QueryDsl};

use super::articles::StoredBody;
use super::derived::Derived;
use super::dialect::one_of;
use super::schema::{article_bodies, article_links, articles, related, tombstones};
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::ArticleId;
use crate::model::related::{Kept, List};

/// The lists that are kept of these articles, in no order.
pub async fn lists(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<(ArticleId, Kept)>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, String)> = q!(
        conn,
        load,
        related::table.filter(one_of(related::article_id, &numbers)).select((related::article_id, related::list))
    )?;
    Ok(rows.into_iter().map(|(id, list)| (ArticleId(id), Kept::of_json(list))).collect())
}

/// The bodies of these articles with the lists that are kept of them, in no order.
pub async fn lists_with_bodies(
    conn: &mut Conn,
    ids: &[ArticleId],
) -> Result<Vec<(ArticleId, StoredBody, Option<Kept>)>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, String, String, Option<String>)> = q!(
        conn,
        load,
        article_bodies::table
            .left_join(related::table.on(related::article_id.eq(article_bodies::article_id)))
            .filter(one_of(article_bodies::article_id, &numbers))
            .select((article_bodies::article_id, article_bodies::body, article_bodies::html, related::list.nullable()))
    )?;
    let read = |(id, json, html, list): (i64, String, String, Option<String>)| {
        (ArticleId(id), StoredBody { json, html }, list.map(Kept::of_json))
    };
    Ok(rows.into_iter().map(read).collect())
}

/// Keeps lists, each in place of the one before. Gives those whose list is another one than before: they alone are
/// written and get a number of what is derived, so that whatever shows the others stands.
pub async fn put(tx: &mut Tx, lists: &[(ArticleId, List)]) -> Result<Vec<ArticleId>> {
    let numbers: Vec<i64> = lists.iter().map(|(id, _)| id.0).collect();
    let kept: Vec<(i64, String)> = q!(
        tx.conn(),
        load,
        related::table.filter(one_of(related::article_id, &numbers)).select((related::article_id, related::list))
    )?;
    let kept: HashMap<i64, String> = kept.into_iter().collect();
    let mut changed = Vec::new();
    for (id, list) in lists {
        let json = list.to_json()?;
        if kept.get(&id.0) == Some(&json) {
            continue;
        }
        q!(
            tx.conn(),
            execute,
            diesel::insert_into(related::table)
                .values((related::article_id.eq(id.0), related::list.eq(json.as_str())))
                .on_conflict(related::article_id)
                .do_update()
                .set(related::list.eq(json.as_str()))
        )?;
        tx.derived(Derived::Related(*id));
        changed.push(*id);
    }
    Ok(changed)
}

/// Keeps a list where there is none yet. Says whether there was none; only then it gets a number of what is derived.
pub async fn offer(tx: &mut Tx, id: ArticleId, list: &List) -> Result<bool> {
    let json = list.to_json()?;
    let rows = q!(
        tx.conn(),
        execute,
        diesel::insert_into(related::table)
            .values((related::article_id.eq(id.0), related::list.eq(json.as_str())))
            .on_conflict_do_nothing()
    )?;
    if rows > 0 {
        tx.derived(Derived::Related(id));
    }
    Ok(rows > 0)
}

/// Forgets the lists of those of these articles that are not published any more. It needs no number of what is derived:
/// whatever showed such a list was ended by the change of the log that took the article away.
pub async fn forget_gone(tx: &mut Tx, ids: &[ArticleId]) -> Result<()> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let there = articles::table.select(articles::id).filter(articles::id.eq(related::article_id));
    q!(
        tx.conn(),
        execute,
        diesel::delete(
            related::table
                .filter(one_of(related::article_id, &numbers))
                .filter(diesel::dsl::not(diesel::dsl::exists(there)))
        )
    )?;
    Ok(())
}

/// The published articles that editors put beside an article, in their order.
pub async fn links(conn: &mut Conn, id: ArticleId) -> Result<Vec<ArticleId>> {
    let ids: Vec<i64> = q!(
        conn,
        load,
        article_links::table
            .inner_join(articles::table.on(articles::uri.eq(article_links::uri)))
            .filter(article_links::article_id.eq(id.0))
            .order(article_links::place)
            .select(articles::id)
    )?;
    Ok(ids.into_iter().map(ArticleId).collect())
}

/// The articles beside which editors put one of these, which are or were published.
pub async fn linking(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<ArticleId>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let here: Vec<i64> = q!(
        conn,
        load,
        article_links::table
            .inner_join(articles::table.on(articles::uri.eq(article_links::uri)))
            .filter(one_of(articles::id, &numbers))
            .select(article_links::article_id)
    )?;
    let gone: Vec<i64> = q!(
        conn,
        load,
        article_links::table
            .inner_join(tombstones::table.on(tombstones::uri.eq(article_links::uri)))
            .filter(one_of(tombstones::article_id, &numbers))
            .select(article_links::article_id)
    )?;
    Ok(here.into_iter().chain(gone).map(ArticleId).collect())
}

/// Sets the links of an article that is being published.
pub(super) async fn link(tx: &mut Tx, id: ArticleId, uris: &[String]) -> Result<()> {
    for (place, uri) in (1_i32..).zip(uris) {
        q!(
            tx.conn(),
            execute,
            diesel::insert_into(article_links::table).values((
                article_links::article_id.eq(id.0),
                article_links::place.eq(place),
                article_links::uri.eq(uri.as_str()),
            ))
        )?;
    }
    Ok(())
}
