//! Measures of ranked lists, as the field defines them (Manning, Raghavan, Schütze: Introduction to Information
//! Retrieval, chapter 8), with relevance that is there or not.

use std::fmt;

/// Means over queries.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Measures {
    queries: f64,
    ndcg_10: f64,
    recall_20: f64,
    precision_5: f64,
    mrr_10: f64,
}

impl Measures {
    /// Adds a query: for each rank whether what stands there is relevant, and how many are relevant in all.
    pub fn add(&mut self, ranked: &[bool], relevant: usize) {
        if relevant == 0 {
            return;
        }
        let gain = |rank: usize| 1.0 / (rank as f64 + 2.0).log2();
        let hits = |most: usize| ranked.iter().take(most).filter(|hit| **hit).count() as f64;
        let found: f64 = ranked.iter().take(10).enumerate().filter(|(_, hit)| **hit).map(|(rank, _)| gain(rank)).sum();
        let ideal: f64 = (0..relevant.min(10)).map(gain).sum();
        self.queries += 1.0;
        self.ndcg_10 += found / ideal;
        self.recall_20 += hits(20) / relevant as f64;
        self.precision_5 += hits(5) / 5.0;
        self.mrr_10 += ranked.iter().take(10).position(|hit| *hit).map_or(0.0, |rank| 1.0 / (rank as f64 + 1.0));
    }
}

impl fmt::Display for Measures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n = self.queries.max(1.0);
        write!(
            f,
            "nDCG@10 {:.3}  R@20 {:.3}  P@5 {:.3}  MRR@10 {:.3}",
            self.ndcg_10 / n,
            self.recall_20 / n,
            self.precision_5 / n,
            self.mrr_10 / n
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_measured_as_by_hand() {
        let mut measures = Measures::default();
        // Ranks 2 and 4 of three relevant ones.
        measures.add(&[false, true, false, true], 3);
        let ideal = 1.0 + 1.0 / 3f64.log2() + 0.5;
        let found = 1.0 / 3f64.log2() + 1.0 / 5f64.log2();
        assert!((measures.ndcg_10 - found / ideal).abs() < 1e-12);
        assert_eq!((measures.recall_20, measures.precision_5, measures.mrr_10), (2.0 / 3.0, 0.4, 0.5));
        measures.add(&[], 1);
        measures.add(&[true], 0);
        assert_eq!(measures.to_string(), "nDCG@10 0.249  R@20 0.333  P@5 0.200  MRR@10 0.250");
    }
}
