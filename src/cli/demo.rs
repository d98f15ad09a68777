//! `masthead demo`: a sample newsroom to look around in.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::{Common, serve};
use crate::app::App;
use crate::error::{Code, Error, Result};
use crate::formats::item::Item;
use crate::formats::jsonl;
use crate::http::graphql::socket;
use crate::identity::{Caller, Identity, NewAccount};
use crate::model::article::Image;
use crate::model::time::{Clock, Dated, Instant};
use crate::model::viewer::{Role, Viewer};
use crate::newsroom::import::Importer;
use crate::telemetry;

/// The articles of the sample newsroom, one a line.
const SAMPLE: &str = include_str!("../../assets/sample/newsroom.jsonl");

/// The youngest article of the sample is this old when the demo is set up, so that it looks alive.
const YOUNGEST_MINUTES: i64 = 12;

/// Set up a sample newsroom in masthead-demo.db and serve it.
#[derive(Debug, Args)]
pub struct Demo {
    /// The address and port to listen on [default: 127.0.0.1:8080]
    #[arg(long, value_name = "ADDR")]
    pub bind: Option<String>,
}

impl Demo {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let mut common = common.clone();
        common.database.get_or_insert_with(|| "sqlite://masthead-demo.db".to_owned());
        let mut flags: Vec<(&str, String)> = vec![
            ("site.name", "The Ellory Courier".to_owned()),
            ("site.description", "The newspaper of Port Ellory, an invented city on an invented coast.".to_owned()),
            ("site.logo", "/sample/harbour.png".to_owned()),
        ];
        if let Some(bind) = self.bind {
            // Links and images lead to where the demo is.
            if let Some(port) = bind.rsplit(':').next().filter(|port| *port != "0") {
                flags.push(("site.url", format!("http://127.0.0.1:{port}")));
            }
            flags.push(("server.bind", bind));
        }
        let settings = common.settings(&flags)?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings.clone(), Clock::system()).await?;
        set_up(&app).await?;
        let password = accounts(&app).await?;
        let address = settings.server.bind;
        eprintln!("The sample newsroom is ready. Open http://{address}/ in a browser:");
        eprintln!("  GraphQL, with GraphiQL   http://{address}/graphql");
        eprintln!("  API reference            http://{address}/docs");
        eprintln!("  REST                     http://{address}/v1/articles");
        match password {
            Some(password) => {
                eprintln!("Log in as {} with the password {password}", ACCOUNTS.map(|(email, ..)| email).join(", "));
            }
            None => eprintln!(
                "Log in as {}; the file with their password is gone: `masthead account reset-link ADDRESS` gives a link.",
                ACCOUNTS.map(|(email, ..)| email).join(", ")
            ),
        }
        let live = tokio::spawn(live(app));
        let served = serve::serve(settings).await;
        live.abort();
        served
    }
}

/// How often the live page of the demo is updated while somebody is connected by WebSocket.
const LIVE_EVERY: Duration = Duration::from_secs(3);

/// Keeps the harbour's live page going, so that a subscription has something to show. Only while somebody listens:
/// a demo that is left alone does not fill its database.
async fn live(app: App) {
    let Ok(importer) = Importer::new(&app.db, &Viewer::system(), "en", false) else { return };
    let started = app.db.clock().now();
    loop {
        tokio::time::sleep(LIVE_EVERY).await;
        if socket::connections() == 0 {
            continue;
        }
        let line = live_line(started, app.db.clock().now());
        let updated = async {
            let bytes = jsonl::print(&line)?.into_bytes();
            importer.write(importer.prepare(vec![Item::json(1, bytes)]).await?).await
        };
        if let Err(error) = updated.await {
            tracing::warn!(?error, "the demo's live page was not updated");
        }
    }
}

/// The live page: tide and wind by formula, for a harbour that does not exist.
fn live_line(started: Instant, now: Instant) -> jsonl::Line {
    let minutes = (now.millis() / 60_000) as f64;
    // The tide turns every 6 h 12 min; the wind breathes faster.
    let tide = 2.6 + 1.9 * (minutes / 372.6 * std::f64::consts::PI).cos();
    let wind = 14.0 + 6.0 * (now.millis() as f64 / 40_000.0).sin();
    let summary =
        format!("Tide {tide:.2} m, wind south-west {wind:.0} knots at {}.", now.datetime().format("%H:%M:%S"));
    let name = |name: &str| jsonl::TopicName { name: name.to_owned(), ..jsonl::TopicName::default() };
    jsonl::Line {
        uri: "tag:ellory-courier.example,2026:harbour-live".to_owned(),
        slug: Some("harbour-live".to_owned()),
        language: Some("en".to_owned()),
        headline: "Harbour live: tide, wind and the next ferry".to_owned(),
        label: Some("Live".to_owned()),
        published: Some(started.to_string()),
        updated: Some(now.to_string()),
        description_text: Some(summary.clone()),
        body_text: Some(format!("{summary}\n\nThe ferry leaves on the hour while the wind stays below 30 knots.")),
        places: vec![name("Port Ellory")],
        image: Some(jsonl::ImageName::Full(Image {
            url: "/sample/harbour.png".to_owned(),
            alt: Some("The harbour of Port Ellory".to_owned()),
            width: Some(1200),
            height: Some(675),
            ..Image::default()
        })),
        ..jsonl::Line::default()
    }
}

/// Imports the sample into a database that has no articles yet.
async fn set_up(app: &App) -> Result<()> {
    let reader = crate::catalogue::Reader::new(&app.db);
    if crate::catalogue::list::total(&reader).await? > 0 {
        return Ok(());
    }
    drop(reader);
    let importer = Importer::new(&app.db, &Viewer::system(), "en", false)?;
    let lines = sample(app.db.clock().now())?;
    let report = importer.write(importer.prepare(lines).await?).await?;
    if let Some(failure) = report.failed.first() {
        let says = format!("The sample newsroom is broken at line {}: {}", failure.number, failure.reason);
        return Err(Error::new(Code::Internal, says));
    }
    tracing::info!(articles = report.created, "the sample newsroom is set up");
    Ok(())
}

/// The accounts of the sample newsroom.
const ACCOUNTS: [(&str, &str, Role); 4] = [
    ("admin@ellory-courier.example", "Imke Adair", Role::Admin),
    ("editor@ellory-courier.example", "Tomas Quill", Role::Editor),
    ("contributor@ellory-courier.example", "Noor Vance", Role::Contributor),
    ("reader@ellory-courier.example", "Sam Rowe", Role::Reader),
];

/// Makes the accounts of a newsroom that has none. Their password is another for each database, since a demo may be
/// reached from elsewhere; it stands in a file beside the database. None when the file is gone.
async fn accounts(app: &App) -> Result<Option<String>> {
    let identity = Identity::open(app).await?;
    let (system, caller) = (Viewer::system(), Caller::operator());
    let file = app.settings.mail.folder(&app.settings.database).with_extension("password");
    if !identity.accounts(&system, None, 1).await?.is_empty() {
        return Ok(std::fs::read_to_string(&file).ok().map(|text| text.trim().to_owned()));
    }
    let words = [
        "tern", "quay", "gannet", "lantern", "sluice", "marram", "cutter", "drift", "skerry", "beacon", "shoal",
        "pilot",
    ];
    let word = || words[usize::from(rand::random::<u8>()) % words.len()];
    let password = format!("{}-{}-{:06x}", word(), word(), rand::random::<u32>() >> 8);
    for (email, name, role) in ACCOUNTS {
        let (email, name) = (email.to_owned(), name.to_owned());
        let new = NewAccount { email, name, roles: role.into(), password: Some(password.clone()) };
        identity.create_account(&caller, &system, new).await?;
    }
    write_private(&file, &password).map_err(|e| {
        Error::new(Code::Io, format!("{} cannot be written: {e}. Start the demo where you may write.", file.display()))
    })?;
    Ok(Some(password))
}

/// Writes a file that only its owner reads.
fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    writeln!(options.open(path)?, "{text}")
}

/// The sample's lines, moved in time so that the youngest article is a few minutes old. Intervals stay.
fn sample(now: Instant) -> Result<Vec<Item>> {
    let mut lines = Vec::new();
    for text in SAMPLE.lines().filter(|line| !line.trim().is_empty()) {
        lines.push(jsonl::parse(text.as_bytes())?);
    }
    let mut youngest = Instant::MIN;
    for line in &lines {
        if line.published.is_some() {
            youngest = youngest.max(line.published()?.at);
        }
    }
    let shift = now.millis() - YOUNGEST_MINUTES * 60_000 - youngest.millis();
    let moved = |text: &Option<String>| -> Result<Option<String>> {
        let dated = text.as_deref().map(str::parse::<Dated>).transpose()?;
        Ok(dated.map(|dated| Dated { at: dated.at.plus_millis(shift), ..dated }.to_string()))
    };
    let mut raw = Vec::new();
    for (number, mut line) in (1..).zip(lines) {
        line.published = moved(&line.published)?;
        line.updated = moved(&line.updated)?;
        for correction in &mut line.corrections {
            correction.published = moved(&Some(correction.published.clone()))?.unwrap_or_default();
        }
        raw.push(Item::json(number, jsonl::print(&line)?.into_bytes()));
    }
    Ok(raw)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::item::Content;

    #[test]
    fn the_sample_is_moved_to_now() {
        let now: Instant = "2030-06-01T12:00:00Z".parse().unwrap();
        let lines = sample(now).unwrap();
        assert!(lines.len() >= 40);
        let dates: Vec<Instant> = lines
            .into_iter()
            .map(|item| match item.content {
                Content::Json(bytes) => jsonl::parse(&bytes).unwrap(),
                other => panic!("{other:?}"),
            })
            .filter_map(|line| line.published.is_some().then(|| line.published().unwrap().at))
            .collect();
        assert_eq!(dates.iter().max().unwrap().to_string(), "2030-06-01T11:48:00.000Z");
    }
}
