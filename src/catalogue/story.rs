//! Published articles as whole stories, for the formats: so many statements for a list, however long it is.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Reader, article, author, section, topic};
use crate::app::App;
use crate::error::Result;
use crate::model::article::Card;
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::section::{DEPTH_MOST, Section};
use crate::model::story::Story;

/// These articles with everything that they name, in their order. One that goes away meanwhile drops out.
pub async fn assemble(reader: &Reader, app: &App, cards: Vec<Arc<Card>>) -> Result<Vec<Story>> {
    let mut authors: Vec<AuthorId> = cards.iter().flat_map(|card| card.authors.iter().map(|one| one.author)).collect();
    let mut topics: Vec<TopicId> = cards.iter().flat_map(|card| card.topics.iter().copied()).collect();
    authors.sort_unstable();
    authors.dedup();
    topics.sort_unstable();
    topics.dedup();
    // What follows finds them in memory.
    author::by_ids(reader, &authors).await?;
    topic::by_ids(reader, &topics).await?;
    let sections = sections(reader, &cards).await?;
    let bodies = article::bodies(reader, &cards).await?;
    let mut stories = Vec::with_capacity(cards.len());
    for (card, body) in cards.into_iter().zip(bodies) {
        let Some(body) = body else { continue };
        let mut above = Vec::new();
        let mut next = card.section;
        while let Some(one) = next.filter(|_| above.len() < DEPTH_MOST).and_then(|id| sections.get(&id)) {
            next = one.parent;
            above.push(one.clone());
        }
        stories.push(Story {
            body_json: body.json.clone(),
            body_html: body.html.clone(),
            authors: article::authors(reader, &card).await?,
            topics: article::topics(reader, &card).await?,
            sections: above,
            label: article::label(reader, &card, &app.label_rules).await?,
            disclaimers: article::disclaimers(reader, &card, &app.disclaimer_rules).await?,
            card,
        });
    }
    Ok(stories)
}

/// The sections of these articles and those above them, one statement a level.
async fn sections(reader: &Reader, cards: &[Arc<Card>]) -> Result<HashMap<SectionId, Arc<Section>>> {
    let mut known = HashMap::new();
    let mut wanted: Vec<SectionId> = cards.iter().filter_map(|card| card.section).collect();
    for _ in 0..DEPTH_MOST {
        wanted.sort_unstable();
        wanted.dedup();
        wanted.retain(|id| !known.contains_key(id));
        if wanted.is_empty() {
            break;
        }
        let found = section::by_ids(reader, &wanted).await?;
        wanted = found.iter().flatten().filter_map(|section| section.parent).collect();
        known.extend(found.into_iter().flatten().map(|section| (section.id, section)));
    }
    Ok(known)
}
