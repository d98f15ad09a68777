//! A document as a story.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::names::{KILL, PERHAPS_PLAIN, each, in_role, of, text, texts, topic};
use super::picture;
use crate::error::{Code, Error, Result};
use crate::formats::article::without_notices;
use crate::formats::feed::is_html_all_the_same;
use crate::formats::html;
use crate::formats::item::{Item, headline_from, language};
use crate::formats::jsonl::{AuthorName, CorrectionLine, ImageName, Line, SectionFull, SectionName, Status, TopicName};
use crate::model::article::{Document, InfoSource};
use crate::model::body::address;
use crate::model::id::ArticleId;
use crate::model::slug::is_slug;
use crate::model::time::Dated;

/// What stands before the names in a byline, in the languages of those who write ninjs.
const BY: &[&str] = &["by", "von", "par", "por", "di", "de", "door", "av", "af"];
/// What stands between them.
const AND: &[&str] = &[" and ", " und ", " et ", " y ", " en ", " och ", " og ", " & ", "; "];

/// Where a document says whether it may be shown.
const PUB_STATUS: &[&str] = &["pubStatus", "pubstatus"];
/// What it says there once it was taken back.
const CANCELED: &str = "canceled";

/// The document as what is imported.
pub(super) fn item(document: &Value, number: u64, name: &str, source: &[u8]) -> Item {
    let bodies = texts(document, "bodies", "body");
    let headline = texts(document, "headlines", "headline").into_iter().next().map(words);
    let headline = headline.or_else(|| text(document, &["title"]));
    let name = headline.as_deref().unwrap_or(name);
    let kind = text(document, &["type"]);
    // What is taken back needs none: that it is gone is all that is to be said of it.
    let is_canceled = text(document, PUB_STATUS).as_deref() == Some(CANCELED);
    let has_text = is_canceled || !bodies.is_empty() || headline.is_some();
    match kind.as_deref() {
        Some("text") | None if !has_text => return Item::passed(number, name, "without any text"),
        Some("text") => {}
        Some(kind) => return Item::passed(number, name, format!("of type {kind:?}, no text")),
        None if of(document, &["eventDetails", "plannedCoverage"]).is_some() => {
            return Item::passed(number, name, "an event or a plan, no text");
        }
        None if of(document, &["renditions"]).is_some() && bodies.is_empty() => {
            return Item::passed(number, name, "of no type, with renditions and no text");
        }
        None => {}
    }
    let mut notes = BTreeMap::new();
    match story(document, headline.clone(), bodies, &mut notes) {
        Ok(line) => Item::story(number, name, line).with_notes(notes),
        Err(error) => Item::fault_of_document(number, name, &error, source),
    }
}

fn words((kind, value): (String, String)) -> String {
    // What does not say what it is may be HTML; `<select>` alone is a word.
    if kind.contains("html") || (kind == PERHAPS_PLAIN && value.contains('<') && is_html_all_the_same(&value)) {
        return html::parse(&value).body.plain_text().trim().to_owned();
    }
    value.trim().to_owned()
}

fn story(
    document: &Value,
    headline: Option<String>,
    bodies: Vec<(String, String)>,
    notes: &mut BTreeMap<String, u64>,
) -> Result<Line> {
    let mut line = Line { uri: text(document, &["uri"]).unwrap_or_default(), ..Line::default() };
    status(document, &mut line, notes)?;
    body(bodies, &mut line, notes);
    notices(document, &mut line);
    let mut note = |what: &str| *notes.entry(what.to_owned()).or_insert(0) += 1;
    line.headline = headline.unwrap_or_default();
    if line.headline.is_empty() && line.status != Status::Canceled {
        note("headline made of the first words");
        let plain = line.body_html.as_deref().map(|body| html::parse(body).body.plain_text());
        line.headline = headline_from(&plain.or_else(|| line.body_text.clone()).unwrap_or_default())
            .unwrap_or_else(|| "Untitled".to_owned());
    }
    line.description_text = texts(document, "descriptions", "description").into_iter().next().map(words);
    line.language = text(document, &["language"]).and_then(|tag| language(&tag));
    line.genre = each(document, &["genres", "genre"]).first().and_then(|genre| {
        text(genre, &["name"])
            .or_else(|| text(genre, &["uri"]).and_then(|uri| uri.rsplit('/').next().map(str::to_owned)))
    });
    let times = [
        &["firstCreated", "firstcreated"],
        &["versionCreated", "versioncreated"],
        &["contentCreated", "contentcreated"],
    ];
    let mut dated: Vec<Option<Dated>> = Vec::new();
    for names in times {
        let read = text(document, names).map(|text| text.parse::<Dated>());
        if read.as_ref().is_some_and(Result::is_err) {
            note(&format!("{} that is no date", names[0]));
        }
        dated.push(read.and_then(Result::ok));
    }
    let published = dated.iter().flatten().next().copied();
    line.published = published.map(|dated| dated.to_string());
    line.dates_version = dated[0].is_none() && dated[1].is_some();
    line.updated = dated[1].filter(|at| published.is_some_and(|first| at.at > first.at)).map(|at| at.at.to_string());
    line.version_created = dated[1].map(|at| at.to_string());
    line.source = text(document, &["copyrightHolder", "copyrightholder"]);
    line.copyrightnotice = text(document, &["copyrightNotice", "copyrightnotice"]);
    line.license = text(document, &["usageTerms", "usageterms"]);
    for info in each(document, &["infoSources", "infosources", "infosource"]) {
        if is_author(info) {
            line.authors.extend(text(info, &["name"]).map(|name| AuthorName { name, ..AuthorName::default() }));
            continue;
        }
        let url = text(info, &["uri"]).filter(|uri| address::absolute(uri).is_ok());
        match text(info, &["name"]).or_else(|| text(info, &["literal"])) {
            Some(name) => line.infosources.push(InfoSource { name, url }),
            None => note("source without a name"),
        }
    }
    if line.uri.starts_with("http") {
        line.previous_urls.push(line.uri.clone());
    }
    // A byline is a sentence: names that stand by themselves are surer.
    if line.authors.is_empty() {
        line.authors = text(document, &["by", "byline"]).map(|by| authors(&by)).unwrap_or_default();
    }
    if is_own(document) {
        own(document, &mut line);
    }
    topics(document, &mut line, &mut note);
    line.image = picture::lead(document, notes).map(ImageName::Full);
    for (names, what) in [
        (["located", "located"], "dateline"),
        (["edNote", "ednote"], "note to editors"),
        (["expires", "expires"], "expiry"),
    ] {
        if of(document, &names).is_some_and(|value| value.as_str().is_none_or(|text| !text.trim().is_empty())) {
            *notes.entry(what.to_owned()).or_insert(0) += 1;
        }
    }
    Ok(line)
}

/// Whether it may be shown, and from when.
fn status(document: &Value, line: &mut Line, notes: &mut BTreeMap<String, u64>) -> Result<()> {
    line.status = match text(document, PUB_STATUS).as_deref() {
        None | Some("usable") => Status::Usable,
        Some("withheld") => Status::Withheld,
        Some(CANCELED) => Status::Canceled,
        Some(other) => {
            let says = format!("The status {other:?} is not known; usable, withheld and canceled are.");
            return Err(Error::new(Code::InvalidInput, says).at("status"));
        }
    };
    if let Some(until) = text(document, &["embargoedUntil", "embargoed"]) {
        match until.parse::<Dated>() {
            Ok(dated) => line.embargoed_until = Some(dated.to_string()),
            // It is not known when it may be shown, so it is not.
            Err(_) if line.status == Status::Usable => {
                line.status = Status::Withheld;
                *notes.entry("embargo that is no date: held back".to_owned()).or_insert(0) += 1;
            }
            Err(_) => {}
        }
    }
    Ok(())
}

fn body(bodies: Vec<(String, String)>, line: &mut Line, notes: &mut BTreeMap<String, u64>) {
    let mut rest = Vec::new();
    for (kind, value) in bodies {
        match kind.as_str() {
            "text/html" | "application/xhtml+xml" if line.body_html.is_none() => line.body_html = Some(value),
            "text/plain" | PERHAPS_PLAIN if line.body_text.is_none() => line.body_text = Some(value),
            "text/markdown" if line.body_markdown.is_none() => line.body_markdown = Some(value),
            _ => rest.push(kind),
        }
    }
    // One body is enough; in other forms it is the same one.
    if line.body_html.is_some() {
        (line.body_text, line.body_markdown) = (None, None);
    }
    if line.body_html.is_none() && line.body_text.is_none() && line.body_markdown.is_none() {
        for kind in rest {
            *notes.entry(format!("body of type {kind}")).or_insert(0) += 1;
        }
    }
}

/// Label, disclaimers and corrections, as [`super::write`] has them; they come out of the body, where they stand too.
fn notices(document: &Value, line: &mut Line) {
    line.label = in_role(document, "headlines", "label").pop();
    line.disclaimers = in_role(document, "descriptions", "disclaimer");
    line.status_reason = in_role(document, "descriptions", "reason").pop().filter(|_| line.status == Status::Canceled);
    let corrections = in_role(document, "descriptions", "correction");
    let mut instants = vec![None; corrections.len()];
    // Each correction is looked for in the body; with more of them than an article has, the story fails.
    if let Some(html) = line.body_html.as_deref().filter(|_| corrections.len() <= Document::CORRECTIONS_MOST) {
        let (body, found) = without_notices(html, line.label.as_deref(), &line.disclaimers, &corrections);
        line.body_html = Some(body);
        instants = found;
    }
    // Without a date of its own, a correction is as old as the version that has it.
    let last = text(document, &["versionCreated", "versioncreated"]).and_then(|text| text.parse::<Dated>().ok());
    for (text, at) in corrections.into_iter().zip(instants) {
        if let Some(at) = at.or(last.map(|dated| dated.at)) {
            line.corrections.push(CorrectionLine { published: at.to_string(), text });
        }
    }
}

/// What else it is known by in this role.
fn alternative(document: &Value, role: &str) -> Option<String> {
    let all = each(document, &["altIds", "altids"]);
    all.into_iter().find(|one| text(one, &["role"]).as_deref() == Some(role)).and_then(|one| text(one, &["value"]))
}

/// Whether it was written by [`super::write`], here or elsewhere. What others call a slugline is a name for the desk, which many
/// stories have.
fn is_own(document: &Value) -> bool {
    alternative(document, "id").is_some_and(|id| id.parse::<ArticleId>().is_ok())
}

/// What a document that was written here says, and no other does.
fn own(document: &Value, line: &mut Line) {
    line.killed = line.status == Status::Canceled && !in_role(document, "descriptions", KILL).is_empty();
    line.slug = text(document, &["slugline"]).filter(|slug| is_slug(slug));
    let address = alternative(document, "url");
    line.canonical_url = alternative(document, "canonical").filter(|canonical| Some(canonical) != address.as_ref());
    let day = alternative(document, "publishedOn").and_then(|day| day.parse::<Dated>().ok());
    let published = line.published.as_deref().and_then(|at| at.parse::<Dated>().ok());
    // Who dates a document anew by hand need not know of the day that stands elsewhere in it.
    if let (Some(day), Some(published)) = (day, published)
        && day.at == published.at
    {
        line.published = Some(day.to_string());
    }
}

/// Whether it says of itself that it signs the article.
fn is_author(value: &Value) -> bool {
    text(value, &["role", "rel"]).as_deref() == Some("author")
}

/// Whether it says of itself that it is the section in which the article stands.
fn is_section(value: &Value) -> bool {
    text(value, &["rel"]).as_deref() == Some("section")
}

fn topics(document: &Value, line: &mut Line, note: &mut impl FnMut(&str)) {
    let mut read = |names: &[&str]| {
        let mut all: Vec<TopicName> = Vec::new();
        let mut seen = HashSet::new();
        for value in each(document, names) {
            if is_section(value) {
                continue;
            }
            match topic(value) {
                Some(topic) => {
                    if seen.insert((topic.name.clone(), topic.scheme.clone(), topic.code.clone())) {
                        all.push(topic);
                    }
                }
                None => note(&format!("entry of {} without a name", names[0])),
            }
        }
        all
    };
    line.subjects = read(&["subjects", "subject"]);
    // What says of itself that it is the section is no subject.
    let section = each(document, &["subjects", "subject"]).into_iter().find(|one| is_section(one));
    if let Some(name) = section.and_then(|section| text(section, &["name"])) {
        line.section = Some(SectionName::Full(SectionFull { name, ..SectionFull::default() }));
    }
    line.people = read(&["people", "person"]);
    line.organisations = read(&["organisations", "organisation"]);
    line.places = read(&["places", "place"]);
    line.events = read(&["events", "event"]);
    line.entities = read(&["objects", "object"]);
}

/// Whether a byline is read as these names and nothing else, so that it says by itself who signs.
pub(super) fn is_told_by<'a>(by: &str, names: impl Iterator<Item = &'a str>) -> bool {
    let read = authors(by);
    read.iter().all(|one| one.organisation.is_none()) && read.iter().map(|one| one.name.as_str()).eq(names)
}

/// The names of a byline: `By Ada Marsh and Ben Cole, The Courier`, or `Ada Marsh, Ben Cole and Carl Dean`.
fn authors(by: &str) -> Vec<AuthorName> {
    let by = by.split_whitespace().collect::<Vec<_>>().join(" ");
    let (first, rest) = by.split_once(' ').unwrap_or((&by, ""));
    let names = if !rest.is_empty() && BY.contains(&first.to_lowercase().as_str()) { rest } else { &by };
    // What stands behind the last comma or slash is whom they work for, but for the end of a list: `A, B and C`.
    let ends_list = |last: &str| AND.iter().any(|and| last.contains(and));
    let (names, organisation) = match names.rsplit_once([',', '/']) {
        Some((names, organisation)) if !names.trim().is_empty() && !ends_list(organisation) => {
            (names, Some(organisation.trim().to_owned()))
        }
        _ => (names, None),
    };
    let organisation = organisation.filter(|organisation| !organisation.is_empty());
    let mut parts = vec![names.to_owned()];
    for between in AND.iter().copied().chain([", "]) {
        parts = parts.iter().flat_map(|part| part.split(between).map(str::to_owned)).collect();
    }
    // A comma may stand before the last one, too: `A, B, and C`.
    let named = parts.iter().map(|part| part.trim_matches([' ', ','])).filter(|part| !part.is_empty());
    named
        .map(|name| AuthorName { name: name.to_owned(), organisation: organisation.clone(), ..AuthorName::default() })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::article::byline;
    use crate::model::author::{Author, AuthorAbout, AuthorKind};
    use crate::model::id::AuthorId;
    use std::sync::Arc;

    #[test]
    fn bylines_are_names() {
        let read = |by: &str| -> Vec<(String, Option<String>)> {
            authors(by).into_iter().map(|author| (author.name, author.organisation)).collect()
        };
        let name = |name: &str, of: Option<&str>| (name.to_owned(), of.map(str::to_owned));
        assert_eq!(read("By Brendan Quinn"), [name("Brendan Quinn", None)]);
        assert_eq!(read("Von Christian Hollmann, dpa"), [name("Christian Hollmann", Some("dpa"))]);
        assert_eq!(read("Ada Marsh and Ben Cole"), [name("Ada Marsh", None), name("Ben Cole", None)]);
        assert_eq!(read("Karl Melander/TT"), [name("Karl Melander", Some("TT"))]);
        assert_eq!(read("NTB"), [name("NTB", None)]);
        assert_eq!(read("By"), [name("By", None)]);
        let three = [name("Ada Marsh", None), name("Ben Cole", None), name("Carl Dean", None)];
        for by in [
            "By Ada Marsh, Ben Cole and Carl Dean",
            "By Ada Marsh, Ben Cole, and Carl Dean",
            "Von Ada Marsh, Ben Cole und Carl Dean",
            "Por Ada Marsh, Ben Cole y Carl Dean",
            "Ada Marsh, Ben Cole & Carl Dean",
            "Ada Marsh; Ben Cole; Carl Dean",
        ] {
            assert_eq!(read(by), three, "{by}");
        }
    }

    #[test]
    fn bylines_that_are_written_here_are_read_as_the_same_names() {
        let author = |name: &&str| {
            Arc::new(Author {
                id: AuthorId(1),
                slug: "a".into(),
                name: (*name).into(),
                kind: AuthorKind::Staff,
                about: AuthorAbout::default(),
            })
        };
        let names = ["Ada Marsh", "Ben Cole", "Carl Dean", "Dora Vane"];
        for many in 1..=names.len() {
            let written = byline(&names[..many].iter().map(author).collect::<Vec<_>>());
            for organisation in [None, Some("The Courier")] {
                let by = organisation.map_or(written.clone(), |of| format!("{written}, {of}"));
                let read = authors(&by);
                assert_eq!(read.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), names[..many], "{by}");
                assert!(read.iter().all(|one| one.organisation.as_deref() == organisation), "{by}: {read:?}");
            }
        }
    }
}
