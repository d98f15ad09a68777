//! From a neutral line to a document: what can be done without the database is done here, before the transaction.

use std::collections::BTreeMap;

use crate::error::{Code, Error, Result};
use crate::formats::jsonl::{CODES_MOST, ImageName, Line, SectionName, Status, TopicName};
use crate::formats::{html, markdown, text as plain};
use crate::model::address as old_address;
use crate::model::article::{Correction, Document, Genre, Image, InfoSource, RenderedBody};
use crate::model::body::{Body, address};
use crate::model::time::{Dated, Instant};
use crate::model::{language, text};

use super::publish;

/// The longest URI: a PostgreSQL index holds no more in one entry.
const URI_MOST: usize = 2_000;

/// The most names of authors, or of topics, that are looked for in the newsroom. Several may be one author or topic, so this is
/// more than an article has of either.
const NAMES_MOST: usize = 5 * Document::LINKS_MOST;

/// The most parts of a path of sections that are looked at; far fewer are too many.
const PARTS_MOST: usize = 100;

/// A line that is ready to be written: everything but the ids of authors, topics and section is in `document`.
#[derive(Clone)]
pub(super) struct Ready {
    pub line: Line,
    pub hash: String,
    /// When this version of the story was made, where its source says so.
    pub made: Option<Dated>,
    /// Nothing for a canceled story, which needs no text.
    pub document: Option<(Document, RenderedBody)>,
    /// What was left out, in words, with how often.
    pub dropped: BTreeMap<String, u64>,
}

/// The digest by which a line is known again.
pub(super) fn digest(line: &Line) -> Result<String> {
    let bytes = serde_json::to_vec(line).map_err(Error::internal)?;
    Ok(digest_of(&bytes))
}

/// The same of the line's JSON as it is printed.
pub(super) fn digest_of(json: &[u8]) -> String {
    blake3::hash(json).to_hex().to_string()
}

/// What is kept of a line by which its source took the story back: the digest, when that was done here, and when the source made
/// the line, where it says so. What it says from then on is measured by its own clock: it may have put the story out again before
/// this was known here.
pub(super) fn digest_of_end(hash: &str, here: Instant, made: Option<Instant>) -> String {
    let made = made.map_or_else(|| UNDATED.to_owned(), |made| made.millis().to_string());
    format!("{hash} {} {made}", here.millis())
}

/// In the place of the date of a line that has none.
const UNDATED: &str = "-";

/// Whether what is kept is of the line with this digest.
pub(super) fn is_of(kept: &str, hash: &str) -> bool {
    kept.split(' ').next() == Some(hash)
}

/// How the source's own line took a story back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It was made then.
    Dated(Instant),
    /// It does not say when it was made.
    Undated,
}

/// How the source took the story back here at `here`; nothing where somebody else did.
pub(super) fn end_of(kept: &str, here: Instant) -> Option<End> {
    let mut words = kept.split(' ').skip(1);
    let at = words.next()?.parse::<i64>().ok()?;
    let end = match words.next()? {
        UNDATED => End::Undated,
        made => End::Dated(Instant::from_millis(made.parse().ok()?)),
    };
    (at == here.millis()).then_some(end)
}

/// Reads the body and holds everything against the rules. With `dated` a story that is no draft must say when it was
/// published.
pub(super) fn ready(line: Line, hash: String, language: &str, dated: bool) -> Result<Ready> {
    let mut dropped = BTreeMap::new();
    if line.uri.len() > URI_MOST || line.uri.chars().any(|c| c.is_control() || c.is_whitespace()) {
        let says = format!("uri has white space, control characters or more than {URI_MOST} bytes.");
        return Err(Error::new(Code::InvalidInput, says).at("uri"));
    }
    if let Some(kind) = line.kind.as_deref().filter(|kind| *kind != "text") {
        let says = format!("type is {kind:?}; only stories of type text can be imported as articles.");
        return Err(Error::new(Code::InvalidInput, says).at("type"));
    }
    for field in line.unknown.keys() {
        *dropped.entry(format!("field {field}")).or_insert(0) += 1;
    }
    for _ in line.previous_urls.iter().filter(|url| old_address::normalised(url).is_none()) {
        *dropped.entry("previous address that is no page's".to_owned()).or_insert(0) += 1;
    }
    if line.status == Status::Canceled {
        // A date that is none keeps nothing public.
        let made = line.made().ok().flatten();
        return Ok(Ready { line, hash, made, document: None, dropped });
    }
    // What was taken back names nothing, so that nothing of it can be too much.
    bounded(&line)?;
    for (_, topics) in line.topics() {
        for topic in topics {
            codes(topic, &mut dropped);
        }
    }
    let made = line.made()?;
    let body = body_of(&line, &mut dropped)?;
    let mut keep = Keep { dropped: &mut dropped };
    let may_be_open = !dated || line.status == Status::Draft;
    let published = if may_be_open && line.published.is_none() { None } else { Some(line.published()?) };
    let document = Document {
        headline: keep.line(&line.headline),
        label: keep.optional_line(line.label.as_deref()),
        genre: line.genre.as_deref().map(Genre::new).unwrap_or_default(),
        summary: keep.text(line.description_text.as_deref().unwrap_or_default()).trim().to_owned(),
        body,
        section: None,
        authors: Vec::new(),
        topics: Vec::new(),
        image: image_of(&line, &mut keep),
        language: language::settled(line.language.as_deref().unwrap_or(language)),
        published_at: published.map(|dated| dated.at),
        published_precision: published.map(|dated| dated.precision).unwrap_or_default(),
        embargoed_until: line.embargoed_until()?.map(|dated| dated.at),
        updated_at: line.updated()?.map(|dated| dated.at),
        canonical_url: keep.address("canonical_url", line.canonical_url.as_deref()),
        source: keep.optional_line(line.source.as_deref()),
        license: keep.optional_line(line.license.as_deref()),
        copyright_notice: keep.optional_line(line.copyrightnotice.as_deref()),
        info_sources: line
            .infosources
            .iter()
            .map(|s| InfoSource { name: keep.line(&s.name), url: keep.address("infosources.url", s.url.as_deref()) })
            .collect(),
        disclaimers: disclaimers(&line, &mut keep),
        corrections: corrections(&line, &mut keep)?,
        related: linked(&line, &mut keep),
    };
    document.check()?;
    let rendered = publish::rendered(&document)?;
    Ok(Ready { line, hash, made, document: Some((document, rendered)), dropped })
}

/// Holds that nothing is looked for in vain: each name costs a look into the database, and more of them than fit would go
/// nowhere.
fn bounded(line: &Line) -> Result<()> {
    let topics: usize = line.topics().iter().map(|(_, topics)| topics.len()).sum();
    for (field, many) in [("authors", line.authors.len()), ("topics", topics)] {
        if many > NAMES_MOST {
            let says = format!("{field} has more than {} entries.", Document::LINKS_MOST);
            return Err(Error::new(Code::InvalidInput, says).at(field));
        }
    }
    let is_long = |path: &String| path.split('/').nth(PARTS_MOST).is_some();
    if matches!(&line.section, Some(SectionName::Path(path)) if is_long(path)) {
        return Err(Error::new(Code::InvalidInput, "section lies deeper than eight levels.").at("section"));
    }
    Ok(())
}

/// Notes the codes that a topic and those above it have beyond what is kept.
fn codes(topic: &TopicName, dropped: &mut BTreeMap<String, u64>) {
    let mut next = Some(topic);
    while let Some(topic) = next {
        let beyond = topic.codes_beyond();
        if beyond > 0 {
            *dropped.entry(format!("code of a topic beyond {CODES_MOST}")).or_insert(0) += beyond as u64;
        }
        next = topic.parent.as_deref();
    }
}

/// The disclaimers that say something.
fn disclaimers(line: &Line, keep: &mut Keep<'_>) -> Vec<String> {
    let mut all = Vec::with_capacity(line.disclaimers.len());
    for one in &line.disclaimers {
        let text = keep.line(one);
        all.extend(keep.said("disclaimer", text));
    }
    all
}

/// The corrections, oldest first; one that says nothing is none, whatever its date.
fn corrections(line: &Line, keep: &mut Keep<'_>) -> Result<Vec<Correction>> {
    let mut all = Vec::with_capacity(line.corrections.len());
    for one in &line.corrections {
        let text = keep.text(&one.text);
        if let Some(text) = keep.said("correction", text) {
            all.push(Correction { published_at: one.published()?.at, text });
        }
    }
    all.sort_by_key(|correction| correction.published_at);
    Ok(all)
}

/// The stories that an editor put beside it, none twice, not itself.
fn linked(line: &Line, keep: &mut Keep<'_>) -> Vec<String> {
    let mut uris: Vec<String> = Vec::new();
    for uri in &line.related {
        if uris.len() > Document::RELATED_MOST {
            // It fails for that, and looking for what is twice would take the square of them.
            break;
        }
        let uri = keep.line(uri);
        if uri.is_empty() || uri.len() > URI_MOST || uri == line.uri {
            keep.note("related that is no other story's uri");
        } else if !uris.contains(&uri) {
            uris.push(uri);
        }
    }
    uris
}

fn body_of(line: &Line, dropped: &mut BTreeMap<String, u64>) -> Result<Body> {
    if let Some(json) = &line.body {
        return serde_json::from_value(json.clone()).map_err(|e| {
            let says = format!(
                "body: {}. It is Portable Text; other text goes into body_html, body_markdown or body_text.",
                text::misfit(&e)
            );
            Error::new(Code::InvalidInput, says).at("body")
        });
    }
    let parsed = match (&line.body_html, &line.body_markdown, &line.body_text) {
        (Some(source), _, _) => html::parse(source),
        (None, Some(source), _) => markdown::parse(source),
        (None, None, source) => return Ok(plain::parse(source.as_deref().unwrap_or_default())),
    };
    for item in parsed.dropped {
        *dropped.entry(item.what).or_insert(0) += item.count as u64;
    }
    Ok(parsed.body)
}

fn image_of(line: &Line, keep: &mut Keep<'_>) -> Option<Image> {
    let image = match line.image.clone()? {
        ImageName::Url(url) => Image { url, ..Image::default() },
        ImageName::Full(image) => image,
    };
    let url = address::repair(&image.url);
    if address::resource(&url).is_err() || !(url.contains("://") || url.starts_with('/')) {
        keep.note("image without an address");
        return None;
    }
    Some(Image {
        url: url.into_owned(),
        alt: keep.optional_line(image.alt.as_deref()),
        caption: keep.optional_line(image.caption.as_deref()),
        credit: keep.optional_line(image.credit.as_deref()),
        width: image.width.filter(|n| *n > 0 && *n <= 100_000),
        height: image.height.filter(|n| *n > 0 && *n <= 100_000),
    })
}

/// Cleans text and counts what it drops.
struct Keep<'a> {
    dropped: &'a mut BTreeMap<String, u64>,
}

impl Keep<'_> {
    fn note(&mut self, what: &str) {
        *self.dropped.entry(what.to_owned()).or_insert(0) += 1;
    }

    fn counted(&mut self, (text, characters): (String, usize)) -> String {
        if characters > 0 {
            *self.dropped.entry("characters that XML forbids".to_owned()).or_insert(0) += characters as u64;
        }
        text
    }

    fn line(&mut self, text: &str) -> String {
        self.counted(text::one_line(text))
    }

    fn text(&mut self, text: &str) -> String {
        self.counted(text::cleaned(text))
    }

    fn optional_line(&mut self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.line(text)).filter(|text| !text.is_empty())
    }

    /// The text, unless it says nothing.
    fn said(&mut self, what: &str, text: String) -> Option<String> {
        if text.trim().is_empty() {
            self.note(&format!("{what} without text"));
            return None;
        }
        Some(text)
    }

    fn address(&mut self, field: &str, url: Option<&str>) -> Option<String> {
        let url = address::repair(url?);
        if address::absolute(&url).is_ok() {
            return Some(url.into_owned());
        }
        self.note(&format!("{field} that is no http(s) address"));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ended_a_story_is_known_again_with_its_date() {
        let (here, made) = (Instant::from_millis(2_000), Instant::from_millis(-1_000));
        let kept = digest_of_end("abc", here, Some(made));
        assert!(is_of(&kept, "abc") && !is_of(&kept, "ab") && !is_of("", "abc"));
        assert_eq!(end_of(&kept, here), Some(End::Dated(made)));
        // Taken back once more by somebody else.
        assert_eq!(end_of(&kept, here.plus_millis(1)), None);
        for plain in ["abc", "", "abc x y", "abc 2000"] {
            assert_eq!(end_of(plain, here), None, "{plain}");
        }
        let undated = digest_of_end("abc", here, None);
        assert!(is_of(&undated, "abc"));
        assert_eq!(end_of(&undated, here), Some(End::Undated));
    }
}
