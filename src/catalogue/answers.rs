//! Kept answers that follow the log.
//!
//! Whoever asks for one sees at least everything that this process had announced or noticed by then: the marks are
//! brought up to the head that it knows first. A follower does the same ahead of time, so a reader rarely waits.

use std::sync::Arc;

use super::Reader;
use crate::app::App;
use crate::cache::{Answer, FOR_ONE, Label, Made};
use crate::error::{Error, Result};
use crate::model::change::Tag;
use crate::model::time::Instant;
use crate::store::{changes, derived};

/// How many changes are read at a time.
const CHUNK: i64 = 1_000;
/// From how many changes on it is cheaper to begin anew.
const TOO_FAR: i64 = 20_000;
/// The same of what is derived, which is read at once.
const DERIVED_TOO_FAR: usize = 5_000;

/// What is known of an answer when it was made.
pub struct Fresh {
    /// The answer.
    pub answer: Answer,
    /// What it was made from, what was not there included.
    pub tags: Vec<Tag>,
    /// When it ends to be true without a change.
    pub until: Option<Instant>,
}

impl Fresh {
    /// An answer that is made for one request, and never kept.
    pub fn for_one(answer: Answer) -> Fresh {
        Fresh { answer, tags: Vec::new(), until: FOR_ONE }
    }
}

/// The answer that is kept under `key` if it still stands, else the one that `make` gives, and the change up to which it
/// is known to stand. Reads nothing from the store when the answer stands.
///
/// # Errors
/// What `make` says.
pub async fn get(
    app: &App,
    key: &String,
    least: i64,
    make: impl AsyncFnOnce(&Reader) -> Result<Fresh>,
) -> Result<(Arc<Made<Answer>>, i64)> {
    let known = app.answers.marks().upto();
    let is_behind = known.seq < (*app.db.head().borrow()).max(least) || known.derived < app.db.newest_derived();
    if is_behind || known == Label::default() {
        catch_up(app).await?;
    }
    let now = app.db.clock().now();
    let make = async || {
        let reader = Reader::new(&app.db).at_least(least);
        // Before the first row: what changes from here on is later than the label.
        reader.seq().await?;
        let head = reader.label().ok_or_else(|| Error::internal("a reader without a head"))?;
        let label = Label::new(&head.log_id, head.seq, head.derived);
        let Fresh { answer, tags, until } = make(&reader).await?;
        let size = answer.body.len() + answer.headers.iter().map(|(_, value)| value.len()).sum::<usize>();
        Ok(Made { value: answer, tags, label, until, size })
    };
    // What stands now, stands up to here.
    let upto = app.answers.marks().upto().seq;
    let made = app.answers.get(key, now, make).await?;
    let seq = upto.max(made.label.seq);
    Ok((made, seq))
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
        marks.take(&after);
    }
    if marks.upto().derived < at.derived {
        match derived::after(&mut conn, marks.upto().derived, DERIVED_TOO_FAR).await? {
            Some(made) => marks.take_derived(&made, at.derived),
            None => marks.begin(at),
        }
    }
    Ok(())
}
