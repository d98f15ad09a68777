//! What the specification forbids of a document and the library lets pass, or cannot bear (GraphQL, October 2021):
//!
//! - a variable that is declared twice (5.8.1), or of a type that is not there (5.8.2), whose default the library would look up
//!   and end;
//! - a value that is none of its type (5.6.1), which the library finds when the field runs, or not at all;
//! - an argument or a field of an input object that is not there, or twice there (5.4.1, 5.4.2, 5.6.2), where its variable has no
//!   value: it is left out before the library looks;
//! - what stands at `__typename` and below it, which it passes by;
//! - a variable where a value of another type is to stand (5.8.5);
//! - two things under one name (5.3.2), of which it would show the first for both, or values of two forms;
//! - a subscription to more than one thing (5.2.3.1).
//!
//! That an input object names a field once (5.6.3) is held by `limits`, over the text: the library keeps the last of them alone.

use std::collections::{HashMap, HashSet};

use async_graphql::parser::types::{
    Directive, DocumentOperations, ExecutableDocument, Field, FragmentDefinition, InlineFragment, OperationDefinition,
    OperationType, Selection, SelectionSet,
};
use async_graphql::registry::{MetaField, MetaInputValue, MetaType, MetaTypeName, Registry};
use async_graphql::{Name, Pos, Positioned};
use async_graphql_value::{ConstValue, Value};

use super::coerced;
use super::variables::operations_mut;
use crate::error::{Code, Error};

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Fault {
    /// With the mend.
    pub(super) error: Error,
    /// Where it stands.
    pub(super) at: Pos,
}

type Result<T> = std::result::Result<T, Fault>;

fn fault(at: Pos, says: String) -> Fault {
    Fault { error: Error::new(Code::GraphqlValidation, says), at }
}

/// The field that tells of which type an object is. The schema does not name it among the fields of any.
const TYPENAME: &str = "__typename";

/// Holds a document against the rules that look at it as it stands: the first fault in its order, if it has one.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED`, which names the place and the mend.
pub(super) fn hold(document: &ExecutableDocument, registry: &Registry) -> Result<()> {
    let rules = Rules { document, registry };
    let mut operations: Vec<_> = document.operations.iter().map(|(_, operation)| operation).collect();
    operations.sort_unstable_by_key(|operation| operation.pos);
    for operation in operations.into_iter().map(|operation| &operation.node) {
        rules.variables(operation)?;
        let root = rules.root(operation.ty);
        rules.arguments(&operation.selection_set.node, root)?;
        rules.placed(operation, &operation.selection_set.node, root, &mut HashSet::new())?;
        rules.merge(&[(root, &operation.selection_set.node)], false)?;
    }
    let mut fragments: Vec<_> = document.fragments.values().collect();
    fragments.sort_unstable_by_key(|fragment| fragment.pos);
    for fragment in fragments.into_iter().map(|fragment| &fragment.node) {
        let of = fragment.type_condition.node.on.node.as_str();
        rules.arguments(&fragment.selection_set.node, Some(of))?;
    }
    Ok(())
}

struct Rules<'d> {
    document: &'d ExecutableDocument,
    registry: &'d Registry,
}

/// A field, with the type that it is of where that is known.
type Of<'d> = (Option<&'d str>, &'d Field, Pos);

impl<'d> Rules<'d> {
    fn root(&self, of: OperationType) -> Option<&'d str> {
        match of {
            OperationType::Query => Some(self.registry.query_type.as_str()),
            OperationType::Mutation => self.registry.mutation_type.as_deref(),
            OperationType::Subscription => self.registry.subscription_type.as_deref(),
        }
    }

    fn variables(&self, operation: &OperationDefinition) -> Result<()> {
        let mut names = HashSet::new();
        for definition in &operation.variable_definitions {
            let (at, definition) = (definition.pos, &definition.node);
            let (name, written) = (definition.name.node.as_str(), definition.var_type.node.to_string());
            if !names.insert(name) {
                return Err(fault(at, format!("The variable ${name} is declared twice; declare it once.")));
            }
            let concrete = MetaTypeName::concrete_typename(&written);
            if !self.registry.types.contains_key(concrete) {
                return Err(fault(at, format!("The variable ${name} is of the type {concrete}, and there is none.")));
            }
            if let Some(default) = &definition.default_value {
                self.value(name, &default.node.clone().into_value(), &written, default.pos)?;
            }
        }
        Ok(())
    }

    /// The arguments of what is selected of this type; where the type is not known the library has something to say.
    fn arguments(&self, set: &SelectionSet, of: Option<&str>) -> Result<()> {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    if field.name.node == TYPENAME {
                        is_bare(field)?;
                        continue;
                    }
                    let known = of.and_then(|of| self.registry.types.get(of));
                    let known = known.and_then(|known| known.field_by_name(&field.name.node));
                    if let Some(known) = known {
                        self.arguments_of(field, known)?;
                    }
                    let below = known.map(|known| MetaTypeName::concrete_typename(&known.ty));
                    self.arguments(&field.selection_set.node, below)?;
                }
                Selection::InlineFragment(inline) => {
                    let of = condition(&inline.node).or(of);
                    self.arguments(&inline.node.selection_set.node, of)?;
                }
                Selection::FragmentSpread(_) => {}
            }
        }
        Ok(())
    }

    fn arguments_of(&self, field: &Field, known: &MetaField) -> Result<()> {
        let called = &field.name.node;
        for (n, (name, value)) in field.arguments.iter().enumerate() {
            if field.arguments[..n].iter().any(|(other, _)| other.node == name.node) {
                return Err(fault(name.pos, format!("{called} is given {} twice; give it once.", name.node)));
            }
            match known.args.get(name.node.as_str()) {
                Some(argument) => self.value(&name.node, &value.node, &argument.ty, value.pos)?,
                None if has_variable(&value.node) => {
                    let args: Vec<&str> = known.args.keys().map(String::as_str).collect();
                    let has =
                        if args.is_empty() { "it has none".to_owned() } else { format!("it has {}", args.join(", ")) };
                    let says = format!("{called} has no argument {}; {has}.", name.node);
                    return Err(Fault {
                        error: Error::new(Code::GraphqlValidation, says).at(name.node.as_str()),
                        at: name.pos,
                    });
                }
                // The library names it, and what may have been meant.
                None => {}
            }
        }
        Ok(())
    }

    fn value(&self, name: &str, value: &Value, of: &str, at: Pos) -> Result<()> {
        coerced::fits(self.registry, value, of).map_err(|misfit| {
            let error = Error::new(Code::GraphqlValidation, misfit.told_of(name)).at(name);
            Fault { error, at }
        })
    }

    /// Whether the variables of an operation stand where values of their types may, in fragments too: each of them once.
    fn placed(
        &self,
        operation: &'d OperationDefinition,
        set: &'d SelectionSet,
        of: Option<&'d str>,
        seen: &mut HashSet<&'d str>,
    ) -> Result<()> {
        for selection in &set.items {
            for directive in selection.node.directives() {
                let known = self.registry.directives.get(directive.node.name.node.as_str());
                for (name, value) in &directive.node.arguments {
                    if let Some(argument) = known.and_then(|known| known.args.get(name.node.as_str())) {
                        self.place(operation, &value.node, argument, value.pos)?;
                    }
                }
            }
            match &selection.node {
                Selection::Field(field) => {
                    let field = &field.node;
                    let known = of.and_then(|of| self.registry.types.get(of));
                    let known = known.and_then(|known| known.field_by_name(&field.name.node));
                    for (name, value) in &field.arguments {
                        if let Some(argument) = known.and_then(|known| known.args.get(name.node.as_str())) {
                            self.place(operation, &value.node, argument, value.pos)?;
                        }
                    }
                    let below = known.map(|known| MetaTypeName::concrete_typename(&known.ty));
                    self.placed(operation, &field.selection_set.node, below, seen)?;
                }
                Selection::InlineFragment(inline) => {
                    let of = condition(&inline.node).or(of);
                    self.placed(operation, &inline.node.selection_set.node, of, seen)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.document.fragments.get(name).filter(|_| seen.insert(name)) {
                        let of = fragment.node.type_condition.node.on.node.as_str();
                        self.placed(operation, &fragment.node.selection_set.node, Some(of), seen)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn place(&self, operation: &OperationDefinition, value: &Value, at: &MetaInputValue, pos: Pos) -> Result<()> {
        match value {
            Value::Variable(name) => {
                let known = operation.variable_definitions.iter().find(|known| known.node.name.node == *name);
                // One that is not declared the library names.
                let Some(definition) = known.map(|known| &known.node) else { return Ok(()) };
                let declared = definition.var_type.node.to_string();
                let has_default = at.default_value.is_some()
                    || definition.default_value.as_ref().is_some_and(|default| default.node != ConstValue::Null);
                let wanted = if has_default { at.ty.trim_end_matches('!') } else { at.ty.as_str() };
                if fits(&declared, wanted) {
                    return Ok(());
                }
                let says = format!(
                    "The variable ${name} is of the type {declared}, and where it stands one of {} is wanted.",
                    at.ty
                );
                Err(fault(pos, says))
            }
            Value::List(items) => {
                let of = at.ty.trim_end_matches('!');
                let Some(of) = of.strip_prefix('[').and_then(|of| of.strip_suffix(']')) else { return Ok(()) };
                let inner = MetaInputValue { ty: of.to_owned(), default_value: None, ..at.clone() };
                items.iter().try_for_each(|item| self.place(operation, item, &inner, pos))
            }
            Value::Object(members) => match self.registry.concrete_type_by_name(&at.ty) {
                Some(MetaType::InputObject { input_fields, oneof, .. }) => {
                    members.iter().try_for_each(|(name, member)| {
                        let Some(known) = input_fields.get(name.as_str()) else { return Ok(()) };
                        match member {
                            // 5.8.5: the one that is given is never null.
                            Value::Variable(_) if *oneof => {
                                let sure = MetaInputValue {
                                    ty: format!("{}!", known.ty),
                                    default_value: None,
                                    ..known.clone()
                                };
                                self.place(operation, member, &sure, pos)
                            }
                            member => self.place(operation, member, known, pos),
                        }
                    })
                }
                _ => Ok(()),
            },
            _ => Ok(()),
        }
    }

    /// Whether all that these sets show under one name is one thing; of `forms` alone, whether it has one form. Each set is of
    /// a type. What stands there is looked at once, level by level, with fragments written out: their number is held before
    /// (`limits`).
    fn merge(&self, sets: &[(Option<&'d str>, &'d SelectionSet)], forms: bool) -> Result<()> {
        let (mut names, mut groups, mut seen) = (HashMap::new(), Vec::new(), HashSet::new());
        for (of, set) in sets {
            self.gather(set, *of, &mut names, &mut groups, &mut seen);
        }
        for group in &groups {
            if forms {
                self.has_one_form(group)?;
                self.below(group.iter(), true)?;
                continue;
            }
            // What is another thing has mostly another form, too; this says more.
            self.is_one(group)?;
            self.has_one_form(group)?;
            // What two different objects show is never shown together.
            let mut classes: Vec<Option<&str>> =
                group.iter().map(|one| one.0).filter(|of| self.is_object(*of)).collect();
            classes.sort_unstable();
            classes.dedup();
            if classes.len() < 2 {
                self.below(group.iter(), false)?;
                continue;
            }
            self.below(group.iter(), true)?;
            for class in classes {
                self.below(group.iter().filter(|one| one.0 == class || !self.is_object(one.0)), false)?;
            }
        }
        Ok(())
    }

    fn below<'g>(&self, group: impl Iterator<Item = &'g Of<'d>>, forms: bool) -> Result<()>
    where
        'd: 'g,
    {
        let sets: Vec<_> = group
            .filter(|(_, field, _)| !field.selection_set.node.items.is_empty())
            // What there is not is refused anyway; below it everything would be looked at once for each type above, and once
            // more for each below that.
            .filter_map(|(of, field, _)| {
                let known = self.registry.types.get((*of)?)?.field_by_name(&field.name.node)?;
                Some((Some(MetaTypeName::concrete_typename(&known.ty)), &field.selection_set.node))
            })
            .collect();
        if sets.is_empty() { Ok(()) } else { self.merge(&sets, forms) }
    }

    /// The fields of a set by the names that they are shown under.
    fn gather(
        &self,
        set: &'d SelectionSet,
        of: Option<&'d str>,
        names: &mut HashMap<&'d str, usize>,
        groups: &mut Vec<Vec<Of<'d>>>,
        seen: &mut HashSet<&'d str>,
    ) {
        for selection in &set.items {
            match &selection.node {
                Selection::Field(field) => {
                    let group = *names.entry(field.node.response_key().node.as_str()).or_insert(groups.len());
                    if group == groups.len() {
                        groups.push(Vec::with_capacity(1));
                    }
                    groups[group].push((of, &field.node, field.pos));
                }
                Selection::InlineFragment(inline) => {
                    let of = condition(&inline.node).or(of);
                    self.gather(&inline.node.selection_set.node, of, names, groups, seen);
                }
                Selection::FragmentSpread(spread) => {
                    let name = spread.node.fragment_name.node.as_str();
                    if let Some(fragment) = self.document.fragments.get(name).filter(|_| seen.insert(name)) {
                        let of = fragment.node.type_condition.node.on.node.as_str();
                        self.gather(&fragment.node.selection_set.node, Some(of), names, groups, seen);
                    }
                }
            }
        }
    }

    /// Whether the values of fields under one name have one form, also of objects that are never shown together: a client gives
    /// a name one type.
    fn has_one_form(&self, group: &[Of<'d>]) -> Result<()> {
        let mut known: Option<String> = None;
        for (of, field, at) in group {
            let of = of.and_then(|of| self.registry.types.get(of));
            let Some(meta) = of.and_then(|of| of.field_by_name(&field.name.node)) else { continue };
            let concrete = MetaTypeName::concrete_typename(&meta.ty);
            let leaf = self.registry.types.get(concrete).is_none_or(|of| of.is_leaf());
            // Of objects only how they are wrapped.
            let form = if leaf { meta.ty.clone() } else { meta.ty.replace(concrete, "") };
            match &known {
                Some(known) if *known != form => {
                    let key = &field.response_key().node;
                    let says = format!("{key} is to show values of two forms; give one of them another alias.");
                    return Err(fault(*at, says));
                }
                Some(_) => {}
                None => known = Some(form),
            }
        }
        Ok(())
    }

    /// Whether fields under one name are one field, where they can meet in one object.
    fn is_one(&self, group: &[Of<'d>]) -> Result<()> {
        // One of each type stands for all before it.
        let mut known: Vec<&Of<'d>> = Vec::with_capacity(1);
        for one in group {
            let (of, field, at) = *one;
            for (other_of, other, _) in known.iter().copied() {
                if *other_of != of && self.is_object(*other_of) && self.is_object(of) {
                    continue;
                }
                let (key, a, b) = (&field.response_key().node, &other.name.node, &field.name.node);
                if a != b {
                    let says = format!("{key} is to show {a} and {b} at once; give one of them another alias.");
                    return Err(fault(at, says));
                }
                if !same_arguments(other, field) {
                    let says =
                        format!("{key} is to show {a} with different arguments at once; give one of them an alias.");
                    return Err(fault(at, says));
                }
            }
            if !known.iter().any(|(other, ..)| *other == of) {
                known.push(one);
            }
        }
        Ok(())
    }

    fn is_object(&self, of: Option<&str>) -> bool {
        of.and_then(|of| self.registry.types.get(of)).is_some_and(|of| matches!(of, MetaType::Object { .. }))
    }
}

/// The type that an inline fragment is for, where it names one.
pub(super) fn condition(inline: &InlineFragment) -> Option<&str> {
    inline.type_condition.as_ref().map(|condition| condition.node.on.node.as_str())
}

/// Whether `__typename` stands alone: the library looks at nothing that is given to it, or asked below it.
fn is_bare(field: &Field) -> Result<()> {
    if let Some((name, _)) = field.arguments.first() {
        let says = format!("{TYPENAME} has no arguments; leave {} out.", name.node);
        return Err(fault(name.pos, says));
    }
    if field.selection_set.node.items.is_empty() {
        return Ok(());
    }
    Err(fault(
        field.selection_set.pos,
        format!("{TYPENAME} is a text, so nothing can be asked below it; leave that out."),
    ))
}

fn has_variable(value: &Value) -> bool {
    match value {
        Value::Variable(_) => true,
        Value::List(items) => items.iter().any(has_variable),
        Value::Object(members) => members.values().any(has_variable),
        _ => false,
    }
}

/// Writes `__typename @include(if: $a)` as `... @include(if: $a) { __typename }`, which is the same: the library passes by what
/// stands at that field, so that it neither finds its faults nor counts that a variable is used there.
pub(super) fn typenames(document: &mut ExecutableDocument) {
    for operation in operations_mut(document) {
        in_typenames(&mut operation.selection_set.node);
    }
    for fragment in document.fragments.values_mut() {
        in_typenames(&mut fragment.node.selection_set.node);
    }
}

fn in_typenames(set: &mut SelectionSet) {
    for item in &mut set.items {
        let pos = item.pos;
        let written = match &mut item.node {
            Selection::Field(field) if field.node.name.node == TYPENAME && !field.node.directives.is_empty() => {
                let directives = std::mem::take(&mut field.node.directives);
                let items = vec![Positioned::new(Selection::Field(field.clone()), pos)];
                let selection_set = Positioned::new(SelectionSet { items }, pos);
                let inline = InlineFragment { type_condition: None, directives, selection_set };
                Some(Selection::InlineFragment(Positioned::new(inline, pos)))
            }
            Selection::Field(field) => {
                in_typenames(&mut field.node.selection_set.node);
                None
            }
            Selection::InlineFragment(inline) => {
                in_typenames(&mut inline.node.selection_set.node);
                None
            }
            Selection::FragmentSpread(_) => None,
        };
        if let Some(written) = written {
            item.node = written;
        }
    }
}

/// Whether a variable of the one type may stand where the other is wanted (5.8.5, AreTypesCompatible).
fn fits(declared: &str, wanted: &str) -> bool {
    if let Some(wanted) = wanted.strip_suffix('!') {
        return declared.strip_suffix('!').is_some_and(|declared| fits(declared, wanted));
    }
    let declared = declared.strip_suffix('!').unwrap_or(declared);
    let inner = |of: &'_ str| of.strip_prefix('[').and_then(|of| of.strip_suffix(']')).map(str::to_owned);
    match (inner(declared), inner(wanted)) {
        (Some(declared), Some(wanted)) => fits(&declared, &wanted),
        (None, None) => declared == wanted,
        _ => false,
    }
}

fn same_arguments(a: &Field, b: &Field) -> bool {
    a.arguments.len() == b.arguments.len()
        && a.arguments.iter().all(|(name, value)| b.get_argument(&name.node).is_some_and(|b| b.node == value.node))
}

/// Writes the root fields of subscriptions out, each once, and holds that there is one: the library begins a stream for each
/// that it finds, and looks into no fragment.
///
/// # Errors
/// `GRAPHQL_VALIDATION_FAILED` for none, for several, and for what tells of the schema.
pub(super) fn one_root(document: &mut ExecutableDocument, registry: &Registry) -> Result<()> {
    let Some(of) = registry.subscription_type.as_deref() else { return Ok(()) };
    let ExecutableDocument { operations, fragments } = document;
    let mut all: Vec<_> = match operations {
        DocumentOperations::Single(only) => vec![only],
        DocumentOperations::Multiple(all) => all.values_mut().collect(),
    };
    all.retain(|operation| operation.node.ty == OperationType::Subscription);
    if all.is_empty() {
        return Ok(());
    }
    all.sort_unstable_by_key(|operation| operation.pos);
    for operation in all {
        let at = operation.pos;
        let set = &mut operation.node.selection_set.node;
        let mut roots = Roots { of, fragments, seen: HashSet::new(), items: Vec::new() };
        roots.add(std::mem::take(&mut set.items), &[])?;
        let mut names: Vec<&str> = Vec::new();
        for item in &roots.items {
            if let Selection::Field(field) = &item.node {
                names.push(&field.node.response_key().node);
            }
        }
        // What is of another type the library refuses.
        if roots.items.is_empty() {
            let says = "A subscription has one root field, and this one has none that is not left out; name one.";
            return Err(fault(at, says.to_owned()));
        }
        if names.len() > 1 {
            let says = format!(
                "A subscription has one root field, and this one has {}; subscribe to each by itself.",
                names.join(", ")
            );
            return Err(fault(at, says));
        }
        set.items = roots.items;
    }
    fragments.retain(|_, fragment| fragment.node.type_condition.node.on.node != of);
    Ok(())
}

/// The root fields of a subscription as they are found.
struct Roots<'f> {
    of: &'f str,
    fragments: &'f HashMap<Name, Positioned<FragmentDefinition>>,
    seen: HashSet<Name>,
    items: Vec<Positioned<Selection>>,
}

impl Roots<'_> {
    fn add(&mut self, items: Vec<Positioned<Selection>>, conditions: &[Positioned<Directive>]) -> Result<()> {
        for Positioned { pos, node } in items {
            match node {
                Selection::Field(mut field) => {
                    let name = &field.node.name.node;
                    if name.starts_with("__") {
                        return Err(fault(pos, format!("Nobody can subscribe to {name}; ask for it in a query.")));
                    }
                    field.node.directives.extend_from_slice(conditions);
                    if !field.node.directives.iter().any(|directive| is_never(&directive.node)) {
                        self.put(pos, field)?;
                    }
                }
                Selection::InlineFragment(inline) if condition(&inline.node).is_none_or(|of| of == self.of) => {
                    let all = [conditions, &inline.node.directives].concat();
                    self.add(inline.node.selection_set.node.items, &all)?;
                }
                Selection::FragmentSpread(spread) => {
                    let name = &spread.node.fragment_name.node;
                    let found = self.fragments.get(name).filter(|one| one.node.type_condition.node.on.node == self.of);
                    match found {
                        Some(fragment) if !self.seen.contains(name) => {
                            let all = [conditions, &spread.node.directives].concat();
                            // Under a condition it may not be there, where another spread of it is.
                            if all.is_empty() {
                                self.seen.insert(name.clone());
                            }
                            self.add(fragment.node.selection_set.node.items.clone(), &all)?;
                        }
                        Some(_) => {}
                        None => self.items.push(Positioned::new(Selection::FragmentSpread(spread), pos)),
                    }
                }
                other @ Selection::InlineFragment(_) => self.items.push(Positioned::new(other, pos)),
            }
        }
        Ok(())
    }

    /// Adds a field, or what is asked of it to what is asked of it already.
    fn put(&mut self, pos: Pos, field: Positioned<Field>) -> Result<()> {
        let key = &field.node.response_key().node;
        let known = self.items.iter_mut().find_map(|item| match &mut item.node {
            Selection::Field(known) if known.node.response_key().node == *key => Some(known),
            _ => None,
        });
        let Some(known) = known else {
            self.items.push(Positioned::new(Selection::Field(field), pos));
            return Ok(());
        };
        if !known.node.directives.is_empty() || !field.node.directives.is_empty() {
            let says = format!("The subscription asks for {key} twice, under different conditions; ask for it once.");
            return Err(fault(pos, says));
        }
        known.node.selection_set.node.items.extend(field.node.selection_set.node.items);
        Ok(())
    }
}

/// Whether what has this directive is left out whatever the variables are.
fn is_never(directive: &Directive) -> bool {
    let truth = match directive.name.node.as_str() {
        "skip" => true,
        "include" => false,
        _ => return false,
    };
    directive.get_argument("if").is_some_and(|value| value.node == Value::Boolean(truth))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_fits_where_its_type_does() {
        for (declared, wanted, well) in [
            ("Int", "Int", true),
            ("Int!", "Int", true),
            ("Int", "Int!", false),
            ("Int!", "Int!", true),
            ("String", "Int", false),
            ("[Int!]!", "[Int]", true),
            ("[Int]", "[Int!]", false),
            ("Int", "[Int]", false),
            ("[[Int]!]", "[[Int]]", true),
        ] {
            assert_eq!(fits(declared, wanted), well, "{declared} where {wanted} is wanted");
        }
    }

    #[test]
    fn what_stands_at_typename_stands_around_it() {
        let query = "query($f: Boolean!) { a { t: __typename @include(if: $f) b { __typename } } ...F }
            fragment F on Query { ... { __typename @skip(if: $f) } }";
        let mut document = async_graphql::parser::parse_query(query).unwrap();
        typenames(&mut document);
        let operation = &document.operations.iter().next().unwrap().1.node;
        let Selection::Field(a) = &operation.selection_set.node.items[0].node else { panic!("no field") };
        let [first, second] = a.node.selection_set.node.items.as_slice() else { panic!("{a:?}") };
        let Selection::InlineFragment(inline) = &first.node else { panic!("{first:?}") };
        assert_eq!((inline.node.directives.len(), first.pos), (1, inline.pos));
        let Selection::Field(typename) = &inline.node.selection_set.node.items[0].node else { panic!("{inline:?}") };
        assert!(typename.node.directives.is_empty() && typename.node.response_key().node == "t", "{typename:?}");
        let Selection::Field(b) = &second.node else { panic!("{second:?}") };
        assert!(matches!(b.node.selection_set.node.items[0].node, Selection::Field(_)), "it has no condition");
        let fragment = &document.fragments["F"].node.selection_set.node.items[0].node;
        let Selection::InlineFragment(around) = fragment else { panic!("{fragment:?}") };
        let inner = &around.node.selection_set.node.items[0].node;
        assert!(matches!(inner, Selection::InlineFragment(_)), "{inner:?}");
    }
}
