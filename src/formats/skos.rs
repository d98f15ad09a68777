//! Controlled vocabularies as the IPTC publishes its NewsCodes: SKOS in JSON (`cptall-….json` of
//! `cv.iptc.org/newscodes/mediatopic/`), with one language or several.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::{Code, Error, Result};
use crate::model::text;
use crate::model::topic::ExternalId;

/// A vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vocabulary {
    /// What its codes are prefixed with (`prefSchemeAlias`): `medtop`.
    pub scheme: String,
    /// Its concepts, in the order of the file.
    pub concepts: Vec<Concept>,
    /// What was left out and why, in words.
    pub notes: Vec<String>,
}

/// A concept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Concept {
    /// The code in the vocabulary: `20000065`.
    pub code: String,
    /// The name in the language that was asked for.
    pub name: String,
    /// What it means: plain text.
    pub definition: Option<String>,
    /// The code of the broader concept.
    pub broader: Option<String>,
    /// No longer to be given to new stories.
    pub retired: bool,
    /// What other vocabularies call exactly this: Wikidata.
    pub same_as: Vec<ExternalId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    pref_scheme_alias: String,
    concept_set: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    uri: String,
    qcode: String,
    #[serde(default)]
    pref_label: BTreeMap<String, String>,
    #[serde(default)]
    definition: BTreeMap<String, String>,
    #[serde(default)]
    broader: Vec<String>,
    #[serde(default)]
    exact_match: Vec<String>,
    #[serde(default)]
    retired: Option<serde_json::Value>,
}

/// Reads a vocabulary in one language: a BCP 47 tag, whose first subtag suffices; without one, the only language of the file or
/// English.
///
/// # Errors
/// `INVALID_INPUT` for what is no such file, or has nothing in that language.
pub fn read(bytes: &[u8], language: Option<&str>) -> Result<Vocabulary> {
    let unfit = |says: String| Error::new(Code::InvalidInput, says);
    let file: File = serde_json::from_slice(bytes).map_err(|e| {
        unfit(format!(
            "This is no vocabulary as the IPTC publishes them ({e}); take the JSON file of a NewsCodes vocabulary, such as \
             cptall-en-US.json."
        ))
    })?;
    let codes: BTreeMap<&str, &str> =
        file.concept_set.iter().filter_map(|item| Some((item.uri.as_str(), code_of(&item.qcode)?))).collect();
    let mut notes = Vec::new();
    let mut concepts = Vec::with_capacity(file.concept_set.len());
    let mut nameless = 0;
    for item in &file.concept_set {
        let code = code_of(&item.qcode);
        let name = in_language(&item.pref_label, language).map(|name| text::one_line(name).0);
        let (Some(code), Some(name)) = (code, name.filter(|name| !name.is_empty())) else {
            nameless += 1;
            continue;
        };
        concepts.push(Concept {
            code: code.to_owned(),
            name,
            definition: in_language(&item.definition, language)
                .map(|definition| text::cleaned(definition).0)
                .filter(|definition| !definition.is_empty()),
            broader: item.broader.first().and_then(|uri| codes.get(uri.as_str())).map(|code| (*code).to_owned()),
            retired: item.retired.is_some(),
            same_as: item.exact_match.iter().filter_map(|uri| wikidata(uri)).collect(),
        });
    }
    if concepts.is_empty() {
        let language = language.unwrap_or("any language");
        return Err(unfit(format!("The vocabulary names nothing in {language}; choose another with --language.")));
    }
    if nameless > 0 {
        notes.push(format!("{nameless} concepts have no code or no name in this language and were passed over"));
    }
    Ok(Vocabulary { scheme: file.pref_scheme_alias, concepts, notes })
}

fn code_of(qcode: &str) -> Option<&str> {
    qcode.split_once(':').map(|(_, code)| code).filter(|code| !code.is_empty())
}

fn in_language<'a>(texts: &'a BTreeMap<String, String>, language: Option<&str>) -> Option<&'a String> {
    let first = |tag: &str| tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
    match language {
        Some(wanted) => {
            let exact = texts.iter().find(|(tag, _)| tag.eq_ignore_ascii_case(wanted));
            exact.or_else(|| texts.iter().find(|(tag, _)| first(tag) == first(wanted))).map(|(_, text)| text)
        }
        None if texts.len() == 1 => texts.values().next(),
        None => in_language(texts, Some("en")),
    }
}

/// `http://www.wikidata.org/entity/Q8242` is Q8242 of Wikidata.
fn wikidata(uri: &str) -> Option<ExternalId> {
    let rest =
        uri.strip_prefix("http://www.wikidata.org/").or_else(|| uri.strip_prefix("https://www.wikidata.org/"))?;
    let code = rest.strip_prefix("entity/").or_else(|| rest.strip_prefix("wiki/"))?;
    let digits = code.strip_prefix('Q')?;
    let is_item = !digits.is_empty() && digits.len() < 20 && digits.bytes().all(|b| b.is_ascii_digit());
    is_item.then(|| ExternalId { scheme: "wikidata".to_owned(), code: code.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"{ "prefSchemeAlias": "medtop", "conceptSet": [
        { "uri": "http://x/1", "qcode": "medtop:1", "prefLabel": { "en-GB": "sport", "de": "Sport" },
          "exactMatch": ["http://www.wikidata.org/entity/Q349", "http://cv.iptc.org/newscodes/subjectcode/15000000"] },
        { "uri": "http://x/2", "qcode": "medtop:2", "prefLabel": { "en-GB": "rowing" }, "definition": { "en-GB": "Boats." },
          "broader": ["http://x/1"], "retired": "2020-01-01" }
    ] }"#;

    #[test]
    fn concepts_come_with_what_is_above_them() {
        let read = read(FILE.as_bytes(), Some("en-US")).unwrap();
        assert_eq!((read.scheme.as_str(), read.concepts.len()), ("medtop", 2));
        assert_eq!(read.concepts[0].same_as, [ExternalId { scheme: "wikidata".into(), code: "Q349".into() }]);
        let rowing = &read.concepts[1];
        assert_eq!((rowing.broader.as_deref(), rowing.retired), (Some("1"), true));
        assert_eq!(rowing.definition.as_deref(), Some("Boats."));
    }

    #[test]
    fn a_language_that_names_nothing_is_said() {
        assert_eq!(read(FILE.as_bytes(), Some("de")).unwrap().concepts.len(), 1);
        assert_eq!(read(FILE.as_bytes(), Some("fi")).unwrap_err().code(), Code::InvalidInput);
        assert_eq!(read(b"[]", None).unwrap_err().code(), Code::InvalidInput);
    }
}
