//! What an endpoint is: the declaration that its handler reads by and that OpenAPI is printed from.

use actix_web::{HttpRequest, Route, web};
use serde_json::Value;

use super::parameters::{Parameter, Query};
use crate::config::PageSettings;
use crate::error::{Code, Result};
use crate::model::policy::{Action, Whose, may_to};
use crate::model::viewer::{Role, Viewer};

/// An endpoint: one method on one path.
pub struct Endpoint {
    /// `operationId`: unique, and stable, for clients are generated with it as a function's name.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path, in the notation that actix and OpenAPI share.
    pub path: &'static str,
    /// The heading that it stands under.
    pub tag: Tag,
    /// One line.
    pub summary: &'static str,
    /// More, as Markdown.
    pub description: &'static str,
    /// What it costs an anonymous reader, in words.
    pub cost: &'static str,
    /// Who may ask for it.
    pub needs: Needs,
    /// Everything that it takes.
    pub parameters: &'static [Parameter],
    /// What its body is, where it takes one.
    pub body: Option<Body>,
    /// What it answers with.
    pub answer: Answer,
    /// What can go wrong beside what can go wrong anywhere.
    pub problems: &'static [Code],
}

/// Who may ask for an endpoint, or run an operation. The use case behind it decides; a test holds this against what it
/// decides, and the documentation is printed from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Everybody.
    Nothing,
    /// Who may do this.
    Right(Action, Whose),
}

impl Needs {
    /// Whoever has an account, of what is their own.
    pub const fn own(action: Action) -> Needs {
        Needs::Right(action, Whose::Own)
    }

    /// Who may do it to others, or to what is nobody's.
    pub const fn right(action: Action) -> Needs {
        Needs::Right(action, Whose::Others)
    }

    /// Refuses whoever may not, before the request's body is looked at. The use case decides once more.
    ///
    /// # Errors
    /// As [`may_to`].
    pub fn hold(self, viewer: &Viewer) -> Result<()> {
        match self {
            Needs::Nothing => Ok(()),
            Needs::Right(action, whose) => may_to(viewer, action, whose),
        }
    }

    /// Whether this role may.
    pub fn allow(self, role: Role) -> bool {
        match self {
            Needs::Nothing => true,
            Needs::Right(action, whose) => action.roles(whose).contains(&role),
        }
    }
}

/// The body of a request: JSON.
pub struct Body {
    /// The name of its schema.
    pub schema: &'static str,
    /// What it looks like.
    pub example: fn() -> Value,
}

/// What is done to the path. HEAD and OPTIONS are the shell's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Tells the server something.
    Post,
    /// Puts it in the place of what is there.
    Put,
    /// Changes some of it.
    Patch,
    /// Takes it away.
    Delete,
}

impl Method {
    /// As OpenAPI has it.
    pub fn name(self) -> &'static str {
        match self {
            Method::Get => "get",
            Method::Post => "post",
            Method::Put => "put",
            Method::Patch => "patch",
            Method::Delete => "delete",
        }
    }

    /// A route of this method, without its handler.
    pub fn route(self) -> Route {
        match self {
            Method::Get => web::get(),
            Method::Post => web::post(),
            Method::Put => web::put(),
            Method::Patch => web::patch(),
            Method::Delete => web::delete(),
        }
    }
}

/// A heading of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// Articles and lists of them.
    Articles,
    /// Those who write them.
    Authors,
    /// What they are about.
    Topics,
    /// Where they stand.
    Sections,
    /// Lists that editors run.
    Collections,
    /// RSS, Atom and JSON Feed.
    Feeds,
    /// Following what is public.
    Changes,
    /// Finding.
    Search,
    /// Logging in and out.
    Authentication,
    /// The caller's own account.
    Me,
    /// What is not public: drafts, revisions, review.
    Newsroom,
    /// Topics, sections and authors, public or not.
    Taxonomy,
    /// All accounts.
    Accounts,
    /// What goes wrong.
    Problems,
}

impl Tag {
    /// Every heading, in the order of the reference, with its description.
    pub const ALL: [(Tag, &'static str, &'static str); 14] = [
        (
            Tag::Articles,
            "Articles",
            "Published articles: single ones with everything on their page, and lists by any filter.",
        ),
        (Tag::Authors, "Authors", "People and desks who sign articles."),
        (Tag::Topics, "Topics", "What articles are about: subjects, people, organisations, places, events."),
        (Tag::Sections, "Sections", "The tree that the publication is divided into."),
        (Tag::Collections, "Collections", "Ordered lists that editors run, such as Top News."),
        (
            Tag::Feeds,
            "Feeds",
            "RSS, Atom and JSON Feed for feed readers, apps and aggregators; sitemaps for search engines.",
        ),
        (
            Tag::Changes,
            "Changes",
            "Following what is public: for mobile apps, static sites, search engines and whoever keeps a copy.",
        ),
        (Tag::Search, "Search", "Finding articles by their words, and type-ahead."),
        (
            Tag::Authentication,
            "Authentication",
            "Signing up, logging in and out, forgotten passwords. A session is carried by tokens (`mode` TOKEN: apps, other sites, \
             backends) or by a cookie (`mode` COOKIE: browsers on the same site).",
        ),
        (Tag::Me, "Me", "The account of who asks, its sessions and its providers."),
        (
            Tag::Newsroom,
            "Newsroom",
            "Writing, review and publication. A contributor sees their own articles, editors see all; what one may not see \
             is not there (404). Each write says in `If-Match` which version it changes: without it, it is refused with 428, \
             and with another version than that of now with 412.",
        ),
        (
            Tag::Taxonomy,
            "Taxonomy",
            "Topics, sections and authors as editors run them: make, rename, move, merge, delete. What changes reaches every article \
             that shows it, and old addresses lead to the new ones for good.",
        ),
        (Tag::Accounts, "Accounts", "All accounts, for administrators."),
        (Tag::Problems, "Problems", "What the errors of this API mean."),
    ];

    /// The name.
    pub fn name(self) -> &'static str {
        Tag::ALL.iter().find(|(tag, ..)| *tag == self).map_or("", |(_, name, _)| name)
    }
}

/// What an endpoint answers with when all is well.
pub struct Answer {
    /// In a sentence.
    pub description: &'static str,
    /// The status.
    pub status: u16,
    /// Media types, each with its schema; none where the answer has no body (204).
    pub content: &'static [(&'static str, Shape)],
    /// What it looks like, of the first media type; `None` where that says nothing.
    pub example: Option<fn() -> Value>,
    /// Headers beside those of every answer.
    pub headers: Headers,
}

/// The shape of a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// The schema of this name.
    Schema(&'static str),
    /// An object whose members another standard says.
    Object,
    /// A list of those.
    Objects,
    /// Text.
    Text,
}

/// Which headers an answer has beside those of every answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Headers {
    /// `Cache-Control`: nothing is to be kept.
    Unkept,
    /// The same, with `ETag`, which is the version, and `Masthead-Seq`.
    Version,
    /// Nothing is to be kept, and a session's cookie may be set.
    Cookie,
    /// The same, and `Location`.
    Redirect,
    /// `Cache-Control`: it changes with the program only.
    Fixed,
    /// `ETag`, `Cache-Control`, `Masthead-Seq`.
    Content,
    /// The same, and `Link` to the other pages of the list.
    List,
    /// As `Content`, and `Location`.
    Moved,
}

impl Endpoint {
    /// The parameters of a request, strictly.
    ///
    /// # Errors
    /// As [`Query::read`].
    pub fn read(&self, req: &HttpRequest, page: PageSettings) -> Result<Query> {
        Query::read(req, self.parameters, page)
    }
}
