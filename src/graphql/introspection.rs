//! How much one document may ask of the schema itself.
//!
//! The schema's lists lead in circles: an interface has possible types, which have interfaces, which have possible types.
//! A few lines that go round are answered with more than all articles together, and neither depth nor cost see it, since
//! both count what is written and not how long the lists are. So lists may be nested in each other only so deep, as
//! graphql-js has it (`MaxIntrospectionDepthRule`). What stands twice beside itself is answered twice, and counts as one deeper.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{ExecutableDocument, Selection, SelectionSet};

use crate::error::{Code, Error, Result};

/// The root fields that tell of the schema.
const ROOTS: [&str; 2] = ["__schema", "__type"];
/// How many of them a document may have: tools that look at first what a server knows ask for that many types at once.
const ROOTS_MOST: usize = 10;
/// The lists that lead in circles.
const LISTS: [&str; 4] = ["fields", "inputFields", "interfaces", "possibleTypes"];
/// How deep they may be nested in each other. Tools that read the whole schema nest none.
const LISTS_MOST: usize = 3;
/// Everything else that has fields. What is not among these is no part of the schema's own.
const OTHERS: [&str; 9] =
    ["args", "directives", "enumValues", "mutationType", "ofType", "queryType", "subscriptionType", "type", "types"];

/// Refuses a document that goes round in the lists of the schema, or asks for too much of it at once.
///
/// # Errors
/// `LIMIT_EXCEEDED`, which says what to ask for instead.
pub(super) fn held(document: &ExecutableDocument) -> Result<()> {
    let Some(fragments) = fragments(document) else { return Ok(()) };
    for (_, operation) in document.operations.iter() {
        let level = level(&operation.node.selection_set.node, &fragments);
        let roots: Vec<&Selected> = ROOTS.iter().filter_map(|root| level.get(root)).collect();
        let times = roots.iter().fold(0, |sum: usize, root| sum.saturating_add(root.times));
        if times > ROOTS_MOST {
            let says = format!(
                "The query asks for __schema and __type {times} times, and the limit is {ROOTS_MOST}; ask for __schema once, \
                 or send several requests."
            );
            return Err(Error::new(Code::LimitExceeded, says));
        }
        if roots.iter().any(|root| root.below > LISTS_MOST) {
            let says = format!(
                "The query nests the lists of the schema ({}) more than {LISTS_MOST} deep in each other, or asks for one of \
                 them several times; ask for the types by __schema, once, and put them together.",
                LISTS.join(", ")
            );
            return Err(Error::new(Code::LimitExceeded, says));
        }
    }
    Ok(())
}

/// What is selected beside each other, through fragments: by the names of fields, whatever their aliases.
type Level<'d> = HashMap<&'d str, Selected>;

/// A field of a level.
#[derive(Debug, Clone, Copy, Default)]
struct Selected {
    /// How often it stands there.
    times: usize,
    /// How deep lists are nested in each other below it.
    below: usize,
}

/// How deep lists are nested from here on.
fn depth(level: &Level<'_>) -> usize {
    let deep = |(name, selected): (&&str, &Selected)| {
        let own = if LISTS.contains(name) { selected.times } else { selected.times.saturating_sub(1) };
        selected.below.saturating_add(own)
    };
    level.iter().map(deep).max().unwrap_or_default()
}

/// The fields of a selection. The fragments that it spreads are known.
fn level<'d>(set: &'d SelectionSet, fragments: &HashMap<&'d str, Level<'d>>) -> Level<'d> {
    let mut all = Level::new();
    let mut add = |name: &'d str, one: Selected| {
        let selected = all.entry(name).or_default();
        selected.times = selected.times.saturating_add(one.times);
        selected.below = selected.below.max(one.below);
    };
    for selection in &set.items {
        match &selection.node {
            Selection::Field(field) => {
                let name = field.node.name.node.as_str();
                if ROOTS.contains(&name) || LISTS.contains(&name) || OTHERS.contains(&name) {
                    let below = depth(&level(&field.node.selection_set.node, fragments));
                    add(name, Selected { times: 1, below });
                }
            }
            Selection::InlineFragment(inline) => {
                level(&inline.node.selection_set.node, fragments).into_iter().for_each(|(name, one)| add(name, one));
            }
            Selection::FragmentSpread(spread) => {
                let known = fragments.get(spread.node.fragment_name.node.as_str());
                known.into_iter().flatten().for_each(|(name, one)| add(name, *one));
            }
        }
    }
    all
}

/// The levels of all fragments, each worked out once, however often it is spread; none where some spread each other in a
/// circle, which is refused when the document is validated.
fn fragments(document: &ExecutableDocument) -> Option<HashMap<&str, Level<'_>>> {
    let mut known = HashMap::new();
    for name in document.fragments.keys() {
        // On the way to what is spread, each with what is still to be looked at there.
        let (mut way, mut on_it) = (vec![(name.as_str(), None::<Vec<&str>>)], HashSet::from([name.as_str()]));
        while let Some((name, rest)) = way.last_mut() {
            let name = *name;
            let set = document.fragments.get(name).map(|fragment| &fragment.node.selection_set.node);
            let (false, Some(set)) = (known.contains_key(name), set) else {
                on_it.remove(name);
                way.pop();
                continue;
            };
            match rest.get_or_insert_with(|| spreads(set)).pop() {
                Some(next) if known.contains_key(next) => {}
                Some(next) if !on_it.insert(next) => return None,
                Some(next) => way.push((next, None)),
                None => {
                    known.insert(name, level(set, &known));
                }
            }
        }
    }
    Some(known)
}

/// The fragments that are spread in a selection, at any depth.
fn spreads(set: &SelectionSet) -> Vec<&str> {
    let (mut sets, mut found) = (vec![set], Vec::new());
    while let Some(set) = sets.pop() {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => sets.push(&field.node.selection_set.node),
                Selection::InlineFragment(inline) => sets.push(&inline.node.selection_set.node),
                Selection::FragmentSpread(spread) => found.push(spread.node.fragment_name.node.as_str()),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;

    fn refused(query: &str) -> bool {
        let result = held(&parse_query(query).unwrap_or_else(|fault| panic!("{fault}: {query}")));
        result.is_err_and(|error| error.code() == Code::LimitExceeded)
    }

    /// The query of GraphiQL, Apollo, Relay and most others: graphql-js's with everything that it can ask for.
    fn standard() -> String {
        let of_type = (0..9).fold("kind name".to_owned(), |inner, _| format!("kind name ofType {{ {inner} }}"));
        format!(
            "query IntrospectionQuery {{ __schema {{ description queryType {{ name kind }} mutationType {{ name kind }} \
             subscriptionType {{ name kind }} types {{ ...FullType }} directives {{ name description isRepeatable locations \
             args(includeDeprecated: true) {{ ...InputValue }} }} }} }} \
             fragment FullType on __Type {{ kind name description specifiedByURL isOneOf fields(includeDeprecated: true) {{ \
             name description args(includeDeprecated: true) {{ ...InputValue }} type {{ ...TypeRef }} isDeprecated \
             deprecationReason }} inputFields(includeDeprecated: true) {{ ...InputValue }} interfaces {{ ...TypeRef }} \
             enumValues(includeDeprecated: true) {{ name description isDeprecated deprecationReason }} possibleTypes {{ \
             ...TypeRef }} }} \
             fragment InputValue on __InputValue {{ name description type {{ ...TypeRef }} defaultValue isDeprecated \
             deprecationReason }} \
             fragment TypeRef on __Type {{ {of_type} }}"
        )
    }

    #[test]
    fn what_tools_ask_for_passes() {
        let names =
            ["Schema", "Type", "Field", "InputValue", "EnumValue", "Directive", "TypeKind", "DirectiveLocation"];
        let probe: String =
            names.iter().map(|name| format!(" {name}: __type(name: \"__{name}\") {{ ...F }}")).collect();
        for query in [
            standard(),
            // Without fragments, as some print it.
            "{ __schema { types { kind name possibleTypes { name } fields { name args { name type { kind name ofType { kind \
             name } } } type { kind name ofType { kind name } } } interfaces { name } inputFields { name type { name } } \
             enumValues { name } } directives { name args { name type { name } } } queryType { name } } }"
                .to_owned(),
            // What a server knows is asked first.
            format!("{{ __schema {{ types {{ name }} }}{probe} }} fragment F on __Type {{ name fields {{ name args {{ name }} }} }}"),
            // Interfaces and unions for a client's memory.
            "{ __schema { types { kind name possibleTypes { name } } } }".to_owned(),
            // From a type to the types of its fields, and on.
            "{ __type(name: \"Article\") { fields { type { fields { type { fields { name } } } } } } }".to_owned(),
            "{ latestNews { __typename slug } }".to_owned(),
        ] {
            assert!(!refused(&query), "{query}");
        }
    }

    #[test]
    fn lists_of_the_schema_are_nested_only_so_deep() {
        let round = |times: usize| {
            let inner = (0..times).fold("name".to_owned(), |inner, n| {
                let list = if n % 2 == 0 { "interfaces" } else { "possibleTypes" };
                format!("{list} {{ {inner} }}")
            });
            format!("{{ __type(name: \"Node\") {{ {inner} }} }}")
        };
        assert_eq!((1..9).map(|times| refused(&round(times))).collect::<Vec<_>>(), {
            [false, false, false, true, true, true, true, true]
        });
        for query in [
            "{ __schema { types { fields { args { type { inputFields { type { ofType { inputFields { type { inputFields { name } } } } } } } } } } } }",
            // Under other names, within other fields, through fragments of either sort.
            "{ a: __schema { b: types { c: fields { type { d: fields { type { e: fields { type { f: fields { name } } } } } } } } } }",
            "{ __schema { ... { queryType { ... on __Type { fields { ...A } } } } } } fragment A on __Field { type { ...B } } \
             fragment B on __Type { interfaces { possibleTypes { ...C } } } fragment C on __Type { interfaces { name } }",
            "{ ...R } fragment R on Query { __type(name: \"X\") { ...T } } \
             fragment T on __Type { fields { type { fields { type { fields { type { fields { name } } } } } } } }",
            "query A { latestNews { slug } } query B { __type(name: \"X\") { interfaces { interfaces { interfaces { interfaces { name } } } } } }",
        ] {
            assert!(refused(query), "{query}");
        }
    }

    #[test]
    fn what_stands_twice_counts_twice() {
        for (query, expected) in [
            ("{ __schema { types { a: fields { name } b: fields { name } c: fields { name } } } }".to_owned(), false),
            ("{ __schema { types { a: fields { name } b: fields { name } c: fields { name } fields { name } } } }".to_owned(), true),
            ("{ __schema { types { fields { name } ...F ... { fields { name } ...F } } } } fragment F on __Type { fields { name } }".to_owned(), true),
            ("{ __schema { types { fields { type { fields { name } } type { interfaces { name } } } } } }".to_owned(), false),
            ("{ __schema { types { fields { type { fields { name } } type { fields { type { name } type { name } } } } } } }".to_owned(), true),
            (format!("{{ __schema {{ {} }} }}", "types { name } ".repeat(4)), false),
            (format!("{{ __schema {{ {} }} }}", "types { name } ".repeat(5)), true),
            (format!("{{ {} }}", "__schema { queryType { name } } ".repeat(10)), false),
            (format!("{{ {} ...F }} fragment F on Query {{ __type(name: \"X\") {{ name }} }}", "__schema { queryType { name } } ".repeat(10)), true),
        ] {
            assert_eq!(refused(&query), expected, "{query}");
        }
    }

    #[test]
    fn fragments_that_spread_others_twice_take_no_time() {
        let of_type =
            |n: usize| format!(" fragment F{n} on __Type {{ ofType {{ ...F{0} }} ofType {{ ...F{0} }} }}", n + 1);
        let beside = |n: usize| format!(" fragment F{n} on __Type {{ ...F{0} ...F{0} }}", n + 1);
        for (step, most) in [(&of_type as &dyn Fn(usize) -> String, 500), (&beside, 500)] {
            let fragments: String = (0..most).map(step).collect();
            let last = format!(" fragment F{most} on __Type {{ fields {{ name }} }}");
            assert!(refused(&format!("{{ __type(name: \"X\") {{ ...F0 }} }}{fragments}{last}")));
        }
        // A long way to the last one, and only one.
        let chain: String =
            (0..2_000).map(|n| format!(" fragment F{n} on __Type {{ ofType {{ ...F{} }} }}", n + 1)).collect();
        assert!(!refused(&format!(
            "{{ __type(name: \"X\") {{ ...F0 }} }}{chain} fragment F2000 on __Type {{ fields {{ name }} }}"
        )));
    }

    #[test]
    fn circles_and_fragments_that_are_not_there_are_left_to_others() {
        for query in [
            "{ __type(name: \"X\") { ...A } } fragment A on __Type { ofType { ...B } } fragment B on __Type { fields { type { ...A } } }",
            "{ latestNews { __typename ...A } } fragment A on Article { ...A }",
            "{ __type(name: \"X\") { ...Nowhere } }",
            "{ __type(name: \"X\") { ...A } } fragment A on __Type { ...Nowhere interfaces { name } }",
        ] {
            assert!(!refused(query), "{query}");
        }
    }
}
