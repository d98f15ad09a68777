//! What an import says of itself, and the file with what failed.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::error::{Code, Error, Result};
use crate::newsroom::import::{Failure, Report};

/// Failures that are shown; the file with the rejected items has all.
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
        let known = if failure.name.is_empty() { String::new() } else { format!(" ({})", failure.name) };
        eprintln!("  {noun} {}{known}: {}", failure.number, failure.reason);
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

/// Writes what failed beside the file, as neutral lines to be mended: `stories.jsonl.gz` gives
/// `stories.rejected.jsonl`, and so does `stories.xml`.
pub(super) fn keep_rejected(file: &Path, failed: &[Failure]) -> Result<()> {
    let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.trim_end_matches(".gz");
    let endings = [".jsonl", ".json", ".xml", ".rss", ".atom", ".md", ".markdown"];
    let stem = endings.iter().find_map(|ending| stem.strip_suffix(ending)).unwrap_or(stem);
    let stem: String = stem.chars().map(|c| if c.is_alphanumeric() || "._-".contains(c) { c } else { '-' }).collect();
    let stem = if stem.is_empty() { "import" } else { &stem };
    let rejected = format!("{stem}.rejected.jsonl");
    let write = |path: &Path| -> std::io::Result<()> {
        let mut out = std::io::BufWriter::new(File::create(path)?);
        for failure in failed {
            out.write_all(&line(failure))?;
            out.write_all(b"\n")?;
        }
        out.flush()
    };
    let beside = file.with_file_name(&rejected);
    // The folder of the file may not be ours to write to, or there is none; the working directory often is.
    let here = PathBuf::from(&rejected);
    let kept = if write(&beside).is_ok() {
        beside
    } else {
        write(&here).map_err(|e| {
            let says = format!(
                "{} failed items cannot be kept: neither {} nor {} can be written ({e}).",
                failed.len(),
                beside.display(),
                here.display()
            );
            Error::new(Code::Io, says).because(e)
        })?;
        here
    };
    eprintln!("  what failed is in {}: mend it and import that file with `import jsonl`", kept.display());
    Ok(())
}

/// An item as it stands in that file. What was never a neutral line is shown as far as it is known.
fn line(failure: &Failure) -> Vec<u8> {
    let one_line = !failure.bytes.contains(&b'\n');
    let is_line = |value: &Value| value.get("uri").is_some();
    if one_line
        && (failure.name.is_empty()
            || serde_json::from_slice::<Value>(&failure.bytes).is_ok_and(|value| is_line(&value)))
    {
        return failure.bytes.clone();
    }
    let shown = json!({
        "number": failure.number,
        "name": failure.name,
        "reason": failure.reason,
        "source": String::from_utf8_lossy(&failure.bytes),
    });
    shown.to_string().into_bytes()
}
