//! Articles by the thousand, whose words, topics, places and authors follow Zipf's law, the same every time.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use chrono::{DateTime, Utc};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use serde_json::json;

const TOPICS: usize = 2_000;
const PLACES: usize = 300;
const AUTHORS: usize = 400;
const VOCABULARY: usize = 30_000;
/// The sections.
pub const SECTIONS: [&str; 10] = [
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
/// The most frequent words, most first: the first stands in every article, the last in nine of ten.
const FREQUENT: [&str; 12] =
    ["the", "council", "harbour", "and", "plan", "mayor", "residents", "said", "region", "schools", "money", "spring"];

/// Ranks with probability 1/rank.
pub struct Zipf(Vec<f64>);

impl Zipf {
    pub fn new(n: usize) -> Zipf {
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

    pub fn draw(&self, rng: &mut StdRng) -> usize {
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

/// The word of a rank, from 0.
pub fn word(rank: usize) -> String {
    if let Some(word) = FREQUENT.get(rank) {
        return (*word).to_owned();
    }
    // Syllables by the digits of the rank, so that no two ranks have the same word.
    let (mut rest, mut word) = (rank, String::new());
    while rest > 0 {
        word.push(char::from(b"bdfgklmnprstvz"[rest % 14]));
        rest /= 14;
        word.push(char::from(b"aeiou"[rest % 5]));
        rest /= 5;
    }
    word + "k"
}

/// An article: what is drawn of it.
pub struct Generated {
    pub headline: String,
    pub summary: String,
    pub paragraphs: Vec<String>,
    /// Which of [`SECTIONS`].
    pub section: usize,
    /// Ranks of its topics, each once.
    pub topics: Vec<usize>,
    pub place: usize,
    pub author: usize,
    pub genre: &'static str,
    pub published: DateTime<Utc>,
}

/// Draws one article after the other.
pub struct Generator {
    rng: StdRng,
    words: Zipf,
    topics: Zipf,
    places: Zipf,
    authors: Zipf,
    at: usize,
}

impl Generator {
    pub fn new() -> Generator {
        Generator {
            rng: StdRng::seed_from_u64(2026),
            words: Zipf::new(VOCABULARY),
            topics: Zipf::new(TOPICS),
            places: Zipf::new(PLACES),
            authors: Zipf::new(AUTHORS),
            at: 0,
        }
    }

    fn words(&mut self, n: usize) -> String {
        (0..n).map(|_| word(self.words.draw(&mut self.rng))).collect::<Vec<_>>().join(" ")
    }
}

impl Iterator for Generator {
    type Item = Generated;

    fn next(&mut self) -> Option<Generated> {
        let at = self.at;
        self.at += 1;
        let mut topics: Vec<usize> = (0..3).map(|_| self.topics.draw(&mut self.rng)).collect();
        topics.sort_unstable();
        topics.dedup();
        let newest = 1_767_225_600; // 2026-01-01, in seconds
        Some(Generated {
            headline: self.words(9),
            summary: self.words(25),
            paragraphs: (0..6).map(|_| self.words(60)).collect(),
            section: at % SECTIONS.len(),
            topics,
            place: self.places.draw(&mut self.rng),
            author: self.authors.draw(&mut self.rng),
            genre: if at.is_multiple_of(20) { "opinion" } else { "news" },
            // Half an hour apart: a hundred thousand are some six years.
            published: DateTime::from_timestamp(newest - (at as i64) * 1_800, 0).unwrap_or_default(),
        })
    }
}

/// Writes `n` articles as neutral lines; gives the number of bytes.
pub fn write(path: &Path, n: usize) -> std::io::Result<u64> {
    let mut out = BufWriter::with_capacity(1 << 20, std::fs::File::create(path)?);
    for (at, article) in Generator::new().take(n).enumerate() {
        let line = json!({
            "uri": format!("urn:bench:{at}"),
            "slug": slug(at),
            "headline": article.headline,
            "published": article.published.to_rfc3339_opts(chrono::SecondsFormat::Secs, true),
            "description_text": article.summary,
            "body_text": article.paragraphs.join("\n\n"),
            "section": SECTIONS[article.section],
            "authors": [{ "code": format!("a{}", article.author), "name": format!("Author {}", article.author) }],
            "subjects": article.topics.iter().map(|rank| format!("Topic {rank}")).collect::<Vec<_>>(),
            "places": [format!("Place {}", article.place)],
            "image": { "url": format!("https://example.org/{at}.jpg"), "alt": "A street", "width": 1200, "height": 800 },
            "genre": article.genre,
        });
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}
