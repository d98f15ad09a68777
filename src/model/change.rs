//! One entry of the change sequence, from which everything that must follow a write follows it.

use serde::{Deserialize, Serialize};

use super::id::{ArticleId, AuthorId, CollectionId, SectionId, TopicId};
use super::slug::slugify;
use super::time::Instant;

/// What a change is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// An article.
    Article(ArticleId),
    /// An author.
    Author(AuthorId),
    /// A topic.
    Topic(TopicId),
    /// A section.
    Section(SectionId),
    /// A collection: its name, its rule or its pins.
    Collection(CollectionId),
}

impl Subject {
    /// The noun, as it stands in the store.
    pub fn noun(self) -> &'static str {
        match self {
            Subject::Article(_) => "article",
            Subject::Author(_) => "author",
            Subject::Topic(_) => "topic",
            Subject::Section(_) => "section",
            Subject::Collection(_) => "collection",
        }
    }

    /// The number.
    pub fn number(self) -> i64 {
        match self {
            Subject::Article(id) => id.0,
            Subject::Author(id) => id.0,
            Subject::Topic(id) => id.0,
            Subject::Section(id) => id.0,
            Subject::Collection(id) => id.0,
        }
    }

    /// From what stands in the store.
    pub fn parse(noun: &str, number: i64) -> Option<Self> {
        Some(match noun {
            "article" => Subject::Article(ArticleId(number)),
            "author" => Subject::Author(AuthorId(number)),
            "topic" => Subject::Topic(TopicId(number)),
            "section" => Subject::Section(SectionId(number)),
            "collection" => Subject::Collection(CollectionId(number)),
            _ => return None,
        })
    }
}

/// What happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Deed {
    /// Became public for the first time, or again.
    Published,
    /// A newer version took the place of the public one.
    Updated,
    /// The same, with a public correction.
    Corrected,
    /// The address changed, or another one leads to it now.
    Moved,
    /// Taken back.
    Withdrawn,
    /// Taken back for legal reasons.
    Killed,
    /// An author, topic, section or collection is no longer in the catalogue.
    Removed,
}

impl Deed {
    /// Every deed.
    pub const ALL: [Deed; 7] =
        [Deed::Published, Deed::Updated, Deed::Corrected, Deed::Moved, Deed::Withdrawn, Deed::Killed, Deed::Removed];

    /// As it stands in the store.
    pub fn as_str(self) -> &'static str {
        match self {
            Deed::Published => "published",
            Deed::Updated => "updated",
            Deed::Corrected => "corrected",
            Deed::Moved => "moved",
            Deed::Withdrawn => "withdrawn",
            Deed::Killed => "killed",
            Deed::Removed => "removed",
        }
    }

    /// From what stands in the store.
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }

    /// Whether the subject is gone from the catalogue afterwards.
    pub fn takes_away(self) -> bool {
        matches!(self, Deed::Withdrawn | Deed::Killed | Deed::Removed)
    }
}

/// What the change touches beside its subject, before and after: lists and pages that show it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Touches {
    /// Sections, with their ancestors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<SectionId>,
    /// Topics.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<TopicId>,
    /// Authors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<AuthorId>,
    /// Genres.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub genres: Vec<String>,
    /// Languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub languages: Vec<String>,
    /// Labels of its own, by their [keys](label_key).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub labels: Vec<String>,
    /// Slugs under which it could or can be asked for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub slugs: Vec<String>,
}

impl Touches {
    /// Adds what `other` touches, each once.
    pub fn join(&mut self, other: Touches) {
        fn add<T: PartialEq>(to: &mut Vec<T>, from: Vec<T>) {
            for item in from {
                if !to.contains(&item) {
                    to.push(item);
                }
            }
        }
        add(&mut self.sections, other.sections);
        add(&mut self.topics, other.topics);
        add(&mut self.authors, other.authors);
        add(&mut self.genres, other.genres);
        add(&mut self.languages, other.languages);
        add(&mut self.labels, other.labels);
        add(&mut self.slugs, other.slugs);
    }

    /// Of what it touches the lists that feeds are of.
    #[must_use]
    pub fn lists(self) -> Touches {
        let Touches { sections, topics, authors, labels, .. } = self;
        Touches { sections, topics, authors, labels, ..Touches::default() }
    }

    /// The numbers of the sections, topics and authors.
    pub fn terms(&self) -> Vec<i64> {
        let sections = self.sections.iter().map(|id| id.0);
        sections.chain(self.topics.iter().map(|id| id.0)).chain(self.authors.iter().map(|id| id.0)).collect()
    }

    /// Adds what each section, topic and author was merged into, where `into` says so by their numbers. Says whether that
    /// was anything new.
    pub fn add_merged(&mut self, into: impl Fn(i64) -> Option<i64>) -> bool {
        let before = self.terms().len();
        self.join(Touches {
            sections: self.sections.iter().filter_map(|id| into(id.0)).map(SectionId).collect(),
            topics: self.topics.iter().filter_map(|id| into(id.0)).map(TopicId).collect(),
            authors: self.authors.iter().filter_map(|id| into(id.0)).map(AuthorId).collect(),
            ..Touches::default()
        });
        self.terms().len() > before
    }
}

/// The slug of a label, by which its feed is asked for: labels that have one slug are one.
pub fn label_slug(text: &str) -> String {
    slugify(text, "label")
}

/// What stands for a label among what is touched: a digest of its slug. A label is words that somebody wrote for one piece, and
/// of what was taken back no text stays.
pub fn label_key(slug: &str) -> String {
    blake3::hash(slug.as_bytes()).to_hex().chars().take(LABEL_DIGITS).collect()
}

/// How many digits of the digest tell labels apart.
const LABEL_DIGITS: usize = 16;

/// What an answer can depend on, and a change can touch: a change drops every answer that carries a tag of it. What is
/// [derived](Tag::is_derived) no change of the log touches; it has numbers of its own.
///
/// A term and what is listed under it are two: an article that is published in a section changes the section's list,
/// and no page that merely names the section.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tag {
    /// Whatever is public: every change drops it.
    Anything,
    /// Which articles there are at all, in every order.
    Articles,
    /// One article, there or gone.
    Article(ArticleId),
    /// Which sections there are.
    Sections,
    /// A section itself, there or gone.
    Section(SectionId),
    /// What stands in a section or below it.
    InSection(SectionId),
    /// Which topics there are.
    Topics,
    /// A topic itself, there or gone.
    Topic(TopicId),
    /// What is about a topic.
    About(TopicId),
    /// Which authors there are.
    Authors,
    /// An author, there or gone.
    Author(AuthorId),
    /// What an author signs.
    By(AuthorId),
    /// The articles of a genre.
    Genre(String),
    /// The articles in a language.
    Language(String),
    /// What stands under a slug, of whatever noun.
    Slug(String),
    /// Every collection: names, rules and pins.
    Collections,
    /// The list of related news that is kept of an article.
    Related(ArticleId),
    /// Every list of related news.
    Relations,
    /// Every ranking of what trends.
    Trending,
}

impl std::fmt::Display for Tag {
    /// As it is shown to people and sent to caches in front: `article/art_…`, `in-section/sec_…`, `slug/…`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Tag::Anything => f.write_str("anything"),
            Tag::Articles => f.write_str("articles"),
            Tag::Article(id) => write!(f, "article/{id}"),
            Tag::Sections => f.write_str("sections"),
            Tag::Section(id) => write!(f, "section/{id}"),
            Tag::InSection(id) => write!(f, "in-section/{id}"),
            Tag::Topics => f.write_str("topics"),
            Tag::Topic(id) => write!(f, "topic/{id}"),
            Tag::About(id) => write!(f, "about/{id}"),
            Tag::Authors => f.write_str("authors"),
            Tag::Author(id) => write!(f, "author/{id}"),
            Tag::By(id) => write!(f, "by/{id}"),
            Tag::Genre(word) => write!(f, "genre/{word}"),
            Tag::Language(tag) => write!(f, "language/{tag}"),
            Tag::Slug(slug) => write!(f, "slug/{slug}"),
            Tag::Collections => f.write_str("collections"),
            Tag::Related(id) => write!(f, "related/{id}"),
            Tag::Relations => f.write_str("related"),
            Tag::Trending => f.write_str("trending"),
        }
    }
}

/// The tag of every answer, by which caches in front are told to drop everything.
pub const EVERYTHING: &str = "masthead";

impl Tag {
    /// How coarse [`Tag::coarser`] makes it at the most.
    pub const COARSEST: u8 = 4;

    /// As caches in front take it: in characters that stand in any header and list.
    pub fn key(&self) -> String {
        let mut key = String::new();
        for byte in self.to_string().bytes() {
            if byte.is_ascii_alphanumeric() || b"/_.-".contains(&byte) {
                key.push(char::from(byte));
            } else {
                key.push_str(&format!("%{byte:02X}"));
            }
        }
        key
    }

    /// A tag in the place of many like it, the coarser the fewer there are; whatever touches this one touches that one. 0
    /// is itself.
    #[must_use]
    pub fn coarser(&self, coarseness: u8) -> Tag {
        match (self, coarseness) {
            (Tag::Article(_), 1..) => Tag::Articles,
            (Tag::About(_) | Tag::By(_) | Tag::InSection(_) | Tag::Genre(_) | Tag::Language(_), 2..) => Tag::Anything,
            (Tag::Topic(_), 3..) => Tag::Topics,
            (Tag::Author(_), 3..) => Tag::Authors,
            (Tag::Section(_), 3..) => Tag::Sections,
            (Tag::Slug(_), 3..) => Tag::Anything,
            (Tag::Related(_), 1..) => Tag::Relations,
            (tag, _) => (*tag).clone(),
        }
    }

    /// Whether it is of what is derived from the catalogue and kept beside it, which has numbers of its own.
    pub fn is_derived(&self) -> bool {
        matches!(self, Tag::Related(_) | Tag::Relations | Tag::Trending)
    }
}

/// A short name of a log, by which the labels of two logs are told apart in memory.
pub fn log_hash(log_id: &str) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    log_id.hash(&mut hasher);
    hasher.finish()
}

/// A change as it stands in the log.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// Its number: gap-free, in commit order, from 1.
    pub seq: i64,
    /// When it was written, by the writer's clock.
    pub at: Instant,
    /// What it is about.
    pub subject: Subject,
    /// What happened.
    pub deed: Deed,
    /// The version of an article or a collection afterwards; 0 for other nouns.
    pub version: i32,
    /// What else it touches.
    pub touches: Touches,
}

impl Change {
    /// The tags of the answers that it drops. Labels need none: whatever shows which articles have one depends on all of them.
    pub fn tags(&self) -> Vec<Tag> {
        let touches = &self.touches;
        let mut tags = vec![Tag::Anything];
        tags.extend(match self.subject {
            Subject::Article(id) => vec![Tag::Articles, Tag::Article(id)],
            Subject::Author(id) => vec![Tag::Authors, Tag::Author(id), Tag::By(id)],
            Subject::Topic(id) => vec![Tag::Topics, Tag::Topic(id), Tag::About(id)],
            Subject::Section(id) => vec![Tag::Sections, Tag::Section(id), Tag::InSection(id)],
            Subject::Collection(_) => vec![Tag::Collections],
        });
        tags.extend(touches.sections.iter().copied().map(Tag::InSection));
        tags.extend(touches.topics.iter().copied().map(Tag::About));
        tags.extend(touches.authors.iter().copied().map(Tag::By));
        tags.extend(touches.genres.iter().cloned().map(Tag::Genre));
        tags.extend(touches.languages.iter().cloned().map(Tag::Language));
        tags.extend(touches.slugs.iter().cloned().map(Tag::Slug));
        tags
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_merged_counts_as_both_and_old_rows_are_read() {
        let row = format!(r#"{{"topics":["{}","{}"],"slugs":["a"]}}"#, TopicId(1), TopicId(2));
        let mut touches: Touches = serde_json::from_str(&row).unwrap();
        assert!(touches.labels.is_empty());
        touches.labels.push(label_key("op-ed"));
        let into = |id: i64| (id == 2).then_some(3);
        assert!(touches.add_merged(into));
        assert!(!touches.add_merged(into), "once is enough");
        assert_eq!(touches.topics, [TopicId(1), TopicId(2), TopicId(3)]);
        assert!(!touches.add_merged(Some), "what stands for itself is nothing new");
        let lists = touches.clone().lists();
        assert_eq!((&lists.topics, &lists.labels, lists.slugs.len()), (&touches.topics, &touches.labels, 0));
        assert_eq!(lists.labels[0].len(), LABEL_DIGITS);
        assert_ne!(label_key("op-ed"), label_key("letter"));
    }
}
