//! Everything that is shown below a root field, read before a byte of it is written.
//!
//! What all rows of a level need is read at once, so the number of statements depends on what is asked, not on how many
//! rows there are. A list below a row (the articles of each topic) is a statement of its own, as it is for the library.

use std::sync::Arc;

use async_graphql::{InputType, Name, Value as ConstValue, Variables};
use futures::FutureExt as _;
use futures::future::BoxFuture;

use super::plan::{
    Arguments, Fields, OfArticle, OfAuthor, OfAuthorCount, OfBlock, OfBody, OfCollection, OfConnection, OfEdge,
    OfFacets, OfHit, OfPageInfo, OfRelated, OfSearch, OfSection, OfSectionCount, OfTopic, OfTopicCount, Set,
};
use crate::app::App;
use crate::catalogue::article::{BodyWanted, Shown, Wants};
use crate::catalogue::list::{self, Articles, CountKind, Order, Wanted, checked_size};
use crate::catalogue::related::{self, BesideWanted, Block, Blocks, BlocksWanted, Related, RelatedWanted};
use crate::catalogue::search::{self, Counting, Hit, Page, Search, Snippet};
use crate::catalogue::{Reader, article, collection, section, topic};
use crate::error::{Code, Error, Result};
use crate::formats::article as present;
use crate::graphql::article::{FEW, Notices, gone};
use crate::graphql::connection::{self, ArticleConnection};
use crate::graphql::filter::ArticleFilter;
use crate::graphql::search::{SearchOrder, page_info as search_page_info};
use crate::graphql::topic::TopicKind;
use crate::graphql::variables::value_of;
use crate::model::article::{Card, NoticeRule};
use crate::model::author::Author;
use crate::model::section::Section;
use crate::model::topic::Topic;

/// One run of a root field.
pub(super) struct Run<'r> {
    pub(super) app: &'r App,
    pub(super) reader: &'r Reader,
    pub(super) variables: &'r Variables,
    /// What variables have that were not given.
    pub(super) defaults: &'r [(Name, ConstValue)],
}

/// Rows of one type, with what was read for each field of what is asked of them.
pub(super) struct Rows<'s, N, F> {
    pub(super) nodes: Vec<N>,
    pub(super) of: &'s Set<F>,
    /// One for each field; none where there is no row.
    pub(super) columns: Vec<Column<'s>>,
}

/// Rows below other rows: those of the n-th begin where those of the one before it end.
pub(super) struct Many<'s, N, F> {
    pub(super) ends: Vec<usize>,
    pub(super) rows: Rows<'s, N, F>,
}

/// What was read for a field, row by row.
pub(super) enum Column<'s> {
    /// Nothing: the row has it.
    Own,
    Text(Vec<Option<String>>),
    Texts(Vec<Vec<String>>),
    Count(Vec<i64>),
    Bodies(Vec<Body>),
    PageInfo(Vec<PageInfo>),
    Sections(Many<'s, Arc<Section>, OfSection>),
    Topics(Many<'s, Arc<Topic>, OfTopic>),
    Authors(Many<'s, Arc<Author>, OfAuthor>),
    Articles(Many<'s, Arc<Card>, OfArticle>),
    Blocks(Many<'s, Block, OfBlock>),
    Related(Many<'s, Related, OfRelated>),
    Connections(Many<'s, ArticleConnection, OfConnection>),
    Edges(Many<'s, Edge, OfEdge>),
    Hits(Many<'s, Hit, OfHit>),
    Pieces(Vec<Option<Snippet>>),
    Facets(Vec<Facets<'s>>),
    SectionCounts(Many<'s, u64, OfSectionCount>),
    TopicCounts(Many<'s, u64, OfTopicCount>),
    AuthorCounts(Many<'s, u64, OfAuthorCount>),
}

/// A page of what was found.
pub(super) struct Found {
    pub(super) page: Page,
    pub(super) info: connection::PageInfo,
}

/// Counts of what was found, of which some have rows below them.
pub(super) struct Facets<'s> {
    pub(super) counts: search::Facets,
    pub(super) columns: Vec<Column<'s>>,
}

/// The text of an article.
pub(super) struct Body {
    pub(super) stored: Shown,
    /// What stands around it, where it is to stand there.
    pub(super) notices: Option<(Option<String>, Vec<String>)>,
}

/// Where a page lies, as far as it is asked for.
#[derive(Default)]
pub(super) struct PageInfo {
    pub(super) next: bool,
    pub(super) previous: bool,
}

/// A row of a page of articles.
pub(super) struct Edge {
    pub(super) cursor: String,
    pub(super) card: Arc<Card>,
}

/// What is asked of bodies.
fn body_wanted(of: &Set<OfBody>) -> BodyWanted {
    let wanted = of.fields.iter().map(|selected| match selected.field {
        OfBody::Typename => BodyWanted::Nothing,
        OfBody::Html => BodyWanted::Html,
        OfBody::PortableText | OfBody::Markdown | OfBody::Text => BodyWanted::Whole,
    });
    // Also where no more than the name of its type is asked for it is looked at whether it is there.
    wanted.max().unwrap_or_default().max(BodyWanted::Html)
}

/// What is read for rows of one type.
type Read<'s, N, F> = BoxFuture<'s, Result<Rows<'s, N, F>>>;

impl<'s> Run<'s> {
    /// The value of an argument, by the rules of the library, which has found the document to be sound.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` where the library finds a fault; it says it better.
    pub(super) fn argument<T: InputType>(&self, given: &Arguments, name: &str, default: Option<T>) -> Result<T> {
        let value = self.sent(given, name);
        if let (None, Some(default)) = (&value, default) {
            return Ok(default);
        }
        parsed(name, value)
    }

    /// What was sent for an argument. One whose variable has no value is as if it had been left out.
    fn sent(&self, given: &Arguments, name: &str) -> Option<ConstValue> {
        let value = given.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        value.and_then(|value| value_of(value, &|name| self.variable(name)))
    }

    pub(super) fn variable(&self, name: &Name) -> Option<&ConstValue> {
        let default = || self.defaults.iter().find(|(known, _)| known == name).map(|(_, value)| value);
        self.variables.get(name).or_else(default)
    }

    /// A number of rows that the settings allow. A default that nobody sent gives way to a smaller limit.
    pub(super) fn size(&self, given: &Arguments, name: &str, default: i32) -> Result<usize> {
        let most = self.app.settings.page.max;
        match self.sent(given, name) {
            None => Ok(usize::try_from(default).unwrap_or_default().min(most)),
            Some(value) => checked_size(name, i64::from(parsed::<i32>(name, Some(value))?), most),
        }
    }

    /// A page of a list of articles.
    pub(super) async fn page(&self, given: &Arguments, wanted: &Wanted, order: Order) -> Result<ArticleConnection> {
        let paging = connection::paging(
            self.app,
            self.argument(given, "first", None)?,
            self.argument(given, "after", None)?,
            self.argument(given, "last", None)?,
            self.argument(given, "before", None)?,
        )?;
        let list = Articles::find(self.reader, wanted, order).await?;
        connection::articles(self.reader, list, paging).await
    }

    /// Pages of the lists of these.
    async fn pages<T>(
        &'s self,
        given: &'s Arguments,
        of: &'s Set<OfConnection>,
        rows: &[T],
        wanted: impl Fn(&T) -> Wanted,
    ) -> Result<Many<'s, ArticleConnection, OfConnection>> {
        let mut pages = Vec::with_capacity(rows.len());
        for row in rows {
            pages.push(self.page(given, &wanted(row), Order::Newest).await?);
        }
        let ends = (1..=pages.len()).collect();
        Ok(Many { ends, rows: self.connections(pages, of).await? })
    }

    pub(super) fn articles(&'s self, cards: Vec<Arc<Card>>, of: &'s Set<OfArticle>) -> Read<'s, Arc<Card>, OfArticle> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            if !cards.is_empty() {
                let (wants, rules, asked) = self.wanted(of)?;
                article::ready(self.reader, &cards, wants, &rules).await?;
                let mut beside = Vec::new();
                if asked != BesideWanted::default() {
                    beside = related::beside(self.reader, self.app, &cards, &asked).await?;
                    // They are taken from the end.
                    for one in &mut beside {
                        one.related.reverse();
                        one.blocks.reverse();
                    }
                }
                for selected in &of.fields {
                    columns.push(match &selected.field {
                        OfArticle::MoreAbout(_, of) | OfArticle::MoreFrom(_, of) => {
                            let lists = beside.iter_mut().map(|one| one.blocks.pop().unwrap_or_default());
                            let (ends, blocks) = flat(lists);
                            Column::Blocks(Many { ends, rows: self.blocks(blocks, of).await? })
                        }
                        OfArticle::Related(_, of) => {
                            let lists = beside.iter_mut().map(|one| one.related.pop().unwrap_or_default());
                            let (ends, related) = flat(lists);
                            Column::Related(Many { ends, rows: self.related(related, of).await? })
                        }
                        other => self.of_articles(&cards, other).await?,
                    });
                }
            }
            Ok(Rows { nodes: cards, of, columns })
        }
        .boxed()
    }

    /// What is asked of articles, so that it can be read at once; and the rules of notices that say something of it.
    pub(super) fn wanted(&self, of: &Set<OfArticle>) -> Result<(Wants, Vec<&[NoticeRule]>, BesideWanted)> {
        let (mut wants, mut beside) = (Wants::default(), BesideWanted::default());
        let (mut labels, mut disclaimers) = (false, false);
        let blocks = |given: &Arguments, which: Blocks| {
            let (each, topics) = (self.size(given, "first", FEW)?, self.size(given, "topics", 3)?);
            Ok::<_, Error>(BlocksWanted { which, each, topics })
        };
        for selected in &of.fields {
            match &selected.field {
                OfArticle::Authors(_) | OfArticle::Byline => wants.authors = true,
                OfArticle::Section(_) | OfArticle::Url | OfArticle::CanonicalUrl => wants.sections = true,
                OfArticle::Topics(..) => wants.topics = true,
                OfArticle::Label => labels = true,
                OfArticle::Disclaimers(_) => disclaimers = true,
                OfArticle::Body(given, of) => {
                    wants.bodies = wants.bodies.max(body_wanted(of));
                    let inline = self.argument(given, "notices", Some(Notices::Inline))? == Notices::Inline;
                    (labels, disclaimers) = (labels || inline, disclaimers || inline);
                }
                OfArticle::MoreAbout(given, _) => beside.blocks.push(blocks(given, Blocks::About)?),
                OfArticle::MoreFrom(given, _) => beside.blocks.push(blocks(given, Blocks::From)?),
                OfArticle::Related(given, of) => {
                    let size = self.size(given, "first", FEW)?;
                    wants.lists = wants.lists.max(Some(size));
                    let reasons = of.fields.iter().any(|below| matches!(below.field, OfRelated::Reasons(_)));
                    beside.related.push(RelatedWanted { size, reasons });
                    // They name topics.
                    wants.topics |= reasons;
                }
                _ => {}
            }
        }
        wants.topics |= !beside.blocks.is_empty();
        let rules = [(labels, &self.app.label_rules), (disclaimers, &self.app.disclaimer_rules)];
        let rules = rules.into_iter().filter(|(asked, _)| *asked).map(|(_, rules)| rules.as_slice());
        Ok((wants, rules.collect(), beside))
    }

    async fn of_articles(&'s self, cards: &[Arc<Card>], field: &'s OfArticle) -> Result<Column<'s>> {
        let (reader, app) = (self.reader, self.app);
        Ok(match field {
            OfArticle::Section(of) => {
                let mut found = Vec::with_capacity(cards.len());
                for card in cards {
                    found.push(article::section_of(reader, card).await?);
                }
                let (ends, sections) = flat(found);
                Column::Sections(Many { ends, rows: self.sections(sections, of).await? })
            }
            OfArticle::Authors(of) => {
                let mut found = Vec::with_capacity(cards.len());
                for card in cards {
                    found.push(article::authors(reader, card).await?);
                }
                let (ends, authors) = flat(found);
                Column::Authors(Many { ends, rows: self.authors(authors, of).await? })
            }
            OfArticle::Topics(given, of) => {
                let kind: Option<TopicKind> = self.argument(given, "kind", None)?;
                let mut found = Vec::with_capacity(cards.len());
                for card in cards {
                    let mut topics = article::topics(reader, card).await?;
                    topics.retain(|topic| kind.is_none_or(|kind| topic.kind == kind.into()));
                    found.push(topics);
                }
                let (ends, topics) = flat(found);
                Column::Topics(Many { ends, rows: self.topics(topics, of).await? })
            }
            OfArticle::Body(given, of) => {
                let notices: Notices = self.argument(given, "notices", Some(Notices::Inline))?;
                Column::Bodies(self.bodies(cards, notices, of).await?)
            }
            OfArticle::Label | OfArticle::Byline | OfArticle::Url | OfArticle::CanonicalUrl => {
                let mut texts = Vec::with_capacity(cards.len());
                for card in cards {
                    texts.push(match field {
                        OfArticle::Label => article::label(reader, card, &app.label_rules).await?,
                        OfArticle::Byline => Some(present::byline(&article::authors(reader, card).await?)),
                        other => {
                            let section = article::section_of(reader, card).await?;
                            let (site, section) = (&app.settings.site, section.as_deref());
                            Some(match other {
                                OfArticle::Url => present::url(site, card, section),
                                _ => present::canonical_url(site, card, section),
                            })
                        }
                    });
                }
                Column::Text(texts)
            }
            OfArticle::Disclaimers(_) => {
                let mut all = Vec::with_capacity(cards.len());
                for card in cards {
                    all.push(article::disclaimers(reader, card, &app.disclaimer_rules).await?);
                }
                Column::Texts(all)
            }
            _ => Column::Own,
        })
    }

    async fn bodies(&self, cards: &[Arc<Card>], notices: Notices, of: &Set<OfBody>) -> Result<Vec<Body>> {
        let (reader, app) = (self.reader, self.app);
        let shown = of.fields.iter().any(|selected| !matches!(selected.field, OfBody::Typename));
        let mut bodies = Vec::with_capacity(cards.len());
        for card in cards {
            let stored = article::shown(reader, card, body_wanted(of)).await?;
            let notices = match notices {
                Notices::Inline if shown => Some((
                    article::label(reader, card, &app.label_rules).await?,
                    article::disclaimers(reader, card, &app.disclaimer_rules).await?,
                )),
                _ => None,
            };
            bodies.push(Body { stored: stored.ok_or_else(gone)?, notices });
        }
        Ok(bodies)
    }

    fn blocks(&'s self, blocks: Vec<Block>, of: &'s Set<OfBlock>) -> Read<'s, Block, OfBlock> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in &of.fields {
                columns.push(match &selected.field {
                    OfBlock::Topic(of) => {
                        let (ends, topics) = flat(blocks.iter().map(|block| [block.topic.clone()]));
                        Column::Topics(Many { ends, rows: self.topics(topics, of).await? })
                    }
                    OfBlock::Articles(of) => {
                        let (ends, cards) = flat(blocks.iter().map(|block| block.cards.iter().cloned()));
                        Column::Articles(Many { ends, rows: self.articles(cards, of).await? })
                    }
                    OfBlock::Typename => Column::Own,
                });
            }
            Ok(Rows { nodes: blocks, of, columns })
        }
        .boxed()
    }

    fn related(&'s self, related: Vec<Related>, of: &'s Set<OfRelated>) -> Read<'s, Related, OfRelated> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in &of.fields {
                columns.push(match &selected.field {
                    OfRelated::Article(of) => {
                        let (ends, cards) = flat(related.iter().map(|related| [related.card.clone()]));
                        Column::Articles(Many { ends, rows: self.articles(cards, of).await? })
                    }
                    OfRelated::Typename | OfRelated::Score | OfRelated::Reasons(_) => Column::Own,
                });
            }
            Ok(Rows { nodes: related, of, columns })
        }
        .boxed()
    }

    pub(super) fn sections(
        &'s self,
        sections: Vec<Arc<Section>>,
        of: &'s Set<OfSection>,
    ) -> Read<'s, Arc<Section>, OfSection> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in of.fields.iter().filter(|_| !sections.is_empty()) {
                columns.push(match &selected.field {
                    OfSection::Parent(of) => {
                        let ids: Vec<_> = sections.iter().filter_map(|section| section.parent).collect();
                        let mut found = section::by_ids(self.reader, &ids).await?.into_iter();
                        let parent = |section: &Arc<Section>| section.parent.and_then(|_| found.next().flatten());
                        let (ends, parents) = flat(sections.iter().map(parent));
                        Column::Sections(Many { ends, rows: self.sections(parents, of).await? })
                    }
                    OfSection::Children(of) => {
                        let all = section::all(self.reader).await?;
                        let children = |parent: &Arc<Section>| {
                            let id = parent.id;
                            all.iter().filter(move |section| section.parent == Some(id)).cloned()
                        };
                        let (ends, children) = flat(sections.iter().map(children));
                        Column::Sections(Many { ends, rows: self.sections(children, of).await? })
                    }
                    OfSection::ArticleCount => {
                        let ids = sections.iter().map(|section| section.id.0);
                        Column::Count(self.counts(CountKind::Section, ids).await?)
                    }
                    OfSection::Articles(given, of) => {
                        let wanted = |section: &Arc<Section>| Wanted {
                            section: Some(section.slug.clone()),
                            ..Wanted::default()
                        };
                        Column::Connections(self.pages(given, of, &sections, wanted).await?)
                    }
                    OfSection::Typename
                    | OfSection::Id
                    | OfSection::Slug
                    | OfSection::Name
                    | OfSection::Description => Column::Own,
                });
            }
            Ok(Rows { nodes: sections, of, columns })
        }
        .boxed()
    }

    pub(super) fn topics(&'s self, topics: Vec<Arc<Topic>>, of: &'s Set<OfTopic>) -> Read<'s, Arc<Topic>, OfTopic> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in of.fields.iter().filter(|_| !topics.is_empty()) {
                columns.push(match &selected.field {
                    OfTopic::Parent(of) => {
                        let ids: Vec<_> = topics.iter().filter_map(|topic| topic.parent).collect();
                        let mut found = topic::by_ids(self.reader, &ids).await?.into_iter();
                        let parent = |topic: &Arc<Topic>| topic.parent.and_then(|_| found.next().flatten());
                        let (ends, parents) = flat(topics.iter().map(parent));
                        Column::Topics(Many { ends, rows: self.topics(parents, of).await? })
                    }
                    OfTopic::ArticleCount => {
                        let ids = topics.iter().map(|topic| topic.id.0);
                        Column::Count(self.counts(CountKind::Topic, ids).await?)
                    }
                    OfTopic::Articles(given, of) => {
                        let wanted =
                            |topic: &Arc<Topic>| Wanted { topic: Some(topic.slug.clone()), ..Wanted::default() };
                        Column::Connections(self.pages(given, of, &topics, wanted).await?)
                    }
                    OfTopic::Typename
                    | OfTopic::Id
                    | OfTopic::Slug
                    | OfTopic::Name
                    | OfTopic::Kind
                    | OfTopic::Description => Column::Own,
                });
            }
            Ok(Rows { nodes: topics, of, columns })
        }
        .boxed()
    }

    pub(super) fn authors(
        &'s self,
        authors: Vec<Arc<Author>>,
        of: &'s Set<OfAuthor>,
    ) -> Read<'s, Arc<Author>, OfAuthor> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in of.fields.iter().filter(|_| !authors.is_empty()) {
                columns.push(match &selected.field {
                    OfAuthor::ArticleCount => {
                        let ids = authors.iter().map(|author| author.id.0);
                        Column::Count(self.counts(CountKind::Author, ids).await?)
                    }
                    OfAuthor::Articles(given, of) => {
                        let wanted =
                            |author: &Arc<Author>| Wanted { author: Some(author.slug.clone()), ..Wanted::default() };
                        Column::Connections(self.pages(given, of, &authors, wanted).await?)
                    }
                    OfAuthor::Typename
                    | OfAuthor::Id
                    | OfAuthor::Slug
                    | OfAuthor::Name
                    | OfAuthor::Kind
                    | OfAuthor::Bio
                    | OfAuthor::Organisation
                    | OfAuthor::Url
                    | OfAuthor::Image(_) => Column::Own,
                });
            }
            Ok(Rows { nodes: authors, of, columns })
        }
        .boxed()
    }

    async fn counts(&self, kind: CountKind, ids: impl Iterator<Item = i64>) -> Result<Vec<i64>> {
        let ids: Vec<i64> = ids.collect();
        list::counts_of(self.reader, kind, &ids).await
    }

    pub(super) async fn collections(
        &'s self,
        collections: Vec<Arc<collection::Collection>>,
        of: &'s Set<OfCollection>,
    ) -> Result<Rows<'s, Arc<collection::Collection>, OfCollection>> {
        let mut columns = Vec::with_capacity(of.fields.len());
        for selected in &of.fields {
            columns.push(match &selected.field {
                OfCollection::Articles(given, below) | OfCollection::Pinned(given, below) => {
                    let size = self.size(given, "first", FEW)?;
                    let only_pinned = matches!(selected.field, OfCollection::Pinned(..));
                    let mut lists = Vec::with_capacity(collections.len());
                    for collection in &collections {
                        let items = collection::items(self.reader, collection, size).await?;
                        let shown = items.into_iter().filter(|item| item.pinned || !only_pinned);
                        lists.push(shown.map(|item| item.card).collect::<Vec<_>>());
                    }
                    let (ends, cards) = flat(lists);
                    Column::Articles(Many { ends, rows: self.articles(cards, below).await? })
                }
                OfCollection::Typename
                | OfCollection::Id
                | OfCollection::Slug
                | OfCollection::Name
                | OfCollection::Description
                | OfCollection::Rule => Column::Own,
            });
        }
        Ok(Rows { nodes: collections, of, columns })
    }

    pub(super) fn connections(
        &'s self,
        pages: Vec<ArticleConnection>,
        of: &'s Set<OfConnection>,
    ) -> Read<'s, ArticleConnection, OfConnection> {
        async move {
            let mut columns = Vec::with_capacity(of.fields.len());
            for selected in &of.fields {
                columns.push(match &selected.field {
                    OfConnection::Edges(of) => {
                        let edge = |edge: &connection::ArticleEdge| Edge {
                            cursor: edge.cursor.clone(),
                            card: edge.node.0.clone(),
                        };
                        let (ends, edges) = flat(pages.iter().map(|page| page.edges.iter().map(edge)));
                        Column::Edges(Many { ends, rows: self.edges(edges, of).await? })
                    }
                    OfConnection::Nodes(of) => {
                        let card = |edge: &connection::ArticleEdge| edge.node.0.clone();
                        let (ends, cards) = flat(pages.iter().map(|page| page.edges.iter().map(card)));
                        Column::Articles(Many { ends, rows: self.articles(cards, of).await? })
                    }
                    OfConnection::PageInfo(of) => {
                        let mut all = Vec::with_capacity(pages.len());
                        for page in &pages {
                            let mut info = PageInfo::default();
                            for selected in &of.fields {
                                match selected.field {
                                    OfPageInfo::HasNextPage => {
                                        info.next = page.page_info.more(self.reader, false).await?;
                                    }
                                    OfPageInfo::HasPreviousPage => {
                                        info.previous = page.page_info.more(self.reader, true).await?;
                                    }
                                    OfPageInfo::Typename | OfPageInfo::StartCursor | OfPageInfo::EndCursor => {}
                                }
                            }
                            all.push(info);
                        }
                        Column::PageInfo(all)
                    }
                    OfConnection::TotalCount => {
                        let mut all = Vec::with_capacity(pages.len());
                        for page in &pages {
                            all.push(page.total(self.reader).await?);
                        }
                        Column::Count(all)
                    }
                    OfConnection::Typename => Column::Own,
                });
            }
            Ok(Rows { nodes: pages, of, columns })
        }
        .boxed()
    }

    /// A page of what was found, with the counts that are asked for beside it.
    pub(super) async fn search(
        &'s self,
        given: &Arguments,
        of: &'s Set<OfSearch>,
    ) -> Result<Rows<'s, Found, OfSearch>> {
        let size = self.size(given, "first", 10)?;
        let (typed, after): (String, Option<String>) =
            (self.argument(given, "query", None)?, self.argument(given, "after", None)?);
        let filter: Option<ArticleFilter> = self.argument(given, "filter", None)?;
        let order: SearchOrder = self.argument(given, "orderBy", Some(SearchOrder::default()))?;
        let wanted = filter.unwrap_or_default().wanted()?;
        let (reader, newest) = (self.reader, order == SearchOrder::Newest);
        let search = Search::find(reader, &self.app.search, &typed, &wanted, newest).await?;
        let mut counting = Counting::default();
        for selected in &of.fields {
            match &selected.field {
                OfSearch::TotalCount => counting.total = true,
                OfSearch::Facets(of) => {
                    for selected in &of.fields {
                        let facets = &mut counting.facets;
                        match selected.field {
                            OfFacets::Sections(_) => facets.sections = true,
                            OfFacets::Topics(_) => facets.topics = true,
                            OfFacets::Authors(_) => facets.authors = true,
                            OfFacets::Genres(_) => facets.genres = true,
                            OfFacets::Years(_) => facets.years = true,
                            OfFacets::Typename => {}
                        }
                    }
                }
                _ => {}
            }
        }
        let page = search.page(reader, size, after.as_deref(), counting).await?;
        let cards = || page.hits.iter().map(|hit| hit.card.clone()).collect::<Vec<_>>();
        let mut columns = Vec::with_capacity(of.fields.len());
        for selected in &of.fields {
            columns.push(match &selected.field {
                OfSearch::Edges(of) => {
                    let rows = self.hits(&search, page.hits.clone(), of).await?;
                    Column::Hits(Many { ends: vec![page.hits.len()], rows })
                }
                OfSearch::Nodes(of) => {
                    Column::Articles(Many { ends: vec![page.hits.len()], rows: self.articles(cards(), of).await? })
                }
                OfSearch::Facets(of) => Column::Facets(vec![self.facets(page.counts.facets(reader).await?, of).await?]),
                OfSearch::Typename | OfSearch::PageInfo(_) | OfSearch::TotalCount => Column::Own,
            });
        }
        let info = search_page_info(&page, after.is_none());
        Ok(Rows { nodes: vec![Found { page, info }], of, columns })
    }

    async fn hits(&'s self, search: &Search, hits: Vec<Hit>, of: &'s Set<OfHit>) -> Result<Rows<'s, Hit, OfHit>> {
        let mut columns = Vec::with_capacity(of.fields.len());
        for selected in &of.fields {
            columns.push(match &selected.field {
                OfHit::Node(of) => {
                    let (ends, cards) = flat(hits.iter().map(|hit| [hit.card.clone()]));
                    Column::Articles(Many { ends, rows: self.articles(cards, of).await? })
                }
                OfHit::Snippet | OfHit::Highlight(_) => {
                    let cards: Vec<_> = hits.iter().map(|hit| hit.card.clone()).collect();
                    article::texts(self.reader, &cards).await?;
                    let mut pieces = Vec::with_capacity(cards.len());
                    for card in &cards {
                        pieces.push(search.snippet(self.reader, card).await?);
                    }
                    Column::Pieces(pieces)
                }
                OfHit::Typename | OfHit::Cursor | OfHit::Score => Column::Own,
            });
        }
        Ok(Rows { nodes: hits, of, columns })
    }

    async fn facets(&'s self, counts: search::Facets, of: &'s Set<OfFacets>) -> Result<Facets<'s>> {
        let mut columns = Vec::with_capacity(of.fields.len());
        for selected in &of.fields {
            columns.push(match &selected.field {
                OfFacets::Sections(of) => {
                    let (found, counts): (Vec<_>, Vec<u64>) = counts.sections.iter().cloned().unzip();
                    let mut below = Vec::with_capacity(of.fields.len());
                    for selected in &of.fields {
                        below.push(match &selected.field {
                            OfSectionCount::Section(of) => {
                                let ends = (1..=found.len()).collect();
                                Column::Sections(Many { ends, rows: self.sections(found.clone(), of).await? })
                            }
                            OfSectionCount::Typename | OfSectionCount::Count => Column::Own,
                        });
                    }
                    Column::SectionCounts(Many {
                        ends: vec![counts.len()],
                        rows: Rows { nodes: counts, of, columns: below },
                    })
                }
                OfFacets::Topics(of) => {
                    let (found, counts): (Vec<_>, Vec<u64>) = counts.topics.iter().cloned().unzip();
                    let mut below = Vec::with_capacity(of.fields.len());
                    for selected in &of.fields {
                        below.push(match &selected.field {
                            OfTopicCount::Topic(of) => {
                                let ends = (1..=found.len()).collect();
                                Column::Topics(Many { ends, rows: self.topics(found.clone(), of).await? })
                            }
                            OfTopicCount::Typename | OfTopicCount::Count => Column::Own,
                        });
                    }
                    Column::TopicCounts(Many {
                        ends: vec![counts.len()],
                        rows: Rows { nodes: counts, of, columns: below },
                    })
                }
                OfFacets::Authors(of) => {
                    let (found, counts): (Vec<_>, Vec<u64>) = counts.authors.iter().cloned().unzip();
                    let mut below = Vec::with_capacity(of.fields.len());
                    for selected in &of.fields {
                        below.push(match &selected.field {
                            OfAuthorCount::Author(of) => {
                                let ends = (1..=found.len()).collect();
                                Column::Authors(Many { ends, rows: self.authors(found.clone(), of).await? })
                            }
                            OfAuthorCount::Typename | OfAuthorCount::Count => Column::Own,
                        });
                    }
                    Column::AuthorCounts(Many {
                        ends: vec![counts.len()],
                        rows: Rows { nodes: counts, of, columns: below },
                    })
                }
                OfFacets::Typename | OfFacets::Genres(_) | OfFacets::Years(_) => Column::Own,
            });
        }
        Ok(Facets { counts, columns })
    }

    async fn edges(&'s self, edges: Vec<Edge>, of: &'s Set<OfEdge>) -> Result<Rows<'s, Edge, OfEdge>> {
        let mut columns = Vec::with_capacity(of.fields.len());
        for selected in &of.fields {
            columns.push(match &selected.field {
                OfEdge::Node(of) => {
                    let (ends, cards) = flat(edges.iter().map(|edge| [edge.card.clone()]));
                    Column::Articles(Many { ends, rows: self.articles(cards, of).await? })
                }
                OfEdge::Typename | OfEdge::Cursor => Column::Own,
            });
        }
        Ok(Rows { nodes: edges, of, columns })
    }
}

fn parsed<T: InputType>(name: &str, value: Option<ConstValue>) -> Result<T> {
    T::parse(value).map_err(|_| Error::new(Code::InvalidParameter, "The argument has a fault.").at(name))
}

/// Lists one behind the other, and where each of them ends.
fn flat<N, L: IntoIterator<Item = N>>(lists: impl IntoIterator<Item = L>) -> (Vec<usize>, Vec<N>) {
    let (mut ends, mut all) = (Vec::new(), Vec::new());
    for list in lists {
        all.extend(list);
        ends.push(all.len());
    }
    (ends, all)
}

impl<N, F: Fields> Many<'_, N, F> {
    /// Where the rows of the n-th lie.
    pub(super) fn range(&self, n: usize) -> std::ops::Range<usize> {
        let end = |n: usize| self.ends.get(n).copied().unwrap_or_default();
        n.checked_sub(1).map_or(0, end)..end(n)
    }
}
