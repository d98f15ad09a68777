//! Neutral news lines: one story as one line of JSON, with the field names of ninjs where it has one.
//!
//! A line names authors, topics and sections by code and name; it knows no ids. What is read is held against the
//! rules here and what is unfit for the store is dropped and reported, so that one bad character does not cost a line.
//! The same type is written by the export, and reading what was written gives an equal line.

use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::error::{Code, Error, Result};
use crate::model::article::{Correction, Image, InfoSource};
use crate::model::text;
use crate::model::time::Dated;
use crate::model::topic::{ExternalId, TopicKind};

/// The most bytes that one line has.
pub const LINE_MOST: usize = 64 << 20;

/// The most codes of one topic; those behind are left out.
pub const CODES_MOST: usize = 50;

/// One story.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Line {
    /// The source's lasting name for the story: any URI, unique.
    pub uri: String,
    /// The slug that the source has for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// Slugs that it had before.
    #[serde(rename = "previousSlugs", default, skip_serializing_if = "Vec::is_empty")]
    pub previous_slugs: Vec<String>,
    /// Addresses that it had elsewhere: whoever follows one is led to it.
    #[serde(rename = "previousUrls", default, skip_serializing_if = "Vec::is_empty")]
    pub previous_urls: Vec<String>,
    /// ninjs `type`; only `text` is a story.
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Whether it may be shown.
    #[serde(default, skip_serializing_if = "Status::is_usable")]
    pub status: Status,
    /// Why it was canceled: public.
    #[serde(rename = "statusReason", default, skip_serializing_if = "Option::is_none")]
    pub status_reason: Option<String>,
    /// Set on a canceled story that was taken back for legal reasons.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub killed: bool,
    /// BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// One line.
    #[serde(default)]
    pub headline: String,
    /// The kicker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label: Option<String>,
    /// What it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub genre: Option<String>,
    /// ISO 8601, a date alone where no more is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub published: Option<String>,
    /// Whether `published` is merely when this version was made, since the source says no more: a story that is known keeps its
    /// date then, and this is its update. No part of the format: a line that was written means what it says.
    #[serde(skip)]
    pub dates_version: bool,
    /// That it is a draft for no other reason than that its date cannot be read: what is public already stays so. Not in the format.
    #[serde(skip)]
    pub undated: bool,
    /// ISO 8601.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated: Option<String>,
    /// When this version was made, ISO 8601, where that is not `updated`: a version from before a withdrawal does not undo it.
    #[serde(rename = "versionCreated", alias = "versioncreated", default, skip_serializing_if = "Option::is_none")]
    pub version_created: Option<String>,
    /// Not to be public before, ISO 8601.
    #[serde(rename = "embargoedUntil", default, skip_serializing_if = "Option::is_none")]
    pub embargoed_until: Option<String>,
    /// The summary, plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description_text: Option<String>,
    /// The body as Portable Text; it wins over the other forms.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Value>,
    /// The body as HTML; it wins over Markdown and plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_html: Option<String>,
    /// The body as Markdown; it wins over plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_markdown: Option<String>,
    /// The body as plain text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_text: Option<String>,
    /// The section.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub section: Option<SectionName>,
    /// The byline.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub authors: Vec<AuthorName>,
    /// Subjects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub subjects: Vec<TopicName>,
    /// People.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<TopicName>,
    /// Organisations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub organisations: Vec<TopicName>,
    /// Places.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub places: Vec<TopicName>,
    /// Events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<TopicName>,
    /// Named things of which no more is known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub entities: Vec<TopicName>,
    /// The lead image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<ImageName>,
    /// The original's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canonical_url: Option<String>,
    /// Who it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The licence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub license: Option<String>,
    /// The notice to be shown with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub copyrightnotice: Option<String>,
    /// What it draws on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub infosources: Vec<InfoSource>,
    /// Disclaimers of its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub disclaimers: Vec<String>,
    /// Corrections.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub corrections: Vec<CorrectionLine>,
    /// Stories that an editor wants beside it, by URI, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub related: Vec<String>,
    /// Fields that are not of this format. They are counted and reported, never kept.
    #[serde(flatten, skip_serializing)]
    pub unknown: BTreeMap<String, Value>,
}

/// ninjs `pubStatus`, and `draft`, which ninjs has no word for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// May be shown.
    #[default]
    Usable,
    /// Is held back.
    Withheld,
    /// Is not finished: the newsroom gets it, the public does not.
    Draft,
    /// Was taken back.
    #[serde(alias = "cancelled", alias = "withdrawn")]
    Canceled,
}

impl Status {
    fn is_usable(&self) -> bool {
        *self == Status::Usable
    }
}

/// A section by name, or as a path of slugs (`politics/elections`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum SectionName {
    /// A slug, a name, or a path of them with `/`.
    Path(String),
    /// With everything that is known.
    Full(SectionFull),
}

/// A section with everything that is known.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionFull {
    /// The slug; made from the name when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The name.
    pub name: String,
    /// A sentence or two.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The section that it is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<SectionFull>>,
}

/// An author.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct AuthorName {
    /// The slug here, in lines that were exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// What the source calls them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name.
    pub name: String,
    /// `staff`, `contributor` or `independent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// As what they took part, where it is not simply the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// A sentence or two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Whom they work for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organisation: Option<String>,
    /// A page of theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// A portrait.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<Image>,
}

/// A topic.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct TopicName {
    /// The slug here, in lines that were exported.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slug: Option<String>,
    /// The vocabulary of `code`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// The code in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The same concept's codes in other vocabularies.
    #[serde(rename = "sameAs", skip_serializing_if = "Option::is_none")]
    pub same_as: Option<Vec<ExternalId>>,
    /// The name.
    pub name: String,
    /// A sentence or two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The broader topic.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent: Option<Box<TopicName>>,
}

impl Line {
    /// What it is about, by kind.
    pub fn topics(&self) -> [(TopicKind, &[TopicName]); 6] {
        [
            (TopicKind::Subject, &self.subjects),
            (TopicKind::Person, &self.people),
            (TopicKind::Organisation, &self.organisations),
            (TopicKind::Place, &self.places),
            (TopicKind::Event, &self.events),
            (TopicKind::Entity, &self.entities),
        ]
    }
}

impl TopicName {
    /// Its codes, those that are complete, each once; the first [`CODES_MOST`] of them.
    pub fn external_ids(&self) -> Vec<ExternalId> {
        let mut ids: Vec<ExternalId> = Vec::new();
        for id in self.codes() {
            if ids.len() == CODES_MOST {
                break;
            }
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        ids
    }

    /// How many codes it has beyond those.
    pub fn codes_beyond(&self) -> usize {
        // Hardly any topic has so many that they need counting.
        if self.same_as.as_ref().is_none_or(|others| others.len() < CODES_MOST) {
            return 0;
        }
        self.codes().collect::<HashSet<_>>().len().saturating_sub(CODES_MOST)
    }

    fn codes(&self) -> impl Iterator<Item = ExternalId> + '_ {
        let first = self.scheme.clone().zip(self.code.clone()).map(|(scheme, code)| ExternalId { scheme, code });
        first
            .into_iter()
            .chain(self.same_as.iter().flatten().cloned())
            .map(|id| ExternalId { scheme: text::one_line(&id.scheme).0, code: text::one_line(&id.code).0 })
    }
}

/// An image by address alone, or with everything that is known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ImageName {
    /// Its address. A bare file name is no address and is dropped with a report.
    Url(String),
    /// With everything that is known.
    Full(Image),
}

/// A correction.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CorrectionLine {
    /// ISO 8601.
    #[serde(alias = "published_at", alias = "publishedAt")]
    pub published: String,
    /// What was put right.
    pub text: String,
}

// Sources write a name alone where they know no more, and null where they know nothing: both are read.
macro_rules! named {
    ($name:ident { $($field:ident : $type:ty),* }) => {
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields, rename_all = "camelCase")]
                struct Full { #[serde(default)] name: Option<String>, $(#[serde(default)] $field: Option<$type>,)* }
                let value = Value::deserialize(d)?;
                if let Value::String(name) = value {
                    return Ok($name { name, ..Default::default() });
                }
                let full: Full = serde_json::from_value(value).map_err(serde::de::Error::custom)?;
                // A code alone still names somebody.
                let name = full.name.or_else(|| full.code.clone()).ok_or_else(|| serde::de::Error::missing_field("name"))?;
                Ok($name { name, $($field: full.$field,)* })
            }
        }
    };
}
named!(AuthorName {
    slug: String,
    code: String,
    kind: String,
    role: String,
    bio: String,
    organisation: String,
    url: String,
    image: Image
});
named!(TopicName {
    slug: String,
    scheme: String,
    code: String,
    same_as: Vec<ExternalId>,
    description: String,
    parent: Box<TopicName>
});

/// Reads one line.
///
/// # Errors
/// `INVALID_INPUT` that says where in the line and what is wrong.
pub fn parse(bytes: &[u8]) -> Result<Line> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let fault = |e: serde_json::Error| {
        let says = match e.classify() {
            serde_json::error::Category::Data => format!("The line does not fit the format: {}.", text::misfit(&e)),
            _ => format!("The line is no JSON: {e}."),
        };
        Error::new(Code::InvalidInput, says)
    };
    // Nulls mean "not known"; without them the types stay simple. Reading to a value first also finds repeated keys
    // harmless: the last one counts, as in every JSON reader that sources use.
    let mut value: Value = serde_json::from_slice(bytes).map_err(fault)?;
    if !value.is_object() {
        return Err(Error::new(
            Code::InvalidInput,
            "The line is JSON, but no object; each line is one story in braces.",
        ));
    }
    drop_nulls(&mut value);
    let line: Line = serde_json::from_value(value).map_err(|e| located(bytes, &e))?;
    if line.uri.trim().is_empty() {
        return Err(
            Error::new(Code::InvalidInput, "uri is missing or empty; every story needs a lasting name.").at("uri")
        );
    }
    Ok(line)
}

/// Says where in the line something does not fit. Reading once more costs something, so only lines with faults pay it.
fn located(bytes: &[u8], fault: &serde_json::Error) -> Error {
    let mut value: Value = serde_json::from_slice(bytes).unwrap_or_default();
    drop_nulls(&mut value);
    let path = serde_path_to_error::deserialize::<_, Line>(value).err().map(|error| error.path().to_string());
    let says = text::misfit(fault);
    let Some(path) = path.filter(|path| path != ".") else {
        return Error::new(Code::InvalidInput, format!("The line does not fit the format: {says}."));
    };
    match says.strip_prefix("missing field `").and_then(|rest| rest.strip_suffix('`')) {
        Some(field) => {
            Error::new(Code::InvalidInput, format!("{path}.{field} is missing.")).at(format!("{path}.{field}"))
        }
        None => Error::new(Code::InvalidInput, format!("{path} does not fit the format: {says}.")).at(path),
    }
}

fn drop_nulls(value: &mut Value) {
    // Two levels suffice for every field but `parent`, whose own nulls are read as absent by `Option`.
    if let Value::Object(map) = value {
        map.retain(|_, v| !v.is_null());
        map.iter_mut().filter(|(key, _)| *key != "body").for_each(|(_, v)| {
            if let Value::Array(items) = v {
                items.retain(|item| !item.is_null());
            }
        });
    }
}

/// The line as it is written, without a line break.
pub fn print(line: &Line) -> Result<String> {
    serde_json::to_string(line).map_err(Error::internal)
}

impl From<&Correction> for CorrectionLine {
    fn from(correction: &Correction) -> Self {
        CorrectionLine { published: correction.published_at.to_string(), text: correction.text.clone() }
    }
}

impl Line {
    /// When it was published.
    pub fn published(&self) -> Result<Dated> {
        let text = self.published.as_deref().ok_or_else(|| {
            Error::new(Code::InvalidInput, "published is missing; write when the story was published, in ISO 8601.")
                .at("published")
        })?;
        named_date("published", text)
    }

    /// When the source says that it was updated.
    pub fn updated(&self) -> Result<Option<Dated>> {
        self.updated.as_deref().map(|text| named_date("updated", text)).transpose()
    }

    /// When this version of the story was made, where its source says so: `versionCreated`, else `updated`.
    pub fn made(&self) -> Result<Option<Dated>> {
        match &self.version_created {
            Some(text) => named_date("versionCreated", text).map(Some),
            None => self.updated(),
        }
    }

    /// Before when it may not be public.
    pub fn embargoed_until(&self) -> Result<Option<Dated>> {
        self.embargoed_until.as_deref().map(|text| named_date("embargoedUntil", text)).transpose()
    }
}

impl CorrectionLine {
    /// When the correction was published.
    pub fn published(&self) -> Result<Dated> {
        named_date("corrections.published", &self.published)
    }
}

fn named_date(field: &str, text: &str) -> Result<Dated> {
    text.parse().map_err(|e: Error| Error::new(Code::InvalidInput, format!("{field} {text:?}: {e}")).at(field))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names_in_every_shape() {
        let line = parse(
            br#"{"uri":"urn:x:1","headline":"H","published":"2025-01-01","entities":["Gaza Strip"],
                "authors":[{"code":"ab","name":"A B","organisation":null},{"code":"cd"}],"section":"politics/elections",
                "subjects":[{"scheme":"s","code":"c","name":"N"}],"image":"/a.png","story":"x"}"#,
        )
        .unwrap();
        assert_eq!(line.entities[0].name, "Gaza Strip");
        assert_eq!((line.authors[0].name.as_str(), line.authors[1].name.as_str()), ("A B", "cd"));
        assert_eq!(line.image, Some(ImageName::Url("/a.png".into())));
        assert_eq!(line.unknown.keys().collect::<Vec<_>>(), ["story"]);
    }

    #[test]
    fn what_is_written_reads_equal() {
        let mut line = parse(br#"{"uri":"u","headline":"H","status":"cancelled","statusReason":"why"}"#).unwrap();
        line.authors.push(AuthorName { name: "N".into(), slug: Some("n".into()), ..Default::default() });
        assert_eq!(parse(print(&line).unwrap().as_bytes()).unwrap(), line);
    }

    #[test]
    fn a_topic_has_so_many_codes_and_no_more() {
        let code = |n: usize| serde_json::json!({ "scheme": "s", "code": n.to_string() });
        let topic = |same_as: Vec<Value>| -> TopicName {
            let topic = serde_json::json!({ "name": "N", "scheme": "s", "code": "0", "sameAs": same_as });
            serde_json::from_value(topic).unwrap()
        };
        let some = topic((0..CODES_MOST).map(code).collect());
        assert_eq!((some.external_ids().len(), some.codes_beyond()), (CODES_MOST, 0));
        // Each once, however often it stands there.
        let many = topic((0..20_000).chain(0..20_000).map(code).collect());
        assert_eq!((many.external_ids().len(), many.codes_beyond()), (CODES_MOST, 20_000 - CODES_MOST));
        assert_eq!(many.external_ids()[0].code, "0");
    }

    #[test]
    fn a_version_is_as_old_as_its_source_says() {
        let made = |fields: &str| {
            let line = parse(format!(r#"{{"uri":"u","published":"2025-01-01"{fields}}}"#).as_bytes()).unwrap();
            assert!(line.unknown.is_empty(), "{fields}");
            line.made().map(|dated| dated.map(|dated| dated.to_string()))
        };
        assert_eq!(made("").unwrap(), None);
        assert_eq!(made(r#","updated":"2025-01-02""#).unwrap().as_deref(), Some("2025-01-02"));
        for name in ["versionCreated", "versioncreated"] {
            let fields = format!(r#","updated":"2025-01-02","{name}":"2025-01-03T10:00:00Z""#);
            assert_eq!(made(&fields).unwrap().as_deref(), Some("2025-01-03T10:00:00.000Z"), "{name}");
        }
        assert_eq!(made(r#","versionCreated":"soon""#).unwrap_err().parameter(), Some("versionCreated"));
    }

    #[test]
    fn faults_are_named() {
        for (bytes, says) in [
            (&b"{"[..], "is no JSON"),
            (b"[]", "no object"),
            (br#"{"headline":"x"}"#, "uri"),
            (br#"{"uri":"u","authors":[{"nam":"x"}]}"#, "nam"),
            (br#"{"uri":"u","status":"maybe"}"#, "maybe"),
            (
                br#"{"uri":"u","authors":"A whole book"}"#,
                "authors does not fit the format: invalid type: string, expected a sequence",
            ),
            (br#"{"uri":"u","corrections":[{"text":"x"}]}"#, "corrections[0].published is missing"),
            (br#"{"uri":"u","published":20240229}"#, "published does not fit the format: invalid type: integer"),
        ] {
            let error = parse(bytes).unwrap_err();
            assert!(error.message().contains(says), "{}", error.message());
        }
    }
}
