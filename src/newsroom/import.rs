//! Import: stories from elsewhere, in batches that are one transaction each, with a savepoint per story.
//!
//! A story is known again by its `uri`. One that has not changed since its last import changes nothing; one that has
//! becomes a new version. One bad item costs one item. A batch that was committed stays when the program is killed,
//! and importing the file again goes on from there. What the items are made of is the formats' affair: see
//! [`crate::formats::item`].

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, Mutex};

use futures::FutureExt;

use super::correct::{self, Beside, hand_back};
use super::intake::{self, End, Ready};
use super::publish::{self, goes_out, newest, put};
use super::terms::Terms;
use super::{history, withdraw};
use crate::error::{Code, Error, Result};
use crate::formats::article;
use crate::formats::item::{Content, Item};
use crate::formats::jsonl::{self, Line, Status};
use crate::model::address;
use crate::model::article::{Byline, Document, RenderedBody, Tombstone};
use crate::model::change::{Deed, Subject, Touches};
use crate::model::id::{ArticleId, RevisionId};
use crate::model::newsroom::EventKind;
use crate::model::policy::{self, Action};
use crate::model::slug::{is_slug, slugify};
use crate::model::text;
use crate::model::time::{Instant, Precision};
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, Hand, State, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::{Db, Tx, addresses, articles, events, terms as stored};

/// What readers are told of a story that its source holds back after it was public.
const HELD_BACK: &str = "Held back by the source.";

/// What a report says of a version that does not bring back what was taken back after it was made.
const OLDER: &str = "version from before the story was taken back: publish it in the newsroom if it shall return";

/// What a report says of a correction that is to come.
const TO_COME: &str = "date of a correction that is to come: it is dated with the text that tells of it";

/// The milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// What an import did, or would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Stories that are new here and public now.
    pub created: u64,
    /// Stories that were here and have a new version.
    pub updated: u64,
    /// Stories that have not changed.
    pub unchanged: u64,
    /// Stories that were taken back.
    pub withdrawn: u64,
    /// Stories that wait for their instant.
    pub scheduled: u64,
    /// Stories that are held back.
    pub withheld: u64,
    /// Stories that are not finished: the newsroom has them.
    pub drafts: u64,
    /// Items that are no stories, by the reason for which they were passed over.
    pub passed: BTreeMap<String, u64>,
    /// Items that failed.
    pub failed: Vec<Failure>,
    /// What was left out of stories that went in, with how often.
    pub dropped: BTreeMap<String, u64>,
    /// The number of the last change.
    pub seq: i64,
}

/// An item that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Its number in the file, from 1.
    pub number: u64,
    /// What a person knows it by; empty where nothing is known.
    pub name: String,
    /// Why, and the mend.
    pub reason: String,
    /// What there is of it.
    pub bytes: Vec<u8>,
    /// What that is.
    pub left: Left,
}

/// What there is of an item that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// It as a neutral line, to be mended and imported as one.
    Line,
    /// It as its own format has it, whole, to be mended and imported as that.
    Document,
    /// How it begins in its file: it can be mended there only.
    Excerpt,
}

impl Report {
    /// Adds what another batch did.
    pub fn add(&mut self, other: Report) {
        self.created += other.created;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
        self.withdrawn += other.withdrawn;
        self.scheduled += other.scheduled;
        self.withheld += other.withheld;
        self.drafts += other.drafts;
        for (why, n) in other.passed {
            *self.passed.entry(why).or_insert(0) += n;
        }
        self.failed.extend(other.failed);
        for (what, n) in other.dropped {
            *self.dropped.entry(what).or_insert(0) += n;
        }
        self.seq = self.seq.max(other.seq);
    }

    /// Every item that it accounts for.
    pub fn lines(&self) -> u64 {
        self.created
            + self.updated
            + self.unchanged
            + self.withdrawn
            + self.scheduled
            + self.withheld
            + self.drafts
            + self.passed.values().sum::<u64>()
            + self.failed.len() as u64
    }
}

/// What is kept of an item to name it in the report.
#[derive(Debug, Clone)]
struct Source {
    number: u64,
    name: String,
    /// The neutral line as JSON.
    bytes: Vec<u8>,
    notes: BTreeMap<String, u64>,
    /// Whether it must say when it was published.
    dated: bool,
}

/// An item once it was looked at.
enum Read {
    Story(Source, Box<Line>, String),
    Passed(String, BTreeMap<String, u64>),
    Failed(Failure),
}

/// Reads what is still JSON, and takes the digest by which a story is known again.
fn read(item: Item) -> Read {
    let Item { number, name, content, notes } = item;
    let failed = |name, bytes, left, reason| Read::Failed(Failure { number, name, reason, bytes, left });
    match content {
        Content::Passed(why) => Read::Passed(why, notes),
        Content::Fault { reason, source, whole } => {
            let left = if whole { Left::Document } else { Left::Excerpt };
            failed(name, source, left, reason)
        }
        Content::Json(bytes) => match jsonl::parse(&bytes).and_then(|line| Ok((intake::digest(&line)?, line))) {
            Ok((hash, line)) => Read::Story(Source { number, name, bytes, notes, dated: true }, Box::new(line), hash),
            Err(error) => failed(name, bytes, Left::Line, error.message().to_owned()),
        },
        Content::Story(line) => match jsonl::print(&line) {
            Ok(json) => {
                let hash = intake::digest_of(json.as_bytes());
                // Formats that have no dates leave them open: then it is dated with when it became public.
                Read::Story(Source { number, name, bytes: json.into_bytes(), notes, dated: false }, line, hash)
            }
            Err(error) => failed(name, Vec::new(), Left::Excerpt, error.message().to_owned()),
        },
    }
}

/// A batch that has been read and checked.
pub struct Prepared {
    ready: Arc<Vec<(Source, Ready)>>,
    report: Report,
}

/// Imports into one database.
#[derive(Clone)]
pub struct Importer {
    db: Db,
    by: Viewer,
    language: String,
    dry_run: bool,
    /// The stories of batches that are prepared and not written yet, with how often: what the database has of them is not
    /// what the next batch goes on from.
    in_hand: Arc<Mutex<HashMap<String, usize>>>,
}

/// What is told in the report of a line that went in.
type Notes = Vec<&'static str>;

enum Outcome {
    Created,
    Updated,
    Unchanged,
    Withdrawn,
    Scheduled,
    Withheld,
    Draft,
}

impl Importer {
    /// An importer for this viewer. Stories that name no language are taken to be in `language`. With `dry_run`
    /// everything is tried and nothing is kept.
    ///
    /// # Errors
    /// What [`policy::may`] says.
    pub fn new(db: &Db, viewer: &Viewer, language: &str, dry_run: bool) -> Result<Importer> {
        policy::may(viewer, Action::Import)?;
        let (language, in_hand) = (language.to_owned(), Arc::default());
        Ok(Importer { db: db.clone(), by: *viewer, language, dry_run, in_hand })
    }

    /// Counts the stories of a batch among those that are to be written, or no longer.
    fn take_in_hand(&self, ready: &[(Source, Ready)], take: bool) {
        let mut in_hand = self.in_hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        for (_, ready) in ready {
            let times = in_hand.entry(ready.line.uri.clone()).or_insert(0);
            *times = if take { *times + 1 } else { times.saturating_sub(1) };
            if *times == 0 {
                in_hand.remove(&ready.line.uri);
            }
        }
    }

    /// Reads and checks a batch, on as many threads as it is worth. Writes nothing.
    ///
    /// # Errors
    /// What the database says; a bad item is no error but an entry of the report.
    pub async fn prepare(&self, items: Vec<Item>) -> Result<Prepared> {
        let mut report = Report::default();
        let (half, size) = (items.len().div_ceil(2).max(1), items.len());
        let mut parts = Vec::new();
        let mut items = items.into_iter().peekable();
        while items.peek().is_some() {
            let part: Vec<Item> = items.by_ref().take(half).collect();
            parts.push(tokio::task::spawn_blocking(move || part.into_iter().map(read).collect::<Vec<_>>()));
        }
        let mut stories: Vec<(Source, Box<Line>, String)> = Vec::with_capacity(size);
        for part in futures::future::join_all(parts).await {
            for item in part.map_err(Error::internal)? {
                match item {
                    Read::Story(source, line, hash) => stories.push((source, line, hash)),
                    Read::Passed(why, notes) => {
                        *report.passed.entry(why).or_insert(0) += 1;
                        for (what, n) in notes {
                            *report.dropped.entry(what).or_insert(0) += n;
                        }
                    }
                    Read::Failed(failure) => report.failed.push(failure),
                }
            }
        }
        // What is there already unchanged needs no reading of its body.
        let is_uri = |uri: &&String| uri.chars().all(text::is_xml_char);
        let uris: Vec<String> = stories.iter().map(|(_, line, _)| &line.uri).filter(is_uri).cloned().collect();
        // Taken down before the database is read: what is written in between is looked at once more, which costs little.
        let in_hand: HashSet<String> = {
            let in_hand = self.in_hand.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            uris.iter().filter(|uri| in_hand.contains_key(*uri)).cloned().collect()
        };
        let known: HashMap<String, String> = {
            let mut conn = self.db.read().await?;
            newsroom::hashes(&mut conn, &uris).await?.into_iter().collect()
        };
        // A story whose last line is what is here comes to the same in the end, whatever its lines before that say: a file that
        // has it several times changes nothing when it is imported again, as far as they stand in one batch.
        let settled: HashSet<String> = {
            let last: HashMap<&str, &str> =
                stories.iter().map(|(_, line, hash)| (line.uri.as_str(), hash.as_str())).collect();
            let is_last = |uri: &str, kept: &str| last.get(uri).is_some_and(|hash| intake::is_of(kept, hash));
            let settled = known.iter().filter(|(uri, kept)| !in_hand.contains(*uri) && is_last(uri, kept));
            settled.map(|(uri, _)| uri.clone()).collect()
        };
        let mut seen: HashSet<String> = HashSet::new();
        let mut fresh = Vec::new();
        for (source, line, hash) in stories {
            // Of other stories only the first line may be passed over: a later one may go back on it, in this batch or in one that
            // is still to be written.
            let is_first = seen.insert(line.uri.clone()) && !in_hand.contains(&line.uri);
            let is_known = is_first && known.get(&line.uri).is_some_and(|kept| intake::is_of(kept, &hash));
            if is_known || settled.contains(&line.uri) {
                report.unchanged += 1;
            } else {
                fresh.push((source, line, hash));
            }
        }
        let half = fresh.len().div_ceil(2).max(1);
        let mut parts = Vec::new();
        while !fresh.is_empty() {
            let part: Vec<_> = fresh.drain(..half.min(fresh.len())).collect();
            let language = self.language.clone();
            parts.push(tokio::task::spawn_blocking(move || {
                part.into_iter()
                    .map(|(source, line, hash)| {
                        let ready = intake::ready(*line, hash, &language, source.dated);
                        (source, ready)
                    })
                    .collect::<Vec<_>>()
            }));
        }
        let mut ready = Vec::new();
        for part in futures::future::join_all(parts).await {
            for (source, result) in part.map_err(Error::internal)? {
                match result {
                    Ok(one) => ready.push((source, one)),
                    Err(error) => report.failed.push(failure(&source, &error)),
                }
            }
        }
        self.take_in_hand(&ready, true);
        Ok(Prepared { ready: Arc::new(ready), report })
    }

    /// Writes a batch: one transaction, a savepoint for each line.
    ///
    /// # Errors
    /// What the database says; then nothing of the batch was kept.
    pub async fn write(&self, batch: Prepared) -> Result<Report> {
        let Prepared { ready, mut report } = batch;
        if ready.is_empty() {
            report.failed.sort_by_key(|failure| failure.number);
            return Ok(report);
        }
        let (by, dry_run) = (self.by, self.dry_run);
        let tried: Arc<Mutex<Report>> = Arc::default();
        let (keep, batch) = (tried.clone(), ready.clone());
        let written = self
            .db
            .write(move |tx| {
                let (ready, keep) = (ready.clone(), keep.clone());
                async move {
                    let report = write_lines(tx, &ready, by).await?;
                    if dry_run {
                        *keep.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = report;
                        return Err(Error::new(Code::Conflict, "This was a dry run; nothing was kept."));
                    }
                    Ok(report)
                }
                .boxed()
            })
            .await;
        self.take_in_hand(&batch, false);
        match written {
            Ok(written) => {
                report.add(written.value);
                report.seq = written.seq;
            }
            Err(error) if dry_run && error.code() == Code::Conflict && error.cause().is_none() => {
                report.add(tried.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone());
            }
            Err(error) => return Err(error),
        }
        report.failed.sort_by_key(|failure| failure.number);
        Ok(report)
    }
}

fn failure(source: &Source, error: &Error) -> Failure {
    let Source { number, name, bytes, .. } = source.clone();
    Failure { number, name, reason: error.message().to_owned(), bytes, left: Left::Line }
}

/// Whether the error is the line's fault: then only the line fails. Everything else is the database's, and the batch
/// fails with it.
fn is_of_the_line(error: &Error) -> bool {
    error.cause().is_none() && matches!(error.code(), Code::InvalidInput | Code::InvalidParameter | Code::Conflict)
}

async fn write_lines(tx: &mut Tx, lines: &[(Source, Ready)], by: Viewer) -> Result<Report> {
    stored::keep_still(tx).await?;
    let mut report = Report::default();
    let mut terms = Terms::default();
    let mut ahead = Ahead::look(tx, lines).await?;
    // What was canceled names nothing.
    let stories = lines.iter().filter(|(_, ready)| ready.document.is_some());
    terms.meet(tx, stories.map(|(_, ready)| &ready.line)).await?;
    for (source, ready) in lines {
        let mut result = write_part(tx, &mut terms, &mut ahead, ready, by).await?;
        if result.as_ref().is_err_and(|error| error.code() == Code::Conflict && error.cause().is_some()) {
            // Something of it is there that was not: somebody else wrote it since, or a line before this one did.
            (terms, ahead) = (Terms::default(), Ahead::default());
            result = write_part(tx, &mut terms, &mut ahead, ready, by).await?;
        }
        match result {
            Ok((outcome, notes)) => {
                match outcome {
                    Outcome::Created => report.created += 1,
                    Outcome::Updated => report.updated += 1,
                    Outcome::Unchanged => report.unchanged += 1,
                    Outcome::Withdrawn => report.withdrawn += 1,
                    Outcome::Scheduled => report.scheduled += 1,
                    Outcome::Withheld => report.withheld += 1,
                    Outcome::Draft => report.drafts += 1,
                }
                for (what, n) in ready.dropped.iter().chain(&source.notes) {
                    *report.dropped.entry(what.clone()).or_insert(0) += n;
                }
                for what in notes {
                    *report.dropped.entry(what.to_owned()).or_insert(0) += 1;
                }
            }
            Err(error) if is_of_the_line(&error) => {
                terms.forget();
                report.failed.push(failure(source, &error));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(report)
}

/// What of a batch may be there already, so that other lines need no looking up; by default everything may.
#[derive(Default)]
struct Ahead(Option<Names>);

/// What was found to be there, and what lines since then may have put there.
struct Names {
    uris: HashSet<String>,
    slugs: HashSet<String>,
}

impl Ahead {
    async fn look(tx: &mut Tx, lines: &[(Source, Ready)]) -> Result<Ahead> {
        let uris: Vec<String> = lines.iter().map(|(_, ready)| ready.line.uri.clone()).collect();
        let slugs: Vec<String> = lines.iter().map(|(_, ready)| slugs_of(&ready.line).0).collect();
        let known = newsroom::hashes(tx.conn(), &uris).await?;
        let taken = newsroom::taken(tx.conn(), &slugs).await?;
        Ok(Ahead(Some(Names {
            uris: known.into_iter().map(|(uri, _)| uri).collect(),
            slugs: taken.into_iter().collect(),
        })))
    }

    fn may_be_known(&self, uri: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.uris.contains(uri))
    }

    fn may_be_taken(&self, slug: &str) -> bool {
        self.0.as_ref().is_none_or(|names| names.slugs.contains(slug))
    }

    fn now_taken(&mut self, slug: String) {
        self.0.as_mut().map(|names| names.slugs.insert(slug));
    }

    /// A line was written, or was not: another one after it may find what is its own.
    fn met(&mut self, line: &Line) {
        if let Some(names) = &mut self.0 {
            names.uris.insert(line.uri.clone());
            let (wanted, aliases) = slugs_of(line);
            names.slugs.insert(wanted);
            names.slugs.extend(aliases);
        }
    }
}

/// Writes one line by itself: what fails of it is undone.
async fn write_part(
    tx: &mut Tx,
    terms: &mut Terms,
    ahead: &mut Ahead,
    ready: &Ready,
    by: Viewer,
) -> Result<Result<(Outcome, Notes)>> {
    let part = tx.savepoint().await?;
    let result = write_line(tx, terms, ahead, ready, by).await;
    ahead.met(&ready.line);
    tx.settle(part, result).await
}

async fn write_line(
    tx: &mut Tx,
    terms: &mut Terms,
    ahead: &mut Ahead,
    ready: &Ready,
    by: Viewer,
) -> Result<(Outcome, Notes)> {
    let uri = &ready.line.uri;
    let mut known = if ahead.may_be_known(uri) { newsroom::by_uri(tx.conn(), uri).await? } else { None };
    if known.is_none()
        && let Some(id) = named_by_id(uri)
    {
        let is_named = |entry: &Entry| article::uri(&entry.uri, &entry.id.to_string()) == *uri;
        known = newsroom::by_id(tx.conn(), id).await?.filter(is_named);
    }
    if let Some(entry) = &known {
        if intake::is_of(&entry.hash, &ready.hash) {
            return Ok((Outcome::Unchanged, Notes::new()));
        }
        // Somebody may be at work on it at the same time.
        known = newsroom::lock(tx, entry.id).await?;
    }
    if let Some(entry) = known.as_ref().filter(|entry| entry.state == State::Killed) {
        // What is exported of it says that it is gone, and why; read again, that is no news.
        if ready.document.is_none() && entry.reason.as_deref() == Some(reason_of(&ready.line)?.as_str()) {
            return Ok((Outcome::Unchanged, Notes::new()));
        }
        let says = "This story was killed here and cannot return; the source must use another uri for a new one.";
        return Err(Error::new(Code::Conflict, says).at("uri"));
    }
    if let Some(entry) = &known
        && ready.document.is_some()
        && is_older(tx, entry, ready).await?
    {
        return Ok((Outcome::Unchanged, vec![OLDER]));
    }
    let shown;
    let ready = match &known {
        // When it may be shown is not known, and it is shown already.
        Some(entry) if ready.line.undated && entry.is_public() => {
            let mut line = ready.clone();
            line.line.status = Status::Usable;
            if let Some((document, _)) = &mut line.document {
                let public = correct::public(tx, entry).await?;
                (document.published_at, document.published_precision) =
                    (public.published_at, public.published_precision);
            }
            shown = line;
            &shown
        }
        _ => ready,
    };
    let mut notes = Notes::new();
    let outcome = match (&ready.document, known) {
        (None, known) => cancel(tx, terms, ready, known, &by).await?,
        (Some((document, rendered)), known) => {
            let public = known.as_ref().is_some_and(Entry::is_public);
            let mut document = document.clone();
            if let Some(entry) = known.as_ref().filter(|_| ready.line.dates_version) {
                keep_first_date(tx, entry, &mut document).await?;
            }
            let until = publish::waits(&document, public, tx.now());
            terms.begin(matches!(ready.line.status, Status::Withheld | Status::Draft) || until.is_some());
            let mut document = linked(tx, terms, &ready.line, document).await?;
            let out = until.unwrap_or_else(|| tx.now());
            for correction in document.corrections.iter_mut().filter(|one| one.published_at > out) {
                // Nobody reads of it before the text is out that tells of it, and not after it either.
                correction.published_at = out;
                notes.push(TO_COME);
            }
            match known {
                None => create(tx, terms, ahead, ready, document, rendered.clone(), by).await?,
                Some(entry) => change(tx, terms, ready, entry, document, rendered.clone(), by).await?,
            }
        }
    };
    Ok((outcome, notes))
}

/// Leaves a story that is known where it stands in the lists when its source says only when this version of it was made: that is
/// its update. A version that is older than all that is known dates the story anew.
async fn keep_first_date(tx: &mut Tx, entry: &Entry, document: &mut Document) -> Result<()> {
    let Some(made) = document.published_at else { return Ok(()) };
    let before = match (entry.is_public(), entry.revision) {
        (true, _) => correct::public(tx, entry).await?,
        (false, Some(_)) => newest(tx, entry).await?,
        (false, None) => return Ok(()),
    };
    // What is public without a date of its own is dated with when it became so.
    let is_later = before.published_at.map_or(entry.is_public(), |first| first < made);
    if is_later {
        document.updated_at = document.updated_at.max(Some(made));
        (document.published_at, document.published_precision) = (before.published_at, before.published_precision);
    }
    Ok(())
}

/// Whether the story was taken back after its source made this version of it: then it is no news, and does not bring it back. A
/// line that does not say when it was made is what its source says now.
async fn is_older(tx: &mut Tx, entry: &Entry, ready: &Ready) -> Result<bool> {
    let Some(made) = ready.made else { return Ok(false) };
    let Some(here) = publish::taken_back(tx, entry).await? else { return Ok(false) };
    let gone = match intake::end_of(&entry.hash, here) {
        Some(End::Dated(made)) => made,
        // What it does not date counts in the order in which it comes.
        Some(End::Undated) => return Ok(false),
        None => here,
    };
    let made = match made.precision {
        Precision::Instant => made.at,
        // At any time of that day.
        Precision::Day => made.at.plus_millis(DAY_MS - 1),
    };
    Ok(made < gone)
}

/// The digest of a line that does not itself take the story back. Where its source did so before, that is kept in it, by the
/// later of the two lines.
async fn digest_after(tx: &mut Tx, entry: &Entry, ready: &Ready) -> Result<String> {
    let here = publish::taken_back(tx, entry).await?;
    let Some((here, end)) = here.and_then(|here| Some((here, intake::end_of(&entry.hash, here)?))) else {
        return Ok(ready.hash.clone());
    };
    let end = match end {
        End::Dated(end) => Some(end),
        End::Undated => None,
    };
    Ok(intake::digest_of_end(&ready.hash, here, ready.made.map(|made| made.at).max(end)))
}

/// Whether what waits beside the public article is as an import left it there. An editor who schedules a text says for when, and
/// what they write is another revision.
pub(super) async fn left_waiting(tx: &mut Tx, entry: &Entry) -> Result<bool> {
    let (State::Scheduled, true, Some(newest)) = (entry.state, entry.is_public(), entry.revision) else {
        return Ok(false);
    };
    let Some(event) = events::newest(tx.conn(), entry.id, EventKind::Scheduled).await? else { return Ok(false) };
    let number = newsroom::number_of(tx.conn(), newest).await?;
    Ok(event.detail.is_empty() && number.is_some() && event.revision == number)
}

/// The article of this database that formats name by its id, since its own name is no URI ([`article::uri`]): read again, what
/// is exported of it must not become another article.
fn named_by_id(uri: &str) -> Option<ArticleId> {
    uri.strip_prefix("urn:masthead:")?.parse().ok()
}

/// Why the source took a story back, in public.
fn reason_of(line: &Line) -> Result<String> {
    let reason = line.status_reason.as_deref().unwrap_or("Withdrawn by the source.");
    withdraw::checked_reason(&text::cleaned(reason).0)
}

/// The document with the ids of what the line names.
async fn linked(tx: &mut Tx, terms: &mut Terms, line: &Line, mut document: Document) -> Result<Document> {
    if let Some(section) = &line.section {
        document.section = Some(terms.section(tx, section).await?);
    }
    for author in &line.authors {
        let byline = Byline { author: terms.author(tx, author).await?, role: author.role.clone() };
        if !document.authors.iter().any(|b| b.author == byline.author) {
            document.authors.push(byline);
        }
    }
    for (kind, names) in line.topics() {
        for name in names {
            let topic = terms.topic(tx, kind, name).await?;
            if !document.topics.contains(&topic) {
                document.topics.push(topic);
            }
        }
    }
    document.check()?;
    Ok(document)
}

/// The slug that the line wants, and the names that must lead to it.
fn slugs_of(line: &Line) -> (String, Vec<String>) {
    let digest = blake3::hash(line.uri.as_bytes()).to_hex();
    let fallback = format!("article-{}", &digest[..8]);
    let wanted = match line.slug.as_deref() {
        Some(slug) if is_slug(slug) => slug.to_owned(),
        Some(slug) => slugify(slug, &slugify(&line.headline, &fallback)),
        None => slugify(&line.headline, &fallback),
    };
    let is_alias = |alias: &&String| {
        (1..=300).contains(&alias.len())
            && **alias != wanted
            && !alias.contains(['/', '?', '#'])
            && !alias.chars().any(char::is_control)
            && alias.parse::<ArticleId>().is_err()
    };
    let aliases = line.slug.iter().chain(&line.previous_slugs).filter(is_alias).cloned().collect();
    (wanted, aliases)
}

/// Claims the names and addresses that must lead to an article; at once for the public when `public` says so.
async fn claim_aliases(tx: &mut Tx, id: ArticleId, public: bool, aliases: &[String], line: &Line) -> Result<()> {
    for alias in aliases {
        // One that is another article's leads there, as it did before.
        if newsroom::claim(tx, alias, id).await? && public {
            articles::add_slug(tx, alias, id).await?;
        }
    }
    for address in line.previous_urls.iter().filter_map(|url| address::normalised(url)) {
        if addresses::claim(tx, &address, id).await? && public {
            addresses::add(tx, &address, id).await?;
        }
    }
    Ok(())
}

async fn create(
    tx: &mut Tx,
    terms: &mut Terms,
    ahead: &mut Ahead,
    ready: &Ready,
    document: Document,
    rendered: RenderedBody,
    by: Viewer,
) -> Result<Outcome> {
    let id = ArticleId(tx.next_id());
    let (wanted, aliases) = slugs_of(&ready.line);
    // As with drafts that are written here, the slug is claimed when it becomes public.
    let draft = ready.line.status == Status::Draft;
    let slug = if draft || !ahead.may_be_taken(&wanted) {
        wanted
    } else {
        newsroom::free_slug(tx.conn(), &wanted, id).await?
    };
    let mut entry = Entry::new(id, ready.line.uri.clone(), slug);
    entry.hash.clone_from(&ready.hash);
    entry.offers = terms.offers();
    entry.revision = Some(RevisionId(tx.next_id()));
    entry.headline.clone_from(&document.headline);
    let kept = document.clone();
    let kind = match ready.line.status {
        Status::Withheld => {
            entry.state = workflow::step(entry.standing(), Step::Withhold, Hand::Desk)?;
            EventKind::Withheld
        }
        Status::Draft => EventKind::Created,
        Status::Usable | Status::Canceled => {
            put(tx, terms, &mut entry, document, Some(rendered), Deed::Published).await?
        }
    };
    newsroom::begin(tx, &mut entry, &kept, &by.name(), (kind, by.account()), !draft).await?;
    claim_aliases(tx, id, entry.is_public(), &aliases, &ready.line).await?;
    ahead.now_taken(entry.slug);
    Ok(match entry.state {
        State::Published => Outcome::Created,
        State::Scheduled => Outcome::Scheduled,
        State::Draft => Outcome::Draft,
        _ => Outcome::Withheld,
    })
}

async fn change(
    tx: &mut Tx,
    terms: &mut Terms,
    ready: &Ready,
    mut entry: Entry,
    mut document: Document,
    rendered: RenderedBody,
    by: Viewer,
) -> Result<Outcome> {
    entry.hash = digest_after(tx, &entry, ready).await?;
    let was_public = entry.is_public();
    let draft = ready.line.status == Status::Draft;
    let until = publish::waits(&document, was_public, tx.now());
    // The new text of what is public waits beside it for the end of its embargo.
    let waits = was_public && ready.line.status == Status::Usable && until.is_some();
    // What an earlier line left waiting there gives way to what this one says.
    let mut waiting = None;
    if left_waiting(tx, &entry).await? {
        waiting = Some((entry.clone(), newest(tx, &entry).await?));
        (entry.revision, entry.state, entry.due_at) = (entry.public_revision, State::Published, None);
    }
    // What an editor writes beside the public article is put aside, and stands beside the new one afterwards.
    let beside = Beside::set_aside(tx, &mut entry).await?;
    if let (Some(until), true, Some(_)) = (until, waits, &beside) {
        return Err(in_the_way(until));
    }
    // What an earlier line offered gives way to what this one says.
    entry.offers = terms.offers();
    let (wanted, mut aliases) = slugs_of(&ready.line);
    if waits {
        // Its new address would tell of it before the end of the embargo; its former ones are known.
        let former: HashSet<&String> = ready.line.previous_slugs.iter().collect();
        aliases.retain(|alias| former.contains(alias));
    }
    let moved = !waits
        && ready.line.slug.is_some()
        && wanted != entry.slug
        && ((draft && !was_public) || newsroom::claim(tx, &wanted, entry.id).await?);
    let before = match entry.revision {
        Some(_) => Some(newest(tx, &entry).await?),
        None => None,
    };
    let mut deed = Deed::Published;
    if let Some(before) = &before {
        // What is public stands in the lists where it stood, also where its source dates it ahead.
        let (at, stays) = (goes_out(&document, tx.now()), was_public && ready.line.status == Status::Usable);
        if stays && document.published_at.is_some_and(|dated| dated > at) {
            (document.published_at, document.published_precision) = (before.published_at, before.published_precision);
        }
        let out = until.unwrap_or_else(|| tx.now());
        for correction in document.corrections.iter_mut().filter(|one| one.published_at >= out) {
            // One that its source dates ahead was dated when it came; it is the same.
            if let Some(known) = before.corrections.iter().find(|known| known.text == correction.text) {
                correction.published_at = known.published_at;
            }
        }
        // A note that was published here is never lost, also when the source does not know of it.
        for correction in &before.corrections {
            if !document.corrections.contains(correction) {
                document.corrections.push(correction.clone());
            }
        }
        document.corrections.sort_by_key(|c| c.published_at);
        // Together they may be too many.
        document.check()?;
        if was_public && document.corrections.len() > before.corrections.len() {
            deed = Deed::Corrected;
        }
    }
    if let Some((stood, _)) = waiting.take_if(|(_, kept)| waits && *kept == document) {
        let Entry { hash, offers, .. } = entry;
        entry = Entry { hash, offers, ..stood };
        claim_aliases(tx, entry.id, true, &aliases, &ready.line).await?;
        newsroom::update(tx, &mut entry).await?;
        return Ok(Outcome::Unchanged);
    }
    let withhold = ready.line.status == Status::Withheld;
    let same_state = match ready.line.status {
        Status::Withheld => entry.state == State::Withheld,
        Status::Draft => !was_public && entry.state != State::Scheduled,
        Status::Usable | Status::Canceled => was_public || entry.state == State::Scheduled,
    };
    if same_state && !moved && before.as_ref() == Some(&document) {
        claim_aliases(tx, entry.id, was_public, &aliases, &ready.line).await?;
        if let Some(beside) = beside {
            beside.leave(&mut entry);
        } else if waiting.is_some() {
            // The source goes back to what is public.
            entry.headline.clone_from(&document.headline);
            history::record(tx, &entry, EventKind::Unscheduled, &by, "").await?;
        }
        newsroom::update(tx, &mut entry).await?;
        return Ok(Outcome::Unchanged);
    }
    let from = if moved { std::mem::replace(&mut entry.slug, wanted) } else { entry.slug.clone() };
    if before.as_ref() == Some(&document) {
        // What stood beside is put aside.
        entry.headline.clone_from(&document.headline);
    } else {
        newsroom::add_revision(tx, &mut entry, &document, &by.name(), None).await?;
    }
    let kind = if draft && !was_public && entry.state != State::Scheduled {
        // It is not public and nothing makes it so by itself; the desk goes on with it where it stands.
        entry.state = workflow::step(entry.standing(), Step::Save, Hand::Desk)?;
        EventKind::Saved
    } else if withhold || draft {
        if was_public {
            withdraw::bury(tx, terms, &mut entry, HELD_BACK, false).await?;
            entry.hash = intake::digest_of_end(&ready.hash, tx.now(), ready.made.map(|made| made.at));
        }
        entry.state = workflow::step(entry.standing(), Step::Withhold, Hand::Desk)?;
        // It waits for a word now, no longer for an instant.
        entry.due_at = None;
        if was_public { EventKind::Withdrawn } else { EventKind::Withheld }
    } else {
        if waits {
            // As when an editor writes beside what is public.
            entry.state = workflow::step(entry.standing(), Step::Save, Hand::Desk)?;
        }
        let kind = put(tx, terms, &mut entry, document.clone(), Some(rendered), deed).await?;
        if moved && was_public {
            let touches = Touches { slugs: vec![from, entry.slug.clone()], ..Touches::default() };
            tx.note(Subject::Article(entry.id), Deed::Moved, entry.version, touches);
        }
        kind
    };
    claim_aliases(tx, entry.id, entry.is_public(), &aliases, &ready.line).await?;
    if entry.is_public() {
        // How it ended is no matter any more.
        entry.hash.clone_from(&ready.hash);
    }
    let (written, outcome) = (
        entry.clone(),
        match entry.state {
            State::Published => Outcome::Updated,
            State::Scheduled => Outcome::Scheduled,
            _ if draft => Outcome::Draft,
            _ => Outcome::Withheld,
        },
    );
    let detail = if kind == EventKind::Withdrawn { HELD_BACK } else { "" };
    history::record(tx, &written, kind, &by, detail).await?;
    if let (Some(beside), Some(before), true) = (beside, &before, entry.is_public()) {
        let unmerged = beside.put_back(tx, &mut entry, before, &document, &by).await?;
        hand_back(tx, &mut entry, &unmerged, &by).await?;
    }
    newsroom::update(tx, &mut entry).await?;
    Ok(outcome)
}

/// The text would have to wait where somebody else's waits already, and one of the two would be lost.
fn in_the_way(until: Instant) -> Error {
    let says = format!(
        "The story is public and a draft of the newsroom stands beside it, where a text under embargo until {until} would have \
         to wait. Publish or discard the draft, or leave embargoedUntil out, and import it again."
    );
    Error::new(Code::Conflict, says).at("embargoedUntil")
}

/// Takes a story back that the source canceled. One that was never here gets its tombstone all the same: whoever
/// follows an old link learns that it is gone.
async fn cancel(tx: &mut Tx, terms: &mut Terms, ready: &Ready, known: Option<Entry>, by: &Viewer) -> Result<Outcome> {
    let reason = reason_of(&ready.line)?;
    let killed = ready.line.killed;
    let made = ready.made.map(|made| made.at);
    if let Some(mut entry) = known {
        let done = entry.state == State::Withdrawn && !killed && entry.reason.as_deref() == Some(reason.as_str());
        if done {
            entry.hash = digest_after(tx, &entry, ready).await?;
        } else {
            entry.hash = intake::digest_of_end(&ready.hash, tx.now(), made);
            if entry.state == State::Withdrawn && !killed {
                // Another reason for the same withdrawal: it is not public, but may be withdrawn once more.
                entry.state = State::Withheld;
            }
            let kind = withdraw::bury(tx, terms, &mut entry, &reason, killed).await?;
            history::record(tx, &entry, kind, by, &reason).await?;
        }
        newsroom::update(tx, &mut entry).await?;
        return Ok(if done { Outcome::Unchanged } else { Outcome::Withdrawn });
    }
    let id = ArticleId(tx.next_id());
    let (wanted, aliases) = slugs_of(&ready.line);
    let slug = newsroom::free_slug(tx.conn(), &wanted, id).await?;
    let mut entry = Entry::new(id, ready.line.uri.clone(), slug);
    entry.state = if killed { State::Killed } else { State::Withdrawn };
    entry.hash = intake::digest_of_end(&ready.hash, tx.now(), made);
    entry.reason = Some(reason.clone());
    newsroom::insert(tx, &mut entry).await?;
    let kind = if killed { EventKind::Killed } else { EventKind::Withdrawn };
    history::record(tx, &entry, kind, by, &reason).await?;
    newsroom::claim(tx, &entry.slug, id).await?;
    articles::add_slug(tx, &entry.slug, id).await?;
    claim_aliases(tx, id, true, &aliases, &ready.line).await?;
    let at = tx.now();
    let (uri, slug) = (entry.uri.clone(), entry.slug.clone());
    let stone = Tombstone { article: id, uri, slug, killed, reason, at, touches: Box::default() };
    articles::bury(tx, &stone).await?;
    let deed = if killed { Deed::Killed } else { Deed::Withdrawn };
    tx.note(Subject::Article(id), deed, 0, Touches { slugs: vec![entry.slug], ..Touches::default() });
    Ok(Outcome::Withdrawn)
}
