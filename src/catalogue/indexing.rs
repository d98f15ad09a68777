//! What the search index takes of the catalogue.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Reader, article, author, section, topic};
use crate::error::Result;
use crate::model::article::Card;
use crate::model::body::Body;
use crate::model::change::{Subject, Tag};
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::language;
use crate::search::{self, Name, Named, Position};
use crate::store::by_name::ByName;
use crate::store::counts::{self, CountKind};
use crate::store::{articles, authors, topics};

/// How many articles are read at a time.
pub const CHUNK: usize = 200;

/// Where the log ends for this reader.
pub async fn position(reader: &Reader) -> Result<Position> {
    reader.seq().await?;
    let head = reader.label();
    Ok(Position { log_id: head.map_or_else(String::new, |h| h.log_id.clone()), seq: head.map_or(0, |h| h.seq) })
}

/// The next ids of published articles after this one; at most [`CHUNK`].
pub async fn ids_after(reader: &Reader, after: ArticleId) -> Result<Vec<ArticleId>> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    articles::ids_after(conn.get()?, after, CHUNK as i64).await
}

/// The articles in which the name of an author, topic or section stands; none for an article or a collection.
pub async fn showing(reader: &Reader, subject: Subject) -> Result<Vec<ArticleId>> {
    let mut conn = reader.conn([Tag::Anything]).await?;
    match subject {
        Subject::Article(_) | Subject::Collection(_) => Ok(Vec::new()),
        Subject::Author(id) => articles::signed_by(conn.get()?, id).await,
        Subject::Topic(id) => articles::about(conn.get()?, id).await,
        Subject::Section(id) => articles::standing_in(conn.get()?, id).await,
    }
}

/// The articles as the index takes them; one that is gone is left out. Some statements, however many they are.
pub async fn documents(reader: &Reader, ids: &[ArticleId]) -> Result<Vec<search::Article>> {
    let cards: Vec<Arc<Card>> = article::cards(reader, ids).await?.into_iter().flatten().collect();
    let mut conn = reader.conn([Tag::Anything]).await?;
    let bodies: HashMap<ArticleId, articles::StoredBody> =
        articles::bodies(conn.get()?, ids).await?.into_iter().collect();
    drop(conn);
    let mut authors: Vec<AuthorId> = cards.iter().flat_map(|c| c.authors.iter().map(|byline| byline.author)).collect();
    authors.sort_unstable();
    authors.dedup();
    let authors = names(&authors, author::by_ids(reader, &authors).await?, |a| a.name.clone());
    let mut topics: Vec<TopicId> = cards.iter().flat_map(|c| c.topics.iter().copied()).collect();
    topics.sort_unstable();
    topics.dedup();
    let topics = names(&topics, topic::by_ids(reader, &topics).await?, |t| (t.kind, t.name.clone()));
    let sections = sections(reader, &cards).await?;
    let document = |card: Arc<Card>| {
        let stored = bodies.get(&card.id)?;
        Some(search::Article {
            id: card.id,
            language: language::settled(&card.language),
            headline: card.headline.clone(),
            summary: card.summary.clone(),
            body: plain(&stored.json),
            authors: card.authors.iter().filter_map(|b| Some((b.author, authors.get(&b.author)?.clone()))).collect(),
            topics: card
                .topics
                .iter()
                .filter_map(|id| topics.get(id).map(|(kind, name)| (*id, *kind, name.clone())))
                .collect(),
            sections: line(&sections, card.section),
            genre: card.genre.as_str().to_owned(),
            published_at: card.published_at,
            updated_at: card.updated_at,
        })
    };
    Ok(cards.into_iter().filter_map(document).collect())
}

/// A body's words, without notices: they stand apart.
pub(super) fn plain(json: &str) -> String {
    // What stands in the catalogue was checked when it went in.
    let read = || Body::from_json(json).map(|body| body.plain_text());
    Body::text_of_written(json).or_else(|| read().ok()).unwrap_or_default()
}

fn names<I: Copy + Eq + std::hash::Hash, T, N>(
    ids: &[I],
    found: Vec<Option<Arc<T>>>,
    name: impl Fn(&T) -> N,
) -> HashMap<I, N> {
    ids.iter().copied().zip(found).filter_map(|(id, found)| Some((id, name(&*found?)))).collect()
}

type Sections = HashMap<SectionId, (String, Option<SectionId>)>;

/// The sections of the articles with all above them: one statement a level of the tree.
async fn sections(reader: &Reader, cards: &[Arc<Card>]) -> Result<Sections> {
    let mut known = Sections::new();
    let mut next: Vec<SectionId> = cards.iter().filter_map(|card| card.section).collect();
    while !next.is_empty() {
        next.sort_unstable();
        next.dedup();
        let found = section::by_ids(reader, &next).await?;
        let mut above = Vec::new();
        for section in found.into_iter().flatten() {
            above.extend(section.parent.filter(|parent| !known.contains_key(parent)));
            known.insert(section.id, (section.name.clone(), section.parent));
        }
        above.retain(|id| !known.contains_key(id));
        next = above;
    }
    Ok(known)
}

fn line(sections: &Sections, first: Option<SectionId>) -> Vec<(SectionId, String)> {
    let mut found: Vec<(SectionId, String)> = Vec::new();
    let mut next = first;
    while let Some((id, (name, parent))) = next.and_then(|id| Some((id, sections.get(&id)?))) {
        if found.iter().any(|(known, _)| *known == id) {
            break;
        }
        found.push((id, name.clone()));
        next = *parent;
    }
    found
}

/// Every topic and author of the catalogue.
pub async fn every_name(reader: &Reader) -> Result<Vec<Subject>> {
    let topics = reader
        .scan([Tag::Anything], |conn| Box::pin(async move { topics::list(conn, &ByName::default()).await }))
        .await?;
    let authors = reader
        .scan([Tag::Anything], |conn| Box::pin(async move { authors::list(conn, &ByName::default()).await }))
        .await?;
    Ok(topics.iter().map(|t| Subject::Topic(t.id)).chain(authors.iter().map(|a| Subject::Author(a.id))).collect())
}

/// Topics and authors as the index takes them; one that is gone is left out.
pub async fn named(reader: &Reader, subjects: &[Subject]) -> Result<Vec<Name>> {
    let topics: Vec<TopicId> =
        subjects.iter().filter_map(|s| if let Subject::Topic(id) = s { Some(*id) } else { None }).collect();
    let authors: Vec<AuthorId> =
        subjects.iter().filter_map(|s| if let Subject::Author(id) = s { Some(*id) } else { None }).collect();
    let mut found = Vec::new();
    for topic in topic::by_ids(reader, &topics).await?.into_iter().flatten() {
        found.push(Name { of: Named::Topic(topic.id), name: topic.name.clone(), articles: 0 });
    }
    for author in author::by_ids(reader, &authors).await?.into_iter().flatten() {
        found.push(Name { of: Named::Author(author.id), name: author.name.clone(), articles: 0 });
    }
    let mut conn = reader.conn([Tag::Anything]).await?;
    for kind in [CountKind::Topic, CountKind::Author] {
        let numbers: Vec<i64> = if kind == CountKind::Topic {
            topics.iter().map(|id| id.0).collect()
        } else {
            authors.iter().map(|id| id.0).collect()
        };
        let counts: HashMap<i64, i64> = counts::get_many(conn.get()?, kind, &numbers).await?.into_iter().collect();
        for name in &mut found {
            let id = match (name.of, kind) {
                (Named::Topic(id), CountKind::Topic) => id.0,
                (Named::Author(id), CountKind::Author) => id.0,
                _ => continue,
            };
            name.articles = counts.get(&id).copied().unwrap_or(0).unsigned_abs();
        }
    }
    Ok(found)
}
