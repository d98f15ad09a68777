//! `masthead export`: the catalogue as a file.

use std::io::{BufWriter, Write as _};
use std::process::ExitCode;

use clap::Subcommand;

use super::{Common, unwritable};
use crate::app::App;
use crate::catalogue::Reader;
use crate::catalogue::export::{Entry, Whole, after};
use crate::error::{Error, Result};
use crate::formats::jsonl::{self, AuthorName, ImageName, Line, SectionFull, SectionName, Status, TopicName};
use crate::model::address::spelled;
use crate::model::policy::{self, Action};
use crate::model::time::{Clock, Dated, Precision};
use crate::model::topic::{Topic, TopicKind};
use crate::model::viewer::Viewer;
use crate::telemetry;

/// Export the catalogue to standard output.
#[derive(Debug, Subcommand)]
pub enum Export {
    /// Neutral news lines, as `import jsonl` reads them: sorted by uri, withdrawn stories as canceled ones
    Jsonl,
}

impl Export {
    pub(super) async fn run(self, common: &Common) -> Result<ExitCode> {
        let Export::Jsonl = self;
        policy::may(&Viewer::system(), Action::Export)?;
        let settings = common.settings(&[])?;
        telemetry::init(&settings.log)?;
        let app = App::open(settings, Clock::system()).await?;
        let mut out = BufWriter::new(std::io::stdout().lock());
        let mut from = String::new();
        loop {
            // A reader for each piece: what is exported later is read later, and memory stays small.
            let (entries, next) = after(&Reader::new(&app.db), &from).await?;
            for entry in entries {
                let mut text = jsonl::print(&line(entry)?)?;
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
        image: card.image.map(ImageName::Full),
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
    // Said only where the source or an editor said it: the instant at which a copy was taken is no news.
    line.updated = card.stated_update.map(|at| Dated { at, precision: Precision::Instant }.to_string());
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
fn topic(chain: &[std::sync::Arc<Topic>]) -> Option<(TopicKind, TopicName)> {
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
