//! Limits, held before anything runs: tokens and aliases over the text, depth and cost over the validated document. What else
//! is held or mended of a document before the library runs it is called from here.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_graphql::extensions::{
    Extension, ExtensionContext, ExtensionFactory, NextParseQuery, NextPrepareRequest, NextValidation,
};
use async_graphql::parser::parse_query;
use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, FragmentDefinition, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{Name, Positioned, Request, ServerError, ServerResult, ValidationResult, Variables};

use super::documents::{Documents, not_trusted};
use super::errors::{coded, of_place, of_request};
use super::variables as given;
use super::{Asked, doubled, introspection, literals, notices, validation};
use crate::config::GraphqlSettings;
use crate::error::{Code, Error, Result};

/// How deep braces, brackets and parentheses may be nested in a document. The parser recurses, so this is held before
/// it begins.
pub const NESTING_MOST: usize = 64;

/// How many bytes the documents take that are kept parsed, and the longest text of one that is kept.
const KEPT_MOST: u64 = 16 << 20;
const KEPT_LONGEST: usize = 16 << 10;
/// What a token of a document takes when it is parsed, in bytes: a field is about as large, and may have one token.
const PARSED: usize = 256;

/// A document that is kept parsed.
struct Parsed {
    document: ExecutableDocument,
    tokens: usize,
    traits: Traits,
}

/// What of a document is to be looked at again for each request.
#[derive(Debug, Clone, Copy, Default)]
struct Traits {
    /// The rule of notices, since variables say how bodies are asked for.
    notices: bool,
    /// Its root fields, since it names one twice.
    doubled: bool,
}

/// What is known of the request of now.
#[derive(Default)]
struct OfRequest {
    /// Which operation of its document it asks for.
    operation: Option<String>,
    /// Its document, where that is kept. Found once, so that it cannot go meanwhile.
    parsed: Option<Arc<Parsed>>,
}

/// The limits as an extension of the schema.
///
/// It also keeps documents that it has seen, parsed, since frontends send the same few again and again and parsing is
/// a tenth of the work of a page. Whatever depends on variables is held against each request all the same.
#[derive(Clone)]
pub struct Limits {
    kept: moka::sync::Cache<String, Arc<Parsed>>,
    depth: usize,
    complexity: usize,
    tokens: usize,
    aliases: usize,
    documents: Documents,
    request: Arc<Mutex<OfRequest>>,
}

impl Limits {
    /// The limits of the settings, for these documents.
    pub fn new(settings: &GraphqlSettings, documents: Documents) -> Limits {
        let weigh = |text: &String, parsed: &Arc<Parsed>| {
            u32::try_from(text.len() + parsed.tokens * PARSED).unwrap_or(u32::MAX)
        };
        Limits {
            kept: moka::sync::Cache::builder().weigher(weigh).max_capacity(KEPT_MOST).build(),
            depth: settings.max_depth,
            complexity: settings.max_complexity,
            tokens: settings.max_tokens,
            aliases: settings.max_aliases,
            documents,
            request: Arc::default(),
        }
    }
}

impl Limits {
    fn known(&self) -> MutexGuard<'_, OfRequest> {
        self.request.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The document of a request, as the library is to run it.
    fn for_request(
        &self,
        mut document: ExecutableDocument,
        traits: Traits,
        variables: &Variables,
        registry: &Registry,
    ) -> ServerResult<ExecutableDocument> {
        self.only_what_is_asked(&mut document);
        if traits.notices {
            notices::hold(&document, variables, Some(registry)).map_err(of_request)?;
        }
        if traits.doubled {
            doubled::written_out(&mut document, registry, variables);
        }
        given::leave_out(&mut document, variables);
        Ok(document)
    }

    /// Leaves the operations out that the request does not ask for, with the fragments that only they spread: the library works
    /// out what all of them cost, with the variables of one.
    fn only_what_is_asked(&self, document: &mut ExecutableDocument) {
        let asked = self.known();
        let ExecutableDocument { operations: DocumentOperations::Multiple(all), fragments } = document else { return };
        let Some(name) = asked.operation.as_deref().filter(|name| all.len() > 1 && all.contains_key(*name)) else {
            return;
        };
        all.retain(|known, _| known == name);
        let mut spread = HashSet::new();
        for operation in all.values() {
            spreads(&operation.node.selection_set.node, fragments, &mut spread);
        }
        fragments.retain(|known, _| spread.contains(known));
    }
}

/// The fragments that a set spreads, through others.
pub(super) fn spreads(
    set: &SelectionSet,
    fragments: &HashMap<Name, Positioned<FragmentDefinition>>,
    found: &mut HashSet<Name>,
) {
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => spreads(&field.node.selection_set.node, fragments, found),
            Selection::InlineFragment(inline) => spreads(&inline.node.selection_set.node, fragments, found),
            Selection::FragmentSpread(spread) => {
                let name = &spread.node.fragment_name.node;
                if found.insert(name.clone())
                    && let Some(fragment) = fragments.get(name)
                {
                    spreads(&fragment.node.selection_set.node, fragments, found);
                }
            }
        }
    }
}

impl ExtensionFactory for Limits {
    fn create(&self) -> Arc<dyn Extension> {
        // One for each request.
        Arc::new(Limits { request: Arc::default(), ..self.clone() })
    }
}

/// Tells who asked whether the document has anything but queries.
fn note_kinds(ctx: &ExtensionContext<'_>, document: &ExecutableDocument) {
    let others = document.operations.iter().any(|(_, operation)| operation.node.ty != OperationType::Query);
    if let Some(asked) = ctx.data_opt::<Asked>().filter(|_| others) {
        asked.changes.store(true, Ordering::Relaxed);
    }
}

fn exceeded(what: &str, has: usize, most: usize, mend: &str) -> Error {
    Error::new(Code::LimitExceeded, format!("The query has {what} {has}, and the limit is {most}; {mend}."))
}

#[async_trait::async_trait]
impl Extension for Limits {
    async fn prepare_request(
        &self,
        ctx: &ExtensionContext<'_>,
        mut request: Request,
        next: NextPrepareRequest<'_>,
    ) -> ServerResult<Request> {
        let kept = self.kept.get(request.query.as_str());
        {
            let mut known = self.known();
            known.operation.clone_from(&request.operation_name);
            known.parsed.clone_from(&kept);
        }
        let has_variables = request.query.contains('$');
        // What cannot be parsed says so in a moment.
        let fresh = match &kept {
            None if has_variables || literals::is_misread(&request.query) => parse(&request.query, self.tokens).ok(),
            _ => None,
        };
        if let Some(document) = kept.as_ref().map(|kept| &kept.document).or(fresh.as_ref()).filter(|_| has_variables) {
            let Request { query, operation_name, variables, .. } = &mut request;
            let operation = operation_name.as_deref();
            let completed = given::complete(document, operation, variables)
                .and_then(|()| given::hold(document, operation, variables, &ctx.schema_env.registry));
            // What is not trusted is told that alone.
            if self.documents.allows(query) {
                completed.map_err(of_request)?;
            }
        }
        // The library would parse the text of the request, whatever an extension makes of it.
        if let Some(document) = fresh {
            request.set_parsed_query(document);
        }
        next.run(ctx, request).await
    }

    async fn parse_query(
        &self,
        ctx: &ExtensionContext<'_>,
        query: &str,
        variables: &Variables,
        next: NextParseQuery<'_>,
    ) -> ServerResult<ExecutableDocument> {
        if !self.documents.allows(query) && !ctx.data_opt::<Asked>().is_some_and(|asked| asked.part) {
            return Err(of_request(not_trusted()));
        }
        let registry = &ctx.schema_env.registry;
        let kept = self.known().parsed.take();
        if let Some(parsed) = kept {
            note_kinds(ctx, &parsed.document);
            return self.for_request(parsed.document.clone(), parsed.traits, variables, registry);
        }
        let text = measure(query);
        if text.tokens > self.tokens {
            return Err(of_request(exceeded(
                "a number of tokens of",
                text.tokens,
                self.tokens,
                "ask for less at once",
            )));
        }
        text.is_shallow().map_err(of_request)?;
        if text.aliases > self.aliases {
            let mend = "send several requests, or ask for a list";
            return Err(of_request(exceeded("a number of aliases of", text.aliases, self.aliases, mend)));
        }
        let plain = literals::plain(query).map_err(|fault| of_place(fault.error, fault.at))?;
        // What the library would say of the text as it was sent would be beside the point.
        if let Cow::Owned(text) = &plain
            && let Err(fault) = parse_query(text)
        {
            return Err(coded(fault.into(), Code::GraphqlParse));
        }
        // Before the library has it, which walks each spread anew. What cannot be parsed it says itself.
        if ["fragment", "__"].iter().any(|word| query.contains(word))
            && let Ok(document) = parse_query(&plain)
        {
            let selections = written_out(&document).map_err(of_request)?;
            if selections > self.tokens {
                let what = "a number of selections, with its fragments written out, of";
                let mend = "spread fragments in fewer places";
                return Err(of_request(exceeded(what, selections, self.tokens, mend)));
            }
            introspection::held(&document).map_err(of_request)?;
        }
        let mut document = next.run(ctx, query, variables).await.map_err(|error| coded(error, Code::GraphqlParse))?;
        text.names_fields_once().map_err(of_request)?;
        validation::hold(&document, registry)
            .and_then(|()| validation::one_root(&mut document, registry))
            .map_err(|fault| of_place(fault.error, fault.at))?;
        validation::typenames(&mut document);
        note_kinds(ctx, &document);
        let mut traits = Traits { notices: false, doubled: doubled::is_so(&document) };
        if query.contains("notices") {
            traits.notices = notices::depend_on_variables(&document);
            // With variables it is held of the operation that is asked for, whose they are.
            if !traits.notices {
                notices::hold(&document, variables, Some(registry)).map_err(of_request)?;
            }
        }
        if query.len() <= KEPT_LONGEST {
            let parsed = Parsed { document: document.clone(), tokens: text.tokens, traits };
            self.kept.insert(query.to_owned(), Arc::new(parsed));
        }
        self.for_request(document, traits, variables, registry)
    }

    async fn validation(
        &self,
        ctx: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> std::result::Result<ValidationResult, Vec<ServerError>> {
        let result = next.run(ctx).await.map_err(|errors| {
            errors.into_iter().map(|error| coded(error, Code::GraphqlValidation)).collect::<Vec<_>>()
        })?;
        if result.depth > self.depth {
            return Err(vec![of_request(exceeded("a depth of", result.depth, self.depth, "nest less deeply"))]);
        }
        if result.complexity > self.complexity {
            let mend = "ask for fewer rows or fewer fields of each";
            return Err(vec![of_request(exceeded("a cost of", result.complexity, self.complexity, mend))]);
        }
        if let Some(asked) = ctx.data_opt::<Asked>() {
            asked.complexity.store(result.complexity, Ordering::Relaxed);
            asked.depth.store(result.depth, Ordering::Relaxed);
            if let Some(payment) = &asked.payment {
                payment(u32::try_from(result.complexity).unwrap_or(u32::MAX)).map_err(|e| vec![of_request(e)])?;
            }
        }
        Ok(result)
    }
}

/// The document, parsed, if it has no more tokens than this.
///
/// # Errors
/// `LIMIT_EXCEEDED` where it has more, or is nested too deeply for the parser; `GRAPHQL_PARSE_FAILED` for what is none.
pub fn parse(query: &str, tokens: usize) -> Result<ExecutableDocument> {
    let text = measure(query);
    if text.tokens > tokens {
        return Err(exceeded("a number of tokens of", text.tokens, tokens, "ask for less at once"));
    }
    text.is_shallow()?;
    let plain = literals::plain(query).map_err(|fault| fault.error)?;
    parse_query(&plain).map_err(|fault| Error::new(Code::GraphqlParse, fault.to_string()))
}

/// How many selections a document has when each of its fragments is written out wherever it is spread: so many are
/// looked at when it is validated. Fragments that spread others twice double them at each step.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` for a fragment that spreads itself.
pub(super) fn written_out(document: &ExecutableDocument) -> Result<usize> {
    let mut walk = WrittenOut { document, known: HashMap::new() };
    document
        .operations
        .iter()
        .try_fold(0usize, |all, (_, operation)| Ok(all.saturating_add(walk.set(&operation.node.selection_set.node)?)))
}

struct WrittenOut<'d> {
    document: &'d ExecutableDocument,
    /// What fragments come to; none of one that is being looked at.
    known: HashMap<&'d str, Option<usize>>,
}

impl<'d> WrittenOut<'d> {
    fn set(&mut self, set: &'d SelectionSet) -> Result<usize> {
        let mut all = 0usize;
        for selection in &set.items {
            let below = match &selection.node {
                Selection::Field(field) => self.set(&field.node.selection_set.node)?,
                Selection::InlineFragment(fragment) => self.set(&fragment.node.selection_set.node)?,
                Selection::FragmentSpread(spread) => self.fragment(spread.node.fragment_name.node.as_str())?,
            };
            all = all.saturating_add(below).saturating_add(1);
        }
        Ok(all)
    }

    fn fragment(&mut self, name: &'d str) -> Result<usize> {
        match self.known.get(name) {
            Some(Some(known)) => return Ok(*known),
            Some(None) => {
                let says =
                    format!("The fragment {name} spreads itself, perhaps through others; leave that spread out.");
                return Err(Error::new(Code::GraphqlValidation, says));
            }
            None => {}
        }
        // One that is not there is said by the validation.
        let Some(fragment) = self.document.fragments.get(name) else { return Ok(0) };
        self.known.insert(name, None);
        let all = self.set(&fragment.node.selection_set.node)?;
        self.known.insert(name, Some(all));
        Ok(all)
    }
}

/// What can be said of a document before it is parsed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Measure<'q> {
    tokens: usize,
    aliases: usize,
    nesting: usize,
    /// A field that an input object names twice.
    twice: Option<&'q str>,
}

impl Measure<'_> {
    /// GraphQL specification, 5.6.3.
    fn names_fields_once(&self) -> Result<()> {
        match self.twice {
            Some(name) => {
                let says = format!("An input object names the field {name} twice; name each once.");
                Err(Error::new(Code::GraphqlValidation, says).at(name))
            }
            None => Ok(()),
        }
    }

    fn is_shallow(&self) -> Result<()> {
        if self.nesting > NESTING_MOST {
            return Err(exceeded("a nesting of", self.nesting, NESTING_MOST, "nest less deeply"));
        }
        Ok(())
    }
}

/// Reads the lexical tokens of a document (GraphQL specification, 2.1). What is no token is left to the parser to
/// refuse. An alias is a name before a colon outside of parentheses: within them the colon belongs to an argument.
fn measure(query: &str) -> Measure<'_> {
    let mut measure = Measure::default();
    let (mut nesting, mut parentheses) = (0usize, 0usize);
    let mut after_name = false;
    let mut name = "";
    // The names of the fields of each input object that is open: braces within parentheses.
    let mut objects: Vec<HashSet<&str>> = Vec::new();
    let mut chars = query.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{FEFF}' => continue,
            '#' => {
                while chars.next_if(|(_, c)| !matches!(c, '\n' | '\r')).is_some() {}
                continue;
            }
            '"' => {
                let end = at + literals::length(&query[at..]);
                while chars.next_if(|(at, _)| *at < end).is_some() {}
                after_name = false;
            }
            '{' | '(' | '[' => {
                nesting += 1;
                parentheses += usize::from(c == '(');
                // What is nested more deeply is refused, so that a text of braces alone takes no room.
                if c == '{' && parentheses > 0 && nesting <= NESTING_MOST {
                    objects.push(HashSet::new());
                }
                measure.nesting = measure.nesting.max(nesting);
                after_name = false;
            }
            '}' | ')' | ']' => {
                if c == '}' && parentheses > 0 && nesting <= NESTING_MOST {
                    objects.pop();
                }
                nesting = nesting.saturating_sub(1);
                parentheses = parentheses.saturating_sub(usize::from(c == ')'));
                after_name = false;
            }
            ':' => {
                measure.aliases += usize::from(after_name && parentheses == 0);
                let object = objects.last_mut().filter(|_| after_name && parentheses > 0);
                if object.is_some_and(|object| !object.insert(name)) {
                    measure.twice = Some(name);
                }
                after_name = false;
            }
            c if c.is_alphanumeric() || matches!(c, '_' | '-' | '+') => {
                // Only a number goes on over a point or a sign; behind a name a point begins a spread.
                let number = !(c.is_alphabetic() || c == '_');
                let goes_on = |c: &char| c.is_alphanumeric() || *c == '_' || number && matches!(c, '.' | '-' | '+');
                while chars.next_if(|(_, c)| goes_on(c)).is_some() {}
                name = &query[at..chars.peek().map_or(query.len(), |(end, _)| *end)];
                after_name = true;
            }
            '.' => {
                while chars.next_if(|(_, c)| *c == '.').is_some() {}
                after_name = false;
            }
            _ => after_name = false,
        }
        measure.tokens += 1;
    }
    measure
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_aliases_and_nesting_are_counted() {
        let m = measure(r#"query Q($a: Int = 1) { x: article(slug: "a { b: \" }") { y:id ...F } } # c: d { {"#);
        assert_eq!((m.aliases, m.nesting), (2, 2));
        assert_eq!(measure(r#"{ a(b: """x " \""" y""") }"#).tokens, 8);
        assert_eq!(
            (measure("{ ...F }").tokens, measure("{ a...F }").tokens, measure("{ a(b: -1.5e+3) }").tokens),
            (4, 5, 8)
        );
        assert_eq!(measure(&"{a".repeat(1000)).nesting, 1000);
        assert_eq!(measure("\"never closed { { {").nesting, 0);
    }

    #[test]
    fn input_objects_name_each_field_once() {
        for (query, twice) in [
            ("{ a(b: { c: 1, d: { c: 2 }, e: [{ c: 3 }, { c: 4 }] }) { x: y, x: y } }", None),
            ("{ a(b: { c: 1 }, d: { c: 2 }) }", None),
            ("{ a(b: { c: \"d: 1\", d: 2 }) }", None),
            ("{ a(b: { c: 1, c: 2 }) }", Some("c")),
            ("{ a(b: [{ d: { e: 1 }, d: $x }]) }", Some("d")),
            ("query($a: A = { b: 1 b: 2 }) { a }", Some("b")),
            ("{ a @b(c: { d: 1, e: 2 }) { f(g: { d: 1 }) } }", None),
            ("{ a @b(c: { d: 1, d: 2 }) }", Some("d")),
            ("{ a(b: { c: 1 # c: 2\n d: \"\"\"c: 3 \\\"\"\" c: 4\"\"\" e: \"ü\" }) }", None),
            ("{ a(b: { c # {\n : 1, ü: 2, c: 3 }) }", Some("c")),
        ] {
            assert_eq!(measure(query).twice, twice, "{query}");
        }
    }

    #[test]
    fn fragments_count_wherever_they_are_spread() {
        let count = |query: &str| written_out(&parse_query(query).unwrap());
        assert_eq!(count("{ a { b } ... on Query { c } }").unwrap(), 4);
        assert_eq!(count("{ ...F ...F } fragment F on Query { a { b } } fragment Alone on Query { c }").unwrap(), 6);
        assert_eq!(count("query A { ...F } query B { a ...Nowhere } fragment F on Query { a }").unwrap(), 4);
        let doubling: String =
            (0..80).map(|n| format!(" fragment F{n} on Query {{ ...F{0} ...F{0} }}", n + 1)).collect();
        assert_eq!(count(&format!("{{ ...F0 }}{doubling} fragment F80 on Query {{ a }}")).unwrap(), usize::MAX);
        for circle in [
            "{ ...F } fragment F on Query { ...F }",
            "{ ...F } fragment F on Query { a { ...G } } fragment G on A { ...F }",
        ] {
            assert_eq!(count(circle).unwrap_err().code(), Code::GraphqlValidation, "{circle}");
        }
    }

    #[test]
    fn what_is_nested_deeply_is_not_parsed() {
        let deep = |levels: usize| format!("mutation {{ a(b: {}{}) }}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(&deep(NESTING_MOST - 2), 1_000).is_ok());
        assert_eq!(parse(&deep(100_000), usize::MAX).unwrap_err().code(), Code::LimitExceeded);
        assert_eq!(parse(&deep(20), 30).unwrap_err().code(), Code::LimitExceeded);
        assert_eq!(parse("{", 10).unwrap_err().code(), Code::GraphqlParse);
    }
}
