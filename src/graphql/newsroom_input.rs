//! What is sent to write an article: the same form as REST takes, with GraphQL's ways of leaving out and of null.

use async_graphql::{ID, InputObject, Json, MaybeUndefined};
use serde_json::Value;

use super::scalars::DateTime;
use crate::newsroom::changes::{Blocks, BodyInput, BylineInput, Changes, ImageInput, InfoSourceInput, TopicInput};

/// What is to be changed of an article. What is left out stays; null empties a field.
#[derive(InputObject, Default)]
pub struct ArticleChanges {
    /// One line.
    headline: MaybeUndefined<String>,
    /// The kicker above it, such as "Op-Ed".
    label: MaybeUndefined<String>,
    /// What the piece is: `news`, `opinion`, `analysis` …
    genre: MaybeUndefined<String>,
    /// A sentence or two, plain text.
    summary: MaybeUndefined<String>,
    /// The text.
    body: MaybeUndefined<BodyInputObject>,
    /// The section, by its id or slug. It must be there.
    section: MaybeUndefined<String>,
    /// The byline, in order.
    authors: MaybeUndefined<Vec<BylineInputObject>>,
    /// What it is about, in order.
    topics: MaybeUndefined<Vec<TopicInputObject>>,
    /// The lead image.
    image: MaybeUndefined<ImageInputObject>,
    /// BCP 47 tag; null is the publication's own.
    language: MaybeUndefined<String>,
    /// The instant that it is dated with; null is when it first becomes public.
    published_at: MaybeUndefined<DateTime>,
    /// It does not become public before this instant, whatever else is done.
    embargoed_until: MaybeUndefined<DateTime>,
    /// The original's address, where the piece first stood elsewhere.
    canonical_url: MaybeUndefined<String>,
    /// Who it comes from, where it is not the publication itself.
    source: MaybeUndefined<String>,
    /// The licence, as an SPDX identifier or in words.
    license: MaybeUndefined<String>,
    /// The notice that whoever shows the piece must show.
    copyright_notice: MaybeUndefined<String>,
    /// What it draws on.
    info_sources: MaybeUndefined<Vec<InfoSourceInputObject>>,
    /// Disclaimers of this piece, before those that rules add.
    disclaimers: MaybeUndefined<Vec<String>>,
    /// Articles that are to stand beside it, by URI, or by the id of one that is public, in order.
    related: MaybeUndefined<Vec<String>>,
}

/// A text, in one form.
#[derive(async_graphql::OneofObject)]
#[graphql(name = "ArticleBodyInput")]
pub enum BodyInputObject {
    /// Portable Text: an array of blocks.
    PortableText(Json<Vec<Value>>),
    /// HTML, of which an allow-list is kept.
    Html(String),
    /// Markdown, of which an allow-list is kept.
    Markdown(String),
    /// Plain text; blank lines part paragraphs.
    Text(String),
}

/// An author in the byline: by id, by slug, or by name, which makes one that is not known yet.
#[derive(InputObject)]
#[graphql(name = "BylineInput")]
pub struct BylineInputObject {
    /// The id.
    id: Option<ID>,
    /// The slug.
    slug: Option<String>,
    /// The name.
    name: Option<String>,
    /// `STAFF`, `CONTRIBUTOR` or `INDEPENDENT`, of a name that is not known yet.
    kind: Option<String>,
    /// As what, where it is not simply the text.
    role: Option<String>,
}

/// A topic: by id, by slug, or by name, which makes one that is not known yet.
#[derive(InputObject)]
#[graphql(name = "TopicInput")]
pub struct TopicInputObject {
    /// The id.
    id: Option<ID>,
    /// The slug.
    slug: Option<String>,
    /// The name.
    name: Option<String>,
    /// `SUBJECT`, `PERSON`, `ORGANISATION`, `PLACE`, `EVENT` or `ENTITY`, of a name; a subject when it is left out.
    kind: Option<String>,
}

/// An image by address.
#[derive(InputObject)]
#[graphql(name = "ImageInput")]
pub struct ImageInputObject {
    /// `http(s)` address, or a path that begins with `/`.
    url: String,
    /// What is to be seen, for those who do not see it.
    alt: Option<String>,
    /// The line below it.
    caption: Option<String>,
    /// Who made it.
    credit: Option<String>,
    /// Width in pixels.
    width: Option<u32>,
    /// Height in pixels.
    height: Option<u32>,
}

/// A publication that the article draws on.
#[derive(InputObject)]
#[graphql(name = "InfoSourceInput")]
pub struct InfoSourceInputObject {
    /// Its name.
    name: String,
    /// Where it can be read.
    url: Option<String>,
}

pub(super) fn given<T, U>(value: MaybeUndefined<T>, of: impl Fn(T) -> U) -> Option<Option<U>> {
    match value {
        MaybeUndefined::Undefined => None,
        MaybeUndefined::Null => Some(None),
        MaybeUndefined::Value(value) => Some(Some(of(value))),
    }
}

fn each<T, U>(values: Vec<T>, of: impl Fn(T) -> U) -> Vec<U> {
    values.into_iter().map(of).collect()
}

impl From<ArticleChanges> for Changes {
    fn from(input: ArticleChanges) -> Changes {
        Changes {
            // There must be one, so null is refused as an empty one is.
            headline: given(input.headline, |text| text).map(Option::unwrap_or_default),
            label: given(input.label, |text| text),
            genre: given(input.genre, |text| text),
            summary: given(input.summary, |text| text),
            body: given(input.body, Into::into),
            section: given(input.section, |text| text),
            authors: given(input.authors, |all| each(all, Into::into)),
            topics: given(input.topics, |all| each(all, Into::into)),
            image: given(input.image, Into::into),
            language: given(input.language, |text| text),
            published_at: given(input.published_at, |at| at.0),
            embargoed_until: given(input.embargoed_until, |at| at.0),
            canonical_url: given(input.canonical_url, |text| text),
            source: given(input.source, |text| text),
            license: given(input.license, |text| text),
            copyright_notice: given(input.copyright_notice, |text| text),
            info_sources: given(input.info_sources, |all| each(all, Into::into)),
            disclaimers: given(input.disclaimers, |all| all),
            related: given(input.related, |all| all),
        }
    }
}

impl From<BodyInputObject> for BodyInput {
    fn from(input: BodyInputObject) -> BodyInput {
        match input {
            BodyInputObject::PortableText(Json(blocks)) => BodyInput::PortableText(Blocks(blocks)),
            BodyInputObject::Html(source) => BodyInput::Html(source),
            BodyInputObject::Markdown(source) => BodyInput::Markdown(source),
            BodyInputObject::Text(text) => BodyInput::Text(text),
        }
    }
}

impl From<BylineInputObject> for BylineInput {
    fn from(input: BylineInputObject) -> BylineInput {
        let id = input.id.map(|id| id.0);
        BylineInput { id, slug: input.slug, name: input.name, kind: input.kind, role: input.role }
    }
}

impl From<TopicInputObject> for TopicInput {
    fn from(input: TopicInputObject) -> TopicInput {
        TopicInput { id: input.id.map(|id| id.0), slug: input.slug, name: input.name, kind: input.kind }
    }
}

impl From<ImageInputObject> for ImageInput {
    fn from(input: ImageInputObject) -> ImageInput {
        ImageInput {
            url: input.url,
            alt: input.alt,
            caption: input.caption,
            credit: input.credit,
            width: input.width,
            height: input.height,
        }
    }
}

impl From<InfoSourceInputObject> for InfoSourceInput {
    fn from(input: InfoSourceInputObject) -> InfoSourceInput {
        InfoSourceInput { name: input.name, url: input.url }
    }
}
