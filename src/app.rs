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
    /// By which settings and which program it makes answers; see [`App::take_over`].
    shape: i64,
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

    /// Says in the database that answers are made by these settings and by this program from now on. Where they were made
    /// otherwise, the same address shows another text without any change of the log: caches in front are told to ask for all of it
    /// again, dates of feeds begin anew, and processes that go on as before notice that they are behind ([`App::is_current`]).
    /// Says whether they were.
    ///
    /// To be asked before anybody is answered. Nodes of the same settings and program say the same, and the first is enough.
    ///
    /// # Errors
    /// What the database says.
    pub async fn take_over(&self) -> Result<bool> {
        let others = changes::take_shape(&self.db, self.shape).await?;
        if others {
            tracing::info!(
                "answers are made by other settings, or by another program, than those of before: caches in front are told to ask for \
                 everything again, and dates of feeds begin anew"
            );
        }
        Ok(others)
    }

    /// Whether answers are to be made as this process makes them. No longer once another with other settings has taken over: what is
    /// answered here is not to be kept by others then, nor dated.
    pub fn is_current(&self) -> bool {
        let shape = self.db.shape();
        shape == self.shape || shape == 0
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
        let shape = shape_of(&settings);
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
            shape,
        }
    }
}

/// Whatever public answers are made by beside the catalogue, as a number that tells it apart; never 0. What a node may have for itself
/// (its address, its pools, how much it keeps) is not in it.
fn shape_of(settings: &Settings) -> i64 {
    let Settings { site, labels, disclaimers, feeds, websub, auth, graphql, page, cors, .. } = settings;
    let program = env!("CARGO_PKG_VERSION");
    let shaping =
        (program, site, labels, disclaimers, feeds, &websub.hub, &auth.url, graphql.introspection, page, cors);
    let mut hash = blake3::Hasher::new();
    // Texts, numbers and lists of them always serialise.
    hash.update(&serde_json::to_vec(&shaping).unwrap_or_default());
    // What a name of a document asks for. A file that cannot be read is a fault that is told elsewhere.
    if !graphql.documents.is_empty() {
        hash.update(&std::fs::read(&graphql.documents).unwrap_or_default());
    }
    let bytes = hash.finalize().as_bytes().first_chunk::<8>().copied().unwrap_or_default();
    (i64::from_le_bytes(bytes) & i64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Sources;

    fn shape(flags: &[(&str, &str)]) -> i64 {
        let sources = flags.iter().fold(Sources::none(), |sources, (key, value)| sources.flag(*key, *value));
        shape_of(&Settings::load(&sources).unwrap())
    }

    #[test]
    fn what_shapes_answers_is_told_apart_and_what_a_node_has_for_itself_is_not() {
        let plain = shape(&[]);
        assert!(plain > 0);
        for other in [
            ("site.name", "The Courier"),
            ("site.url", "https://courier.example"),
            ("site.article_path", "/news/{slug}"),
            ("feeds.items", "7"),
            ("feeds.full_text", "false"),
            ("websub.hub", "none"),
            ("auth.url", "https://api.courier.example"),
            ("page.default", "7"),
            ("graphql.introspection", "false"),
            ("cors.origins", "https://courier.example"),
        ] {
            assert_ne!(shape(&[other]), plain, "{other:?}");
        }
        for same in [
            ("server.bind", "127.0.0.1:9000"),
            ("server.workers", "3"),
            ("cache.size", "1MiB"),
            ("database.max_connections", "3"),
            ("purge.webhook.url", "https://cache.example"),
            ("log.requests", "false"),
        ] {
            assert_eq!(shape(&[same]), plain, "{same:?}");
        }
        let mut settings = Settings::load(&Sources::none()).unwrap();
        let notice = NoticeSettings { genres: Vec::new(), author_kinds: Vec::new(), text: "Op-Ed".to_owned() };
        settings.labels.push(notice.clone());
        let labelled = shape_of(&settings);
        settings.labels.clear();
        settings.disclaimers.push(notice);
        assert!(![plain, labelled].contains(&shape_of(&settings)) && labelled != plain);
    }
}
