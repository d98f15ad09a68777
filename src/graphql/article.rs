//! The article and what hangs on it.

use std::sync::Arc;

use async_graphql::{Context, Enum, ID, Object, SimpleObject};

use super::Asked;
use super::author::Author;
use super::errors::{Shown, or_null};
use super::scalars::{DateTime, PortableText};
use super::section::Section;
use super::topic::{Topic, TopicKind};
use crate::app::App;
use crate::catalogue::list::checked_size;
use crate::catalogue::related::{self, Blocks, BlocksWanted};
use crate::catalogue::{Reader, article, story};
use crate::error::{Code, Error};
use crate::formats::{article as present, json_ld};
use crate::model::article::Card;
use crate::model::time::Precision;

/// How many rows a list of a page has when nothing is asked for.
pub(super) const FEW: i32 = 5;

fn reader(ctx: &Context<'_>) -> Arc<Reader> {
    ctx.data_unchecked::<Asked>().reader()
}

fn app<'a>(ctx: &'a Context<'_>) -> &'a App {
    ctx.data_unchecked::<App>()
}

/// A size of a list that the settings allow. `asked` is the value of the argument, which may be its default.
pub(super) fn size(ctx: &Context<'_>, parameter: &str, asked: i32) -> async_graphql::Result<usize> {
    let is_sent = ctx.item.node.get_argument(parameter).is_some();
    size_or(ctx, parameter, is_sent.then_some(asked), asked)
}

/// The same, where nothing may have been asked for: a default that nobody sent gives way to a smaller limit, and is no fault.
pub(super) fn size_or(
    ctx: &Context<'_>,
    parameter: &str,
    asked: Option<i32>,
    default: i32,
) -> async_graphql::Result<usize> {
    let most = app(ctx).settings.page.max;
    match asked {
        Some(asked) => checked_size(parameter, i64::from(asked), most).shown(),
        None => Ok(usize::try_from(default).unwrap_or_default().min(most)),
    }
}

/// A published article.
pub struct Article(pub Arc<Card>);

/// A published article.
#[Object]
impl Article {
    /// The global id.
    pub async fn id(&self) -> ID {
        ID(self.0.id.to_string())
    }

    /// The source's lasting name for it: a URI that stays through corrections and moves.
    async fn uri(&self) -> &str {
        &self.0.uri
    }

    /// The slug of its address now.
    async fn slug(&self) -> &str {
        &self.0.slug
    }

    /// Counts its publications: 1, 2, 3 …
    async fn version(&self) -> i32 {
        self.0.version
    }

    /// The headline: one line of plain text.
    async fn headline(&self) -> &str {
        &self.0.headline
    }

    /// The kicker above the headline, such as "Op-Ed". Whoever shows the article shows it too.
    async fn label(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        article::label(&reader(ctx), &self.0, &app(ctx).label_rules).await.shown()
    }

    /// What the piece is: `news`, `opinion`, `analysis`, `interview`, `review`, `obituary` … or the publisher's own word.
    async fn genre(&self) -> &str {
        self.0.genre.as_str()
    }

    /// A sentence or two of plain text; may be empty.
    async fn summary(&self) -> &str {
        &self.0.summary
    }

    /// The section that it stands in.
    async fn section(&self, ctx: &Context<'_>) -> Option<Section> {
        let found = async { Ok(article::section_of(&reader(ctx), &self.0).await.shown()?.map(Section)) };
        or_null(ctx, found.await)
    }

    /// Who signs it, in order.
    #[graphql(complexity = "1 + 2 * child_complexity")]
    async fn authors(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Author>> {
        Ok(article::authors(&reader(ctx), &self.0).await.shown()?.into_iter().map(Author).collect())
    }

    /// The names of the authors in one line: "A, B and C". Empty where nobody signs.
    async fn byline(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(present::byline(&article::authors(&reader(ctx), &self.0).await.shown()?))
    }

    /// When it was published.
    async fn published_at(&self) -> DateTime {
        DateTime(self.0.published_at)
    }

    /// How exactly that is known; of some pieces the source knows only the day.
    async fn published_precision(&self) -> DatePrecision {
        self.0.published_precision.into()
    }

    /// When it was last updated or corrected; the same as `publishedAt` when never.
    async fn updated_at(&self) -> DateTime {
        DateTime(self.0.updated_at)
    }

    /// The language, by BCP 47.
    async fn language(&self) -> &str {
        &self.0.language
    }

    /// The address that search engines shall keep: the original's, where the piece first stood elsewhere.
    async fn canonical_url(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let section = article::section_of(&reader(ctx), &self.0).await.shown()?;
        Ok(present::canonical_url(&app(ctx).settings.site, &self.0, section.as_deref()))
    }

    /// Where the publication's own site shows it.
    async fn url(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        let section = article::section_of(&reader(ctx), &self.0).await.shown()?;
        Ok(present::url(&app(ctx).settings.site, &self.0, section.as_deref()))
    }

    /// The lead image.
    async fn image(&self, ctx: &Context<'_>) -> Option<Image> {
        self.0.image.as_ref().map(|image| present::absolute_image(&app(ctx).settings.site, image).into())
    }

    /// The text.
    #[graphql(complexity = "5 + child_complexity")]
    async fn body(
        &self,
        #[graphql(
            desc = "Whether label, disclaimers and corrections stand in the rendered body. SEPARATE is refused \
                          unless they are selected beside it.",
            default
        )]
        notices: Notices,
    ) -> ArticleBody {
        ArticleBody { card: self.0.clone(), notices }
    }

    /// The disclaimers that whoever shows the article must show: its own, and those of the publisher's rules.
    async fn disclaimers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Disclaimer>> {
        let texts = article::disclaimers(&reader(ctx), &self.0, &app(ctx).disclaimer_rules).await.shown()?;
        Ok(texts.into_iter().map(|text| Disclaimer { text }).collect())
    }

    /// schema.org's description for search engines, as JSON-LD: put it as it is into `<script type="application/ld+json">`. Null
    /// when the article has just gone.
    #[graphql(complexity = 10)]
    async fn json_ld(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        let story = story::assemble(&reader(ctx), app(ctx), vec![self.0.clone()]).await.shown()?.pop();
        story.map(|story| json_ld::write(&app(ctx).settings.site, &story)).transpose().shown()
    }

    /// What was put right after publication, oldest first.
    async fn corrections(&self) -> Vec<Correction> {
        let shown = |c: &crate::model::article::Correction| Correction {
            published_at: DateTime(c.published_at),
            text: c.text.clone(),
        };
        self.0.corrections.iter().map(shown).collect()
    }

    /// What it is about, in the editors' order.
    #[graphql(complexity = "1 + 5 * child_complexity")]
    async fn topics(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only topics of this kind.")] kind: Option<TopicKind>,
    ) -> async_graphql::Result<Vec<Topic>> {
        let topics = article::topics(&reader(ctx), &self.0).await.shown()?;
        let fits = |topic: &Arc<crate::model::topic::Topic>| kind.is_none_or(|kind| topic.kind == kind.into());
        Ok(topics.into_iter().filter(fits).map(Topic).collect())
    }

    /// The latest others about its first topics of every kind but place: one block for each topic, no article twice.
    #[graphql(complexity = "block_cost(first, topics, child_complexity)")]
    async fn more_about(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many articles a block has.", default_with = "FEW")] first: i32,
        #[graphql(desc = "How many blocks there are.", default = 3)] topics: i32,
    ) -> async_graphql::Result<Vec<TopicBlock>> {
        self.blocks(ctx, Blocks::About, first, topics).await
    }

    /// The latest others from its first places: one block for each place, no article twice.
    #[graphql(complexity = "block_cost(first, topics, child_complexity)")]
    async fn more_from(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many articles a block has.", default_with = "FEW")] first: i32,
        #[graphql(desc = "How many blocks there are.", default = 3)] topics: i32,
    ) -> async_graphql::Result<Vec<TopicBlock>> {
        self.blocks(ctx, Blocks::From, first, topics).await
    }

    /// What to read next, nearest first, each with its reasons.
    #[graphql(complexity = "10 + super::connection::page_cost(Some(first), None, 0, child_complexity)")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "How many.", default_with = "FEW")] first: i32,
    ) -> async_graphql::Result<Vec<Related>> {
        let reasons = ctx.look_ahead().field("reasons").exists();
        let wanted = related::RelatedWanted { size: size(ctx, "first", first)?, reasons };
        let found = related::related(&reader(ctx), ctx.data_unchecked::<App>(), &self.0, wanted).await.shown()?;
        Ok(found
            .into_iter()
            .map(|related| Related {
                article: Article(related.card),
                score: related.score,
                reasons: related.reasons.into_iter().map(RelatedReason::from).collect(),
            })
            .collect())
    }

    /// Articles with nearly the same text: the same story published once more, or another version of it. None of them
    /// stands in `related`.
    #[graphql(complexity = "10 + 5 * child_complexity")]
    async fn duplicates(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Article>> {
        let found = related::duplicates(&reader(ctx), ctx.data_unchecked::<App>(), &self.0).await.shown()?;
        Ok(found.into_iter().map(Article).collect())
    }

    /// Who it comes from, where it is not the publication itself.
    async fn source(&self) -> Option<&str> {
        self.0.source.as_deref()
    }

    /// The licence, as an SPDX identifier or in words.
    async fn license(&self) -> Option<&str> {
        self.0.license.as_deref()
    }

    /// The notice that whoever shows the article must show.
    async fn copyright_notice(&self) -> Option<&str> {
        self.0.copyright_notice.as_deref()
    }

    /// The publications that it draws on.
    async fn info_sources(&self) -> Vec<InformationProvider> {
        let shown =
            |s: &crate::model::article::InfoSource| InformationProvider { name: s.name.clone(), url: s.url.clone() };
        self.0.info_sources.iter().map(shown).collect()
    }

    /// How many words the body has.
    async fn word_count(&self) -> i32 {
        self.0.word_count
    }
}

/// What blocks cost: every article of every block.
fn block_cost(first: i32, topics: i32, each: usize) -> usize {
    let count = |n: i32| usize::try_from(n).unwrap_or(0);
    count(first).saturating_mul(count(topics)).saturating_mul(each.max(1)).saturating_add(5)
}

impl Article {
    async fn blocks(
        &self,
        ctx: &Context<'_>,
        which: Blocks,
        first: i32,
        topics: i32,
    ) -> async_graphql::Result<Vec<TopicBlock>> {
        let (first, topics) = (size(ctx, "first", first)?, size(ctx, "topics", topics)?);
        let blocks =
            related::blocks(&reader(ctx), &self.0, BlocksWanted { which, each: first, topics }).await.shown()?;
        Ok(blocks
            .into_iter()
            .map(|block| TopicBlock {
                topic: Topic(block.topic),
                articles: block.cards.into_iter().map(Article).collect(),
            })
            .collect())
    }
}

/// How exactly an instant is known.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
#[graphql(remote = "Precision")]
pub enum DatePrecision {
    /// To the second or better.
    Instant,
    /// Only the day.
    Day,
}

/// Where the notices of an article stand.
#[derive(Enum, Clone, Copy, PartialEq, Eq, Default)]
pub enum Notices {
    /// In the rendered body, as blocks of their own style.
    #[default]
    Inline,
    /// Beside it, in `label`, `disclaimers` and `corrections`.
    Separate,
}

/// The text of an article, in the forms that renderers want.
pub struct ArticleBody {
    card: Arc<Card>,
    notices: Notices,
}

/// The article went away since its card was read: then it is gone, not empty.
pub(super) fn gone() -> Error {
    Error::new(Code::Gone, "The article was withdrawn while it was being read.")
}

impl ArticleBody {
    async fn render<T>(
        &self,
        ctx: &Context<'_>,
        render: impl FnOnce(&article::StoredBody, Option<&present::Notices<'_>>) -> crate::error::Result<T>,
    ) -> async_graphql::Result<T> {
        let stored = article::body(&reader(ctx), &self.card).await.shown()?;
        let stored = stored.ok_or_else(gone).shown()?;
        if self.notices == Notices::Separate {
            return render(&stored, None).shown();
        }
        let disclaimers = article::disclaimers(&reader(ctx), &self.card, &app(ctx).disclaimer_rules).await.shown()?;
        let label = article::label(&reader(ctx), &self.card, &app(ctx).label_rules).await.shown()?;
        let notices = present::Notices {
            label: label.as_deref(),
            disclaimers: &disclaimers,
            corrections: &self.card.corrections,
        };
        render(&stored, Some(&notices)).shown()
    }
}

/// The text of an article, in the forms that renderers want. All say the same.
#[Object]
impl ArticleBody {
    /// Semantic HTML without script or inline style.
    async fn html(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        self.render(ctx, |stored, notices| Ok(present::body_html(&stored.html, notices))).await
    }

    /// Portable Text: an array of blocks.
    async fn portable_text(&self, ctx: &Context<'_>) -> async_graphql::Result<PortableText> {
        self.render(ctx, |stored, notices| present::body_portable_text(&stored.json, notices).map(PortableText)).await
    }

    /// CommonMark.
    async fn markdown(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        self.render(ctx, |stored, notices| present::body_markdown(&stored.json, notices)).await
    }

    /// Plain text.
    async fn text(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        self.render(ctx, |stored, notices| present::body_text(&stored.json, notices)).await
    }
}

/// An image.
#[derive(SimpleObject)]
pub struct Image {
    /// Where it is.
    url: String,
    /// What is to be seen, for those who do not see it.
    alt: Option<String>,
    /// The line below it.
    caption: Option<String>,
    /// Who made it. Whoever shows the image shows it too.
    credit: Option<String>,
    /// Width in pixels.
    width: Option<u32>,
    /// Height in pixels.
    height: Option<u32>,
}

impl From<crate::model::article::Image> for Image {
    fn from(image: crate::model::article::Image) -> Image {
        Image {
            url: image.url,
            alt: image.alt,
            caption: image.caption,
            credit: image.credit,
            width: image.width,
            height: image.height,
        }
    }
}

/// A sentence that whoever shows the article must show.
#[derive(SimpleObject)]
pub struct Disclaimer {
    /// The sentence.
    text: String,
}

/// A public note of what was put right.
#[derive(SimpleObject)]
pub struct Correction {
    /// When it was put right.
    published_at: DateTime,
    /// What was wrong.
    text: String,
}

/// A publication that an article draws on.
#[derive(SimpleObject)]
pub struct InformationProvider {
    /// Its name.
    name: String,
    /// Where it can be read.
    url: Option<String>,
}

/// The latest others about one topic.
#[derive(SimpleObject)]
pub struct TopicBlock {
    /// The topic.
    topic: Topic,
    /// The articles, newest first.
    articles: Vec<Article>,
}

/// An article to read next.
#[derive(SimpleObject)]
pub struct Related {
    /// The article.
    article: Article,
    /// How near it is; comparable within one list only.
    score: f64,
    /// Why, the strongest reason first.
    reasons: Vec<RelatedReason>,
}

/// A reason in words that a reader understands.
#[derive(SimpleObject)]
pub struct RelatedReason {
    /// What sort of reason.
    kind: RelatedReasonKind,
    /// The words.
    text: String,
}

/// What sort of reason makes two articles related.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum RelatedReasonKind {
    /// An editor put the one beside the other.
    EditorsPick,
    /// Both are about a topic.
    SharedTopic,
    /// Both are from a place.
    SamePlace,
    /// Their words are alike.
    SimilarText,
    /// It is simply the latest.
    Latest,
}

impl From<related::ReasonKind> for RelatedReasonKind {
    fn from(kind: related::ReasonKind) -> RelatedReasonKind {
        match kind {
            related::ReasonKind::SharedTopic => RelatedReasonKind::SharedTopic,
            related::ReasonKind::SamePlace => RelatedReasonKind::SamePlace,
            related::ReasonKind::EditorsPick => RelatedReasonKind::EditorsPick,
            related::ReasonKind::SimilarText => RelatedReasonKind::SimilarText,
            related::ReasonKind::Latest => RelatedReasonKind::Latest,
        }
    }
}

impl From<related::Reason> for RelatedReason {
    fn from(reason: related::Reason) -> RelatedReason {
        RelatedReason { kind: reason.kind.into(), text: reason.text }
    }
}
