//! Where settings come from, and the turning of each source into a tree of values.

use super::problem::Problem;
use figment::{
    Figment, Metadata, Profile, Provider,
    value::{Dict, Map, Value},
};
use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

/// The file that is read when none is named and this one is there.
const FILE: &str = "masthead.toml";
/// What the name of an environment variable begins with, and what stands between its parts.
const PREFIX: &str = "MASTHEAD__";
const SEPARATOR: &str = "__";

/// What lies over the defaults: a file, environment variables and flags, the later over the earlier.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    file: Option<PathBuf>,
    directory: Option<PathBuf>,
    env: Vec<(String, String)>,
    flags: Vec<(String, String)>,
}

impl Sources {
    /// Nothing but the defaults: the start for tests.
    pub fn none() -> Self {
        Sources::default()
    }

    /// What a process finds: `masthead.toml` in the working directory, if it is there, and the environment.
    ///
    /// Variables that are not Unicode count only when their name begins with `MASTHEAD__`; their bad characters are
    /// replaced, so that the value is refused where it matters.
    pub fn process() -> Self {
        let lossy = |text: OsString| text.to_string_lossy().into_owned();
        let env = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value))).collect();
        Sources { directory: Some(PathBuf::from(".")), env, ..Sources::default() }
    }

    /// The same with the file that `--config` names; it must exist, and `masthead.toml` is not looked for.
    #[must_use]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// The same, looking for `masthead.toml` in `directory`.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// The same with one more environment variable.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.env.push((name.into(), value.into()));
        self
    }

    /// The same with a flag for `key`, such as `server.bind`.
    #[must_use]
    pub fn flag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.flags.push((key.into(), value.into()));
        self
    }

    /// The file to read, if any.
    fn path(&self) -> Option<PathBuf> {
        self.file.clone().or_else(|| self.directory.as_ref().map(|d| d.join(FILE)).filter(|path| path.exists()))
    }
}

/// All sources merged, and who said what.
pub(super) struct Merged {
    figment: Figment,
    /// The defaults alone, with an item in each list of tables: the shape that everything is held against.
    pub defaults: Dict,
    file: Option<(String, String)>,
}

/// One source as a tree, named for the messages.
struct Layer {
    name: String,
    dict: Dict,
}

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.name.clone())
    }

    fn data(&self) -> figment::Result<Map<Profile, Dict>> {
        Ok(Map::from([(Profile::Default, self.dict.clone())]))
    }
}

/// Names of layers that are not files. No file has such a name, since a file's begins with `file `.
const DEFAULTS: &str = "the defaults";
const ENVIRONMENT: &str = "environment";
const FLAGS: &str = "command line";

/// The two lists of rules of one form, of which only one has a rule by default.
const LABELS: &str = "label";
const DISCLAIMERS: &str = "disclaimer";

impl Merged {
    /// Reads every source. A file that cannot be read or parsed is a problem, and the others are read all the same.
    pub(super) fn read(sources: &Sources, problems: &mut Vec<Problem>) -> Merged {
        let mut defaults: Dict = toml::from_str(super::DEFAULT_TOML).unwrap_or_else(|fault| {
            problems.push(Problem {
                key: String::new(),
                source: DEFAULTS.into(),
                fault: format!("they cannot be read: {fault}"),
                mend: "This is a fault of the program: please report it".into(),
            });
            Dict::new()
        });
        let mut figment = Figment::from(Layer { name: DEFAULTS.into(), dict: defaults.clone() });
        // Labels have no rule by default, so the rules beside them say what one looks like.
        if let Some(rules) = defaults.get(DISCLAIMERS).cloned() {
            defaults.insert(LABELS.into(), rules);
        }
        let mut file = None;
        if let Some(path) = sources.path() {
            match read_file(&path) {
                Ok((text, dict)) => {
                    let name = path.strip_prefix(".").unwrap_or(&path).display().to_string();
                    figment = figment.merge(Layer { name: format!("file {name}"), dict });
                    file = Some((name, text));
                }
                Err(problem) => problems.push(problem),
            }
        }
        let env = sources.env.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?;
            Some((key.to_ascii_lowercase().replace(SEPARATOR, "."), value.as_str()))
        });
        figment = figment.merge(Layer { name: ENVIRONMENT.into(), dict: nest(env, &defaults) });
        let flags = sources.flags.iter().map(|(key, value)| (key.clone(), value.as_str()));
        figment = figment.merge(Layer { name: FLAGS.into(), dict: nest(flags, &defaults) });
        Merged { figment, defaults, file }
    }

    /// The merged tree.
    pub(super) fn tree(&self) -> Dict {
        self.figment.data().ok().and_then(|mut data| data.remove(&Profile::Default)).unwrap_or_default()
    }

    /// Who set `key` (dotted), for a person: the file with its line, the variable, or the command line.
    pub(super) fn origin(&self, key: &str) -> String {
        let set = self.list_of(key).unwrap_or(key);
        let metadata = self.figment.find_metadata(set);
        match metadata.map(|metadata| metadata.name.as_ref()) {
            Some(ENVIRONMENT) => {
                format!("environment variable {PREFIX}{}", set.to_ascii_uppercase().replace('.', SEPARATOR))
            }
            Some(FLAGS) => format!("command line, {set}"),
            Some(name) if name.starts_with("file ") => match &self.file {
                Some((name, text)) => match line_of(text, key) {
                    Some(line) => format!("{name}, line {line}"),
                    None => name.clone(),
                },
                None => name.to_owned(),
            },
            _ => DEFAULTS.to_owned(),
        }
    }

    /// The key of the list in which `key` stands, where it stands in one: a list is set as a whole, and what is in it is found
    /// under no key.
    fn list_of<'a>(&self, key: &'a str) -> Option<&'a str> {
        let mut above = key.match_indices('.').map(|(at, _)| &key[..at]);
        above.find(|above| matches!(self.figment.find_value(above), Ok(Value::Array(..))))
    }
}

/// The text of the file at `path` and what it says.
fn read_file(path: &Path) -> Result<(String, Dict), Problem> {
    let source = path.display().to_string();
    let problem =
        |fault: String, mend: &str| Problem { key: String::new(), source: source.clone(), fault, mend: mend.into() };
    let text = std::fs::read_to_string(path).map_err(|fault| {
        problem(format!("the file cannot be read: {fault}"), "Name a TOML file in UTF-8 that this user may read")
    })?;
    match toml::from_str(&text) {
        Ok(dict) => Ok((text, dict)),
        Err(fault) => {
            let line = fault.span().map_or(0, |span| line_at(&text, span.start));
            let message = fault.message().lines().collect::<Vec<_>>().join(", ");
            Err(problem(
                format!("line {line} is not TOML: {message}"),
                "Correct the line; texts stand in double quotes",
            ))
        }
    }
}

/// The line, from 1, of the byte at `offset`.
fn line_at(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// The line on which `key` (dotted; numbers count in arrays) stands in the TOML `text`, or the last part of its path
/// that does.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let table = toml::de::DeTable::parse(text).ok()?;
    let mut parts = key.split('.');
    let (name, mut value) = table.get_ref().get_key_value(parts.next()?)?;
    let mut offset = name.span().start;
    for part in parts {
        if let Some((name, inner)) = value.get_ref().as_table().and_then(|table| table.get_key_value(part)) {
            (offset, value) = (name.span().start, inner);
        } else if let Some(inner) =
            value.get_ref().as_array().zip(part.parse().ok()).and_then(|(a, i): (_, usize)| a.get(i))
        {
            (offset, value) = (inner.span().start, inner);
        } else {
            break;
        }
    }
    Some(line_at(text, offset))
}

/// Flat texts as a tree, each given the type that the default of its key has.
fn nest<'a>(pairs: impl Iterator<Item = (String, &'a str)>, defaults: &Dict) -> Dict {
    let mut tree = Dict::new();
    let defaults = Value::from(defaults.clone());
    for (key, text) in pairs {
        let path: Vec<String> = key.split('.').map(ToOwned::to_owned).collect();
        let shape = defaults.find_ref(&super::load::shaped(&defaults, &path).join(".")).cloned();
        let parts: Vec<&str> = key.split('.').collect();
        insert(&mut tree, &parts, typed(text, shape.as_ref()));
    }
    tree
}

fn insert(tree: &mut Dict, path: &[&str], value: Value) {
    match path {
        [] => {}
        [last] => drop(tree.insert((*last).to_owned(), value)),
        [first, rest @ ..] => {
            let mut inner = match tree.remove(*first) {
                Some(Value::Dict(_, dict)) => dict,
                _ => Dict::new(),
            };
            insert(&mut inner, rest, value);
            tree.insert((*first).to_owned(), inner.into());
        }
    }
}

/// `text` as a value of the type of `shape`, or as text, which is refused later where it does not fit.
fn typed(text: &str, shape: Option<&Value>) -> Value {
    let parsed = || toml::from_str::<Dict>(&format!("value = {text}")).ok().and_then(|mut dict| dict.remove("value"));
    match shape {
        None | Some(Value::String(..)) => Value::from(text),
        Some(Value::Array(_, items))
            if !text.trim_start().starts_with('[') && !matches!(items.first(), Some(Value::Dict(..))) =>
        {
            text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(Value::from).collect::<Vec<_>>().into()
        }
        Some(_) => parsed().unwrap_or_else(|| Value::from(text)),
    }
}
