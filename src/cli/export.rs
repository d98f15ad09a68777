//! `masthead export`: the catalogue as a file.

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use super::{Common, unwritable};
use crate::app::App;
use crate::catalogue::export::{Entry, Whole, after};
use crate::catalogue::{Reader, story};
use crate::error::{Error, Result};
use crate::formats::jsonl::{self, AuthorName, ImageName, Line, SectionFull, SectionName, Status, TopicName};
use crate::formats::ninjs::write::{self, Version};
use crate::model::address::spelled;
use crate::model::policy::{self, Action};
use crate::model::time::{Clock, Dated, Precision};
use crate::model::topic::{Topic, TopicKind};
use crate::model::viewer::Viewer;
use crate::telemetry;

/// Export the catalogue to standard output.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Neutral news lines, whole, as `import jsonl` reads them: sorted by uri, withdrawn stories as canceled ones
    Jsonl,
    /// ninjs documents for others, one a line, without what the standard has no place for: sorted by uri, withdrawn stories as
    /// canceled ones
    Ninjs {
        /// The version of ninjs
        #[arg(long, value_name = "VERSION", default_value = "3.1", value_parser = version)]
        standard: Version,
    },
}

fn version(text: &str) -> std::result::Result<Version, String> {
    Version::ALL.into_iter().find(|version| version.name() == text).ok_or_else(|| "there are 3.1 and 2.2".to_owned())
}

impl Export {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        policy::may(&Viewer::system(), Action::Export)?;
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut from = String::new();
        loop {
            // A reader for each piece: what is exported later is read later, and memory stays small.
            let reader = Reader::new(&app.db);
            let (entries, next) = after(&reader, &from).await?;
            for entry in entries {
                let text = match &self {
                    Export::Jsonl => Some(jsonl::print(&line(entry)?)?),
                    Export::Ninjs { standard } => ninjs(&app, &reader, entry, *standard).await?,
                };
                // One that goes away while it is read drops out.
                let Some(mut text) = text else { continue };
                text.push('\n');
                match out.write_all(text.as_bytes()) {
                    Err(e) if e.kind() == std::io::ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
                    result => result.map_err(unwritable)?,
                }
            }
            match next {
                Some(uri) => from = uri,
                None => break,
            }
        }
        out.flush().map_err(unwritable)?;
        Ok(ExitCode::SUCCESS)
    }
}

async fn ninjs(app: &App, reader: &Reader, entry: Entry, version: Version) -> Result<Option<String>> {
    let document = match entry {
        Entry::Gone(stone, ..) => Some(write::canceled(&stone, version)),
        Entry::Here(whole) => {
            let story = story::assemble(reader, app, vec![Arc::new(whole.card)]).await?.pop();
            story.map(|story| write::story(&app.settings.site, &story, version)).transpose()?
        }
    };
    Ok(document.map(|document| document.to_string()))
}

fn line(entry: Entry) -> Result<Line> {
    match entry {
        Entry::Here(whole) => article(*whole),
        Entry::Gone(stone, aliases, addresses) => Ok(Line {
            uri: stone.uri,
            slug: Some(stone.slug),
            previous_slugs: aliases,
            previous_urls: addresses.iter().map(|address| spelled(address)).collect(),
            status: Status::Canceled,
            status_reason: Some(stone.reason),
            killed: stone.killed,
            ..Line::default()
        }),
    }
}

fn article(whole: Whole) -> Result<Line> {
    let Whole { card, body, authors, topics, section, aliases, addresses } = whole;
    let mut line = Line {
        uri: card.uri,
        slug: Some(card.slug),
        previous_slugs: aliases,
        previous_urls: addresses.iter().map(|address| spelled(address)).collect(),
        language: Some(card.language),
        headline: card.headline,
        label: card.label,
        genre: Some(card.genre.as_str().to_owned()).filter(|genre| genre != "news"),
        published: Some(Dated { at: card.published_at, precision: card.published_precision }.to_string()),
        description_text: Some(card.summary).filter(|summary| !summary.is_empty()),
        body: Some(serde_json::from_str(&body.json).map_err(Error::internal)?),
        body_html: Some(body.html.clone()).filter(|html| !html.is_empty()),
        image: card.image.map(|image| ImageName::Full(*image)),
        canonical_url: card.canonical_url,
        source: card.source,
        license: card.license,
        copyrightnotice: card.copyright_notice,
        infosources: card.info_sources,
        disclaimers: card.own_disclaimers,
        related: card.related,
        corrections: card.corrections.iter().map(Into::into).collect(),
        ..Line::default()
    };
    // What readers see, whoever said it: a mirror has its lists in the same order. A version that nobody has changed says no
    // more than its source did.
    let updated = Some(card.updated_at).filter(|at| *at != card.published_at).or(card.stated_update);
    line.updated = updated.map(|at| Dated { at, precision: Precision::Instant }.to_string());
    line.authors = card
        .authors
        .iter()
        .filter_map(|byline| Some((byline, authors.iter().find(|author| author.id == byline.author)?)))
        .map(|(byline, author)| AuthorName {
            slug: Some(author.slug.clone()),
            code: author.about.code.clone(),
            name: author.name.clone(),
            kind: Some(author.kind.as_str().to_owned()),
            role: byline.role.clone(),
            bio: author.about.bio.clone(),
            organisation: author.about.organisation.clone(),
            url: author.about.url.clone(),
            image: author.about.image.clone(),
        })
        .collect();
    for chain in &topics {
        let Some((kind, name)) = topic(chain) else { continue };
        match kind {
            TopicKind::Subject => line.subjects.push(name),
            TopicKind::Person => line.people.push(name),
            TopicKind::Organisation => line.organisations.push(name),
            TopicKind::Place => line.places.push(name),
            TopicKind::Event => line.events.push(name),
            TopicKind::Entity => line.entities.push(name),
        }
    }
    line.section = section
        .iter()
        .rev()
        .fold(None, |parent, section| {
            Some(Box::new(SectionFull {
                slug: Some(section.slug.clone()),
                name: section.name.clone(),
                description: section.about.description.clone(),
                parent,
            }))
        })
        .map(|full| SectionName::Full(*full));
    Ok(line)
}

/// A topic with the broader ones as its parents; `None` for an empty chain.
fn topic(chain: &[Arc<Topic>]) -> Option<(TopicKind, TopicName)> {
    let name = chain.iter().rev().fold(None, |parent: Option<Box<TopicName>>, topic| {
        let external = topic.about.external_ids.split_first();
        Some(Box::new(TopicName {
            slug: Some(topic.slug.clone()),
            scheme: external.map(|(id, _)| id.scheme.clone()),
            code: external.map(|(id, _)| id.code.clone()),
            same_as: external.map(|(_, others)| others.to_vec()).filter(|others| !others.is_empty()),
            name: topic.name.clone(),
            description: topic.about.description.clone(),
            parent,
        }))
    })?;
    Some((chain.first()?.kind, *name))
}
