//! Topics: what a story is about. One noun with kinds, so that a slug names one thing whatever its kind.

use serde::{Deserialize, Serialize};

use super::id::TopicId;

/// What kind of thing a topic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TopicKind {
    /// A subject, such as those of the IPTC Media Topics.
    Subject,
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A place.
    Place,
    /// An event.
    Event,
    /// Something named, of which nothing better is known.
    Entity,
}

impl TopicKind {
    /// Every kind.
    pub const ALL: [TopicKind; 6] = [
        TopicKind::Subject,
        TopicKind::Person,
        TopicKind::Organisation,
        TopicKind::Place,
        TopicKind::Event,
        TopicKind::Entity,
    ];

    /// As it stands in the store and in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            TopicKind::Subject => "subject",
            TopicKind::Person => "person",
            TopicKind::Organisation => "organisation",
            TopicKind::Place => "place",
            TopicKind::Event => "event",
            TopicKind::Entity => "entity",
        }
    }

    /// From what stands in the store or in an address.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// A topic.
#[derive(Debug, Clone, PartialEq)]
pub struct Topic {
    /// The id.
    pub id: TopicId,
    /// The slug, unique over all kinds.
    pub slug: String,
    /// The name.
    pub name: String,
    /// What kind of thing it is.
    pub kind: TopicKind,
    /// The broader topic.
    pub parent: Option<TopicId>,
    /// The rest.
    pub about: TopicAbout,
}

/// What is known of a topic beside its name.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TopicAbout {
    /// A sentence or two, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// What other vocabularies call it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub external_ids: Vec<ExternalId>,
}

impl TopicAbout {
    /// What is known, filled up with what another source says.
    #[must_use]
    pub fn joined(&self, other: TopicAbout) -> TopicAbout {
        let mut joined = TopicAbout { description: self.description.clone().or(other.description), ..self.clone() };
        for id in other.external_ids {
            if !joined.external_ids.contains(&id) {
                joined.external_ids.push(id);
            }
        }
        joined
    }
}

/// A concept's code in a vocabulary, such as `medtop` and `20000065`, or `wikidata` and `Q42`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ExternalId {
    /// The vocabulary.
    pub scheme: String,
    /// The code in it.
    pub code: String,
}
