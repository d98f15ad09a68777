//! Lists: articles by any filter in any order, authors and topics by name; forwards and backwards by cursors.

use std::sync::Arc;

use super::{Reader, article, author, section, topic};
use crate::cache::PageKey;
use crate::error::{Code, Error, Result};
use crate::model::article::{Card, Genre};
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::cursor::{NamePlace, Place};
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::language;
use crate::model::text;
use crate::model::time::Instant;
use crate::model::topic::Topic;
use crate::store::by_name::{self, ByName};
use crate::store::counts::{self, Count};
use crate::store::lists::{self, Filter, Stretch};
use crate::store::{authors, topics};

pub use crate::store::counts::CountKind;
pub use crate::store::lists::Order;

/// Which articles, as a caller names them: by slugs. Everything that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// In this section or one below it.
    pub section: Option<String>,
    /// About this topic.
    pub topic: Option<String>,
    /// By this author.
    pub author: Option<String>,
    /// From this place: a topic of kind place.
    pub place: Option<String>,
    /// Of this genre.
    pub genre: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// Published at or after.
    pub published_from: Option<Instant>,
    /// Published before.
    pub published_before: Option<Instant>,
    /// Updated at or after.
    pub updated_from: Option<Instant>,
    /// Updated before.
    pub updated_before: Option<Instant>,
}

/// Which stretch of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// How many rows.
    pub size: usize,
    /// Only what comes after this cursor.
    pub after: Option<String>,
    /// Only what comes before this cursor.
    pub before: Option<String>,
    /// From the end (Relay's `last`) instead of from the beginning (`first`).
    pub from_end: bool,
    /// Of these rows only so many from their end: `first` and `last` together.
    pub tail: Option<usize>,
}

impl Paging {
    /// The first `size` rows.
    pub fn first(size: usize) -> Paging {
        Paging { size, after: None, before: None, from_end: false, tail: None }
    }

    /// What the four arguments of the Relay specification ask for; `default` rows when neither number is given.
    pub fn asked(
        first: Option<usize>,
        after: Option<String>,
        last: Option<usize>,
        before: Option<String>,
        default: usize,
    ) -> Paging {
        let (size, from_end) = match (first, last) {
            (None, Some(last)) => (last, true),
            (first, _) => (first.unwrap_or(default), false),
        };
        Paging { size, after, before, from_end, tail: first.and(last) }
    }

    /// How many rows the page has at the most.
    pub fn rows(&self) -> usize {
        self.tail.map_or(self.size, |tail| tail.min(self.size))
    }

    /// A stretch that has a row when there is more after the page (or `before` it), whose row on that side is `edge`.
    /// `None` when there can be none.
    pub fn beyond(&self, edge: Option<String>, before: bool) -> Option<Paging> {
        let one = Paging::first(1);
        match (edge, before) {
            (Some(edge), true) => Some(Paging { before: Some(edge), from_end: true, ..one }),
            (Some(edge), false) => Some(Paging { after: Some(edge), ..one }),
            // An empty page lies at the place that it was asked for from; what is at that place is on the other side.
            (None, true) => self.after.is_some().then_some(one),
            (None, false) => self.before.is_some().then_some(one),
        }
    }
}

/// A stretch of a list. Whether there is more on the side that reading went to is known; the other side is asked for
/// only when somebody wants to know.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// The rows, in the order of the list.
    pub items: Vec<T>,
    /// Whether more comes after the last.
    pub more_after: More,
    /// Whether more comes before the first.
    pub more_before: More,
}

/// Whether there is more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum More {
    /// There is.
    Yes,
    /// There is not.
    No,
    /// It was not looked up.
    Ask,
}

/// A list of articles: a filter whose names have been looked up, and an order. `None` as filter means that a name is
/// of nothing that is published, so the list is empty.
#[derive(Debug, Clone)]
pub struct Articles {
    filter: Option<Filter>,
    order: Order,
}

impl Articles {
    /// Looks the names up.
    pub async fn find(reader: &Reader, wanted: &Wanted, order: Order) -> Result<Articles> {
        let empty = Articles { filter: None, order };
        let genre = match wanted.genre.as_deref().map(Genre::asked) {
            Some(None) => return Ok(empty),
            genre => genre.flatten().map(|genre| genre.as_str().to_owned()),
        };
        let mut filter = Filter {
            genre,
            language: wanted.language.as_deref().map(language::settled),
            published_from: wanted.published_from,
            published_before: wanted.published_before,
            updated_from: wanted.updated_from,
            updated_before: wanted.updated_before,
            ..Filter::default()
        };
        if let Some(slug) = &wanted.section {
            let Some(section) = section::by_slug(reader, slug).await? else { return Ok(empty) };
            filter.section = Some(section.id);
        }
        for (slug, place) in [(&wanted.topic, false), (&wanted.place, true)] {
            let Some(slug) = slug else { continue };
            let found = topic::by_slug(reader, slug).await?;
            let fits = |t: &Arc<Topic>| !place || t.kind == crate::model::topic::TopicKind::Place;
            let Some(topic) = found.filter(fits) else { return Ok(empty) };
            if !filter.topics.contains(&topic.id) {
                filter.topics.push(topic.id);
            }
        }
        if let Some(slug) = &wanted.author {
            let Some(author) = author::by_slug(reader, slug).await? else { return Ok(empty) };
            filter.author = Some(author.id);
        }
        Ok(Articles { filter: Some(filter), order })
    }

    /// Those that carry a label of their own, by its text; newest first.
    pub fn labelled(label: String) -> Articles {
        Articles { filter: Some(Filter { label: Some(label), ..Filter::default() }), order: Order::Newest }
    }

    /// A stretch of the list.
    ///
    /// # Errors
    /// `INVALID_CURSOR` for a cursor that is not of a list of articles.
    pub async fn page(&self, reader: &Reader, paging: &Paging) -> Result<Page<Arc<Card>>> {
        let after = self.place(paging.after.as_deref())?;
        let before = self.place(paging.before.as_deref())?;
        let Some(filter) = self.filter.clone() else {
            return Ok(Page { items: Vec::new(), more_after: More::No, more_before: More::No });
        };
        let limit = row_limit(paging.size);
        let stretch = Stretch {
            order: self.order,
            from: if paging.from_end { before } else { after },
            inclusive: false,
            backwards: paging.from_end,
            limit,
        };
        let cards = self.stretch(reader, filter, stretch).await?;
        // The bound on the other side cuts what was read.
        let other = if paging.from_end { after } else { before };
        let inside = |card: &Card| {
            other.is_none_or(|other| {
                let this = self.key(&place(card));
                let descending = matches!(self.order, Order::Newest | Order::RecentlyUpdated);
                // Reading from the end keeps what is after `after`; reading from the start what is before `before`.
                if descending == paging.from_end { this < other } else { this > other }
            })
        };
        let mut items = Vec::with_capacity(cards.len());
        let mut cut = false;
        for card in cards {
            if !inside(&card) {
                cut = true;
                break;
            }
            items.push(card);
        }
        Ok(finish(items, paging, cut, other.is_some()))
    }

    /// The cards of a stretch of the list: which they are is kept, and what they are.
    async fn stretch(&self, reader: &Reader, filter: Filter, stretch: Stretch) -> Result<Vec<Arc<Card>>> {
        if reader.kept().await?.is_none() {
            return self.read(reader, filter, stretch).await;
        }
        let (tag, key) = (tag_of(&filter), key_of(&filter, Some(&stretch)));
        let size = |places: &Vec<(i64, ArticleId)>| size_of_val(places.as_slice());
        let (of, made) = (filter.clone(), stretch.clone());
        let places = reader
            .listed(
                |entities| &entities.pages,
                key,
                tag.clone(),
                size,
                // The rows would be read and parsed for nothing, since most of what lists show is kept.
                async || {
                    let (long, tag) = (!of.is_flat(self.order), tag_of(&of));
                    let places = reader
                        .run(long, tag, move |conn| Box::pin(async move { lists::places(conn, &of, &made).await }));
                    places.await
                },
            )
            .await?;
        // Not by the loader: whoever loads the latest news is in the midst of a fetch.
        let ids: Vec<ArticleId> = places.iter().map(|(_, id)| *id).collect();
        let stands_there = |(card, (at, id)): (&Arc<Card>, &(i64, ArticleId))| self.key(&place(card)) == (*at, id.0);
        if let Some(cards) = article::all(reader, &ids).await?
            && cards.iter().zip(&places).all(stands_there)
        {
            return Ok(cards);
        }
        // One went away in between, and another is in its place; or it moved, and a cursor would be made of where it went.
        self.read(reader, filter, stretch).await
    }

    async fn read(&self, reader: &Reader, filter: Filter, stretch: Stretch) -> Result<Vec<Arc<Card>>> {
        let (long, tag) = (!filter.is_flat(self.order), tag_of(&filter));
        let cards =
            reader.run(long, tag, move |conn| Box::pin(async move { lists::cards(conn, &filter, &stretch).await }));
        let cards = cards.await?;
        Ok(cards.into_iter().map(|card| article::remember(reader, card)).collect())
    }

    fn key(&self, place: &Place) -> (i64, i64) {
        let at = match self.order {
            Order::Newest | Order::Oldest => place.published_at,
            Order::RecentlyUpdated => place.updated_at,
        };
        (at.millis(), place.id)
    }

    fn place(&self, cursor: Option<&str>) -> Result<Option<(i64, i64)>> {
        cursor.map(|cursor| Ok(self.key(&Place::decode(cursor)?))).transpose()
    }

    /// How many articles the list has. Kept for every single filter; combinations are counted.
    pub async fn total(&self, reader: &Reader) -> Result<i64> {
        let Some(filter) = self.filter.clone() else { return Ok(0) };
        let (tag, key) = (tag_of(&filter), key_of(&filter, None));
        let read = async || {
            let tag = tag_of(&filter);
            if let Some(count) = filter.kept_count() {
                let mut conn = reader.conn([tag]).await?;
                return counts::get(conn.get()?, &count).await;
            }
            reader.scan([tag], move |conn| Box::pin(async move { lists::count(conn, &filter).await })).await
        };
        reader.listed(|entities| &entities.totals, key, tag, |_| size_of::<i64>(), read).await
    }
}

/// Everything that makes a list another one, and a stretch of it.
fn key_of(filter: &Filter, stretch: Option<&Stretch>) -> PageKey {
    let Filter {
        section,
        topics,
        author,
        genre,
        language,
        label,
        published_from,
        published_before,
        updated_from,
        updated_before,
    } = filter;
    let mut key = Vec::with_capacity(64);
    let mut number = |n: Option<i64>| {
        key.push(u8::from(n.is_some()));
        key.extend(n.unwrap_or_default().to_le_bytes());
    };
    let whole = |n: usize| i64::try_from(n).ok();
    for n in [section.map(|id| id.0), author.map(|id| id.0), whole(topics.len())] {
        number(n);
    }
    topics.iter().for_each(|id| number(Some(id.0)));
    for at in [published_from, published_before, updated_from, updated_before] {
        number(at.map(Instant::millis));
    }
    if let Some(Stretch { order, from, inclusive, backwards, limit }) = stretch {
        let flags = i64::from(*inclusive) + 2 * i64::from(*backwards) + 4 * (*order as i64);
        for n in [Some(flags), Some(*limit), from.map(|from| from.0), from.map(|from| from.1)] {
            number(n);
        }
    }
    for text in [genre, language, label] {
        number(text.as_ref().and_then(|text| whole(text.len())));
    }
    for text in [genre, language, label].into_iter().flatten() {
        key.extend(text.as_bytes());
    }
    key.into()
}

/// The narrowest of what a list depends on: whatever enters or leaves it fits its whole filter, before or afterwards, and
/// so touches each part of it.
fn tag_of(filter: &Filter) -> Tag {
    if let Some(author) = filter.author {
        return Tag::By(author);
    }
    if let Some(topic) = filter.topics.last() {
        return Tag::About(*topic);
    }
    if let Some(section) = filter.section {
        return Tag::InSection(section);
    }
    if let Some(genre) = &filter.genre {
        return Tag::Genre(genre.clone());
    }
    filter.language.clone().map_or(Tag::Articles, Tag::Language)
}

fn place(card: &Card) -> Place {
    Place { published_at: card.published_at, updated_at: card.updated_at, id: card.id.0 }
}

/// The cursor of an article, for lists in any order.
pub fn cursor(card: &Card) -> String {
    place(card).encode()
}

fn row_limit(size: usize) -> i64 {
    // One more than is shown says whether there is more.
    i64::try_from(size).unwrap_or(i64::MAX - 1) + 1
}

fn finish<T>(mut items: Vec<T>, paging: &Paging, cut: bool, bounded: bool) -> Page<T> {
    let more = items.len() > paging.size;
    items.truncate(paging.size);
    let started = if paging.from_end { paging.before.is_some() } else { paging.after.is_some() };
    // What a bound on the other side cut off is there, but outside of what was asked for; Relay's rule still calls it
    // a further page.
    let (ahead, behind) = (
        if more || cut {
            More::Yes
        } else if bounded {
            More::Ask
        } else {
            More::No
        },
        if started { More::Ask } else { More::No },
    );
    let mut page = if paging.from_end {
        items.reverse();
        Page { items, more_after: behind, more_before: ahead }
    } else {
        Page { items, more_after: ahead, more_before: behind }
    };
    if let Some(tail) = paging.tail.filter(|tail| *tail < page.items.len()) {
        page.items.drain(..page.items.len() - tail);
        page.more_before = More::Yes;
    }
    page
}

/// The newest few of one list, which siblings share.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Latest {
    pub size: usize,
}

/// The labels that articles have of their own, by text.
pub async fn labels(reader: &Reader, most: usize) -> Result<Vec<String>> {
    let mut conn = reader.conn([Tag::Articles]).await?;
    counts::labels(conn.get()?, i64::try_from(most).unwrap_or(i64::MAX)).await
}

/// The latest news: what was published last, of everything.
pub async fn latest(reader: &Reader, size: usize) -> Result<Vec<Arc<Card>>> {
    let fetch = async |keys: Vec<Latest>| {
        let mut found = Vec::new();
        for key in keys {
            let list = Articles { filter: Some(Filter::default()), order: Order::Newest };
            let page = list.page(reader, &Paging::first(key.size)).await?;
            found.push((key, Arc::new(page.items)));
        }
        Ok(found)
    };
    let lists = reader.latest.load(&[Latest { size }], fetch).await?;
    Ok(lists.into_iter().flatten().next().map(|list| list.to_vec()).unwrap_or_default())
}

/// An article that shows much of what there is, for examples: the latest opinion piece, else the latest of all.
pub async fn example(reader: &Reader) -> Result<Option<Arc<Card>>> {
    for genre in [Some("opinion".to_owned()), None] {
        let list = Articles { filter: Some(Filter { genre, ..Filter::default() }), order: Order::Newest };
        if let Some(card) = list.page(reader, &Paging::first(1)).await?.items.pop() {
            return Ok(Some(card));
        }
    }
    Ok(None)
}

/// How many articles are published of everything.
pub async fn total(reader: &Reader) -> Result<i64> {
    let mut conn = reader.conn([Tag::Articles]).await?;
    counts::get(conn.get()?, &Count::All).await
}

/// How many articles an author, a topic or a section has; siblings are one statement.
pub async fn count_of(reader: &Reader, kind: CountKind, id: i64) -> Result<i64> {
    Ok(counts_of(reader, kind, &[id]).await?.pop().unwrap_or(0))
}

/// How many articles each of these authors, topics or sections has.
pub async fn counts_of(reader: &Reader, kind: CountKind, ids: &[i64]) -> Result<Vec<i64>> {
    let fetch = async |keys: Vec<(CountKind, i64)>| {
        let mut found = Vec::new();
        for kind in [CountKind::Section, CountKind::Topic, CountKind::Author] {
            let ids: Vec<i64> = keys.iter().filter(|(k, _)| *k == kind).map(|(_, id)| *id).collect();
            if !ids.is_empty() {
                let tag = |id: &i64| match kind {
                    CountKind::Section => Tag::InSection(SectionId(*id)),
                    CountKind::Topic => Tag::About(TopicId(*id)),
                    CountKind::Author => Tag::By(AuthorId(*id)),
                };
                let mut conn = reader.conn(ids.iter().map(tag)).await?;
                let counts = counts::get_many(conn.get()?, kind, &ids).await?;
                found.extend(counts.into_iter().map(|(id, n)| ((kind, id), n)));
            }
        }
        Ok(found)
    };
    let keys: Vec<(CountKind, i64)> = ids.iter().map(|id| (kind, *id)).collect();
    Ok(reader.counts.load(&keys, fetch).await?.into_iter().map(Option::unwrap_or_default).collect())
}

/// A row of a list by name.
pub trait Named {
    /// Its name.
    fn name(&self) -> &str;
    /// Its number.
    fn number(&self) -> i64;
    /// The cursor of the row.
    fn cursor(&self) -> String {
        NamePlace { fold: by_name::fold(self.name()), id: self.number() }.encode()
    }
}

impl Named for Author {
    fn name(&self) -> &str {
        &self.name
    }
    fn number(&self) -> i64 {
        self.id.0
    }
}

impl Named for Topic {
    fn name(&self) -> &str {
        &self.name
    }
    fn number(&self) -> i64 {
        self.id.0
    }
}

/// Authors by name.
pub async fn authors_by_name(reader: &Reader, query: Option<&str>, paging: &Paging) -> Result<Page<Arc<Author>>> {
    let wanted = ByName { query: query.map(str::to_owned), ..ByName::default() };
    named_page(paging, wanted, async |wanted| {
        reader.scan([Tag::Authors], move |conn| Box::pin(async move { authors::list(conn, &wanted).await })).await
    })
    .await
}

/// Topics by name, of one kind or of all.
pub async fn topics_by_name(
    reader: &Reader,
    kind: Option<crate::model::topic::TopicKind>,
    query: Option<&str>,
    paging: &Paging,
) -> Result<Page<Arc<Topic>>> {
    let kind = kind.map(|kind| kind.as_str().to_owned());
    let wanted = ByName { kind, query: query.map(str::to_owned), ..ByName::default() };
    named_page(paging, wanted, async |wanted| {
        reader.scan([Tag::Topics], move |conn| Box::pin(async move { topics::list(conn, &wanted).await })).await
    })
    .await
}

async fn named_page<T: Named>(
    paging: &Paging,
    mut wanted: ByName,
    read: impl AsyncFnOnce(ByName) -> Result<Vec<T>>,
) -> Result<Page<Arc<T>>> {
    if wanted.query.as_deref().is_some_and(|query| by_name::fold(query).trim().is_empty()) {
        // Nothing of the query can match a folded name: an empty list, not all names.
        return Ok(Page { items: Vec::new(), more_after: More::No, more_before: More::No });
    }
    let place = |cursor: &Option<String>| {
        let place = cursor.as_deref().map(NamePlace::decode).transpose();
        place.map(|place| place.map(|place| (place.fold, place.id)))
    };
    let (after, before) = (place(&paging.after)?, place(&paging.before)?);
    let (from, other) = if paging.from_end { (before, after) } else { (after, before) };
    wanted.from = from;
    wanted.backwards = paging.from_end;
    wanted.limit = row_limit(paging.size);
    let mut items = Vec::new();
    let mut cut = false;
    for item in read(wanted).await? {
        let this = (by_name::fold(item.name()), item.number());
        let inside = other.as_ref().is_none_or(|other| if paging.from_end { this > *other } else { this < *other });
        if !inside {
            cut = true;
            break;
        }
        items.push(Arc::new(item));
    }
    Ok(finish(items, paging, cut, other.is_some()))
}

/// The most characters of words to look for among names.
pub const WORDS_MOST: usize = 100;

/// Words to look for among names, as both doors take them.
///
/// # Errors
/// `INVALID_PARAMETER` for what is no line of 1 to [`WORDS_MOST`] characters that names may have.
pub fn checked_words(parameter: &str, words: &str) -> Result<String> {
    let length = words.chars().count();
    let words = text::checked(parameter, words)?;
    if words.is_empty() || length > WORDS_MOST || words.contains(['\t', '\n', '\r']) {
        let says = format!("{parameter} has {length} characters; send one line of 1 to {WORDS_MOST}.");
        return Err(Error::new(Code::InvalidParameter, says).at(parameter));
    }
    Ok(words)
}

/// Whether a page size is allowed; the error names the limit and the mend.
pub fn checked_size(parameter: &str, size: i64, most: usize) -> Result<usize> {
    let fault = |says: String| Err(Error::new(Code::InvalidParameter, says).at(parameter));
    match usize::try_from(size) {
        Err(_) => fault(format!("{parameter} is {size}; it cannot be negative.")),
        Ok(size) if size > most => {
            let says =
                format!("{parameter} is {size}, but a page has {most} rows at the most; follow the cursors for more.");
            Err(Error::new(Code::LimitExceeded, says).at(parameter))
        }
        Ok(size) => Ok(size),
    }
}
