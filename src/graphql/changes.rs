//! The list of changes over GraphQL.

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::Asked;
use super::article::{Article, size};
use super::connection::page_cost;
use super::errors::Shown;
use super::scalars::DateTime;
use crate::catalogue::feed::{self, Now, Row};
use crate::error::Result;
use crate::model::change::{Deed, Subject};
use crate::model::cursor::LogPlace;

/// What a change is about.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeType {
    /// An article.
    Article,
    /// An author.
    Author,
    /// A topic.
    Topic,
    /// A section.
    Section,
    /// A collection.
    Collection,
}

impl ChangeType {
    fn noun(self) -> &'static str {
        match self {
            ChangeType::Article => "article",
            ChangeType::Author => "author",
            ChangeType::Topic => "topic",
            ChangeType::Section => "section",
            ChangeType::Collection => "collection",
        }
    }

    fn of(subject: Subject) -> ChangeType {
        match subject {
            Subject::Article(_) => ChangeType::Article,
            Subject::Author(_) => ChangeType::Author,
            Subject::Topic(_) => ChangeType::Topic,
            Subject::Section(_) => ChangeType::Section,
            Subject::Collection(_) => ChangeType::Collection,
        }
    }
}

/// What happened.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Deed")]
pub enum ChangeKind {
    /// It became public.
    Published,
    /// A newer version took its place, or its name changed.
    Updated,
    /// A corrected version took its place.
    Corrected,
    /// Its address changed, or another one leads to it now.
    Moved,
    /// It was taken back.
    Withdrawn,
    /// It was taken back for legal reasons.
    Killed,
    /// It is no longer in the catalogue.
    Removed,
}

/// What remains of an article that was taken back.
#[derive(SimpleObject)]
pub struct GoneReason {
    /// The public reason.
    reason: String,
    /// When it was taken back.
    withdrawn_at: DateTime,
    /// Whether it was taken back for legal reasons: then delete every copy.
    killed: bool,
}

/// A change, with what stands there now.
#[derive(SimpleObject)]
pub struct CatalogueChange {
    /// Its number: gap-free over all types, in the order of the commits.
    seq: i64,
    /// When it was.
    at: DateTime,
    /// What it is about.
    #[graphql(name = "type")]
    noun: ChangeType,
    /// The global id of what it is about.
    id: ID,
    /// What happened.
    kind: ChangeKind,
    /// The version of an article or a collection afterwards; 0 for others.
    version: i32,
    /// The slug that it has now; null when it is gone.
    slug: Option<String>,
    /// The article as it is now; null for others, and when it is gone.
    article: Option<Article>,
    /// Set where an article is gone now, whatever this change was: delete your copy.
    gone: Option<GoneReason>,
}

impl From<Row> for CatalogueChange {
    fn from(row: Row) -> CatalogueChange {
        let change = row.change;
        let id = match change.subject {
            Subject::Article(id) => id.to_string(),
            Subject::Author(id) => id.to_string(),
            Subject::Topic(id) => id.to_string(),
            Subject::Section(id) => id.to_string(),
            Subject::Collection(id) => id.to_string(),
        };
        let (slug, article, gone) = match row.now {
            Now::Article(card, _) => (Some(card.slug.clone()), Some(Article(card)), None),
            Now::Slug(slug) => (Some(slug), None, None),
            Now::Gone(stone) => {
                let (reason, withdrawn_at, killed) = (stone.reason, DateTime(stone.at), stone.killed);
                (None, None, Some(GoneReason { reason, withdrawn_at, killed }))
            }
            Now::Nothing => (None, None, None),
        };
        CatalogueChange {
            seq: change.seq,
            at: DateTime(change.at),
            noun: ChangeType::of(change.subject),
            id: ID(id),
            kind: change.deed.into(),
            version: change.version,
            slug,
            article,
            gone,
        }
    }
}

/// Changes, oldest first.
#[derive(SimpleObject)]
pub struct ChangesPayload {
    /// The changes.
    changes: Vec<CatalogueChange>,
    /// What to send as `after` for those that follow, now or later.
    end_cursor: String,
    /// Whether there are more just now.
    has_next_page: bool,
    /// Where the log ends now: note it before you list everything, and follow from it afterwards.
    head: String,
}

/// The query of changes.
#[derive(Default)]
pub struct ChangesQuery;

#[Object]
impl ChangesQuery {
    /// What became public, changed or went away, oldest first: each with what stands there now. A cursor that is of another log
    /// or older than what is kept is an error with the code `CURSOR_EXPIRED`: note `head`, list everything, follow from `head`.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity)")]
    async fn changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those after this cursor; from the beginning when it is left out.")] after: Option<
            String,
        >,
        #[graphql(name = "type", desc = "Only changes of these.")] noun: Option<ChangeType>,
    ) -> async_graphql::Result<ChangesPayload> {
        let size = size(ctx, "first", first)?;
        page(ctx, size, after, noun).await.shown()
    }
}

async fn page(
    ctx: &Context<'_>,
    size: usize,
    after: Option<String>,
    noun: Option<ChangeType>,
) -> Result<ChangesPayload> {
    let reader = &ctx.data_unchecked::<Asked>().reader();
    let place = after.as_deref().map(LogPlace::decode).transpose().map_err(|error| error.at("after"))?;
    match feed::after(reader, place.as_ref(), noun.map(ChangeType::noun), size).await? {
        feed::Asked::Expired(start) => Err(feed::expired(&start)),
        feed::Asked::Page(page) => Ok(ChangesPayload {
            changes: page.rows.into_iter().map(Into::into).collect(),
            end_cursor: page.end.encode(),
            has_next_page: page.more,
            head: page.head.encode(),
        }),
    }
}
