//! `masthead collection`: the lists that editors run.
//!
//! The operator's door. It asks the use cases of `newsroom::collections` as the program itself; a server that runs shows
//! what has changed within a second.

use std::fmt::Write as _;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Args, Subcommand, ValueEnum};

use super::{Common, print};
use crate::app::App;
use crate::catalogue::{Reader, collection};
use crate::error::{Code, Error, Result};
use crate::model::collection::{self as model, Filter, Pin, Rule};
use crate::model::id::ArticleId;
use crate::model::policy::{self, Action};
use crate::model::time::{Clock, Instant};
use crate::model::trend::Window;
use crate::model::viewer::Viewer;
use crate::model::workflow::State;
use crate::newsroom::access::Expected;
use crate::newsroom::collections::forms::RuleForm;
use crate::newsroom::collections::{self, Change, New};
use crate::store::newsroom::Entry;
use crate::telemetry;

/// Run collections, such as Top News: what fills them, and what is pinned where
#[derive(Debug, Subcommand)]
pub enum Collection {
    /// List every collection
    List,
    /// Show one collection: its rule, its pins, and the list that readers see now
    Show {
        /// The slug of the collection
        slug: String,
        /// How many articles of the list
        #[arg(long, value_name = "N", default_value_t = 10)]
        first: usize,
    },
    /// Make a collection
    Create {
        /// Its slug, for good: lower-case letters, digits and hyphens
        slug: String,
        /// Its name
        #[arg(long)]
        name: String,
        /// What stands in it, in a sentence or two
        #[arg(long, default_value = "")]
        description: String,
        #[command(flatten)]
        rule: RuleArgs,
    },
    /// Change the name, the description or the rule of a collection; what is not named stays
    Change {
        /// The slug of the collection
        slug: String,
        /// Its name
        #[arg(long)]
        name: Option<String>,
        /// What stands in it, in a sentence or two
        #[arg(long)]
        description: Option<String>,
        #[command(flatten)]
        rule: RuleArgs,
    },
    /// Delete a collection; its articles stay
    Delete {
        /// The slug of the collection
        slug: String,
    },
    /// Pin an article to a place, or move its pin
    Pin {
        /// The slug of the collection
        slug: String,
        /// The slug or the id of the article, which may be published later
        article: String,
        /// The place, from 1
        #[arg(long, value_name = "N", default_value_t = 1)]
        slot: i32,
        /// From when on, such as 2026-11-23T14:00:00Z [default: now]
        #[arg(long, value_name = "INSTANT")]
        from: Option<Instant>,
        /// Until when, such as 2026-11-24T06:00:00Z [default: until it is unpinned]
        #[arg(long, value_name = "INSTANT")]
        until: Option<Instant>,
    },
    /// Take the pin of an article away
    Unpin {
        /// The slug of the collection
        slug: String,
        /// The slug or the id of the article
        article: String,
    },
    /// Pin exactly these articles, in this order from slot 1, in the place of all pins that there are
    Arrange {
        /// The slug of the collection
        slug: String,
        /// The slugs or ids of the articles; none takes every pin away
        articles: Vec<String>,
    },
}

/// What fills the places that nothing is pinned to.
#[derive(Debug, Args)]
pub struct RuleArgs {
    /// What fills the places that nothing is pinned to
    #[arg(long, value_enum)]
    rule: Option<RuleName>,
    /// Trending: the views of how long count (1h, 24h or 7d) [default: 24h]
    #[arg(long, value_name = "LENGTH", requires = "rule", value_parser = window)]
    window: Option<Window>,
    /// Only the section with this slug and those below it
    #[arg(long, value_name = "SLUG", requires = "rule")]
    section: Option<String>,
    /// Latest: only about the topic with this slug
    #[arg(long, value_name = "SLUG", requires = "rule")]
    topic: Option<String>,
    /// Latest: only by the author with this slug
    #[arg(long, value_name = "SLUG", requires = "rule")]
    author: Option<String>,
    /// Latest: only from the place with this slug
    #[arg(long, value_name = "SLUG", requires = "rule")]
    place: Option<String>,
    /// Latest: only of this genre
    #[arg(long, requires = "rule")]
    genre: Option<String>,
    /// Latest: only in this language
    #[arg(long, value_name = "TAG", requires = "rule")]
    language: Option<String>,
}

/// The rules by their names.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum RuleName {
    /// Nothing: the list is its pins
    None,
    /// What trends, then the latest
    Trending,
    /// The latest
    Latest,
}

fn window(text: &str) -> std::result::Result<Window, String> {
    Window::parse(text).ok_or_else(|| "there are 1h, 24h and 7d".to_owned())
}

impl RuleArgs {
    /// The rule, if one was named.
    fn rule(self) -> Result<Option<Rule>> {
        let RuleArgs { rule, window, section, topic, author, place, genre, language } = self;
        let Some(name) = rule else { return Ok(None) };
        let by = match name {
            RuleName::None => "none",
            RuleName::Trending => "trending",
            RuleName::Latest => "latest",
        };
        let window = window.map(|window| window.name().to_owned());
        RuleForm { by: by.to_owned(), window, section, topic, author, place, genre, language }.read().map(Some)
    }
}

impl Collection {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        let (db, system) = (&app.db, Viewer::system());
        policy::may(&system, Action::EditCollections)?;
        match self {
            Collection::List => list(&app).await?,
            Collection::Show { slug, first } => show(&app, &slug, first).await?,
            Collection::Create { slug, name, description, rule } => {
                let rule = rule.rule()?.unwrap_or_default();
                collections::create(db, &system, New { slug: slug.clone(), name, description, rule }, None).await?;
                eprintln!("The collection {slug} is made.");
            }
            Collection::Change { slug, name, description, rule } => {
                let change = Change { name, description, rule: rule.rule()? };
                if change.name.is_none() && change.description.is_none() && change.rule.is_none() {
                    let says = "Nothing is to be changed; give --name, --description or --rule.";
                    return Err(Error::new(Code::InvalidParameter, says));
                }
                collections::change(db, &system, find(&app, &slug).await?.id, Expected::Any, change).await?;
                eprintln!("The collection {slug} is changed.");
            }
            Collection::Delete { slug } => {
                collections::delete(db, &system, find(&app, &slug).await?.id, Expected::Any).await?;
                eprintln!("The collection {slug} is deleted.");
            }
            Collection::Pin { slug, article, slot, from, until } => {
                let id = find(&app, &slug).await?.id;
                let entry = collections::article(db, &system, &article).await?;
                collections::pin(db, &system, id, Expected::Any, Pin { article: entry.id, slot, from, until }).await?;
                eprintln!("{} is pinned to slot {slot} of {slug}{}.", entry.slug, later(&entry));
            }
            Collection::Unpin { slug, article } => {
                let id = find(&app, &slug).await?.id;
                let entry = collections::article(db, &system, &article).await?;
                collections::unpin(db, &system, id, Expected::Any, entry.id).await?;
                eprintln!("{} is pinned in {slug} no more.", entry.slug);
            }
            Collection::Arrange { slug, articles } => {
                let id = find(&app, &slug).await?.id;
                let mut pins = Vec::new();
                for (slot, article) in (1..).zip(&articles) {
                    let article = collections::article(db, &system, article).await?.id;
                    pins.push(Pin { article, slot, from: None, until: None });
                }
                collections::set_pins(db, &system, id, Expected::Any, pins).await?;
                eprintln!("{} articles are pinned in {slug}.", articles.len());
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}

async fn find(app: &App, slug: &str) -> Result<Arc<model::Collection>> {
    let found = collection::by_slug(&Reader::new(&app.db), slug).await?;
    let says = || format!("There is no collection {slug:?}. `masthead collection list` lists those that there are.");
    found.ok_or_else(|| Error::new(Code::NotFound, says()))
}

/// What is to be said of an article that nobody sees yet.
fn later(entry: &Entry) -> &'static str {
    match entry.state {
        State::Published => "",
        State::Killed => ", but it was killed and will never be shown",
        _ => ", and shows there once it is published",
    }
}

async fn list(app: &App) -> Result<()> {
    let all = collection::all(&Reader::new(&app.db)).await?;
    let width = all.iter().map(|collection| collection.slug.len()).max().unwrap_or(0);
    let mut text = String::new();
    for one in all {
        let pins = one.pins.len();
        let plural = if pins == 1 { "" } else { "s" };
        let _ = writeln!(text, "{:width$}  {} ({}; {pins} pin{plural})", one.slug, one.name, described(&one.rule));
    }
    print(&text)
}

async fn show(app: &App, slug: &str, first: usize) -> Result<()> {
    let found = find(app, slug).await?;
    let now = app.db.clock().now();
    let mut text = format!("{} ({}), version {}\n", found.name, found.slug, found.version);
    if !found.description.is_empty() {
        let _ = writeln!(text, "{}", found.description);
    }
    let _ = writeln!(text, "rule: {}", described(&found.rule));
    let look = collections::one(&app.db, &Viewer::system(), found.id).await?;
    for pin in &look.collection.pins {
        let _ = writeln!(text, "pin: {}", pinned(pin, look.pinned.get(&pin.article), now));
    }
    let items = collection::items(&Reader::new(&app.db), &found, first.min(100)).await?;
    for (place, item) in (1..).zip(items) {
        let mark = if item.pinned { " (pinned)" } else { "" };
        let _ = writeln!(text, "{place:3}. {}: {}{mark}", item.card.slug, item.card.headline);
    }
    print(&text)
}

/// A rule in a few words.
fn described(rule: &Rule) -> String {
    let (mut words, filter) = match rule {
        Rule::None => return "pins only".to_owned(),
        Rule::Trending { window, section } => {
            let filter = Filter { section: section.clone(), ..Filter::default() };
            (format!("trending in {}", window.name()), filter)
        }
        Rule::Latest(filter) => ("latest".to_owned(), filter.clone()),
    };
    let Filter { section, topic, author, place, genre, language } = filter;
    for (field, value) in [
        ("section", section),
        ("topic", topic),
        ("author", author),
        ("place", place),
        ("genre", genre),
        ("language", language),
    ] {
        if let Some(value) = value {
            let _ = write!(words, ", {field} {value}");
        }
    }
    words
}

/// A pin in a few words: where, what, and why nobody sees it where that is so.
fn pinned(pin: &Pin, entry: Option<&Entry>, now: Instant) -> String {
    let unknown = |id: ArticleId| id.to_string();
    let mut words = format!("slot {}, {}", pin.slot, entry.map_or_else(|| unknown(pin.article), |e| e.slug.clone()));
    match (pin.from.filter(|from| *from > now), pin.until) {
        (_, Some(until)) if until <= now => words.push_str(", over"),
        (Some(from), Some(until)) => {
            let _ = write!(words, ", from {from} until {until}");
        }
        (Some(from), None) => {
            let _ = write!(words, ", from {from}");
        }
        (None, Some(until)) => {
            let _ = write!(words, ", until {until}");
        }
        (None, None) => {}
    }
    if entry.is_none_or(|entry| entry.state != State::Published) {
        words.push_str(", not published");
    }
    words
}
