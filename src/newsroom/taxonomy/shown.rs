//! What the doors show of topics, sections and authors to whoever writes.

use serde::Serialize;
use utoipa::ToSchema;

use super::{Look, Noun, Term, id_text};
use crate::error::{Error, Result};
use crate::model::author::AuthorAbout;
use crate::model::section::SectionAbout;
use crate::model::topic::{ExternalId, TopicAbout};

/// A topic, a section or an author as the newsroom has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomTerm {
    /// The id, the same as readers have.
    #[schema(example = "top_0cf9b4z8r1c0g")]
    pub id: String,
    /// `TOPIC`, `SECTION` or `AUTHOR`.
    #[serde(rename = "type")]
    #[schema(example = "TOPIC")]
    pub noun: String,
    /// The slug.
    #[schema(example = "local-elections")]
    pub slug: String,
    /// The name.
    #[schema(example = "Local elections")]
    pub name: String,
    /// The kind of a topic or of an author; null of a section.
    #[schema(required = true, example = "SUBJECT")]
    pub kind: Option<String>,
    /// What lies above it.
    #[schema(required = true)]
    pub parent: Option<TermLink>,
    /// A sentence or two of a topic or section, or an author's biography: plain text.
    #[schema(required = true)]
    pub description: Option<String>,
    /// What other vocabularies call it.
    #[schema(max_items = 1000)]
    pub external_ids: Vec<TermCode>,
    /// For whom an author speaks, where it is not the publication.
    #[schema(required = true)]
    pub organisation: Option<String>,
    /// An author's page.
    #[schema(required = true)]
    pub url: Option<String>,
    /// The address of an author's portrait.
    #[schema(required = true)]
    pub image: Option<String>,
    /// Earlier slugs, and codes of vocabularies, that lead to it.
    #[schema(max_items = 100000)]
    pub aliases: Vec<String>,
    /// Whether it is public without an article that uses it.
    pub listed: bool,
    /// Whether readers see it now.
    pub public: bool,
    /// Whether only drafts have named it so far: what they say of it is not settled.
    pub provisional: bool,
    /// How many published articles use it; a section's with those below it.
    pub article_count: i64,
    /// Counts the writes: what a write takes as the version.
    #[schema(minimum = 1)]
    pub version: i32,
}

/// Another topic or section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermLink {
    /// The id.
    pub id: String,
    /// The slug.
    pub slug: String,
    /// The name.
    pub name: String,
}

/// A concept's code in a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TermCode {
    /// The vocabulary.
    #[schema(example = "medtop")]
    pub scheme: String,
    /// The code in it.
    #[schema(example = "20000065")]
    pub code: String,
}

fn read<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn code(id: ExternalId) -> TermCode {
    TermCode { scheme: id.scheme, code: id.code }
}

impl NewsroomTerm {
    /// What is shown of a term.
    ///
    /// # Errors
    /// `INTERNAL` when the store holds what this program cannot read.
    pub fn of(noun: Noun, look: &Look) -> Result<NewsroomTerm> {
        let term = &look.term;
        let link =
            |term: &Term| TermLink { id: id_text(noun, term.id), slug: term.slug.clone(), name: term.name.clone() };
        let mut shown = NewsroomTerm {
            id: id_text(noun, term.id),
            noun: noun.word().to_ascii_uppercase(),
            slug: term.slug.clone(),
            name: term.name.clone(),
            kind: Some(term.kind.to_ascii_uppercase()).filter(|kind| !kind.is_empty()),
            parent: look.parent.as_ref().map(link),
            description: None,
            external_ids: Vec::new(),
            organisation: None,
            url: None,
            image: None,
            aliases: look.aliases.clone(),
            listed: term.listed,
            public: look.public,
            provisional: term.provisional,
            article_count: look.articles,
            version: term.edit,
        };
        match noun {
            Noun::Topic => {
                let about: TopicAbout = read(&term.about)?;
                shown.description = about.description;
                shown.external_ids = about.external_ids.into_iter().map(code).collect();
            }
            Noun::Section => shown.description = read::<SectionAbout>(&term.about)?.description,
            Noun::Author => {
                let about: AuthorAbout = read(&term.about)?;
                shown.description = about.bio;
                shown.organisation = about.organisation;
                shown.url = about.url;
                shown.image = about.image.map(|image| image.url);
            }
        }
        Ok(shown)
    }
}
