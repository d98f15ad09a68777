//! What the doors show of collections to who runs them.

use serde::Serialize;
use utoipa::ToSchema;

use super::Look;
use super::forms::RuleForm;
use crate::model::time::Instant;

/// A collection as its editors see it: with pins that nobody else sees yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomCollection {
    /// The id, the same as readers have.
    #[schema(example = "col_0000000000001")]
    pub id: String,
    /// The slug.
    #[schema(example = "top-news")]
    pub slug: String,
    /// The name.
    #[schema(example = "Top News")]
    pub name: String,
    /// What stands in it; may be empty.
    pub description: String,
    /// What fills the places that nothing is pinned to.
    pub rule: RuleForm,
    /// What is pinned where, by place.
    #[schema(max_items = 100)]
    pub pins: Vec<CollectionPin>,
    /// Counts the writes: what a write takes as the version.
    #[schema(minimum = 1)]
    pub version: i32,
}

/// An article in a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CollectionPin {
    /// The id of the article.
    #[schema(example = "art_0cf9b4z8r1c0g")]
    pub article: String,
    /// Its slug.
    pub slug: String,
    /// What its newest revision says above it.
    pub headline: String,
    /// Whether readers see the article at all.
    pub public: bool,
    /// The place, from 1.
    #[schema(minimum = 1, maximum = 100)]
    pub slot: i32,
    /// From when on it counts; null from the beginning.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub from: Option<Instant>,
    /// Until when it counts; null until it is unpinned.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub until: Option<Instant>,
}

impl NewsroomCollection {
    /// What is shown of a collection.
    pub fn of(look: &Look) -> NewsroomCollection {
        let Look { collection, pinned } = look;
        let pins = collection.pins.iter().map(|pin| {
            let entry = pinned.get(&pin.article);
            CollectionPin {
                article: pin.article.to_string(),
                slug: entry.map(|entry| entry.slug.clone()).unwrap_or_default(),
                headline: entry.map(|entry| entry.headline.clone()).unwrap_or_default(),
                public: entry.is_some_and(|entry| entry.is_public()),
                slot: pin.slot,
                from: pin.from,
                until: pin.until,
            }
        });
        NewsroomCollection {
            id: collection.id.to_string(),
            slug: collection.slug.clone(),
            name: collection.name.clone(),
            description: collection.description.clone(),
            rule: RuleForm::of(&collection.rule),
            pins: pins.collect(),
            version: collection.version,
        }
    }
}
