//! Notes to the desk.

use diesel::{ExpressionMethods, QueryDsl};

use super::schema::newsroom_notes as n;
use super::{Conn, Tx, q};
use crate::error::Result;
use crate::model::id::{AccountId, ArticleId, NoteId};
use crate::model::newsroom::Note;
use crate::model::time::Instant;

type Row = (i64, Option<i64>, String, i64);

fn note((id, by, text, at): Row) -> Note {
    Note { id: NoteId(id), by: by.map(AccountId), text, at: Instant::from_millis(at) }
}

/// Adds a note, and gives it.
pub async fn add(tx: &mut Tx, article: ArticleId, by: Option<AccountId>, text: &str) -> Result<Note> {
    let note = Note { id: NoteId(tx.next_id()), by, text: text.to_owned(), at: tx.now() };
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(n::table).values((
            n::id.eq(note.id.0),
            n::article_id.eq(article.0),
            n::account_id.eq(by.map(|a| a.0)),
            n::text.eq(text),
            n::made_at.eq(note.at.millis()),
        ))
    )?;
    Ok(note)
}

/// The notes of an article before `before`, the newest first, at most `limit`.
pub async fn list(conn: &mut Conn, article: ArticleId, before: Option<NoteId>, limit: i64) -> Result<Vec<Note>> {
    let before = before.map_or(i64::MAX, |id| id.0);
    let wanted = n::table.filter(n::article_id.eq(article.0)).filter(n::id.lt(before));
    let columns = (n::id, n::account_id, n::text, n::made_at);
    let rows: Vec<Row> = q!(conn, load, wanted.order(n::id.desc()).limit(limit).select(columns))?;
    Ok(rows.into_iter().map(note).collect())
}

/// The note with this id, if it is of this article.
pub async fn by_id(conn: &mut Conn, article: ArticleId, id: NoteId) -> Result<Option<Note>> {
    Ok(list(conn, article, Some(NoteId(id.0.saturating_add(1))), 1).await?.into_iter().find(|note| note.id == id))
}

/// Forgets all notes of an article.
pub async fn forget_all(tx: &mut Tx, article: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(n::table.filter(n::article_id.eq(article.0))))?;
    Ok(())
}
