//! Articles by the thousand: neutral lines whose topics, places and authors follow Zipf's law, the same every time.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

const TOPICS: usize = 2_000;
const PLACES: usize = 300;
const AUTHORS: usize = 400;
const SECTIONS: [&str; 10] = [
    "news/local",
    "news/world",
    "politics",
    "politics/elections",
    "business",
    "business/markets",
    "culture",
    "sport",
    "sport/football",
    "science",
];
const WORDS: &str = "the council voted on a new plan for the harbour after residents asked for lower rents and safer streets \
     while the mayor said that work would begin in spring because money from the region had arrived earlier than \
     expected and schools reported more pupils than ten years ago although teachers warned of crowded rooms";

/// Ranks with probability 1/rank.
struct Zipf(Vec<f64>);

impl Zipf {
    fn new(n: usize) -> Zipf {
        let mut sum = 0.0;
        Zipf(
            (1..=n)
                .map(|rank| {
                    sum += 1.0 / rank as f64;
                    sum
                })
                .collect(),
        )
    }

    fn draw(&self, rng: &mut StdRng) -> usize {
        let at = rng.random::<f64>() * self.0.last().copied().unwrap_or(1.0);
        self.0.partition_point(|sum| *sum < at).min(self.0.len() - 1)
    }
}

/// The slug of an article.
pub fn slug(n: usize) -> String {
    format!("article-{n}")
}

/// The slug of the topic of a rank, from 0.
pub fn topic_slug(rank: usize) -> String {
    format!("topic-{rank}")
}

fn words(rng: &mut StdRng, all: &[&str], n: usize) -> String {
    (0..n).map(|_| all[rng.random_range(0..all.len())]).collect::<Vec<_>>().join(" ")
}

/// Writes `n` articles; gives the number of bytes.
pub fn write(path: &Path, n: usize) -> std::io::Result<u64> {
    let mut rng = StdRng::seed_from_u64(2026);
    let (topics, places, authors) = (Zipf::new(TOPICS), Zipf::new(PLACES), Zipf::new(AUTHORS));
    let all: Vec<&str> = WORDS.split_whitespace().collect();
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    let newest = 1_767_225_600; // 2026-01-01, in seconds
    for at in 0..n {
        let mut ranks: Vec<usize> = (0..3).map(|_| topics.draw(&mut rng)).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let published = chrono::DateTime::from_timestamp(newest - (at as i64) * 180, 0).unwrap_or_default();
        let author = authors.draw(&mut rng);
        let paragraphs: Vec<String> = (0..6).map(|_| words(&mut rng, &all, 60)).collect();
        let line = json!({
            "uri": format!("urn:bench:{at}"),
            "slug": slug(at),
            "headline": words(&mut rng, &all, 9),
            "published": published.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "description_text": words(&mut rng, &all, 25),
            "body_text": paragraphs.join("\n\n"),
            "section": SECTIONS[at % SECTIONS.len()],
            "authors": [{ "code": format!("a{author}"), "name": format!("Author {author}") }],
            "subjects": ranks.iter().map(|rank| format!("Topic {rank}")).collect::<Vec<_>>(),
            "places": [format!("Place {}", places.draw(&mut rng))],
            "image": { "url": format!("https://example.org/{at}.jpg"), "alt": "A street", "width": 1200, "height": 800 },
            "genre": if at % 20 == 0 { "opinion" } else { "news" },
        });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}
