//! Whether a value is one of the type that it is given for (GraphQL, 3.5 to 3.12, 5.6 and 6.1.2), held before anything runs.
//!
//! The library finds many a fault of a value only when the field runs that takes it; by then the mutations before that field are
//! carried out.

use std::fmt::Display;

use async_graphql::Name;
use async_graphql::indexmap::IndexMap;
use async_graphql::registry::{MetaType, MetaTypeName, Registry};
use async_graphql_value::{ConstValue, Number, Value};

use crate::model::text::excerpt;
use crate::model::time::Instant;

/// How much of a value an error repeats.
const REPEATED: usize = 40;
/// How many words of an enumeration it names.
const WORDS: usize = 12;
/// The scalars of which an error repeats the value: none of them holds a secret.
const TOLD: [&str; 3] = ["Boolean", "DateTime", "Int"];

/// What a value is, as far as its type asks.
pub(super) enum Seen<'v, V> {
    Variable,
    Null,
    Number(&'v Number),
    Text(&'v str),
    Truth,
    Word(&'v str),
    List(&'v [V]),
    Object(&'v IndexMap<Name, V>),
    Bytes,
}

/// A value as it stands in a document, or as it is sent in variables.
pub(super) trait Given: Display + Sized {
    /// Whether it stands in a document, where a text is no word of an enumeration.
    const LITERAL: bool;

    /// What it is.
    fn seen(&self) -> Seen<'_, Self>;
}

impl Given for Value {
    const LITERAL: bool = true;

    fn seen(&self) -> Seen<'_, Value> {
        match self {
            Value::Variable(_) => Seen::Variable,
            Value::Null => Seen::Null,
            Value::Number(number) => Seen::Number(number),
            Value::String(text) => Seen::Text(text),
            Value::Boolean(_) => Seen::Truth,
            Value::Binary(_) => Seen::Bytes,
            Value::Enum(word) => Seen::Word(word),
            Value::List(items) => Seen::List(items),
            Value::Object(members) => Seen::Object(members),
        }
    }
}

impl Given for ConstValue {
    const LITERAL: bool = false;

    fn seen(&self) -> Seen<'_, ConstValue> {
        match self {
            ConstValue::Null => Seen::Null,
            ConstValue::Number(number) => Seen::Number(number),
            ConstValue::String(text) => Seen::Text(text),
            ConstValue::Boolean(_) => Seen::Truth,
            ConstValue::Binary(_) => Seen::Bytes,
            ConstValue::Enum(word) => Seen::Word(word),
            ConstValue::List(items) => Seen::List(items),
            ConstValue::Object(members) => Seen::Object(members),
        }
    }
}

/// How a value does not fit its type.
#[derive(Debug)]
pub(super) struct Misfit {
    /// Where in the value, from the outside.
    path: Vec<String>,
    /// As the end of a sentence, with the mend.
    says: String,
}

impl Misfit {
    fn of(value: &impl Display, of: &str, mend: &str) -> Misfit {
        Misfit::new(format!("is given {}, which is no {of}; {mend}.", excerpt(&value.to_string(), REPEATED)))
    }

    /// The same without the value: a text may be a password, and an object a book.
    fn of_kind<V>(seen: &Seen<'_, V>, of: &str, mend: &str) -> Misfit {
        let kind = match seen {
            Seen::Variable => "a variable",
            Seen::Null => "null",
            Seen::Number(_) => "a number",
            Seen::Text(_) => "a text",
            Seen::Truth => "a truth value",
            Seen::Word(_) => "a word without quotes",
            Seen::List(_) => "a list",
            Seen::Object(_) => "an object",
            Seen::Bytes => "bytes",
        };
        Misfit::new(format!("is given {kind}, which is no {of}; {mend}."))
    }

    fn new(says: String) -> Misfit {
        Misfit { path: Vec::new(), says }
    }

    fn below(mut self, name: impl Into<String>) -> Misfit {
        self.path.insert(0, name.into());
        self
    }

    /// The whole sentence, of what is called this.
    pub(super) fn told_of(&self, name: &str) -> String {
        match self.path.as_slice() {
            [] => format!("{name} {}", self.says),
            path => format!("{name}, at {}, {}", path.join("."), self.says),
        }
    }
}

/// Whether a value is one of this type, as the schema writes it. Of variables in it nothing is known here.
///
/// # Errors
/// The first fault in the order of the value.
pub(super) fn fits<V: Given>(registry: &Registry, value: &V, of: &str) -> Result<(), Misfit> {
    match (MetaTypeName::create(of), value.seen()) {
        (MetaTypeName::NonNull(of), Seen::Null) => Err(Misfit::of(value, of, "give it a value, or leave it out")),
        (MetaTypeName::NonNull(of), _) => fits(registry, value, of),
        (_, Seen::Null | Seen::Variable) => Ok(()),
        (MetaTypeName::List(of), Seen::List(items)) => {
            let item = |(n, item): (usize, &V)| fits(registry, item, of).map_err(|fault| fault.below(n.to_string()));
            items.iter().enumerate().try_for_each(item)
        }
        // One is a list of one.
        (MetaTypeName::List(of), _) => fits(registry, value, of),
        (MetaTypeName::Named(of), seen) => named(registry, value, &seen, of),
    }
}

fn named<V: Given>(registry: &Registry, value: &V, seen: &Seen<'_, V>, of: &str) -> Result<(), Misfit> {
    match registry.types.get(of) {
        Some(MetaType::Enum { enum_values, .. }) => {
            let known = match seen {
                Seen::Word(word) => enum_values.contains_key(*word),
                Seen::Text(word) => !V::LITERAL && enum_values.contains_key(*word),
                _ => false,
            };
            if known {
                return Ok(());
            }
            if let (Seen::Text(text), true) = (seen, V::LITERAL) {
                return Err(Misfit::new(format!(
                    "is given the text {:?}, where a word of {of} is to stand; in a document it has no quotes (in variables \
                     it has).",
                    excerpt(text, REPEATED)
                )));
            }
            let words: Vec<&str> = enum_values.keys().take(WORDS).map(String::as_str).collect();
            Err(Misfit::of(value, of, &format!("it is one of {}", words.join(", "))))
        }
        Some(MetaType::InputObject { input_fields, oneof, .. }) => {
            let Seen::Object(members) = seen else {
                return Err(Misfit::of_kind(seen, of, "write an object, in braces"));
            };
            for (name, member) in *members {
                let Some(known) = input_fields.get(name.as_str()) else {
                    let names: Vec<&str> = input_fields.keys().map(String::as_str).collect();
                    let says = format!("names {name}, and {of} has no such field; it has {}.", names.join(", "));
                    return Err(Misfit::new(says));
                };
                fits(registry, member, &known.ty).map_err(|fault| fault.below(name.as_str()))?;
            }
            let lacks = |name: &str| !members.contains_key(name);
            let wanted = input_fields
                .values()
                .find(|known| known.ty.ends_with('!') && known.default_value.is_none() && lacks(known.name.as_str()));
            if let Some(wanted) = wanted {
                let says = format!("lacks {}, which each {of} has, of the type {}; add it.", wanted.name, wanted.ty);
                return Err(Misfit::new(says));
            }
            // One whose variable has no value is left out afterwards, so here it is as if it had one.
            if *oneof && (members.len() != 1 || members.values().any(|member| matches!(member.seen(), Seen::Null))) {
                let names: Vec<&str> = input_fields.keys().map(String::as_str).collect();
                let says = format!("is to have one field alone, with a value; give one of {}.", names.join(", "));
                return Err(Misfit::new(says));
            }
            Ok(())
        }
        Some(MetaType::Scalar { .. }) => match scalar(of, seen) {
            Some(mend) if TOLD.contains(&of) => Err(Misfit::of(value, of, mend)),
            Some(mend) => Err(Misfit::of_kind(seen, of, mend)),
            None => Ok(()),
        },
        // No type that values are given for, or none at all; that is said elsewhere.
        _ => Ok(()),
    }
}

/// What is to be sent instead of this, where it is none of a scalar: each that the schema takes values of stands here, as its
/// resolver reads it.
fn scalar<V>(of: &str, seen: &Seen<'_, V>) -> Option<&'static str> {
    let (well, mend) = match of {
        "Int" => {
            let is_int = |number: &Number| number.as_i64().is_some_and(|number| i32::try_from(number).is_ok());
            let well = matches!(seen, Seen::Number(number) if is_int(number));
            (well, "write a whole number from -2147483648 to 2147483647")
        }
        "Float" => (matches!(seen, Seen::Number(_)), "write a number"),
        "String" => (matches!(seen, Seen::Text(_)), "write a text, in quotes"),
        "Boolean" => (matches!(seen, Seen::Truth), "write true or false"),
        "ID" => {
            let well = matches!(seen, Seen::Text(_)) || matches!(seen, Seen::Number(number) if number.is_i64());
            (well, "write the id as it was given, in quotes")
        }
        "DateTime" => {
            let well = matches!(seen, Seen::Text(text) if text.parse::<Instant>().is_ok());
            (well, "write an instant of RFC 3339, such as 2026-11-23T14:03:00Z")
        }
        // Taken for Portable Text alone.
        "JSON" => (matches!(seen, Seen::List(_)), "write an array of blocks"),
        _ => (true, ""),
    };
    (!well).then_some(mend)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// Scalars of which the schema shows values and takes none.
    const SHOWN: [&str; 1] = ["PortableText"];
    /// Those that every schema has; they are not declared.
    const BUILT_IN: [&str; 5] = ["Boolean", "Float", "ID", "Int", "String"];

    fn well(of: &str, value: serde_json::Value) -> bool {
        let value = ConstValue::from_json(value).unwrap();
        scalar(of, &value.seen()).is_none()
    }

    #[test]
    fn each_scalar_takes_its_own_values_alone() {
        for (of, good, bad) in [
            ("Int", json!([0, -2_147_483_648_i64, 2_147_483_647]), json!([2_147_483_648_i64, 1.5, "1", true, [1], {}])),
            ("Float", json!([0, 1.5, -3e9]), json!(["1.5", false])),
            ("String", json!(["", "a"]), json!([1, true, ["a"], { "a": "b" }])),
            ("Boolean", json!([true, false]), json!(["true", 1, 0])),
            ("ID", json!(["art_1", "", 7]), json!([1.5, true, { "id": 1 }])),
            (
                "DateTime",
                json!(["2026-11-23T14:03:00Z", "2026-11-23T15:03:00.5+01:00"]),
                json!(["tomorrow", "2026-11-23", "", 1_700_000_000]),
            ),
            ("JSON", json!([[], [{ "_type": "block" }]]), json!(["a", 1, {}])),
        ] {
            for value in good.as_array().unwrap() {
                assert!(well(of, value.clone()), "{of}: {value}");
            }
            for value in bad.as_array().unwrap() {
                assert!(!well(of, value.clone()), "{of}: {value}");
            }
        }
    }

    #[test]
    fn each_scalar_of_the_schema_is_known() {
        let sdl = crate::graphql::sdl();
        let declared = sdl.lines().filter_map(|line| line.strip_prefix("scalar ")?.split_whitespace().next());
        for of in declared.chain(BUILT_IN).filter(|of| !SHOWN.contains(of)) {
            // An object is no value of any of them.
            assert!(!well(of, json!({ "a": 1 })), "{of} has no line in the table");
        }
    }

    #[test]
    fn a_fault_names_its_place() {
        let fault = Misfit::of(&"\"tomorrow\"", "DateTime", "write an instant").below("publishedAt").below("article");
        assert_eq!(
            fault.told_of("The variable $a"),
            "The variable $a, at article.publishedAt, is given \"tomorrow\", which is no DateTime; write an instant."
        );
        assert_eq!(Misfit::new("lacks x.".to_owned()).told_of("input"), "input lacks x.");
    }
}
