//! `masthead import`: articles from files.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use flate2::read::MultiGzDecoder;
use indicatif::{ProgressBar, ProgressStyle};

use super::Common;
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::formats::item::Item;
use crate::formats::jsonl::LINE_MOST;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::newsroom::import::{Failure, Importer, Report};
use crate::telemetry;

/// Lines of one transaction.
const BATCH_LINES: usize = 500;
/// Bytes of one transaction, for files with long lines.
const BATCH_BYTES: usize = 8 << 20;
/// Failures that are shown; the file with the rejected lines has all.
const SHOWN: usize = 20;

/// Import articles.
#[derive(Debug, Subcommand)]
pub enum Import {
    /// Neutral news lines: one story a line as JSON, plain or gzip
    Jsonl(Jsonl),
}

/// Neutral news lines.
#[derive(Debug, Args)]
pub struct Jsonl {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Try everything and keep nothing
    #[arg(long)]
    pub dry_run: bool,
}

impl Import {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let Import::Jsonl(jsonl) = self;
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        // A file that cannot be read is said before anything is written.
        for file in &jsonl.files {
            Lines::open(file)?;
        }
        let app = App::open(settings, Clock::system()).await?;
        let importer = Importer::new(&app.db, &Viewer::system(), &app.settings.site.language, jsonl.dry_run)?;
        let mut all = Report::default();
        for file in &jsonl.files {
            let report = import(&importer, file).await?;
            tell(file, &report, jsonl.dry_run);
            if !report.failed.is_empty() && !jsonl.dry_run {
                let rejected = keep_rejected(file, &report.failed)?;
                eprintln!("  the failed lines are in {}: mend them and import that file", rejected.display());
            }
            all.add(report);
        }
        if jsonl.files.len() > 1 {
            eprintln!("all files: {}", sums(&all));
        }
        Ok(if all.failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// A file's lines, whatever it is packed in.
struct Lines {
    reader: Box<dyn BufRead + Send>,
    number: u64,
    name: String,
}

impl Lines {
    fn open(path: &Path) -> Result<Lines> {
        let name = path.display().to_string();
        let fault = |e: std::io::Error| {
            Error::new(Code::Io, format!("{name} cannot be read: {e}. Check the path and the rights.")).because(e)
        };
        if path.is_dir() {
            return Err(Error::new(Code::Io, format!("{name} is a folder; name the files in it.")));
        }
        let mut plain = BufReader::with_capacity(1 << 16, File::open(path).map_err(fault)?);
        let start = plain.fill_buf().map_err(fault)?;
        let is_gzip = start.starts_with(&[0x1f, 0x8b]);
        let first = start.iter().find(|byte| !byte.is_ascii_whitespace()).copied();
        let says_gzip = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("gz"));
        if says_gzip && !is_gzip && !start.is_empty() {
            let says =
                format!("{name} is not what its name says: it is no gzip file. Rename it if it is plain JSON lines.");
            return Err(Error::new(Code::Io, says));
        }
        for (magic, what, mend) in [
            (&b"PK\x03\x04"[..], "a zip archive", "unpack it"),
            (b"\x28\xb5\x2f\xfd", "zstd-compressed", "unpack it, or pack it with gzip"),
            (b"BZh", "bzip2-compressed", "unpack it, or pack it with gzip"),
            (b"\xfd7zXZ", "xz-compressed", "unpack it, or pack it with gzip"),
            (b"SQLite format 3", "an SQLite database", "name a file of JSON lines"),
            (b"<?xml", "XML", "name a file of JSON lines"),
        ] {
            if start.starts_with(magic) {
                return Err(Error::new(Code::Io, format!("{name} is {what}, not JSON lines; {mend}.")));
            }
        }
        if first == Some(b'[') {
            let says = format!("{name} is one JSON array, not JSON lines; write each story on a line of its own.");
            return Err(Error::new(Code::Io, says));
        }
        let reader: Box<dyn BufRead + Send> = if is_gzip {
            Box::new(BufReader::with_capacity(1 << 16, MultiGzDecoder::new(plain)))
        } else {
            Box::new(plain)
        };
        Ok(Lines { reader, number: 0, name })
    }

    /// The next lines, as many as make a batch; none at the end. Lines without text are passed over.
    fn batch(&mut self) -> Result<Vec<Item>> {
        let (mut lines, mut size) = (Vec::new(), 0);
        while lines.len() < BATCH_LINES && size < BATCH_BYTES {
            let mut bytes = Vec::new();
            let most = LINE_MOST as u64 + 1;
            let read = self.reader.by_ref().take(most).read_until(b'\n', &mut bytes).map_err(|e| {
                let says = format!(
                    "{} cannot be read on after line {}: {e}. What was imported stays; mend the file and import it again.",
                    self.name, self.number
                );
                Error::new(Code::Io, says).because(e)
            })?;
            if read == 0 {
                break;
            }
            self.number += 1;
            if bytes.len() > LINE_MOST {
                let says = format!("{}: line {} is longer than {LINE_MOST} bytes.", self.name, self.number);
                return Err(Error::new(Code::Io, says));
            }
            while bytes.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
                bytes.pop();
            }
            if bytes.iter().all(u8::is_ascii_whitespace) {
                continue;
            }
            size += bytes.len();
            lines.push(Item::json(self.number, bytes));
        }
        Ok(lines)
    }
}

pub(super) async fn import(importer: &Importer, file: &Path) -> Result<Report> {
    let mut lines = Lines::open(file)?;
    let bar = ProgressBar::new_spinner().with_message(file.display().to_string());
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}: {pos} lines, {per_sec}, {elapsed}") {
        bar.set_style(style);
    }
    let mut report = Report::default();
    let first = lines.batch()?;
    if first.is_empty() {
        bar.finish_and_clear();
        return Ok(report);
    }
    let mut prepared = Some(importer.prepare(first).await?);
    while let Some(batch) = prepared.take() {
        let next = lines.batch()?;
        // While one batch is written the next one is read.
        let prepare = async { if next.is_empty() { Ok(None) } else { importer.prepare(next).await.map(Some) } };
        let (written, following) = futures::join!(importer.write(batch), prepare);
        report.add(written?);
        bar.set_position(report.lines());
        prepared = following?;
    }
    bar.finish_and_clear();
    Ok(report)
}

fn sums(report: &Report) -> String {
    let mut parts = vec![
        format!("{} created", report.created),
        format!("{} updated", report.updated),
        format!("{} unchanged", report.unchanged),
    ];
    for (n, what) in [(report.withdrawn, "withdrawn"), (report.scheduled, "scheduled"), (report.withheld, "withheld")] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    parts.push(format!("{} failed", report.failed.len()));
    parts.join(", ")
}

fn tell(file: &Path, report: &Report, dry_run: bool) {
    let dry = if dry_run { " (dry run, nothing was kept)" } else { "" };
    eprintln!("{}: {} lines: {}{dry}", file.display(), report.lines(), sums(report));
    for failure in report.failed.iter().take(SHOWN) {
        eprintln!("  line {}: {}", failure.number, failure.reason);
    }
    if report.failed.len() > SHOWN {
        eprintln!("  … and {} more", report.failed.len() - SHOWN);
    }
    if !report.dropped.is_empty() {
        let dropped: Vec<String> = report.dropped.iter().map(|(what, n)| format!("{what} ({n})")).collect();
        eprintln!("  left out: {}", dropped.join(", "));
    }
}

/// Writes the failed lines beside the file: `stories.jsonl.gz` gives `stories.rejected.jsonl`.
fn keep_rejected(file: &Path, failed: &[Failure]) -> Result<PathBuf> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".gz").trim_end_matches(".jsonl").trim_end_matches(".json");
    let rejected = format!("{stem}.rejected.jsonl");
    let write = |path: &Path| -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(File::create(path)?);
        for failure in failed {
            out.write_all(&failure.bytes)?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    let beside = file.with_file_name(&rejected);
    if write(&beside).is_ok() {
        return Ok(beside);
    }
    // The folder of the file may not be ours to write to; the working directory often is.
    let here = PathBuf::from(&rejected);
    write(&here).map_err(|e| {
        let says = format!(
            "{} failed lines cannot be kept: neither {} nor {} can be written ({e}).",
            failed.len(),
            beside.display(),
            here.display()
        );
        Error::new(Code::Io, says).because(e)
    })?;
    Ok(here)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        (folder, path)
    }

    #[test]
    fn lines_keep_their_numbers_over_empty_ones() {
        let (_folder, path) = file("a.jsonl", b"{\"a\":1}\r\n\n  \n{\"b\":2}");
        let batch = Lines::open(&path).unwrap().batch().unwrap();
        assert_eq!(batch, [Item::json(1, b"{\"a\":1}".to_vec()), Item::json(4, b"{\"b\":2}".to_vec())]);
    }

    #[test]
    fn a_file_that_is_not_what_it_seems_is_named() {
        for (name, bytes, says) in [
            ("a.jsonl.gz", &b"{}"[..], "no gzip"),
            ("a.jsonl", b"PK\x03\x04xxxx", "zip archive"),
            ("a.jsonl", b"[{}]", "JSON array"),
            ("a.jsonl", b"SQLite format 3\0", "SQLite database"),
        ] {
            let (_folder, path) = file(name, bytes);
            let error = Lines::open(&path).err().unwrap();
            assert!(error.message().contains(says), "{}", error.message());
        }
    }
}
