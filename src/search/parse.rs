//! What a reader typed, as a query. Nothing is refused: what has no meaning is read as plain words.
//!
//! `sea wall` plain words · `"sea wall"` a phrase · `-wall` not · `sea OR wall` either · `elect*` words that begin so ·
//! `author:marsh`, `topic:"sea wall"`, `section:pol*` words of one such name. What is written in one piece is one clause:
//! `sea-wall OR dyke` is both words, or the other.

use super::analysis::{self, Word};
use crate::model::text::cleaned;

/// How many words a query may ask for, and how many more it may exclude; the rest is not looked at. What is typed again
/// counts once.
const WORDS_MOST: usize = 32;
/// How much of the text is looked at, in bytes.
const TEXT_MOST: usize = 2_000;

/// One thing that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Term {
    /// A word.
    Word(Word),
    /// Words that follow each other: two at least.
    Phrase(Vec<Word>),
    /// Words that begin so.
    Prefix(Word),
    /// Words of one name, in any order.
    Field {
        /// Whose.
        name: FieldName,
        /// The words: one at least.
        words: Vec<Word>,
        /// Whether the last of them is only begun.
        begun: bool,
    },
    /// All of these, in any order: several words in one piece.
    All(Vec<Term>),
}

impl Term {
    /// Its words, and of which of them the beginning counts.
    fn words(&self) -> Vec<(&Word, bool)> {
        match self {
            Term::Word(word) => vec![(word, false)],
            Term::Prefix(word) => vec![(word, true)],
            Term::Phrase(words) => words.iter().map(|word| (word, false)).collect(),
            Term::Field { .. } => Vec::new(),
            Term::All(terms) => terms.iter().flat_map(Term::words).collect(),
        }
    }

    /// How many words it has.
    fn len(&self) -> usize {
        match self {
            Term::Word(_) | Term::Prefix(_) => 1,
            Term::Phrase(words) | Term::Field { words, .. } => words.len(),
            Term::All(terms) => terms.iter().map(Term::len).sum(),
        }
    }

    /// All of these as one.
    fn all(mut terms: Vec<Term>) -> Term {
        match terms.pop() {
            Some(only) if terms.is_empty() => only,
            last => Term::All(terms.into_iter().chain(last).collect()),
        }
    }

    /// These words in this order.
    fn phrase(mut words: Vec<Word>) -> Term {
        match words.pop() {
            Some(only) if words.is_empty() => Term::Word(only),
            last => Term::Phrase(words.into_iter().chain(last).collect()),
        }
    }

    /// What its first words are.
    fn within(self, most: usize) -> Option<Term> {
        if self.len() <= most {
            return Some(self);
        }
        if most == 0 {
            return None;
        }
        match self {
            Term::Word(_) | Term::Prefix(_) => None,
            Term::Phrase(mut words) => {
                words.truncate(most);
                Some(Term::phrase(words))
            }
            Term::Field { name, mut words, .. } => {
                words.truncate(most);
                Some(Term::Field { name, words, begun: false })
            }
            // One word each.
            Term::All(mut terms) => {
                terms.truncate(most);
                Some(Term::all(terms))
            }
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
    /// Whether it may miss where most of the others are there: plain words, without quotation marks, a star or an `OR`.
    pub may_miss: bool,
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
    // NFC as the articles are, and without what no article has and what nobody sees: what is pasted begins with a mark
    // of direction at times, before the `-` or the quotation mark.
    let (text, _) = cleaned(text);
    let (text, _) = analysis::shown(&text);
    let end = text.char_indices().map(|(at, c)| at + c.len_utf8()).take_while(|end| *end <= TEXT_MOST).last();
    let mut rest = &text[..end.unwrap_or(0)];
    let mut clauses: Vec<Clause> = Vec::new();
    let mut either = false;
    while let Some(token) = next(&mut rest) {
        if token.bare == Some("OR") {
            either = clauses.last().is_some_and(|clause| !clause.not);
            continue;
        }
        let Some(term) = read(&token) else { continue };
        if either
            && !token.not
            && let Some(last) = clauses.last_mut()
        {
            last.may_miss = false;
            if !last.any.contains(&term) {
                last.any.push(term);
            }
        } else {
            clauses.push(Clause { not: token.not, may_miss: token.may_miss(&term), any: vec![term] });
        }
        either = false;
    }
    Query { clauses: within(clauses) }
}

/// As many of the clauses as a query may have.
fn within(all: Vec<Clause>) -> Vec<Clause> {
    let mut clauses: Vec<Clause> = Vec::new();
    // What is asked for and what is excluded each have room of their own: an exclusion that is not looked at shows what
    // the reader wants least.
    let (mut wanted, mut unwanted) = (WORDS_MOST, WORDS_MOST);
    for mut clause in all {
        if clauses.contains(&clause) {
            continue;
        }
        if clause.not {
            // The beginning of a phrase would exclude more than the whole.
            let words = clause.any.iter().map(Term::len).sum::<usize>();
            if words > unwanted {
                continue;
            }
            unwanted -= words;
        } else {
            let fitting = |term: Term| {
                let term = term.within(wanted)?;
                wanted -= term.len();
                Some(term)
            };
            clause.any = clause.any.into_iter().filter_map(fitting).collect();
        }
        if !clause.any.is_empty() {
            clauses.push(clause);
        }
    }
    clauses
}

struct Token<'t> {
    not: bool,
    field: Option<FieldName>,
    /// A token without quotation marks.
    bare: Option<&'t str>,
    quoted: Option<&'t str>,
}

impl Token<'_> {
    /// Whether it stands for nothing but plain words, which nobody insists on.
    fn may_miss(&self, term: &Term) -> bool {
        let plain = match term {
            Term::Word(_) => true,
            Term::All(terms) => terms.iter().all(|term| matches!(term, Term::Word(_))),
            Term::Phrase(_) | Term::Prefix(_) | Term::Field { .. } => false,
        };
        plain && self.bare.is_some() && !self.not
    }
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

fn read(token: &Token<'_>) -> Option<Term> {
    let text = token.bare.or(token.quoted)?;
    let mut words = analysis::words(text);
    // Where a word stands is of no matter here: what is typed twice is one and the same.
    words.iter_mut().for_each(|word| (word.from, word.to) = (0, 0));
    let begun = words.last()?.plain().len() > 1 && text.ends_with('*');
    if let Some(name) = token.field {
        // Quotation marks only hold the words together here, which come in any order.
        return Some(Term::Field { name, words, begun });
    }
    if begun && token.bare.is_some() {
        let last = words.pop();
        return Some(Term::all(words.into_iter().map(Term::Word).chain(last.map(Term::Prefix)).collect()));
    }
    // Several words of one token: `-sea-wall` and pairs of characters must stand together; `sea-wall` need not.
    let together = token.quoted.is_some() || token.not || words.iter().any(|word| word.unspaced);
    Some(if together { Term::phrase(words) } else { Term::all(words.into_iter().map(Term::Word).collect()) })
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
                Term::Field { name, words, begun } => {
                    format!("{name:?}({}{})", all(words), if *begun { "*" } else { "" })
                }
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
            ("sea-wall", "(sea wall)"),
            ("sea OR wall OR dyke price", "sea|wall|dyke price"),
            ("elect* wa*", "elect* wa*"),
            // What is written in one piece is one alternative, on either side.
            ("open-data OR fifa", "(open data)|fifa"),
            ("fifa OR open-data", "fifa|(open data)"),
            ("fifa OR open-data OR sea-wall price", "fifa|(open data)|(sea wall) price"),
            ("open-dat* OR fifa", "(open dat*)|fifa"),
            ("fifa OR open-dat*", "fifa|(open dat*)"),
            ("city open-data OR fifa", "city (open data)|fifa"),
            ("open-data OR", "(open data)"),
            ("open-data OR -fifa", "(open data) -fifa"),
            ("-fifa OR open-data", "-fifa (open data)"),
            ("東京都 OR fifa", "\"東京 京都\"|fifa"),
            ("author:marsh topic:\"sea wall\" section:politics", "Author(marsh) Topic(sea wall) Section(politics)"),
            ("-author:marsh", "-Author(marsh)"),
            // Of a name, too, the last word may only be begun.
            ("topic:ukr* -topic:russ*", "Topic(ukr*) -Topic(russ*)"),
            ("topic:sea-wal* author:\"ada mar*\"", "Topic(sea wal*) Author(ada mar*)"),
            ("topic:u*", "Topic(u)"),
            ("-open-dat*", "-(open dat*)"),
            // What nobody sees is no part of what is typed.
            ("\u{200e}-wall \u{feff}\"sea\u{ad} wall\" topic:\u{2060}dyke", "-wall \"sea wall\" Topic(dyke)"),
            ("東京都", "\"東京 京都\""),
            // What has no meaning is read as plain words.
            ("OR sea OR", "sea"),
            ("\"sea wall", "sea wall"),
            ("author: marsh url:http://example.org/a?b=c", "author marsh (url http example org a b c)"),
            ("- -- * ** \" ( ) [a TO b]^2 ~", "a to (b 2)"),
            ("a*", "a"),
            ("", ""),
            ("-wall", "-wall"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn plain_words_alone_may_miss() {
        let which = |text: &str| parse(text).clauses.iter().map(|clause| clause.may_miss).collect::<Vec<_>>();
        assert_eq!(which("covid-19 tennis"), [true, true], "what is written in one piece is one");
        let insisted = "\"wall\" \"city hall\" pri* -dyke fifa OR uefa topic:ports";
        assert_eq!(which(insisted), [false; 6]);
        assert_eq!(which("sea-wal* price"), [false, true]);
    }

    #[test]
    fn what_is_typed_twice_counts_once() {
        assert_eq!(shown("sea wall sea -dyke SEA -dyke"), "sea wall -dyke");
        assert_eq!(shown("sea wall sea OR dyke OR sea"), "sea wall sea|dyke");
        assert_eq!(shown(&format!("{}wall", "sea ".repeat(40))), "sea wall");
    }

    #[test]
    fn a_long_query_keeps_what_it_excludes() {
        let words = |n: usize| (0..n).map(|n| format!("w{n} ")).collect::<String>();
        assert_eq!(shown(&format!("{}-dyke", words(40))), format!("{}-dyke", words(WORDS_MOST)));
        // Those that are excluded have a bound of their own, and none of them is cut short.
        let excluded = (0..WORDS_MOST - 1).map(|n| format!("-x{n} ")).collect::<String>();
        assert_eq!(shown(&format!("{excluded}-\"sea wall\" -dyke -hall sea")), format!("{excluded}-dyke sea"));
    }

    #[test]
    fn a_long_query_is_bounded() {
        let many = |before: &str| (0..300).map(|n| format!("{before}{n} ")).collect::<String>();
        assert_eq!(parse(&many("")).words().count(), WORDS_MOST);
        assert_eq!(parse(&many("-")).clauses.len(), WORDS_MOST);
        assert_eq!(parse(&many("a OR ")).words().count(), WORDS_MOST);
        assert_eq!(parse(&format!("\"{}\"", many(""))).words().count(), WORDS_MOST);
        assert_eq!(parse(&"a OR b c OR d ".repeat(100)).words().count(), 4);
        assert_eq!(parse(&"\"".repeat(10_000)).clauses.len(), 0);
        assert!(parse(&"é".repeat(5_000)).words().next().is_some());
    }
}
