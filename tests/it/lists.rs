//! Lists: every filter, every order, both directions, while the catalogue stands still and while it moves.
//!
//! A list that stands still is held against the same list made in memory. One that moves is walked while articles
//! come, go and change between the pages: what is there throughout must appear exactly once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering as Ordered};

use masthead::app::App;
use masthead::catalogue::list::{self, Articles, More, Order, Page, Paging, Wanted};
use masthead::catalogue::{Reader, answers};
use masthead::error::Code;
use masthead::model::article::Card;
use masthead::model::time::Instant;
use masthead::model::topic::TopicKind;
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

const SECTIONS: [&str; 4] = ["politics", "politics/elections", "politics/elections/local", "sport"];
const TOPICS: [&str; 4] = ["budget", "climate", "housing", "transport"];
const PLACES: [&str; 3] = ["harbour", "old-town", "riverside"];
const AUTHORS: [&str; 3] = ["ada-marsh", "ben-oyelaran", "chris-vale"];
const GENRES: [&str; 2] = ["news", "opinion"];
const LANGUAGES: [&str; 2] = ["en", "de"];
const ORDERS: [Order; 3] = [Order::Newest, Order::Oldest, Order::RecentlyUpdated];

/// Few instants for many articles, so that most have company.
fn instant(n: usize) -> Instant {
    "2026-01-01T00:00:00Z".parse::<Instant>().unwrap().plus_millis(n as i64 * 60_000)
}

/// An article as this test knows it.
#[derive(Clone, Debug)]
struct Known {
    uri: String,
    section: Option<&'static str>,
    topics: BTreeSet<&'static str>,
    author: Option<&'static str>,
    genre: &'static str,
    language: &'static str,
    published: Instant,
    updated: Instant,
}

impl Known {
    fn any(uri: String, chance: &mut Chance) -> Known {
        let mut topics = BTreeSet::new();
        for _ in 0..chance.below(4) {
            topics.insert(*chance.pick(&TOPICS));
        }
        if chance.percent(60) {
            topics.insert(*chance.pick(&PLACES));
        }
        let published = chance.below(6);
        Known {
            uri,
            section: chance.percent(80).then(|| *chance.pick(&SECTIONS)),
            topics,
            author: chance.percent(80).then(|| *chance.pick(&AUTHORS)),
            genre: chance.pick::<&str>(&GENRES),
            language: chance.pick::<&str>(&LANGUAGES),
            published: instant(published),
            updated: instant(published + chance.below(4)),
        }
    }

    fn line(&self) -> Value {
        let named = |of: &[&str]| -> Vec<&str> { self.topics.iter().filter(|t| of.contains(t)).copied().collect() };
        with(
            story(&self.uri),
            json!({
                "section": self.section,
                "subjects": named(&TOPICS),
                "places": named(&PLACES),
                "authors": self.author.iter().collect::<Vec<_>>(),
                "genre": self.genre,
                "language": self.language,
                "published": self.published,
                "updated": self.updated,
            }),
        )
    }

    fn is_in(&self, wanted: &Wanted) -> bool {
        let below = |slug: &str| self.section.is_some_and(|path| path.split('/').any(|part| part == slug));
        let about = |slug: &String| self.topics.contains(slug.as_str());
        wanted.section.as_deref().is_none_or(below)
            && wanted.topic.as_ref().is_none_or(about)
            && wanted.place.as_ref().is_none_or(about)
            && wanted.author.as_deref().is_none_or(|slug| self.author == Some(slug))
            && wanted.genre.as_deref().is_none_or(|word| self.genre == word)
            && wanted.language.as_deref().is_none_or(|tag| self.language == tag)
            && wanted.published_from.is_none_or(|at| self.published >= at)
            && wanted.published_before.is_none_or(|at| self.published < at)
            && wanted.updated_from.is_none_or(|at| self.updated >= at)
            && wanted.updated_before.is_none_or(|at| self.updated < at)
    }
}

/// Every filter alone, and some in any combination.
fn filters(chance: &mut Chance, combinations: usize) -> Vec<Wanted> {
    let some = |text: &str| Some(text.to_owned());
    let mut all = vec![Wanted::default()];
    all.extend(["politics", "elections", "local", "sport"].map(|s| Wanted { section: some(s), ..Wanted::default() }));
    all.extend(TOPICS.map(|s| Wanted { topic: some(s), ..Wanted::default() }));
    all.extend(PLACES.map(|s| Wanted { place: some(s), ..Wanted::default() }));
    all.extend(AUTHORS.map(|s| Wanted { author: some(s), ..Wanted::default() }));
    all.extend(GENRES.map(|s| Wanted { genre: some(s), ..Wanted::default() }));
    all.extend(LANGUAGES.map(|s| Wanted { language: some(s), ..Wanted::default() }));
    all.push(Wanted { published_from: Some(instant(2)), ..Wanted::default() });
    all.push(Wanted { published_before: Some(instant(3)), ..Wanted::default() });
    all.push(Wanted { updated_from: Some(instant(4)), ..Wanted::default() });
    all.push(Wanted { updated_before: Some(instant(4)), ..Wanted::default() });
    for _ in 0..combinations {
        let (from, until) = (chance.below(3), 3 + chance.below(6));
        all.push(Wanted {
            section: chance.percent(40).then(|| (*chance.pick(&["politics", "elections", "sport"])).to_owned()),
            topic: chance.percent(40).then(|| (*chance.pick(&TOPICS)).to_owned()),
            place: chance.percent(30).then(|| (*chance.pick(&PLACES)).to_owned()),
            author: chance.percent(30).then(|| (*chance.pick(&AUTHORS)).to_owned()),
            genre: chance.percent(30).then(|| (*chance.pick(&GENRES)).to_owned()),
            language: chance.percent(30).then(|| (*chance.pick(&LANGUAGES)).to_owned()),
            published_from: chance.percent(30).then(|| instant(from)),
            published_before: chance.percent(30).then(|| instant(until)),
            updated_from: chance.percent(20).then(|| instant(from)),
            updated_before: chance.percent(20).then(|| instant(until)),
        });
    }
    all
}

/// The catalogue of a test and what the test knows of it.
struct Population<'a> {
    t: &'a TestApp,
    known: BTreeMap<String, Known>,
    ids: BTreeMap<String, i64>,
    next: usize,
}

impl<'a> Population<'a> {
    async fn new(t: &'a TestApp, chance: &mut Chance, size: usize) -> Population<'a> {
        let mut population = Population { t, known: BTreeMap::new(), ids: BTreeMap::new(), next: 0 };
        population.add(chance, size).await;
        population
    }

    async fn add(&mut self, chance: &mut Chance, size: usize) -> Vec<String> {
        let mut added = Vec::new();
        for _ in 0..size {
            let known = Known::any(format!("urn:t:{}", self.next), chance);
            self.next += 1;
            added.push(known.uri.clone());
            self.known.insert(known.uri.clone(), known);
        }
        self.write(&added).await;
        added
    }

    async fn change(&mut self, uri: &str, chance: &mut Chance) {
        self.known.insert(uri.to_owned(), Known::any(uri.to_owned(), chance));
        self.write(&[uri.to_owned()]).await;
    }

    async fn write(&mut self, uris: &[String]) {
        let lines: Vec<Value> = uris.iter().map(|uri| self.known[uri].line()).collect();
        self.t.import_all(&lines).await;
        for uri in uris {
            self.ids.insert(uri.clone(), self.t.id(uri).await.0);
        }
    }

    async fn remove(&mut self, uri: &str) {
        let id = self.t.id(uri).await;
        withdraw::withdraw(&self.t.db, &Viewer::system(), id, "It was wrong.").await.unwrap();
        self.known.remove(uri);
    }

    /// The URIs of a list, in its order.
    fn expected(&self, wanted: &Wanted, order: Order) -> Vec<String> {
        let mut rows: Vec<&Known> = self.known.values().filter(|known| known.is_in(wanted)).collect();
        rows.sort_by_key(|known| {
            let at = if order == Order::RecentlyUpdated { known.updated } else { known.published };
            let key = (at.millis(), self.ids[&known.uri]);
            if order == Order::Oldest { key } else { (-key.0, -key.1) }
        });
        rows.into_iter().map(|known| known.uri.clone()).collect()
    }
}

fn paging(size: usize, cursor: Option<String>, from_end: bool) -> Paging {
    let (after, before) = if from_end { (None, cursor) } else { (cursor, None) };
    Paging { size, after, before, from_end, tail: None }
}

fn uris(page: &Page<Arc<Card>>) -> Vec<String> {
    page.items.iter().map(|card| card.uri.clone()).collect()
}

/// Whether there is more before and after a page that has rows, asked for where the page did not say.
async fn more(t: &TestApp, articles: &Articles, page: &Page<Arc<Card>>) -> (bool, bool) {
    let reader = t.reader();
    let answer = async |more: More, at: &Card, before: bool| match more {
        More::Yes => true,
        More::No => false,
        More::Ask => {
            let beyond = Paging::first(1).beyond(Some(list::cursor(at)), before).unwrap();
            !articles.page(&reader, &beyond).await.unwrap().items.is_empty()
        }
    };
    let (first, last) = (page.items.first().unwrap(), page.items.last().unwrap());
    (answer(page.more_before, first, true).await, answer(page.more_after, last, false).await)
}

/// One that reads the rows of a list, or one that takes from memory what is kept of them.
async fn any_reader(t: &TestApp, app: &App, chance: &mut Chance) -> Reader {
    if chance.percent(50) {
        return t.reader();
    }
    answers::keep_up(app, 0).await.unwrap();
    Reader::of(app)
}

async fn every_list_equals_the_one_in_memory(t: &TestApp) {
    let mut chance = Chance::new();
    let app = t.app();
    let population = Population::new(t, &mut chance, count(60, 400)).await;
    let (mut lists, mut pages) = (0, 0);
    for wanted in filters(&mut chance, count(15, 200)) {
        for order in ORDERS {
            let expected = population.expected(&wanted, order);
            let articles = Articles::find(&t.reader(), &wanted, order).await.unwrap();
            assert_eq!(articles.total(&t.reader()).await.unwrap(), expected.len() as i64, "the total of {wanted:?}");
            lists += 1;
            for from_end in [false, true] {
                let size = 1 + chance.below(25);
                let (mut seen, mut cursor) = (Vec::new(), None);
                loop {
                    let reader = any_reader(t, &app, &mut chance).await;
                    let page = articles.page(&reader, &paging(size, cursor, from_end)).await.unwrap();
                    pages += 1;
                    let rows = uris(&page);
                    assert!(rows.len() <= size);
                    if rows.is_empty() {
                        break;
                    }
                    let at = if from_end { expected.len() - seen.len() - rows.len() } else { seen.len() };
                    let says = format!("{wanted:?} {order:?} {size} {from_end} at {at}");
                    assert_eq!(rows, expected[at..at + rows.len()], "{says}");
                    let is = (at > 0, at + rows.len() < expected.len());
                    assert_eq!(more(t, &articles, &page).await, is, "what is before and after: {says}");
                    seen.extend(rows);
                    let edge = if from_end { page.items.first() } else { page.items.last() };
                    cursor = edge.map(|card| list::cursor(card));
                    if !(if from_end { is.0 } else { is.1 }) {
                        break;
                    }
                }
                assert_eq!(seen.len(), expected.len(), "{wanted:?} {order:?} {size} {from_end}");
            }
            between_two_cursors(t, &mut chance, &articles, &expected).await;
        }
    }
    println!("{lists} lists of {} articles, {pages} pages", population.known.len());
}

/// `after` and `before` together, from either end.
async fn between_two_cursors(t: &TestApp, chance: &mut Chance, articles: &Articles, expected: &[String]) {
    if expected.len() < 3 {
        return;
    }
    let (a, b) = (chance.below(expected.len()), chance.below(expected.len()));
    let (a, b) = (a.min(b), a.max(b));
    let all = articles.page(&t.reader(), &Paging::first(expected.len())).await.unwrap();
    let cursor = |at: usize| Some(list::cursor(&all.items[at]));
    for from_end in [false, true] {
        let size = 1 + chance.below(10);
        let paging = Paging { size, after: cursor(a), before: cursor(b), from_end, tail: None };
        let page = articles.page(&t.reader(), &paging).await.unwrap();
        let between = expected.get(a + 1..b).unwrap_or_default();
        let cut = between.len().min(size);
        let rows = if from_end { &between[between.len() - cut..] } else { &between[..cut] };
        assert_eq!(uris(&page), rows, "between {a} and {b} of {}, {paging:?}", expected.len());
        if !rows.is_empty() {
            // Both bounds are rows of the list, so there is more on either side.
            assert_eq!(more(t, articles, &page).await, (true, true), "between {a} and {b}, {paging:?}");
        }
    }
}

both!(a_list_that_stands_still_is_walked_in_full, async |t| every_list_equals_the_one_in_memory(t).await);

async fn walk_while_it_moves(t: &TestApp) {
    let mut chance = Chance::new();
    let app = t.app();
    let mut population = Population::new(t, &mut chance, 80).await;
    let all = filters(&mut chance, 10);
    let (mut walks, mut moves, mut checked) = (0, 0, 0);
    for _ in 0..count(60, 1_000) {
        let (wanted, order, from_end) = (chance.pick(&all).clone(), *chance.pick(&ORDERS), chance.percent(50));
        let before = population.expected(&wanted, order);
        let mut moved: BTreeSet<String> = BTreeSet::new();
        let mut appeared: BTreeMap<String, usize> = BTreeMap::new();
        let articles = Articles::find(&t.reader(), &wanted, order).await.unwrap();
        let mut cursor = None;
        loop {
            let size = 1 + chance.below(7);
            let reader = any_reader(t, &app, &mut chance).await;
            let page = articles.page(&reader, &paging(size, cursor.clone(), from_end)).await.unwrap();
            for uri in uris(&page) {
                *appeared.entry(uri).or_default() += 1;
            }
            let edge = if from_end { page.items.first() } else { page.items.last() };
            let Some(edge) = edge else { break };
            cursor = Some(list::cursor(edge));
            // The row of the cursor is moved or taken away as often as any other.
            for _ in 0..chance.below(3) {
                moves += 1;
                let uri = match chance.below(4) {
                    0 => edge.uri.clone(),
                    _ => chance.pick(&population.known.keys().cloned().collect::<Vec<_>>()).clone(),
                };
                match chance.below(3) {
                    0 => moved.extend(population.add(&mut chance, 1).await),
                    1 if population.known.len() > 60 && population.known.contains_key(&uri) => {
                        population.remove(&uri).await;
                        moved.insert(uri);
                    }
                    _ if population.known.contains_key(&uri) => {
                        population.change(&uri, &mut chance).await;
                        moved.insert(uri);
                    }
                    _ => {}
                }
            }
        }
        for uri in before.iter().filter(|uri| !moved.contains(*uri)) {
            let times = appeared.get(uri).copied().unwrap_or(0);
            assert_eq!(times, 1, "{uri} was there throughout: {wanted:?} {order:?} from the end: {from_end}");
            checked += 1;
        }
        for uri in appeared.keys().filter(|uri| !moved.contains(*uri)) {
            assert!(before.contains(uri), "{uri} does not belong into {wanted:?}");
        }
        walks += 1;
    }
    println!(
        "{walks} walks, {moves} moves between pages, {checked} times an article that stayed was seen exactly once"
    );
    assert!(checked > 0 && moves > 0);
}

both!(what_stays_is_seen_exactly_once_while_the_list_moves, async |t| walk_while_it_moves(t).await);

/// Walks while somebody else writes at the same moment, and not between the pages.
async fn walk_beside_a_writer(t: &TestApp) {
    let mut chance = Chance::new();
    let population = Population::new(t, &mut chance, 60).await;
    let (app, rounds) = (t.app(), count(40, 1_000));
    let moving: Vec<String> = population.known.keys().take(40).cloned().collect();
    let stays = || population.known.keys().filter(|uri| !moving.contains(*uri));
    let (done, walks) = (AtomicBool::new(false), AtomicUsize::new(0));
    let write = async {
        for _ in 0..rounds {
            let uris: BTreeSet<String> = (0..8).map(|_| chance.pick(&moving).clone()).collect();
            let lines: Vec<Value> = uris.into_iter().map(|uri| Known::any(uri, &mut chance).line()).collect();
            t.import_all(&lines).await;
        }
        done.store(true, Ordered::SeqCst);
    };
    let walk = async |order: Order, from_end: bool| {
        while !done.load(Ordered::SeqCst) {
            let articles = Articles::find(&t.reader(), &Wanted::default(), order).await.unwrap();
            let (mut seen, mut cursor) = (BTreeMap::<String, usize>::new(), None);
            loop {
                // What is kept is given without a pause, and the writer runs on the same thread.
                tokio::task::yield_now().await;
                answers::keep_up(&app, 0).await.unwrap();
                let page = articles.page(&Reader::of(&app), &paging(3, cursor.clone(), from_end)).await.unwrap();
                for uri in uris(&page) {
                    *seen.entry(uri).or_default() += 1;
                }
                let edge = if from_end { page.items.first() } else { page.items.last() };
                let Some(edge) = edge else { break };
                cursor = Some(list::cursor(edge));
            }
            for uri in stays() {
                assert_eq!(seen.get(uri), Some(&1), "{uri} was there throughout: {order:?} from the end: {from_end}");
            }
            walks.fetch_add(1, Ordered::SeqCst);
        }
    };
    let walkers = ORDERS.into_iter().flat_map(|order| [walk(order, false), walk(order, true)]);
    futures::join!(write, futures::future::join_all(walkers));
    println!("{} walks beside {rounds} writes", walks.load(Ordered::SeqCst));
    assert!(walks.load(Ordered::SeqCst) > 0);
}

both!(what_stays_is_seen_exactly_once_while_somebody_writes, async |t| walk_beside_a_writer(t).await);

both!(names_of_nothing_give_an_empty_list, async |t| {
    t.import_all(&[with(story("urn:t:1"), json!({ "subjects": ["Budget"], "places": ["Harbour"] }))]).await;
    let some = |text: &str| Some(text.to_owned());
    for wanted in [
        Wanted { topic: some("nothing"), ..Wanted::default() },
        Wanted { section: some("nothing"), ..Wanted::default() },
        Wanted { author: some("nobody"), ..Wanted::default() },
        Wanted { place: some("nowhere"), ..Wanted::default() },
        // A topic that is no place.
        Wanted { place: some("budget"), ..Wanted::default() },
        Wanted { genre: some("poetry"), ..Wanted::default() },
        Wanted { language: some("tlh"), ..Wanted::default() },
    ] {
        let articles = Articles::find(&t.reader(), &wanted, Order::Newest).await.unwrap();
        let page = articles.page(&t.reader(), &Paging::first(10)).await.unwrap();
        assert_eq!((page.items.len(), page.more_after, page.more_before), (0, More::No, More::No), "{wanted:?}");
        assert_eq!(articles.total(&t.reader()).await.unwrap(), 0, "{wanted:?}");
    }
});

both!(a_language_is_one_in_whatever_case_it_is_written, async |t| {
    let written = ["EN-us", "en-US", "en-us", "zh-hant-TW"];
    let line = |(n, tag): (usize, &&str)| with(story(&format!("urn:t:{n}")), json!({ "language": tag }));
    t.import_all(&written.iter().enumerate().map(line).collect::<Vec<Value>>()).await;
    assert_eq!(t.card("urn:t:0").await.unwrap().language, "en-US");
    assert_eq!(t.card("urn:t:3").await.unwrap().language, "zh-Hant-TW");
    for (asked, rows, total) in [("en-us", 3, 3), ("EN-US", 3, 3), ("en-US", 3, 3), ("ZH-Hant-tw", 1, 1), ("en", 0, 0)]
    {
        let wanted = Wanted { language: Some(asked.to_owned()), ..Wanted::default() };
        let list = Articles::find(&t.reader(), &wanted, Order::Newest).await.unwrap();
        let page = list.page(&t.reader(), &Paging::first(10)).await.unwrap();
        assert_eq!((page.items.len(), list.total(&t.reader()).await.unwrap()), (rows, total), "{asked}");
    }
});

both!(a_cursor_goes_on_from_its_place_in_every_order, async |t| {
    // Published in one order, updated in another.
    let day = |n: usize| format!("2026-01-{n:02}T08:00:00Z");
    let lines: Vec<Value> = [(1, 5), (2, 2), (3, 6), (4, 4)]
        .iter()
        .map(|(published, updated)| {
            let dates = json!({ "published": day(*published), "updated": day(*updated) });
            with(story(&format!("urn:t:{published}")), dates)
        })
        .collect();
    t.import_all(&lines).await;
    let cursor = list::cursor(&t.card("urn:t:1").await.unwrap());
    let after = async |order, from_end| -> Vec<String> {
        let list = Articles::find(&t.reader(), &Wanted::default(), order).await.unwrap();
        let page = list.page(&t.reader(), &paging(10, Some(cursor.clone()), from_end)).await.unwrap();
        page.items.iter().map(|card| card.uri.trim_start_matches("urn:t:").to_owned()).collect()
    };
    assert_eq!(after(Order::Newest, false).await, Vec::<String>::new());
    assert_eq!(after(Order::Newest, true).await, ["4", "3", "2"]);
    assert_eq!(after(Order::Oldest, false).await, ["2", "3", "4"]);
    assert_eq!(after(Order::RecentlyUpdated, false).await, ["4", "2"]);
    assert_eq!(after(Order::RecentlyUpdated, true).await, ["3"]);
    // What is no cursor is refused in each.
    for order in [Order::Newest, Order::Oldest, Order::RecentlyUpdated] {
        let list = Articles::find(&t.reader(), &Wanted::default(), order).await.unwrap();
        for (from_end, text) in [(false, "x"), (true, &cursor[1..])] {
            let error = list.page(&t.reader(), &paging(1, Some(text.to_owned()), from_end)).await.unwrap_err();
            assert_eq!(error.code(), Code::InvalidCursor);
        }
    }
});

both!(the_last_of_the_first_are_cut_as_relay_says, async |t| {
    let lines: Vec<Value> = (1..=6)
        .map(|n| with(story(&format!("urn:t:{n}")), json!({ "published": format!("2026-01-0{n}T08:00:00Z") })))
        .collect();
    t.import_all(&lines).await;
    let list = Articles::find(&t.reader(), &Wanted::default(), Order::Oldest).await.unwrap();
    for (first, last, rows, before, after) in [
        (5, 2, &["4", "5"][..], More::Yes, More::Yes),
        (6, 9, &["1", "2", "3", "4", "5", "6"], More::No, More::No),
        (2, 2, &["1", "2"], More::No, More::Yes),
        (9, 1, &["6"], More::Yes, More::No),
    ] {
        let paging = Paging::asked(Some(first), None, Some(last), None, 20);
        let page = list.page(&t.reader(), &paging).await.unwrap();
        let shown: Vec<&str> = page.items.iter().map(|card| card.uri.trim_start_matches("urn:t:")).collect();
        assert_eq!((shown.as_slice(), page.more_before, page.more_after), (rows, before, after), "{first} {last}");
    }
});

/// Names whose folded forms are equal, or begin alike.
const NAMES: [&str; 9] =
    ["Zürich", "Zurich", "zurich west", "Ärzte", "Arzte ohne Grenzen", "budget", "Budget 2026", "Öl", "élan"];

both!(lists_by_name_walk_both_ways, async |t| {
    let lines: Vec<Value> = (0..)
        .zip(NAMES)
        .map(|(n, name)| with(story(&format!("urn:t:{n}")), json!({ "subjects": [name], "authors": [name] })))
        .collect();
    t.import_all(&lines).await;
    let reader = t.reader();
    let all = list::topics_by_name(&reader, None, None, &Paging::first(100)).await.unwrap();
    let folded: Vec<String> = all.items.iter().map(|t| masthead::store::by_name::fold(&t.name)).collect();
    assert!(folded.is_sorted(), "{folded:?}");
    let all: Vec<String> = all.items.iter().map(|topic| topic.slug.clone()).collect();
    assert!(all.len() >= NAMES.len() - 1, "{all:?}");
    for size in 1..=all.len() + 1 {
        for from_end in [false, true] {
            let (mut seen, mut cursor) = (Vec::new(), None);
            loop {
                let paging = paging(size, cursor, from_end);
                let page = list::topics_by_name(&reader, Some(TopicKind::Subject), None, &paging).await.unwrap();
                let rows: Vec<String> = page.items.iter().map(|topic| topic.slug.clone()).collect();
                let edge = if from_end { page.items.first() } else { page.items.last() };
                let Some(edge) = edge else { break };
                cursor = Some(list::Named::cursor(&**edge));
                seen = if from_end { [rows, seen].concat() } else { [seen, rows].concat() };
            }
            assert_eq!(seen, all, "{size} at a time, from the end: {from_end}");
        }
    }
    let found = |page: Page<Arc<masthead::model::topic::Topic>>| -> Vec<String> {
        page.items.iter().map(|topic| topic.name.clone()).collect()
    };
    let ask = async |query| found(list::topics_by_name(&reader, None, Some(query), &Paging::first(10)).await.unwrap());
    assert!(ask("ZUR").await.iter().any(|name| name == "zurich west"));
    assert_eq!(ask("budget 2").await, ["Budget 2026"]);
    assert!(ask("%").await.is_empty() && ask("_").await.is_empty());
    let authors = list::authors_by_name(&reader, Some("el"), &Paging::first(10)).await.unwrap();
    assert_eq!(authors.items.iter().map(|a| a.name.as_str()).collect::<Vec<_>>(), ["élan"]);
    let places = list::topics_by_name(&reader, Some(TopicKind::Place), None, &Paging::first(10)).await.unwrap();
    assert!(places.items.is_empty());
});
