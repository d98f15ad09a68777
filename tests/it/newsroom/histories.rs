//! Random histories: hundreds of steps in any order, held against a model of what must be public.
//!
//! The model knows the workflow, the rule that slugs belong for good, and that corrections are never lost; nothing of
//! tables. Every revision carries a mark of its own, so that the catalogue can be searched for what does not belong.

use std::collections::{BTreeMap, BTreeSet};

use masthead::catalogue::article::Found;
use masthead::error::Code;
use masthead::model::time::Instant;
use masthead::model::viewer::Viewer;
use masthead::model::workflow::State;
use masthead::newsroom::{correct, move_slug, publish, withdraw};
use serde_json::{Value, json};

use super::public::{lasting_mark, mark};
use crate::harness::chance::Chance;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

/// What readers find.
#[derive(Clone, Debug, PartialEq)]
enum Public {
    Nothing,
    Here,
    Gone { killed: bool, reason: String },
}

/// An article as the model has it.
#[derive(Clone, Debug)]
struct Model {
    state: State,
    public: Public,
    /// The mark and the date of the newest revision; none after a kill or before anything was written.
    newest: Option<(usize, Instant)>,
    /// The mark of what is public.
    shown: Option<usize>,
    corrections: Vec<String>,
}

struct History<'a> {
    t: &'a TestApp,
    chance: Chance,
    articles: BTreeMap<String, Model>,
    /// Whose each slug is, for good.
    owners: BTreeMap<String, String>,
    /// The slugs under which something was public once.
    opened: BTreeSet<String>,
    /// The marks of all that was ever shown: what a story said of its terms stays with them.
    ever: BTreeSet<usize>,
    marks: usize,
    steps: BTreeMap<&'static str, usize>,
    refused: usize,
}

const ARTICLES: usize = 6;
const SLUGS: usize = 10;

impl History<'_> {
    /// One of the few articles that are alive, a new one in the place of each that was killed, now and then a killed one.
    fn uri(&mut self) -> String {
        let dead: Vec<&String> =
            self.articles.iter().filter(|(_, a)| a.state == State::Killed).map(|(uri, _)| uri).collect();
        if !dead.is_empty() && self.chance.percent(5) {
            return (*self.chance.pick(&dead)).clone();
        }
        let all: Vec<String> = (0..).map(|n| format!("urn:t:{n}")).take(dead.len() + ARTICLES).collect();
        let alive: Vec<&String> = all.iter().filter(|uri| !dead.contains(uri)).collect();
        (*self.chance.pick(&alive)).clone()
    }

    /// A slug out of few, so that they clash; a few more for each article that has taken its own to the grave.
    fn slug(&mut self) -> String {
        format!("slug-{}", self.chance.below(SLUGS + self.articles.len()))
    }

    /// One step, and what the model says of it.
    async fn step(&mut self) {
        let uri = self.uri();
        let name = match self.chance.below(12) {
            0..=3 => self.import(&uri).await,
            4 => self.cancel(&uri).await,
            5 | 6 => self.publish(&uri).await,
            7 => self.withdraw(&uri).await,
            8 => self.correct(&uri).await,
            9 => self.move_slug(&uri).await,
            10 => self.time_passes().await,
            // Kills are the end of an article, so they are rare.
            _ if self.chance.percent(30) => self.kill(&uri).await,
            _ => self.same_again(&uri).await,
        };
        *self.steps.entry(name).or_default() += 1;
        self.ever.extend(self.articles.values().filter_map(|a| a.shown));
        self.look(&uri).await;
    }

    fn line(&mut self, uri: &str) -> (Value, usize) {
        self.marks += 1;
        let (m, said) = (mark(self.marks), lasting_mark(self.marks));
        let line = with(
            story(uri),
            json!({
                "slug": self.slug(),
                "headline": format!("Headline {m}"), "description_text": m, "body_text": m, "label": m,
                "section": { "name": *self.chance.pick(&["One", "Two"]), "description": said, "parent": { "name": "Section" } },
                "authors": [
                    { "name": *self.chance.pick(&["Ada Marsh", "Ben Oyelaran", "Cleo Vant"]), "bio": said },
                    format!("Author {m}"),
                ],
                "subjects": [
                    {
                        "name": *self.chance.pick(&["Rail", "Roads"]), "description": said,
                        "parent": { "name": *self.chance.pick(&["Transport", "Traffic"]), "description": said },
                    },
                    { "name": format!("Topic {m}") },
                    { "name": format!("Plan {said}"), "scheme": "plan", "code": self.chance.below(8).to_string() },
                ],
                "places": [*self.chance.pick(&["Harbour", "Old Town"])],
            }),
        );
        (line, self.marks)
    }

    async fn import(&mut self, uri: &str) -> &'static str {
        let (mut line, newest) = self.line(uri);
        let before = self.articles.get(uri).cloned();
        let state = before.as_ref().map_or(State::Draft, |a| a.state);
        let withheld = self.chance.percent(25);
        let mut at = self.t.now().plus_millis(-60_000);
        if self.chance.percent(30) {
            at = self.t.now().plus_millis(1_000 * (1 + self.chance.below(600) as i64));
        }
        line = with(line, json!({ "published": at }));
        if withheld {
            line = with(line, json!({ "status": "withheld" }));
        }
        let mut corrections = before.as_ref().map(|a| a.corrections.clone()).unwrap_or_default();
        if self.chance.percent(20) {
            let text = format!("Correction {}.", self.marks);
            line = with(line, json!({ "corrections": [{ "published": "2026-02-03T00:00:00Z", "text": text }] }));
            corrections.push(text);
        }
        let report = self.t.import(&[line]).await;
        if state == State::Killed {
            assert_eq!(report.failed.len(), 1, "a killed story returned");
            self.refused += 1;
            return "import of a killed story";
        }
        assert!(report.failed.is_empty(), "{:?}", report.failed[0].reason);
        let mut article = before.unwrap_or(Model {
            state,
            public: Public::Nothing,
            newest: None,
            shown: None,
            corrections: Vec::new(),
        });
        // What stays public keeps its date where its source dates it ahead.
        let ahead = state == State::Published && !withheld && at > self.t.now();
        let dated = article.newest.filter(|_| ahead).map_or(at, |(_, before)| before);
        article.newest = Some((newest, dated));
        article.corrections = corrections;
        if withheld {
            if state == State::Published {
                article.public = Public::Gone { killed: false, reason: "Held back by the source.".to_owned() };
                article.shown = None;
            }
            article.state = State::Withheld;
            assert_eq!(report.withheld, 1);
        } else if at > self.t.now() && state != State::Published {
            article.state = State::Scheduled;
            assert_eq!(report.scheduled, 1);
        } else {
            article.state = State::Published;
            article.public = Public::Here;
            article.shown = Some(newest);
            assert_eq!(report.created + report.updated, 1);
        }
        self.articles.insert(uri.to_owned(), article);
        "import"
    }

    async fn cancel(&mut self, uri: &str) -> &'static str {
        let (mut line, _) = self.line(uri);
        let killed = self.chance.percent(20);
        let reason = format!("Canceled, number {}.", self.marks);
        line = with(line, json!({ "status": "canceled", "statusReason": reason, "killed": killed }));
        let report = self.t.import(&[line]).await;
        let gone = Public::Gone { killed, reason };
        let state = if killed { State::Killed } else { State::Withdrawn };
        match self.articles.get_mut(uri) {
            Some(article) if article.state == State::Killed => {
                assert_eq!(report.failed.len(), 1);
                self.refused += 1;
            }
            Some(article) => {
                assert_eq!(report.withdrawn, 1, "{report:?}");
                article.state = state;
                if article.public != Public::Nothing {
                    article.public = gone;
                }
                article.shown = None;
                if killed {
                    article.newest = None;
                    article.corrections.clear();
                }
            }
            None => {
                assert_eq!(report.withdrawn, 1, "{report:?}");
                let article = Model { state, public: gone, newest: None, shown: None, corrections: Vec::new() };
                self.articles.insert(uri.to_owned(), article);
                // Whoever follows an old link learns that it is gone, so its address is open though it never was here.
                self.opened.insert(self.t.entry(uri).await.unwrap().slug);
            }
        }
        "cancel by import"
    }

    async fn publish(&mut self, uri: &str) -> &'static str {
        let Some(article) = self.articles.get_mut(uri) else { return "publish of nothing" };
        let result = publish::publish(&self.t.db, &Viewer::system(), self.t.id(uri).await).await;
        let Some((newest, at)) = article.newest else {
            assert_eq!(result.unwrap_err().code(), Code::Conflict);
            self.refused += 1;
            return "publish";
        };
        let now = self.t.now();
        article.state = if at > now && article.state != State::Published { State::Scheduled } else { State::Published };
        if article.state == State::Published {
            article.public = Public::Here;
            article.shown = Some(newest);
        }
        assert_eq!(result.unwrap().value, article.state);
        "publish"
    }

    async fn withdraw(&mut self, uri: &str) -> &'static str {
        let Some(article) = self.articles.get_mut(uri) else { return "withdraw of nothing" };
        self.marks += 1;
        let reason = format!("Withdrawn, number {}.", self.marks);
        let result = withdraw::withdraw(&self.t.db, &Viewer::system(), self.t.id(uri).await, &reason).await;
        if matches!(article.state, State::Withdrawn | State::Killed) {
            assert_eq!(result.unwrap_err().code(), Code::Conflict);
            self.refused += 1;
            return "withdraw";
        }
        result.unwrap();
        article.state = State::Withdrawn;
        article.shown = None;
        if article.public != Public::Nothing {
            article.public = Public::Gone { killed: false, reason };
        }
        "withdraw"
    }

    async fn kill(&mut self, uri: &str) -> &'static str {
        let Some(article) = self.articles.get_mut(uri) else { return "kill of nothing" };
        let reason = "By order of a court.".to_owned();
        let result = withdraw::kill(&self.t.db, &Viewer::system(), self.t.id(uri).await, &reason).await;
        if article.state == State::Killed {
            assert_eq!(result.unwrap_err().code(), Code::Conflict);
            self.refused += 1;
            return "kill";
        }
        result.unwrap();
        (article.state, article.shown, article.newest) = (State::Killed, None, None);
        article.corrections.clear();
        if article.public != Public::Nothing {
            article.public = Public::Gone { killed: true, reason };
        }
        "kill"
    }

    async fn correct(&mut self, uri: &str) -> &'static str {
        let Some(article) = self.articles.get_mut(uri) else { return "correct of nothing" };
        self.marks += 1;
        let note = format!("Corrected, number {}.", self.marks);
        let result = correct::correct(&self.t.db, &Viewer::system(), self.t.id(uri).await, None, &note).await;
        if article.state == State::Published {
            result.unwrap();
            article.corrections.push(note);
            article.shown = article.newest.map(|(mark, _)| mark);
        } else {
            assert_eq!(result.unwrap_err().code(), Code::Conflict);
            self.refused += 1;
        }
        "correct"
    }

    async fn move_slug(&mut self, uri: &str) -> &'static str {
        let Some(article) = self.articles.get(uri) else { return "move of nothing" };
        let may = !matches!(article.state, State::Withdrawn | State::Killed);
        let to = self.slug();
        let result = move_slug::move_slug(&self.t.db, &Viewer::system(), self.t.id(uri).await, &to).await;
        let free = self.owners.get(&to).is_none_or(|owner| owner == uri);
        if may && free {
            result.unwrap();
            assert_eq!(self.t.entry(uri).await.unwrap().slug, to);
        } else {
            assert_eq!(result.unwrap_err().code(), Code::Conflict, "{to} for {uri}");
            self.refused += 1;
        }
        "move"
    }

    async fn time_passes(&mut self) -> &'static str {
        self.t.clock.advance(1_000 * self.chance.below(300) as i64);
        let publish::Due { published: done, next, failed } = publish::publish_due(&self.t.db, 100).await.unwrap();
        assert!(failed.is_empty(), "{failed:?}");
        let (mut due, mut later) = (Vec::new(), Vec::new());
        for (uri, article) in self.articles.iter_mut().filter(|(_, article)| article.state == State::Scheduled) {
            let (mark, at) = article.newest.unwrap();
            if at > self.t.now() {
                later.push(at);
                continue;
            }
            due.push(uri.clone());
            (article.state, article.public, article.shown) = (State::Published, Public::Here, Some(mark));
        }
        assert_eq!((done, next), (due.len(), later.into_iter().min()));
        for uri in due {
            self.look(&uri).await;
        }
        "time passes"
    }

    /// A line that has not changed changes nothing.
    async fn same_again(&mut self, uri: &str) -> &'static str {
        let (line, newest) = self.line(uri);
        let line = with(line, json!({ "published": self.t.now().plus_millis(-60_000) }));
        let first = self.t.import(std::slice::from_ref(&line)).await;
        if !first.failed.is_empty() {
            self.refused += 1;
            return "import of a killed story";
        }
        let corrections = self.articles.get(uri).map(|a| a.corrections.clone()).unwrap_or_default();
        let at = self.t.now().plus_millis(-60_000);
        let article = Model {
            state: State::Published,
            public: Public::Here,
            newest: Some((newest, at)),
            shown: Some(newest),
            corrections,
        };
        self.articles.insert(uri.to_owned(), article);
        let (entry, log) = (self.t.entry(uri).await, self.t.log().await.len());
        let again = self.t.import(&[line]).await;
        assert_eq!((again.unchanged, again.lines()), (1, 1), "{again:?}");
        assert_eq!((self.t.entry(uri).await, self.t.log().await.len()), (entry, log));
        "the same line twice"
    }

    /// What readers find of one article, against the model.
    async fn look(&mut self, uri: &str) {
        let Some(article) = self.articles.get(uri).cloned() else { return };
        let entry = self.t.entry(uri).await.unwrap();
        assert_eq!(entry.state, article.state, "{uri}");
        let mut conn = self.t.db.read().await.unwrap();
        let slugs = masthead::store::newsroom::slugs(&mut conn, entry.id).await.unwrap();
        drop(conn);
        assert!(slugs.contains(&entry.slug), "{uri}: {} is not its own", entry.slug);
        if article.public == Public::Here {
            self.opened.extend(slugs.iter().cloned());
        }
        for slug in &slugs {
            let owner = self.owners.entry(slug.clone()).or_insert_with(|| uri.to_owned());
            assert_eq!(owner, uri, "{slug} has changed hands");
        }
        for slug in self.owners.iter().filter(|(_, owner)| *owner == uri).map(|(slug, _)| slug) {
            assert!(slugs.contains(slug), "{uri} has lost {slug}");
            let found = self.t.at(slug).await;
            let says = format!("{uri} at {slug}: {found:?}, but {article:?}");
            match (&article.public, found) {
                (Public::Nothing, None) => {}
                (Public::Here, Some(Found::Here(card))) => assert!(card.slug == *slug && card.uri == uri, "{says}"),
                (Public::Here, Some(Found::Moved(card))) => {
                    assert!(card.slug == entry.slug && card.slug != *slug && card.uri == uri, "{says}");
                }
                (Public::Gone { killed, reason }, Some(Found::Gone(stone))) => {
                    assert!(stone.killed == *killed && stone.reason == *reason && stone.uri == uri, "{says}");
                    assert!(self.opened.contains(&stone.slug), "{says}: that address was never public");
                }
                // An address that it got while nobody could read it.
                (Public::Gone { .. }, None) if !self.opened.contains(slug) => {}
                _ => panic!("{says}"),
            }
        }
        if let Some(card) = self.t.card(uri).await {
            assert_eq!(card.headline, format!("Headline {}", mark(article.shown.unwrap())), "{uri}");
            assert_eq!(card.version, entry.version);
            assert!(card.updated_at >= card.published_at);
            let texts: BTreeSet<&str> = card.corrections.iter().map(|c| c.text.as_str()).collect();
            let lost: Vec<&String> = article.corrections.iter().filter(|c| !texts.contains(c.as_str())).collect();
            assert!(lost.is_empty() && texts.len() == card.corrections.len(), "{uri} has lost {lost:?}");
        } else {
            assert_eq!(article.shown, None, "{uri}");
        }
    }

    async fn look_at_everything(&mut self) {
        for uri in self.articles.keys().cloned().collect::<Vec<_>>() {
            self.look(&uri).await;
        }
        self.t.assert_whole().await;
        let shown: BTreeSet<String> =
            self.articles.values().filter_map(|a| a.shown).map(|mark| mark.to_string()).collect();
        let found = self.t.marks().await;
        let astray: Vec<_> = found.iter().filter(|(mark, _)| !shown.contains(*mark)).collect();
        assert!(astray.is_empty(), "marks of what is not public: {astray:?}");
        assert_eq!(found.len(), shown.len());
        let said = self.t.lasting_marks().await;
        let astray: Vec<_> = said.iter().filter(|(mark, _)| !self.ever.contains(&mark.parse().unwrap())).collect();
        assert!(astray.is_empty(), "said of names by what was never public: {astray:?}");
    }
}

async fn a_history(t: &TestApp, chance: Chance, steps: usize) -> (BTreeMap<&'static str, usize>, usize) {
    let mut history = History {
        t,
        chance,
        articles: BTreeMap::new(),
        owners: BTreeMap::new(),
        opened: BTreeSet::new(),
        ever: BTreeSet::new(),
        marks: 0,
        steps: BTreeMap::new(),
        refused: 0,
    };
    for step in 1..=steps {
        history.step().await;
        if step % 25 == 0 {
            history.look_at_everything().await;
        }
    }
    history.look_at_everything().await;
    (history.steps, history.refused)
}

both!(any_history_leaves_public_what_the_model_says, async |t| {
    let (steps, refused) = a_history(t, Chance::new(), count(200, 2_000)).await;
    println!("{steps:?}, of which {refused} were refused as they should be");
});
