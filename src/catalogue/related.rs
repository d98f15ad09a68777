//! What to read next: related news with reasons, more about its topics, more from its places.
//!
//! Related news is ranked here by shared topics and time: each shared topic counts the more the rarer it is, and the
//! sum fades with the time between the two articles, halving every week.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::reader::Newest;
use super::{Reader, article, list, topic};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::id::{ArticleId, TopicId};
use crate::model::time::Instant;
use crate::model::topic::{Topic, TopicKind};
use crate::store::articles;

/// How many of a topic's newest articles are looked at: a multiple of this, so that related news and blocks of like
/// sizes share what is read. An article has a dozen topics, so there are many more to choose from than are shown.
const LOOKED_AT: usize = 16;
/// In how many days the weight of an article halves.
const HALF_LIFE_DAYS: f64 = 7.0;
/// How many topics of an article are looked at.
const TOPICS_MOST: usize = 12;

/// An article that belongs beside another, and why.
#[derive(Debug, Clone)]
pub struct Related {
    /// The article.
    pub card: Arc<Card>,
    /// How near it is; comparable within one list.
    pub score: f64,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// A reason in words that a reader understands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// What sort of reason.
    pub kind: ReasonKind,
    /// The words.
    pub text: String,
}

/// What sort of reason makes two articles related.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReasonKind {
    /// Both are about a topic.
    SharedTopic,
    /// Both are from a place.
    SamePlace,
    /// It is simply the latest.
    Latest,
}

/// The articles that belong beside `card`, nearest first; never itself. What shares nothing is filled up with the
/// latest.
pub async fn related(reader: &Reader, card: &Card, size: usize) -> Result<Vec<Related>> {
    let shared = shared_topics(reader, card, 2 * size).await?;
    let mut scores: HashMap<ArticleId, (f64, Vec<TopicId>)> = HashMap::new();
    for (topic, articles) in &shared {
        // What fills the whole window is common; what has a few articles is rare and says more.
        let weight = 1.0 / (1.0 + (articles.len() as f64).ln());
        for (id, at) in articles.iter().filter(|(id, _)| *id != card.id) {
            let days = (at.millis() - card.published_at.millis()).unsigned_abs() as f64 / 86_400_000.0;
            let entry = scores.entry(*id).or_default();
            entry.0 += weight * 0.5_f64.powf(days / HALF_LIFE_DAYS);
            entry.1.push(*topic);
        }
    }
    let mut ranked: Vec<(ArticleId, f64, Vec<TopicId>)> = scores.into_iter().map(|(id, (s, t))| (id, s, t)).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(b.0.cmp(&a.0)));
    ranked.truncate(size);
    let ids: Vec<ArticleId> = ranked.iter().map(|(id, _, _)| *id).collect();
    let cards = article::cards(reader, &ids).await?;
    let topics = article::topics(reader, card).await?;
    let mut found: Vec<Related> = ranked
        .into_iter()
        .zip(cards)
        .filter_map(|((_, score, shared), card)| {
            Some(Related { card: card?, score, reasons: reasons(&topics, &shared) })
        })
        .collect();
    if found.len() < size {
        let have: HashSet<ArticleId> = found.iter().map(|r| r.card.id).chain([card.id]).collect();
        let latest = list::latest(reader, size + 1).await?;
        let fill = latest.into_iter().filter(|l| !have.contains(&l.id)).take(size - found.len());
        let reason = Reason { kind: ReasonKind::Latest, text: "Latest news".to_owned() };
        found.extend(fill.map(|card| Related { card, score: 0.0, reasons: vec![reason.clone()] }));
    }
    Ok(found)
}

fn reasons(topics: &[Arc<Topic>], shared: &[TopicId]) -> Vec<Reason> {
    topics
        .iter()
        .filter(|topic| shared.contains(&topic.id))
        .map(|topic| match topic.kind {
            TopicKind::Place => Reason { kind: ReasonKind::SamePlace, text: format!("Both from {}", topic.name) },
            _ => Reason { kind: ReasonKind::SharedTopic, text: format!("Both about {}", topic.name) },
        })
        .collect()
}

async fn shared_topics(reader: &Reader, card: &Card, each: usize) -> Result<Vec<(TopicId, Newest)>> {
    let ids: Vec<TopicId> = card.topics.iter().copied().take(TOPICS_MOST).collect();
    let lists = newest_about(reader, &ids, each).await?;
    Ok(ids.into_iter().zip(lists).filter_map(|(id, list)| Some((id, list?))).collect())
}

/// The newest articles about each topic, `least` or some more; one statement for all siblings that look at equally many.
async fn newest_about(reader: &Reader, ids: &[TopicId], least: usize) -> Result<Vec<Option<Newest>>> {
    let each = i64::try_from(least.max(1).next_multiple_of(LOOKED_AT)).unwrap_or(i64::MAX);
    let keys: Vec<(TopicId, i64)> = ids.iter().map(|id| (*id, each)).collect();
    let fetch = async |keys: Vec<(TopicId, i64)>| {
        let most = keys.iter().map(|(_, each)| *each).max().unwrap_or(0);
        let mut ids: Vec<TopicId> = keys.iter().map(|(id, _)| *id).collect();
        ids.dedup();
        let mut conn = reader.conn().await?;
        let mut lists: HashMap<TopicId, Vec<(ArticleId, Instant)>> = HashMap::new();
        for (topic, article, at) in articles::latest_per_topic(conn.get()?, &ids, most).await? {
            lists.entry(topic).or_default().push((article, at));
        }
        let cut = |(id, each): (TopicId, i64)| {
            let list = lists.get(&id).map(Vec::as_slice).unwrap_or_default();
            let list = &list[..list.len().min(usize::try_from(each).unwrap_or(usize::MAX))];
            ((id, each), Arc::new(list.to_vec()))
        };
        Ok(keys.into_iter().map(cut).collect())
    };
    reader.about_topics.load(&keys, fetch).await
}

/// A topic of an article with the latest others about it.
#[derive(Debug, Clone)]
pub struct Block {
    /// The topic.
    pub topic: Arc<Topic>,
    /// The latest others, newest first.
    pub cards: Vec<Arc<Card>>,
}

/// Which blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blocks {
    /// Its topics of every kind but place.
    About,
    /// Its places.
    From,
}

/// The latest others for each of the article's first topics: without the article itself, and no article in two
/// blocks. A topic that no other article has gives no block.
pub async fn blocks(reader: &Reader, card: &Card, which: Blocks, each: usize, topics: usize) -> Result<Vec<Block>> {
    let all = topic::by_ids(reader, &card.topics).await?;
    let fits = |t: &Arc<Topic>| (t.kind == TopicKind::Place) == (which == Blocks::From);
    let chosen: Vec<Arc<Topic>> = all.into_iter().flatten().filter(fits).take(TOPICS_MOST).collect();
    // Itself and what stands in earlier blocks may be among a topic's newest: look at enough to fill the block.
    let window = each * topics.max(1) + 1;
    let ids: Vec<TopicId> = chosen.iter().map(|topic| topic.id).collect();
    let lists = newest_about(reader, &ids, window).await?;
    let mut shown: HashSet<ArticleId> = HashSet::from([card.id]);
    let mut picked: Vec<(Arc<Topic>, Vec<ArticleId>)> = Vec::new();
    for (topic, list) in chosen.into_iter().zip(lists) {
        if picked.len() == topics {
            break;
        }
        let ids: Vec<ArticleId> =
            list.iter().flat_map(|l| l.iter()).map(|(id, _)| *id).filter(|id| !shown.contains(id)).take(each).collect();
        if !ids.is_empty() {
            shown.extend(&ids);
            picked.push((topic, ids));
        }
    }
    let ids: Vec<ArticleId> = picked.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let cards: HashMap<ArticleId, Arc<Card>> =
        article::cards(reader, &ids).await?.into_iter().flatten().map(|card| (card.id, card)).collect();
    let block = |(topic, ids): (Arc<Topic>, Vec<ArticleId>)| {
        let cards: Vec<Arc<Card>> = ids.iter().filter_map(|id| cards.get(id).cloned()).collect();
        (!cards.is_empty()).then_some(Block { topic, cards })
    };
    Ok(picked.into_iter().filter_map(block).collect())
}
