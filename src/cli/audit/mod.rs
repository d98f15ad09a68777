//! `masthead audit`: asks a server everything that it can be asked, and looks for what must not be seen.
//!
//! What must not be seen is read from the newsroom side of the database: telling words and runs of words of drafts, notes,
//! what is scheduled, held back, withdrawn or killed, and of names that only such stories know, as far as nothing public says
//! the same. What can be asked is read from the server's own contracts, so that a route or field that is added later is covered
//! by itself; one that cannot be asked is named. Not covered: what a subscription pushes (the same objects as queries give),
//! and how long an answer takes.

mod graphql;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;
use serde_json::{Value, json};

use self::graphql::{INTROSPECTION, Pool, Schema};
use self::words::Secrets;
use super::{Common, print};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::followers;
use crate::http;
use crate::identity::Identity;
use crate::model::id::{ArticleId, AuthorId, NewsroomId, SectionId, TopicId};
use crate::model::time::Clock;
use crate::store::{Db, audit};
use crate::telemetry;

/// How many keys of each kind are tried.
const KEYS: i64 = 12;
/// How many findings are told of each place.
const TOLD: usize = 5;
/// What is not in the contracts and answers all the same.
const PAGES: [&str; 9] =
    ["/", "/docs", "/graphql", "/openapi.json", "/openapi.yaml", "/healthz", "/readyz", "/metrics", "/nothing-here"];

/// Look for what must not be seen in everything that a server can be asked, as anybody and as whose tokens are given. Nothing
/// is written. Exits with 1 when something is found, or something could not be asked.
#[derive(Debug, Args)]
pub struct Audit {
    /// A running server over this database, such as http://127.0.0.1:8080 [default: one is started for the audit]
    #[arg(long, value_name = "URL")]
    pub server: Option<String>,
    /// An access token of a reader
    #[arg(long, value_name = "TOKEN")]
    pub reader_token: Option<String>,
    /// An access token of a contributor who has written nothing
    #[arg(long, value_name = "TOKEN")]
    pub contributor_token: Option<String>,
    /// Print the report as JSON
    #[arg(long)]
    pub json: bool,
}

/// Something that was seen and must not be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Leak {
    /// The route, as the contract has it, or `GraphQL` with the root field.
    pub place: String,
    /// As whom it was asked.
    pub who: String,
    /// What was seen.
    pub seen: String,
    /// The table and column that it is from.
    pub from: String,
    /// The request.
    pub request: String,
}

/// What an audit came to.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// What was seen and must not be, at most a few of each place.
    pub leaks: Vec<Leak>,
    /// What could not be asked: routes, and fields as `Type.field`.
    pub unasked: Vec<String>,
    /// How many secrets were looked for.
    pub secrets: usize,
    /// How many requests were made.
    pub requests: usize,
    /// How many routes were asked.
    pub routes: usize,
    /// How many fields of the schema were asked.
    pub fields: usize,
}

impl Report {
    /// Whether nothing was seen, and everything was asked.
    pub fn is_clean(&self) -> bool {
        self.leaks.is_empty() && self.unasked.is_empty()
    }
}

impl Audit {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        // One address asks everything: no limit may stand in its way.
        let settings = common.settings(&[
            ("rate_limit.enabled", "false".to_owned()),
            ("log.requests", "false".to_owned()),
            ("server.bind", "127.0.0.1:0".to_owned()),
        ])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        let base = match &self.server {
            Some(server) => server.trim_end_matches('/').to_owned(),
            None => serve(&app).await?,
        };
        let mut tokens = vec![("anonymous".to_owned(), None)];
        tokens.extend(self.reader_token.map(|token| ("reader".to_owned(), Some(token))));
        tokens.extend(self.contributor_token.map(|token| ("contributor".to_owned(), Some(token))));
        let report = audit(&app.db, &base, &tokens).await?;
        if self.json {
            print(&format!("{}\n", serde_json::to_string_pretty(&report).map_err(Error::internal)?))?;
        } else {
            for leak in &report.leaks {
                print(&format!(
                    "{} shows {} {:?} of {}: {}\n",
                    leak.place, leak.who, leak.seen, leak.from, leak.request
                ))?;
            }
            for what in &report.unasked {
                print(&format!("{what} could not be asked\n"))?;
            }
            print(&format!(
                "{} requests to {} routes and {} fields, {} secrets looked for: {} seen, {} not asked.\n",
                report.requests,
                report.routes,
                report.fields,
                report.secrets,
                report.leaks.len(),
                report.unasked.len()
            ))?;
        }
        Ok(if report.is_clean() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}

/// The ids of these keys as they are written.
fn ids(keys: &audit::Keys) -> Vec<String> {
    let mut all: Vec<String> = keys.articles.iter().map(|id| ArticleId(*id).to_string()).collect();
    all.extend(keys.articles.iter().map(|id| NewsroomId(*id).to_string()));
    all.extend(keys.authors.iter().map(|id| AuthorId(*id).to_string()));
    all.extend(keys.topics.iter().map(|id| TopicId(*id).to_string()));
    all.extend(keys.sections.iter().map(|id| SectionId(*id).to_string()));
    all
}

/// Serves the application for the audit alone; gives its address once its index is whole.
pub(super) async fn serve(app: &App) -> Result<String> {
    let identity = Identity::open(app).await?;
    let (tell, told) = tokio::sync::oneshot::channel();
    let served = app.clone();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else { return };
        runtime.block_on(async {
            let followers = followers::start_with(&served, Some(&identity));
            let ready = |address: std::net::SocketAddr| drop(tell.send(format!("http://{address}")));
            if let Err(error) = http::server::run(served, identity, followers, ready).await {
                tracing::error!(?error, "the server of the audit ended");
            }
        });
    });
    told.await.map_err(Error::internal)
}

/// Asks the server at `base` everything as each of `tokens` (with the name of each), and looks for what the newsroom side of
/// `db` says and nothing public does.
///
/// # Errors
/// What the database says, and `IO` when the server cannot be asked.
pub async fn audit(db: &Db, base: &str, tokens: &[(String, Option<String>)]) -> Result<Report> {
    let mut secrets = Secrets::default();
    let mut conn = db.read().await?;
    audit::texts(&mut conn, |place, text| secrets.add(place, text)).await?;
    let keys = audit::secret_keys(&mut conn, KEYS).await?;
    // Drafts name each other's ids too, and those of public things.
    for id in ids(&keys) {
        secrets.add("id", &id);
    }
    audit::public_texts(&mut conn, |text| secrets.allow(text)).await?;
    let public = audit::public_keys(&mut conn).await?;
    drop(conn);
    for id in ids(&public) {
        secrets.allow(&id);
    }
    let mut crawl = Crawl {
        base: base.to_owned(),
        client: reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(Error::internal)?,
        who: String::new(),
        token: None,
        report: Report::default(),
        told: BTreeMap::new(),
        pool: Pool::default(),
    };
    // What the program says of itself is public, whatever a draft says.
    for page in ["/openapi.json", "/problems"] {
        secrets.allow(&crawl.fetch("GET", page, &[], None).await?.text);
    }
    crawl.fill(&keys, &secrets).await?;
    crawl.report.secrets = secrets.len();
    let contract: Value = serde_json::from_str(&crawl.fetch("GET", "/openapi.json", &[], None).await?.text)
        .map_err(|e| Error::new(Code::Io, format!("{base}/openapi.json is no contract: {e}.")))?;
    let (mut routes, mut fields) = (BTreeSet::new(), BTreeSet::new());
    let (mut all_routes, mut all_fields) = (BTreeSet::new(), BTreeSet::new());
    for (who, token) in tokens {
        (crawl.who, crawl.token) = (who.clone(), token.clone());
        crawl.rest(&contract, &secrets, &mut routes, &mut all_routes).await?;
        crawl.graphql(&secrets, &mut fields, &mut all_fields).await?;
    }
    let unasked = all_routes.difference(&routes).chain(all_fields.difference(&fields)).cloned().collect();
    let mut report = crawl.report;
    (report.unasked, report.routes, report.fields) = (unasked, routes.len(), fields.len());
    report.leaks.sort();
    Ok(report)
}

/// An answer: the headers and the body as one text.
struct Answered {
    status: u16,
    text: String,
    headers: String,
}

struct Crawl {
    base: String,
    client: reqwest::Client,
    who: String,
    token: Option<String>,
    report: Report,
    /// How many leaks were told of each place.
    told: BTreeMap<(String, String), usize>,
    pool: Pool,
}

impl Crawl {
    async fn fetch(
        &mut self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answered> {
        self.report.requests += 1;
        let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(Error::internal)?;
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.json(body);
        }
        let unreachable = |e: reqwest::Error| {
            Error::new(Code::Io, format!("{} cannot be asked: {e}. Does the server run?", self.base)).because(e)
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status().as_u16();
        let headers: Vec<String> = answer
            .headers()
            .iter()
            .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
            .collect();
        let text = answer.text().await.map_err(unreachable)?;
        Ok(Answered { status, text, headers: headers.join("\n") })
    }

    /// Asks, and notes what is seen.
    async fn look(
        &mut self,
        secrets: &Secrets,
        place: &str,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Result<Answered> {
        let answered = self.fetch(method, path, headers, body).await?;
        let sent: String = headers.iter().map(|(_, value)| format!(" {value}")).collect();
        let request = format!("{method} {path}{sent}{}", body.map(|body| format!(" {body}")).unwrap_or_default());
        // Escapes of an address are what they stand for, so that an echo is known again.
        let plain = percent_encoding::percent_decode_str(&request).decode_utf8_lossy().into_owned();
        let mut found = secrets.found(&answered.text, &plain);
        found.extend(secrets.found(&answered.headers, &plain));
        for (seen, from) in found {
            self.note(place, &request, &seen, &from);
        }
        Ok(answered)
    }

    fn note(&mut self, place: &str, request: &str, seen: &str, from: &str) {
        let told = self.told.entry((place.to_owned(), self.who.clone())).or_default();
        *told += 1;
        if *told <= TOLD {
            self.report.leaks.push(Leak {
                place: place.to_owned(),
                who: self.who.clone(),
                seen: seen.to_owned(),
                from: from.to_owned(),
                request: request.chars().take(300).collect(),
            });
        }
    }

    /// What arguments are filled from: some keys of what is public, and those of what is not.
    async fn fill(&mut self, keys: &audit::Keys, secrets: &Secrets) -> Result<()> {
        let most = usize::try_from(KEYS).unwrap_or(10);
        for list in ["articles", "authors", "topics", "sections", "collections"] {
            let said = self.fetch("GET", &format!("/v1/{list}"), &[], None).await?;
            let said: Value = serde_json::from_str(&said.text).unwrap_or_default();
            for row in said["data"].as_array().into_iter().flatten().take(2) {
                self.pool.ids.extend(row["id"].as_str().map(str::to_owned));
                self.pool.slugs.extend(row["slug"].as_str().map(str::to_owned));
            }
        }
        for id in &keys.articles {
            self.pool.ids.push(ArticleId(*id).to_string());
            self.pool.ids.push(NewsroomId(*id).to_string());
        }
        self.pool.ids.extend(keys.authors.iter().map(|id| AuthorId(*id).to_string()));
        self.pool.ids.extend(keys.topics.iter().map(|id| TopicId(*id).to_string()));
        self.pool.ids.extend(keys.sections.iter().map(|id| SectionId(*id).to_string()));
        self.pool.slugs.extend(keys.slugs.iter().take(2 * most).cloned());
        self.pool.words = secrets.some(most);
        if self.pool.words.is_empty() {
            self.pool.words.push("nothing".to_owned());
        }
        Ok(())
    }

    /// Every GET of the contract, and the pages beside it.
    async fn rest(
        &mut self,
        contract: &Value,
        secrets: &Secrets,
        asked: &mut BTreeSet<String>,
        all: &mut BTreeSet<String>,
    ) -> Result<()> {
        let mut plans: Vec<(String, String)> = Vec::new();
        for (route, methods) in contract["paths"].as_object().into_iter().flatten() {
            let Some(get) = methods.get("get") else { continue };
            all.insert(format!("GET {route}"));
            plans.extend(self.addresses(route, get).into_iter().map(|address| (route.clone(), address)));
        }
        plans.extend(PAGES.iter().map(|page| ((*page).to_owned(), (*page).to_owned())));
        let bar = bar(plans.len(), &format!("routes as {}", self.who))?;
        for (route, address) in plans {
            bar.inc(1);
            let place = format!("GET {route}");
            let answered = self.look(secrets, &place, "GET", &address, &[], None).await?;
            // What is refused for its form was not asked.
            if answered.status < 500 && !matches!(answered.status, 400 | 405 | 406 | 415 | 422) {
                asked.insert(place.clone());
            }
            // Other methods and forms of the bare address: what they add does not depend on the query.
            if !address.contains('?') {
                self.look(secrets, &place, "HEAD", &address, &[], None).await?;
                let accept = [("accept", "text/html, application/ld+json, */*;q=0.1")];
                self.look(secrets, &place, "GET", &address, &accept, None).await?;
            }
            // A search for a word that nothing public has finds nothing, and counts nothing.
            if let Some(word) = self.pool.words.iter().find(|word| address.contains(&format!("q={word}"))).cloned() {
                let said: Value = serde_json::from_str(&answered.text).unwrap_or_default();
                let counted = said["totalCount"].as_u64().unwrap_or(0) > 0;
                if counted || said["data"].as_array().is_some_and(|data| !data.is_empty()) {
                    self.note(&place, &address, &word, "a search for it finds something");
                }
            }
        }
        bar.finish_and_clear();
        Ok(())
    }

    /// The addresses to ask of a route: each key in its path, and each parameter of its query.
    fn addresses(&self, route: &str, get: &Value) -> Vec<String> {
        let parameters: Vec<&Value> = get["parameters"].as_array().into_iter().flatten().collect();
        let mut paths = vec![route.to_owned()];
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "path") {
            let name = parameter["name"].as_str().unwrap_or_default();
            let pattern = parameter["schema"]["pattern"].as_str().unwrap_or_default();
            let example = parameter["example"]
                .as_str()
                .map(str::to_owned)
                .or_else(|| parameter["example"].as_i64().map(|number| number.to_string()));
            let fits =
                |id: &&String| id.split('_').next().is_some_and(|prefix| pattern.contains(&format!("{prefix}_")));
            let mut values: Vec<String> = self.pool.ids.iter().filter(fits).cloned().collect();
            if pattern.contains("[a-z0-9]+") {
                values.extend(self.pool.slugs.iter().cloned());
            }
            if values.is_empty() || name == "number" {
                values = vec![example.unwrap_or_else(|| "1".to_owned())];
            }
            paths = paths
                .iter()
                .flat_map(|path| values.iter().map(move |value| path.replace(&format!("{{{name}}}"), value)))
                .collect();
        }
        let mut queries: Vec<String> = Vec::new();
        let mut needed = String::new();
        for parameter in parameters.iter().filter(|parameter| parameter["in"] == "query") {
            let name = parameter["name"].as_str().unwrap_or_default();
            let schema = &parameter["schema"];
            let listed: Vec<String> = schema["enum"]
                .as_array()
                .or_else(|| schema["items"]["enum"].as_array())
                .into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect();
            let values: Vec<String> = match name {
                "q" | "query" => self.pool.words.clone(),
                "section" | "topic" | "author" | "place" | "slug" => self.pool.slugs.clone(),
                "first" | "last" => vec!["100".to_owned()],
                _ if schema["type"] == "array" => vec![listed.join(",")],
                _ if !listed.is_empty() => listed,
                _ => parameter["example"]
                    .as_str()
                    .map(str::to_owned)
                    .or_else(|| parameter["example"].as_i64().map(|n| n.to_string()))
                    .into_iter()
                    .collect(),
            };
            if parameter["required"] == true
                && let Some(value) = values.first()
            {
                needed = format!("{needed}&{name}={value}");
            }
            queries.extend(values.iter().filter(|value| !value.is_empty()).map(|value| format!("{name}={value}")));
        }
        let mut all: Vec<String> = Vec::new();
        for (at, path) in paths.iter().enumerate() {
            let with = |query: &str| {
                let query = format!("{query}{needed}").trim_start_matches('&').to_owned();
                if query.is_empty() { path.clone() } else { format!("{path}?{query}") }
            };
            all.push(with(""));
            // Parameters are tried on the first few keys: what they select does not depend on which it is.
            if at < 4 {
                all.extend(
                    queries
                        .iter()
                        .filter(|query| !needed.contains(&format!("&{}=", query.split('=').next().unwrap_or_default())))
                        .map(|query| with(query)),
                );
            }
            if !needed.is_empty() {
                all.extend(
                    queries.iter().filter(|query| query.starts_with("q=")).map(|query| format!("{path}?{query}")),
                );
            }
        }
        all
    }

    /// Every field of the schema.
    async fn graphql(
        &mut self,
        secrets: &Secrets,
        asked: &mut BTreeSet<String>,
        all: &mut BTreeSet<String>,
    ) -> Result<()> {
        let said = self.fetch("POST", "/graphql", &[], Some(&json!({ "query": INTROSPECTION }))).await?;
        let said: Value = serde_json::from_str(&said.text).unwrap_or_default();
        if said["data"].is_null() {
            let says = "The schema does not tell of itself; set [graphql] introspection for the audit.";
            return Err(Error::new(Code::Conflict, says));
        }
        let schema = Schema::of(&said["data"]);
        all.extend(schema.reachable());
        let queries = schema.queries(&self.pool);
        let bar = bar(queries.len(), &format!("queries as {}", self.who))?;
        for (query, fields) in queries {
            bar.inc(1);
            let root =
                query.trim_start_matches(['{', ' ']).split(['(', ' ', '{']).next().unwrap_or_default().to_owned();
            let place = format!("GraphQL {root}");
            let answered =
                self.look(secrets, &place, "POST", "/graphql", &[], Some(&json!({ "query": query }))).await?;
            // What does not validate was not asked.
            if answered.status == 200 {
                asked.extend(fields);
            }
        }
        bar.finish_and_clear();
        Ok(())
    }
}

fn bar(length: usize, what: &str) -> Result<ProgressBar> {
    let bar = ProgressBar::new(length as u64);
    let style = format!("{{bar:40}} {{pos}}/{{len}} {what}, {{eta}} left");
    bar.set_style(ProgressStyle::with_template(&style).map_err(Error::internal)?);
    Ok(bar)
}
