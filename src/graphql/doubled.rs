//! Root fields that a document names twice under one name: as the specification has them (GraphQL, 6.3.2 and 6.4.3), they are
//! one field, with all that is asked below each of them.
//!
//! The library carries each of them out, a mutation twice too, and merges what they show. Where a document names one twice, its
//! roots are written out for each request, since conditions say which of them there are, and in which order.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, InlineFragment, OperationType, Selection, SelectionSet,
};
use async_graphql::registry::Registry;
use async_graphql::{Name, Pos, Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use super::limits::spreads;
use super::validation::condition;
use super::variables::operations_mut;

type Fragments = HashMap<Name, Positioned<FragmentDefinition>>;

/// Whether an operation that can run names a root field twice. No fragment may spread itself.
pub(super) fn is_so(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node);
    operations
        .filter(|operation| operation.ty != OperationType::Subscription)
        .any(|operation| !is_once(&operation.selection_set.node, &document.fragments, &mut HashSet::new()))
}

/// Whether the fields of a set have each a name of their own, which is none of these either.
fn is_once<'d>(set: &'d SelectionSet, fragments: &'d Fragments, names: &mut HashSet<&'d str>) -> bool {
    set.items.iter().all(|selection| match &selection.node {
        Selection::Field(field) => names.insert(field.node.response_key().node.as_str()),
        Selection::InlineFragment(inline) => is_once(&inline.node.selection_set.node, fragments, names),
        Selection::FragmentSpread(spread) => fragments
            .get(&spread.node.fragment_name.node)
            .is_none_or(|fragment| is_once(&fragment.node.selection_set.node, fragments, names)),
    })
}

/// Writes the root fields of queries and mutations out, each once. The document keeps to the rules (`validation`), so those of
/// one name ask for one thing; and it has been seen to be so ([`is_so`]).
///
/// What a condition leaves out, and the conditions themselves, stay behind where nothing runs: the library is to look at all
/// that was sent, and says otherwise that a variable is not used.
pub(super) fn written_out(document: &mut ExecutableDocument, registry: &Registry, variables: &Variables) {
    let before = spread_in(document);
    let fragments = document.fragments.clone();
    for operation in operations_mut(document) {
        let of = match operation.ty {
            OperationType::Query => registry.query_type.as_str(),
            OperationType::Mutation => registry.mutation_type.as_deref().unwrap_or_default(),
            OperationType::Subscription => continue,
        };
        let at = operation.selection_set.pos;
        let set = &mut operation.selection_set.node;
        let mut roots = Roots::new(of, &fragments, variables);
        roots.add(std::mem::take(&mut set.items));
        set.items = roots.into_items(at);
    }
    // What is written out is spread no more. What never was is for the library to refuse.
    let after = spread_in(document);
    document.fragments.retain(|name, _| after.contains(name) || !before.contains(name));
}

/// The fragments that the operations spread.
fn spread_in(document: &ExecutableDocument) -> HashSet<Name> {
    let mut found = HashSet::new();
    for (_, operation) in document.operations.iter() {
        spreads(&operation.node.selection_set.node, &document.fragments, &mut found);
    }
    found
}

/// The root fields of an operation as they are found.
struct Roots<'f> {
    of: &'f str,
    fragments: &'f Fragments,
    variables: &'f Variables,
    seen: HashSet<Name>,
    fields: Vec<Positioned<Field>>,
    /// The conditions that were met, of one selection each.
    conditions: Vec<Vec<Positioned<Directive>>>,
    /// What is left out, and what the library is to refuse.
    others: Vec<Positioned<Selection>>,
}

impl<'f> Roots<'f> {
    fn new(of: &'f str, fragments: &'f Fragments, variables: &'f Variables) -> Roots<'f> {
        Roots {
            of,
            fragments,
            variables,
            seen: HashSet::new(),
            fields: Vec::new(),
            conditions: Vec::new(),
            others: Vec::new(),
        }
    }

    fn add(&mut self, items: Vec<Positioned<Selection>>) {
        for Positioned { pos, mut node } in items {
            if !self.is_applied(&node) || !self.is_shown(node.directives()) {
                self.others.push(Positioned::new(node, pos));
                continue;
            }
            let conditions = std::mem::take(node.directives_mut());
            if !conditions.is_empty() {
                self.conditions.push(conditions);
            }
            match node {
                Selection::Field(field) => self.put(field),
                Selection::InlineFragment(inline) => self.add(inline.node.selection_set.node.items),
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node;
                    let fragments = self.fragments;
                    if let Some(fragment) = fragments.get(&name)
                        && self.seen.insert(name)
                    {
                        self.add(fragment.node.selection_set.node.items.clone());
                    }
                }
            }
        }
    }

    /// Whether it is a field, or a fragment of the root; what is another the library refuses.
    fn is_applied(&self, selection: &Selection) -> bool {
        match selection {
            Selection::Field(_) => true,
            Selection::InlineFragment(inline) => condition(&inline.node).is_none_or(|on| on == self.of),
            Selection::FragmentSpread(spread) => self
                .fragments
                .get(&spread.node.fragment_name.node)
                .is_some_and(|fragment| fragment.node.type_condition.node.on.node == self.of),
        }
    }

    /// Whether all of these conditions are met, as the library has it: what is no truth value counts as false.
    fn is_shown(&self, directives: &[Positioned<Directive>]) -> bool {
        directives.iter().all(|directive| {
            let wanted = match directive.node.name.node.as_str() {
                "skip" => false,
                "include" => true,
                _ => return true,
            };
            let truth = match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(truth)) => *truth,
                Some(Value::Variable(name)) => matches!(self.variables.get(name), Some(ConstValue::Boolean(true))),
                Some(_) => false,
                None => return true,
            };
            truth == wanted
        })
    }

    /// Adds a field, or what is asked of it to what is asked of it already.
    fn put(&mut self, field: Positioned<Field>) {
        let key = &field.node.response_key().node;
        match self.fields.iter_mut().find(|known| known.node.response_key().node == *key) {
            Some(known) => known.node.selection_set.node.items.extend(field.node.selection_set.node.items),
            None => self.fields.push(field),
        }
    }

    fn into_items(self, at: Pos) -> Vec<Positioned<Selection>> {
        let (fields, conditions, others) = (self.fields, self.conditions, self.others);
        let field = |field: Positioned<Field>| {
            let pos = field.pos;
            Positioned::new(Selection::Field(field), pos)
        };
        let mut items: Vec<_> = fields.into_iter().map(field).collect();
        let met = conditions.into_iter().map(|directives| inline(at, directives, vec![typename(at)]));
        let never: Vec<_> = met.chain(others).collect();
        if !never.is_empty() {
            items.push(inline(at, vec![left_out(at)], never));
        }
        items
    }
}

fn inline(at: Pos, directives: Vec<Positioned<Directive>>, items: Vec<Positioned<Selection>>) -> Positioned<Selection> {
    let selection_set = Positioned::new(SelectionSet { items }, at);
    let inline = InlineFragment { type_condition: None, directives, selection_set };
    Positioned::new(Selection::InlineFragment(Positioned::new(inline, at)), at)
}

/// A field that costs nothing.
fn typename(at: Pos) -> Positioned<Selection> {
    let field = Field {
        alias: None,
        name: Positioned::new(Name::new("__typename"), at),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::new(SelectionSet::default(), at),
    };
    Positioned::new(Selection::Field(Positioned::new(field, at)), at)
}

/// `@include(if: false)`.
fn left_out(at: Pos) -> Positioned<Directive> {
    let argument = (Positioned::new(Name::new("if"), at), Positioned::new(Value::Boolean(false), at));
    Positioned::new(Directive { name: Positioned::new(Name::new("include"), at), arguments: vec![argument] }, at)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    #[test]
    fn what_is_named_twice_is_seen() {
        for (query, doubled) in [
            ("{ a { x } b { x } c: a { x } }", false),
            ("{ a { x x } }", false),
            ("{ a { x } a { y } }", true),
            ("mutation { ...F ...F } fragment F on Mutation { a { x } }", true),
            ("mutation { ...F ... on Mutation { a { x } } } fragment F on Mutation { a { x } }", true),
            ("{ ...F b { x } } fragment F on Query { a { x } }", false),
            ("query A { a { x } } query B { a { x } a { y } }", true),
            ("subscription { a { x } a { y } }", false),
        ] {
            assert_eq!(is_so(&parse_query(query).unwrap()), doubled, "{query}");
        }
    }

    /// The root fields, each with how much is asked below it; and how much is left out.
    fn roots(query: &str, variables: serde_json::Value) -> (Vec<(String, usize)>, usize) {
        let document = parse_query(query).unwrap();
        let variables = Variables::from_json(variables);
        let operation = &document.operations.iter().next().unwrap().1.node;
        let mut roots = Roots::new("Query", &document.fragments, &variables);
        roots.add(operation.selection_set.node.items.clone());
        let named = |field: &Positioned<Field>| {
            (field.node.response_key().node.to_string(), field.node.selection_set.node.items.len())
        };
        (roots.fields.iter().map(named).collect(), roots.others.len())
    }

    #[test]
    fn fields_of_one_name_are_one_where_their_conditions_are_met() {
        let all = |fields: &[(&str, usize)], others| {
            (fields.iter().map(|(name, below)| ((*name).to_owned(), *below)).collect::<Vec<_>>(), others)
        };
        let twice = "{ ...F ...F a { y } } fragment F on Query { a { x } b { x } }";
        assert_eq!(roots(twice, json!({})), all(&[("a", 2), ("b", 1)], 0));
        let query =
            "query($c: Boolean!) { ...F @include(if: $c) b { x } a { y } ...F } fragment F on Query { a { x } }";
        assert_eq!(roots(query, json!({ "c": true })), all(&[("a", 2), ("b", 1)], 0));
        // By then it is another order.
        assert_eq!(roots(query, json!({ "c": false })), all(&[("b", 1), ("a", 2)], 1));
        let query = "query($c: Boolean!) { a @skip(if: $c) { x } ... @include(if: $c) { a { y z } } }";
        assert_eq!(roots(query, json!({ "c": true })), all(&[("a", 2)], 1));
        assert_eq!(roots(query, json!({ "c": false })), all(&[("a", 1)], 1));
        assert_eq!(roots("{ a { x } a { y } ... on Other { a { z } } }", json!({})), all(&[("a", 2)], 1));
    }

    #[test]
    fn what_is_left_out_stands_where_nothing_runs() {
        let query = "query($c: Boolean!) { a @include(if: $c) { x } a { y } b @skip(if: $c) { z } }";
        let document = parse_query(query).unwrap();
        let variables = Variables::from_json(json!({ "c": true }));
        let operation = &document.operations.iter().next().unwrap().1.node;
        let mut roots = Roots::new("Query", &document.fragments, &variables);
        roots.add(operation.selection_set.node.items.clone());
        let items = roots.into_items(Pos::default());
        let [field, never] = items.as_slice() else { panic!("{items:?}") };
        assert!(field.node.directives().is_empty());
        let Selection::InlineFragment(inline) = &never.node else { panic!("{never:?}") };
        assert_eq!(inline.node.directives[0].node.name.node, "include");
        // The condition that was met, and the field that was left out.
        assert_eq!(inline.node.selection_set.node.items.len(), 2);
    }
}
