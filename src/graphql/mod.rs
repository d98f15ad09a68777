//! The GraphQL door: the schema, its limits and its errors.
//!
//! Thin: a resolver asks `catalogue` through the request's [`Reader`] and shows what it
//! gets. What is not here: HTTP and WebSocket (`http::graphql`), and what is to be seen (`catalogue`).
//!
//! ```no_run
//! # async fn example(app: masthead::app::App) {
//! let documents = masthead::graphql::documents::Documents::open(&app.settings.graphql).expect("sound settings");
//! let schema = masthead::graphql::schema(&app, &documents);
//! let asked = masthead::graphql::Asked::anonymous(&app);
//! let response = asked.run(&schema, async_graphql::Request::new("{ latestNews { headline } }")).await;
//! println!("{}", serde_json::to_string(&response).unwrap_or_default());
//! # }
//! ```

mod account;
mod account_mutation;
mod article;
pub mod asker;
mod author;
mod changes;
mod collection;
mod compiled;
mod connection;
pub mod documents;
mod errors;
mod filter;
mod introspection;
pub mod limits;
pub mod mutation;
mod newsroom;
mod newsroom_collection;
mod newsroom_draft;
mod newsroom_input;
mod newsroom_mutation;
mod provider;
mod query;
pub mod roots;
mod scalars;
mod search;
mod section;
mod subscription;
mod taxonomy;
mod topic;
mod user_error;
mod validation;
mod variables;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use async_graphql::{Request, Response, SchemaBuilder, Value};

use futures::{Stream, StreamExt};

use crate::app::App;
use crate::catalogue::Reader;
use crate::error::Result;

pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over an application; it runs what the documents allow.
pub fn schema(app: &App, documents: &documents::Documents) -> Schema {
    let settings = &app.settings.graphql;
    let mut builder = builder().data(app.clone()).extension(limits::Limits::new(settings, documents.clone()));
    if !settings.introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}

fn builder() -> SchemaBuilder<Query, Mutation, Subscription> {
    // The library's own limit on nesting while parsing; ours, before it, counts tokens and braces.
    Schema::build(Query::default(), Mutation::default(), Subscription).limit_recursive_depth(limits::NESTING_MOST)
}

/// The schema definition language, as it stands in `schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    builder().finish().sdl_with_options(options)
}

/// The answer to an operation that cannot run, whatever it asks.
pub fn refusal(error: crate::error::Error) -> Response {
    Response::from_errors(vec![errors::of_request(error)])
}

/// Decides whether an operation of this cost may run now: the rate limit, where the caller is subject to it.
pub type Payment = Arc<dyn Fn(u32) -> Result<()> + Send + Sync>;

/// What one operation needs to know of who asks: its reader and how it pays.
#[derive(Clone)]
pub struct Asked {
    /// The read operation that all resolvers share.
    pub reader: Arc<Reader>,
    /// Who asks, where there are accounts.
    pub asker: Option<Arc<asker::Asker>>,
    payment: Option<Payment>,
    complexity: Arc<AtomicUsize>,
    depth: Arc<AtomicUsize>,
    /// Whether a document had something else than queries.
    changes: Arc<AtomicBool>,
    /// Whether it is a part of a document that may run.
    part: bool,
}

impl Asked {
    /// By somebody who has no account and need not pay.
    pub fn anonymous(app: &App) -> Asked {
        Asked {
            reader: Arc::new(Reader::of(app)),
            asker: None,
            payment: None,
            complexity: Arc::default(),
            depth: Arc::default(),
            changes: Arc::default(),
            part: false,
        }
    }

    /// The same, seeing at least this number of the change sequence.
    pub fn at_least(mut self, app: &App, seq: i64) -> Asked {
        self.reader = Arc::new(Reader::of(app).at_least(seq));
        self
    }

    /// The same, by this one.
    pub fn by(mut self, asker: Arc<asker::Asker>) -> Asked {
        self.asker = Some(asker);
        self
    }

    /// The same, paying.
    pub fn paying(mut self, payment: Payment) -> Asked {
        self.payment = Some(payment);
        self
    }

    /// The same, for a part of a document that has run as a whole.
    fn for_part(mut self) -> Asked {
        self.part = true;
        self
    }

    /// Whether what ran so far were queries only.
    pub fn only_reads(&self) -> bool {
        !self.changes.load(Ordering::Relaxed)
    }

    /// What the operation cost: its complexity and its depth.
    pub fn cost(&self) -> (usize, usize) {
        (self.complexity.load(Ordering::Relaxed), self.depth.load(Ordering::Relaxed))
    }

    /// Runs the operation; the answer says in `extensions.cost` what it cost.
    pub async fn run(&self, schema: &Schema, request: Request) -> Response {
        let response = schema.execute(request.data(self.clone())).await;
        self.with_cost(errors::told(response))
    }

    /// Runs an operation of any kind as a stream of answers: a query gives one, a subscription any number.
    pub fn stream(&self, schema: &Schema, request: Request) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        schema.execute_stream(request.data(self.clone())).map(errors::told).boxed()
    }

    fn with_cost(&self, response: Response) -> Response {
        let (complexity, depth) = self.cost();
        if complexity == 0 {
            return response;
        }
        let cost = Value::Object(
            [
                (async_graphql::Name::new("complexity"), Value::from(complexity)),
                (async_graphql::Name::new("depth"), Value::from(depth)),
            ]
            .into_iter()
            .collect(),
        );
        response.extension("cost", cost)
    }
}
