//! Pages of lists: which stretch a request asks for, and where the others are.

use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::parameters::{CursorOf, Default, Kind, Parameter, Query};
use crate::catalogue::list::{More, Page, Paging};
use crate::config::PageSettings;
use crate::error::Result;

/// `first`.
pub const FIRST: Parameter = Parameter {
    name: "first",
    kind: Kind::Rows(Default::Page),
    description: "How many rows from the beginning, or after `after`.",
    example: "20",
};
/// `after`.
pub const AFTER: Parameter =
    Parameter { name: "after", kind: Kind::Cursor(CursorOf::Articles), description: AFTER_SAYS, example: "" };
/// `after` of a list by name.
pub const AFTER_NAME: Parameter = Parameter { kind: Kind::Cursor(CursorOf::Names), ..AFTER };

const AFTER_SAYS: &str = "Only rows after this cursor, which is `endCursor` of another page of the same list. A cursor names \
                          a place, so it stays good when the row at that place goes away.";
/// `last`.
pub const LAST: Parameter = Parameter {
    name: "last",
    kind: Kind::Rows(Default::None),
    description: "How many rows from the end, or before `before`; they come in the order of the list. With `first` too, the \
                  last of the first, as the Relay specification has it.",
    example: "20",
};
/// `before`.
pub const BEFORE: Parameter = Parameter {
    name: "before",
    kind: Kind::Cursor(CursorOf::Articles),
    description: "Only rows before this cursor, which is `startCursor` of another page of the same list.",
    example: "",
};
/// `before` of a list by name.
pub const BEFORE_NAME: Parameter = Parameter { kind: Kind::Cursor(CursorOf::Names), ..BEFORE };

/// Where a page lies in its list, by the Relay specification.
#[derive(Debug, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PageInfo {
    /// Whether more follows after the last row.
    pub has_next_page: bool,
    /// Whether more comes before the first row.
    pub has_previous_page: bool,
    /// The cursor of the first row: `before` it lies the previous page.
    #[schema(required = true)]
    pub start_cursor: Option<String>,
    /// The cursor of the last row: `after` it lies the next page.
    #[schema(required = true)]
    pub end_cursor: Option<String>,
}

/// The stretch of a list that `query` asks for.
pub fn asked(query: &Query, page: PageSettings) -> Paging {
    let text = |name| query.text(name).map(str::to_owned);
    Paging::asked(query.rows("first"), text("after"), query.rows("last"), text("before"), page.default)
}

/// Where `page` lies. `has_rows` says whether a stretch of the same list has any row; it is asked only for a side that
/// reading did not touch.
///
/// # Errors
/// What `has_rows` says.
pub async fn page_info<T>(
    asked: &Paging,
    page: &Page<T>,
    cursor: impl Fn(&T) -> String,
    has_rows: impl AsyncFn(Paging) -> Result<bool>,
) -> Result<PageInfo> {
    let (start, end) = (page.items.first().map(&cursor), page.items.last().map(&cursor));
    let more =
        async |known: More, edge: &Option<String>, before: bool| match (known, asked.beyond(edge.clone(), before)) {
            (More::Yes, _) => Ok(true),
            (More::No, _) | (More::Ask, None) => Ok(false),
            (More::Ask, Some(beyond)) => has_rows(beyond).await,
        };
    let has_previous_page = more(page.more_before, &start, true).await?;
    let has_next_page = more(page.more_after, &end, false).await?;
    Ok(PageInfo { has_next_page, has_previous_page, start_cursor: start, end_cursor: end })
}

/// The value of `Link` (RFC 8288) for a page: `first`, `last`, and `next` and `prev` where there are such pages, each
/// with the filters of this request.
pub fn links(path: &str, query: &Query, asked: &Paging, info: &PageInfo) -> String {
    let size = asked.rows().to_string();
    let link = |relation: &str, row: &str, place: Option<(&str, &str)>| {
        let mut target = Serializer::new(String::new());
        for (name, value) in query.pairs() {
            if !["first", "after", "last", "before"].contains(&name.as_str()) {
                target.append_pair(name, value);
            }
        }
        target.append_pair(row, &size);
        if let Some((name, cursor)) = place {
            target.append_pair(name, cursor);
        }
        format!("<{path}?{}>; rel=\"{relation}\"", target.finish())
    };
    let mut all = vec![link("first", "first", None), link("last", "last", None)];
    if let Some(end) = info.end_cursor.as_deref().filter(|_| info.has_next_page) {
        all.push(link("next", "first", Some(("after", end))));
    }
    if let Some(start) = info.start_cursor.as_deref().filter(|_| info.has_previous_page) {
        all.push(link("prev", "last", Some(("before", start))));
    }
    all.join(", ")
}

/// The same for what is walked forwards only: `first`, and `next` where there is one.
pub fn links_forwards(path: &str, query: &Query, asked: &Paging, info: &PageInfo) -> String {
    let all = links(path, query, asked, info);
    let forwards = |link: &&str| link.ends_with("rel=\"first\"") || link.ends_with("rel=\"next\"");
    all.split(", ").filter(forwards).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const PAGE: PageSettings = PageSettings { default: 20, max: 100 };

    fn place() -> String {
        let at = crate::model::time::Instant::from_millis(5);
        crate::model::cursor::Place { published_at: at, updated_at: at, id: 7 }.encode()
    }

    fn query(text: &str) -> Query {
        let known =
            [FIRST, AFTER, LAST, BEFORE, Parameter { name: "query", kind: Kind::Words, description: "", example: "" }];
        Query::read(&TestRequest::with_uri(&format!("/x?{text}")).to_http_request(), &known, PAGE).unwrap()
    }

    #[test]
    fn stretches_are_read() {
        let asked = |text: &str| asked(&query(text), PAGE);
        assert_eq!(asked(""), Paging::first(20));
        let back = asked(&format!("last=3&before={}", place()));
        assert_eq!((back.size, back.from_end, back.rows()), (3, true, 3));
        let both = asked("first=5&last=2");
        assert_eq!((both.size, both.from_end, both.rows()), (5, false, 2));
    }

    #[test]
    fn links_keep_filters_and_swap_cursors() {
        let query = query(&format!("query=a%26b&first=2&after={}", place()));
        let asked = asked(&query, PAGE);
        let info = PageInfo {
            has_next_page: true,
            has_previous_page: false,
            start_cursor: Some("s".into()),
            end_cursor: Some("e".into()),
        };
        assert_eq!(
            links("/v1/authors", &query, &asked, &info),
            "</v1/authors?query=a%26b&first=2>; rel=\"first\", </v1/authors?query=a%26b&last=2>; rel=\"last\", \
             </v1/authors?query=a%26b&first=2&after=e>; rel=\"next\""
        );
    }
}
