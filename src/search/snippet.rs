//! The piece of a text that shows best why it was found, with the words marked.

use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use frostem::Stemmer;
use rustc_hash::FxHashMap;

use super::analysis::{self, Word};
use super::index::Index;
use super::parse;

/// How long a snippet is, about, in characters.
const LENGTH: usize = 220;
/// How far the words of one piece may stand apart, in bytes.
const WINDOW: usize = LENGTH * 3 / 4;
/// How much of a text is looked through, in bytes; what stands only behind it is found, but not shown.
const TEXT_MOST: usize = 100_000;

/// A piece of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// The piece, plain.
    pub text: String,
    /// The marked words in `text`: where each begins and ends, in UTF-16 code units, as browsers and phones count.
    pub marks: Vec<(usize, usize)>,
    /// The piece as HTML: escaped, the words in `<mark>`.
    pub html: String,
}

/// Which of a query's words a word of a text is, by the word; stemming each anew would take most of the time.
type Known = FxHashMap<String, Option<usize>>;

/// Marks the words of one query.
pub struct Marker {
    words: Vec<Marked>,
    /// What the words begin with: few words of a text do, and no other needs to be cut out and stemmed.
    initials: [Class; 256],
    /// What is known already, for each language by its stemmer's name.
    known: Mutex<Vec<(Option<&'static str>, Known)>>,
}

/// What a byte of a text may be.
#[derive(Clone, Copy, PartialEq)]
enum Class {
    /// Between words.
    Between,
    /// Of a word.
    Word,
    /// Of a word, and one of the query's begins so.
    Initial,
    /// Of a character outside of ASCII, of which nothing is said.
    Any,
}

/// A word of the query.
#[derive(PartialEq)]
enum Marked {
    /// In any of these forms.
    Forms(Vec<String>),
    /// Whatever begins so.
    Beginning(String),
}

/// A word of the text that is one of the query's.
struct Mark {
    from: usize,
    to: usize,
    which: usize,
}

impl Index {
    /// A marker for what a reader typed.
    pub fn marker(&self, text: &str) -> Marker {
        let seen = self.seen();
        let mut words = Vec::new();
        for (word, prefix) in parse::parse(text).words() {
            let marked = if prefix {
                Marked::Beginning(word.plain())
            } else {
                let mut forms: Vec<String> = seen.stemmers.iter().flat_map(|stemmer| word.forms(*stemmer)).collect();
                forms.push(word.plain());
                forms.sort_unstable();
                forms.dedup();
                Marked::Forms(forms)
            };
            if !words.contains(&marked) {
                words.push(marked);
            }
        }
        Marker::of(words)
    }
}

impl Marker {
    fn of(words: Vec<Marked>) -> Marker {
        let begins = |word: &Marked| match word {
            Marked::Forms(forms) => forms.iter().filter_map(|form| form.chars().next()).collect(),
            Marked::Beginning(start) => start.chars().next().into_iter().collect::<Vec<_>>(),
        };
        let mut initials = [Class::Any; 256];
        for (byte, class) in (0..=127_u8).zip(&mut initials) {
            *class = if byte.is_ascii_alphanumeric() { Class::Word } else { Class::Between };
        }
        for first in words.iter().flat_map(begins).filter(char::is_ascii_alphanumeric) {
            initials[usize::from(first as u8)] = Class::Initial;
            initials[usize::from(first.to_ascii_uppercase() as u8)] = Class::Initial;
        }
        Marker { words, initials, known: Mutex::default() }
    }

    fn is_initial(&self, first: u8) -> bool {
        self.initials[usize::from(first)] == Class::Initial
    }

    /// The next stretch of text between spaces, from a place on where one begins, that may have a word that is one of the
    /// query's, by what its words begin with.
    fn stretch(&self, text: &str, from: usize, stemmer: Option<Stemmer>) -> Option<Range<usize>> {
        let bytes = text.as_bytes();
        let mut at = from;
        if analysis::keeps_initials(stemmer) {
            let mut before = Class::Between;
            at += bytes[from..].iter().position(|byte| {
                let class = self.initials[usize::from(*byte)];
                let before = std::mem::replace(&mut before, class);
                class == Class::Any || (class == Class::Initial && before == Class::Between)
            })?;
        }
        let begin = bytes[from..at].iter().rposition(|byte| *byte == b' ').map_or(from, |space| from + space + 1);
        let end = bytes[at..].iter().position(|byte| *byte == b' ').map_or(bytes.len(), |space| at + space + 1);
        (begin < end).then_some(begin..end)
    }

    /// Whether a word of a text may be one of the query's, by what it begins with.
    fn may_be(&self, word: &Word, stemmer: Option<Stemmer>) -> bool {
        match word.lower.chars().next() {
            // Its forms begin as it does.
            Some(first) if first.is_ascii_alphanumeric() && analysis::keeps_initials(stemmer) => {
                self.is_initial(first as u8)
            }
            _ => true,
        }
    }

    /// The best piece of a text in this language: the one with the most different words of the query, the first of
    /// equals; the beginning when none is there.
    pub fn snippet(&self, text: &str, language: &str) -> Snippet {
        let Look { marks, best } = self.look(text, analysis::stemmer(language));
        let start = best.map_or(0, |(_, at)| begin(text, at));
        let end = text[start..].char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
        // Not through a word.
        let end = match words_near(text, end, 1).into_iter().take_while(|from| *from <= end).last() {
            Some(word) if end < text.len() && word > start => word,
            _ => end,
        };
        let mut snippet = Snippet { text: String::new(), marks: Vec::new(), html: String::new() };
        if start > 0 {
            snippet.add("…", false);
        }
        let mut at = start;
        for mark in marks.iter().filter(|mark| mark.from >= start && mark.to <= end) {
            // Pairs of characters overlap.
            let from = mark.from.max(at);
            if from < mark.to {
                snippet.add(&text[at..from], false);
                snippet.add(&text[from..mark.to], true);
                at = mark.to;
            }
        }
        snippet.add(text[at..end].trim_end(), false);
        if end < text.len() {
            snippet.add("…", false);
        }
        snippet
    }

    /// Looks through the text line by line, until nothing better can come.
    fn look(&self, text: &str, stemmer: Option<Stemmer>) -> Look {
        let mut all = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let language = stemmer.map(|stemmer| stemmer.algorithm().name());
        let at = all.iter().position(|(name, _)| *name == language).unwrap_or(all.len());
        if at == all.len() {
            all.push((language, Known::default()));
        }
        let known = &mut all[at].1;
        let mut look = Look::default();
        // How much of the text has been looked at, and how many marks have been weighed.
        let (mut from, mut weighed) = (0, 0);
        for line in text[..text.floor_char_boundary(TEXT_MOST)].split_inclusive('\n') {
            // No word goes on behind a space, and cutting words out takes most of the time.
            let mut at = 0;
            while let Some(stretch) = self.stretch(line, at, stemmer) {
                at = stretch.end;
                let begin = from + stretch.start;
                for word in analysis::words(&line[stretch]) {
                    if self.may_be(&word, stemmer)
                        && let Some(which) = self.which(&word, stemmer, known)
                    {
                        look.marks.push(Mark { from: begin + word.from, to: begin + word.to, which });
                    }
                }
            }
            from += line.len();
            while look.marks.get(weighed).is_some_and(|mark| mark.from + WINDOW <= from) {
                look.weigh(weighed);
                weighed += 1;
            }
            // Every word of the query together; and the piece does not go on behind this line.
            let (different, at) = look.best.unwrap_or_default();
            if different == self.words.len() && at + 4 * LENGTH < from {
                break;
            }
        }
        (weighed..look.marks.len()).for_each(|n| look.weigh(n));
        look
    }

    /// Which of the query's words it is.
    fn which(&self, word: &Word, stemmer: Option<Stemmer>, known: &mut Known) -> Option<usize> {
        if let Some(which) = known.get(&word.lower) {
            return *which;
        }
        let (plain, forms) = (word.plain(), word.forms(stemmer));
        let which = self.words.iter().position(|marked| match marked {
            Marked::Forms(all) => all.iter().any(|form| *form == plain || forms.contains(form)),
            Marked::Beginning(start) => plain.starts_with(start.as_str()),
        });
        known.insert(word.lower.clone(), which);
        which
    }
}

/// What was seen of a text.
#[derive(Default)]
struct Look {
    marks: Vec<Mark>,
    /// How many different words of the query stand near each other, and where they begin: the first of the best.
    best: Option<(usize, usize)>,
}

impl Look {
    /// Holds the piece that begins with this mark against the best.
    fn weigh(&mut self, n: usize) {
        let first = self.marks[n].from;
        let window = self.marks[n..].iter().take_while(|mark| mark.to <= first + WINDOW);
        let mut which: Vec<usize> = window.map(|mark| mark.which).collect();
        which.sort_unstable();
        which.dedup();
        if self.best.is_none_or(|(most, _)| which.len() > most) {
            self.best = Some((which.len(), first));
        }
    }
}

/// Some words before the place, or the beginning when that is near.
fn begin(text: &str, at: usize) -> usize {
    if text[..at].chars().take(LENGTH / 2).count() < LENGTH / 2 {
        return 0;
    }
    // Some stretches have no word.
    let words = words_near(text, at, 2 * BEFORE);
    let index = words.partition_point(|from| *from < at);
    words.get(index.saturating_sub(BEFORE)).copied().unwrap_or(at)
}

/// How many words stand before the first that is marked.
const BEFORE: usize = 6;

/// How far before a place words are looked for, in bytes.
const NEAR: usize = 400;

/// Where the words begin that stand before a place or around it, in order: of so many stretches between spaces.
fn words_near(text: &str, at: usize, stretches: usize) -> Vec<usize> {
    let near = text.floor_char_boundary(at.saturating_sub(NEAR));
    let space = text[near..at].rmatch_indices(' ').nth(stretches.saturating_sub(1)).map(|(space, _)| near + space);
    // Not from the middle of a word, where there are spaces.
    let first = || if near == 0 { 0 } else { text[near..at].find(' ').map_or(near, |space| near + space) };
    let from = space.unwrap_or_else(first);
    let to = text[at..].find(' ').map_or(text.len(), |space| at + space);
    // What has no spaces is no longer than that either.
    let to = to.min(text.floor_char_boundary(at + NEAR));
    analysis::words(&text[from..to]).into_iter().map(|word| from + word.from).collect()
}

impl Snippet {
    fn add(&mut self, piece: &str, marked: bool) {
        if marked {
            let from = self.text.encode_utf16().count();
            self.marks.push((from, from + piece.encode_utf16().count()));
            self.html.push_str("<mark>");
        }
        self.text.push_str(piece);
        let mut rest = piece;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            self.html.push_str(&rest[..at]);
            self.html.push_str(match rest.as_bytes()[at] {
                b'&' => "&amp;",
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'"' => "&quot;",
                _ => "&#39;",
            });
            rest = &rest[at + 1..];
        }
        self.html.push_str(rest);
        if marked {
            self.html.push_str("</mark>");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn marker(forms: &[&str], beginnings: &[&str]) -> Marker {
        let forms = forms.iter().map(|form| Marked::Forms(vec![(*form).to_owned()]));
        let beginnings = beginnings.iter().map(|start| Marked::Beginning((*start).to_owned()));
        Marker::of(forms.chain(beginnings).collect())
    }

    #[test]
    fn words_are_marked_and_everything_is_escaped() {
        let found = marker(&["wall"], &["pri"]).snippet("Walls <b>& \"prices\"</b> 🎉 of the wall", "en");
        assert_eq!(
            found.html,
            "<mark>Walls</mark> &lt;b&gt;&amp; &quot;<mark>prices</mark>&quot;&lt;/b&gt; 🎉 of the <mark>wall</mark>"
        );
        let units: Vec<u16> = found.text.encode_utf16().collect();
        let marked: Vec<String> = found.marks.iter().map(|(a, b)| String::from_utf16_lossy(&units[*a..*b])).collect();
        assert_eq!(marked, ["Walls", "prices", "wall"]);
    }

    #[test]
    fn a_word_is_marked_with_what_nobody_sees_in_it() {
        let found = marker(&["govern"], &[]).snippet("The \u{200e}gov\u{ad}ern\u{ad}ment\u{200f} fell.", "en");
        assert_eq!(found.html, "The \u{200e}<mark>gov\u{ad}ern\u{ad}ment</mark>\u{200f} fell.");
    }

    #[test]
    fn a_word_is_marked_whatever_it_begins_with_where_stems_begin_otherwise() {
        let stemmed = |text: &str, language: &str| {
            let forms = analysis::words(text).iter().flat_map(|word| word.forms(analysis::stemmer(language))).collect();
            Marker::of(vec![Marked::Forms(forms)])
        };
        for (typed, text, language) in
            [("pemilihan", "memilih lagi", "id"), ("focal", "an bhfocal", "ga"), ("elections", "An Election", "en")]
        {
            assert!(stemmed(typed, language).snippet(text, language).html.contains("<mark>"), "{typed}: {text}");
        }
    }

    #[test]
    fn the_best_piece_of_a_long_text_is_shown() {
        let text =
            format!("{}The sea wall stands. {}", "Nothing here of it. ".repeat(50), "And nothing after. ".repeat(50));
        let found = marker(&["sea", "wall"], &[]).snippet(&text, "en");
        assert!(found.html.contains("<mark>sea</mark> <mark>wall</mark>"), "{found:?}");
        assert!(found.text.starts_with('…') && found.text.ends_with('…') && found.text.chars().count() < 260);
        let none = marker(&["absent"], &[]).snippet(&text, "en");
        assert!(none.marks.is_empty() && none.text.starts_with("Nothing"));
    }

    proptest! {
        #[test]
        fn what_is_left_out_by_its_letters_is_none_of_the_querys(
            text in "[ab ABz_'’.,:é京都\\n1\u{ad}\u{200b}-]{0,80}",
            words in proptest::collection::vec("[abz京é]{1,3}", 1..3),
            start in "[abz]",
        ) {
            let forms: Vec<&str> = words.iter().map(String::as_str).collect();
            let marker = marker(&forms, &[start.as_str()]);
            let stemmer = analysis::stemmer("en");
            let mut known = Known::default();
            let all = analysis::words(&text).into_iter();
            let all: Vec<_> =
                all.filter_map(|word| Some((word.from, word.to, marker.which(&word, stemmer, &mut known)?))).collect();
            let found: Vec<_> =
                marker.look(&text, stemmer).marks.iter().map(|mark| (mark.from, mark.to, mark.which)).collect();
            prop_assert_eq!(found, all);
            marker.snippet(&text, "en");
        }
    }

    #[test]
    fn no_text_breaks_it() {
        for text in ["", "東京都東京都", "é", &"\u{1F389}".repeat(400), &"x".repeat(1000), "<script>alert(1)</script>"]
        {
            let found = marker(&["東京", "x", "script"], &["é"]).snippet(text, "en");
            assert!(!found.html.contains("<script"), "{found:?}");
        }
    }
}
