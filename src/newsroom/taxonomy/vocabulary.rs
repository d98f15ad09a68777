//! A controlled vocabulary, such as the IPTC Media Topics, as a tree of topics with codes.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::{Noun, Term, claim_codes, publish, save, unused};
use crate::error::{Error, Result};
use crate::formats::skos::{Concept, Vocabulary};
use crate::model::policy::{self, Action};
use crate::model::slug;
use crate::model::topic::{ExternalId, TopicAbout, TopicKind};
use crate::model::viewer::Viewer;
use crate::newsroom::terms::{self as knowing, Terms};
use crate::store::{Db, Tx, Written, terms};

/// How a vocabulary is taken over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Options {
    /// The topics are public without an article that is about them.
    pub listed: bool,
    /// Also what is retired.
    pub retired: bool,
    /// Try everything and keep nothing.
    pub dry_run: bool,
}

/// What came of it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Report {
    /// Topics that were made.
    pub created: usize,
    /// Topics that were there and learnt something: a code, a description, what is above them.
    pub updated: usize,
    /// Topics that were there as they are.
    pub unchanged: usize,
    /// Concepts that are retired and were passed over.
    pub retired: usize,
}

/// Takes a vocabulary over, in one transaction. A topic that has the code already, or has the concept's name and no code of this
/// vocabulary, is the concept's: it keeps its name, slug and place, and learns what it did not know. So a second import changes
/// nothing, and what editors renamed or merged stays so.
///
/// # Errors
/// What [`policy::may`] says.
pub async fn import(db: &Db, viewer: &Viewer, vocabulary: Vocabulary, options: Options) -> Result<Written<Report>> {
    policy::may(viewer, Action::EditTaxonomy)?;
    db.write(move |tx| {
        let vocabulary = vocabulary.clone();
        Box::pin(async move {
            terms::keep_alone(tx).await?;
            let part = tx.savepoint().await?;
            let result = take_over(tx, &vocabulary, options).await;
            let Some(report) = result.as_ref().ok().copied().filter(|_| options.dry_run) else {
                return tx.settle(part, result).await?;
            };
            // Undone as if it had failed.
            let undone: Result<()> = tx.settle(part, Err(Error::internal("a trial"))).await?;
            debug_assert!(undone.is_err());
            Ok(report)
        })
    })
    .await
}

async fn take_over(tx: &mut Tx, vocabulary: &Vocabulary, options: Options) -> Result<Report> {
    let mut report = Report::default();
    let by_code: BTreeMap<&str, &Concept> =
        vocabulary.concepts.iter().map(|concept| (concept.code.as_str(), concept)).collect();
    let mut made: HashMap<&str, i64> = HashMap::new();
    let mut known = Terms::default();
    for concept in &vocabulary.concepts {
        if concept.retired && !options.retired {
            report.retired += 1;
            continue;
        }
        // Those above it go first; a file that turns in a circle ends where it comes back to itself.
        let mut chain = vec![concept];
        let mut seen = HashSet::from([concept.code.as_str()]);
        while let Some(above) = chain.last().and_then(|last| last.broader.as_deref()).and_then(|code| by_code.get(code))
        {
            if !seen.insert(above.code.as_str()) {
                break;
            }
            chain.push(above);
        }
        let mut parent = None;
        for one in chain.into_iter().rev() {
            if one.retired && !options.retired {
                continue;
            }
            let id = match made.get(one.code.as_str()) {
                Some(id) => *id,
                None => take(tx, &mut known, &vocabulary.scheme, one, parent, options, &mut report).await?,
            };
            made.insert(&one.code, id);
            parent = Some(id);
        }
    }
    Ok(report)
}

async fn take(
    tx: &mut Tx,
    known: &mut Terms,
    scheme: &str,
    concept: &Concept,
    parent: Option<i64>,
    options: Options,
    report: &mut Report,
) -> Result<i64> {
    let code = ExternalId { scheme: scheme.to_owned(), code: concept.code.clone() };
    let mut external_ids = vec![code.clone()];
    // Two concepts may be one thing elsewhere; the first keeps that code.
    for id in &concept.same_as {
        if terms::by_alias(tx.conn(), Noun::Topic, &format!("{}:{}", id.scheme, id.code)).await?.is_none() {
            external_ids.push(id.clone());
        }
    }
    let about = TopicAbout { description: concept.definition.clone(), external_ids };
    let about = serde_json::to_string(&about).map_err(Error::internal)?;
    let wanted = slug::slugify(&concept.name, &format!("{scheme}-{}", concept.code));
    let mut found = terms::by_alias(tx.conn(), Noun::Topic, &format!("{scheme}:{}", concept.code)).await?;
    if found.is_none() {
        let fits = |term: &Term| {
            let about: TopicAbout = serde_json::from_str(&term.about).unwrap_or_default();
            [TopicKind::Subject.as_str(), TopicKind::Entity.as_str()].contains(&term.kind.as_str())
                && !about.external_ids.iter().any(|id| id.scheme == scheme)
        };
        found = terms::find(tx.conn(), Noun::Topic, &wanted).await?.filter(fits);
    }
    let Some(was) = found else {
        let term = Term {
            id: tx.next_id(),
            slug: unused(tx, Noun::Topic, &wanted).await?,
            name: concept.name.clone(),
            kind: TopicKind::Subject.as_str().to_owned(),
            parent,
            about,
            listed: options.listed,
            provisional: false,
            edit: 1,
            merged_into: None,
        };
        terms::insert(tx, Noun::Topic, &term).await?;
        claim_codes(tx, Noun::Topic, &term, &[]).await?;
        if term.listed {
            publish(tx, known, Noun::Topic, term.id).await?;
        }
        report.created += 1;
        return Ok(term.id);
    };
    let mut term = was.clone();
    term.about = knowing::joined(Noun::Topic, &was.about, &about)?;
    term.kind = TopicKind::Subject.as_str().to_owned();
    term.listed |= options.listed;
    term.provisional = false;
    if term.parent.is_none()
        && let Some(parent) = parent
        && let Some(above) = terms::by_id(tx.conn(), parent).await?
        && !super::above(tx, &above).await?.contains(&term.id)
    {
        term.parent = Some(parent);
    }
    if term == was {
        report.unchanged += 1;
    } else {
        save(tx, Noun::Topic, &was, &term).await?;
        known.forget();
        report.updated += 1;
    }
    Ok(term.id)
}
