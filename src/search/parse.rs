//! What a reader typed, as a query. Nothing is refused: what has no meaning is read as plain words.
//!
//! `sea wall` plain words · `"sea wall"` a phrase · `-wall` not · `sea OR wall` either · `elect*` words that begin so ·
//! `author:marsh`, `topic:"sea wall"`, `section:politics` words of those names. What is written in one piece is one alternative:
//! `sea-wall OR dyke` is both words, or the other.

use super::analysis::{self, Word};
use crate::model::text::cleaned;

/// How many words a query may have; the rest is not looked at.
const WORDS_MOST: usize = 32;
/// How much of the text is looked at, in bytes.
const TEXT_MOST: usize = 2_000;

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// A word.
    Word(Word),
    /// Words that follow each other.
    Phrase(Vec<Word>),
    /// Words that begin so.
    Prefix(Word),
    /// Words of a name, in any order.
    Field(FieldName, Vec<Word>),
    /// All of these, in any order: an alternative of several words.
    All(Vec<Term>),
}

impl Term {
    /// Its words, and of which of them the beginning counts.
    fn words(&self) -> Vec<(&Word, bool)> {
        match self {
            Term::Word(word) => vec![(word, false)],
            Term::Prefix(word) => vec![(word, true)],
            Term::Phrase(words) => words.iter().map(|word| (word, false)).collect(),
            Term::Field(..) => Vec::new(),
            Term::All(terms) => terms.iter().flat_map(Term::words).collect(),
        }
    }

    /// All of these as one.
    fn all(mut terms: Vec<Term>) -> Term {
        match terms.pop() {
            Some(only) if terms.is_empty() => only,
            last => Term::All(terms.into_iter().chain(last).collect()),
        }
    }
}

/// Whose name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FieldName {
    /// `author:`
    Author,
    /// `topic:`
    Topic,
    /// `section:`
    Section,
}

/// Alternatives, of which one must be there; or, when `not`, none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Clause {
    pub not: bool,
    pub any: Vec<Term>,
}

/// A query: every clause counts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Query {
    pub clauses: Vec<Clause>,
}

impl Query {
    /// The words that are asked for, for marking them.
    pub fn words(&self) -> impl Iterator<Item = (&Word, bool)> {
        self.clauses.iter().filter(|clause| !clause.not).flat_map(|clause| &clause.any).flat_map(Term::words)
    }
}

/// Reads a query.
pub(super) fn parse(text: &str) -> Query {
    // NFC as the articles are, and without what no article has.
    let (text, _) = cleaned(text);
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= TEXT_MOST).last();
    let mut rest = &text[..end.unwrap_or(0)];
    let mut query = Query::default();
    let mut left = WORDS_MOST;
    let mut either = false;
    // Where the clauses of the last token begin.
    let mut began = 0;
    while let Some(token) = next(&mut rest) {
        if token.bare == Some("OR") {
            either = query.clauses.last().is_some_and(|clause| !clause.not);
            continue;
        }
        let terms = terms(&token, &mut left);
        if terms.is_empty() {
            continue;
        }
        if either && !token.not {
            // `a-b OR c d`: c is the alternative of both a and b, d stands for itself.
            let mut last = query.clauses.split_off(began);
            let mut any = match last.pop() {
                Some(only) if last.is_empty() => only.any,
                end => vec![Term::all(last.into_iter().chain(end).flat_map(|clause| clause.any).collect())],
            };
            any.push(Term::all(terms));
            query.clauses.push(Clause { not: false, any });
        } else {
            began = query.clauses.len();
            query.clauses.extend(terms.into_iter().map(|term| Clause { not: token.not, any: vec![term] }));
        }
        either = false;
    }
    query
}

struct Token<'t> {
    not: bool,
    field: Option<FieldName>,
    /// A token without quotation marks.
    bare: Option<&'t str>,
    quoted: Option<&'t str>,
}

/// Straight or curly: phones type the latter by themselves.
fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// Whether a word or a phrase begins here.
fn begins(text: &str) -> bool {
    text.starts_with(|c: char| is_quote(c) || c.is_alphanumeric())
}

fn next<'t>(rest: &mut &'t str) -> Option<Token<'t>> {
    *rest = rest.trim_start();
    if rest.is_empty() {
        return None;
    }
    let mut not = false;
    if let Some(after) = rest.strip_prefix('-').filter(|after| begins(after)) {
        (not, *rest) = (true, after);
    }
    let mut field = None;
    let names = [("author:", FieldName::Author), ("topic:", FieldName::Topic), ("section:", FieldName::Section)];
    for (name, which) in names {
        let head = rest.get(..name.len()).filter(|head| head.eq_ignore_ascii_case(name));
        let after = head.map(|_| &rest[name.len()..]);
        if let Some(after) = after.filter(|after| begins(after)) {
            (field, *rest) = (Some(which), after);
            break;
        }
    }
    if let Some(opened) = rest.strip_prefix(is_quote)
        && let Some(end) = opened.find(is_quote)
    {
        let quoted = &opened[..end];
        *rest = &opened[end..];
        *rest = rest.strip_prefix(is_quote).unwrap_or(rest);
        return Some(Token { not, field, bare: None, quoted: Some(quoted) });
    }
    let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
    let bare = &rest[..end];
    *rest = &rest[end..];
    Some(Token { not, field, bare: Some(bare), quoted: None })
}

fn terms(token: &Token<'_>, left: &mut usize) -> Vec<Term> {
    let text = token.bare.or(token.quoted).unwrap_or_default();
    let mut words = analysis::words(text);
    words.truncate(*left);
    *left -= words.len();
    if words.is_empty() {
        return Vec::new();
    }
    if let Some(field) = token.field {
        return vec![Term::Field(field, words)];
    }
    let prefix =
        token.bare.is_some_and(|bare| bare.ends_with('*')) && words.last().is_some_and(|w| w.plain().len() > 1);
    let phrase = |mut words: Vec<Word>| match words.pop() {
        Some(only) if words.is_empty() => Term::Word(only),
        last => Term::Phrase(words.into_iter().chain(last).collect()),
    };
    match (token.quoted, prefix) {
        (Some(_), _) => vec![phrase(words)],
        (None, true) => {
            let last = words.pop();
            words.into_iter().map(Term::Word).chain(last.map(Term::Prefix)).collect()
        }
        // Several words of one token: `-sea-wall` and pairs of characters must stand together; `sea-wall` need not.
        (None, false) if token.not || words.iter().any(|word| word.unspaced) => vec![phrase(words)],
        (None, false) => words.into_iter().map(Term::Word).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        fn all(words: &[Word]) -> String {
            words.iter().map(Word::plain).collect::<Vec<_>>().join(" ")
        }
        fn term(one: &Term) -> String {
            match one {
                Term::Word(word) => word.plain(),
                Term::Phrase(words) => format!("\"{}\"", all(words)),
                Term::Prefix(word) => format!("{}*", word.plain()),
                Term::Field(field, words) => format!("{field:?}({})", all(words)),
                Term::All(terms) => format!("({})", terms.iter().map(term).collect::<Vec<_>>().join(" ")),
            }
        }
        let clause = |clause: &Clause| {
            format!(
                "{}{}",
                if clause.not { "-" } else { "" },
                clause.any.iter().map(term).collect::<Vec<_>>().join("|")
            )
        };
        parse(text).clauses.iter().map(clause).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_query_is_read_as_a_reader_means_it() {
        let cases = [
            ("Sea wall", "sea wall"),
            ("\"sea wall\" price", "\"sea wall\" price"),
            ("“sea wall”", "\"sea wall\""),
            ("sea -wall -\"city hall\"", "sea -wall -\"city hall\""),
            ("sea -“city hall”", "sea -\"city hall\""),
            ("topic:„sea wall“ -author:“marsh”", "Topic(sea wall) -Author(marsh)"),
            ("-sea-wall", "-\"sea wall\""),
            ("sea-wall", "sea wall"),
            ("sea OR wall OR dyke price", "sea|wall|dyke price"),
            ("elect* wa*", "elect* wa*"),
            // What is written in one piece is one alternative, on either side.
            ("open-data OR fifa", "(open data)|fifa"),
            ("fifa OR open-data", "fifa|(open data)"),
            ("fifa OR open-data OR sea-wall price", "fifa|(open data)|(sea wall) price"),
            ("open-dat* OR fifa", "(open dat*)|fifa"),
            ("fifa OR open-dat*", "fifa|(open dat*)"),
            ("city open-data OR fifa", "city (open data)|fifa"),
            ("open-data OR", "open data"),
            ("open-data OR -fifa", "open data -fifa"),
            ("-fifa OR open-data", "-fifa open data"),
            ("東京都 OR fifa", "\"東京 京都\"|fifa"),
            ("author:marsh topic:\"sea wall\" section:politics", "Author(marsh) Topic(sea wall) Section(politics)"),
            ("-author:marsh", "-Author(marsh)"),
            ("東京都", "\"東京 京都\""),
            // What has no meaning is read as plain words.
            ("OR sea OR", "sea"),
            ("\"sea wall", "sea wall"),
            ("author: marsh url:http://example.org/a?b=c", "author marsh url http example org a b c"),
            ("- -- * ** \" ( ) [a TO b]^2 ~", "a to b 2"),
            ("a*", "a"),
            ("", ""),
            ("-wall", "-wall"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_long_query_is_bounded() {
        assert_eq!(parse(&"word ".repeat(1_000)).words().count(), WORDS_MOST);
        assert_eq!(parse(&"\"".repeat(10_000)).clauses.len(), 0);
        assert!(parse(&"é".repeat(5_000)).words().next().is_some());
    }
}
