//! What to read next: related news with reasons, more about its topics, more from its places.
//!
//! Related news is read as it is kept: `relating` makes the lists, and a follower keeps them.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use super::relating::Relating;
use super::{Reader, article, list, search, topic};
use crate::app::App;
use crate::cache::Newest;
use crate::error::{Code, Result};
use crate::model::article::Card;
use crate::model::change::Tag;
use crate::model::id::{ArticleId, TopicId};
use crate::model::related::{self as why, Entry, Kept, Start};
use crate::model::topic::{Topic, TopicKind};
use crate::store::{Conn, articles, related};

/// How many of a topic's newest articles are looked at: a multiple of this, so that related news and blocks of like
/// sizes share what is read. An article has a dozen topics, so there are many more to choose from than are shown.
const LOOKED_AT: usize = 16;
/// How many topics of an article are looked at.
const TOPICS_MOST: usize = 12;
/// How often the latest news is looked at, each time further back, where much of it is nearly the same.
const LOOKS: usize = 3;

/// An article that belongs beside another, and why.
#[derive(Debug, Clone)]
pub struct Related {
    /// The article.
    pub card: Arc<Card>,
    /// How near it is; comparable within one list.
    pub score: f64,
    /// Why, the strongest reason first; none where they were not asked for.
    pub reasons: Vec<Reason>,
}

/// A list of related news that is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelatedWanted {
    /// How many articles it has.
    pub size: usize,
    /// Whether its reasons are shown: they name topics, which are to be read for them.
    pub reasons: bool,
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
    /// An editor put the one beside the other.
    EditorsPick,
    /// Both are about a topic.
    SharedTopic,
    /// Both are from a place.
    SamePlace,
    /// Their words are alike.
    SimilarText,
    /// It is simply the latest.
    Latest,
}

/// The articles that belong beside `card`, nearest first; never itself, and nothing that is not published. What is kept
/// of it is read; where nothing is kept yet, its list is made now, once, and kept. What has no reason left, since either
/// article changed, makes room for those behind it: also where no reasons are asked for, so that the same articles are
/// shown. A list that is too short is filled up with the latest news, but for what is nearly the same as something in it.
pub async fn related(reader: &Reader, app: &App, card: &Card, wanted: RelatedWanted) -> Result<Vec<Related>> {
    let RelatedWanted { size, reasons } = wanted;
    // Before the others' cards, so that all siblings ask for both at the same steps.
    let mut list = nearest(reader, app, card.id, size).await?;
    let topics = match list.entries(size)? {
        [_, ..] if reasons => article::topics(reader, card).await?,
        _ => Vec::new(),
    };
    let mut found: Vec<Related> = Vec::new();
    // What went away since the list was made leaves room for those behind it.
    let mut seen = 0;
    while found.len() < size {
        let upto = seen + size - found.len();
        if list.is_shorter(upto) {
            // Read later, so perhaps another list: what was taken of the first one is not in its place there.
            list = Nearest::List(list_of(reader, app, card.id).await?);
            found.clear();
            seen = 0;
            continue;
        }
        let entries = list.entries(upto)?;
        let now = entries.get(seen..upto.min(entries.len())).unwrap_or_default();
        if now.is_empty() {
            break;
        }
        let ids: Vec<ArticleId> = now.iter().map(|entry| entry.article).collect();
        let cards = article::cards(reader, &ids).await?;
        found.extend(now.iter().zip(cards).filter_map(|(entry, other)| {
            let other = other.filter(|other| entry.reasons.iter().any(|reason| holds(*reason, card, other)))?;
            let reasons = if reasons { words(&topics, card, &other, &entry.reasons) } else { Vec::new() };
            Some(Related { score: entry.score, reasons, card: other })
        }));
        seen += now.len();
    }
    if found.len() < size {
        // In a box, since it is seldom run and large.
        Box::pin(fill(reader, app, card, wanted, &mut found)).await?;
    }
    Ok(found)
}

/// Fills a list up with the latest news. Which articles have nearly the same text is known from their own lists: of some,
/// the one has the other in its list and is not in the other's.
async fn fill(reader: &Reader, app: &App, card: &Card, wanted: RelatedWanted, found: &mut Vec<Related>) -> Result<()> {
    let RelatedWanted { size, reasons } = wanted;
    let why: &[ReasonKind] = if reasons { &[ReasonKind::Latest] } else { &[] };
    let why = || why.iter().map(|kind| Reason { kind: *kind, text: "Latest news".to_owned() }).collect();
    let mut shown: HashSet<ArticleId> = found.iter().map(|one| one.card.id).chain([card.id]).collect();
    let mut copies: HashSet<ArticleId> = list_of(reader, app, card.id).await?.duplicates()?.iter().copied().collect();
    for _ in 0..LOOKS {
        let most = looked_at(size, copies.len());
        let latest = list::latest(reader, most).await?;
        let is_all = latest.len() < most;
        let ids: Vec<ArticleId> = found.iter().map(|one| one.card.id).chain(latest.iter().map(|one| one.id)).collect();
        let kept = lists(reader, &ids).await?;
        let kept: HashMap<ArticleId, Arc<Kept>> =
            ids.into_iter().zip(kept).filter_map(|(id, list)| Some((id, list?))).collect();
        for one in found.iter() {
            copies.extend(copies_of(&kept, one.card.id)?);
        }
        for one in latest {
            if found.len() == size {
                break;
            }
            if shown.contains(&one.id) || copies.contains(&one.id) {
                continue;
            }
            let own = copies_of(&kept, one.id)?;
            if own.iter().any(|id| shown.contains(id)) {
                copies.insert(one.id);
                continue;
            }
            shown.insert(one.id);
            copies.extend(own);
            found.push(Related { card: one, score: 0.0, reasons: why() });
        }
        if found.len() == size || is_all {
            break;
        }
    }
    Ok(())
}

/// What has nearly the text of an article, as its list has it; nothing where none is kept yet.
fn copies_of(kept: &HashMap<ArticleId, Arc<Kept>>, id: ArticleId) -> Result<&[ArticleId]> {
    match kept.get(&id) {
        Some(list) => list.duplicates(),
        None => Ok(&[]),
    }
}

/// How many of the latest news are enough to fill a list of this size up, beside what stands in it already, the article
/// itself and so many that are nearly the same; some more, so that siblings share what is read.
fn looked_at(size: usize, copies: usize) -> usize {
    (2 * size + 1 + copies).next_multiple_of(LOOKED_AT)
}

/// Articles with nearly the same text: the same story once more, or an earlier or later version of it.
pub async fn duplicates(reader: &Reader, app: &App, card: &Card) -> Result<Vec<Arc<Card>>> {
    let list = list_of(reader, app, card.id).await?;
    Ok(article::cards(reader, list.duplicates()?).await?.into_iter().flatten().collect())
}

/// The entries of a list that stand first, or the list.
enum Nearest {
    First(Arc<Vec<Entry>>),
    List(Arc<Kept>),
}

impl Nearest {
    fn entries(&self, least: usize) -> Result<&[Entry]> {
        match self {
            Nearest::First(entries) => Ok(entries),
            Nearest::List(list) => list.entries(least),
        }
    }

    /// Whether the list may have more, and so many are not known.
    fn is_shorter(&self, wanted: usize) -> bool {
        matches!(self, Nearest::First(entries) if entries.len() < wanted)
    }
}

/// What belongs beside an article: so many entries where its list has them, or more.
async fn nearest(reader: &Reader, app: &App, id: ArticleId, least: usize) -> Result<Nearest> {
    Ok(match reader.nearest.known(&id).filter(|first| first.len() >= least) {
        Some(first) => Nearest::First(first),
        None => Nearest::List(list_of(reader, app, id).await?),
    })
}

/// Whether so much of the list of an article was read.
pub(super) fn is_read(reader: &Reader, id: ArticleId, least: usize) -> bool {
    reader.related.knows(&id) || reader.nearest.known(&id).is_some_and(|first| first.len() >= least)
}

/// What was read of the list of an article beside something else, of so many bytes at the most, for who wants so
/// many entries of it.
pub(super) fn begun(reader: &Reader, id: ArticleId, start: Option<Start>, wanted: usize, most: i32) {
    if let Some(first) = start.as_ref().and_then(|start| start.entries(wanted)) {
        reader.nearest.remember(id, Arc::new(first));
        return;
    }
    match start.map(|start| start.whole(most)) {
        None => reader.related.brought(vec![id], Vec::new()),
        Some(Some(list)) => reader.related.remember(id, Arc::new(list)),
        // It is read when it is asked for.
        Some(None) => {}
    }
}

/// What is kept of an article; made now where nothing is. An index that is being built makes no list: it is empty then.
async fn list_of(reader: &Reader, app: &App, id: ArticleId) -> Result<Arc<Kept>> {
    if reader.is_draft_alone(id) {
        return Ok(Arc::default());
    }
    if let Some(list) = lists(reader, &[id]).await?.pop().flatten() {
        return Ok(list);
    }
    // What is made now will be kept in a moment, or not: nobody else is to have it.
    reader.for_one();
    // In a box, since it is seldom run and large.
    let made = Box::pin(app.relating.get(id, make(reader, app, id))).await;
    let list = match made {
        Err(error) if error.code() == Code::Unavailable => Arc::default(),
        other => other?,
    };
    // Also that there is none: who asks again for the same answer would wait for the index once more.
    reader.related.remember(id, list.clone());
    Ok(list)
}

/// What is kept of these articles, in their order.
pub(super) async fn lists(reader: &Reader, ids: &[ArticleId]) -> Result<Vec<Option<Arc<Kept>>>> {
    let fetch = async |ids: Vec<ArticleId>| {
        if reader.bodies.take(&ids) {
            let (bodies, lists) = article::bodies_and_lists(reader, &ids).await?;
            reader.bodies.brought(ids, bodies);
            return Ok(lists);
        }
        let mut conn = reader.conn(ids.iter().copied().map(Tag::Related)).await?;
        let lists = related::lists(conn.get()?, &ids).await?;
        Ok(lists.into_iter().map(|(id, list)| (id, Arc::new(list))).collect())
    };
    reader.related.load(ids, fetch).await
}

async fn make(reader: &Reader, app: &App, id: ArticleId) -> Result<Arc<Kept>> {
    let index = search::fresh(reader, &app.search).await?;
    let relating = Relating::new(index, &app.settings.related);
    let Some(list) = relating.list(reader, id).await? else { return Ok(Arc::default()) };
    let list = Arc::new(Kept::of(list.rounded()));
    // Derived from what is public, so keeping it is no write of the newsroom and no change of the log. The reader need
    // not wait for it.
    let (db, kept) = (app.db.clone(), list.clone());
    tokio::spawn(async move {
        let offered = db.write(move |tx| {
            let kept = kept.clone();
            Box::pin(async move { related::offer(tx, id, kept.whole()?).await })
        });
        if let Err(error) = offered.await {
            tracing::warn!(?error, "a list of related news could not be kept; it is made anew when it is asked for");
        }
    });
    Ok(list)
}

/// Whether a reason still holds, as far as the two articles say: either may have changed since the list was made.
fn holds(reason: why::Reason, card: &Card, other: &Card) -> bool {
    match reason {
        why::Reason::EditorsPick => card.related.contains(&other.uri),
        why::Reason::Topic(id) | why::Reason::Place(id) => card.topics.contains(&id) && other.topics.contains(&id),
        // What became of their words is known when the list is made anew, in a moment.
        why::Reason::Words => true,
    }
}

/// The reasons that still hold, in words.
fn words(topics: &[Arc<Topic>], card: &Card, other: &Card, kept: &[why::Reason]) -> Vec<Reason> {
    let name = |id: &TopicId| topics.iter().find(|topic| topic.id == *id).map(|topic| topic.name.as_str());
    let told = |reason: &why::Reason| {
        let (kind, text) = match reason {
            why::Reason::EditorsPick => (ReasonKind::EditorsPick, "Editors\u{2019} pick".to_owned()),
            why::Reason::Topic(id) => (ReasonKind::SharedTopic, ["Both about ", name(id)?].concat()),
            why::Reason::Place(id) => (ReasonKind::SamePlace, ["Same place: ", name(id)?].concat()),
            why::Reason::Words => (ReasonKind::SimilarText, "A similar story".to_owned()),
        };
        Some(Reason { kind, text })
    };
    kept.iter().filter(|reason| holds(**reason, card, other)).filter_map(told).collect()
}

/// The newest articles about topics, so many of each or some more; one statement for all siblings.
async fn newest_about(reader: &Reader, keys: &[(TopicId, i64)]) -> Result<Vec<Option<Arc<Newest>>>> {
    let fetch = async |keys: Vec<(TopicId, i64)>| {
        let shelf = reader.shelf(|entities| &entities.newest).await?;
        reader.shelved(shelf, keys, |(id, _)| Tag::About(id), read_newest).await
    };
    reader.about_topics.load(keys, fetch).await
}

async fn read_newest(conn: &mut Conn, keys: Vec<(TopicId, i64)>) -> Result<Vec<((TopicId, i64), Arc<Newest>)>> {
    let most = keys.iter().map(|(_, each)| *each).max().unwrap_or(0);
    let ids = article::each_once(keys.iter().map(|(id, _)| *id));
    let mut lists: HashMap<TopicId, Newest> = HashMap::new();
    for (topic, article, at) in articles::latest_per_topic(conn, &ids, most).await? {
        lists.entry(topic).or_default().push((article, at));
    }
    let cut = |(id, each): (TopicId, i64)| {
        let list = lists.get(&id).map(Vec::as_slice).unwrap_or_default();
        let list = &list[..list.len().min(usize::try_from(each).unwrap_or(usize::MAX))];
        ((id, each), Arc::new(list.to_vec()))
    };
    Ok(keys.into_iter().map(cut).collect())
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

/// Which blocks, how many articles each has, and how many blocks there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlocksWanted {
    /// Which.
    pub which: Blocks,
    /// Articles of a block.
    pub each: usize,
    /// Blocks.
    pub topics: usize,
}

impl BlocksWanted {
    /// The topics of an article that may give a block, in its order.
    async fn topics(self, reader: &Reader, card: &Card) -> Result<Vec<Arc<Topic>>> {
        let all = topic::by_ids(reader, &card.topics).await?;
        let fits = |t: &Arc<Topic>| (t.kind == TopicKind::Place) == (self.which == Blocks::From);
        Ok(all.into_iter().flatten().filter(fits).take(TOPICS_MOST).collect())
    }

    /// The newest of a topic that are looked at: the article itself and what stands in earlier blocks may be among them.
    fn key(self, topic: &Topic) -> (TopicId, i64) {
        let least = self.each * self.topics.max(1) + 1;
        (topic.id, i64::try_from(least.next_multiple_of(LOOKED_AT)).unwrap_or(i64::MAX))
    }
}

/// A topic, and the articles of its block.
type Picked = (Arc<Topic>, Vec<ArticleId>);

/// The latest others for each of the article's first topics: without the article itself, and no article in two
/// blocks. A topic that no other article has gives no block.
pub async fn blocks(reader: &Reader, card: &Card, wanted: BlocksWanted) -> Result<Vec<Block>> {
    let picked = pick(reader, card, wanted).await?;
    filled(reader, picked).await
}

async fn pick(reader: &Reader, card: &Card, wanted: BlocksWanted) -> Result<Vec<Picked>> {
    let chosen = wanted.topics(reader, card).await?;
    let keys: Vec<(TopicId, i64)> = chosen.iter().map(|topic| wanted.key(topic)).collect();
    let lists = newest_about(reader, &keys).await?;
    // A few dozen at the most.
    let mut shown: Vec<ArticleId> = vec![card.id];
    let mut picked: Vec<Picked> = Vec::new();
    for (topic, list) in chosen.into_iter().zip(lists) {
        if picked.len() == wanted.topics {
            break;
        }
        let ids = list.iter().flat_map(|l| l.iter()).map(|(id, _)| *id).filter(|id| !shown.contains(id));
        let ids: Vec<ArticleId> = ids.take(wanted.each).collect();
        if !ids.is_empty() {
            shown.extend(&ids);
            picked.push((topic, ids));
        }
    }
    Ok(picked)
}

async fn filled(reader: &Reader, picked: Vec<Picked>) -> Result<Vec<Block>> {
    let ids: Vec<ArticleId> = picked.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let mut cards = article::cards(reader, &ids).await?.into_iter();
    let block = |(topic, ids): Picked| {
        let cards: Vec<Arc<Card>> = cards.by_ref().take(ids.len()).flatten().collect();
        (!cards.is_empty()).then_some(Block { topic, cards })
    };
    Ok(picked.into_iter().filter_map(block).collect())
}

/// What is asked to stand beside articles.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BesideWanted {
    /// Lists of related news.
    pub related: Vec<RelatedWanted>,
    /// Blocks.
    pub blocks: Vec<BlocksWanted>,
}

/// What stands beside an article, in the order in which it was asked for.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Lists of related news.
    pub related: Vec<Vec<Related>>,
    /// Blocks.
    pub blocks: Vec<Vec<Block>>,
}

/// What stands beside each of these articles: as many statements for many as for one.
pub async fn beside(reader: &Reader, app: &App, cards: &[Arc<Card>], wanted: &BesideWanted) -> Result<Vec<Beside>> {
    let mut keys = Vec::new();
    for blocks in &wanted.blocks {
        for card in cards {
            keys.extend(blocks.topics(reader, card).await?.iter().map(|topic| blocks.key(topic)));
        }
    }
    if !keys.is_empty() {
        newest_about(reader, &article::each_once(keys.into_iter())).await?;
    }
    let mut picked = Vec::with_capacity(wanted.blocks.len() * cards.len());
    let mut shown: Vec<ArticleId> = Vec::new();
    // What stands in lists that the latest news will fill up.
    let mut filled_up: Option<Vec<ArticleId>> = None;
    let longest = wanted.related.iter().map(|wanted| wanted.size).max();
    for card in cards {
        for blocks in &wanted.blocks {
            let blocks = pick(reader, card, *blocks).await?;
            shown.extend(blocks.iter().flat_map(|(_, ids)| ids));
            picked.push(blocks);
        }
        if let Some(longest) = longest {
            let list = nearest(reader, app, card.id, longest).await?;
            let first: Vec<ArticleId> =
                list.entries(longest)?.iter().take(longest).map(|entry| entry.article).collect();
            shown.extend(&first);
            if first.len() < longest {
                filled_up.get_or_insert_default().extend(first);
            }
        }
    }
    article::cards(reader, &article::each_once(shown.into_iter())).await?;
    if let Some((first, longest)) = filled_up.zip(longest) {
        let latest = list::latest(reader, looked_at(longest, 0)).await?;
        let ids = first.into_iter().chain(latest.iter().map(|card| card.id));
        lists(reader, &article::each_once(ids)).await?;
    }
    let mut all = Vec::with_capacity(cards.len());
    let mut picked = picked.into_iter();
    for card in cards {
        let mut beside = Beside::default();
        for wanted in &wanted.related {
            beside.related.push(related(reader, app, card, *wanted).await?);
        }
        for blocks in picked.by_ref().take(wanted.blocks.len()) {
            beside.blocks.push(filled(reader, blocks).await?);
        }
        all.push(beside);
    }
    Ok(all)
}
