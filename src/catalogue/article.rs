//! One article and what hangs on it.

use std::collections::HashMap;
use std::sync::Arc;

use super::{Reader, author, indexing, section, topic};
use crate::config::SiteSettings;
use crate::error::{Error, Result};
use crate::model::address;
use crate::model::article::{self as model, Card, NoticeRule, Tombstone};
use crate::model::author::{Author, AuthorKind};
use crate::model::change::Tag;
use crate::model::id::ArticleId;
use crate::model::related::{Kept, Start};
use crate::model::section::Section;
use crate::model::slug;
use crate::model::time::Instant;
use crate::model::topic::Topic;
use crate::store::{addresses, articles, related};

pub use crate::store::articles::StoredBody;

/// What stands at an address.
#[derive(Debug, Clone)]
pub enum Found {
    /// The article.
    Here(Arc<Card>),
    /// The article, which has another address now.
    Moved(Arc<Card>),
    /// What remains of one that was taken back.
    Gone(Tombstone),
}

/// What stands under a slug, or under an alias of one. `None` where nothing ever was.
pub async fn by_slug(reader: &Reader, slug: &str) -> Result<Option<Found>> {
    page(reader, slug, Wants::default()).await
}

/// The same for who will ask for its body, and for the list beside that: they are read with it, in one statement.
pub async fn page(reader: &Reader, slug: &str, wants: Wants) -> Result<Option<Found>> {
    if let Some(draft) = reader.preview_at(slug) {
        return Ok(Some(Found::Here(draft)));
    }
    // Whatever else a page shows is mostly kept.
    let mut conn = reader.conn_for_one([Tag::Slug(slug.to_owned())]).await?;
    let length = wants.lists.map(Start::length);
    let found = match wants.bodies {
        BodyWanted::Whole => articles::page(conn.get()?, slug, length).await?.map(|(card, body, list)| {
            reader.bodies.remember(card.id, Arc::new(body));
            (card, list)
        }),
        BodyWanted::Html => articles::page_of_html(conn.get()?, slug, length).await?.map(|(card, html, list)| {
            reader.htmls.remember(card.id, Arc::new(html));
            (card, list)
        }),
        BodyWanted::Nothing => articles::by_slug(conn.get()?, slug).await?.map(|card| (card, None)),
    };
    if let Some((card, list)) = found {
        drop(conn);
        if let (Some((most, length)), true) = (wants.lists.zip(length), wants.bodies != BodyWanted::Nothing) {
            reader.depends([Tag::Related(card.id)]);
            super::related::begun(reader, card.id, list, most, length);
        }
        if let Some(draft) = reader.preview_of(card.id) {
            return Ok(Some(Found::Here(draft)));
        }
        return Ok(Some(Found::Here(remember(reader, card))));
    }
    drop(conn);
    let mut conn = reader.conn([]).await?;
    let Some(id) = articles::slug_owner(conn.get()?, slug).await? else { return Ok(None) };
    drop(conn);
    Ok(match by_id(reader, id).await? {
        // It may have come between the two statements.
        Some(Found::Here(card)) if card.slug != slug => Some(Found::Moved(card)),
        other => other,
    })
}

/// What stands at an address: an article's own on the site, or one that it had elsewhere.
pub async fn at(reader: &Reader, url: &str, site: &SiteSettings) -> Result<Option<Found>> {
    let own = own_address(reader, url, site).await?;
    if matches!(own, Some(Found::Here(_) | Found::Moved(_))) {
        return Ok(own);
    }
    // What was taken back may never have stood just there, so one that is known to have had the address comes first.
    Ok(by_address(reader, url, site.url.as_str()).await?.or(own))
}

/// What has this address on the site, as its settings make addresses, by its slug or by one that it had before. Of what was
/// taken back the section is not known any more, so any will do.
pub async fn own_address(reader: &Reader, url: &str, site: &SiteSettings) -> Result<Option<Found>> {
    // Where all addresses of the site begin, in the form in which they are compared.
    let base = address::normalised(&site.absolute("/x")).unwrap_or_default();
    let base = base.trim_end_matches('x');
    let forms = address::candidates(url, Some(site.url.as_str()));
    let Some(form) = forms.iter().find(|form| form.starts_with(base)) else { return Ok(None) };
    let Some(slug) = site.slug_in(form).filter(|slug| slug::is_slug(slug)) else { return Ok(None) };
    let found = by_slug(reader, slug).await?;
    let Some(Found::Here(card) | Found::Moved(card)) = &found else { return Ok(found) };
    let section = section_of(reader, card).await?;
    let own = site.article_url(section.as_deref().map(|section| section.slug.as_str()), slug);
    Ok(found.filter(|_| address::normalised(&own).as_ref() == Some(form)))
}

/// What stands at an address that an article had elsewhere. `site` is where the publication is now: it counts for an
/// address that is a path alone.
pub async fn by_address(reader: &Reader, url: &str, site: &str) -> Result<Option<Found>> {
    for candidate in address::candidates(url, Some(site)) {
        // What has an address may have had others.
        let mut conn = reader.conn([Tag::Articles]).await?;
        let owner = addresses::owner(conn.get()?, &candidate).await?;
        drop(conn);
        if let Some(id) = owner {
            return by_id(reader, id).await;
        }
    }
    Ok(None)
}

/// The article with this id as this reader sees it: the draft that a preview shows, else what is public.
pub async fn seen(reader: &Reader, id: ArticleId) -> Result<Option<Arc<Card>>> {
    if let Some(draft) = reader.preview_of(id) {
        return Ok(Some(draft));
    }
    Ok(cards(reader, &[id]).await?.pop().flatten())
}

/// What stands under an id.
pub async fn by_id(reader: &Reader, id: ArticleId) -> Result<Option<Found>> {
    if let Some(card) = seen(reader, id).await? {
        return Ok(Some(Found::Here(card)));
    }
    let mut conn = reader.conn([Tag::Article(id)]).await?;
    Ok(articles::tombstone(conn.get()?, id).await?.map(Found::Gone))
}

/// What was taken back since an instant, newest first, at most `limit`, for who looks for what carries a tag: whatever is
/// taken back later touches the tag if it counts.
pub(super) async fn taken_back(reader: &Reader, since: Instant, limit: i64, tag: Tag) -> Result<Vec<Tombstone>> {
    let mut conn = reader.conn([tag]).await?;
    articles::tombstones_since(conn.get()?, since, limit).await
}

/// The article with this source URI.
pub async fn by_uri(reader: &Reader, uri: &str) -> Result<Option<Arc<Card>>> {
    let mut conn = reader.conn([Tag::Articles]).await?;
    let card = articles::by_uri(conn.get()?, uri).await?;
    drop(conn);
    Ok(card.map(|card| remember(reader, card)))
}

/// The cards with these ids, in their order; `None` for one that is gone.
pub async fn cards(reader: &Reader, ids: &[ArticleId]) -> Result<Vec<Option<Arc<Card>>>> {
    reader.cards.load(ids, async |ids: Vec<ArticleId>| shelved(reader, ids).await).await
}

/// Those of the cards with these ids that are there, in no order.
async fn shelved(reader: &Reader, ids: Vec<ArticleId>) -> Result<ById<Card>> {
    let shelf = reader.shelf(|entities| &entities.cards).await?;
    reader
        .shelved(shelf, ids, Tag::Article, async |conn, ids| {
            let cards = articles::by_ids(conn, &ids).await?;
            Ok(cards.into_iter().map(|card| (card.id, Arc::new(card))).collect())
        })
        .await
}

/// The cards with these ids, in their order; none when one of them is gone. For who stands within a fetch, where no
/// loader may be asked.
pub(super) async fn all(reader: &Reader, ids: &[ArticleId]) -> Result<Option<Vec<Arc<Card>>>> {
    let found: HashMap<ArticleId, Arc<Card>> = shelved(reader, ids.to_vec()).await?.into_iter().collect();
    let cards: Option<Vec<_>> = ids.iter().map(|id| found.get(id).cloned()).collect();
    for card in cards.iter().flatten() {
        reader.cards.remember(card.id, card.clone());
    }
    Ok(cards)
}

pub(super) fn remember(reader: &Reader, card: Card) -> Arc<Card> {
    let card = Arc::new(card);
    // The list that it was read from says which articles; what they are is theirs.
    reader.depends([Tag::Article(card.id)]);
    reader.cards.remember(card.id, card.clone());
    card
}

/// The body of an article; `None` when it went away since its card was read.
pub async fn body(reader: &Reader, card: &Card) -> Result<Option<Arc<StoredBody>>> {
    if let Some(body) = reader.preview_body(card) {
        return Ok(Some(body));
    }
    Ok(stored(reader, &[card.id]).await?.pop().flatten())
}

/// What is shown of the body of an article: as HTML alone where no more was asked for and so much was read.
#[derive(Debug, Clone)]
pub enum Shown {
    /// As HTML, without notices.
    Html(Arc<String>),
    /// In each form.
    Whole(Arc<StoredBody>),
}

impl Shown {
    /// HTML without notices.
    pub fn html(&self) -> &str {
        match self {
            Shown::Html(html) => html,
            Shown::Whole(body) => &body.html,
        }
    }

    /// Portable Text, JSON.
    ///
    /// # Errors
    /// `INTERNAL` where HTML alone was read.
    pub fn json(&self) -> Result<&str> {
        match self {
            Shown::Html(_) => Err(Error::internal("a body was asked for in a form that was not read")),
            Shown::Whole(body) => Ok(&body.json),
        }
    }
}

/// The body of an article as far as it is shown; `None` when it went away since its card was read.
pub async fn shown(reader: &Reader, card: &Card, wanted: BodyWanted) -> Result<Option<Shown>> {
    if wanted == BodyWanted::Html
        && reader.preview_body(card).is_none()
        && let Some(html) = reader.htmls.known(&card.id)
    {
        return Ok(Some(Shown::Html(html)));
    }
    Ok(body(reader, card).await?.map(Shown::Whole))
}

/// The bodies of these articles, in their order.
pub async fn bodies(reader: &Reader, cards: &[Arc<Card>]) -> Result<Vec<Option<Arc<StoredBody>>>> {
    let ids: Vec<ArticleId> = cards.iter().map(|card| card.id).collect();
    let mut bodies = stored(reader, &ids).await?;
    for (body, card) in bodies.iter_mut().zip(cards) {
        if let Some(draft) = reader.preview_body(card) {
            *body = Some(draft);
        }
    }
    Ok(bodies)
}

async fn stored(reader: &Reader, ids: &[ArticleId]) -> Result<Vec<Option<Arc<StoredBody>>>> {
    let fetch = async |ids: Vec<ArticleId>| {
        if reader.related.take(&ids) {
            let (bodies, lists) = bodies_and_lists(reader, &ids).await?;
            reader.related.brought(ids, lists);
            return Ok(bodies);
        }
        let mut conn = reader.conn(ids.iter().copied().map(Tag::Article)).await?;
        let bodies = articles::bodies(conn.get()?, &ids).await?;
        Ok(bodies.into_iter().map(|(id, body)| (id, Arc::new(body))).collect())
    };
    reader.bodies.load(ids, fetch).await
}

/// What these articles say without any form, notices left out, in their order; `None` for what is gone.
pub async fn texts(reader: &Reader, cards: &[Arc<Card>]) -> Result<Vec<Option<Arc<String>>>> {
    let fetch = async |ids: Vec<ArticleId>| {
        let shelf = reader.shelf(|entities| &entities.texts).await?;
        reader
            .shelved(shelf, ids, Tag::Article, async |conn, ids| {
                let bodies = articles::portable_texts(conn, &ids).await?;
                Ok(bodies.into_iter().map(|(id, json)| (id, Arc::new(indexing::plain(&json)))).collect())
            })
            .await
    };
    let ids: Vec<ArticleId> = cards.iter().map(|card| card.id).collect();
    let mut texts = reader.texts.load(&ids, fetch).await?;
    for (text, card) in texts.iter_mut().zip(cards) {
        if let Some(draft) = reader.preview_body(card) {
            *text = Some(Arc::new(indexing::plain(&draft.json)));
        }
    }
    Ok(texts)
}

type ById<T> = Vec<(ArticleId, Arc<T>)>;

/// The bodies of these articles, and the lists that are kept of them: a page shows both.
pub(super) async fn bodies_and_lists(reader: &Reader, ids: &[ArticleId]) -> Result<(ById<StoredBody>, ById<Kept>)> {
    let mut conn = reader.conn(ids.iter().flat_map(|id| [Tag::Article(*id), Tag::Related(*id)])).await?;
    let rows = related::lists_with_bodies(conn.get()?, ids).await?;
    let (mut bodies, mut lists) = (Vec::with_capacity(rows.len()), Vec::with_capacity(rows.len()));
    for (id, body, list) in rows {
        bodies.push((id, Arc::new(body)));
        lists.extend(list.map(|list| (id, Arc::new(list))));
    }
    Ok((bodies, lists))
}

/// The authors of an article, in the order of the byline.
pub async fn authors(reader: &Reader, card: &Card) -> Result<Vec<Arc<Author>>> {
    let ids: Vec<_> = card.authors.iter().map(|byline| byline.author).collect();
    Ok(author::by_ids(reader, &ids).await?.into_iter().flatten().collect())
}

/// The topics of an article, in its order.
pub async fn topics(reader: &Reader, card: &Card) -> Result<Vec<Arc<Topic>>> {
    Ok(topic::by_ids(reader, &card.topics).await?.into_iter().flatten().collect())
}

/// The section of an article.
pub async fn section_of(reader: &Reader, card: &Card) -> Result<Option<Arc<Section>>> {
    match card.section {
        Some(id) => Ok(section::by_ids(reader, &[id]).await?.pop().flatten()),
        None => Ok(None),
    }
}

/// The disclaimers that an article carries, its own and those of the rules.
pub async fn disclaimers(reader: &Reader, card: &Card, rules: &[NoticeRule]) -> Result<Vec<String>> {
    let kinds = kinds(reader, card, rules).await?;
    Ok(model::disclaimers(&card.own_disclaimers, &card.genre, &kinds, rules))
}

/// The label that an article carries: its own, else that of the first rule that fits.
pub async fn label(reader: &Reader, card: &Card, rules: &[NoticeRule]) -> Result<Option<String>> {
    if card.label.is_some() || rules.is_empty() {
        return Ok(card.label.clone());
    }
    let kinds = kinds(reader, card, rules).await?;
    Ok(model::label(None, &card.genre, &kinds, rules).map(ToOwned::to_owned))
}

/// What will be asked of the body of an article.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum BodyWanted {
    /// Nothing.
    #[default]
    Nothing,
    /// HTML alone, which is less than half of what is stored.
    Html,
    /// Whichever form.
    Whole,
}

/// What will be asked of articles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wants {
    /// Their authors.
    pub authors: bool,
    /// Their topics.
    pub topics: bool,
    /// Their sections.
    pub sections: bool,
    /// Their bodies.
    pub bodies: BodyWanted,
    /// Their lists of related news, and how many entries of them at the most.
    pub lists: Option<usize>,
}

/// Reads for all of these articles at once what will be asked of them, also by rules, so that asking one by one makes no
/// statement.
pub async fn ready(reader: &Reader, cards: &[Arc<Card>], wants: Wants, rules: &[&[NoticeRule]]) -> Result<()> {
    let by_rule = |card: &Card| rules.iter().copied().flatten().any(|rule| rule.asks_authors(&card.genre));
    let asked = cards.iter().filter(|card| wants.authors || by_rule(card));
    let authors = asked.flat_map(|card| card.authors.iter().map(|byline| byline.author));
    let authors = each_once(authors);
    if !authors.is_empty() {
        author::by_ids(reader, &authors).await?;
    }
    if wants.topics {
        topic::by_ids(reader, &each_once(cards.iter().flat_map(|card| card.topics.iter().copied()))).await?;
    }
    if wants.sections {
        section::by_ids(reader, &each_once(cards.iter().filter_map(|card| card.section))).await?;
    }
    let ids = each_once(cards.iter().map(|card| card.id).filter(|id| !reader.is_draft_alone(*id)));
    let bodies = match wants.bodies {
        BodyWanted::Nothing => false,
        BodyWanted::Html => !ids.iter().all(|id| reader.htmls.knows(id)),
        BodyWanted::Whole => !ids.iter().all(|id| reader.bodies.knows(id)),
    };
    let lists = wants.lists.is_some_and(|most| !ids.iter().all(|id| super::related::is_read(reader, *id, most)));
    match (bodies, lists) {
        (false, false) => {}
        (true, true) => {
            let (bodies, lists) = bodies_and_lists(reader, &ids).await?;
            reader.bodies.brought(ids.clone(), bodies);
            reader.related.brought(ids, lists);
        }
        (true, false) => drop(stored(reader, &ids).await?),
        (false, true) => drop(super::related::lists(reader, &ids).await?),
    }
    Ok(())
}

/// These, each once.
pub(super) fn each_once<T: Ord>(all: impl Iterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The kinds of an article's authors, where a rule asks for them.
async fn kinds(reader: &Reader, card: &Card, rules: &[NoticeRule]) -> Result<Vec<AuthorKind>> {
    if !rules.iter().any(|rule| rule.asks_authors(&card.genre)) {
        return Ok(Vec::new());
    }
    Ok(authors(reader, card).await?.iter().map(|author| author.kind).collect())
}
