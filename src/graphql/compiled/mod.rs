//! Root fields that are resolved in one go: what a document asks for is worked out once, everything that it shows is
//! read level by level, and the answer is written as JSON from what was read.
//!
//! The library resolves a document field by field, each in a future of its own, into a tree of values that is written
//! afterwards: more than a third of what a page of three hundred fields cost (see ARCHITECTURE.md). So the fields that public
//! pages are made of are resolved here: only for a document that the library has found to be sound, and only where
//! nothing is wrong. Whatever has a fault, a directive or a field that is not known here, the library resolves; it is
//! the one that says what a field means, and the tests hold every answer of this module against its.

mod escape;
mod fetch;
mod plan;
mod write;

use std::collections::BTreeSet;
use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, Field, OperationDefinition, VariableDefinition};
use async_graphql::{Name, Value as ConstValue, Variables};

use self::fetch::{Rows, Run};
use self::plan::{Arguments, Asked, Fields as _, OfArticle, Root, Set};
use self::write::{Out, Row};
use super::article::FEW;
use super::collection::TrendingWindow;
use super::filter::{ArticleFilter, ArticleOrder};
use super::query::one_of;
use super::variables::is_required;
use crate::app::App;
use crate::catalogue::article::Found;
use crate::catalogue::{Reader, article, author, collection, list, section, topic, trending};
use crate::error::{Code, Error, Result};
use crate::model::article::Card;
use crate::model::id::ArticleId;
use crate::model::text::checked;

/// A root field whose answer is made in one go.
#[derive(Debug)]
pub(super) struct Compiled {
    root: Root,
    defaults: Vec<(Name, ConstValue)>,
    /// The variables that must have a value.
    required: Vec<Name>,
}

impl Compiled {
    /// A root field of an operation, in which these variables of it stand; `None` where the library is to resolve it.
    pub(super) fn of(
        document: &ExecutableDocument,
        operation: &OperationDefinition,
        field: &Field,
        variables: &BTreeSet<Name>,
    ) -> Option<Compiled> {
        let root = Root::of(&Asked::root(document, field))?;
        // The field is given no others, and what they lack is no fault of its own.
        let definitions = || {
            let all = operation.variable_definitions.iter().map(|definition| &definition.node);
            all.filter(|one| variables.contains(&one.name.node))
        };
        let default =
            |one: &VariableDefinition| Some((one.name.node.clone(), one.default_value.as_ref()?.node.clone()));
        let required = definitions().filter(|one| is_required(one)).map(|one| one.name.node.clone()).collect();
        Some(Compiled { root, defaults: definitions().filter_map(default).collect(), required })
    }

    /// The value of the field, as JSON.
    ///
    /// # Errors
    /// Whatever is wrong with what is asked, or goes wrong: the library says it of the whole document.
    pub(super) async fn run(&self, app: &App, reader: &Reader, variables: &Variables) -> Result<Vec<u8>> {
        let run = Run { app, reader, variables, defaults: &self.defaults };
        if self.required.iter().any(|name| matches!(run.variable(name), None | Some(ConstValue::Null))) {
            return Err(Error::new(Code::GraphqlValidation, "A variable that must have a value has none."));
        }
        let mut out = Out::new(&run);
        match &self.root {
            Root::Article(given, of) => single(&mut out, &run.articles(run.article(given, of).await?, of).await?)?,
            Root::LatestNews(given, of) => {
                let cards = list::latest(reader, run.size(given, "first", FEW)?).await?;
                out.rows(&run.articles(cards, of).await?)?;
            }
            Root::TopNews(given, of) => {
                let (section, size) = (run.section(given)?, run.size(given, "first", FEW)?);
                let cards = collection::top_news(reader, section.as_deref(), size).await?;
                out.rows(&run.articles(cards, of).await?)?;
            }
            Root::Trending(given, of) => {
                let (section, size) = (run.section(given)?, run.size(given, "first", FEW)?);
                let window: TrendingWindow = run.argument(given, "window", Some(TrendingWindow::Day))?;
                let cards = trending::trending(reader, window.into(), section.as_deref(), size).await?;
                out.rows(&run.articles(cards, of).await?)?;
            }
            Root::Articles(given, of) => {
                let filter: Option<ArticleFilter> = run.argument(given, "filter", None)?;
                let order: ArticleOrder = run.argument(given, "orderBy", Some(ArticleOrder::default()))?;
                let page = run.page(given, &filter.unwrap_or_default().wanted()?, order.into()).await?;
                single(&mut out, &run.connections(vec![page], of).await?)?;
            }
            Root::Search(given, of) => single(&mut out, &run.search(given, of).await?)?,
            Root::Author(given, of) => {
                let found = match run.one_of(given)? {
                    Ok(slug) => author::by_slug(reader, &slug).await?,
                    Err(id) => match id.parse() {
                        Ok(id) => author::by_id(reader, id).await?,
                        Err(_) => None,
                    },
                };
                single(&mut out, &run.authors(found.into_iter().collect(), of).await?)?;
            }
            Root::Topic(given, of) => {
                let found = match run.one_of(given)? {
                    Ok(slug) => topic::by_slug(reader, &slug).await?,
                    Err(id) => match id.parse() {
                        Ok(id) => topic::by_id(reader, id).await?,
                        Err(_) => None,
                    },
                };
                single(&mut out, &run.topics(found.into_iter().collect(), of).await?)?;
            }
            Root::Section(given, of) => {
                let found = match run.one_of(given)? {
                    Ok(slug) => section::by_slug(reader, &slug).await?,
                    Err(id) => match id.parse() {
                        Ok(id) => section::by_id(reader, id).await?,
                        Err(_) => None,
                    },
                };
                single(&mut out, &run.sections(found.into_iter().collect(), of).await?)?;
            }
            Root::Sections(of) => out.rows(&run.sections(section::all(reader).await?, of).await?)?,
            Root::Collection(given, of) => {
                let slug: String = run.argument(given, "slug", None)?;
                let found = collection::by_slug(reader, &slug).await?;
                single(&mut out, &run.collections(found.into_iter().collect(), of).await?)?;
            }
            Root::Collections(of) => out.rows(&run.collections(collection::all(reader).await?, of).await?)?,
        }
        Ok(out.into_json())
    }
}

/// The only row, or null.
fn single<N: Row<F>, F>(out: &mut Out<'_>, rows: &Rows<'_, N, F>) -> Result<()> {
    if rows.nodes.is_empty() {
        out.null();
        return Ok(());
    }
    out.row(rows, 0)
}

impl Run<'_> {
    fn section(&self, given: &Arguments) -> Result<Option<String>> {
        let section: Option<String> = self.argument(given, "section", None)?;
        section.map(|slug| checked("section", &slug)).transpose()
    }

    fn one_of(&self, given: &Arguments) -> Result<std::result::Result<String, String>> {
        one_of(self.argument(given, "slug", None)?, self.argument(given, "id", None)?)
    }

    /// The article that is asked for, or none.
    async fn article(&self, given: &Arguments, of: &Set<OfArticle>) -> Result<Vec<Arc<Card>>> {
        let url: Option<String> = self.argument(given, "url", None)?;
        let found = match url {
            Some(_) if given.len() > 1 => {
                return Err(Error::new(Code::InvalidParameter, "Give one of slug, id and url."));
            }
            Some(url) => article::at(self.reader, &checked("url", &url)?, &self.app.settings.site).await?,
            None => match self.one_of(given)? {
                Ok(slug) => article::page(self.reader, &slug, self.wanted(of)?.0).await?,
                Err(id) => match id.parse::<ArticleId>() {
                    Ok(id) => article::by_id(self.reader, id).await?,
                    Err(_) => None,
                },
            },
        };
        match found {
            Some(Found::Here(card) | Found::Moved(card)) => Ok(vec![card]),
            Some(Found::Gone(_)) => Err(Error::new(Code::Gone, "This article was taken back.")),
            None => Ok(Vec::new()),
        }
    }
}
