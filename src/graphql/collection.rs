//! The collection.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::Asked;
use super::article::{Article, FEW, size};
use super::connection::page_cost;
use super::errors::Shown;
use crate::catalogue::collection;
use crate::model::collection::Rule;
use crate::model::trend::Window;

/// The views of how long count.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrendingWindow {
    /// Those of the last hour.
    Hour,
    /// Those of the last 24 hours.
    Day,
    /// Those of the last seven days.
    Week,
}

impl From<TrendingWindow> for Window {
    fn from(window: TrendingWindow) -> Window {
        match window {
            TrendingWindow::Hour => Window::Hour,
            TrendingWindow::Day => Window::Day,
            TrendingWindow::Week => Window::Week,
        }
    }
}

/// What fills the places of a collection that nobody has pinned anything to.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum CollectionRule {
    /// Nothing: it is what its editors pinned.
    None,
    /// What trends, then the latest.
    Trending,
    /// The latest.
    Latest,
}

impl From<&Rule> for CollectionRule {
    fn from(rule: &Rule) -> CollectionRule {
        match rule {
            Rule::None => CollectionRule::None,
            Rule::Trending { .. } => CollectionRule::Trending,
            Rule::Latest(_) => CollectionRule::Latest,
        }
    }
}

/// An ordered list of articles.
pub struct Collection(pub Arc<collection::Collection>);

impl Collection {
    async fn items(&self, ctx: &Context<'_>, first: i32) -> async_graphql::Result<Vec<collection::Item>> {
        let size = size(ctx, "first", first)?;
        collection::items(&ctx.data_unchecked::<Asked>().reader(), &self.0, size).await.shown()
    }
}

/// An ordered list of articles, such as Top News.
#[Object]
impl Collection {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The slug.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What stands in it, and in which order.
    async fn description(&self) -> &str {
        &self.0.description
    }

    /// What fills the places that nobody has pinned anything to.
    async fn rule(&self) -> CollectionRule {
        (&self.0.rule).into()
    }

    /// Its first articles, in its order.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        Ok(self.items(ctx, first).await?.into_iter().map(|item| Article(item.card)).collect())
    }

    /// Those of the first articles that its editors pinned, in their order; the others are what the rule gave.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn pinned(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Among how many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        let items = self.items(ctx, first).await?;
        Ok(items.into_iter().filter(|item| item.pinned).map(|item| Article(item.card)).collect())
    }
}
