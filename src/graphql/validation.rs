//! What the specification forbids of a document and the library lets pass (GraphQL, October 2021): a text where a word of
//! an enumeration is to stand (5.6.1), and a subscription to more than one thing (5.2.3.1). That an input object names a
//! field once (5.6.3) is held by `limits`, over the text: the library keeps the last of them alone.

use std::collections::HashSet;

use async_graphql::parser::types::{ExecutableDocument, OperationType, Selection, SelectionSet};
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql_value::Value;

use crate::error::{Code, Error, Result};

/// Holds a document against these rules.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED`, which names the place and the mend.
pub(super) fn hold(document: &ExecutableDocument, registry: &Registry) -> Result<()> {
    let rules = Rules { document, registry };
    for (_, operation) in document.operations.iter() {
        let operation = &operation.node;
        for definition in operation.variable_definitions.iter().map(|definition| &definition.node) {
            if let Some(default) = &definition.default_value {
                let written = definition.var_type.node.to_string();
                rules.value(definition.name.node.as_str(), &default.node.clone().into_value(), &written)?;
            }
        }
        let root = match operation.ty {
            OperationType::Query => Some(&registry.query_type),
            OperationType::Mutation => registry.mutation_type.as_ref(),
            OperationType::Subscription => registry.subscription_type.as_ref(),
        };
        let set = &operation.selection_set.node;
        rules.set(set, root.map(String::as_str))?;
        if operation.ty == OperationType::Subscription {
            rules.is_of_one(set)?;
        }
    }
    for fragment in document.fragments.values() {
        let of = fragment.node.type_condition.node.on.node.as_str();
        rules.set(&fragment.node.selection_set.node, Some(of))?;
    }
    Ok(())
}

fn fault(says: String) -> Error {
    Error::new(Code::GraphqlValidation, says)
}

struct Rules<'d> {
    document: &'d ExecutableDocument,
    registry: &'d Registry,
}

impl<'d> Rules<'d> {
    /// The arguments of what is selected of this type; where the type is not known the library has something to say.
    fn set(&self, set: &SelectionSet, of: Option<&str>) -> Result<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = of.and_then(|of| self.registry.types.get(of));
                    let known = known.and_then(|known| known.field_by_name(&field.name.node));
                    for (name, value) in &field.arguments {
                        if let Some(argument) = known.and_then(|known| known.args.get(name.node.as_str())) {
                            self.value(&name.node, &value.node, &argument.ty)?;
                        }
                    }
                    let below = known.map(|known| MetaTypeName::concrete_typename(&known.ty));
                    self.set(&field.selection_set.node, below)?;
                }
                Selection::InlineFragment(inline) => {
                    let condition =
                        inline.node.type_condition.as_ref().map(|condition| condition.node.on.node.as_str());
                    self.set(&inline.node.selection_set.node, condition.or(of))?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn value(&self, name: &str, value: &Value, of: &str) -> Result<()> {
        match value {
            Value::List(items) => items.iter().try_for_each(|item| self.value(name, item, of)),
            Value::String(text) => match self.registry.concrete_type_by_name(of) {
                Some(MetaType::Enum { name: of, .. }) => {
                    let says = format!(
                        "{name} is given the text {text:?}, where a word of {of} is to stand; in a document it has no quotes \
                         (in variables it has)."
                    );
                    Err(fault(says).at(name))
                }
                _ => Ok(()),
            },
            Value::Object(members) => match self.registry.concrete_type_by_name(of) {
                Some(MetaType::InputObject { input_fields, .. }) => members.iter().try_for_each(|(name, member)| {
                    input_fields.get(name.as_str()).map_or(Ok(()), |known| self.value(name, member, &known.ty))
                }),
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Whether a subscription is to one thing of the schema.
    fn is_of_one(&self, set: &'d SelectionSet) -> Result<()> {
        let (mut keys, mut seen) = (HashSet::new(), HashSet::new());
        self.roots(set, &mut keys, &mut seen)?;
        if keys.len() > 1 {
            let mut keys: Vec<_> = keys.into_iter().collect();
            keys.sort_unstable();
            return Err(fault(format!(
                "A subscription has one root field, and this one has {}; subscribe to each by itself.",
                keys.join(", ")
            )));
        }
        Ok(())
    }

    fn roots(&self, set: &'d SelectionSet, keys: &mut HashSet<&'d str>, seen: &mut HashSet<&'d str>) -> Result<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let name = &field.node.name.node;
                    if name.starts_with("__") {
                        return Err(fault(format!("Nobody can subscribe to {name}; ask for it in a query.")));
                    }
                    keys.insert(field.node.response_key().node.as_str());
                }
                Selection::InlineFragment(inline) => self.roots(&inline.node.selection_set.node, keys, seen)?,
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if seen.insert(name)
                        && let Some(fragment) = self.document.fragments.get(name)
                    {
                        self.roots(&fragment.node.selection_set.node, keys, seen)?;
                    }
                }
            }
        }
        Ok(())
    }
}
