//! What an article is about, as weights: the words that tell it from others, and its topics.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rustc_hash::FxHashMap;
use tantivy::Term;

use super::analysis;
use super::document::Article;
use super::index::{Index, Seen};
use crate::config::RelatedSettings;
use crate::error::{Error, Result};
use crate::model::id::{ArticleId, SectionId, TopicId};
use crate::model::time::Instant;
use crate::model::topic::TopicKind;

/// How many words of an article are looked for, and how many with those of its neighbours.
const TERMS: usize = 40;
const TERMS_EXPANDED: usize = 60;

/// What an article is about. Words and topics are two vectors of length one.
#[derive(Debug, Clone)]
pub struct Profile {
    /// The article.
    pub id: ArticleId,
    /// BCP 47.
    pub language: String,
    /// When it was published.
    pub published_at: Instant,
    /// Its section.
    pub section: Option<SectionId>,
    /// Its subjects: topics of that kind.
    pub subjects: BTreeSet<TopicId>,
    /// Stems with their weights.
    pub(super) terms: BTreeMap<String, f64>,
    /// Topics with their weights.
    pub(super) topics: BTreeMap<TopicId, f64>,
    /// What the article itself scores by its words and by its topics: 1 in the scores of others.
    pub(super) own: (f64, f64),
}

/// In how many articles words and topics stand, as far as they were asked for.
#[derive(Debug, Default)]
pub struct Frequencies(FxHashMap<Term, u64>);

/// How much more often a word in a text makes it weigh: less and less, as in BM25 with k1 = 1.2.
pub(super) fn saturated(times: u32) -> f64 {
    let times = f64::from(times);
    2.2 * times / (times + 1.2)
}

/// How rare something is that stands in `df` of `all` articles.
pub(super) fn rarity(all: u64, df: u64) -> f64 {
    (1.0 + all as f64 / df.max(1) as f64).ln()
}

/// The stems of an article's text with how often each stands there, as the index counts them, and how many words there
/// are.
fn terms(article: &Article) -> (HashMap<String, u32>, u32) {
    let stemmer = analysis::stemmer(&article.language);
    let mut counts: HashMap<String, u32> = HashMap::new();
    let mut length = 0;
    for (part, times) in article.parts() {
        for word in analysis::words(part) {
            let times = u32::try_from(times).unwrap_or(1);
            length += times;
            if let Some(form) = word.forms(stemmer).into_iter().next() {
                *counts.entry(form).or_default() += times;
            }
        }
    }
    (counts, length)
}

fn unit<K: Ord>(weights: &mut BTreeMap<K, f64>) {
    let length = weights.values().map(|w| w * w).sum::<f64>().sqrt();
    if length > 0.0 {
        weights.values_mut().for_each(|w| *w /= length);
    }
}

fn heaviest<K: Ord + Clone>(weights: BTreeMap<K, f64>, most: usize) -> BTreeMap<K, f64> {
    if weights.len() <= most {
        return weights;
    }
    let mut all: Vec<(K, f64)> = weights.into_iter().collect();
    all.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    all.truncate(most);
    all.into_iter().collect()
}

impl Index {
    /// What an article is about, by what this index knows of how rare its words and topics are. How often each stands
    /// in it is remembered in `frequencies`: looking it up for every word takes most of the time.
    ///
    /// # Errors
    /// When a file of the index is broken.
    pub fn profile(
        &self,
        article: &Article,
        settings: &RelatedSettings,
        frequencies: &mut Frequencies,
    ) -> Result<Profile> {
        let seen = self.seen();
        let all = self.articles(&seen)?;
        let mut frequency = |term: Term| -> Result<u64> {
            if let Some(known) = frequencies.0.get(&term) {
                return Ok(*known);
            }
            let df = self.frequency(&seen, &term)?;
            frequencies.0.insert(term, df);
            Ok(df)
        };
        let (counts, length) = terms(article);
        let mut words: BTreeMap<String, f64> = BTreeMap::new();
        for (form, times) in counts {
            let df = frequency(Term::from_field_text(self.fields.text, &form))?;
            words.insert(form, saturated(times) * rarity(all, df));
        }
        let mut words = heaviest(words, TERMS);
        let words_length = f64::from(length.max(1)).sqrt();
        let own_words = words.values().map(|w| w * w).sum::<f64>().sqrt() / words_length;
        unit(&mut words);
        let mut topics: BTreeMap<TopicId, f64> = BTreeMap::new();
        for (id, kind, _) in &article.topics {
            let df = frequency(Term::from_field_u64(self.fields.topics, id.0.cast_unsigned()))?;
            let place = if *kind == TopicKind::Place { settings.place } else { 1.0 };
            topics.insert(*id, place * rarity(all, df));
        }
        let topics_length = (topics.len().max(1) as f64).sqrt();
        let own_topics = topics.values().map(|w| w * w).sum::<f64>().sqrt() / topics_length;
        unit(&mut topics);
        let is_subject = |(id, kind, _): &(TopicId, TopicKind, String)| (*kind == TopicKind::Subject).then_some(*id);
        Ok(Profile {
            id: article.id,
            language: article.language.clone(),
            published_at: article.published_at,
            section: article.sections.first().map(|(id, _)| *id),
            subjects: article.topics.iter().filter_map(is_subject).collect(),
            terms: words,
            topics,
            own: (own_words, own_topics),
        })
    }

    /// How many articles there are.
    pub(super) fn articles(&self, seen: &Seen) -> Result<u64> {
        self.frequency(seen, &Term::from_field_u64(self.fields.kind, 0))
    }

    pub(super) fn frequency(&self, seen: &Seen, term: &Term) -> Result<u64> {
        seen.searcher.doc_freq(term).map_err(Error::internal)
    }
}

impl Profile {
    /// What one of its topics weighs: the rarer, the more; 0 for a topic that it has not.
    pub fn weight(&self, topic: TopicId) -> f64 {
        self.topics.get(&topic).copied().unwrap_or(0.0)
    }

    /// The same article with what its nearest neighbours are about, each by its score: who tells the same story in
    /// other words is found by their words (pseudo-relevance feedback after Rocchio, 1971).
    pub fn expanded(&self, neighbours: &[(f64, &Profile)], weight: f64) -> Profile {
        let (mut terms, mut topics) = (self.terms.clone(), self.topics.clone());
        for (score, neighbour) in neighbours {
            let by = weight * score.clamp(0.0, 1.5);
            for (form, w) in &neighbour.terms {
                *terms.entry(form.clone()).or_default() += by * w;
            }
            for (topic, w) in &neighbour.topics {
                *topics.entry(*topic).or_default() += by * w;
            }
        }
        Profile { terms: heaviest(terms, TERMS_EXPANDED), topics: heaviest(topics, TERMS), ..self.clone() }
    }
}
