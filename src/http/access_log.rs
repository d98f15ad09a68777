//! One log line for each answered request: a fixed sentence and fields.
//!
//! The path is logged as its pattern, never as it was sent, and neither query nor headers are: they can hold tokens
//! and personal data. The client's address is logged where the operator has said so.

use super::{
    address,
    answer::{Answer, status},
    metrics::RoutePattern,
    shell::Shell,
};
use crate::{config::LogSettings, error::Result};
use actix_web::{
    HttpRequest,
    body::{BodySize, MessageBody},
    dev::ServiceRequest,
    http::{Method, StatusCode},
    middleware::Next,
};
use std::{
    net::IpAddr,
    time::{Duration, Instant},
};

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let log = &Shell::of(req.request())?.settings.log;
    if !log.requests {
        return next.call(req).await;
    }
    let (route, begun) = (RoutePattern::of(req.request()), Instant::now());
    let request = Asked::of(req.request(), log)?;
    let answer = next.call(req).await;
    // Answers that stream have no length yet.
    let bytes = match answer.as_ref().map(|response| response.response().body().size()) {
        Ok(BodySize::Sized(bytes)) => Some(bytes),
        _ => None,
    };
    request.answered(&route, status(&answer), begun.elapsed(), bytes);
    answer
}

/// What the line tells of a request.
pub(super) struct Asked {
    method: Method,
    address: Option<IpAddr>,
}

impl Asked {
    /// Of this one.
    ///
    /// # Errors
    /// `INTERNAL` outside the shell.
    pub(super) fn of(req: &HttpRequest, log: &LogSettings) -> Result<Asked> {
        let address = if log.client_address { Some(address::client(req)?.address) } else { None };
        Ok(Asked { method: req.method().clone(), address })
    }

    /// Writes the line.
    pub(super) fn answered(&self, route: &RoutePattern, status: StatusCode, took: Duration, bytes: Option<u64>) {
        // To the microsecond: more digits are noise.
        #[allow(clippy::cast_precision_loss, reason = "a request does not take the 285 years that would matter")]
        let milliseconds = took.as_micros() as f64 / 1e3;
        tracing::info!(
            method = %self.method,
            route = %route,
            status = status.as_u16(),
            milliseconds,
            bytes,
            address = self.address.map(tracing::field::display),
            "A request was answered."
        );
    }
}
