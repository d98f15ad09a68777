//! What a layer gets back from the layers within it, and how it adds headers there.

use actix_web::{Error, dev::ServiceResponse, http::StatusCode, http::header::HeaderMap};

/// What a layer passes outwards. An `Err` is an answer too: it comes from a layer that no longer had the request, and
/// actix renders it at the very end.
pub(super) type Answer<B> = Result<ServiceResponse<B>, Error>;

/// The status that the client will see.
pub(super) fn status<B>(answer: &Answer<B>) -> StatusCode {
    match answer {
        Ok(response) => response.status(),
        Err(error) => error.as_response_error().status_code(),
    }
}

/// The same answer with its headers edited, whichever kind it is. `edit` may run more than once.
pub(super) fn edit_headers<B>(mut answer: Answer<B>, edit: impl Fn(&mut HeaderMap) + 'static) -> Answer<B> {
    match &mut answer {
        Ok(response) => edit(response.headers_mut()),
        Err(error) => error.add_response_mapper(move |mut response| {
            edit(response.headers_mut());
            response
        }),
    }
    answer
}
