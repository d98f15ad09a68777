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
use actix_web::{
    body::{BodySize, MessageBody},
    dev::ServiceRequest,
    middleware::Next,
};
use std::time::Instant;

/// The layer.
pub(super) async fn layer<B: MessageBody + 'static>(req: ServiceRequest, next: Next<B>) -> Answer<B> {
    let log = &Shell::of(req.request())?.settings.log;
    if !log.requests {
        return next.call(req).await;
    }
    let address = if log.client_address { Some(address::client(req.request())?.address) } else { None };
    let (method, route, begun) = (req.method().clone(), RoutePattern::of(&req), Instant::now());
    let answer = next.call(req).await;
    // To the microsecond: more digits are noise.
    #[allow(clippy::cast_precision_loss, reason = "a request does not take the 285 years that would matter")]
    let milliseconds = begun.elapsed().as_micros() as f64 / 1e3;
    // Answers that stream have no length yet.
    let bytes = match answer.as_ref().map(|response| response.response().body().size()) {
        Ok(BodySize::Sized(bytes)) => Some(bytes),
        _ => None,
    };
    tracing::info!(
        method = %method,
        route = %route,
        status = status(&answer).as_u16(),
        milliseconds,
        bytes,
        address = address.map(tracing::field::display),
        "A request was answered."
    );
    answer
}
