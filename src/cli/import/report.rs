//! What an import says of itself, and the files with what failed.

use std::collections::HashSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::source;
use crate::error::{Code, Error, Result};
use crate::newsroom::import::{Failure, Left, Report};

/// Failures that are shown; the files with the rejected items have all.
const SHOWN: usize = 20;

/// What is imported as one whole, in words.
pub(super) fn named(places: &[PathBuf]) -> String {
    match places {
        [one] => one.display().to_string(),
        [first, rest @ ..] => format!("{} and {} more", first.display(), rest.len()),
        [] => String::new(),
    }
}

/// The sums of a report.
pub(super) fn sums(report: &Report) -> String {
    let mut parts = vec![
        format!("{} created", report.created),
        format!("{} updated", report.updated),
        format!("{} unchanged", report.unchanged),
    ];
    let passed = report.passed.values().sum::<u64>();
    for (n, what) in [
        (report.withdrawn, "withdrawn"),
        (report.scheduled, "scheduled"),
        (report.withheld, "withheld"),
        (report.drafts, "drafts"),
        (passed, "passed over"),
    ] {
        if n > 0 {
            parts.push(format!("{n} {what}"));
        }
    }
    parts.push(format!("{} failed", report.failed.len()));
    parts.join(", ")
}

/// Tells what became of a file. `noun` is what its items are called.
pub(super) fn tell(name: &str, noun: &str, report: &Report, notes: &[String], dry_run: bool) {
    let dry = if dry_run { " (dry run, nothing was kept)" } else { "" };
    eprintln!("{name}: {} {noun}s: {}{dry}", report.lines(), sums(report));
    for note in notes {
        eprintln!("  {note}");
    }
    for failure in report.failed.iter().take(SHOWN) {
        eprintln!("  {noun} {}{}: {}", failure.number, known(failure), failure.reason);
    }
    if report.failed.len() > SHOWN {
        eprintln!("  … and {} more", report.failed.len() - SHOWN);
    }
    for (what, counted) in [("passed over", &report.passed), ("left out", &report.dropped)] {
        if !counted.is_empty() {
            let all: Vec<String> = counted.iter().map(|(what, n)| format!("{what} ({n})")).collect();
            eprintln!("  {what}: {}", all.join(", "));
        }
    }
}

/// The files that a run may not write what failed into: those that it reads, and those that have what failed of others.
#[derive(Debug)]
pub(super) struct Kept(HashSet<PathBuf>);

impl Kept {
    /// Nothing is written yet; these are read.
    pub(super) fn of(read: &[PathBuf]) -> Kept {
        Kept(read.iter().map(|path| whole(path)).collect())
    }

    /// The first of these names in its folder that is free: `a.rejected.txt`, `a.rejected.2.txt`.
    fn free(&self, stem: &str, ending: &str, of: impl Fn(&str) -> PathBuf) -> PathBuf {
        let names = (2..).map(|n| format!("{stem}.rejected.{n}.{ending}"));
        let mut all = std::iter::once(format!("{stem}.rejected.{ending}")).chain(names).map(|name| of(&name));
        all.find(|path| !self.0.contains(&whole(path))).unwrap_or_else(|| of(stem))
    }
}

/// The path by which a file is known again, however it is named.
fn whole(path: &Path) -> PathBuf {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    path.file_name().map_or_else(|| folder.clone(), |name| folder.join(name))
}

/// Keeps what failed beside the file and says how it is mended: neutral lines as such, whole documents as their format has them.
/// What can be mended in its file only is named. `written` are the files that must stay as they are.
///
/// # Errors
/// `IO` where nothing can be written.
pub(super) fn keep_rejected(
    format: &str,
    noun: &str,
    places: &[PathBuf],
    failed: &[Failure],
    written: &mut Kept,
) -> Result<()> {
    let Some(place) = places.first() else { return Ok(()) };
    let of = |left: Left| -> Vec<&Failure> { failed.iter().filter(|failure| failure.left == left).collect() };
    let (lines, documents, others) = (of(Left::Line), of(Left::Document), of(Left::Excerpt));
    if !lines.is_empty() {
        let kept = write_beside(place, "jsonl", &lines, written, |failure| failure.bytes.clone())?;
        eprintln!("  what failed is in {}: mend it and import that file with `import jsonl`", kept.display());
    }
    if !documents.is_empty() {
        let kept = write_beside(place, format, &documents, written, in_one_line)?;
        let kept = kept.display();
        eprintln!("  what cannot be read is in {kept}: mend it and import that file with `import {format}`");
    }
    if !others.is_empty() {
        let kept = write_beside(place, "txt", &others, written, |failure| told(failure, noun))?;
        let (kept, whence) = (kept.display(), named(places));
        // What was fetched is not ours to mend where it stands.
        let mend = if places.iter().any(|place| source::address(place).is_some()) {
            format!("save {whence} as a file, mend it there and import that file")
        } else {
            format!("mend it where it stands, in {whence}, and import that again")
        };
        eprintln!("  what cannot be read is named in {kept}: {mend} with `import {format}`");
    }
    Ok(())
}

/// Writes these into a file beside the one that they are of: `stories.jsonl.gz` gives `stories.rejected.` and the ending, and so
/// does `stories.xml`; where both are imported at once, the second gives another name.
fn write_beside(
    file: &Path,
    ending: &str,
    failed: &[&Failure],
    kept: &mut Kept,
    entry: impl Fn(&Failure) -> Vec<u8>,
) -> Result<PathBuf> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".gz");
    let endings = [".jsonl", ".json", ".ninjs", ".xml", ".rss", ".atom", ".md", ".markdown"];
    let stem = endings.iter().find_map(|ending| stem.strip_suffix(ending)).unwrap_or(stem);
    let stem: String = stem.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let stem = if stem.is_empty() { "import" } else { &stem };
    let write = |path: &Path| -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(File::create(path)?);
        for failure in failed.iter().copied() {
            out.write_all(&entry(failure))?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    let beside = kept.free(stem, ending, |name| file.with_file_name(name));
    if write(&beside).is_ok() {
        kept.0.insert(whole(&beside));
        return Ok(beside);
    }
    // The folder of the file may not be ours to write to, or there is none; the working directory often is.
    let here = kept.free(stem, ending, |name| Path::new(name).to_owned());
    write(&here).map_err(|e| {
        let says = format!(
            "{} failed items cannot be kept: neither {} nor {} can be written ({e}).",
            failed.len(),
            beside.display(),
            here.display()
        );
        Error::new(Code::Io, says).because(e)
    })?;
    kept.0.insert(whole(&here));
    Ok(here)
}

/// A document of JSON in one line: where it has several, none of them breaks a text.
fn in_one_line(failure: &Failure) -> Vec<u8> {
    failure.bytes.iter().map(|byte| if matches!(byte, b'\n' | b'\r') { b' ' } else { *byte }).collect()
}

/// A failure in words, with how its source begins.
fn told(failure: &Failure, noun: &str) -> Vec<u8> {
    let mut text = format!("{noun} {}{}: {}\n", failure.number, known(failure), failure.reason);
    for line in String::from_utf8_lossy(&failure.bytes).lines() {
        text.push_str("    ");
        text.push_str(line);
        text.push('\n');
    }
    text.into_bytes()
}

/// What a person knows it by, in brackets.
fn known(failure: &Failure) -> String {
    if failure.name.is_empty() { String::new() } else { format!(" ({})", failure.name) }
}
