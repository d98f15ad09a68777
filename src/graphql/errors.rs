//! Errors as GraphQL shows them: the message, and `code`, `retryable`, `parameter` in `extensions`.

use async_graphql::{ErrorExtensionValues, ServerError};

use crate::error::{Code, Error};

/// The error as a resolver gives it. The cause of a failure of ours goes to the log here, at the edge.
pub(super) fn shown(error: Error) -> async_graphql::Error {
    if let Some(cause) = error.cause()
        && error.code().status() >= 500
    {
        tracing::error!(code = error.code().name(), %cause, "a GraphQL field failed");
    }
    let mut extensions = ErrorExtensionValues::default();
    extensions.set("code", error.code().name());
    extensions.set("retryable", error.code().retry());
    if let Some(seconds) = error.retry_after() {
        extensions.set("retryAfter", i64::try_from(seconds).unwrap_or(i64::MAX));
    }
    if let Some(parameter) = error.parameter() {
        extensions.set("parameter", parameter);
    }
    async_graphql::Error { message: error.message().to_owned(), source: None, extensions: Some(extensions) }
}

/// The error as one of the whole request.
pub(super) fn of_request(error: Error) -> ServerError {
    shown(error).into_server_error(async_graphql::Pos::default())
}

/// The library's own error with a code of ours, unless it has one.
pub(super) fn coded(mut error: ServerError, code: Code) -> ServerError {
    let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
    if extensions.get("code").is_none() {
        extensions.set("code", code.name());
        extensions.set("retryable", code.retry());
    }
    error
}

/// Turns the house's result into a resolver's.
pub(super) trait Shown<T> {
    /// The value, or the error as a resolver gives it.
    fn shown(self) -> async_graphql::Result<T>;
}

impl<T> Shown<T> for crate::error::Result<T> {
    fn shown(self) -> async_graphql::Result<T> {
        self.map_err(shown)
    }
}

/// A field that may be null is null when it fails, and the error stands beside it (GraphQL specification, 6.4.4); the
/// library would let the failure take the parent with it.
pub(super) fn or_null<T>(ctx: &async_graphql::Context<'_>, result: async_graphql::Result<Option<T>>) -> Option<T> {
    match result {
        Ok(value) => value,
        Err(error) => {
            ctx.add_error(ctx.set_error_path(error.into_server_error(ctx.item.pos)));
            None
        }
    }
}
