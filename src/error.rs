//! The one [`Error`] of the house and the table of [`Code`]s.
//!
//! Every error that a person or a program can meet has a code from this table. The doors show the code, the HTTP
//! status that the table gives it, and the message, which names the fault and the mend. The cause, where there is
//! one, goes to the log at the edge, once, and never to the caller.

use std::fmt;

/// Whatever can be the cause of an error.
pub type Cause = Box<dyn std::error::Error + Send + Sync>;

/// A result with the house's error.
pub type Result<T, E = Error> = std::result::Result<T, E>;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $name:literal $status:literal $retry:literal $meaning:literal;)*) => {
        /// What went wrong, as a stable name that programs may compare.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $(#[doc = $meaning] $variant,)* }

        impl Code {
            /// Every code, in the order of the table.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The stable name, as it stands in `code` of a problem document and in `extensions.code` of GraphQL.
            pub fn name(self) -> &'static str { match self { $(Code::$variant => $name,)* } }

            /// The HTTP status that the REST door answers with.
            pub fn status(self) -> u16 { match self { $(Code::$variant => $status,)* } }

            /// Whether the same request may succeed later without being changed.
            pub fn retry(self) -> bool { match self { $(Code::$variant => $retry,)* } }

            /// What the code means, for the documentation and as the `title` of a problem document (RFC 9457).
            pub fn meaning(self) -> &'static str { match self { $(Code::$variant => $meaning,)* } }
        }
    };
}

// Of codes with one status the most general comes first: what another library answers with a status alone gets that one.
codes! {
    // code            name                  status retry  meaning
    BadRequest         "BAD_REQUEST"          400   false "The request cannot be read.";
    InvalidParameter   "INVALID_PARAMETER"    400   false "A parameter is unknown, repeated or mistyped.";
    InvalidInput       "INVALID_INPUT"        422   false "The content breaks a rule of the domain.";
    GraphqlParse       "GRAPHQL_PARSE_FAILED" 400   false "The GraphQL document cannot be parsed.";
    GraphqlValidation  "GRAPHQL_VALIDATION_FAILED" 400 false "The GraphQL document does not fit the schema.";
    LimitExceeded      "LIMIT_EXCEEDED"       400   false "The query asks for more than the limits allow.";
    NoticeRequired     "NOTICE_REQUIRED"      400   false "The body was asked for without the notices that belong to it.";
    Unauthenticated    "UNAUTHENTICATED"      401   false "The request carries no valid credential.";
    InvalidCredentials "INVALID_CREDENTIALS"  401   false "The address and the password do not fit each other.";
    InvalidToken       "INVALID_TOKEN"        401   false "The token is not good, or not any more.";
    Forbidden          "FORBIDDEN"            403   false "The caller may not do this.";
    CsrfRequired       "CSRF_TOKEN_REQUIRED"  403   false "A request with a session cookie came without the token that proves where it is from.";
    Suspended          "ACCOUNT_SUSPENDED"    403   false "The account is suspended.";
    SignUpClosed       "SIGN_UP_CLOSED"       403   false "Accounts cannot be made in this way here.";
    AccessDenied       "ACCESS_DENIED"        403   false "The log-in was stopped at the provider.";
    WrongBrowser       "WRONG_BROWSER"        403   false "The log-in was begun in another browser, or too long ago.";
    LinkRequired       "LINK_REQUIRED"        409   false "The address has an account that is not linked with the provider.";
    ProviderFailed     "PROVIDER_FAILED"      502   true  "The provider of the log-in did not answer as it should.";
    WeakPassword       "WEAK_PASSWORD"        403   false "The password is too short or too easy to guess.";
    NotFound           "NOT_FOUND"            404   false "There is nothing here.";
    LinkExpired        "LINK_EXPIRED"         404   false "The link or code is unknown, used or too old.";
    InvalidCursor      "INVALID_CURSOR"       400   false "The cursor was not issued by this list.";
    MethodNotAllowed   "METHOD_NOT_ALLOWED"   405   false "This path does not know the method.";
    NotAcceptable      "NOT_ACCEPTABLE"       406   false "None of the media types asked for can be given.";
    Timeout            "TIMEOUT"              408   true  "The request took longer than the server allows.";
    Conflict           "CONFLICT"             409   false "The state does not allow this.";
    Gone               "GONE"                 410   false "This was published and has been withdrawn.";
    CursorExpired      "CURSOR_EXPIRED"       410   false "The cursor is of another log, or older than what is kept; begin anew.";
    PreconditionFailed "PRECONDITION_FAILED"  412   false "The resource has changed since it was read.";
    PreconditionRequired "PRECONDITION_REQUIRED" 428 false "The write must say which version it changes.";
    KeyReused          "IDEMPOTENCY_KEY_REUSED" 422 false "The idempotency key came before with another request.";
    TooLarge           "PAYLOAD_TOO_LARGE"    413   false "The body is larger than the server accepts.";
    UriTooLong         "URI_TOO_LONG"         414   false "The address is longer than the server accepts.";
    UnsupportedMedia   "UNSUPPORTED_MEDIA_TYPE" 415 false "The body is of a media type that is not understood here.";
    RateLimited        "RATE_LIMITED"         429   true  "Too much was asked for in too short a time.";
    HeadersTooLarge    "HEADERS_TOO_LARGE"    431   false "The request headers are larger than the server accepts.";
    PersistedQueryNotFound "PERSISTED_QUERY_NOT_FOUND" 404 false "No document has this name here; send its text with the name once.";
    PersistedQueryNotSupported "PERSISTED_QUERY_NOT_SUPPORTED" 400 false "Documents that clients have sent are not kept here; send the text.";
    DocumentNotTrusted "DOCUMENT_NOT_TRUSTED" 403 false "Only documents that the publisher has listed run here.";
    Internal           "INTERNAL"             500   true  "The server failed; the log has the cause under the request id.";
    Unavailable        "UNAVAILABLE"          503   true  "The server cannot answer just now.";
    Database           "DATABASE_UNAVAILABLE" 503   true  "The database cannot be reached.";
    Schema             "SCHEMA_MISMATCH"      500   false "The database's schema does not fit this program.";
    Config             "CONFIG_INVALID"       500   false "The configuration cannot be used.";
    Io                 "IO"                   500   false "A file or socket could not be used.";
}

/// An error with a code, a message that names the fault and the mend, and perhaps the cause.
pub struct Error {
    code: Code,
    message: String,
    parameter: Option<String>,
    retry_after: Option<u64>,
    cause: Option<Cause>,
}

impl Error {
    /// An error that says `message`. Name the fault and what to do about it.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Error { code, message: message.into(), parameter: None, retry_after: None, cause: None }
    }

    /// The same error with its cause, which the log shows and the caller does not.
    pub fn because(mut self, cause: impl Into<Cause>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The same error, naming the parameter, argument or field at fault.
    pub fn at(mut self, parameter: impl Into<String>) -> Self {
        self.parameter = Some(parameter.into());
        self
    }

    /// The same error, which waiting so many seconds mends.
    pub fn after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// A failure of ours; the caller sees only that it happened.
    pub fn internal(cause: impl Into<Cause>) -> Self {
        Error::new(
            Code::Internal,
            "Something went wrong here. Try again; if it stays, send the request id to the operator.",
        )
        .because(cause)
    }

    /// The same error for another caller who waited for the same thing.
    pub fn again(self: &std::sync::Arc<Self>) -> Self {
        Error {
            code: self.code,
            message: self.message.clone(),
            parameter: self.parameter.clone(),
            retry_after: self.retry_after,
            cause: self.cause.as_ref().map(|_| std::sync::Arc::clone(self).into()),
        }
    }

    /// The code.
    pub fn code(&self) -> Code {
        self.code
    }

    /// What the caller is told.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The parameter, argument or field at fault, where one is.
    pub fn parameter(&self) -> Option<&str> {
        self.parameter.as_deref()
    }

    /// The seconds after which it may be tried again, where that is known.
    pub fn retry_after(&self) -> Option<u64> {
        self.retry_after
    }

    /// Whether the store is in trouble that has nothing to do with what was asked of it: it may pass, and until then
    /// everything fails alike.
    pub fn is_of_the_store(&self) -> bool {
        matches!(self.code, Code::Database | Code::Unavailable | Code::Timeout)
    }

    /// The cause, for the log.
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code.name(), self.message)?;
        if let Some(cause) = &self.cause {
            write!(f, " (cause: {cause})")?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.cause.as_deref().map(|c| c as _)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn code_names_are_unique_and_statuses_are_errors() {
        let names: HashSet<_> = Code::ALL.iter().map(|c| c.name()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        assert!(Code::ALL.iter().all(|c| (400..600).contains(&c.status())));
    }
}
