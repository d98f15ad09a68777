//! `[related]`: how related news is ranked.

use serde::{Deserialize, Serialize};

/// `[related]`: the weights of related news. `masthead eval related` measures what they do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RelatedSettings {
    /// What shared topics count beside the words, which count 1.
    pub topics: f64,
    /// What a place counts among the topics, each of which counts 1 times its rarity.
    pub place: f64,
    /// How much more two articles belong together that share a subject or the section: 0.4 is 40 % more.
    pub same_subject: f64,
    /// In how many days nearness in time halves.
    pub half_life_days: f64,
    /// What remains of the score however far the two lie apart in time, from 0 to 1.
    pub floor: f64,
    /// How many of the nearest articles lend their words to a second look.
    pub neighbours: usize,
    /// What their words count in it, by their score.
    pub expansion: f64,
    /// How many by one author come before all others.
    pub per_author: usize,
    /// How many of one story come before all others.
    pub per_story: usize,
    /// Which share of the shorter text must stand in the other for the two to be one.
    pub near_duplicate: f64,
    /// How many are kept for each article.
    pub kept: usize,
}

impl RelatedSettings {
    /// The settings as one word: lists that were made with others are made anew.
    ///
    /// # Errors
    /// `INTERNAL` if they cannot be written as JSON, which floats that were checked can.
    pub fn fingerprint(&self) -> crate::error::Result<String> {
        serde_json::to_string(self).map_err(crate::error::Error::internal)
    }
}
