//! Merge: two terms that are one thing become one.

use super::{Look, Noun, Term, above, height, id_text, is_public, named, open, publish, remove_copy, showing, subject};
use super::{conflict, rename_in_rules, touch, touching, written};
use crate::error::{Code, Error, Result};
use crate::model::change::{Deed, Touches};
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::policy::{self, Action};
use crate::model::section::DEPTH_MOST;
use crate::model::viewer::Viewer;
use crate::newsroom::access::Expected;
use crate::newsroom::terms::{self as knowing, Terms};
use crate::store::{Db, Tx, Written, articles, authors, sections, term_aliases, terms, topics};

/// Merges a term, of the version that is expected, into the one that `into` names by id or slug, which keeps its name and takes
/// over articles, aliases, codes and what lies below. Gives the one that is left.
///
/// # Errors
/// `NOT_FOUND`, `PRECONDITION_FAILED`, `INVALID_INPUT` when `into` is not there, `CONFLICT` when it lies below, the tree would
/// be too deep or a collection's rule could not say any more what it takes, and what [`policy::may`] says.
pub async fn merge(
    db: &Db,
    viewer: &Viewer,
    noun: Noun,
    id: i64,
    expected: Expected,
    into: &str,
) -> Result<Written<Look>> {
    policy::may(viewer, Action::EditTaxonomy)?;
    let into = into.to_owned();
    db.write(move |tx| {
        let into = into.clone();
        Box::pin(async move {
            let missing = || {
                let says = format!("The newsroom knows no {} {into:?} to merge into.", noun.word());
                Error::new(Code::InvalidInput, says).at("into")
            };
            terms::keep_alone(tx).await?;
            let target = named(tx.conn(), noun, &into).await?.ok_or_else(missing)?;
            if target.id == id {
                return Err(Error::new(Code::InvalidInput, "A term is not merged into itself.").at("into"));
            }
            // Two who merge crosswise lock in one order.
            if target.id < id {
                terms::lock(tx, noun, target.id).await?;
            }
            let from = open(tx, noun, id, expected).await?;
            let target = terms::lock(tx, noun, target.id).await?.filter(|term| term.merged_into.is_none());
            let target = target.ok_or_else(missing)?;
            fold(tx, noun, &from, &target).await?;
            let left = terms::of_noun(tx.conn(), noun, target.id).await?.ok_or_else(missing)?;
            written(tx, noun, left).await
        })
    })
    .await
}

async fn fold(tx: &mut Tx, noun: Noun, from: &Term, into: &Term) -> Result<()> {
    let (old_chain, new_chain) = (above(tx, from).await?, above(tx, into).await?);
    if new_chain.contains(&from.id) {
        let says = format!("{} lies below {}; move it out first, or merge the other way round.", into.slug, from.slug);
        return Err(conflict("into", says));
    }
    if new_chain.len() + height(tx, from.id).await? - 1 > DEPTH_MOST {
        return Err(conflict("into", format!("The tree would be deeper than {DEPTH_MOST} levels.")));
    }
    let was_public = is_public(tx.conn(), noun, from.id).await?;
    let below = terms::children(tx.conn(), from.id).await?;
    let ids = showing(tx, noun, from.id).await?;
    let mut known = Terms::default();
    // What is known of the one counts for the other, where that said nothing.
    let about = knowing::joined(noun, &into.about, &from.about)?;
    terms::lead_over(tx, from.id, into.id).await?;
    // Its slug becomes a name of the other one, which may take it as its own one day.
    let gone =
        Term { slug: id_text(noun, from.id), merged_into: Some(into.id), parent: None, listed: false, ..from.clone() };
    terms::update(tx, &gone).await?;
    terms::add_alias(tx, noun, &from.slug, into.id).await?;
    let better = Term { about, provisional: false, listed: into.listed || from.listed, ..into.clone() };
    known.rewrite(tx, noun, &better).await?;
    if !ids.is_empty() || better.listed || was_public {
        publish(tx, &mut known, noun, into.id).await?;
    }
    match noun {
        Noun::Author => articles::replace_author(tx, &ids, AuthorId(from.id), AuthorId(into.id)).await?,
        Noun::Topic => articles::replace_topic(tx, &ids, TopicId(from.id), TopicId(into.id)).await?,
        Noun::Section => {
            articles::replace_section(tx, SectionId(from.id), SectionId(into.id)).await?;
            let section = |ids: &[i64], without: &[i64]| -> Vec<SectionId> {
                ids.iter().filter(|id| !without.contains(id)).copied().map(SectionId).collect()
            };
            // The old section's own links go last: they say which articles are meant.
            let others = section(&old_chain, &[new_chain.as_slice(), &[from.id]].concat());
            articles::relink_section(tx, SectionId(from.id), &others, &section(&new_chain, &old_chain)).await?;
            articles::relink_section(tx, SectionId(from.id), &[SectionId(from.id)], &[]).await?;
        }
    }
    // The copies of what lies below say what is above them now.
    for child in below {
        let child = Term { parent: Some(into.id), ..child };
        let refreshed = match noun {
            Noun::Author => authors::refresh(tx, &child).await?,
            Noun::Topic => topics::refresh(tx, &child).await?,
            Noun::Section => sections::refresh(tx, &child).await?,
        };
        if refreshed {
            tx.note(subject(noun, child.id), Deed::Updated, 0, Touches::default());
        }
    }
    if was_public {
        remove_copy(tx, noun, from.id).await?;
        tx.note(subject(noun, from.id), Deed::Removed, 0, touching(noun, &[into.id]));
        term_aliases::add(tx, noun, &from.slug, into.id).await?;
        term_aliases::add(tx, noun, &id_text(noun, from.id), into.id).await?;
    }
    term_aliases::lead_over(tx, from.id, into.id).await?;
    articles::merge_in_tombstones(tx, from.id, into.id).await?;
    if is_public(tx.conn(), noun, into.id).await? {
        term_aliases::restore(tx, noun, into.id, &into.slug).await?;
    } else {
        term_aliases::withdraw(tx, noun, into.id, None).await?;
    }
    rename_in_rules(tx, noun, &from.slug, &better).await?;
    let mut touches = touching(noun, &old_chain);
    touches.join(touching(noun, &new_chain));
    touch(tx, &ids, &touches).await?;
    if let Some(parent) = from.parent {
        Terms::default().retire(tx, &touching(noun, &[parent])).await?;
    }
    Ok(())
}
