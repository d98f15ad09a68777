//! What the engines say when something fails, in the house's words.

use diesel::result::{DatabaseErrorKind, Error as Diesel};
use diesel_async::pooled_connection::deadpool::PoolError;

use crate::error::{Code, Error};

impl From<Diesel> for Error {
    fn from(error: Diesel) -> Error {
        match &error {
            Diesel::DatabaseError(kind, info) => {
                let says = info.message().to_owned();
                match kind {
                    DatabaseErrorKind::UniqueViolation => {
                        Error::new(Code::Conflict, "This exists already; read it again before you write.")
                    }
                    DatabaseErrorKind::ClosedConnection => {
                        Error::new(Code::Database, "The database closed the connection; try again.")
                    }
                    DatabaseErrorKind::UnableToSendCommand => {
                        Error::new(Code::Database, "The database cannot be reached; try again.")
                    }
                    DatabaseErrorKind::SerializationFailure => Error::new(Code::Unavailable, IN_THE_WAY),
                    _ if is_in_the_way(&says) => Error::new(Code::Unavailable, IN_THE_WAY),
                    _ if is_disk_full(&says) => Error::new(
                        Code::Unavailable,
                        "The disk that holds the database is full. What was committed is safe; free space and try again.",
                    ),
                    _ if says.contains("statement timeout") => {
                        Error::new(Code::Timeout, "The database took longer than allowed; narrow the query and try again.")
                    }
                    _ if says.contains("readonly database") => Error::new(
                        Code::Database,
                        "The database file cannot be written; check the rights of the file and of its folder.",
                    ),
                    _ => return Error::internal(error),
                }
                .because(error)
            }
            Diesel::BrokenTransactionManager => {
                Error::new(Code::Database, "The database connection broke; try again.").because(error)
            }
            _ => Error::internal(error),
        }
    }
}

const IN_THE_WAY: &str = "Other writers got in the way again and again; try again.";

fn is_in_the_way(says: &str) -> bool {
    says.contains("deadlock detected") || says.contains("database is locked")
}

fn is_disk_full(says: &str) -> bool {
    says.contains("disk is full") || says.contains("No space left on device") || says.contains("could not extend file")
}

/// Whether another server could answer: not where the statement took longer than allowed, or found nothing.
pub(super) fn may_be_asked_elsewhere(error: &Diesel) -> bool {
    match error {
        Diesel::DatabaseError(_, info) => !info.message().contains("statement timeout"),
        Diesel::BrokenTransactionManager => true,
        _ => false,
    }
}

/// Whether running the whole transaction again may succeed: deadlocks and serialisation failures of PostgreSQL, a
/// busy SQLite, and two processes that made the same id or the same row in the same moment.
pub fn may_retry(error: &Error) -> bool {
    let Some(cause) = error.cause().and_then(|c| c.downcast_ref::<Diesel>()) else { return false };
    match cause {
        Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure | DatabaseErrorKind::UniqueViolation, _) => true,
        Diesel::DatabaseError(_, info) => is_in_the_way(info.message()),
        _ => false,
    }
}

/// That another writer did the same in the same moment: the transaction is run again, and sees what they did.
pub(super) fn same_moment(what: String) -> Error {
    Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, Box::new(what)).into()
}

/// What a wait for others says that was too long for one statement: the transaction has done nothing yet, and waits anew.
pub(super) fn waited(error: Diesel) -> Error {
    match &error {
        Diesel::DatabaseError(_, info) if info.message().contains("statement timeout") => {
            let says = info.message().to_owned();
            Diesel::DatabaseError(DatabaseErrorKind::SerializationFailure, Box::new(says)).into()
        }
        _ => error.into(),
    }
}

pub(super) fn pool(error: PoolError) -> Error {
    Error::new(Code::Database, "The database cannot be reached; check [database] url and that the server runs.")
        .because(error)
}
