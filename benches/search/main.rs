//! The index alone, in this process and on one thread: what a query takes among many generated articles.
//!
//! `cargo bench --bench search` (or `--profile quick`). It generates articles, indexes them in a folder that goes away,
//! and asks each query in turn, many times. Settings, by environment:
//!
//! - `N`: articles (100,000); `SECONDS`: for each query (2)
//! - `SEGMENTS`: `few` merges all into one; default: as a follower that went along leaves them
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a benchmark that cannot go on must fail loudly"
)]

#[path = "../load/generate.rs"]
#[allow(dead_code, reason = "the load benchmark takes the rest")]
mod generate;

use std::time::{Duration, Instant};

use generate::{Generated, Generator, SECTIONS, word};
use masthead::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use masthead::model::time::Instant as At;
use masthead::search::{Article, Asked, Filter, Index, Name, Named, Position, Wanted};

/// Ids as the program makes them: large numbers, far apart.
fn id(of: usize, n: usize) -> i64 {
    (1_767_225_600_000 + of as i64) << 21 | n as i64
}

fn article(n: usize, drawn: Generated) -> Article {
    let path = SECTIONS[drawn.section];
    let own = (SectionId(id(1, drawn.section)), path.rsplit('/').next().unwrap_or(path).to_owned());
    let above = path.split_once('/').map(|(above, _)| (SectionId(id(2, above.len())), above.to_owned()));
    let subject = masthead::model::topic::TopicKind::Subject;
    let topics = drawn.topics.iter().map(|rank| (TopicId(id(3, *rank)), subject, format!("Topic {rank}")));
    let place =
        (TopicId(id(4, drawn.place)), masthead::model::topic::TopicKind::Place, format!("Place {}", drawn.place));
    let published_at = At::from_millis(drawn.published.timestamp_millis());
    Article {
        id: ArticleId(id(5, n)),
        language: "en".to_owned(),
        headline: drawn.headline,
        summary: drawn.summary,
        body: drawn.paragraphs.join("\n"),
        authors: vec![(AuthorId(id(6, drawn.author)), format!("Author {}", drawn.author))],
        topics: topics.chain([place]).collect(),
        sections: [own].into_iter().chain(above).collect(),
        genre: drawn.genre.to_owned(),
        published_at,
        updated_at: published_at,
    }
}

fn setting<T: std::str::FromStr>(name: &str, default: T) -> T {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(default)
}

/// Asks for this long; gives the least and the median in milliseconds.
fn measure(time: Duration, mut ask: impl FnMut()) -> (f64, f64) {
    let mut took = Vec::new();
    let began = Instant::now();
    while began.elapsed() < time || took.len() < 5 {
        let asked = Instant::now();
        ask();
        took.push(asked.elapsed().as_secs_f64() * 1_000.0);
    }
    took.sort_by(f64::total_cmp);
    (took[0], took[took.len() / 2])
}

fn main() {
    let size: usize = setting("N", 100_000);
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path()).expect("a folder that can be written").expect("an empty one");
    let mut writer = index.writer().expect("a folder").expect("nobody else writes");
    let position = Position { log_id: "bench".to_owned(), seq: 1 };
    let began = Instant::now();
    let (mut long, mut headlines) = (String::new(), Vec::new());
    for (n, drawn) in Generator::new().take(size).enumerate() {
        if n % 997 == 0 {
            headlines.push(drawn.headline.clone());
        }
        let article = article(n, drawn);
        if n == size / 2 {
            long = article.body.lines().next().unwrap_or_default().to_owned();
        }
        writer.put(&article, 0).expect("it is put");
    }
    for n in 0..2_000 {
        let of = Named::Topic(TopicId(id(3, n)));
        writer.put_name(&Name { of, name: format!("Topic {n}"), articles: 9 }).expect("it is put");
    }
    writer.commit(&position).expect("a commit");
    println!("{size} articles indexed in {:.1} s", began.elapsed().as_secs_f64());
    if setting("SEGMENTS", String::new()) == "few" {
        writer.merge(&position).expect("a merging");
    }
    // Merges that are under way would be measured with it.
    writer.close().expect("an end");
    index.reload().expect("it is there");
    let bytes: u64 =
        folder.path().read_dir().expect("a folder").flatten().filter_map(|f| f.metadata().ok()).map(|m| m.len()).sum();
    println!("{} MB on the disk", bytes >> 20);

    let time = Duration::from_secs_f64(setting("SECONDS", 2.0));
    let facets = Wanted { sections: true, topics: true, authors: true, genres: true, years: true };
    let (common, second, rare) = (word(0), word(1), word(20_000));
    let several = format!("{} {} {}", word(30), word(200), word(1_500));
    let top = |text: &str| Asked { text: text.to_owned(), size: 10, facets_most: 20, ..Asked::default() };
    let whole = |text: &str| Asked { total: true, facets, ..top(text) };
    let filter = Filter { topics: vec![TopicId(id(3, 0))], ..Filter::default() };
    let since = Filter { published: (Some(At::from_millis(1_735_689_600_000)), None), ..Filter::default() };
    let next = index.search(&top(&common)).expect("an answer").hits.pop().map(|hit| hit.cursor);
    let phrase = format!("\"{common} {second}\"");
    let queries = [
        ("common word", top(&common)),
        ("common word, next page", Asked { after: next, ..top(&common) }),
        ("common word, newest", Asked { newest: true, ..top(&common) }),
        ("common word, total", Asked { total: true, ..top(&common) }),
        ("common word, total and facets", whole(&common)),
        ("common word, newest, total and facets", Asked { newest: true, ..whole(&common) }),
        ("rare word", top(&rare)),
        ("rare word, total and facets", whole(&rare)),
        ("phrase of the two commonest words", top(&phrase)),
        ("the same, total and facets", whole(&phrase)),
        ("two common words", top(&format!("{common} {second}"))),
        ("the same, total and facets", whole(&format!("{common} {second}"))),
        ("several words", top(&several)),
        ("several words, total and facets", whole(&several)),
        ("common word in a topic", Asked { filter: filter.clone(), ..top(&common) }),
        ("the same, total and facets", Asked { filter, ..whole(&common) }),
        ("common word since a year", Asked { filter: since.clone(), ..top(&common) }),
        ("the same, total and facets", Asked { filter: since, ..whole(&common) }),
        ("common -word", top(&format!("{common} -{}", word(9)))),
        ("common word OR another", top(&format!("{common} OR {second}"))),
        ("beginning of a word", top("ba*")),
        ("no words, total and facets", whole("")),
        ("a sentence of 60 words", top(&long)),
    ];
    println!("{:<42} {:>9} {:>9}", "ms", "least", "p50");
    let report = |name: &str, (least, middle): (f64, f64)| println!("{name:<42} {least:>9.3} {middle:>9.3}");
    for (name, asked) in &queries {
        report(name, measure(time, || drop(index.search(asked).expect("an answer"))));
    }
    let mut all = headlines.iter().cycle();
    let mut headline = || all.next().expect("there are headlines").clone();
    report("a headline of 9 words", measure(time, || drop(index.search(&top(&headline())).expect("an answer"))));
    report("the same, total and facets", measure(time, || drop(index.search(&whole(&headline())).expect("an answer"))));
    for typed in ["t", "topic", &common] {
        report(&format!("suggest {typed}"), measure(time, || drop(index.suggest(typed, 20).expect("an answer"))));
    }
}
