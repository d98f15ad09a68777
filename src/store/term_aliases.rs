//! Slugs and ids under which authors, topics and sections were public before they were renamed or merged.
//!
//! Those of a term that readers see stand in `term_aliases`. When it leaves the public side they wait, with its slug, in
//! `newsroom_term_addresses`, so that nothing of what was taken back stays in public; when it comes back they lead again.

use diesel::{ExpressionMethods, OptionalExtension, QueryDsl};

use super::dialect::one_of;
use super::schema::{newsroom_term_addresses as waiting, term_aliases as ta};
use super::terms::Noun;
use super::{Conn, Tx, q};
use crate::error::Result;

/// Lets the public find a term that it sees under an alias from now on.
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
    q!(tx.conn(), execute, diesel::delete(waiting::table.find((noun.word(), alias))))?;
    Ok(())
}

/// Lets all that led to one term lead to another, now or when it is public.
pub async fn lead_over(tx: &mut Tx, from: i64, into: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::update(ta::table.filter(ta::term_id.eq(from))).set(ta::term_id.eq(into)))?;
    let wait = waiting::table.filter(waiting::term_id.eq(from));
    q!(tx.conn(), execute, diesel::update(wait).set(waiting::term_id.eq(into)))?;
    Ok(())
}

/// Forgets all that led to a term.
pub async fn forget(tx: &mut Tx, term: i64) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(ta::table.filter(ta::term_id.eq(term))))?;
    q!(tx.conn(), execute, diesel::delete(waiting::table.filter(waiting::term_id.eq(term))))?;
    Ok(())
}

/// A term that was public under `slug`, where it was, has left the public side: what led to it waits.
pub async fn withdraw(tx: &mut Tx, noun: Noun, term: i64, slug: Option<&str>) -> Result<()> {
    let led = ta::table.filter(ta::term_id.eq(term)).select(ta::alias);
    let mut all: Vec<String> = q!(tx.conn(), load, led)?;
    if !all.is_empty() {
        q!(tx.conn(), execute, diesel::delete(ta::table.filter(ta::term_id.eq(term))))?;
    }
    all.extend(slug.map(str::to_owned));
    for alias in all {
        q!(
            tx.conn(),
            execute,
            diesel::insert_into(waiting::table)
                .values((waiting::noun.eq(noun.word()), waiting::alias.eq(&alias), waiting::term_id.eq(term)))
                .on_conflict((waiting::noun, waiting::alias))
                .do_update()
                .set(waiting::term_id.eq(term))
        )?;
    }
    Ok(())
}

/// A term is public under `slug` from now on: what led to it when it was public before leads to it again.
pub async fn restore(tx: &mut Tx, noun: Noun, term: i64, slug: &str) -> Result<()> {
    let wait = waiting::table.filter(waiting::term_id.eq(term));
    let all: Vec<String> = q!(tx.conn(), load, wait.select(waiting::alias))?;
    if all.is_empty() {
        return Ok(());
    }
    q!(tx.conn(), execute, diesel::delete(waiting::table.filter(waiting::term_id.eq(term))))?;
    for alias in all.iter().filter(|alias| *alias != slug) {
        add(tx, noun, alias, term).await?;
    }
    Ok(())
}

/// The author, topic or section that was public under this slug until the last article that named it went. The one thing that
/// readers have from the newsroom's side: an id that they are not shown, of what they knew by this slug, by which tombstones
/// are found that are public anyway.
pub async fn former(conn: &mut Conn, noun: Noun, slug: &str) -> Result<Option<i64>> {
    Ok(q!(conn, first, waiting::table.find((noun.word(), slug)).select(waiting::term_id)).optional()?)
}

/// Everything that leads to one of these terms beside the slug that it has in public, or led there when it was public last; each
/// with the term, in no order.
pub async fn leading(conn: &mut Conn, noun: Noun, terms: &[i64]) -> Result<Vec<(String, i64)>> {
    if terms.is_empty() {
        return Ok(Vec::new());
    }
    let mut all: Vec<(String, i64)> = q!(
        conn,
        load,
        ta::table.filter(one_of(ta::term_id, terms)).filter(ta::noun.eq(noun.word())).select((ta::alias, ta::term_id))
    )?;
    let waits: Vec<(String, i64)> = q!(
        conn,
        load,
        waiting::table
            .filter(one_of(waiting::term_id, terms))
            .filter(waiting::noun.eq(noun.word()))
            .select((waiting::alias, waiting::term_id))
    )?;
    all.extend(waits);
    Ok(all)
}

/// The term that was public under this slug or id.
pub async fn owner(conn: &mut Conn, noun: Noun, alias: &str) -> Result<Option<i64>> {
    Ok(q!(conn, first, ta::table.find((noun.word(), alias)).select(ta::term_id)).optional()?)
}
