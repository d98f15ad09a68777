//! What somebody wants a topic, a section or an author to be: forms of which every field may be left out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::error::{Code, Error, Result};
use crate::model::article::Image;
use crate::model::author::{AuthorAbout, AuthorKind};
use crate::model::body::address;
use crate::model::section::SectionAbout;
use crate::model::text;
use crate::model::topic::{ExternalId, TopicAbout, TopicKind};
use crate::newsroom::changes::{given, needed};
use crate::store::terms::{Noun, Term};

/// The longest name, in characters.
const NAME_MOST: usize = 300;
/// The longest line, such as an organisation, in characters.
const LINE_MOST: usize = 500;
/// The longest text, such as a biography, in characters.
const TEXT_MOST: usize = 10_000;
/// The most codes of other vocabularies.
const CODES_MOST: usize = 50;

/// What is to be changed of a topic. What is left out stays; null empties a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TopicForm {
    /// The name; a new topic needs one.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 300, pattern = r"\S", example = "Local elections")]
    pub name: Option<String>,
    /// The slug; made of the name when a new topic has none. The old one leads to the new one for good.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "local-elections")]
    pub slug: Option<String>,
    /// `SUBJECT`, `PERSON`, `ORGANISATION`, `PLACE`, `EVENT` or `ENTITY`; a new topic is a subject.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, max_length = 12, pattern = "^(SUBJECT|PERSON|ORGANISATION|PLACE|EVENT|ENTITY)$", example = "SUBJECT")]
    pub kind: Option<String>,
    /// The broader topic, by its id or slug.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120, example = "elections")]
    pub parent: Option<Option<String>>,
    /// A sentence or two, plain text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub description: Option<Option<String>>,
    /// What other vocabularies call it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<ExternalIdForm>>, max_items = 50)]
    pub external_ids: Option<Option<Vec<ExternalIdForm>>>,
    /// Whether it is public without an article that is about it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool)]
    pub listed: Option<Option<bool>>,
}

/// A concept's code in a vocabulary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ExternalIdForm {
    /// The vocabulary: `medtop`, `wikidata` …
    #[schema(min_length = 1, max_length = 63, pattern = r"^[A-Za-z0-9._-]+$", example = "medtop")]
    pub scheme: String,
    /// The code in it.
    #[schema(min_length = 1, max_length = 500, pattern = r"^\S+$", example = "20000065")]
    pub code: String,
}

/// What is to be changed of a section. What is left out stays; null empties a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SectionForm {
    /// The name; a new section needs one.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 300, pattern = r"\S", example = "Politics")]
    pub name: Option<String>,
    /// The slug; made of the name when a new section has none. The old one leads to the new one for good.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "politics")]
    pub slug: Option<String>,
    /// The section that it is part of, by its id or slug.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 120, example = "news")]
    pub parent: Option<Option<String>>,
    /// A sentence or two, plain text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub description: Option<Option<String>>,
    /// Whether it is public without an article that stands in it.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool)]
    pub listed: Option<Option<bool>>,
}

/// What is to be changed of an author. What is left out stays; null empties a field.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct AuthorForm {
    /// The name as it stands in a byline; a new author needs one.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 300, pattern = r"\S", example = "Ada Marsh")]
    pub name: Option<String>,
    /// The slug; made of the name when a new author has none. The old one leads to the new one for good.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, min_length = 1, max_length = 120, pattern = "^[a-z0-9]+(-[a-z0-9]+)*$", example = "ada-marsh")]
    pub slug: Option<String>,
    /// `STAFF`, `CONTRIBUTOR` or `INDEPENDENT`; a new author is of the staff. Disclaimers and labels may follow from it.
    #[serde(deserialize_with = "needed", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = String, max_length = 11, pattern = "^(STAFF|CONTRIBUTOR|INDEPENDENT)$", example = "STAFF")]
    pub kind: Option<String>,
    /// A sentence or two, plain text.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 10000)]
    pub bio: Option<Option<String>>,
    /// For whom they speak, where it is not the publication.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 500)]
    pub organisation: Option<Option<String>>,
    /// Their page.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 4096, example = "https://www.example.org/ada")]
    pub url: Option<Option<String>>,
    /// The address of a portrait.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, max_length = 4096, example = "https://media.example.org/ada.jpg")]
    pub image: Option<Option<String>>,
    /// Whether they are public without an article that they sign.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = bool)]
    pub listed: Option<Option<bool>>,
}

/// A form of any noun, with its texts held against the rules; names of others are not looked up yet.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Wish {
    pub noun: Noun,
    pub name: Option<String>,
    pub slug: Option<String>,
    pub kind: Option<&'static str>,
    pub parent: Option<Option<String>>,
    pub listed: Option<bool>,
    about: AboutWish,
}

#[derive(Debug, Clone, Serialize)]
enum AboutWish {
    Topic {
        description: Option<Option<String>>,
        external_ids: Option<Vec<ExternalId>>,
    },
    Section {
        description: Option<Option<String>>,
    },
    Author {
        bio: Option<Option<String>>,
        organisation: Option<Option<String>>,
        url: Option<Option<String>>,
        image: Option<Option<String>>,
    },
}

/// A form that a door has read.
#[derive(Debug, Clone)]
pub enum Form {
    /// Of a topic.
    Topic(TopicForm),
    /// Of a section.
    Section(SectionForm),
    /// Of an author.
    Author(AuthorForm),
}

fn unfit(field: &str, says: impl Into<String>) -> Error {
    Error::new(Code::InvalidInput, says).at(field)
}

fn name(value: Option<&String>) -> Result<Option<String>> {
    let Some(value) = value else { return Ok(None) };
    let (line, _) = text::one_line(&text::checked("name", value)?);
    if text::is_blank(&line) || line.chars().count() > NAME_MOST {
        return Err(unfit(
            "name",
            format!("A name has 1 to {NAME_MOST} characters, of which one at least can be seen."),
        ));
    }
    Ok(Some(line))
}

fn slug(value: Option<&String>) -> Result<Option<String>> {
    if value.is_some_and(String::is_empty) {
        return Err(unfit("slug", "A slug cannot be empty; leave it out, and it stays or is made of the name."));
    }
    value.map(|slug| crate::model::slug::checked("slug", slug)).transpose()
}

fn listed(value: Option<Option<bool>>) -> Result<Option<bool>> {
    match value {
        Some(None) => Err(unfit("listed", "listed is true or false; leave it out, and it stays as it is.")),
        value => Ok(value.flatten()),
    }
}

/// A text that may be emptied.
fn whole(field: &str, value: Option<&Option<String>>, most: usize) -> Result<Option<Option<String>>> {
    let Some(value) = value else { return Ok(None) };
    let Some(value) = value else { return Ok(Some(None)) };
    let value = text::checked(field, value.trim())?;
    if value.chars().count() > most {
        return Err(unfit(field, format!("{field} has more than {most} characters.")));
    }
    Ok(Some(Some(value).filter(|value| !value.is_empty())))
}

fn url(field: &str, value: Option<&Option<String>>) -> Result<Option<Option<String>>> {
    let value = whole(field, value, 4_096)?;
    if let Some(Some(address)) = &value
        && let Err(fault) = address::absolute(address)
    {
        return Err(unfit(field, format!("{field} {fault}.")));
    }
    Ok(value)
}

fn external_ids(forms: Option<&Option<Vec<ExternalIdForm>>>) -> Result<Option<Vec<ExternalId>>> {
    let Some(forms) = forms else { return Ok(None) };
    let mut ids: Vec<ExternalId> = Vec::new();
    for form in forms.iter().flatten() {
        let scheme_fits = (1..=63).contains(&form.scheme.len())
            && form.scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        if !scheme_fits {
            let says = "A vocabulary is named by letters, digits, dots, hyphens and underscores: medtop, wikidata.";
            return Err(unfit("externalIds.scheme", says));
        }
        let code = text::checked("externalIds.code", &form.code)?;
        if code.is_empty() || code.chars().count() > LINE_MOST || code.chars().any(char::is_whitespace) {
            return Err(unfit("externalIds.code", "A code has 1 to 500 characters and no space."));
        }
        let id = ExternalId { scheme: form.scheme.clone(), code };
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.len() > CODES_MOST {
        return Err(unfit("externalIds", format!("externalIds has more than {CODES_MOST} entries.")));
    }
    Ok(Some(ids))
}

impl Form {
    /// The noun that it is of.
    pub fn noun(&self) -> Noun {
        match self {
            Form::Topic(_) => Noun::Topic,
            Form::Section(_) => Noun::Section,
            Form::Author(_) => Noun::Author,
        }
    }

    /// Holds the texts against the rules.
    pub(super) fn read(&self) -> Result<Wish> {
        let noun = self.noun();
        Ok(match self {
            Form::Topic(form) => Wish {
                noun,
                name: name(form.name.as_ref())?,
                slug: slug(form.slug.as_ref())?,
                kind: match form.kind.as_deref() {
                    None => None,
                    Some(kind) => match TopicKind::parse(&kind.to_ascii_lowercase()) {
                        Some(kind) => Some(kind.as_str()),
                        None => {
                            let says = "The kind of a topic is SUBJECT, PERSON, ORGANISATION, PLACE, EVENT or ENTITY.";
                            return Err(unfit("kind", says));
                        }
                    },
                },
                parent: form.parent.clone(),
                listed: listed(form.listed)?,
                about: AboutWish::Topic {
                    description: whole("description", form.description.as_ref(), TEXT_MOST)?,
                    external_ids: external_ids(form.external_ids.as_ref())?,
                },
            },
            Form::Section(form) => Wish {
                noun,
                name: name(form.name.as_ref())?,
                slug: slug(form.slug.as_ref())?,
                kind: None,
                parent: form.parent.clone(),
                listed: listed(form.listed)?,
                about: AboutWish::Section { description: whole("description", form.description.as_ref(), TEXT_MOST)? },
            },
            Form::Author(form) => Wish {
                noun,
                name: name(form.name.as_ref())?,
                slug: slug(form.slug.as_ref())?,
                kind: match form.kind.as_deref() {
                    None => None,
                    Some(kind) => match AuthorKind::parse(kind) {
                        Some(kind) => Some(kind.as_str()),
                        None => {
                            let says = "The kind of an author is STAFF, CONTRIBUTOR or INDEPENDENT.";
                            return Err(unfit("kind", says));
                        }
                    },
                },
                parent: None,
                listed: listed(form.listed)?,
                about: AboutWish::Author {
                    bio: whole("bio", form.bio.as_ref(), TEXT_MOST)?,
                    organisation: whole("organisation", form.organisation.as_ref(), LINE_MOST)?,
                    url: url("url", form.url.as_ref())?,
                    image: url("image", form.image.as_ref())?,
                },
            },
        })
    }
}

fn parse<T: serde::de::DeserializeOwned>(json: &str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn print<T: Serialize>(about: &T) -> Result<String> {
    serde_json::to_string(about).map_err(Error::internal)
}

fn put<T: Clone>(field: &mut T, wish: Option<&T>) {
    if let Some(wish) = wish {
        field.clone_from(wish);
    }
}

impl Wish {
    /// Writes what is wished beside name, slug and parent into the term.
    pub fn fill(&self, term: &mut Term) -> Result<()> {
        if let Some(name) = &self.name {
            term.name.clone_from(name);
        }
        if let Some(kind) = self.kind {
            kind.clone_into(&mut term.kind);
        }
        if let Some(listed) = self.listed {
            term.listed = listed;
        }
        term.about = match &self.about {
            AboutWish::Topic { description, external_ids } => {
                let mut about: TopicAbout = parse(&term.about)?;
                put(&mut about.description, description.as_ref());
                put(&mut about.external_ids, external_ids.as_ref());
                print(&about)?
            }
            AboutWish::Section { description } => {
                let mut about: SectionAbout = parse(&term.about)?;
                put(&mut about.description, description.as_ref());
                print(&about)?
            }
            AboutWish::Author { bio, organisation, url, image } => {
                let mut about: AuthorAbout = parse(&term.about)?;
                put(&mut about.bio, bio.as_ref());
                put(&mut about.organisation, organisation.as_ref());
                put(&mut about.url, url.as_ref());
                if let Some(image) = image {
                    // A caption or credit that an import brought stays with its picture.
                    let same = about.image.take().filter(|known| Some(&known.url) == image.as_ref());
                    about.image = image.clone().map(|url| same.unwrap_or(Image { url, ..Image::default() }));
                }
                print(&about)?
            }
        };
        Ok(())
    }
}
