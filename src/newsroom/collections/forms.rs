//! What somebody wants a collection to be.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Error, Result};
use crate::model::collection::{Filter, Rule};
use crate::model::id::ArticleId;
use crate::model::time::Instant;
use crate::model::trend::Window;

/// A field that was sent, though it may be null.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(d: D) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

/// A new collection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CollectionForm {
    /// The slug, which it keeps for good.
    #[schema(min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "editors-choice")]
    pub slug: String,
    /// The name.
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Editors' choice")]
    pub name: String,
    /// What stands in it, in a sentence or two of plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    /// What fills the places that nothing is pinned to; nothing when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleForm>,
}

/// What is to be changed of a collection; what is left out stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CollectionChanges {
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 200, pattern = r"\S", example = "Editors' choice")]
    pub name: Option<String>,
    /// What stands in it; null empties it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 2000)]
    pub description: Option<Option<String>>,
    /// What fills the places that nothing is pinned to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<RuleForm>,
}

/// What fills the places of a collection that nothing is pinned to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuleForm {
    /// `NONE`: the list is its pins. `TRENDING`: what trends, then the latest. `LATEST`: the latest.
    #[schema(pattern = "^(NONE|TRENDING|LATEST)$", max_length = 8, example = "LATEST")]
    pub by: String,
    /// Trending: the views of how long count: `1h`, `24h` (when it is left out) or `7d`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^(1h|24h|7d)$", max_length = 3, example = "24h")]
    pub window: Option<String>,
    /// Only the section with this slug and those below it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, example = "politics")]
    pub section: Option<String>,
    /// Latest: only about the topic with this slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, example = "elections")]
    pub topic: Option<String>,
    /// Latest: only by the author with this slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, example = "ada-marsh")]
    pub author: Option<String>,
    /// Latest: only from the place with this slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 120, example = "port-ellory")]
    pub place: Option<String>,
    /// Latest: only of this genre.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 63, example = "opinion")]
    pub genre: Option<String>,
    /// Latest: only in this language.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(min_length = 1, max_length = 63, example = "en")]
    pub language: Option<String>,
}

/// An article in a place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PinForm {
    /// The article, by its id; it may be published later.
    #[schema(value_type = String, pattern = "^art_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "art_0cf9b4z8r1c0g")]
    pub article: ArticleId,
    /// The place, from 1. In a whole arrangement, the place in the array when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100)]
    pub slot: Option<i32>,
    /// From when on; at once when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub from: Option<Instant>,
    /// Until when; until it is unpinned when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub until: Option<Instant>,
}

impl RuleForm {
    /// The rule, in words that are known.
    ///
    /// # Errors
    /// `INVALID_INPUT` for a rule that there is not, or one with what it does not take.
    pub fn read(self) -> Result<Rule> {
        let unfit = |field: &str, says: &str| Err(Error::new(Code::InvalidInput, says).at(field));
        let RuleForm { by, window, section, topic, author, place, genre, language } = self;
        let filter = Filter { section, topic, author, place, genre, language };
        let window = match window.as_deref() {
            None => None,
            Some(length) => match Window::parse(length) {
                Some(window) => Some(window),
                None => return unfit("rule.window", "The windows are 1h, 24h and 7d."),
            },
        };
        match by.to_ascii_lowercase().as_str() {
            "none" if window.is_some() || filter != Filter::default() => {
                unfit("rule", "The rule none takes neither a window nor a filter; leave them out.")
            }
            "none" => Ok(Rule::None),
            "trending" => {
                let section = filter.section.clone();
                if filter != (Filter { section: section.clone(), ..Filter::default() }) {
                    let says = "The rule trending takes a window and a section only; the rule latest takes the others.";
                    return unfit("rule", says);
                }
                Ok(Rule::Trending { window: window.unwrap_or(Window::Day), section })
            }
            "latest" if window.is_some() => {
                unfit("rule.window", "The rule latest takes no window; the rule trending does.")
            }
            "latest" => Ok(Rule::Latest(filter)),
            _ => unfit("rule.by", "The rules are NONE, TRENDING and LATEST."),
        }
    }

    /// The form of a rule.
    pub fn of(rule: &Rule) -> RuleForm {
        let by = rule.name().to_ascii_uppercase();
        match rule.clone() {
            Rule::None => RuleForm { by, ..RuleForm::default() },
            Rule::Trending { window, section } => {
                RuleForm { by, window: Some(window.name().to_owned()), section, ..RuleForm::default() }
            }
            Rule::Latest(Filter { section, topic, author, place, genre, language }) => {
                RuleForm { by, window: None, section, topic, author, place, genre, language }
            }
        }
    }
}
