//! Strings in documents as the specification has them (GraphQL, September 2025, 2.9.4), where the library's parser has not.
//!
//! It refuses `\u{1F600}` and the pair `\uD83D\uDE00`, and takes the backslash of `\"""` in a block string for one of the
//! text. So what it would misread is written over before it is parsed; what stands behind keeps its line, and its column too
//! unless a block string of one line has many quotation marks. And it takes no white space within the type of a variable, as in
//! `[ID! ]!` (2.1.7): there that is moved behind the type.

use std::borrow::Cow;

use async_graphql::Pos;

use super::validation::Fault;
use crate::error::{Code, Error};
use crate::model::text::excerpt;

/// What a block string begins and ends with.
const BLOCK: &str = "\"\"\"";
/// The most characters of an escape that an error repeats.
const REPEATED: usize = 12;

/// Whether the parser would misread the document.
pub(super) fn is_misread(query: &str) -> bool {
    matches!(plain(query), Ok(Cow::Owned(_)))
}

/// How many bytes the string takes that the text begins with; one without an end as far as it goes.
pub(super) fn length(text: &str) -> usize {
    if let Some(block) = text.strip_prefix(BLOCK) {
        let mut from = 0;
        while let Some(found) = block[from..].find(BLOCK) {
            let end = from + found;
            from = end + BLOCK.len();
            if !block[..end].ends_with('\\') {
                return BLOCK.len() + from;
            }
        }
        return text.len();
    }
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return at,
            '"' if !escaped => return at + 1,
            _ => escaped = c == '\\' && !escaped,
        }
    }
    text.len()
}

/// The document with its strings and the types of its variables as the parser reads them: itself, but for few.
///
/// # Errors
/// `GRAPHQL_PARSE_FAILED`, with the place, for an escape that stands for no character.
pub(super) fn plain(query: &str) -> Result<Cow<'_, str>, Fault> {
    let plain = strings(query)?;
    Ok(match types(&plain) {
        Some(closed) => Cow::Owned(closed),
        None => plain,
    })
}

fn strings(query: &str) -> Result<Cow<'_, str>, Fault> {
    if !query.contains('\\') {
        return Ok(Cow::Borrowed(query));
    }
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(found) = query[at..].find(['"', '#']) {
        at += found;
        let rest = &query[at..];
        if rest.starts_with('#') {
            at += comment(rest);
            continue;
        }
        let literal = &rest[..length(rest)];
        let written = if literal.starts_with(BLOCK) {
            block(literal)
        } else {
            string(literal).map_err(|(within, says)| Fault {
                error: Error::new(Code::GraphqlParse, says),
                at: place(&query[..at + within]),
            })?
        };
        if let Some(written) = written {
            out.push_str(&query[done..at]);
            out.push_str(&written);
            done = at + literal.len();
        }
        at += literal.len();
    }
    if done == 0 {
        return Ok(Cow::Borrowed(query));
    }
    out.push_str(&query[done..]);
    Ok(Cow::Owned(out))
}

/// The document with what means nothing moved behind the types of variables that it stands in; `None` where it stands in none.
fn types(query: &str) -> Option<String> {
    if !query.contains('$') {
        return None;
    }
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(found) = query[at..].find(['"', '#', '$']) {
        at += found;
        let rest = &query[at..];
        if rest.starts_with('"') {
            at += length(rest);
            continue;
        }
        if rest.starts_with('#') {
            at += comment(rest);
            continue;
        }
        at += 1;
        at += ignored(&query[at..]);
        at += name(&query[at..]);
        // Only where it is declared a colon follows.
        let colon = at + ignored(&query[at..]);
        if !query[colon..].starts_with(':') {
            continue;
        }
        at = colon + 1;
        at += ignored(&query[at..]);
        let Some(of) = OfVariable::read(&query[at..]) else { continue };
        let end = at + of.length;
        if !of.between.is_empty() {
            let column = behind(&query[at..end]);
            out.push_str(&query[done..at]);
            out.push_str(&of.tokens);
            out.push_str(&of.between);
            if of.between.contains(['\n', '\r']) {
                out.extend(std::iter::repeat_n(' ', column.saturating_sub(behind(&of.between))));
            }
            done = end;
        }
        at = end;
    }
    if done == 0 {
        return None;
    }
    out.push_str(&query[done..]);
    Some(out)
}

/// The type of a variable as it is written.
struct OfVariable {
    /// How many bytes it takes.
    length: usize,
    /// Its tokens alone.
    tokens: String,
    /// What stands between them.
    between: String,
}

impl OfVariable {
    /// The type that a text begins with; `None` where it begins with none.
    fn read(text: &str) -> Option<OfVariable> {
        let mut of = OfVariable { length: 0, tokens: String::new(), between: String::new() };
        let mut open = 0usize;
        while of.next(text) == Some('[') {
            of.take(text, 1);
            open += 1;
        }
        of.next(text)?;
        let start = of.length + ignored(&text[of.length..]);
        match name(&text[start..]) {
            0 => return None,
            length => of.take(text, length),
        }
        loop {
            match of.next(text) {
                Some('!') if !of.tokens.ends_with('!') => {}
                Some(']') if open > 0 => open -= 1,
                _ => break,
            }
            of.take(text, 1);
        }
        (open == 0).then_some(of)
    }

    /// What the next token begins with.
    fn next(&self, text: &str) -> Option<char> {
        let rest = &text[self.length..];
        rest[ignored(rest)..].chars().next()
    }

    /// Takes the next token, of so many bytes, with what stands before it.
    fn take(&mut self, text: &str, length: usize) {
        let start = self.length + ignored(&text[self.length..]);
        self.between.push_str(&text[self.length..start]);
        self.tokens.push_str(&text[start..start + length]);
        self.length = start + length;
    }
}

/// How many bytes the white space, commas and comments take that a text begins with (GraphQL specification, 2.1.7).
fn ignored(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        match c {
            ' ' | '\t' | '\n' | '\r' | ',' | '\u{FEFF}' => at += c.len_utf8(),
            '#' => at += comment(&text[at..]),
            _ => break,
        }
    }
    at
}

/// How many bytes the comment takes that a text begins with.
fn comment(text: &str) -> usize {
    text.find(['\n', '\r']).unwrap_or(text.len())
}

/// How many bytes the name takes that a text begins with.
fn name(text: &str) -> usize {
    text.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(text.len())
}

/// The place behind a text.
fn place(before: &str) -> Pos {
    Pos { line: before.matches('\n').count() + 1, column: behind(before) + 1 }
}

/// How many characters stand in the last line.
fn behind(text: &str) -> usize {
    text.chars().rev().take_while(|c| !matches!(c, '\n' | '\r')).count()
}

/// A string of one line with each escape that the parser does not read as the character itself; `None` where it has none.
/// The fault is where in it, and what.
fn string(literal: &str) -> Result<Option<String>, (usize, String)> {
    let mut out = String::new();
    let (mut at, mut done) = (0, 0);
    while let Some(found) = literal[at..].find('\\') {
        at += found;
        let rest = &literal[at..];
        let Some(escape) = rest.strip_prefix("\\u") else {
            // What is escaped may be a backslash.
            at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            continue;
        };
        let (length, c) = if let Some(braced) = escape.strip_prefix('{') {
            let digits = braced.split_once('}').map(|(digits, _)| digits);
            let c = digits.and_then(|digits| char::from_u32(number(digits)?));
            let (Some(digits), Some(c)) = (digits, c) else {
                let says = format!(
                    "The string has {}, which is no character; write its number in hexadecimal between \\u{{ and }}.",
                    excerpt(rest.trim_end_matches('"'), REPEATED)
                );
                return Err((at, says));
            };
            // With the backslash, the letter and the braces.
            (digits.len() + 4, c)
        } else {
            let four = |text: &str| text.get(..4).and_then(number);
            // What has not four digits the parser refuses.
            let Some(first) = four(escape).filter(|first| (0xD800..=0xDFFF).contains(first)) else {
                at += "\\u".len();
                continue;
            };
            let second = escape[4..].strip_prefix("\\u").and_then(four);
            let pair = second.filter(|second| first < 0xDC00 && (0xDC00..=0xDFFF).contains(second));
            let c = pair.and_then(|second| char::from_u32(0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)));
            let Some(c) = c else {
                let says = format!(
                    "The string has {}, half of a pair of surrogates, which is no character; write both halves, or \\u{{…}}.",
                    &rest[..6]
                );
                return Err((at, says));
            };
            (12, c)
        };
        out.push_str(&literal[done..at]);
        push(&mut out, c);
        at += length;
        done = at;
    }
    if done == 0 {
        return Ok(None);
    }
    out.push_str(&literal[done..]);
    pad(&mut out, literal.chars().count());
    Ok(Some(out))
}

/// A number in hexadecimal digits, at least one and nothing else.
fn number(digits: &str) -> Option<u32> {
    let well = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit());
    let shown = digits.trim_start_matches('0');
    match (well, shown) {
        (false, _) => None,
        (true, "") => Some(0),
        (true, shown) => u32::from_str_radix(shown, 16).ok(),
    }
}

/// A block string as one of a line, where it has an escape: a block cannot hold what that stands for.
fn block(literal: &str) -> Option<String> {
    let inner = literal.strip_prefix(BLOCK)?.strip_suffix(BLOCK)?;
    // Without an end the parser refuses it.
    let escape = format!("\\{BLOCK}");
    if !inner.contains(&escape) || inner.ends_with('\\') {
        return None;
    }
    let mut out = String::from("\"");
    dedented(&inner.replace(&escape, BLOCK)).chars().for_each(|c| push(&mut out, c));
    out.push('"');
    let lines = literal.matches('\n').count();
    if lines == 0 {
        pad(&mut out, literal.chars().count());
    } else {
        out.extend(std::iter::repeat_n('\n', lines));
        out.extend(std::iter::repeat_n(' ', behind(literal)));
    }
    Some(out)
}

/// The text of a block string without what indents all of its lines and without the blank lines around it (the specification's
/// `BlockStringValue`).
fn dedented(raw: &str) -> String {
    let is_blank = |line: &str| line.bytes().all(|b| matches!(b, b' ' | b'\t'));
    let raw = raw.replace("\r\n", "\n");
    let lines: Vec<&str> = raw.split(['\n', '\r']).collect();
    let indent = |line: &&str| line.len() - line.trim_start_matches([' ', '\t']).len();
    let common = lines.iter().skip(1).filter(|line| !is_blank(line)).map(indent).min().unwrap_or(0);
    let (Some(first), Some(last)) =
        (lines.iter().position(|line| !is_blank(line)), lines.iter().rposition(|line| !is_blank(line)))
    else {
        return String::new();
    };
    let mut shown = Vec::with_capacity(lines.len());
    for (n, line) in lines.iter().enumerate().take(last + 1).skip(first) {
        // The first line begins behind the quotation marks.
        shown.push(if n == 0 { *line } else { line.get(common..).unwrap_or_default() });
    }
    shown.join("\n")
}

/// Adds a character to a string of one line.
fn push(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("\\\""),
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        c => out.push(c),
    }
}

/// Adds blanks, which mean nothing, up to so many characters.
fn pad(out: &mut String, to: usize) {
    let has = out.chars().count();
    out.extend(std::iter::repeat_n(' ', to.saturating_sub(has)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_graphql::parser::parse_query;
    use async_graphql::parser::types::Selection;
    use async_graphql_value::Value;
    use proptest::prelude::*;

    /// The value of the argument of the only field, and where the field in it stands.
    fn read(query: &str) -> (String, Pos) {
        let text = plain(query).unwrap_or_else(|fault| panic!("{query}: {:?}", fault.error));
        let document = parse_query(&*text).unwrap_or_else(|fault| panic!("{query}: {fault}"));
        let operation = &document.operations.iter().next().unwrap().1.node;
        let Selection::Field(field) = &operation.selection_set.node.items[0].node else { panic!("{query}") };
        let Value::String(value) = &field.node.arguments[0].1.node else { panic!("{query}") };
        (value.clone(), field.node.selection_set.node.items[0].pos)
    }

    #[test]
    fn strings_are_read_as_the_specification_has_them() {
        for (literal, value) in [
            (r#""\u{1F600}""#, "😀"),
            (r#""a\u{e9}\u{0000000000E9}\u{22}\u{5c}\u{a}\u{D}b""#, "aéé\"\\\n\rb"),
            (r#""\uD83D\uDE00 \ud83d\ude00""#, "😀 😀"),
            (r#""\u00e9\n\\u{41}\\uD83D""#, "é\n\\u{41}\\uD83D"),
            (r#""\\\u{41}\"\u{42}""#, "\\A\"B"),
            (r#""\u{0}\u{10FFFF}""#, "\0\u{10FFFF}"),
            (r#""""\u{41} \uD83D""""#, "\\u{41} \\uD83D"),
            (r#""""one \""" two \ """"#, "one \"\"\" two \\ "),
            ("\"\"\"\n    one \\\"\"\"\n      two\n\n    three\n  \"\"\"", "one \"\"\"\n  two\n\nthree"),
            ("\"\"\"\\\"\"\"\r\n  a\r  b\"\"\"", "\"\"\"\na\nb"),
        ] {
            let query = format!("{{ a(b: {literal}) {{ c }} }}");
            let (read, at) = read(&query);
            assert_eq!(read, value, "{query}");
            if !literal.contains('\r') {
                assert_eq!(at, place(&query[..query.rfind('c').unwrap()]), "{query}");
            }
        }
    }

    #[test]
    fn white_space_may_stand_in_the_type_of_a_variable() {
        for (query, of) in [
            ("query($n:Int !) { a }", "Int!"),
            ("query($n: Int\n  !) { a }", "Int!"),
            ("query($a:[ID! ]!) { a }", "[ID!]!"),
            ("query($a: [ ID ! , ] # more\n ! = [1]) { a }", "[ID!]!"),
            ("query($a :[ [ID]\u{FEFF}!\n] ) { a }", "[[ID]!]"),
            ("query($ a: ID # of it!\n ! $b: String) { a(b: \"$c: Int !\") }", "ID!"),
            ("query($x: String = \"\\u{41} $n: Int !\", $n: Int ! = 1) { a }", "String"),
        ] {
            let text = plain(query).unwrap_or_else(|fault| panic!("{query}: {:?}", fault.error));
            assert!(is_misread(query), "{query}");
            let document = parse_query(&*text).unwrap_or_else(|fault| panic!("{query}: {text}: {fault}"));
            let operation = &document.operations.iter().next().unwrap().1.node;
            assert_eq!(operation.variable_definitions[0].node.var_type.node.to_string(), of, "{query}");
            if !query.contains('\\') {
                let at = place(&query[..query.find("{ a").unwrap() + 2]);
                assert_eq!(operation.selection_set.node.items[0].pos, at, "{query}: {text}");
            }
        }
    }

    #[test]
    fn what_is_no_character_is_named() {
        for (query, at) in [
            (r#"{ a(b: "\uD83D") }"#, 8),
            (r#"{ a(b: "x\uDE00\uD83D") }"#, 9),
            (r#"{ a(b: "\uD83D\uD83D\uDE00") }"#, 8),
            (r#"{ a(b: "\uD83D\u{DE00}") }"#, 8),
            (r#"{ a(b: "\u{D83D}") }"#, 8),
            (r#"{ a(b: "\u{110000}") }"#, 8),
            (r#"{ a(b: "\u{}") }"#, 8),
            (r#"{ a(b: "\u{41") }"#, 8),
            (r#"{ a(b: "\u{+41}") }"#, 8),
            (r#"{ a(b: "\u{ffffffffffffffffffff}") }"#, 8),
        ] {
            let fault = plain(query).unwrap_err();
            assert_eq!(
                (fault.error.code(), fault.at),
                (Code::GraphqlParse, Pos { line: 1, column: at + 1 }),
                "{query}"
            );
            assert!(fault.error.message().contains("\\u"), "{query}: {:?}", fault.error);
        }
    }

    #[test]
    fn what_the_parser_reads_well_is_left_as_it_is() {
        for query in [
            r##"{ a(b: "\u00e9\n\"#\\") } # "\uD83D" "##,
            "{ a } # \\u{1F600} \"",
            r#"{ a(b: """\u{1F600}""") }"#,
            // No string, or none that ends; the parser says so.
            r#"{ a(b: "\u12") }"#,
            r#"{ a(b: "\"#,
            r#"{ a(b: """ \""" "#,
            r#"{ a(b: """\""""#,
            "\\u{41}",
            "query($a: [ID!]! , $b: Int! = 1, # $c: Int !\n $c: [Int]) { a(b: $a, c: \"$d: Int !\", d: [$c]) }",
            "query($a: [Int !",
            "query($a: Int!!) { a }",
            "query($a: , $b:",
            "{ a(b: $c) }",
        ] {
            assert!(matches!(plain(query), Ok(Cow::Borrowed(_))), "{query}");
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_written_in_any_way(text in "[\\PC\n\t\"\\\\]{0,12}", braced in any::<bool>()) {
            let mut literal = String::from("\"");
            let mut halves = [0; 2];
            for c in text.chars() {
                if braced {
                    literal.push_str(&format!("\\u{{{:X}}}", u32::from(c)));
                } else {
                    c.encode_utf16(&mut halves).iter().for_each(|half| literal.push_str(&format!("\\u{half:04x}")));
                }
            }
            literal.push('"');
            prop_assert_eq!(read(&format!("{{ a(b: {literal}) {{ c }} }}")).0, text);
        }
    }
}
