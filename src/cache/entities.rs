//! What answers are made of, kept under the loaders: pages of different articles share authors, topics and sections.

use std::hash::Hash;
use std::sync::Arc;

use super::{Depends, Kept, KeptStatus, Label, Made, Marks};
use crate::model::article::Card;
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::section::Section;
use crate::model::time::Instant;
use crate::model::topic::Topic;

/// The newest articles about a topic, newest first, with the instants of their publication.
pub type Newest = Vec<(ArticleId, Instant)>;

/// Things of one kind by their keys.
pub struct Shelf<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> {
    kept: Kept<K, Arc<V>>,
    size: fn(&V) -> usize,
}

/// What answers are made of.
pub struct Entities {
    /// Articles.
    pub cards: Shelf<ArticleId, Card>,
    /// What they say, without any form.
    pub texts: Shelf<ArticleId, String>,
    /// Authors.
    pub authors: Shelf<AuthorId, Author>,
    /// Topics.
    pub topics: Shelf<TopicId, Topic>,
    /// Sections.
    pub sections: Shelf<SectionId, Section>,
    /// So many of a topic's newest.
    pub newest: Shelf<(TopicId, i64), Newest>,
    /// Which articles stand on a page of a list, and by which instants (in milliseconds) they stand there.
    pub pages: Kept<PageKey, Vec<(i64, ArticleId)>>,
    /// How many articles a list has.
    pub totals: Kept<PageKey, i64>,
}

/// A page of a list, or a list: everything that makes it another one, one behind the other.
pub type PageKey = Box<[u8]>;

impl<K: Hash + Eq + Copy + Send + Sync + 'static, V: Send + Sync + 'static> Shelf<K, V> {
    /// What is kept of these and stands, and the keys of the others.
    pub fn find(&self, keys: Vec<K>, now: Instant) -> (Vec<(K, Arc<V>)>, Vec<K>) {
        let (mut found, mut missing) = (Vec::new(), Vec::new());
        for key in keys {
            match self.kept.peek(&key, now) {
                Some(made) => found.push((key, made.value.clone())),
                None => missing.push(key),
            }
        }
        (found, missing)
    }

    /// Keeps what was read by one who had seen this much of the log before, and what a change with its tag touches.
    pub fn keep(&self, found: &[(K, Arc<V>)], label: Label, tag: fn(K) -> Tag) {
        for (key, value) in found {
            let on = Depends { tags: vec![tag(*key)], label, until: None };
            self.kept.keep(*key, Made::new(value.clone(), on, (self.size)(value)));
        }
    }
}

impl Entities {
    /// Which part of the memory is left for blocks that pages share, such as the latest news, as they are shown.
    pub const BLOCKS: u64 = 16;

    /// None yet, in at most so many bytes; they stand by the marks of these others.
    pub fn new<K, V>(most: u64, others: &Kept<K, V>) -> Entities
    where
        K: Hash + Eq + Clone + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        // Articles are the most and the largest. A sixteenth is left for what is shown beside them (`Entities::BLOCKS`).
        Entities {
            cards: Shelf { kept: shelf(most / 64 * 32, others), size: of_card },
            texts: Shelf { kept: shelf(most / 64 * 8, others), size: String::len },
            authors: Shelf { kept: shelf(most / 16, others), size: of_author },
            topics: Shelf { kept: shelf(most / 64 * 4, others), size: of_topic },
            sections: Shelf { kept: shelf(most / 32, others), size: of_section },
            newest: Shelf { kept: shelf(most / 64 * 4, others), size: of_newest },
            pages: Kept::new(most / 16, |key: &PageKey| key.len()).beside(others).named("entities"),
            totals: Kept::new(most / 32, |key: &PageKey| key.len()).beside(others).named("entities"),
        }
    }

    /// What the log says.
    pub fn marks(&self) -> &Marks {
        self.cards.kept.marks()
    }

    /// Whether anything is kept.
    pub fn keeps(&self) -> bool {
        self.cards.kept.keeps()
    }

    /// How they do, all together.
    pub fn status(&self) -> KeptStatus {
        let all = [
            self.cards.kept.status(),
            self.texts.kept.status(),
            self.authors.kept.status(),
            self.topics.kept.status(),
            self.sections.kept.status(),
            self.newest.kept.status(),
            self.pages.status(),
            self.totals.status(),
        ];
        all.into_iter().fold(KeptStatus::default(), |sum, one| KeptStatus {
            hits: sum.hits + one.hits,
            misses: sum.misses + one.misses,
            stale: sum.stale + one.stale,
            evicted: sum.evicted + one.evicted,
            entries: sum.entries + one.entries,
            bytes: sum.bytes + one.bytes,
        })
    }
}

fn shelf<K, V, L, W>(most: u64, others: &Kept<L, W>) -> Kept<K, V>
where
    K: Hash + Eq + Clone + Send + Sync + 'static,
    V: Send + Sync + 'static,
    L: Hash + Eq + Clone + Send + Sync + 'static,
    W: Send + Sync + 'static,
{
    Kept::new(most, |_: &K| size_of::<K>()).beside(others).named("entities")
}

fn of_card(card: &Card) -> usize {
    let texts = [&card.uri, &card.slug, &card.headline, &card.summary, &card.language];
    let notices = card.own_disclaimers.iter().map(String::len).sum::<usize>()
        + card.corrections.iter().map(|correction| correction.text.len() + 32).sum::<usize>();
    size_of::<Card>()
        + texts.iter().map(|text| text.len()).sum::<usize>()
        + 32 * (card.authors.len() + card.topics.len())
        + notices
        + card.image.as_ref().map_or(0, |_| 512)
}

fn of_author(author: &Author) -> usize {
    let about = author.about.bio.as_ref().map_or(0, String::len);
    size_of::<Author>() + author.name.len() + author.slug.len() + about + 256
}

fn of_topic(topic: &Topic) -> usize {
    let about = topic.about.description.as_ref().map_or(0, String::len);
    size_of::<Topic>() + topic.name.len() + topic.slug.len() + about + 256
}

fn of_section(section: &Section) -> usize {
    let about = section.about.description.as_ref().map_or(0, String::len);
    size_of::<Section>() + section.name.len() + section.slug.len() + about
}

fn of_newest(list: &Newest) -> usize {
    size_of::<Newest>() + list.len() * size_of::<(ArticleId, Instant)>()
}
