//! The root of all queries.

use std::sync::Arc;

use async_graphql::{Context, ID, Interface, MergedObject, Object};

use super::Asked;
use super::account::{self, Account, AccountConnection, SecurityEvent, SecurityEventConnection, ViewerObject};
use super::article::{Article, FEW, size, size_or};
use super::author::Author;
use super::changes::ChangesQuery;
use super::collection::{Collection, TrendingWindow};
use super::connection::{self, ArticleConnection, AuthorConnection, TopicConnection, page_cost, paging};
use super::errors::{Shown, or_null, shown};
use super::filter::{ArticleFilter, ArticleOrder};
use super::newsroom::{self, NewsroomArticle, NewsroomQuery};
use super::newsroom_collection::{self, NewsroomCollection, NewsroomCollectionQuery};
use super::provider::{self, LoginProvider};
use super::search::{self, SearchConnection, SearchOrder, Suggestion};
use super::section::Section;
use super::taxonomy::{self, NewsroomTerm, TaxonomyQuery};
use super::topic::{Topic, TopicKind};
use crate::app::App;
use crate::catalogue::article::Found;
use crate::catalogue::list::{self, Articles};
use crate::catalogue::search::Search;
use crate::catalogue::{self, Reader, article, author, collection, section, topic, trending};
use crate::error::{Code, Error, Result};
use crate::model::id::{ArticleId, AuthorId, CollectionId, NewsroomCollectionId, NewsroomId, SectionId, TopicId};
use crate::model::text::checked;

/// Whatever has a global id.
#[derive(Interface)]
#[graphql(field(name = "id", ty = "ID", desc = "The global id."))]
pub enum Node {
    /// An article.
    Article(Article),
    /// An author.
    Author(Author),
    /// A topic.
    Topic(Topic),
    /// A section.
    Section(Section),
    /// A collection.
    Collection(Collection),
    /// An account, for who may see it.
    Account(Account),
    /// An event of the security log, for administrators.
    SecurityEvent(SecurityEvent),
    /// An article as the newsroom has it, for who may see it.
    NewsroomArticle(NewsroomArticle),
    /// A topic, section or author as the newsroom has it, for who may see it.
    NewsroomTerm(NewsroomTerm),
    /// A collection as its editors see it.
    NewsroomCollection(NewsroomCollection),
}

/// The root of all queries. Everything here is published, but for what is marked as the newsroom's or an account's.
#[derive(MergedObject, Default)]
pub struct Query(PublicQuery, ChangesQuery, NewsroomQuery, TaxonomyQuery, NewsroomCollectionQuery);

/// Queries of what is published.
#[derive(Default)]
pub struct PublicQuery;

fn reader(ctx: &Context<'_>) -> Arc<Reader> {
    ctx.data_unchecked::<Asked>().reader()
}

/// The slug or the id: one of the two, no more and no less.
pub(super) fn one_of(slug: Option<String>, id: Option<ID>) -> Result<std::result::Result<String, String>> {
    match (slug, id) {
        (Some(slug), None) => Ok(Ok(checked("slug", &slug)?)),
        (None, Some(id)) => Ok(Err(id.0)),
        _ => Err(Error::new(Code::InvalidParameter, "Give either slug or id.").at("slug")),
    }
}

fn gone(stone: &crate::model::article::Tombstone) -> async_graphql::Error {
    let what = if stone.killed { "killed" } else { "withdrawn" };
    let says = format!("This article was {what}: {}", stone.reason);
    let mut error = shown(Error::new(Code::Gone, says));
    if let Some(extensions) = &mut error.extensions {
        extensions.set("reason", stone.reason.as_str());
        extensions.set("withdrawnAt", stone.at.to_string());
    }
    error
}

fn found(found: Option<Found>) -> async_graphql::Result<Option<Article>> {
    match found {
        Some(Found::Here(card) | Found::Moved(card)) => Ok(Some(Article(card))),
        Some(Found::Gone(stone)) => Err(gone(&stone)),
        None => Ok(None),
    }
}

async fn by_global_id(ctx: &Context<'_>, id: &str) -> Result<Option<Node>> {
    let reader = &reader(ctx);
    if let Ok(id) = id.parse::<ArticleId>() {
        return Ok(article::seen(reader, id).await?.map(|card| Node::Article(Article(card))));
    }
    if let Ok(id) = id.parse::<AuthorId>() {
        return Ok(author::by_id(reader, id).await?.map(|a| Node::Author(Author(a))));
    }
    if let Ok(id) = id.parse::<TopicId>() {
        return Ok(topic::by_id(reader, id).await?.map(|t| Node::Topic(Topic(t))));
    }
    if let Ok(id) = id.parse::<SectionId>() {
        return Ok(section::by_id(reader, id).await?.map(|s| Node::Section(Section(s))));
    }
    if let Ok(id) = id.parse::<CollectionId>() {
        return Ok(collection::by_id(reader, id).await?.map(|c| Node::Collection(Collection(c))));
    }
    if let Ok(id) = id.parse::<NewsroomId>() {
        return Ok(newsroom::node(ctx, id).await?.map(Node::NewsroomArticle));
    }
    if let Ok(id) = id.parse::<NewsroomCollectionId>() {
        return Ok(newsroom_collection::node(ctx, id).await?.map(Node::NewsroomCollection));
    }
    if let Some(term) = taxonomy::node(ctx, id).await? {
        return Ok(Some(Node::NewsroomTerm(term)));
    }
    account::node(ctx, id).await
}

#[Object]
impl PublicQuery {
    /// Whatever has this global id; null where nothing published has. The id of an author, topic or section that was merged
    /// into another one gives the other one, with its own id.
    async fn node(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "A global id, as `id` gives it.")] id: ID,
    ) -> Option<Node> {
        let found = async { by_global_id(ctx, &id).await.shown() };
        or_null(ctx, found.await)
    }

    /// Whatever has these global ids, in their order, as `node` finds it; null where nothing published has.
    #[graphql(complexity = "1 + ids.len() * child_complexity.max(1)")]
    async fn nodes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Global ids, as `id` gives them.")] ids: Vec<ID>,
    ) -> async_graphql::Result<Vec<Option<Node>>> {
        let most = ctx.data_unchecked::<App>().settings.page.max;
        if ids.len() > most {
            let says = format!("ids has {} ids; send at most {most} ids at once.", ids.len());
            return Err(shown(Error::new(Code::LimitExceeded, says).at("ids")));
        }
        futures::future::try_join_all(ids.iter().map(|id| by_global_id(ctx, id))).await.shown()
    }

    /// One article, by its slug, its id, or an address: its own on the site, or one that it had elsewhere. Under a slug that it
    /// had before it is found too, with its slug of now. Null where there never was one; an error with the code `GONE` and the
    /// reason where it was taken back.
    async fn article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Its slug, now or before.")] slug: Option<String>,
        #[graphql(desc = "Its global id.")] id: Option<ID>,
        #[graphql(desc = "Its address, here or elsewhere before, or the path of one.")] url: Option<String>,
    ) -> Option<Article> {
        let found = async {
            if let Some(url) = url {
                if slug.is_some() || id.is_some() {
                    return Err(Error::new(Code::InvalidParameter, "Give one of slug, id and url.").at("url")).shown();
                }
                let site = &ctx.data_unchecked::<App>().settings.site;
                return found(article::at(&reader(ctx), &checked("url", &url)?, site).await.shown()?);
            }
            match one_of(slug, id).shown()? {
                Ok(slug) => found(article::by_slug(&reader(ctx), &slug).await.shown()?),
                Err(id) => match id.parse::<ArticleId>() {
                    Ok(id) => found(article::by_id(&reader(ctx), id).await.shown()?),
                    Err(_) => Ok(None),
                },
            }
        };
        or_null(ctx, found.await)
    }

    /// Articles by any filter, in any order, walked both ways. Every page of a list by at most one of section, topic,
    /// author, place, genre and language in the order of publication costs the same, however deep; other combinations
    /// cost more the more they pass over.
    #[graphql(complexity = "page_cost(first, last, 20, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn articles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
        #[graphql(desc = "Which articles; all when it is left out.")] filter: Option<ArticleFilter>,
        #[graphql(desc = "In which order.", default)] order_by: ArticleOrder,
    ) -> async_graphql::Result<ArticleConnection> {
        let paging = paging(ctx.data_unchecked::<App>(), first, after, last, before).shown()?;
        let wanted = filter.unwrap_or_default().wanted().shown()?;
        let list = Articles::find(&reader(ctx), &wanted, order_by.into()).await.shown()?;
        connection::articles(&reader(ctx), list, paging).await.shown()
    }

    /// Articles that have these words: in the headline, summary, body, byline or topics, in any form that the article's
    /// language gives them, with or without accents. Phrases stand in quotation marks; `-word` leaves articles out,
    /// `one OR other` takes either, `elect*` takes beginnings; `author:`, `topic:` and `section:` look for words of one such
    /// name, the last perhaps only begun (`topic:ukr*`). Whatever else is typed is read as words: no query is refused. Of
    /// three and more words some may miss when what fits best comes first: of three or four all but one must be there, of
    /// more two thirds. What is written in one piece, such as `sea-wall`, counts as one, and a word in quotation marks must
    /// be there. Newest first, every word must. 32 words are looked for, and 32 more may be left out; what is typed again
    /// counts once. Without words, everything that the filter lets through, newest first.
    #[graphql(complexity = "page_cost(Some(first), None, 10, child_complexity) + 5")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn search(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the reader typed.")] query: String,
        #[graphql(desc = "How many hits.", default = 10)] first: i32,
        #[graphql(desc = "Only hits after this cursor.")] after: Option<String>,
        #[graphql(desc = "Which articles; all when it is left out.")] filter: Option<ArticleFilter>,
        #[graphql(desc = "In which order.", default)] order_by: SearchOrder,
    ) -> async_graphql::Result<SearchConnection> {
        let size = size(ctx, "first", first)?;
        let wanted = filter.unwrap_or_default().wanted().shown()?;
        let home = &ctx.data_unchecked::<App>().search;
        let found = Search::find(&reader(ctx), home, &query, &wanted, order_by == SearchOrder::Newest).await.shown()?;
        search::page(ctx, found, size, after.as_deref()).await.shown()
    }

    /// Type-ahead: topics, places, people, authors and headlines that have all these words, the last of them perhaps
    /// only begun. What more articles are about comes first.
    #[graphql(complexity = "page_cost(Some(first), None, 10, child_complexity) + 2")]
    async fn suggest(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the reader typed so far.")] query: String,
        #[graphql(desc = "How many.", default = 10)] first: i32,
    ) -> async_graphql::Result<Vec<Suggestion>> {
        let size = size(ctx, "first", first)?;
        let home = &ctx.data_unchecked::<App>().search;
        let found = catalogue::search::suggest(&reader(ctx), home, &query, size).await.shown()?;
        Ok(found.into_iter().map(Suggestion::from).collect())
    }

    /// What was published last, newest first.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn latest_news(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        let cards = list::latest(&reader(ctx), size(ctx, "first", first)?).await.shown()?;
        Ok(cards.into_iter().map(Article).collect())
    }

    /// What is read most now, by views that fade: a view counts half after a quarter of the window. Ranked anew every
    /// half minute; empty where nothing was viewed, and where there is no such section.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn trending(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The views of how long count.", default_with = "TrendingWindow::Day")] window: TrendingWindow,
        #[graphql(desc = "Only what stands in the section with this slug or one below it.")] section: Option<String>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        let section = section.map(|slug| checked("section", &slug)).transpose().shown()?;
        let size = size(ctx, "first", first)?;
        let cards = trending::trending(&reader(ctx), window.into(), section.as_deref(), size).await.shown()?;
        Ok(cards.into_iter().map(Article).collect())
    }

    /// What matters most now: the collection `top-news`, or what its rule gives of one section.
    #[graphql(complexity = "page_cost(Some(first), None, 0, child_complexity)")]
    async fn top_news(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only what stands in the section with this slug or one below it.")] section: Option<String>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Article>> {
        let section = section.map(|slug| checked("section", &slug)).transpose().shown()?;
        let size = size(ctx, "first", first)?;
        let cards = collection::top_news(&reader(ctx), section.as_deref(), size).await.shown()?;
        Ok(cards.into_iter().map(Article).collect())
    }

    /// One author; null where there is none.
    async fn author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug.")] slug: Option<String>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
    ) -> Option<Author> {
        let found = async {
            let found = match one_of(slug, id).shown()? {
                Ok(slug) => author::by_slug(&reader(ctx), &slug).await,
                Err(id) => match id.parse() {
                    Ok(id) => author::by_id(&reader(ctx), id).await,
                    Err(_) => Ok(None),
                },
            };
            Ok(found.shown()?.map(Author))
        };
        or_null(ctx, found.await)
    }

    /// Authors by name.
    #[graphql(complexity = "page_cost(first, last, 20, child_complexity)")]
    async fn authors(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only those with a name of which a word begins so, in any spelling.")] query: Option<String>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<AuthorConnection> {
        let paging = paging(ctx.data_unchecked::<App>(), first, after, last, before).shown()?;
        let query = query.map(|query| list::checked_words("query", &query)).transpose().shown()?;
        connection::authors(ctx, query, paging).await.shown()
    }

    /// One topic; null where there is none.
    async fn topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug.")] slug: Option<String>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
    ) -> Option<Topic> {
        let found = async {
            let found = match one_of(slug, id).shown()? {
                Ok(slug) => topic::by_slug(&reader(ctx), &slug).await,
                Err(id) => match id.parse() {
                    Ok(id) => topic::by_id(&reader(ctx), id).await,
                    Err(_) => Ok(None),
                },
            };
            Ok(found.shown()?.map(Topic))
        };
        or_null(ctx, found.await)
    }

    /// Topics by name.
    #[graphql(complexity = "page_cost(first, last, 20, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a Relay connection")]
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only topics of this kind.")] kind: Option<TopicKind>,
        #[graphql(desc = "Only those with a name of which a word begins so, in any spelling.")] query: Option<String>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "How many rows from the end, or before `before`.")] last: Option<i32>,
        #[graphql(desc = "Only rows before this cursor.")] before: Option<String>,
    ) -> async_graphql::Result<TopicConnection> {
        let paging = paging(ctx.data_unchecked::<App>(), first, after, last, before).shown()?;
        let query = query.map(|query| list::checked_words("query", &query)).transpose().shown()?;
        connection::topics(ctx, kind.map(Into::into), query, paging).await.shown()
    }

    /// One section; null where there is none.
    async fn section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The slug.")] slug: Option<String>,
        #[graphql(desc = "The global id.")] id: Option<ID>,
    ) -> Option<Section> {
        let found = async {
            let found = match one_of(slug, id).shown()? {
                Ok(slug) => section::by_slug(&reader(ctx), &slug).await,
                Err(id) => match id.parse() {
                    Ok(id) => section::by_id(&reader(ctx), id).await,
                    Err(_) => Ok(None),
                },
            };
            Ok(found.shown()?.map(Section))
        };
        or_null(ctx, found.await)
    }

    /// Every section, by name; `parent` makes a tree of them.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn sections(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Section>> {
        Ok(section::all(&reader(ctx)).await.shown()?.into_iter().map(Section).collect())
    }

    /// One collection; null where there is none.
    async fn collection(&self, ctx: &Context<'_>, #[graphql(desc = "The slug.")] slug: String) -> Option<Collection> {
        let found = async { Ok(collection::by_slug(&reader(ctx), &slug).await.shown()?.map(Collection)) };
        or_null(ctx, found.await)
    }

    /// Who is asking; null for who is not logged in.
    #[graphql(complexity = "5 + child_complexity")]
    async fn viewer(&self, ctx: &Context<'_>) -> Option<ViewerObject> {
        or_null(ctx, account::viewer(ctx).await.shown())
    }

    /// The providers that one may log in at, in the order of their ids: what a log-in box draws its buttons from.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn login_providers(&self, ctx: &Context<'_>) -> Vec<LoginProvider> {
        provider::login_providers(ctx)
    }

    /// All accounts, in the order in which they were made, for administrators.
    #[graphql(complexity = "page_cost(first, None, 20, child_complexity)")]
    async fn accounts(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<AccountConnection> {
        let size = size_or(ctx, "first", first, 20)?;
        account::accounts(ctx, size, after).await.shown()
    }

    /// The log of security events, the newest first, for administrators.
    #[graphql(complexity = "page_cost(first, None, 20, child_complexity)")]
    async fn security_events(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only events of the account with this global id.")] account: Option<ID>,
        #[graphql(desc = "How many rows from the beginning, or after `after`.")] first: Option<i32>,
        #[graphql(desc = "Only rows after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<SecurityEventConnection> {
        let size = size_or(ctx, "first", first, 20)?;
        account::events(ctx, account, size, after).await.shown()
    }

    /// Every collection, in the order in which they were made.
    #[graphql(complexity = "1 + 20 * child_complexity")]
    async fn collections(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Collection>> {
        Ok(collection::all(&reader(ctx)).await.shown()?.into_iter().map(Collection).collect())
    }
}
