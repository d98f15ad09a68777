//! Previews: a token lets a frontend run its page's query on one draft, for a while.
//!
//! A token is random and opaque, and the row beside has a hash of it: it can be revoked at any moment, so that the store has
//! to be asked in any case, and a signature would prove nothing more.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::access;
use super::manuscript::Manuscript;
use crate::error::{Code, Error, Result};
use crate::model::account::Status;
use crate::model::article::Published;
use crate::model::id::{ArticleId, PreviewId};
use crate::model::newsroom::Preview;
use crate::model::policy::{self, Action, Whose};
use crate::model::viewer::Viewer;
use crate::model::workflow::Hand;
use crate::store::newsroom::{self, Entry};
use crate::store::{Conn, Db, Written, accounts, previews};

/// The longest that a preview is good, in seconds: thirty days.
pub const SECONDS_MOST: i64 = 30 * 24 * 3_600;
/// How long it is good when nothing is said, in seconds: a day.
pub const SECONDS: i64 = 24 * 3_600;

/// A preview that was just given out.
#[derive(Debug, Clone)]
pub struct Given {
    /// The preview.
    pub preview: Preview,
    /// Its token, which is shown this once.
    pub token: String,
}

fn hash(secret: &str) -> String {
    let key = blake3::derive_key("masthead 2026-11 hash of a preview that was given out", secret.as_bytes());
    blake3::Hash::from_bytes(key).to_hex().to_string()
}

/// Gives a preview of an article out: of one revision by its number, or of whatever is the newest when it is looked at. It is
/// good for so many seconds, and no longer than the right of who gives it.
///
/// # Errors
/// `NOT_FOUND` for the article or the revision, `CONFLICT` after a kill, `INVALID_INPUT` for a time that is too long, and what
/// [`policy::may`] says.
pub async fn give(
    db: &Db,
    viewer: &Viewer,
    id: ArticleId,
    revision: Option<i32>,
    seconds: Option<i64>,
) -> Result<Written<Given>> {
    access::may_ever(viewer, Action::PreviewArticles)?;
    let seconds = seconds.unwrap_or(SECONDS);
    if !(1..=SECONDS_MOST).contains(&seconds) {
        let says = format!("A preview is good for 1 to {SECONDS_MOST} seconds.");
        return Err(Error::new(Code::InvalidInput, says).at("seconds"));
    }
    let by = *viewer;
    let secret = URL_SAFE_NO_PAD.encode(rand::random::<[u8; 32]>());
    db.write(move |tx| {
        let secret = secret.clone();
        Box::pin(async move {
            let (entry, _) = access::open_any(tx, &by, id, Action::PreviewArticles).await?;
            if entry.revision.is_none() {
                return Err(Error::new(Code::Conflict, format!("The article {id} has no text to be read.")));
            }
            if let Some(number) = revision
                && newsroom::numbered(tx.conn(), id, number).await?.is_none()
            {
                let says = format!("The article {id} has no revision {number}.");
                return Err(Error::new(Code::NotFound, says).at("revision"));
            }
            let preview = Preview {
                id: PreviewId(tx.next_id()),
                article: id,
                revision,
                by: by.account(),
                made_at: tx.now(),
                expires_at: tx.now().plus_millis(seconds * 1_000),
                revoked_at: None,
            };
            previews::insert(tx, &preview, &hash(&secret)).await?;
            Ok(Given { token: format!("{}.{secret}", preview.id), preview })
        })
    })
    .await
}

/// The previews of an article that are good now, the newest first. Their tokens are not known any more.
///
/// # Errors
/// `NOT_FOUND`, and what [`policy::may`] says.
pub async fn list(db: &Db, viewer: &Viewer, id: ArticleId) -> Result<Vec<Preview>> {
    access::may_ever(viewer, Action::PreviewArticles)?;
    let mut conn = db.read().await?;
    let entry = access::see(&mut conn, viewer, id, Action::PreviewArticles).await?;
    let (mut good, mut givers) = (Vec::new(), HashMap::new());
    for preview in previews::list(&mut conn, id, db.clock().now()).await? {
        let known = givers.get(&preview.by).copied();
        let stands = match known {
            Some(stands) => stands,
            None => stands(&mut conn, &preview, &entry).await?,
        };
        givers.insert(preview.by, stands);
        if stands {
            good.push(preview);
        }
    }
    Ok(good)
}

/// Revokes a preview; false when it was revoked already, or there is none.
///
/// # Errors
/// `NOT_FOUND` for the article, and what [`policy::may`] says.
pub async fn revoke(db: &Db, viewer: &Viewer, id: ArticleId, preview: PreviewId) -> Result<Written<bool>> {
    access::may_ever(viewer, Action::PreviewArticles)?;
    let by = *viewer;
    db.write(move |tx| {
        Box::pin(async move {
            access::open_any(tx, &by, id, Action::PreviewArticles).await?;
            previews::revoke(tx, id, preview).await
        })
    })
    .await
}

/// What a preview shows.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The article.
    pub entry: Entry,
    /// Its text, with its names.
    pub manuscript: Manuscript,
    /// What readers would see if it were published now.
    pub published: Published,
}

/// Whether who gave a preview out may still give it. A token is no way around the end of an account, of a role, or of an
/// assignment. What the program itself gave out is good until it is revoked or over.
async fn stands(conn: &mut Conn, preview: &Preview, entry: &Entry) -> Result<bool> {
    let Some(by) = preview.by else { return Ok(true) };
    let Some(giver) = accounts::by_id(conn, by).await?.filter(|giver| giver.status == Status::Active) else {
        return Ok(false);
    };
    let viewer = Viewer::absent(giver.id, giver.roles);
    let whose = Whose::of(&viewer, &[entry.owner, entry.assignee]);
    Ok(policy::may_to(&viewer, Action::PreviewArticles, whose).is_ok())
}

/// What the token shows.
///
/// # Errors
/// `INVALID_TOKEN` for one that is unknown, over or revoked, whose article or revision is gone, or whose giver may not see
/// the article any more.
pub async fn open(db: &Db, token: &str) -> Result<Shown> {
    let refused = || {
        let says = "The preview is not good, or not any more; have an editor give out another.";
        Error::new(Code::InvalidToken, says).at("Masthead-Preview")
    };
    let (id, secret) = token.trim().split_once('.').ok_or_else(refused)?;
    let id: PreviewId = id.parse().map_err(|_| refused())?;
    let mut conn = db.read().await?;
    let now = db.clock().now();
    let (preview, known) = previews::by_id(&mut conn, id).await?.ok_or_else(refused)?;
    // Hashes of blake3 are compared in a time that does not depend on them, when they are compared as hashes.
    let same = blake3::hash(known.as_bytes()) == blake3::hash(hash(secret).as_bytes());
    if !same || preview.revoked_at.is_some() || preview.expires_at <= now {
        return Err(refused());
    }
    let entry = newsroom::by_id(&mut conn, preview.article).await?.ok_or_else(refused)?;
    if !stands(&mut conn, &preview, &entry).await? {
        return Err(refused());
    }
    let found = match (preview.revision, entry.revision) {
        (Some(number), _) => newsroom::numbered(&mut conn, entry.id, number).await?.map(|(_, document)| document),
        (None, Some(newest)) => newsroom::revision(&mut conn, newest).await?.map(|(_, document)| document),
        (None, None) => None,
    };
    // Whoever has the token sees no more than a writer does.
    let manuscript = Manuscript::of(&mut conn, found.ok_or_else(refused)?, &entry.offers, Hand::Writer).await?;
    let published = manuscript.projected(&entry, now)?;
    Ok(Shown { entry, manuscript, published })
}
