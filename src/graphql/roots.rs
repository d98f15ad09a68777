//! Answers joined from their root fields, each kept by itself.
//!
//! A page asks for an article and for the latest news. Whatever is published changes the latest news, and hardly any
//! article: so the two are kept apart, by what each of them depends on, and an answer is put together from what is kept
//! and what is made anew. The latest news is then made once for the pages of all articles.
//!
//! A document is taken apart after it has run as a whole without a fault, so what is wrong with it is said of it as it was
//! sent. What cannot be taken apart (directives and fragments at the root, fields of accounts) runs as a whole each time.
//!
//! The library runs a part, and so says what it costs, once for each shape of its variables: texts count as one, since
//! neither what is allowed nor what it costs depends on them. From then on a part that is compiled (`super::compiled`) is
//! made in one go.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_graphql::parser::types::{
    BaseType, Directive, ExecutableDocument, Field, OperationDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Request, Value as ConstValue, Variables};
use async_graphql_value::Value;
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{OptionsBuilder, Weighter};

use super::asker::Asker;
use super::compiled::Compiled;
use super::errors::code_of;
use super::limits::{parse, written_out};
use super::variables::is_required;
use super::{Asked, Schema};
use crate::app::App;
use crate::cache::{Depends, Entered, Entities, FOR_ONE, Gate, Hasher, Kept, KeptStatus, Label, Made};
use crate::catalogue::{Reader, answers};
use crate::error::{Code, Error, Result};
use crate::telemetry::names;

/// The root fields that show what is published, and nothing else.
const PUBLIC: [&str; 17] = [
    "article",
    "articles",
    "author",
    "authors",
    "collection",
    "collections",
    "latestNews",
    "node",
    "nodes",
    "search",
    "section",
    "sections",
    "suggest",
    "topNews",
    "topic",
    "topics",
    "trending",
];
/// How many bytes the documents take that are known, and the longest text of one that is taken apart.
const KNOWN_MOST: u64 = 16 << 20;
const KNOWN_LONGEST: usize = 16 << 10;
/// The most selections of one, with its fragments written out; and what each takes in bytes, about.
const SELECTIONS_MOST: usize = 4_000;
const SELECTION: usize = 192;
/// How many shapes of variables are known of a part.
const SHAPES_MOST: usize = 64;
/// How long one waits for another who makes the same.
const PATIENCE: Duration = Duration::from_secs(5);
/// The scalars of which every text is one.
const TEXTS: [&str; 2] = ["String", "ID"];
/// Root fields that stand beside an article on every page: what answers are made of, as articles and authors are.
const BLOCKS: [&str; 5] = ["collections", "latestNews", "sections", "topNews", "trending"];
/// Root fields that show whoever asks what others do not see.
const PERSONAL: [&str; 2] = ["node", "nodes"];

/// The root fields that are kept, and the documents that they were asked for in. Cloning shares them.
#[derive(Clone)]
pub struct Roots {
    kept: Kept<String, Root>,
    /// Those that pages of different things share.
    blocks: Kept<String, Root>,
    gate: Gate<String>,
    plans: Arc<Plans>,
    complexity_most: usize,
    counts: Arc<Counts>,
}

/// The parts of documents by their text. Looked at for each request that no kept page answers.
type Plans = Cache<String, Arc<Plan>, OfPlan, Hasher>;

/// A document of one query, taken apart.
#[derive(Debug)]
struct Plan {
    /// The name of its operation.
    name: Option<String>,
    parts: Vec<Part>,
    /// How many selections it has, with its fragments written out.
    selections: usize,
}

/// What a plan takes: the text of its document stands in its parts once more, and each selection is a node.
#[derive(Clone)]
struct OfPlan;

impl Weighter<String, Arc<Plan>> for OfPlan {
    fn weight(&self, text: &String, plan: &Arc<Plan>) -> u64 {
        (2 * text.len() + plan.selections * SELECTION) as u64
    }
}

fn plans() -> Plans {
    let options = OptionsBuilder::new()
        // So few that the longest document has room in one of them.
        .shards(4)
        .estimated_items_capacity(1_000)
        .weight_capacity(KNOWN_MOST)
        .build()
        .unwrap_or_else(|_| unreachable!("all that has no default is set"));
    Cache::with_options(options, OfPlan, Hasher::default(), DefaultLifecycle::default())
}

/// How many root fields were made.
#[derive(Debug, Default)]
struct Counts {
    compiled: AtomicU64,
    library: AtomicU64,
}

/// A root field of an answer.
struct Root {
    /// Its value, as JSON.
    json: Vec<u8>,
    cost: Cost,
}

/// A root field of a document, as a document of its own.
#[derive(Debug)]
struct Part {
    key: String,
    document: String,
    variables: Vec<Variable>,
    /// Those that must have a value, and whether they have a default.
    required: Vec<(Name, bool)>,
    /// Whether it shows everybody the same.
    public: bool,
    /// Whether pages of different things show it.
    block: bool,
    compiled: Option<Compiled>,
    /// What it costs, by the shape of its variables.
    costs: Mutex<HashMap<String, Cost>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Variable {
    name: Name,
    /// Whether it is one text, whichever.
    text: bool,
}

#[derive(Debug, Clone, Copy)]
struct Cost {
    complexity: usize,
    depth: usize,
}

impl Part {
    fn cost(&self, shape: &str) -> Option<Cost> {
        self.costs.lock().unwrap_or_else(PoisonError::into_inner).get(shape).copied()
    }

    fn note_cost(&self, shape: String, cost: Cost) {
        let mut costs = self.costs.lock().unwrap_or_else(PoisonError::into_inner);
        if costs.len() >= SHAPES_MOST {
            costs.clear();
        }
        costs.insert(shape, cost);
    }
}

/// An answer that was put together.
pub struct Joined {
    /// The answer, as JSON.
    pub body: Vec<u8>,
    /// What it depends on.
    pub on: Depends,
    /// The number up to which it is complete.
    pub seq: i64,
    /// What it costs.
    pub complexity: usize,
}

impl Roots {
    /// None yet.
    pub fn new(app: &App) -> Roots {
        Roots {
            kept: Kept::new(app.settings.cache.size.0 / 4, String::len).beside(&app.answers).named("roots"),
            blocks: Kept::new(app.settings.cache.entities.0 / Entities::BLOCKS, String::len)
                .beside(&app.answers)
                .named("blocks"),
            gate: Gate::default(),
            plans: Arc::new(plans()),
            complexity_most: app.settings.graphql.max_complexity,
            counts: Arc::default(),
        }
    }

    /// How many root fields were made in one go, and how many by the library.
    pub fn made(&self) -> (u64, u64) {
        (self.counts.compiled.load(Ordering::Relaxed), self.counts.library.load(Ordering::Relaxed))
    }

    /// How it does, and how the blocks do that pages share.
    pub fn status(&self) -> [KeptStatus; 2] {
        [self.kept.status(), self.blocks.status()]
    }

    fn shelf(&self, part: &Part) -> &Kept<String, Root> {
        if part.block { &self.blocks } else { &self.kept }
    }

    /// Takes apart a document that has run without a fault.
    pub fn learn(&self, query: &str) {
        if query.len() > KNOWN_LONGEST || self.plans.contains_key(query) {
            return;
        }
        // It has run, so it keeps to the limits.
        if let Some(plan) = parse(query, usize::MAX).ok().as_ref().and_then(taken_apart) {
            self.plans.insert(query.to_owned(), Arc::new(plan));
        }
    }

    /// The answer to a query that is known. `None` where it is to be run as a whole: it is not known, it shows something
    /// of who asks, or there is a fault that is to be said of the whole.
    pub async fn answer(
        &self,
        app: &App,
        schema: &Schema,
        asker: &Arc<Asker>,
        request: &Request,
        least: i64,
    ) -> Option<Joined> {
        let plan = self.plans.get(&request.query)?;
        if request.operation_name.is_some() && request.operation_name != plan.name {
            return None;
        }
        let parts = &plan.parts;
        if !asker.is_stranger() && !parts.iter().all(|part| part.public) {
            return None;
        }
        let (roots, upto) = match self.roots(app, schema, asker, parts, &request.variables, least).await {
            Ok(roots) => roots,
            Err(error) => return given_up(error.code().name()),
        };
        let complexity = roots.iter().map(|root| root.value.cost.complexity).sum();
        let depth = roots.iter().map(|root| root.value.cost.depth).max()?;
        if complexity > self.complexity_most {
            return given_up(Code::LimitExceeded.name());
        }
        let Some(on) = Depends::joined(roots.iter().map(|root| root.on()), upto) else { return given_up("TWO_LOGS") };
        let size = roots.iter().map(|root| root.value.json.len() + 64).sum::<usize>();
        let mut body = Vec::with_capacity(size + 128);
        body.extend_from_slice(b"{\"data\":{");
        for (at, (part, root)) in parts.iter().zip(&roots).enumerate() {
            if at > 0 {
                body.push(b',');
            }
            body.push(b'"');
            body.extend_from_slice(part.key.as_bytes());
            body.extend_from_slice(b"\":");
            body.extend_from_slice(&root.value.json);
        }
        let cost = format!("}},\"extensions\":{{\"cost\":{{\"complexity\":{complexity},\"depth\":{depth}}}}}}}");
        body.extend_from_slice(cost.as_bytes());
        let seq = on.label.seq;
        Some(Joined { body, on, seq, complexity })
    }

    /// Each root field, kept or made; and the label up to which all are known to stand.
    ///
    /// What is made in one go is read over one connection. Nothing is waited for while that is held: neither for another
    /// who makes the same field, nor for a connection of the library's.
    async fn roots(
        &self,
        app: &App,
        schema: &Schema,
        asker: &Arc<Asker>,
        parts: &[Part],
        variables: &Variables,
        least: i64,
    ) -> Result<(Vec<Arc<Made<Root>>>, Label)> {
        let (upto, now) = (answers::keep_up(app, least).await?, app.db.clock().now());
        let given = parts.iter().map(|part| Given::of(part, variables)).collect::<Result<Vec<_>>>()?;
        let mut found = Vec::with_capacity(parts.len());
        for (part, given) in parts.iter().zip(&given) {
            found.push(self.shelf(part).peek(&given.key, now));
        }
        if found.iter().any(Option::is_none) {
            let mut first: Option<Reader> = None;
            for (n, part) in parts.iter().enumerate() {
                let compiled = part.compiled.as_ref().zip(part.cost(&given[n].shape));
                let (None, Some((compiled, cost))) = (&found[n], compiled) else { continue };
                let kept = self.shelf(part);
                // Whoever wants the same meanwhile waits. Where nothing is kept nobody does.
                let pass = if kept.keeps() { self.gate.try_enter(&given[n].key) } else { None };
                if pass.is_none() && kept.keeps() {
                    continue;
                }
                // Who was first may have been done between the look and the gate.
                found[n] = kept.again(&given[n].key, now);
                if found[n].is_none() {
                    // Made when it is known that anything is to be read, and used by the first who does.
                    let beside = first.as_ref().map(Reader::beside);
                    let reader = match &beside {
                        Some(beside) => beside,
                        None => first.insert(Reader::alone(app).at_least(least)),
                    };
                    let made = self.in_one_go(app, compiled, cost, reader, &given[n].variables).await?;
                    found[n] = Some(kept.keep(given[n].key.clone(), made));
                }
                drop(pass);
            }
        }
        let mut roots = Vec::with_capacity(parts.len());
        for ((part, given), found) in parts.iter().zip(given).zip(found) {
            let made = match found {
                Some(made) => made,
                None => self.root(app, schema, asker, part, given, least).await?,
            };
            roots.push(made);
        }
        Ok((roots, upto))
    }

    /// One that somebody else is making, or that the library makes.
    async fn root(
        &self,
        app: &App,
        schema: &Schema,
        asker: &Arc<Asker>,
        part: &Part,
        given: Given,
        least: i64,
    ) -> Result<Arc<Made<Root>>> {
        let (kept, mut pass) = (self.shelf(part), None);
        while kept.keeps() {
            if let Some(made) = kept.again(&given.key, app.db.clock().now()) {
                return Ok(made);
            }
            if pass.is_some() {
                break;
            }
            match tokio::time::timeout(PATIENCE, self.gate.enter(&given.key)).await {
                Ok(Entered::First(first)) => pass = Some(first),
                Ok(Entered::Done) => {}
                Ok(Entered::Alone) | Err(_) => break,
            }
        }
        let made = match part.compiled.as_ref().zip(part.cost(&given.shape)) {
            Some((compiled, cost)) => {
                let reader = Reader::alone(app).at_least(least);
                self.in_one_go(app, compiled, cost, &reader, &given.variables).await?
            }
            None => self.by_the_library(app, schema, asker, part, &given, least).await?,
        };
        if let (Some(pass), FOR_ONE) = (&mut pass, made.on().until) {
            pass.alone();
        }
        Ok(kept.keep(given.key, made))
    }

    /// Whatever the fault is, the library says it of the document as a whole.
    async fn in_one_go(
        &self,
        app: &App,
        compiled: &Compiled,
        cost: Cost,
        reader: &Reader,
        variables: &Variables,
    ) -> Result<Made<Root>> {
        let json = compiled.run(app, reader, variables).await.inspect_err(|error| {
            if error.code() == Code::Internal {
                tracing::error!(?error, "a root field was not made in one go; the library runs the document");
            }
        })?;
        reader.seq().await?;
        let size = json.len();
        self.counts.compiled.fetch_add(1, Ordering::Relaxed);
        Ok(Made::new(Root { json, cost }, reader.depended()?, size))
    }

    async fn by_the_library(
        &self,
        app: &App,
        schema: &Schema,
        asker: &Arc<Asker>,
        part: &Part,
        given: &Given,
        least: i64,
    ) -> Result<Made<Root>> {
        for (name, has_default) in &part.required {
            let has_none = match given.variables.get(name) {
                None => !has_default,
                Some(value) => *value == ConstValue::Null,
            };
            if has_none {
                // The library would take a condition on it for false.
                return Err(Error::new(Code::GraphqlValidation, format!("The variable ${name} has no value.")));
            }
        }
        self.counts.library.fetch_add(1, Ordering::Relaxed);
        let asked = Asked::anonymous(app).reading(Reader::of(app).at_least(least)).by(asker.clone()).for_part();
        let request = Request::new(part.document.as_str()).variables(given.variables.clone());
        let response = asked.run(schema, request).await;
        let json = match &response.data {
            ConstValue::Object(data) if response.errors.is_empty() => data.get(part.key.as_str()),
            _ => None,
        };
        // Whatever the fault is, the document as a whole says it better.
        let fault = || Error::new(code_of(&response).unwrap_or(Code::Unavailable), "the field has a fault");
        let json = json.ok_or_else(fault)?;
        let json = serde_json::to_vec(json).map_err(Error::internal)?;
        let reader = asked.reader();
        reader.seq().await?;
        let size = json.len();
        let (complexity, depth) = asked.cost();
        let cost = Cost { complexity, depth };
        part.note_cost(given.shape.clone(), cost);
        let mut on = reader.depended()?;
        if asker.is_personal() {
            // Another would be told something else.
            on.until = FOR_ONE;
        }
        Ok(Made::new(Root { json, cost }, on, size))
    }
}

/// None, counted: who looks at the metrics sees that pages take the slow way, and why.
fn given_up<T>(reason: &'static str) -> Option<T> {
    metrics::counter!(names::GRAPHQL_GIVEN_UP, "reason" => reason).increment(1);
    None
}

/// What a part is asked with.
struct Given {
    variables: Variables,
    /// All that its answer can differ by.
    key: String,
    /// All that what it costs can differ by.
    shape: String,
}

impl Given {
    fn of(part: &Part, variables: &Variables) -> Result<Given> {
        let mut own = Variables::default();
        let (mut key, mut shape) = (part.document.clone(), String::new());
        for Variable { name, text } in &part.variables {
            let Some(value) = variables.get(name) else { continue };
            // As JSON, which quotes texts and the names of members: none can look like another variable, or like two members.
            let written = serde_json::to_string(value).map_err(Error::internal)?;
            let _ = write!(key, "\n{name}={written}");
            let _ = match value {
                ConstValue::String(_) if *text => write!(shape, "\n{name}"),
                _ => write!(shape, "\n{name}={written}"),
            };
            own.insert(name.clone(), value.clone());
        }
        Ok(Given { variables: own, key, shape })
    }
}

/// The root fields of a document, each as a document of its own; `None` where it cannot be taken apart.
fn taken_apart(document: &ExecutableDocument) -> Option<Plan> {
    let mut operations = document.operations.iter();
    let ((name, operation), None) = (operations.next()?, operations.next()) else { return None };
    let operation = &operation.node;
    let selections = written_out(document).ok().filter(|selections| *selections <= SELECTIONS_MOST)?;
    if operation.ty != OperationType::Query || !operation.directives.is_empty() {
        return None;
    }
    let mut keys = BTreeSet::new();
    let mut parts = Vec::new();
    for selection in &operation.selection_set.node.items {
        let Selection::Field(Positioned { node: field, .. }) = &selection.node else { return None };
        let key = field.response_key().node.to_string();
        let fits = field.directives.is_empty() && PUBLIC.contains(&field.name.node.as_str());
        // Two fields of one name are one field.
        if !fits || !keys.insert(key.clone()) {
            return None;
        }
        parts.push(part(document, operation, field, key)?);
    }
    Some(Plan { name: name.map(ToString::to_string), parts, selections })
}

/// A root field as a document of its own; `None` where the text of it would say something else.
fn part(document: &ExecutableDocument, operation: &OperationDefinition, field: &Field, key: String) -> Option<Part> {
    let mut text = Text::default();
    text.field(field);
    // Fragments may spread others.
    let mut fragments = String::new();
    let mut printed = BTreeSet::new();
    while let Some(name) = text.fragments.iter().find(|name| !printed.contains(*name)).cloned() {
        printed.insert(name.clone());
        if let Some(fragment) = document.fragments.get(&name) {
            let outside = std::mem::take(&mut text.out);
            text.directives(&fragment.node.directives);
            text.selections(&fragment.node.selection_set.node);
            let inside = std::mem::replace(&mut text.out, outside);
            let _ = write!(fragments, " fragment {name} on {}{inside}", fragment.node.type_condition.node.on.node);
        }
    }
    let mut declared = String::new();
    let (mut variables, mut required) = (Vec::new(), Vec::new());
    for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
        let name = &definition.name.node;
        if text.variables.contains(name) {
            let _ = write!(declared, "${name}:{} ", definition.var_type.node);
            if let Some(default) = &definition.default_value {
                let _ = write!(declared, "={} ", default.node);
                text.noted(&default.node.clone().into_value());
            }
            let is_text =
                matches!(&definition.var_type.node.base, BaseType::Named(named) if TEXTS.contains(&named.as_str()));
            if is_required(definition) {
                required.push((name.clone(), definition.default_value.is_some()));
            }
            variables.push(Variable { name: name.clone(), text: is_text });
        }
    }
    if text.misprinted {
        return None;
    }
    let declared = if declared.is_empty() { declared } else { format!("({declared})") };
    Some(Part {
        key,
        document: format!("query{declared}{{{}}}{fragments}", text.out),
        variables,
        required,
        block: BLOCKS.contains(&field.name.node.as_str()),
        public: !PERSONAL.contains(&field.name.node.as_str()),
        compiled: Compiled::of(document, operation, field, &text.variables),
        costs: Mutex::default(),
    })
}

/// A selection as text: one text for whatever differs only in white space and commas.
#[derive(Default)]
struct Text {
    out: String,
    variables: BTreeSet<Name>,
    fragments: BTreeSet<Name>,
    /// Whether a string in it has a character that the library prints as an escape of another one.
    misprinted: bool,
}

impl Text {
    fn field(&mut self, field: &Field) {
        if let Some(alias) = &field.alias {
            let _ = write!(self.out, "{}:", alias.node);
        }
        self.out.push_str(&field.name.node);
        self.arguments(&field.arguments);
        self.directives(&field.directives);
        self.selections(&field.selection_set.node);
    }

    fn selections(&mut self, selections: &SelectionSet) {
        if selections.items.is_empty() {
            return;
        }
        self.out.push('{');
        for selection in &selections.items {
            match &selection.node {
                Selection::Field(field) => self.field(&field.node),
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let _ = write!(self.out, "...{name}");
                    self.fragments.insert(name.clone());
                    self.directives(&spread.node.directives);
                }
                Selection::InlineFragment(fragment) => {
                    self.out.push_str("...");
                    if let Some(condition) = &fragment.node.type_condition {
                        let _ = write!(self.out, "on {}", condition.node.on.node);
                    }
                    self.directives(&fragment.node.directives);
                    self.selections(&fragment.node.selection_set.node);
                }
            }
            self.out.push(' ');
        }
        self.out.push('}');
    }

    fn directives(&mut self, directives: &[Positioned<Directive>]) {
        for directive in directives {
            let _ = write!(self.out, "@{}", directive.node.name.node);
            self.arguments(&directive.node.arguments);
        }
    }

    fn arguments(&mut self, arguments: &[(Positioned<Name>, Positioned<Value>)]) {
        if arguments.is_empty() {
            return;
        }
        self.out.push('(');
        for (name, value) in arguments {
            let _ = write!(self.out, "{}:{} ", name.node, value.node);
            self.noted(&value.node);
        }
        self.out.push(')');
    }

    fn noted(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => {
                self.variables.insert(name.clone());
            }
            // It writes the number of a control character in decimal, where an escape has it in hexadecimal.
            Value::String(text) => {
                self.misprinted |= text.chars().any(|c| c.is_control() && !matches!(c, '\t' | '\n' | '\r'));
            }
            Value::List(items) => items.iter().for_each(|item| self.noted(item)),
            Value::Object(members) => members.values().for_each(|member| self.noted(member)),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn parts(query: &str) -> Option<Vec<Part>> {
        taken_apart(&parse_query(query).unwrap()).map(|plan| plan.parts)
    }

    #[test]
    fn a_document_is_taken_apart_by_root_fields() {
        let found = parts(
            "query Q($slug: String!, $n: Int = 3, $on: Boolean!) { a: article(slug: $slug) { slug, ...F @include(if: $on) }
             latestNews(first: $n) { slug } topic(slug: \"x \\\" y\") { ... on Topic { name } } }
             fragment F on Article { authors { ...G } } fragment G on Author { name }",
        );
        let found = found.unwrap();
        let documents: Vec<&str> = found.iter().map(|part| part.document.as_str()).collect();
        assert_eq!(
            documents,
            [
                "query($slug:String! $on:Boolean! ){a:article(slug:$slug ){slug ...F@include(if:$on ) }} \
                 fragment F on Article{authors{...G } } fragment G on Author{name }",
                "query($n:Int =3 ){latestNews(first:$n ){slug }}",
                "query{topic(slug:\"x \\\" y\" ){...on Topic{name } }}",
            ]
        );
        let keys: Vec<&str> = found.iter().map(|part| part.key.as_str()).collect();
        assert_eq!(keys, ["a", "latestNews", "topic"]);
        for part in &found {
            // It is a document, and the same one once more.
            let again = parts(&part.document).unwrap();
            assert_eq!(again.len(), 1);
            assert_eq!(
                (&again[0].key, &again[0].document, &again[0].variables),
                (&part.key, &part.document, &part.variables)
            );
        }
        let spaced = parts("{latestNews(first:3){slug,headline}}").unwrap();
        let other = parts("query Other {\n  latestNews( first : 3 ) { slug\n headline }\n}").unwrap();
        assert_eq!(spaced[0].document, other[0].document);
    }

    #[test]
    fn what_cannot_be_taken_apart_is_left_whole() {
        for query in [
            "mutation { logOut { ok } }",
            "{ viewer { account { id } } }",
            "{ latestNews { slug } viewer { account { id } } }",
            "{ latestNews @include(if: true) { slug } }",
            "{ ...F } fragment F on Query { latestNews { slug } }",
            "{ ... on Query { latestNews { slug } } }",
            "{ latestNews { slug } latestNews { headline } }",
            "query A { latestNews { slug } } query B { topNews { slug } }",
            "{ __typename }",
            "{ newsroomArticles { nodes { id } } }",
            "{ topic(slug: \"a\\u007F\") { slug } }",
            "query ($q: String = \"a\\b\") { search(query: $q) { totalCount } }",
        ] {
            assert!(parts(query).is_none(), "{query}");
        }
    }
}
