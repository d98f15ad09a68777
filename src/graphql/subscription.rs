//! Subscriptions: what became public, changed or went away.

use std::collections::VecDeque;
use std::sync::Arc;

use async_graphql::{Context, Enum, ID, SimpleObject, Subscription as SubscriptionRoot};
use futures::Stream;
use tokio::sync::Semaphore;

use super::Asked;
use super::article::Article;
use super::errors::Shown;
use super::filter::ArticleFilter;
use super::scalars::DateTime;
use crate::app::App;
use crate::catalogue::Reader;
use crate::catalogue::changes::{self, Watched};
use crate::error::Error;
use crate::model::change::{Change, Deed, Subject};

/// The root of all subscriptions.
pub struct Subscription {
    /// Who may read for an event now.
    turns: Arc<Semaphore>,
}

impl Subscription {
    /// So many read at once for what they tell.
    pub fn new(turns: usize) -> Subscription {
        Subscription { turns: Arc::new(Semaphore::new(turns)) }
    }
}

/// What happened to an article.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum ArticleChangeKind {
    /// It became public.
    Published,
    /// A newer version took its place.
    Updated,
    /// A corrected version took its place.
    Corrected,
    /// Its address changed, or another one leads to it now.
    Moved,
    /// It was taken back.
    Withdrawn,
    /// It was taken back for legal reasons.
    Killed,
}

impl ArticleChangeKind {
    fn of(deed: Deed) -> ArticleChangeKind {
        match deed {
            Deed::Published => ArticleChangeKind::Published,
            Deed::Updated => ArticleChangeKind::Updated,
            Deed::Corrected => ArticleChangeKind::Corrected,
            Deed::Moved => ArticleChangeKind::Moved,
            Deed::Withdrawn | Deed::Removed => ArticleChangeKind::Withdrawn,
            Deed::Killed => ArticleChangeKind::Killed,
        }
    }
}

/// A change of one article.
#[derive(SimpleObject)]
pub struct ArticleChange {
    /// The number of the change: gap-free over all nouns, in the order of the commits.
    seq: i64,
    /// What happened.
    kind: ArticleChangeKind,
    /// The id of the article.
    article_id: ID,
    /// Its version afterwards.
    version: i32,
    /// When.
    occurred_at: DateTime,
    /// The article as it is now; null when it is not public any more.
    article: Option<Article>,
}

/// The root of all subscriptions.
#[SubscriptionRoot]
impl Subscription {
    /// Every change of an article that the filter lets through, from now on, in the order of the commits. A change is
    /// let through when the article fits the filter now or did before the change, so whoever mirrors a list learns
    /// what leaves it.
    async fn article_changed(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which articles; all when it is left out. Ranges of instants are not looked at.")]
        filter: Option<ArticleFilter>,
    ) -> async_graphql::Result<impl Stream<Item = async_graphql::Result<ArticleChange>>> {
        let app = ctx.data_unchecked::<App>().clone();
        let wanted = filter.unwrap_or_default().wanted().shown()?;
        let head = changes::head(&app.db).await.shown()?;
        let (asked, turns) = (ctx.data_unchecked::<Asked>().clone(), self.turns.clone());
        let (watch, ready) = (app.db.head(), VecDeque::new());
        let state = State { watch, app, asked, turns, wanted: Arc::new(wanted), seq: head, ready };
        Ok(futures::stream::try_unfold(state, |mut state| async move {
            let change = state.next().await.shown()?;
            Ok(Some((change, state)))
        }))
    }
}

struct State {
    app: App,
    asked: Asked,
    turns: Arc<Semaphore>,
    wanted: Arc<crate::catalogue::list::Wanted>,
    watch: tokio::sync::watch::Receiver<i64>,
    seq: i64,
    ready: VecDeque<Change>,
}

impl State {
    async fn next(&mut self) -> crate::error::Result<ArticleChange> {
        loop {
            while let Some(change) = self.ready.pop_front() {
                let Subject::Article(id) = change.subject else { continue };
                // What is told of the article is read by the same reader, so that an event is of one moment, and nobody who
                // holds a connection waits for another.
                let turn = self.turns.clone().acquire_owned().await.map_err(Error::internal)?;
                self.asked.begin(Reader::new(&self.app.db), turn);
                let reader = self.asked.reader();
                let card = match changes::watched(&reader, &change, &self.wanted).await? {
                    Watched::No => {
                        drop(reader);
                        self.asked.let_go();
                        continue;
                    }
                    Watched::Yes(card) => card,
                };
                return Ok(ArticleChange {
                    seq: change.seq,
                    kind: ArticleChangeKind::of(change.deed),
                    article_id: ID(id.to_string()),
                    version: change.version,
                    occurred_at: DateTime(change.at),
                    article: card.map(Article),
                });
            }
            let fresh = changes::after(&self.app.db, self.seq).await?;
            if let Some(last) = fresh.last() {
                self.seq = last.seq;
                self.ready.extend(fresh);
                continue;
            }
            // The sender lives as long as the database does, which this stream holds.
            let seen = self.seq;
            let _ = self.watch.wait_for(|head| *head > seen).await;
        }
    }
}
