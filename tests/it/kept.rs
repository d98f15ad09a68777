//! Kept answers: never older than what was told, made once for all who ask, and not dropped by what does not touch them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use masthead::model::collection::{Pin, TOP_NEWS};
use masthead::model::viewer::Viewer;
use masthead::newsroom::access::Expected;
use masthead::newsroom::taxonomy::{self, Form, Noun};
use masthead::newsroom::{collections, correct, move_slug, publish, views, withdraw};
use masthead::store::changes;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::http::{Said, Server};
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count, run};

/// An answer, as far as a cache must not get it wrong.
#[derive(Debug, Clone, PartialEq)]
struct Told {
    status: u16,
    location: String,
    body: String,
}

/// What is asked for: a path, or a GraphQL operation.
#[derive(Debug, Clone)]
enum Asking {
    Get(String),
    Query(&'static str, Value),
}

async fn send(server: &Server, asking: &Asking, least: i64) -> (HeaderMap, Told) {
    let request = match asking {
        Asking::Get(path) => server.client.get(format!("{}{path}", server.base)),
        Asking::Query(query, variables) => {
            let body = json!({ "query": query, "variables": variables });
            server.client.post(format!("{}/graphql", server.base)).json(&body)
        }
    };
    let request = if least > 0 { request.header("Masthead-Min-Seq", least) } else { request };
    let response = request.send().await.unwrap_or_else(|e| panic!("{asking:?}: {e}"));
    let headers = response.headers().clone();
    let status = response.status().as_u16();
    let location = headers.get("location").map_or("", |to| to.to_str().unwrap()).to_owned();
    let body = response.text().await.unwrap();
    (headers, Told { status, location, body: told(asking, status, &body) })
}

/// The body without what differs by request: the id in an error. Of a search the scores differ by node, and with them the
/// order.
fn told(asking: &Asking, status: u16, body: &str) -> String {
    if status == 410 {
        let problem: Value = serde_json::from_str(body).unwrap_or_default();
        return format!("{} {}", problem["reason"], problem["withdrawnAt"]);
    }
    if status != 200 {
        return String::new();
    }
    match asking {
        Asking::Get(path) if path.starts_with("/v1/search") => {
            let found: Value = serde_json::from_str(body).unwrap();
            let hits = found["data"].as_array().unwrap().iter().map(|hit| hit["article"]["slug"].to_string());
            format!("{} {:?}", found["totalCount"], hits.collect::<BTreeSet<_>>())
        }
        _ => body.to_owned(),
    }
}

const PAGE: &str = "query Page($slug: String!) { article(slug: $slug) { id slug headline label summary section { slug name }
    authors { slug name articleCount } topics { slug name articleCount } corrections { text } disclaimers { text } body(notices: SEPARATE) { html }
    moreAbout { topic { name } articles { slug headline } } moreFrom { topic { name } articles { slug headline } } }
    latestNews(first: 3) { slug headline } topNews(first: 3) { slug headline } }";
const RELATED: &str =
    "query Related($slug: String!) { article(slug: $slug) { related(first: 3) { article { slug headline } } } }";

const SLUGS: usize = 9;

/// Everything that is asked for after each change.
fn askings() -> Vec<Asking> {
    let mut all = Vec::new();
    for n in 0..SLUGS {
        let slug = format!("s{n}");
        all.push(Asking::Get(format!("/v1/articles/{slug}")));
        all.push(Asking::Get(format!("/v1/articles/{slug}.ninjs")));
        all.push(Asking::Query(PAGE, json!({ "slug": slug })));
    }
    let everything = "/v1/articles/s1?include=authors,topics,section,image,moreAbout,moreFrom,latestNews,topNews";
    let paths = [
        everything,
        "/v1/articles?first=3",
        "/v1/articles?first=3&order=recently-updated",
        "/v1/articles?first=3&order=oldest",
        "/v1/articles?section=harbour",
        "/v1/articles?section=town&first=2",
        "/v1/articles?topic=ferries",
        "/v1/articles?place=port-ellory",
        "/v1/articles?author=ada-marsh",
        "/v1/articles?genre=opinion",
        "/v1/articles?language=de",
        "/v1/articles?section=council&topic=budget",
        "/v1/articles?author=nobody-yet",
        "/v1/latest-news?first=5",
        "/v1/top-news?first=4",
        "/v1/top-news?first=4&section=harbour",
        "/v1/trending?first=3",
        "/v1/collections",
        "/v1/collections/top-news",
        "/v1/authors",
        "/v1/authors/ada-marsh",
        "/v1/authors/nobody-yet",
        "/v1/topics",
        "/v1/topics?kind=place",
        "/v1/topics/ferries",
        "/v1/sections",
        "/v1/sections/harbour",
        "/v1/changes?first=3",
        "/v1/search?q=story",
        "/v1/suggest?q=fer",
        "/feeds/latest.atom",
        "/feeds/sections/harbour.json",
        "/feeds/topics/ferries.rss",
        "/feeds/authors/ada-marsh.atom",
        "/feeds/labels/op-ed.json",
        "/feeds/collections/top-news.rss",
        "/feeds.opml",
        "/sitemaps/index.xml",
        "/sitemaps/news.xml",
    ];
    all.extend(paths.map(|path| Asking::Get(path.to_owned())));
    all
}

/// Random changes to a small newsroom.
struct Editors<'a> {
    t: &'a TestApp,
    chance: Chance,
    written: usize,
    /// The last line of each article, before it was made one that withholds or cancels.
    lines: BTreeMap<String, Value>,
    /// How many names were given that were all that was new.
    names: usize,
    done: BTreeMap<&'static str, usize>,
}

const ARTICLES: usize = 7;

impl Editors<'_> {
    fn uri(&mut self) -> String {
        format!("urn:t:{}", self.chance.below(ARTICLES))
    }

    fn line(&mut self, uri: &str) -> Value {
        self.written += 1;
        let n = self.written;
        let chance = &mut self.chance;
        let mut fields = json!({
            "slug": format!("s{}", chance.below(SLUGS)),
            "headline": format!("Story {n}"), "description_text": format!("Summary {n}."), "body_text": format!("Ferries and story {n}."),
            "published": self.t.now().plus_millis(-3_600_000 * chance.below(90) as i64),
            "section": { "name": *chance.pick(&["Harbour", "Council"]), "parent": { "name": "Town" } },
            "authors": [{ "name": *chance.pick(&["Ada Marsh", "Ben Cole", "Nobody Yet"]), "bio": format!("Bio {}", n / 4) }],
            "subjects": [*chance.pick(&["Ferries", "Budget", "Schools"])],
            "places": [*chance.pick(&["Port Ellory", "Hill End"])],
            "genre": if chance.percent(30) { "opinion" } else { "news" },
            "language": if chance.percent(20) { "de" } else { "en" },
        });
        if chance.percent(25) {
            fields["label"] = json!("Op-Ed");
        }
        let line = with(story(uri), fields);
        self.lines.insert(uri.to_owned(), line.clone());
        line
    }

    /// Questions for the last name that was given alone, and for the one that will be given next.
    fn by_name(&self) -> Vec<Asking> {
        let both = [self.names, self.names + 1];
        let asking = |n: usize| {
            let query = "query Named($slug: String!, $url: String!) { slug: article(slug: $slug) { headline } \
                         url: article(url: $url) { headline } }";
            let (slug, url) = (format!("named-{n}"), format!("https://old.example/{n}"));
            let (page, feed) = (format!("/v1/articles/{slug}"), format!("/v1/articles/{slug}.ninjs"));
            let redirect = format!("/v1/redirects?url={url}");
            let asked = Asking::Query(query, json!({ "slug": slug, "url": url }));
            [Asking::Get(page), Asking::Get(feed), Asking::Get(redirect), asked]
        };
        both.into_iter().flat_map(asking).collect()
    }

    async fn known(&self, uri: &str) -> Option<masthead::model::id::ArticleId> {
        self.t.entry(uri).await.map(|entry| entry.id)
    }

    /// One change; refused ones are none.
    async fn change(&mut self) {
        let (viewer, db, uri) = (Viewer::system(), &self.t.db, self.uri());
        let id = self.known(&uri).await;
        let n = self.written;
        let name = match (self.chance.below(17), id) {
            (0..=5, _) | (_, None) => {
                let mut line = self.line(&uri);
                if self.chance.percent(8) {
                    line = with(line, json!({ "status": "withheld" }));
                }
                self.t.import(&[line]).await;
                "import"
            }
            (6, _) => {
                let mut line = self.line(&uri);
                line = with(line, json!({ "status": "canceled", "statusReason": "Canceled." }));
                self.t.import(&[line]).await;
                "cancel"
            }
            (7 | 8, Some(id)) => {
                let _ = withdraw::withdraw(db, &viewer, id, &format!("Reason {n}.")).await;
                "withdraw"
            }
            (9 | 10, Some(id)) => {
                let _ = publish::publish(db, &viewer, id).await;
                "publish"
            }
            (11, Some(id)) => {
                let _ = correct::correct(db, &viewer, id, None, &format!("Correction {n}.")).await;
                "correct"
            }
            (12, Some(id)) => {
                let to = format!("s{}", self.chance.below(SLUGS));
                let _ = move_slug::move_slug(db, &viewer, id, &to).await;
                "move"
            }
            (13, Some(id)) => {
                let slot = 1 + self.chance.below(3) as i32;
                let pin = Pin { article: id, slot, from: None, until: None };
                let _ = collections::pin(db, &viewer, TOP_NEWS, Expected::Any, pin).await;
                "pin"
            }
            (14, _) => self.term().await,
            (15, _) => {
                // Names alone: those of before stay out of the line, and lead to it all the same.
                self.names += 1;
                let n = self.names;
                let names = match self.chance.below(3) {
                    0 => json!({ "previousSlugs": [format!("named-{n}")] }),
                    1 => json!({ "previousUrls": [format!("https://old.example/{n}")] }),
                    _ => {
                        json!({ "previousSlugs": [format!("named-{n}")], "previousUrls": [format!("https://old.example/{n}")] })
                    }
                };
                let line = self.lines.get(&uri).cloned().unwrap_or_else(|| story(&uri));
                self.t.import(&[with(line, names)]).await;
                "names"
            }
            (_, Some(id)) => self.view(id).await,
        };
        *self.done.entry(name).or_default() += 1;
    }

    /// A term gets another name, or goes into another one.
    async fn term(&mut self) -> &'static str {
        let (viewer, db) = (Viewer::system(), &self.t.db);
        let (noun, key) = *self.chance.pick(&[
            (Noun::Section, "harbour"),
            (Noun::Section, "council"),
            (Noun::Topic, "ferries"),
            (Noun::Topic, "port-ellory"),
            (Noun::Author, "ada-marsh"),
            (Noun::Author, "nobody-yet"),
        ]);
        let Ok(look) = taxonomy::one(db, &viewer, noun, key).await else { return "nothing" };
        let name = json!({ "name": format!("Name {}", self.chance.below(50)) });
        let form = match noun {
            Noun::Section => Form::Section(serde_json::from_value(name).unwrap()),
            Noun::Topic => Form::Topic(serde_json::from_value(name).unwrap()),
            Noun::Author => Form::Author(serde_json::from_value(name).unwrap()),
        };
        taxonomy::change(db, &viewer, look.term.id, Expected::Any, form).await.unwrap();
        "term"
    }

    /// Views, and the ranking that they give.
    async fn view(&mut self, id: masthead::model::id::ArticleId) -> &'static str {
        let counter = views::Counter::new(&self.t.db);
        let address = format!("192.0.2.{}", self.chance.below(250)).parse().unwrap();
        let _ = counter.record(&id.to_string(), address, "test").await;
        counter.flush().await.unwrap();
        self.t.clock.advance(31_000);
        views::rank(&self.t.db).await.unwrap();
        "view"
    }
}

/// What a node told last, and how often it told the same again.
#[derive(Default)]
struct Precision {
    last: HashMap<String, Told>,
    again: usize,
    changed: usize,
}

impl Precision {
    fn note(&mut self, asking: &Asking, told: &Told) {
        if let Some(last) = self.last.insert(format!("{asking:?}"), told.clone()) {
            self.again += 1;
            self.changed += usize::from(last != *told);
        }
    }
}

impl Told {
    /// What is told without what is derived: top news and what trends, related news.
    fn underived(&self, asking: &Asking) -> Told {
        let whole = match asking {
            Asking::Get(path) => path.contains("top-news") || path.contains("trending"),
            Asking::Query(query, _) => *query == RELATED,
        };
        let mut rest = self.clone();
        if whole {
            rest.body.clear();
        } else if let Ok(mut value) = serde_json::from_str::<Value>(&self.body) {
            let place = if matches!(asking, Asking::Query(..)) { "/data" } else { "" };
            if let Some(fields) = value.pointer_mut(place).and_then(Value::as_object_mut) {
                fields.remove("topNews");
            }
            rest.body = value.to_string();
        }
        rest
    }
}

impl Asking {
    /// Whether the index answers it, which each node fills for itself a moment after a change.
    fn is_of_the_index(&self) -> bool {
        matches!(self, Asking::Get(path) if path.starts_with("/v1/search") || path.starts_with("/v1/suggest"))
    }
}

/// A server that is held against one that keeps nothing.
struct Node<'a> {
    name: &'static str,
    server: Server,
    of: &'a TestApp,
    /// It is fresh without being asked to be.
    wrote: bool,
    precision: Precision,
    /// Answers that had to be asked for again, since something derived in them was not noticed yet.
    excused: AtomicUsize,
}

impl Node<'_> {
    /// The last number of what is derived, as the database has it. The node does not learn of it by this.
    async fn derived(&self) -> i64 {
        changes::head_there(&mut self.of.db.read().await.unwrap()).await.unwrap().derived
    }

    /// Holds an answer against the one of a server that keeps nothing.
    ///
    /// What is derived has no number that could be asked for, and the followers of each server rank and relate too: what is
    /// derived in an answer may be older while this node has not noticed it, and then for no longer than a second. The rest
    /// of the same answer may not.
    async fn same(&self, plain: &Server, asking: &Asking, seq: i64, what: &str) -> Told {
        let indexed = asking.is_of_the_index();
        let (least, of_plain) = (if self.wrote && !indexed { 0 } else { seq }, if indexed { seq } else { 0 });
        for _ in 0..20 {
            let knew = self.of.db.newest_derived();
            let (kept, made) = futures::join!(send(&self.server, asking, least), send(plain, asking, of_plain));
            let ((headers, kept), (_, made)) = (kept, made);
            if kept == made {
                return kept;
            }
            self.excused.fetch_add(1, Ordering::Relaxed);
            assert_eq!(kept.underived(asking), made.underived(asking), "{what}, {}: {asking:?}", self.name);
            let (derived, seq) = (self.derived().await, headers.get("masthead-seq"));
            assert!(knew < derived, "{what}, {}: {asking:?} (Masthead-Seq {seq:?})\n{kept:?}\n{made:?}", self.name);
            self.notices(derived).await;
        }
        panic!("{what}, {}: {asking:?}: a ranking between each two answers", self.name);
    }

    /// The same of many.
    async fn compare(&mut self, plain: &Server, askings: &[Asking], seq: i64, what: &str) {
        for some in askings.chunks(16) {
            let told = join_all(some.iter().map(|asking| self.same(plain, asking, seq, what))).await;
            some.iter().zip(&told).for_each(|(asking, told)| self.precision.note(asking, told));
        }
    }

    /// Waits until the node knows of what is derived up to there, a second at most.
    async fn notices(&self, derived: i64) {
        let mut known = self.of.db.derived();
        let noticed = tokio::time::timeout(Duration::from_secs(1), known.wait_for(|at| *at >= derived)).await;
        assert!(noticed.is_ok(), "{} has not noticed after a second what was derived", self.name);
    }
}

/// A counter of a server's metrics.
async fn metric(server: &Server, name: &str) -> f64 {
    let text = server.get("/metrics").await.text().await.unwrap();
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.rsplit(' ').next()?.parse().ok()).unwrap_or(0.0)
}

/// How many answers may be dropped for each that has changed.
const MOST_DROPPED: f64 = 2.0;

both!(no_answer_is_stale_on_any_node, async |t| {
    let rounds = count(25, 10_000);
    let other = TestApp::over(t.options.clone()).await;
    let plain = t.serve_as(&[("cache.size", "0B"), ("cache.entities", "0B")]).await;
    let node = |name, server, of, wrote| {
        let (precision, excused) = (Precision::default(), AtomicUsize::new(0));
        Node { name, server, of, wrote, precision, excused }
    };
    let mut near = node("here", t.serve().await, t, true);
    let mut far = node("there", other.serve().await, &other, false);
    let mut editors =
        Editors { t, chance: Chance::new(), written: 0, lines: BTreeMap::new(), names: 0, done: BTreeMap::new() };
    for n in 0..ARTICLES {
        let line = editors.line(&format!("urn:t:{n}"));
        t.import(&[line]).await;
    }
    let (askings, mut asked) = (askings(), 0);
    let related: Vec<Asking> = (0..SLUGS).map(|n| Asking::Query(RELATED, json!({ "slug": format!("s{n}") }))).collect();
    for round in 0..rounds {
        if round > 0 && round % 1_000 == 0 {
            eprintln!("{round} of {rounds} rounds, {asked} answers on each of two nodes");
        }
        editors.change().await;
        other.clock.advance(t.now().millis() - other.now().millis());
        let seq = *t.db.head().borrow();
        // Some of all after each change, and all after some.
        let mut now: Vec<Asking> =
            askings.iter().filter(|_| round % 10 == 9 || editors.chance.percent(35)).cloned().collect();
        now.extend(editors.by_name());
        asked += now.len();
        let what = format!("round {round}");
        near.compare(&plain, &now, seq, &what).await;
        far.compare(&plain, &now, seq, &what).await;
        // What is made by followers comes a moment later, and then it must be seen.
        if round % 10 == 9 {
            near.server.settled().await;
            far.server.settled().await;
            near.compare(&plain, &related, seq, &what).await;
            far.compare(&plain, &related, seq, &what).await;
        }
    }
    let hits = metric(&near.server, "masthead_cache_hits_total{cache=\"pages\"}").await;
    let misses = metric(&near.server, "masthead_cache_misses_total{cache=\"pages\"}").await;
    let dropped = metric(&near.server, "masthead_cache_invalidated_total{cache=\"pages\"}").await;
    let Precision { again, changed, .. } = near.precision;
    let excused = near.excused.into_inner() + far.excused.into_inner();
    println!(
        "{rounds} rounds, {asked} answers on each of two nodes, 0 stale ({excused} were asked for again when what \
         is derived in them was noticed); here {again} were asked for again, {changed} had \
         changed, {dropped} were dropped ({:.0} % of them rightly), {hits} were still kept; {:?}",
        100.0 * changed as f64 / dropped,
        editors.done
    );
    assert!(hits > misses / 8.0, "hardly anything is kept: {hits} hits, {misses} misses");
    // How much is kept depends on the changes, since nearly everything shows nearly everything in so small a newsroom. What
    // is dropped and had not changed does not.
    assert!(dropped < MOST_DROPPED * changed as f64, "{dropped} were dropped, of which {changed} had changed");
});

both!(a_thousand_who_ask_for_one_cold_page_have_it_made_once, async |t| {
    t.import_all(
        &(0..6)
            .map(|n| with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}"), "subjects": ["Ferries"] })))
            .collect::<Vec<_>>(),
    )
    .await;
    let server = t.serve().await;
    server.settled().await;
    let asking = Asking::Query(PAGE, json!({ "slug": "s1" }));
    // What a page costs alone.
    let before = t.db.statements();
    send(&server, &Asking::Query(PAGE, json!({ "slug": "s2" })), 0).await;
    let alone = t.db.statements() - before;
    let before = t.db.statements();
    let all = join_all((0..count(200, 1_000)).map(|_| send(&server, &asking, 0))).await;
    let made = t.db.statements() - before;
    assert!(all.iter().all(|(_, told)| *told == all[0].1 && told.status == 200));
    // Followers look at the log beside, four times a second each.
    assert!(made <= alone + 30, "{made} statements for all, {alone} for one");
    println!("{} askers: {made} statements; one alone: {alone}", all.len());
});

both!(what_pages_share_is_made_once_for_all_of_them_after_a_change, async |t| {
    let line = |n: usize| with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}") }));
    t.import_all(&(0..8).map(line).collect::<Vec<_>>()).await;
    let server = t.serve().await;
    server.settled().await;
    let pages = async || {
        for n in 0..8 {
            let asking = Asking::Query(PAGE, json!({ "slug": format!("s{n}") }));
            assert_eq!(send(&server, &asking, 0).await.1.status, 200);
        }
    };
    pages().await;
    pages().await;
    let counted = async || {
        (
            metric(&server, "masthead_cache_invalidated_total{cache=\"blocks\"}").await,
            metric(&server, "masthead_graphql_root_fields_total{by=\"compiled\"}").await,
        )
    };
    let before = counted().await;
    t.import_all(&[line(8)]).await;
    server.settled().await;
    pages().await;
    pages().await;
    let after = counted().await;
    // The latest and the top news; not for each page.
    let (dropped, made) = (after.0 - before.0, after.1 - before.1);
    assert!(dropped > 0.0 && dropped <= 3.0, "{dropped} blocks were found dropped by eight pages");
    assert!(made >= dropped, "{made} root fields were made in one go, of {dropped} blocks");
});

both!(what_does_not_touch_an_answer_leaves_it_kept, async |t| {
    let line = |n: usize, section: &str, topic: &str, author: &str| {
        with(
            story(&format!("urn:t:{n}")),
            json!({ "slug": format!("s{n}"), "section": section, "subjects": [topic], "authors": [author] }),
        )
    };
    t.import_all(&[line(1, "Harbour", "Ferries", "Ada Marsh"), line(2, "Council", "Budget", "Ben Cole")]).await;
    let server = t.serve().await;
    server.settled().await;
    let kept = [
        "/v1/articles/s1",
        "/v1/articles?section=harbour",
        "/v1/topics/ferries",
        "/v1/authors/ada-marsh",
        "/feeds/topics/ferries.rss",
    ];
    for path in kept {
        server.get(path).await;
    }
    let hits = async || metric(&server, "masthead_cache_hits_total{cache=\"pages\"}").await;
    // Another article of another section, topic and author.
    t.import_all(&[line(3, "Council", "Budget", "Ben Cole")]).await;
    server.settled().await;
    let before = hits().await;
    for path in kept {
        assert_eq!(server.get(path).await.status(), 200);
    }
    assert_eq!(hits().await - before, kept.len() as f64, "what was not touched was made anew");
    // The first hit and every 64th say how old what they found is.
    assert!(metric(&server, "masthead_cache_age_seconds_count{cache=\"pages\"}").await >= 1.0);
    // One in the same section: the list is another, and the page that merely names the section is not.
    t.import_all(&[line(4, "Harbour", "Budget", "Ben Cole")]).await;
    let list: Value = server.get("/v1/articles?section=harbour").await.json().await.unwrap();
    assert_eq!(list["totalCount"], 2);
    // A page that shows the latest news beside is put together anew once, and stands then: its article was kept for long.
    let page = async || server.graphql("{ article(slug: \"s1\") { slug } latestNews { slug } }", json!({})).await;
    for _ in 0..3 {
        page().await;
    }
    t.import_all(&[line(5, "Council", "Budget", "Ben Cole")]).await;
    server.settled().await;
    assert_eq!(page().await["data"]["latestNews"].as_array().unwrap().len(), 5);
    let before = hits().await;
    page().await;
    assert_eq!(hits().await - before, 1.0, "what was put together does not stand");
});

both!(what_is_not_there_is_kept_until_it_is_there, async |t| {
    let line = |n: usize| {
        with(
            story(&format!("urn:t:{n}")),
            json!({ "slug": format!("s{n}"), "section": "Harbour", "subjects": ["Ferries"], "authors": ["Ada Marsh"] }),
        )
    };
    let (system, db) = (Viewer::system(), &t.db);
    t.import_all(&(0..4).map(line).collect::<Vec<_>>()).await;
    withdraw::withdraw(db, &system, t.id("urn:t:1").await, "The source was wrong.").await.unwrap();
    move_slug::move_slug(db, &system, t.id("urn:t:2").await, "two").await.unwrap();
    let server = t.serve().await;
    server.settled().await;
    let asked = [
        (404, "/v1/articles/s9"),
        (404, "/v1/articles/s9/related"),
        (404, "/v1/articles/s9.jsonld"),
        (404, "/v1/sections/council"),
        (404, "/v1/topics/budget"),
        (404, "/v1/authors/ben-cole"),
        (404, "/v1/collections/weekend"),
        (404, "/feeds/topics/budget.rss"),
        (404, "/feeds/labels/comment.atom"),
        (404, "/sitemaps/news.xml?page=2"),
        (404, "/sitemaps/articles/2019-02.xml"),
        (410, "/v1/articles/s1"),
        (410, "/v1/articles/s1.ninjs"),
        (410, "/v1/articles/s1.jsonld"),
        (410, "/v1/articles/s1.nitf"),
        (308, "/v1/articles/s2"),
        (308, "/v1/articles/s2.jsonld"),
    ];
    let ask = async |path: &str, id: &str| {
        let request = server.client.get(format!("{}{path}", server.base)).header("x-request-id", id);
        let response = request.header("accept-encoding", "gzip").header("if-none-match", "*").send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let problem = headers.get("content-type").is_some_and(|kind| kind == "application/problem+json");
        let body = response.bytes().await.unwrap();
        (status, headers, if problem { serde_json::from_slice::<Value>(&body).unwrap() } else { Value::Null })
    };
    let hits = async || metric(&server, "masthead_cache_hits_total{cache=\"pages\"}").await;
    for (status, path) in asked {
        let first = ask(path, "first").await;
        let (before, statements) = (hits().await, t.db.statements());
        let uuid = "0cf9b4a8-0000-4000-8000-000000000001";
        let again = ask(path, uuid).await;
        assert_eq!((first.0, again.0), (status, status), "{path}");
        assert_eq!(hits().await - before, 1.0, "{path} was not kept");
        for name in ["content-type", "cache-control", "vary", "masthead-seq", "location", "x-content-type-options"] {
            assert_eq!(first.1.get(name), again.1.get(name), "{path}: {name}");
        }
        assert_eq!(again.1["cache-control"], "public, max-age=0, s-maxage=5", "{path}");
        assert!(again.1.contains_key("masthead-seq"), "{path}");
        if first.2.is_object() {
            let (mut first, mut again) = (first.2, again.2);
            let taken = |problem: &mut Value, name: &str| problem.as_object_mut().unwrap().remove(name);
            assert_eq!(taken(&mut first, "requestId"), Some(json!("first")), "{path}");
            assert_eq!(taken(&mut again, "requestId"), Some(json!(uuid)), "{path}");
            assert_eq!(taken(&mut first, "instance"), None, "{path}");
            assert_eq!(taken(&mut again, "instance"), Some(json!(format!("urn:uuid:{uuid}"))), "{path}");
            assert_eq!(first, again, "{path}");
            assert_eq!(first["status"], status, "{path}");
        }
        // A hit asks nothing. Followers look at the log beside, some times a second, so it may be tried again.
        let mut reads = t.db.statements() - statements;
        for _ in 0..20 {
            if reads == 0 {
                break;
            }
            let statements = t.db.statements();
            ask(path, "once more").await;
            reads = t.db.statements() - statements;
        }
        assert_eq!(reads, 0, "{path} was read again");
    }
    // It appears, comes back, moves home.
    let new = json!({ "slug": "s9", "section": "Council", "subjects": ["Budget"], "authors": ["Ben Cole"],
        "label": "Comment", "published": "2019-02-03T10:00:00Z" });
    t.import_all(&[with(story("urn:t:9"), new)]).await;
    publish::publish(db, &system, t.id("urn:t:1").await).await.unwrap();
    move_slug::move_slug(db, &system, t.id("urn:t:2").await, "s2").await.unwrap();
    let weekend = collections::New { slug: "weekend".into(), name: "Weekend".into(), ..collections::New::default() };
    collections::create(db, &system, weekend, None).await.unwrap();
    for (status, path) in asked {
        // It would take a thousand stories to appear.
        if path.contains("page=2") {
            continue;
        }
        // A slug that the article had before may be taken up by it again; nothing else stays as it was.
        let now = server.get(path).await.status().as_u16();
        assert_eq!(now, 200, "{path}, which was {status}");
    }
});

both!(a_name_that_is_all_that_is_new_of_a_story_leads_to_it_at_once, async |t| {
    let line = |more: Value| with(with(story("urn:t:1"), json!({ "slug": "s1" })), more);
    t.import_all(&[line(json!({}))]).await;
    let server = t.serve().await;
    server.settled().await;
    let ask = async || {
        let by_slug = server.get("/v1/articles/once").await.status().as_u16();
        let by_address = server.get("/v1/redirects?url=https://old.example/one").await.status().as_u16();
        let query =
            "{ slug: article(slug: \"once\") { slug } url: article(url: \"https://old.example/one\") { slug } }";
        let data = server.graphql(query, json!({})).await;
        (by_slug, by_address, data["data"]["slug"]["slug"].clone(), data["data"]["url"]["slug"].clone())
    };
    for _ in 0..3 {
        assert_eq!(ask().await, (404, 404, Value::Null, Value::Null));
    }
    let before = t.db.newest();
    let report = t.import_all(&[line(json!({ "previousSlugs": ["once"] }))]).await;
    assert_eq!((report.unchanged, ask().await), (1, (308, 404, json!("s1"), Value::Null)));
    let both = json!({ "previousSlugs": ["once"], "previousUrls": ["https://old.example/one"] });
    let report = t.import_all(&[line(both)]).await;
    assert_eq!((report.unchanged, ask().await), (1, (308, 308, json!("s1"), json!("s1"))));
    let changes = changes::after(&mut t.db.read().await.unwrap(), before, 10).await.unwrap();
    assert_eq!(changes.len(), 2, "{changes:?}");
    assert!(changes.iter().all(|change| change.version == 1), "{changes:?}");
    // What names nothing new is no change.
    let after = t.db.newest();
    t.import_all(&[line(json!({ "previousSlugs": ["once"] }))]).await;
    assert_eq!((t.db.newest(), ask().await.0), (after, 308));
});

both!(the_same_bytes_in_another_coding_are_another_question, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let plain = json!({ "query": "{ article(slug: \"s1\") { slug } }" }).to_string().into_bytes();
    let mut coder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    std::io::Write::write_all(&mut coder, &plain).unwrap();
    let coded = coder.finish().unwrap();
    let ask = async |bytes: &[u8], coding: Option<&str>| {
        let request = server.client.post(format!("{}/graphql", server.base)).header("content-type", "application/json");
        let request = match coding {
            Some(coding) => request.header("content-encoding", coding),
            None => request,
        };
        request.body(bytes.to_vec()).send().await.unwrap().status().as_u16()
    };
    // Whichever was asked first, and was kept.
    for _ in 0..2 {
        assert_eq!((ask(&plain, None).await, ask(&coded, Some("gzip")).await), (200, 200));
        assert_ne!(ask(&plain, Some("gzip")).await, 200);
        assert_ne!(ask(&coded, None).await, 200);
    }
});

both!(who_takes_nothing_plain_is_told_nothing_plain, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("urn:t:1").await, "Wrong.").await.unwrap();
    let server = t.serve().await;
    for (path, status) in [("/v1/articles/s9", 404), ("/v1/articles/s1", 410), ("/v1/sections", 200)] {
        // A coding that the client does not undo by itself.
        for (accept, coding) in [("br", ""), ("br, identity;q=0", "br"), ("br;q=1, *;q=0", "br")] {
            for _ in 0..3 {
                let request = server.client.get(format!("{}{path}", server.base)).header("accept-encoding", accept);
                let said = request.send().await.unwrap();
                let coded = said.headers().get("content-encoding").map_or("", |coding| coding.to_str().unwrap());
                assert_eq!((said.status().as_u16(), coded), (status, coding), "{path} {accept}");
            }
        }
    }
});

both!(a_read_that_expects_another_state_is_refused_kept_or_not, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    let ask = async |path: &str, headers: &[(&str, &str)]| {
        let mut request = server.client.get(format!("{}{path}", server.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Said::of(request.send().await.unwrap()).await
    };
    let feed = "/feeds/latest.rss";
    for path in ["/v1/articles/s1", feed, "/graphql?query=%7BlatestNews%7Bslug%7D%7D"] {
        for _ in 0..2 {
            let tag = ask(path, &[]).await.header("etag").to_owned();
            for held in [tag.as_str(), "*", "\"another\", \"one\""] {
                let (status, code) = if held.contains("another") { (412, "PRECONDITION_FAILED") } else { (200, "") };
                let said = ask(path, &[("if-match", held)]).await;
                assert_eq!((said.status, said.code()), (status, code), "{path} {held}");
                // It goes before what would be answered with 304.
                let said = ask(path, &[("if-match", held), ("if-none-match", "*")]).await;
                assert_eq!(said.status, if status == 200 { 304 } else { 412 }, "{path} {held}");
            }
        }
    }
    let expected = [("if-match", "\"another\"")];
    assert_eq!(ask("/v1/articles/none", &expected).await.status, 404);
    // What has no date has no such condition.
    let long_ago = [("if-unmodified-since", "Sat, 01 Mar 2025 00:00:00 GMT")];
    assert_eq!(ask("/v1/articles/s1", &long_ago).await.status, 200);
    ask(feed, &[]).await;
    t.clock.advance(10_000);
    for _ in 0..2 {
        let modified = ask(feed, &[]).await.header("last-modified").to_owned();
        assert_eq!(ask(feed, &[("if-unmodified-since", &modified)]).await.status, 200, "{modified}");
        let refused = ask(feed, &long_ago).await;
        assert_eq!((refused.status, refused.text("/parameter")), (412, "If-Unmodified-Since"));
    }
});

both!(what_is_asked_for_twice_is_refused_kept_or_not, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1" }))]).await;
    let server = t.serve().await;
    for path in ["/v1/articles/s1", "/feeds/latest.rss", "/graphql?query=%7BlatestNews%7Bslug%7D%7D"] {
        for _ in 0..2 {
            let request = server.client.get(format!("{}{path}", server.base)).header("Masthead-Min-Seq", "1");
            let again = request.try_clone().unwrap().header("Masthead-Min-Seq", "1000000");
            assert_eq!(request.send().await.unwrap().status(), 200, "{path}");
            let refused = Said::of(again.send().await.unwrap()).await;
            assert_eq!((refused.status, refused.code()), (400, "INVALID_PARAMETER"), "{path}: {refused:?}");
            assert_eq!(refused.text("/parameter"), "Masthead-Min-Seq", "{path}");
        }
    }
});

both!(a_kept_answer_has_what_each_answer_needs, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "slug": "s1", "body_text": "A long text. ".repeat(400) }))]).await;
    let server = t
        .serve_as(&[
            ("rate_limit.enabled", "true"),
            ("rate_limit.exempt_loopback", "false"),
            ("rate_limit.burst", "400"),
            ("rate_limit.points_per_minute", "60"),
            ("graphql.max_complexity", "400"),
        ])
        .await;
    let path = "/v1/articles/s1";
    let ask = async |name: &str, value: &str| {
        let request = server.client.get(format!("{}{path}", server.base)).header(name, value);
        request.send().await.unwrap()
    };
    let first = ask("x-request-id", "one").await;
    let second = ask("x-request-id", "two").await;
    let header = |response: &reqwest::Response, name: &str| {
        response.headers().get(name).map_or("", |v| v.to_str().unwrap()).to_owned()
    };
    for name in
        ["etag", "vary", "cache-control", "masthead-seq", "content-type", "x-content-type-options", "ratelimit-policy"]
    {
        assert_eq!(header(&first, name), header(&second, name), "{name}");
        assert!(!header(&second, name).is_empty(), "{name}");
    }
    assert_eq!((header(&first, "x-request-id").as_str(), header(&second, "x-request-id").as_str()), ("one", "two"));
    // Each pays.
    let left = |response: &reqwest::Response| {
        header(response, "ratelimit").split("r=").nth(1).unwrap().split(';').next().unwrap().parse::<u32>().unwrap()
    };
    assert_eq!(left(&first) - left(&second), 400 - left(&first));
    // One who asks from a page of another origin is told that the page may read it, and so is everybody else: a cache in front
    // gives pages what it kept for others. One answer is kept for all.
    ask("accept", "*").await;
    let bare = server.client.get(format!("{}{path}", server.base)).header("origin", "https://a.example");
    let kept = async || metric(&server, "masthead_cache_hits_total{cache=\"pages\"}").await;
    let before = kept().await;
    let allowed = bare.send().await.unwrap();
    assert_eq!(kept().await - before, 1.0, "an answer was made anew for an origin");
    for response in [&first, &second, &allowed] {
        assert_eq!(header(response, "access-control-allow-origin"), "*");
        assert!(header(response, "access-control-expose-headers").to_ascii_lowercase().contains("masthead-seq"));
        assert!(!header(response, "vary").to_ascii_lowercase().contains("origin"));
    }
    // A 304, also from a tag of another coding, and also where nothing was kept yet.
    let tag = header(&first, "etag");
    let coded = ask("accept-encoding", "br").await;
    let coded_tag = header(&coded, "etag");
    assert!(coded_tag.ends_with("-br\"") && coded_tag != tag, "{coded_tag} {tag}");
    for held in [&tag, &coded_tag, &"*".to_owned()] {
        let same = ask("if-none-match", held).await;
        assert_eq!(same.status(), 304, "{held}");
        assert!(header(&same, "content-type").is_empty() && !header(&same, "etag").is_empty());
        assert!(same.bytes().await.unwrap().is_empty());
    }
    assert_eq!(ask("if-none-match", "\"else\"").await.status(), 200);
    let cold = server.client.get(format!("{}/v1/articles/s1?fields=slug", server.base)).header("if-none-match", "*");
    assert_eq!(cold.send().await.unwrap().status(), 304);
    // What costs more than is left is refused, kept or not.
    let mut refused = None;
    for _ in 0..200 {
        let response = ask("x-request-id", "three").await;
        if response.status() != 200 {
            refused = Some(response);
            break;
        }
    }
    let refused = refused.expect("the bucket is empty at last");
    assert_eq!(
        (refused.status().as_u16(), header(&refused, "content-type").as_str()),
        (429, "application/problem+json")
    );
    // Who sends a credential is told nothing that was kept, and refused as ever.
    let server = t.serve().await;
    server.get(path).await;
    let known = server.client.get(format!("{}{path}", server.base)).header("authorization", "Bearer nonsense");
    assert_eq!(known.send().await.unwrap().status(), 401);
    // Where origins are listed each answer varies by them, also one to who names none, kept or not.
    let listed = t.serve_as(&[("cors.origins", "https://a.example")]).await;
    for (path, status) in [(path, 200), ("/v1/articles/none", 404)] {
        for origin in [None, Some("https://a.example"), Some("https://b.example"), None, Some("https://a.example")] {
            let mut request = listed.client.get(format!("{}{path}", listed.base));
            if let Some(origin) = origin {
                request = request.header("origin", origin);
            }
            let said = request.send().await.unwrap();
            let allowed = origin.filter(|origin| *origin == "https://a.example").unwrap_or_default();
            assert_eq!(said.status(), status);
            assert_eq!(header(&said, "access-control-allow-origin"), allowed, "{path} {origin:?}");
            let vary: Vec<String> =
                said.headers().get_all("vary").iter().map(|v| v.to_str().unwrap().to_ascii_lowercase()).collect();
            assert!(vary.join(",").contains("origin"), "{path} {origin:?}: {vary:?}");
        }
    }
    // A mutation is never kept.
    let log_in = "mutation { login(input: { email: \"a@b.example\", password: \"x\" }) { errors { code } } }";
    let body = json!({ "query": log_in });
    let before = metric(&server, "masthead_cache_hits_total{cache=\"pages\"}").await;
    for _ in 0..3 {
        server.post("/graphql", body.clone()).await;
    }
    assert_eq!(metric(&server, "masthead_cache_hits_total{cache=\"pages\"}").await, before);
});

/// The bytes of this process that are in memory, where the system tells.
fn resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kilobytes| kilobytes * 1_024)
}

/// The `n`th of many questions, no two of which are the same.
async fn odd_question(server: &Server, n: usize) -> u16 {
    let body = match n % 5 {
        0 => {
            json!({ "query": "query ($slug: String!) { article(slug: $slug) { headline } }", "variables": { "slug": format!("x{n}") } })
        }
        1 => json!({ "query": format!("{{ a{n}: latestNews(first: 3) {{ slug headline section {{ name }} }} }}") }),
        2 => {
            json!({ "query": format!("{{ articles(filter: {{ topic: \"nothing-{n}\" }}) {{ totalCount nodes {{ slug }} }} }}") })
        }
        3 => {
            let path = format!("/v1/articles?first=2&author=a{n}");
            return server.get(&path).await.status().as_u16();
        }
        _ => return server.get(&format!("/v1/search?q=word{n}+story")).await.status().as_u16(),
    };
    server.post("/graphql", body).await.status
}

// One engine: what is kept does not depend on it.
#[test]
fn however_many_different_questions_come_memory_stays_in_its_bounds() {
    run(masthead::config::Engine::Sqlite, module_path!(), async |t| {
        t.import_all(
            &(0..6).map(|n| with(story(&format!("urn:t:{n}")), json!({ "slug": format!("s{n}") }))).collect::<Vec<_>>(),
        )
        .await;
        let (size, entities) = (256 << 10, 128 << 10);
        let server = t.serve_as(&[("cache.size", "256KiB"), ("cache.entities", "128KiB")]).await;
        let (rounds, at_once) = (count(4_000, 1_000_000), 8);
        let mut first = None;
        for from in (0..rounds).step_by(at_once) {
            let asked = join_all((from..from + at_once).map(|n| odd_question(&server, n))).await;
            assert!(asked.iter().all(|status| *status == 200), "{asked:?} from {from} on");
            if from >= rounds / 10 && first.is_none() {
                first = resident();
            }
        }
        let kept = async |what: &str| metric(&server, &format!("masthead_cache_bytes{{cache=\"{what}\"}}")).await;
        let (pages, roots, answers) = (kept("pages").await, kept("roots").await, kept("answers").await);
        let single = kept("entities").await + kept("blocks").await;
        let (before, after) = (first.unwrap_or_default(), resident().unwrap_or_default());
        println!(
            "{rounds} questions; kept: {pages} B of pages, {roots} B of root fields, {answers} B of answers, {single} B of single \
             things; in memory after a tenth {} MiB, at the end {} MiB",
            before >> 20,
            after >> 20
        );
        assert!(pages > 0.0 && roots > 0.0, "nothing was kept");
        assert!(metric(&server, "masthead_cache_evicted_total{cache=\"pages\"}").await > 0.0, "there was room for all");
        assert!(pages + roots + answers <= f64::from(size) && single <= f64::from(entities));
        // Ten times as many questions, and what the allocator keeps for itself.
        assert!(after < before + (48 << 20), "{before} bytes after a tenth, {after} at the end");
    });
}
