//! The newsroom's articles: drafts, revisions, review; and the queries of them.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, Object, SimpleObject};

use super::account::account_id;
use super::article::size;
use super::asker::asker;
use super::connection::{PageInfo, page_cost};
use super::errors::{Shown, or_null};
use super::newsroom_draft::{
    ArticleAsOf, ArticleAutosave, ArticleEvent, ArticleNote, ArticlePreview, ArticleRevision, Draft, DraftChange,
};
use super::scalars::DateTime;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::cursor;
use crate::model::id::{ArticleId, NewsroomId};
use crate::model::newsroom::Wanted;
use crate::model::viewer::Viewer;
use crate::model::workflow::{State, Step};
use crate::newsroom::manuscript::Manuscript;
use crate::newsroom::shown;
use crate::newsroom::{Entry, Place, history, look, previews, review, write};

/// Where the newest revision of an article stands.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "State")]
pub enum ArticleState {
    /// Being written; never public.
    Draft,
    /// Handed to the desk.
    Submitted,
    /// Handed back to be revised.
    ChangesRequested,
    /// Fit to be published.
    Approved,
    /// Waits for its instant; not public before.
    Scheduled,
    /// Held back, without an instant.
    Withheld,
    /// What readers see.
    Published,
    /// Taken back.
    Withdrawn,
    /// Taken back for legal reasons; it never returns.
    Killed,
}

/// What can be done with an article.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Step")]
pub enum ArticleStep {
    /// Save another revision.
    Save,
    /// Hand it to the desk.
    Submit,
    /// Take it back from the desk.
    TakeBack,
    /// Hand it back to be revised.
    RequestChanges,
    /// Find it fit to be published.
    Approve,
    /// Have it published at an instant.
    Schedule,
    /// Take it off its schedule.
    Unschedule,
    /// Hold it back.
    Withhold,
    /// Publish it.
    Publish,
    /// Correct what is public.
    Correct,
    /// Give it another slug.
    MoveSlug,
    /// Give the draft beside what is public up.
    Discard,
    /// Delete what was never public.
    Delete,
    /// Withdraw it.
    Withdraw,
    /// Kill it.
    Kill,
}

pub(super) fn id(text: String) -> ID {
    ID(text)
}

/// An article as the newsroom has it.
pub struct NewsroomArticle {
    viewer: Viewer,
    entry: Box<Entry>,
    text: Option<Box<Manuscript>>,
}

impl NewsroomArticle {
    /// One without its text, which is read when it is asked for.
    pub(super) fn of(viewer: Viewer, entry: Entry) -> NewsroomArticle {
        NewsroomArticle { viewer, entry: Box::new(entry), text: None }
    }

    /// One with its text.
    pub(super) fn with(viewer: Viewer, entry: Entry, text: Manuscript) -> NewsroomArticle {
        NewsroomArticle { viewer, entry: Box::new(entry), text: Some(Box::new(text)) }
    }
}

/// An article as the newsroom has it: what whoever writes sees of it.
#[Object]
impl NewsroomArticle {
    /// The global id of the article as the newsroom has it.
    pub async fn id(&self) -> ID {
        id(NewsroomId(self.entry.id.0).to_string())
    }

    /// The global id of the article as readers have it; mutations take either.
    async fn article_id(&self) -> ID {
        id(self.entry.id.to_string())
    }

    /// The lasting name for it.
    async fn uri(&self) -> &str {
        &self.entry.uri
    }

    /// The slug that it has, or wants to have.
    async fn slug(&self) -> &str {
        &self.entry.slug
    }

    /// Where its newest revision stands.
    async fn state(&self) -> ArticleState {
        self.entry.state.into()
    }

    /// Whether readers see something of it. A public article may have a newer draft beside.
    async fn public(&self) -> bool {
        self.entry.is_public()
    }

    /// Counts the writes: what mutations take as `version`.
    async fn version(&self) -> i32 {
        self.entry.edit
    }

    /// Counts the publications; 0 before the first.
    async fn public_version(&self) -> i32 {
        self.entry.version
    }

    /// The headline of the newest revision; empty after a kill.
    async fn headline(&self) -> &str {
        &self.entry.headline
    }

    /// The id of the account that made it.
    async fn owner(&self) -> Option<ID> {
        self.entry.owner.map(|account| id(account.to_string()))
    }

    /// The id of the account whose work it is.
    async fn assignee(&self) -> Option<ID> {
        self.entry.assignee.map(|account| id(account.to_string()))
    }

    /// When it is to become public.
    async fn due_at(&self) -> Option<DateTime> {
        self.entry.due_at.map(DateTime)
    }

    /// Why it was taken back: public.
    async fn reason(&self) -> Option<&str> {
        self.entry.reason.as_deref()
    }

    /// The instant that readers see as its publication.
    async fn published_at(&self) -> Option<DateTime> {
        self.entry.published_at.map(DateTime)
    }

    /// When it was made.
    async fn created_at(&self) -> DateTime {
        DateTime(self.entry.created_at)
    }

    /// When it was written last.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.entry.updated_at)
    }

    /// What who asks may do with it now: the buttons of an editor's page.
    async fn steps(&self) -> Vec<ArticleStep> {
        look::steps(&self.viewer, &self.entry).into_iter().map(Into::into).collect()
    }

    /// What its newest revision holds; null after a kill.
    #[graphql(complexity = "5 + child_complexity")]
    async fn draft(&self, ctx: &Context<'_>) -> Option<Draft> {
        let read = async {
            if let Some(text) = &self.text {
                return Ok(Some(Draft(shown::Draft::of(text)?)));
            }
            let db = &ctx.data_unchecked::<App>().db;
            let (_, text) = look::with_text(db, &self.viewer, self.entry.id).await?;
            text.as_ref().map(|text| shown::Draft::of(text).map(Draft)).transpose()
        };
        or_null(ctx, read.await.shown())
    }

    /// Its revisions, the newest first. Every save is one.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity) + 5")]
    async fn revisions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those with a smaller number.")] before: Option<i32>,
    ) -> async_graphql::Result<Vec<ArticleRevision>> {
        let (app, size) = (ctx.data_unchecked::<App>(), size(ctx, "first", first)?);
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let rows = history::revisions(&app.db, &self.viewer, self.entry.id, before, limit).await.shown()?;
        Ok(rows.iter().map(|row| ArticleRevision(shown::ArticleRevision::of(row))).collect())
    }

    /// One revision with its text; null where there is none with the number.
    #[graphql(complexity = "5 + child_complexity")]
    async fn revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its number.")] number: i32,
    ) -> async_graphql::Result<Option<ArticleRevision>> {
        let db = &ctx.data_unchecked::<App>().db;
        let found = missing(history::revision(db, &self.viewer, self.entry.id, number).await).shown()?;
        let Some((revision, text)) = found else { return Ok(None) };
        let mut shown = shown::ArticleRevision::of(&revision);
        shown.draft = Some(shown::Draft::of(&text).shown()?);
        Ok(Some(ArticleRevision(shown)))
    }

    /// What differs between two revisions, field by field and block by block; null where one is not there.
    #[graphql(complexity = "10 + child_complexity")]
    async fn compare(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number of the one.")] from: i32,
        #[graphql(desc = "The number of the other.")] to: i32,
    ) -> async_graphql::Result<Option<DraftChange>> {
        let db = &ctx.data_unchecked::<App>().db;
        let found = missing(history::compare(db, &self.viewer, self.entry.id, from, to).await).shown()?;
        let Some(comparison) = found else { return Ok(None) };
        Ok(Some(shown::Differences::of(&comparison).shown()?.into()))
    }

    /// Who did what when, the newest first.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity) + 5")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those before the event with this id.")] before: Option<ID>,
    ) -> async_graphql::Result<Vec<ArticleEvent>> {
        let (app, size) = (ctx.data_unchecked::<App>(), size(ctx, "first", first)?);
        let before = before.map(|id| id.parse()).transpose().shown()?;
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let rows = history::events(&app.db, &self.viewer, self.entry.id, before, limit).await.shown()?;
        Ok(rows.iter().map(|row| ArticleEvent(shown::ArticleEvent::of(row))).collect())
    }

    /// What readers found of it at an instant; null where it was not public yet.
    #[graphql(complexity = "5 + child_complexity")]
    async fn as_of(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The instant.")] at: DateTime,
    ) -> async_graphql::Result<Option<ArticleAsOf>> {
        let db = &ctx.data_unchecked::<App>().db;
        let found = history::as_of(db, &self.viewer, self.entry.id, at.0).await.shown()?;
        let Some(found) = found else { return Ok(None) };
        let found = shown::ArticleAsOf::of(&found).shown()?;
        let since = id(found.event.id.clone());
        Ok(Some(ArticleAsOf { id: since, event: ArticleEvent(found.event), draft: found.draft.map(Draft) }))
    }

    /// The notes to the desk, the newest first. They are never public.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity) + 5")]
    async fn notes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those before the note with this id.")] before: Option<ID>,
    ) -> async_graphql::Result<Vec<ArticleNote>> {
        let (app, size) = (ctx.data_unchecked::<App>(), size(ctx, "first", first)?);
        let before = before.map(|id| id.parse()).transpose().shown()?;
        let limit = i64::try_from(size).unwrap_or(i64::MAX);
        let rows = review::notes(&app.db, &self.viewer, self.entry.id, before, limit).await.shown()?;
        Ok(rows.iter().map(|row| shown::ArticleNote::of(row).into()).collect())
    }

    /// The previews of it that are good, the newest first.
    #[graphql(complexity = "5 + child_complexity")]
    async fn previews(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ArticlePreview>> {
        let db = &ctx.data_unchecked::<App>().db;
        let rows = previews::list(db, &self.viewer, self.entry.id).await.shown()?;
        Ok(rows.iter().map(|row| shown::ArticlePreview::of(row).into()).collect())
    }

    /// What who asks was typing; null where nothing is kept.
    #[graphql(complexity = "5 + child_complexity")]
    async fn autosave(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<ArticleAutosave>> {
        let db = &ctx.data_unchecked::<App>().db;
        let found = write::autosaved(db, &self.viewer, self.entry.id).await.shown()?;
        let found = found.map(|autosave| shown::ArticleAutosave::of(&autosave)).transpose().shown()?;
        Ok(found.map(|autosave| ArticleAutosave::of(self.entry.id, autosave)))
    }
}

/// What is not there is null.
pub(super) fn missing<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// A page of the newsroom's articles, what was touched last first.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct NewsroomArticleConnection {
    /// The articles with their cursors.
    edges: Vec<NewsroomArticleEdge>,
    /// Where the page lies in the list, which is walked forwards.
    page_info: PageInfo,
}

#[ComplexObject]
impl NewsroomArticleConnection {
    /// The articles without their cursors.
    async fn nodes(&self) -> Vec<&NewsroomArticle> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

/// An article of the newsroom in a list.
#[derive(SimpleObject)]
pub struct NewsroomArticleEdge {
    /// The place of the article, to go on from.
    cursor: String,
    /// The article.
    node: NewsroomArticle,
}

/// Which articles of the newsroom.
#[derive(InputObject, Default)]
pub struct NewsroomFilter {
    /// Those whose newest revision stands so.
    state: Option<ArticleState>,
    /// Those of which readers see something, or nothing.
    public: Option<bool>,
    /// Those that the account with this global id made.
    owner: Option<ID>,
    /// Those given to the account with this global id.
    assignee: Option<ID>,
}

/// Queries of the newsroom.
#[derive(Default)]
pub struct NewsroomQuery;

#[Object]
impl NewsroomQuery {
    /// One article of the newsroom, as its newest revision has it; null where there is none, or none that who asks may see.
    #[graphql(complexity = "5 + child_complexity")]
    async fn newsroom_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
    ) -> Option<NewsroomArticle> {
        let found = async {
            let (known, ..) = asker(ctx)?.reading().await?;
            let app = ctx.data_unchecked::<App>();
            let found = look::article(&app.db, &known.viewer(), article_id(&id)?).await;
            Ok(missing(found)?.map(|entry| NewsroomArticle::of(known.viewer(), entry)))
        };
        or_null(ctx, found.await.shown())
    }

    /// Articles of the newsroom, what was touched last first. A contributor sees their own and those given to them.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity) + 5")]
    async fn newsroom_articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which; all when it is left out.")] filter: Option<NewsroomFilter>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<NewsroomArticleConnection> {
        let size = size(ctx, "first", first)?;
        page(ctx, filter.unwrap_or_default(), size, after).await.shown()
    }
}

async fn page(
    ctx: &Context<'_>,
    filter: NewsroomFilter,
    size: usize,
    after: Option<String>,
) -> Result<NewsroomArticleConnection> {
    let (known, ..) = asker(ctx)?.reading().await?;
    let viewer = known.viewer();
    let account = |id: Option<ID>| id.map(|id| account_id(&id)).transpose();
    let wanted = Wanted {
        state: filter.state.map(Into::into),
        owner: account(filter.owner)?,
        assignee: account(filter.assignee)?,
        own: None,
        public: filter.public,
    };
    let place = after.as_deref().map(cursor::Place::decode).transpose()?;
    let place = place.map(|place| Place { updated_at: place.updated_at, id: ArticleId(place.id) });
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let mut rows = look::list(&ctx.data_unchecked::<App>().db, &viewer, wanted, place, limit).await?;
    let more = rows.len() > size;
    rows.truncate(size);
    let edges: Vec<NewsroomArticleEdge> = rows
        .into_iter()
        .map(|entry| NewsroomArticleEdge {
            cursor: cursor::Place { published_at: entry.updated_at, updated_at: entry.updated_at, id: entry.id.0 }
                .encode(),
            node: NewsroomArticle::of(viewer, entry),
        })
        .collect();
    let edge = |edge: Option<&NewsroomArticleEdge>| edge.map(|edge| edge.cursor.clone());
    let page_info = PageInfo::of_hits(edge(edges.first()), edge(edges.last()), after.is_none(), more);
    Ok(NewsroomArticleConnection { edges, page_info })
}

/// The id of an article, as readers or as the newsroom has it.
pub(super) fn article_id(id: &ID) -> Result<ArticleId> {
    if let Ok(newsroom) = id.parse::<NewsroomId>() {
        return Ok(ArticleId(newsroom.0));
    }
    id.parse().map_err(|error: Error| error.at("id"))
}

/// The article of the newsroom with this global id; none for who may not see it, as where there is none.
pub(super) async fn node(ctx: &Context<'_>, id: NewsroomId) -> Result<Option<NewsroomArticle>> {
    let asker = asker(ctx)?;
    asker.personal();
    if asker.known.is_none() {
        return Ok(None);
    }
    let viewer = asker.reading().await?.0.viewer();
    match look::article(&ctx.data_unchecked::<App>().db, &viewer, ArticleId(id.0)).await {
        Ok(entry) => Ok(Some(NewsroomArticle::of(viewer, entry))),
        Err(error) if matches!(error.code(), Code::Forbidden | Code::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}
