//! The collection.

use async_graphql::{Context, Enum, ID, Object};

use super::Asked;
use super::article::{Article, FEW, size};
use super::connection::page_cost;
use super::errors::Shown;
use crate::catalogue::collection;
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

/// An ordered list of articles.
pub struct Collection(pub collection::Collection);

/// An ordered list of articles, such as Top News.
#[Object]
impl Collection {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The slug.
    async fn slug(&self) -> &str {
        self.0.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        self.0.name
    }

    /// What stands in it, and in which order.
    async fn description(&self) -> &str {
        self.0.description
    }

    /// Its first articles, in its order.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        let size = size(ctx, "first", first)?;
        let cards = collection::items(&ctx.data_unchecked::<Asked>().reader, self.0, size).await.shown()?;
        Ok(cards.into_iter().map(Article).collect())
    }
}
