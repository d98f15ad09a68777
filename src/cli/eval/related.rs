//! `masthead eval related FILE…`: does an article's list have what belongs beside it?

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use super::Common;
use super::bm25::{Bm25, text};
use super::measures::Measures;
use super::search::{articles, index, throw_away};
use super::tf_idf::TfIdf;
use crate::catalogue::relating::Relating;
use crate::catalogue::{Reader, article};
use crate::error::{Code, Error, Result};
use crate::model::id::{ArticleId, TopicId};
use crate::model::related::List;
use crate::model::time::Instant as At;
use crate::search::Article;
use crate::store::Db;
use crate::telemetry;

/// Measure related news: for every labelled article its list is made with the weights of [related], and held against
/// the articles that the labels say belong beside it. Beside it stand the newest articles of the same topics, TF-IDF
/// alone and BM25 alone. Nothing of it is kept.
#[derive(Debug, Args)]
#[command(after_help = LABELS)]
pub struct Related {
    /// Articles in the line format with labels, plain or gzip
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Pairs of near-duplicates that should be recognised (see below), plain or gzip
    #[arg(long, value_name = "FILE")]
    pairs: Option<PathBuf>,
}

const LABELS: &str = r#"A label is the member "story" of a line: articles of the same story belong beside each other. The import does not
read it. A story of one article and lines without the member are no queries, but may stand in lists.

  {"uri": "tag:example.org,2026:wall-1", "story": "The sea wall", "headline": "…", "published": "2026-01-02", …}

The stories are parted in two halves by a hash of their names, so that weights can be tuned on one (A) and reported on
the other (B).

Pairs are JSON, one a line; only those with a containment of at least 0.6, or none given, must be recognised:

  {"a": "tag:example.org,2026:wall-1", "b": "tag:example.org,2026:wall-9", "containment": 0.83}

Printed are means over the articles: nDCG@10, the share of the story among the first 20 (R@20), of the first 5 that are
of the story (P@5), and the reciprocal rank of the first that is (MRR@10)."#;

/// How many places of a list are looked at.
const DEPTH: usize = 20;
/// From which share of a text on a pair must be recognised.
const STRONG: f64 = 0.6;

#[derive(Deserialize)]
struct Labelled {
    uri: String,
    story: Option<String>,
}

#[derive(Deserialize)]
struct Pair {
    a: String,
    b: String,
    #[serde(default = "whole")]
    containment: f64,
}

fn whole() -> f64 {
    1.0
}

/// What is measured on.
struct Trial {
    articles: Vec<Article>,
    by_uri: HashMap<String, ArticleId>,
    /// The other articles of an article's story, and the half that the story is in.
    wanted: BTreeMap<ArticleId, (HashSet<ArticleId>, usize)>,
}

impl Related {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let (_folder, db) = throw_away(&self.files, &settings).await?;
        let trial = self.trial(&db).await?;
        println!("{} articles, {} of them with others of their story", trial.articles.len(), trial.wanted.len());
        let index = index(trial.articles.iter().map(Cow::Borrowed))?;
        let relating = Relating::new(index, &settings.related);
        let bar = ProgressBar::new(trial.articles.len() as u64);
        let style = "{bar:40} {pos}/{len} lists, {per_sec}, {eta} left";
        bar.set_style(ProgressStyle::with_template(style).map_err(Error::internal)?);
        let mut lists: HashMap<ArticleId, List> = HashMap::new();
        let began = Instant::now();
        for chunk in trial.articles.chunks(200) {
            let reader = Reader::new(&db);
            let ids: Vec<ArticleId> = chunk.iter().map(|article| article.id).collect();
            relating.prepare(&reader, &ids).await?;
            for id in ids {
                lists.extend(relating.list(&reader, id).await?.map(|list| (id, list)));
                bar.inc(1);
            }
        }
        let each = began.elapsed().as_secs_f64() * 1_000.0 / trial.articles.len().max(1) as f64;
        bar.finish_and_clear();
        if !trial.wanted.is_empty() {
            let language = settings.site.language.as_str();
            let topics = by_topic(&trial.articles);
            trial.report("same topic, newest first", |a| newest(&topics, a));
            let tf_idf = TfIdf::of(&trial.articles);
            let others = |found: Vec<ArticleId>, a: &Article| found.into_iter().filter(|id| *id != a.id).collect();
            trial.report("TF-IDF alone", |a| others(tf_idf.search(&text(a), language, DEPTH + 1), a));
            let bm25 = Bm25::of(&trial.articles);
            trial.report("BM25 alone", |a| bm25.like(a, DEPTH));
            trial.report("related news", |a| {
                lists.get(&a.id).into_iter().flat_map(|list| &list.entries).map(|entry| entry.article).collect()
            });
        }
        println!("{each:.2} ms a list");
        if let Some(file) = &self.pairs {
            report_pairs(file, &trial, &lists)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    async fn trial(&self, db: &Db) -> Result<Trial> {
        let articles = articles(db).await?;
        let mut by_uri = HashMap::new();
        for chunk in articles.chunks(500) {
            let ids: Vec<ArticleId> = chunk.iter().map(|article| article.id).collect();
            let cards = article::cards(&Reader::new(db), &ids).await?;
            by_uri.extend(cards.into_iter().flatten().map(|card| (card.uri.clone(), card.id)));
        }
        let mut stories: BTreeMap<String, HashSet<ArticleId>> = BTreeMap::new();
        for file in &self.files {
            for line in lines::<Labelled>(file, "line of articles")? {
                if let (Some(story), Some(id)) = (line.story, by_uri.get(&line.uri)) {
                    stories.entry(story).or_default().insert(*id);
                }
            }
        }
        let mut wanted = BTreeMap::new();
        for (name, story) in stories {
            let half = usize::from(blake3::hash(name.as_bytes()).as_bytes()[0] & 1);
            for id in &story {
                let others: HashSet<ArticleId> = story.iter().copied().filter(|other| other != id).collect();
                if !others.is_empty() {
                    wanted.insert(*id, (others, half));
                }
            }
        }
        Ok(Trial { articles, by_uri, wanted })
    }
}

impl Trial {
    fn report(&self, what: &str, list: impl Fn(&Article) -> Vec<ArticleId>) {
        let mut measures = [Measures::default(), Measures::default(), Measures::default()];
        for article in &self.articles {
            let Some((wanted, half)) = self.wanted.get(&article.id) else { continue };
            let ranked: Vec<bool> = list(article).iter().take(DEPTH).map(|id| wanted.contains(id)).collect();
            measures[0].add(&ranked, wanted.len());
            measures[1 + half].add(&ranked, wanted.len());
        }
        for (whose, measures) in ["", "  half A", "  half B"].into_iter().zip(measures) {
            let name = if whose.is_empty() { what } else { whose };
            println!("{name:<26} {measures}");
        }
    }
}

type ByTopic = HashMap<TopicId, Vec<(At, ArticleId)>>;

/// The articles of each topic, newest first.
fn by_topic(articles: &[Article]) -> ByTopic {
    let mut sorted: Vec<&Article> = articles.iter().collect();
    sorted.sort_by_key(|article| std::cmp::Reverse((article.published_at, article.id)));
    let mut topics = ByTopic::new();
    for article in sorted {
        for (topic, _, _) in &article.topics {
            topics.entry(*topic).or_default().push((article.published_at, article.id));
        }
    }
    topics
}

/// The newest articles of an article's first topic, then of its second, and so on, as they were on its day.
fn newest(topics: &ByTopic, article: &Article) -> Vec<ArticleId> {
    let mut found: Vec<ArticleId> = Vec::new();
    for (topic, _, _) in &article.topics {
        for (at, id) in topics.get(topic).into_iter().flatten() {
            if found.len() < DEPTH && *at <= article.published_at && *id != article.id && !found.contains(id) {
                found.push(*id);
            }
        }
    }
    found
}

fn report_pairs(file: &Path, trial: &Trial, lists: &HashMap<ArticleId, List>) -> Result<()> {
    let (mut strong, mut recognised) = (0, 0);
    for pair in lines::<Pair>(file, "pair")? {
        let id = |uri: &String| trial.by_uri.get(uri).copied();
        let (Some(a), Some(b)) = (id(&pair.a), id(&pair.b)) else {
            let says =
                format!("{} names {} and {}, of which one is no article of the files.", file.display(), pair.a, pair.b);
            return Err(Error::new(Code::Config, says));
        };
        if pair.containment < STRONG {
            continue;
        }
        strong += 1;
        let has = |one: ArticleId, other| lists.get(&one).is_some_and(|list| list.duplicates.contains(&other));
        if has(a, b) && has(b, a) {
            recognised += 1;
        } else {
            println!("not recognised: {} and {}", pair.a, pair.b);
        }
    }
    println!("near-duplicates: {recognised} of {strong} pairs recognised");
    let found: HashSet<(ArticleId, ArticleId)> =
        lists.iter().flat_map(|(a, list)| list.duplicates.iter().map(|b| (*a.min(b), *a.max(b)))).collect();
    println!("near-duplicates among all articles: {} pairs", found.len());
    Ok(())
}

/// The lines of a file, plain or gzip.
fn lines<T: for<'de> Deserialize<'de>>(file: &Path, what: &str) -> Result<Vec<T>> {
    let shown = file.display();
    let fault = |e: std::io::Error| {
        Error::new(Code::Io, format!("{shown} cannot be read: {e}. Check the path and the rights."))
    };
    let mut bytes = Vec::new();
    std::fs::File::open(file).and_then(|mut f| f.read_to_end(&mut bytes)).map_err(fault)?;
    let reader: Box<dyn BufRead> = if bytes.starts_with(&[0x1f, 0x8b]) {
        Box::new(std::io::BufReader::new(flate2::read::MultiGzDecoder::new(bytes.as_slice())))
    } else {
        Box::new(bytes.as_slice())
    };
    let mut found = Vec::new();
    for (n, line) in reader.lines().enumerate() {
        let line = line.map_err(fault)?;
        match serde_json::from_str(line.trim_start_matches('\u{feff}')) {
            Ok(value) => found.push(value),
            Err(_) if line.trim().is_empty() => {}
            Err(e) => {
                let says = format!(
                    "Line {} of {shown} is no {what} ({e}); `masthead eval related --help` has the form.",
                    n + 1
                );
                return Err(Error::new(Code::Io, says));
            }
        }
    }
    Ok(found)
}
