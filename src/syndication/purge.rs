//! Tells caches in front what has changed, by the tags that answers carry.
//!
//! Fastly's and Cloudflare's interfaces have this shape, and a webhook takes the same as JSON. What was taken back is purged
//! hard: nobody may be shown it a moment longer. The rest is purged softly where that is known, so that a cache may show the
//! old answer while it asks for the new one.

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use serde_json::{Value, json};
use url::Url;

use crate::config::Settings;
use crate::error::{Code, Error, Result};
use crate::model::change::{Change, EVERYTHING, Tag};
use crate::outbound::client::Client;
use crate::telemetry::names;

/// From how many tags on everything is dropped instead.
const TAGS_MOST: usize = 2_000;
/// How many tags are shown of what would be sent.
const SHOWN: usize = 10;

/// One cache that is told.
#[derive(Clone)]
pub struct Purger {
    client: Client,
    target: Target,
    dry_run: bool,
}

#[derive(Clone)]
enum Target {
    Fastly { at: Url, token: String },
    Cloudflare { at: Url, token: String },
    Webhook { at: Url, token: String },
}

/// What is to be dropped.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Purge {
    /// Tags of what was taken back.
    pub hard: BTreeSet<String>,
    /// Tags of what is another now.
    pub soft: BTreeSet<String>,
}

impl Purge {
    /// What these changes touch, and what was derived meanwhile.
    pub fn of(changes: &[Change], derived: &[Tag]) -> Purge {
        let mut purge = Purge::default();
        for change in changes {
            let tags = if change.deed.takes_away() { &mut purge.hard } else { &mut purge.soft };
            tags.extend(change.tags().iter().map(Tag::key));
        }
        for tag in derived {
            purge.soft.extend([tag.key(), tag.coarser(Tag::COARSEST).key()]);
        }
        purge.soft = purge.soft.difference(&purge.hard).cloned().collect();
        purge.bounded()
    }

    /// Everything, hard.
    pub fn everything() -> Purge {
        Purge { hard: everything(), soft: BTreeSet::new() }
    }

    /// The same, and everything else softly.
    #[must_use]
    pub fn and_everything(self) -> Purge {
        Purge { soft: everything(), ..self }
    }

    fn bounded(self) -> Purge {
        if self.hard.len() > TAGS_MOST {
            return Purge::everything();
        }
        let soft = if self.soft.len() > TAGS_MOST { everything() } else { self.soft };
        Purge { soft, ..self }
    }
}

fn everything() -> BTreeSet<String> {
    BTreeSet::from([EVERYTHING.to_owned()])
}

impl Purger {
    /// The caches of the settings.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the system has no certificates to trust.
    pub fn all(settings: &Settings) -> Result<Vec<Purger>> {
        let purge = &settings.purge;
        if !purge.is_on() {
            return Ok(Vec::new());
        }
        let client = Client::new(&settings.outbound)?;
        // The settings were checked: they are addresses.
        let at = |base: &str, path: String| Url::parse(&format!("{}{path}", base.trim_end_matches('/'))).ok();
        let mut targets = Vec::new();
        if !purge.fastly.service.is_empty() {
            let at = at(&purge.fastly.url, format!("/service/{}/purge", purge.fastly.service));
            targets.extend(at.map(|at| Target::Fastly { at, token: purge.fastly.token.reveal().to_owned() }));
        }
        if !purge.cloudflare.zone.is_empty() {
            let at = at(&purge.cloudflare.url, format!("/zones/{}/purge_cache", purge.cloudflare.zone));
            targets.extend(at.map(|at| Target::Cloudflare { at, token: purge.cloudflare.token.reveal().to_owned() }));
        }
        if let Some(at) = Url::parse(&purge.webhook.url).ok().filter(|_| !purge.webhook.url.is_empty()) {
            targets.push(Target::Webhook { at, token: purge.webhook.token.reveal().to_owned() });
        }
        let purger = |target| Purger { client: client.clone(), target, dry_run: purge.dry_run };
        Ok(targets.into_iter().map(purger).collect())
    }

    /// Under which name it stands in the store, in metrics and in the log.
    pub fn name(&self) -> &'static str {
        match self.target {
            Target::Fastly { .. } => "purge-fastly",
            Target::Cloudflare { .. } => "purge-cloudflare",
            Target::Webhook { .. } => "purge-webhook",
        }
    }

    /// Has everything dropped that carries one of the tags. `seq` is the change up to which they are.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it cannot be reached or does not take it; what it took before it may be told again.
    pub async fn purge(&self, purge: &Purge, seq: i64) -> Result<()> {
        for (tags, hard) in [(&purge.hard, true), (&purge.soft, false)] {
            let all: Vec<&str> = tags.iter().map(String::as_str).collect();
            for some in all.chunks(self.at_once()) {
                self.call(some, hard, seq).await?;
            }
        }
        Ok(())
    }

    /// How many tags one call takes.
    fn at_once(&self) -> usize {
        match self.target {
            Target::Fastly { .. } => 256,
            Target::Cloudflare { .. } => 30,
            Target::Webhook { .. } => 1_000,
        }
    }

    async fn call(&self, tags: &[&str], hard: bool, seq: i64) -> Result<()> {
        if self.dry_run {
            let first = tags.iter().take(SHOWN).copied().collect::<Vec<_>>().join(" ");
            tracing::info!(
                target_name = self.name(),
                tags = tags.len(),
                hard,
                first,
                "a cache would be told to drop answers"
            );
            return Ok(());
        }
        let (at, body): (&Url, Value) = match &self.target {
            Target::Fastly { at, .. } => (at, json!({ "surrogate_keys": tags })),
            Target::Cloudflare { at, .. } => (at, json!({ "tags": tags })),
            Target::Webhook { at, .. } => (at, json!({ "tags": tags, "hard": hard, "seq": seq })),
        };
        let request = self.client.request(Method::POST, at.clone());
        let request = request.header(CONTENT_TYPE, "application/json").header(ACCEPT, "application/json");
        let request = match &self.target {
            Target::Fastly { token, .. } => {
                let request = request.header("Fastly-Key", token);
                if hard { request } else { request.header("Fastly-Soft-Purge", "1") }
            }
            Target::Cloudflare { token, .. } => request.bearer_auth(token),
            Target::Webhook { token, .. } if token.is_empty() => request,
            Target::Webhook { token, .. } => request.bearer_auth(token),
        };
        let request = request.body(body.to_string()).build().map_err(Error::internal)?;
        let said = self.client.send(request).await.and_then(|answer| match answer.status {
            status if status.is_success() => Ok(()),
            status => Err(Error::new(Code::Unavailable, format!("The cache ({}) answered {status}.", self.name()))),
        });
        let outcome = if said.is_ok() { "done" } else { "failed" };
        metrics::counter!(names::PURGES, "target" => self.name(), "outcome" => outcome).increment(1);
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::{Deed, Subject, Touches};
    use crate::model::id::{ArticleId, SectionId};
    use crate::model::time::Instant;

    fn change(seq: i64, article: i64, deed: Deed) -> Change {
        let touches = Touches { sections: vec![SectionId(7)], ..Touches::default() };
        Change {
            seq,
            at: Instant::from_millis(0),
            subject: Subject::Article(ArticleId(article)),
            deed,
            version: 1,
            touches,
        }
    }

    #[test]
    fn what_was_taken_back_is_dropped_hard_and_the_rest_softly() {
        let (one, two) = (Tag::Article(ArticleId(1)).key(), Tag::Article(ArticleId(2)).key());
        let section = Tag::InSection(SectionId(7)).key();
        let changes = [change(1, 1, Deed::Updated), change(2, 2, Deed::Killed)];
        let purge = Purge::of(&changes, &[Tag::Related(ArticleId(3))]);
        assert!(purge.hard.contains(&two) && purge.hard.contains(&section) && purge.hard.contains("articles"));
        let related = Tag::Related(ArticleId(3)).key();
        assert_eq!(purge.soft, BTreeSet::from([one, related, "related".to_owned()]));
        let many: Vec<Change> = (0..3_000).map(|n| change(n, n, Deed::Updated)).collect();
        assert_eq!(Purge::of(&many, &[]).soft, BTreeSet::from([EVERYTHING.to_owned()]));
        assert!(Purge::of(&[], &[]).soft.is_empty() && Purge::of(&[], &[]).hard.is_empty());
        let all = Purge::of(&changes, &[]).and_everything();
        assert_eq!((all.hard, all.soft), (purge.hard, BTreeSet::from([EVERYTHING.to_owned()])));
    }
}
