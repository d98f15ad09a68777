//! Slugs and ids under which authors, topics and sections were public before they were renamed or merged.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::schema::term_aliases as ta;
use super::terms::Noun;
use super::{Conn, Tx, q};
use crate::error::Result;

/// Lets the public find a term under an alias from now on.
pub async fn add(tx: &mut Tx, noun: Noun, alias: &str, term: i64) -> Result<()> {
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(ta::table)
            .values((ta::noun.eq(noun.word()), ta::alias.eq(alias), ta::term_id.eq(term)))
            .on_conflict((ta::noun, ta::alias))
            .do_update()
            .set(ta::term_id.eq(term))
    )?;
    Ok(())
}

/// Takes an alias away: it is a slug again.
pub async fn remove(tx: &mut Tx, noun: Noun, alias: &str) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(ta::table.find((noun.word(), alias))))?;
    Ok(())
}

/// Lets all that led to one term lead to another.
pub async fn lead_over(tx: &mut Tx, from: i64, into: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::update(ta::table.filter(ta::term_id.eq(from))).set(ta::term_id.eq(into)))?;
    Ok(())
}

/// Forgets all that led to a term.
pub async fn forget(tx: &mut Tx, term: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(ta::table.filter(ta::term_id.eq(term))))?;
    Ok(())
}

/// The term that was public under this slug or id.
pub async fn owner(conn: &mut Conn, noun: Noun, alias: &str) -> Result<Option<i64>> {
    Ok(q!(conn, first, ta::table.find((noun.word(), alias)).select(ta::term_id)).optional()?)
}
