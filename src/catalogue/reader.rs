//! One read operation.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::{Mutex, PoisonError};

use tokio::sync::MutexGuard;

use super::list::Latest;
use super::loader::{Loader, Turn};
use super::preview::Preview;
use crate::app::App;
use crate::cache::{Depends, Entities, FOR_ONE, Kept, Label, Made, Newest, PageKey, Shelf};
use crate::error::{Error, Result};
use crate::model::article::Card;
use crate::model::author::Author;
use crate::model::change::Tag;
use crate::model::id::{ArticleId, AuthorId, SectionId, TopicId};
use crate::model::related::{Entry, Kept as KeptList};
use crate::model::section::Section;
use crate::model::time::Instant;
use crate::model::topic::Topic;
use crate::store::articles::StoredBody;
use crate::store::changes::Head;
use crate::store::counts::CountKind;
use crate::store::{Conn, Db, ReadFrom, changes, collections};

/// What the reads so far depend on.
#[derive(Default)]
struct Noted {
    tags: Vec<Tag>,
    until: Option<Instant>,
}

/// One read operation: one connection, checked out at the first row that is asked for, and the loaders.
///
/// Whoever asks for the connection says what the outcome of the statement depends on. So what an answer depends on is
/// what was really read for it, and no read can be forgotten.
pub struct Reader {
    db: Db,
    from: ReadFrom,
    entities: Option<Arc<Entities>>,
    noted: Mutex<Noted>,
    turn: Arc<Turn>,
    least: i64,
    pub(super) preview: Option<Preview>,
    pub(super) cards: Loader<ArticleId, Arc<Card>>,
    pub(super) bodies: Loader<ArticleId, Arc<StoredBody>>,
    /// Bodies as HTML, where that alone was read.
    pub(super) htmls: Loader<ArticleId, Arc<String>>,
    pub(super) texts: Loader<ArticleId, Arc<String>>,
    pub(super) authors: Loader<AuthorId, Arc<Author>>,
    pub(super) topics: Loader<TopicId, Arc<Topic>>,
    pub(super) topic_slugs: Loader<String, Arc<Topic>>,
    pub(super) sections: Loader<SectionId, Arc<Section>>,
    pub(super) section_slugs: Loader<String, Arc<Section>>,
    pub(super) author_slugs: Loader<String, Arc<Author>>,
    pub(super) related: Loader<ArticleId, Arc<KeptList>>,
    /// What stands first in lists of related news of which no more was read.
    pub(super) nearest: Loader<ArticleId, Arc<Vec<Entry>>>,
    pub(super) about_topics: Loader<(TopicId, i64), Arc<Newest>>,
    pub(super) latest: Loader<Latest, Arc<Vec<Arc<Card>>>>,
    pub(super) counts: Loader<(CountKind, i64), i64>,
}

/// A connection that the reader keeps.
pub(super) struct Lent<'a>(MutexGuard<'a, Option<Conn>>);

impl Reader {
    /// A reader of this database. It costs nothing until something is asked for.
    pub fn new(db: &Db) -> Reader {
        Reader::with(db, Arc::default())
    }

    fn with(db: &Db, turn: Arc<Turn>) -> Reader {
        Reader {
            db: db.clone(),
            from: ReadFrom::Primary,
            entities: None,
            noted: Mutex::default(),
            turn: turn.clone(),
            least: 0,
            preview: None,
            cards: Loader::ranked(&turn, 1),
            bodies: Loader::new(&turn),
            htmls: Loader::new(&turn),
            texts: Loader::new(&turn),
            authors: Loader::ranked(&turn, 2),
            topics: Loader::new(&turn),
            topic_slugs: Loader::new(&turn),
            sections: Loader::ranked(&turn, 2),
            section_slugs: Loader::new(&turn),
            author_slugs: Loader::new(&turn),
            related: Loader::new(&turn),
            nearest: Loader::new(&turn),
            about_topics: Loader::new(&turn),
            latest: Loader::new(&turn),
            counts: Loader::new(&turn),
        }
    }

    /// A reader of this application, which takes what is kept of single things from memory, and the rest from a replica
    /// where there are any.
    pub fn of(app: &App) -> Reader {
        Reader::by(app, Arc::default())
    }

    /// The same, for one who asks for one thing after another: nobody is waited for who could ask for more of it.
    pub fn alone(app: &App) -> Reader {
        Reader::by(app, Arc::new(Turn::alone()))
    }

    fn by(app: &App, turn: Arc<Turn>) -> Reader {
        let entities = app.entities.keeps().then(|| app.entities.clone());
        Reader { entities, from: ReadFrom::Replica, ..Reader::with(&app.db, turn) }
    }

    /// Another read beside this one, which sees the same and shares the connection: what it depends on is its own.
    ///
    /// For one read after the other; nobody who reads may wait for somebody else's connection meanwhile.
    #[must_use]
    pub fn beside(&self) -> Reader {
        let Reader { entities, from, least, .. } = self;
        let (entities, from, least) = (entities.clone(), *from, *least);
        Reader { entities, from, least, ..Reader::with(&self.db, self.turn.clone()) }
    }

    /// The same read anew: it has read nothing yet, and holds no connection.
    #[must_use]
    pub fn anew(&self) -> Reader {
        let Reader { entities, from, least, .. } = self;
        let (entities, from, least) = (entities.clone(), *from, *least);
        Reader { entities, from, least, ..Reader::with(&self.db, Arc::default()) }
    }

    /// The same, for one who wants to see at least this number: whatever the read asks beside the catalogue must have
    /// followed the log as far. That the catalogue has come to it is to be seen to before.
    #[must_use]
    pub fn at_least(mut self, seq: i64) -> Reader {
        self.least = seq;
        self
    }

    /// The number that was asked for; 0 when none was.
    pub fn least(&self) -> i64 {
        self.least
    }

    /// The newest number that this process knows of, perhaps newer than what this read sees.
    pub(super) fn newest(&self) -> i64 {
        *self.db.head().borrow()
    }

    /// The number that this read is labelled with: it sees at least everything up to it.
    pub async fn seq(&self) -> Result<i64> {
        if let Some(head) = self.turn.head.get() {
            return Ok(head.seq);
        }
        // Whoever takes everything from memory needs no connection to say up to where it stands.
        if self.from == ReadFrom::Replica
            && let Some(known) = self.db.known()
        {
            let _ = self.turn.head.set(known);
        } else {
            drop(self.lent().await?);
        }
        Ok(self.turn.head.get().map_or(0, |head| head.seq))
    }

    /// The same, if anything was read yet.
    pub fn label(&self) -> Option<&Head> {
        self.turn.head.get().map(Arc::as_ref)
    }

    /// Where the log ends for the connection itself, which may be beyond the label of the read. For what the log says of
    /// itself; its tag is with whoever asks.
    pub(super) async fn head(&self) -> Result<Head> {
        changes::head_there(self.lent().await?.get()?).await
    }

    /// Now, by the clock of the database's writes.
    pub(super) fn now(&self) -> Instant {
        self.db.clock().now()
    }

    /// Every collection with its pins: no statement unless one has changed since this process last asked.
    pub(super) async fn collections(&self) -> Result<collections::All> {
        let mut conn = self.conn([Tag::Collections]).await?;
        let head = self.turn.head.get().ok_or_else(|| Error::internal("a reader without a head"))?;
        collections::current(conn.get()?, head).await
    }

    /// What an answer depends on that was made of what has been read so far.
    ///
    /// # Errors
    /// `INTERNAL` before anything was read: such an answer depends on nothing.
    pub fn depended(&self) -> Result<Depends> {
        let label = self.begun().ok_or_else(|| Error::internal("a reader without a head"))?;
        let mut noted = self.noted();
        noted.tags.sort_unstable();
        noted.tags.dedup();
        let until = if self.is_preview() { FOR_ONE } else { noted.until };
        Ok(Depends { tags: noted.tags.clone(), label, until })
    }

    fn noted(&self) -> std::sync::MutexGuard<'_, Noted> {
        // Whoever panicked had noted what it noted.
        self.noted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn begun(&self) -> Option<Label> {
        self.turn.head.get().map(|head| Label::new(&head.log_id, head.seq, head.derived))
    }

    /// A shelf of what is kept, where it is known to be no older than what this reader sees.
    pub(super) async fn shelf<K, V>(&self, of: impl FnOnce(&Entities) -> &Shelf<K, V>) -> Result<Option<&Shelf<K, V>>>
    where
        K: Hash + Eq + Copy + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        Ok(self.kept().await?.map(|(entities, _)| of(entities)))
    }

    /// What is kept of single things and lists, where it is known to be no older than what this reader sees; and what
    /// this reader sees.
    pub(super) async fn kept(&self) -> Result<Option<(&Entities, Label)>> {
        let Some(entities) = &self.entities else { return Ok(None) };
        self.seq().await?;
        let upto = entities.marks().upto();
        let begun = self.begun().filter(|begun| begun.log == upto.log && begun.seq <= upto.seq);
        Ok(begun.map(|begun| (entities.as_ref(), begun)))
    }

    /// What is kept under a key of a list, where it stands; else it is read, and kept. It depends on the tag.
    pub(super) async fn listed<V: Clone + Send + Sync + 'static>(
        &self,
        of: fn(&Entities) -> &Kept<PageKey, V>,
        key: PageKey,
        tag: Tag,
        size: fn(&V) -> usize,
        read: impl AsyncFnOnce() -> Result<V>,
    ) -> Result<V> {
        let Some((entities, label)) = self.kept().await? else { return read().await };
        if let Some(made) = of(entities).peek(&key, self.now()) {
            self.depends([tag]);
            return Ok(made.value.clone());
        }
        let value = read().await?;
        let on = Depends { tags: vec![tag], label, until: None };
        of(entities).keep(key, Made::new(value.clone(), on, size(&value)));
        Ok(value)
    }

    /// What is asked for by these keys, from the shelf as far as it is there; the rest is read, and kept there.
    pub(super) async fn shelved<K, V>(
        &self,
        shelf: Option<&Shelf<K, V>>,
        keys: Vec<K>,
        tag: fn(K) -> Tag,
        read: impl AsyncFnOnce(&mut Conn, Vec<K>) -> Result<Vec<(K, Arc<V>)>>,
    ) -> Result<Vec<(K, Arc<V>)>>
    where
        K: Hash + Eq + Copy + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        self.depends(keys.iter().copied().map(tag));
        let Some((shelf, label)) = shelf.zip(self.begun()) else {
            let mut conn = self.lent().await?;
            return read(conn.get()?, keys).await;
        };
        let (mut found, missing) = shelf.find(keys, self.now());
        if !missing.is_empty() {
            let mut conn = self.lent().await?;
            let read = read(conn.get()?, missing).await?;
            drop(conn);
            shelf.keep(&read, label, tag);
            found.extend(read);
        }
        Ok(found)
    }

    /// Notes that what is read depends on this.
    pub fn depends(&self, on: impl IntoIterator<Item = Tag>) {
        self.noted().tags.extend(on);
    }

    /// Notes that what is read ends to be true at an instant, without any change.
    pub(super) fn until(&self, at: Instant) {
        let mut noted = self.noted();
        noted.until = noted.until.into_iter().chain([at]).min();
    }

    /// Notes that what is read is true for this one request only.
    pub fn for_one(&self) {
        self.noted().until = FOR_ONE;
    }

    /// The connection, for a statement whose outcome depends on this and nothing else.
    pub(super) async fn conn(&self, on: impl IntoIterator<Item = Tag>) -> Result<Lent<'_>> {
        self.depends(on);
        self.lent().await
    }

    /// The same, for a statement after which there is perhaps none: it is not held for others as long as nobody asks for
    /// more, since the transaction around it would be two statements more.
    pub(super) async fn conn_for_one(&self, on: impl IntoIterator<Item = Tag>) -> Result<Lent<'_>> {
        self.depends(on);
        self.lent_for_one().await
    }

    /// The connection. Taken for one statement at a time: siblings take turns.
    async fn lent(&self) -> Result<Lent<'_>> {
        let mut lent = self.lent_for_one().await?;
        lent.get()?.hold()?;
        Ok(lent)
    }

    async fn lent_for_one(&self) -> Result<Lent<'_>> {
        let mut slot = self.turn.conn.lock().await;
        if slot.is_none() {
            let (mut conn, mut head) = self.db.snapshot(self.from).await?;
            // Who is labelled already may not read what is older than that.
            if self.turn.head.get().is_some_and(|label| !head.has_seen(label)) {
                (conn, head) = self.db.snapshot(ReadFrom::Primary).await?;
            }
            self.db.announce(head.seq);
            self.db.announce_derived(head.derived);
            let _ = self.turn.head.set(head);
            *slot = Some(conn);
        }
        Ok(Lent(slot))
    }

    /// Runs work where it is, or if it may take long where blocking is allowed; its outcome depends on this and nothing
    /// else.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        long: bool,
        on: Tag,
        work: impl for<'c> FnOnce(&'c mut Conn) -> futures::future::BoxFuture<'c, Result<T>> + Send + 'static,
    ) -> Result<T> {
        if long {
            return self.scan([on], work).await;
        }
        work(self.conn([on]).await?.get()?).await
    }

    /// Runs work that may take long where blocking is allowed; its outcome depends on this and nothing else.
    pub(super) async fn scan<T: Send + 'static>(
        &self,
        on: impl IntoIterator<Item = Tag>,
        work: impl for<'c> FnOnce(&'c mut Conn) -> futures::future::BoxFuture<'c, Result<T>> + Send + 'static,
    ) -> Result<T> {
        let mut lent = self.conn(on).await?;
        let conn = lent.0.take().ok_or_else(|| Error::internal("a reader without a connection"))?;
        let (conn, value) = conn.scan(work).await?;
        *lent.0 = Some(conn);
        value
    }
}

impl Lent<'_> {
    /// The connection itself.
    pub(super) fn get(&mut self) -> Result<&mut Conn> {
        self.0.as_mut().ok_or_else(|| Error::internal("a reader without a connection"))
    }
}
