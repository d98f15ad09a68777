//! Previews that were given out.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::newsroom_previews as p;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::{AccountId, ArticleId, PreviewId};
use crate::model::newsroom::Preview;
use crate::model::time::Instant;

type Row = (i64, i64, Option<i32>, String, Option<i64>, i64, i64, Option<i64>);

fn preview((id, article, revision, _, by, made_at, expires_at, revoked_at): Row) -> Preview {
    Preview {
        id: PreviewId(id),
        article: ArticleId(article),
        revision,
        by: by.map(AccountId),
        made_at: Instant::from_millis(made_at),
        expires_at: Instant::from_millis(expires_at),
        revoked_at: revoked_at.map(Instant::from_millis),
    }
}

/// Writes a preview; `secret` is a hash of what proves its token.
pub async fn insert(tx: &mut Tx, preview: &Preview, secret: &str) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(p::table).values((
            p::id.eq(preview.id.0),
            p::article_id.eq(preview.article.0),
            p::revision.eq(preview.revision),
            p::secret.eq(secret),
            p::account_id.eq(preview.by.map(|a| a.0)),
            p::made_at.eq(preview.made_at.millis()),
            p::expires_at.eq(preview.expires_at.millis()),
            p::revoked_at.eq(None::<i64>),
        ))
    )?;
    Ok(())
}

/// The preview with this id, with the hash of what proves its token.
pub async fn by_id(conn: &mut Conn, id: PreviewId) -> Result<Option<(Preview, String)>> {
    let row: Option<Row> = q!(conn, first, p::table.find(id.0)).optional()?;
    Ok(row.map(|row| {
        let secret = row.3.clone();
        (preview(row), secret)
    }))
}

/// The previews of an article that are neither revoked nor over, the newest first.
pub async fn list(conn: &mut Conn, article: ArticleId, now: Instant) -> Result<Vec<Preview>> {
    let wanted = p::table
        .filter(p::article_id.eq(article.0))
        .filter(p::expires_at.gt(now.millis()))
        .filter(p::revoked_at.is_null())
        .order(p::id.desc());
    let rows: Vec<Row> = q!(conn, load, wanted)?;
    Ok(rows.into_iter().map(preview).collect())
}

/// Revokes a preview of this article; says whether there was one to revoke.
pub async fn revoke(tx: &mut Tx, article: ArticleId, id: PreviewId) -> Result<bool> {
    let now = tx.now().millis();
    let wanted = p::table.filter(p::id.eq(id.0)).filter(p::article_id.eq(article.0)).filter(p::revoked_at.is_null());
    Ok(q!(tx.conn(), execute, diesel::update(wanted).set(p::revoked_at.eq(now)))? > 0)
}

/// Forgets all previews of an article.
pub async fn forget_all(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(p::table.filter(p::article_id.eq(article.0))))?;
    Ok(())
}

/// Forgets previews that were over before `before`.
pub async fn prune(tx: &mut Tx, before: Instant) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(p::table.filter(p::expires_at.lt(before.millis()))))?;
    Ok(())
}
