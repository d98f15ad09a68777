//! What somebody wants changed of an article: a form of which every field may be left out.

use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::manuscript::{Shown, shown_as};
use super::taxonomy;
use super::terms::{Terms, is_name};
use crate::error::{Code, Error, Result};
use crate::formats::jsonl::{AuthorName, TopicName};
use crate::formats::{Dropped, html, markdown, text as plain};
use crate::model::article::{Byline, Document, Genre, Image, InfoSource};
use crate::model::author::AuthorKind;
use crate::model::body::{Body, address};
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::time::{Instant, Precision};
use crate::model::topic::TopicKind;
use crate::model::workflow::Hand;
use crate::model::{language, text};
use crate::store::terms::{self, Noun, Offer, Term};
use crate::store::{Tx, articles};

/// The most characters of a line such as a label or a source.
const LINE_MOST: usize = 500;
/// The most characters of a text such as a summary or a disclaimer.
const TEXT_MOST: usize = 10_000;

/// A field that was sent, though it may be null.
pub(super) fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    d: D,
) -> std::result::Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(d).map(Some)
}

/// A text that there must be: null would empty it, and is refused as an empty one is.
pub(super) fn needed<'de, D: Deserializer<'de>>(d: D) -> std::result::Result<Option<String>, D::Error> {
    Option::<String>::deserialize(d).map(|text| Some(text.unwrap_or_default()))
}

/// What is to be changed of an article. What is left out stays; null empties a field.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Changes {
    /// One line.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 1000, pattern = r"\S", example = "Harbour bridge opens after three years")]
    pub headline: Option<String>,
    /// The kicker above it, such as "Op-Ed".
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500, example = "Op-Ed")]
    pub label: Option<Option<String>>,
    /// What the piece is: `news`, `opinion`, `analysis` …
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 120, example = "opinion")]
    pub genre: Option<Option<String>>,
    /// A sentence or two, plain text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub summary: Option<Option<String>>,
    /// The text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<BodyInput>)]
    pub body: Option<Option<BodyInput>>,
    /// The section, by its id or slug. It must be there.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120, example = "politics")]
    pub section: Option<Option<String>>,
    /// The byline, in order.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<BylineInput>>, max_items = 200)]
    pub authors: Option<Option<Vec<BylineInput>>>,
    /// What it is about, in order.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<TopicInput>>, max_items = 200)]
    pub topics: Option<Option<Vec<TopicInput>>>,
    /// The lead image.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ImageInput>)]
    pub image: Option<Option<ImageInput>>,
    /// BCP 47 tag; null is the publication's own.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 63, example = "en")]
    pub language: Option<Option<String>>,
    /// The instant that it is dated with; null is when it first becomes public.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Option<Instant>>,
    /// It does not become public before this instant, whatever else is done.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub embargoed_until: Option<Option<Instant>>,
    /// The original's address, where the piece first stood elsewhere.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 4096, example = "https://www.example.org/original")]
    pub canonical_url: Option<Option<String>>,
    /// Who it comes from, where it is not the publication itself.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub source: Option<Option<String>>,
    /// The licence, as an SPDX identifier or in words.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub license: Option<Option<String>>,
    /// The notice that whoever shows the piece must show.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub copyright_notice: Option<Option<String>>,
    /// What it draws on.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<InfoSourceInput>>, max_items = 200)]
    pub info_sources: Option<Option<Vec<InfoSourceInput>>>,
    /// Disclaimers of this piece, before those that rules add.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    pub disclaimers: Option<Option<Vec<String>>>,
    /// Articles that are to stand beside it, by URI, or by the id of one that is public, in order.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>, max_items = 20)]
    pub related: Option<Option<Vec<String>>>,
}

/// A text, in one form.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum BodyInput {
    /// Portable Text: an array of blocks.
    PortableText(
        /// The blocks.
        Blocks,
    ),
    /// HTML, of which an allow-list is kept.
    Html(
        /// The source.
        String,
    ),
    /// Markdown, of which an allow-list is kept.
    Markdown(
        /// The source.
        String,
    ),
    /// Plain text; blank lines part paragraphs.
    Text(
        /// The text.
        String,
    ),
}

/// Blocks of Portable Text.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Vec<Object>, max_items = 10000)]
pub struct Blocks(
    /// The blocks.
    pub Vec<serde_json::Value>,
);

/// An author in the byline: by id, by slug, or by name, which makes one that is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct BylineInput {
    /// The id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^aut_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "aut_0cf9b4z8r1c0g")]
    pub id: Option<String>,
    /// The slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120, example = "ada-marsh")]
    pub slug: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300, example = "Ada Marsh")]
    pub name: Option<String>,
    /// `STAFF`, `CONTRIBUTOR` or `INDEPENDENT`, of a name that is not known yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 11, example = "STAFF")]
    pub kind: Option<String>,
    /// As what, where it is not simply the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500, example = "photographs")]
    pub role: Option<String>,
}

/// A topic: by id, by slug, or by name, which makes one that is not known yet.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicInput {
    /// The id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(pattern = "^top_[0-7][0-9a-hjkmnp-tv-z]{12}$", example = "top_0cf9b4z8r1c0g")]
    pub id: Option<String>,
    /// The slug.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120, example = "elections")]
    pub slug: Option<String>,
    /// The name.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 300, example = "Elections")]
    pub name: Option<String>,
    /// `SUBJECT`, `PERSON`, `ORGANISATION`, `PLACE`, `EVENT` or `ENTITY`, of a name; a subject when it is left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 12, example = "SUBJECT")]
    pub kind: Option<String>,
}

/// An image by address.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageInput {
    /// `http(s)` address, or a path that begins with `/`.
    #[schema(min_length = 1, max_length = 4096, example = "https://media.example.org/bridge.jpg")]
    pub url: String,
    /// What is to be seen, for those who do not see it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub alt: Option<String>,
    /// The line below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 10000)]
    pub caption: Option<String>,
    /// Who made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 500)]
    pub credit: Option<String>,
    /// Width in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100000)]
    pub width: Option<u32>,
    /// Height in pixels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 100000)]
    pub height: Option<u32>,
}

/// A publication that the article draws on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct InfoSourceInput {
    /// Its name.
    #[schema(min_length = 1, max_length = 500)]
    pub name: String,
    /// Where it can be read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 4096)]
    pub url: Option<String>,
}

/// Changes whose text has been read: what needs no database is done before the transaction.
#[derive(Clone)]
pub(super) struct Read {
    changes: Changes,
    body: Option<Body>,
    /// What was left out of the body.
    pub dropped: Vec<Dropped>,
}

impl Changes {
    /// Reads the body and holds the texts against the rules.
    pub(super) fn read(self) -> Result<Read> {
        let (body, dropped) = match &self.body {
            None => (None, Vec::new()),
            Some(None) => (Some(Body::default()), Vec::new()),
            Some(Some(input)) => {
                let (body, dropped) = input.read()?;
                (Some(body), dropped)
            }
        };
        Ok(Read { changes: self, body, dropped })
    }
}

impl BodyInput {
    fn read(&self) -> Result<(Body, Vec<Dropped>)> {
        Ok(match self {
            BodyInput::PortableText(blocks) => {
                let json = serde_json::to_string(blocks).map_err(Error::internal)?;
                (Body::from_json(&json)?, Vec::new())
            }
            BodyInput::Html(source) => {
                let parsed = html::parse(&text::checked("body", source)?);
                (parsed.body, parsed.dropped)
            }
            BodyInput::Markdown(source) => {
                let parsed = markdown::parse(&text::checked("body", source)?);
                (parsed.body, parsed.dropped)
            }
            BodyInput::Text(source) => (plain::parse(&text::checked("body", source)?), Vec::new()),
        })
    }
}

fn unfit(field: &str, says: impl Into<String>) -> Error {
    Error::new(Code::InvalidInput, says).at(field)
}

fn line(field: &str, value: &str, most: usize) -> Result<String> {
    let (line, _) = text::one_line(&text::checked(field, value)?);
    if line.chars().count() > most {
        return Err(unfit(field, format!("{field} has more than {most} characters.")));
    }
    Ok(line)
}

fn optional_line(field: &str, value: Option<&String>, most: usize) -> Result<Option<String>> {
    Ok(value.map(|value| line(field, value, most)).transpose()?.filter(|line| !line.is_empty()))
}

fn whole(field: &str, value: &str) -> Result<String> {
    let value = text::checked(field, value.trim())?;
    if value.chars().count() > TEXT_MOST {
        return Err(unfit(field, format!("{field} has more than {TEXT_MOST} characters.")));
    }
    Ok(value)
}

fn url(field: &str, value: Option<&String>) -> Result<Option<String>> {
    let Some(value) = value.map(|value| value.trim()).filter(|value| !value.is_empty()) else { return Ok(None) };
    match address::absolute(value) {
        Ok(()) => Ok(Some(value.to_owned())),
        Err(fault) => Err(unfit(field, format!("{field} {fault}."))),
    }
}

fn image(input: &ImageInput) -> Result<Image> {
    let address = input.url.trim();
    if let Err(fault) = address::resource(address) {
        return Err(unfit("image.url", format!("image.url {fault}.")));
    }
    if !(address.contains("://") || address.starts_with('/')) {
        return Err(unfit("image.url", "image.url is neither an address nor a path that begins with /."));
    }
    let size = |field: &str, n: Option<u32>| match n {
        Some(n) if n == 0 || n > 100_000 => Err(unfit(field, format!("{field} is to be 1 to 100,000 pixels."))),
        n => Ok(n),
    };
    Ok(Image {
        url: address.to_owned(),
        alt: optional_line("image.alt", input.alt.as_ref(), TEXT_MOST)?,
        caption: optional_line("image.caption", input.caption.as_ref(), TEXT_MOST)?,
        credit: optional_line("image.credit", input.credit.as_ref(), LINE_MOST)?,
        width: size("image.width", input.width)?,
        height: size("image.height", input.height)?,
    })
}

/// A document that has nothing but its language.
pub(super) fn blank(language: &str) -> Document {
    Document {
        headline: String::new(),
        label: None,
        genre: Genre::default(),
        summary: String::new(),
        body: Body::default(),
        section: None,
        authors: Vec::new(),
        topics: Vec::new(),
        image: None,
        language: language.to_owned(),
        published_at: None,
        published_precision: Precision::default(),
        embargoed_until: None,
        updated_at: None,
        canonical_url: None,
        source: None,
        license: None,
        copyright_notice: None,
        info_sources: Vec::new(),
        disclaimers: Vec::new(),
        corrections: Vec::new(),
        related: Vec::new(),
    }
}

impl Read {
    /// The document with these changes. `offers` is what the article said of its terms before, and says afterwards; with
    /// `public` what is said of terms is believed at once. `language` is the publication's own.
    pub(super) async fn apply(
        &self,
        tx: &mut Tx,
        terms: &mut Terms,
        mut document: Document,
        offers: &mut Vec<Offer>,
        with: &With<'_>,
    ) -> Result<Document> {
        let changes = &self.changes;
        terms.begin_written(!with.public);
        // When it was last updated is for the store to say from now on.
        document.updated_at = None;
        if let Some(headline) = &changes.headline {
            document.headline = line("headline", headline, Document::HEADLINE_MOST)?;
        }
        if let Some(label) = &changes.label {
            document.label = optional_line("label", label.as_ref(), LINE_MOST)?;
        }
        if let Some(genre) = &changes.genre {
            let genre = optional_line("genre", genre.as_ref(), crate::model::slug::MOST)?;
            document.genre = genre.as_deref().map(Genre::new).unwrap_or_default();
        }
        if let Some(summary) = &changes.summary {
            document.summary = whole("summary", summary.as_deref().unwrap_or_default())?;
        }
        if let Some(body) = &self.body {
            document.body = body.clone();
        }
        if let Some(image_input) = &changes.image {
            document.image = image_input.as_ref().map(image).transpose()?;
        }
        if let Some(language) = &changes.language {
            document.language = language::settled(language.as_deref().unwrap_or(with.language));
        }
        if let Some(at) = changes.published_at {
            document.published_at = at;
            document.published_precision = Precision::default();
        }
        if let Some(at) = changes.embargoed_until {
            document.embargoed_until = at;
        }
        if let Some(address) = &changes.canonical_url {
            document.canonical_url = url("canonicalUrl", address.as_ref())?;
        }
        if let Some(source) = &changes.source {
            document.source = optional_line("source", source.as_ref(), LINE_MOST)?;
        }
        if let Some(license) = &changes.license {
            document.license = optional_line("license", license.as_ref(), LINE_MOST)?;
        }
        if let Some(notice) = &changes.copyright_notice {
            document.copyright_notice = optional_line("copyrightNotice", notice.as_ref(), TEXT_MOST)?;
        }
        if let Some(sources) = &changes.info_sources {
            document.info_sources = info_sources(sources.as_deref().unwrap_or_default())?;
        }
        if let Some(disclaimers) = &changes.disclaimers {
            let all = disclaimers.as_deref().unwrap_or_default();
            if all.len() > 20 {
                return Err(unfit("disclaimers", "disclaimers has more than 20 entries."));
            }
            document.disclaimers = all.iter().map(|d| line("disclaimers", d, TEXT_MOST)).collect::<Result<_>>()?;
            document.disclaimers.retain(|disclaimer| !disclaimer.is_empty());
        }
        self.names(tx, terms, &mut document, offers, with).await?;
        document.check()?;
        // What was said of terms before and is not said anew still counts, as long as the document names them.
        let fresh = terms.offers();
        let named = |offer: &Offer| {
            document.authors.iter().any(|byline| byline.author.0 == offer.term)
                || document.topics.iter().any(|id| id.0 == offer.term)
                || document.section.is_some_and(|id| id.0 == offer.term)
        };
        offers.retain(|offer| named(offer) && !fresh.iter().any(|new| new.term == offer.term));
        offers.extend(fresh);
        Ok(document)
    }

    async fn names(
        &self,
        tx: &mut Tx,
        terms: &mut Terms,
        document: &mut Document,
        offers: &[Offer],
        with: &With<'_>,
    ) -> Result<()> {
        let changes = &self.changes;
        let names = changes.section.is_some() || changes.authors.is_some() || changes.topics.is_some();
        // Who writes may send back what they were shown of the article's own names.
        let shown = if names { shown_as(tx.conn(), document, offers, with.hand).await? } else { Shown::new() };
        if let Some(section) = &changes.section {
            document.section = match section {
                Some(key) => {
                    let says = "Make it first, or choose one that is there.";
                    Some(SectionId(pick(tx, "section", Noun::Section, key, with, &shown, says).await?.id))
                }
                None => None,
            };
        }
        if let Some(authors) = &changes.authors {
            document.authors = Vec::new();
            for input in authors.iter().flatten() {
                let author = author(tx, terms, input, with, &shown).await?;
                let role = optional_line("authors.role", input.role.as_ref(), LINE_MOST)?;
                if !document.authors.iter().any(|byline| byline.author == author) {
                    document.authors.push(Byline { author, role });
                }
            }
        }
        if let Some(topics) = &changes.topics {
            document.topics = Vec::new();
            for input in topics.iter().flatten() {
                let topic = topic(tx, terms, input, with, &shown).await?;
                if !document.topics.contains(&topic) {
                    document.topics.push(topic);
                }
            }
        }
        if let Some(related) = &changes.related {
            document.related = Vec::new();
            for key in related.iter().flatten() {
                let uri = beside(tx, key).await?;
                if !document.related.contains(&uri) {
                    document.related.push(uri);
                }
            }
        }
        Ok(())
    }
}

/// With what changes are applied.
pub(super) struct With<'a> {
    /// By which hand: a writer does not learn what others' drafts name.
    pub hand: Hand,
    /// Whether the document becomes public in the same transaction.
    pub public: bool,
    /// The publication's own language.
    pub language: &'a str,
}

fn info_sources(inputs: &[InfoSourceInput]) -> Result<Vec<InfoSource>> {
    if inputs.len() > Document::LINKS_MOST {
        return Err(unfit("infoSources", "infoSources has more than 200 entries."));
    }
    let one = |input: &InfoSourceInput| {
        let name = line("infoSources.name", &input.name, LINE_MOST)?;
        if name.is_empty() {
            return Err(unfit("infoSources.name", "infoSources has an entry without a name."));
        }
        Ok(InfoSource { name, url: url("infoSources.url", input.url.as_ref())? })
    };
    inputs.iter().map(one).collect()
}

/// A term by its id or slug. Whoever only writes finds what is public or settled, and what the article names itself as they were
/// shown it, and not what others' drafts name.
async fn pick(
    tx: &mut Tx,
    field: &str,
    noun: Noun,
    key: &str,
    with: &With<'_>,
    shown: &Shown,
    mend: &str,
) -> Result<Term> {
    let id = taxonomy::number(noun, key);
    let as_shown = id.map_or_else(|| key.to_owned(), |id| taxonomy::id_text(noun, id));
    if let Some(own) = shown.get(&(noun, as_shown))
        && let Some(term) = terms::of_noun(tx.conn(), noun, *own).await?
    {
        return Ok(term);
    }
    let found = match id {
        Some(id) => terms::of_noun(tx.conn(), noun, id).await?,
        None if is_name(key) => terms::find(tx.conn(), noun, key).await?,
        None => None,
    };
    let seen = match found {
        // Nor what such a name was merged into since.
        Some(term) if with.hand == Hand::Writer => {
            taxonomy::is_open(tx.conn(), noun, key, &term).await?.then_some(term)
        }
        found => found,
    };
    seen.ok_or_else(|| unfit(field, format!("The newsroom knows no {} {key:?}. {mend}", noun.word())))
}

const BY_NAME: &str = "Give its name to make it.";

async fn author(
    tx: &mut Tx,
    terms: &mut Terms,
    input: &BylineInput,
    with: &With<'_>,
    shown: &Shown,
) -> Result<AuthorId> {
    let key = input.id.as_ref().or(input.slug.as_ref().filter(|_| input.name.is_none()));
    if let Some(key) = key {
        return Ok(AuthorId(pick(tx, "authors", Noun::Author, key, with, shown, BY_NAME).await?.id));
    }
    let Some(name) = &input.name else {
        return Err(unfit("authors", "An author is named by id, slug or name; one has none of them."));
    };
    let kind = match &input.kind {
        Some(kind) if AuthorKind::parse(kind).is_none() => {
            let says = "The kind of an author is STAFF, CONTRIBUTOR or INDEPENDENT.";
            return Err(unfit("authors.kind", says));
        }
        kind => kind.clone(),
    };
    let name = AuthorName {
        name: text::checked("authors.name", name)?,
        kind,
        slug: input.slug.clone(),
        ..AuthorName::default()
    };
    terms.author(tx, &name).await
}

async fn topic(tx: &mut Tx, terms: &mut Terms, input: &TopicInput, with: &With<'_>, shown: &Shown) -> Result<TopicId> {
    let key = input.id.as_ref().or(input.slug.as_ref().filter(|_| input.name.is_none()));
    if let Some(key) = key {
        return Ok(TopicId(pick(tx, "topics", Noun::Topic, key, with, shown, BY_NAME).await?.id));
    }
    let Some(name) = &input.name else {
        return Err(unfit("topics", "A topic is named by id, slug or name; one has none of them."));
    };
    let kind = match &input.kind {
        None => TopicKind::Subject,
        Some(kind) => TopicKind::parse(&kind.to_ascii_lowercase()).ok_or_else(|| {
            unfit("topics.kind", "The kind of a topic is SUBJECT, PERSON, ORGANISATION, PLACE, EVENT or ENTITY.")
        })?,
    };
    let name =
        TopicName { name: text::checked("topics.name", name)?, slug: input.slug.clone(), ..TopicName::default() };
    terms.topic(tx, kind, &name).await
}

/// The URI of an article that is to stand beside.
async fn beside(tx: &mut Tx, key: &str) -> Result<String> {
    let key = line("related", key, 2_000)?;
    if key.is_empty() {
        return Err(unfit("related", "related has an empty entry."));
    }
    let Ok(id) = key.parse::<ArticleId>() else { return Ok(key) };
    // By id what is public only: whether there is something else under it is nobody's business.
    match articles::by_ids(tx.conn(), &[id]).await?.pop() {
        Some(card) => Ok(card.uri),
        None => {
            Err(unfit("related", format!("No public article has the id {id}; name one that is not public by its URI.")))
        }
    }
}
