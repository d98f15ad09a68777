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
mod coerced;
mod collection;
mod compiled;
mod connection;
pub mod documents;
mod doubled;
mod errors;
mod filter;
mod introspection;
pub mod limits;
mod literals;
pub mod mutation;
mod newsroom;
mod newsroom_collection;
mod newsroom_draft;
mod newsroom_input;
mod newsroom_mutation;
mod notices;
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

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use async_graphql::{Request, Response, SchemaBuilder, Value};

use futures::{Stream, StreamExt};
use tokio::sync::OwnedSemaphorePermit;

use crate::app::App;
use crate::catalogue::Reader;
use crate::error::Result;

pub use errors::code_of;
pub use mutation::Mutation;
pub use query::Query;
pub use subscription::Subscription;

/// The schema.
pub type Schema = async_graphql::Schema<Query, Mutation, Subscription>;

/// The schema over an application; it runs what the documents allow.
pub fn schema(app: &App, documents: &documents::Documents) -> Schema {
    let settings = &app.settings.graphql;
    // Half of the connections are for those who ask; subscribers, of whom there may be hundreds, take turns at the others.
    let turns = (app.db.pool_status().most / 2).max(1);
    let mut builder = builder(turns).data(app.clone()).extension(limits::Limits::new(settings, documents.clone()));
    if !settings.introspection {
        builder = builder.disable_introspection();
    }
    builder.finish()
}

fn builder(turns: usize) -> SchemaBuilder<Query, Mutation, Subscription> {
    // The library's own limit on nesting while parsing; ours, before it, counts tokens and braces.
    Schema::build(Query::default(), Mutation::default(), Subscription::new(turns))
        .limit_recursive_depth(limits::NESTING_MOST)
}

/// The schema definition language, as it stands in `schema.graphql`.
pub fn sdl() -> String {
    let options = async_graphql::SDLExportOptions::new().sorted_fields().sorted_arguments().sorted_enum_items();
    builder(1).finish().sdl_with_options(options)
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
    current: Arc<Mutex<Current>>,
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

/// What resolvers read by now.
struct Current {
    reader: Arc<Reader>,
    /// Among the subscriptions.
    _turn: Option<OwnedSemaphorePermit>,
}

impl Asked {
    /// By somebody who has no account and need not pay.
    pub fn anonymous(app: &App) -> Asked {
        Asked {
            current: Arc::new(Mutex::new(Current { reader: Arc::new(Reader::of(app)), _turn: None })),
            asker: None,
            payment: None,
            complexity: Arc::default(),
            depth: Arc::default(),
            changes: Arc::default(),
            part: false,
        }
    }

    /// The same, reading by this reader.
    pub fn reading(self, reader: Reader) -> Asked {
        self.set(Current { reader: Arc::new(reader), _turn: None });
        self
    }

    /// The read operation that all resolvers share: of the whole operation, or of one event of a subscription.
    pub fn reader(&self) -> Arc<Reader> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner).reader.clone()
    }

    fn set(&self, current: Current) {
        *self.current.lock().unwrap_or_else(PoisonError::into_inner) = current;
    }

    /// Begins to read anew, as things are now: for the next event of a subscription, which has its turn to read.
    fn begin(&self, reader: Reader, turn: OwnedSemaphorePermit) {
        self.set(Current { reader: Arc::new(reader), _turn: Some(turn) });
    }

    /// Lets go of what was read, of its connection and its turn: an answer is there, and how fast the client takes it is its
    /// own affair.
    fn let_go(&self) {
        let reader = self.reader().anew();
        self.set(Current { reader: Arc::new(reader), _turn: None });
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

    /// What the last operation cost: its complexity and its depth.
    pub fn cost(&self) -> (usize, usize) {
        (self.complexity.load(Ordering::Relaxed), self.depth.load(Ordering::Relaxed))
    }

    /// Runs the operation; the answer says in `extensions.cost` what it cost.
    pub async fn run(&self, schema: &Schema, request: Request) -> Response {
        // What fails before its cost is known costs nothing, and says no other's.
        self.complexity.store(0, Ordering::Relaxed);
        self.depth.store(0, Ordering::Relaxed);
        let response = schema.execute(request.data(self.clone())).await;
        self.with_cost(errors::told(response))
    }

    /// Runs an operation of any kind as a stream of answers: a query gives one, a subscription any number.
    pub fn stream(&self, schema: &Schema, request: Request) -> impl Stream<Item = Response> + Send + Unpin + use<> {
        let asked = self.clone();
        let told = move |response| {
            asked.let_go();
            errors::told(response)
        };
        schema.execute_stream(request.data(self.clone())).map(told).boxed()
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
