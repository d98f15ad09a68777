//! Errors as GraphQL shows them: the message, and `code`, `retryable`, `parameter` in `extensions`.

use async_graphql::{ErrorExtensionValues, PathSegment, Response, ServerError, Value};

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
    // No place in the document is at fault (GraphQL specification, 7.1.2: lines and columns begin with 1).
    ServerError { locations: Vec::new(), ..shown(error).into_server_error(async_graphql::Pos::default()) }
}

/// The error as one of a place in the document.
pub(super) fn of_place(error: Error, at: async_graphql::Pos) -> ServerError {
    shown(error).into_server_error(at)
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

/// The code of the first error of an answer, where it has one.
pub fn code_of(response: &Response) -> Option<Code> {
    match response.errors.first()?.extensions.as_ref()?.get("code")? {
        Value::String(code) => Code::ALL.iter().find(|known| known.name() == code).copied(),
        _ => None,
    }
}

/// The same answer as it is told: each error has a code, and they stand in the order of the document, and of one field in
/// the order of its list. Siblings are made at the same time, so of two answers to one question each would have another
/// order, and another entity tag.
pub(super) fn told(mut response: Response) -> Response {
    // What has none is the library's own, which has found that the request does not fit the schema.
    let errors = std::mem::take(&mut response.errors);
    response.errors = errors.into_iter().map(|error| coded(error, Code::GraphqlValidation)).collect();
    response.errors.sort_by_cached_key(|error| {
        let first = error.locations.first().map(|at| (at.line, at.column));
        let path = error.path.iter().map(|segment| match segment {
            PathSegment::Index(index) => (*index, String::new()),
            PathSegment::Field(name) => (0, name.clone()),
        });
        (first, path.collect::<Vec<_>>())
    });
    response
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

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::Pos;

    #[test]
    fn errors_stand_in_the_order_of_the_document_whichever_came_first() {
        let error = |line: usize, column: usize, path: &[&str]| {
            let path = path.iter().map(|part| match part.parse() {
                Ok(index) => PathSegment::Index(index),
                Err(_) => PathSegment::Field((*part).to_owned()),
            });
            ServerError { path: path.collect(), ..ServerError::new("x", Some(Pos { line, column })) }
        };
        let mut errors = vec![
            ServerError::new("of the whole request", None),
            error(1, 4, &["a", "2", "b"]),
            error(1, 4, &["a", "10", "b"]),
            // One fragment, spread in two fields.
            error(1, 4, &["z", "2", "b"]),
            error(1, 30, &["a"]),
            error(2, 1, &["c"]),
        ];
        let places = |errors: &[ServerError]| {
            errors.iter().map(|error| format!("{:?} {:?}", error.locations, error.path)).collect::<Vec<_>>()
        };
        let wanted = places(&errors);
        for _ in 0..errors.len() {
            errors.rotate_left(1);
            assert_eq!(places(&told(Response::from_errors(errors.clone())).errors), wanted);
            errors.reverse();
            assert_eq!(places(&told(Response::from_errors(errors.clone())).errors), wanted);
        }
    }

    #[test]
    fn each_error_has_a_code() {
        let ours = of_request(Error::new(Code::Gone, "It was taken back."));
        assert!(ours.locations.is_empty());
        let response = told(Response::from_errors(vec![ours, ServerError::new("the library's own", None)]));
        let codes: Vec<_> =
            response.errors.iter().map(|error| error.extensions.as_ref().unwrap().get("code").cloned()).collect();
        assert_eq!(codes, [Some("GONE".into()), Some("GRAPHQL_VALIDATION_FAILED".into())]);
    }
}
