//! Published articles: rows of the catalogue.

use std::collections::BTreeSet;

use diesel::prelude::Queryable;
use diesel::{ExpressionMethods, JoinOnDsl, OptionalExtension, QueryDsl};
use serde::{Deserialize, Serialize};

use super::counts::Count;
use super::dialect::{LatestPerTopic, Linked, Links, list_start, one_of};
use super::schema::{
    article_authors, article_bodies, article_links, article_sections, article_slugs, article_topics, articles,
    newsroom_articles, related, tombstones,
};
use super::{Conn, Tx, q, together};
use crate::error::{Error, Result};
use crate::model::article::{Byline, Card, Correction, Genre, InfoSource, Published, Tombstone};
use crate::model::change::{Touches, label_key, label_slug};
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::related::Start;
use crate::model::time::{Instant, Precision};

/// The columns of a card, in the order of the table.
#[derive(Queryable, Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    uri: String,
    slug: String,
    version: i32,
    updated_at: i64,
    headline: String,
    label: Option<String>,
    genre: String,
    summary: String,
    section_id: Option<i64>,
    authors: String,
    topics: String,
    image: Option<String>,
    language: String,
    published_at: i64,
    published_precision: String,
    word_count: i32,
    rest: String,
}

/// What is seldom set, in one JSON column.
#[derive(Serialize, Deserialize, Default)]
struct Rest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    updated: Option<Instant>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    canonical_url: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    source: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    copyright_notice: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    info_sources: Vec<InfoSource>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    disclaimers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    corrections: Vec<Correction>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    related: Vec<String>,
}

impl TryFrom<Row> for Card {
    type Error = Error;
    fn try_from(row: Row) -> Result<Card> {
        let rest: Rest = parse(&row.rest)?;
        let authors: Vec<(i64, Option<String>)> = parse(&row.authors)?;
        let topics: Vec<i64> = parse(&row.topics)?;
        Ok(Card {
            id: ArticleId(row.id),
            uri: row.uri,
            slug: row.slug,
            version: row.version,
            updated_at: Instant::from_millis(row.updated_at),
            stated_update: rest.updated,
            headline: row.headline,
            label: row.label,
            genre: Genre::new(&row.genre),
            summary: row.summary,
            section: row.section_id.map(SectionId),
            authors: authors.into_iter().map(|(id, role)| Byline { author: AuthorId(id), role }).collect(),
            topics: topics.into_iter().map(TopicId).collect(),
            image: row.image.as_deref().map(parse).transpose()?,
            language: row.language,
            published_at: Instant::from_millis(row.published_at),
            published_precision: Precision::parse(&row.published_precision),
            canonical_url: rest.canonical_url,
            source: rest.source,
            license: rest.license,
            copyright_notice: rest.copyright_notice,
            info_sources: rest.info_sources,
            own_disclaimers: rest.disclaimers,
            corrections: rest.corrections,
            related: rest.related,
            word_count: row.word_count,
        })
    }
}

fn parse<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T> {
    serde_json::from_str(json).map_err(Error::internal)
}

fn print<T: Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// The article under this slug, as it is now.
pub async fn by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Card>> {
    let row: Option<Row> = q!(conn, first, articles::table.filter(articles::slug.eq(slug))).optional()?;
    row.map(Card::try_from).transpose()
}

/// The same as [`page`] with the body as HTML alone, which is less than half of what is stored.
pub async fn page_of_html(
    conn: &mut Conn,
    slug: &str,
    list: Option<i32>,
) -> Result<Option<(Card, String, Option<Start>)>> {
    type Page = (Row, String, Option<Vec<u8>>);
    let bodies = article_bodies::table.on(article_bodies::article_id.eq(articles::id));
    let page: Option<Page> = if let Some(length) = list {
        let lists = related::table.on(related::article_id.eq(articles::id));
        q!(
            conn,
            first,
            articles::table.inner_join(bodies).left_join(lists).filter(articles::slug.eq(slug)).select((
                articles::all_columns,
                article_bodies::html,
                list_start(length)
            ))
        )
        .optional()?
    } else {
        let found = q!(
            conn,
            first,
            articles::table
                .inner_join(bodies)
                .filter(articles::slug.eq(slug))
                .select((articles::all_columns, article_bodies::html))
        );
        found.optional()?.map(|(row, html)| (row, html, None))
    };
    page.map(|(row, html, list)| Ok((Card::try_from(row)?, html, list.map(Start::of_json)))).transpose()
}

/// The article under this slug with its body, and with so many bytes of the list of related news that is kept of it
/// where that is asked for: what a page shows, in one statement. PostgreSQL sends what it answers in pieces of eight
/// kilobytes, and a row with the whole list has about as many.
pub async fn page(conn: &mut Conn, slug: &str, list: Option<i32>) -> Result<Option<(Card, StoredBody, Option<Start>)>> {
    type Page = (Row, (String, String), Option<Vec<u8>>);
    let bodies = article_bodies::table.on(article_bodies::article_id.eq(articles::id));
    let body = (article_bodies::body, article_bodies::html);
    let page: Option<Page> = if let Some(length) = list {
        let lists = related::table.on(related::article_id.eq(articles::id));
        q!(
            conn,
            first,
            articles::table.inner_join(bodies).left_join(lists).filter(articles::slug.eq(slug)).select((
                articles::all_columns,
                body,
                list_start(length)
            ))
        )
        .optional()?
    } else {
        let found = q!(
            conn,
            first,
            articles::table.inner_join(bodies).filter(articles::slug.eq(slug)).select((articles::all_columns, body))
        );
        found.optional()?.map(|(row, body)| (row, body, None))
    };
    let read = |(row, (json, html), list): Page| {
        Ok((Card::try_from(row)?, StoredBody { json, html }, list.map(Start::of_json)))
    };
    page.map(read).transpose()
}

/// Its version; 0 where it is not public.
pub(super) async fn version(conn: &mut Conn, id: ArticleId) -> Result<i32> {
    Ok(q!(conn, first, articles::table.find(id.0).select(articles::version)).optional()?.unwrap_or(0))
}

/// The article with this source URI.
pub async fn by_uri(conn: &mut Conn, uri: &str) -> Result<Option<Card>> {
    let row: Option<Row> = q!(conn, first, articles::table.filter(articles::uri.eq(uri))).optional()?;
    row.map(Card::try_from).transpose()
}

/// The articles with these ids, in no order; one that is gone is left out.
pub async fn by_ids(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<Card>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<Row> = q!(conn, load, articles::table.filter(one_of(articles::id, &numbers)))?;
    rows.into_iter().map(Card::try_from).collect()
}

/// A body in the forms that were rendered when it was published.
#[derive(Debug, Clone)]
pub struct StoredBody {
    /// Portable Text, JSON.
    pub json: String,
    /// HTML without notices.
    pub html: String,
}

/// The bodies of these articles.
pub async fn bodies(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<(ArticleId, StoredBody)>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, String, String)> =
        q!(conn, load, article_bodies::table.filter(one_of(article_bodies::article_id, &numbers)))?;
    Ok(rows.into_iter().map(|(id, json, html)| (ArticleId(id), StoredBody { json, html })).collect())
}

/// The bodies of these articles as Portable Text alone, in no order.
pub async fn portable_texts(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<(ArticleId, String)>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let (id, body) = (article_bodies::article_id, article_bodies::body);
    let rows: Vec<(i64, String)> =
        q!(conn, load, article_bodies::table.filter(one_of(id, &numbers)).select((id, body)))?;
    Ok(rows.into_iter().map(|(id, json)| (ArticleId(id), json)).collect())
}

/// The article that this slug or alias ever belonged to.
pub async fn slug_owner(conn: &mut Conn, slug: &str) -> Result<Option<ArticleId>> {
    let id: Option<i64> =
        q!(conn, first, article_slugs::table.find(slug).select(article_slugs::article_id)).optional()?;
    Ok(id.map(ArticleId))
}

/// Every slug and alias of an article that could be asked for, in order.
pub async fn slugs(conn: &mut Conn, id: ArticleId) -> Result<Vec<String>> {
    Ok(q!(
        conn,
        load,
        article_slugs::table
            .filter(article_slugs::article_id.eq(id.0))
            .order(article_slugs::slug)
            .select(article_slugs::slug)
    )?)
}

/// What remains of an article that was taken back.
pub async fn tombstone(conn: &mut Conn, id: ArticleId) -> Result<Option<Tombstone>> {
    let row: Option<TombRow> = q!(conn, first, tombstones::table.find(id.0)).optional()?;
    Ok(row.map(Tombstone::from))
}

/// What remains of those of these articles that were taken back, in no order.
pub async fn tombstones(conn: &mut Conn, ids: &[ArticleId]) -> Result<Vec<Tombstone>> {
    let numbers: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let rows: Vec<TombRow> = q!(conn, load, tombstones::table.filter(one_of(tombstones::article_id, &numbers)))?;
    Ok(rows.into_iter().map(Tombstone::from).collect())
}

/// The newest tombstones, newest first, none from before `since`.
pub async fn tombstones_since(conn: &mut Conn, since: Instant, limit: i64) -> Result<Vec<Tombstone>> {
    let wanted = tombstones::table.filter(tombstones::at.ge(since.millis()));
    let order = (tombstones::at.desc(), tombstones::article_id.desc());
    let rows: Vec<TombRow> = q!(conn, load, wanted.order(order).limit(limit))?;
    Ok(rows.into_iter().map(Tombstone::from).collect())
}

/// Among how many of the newest tombstones a feed looks for those of its own.
pub const TOMBSTONES_LOOKED_AT: i64 = 1_000;

/// Lets the tombstones that feeds look at count as those of a term into which another is merged, where they are of the other:
/// whoever follows its feed is led to the feed of the one that is left.
pub async fn merge_in_tombstones(tx: &mut Tx, from: i64, into: i64) -> Result<()> {
    for mut stone in tombstones_since(tx.conn(), Instant::EARLIEST, TOMBSTONES_LOOKED_AT).await? {
        if stone.touches.add_merged(|id| (id == from).then_some(into)) {
            let touches = print(&stone.touches)?;
            let row = diesel::update(tombstones::table.find(stone.article.0));
            q!(tx.conn(), execute, row.set(tombstones::touches.eq(touches.as_str())))?;
        }
    }
    Ok(())
}

/// Tombstones by URI after `after`, at most `limit`.
pub async fn tombstones_by_uri(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Tombstone>> {
    let rows: Vec<TombRow> =
        q!(conn, load, tombstones::table.filter(tombstones::uri.gt(after)).order(tombstones::uri).limit(limit))?;
    Ok(rows.into_iter().map(Tombstone::from).collect())
}

/// Articles by URI after `after`, at most `limit`: the order of an export.
pub async fn by_uri_after(conn: &mut Conn, after: &str, limit: i64) -> Result<Vec<Card>> {
    let rows: Vec<Row> =
        q!(conn, load, articles::table.filter(articles::uri.gt(after)).order(articles::uri).limit(limit))?;
    rows.into_iter().map(Card::try_from).collect()
}

type TombRow = (i64, String, String, bool, String, i64, String);

impl From<TombRow> for Tombstone {
    fn from((id, uri, slug, killed, reason, at, touches): TombRow) -> Self {
        // Written by this program; what cannot be read says only where it stood.
        let touches = serde_json::from_str(&touches).unwrap_or_default();
        Tombstone { article: ArticleId(id), uri, slug, killed, reason, at: Instant::from_millis(at), touches }
    }
}

/// The newest articles of each of several topics: (topic, article), newest first within a topic, at most `each`.
pub async fn latest_per_topic(
    conn: &mut Conn,
    topics: &[TopicId],
    each: i64,
) -> Result<Vec<(TopicId, ArticleId, Instant)>> {
    let numbers: Vec<i64> = topics.iter().map(|id| id.0).collect();
    let rows: Vec<(i64, i64, i64)> = q!(conn, load, LatestPerTopic::new(&numbers, each))?;
    Ok(rows.into_iter().map(|(t, a, at)| (TopicId(t), ArticleId(a), Instant::from_millis(at))).collect())
}

/// That an article is found by a slug, unless another one is.
macro_rules! named {
    ($slug:expr, $id:expr) => {
        diesel::insert_into(article_slugs::table)
            .values((article_slugs::slug.eq($slug), article_slugs::article_id.eq($id.0)))
            .on_conflict(article_slugs::slug)
            .do_nothing()
    };
}

/// Puts an article into the catalogue, or a newer version in the place of the older one, and lets it be found by its slug
/// from now on. `sections` is its section with the ancestors. Gives what the change touches, of the older version too.
pub async fn publish(tx: &mut Tx, article: &Published, sections: &[SectionId]) -> Result<Touches> {
    let card = &article.card;
    let mut touches = touches_of(card, sections.to_vec());
    if card.version > 1
        && let Some(before) = remove(tx, card.id).await?
    {
        touches.join(before);
    }
    let authors: Vec<(i64, Option<&str>)> = card.authors.iter().map(|b| (b.author.0, b.role.as_deref())).collect();
    let topics: Vec<i64> = card.topics.iter().map(|t| t.0).collect();
    let image = card.image.as_ref().map(print).transpose()?;
    let rest = Rest {
        updated: card.stated_update,
        canonical_url: card.canonical_url.clone(),
        source: card.source.clone(),
        license: card.license.clone(),
        copyright_notice: card.copyright_notice.clone(),
        info_sources: card.info_sources.clone(),
        disclaimers: card.own_disclaimers.clone(),
        corrections: card.corrections.clone(),
        related: card.related.clone(),
    };
    let (authors, topics, rest) = (print(&authors)?, print(&topics)?, print(&rest)?);
    let row = || {
        diesel::insert_into(articles::table).values((
            articles::id.eq(card.id.0),
            articles::uri.eq(card.uri.as_str()),
            articles::slug.eq(card.slug.as_str()),
            articles::version.eq(card.version),
            articles::updated_at.eq(card.updated_at.millis()),
            articles::headline.eq(card.headline.as_str()),
            articles::label.eq(card.label.as_deref()),
            articles::genre.eq(card.genre.as_str()),
            articles::summary.eq(card.summary.as_str()),
            articles::section_id.eq(card.section.map(|s| s.0)),
            articles::authors.eq(authors.as_str()),
            articles::topics.eq(topics.as_str()),
            articles::image.eq(image.as_deref()),
            articles::language.eq(card.language.as_str()),
            articles::published_at.eq(card.published_at.millis()),
            articles::published_precision.eq(card.published_precision.as_str()),
            articles::word_count.eq(card.word_count),
            articles::rest.eq(rest.as_str()),
        ))
    };
    let body = || {
        diesel::insert_into(article_bodies::table).values((
            article_bodies::article_id.eq(card.id.0),
            article_bodies::body.eq(article.body_json.as_str()),
            article_bodies::html.eq(article.body_html.as_str()),
        ))
    };
    let links =
        |with, ids: BTreeSet<i64>| Links::new(with, &Vec::from_iter(ids), card.published_at.millis(), card.id.0);
    let in_sections = links(Linked::Sections, sections.iter().map(|s| s.0).collect());
    let of_authors = links(Linked::Authors, card.authors.iter().map(|b| b.author.0).collect());
    let about_topics = links(Linked::Topics, card.topics.iter().map(|t| t.0).collect());
    let written: Vec<usize> =
        together!(tx.conn(), row(), body(), in_sections, of_authors, about_topics, named!(&card.slug, card.id),)?;
    if written.last() > Some(&0) {
        tx.leads(Some(&card.slug), card.id);
    }
    count_all(tx, card, sections, 1);
    super::related::link(tx, card.id, &card.related).await?;
    Ok(touches)
}

fn unique<T: Ord>(items: impl Iterator<Item = T>) -> BTreeSet<T> {
    items.collect()
}

fn count_all(tx: &mut Tx, card: &Card, sections: &[SectionId], by: i64) {
    tx.count(Count::All, by);
    tx.count(Count::Genre(card.genre.as_str().to_owned()), by);
    tx.count(Count::Language(card.language.clone()), by);
    if let Some(label) = &card.label {
        tx.count(Count::Label(label.clone()), by);
    }
    for section in sections {
        tx.count(Count::Section(*section), by);
    }
    for author in unique(card.authors.iter().map(|b| b.author)) {
        tx.count(Count::Author(author), by);
    }
    for topic in unique(card.topics.iter().copied()) {
        tx.count(Count::Topic(topic), by);
    }
}

fn touches_of(card: &Card, sections: Vec<SectionId>) -> Touches {
    Touches {
        sections,
        topics: card.topics.clone(),
        authors: card.authors.iter().map(|b| b.author).collect(),
        genres: vec![card.genre.as_str().to_owned()],
        languages: vec![card.language.clone()],
        labels: card.label.iter().map(|label| label_key(&label_slug(label))).collect(),
        slugs: vec![card.slug.clone()],
    }
}

/// Takes an article out of the catalogue: its row, body, links and counts. Its slugs stay. Gives what that touches,
/// or nothing when it was not there.
pub async fn remove(tx: &mut Tx, id: ArticleId) -> Result<Option<Touches>> {
    let row: Option<Row> = q!(tx.conn(), first, articles::table.find(id.0)).optional()?;
    let Some(row) = row else { return Ok(None) };
    let card = Card::try_from(row)?;
    let sections: Vec<i64> = q!(
        tx.conn(),
        load,
        article_sections::table.filter(article_sections::article_id.eq(id.0)).select(article_sections::section_id)
    )?;
    let sections: Vec<SectionId> = sections.into_iter().map(SectionId).collect();
    let _: Vec<usize> = together!(
        tx.conn(),
        diesel::delete(articles::table.find(id.0)),
        diesel::delete(article_bodies::table.find(id.0)),
        diesel::delete(article_sections::table.filter(article_sections::article_id.eq(id.0))),
        diesel::delete(article_authors::table.filter(article_authors::article_id.eq(id.0))),
        diesel::delete(article_topics::table.filter(article_topics::article_id.eq(id.0))),
        diesel::delete(article_links::table.filter(article_links::article_id.eq(id.0))),
    )?;
    count_all(tx, &card, &sections, -1);
    Ok(Some(touches_of(&card, sections)))
}

/// Takes the tombstone of an article away, if there is one.
pub async fn unbury(tx: &mut Tx, id: ArticleId) -> Result<()> {
    q!(tx.conn(), execute, diesel::delete(tombstones::table.find(id.0)))?;
    Ok(())
}

/// Leaves a tombstone in the place of an article, or a newer one in the place of an older one.
pub async fn bury(tx: &mut Tx, stone: &Tombstone) -> Result<()> {
    unbury(tx, stone.article).await?;
    q!(
        tx.conn(),
        execute,
        diesel::insert_into(tombstones::table).values((
            tombstones::article_id.eq(stone.article.0),
            tombstones::uri.eq(stone.uri.as_str()),
            tombstones::slug.eq(stone.slug.as_str()),
            tombstones::killed.eq(stone.killed),
            tombstones::reason.eq(stone.reason.as_str()),
            tombstones::at.eq(stone.at.millis()),
            tombstones::touches.eq(serde_json::to_string(&stone.touches).map_err(Error::internal)?),
        ))
    )?;
    Ok(())
}

/// Lets an article be found by this slug or alias from now on.
pub async fn add_slug(tx: &mut Tx, slug: &str, id: ArticleId) -> Result<()> {
    if q!(tx.conn(), execute, named!(slug, id))? > 0 {
        tx.leads(Some(slug), id);
    }
    Ok(())
}

/// Gives a published article another address.
pub async fn set_slug(tx: &mut Tx, id: ArticleId, slug: &str) -> Result<()> {
    q!(tx.conn(), execute, diesel::update(articles::table.find(id.0)).set(articles::slug.eq(slug)))?;
    add_slug(tx, slug, id).await
}

/// The ids of published articles after this one, in the order of the ids.
pub async fn ids_after(conn: &mut Conn, after: ArticleId, limit: i64) -> Result<Vec<ArticleId>> {
    let query = articles::table.select(articles::id).filter(articles::id.gt(after.0)).order(articles::id).limit(limit);
    let ids: Vec<i64> = q!(conn, load, query)?;
    Ok(ids.into_iter().map(ArticleId).collect())
}

/// The articles that are about this topic.
pub async fn about(conn: &mut Conn, topic: TopicId) -> Result<Vec<ArticleId>> {
    let query = article_topics::table.select(article_topics::article_id).filter(article_topics::topic_id.eq(topic.0));
    let ids: Vec<i64> = q!(conn, load, query)?;
    Ok(ids.into_iter().map(ArticleId).collect())
}

/// The articles that this author signs.
pub async fn signed_by(conn: &mut Conn, author: AuthorId) -> Result<Vec<ArticleId>> {
    let query =
        article_authors::table.select(article_authors::article_id).filter(article_authors::author_id.eq(author.0));
    let ids: Vec<i64> = q!(conn, load, query)?;
    Ok(ids.into_iter().map(ArticleId).collect())
}

/// The articles in this section or one below it.
pub async fn standing_in(conn: &mut Conn, section: SectionId) -> Result<Vec<ArticleId>> {
    let query =
        article_sections::table.select(article_sections::article_id).filter(article_sections::section_id.eq(section.0));
    let ids: Vec<i64> = q!(conn, load, query)?;
    Ok(ids.into_iter().map(ArticleId).collect())
}

/// Counts another version of these published articles: something that they show has changed. Gives the versions.
pub async fn bump(tx: &mut Tx, ids: &[ArticleId]) -> Result<Vec<(ArticleId, i32)>> {
    let mut versions = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(MANY) {
        let numbers = numbers(chunk);
        let newsroom = diesel::update(newsroom_articles::table.filter(one_of(newsroom_articles::id, &numbers)));
        q!(tx.conn(), execute, newsroom.set(newsroom_articles::version.eq(newsroom_articles::version + 1)))?;
        let public = diesel::update(articles::table.filter(one_of(articles::id, &numbers)));
        q!(tx.conn(), execute, public.set(articles::version.eq(articles::version + 1)))?;
        let columns = (articles::id, articles::version);
        let rows: Vec<(i64, i32)> =
            q!(tx.conn(), load, articles::table.filter(one_of(articles::id, &numbers)).select(columns))?;
        versions.extend(rows.into_iter().map(|(id, version)| (ArticleId(id), version)));
    }
    Ok(versions)
}

/// How many articles are named in one statement.
const MANY: usize = 500;

/// Puts one topic in the place of another in these published articles, each once.
pub async fn replace_topic(tx: &mut Tx, ids: &[ArticleId], from: TopicId, into: TopicId) -> Result<()> {
    for chunk in ids.chunks(MANY) {
        let mut twice = Vec::new();
        for card in by_ids(tx.conn(), chunk).await? {
            if card.topics.contains(&into) {
                twice.push(card.id.0);
            }
            let mut topics: Vec<i64> = Vec::with_capacity(card.topics.len());
            for id in card.topics.iter().map(|id| if *id == from { into.0 } else { id.0 }) {
                if !topics.contains(&id) {
                    topics.push(id);
                }
            }
            let topics = print(&topics)?;
            let row = diesel::update(articles::table.find(card.id.0));
            q!(tx.conn(), execute, row.set(articles::topics.eq(topics.as_str())))?;
        }
        let links = article_topics::table.filter(article_topics::topic_id.eq(from.0));
        q!(tx.conn(), execute, diesel::delete(links.filter(one_of(article_topics::article_id, &twice))))?;
        let moved = diesel::update(article_topics::table.filter(article_topics::topic_id.eq(from.0)));
        let moved = moved.filter(one_of(article_topics::article_id, &numbers(chunk)));
        let moved = count(q!(tx.conn(), execute, moved.set(article_topics::topic_id.eq(into.0)))?)?;
        tx.count(Count::Topic(into), moved);
        tx.count(Count::Topic(from), -moved - count(twice.len())?);
    }
    Ok(())
}

/// Puts one author in the place of another in these published articles, each once, as what the first of them signs.
pub async fn replace_author(tx: &mut Tx, ids: &[ArticleId], from: AuthorId, into: AuthorId) -> Result<()> {
    for chunk in ids.chunks(MANY) {
        let mut twice = Vec::new();
        for card in by_ids(tx.conn(), chunk).await? {
            if card.authors.iter().any(|byline| byline.author == into) {
                twice.push(card.id.0);
            }
            let mut authors: Vec<(i64, Option<String>)> = Vec::with_capacity(card.authors.len());
            for byline in card.authors {
                let id = if byline.author == from { into.0 } else { byline.author.0 };
                if !authors.iter().any(|(known, _)| *known == id) {
                    authors.push((id, byline.role));
                }
            }
            let authors = print(&authors)?;
            let row = diesel::update(articles::table.find(card.id.0));
            q!(tx.conn(), execute, row.set(articles::authors.eq(authors.as_str())))?;
        }
        let links = article_authors::table.filter(article_authors::author_id.eq(from.0));
        q!(tx.conn(), execute, diesel::delete(links.filter(one_of(article_authors::article_id, &twice))))?;
        let moved = diesel::update(article_authors::table.filter(article_authors::author_id.eq(from.0)));
        let moved = moved.filter(one_of(article_authors::article_id, &numbers(chunk)));
        let moved = count(q!(tx.conn(), execute, moved.set(article_authors::author_id.eq(into.0)))?)?;
        tx.count(Count::Author(into), moved);
        tx.count(Count::Author(from), -moved - count(twice.len())?);
    }
    Ok(())
}

fn numbers(ids: &[ArticleId]) -> Vec<i64> {
    ids.iter().map(|id| id.0).collect()
}

/// Puts one section in the place of another in every article that stands in it directly.
pub async fn replace_section(tx: &mut Tx, from: SectionId, into: SectionId) -> Result<()> {
    for chunk in standing_in(tx.conn(), from).await?.chunks(MANY) {
        let numbers = numbers(chunk);
        let direct = articles::table.filter(one_of(articles::id, &numbers)).filter(articles::section_id.eq(from.0));
        q!(tx.conn(), execute, diesel::update(direct).set(articles::section_id.eq(into.0)))?;
    }
    Ok(())
}

/// Takes the articles that stand in a section or below it out of these others, and puts them into those: the section has moved.
pub async fn relink_section(tx: &mut Tx, section: SectionId, out: &[SectionId], into: &[SectionId]) -> Result<()> {
    let placed = article_sections::table
        .filter(article_sections::section_id.eq(section.0))
        .select((article_sections::article_id, article_sections::published_at));
    let placed: Vec<(i64, i64)> = q!(tx.conn(), load, placed)?;
    for chunk in placed.chunks(MANY) {
        let numbers: Vec<i64> = chunk.iter().map(|(id, _)| *id).collect();
        for gone in out {
            let links = article_sections::table.filter(article_sections::section_id.eq(gone.0));
            let n =
                q!(tx.conn(), execute, diesel::delete(links.filter(one_of(article_sections::article_id, &numbers))))?;
            tx.count(Count::Section(*gone), -count(n)?);
        }
    }
    for come in into {
        for (article, at) in &placed {
            let n = q!(
                tx.conn(),
                execute,
                diesel::insert_into(article_sections::table)
                    .values((
                        article_sections::section_id.eq(come.0),
                        article_sections::published_at.eq(at),
                        article_sections::article_id.eq(article),
                    ))
                    .on_conflict_do_nothing()
            )?;
            tx.count(Count::Section(*come), count(n)?);
        }
    }
    Ok(())
}

fn count(n: usize) -> Result<i64> {
    i64::try_from(n).map_err(Error::internal)
}
