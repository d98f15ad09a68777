//! Logs and metrics: how the process tells its operator what it does.
//!
//! [`init`] sets up logging, once, before anything else runs; [`Metrics::install`] sets up counting and gives the
//! handle that `/metrics` renders. The names of all metrics stand in [`names`], with what they mean; whoever counts
//! uses these constants with the macros of the `metrics` crate. What is not here: the serving of `/metrics` and the
//! counting of requests, which are `http`'s.
//!
//! ```
//! use masthead::telemetry::{Metrics, names};
//! let metrics = Metrics::install().expect("no other recorder");
//! metrics::gauge!(names::LOG_HEAD_SEQ).set(42.0);
//! assert!(metrics.render().contains("masthead_log_head_seq 42"));
//! ```

use crate::{
    config::{LogFormat, LogSettings},
    error::{Code, Error, Result},
};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use std::{
    io::IsTerminal,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tracing_subscriber::EnvFilter;

/// The names of the metrics, with their labels. Durations are in seconds, as Prometheus recommends.
pub mod names {
    /// Counter: requests answered. Labels: `route` (the pattern, or `none`), `method`, `status`.
    pub const HTTP_REQUESTS: &str = "masthead_http_requests_total";
    /// Histogram: seconds from the head of a request to the head of its answer. Label: `route`.
    pub const HTTP_DURATION: &str = "masthead_http_request_duration_seconds";
    /// Gauge: requests being answered.
    pub const HTTP_IN_FLIGHT: &str = "masthead_http_requests_in_flight";
    /// Counter: requests refused because an address had asked for too much.
    pub const RATE_LIMITED: &str = "masthead_rate_limited_total";
    /// Gauge: addresses that the rate limit remembers.
    pub const RATE_LIMIT_KEYS: &str = "masthead_rate_limit_keys";
    /// Gauge: open connections of a database pool. Label: `pool`.
    pub const DB_POOL_SIZE: &str = "masthead_db_pool_size";
    /// Gauge: those of them that nobody uses. Label: `pool`.
    pub const DB_POOL_IDLE: &str = "masthead_db_pool_idle";
    /// Gauge: requests that wait for a connection. Label: `pool`.
    pub const DB_POOL_WAITING: &str = "masthead_db_pool_waiting";
    /// Counter: public reads that a PostgreSQL replica answered, or that went to the primary since it was behind or could
    /// not be used. Labels: `replica`, `outcome`.
    pub const REPLICA_READS: &str = "masthead_db_replica_reads_total";
    /// Counter: SQL statements sent.
    pub const DB_STATEMENTS: &str = "masthead_db_statements_total";
    /// Gauge: the number of the last change of the catalogue.
    pub const LOG_HEAD_SEQ: &str = "masthead_log_head_seq";
    /// Histogram: seconds from a change to when this node shows it. Label: `in`, which is `store` (articles, lists, feeds),
    /// `search` or `related`; each where this process does the work.
    pub const VISIBLE: &str = "masthead_visible_seconds";
    /// Gauge: how many changes a follower is behind the head. Label: `follower`.
    pub const FOLLOWER_LAG: &str = "masthead_follower_lag";
    /// Counter: answers that were kept and still stood. Label: `cache`.
    pub const CACHE_HITS: &str = "masthead_cache_hits_total";
    /// Counter: answers that had to be made. Label: `cache`.
    pub const CACHE_MISSES: &str = "masthead_cache_misses_total";
    /// Counter: those of them that had been kept, and were no longer true. Label: `cache`.
    pub const CACHE_INVALIDATED: &str = "masthead_cache_invalidated_total";
    /// Counter: answers that had to go for lack of room. Label: `cache`.
    pub const CACHE_EVICTED: &str = "masthead_cache_evicted_total";
    /// Histogram: seconds since what was found was made, of one hit in 64. Label: `cache`.
    pub const CACHE_AGE: &str = "masthead_cache_age_seconds";
    /// Gauge: answers that are kept. Label: `cache`.
    pub const CACHE_ENTRIES: &str = "masthead_cache_entries";
    /// Gauge: what they take, in bytes. Label: `cache`.
    pub const CACHE_BYTES: &str = "masthead_cache_bytes";
    /// Counter: root fields of GraphQL queries that were made, in one go or field by field. Label: `by`.
    pub const GRAPHQL_ROOTS: &str = "masthead_graphql_root_fields_total";
    /// Counter: GraphQL queries that were begun by their root fields and left to the library as a whole, which is slower. Label:
    /// `reason`, the code of the fault, or `TWO_LOGS` where parts were read before and after a restore.
    pub const GRAPHQL_GIVEN_UP: &str = "masthead_graphql_given_up_total";
    /// Counter: calls to caches in front that were told what has changed. Labels: `target`, `outcome`.
    pub const PURGES: &str = "masthead_purges_total";
    /// Counter: callbacks of WebSub that were asked whether they meant it. Label: `outcome`.
    pub const WEBSUB_VERIFICATIONS: &str = "masthead_websub_verifications_total";
    /// Counter: deliveries to subscribers of feeds. Label: `outcome`.
    pub const WEBSUB_DELIVERIES: &str = "masthead_websub_deliveries_total";
    /// Gauge: subscriptions of feeds.
    pub const WEBSUB_SUBSCRIPTIONS: &str = "masthead_websub_subscriptions";
    /// Gauge: open WebSocket connections.
    pub const WS_CONNECTIONS: &str = "masthead_ws_connections";
    /// Gauge: always 1. Label: `version`.
    pub const BUILD_INFO: &str = "masthead_build_info";
}

/// Upper bounds of the latency histogram, in seconds: from a keyed read in memory to the default request timeout.
const LATENCY_BUCKETS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0];

/// Upper bounds of the ages of kept answers, in seconds: from the burst after a publication to days of the archive.
const AGE_BUCKETS: [f64; 10] = [0.1, 1.0, 5.0, 15.0, 60.0, 300.0, 1_800.0, 7_200.0, 43_200.0, 259_200.0];

/// Notes that something this old was found in a cache, [`names::CACHE_AGE`].
pub fn aged(cache: &'static str, age: Duration) {
    metrics::histogram!(names::CACHE_AGE, "cache" => cache).record(age);
}

/// Notes that changes which are this old are shown from now on, [`names::VISIBLE`] `within` this.
pub fn visible(within: &'static str, ages: impl IntoIterator<Item = Duration>) {
    let seconds = metrics::histogram!(names::VISIBLE, "in" => within);
    ages.into_iter().for_each(|age| seconds.record(age));
}

/// Sets up logging for the whole process. Lines go to standard error, so that standard output stays for data.
///
/// # Errors
/// `CONFIG_INVALID` if the filter cannot be read, or if logging was set up before.
pub fn init(log: &LogSettings) -> Result<()> {
    // html5ever warns of every table that is nested wrongly, which is the source's fault and no event of ours.
    let directives =
        if log.filter.contains("html5ever") { log.filter.clone() } else { format!("{},html5ever=off", log.filter) };
    let filter = EnvFilter::try_new(directives).map_err(|fault| {
        Error::new(Code::Config, format!("The log filter {:?} cannot be read: {fault}.", log.filter)).at("log.filter")
    })?;
    let terminal = std::io::stderr().is_terminal();
    let base = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let done = match log.format {
        LogFormat::Auto if terminal => base.with_target(false).try_init(),
        LogFormat::Human => base.with_target(false).with_ansi(terminal).try_init(),
        LogFormat::Auto | LogFormat::Json => {
            base.json().flatten_event(true).with_current_span(true).with_span_list(false).try_init()
        }
    };
    done.map_err(|cause| {
        Error::new(Code::Config, "Logging was set up twice; set it up once, at the start of the process.")
            .because(cause)
    })
}

/// Everything that was counted in this process.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

/// The handle of the recorder, kept because the `metrics` crate accepts one recorder for each process: two servers in
/// one process, as in tests, share it.
static INSTALLED: Mutex<Option<Metrics>> = Mutex::new(None);

impl Metrics {
    /// Starts counting, or gives what counts already.
    ///
    /// # Errors
    /// `INTERNAL` if something else in this process has installed another recorder.
    pub fn install() -> Result<Metrics> {
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metrics) = installed.as_ref() {
            return Ok(metrics.clone());
        }
        let handle = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(names::HTTP_DURATION.into()), &LATENCY_BUCKETS)
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(names::VISIBLE.into()), &LATENCY_BUCKETS))
            .and_then(|builder| builder.set_buckets_for_metric(Matcher::Full(names::CACHE_AGE.into()), &AGE_BUCKETS))
            .and_then(PrometheusBuilder::install_recorder)
            .map_err(Error::internal)?;
        describe();
        metrics::gauge!(names::BUILD_INFO, "version" => env!("CARGO_PKG_VERSION")).set(1.0);
        Ok(installed.insert(Metrics(handle)).clone())
    }

    /// All metrics in the Prometheus text format, version 0.0.4: serve it as [`Metrics::CONTENT_TYPE`].
    pub fn render(&self) -> String {
        // Observations wait in a buffer until they are sorted into buckets; the crate leaves it to us to empty it.
        self.0.run_upkeep();
        self.0.render()
    }

    /// Empties the buffer of observations. Call it now and then (each few seconds), so that it stays small in a
    /// process whose metrics nobody reads.
    pub fn upkeep(&self) {
        self.0.run_upkeep();
    }

    /// The media type of [`Metrics::render`].
    pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
}

fn describe() {
    use metrics::{Unit, describe_counter, describe_gauge, describe_histogram};
    describe_counter!(names::HTTP_REQUESTS, "Requests answered, by route pattern, method and status.");
    describe_histogram!(
        names::HTTP_DURATION,
        Unit::Seconds,
        "Time from the head of a request to the head of its answer."
    );
    describe_gauge!(names::HTTP_IN_FLIGHT, "Requests being answered.");
    describe_counter!(names::GRAPHQL_ROOTS, "Root fields of queries that were made: compiled or by the library.");
    describe_counter!(
        names::GRAPHQL_GIVEN_UP,
        "Queries begun by their root fields and left to the library as a whole, by reason."
    );
    describe_counter!(names::CACHE_HITS, "Answers that were kept and still stood, by cache.");
    describe_counter!(names::CACHE_MISSES, "Answers that had to be made, by cache.");
    describe_counter!(names::CACHE_INVALIDATED, "Answers that had been kept and were no longer true, by cache.");
    describe_counter!(names::CACHE_EVICTED, "Answers that had to go for lack of room, by cache.");
    describe_histogram!(names::CACHE_AGE, Unit::Seconds, "Age of what was found, of one hit in 64, by cache.");
    describe_gauge!(names::CACHE_ENTRIES, "Answers that are kept, by cache.");
    describe_gauge!(names::CACHE_BYTES, Unit::Bytes, "What kept answers take, by cache.");
    describe_counter!(
        names::PURGES,
        "Calls to caches in front that were told what has changed, by target and outcome."
    );
    describe_counter!(names::WEBSUB_VERIFICATIONS, "Callbacks that were asked whether they meant it, by outcome.");
    describe_counter!(names::WEBSUB_DELIVERIES, "Deliveries to subscribers of feeds, by outcome.");
    describe_gauge!(names::WEBSUB_SUBSCRIPTIONS, "Subscriptions of feeds.");
    describe_counter!(names::RATE_LIMITED, "Requests refused because their address had asked for too much.");
    describe_gauge!(names::RATE_LIMIT_KEYS, "Addresses that the rate limit remembers.");
    describe_gauge!(names::DB_POOL_SIZE, "Open database connections, by pool.");
    describe_gauge!(names::DB_POOL_IDLE, "Open database connections that nobody uses, by pool.");
    describe_gauge!(names::DB_POOL_WAITING, "Requests that wait for a database connection, by pool.");
    describe_counter!(
        names::REPLICA_READS,
        "Public reads that a replica answered, or that went to the primary, by replica and outcome."
    );
    describe_counter!(names::DB_STATEMENTS, "SQL statements sent.");
    describe_gauge!(names::LOG_HEAD_SEQ, "Number of the last change of the catalogue.");
    describe_histogram!(names::VISIBLE, Unit::Seconds, "Time from a change to when this node shows it, by where.");
    describe_gauge!(names::FOLLOWER_LAG, "Changes that a follower is behind the head of the log.");
    describe_gauge!(names::WS_CONNECTIONS, "Open WebSocket connections.");
    describe_gauge!(names::BUILD_INFO, "The running version; always 1.");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_is_a_histogram_and_installing_twice_gives_the_same() {
        let first = Metrics::install().unwrap();
        metrics::histogram!(names::HTTP_DURATION, "route" => "/telemetry-test").record(0.003);
        let text = Metrics::install().unwrap().render();
        let bucket = |bound: &str, count: u32| {
            text.contains(&format!(
                "masthead_http_request_duration_seconds_bucket{{route=\"/telemetry-test\",le=\"{bound}\"}} {count}"
            ))
        };
        assert!(bucket("0.0025", 0) && bucket("0.005", 1) && bucket("+Inf", 1), "{text}");
        assert!(text.contains("# HELP masthead_http_request_duration_seconds"), "{text}");
        assert!(first.render().contains("masthead_build_info{version="));
    }

    #[test]
    fn a_filter_that_is_none_is_named() {
        let log =
            LogSettings { format: LogFormat::Json, filter: "a=b=c".into(), requests: true, client_address: false };
        let error = init(&log).unwrap_err();
        assert_eq!((error.code(), error.parameter()), (Code::Config, Some("log.filter")));
    }
}
