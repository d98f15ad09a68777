//! Kept answers that follow the log.
//!
//! Whoever asks for one sees at least everything that this process had announced or noticed by then: the marks are
//! brought up to the head that it knows first. A follower does the same ahead of time, so a reader rarely waits.

use std::sync::Arc;

use super::Reader;
use crate::app::App;
use crate::cache::{Answer, Label, Made};
use crate::error::Result;
use crate::store::{changes, derived};
use crate::telemetry;

/// How many changes are read at a time.
const CHUNK: i64 = 1_000;
/// From how many changes on it is cheaper to begin anew.
const TOO_FAR: i64 = 20_000;
/// The same of what is derived, which is read at once.
const DERIVED_TOO_FAR: usize = 5_000;

/// The answer that is kept under `key` if it still stands, else the one that `make` gives, and the change up to which it
/// is known to stand. Reads nothing from the store when the answer stands.
///
/// # Errors
/// What `make` says.
pub async fn get(
    app: &App,
    key: &String,
    least: i64,
    make: impl AsyncFnOnce(&Reader) -> Result<Answer>,
) -> Result<(Arc<Made<Answer>>, i64)> {
    // What stands now, stands up to here.
    let upto = keep_up(app, least).await?.seq;
    let make = async || {
        let reader = Reader::of(app).at_least(least);
        // Before the first row: what changes from here on is later than the label.
        reader.seq().await?;
        let answer = make(&reader).await?;
        let size = answer.size();
        Ok(Made::new(answer, reader.depended()?, size))
    };
    let made = app.answers.get(key, app.db.clock().now(), make).await?;
    let seq = upto.max(made.on().label.seq);
    Ok((made, seq))
}

/// Brings the marks up to what this process has been told of, and to `least`; gives how far they are complete. Reads
/// nothing where they are.
///
/// # Errors
/// What the store says.
pub async fn keep_up(app: &App, least: i64) -> Result<Label> {
    let marks = app.answers.marks();
    let upto = marks.upto();
    let behind = upto.seq < app.db.newest().max(least) || upto.derived < app.db.newest_derived();
    if !behind && upto.log == app.db.log() && upto != Label::default() {
        return Ok(upto);
    }
    catch_up(app).await?;
    Ok(marks.upto())
}

/// Brings the marks up to the head of the log, and of what is derived.
///
/// # Errors
/// What the store says.
pub async fn catch_up(app: &App) -> Result<()> {
    let marks = app.answers.marks();
    let mut conn = app.db.read().await?;
    let head = changes::head(&mut conn).await?;
    let at = Label::new(&head.log_id, head.seq, head.derived);
    if marks.upto().log != at.log || at.seq - marks.upto().seq > TOO_FAR {
        marks.begin(at);
        return Ok(());
    }
    while marks.upto().seq < at.seq {
        let after = changes::after(&mut conn, marks.upto().seq, CHUNK).await?;
        if after.is_empty() {
            // The log was cut behind us.
            marks.begin(at);
            break;
        }
        // Before the marks are complete up to there, which may be beyond the head: what a replica reads from then on is
        // taken to stand as far.
        if let Some(last) = after.last() {
            app.db.announce(last.seq);
        }
        let new = marks.take(&after);
        let now = app.db.clock().now();
        telemetry::visible("store", after.iter().rev().take(new).map(|change| now.since(change.at)));
    }
    if marks.upto().derived < at.derived {
        match derived::after(&mut conn, marks.upto().derived, DERIVED_TOO_FAR).await? {
            Some(made) => marks.take_derived(&made, at.derived),
            None => marks.begin(at),
        }
    }
    Ok(())
}
