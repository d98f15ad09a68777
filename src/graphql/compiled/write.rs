//! What was read below a root field, as JSON.

use std::io::Write as _;
use std::sync::Arc;

use async_graphql::EnumType;
use serde::Serialize;

use super::escape;
use super::fetch::{Column, Edge, Facets, Found, Many, PageInfo, Rows, Run};
use super::plan::{
    Fields, OfArticle, OfAuthor, OfAuthorCount, OfBlock, OfBody, OfCollection, OfConnection, OfCorrection,
    OfDisclaimer, OfEdge, OfFacets, OfGenreCount, OfHit, OfImage, OfPageInfo, OfProvider, OfReason, OfRelated,
    OfSearch, OfSection, OfSectionCount, OfSnippet, OfTopic, OfTopicCount, OfYearCount, Selected, Set,
};
use crate::catalogue::collection::Collection;
use crate::catalogue::related::{Block, Reason, Related};
use crate::catalogue::search::{Hit, Snippet};
use crate::error::{Error, Result};
use crate::formats::article as present;
use crate::graphql::article::{DatePrecision, RelatedReasonKind};
use crate::graphql::author::AuthorKind;
use crate::graphql::collection::CollectionRule;
use crate::graphql::connection::{self, ArticleConnection};
use crate::graphql::search::{marks, shown_count};
use crate::graphql::topic::TopicKind;
use crate::model::article::{Card, Correction, Image, InfoSource};
use crate::model::author::Author;
use crate::model::section::Section;
use crate::model::time::Instant;
use crate::model::topic::Topic;

/// The answer so far.
pub(super) struct Out<'r> {
    run: &'r Run<'r>,
    json: Vec<u8>,
}

/// A row of a type that is shown by its fields.
pub(super) trait Row<F> {
    /// Writes a field of the row, which is the n-th of those that the column is of.
    fn write(&self, field: &F, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()>;
}

/// What has all that its fields show.
trait Leaf<F> {
    fn write(&self, field: &F, out: &mut Out<'_>) -> Result<()>;
}

/// What is shown as a string, or as null.
trait Text {
    fn write(&self, json: &mut Vec<u8>);
}

impl Text for str {
    fn write(&self, json: &mut Vec<u8>) {
        escape::write(json, self);
    }
}

impl Text for String {
    fn write(&self, json: &mut Vec<u8>) {
        escape::write(json, self);
    }
}

impl Text for Option<String> {
    fn write(&self, json: &mut Vec<u8>) {
        match self {
            Some(text) => escape::write(json, text),
            None => json.extend_from_slice(b"null"),
        }
    }
}

impl<'r> Out<'r> {
    pub(super) fn new(run: &'r Run<'r>) -> Out<'r> {
        Out { run, json: Vec::with_capacity(8 << 10) }
    }

    pub(super) fn into_json(self) -> Vec<u8> {
        self.json
    }

    pub(super) fn null(&mut self) {
        self.json.extend_from_slice(b"null");
    }

    fn value(&mut self, value: impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.json, &value).map_err(Error::internal)
    }

    fn text(&mut self, text: &(impl Text + ?Sized)) -> Result<()> {
        text.write(&mut self.json);
        Ok(())
    }

    /// What needs no escaping.
    fn plain(&mut self, value: impl std::fmt::Display) -> Result<()> {
        write!(self.json, "\"{value}\"").map_err(Error::internal)
    }

    fn word<E: EnumType>(&mut self, value: E) -> Result<()> {
        match E::items().iter().find(|item| item.value == value) {
            Some(item) => self.text(item.name),
            None => Err(Error::internal("an enumeration without one of its values")),
        }
    }

    fn instant(&mut self, at: Instant) -> Result<()> {
        self.json.push(b'"');
        self.json.extend_from_slice(&at.text());
        self.json.push(b'"');
        Ok(())
    }

    fn type_name<F: Fields>(&mut self) -> Result<()> {
        self.text(F::TYPES.first().copied().unwrap_or_default())
    }

    fn items<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        self.json.push(b'[');
        for (at, item) in items.into_iter().enumerate() {
            if at > 0 {
                self.json.push(b',');
            }
            write(self, item)?;
        }
        self.json.push(b']');
        Ok(())
    }

    fn members<F>(&mut self, of: &Set<F>, mut write: impl FnMut(&mut Self, usize, &F) -> Result<()>) -> Result<()> {
        self.json.push(b'{');
        for (at, Selected { key, field }) in of.fields.iter().enumerate() {
            if at > 0 {
                self.json.push(b',');
            }
            self.json.extend_from_slice(key.as_bytes());
            write(self, at, field)?;
        }
        self.json.push(b'}');
        Ok(())
    }

    /// The n-th of these rows.
    pub(super) fn row<N: Row<F>, F>(&mut self, rows: &Rows<'_, N, F>, n: usize) -> Result<()> {
        let Some(node) = rows.nodes.get(n) else { return Err(Error::internal("a row that is not there")) };
        self.members(rows.of, |out, at, field| node.write(field, rows.columns.get(at).unwrap_or(&Column::Own), n, out))
    }

    /// All of these rows, as a list.
    pub(super) fn rows<N: Row<F>, F>(&mut self, rows: &Rows<'_, N, F>) -> Result<()> {
        self.items(0..rows.nodes.len(), |out, n| out.row(rows, n))
    }

    /// Those below the n-th row, as a list.
    fn list<N: Row<F>, F: Fields>(&mut self, many: &Many<'_, N, F>, n: usize) -> Result<()> {
        self.items(many.range(n), |out, n| out.row(&many.rows, n))
    }

    /// The one below the n-th row, or null.
    fn one<N: Row<F>, F: Fields>(&mut self, many: &Many<'_, N, F>, n: usize) -> Result<()> {
        match many.range(n).next() {
            Some(n) => self.row(&many.rows, n),
            None => {
                self.null();
                Ok(())
            }
        }
    }

    fn leaf<L: Leaf<F> + ?Sized, F>(&mut self, leaf: &L, of: &Set<F>) -> Result<()> {
        self.members(of, |out, _, field| leaf.write(field, out))
    }

    fn page_info(&mut self, of_page: &connection::PageInfo, info: &PageInfo, of: &Set<OfPageInfo>) -> Result<()> {
        self.members(of, |out, _, field| match field {
            OfPageInfo::Typename => out.type_name::<OfPageInfo>(),
            OfPageInfo::HasNextPage => out.value(info.next),
            OfPageInfo::HasPreviousPage => out.value(info.previous),
            OfPageInfo::StartCursor => out.text(&of_page.start),
            OfPageInfo::EndCursor => out.text(&of_page.end),
        })
    }

    fn image(&mut self, image: Option<&Image>, of: &Set<OfImage>) -> Result<()> {
        match image {
            Some(image) => {
                let site = &self.run.app.settings.site;
                self.members(of, |out, _, field| match field {
                    OfImage::Typename => out.type_name::<OfImage>(),
                    OfImage::Url => out.text(&*present::image_url(site, image)),
                    OfImage::Alt => out.text(&image.alt),
                    OfImage::Caption => out.text(&image.caption),
                    OfImage::Credit => out.text(&image.credit),
                    OfImage::Width => out.value(image.width),
                    OfImage::Height => out.value(image.height),
                })
            }
            None => {
                self.null();
                Ok(())
            }
        }
    }
}

/// What was read for another field than the one that is written.
fn astray() -> Error {
    Error::internal("a field without what was read for it")
}

impl Row<OfArticle> for Arc<Card> {
    fn write(&self, field: &OfArticle, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfArticle::Typename, _) => out.type_name::<OfArticle>(),
            (OfArticle::Id, _) => out.plain(self.id),
            (OfArticle::Uri, _) => out.text(&self.uri),
            (OfArticle::Slug, _) => out.text(&self.slug),
            (OfArticle::Version, _) => out.value(self.version),
            (OfArticle::Headline, _) => out.text(&self.headline),
            (OfArticle::Genre, _) => out.text(self.genre.as_str()),
            (OfArticle::Summary, _) => out.text(&self.summary),
            (OfArticle::PublishedAt, _) => out.instant(self.published_at),
            (OfArticle::PublishedPrecision, _) => out.word(DatePrecision::from(self.published_precision)),
            (OfArticle::UpdatedAt, _) => out.instant(self.updated_at),
            (OfArticle::Language, _) => out.text(&self.language),
            (OfArticle::Image(of), _) => out.image(self.image.as_deref(), of),
            (OfArticle::Corrections(of), _) => out.items(&self.corrections, |out, one| out.leaf(one, of)),
            (OfArticle::Source, _) => out.text(&self.source),
            (OfArticle::License, _) => out.text(&self.license),
            (OfArticle::CopyrightNotice, _) => out.text(&self.copyright_notice),
            (OfArticle::InfoSources(of), _) => out.items(&self.info_sources, |out, one| out.leaf(one, of)),
            (OfArticle::WordCount, _) => out.value(self.word_count),
            (OfArticle::Label | OfArticle::Byline | OfArticle::Url | OfArticle::CanonicalUrl, Column::Text(texts)) => {
                out.text(texts.get(n).ok_or_else(astray)?)
            }
            (OfArticle::Disclaimers(of), Column::Texts(texts)) => {
                out.items(texts.get(n).ok_or_else(astray)?, |out, text| out.leaf(text.as_str(), of))
            }
            (OfArticle::Section(_), Column::Sections(sections)) => out.one(sections, n),
            (OfArticle::Authors(_), Column::Authors(authors)) => out.list(authors, n),
            (OfArticle::Topics(..), Column::Topics(topics)) => out.list(topics, n),
            (OfArticle::MoreAbout(..) | OfArticle::MoreFrom(..), Column::Blocks(blocks)) => out.list(blocks, n),
            (OfArticle::Related(..), Column::Related(related)) => out.list(related, n),
            (OfArticle::Body(_, of), Column::Bodies(bodies)) => {
                let body = bodies.get(n).ok_or_else(astray)?;
                let notices = body.notices.as_ref().map(|(label, disclaimers)| present::Notices {
                    label: label.as_deref(),
                    disclaimers,
                    corrections: &self.corrections,
                });
                let (stored, notices) = (&body.stored, notices.as_ref());
                out.members(of, |out, _, field| match field {
                    OfBody::Typename => out.type_name::<OfBody>(),
                    OfBody::Html if notices.is_none() => out.text(stored.html()),
                    OfBody::Html => out.text(&present::body_html(stored.html(), notices)),
                    // What is stored is JSON already and passes through as it is.
                    OfBody::PortableText if notices.is_none() => {
                        out.json.extend_from_slice(stored.json()?.as_bytes());
                        Ok(())
                    }
                    OfBody::PortableText => {
                        out.json.extend_from_slice(present::body_portable_text(stored.json()?, notices)?.as_bytes());
                        Ok(())
                    }
                    OfBody::Markdown => out.text(&present::body_markdown(stored.json()?, notices)?),
                    OfBody::Text => out.text(&present::body_text(stored.json()?, notices)?),
                })
            }
            _ => Err(astray()),
        }
    }
}

impl Row<OfSection> for Arc<Section> {
    fn write(&self, field: &OfSection, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfSection::Typename, _) => out.type_name::<OfSection>(),
            (OfSection::Id, _) => out.plain(self.id),
            (OfSection::Slug, _) => out.text(&self.slug),
            (OfSection::Name, _) => out.text(&self.name),
            (OfSection::Description, _) => out.text(&self.about.description),
            (OfSection::Parent(_), Column::Sections(sections)) => out.one(sections, n),
            (OfSection::Children(_), Column::Sections(sections)) => out.list(sections, n),
            (OfSection::ArticleCount, Column::Count(counts)) => out.value(counts.get(n).ok_or_else(astray)?),
            (OfSection::Articles(..), Column::Connections(pages)) => out.one(pages, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfTopic> for Arc<Topic> {
    fn write(&self, field: &OfTopic, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfTopic::Typename, _) => out.type_name::<OfTopic>(),
            (OfTopic::Id, _) => out.plain(self.id),
            (OfTopic::Slug, _) => out.text(&self.slug),
            (OfTopic::Name, _) => out.text(&self.name),
            (OfTopic::Kind, _) => out.word(TopicKind::from(self.kind)),
            (OfTopic::Description, _) => out.text(&self.about.description),
            (OfTopic::Parent(_), Column::Topics(topics)) => out.one(topics, n),
            (OfTopic::ArticleCount, Column::Count(counts)) => out.value(counts.get(n).ok_or_else(astray)?),
            (OfTopic::Articles(..), Column::Connections(pages)) => out.one(pages, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfAuthor> for Arc<Author> {
    fn write(&self, field: &OfAuthor, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfAuthor::Typename, _) => out.type_name::<OfAuthor>(),
            (OfAuthor::Id, _) => out.plain(self.id),
            (OfAuthor::Slug, _) => out.text(&self.slug),
            (OfAuthor::Name, _) => out.text(&self.name),
            (OfAuthor::Kind, _) => out.word(AuthorKind::from(self.kind)),
            (OfAuthor::Bio, _) => out.text(&self.about.bio),
            (OfAuthor::Organisation, _) => out.text(&self.about.organisation),
            (OfAuthor::Url, _) => out.text(&self.about.url),
            (OfAuthor::Image(of), _) => out.image(self.about.image.as_ref(), of),
            (OfAuthor::ArticleCount, Column::Count(counts)) => out.value(counts.get(n).ok_or_else(astray)?),
            (OfAuthor::Articles(..), Column::Connections(pages)) => out.one(pages, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfCollection> for Arc<Collection> {
    fn write(&self, field: &OfCollection, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfCollection::Typename, _) => out.type_name::<OfCollection>(),
            (OfCollection::Id, _) => out.plain(self.id),
            (OfCollection::Slug, _) => out.text(&self.slug),
            (OfCollection::Name, _) => out.text(&self.name),
            (OfCollection::Description, _) => out.text(&self.description),
            (OfCollection::Rule, _) => out.word(CollectionRule::from(&self.rule)),
            (OfCollection::Articles(..) | OfCollection::Pinned(..), Column::Articles(cards)) => out.list(cards, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfConnection> for ArticleConnection {
    fn write(&self, field: &OfConnection, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfConnection::Typename, _) => out.type_name::<OfConnection>(),
            (OfConnection::Edges(_), Column::Edges(edges)) => out.list(edges, n),
            (OfConnection::Nodes(_), Column::Articles(cards)) => out.list(cards, n),
            (OfConnection::TotalCount, Column::Count(counts)) => out.value(counts.get(n).ok_or_else(astray)?),
            (OfConnection::PageInfo(of), Column::PageInfo(all)) => {
                out.page_info(&self.page_info, all.get(n).ok_or_else(astray)?, of)
            }
            _ => Err(astray()),
        }
    }
}

impl Row<OfSearch> for Found {
    fn write(&self, field: &OfSearch, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfSearch::Typename, _) => out.type_name::<OfSearch>(),
            (OfSearch::Edges(_), Column::Hits(hits)) => out.list(hits, n),
            (OfSearch::Nodes(_), Column::Articles(cards)) => out.list(cards, n),
            (OfSearch::TotalCount, _) => out.value(shown_count(self.page.counts.total)),
            (OfSearch::PageInfo(of), _) => {
                let (next, previous) = self.info.of_known();
                out.page_info(&self.info, &PageInfo { next, previous }, of)
            }
            (OfSearch::Facets(of), Column::Facets(all)) => {
                let Facets { counts, columns } = all.get(n).ok_or_else(astray)?;
                out.members(of, |out, at, field| match (field, columns.get(at).unwrap_or(&Column::Own)) {
                    (OfFacets::Typename, _) => out.type_name::<OfFacets>(),
                    (OfFacets::Sections(_), Column::SectionCounts(many)) => out.list(many, n),
                    (OfFacets::Topics(_), Column::TopicCounts(many)) => out.list(many, n),
                    (OfFacets::Authors(_), Column::AuthorCounts(many)) => out.list(many, n),
                    (OfFacets::Genres(of), _) => out.items(&counts.genres, |out, one| out.leaf(one, of)),
                    (OfFacets::Years(of), _) => out.items(&counts.years, |out, one| out.leaf(one, of)),
                    _ => Err(astray()),
                })
            }
            _ => Err(astray()),
        }
    }
}

impl Row<OfHit> for Hit {
    fn write(&self, field: &OfHit, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfHit::Typename, _) => out.type_name::<OfHit>(),
            (OfHit::Cursor, _) => out.text(&self.cursor),
            (OfHit::Score, _) => out.value(self.score),
            (OfHit::Node(_), Column::Articles(cards)) => out.one(cards, n),
            (OfHit::Snippet, Column::Pieces(pieces)) => {
                let piece = pieces.get(n).ok_or_else(astray)?;
                out.text(piece.as_ref().map_or("", |piece| piece.html.as_str()))
            }
            (OfHit::Highlight(of), Column::Pieces(pieces)) => match pieces.get(n).ok_or_else(astray)? {
                Some(piece) => out.leaf(piece, of),
                None => {
                    out.null();
                    Ok(())
                }
            },
            _ => Err(astray()),
        }
    }
}

impl Leaf<OfSnippet> for Snippet {
    fn write(&self, field: &OfSnippet, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfSnippet::Typename => out.type_name::<OfSnippet>(),
            OfSnippet::Text => out.text(&self.text),
            OfSnippet::Marks => out.value(marks(self)),
        }
    }
}

impl Row<OfSectionCount> for u64 {
    fn write(&self, field: &OfSectionCount, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfSectionCount::Typename, _) => out.type_name::<OfSectionCount>(),
            (OfSectionCount::Count, _) => out.value(shown_count(*self)),
            (OfSectionCount::Section(_), Column::Sections(sections)) => out.one(sections, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfTopicCount> for u64 {
    fn write(&self, field: &OfTopicCount, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfTopicCount::Typename, _) => out.type_name::<OfTopicCount>(),
            (OfTopicCount::Count, _) => out.value(shown_count(*self)),
            (OfTopicCount::Topic(_), Column::Topics(topics)) => out.one(topics, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfAuthorCount> for u64 {
    fn write(&self, field: &OfAuthorCount, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfAuthorCount::Typename, _) => out.type_name::<OfAuthorCount>(),
            (OfAuthorCount::Count, _) => out.value(shown_count(*self)),
            (OfAuthorCount::Author(_), Column::Authors(authors)) => out.one(authors, n),
            _ => Err(astray()),
        }
    }
}

impl Leaf<OfGenreCount> for (String, u64) {
    fn write(&self, field: &OfGenreCount, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfGenreCount::Typename => out.type_name::<OfGenreCount>(),
            OfGenreCount::Genre => out.text(&self.0),
            OfGenreCount::Count => out.value(shown_count(self.1)),
        }
    }
}

impl Leaf<OfYearCount> for (i32, u64) {
    fn write(&self, field: &OfYearCount, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfYearCount::Typename => out.type_name::<OfYearCount>(),
            OfYearCount::Year => out.value(self.0),
            OfYearCount::Count => out.value(shown_count(self.1)),
        }
    }
}

impl Row<OfEdge> for Edge {
    fn write(&self, field: &OfEdge, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfEdge::Typename, _) => out.type_name::<OfEdge>(),
            (OfEdge::Cursor, _) => out.text(&self.cursor),
            (OfEdge::Node(_), Column::Articles(cards)) => out.one(cards, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfBlock> for Block {
    fn write(&self, field: &OfBlock, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfBlock::Typename, _) => out.type_name::<OfBlock>(),
            (OfBlock::Topic(_), Column::Topics(topics)) => out.one(topics, n),
            (OfBlock::Articles(_), Column::Articles(cards)) => out.list(cards, n),
            _ => Err(astray()),
        }
    }
}

impl Row<OfRelated> for Related {
    fn write(&self, field: &OfRelated, column: &Column<'_>, n: usize, out: &mut Out<'_>) -> Result<()> {
        match (field, column) {
            (OfRelated::Typename, _) => out.type_name::<OfRelated>(),
            (OfRelated::Article(_), Column::Articles(cards)) => out.one(cards, n),
            (OfRelated::Score, _) => out.value(self.score),
            (OfRelated::Reasons(of), _) => out.items(&self.reasons, |out, reason| out.leaf(reason, of)),
            _ => Err(astray()),
        }
    }
}

impl Leaf<OfReason> for Reason {
    fn write(&self, field: &OfReason, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfReason::Typename => out.type_name::<OfReason>(),
            OfReason::Kind => out.word(RelatedReasonKind::from(self.kind)),
            OfReason::Text => out.text(&self.text),
        }
    }
}

impl Leaf<OfDisclaimer> for str {
    fn write(&self, field: &OfDisclaimer, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfDisclaimer::Typename => out.type_name::<OfDisclaimer>(),
            OfDisclaimer::Text => out.text(self),
        }
    }
}

impl Leaf<OfCorrection> for Correction {
    fn write(&self, field: &OfCorrection, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfCorrection::Typename => out.type_name::<OfCorrection>(),
            OfCorrection::PublishedAt => out.instant(self.published_at),
            OfCorrection::Text => out.text(&self.text),
        }
    }
}

impl Leaf<OfProvider> for InfoSource {
    fn write(&self, field: &OfProvider, out: &mut Out<'_>) -> Result<()> {
        match field {
            OfProvider::Typename => out.type_name::<OfProvider>(),
            OfProvider::Name => out.text(&self.name),
            OfProvider::Url => out.text(&self.url),
        }
    }
}
