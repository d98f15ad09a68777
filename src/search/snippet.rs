//! The piece of a text that shows best why it was found, with the words marked.

use frostem::Stemmer;

use super::analysis::{self, Word};
use super::index::Index;
use super::parse;

/// How long a snippet is, about, in characters.
const LENGTH: usize = 220;

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

/// Marks the words of one query.
pub struct Marker {
    forms: Vec<String>,
    beginnings: Vec<String>,
}

impl Index {
    /// A marker for what a reader typed.
    pub fn marker(&self, text: &str) -> Marker {
        let seen = self.seen();
        let mut marker = Marker { forms: Vec::new(), beginnings: Vec::new() };
        for (word, prefix) in parse::parse(text).words() {
            if prefix {
                marker.beginnings.push(word.plain());
            } else {
                seen.stemmers.iter().for_each(|stemmer| marker.forms.extend(word.forms(*stemmer)));
                marker.forms.push(word.plain());
            }
        }
        marker
    }
}

impl Marker {
    /// The best piece of a text in this language: the one with the most different words of the query, the first of
    /// equals; the beginning when none is there.
    pub fn snippet(&self, text: &str, language: &str) -> Snippet {
        let stemmer = analysis::stemmer(language);
        let words = analysis::words(text);
        let hits: Vec<(&Word, usize)> =
            words.iter().filter_map(|word| Some((word, self.which(word, stemmer)?))).collect();
        let start = self.best(&hits).map_or(0, |at| begin(text, &words, at));
        let end = text[start..].char_indices().nth(LENGTH).map_or(text.len(), |(at, _)| start + at);
        // Not through a word.
        let end = words
            .iter()
            .map(|word| word.from)
            .take_while(|from| *from <= end)
            .last()
            .filter(|_| end < text.len())
            .unwrap_or(end)
            .max(start);
        let end = if end <= start { text.len().min(start + LENGTH) } else { end };
        let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let mut snippet = Snippet { text: String::new(), marks: Vec::new(), html: String::new() };
        if start > 0 {
            snippet.add("…", false);
        }
        let mut at = start;
        for (word, _) in hits.iter().filter(|(word, _)| word.from >= start && word.to <= end) {
            // Pairs of characters overlap.
            let from = word.from.max(at);
            if from < word.to {
                snippet.add(&text[at..from], false);
                snippet.add(&text[from..word.to], true);
                at = word.to;
            }
        }
        let rest = text[at..end].trim_end();
        snippet.add(rest, false);
        if end < text.len() {
            snippet.add("…", false);
        }
        snippet
    }

    /// Which of the query's words it is.
    fn which(&self, word: &Word, stemmer: Option<Stemmer>) -> Option<usize> {
        let plain = word.plain();
        let forms = word.forms(stemmer);
        let by_form = self.forms.iter().position(|form| *form == plain || forms.contains(form));
        by_form.or_else(|| {
            let begins = self.beginnings.iter().position(|start| plain.starts_with(start.as_str()));
            begins.map(|n| self.forms.len() + n)
        })
    }

    fn best(&self, hits: &[(&Word, usize)]) -> Option<usize> {
        let mut best: Option<(usize, usize)> = None;
        for (n, (first, _)) in hits.iter().enumerate() {
            let window = hits[n..].iter().take_while(|(word, _)| word.to <= first.from + LENGTH * 3 / 4);
            let mut which: Vec<usize> = window.map(|(_, which)| *which).collect();
            which.sort_unstable();
            which.dedup();
            if best.is_none_or(|(most, _)| which.len() > most) {
                best = Some((which.len(), first.from));
            }
        }
        best.map(|(_, at)| at)
    }
}

/// Some words before the place, or the beginning when that is near.
fn begin(text: &str, words: &[Word], at: usize) -> usize {
    if text[..at].chars().count() < LENGTH / 2 {
        return 0;
    }
    let index = words.partition_point(|word| word.from < at);
    words.get(index.saturating_sub(6)).map_or(0, |word| word.from)
}

impl Snippet {
    fn add(&mut self, piece: &str, marked: bool) {
        let from = self.text.encode_utf16().count();
        self.text.push_str(piece);
        if marked {
            self.marks.push((from, from + piece.encode_utf16().count()));
            self.html.push_str("<mark>");
        }
        for c in piece.chars() {
            match c {
                '&' => self.html.push_str("&amp;"),
                '<' => self.html.push_str("&lt;"),
                '>' => self.html.push_str("&gt;"),
                '"' => self.html.push_str("&quot;"),
                '\'' => self.html.push_str("&#39;"),
                other => self.html.push(other),
            }
        }
        if marked {
            self.html.push_str("</mark>");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marker(forms: &[&str], beginnings: &[&str]) -> Marker {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Marker { forms: owned(forms), beginnings: owned(beginnings) }
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
    fn the_best_piece_of_a_long_text_is_shown() {
        let text =
            format!("{}The sea wall stands. {}", "Nothing here of it. ".repeat(50), "And nothing after. ".repeat(50));
        let found = marker(&["sea", "wall"], &[]).snippet(&text, "en");
        assert!(found.html.contains("<mark>sea</mark> <mark>wall</mark>"), "{found:?}");
        assert!(found.text.starts_with('…') && found.text.ends_with('…') && found.text.chars().count() < 260);
        let none = marker(&["absent"], &[]).snippet(&text, "en");
        assert!(none.marks.is_empty() && none.text.starts_with("Nothing"));
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
