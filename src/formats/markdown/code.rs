//! One template code: where it ends and what its parts are.

/// A code as it stands in the text.
#[derive(Debug, PartialEq)]
pub(super) enum Code<'a> {
    /// Hugo: `{{< name … >}}`, `{{% name … %}}`; Liquid and Nunjucks: `{% name … %}`.
    Named { name: &'a str, arguments: Vec<Argument> },
    /// `{{< /name >}}` or `{% endname %}`.
    End { name: &'a str },
    /// Liquid: `{{ value | filter: … }}`; the value and its filters as written.
    Output { parts: Vec<&'a str> },
    /// Hugo's way to write a code without running it: `{{</* … */>}}`.
    Quoted(String),
}

/// An argument of a code, without quotes.
#[derive(Debug, PartialEq)]
pub(super) struct Argument {
    pub key: Option<String>,
    pub value: String,
}

/// Bytes in which a code must end.
const LONGEST: usize = 8_192;

/// The code at the beginning of `text`, and its length.
pub(super) fn read(text: &str) -> Option<(Code<'_>, usize)> {
    let (open, close) = match text.as_bytes() {
        [b'{', b'{', b'<', ..] => ("{{<", ">}}"),
        [b'{', b'{', b'%', ..] => ("{{%", "%}}"),
        [b'{', b'%', ..] => ("{%", "%}"),
        // Three braces are of another family of templates; in news they are the end of a `raw` example.
        [b'{', b'{', b'{', ..] => return None,
        [b'{', b'{', ..] => ("{{", "}}"),
        _ => return None,
    };
    let length = end(&text[open.len()..], close)?;
    let inner = &text[open.len()..open.len() + length];
    let whole = open.len() + length + close.len();
    let inner = inner.trim();
    if let Some(quoted) = inner.strip_prefix("/*").and_then(|inner| inner.strip_suffix("*/")) {
        return Some((Code::Quoted(format!("{open}{quoted}{close}")), whole));
    }
    if open == "{{" {
        return Some((Code::Output { parts: split(inner.trim_matches('-').trim(), '|') }, whole));
    }
    let inner = inner.trim_start_matches('-').trim_end_matches(['-', '/']).trim();
    let (closing, inner) = inner.strip_prefix('/').map_or((false, inner), |rest| (true, rest.trim_start()));
    let name_end = inner.find(|c: char| !(c.is_alphanumeric() || "-_./".contains(c))).unwrap_or(inner.len());
    let (name, rest) = inner.split_at(name_end);
    if name.is_empty() {
        return None;
    }
    if closing {
        return Some((Code::End { name }, whole));
    }
    if let Some(name) = name.strip_prefix("end").filter(|_| open == "{%") {
        return Some((Code::End { name }, whole));
    }
    Some((Code::Named { name, arguments: arguments(rest) }, whole))
}

/// Where `close` stands outside of quotes; where quotes are not balanced, where it stands first.
fn end(text: &str, close: &str) -> Option<usize> {
    let mut window = text.len().min(LONGEST);
    while !text.is_char_boundary(window) {
        window -= 1;
    }
    let text = &text[..window];
    let bytes = text.as_bytes();
    let mut quote = None;
    for (i, &byte) in bytes.iter().enumerate() {
        match quote {
            Some(open) if byte == open && bytes[i - 1] != b'\\' => quote = None,
            Some(_) => {}
            None if byte == b'"' || byte == b'`' => quote = Some(byte),
            // An apostrophe opens a quote only where a value may begin.
            None if byte == b'\'' && i > 0 && b" =:,(".contains(&bytes[i - 1]) => quote = Some(byte),
            None if bytes[i..].starts_with(close.as_bytes()) => return Some(i),
            None => {}
        }
    }
    text.find(close)
}

/// Split outside of quotes, and trim.
pub(super) fn split(text: &str, at: char) -> Vec<&str> {
    let mut quote = None;
    let mut parts = vec![0];
    for (i, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if matches!(c, '"' | '\'') => quote = Some(c),
            None if c == at => parts.push(i + at.len_utf8()),
            _ => {}
        }
    }
    let ends = parts.iter().skip(1).map(|next| next - at.len_utf8()).chain([text.len()]);
    parts.iter().zip(ends).map(|(start, end)| text[*start..end].trim()).collect()
}

/// Read `value`, `key=value` and `key: value`, quoted or not, separated by blanks or commas.
pub(super) fn arguments(text: &str) -> Vec<Argument> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_separator);
    let mut key = None;
    while !rest.is_empty() {
        let (value, after) = value(rest);
        let next = after.trim_start();
        let is_key = key.is_none() && !rest.starts_with(['"', '\'', '`']) && next.starts_with(['=', ':']);
        if is_key {
            key = Some(value);
            rest = next[1..].trim_start();
            continue;
        }
        found.push(Argument { key: key.take(), value });
        rest = after.trim_start_matches(is_separator);
    }
    found.extend(key.map(|key| Argument { key: Some(key), value: String::new() }));
    found
}

fn is_separator(c: char) -> bool {
    c.is_whitespace() || c == ','
}

/// The first value in `text`, and what follows. Never empty-handed: at least one character is taken.
fn value(text: &str) -> (String, &str) {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'' | '`')) {
        let mut out = String::new();
        let mut chars = text.char_indices().skip(1);
        while let Some((i, c)) = chars.next() {
            match c {
                '\\' if quote != '`' => match chars.next() {
                    Some((_, c)) if c == quote || c == '\\' => out.push(c),
                    Some((_, c)) => out.extend(['\\', c]),
                    None => out.push('\\'),
                },
                c if c == quote => return (out, &text[i + c.len_utf8()..]),
                c => out.push(c),
            }
        }
        return (out, "");
    }
    let stops = |(i, c): (usize, char)| {
        // A colon inside an address is no separator.
        i > 0 && (is_separator(c) || c == '=' || c == ':' && !text[i..].starts_with("://"))
    };
    let end = text.char_indices().find(|at| stops(*at)).map_or(text.len(), |(i, _)| i);
    (text[..end].to_owned(), &text[end..])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> (String, Vec<(Option<String>, String)>) {
        let Some((Code::Named { name, arguments }, length)) = read(text) else { panic!("{text}") };
        assert_eq!(length, text.len());
        (name.to_owned(), arguments.into_iter().map(|argument| (argument.key, argument.value)).collect())
    }

    #[test]
    fn arguments_of_every_family_are_read() {
        let at = |key: &str, value: &str| (Some(key.to_owned()), value.to_owned());
        let plain = |value: &str| (None, value.to_owned());
        assert_eq!(
            named(r#"{{< img src="a.jpg" alt="A \"b\" >}} c" caption="" >}}"#),
            ("img".into(), vec![at("src", "a.jpg"), at("alt", "A \"b\" >}} c"), at("caption", "")])
        );
        assert_eq!(named("{{% tweet 123 %}}"), ("tweet".into(), vec![plain("123")]));
        assert_eq!(named("{{<ring title=\"A b\">}}"), ("ring".into(), vec![at("title", "A b")]));
        assert_eq!(
            named("{%- include \"figure.html\",\n  image: \"/a.png\", alt: \"It's\" -%}"),
            ("include".into(), vec![plain("figure.html"), at("image", "/a.png"), at("alt", "It's")])
        );
        assert_eq!(named("{% image a/b.png 'x y' %}"), ("image".into(), vec![plain("a/b.png"), plain("x y")]));
        assert_eq!(
            named("{{< youtube https://youtu.be/abc >}}"),
            ("youtube".into(), vec![plain("https://youtu.be/abc")])
        );
    }

    #[test]
    fn ends_outputs_and_quoted_codes_are_told_apart() {
        assert_eq!(read("{{< /note >}}x"), Some((Code::End { name: "note" }, 13)));
        assert_eq!(read("{% endraw %}"), Some((Code::End { name: "raw" }, 12)));
        let parts = vec!["\"/a|b\"", "url"];
        assert_eq!(read("{{ \"/a|b\" | url }}"), Some((Code::Output { parts }, 18)));
        assert_eq!(read("{{</* x */>}}"), Some((Code::Quoted("{{< x >}}".into()), 13)));
        for none in ["{{< open", "{{{ x }}", "{% %}", "{x}", "{{"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn a_quote_that_is_never_closed_does_not_swallow_the_text() {
        assert_eq!(read("{{< img alt=\"5\" screen\" >}} more \"x").map(|(_, length)| length), Some(27));
    }
}
