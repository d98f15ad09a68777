//! Queries for every field of the schema, made from what it says of itself.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What the crawler asks the schema for.
pub(super) const INTROSPECTION: &str = "{ __schema { queryType { name } types { kind name possibleTypes { name } \
    fields(includeDeprecated: true) { name args { name defaultValue type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } \
    type { kind name ofType { kind name ofType { kind name ofType { kind name } } } } } enumValues { name } inputFields { name } } } }";

/// How deep a query goes at the most.
const DEPTH_MOST: usize = 5;

#[derive(Debug, Clone)]
struct Field {
    name: String,
    args: Vec<(String, String, bool)>,
    of: String,
}

/// The schema, as far as queries are made of it.
#[derive(Debug, Default)]
pub(super) struct Schema {
    objects: BTreeMap<String, Vec<Field>>,
    unions: BTreeMap<String, Vec<String>>,
    enums: BTreeMap<String, Vec<String>>,
    root: String,
}

fn named(mut of: &Value) -> (String, bool) {
    let required = of["kind"] == "NON_NULL";
    while !of["ofType"].is_null() {
        of = &of["ofType"];
    }
    (of["name"].as_str().unwrap_or_default().to_owned(), required)
}

impl Schema {
    /// From what introspection answers.
    pub(super) fn of(data: &Value) -> Schema {
        let mut schema = Schema {
            root: data["__schema"]["queryType"]["name"].as_str().unwrap_or("Query").to_owned(),
            ..Schema::default()
        };
        for one in data["__schema"]["types"].as_array().into_iter().flatten() {
            let name = one["name"].as_str().unwrap_or_default().to_owned();
            if name.starts_with("__") {
                continue;
            }
            let texts = |list: &Value| -> Vec<String> {
                let items = list.as_array().into_iter().flatten();
                items.filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
            };
            match one["kind"].as_str().unwrap_or_default() {
                "ENUM" => drop(schema.enums.insert(name, texts(&one["enumValues"]))),
                "INTERFACE" | "UNION" => drop(schema.unions.insert(name, texts(&one["possibleTypes"]))),
                "OBJECT" => {
                    let field = |field: &Value| Field {
                        name: field["name"].as_str().unwrap_or_default().to_owned(),
                        args: field["args"]
                            .as_array()
                            .into_iter()
                            .flatten()
                            .map(|arg| {
                                let (of, required) = named(&arg["type"]);
                                let needed = required && arg["defaultValue"].is_null();
                                (arg["name"].as_str().unwrap_or_default().to_owned(), of, needed)
                            })
                            .collect(),
                        of: named(&field["type"]).0,
                    };
                    let fields = one["fields"].as_array().into_iter().flatten().map(field).collect();
                    schema.objects.insert(name, fields);
                }
                _ => {}
            }
        }
        schema
    }

    /// Every field of every object that queries reach, as `Type.field`.
    pub(super) fn reachable(&self) -> BTreeSet<String> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![self.root.clone()]);
        let mut fields = BTreeSet::new();
        while let Some(name) = next.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            for possible in self.unions.get(&name).into_iter().flatten() {
                next.push(possible.clone());
            }
            for field in self.objects.get(&name).into_iter().flatten() {
                fields.insert(format!("{name}.{}", field.name));
                next.push(field.of.clone());
            }
        }
        fields
    }

    fn value(&self, name: &str, of: &str, pool: &Pool, turn: usize) -> String {
        let pick = |list: &[String]| list.get(turn % list.len().max(1)).cloned().unwrap_or_default();
        match of {
            "Int" => "1".to_owned(),
            "Float" => "1.0".to_owned(),
            "Boolean" => "true".to_owned(),
            "ID" => format!("{:?}", pick(&pool.ids)),
            "DateTime" => "\"2100-01-01T00:00:00Z\"".to_owned(),
            "String" if name == "query" => format!("{:?}", pick(&pool.words)),
            "String" => format!("{:?}", pick(&pool.slugs)),
            other => match self.enums.get(other) {
                Some(values) => pick(values),
                None => "{}".to_owned(),
            },
        }
    }

    /// `name(arguments)`: those that are needed, and the keys by which something is looked up.
    fn call(&self, field: &Field, pool: &Pool, turn: usize, with: Option<&str>) -> String {
        let given: Vec<String> = field
            .args
            .iter()
            .filter(|(name, _, needed)| *needed || with == Some(name.as_str()))
            .map(|(name, of, _)| match name.as_str() {
                "ids" => format!(
                    "ids: [{}]",
                    pool.ids.iter().take(20).map(|id| format!("{id:?}")).collect::<Vec<_>>().join(", ")
                ),
                _ => format!("{name}: {}", self.value(name, of, pool, turn)),
            })
            .collect();
        if given.is_empty() { field.name.clone() } else { format!("{}({})", field.name, given.join(", ")) }
    }

    /// The selection of an object: its scalars, and below `path` one field more each.
    fn selection(&self, of: &str, path: &[(String, Field)], pool: &Pool, asked: &mut BTreeSet<String>) -> String {
        let mut parts = vec!["__typename".to_owned()];
        if let Some(possible) = self.unions.get(of) {
            for one in possible {
                parts.push(format!("... on {one} {{ {} }}", self.scalars(one, pool, asked).join(" ")));
            }
        }
        parts.extend(self.scalars(of, pool, asked));
        if let Some(((owner, field), rest)) = path.split_first() {
            let below = self.selection(&field.of, rest, pool, asked);
            asked.insert(format!("{owner}.{}", field.name));
            parts.push(format!("below: {} {{ {below} }}", self.call(field, pool, 0, None)));
        }
        parts.join(" ")
    }

    fn is_scalar(&self, of: &str) -> bool {
        !self.objects.contains_key(of) && !self.unions.contains_key(of)
    }

    fn scalars(&self, of: &str, pool: &Pool, asked: &mut BTreeSet<String>) -> Vec<String> {
        let fields = self.objects.get(of).into_iter().flatten().filter(|field| self.is_scalar(&field.of));
        fields
            .map(|field| {
                asked.insert(format!("{of}.{}", field.name));
                // Fields of one name may be of several types in the parts of an interface.
                format!("{}_{}: {}", of.to_lowercase(), field.name, self.call(field, pool, 0, None))
            })
            .collect()
    }

    /// Queries that between them ask every root field with every key of the pool, and every field of every object once. Each
    /// with the fields that it asks.
    pub(super) fn queries(&self, pool: &Pool) -> Vec<(String, BTreeSet<String>)> {
        let mut all = Vec::new();
        let mut seen = BTreeSet::new();
        let roots = self.objects.get(&self.root).cloned().unwrap_or_default();
        for root in &roots {
            let keys: Vec<Option<&str>> = [
                Some("slug"),
                Some("id"),
                Some("ids"),
                Some("query"),
                Some("section"),
                Some("after"),
                Some("url"),
                None,
            ]
            .into_iter()
            .filter(|key| key.is_none_or(|key| root.args.iter().any(|(name, ..)| name == key)))
            .collect();
            for with in keys {
                let turns = match with {
                    None if root.args.iter().all(|(_, _, needed)| !needed) => 1,
                    Some("query") => pool.words.len(),
                    Some("slug" | "section") => pool.slugs.len(),
                    Some("after") => 1,
                    _ => pool.ids.len(),
                };
                for turn in 0..turns.max(1) {
                    let mut asked: BTreeSet<String> = [format!("{}.{}", self.root, root.name)].into_iter().collect();
                    let call = self.call(root, pool, turn, with);
                    if self.is_scalar(&root.of) {
                        all.push((format!("{{ {call} }}"), asked));
                        continue;
                    }
                    let selection = self.selection(&root.of, &[], pool, &mut asked);
                    all.push((format!("{{ {call} {{ {selection} }} }}"), asked));
                }
            }
            // Every way down, two levels deep, and deeper where a field has not been come by yet.
            let with = root.args.iter().map(|(name, ..)| name.as_str()).find(|name| matches!(*name, "slug" | "id"));
            let mut ways: Vec<Vec<(String, Field)>> = self.ways(&root.of).into_iter().map(|way| vec![way]).collect();
            while let Some(path) = ways.pop() {
                let mut asked = BTreeSet::new();
                let selection = self.selection(&root.of, &path, pool, &mut asked);
                all.push((format!("{{ {} {{ {selection} }} }}", self.call(root, pool, 0, with)), asked));
                let Some((_, last)) = path.last() else { continue };
                for way in self.ways(&last.of) {
                    let is_new = seen.insert(format!("{}.{}", way.0, way.1.name));
                    if path.len() < 2 || (is_new && path.len() < DEPTH_MOST) {
                        ways.push(path.iter().cloned().chain([way]).collect());
                    }
                }
            }
        }
        all
    }

    /// The fields of an object that lead to objects.
    fn ways(&self, of: &str) -> Vec<(String, Field)> {
        let fields = self.objects.get(of).into_iter().flatten().filter(|field| !self.is_scalar(&field.of));
        fields.map(|field| (of.to_owned(), field.clone())).collect()
    }
}

/// What arguments are filled from.
#[derive(Debug, Default)]
pub(super) struct Pool {
    /// Ids, public ones first.
    pub ids: Vec<String>,
    /// Slugs, public ones first.
    pub slugs: Vec<String>,
    /// What is searched for: secrets.
    pub words: Vec<String>,
}
