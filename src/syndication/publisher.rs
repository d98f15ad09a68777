//! Tells another hub which of our feeds have changed (W3C WebSub leaves to publisher and hub how; this is what
//! PubSubHubbub 0.4 has and the hubs that there are take).

use std::collections::BTreeSet;

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use url::{Url, form_urlencoded};

use super::feed::{Feed, Format};
use crate::app::App;
use crate::catalogue::channel::Of;
use crate::catalogue::{Reader, article, author, channel, collection, section, story, topic};
use crate::error::{Code, Error, Result};
use crate::model::change::{Change, Deed, Subject, Touches};
use crate::model::topic::TopicKind;
use crate::outbound::client::Client;

/// How many feeds are named in one request.
const NAMED_MOST: usize = 50;

/// Tells another hub.
#[derive(Clone)]
pub struct Publisher {
    app: App,
    client: Client,
    hub: Url,
}

impl Publisher {
    /// `None` when the settings name no other hub.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the system has no certificates to trust.
    pub fn new(app: &App) -> Result<Option<Publisher>> {
        // The settings were checked: it is an address.
        let Some(hub) = app.settings.websub.other().and_then(|hub| Url::parse(hub).ok()) else { return Ok(None) };
        Ok(Some(Publisher { app: app.clone(), client: Client::new(&app.settings.outbound)?, hub }))
    }

    /// The hub's address.
    pub fn hub(&self) -> &str {
        self.hub.as_str()
    }

    /// The addresses of the feeds that these changes touch, in every dialect, and those that they had before: who subscribed to
    /// one is told on, also of the last article that went.
    ///
    /// # Errors
    /// What the catalogue says.
    pub async fn touched(&self, changes: &[Change]) -> Result<BTreeSet<String>> {
        let reader = Reader::new(&self.app.db);
        let mut touches = Touches::default();
        let mut moved = Vec::new();
        for change in changes {
            touches.join(change.touches.clone());
            match change.subject {
                // A move touches slugs alone; where it stands is looked up.
                Subject::Article(id) if change.deed == Deed::Moved => moved.push(id),
                Subject::Section(id) => touches.sections.push(id),
                Subject::Topic(id) => touches.topics.push(id),
                Subject::Author(id) => touches.authors.push(id),
                Subject::Article(_) | Subject::Collection(_) => {}
            }
        }
        let cards = article::cards(&reader, &moved).await?.into_iter().flatten().collect();
        for story in story::assemble(&reader, &self.app, cards).await? {
            touches.sections.extend(story.sections.iter().map(|one| one.id));
            touches.topics.extend(story.topics.iter().map(|one| one.id));
            touches.authors.extend(story.authors.iter().map(|one| one.id));
        }
        let mut feeds = vec![Of::Latest];
        for found in section::by_ids(&reader, &touches.sections).await?.into_iter().flatten() {
            feeds.push(Of::Section(found.slug.clone()));
        }
        for found in topic::by_ids(&reader, &touches.topics).await?.into_iter().flatten() {
            feeds.push(Of::Topic(found.slug.clone()));
            feeds.extend((found.kind == TopicKind::Place).then(|| Of::Place(found.slug.clone())));
        }
        for found in author::by_ids(&reader, &touches.authors).await?.into_iter().flatten() {
            feeds.push(Of::Author(found.slug.clone()));
        }
        feeds.extend(channel::former(&reader, &touches).await?);
        // Rules fill collections with whatever there is, and labels are given by rules too: they are few.
        feeds.extend(collection::all(&reader).await?.iter().map(|one| Of::Collection(one.slug.clone())));
        feeds.extend(channel::labels(&reader, &self.app).await?.into_iter().map(|label| Of::Label(label.slug)));
        let each = feeds.into_iter().flat_map(|of| Format::ALL.map(|format| Feed::new(of.clone(), format)));
        Ok(each.flatten().map(|feed| feed.address(&self.app)).collect())
    }

    /// Tells the hub that these feeds have changed.
    ///
    /// # Errors
    /// `UNAVAILABLE` when it cannot be reached or does not take it; what it took before it may be told again.
    pub async fn publish(&self, addresses: &BTreeSet<String>) -> Result<()> {
        let all: Vec<&String> = addresses.iter().collect();
        for some in all.chunks(NAMED_MOST) {
            let named = some.iter().map(|address| ("hub.url", address.as_str()));
            let form = form_urlencoded::Serializer::new(String::new())
                .append_pair("hub.mode", "publish")
                .extend_pairs(named)
                .finish();
            let request = self.client.request(Method::POST, self.hub.clone());
            let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
            let said = self.client.send(request.build().map_err(Error::internal)?).await?.status;
            if !said.is_success() {
                return Err(Error::new(Code::Unavailable, format!("The hub {} answered {said}.", self.hub)));
            }
        }
        Ok(())
    }
}
