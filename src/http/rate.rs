//! What anonymous readers may ask for: points by address, and the headers that tell how many are left.
//!
//! Each address has a bucket of `burst` points that fills by `points_per_minute` (the generic cell rate algorithm, so
//! one number is kept for each address). A door calls [`charge`] with the cost of an operation before it runs it; the
//! layer here writes the headers of the IETF draft "RateLimit header fields for HTTP"
//! (draft-ietf-httpapi-ratelimit-headers-10): `RateLimit-Policy: "default";q=20000;w=20;qu="points"`, where `q` is the
//! bucket and `w` the seconds in which an empty one fills, and `RateLimit: "default";r=19000;t=1`, where `r` is what is
//! left and `t` the seconds until the bucket is full again, or, after a refusal, until the same request can be paid.

use super::{
    address::{self, network},
    answer::{Answer, edit_headers},
    shell::Shell,
};
use crate::{
    config::RateLimitSettings,
    error::{Code, Error, Result},
    model::viewer::Role,
    telemetry::names,
};
use actix_web::{
    HttpMessage, HttpRequest,
    body::MessageBody,
    dev::ServiceRequest,
    http::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER},
    middleware::Next,
};
use governor::{
    Quota, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::StateInformationMiddleware,
    state::keyed::DashMapStateStore,
};
use std::{
    net::IpAddr,
    num::NonZeroU32,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

/// The header with what is left.
pub const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");
/// The header with the rule.
pub const RATE_LIMIT_POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Addresses that are remembered before neighbours must share: about 16 MB.
const MOST_KEYS: usize = 100_000;
/// Charges between two rounds of tidying.
const TIDY_EVERY: u32 = 4096;

/// The buckets of all addresses. One for the process; sharing it between threads is cheap.
pub struct RateLimit<C: Clock = DefaultClock> {
    limiter: RateLimiter<IpAddr, DashMapStateStore<IpAddr>, C, StateInformationMiddleware>,
    clock: C,
    burst: u32,
    /// The time in which one point comes back.
    period: Duration,
    policy: HeaderValue,
    most_keys: usize,
    charges: AtomicU32,
    /// Whether there are too many addresses, so that wider networks share a bucket.
    crowded: AtomicBool,
}

/// What a charge came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// Points that the bucket holds.
    pub limit: u32,
    /// Points that are left in it.
    pub remaining: u32,
    /// After a refusal the time until the same charge can be paid; else the time until the bucket is full.
    pub reset: Duration,
    /// Whether it was paid.
    pub outcome: Outcome,
    /// The value of `RateLimit-Policy`.
    pub policy: HeaderValue,
}

/// Whether a charge was paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was.
    Paid,
    /// It was not; it can be after [`Verdict::reset`].
    Wait,
    /// It was not and never can be: it costs more than a full bucket holds.
    Never,
}

impl Verdict {
    fn write(&self, headers: &mut HeaderMap) {
        headers.insert(RATE_LIMIT_POLICY, self.policy.clone());
        if let Some(state) = self.state() {
            headers.insert(RATE_LIMIT, state);
        }
        if self.outcome == Outcome::Wait {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds(self.reset).max(1)));
        }
    }

    /// The value of `RateLimit`.
    fn state(&self) -> Option<HeaderValue> {
        HeaderValue::from_str(&format!("\"default\";r={};t={}", self.remaining, seconds(self.reset))).ok()
    }
}

/// Whole seconds, rounded up: a client that waits so long has waited long enough.
fn seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

impl RateLimit {
    /// Empty buckets by these settings; what is 0 there counts as 1.
    pub fn new(settings: &RateLimitSettings) -> Self {
        RateLimit::with_clock(settings, DefaultClock::default(), MOST_KEYS)
    }
}

impl<C: Clock + Clone> RateLimit<C> {
    fn with_clock(settings: &RateLimitSettings, clock: C, most_keys: usize) -> Self {
        let burst = NonZeroU32::new(settings.burst).unwrap_or(NonZeroU32::MIN);
        let period = (Duration::from_secs(60) / settings.points_per_minute.max(1)).max(Duration::from_nanos(1));
        let quota = Quota::with_period(period).unwrap_or(Quota::per_second(NonZeroU32::MIN)).allow_burst(burst);
        let window = seconds(period * burst.get());
        let policy = format!("\"default\";q={burst};w={window};qu=\"points\"");
        RateLimit {
            limiter: RateLimiter::new(quota, DashMapStateStore::default(), clock.clone()),
            clock,
            burst: burst.get(),
            period,
            policy: HeaderValue::from_str(&policy).unwrap_or(HeaderValue::from_static("\"default\"")),
            most_keys,
            charges: AtomicU32::new(0),
            crowded: AtomicBool::new(false),
        }
    }

    /// Takes `cost` points (at least 1) from the bucket of `address`, or takes none.
    pub fn charge(&self, address: IpAddr, cost: u32) -> Verdict {
        if self.charges.fetch_add(1, Ordering::Relaxed) % TIDY_EVERY == TIDY_EVERY - 1 {
            self.tidy();
        }
        let crowded = self.crowded.load(Ordering::Relaxed);
        let key = if crowded { network(address, 24, 48) } else { address::limit_key(address) };
        let cost = NonZeroU32::new(cost).unwrap_or(NonZeroU32::MIN);
        let verdict = |outcome, remaining, reset| Verdict {
            limit: self.burst,
            remaining,
            reset,
            outcome,
            policy: self.policy.clone(),
        };
        match self.limiter.check_key_n(&key, cost) {
            Ok(Ok(state)) => {
                let remaining = state.remaining_burst_capacity();
                verdict(Outcome::Paid, remaining, self.period * (self.burst - remaining.min(self.burst)))
            }
            Ok(Err(not_until)) => {
                let wait = not_until.wait_time_from(self.clock.now());
                // The wait is for the points that are missing, so what is left is the cost without them.
                let missing = wait.as_nanos().div_ceil(self.period.as_nanos().max(1));
                let remaining = cost.get().saturating_sub(u32::try_from(missing).unwrap_or(u32::MAX));
                verdict(Outcome::Wait, remaining, wait)
            }
            Err(_) => verdict(Outcome::Never, self.burst, Duration::ZERO),
        }
    }

    /// Forgets addresses whose bucket is full again, and keeps the number of the others bounded.
    ///
    /// Someone with a wide IPv6 network can fill the memory with addresses faster than they can be forgotten. When
    /// there are too many, neighbours share a bucket: each /24 of IPv4 and each /48 of IPv6, of which an attacker has
    /// few. Honest neighbours then have less, which is better than nothing for all.
    fn tidy(&self) {
        self.limiter.retain_recent();
        self.limiter.shrink_to_fit();
        let keys = self.limiter.len();
        self.crowded.store(keys > self.most_keys, Ordering::Relaxed);
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
        metrics::gauge!(names::RATE_LIMIT_KEYS).set(keys as f64);
    }
}

/// Charges the client of `req` with `cost` points before an operation runs, and keeps the verdict for the headers.
///
/// Call it only for anonymous readers. Loopback is free where the settings say so. A request may be charged more than
/// once, as for a batch; the headers show the last verdict.
///
/// # Errors
/// `RATE_LIMITED` when the client must wait, `LIMIT_EXCEEDED` when the operation costs more than any client ever has,
/// `INTERNAL` outside the shell.
pub fn charge(req: &HttpRequest, cost: u32) -> Result<()> {
    note(req, cost);
    let Some(payer) = Payer::of(req)? else { return Ok(()) };
    let paid = payer.charge(cost);
    payer.settle(req);
    paid
}

/// What a request has cost so far, whoever pays.
#[derive(Clone, Copy)]
struct Cost(u32);

/// Notes that a request costs so many points more, whether or not anybody pays them.
pub(super) fn note(req: &HttpRequest, points: u32) {
    let cost = Cost(cost(req).saturating_add(points));
    req.extensions_mut().insert(cost);
}

/// The points that a request has cost.
pub(super) fn cost(req: &HttpRequest) -> u32 {
    req.extensions().get::<Cost>().map_or(0, |cost| cost.0)
}

/// Who pays for a request. Unlike the request it can be taken to where the cost becomes known.
pub struct Payer {
    rate: Arc<RateLimit>,
    address: IpAddr,
    last: Mutex<Option<Verdict>>,
}

impl Payer {
    /// The payer of this request; `None` when it need not pay.
    ///
    /// # Errors
    /// `INTERNAL` outside the shell.
    pub fn of(req: &HttpRequest) -> Result<Option<Payer>> {
        let shell = Shell::of(req)?;
        let settings = &shell.settings.rate_limit;
        let client = address::client(req)?;
        if !settings.enabled || settings.exempt_loopback && client.is_local() {
            return Ok(None);
        }
        // Who writes for the publication is known by name; readers pay, or an account would be a way round the limit.
        if super::credential::known(req).is_some_and(|known| known.roles.highest() > Role::Reader) {
            return Ok(None);
        }
        Ok(Some(Payer { rate: shell.rate.clone(), address: client.address, last: Mutex::default() }))
    }

    /// Takes `cost` points.
    ///
    /// # Errors
    /// `RATE_LIMITED` when the payer must wait, `LIMIT_EXCEEDED` when it costs more than anybody ever has.
    pub fn charge(&self, cost: u32) -> Result<()> {
        let verdict = self.rate.charge(self.address, cost);
        let (outcome, limit, remaining, wait) =
            (verdict.outcome, verdict.limit, verdict.remaining, seconds(verdict.reset));
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some(verdict);
        match outcome {
            Outcome::Paid => Ok(()),
            Outcome::Wait => {
                metrics::counter!(names::RATE_LIMITED).increment(1);
                let detail = format!(
                    "This costs {cost} points, and your address has {remaining} left of {limit}. Wait {wait} s, or ask for less."
                );
                Err(Error::new(Code::RateLimited, detail))
            }
            Outcome::Never => {
                let detail = format!(
                    "This costs {cost} points, and an anonymous reader has at most {limit}. Ask for less at once."
                );
                Err(Error::new(Code::LimitExceeded, detail))
            }
        }
    }

    /// Keeps the last verdict with the request, for the headers of the answer.
    pub fn settle(&self, req: &HttpRequest) {
        if let Some(verdict) = self.last.lock().unwrap_or_else(PoisonError::into_inner).take() {
            req.extensions_mut().insert(verdict);
        }
    }
}

/// The layer that writes the headers of the last verdict.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let answer = next.call(req).await;
    let verdict = answer.as_ref().ok().and_then(|response| response.request().extensions().get::<Verdict>().cloned());
    let Some(verdict) = verdict else { return answer };
    edit_headers(answer, move |headers| verdict.write(headers))
}

/// Writes the headers of the last verdict of a request that no layer is asked about.
pub(super) fn tell(req: &HttpRequest, headers: &mut HeaderMap) {
    if let Some(verdict) = req.extensions().get::<Verdict>() {
        verdict.write(headers);
    }
}

#[cfg(test)]
mod tests;
