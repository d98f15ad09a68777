//! What breaks a client of a GraphQL schema.

use std::collections::BTreeMap;

use async_graphql::Positioned;
use async_graphql::parser::parse_schema;
use async_graphql::parser::types::{
    BaseType, ConstDirective, FieldDefinition, InputValueDefinition, Type, TypeKind, TypeSystemDefinition,
};

use super::{assert_finds, read};

/// Which way values go: what is sent may become wider, what is answered narrower.
#[derive(Clone, Copy, PartialEq)]
enum Way {
    Sent,
    Answered,
}

/// One thing that a document may use.
struct Part {
    kind: &'static str,
    of_type: Option<(Type, Way)>,
    required: bool,
    deprecated: bool,
}

fn parts(sdl: &str) -> BTreeMap<String, Part> {
    let mut parts = BTreeMap::new();
    for definition in parse_schema(sdl).unwrap().definitions {
        let TypeSystemDefinition::Type(definition) = definition else { continue };
        let name = definition.node.name.node.to_string();
        let plain = |kind| Part { kind, of_type: None, required: false, deprecated: false };
        match definition.node.kind {
            TypeKind::Scalar => drop(parts.insert(name, plain("scalar"))),
            TypeKind::Object(object) => {
                for interface in &object.implements {
                    parts.insert(format!("{name} implements {}", interface.node), plain("interface"));
                }
                add_fields(&mut parts, &name, &object.fields);
                parts.insert(name, plain("type"));
            }
            TypeKind::Interface(interface) => {
                add_fields(&mut parts, &name, &interface.fields);
                parts.insert(name, plain("interface"));
            }
            TypeKind::Union(union) => {
                for member in &union.members {
                    parts.insert(format!("{name} | {}", member.node), plain("member"));
                }
                parts.insert(name, plain("union"));
            }
            TypeKind::Enum(of) => {
                for value in &of.values {
                    let deprecated = is_deprecated(&value.node.directives);
                    parts.insert(format!("{name}.{}", value.node.value.node), Part { deprecated, ..plain("value") });
                }
                parts.insert(name, plain("enum"));
            }
            TypeKind::InputObject(input) => {
                for field in &input.fields {
                    parts.insert(format!("{name}.{}", field.node.name.node), input_part("input field", &field.node));
                }
                parts.insert(name, plain("input"));
            }
        }
    }
    parts
}

fn add_fields(parts: &mut BTreeMap<String, Part>, owner: &str, fields: &[Positioned<FieldDefinition>]) {
    for field in fields {
        let name = format!("{owner}.{}", field.node.name.node);
        for argument in &field.node.arguments {
            parts.insert(format!("{name}({})", argument.node.name.node), input_part("argument", &argument.node));
        }
        let of_type = Some((field.node.ty.node.clone(), Way::Answered));
        let deprecated = is_deprecated(&field.node.directives);
        parts.insert(name, Part { kind: "field", of_type, required: false, deprecated });
    }
}

fn input_part(kind: &'static str, input: &InputValueDefinition) -> Part {
    let required = !input.ty.node.nullable && input.default_value.is_none();
    let of_type = Some((input.ty.node.clone(), Way::Sent));
    Part { kind, of_type, required, deprecated: is_deprecated(&input.directives) }
}

fn is_deprecated(directives: &[Positioned<ConstDirective>]) -> bool {
    directives.iter().any(|d| d.node.name.node == "deprecated")
}

fn fits(old: &Type, new: &Type, way: Way) -> bool {
    let null = match way {
        Way::Sent => new.nullable || !old.nullable,
        Way::Answered => old.nullable || !new.nullable,
    };
    null && match (&old.base, &new.base) {
        (BaseType::Named(old), BaseType::Named(new)) => old == new,
        (BaseType::List(old), BaseType::List(new)) => fits(old, new, way),
        _ => false,
    }
}

/// What of `old` no longer holds in `new`, in words.
fn breaking(old: &str, new: &str) -> Vec<String> {
    let (old, new) = (parts(old), parts(new));
    let mut found = Vec::new();
    for (name, was) in &old {
        let Some(is) = new.get(name) else {
            // With its owner gone or deprecated, that is said once.
            let owner = name.split(['.', '(', ' ']).next().unwrap_or_default();
            let field = name.split('(').next().unwrap_or_default();
            let is_said = [owner, field].iter().any(|o| *o != name && old.contains_key(*o) && !new.contains_key(*o));
            if !was.deprecated && !is_said {
                found.push(format!("the {} {name} is gone", was.kind));
            }
            continue;
        };
        if was.kind != is.kind {
            found.push(format!("{name} was {} and is {}", was.kind, is.kind));
        }
        if let (Some((old, way)), Some((new, _))) = (&was.of_type, &is.of_type)
            && !fits(old, new, *way)
        {
            found.push(format!("the {} {name} was {old} and is {new}", was.kind));
        }
        if is.required && !was.required {
            found.push(format!("the {} {name} is required now", was.kind));
        }
    }
    for (name, is) in new.iter().filter(|(name, is)| is.required && !old.contains_key(*name)) {
        // An argument of a new field, or a field of a new input, harms nobody.
        let owner = name.split('(').next().filter(|owner| owner != name).unwrap_or(name.split('.').next().unwrap());
        if old.contains_key(owner) {
            found.push(format!("the {} {name} is new and required", is.kind));
        }
    }
    found
}

#[test]
fn the_schema_breaks_nothing_of_the_last_release() {
    let found = breaking(&read("tests/released/schema.graphql"), &masthead::graphql::sdl());
    assert!(found.is_empty(), "deprecate first, and take away after a release: {found:#?}");
}

#[test]
fn each_breaking_change_of_a_schema_is_found() {
    const SDL: &str = r#"
        interface Node { id: ID! }
        type Query { article(slug: String!, lang: String): Article list(first: Int = 20): [Article!]! old: Int @deprecated }
        type Article implements Node { id: ID! headline: String! label: String kind: Kind! }
        enum Kind { NEWS OPINION }
        input Filter { section: String genre: String }
        union Found = Article | Gone
        type Gone { reason: String! }
    "#;
    for (from, to, breaks) in [
        ("headline: String!", "", Some("the field Article.headline is gone")),
        ("headline: String!", "headline: String", Some("Article.headline was String! and is String")),
        ("label: String", "label: String!", None),
        ("label: String", "label: [String]", Some("Article.label was String")),
        ("list(first: Int = 20)", "list", Some("the argument Query.list(first) is gone")),
        ("[Article!]!", "[Article]!", Some("Query.list was")),
        ("lang: String", "lang: String!", Some("Query.article(lang)")),
        ("lang: String", "lang: String, x: Int!", Some("Query.article(x) is new and required")),
        ("lang: String", "lang: String, x: Int! = 1", None),
        ("slug: String!", "slug: String", None),
        ("old: Int @deprecated", "", None),
        ("NEWS", "", Some("the value Kind.NEWS is gone")),
        ("NEWS", "NEWS ANALYSIS", None),
        ("genre: String", "genre: String place: String!", Some("Filter.place is new and required")),
        ("genre: String", "genre: Int", Some("Filter.genre was String and is Int")),
        (" | Gone", "", Some("Found | Gone is gone")),
        ("implements Node", "", Some("Article implements Node is gone")),
        ("enum Kind", "scalar Kind enum Other", Some("Kind was enum and is scalar")),
        ("type Gone { reason: String! }", "type Gone { reason: String! more(a: Int!): Int }", None),
    ] {
        assert_finds(from, to, SDL, breaks, breaking);
    }
}
