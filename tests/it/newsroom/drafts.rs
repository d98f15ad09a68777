//! Random histories of what several people write and publish, held against a model: state, version, what is public at each
//! instant, corrections, what one may not see.
//!
//! The model says the rules once more, in its own words, and knows nothing of tables. Every revision carries a mark.

use std::collections::{BTreeMap, BTreeSet};

use masthead::catalogue::article::Found;
use masthead::config::SiteSettings;
use masthead::error::{Code, Error};
use masthead::model::id::{AccountId, ArticleId, SessionId};
use masthead::model::time::Instant;
use masthead::model::viewer::{Role, Viewer};
use masthead::model::workflow::State;
use masthead::newsroom::access::Expected;
use masthead::newsroom::changes::Changes;
use masthead::newsroom::review::{self, Review};
use masthead::newsroom::write::{self, New, Outcome};
use masthead::newsroom::{Entry, correct, history, look, publish, withdraw};

use super::public::mark;
use crate::harness::chance::Chance;
use crate::harness::{TestApp, both, count};

/// An article as the model has it.
#[derive(Clone, Debug)]
struct Model {
    id: ArticleId,
    slug: String,
    owner: usize,
    state: State,
    version: i32,
    /// The mark of the newest revision; none after a kill.
    newest: Option<usize>,
    /// The mark that readers see.
    shown: Option<usize>,
    /// Readers know of it: something of it was public.
    known: bool,
    due: Option<Instant>,
    /// How many corrections the newest revision and the public one carry.
    corrections: usize,
    /// What readers saw since when.
    past: Vec<(Instant, Option<usize>)>,
}

struct Newsroom<'a> {
    t: &'a TestApp,
    site: SiteSettings,
    chance: Chance,
    people: Vec<(Viewer, bool)>,
    articles: Vec<Model>,
    marks: usize,
    steps: BTreeMap<&'static str, (usize, usize)>,
}

/// What the rules say of a step: the state afterwards, or that it is refused.
fn ruled(step: &str, a: &Model, desk: bool) -> Option<State> {
    use State::*;
    let (public, waiting) = (a.shown.is_some(), !matches!(a.state, Published | Withdrawn | Killed));
    let own = matches!(a.state, Draft | ChangesRequested);
    let fits = match step {
        "save" => match a.state {
            Draft | ChangesRequested => return Some(a.state),
            Submitted | Approved | Scheduled | Withheld => return desk.then_some(a.state),
            Published => return Some(Draft),
            Withdrawn => return desk.then_some(Draft),
            Killed => false,
        },
        "submit" => return own.then_some(Submitted),
        "take back" => return (a.state == Submitted).then_some(Draft),
        "request changes" => return matches!(a.state, Submitted | Approved).then_some(ChangesRequested),
        "approve" => return (own || a.state == Submitted).then_some(Approved),
        "withhold" => return (waiting || a.state == Withdrawn).then_some(Withheld),
        "unschedule" => return (a.state == Scheduled).then_some(Approved),
        "schedule" => return (waiting || a.state == Withdrawn).then_some(Scheduled),
        "publish" => return (a.state != Killed).then_some(Published),
        "correct" => return public.then_some(a.state),
        "discard" => return (public && waiting && (desk || own)).then_some(Published),
        "delete" => !a.known && waiting && (desk || own),
        "withdraw" => return (waiting || a.state == Published).then_some(Withdrawn),
        "kill" => return (a.state != Killed).then_some(Killed),
        other => panic!("{other}"),
    };
    fits.then_some(a.state)
}

const DESK: [&str; 9] =
    ["request changes", "approve", "withhold", "unschedule", "schedule", "publish", "correct", "withdraw", "kill"];
const ALL: [&str; 16] = [
    "save",
    "save",
    "save",
    "submit",
    "take back",
    "request changes",
    "approve",
    "withhold",
    "unschedule",
    "schedule",
    "publish",
    "publish",
    "correct",
    "discard",
    "delete",
    "withdraw",
];

fn with_mark(n: usize) -> Changes {
    let json = serde_json::json!({
        "headline": format!("Headline {}", mark(n)), "summary": mark(n), "body": { "text": mark(n) },
        "authors": [{ "name": format!("Author {}", mark(n)) }], "topics": [{ "name": format!("Topic {}", mark(n)) }],
    });
    serde_json::from_value(json).unwrap()
}

impl Newsroom<'_> {
    async fn step(&mut self) {
        let who = self.chance.below(self.people.len());
        let (viewer, desk) = self.people[who];
        let alive = self.articles.iter().filter(|a| a.state != State::Killed).count();
        if alive < 4 {
            return self.create(who, viewer).await;
        }
        if self.chance.percent(10) {
            return self.time_passes().await;
        }
        let (mut at, mut step) = (0, "save");
        // Mostly what is allowed, so that histories go somewhere; now and then anything.
        for _ in 0..if self.chance.percent(20) { 1 } else { 8 } {
            (at, step) = (self.chance.below(self.articles.len()), *self.chance.pick(&ALL));
            let a = &self.articles[at];
            if (desk || (a.owner == who && !DESK.contains(&step))) && ruled(step, a, desk).is_some() {
                break;
            }
        }
        if self.chance.percent(2) {
            step = "kill";
        }
        let mut a = self.articles[at].clone();
        let stale = self.chance.percent(10);
        let expected = Expected::Version(if stale { a.version - 1 } else { a.version });
        self.marks += 1;
        let m = self.marks;
        let due = self.t.now().plus_millis(1_000 * (1 + self.chance.below(300) as i64));
        let (db, id) = (&self.t.db, a.id);
        let reviewed =
            async |step: Review| review::review(db, &viewer, id, expected, step, None).await.map(|w| Some(w.value));
        let result: Result<Option<Entry>, Error> = match step {
            "save" => saved(write::save(db, &viewer, &self.site, id, expected, with_mark(m)).await.map(|w| w.value)),
            "submit" => reviewed(Review::Submit).await,
            "take back" => reviewed(Review::TakeBack).await,
            "request changes" => reviewed(Review::RequestChanges).await,
            "approve" => reviewed(Review::Approve).await,
            "withhold" => reviewed(Review::Withhold).await,
            "unschedule" => reviewed(Review::Unschedule).await,
            "schedule" => review::schedule(db, &viewer, id, expected, due).await.map(|w| Some(w.value)),
            "publish" => publish::publish_as(db, &viewer, id, expected, None).await.map(|w| Some(w.value)),
            "correct" => saved(
                correct::correct_with(db, &viewer, &self.site, id, expected, with_mark(m), "It was wrong.")
                    .await
                    .map(|w| w.value),
            ),
            "discard" => write::discard(db, &viewer, id, expected).await.map(|w| Some(w.value)),
            "delete" => write::delete(db, &viewer, id, expected).await.map(|_| None),
            "withdraw" | "kill" => {
                withdraw::take(db, &viewer, id, expected, "A reason.", step == "kill").await.map(|w| Some(w.value))
            }
            other => panic!("{other}"),
        };
        let count = self.steps.entry(step).or_default();
        count.0 += 1;
        let says = format!("{step} by {who} (desk: {desk}) of {a:?}, stale: {stale}");
        // Who has no right learns nothing; then the version counts, and the state. What has no text any more has nothing to save.
        let refused = if !desk && DESK.contains(&step) {
            Some(Code::Forbidden)
        } else if !desk && a.owner != who {
            Some(Code::NotFound)
        } else {
            let to = ruled(step, &a, desk);
            // Whether a text can be saved at all is said before whose version it is of.
            let state_first = matches!(step, "save" | "correct");
            match (to, stale) {
                (None, _) if state_first => Some(Code::Conflict),
                (_, true) => Some(Code::PreconditionFailed),
                (None, false) => Some(Code::Conflict),
                (Some(_), false) => None,
            }
        };
        if let Some(code) = refused {
            count.1 += 1;
            let error = result.err().unwrap_or_else(|| panic!("not refused: {says}"));
            assert_eq!(error.code(), code, "{says}: {error:?}");
            self.look(at).await;
            return;
        }
        let entry = result.unwrap_or_else(|error| panic!("{says}: {error:?}"));
        if step == "delete" {
            assert_eq!(look::article(db, &viewer, id).await.unwrap_err().code(), Code::NotFound);
            self.articles.remove(at);
            return;
        }
        let (was, to) = (a.clone(), ruled(step, &a, desk).unwrap());
        a.state = to;
        match step {
            "save" => a.newest = Some(m),
            "schedule" => a.due = Some(due),
            "withhold" | "unschedule" => a.due = None,
            "publish" => {
                a.shown = a.newest;
                a.due = None;
            }
            "correct" => {
                a.shown = Some(m);
                // A draft beside keeps what it had changed itself, which here is everything.
                if was.newest == was.shown {
                    a.newest = Some(m);
                } else if matches!(was.state, State::Submitted | State::Approved | State::Scheduled) {
                    (a.state, a.due) = (State::ChangesRequested, None);
                }
                a.corrections += 1;
            }
            "discard" => {
                a.newest = a.shown;
                a.due = None;
            }
            "withdraw" | "kill" => {
                a.shown = None;
                a.due = None;
                if step == "kill" {
                    a.newest = None;
                    a.corrections = 0;
                }
            }
            _ => {}
        }
        if matches!(step, "submit" | "take back" | "request changes" | "approve") {
            a.due = None;
        }
        self.settle(at, a, &entry.unwrap(), &says).await;
    }

    /// Takes the model over, with what the store says of the version.
    async fn settle(&mut self, at: usize, mut a: Model, entry: &Entry, says: &str) {
        let nothing =
            a.state == State::Published && self.articles[at].state == State::Published && says.starts_with("publish");
        assert_eq!(entry.edit > a.version, !nothing, "{says}");
        a.version = entry.edit;
        if a.shown != self.articles[at].shown {
            a.past.push((self.t.now(), a.shown));
        }
        a.known |= a.shown.is_some() || matches!(a.state, State::Withdrawn | State::Killed);
        self.articles[at] = a;
        self.look(at).await;
    }

    async fn create(&mut self, who: usize, viewer: Viewer) {
        self.marks += 1;
        let slug = format!("piece-{}", self.marks);
        let new = New { changes: with_mark(self.marks), slug: Some(slug.clone()), uri: None };
        let made = write::create(&self.t.db, &viewer, &self.site, new, None).await.unwrap().value.entry;
        self.articles.push(Model {
            id: made.id,
            slug,
            owner: who,
            state: State::Draft,
            version: made.edit,
            newest: Some(self.marks),
            shown: None,
            known: false,
            due: None,
            corrections: 0,
            past: Vec::new(),
        });
        self.steps.entry("create").or_default().0 += 1;
    }

    async fn time_passes(&mut self) {
        // To the millisecond before the next that is due, or onto it, or anywhere.
        let next = self.articles.iter().filter_map(|a| a.due).min();
        let now = self.t.now();
        let by = match (next, self.chance.below(3)) {
            (Some(next), 0) => next.millis() - now.millis() - 1,
            (Some(next), 1) => next.millis() - now.millis(),
            _ => 1_000 * self.chance.below(60) as i64,
        };
        self.t.clock.advance(by.max(0));
        // Several nodes look at once; each article is published once.
        let (one, other) = tokio::join!(publish::publish_due(&self.t.db, 100), publish::publish_due(&self.t.db, 100));
        let (one, other) = (one.unwrap(), other.unwrap());
        assert!(one.failed.is_empty() && other.failed.is_empty(), "{one:?} {other:?}");
        let now = self.t.now();
        let due: Vec<usize> = (0..self.articles.len())
            .filter(|at| {
                self.articles[*at].state == State::Scheduled && self.articles[*at].due.is_some_and(|d| d <= now)
            })
            .collect();
        assert_eq!(one.published + other.published, due.len());
        for at in due {
            let mut a = self.articles[at].clone();
            (a.state, a.shown, a.due) = (State::Published, a.newest, None);
            let entry = look::article(&self.t.db, &Viewer::system(), a.id).await.unwrap();
            self.settle(at, a, &entry, "due").await;
        }
        self.steps.entry("time passes").or_default().0 += 1;
    }

    /// What readers and editors find of one article, against the model.
    async fn look(&mut self, at: usize) {
        let a = self.articles[at].clone();
        let found = self.t.at(&a.slug).await;
        match (a.shown, &found) {
            (Some(m), Some(Found::Here(card))) => {
                assert_eq!(card.headline, format!("Headline {}", mark(m)), "{a:?}");
                assert_eq!(card.corrections.len(), a.corrections, "{a:?}");
                assert!(card.updated_at >= card.published_at);
            }
            (None, Some(Found::Gone(stone))) => {
                assert!(a.known && stone.killed == (a.state == State::Killed), "{a:?}");
            }
            (None, None) => {}
            _ => panic!("{a:?}: {found:?}"),
        }
        let (entry, text) = look::with_text(&self.t.db, &Viewer::system(), a.id).await.unwrap();
        assert_eq!(
            (entry.state, entry.edit, entry.is_public(), entry.due_at),
            (a.state, a.version, a.shown.is_some(), a.due),
            "{a:?}"
        );
        assert_eq!(text.map(|text| text.document.summary), a.newest.map(mark), "{a:?}");
        // What did it say then?
        if a.state != State::Killed && !a.past.is_empty() {
            let at = self.chance.below(a.past.len());
            let (since, shown) = a.past[at];
            // Several changes of one instant: the last counts.
            if a.past.get(at + 1).is_none_or(|(next, _)| *next > since) {
                let found = history::as_of(&self.t.db, &Viewer::system(), a.id, since).await.unwrap().unwrap();
                assert_eq!(found.manuscript.map(|text| text.document.summary), shown.map(mark), "as of {since}: {a:?}");
            }
        }
    }

    async fn look_at_everything(&mut self) {
        for at in 0..self.articles.len() {
            self.look(at).await;
        }
        self.t.assert_whole().await;
        let shown: BTreeSet<String> = self.articles.iter().filter_map(|a| a.shown).map(|m| m.to_string()).collect();
        let found = self.t.marks().await;
        let astray: Vec<_> = found.iter().filter(|(mark, _)| !shown.contains(*mark)).collect();
        assert!(astray.is_empty(), "marks of what is not public: {astray:?}");
        assert_eq!(found.len(), shown.len());
        // Each sees all of theirs, and nobody's else.
        for (who, (viewer, desk)) in self.people.iter().enumerate() {
            let list = look::list(&self.t.db, viewer, Default::default(), None, 1_000).await.unwrap();
            let seen: BTreeSet<ArticleId> = list.iter().map(|entry| entry.id).collect();
            let theirs = self.articles.iter().filter(|a| *desk || a.owner == who).map(|a| a.id).collect();
            assert_eq!(seen, theirs);
        }
    }
}

fn saved(outcome: Result<Outcome, Error>) -> Result<Option<Entry>, Error> {
    match outcome? {
        Outcome::Saved(saved) => Ok(Some(saved.entry)),
        Outcome::Conflict(_) => Err(Error::new(Code::PreconditionFailed, "another version")),
    }
}

both!(what_people_write_and_publish_is_as_the_model_says, async |t| {
    let person =
        |n: i64, role: Role| Viewer::of(AccountId(n), SessionId(n), [Role::Reader, role].into_iter().collect());
    let people = vec![
        (person(1, Role::Contributor), false),
        (person(2, Role::Contributor), false),
        (person(3, Role::Editor), true),
        (person(4, Role::Editor), true),
    ];
    let site = t.settings().site.clone();
    let (articles, steps) = (Vec::new(), BTreeMap::new());
    let mut newsroom = Newsroom { t, site, chance: Chance::new(), people, articles, marks: 0, steps };
    for step in 1..=count(300, 3_000) {
        newsroom.step().await;
        if step % 50 == 0 {
            newsroom.look_at_everything().await;
        }
    }
    newsroom.look_at_everything().await;
    println!("steps, and how many were refused as they should be: {:?}", newsroom.steps);
});
