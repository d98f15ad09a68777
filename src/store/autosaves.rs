//! What somebody is typing: one row for an article and an account.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::newsroom_autosaves as a;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::{AccountId, ArticleId};
use crate::model::newsroom::Autosave;
use crate::model::time::Instant;

/// Keeps it in the place of the one before.
pub async fn put(tx: &mut Tx, article: ArticleId, by: AccountId, autosave: &Autosave) -> Result<()> {
    forget(tx, article, by).await?;
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(a::table).values((
            a::article_id.eq(article.0),
            a::account_id.eq(by.0),
            a::edit.eq(autosave.version),
            a::form.eq(autosave.form.as_str()),
            a::saved_at.eq(autosave.saved_at.millis()),
        ))
    )?;
    Ok(())
}

/// What this account was typing.
pub async fn get(conn: &mut Conn, article: ArticleId, by: AccountId) -> Result<Option<Autosave>> {
    let columns = (a::edit, a::form, a::saved_at);
    let row: Option<(i32, String, i64)> =
        q!(conn, first, a::table.find((article.0, by.0)).select(columns)).optional()?;
    Ok(row.map(|(version, form, at)| Autosave { version, form, saved_at: Instant::from_millis(at) }))
}

/// Forgets what this account was typing; says whether there was anything.
pub async fn forget(tx: &mut Tx, article: ArticleId, by: AccountId) -> Result<bool> {
    Ok(q!(tx.conn(), execute, diesel::delete(a::table.find((article.0, by.0))))? > 0)
}

/// Forgets what anybody was typing.
pub async fn forget_all(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(a::table.filter(a::article_id.eq(article.0))))?;
    Ok(())
}
