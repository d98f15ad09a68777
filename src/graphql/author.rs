//! The author.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::Asked;
use super::article::Image;
use super::connection::{ArticleConnection, articles, page_cost, paging};
use super::errors::Shown;
use crate::app::App;
use crate::catalogue::list::CountKind;
use crate::catalogue::list::{self, Articles, Order, Wanted};
use crate::formats::article as present;
use crate::model::author;

/// How an author stands to the publication.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "author::AuthorKind")]
pub enum AuthorKind {
    /// Employed by the publication.
    Staff,
    /// Writes for it regularly without being employed.
    Contributor,
    /// Speaks for themselves.
    Independent,
}

/// Someone who signs articles.
pub struct Author(pub Arc<author::Author>);

/// Someone who signs articles.
#[Object]
impl Author {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The slug.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name as it stands in a byline.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// How they stand to the publication.
    async fn kind(&self) -> AuthorKind {
        self.0.kind.into()
    }

    /// A sentence or two of plain text.
    async fn bio(&self) -> Option<&str> {
        self.0.about.bio.as_deref()
    }

    /// Whom they work for.
    async fn organisation(&self) -> Option<&str> {
        self.0.about.organisation.as_deref()
    }

    /// A page of theirs.
    async fn url(&self) -> Option<&str> {
        self.0.about.url.as_deref()
    }

    /// A portrait.
    async fn image(&self, ctx: &Context<'_>) -> Option<Image> {
        let site = &ctx.data_unchecked::<App>().settings.site;
        self.0.about.image.as_ref().map(|image| present::absolute_image(site, image).into())
    }

    /// How many articles of theirs are published.
    async fn article_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        list::count_of(&ctx.data_unchecked::<Asked>().reader(), CountKind::Author, self.0.id.0).await.shown()
    }

    /// Their articles, newest first.
    #[graphql(complexity = "page_cost(first, last, 20, child_complexity)")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<ArticleConnection> {
        let paging = paging(ctx.data_unchecked::<App>(), first, after, last, before).shown()?;
        let wanted = Wanted { author: Some(self.0.slug.clone()), ..Wanted::default() };
        let reader = &ctx.data_unchecked::<Asked>().reader();
        let list = Articles::find(reader, &wanted, Order::Newest).await.shown()?;
        articles(reader, list, paging).await.shown()
    }
}
