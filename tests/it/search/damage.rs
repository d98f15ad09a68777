//! An index that is broken, gone, of another log or from the future mends itself, and says nothing wrong meanwhile.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use masthead::app::App;
use masthead::catalogue::Reader;
use masthead::catalogue::list::Wanted;
use masthead::catalogue::search::{Counting, Search};
use masthead::error::Code;
use masthead::followers;
use serde_json::{Value, json};

use super::same;
use crate::harness::story::{story, with};
use crate::harness::{TestApp, both};

const WORDS: [&str; 4] = ["harbour", "election", "ferry", "\"harbour of ferries\""];

fn stories() -> Vec<Value> {
    let one = |n: usize| {
        let headline = [WORDS[n % 3], if n.is_multiple_of(5) { "harbour of ferries" } else { "nothing" }].join(" and ");
        with(story(&format!("urn:t:{n}")), json!({ "headline": headline, "subjects": [format!("Subject {}", n % 7)] }))
    };
    (0..60).map(one).collect()
}

/// What stands for each word in the catalogue.
fn expected(word: &str) -> BTreeSet<String> {
    let has = |line: &Value| {
        let headline = line["headline"].as_str().unwrap();
        headline.contains(word.trim_matches('"')) || (word == "ferry" && headline.contains("ferries"))
    };
    stories().iter().filter(|line| has(line)).map(|line| line["uri"].as_str().unwrap().to_owned()).collect()
}

/// Asks for each word. The answer is right, or there is none yet: then the word is why.
async fn right_or_not_yet(t: &TestApp, app: &App, doing: &str) -> bool {
    for word in WORDS {
        let reader = Reader::new(&t.db);
        let found = async {
            let search = Search::find(&reader, &app.search, word, &Wanted::default(), false).await?;
            search.page(&reader, 100, None, Counting { total: true, ..Counting::default() }).await
        };
        match found.await {
            Ok(page) => {
                let uris: BTreeSet<String> = page.hits.iter().map(|hit| hit.card.uri.clone()).collect();
                assert_eq!(uris, expected(word), "{doing}: {word}");
                assert_eq!(page.counts.total, uris.len() as u64, "{doing}: {word}");
            }
            Err(error) => {
                assert_eq!(error.code(), Code::Unavailable, "{doing}: {error:?}");
                return false;
            }
        }
    }
    true
}

/// The folder of the generation in use.
fn generation(home: &Path) -> PathBuf {
    home.join(fs::read_to_string(home.join("current")).unwrap())
}

/// Files of the generation in use with this ending.
fn files(home: &Path, ending: &str) -> Vec<PathBuf> {
    let all = fs::read_dir(generation(home)).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<PathBuf> = all.filter(|path| path.extension().is_some_and(|e| e == ending)).collect();
    assert!(!found.is_empty(), "no file ends in .{ending}");
    found
}

/// Puts another file in the place of one, as a bad copy or a backup would: whoever has it open keeps what it was.
fn replace(file: &Path, change: impl Fn(Vec<u8>) -> Vec<u8>) {
    let bytes = change(fs::read(file).unwrap());
    fs::remove_file(file).unwrap();
    fs::write(file, bytes).unwrap();
}

fn meta(home: &Path, from: &str, to: impl Fn(&str) -> String) {
    let file = generation(home).join("meta.json");
    let text = fs::read_to_string(&file).unwrap();
    let at = text.find(from).unwrap_or_else(|| panic!("no {from} in {text}")) + from.len();
    let end = at + text[at..].find([',', '}', '\\']).unwrap();
    fs::write(&file, format!("{}{}{}", &text[..at], to(&text[at..end]), &text[end..])).unwrap();
}

/// What happens, by name.
type Harm = (String, Box<dyn Fn(&Path)>);

/// What may happen to an index.
fn harms() -> Vec<Harm> {
    let mut all: Vec<Harm> = Vec::new();
    for ending in ["idx", "term", "pos", "fast", "fieldnorm", "store"] {
        all.push((
            format!(".{ending} is cut"),
            Box::new(move |home| {
                files(home, ending).iter().for_each(|file| replace(file, |bytes| bytes[..bytes.len() / 2].to_vec()));
            }),
        ));
        all.push((
            format!(".{ending} is garbled"),
            Box::new(move |home| {
                files(home, ending)
                    .iter()
                    .for_each(|file| replace(file, |bytes| bytes.iter().map(|b| b ^ 0x2A).collect()));
            }),
        ));
        all.push((
            format!(".{ending} is garbled where it stands"),
            Box::new(move |home| {
                use std::os::unix::fs::FileExt as _;
                for file in files(home, ending) {
                    let file = fs::OpenOptions::new().write(true).open(file).unwrap();
                    file.write_all_at(b"??", file.metadata().unwrap().len() / 3).unwrap();
                }
            }),
        ));
        all.push((
            format!(".{ending} is gone"),
            Box::new(move |home| {
                files(home, ending).iter().for_each(|file| fs::remove_file(file).unwrap());
            }),
        ));
    }
    let mut add = |name: &str, harm: Box<dyn Fn(&Path)>| all.push((name.to_owned(), harm));
    add(
        "meta.json is garbled",
        Box::new(|home| fs::write(generation(home).join("meta.json"), "{\"segments\":").unwrap()),
    );
    add("meta.json is gone", Box::new(|home| fs::remove_file(generation(home).join("meta.json")).unwrap()));
    add("the generation is gone", Box::new(|home| fs::remove_dir_all(generation(home)).unwrap()));
    add("current is garbled", Box::new(|home| fs::write(home.join("current"), "\0\u{1}nonsense").unwrap()));
    add("current is gone", Box::new(|home| fs::remove_file(home.join("current")).unwrap()));
    add("everything is gone", Box::new(|home| fs::remove_dir_all(home).unwrap()));
    add("it is of another log", Box::new(|home| meta(home, "log_id\\\":\\\"", |_| "another".to_owned())));
    add(
        "it is from the future",
        Box::new(|home| meta(home, "seq\\\":", |seq| (seq.parse::<i64>().unwrap() + 1_000).to_string())),
    );
    add("it is of an older program", Box::new(|home| meta(home, "version\\\":", |_| "0".to_owned())));
    add(
        "current is of an older program",
        Box::new(|home| {
            let name = fs::read_to_string(home.join("current")).unwrap();
            let old = format!("0-{}", name.split_once('-').unwrap().1);
            fs::rename(home.join(name), home.join(&old)).unwrap();
            fs::write(home.join("current"), old).unwrap();
        }),
    );
    all
}

async fn until_right(t: &TestApp, app: &App, doing: &str) {
    let began = Instant::now();
    loop {
        let right = right_or_not_yet(t, app, doing).await;
        let followed = app.search.ready().and_then(|index| index.position()).is_some();
        if right && followed && app.search.is_sound() {
            return;
        }
        assert!(began.elapsed() < Duration::from_secs(20), "{doing}: it does not mend");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

both!(a_broken_index_mends_itself_at_the_start, async |t| {
    t.import_all(&stories()).await;
    for (harm, strike) in harms() {
        let app = t.app();
        let before = followers::start(&app);
        until_right(t, &app, "at first").await;
        before.stop();
        // What the follower was doing may end a moment later.
        tokio::time::sleep(Duration::from_millis(20)).await;
        drop(app);
        strike(t.app().search.folder());
        let app = t.app();
        let after = followers::start(&app);
        until_right(t, &app, &harm).await;
        after.stop();
        tokio::time::sleep(Duration::from_millis(20)).await;
        let index = app.search.index().unwrap();
        assert!(index.is_whole(), "{harm}");
    }
    let app = t.app();
    same::as_built_from_nothing(t, &app.search.index().unwrap(), &WORDS).await;
});

both!(a_broken_index_mends_itself_under_a_running_server, async |t| {
    t.import_all(&stories()).await;
    let app = t.app();
    let followers = followers::start(&app);
    until_right(t, &app, "at first").await;
    for (harm, strike) in harms() {
        let home = app.search.folder().to_owned();
        strike(&home);
        // What is garbled under the engine may say anything until it is noticed, but never ends the server.
        if harm.contains("where it stands") {
            let began = Instant::now();
            while began.elapsed() < Duration::from_millis(400) {
                let reader = Reader::new(&t.db);
                if let Ok(search) =
                    Search::find(&reader, &app.search, "harbour ferries", &Wanted::default(), false).await
                    && let Err(error) = search.page(&reader, 10, None, Counting::default()).await
                {
                    assert_eq!(error.code(), Code::Unavailable, "{harm}: {error:?}");
                }
            }
        }
        until_right(t, &app, &harm).await;
        // Something is written: the follower must come through it.
        t.import_all(&[with(stories()[1].clone(), json!({ "body_text": format!("After {harm}.") }))]).await;
        until_right(t, &app, &harm).await;
    }
    let began = Instant::now();
    while !followers.failing().is_empty() {
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} failed", followers.failing());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // Let the last one come to rest, where its files are.
    tokio::time::sleep(Duration::from_millis(700)).await;
    until_right(t, &app, "at last").await;
    followers.stop();
    tokio::time::sleep(Duration::from_millis(20)).await;
    same::as_built_from_nothing(t, &app.search.index().unwrap(), &WORDS).await;
});

// Two processes on one folder: one writes; a third makes a new generation; both go over.
both!(processes_that_share_a_folder_share_the_index, async |t| {
    t.import_all(&stories()).await;
    let (one, other) = (t.app(), t.app());
    let both = [followers::start(&one), followers::start(&other)];
    until_right(t, &one, "one").await;
    until_right(t, &other, "other").await;
    let cli = t.app();
    let made = cli.search.make().unwrap().expect("nobody else makes one");
    assert!(one.search.make().unwrap().is_none(), "two make one at the same time");
    let writer = made.index.writer().unwrap().expect("nobody else writes it");
    let writer = followers::fill(&t.db, writer, &mut |_| {}).await.unwrap();
    // The old one serves on.
    assert!(right_or_not_yet(t, &one, "while another is made").await);
    writer.close().unwrap();
    cli.search.adopt(made).unwrap();
    let current = fs::read_to_string(one.search.folder().join("current")).unwrap();
    tokio::time::sleep(Duration::from_millis(700)).await;
    for app in [&one, &other] {
        until_right(t, app, "after another was made").await;
    }
    let left = fs::read_dir(one.search.folder()).unwrap().map(|e| e.unwrap()).filter(|e| e.path().is_dir()).count();
    assert_eq!(left, 1, "only {current} is left");
    // The one in use breaks under both: one of them builds it anew.
    files(one.search.folder(), "idx").iter().for_each(|file| replace(file, |_| Vec::new()));
    for app in [&one, &other] {
        until_right(t, app, "after it broke under both").await;
    }
    both.iter().for_each(followers::Followers::stop);
});
