//! A published article with everything that it names, assembled once and rendered by every format.

use std::sync::Arc;

use super::article::Card;
use super::author::Author;
use super::section::Section;
use super::topic::{Topic, TopicKind};

/// A published article, whole: what a format needs to say everything about it.
#[derive(Debug, Clone)]
pub struct Story {
    /// Everything but what follows.
    pub card: Arc<Card>,
    /// The body as Portable Text, JSON, without notices.
    pub body_json: String,
    /// The body as HTML, without notices.
    pub body_html: String,
    /// Who signs it, in order, each with the role.
    pub authors: Vec<Arc<Author>>,
    /// What it is about, in order.
    pub topics: Vec<Arc<Topic>>,
    /// Its section with those above it behind it; none for a story that stands in none.
    pub sections: Vec<Arc<Section>>,
    /// Its label: its own, or that of a rule.
    pub label: Option<String>,
    /// Its disclaimers: its own, and those of the rules.
    pub disclaimers: Vec<String>,
}

impl Story {
    /// The section in which it stands.
    pub fn section(&self) -> Option<&Section> {
        self.sections.first().map(Arc::as_ref)
    }

    /// Its topics of this kind, in order.
    pub fn topics_of(&self, kind: TopicKind) -> impl Iterator<Item = &Topic> {
        self.topics.iter().map(Arc::as_ref).filter(move |topic| topic.kind == kind)
    }

    /// The names of its topics, in order and each once: a place and a person may have one name.
    pub fn topic_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::with_capacity(self.topics.len());
        for topic in &self.topics {
            if !names.contains(&topic.name.as_str()) {
                names.push(&topic.name);
            }
        }
        names
    }

    /// The role in which somebody signs it, where it says one.
    pub fn role(&self, author: &Author) -> Option<&str> {
        self.card.authors.iter().find(|byline| byline.author == author.id).and_then(|byline| byline.role.as_deref())
    }
}
