//! What is built once and passed down: settings, database, clock. There are no globals.

use std::sync::Arc;
use std::time::Duration;

use crate::cache::{Answers, Entities, Flights, Seen};
use crate::config::{NoticeSettings, Settings};
use crate::error::{Code, Result};
use crate::model::article::{Genre, NoticeRule};
use crate::model::author::AuthorKind;
use crate::model::id::ArticleId;
use crate::model::related::Kept;
use crate::model::time::Clock;
use crate::search::{Home, blocking};
use crate::store::{Db, Options, changes, migrate};

/// The application. Cloning shares it.
#[derive(Clone)]
pub struct App {
    /// The settings.
    pub settings: Arc<Settings>,
    /// The database.
    pub db: Db,
    /// The search index of this node.
    pub search: Home,
    /// Lists of related news that are being computed for readers.
    pub relating: Flights<ArticleId, Arc<Kept>>,
    /// Answers that are kept.
    pub answers: Answers,
    /// What answers are made of.
    pub entities: Arc<Entities>,
    /// When representations last changed.
    pub seen: Seen,
    /// Which articles carry which label, where they have none of their own.
    pub label_rules: Arc<Vec<NoticeRule>>,
    /// Which articles carry which disclaimers.
    pub disclaimer_rules: Arc<Vec<NoticeRule>>,
}

impl App {
    /// Brings the schema up to this program, opens the database and puts everything together.
    ///
    /// # Errors
    /// What [`migrate::run`] and [`Db::open`] say.
    pub async fn open(settings: Settings, clock: Clock) -> Result<App> {
        let options = Options::from_settings(&settings.database);
        let report = migrate::run(&options, false).await?;
        if !report.pending.is_empty() {
            tracing::info!(migrations = report.pending.join(", "), "the schema was brought up to date");
        }
        let db = Db::open(&options, clock).await?;
        Ok(App::with(settings, db))
    }

    /// Migrations that this program has and the database has not. A database that a newer program has migrated lacks
    /// none: migrations expand before they contract, so this program goes on beside the newer one.
    ///
    /// # Errors
    /// What the database says.
    pub async fn pending_migrations(&self) -> Result<Vec<String>> {
        match migrate::run(&Options::from_settings(&self.settings.database), true).await {
            Ok(report) => Ok(report.pending),
            Err(newer) if newer.code() == Code::Schema && newer.cause().is_none() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Holds the database against what the search index of this node has followed of it. Where the index has seen later changes of
    /// the same log, the database is older than it was: a backup was put back, and nobody said so (`masthead restored`). Then the
    /// log gets another name, or whoever keeps a copy would go on where they were and miss what comes in between. Says whether
    /// it did.
    ///
    /// To be asked before the index follows the log, which makes it forget. An index that came out of the same backup, or is new,
    /// knows nothing; neither does one that the log has grown past.
    ///
    /// # Errors
    /// What the database says.
    pub async fn notice_restore(&self) -> Result<bool> {
        let home = self.search.clone();
        let Some(seen) = blocking(move || Ok(home.last_position())).await? else { return Ok(false) };
        let Some(now) = changes::renew_if_older(&self.db, &seen.log_id, seen.seq).await? else { return Ok(false) };
        tracing::warn!(
            seen = seen.seq,
            head = now.seq,
            log = now.log_id,
            "the database is older than the search index of this node has seen it, so a backup was put back: its log has another \
             name now, and whoever keeps a copy is told to begin anew"
        );
        Ok(true)
    }

    /// Puts an open database and settings together.
    pub fn with(settings: Settings, db: Db) -> App {
        let rules = |rules: &[NoticeSettings]| -> Arc<Vec<NoticeRule>> {
            let rule = |rule: &NoticeSettings| NoticeRule {
                genres: rule.genres.iter().map(|word| Genre::new(word)).collect(),
                // The settings were checked: every word is a kind.
                author_kinds: rule.author_kinds.iter().filter_map(|word| AuthorKind::parse(word)).collect(),
                text: rule.text.clone(),
            };
            Arc::new(rules.iter().map(rule).collect())
        };
        let (label_rules, disclaimer_rules) = (rules(&settings.labels), rules(&settings.disclaimers));
        let search = Home::new(settings.search.folder(&settings.database));
        // What is remembered is soon in the store, where it follows the log.
        let relating = Flights::new(10_000, Duration::from_secs(2));
        // The rest is for answers as they go out, and for the root fields of queries.
        let answers = Answers::new(settings.cache.size.0 / 4, String::len).named("answers");
        let entities = Arc::new(Entities::new(settings.cache.entities.0, &answers));
        App {
            settings: Arc::new(settings),
            db,
            search,
            relating,
            answers,
            entities,
            seen: Seen::default(),
            label_rules,
            disclaimer_rules,
        }
    }
}
