//! Topics, sections and authors as the newsroom has them: queries and mutations.

use async_graphql::{ComplexObject, Context, Enum, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::article::size;
use super::asker::asker;
use super::connection::{PageInfo, page_cost};
use super::errors::{Shown, or_null};
use super::mutation::Needs;
use super::newsroom::missing;
use super::newsroom_input::given;
use super::newsroom_mutation::{DonePayload, app, done, writer};
use super::user_error::{UserError, parted};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::cursor::NamePlace;
use crate::model::id::{NewsroomAuthorId, NewsroomSectionId, NewsroomTopicId};
use crate::model::policy::{Action, Whose};
use crate::model::{self, text};
use crate::newsroom::Written;
use crate::newsroom::access::Expected;
use crate::newsroom::once::Key;
use crate::newsroom::taxonomy::forms::{AuthorForm, ExternalIdForm, SectionForm, TopicForm};
use crate::newsroom::taxonomy::shown::{self, TermCode};
use crate::newsroom::taxonomy::{self, Form, Look, Noun, Wanted};

const RIGHT: (Action, Whose) = (Action::EditTaxonomy, Whose::Others);

/// What each of the mutations needs.
pub(super) const NEEDS: &[(&str, Needs)] = &[
    ("changeAuthor", Some(RIGHT)),
    ("changeSection", Some(RIGHT)),
    ("changeTopic", Some(RIGHT)),
    ("createAuthor", Some(RIGHT)),
    ("createSection", Some(RIGHT)),
    ("createTopic", Some(RIGHT)),
    ("deleteAuthor", Some(RIGHT)),
    ("deleteSection", Some(RIGHT)),
    ("deleteTopic", Some(RIGHT)),
    ("mergeAuthor", Some(RIGHT)),
    ("mergeSection", Some(RIGHT)),
    ("mergeTopic", Some(RIGHT)),
];

/// What a term of the newsroom is.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermType {
    /// What articles are about.
    Topic,
    /// Where they stand.
    Section,
    /// Who signs them.
    Author,
}

impl From<TermType> for Noun {
    fn from(of: TermType) -> Noun {
        match of {
            TermType::Topic => Noun::Topic,
            TermType::Section => Noun::Section,
            TermType::Author => Noun::Author,
        }
    }
}

/// A topic, a section or an author as the newsroom has it, public or not.
pub struct NewsroomTerm {
    noun: Noun,
    shown: shown::NewsroomTerm,
}

fn node_id(noun: Noun, id: &str) -> ID {
    let number = taxonomy::number(noun, id).unwrap_or(0);
    ID(match noun {
        Noun::Topic => NewsroomTopicId(number).to_string(),
        Noun::Section => NewsroomSectionId(number).to_string(),
        Noun::Author => NewsroomAuthorId(number).to_string(),
    })
}

/// The number of a term, by the id that readers or that the newsroom has.
fn number(noun: Noun, id: &ID) -> Result<i64> {
    if let Some(number) = taxonomy::number(noun, id) {
        return Ok(number);
    }
    let newsroom = match noun {
        Noun::Topic => id.parse::<NewsroomTopicId>().map(|id| id.0),
        Noun::Section => id.parse::<NewsroomSectionId>().map(|id| id.0),
        Noun::Author => id.parse::<NewsroomAuthorId>().map(|id| id.0),
    };
    newsroom.map_err(|error| error.at("id"))
}

impl NewsroomTerm {
    fn of(noun: Noun, look: &Look) -> Result<NewsroomTerm> {
        Ok(NewsroomTerm { noun, shown: shown::NewsroomTerm::of(noun, look)? })
    }
}

/// A topic, a section or an author as the newsroom has it, public or not.
#[Object]
impl NewsroomTerm {
    /// The global id of the term as the newsroom has it.
    pub async fn id(&self) -> ID {
        node_id(self.noun, &self.shown.id)
    }

    /// The global id of the topic, section or author as readers have it; mutations take either.
    async fn term_id(&self) -> ID {
        ID(self.shown.id.clone())
    }

    /// What it is.
    #[graphql(name = "type")]
    async fn of_type(&self) -> TermType {
        match self.noun {
            Noun::Topic => TermType::Topic,
            Noun::Section => TermType::Section,
            Noun::Author => TermType::Author,
        }
    }

    /// The slug.
    async fn slug(&self) -> &str {
        &self.shown.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.shown.name
    }

    /// The kind of a topic or of an author; null of a section.
    async fn kind(&self) -> Option<&str> {
        self.shown.kind.as_deref()
    }

    /// What lies above it.
    #[graphql(complexity = "5 + child_complexity")]
    async fn parent(&self, ctx: &Context<'_>) -> Option<NewsroomTerm> {
        let found = async {
            let Some(parent) = &self.shown.parent else { return Ok(None) };
            let (known, ..) = asker(ctx)?.reading().await?;
            let found = taxonomy::one(&ctx.data_unchecked::<App>().db, &known.viewer(), self.noun, &parent.id).await;
            missing(found)?.map(|look| NewsroomTerm::of(self.noun, &look)).transpose()
        };
        or_null(ctx, found.await.shown())
    }

    /// A sentence or two of a topic or section, or an author's biography: plain text.
    async fn description(&self) -> Option<&str> {
        self.shown.description.as_deref()
    }

    /// What other vocabularies call it.
    async fn codes(&self) -> Vec<VocabularyCodeBody> {
        let code = |code: &TermCode| VocabularyCodeBody { scheme: code.scheme.clone(), code: code.code.clone() };
        self.shown.external_ids.iter().map(code).collect()
    }

    /// For whom an author speaks, where it is not the publication.
    async fn organisation(&self) -> Option<&str> {
        self.shown.organisation.as_deref()
    }

    /// An author's page.
    async fn url(&self) -> Option<&str> {
        self.shown.url.as_deref()
    }

    /// The address of an author's portrait.
    async fn image(&self) -> Option<&str> {
        self.shown.image.as_deref()
    }

    /// Earlier slugs, and codes of vocabularies, that lead to it.
    async fn aliases(&self) -> &[String] {
        &self.shown.aliases
    }

    /// Whether it is public without an article that uses it.
    async fn listed(&self) -> bool {
        self.shown.listed
    }

    /// Whether readers see it now.
    async fn public(&self) -> bool {
        self.shown.public
    }

    /// Whether only drafts have named it so far: what they say of it is not settled.
    async fn provisional(&self) -> bool {
        self.shown.provisional
    }

    /// How many published articles use it; a section's with those below it.
    async fn article_count(&self) -> i64 {
        self.shown.article_count
    }

    /// Counts the writes: what mutations take as `version`.
    async fn version(&self) -> i32 {
        self.shown.version
    }
}

/// A concept's code in a vocabulary.
#[derive(SimpleObject)]
pub struct VocabularyCodeBody {
    /// The vocabulary.
    scheme: String,
    /// The code in it.
    code: String,
}

/// Topics, sections or authors of the newsroom, by slug.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct NewsroomTermConnection {
    /// The terms with their cursors.
    edges: Vec<NewsroomTermEdge>,
    /// Where the page lies in the list, which is walked forwards.
    page_info: PageInfo,
}

#[ComplexObject]
impl NewsroomTermConnection {
    /// The terms without their cursors.
    async fn nodes(&self) -> Vec<&NewsroomTerm> {
        self.edges.iter().map(|edge| &edge.node).collect()
    }
}

/// A term of the newsroom in a list.
#[derive(SimpleObject)]
pub struct NewsroomTermEdge {
    /// The place of the term, to go on from.
    cursor: String,
    /// The term.
    node: NewsroomTerm,
}

/// Which terms of the newsroom.
#[derive(InputObject, Default)]
pub struct NewsroomTermFilter {
    /// Only those of this kind of topic or of author, such as `PLACE` or `STAFF`.
    kind: Option<String>,
    /// Only those of whose slug a word begins so.
    query: Option<String>,
}

/// The term with this global id of the newsroom; none for who may not see it.
pub(super) async fn node(ctx: &Context<'_>, id: &str) -> Result<Option<NewsroomTerm>> {
    let (noun, number) = if let Ok(id) = id.parse::<NewsroomTopicId>() {
        (Noun::Topic, id.0)
    } else if let Ok(id) = id.parse::<NewsroomSectionId>() {
        (Noun::Section, id.0)
    } else if let Ok(id) = id.parse::<NewsroomAuthorId>() {
        (Noun::Author, id.0)
    } else {
        return Ok(None);
    };
    let asker = asker(ctx)?;
    asker.personal();
    if asker.known.is_none() {
        return Ok(None);
    }
    let viewer = asker.reading().await?.0.viewer();
    let key = taxonomy::id_text(noun, number);
    match taxonomy::one(&ctx.data_unchecked::<App>().db, &viewer, noun, &key).await {
        // One that was merged is another now, which has an id of its own.
        Ok(look) if look.term.id == number => Ok(Some(NewsroomTerm::of(noun, &look)?)),
        Ok(_) => Ok(None),
        Err(error) if matches!(error.code(), Code::Forbidden | Code::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Queries of the taxonomy.
#[derive(Default)]
pub struct TaxonomyQuery;

#[Object]
impl TaxonomyQuery {
    /// One topic, section or author of the newsroom, by its global id, its slug or an earlier one; null where there is none, or
    /// none that who asks may see.
    #[graphql(complexity = "5 + child_complexity")]
    async fn newsroom_term(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "type", desc = "What it is.")] of: TermType,
        #[graphql(desc = "The global id or a slug.")] key: String,
    ) -> Option<NewsroomTerm> {
        let found = async {
            let noun = Noun::from(of);
            let (known, ..) = asker(ctx)?.reading().await?;
            let key = text::checked("key", &key)?;
            let key = number(noun, &ID(key.clone())).map_or(key, |number| taxonomy::id_text(noun, number));
            let found = taxonomy::one(&ctx.data_unchecked::<App>().db, &known.viewer(), noun, &key).await;
            missing(found)?.map(|look| NewsroomTerm::of(noun, &look)).transpose()
        };
        or_null(ctx, found.await.shown())
    }

    /// Topics, sections or authors of the newsroom, public or not, by slug. What only drafts of others name, a contributor does
    /// not see.
    #[graphql(complexity = "page_cost(Some(first), None, 20, child_complexity) + 5")]
    async fn newsroom_terms(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "type", desc = "What they are.")] of: TermType,
        #[graphql(desc = "Which; all when it is left out.")] filter: Option<NewsroomTermFilter>,
        #[graphql(desc = "How many.", default = 20)] first: i32,
        #[graphql(desc = "Only those after this cursor.")] after: Option<String>,
    ) -> async_graphql::Result<NewsroomTermConnection> {
        let size = size(ctx, "first", first)?;
        page(ctx, of.into(), filter.unwrap_or_default(), size, after).await.shown()
    }
}

/// The kind as the store has it: one that there is not would be a list of nothing.
fn kind_of(noun: Noun, kind: &str) -> Result<String> {
    let lower = kind.to_ascii_lowercase();
    let (known, says) = match noun {
        Noun::Topic => (
            model::topic::TopicKind::parse(&lower).map(|kind| kind.as_str()),
            "The kind of a topic is SUBJECT, PERSON, ORGANISATION, PLACE, EVENT or ENTITY.",
        ),
        Noun::Author => (
            model::author::AuthorKind::parse(&lower).map(|kind| kind.as_str()),
            "The kind of an author is STAFF, CONTRIBUTOR or INDEPENDENT.",
        ),
        Noun::Section => (None, "Sections have no kind; leave it out."),
    };
    known.map(ToOwned::to_owned).ok_or_else(|| Error::new(Code::InvalidParameter, says).at("kind"))
}

async fn page(
    ctx: &Context<'_>,
    noun: Noun,
    filter: NewsroomTermFilter,
    size: usize,
    after: Option<String>,
) -> Result<NewsroomTermConnection> {
    let (known, ..) = asker(ctx)?.reading().await?;
    let kind = filter.kind.map(|kind| kind_of(noun, &kind)).transpose()?;
    let wanted = Wanted { kind, query: filter.query, ..Wanted::default() };
    let place = after.as_deref().map(NamePlace::decode).transpose()?;
    let slug = place.map_or_else(String::new, |place| place.fold.replace(' ', "-"));
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let db = &ctx.data_unchecked::<App>().db;
    let mut looks = taxonomy::list(db, &known.viewer(), noun, wanted, &slug, limit).await?;
    let more = looks.len() > size;
    looks.truncate(size);
    let mut edges = Vec::with_capacity(looks.len());
    for look in &looks {
        let cursor = NamePlace { fold: look.term.slug.replace('-', " "), id: look.term.id }.encode();
        edges.push(NewsroomTermEdge { cursor, node: NewsroomTerm::of(noun, look)? });
    }
    let edge = |edge: Option<&NewsroomTermEdge>| edge.map(|edge| edge.cursor.clone());
    let page_info = PageInfo::of_hits(edge(edges.first()), edge(edges.last()), after.is_none(), more);
    Ok(NewsroomTermConnection { edges, page_info })
}

/// What a topic is to be. What is left out stays; null empties a field.
#[derive(InputObject)]
pub struct TopicChanges {
    /// The name; a new topic needs one.
    name: MaybeUndefined<String>,
    /// The slug; made of the name when a new topic has none. The old one leads to the new one for good.
    slug: MaybeUndefined<String>,
    /// The kind; a new topic is a subject.
    kind: MaybeUndefined<super::topic::TopicKind>,
    /// The broader topic, by its id or slug.
    parent: MaybeUndefined<String>,
    /// A sentence or two, plain text.
    description: MaybeUndefined<String>,
    /// What other vocabularies call it.
    codes: MaybeUndefined<Vec<VocabularyCodeInput>>,
    /// Whether it is public without an article that is about it.
    listed: MaybeUndefined<bool>,
}

/// A concept's code in a vocabulary.
#[derive(InputObject)]
pub struct VocabularyCodeInput {
    /// The vocabulary: `medtop`, `wikidata` …
    scheme: String,
    /// The code in it.
    code: String,
}

/// What a section is to be. What is left out stays; null empties a field.
#[derive(InputObject)]
pub struct SectionChanges {
    /// The name; a new section needs one.
    name: MaybeUndefined<String>,
    /// The slug; made of the name when a new section has none. The old one leads to the new one for good.
    slug: MaybeUndefined<String>,
    /// The section that it is part of, by its id or slug.
    parent: MaybeUndefined<String>,
    /// A sentence or two, plain text.
    description: MaybeUndefined<String>,
    /// Whether it is public without an article that stands in it.
    listed: MaybeUndefined<bool>,
}

/// What an author is to be. What is left out stays; null empties a field.
#[derive(InputObject)]
pub struct AuthorChanges {
    /// The name as it stands in a byline; a new author needs one.
    name: MaybeUndefined<String>,
    /// The slug; made of the name when a new author has none. The old one leads to the new one for good.
    slug: MaybeUndefined<String>,
    /// How they stand to the publication; a new author is of the staff.
    kind: MaybeUndefined<super::author::AuthorKind>,
    /// A sentence or two, plain text.
    bio: MaybeUndefined<String>,
    /// For whom they speak, where it is not the publication.
    organisation: MaybeUndefined<String>,
    /// Their page.
    url: MaybeUndefined<String>,
    /// The address of a portrait.
    image: MaybeUndefined<String>,
    /// Whether they are public without an article that they sign.
    listed: MaybeUndefined<bool>,
}

/// A text that there must be, as the form has it: null would empty it, and is refused as an empty one is.
fn needed<T>(value: MaybeUndefined<T>, of: impl Fn(T) -> String) -> Option<String> {
    given(value, of).map(Option::unwrap_or_default)
}

impl From<TopicChanges> for Form {
    fn from(input: TopicChanges) -> Form {
        let code = |input: VocabularyCodeInput| ExternalIdForm { scheme: input.scheme, code: input.code };
        Form::Topic(TopicForm {
            name: needed(input.name, |text| text),
            slug: needed(input.slug, |text| text),
            kind: needed(input.kind, |kind| crate::model::topic::TopicKind::from(kind).as_str().to_owned()),
            parent: given(input.parent, |text| text),
            description: given(input.description, |text| text),
            external_ids: given(input.codes, |codes| codes.into_iter().map(code).collect()),
            listed: given(input.listed, |listed| listed),
        })
    }
}

impl From<SectionChanges> for Form {
    fn from(input: SectionChanges) -> Form {
        Form::Section(SectionForm {
            name: needed(input.name, |text| text),
            slug: needed(input.slug, |text| text),
            parent: given(input.parent, |text| text),
            description: given(input.description, |text| text),
            listed: given(input.listed, |listed| listed),
        })
    }
}

impl From<AuthorChanges> for Form {
    fn from(input: AuthorChanges) -> Form {
        Form::Author(AuthorForm {
            name: needed(input.name, |text| text),
            slug: needed(input.slug, |text| text),
            kind: needed(input.kind, |kind| crate::model::author::AuthorKind::from(kind).as_str().to_owned()),
            bio: given(input.bio, |text| text),
            organisation: given(input.organisation, |text| text),
            url: given(input.url, |text| text),
            image: given(input.image, |text| text),
            listed: given(input.listed, |listed| listed),
        })
    }
}

/// What came of a write to a term.
#[derive(SimpleObject)]
pub struct TermPayload {
    /// The term as it is now; null where nothing was written.
    term: Option<NewsroomTerm>,
    /// The number of the change: a read that asks for at least it sees what was written.
    seq: Option<i64>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

fn written(noun: Noun, result: Result<Written<Look>>) -> async_graphql::Result<TermPayload> {
    Ok(match parted(result)? {
        Ok(written) => TermPayload {
            term: Some(NewsroomTerm::of(noun, &written.value).shown()?),
            seq: Some(written.seq),
            user_errors: Vec::new(),
        },
        Err(user_errors) => TermPayload { term: None, seq: None, user_errors },
    })
}

async fn create(ctx: &Context<'_>, form: impl Into<Form>, key: Option<String>) -> async_graphql::Result<TermPayload> {
    let viewer = writer(ctx, RIGHT).await.shown()?;
    let form = form.into();
    let noun = form.noun();
    let work = async {
        let operation = format!("create {}", noun.word());
        let key = key.as_deref().map(|key| match &form {
            Form::Topic(form) => Key::new(key, &operation, form),
            Form::Section(form) => Key::new(key, &operation, form),
            Form::Author(form) => Key::new(key, &operation, form),
        });
        taxonomy::create(&app(ctx).db, &viewer, form.clone(), key.transpose()?).await
    };
    written(noun, work.await)
}

async fn change(ctx: &Context<'_>, id: &ID, version: i32, form: impl Into<Form>) -> async_graphql::Result<TermPayload> {
    let viewer = writer(ctx, RIGHT).await.shown()?;
    let form = form.into();
    let noun = form.noun();
    let work =
        async { taxonomy::change(&app(ctx).db, &viewer, number(noun, id)?, Expected::Version(version), form).await };
    written(noun, work.await)
}

async fn merge(
    ctx: &Context<'_>,
    noun: Noun,
    id: &ID,
    version: i32,
    into: String,
) -> async_graphql::Result<TermPayload> {
    let viewer = writer(ctx, RIGHT).await.shown()?;
    let work = async {
        let into = number(noun, &ID(into.clone())).map_or(into, |number| taxonomy::id_text(noun, number));
        taxonomy::merge(&app(ctx).db, &viewer, noun, number(noun, id)?, Expected::Version(version), &into).await
    };
    written(noun, work.await)
}

async fn delete(ctx: &Context<'_>, noun: Noun, id: &ID, version: i32) -> async_graphql::Result<DonePayload> {
    let viewer = writer(ctx, RIGHT).await.shown()?;
    let work = async {
        let expected = Expected::Version(version);
        let gone = taxonomy::delete(&app(ctx).db, &viewer, noun, number(noun, id)?, expected).await?;
        Ok(Written { value: true, seq: gone.seq })
    };
    done(work.await)
}

/// Mutations of the taxonomy.
#[derive(Default)]
pub struct TaxonomyMutation;

#[Object]
impl TaxonomyMutation {
    /// Make a topic. It is public when an article about it is, or at once when it is listed.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: TopicChanges,
        #[graphql(desc = "A key of your own for this request: a retry within a day finds what the first one made.")]
        idempotency_key: Option<String>,
    ) -> async_graphql::Result<TermPayload> {
        create(ctx, input, idempotency_key).await
    }

    /// Make a section. It is public when an article in it is, or at once when it is listed.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: SectionChanges,
        #[graphql(desc = "A key of your own for this request: a retry within a day finds what the first one made.")]
        idempotency_key: Option<String>,
    ) -> async_graphql::Result<TermPayload> {
        create(ctx, input, idempotency_key).await
    }

    /// Make an author. They are public when an article of theirs is, or at once when they are listed.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What they are to be.")] input: AuthorChanges,
        #[graphql(desc = "A key of your own for this request: a retry within a day finds what the first one made.")]
        idempotency_key: Option<String>,
    ) -> async_graphql::Result<TermPayload> {
        create(ctx, input, idempotency_key).await
    }

    /// Change a topic. A name, slug or kind that changes reaches every article about it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn change_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the topic.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "What is to be changed.")] changes: TopicChanges,
    ) -> async_graphql::Result<TermPayload> {
        change(ctx, &id, version, changes).await
    }

    /// Change a section. A name, slug or parent that changes reaches every article that stands in it.
    #[graphql(complexity = "10 + child_complexity")]
    async fn change_section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the section.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "What is to be changed.")] changes: SectionChanges,
    ) -> async_graphql::Result<TermPayload> {
        change(ctx, &id, version, changes).await
    }

    /// Change an author. A name, slug or kind that changes reaches every article that they sign.
    #[graphql(complexity = "10 + child_complexity")]
    async fn change_author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the author.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "What is to be changed.")] changes: AuthorChanges,
    ) -> async_graphql::Result<TermPayload> {
        change(ctx, &id, version, changes).await
    }

    /// Merge a topic into another, which is left and is the answer.
    #[graphql(complexity = "10 + child_complexity")]
    async fn merge_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the topic that goes.")] id: ID,
        #[graphql(desc = "The version of the topic that goes.")] version: i32,
        #[graphql(desc = "The topic that is left, by its global id or slug.")] into: String,
    ) -> async_graphql::Result<TermPayload> {
        merge(ctx, Noun::Topic, &id, version, into).await
    }

    /// Merge a section into another, which is left and is the answer.
    #[graphql(complexity = "10 + child_complexity")]
    async fn merge_section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the section that goes.")] id: ID,
        #[graphql(desc = "The version of the section that goes.")] version: i32,
        #[graphql(desc = "The section that is left, by its global id or slug.")] into: String,
    ) -> async_graphql::Result<TermPayload> {
        merge(ctx, Noun::Section, &id, version, into).await
    }

    /// Merge an author into another, who is left and is the answer.
    #[graphql(complexity = "10 + child_complexity")]
    async fn merge_author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the author who goes.")] id: ID,
        #[graphql(desc = "The version of the author who goes.")] version: i32,
        #[graphql(desc = "The author who is left, by their global id or slug.")] into: String,
    ) -> async_graphql::Result<TermPayload> {
        merge(ctx, Noun::Author, &id, version, into).await
    }

    /// Delete a topic that nothing names: no article, no draft, no narrower topic.
    #[graphql(complexity = "10 + child_complexity")]
    async fn delete_topic(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the topic.")] id: ID,
        #[graphql(desc = "The version that is to be deleted.")] version: i32,
    ) -> async_graphql::Result<DonePayload> {
        delete(ctx, Noun::Topic, &id, version).await
    }

    /// Delete a section that nothing names: no article, no draft, no section below.
    #[graphql(complexity = "10 + child_complexity")]
    async fn delete_section(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the section.")] id: ID,
        #[graphql(desc = "The version that is to be deleted.")] version: i32,
    ) -> async_graphql::Result<DonePayload> {
        delete(ctx, Noun::Section, &id, version).await
    }

    /// Delete an author whom nothing names: no article, no draft.
    #[graphql(complexity = "10 + child_complexity")]
    async fn delete_author(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the author.")] id: ID,
        #[graphql(desc = "The version that is to be deleted.")] version: i32,
    ) -> async_graphql::Result<DonePayload> {
        delete(ctx, Noun::Author, &id, version).await
    }
}
