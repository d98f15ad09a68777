//! Correct: a newer version of what is public, with a public note that says what was wrong.

use std::sync::Arc;

use super::access::{self, Expected};
use super::changes::{Changes, With};
use super::history;
use super::import::left_waiting;
use super::publish::{not_ahead, put};
use super::shown::camel;
use super::terms::Terms;
use super::write::{Outcome, Saved, conflict, newest};
use crate::config::SiteSettings;
use crate::error::{Code, Error, Result};
use crate::model::article::{Correction, Document};
use crate::model::change::Deed;
use crate::model::id::{ArticleId, RevisionId};
use crate::model::newsroom::EventKind;
use crate::model::policy::Action;
use crate::model::text;
use crate::model::time::Instant;
use crate::model::viewer::Viewer;
use crate::model::workflow::{self, State, Step};
use crate::store::newsroom::{self, Entry};
use crate::store::notes;
use crate::store::terms::{self, Offer};
use crate::store::{Db, Tx, Written};

/// Publishes a corrected version. `corrected` is the public article put right; without it only the note is added. `note`
/// is public and dated now. Gives the version.
///
/// # Errors
/// `NOT_FOUND`, `CONFLICT` when the article is not published or the text would be under embargo, `INVALID_INPUT` for an unfit
/// note or document, and what [`policy::may`](crate::model::policy::may) says.
pub async fn correct(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    corrected: Option<Document>,
    note: &str,
) -> Result<Written<i32>> {
    access::may_ever(viewer, Action::Correct)?;
    let note = checked_note("note", note)?;
    if let Some(document) = &corrected {
        document.check()?;
    }
    let by = *viewer;
    db.write(move |tx| {
        let (corrected, note) = (corrected.clone(), note.clone());
        Box::pin(async move {
            terms::keep_still(tx).await?;
            let (mut entry, hand) = access::open(tx, &by, id, Action::Correct, Expected::Any).await?;
            workflow::step(entry.standing(), Step::Correct, hand)?;
            let before = public(tx, &entry).await?;
            let document = corrected.unwrap_or_else(|| before.clone());
            replace(tx, &mut Terms::default(), &mut entry, &before, document, &note, &by).await?;
            Ok(entry.version)
        })
    })
    .await
}

/// Publishes the public article with these changes as a corrected version, under a public note; of the version that is
/// expected. A draft beside stays one, put right in what it had not changed itself.
///
/// # Errors
/// As [`correct`], and as [`save`](super::write::save) of the changes.
pub async fn correct_with(
    db: &Db,
    viewer: &Viewer,
    site: &SiteSettings,
    id: ArticleId,
    expected: Expected,
    changes: Changes,
    note: &str,
) -> Result<Written<Outcome>> {
    access::may_ever(viewer, Action::Correct)?;
    let note = checked_note("note", note)?;
    let read = Arc::new(changes.read()?);
    let (by, language) = (*viewer, site.language.clone());
    db.write(move |tx| {
        let (read, note, language) = (read.clone(), note.clone(), language.clone());
        Box::pin(async move {
            terms::keep_still(tx).await?;
            let (mut entry, hand) = access::open_any(tx, &by, id, Action::Correct).await?;
            workflow::step(entry.standing(), Step::Correct, hand)?;
            let with = With { hand, public: true, language: &language };
            if !expected.is(entry.edit) {
                return conflict(tx, entry, expected, &read, &with).await;
            }
            let before = public(tx, &entry).await?;
            let mut terms = Terms::default();
            let document = read.apply(tx, &mut terms, before.clone(), &mut Vec::new(), &with).await?;
            let unmerged = replace(tx, &mut terms, &mut entry, &before, document, &note, &by).await?;
            let manuscript = newest(tx.conn(), &entry, hand).await?;
            Ok(Outcome::Saved(Box::new(Saved { entry, manuscript, dropped: read.dropped.clone(), unmerged })))
        })
    })
    .await
}

/// The note in NFC, or an error that says what it lacks, at the field that it came in.
pub(super) fn checked_note(field: &str, note: &str) -> Result<String> {
    let note = text::checked(field, note.trim())?;
    if note.is_empty() || note.chars().count() > 2_000 {
        let says = "A correction needs a public note of 1 to 2,000 characters that says what was wrong.";
        return Err(Error::new(Code::InvalidInput, says).at(field));
    }
    Ok(note)
}

/// What readers see.
pub(super) async fn public(tx: &mut Tx, entry: &Entry) -> Result<Document> {
    let missing = || Error::new(Code::Conflict, format!("Nothing of the article {} is public.", entry.id));
    let revision = entry.public_revision.ok_or_else(missing)?;
    Ok(newsroom::revision(tx.conn(), revision).await?.ok_or_else(missing)?.1)
}

/// Puts a corrected document in the place of the public one, and writes the entry. A draft beside stays one, put right in
/// what it had not changed itself; gives what it had, as [`Beside::put_back`] does.
pub(super) async fn replace(
    tx: &mut Tx,
    terms: &mut Terms,
    entry: &mut Entry,
    before: &Document,
    mut document: Document,
    note: &str,
    by: &Viewer,
) -> Result<Vec<&'static str>> {
    let now = tx.now();
    if let Some(until) = document.embargoed_until.filter(|until| *until > now) {
        let says = format!(
            "A correction is public at once, so it cannot be under embargo until {until}; leave embargoedUntil out, or save the \
             text as a draft and publish that."
        );
        return Err(Error::new(Code::Conflict, says).at("embargoedUntil"));
    }
    not_ahead(tx, entry, &document, now).await?;
    // Corrections are never lost: whatever the new text says, the earlier notes stay.
    document.corrections = before.corrections.clone();
    document.corrections.push(Correction { published_at: tx.now(), text: note.to_owned() });
    document.updated_at = Some(tx.now());
    let is_of_import = left_waiting(tx, entry).await?;
    let beside = Beside::set_aside(tx, entry).await?;
    newsroom::add_revision(tx, entry, &document, &by.name(), None).await?;
    put(tx, terms, entry, document.clone(), None, Deed::Corrected).await?;
    let written = entry.clone();
    let mut unmerged = Vec::new();
    if let Some(beside) = beside {
        unmerged = beside.put_back(tx, entry, before, &document, by).await?;
    }
    history::record(tx, &written, EventKind::Corrected, by, note).await?;
    hand_back(tx, entry, &unmerged, by).await?;
    if is_of_import && entry.state == State::Scheduled {
        // It is still the source's to take away or to put another in its place.
        history::record(tx, entry, EventKind::Scheduled, &Viewer::system(), "").await?;
    }
    newsroom::update(tx, entry).await?;
    Ok(unmerged)
}

/// Tells the desk, by a note, of a change to the public text that is not in the draft beside, and hands back one that was on its
/// way out: what was found fit to be published, or would go out by itself, would take the change back. The entry must be written by the
/// caller.
pub(super) async fn hand_back(tx: &mut Tx, entry: &mut Entry, unmerged: &[&'static str], by: &Viewer) -> Result<()> {
    if unmerged.is_empty() {
        return Ok(());
    }
    let fields = unmerged.iter().map(|name| camel(name)).collect::<Vec<_>>().join(", ");
    let says = format!(
        "Version {} changes {fields}, which this draft had changed too, so that is not in it. Compare the two, and take it over before \
         this is published.",
        entry.version
    );
    notes::add(tx, entry.id, None, &says).await?;
    if !matches!(entry.state, State::Submitted | State::Approved | State::Scheduled) {
        return Ok(());
    }
    (entry.state, entry.due_at) = (State::ChangesRequested, None);
    history::record(tx, entry, EventKind::ChangesRequested, by, "").await
}

/// A draft beside a public article, while something else of the article is published.
pub(super) struct Beside {
    revision: RevisionId,
    state: State,
    due_at: Option<Instant>,
    offers: Vec<Offer>,
    document: Document,
}

impl Beside {
    /// Takes the draft aside, if there is one: the entry is then as if there were none.
    pub(super) async fn set_aside(tx: &mut Tx, entry: &mut Entry) -> Result<Option<Beside>> {
        let (Some(newest), Some(public)) = (entry.revision, entry.public_revision) else { return Ok(None) };
        if newest == public {
            return Ok(None);
        }
        let Some((_, document)) = newsroom::revision(tx.conn(), newest).await? else { return Ok(None) };
        let offers = std::mem::take(&mut entry.offers);
        let beside = Beside { revision: newest, state: entry.state, due_at: entry.due_at.take(), offers, document };
        entry.state = State::Published;
        entry.revision = Some(public);
        Ok(Some(beside))
    }

    /// Puts it back as it was, when nothing was published meanwhile.
    pub(super) fn leave(self, entry: &mut Entry) {
        entry.revision = Some(self.revision);
        entry.state = self.state;
        entry.due_at = self.due_at;
        entry.offers = self.offers;
    }

    /// Makes it the newest revision again, with what was put right of `before` in `after`. The entry must be written by the
    /// caller. Gives the fields in which it was not, since the draft has changed them in its own way.
    pub(super) async fn put_back(
        mut self,
        tx: &mut Tx,
        entry: &mut Entry,
        before: &Document,
        after: &Document,
        by: &Viewer,
    ) -> Result<Vec<&'static str>> {
        let unmerged = self.document.rebase(before, after);
        newsroom::add_revision(tx, entry, &self.document, &by.name(), None).await?;
        entry.state = self.state;
        entry.due_at = self.due_at;
        entry.offers = self.offers;
        Ok(unmerged)
    }
}
