//! The newsroom's articles: drafts, revisions, review; and the queries of them.

use async_graphql::{Context, Enum, ID, InputObject, Json, MaybeUndefined, Object, SimpleObject};
use serde_json::Value;

use super::account::account_id;
use super::article::size;
use super::asker::asker;
use super::connection::PageInfo;
use super::errors::{Shown, or_null};
use super::scalars::{DateTime, PortableText};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::cursor;
use crate::model::id::{ArticleId, NewsroomId};
use crate::model::newsroom::Wanted;
use crate::model::viewer::Viewer;
use crate::model::workflow::{State, Step};
use crate::newsroom::changes::{Blocks, BodyInput, BylineInput, Changes, ImageInput, InfoSourceInput, TopicInput};
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

fn id(text: String) -> ID {
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
    #[graphql(complexity = "5 + child_complexity")]
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
    #[graphql(complexity = "5 + child_complexity")]
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
    #[graphql(complexity = "5 + child_complexity")]
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
fn missing<T>(result: Result<T>) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.code() == Code::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// What one revision holds.
pub struct Draft(pub(super) shown::Draft);

/// What one revision holds.
#[Object(name = "ArticleDraft")]
impl Draft {
    /// Names what it holds: equal drafts have equal ids.
    async fn id(&self) -> ID {
        id(self.0.id.clone())
    }

    /// One line.
    async fn headline(&self) -> &str {
        &self.0.headline
    }

    /// The kicker.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }

    /// What the piece is.
    async fn genre(&self) -> &str {
        &self.0.genre
    }

    /// A sentence or two, plain text.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// The text as Portable Text.
    async fn body(&self) -> PortableText {
        PortableText(Value::Array(self.0.body.clone()).to_string())
    }

    /// The same as HTML, without notices.
    async fn body_html(&self) -> &str {
        &self.0.body_html
    }

    /// The section.
    async fn section(&self) -> Option<DraftTerm> {
        self.0.section.clone().map(Into::into)
    }

    /// The byline, in order.
    async fn authors(&self) -> Vec<DraftTerm> {
        self.0.authors.iter().cloned().map(Into::into).collect()
    }

    /// What it is about, in order.
    async fn topics(&self) -> Vec<DraftTerm> {
        self.0.topics.iter().cloned().map(Into::into).collect()
    }

    /// The lead image.
    async fn image(&self) -> Option<DraftImage> {
        self.0.image.clone().map(Into::into)
    }

    /// BCP 47 tag.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// The instant that it is dated with; null is when it first becomes public.
    async fn published_at(&self) -> Option<DateTime> {
        self.0.published_at.map(DateTime)
    }

    /// It does not become public before.
    async fn embargoed_until(&self) -> Option<DateTime> {
        self.0.embargoed_until.map(DateTime)
    }

    /// The original's address.
    async fn canonical_url(&self) -> Option<&str> {
        self.0.canonical_url.as_deref()
    }

    /// Who it comes from.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// The licence.
    async fn license(&self) -> Option<&str> {
        self.0.license.as_deref()
    }

    /// The notice to be shown with it.
    async fn copyright_notice(&self) -> Option<&str> {
        self.0.copyright_notice.as_deref()
    }

    /// What it draws on.
    async fn info_sources(&self) -> Vec<DraftInformationProvider> {
        self.0
            .info_sources
            .iter()
            .map(|s| DraftInformationProvider { name: s.name.clone(), url: s.url.clone() })
            .collect()
    }

    /// Disclaimers of its own, before those that rules add.
    async fn disclaimers(&self) -> &[String] {
        &self.0.disclaimers
    }

    /// Corrections that were published, oldest first.
    async fn corrections(&self) -> Vec<DraftCorrection> {
        self.0
            .corrections
            .iter()
            .map(|c| DraftCorrection { published_at: DateTime(c.published_at), text: c.text.clone() })
            .collect()
    }

    /// The URIs of the articles that are to stand beside it.
    async fn related(&self) -> &[String] {
        &self.0.related
    }
}

/// An author, a topic or a section that a draft names.
#[derive(SimpleObject)]
pub struct DraftTerm {
    /// The global id.
    id: ID,
    /// The slug.
    slug: String,
    /// The name.
    name: String,
    /// The kind of an author or a topic; null for a section.
    kind: Option<String>,
    /// As what an author took part, where it is not simply the text.
    role: Option<String>,
}

impl From<shown::DraftTerm> for DraftTerm {
    fn from(term: shown::DraftTerm) -> DraftTerm {
        DraftTerm { id: id(term.id), slug: term.slug, name: term.name, kind: term.kind, role: term.role }
    }
}

/// An image by address.
#[derive(SimpleObject)]
pub struct DraftImage {
    /// Its address.
    url: String,
    /// What is to be seen, for those who do not see it.
    alt: Option<String>,
    /// The line below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// Width in pixels.
    width: Option<i32>,
    /// Height in pixels.
    height: Option<i32>,
}

impl From<crate::model::article::Image> for DraftImage {
    fn from(image: crate::model::article::Image) -> DraftImage {
        let size = |n: Option<u32>| n.and_then(|n| i32::try_from(n).ok());
        let (width, height) = (size(image.width), size(image.height));
        DraftImage { url: image.url, alt: image.alt, caption: image.caption, credit: image.credit, width, height }
    }
}

/// A publication that a draft draws on.
#[derive(SimpleObject)]
pub struct DraftInformationProvider {
    /// Its name.
    name: String,
    /// Where it can be read.
    url: Option<String>,
}

/// A correction that was published.
#[derive(SimpleObject)]
pub struct DraftCorrection {
    /// When.
    published_at: DateTime,
    /// What was put right.
    text: String,
}

/// A revision.
pub struct ArticleRevision(shown::ArticleRevision);

/// A revision of an article.
#[Object]
impl ArticleRevision {
    /// The id.
    async fn id(&self) -> ID {
        id(self.0.id.clone())
    }

    /// Counts the article's revisions.
    async fn number(&self) -> i32 {
        self.0.number
    }

    /// The id of the account that made it, or the role of who has none.
    async fn made_by(&self) -> &str {
        &self.0.made_by
    }

    /// When it was made.
    async fn made_at(&self) -> DateTime {
        DateTime(self.0.made_at)
    }

    /// The number of the revision that it restored.
    async fn restored_from(&self) -> Option<i32> {
        self.0.restored_from
    }

    /// What it holds; null in lists: ask for one revision by its number.
    async fn draft(&self) -> Option<Draft> {
        self.0.draft.clone().map(Draft)
    }
}

/// Something that happened to an article.
pub struct ArticleEvent(shown::ArticleEvent);

/// Something that happened to an article.
#[Object]
impl ArticleEvent {
    /// The id.
    async fn id(&self) -> ID {
        id(self.0.id.clone())
    }

    /// When.
    async fn at(&self) -> DateTime {
        DateTime(self.0.at)
    }

    /// What: `CREATED`, `SAVED`, `SUBMITTED`, `PUBLISHED`, `CORRECTED` …
    async fn kind(&self) -> &str {
        &self.0.kind
    }

    /// The id of the account that did it; null for the program itself.
    async fn by(&self) -> Option<ID> {
        self.0.by.clone().map(id)
    }

    /// The number of the revision that it is about.
    async fn revision(&self) -> Option<i32> {
        self.0.revision
    }

    /// The public version afterwards.
    async fn public_version(&self) -> i32 {
        self.0.public_version
    }

    /// The slug afterwards.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// More in words: a reason, a note of correction, an instant, an account. May be empty.
    async fn detail(&self) -> &str {
        &self.0.detail
    }
}

/// What readers found of an article at an instant.
#[derive(SimpleObject)]
pub struct ArticleAsOf {
    /// The id of the event since which they found it so.
    id: ID,
    /// What had happened last.
    event: ArticleEvent,
    /// What they read; null after it was taken back.
    draft: Option<Draft>,
}

/// A note to the desk; never public.
#[derive(SimpleObject)]
pub struct ArticleNote {
    /// The id.
    id: ID,
    /// The id of the account that wrote it.
    by: Option<ID>,
    /// Plain text.
    text: String,
    /// When.
    at: DateTime,
}

impl From<shown::ArticleNote> for ArticleNote {
    fn from(note: shown::ArticleNote) -> ArticleNote {
        ArticleNote { id: id(note.id), by: note.by.map(id), text: note.text, at: DateTime(note.at) }
    }
}

/// A preview that was given out.
#[derive(SimpleObject)]
pub struct ArticlePreview {
    /// The id.
    id: ID,
    /// The number of the only revision that it shows; null for whatever is the newest.
    revision: Option<i32>,
    /// The id of the account that gave it out.
    by: Option<ID>,
    /// When.
    made_at: DateTime,
    /// Until when it is good.
    expires_at: DateTime,
    /// What the frontend sends as `Masthead-Preview`; shown once, when it is given out.
    token: Option<String>,
}

impl From<shown::ArticlePreview> for ArticlePreview {
    fn from(preview: shown::ArticlePreview) -> ArticlePreview {
        ArticlePreview {
            id: id(preview.id),
            revision: preview.revision,
            by: preview.by.map(id),
            made_at: DateTime(preview.made_at),
            expires_at: DateTime(preview.expires_at),
            token: preview.token,
        }
    }
}

/// What was being typed.
#[derive(SimpleObject)]
pub struct ArticleAutosave {
    /// The id of the article; there is one for each account.
    id: ID,
    /// The version of the article that it began with.
    version: i32,
    /// What was sent, with the names of `ArticleChanges`.
    changes: Json<Value>,
    /// When it came.
    saved_at: DateTime,
}

impl ArticleAutosave {
    /// What is kept of this article.
    pub(super) fn of(article: ArticleId, autosave: shown::ArticleAutosave) -> ArticleAutosave {
        let (version, changes) = (autosave.version, Json(autosave.changes));
        ArticleAutosave { id: id(article.to_string()), version, changes, saved_at: DateTime(autosave.saved_at) }
    }
}

/// What differs between two texts.
#[derive(SimpleObject)]
pub struct DraftChange {
    /// The fields that differ, but for the body.
    fields: Vec<FieldChange>,
    /// The blocks of both bodies, in order; empty where the bodies are equal.
    body: Vec<BlockChange>,
}

/// A field that differs.
#[derive(SimpleObject)]
pub struct FieldChange {
    /// Its name, as in `ArticleDraft`.
    field: String,
    /// What it was.
    before: Json<Value>,
    /// What it is.
    after: Json<Value>,
}

/// What became of a block.
#[derive(SimpleObject)]
pub struct BlockChange {
    /// What.
    kind: BlockChangeKind,
    /// The block of the first body; null where it was added.
    before: Json<Value>,
    /// The block of the second; null where it was removed.
    after: Json<Value>,
}

/// What became of a block.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockChangeKind {
    /// It stands in both.
    Kept,
    /// It stands in the first only.
    Removed,
    /// It stands in the second only.
    Added,
    /// Another one stands in its place.
    Changed,
}

impl From<shown::Differences> for DraftChange {
    fn from(differences: shown::Differences) -> DraftChange {
        let field = |one: shown::FieldDifference| FieldChange {
            field: one.field,
            before: Json(one.before),
            after: Json(one.after),
        };
        let block = |one: shown::BlockDifference| BlockChange {
            kind: match one.kind {
                "KEPT" => BlockChangeKind::Kept,
                "REMOVED" => BlockChangeKind::Removed,
                "ADDED" => BlockChangeKind::Added,
                _ => BlockChangeKind::Changed,
            },
            before: Json(one.before),
            after: Json(one.after),
        };
        DraftChange {
            fields: differences.fields.into_iter().map(field).collect(),
            body: differences.body.into_iter().map(block).collect(),
        }
    }
}

/// A page of the newsroom's articles, what was touched last first.
#[derive(SimpleObject)]
pub struct NewsroomArticleConnection {
    /// The articles with their cursors.
    edges: Vec<NewsroomArticleEdge>,
    /// Where the page lies in the list, which is walked forwards.
    page_info: PageInfo,
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
    #[graphql(complexity = "5 + 20 * child_complexity")]
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

/// What is to be changed of an article. What is left out stays; null empties a field.
#[derive(InputObject, Default)]
pub struct ArticleChanges {
    /// One line.
    headline: Option<String>,
    /// The kicker above it, such as "Op-Ed".
    label: MaybeUndefined<String>,
    /// What the piece is: `news`, `opinion`, `analysis` …
    genre: MaybeUndefined<String>,
    /// A sentence or two, plain text.
    summary: MaybeUndefined<String>,
    /// The text.
    body: MaybeUndefined<BodyInputObject>,
    /// The section, by its id or slug. It must be there.
    section: MaybeUndefined<String>,
    /// The byline, in order.
    authors: MaybeUndefined<Vec<BylineInputObject>>,
    /// What it is about, in order.
    topics: MaybeUndefined<Vec<TopicInputObject>>,
    /// The lead image.
    image: MaybeUndefined<ImageInputObject>,
    /// BCP 47 tag; null is the publication's own.
    language: MaybeUndefined<String>,
    /// The instant that it is dated with; null is when it first becomes public.
    published_at: MaybeUndefined<DateTime>,
    /// It does not become public before this instant, whatever else is done.
    embargoed_until: MaybeUndefined<DateTime>,
    /// The original's address, where the piece first stood elsewhere.
    canonical_url: MaybeUndefined<String>,
    /// Who it comes from, where it is not the publication itself.
    source: MaybeUndefined<String>,
    /// The licence, as an SPDX identifier or in words.
    license: MaybeUndefined<String>,
    /// The notice that whoever shows the piece must show.
    copyright_notice: MaybeUndefined<String>,
    /// What it draws on.
    info_sources: MaybeUndefined<Vec<InfoSourceInputObject>>,
    /// Disclaimers of this piece, before those that rules add.
    disclaimers: MaybeUndefined<Vec<String>>,
    /// Articles that are to stand beside it, by URI, or by the id of one that is public, in order.
    related: MaybeUndefined<Vec<String>>,
}

/// A text, in one form.
#[derive(async_graphql::OneofObject)]
#[graphql(name = "ArticleBodyInput")]
pub enum BodyInputObject {
    /// Portable Text: an array of blocks.
    PortableText(Json<Vec<Value>>),
    /// HTML, of which an allow-list is kept.
    Html(String),
    /// Markdown, of which an allow-list is kept.
    Markdown(String),
    /// Plain text; blank lines part paragraphs.
    Text(String),
}

/// An author in the byline: by id, by slug, or by name, which makes one that is not known yet.
#[derive(InputObject)]
#[graphql(name = "BylineInput")]
pub struct BylineInputObject {
    /// The id.
    id: Option<ID>,
    /// The slug.
    slug: Option<String>,
    /// The name.
    name: Option<String>,
    /// `STAFF`, `CONTRIBUTOR` or `INDEPENDENT`, of a name that is not known yet.
    kind: Option<String>,
    /// As what, where it is not simply the text.
    role: Option<String>,
}

/// A topic: by id, by slug, or by name, which makes one that is not known yet.
#[derive(InputObject)]
#[graphql(name = "TopicInput")]
pub struct TopicInputObject {
    /// The id.
    id: Option<ID>,
    /// The slug.
    slug: Option<String>,
    /// The name.
    name: Option<String>,
    /// `SUBJECT`, `PERSON`, `ORGANISATION`, `PLACE`, `EVENT` or `ENTITY`, of a name; a subject when it is left out.
    kind: Option<String>,
}

/// An image by address.
#[derive(InputObject)]
#[graphql(name = "ImageInput")]
pub struct ImageInputObject {
    /// `http(s)` address, or a path that begins with `/`.
    url: String,
    /// What is to be seen, for those who do not see it.
    alt: Option<String>,
    /// The line below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// Width in pixels.
    width: Option<u32>,
    /// Height in pixels.
    height: Option<u32>,
}

/// A publication that the article draws on.
#[derive(InputObject)]
#[graphql(name = "InfoSourceInput")]
pub struct InfoSourceInputObject {
    /// Its name.
    name: String,
    /// Where it can be read.
    url: Option<String>,
}

fn given<T, U>(value: MaybeUndefined<T>, of: impl Fn(T) -> U) -> Option<Option<U>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(of(value))),
    }
}

fn each<T, U>(values: Vec<T>, of: impl Fn(T) -> U) -> Vec<U> {
    values.into_iter().map(of).collect()
}

impl From<ArticleChanges> for Changes {
    fn from(input: ArticleChanges) -> Changes {
        Changes {
            headline: input.headline,
            label: given(input.label, |text| text),
            genre: given(input.genre, |text| text),
            summary: given(input.summary, |text| text),
            body: given(input.body, Into::into),
            section: given(input.section, |text| text),
            authors: given(input.authors, |all| each(all, Into::into)),
            topics: given(input.topics, |all| each(all, Into::into)),
            image: given(input.image, Into::into),
            language: given(input.language, |text| text),
            published_at: given(input.published_at, |at| at.0),
            embargoed_until: given(input.embargoed_until, |at| at.0),
            canonical_url: given(input.canonical_url, |text| text),
            source: given(input.source, |text| text),
            license: given(input.license, |text| text),
            copyright_notice: given(input.copyright_notice, |text| text),
            info_sources: given(input.info_sources, |all| each(all, Into::into)),
            disclaimers: given(input.disclaimers, |all| all),
            related: given(input.related, |all| all),
        }
    }
}

impl From<BodyInputObject> for BodyInput {
    fn from(input: BodyInputObject) -> BodyInput {
        match input {
            BodyInputObject::PortableText(Json(blocks)) => BodyInput::PortableText(Blocks(blocks)),
            BodyInputObject::Html(source) => BodyInput::Html(source),
            BodyInputObject::Markdown(source) => BodyInput::Markdown(source),
            BodyInputObject::Text(text) => BodyInput::Text(text),
        }
    }
}

impl From<BylineInputObject> for BylineInput {
    fn from(input: BylineInputObject) -> BylineInput {
        let id = input.id.map(|id| id.0);
        BylineInput { id, slug: input.slug, name: input.name, kind: input.kind, role: input.role }
    }
}

impl From<TopicInputObject> for TopicInput {
    fn from(input: TopicInputObject) -> TopicInput {
        TopicInput { id: input.id.map(|id| id.0), slug: input.slug, name: input.name, kind: input.kind }
    }
}

impl From<ImageInputObject> for ImageInput {
    fn from(input: ImageInputObject) -> ImageInput {
        ImageInput {
            url: input.url,
            alt: input.alt,
            caption: input.caption,
            credit: input.credit,
            width: input.width,
            height: input.height,
        }
    }
}

impl From<InfoSourceInputObject> for InfoSourceInput {
    fn from(input: InfoSourceInputObject) -> InfoSourceInput {
        InfoSourceInput { name: input.name, url: input.url }
    }
}
