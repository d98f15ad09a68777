//! `masthead import`: articles from files.

mod lines;
mod report;
mod source;
mod vocabulary;

use std::collections::{HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use self::lines::Lines;
use super::Common;
use crate::app::App;
use crate::config::OutboundSettings;
use crate::error::{Code, Error, Result};
use crate::formats::item::{Content, Item, Items};
use crate::formats::{feed, front_matter, ghost, ninjs, wxr};
use crate::model::time::{Clock, Instant};
use crate::model::viewer::Viewer;
use crate::newsroom::import::{Importer, Report};
use crate::telemetry;

/// Items of one transaction.
const BATCH_ITEMS: usize = 500;
/// Bytes of one transaction, for files with long items.
const BATCH_BYTES: usize = 8 << 20;

/// Import articles, or a vocabulary.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Articles.
    #[command(flatten)]
    Articles(Articles),
    /// IPTC Media Topics: the vocabulary's JSON file, as a tree of topics with codes
    Mediatopics(vocabulary::MediaTopics),
}

impl Import {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        match self {
            Import::Articles(articles) => articles.run(common).await,
            Import::Mediatopics(topics) => topics.run(common).await,
        }
    }
}

/// Import articles.
#[derive(Debug, Subcommand)]
pub enum Articles {
    /// Neutral news lines: one story a line as JSON, plain or gzip
    Jsonl(Files),
    /// WordPress: the export file (WXR 1.0 to 1.2)
    Wxr(Wxr),
    /// Ghost: the JSON export
    Ghost(Ghost),
    /// RSS, Atom or JSON Feed
    Feed(Files),
    /// ninjs 1, 2 or 3: one document, an array of them, or one a line
    Ninjs(Files),
    /// Markdown with front matter, as Hugo, Jekyll and Eleventy have it: files, and folders of them
    Markdown(Markdown),
}

/// What every format takes.
#[derive(Debug, Args)]
pub struct Files {
    /// The files, plain or gzip; an https address is fetched
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Try everything and keep nothing
    #[arg(long)]
    pub dry_run: bool,
}

/// WordPress.
#[derive(Debug, Args)]
pub struct Wxr {
    /// The files.
    #[command(flatten)]
    pub files: Files,
    /// Import pages as articles too
    #[arg(long)]
    pub pages: bool,
    /// Import this type of posts as articles too; may be repeated
    #[arg(long, value_name = "TYPE")]
    pub post_type: Vec<String>,
}

/// Ghost.
#[derive(Debug, Args)]
pub struct Ghost {
    /// The files.
    #[command(flatten)]
    pub files: Files,
    /// Import pages as articles too
    #[arg(long)]
    pub pages: bool,
    /// Where the site was, for its addresses and pictures, which the export leaves open
    #[arg(long, value_name = "URL")]
    pub site: Option<String>,
}

/// Markdown.
#[derive(Debug, Args)]
pub struct Markdown {
    /// The files.
    #[command(flatten)]
    pub files: Files,
    /// Where the site was, for its addresses
    #[arg(long, value_name = "URL")]
    pub site: Option<String>,
}

/// What was imported as one whole.
#[derive(Default)]
struct Imported {
    report: Report,
    /// What is to be said of it.
    notes: Vec<String>,
    /// Why it could not be read to its end. What came before is imported.
    broken: Option<Error>,
}

impl Articles {
    fn files(&self) -> &Files {
        match self {
            Articles::Jsonl(files) | Articles::Feed(files) | Articles::Ninjs(files) => files,
            Articles::Wxr(wxr) => &wxr.files,
            Articles::Ghost(ghost) => &ghost.files,
            Articles::Markdown(markdown) => &markdown.files,
        }
    }

    /// What stands behind `import`.
    fn format(&self) -> &'static str {
        match self {
            Articles::Jsonl(_) => "jsonl",
            Articles::Wxr(_) => "wxr",
            Articles::Ghost(_) => "ghost",
            Articles::Feed(_) => "feed",
            Articles::Ninjs(_) => "ninjs",
            Articles::Markdown(_) => "markdown",
        }
    }

    async fn run(self, common: &Common) -> Result<ExitCode> {
        let Files { files, dry_run } = self.files();
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        // A file that cannot be read is said before anything is written.
        for file in files {
            match self {
                Articles::Jsonl(_) if source::address(file).is_none() => drop(Lines::open(file)?),
                Articles::Markdown(_) => drop(source::pages(file)?),
                _ => source::check(file)?,
            }
        }
        let app = App::open(settings, Clock::system()).await?;
        let importer = Importer::new(&app.db, &Viewer::system(), &app.settings.site.language, *dry_run)?;
        let mut all = Report::default();
        // The pages of a site are one whole.
        let several: Vec<&[PathBuf]> = match self {
            Articles::Markdown(_) => vec![files.as_slice()],
            _ => files.chunks(1).collect(),
        };
        let (mut refused, mut kept) = (0, report::Kept::of(files));
        for places in &several {
            let now = app.db.clock().now();
            let Imported { report, notes, broken } =
                match self.import(&importer, places, &app.settings.outbound, now).await {
                    Ok(imported) => imported,
                    // One file that is none of its kind does not keep the others out.
                    Err(error) if error.code() == Code::InvalidInput && several.len() > 1 => {
                        eprintln!("{}", error.message());
                        refused += 1;
                        continue;
                    }
                    Err(error) => return Err(error),
                };
            let noun = if matches!(self, Articles::Jsonl(_)) { "line" } else { "item" };
            report::tell(&report::named(places), noun, &report, &notes, *dry_run);
            if !report.failed.is_empty() && !dry_run {
                report::keep_rejected(self.format(), noun, places, &report.failed, &mut kept)?;
            }
            all.add(report);
            match broken {
                Some(error) if several.len() > 1 => {
                    eprintln!("{}", error.message());
                    refused += 1;
                }
                Some(error) => return Err(error),
                None => {}
            }
        }
        if several.len() > 1 {
            let none = if refused > 0 {
                format!("; {refused} files could not be read, or not to their end")
            } else {
                String::new()
            };
            eprintln!("all files: {}{none}", report::sums(&all));
        }
        Ok(if all.failed.is_empty() && refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Imports what is one whole. What had its time before `now` is over.
    async fn import(
        &self,
        importer: &Importer,
        places: &[PathBuf],
        outbound: &OutboundSettings,
        now: Instant,
    ) -> Result<Imported> {
        let name = report::named(places);
        let Some(place) = places.first() else { return Ok(Imported::default()) };
        // A fault of the whole file names it.
        let named = |error: Error| Error::new(error.code(), format!("{name}: {}", error.message()));
        let Items { items, notes } = match self {
            Articles::Jsonl(_) => {
                let lines = match source::address(place) {
                    None => Lines::open(place)?,
                    Some(_) => {
                        let fetched = std::io::Cursor::new(source::bytes(place, outbound).await?);
                        Lines::of(Box::new(fetched), name.clone(), false)?
                    }
                };
                return pour(importer, &name, lines).await;
            }
            Articles::Wxr(options) => {
                let bytes = source::bytes(place, outbound).await?;
                let text = wxr::decoded(&bytes).map_err(named)?;
                let mut types = wxr::Options::default().types;
                types.extend(options.pages.then(|| "page".to_owned()));
                types.extend(options.post_type.iter().cloned());
                let mut export = wxr::Export::open(&text, wxr::Options { types }).map_err(named)?;
                let notes = std::mem::take(&mut export.notes);
                return Ok(Imported { notes, ..pour(importer, &name, export).await? });
            }
            Articles::Markdown(options) => {
                let mut pages = Vec::new();
                for place in places {
                    pages.extend(source::pages(place)?);
                }
                // A file that is named, and stands in a folder that is named too, is one.
                let mut known = HashSet::new();
                pages.retain(|(file, _)| known.insert(file.canonicalize().unwrap_or_else(|_| file.clone())));
                let (site, mut above, mut names) = (options.site.as_deref(), source::Above::default(), HashMap::new());
                let items = (1..).zip(pages).map(|(number, (file, path))| {
                    let (in_drafts, cascade) = above.of(&file);
                    let around = front_matter::Around { site, now, in_drafts, cascade: &cascade };
                    let item = match source::file(&file, source::PAGE_MOST) {
                        Ok(bytes) => front_matter::item_in(&path, &bytes, number, &around),
                        Err(error) => Item::fault(number, &path, &error, &[]),
                    };
                    Ok(told_apart(item, &file, &mut names))
                });
                return pour(importer, &name, items).await;
            }
            Articles::Ghost(options) => {
                let bytes = source::bytes(place, outbound).await?;
                let options = ghost::Options { pages: options.pages, site: options.site.clone() };
                ghost::read(&bytes, &options).map_err(named)?
            }
            Articles::Feed(_) => {
                let bytes = source::bytes(place, outbound).await?;
                feed::read_at(&bytes, source::address(place)).map_err(named)?
            }
            Articles::Ninjs(_) => ninjs::read(&source::bytes(place, outbound).await?).map_err(named)?,
        };
        Ok(Imported { notes, ..pour(importer, &name, items.into_iter().map(Ok)).await? })
    }
}

/// The page, but for one that would take the place of another: two files by the same name are two stories, and which of them is
/// meant is not for us to say.
fn told_apart(page: Item, file: &Path, names: &mut HashMap<String, PathBuf>) -> Item {
    let Content::Story(line) = &page.content else { return page };
    let Some(other) = names.get(&line.uri) else {
        names.insert(line.uri.clone(), file.to_owned());
        return page;
    };
    let says = format!(
        "It has the same lasting name as {}, {}; give one of them a `uri` of its own in its front matter, rename it, or import the \
         folder that both are in.",
        other.display(),
        line.uri
    );
    Item::fault(page.number, &page.name, &Error::new(Code::InvalidInput, says), &[])
}

/// Imports a file of JSON lines.
///
/// # Errors
/// As [`Lines::open`], what the database says, and `IO` for a file that cannot be read to its end.
pub(super) async fn import(importer: &Importer, file: &Path) -> Result<Report> {
    let Imported { report, broken, .. } = pour(importer, &file.display().to_string(), Lines::open(file)?).await?;
    broken.map_or(Ok(report), Err)
}

/// Says what became of a file of JSON lines.
pub(super) fn tell(file: &Path, report: &Report) {
    report::tell(&file.display().to_string(), "line", report, &[], false);
}

/// Imports items, batch by batch: while one is written the next one is read.
///
/// # Errors
/// What the database says. What cannot be read on is imported as far as it was read.
async fn pour(importer: &Importer, name: &str, mut items: impl Iterator<Item = Result<Item>>) -> Result<Imported> {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {pos}, {per_sec}, {elapsed}") {
        bar.set_style(style);
    }
    let mut report = Report::default();
    let (first, mut broken) = batch(&mut items);
    if first.is_empty() {
        bar.finish_and_clear();
        // There is nothing to tell of but the fault.
        return broken.map_or_else(|| Ok(Imported::default()), Err);
    }
    let mut prepared = Some(importer.prepare(first).await?);
    while let Some(ready) = prepared.take() {
        let mut next = Vec::new();
        if broken.is_none() {
            (next, broken) = batch(&mut items);
        }
        let prepare = async { if next.is_empty() { Ok(None) } else { importer.prepare(next).await.map(Some) } };
        let (written, following) = futures::join!(importer.write(ready), prepare);
        report.add(written?);
        bar.set_position(report.lines());
        prepared = following?;
    }
    bar.finish_and_clear();
    Ok(Imported { report, broken, ..Imported::default() })
}

/// The next items, as many as make a batch; none at the end. What was read before a fault is not lost with it.
fn batch(items: &mut impl Iterator<Item = Result<Item>>) -> (Vec<Item>, Option<Error>) {
    let (mut all, mut size) = (Vec::new(), 0);
    while all.len() < BATCH_ITEMS && size < BATCH_BYTES {
        match items.next() {
            Some(Ok(item)) => {
                size += item.size();
                all.push(item);
            }
            Some(Err(error)) => return (all, Some(error)),
            None => break,
        }
    }
    (all, None)
}
