//! What stands in a feed: the newest articles of everything, of a section, a topic, a place or an author; a collection.
//!
//! And what was taken back of it. A tombstone knows in which sections it ever stood, what it was about and who signed it, so
//! those feeds tell of their own. What a collection, a search or the rule of a label held is kept nowhere: they tell of everything,
//! and whoever never had it has nothing to delete.

use std::collections::HashSet;
use std::sync::Arc;

use super::list::{self, Articles, Order, Paging, Wanted};
use super::search::{Counting, Search};
use super::{Reader, article, author, collection, section, story, topic};
use crate::app::App;
use crate::error::Result;
use crate::model::article::{Card, Tombstone};
use crate::model::change::{Tag, Touches, label_key, label_slug};
use crate::model::cursor::Place;
use crate::model::id::{AuthorId, SectionId, TopicId};
use crate::model::slug::is_slug;
use crate::model::story::Story;
use crate::model::time::Instant;
use crate::model::topic::TopicKind;
use crate::store::terms::{self, Noun};
use crate::store::{articles, term_aliases};

/// For how long a feed tells of what was taken back, in milliseconds.
const GONE_FOR: i64 = 30 * 24 * 60 * 60 * 1000;
/// Of how many at the most.
const GONE_MOST: usize = 100;
/// After how long a name that nothing public has is looked up again, in milliseconds: what the newsroom does with one is no
/// change of the log.
const LEFT_FOR: i64 = 60 * 1000;
/// How many articles an archive has at the most; what the day has beyond is in the archive before it.
const ARCHIVE_MOST: usize = 200;
/// How many labels there are at the most.
const LABELS_MOST: usize = 1_000;
/// How many articles are looked at at once for one that a rule labels, and how often.
const RULE_PAGE: usize = 200;
const RULE_PAGES: usize = 50;
/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Whose articles a feed has; each by a slug, or one that it had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Of {
    /// All.
    Latest,
    /// Those in a section or below it.
    Section(String),
    /// Those about a topic.
    Topic(String),
    /// Those from a place.
    Place(String),
    /// Those that somebody signs.
    Author(String),
    /// Those that carry a label, of their own or by a rule; by the slug of its text.
    Label(String),
    /// Those of a collection, in its order.
    Collection(String),
    /// What a search finds, newest first.
    Search(String, Box<Wanted>),
}

/// Which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Part {
    /// How many articles, where it is no archive.
    pub size: usize,
    /// After this place.
    pub after: Option<String>,
    /// The archive of the day that begins at this instant.
    pub day: Option<Instant>,
    /// Whether what was taken back is told, also where it is not known of what: Atom alone has a word for it.
    pub gone: bool,
}

/// What there is.
#[derive(Debug)]
pub enum Found {
    /// The feed.
    Here(Box<Channel>),
    /// It has this slug now.
    Moved(String),
    /// Nothing of that name.
    Nothing,
}

/// A part of a feed.
#[derive(Debug)]
pub struct Channel {
    /// The name of what it is of; none for all.
    pub name: Option<String>,
    /// What that is about.
    pub description: Option<String>,
    /// Its articles, in order.
    pub stories: Vec<Story>,
    /// The place after which it goes on, if it does.
    pub next: Option<String>,
    /// The archive before this part: the instant at which its day begins, and after which place in it.
    pub archive: Option<(Instant, Option<String>)>,
    /// What was taken back of what it had, newest first.
    pub gone: Vec<Tombstone>,
}

impl Channel {
    /// When what it says last changed, as far as what it shows tells.
    pub fn updated(&self) -> Instant {
        let shown = self.stories.iter().map(|story| story.card.updated_at);
        shown.chain(self.gone.iter().map(|stone| stone.at)).max().unwrap_or(Instant::from_millis(0))
    }
}

/// What a feed is of, looked up.
struct Subject {
    slug: String,
    name: Option<String>,
    description: Option<String>,
    wanted: Wanted,
    tag: Tag,
}

/// A part of a feed.
///
/// # Errors
/// `INVALID_CURSOR` for a place that is none.
pub async fn find(reader: &Reader, app: &App, of: &Of, part: &Part) -> Result<Found> {
    if let Of::Collection(slug) = of {
        return of_collection(reader, app, slug, part).await;
    }
    if let Of::Search(words, wanted) = of {
        return of_search(reader, app, words, wanted, part).await;
    }
    if let Of::Label(slug) = of {
        return of_label(reader, app, slug, part).await;
    }
    let Some(subject) = subject(reader, of).await? else { return left(reader, of, part).await };
    if asked_slug(of).is_some_and(|slug| slug != subject.slug) {
        return Ok(Found::Moved(subject.slug));
    }
    let list = Articles::find(reader, &subject.wanted, Order::Newest).await?;
    let (cards, next, archive) = match part.day {
        None => newest(reader, &list, part).await?,
        Some(day) => of_day(reader, &list, day, part.after.clone()).await?,
    };
    let first = part.after.is_none() && part.day.is_none();
    let gone = if first { gone(reader, &subject.tag).await? } else { Vec::new() };
    let stories = story::assemble(reader, app, cards).await?;
    Ok(Found::Here(Box::new(Channel {
        name: subject.name,
        description: subject.description,
        stories,
        next,
        archive,
        gone,
    })))
}

/// The feed of what has left the catalogue with its last article, as long as there is something of it to tell: who polls it
/// is to learn of that article too. The name has gone with it, so it is called by the slug that was asked for.
async fn left(reader: &Reader, of: &Of, part: &Part) -> Result<Found> {
    let (noun, slug) = match of {
        Of::Section(slug) => (Noun::Section, slug),
        Of::Topic(slug) | Of::Place(slug) => (Noun::Topic, slug),
        Of::Author(slug) => (Noun::Author, slug),
        Of::Latest | Of::Label(_) | Of::Collection(_) | Of::Search(..) => return Ok(Found::Nothing),
    };
    if part.after.is_some() || part.day.is_some() {
        return Ok(Found::Nothing);
    }
    // Whatever leaves the catalogue next has a change of its own, on which who did not find it there depends already.
    let mut conn = reader.conn([]).await?;
    let Some(id) = term_aliases::former(conn.get()?, noun, slug).await? else { return Ok(Found::Nothing) };
    let fits = match of {
        Of::Place(_) => terms::by_id(conn.get()?, id).await?.is_some_and(|term| term.kind == TopicKind::Place.as_str()),
        _ => true,
    };
    drop(conn);
    reader.until(reader.now().plus_millis(LEFT_FOR));
    if !fits {
        return Ok(Found::Nothing);
    }
    let tag = match noun {
        Noun::Section => Tag::InSection(SectionId(id)),
        Noun::Topic => Tag::About(TopicId(id)),
        Noun::Author => Tag::By(AuthorId(id)),
    };
    let gone = gone(reader, &tag).await?;
    Ok(gone_alone(slug, gone))
}

/// The same of a label that no article carries any more. It was one of their own: rules keep theirs.
async fn label_left(reader: &Reader, slug: &str, part: &Part) -> Result<Found> {
    if part.after.is_some() || part.day.is_some() || !is_slug(slug) {
        return Ok(Found::Nothing);
    }
    let key = label_key(slug);
    let all = lately(reader, articles::TOMBSTONES_LOOKED_AT, &Tag::Articles).await?;
    let gone = told(reader, all.into_iter().filter(|stone| stone.touches.labels.contains(&key)));
    Ok(gone_alone(slug, gone))
}

/// A feed that has nothing but what was taken back, where that is anything.
fn gone_alone(slug: &str, gone: Vec<Tombstone>) -> Found {
    if gone.is_empty() {
        return Found::Nothing;
    }
    Found::Here(Box::new(Channel {
        name: Some(slug.to_owned()),
        description: None,
        stories: Vec::new(),
        next: None,
        archive: None,
        gone,
    }))
}

/// The feeds of what is touched under slugs that it had before: of what has left the catalogue they tell of the last article that
/// went, else they lead to the feed of now. For who tells that feeds have changed: somebody may have come by an old one.
///
/// # Errors
/// What the store says.
pub async fn former(reader: &Reader, touches: &Touches) -> Result<Vec<Of>> {
    let of_nouns: [(Noun, Vec<i64>); 3] = [
        (Noun::Section, touches.sections.iter().map(|id| id.0).collect()),
        (Noun::Topic, touches.topics.iter().map(|id| id.0).collect()),
        (Noun::Author, touches.authors.iter().map(|id| id.0).collect()),
    ];
    let mut feeds = Vec::new();
    let mut conn = reader.conn([]).await?;
    for (noun, ids) in of_nouns {
        // Ids lead on too, and have no feeds.
        let mut led = term_aliases::leading(conn.get()?, noun, &ids).await?;
        led.retain(|(alias, _)| is_slug(alias));
        let mut places = HashSet::new();
        if noun == Noun::Topic && !led.is_empty() {
            let found = terms::by_ids(conn.get()?, &ids).await?;
            places.extend(found.iter().filter(|term| term.kind == TopicKind::Place.as_str()).map(|term| term.id));
        }
        for (slug, id) in led {
            match noun {
                Noun::Section => feeds.push(Of::Section(slug)),
                Noun::Author => feeds.push(Of::Author(slug)),
                Noun::Topic => {
                    feeds.extend(places.contains(&id).then(|| Of::Place(slug.clone())));
                    feeds.push(Of::Topic(slug));
                }
            }
        }
    }
    Ok(feeds)
}

fn asked_slug(of: &Of) -> Option<&str> {
    match of {
        Of::Latest | Of::Search(..) | Of::Label(_) => None,
        Of::Section(slug) | Of::Topic(slug) | Of::Place(slug) | Of::Author(slug) | Of::Collection(slug) => Some(slug),
    }
}

async fn subject(reader: &Reader, of: &Of) -> Result<Option<Subject>> {
    Ok(match of {
        Of::Latest | Of::Collection(_) | Of::Label(_) | Of::Search(..) => Some(Subject {
            slug: String::new(),
            name: None,
            description: None,
            wanted: Wanted::default(),
            tag: Tag::Articles,
        }),
        Of::Section(slug) => section::by_slug(reader, slug).await?.map(|found| Subject {
            slug: found.slug.clone(),
            name: Some(found.name.clone()),
            description: found.about.description.clone(),
            wanted: Wanted { section: Some(found.slug.clone()), ..Wanted::default() },
            tag: Tag::InSection(found.id),
        }),
        Of::Author(slug) => author::by_slug(reader, slug).await?.map(|found| Subject {
            slug: found.slug.clone(),
            name: Some(found.name.clone()),
            description: found.about.bio.clone(),
            wanted: Wanted { author: Some(found.slug.clone()), ..Wanted::default() },
            tag: Tag::By(found.id),
        }),
        Of::Topic(slug) | Of::Place(slug) => {
            let found = topic::by_slug(reader, slug).await?;
            let fits = |kind: TopicKind| matches!(of, Of::Topic(_)) || kind == TopicKind::Place;
            found.filter(|found| fits(found.kind)).map(|found| Subject {
                slug: found.slug.clone(),
                name: Some(found.name.clone()),
                description: found.about.description.clone(),
                wanted: Wanted { topic: Some(found.slug.clone()), ..Wanted::default() },
                tag: Tag::About(found.id),
            })
        }
    })
}

type Stretch = (Vec<Arc<Card>>, Option<String>, Option<(Instant, Option<String>)>);

/// The newest, or what comes after a place.
async fn newest(reader: &Reader, list: &Articles, part: &Part) -> Result<Stretch> {
    let page = list.page(reader, &Paging { after: part.after.clone(), ..Paging::first(part.size) }).await?;
    let more = page.more_after == list::More::Yes;
    let last = page.items.last();
    let next = last.filter(|_| more).map(|card| list::cursor(card));
    // The whole day of the last that is shown: of the archive only the days count, so that its addresses stay.
    let archive = last.map(|card| (day_of(card.published_at), None));
    Ok((page.items, next, archive))
}

/// What was published on a day, after a place.
async fn of_day(reader: &Reader, list: &Articles, day: Instant, after: Option<String>) -> Result<Stretch> {
    let end = Place { published_at: day.plus_millis(DAY), updated_at: Instant::from_millis(0), id: 0 };
    let after = after.unwrap_or_else(|| end.encode());
    let page = list.page(reader, &Paging { after: Some(after), ..Paging::first(ARCHIVE_MOST) }).await?;
    let more = page.more_after == list::More::Yes;
    let mut cards = page.items;
    let within = cards.iter().take_while(|card| card.published_at >= day).count();
    let before = match cards.get(within) {
        Some(card) => Some((day_of(card.published_at), None)),
        None => cards.last().filter(|_| more).map(|card| (day, Some(list::cursor(card)))),
    };
    cards.truncate(within);
    Ok((cards, None, before))
}

/// The instant at which the day of an instant begins, in UTC.
fn day_of(at: Instant) -> Instant {
    Instant::from_millis(at.millis().div_euclid(DAY) * DAY)
}

/// What was taken back lately of what carries this tag.
async fn gone(reader: &Reader, tag: &Tag) -> Result<Vec<Tombstone>> {
    // Without a tag of its own each that is looked at is told.
    let is_of_all = *tag == Tag::Articles;
    let most = if is_of_all { i64::try_from(GONE_MOST).unwrap_or(i64::MAX) } else { articles::TOMBSTONES_LOOKED_AT };
    let all = lately(reader, most, tag).await?;
    Ok(told(reader, all.into_iter().filter(|stone| touches(&stone.touches, tag))))
}

/// What was taken back lately, newest first, for who looks for what carries this tag.
async fn lately(reader: &Reader, most: i64, tag: &Tag) -> Result<Vec<Tombstone>> {
    let since = reader.now().plus_millis(-GONE_FOR);
    article::taken_back(reader, since, most, tag.clone()).await
}

/// As much of it as a feed tells.
fn told(reader: &Reader, own: impl Iterator<Item = Tombstone>) -> Vec<Tombstone> {
    let gone: Vec<Tombstone> = own.take(GONE_MOST).collect();
    // One that becomes public again may not touch what it touched before.
    reader.depends(gone.iter().map(|stone| Tag::Article(stone.article)));
    if let Some(oldest) = gone.last() {
        reader.until(oldest.at.plus_millis(GONE_FOR));
    }
    gone
}

fn touches(touches: &Touches, tag: &Tag) -> bool {
    match tag {
        Tag::InSection(id) => touches.sections.contains(id),
        Tag::About(id) => touches.topics.contains(id),
        Tag::By(id) => touches.authors.contains(id),
        _ => true,
    }
}

/// What was taken back lately, for a feed of which nobody knows what it had.
async fn gone_of_all(reader: &Reader, part: &Part) -> Result<Vec<Tombstone>> {
    if part.gone { gone(reader, &Tag::Articles).await } else { Ok(Vec::new()) }
}

/// What a search finds.
async fn of_search(reader: &Reader, app: &App, words: &str, wanted: &Wanted, part: &Part) -> Result<Found> {
    let search = Search::find(reader, &app.search, words, wanted, true).await?;
    let page = search.page(reader, part.size, None, Counting::default()).await?;
    let gone = gone_of_all(reader, part).await?;
    let stories = story::assemble(reader, app, page.hits.into_iter().map(|hit| hit.card).collect()).await?;
    Ok(Found::Here(Box::new(Channel {
        name: Some(words.to_owned()).filter(|words| !words.trim().is_empty()),
        description: None,
        stories,
        next: None,
        archive: None,
        gone,
    })))
}

async fn of_collection(reader: &Reader, app: &App, slug: &str, part: &Part) -> Result<Found> {
    let Some(found) = collection::by_slug(reader, slug).await? else { return Ok(Found::Nothing) };
    let items = collection::items(reader, &found, part.size).await?;
    let gone = gone_of_all(reader, part).await?;
    let stories = story::assemble(reader, app, items.into_iter().map(|item| item.card).collect()).await?;
    Ok(Found::Here(Box::new(Channel {
        name: Some(found.name.clone()),
        description: Some(found.description.clone()).filter(|text| !text.is_empty()),
        stories,
        next: None,
        archive: None,
        gone,
    })))
}

/// A label that articles carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// By which its feed is asked for.
    pub slug: String,
    /// Its texts: those that have one slug are one label.
    pub texts: Vec<String>,
}

impl Label {
    /// As readers see it.
    pub fn name(&self) -> &str {
        self.texts.first().map_or("", String::as_str)
    }
}

/// The labels that articles have, and those that rules give, by slug.
///
/// # Errors
/// What the store says.
pub async fn labels(reader: &Reader, app: &App) -> Result<Vec<Label>> {
    let mut texts = list::labels(reader, LABELS_MOST).await?;
    texts.extend(app.label_rules.iter().map(|rule| rule.text.clone()));
    let mut labels: Vec<Label> = Vec::new();
    for text in texts {
        let slug = label_slug(&text);
        match labels.iter_mut().find(|label| label.slug == slug) {
            Some(label) if label.texts.contains(&text) => {}
            Some(label) => label.texts.push(text),
            None => labels.push(Label { slug, texts: vec![text] }),
        }
    }
    labels.sort_by(|a, b| a.slug.cmp(&b.slug));
    Ok(labels)
}

/// What carries a label: of its own, which is a list for each text; by a rule, which is looked for among the articles of
/// the rule's genres. Both are read newest first from one place on, so their pages are pages of the whole.
async fn of_label(reader: &Reader, app: &App, slug: &str, part: &Part) -> Result<Found> {
    let Some(label) = labels(reader, app).await?.into_iter().find(|label| label.slug == slug) else {
        return label_left(reader, slug, part).await;
    };
    let key = |card: &Arc<Card>| (card.published_at, card.id);
    let (mut cards, mut floor): (Vec<Arc<Card>>, Option<Arc<Card>>) = (Vec::new(), None);
    for text in &label.texts {
        let list = Articles::labelled(text.clone());
        let paging = Paging { after: part.after.clone(), ..Paging::first(part.size + 1) };
        cards.extend(list.page(reader, &paging).await?.items);
    }
    let ruled = app.label_rules.iter().filter(|rule| label.texts.contains(&rule.text));
    let genres: Vec<Option<String>> = ruled
        .flat_map(|rule| match rule.genres.is_empty() {
            true => vec![None],
            false => rule.genres.iter().map(|genre| Some(genre.as_str().to_owned())).collect(),
        })
        .collect();
    for (at, genre) in genres.iter().enumerate() {
        if !genres.iter().take(at).any(|before| before == genre) {
            let (found, reached) = by_rule(reader, app, &label, genre.clone(), part).await?;
            cards.extend(found);
            floor = floor.into_iter().chain(reached).max_by_key(key);
        }
    }
    // What is older than what was looked at stands on a further page.
    cards.retain(|card| floor.as_ref().is_none_or(|floor| key(card) >= key(floor)));
    cards.sort_by_key(|card| std::cmp::Reverse(key(card)));
    cards.dedup_by_key(|card| card.id);
    if cards.len() > part.size {
        cards.truncate(part.size);
        floor = cards.last().cloned();
    }
    let next = floor.map(|card| list::cursor(&card));
    let gone = if part.after.is_none() { gone_of_all(reader, part).await? } else { Vec::new() };
    let stories = story::assemble(reader, app, cards).await?;
    let name = Some(label.name().to_owned());
    Ok(Found::Here(Box::new(Channel { name, description: None, stories, next, archive: None, gone })))
}

/// Those of a genre, or of any, to which a rule gives this label; and up to which article was looked, where not to the end.
async fn by_rule(
    reader: &Reader,
    app: &App,
    label: &Label,
    genre: Option<String>,
    part: &Part,
) -> Result<(Vec<Arc<Card>>, Option<Arc<Card>>)> {
    let list = Articles::find(reader, &Wanted { genre, ..Wanted::default() }, Order::Newest).await?;
    let (mut found, mut reached) = (Vec::new(), None);
    let mut after = part.after.clone();
    for _ in 0..RULE_PAGES {
        let page = list.page(reader, &Paging { after, ..Paging::first(RULE_PAGE) }).await?;
        let last = page.items.last().cloned();
        after = last.as_ref().map(|card| list::cursor(card));
        let unlabelled: Vec<Arc<Card>> = page.items.into_iter().filter(|card| card.label.is_none()).collect();
        // What follows finds them in memory.
        let authors: Vec<AuthorId> =
            unlabelled.iter().flat_map(|card| card.authors.iter().map(|one| one.author)).collect();
        author::by_ids(reader, &authors).await?;
        for card in unlabelled {
            let carried = article::label(reader, &card, &app.label_rules).await?;
            if carried.is_some_and(|text| label.texts.contains(&text)) {
                found.push(card);
            }
        }
        if page.more_after != list::More::Yes {
            return Ok((found, None));
        }
        reached = last;
        if found.len() > part.size {
            break;
        }
    }
    Ok((found, reached))
}
