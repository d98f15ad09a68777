//! Mutations of the newsroom: write, review, publish, correct, withdraw.

use async_graphql::{Context, ID, InputObject, Object, SimpleObject};

use super::account::account_id;
use super::asker::asker;
use super::errors::Shown;
use super::mutation::Needs;
use super::newsroom::{NewsroomArticle, article_id};
use super::newsroom_draft::{ArticleAutosave, ArticleNote, ArticlePreview, Draft, DraftChange};
use super::newsroom_input::ArticleChanges;
use super::scalars::DateTime;
use super::user_error::{UserError, parted};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::policy::{Action, Whose};
use crate::model::viewer::Viewer;
use crate::newsroom::access::Expected;
use crate::newsroom::changes::Changes;
use crate::newsroom::once::Key;
use crate::newsroom::review::{self, Review};
use crate::newsroom::shown;
use crate::newsroom::write::{self, New, Outcome, Saved};
use crate::newsroom::{Entry, Written, correct, history, move_slug, previews, publish, withdraw};

/// What each of them needs.
pub(super) const NEEDS: &[(&str, Needs)] = &[
    ("addNote", Some((Action::SeeNewsroom, Whose::Own))),
    ("approveArticle", Some((Action::ReviewArticles, Whose::Others))),
    ("assignArticle", Some((Action::ReviewArticles, Whose::Others))),
    ("autosaveArticle", Some((Action::WriteArticles, Whose::Own))),
    ("correctArticle", Some((Action::Correct, Whose::Others))),
    ("createArticle", Some((Action::WriteArticles, Whose::Own))),
    ("createPreview", Some((Action::PreviewArticles, Whose::Own))),
    ("deleteDraft", Some((Action::WriteArticles, Whose::Own))),
    ("discardDraft", Some((Action::WriteArticles, Whose::Own))),
    ("forgetAutosave", Some((Action::WriteArticles, Whose::Own))),
    ("killArticle", Some((Action::Kill, Whose::Others))),
    ("moveArticle", Some((Action::MoveSlug, Whose::Others))),
    ("publishArticle", Some((Action::Publish, Whose::Others))),
    ("requestArticleChanges", Some((Action::ReviewArticles, Whose::Others))),
    ("restoreRevision", Some((Action::WriteArticles, Whose::Own))),
    ("revokePreview", Some((Action::PreviewArticles, Whose::Own))),
    ("saveArticle", Some((Action::WriteArticles, Whose::Own))),
    ("scheduleArticle", Some((Action::Publish, Whose::Others))),
    ("submitArticle", Some((Action::WriteArticles, Whose::Own))),
    ("takeBackArticle", Some((Action::WriteArticles, Whose::Own))),
    ("unscheduleArticle", Some((Action::Publish, Whose::Others))),
    ("withdrawArticle", Some((Action::Withdraw, Whose::Others))),
    ("withholdArticle", Some((Action::ReviewArticles, Whose::Others))),
];

/// What was left out of a body, with how often.
#[derive(SimpleObject)]
pub struct LeftOutCount {
    /// What it was: an element, an attribute, an address.
    what: String,
    /// How many of it.
    count: u32,
    /// What it said, where that means something to a person.
    texts: Vec<String>,
}

/// Somebody else has written meanwhile: both texts, and what they began with.
#[derive(SimpleObject)]
pub struct ArticleConflictError {
    /// The article as it is now.
    current: NewsroomArticle,
    /// What was to be saved.
    yours: Draft,
    /// What both began with, where it is still known.
    base: Option<Draft>,
    /// What makes yours of the current one.
    differences: DraftChange,
}

/// What came of a write to an article.
#[derive(SimpleObject)]
pub struct ArticlePayload {
    /// The article as it is now; null where nothing was written.
    article: Option<NewsroomArticle>,
    /// The number of the change: a read that asks for at least it sees what was written.
    seq: Option<i64>,
    /// What the allow-list left out of the body that was sent.
    dropped: Vec<LeftOutCount>,
    /// After a correction: the fields that a draft beside has changed in its own way, so that the correction is not in it.
    unmerged: Vec<String>,
    /// Set when another version was expected, with the code `PRECONDITION_FAILED`: what is to be merged.
    conflict: Option<ArticleConflictError>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

impl ArticlePayload {
    fn failed(user_errors: Vec<UserError>) -> ArticlePayload {
        ArticlePayload {
            article: None,
            seq: None,
            dropped: Vec::new(),
            unmerged: Vec::new(),
            conflict: None,
            user_errors,
        }
    }

    fn saved(viewer: Viewer, saved: Saved, seq: i64) -> ArticlePayload {
        let left =
            |one: &shown::LeftOut| LeftOutCount { what: one.what.clone(), count: one.count, texts: one.texts.clone() };
        let shown = shown::NewsroomArticle::of(&viewer, &saved.entry).without(&saved.dropped).unmerged(&saved.unmerged);
        ArticlePayload {
            article: Some(NewsroomArticle::with(viewer, saved.entry, saved.manuscript)),
            seq: Some(seq),
            dropped: shown.dropped.iter().flatten().map(left).collect(),
            unmerged: shown.unmerged,
            conflict: None,
            user_errors: Vec::new(),
        }
    }

    fn outcome(viewer: Viewer, written: Written<Outcome>) -> Result<ArticlePayload> {
        let conflict = match written.value {
            Outcome::Saved(saved) => return Ok(ArticlePayload::saved(viewer, *saved, written.seq)),
            Outcome::Conflict(conflict) => *conflict,
        };
        let says = format!(
            "The article has changed since it was read: it is at version {} now. Merge the two, and send that version.",
            conflict.entry.edit
        );
        let error = Error::new(Code::PreconditionFailed, says).at("version");
        let differences = shown::Differences::of(&conflict.comparison)?.into();
        let yours = Draft(shown::Draft::of(&conflict.comparison.to)?);
        let base = conflict.base.as_ref().map(shown::Draft::of).transpose()?.map(Draft);
        let current = NewsroomArticle::with(viewer, conflict.entry, conflict.comparison.from);
        let conflict = Some(ArticleConflictError { current, yours, base, differences });
        Ok(ArticlePayload { conflict, ..ArticlePayload::failed(vec![error.into()]) })
    }
}

/// What came of a step.
fn stepped(viewer: Viewer, done: Result<Written<Entry>>) -> async_graphql::Result<ArticlePayload> {
    Ok(match parted(done)? {
        Err(errors) => ArticlePayload::failed(errors),
        Ok(written) => ArticlePayload {
            article: Some(NewsroomArticle::of(viewer, written.value)),
            seq: Some(written.seq),
            ..ArticlePayload::failed(Vec::new())
        },
    })
}

/// What came of a write that leaves no article to show.
#[derive(SimpleObject)]
pub struct DonePayload {
    /// Whether there was something to do.
    done: bool,
    /// The number of the change.
    seq: Option<i64>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

pub(super) fn done(result: Result<Written<bool>>) -> async_graphql::Result<DonePayload> {
    Ok(match parted(result)? {
        Ok(written) => DonePayload { done: written.value, seq: Some(written.seq), user_errors: Vec::new() },
        Err(user_errors) => DonePayload { done: false, seq: None, user_errors },
    })
}

/// What came of keeping what is being typed.
#[derive(SimpleObject)]
pub struct AutosavePayload {
    /// What is kept.
    autosave: Option<ArticleAutosave>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

/// What came of leaving a note.
#[derive(SimpleObject)]
pub struct NotePayload {
    /// The note.
    note: Option<ArticleNote>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

/// What came of giving a preview out.
#[derive(SimpleObject)]
pub struct PreviewPayload {
    /// The preview with its token, which is shown this once.
    preview: Option<ArticlePreview>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

/// A new article.
#[derive(InputObject)]
pub struct CreateArticleInput {
    /// The slug that it is to have, if it is free when it is published; made of the headline when it is left out.
    slug: Option<String>,
    /// The lasting name for it, for editors who bring one along; made when it is left out.
    uri: Option<String>,
    /// What stands in it. The headline must be there.
    article: ArticleChanges,
    /// A key of your own for this request, such as a UUID: a retry within a day finds what the first one made.
    idempotency_key: Option<String>,
}

/// Who writes.
pub(super) async fn writer(ctx: &Context<'_>, needs: (Action, Whose)) -> Result<Viewer> {
    let (known, ..) = asker(ctx)?.writing().await?;
    let viewer = known.viewer();
    // Before the arguments are looked at; the use case decides once more.
    crate::model::policy::may_to(&viewer, needs.0, needs.1)?;
    Ok(viewer)
}

pub(super) fn app<'a>(ctx: &'a Context<'_>) -> &'a App {
    ctx.data_unchecked::<App>()
}

const WRITE: (Action, Whose) = (Action::WriteArticles, Whose::Own);
const REVIEW: (Action, Whose) = (Action::ReviewArticles, Whose::Others);
const PUBLISH: (Action, Whose) = (Action::Publish, Whose::Others);

async fn reviewed(
    ctx: &Context<'_>,
    needs: (Action, Whose),
    id: &ID,
    version: i32,
    step: Review,
    note: Option<String>,
) -> async_graphql::Result<ArticlePayload> {
    let viewer = writer(ctx, needs).await.shown()?;
    let work = async {
        let id = article_id(id)?;
        review::review(&app(ctx).db, &viewer, id, Expected::Version(version), step, note.as_deref()).await
    };
    stepped(viewer, work.await)
}

/// Mutations of the newsroom.
#[derive(Default)]
pub struct NewsroomMutation;

#[Object]
impl NewsroomMutation {
    /// Write a new article: a draft of the caller's own.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: CreateArticleInput,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let changes: Changes = input.article.into();
            let form = (&changes, &input.slug, &input.uri);
            let key = input.idempotency_key.as_deref().map(|key| Key::new(key, "createArticle", &form)).transpose()?;
            let new = New { changes, slug: input.slug, uri: input.uri };
            write::create(&app(ctx).db, &viewer, &app(ctx).settings.site, new, key).await
        };
        Ok(match parted(work.await)? {
            Ok(written) => ArticlePayload::saved(viewer, written.value, written.seq),
            Err(errors) => ArticlePayload::failed(errors),
        })
    }

    /// Save another revision. A public article stays as it is, and has a draft beside. When somebody else has saved since,
    /// nothing is saved, and `conflict` has both texts.
    #[graphql(complexity = "10 + child_complexity")]
    async fn save_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "What is to be changed.")] changes: ArticleChanges,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let (id, site) = (article_id(&id)?, &app(ctx).settings.site);
            write::save(&app(ctx).db, &viewer, site, id, Expected::Version(version), changes.into()).await
        };
        Ok(match parted(work.await)? {
            Ok(written) => ArticlePayload::outcome(viewer, written).shown()?,
            Err(errors) => ArticlePayload::failed(errors),
        })
    }

    /// Keep what is being typed, in the place of what the caller sent before. It is no revision, changes nothing for anybody
    /// else, and is forgotten when the caller saves.
    #[graphql(complexity = "10 + child_complexity")]
    async fn autosave_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version of the article that it began with.")] version: i32,
        #[graphql(desc = "What has been changed since then, all of it.")] changes: ArticleChanges,
    ) -> async_graphql::Result<AutosavePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let id = article_id(&id)?;
            let written = write::autosave(&app(ctx).db, &viewer, id, version, changes.into()).await?;
            Ok(ArticleAutosave::of(id, shown::ArticleAutosave::of(&written.value)?))
        };
        Ok(match parted(work.await)? {
            Ok(autosave) => AutosavePayload { autosave: Some(autosave), user_errors: Vec::new() },
            Err(user_errors) => AutosavePayload { autosave: None, user_errors },
        })
    }

    /// Forget what the caller was typing.
    #[graphql(complexity = "10 + child_complexity")]
    async fn forget_autosave(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
    ) -> async_graphql::Result<DonePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async { write::forget_autosave(&app(ctx).db, &viewer, article_id(&id)?).await };
        done(work.await)
    }

    /// Hand an article to the desk.
    #[graphql(complexity = "10 + child_complexity")]
    async fn submit_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, WRITE, &id, version, Review::Submit, note).await
    }

    /// Take a submission back from the desk.
    #[graphql(complexity = "10 + child_complexity")]
    async fn take_back_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, WRITE, &id, version, Review::TakeBack, note).await
    }

    /// Hand an article back for changes.
    #[graphql(complexity = "10 + child_complexity")]
    async fn request_article_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, REVIEW, &id, version, Review::RequestChanges, note).await
    }

    /// Approve an article: it is fit to be published, and is not public yet.
    #[graphql(complexity = "10 + child_complexity")]
    async fn approve_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, REVIEW, &id, version, Review::Approve, note).await
    }

    /// Hold an article back: it waits without an instant.
    #[graphql(complexity = "10 + child_complexity")]
    async fn withhold_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, REVIEW, &id, version, Review::Withhold, note).await
    }

    /// Take an article off its schedule.
    #[graphql(complexity = "10 + child_complexity")]
    async fn unschedule_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "A note to the desk; never public.")] note: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        reviewed(ctx, PUBLISH, &id, version, Review::Unschedule, note).await
    }

    /// Have the newest revision become public at an instant, and nothing of it before.
    #[graphql(complexity = "10 + child_complexity")]
    async fn schedule_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The instant, which is to come.")] at: DateTime,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, PUBLISH).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            review::schedule(db, &viewer, id, expected, at.0).await
        };
        stepped(viewer, work.await)
    }

    /// Publish the newest revision now; with `correction` it replaces the public one under a public note. What is under embargo, or
    /// is not public and dated in the future, is scheduled for then; what is public is not dated ahead.
    #[graphql(complexity = "10 + child_complexity")]
    async fn publish_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The public note of a correction: what was wrong.")] correction: Option<String>,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, PUBLISH).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            publish::publish_as(db, &viewer, id, expected, correction.as_deref()).await
        };
        stepped(viewer, work.await)
    }

    /// Correct what is public: publishes the public article with these changes at once, under a public note. A draft beside
    /// stays one, and is put right in what it had not changed itself; what it had is in `unmerged`, and it is handed back if it was
    /// on its way out.
    #[graphql(complexity = "10 + child_complexity")]
    async fn correct_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The public note: what was wrong.")] note: String,
        #[graphql(desc = "What is put right; left out, the note alone is added.")] changes: Option<ArticleChanges>,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, (Action::Correct, Whose::Others)).await.shown()?;
        let work = async {
            let (id, site) = (article_id(&id)?, &app(ctx).settings.site);
            let changes = changes.unwrap_or_default().into();
            let expected = Expected::Version(version);
            correct::correct_with(&app(ctx).db, &viewer, site, id, expected, changes, &note).await
        };
        Ok(match parted(work.await)? {
            Ok(written) => ArticlePayload::outcome(viewer, written).shown()?,
            Err(errors) => ArticlePayload::failed(errors),
        })
    }

    /// Withdraw an article: readers find the reason in its place, at once, everywhere.
    #[graphql(complexity = "10 + child_complexity")]
    async fn withdraw_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The reason, which is public.")] reason: String,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, (Action::Withdraw, Whose::Others)).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            withdraw::take(db, &viewer, id, expected, &reason, false).await
        };
        stepped(viewer, work.await)
    }

    /// Kill an article, for legal reasons and for good: its revisions go into the audit store, which no door reads.
    #[graphql(complexity = "10 + child_complexity")]
    async fn kill_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The reason, which is public.")] reason: String,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, (Action::Kill, Whose::Others)).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            withdraw::take(db, &viewer, id, expected, &reason, true).await
        };
        stepped(viewer, work.await)
    }

    /// Give an article another slug. The old address leads to the new one for good, and is never another article's.
    #[graphql(complexity = "10 + child_complexity")]
    async fn move_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The slug.")] slug: String,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, (Action::MoveSlug, Whose::Others)).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            move_slug::move_as(db, &viewer, id, expected, &slug).await
        };
        stepped(viewer, work.await)
    }

    /// Give the draft beside a public article up.
    #[graphql(complexity = "10 + child_complexity")]
    async fn discard_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            write::discard(db, &viewer, id, expected).await
        };
        stepped(viewer, work.await)
    }

    /// Restore a revision, as another revision.
    #[graphql(complexity = "10 + child_complexity")]
    async fn restore_revision(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "Its number.")] revision: i32,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            history::restore(db, &viewer, id, expected, revision).await
        };
        stepped(viewer, work.await)
    }

    /// Give an article to somebody, or to nobody.
    #[graphql(complexity = "10 + child_complexity")]
    async fn assign_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The global id of the account; null for nobody.")] assignee: Option<ID>,
    ) -> async_graphql::Result<ArticlePayload> {
        let viewer = writer(ctx, REVIEW).await.shown()?;
        let work = async {
            let (db, id, expected) = (&app(ctx).db, article_id(&id)?, Expected::Version(version));
            let to = assignee.map(|id| account_id(&id)).transpose()?;
            review::assign(db, &viewer, id, expected, to).await
        };
        stepped(viewer, work.await)
    }

    /// Delete an article that was never public, with its revisions and notes.
    #[graphql(complexity = "10 + child_complexity")]
    async fn delete_draft(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The version that is to be deleted.")] version: i32,
    ) -> async_graphql::Result<DonePayload> {
        let viewer = writer(ctx, WRITE).await.shown()?;
        let work = async {
            let gone = write::delete(&app(ctx).db, &viewer, article_id(&id)?, Expected::Version(version)).await?;
            Ok(Written { value: true, seq: gone.seq })
        };
        done(work.await)
    }

    /// Leave a note to the desk; never public.
    #[graphql(complexity = "10 + child_complexity")]
    async fn add_note(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "Plain text.")] text: String,
        #[graphql(desc = "A key of your own for this request: a retry within a day finds what the first one made.")]
        idempotency_key: Option<String>,
    ) -> async_graphql::Result<NotePayload> {
        let viewer = writer(ctx, (Action::SeeNewsroom, Whose::Own)).await.shown()?;
        let work = async {
            let form = (id.as_str(), &text);
            let key = idempotency_key.as_deref().map(|key| Key::new(key, "addNote", &form)).transpose()?;
            review::note(&app(ctx).db, &viewer, article_id(&id)?, &text, key).await
        };
        Ok(match parted(work.await)? {
            Ok(written) => {
                NotePayload { note: Some(shown::ArticleNote::of(&written.value).into()), user_errors: Vec::new() }
            }
            Err(user_errors) => NotePayload { note: None, user_errors },
        })
    }

    /// Give a preview of an article out: a frontend that sends its token as the header `Masthead-Preview` reads this article as
    /// if its draft were published, and everything else as everybody does. It is good no longer than the right of who gives it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The number of the only revision that it shows; whatever is the newest when it is left out.")]
        revision: Option<i32>,
        #[graphql(desc = "For how many seconds it is good; a day when it is left out.")] seconds: Option<i32>,
    ) -> async_graphql::Result<PreviewPayload> {
        let viewer = writer(ctx, (Action::PreviewArticles, Whose::Own)).await.shown()?;
        let work =
            async { previews::give(&app(ctx).db, &viewer, article_id(&id)?, revision, seconds.map(i64::from)).await };
        Ok(match parted(work.await)? {
            Ok(written) => {
                let mut preview = shown::ArticlePreview::of(&written.value.preview);
                preview.token = Some(written.value.token);
                PreviewPayload { preview: Some(preview.into()), user_errors: Vec::new() }
            }
            Err(user_errors) => PreviewPayload { preview: None, user_errors },
        })
    }

    /// Revoke a preview; `done` is false when it was revoked already.
    #[graphql(complexity = "10 + child_complexity")]
    async fn revoke_preview(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the article.")] id: ID,
        #[graphql(desc = "The id of the preview.")] preview: ID,
    ) -> async_graphql::Result<DonePayload> {
        let viewer = writer(ctx, (Action::PreviewArticles, Whose::Own)).await.shown()?;
        let work = async {
            let preview = preview.parse().map_err(|error: Error| error.at("preview"))?;
            previews::revoke(&app(ctx).db, &viewer, article_id(&id)?, preview).await
        };
        done(work.await)
    }
}
