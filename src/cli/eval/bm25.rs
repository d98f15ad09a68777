//! BM25 alone: what related news is held against. Every part of an article in one text, k1 = 1.2 and b = 0.75
//! (Robertson, Zaragoza: The Probabilistic Relevance Framework, 2009); the query is the whole text of an article.

use std::collections::HashMap;

use super::tf_idf::count;
use crate::model::id::ArticleId;
use crate::search::{Article, stems};

/// An index of one text for each article.
pub(super) struct Bm25 {
    postings: HashMap<String, Vec<(usize, f64)>>,
    ids: Vec<ArticleId>,
}

impl Bm25 {
    /// Of these articles; all their parts count alike.
    pub fn of(articles: &[Article]) -> Bm25 {
        let texts: Vec<Vec<String>> = articles.iter().map(|a| stems(&text(a), &a.language)).collect();
        let mean = texts.iter().map(Vec::len).sum::<usize>() as f64 / texts.len().max(1) as f64;
        let mut postings: HashMap<String, Vec<(usize, f64)>> = HashMap::new();
        for (n, terms) in texts.into_iter().enumerate() {
            let norm = 1.2 * (0.25 + 0.75 * terms.len() as f64 / mean.max(1.0));
            for (term, times) in count(terms) {
                postings.entry(term).or_default().push((n, times * 2.2 / (times + norm)));
            }
        }
        let all = articles.len() as f64;
        for list in postings.values_mut() {
            let df = list.len() as f64;
            let rarity = (1.0 + (all - df + 0.5) / (df + 0.5)).ln();
            list.iter_mut().for_each(|(_, weight)| *weight *= rarity);
        }
        Bm25 { postings, ids: articles.iter().map(|article| article.id).collect() }
    }

    /// The articles whose text fits that of `article` best, best first.
    pub fn like(&self, article: &Article, most: usize) -> Vec<ArticleId> {
        let mut scores: HashMap<usize, f64> = HashMap::new();
        for (term, times) in count(stems(&text(article), &article.language)) {
            let list = self.postings.get(&term).map(Vec::as_slice).unwrap_or_default();
            list.iter().for_each(|(n, weight)| *scores.entry(*n).or_default() += times * weight);
        }
        let mut best: Vec<(f64, usize)> = scores.into_iter().map(|(n, score)| (score, n)).collect();
        best.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        best.into_iter().map(|(_, n)| self.ids[n]).filter(|id| *id != article.id).take(most).collect()
    }
}

/// The text of an article as one.
pub(super) fn text(article: &Article) -> String {
    [article.headline.as_str(), &article.summary, &article.body].join("\n")
}
