//! Makes the list of related news of an article: what the index finds alike, what editors linked, and why.
//!
//! The work of one list: the article's profile, its nearest neighbours, the same with what these are about, and a
//! choice among what is found ([`model::related::pick`](crate::model::related::pick)).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Reader, indexing};
use crate::config::RelatedSettings;
use crate::error::Result;
use crate::model::change::Tag;
use crate::model::id::{ArticleId, TopicId};
use crate::model::related::{Candidate, Entry, Limits, List, Reason, Texts, pick};
use crate::model::topic::TopicKind;
use crate::search::{Alike, Article, Frequencies, Index, Profile, Runs, blocking};
use crate::store::related;

/// Grows whenever the same index and settings give other lists than before: what is kept by earlier rules is made anew.
pub const RULES: u32 = 1;
/// How many reasons are shown.
const REASONS: usize = 3;
/// From which part on alike words are a reason of their own. With less, any two stories in one language are alike.
const WORDS_LEAST: f64 = 0.1;
/// How many articles are remembered: some kilobytes each.
const KNOWN_MOST: usize = 5_000;
/// How many more candidates are looked at than are kept, since some fall to the limits.
const CANDIDATES: usize = 4;

/// Makes lists by one state of the index. What it learns of an article it remembers for the lists of others.
pub struct Relating {
    index: Index,
    settings: RelatedSettings,
    known: Mutex<HashMap<ArticleId, Arc<Known>>>,
    frequencies: Arc<Mutex<Frequencies>>,
}

/// What is known of an article whose list is made, or that is near to one.
struct Known {
    profile: Profile,
    runs: Runs,
    topics: Vec<(TopicId, TopicKind)>,
}

impl Relating {
    /// For a while: how rare words are is taken from the index as it is when an article is first looked at.
    pub fn new(index: Index, settings: &RelatedSettings) -> Relating {
        Relating { index, settings: settings.clone(), known: Mutex::default(), frequencies: Arc::default() }
    }

    /// Looks at several articles at once, which is less work than one by one.
    ///
    /// # Errors
    /// What the store and the index say.
    pub async fn prepare(&self, reader: &Reader, ids: &[ArticleId]) -> Result<()> {
        self.known(reader, ids).await.map(drop)
    }

    /// The list of an article; `None` when it is not published.
    ///
    /// # Errors
    /// What the store and the index say.
    pub async fn list(&self, reader: &Reader, id: ArticleId) -> Result<Option<List>> {
        let Some(own) = self.known(reader, &[id]).await?.pop() else { return Ok(None) };
        let mut conn = reader.conn([Tag::Articles]).await?;
        let links = related::links(conn.get()?, id).await?;
        drop(conn);
        let links: Vec<ArticleId> = links.into_iter().filter(|link| *link != id).collect();
        let (found, picked) = self.found(reader, &own, links).await?;
        Ok(Some(self.choose(&own, found, &picked)))
    }

    /// What may come into the list: first what editors linked, then what is alike.
    async fn found(
        &self,
        reader: &Reader,
        own: &Arc<Known>,
        links: Vec<ArticleId>,
    ) -> Result<(Vec<Alike>, Vec<ArticleId>)> {
        let RelatedSettings { neighbours, expansion, kept, .. } = self.settings;
        let size = CANDIDATES * kept;
        let two_looks = neighbours > 0 && expansion > 0.0;
        let first = self.alike(own.profile.clone(), if two_looks { neighbours } else { size }).await?;
        let mut found = first;
        if two_looks {
            let ids: Vec<ArticleId> = found.iter().map(|one| one.id).collect();
            let near = self.known(reader, &ids).await?;
            let scored: Vec<(f64, &Profile)> = near
                .iter()
                .filter_map(|known| {
                    let score = found.iter().find(|one| one.id == known.profile.id)?.score;
                    Some((score, &known.profile))
                })
                .collect();
            found = self.alike(own.profile.expanded(&scored, expansion), size).await?;
        }
        let mut all = Vec::new();
        if !links.is_empty() {
            let (index, ids) = (self.index.clone(), links.clone());
            let mut looked = blocking(move || index.look(&ids)).await?;
            looked.sort_by_key(|one| links.iter().position(|link| *link == one.id));
            let best = found.first().map_or(0.0, |one| one.score);
            for one in looked {
                let alike = found.iter().find(|other| other.id == one.id).cloned().unwrap_or(one);
                all.push(Alike { score: alike.score.max(best), ..alike });
            }
        }
        all.extend(found.into_iter().filter(|one| !links.contains(&one.id)));
        Ok((all, links))
    }

    async fn alike(&self, profile: Profile, size: usize) -> Result<Vec<Alike>> {
        let (index, settings) = (self.index.clone(), self.settings.clone());
        blocking(move || index.alike(&profile, &settings, size)).await
    }

    fn choose(&self, own: &Known, found: Vec<Alike>, picked: &[ArticleId]) -> List {
        let settings = &self.settings;
        let is_copy =
            |one: &Alike| !picked.contains(&one.id) && own.runs.containment(&one.runs) >= settings.near_duplicate;
        let (copies, found): (Vec<Alike>, Vec<Alike>) = found.into_iter().partition(is_copy);
        // Of what is left without a reason nothing true could be said; the latest news has its place.
        let (found, why): (Vec<Alike>, Vec<Vec<Reason>>) = found
            .into_iter()
            .map(|one| {
                let why = reasons(own, &one, picked.contains(&one.id));
                (one, why)
            })
            .filter(|(_, why)| !why.is_empty())
            .unzip();
        let candidates: Vec<Candidate> = found
            .iter()
            .map(|one| Candidate {
                article: one.id,
                authors: one.authors.clone(),
                events: one
                    .events
                    .iter()
                    .copied()
                    .filter(|event| !own.topics.iter().any(|(topic, _)| topic == event))
                    .collect(),
                picked: picked.contains(&one.id),
            })
            .collect();
        let limits = Limits {
            kept: settings.kept,
            per_author: settings.per_author,
            per_story: settings.per_story,
            near_duplicate: settings.near_duplicate,
        };
        let chosen = pick(&candidates, &Found(&found), &limits);
        let entry = |at: usize| Entry { article: found[at].id, score: found[at].score, reasons: why[at].clone() };
        List {
            entries: chosen.into_iter().map(entry).collect(),
            duplicates: copies.into_iter().map(|one| one.id).collect(),
        }
    }

    /// What is known of these articles, in their order; one that is gone is left out.
    async fn known(&self, reader: &Reader, ids: &[ArticleId]) -> Result<Vec<Arc<Known>>> {
        let missing: Vec<ArticleId> = {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            ids.iter().copied().filter(|id| !known.contains_key(id)).collect()
        };
        if !missing.is_empty() {
            let articles = indexing::documents(reader, &missing).await?;
            let (index, settings) = (self.index.clone(), self.settings.clone());
            let frequencies = self.frequencies.clone();
            let made = blocking(move || {
                let mut frequencies = frequencies.lock().unwrap_or_else(PoisonError::into_inner);
                let known = |article| Known::of(article, &index, &settings, &mut frequencies);
                articles.iter().map(known).collect::<Result<Vec<_>>>()
            });
            let made = made.await?;
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() > KNOWN_MOST {
                known.retain(|id, _| ids.contains(id));
            }
            known.extend(made.into_iter().map(|one| (one.profile.id, Arc::new(one))));
        }
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(ids.iter().filter_map(|id| known.get(id).cloned()).collect())
    }
}

impl Known {
    fn of(
        article: &Article,
        index: &Index,
        settings: &RelatedSettings,
        frequencies: &mut Frequencies,
    ) -> Result<Known> {
        Ok(Known {
            profile: index.profile(article, settings, frequencies)?,
            runs: Runs::of(&article.body),
            topics: article.topics.iter().map(|(id, kind, _)| (*id, *kind)).collect(),
        })
    }
}

struct Found<'f>(&'f [Alike]);

impl Texts for Found<'_> {
    fn containment(&self, one: usize, other: usize) -> f64 {
        self.0[one].runs.containment(&self.0[other].runs)
    }
}

/// Why the one belongs beside the other: what editors say, then shared topics, the rarest first, then the words. None
/// where there is no good reason.
fn reasons(own: &Known, other: &Alike, picked: bool) -> Vec<Reason> {
    let mut shared: Vec<(f64, TopicId, TopicKind)> = own
        .topics
        .iter()
        .filter(|(id, _)| other.topics.contains(id))
        .map(|(id, kind)| (own.profile.weight(*id), *id, *kind))
        .collect();
    shared.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let topics = shared.into_iter().map(|(_, id, kind)| match kind {
        TopicKind::Place => Reason::Place(id),
        _ => Reason::Topic(id),
    });
    let mut all: Vec<Reason> = picked.then_some(Reason::EditorsPick).into_iter().chain(topics).collect();
    all.truncate(REASONS);
    if other.words >= WORDS_LEAST && all.len() < REASONS {
        all.push(Reason::Words);
    }
    all
}
