//! Dates of feeds: RFC 822 and what came after it, RFC 3339, and what programs write in their place.
//!
//! A time without a zone is UTC, as in JSON lines. What means two things, such as 04/05/2020 or the zone IST (of India, of
//! Ireland, of Israel), is not read: a guess could end an embargo early.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};

/// What stands for a date that cannot be read: the library has no word for it, and nothing is dated with that year.
pub(super) const UNREADABLE: DateTime<Utc> = DateTime::<Utc>::MAX_UTC;

/// The most bytes of a date.
const MOST: usize = 100;

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Zones by name, with the minutes that they are ahead of UTC.
const ZONES: &[(&str, i64)] = &[
    ("ut", 0),
    ("utc", 0),
    ("gmt", 0),
    ("wet", 0),
    ("west", 60),
    ("bst", 60),
    ("cet", 60),
    ("met", 60),
    ("mez", 60),
    ("cest", 120),
    ("mest", 120),
    ("mesz", 120),
    ("eet", 120),
    ("sast", 120),
    ("eest", 180),
    ("msk", 180),
    ("hkt", 480),
    ("sgt", 480),
    ("awst", 480),
    ("jst", 540),
    ("kst", 540),
    ("acst", 570),
    ("aest", 600),
    ("acdt", 630),
    ("aedt", 660),
    ("nzst", 720),
    ("nzdt", 780),
    ("brt", -180),
    ("art", -180),
    ("adt", -180),
    ("edt", -240),
    ("est", -300),
    ("cdt", -300),
    ("cst", -360),
    ("mdt", -360),
    ("mst", -420),
    ("pdt", -420),
    ("pst", -480),
    ("akdt", -480),
    ("akst", -540),
    ("hst", -600),
];

/// The date as the library is told it: nothing where there is none, [`UNREADABLE`] where it cannot be read.
pub(super) fn told(text: &str) -> Option<DateTime<Utc>> {
    let text = text.trim();
    // Databases write a day of noughts where they know none.
    if text.is_empty() || text.starts_with("0000-00-00") {
        return None;
    }
    Some(read(text).unwrap_or(UNREADABLE))
}

/// The instant that a date means; nothing for what is none, or may be two.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    if text.len() > MOST {
        return None;
    }
    let text = in_words(text);
    let mut parts = Parts::default();
    for word in text.split_whitespace() {
        parts.word(word)?;
    }
    parts.finish()
}

/// The text without comments in brackets, and with blanks for the commas between its words.
fn in_words(text: &str) -> String {
    let (mut out, mut depth) = (String::with_capacity(text.len()), 0_u32);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            // Some write the fraction of a second behind a comma.
            ',' if letters.peek().is_some_and(char::is_ascii_digit)
                && out.split_whitespace().next_back().is_some_and(|word| word.contains(':')) =>
            {
                out.push('.');
            }
            ',' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// A date while its words are read.
#[derive(Default)]
struct Parts<'a> {
    /// The day, where it is written in figures.
    date: Option<NaiveDate>,
    /// The month, where it has a name, and the figures around it.
    month: Option<u32>,
    numbers: Vec<&'a str>,
    /// Whether the month came before all figures, where it may be a day of the week, such as the French mar.
    named_first: bool,
    /// The hour, and what goes beyond it.
    time: Option<(i64, TimeDelta)>,
    afternoon: Option<bool>,
    zone: Option<i64>,
}

impl<'a> Parts<'a> {
    fn word(&mut self, word: &'a str) -> Option<()> {
        let word = word.trim_end_matches('.');
        let Some(first) = word.chars().next() else { return Some(()) };
        if first.is_ascii_digit() {
            if let Some(at) = between_day_and_time(word) {
                self.day(&word[..at])?;
                return self.clock(&word[at + 1..]);
            }
            if word.contains(':') {
                return self.clock(word);
            }
            if word.contains(['-', '.', '/']) || (word.len() == 8 && are_digits(word)) {
                return self.day(word);
            }
            let number = ["st", "nd", "rd", "th"].iter().find_map(|end| word.strip_suffix(end)).unwrap_or(word);
            return are_digits(number).then(|| self.numbers.push(number));
        }
        if matches!(first, '+' | '-') && word.len() > 1 {
            // A year before our era is none: WordPress writes it of drafts.
            return self.time.and_then(|_| self.in_zone(offset(word)?));
        }
        let name = word.to_lowercase();
        if let Some(month) = month_of(&name) {
            if self.date.is_some() || (self.month.is_some() && !(self.named_first && self.numbers.len() < 2)) {
                return None;
            }
            self.named_first = self.month.is_none() && self.numbers.is_empty();
            self.month = Some(month);
            return Some(());
        }
        if self.time.is_some() {
            return self.behind_time(&name);
        }
        if ["at", "um", "-", "–"].contains(&name.as_str()) {
            return Some(());
        }
        // The day of the week adds nothing, in whatever language.
        (self.date.is_none() && self.month.is_none() && self.numbers.is_empty()).then_some(())
    }

    /// A day in figures.
    fn day(&mut self, word: &str) -> Option<()> {
        if self.date.is_some() || self.month.is_some() {
            return None;
        }
        let parts: Vec<&str> = if word.contains(['-', '.', '/']) {
            let sign = word.find(['-', '.', '/']).and_then(|at| word[at..].chars().next())?;
            word.split(sign).collect()
        } else {
            vec![word.get(..4)?, word.get(4..6)?, word.get(6..)?]
        };
        let date = |year: &str, month: u32, day: &str| NaiveDate::from_ymd_opt(year_of(year)?, month, number(day)?);
        self.date = Some(match parts.as_slice() {
            [year, month] if year.len() == 4 => date(year, number(month)?, "1")?,
            [year, month, day] if year.len() == 4 => date(year, number(month)?, day)?,
            [day, month, year] if month_of(&month.to_lowercase()).is_some() => {
                date(year, month_of(&month.to_lowercase())?, day)?
            }
            // Whoever parts them with points has the day first.
            [day, month, year] if word.contains('.') => date(year, number(month)?, day)?,
            [one, two, year] if year.len() == 4 => match (number(one)?, number(two)?) {
                (day, month) if day > 12 || day == month => date(year, month, one)?,
                (month, day) if day > 12 => date(year, month, two)?,
                _ => return None,
            },
            _ => return None,
        });
        Some(())
    }

    /// A time, with what stands right behind it.
    fn clock(&mut self, word: &str) -> Option<()> {
        if self.time.is_some() {
            return None;
        }
        let end = word.find(|c: char| !c.is_ascii_digit() && c != ':' && c != '.').unwrap_or(word.len());
        let (figures, behind) = word.split_at(end);
        let (whole, fraction) = figures.split_once('.').unwrap_or((figures, ""));
        let parts: Vec<&str> = if whole.contains(':') {
            whole.split(':').collect()
        } else {
            [0, 2, 4].into_iter().filter_map(|at| whole.get(at..at + 2)).collect()
        };
        let compact = !whole.contains(':') && parts.len() * 2 != whole.len();
        let (hour, minute, second) = match parts.as_slice() {
            _ if compact => return None,
            [hour] => (number(hour)?, 0, 0),
            [hour, minute] => (number(hour)?, number(minute)?, 0),
            [hour, minute, second] => (number(hour)?, number(minute)?, number(second)?),
            _ => return None,
        };
        if hour > 24 || minute > 59 || second > 60 || !(fraction.is_empty() || are_digits(fraction)) {
            return None;
        }
        let nanos: i64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        let beyond =
            TimeDelta::minutes(minute.into()) + TimeDelta::seconds(second.into()) + TimeDelta::nanoseconds(nanos);
        self.time = Some((hour.into(), beyond));
        match behind.chars().next() {
            None => Some(()),
            Some('+' | '-') => self.in_zone(offset(behind)?),
            Some(_) => self.behind_time(&behind.to_lowercase()),
        }
    }

    fn behind_time(&mut self, name: &str) -> Option<()> {
        match name {
            "am" | "a.m" => self.afternoon = Some(false),
            "pm" | "p.m" => self.afternoon = Some(true),
            "uhr" => {}
            name => return self.in_zone(zone(name)?),
        }
        Some(())
    }

    fn in_zone(&mut self, minutes: i64) -> Option<()> {
        // Two that differ do not say which of them counts.
        if self.zone.is_some_and(|known| known != minutes) {
            return None;
        }
        self.zone = Some(minutes);
        Some(())
    }

    fn finish(self) -> Option<DateTime<Utc>> {
        let date = match (self.date, self.month, self.numbers.as_slice()) {
            (Some(date), None, []) => date,
            (None, Some(month), [one, two]) => {
                let (day, year) = if one.len() > 2 { (two, one) } else { (one, two) };
                NaiveDate::from_ymd_opt(year_of(year)?, month, number(day)?)?
            }
            // A year alone, as Dublin Core has it.
            (None, None, [year]) if year.len() == 4 && self.time.is_none() => {
                NaiveDate::from_ymd_opt(year_of(year)?, 1, 1)?
            }
            _ => return None,
        };
        let (hour, beyond) = self.time.unwrap_or((0, TimeDelta::zero()));
        let hour = match self.afternoon {
            Some(true) if hour < 12 => hour + 12,
            Some(false) if hour == 12 => 0,
            _ => hour,
        };
        // 24:00 is the end of the day.
        let since = TimeDelta::hours(hour) + beyond - TimeDelta::minutes(self.zone.unwrap_or(0));
        date.and_time(NaiveTime::MIN).checked_add_signed(since).map(|at| at.and_utc())
    }
}

/// Where the T stands between a day and a time.
fn between_day_and_time(word: &str) -> Option<usize> {
    let is_digit = |c: char| c.is_ascii_digit();
    let is_it = |at: &usize| {
        word[..*at].ends_with(is_digit) && word.get(at + 1..).is_some_and(|rest| rest.starts_with(is_digit))
    };
    word.match_indices(['T', 't']).map(|(at, _)| at).find(is_it)
}

fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One or two figures.
fn number(text: &str) -> Option<u32> {
    (are_digits(text) && text.len() <= 2).then(|| text.parse().ok()).flatten()
}

/// A year, also of two figures or three (RFC 2822, 4.3).
fn year_of(text: &str) -> Option<i32> {
    let year: i32 = are_digits(text).then(|| text.parse().ok()).flatten()?;
    match text.len() {
        2 if year < 50 => Some(year + 2000),
        2 | 3 => Some(year + 1900),
        4 => Some(year),
        _ => None,
    }
}

/// A month by its name, or by how that begins.
fn month_of(name: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|month| name.len() >= 3 && month.starts_with(name))?;
    u32::try_from(at + 1).ok()
}

/// A zone by its name, in minutes.
fn zone(name: &str) -> Option<i64> {
    if let Some((_, minutes)) = ZONES.iter().find(|(known, _)| *known == name) {
        return Some(*minutes);
    }
    for known in ["gmt", "utc"] {
        if let Some(behind) = name.strip_prefix(known) {
            return offset(behind);
        }
    }
    // Letters other than z were confused from the beginning and mean nothing (RFC 2822, 4.3).
    (name.len() == 1 && name.bytes().all(|byte| byte.is_ascii_lowercase() && byte != b'j')).then_some(0)
}

/// `+02:00`, `+0200`, `+02` or `+2`, in minutes.
fn offset(text: &str) -> Option<i64> {
    let (sign, figures) = match (text.strip_prefix('+'), text.strip_prefix('-')) {
        (Some(figures), _) => (1, figures),
        (_, Some(figures)) => (-1, figures),
        _ => return None,
    };
    let (hours, minutes) = match figures.split_once(':') {
        Some(parts) => parts,
        None if figures.len() == 4 => (figures.get(..2)?, figures.get(2..)?),
        None => (figures, "0"),
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then(|| sign * i64::from(hours * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_forms_that_feeds_have_are_read() {
        for (text, meant) in [
            ("2020-05-01T10:00:00Z", "2020-05-01T10:00:00Z"),
            ("2020-05-01T10:00:00.25+02:00", "2020-05-01T08:00:00.250Z"),
            ("2020-05-01t10:00:00+0200", "2020-05-01T08:00:00Z"),
            // Without a zone it is UTC.
            ("2020-05-01T10:00:00", "2020-05-01T10:00:00Z"),
            ("2999-05-01 10:00:00", "2999-05-01T10:00:00Z"),
            ("2020-05-01 10:00", "2020-05-01T10:00:00Z"),
            ("2020-05-01 10:00:00 +0200", "2020-05-01T08:00:00Z"),
            ("2020-05-01 10:00:00,5 UTC", "2020-05-01T10:00:00.500Z"),
            ("2020-05-01", "2020-05-01T00:00:00Z"),
            ("2020-05", "2020-05-01T00:00:00Z"),
            ("2020", "2020-01-01T00:00:00Z"),
            ("20200501T100000Z", "2020-05-01T10:00:00Z"),
            ("2020/05/01 10:00", "2020-05-01T10:00:00Z"),
            ("01.05.2020 10:00", "2020-05-01T10:00:00Z"),
            ("01.05.2020, 10:00 Uhr", "2020-05-01T10:00:00Z"),
            ("13/05/2020", "2020-05-13T00:00:00Z"),
            ("5/13/2020 2:02 PM", "2020-05-13T14:02:00Z"),
            ("Fri, 01 May 2020 12:00:00 +0200", "2020-05-01T10:00:00Z"),
            ("Fri, 01 May 2020 10:00:00 CEST", "2020-05-01T08:00:00Z"),
            ("Fri, 01 May 2020 10:00:00 EST", "2020-05-01T15:00:00Z"),
            ("Fri, 01 May 2020 10:00:00 GMT", "2020-05-01T10:00:00Z"),
            ("Fri, 01 May 2020 10:00:00 Z", "2020-05-01T10:00:00Z"),
            ("Fri, 01 May 2020 10:00:00 -0000", "2020-05-01T10:00:00Z"),
            ("Fri, 01 May 2020 10:00:00", "2020-05-01T10:00:00Z"),
            ("Fri, 01 May 20 10:00 GMT", "2020-05-01T10:00:00Z"),
            ("Thurs, 1 September 2011 7:38:00 GMT", "2011-09-01T07:38:00Z"),
            ("mar, 15 nov 2022 00:38:15 +0100", "2022-11-14T23:38:15Z"),
            ("Sat, Dec 16 2023 02:02:33 PM", "2023-12-16T14:02:33Z"),
            ("Friday, 01-May-20 10:00:00 GMT", "2020-05-01T10:00:00Z"),
            ("Fri May  1 10:00:00 2020", "2020-05-01T10:00:00Z"),
            ("Fri May 01 2020 10:00:00 GMT+0200 (Central European Summer Time)", "2020-05-01T08:00:00Z"),
            ("May 1st, 2020 at 12:30 am", "2020-05-01T00:30:00Z"),
            // The end of the day, not its beginning.
            ("2020-05-01T24:00:00Z", "2020-05-02T00:00:00Z"),
            ("Fri, 01 May 2020 24:00:00 GMT", "2020-05-02T00:00:00Z"),
            ("Sat, 31 Dec 2016 23:59:60 GMT", "2017-01-01T00:00:00Z"),
        ] {
            let meant = meant.parse::<DateTime<Utc>>().unwrap();
            assert_eq!(read(text), Some(meant), "{text}");
        }
    }

    #[test]
    fn what_is_no_date_or_may_be_two_is_not_read() {
        for text in [
            "soon",
            "04/05/2020",
            "04-05-2020 10:00",
            "Fri, 01 May 2020 10:00:00 IST",
            "Fri, 01 May 2020 10:00:00 +0200 EST",
            "Wed, 30 Nov -0001 00:00:00 +0000",
            "2020-13-01",
            "2020-02-30T10:00:00Z",
            "2020-05-01T25:00:00Z",
            "2020-05-01T10:60:00Z",
            "2020-05-01 2020-05-02",
            "10:00:00",
            "Friday",
            "01 May",
            "1588327200",
            "-",
            "é",
            "2020-05-01T1é:00",
        ] {
            assert_eq!(read(text), None, "{text}");
            assert_eq!(told(text), Some(UNREADABLE), "{text}");
        }
        assert_eq!(read(&"1 ".repeat(100)), None);
        for text in ["", " \n", "0000-00-00 00:00:00"] {
            assert_eq!(told(text), None, "{text}");
        }
    }
}
