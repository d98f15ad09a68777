//! The way from sources to [`Settings`], finding every fault on it.
//!
//! A deserialiser stops at its first error. To list all of them, the value at fault is replaced by its default and
//! the tree is read again, until it can be read; unknown keys are found before, by holding the tree against the
//! defaults, which name every key there is.

use super::{
    DEFAULT_TOML, Settings, Sources,
    check::{self, Finding},
    problem::{Problem, nearest},
    sources::{Merged, line_of},
};
use figment::{
    error::{Actual, Kind},
    value::{Dict, Value},
};

/// Keys whose values never stand in a message.
const SENSITIVE: [&str; 7] = [
    "database.url",
    "database.password",
    "mail.smtp",
    "mail.password",
    "purge.fastly.token",
    "purge.cloudflare.token",
    "purge.webhook.token",
];

/// Whether the value of a key never stands in a message.
fn is_sensitive(key: &str) -> bool {
    let of_provider =
        || key.starts_with("provider.") && (key.ends_with(".client_secret") || key.ends_with(".private_key"));
    SENSITIVE.contains(&key) || of_provider()
}

/// The section whose tables may have names of the operator's own, and the one that is the shape of these.
const OPEN: (&str, &str) = ("provider", "oidc");

/// See [`Settings::load`].
pub(super) fn load(sources: &Sources) -> Result<Settings, Vec<Problem>> {
    match examine(sources) {
        (Some(settings), problems) if problems.is_empty() => Ok(settings),
        (_, problems) => Err(problems),
    }
}

/// See [`Settings::examine`].
pub(super) fn examine(sources: &Sources) -> (Option<Settings>, Vec<Problem>) {
    let mut problems = Vec::new();
    let merged = Merged::read(sources, &mut problems);
    let mut tree = merged.tree();
    drop_unknown(&mut tree, &merged.defaults, "", &merged, &mut problems);
    fill(&mut tree, &merged.defaults);
    let settings = read(tree, &merged, &mut problems);
    if let Some(settings) = &settings {
        for Finding { key, fault, mend } in check::check(settings) {
            // A value that could not be read was replaced by its default, so what is found there says nothing new.
            if !problems.iter().any(|problem| problem.key == key) {
                problems.push(Problem { source: merged.origin(&key), key, fault, mend });
            }
        }
    }
    problems.sort_by_key(|problem| line_of(DEFAULT_TOML, &problem.key).unwrap_or(usize::MAX));
    (settings, problems)
}

/// Takes every key out of `tree` that `known` does not have, and reports it.
fn drop_unknown(tree: &mut Dict, known: &Dict, at: &str, merged: &Merged, problems: &mut Vec<Problem>) {
    let names: Vec<String> = tree.keys().cloned().collect();
    for name in names {
        let key = if at.is_empty() { name.clone() } else { format!("{at}.{name}") };
        let shape = match tree.get(&name) {
            Some(Value::Dict(..)) if at == OPEN.0 => known.get(&name).or_else(|| known.get(OPEN.1)),
            _ => known.get(&name),
        };
        match (tree.get_mut(&name), shape) {
            (Some(Value::Dict(_, inner)), Some(Value::Dict(_, known))) => {
                drop_unknown(inner, known, &key, merged, problems)
            }
            (Some(Value::Array(_, items)), Some(Value::Array(_, shapes))) => {
                // The first default of a list of tables is the shape of all of them.
                let Some(Value::Dict(_, shape)) = shapes.first() else { continue };
                for (index, item) in items.iter_mut().enumerate() {
                    if let Value::Dict(_, inner) = item {
                        drop_unknown(inner, shape, &format!("{key}.{index}"), merged, problems);
                    }
                }
            }
            (_, Some(_)) => {}
            (_, None) => {
                problems.push(unknown(&key, &name, known, at, merged));
                tree.remove(&name);
            }
        }
    }
}

/// Gives the tables with names of the operator's own what they do not say, as the defaults give it to the others.
fn fill(tree: &mut Dict, defaults: &Dict) {
    let Some(Value::Dict(_, known)) = defaults.get(OPEN.0) else { return };
    let (Some(Value::Dict(_, shape)), Some(Value::Dict(_, tables))) = (known.get(OPEN.1), tree.get_mut(OPEN.0)) else {
        return;
    };
    for (name, table) in tables.iter_mut().filter(|(name, _)| !known.contains_key(*name)) {
        let Value::Dict(_, table) = table else { continue };
        table.entry("name".to_owned()).or_insert_with(|| Value::from(name.as_str()));
        for (key, value) in shape {
            table.entry(key.clone()).or_insert_with(|| value.clone());
        }
    }
}

fn unknown(key: &str, name: &str, known: &Dict, at: &str, merged: &Merged) -> Problem {
    let within = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    let mend = match nearest(name, known.keys().map(String::as_str)) {
        Some(near) => format!("Did you mean {}?", within(near)),
        // The right key in the wrong section is a common mistake.
        None => {
            match merged.defaults.iter().find(|(_, section)| section.as_dict().is_some_and(|s| s.contains_key(name))) {
                Some((section, _)) => format!("Did you mean {section}.{name}?"),
                None => format!("Known here: {}", known.keys().cloned().collect::<Vec<_>>().join(", ")),
            }
        }
    };
    let fault = if at.is_empty() { "there is no such section" } else { "there is no such key" };
    Problem { key: key.to_owned(), source: merged.origin(key), fault: fault.into(), mend: mend.replace("?.", "?") }
}

/// Reads the tree, putting defaults in the place of what cannot be read. None only if the defaults themselves cannot.
fn read(tree: Dict, merged: &Merged, problems: &mut Vec<Problem>) -> Option<Settings> {
    let defaults = Value::from(merged.defaults.clone());
    let mut tree = Value::from(tree);
    let mut removed = Removed::default();
    loop {
        let error = match tree.deserialize::<Settings>() {
            Ok(settings) => return Some(settings),
            Err(error) => error,
        };
        let key = removed.as_written(&error.path);
        let source = merged.origin(&key);
        let default = find_default(&defaults, &shaped(&defaults, &error.path));
        problems.push(Problem { fault: fault(&error.kind, &key), mend: mend(default, &key), source, key });
        // Each round takes one broken value away; if that cannot be done, the program is at fault.
        let mended = match default {
            _ if error.path.is_empty() => false,
            Some(default) => replace(&mut tree, &error.path, default.clone()),
            None => removed.remove(&mut tree, &error.path),
        };
        if !mended {
            return None;
        }
    }
}

/// The items that were taken out of lists because there is no default to put in their place.
#[derive(Default)]
struct Removed(Vec<(Vec<String>, usize)>);

impl Removed {
    /// The dotted key of `path`, counting in its list the items that were taken out before.
    fn as_written(&self, path: &[String]) -> String {
        let mut path = path.to_vec();
        if let Some((list, Ok(mut index))) = path.split_last().map(|(last, list)| (list, last.parse::<usize>())) {
            // In ascending order, since removal goes from front to back.
            for (_, gone) in self.0.iter().filter(|(of, _)| of == list) {
                index += usize::from(*gone <= index);
            }
            let last = path.len() - 1;
            path[last] = index.to_string();
        }
        path.join(".")
    }

    fn remove(&mut self, tree: &mut Value, path: &[String]) -> bool {
        let Some((last, list)) = path.split_last() else { return false };
        let written = self.as_written(path).rsplit('.').next().and_then(|index| index.parse().ok());
        match (find_mut(tree, list), last.parse::<usize>(), written) {
            (Some(Value::Array(_, items)), Ok(index), Some(written)) if index < items.len() => {
                items.remove(index);
                self.0.push((list.to_vec(), written));
                true
            }
            _ => false,
        }
    }
}

/// The value at `path` of the tree.
fn find_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    match value {
        Value::Dict(_, dict) => find_mut(dict.get_mut(first)?, rest),
        Value::Array(_, items) => find_mut(items.get_mut(first.parse::<usize>().ok()?)?, rest),
        _ => None,
    }
}

/// The path whose default is the one of `path`: the same, but for tables under names of the operator's own.
pub(super) fn shaped(defaults: &Value, path: &[String]) -> Vec<String> {
    let mut path = path.to_vec();
    let known = |section: &str, name: &String| {
        defaults.as_dict().and_then(|all| all.get(section)?.as_dict()).is_some_and(|tables| tables.contains_key(name))
    };
    if let [section, name, ..] = path.as_mut_slice()
        && section == OPEN.0
        && !known(section, name)
    {
        *name = OPEN.1.to_owned();
    }
    path
}

/// The default at `path`; each item of a list has the first default item as its default.
fn find_default<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    let Some((first, rest)) = path.split_first() else { return Some(value) };
    match value {
        Value::Dict(_, dict) => find_default(dict.get(first)?, rest),
        Value::Array(_, items) => find_default(items.first()?, rest),
        _ => None,
    }
}

/// Puts `new` at `path`, also where the last key is missing.
fn replace(tree: &mut Value, path: &[String], new: Value) -> bool {
    let Some((last, at)) = path.split_last() else { return false };
    match find_mut(tree, at) {
        Some(Value::Dict(_, dict)) => {
            dict.insert(last.clone(), new);
            true
        }
        Some(Value::Array(_, items)) => match last.parse::<usize>().ok().and_then(|index| items.get_mut(index)) {
            Some(item) => {
                *item = new;
                true
            }
            None => false,
        },
        _ => false,
    }
}

fn fault(kind: &Kind, key: &str) -> String {
    match kind {
        Kind::Message(message) => message.clone(),
        _ if is_sensitive(key) => "the value has the wrong type".into(),
        Kind::InvalidType(actual, expected) | Kind::InvalidValue(actual, expected) => {
            format!("{} is not {}", shown(actual), article(expected))
        }
        Kind::UnknownVariant(name, known) => format!("{name:?} is none of {}", quoted(known)),
        Kind::MissingField(name) => format!("{name} is missing"),
        other => other.to_string(),
    }
}

fn shown(actual: &Actual) -> String {
    match actual {
        Actual::Str(text) => format!("{text:?}"),
        other => other.to_string(),
    }
}

fn article(expected: &str) -> String {
    let known = ["a ", "an ", "struct ", "IP "];
    match expected {
        "u32" | "usize" | "u64" => "a whole number of at least 0".into(),
        text if known.iter().any(|k| text.starts_with(k)) => text.into(),
        text => format!("a {text}"),
    }
}

fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn mend(default: Option<&Value>, key: &str) -> String {
    let form = match default {
        Some(Value::String(_, text)) => format!("{text:?}"),
        Some(Value::Num(_, number)) => number.to_u128().map_or_else(|| "a number".into(), |n| n.to_string()),
        Some(Value::Bool(_, flag)) => flag.to_string(),
        Some(Value::Array(..)) => "a list, such as [\"one\", \"two\"]".into(),
        Some(Value::Dict(..)) => format!("a table: [{key}] and its keys below"),
        _ => return "See the reference of settings for its form".into(),
    };
    format!("Write it in the form of the default: {form}")
}

#[cfg(test)]
mod tests;
