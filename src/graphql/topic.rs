//! The topic.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object};

use super::Asked;
use super::connection::{ArticleConnection, articles, page_cost, paging};
use super::errors::{Shown, or_null};
use crate::app::App;
use crate::catalogue::list::CountKind;
use crate::catalogue::list::{self, Articles, Order, Wanted};
use crate::catalogue::topic as catalogue;
use crate::model::topic;

/// What kind of thing a topic is.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "topic::TopicKind")]
pub enum TopicKind {
    /// A subject.
    Subject,
    /// A person.
    Person,
    /// An organisation.
    Organisation,
    /// A place.
    Place,
    /// An event.
    Event,
    /// Something named, of which nothing better is known.
    Entity,
}

/// What a story is about.
pub struct Topic(pub Arc<topic::Topic>);

/// What a story is about.
#[Object]
impl Topic {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The slug, unique over all kinds.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What kind of thing it is.
    async fn kind(&self) -> TopicKind {
        self.0.kind.into()
    }

    /// A sentence or two of plain text.
    async fn description(&self) -> Option<&str> {
        self.0.about.description.as_deref()
    }

    /// The broader topic.
    async fn parent(&self, ctx: &Context<'_>) -> Option<Topic> {
        let found = async {
            let Some(parent) = self.0.parent else { return Ok(None) };
            let found = catalogue::by_ids(&ctx.data_unchecked::<Asked>().reader(), &[parent]).await.shown()?;
            Ok(found.into_iter().flatten().next().map(Topic))
        };
        or_null(ctx, found.await)
    }

    /// How many articles about it are published.
    async fn article_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        list::count_of(&ctx.data_unchecked::<Asked>().reader(), CountKind::Topic, self.0.id.0).await.shown()
    }

    /// The articles about it, newest first.
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
        let wanted = Wanted { topic: Some(self.0.slug.clone()), ..Wanted::default() };
        let reader = &ctx.data_unchecked::<Asked>().reader();
        let list = Articles::find(reader, &wanted, Order::Newest).await.shown()?;
        articles(reader, list, paging).await.shown()
    }
}
