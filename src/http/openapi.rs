//! The contract of the REST door: OpenAPI 3.1, printed from the endpoints, the shapes and the table of codes.
//!
//! Paths and parameters are those that the handlers read by, schemas are utoipa's of the types that are sent. Nothing
//! is written twice, so nothing can differ. What is not here: `/graphql` (its contract is `schema.graphql`), pages,
//! and what operators ask.
//!
//! ```
//! let yaml = masthead::http::openapi::yaml().expect("it can be printed");
//! assert!(yaml.starts_with("openapi: 3.1."));
//! ```

use serde_json::{Map, Value, json};
use utoipa::OpenApi;

use super::endpoint::{Endpoint, Headers, Method, Needs, Shape, Tag};
use super::parameters::Kind;
use super::problem::{self, slug};
use super::view::{account, provider};
use super::{absence, body, changes, newsroom, problems, reply, routes, view, websub};
use crate::config::PageSettings;
use crate::error::{Code, Error, Result};
use crate::formats::feed::json::JsonFeed;
use crate::identity::JwkSet;
use crate::model::account::{EMAIL_PATTERN, NAME_PATTERN};
use crate::model::viewer::Role;
use crate::newsroom::changes::Changes;
use crate::newsroom::collections::forms::{CollectionChanges, CollectionForm, PinForm};
use crate::newsroom::collections::shown::NewsroomCollection;
use crate::newsroom::shown;
use crate::newsroom::taxonomy::forms::{AuthorForm, SectionForm, TopicForm};
use crate::newsroom::taxonomy::shown::NewsroomTerm;

#[derive(OpenApi)]
#[openapi(components(schemas(
    view::Article<'static>,
    view::ArticleList<'static>,
    view::ArticleStrip<'static>,
    view::RelatedList<'static>,
    view::Redirect<'static>,
    view::AuthorList<'static>,
    view::TopicList<'static>,
    view::SearchList<'static>,
    view::SuggestionList<'static>,
    view::SectionList<'static>,
    view::Collection<'static>,
    view::CollectionList<'static>,
    view::CollectionRule,
    view::PortableTextBlock,
    view::TopicBlock<'static>,
    view::DatePrecision,
    view::ArticleBody,
    account::Account,
    account::AccountList,
    account::SessionList,
    account::SessionGrant,
    account::SignUpAnswer,
    account::Me,
    account::LogInForm,
    account::RefreshForm,
    account::LogOutForm,
    account::SignUpForm,
    account::TokenForm,
    account::EmailForm,
    account::ResetForm,
    account::ProfileForm,
    account::PasswordForm,
    account::ChangeEmailForm,
    account::ProofForm,
    account::AccountForm,
    account::AccountChange,
    account::InvitationForm,
    account::SecurityEventList,
    provider::LoginProviderList,
    provider::ProviderIdentity,
    provider::ProviderIdentityList,
    provider::LinkForm,
    provider::LinkAnswer,
    provider::ExchangeForm,
    provider::ProviderAnswer,
    JsonFeed<'static>,
    websub::SubscriptionForm,
    JwkSet,
    problem::Problem,
    absence::GoneProblem,
    changes::ChangeList,
    changes::ExpiredProblem,
    newsroom::ConflictProblem,
    Changes,
    shown::NewsroomArticle,
    shown::ArticleRevision,
    shown::Differences,
    shown::ArticleEvent,
    shown::ArticleAsOf,
    shown::ArticleNote,
    shown::ArticlePreview,
    shown::ArticleAutosave,
    newsroom::NewArticleForm,
    newsroom::NewsroomArticleList,
    newsroom::AutosaveForm,
    newsroom::steps::ReviewForm,
    newsroom::steps::ScheduleForm,
    newsroom::steps::PublishForm,
    newsroom::steps::CorrectForm,
    newsroom::steps::ReasonForm,
    newsroom::steps::MoveForm,
    newsroom::steps::RestoreForm,
    newsroom::steps::AssignForm,
    newsroom::past::RevisionList,
    newsroom::past::EventList,
    newsroom::past::NoteForm,
    newsroom::past::NoteList,
    newsroom::past::PreviewForm,
    newsroom::past::PreviewList,
    NewsroomTerm,
    NewsroomCollection,
    newsroom::collections::NewsroomCollectionList,
    newsroom::collections::ArrangementForm,
    CollectionForm,
    CollectionChanges,
    PinForm,
    newsroom::terms::NewsroomTermList,
    newsroom::terms::MergeForm,
    TopicForm,
    SectionForm,
    AuthorForm,
    problems::ProblemType,
    problems::ProblemTypeList,
)))]
struct Schemas;

/// What can go wrong at any endpoint, beside what each names itself.
const ANYWHERE: [Code; 10] = [
    Code::InvalidParameter,
    Code::NotAcceptable,
    Code::Timeout,
    Code::UriTooLong,
    Code::RateLimited,
    Code::HeadersTooLarge,
    Code::Internal,
    Code::Unavailable,
    Code::TooLarge,
    Code::MethodNotAllowed,
];

/// The most characters of a text whose length no rule bounds: what one line of an import may have.
const TEXT_MOST: u64 = 64 << 20;
/// The most entries of a list whose length no rule bounds: blocks of a body.
const ENTRIES_MOST: u64 = 10_000;
/// The greatest whole number that JavaScript holds exactly.
const NUMBER_MOST: u64 = (1 << 53) - 1;

/// The contract with the default settings, as `openapi.yaml` has it.
///
/// # Errors
/// `INTERNAL` when it cannot be printed, which a test rules out.
pub fn yaml() -> Result<String> {
    let settings = crate::config::Settings::load(&crate::config::Sources::none());
    let page = settings.map_err(|problems| crate::config::into_error(&problems))?.page;
    to_yaml(&document(page)?)
}

/// The document as JSON.
///
/// # Errors
/// `INTERNAL` when it cannot be printed.
pub fn to_json(document: &utoipa::openapi::OpenApi) -> Result<String> {
    document.to_pretty_json().map_err(Error::internal)
}

/// The document as YAML; equal in content to [`to_json`].
///
/// # Errors
/// `INTERNAL` when it cannot be printed.
pub fn to_yaml(document: &utoipa::openapi::OpenApi) -> Result<String> {
    document.to_yaml().map_err(Error::internal)
}

/// The contract, with these sizes of pages.
///
/// # Errors
/// `INTERNAL` when what is put together is no OpenAPI, which a test rules out.
pub fn document(page: PageSettings) -> Result<utoipa::openapi::OpenApi> {
    let mut schemas = serde_json::to_value(Schemas::openapi().components).map_err(Error::internal)?["schemas"].take();
    bound(&mut schemas);
    for list in
        ["ArticleList", "ArticleStrip", "RelatedList", "AuthorList", "TopicList", "SearchList", "SuggestionList"]
    {
        schemas[list]["properties"]["data"]["maxItems"] = json!(page.max);
    }
    for (form, member) in [
        ("SignUpForm", "email"),
        ("EmailForm", "email"),
        ("ChangeEmailForm", "email"),
        ("AccountForm", "email"),
        ("InvitationForm", "email"),
    ] {
        schemas[form]["properties"][member]["pattern"] = json!(EMAIL_PATTERN);
    }
    for form in ["SignUpForm", "ProfileForm", "AccountForm", "AccountChange"] {
        schemas[form]["properties"]["name"]["pattern"] = json!(NAME_PATTERN);
    }
    for member in ["articles", "pinned"] {
        schemas["Collection"]["properties"][member]["maxItems"] = json!(page.max);
    }
    let mut paths = Map::new();
    for endpoint in routes::CONTRACT {
        let methods = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        methods[endpoint.method.name()] = operation(endpoint, page);
    }
    let responses: Map<String, Value> =
        Code::ALL.iter().filter(|code| is_named(**code)).map(|code| (component(*code), refusal(*code))).collect();
    let tags: Vec<Value> =
        Tag::ALL.iter().map(|(_, name, says)| json!({ "name": name, "description": says })).collect();
    let whole = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Masthead",
            "summary": "News content: articles, authors, topics and what to read next.",
            "description": DESCRIPTION,
            "contact": { "name": "The operator of this server" },
            "license": { "name": "MIT or Apache-2.0 (the program; content has its own licence)", "identifier": "MIT OR Apache-2.0" },
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{ "url": "/", "description": "This server, in production or local.", "x-internal": false }],
        "security": [],
        "tags": tags,
        "paths": paths,
        "components": { "schemas": schemas, "responses": responses, "securitySchemes": schemes() },
    });
    // Through utoipa's types, which put everything into the order that people expect.
    serde_json::from_value(whole).map_err(Error::internal)
}

/// How a request says who sends it.
fn schemes() -> Value {
    json!({
        "accessToken": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "JWT",
            "description": "The access token of a log-in in mode TOKEN: a JWT by RFC 9068, made and checked as RFC8725 advises, sent as RFC 6750 has it.",
        },
        "sessionCookie": {
            "type": "apiKey",
            "in": "cookie",
            "name": "__Host-masthead",
            "description": "The cookie of a log-in in mode COOKIE; without TLS it is called `masthead`. Whatever changes something needs the header `X-CSRF-Token` beside it.",
        },
        "csrfToken": {
            "type": "apiKey",
            "in": "header",
            "name": "X-CSRF-Token",
            "description": "The `csrfToken` of the log-in, or of `GET /v1/me`.",
        },
    })
}

/// What an operation needs: a token; or the cookie, with the token against forged requests where something is changed.
fn security(endpoint: &Endpoint) -> Value {
    if endpoint.needs == Needs::Nothing {
        // An empty requirement says that none is asked for (OpenAPI 3.1, 4.8.10).
        return if endpoint.method == Method::Get { json!([]) } else { json!([{}]) };
    }
    if endpoint.method == Method::Get {
        return json!([{ "accessToken": [] }, { "sessionCookie": [] }]);
    }
    json!([{ "accessToken": [] }, { "sessionCookie": [], "csrfToken": [] }])
}

/// Who may, in a sentence.
fn may(needs: Needs) -> String {
    let roles: Vec<&str> = Role::OF_ACCOUNTS.into_iter().filter(|role| needs.allow(*role)).map(Role::as_str).collect();
    match needs {
        Needs::Nothing => String::new(),
        Needs::Right(..) if roles.len() == Role::OF_ACCOUNTS.len() => "\n\nNeeds an account.".to_owned(),
        Needs::Right(..) => format!("\n\nNeeds the role {}.", roles.join(" or ")),
    }
}

/// What every reader of the contract should know, as Markdown.
const DESCRIPTION: &str = "\
What is published is public; accounts are for who logs in. The same content, by the same names, is served over GraphQL at `/graphql`.

**Who is asking.** Log in with `POST /v1/auth/log-in`, and send `Authorization: Bearer` with the access token, or the cookie. 401 means \
that you are not known, 403 that you may not; compare `code`.

**Members.** A member that was not asked for is absent; one that has no value is null. Instants are RFC 3339 in UTC with \
milliseconds. New members may be added at any time: ignore what you do not know.

**Notices.** Whoever shows an article shows its `label`, `disclaimers`, `corrections`, `source`, `license` and \
`copyrightNotice`; they are in every answer. Rendered bodies carry the first three as blocks of their own style.

**Lists.** `first` and `after` walk forwards, `last` and `before` backwards. Cursors are opaque; `pageInfo` gives them, and the \
`Link` header (RFC 8288) gives the addresses of the `next`, `prev`, `first` and `last` page.

**Parameters.** One that is unknown, repeated or mistyped is refused with 400, and named: it is never ignored.

**Problems.** Errors are `application/problem+json` (RFC 9457). Compare `code`; `detail` says what to do. The table is at \
`/problems`.

**Caching.** Every answer has a strong `ETag`: send it in `If-None-Match` and an unchanged answer is 304 without a body. With \
`If-Match` or `If-Unmodified-Since` a read of another state than that is 412. HEAD and OPTIONS work everywhere.

**Freshness.** `Masthead-Seq` is the number of the change up to which an answer is complete at least. Send one in \
`Masthead-Min-Seq` to be shown at least that: the server waits up to two seconds for it, then answers 503.

**Limits.** Anonymous readers pay points; each operation says how many. `RateLimit` and `RateLimit-Policy` (IETF draft \
draft-ietf-httpapi-ratelimit-headers-10) tell what is left; 429 tells in `Retry-After` when to come back.";

fn operation(endpoint: &Endpoint, page: PageSettings) -> Value {
    let parameters: Vec<Value> = endpoint.parameters.iter().map(|parameter| parameter.describe(page)).collect();
    let mut responses = Map::new();
    responses.insert(endpoint.answer.status.to_string(), success(endpoint));
    if matches!(endpoint.answer.headers, Headers::Content | Headers::List | Headers::Moved) {
        let says = "Nothing has changed since the answer whose entity tag `If-None-Match` named.";
        responses.insert("304".into(), json!({ "description": says, "headers": headers(endpoint.answer.headers) }));
    }
    let by_slug = endpoint.parameters.iter().any(|parameter| matches!(parameter.kind, Kind::Key(_)));
    if (by_slug || endpoint.problems.contains(&Code::Gone)) && endpoint.answer.status != 308 {
        let mut headers = common();
        headers["Location"] = header(
            "The same of the address of now.",
            json!({ "type": "string", "format": "uri-reference", "maxLength": 16384 }),
        );
        let says = "It has another address now; ask there, and remember it.";
        responses.insert("308".into(), json!({ "description": says, "headers": headers }));
    }
    for code in codes(endpoint) {
        let code = named_by(code);
        responses.insert(
            code.status().to_string(),
            json!({ "$ref": format!("#/components/responses/{}", component(code)) }),
        );
    }
    // The statuses in their order, whoever named them.
    let mut ordered: Vec<(String, Value)> = responses.into_iter().collect();
    ordered.sort_by(|a, b| a.0.cmp(&b.0));
    let mut operation = json!({
        "operationId": endpoint.id,
        "tags": [endpoint.tag.name()],
        "summary": endpoint.summary,
        "description": format!("{}{}\n\nCosts {}", endpoint.description, may(endpoint.needs), endpoint.cost),
        "security": security(endpoint),
        "parameters": parameters,
        "responses": ordered.into_iter().collect::<Map<String, Value>>(),
    });
    if let Some(body) = &endpoint.body {
        // What providers have browsers send is a form, and so is what hubs take; all else is JSON.
        let is_form = ["ProviderAnswer", "SubscriptionForm"].contains(&body.schema);
        let media = if is_form { body::FORM } else { reply::JSON };
        operation["requestBody"] = json!({
            "required": body.schema != "LogOutForm",
            "content": { media: {
                "schema": { "$ref": format!("#/components/schemas/{}", body.schema) },
                "example": (body.example)(),
            } },
        });
    }
    operation
}

/// Everything that can go wrong at an endpoint.
fn codes(endpoint: &Endpoint) -> impl Iterator<Item = Code> {
    let anywhere = ANYWHERE.into_iter().filter(|code| can_be(endpoint, *code));
    // A token that is not good is refused wherever it is sent.
    let of_tokens = endpoint.path.starts_with("/v1/").then_some(Code::InvalidToken);
    let of_forms = endpoint.body.as_ref().map(|_| Code::UnsupportedMedia);
    // What is read is held against what the request expects (RFC 9110, 13.1.1).
    let is_read = endpoint.method == Method::Get && endpoint.answer.status == 200;
    let of_reads = is_read.then_some(Code::PreconditionFailed);
    anywhere.chain(of_tokens).chain(of_forms).chain(of_reads).chain(endpoint.problems.iter().copied())
}

/// Of several codes with one status one stands for all: its response names them.
fn named_by(code: Code) -> Code {
    match code.status() {
        400 => Code::InvalidParameter,
        401 => Code::Unauthenticated,
        403 => Code::Forbidden,
        404 => Code::NotFound,
        422 => Code::InvalidInput,
        503 => Code::Unavailable,
        _ => code,
    }
}

/// Whether a fault that can be anywhere can be here.
fn can_be(endpoint: &Endpoint, code: Code) -> bool {
    match code {
        Code::MethodNotAllowed => false,
        // What is read has no body to be too large.
        Code::TooLarge => endpoint.method != Method::Get,
        Code::NotAcceptable => !endpoint.answer.content.is_empty(),
        _ => true,
    }
}

fn success(endpoint: &Endpoint) -> Value {
    let answer = &endpoint.answer;
    let mut content = Map::new();
    for (i, (media, shape)) in answer.content.iter().enumerate() {
        let schema = match shape {
            Shape::Schema(name) => json!({ "$ref": format!("#/components/schemas/{name}") }),
            Shape::Object => json!({ "type": "object", "additionalProperties": true }),
            Shape::Objects => json!({
                "type": "array",
                "maxItems": ENTRIES_MOST,
                "items": { "type": "object", "additionalProperties": true },
            }),
            Shape::Text => json!({ "type": "string", "maxLength": TEXT_MOST }),
        };
        let mut shown = json!({ "schema": schema });
        if let Some(example) = answer.example.filter(|_| i == 0) {
            shown["example"] = example();
        }
        content.insert((*media).to_owned(), shown);
    }
    let mut shown = json!({ "description": answer.description, "headers": headers(answer.headers) });
    if !content.is_empty() {
        shown["content"] = content.into();
    }
    shown
}

fn header(description: &str, schema: Value) -> Value {
    json!({ "description": description, "schema": schema })
}

fn seq(description: &str) -> Value {
    header(description, json!({ "type": "integer", "format": "int64", "minimum": 0, "maximum": NUMBER_MOST }))
}

fn kept() -> Value {
    header("How long caches may keep it.", json!({ "type": "string", "maxLength": 200 }))
}

/// The headers of every answer. None is required: the limit may be switched off, and local readers are free.
fn common() -> Value {
    let text = |pattern: &str, most: u64| json!({ "type": "string", "pattern": pattern, "maxLength": most });
    json!({
        "RateLimit": header(
            "What is left: `r` points, and `t` seconds until all are back.",
            text("^\"default\";r=[0-9]+;t=[0-9]+$", 100),
        ),
        "RateLimit-Policy": header(
            "The rule: `q` points, which come back within `w` seconds.",
            text("^\"default\";q=[0-9]+;w=[0-9]+;qu=\"points\"$", 100),
        ),
        "X-Request-Id": header(
            "The id under which the server's log has the request; the one that was sent, if it was sane.",
            text("^[!-~]+$", 128),
        ),
        "Access-Control-Allow-Origin": header(
            "Which pages may read the answer from a script: all, as shipped.",
            text("^[!-~]+$", 300),
        ),
    })
}

fn headers(kind: Headers) -> Value {
    let mut all = common();
    all["Cache-Control"] = kept();
    if kind == Headers::Redirect {
        all["Location"] = header("Where to go on.", json!({ "type": "string", "format": "uri", "maxLength": 8000 }));
    }
    if matches!(kind, Headers::Cookie | Headers::Redirect) {
        all["Set-Cookie"] = header(
            "In mode COOKIE: the session's cookie, HttpOnly and SameSite; Secure where the server is reached by https.",
            json!({ "type": "string", "maxLength": 1000 }),
        );
    }
    if kind == Headers::Version {
        all["ETag"] = header(
            "The version of the article: what `If-Match` takes.",
            json!({ "type": "string", "pattern": "^\"[!#-~]+\"$", "maxLength": 100 }),
        );
        all["Masthead-Seq"] =
            seq("The number of the change: a read that asks for it in `Masthead-Min-Seq` sees what was written.");
        return all;
    }
    if matches!(kind, Headers::Fixed | Headers::Unkept | Headers::Cookie | Headers::Redirect) {
        return all;
    }
    all["ETag"] = header(
        "Names these bytes, strongly; one for each content coding.",
        json!({ "type": "string", "pattern": "^\"[!#-~]+\"$", "maxLength": 100 }),
    );
    all["Masthead-Seq"] = seq("The number of the change up to which the answer is complete at least.");
    if kind == Headers::Moved {
        all["Location"] =
            header("The article.", json!({ "type": "string", "format": "uri-reference", "maxLength": 16384 }));
    }
    if kind == Headers::List {
        all["Link"] = header(
            "The addresses of the first, last, next and previous page (RFC 8288).",
            json!({ "type": "string", "maxLength": 65536 }),
        );
    }
    all
}

/// Whether some endpoint of the contract can answer with this code's response.
fn is_named(code: Code) -> bool {
    routes::CONTRACT.iter().any(|endpoint| codes(endpoint).any(|one| named_by(one) == code))
}

/// The name of the response of a code: `NOT_FOUND` gives `NotFound`.
fn component(code: Code) -> String {
    let words = code.name().split('_');
    words.map(|word| format!("{}{}", &word[..1], word[1..].to_ascii_lowercase())).collect()
}

/// What a refusal looks like.
fn refusal(code: Code) -> Value {
    let mut headers = common();
    if code.status() == 401 {
        headers["WWW-Authenticate"] =
            header("How to say who you are (RFC 6750).", json!({ "type": "string", "maxLength": 200 }));
    }
    if matches!(code, Code::NotFound | Code::Gone) {
        headers["Masthead-Seq"] = seq(
            "Where the catalogue says so: the number of the change up to which it is complete at least. Other refusals have none.",
        );
        headers["Cache-Control"] = kept();
    }
    if matches!(code, Code::RateLimited | Code::Unavailable) {
        headers["Retry-After"] = header(
            "Seconds to wait before the same request.",
            json!({ "type": "integer", "format": "int32", "minimum": 1, "maximum": 86400 }),
        );
    }
    let mut example = json!({
        "type": format!("{}{}", problem::TYPE_PREFIX, slug(code)),
        "title": code.meaning(),
        "status": code.status(),
        "detail": code.meaning(),
        "instance": "urn:uuid:3f0c7a52-58a4-4b0e-9d1c-7e7e2f5f9a10",
        "code": code.name(),
        "retryable": code.retry(),
        "requestId": "3f0c7a52-58a4-4b0e-9d1c-7e7e2f5f9a10",
    });
    let mut schema = "Problem";
    match code {
        Code::InvalidParameter => {
            example["detail"] = json!("There is no parameter \"sektion\" here; did you mean section?");
            example["parameter"] = json!("sektion");
        }
        Code::PreconditionFailed => {
            schema = "ConflictProblem";
            example["detail"] = json!("The article has changed since it was read: it is at version 7 now.");
        }
        Code::CursorExpired => {
            schema = "ExpiredProblem";
            example["start"] = json!("c3f0c7a5258a44b0e9d1c7e7e2f5f9a10000000000004207f2c9e1");
        }
        Code::Gone => {
            schema = "GoneProblem";
            example["detail"] = json!("The article was withdrawn. The figures were taken from a draft.");
            example["reason"] = json!("The figures were taken from a draft.");
            example["withdrawnAt"] = json!("2026-11-02T09:15:00.000Z");
            example["killed"] = json!(false);
        }
        _ => {}
    }
    json!({
        "description": describe(code),
        "headers": headers,
        "content": { problem::MEDIA_TYPE: { "schema": { "$ref": format!("#/components/schemas/{schema}") }, "example": example } },
    })
}

/// What a status means, with every code that it can have.
fn describe(code: Code) -> String {
    match code {
        Code::InvalidParameter => {
            "A parameter or member is unknown, repeated or mistyped (`INVALID_PARAMETER`), is no cursor of this list \
             (`INVALID_CURSOR`), asks for too much (`LIMIT_EXCEEDED`), or the request cannot be read (`BAD_REQUEST`)."
                .to_owned()
        }
        Code::Unauthenticated => {
            "Nobody is logged in (`UNAUTHENTICATED`), the token is not good, or not any more (`INVALID_TOKEN`), or a \
             password is wrong (`INVALID_CREDENTIALS`)."
                .to_owned()
        }
        Code::Forbidden => {
            "The role of the caller does not allow it (`FORBIDDEN`), a session by cookie came without its token \
             (`CSRF_TOKEN_REQUIRED`), the account is suspended (`ACCOUNT_SUSPENDED`), the password is too weak (`WEAK_PASSWORD`), or accounts are not made so here \
             (`SIGN_UP_CLOSED`), or the log-in was begun in another browser (`WRONG_BROWSER`)."
                .to_owned()
        }
        Code::NotFound => {
            "There is nothing here (`NOT_FOUND`), or the link or code is unknown, used or too old (`LINK_EXPIRED`)."
                .to_owned()
        }
        Code::Unavailable => {
            "The server cannot answer just now (`UNAVAILABLE`), or its database cannot be reached (`DATABASE_UNAVAILABLE`)."
                .to_owned()
        }
        code => format!("{} (`{}`)", code.meaning(), code.name()),
    }
}

/// Gives every text, list and whole number its bounds where the type has none of its own: clients may rely on them,
/// and a contract without bounds cannot be checked (OWASP API4:2023).
fn bound(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(bound),
        Value::Object(members) => {
            let is = |kind: &str| match members.get("type") {
                Some(Value::String(one)) => one == kind,
                Some(Value::Array(several)) => several.iter().any(|one| one == kind),
                _ => false,
            };
            let (text, list, number) = (is("string"), is("array"), is("integer"));
            let mut default = |name: &str, value: u64| {
                if !members.contains_key(name) {
                    members.insert(name.to_owned(), json!(value));
                }
            };
            if list {
                default("maxItems", ENTRIES_MOST);
            }
            if number {
                default("minimum", 0);
                default("maximum", NUMBER_MOST);
            }
            if number && members.get("format").and_then(Value::as_str).is_none_or(|format| format == "int32") {
                // Anything that fits no more than 32 bits says so by its bound as well.
                members.insert("format".into(), json!("int32"));
                let most = members.get("maximum").and_then(Value::as_u64).unwrap_or(NUMBER_MOST).min(i32::MAX as u64);
                members.insert("maximum".into(), json!(most));
            }
            if text && !members.contains_key("enum") && !members.contains_key("maxLength") {
                let date = members.get("format").is_some_and(|format| format == "date-time");
                members.insert("maxLength".into(), json!(if date { 64 } else { TEXT_MOST }));
            }
            members.values_mut().for_each(bound);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    const PAGE: PageSettings = PageSettings { default: 20, max: 100 };

    fn json() -> Value {
        serde_json::from_str(&to_json(&document(PAGE).unwrap()).unwrap()).unwrap()
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let document = json();
        let mut open = vec![&document];
        let mut seen = 0;
        while let Some(value) = open.pop() {
            match value {
                Value::Object(members) => {
                    if let Some(Value::String(at)) = members.get("$ref") {
                        seen += 1;
                        assert!(document.pointer(at.trim_start_matches('#')).is_some(), "{at}");
                    }
                    open.extend(members.values());
                }
                Value::Array(items) => open.extend(items),
                _ => {}
            }
        }
        assert!(seen > 100, "{seen}");
    }

    #[test]
    fn nothing_is_lost_on_the_way_through_the_types() {
        let document = json();
        let list = &document["paths"]["/v1/articles"]["get"];
        let fields = list["parameters"].as_array().unwrap().iter().find(|p| p["name"] == "fields").unwrap();
        assert_eq!((&fields["explode"], &fields["schema"]["uniqueItems"]), (&json!(false), &json!(true)));
        assert_eq!(list["responses"]["429"]["$ref"], "#/components/responses/RateLimited");
        assert_eq!(
            document["components"]["responses"]["RateLimited"]["headers"]["Retry-After"]["schema"]["minimum"],
            1
        );
        assert_eq!(document["servers"][0]["x-internal"], false);
        assert_eq!(document["components"]["schemas"]["Article"]["properties"]["headline"]["maxLength"], 1000);
    }

    #[test]
    fn ids_and_paths_are_unique() {
        let ids: HashSet<_> = routes::CONTRACT.iter().map(|e| e.id).collect();
        let paths: HashSet<_> = routes::CONTRACT.iter().map(|e| (e.method.name(), e.path)).collect();
        assert_eq!((ids.len(), paths.len()), (routes::CONTRACT.len(), routes::CONTRACT.len()));
        for endpoint in routes::CONTRACT {
            let in_path = endpoint.parameters.iter().filter(|p| p.in_path());
            assert!(in_path.clone().all(|p| endpoint.path.contains(&format!("{{{}}}", p.name))), "{}", endpoint.path);
            assert_eq!(in_path.count(), endpoint.path.matches('{').count(), "{}", endpoint.path);
        }
    }

    #[test]
    fn examples_of_parameters_are_sound() {
        use actix_web::test::TestRequest;
        for endpoint in routes::CONTRACT {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            let mut req = TestRequest::default();
            for parameter in endpoint.parameters.iter().filter(|p| !p.example.is_empty() && !p.in_header()) {
                if parameter.in_path() {
                    req = req.param(parameter.name, parameter.example);
                } else {
                    query.append_pair(parameter.name, parameter.example);
                }
            }
            let req = req.uri(&format!("/?{}", query.finish())).to_http_request();
            endpoint.read(&req, PAGE).unwrap_or_else(|error| panic!("{}: {error}", endpoint.id));
        }
    }
}
