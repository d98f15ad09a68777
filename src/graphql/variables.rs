//! Variables as the specification coerces them (GraphQL, 6.1.2 and 6.4.1), where the library does not.
//!
//! There a default counts for whatever the variable stands in, conditions included; a variable that must have a value and
//! has none is a fault of the request, before anything runs; and an argument or a member whose variable has no value is as
//! if it had been left out: its own default counts then, and an input that changes what it names does not change it.

use std::collections::HashSet;

use async_graphql::parser::types::{
    DocumentOperations, ExecutableDocument, OperationDefinition, Selection, SelectionSet, VariableDefinition,
};
use async_graphql::registry::Registry;
use async_graphql::{Name, Variables};
use async_graphql_value::{ConstValue, Value};

use super::coerced;
use crate::error::{Code, Error, Result};

/// Gives the variables of the operation that is asked for their defaults, where they have no value.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` for one that must have a value and has none.
pub(super) fn complete(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &mut Variables,
) -> Result<()> {
    // Where there is no such operation the library says so.
    let Some(operation) = chosen(document, operation) else { return Ok(()) };
    for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
        let name = &definition.name.node;
        match (variables.get(name), &definition.default_value) {
            (None, Some(default)) => {
                variables.insert(name.clone(), default.node.clone());
            }
            (None | Some(ConstValue::Null), _) if is_required(definition) => {
                let says = format!(
                    "The variable ${name} of type {} has no value; send one in variables.",
                    definition.var_type.node
                );
                return Err(Error::new(Code::GraphqlValidation, says).at(name.as_str()));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Holds what the variables of the operation that is asked for are given against their types: whatever takes a faulty one would
/// find it only when it runs. [`complete`] comes before.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` for one whose value is none of its type, with the mend.
pub(super) fn hold(
    document: &ExecutableDocument,
    operation: Option<&str>,
    variables: &Variables,
    registry: &Registry,
) -> Result<()> {
    let Some(operation) = chosen(document, operation) else { return Ok(()) };
    for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
        let name = &definition.name.node;
        let Some(value) = variables.get(name) else { continue };
        coerced::fits(registry, value, &definition.var_type.node.to_string()).map_err(|fault| {
            let says = fault.told_of(&format!("The variable ${name}"));
            Error::new(Code::GraphqlValidation, says).at(name.as_str())
        })?;
    }
    Ok(())
}

fn chosen<'d>(document: &'d ExecutableDocument, name: Option<&str>) -> Option<&'d OperationDefinition> {
    let found = match (&document.operations, name) {
        (DocumentOperations::Single(only), None) => Some(only),
        (DocumentOperations::Single(_), Some(_)) => None,
        (DocumentOperations::Multiple(all), Some(name)) => all.get(name),
        (DocumentOperations::Multiple(all), None) if all.len() == 1 => all.values().next(),
        (DocumentOperations::Multiple(_), None) => None,
    };
    found.map(|operation| &operation.node)
}

/// Whether null will not do. One with a default may be left out, and null all the same be no value of it.
pub(super) fn is_required(definition: &VariableDefinition) -> bool {
    !definition.var_type.node.nullable
}

/// Leaves out the arguments, and the members of objects, whose variable has no value. [`complete`] comes before.
pub(super) fn leave_out(document: &mut ExecutableDocument, variables: &Variables) {
    let mut without = Without::of(document, variables);
    if without.value.is_empty() {
        return;
    }
    for operation in operations_mut(document) {
        without.set(&mut operation.selection_set.node);
    }
    for fragment in document.fragments.values_mut() {
        without.set(&mut fragment.node.selection_set.node);
    }
    // One that stands nowhere any more would be called unused.
    let Without { left_out, left, .. } = without;
    for operation in operations_mut(document) {
        operation.variable_definitions.retain(|definition| {
            let name = &definition.node.name.node;
            !left_out.contains(name) || left.contains(name)
        });
    }
}

pub(super) fn operations_mut(document: &mut ExecutableDocument) -> impl Iterator<Item = &mut OperationDefinition> {
    let operations: Vec<&mut OperationDefinition> = match &mut document.operations {
        DocumentOperations::Single(only) => vec![&mut only.node],
        DocumentOperations::Multiple(all) => all.values_mut().map(|operation| &mut operation.node).collect(),
    };
    operations.into_iter()
}

struct Without {
    /// The variables that have no value.
    value: HashSet<Name>,
    /// Those of them that were left out somewhere.
    left_out: HashSet<Name>,
    /// Those of them that stand somewhere still.
    left: HashSet<Name>,
}

impl Without {
    fn of(document: &ExecutableDocument, variables: &Variables) -> Without {
        let definitions = || {
            let operations = document.operations.iter();
            operations.flat_map(|(_, operation)| operation.node.variable_definitions.iter().map(|one| &one.node))
        };
        let is_without = |one: &VariableDefinition| {
            let name = &one.name.node;
            let may_be = |other: &VariableDefinition| !is_required(other) && other.default_value.is_none();
            !variables.contains_key(name) && definitions().filter(|other| other.name.node == *name).all(may_be)
        };
        let value = definitions().filter(|one| is_without(one)).map(|one| one.name.node.clone()).collect();
        Without { value, left_out: HashSet::new(), left: HashSet::new() }
    }

    fn set(&mut self, set: &mut SelectionSet) {
        for selection in &mut set.items {
            for directive in selection.node.directives() {
                for (_, value) in &directive.node.arguments {
                    self.stands(&value.node);
                }
            }
            match &mut selection.node {
                Selection::Field(field) => {
                    field.node.arguments.retain_mut(|(_, value)| !self.is_left_out(&mut value.node));
                    self.set(&mut field.node.selection_set.node);
                }
                Selection::InlineFragment(fragment) => self.set(&mut fragment.node.selection_set.node),
                Selection::FragmentSpread(_) => {}
            }
        }
    }

    /// Whether this is such a variable; else what stands in it is looked at.
    fn is_left_out(&mut self, value: &mut Value) -> bool {
        match value {
            Value::Variable(name) if self.value.contains(name) => {
                self.left_out.insert(name.clone());
                return true;
            }
            Value::Object(members) => members.retain(|_, member| !self.is_left_out(member)),
            Value::List(items) => {
                for item in items {
                    // In a list it is null (GraphQL specification, 3.11).
                    if let Value::Variable(name) = item {
                        self.left.insert(name.clone());
                    } else {
                        self.is_left_out(item);
                    }
                }
            }
            _ => {}
        }
        false
    }

    fn stands(&mut self, value: &Value) {
        match value {
            Value::Variable(name) => {
                self.left.insert(name.clone());
            }
            Value::Object(members) => members.values().for_each(|member| self.stands(member)),
            Value::List(items) => items.iter().for_each(|item| self.stands(item)),
            _ => {}
        }
    }
}

/// What a value comes to with these variables; `None` where it is a variable without one.
pub(super) fn value_of<'v>(value: &Value, variable: &impl Fn(&Name) -> Option<&'v ConstValue>) -> Option<ConstValue> {
    Some(match value {
        Value::Variable(name) => return variable(name).cloned(),
        Value::Object(members) => {
            let member = |(name, member): (&Name, &Value)| Some((name.clone(), value_of(member, variable)?));
            ConstValue::Object(members.iter().filter_map(member).collect())
        }
        Value::List(items) => {
            ConstValue::List(items.iter().map(|item| value_of(item, variable).unwrap_or_default()).collect())
        }
        Value::Null => ConstValue::Null,
        Value::Number(number) => ConstValue::Number(number.clone()),
        Value::String(text) => ConstValue::String(text.clone()),
        Value::Boolean(truth) => ConstValue::Boolean(*truth),
        Value::Binary(bytes) => ConstValue::Binary(bytes.clone()),
        Value::Enum(word) => ConstValue::Enum(word.clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use serde_json::json;

    fn given(variables: serde_json::Value) -> Variables {
        Variables::from_json(variables)
    }

    #[test]
    fn defaults_count_and_what_must_have_a_value_is_asked_for() {
        let document =
            parse_query("query A($a: Int = 3, $b: Boolean! = true, $c: Int) { x } query B($d: Int!) { x }").unwrap();
        let completed = |operation, mut variables| complete(&document, operation, &mut variables).map(|()| variables);
        let all = completed(Some("A"), given(json!({ "b": false }))).unwrap();
        assert_eq!(all, given(json!({ "a": 3, "b": false })));
        assert_eq!(completed(Some("A"), given(json!({ "a": null }))).unwrap(), given(json!({ "a": null, "b": true })));
        for (operation, variables, well) in [
            (Some("B"), json!({}), false),
            (Some("B"), json!({ "d": null }), false),
            (Some("B"), json!({ "d": 1 }), true),
            (Some("A"), json!({ "b": null }), false),
            // The library says that there is none, or that one must be named.
            (Some("C"), json!({}), true),
            (None, json!({}), true),
        ] {
            assert_eq!(completed(operation, given(variables.clone())).is_ok(), well, "{operation:?} {variables}");
        }
    }

    #[test]
    fn what_has_no_value_is_left_out() {
        let left = |query: &str, variables: serde_json::Value| {
            let mut document = parse_query(query).unwrap();
            leave_out(&mut document, &given(variables));
            let operation = &document.operations.iter().next().unwrap().1.node;
            let Selection::Field(field) = &operation.selection_set.node.items[0].node else { panic!("{query}") };
            let arguments = field.node.arguments.iter().map(|(name, value)| format!("{name}:{}", value.node));
            (arguments.collect::<Vec<_>>().join(" "), operation.variable_definitions.len())
        };
        let told = |arguments: &str, definitions| (arguments.to_owned(), definitions);
        let query = "query($a: Int, $b: Int) { x(a: $a, b: $b) }";
        assert_eq!(left(query, json!({ "b": 1 })), told("b:$b", 1));
        assert_eq!(left(query, json!({ "a": null, "b": 1 })), told("a:$a b:$b", 2));
        assert_eq!(left("query($a: Int) { x(a: { b: $a, c: 1 }) }", json!({})), told("a:{c: 1}", 0));
        assert_eq!(left("query($a: Int) { x(a: [$a], b: $a) }", json!({})), told("a:[$a]", 1));
        // What must have a value, and what is used nowhere, is for the library to refuse.
        assert_eq!(left("query($a: Int!) { x(a: $a) }", json!({})), told("a:$a", 1));
        assert_eq!(left("query($a: Int) { x }", json!({})), told("", 1));
        assert_eq!(left("query($a: Boolean) { x(a: $a) y @skip(if: $a) }", json!({})), told("", 1));
    }
}
