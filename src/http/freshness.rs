//! How fresh an answer must be: `Masthead-Min-Seq` asks for at least this number of the change sequence.

use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::http::header::HeaderName;

use crate::app::App;
use crate::catalogue::changes;
use crate::error::{Code, Error, Result};

/// The request header that asks for a number.
pub const MIN_SEQ: &str = "Masthead-Min-Seq";
/// The same as requests are looked up by: each kept answer does, and a text would be made a name of each time.
pub(super) const MIN_SEQ_NAME: HeaderName = HeaderName::from_static("masthead-min-seq");
/// The response header that says the number that the answer is labelled with.
pub const SEQ: &str = "Masthead-Seq";

/// How long a request waits for a number to come.
const PATIENCE: Duration = Duration::from_secs(2);

/// Waits until the database has reached what the request asks for, if it asks; gives the number, 0 for none. What else
/// the request reads must wait for itself ([`crate::catalogue::Reader::at_least`]).
///
/// # Errors
/// `INVALID_PARAMETER` for a header that is no number or came more than once; `UNAVAILABLE` when the number does not come in time.
pub async fn wait(req: &HttpRequest, app: &App) -> Result<i64> {
    wait_for(req, app, 0).await
}

/// The same, for a request that asks for a number in another way too; gives the greater of the two.
///
/// # Errors
/// As [`wait`].
pub async fn wait_for(req: &HttpRequest, app: &App, least: i64) -> Result<i64> {
    reach(app, asked(req)?.max(least)).await
}

/// The same for a number that was asked for elsewhere than in a request's headers; gives it back.
///
/// # Errors
/// `UNAVAILABLE` when the number does not come in time.
pub async fn reach(app: &App, wanted: i64) -> Result<i64> {
    if wanted == 0 {
        return Ok(0);
    }
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let mut head = app.db.head();
    while changes::head(&app.db).await? < wanted {
        // Another process may write: then nobody here wakes us, and we look again.
        let _ = tokio::time::timeout(Duration::from_millis(50), head.wait_for(|seq| *seq >= wanted)).await;
        if tokio::time::Instant::now() >= deadline {
            let says = format!("Change {wanted} has not come here yet; try again in a moment.");
            return Err(Error::new(Code::Unavailable, says).at(MIN_SEQ));
        }
    }
    Ok(wanted)
}

fn asked(req: &HttpRequest) -> Result<i64> {
    let mut lines = req.headers().get_all(MIN_SEQ_NAME);
    let Some(value) = lines.next() else { return Ok(0) };
    let fault = |says: String| Error::new(Code::InvalidParameter, says).at(MIN_SEQ);
    // As with parameters: whoever sent the one that is passed over would not see their own write. A proxy may make one line of two
    // (RFC 9110, 5.3), and that is no number.
    if lines.next().is_some() {
        return Err(fault(format!("{MIN_SEQ} came more than once; send it once, with the greatest number.")));
    }
    let number = value.to_str().ok().and_then(|text| text.parse().ok()).filter(|seq| *seq >= 0);
    number.ok_or_else(|| fault(format!("{MIN_SEQ} is no number of a change; send what {SEQ} or a write gave.")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_number_is_asked_for_once() {
        let read = |lines: &[&'static str]| {
            let request =
                lines.iter().fold(TestRequest::get(), |request, line| request.append_header((MIN_SEQ, *line)));
            asked(&request.to_http_request()).map_err(|error| (error.code(), error.message().to_owned()))
        };
        assert_eq!((read(&[]), read(&["7"])), (Ok(0), Ok(7)));
        for (lines, says) in [
            (&["1", "7"][..], "more than once"),
            (&["7", "7"], "more than once"),
            (&["1, 7"], "no number"),
            (&["-1"], "no number"),
            (&["soon"], "no number"),
        ] {
            let (code, message) = read(lines).unwrap_err();
            assert_eq!(code, Code::InvalidParameter, "{lines:?}");
            assert!(message.contains(says), "{lines:?}: {message}");
        }
    }
}
