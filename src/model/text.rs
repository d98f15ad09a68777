//! Text that is fit to be stored: NFC, without characters that XML 1.0 forbids.
//!
//! The doors refuse what is unfit ([`checked`]); import drops it and says so ([`cleaned`]).

use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::error::{Code, Error, Result};

/// Whether XML 1.0 (fifth edition, production 2) allows the character in a document. NUL is among those that it does not.
pub fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

/// The text in NFC, and how many forbidden characters were dropped.
pub fn cleaned(text: &str) -> (String, usize) {
    let mut dropped = 0;
    let kept: String = text
        .chars()
        .filter(|c| {
            let keep = is_xml_char(*c);
            dropped += usize::from(!keep);
            keep
        })
        .collect();
    (if is_nfc(&kept) { kept } else { kept.nfc().collect() }, dropped)
}

/// The text in NFC, trimmed and with runs of white space made one space, as fits a headline or a name.
pub fn one_line(text: &str) -> (String, usize) {
    let (text, dropped) = cleaned(text);
    let mut line = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    (line, dropped)
}

/// The text in NFC; an error that names `field` when it has a forbidden character.
pub fn checked(field: &str, text: &str) -> Result<String> {
    if let Some(c) = text.chars().find(|c| !is_xml_char(*c)) {
        return Err(Error::new(
            Code::InvalidParameter,
            format!("{field} has the character U+{:04X}, which XML 1.0 forbids; leave it out.", u32::from(c)),
        )
        .at(field));
    }
    Ok(if is_nfc(text) { text.to_owned() } else { text.nfc().collect() })
}

/// Whether there is nothing to be seen in the text: no character but white space, and those that Unicode gives no shape.
pub fn is_blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c.is_control() || is_invisible(c))
}

/// Whether the character has no shape of its own: what Unicode lets every font ignore (`Default_Ignorable_Code_Point`), what
/// annotates, and the pattern of Braille without a dot.
pub fn is_invisible(c: char) -> bool {
    matches!(c,
        '\u{AD}' | '\u{34F}' | '\u{61C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}' | '\u{180B}'..='\u{180F}'
        | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}'
        | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}' | '\u{1BCA0}'..='\u{1BCA3}'
        | '\u{1D173}'..='\u{1D17A}' | '\u{E0000}'..='\u{E0FFF}')
}

/// The first `most` characters, cut between words where one ends near, with an ellipsis when something was cut.
pub fn excerpt(text: &str, most: usize) -> String {
    let Some((cut, next)) = text.char_indices().nth(most) else { return text.to_owned() };
    let head = &text[..cut];
    let between = next.is_whitespace().then_some(cut);
    let end = between.or_else(|| head.rfind(char::is_whitespace).filter(|at| *at * 2 > cut)).unwrap_or(cut);
    format!("{}…", head[..end].trim_end_matches([' ', ',', ';', ':', '.', '–', '—']))
}

/// How a value does not fit, as serde says it, without the line and column that nobody counts, and never with the value: it
/// may be a password, or a book.
pub fn misfit(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    // "invalid type: string "…", expected a boolean"
    if let Some((head, tail)) = text.split_once("string \"") {
        let expected = tail.rsplit_once("\", ").map_or("", |(_, expected)| expected);
        return format!("{head}string, {expected}");
    }
    // "unknown field `…`, expected one of `a`, `b`"
    match text.split_once('`').and_then(|(head, tail)| Some((head, tail.split_once("`, expected")?))) {
        Some((head, (word, expected))) if head.starts_with("unknown") => {
            format!("{head}`{}`, expected{}", excerpt(word, 60), excerpt(expected, 300))
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cleaned_drops_and_counts_what_xml_forbids() {
        assert_eq!(cleaned("a\0b\u{8}c\u{FFFE}\t\n"), ("abc\t\n".to_owned(), 3));
        assert_eq!(cleaned("e\u{301}").0, "é");
    }

    #[test]
    fn checked_names_field_and_character() {
        let error = checked("headline", "a\0").unwrap_err();
        assert!(error.message().contains("headline") && error.message().contains("U+0000"));
    }

    #[test]
    fn a_misfit_is_told_without_its_value() {
        #[derive(Debug, serde::Deserialize)]
        #[serde(rename_all = "lowercase")]
        enum Status {
            Usable,
        }
        let book = "at line 5 ".repeat(100);
        let told = misfit(&serde_json::from_value::<Vec<u8>>(book.clone().into()).unwrap_err());
        assert_eq!(told, "invalid type: string, expected a sequence");
        let told = misfit(&serde_json::from_str::<Vec<u8>>("\"a book\"").unwrap_err());
        assert_eq!(told, "invalid type: string, expected a sequence");
        let told = misfit(&serde_json::from_value::<Status>(book.into()).unwrap_err());
        assert!(told.ends_with("…`, expected `usable`") && told.len() < 120, "{told} {:?}", Status::Usable);
    }

    #[test]
    fn what_nobody_can_see_is_blank() {
        for blank in
            ["", " \t\n", "\u{A0}\u{3000}", "\u{200B}", "\u{200D}\u{FEFF}\u{2060}", "\u{AD}\u{3164}\u{2800}", "\u{85}"]
        {
            assert!(is_blank(blank), "{blank:?}");
        }
        for seen in [".", "\u{200B}x", "क्‍ष", "👨‍👩‍👧", "e\u{301}", "\u{301}", "\u{FFFD}"] {
            assert!(!is_blank(seen), "{seen:?}");
        }
    }

    #[test]
    fn excerpt_cuts_between_words_and_leaves_short_text() {
        assert_eq!(excerpt("short", 10), "short");
        assert_eq!(excerpt("The harbour bridge opens, at last", 25), "The harbour bridge opens…");
        assert_eq!(excerpt("The harbour bridge opens, at last", 23), "The harbour bridge…");
        assert_eq!(excerpt("数数数数数", 3), "数数数…");
    }
}
