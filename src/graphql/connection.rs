//! Relay connections: pages of lists that can be walked both ways.

use std::sync::Arc;

use async_graphql::{ComplexObject, Context, Object, SimpleObject};

use super::Asked;
use super::article::Article;
use super::author::Author;
use super::errors::Shown;
use super::topic::Topic;
use crate::app::App;
use crate::catalogue::Reader;
use crate::catalogue::list::{self, Articles, More, Named, Page, Paging, checked_size};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::topic::TopicKind;

/// What a page costs: itself, and what is asked of each row for every row that there may be.
///
/// A list that nobody says the length of costs by how long it mostly is, as stands beside each: an article may name two
/// hundred topics, but priced so no page of articles with their topics would pass. What a row has in itself (corrections,
/// disclaimers, sources, reasons) costs as if it were one: nothing is read for it, and nothing can be listed below it.
pub(super) fn page_cost(first: Option<i32>, last: Option<i32>, default: i32, each: usize) -> usize {
    let rows = usize::try_from(first.or(last).unwrap_or(default)).unwrap_or(0);
    rows.saturating_mul(each.max(1)).saturating_add(1)
}

/// The stretch that the arguments ask for.
pub(super) fn paging(
    app: &App,
    first: Option<i32>,
    after: Option<String>,
    last: Option<i32>,
    before: Option<String>,
) -> Result<Paging> {
    let page = &app.settings.page;
    let size =
        |name: &str, rows: Option<i32>| rows.map(|rows| checked_size(name, i64::from(rows), page.max)).transpose();
    Ok(Paging::asked(size("first", first)?, after, size("last", last)?, before, page.default))
}

/// The list that a page is of, so that the other side can be looked up when somebody wants to know.
#[derive(Clone)]
enum Source {
    Articles(Articles),
    Authors {
        query: Option<String>,
    },
    Topics {
        kind: Option<TopicKind>,
        query: Option<String>,
    },
    /// Hits of a search, which are walked forwards: both sides are known.
    Hits,
}

impl Source {
    async fn has_rows(&self, reader: &Reader, paging: &Paging) -> Result<bool> {
        Ok(match self {
            Source::Hits => false,
            Source::Articles(list) => !list.page(reader, paging).await?.items.is_empty(),
            Source::Authors { query } => {
                !list::authors_by_name(reader, query.as_deref(), paging).await?.items.is_empty()
            }
            Source::Topics { kind, query } => {
                !list::topics_by_name(reader, *kind, query.as_deref(), paging).await?.items.is_empty()
            }
        })
    }
}

/// Where a page lies in its list.
pub struct PageInfo {
    source: Source,
    pub(super) start: Option<String>,
    pub(super) end: Option<String>,
    more_after: More,
    more_before: More,
    paging: Paging,
}

/// Where a page lies in its list, by the Relay specification.
#[Object]
impl PageInfo {
    /// Whether more follows after the last row of this page.
    async fn has_next_page(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        self.more(&ctx.data_unchecked::<Asked>().reader(), false).await.shown()
    }

    /// Whether more comes before the first row of this page.
    async fn has_previous_page(&self, ctx: &Context<'_>) -> async_graphql::Result<bool> {
        self.more(&ctx.data_unchecked::<Asked>().reader(), true).await.shown()
    }

    /// The cursor of the first row; null on an empty page.
    async fn start_cursor(&self) -> Option<&str> {
        self.start.as_deref()
    }

    /// The cursor of the last row; null on an empty page.
    async fn end_cursor(&self) -> Option<&str> {
        self.end.as_deref()
    }
}

impl PageInfo {
    /// Of hits that are walked forwards: whether this is the first page, and whether more follow.
    pub(super) fn of_hits(start: Option<String>, end: Option<String>, is_first: bool, more: bool) -> PageInfo {
        let known = |yes: bool| if yes { More::Yes } else { More::No };
        let paging = Paging::first(0);
        PageInfo { source: Source::Hits, start, end, more_after: known(more), more_before: known(!is_first), paging }
    }

    /// Whether more comes after the page and before it, where both are known without looking.
    pub(super) fn of_known(&self) -> (bool, bool) {
        (self.more_after == More::Yes, self.more_before == More::Yes)
    }

    /// Whether more comes before the page, or after it.
    pub(super) async fn more(&self, reader: &Reader, before: bool) -> Result<bool> {
        match if before { self.more_before } else { self.more_after } {
            More::Yes => return Ok(true),
            More::No => return Ok(false),
            More::Ask => {}
        }
        let edge = if before { self.start.clone() } else { self.end.clone() };
        match self.paging.beyond(edge, before) {
            Some(beyond) => self.source.has_rows(reader, &beyond).await,
            None => Ok(false),
        }
    }
}

macro_rules! connection {
    ($connection:ident, $edge:ident, $node:ident, $row:ty, $doc:literal, $edge_doc:literal) => {
        #[doc = $edge_doc]
        #[derive(SimpleObject)]
        pub struct $edge {
            /// The place of the row, to go on from.
            pub(super) cursor: String,
            /// The row.
            pub(super) node: $node,
        }

        #[doc = $doc]
        #[derive(SimpleObject)]
        #[graphql(complex)]
        pub struct $connection {
            /// The rows with their cursors.
            pub(super) edges: Vec<$edge>,
            /// Where the page lies in the list.
            pub(super) page_info: PageInfo,
        }

        impl $connection {
            fn of(source: Source, page: Page<Arc<$row>>, paging: Paging, cursor: impl Fn(&$row) -> String) -> Self {
                let edges: Vec<$edge> =
                    page.items.into_iter().map(|row| $edge { cursor: cursor(&row), node: $node(row) }).collect();
                let page_info = PageInfo {
                    source,
                    start: edges.first().map(|edge| edge.cursor.clone()),
                    end: edges.last().map(|edge| edge.cursor.clone()),
                    more_after: page.more_after,
                    more_before: page.more_before,
                    paging,
                };
                $connection { edges, page_info }
            }
        }
    };
}

connection!(ArticleConnection, ArticleEdge, Article, Card, "A page of a list of articles.", "An article in a list.");
connection!(
    AuthorConnection,
    AuthorEdge,
    Author,
    crate::model::author::Author,
    "A page of a list of authors.",
    "An author in a list."
);
connection!(
    TopicConnection,
    TopicEdge,
    Topic,
    crate::model::topic::Topic,
    "A page of a list of topics.",
    "A topic in a list."
);

#[ComplexObject]
impl ArticleConnection {
    /// The rows without their cursors.
    async fn nodes(&self) -> Vec<Article> {
        self.edges.iter().map(|edge| Article(edge.node.0.clone())).collect()
    }

    /// How many articles the whole list has. Kept for a list by one filter; counted, and so priced, for combinations.
    #[graphql(complexity = 5)]
    async fn total_count(&self, ctx: &Context<'_>) -> async_graphql::Result<i64> {
        self.total(&ctx.data_unchecked::<Asked>().reader()).await.shown()
    }
}

impl ArticleConnection {
    /// How many articles the whole list has.
    pub(super) async fn total(&self, reader: &Reader) -> Result<i64> {
        let Source::Articles(list) = &self.page_info.source else { return Ok(0) };
        list.total(reader).await
    }
}

#[ComplexObject]
impl AuthorConnection {
    /// The rows without their cursors.
    async fn nodes(&self) -> Vec<Author> {
        self.edges.iter().map(|edge| Author(edge.node.0.clone())).collect()
    }
}

#[ComplexObject]
impl TopicConnection {
    /// The rows without their cursors.
    async fn nodes(&self) -> Vec<Topic> {
        self.edges.iter().map(|edge| Topic(edge.node.0.clone())).collect()
    }
}

/// A page of articles.
pub(super) async fn articles(reader: &Reader, list: Articles, paging: Paging) -> Result<ArticleConnection> {
    let page = list.page(reader, &paging).await?;
    Ok(ArticleConnection::of(Source::Articles(list.clone()), page, paging, list::cursor))
}

/// A page of authors.
pub(super) async fn authors(ctx: &Context<'_>, query: Option<String>, paging: Paging) -> Result<AuthorConnection> {
    let reader = &ctx.data_unchecked::<Asked>().reader();
    let page = list::authors_by_name(reader, query.as_deref(), &paging).await?;
    Ok(AuthorConnection::of(Source::Authors { query }, page, paging, Named::cursor))
}

/// A page of topics.
pub(super) async fn topics(
    ctx: &Context<'_>,
    kind: Option<TopicKind>,
    query: Option<String>,
    paging: Paging,
) -> Result<TopicConnection> {
    let reader = &ctx.data_unchecked::<Asked>().reader();
    let page = list::topics_by_name(reader, kind, query.as_deref(), &paging).await?;
    Ok(TopicConnection::of(Source::Topics { kind, query }, page, paging, Named::cursor))
}
