//! `masthead eval search FILE…`: known-item search, and labelled queries.

use std::borrow::Cow;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Args;
use serde::Deserialize;

use super::Common;
use super::measures::Measures;
use super::tf_idf::TfIdf;
use crate::catalogue::{Reader, article, indexing};
use crate::cli::import;
use crate::config::Settings;
use crate::error::{Code, Error, Result};
use crate::model::id::ArticleId;
use crate::model::time::Clock;
use crate::model::viewer::Viewer;
use crate::newsroom::import::Importer;
use crate::search::{Article, Asked, Index, Position};
use crate::store::{Db, Options, migrate};
use crate::telemetry;

/// Measure search: every headline is looked for, once in an index without headlines and once in the index as it is,
/// and should find its own article. Beside it stand TF-IDF alone and BM25 alone, over one text in which every part of
/// an article counts alike. Nothing of it is kept.
#[derive(Debug, Args)]
#[command(after_help = LABELS)]
pub struct Search {
    /// Articles in the line format, plain or gzip; a line that is none is a fault
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Labelled queries of your own readers, one a line (see below)
    #[arg(long, value_name = "FILE")]
    queries: Option<PathBuf>,
}

const LABELS: &str = r#"Labelled queries are JSON, one a line: what a reader typed, and the uris of all articles that answer it.
Empty lines are passed over; any other member is a fault, and so is a uri that no article of the files has. One that is
named twice counts once.

  {"query": "who pays for the sea wall", "relevant": ["tag:example.org,2026:wall-1", "tag:example.org,2026:wall-7"]}

Printed are means over the queries: nDCG@10, the share of what is relevant among the first 20 (R@20), of the first 5
that are relevant (P@5), and the reciprocal rank of the first that is (MRR@10)."#;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Labelled {
    query: String,
    relevant: Vec<String>,
}

/// How many hits are looked at.
const DEPTH: usize = 20;

impl Search {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let labelled = self.queries.as_deref().map(labelled).transpose()?;
        let (_folder, db) = throw_away(&self.files, &settings).await?;
        // Measuring takes minutes: a fault of the queries is told before.
        let queries = match labelled {
            Some(lines) => Some(answered(&db, lines).await?),
            None => None,
        };
        let articles = articles(&db).await?;
        println!("{} articles", articles.len());
        let known: Vec<(String, Vec<ArticleId>)> =
            articles.iter().map(|article| (article.headline.clone(), vec![article.id])).collect();
        let language = settings.site.language.as_str();
        let headless: Vec<Article> =
            articles.iter().map(|article| Article { headline: String::new(), ..article.clone() }).collect();
        compare("headline, headlines not indexed", &headless, language, &known)?;
        compare("headline", &articles, language, &known)?;
        if let Some(queries) = queries {
            compare("labelled queries", &articles, language, &queries)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn labelled(file: &std::path::Path) -> Result<Vec<Labelled>> {
    let shown = file.display();
    let text = std::fs::read_to_string(file)
        .map_err(|e| Error::new(Code::Io, format!("{shown} cannot be read: {e}. Check the path and the rights.")))?;
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(n, line)| {
            serde_json::from_str(line).map_err(|e| {
                let says = format!("Line {} of {shown} is no labelled query ({e}); write {{\"query\": \"…\", \"relevant\": [\"uri\"]}}.", n + 1);
                Error::new(Code::Io, says)
            })
        })
        .collect()
}

/// Queries with the articles that answer them, each once: a list has an article once, so one that counted twice could
/// never be found whole.
async fn answered(db: &Db, labelled: Vec<Labelled>) -> Result<Vec<(String, Vec<ArticleId>)>> {
    let reader = Reader::new(db);
    let mut queries = Vec::with_capacity(labelled.len());
    for line in labelled {
        let mut ids: Vec<ArticleId> = Vec::with_capacity(line.relevant.len());
        for uri in &line.relevant {
            let missing = || {
                let says = format!("A labelled query names {uri}, which no article of the files has.");
                Error::new(Code::Config, says)
            };
            let id = article::by_uri(&reader, uri).await?.ok_or_else(missing)?.id;
            if !ids.contains(&id) {
                ids.push(id);
            }
        }
        queries.push((line.query, ids));
    }
    Ok(queries)
}

/// A database with the articles of these files, which goes away with the folder.
///
/// # Errors
/// `IO` for lines that are no articles, which are named: what is measured without them is not what was asked for.
pub(super) async fn throw_away(files: &[PathBuf], settings: &Settings) -> Result<(tempfile::TempDir, Db)> {
    let folder = tempfile::tempdir().map_err(|e| {
        let says = format!("There is no place for a database that goes away: {e}. Check TMPDIR and the disk.");
        Error::new(Code::Io, says)
    })?;
    let options = Options::new(format!("sqlite://{}", folder.path().join("eval.db").display()));
    migrate::run(&options, false).await?;
    let db = Db::open(&options, Clock::system()).await?;
    let importer = Importer::new(&db, &Viewer::system(), &settings.site.language, false)?;
    let mut failed = 0;
    for file in files {
        let report = import::import(&importer, file).await?;
        if !report.failed.is_empty() {
            import::tell(file, &report);
            failed += report.failed.len();
        }
    }
    if failed > 0 {
        let says = format!("Nothing is measured, since {failed} lines are no articles: mend them or take them out.");
        return Err(Error::new(Code::Io, says));
    }
    Ok((folder, db))
}

/// Every article of a database, as the index takes it.
pub(super) async fn articles(db: &Db) -> Result<Vec<Article>> {
    let (mut all, mut after) = (Vec::new(), ArticleId(i64::MIN));
    loop {
        let reader = Reader::new(db);
        let ids = indexing::ids_after(&reader, after).await?;
        let Some(last) = ids.last() else { return Ok(all) };
        after = *last;
        all.extend(indexing::documents(&reader, &ids).await?);
    }
}

/// An index in memory, merged to one segment.
pub(super) fn index<'a>(articles: impl Iterator<Item = Cow<'a, Article>>) -> Result<Index> {
    let index = Index::in_memory()?;
    let mut writer = index.writer()?.ok_or_else(|| Error::internal("an index in memory is locked"))?;
    for article in articles {
        writer.put(&article, 0)?;
    }
    writer.merge(&Position { log_id: String::new(), seq: 0 })?;
    Ok(index)
}

/// Search as it is, and what it is held against.
fn compare(what: &str, articles: &[Article], language: &str, queries: &[(String, Vec<ArticleId>)]) -> Result<()> {
    println!("{what} ({} queries)", queries.len());
    let of = |index: Index| {
        move |text: &str| {
            let found = index.search(&Asked { text: text.to_owned(), size: DEPTH, ..Asked::default() })?;
            Ok(found.hits.into_iter().map(|hit| hit.id).collect())
        }
    };
    report("search", queries, of(index(articles.iter().map(Cow::Borrowed))?))?;
    let flat = |article: &Article| {
        let body = [article.headline.as_str(), &article.summary, &article.body].join("\n");
        Article { headline: String::new(), summary: String::new(), body, ..article.clone() }
    };
    report("BM25 alone", queries, of(index(articles.iter().map(|article| Cow::Owned(flat(article))))?))?;
    let baseline = TfIdf::of(articles);
    report("TF-IDF alone", queries, |text| Ok(baseline.search(text, language, DEPTH)))
}

fn report(
    what: &str,
    queries: &[(String, Vec<ArticleId>)],
    ask: impl Fn(&str) -> Result<Vec<ArticleId>>,
) -> Result<()> {
    let mut measures = Measures::default();
    let began = Instant::now();
    for (text, relevant) in queries {
        let ranked: Vec<bool> = ask(text)?.iter().map(|id| relevant.contains(id)).collect();
        measures.add(&ranked, relevant.len());
    }
    let each = began.elapsed().as_secs_f64() * 1_000.0 / queries.len().max(1) as f64;
    println!("  {what:<14} {measures}  {each:.2} ms a query");
    Ok(())
}
