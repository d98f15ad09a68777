//! Pages of lists: which stretch a request asks for, and where the others are.

use serde::Serialize;
use url::form_urlencoded::Serializer;

use super::parameters::{Default, Kind, Parameter, Query};
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
pub const AFTER: Parameter = Parameter {
    name: "after",
    kind: Kind::Cursor,
    description: "Only rows after this cursor, which is `endCursor` of another page of the same list in the same order. A \
                  cursor names a place, so it stays good when the row at that place goes away.",
    example: "",
};
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
    kind: Kind::Cursor,
    description: "Only rows before this cursor, which is `startCursor` of another page of the same list in the same order.",
    example: "",
};

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

/// The stretch of a list that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    /// The stretch.
    pub paging: Paging,
    /// Of the stretch only so many from its end: `first` and `last` together.
    pub tail: Option<usize>,
}

impl Asked {
    /// What `query` asks for.
    pub fn read(query: &Query, page: PageSettings) -> Asked {
        let (first, last) = (query.rows("first"), query.rows("last"));
        let text = |name| query.text(name).map(str::to_owned);
        let (size, from_end) = match (first, last) {
            (None, Some(last)) => (last, true),
            (first, _) => (first.unwrap_or(page.default), false),
        };
        let paging = Paging { size, after: text("after"), before: text("before"), from_end };
        Asked { paging, tail: first.and(last) }
    }

    /// Cuts a page to the tail that was asked for.
    pub fn cut<T>(&self, page: &mut Page<T>) {
        if let Some(tail) = self.tail.filter(|tail| *tail < page.items.len()) {
            page.items.drain(..page.items.len() - tail);
            page.more_before = More::Yes;
        }
    }

    /// How many rows it has at the most.
    pub fn rows(&self) -> usize {
        self.tail.map_or(self.paging.size, |tail| tail.min(self.paging.size))
    }
}

/// Where `page` lies. `has_rows` says whether a stretch of the same list has any row; it is asked only for a side that
/// reading did not touch.
///
/// # Errors
/// What `has_rows` says.
pub async fn page_info<T>(
    asked: &Asked,
    page: &Page<T>,
    cursor: impl Fn(&T) -> String,
    has_rows: impl AsyncFn(Paging) -> Result<bool>,
) -> Result<PageInfo> {
    let (start, end) = (page.items.first().map(&cursor), page.items.last().map(&cursor));
    let one =
        |after: Option<String>, before: Option<String>| Paging { size: 1, from_end: before.is_some(), after, before };
    let before = |cursor: String| one(None, Some(cursor));
    let after = |cursor: String| one(Some(cursor), None);
    // An empty page lies at the place that it was asked for from; what is at that place itself is on the other side.
    let has_previous_page = match page.more_before {
        More::Yes => true,
        More::No => false,
        More::Ask => match start.clone() {
            Some(start) => has_rows(before(start)).await?,
            None => has_rows(Paging::first(1)).await?,
        },
    };
    let has_next_page = match page.more_after {
        More::Yes => true,
        More::No => false,
        More::Ask => match (end.clone(), asked.paging.before.is_some()) {
            (Some(end), _) => has_rows(after(end)).await?,
            (None, true) => has_rows(Paging::first(1)).await?,
            (None, false) => false,
        },
    };
    Ok(PageInfo { has_next_page, has_previous_page, start_cursor: start, end_cursor: end })
}

/// The value of `Link` (RFC 8288) for a page: `first`, `last`, and `next` and `prev` where there are such pages, each
/// with the filters of this request.
pub fn links(path: &str, query: &Query, asked: &Asked, info: &PageInfo) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    const PAGE: PageSettings = PageSettings { default: 20, max: 100 };

    fn query(text: &str) -> Query {
        let known =
            [FIRST, AFTER, LAST, BEFORE, Parameter { name: "query", kind: Kind::Words, description: "", example: "" }];
        Query::read(&TestRequest::with_uri(&format!("/x?{text}")).to_http_request(), &known, PAGE).unwrap()
    }

    #[test]
    fn stretches_are_read() {
        let asked = |text| Asked::read(&query(text), PAGE);
        assert_eq!(asked(""), Asked { paging: Paging::first(20), tail: None });
        let back = asked("last=3&before=b");
        assert_eq!((back.paging.size, back.paging.from_end, back.rows()), (3, true, 3));
        let both = asked("first=5&last=2");
        assert_eq!((both.paging.size, both.paging.from_end, both.rows()), (5, false, 2));
        let mut page = Page { items: vec![1, 2, 3, 4], more_after: More::No, more_before: More::No };
        both.cut(&mut page);
        assert_eq!((page.items, page.more_before), (vec![3, 4], More::Yes));
    }

    #[test]
    fn links_keep_filters_and_swap_cursors() {
        let query = query("query=a%26b&first=2&after=x");
        let asked = Asked::read(&query, PAGE);
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
