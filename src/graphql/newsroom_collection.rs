//! Collections as their editors run them: queries and mutations.

use async_graphql::{Context, ID, InputObject, MaybeUndefined, Object, SimpleObject};

use super::asker::asker;
use super::collection::{CollectionRule, TrendingWindow};
use super::errors::Shown;
use super::mutation::Needs;
use super::newsroom::article_id;
use super::newsroom_input::given;
use super::newsroom_mutation::{DonePayload, app, done, writer};
use super::scalars::DateTime;
use super::user_error::{UserError, parted};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::model::collection::Pin;
use crate::model::id::{CollectionId, NewsroomCollectionId};
use crate::model::policy::{Action, Whose};
use crate::model::trend::Window;
use crate::newsroom::Written;
use crate::newsroom::access::Expected;
use crate::newsroom::collections::forms::{CollectionChanges, CollectionForm, PinForm, RuleForm};
use crate::newsroom::collections::shown::{self, CollectionPin};
use crate::newsroom::collections::{self, Change, Look, New};
use crate::newsroom::once::Key;

const RIGHT: (Action, Whose) = (Action::EditCollections, Whose::Others);

/// What each of the mutations needs.
pub(super) const NEEDS: &[(&str, Needs)] = &[
    ("arrangeCollection", Some(RIGHT)),
    ("changeCollection", Some(RIGHT)),
    ("createCollection", Some(RIGHT)),
    ("deleteCollection", Some(RIGHT)),
    ("pinArticle", Some(RIGHT)),
    ("unpinArticle", Some(RIGHT)),
];

/// A collection as its editors see it: with pins that nobody else sees yet.
pub struct NewsroomCollection {
    id: CollectionId,
    shown: shown::NewsroomCollection,
}

impl NewsroomCollection {
    fn of(look: &Look) -> NewsroomCollection {
        NewsroomCollection { id: look.collection.id, shown: shown::NewsroomCollection::of(look) }
    }
}

/// A collection as its editors see it: with pins that nobody else sees yet.
#[Object]
impl NewsroomCollection {
    /// The global id of the collection as its editors see it.
    pub async fn id(&self) -> ID {
        ID(NewsroomCollectionId(self.id.0).to_string())
    }

    /// The global id of the collection as readers have it; mutations take either.
    async fn collection_id(&self) -> ID {
        ID(self.shown.id.clone())
    }

    /// The slug.
    async fn slug(&self) -> &str {
        &self.shown.slug
    }

    /// The name.
    async fn name(&self) -> &str {
        &self.shown.name
    }

    /// What stands in it; may be empty.
    async fn description(&self) -> &str {
        &self.shown.description
    }

    /// What fills the places that nothing is pinned to.
    async fn rule(&self) -> CollectionRuleBody {
        CollectionRuleBody::of(&self.shown.rule)
    }

    /// What is pinned where, by place.
    async fn pins(&self) -> Vec<CollectionPinBody> {
        self.shown.pins.iter().map(CollectionPinBody::of).collect()
    }

    /// Counts the writes: what mutations take as `version`.
    async fn version(&self) -> i32 {
        self.shown.version
    }
}

/// What fills the places of a collection that nothing is pinned to.
#[derive(SimpleObject)]
pub struct CollectionRuleBody {
    /// What gives the articles.
    by: CollectionRule,
    /// The views of how long count, where it is what trends.
    window: Option<TrendingWindow>,
    /// Only the section with this slug and those below it.
    section: Option<String>,
    /// Only about the topic with this slug.
    topic: Option<String>,
    /// Only by the author with this slug.
    author: Option<String>,
    /// Only from the place with this slug.
    place: Option<String>,
    /// Only of this genre.
    genre: Option<String>,
    /// Only in this language.
    language: Option<String>,
}

impl CollectionRuleBody {
    fn of(rule: &RuleForm) -> CollectionRuleBody {
        let window = rule.window.as_deref().and_then(Window::parse);
        let rule = rule.clone();
        CollectionRuleBody {
            by: match rule.by.as_str() {
                "TRENDING" => CollectionRule::Trending,
                "LATEST" => CollectionRule::Latest,
                _ => CollectionRule::None,
            },
            window: window.map(|window| match window {
                Window::Hour => TrendingWindow::Hour,
                Window::Day => TrendingWindow::Day,
                Window::Week => TrendingWindow::Week,
            }),
            section: rule.section,
            topic: rule.topic,
            author: rule.author,
            place: rule.place,
            genre: rule.genre,
            language: rule.language,
        }
    }
}

/// An article in a place.
#[derive(SimpleObject)]
pub struct CollectionPinBody {
    /// The global id of the article.
    article_id: ID,
    /// Its slug.
    slug: String,
    /// What its newest revision says above it.
    headline: String,
    /// Whether readers see the article at all.
    public: bool,
    /// The place, from 1.
    slot: i32,
    /// From when on it counts; null from the beginning.
    from: Option<DateTime>,
    /// Until when it counts; null until it is unpinned.
    until: Option<DateTime>,
}

impl CollectionPinBody {
    fn of(pin: &CollectionPin) -> CollectionPinBody {
        CollectionPinBody {
            article_id: ID(pin.article.clone()),
            slug: pin.slug.clone(),
            headline: pin.headline.clone(),
            public: pin.public,
            slot: pin.slot,
            from: pin.from.map(DateTime),
            until: pin.until.map(DateTime),
        }
    }
}

/// The id of a collection, as readers or as its editors have it.
fn collection_id(id: &ID) -> Result<CollectionId> {
    if let Ok(newsroom) = id.parse::<NewsroomCollectionId>() {
        return Ok(CollectionId(newsroom.0));
    }
    id.parse().map_err(|error: Error| error.at("id"))
}

/// The collection with this global id of the newsroom; none for who may not see it.
pub(super) async fn node(ctx: &Context<'_>, id: NewsroomCollectionId) -> Result<Option<NewsroomCollection>> {
    let asker = asker(ctx)?;
    asker.personal();
    if asker.known.is_none() {
        return Ok(None);
    }
    let viewer = asker.reading().await?.0.viewer();
    match collections::one(&ctx.data_unchecked::<App>().db, &viewer, CollectionId(id.0)).await {
        Ok(look) => Ok(Some(NewsroomCollection::of(&look))),
        Err(error) if matches!(error.code(), Code::Forbidden | Code::NotFound) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Queries of collections for their editors.
#[derive(Default)]
pub struct NewsroomCollectionQuery;

#[Object]
impl NewsroomCollectionQuery {
    /// Every collection with its rule and pins, for editors: also pins of what is not published, not due yet, or over.
    #[graphql(complexity = "20 + 20 * child_complexity")]
    async fn newsroom_collections(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<NewsroomCollection>> {
        let found = async {
            let (known, ..) = asker(ctx)?.reading().await?;
            collections::list(&ctx.data_unchecked::<App>().db, &known.viewer()).await
        };
        Ok(found.await.shown()?.iter().map(NewsroomCollection::of).collect())
    }
}

/// A new collection.
#[derive(InputObject)]
pub struct CollectionInput {
    /// The slug, which it keeps for good.
    slug: String,
    /// The name.
    name: String,
    /// What stands in it, in a sentence or two of plain text.
    description: Option<String>,
    /// What fills the places that nothing is pinned to; nothing when it is left out.
    rule: Option<CollectionRuleInput>,
}

/// What is to be changed of a collection; what is left out stays.
#[derive(InputObject)]
pub struct CollectionChangesInput {
    /// The name.
    name: Option<String>,
    /// What stands in it; null empties it.
    description: MaybeUndefined<String>,
    /// What fills the places that nothing is pinned to.
    rule: Option<CollectionRuleInput>,
}

/// What fills the places of a collection that nothing is pinned to.
#[derive(InputObject)]
pub struct CollectionRuleInput {
    /// What gives the articles.
    by: CollectionRule,
    /// Trending: the views of how long count; those of a day when it is left out.
    window: Option<TrendingWindow>,
    /// Only the section with this slug and those below it.
    section: Option<String>,
    /// Latest: only about the topic with this slug.
    topic: Option<String>,
    /// Latest: only by the author with this slug.
    author: Option<String>,
    /// Latest: only from the place with this slug.
    place: Option<String>,
    /// Latest: only of this genre.
    genre: Option<String>,
    /// Latest: only in this language.
    language: Option<String>,
}

impl From<CollectionRuleInput> for RuleForm {
    fn from(input: CollectionRuleInput) -> RuleForm {
        let by = match input.by {
            CollectionRule::None => "NONE",
            CollectionRule::Trending => "TRENDING",
            CollectionRule::Latest => "LATEST",
        };
        RuleForm {
            by: by.to_owned(),
            window: input.window.map(|window| Window::from(window).name().to_owned()),
            section: input.section,
            topic: input.topic,
            author: input.author,
            place: input.place,
            genre: input.genre,
            language: input.language,
        }
    }
}

/// An article in a place.
#[derive(InputObject)]
pub struct CollectionPinInput {
    /// The global id of the article; it may be published later.
    article_id: ID,
    /// The place, from 1. In a whole arrangement, the place in the list when it is left out.
    slot: Option<i32>,
    /// From when on; at once when it is left out.
    from: Option<DateTime>,
    /// Until when; until it is unpinned when it is left out.
    until: Option<DateTime>,
}

fn pin_form(input: CollectionPinInput) -> Result<PinForm> {
    Ok(PinForm {
        article: article_id(&input.article_id)?,
        slot: input.slot,
        from: input.from.map(|at| at.0),
        until: input.until.map(|at| at.0),
    })
}

/// What came of a write to a collection.
#[derive(SimpleObject)]
pub struct CollectionPayload {
    /// The collection as it is now; null where nothing was written.
    collection: Option<NewsroomCollection>,
    /// The number of the change: a read that asks for at least it sees what was written.
    seq: Option<i64>,
    /// What can be mended.
    user_errors: Vec<UserError>,
}

fn written(result: Result<Written<Look>>) -> async_graphql::Result<CollectionPayload> {
    Ok(match parted(result)? {
        Ok(written) => CollectionPayload {
            collection: Some(NewsroomCollection::of(&written.value)),
            seq: Some(written.seq),
            user_errors: Vec::new(),
        },
        Err(user_errors) => CollectionPayload { collection: None, seq: None, user_errors },
    })
}

/// Mutations of collections.
#[derive(Default)]
pub struct CollectionMutation;

#[Object]
impl CollectionMutation {
    /// Make a collection. It is public at once.
    #[graphql(complexity = "10 + child_complexity")]
    async fn create_collection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What it is to be.")] input: CollectionInput,
        #[graphql(desc = "A key of your own for this request: a retry within a day finds what the first one made.")]
        idempotency_key: Option<String>,
    ) -> async_graphql::Result<CollectionPayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let form = CollectionForm {
                slug: input.slug,
                name: input.name,
                description: input.description,
                rule: input.rule.map(Into::into),
            };
            let key = idempotency_key.as_deref().map(|key| Key::new(key, "createCollection", &form)).transpose()?;
            collections::create(&app(ctx).db, &viewer, New::read(form)?, key).await
        };
        written(work.await)
    }

    /// Change the name, the description or the rule of a collection.
    #[graphql(complexity = "10 + child_complexity")]
    async fn change_collection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the collection.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "What is to be changed.")] changes: CollectionChangesInput,
    ) -> async_graphql::Result<CollectionPayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let form = CollectionChanges {
                name: changes.name,
                description: given(changes.description, |text| text),
                rule: changes.rule.map(Into::into),
            };
            let (id, expected) = (collection_id(&id)?, Expected::Version(version));
            collections::change(&app(ctx).db, &viewer, id, expected, Change::read(form)?).await
        };
        written(work.await)
    }

    /// Delete a collection with its pins. Its articles stay.
    #[graphql(complexity = "10 + child_complexity")]
    async fn delete_collection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the collection.")] id: ID,
        #[graphql(desc = "The version that is to be deleted.")] version: i32,
    ) -> async_graphql::Result<DonePayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let expected = Expected::Version(version);
            let gone = collections::delete(&app(ctx).db, &viewer, collection_id(&id)?, expected).await?;
            Ok(Written { value: true, seq: gone.seq })
        };
        done(work.await)
    }

    /// Put these pins in the place of all that a collection has, in this order.
    #[graphql(complexity = "10 + child_complexity")]
    async fn arrange_collection(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the collection.")] id: ID,
        #[graphql(desc = "The version that is to be changed.")] version: i32,
        #[graphql(desc = "The pins; none takes every pin away.")] pins: Vec<CollectionPinInput>,
    ) -> async_graphql::Result<CollectionPayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let pins = collections::arranged(pins.into_iter().map(pin_form).collect::<Result<_>>()?);
            let (id, expected) = (collection_id(&id)?, Expected::Version(version));
            collections::set_pins(&app(ctx).db, &viewer, id, expected, pins).await
        };
        written(work.await)
    }

    /// Pin an article to a place. One that is pinned in the collection already is moved.
    #[graphql(complexity = "10 + child_complexity")]
    async fn pin_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the collection.")] id: ID,
        #[graphql(desc = "The version of the collection that is to be changed.")] version: i32,
        #[graphql(desc = "The article and its place; the first one when it is left out.")] pin: CollectionPinInput,
    ) -> async_graphql::Result<CollectionPayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let PinForm { article, slot, from, until } = pin_form(pin)?;
            let pin = Pin { article, slot: slot.unwrap_or(1), from, until };
            let (id, expected) = (collection_id(&id)?, Expected::Version(version));
            collections::pin(&app(ctx).db, &viewer, id, expected, pin).await
        };
        written(work.await)
    }

    /// Take the pin of an article away.
    #[graphql(complexity = "10 + child_complexity")]
    async fn unpin_article(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The global id of the collection.")] id: ID,
        #[graphql(desc = "The version of the collection that is to be changed.")] version: i32,
        #[graphql(desc = "The global id of the article.")] article: ID,
    ) -> async_graphql::Result<CollectionPayload> {
        let viewer = writer(ctx, RIGHT).await.shown()?;
        let work = async {
            let article = article_id(&article).map_err(|error| error.at("article"))?;
            let (id, expected) = (collection_id(&id)?, Expected::Version(version));
            collections::unpin(&app(ctx).db, &viewer, id, expected, article).await
        };
        written(work.await)
    }
}
