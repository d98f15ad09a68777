//! `/healthz`, `/readyz` and `/metrics`: for those who run the server. Nobody pays for them, and they are no part of
//! the contract in `openapi.yaml`.

use std::time::Duration;

use actix_web::http::header;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::kept::Pages;
use super::shell::Shell;
use crate::app::App;
use crate::catalogue::changes;
use crate::error::{Code, Error, Result};
use crate::followers::Followers;
use crate::graphql::roots::Roots;
use crate::telemetry::{Metrics, names};

/// How long a check may take before it counts as failed.
const PATIENCE: Duration = Duration::from_secs(2);
/// How many changes a follower may be behind before answers are too old to be given.
const LAG_MOST: i64 = 10_000;

/// `GET /healthz`: whether the process lives. It asks nothing of anybody, so that a database that is down does not get
/// the process killed.
pub async fn health() -> HttpResponse {
    fresh(HttpResponse::Ok()).json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// `GET /readyz`: whether requests should be sent here: the database answers, its schema is this program's, and the
/// followers keep up. 503 with the checks that failed otherwise.
pub async fn ready(app: Data<App>, followers: Data<Followers>) -> HttpResponse {
    let database = in_time(changes::head(&app.db)).await;
    let migrations = match &database {
        Ok(_) => in_time(app.pending_migrations()).await,
        Err(_) => Err("not looked up: the database does not answer".to_owned()),
    };
    let migrations = match migrations {
        Ok(pending) if pending.is_empty() => Ok(0),
        Ok(pending) => Err(format!("to be run: {}; run `masthead migrate`", pending.join(", "))),
        Err(says) => Err(says),
    };
    // Lists of related news may take their time: an article that has none gets one when it is read.
    let late: Vec<&str> = followers
        .lags()
        .into_iter()
        .filter(|(name, lag)| *name != "related" && *lag > LAG_MOST)
        .map(|(name, _)| name)
        .collect();
    let following = match (followers.failing().as_slice(), late.as_slice()) {
        ([], []) => Ok(0),
        ([], late) => Err(format!("too far behind: {}", late.join(", "))),
        (failing, _) => Err(format!("failing: {}; the log says why", failing.join(", "))),
    };
    let checks = [("database", database), ("migrations", migrations), ("followers", following)];
    let ready = checks.iter().all(|(_, check)| check.is_ok());
    let shown: serde_json::Map<String, Value> = checks
        .iter()
        .map(|(name, check)| ((*name).to_owned(), check.as_ref().map_or_else(|says| json!(says), |_| json!("ok"))))
        .collect();
    if ready {
        return fresh(HttpResponse::Ok()).json(json!({ "status": "ready", "checks": shown }));
    }
    let failed: Vec<&str> = checks.iter().filter(|(_, check)| check.is_err()).map(|(name, _)| *name).collect();
    let says = format!("Not ready: {}. See checks.", failed.join(", "));
    let problem = super::problem::Problem::new(&Error::new(Code::Unavailable, says), None);
    let mut body = serde_json::to_value(&problem).unwrap_or_default();
    body["checks"] = Value::Object(shown);
    let mut response = fresh(HttpResponse::ServiceUnavailable());
    response.content_type(super::problem::MEDIA_TYPE).insert_header((header::RETRY_AFTER, "5")).body(body.to_string())
}

/// Never kept by a cache: it is true now only.
fn fresh(mut response: actix_web::HttpResponseBuilder) -> actix_web::HttpResponseBuilder {
    response.insert_header((header::CACHE_CONTROL, "no-store"));
    response
}

async fn in_time<T>(check: impl Future<Output = Result<T>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, check).await {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(error.message().to_owned()),
        Err(_) => Err(format!("no answer within {}", humantime::format_duration(PATIENCE))),
    }
}

/// How the pools stand, and what the replicas have answered.
fn databases(app: &App) {
    let readers = ("readers".to_owned(), app.db.pool_status());
    let replicas = app.db.replicas();
    let pools = replicas.iter().map(|replica| (format!("replica {}", replica.name), replica.pool));
    for (name, pool) in [readers].into_iter().chain(pools) {
        #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
        for (gauge, n) in
            [(names::DB_POOL_SIZE, pool.size), (names::DB_POOL_IDLE, pool.idle), (names::DB_POOL_WAITING, pool.waiting)]
        {
            metrics::gauge!(gauge, "pool" => name.clone()).set(n as f64);
        }
    }
    for replica in replicas {
        let outcomes = [("read", replica.reads), ("behind", replica.behind), ("failed", replica.failed)];
        for (outcome, n) in outcomes {
            metrics::counter!(names::REPLICA_READS, "replica" => replica.name.clone(), "outcome" => outcome)
                .absolute(n);
        }
    }
}

/// `GET /metrics`: everything that was counted, in the Prometheus text format.
///
/// # Errors
/// `INTERNAL` when counting was never begun.
pub async fn metrics(
    req: HttpRequest,
    app: Data<App>,
    roots: Data<Roots>,
    followers: Data<Followers>,
) -> Result<HttpResponse> {
    let all = Metrics::install()?;
    databases(&app);
    #[allow(clippy::cast_precision_loss, reason = "a gauge is a float")]
    {
        // As this process knows it: a scrape shall not fail, nor wait, because the database is down.
        metrics::gauge!(names::LOG_HEAD_SEQ).set(*app.db.head().borrow() as f64);
        let pages = Shell::of(&req)?.pages.as_ref().map(Pages::status);
        let [fields, blocks] = roots.status();
        let caches = [
            ("answers", Some(app.answers.status())),
            ("pages", pages),
            ("roots", Some(fields)),
            ("blocks", Some(blocks)),
            ("entities", Some(app.entities.status())),
        ];
        for (cache, kept) in caches.into_iter().filter_map(|(name, kept)| Some((name, kept?))) {
            metrics::gauge!(names::CACHE_ENTRIES, "cache" => cache).set(kept.entries as f64);
            metrics::gauge!(names::CACHE_BYTES, "cache" => cache).set(kept.bytes as f64);
            metrics::counter!(names::CACHE_HITS, "cache" => cache).absolute(kept.hits);
            metrics::counter!(names::CACHE_MISSES, "cache" => cache).absolute(kept.misses);
            metrics::counter!(names::CACHE_INVALIDATED, "cache" => cache).absolute(kept.stale);
            metrics::counter!(names::CACHE_EVICTED, "cache" => cache).absolute(kept.evicted);
        }
        let (compiled, library) = roots.made();
        metrics::counter!(names::GRAPHQL_ROOTS, "by" => "compiled").absolute(compiled);
        metrics::counter!(names::GRAPHQL_ROOTS, "by" => "library").absolute(library);
        for (name, lag) in followers.lags() {
            metrics::gauge!(names::FOLLOWER_LAG, "follower" => name).set(lag as f64);
        }
    }
    metrics::counter!(names::DB_STATEMENTS).absolute(app.db.statements());
    Ok(fresh(HttpResponse::Ok()).content_type(Metrics::CONTENT_TYPE).body(all.render()))
}
