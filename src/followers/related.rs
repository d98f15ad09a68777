//! Keeps the lists of related news.
//!
//! One node at a time does it, under a lease that it holds while there is work. What changes gets its list anew, and so
//! do those that stand in its list, before and now, and those that link to it: a new article enters its neighbours'
//! lists. After a bulk of changes, or when the settings, the rules or the log are others, all lists are made anew, article
//! by article in the order of the ids; where that stands is kept, so that a restart goes on there.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::Position as Place;
use crate::catalogue::relating::{RULES, Relating};
use crate::catalogue::{Reader, changes, indexing, list};
use crate::config::RelatedSettings;
use crate::error::Result;
use crate::model::change::Subject;
use crate::model::id::ArticleId;
use crate::model::related::List;
use crate::search::{Home, Index, blocking};
use crate::store::followers::{self, DONE, Standing};
use crate::store::{Db, related};
use crate::telemetry;

const NAME: &str = "related";
/// How long a lease lasts that its holder does not renew: as long a crash may delay the lists.
const LEASE_MS: i64 = 20_000;
/// How often is looked whether there is work.
const EVERY: Duration = Duration::from_millis(500);
/// How many changed articles are followed one by one. When there are more at once, all lists are made anew.
const FEW: usize = 25;
/// How long no bulk of changes must have come before all lists are made anew.
const QUIET: Duration = Duration::from_secs(1);
/// How many lists are made between two commits.
const CHUNK: usize = 100;
/// For how many lists is remembered what was learnt of articles and words. Meanwhile others come and go.
const REMEMBER: usize = 5_000;
/// How often progress is told.
const TELL_EVERY: Duration = Duration::from_secs(5);

pub(super) async fn run(
    db: Db,
    home: Home,
    settings: RelatedSettings,
    mut index: watch::Receiver<i64>,
    place: Arc<Place>,
) {
    let mut head = db.head();
    let mut follower = match Follower::new(&db, &home, &settings) {
        Ok(follower) => follower,
        Err(error) => return tracing::error!(?error, "related news is not kept"),
    };
    loop {
        head.borrow_and_update();
        index.borrow_and_update();
        match follower.step(&place).await {
            Ok(Step::Worked) => continue,
            Ok(Step::Idle) => {}
            Err(error) => {
                tracing::warn!(?error, "related news cannot follow; trying again");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
        // What has changed can be related when the index has it, a moment after the head has moved.
        let moved = async {
            tokio::select! {
                moved = head.changed() => moved,
                moved = index.changed() => moved,
            }
        };
        let _ = tokio::time::timeout(EVERY, moved).await;
    }
}

/// Makes all lists anew, unless another process is at it; tells how many are made. `false` when another is.
///
/// # Errors
/// What the store and the index say.
pub async fn relate_all(
    db: &Db,
    index: &Index,
    settings: &RelatedSettings,
    told: &mut (dyn FnMut(usize) + Send),
) -> Result<bool> {
    let mut work = Work::new(db, settings)?;
    let Some(mut standing) = work.take().await? else { return Ok(false) };
    let head = indexing::position(&Reader::new(db)).await?;
    standing = Standing { log_id: head.log_id, seq: head.seq, settings: work.fingerprint.clone(), ..standing };
    standing.fill_after = i64::MIN;
    while standing.fill_after != DONE {
        work.fill(index, &mut standing).await?;
        told(work.filled);
    }
    work.release().await?;
    Ok(true)
}

enum Step {
    Worked,
    Idle,
}

struct Follower {
    db: Db,
    home: Home,
    work: Work,
    /// When a bulk of changes was met last.
    bulk: Option<Instant>,
    told: Instant,
}

/// What makes lists and keeps them, under the lease.
struct Work {
    db: Db,
    settings: RelatedSettings,
    fingerprint: String,
    holder: String,
    filled: usize,
    /// What is known of articles while all lists are made, and of how many it has made the lists.
    relating: Option<(Relating, usize)>,
}

impl Follower {
    fn new(db: &Db, home: &Home, settings: &RelatedSettings) -> Result<Follower> {
        let work = Work::new(db, settings)?;
        Ok(Follower { db: db.clone(), home: home.clone(), work, bulk: None, told: Instant::now() })
    }

    async fn step(&mut self, place: &Place) -> Result<Step> {
        let reader = Reader::new(&self.db);
        let head = indexing::position(&reader).await?;
        let mut conn = self.db.read().await?;
        let known = followers::standing(&mut conn, NAME).await?;
        drop(conn);
        place.alive();
        let fingerprint = self.work.fingerprint.clone();
        let is_done = |known: &Standing| {
            let same = known.log_id == head.log_id && known.settings == fingerprint;
            same && known.seq == head.seq && known.fill_after == DONE
        };
        if known.as_ref().is_some_and(is_done) {
            place.reached(head.seq);
            return Ok(Step::Idle);
        }
        // The index follows the same log on this node; what it has not yet cannot be related.
        let home = self.home.clone();
        let index = blocking(move || home.index()).await?;
        if index.position().is_none_or(|at| at.log_id != head.log_id || at.seq < head.seq) {
            return Ok(Step::Idle);
        }
        let Some(mut standing) = self.work.take().await? else { return Ok(Step::Idle) };
        if standing.log_id != head.log_id || standing.settings != self.work.fingerprint || standing.seq > head.seq {
            standing.log_id = head.log_id.clone();
            (standing.seq, standing.fill_after) = (head.seq, i64::MIN);
            standing.settings = self.work.fingerprint.clone();
        }
        if standing.seq < head.seq {
            if self.work.follow(&reader, &index, &mut standing, head.seq).await? {
                self.bulk = Some(Instant::now());
                self.work.filled = 0;
            }
        } else if self.bulk.is_some_and(|at| at.elapsed() < QUIET) {
            return Ok(Step::Idle);
        } else if standing.fill_after != DONE {
            self.work.fill(&index, &mut standing).await?;
            self.tell(&standing).await?;
        }
        if is_done(&standing) {
            // Until all lists are made the lag shows what they have not followed.
            place.reached(standing.seq);
            self.work.release().await?;
        }
        Ok(Step::Worked)
    }

    async fn tell(&mut self, standing: &Standing) -> Result<()> {
        if standing.fill_after == DONE {
            if self.work.filled > 0 {
                tracing::info!(articles = self.work.filled, "related news is made for all articles");
            }
            self.work.filled = 0;
        } else if self.told.elapsed() > TELL_EVERY {
            self.told = Instant::now();
            let all = list::total(&Reader::new(&self.db)).await?;
            tracing::info!(made = self.work.filled, all, "related news is being made");
        }
        Ok(())
    }
}

impl Work {
    fn new(db: &Db, settings: &RelatedSettings) -> Result<Work> {
        let holder = format!("{:032x}", rand::random::<u128>());
        let fingerprint = format!("{RULES} {}", settings.fingerprint()?);
        Ok(Work { db: db.clone(), settings: settings.clone(), fingerprint, holder, filled: 0, relating: None })
    }

    async fn take(&self) -> Result<Option<Standing>> {
        let holder = self.holder.clone();
        let taken = self.db.write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { followers::take(tx, NAME, &holder, LEASE_MS).await })
        });
        Ok(taken.await?.value)
    }

    async fn release(&self) -> Result<()> {
        let holder = self.holder.clone();
        let released = self.db.write(move |tx| {
            let holder = holder.clone();
            Box::pin(async move { followers::release(tx, NAME, &holder).await })
        });
        released.await.map(drop)
    }

    /// Follows a batch of changes up to `head`, which the index has. Says whether they were so many that all lists are to be
    /// made anew.
    async fn follow(&mut self, reader: &Reader, index: &Index, standing: &mut Standing, head: i64) -> Result<bool> {
        let mut batch = changes::seen_by(reader, standing.seq).await?;
        // What came since the head was read the index may not have.
        batch.retain(|change| change.seq <= head);
        let Some(last) = batch.last().map(|change| change.seq) else { return Ok(false) };
        let article = |subject| if let Subject::Article(id) = subject { Some(id) } else { None };
        let changed: BTreeSet<ArticleId> = batch.iter().filter_map(|change| article(change.subject)).collect();
        standing.seq = last;
        // What was learnt may no longer be so.
        self.relating = None;
        let ids: Vec<ArticleId> = changed.iter().copied().collect();
        if ids.len() > FEW {
            standing.fill_after = i64::MIN;
            self.keep(Vec::new(), ids, standing).await?;
            return Ok(true);
        }
        let relating = Relating::new(index.clone(), &self.settings);
        let mut lists = self.make(&relating, reader, &ids).await?;
        let mut conn = self.db.read().await?;
        let before = related::lists(&mut conn, &ids).await?;
        let linking = related::linking(&mut conn, &ids).await?;
        drop(conn);
        let mut near: BTreeSet<ArticleId> = linking.into_iter().collect();
        let before = before.iter().map(|(_, kept)| kept.whole()).collect::<Result<Vec<&List>>>()?;
        for list in before.into_iter().chain(lists.iter().map(|(_, list)| list)) {
            near.extend(list.entries.iter().map(|entry| entry.article).chain(list.duplicates.iter().copied()));
        }
        let near: Vec<ArticleId> = near.difference(&changed).copied().collect();
        lists.extend(self.make(&relating, reader, &near).await?);
        self.keep(lists, ids, standing).await?;
        let now = self.db.clock().now();
        telemetry::visible("related", batch.iter().map(|change| now.since(change.at)));
        Ok(false)
    }

    /// Makes the next lists of all.
    async fn fill(&mut self, index: &Index, standing: &mut Standing) -> Result<()> {
        let reader = Reader::new(&self.db);
        let mut ids = indexing::ids_after(&reader, ArticleId(standing.fill_after)).await?;
        ids.truncate(CHUNK);
        standing.fill_after = ids.last().map_or(DONE, |id| id.0);
        let known = self.relating.take().filter(|(_, made)| *made < REMEMBER && standing.fill_after != DONE);
        let (relating, made) = known.unwrap_or_else(|| (Relating::new(index.clone(), &self.settings), 0));
        let lists = self.make(&relating, &reader, &ids).await?;
        self.relating = (standing.fill_after != DONE).then_some((relating, made + lists.len()));
        self.filled += lists.len();
        self.keep(lists, Vec::new(), standing).await
    }

    async fn make(&self, relating: &Relating, reader: &Reader, ids: &[ArticleId]) -> Result<Vec<(ArticleId, List)>> {
        let mut lists = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            relating.prepare(reader, chunk).await?;
            for id in chunk {
                lists.extend(relating.list(reader, *id).await?.map(|list| (*id, list)));
            }
        }
        Ok(lists)
    }

    /// Keeps lists, forgets those of what is gone, and notes where the follower stands, in one transaction.
    async fn keep(&self, lists: Vec<(ArticleId, List)>, changed: Vec<ArticleId>, standing: &Standing) -> Result<()> {
        let work = Arc::new((lists, changed, standing.clone()));
        let kept = self.db.write(move |tx| {
            let work = work.clone();
            Box::pin(async move {
                let (lists, changed, standing) = &*work;
                followers::advance(tx, NAME, standing, LEASE_MS).await?;
                related::put(tx, lists).await?;
                if !changed.is_empty() {
                    related::forget_gone(tx, changed).await?;
                }
                Ok(())
            })
        });
        kept.await.map(drop)
    }
}
