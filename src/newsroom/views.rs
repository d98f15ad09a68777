//! Views: counted in memory, once per visitor, article and hour; flushed every second; ranked every half minute.
//!
//! **Who** is nobody's business: a visitor is a hash of address and user agent under a random salt of the day, which
//! exists for that day (and an hour more) only. What is stored is 40 bits of a hash of that with article and hour: more
//! than enough to tell the readers of one article in one hour apart, and so few that thousands of pairs of address and
//! user agent stand behind each. The salt is in the database, since two nodes must take one visitor for one; so whoever
//! reads the database *within the day* can try out an address they suspect. The marks of an hour are gone an hour after
//! it, and once the salt is gone nobody can try anything.
//!
//! **How many**: what waits is bounded; what does not fit is dropped and said in the log. A crash loses what was not
//! flushed, a second's worth.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::model::id::{ArticleId, SectionId};
use crate::model::slug;
use crate::model::trend::Window;
use crate::store::{Db, articles, views};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
/// How many views wait at the most: some 10 MB with the longest slugs.
const MOST: usize = 50_000;
/// How many articles a ranking keeps: the longest page that the doors give.
const KEPT: usize = 100;
/// How old a ranking may get, in milliseconds.
const RANK_EVERY: i64 = 30_000;

/// An article as a beacon names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Id(i64),
    Slug(String),
}

/// A view that waits: the hour, the article, the visitor.
type Waiting = BTreeSet<(i64, Key, u64)>;

/// A day and its salt.
type Salt = (i64, [u8; 32]);
/// Hours with their views.
type Hours = Vec<(i64, i64)>;

/// Counts views. Cloning shares it.
#[derive(Clone)]
pub struct Counter {
    db: Db,
    waiting: Arc<Mutex<Waiting>>,
    salt: Arc<tokio::sync::Mutex<Option<Salt>>>,
}

impl Counter {
    /// A counter over this database.
    pub fn new(db: &Db) -> Counter {
        Counter { db: db.clone(), waiting: Arc::default(), salt: Arc::default() }
    }

    /// Notes that a visitor saw an article, by its id or slug. False when no article can have such a name; whether
    /// there is one is found out when the views are flushed.
    ///
    /// # Errors
    /// What the database says, once a day, when the salt of the day is fetched.
    pub async fn record(&self, article: &str, address: IpAddr, agent: &str) -> Result<bool> {
        let key = match article.parse::<ArticleId>() {
            Ok(id) => Key::Id(id.0),
            Err(_) if slug::is_slug(article) => Key::Slug(article.to_owned()),
            Err(_) => return Ok(false),
        };
        let now = self.db.clock().now().millis();
        let salt = self.salt_of(now.div_euclid(DAY)).await?;
        let mut hasher = blake3::Hasher::new_keyed(&salt);
        hasher.update(address.to_string().as_bytes()).update(b"\n").update(agent.as_bytes());
        let visitor = number(&hasher.finalize());
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if waiting.len() < MOST {
            waiting.insert((now.div_euclid(HOUR), key, visitor));
        } else {
            metrics::counter!("masthead_views_dropped_total").increment(1);
        }
        Ok(true)
    }

    /// How many views wait.
    pub fn waiting(&self) -> usize {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    async fn salt_of(&self, day: i64) -> Result<[u8; 32]> {
        let mut kept = self.salt.lock().await;
        if let Some((of, salt)) = *kept
            && of == day
        {
            return Ok(salt);
        }
        let mut conn = self.db.read().await?;
        let found = views::salt(&mut conn, day).await?;
        drop(conn);
        let text = match found {
            Some(text) => text,
            None => {
                let own = blake3::hash(&rand::random::<[u8; 32]>()).to_hex().to_string();
                let written = self.db.write(move |tx| {
                    let own = own.clone();
                    Box::pin(async move { views::offer_salt(tx.conn(), day, &own).await })
                });
                written.await?.value
            }
        };
        let salt = *blake3::hash(text.as_bytes()).as_bytes();
        *kept = Some((day, salt));
        Ok(salt)
    }

    /// Writes what waits. Gives how many views were counted. When it fails they go on waiting.
    ///
    /// # Errors
    /// What the database says.
    pub async fn flush(&self) -> Result<i64> {
        let batch = std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        if batch.is_empty() {
            return Ok(0);
        }
        let batch = Arc::new(batch);
        let shared = batch.clone();
        let written = self
            .db
            .write(move |tx| {
                let batch = shared.clone();
                Box::pin(async move { count(tx.conn(), &batch).await })
            })
            .await;
        match written {
            Ok(written) => Ok(written.value),
            Err(error) => {
                let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
                let room = MOST.saturating_sub(waiting.len());
                waiting.extend(batch.iter().take(room).cloned());
                Err(error)
            }
        }
    }
}

fn number(hash: &blake3::Hash) -> u64 {
    hash.as_bytes().iter().take(8).fold(0, |n, byte| n << 8 | u64::from(*byte))
}

/// What is stored of a visitor: 40 bits.
fn mark(visitor: u64, article: i64, hour: i64) -> i64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&visitor.to_be_bytes()).update(&article.to_be_bytes()).update(&hour.to_be_bytes());
    (number(&hasher.finalize()) >> 24).cast_signed()
}

async fn count(conn: &mut crate::store::Conn, batch: &Waiting) -> Result<i64> {
    let mut ids: BTreeMap<&Key, i64> = BTreeMap::new();
    for (_, key, _) in batch {
        if ids.contains_key(key) {
            continue;
        }
        match key {
            Key::Id(id) => ids.insert(key, *id),
            Key::Slug(slug) => ids.insert(key, articles::slug_owner(conn, slug).await?.map_or(0, |id| id.0)),
        };
    }
    let asked: Vec<i64> = ids.values().copied().collect::<BTreeSet<_>>().into_iter().collect();
    let published: BTreeSet<i64> = views::published(conn, &asked).await?.into_iter().collect();
    // In one order, so that two nodes do not wait for each other crosswise.
    let marks: BTreeSet<(i64, i64, i64)> = batch
        .iter()
        .filter_map(|(hour, key, visitor)| {
            let id = *ids.get(key).filter(|id| published.contains(id))?;
            Some((*hour, id, mark(*visitor, id, *hour)))
        })
        .collect();
    let mut sums: BTreeMap<(i64, i64), i64> = BTreeMap::new();
    for (hour, id, mark) in marks {
        if views::mark(conn, hour, ArticleId(id), mark).await? {
            *sums.entry((hour, id)).or_default() += 1;
        }
    }
    for ((hour, id), n) in &sums {
        views::add(conn, *hour, ArticleId(*id), *n).await?;
    }
    Ok(sums.values().sum())
}

/// Ranks what trends, unless some node did so within the last half minute, and forgets what is no longer needed.
/// True when it was ranked, and what is kept is written only where it is another one then. Every node reads the same kept rows, so all of them show the same.
///
/// # Errors
/// What the database says.
pub async fn rank(db: &Db) -> Result<bool> {
    let written = db
        .write(|tx| {
            Box::pin(async move {
                let now = tx.now().millis();
                if !views::take_turn(tx, now - RANK_EVERY).await? {
                    return Ok(false);
                }
                let hour = now.div_euclid(HOUR);
                let first = hour - Window::Week.hours();
                let seen = views::since(tx.conn(), first).await?;
                let parents = views::parents(tx.conn()).await?;
                let lists = Window::ALL.into_iter().flat_map(|window| {
                    let lists = rankings(window, hour, &seen, &parents);
                    lists.into_iter().map(move |(section, list)| ((window.hours(), section), list))
                });
                views::rank(tx, &lists.collect()).await?;
                views::prune(tx.conn(), hour - 1, first, (now - HOUR).div_euclid(DAY)).await?;
                Ok(true)
            })
        })
        .await?;
    Ok(written.value)
}

type Ranking = Vec<(ArticleId, i64)>;

fn rankings(
    window: Window,
    hour: i64,
    seen: &[views::Seen],
    parents: &BTreeMap<SectionId, SectionId>,
) -> BTreeMap<Option<SectionId>, Ranking> {
    let mut by_article: BTreeMap<ArticleId, (Option<SectionId>, Hours)> = BTreeMap::new();
    for one in seen {
        by_article.entry(one.article).or_insert((one.section, Vec::new())).1.push((one.hour, one.n));
    }
    let mut lists: BTreeMap<Option<SectionId>, Ranking> = BTreeMap::new();
    for (article, (section, mut hours)) in by_article {
        // In one order: a sum of floats depends on it.
        hours.sort_unstable();
        let score = window.score(hour, &hours);
        if score == 0 {
            continue;
        }
        lists.entry(None).or_default().push((article, score));
        let (mut next, mut steps) = (section, 0);
        // A tree has no circles; should one ever come about, ranking ends nevertheless.
        while let (Some(id), true) = (next, steps < 32) {
            lists.entry(Some(id)).or_default().push((article, score));
            (next, steps) = (parents.get(&id).copied(), steps + 1);
        }
    }
    for list in lists.values_mut() {
        list.sort_unstable_by_key(|(article, score)| std::cmp::Reverse((*score, *article)));
        list.truncate(KEPT);
    }
    lists
}
