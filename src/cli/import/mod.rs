//! `masthead import`: articles from files.

mod lines;
mod report;
mod source;
mod vocabulary;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use indicatif::{ProgressBar, ProgressStyle};

use self::lines::Lines;
use super::Common;
use crate::app::App;
use crate::config::OutboundSettings;
use crate::error::{Code, Error, Result};
use crate::formats::item::{Item, Items};
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
        let mut refused = 0;
        for places in &several {
            let now = app.db.clock().now();
            let (report, notes) = match self.import(&importer, places, &app.settings.outbound, now).await {
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
                report::keep_rejected(self.format(), noun, places, &report.failed)?;
            }
            all.add(report);
        }
        if several.len() > 1 {
            let none = if refused > 0 { format!("; {refused} files could not be read") } else { String::new() };
            eprintln!("all files: {}{none}", report::sums(&all));
        }
        Ok(if all.failed.is_empty() && refused == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Imports what is one whole. Gives what is to be said of the file, too. What had its time before `now` is over.
    async fn import(
        &self,
        importer: &Importer,
        places: &[PathBuf],
        outbound: &OutboundSettings,
        now: Instant,
    ) -> Result<(Report, Vec<String>)> {
        let name = report::named(places);
        let Some(place) = places.first() else { return Ok((Report::default(), Vec::new())) };
        // A fault of the whole file names it.
        let named = |error: Error| Error::new(error.code(), format!("{name}: {}", error.message()));
        let Items { items, notes } = match self {
            Articles::Jsonl(_) => {
                let report = match source::address(place) {
                    None => import(importer, place).await?,
                    Some(_) => {
                        let fetched = std::io::Cursor::new(source::bytes(place, outbound).await?);
                        pour(importer, &name, Lines::of(Box::new(fetched), name.clone(), false)?).await?
                    }
                };
                return Ok((report, Vec::new()));
            }
            Articles::Wxr(options) => {
                let bytes = source::bytes(place, outbound).await?;
                let text = wxr::decoded(&bytes).map_err(named)?;
                let mut types = wxr::Options::default().types;
                types.extend(options.pages.then(|| "page".to_owned()));
                types.extend(options.post_type.iter().cloned());
                let mut export = wxr::Export::open(&text, wxr::Options { types }).map_err(named)?;
                let notes = std::mem::take(&mut export.notes);
                return Ok((pour(importer, &name, export).await?, notes));
            }
            Articles::Markdown(options) => {
                let mut pages = Vec::new();
                for place in places {
                    pages.extend(source::pages(place)?);
                }
                let site = options.site.as_deref();
                let items = (1..).zip(pages).map(|(number, (file, path))| {
                    Ok(match source::file(&file, source::PAGE_MOST) {
                        Ok(bytes) => front_matter::item(&path, &bytes, number, site, now),
                        Err(error) => Item::fault(number, &path, &error, &[]),
                    })
                });
                return Ok((pour(importer, &name, items).await?, Vec::new()));
            }
            Articles::Ghost(options) => {
                let bytes = source::bytes(place, outbound).await?;
                let options = ghost::Options { pages: options.pages, site: options.site.clone() };
                ghost::read(&bytes, &options).map_err(named)?
            }
            Articles::Feed(_) => feed::read(&source::bytes(place, outbound).await?).map_err(named)?,
            Articles::Ninjs(_) => ninjs::read(&source::bytes(place, outbound).await?).map_err(named)?,
        };
        Ok((pour(importer, &name, items.into_iter().map(Ok)).await?, notes))
    }
}

/// Imports a file of JSON lines.
pub(super) async fn import(importer: &Importer, file: &Path) -> Result<Report> {
    pour(importer, &file.display().to_string(), Lines::open(file)?).await
}

/// Imports items, batch by batch: while one is written the next one is read.
async fn pour(importer: &Importer, name: &str, mut items: impl Iterator<Item = Result<Item>>) -> Result<Report> {
    let bar = ProgressBar::new_spinner().with_message(name.to_owned());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {pos}, {per_sec}, {elapsed}") {
        bar.set_style(style);
    }
    let mut report = Report::default();
    let first = batch(&mut items)?;
    if first.is_empty() {
        bar.finish_and_clear();
        return Ok(report);
    }
    let mut prepared = Some(importer.prepare(first).await?);
    while let Some(ready) = prepared.take() {
        let next = batch(&mut items)?;
        let prepare = async { if next.is_empty() { Ok(None) } else { importer.prepare(next).await.map(Some) } };
        let (written, following) = futures::join!(importer.write(ready), prepare);
        report.add(written?);
        bar.set_position(report.lines());
        prepared = following?;
    }
    bar.finish_and_clear();
    Ok(report)
}

/// The next items, as many as make a batch; none at the end.
fn batch(items: &mut impl Iterator<Item = Result<Item>>) -> Result<Vec<Item>> {
    let (mut all, mut size) = (Vec::new(), 0);
    while all.len() < BATCH_ITEMS && size < BATCH_BYTES {
        let Some(item) = items.next().transpose()? else { break };
        size += item.size();
        all.push(item);
    }
    Ok(all)
}
