//! The section.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::Asked;
use super::connection::{ArticleConnection, articles, page_cost, paging};
use super::errors::{Shown, or_null};
use crate::app::App;
use crate::catalogue::list::CountKind;
use crate::catalogue::list::{self, Articles, Order, Wanted};
use crate::catalogue::section as catalogue;
use crate::model::section;

/// A part of the publication ("in Politics").
pub struct Section(pub Arc<section::Section>);

/// A part of the publication ("in Politics").
#[Object]
impl Section {
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

    /// A sentence or two of plain text.
    async fn description(&self) -> Option<&str> {
        self.0.about.description.as_deref()
    }

    /// The section that it is part of.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Section> {
        let found = async {
            let Some(parent) = self.0.parent else { return Ok(None) };
            let found = catalogue::by_ids(&ctx.data_unchecked::<Asked>().reader(), &[parent]).await.shown()?;
            Ok(found.into_iter().flatten().next().map(Section))
        };
        or_null(ctx, found.await)
    }

    /// The sections that are part of it, by name.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn children(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Section>> {
        let all = catalogue::all(&ctx.data_unchecked::<Asked>().reader()).await.shown()?;
        Ok(all.into_iter().filter(|section| section.parent == Some(self.0.id)).map(Section).collect())
    }

    /// How many articles are published in it and in the sections below it.
    async fn article_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        list::count_of(&ctx.data_unchecked::<Asked>().reader(), CountKind::Section, self.0.id.0).await.shown()
    }

    /// The articles in it and in the sections below it, newest first.
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
        let wanted = Wanted { section: Some(self.0.slug.clone()), ..Wanted::default() };
        let reader = &ctx.data_unchecked::<Asked>().reader();
        let list = Articles::find(reader, &wanted, Order::Newest).await.shown()?;
        articles(reader, list, paging).await.shown()
    }
}
