//! The text of names: what may be one, the slug that it gives, the aliases that it is found by.

use crate::error::{Code, Error, Result};
use crate::formats::jsonl::{Line, SectionName};
use crate::model::author::AuthorAbout;
use crate::model::slug::{self, slugify};
use crate::model::text;
use crate::model::topic::{ExternalId, TopicAbout, TopicKind};
use crate::store::terms::{Noun, Term};

/// The longest name of an author, topic or section, in characters.
const NAME_MOST: usize = 300;

/// Under which names beside its slug a term with this `…About` is found.
pub(in crate::newsroom) fn aliases(noun: Noun, about: &str) -> Vec<String> {
    match noun {
        Noun::Author => {
            let about: AuthorAbout = serde_json::from_str(about).unwrap_or_default();
            about.code.iter().map(|code| code_alias(code)).collect()
        }
        Noun::Topic => {
            let about: TopicAbout = serde_json::from_str(about).unwrap_or_default();
            about.external_ids.iter().map(external_alias).collect()
        }
        Noun::Section => Vec::new(),
    }
}

/// The alias of a source's code for an author.
pub(super) fn code_alias(code: &str) -> String {
    format!("code:{code}")
}

/// The alias of a vocabulary's code for a topic.
pub(super) fn external_alias(id: &ExternalId) -> String {
    format!("{}:{}", id.scheme, id.code)
}

pub(super) fn print<T: serde::Serialize>(about: &T) -> Result<String> {
    serde_json::to_string(about).map_err(Error::internal)
}

/// A name that a term can have. Of what somebody writes here one that nobody can see is none; of a source it is taken as it is.
pub(super) fn name_of(field: &str, name: &str, is_written: bool) -> Result<String> {
    let (name, _) = text::one_line(name);
    if name.is_empty() || (is_written && text::is_blank(&name)) {
        return Err(Error::new(Code::InvalidInput, format!("{field} has an entry without a name.")).at(field));
    }
    if name.chars().count() > NAME_MOST {
        let says = format!("{field} has a name of more than {NAME_MOST} characters.");
        return Err(Error::new(Code::InvalidInput, says).at(field));
    }
    Ok(name)
}

/// The slug that the line gives, or one made of the name. A name without a letter that can be transliterated gets
/// one made of its digest, so that two such names stay two things.
pub(super) fn own_slug(given: Option<&str>, name: &str, noun: &str) -> String {
    if let Some(given) = given.filter(|given| slug::is_slug(given)) {
        return given.to_owned();
    }
    let digest = blake3::hash(name.as_bytes()).to_hex();
    slugify(name, &format!("{noun}-{}", &digest[..8]))
}

/// The slug that a name alone gives.
pub(in crate::newsroom) fn slug_of(noun: Noun, name: &str) -> String {
    own_slug(None, name, noun.word())
}

/// A name as terms are found by it: only the letters of ASCII are compared without case, as the store does.
pub(super) fn key_of(name: &str) -> String {
    name.to_ascii_lowercase()
}

/// Whether the term goes by this name for everybody, however it is written.
pub(super) fn goes_by(noun: Noun, term: &Term, name: &str) -> bool {
    !term.provisional && (term.name == name || slug_of(noun, &term.name) == slug_of(noun, name))
}

/// The slug of a topic whose name is that of something else: it has its kind behind it.
pub(super) fn with_kind(slug: &str, kind: TopicKind) -> String {
    slugify(&format!("{slug}-{}", kind.as_str()), slug)
}

/// Everything that the names of a line are looked for by.
pub(super) fn of_line(line: &Line) -> Vec<(Noun, String)> {
    let mut all = Vec::new();
    let mut add = |noun: Noun, given: Option<&str>, name: &str| {
        let slug = own_slug(given, &text::one_line(name).0, noun.word());
        all.push((noun, slug.clone()));
        all.extend(given.map(|given| (noun, given.to_owned())));
        slug
    };
    match &line.section {
        Some(SectionName::Path(path)) => path.split('/').for_each(|part| drop(add(Noun::Section, None, part.trim()))),
        Some(SectionName::Full(full)) => {
            let mut next = Some(full);
            while let Some(section) = next {
                add(Noun::Section, section.slug.as_deref(), &section.name);
                next = section.parent.as_deref();
            }
        }
        None => {}
    }
    for author in &line.authors {
        add(Noun::Author, author.slug.as_deref(), &author.name);
    }
    let mut more = Vec::new();
    for (kind, names) in line.topics() {
        for topic in names {
            let slug = add(Noun::Topic, topic.slug.as_deref(), &topic.name);
            more.push((Noun::Topic, with_kind(&slug, kind)));
            more.extend(topic.external_ids().iter().map(|id| (Noun::Topic, external_alias(id))));
        }
    }
    let codes = line.authors.iter().filter_map(|author| author.code.as_deref());
    more.extend(codes.map(|code| (Noun::Author, code_alias(&text::cleaned(code).0))));
    all.append(&mut more);
    all
}

/// What a line names without a slug of its own, by the slug that the name gives and the name.
pub(super) fn bare_names(line: &Line) -> Vec<(Noun, String, String)> {
    let mut all = Vec::new();
    let mut add = |noun: Noun, given: Option<&str>, name: &str| {
        let (name, _) = text::one_line(name);
        if !given.is_some_and(slug::is_slug) && !name.is_empty() {
            all.push((noun, slug_of(noun, &name), name));
        }
    };
    match &line.section {
        Some(SectionName::Path(path)) => path.split('/').for_each(|part| add(Noun::Section, None, part)),
        Some(SectionName::Full(full)) => {
            let mut next = Some(full);
            while let Some(section) = next {
                add(Noun::Section, section.slug.as_deref(), &section.name);
                next = section.parent.as_deref();
            }
        }
        None => {}
    }
    for author in &line.authors {
        add(Noun::Author, author.slug.as_deref(), &author.name);
    }
    for (_, names) in line.topics() {
        for topic in names {
            let mut next = Some(topic);
            while let Some(topic) = next {
                add(Noun::Topic, topic.slug.as_deref(), &topic.name);
                next = topic.parent.as_deref();
            }
        }
    }
    all
}

/// `local-elections` as a name: `Local elections`.
pub(super) fn title_of(slug: &str) -> String {
    let words = slug.replace('-', " ");
    let mut chars = words.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_without_letters_keeps_its_own_slug() {
        assert_eq!(own_slug(None, "Jane Doe", "author"), "jane-doe");
        let (a, b) = (own_slug(None, "???", "author"), own_slug(None, "!!!", "author"));
        assert!(slug::is_slug(&a) && slug::is_slug(&b) && a != b);
        assert_eq!(own_slug(Some("given"), "Name", "author"), "given");
        assert_eq!(title_of("local-elections"), "Local elections");
    }
}
