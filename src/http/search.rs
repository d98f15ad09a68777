//! `/v1/search` and `/v1/suggest`.

use std::borrow::Cow;

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};

use super::assemble::{FIELDS_OF_LIST, Selection, load};
use super::endpoint::{Answer, Endpoint, Headers, Method, Needs, Shape, Tag};
use super::paging::{AFTER, FIRST, PageInfo};
use super::parameters::{CursorOf, Default, Kind, Parameter};
use super::view::{FacetCount, Highlight, Mark, SearchFacets, SearchHit, SearchList, Suggestion, SuggestionList};
use super::{filters, paging, rate, reply};
use crate::app::App;
use crate::catalogue::article;
use crate::catalogue::list::Paging;
use crate::catalogue::search::{self, Counting, Facets, FacetsWanted, Search};
use crate::error::Result;
use crate::model::topic::TopicKind;

/// How many there are when nothing is asked for.
const FEW: usize = 10;

const WORDS: Parameter = Parameter {
    name: "q",
    kind: Kind::Search,
    description: "What the reader typed: words, in any form that the article's language gives them, with or without accents; \
                  \"a phrase\"; `-without`; `one OR other`; `begin*`; `author:`, `topic:`, `section:` for words of one such name, \
                  the last perhaps only begun. Whatever else stands there is read as words: no query is refused. When ordered \
                  by best, some of three and more words may miss: of three or four all but one must be there, of more two \
                  thirds; what is written in one piece, such as `sea-wall`, counts as one, and a word in quotation marks must \
                  be there. 32 words are looked for, and 32 more may be left out; what is typed again counts once. Without it, \
                  everything that the filters let through.",
    example: "sea wall",
};
const TYPED: Parameter = Parameter {
    description: "What the reader typed so far; the last word perhaps only begun.",
    example: "sea",
    ..WORDS
};
const ROWS: Parameter =
    Parameter { kind: Kind::Rows(Default::Few(FEW)), description: "How many.", example: "10", ..FIRST };

/// `GET /v1/search`.
pub const LIST: Endpoint = Endpoint {
    id: "search",
    method: Method::Get,
    path: "/v1/search",
    tag: Tag::Search,
    summary: "Articles by their words, best first",
    description: "BM25 over headline, summary, body, byline and topics. The whole walk is scored with the figures of its first \
                  page, which the cursor carries, so no hit comes twice. What is published is found within a second.",
    cost: "10 points and one for each row; 20 more with facets.",
    needs: Needs::Nothing,
    parameters: &[
        WORDS,
        filters::SECTION,
        filters::TOPIC,
        filters::AUTHOR,
        filters::PLACE,
        filters::GENRE,
        filters::LANGUAGE,
        filters::PUBLISHED_FROM,
        filters::PUBLISHED_BEFORE,
        filters::UPDATED_FROM,
        filters::UPDATED_BEFORE,
        Parameter {
            name: "order",
            kind: Kind::Choice(&["best", "newest"]),
            description: "The order. Equal scores are ordered by the instant of publication, then by id. Newest first, every \
                          word must be there.",
            example: "best",
        },
        ROWS,
        Parameter { kind: Kind::Cursor(CursorOf::Hits), ..AFTER },
        FIELDS_OF_LIST,
        Parameter {
            name: "include",
            kind: Kind::Choices(&["authors", "topics", "section", "facets"]),
            description: "What else: of each article, or counts of everything that is found.",
            example: "facets",
        },
    ],
    body: None,
    answer: Answer {
        description: "A page of hits.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("SearchList"))],
        example: None,
        headers: Headers::List,
    },
    problems: &[],
};

/// `GET /v1/suggest`.
pub const SUGGEST: Endpoint = Endpoint {
    id: "suggest",
    method: Method::Get,
    path: "/v1/suggest",
    tag: Tag::Search,
    summary: "Type-ahead over topics, people, places, authors and headlines",
    description: "What has all these words in its name or headline. What more articles are about comes first, headlines last.",
    cost: "5 points.",
    needs: Needs::Nothing,
    parameters: &[TYPED, ROWS],
    body: None,
    answer: Answer {
        description: "The suggestions.",
        status: 200,
        content: &[(reply::JSON, Shape::Schema("SuggestionList"))],
        example: None,
        headers: Headers::Content,
    },
    problems: &[],
};

/// Handles [`LIST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn list(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let settings = &app.settings;
    let query = LIST.read(&req, settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let size = query.rows("first").unwrap_or(FEW).min(settings.page.max);
    let with_facets = query.choices("include").is_some_and(|all| all.contains(&"facets"));
    rate::charge(&req, u32::try_from(10 + size + if with_facets { 20 } else { 0 }).unwrap_or(u32::MAX))?;
    let reader = reply::reader(&req, &app).await?;
    let newest = query.choice("order") == Some("newest");
    let words = query.text("q").unwrap_or_default();
    let found = Search::find(&reader, &app.search, words, &filters::wanted(&query), newest).await?;
    let all = FacetsWanted { sections: true, topics: true, authors: true, genres: true, years: true };
    let counting = Counting { total: true, facets: if with_facets { all } else { FacetsWanted::default() } };
    let page = found.page(&reader, size, query.text("after"), counting).await?;
    let total_count = i64::try_from(page.counts.total).unwrap_or(i64::MAX);
    let counted = if with_facets { Some(page.counts.facets(&reader).await?) } else { None };
    let page_info = PageInfo {
        has_next_page: page.more,
        has_previous_page: query.text("after").is_some(),
        start_cursor: page.hits.first().map(|hit| hit.cursor.clone()),
        end_cursor: page.hits.last().map(|hit| hit.cursor.clone()),
    };
    let link = paging::links_forwards(req.path(), &query, &Paging::first(size), &page_info);
    let selection = Selection::of_list(&query);
    let cards: Vec<_> = page.hits.iter().map(|hit| hit.card.clone()).collect();
    // All at once, for the snippets.
    article::texts(&reader, &cards).await?;
    let loaded = load(&reader, &app, cards, &selection).await?;
    let mut data = Vec::new();
    for (hit, one) in page.hits.iter().zip(&loaded) {
        // One that goes away while it is read drops out.
        let Some(piece) = found.snippet(&reader, &hit.card).await? else { continue };
        let whole = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
        let marks = piece.marks.into_iter().map(|(start, end)| Mark { start: whole(start), end: whole(end) });
        data.push(SearchHit {
            article: one.view(&settings.site, &selection),
            score: hit.score,
            snippet: piece.html,
            highlight: Highlight { text: piece.text, marks: marks.collect() },
        });
    }
    let facets = counted.as_ref().map(facets);
    reply::json(&req, &reader, &SearchList { data, total_count, page_info, facets }, Some(&link)).await
}

fn facets(found: &Facets) -> SearchFacets<'_> {
    fn count<'a>(slug: impl Into<Cow<'a, str>>, name: impl Into<Cow<'a, str>>, n: u64) -> FacetCount<'a> {
        FacetCount { slug: slug.into(), name: name.into(), count: i64::try_from(n).unwrap_or(i64::MAX) }
    }
    SearchFacets {
        sections: found.sections.iter().map(|(s, n)| count(s.slug.as_str(), s.name.as_str(), *n)).collect(),
        topics: found.topics.iter().map(|(t, n)| count(t.slug.as_str(), t.name.as_str(), *n)).collect(),
        authors: found.authors.iter().map(|(a, n)| count(a.slug.as_str(), a.name.as_str(), *n)).collect(),
        genres: found.genres.iter().map(|(genre, n)| count(genre.as_str(), genre.as_str(), *n)).collect(),
        years: found.years.iter().map(|(year, n)| count(year.to_string(), year.to_string(), *n)).collect(),
    }
}

/// Handles [`SUGGEST`].
///
/// # Errors
/// What the parameters and the catalogue say.
pub async fn suggest(req: HttpRequest, app: Data<App>) -> Result<HttpResponse> {
    let query = SUGGEST.read(&req, app.settings.page)?;
    reply::negotiated(&req, &[reply::JSON])?;
    let size = query.rows("first").unwrap_or(FEW).min(app.settings.page.max);
    rate::charge(&req, 5)?;
    let reader = reply::reader(&req, &app).await?;
    let found = search::suggest(&reader, &app.search, query.text("q").unwrap_or_default(), size).await?;
    let data = found.iter().map(|one| match one {
        search::Suggestion::Topic(t) => Suggestion { kind: word(t.kind), slug: &t.slug, text: &t.name },
        search::Suggestion::Author(a) => Suggestion { kind: "AUTHOR", slug: &a.slug, text: &a.name },
        search::Suggestion::Article(card) => Suggestion { kind: "ARTICLE", slug: &card.slug, text: &card.headline },
    });
    let list = SuggestionList { data: data.collect() };
    reply::json(&req, &reader, &list, None).await
}

fn word(kind: TopicKind) -> &'static str {
    match kind {
        TopicKind::Subject => "SUBJECT",
        TopicKind::Person => "PERSON",
        TopicKind::Organisation => "ORGANISATION",
        TopicKind::Place => "PLACE",
        TopicKind::Event => "EVENT",
        TopicKind::Entity => "ENTITY",
    }
}
