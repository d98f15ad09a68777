//! `/v1/newsroom/topics`, `/v1/newsroom/sections` and `/v1/newsroom/authors`: the taxonomy. The three take the same requests
//! and differ in their forms alone.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use super::{FIRST, IF_MATCH, ONCE, READ, READ_PROBLEMS, WRITE, WRITE_PROBLEMS, expected, labelled, numbered, once};
use crate::app::App;
use crate::error::{Code, Result};
use crate::http::auth::DONE;
use crate::http::body::{self, private};
use crate::http::endpoint::{Answer, Body, Endpoint, Headers, Method, Needs, Shape, Tag};
use crate::http::parameters::{Kind, Parameter, Query};
use crate::http::reply::{self, JSON};
use crate::http::{credential, rate};
use crate::identity::Identity;
use crate::model::policy::Action;
use crate::newsroom::Written;
use crate::newsroom::taxonomy::forms::{AuthorForm, SectionForm, TopicForm};
use crate::newsroom::taxonomy::shown::NewsroomTerm;
use crate::newsroom::taxonomy::{self, Form, Look, Noun, Wanted};

/// Topics, sections or authors of the newsroom.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct NewsroomTermList {
    /// By their slugs.
    #[schema(max_items = 100)]
    pub data: Vec<NewsroomTerm>,
    /// What to send as `after` for the next ones; null at the end.
    #[schema(required = true, max_length = 120)]
    pub after: Option<String>,
}

/// Into which one is merged.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MergeForm {
    /// The one that is left, by its id or slug.
    #[schema(min_length = 1, max_length = 120, example = "local-elections")]
    pub into: String,
}

fn merge_example() -> Value {
    json!({ "into": "local-elections" })
}

fn topic_example() -> Value {
    json!({ "name": "Local elections", "kind": "SUBJECT", "description": "Votes in towns and counties." })
}

fn section_example() -> Value {
    json!({ "name": "Local politics" })
}

fn author_example() -> Value {
    json!({ "name": "Ada Marsh", "kind": "STAFF", "bio": "Ada writes about the harbour." })
}

/// A stretch of the list, by slug.
async fn list(req: &HttpRequest, app: &App, identity: &Identity, noun: Noun, query: &Query) -> Result<HttpResponse> {
    reply::negotiated(req, &[JSON])?;
    rate::charge(req, READ)?;
    let viewer = credential::reading(req, identity).await?.0.viewer();
    let size = query.rows("first").unwrap_or(app.settings.page.default);
    let limit = i64::try_from(size + 1).unwrap_or(i64::MAX);
    let wanted = Wanted {
        kind: query.choice("kind").map(str::to_ascii_lowercase),
        query: query.text("query").map(ToOwned::to_owned),
        ..Wanted::default()
    };
    let after = query.text("after").unwrap_or_default();
    let mut looks = taxonomy::list(&app.db, &viewer, noun, wanted, after, limit).await?;
    let more = looks.len() > size;
    looks.truncate(size);
    let after = looks.last().filter(|_| more).map(|look| look.term.slug.clone());
    let data = looks.iter().map(|look| NewsroomTerm::of(noun, look)).collect::<Result<_>>()?;
    private(StatusCode::OK, &NewsroomTermList { data, after })
}

fn answer(status: StatusCode, noun: Noun, written: &Written<Look>) -> Result<HttpResponse> {
    let shown = NewsroomTerm::of(noun, &written.value)?;
    Ok(labelled(private(status, &shown)?, Some(shown.version), written.seq))
}

/// The id that the path names. One that is merged is found under it still, so that the answer can say so.
fn number(noun: Noun, query: &Query) -> i64 {
    query.text("id").and_then(|id| taxonomy::number(noun, id)).unwrap_or(0)
}

const TERM: Answer = Answer {
    description: "As it is now.",
    status: 200,
    content: &[(JSON, Shape::Schema("NewsroomTerm"))],
    example: None,
    headers: Headers::Version,
};

const AFTER: Parameter = Parameter {
    name: "after",
    kind: Kind::Slug,
    description: "Those whose slug comes after this one: `after` of the page before.",
    example: "elections",
};

const WORDS: Parameter = Parameter {
    name: "query",
    kind: Kind::Words,
    description: "Only those of whose slug a word begins so.",
    example: "elec",
};

macro_rules! routes {
    (
        $module:ident, $Noun:ident, $Form:ident, $prefix:literal, $one:literal, $many:literal, $a:literal,
        ids: ($list:literal, $get:literal, $create:literal, $change:literal, $merge:literal, $delete:literal),
        kinds: [$($kind:expr)?], example: $example:ident, changing: $changing:literal
    ) => {
        #[doc = concat!("`/v1/newsroom/", $many, "`.")]
        pub mod $module {
            use super::*;

            const ID: Parameter = Parameter {
                name: "id",
                kind: Kind::Id($prefix),
                description: concat!("The id of the ", $one, "."),
                example: concat!($prefix, "_0cf9b4z8r1c0g"),
            };

            #[doc = concat!("`GET /v1/newsroom/", $many, "`.")]
            pub const LIST: Endpoint = Endpoint {
                id: $list,
                method: Method::Get,
                path: concat!("/v1/newsroom/", $many),
                tag: Tag::Taxonomy,
                summary: concat!("All ", $many, ", public or not"),
                description: "By slug. What only drafts of others name, a contributor does not see.",
                cost: "5 points.",
                needs: Needs::own(Action::SeeNewsroom),
                parameters: &[$($kind,)? WORDS, FIRST, AFTER],
                body: None,
                answer: Answer {
                    description: "A page of them.",
                    content: &[(JSON, Shape::Schema("NewsroomTermList"))],
                    headers: Headers::Unkept,
                    ..TERM
                },
                problems: &[Code::Unauthenticated, Code::Forbidden],
            };

            /// Handles [`LIST`].
            ///
            /// # Errors
            /// As [`taxonomy::list`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
            pub async fn list(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
                let query = LIST.read(&req, app.settings.page)?;
                super::list(&req, &app, &identity, Noun::$Noun, &query).await
            }

            #[doc = concat!("`GET /v1/newsroom/", $many, "/{id}`.")]
            pub const ONE: Endpoint = Endpoint {
                id: $get,
                method: Method::Get,
                path: concat!("/v1/newsroom/", $many, "/{id}"),
                tag: Tag::Taxonomy,
                summary: concat!("One ", $one, " as the newsroom has it"),
                description: "With its aliases, and whether readers see it. The id of one that was merged gives the one that is left.",
                cost: "5 points.",
                needs: Needs::own(Action::SeeNewsroom),
                parameters: &[ID],
                body: None,
                answer: TERM,
                problems: READ_PROBLEMS,
            };

            /// Handles [`ONE`].
            ///
            /// # Errors
            /// As [`taxonomy::one`]; `UNAUTHENTICATED`, `INVALID_TOKEN`.
            pub async fn one(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
                let query = ONE.read(&req, app.settings.page)?;
                reply::negotiated(&req, &[JSON])?;
                rate::charge(&req, READ)?;
                let viewer = credential::reading(&req, &identity).await?.0.viewer();
                // Before the read: what it sees is at least as new as its label.
                let seq = *app.db.head().borrow();
                let key = query.text("id").unwrap_or_default();
                let value = taxonomy::one(&app.db, &viewer, Noun::$Noun, key).await?;
                answer(StatusCode::OK, Noun::$Noun, &Written { value, seq })
            }

            #[doc = concat!("`POST /v1/newsroom/", $many, "`.")]
            pub const CREATE: Endpoint = Endpoint {
                id: $create,
                method: Method::Post,
                path: concat!("/v1/newsroom/", $many),
                tag: Tag::Taxonomy,
                summary: concat!("Make ", $a, " ", $one),
                description: "It is public when an article that uses it is, or at once when it is `listed`.",
                cost: "10 points.",
                needs: Needs::right(Action::EditTaxonomy),
                parameters: &[ONCE],
                body: Some(Body { schema: stringify!($Form), example: $example }),
                answer: Answer { status: 201, description: "As it was made.", ..TERM },
                problems: &[
                    Code::Unauthenticated,
                    Code::Forbidden,
                    Code::Conflict,
                    Code::InvalidInput,
                    Code::UnsupportedMedia,
                ],
            };

            /// Handles [`CREATE`].
            ///
            /// # Errors
            /// As [`taxonomy::create`]; `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
            pub async fn create(
                req: HttpRequest,
                bytes: Bytes,
                app: Data<App>,
                identity: Data<Identity>,
            ) -> Result<HttpResponse> {
                CREATE.read(&req, app.settings.page)?;
                rate::charge(&req, WRITE)?;
                let viewer = credential::writing(&req, &identity).await?.0.viewer();
                CREATE.needs.hold(&viewer)?;
                let form: $Form = body::read(&req, &bytes)?;
                let key = once(&req, &form)?;
                let written = taxonomy::create(&app.db, &viewer, Form::$Noun(form), key).await?;
                answer(StatusCode::CREATED, Noun::$Noun, &written)
            }

            #[doc = concat!("`PATCH /v1/newsroom/", $many, "/{id}`.")]
            pub const CHANGE: Endpoint = Endpoint {
                id: $change,
                method: Method::Patch,
                path: concat!("/v1/newsroom/", $many, "/{id}"),
                tag: Tag::Taxonomy,
                summary: concat!("Change ", $a, " ", $one),
                description: $changing,
                cost: "10 points.",
                needs: Needs::right(Action::EditTaxonomy),
                parameters: &[ID, IF_MATCH],
                body: Some(Body { schema: stringify!($Form), example: $example }),
                answer: TERM,
                problems: WRITE_PROBLEMS,
            };

            /// Handles [`CHANGE`].
            ///
            /// # Errors
            /// As [`taxonomy::change`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
            pub async fn change(
                req: HttpRequest,
                bytes: Bytes,
                app: Data<App>,
                identity: Data<Identity>,
            ) -> Result<HttpResponse> {
                let query = CHANGE.read(&req, app.settings.page)?;
                rate::charge(&req, WRITE)?;
                let viewer = credential::writing(&req, &identity).await?.0.viewer();
                CHANGE.needs.hold(&viewer)?;
                let form: $Form = body::read(&req, &bytes)?;
                let (id, expected) = (number(Noun::$Noun, &query), expected(&req)?);
                let written = taxonomy::change(&app.db, &viewer, id, expected, Form::$Noun(form)).await?;
                answer(StatusCode::OK, Noun::$Noun, &written)
            }

            #[doc = concat!("`POST /v1/newsroom/", $many, "/{id}/merge`.")]
            pub const MERGE: Endpoint = Endpoint {
                id: $merge,
                method: Method::Post,
                path: concat!("/v1/newsroom/", $many, "/{id}/merge"),
                tag: Tag::Taxonomy,
                summary: concat!("Merge ", $a, " ", $one, " into another"),
                description: "The other one is left: it takes over the articles, what lies below, codes and earlier slugs, and is the \
                              answer. The old address leads to it for good.",
                cost: "10 points.",
                needs: Needs::right(Action::EditTaxonomy),
                parameters: &[ID, IF_MATCH],
                body: Some(Body { schema: "MergeForm", example: merge_example }),
                answer: TERM,
                problems: WRITE_PROBLEMS,
            };

            /// Handles [`MERGE`].
            ///
            /// # Errors
            /// As [`taxonomy::merge`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
            pub async fn merge(
                req: HttpRequest,
                bytes: Bytes,
                app: Data<App>,
                identity: Data<Identity>,
            ) -> Result<HttpResponse> {
                let query = MERGE.read(&req, app.settings.page)?;
                rate::charge(&req, WRITE)?;
                let viewer = credential::writing(&req, &identity).await?.0.viewer();
                MERGE.needs.hold(&viewer)?;
                let form: MergeForm = body::read(&req, &bytes)?;
                let (id, expected) = (number(Noun::$Noun, &query), expected(&req)?);
                let written = taxonomy::merge(&app.db, &viewer, Noun::$Noun, id, expected, &form.into).await?;
                answer(StatusCode::OK, Noun::$Noun, &written)
            }

            #[doc = concat!("`DELETE /v1/newsroom/", $many, "/{id}`.")]
            pub const DELETE: Endpoint = Endpoint {
                id: $delete,
                method: Method::Delete,
                path: concat!("/v1/newsroom/", $many, "/{id}"),
                tag: Tag::Taxonomy,
                summary: concat!("Delete ", $a, " ", $one),
                description: "One that nothing names: no published article, no draft, nothing below it. Others are merged into another.",
                cost: "10 points.",
                needs: Needs::right(Action::EditTaxonomy),
                parameters: &[ID, IF_MATCH],
                body: None,
                answer: DONE,
                problems: WRITE_PROBLEMS,
            };

            /// Handles [`DELETE`].
            ///
            /// # Errors
            /// As [`taxonomy::delete`]; `PRECONDITION_REQUIRED`, `UNAUTHENTICATED`, `INVALID_TOKEN`, `CSRF_TOKEN_REQUIRED`.
            pub async fn delete(req: HttpRequest, app: Data<App>, identity: Data<Identity>) -> Result<HttpResponse> {
                let query = DELETE.read(&req, app.settings.page)?;
                rate::charge(&req, WRITE)?;
                let viewer = credential::writing(&req, &identity).await?.0.viewer();
                DELETE.needs.hold(&viewer)?;
                let (id, expected) = (number(Noun::$Noun, &query), expected(&req)?);
                let written = taxonomy::delete(&app.db, &viewer, Noun::$Noun, id, expected).await?;
                Ok(numbered(&written, body::nothing()))
            }
        }
    };
}

routes!(
    topics, Topic, TopicForm, "top", "topic", "topics", "a",
    ids: ("listNewsroomTopics", "getNewsroomTopic", "createTopic", "changeTopic", "mergeTopic", "deleteTopic"),
    kinds: [Parameter {
        name: "kind",
        kind: Kind::Option(&["SUBJECT", "PERSON", "ORGANISATION", "PLACE", "EVENT", "ENTITY"]),
        description: "Only topics of this kind.",
        example: "PLACE",
    }],
    example: topic_example,
    changing: "What is left out stays, null empties a field. A name, slug or kind that changes reaches every article about it; the old slug leads to the new one for good."
);

routes!(
    sections, Section, SectionForm, "sec", "section", "sections", "a",
    ids: ("listNewsroomSections", "getNewsroomSection", "createSection", "changeSection", "mergeSection", "deleteSection"),
    kinds: [],
    example: section_example,
    changing: "What is left out stays, null empties a field. A name, slug or parent that changes reaches every article that stands in it; the old slug leads to the new one for good."
);

routes!(
    authors, Author, AuthorForm, "aut", "author", "authors", "an",
    ids: ("listNewsroomAuthors", "getNewsroomAuthor", "createAuthor", "changeAuthor", "mergeAuthor", "deleteAuthor"),
    kinds: [Parameter {
        name: "kind",
        kind: Kind::Option(&["STAFF", "CONTRIBUTOR", "INDEPENDENT"]),
        description: "Only authors of this kind.",
        example: "STAFF",
    }],
    example: author_example,
    changing: "What is left out stays, null empties a field. A name, slug or kind that changes reaches every article that they sign; the old slug leads to the new one for good."
);
