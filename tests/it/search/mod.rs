//! Search: the index follows the catalogue, whatever happens, and shows nothing that is not there.

mod damage;
mod fresh;
mod meant;
mod queries;
pub mod same;

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use masthead::app::App;
use masthead::catalogue::list::Wanted;
use masthead::catalogue::search::{Counting, FacetsWanted, Search, Suggestion, suggest};
use masthead::catalogue::{Reader, changes};
use masthead::followers;
use masthead::model::viewer::Viewer;
use masthead::newsroom::withdraw;
use serde_json::{Value, json};

use crate::harness::chance::Chance;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both, count};

const WORDS: [&str; 6] = ["harbour", "election", "ferry", "budget", "mayor", "storm"];
const GENRES: [&str; 2] = ["news", "opinion"];

/// What is public, as this test knows it: the words of the headline and the genre of each article.
type Known = BTreeMap<String, (BTreeSet<&'static str>, &'static str)>;

fn line(uri: &str, words: &BTreeSet<&str>, genre: &str) -> Value {
    let headline = words.iter().copied().collect::<Vec<_>>().join(" and ");
    // Nothing else in it has a word of the list.
    let fields = json!({ "headline": headline, "genre": genre, "description_text": "", "body_text": "Nothing else." });
    with(story(uri), fields)
}

async fn change(t: &TestApp, known: &mut Known, chance: &mut Chance) {
    let uri = format!("tag:test,2026:{}", chance.below(14));
    match chance.below(4) {
        0 if known.contains_key(&uri) => {
            known.remove(&uri);
            withdraw::withdraw(&t.db, &Viewer::system(), t.id(&uri).await, "A reason.").await.unwrap();
        }
        _ => {
            let words: BTreeSet<&str> = (0..1 + chance.below(3)).map(|_| *chance.pick(&WORDS)).collect();
            let genre = *chance.pick(&GENRES);
            // The same line once more is no news, and does not bring back what an editor withdrew.
            let version = json!({ "copyrightnotice": format!("Version {}", chance.below(1 << 30)) });
            t.import(&[with(line(&uri, &words, genre), version)]).await;
            known.insert(uri, (words, genre));
        }
    }
}

/// A reader that sees everything that was written, however busy the machine is: without it a search waits for its index
/// a moment only.
async fn up_to_date(t: &TestApp) -> Reader {
    Reader::new(&t.db).at_least(changes::head(&t.db).await.unwrap())
}

async fn find(t: &TestApp, app: &App, text: &str, wanted: &Wanted) -> Search {
    Search::find(&up_to_date(t).await, &app.search, text, wanted, false).await.unwrap()
}

/// Every hit of a walk in pages of this size.
async fn walk(t: &TestApp, search: &Search, size: usize) -> Vec<String> {
    let reader = up_to_date(t).await;
    let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
    loop {
        let page = search.page(&reader, size, after.as_deref(), Counting::default()).await.unwrap();
        found.extend(page.hits.iter().map(|hit| hit.card.uri.clone()));
        after = page.hits.last().map(|hit| hit.cursor.clone());
        if !page.more {
            return found;
        }
    }
}

async fn agrees(t: &TestApp, app: &App, known: &Known) {
    for word in WORDS {
        let expected: BTreeSet<&String> =
            known.iter().filter(|(_, (words, _))| words.contains(word)).map(|k| k.0).collect();
        let search = find(t, app, word, &Wanted::default()).await;
        let found = walk(t, &search, 3).await;
        assert_eq!(found.iter().collect::<BTreeSet<_>>(), expected, "{word}");
        assert_eq!(found.len(), expected.len(), "{word} comes twice: {found:?}");
        let genres = FacetsWanted { genres: true, ..FacetsWanted::default() };
        let counts = search.counts(Counting { total: true, facets: genres }).await.unwrap();
        assert_eq!(counts.total, expected.len() as u64, "{word}");
        let facets = counts.facets(&up_to_date(t).await).await.unwrap();
        for genre in GENRES {
            let n = expected.iter().filter(|uri| known[**uri].1 == genre).count() as u64;
            let counted = facets.genres.iter().find(|(g, _)| g == genre).map_or(0, |(_, n)| *n);
            assert_eq!(counted, n, "{word}, {genre}");
            let wanted = Wanted { genre: Some(genre.to_owned()), ..Wanted::default() };
            let filtered = find(t, app, word, &wanted).await;
            let page =
                filtered.page(&up_to_date(t).await, 1, None, Counting { total: true, ..Counting::default() }).await;
            assert_eq!(page.unwrap().counts.total, n, "{word} in {genre}");
        }
        let suggested = suggest(&up_to_date(t).await, &app.search, &word[..4], 50).await.unwrap();
        let suggested: BTreeSet<String> = suggested
            .into_iter()
            .filter_map(|s| if let Suggestion::Article(card) = s { Some(card.uri.clone()) } else { None })
            .collect();
        assert_eq!(suggested.iter().collect::<BTreeSet<_>>(), expected, "{word} suggested");
    }
}

both!(any_history_is_found_as_it_stands, async |t| {
    let mut chance = Chance::new();
    let app = t.app();
    let followers = followers::start(&app);
    let mut known = Known::new();
    t.import(&[line("tag:test,2026:first", &BTreeSet::from(["storm"]), "news")]).await;
    known.insert("tag:test,2026:first".to_owned(), (BTreeSet::from(["storm"]), "news"));
    let rounds = count(8, 60);
    for _ in 0..rounds {
        for _ in 0..1 + chance.below(5) {
            change(t, &mut known, &mut chance).await;
        }
        agrees(t, &app, &known).await;
    }
    followers.stop();
    // Built from nothing it finds the same, in the same order, when all is in one segment.
    let mut asked = WORDS.to_vec();
    asked.extend([
        "nothing else",
        "\"nothing else\"",
        "harb* -storm",
        "author:marsh OR ferry",
        "s",
        "mayor budget storm",
    ]);
    same::as_built_from_nothing(t, &app.search.index().unwrap(), &asked).await;
    println!("{rounds} rounds, {} articles at the end", known.len());
});

both!(a_walk_shows_each_hit_once_while_others_come_and_go, async |t| {
    let mut chance = Chance::new();
    let app = t.app();
    let followers = followers::start(&app);
    let all: BTreeSet<&str> = WORDS.into_iter().collect();
    let stays: Vec<Value> = (0..30)
        .map(|n| {
            let words: BTreeSet<&str> = all.iter().copied().take(1 + n % 6).collect();
            line(&format!("tag:stays,2026:{n}"), &words, "news")
        })
        .collect();
    t.import(&stays).await;
    for walk in 0..count(3, 30) {
        let (mut found, mut after): (Vec<String>, Option<String>) = (Vec::new(), None);
        loop {
            let search = find(t, &app, "budget election ferry", &Wanted::default()).await;
            let page = search.page(&Reader::new(&t.db), 4, after.as_deref(), Counting::default()).await.unwrap();
            found.extend(page.hits.iter().map(|hit| hit.card.uri.clone()));
            after = page.hits.last().map(|hit| hit.cursor.clone());
            if !page.more {
                break;
            }
            // These change how rare every word is.
            let words: BTreeSet<&str> = (0..3).map(|_| *chance.pick(&WORDS)).collect();
            let comes: Vec<Value> =
                (0..5).map(|n| line(&format!("tag:comes,2026:{walk}-{n}-{}", found.len()), &words, "news")).collect();
            t.import(&comes).await;
        }
        let once: BTreeSet<&String> = found.iter().collect();
        assert_eq!(once.len(), found.len(), "a hit came twice: {found:?}");
        // Two of the three words are asked for at least: budget and election, or all.
        let missing: Vec<_> = (0..30)
            .filter(|n| n % 6 >= 1)
            .map(|n| format!("tag:stays,2026:{n}"))
            .filter(|uri| !once.contains(uri))
            .collect();
        assert!(missing.is_empty(), "{missing:?} were never shown");
    }
    followers.stop();
});

both!(what_is_published_is_found_within_a_second_and_gone_within_one, async |t| {
    let server = t.serve().await;
    let hostile = "Sturmflut <script>alert(1)</script> am Kai";
    t.import(&[with(
        story("tag:a,2026:1"),
        json!({ "headline": hostile, "language": "de", "body_text": "Die Sturmfluten & <b>mehr</b>." }),
    )])
    .await;
    let began = Instant::now();
    let found = loop {
        let answer = server.get("/v1/search?q=sturmflut&include=facets,authors").await;
        assert!([200, 503].contains(&answer.status().as_u16()), "{}", answer.status());
        let answer: Value = answer.json().await.unwrap();
        if answer["totalCount"] == 1 {
            break answer;
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{answer}");
    };
    let hit = &found["data"][0];
    assert_eq!(hit["article"]["headline"], hostile);
    assert_eq!(
        hit["snippet"],
        "What tag:a,2026:1 is about.\nDie <mark>Sturmfluten</mark> &amp; &lt;b&gt;mehr&lt;/b&gt;."
    );
    let suggested: Value = server.get("/v1/suggest?q=stur").await.json().await.unwrap();
    assert_eq!(suggested["data"][0]["text"], hostile);
    let query = "query($q: String!) { search(query: $q) { totalCount edges { cursor score snippet node { headline } } facets { sections { count } topics { count } } } }";
    let answer = server.graphql(query, json!({ "q": "Sturm* -mehr" })).await;
    assert_eq!(answer["data"]["search"]["totalCount"], 0, "{answer}");
    let answer = server.graphql(query, json!({ "q": "sturmfluten" })).await;
    assert_eq!(answer["data"]["search"]["edges"][0]["node"]["headline"], hostile, "{answer}");
    withdraw::withdraw(&t.db, &Viewer::system(), t.id("tag:a,2026:1").await, "A reason.").await.unwrap();
    let began = Instant::now();
    loop {
        let answer: Value = server.get("/v1/search?q=sturmflut&include=facets").await.json().await.unwrap();
        if answer["totalCount"] == 0 && answer["facets"]["genres"] == json!([]) {
            break;
        }
        assert!(began.elapsed() < Duration::from_secs(1), "{answer}");
    }
    let refused = server.get("/v1/search?q=a&after=nonsense").await;
    assert_eq!(refused.status(), 400);
});
