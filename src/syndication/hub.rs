//! The hub of our own feeds (W3C WebSub, Recommendation of 23 January 2018).
//!
//! Somebody asks ([`Hub::ask`]), is asked back at their callback whether they meant it ([`Hub::verify`]), and is told from
//! then on ([`Hub::deliver`]): the whole feed as it is now, signed where they gave a secret. What there is to tell is not
//! queued but seen: the entity tag that a subscriber has differs from the one that the feed has now. So nothing is told
//! before it can be read, ten changes at once are one delivery, and a crash loses none.

use std::sync::Arc;

use aws_lc_rs::hmac;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, LINK};
use tokio::sync::Notify;
use url::Url;
use url::form_urlencoded;

use super::feed::{self, Feed};
use crate::app::App;
use crate::cache::{Answer, Depends};
use crate::error::{Code, Error, Result};
use crate::outbound::client::Client;
use crate::store::websub::{self, Asked, Request, Subscription};
use crate::telemetry::names;

/// How long a subscription lasts when the subscriber does not say: ten days, as the specification proposes.
const LEASE: i64 = 10 * 24 * 60 * 60;
/// The shortest and the longest one, in seconds.
const LEASES: std::ops::RangeInclusive<i64> = 300..=30 * 24 * 60 * 60;
/// The longest secret: the specification wants it shorter than 200 bytes.
const SECRET_MOST: usize = 199;
/// The longest callback.
const CALLBACK_MOST: usize = 2_000;
/// How many may wait to be asked back.
const WAITING_MOST: i64 = 1_000;
/// After how many seconds a callback that could not be reached is asked once more.
const ASK_AGAIN: [i64; 3] = [5, 60, 600];
/// After how many seconds a delivery that failed is tried again; from then on each time after the last of them.
const TELL_AGAIN: [i64; 5] = [5, 30, 300, 1_800, 7_200];
/// How long deliveries may fail until the subscription ends, in milliseconds: three days.
const FAILING_MOST: i64 = 3 * 24 * 60 * 60 * 1000;

/// What somebody asks for, as the form has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// `hub.mode`.
    pub mode: Option<String>,
    /// `hub.topic`.
    pub topic: Option<String>,
    /// `hub.callback`.
    pub callback: Option<String>,
    /// `hub.secret`.
    pub secret: Option<String>,
    /// `hub.lease_seconds`.
    pub lease_seconds: Option<String>,
}

impl Form {
    /// Reads the form. What is not known is ignored, as the specification wants it.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for what comes twice.
    pub fn read(bytes: &[u8]) -> Result<Form> {
        let mut form = Form::default();
        for (name, value) in form_urlencoded::parse(bytes) {
            let place = match name.as_ref() {
                "hub.mode" => &mut form.mode,
                "hub.topic" => &mut form.topic,
                "hub.callback" => &mut form.callback,
                "hub.secret" => &mut form.secret,
                "hub.lease_seconds" => &mut form.lease_seconds,
                _ => continue,
            };
            if place.replace(value.into_owned()).is_some() {
                return Err(fault(&name, format!("{name} came more than once.")));
            }
        }
        Ok(form)
    }
}

fn fault(at: &str, says: impl Into<String>) -> Error {
    Error::new(Code::InvalidParameter, says).at(at)
}

/// How something with a callback went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// As it should.
    Done,
    /// It is tried again later.
    Later,
    /// It is over: the callback does not want it, or has failed for too long.
    Over,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Outcome::Done => "done",
            Outcome::Later => "later",
            Outcome::Over => "over",
        }
    }
}

/// The hub. Cloning shares it.
#[derive(Clone)]
pub struct Hub {
    app: App,
    client: Client,
    asked: Arc<Notify>,
}

impl Hub {
    /// The hub of this server; `None` when the settings name another one, or none.
    ///
    /// # Errors
    /// `CONFIG_INVALID` when the system has no certificates to trust.
    pub fn new(app: &App) -> Result<Option<Hub>> {
        if !app.settings.websub.is_own() {
            return Ok(None);
        }
        let client = Client::new(&app.settings.outbound)?;
        Ok(Some(Hub { app: app.clone(), client, asked: Arc::default() }))
    }

    /// Keeps what somebody asks for, until their callback has said that they meant it.
    ///
    /// # Errors
    /// `INVALID_PARAMETER` for what is missing or at fault, `INVALID_INPUT` and `FORBIDDEN` for a callback that requests may
    /// not go to, `NOT_FOUND` for a feed that is not here, `UNAVAILABLE` when there are too many already.
    pub async fn ask(&self, form: &Form) -> Result<()> {
        let mode = match form.mode.as_deref() {
            Some(mode @ ("subscribe" | "unsubscribe")) => mode.to_owned(),
            Some("publish") => {
                let says = "Nobody has to tell this hub what is new: it is the publisher's own.";
                return Err(fault("hub.mode", says));
            }
            _ => return Err(fault("hub.mode", "hub.mode is subscribe or unsubscribe.")),
        };
        let callback = self.callback(form)?;
        let topic = form.topic.clone().unwrap_or_default();
        let feed = self.feed(&topic).ok_or_else(|| {
            let says = "hub.topic is the address of a feed of this server, as the feed itself has it in its link `self`; \
                        those of searches, further pages and archives are not told of.";
            fault("hub.topic", says)
        })?;
        let secret = form.secret.clone().filter(|secret| !secret.is_empty());
        if secret.as_ref().is_some_and(|secret| secret.len() > SECRET_MOST) {
            return Err(fault("hub.secret", format!("hub.secret has {SECRET_MOST} bytes at the most.")));
        }
        let lease_seconds = match &form.lease_seconds {
            None => LEASE,
            Some(text) if text.is_empty() => LEASE,
            Some(text) => text
                .parse::<u32>()
                .map(|seconds| i64::from(seconds).clamp(*LEASES.start(), *LEASES.end()))
                .map_err(|_| fault("hub.lease_seconds", "hub.lease_seconds is a number of seconds."))?,
        };
        let key = blake3::hash(format!("{topic}\n{callback}").as_bytes()).to_hex().to_string();
        if mode == "subscribe" {
            // What is not there is refused at once; where it leads on by itself, the subscriber reads the address anew.
            let (made, _) = feed::answer(&self.app, &feed, None, None, 0).await?;
            if let Some(says) = made.value.says_nothing() {
                return Err(Error::new(Code::NotFound, says));
            }
            if made.value.status != 200 {
                return Err(fault("hub.topic", "This feed has another address now: read it anew, it leads there."));
            }
        }
        self.has_room(&key).await?;
        let callback = callback.to_string();
        let wanted = self.app.db.write(move |tx| {
            let (key, mode, topic, callback, secret) =
                (key.clone(), mode.clone(), topic.clone(), callback.clone(), secret.clone());
            Box::pin(async move {
                let (topic, callback) = (topic.as_str(), callback.as_str());
                let secret = secret.as_deref();
                let asked = Asked { key: &key, mode: &mode, topic, callback, secret, lease_seconds };
                websub::ask(tx, &asked).await
            })
        });
        wanted.await?;
        self.asked.notify_one();
        Ok(())
    }

    fn callback(&self, form: &Form) -> Result<Url> {
        let text = form.callback.as_deref().unwrap_or_default();
        let at = Url::parse(text).ok().filter(|at| at.has_host() && text.len() <= CALLBACK_MOST);
        let at = at.ok_or_else(|| {
            fault("hub.callback", format!("hub.callback is an address of {CALLBACK_MOST} characters at the most."))
        })?;
        if at.fragment().is_some() || !at.username().is_empty() || at.password().is_some() {
            return Err(fault("hub.callback", "hub.callback has no fragment, and nobody's name or password in it."));
        }
        self.client.holds(&at).map_err(|error| error.at("hub.callback"))?;
        Ok(at)
    }

    async fn has_room(&self, key: &str) -> Result<()> {
        let mut conn = self.app.db.read().await?;
        let (subscriptions, waiting) = websub::counts(&mut conn).await?;
        let full = subscriptions >= self.app.settings.websub.subscriptions || waiting >= WAITING_MOST;
        // Who is in may always renew.
        if full && websub::subscription(&mut conn, key).await?.is_none() {
            return Err(Error::new(Code::Unavailable, "There are too many subscriptions already; try again later."));
        }
        Ok(())
    }

    /// The feed that a topic is of: of this server, and told of.
    fn feed(&self, topic: &str) -> Option<Feed> {
        let server = self.app.settings.auth.server(&self.app.settings.site);
        Feed::parse(topic.strip_prefix(&server)?)
    }

    /// Waits until somebody asks for something.
    pub async fn asked(&self) {
        self.asked.notified().await;
    }

    /// Asks the callback whether they meant it, and does what they asked for if so.
    ///
    /// # Errors
    /// What the store says.
    pub async fn verify(&self, request: Request) -> Result<Outcome> {
        let outcome = match self.is_meant(&request).await {
            Ok(true) => Outcome::Done,
            Ok(false) => Outcome::Over,
            Err(error) => {
                tracing::info!(?error, callback = host(&request.callback), "a subscriber cannot be asked back");
                Outcome::Later
            }
        };
        let again = usize::try_from(request.tries).ok().and_then(|tries| ASK_AGAIN.get(tries)).copied();
        let work = self.app.db.write(move |tx| {
            let request = request.clone();
            Box::pin(async move {
                if let (Outcome::Later, Some(seconds)) = (outcome, again) {
                    let at = tx.now().plus_millis(seconds * 1000);
                    websub::postpone(tx, &request, at).await?;
                    return Ok(Outcome::Later);
                }
                // Who asked for something else meanwhile is asked about that.
                if !websub::settle(tx, &request).await? || outcome != Outcome::Done {
                    return Ok(Outcome::Over);
                }
                if request.mode == "subscribe" {
                    let expires_at = tx.now().plus_millis(request.lease_seconds * 1000);
                    websub::subscribe(tx, &request, expires_at).await?;
                } else {
                    websub::unsubscribe(tx, &request.key).await?;
                }
                Ok(Outcome::Done)
            })
        });
        let outcome = work.await?.value;
        metrics::counter!(names::WEBSUB_VERIFICATIONS, "outcome" => outcome.word()).increment(1);
        Ok(outcome)
    }

    /// Whether the callback answers with the challenge (section 5.3).
    async fn is_meant(&self, request: &Request) -> Result<bool> {
        let challenge = format!("{:032x}", rand::random::<u128>());
        let mut says = vec![("hub.mode", request.mode.as_str()), ("hub.challenge", &challenge)];
        let lease = request.lease_seconds.to_string();
        if request.mode == "subscribe" {
            says.push(("hub.lease_seconds", &lease));
        }
        let at = asking(&request.callback, &request.topic, &says)?;
        let answer = self.send(self.client.request(Method::GET, at)).await?;
        if answer.status.is_server_error() {
            return Err(Error::new(Code::Unavailable, format!("The callback answered {}.", answer.status)));
        }
        Ok(answer.status.is_success() && answer.body == challenge.as_bytes())
    }

    async fn send(&self, request: reqwest::RequestBuilder) -> Result<crate::outbound::client::Answer> {
        self.client.send(request.build().map_err(Error::internal)?).await
    }

    /// What a subscriber would be told now: the feed, or nothing when it is gone.
    ///
    /// # Errors
    /// What the catalogue says.
    pub async fn content(&self, topic: &str) -> Result<Option<Content>> {
        // By its path alone: who has subscribed is told on when the server has another name.
        let Some(mut feed) = Url::parse(topic).ok().and_then(|at| Feed::parse(at.path())) else { return Ok(None) };
        for _ in 0..MOVES_MOST {
            let (made, _) = feed::answer(&self.app, &feed, None, None, 0).await?;
            if made.value.says_nothing().is_some() {
                return Ok(None);
            }
            // A feed of something that has another name now is told on under the address that was subscribed to.
            let next = made.value.headers.iter().find(|(name, _)| *name == "location");
            match next.map(|(_, location)| Feed::parse(location)) {
                None => return Ok(Some(Content { made })),
                Some(Some(next)) => feed = next,
                Some(None) => return Ok(None),
            }
        }
        Ok(None)
    }

    /// Tells a subscriber what the feed is now, unless they have it.
    ///
    /// # Errors
    /// What the store and the catalogue say.
    pub async fn deliver(&self, key: &str) -> Result<Outcome> {
        let mut conn = self.app.db.read().await?;
        let Some(subscription) = websub::subscription(&mut conn, key).await? else { return Ok(Outcome::Over) };
        drop(conn);
        let content = self.content(&subscription.topic).await?;
        let tag = content.as_ref().map(|content| content.tag().to_owned());
        if let Some(tag) = tag.as_deref().filter(|tag| *tag == subscription.delivered) {
            if subscription.failing_since.is_some() {
                // The feed is again what they took: they are behind with nothing, and their patience begins anew.
                let (key, tag) = (key.to_owned(), tag.to_owned());
                let work = self.app.db.write(move |tx| {
                    let (key, tag) = (key.clone(), tag.clone());
                    Box::pin(async move { websub::delivered(tx, &key, &tag).await })
                });
                work.await?;
            }
            return Ok(Outcome::Done);
        }
        let sent = match &content {
            Some(content) => self.tell(&subscription, content).await,
            None => self.deny(&subscription).await.map(|()| Outcome::Over),
        };
        let outcome = sent.unwrap_or_else(|error| {
            tracing::info!(?error, callback = host(&subscription.callback), "a subscriber cannot be told");
            Outcome::Later
        });
        let now = self.app.db.clock().now();
        let for_long = subscription.failing_since.is_some_and(|since| now.millis() - since > FAILING_MOST);
        let outcome = if outcome == Outcome::Later && for_long { Outcome::Over } else { outcome };
        let tries = usize::try_from(subscription.tries).unwrap_or(usize::MAX);
        let pause = TELL_AGAIN.get(tries.min(TELL_AGAIN.len() - 1)).copied().unwrap_or_default();
        let work = self.app.db.write(move |tx| {
            let (subscription, tag) = (subscription.clone(), tag.clone());
            Box::pin(async move {
                match (outcome, tag) {
                    (Outcome::Done, Some(tag)) => websub::delivered(tx, &subscription.key, &tag).await,
                    (Outcome::Later, _) => {
                        let at = tx.now().plus_millis(pause * 1000);
                        websub::failed(tx, &subscription, at).await
                    }
                    _ => websub::unsubscribe(tx, &subscription.key).await,
                }
            })
        });
        work.await?;
        metrics::counter!(names::WEBSUB_DELIVERIES, "outcome" => outcome.word()).increment(1);
        Ok(outcome)
    }

    /// Content distribution (section 7), signed (7.1) where there is a secret.
    async fn tell(&self, subscription: &Subscription, content: &Content) -> Result<Outcome> {
        let at = Url::parse(&subscription.callback).map_err(Error::internal)?;
        let answer = content.answer();
        let server = self.app.settings.auth.server(&self.app.settings.site);
        let hub = self.app.settings.websub.address(&server).unwrap_or_default();
        let links = format!("<{hub}>; rel=\"hub\", <{}>; rel=\"self\"", subscription.topic);
        let mut request =
            self.client.request(Method::POST, at).header(CONTENT_TYPE, answer.media_type).header(LINK, links);
        if let Some(secret) = &subscription.secret {
            request = request.header("x-hub-signature", signature(secret, &answer.body));
        }
        let said = self.send(request.body(answer.body.clone())).await?.status;
        Ok(match said.as_u16() {
            200..=299 => Outcome::Done,
            // Gone for good, as the subscriber says itself.
            410 => Outcome::Over,
            _ => {
                tracing::info!(status = %said, callback = host(&subscription.callback), "a subscriber does not take what it is told");
                Outcome::Later
            }
        })
    }

    /// Tells that there will be nothing more (section 5.2).
    async fn deny(&self, subscription: &Subscription) -> Result<()> {
        let reason = "Nothing published has this name any more, so the feed is gone.";
        let says = [("hub.mode", "denied"), ("hub.reason", reason)];
        let at = asking(&subscription.callback, &subscription.topic, &says)?;
        let said = self.send(self.client.request(Method::GET, at)).await?.status;
        if said.is_server_error() {
            return Err(Error::new(Code::Unavailable, format!("The callback answered {said}.")));
        }
        Ok(())
    }
}

/// What the log says of a callback: no more than its host, since the rest is mostly a secret of the subscriber's.
fn host(callback: &str) -> String {
    Url::parse(callback).ok().and_then(|at| at.host_str().map(str::to_owned)).unwrap_or_default()
}

/// The callback with these members in its query, beside those that it has.
fn asking(callback: &str, topic: &str, says: &[(&str, &str)]) -> Result<Url> {
    let mut at = Url::parse(callback).map_err(Error::internal)?;
    at.query_pairs_mut().extend_pairs(says).append_pair("hub.topic", topic);
    Ok(at)
}

/// Through how many names a feed is followed.
const MOVES_MOST: usize = 5;

/// A feed as it is now.
#[derive(Debug, Clone)]
pub struct Content {
    made: Arc<crate::cache::Made<Answer>>,
}

impl Content {
    /// Tells the states of a feed apart.
    pub fn tag(&self) -> &str {
        &self.made.value.tag
    }

    fn answer(&self) -> &Answer {
        &self.made.value
    }

    /// What is to be remembered of it.
    pub fn state(&self) -> State {
        let made = &self.made;
        State { tag: made.value.tag.clone(), on: made.on().clone() }
    }
}

/// By which it is known that a feed is as it was, without making it.
#[derive(Debug, Clone)]
pub struct State {
    /// Tells the states of a feed apart.
    pub tag: String,
    on: Depends,
}

impl State {
    /// Whether the feed is as it was, as far as the marks of the log go.
    pub fn stands(&self, app: &App) -> bool {
        let now = app.db.clock().now();
        self.on.until.is_none_or(|until| now < until) && app.answers.marks().stands(self.on.label, &self.on.tags)
    }
}

/// The value of `X-Hub-Signature`: an HMAC of the body by SHA-256 (section 7.1).
fn signature(secret: &str, body: &[u8]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
    format!("sha256={}", data_encoding::HEXLOWER.encode(hmac::sign(&key, body).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_strictly_where_it_is_ours() {
        let form = Form::read(b"hub.mode=subscribe&hub.topic=a%20b&x=1&hub.secret=").unwrap();
        assert_eq!((form.mode.as_deref(), form.topic.as_deref()), (Some("subscribe"), Some("a b")));
        assert_eq!((form.callback, form.secret.as_deref()), (None, Some("")));
        let twice = Form::read(b"hub.topic=a&hub.topic=b").unwrap_err();
        assert_eq!((twice.code(), twice.parameter()), (Code::InvalidParameter, Some("hub.topic")));
    }

    #[test]
    fn deliveries_are_signed_as_rfc_4231_has_it() {
        // Test case 2 of RFC 4231.
        let signed = signature("Jefe", b"what do ya want for nothing?");
        assert_eq!(signed, "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
