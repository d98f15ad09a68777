//! What a person who writes can mend, as a value of the mutation's answer and not as its failure.

use async_graphql::SimpleObject;

use super::errors::shown;
use crate::error::{Code, Error, Result};

/// A fault that whoever sent the mutation can mend.
#[derive(SimpleObject, Debug, Clone, PartialEq, Eq)]
pub struct UserError {
    /// The stable name, as `/problems` lists it.
    pub code: String,
    /// The argument or field at fault, with dots between levels; null where it is none in particular.
    pub field: Option<String>,
    /// What is wrong, and the mend.
    pub message: String,
}

impl From<Error> for UserError {
    fn from(error: Error) -> Self {
        UserError {
            code: error.code().name().to_owned(),
            field: error.parameter().map(str::to_owned),
            message: error.message().to_owned(),
        }
    }
}

/// Whether the error is about what was sent or what it was sent to, and not about who sent it or about the server.
fn is_the_users(error: &Error) -> bool {
    error.cause().is_none()
        && matches!(
            error.code(),
            Code::InvalidInput
                | Code::InvalidParameter
                | Code::NotFound
                | Code::Conflict
                | Code::Gone
                | Code::PreconditionFailed
                | Code::KeyReused
        )
}

/// Parts what a use case says: its value, or what the user can mend. Everything else is an error of the field.
pub(super) fn parted<T>(result: Result<T>) -> async_graphql::Result<std::result::Result<T, Vec<UserError>>> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(error) if is_the_users(&error) => Ok(Err(vec![error.into()])),
        Err(error) => Err(shown(error)),
    }
}
