//! What articles of the newsroom hold: drafts, revisions, events, notes, previews, differences.

use async_graphql::{Enum, ID, Json, Object, SimpleObject};
use serde_json::Value;

use super::newsroom::id;
use super::scalars::{DateTime, PortableText};
use crate::model::id::ArticleId;
use crate::newsroom::shown;

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
    /// The global id; for who does not see all drafts, of a term that only drafts name, one that follows from its name and
    /// kind.
    id: ID,
    /// The slug; for who does not see all drafts, of a term that only drafts name, the one that its name gives.
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
pub struct ArticleRevision(pub(super) shown::ArticleRevision);

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
pub struct ArticleEvent(pub(super) shown::ArticleEvent);

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
    pub(super) id: ID,
    /// What had happened last.
    pub(super) event: ArticleEvent,
    /// What they read; null after it was taken back.
    pub(super) draft: Option<Draft>,
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
    /// Until when it is good, unless who gave it out loses the right to before.
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
