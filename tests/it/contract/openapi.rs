//! What breaks a client of an OpenAPI description.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{assert_finds, read};

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Sent,
    Answered,
}

struct Compare<'a> {
    old: &'a Value,
    new: &'a Value,
    found: Vec<String>,
}

/// What a reference leads to, in its own document.
fn resolved<'a>(document: &'a Value, value: &'a Value) -> &'a Value {
    match value["$ref"].as_str() {
        Some(at) => document.pointer(at.trim_start_matches('#')).unwrap_or(&Value::Null),
        None => value,
    }
}

fn members(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn words(value: &Value) -> BTreeSet<String> {
    match value {
        Value::Array(items) => items.iter().map(ToString::to_string).collect(),
        Value::Null => BTreeSet::new(),
        one => BTreeSet::from([one.to_string()]),
    }
}

impl Compare<'_> {
    fn say(&mut self, at: &str, what: impl std::fmt::Display) {
        self.found.push(format!("{at}: {what}"));
    }

    fn all(&mut self) {
        for (path, item) in members(&self.old["paths"]) {
            for method in METHODS {
                let was = &item[method];
                if was.is_null() {
                    continue;
                }
                let at = format!("{} {path}", method.to_uppercase());
                match &self.new["paths"][path][method] {
                    Value::Null if was["deprecated"] == true => {}
                    Value::Null => self.say(&at, "the operation is gone"),
                    is => self.operation(&at, was, is),
                }
            }
        }
    }

    fn operation(&mut self, at: &str, was: &Value, is: &Value) {
        if was["operationId"] != is["operationId"] {
            self.say(at, format!("operationId was {} and is {}", was["operationId"], is["operationId"]));
        }
        let (olds, news) = (parameters(self.old, was), parameters(self.new, is));
        for (name, old) in &olds {
            match news.iter().find(|(known, _)| known == name) {
                None if old["deprecated"] == true => {}
                None => self.say(at, format!("the parameter {name} is gone")),
                Some((_, new)) => {
                    if new["required"] == true && old["required"] != true {
                        self.say(at, format!("the parameter {name} is required now"));
                    }
                    self.schema(&format!("{at}, {name}"), &old["schema"], &new["schema"], Way::Sent, 0);
                }
            }
        }
        for (name, new) in &news {
            if new["required"] == true && !olds.iter().any(|(known, _)| known == name) {
                self.say(at, format!("the parameter {name} is new and required"));
            }
        }
        for (status, old) in members(&was["responses"]) {
            let at = format!("{at}, {status}");
            let new = &is["responses"][status];
            if new.is_null() {
                self.say(&at, "the answer is gone");
                continue;
            }
            let (old, new) = (resolved(self.old, old).clone(), resolved(self.new, new).clone());
            for (header, _) in members(&old["headers"]).filter(|(header, _)| new["headers"][*header].is_null()) {
                self.say(&at, format!("the header {header} is gone"));
            }
            for (media, content) in members(&old["content"]) {
                match &new["content"][media] {
                    Value::Null => self.say(&at, format!("the media type {media} is gone")),
                    is => self.schema(&format!("{at}, {media}"), &content["schema"], &is["schema"], Way::Answered, 0),
                }
            }
        }
    }

    fn schema(&mut self, at: &str, old: &Value, new: &Value, way: Way, depth: usize) {
        // A name that leads to itself is compared often enough by then.
        if depth > 12 {
            return;
        }
        let (old, new) = (resolved(self.old, old).clone(), resolved(self.new, new).clone());
        let (was, is) = (words(&old["type"]), words(&new["type"]));
        let wider = match way {
            Way::Sent => is.is_empty() || was.is_subset(&is) && !was.is_empty(),
            Way::Answered => was.is_empty() || is.is_subset(&was) && !is.is_empty(),
        };
        if !wider {
            self.say(at, format!("the type was {} and is {}", old["type"], new["type"]));
        }
        let (was, is) = (words(&old["enum"]), words(&new["enum"]));
        // New words in answers are announced, not breaking: readers of an open list meet them all the time.
        let narrower = way == Way::Sent && !is.is_empty() && (was.is_empty() || !was.is_subset(&is));
        if narrower || way == Way::Answered && is.is_empty() && !was.is_empty() {
            self.say(at, format!("the words were {} and are {}", old["enum"], new["enum"]));
        }
        if way == Way::Sent {
            for (bound, most) in
                [("maximum", true), ("maxLength", true), ("maxItems", true), ("minimum", false), ("minLength", false)]
            {
                let (was, is) = (old[bound].as_f64(), new[bound].as_f64());
                let tighter = is.is_some_and(|is| was.is_none_or(|was| if most { is < was } else { is > was }));
                if tighter {
                    self.say(at, format!("{bound} was {} and is {}", old[bound], new[bound]));
                }
            }
            if !new["pattern"].is_null() && new["pattern"] != old["pattern"] {
                self.say(at, format!("pattern was {} and is {}", old["pattern"], new["pattern"]));
            }
        }
        for (name, property) in members(&old["properties"]) {
            match &new["properties"][name] {
                Value::Null if resolved(self.old, property)["deprecated"] == true => {}
                Value::Null => self.say(at, format!("the member {name} is gone")),
                is => self.schema(&format!("{at}.{name}"), property, is, way, depth + 1),
            }
        }
        let (was, is) = (words(&old["required"]), words(&new["required"]));
        let lost: Vec<_> =
            if way == Way::Answered { was.difference(&is).collect() } else { is.difference(&was).collect() };
        for name in lost.iter().filter(|name| !new["properties"][name.trim_matches('"')].is_null()) {
            self.say(at, format!("whether the member {name} is always there has changed"));
        }
        if !old["items"].is_null() {
            self.schema(&format!("{at}[]"), &old["items"], &new["items"], way, depth + 1);
        }
        for join in ["allOf", "oneOf", "anyOf"] {
            let parts = |value: &Value| value[join].as_array().cloned().unwrap_or_default();
            let (was, is) = (parts(&old), parts(&new));
            if was.len() > is.len() {
                self.say(at, format!("{join} has lost a part"));
            }
            for (was, is) in was.iter().zip(&is) {
                self.schema(at, was, is, way, depth + 1);
            }
        }
    }
}

fn parameters<'a>(document: &'a Value, operation: &'a Value) -> Vec<(String, &'a Value)> {
    let all = operation["parameters"].as_array().into_iter().flatten().map(|p| resolved(document, p));
    all.map(|p| (format!("{} in {}", p["name"].as_str().unwrap(), p["in"].as_str().unwrap()), p)).collect()
}

fn breaking(old: &Value, new: &Value) -> Vec<String> {
    let mut compare = Compare { old, new, found: Vec::new() };
    compare.all();
    compare.found.sort();
    compare.found.dedup();
    compare.found
}

fn of_yaml(text: &str) -> Value {
    yaml_serde::from_str(text).unwrap()
}

#[test]
fn the_rest_contract_breaks_nothing_of_the_last_release() {
    let now = masthead::http::openapi::yaml().unwrap();
    let found = breaking(&of_yaml(&read("tests/released/openapi.yaml")), &of_yaml(&now));
    assert!(found.is_empty(), "deprecate first, and take away after a release: {found:#?}");
}

#[test]
fn each_breaking_change_of_a_rest_contract_is_found() {
    let text = json!({
        "paths": { "/v1/articles": { "get": {
            "operationId": "listArticles",
            "parameters": [
                { "name": "first", "in": "query", "schema": { "type": "integer", "maximum": 100 } },
                { "name": "order", "in": "query", "schema": { "type": "string", "enum": ["newest", "oldest"] } },
                { "name": "q", "in": "query", "schema": { "type": "string", "pattern": "^a$" } },
            ],
            "responses": { "200": { "$ref": "#/components/responses/List" }, "304": {} },
        } }, "/v1/old": { "get": { "deprecated": true } } },
        "components": {
            "responses": { "List": {
                "headers": { "ETag": {} },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Article" } } },
            } },
            "schemas": { "Article": {
                "type": "object",
                "required": ["slug"],
                "properties": {
                    "slug": { "type": "string" },
                    "label": { "type": ["string", "null"] },
                    "more": { "type": "array", "items": { "$ref": "#/components/schemas/Article" } },
                    "was": { "type": "string", "deprecated": true },
                },
            } },
        },
    })
    .to_string();
    let compare =
        |old: &str, new: &str| breaking(&serde_json::from_str(old).unwrap(), &serde_json::from_str(new).unwrap());
    for (from, to, breaks) in [
        ("/v1/articles", "/v2/articles", Some("GET /v1/articles: the operation is gone")),
        ("/v1/old", "/v1/new", None),
        ("listArticles", "articles", Some("operationId")),
        (r#""name":"first""#, r#""name":"limit""#, Some("the parameter first in query is gone")),
        (r#""name":"q""#, r#""name":"q","required":true"#, Some("required now")),
        (r#""maximum":100"#, r#""maximum":50"#, Some("maximum was 100 and is 50")),
        (r#""maximum":100"#, r#""maximum":500"#, None),
        (r#"["newest","oldest"]"#, r#"["newest"]"#, Some("the words were")),
        (r#"["newest","oldest"]"#, r#"["newest","oldest","best"]"#, None),
        ("^a$", "^b$", Some("pattern")),
        (r#""304":{}"#, r#""305":{}"#, Some("304: the answer is gone")),
        (r#""ETag":{}"#, "", Some("the header ETag is gone")),
        ("application/json", "text/json", Some("the media type application/json is gone")),
        (r#""slug":{"type":"string"}"#, r#""slag":{"type":"string"}"#, Some("the member slug is gone")),
        (r#""slug":{"type":"string"}"#, r#""slug":{"type":"integer"}"#, Some("the type was")),
        (r#"["string","null"]"#, r#""string""#, None),
        (r#""required":["slug"]"#, r#""required":[]"#, Some("always there")),
        (r#""was":{"#, r#""is":{"#, None),
    ] {
        assert_finds(from, to, &text, breaks, compare);
    }
}
