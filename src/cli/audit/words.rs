//! Words that must not be seen, and how they are found in an answer.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use serde_json::Value;

/// How many words in a row make a run that tells where it is from.
const RUN: usize = 4;

/// The words of a text, in lower case. Marks of HTML are no words, and do not part them.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('<') {
        plain.push_str(&rest[..at]);
        match rest[at..].find('>') {
            Some(end) => rest = &rest[at + end + 1..],
            None => {
                plain.push(' ');
                rest = &rest[at + 1..];
            }
        }
    }
    plain.push_str(rest);
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    plain.split(|c| !is_word(c)).filter(|word| !word.is_empty()).map(str::to_lowercase).collect()
}

/// Whether a word alone tells where it is from: an id, a slug's tail, a word with a number in it.
fn is_telling(word: &str) -> bool {
    word.chars().count() >= 5 && word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic)
}

/// Whether a run of words tells where it is from: numbers, as of an address or a date, do not.
fn is_telling_run(run: &[String]) -> bool {
    run.iter().filter(|word| word.chars().any(char::is_alphabetic)).count() + 1 >= RUN
}

fn hash(run: &[String]) -> u64 {
    let mut hasher = DefaultHasher::new();
    run.hash(&mut hasher);
    hasher.finish()
}

/// The texts in a JSON value, or the text itself where it is none.
pub(super) fn strings(body: &str, mut each: impl FnMut(&str)) {
    fn walk(value: &Value, each: &mut impl FnMut(&str)) {
        match value {
            Value::String(text) => each(text),
            Value::Array(items) => items.iter().for_each(|item| walk(item, each)),
            Value::Object(members) => {
                for (name, value) in members {
                    each(name);
                    walk(value, each);
                }
            }
            _ => {}
        }
    }
    match serde_json::from_str::<Value>(body) {
        Ok(value) => walk(&value, &mut each),
        Err(_) => body.lines().for_each(each),
    }
}

/// What must not be seen: telling words, and runs of words.
#[derive(Debug, Default)]
pub(super) struct Secrets {
    /// With the place that each is from.
    telling: HashMap<String, String>,
    runs: HashMap<u64, String>,
}

impl Secrets {
    /// Adds what a text of the newsroom says.
    pub(super) fn add(&mut self, place: &str, text: &str) {
        strings(text, |text| {
            let words = words(text);
            for word in words.iter().filter(|word| is_telling(word)) {
                self.telling.entry(word.clone()).or_insert_with(|| place.to_owned());
            }
            for run in words.windows(RUN).filter(|run| is_telling_run(run)) {
                self.runs.entry(hash(run)).or_insert_with(|| place.to_owned());
            }
        });
    }

    /// Takes what a public text says away.
    pub(super) fn allow(&mut self, text: &str) {
        strings(text, |text| {
            let words = words(text);
            for word in &words {
                self.telling.remove(word);
            }
            for run in words.windows(RUN) {
                self.runs.remove(&hash(run));
            }
        });
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.telling.len() + self.runs.len()
    }

    /// Some telling words, in an order that does not change.
    pub(super) fn some(&self, most: usize) -> Vec<String> {
        let mut all: Vec<String> = self.telling.keys().cloned().collect();
        all.sort_unstable();
        let step = (all.len() / most.max(1)).max(1);
        all.into_iter().step_by(step).take(most).collect()
    }

    /// The secrets in an answer, each with the place that it is from; what the request itself said is no secret.
    pub(super) fn found(&self, answer: &str, request: &str) -> Vec<(String, String)> {
        let asked: HashSet<String> = words(request).into_iter().collect();
        let mut found = Vec::new();
        strings(answer, |text| {
            let words = words(text);
            for word in words.iter().filter(|word| !asked.contains(*word)) {
                if let Some(place) = self.telling.get(word) {
                    found.push((word.clone(), place.clone()));
                }
            }
            for run in words.windows(RUN).filter(|run| run.iter().any(|word| !asked.contains(word))) {
                if let Some(place) = self.runs.get(&hash(run)) {
                    found.push((run.join(" "), place.clone()));
                }
            }
        });
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_public_too_is_no_secret() {
        let mut secrets = Secrets::default();
        secrets.add("t.c", r#"{"headline": "The merger of two ferries fails again", "mark": "zq12q"}"#);
        secrets.allow("They say the merger of two ferries is on; zq13q");
        let found = |answer: &str| secrets.found(answer, "").into_iter().map(|(what, _)| what).collect::<Vec<_>>();
        assert_eq!(found(r#"{"a": "The <em>merger</em> of two"}"#), Vec::<String>::new());
        assert_eq!(found(r#"{"a": "two ferries <b>fails</b> again"}"#), ["two ferries fails again"]);
        assert_eq!(found("<p>ZQ12Q</p>"), ["zq12q"]);
        assert!(secrets.found("zq12q", "/v1/search?q=zq12q").is_empty(), "what was asked with is echoed");
    }
}
