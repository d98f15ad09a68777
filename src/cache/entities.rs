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
            cards: Shelf { kept: shelf(most / 64 * 36, others), size: of_card },
            texts: Shelf { kept: shelf(most / 64 * 4, others), size: String::len },
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

/// What a text takes that stands in a list.
fn of_line(text: &str) -> usize {
    size_of::<String>() + text.len()
}

fn of_card(card: &Card) -> usize {
    let texts = [&card.uri, &card.slug, &card.headline, &card.summary, &card.language];
    let optional = [&card.label, &card.canonical_url, &card.source, &card.license, &card.copyright_notice];
    let image = card.image.iter().flat_map(|image| {
        let others = [&image.alt, &image.caption, &image.credit].into_iter().flatten();
        others.chain([&image.url]).map(String::len).chain([size_of_val(&**image)])
    });
    let sources = card
        .info_sources
        .iter()
        .map(|source| size_of_val(source) + source.name.len() + source.url.as_ref().map_or(0, String::len));
    size_of::<Card>()
        + texts.into_iter().chain(optional.into_iter().flatten()).map(String::len).sum::<usize>()
        + card.authors.iter().map(|by| size_of_val(by) + by.role.as_ref().map_or(0, String::len)).sum::<usize>()
        + size_of_val(card.topics.as_slice())
        + card.own_disclaimers.iter().chain(&card.related).map(|text| of_line(text)).sum::<usize>()
        + card.corrections.iter().map(|correction| size_of_val(correction) + correction.text.len()).sum::<usize>()
        + image.chain(sources).sum::<usize>()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::article::{Image, RenderedBody, Standing, project};

    /// An article of this JSON, beside what each must have.
    fn card(more: serde_json::Value) -> Card {
        let mut document = serde_json::json!({ "headline": "Ferry back in service", "language": "en", "body": [] });
        let members = document.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        let rendered = RenderedBody { json: "[]".to_owned(), html: String::new(), word_count: 0 };
        let (uri, slug, now) = ("urn:t:ferry", "ferry", Instant::from_millis(0));
        let at = Standing { id: ArticleId(1), uri, slug, version: 1, published_at: None, now };
        project(serde_json::from_value(document).unwrap(), rendered, &at).card
    }

    #[test]
    fn an_article_weighs_what_it_holds_in_whichever_field() {
        let (long, hundred) = ("x".repeat(10_000), |one: serde_json::Value| vec![one; 100]);
        let plain = of_card(&card(serde_json::json!({})));
        assert!((size_of::<Card>()..size_of::<Card>() + 100).contains(&plain), "{plain}");
        for field in ["headline", "label", "summary", "canonical_url", "source", "license", "copyright_notice"] {
            let weighs = of_card(&card(serde_json::json!({ field: long })));
            assert!((9_900..=10_000).contains(&(weighs - plain)), "{field}: {weighs}");
        }
        let text = "y".repeat(100);
        let at = "2026-01-01T00:00:00Z";
        for (field, one) in [
            ("authors", serde_json::json!({ "author": AuthorId(1), "role": text })),
            ("info_sources", serde_json::json!({ "name": "N", "url": text })),
            ("disclaimers", serde_json::json!(text)),
            ("corrections", serde_json::json!({ "published_at": at, "text": text })),
            ("related", serde_json::json!(text)),
        ] {
            let weighs = of_card(&card(serde_json::json!({ field: hundred(one) })));
            assert!(weighs - plain > 10_000, "{field}: {weighs}");
        }
        let weighs = of_card(&card(serde_json::json!({ "topics": hundred(serde_json::json!(TopicId(1))) })));
        assert_eq!(weighs - plain, 800);
        let image = serde_json::json!({ "url": "/a", "alt": text, "caption": text, "credit": text });
        let weighs = of_card(&card(serde_json::json!({ "image": image })));
        assert_eq!(weighs - plain, 302 + size_of::<Image>());
    }
}
