//! The rule of notices: where `body(notices: SEPARATE)` is shown, `label`, `disclaimers { text }` and `corrections { text }` must
//! be shown beside it.
//!
//! It is held of the answer and not of how it is written: what stands beside each other under one name of the answer is one
//! selection, through fragments and fields that are named twice (GraphQL, 6.3.2). What has conditions counts for a body that has
//! the same ones at least, since it is shown whenever that is.

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::registry::{MetaType, Registry};
use async_graphql::{Positioned, Variables};
use async_graphql_value::{ConstValue, Value};

use super::variables::is_required;
use crate::error::{Code, Error, Result};

/// The argument of the rule, the word that asks for a body without notices, and the other one.
const NOTICES: &str = "notices";
const SEPARATE: &str = "SEPARATE";
const INLINE: &str = "INLINE";

/// Whether what a document asks of bodies depends on its variables, so that the rule is to be held for each request.
pub(super) fn depend_on_variables(document: &ExecutableDocument) -> bool {
    let operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    let fragments = document.fragments.values().map(|fragment| &fragment.node.selection_set.node);
    operations.chain(fragments).any(is_by_variable)
}

fn is_by_variable(set: &SelectionSet) -> bool {
    set.items.iter().any(|selection| match &selection.node {
        Selection::Field(field) => {
            let notices = field.node.get_argument(NOTICES).map(|value| &value.node);
            matches!(notices, Some(Value::Variable(_))) || is_by_variable(&field.node.selection_set.node)
        }
        Selection::InlineFragment(inline) => is_by_variable(&inline.node.selection_set.node),
        Selection::FragmentSpread(_) => false,
    })
}

/// Holds the rule of each operation. No fragment may spread itself, and variables have their defaults.
///
/// # Errors
/// `NOTICE_REQUIRED`, which says what to select; `LIMIT_EXCEEDED` for more than 64 different conditions.
pub(super) fn hold(document: &ExecutableDocument, variables: &Variables, registry: Option<&Registry>) -> Result<()> {
    let notices = Notices { document, variables, registry, conditions: RefCell::default(), any: Cell::new(false) };
    let mut operations = document.operations.iter().map(|(_, operation)| &operation.node.selection_set.node);
    operations.try_for_each(|set| notices.level(&[(set, 0)], 0))?;
    if notices.any.get() && notices.conditions.borrow().len() > CONDITIONS_MOST {
        let says = "The query has more than 64 different conditions beside body(notices:); ask with fewer variables in @include and \
                    @skip, or leave notices out.";
        return Err(Error::new(Code::LimitExceeded, says).at(NOTICES));
    }
    Ok(())
}

/// How many conditions are told apart: as many as a [`When`] has bits.
const CONDITIONS_MOST: usize = 64;

struct Notices<'a> {
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    registry: Option<&'a Registry>,
    /// All that there are, by their bits.
    conditions: RefCell<Vec<Condition<'a>>>,
    /// Whether there is a body to be held against the rule.
    any: Cell<bool>,
}

/// What is to be so that a selection is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Condition<'a> {
    /// A variable has this value.
    If(&'a str, bool),
    /// What is selected from so deep is of this type.
    On(usize, &'a str),
}

/// All of these, by their bits: however many bodies and notices there are, holding one against another is one step.
type When = u64;
/// Fields that stand beside each other.
type Fields<'a> = Vec<(&'a Field, When)>;

impl<'a> Notices<'a> {
    /// Holds it of what these sets show of one object, and below.
    fn level(&self, sets: &[(&'a SelectionSet, When)], depth: usize) -> Result<()> {
        let (mut fields, mut seen) = (Fields::new(), HashSet::new());
        for (set, when) in sets {
            self.gather(set, *when, depth, &mut fields, &mut seen);
        }
        let is_body = |field: &Field| field.name.node == "body" && self.is_separate(field);
        let bodies: HashSet<When> = fields.iter().filter(|(field, _)| is_body(field)).map(|(_, when)| *when).collect();
        if !bodies.is_empty() {
            self.any.set(true);
            let beside = self.notices(&fields, depth);
            // What has a body is an article.
            let of_article = self.bits(|one| matches!(one, Condition::On(at, "Article" | "Node") if *at == depth));
            let is_beside = |when: When| {
                let met = when | of_article;
                beside.iter().all(|notice| notice.iter().any(|own| own & !met == 0))
            };
            if !bodies.into_iter().all(is_beside) {
                let says = "body(notices: SEPARATE) leaves the notices out, so label, disclaimers { text } and corrections { text } \
                            must be selected beside it, unconditionally; or leave the argument out and they stand in the body.";
                return Err(Error::new(Code::NoticeRequired, says).at(NOTICES));
            }
        }
        let (mut places, mut below) = (HashMap::new(), Vec::<Vec<_>>::new());
        for (field, when) in fields {
            if field.selection_set.node.items.is_empty() {
                continue;
            }
            let place = *places.entry(field.response_key().node.as_str()).or_insert(below.len());
            if place == below.len() {
                below.push(Vec::with_capacity(1));
            }
            below[place].push((&field.selection_set.node, when));
        }
        below.iter().try_for_each(|sets| self.level(sets, depth + 1))
    }

    /// When each of the notices is shown that stand beside each other.
    fn notices(&self, fields: &Fields<'a>, depth: usize) -> [HashSet<When>; 3] {
        let named = |name: &'static str| fields.iter().filter(move |(field, _)| field.name.node == name);
        let texts = |name: &'static str| {
            let (mut below, mut seen) = (Fields::new(), HashSet::new());
            for (field, own) in named(name) {
                self.gather(&field.selection_set.node, *own, depth + 1, &mut below, &mut seen);
            }
            below.iter().filter(|(field, _)| field.name.node == "text").map(|(_, own)| *own).collect()
        };
        [named("label").map(|(_, own)| *own).collect(), texts("disclaimers"), texts("corrections")]
    }

    /// The bits of all conditions of a sort.
    fn bits(&self, is: impl Fn(&Condition<'a>) -> bool) -> When {
        let conditions = self.conditions.borrow();
        conditions.iter().take(CONDITIONS_MOST).enumerate().filter(|(_, one)| is(one)).map(|(at, _)| 1_u64 << at).sum()
    }

    /// The same with one more.
    fn and(&self, when: When, one: Condition<'a>) -> When {
        let mut conditions = self.conditions.borrow_mut();
        let known = conditions.iter().position(|known| *known == one);
        let at = known.unwrap_or(conditions.len());
        // With one that has no bit the document is refused.
        if known.is_none() && at <= CONDITIONS_MOST {
            conditions.push(one);
        }
        if at < CONDITIONS_MOST { when | (1_u64 << at) } else { when }
    }

    /// The fields of a set that is shown then, through fragments.
    fn gather(
        &self,
        set: &'a SelectionSet,
        when: When,
        depth: usize,
        fields: &mut Fields<'a>,
        seen: &mut HashSet<(&'a str, When)>,
    ) {
        for selection in &set.items {
            let Some(when) = self.shown(selection.node.directives(), when) else { continue };
            match &selection.node {
                Selection::Field(field) => fields.push((&field.node, when)),
                Selection::InlineFragment(inline) => {
                    let when = match &inline.node.type_condition {
                        Some(condition) => self.of_type(condition.node.on.node.as_str(), depth, when),
                        None => when,
                    };
                    self.gather(&inline.node.selection_set.node, when, depth, fields, seen);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    let Some(fragment) = self.document.fragments.get(name) else { continue };
                    let when = self.of_type(fragment.node.type_condition.node.on.node.as_str(), depth, when);
                    // Under other conditions it may be shown where it was not.
                    if seen.insert((name, when)) {
                        self.gather(&fragment.node.selection_set.node, when, depth, fields, seen);
                    }
                }
            }
        }
    }

    /// Adds that something is of a type, where it could be of another.
    fn of_type(&self, of: &'a str, depth: usize, when: When) -> When {
        let has = |types: &MetaType| match types {
            MetaType::Interface { possible_types, name, .. } => name == of || possible_types.contains(of),
            MetaType::Union { possible_types, .. } => possible_types.contains(of),
            _ => false,
        };
        if self.registry.is_none_or(|registry| registry.types.values().any(has)) {
            self.and(when, Condition::On(depth, of))
        } else {
            when
        }
    }

    /// When something is shown that has these directives, in what is shown then; `None` for never.
    fn shown(&self, directives: &'a [Positioned<Directive>], mut when: When) -> Option<When> {
        for directive in directives {
            let wanted = match directive.node.name.node.as_str() {
                "include" => true,
                "skip" => false,
                _ => continue,
            };
            match directive.node.get_argument("if").map(|value| &value.node) {
                Some(Value::Boolean(truth)) if *truth == wanted => {}
                Some(Value::Variable(name)) => when = self.and(when, Condition::If(name.as_str(), wanted)),
                // Never; or a fault, for which nothing is shown.
                _ => return None,
            }
        }
        Some(when)
    }

    fn is_separate(&self, field: &Field) -> bool {
        match field.get_argument(NOTICES).map(|argument| &argument.node) {
            Some(Value::Enum(word)) => word == SEPARATE,
            // Refused as no word before (`validation`); should the library be the one to read it, it takes a text for the word.
            Some(Value::String(word)) => word == SEPARATE,
            Some(Value::Variable(name)) => match self.variables.get(name) {
                Some(ConstValue::Enum(word)) => word == SEPARATE,
                Some(ConstValue::String(word)) => word == SEPARATE,
                Some(_) => false,
                // It is left out then, and the notices stand in the body, unless an operation declares it so that it may
                // have a value all the same.
                None => {
                    let all = self.document.operations.iter().flat_map(|(_, one)| &one.node.variable_definitions);
                    let mut own = all.map(|one| &one.node).filter(|one| one.name.node == *name);
                    own.any(|one| match &one.default_value {
                        Some(default) => !matches!(&default.node, ConstValue::Enum(word) if word == INLINE),
                        None => is_required(one),
                    })
                }
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    const ALL: &str = "label disclaimers { text } corrections { text }";

    fn held(query: &str, variables: serde_json::Value) -> bool {
        hold(&parse_query(query).unwrap(), &Variables::from_json(variables), None).is_ok()
    }

    #[test]
    fn a_body_without_notices_needs_them_beside_it() {
        for (query, allowed) in [
            ("{ article { body { html } } }".to_owned(), true),
            ("{ article { body(notices: SEPARATE) { html } } }".to_owned(), false),
            (format!("{{ article {{ {ALL} body(notices: SEPARATE) {{ html }} }} }}"), true),
            ("{ article { label corrections { text } body(notices: SEPARATE) { html } } }".to_owned(), false),
            (format!("{{ article {{ ...F body(notices: SEPARATE) {{ html }} }} }} fragment F on Article {{ {ALL} }}"), true),
            (format!("{{ article {{ ...F @include(if: false) b: body(notices: SEPARATE) {{ html }} }} }} fragment F on Article {{ {ALL} }}"), false),
            (
                "{ article { label disclaimers { __typename } corrections { text } body(notices: SEPARATE) { html } } }"
                    .to_owned(),
                false,
            ),
            ("{ article { body(notices: \"SEPARATE\") { html } } }".to_owned(), false),
            ("{ article { ...F ...F } } fragment F on Article { ...F body(notices: SEPARATE) { html } }".to_owned(), false),
        ] {
            assert_eq!(held(&query, json!({})), allowed, "{query}");
        }
    }

    #[test]
    fn many_conditions_are_told_apart_or_refused_in_a_moment() {
        let of = |n: usize| {
            let conditions: String = (0..n).map(|n| format!("@include(if: $c{n}) ")).collect();
            let spreads =
                |name: &str| (0..40).map(|n| format!("...{name} @include(if: ${name}{n}) ")).collect::<String>();
            format!(
                "{{ article {{ ... {conditions} {{ {} {} {ALL} }} }} }} fragment L on Article {{ {} }} fragment B on Article {{ {} }}",
                spreads("L"),
                spreads("B"),
                "label ".repeat(50),
                "body(notices: SEPARATE) ".repeat(50),
            )
        };
        let began = std::time::Instant::now();
        for n in [10, 100] {
            let fault = hold(&parse_query(of(n)).unwrap(), &Variables::default(), None).unwrap_err();
            assert_eq!(fault.code(), Code::LimitExceeded, "{n}");
        }
        assert!(began.elapsed().as_secs() < 20);
        let inline = of(100).replace("SEPARATE", "INLINE");
        assert!(hold(&parse_query(inline).unwrap(), &Variables::default(), None).is_ok());
        assert!(held(
            &format!("{{ article {{ ... @include(if: $a) {{ {ALL} body(notices: SEPARATE) }} }} }}"),
            json!({})
        ));
    }

    #[test]
    fn what_stands_in_one_object_of_the_answer_stands_beside_it() {
        let body = "body(notices: SEPARATE) { html }";
        for (query, allowed) in [
            (
                format!(
                    "{{ article {{ ...H ...B }} }} fragment H on Article {{ {ALL} }} fragment B on Article {{ {body} }}"
                ),
                true,
            ),
            (format!("{{ article {{ {ALL} ...B }} }} fragment B on Article {{ {body} }}"), true),
            (format!("{{ article {{ ... {{ {ALL} }} ... on Article {{ {body} }} }} }}"), true),
            (format!("{{ article {{ ... on Node {{ ... on Article {{ {ALL} }} }} {body} }} }}"), true),
            (format!("{{ article {{ {ALL} }} article {{ {body} }} }}"), true),
            (format!("{{ article {{ {ALL} }} b: article {{ {body} }} }}"), false),
            (
                format!("{{ article {{ ...H @include(if: true) ...H {body} }} }} fragment H on Article {{ {ALL} }}"),
                true,
            ),
            (format!("{{ article {{ ...H @skip(if: true) ...H {body} }} }} fragment H on Article {{ {ALL} }}"), true),
            (
                format!(
                    "{{ article {{ label disclaimers {{ text }} disclaimers {{ __typename }} corrections {{ text }} {body} }} }}"
                ),
                true,
            ),
            (
                format!(
                    "{{ article {{ label disclaimers {{ text @skip(if: true) }} corrections {{ text }} {body} }} }}"
                ),
                false,
            ),
            // Below one object, what stands in another is not beside it.
            (format!("{{ article {{ {ALL} related {{ article {{ {body} }} }} }} }}"), false),
            (
                format!(
                    "{{ article {{ related {{ article {{ {ALL} }} }} ...R }} }} fragment R on Article {{ related {{ article {{ {body} }} }} }}"
                ),
                true,
            ),
            (format!("{{ node {{ ... on Section {{ a {{ {ALL} }} }} ... on Topic {{ a {{ {body} }} }} }} }}"), false),
            (format!("{{ node {{ ... on Topic {{ a {{ {ALL} }} a {{ {body} }} }} }} }}"), true),
            // In an operation that does not show it nothing is missing.
            (format!("{{ article {{ slug }} }} fragment B on Article {{ {body} }}"), true),
        ] {
            assert_eq!(held(&query, json!({})), allowed, "{query}");
        }
    }

    #[test]
    fn what_may_be_left_out_is_not_beside_it() {
        let body = "body(notices: SEPARATE) { html }";
        for (query, allowed) in [
            (format!("query($c: Boolean!) {{ article {{ {body} ... @include(if: $c) {{ {ALL} }} }} }}"), false),
            (format!("query($c: Boolean!) {{ article {{ {body} ... @skip(if: $c) {{ {ALL} }} }} }}"), false),
            (format!("query($c: Boolean!) {{ article {{ ... @include(if: $c) {{ {ALL} {body} }} }} }}"), true),
            (format!("query($c: Boolean!) {{ article @include(if: $c) {{ {ALL} {body} }} }}"), true),
            (format!("query($c: Boolean!) {{ article {{ {ALL} ... @include(if: $c) {{ {body} }} }} }}"), true),
            (format!("query($c: Boolean!) {{ article @include(if: $c) {{ {ALL} }} article {{ {body} }} }}"), false),
            (format!("query($c: Boolean!) {{ article {{ {ALL} }} article @include(if: $c) {{ {body} }} }}"), true),
            (
                format!(
                    "query($c: Boolean!) {{ article {{ ... @skip(if: $c) {{ {ALL} }} ... @include(if: $c) {{ {body} }} }} }}"
                ),
                false,
            ),
            (
                format!(
                    "query($c: Boolean!, $d: Boolean!) {{ article {{ ...H @include(if: $c) ...B @include(if: $d) }} }} \
                         fragment H on Article {{ {ALL} }} fragment B on Article {{ {body} }}"
                ),
                false,
            ),
            (
                format!(
                    "query($c: Boolean!) {{ article {{ label @include(if: $c) disclaimers {{ text }} corrections {{ text }} {body} }} }}"
                ),
                false,
            ),
        ] {
            for c in [true, false] {
                assert_eq!(held(&query, json!({ "c": c, "d": true })), allowed, "{query}");
            }
        }
    }

    #[test]
    fn a_variable_says_it_where_it_has_a_value() {
        let query = |declared: &str| format!("query($n: {declared}) {{ article {{ body(notices: $n) {{ html }} }} }}");
        for (declared, variables, allowed) in [
            // Left out, so that its own default counts: INLINE.
            ("Notices", json!({}), true),
            ("Notices!", json!({}), false),
            ("Notices = SEPARATE", json!({}), false),
            ("Notices", json!({ "n": "INLINE" }), true),
            ("Notices", json!({ "n": "SEPARATE" }), false),
            ("Notices! = INLINE", json!({ "n": "INLINE" }), true),
        ] {
            assert_eq!(held(&query(declared), variables.clone()), allowed, "{declared} {variables}");
        }
        assert!(depend_on_variables(&parse_query(query("Notices")).unwrap()));
        let literal = "{ ...F } fragment F on Query { article { body(notices: INLINE) { html } } }";
        assert!(!depend_on_variables(&parse_query(literal).unwrap()));
        let spread = "query($n: Notices) { ...F } fragment F on Query { article { body(notices: $n) { html } } }";
        assert!(depend_on_variables(&parse_query(spread).unwrap()));
    }
}
