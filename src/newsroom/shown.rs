//! The shapes of the newsroom as both doors show them: one value, so that two doors cannot disagree.

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::access;
use super::history::{AsOf, Comparison};
use super::look::steps;
use super::manuscript::Manuscript;
use crate::error::{Error, Result};
use crate::formats::{Dropped, html};
use crate::model::article::{Correction, Image, InfoSource};
use crate::model::body::Block;
use crate::model::difference::BlockChange;
use crate::model::newsroom::{Autosave, Event, Note, Preview, Revision};
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::model::workflow::State;
use crate::store::newsroom::Entry;

/// An article as the newsroom has it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomArticle {
    /// The id, the same as readers have.
    #[schema(pattern = "^art_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "art_0cf9b4z8r1c0g")]
    pub id: String,
    /// The lasting name for it.
    #[schema(example = "tag:news.example,2026:art_0cf9b4z8r1c0g")]
    pub uri: String,
    /// The slug that it has, or wants to have.
    pub slug: String,
    /// Where its newest revision stands: `DRAFT`, `SUBMITTED`, `CHANGES_REQUESTED`, `APPROVED`, `SCHEDULED`, `WITHHELD`,
    /// `PUBLISHED`, `WITHDRAWN` or `KILLED`.
    #[schema(example = "DRAFT")]
    pub state: String,
    /// Whether readers see something of it. A public article may have a newer draft beside.
    pub public: bool,
    /// Counts the writes: what `If-Match` and `version` compare.
    #[schema(minimum = 1)]
    pub version: i32,
    /// Counts the publications; 0 before the first.
    pub public_version: i32,
    /// The headline of the newest revision; empty after a kill.
    pub headline: String,
    /// The id of the account that made it.
    #[schema(required = true)]
    pub owner: Option<String>,
    /// The id of the account whose work it is.
    #[schema(required = true)]
    pub assignee: Option<String>,
    /// When it is to become public.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub due_at: Option<Instant>,
    /// Why it was taken back: public.
    #[schema(required = true)]
    pub reason: Option<String>,
    /// The instant that readers see as its publication.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub published_at: Option<Instant>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Instant,
    /// When it was written last.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Instant,
    /// What who asks may do with it now: `SAVE`, `SUBMIT`, `PUBLISH` …
    #[schema(max_items = 20)]
    pub steps: Vec<String>,
    /// What its newest revision holds; absent in lists, and null after a kill.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Draft>, required = false)]
    pub draft: Option<Option<Draft>>,
    /// What the allow-list left out of the body that was sent; absent where none was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Vec<LeftOut>, required = false)]
    pub dropped: Option<Vec<LeftOut>>,
    /// After a correction: the fields that a draft beside has changed in its own way, so that the correction is not in it; absent
    /// where there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 40, required = false, example = json!(["summary"]))]
    pub unmerged: Vec<String>,
}

fn upper(word: &str) -> String {
    word.to_ascii_uppercase()
}

impl NewsroomArticle {
    /// The article without its text, as this viewer sees it.
    pub fn of(viewer: &Viewer, entry: &Entry) -> NewsroomArticle {
        NewsroomArticle {
            id: entry.id.to_string(),
            uri: entry.uri.clone(),
            slug: entry.slug.clone(),
            state: upper(entry.state.as_str()),
            public: entry.is_public(),
            version: entry.edit,
            public_version: entry.version,
            headline: entry.headline.clone(),
            owner: entry.owner.map(|id| id.to_string()),
            assignee: entry.assignee.map(|id| id.to_string()),
            due_at: entry.due_at,
            reason: entry.reason.clone(),
            published_at: entry.published_at,
            created_at: entry.created_at,
            updated_at: entry.updated_at,
            steps: steps(viewer, entry).into_iter().map(|step| upper(step.as_str())).collect(),
            draft: None,
            dropped: None,
            unmerged: Vec::new(),
        }
    }

    /// The same with its text.
    ///
    /// # Errors
    /// `INTERNAL` when the body cannot be written.
    pub fn with(mut self, manuscript: Option<&Manuscript>) -> Result<NewsroomArticle> {
        self.draft = Some(manuscript.map(Draft::of).transpose()?);
        Ok(self)
    }

    /// The same with what was left out of what was sent.
    #[must_use]
    pub fn without(mut self, dropped: &[Dropped]) -> NewsroomArticle {
        self.dropped = Some(dropped.iter().map(LeftOut::of).collect());
        self
    }

    /// The same with the fields, as documents name them, in which a draft beside was not put right.
    #[must_use]
    pub fn unmerged(mut self, fields: &[&'static str]) -> NewsroomArticle {
        self.unmerged = fields.iter().map(|name| camel(name)).collect();
        self
    }
}

/// What was left out of a body, with how often.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LeftOut {
    /// What it was: an element, an attribute, an address.
    #[schema(example = "element script")]
    pub what: String,
    /// How many of it.
    pub count: u32,
    /// What it said, where that means something to a person.
    #[schema(max_items = 100)]
    pub texts: Vec<String>,
}

impl LeftOut {
    fn of(dropped: &Dropped) -> LeftOut {
        let count = u32::try_from(dropped.count).unwrap_or(u32::MAX);
        LeftOut { what: dropped.what.clone(), count, texts: dropped.texts.clone() }
    }
}

/// What one revision holds.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Draft {
    /// Names what it holds: equal drafts have equal names.
    #[schema(example = "drf_4f2b8e1c9a7d5e3f")]
    pub id: String,
    /// One line.
    pub headline: String,
    /// The kicker.
    #[schema(required = true)]
    pub label: Option<String>,
    /// What the piece is.
    #[schema(example = "news")]
    pub genre: String,
    /// A sentence or two, plain text.
    pub summary: String,
    /// The text as Portable Text.
    #[schema(value_type = Vec<Object>)]
    pub body: Vec<Value>,
    /// The same as HTML, without notices.
    pub body_html: String,
    /// The section.
    #[schema(required = true)]
    pub section: Option<DraftTerm>,
    /// The byline, in order.
    pub authors: Vec<DraftTerm>,
    /// What it is about, in order.
    pub topics: Vec<DraftTerm>,
    /// The lead image.
    #[schema(value_type = Option<Object>, required = true)]
    pub image: Option<Image>,
    /// BCP 47 tag.
    #[schema(example = "en")]
    pub language: String,
    /// The instant that it is dated with; null is when it first becomes public.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub published_at: Option<Instant>,
    /// It does not become public before.
    #[schema(value_type = Option<String>, format = DateTime, required = true)]
    pub embargoed_until: Option<Instant>,
    /// The original's address.
    #[schema(required = true)]
    pub canonical_url: Option<String>,
    /// Who it comes from.
    #[schema(required = true)]
    pub source: Option<String>,
    /// The licence.
    #[schema(required = true)]
    pub license: Option<String>,
    /// The notice to be shown with it.
    #[schema(required = true)]
    pub copyright_notice: Option<String>,
    /// What it draws on.
    #[schema(value_type = Vec<Object>)]
    pub info_sources: Vec<InfoSource>,
    /// Disclaimers of its own.
    pub disclaimers: Vec<String>,
    /// Corrections that were published, oldest first.
    pub corrections: Vec<DraftCorrection>,
    /// The URIs of the articles that are to stand beside it.
    #[schema(max_items = 20)]
    pub related: Vec<String>,
}

/// An author, a topic or a section that a draft names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DraftTerm {
    /// The id; for who does not see all drafts, of a term that only drafts name, one that follows from its name and kind.
    pub id: String,
    /// The slug; for who does not see all drafts, of a term that only drafts name, the one that its name gives.
    pub slug: String,
    /// The name.
    pub name: String,
    /// The kind of an author or a topic; null for a section.
    #[schema(required = true)]
    pub kind: Option<String>,
    /// As what an author took part, where it is not simply the text.
    #[schema(required = true)]
    pub role: Option<String>,
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DraftCorrection {
    /// When it was published.
    #[schema(value_type = String, format = DateTime)]
    pub published_at: Instant,
    /// What was put right.
    pub text: String,
}

impl Draft {
    /// Of a manuscript.
    ///
    /// # Errors
    /// `INTERNAL` when the body cannot be written.
    pub fn of(manuscript: &Manuscript) -> Result<Draft> {
        let document = &manuscript.document;
        let term = |id: String, slug: &str, name: &str, kind: Option<&str>, role: Option<&String>| DraftTerm {
            id,
            slug: slug.to_owned(),
            name: name.to_owned(),
            kind: kind.map(upper),
            role: role.cloned(),
        };
        let role = |id| document.authors.iter().find(|byline| byline.author == id).and_then(|b| b.role.as_ref());
        let body = match serde_json::to_value(&document.body).map_err(Error::internal)? {
            Value::Array(blocks) => blocks,
            _ => Vec::new(),
        };
        let digest = blake3::hash(&serde_json::to_vec(document).map_err(Error::internal)?).to_hex();
        Ok(Draft {
            id: format!("drf_{}", digest.get(..32).unwrap_or_default()),
            headline: document.headline.clone(),
            label: document.label.clone(),
            genre: document.genre.as_str().to_owned(),
            summary: document.summary.clone(),
            body,
            body_html: html::render(&document.body),
            section: manuscript.sections.first().map(|s| term(s.id.to_string(), &s.slug, &s.name, None, None)),
            authors: manuscript
                .authors
                .iter()
                .map(|a| term(a.id.to_string(), &a.slug, &a.name, Some(a.kind.as_str()), role(a.id)))
                .collect(),
            topics: manuscript
                .topics
                .iter()
                .map(|t| term(t.id.to_string(), &t.slug, &t.name, Some(t.kind.as_str()), None))
                .collect(),
            image: document.image.clone(),
            language: document.language.clone(),
            published_at: document.published_at,
            embargoed_until: document.embargoed_until,
            canonical_url: document.canonical_url.clone(),
            source: document.source.clone(),
            license: document.license.clone(),
            copyright_notice: document.copyright_notice.clone(),
            info_sources: document.info_sources.clone(),
            disclaimers: document.disclaimers.clone(),
            corrections: document.corrections.iter().map(correction).collect(),
            related: document.related.clone(),
        })
    }
}

fn correction(correction: &Correction) -> DraftCorrection {
    DraftCorrection { published_at: correction.published_at, text: correction.text.clone() }
}

/// What differs between two texts.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Differences {
    /// The fields that differ, but for the body.
    #[schema(max_items = 40)]
    pub fields: Vec<FieldDifference>,
    /// The blocks of both bodies, in order; empty where the bodies are equal.
    pub body: Vec<BlockDifference>,
}

/// A field that differs.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FieldDifference {
    /// Its name, as in `Draft`.
    #[schema(example = "headline")]
    pub field: String,
    /// What it was: as in `Draft`.
    #[schema(schema_with = any, required = true)]
    pub before: Value,
    /// What it is.
    #[schema(schema_with = any, required = true)]
    pub after: Value,
}

/// What became of a block.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockDifference {
    /// `KEPT`, `REMOVED`, `ADDED` or `CHANGED`.
    #[schema(example = "CHANGED")]
    pub kind: &'static str,
    /// The block of the first body; null where it was added.
    #[schema(value_type = Option<Object>, required = true)]
    pub before: Value,
    /// The block of the second; null where it was removed.
    #[schema(value_type = Option<Object>, required = true)]
    pub after: Value,
}

/// A value of any kind that a field has.
fn any() -> utoipa::openapi::schema::Schema {
    use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
    let one = |kind| ObjectBuilder::new().schema_type(kind).build();
    let list = |kind| ArrayBuilder::new().items(one(kind)).build();
    OneOfBuilder::new()
        .item(one(Type::String))
        .item(one(Type::Object))
        .item(list(Type::String))
        .item(list(Type::Object))
        .item(one(Type::Null))
        .build()
        .into()
}

/// `canonical_url` as `canonicalUrl`.
pub(super) fn camel(name: &str) -> String {
    let mut words = name.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    words.fold(first, |name, word| {
        let mut chars = word.chars();
        name + &chars.next().map_or_else(String::new, |c| c.to_uppercase().chain(chars).collect::<String>())
    })
}

impl Differences {
    /// Of a comparison.
    ///
    /// # Errors
    /// `INTERNAL` when a body cannot be written.
    pub fn of(comparison: &Comparison) -> Result<Differences> {
        let value = |manuscript| serde_json::to_value(Draft::of(manuscript)?).map_err(Error::internal);
        let (before, after) = (value(&comparison.from)?, value(&comparison.to)?);
        let mut fields = Vec::new();
        for name in comparison.fields.iter().filter(|name| !matches!(**name, "body" | "published_precision")) {
            let field = camel(name);
            let (before, after) = (before[&field].clone(), after[&field].clone());
            fields.push(FieldDifference { field, before, after });
        }
        let block = |blocks: &[Block], at: usize| -> Result<Value> {
            match blocks.get(at) {
                Some(block) => {
                    let body = crate::model::body::Body::new(vec![block.clone()])?;
                    Ok(serde_json::to_value(&body).map_err(Error::internal)?[0].take())
                }
                None => Ok(Value::Null),
            }
        };
        let (from, to) = (comparison.from.document.body.blocks(), comparison.to.document.body.blocks());
        let mut body = Vec::new();
        for change in &comparison.blocks {
            let (kind, before, after) = match *change {
                BlockChange::Kept { from: a, to: b } => ("KEPT", block(from, a)?, block(to, b)?),
                BlockChange::Removed { from: a } => ("REMOVED", block(from, a)?, Value::Null),
                BlockChange::Added { to: b } => ("ADDED", Value::Null, block(to, b)?),
                BlockChange::Changed { from: a, to: b } => ("CHANGED", block(from, a)?, block(to, b)?),
            };
            body.push(BlockDifference { kind, before, after });
        }
        if body.iter().all(|block| block.kind == "KEPT") {
            body.clear();
        }
        Ok(Differences { fields, body })
    }
}

/// A revision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleRevision {
    /// The id.
    pub id: String,
    /// Counts the article's revisions.
    #[schema(minimum = 1)]
    pub number: i32,
    /// The id of the account that made it, or the role of who has none.
    pub made_by: String,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Instant,
    /// The number of the revision that it restored.
    #[schema(required = true)]
    pub restored_from: Option<i32>,
    /// What it holds; absent in lists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub draft: Option<Draft>,
}

impl ArticleRevision {
    /// Of a revision, without what it holds.
    pub fn of(revision: &Revision) -> ArticleRevision {
        ArticleRevision {
            id: revision.id.to_string(),
            number: revision.number,
            made_by: revision.made_by.clone(),
            made_at: revision.made_at,
            restored_from: revision.restored_from,
            draft: None,
        }
    }
}

/// Something that happened to an article.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleEvent {
    /// The id.
    pub id: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
    /// What: `CREATED`, `SAVED`, `SUBMITTED`, `PUBLISHED`, `CORRECTED` …
    #[schema(example = "PUBLISHED")]
    pub kind: String,
    /// The id of the account that did it; null for the program itself.
    #[schema(required = true)]
    pub by: Option<String>,
    /// The number of the revision that it is about.
    #[schema(required = true)]
    pub revision: Option<i32>,
    /// The public version afterwards.
    pub public_version: i32,
    /// The slug afterwards.
    pub slug: String,
    /// More in words: a reason, a note of correction, an instant, an account. May be empty.
    pub detail: String,
}

impl ArticleEvent {
    /// Of an event.
    pub fn of(event: &Event) -> ArticleEvent {
        ArticleEvent {
            id: event.id.to_string(),
            at: event.at,
            kind: upper(event.kind.as_str()),
            by: event.by.map(|id| id.to_string()),
            revision: event.revision,
            public_version: event.version,
            slug: event.slug.clone(),
            detail: event.detail.clone(),
        }
    }
}

/// What readers found of an article at an instant.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleAsOf {
    /// What had happened last.
    pub event: ArticleEvent,
    /// What they read; null after it was taken back.
    #[schema(required = true)]
    pub draft: Option<Draft>,
}

impl ArticleAsOf {
    /// Of what they found.
    ///
    /// # Errors
    /// `INTERNAL` when the body cannot be written.
    pub fn of(found: &AsOf) -> Result<ArticleAsOf> {
        let draft = found.manuscript.as_ref().map(Draft::of).transpose()?;
        Ok(ArticleAsOf { event: ArticleEvent::of(&found.event), draft })
    }
}

/// A note to the desk.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleNote {
    /// The id.
    pub id: String,
    /// The id of the account that wrote it.
    #[schema(required = true)]
    pub by: Option<String>,
    /// Plain text.
    pub text: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Instant,
}

impl ArticleNote {
    /// Of a note.
    pub fn of(note: &Note) -> ArticleNote {
        let (id, by) = (note.id.to_string(), note.by.map(|id| id.to_string()));
        ArticleNote { id, by, text: note.text.clone(), at: note.at }
    }
}

/// A preview that was given out.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticlePreview {
    /// The id.
    pub id: String,
    /// The number of the only revision that it shows; null for whatever is the newest.
    #[schema(required = true)]
    pub revision: Option<i32>,
    /// The id of the account that gave it out.
    #[schema(required = true)]
    pub by: Option<String>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Instant,
    /// Until when it is good.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Instant,
    /// What the frontend sends as `Masthead-Preview`; shown once, when it is given out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    pub token: Option<String>,
}

impl ArticlePreview {
    /// Of a preview.
    pub fn of(preview: &Preview) -> ArticlePreview {
        ArticlePreview {
            id: preview.id.to_string(),
            revision: preview.revision,
            by: preview.by.map(|id| id.to_string()),
            made_at: preview.made_at,
            expires_at: preview.expires_at,
            token: None,
        }
    }
}

/// What was being typed.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArticleAutosave {
    /// The version of the article that it began with.
    pub version: i32,
    /// What was sent.
    #[schema(value_type = super::changes::Changes)]
    pub changes: Value,
    /// When it came.
    #[schema(value_type = String, format = DateTime)]
    pub saved_at: Instant,
}

impl ArticleAutosave {
    /// Of an autosave.
    ///
    /// # Errors
    /// `INTERNAL` when what is kept is no JSON.
    pub fn of(autosave: &Autosave) -> Result<ArticleAutosave> {
        let changes = serde_json::from_str(&autosave.form).map_err(Error::internal)?;
        Ok(ArticleAutosave { version: autosave.version, changes, saved_at: autosave.saved_at })
    }
}

/// The state that is written so, in either case.
///
/// # Errors
/// `INVALID_PARAMETER`.
pub fn state(word: &str) -> Result<State> {
    State::parse(&word.to_ascii_lowercase()).ok_or_else(|| {
        let words: Vec<String> = State::ALL.iter().map(|state| upper(state.as_str())).collect();
        let says = format!("state does not know {word:?}. It takes: {}.", words.join(", "));
        Error::new(crate::error::Code::InvalidParameter, says).at("state")
    })
}

/// Whether the viewer is of the desk: may edit everybody's articles.
pub fn is_desk(viewer: &Viewer) -> bool {
    access::hand(viewer) == crate::model::workflow::Hand::Desk
}
