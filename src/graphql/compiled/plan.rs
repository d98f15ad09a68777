//! What a root field asks for, as a tree of what the schema has.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Name, Positioned};
use async_graphql_value::Value;

/// Fields of one type of the schema.
pub(super) trait Fields: Sized {
    /// The name of the type, and of the interface that it implements.
    const TYPES: &'static [&'static str];

    /// The field that is asked for; `None` where only the library can resolve it.
    fn of(asked: &Asked<'_>) -> Option<Self>;
}

/// What is known of a field before it is asked for.
trait Given: Sized {
    fn given(asked: &Asked<'_>) -> Option<Self>;
}

/// What is asked of each row of a type, in the order of the answer.
#[derive(Debug)]
pub(super) struct Set<F> {
    pub(super) fields: Vec<Selected<F>>,
}

/// A field under its name in the answer.
#[derive(Debug)]
pub(super) struct Selected<F> {
    /// The name as it stands in the answer: in quotes, with the colon.
    pub(super) key: String,
    pub(super) field: F,
}

/// The arguments of a field, as they stand in the document.
pub(super) type Arguments = Vec<(Name, Value)>;

impl Given for Arguments {
    fn given(asked: &Asked<'_>) -> Option<Arguments> {
        let argument = |(name, value): &(Positioned<Name>, Positioned<Value>)| (name.node.clone(), value.node.clone());
        Some(asked.field.arguments.iter().map(argument).collect())
    }
}

impl<F: Fields> Given for Set<F> {
    fn given(asked: &Asked<'_>) -> Option<Set<F>> {
        let mut found = Vec::new();
        for set in &asked.sets {
            asked.gather::<F>(set, &mut found, &mut HashSet::new())?;
        }
        let selected = |(key, asked): (&str, Asked<'_>)| {
            // Names need no escaping (GraphQL specification, 2.1.9).
            Some(Selected { key: format!("\"{key}\":"), field: F::of(&asked)? })
        };
        Some(Set { fields: found.into_iter().map(selected).collect::<Option<_>>()? })
    }
}

/// A field as it stands in the document, with all that is asked below it.
pub(super) struct Asked<'d> {
    document: &'d ExecutableDocument,
    field: &'d Field,
    sets: Vec<&'d SelectionSet>,
}

impl<'d> Asked<'d> {
    /// A root field.
    pub(super) fn root(document: &'d ExecutableDocument, field: &'d Field) -> Asked<'d> {
        Asked { document, field, sets: vec![&field.selection_set.node] }
    }

    fn name(&self) -> &'d str {
        self.field.name.node.as_str()
    }

    /// Whether both ask for one thing. Those that do not and have one name in the answer are a fault, of which the library
    /// does not find all.
    fn is_the_same_as(&self, other: &Field) -> bool {
        let given = |field: &Field| {
            field.arguments.iter().map(|(name, value)| (name.node.clone(), value.node.clone())).collect::<Vec<_>>()
        };
        self.name() == other.name.node.as_str() && given(self.field) == given(other)
    }

    /// Fields of one name in the answer are one field, with what is asked below each of them (GraphQL specification, 6.3.2).
    fn gather<F: Fields>(
        &self,
        set: &'d SelectionSet,
        found: &mut Vec<(&'d str, Asked<'d>)>,
        spread: &mut HashSet<&'d str>,
    ) -> Option<()> {
        let fits = |on: &str| F::TYPES.contains(&on);
        for selection in &set.items {
            match &selection.node {
                Selection::Field(Positioned { node: field, .. }) => {
                    let plain = field.directives.is_empty();
                    let key = field.response_key().node.as_str();
                    match found.iter_mut().find(|(known, _)| *known == key) {
                        _ if !plain => return None,
                        Some((_, known)) if known.is_the_same_as(field) => {
                            known.sets.push(&field.selection_set.node);
                        }
                        Some(_) => return None,
                        None => found.push((key, Asked::root(self.document, field))),
                    }
                }
                Selection::InlineFragment(Positioned { node: fragment, .. }) => {
                    let on = fragment.type_condition.as_ref();
                    if !fragment.directives.is_empty() || !on.is_none_or(|on| fits(&on.node.on.node)) {
                        return None;
                    }
                    self.gather::<F>(&fragment.selection_set.node, found, spread)?;
                }
                Selection::FragmentSpread(Positioned { node, .. }) => {
                    let name = &node.fragment_name.node;
                    let fragment = &self.document.fragments.get(name)?.node;
                    let plain = node.directives.is_empty() && fragment.directives.is_empty();
                    if !plain || !fits(&fragment.type_condition.node.on.node) {
                        return None;
                    }
                    if spread.insert(name.as_str()) {
                        self.gather::<F>(&fragment.selection_set.node, found, spread)?;
                    }
                }
            }
        }
        Some(())
    }
}

/// The fields of a type: the name that each has in the schema, and what is known of it before it is asked for.
macro_rules! fields {
    ($(#[$doc:meta])* $name:ident of $($type:literal)+ { $($field:literal => $variant:ident $(($($given:ty),+))?,)* }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub(super) enum $name {
            $($variant $(($($given),+))?,)*
        }

        impl Fields for $name {
            const TYPES: &'static [&'static str] = &[$($type),+];

            fn of(asked: &Asked<'_>) -> Option<Self> {
                match asked.name() {
                    $($field => Some($name::$variant $(($(<$given>::given(asked)?),+))?),)*
                    _ => None,
                }
            }
        }
    };
}

fields! {
    /// An image.
    OfImage of "Image" {
        "__typename" => Typename,
        "url" => Url,
        "alt" => Alt,
        "caption" => Caption,
        "credit" => Credit,
        "width" => Width,
        "height" => Height,
    }
}

fields! {
    /// The text of an article.
    OfBody of "ArticleBody" {
        "__typename" => Typename,
        "html" => Html,
        "portableText" => PortableText,
        "markdown" => Markdown,
        "text" => Text,
    }
}

fields! {
    /// A sentence that must be shown.
    OfDisclaimer of "Disclaimer" {
        "__typename" => Typename,
        "text" => Text,
    }
}

fields! {
    /// A note of what was put right.
    OfCorrection of "Correction" {
        "__typename" => Typename,
        "publishedAt" => PublishedAt,
        "text" => Text,
    }
}

fields! {
    /// A publication that an article draws on.
    OfProvider of "InformationProvider" {
        "__typename" => Typename,
        "name" => Name,
        "url" => Url,
    }
}

fields! {
    /// Why an article is related.
    OfReason of "RelatedReason" {
        "__typename" => Typename,
        "kind" => Kind,
        "text" => Text,
    }
}

fields! {
    /// Where a page lies in its list.
    OfPageInfo of "PageInfo" {
        "__typename" => Typename,
        "hasNextPage" => HasNextPage,
        "hasPreviousPage" => HasPreviousPage,
        "startCursor" => StartCursor,
        "endCursor" => EndCursor,
    }
}

fields! {
    /// An article.
    OfArticle of "Article" "Node" {
        "__typename" => Typename,
        "id" => Id,
        "uri" => Uri,
        "slug" => Slug,
        "version" => Version,
        "headline" => Headline,
        "label" => Label,
        "genre" => Genre,
        "summary" => Summary,
        "section" => Section(Set<OfSection>),
        "authors" => Authors(Set<OfAuthor>),
        "byline" => Byline,
        "publishedAt" => PublishedAt,
        "publishedPrecision" => PublishedPrecision,
        "updatedAt" => UpdatedAt,
        "language" => Language,
        "canonicalUrl" => CanonicalUrl,
        "url" => Url,
        "image" => Image(Set<OfImage>),
        "body" => Body(Arguments, Set<OfBody>),
        "disclaimers" => Disclaimers(Set<OfDisclaimer>),
        "corrections" => Corrections(Set<OfCorrection>),
        "topics" => Topics(Arguments, Set<OfTopic>),
        "moreAbout" => MoreAbout(Arguments, Set<OfBlock>),
        "moreFrom" => MoreFrom(Arguments, Set<OfBlock>),
        "related" => Related(Arguments, Set<OfRelated>),
        "source" => Source,
        "license" => License,
        "copyrightNotice" => CopyrightNotice,
        "infoSources" => InfoSources(Set<OfProvider>),
        "wordCount" => WordCount,
    }
}

fields! {
    /// A section.
    OfSection of "Section" "Node" {
        "__typename" => Typename,
        "id" => Id,
        "slug" => Slug,
        "name" => Name,
        "description" => Description,
        "parent" => Parent(Set<OfSection>),
        "children" => Children(Set<OfSection>),
        "articleCount" => ArticleCount,
        "articles" => Articles(Arguments, Set<OfConnection>),
    }
}

fields! {
    /// A topic.
    OfTopic of "Topic" "Node" {
        "__typename" => Typename,
        "id" => Id,
        "slug" => Slug,
        "name" => Name,
        "kind" => Kind,
        "description" => Description,
        "parent" => Parent(Set<OfTopic>),
        "articleCount" => ArticleCount,
        "articles" => Articles(Arguments, Set<OfConnection>),
    }
}

fields! {
    /// An author.
    OfAuthor of "Author" "Node" {
        "__typename" => Typename,
        "id" => Id,
        "slug" => Slug,
        "name" => Name,
        "kind" => Kind,
        "bio" => Bio,
        "organisation" => Organisation,
        "url" => Url,
        "image" => Image(Set<OfImage>),
        "articleCount" => ArticleCount,
        "articles" => Articles(Arguments, Set<OfConnection>),
    }
}

fields! {
    /// A collection.
    OfCollection of "Collection" "Node" {
        "__typename" => Typename,
        "id" => Id,
        "slug" => Slug,
        "name" => Name,
        "description" => Description,
        "rule" => Rule,
        "articles" => Articles(Arguments, Set<OfArticle>),
        "pinned" => Pinned(Arguments, Set<OfArticle>),
    }
}

fields! {
    /// A page of a list of articles.
    OfConnection of "ArticleConnection" {
        "__typename" => Typename,
        "edges" => Edges(Set<OfEdge>),
        "nodes" => Nodes(Set<OfArticle>),
        "pageInfo" => PageInfo(Set<OfPageInfo>),
        "totalCount" => TotalCount,
    }
}

fields! {
    /// An article in a list.
    OfEdge of "ArticleEdge" {
        "__typename" => Typename,
        "cursor" => Cursor,
        "node" => Node(Set<OfArticle>),
    }
}

fields! {
    /// A topic with the latest others about it.
    OfBlock of "TopicBlock" {
        "__typename" => Typename,
        "topic" => Topic(Set<OfTopic>),
        "articles" => Articles(Set<OfArticle>),
    }
}

fields! {
    /// An article to read next.
    OfRelated of "Related" {
        "__typename" => Typename,
        "article" => Article(Set<OfArticle>),
        "score" => Score,
        "reasons" => Reasons(Set<OfReason>),
    }
}

fields! {
    /// A page of what was found.
    OfSearch of "SearchConnection" {
        "__typename" => Typename,
        "edges" => Edges(Set<OfHit>),
        "nodes" => Nodes(Set<OfArticle>),
        "pageInfo" => PageInfo(Set<OfPageInfo>),
        "totalCount" => TotalCount,
        "facets" => Facets(Set<OfFacets>),
    }
}

fields! {
    /// An article that was found.
    OfHit of "SearchEdge" {
        "__typename" => Typename,
        "cursor" => Cursor,
        "score" => Score,
        "node" => Node(Set<OfArticle>),
        "snippet" => Snippet,
        "highlight" => Highlight(Set<OfSnippet>),
    }
}

fields! {
    /// A piece of text with marked words.
    OfSnippet of "SnippetBody" {
        "__typename" => Typename,
        "text" => Text,
        "marks" => Marks,
    }
}

fields! {
    /// How many of what was found stand where.
    OfFacets of "SearchFacets" {
        "__typename" => Typename,
        "sections" => Sections(Set<OfSectionCount>),
        "topics" => Topics(Set<OfTopicCount>),
        "authors" => Authors(Set<OfAuthorCount>),
        "genres" => Genres(Set<OfGenreCount>),
        "years" => Years(Set<OfYearCount>),
    }
}

fields! {
    /// Articles in a section.
    OfSectionCount of "SectionCount" {
        "__typename" => Typename,
        "section" => Section(Set<OfSection>),
        "count" => Count,
    }
}

fields! {
    /// Articles about a topic.
    OfTopicCount of "TopicCount" {
        "__typename" => Typename,
        "topic" => Topic(Set<OfTopic>),
        "count" => Count,
    }
}

fields! {
    /// Articles by an author.
    OfAuthorCount of "AuthorCount" {
        "__typename" => Typename,
        "author" => Author(Set<OfAuthor>),
        "count" => Count,
    }
}

fields! {
    /// Articles of a genre.
    OfGenreCount of "GenreCount" {
        "__typename" => Typename,
        "genre" => Genre,
        "count" => Count,
    }
}

fields! {
    /// Articles of a year.
    OfYearCount of "YearCount" {
        "__typename" => Typename,
        "year" => Year,
        "count" => Count,
    }
}

fields! {
    /// A root field.
    Root of "Query" {
        "search" => Search(Arguments, Set<OfSearch>),
        "article" => Article(Arguments, Set<OfArticle>),
        "articles" => Articles(Arguments, Set<OfConnection>),
        "latestNews" => LatestNews(Arguments, Set<OfArticle>),
        "topNews" => TopNews(Arguments, Set<OfArticle>),
        "trending" => Trending(Arguments, Set<OfArticle>),
        "author" => Author(Arguments, Set<OfAuthor>),
        "topic" => Topic(Arguments, Set<OfTopic>),
        "section" => Section(Arguments, Set<OfSection>),
        "sections" => Sections(Set<OfSection>),
        "collection" => Collection(Arguments, Set<OfCollection>),
        "collections" => Collections(Set<OfCollection>),
    }
}
