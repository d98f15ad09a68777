//! Kept answers that follow the log.
//!
//! Whoever asks for one sees at least everything that this process had announced or noticed by then: the marks are
//! brought up to the head that it knows first. A follower does the same ahead of time, so a reader rarely waits.

use std::sync::Arc;

use super::Reader;
use super::reader::Depended;
use crate::app::App;
use crate::cache::{Answer, Made};
use crate::error::Result;
use crate::store::changes;

/// How many changes are read at a time.
const CHUNK: i64 = 1_000;
/// From how many changes on it is cheaper to begin anew.
const TOO_FAR: i64 = 20_000;

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
    if app.answers.marks().upto() < (*app.db.head().borrow()).max(least) {
        catch_up(app).await?;
    }
    let now = app.db.clock().now();
    let make = async || {
        let reader = Reader::new(&app.db).at_least(least);
        // Before the first row: what changes from here on is later than the label.
        let label = reader.seq().await?;
        let answer = make(&reader).await?;
        let Depended { tags, until } = reader.depended();
        let size = answer.body.len() + answer.headers.iter().map(|(_, value)| value.len()).sum::<usize>();
        Ok(Made { value: answer, tags, label, until, size })
    };
    // What stands now, stands up to here.
    let upto = app.answers.marks().upto();
    let made = app.answers.get(key, now, make).await?;
    let seq = upto.max(made.label);
    Ok((made, seq))
}

/// Brings the marks up to the head of the log.
///
/// # Errors
/// What the store says.
pub async fn catch_up(app: &App) -> Result<()> {
    let marks = app.answers.marks();
    let mut conn = app.db.read().await?;
    let head = changes::head(&mut conn).await?;
    if !marks.is_of(&head.log_id) || head.seq < marks.upto() || head.seq - marks.upto() > TOO_FAR {
        marks.begin(&head.log_id, head.seq);
        return Ok(());
    }
    while marks.upto() < head.seq {
        let after = changes::after(&mut conn, marks.upto(), CHUNK).await?;
        if after.is_empty() {
            // The log was cut behind us.
            marks.begin(&head.log_id, head.seq);
            break;
        }
        marks.take(&after);
    }
    Ok(())
}
