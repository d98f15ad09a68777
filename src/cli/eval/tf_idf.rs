//! TF-IDF alone: what search is held against. Cosine of (1 + ln tf) · ln(N / df), every part of an article in one text
//! (Salton, Buckley: Term-weighting approaches in automatic text retrieval, 1988).

use std::collections::HashMap;

use crate::model::id::ArticleId;
use crate::search::{Article, stems};

/// An index of one text for each article.
pub(super) struct TfIdf {
    postings: HashMap<String, Vec<(usize, f64)>>,
    lengths: Vec<f64>,
    ids: Vec<ArticleId>,
}

impl TfIdf {
    /// Of these articles; all their parts count alike.
    pub fn of(articles: &[Article]) -> TfIdf {
        let mut postings: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
        for (n, article) in articles.iter().enumerate() {
            let text = [article.headline.as_str(), &article.summary, &article.body].join("\n");
            for (term, times) in count(stems(&text, &article.language)) {
                postings.entry(term).or_default().push((n, 1.0 + times.ln()));
            }
        }
        let mut lengths = vec![0.0; articles.len()];
        for list in postings.values_mut() {
            let rarity = (articles.len() as f64 / list.len() as f64).ln();
            for (n, weight) in list {
                *weight *= rarity;
                lengths[*n] += *weight * *weight;
            }
        }
        let lengths = lengths.into_iter().map(f64::sqrt).collect();
        TfIdf { postings, lengths, ids: articles.iter().map(|article| article.id).collect() }
    }

    /// The best articles for these words, best first.
    pub fn search(&self, text: &str, language: &str, most: usize) -> Vec<ArticleId> {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for (term, times) in count(stems(text, language)) {
            let Some(list) = self.postings.get(&term) else { continue };
            let weight = (1.0 + times.ln()) * (self.ids.len() as f64 / list.len() as f64).ln();
            list.iter().for_each(|(n, there)| *scores.entry(*n).or_default() += weight * there);
        }
        let mut best: Vec<(f64, usize)> =
            scores.into_iter().map(|(n, score)| (score / self.lengths[n].max(f64::MIN_POSITIVE), n)).collect();
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        best.into_iter().take(most).map(|(_, n)| self.ids[n]).collect()
    }
}

pub(super) fn count(terms: Vec<String>) -> HashMap<String, f64> {
    let mut counts = HashMap::new();
    terms.into_iter().for_each(|term| *counts.entry(term).or_default() += 1.0);
    counts
}
