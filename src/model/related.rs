//! Related news: the list that is kept of an article, why each stands in it, and which of the candidates come in.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::id::{ArticleId, AuthorId, TopicId};

/// Why two articles belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reason {
    /// An editor set a link from the one to the other.
    EditorsPick,
    /// Both are about a topic.
    Topic(TopicId),
    /// Both are from a place.
    Place(TopicId),
    /// Their words are alike.
    Words,
}

/// An article that belongs beside another.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The article.
    pub article: ArticleId,
    /// How near it is; comparable within one list.
    pub score: f64,
    /// Why, the strongest reason first.
    pub reasons: Vec<Reason>,
}

/// What is kept of an article: what belongs beside it, nearest first, and what is the same once more.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct List {
    /// What belongs beside it.
    pub entries: Vec<Entry>,
    /// Articles with nearly the same text, which stand in no list of this one.
    pub duplicates: Vec<ArticleId>,
}

/// As it stands in the store: `{"l":[[id, score, ["e", "w", "t7", "p9"]], …], "d":[id, …]}`.
#[derive(Serialize, Deserialize)]
struct Stored<R> {
    l: Vec<(i64, f64, Vec<R>)>,
    #[serde(default = "Vec::new", skip_serializing_if = "Vec::is_empty")]
    d: Vec<i64>,
}

/// A reason as it stands in the store; none for one that this program does not know. Read without a string of its own:
/// every article page reads a list.
struct Told(Option<Reason>);

impl<'de> Deserialize<'de> for Told {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Told, D::Error> {
        from.deserialize_str(Letters)
    }
}

struct Letters;

impl de::Visitor<'_> for Letters {
    type Value = Told;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a reason, such as \"w\" or \"t7\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Told, E> {
        Ok(Told(reason(text.as_bytes())))
    }
}

fn reason(text: &[u8]) -> Option<Reason> {
    let (letter, digits) = text.split_first()?;
    let id = || whole_number(digits).map(TopicId);
    match letter {
        b'e' => Some(Reason::EditorsPick),
        b'w' => Some(Reason::Words),
        b't' => id().map(Reason::Topic),
        b'p' => id().map(Reason::Place),
        _ => None,
    }
}

/// A number that is all of the text.
fn whole_number(text: &[u8]) -> Option<i64> {
    let mut scan = Scan(text);
    scan.number().filter(|_| scan.0.is_empty())
}

impl List {
    /// With scores as they are kept, so that a list that was just made says the same as the one that is read later.
    #[must_use]
    pub fn rounded(mut self) -> List {
        for entry in &mut self.entries {
            entry.score = (entry.score * 1e4).round() / 1e4;
        }
        self
    }

    /// As it stands in the store.
    ///
    /// # Errors
    /// `INTERNAL` for a score that is no number.
    pub fn to_json(&self) -> crate::error::Result<String> {
        let entry = |entry: &Entry| {
            let reasons = entry.reasons.iter().map(|reason| match reason {
                Reason::EditorsPick => "e".to_owned(),
                Reason::Words => "w".to_owned(),
                Reason::Topic(id) => format!("t{}", id.0),
                Reason::Place(id) => format!("p{}", id.0),
            });
            (entry.article.0, (entry.score * 1e4).round() / 1e4, reasons.collect())
        };
        let kept =
            Stored { l: self.entries.iter().map(entry).collect(), d: self.duplicates.iter().map(|id| id.0).collect() };
        serde_json::to_string(&kept).map_err(crate::error::Error::internal)
    }

    /// From what stands in the store. A reason that this program does not know is left out.
    ///
    /// # Errors
    /// `INTERNAL` for what is no list.
    pub fn from_json(json: &str) -> crate::error::Result<List> {
        let kept: Stored<Told> = serde_json::from_str(json).map_err(crate::error::Error::internal)?;
        let entry = |(id, score, reasons): (i64, f64, Vec<Told>)| Entry {
            article: ArticleId(id),
            score,
            reasons: reasons.into_iter().filter_map(|Told(reason)| reason).collect(),
        };
        Ok(List {
            entries: kept.l.into_iter().map(entry).collect(),
            duplicates: kept.d.into_iter().map(ArticleId).collect(),
        })
    }
}

/// A list as it is kept, of which no more is read than is asked for: many stand in it, and a page shows few.
#[derive(Debug)]
pub struct Kept {
    /// Empty where the list is in memory already.
    json: String,
    first: OnceLock<First>,
    whole: OnceLock<List>,
}

/// What was read of a list first: so many entries as were asked for then, or all that there are.
#[derive(Debug)]
struct First {
    asked: usize,
    entries: Vec<Entry>,
}

/// For more than these the list is read whole.
const FEW: usize = 16;

impl Default for Kept {
    fn default() -> Kept {
        Kept::of(List::default())
    }
}

impl Kept {
    /// A list as it stands in the store.
    pub fn of_json(json: String) -> Kept {
        Kept { json, first: OnceLock::new(), whole: OnceLock::new() }
    }

    /// A list that was just made.
    pub fn of(list: List) -> Kept {
        Kept { json: String::new(), first: OnceLock::new(), whole: OnceLock::from(list) }
    }

    /// All of it.
    ///
    /// # Errors
    /// `INTERNAL` for what is no list.
    pub fn whole(&self) -> crate::error::Result<&List> {
        if let Some(whole) = self.whole.get() {
            return Ok(whole);
        }
        let whole = List::from_json(&self.json)?;
        Ok(self.whole.get_or_init(|| whole))
    }

    /// Articles with nearly the same text. Few have any: a list without them is not read for that.
    ///
    /// # Errors
    /// `INTERNAL` for what is no list.
    pub fn duplicates(&self) -> crate::error::Result<&[ArticleId]> {
        if self.whole.get().is_none() && !self.json.contains("\"d\"") {
            return Ok(&[]);
        }
        Ok(&self.whole()?.duplicates)
    }

    /// Its entries, nearest first: so many if it has them, or more.
    ///
    /// # Errors
    /// `INTERNAL` for what is no list.
    pub fn entries(&self, least: usize) -> crate::error::Result<&[Entry]> {
        if self.whole.get().is_none() {
            if self.first.get().is_none()
                && least <= FEW
                && let Some(entries) = first(self.json.as_bytes(), least)
            {
                let _ = self.first.set(First { asked: least, entries });
            }
            if let Some(first) = self.first.get()
                && (least <= first.asked || first.entries.len() < first.asked)
            {
                return Ok(&first.entries);
            }
        }
        Ok(&self.whole()?.entries)
    }
}

/// The start of a list as it is kept: room for the few entries that a page shows of the dozens that there are.
#[derive(Debug)]
pub struct Start(Vec<u8>);

impl Start {
    /// How many bytes have room for so many entries: an id, a score and up to four reasons each.
    pub fn length(entries: usize) -> i32 {
        i32::try_from(entries.saturating_mul(150)).unwrap_or(i32::MAX).saturating_add(16)
    }

    /// What was read of a list.
    pub fn of_json(json: Vec<u8>) -> Start {
        Start(json)
    }

    /// So many entries, where it has them.
    pub fn entries(&self, wanted: usize) -> Option<Vec<Entry>> {
        first(&self.0, wanted).filter(|read| read.len() == wanted)
    }

    /// The list, where so many bytes were read at the most and that was all of it.
    pub fn whole(self, most: i32) -> Option<Kept> {
        let is_all = usize::try_from(most).is_ok_and(|most| self.0.len() < most);
        String::from_utf8(self.0).ok().filter(|_| is_all).map(Kept::of_json)
    }
}

/// The first entries of a list, so many or all that it has. None where it looks otherwise than we write it, which
/// `serde_json` is to read: that reads all of it, and took a third of what related news cost a page.
fn first(json: &[u8], entries: usize) -> Option<Vec<Entry>> {
    let mut scan = Scan(json.strip_prefix(b"{\"l\":[")?);
    let mut read = Vec::with_capacity(entries);
    while read.len() < entries && !scan.is_at(b']') {
        if !read.is_empty() {
            scan.skip(b",")?;
        }
        scan.skip(b"[")?;
        let article = ArticleId(scan.number()?);
        scan.skip(b",")?;
        let score = decimal(scan.until(b',')?)?;
        scan.skip(b"[")?;
        // Most have two or fewer.
        let mut reasons = Vec::with_capacity(2);
        while !scan.is_at(b']') {
            scan.skip(b"\"")?;
            let told = scan.until(b'"')?;
            // In none of those that we write is anything to be read otherwise than it stands.
            if told.contains(&b'\\') {
                return None;
            }
            reasons.extend(reason(told));
            if !scan.is_at(b']') {
                scan.skip(b",")?;
                scan.is_at(b'"').then_some(())?;
            }
        }
        scan.skip(b"]]")?;
        read.push(Entry { article, score, reasons });
    }
    Some(read)
}

/// A score. What is written as we write it is a whole number by a power of ten, both of which a float holds exactly, so
/// that their quotient is the nearest to it; the library says the same of it, and the rest.
fn decimal(text: &[u8]) -> Option<f64> {
    if let [b'0', b'.', digits @ ..] = text
        && (1..=4).contains(&digits.len())
        && digits.iter().all(u8::is_ascii_digit)
    {
        let (number, power) = digits
            .iter()
            .fold((0_u32, 1_u32), |(number, power), digit| (number * 10 + u32::from(digit - b'0'), power * 10));
        return Some(f64::from(number) / f64::from(power));
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// What is left of a text that is read from its start.
struct Scan<'a>(&'a [u8]);

impl<'a> Scan<'a> {
    fn is_at(&self, byte: u8) -> bool {
        self.0.first() == Some(&byte)
    }

    fn skip(&mut self, what: &[u8]) -> Option<()> {
        self.0 = self.0.strip_prefix(what)?;
        Some(())
    }

    /// What stands before a byte, which is passed.
    fn until(&mut self, byte: u8) -> Option<&'a [u8]> {
        // A few bytes each: a search that is made for many would take longer.
        let end = self.0.iter().position(|one| *one == byte)?;
        let (before, after) = self.0.split_at_checked(end)?;
        self.0 = after.get(1..)?;
        Some(before)
    }

    /// The number that stands here.
    fn number(&mut self) -> Option<i64> {
        let is_negative = self.is_at(b'-');
        let digits = self.0.get(usize::from(is_negative)..)?;
        let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
        // Of so few digits no number is too large to be added up.
        if end == 0 || end > 19 {
            return None;
        }
        let (digits, after) = digits.split_at_checked(end)?;
        self.0 = after;
        let number = digits.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        if is_negative { 0_i64.checked_sub_unsigned(number) } else { i64::try_from(number).ok() }
    }
}

/// An article that may come into a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// The article.
    pub article: ArticleId,
    /// Its authors.
    pub authors: Vec<AuthorId>,
    /// Its events, without those that the article itself is about: of its own story a reader wants more.
    pub events: Vec<TopicId>,
    /// An editor linked to it: it comes first, and no limit holds it back.
    pub picked: bool,
}

/// How alike the texts of two articles are; by their places among the candidates.
pub trait Texts {
    /// Which share of the shorter text stands in the other, from 0 to 1.
    fn containment(&self, one: usize, other: usize) -> f64;
}

/// Limits of a list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// How many come in.
    pub kept: usize,
    /// How many by one author come before all others.
    pub per_author: usize,
    /// How many of one story come before all others.
    pub per_story: usize,
    /// From which share on two texts are one.
    pub near_duplicate: f64,
}

/// Two texts of which this share is the same tell one story.
const ONE_STORY: f64 = 0.1;

/// Which of the candidates come in, by their places, in order: as they stand, but of near-duplicates only the first;
/// what is over the limit of its author or story comes after all others.
pub fn pick(candidates: &[Candidate], texts: &impl Texts, limits: &Limits) -> Vec<usize> {
    let mut first: Vec<usize> = Vec::new();
    let mut later: Vec<usize> = Vec::new();
    let mut by_author: HashMap<AuthorId, usize> = HashMap::new();
    let mut by_event: HashMap<TopicId, usize> = HashMap::new();
    for (at, candidate) in candidates.iter().enumerate() {
        if first.len() >= limits.kept {
            break;
        }
        let alike = |other: &usize| texts.containment(at, *other);
        if first.iter().chain(&later).any(|other| alike(other) >= limits.near_duplicate) {
            continue;
        }
        let retold = || first.iter().filter(|other| alike(other) >= ONE_STORY).count();
        let over = candidate.authors.iter().any(|id| by_author.get(id).is_some_and(|n| *n >= limits.per_author))
            || candidate.events.iter().any(|id| by_event.get(id).is_some_and(|n| *n >= limits.per_story))
            || retold() >= limits.per_story;
        if over && !candidate.picked {
            later.push(at);
            continue;
        }
        candidate.authors.iter().for_each(|id| *by_author.entry(*id).or_default() += 1);
        candidate.events.iter().for_each(|id| *by_event.entry(*id).or_default() += 1);
        first.push(at);
    }
    let room = limits.kept - first.len();
    first.into_iter().chain(later.into_iter().take(room)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Alike(Vec<(usize, usize, f64)>);
    impl Texts for Alike {
        fn containment(&self, one: usize, other: usize) -> f64 {
            let fits = |(a, b, _): &&(usize, usize, f64)| (*a, *b) == (one, other) || (*b, *a) == (one, other);
            self.0.iter().find(fits).map_or(0.0, |(_, _, share)| *share)
        }
    }

    fn by(author: i64) -> Candidate {
        let authors = if author == 0 { Vec::new() } else { vec![AuthorId(author)] };
        Candidate { article: ArticleId(1), authors, events: Vec::new(), picked: false }
    }

    #[test]
    fn of_a_kept_list_no_more_is_read_than_is_asked_for_and_nothing_else() {
        let entry = |n: i64| {
            let reasons = [Reason::Words, Reason::Topic(TopicId(n)), Reason::Place(TopicId(7)), Reason::EditorsPick];
            Entry { article: ArticleId(n), score: n as f64 / 4.0, reasons: reasons[..n as usize % 5].to_vec() }
        };
        for length in [0, 1, 7, 15, 16, 17, 30] {
            let list = List { entries: (0..length).map(entry).collect(), duplicates: vec![ArticleId(5)] };
            let json = list.to_json().unwrap();
            for least in [0, 1, 5, 16, 17, 30, 31] {
                let kept = Kept::of_json(json.clone());
                let entries = kept.entries(least).unwrap();
                let read = if least > FEW { list.entries.len() } else { least.min(list.entries.len()) };
                assert_eq!(entries, &list.entries[..read], "{least} of {length}");
                for more in [least / 2, least, least + 1, 40] {
                    let entries = kept.entries(more).unwrap();
                    assert!(entries.len() >= more.min(list.entries.len()), "{more} after {least} of {length}");
                    assert_eq!(entries, &list.entries[..entries.len()]);
                }
                assert_eq!(kept.whole().unwrap(), &list);
                assert_eq!(kept.entries(least).unwrap(), list.entries);
            }
            assert_eq!(Kept::of(list.clone()).entries(1).unwrap(), list.entries);
        }
        assert!(Kept::default().entries(3).unwrap().is_empty());
        for score in (0..10_000).flat_map(|n| [format!("0.{n}"), format!("0.{n:04}")]) {
            assert_eq!(decimal(score.as_bytes()), score.parse().ok(), "{score}");
        }
        for score in ["0.12345", "1.5", "12", "-0.5", "1e-7", "5e-1", ".5", "0.", "", "x", "0.1x", "0.-1"] {
            assert_eq!(decimal(score.as_bytes()), score.parse().ok(), "{score}");
        }
        let faulty = [
            "",
            "{}",
            "[]]]",
            "{\"l\":[[1,2,[\"w\"]],[1]]}",
            &"]],".repeat(20),
            "{\"l\":[[,2,[]]]}",
            "{\"l\":[[-,2,[]]]}",
            "{\"l\":[[9223372036854775808,2,[]]]}",
            "{\"l\":[[12345678901234567890,2,[]]]}",
            "{\"l\":[[1,2,[\"w\",]]]}",
            "{\"l\":[[1,2,[\"w\"\"w\"]]]}",
            "{\"l\":[[1,,[]]]}",
            "{\"l\":[[1,2,[\"w]]]}",
            "{\"l\":[[1,2,[]],]}",
        ];
        for json in faulty {
            assert!(Kept::of_json(json.to_owned()).entries(3).is_err(), "{json}");
            assert!(first(json.as_bytes(), 1).is_none() || List::from_json(json).is_err(), "{json}");
        }
        for (id, digits) in
            [(i64::MIN, "-9223372036854775808"), (i64::MAX, "9223372036854775807"), (-4, "-4"), (0, "0")]
        {
            let read = first(format!("{{\"l\":[[{digits},0.5,[\"t{digits}\"]]]}}").as_bytes(), 1).unwrap();
            assert_eq!((read[0].article, &read[0].reasons[..]), (ArticleId(id), &[Reason::Topic(TopicId(id))][..]));
        }
        // As nobody writes it today, but might.
        let odd = r#"{ "l": [[1, 0.5, ["q[\",]", "w"]], [2, 5e-1, ["t7"]]] }"#;
        let odder = r#"{"l":[[1,0.5,["a,b","x\"]","w"]],[2,5e-1,["t7"]]]}"#;
        for json in [odd, odder] {
            let whole = List::from_json(json).unwrap();
            assert_eq!(Kept::of_json(json.to_owned()).entries(2).unwrap(), whole.entries, "{json}");
            assert_eq!((whole.entries.len(), &whole.entries[0].reasons), (2, &vec![Reason::Words]), "{json}");
        }
    }

    #[test]
    fn what_has_the_same_text_is_known_however_much_of_a_list_was_read() {
        let entries = vec![Entry { article: ArticleId(7), score: 0.5, reasons: vec![Reason::Words] }];
        for duplicates in [vec![], vec![ArticleId(3), ArticleId(-4)]] {
            let list = List { entries: entries.clone(), duplicates };
            let kept = Kept::of_json(list.to_json().unwrap());
            assert_eq!(kept.duplicates().unwrap(), list.duplicates);
            assert_eq!(kept.entries(1).unwrap(), list.entries);
            assert_eq!(kept.duplicates().unwrap(), list.duplicates);
            assert_eq!(Kept::of(list.clone()).duplicates().unwrap(), list.duplicates);
        }
        assert!(Kept::default().duplicates().unwrap().is_empty());
        // As nobody writes it today, but might.
        assert_eq!(Kept::of_json(r#"{ "d" : [5], "l": [] }"#.to_owned()).duplicates().unwrap(), [ArticleId(5)]);
    }

    #[test]
    fn wherever_a_list_is_cut_what_is_read_of_its_start_is_right() {
        let entry = |n: i64| {
            let reasons =
                [Reason::Words, Reason::Topic(TopicId(n)), Reason::Place(TopicId(i64::MAX)), Reason::EditorsPick];
            let reasons = reasons[..(n as usize) % 5].to_vec();
            Entry { article: ArticleId(i64::MAX - n), score: 0.1234 * n as f64, reasons }
        };
        let list = List { entries: (0..9).map(entry).collect(), duplicates: vec![ArticleId(3)] }.rounded();
        let json = list.to_json().unwrap();
        for most in 0..=json.len() + 1 {
            let start = || Start::of_json(json.bytes().take(most).collect());
            for wanted in 0..12 {
                let read = start().entries(wanted);
                let right = read.as_deref().is_none_or(|read| read == &list.entries[..wanted]);
                assert!(right, "{wanted} of {most} bytes: {read:?}");
                // As many as are looked for have room, and fewer do all the more.
                let has_room = wanted <= 9 && most >= Start::length(wanted) as usize;
                assert!(read.is_some() || !has_room, "{wanted} of {most} bytes");
            }
            let whole = start().whole(i32::try_from(most).unwrap());
            assert_eq!(whole.is_some(), most > json.len(), "{most} of {}", json.len());
            assert!(whole.is_none_or(|whole| whole.whole().unwrap() == &list));
        }
    }

    const LIMITS: Limits = Limits { kept: 5, per_author: 2, per_story: 2, near_duplicate: 0.5 };

    #[test]
    fn one_author_does_not_fill_a_list() {
        let all: Vec<Candidate> = [1, 1, 1, 2, 1, 0, 0].into_iter().map(by).collect();
        assert_eq!(pick(&all, &Alike(vec![]), &LIMITS), [0, 1, 3, 5, 6]);
        // What is over the limit comes when there is room.
        assert_eq!(pick(&all[..5], &Alike(vec![]), &LIMITS), [0, 1, 3, 2, 4]);
    }

    #[test]
    fn of_near_duplicates_one_is_kept_and_a_story_has_its_limit() {
        let all: Vec<Candidate> = (0..5).map(|_| by(0)).collect();
        assert_eq!(pick(&all, &Alike(vec![(0, 2, 0.9), (1, 3, 0.49)]), &LIMITS), [0, 1, 3, 4]);
        let retold = Alike(vec![(0, 1, 0.2), (0, 2, 0.2), (1, 2, 0.2)]);
        assert_eq!(pick(&all, &retold, &LIMITS), [0, 1, 3, 4, 2]);
        let event = Candidate { events: vec![TopicId(7)], ..by(0) };
        let all = [event.clone(), event.clone(), event, by(0)];
        assert_eq!(pick(&all, &Alike(vec![]), &LIMITS), [0, 1, 3, 2]);
    }

    #[test]
    fn what_editors_picked_is_not_held_back() {
        let all: Vec<Candidate> = (0..3).map(|_| Candidate { picked: true, ..by(1) }).collect();
        assert_eq!(pick(&all, &Alike(vec![]), &LIMITS), [0, 1, 2]);
        // A copy of a pick stays out all the same.
        assert_eq!(pick(&all, &Alike(vec![(0, 1, 1.0)]), &LIMITS), [0, 2]);
    }

    #[test]
    fn what_is_kept_comes_back() {
        let reasons = vec![Reason::EditorsPick, Reason::Topic(TopicId(7)), Reason::Place(TopicId(9)), Reason::Words];
        let entries = vec![Entry { article: ArticleId(i64::MAX), score: 0.1235, reasons }];
        let list = List { entries, duplicates: vec![ArticleId(3)] };
        assert_eq!(List::from_json(&list.to_json().unwrap()).unwrap(), list);
        assert_eq!(List::from_json(r#"{"l":[[1,0.5,["z","tx"]]]}"#).unwrap().entries[0].reasons, []);
        assert!(List::from_json("[]").is_err());
    }
}
