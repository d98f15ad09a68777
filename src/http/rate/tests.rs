//! Tests of the rate limit: points, time, memory, headers.

use super::*;
use crate::{
    config::{Settings, Sources},
    http::problem,
};
use actix_web::{
    App, HttpResponse,
    middleware::from_fn,
    test::{self, TestRequest},
    web,
};
use governor::clock::FakeRelativeClock;
use std::net::SocketAddr;

fn limit(burst: u32, points_per_minute: u32, most_keys: usize) -> (RateLimit<FakeRelativeClock>, FakeRelativeClock) {
    let clock = FakeRelativeClock::default();
    let settings = RateLimitSettings { enabled: true, points_per_minute, burst, exempt_loopback: true };
    (RateLimit::with_clock(&settings, clock.clone(), most_keys), clock)
}

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[::core::prelude::v1::test]
fn points_are_spent_and_come_back() {
    // One point each second.
    let (limit, clock) = limit(100, 60, 10);
    let charge = |who: &str, cost| {
        let verdict = limit.charge(address(who), cost);
        (verdict.outcome, verdict.remaining, verdict.reset.as_secs())
    };
    assert_eq!(charge("192.0.2.1", 30), (Outcome::Paid, 70, 30));
    assert_eq!(charge("192.0.2.1", 60), (Outcome::Paid, 10, 90));
    // Ten are left and twenty are asked for: ten more are needed, and none are taken.
    assert_eq!(charge("192.0.2.1", 20), (Outcome::Wait, 10, 10));
    assert_eq!(charge("192.0.2.1", 20), (Outcome::Wait, 10, 10));
    assert_eq!(charge("192.0.2.2", 20), (Outcome::Paid, 80, 20));
    clock.advance(Duration::from_secs(10));
    assert_eq!(charge("192.0.2.1", 20), (Outcome::Paid, 0, 100));
    assert_eq!(charge("192.0.2.1", 1), (Outcome::Wait, 0, 1));
    assert_eq!(charge("192.0.2.1", 101).0, Outcome::Never);
    clock.advance(Duration::from_secs(1000));
    assert_eq!(charge("192.0.2.1", 0), (Outcome::Paid, 99, 1));
}

#[::core::prelude::v1::test]
fn one_customer_of_ipv6_has_one_bucket() {
    let (limit, _) = limit(100, 60, 10);
    assert_eq!(limit.charge(address("2001:db8:1:2::1"), 60).outcome, Outcome::Paid);
    assert_eq!(limit.charge(address("2001:db8:1:2:ffff::9"), 60).outcome, Outcome::Wait);
    assert_eq!(limit.charge(address("2001:db8:1:3::1"), 60).outcome, Outcome::Paid);
}

#[::core::prelude::v1::test]
fn memory_is_bounded() {
    let (limit, clock) = limit(100, 60, 1000);
    // Someone walks through the /64s of a /48.
    for n in 0..20_000_u32 {
        let (high, low) = (n >> 16, n & 0xffff);
        limit.charge(address(&format!("2001:db8:{high:x}:{low:x}::1")), 1);
    }
    // Tidied every 4,096 charges: those that came before the first round, and then few.
    assert!(limit.limiter.len() < 1000 + TIDY_EVERY as usize + 10, "{}", limit.limiter.len());
    assert!(limit.crowded.load(Ordering::Relaxed));
    clock.advance(Duration::from_secs(1000));
    limit.tidy();
    assert_eq!((limit.limiter.len(), limit.crowded.load(Ordering::Relaxed)), (0, false));
}

async fn priced(req: HttpRequest) -> Result<HttpResponse> {
    let cost = req.match_info().get("cost").and_then(|cost| cost.parse().ok()).unwrap_or(1);
    charge(&req, cost)?;
    Ok(HttpResponse::Ok().finish())
}

#[actix_web::test]
async fn headers_tell_what_is_left_and_when_to_return() {
    let flags =
        [("rate_limit.points_per_minute", "60"), ("rate_limit.burst", "100"), ("graphql.max_complexity", "100")];
    let sources = flags.into_iter().fold(Sources::none(), |sources, (key, value)| sources.flag(key, value));
    let shell = Shell::new(Settings::load(&sources).unwrap());
    let app = App::new()
        .app_data(web::Data::new(shell))
        .wrap(from_fn(layer))
        .wrap(from_fn(problem::layer))
        .route("/free", web::get().to(HttpResponse::Ok))
        .route("/{cost}", web::get().to(priced));
    let app = test::init_service(app).await;
    let ask = async |path: &str, peer: &str| {
        let peer = SocketAddr::new(address(peer), 1);
        let res = test::call_service(&app, TestRequest::get().uri(path).peer_addr(peer).to_request()).await;
        let value = |name: HeaderName| res.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        (res.status().as_u16(), value(RATE_LIMIT_POLICY), value(RATE_LIMIT), value(RETRY_AFTER))
    };
    let none = |status| (status, String::new(), String::new(), String::new());
    let policy = "\"default\";q=100;w=100;qu=\"points\"".to_owned();
    assert_eq!(ask("/40", "192.0.2.1").await, (200, policy.clone(), "\"default\";r=60;t=40".into(), String::new()));
    assert_eq!(ask("/free", "192.0.2.1").await, none(200));
    let (status, _, state, retry) = ask("/90", "192.0.2.1").await;
    assert_eq!((status, state.as_str(), retry.as_str()), (429, "\"default\";r=60;t=30", "30"));
    assert_eq!(ask("/101", "192.0.2.1").await.0, 400);
    for _ in 0..5 {
        assert_eq!(ask("/90", "127.0.0.1").await, none(200));
    }
}
